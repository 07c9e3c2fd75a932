//===- GemvInput.cuh - what a product of few rows multiplies ----*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Where Gemv.cuh has x from: an Input reads kCount elements of a row in two
// steps, so that many can be under way: first what no launch before writes
// (readConstants), then the rest (read). `combine` makes values of them,
// rounded to T, and adds to a sum of squares if the Input needs one. Zeros
// follow the first `valid` elements; `whole` says that `valid` is 0 or kCount.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_KERNELS_GEMVINPUT_CUH
#define GAC_KERNELS_GEMVINPUT_CUH

#include "Common.cuh"

#if defined(__CUDACC__)

namespace gac::kernels {

/// kCount elements as they came.
template <class T, int kCount> struct Lanes {
  static constexpr int kWords = kCount * static_cast<int>(sizeof(T)) / 4;
  uint32_t words[kWords];

  template <int kVector>
  __device__ void read(const T *source, int valid, bool whole) {
    Vector<T, kCount> lanes = {};
    if (!whole || kVector < kCount)
      lanes = loadLanes<kCount, kVector>(source, valid);
    else if (valid > 0)
      lanes = loadVector<kCount>(source);
    memcpy(words, &lanes, sizeof(words));
  }

  __device__ Vector<T, kCount> get() const {
    Vector<T, kCount> lanes;
    memcpy(&lanes, words, sizeof(words));
    return lanes;
  }
};

/// x as it lies in memory.
template <class T> struct PlainInput {
  static constexpr bool kPlain = true, kNormalized = false;
  const T *x;

  template <int kCount> struct Parts {
    Lanes<T, kCount> x;
  };

  template <int kVector, int kCount>
  __device__ void readConstants(Parts<kCount> &, int64_t, int, bool) const {}

  template <int kVector, int kCount>
  __device__ void read(Parts<kCount> &parts, int64_t offset, int valid,
                       bool whole) const {
    parts.x.template read<kVector>(x + offset, valid, whole);
  }

  template <int kCount>
  __device__ static Vector<T, kCount> combine(const Parts<kCount> &parts,
                                              float &) {
    return parts.x.get();
  }
};

/// x[m, k] * weight[k], with scale[m] = 1 / sqrt(sum_k x[m, k]^2 / count +
/// epsilon): RMSNorm.cuh's formula. The product is rounded to T.
template <class T, class W> struct NormalizedInput {
  static constexpr bool kPlain = false, kNormalized = true;
  const T *x;
  const W *weight;
  int64_t count; ///< Logical lanes: what the mean divides by.
  float epsilon;

  template <int kCount> struct Parts {
    Lanes<T, kCount> x;
    Lanes<W, kCount> weight;
  };

  template <int kVector, int kCount>
  __device__ void readConstants(Parts<kCount> &parts, int64_t k, int valid,
                                bool whole) const {
    parts.weight.template read<kVector>(weight + k, valid, whole);
  }

  template <int kVector, int kCount>
  __device__ void read(Parts<kCount> &parts, int64_t offset, int valid,
                       bool whole) const {
    parts.x.template read<kVector>(x + offset, valid, whole);
  }

  template <int kCount>
  __device__ static Vector<T, kCount> combine(const Parts<kCount> &parts,
                                              float &squares) {
    const auto lanes = parts.x.get();
    const auto factors = parts.weight.get();
    Vector<T, kCount> values;
#pragma unroll
    for (int i = 0; i < kCount; ++i) {
      const float value = toFloat(lanes.lanes[i]);
      squares += value * value;
      values.lanes[i] = fromFloat<T>(value * toFloat(factors.lanes[i]));
    }
    return values;
  }
};

/// silu(gate[m, k]) * x[m, k], rounded to T: Elementwise.cuh's siluMul. Both
/// have x's pitch.
template <class T> struct GatedInput {
  static constexpr bool kPlain = false, kNormalized = false;
  const T *x, *gate;

  template <int kCount> struct Parts {
    Lanes<T, kCount> x, gate;
  };

  template <int kVector, int kCount>
  __device__ void readConstants(Parts<kCount> &, int64_t, int, bool) const {}

  template <int kVector, int kCount>
  __device__ void read(Parts<kCount> &parts, int64_t offset, int valid,
                       bool whole) const {
    parts.x.template read<kVector>(x + offset, valid, whole);
    parts.gate.template read<kVector>(gate + offset, valid, whole);
  }

  template <int kCount>
  __device__ static Vector<T, kCount> combine(const Parts<kCount> &parts,
                                              float &) {
    const auto up = parts.x.get();
    const auto gates = parts.gate.get();
    Vector<T, kCount> values;
#pragma unroll
    for (int i = 0; i < kCount; ++i)
      values.lanes[i] =
          fromFloat<T>(silu(toFloat(gates.lanes[i])) * toFloat(up.lanes[i]));
    return values;
  }
};

} // namespace gac::kernels

#endif // __CUDACC__

#endif // GAC_KERNELS_GEMVINPUT_CUH
