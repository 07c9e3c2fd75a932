//===- Gemv.cuh - products of 1 to 8 rows with a matrix ---------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   y[m, n] = sum_k x[m, k] w[n, k] + bias[n] + residual[m, n]
//
// for rows <= 8; bias and residual are optional (null). The sum and both
// additions are in f32, rounded once.
//
// Shapes: x [rows, k], w [n, k], y and residual [rows, n], each with a pitch;
// any n, k >= 1.
// Alignment: kVector elements (Common.cuh) for x and w; y and residual are
// accessed by element.
// Method: the tensor cores compute y transposed, w being the 16 x 16 operand
// and x, transposed, the 16 x 8 one. As the order of k is free, each lane takes
// 8 consecutive elements, 16 bytes, of two rows of w and one of x, which feed
// two instructions. A block owns 16 columns of y; its warps, and the blocks of
// a split, share k. The last block of a split to finish adds the parts up in
// the order of k, so results do not depend on timing. Launch: gemvGeometry;
// workspace of gemvWorkspaceBytes, its first gemvCounterBytes zero before the
// first launch (each launch leaves them so).
//
//===----------------------------------------------------------------------===//

#ifndef GAC_KERNELS_GEMV_CUH
#define GAC_KERNELS_GEMV_CUH

#include "Ptx.cuh"

