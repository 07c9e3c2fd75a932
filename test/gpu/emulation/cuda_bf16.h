//===- cuda_bf16.h - 16-bit floats ------------------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_TEST_GPU_EMULATION_CUDA_BF16_H
#define GAC_TEST_GPU_EMULATION_CUDA_BF16_H

#include "Rounding.cuh"

struct __nv_bfloat16 {
  unsigned short bits;
};

inline float __bfloat162float(__nv_bfloat16 value) {
  return gac::floatOfBF16(value.bits);
}
inline __nv_bfloat16 __float2bfloat16(float value) {
  return {gac::bf16OfFloat(value)};
}
inline __nv_bfloat16 __float2bfloat16_rn(float value) {
  return __float2bfloat16(value);
}

#endif // GAC_TEST_GPU_EMULATION_CUDA_BF16_H
