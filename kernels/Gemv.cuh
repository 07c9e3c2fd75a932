//===- Gemv.cuh - products of 1 to 32 rows with a matrix --------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   y[m, n] = scale[m] * sum_k x[m, k] w[n, k] + bias[n] + residual[m, n]
//
// for rows <= 32; bias and residual are optional (null). The sum and what
// follows are in f32, rounded once. x is read through an Input (GemvInput.cuh),
// which may compute it on the way: scale is 1 but for NormalizedInput.
//
// Shapes: x [rows, k], w [n, k] or, stored the other way, [k, n]; y and
// residual [rows, n]; each with a pitch; any n, k >= 1. Alignment: kVector
// elements (Common.cuh) for x and w, 8 to be fast; y and residual are accessed
// by element. w [k, n] is read up to the multiple of kVector that follows n.
//
// Method: nothing but memory should limit the reading of w, and it should never
// rest. A block has a number of columns and a share of k; each of its warps
// reads units of 16 rows of w into a ring of its own in shared memory, by one
// bulk copy per row, and has several under way while it computes (compute
// capability 9.0; before, copies of 16 bytes). That begins before the kernel
// waits for those before it, for launches that overlap with them (programmatic
// dependent launch): the blocks are few and small enough to be there as soon as
// those of the launch before begin to leave. The tensor cores compute y
// transposed: w is the 16 x 16 operand, x, transposed, the 16 x 8 one. x is in
// the block's shared memory, or each warp reads what it needs of it to
// registers (gemvReadsDirectly), as far ahead as w.
//
// Warps of a block share k, and so do the blocks of a split: those of a cluster
// (compute capability 9.0) send their parts to each other's shared memory;
// without clusters the last block to finish adds up what all have left in a
// workspace. Either adds in the order of k, so results do not depend on timing.
//
// Launch: gemvGeometry, of chooseGemv's shape. With clusters, of the shape {1,
// splits, 1}; without, a workspace of gemvWorkspaceBytes, its first
// gemvCounterBytes zero before the first launch (each launch leaves them so).
// Products of equally many rows and splits may share a launch: the blocks of
// one come behind those of another, in x, and each has the shared memory that
// the neediest of them wants.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_KERNELS_GEMV_CUH
#define GAC_KERNELS_GEMV_CUH

#include "GemvInput.cuh"
#include "GemvRing.cuh"
#include "GemvShape.cuh"
#include "LastBlock.cuh"
#include "Ptx.cuh"

#if defined(__CUDACC__)

