//===- cuda_fp16.h - Enough of CUDA for elementwise kernels on a CPU ------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_TEST_HOST_CUDA_FP16_H
#define GAC_TEST_HOST_CUDA_FP16_H

struct __half {
  _Float16 value;
};
inline float __half2float(__half half) { return half.value; }
inline __half __float2half_rn(float value) {
  return {static_cast<_Float16>(value)};
}

#endif // GAC_TEST_HOST_CUDA_FP16_H
