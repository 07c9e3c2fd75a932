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
// With kVector 8, w [k, n] is read up to the multiple of 8 that follows n.
// Method: the tensor cores compute y transposed, w being the 16 x 16 operand
// and x, transposed, the 16 x 8 one. As the orders of k and n within an operand
// are free, each lane takes 16 bytes at a time of w and hands them over as they
// come. k is cut into units; a warp has the loads of several under way, and
// nothing but memory limits it: there are enough blocks for that (gemvSplits),
// and no load waits for another.
// Warps of a block share k, and so do the blocks of a split: those of a cluster
// (compute capability 9.0) send their parts to each other's shared memory;
// without clusters the last block to finish adds up what all have left in a
// workspace. Either adds in the order of k, so results do not depend on timing.
// Launch: gemvGeometry, gemvBlocks to a multiprocessor (__launch_bounds__).
// With clusters, of the shape {1, splits, 1}, and at most kGemvCluster splits;
// without, a workspace of gemvWorkspaceBytes, its first gemvCounterBytes zero
// before the first launch (each launch leaves them so). Weights are read before
// the kernel waits for those before it, for launches that may overlap with them
// (programmatic dependent launch).
//
//===----------------------------------------------------------------------===//

#ifndef GAC_KERNELS_GEMV_CUH
#define GAC_KERNELS_GEMV_CUH

#include "Ptx.cuh"