namespace gac::kernels {

//===----------------------------------------------------------------------===//
// The kernel
//===----------------------------------------------------------------------===//

/// T is bf16 or f16; kColumns, kDepth and kLayout are the shape's, kRowTiles is
/// gemvRowTiles(shape.rows), kVector 8, 4, 2 or 1, kDirect
/// gemvReadsDirectly(shape). kClusters: the blocks of a split are a cluster.
/// The counters and the sums of the splits are the two parts of the workspace,
/// and need not lie together; the counters are those of the launch, the sums
/// those of the product. `shared` is dynamic shared memory, aligned to 16
/// bytes. `tile` of the product's gemvTiles is the block's: blockIdx.x, less
/// the blocks of other products in front.
template <class T, WeightLayout kLayout, int kVector, int kColumns,
          int kRowTiles, int kDepth, bool kDirect, bool kClusters, class Input>
__device__ void gemv(const Input &input, const T *w, const T *bias,
                     const T *residual, T *y, unsigned *counters,
                     float *workspaceSums, void *shared, const GemvShape &shape,
                     unsigned tile) {
  constexpr bool kKN = kLayout == WeightLayout::KN;
  constexpr int kThreads = kGemvWarps * 32, kUnit = gemvUnit(kLayout);
  constexpr int kSlices = gemvSlices(kLayout);
  constexpr int kTiles = kKN ? kColumns / 16 : 1; // Of a warp.
  constexpr int kFours = kColumns / 4;            // Sums move four at a time.
  constexpr int kElements = gemvRowElements(kLayout, kColumns);
  static_assert(kKN || kColumns == 16 * kGemvWarps, "16 columns to a warp");
  static_assert(!kDirect || (kKN && kRowTiles == 1),
                "all warps need all elements of x, or too many of them");
  __shared__ uint64_t barriers[kGemvWarps][kDepth];
  __shared__ uint64_t arrived; // What a cluster sends to this block.
  __shared__ float squares[kGemvWarps][Input::kNormalized ? kGemvRows : 1];
  char *const ringBytes = static_cast<char *>(shared);
  char *const inputs = ringBytes + gemvRingBytes(shape);
  float *const partSums = static_cast<float *>(shared);
  float *const gathered =
      reinterpret_cast<float *>(inputs + gemvInputBytes(shape));

  const int warp = static_cast<int>(threadIdx.x / 32);
  const int lane = static_cast<int>(threadIdx.x % 32);
  const int splits = shape.splits, split = static_cast<int>(blockIdx.y);
  const bool inCluster = kClusters && splits > 1;
  const int64_t column = static_cast<int64_t>(tile) * kColumns;
  const int64_t begin = static_cast<int64_t>(split) * gemvUnits(shape) * kUnit;
  const int count = static_cast<int>(larger<int64_t>(
      smaller<int64_t>(shape.k - begin, gemvUnits(shape) * kUnit), 0));
  const int units = ceilDiv(count, kUnit);

  //===--------------------------------------------------------------------===//
  // Weights that are there before the launch before has finished
  //===--------------------------------------------------------------------===//

  GemvRing<T, kLayout, kVector, kElements, kDepth> ring;
  ring.slots = ringBytes + warp * kDepth * 16 * ring.kPitch;
  ring.barriers = barriers[warp];
  ring.prepare();
  const int64_t firstColumn = column + (kKN ? 0 : warp * 16);
  const int columns = static_cast<int>(
      smaller<int64_t>(shape.n - firstColumn, kKN ? kColumns : 16));
  const auto fetch = [&](int slot, int unit) {
    if (unit < units && columns > 0) {
      const int left = count - unit * kUnit;
      const bool whole = shape.k % kUnit == 0 || left >= kUnit;
      if constexpr (kKN)
        ring.start(slot,
                   w + (begin + unit * kUnit) * shape.wPitch + firstColumn,
                   shape.wPitch, smaller(left, kUnit), columns, whole);
      else
        ring.start(slot, w + firstColumn * shape.wPitch + begin + unit * kUnit,
                   shape.wPitch, columns, smaller(left, kUnit), whole);
    }
    ring.endTurn();
  };
  // Where warps share k, each has every so manyth unit.
  const int firstUnit = kKN ? warp : 0;
#pragma unroll
  for (int slot = 0; slot < kDepth; ++slot)
    fetch(slot, firstUnit + slot * kSlices);
  // In a cluster, a block adds up every so manyth four of all blocks.
  const int owners = inCluster ? splits : 1, owner = inCluster ? split : 0;
  const int fours = (kFours - 1 - owner + owners) / owners;
  if (inCluster) {
    if (threadIdx.x == 0)
      startBarrier(&arrived, (fours + (Input::kNormalized ? 1 : 0)) * owners *
                                 shape.rows * 16);
    arriveAtCluster();
  }
  letNextLaunchStart();

  //===--------------------------------------------------------------------===//
  // The block's share of x, zeros beyond k
  //===--------------------------------------------------------------------===//

  // Directly: of each unit that is under way, the four elements of a row that
  // this lane gives the tensor cores.
  const int ownRow = lane / 4, ownFour = lane % 4 * 4;
  const bool wholeFours = shape.k % 4 == 0;
  typename Input::template Parts<4> own[kDepth];
  float ownSquares = 0;
  const auto countFour = [&](int unit) {
    return ownRow < shape.rows
               ? smaller(larger(count - unit * kUnit - ownFour, 0), 4)
               : 0;
  };
  const auto readConstants = [&](int slot, int unit) {
    const int some = countFour(unit);
    input.template readConstants<kVector>(
        own[slot], some > 0 ? begin + unit * kUnit + ownFour : 0, some,
        wholeFours);
  };
  const auto read = [&](int slot, int unit) {
    const int some = countFour(unit);
    input.template read<kVector>(
        own[slot],
        some > 0 ? ownRow * shape.xPitch + begin + unit * kUnit + ownFour : 0,
        some, wholeFours);
  };
  if constexpr (kDirect) {
#pragma unroll
    for (int slot = 0; slot < kDepth; ++slot)
      readConstants(slot, firstUnit + slot * kSlices);
  }
  waitForLaunchBefore();

  const int inputPitch = gemvInputPitch(shape);
  const int eights = units * (kUnit / 8);
  const auto inputAt = [&](int row, int eight) {
    return reinterpret_cast<T *>(inputs + row * inputPitch + eight * 16);
  };
  if constexpr (kDirect) {
#pragma unroll
    for (int slot = 0; slot < kDepth; ++slot)
      read(slot, firstUnit + slot * kSlices);
  } else if constexpr (Input::kPlain) {
#pragma unroll 1
    for (int i = threadIdx.x; i < shape.rows * eights; i += kThreads) {
      const int row = i / eights, eight = i % eights;
      const int some = smaller(larger(count - eight * 8, 0), 8);
      const T *const from =
          input.x + row * shape.xPitch + (some > 0 ? begin + eight * 8 : 0);
      if constexpr (kVector == 8)
        copyAsync16(inputAt(row, eight), from, some * 2);
      else
        storeVector<8>(inputAt(row, eight), loadLanes<8, kVector>(from, some));
    }
  } else {
    // One row or more to a warp, or several warps to a row.
    const int warps = larger(kGemvWarps / shape.rows, 1);
    for (int row = warp / warps; row < shape.rows; row += kGemvWarps / warps) {
      float sum = 0;
#pragma unroll 4
      for (int eight = lane + warp % warps * 32; eight < eights;
           eight += warps * 32) {
        const int some = smaller(larger(count - eight * 8, 0), 8);
        const int64_t k = some > 0 ? begin + eight * 8 : 0;
        typename Input::template Parts<8> parts;
        input.template readConstants<kVector>(parts, k, some, false);
        input.template read<kVector>(parts, row * shape.xPitch + k, some,
                                     false);
        storeVector<8>(inputAt(row, eight), Input::combine(parts, sum));
      }
      if constexpr (Input::kNormalized) {
        sum = warpSum(sum);
        if (lane == 0)
          squares[warp % warps][row] = sum;
      }
    }
  }

  // What this block writes: item i is four i % fours, of all owners' fours, of
  // row i / fours.
  const int items = fours * shape.rows;
  const auto addends = [&](int item, float (&sums)[4]) {
    const int64_t n = column + (item % fours * owners + owner) * 4;
    const int64_t row = item / fours;
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      sums[i] = 0;
      if (item < items && n + i < shape.n) {
        if (bias)
          sums[i] += toFloat(bias[n + i]);
        if (residual)
          sums[i] += toFloat(residual[row * shape.residualPitch + n + i]);
      }
    }
  };
  float firstAddends[4];
  addends(threadIdx.x, firstAddends);
  const auto write = [&](int item, const float4 &sum, float rowSquares) {
    const int64_t n = column + (item % fours * owners + owner) * 4;
    const int64_t row = item / fours;
    const float sums[4] = {sum.x, sum.y, sum.z, sum.w};
    float scale = 1;
    if constexpr (Input::kNormalized)
      scale =
          rsqrtf(rowSquares / static_cast<float>(input.count) + input.epsilon);
    float added[4];
#pragma unroll
    for (int i = 0; i < 4; ++i)
      added[i] = firstAddends[i];
    if (item >= kThreads)
      addends(item, added);
#pragma unroll
    for (int i = 0; i < 4; ++i)
      if (n + i < shape.n)
        y[row * shape.yPitch + n + i] =
            fromFloat<T>(fmaf(sums[i], scale, added[i]));
  };
  if constexpr (!kDirect) {
    if constexpr (Input::kPlain && kVector == 8) {
      commitCopies();
      waitForCopies<0>();
    }
    __syncthreads();
  }

