//===- cuda_fp16.h - 16-bit floats ------------------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_TEST_GPU_EMULATION_CUDA_FP16_H
#define GAC_TEST_GPU_EMULATION_CUDA_FP16_H

#include "Rounding.cuh"

struct __half {
  unsigned short bits;
};

inline float __half2float(__half value) { return gac::floatOfF16(value.bits); }
inline __half __float2half(float value) { return {gac::f16OfFloat(value)}; }
inline __half __float2half_rn(float value) { return __float2half(value); }

#endif // GAC_TEST_GPU_EMULATION_CUDA_FP16_H