namespace gac::kernels {

constexpr int kGemvRows = 8;    ///< Most rows.
constexpr int kGemvWarps = 4;   ///< In a block.
constexpr int kGemvCluster = 8; ///< Most splits with clusters.

/// How w is stored.
enum class WeightLayout { NK, KN };

/// Columns of y that a block owns.
constexpr int kGemvColumns = 64;

/// Elements of k that a warp takes at once.
GAC_HOST_DEVICE constexpr int gemvUnit(WeightLayout layout) {
  return layout == WeightLayout::NK ? 64 : 16;
}

struct GemvShape {
  int32_t rows = 0;
  int64_t n = 0, k = 0;
  int64_t xPitch = 0, wPitch = 0, yPitch = 0, residualPitch = 0;
  WeightLayout layout = WeightLayout::NK;
  int32_t splits = 1; ///< Blocks that share k.
};

/// Warps of a block that share k; else they share its columns.
GAC_HOST_DEVICE constexpr int gemvSlices(WeightLayout layout) {
  return layout == WeightLayout::NK ? 1 : kGemvWarps;
}

/// Units that a warp has under way. Few warps with many suit matrices of which
/// a multiprocessor gets little, more warps with two units all others.
GAC_HOST_DEVICE constexpr int
gemvDepth(int64_t n, int64_t k, WeightLayout layout, int multiprocessors) {
  return layout == WeightLayout::KN && n * k <= 60000 * multiprocessors ? 4 : 2;
}

/// Blocks that a multiprocessor has registers for.
GAC_HOST_DEVICE constexpr int gemvBlocks(int depth) {
  return depth == 2 ? 6 : 4;
}

/// Enough splits for four blocks on each of the device's multiprocessors, or
/// two and a half with a depth of 4, if that leaves three units to two warps
/// that share k.
GAC_HOST_DEVICE constexpr int32_t
gemvSplits(int64_t n, int64_t k, WeightLayout layout, int multiprocessors) {
  const int halves = gemvDepth(n, k, layout, multiprocessors) == 2 ? 8 : 5;
  const int64_t wanted =
      halves * multiprocessors / 2 / ceilDiv<int64_t>(n, kGemvColumns);
  const int64_t units = ceilDiv<int64_t>(k, gemvUnit(layout));
  const int64_t most =
      smaller<int64_t>(units * 2 / 3 / gemvSlices(layout), kGemvCluster);
  return static_cast<int32_t>(larger<int64_t>(smaller(wanted, most), 1));
}

GAC_HOST_DEVICE constexpr int64_t gemvTiles(const GemvShape &shape) {
  return ceilDiv<int64_t>(shape.n, kGemvColumns);
}

/// Units of k that a block of a split takes; the last ones may take fewer.
GAC_HOST_DEVICE constexpr int gemvUnits(const GemvShape &shape) {
  return static_cast<int>(ceilDiv<int64_t>(
      ceilDiv<int64_t>(shape.k, gemvUnit(shape.layout)), shape.splits));
}

/// How far a slice's sums of a row are apart: lanes that write or read together
/// meet different banks.
constexpr int kGemvSlicePitch = kGemvColumns + 4;

/// Whether warps send their sums to other blocks, rather than a block its own.
GAC_HOST_DEVICE constexpr bool gemvWarpsSend(const GemvShape &shape) {
  return shape.layout == WeightLayout::KN && shape.rows <= 2;
}

/// Most sums that a block of a cluster gets: of every so manyth four columns,
/// from all senders.
GAC_HOST_DEVICE constexpr int gemvGathered(const GemvShape &shape) {
  if (shape.splits == 1 || shape.splits > kGemvCluster)
    return 0;
  return shape.rows * shape.splits *
         (gemvWarpsSend(shape) ? gemvSlices(shape.layout) : 1) *
         ceilDiv(kGemvColumns / 4, shape.splits) * 4;
}

GAC_HOST_DEVICE constexpr LaunchGeometry gemvGeometry(const GemvShape &shape) {
  LaunchGeometry geometry;
  geometry.gridX = static_cast<unsigned>(gemvTiles(shape));
  geometry.gridY = static_cast<unsigned>(shape.splits);
  geometry.threads = kGemvWarps * 32;
  geometry.sharedBytes = static_cast<unsigned>(
      4 * (gemvSlices(shape.layout) * shape.rows * kGemvSlicePitch +
           gemvGathered(shape)));
  return geometry;
}

/// One 32-bit counter per block of columns, rounded up to 16 bytes; none are
/// needed without a split, or with clusters.
GAC_HOST_DEVICE constexpr int64_t gemvCounterBytes(const GemvShape &shape) {
  return shape.splits == 1 ? 0 : roundUp<int64_t>(gemvTiles(shape) * 4, 16);
}

GAC_HOST_DEVICE constexpr int64_t gemvWorkspaceBytes(const GemvShape &shape) {
  if (shape.splits == 1)
    return 0;
  return gemvCounterBytes(shape) +
         gemvTiles(shape) * kGemvColumns * shape.rows * shape.splits * 4;
}

#if defined(__CUDACC__)

/// Whether the device that is compiled for has clusters, and the attribute of
/// kernels whose blocks come in them there.
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
constexpr bool kGemvClusters = true;
#define GAC_GEMV_CLUSTER(splits) __cluster_dims__(1, splits, 1)
#else
constexpr bool kGemvClusters = false;
#define GAC_GEMV_CLUSTER(splits)
#endif

/// kCount 16-bit elements as registers hold them.
template <int kCount> struct Words {
  uint32_t words[kCount / 2];
};

/// Reads the first `valid` (anything) of kCount elements at `source`, zeros for
/// the rest, into a slot of a ring: without branches, so that nothing waits.
/// kOnce: as loadPredicated. partial: 0 < valid < kCount may be.
template <int kCount, int kVector, bool kOnce, class T>
__device__ inline void fetch(Words<kCount> &slot, const T *source, int valid,
                             bool partial) {
  if constexpr (kVector < kCount) {
    const auto lanes = loadLanes<kCount, kVector>(source, valid);
    memcpy(&slot, &lanes, sizeof(slot));
  } else {
    loadPredicated<kOnce>(slot.words, source, valid > 0);
    if (partial)
#pragma unroll
      for (int i = 0; i < kCount / 2; ++i)
        slot.words[i] &= 2 * i + 1 < valid ? ~0u : 2 * i < valid ? 0xffffu : 0u;
  }
}

/// Where a block finds its elements [0, count) of k.
template <class T> struct GemvShare {
  const T *w; ///< From the block's first column on.
  const T *x;
  int64_t columns; ///< Of w, from there on.
  int count;
};

/// A warp's share of the sums, for w [n, k]: fetchWeights and fetchInputs start
/// the reading of a unit into a slot, zeros beyond the share; multiply adds it;
/// forEach calls send(row, column, sum or sums of four columns). Every
/// kStride-th unit is a warp's.
template <class T, int kVector, int kUnits> struct GemvNK {
  using Element = T;
  using Sums = float;
  static constexpr WeightLayout kLayout = WeightLayout::NK;
  static constexpr int kUnit = gemvUnit(kLayout), kStride = 1;
  static constexpr int kDepth = kUnits;

  const T *rows[3]; // Two of w, one of x.
  int count;
  bool partial;
  Words<8> parts[kDepth][2][3];
  float sums[2][4] = {};

  // Rows beyond n or shape.rows are read as the last one; the results are
  // dropped.
  __device__ GemvNK(const GemvShare<T> &share, const GemvShape &shape)
      : count(share.count), partial(shape.k % 8 != 0) {
    const int group = threadIdx.x % 32 / 4, lane = threadIdx.x % 4 * 8;
#pragma unroll
    for (int i = 0; i < 2; ++i)
      rows[i] = share.w + lane +
                smaller<int64_t>(threadIdx.x / 32 * 16 + group + i * 8,
                                 share.columns - 1) *
                    shape.wPitch;
    const int row = smaller(group, shape.rows - 1);
    rows[2] = share.x + row * shape.xPitch + lane;
  }

  __device__ static int firstUnit() { return 0; }

  __device__ void fetchWeights(int slot, int unit) {
#pragma unroll
    for (int i = 0; i < 2; ++i)
#pragma unroll
      for (int j = 0; j < 2; ++j)
        fetchPart<true>(slot, unit, i, j);
  }

  __device__ void fetchInputs(int slot, int unit) {
#pragma unroll
    for (int i = 0; i < 2; ++i)
      fetchPart<false>(slot, unit, i, 2);
  }

  template <bool kOnce>
  __device__ void fetchPart(int slot, int unit, int i, int j) {
    const int first = unit * kUnit + i * 32;
    fetch<8, kVector, kOnce>(
        parts[slot][i][j], rows[j] + first,
        count - first - static_cast<int>(threadIdx.x % 4 * 8), partial);
  }

  /// Eight consecutive elements of two rows of w and one of x feed two
  /// instructions.
  __device__ void multiply(int slot) {
#pragma unroll
    for (int i = 0; i < 2; ++i) {
      const auto &high = parts[slot][i][0].words,
                 &low = parts[slot][i][1].words,
                 &right = parts[slot][i][2].words;
      const uint32_t firstHalf[4] = {high[0], low[0], high[1], low[1]};
      const uint32_t secondHalf[4] = {high[2], low[2], high[3], low[3]};
      multiplyAdd<T>(sums[0], firstHalf, right[0], right[1]);
      multiplyAdd<T>(sums[1], secondHalf, right[2], right[3]);
    }
  }

  template <class Function> __device__ void forEach(Function send) const {
    const int group = threadIdx.x % 32 / 4, row = threadIdx.x % 4 * 2;
#pragma unroll
    for (int i = 0; i < 4; ++i)
      send(row + i % 2, threadIdx.x / 32 * 16 + group + i / 2 * 8,
           sums[0][i] + sums[1][i]);
  }
};

/// The same for w [k, n].
template <class T, int kVector, int kUnits> struct GemvKN {
  using Element = T;
  using Sums = float4;
  static constexpr WeightLayout kLayout = WeightLayout::KN;
  static constexpr int kUnit = gemvUnit(kLayout), kStride = kGemvWarps;
  static constexpr int kDepth = kUnits;

  const T *x, *w;
  int64_t pitch;
  int count, columns;
  bool partial;
  Words<8> left[kDepth][4];
  Words<4> right[kDepth];
  float sums[4][4] = {};

  // Rows beyond shape.rows and, in whole vectors, columns beyond n are read as
  // the last ones; the results are dropped.
  __device__ GemvKN(const GemvShare<T> &share, const GemvShape &shape)
      : pitch(shape.wPitch), count(share.count), partial(shape.k % 4 != 0) {
    const int group = threadIdx.x % 32 / 4, lane = threadIdx.x % 4 * 4;
    int64_t column = group * 8;
    if constexpr (kVector == 8)
      column = smaller(column, (share.columns - 1) / 8 * 8);
    columns = static_cast<int>(
        kVector == 8 ? 8 : smaller<int64_t>(share.columns - column, 8));
    w = share.w + lane * pitch + column;
    const int row = smaller(group, shape.rows - 1);
    x = share.x + row * shape.xPitch + lane;
  }

  __device__ static int firstUnit() { return threadIdx.x / 32; }

  __device__ void fetchWeights(int slot, int unit) {
    const int first = unit * kUnit + threadIdx.x % 4 * 4;
    const T *const from = w + static_cast<int64_t>(unit) * kUnit * pitch;
#pragma unroll
    for (int j = 0; j < 4; ++j)
      fetch<8, kVector, true>(left[slot][j], from + j * pitch,
                              first + (partial ? j : 0) < count ? columns : 0,
                              false);
  }

  __device__ void fetchInputs(int slot, int unit) {
    const int first = unit * kUnit;
    fetch<4, smaller(kVector, 4), false>(
        right[slot], x + first,
        count - first - static_cast<int>(threadIdx.x % 4 * 4), partial);
  }

  /// Eight consecutive columns of four rows of w feed four instructions: two
  /// columns each, next to each other.
  __device__ void multiply(int slot) {
    const auto &rows = left[slot];
#pragma unroll
    for (int j = 0; j < 4; ++j) {
      const uint32_t a = rows[0].words[j], b = rows[1].words[j];
      const uint32_t c = rows[2].words[j], d = rows[3].words[j];
      // Pairs along k of the low halves, then of the high halves.
      const uint32_t pairs[4] = {
          __byte_perm(a, b, 0x5410), __byte_perm(a, b, 0x7632),
          __byte_perm(c, d, 0x5410), __byte_perm(c, d, 0x7632)};
      multiplyAdd<T>(sums[j], pairs, right[slot].words[0],
                     right[slot].words[1]);
    }
  }

  template <class Function> __device__ void forEach(Function send) const {
    const int group = threadIdx.x % 32 / 4, row = threadIdx.x % 4 * 2;
#pragma unroll
    for (int i = 0; i < 2; ++i)
#pragma unroll
      for (int j = 0; j < 4; j += 2)
        send(row + i, group * 8 + j * 2,
             float4{sums[j][i], sums[j][i + 2], sums[j + 1][i],
                    sums[j + 1][i + 2]});
  }
};

/// The kernel. Method is GemvNK or GemvKN of T (bf16 or f16), kVector (8, 4, 2
/// or 1) and gemvDepth. kClusters: the blocks of a split are a cluster. The
/// counters and the sums of the splits are the two parts of the workspace, and
/// need not lie together. `shared` is dynamic shared memory, aligned to 16
/// bytes.
template <class Method, bool kClusters>
__device__ void
gemv(const typename Method::Element *x, const typename Method::Element *w,
     const typename Method::Element *bias,
     const typename Method::Element *residual, typename Method::Element *y,
     unsigned *counters, float *workspaceSums, void *shared,
     const GemvShape &shape) {
  using T = typename Method::Element;
  constexpr int kThreads = kGemvWarps * 32, kDepth = Method::kDepth;
  constexpr int kStride = Method::kStride, kUnit = Method::kUnit;
  constexpr int kSlices = gemvSlices(Method::kLayout);
  constexpr int kFours = kGemvColumns / 4; // Sums move four at a time.
  __shared__ uint64_t arrived; // What a cluster sends to this block.
  __shared__ bool isLast;
  float *const parts = static_cast<float *>(shared);
  float *const gathered = parts + kSlices * shape.rows * kGemvSlicePitch;

  const int splits = shape.splits, split = blockIdx.y;
  const bool inCluster = kClusters && splits > 1;
  const int64_t column = static_cast<int64_t>(blockIdx.x) * kGemvColumns;
  const int begin = split * gemvUnits(shape) * kUnit;
  GemvShare<T> share;
  share.columns = shape.n - column;
  share.count = static_cast<int>(
      smaller<int64_t>(shape.k - begin, gemvUnits(shape) * kUnit));
  share.w =
      w + (Method::kLayout == WeightLayout::NK ? column * shape.wPitch + begin
                                               : begin * shape.wPitch + column);
  share.x = x + begin;
  const int units = larger(ceilDiv(share.count, kUnit), 0);

  Method method(share, shape);
  int unit = method.firstUnit();
#pragma unroll
  for (int slot = 0; slot < kDepth; ++slot)
    method.fetchWeights(slot, unit + slot * kStride);
  // In a cluster, a block adds up every so manyth four of all blocks.
  const int owners = inCluster ? splits : 1, owner = inCluster ? split : 0;
  const int fours = (kFours - 1 - owner + owners) / owners;
  const int mostFours = ceilDiv(kFours, owners);
  const bool warpsSend = gemvWarpsSend(shape);
  const int senders = splits * (warpsSend ? kSlices : 1);
  if (inCluster) {
    if (threadIdx.x == 0)
      startBarrier(&arrived, fours * senders * shape.rows * 16);
    arriveAtCluster();
  }
  letNextLaunchStart();
  waitForLaunchBefore();
#pragma unroll
  for (int slot = 0; slot < kDepth; ++slot)
    method.fetchInputs(slot, unit + slot * kStride);

  // What this block writes: sum i is column i % 4 of four i / 4 % fours.
  const int outputs = fours * 4 * shape.rows;
  const auto columnOf = [&](int i) {
    return column + (i / 4 % fours * owners + owner) * 4 + i % 4;
  };
  const auto addends = [&](int i) {
    float sum = 0;
    const int64_t n = columnOf(i), row = i / 4 / fours;
    if (i < outputs && n < shape.n) {
      if (bias)
        sum += toFloat(bias[n]);
      if (residual)
        sum += toFloat(residual[row * shape.residualPitch + n]);
    }
    return sum;
  };
  const float firstAddend = addends(threadIdx.x);
  const auto write = [&](int i, float sum) {
    const int64_t n = columnOf(i), row = i / 4 / fours;
    if (n < shape.n)
      y[row * shape.yPitch + n] =
          fromFloat<T>(sum + (i < kThreads ? firstAddend : addends(i)));
  };

  while (unit < units)
#pragma unroll
    for (int slot = 0; slot < kDepth; ++slot, unit += kStride) {
      // The branch also keeps the compiler from waiting for several slots.
      if (unit >= units)
        break;
      method.multiply(slot);
      method.fetchWeights(slot, unit + kDepth * kStride);
      method.fetchInputs(slot, unit + kDepth * kStride);
    }

  const int slice = kSlices == 1 ? 0 : threadIdx.x / 32;
  const auto sendFour = [&](int sender, int row, int four, float4 sums) {
    sendInCluster(
        gathered +
            ((sender * shape.rows + row) * mostFours + four / owners) * 4,
        &arrived, four % owners, sums);
  };
  if (inCluster)
    waitForCluster(); // All blocks have started.
  using Sums = typename Method::Sums;
  method.forEach([&](int row, int inRow, Sums sums) {
    if (row >= shape.rows)
      return;
    if constexpr (kSlices > 1)
      if (inCluster && warpsSend) {
        sendFour(split * kSlices + slice, row, inRow / 4, sums);
        return;
      }
    *reinterpret_cast<Sums *>(
        parts + (slice * shape.rows + row) * kGemvSlicePitch + inRow) = sums;
  });
  if (!inCluster || !warpsSend)
    __syncthreads();
  const auto blockTotal = [&](int row, int inRow) {
    const float *from = parts + row * kGemvSlicePitch + inRow;
    float sum = 0;
#pragma unroll
    for (int i = 0; i < kSlices; ++i)
      sum += from[i * shape.rows * kGemvSlicePitch];
    return sum;
  };
  if (splits == 1) {
#pragma unroll 1
    for (int i = threadIdx.x; i < outputs; i += kThreads)
      write(i, blockTotal(i / kGemvColumns, i % kGemvColumns));
    return;
  }

  if constexpr (kClusters) {
    if (!warpsSend)
      for (int i = threadIdx.x; i < kFours * shape.rows; i += kThreads) {
        const int row = i / kFours, first = i % kFours * 4;
        sendFour(split, row, first / 4,
                 {blockTotal(row, first), blockTotal(row, first + 1),
                  blockTotal(row, first + 2), blockTotal(row, first + 3)});
      }
    waitForBytes(&arrived);
#pragma unroll 1
    for (int i = threadIdx.x; i < outputs; i += kThreads) {
      const float *from =
          gathered + i / 4 / fours * mostFours * 4 + i % (fours * 4);
      float sum = 0;
#pragma unroll 8
      for (int j = 0; j < senders; ++j)
        sum += from[j * shape.rows * mostFours * 4];
      write(i, sum);
    }
    return;
  }

  unsigned *const counter = counters + blockIdx.x;
  float *const splitParts =
      workspaceSums + static_cast<int64_t>(blockIdx.x) * splits * outputs;
#pragma unroll 1
  for (int i = threadIdx.x; i < outputs; i += kThreads)
    splitParts[split * outputs + i] =
        blockTotal(i / kGemvColumns, i % kGemvColumns);
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
#pragma unroll 1
  for (int i = threadIdx.x; i < outputs; i += kThreads) {
    float sum = 0;
#pragma unroll 8
    for (int j = 0; j < splits; ++j)
      sum += __ldcg(splitParts + j * outputs + i);
    write(i, sum);
  }
}

/// The same for a workspace in one piece.
template <class Method, bool kClusters>
__device__ void
gemv(const typename Method::Element *x, const typename Method::Element *w,
     const typename Method::Element *bias,
     const typename Method::Element *residual, typename Method::Element *y,
     void *workspace, void *shared, const GemvShape &shape) {
  gemv<Method, kClusters>(
      x, w, bias, residual, y, static_cast<unsigned *>(workspace),
      reinterpret_cast<float *>(static_cast<char *>(workspace) +
                                gemvCounterBytes(shape)),
      shared, shape);
}

#endif // __CUDACC__

} // namespace gac::kernels

#endif // GAC_KERNELS_GEMV_CUH