  //===--------------------------------------------------------------------===//
  // The sums
  //===--------------------------------------------------------------------===//

  float sums[kTiles][kRowTiles][4] = {};
  // The 16 x 8 operands of two groups of rows at a time; the last row stands
  // for those beyond, whose sums are dropped.
  const auto loadInputs = [&](int k, uint32_t (&operands)[kRowTiles][2]) {
#pragma unroll
    for (int t = 0; t < kRowTiles; t += 2) {
      uint32_t words[4];
      loadMatrices(words,
                   inputs +
                       smaller((t + lane / 16) * 8 + lane % 8, shape.rows - 1) *
                           inputPitch +
                       (k + lane / 8 % 2 * 8) * 2);
      operands[t][0] = words[0];
      operands[t][1] = words[1];
      if (t + 1 < kRowTiles) {
        operands[t + 1][0] = words[2];
        operands[t + 1][1] = words[3];
      }
    }
  };
  // The same from registers: a lane's four elements are rows 2t, 2t+1 and 2t+8,
  // 2t+9 of the operand.
  const auto takeInputs = [&](int slot, uint32_t (&operands)[kRowTiles][2]) {
    const auto values = Input::combine(own[slot], ownSquares);
    uint32_t words[2];
    memcpy(words, &values, sizeof(words));
    operands[0][0] = lane % 4 < 2 ? words[0] : words[1];
    operands[0][1] = lane % 4 < 2 ? words[1] : words[0];
  };
  // Of a slot, what this lane gives the address of: of the 16 rows of w [k, n]
  // those that the elements above belong to. Which pair of the four comes first
  // is such that eight rows that are read together meet all banks.
  const int pair = lane % 8 / 2;
  const int inK = kDirect ? pair * 4 + (lane / 16 ^ pair / 2) * 2 + lane % 2
                          : lane / 16 * 8 + lane % 8;
  const int inSlot = kKN ? inK * ring.kPitch + lane / 8 % 2 * 16
                         : lane % 16 * ring.kPitch + lane / 16 * 16;
  int parity = 0;
#pragma unroll 1
  for (int first = firstUnit; first < units; first += kDepth * kSlices) {
#pragma unroll(kDirect ? kDepth : 1)
    for (int slot = 0; slot < kDepth; ++slot) {
      const int unit = first + slot * kSlices, next = unit + kDepth * kSlices;
      if (unit >= units)
        break;
      uint32_t operands[kRowTiles][2], matrix[4];
      if constexpr (kDirect) {
        takeInputs(slot, operands);
        readConstants(slot, next);
        read(slot, next);
      }
      if (columns > 0)
        ring.wait(slot, parity);
      const char *const from = ring.slots + slot * 16 * ring.kPitch + inSlot;
      if constexpr (kKN) {
        if constexpr (!kDirect)
          loadInputs(unit * kUnit, operands);
#pragma unroll
        for (int tile = 0; tile < kTiles; ++tile) {
          loadMatricesTransposed(matrix, from + tile * 32);
#pragma unroll
          for (int t = 0; t < kRowTiles; ++t)
            multiplyAdd<T>(sums[tile][t], matrix, operands[t][0],
                           operands[t][1]);
        }
      } else {
#pragma unroll
        for (int step = 0; step < kUnit / 16; ++step) {
          loadInputs(unit * kUnit + step * 16, operands);
          loadMatrices(matrix, from + step * 32);
#pragma unroll
          for (int t = 0; t < kRowTiles; ++t)
            multiplyAdd<T>(sums[0][t], matrix, operands[t][0], operands[t][1]);
        }
      }
      __syncwarp();
      fetch(slot, next);
    }
    parity ^= 1;
  }
  if constexpr (kDirect && Input::kNormalized) {
    ownSquares += __shfl_xor_sync(0xffffffffu, ownSquares, 1);
    ownSquares += __shfl_xor_sync(0xffffffffu, ownSquares, 2);
    if (lane % 4 == 0)
      squares[warp][ownRow] = ownSquares;
  }

