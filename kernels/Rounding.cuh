//===- Rounding.cuh - 16-bit floats, on any processor -----------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// float32 to bfloat16 and IEEE half precision, to nearest, ties to even, and
// back. Integers throughout, so that no compiler's flags change a bit. Overflow
// gives infinity, NaN stays NaN. Host compilers, nvcc and NVRTC compile the
// same lines, so this includes nothing.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_KERNELS_ROUNDING_CUH
#define GAC_KERNELS_ROUNDING_CUH

#ifdef __CUDACC__
#define GAC_INLINE __host__ __device__ __forceinline__
#else
#define GAC_INLINE inline
#endif

namespace gac {

GAC_INLINE unsigned bitsOfFloat(float value) {
#ifdef __CUDA_ARCH__
  return __float_as_uint(value);
#else
  unsigned bits;
  __builtin_memcpy(&bits, &value, sizeof(bits));
  return bits;
#endif
}

GAC_INLINE float floatOfBits(unsigned bits) {
#ifdef __CUDA_ARCH__
  return __uint_as_float(bits);
#else
  float value;
  __builtin_memcpy(&value, &bits, sizeof(value));
  return value;
#endif
}

GAC_INLINE unsigned short bf16OfFloat(float value) {
  unsigned bits = bitsOfFloat(value);
  if ((bits & 0x7fffffff) > 0x7f800000)
    return static_cast<unsigned short>(bits >> 16 | 0x40); // A quiet NaN.
  // Half of the last place that stays, less one where that place is even.
  return static_cast<unsigned short>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

GAC_INLINE float floatOfBF16(unsigned short bits) {
  return floatOfBits(static_cast<unsigned>(bits) << 16);
}

GAC_INLINE unsigned short f16OfFloat(float value) {
  unsigned bits = bitsOfFloat(value);
  unsigned sign = bits >> 16 & 0x8000;
  unsigned magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) // The upper bits of the payload, quiet.
    return static_cast<unsigned short>(sign | 0x7e00 |
                                       (magnitude >> 13 & 0x1ff));
  if (magnitude >= 0x477ff000) // 65520, halfway to what would be 2^16.
    return static_cast<unsigned short>(sign | 0x7c00);
  if (magnitude < 0x33000000) // Below 2^-25: zero is nearest.
    return static_cast<unsigned short>(sign);
  unsigned exponent = magnitude >> 23;
  unsigned mantissa = magnitude & 0x7fffff;
  // Places that are dropped: 13, and more for a result below 2^-14.
  unsigned dropped = 13;
  unsigned kept = magnitude - ((127 - 15) << 23);
  if (exponent < 127 - 14) {
    dropped = 13 + (127 - 14 - exponent);
    kept = mantissa | 0x800000;
  }
  unsigned result = kept >> dropped;
  unsigned rest = kept & ((1U << dropped) - 1);
  unsigned half = 1U << (dropped - 1);
  if (rest > half || (rest == half && (result & 1)))
    ++result;
  return static_cast<unsigned short>(sign | result);
}

GAC_INLINE float floatOfF16(unsigned short bits) {
  unsigned sign = static_cast<unsigned>(bits & 0x8000) << 16;
  unsigned exponent = bits >> 10 & 0x1f;
  unsigned mantissa = bits & 0x3ff;
  if (exponent == 0x1f)
    return floatOfBits(sign | 0x7f800000 | mantissa << 13);
  if (exponent == 0) { // Zero and what is below 2^-14: exact in float32.
    float magnitude = static_cast<float>(mantissa) * 5.9604644775390625e-8F;
    return sign ? -magnitude : magnitude;
  }
  return floatOfBits(sign | (exponent + 112) << 23 | mantissa << 13);
}

} // namespace gac

#endif // GAC_KERNELS_ROUNDING_CUH
