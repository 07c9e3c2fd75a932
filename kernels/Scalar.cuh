//===- Scalar.cuh - functions of generated elementwise chains -------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the operations of generated kernels are where CUDA C++ has no operator
// or function that means the same: integers wrap around, and a NaN is the
// larger and the smaller of anything.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_KERNELS_SCALAR_CUH
#define GAC_KERNELS_SCALAR_CUH

#include "Elementwise.cuh"

#if defined(__CUDACC__)

namespace gac::kernels {

template <class T> struct UnsignedOf;
template <> struct UnsignedOf<signed char> {
  using Type = unsigned char;
};
template <> struct UnsignedOf<short> {
  using Type = unsigned short;
};
template <> struct UnsignedOf<int> {
  using Type = unsigned;
};
template <> struct UnsignedOf<long> {
  using Type = unsigned long;
};
template <> struct UnsignedOf<long long> {
  using Type = unsigned long long;
};

template <class T> __device__ inline auto toUnsigned(T value) {
  return static_cast<typename UnsignedOf<T>::Type>(value);
}

template <class T> __device__ inline T wrappingAdd(T a, T b) {
  return static_cast<T>(toUnsigned(a) + toUnsigned(b));
}
template <class T> __device__ inline T wrappingSubtract(T a, T b) {
  return static_cast<T>(toUnsigned(a) - toUnsigned(b));
}
template <class T> __device__ inline T wrappingMultiply(T a, T b) {
  // As 64 bits: a product of two 16-bit numbers may overflow an int.
  return static_cast<T>(static_cast<unsigned long long>(a) *
                        static_cast<unsigned long long>(b));
}

/// Rounded towards minus and plus infinity.
template <class T> __device__ inline T floorDivide(T a, T b) {
  const T quotient = a / b;
  return a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient;
}
template <class T> __device__ inline T ceilDivide(T a, T b) {
  const T quotient = a / b;
  return a % b != 0 && (a < 0) == (b < 0) ? quotient + 1 : quotient;
}

/// A value converted from one type to another through unsigned numbers.
template <class To, class From> __device__ inline To fromUnsigned(From value) {
  return static_cast<To>(toUnsigned(value));
}

/// The larger and the smaller of two, a NaN if one of them is; -0 is smaller
/// than 0.
__device__ inline float largerOrNan(float a, float b) {
  float result;
  asm("max.NaN.f32 %0, %1, %2;\n" : "=f"(result) : "f"(a), "f"(b));
  return result;
}
__device__ inline float smallerOrNan(float a, float b) {
  float result;
  asm("min.NaN.f32 %0, %1, %2;\n" : "=f"(result) : "f"(a), "f"(b));
  return result;
}

/// `base` to the power of an integer.
template <class T>
__device__ inline T integerPower(T base, long long exponent) {
  if (exponent < 0) // 1 / base, which only 1 and -1 have.
    return base == 1 ? 1 : base == -1 ? (exponent % 2 ? -1 : 1) : 0;
  T result = 1;
  for (; exponent > 0; exponent /= 2) {
    if (exponent % 2)
      result = wrappingMultiply(result, base);
    base = wrappingMultiply(base, base);
  }
  return result;
}

} // namespace gac::kernels

#endif // __CUDACC__

#endif // GAC_KERNELS_SCALAR_CUH
