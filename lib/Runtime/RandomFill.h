//===- RandomFill.h - Memory with random values -----------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_RUNTIME_RANDOMFILL_H
#define GAC_LIB_RUNTIME_RANDOMFILL_H

#include "Driver.h"
#include "gac/Runtime/Tensor.h"

namespace gac::runtime {

/// Random values of the type in all of the memory, for measurements: with zeros
/// a device draws less power and clocks higher than it does for any model. The
/// values repeat every mebibyte.
Status fillRandomly(const cuda::DriverTable &driver, cuda::Stream stream,
                    cuda::DevicePointer to, int64_t bytes, DType type);

} // namespace gac::runtime

#endif // GAC_LIB_RUNTIME_RANDOMFILL_H