  //===--------------------------------------------------------------------===//
  // Their exchange
  //===--------------------------------------------------------------------===//

  if (inCluster)
    waitForCluster(); // All blocks have started.
  __syncthreads();    // The ring is free.
  const int sumPitch = gemvSumPitch(shape), slice = kKN ? warp : 0;
#pragma unroll
  for (int t = 0; t < kRowTiles; ++t)
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      const int row = t * 8 + lane % 4 * 2 + i % 2;
      if (row < shape.rows)
#pragma unroll
        for (int tile = 0; tile < kTiles; ++tile)
          partSums[(slice * shape.rows + row) * sumPitch +
                   (kKN ? tile : warp) * 16 + i / 2 * 8 + lane / 4] =
              sums[tile][t][i];
    }
  __syncthreads();
  const auto blockFour = [&](int row, int four) {
    float4 sum = {};
#pragma unroll
    for (int i = 0; i < kSlices; ++i) {
      const auto part = *reinterpret_cast<const float4 *>(
          partSums + (i * shape.rows + row) * sumPitch + four * 4);
      sum.x += part.x;
      sum.y += part.y;
      sum.z += part.z;
      sum.w += part.w;
    }
    return sum;
  };
  const auto blockSquares = [&](int row) {
    float sum = 0;
    if constexpr (Input::kNormalized)
      for (int i = 0;
           i < (kDirect ? kGemvWarps : larger(kGemvWarps / shape.rows, 1)); ++i)
        sum += squares[i][row];
    return sum;
  };
  if (splits == 1) {
#pragma unroll 1
    for (int i = threadIdx.x; i < items; i += kThreads)
      write(i, blockFour(i / fours, i % fours), blockSquares(i / fours));
    return;
  }

  // Adds up what all splits have left: fours from `from` on, `stride` floats
  // from one split to the next.
  const auto addSplits = [&](const float *from, int stride) {
    float4 sum = {};
#pragma unroll 8
    for (int i = 0; i < splits; ++i) {
      const auto part = *reinterpret_cast<const float4 *>(from + i * stride);
      sum.x += part.x;
      sum.y += part.y;
      sum.z += part.z;
      sum.w += part.w;
    }
    return sum;
  };
  if constexpr (kClusters) {
    const int perRow = gemvGatheredFours(shape);
    float *const mine = gathered + split * shape.rows * perRow * 4;
    for (int i = threadIdx.x; i < kFours * shape.rows; i += kThreads) {
      const int row = i / kFours, four = i % kFours;
      sendInCluster(mine + (row * perRow + four / owners) * 4, &arrived,
                    four % owners, blockFour(row, four));
    }
    if constexpr (Input::kNormalized)
      for (int i = threadIdx.x; i < owners * shape.rows; i += kThreads)
        sendInCluster(mine + (i / owners * perRow + perRow - 1) * 4, &arrived,
                      i % owners, {blockSquares(i / owners), 0, 0, 0});
    waitForBytes(&arrived);
#pragma unroll 1
    for (int i = threadIdx.x; i < items; i += kThreads) {
      const float *const from = gathered + i / fours * perRow * 4;
      const int stride = shape.rows * perRow * 4;
      write(i, addSplits(from + i % fours * 4, stride),
            Input::kNormalized ? addSplits(from + (perRow - 1) * 4, stride).x
                               : 0.f);
    }
    return;
  }

  const int stride = shape.rows * sumPitch;
  float *const all =
      workspaceSums + static_cast<int64_t>(tile) * splits * stride;
  float *const mine = all + split * stride;