namespace gac::kernels {

constexpr int kGemvRows = 8;     ///< Most rows.
constexpr int kGemvColumns = 16; ///< Columns of y that a block owns.
constexpr int kGemvWarps = 8;
constexpr int kGemvWarpStep = 128; ///< Elements of k a warp takes at once.
constexpr int kGemvStep = kGemvWarps * kGemvWarpStep;

struct GemvShape {
  int32_t rows = 0;
  int64_t n = 0, k = 0;
  int64_t xPitch = 0, wPitch = 0, yPitch = 0, residualPitch = 0;
  int32_t splits = 1; ///< Blocks that share k.
};

/// Enough splits for two blocks on each of the device's multiprocessors, but
/// none with less than a step of k.
GAC_HOST_DEVICE constexpr int32_t gemvSplits(int64_t n, int64_t k,
                                             int multiprocessors) {
  const int64_t tiles = ceilDiv<int64_t>(n, kGemvColumns);
  const int64_t wanted = ceilDiv<int64_t>(2 * multiprocessors, tiles);
  const int64_t most = larger<int64_t>(k / kGemvStep, 1);
  return static_cast<int32_t>(smaller(wanted, most));
}

GAC_HOST_DEVICE constexpr LaunchGeometry gemvGeometry(const GemvShape &shape) {
  LaunchGeometry geometry;
  geometry.gridX =
      static_cast<unsigned>(ceilDiv<int64_t>(shape.n, kGemvColumns));
  geometry.gridY = static_cast<unsigned>(shape.splits);
  geometry.threads = kGemvWarps * 32;
  return geometry;
}

/// One 32-bit counter per block of columns, rounded up to 16 bytes; none are
/// needed without a split.
GAC_HOST_DEVICE constexpr int64_t gemvCounterBytes(const GemvShape &shape) {
  if (shape.splits == 1)
    return 0;
  return roundUp<int64_t>(ceilDiv<int64_t>(shape.n, kGemvColumns) * 4, 16);
}

GAC_HOST_DEVICE constexpr int64_t gemvWorkspaceBytes(const GemvShape &shape) {
  if (shape.splits == 1)
    return 0;
  return gemvCounterBytes(shape) +
         roundUp<int64_t>(shape.n, kGemvColumns) * kGemvRows * shape.splits * 4;
}

#if defined(__CUDACC__)

/// T is bf16 or f16; kVector 8, 4, 2 or 1.
template <class T, int kVector>
__device__ void gemv(const T *x, const T *w, const T *bias, const T *residual,
                     T *y, void *workspace, const GemvShape &shape) {
  constexpr int kChunks = kGemvWarpStep / 32; // Of 8 elements per lane.
  constexpr int kOutputs = kGemvColumns * kGemvRows;
  __shared__ float parts[kGemvWarps][kOutputs];
  __shared__ bool isLast;

  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  const int group = lane / 4, quad = lane % 4;
  const int64_t column = static_cast<int64_t>(blockIdx.x) * kGemvColumns;
  // Rows of w beyond n are read as its last one, and their results dropped.
  const T *upper = w + smaller(column + group, shape.n - 1) * shape.wPitch;
  const T *lower = w + smaller(column + group + 8, shape.n - 1) * shape.wPitch;
  const T *vector = x + group * shape.xPitch;
  const bool hasRow = group < shape.rows;

  const int64_t steps = ceilDiv<int64_t>(shape.k, kGemvStep);
  const int64_t stepBegin = steps * blockIdx.y / gridDim.y;
  const int64_t stepEnd = steps * (blockIdx.y + 1) / gridDim.y;
  float sums[4] = {};
  for (int64_t step = stepBegin; step < stepEnd; ++step) {
    const int64_t first = step * kGemvStep + warp * kGemvWarpStep + quad * 8;
    Vector<T, 8> a[kChunks], b[kChunks], v[kChunks];
#pragma unroll
    for (int i = 0; i < kChunks; ++i) {
      const int64_t k = first + i * 32, valid = shape.k - k;
      a[i] = loadEight<kVector>(upper + k, valid);
      b[i] = loadEight<kVector>(lower + k, valid);
      v[i] = loadEight<kVector>(vector + k, hasRow ? valid : 0);
    }
#pragma unroll
    for (int i = 0; i < kChunks; ++i) {
      uint32_t high[4], low[4], right[4];
      memcpy(high, &a[i], sizeof(high));
      memcpy(low, &b[i], sizeof(low));
      memcpy(right, &v[i], sizeof(right));
      const uint32_t firstHalf[4] = {high[0], low[0], high[1], low[1]};
      const uint32_t secondHalf[4] = {high[2], low[2], high[3], low[3]};
      multiplyAdd<T>(sums, firstHalf, right[0], right[1]);
      multiplyAdd<T>(sums, secondHalf, right[2], right[3]);
    }
  }

  // parts[warp][row of y * 16 + column].
#pragma unroll
  for (int i = 0; i < 4; ++i)
    parts[warp][(quad * 2 + i % 2) * kGemvColumns + group + i / 2 * 8] =
        sums[i];
  __syncthreads();

  const int output = threadIdx.x;
  float sum = 0;
  if (output < kOutputs)
#pragma unroll
    for (int i = 0; i < kGemvWarps; ++i)
      sum += parts[i][output];

  if (gridDim.y > 1) {
    auto *counter = static_cast<unsigned *>(workspace) + blockIdx.x;
    auto *splitParts = reinterpret_cast<float *>(
        static_cast<char *>(workspace) + gemvCounterBytes(shape));
    const auto part = [&](unsigned split) {
      return splitParts +
             (static_cast<int64_t>(split) * gridDim.x + blockIdx.x) * kOutputs +
             output;
    };
    if (output < kOutputs)
      *part(blockIdx.y) = sum;
    __threadfence();
    __syncthreads();
    if (threadIdx.x == 0)
      isLast = atomicAdd(counter, 1u) == gridDim.y - 1;
    __syncthreads();
    if (!isLast)
      return;
    __threadfence();
    if (threadIdx.x == 0)
      *counter = 0;
    if (output < kOutputs) {
      sum = 0;
      for (unsigned split = 0; split < gridDim.y; ++split)
        sum += __ldcg(part(split));
    }
  }

  const int row = output / kGemvColumns;
  const int64_t n = column + output % kGemvColumns;
  if (output >= kOutputs || row >= shape.rows || n >= shape.n)
    return;
  if (bias)
    sum += toFloat(bias[n]);
  if (residual)
    sum += toFloat(residual[row * shape.residualPitch + n]);
  y[row * shape.yPitch + n] = fromFloat<T>(sum);
}

#endif // __CUDACC__

} // namespace gac::kernels

#endif // GAC_KERNELS_GEMV_CUH
