//===- RMSNorm.cuh - root mean square normalisation -------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   y[r, i] = x[r, i] / sqrt(sum_j x[r, j]^2 / count + epsilon) * weight[i]
//
// as in Zhang and Sennrich, "Root Mean Square Layer Normalization" (2019), and
// ONNX's RMSNormalization over the last axis. The result is rounded once.
// The residual form first adds: h = x + residual, rounded to T and written, and
// normalises that.
//
// Shapes: x, residual, h and y are [rows, width] with pitches; weight [width].
// width is the stored width, count the logical one: padding lanes must hold
// zeros in x and residual, so they add nothing to the sum, and the mean divides
// by count alone. y's padding lanes come out as zeros where the weight is
// finite.
// Alignment: kVector elements (Common.cuh); the width is a multiple of kVector,
// too.
// Launch: one block per row, rmsNormGeometry. kHeld vectors per thread stay in
// registers between the two passes; further ones are read again, so any kHeld
// is right and rmsNormHeld(...) is fast. A block mostly waits, for its row and
// then for the sum, so what counts is how many rows the device has at once.
// In place: h may be x or residual, y may be x if there is no residual.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_KERNELS_RMSNORM_CUH
#define GAC_KERNELS_RMSNORM_CUH

#include "Common.cuh"

namespace gac::kernels {

/// Rows that are at once on a device of about 130 multiprocessors where each is
/// a block of 512 threads. Of more rows each has fewer threads, with
/// kRMSNormManyHeld vectors each.
constexpr int64_t kRMSNormFewRows = 512;
constexpr int kRMSNormManyHeld = 4;

GAC_HOST_DEVICE constexpr LaunchGeometry
rmsNormGeometry(int64_t rows, int64_t width, int vector) {
  const int64_t perThread = rows > kRMSNormFewRows ? kRMSNormManyHeld : 1;
  LaunchGeometry geometry;
  geometry.gridX = static_cast<unsigned>(rows);
  geometry.threads = static_cast<unsigned>(smaller<int64_t>(
      roundUp<int64_t>(ceilDiv<int64_t>(width, vector * perThread), 32), 512));
  return geometry;
}

/// The kHeld that holds a whole row in the registers of so many threads, at
/// most 8.
GAC_HOST_DEVICE constexpr int rmsNormHeld(int64_t width, int vector,
                                          int64_t threads) {
  return static_cast<int>(smaller<int64_t>(
      ceilDiv<int64_t>(ceilDiv<int64_t>(width, vector), threads), 8));
}

struct RMSNormShape {
  int64_t width = 0; ///< Stored lanes of a row.
  int64_t count = 0; ///< Logical lanes: what the mean divides by.
  float epsilon = 0;
  int64_t xPitch = 0, yPitch = 0;
  int64_t residualPitch = 0, sumPitch = 0; ///< Of the residual form.
};

#if defined(__CUDACC__)

/// kResidual: whether `residual` and `sum` (h above) are there. W is the
/// weight's type.
template <class T, class W, int kVector, int kHeld, bool kResidual>
__device__ void rmsNorm(const T *x, const T *residual, const W *weight, T *sum,
                        T *y, const RMSNormShape &shape) {
  __shared__ float scratch[32];
  const int64_t row = blockIdx.x;
  const int64_t vectors = shape.width / kVector;
  x += row * shape.xPitch;
  y += row * shape.yPitch;
  if constexpr (kResidual) {
    residual += row * shape.residualPitch;
    sum += row * shape.sumPitch;
  }

  // The row's lanes at vector i; writes h where it is computed.
  const auto load = [&](int64_t i, float (&values)[kVector]) {
    loadFloats(x + i * kVector, values);
    if constexpr (kResidual) {
      float added[kVector];
      loadFloats(residual + i * kVector, added);
#pragma unroll
      for (int lane = 0; lane < kVector; ++lane)
        values[lane] = toFloat(fromFloat<T>(values[lane] + added[lane]));
      storeFloats(sum + i * kVector, values);
    }
  };

  float held[kHeld][kVector];
  float squares = 0;
#pragma unroll
  for (int slot = 0; slot < kHeld; ++slot) {
    const int64_t i = threadIdx.x + slot * static_cast<int64_t>(blockDim.x);
    if (i < vectors)
      load(i, held[slot]);
    else
#pragma unroll
      for (int lane = 0; lane < kVector; ++lane)
        held[slot][lane] = 0;
#pragma unroll
    for (int lane = 0; lane < kVector; ++lane)
      squares += held[slot][lane] * held[slot][lane];
  }
  const int64_t firstFree =
      threadIdx.x + kHeld * static_cast<int64_t>(blockDim.x);
  for (int64_t i = firstFree; i < vectors; i += blockDim.x) {
    float values[kVector];
    load(i, values);
#pragma unroll
    for (int lane = 0; lane < kVector; ++lane)
      squares += values[lane] * values[lane];
  }

  const float mean =
      blockSum(squares, scratch) / static_cast<float>(shape.count);
  const float factor = rsqrtf(mean + shape.epsilon);

  const auto store = [&](int64_t i, float (&values)[kVector]) {
    float weights[kVector];
    loadFloats(weight + i * kVector, weights);
#pragma unroll
    for (int lane = 0; lane < kVector; ++lane)
      values[lane] *= factor * weights[lane];
    storeFloats(y + i * kVector, values);
  };
#pragma unroll
  for (int slot = 0; slot < kHeld; ++slot) {
    const int64_t i = threadIdx.x + slot * static_cast<int64_t>(blockDim.x);
    if (i < vectors)
      store(i, held[slot]);
  }
  // Each thread reads back what it wrote or read before.
  const T *again = kResidual ? sum : x;
  for (int64_t i = firstFree; i < vectors; i += blockDim.x) {
    float values[kVector];
    loadFloats(again + i * kVector, values);
    store(i, values);
  }
}

#endif // __CUDACC__

} // namespace gac::kernels

#endif // GAC_KERNELS_RMSNORM_CUH