#pragma unroll 1
  for (int i = threadIdx.x; i < (kFours + 1) * shape.rows; i += kThreads) {
    const int row = i / (kFours + 1), four = i % (kFours + 1);
    *reinterpret_cast<float4 *>(mine + row * sumPitch + four * 4) =
        four < kFours ? blockFour(row, four)
                      : float4{blockSquares(row), 0, 0, 0};
  }
  if (!isLastBlock(counters + blockIdx.x, gridDim.y))
    return;
#pragma unroll 1
  for (int i = threadIdx.x; i < items; i += kThreads) {
    const float *const row = all + i / fours * sumPitch;
    write(i, addSplits(row + i % fours * 4, stride),
          addSplits(row + kColumns, stride).x);
  }
}

/// The same for a product that has its launch to itself, and a workspace in one
/// piece.
template <class T, WeightLayout kLayout, int kVector, int kColumns,
          int kRowTiles, int kDepth, bool kDirect, bool kClusters, class Input>
__device__ void gemv(const Input &input, const T *w, const T *bias,
                     const T *residual, T *y, void *workspace, void *shared,
                     const GemvShape &shape) {
  gemv<T, kLayout, kVector, kColumns, kRowTiles, kDepth, kDirect, kClusters>(
      input, w, bias, residual, y, static_cast<unsigned *>(workspace),
      reinterpret_cast<float *>(static_cast<char *>(workspace) +
                                gemvCounterBytes(shape)),
      shared, shape, blockIdx.x);
}

} // namespace gac::kernels

#endif // __CUDACC__

#endif // GAC_KERNELS_GEMV_CUH
