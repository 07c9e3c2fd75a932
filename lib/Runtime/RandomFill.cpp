//===- RandomFill.cpp - Memory with random values ---------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RandomFill.h"

#include "gac/Runtime/Synthetic.h"

#include <algorithm>

using namespace gac::runtime;
using namespace gac::runtime::cuda;

static constexpr int64_t mebibyte = int64_t(1) << 20;

Status gac::runtime::fillRandomly(const DriverTable &driver, Stream stream,
                                  DevicePointer to, int64_t bytes, DType type) {
  int64_t filled = std::min<int64_t>(bytes, mebibyte);
  Result<HostTensor> values = makeSyntheticInput(
      "measurements", 0, type,
      {filled / static_cast<int64_t>(getElementBytes(type))}, std::nullopt);
  if (!values)
    return values.getStatus();
  GAC_CUDA(driver, copyToDevice, to, values->bytes.data(), filled, stream);
  GAC_CUDA(driver, streamSynchronize, stream);
  // Each copy doubles what there is.
  for (int64_t next; filled < bytes; filled += next) {
    next = std::min(filled, bytes - filled);
    GAC_CUDA(driver, copyOnDevice, to + filled, to, next, stream);
  }
  return {};
}
