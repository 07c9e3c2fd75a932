//===- cuda_bf16.h - Enough of CUDA for elementwise kernels on a CPU ------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_TEST_HOST_CUDA_BF16_H
#define GAC_TEST_HOST_CUDA_BF16_H

#include <cmath>
#include <cstdint>
#include <cstring>

#define __device__
#define __global__
#define __host__
#define __shared__ static
#define __launch_bounds__(threads)

struct uint2 {
  unsigned x, y;
};
struct uint4 {
  unsigned x, y, z, w;
};
struct Index {
  unsigned x, y, z;
};
extern "C" {
inline Index threadIdx, blockIdx, blockDim, gridDim;
}

using std::isfinite, std::isinf, std::isnan;

inline float __int_as_float(int bits) {
  float value;
  memcpy(&value, &bits, sizeof(value));
  return value;
}
inline int __float_as_int(float value) {
  int bits;
  memcpy(&bits, &value, sizeof(bits));
  return bits;
}
inline float __expf(float value) { return expf(value); }
inline float __fdividef(float value, float by) { return value / by; }
inline float rsqrtf(float value) { return 1 / sqrtf(value); }
inline float __shfl_xor_sync(unsigned, float value, int) { return value; }
inline void __syncthreads() {}

/// max.NaN and min.NaN of PTX, the only instructions that Scalar.cuh has.
inline float emulate(const char *instruction, float a, float b) {
  if (isnan(a) || isnan(b))
    return NAN;
  const bool isMax = strstr(instruction, "max.NaN") != nullptr;
  if (a == b)
    return std::signbit(a) == isMax ? b : a;
  return (a < b) == isMax ? b : a;
}
#define asm(...) result = emulate(#__VA_ARGS__, a, b)

struct __nv_bfloat16 {
  uint16_t bits;
};
inline float __bfloat162float(__nv_bfloat16 value) {
  return __int_as_float(static_cast<int>(uint32_t(value.bits) << 16));
}
inline __nv_bfloat16 __float2bfloat16_rn(float value) {
  const auto bits = static_cast<uint32_t>(__float_as_int(value));
  return {static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16)};
}

#endif // GAC_TEST_HOST_CUDA_BF16_H
