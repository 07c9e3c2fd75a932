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
// Shapes: x [rows, k], w [n, k] or, stored the other way, [k, n]; y and
// residual [rows, n]; each with a pitch; any n, k >= 1. Alignment: kVector
// elements (Common.cuh) for x and w; y and residual are accessed by element.
// Method: the tensor cores compute y transposed, w being the 16 x 16 operand
// and x, transposed, the 16 x 8 one. As the orders of k and n within an operand
// are free, each lane takes 16 bytes at a time of w and hands them over as they
// come. A block owns some columns of y; its warps, and the blocks of a split,
// share k. The last block of a split to finish adds the parts up in the order
// of k, so results do not depend on timing.
// Launch: gemvGeometry; workspace of gemvWorkspaceBytes, its first
// gemvCounterBytes zero before the first launch (each launch leaves them so).
//
//===----------------------------------------------------------------------===//

#ifndef GAC_KERNELS_GEMV_CUH
#define GAC_KERNELS_GEMV_CUH

#include "Ptx.cuh"

namespace gac::kernels {

constexpr int kGemvRows = 8; ///< Most rows.
constexpr int kGemvWarps = 8;

/// How w is stored.
enum class WeightLayout { NK, KN };

/// Columns of y that a block owns.
GAC_HOST_DEVICE constexpr int gemvColumns(WeightLayout layout) {
  return layout == WeightLayout::NK ? 16 : 64;
}

/// Elements of k that a warp, and all warps of a block, take at once.
GAC_HOST_DEVICE constexpr int gemvWarpStep(WeightLayout layout) {
  return layout == WeightLayout::NK ? 128 : 32;
}
GAC_HOST_DEVICE constexpr int gemvStep(WeightLayout layout) {
  return kGemvWarps * gemvWarpStep(layout);
}

struct GemvShape {
  int32_t rows = 0;
  int64_t n = 0, k = 0;
  int64_t xPitch = 0, wPitch = 0, yPitch = 0, residualPitch = 0;
  WeightLayout layout = WeightLayout::NK;
  int32_t splits = 1; ///< Blocks that share k.
};

/// Enough splits for two blocks on each of the device's multiprocessors, but
/// none with less than a step of k.
GAC_HOST_DEVICE constexpr int32_t
gemvSplits(int64_t n, int64_t k, WeightLayout layout, int multiprocessors) {
  const int64_t tiles = ceilDiv<int64_t>(n, gemvColumns(layout));
  const int64_t wanted = ceilDiv<int64_t>(2 * multiprocessors, tiles);
  const int64_t most = larger<int64_t>(k / gemvStep(layout), 1);
  return static_cast<int32_t>(smaller(wanted, most));
}

GAC_HOST_DEVICE constexpr int64_t gemvTiles(const GemvShape &shape) {
  return ceilDiv<int64_t>(shape.n, gemvColumns(shape.layout));
}

GAC_HOST_DEVICE constexpr LaunchGeometry gemvGeometry(const GemvShape &shape) {
  LaunchGeometry geometry;
  geometry.gridX = static_cast<unsigned>(gemvTiles(shape));
  geometry.gridY = static_cast<unsigned>(shape.splits);
  geometry.threads = kGemvWarps * 32;
  return geometry;
}

/// One 32-bit counter per block of columns, rounded up to 16 bytes; none are
/// needed without a split.
GAC_HOST_DEVICE constexpr int64_t gemvCounterBytes(const GemvShape &shape) {
  return shape.splits == 1 ? 0 : roundUp<int64_t>(gemvTiles(shape) * 4, 16);
}

GAC_HOST_DEVICE constexpr int64_t gemvWorkspaceBytes(const GemvShape &shape) {
  if (shape.splits == 1)
    return 0;
  return gemvCounterBytes(shape) + gemvTiles(shape) *
                                       gemvColumns(shape.layout) * kGemvRows *
                                       shape.splits * 4;
}

#if defined(__CUDACC__)

/// A lane's share of a block's sums, for w [n, k]: accumulate adds steps
/// [begin, end) of k, forEach gives each sum with its row and its column in the
/// block.
template <class T, int kVector> struct GemvNK {
  using Element = T;
  static constexpr WeightLayout kLayout = WeightLayout::NK;
  static constexpr int kChunks = gemvWarpStep(kLayout) / 32;
  float sums[4] = {};

  __device__ void accumulate(const T *x, const T *w, const GemvShape &shape,
                             int64_t column, int64_t begin, int64_t end) {
    const int group = threadIdx.x % 32 / 4;
    // Rows beyond n or shape.rows are read as the last one; the results are
    // dropped.
    const T *const rows[3] = {
        w + smaller(column + group, shape.n - 1) * shape.wPitch,
        w + smaller(column + group + 8, shape.n - 1) * shape.wPitch,
        x + smaller(group, shape.rows - 1) * shape.xPitch};
    for (int64_t step = begin; step < end; ++step) {
      if ((step + 1) * gemvStep(kLayout) <= shape.k)
        takeStep<false>(rows, step, shape.k);
      else
        takeStep<true>(rows, step, shape.k);
    }
  }

  /// Eight consecutive elements of two rows of w and one of x feed two
  /// instructions. kChecked: k may end in this step. Without a check between
  /// them, all loads start at once.
  template <bool kChecked>
  __device__ void takeStep(const T *const (&rows)[3], int64_t step, int64_t k) {
    const int64_t first = step * gemvStep(kLayout) +
                          threadIdx.x / 32 * gemvWarpStep(kLayout) +
                          threadIdx.x % 4 * 8;
    Vector<T, 8> parts[kChunks][3];
#pragma unroll
    for (int i = 0; i < kChunks; ++i)
#pragma unroll
      for (int j = 0; j < 3; ++j) {
        const int64_t at = first + i * 32;
        parts[i][j] =
            loadLanes<8, kVector>(rows[j] + at, kChecked ? k - at : 8);
      }
#pragma unroll
    for (int i = 0; i < kChunks; ++i) {
      uint32_t words[3][4];
      memcpy(words, &parts[i], sizeof(words));
      const auto &[high, low, right] = words;
      const uint32_t firstHalf[4] = {high[0], low[0], high[1], low[1]};
      const uint32_t secondHalf[4] = {high[2], low[2], high[3], low[3]};
      multiplyAdd<T>(sums, firstHalf, right[0], right[1]);
      multiplyAdd<T>(sums, secondHalf, right[2], right[3]);
    }
  }

  template <class Function> __device__ void forEach(Function function) const {
    const int group = threadIdx.x % 32 / 4, quad = threadIdx.x % 4;
#pragma unroll
    for (int i = 0; i < 4; ++i)
      function(quad * 2 + i % 2, group + i / 2 * 8, sums[i]);
  }
};

/// The same for w [k, n].
template <class T, int kVector> struct GemvKN {
  using Element = T;
  static constexpr WeightLayout kLayout = WeightLayout::KN;
  static constexpr int kChunks = gemvWarpStep(kLayout) / 16;
  float sums[4][4] = {};

  __device__ void accumulate(const T *x, const T *w, const GemvShape &shape,
                             int64_t column, int64_t begin, int64_t end) {
    const int group = threadIdx.x % 32 / 4;
    w += column + group * 8;
    // Rows beyond shape.rows are read as the last one; the results are dropped.
    x += smaller(group, shape.rows - 1) * shape.xPitch;
    const bool wholeColumns = column + gemvColumns(kLayout) <= shape.n;
    const int64_t columns = shape.n - column - group * 8;
    for (int64_t step = begin; step < end; ++step) {
      if (wholeColumns && (step + 1) * gemvStep(kLayout) <= shape.k)
        takeStep<false>(x, w, shape, step, columns);
      else
        takeStep<true>(x, w, shape, step, columns);
    }
  }

  /// Eight consecutive columns of four rows of w feed four instructions: two
  /// columns each, next to each other. kChecked: k may end in this step, or n
  /// in this block. Without a check between them, all loads start at once.
  template <bool kChecked>
  __device__ void takeStep(const T *x, const T *w, const GemvShape &shape,
                           int64_t step, int64_t columns) {
    const int64_t first = step * gemvStep(kLayout) +
                          threadIdx.x / 32 * gemvWarpStep(kLayout) +
                          threadIdx.x % 4 * 4;
    Vector<T, 8> a[kChunks][4];
    Vector<T, 4> v[kChunks];
#pragma unroll
    for (int i = 0; i < kChunks; ++i) {
      const int64_t k = first + i * 16;
#pragma unroll
      for (int j = 0; j < 4; ++j)
        a[i][j] = loadLanes<8, kVector>(w + (k + j) * shape.wPitch,
                                        !kChecked         ? 8
                                        : k + j < shape.k ? columns
                                                          : 0);
      v[i] = loadLanes<4, kVector>(x + k, kChecked ? shape.k - k : 4);
    }
#pragma unroll
    for (int i = 0; i < kChunks; ++i) {
      uint32_t rows[4][4], right[2];
      memcpy(rows, &a[i], sizeof(rows));
      memcpy(right, &v[i], sizeof(right));
#pragma unroll
      for (int j = 0; j < 4; ++j) {
        // Pairs along k of the low halves, then of the high halves.
        const uint32_t left[4] = {__byte_perm(rows[0][j], rows[1][j], 0x5410),
                                  __byte_perm(rows[0][j], rows[1][j], 0x7632),
                                  __byte_perm(rows[2][j], rows[3][j], 0x5410),
                                  __byte_perm(rows[2][j], rows[3][j], 0x7632)};
        multiplyAdd<T>(sums[j], left, right[0], right[1]);
      }
    }
  }

  template <class Function> __device__ void forEach(Function function) const {
    const int group = threadIdx.x % 32 / 4, quad = threadIdx.x % 4;
#pragma unroll
    for (int j = 0; j < 4; ++j)
#pragma unroll
      for (int i = 0; i < 4; ++i)
        function(quad * 2 + i % 2, group * 8 + j * 2 + i / 2, sums[j][i]);
  }
};

/// The kernel. Method is GemvNK or GemvKN of T (bf16 or f16) and kVector (8, 4,
/// 2 or 1). The counters and the sums of the splits are the two parts of the
/// workspace, and need not lie together.
template <class Method>
__device__ void
gemv(const typename Method::Element *x, const typename Method::Element *w,
     const typename Method::Element *bias,
     const typename Method::Element *residual, typename Method::Element *y,
     unsigned *counters, float *sums, const GemvShape &shape) {
  using T = typename Method::Element;
  constexpr int kColumns = gemvColumns(Method::kLayout);
  constexpr int kOutputs = kColumns * kGemvRows, kThreads = kGemvWarps * 32;
  __shared__ float parts[kGemvWarps][kOutputs];
  __shared__ bool isLast;

  const int64_t column = static_cast<int64_t>(blockIdx.x) * kColumns;
  const int64_t steps = ceilDiv<int64_t>(shape.k, gemvStep(Method::kLayout));
  Method method;
  method.accumulate(x, w, shape, column, steps * blockIdx.y / gridDim.y,
                    steps * (blockIdx.y + 1) / gridDim.y);
  method.forEach([&](int row, int inBlock, float sum) {
    parts[threadIdx.x / 32][row * kColumns + inBlock] = sum;
  });
  __syncthreads();
  const auto blockTotal = [&](int output) {
    float sum = 0;
#pragma unroll
    for (int i = 0; i < kGemvWarps; ++i)
      sum += parts[i][output];
    return sum;
  };

  float *splitParts = nullptr; // Of this block's columns, if k is split.
  if (gridDim.y > 1) {
    unsigned *counter = counters + blockIdx.x;
    splitParts = sums + static_cast<int64_t>(blockIdx.x) * gridDim.y * kOutputs;
    for (int output = threadIdx.x; output < kOutputs; output += kThreads)
      splitParts[blockIdx.y * kOutputs + output] = blockTotal(output);
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
  }

  for (int output = threadIdx.x; output < kOutputs; output += kThreads) {
    const int row = output / kColumns;
    const int64_t n = column + output % kColumns;
    if (row >= shape.rows || n >= shape.n)
      continue;
    float sum = 0;
    if (splitParts)
      for (unsigned split = 0; split < gridDim.y; ++split)
        sum += __ldcg(splitParts + split * kOutputs + output);
    else
      sum = blockTotal(output);
    if (bias)
      sum += toFloat(bias[n]);
    if (residual)
      sum += toFloat(residual[row * shape.residualPitch + n]);
    y[row * shape.yPitch + n] = fromFloat<T>(sum);
  }
}

/// The same for a workspace in one piece.
template <class Method>
__device__ void
gemv(const typename Method::Element *x, const typename Method::Element *w,
     const typename Method::Element *bias,
     const typename Method::Element *residual, typename Method::Element *y,
     void *workspace, const GemvShape &shape) {
  gemv<Method>(x, w, bias, residual, y, static_cast<unsigned *>(workspace),
               reinterpret_cast<float *>(static_cast<char *>(workspace) +
                                         gemvCounterBytes(shape)),
               shape);
}

#endif // __CUDACC__

} // namespace gac::kernels

#endif // GAC_KERNELS_GEMV_CUH
