//===- StubCublasLt.cpp - A cuBLASLt that only keeps time -------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Cuda.h"
#include "Stubs.h"

#include <algorithm>

using namespace gac::runtime::cuda;
using gac::runtime::stubs::device;

namespace {
int someObject;
/// Nobody looks at what descriptions say.
template <typename Tag> int make(Tag **object) {
  *object = reinterpret_cast<Tag *>(&someObject);
  return 0;
}
} // namespace

GAC_STUB size_t cublasLtGetVersion() { return 130100; }
GAC_STUB int cublasLtCreate(LtHandle *handle) { return make(handle); }
GAC_STUB int cublasLtMatmulDescCreate(LtDesc *desc, int, int) {
  return make(desc);
}
GAC_STUB int cublasLtMatrixLayoutCreate(LtLayout *layout, int, uint64_t,
                                        uint64_t, int64_t) {
  return make(layout);
}
GAC_STUB int cublasLtMatmulPreferenceCreate(LtPreference *preference) {
  return make(preference);
}
GAC_STUB int cublasLtMatmulAlgoGetHeuristic(LtHandle, LtDesc, LtLayout,
                                            LtLayout, LtLayout, LtLayout,
                                            LtPreference, int most,
                                            LtHeuristic *found, int *count) {
  ++device.heuristics;
  *count = std::min(most, static_cast<int>(device.algorithms.size()));
  for (int i = 0; i < *count; ++i)
    found[i].algo.data[0] = static_cast<uint64_t>(i);
  return 0;
}
GAC_STUB int cublasLtMatmulAlgoCheck(LtHandle, LtDesc, LtLayout, LtLayout,
                                     LtLayout, LtLayout, const LtAlgo *algo,
                                     LtHeuristic *) {
  return algo->data[0] < device.algorithms.size() ? 0 : 15;
}
GAC_STUB int cublasLtMatmul(LtHandle, LtDesc, const void *, DevicePointer,
                            LtLayout, DevicePointer, LtLayout, const void *,
                            DevicePointer, LtLayout, DevicePointer, LtLayout,
                            const LtAlgo *algo, DevicePointer, size_t, Stream) {
  uint64_t index = algo->data[0];
  device.work("product " + std::to_string(index), device.algorithms.at(index));
  return 0;
}
