//===- AttentionStep.cuh - attention in a step of decoding ------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// All that a step of decoding does between the products in front of attention
// and the one behind it, for one new token a sequence: q and the new key are
// rotated (RoPE.cuh's formula), rounded as if they went through memory; the new
// key and value are appended to their caches at `past`; and o is the attention
// (AttentionPrefill.cuh's formula) of the one query over the past + 1 keys,
// which therefore needs no mask.
//
// Shapes: q and o [batch, heads, width], the new key and value [batch,
// keyHeads, width], the caches [batch, capacity, keyHeads, width], each by
// HeadLayout (token strides only of the caches); the tables [batch or 1,
// lanes]. Key and value widths up to 256. Padding lanes of q or k must be zero;
// scale is that of the logical key width, and positive. Nothing is appended at
// or beyond the capacity.
// Alignment: all pitches, widths and the rotation's half are multiples of 8,
// and base pointers aligned to 8 elements.
//
// Method: a block takes up to 16 query heads that share a key head, as the rows
// of the tensor cores' operands, and a share of the keys: one of the blocks of
// a split. Its warps read 16 keys and values at a time into rings of their own
// in shared memory. Keys that earlier steps have left in the cache are read
// before the kernel waits for those before it, for launches that overlap with
// them (programmatic dependent launch), and so is their number: the caches and
// that are written by nothing else in the step. The softmax runs along as in
// AttentionPrefill.cuh. Warps, then the blocks of a split bring their parts
// together: those of a cluster (compute capability 9.0; kMostCluster) send them
// to each other's shared memory; without clusters, or where they are not that
// large, the last block to finish adds up what all have left in a workspace.
// Either adds in the order of the keys. Launch: attentionStepGeometry, of
// chooseAttentionStep's shape. With clusters, of the shape {1, splits, 1};
// without, a workspace of attentionStepWorkspaceFloats and
// attentionStepCounters counters, zero before the first launch (each launch
// leaves them so).
//
//===----------------------------------------------------------------------===//

#ifndef GAC_KERNELS_ATTENTIONSTEP_CUH
#define GAC_KERNELS_ATTENTIONSTEP_CUH

#include "AttentionPrefill.cuh"
#include "LastBlock.cuh"
#include "RoPE.cuh"

namespace gac::kernels {

constexpr int kStepWarps = 4;        ///< In a block.
constexpr int kStepRows = 16;        ///< Most query heads of a block.
constexpr int kStepKeys = 16;        ///< That a warp takes at once.
constexpr int kStepCluster = 8;      ///< Most splits, but for long caches.
constexpr int kStepLongCluster = 16; ///< Splits of those.

struct AttentionStepShape {
  AttentionShape attention; ///< Of one query; k and v are the caches.
  HeadLayout newKey, newValue;
  int32_t capacity = 0;    ///< Tokens of the caches.
  int32_t storedHalf = 0;  ///< From a pair's first lane to its second.
  int32_t logicalHalf = 0; ///< Pairs that rotate; 0: nothing is rotated.
  int64_t tableBatch = 0;  ///< From a sequence's tables to the next; or 0.
  int32_t group = 1;       ///< Query heads of a block: 16 at most.
  int32_t splits = 1;      ///< Blocks that share the keys.
  int32_t depth = 1;       ///< Times 16 keys that a warp has under way.
};

//===----------------------------------------------------------------------===//
// How a block lays out its work
//===----------------------------------------------------------------------===//

/// Blocks that share the query heads of a key head.
GAC_HOST_DEVICE constexpr int32_t stepChunks(const AttentionStepShape &shape) {
  return ceilDiv<int32_t>(shape.attention.heads / shape.attention.keyHeads,
                          shape.group);
}

/// Elements of 16 keys and values in shared memory. Rows are 16 bytes longer
/// than a multiple of 32: rows that follow each other lie in different banks.
GAC_HOST_DEVICE constexpr int stepUnit(int keyWidth, int valueWidth) {
  return kStepKeys * (keyWidth + 8 + valueWidth + 8);
}

/// Fours of results, of all heads of a block, that a block of a split combines.
GAC_HOST_DEVICE constexpr int stepOwnedFours(const AttentionStepShape &shape) {
  return ceilDiv<int>(shape.group * attentionWidth(shape.attention.valueWidth) /
                          4,
                      shape.splits);
}

/// Bytes of dynamic shared memory: rings, later the warps' results; the
/// queries; the new key and value; what blocks of a cluster send.
GAC_HOST_DEVICE constexpr int stepRingBytes(const AttentionStepShape &shape) {
  const int key = attentionWidth(shape.attention.keyWidth);
  const int value = attentionWidth(shape.attention.valueWidth);
  return kStepWarps * larger(shape.depth * stepUnit(key, value) * 2,
                             shape.group * value * 4);
}
GAC_HOST_DEVICE constexpr int stepSharedBytes(const AttentionStepShape &shape) {
  const int key = attentionWidth(shape.attention.keyWidth);
  const int value = attentionWidth(shape.attention.valueWidth);
  return stepRingBytes(shape) + kStepRows * (key + 8) * 2 +
         stepUnit(key, value) * 2 +
         (shape.splits > 1
              ? shape.splits * (stepOwnedFours(shape) + shape.group) * 16
              : 0);
}

GAC_HOST_DEVICE constexpr LaunchGeometry
attentionStepGeometry(const AttentionStepShape &shape) {
  LaunchGeometry geometry;
  geometry.gridX =
      static_cast<unsigned>(shape.attention.keyHeads * stepChunks(shape));
  geometry.gridY = static_cast<unsigned>(shape.splits);
  geometry.gridZ = static_cast<unsigned>(shape.attention.batch);
  geometry.threads = kStepWarps * 32;
  geometry.sharedBytes = static_cast<unsigned>(stepSharedBytes(shape));
  return geometry;
}

/// Floats that a block leaves for the others without clusters: of each head a
/// row of results, and four with the maximum and the sum.
GAC_HOST_DEVICE constexpr int stepPartFloats(const AttentionStepShape &shape) {
  return shape.group * (attentionWidth(shape.attention.valueWidth) + 4);
}
GAC_HOST_DEVICE constexpr int64_t
attentionStepWorkspaceFloats(const AttentionStepShape &shape) {
  return shape.splits == 1 ? 0
                           : static_cast<int64_t>(shape.attention.batch) *
                                 shape.attention.keyHeads * stepChunks(shape) *
                                 shape.splits * stepPartFloats(shape);
}
GAC_HOST_DEVICE constexpr int64_t
attentionStepCounters(const AttentionStepShape &shape) {
  return shape.splits == 1 ? 0
                           : static_cast<int64_t>(shape.attention.batch) *
                                 shape.attention.keyHeads * stepChunks(shape);
}

/// Fills in group, splits and depth: up to 8 splits, each with 16 keys of a
/// full cache for each warp, and not more than one and a half blocks to a
/// multiprocessor in all, since a cluster needs places that are free together;
/// 16 where clusters (largestCluster) may be as large, each has kLongShare keys
/// and each block a multiprocessor. Measured on an H200. Returns whether a
/// block has shared memory for them.
GAC_HOST_DEVICE constexpr bool chooseAttentionStep(AttentionStepShape &shape,
                                                   const DeviceLimits &device) {
  constexpr int kLongShare = 256;
  // Two blocks share a multiprocessor, each with 9 KiB of its own at most.
  const int wanted = device.sharedBytes(2, 9 << 10);
  const int most = device.sharedBytes(1, 3 << 10);
  const int multiprocessors = device.multiprocessors;
  const AttentionShape &attention = shape.attention;
  shape.group =
      smaller<int32_t>(attention.heads / attention.keyHeads, kStepRows);
  const int64_t clusters = static_cast<int64_t>(attention.batch) *
                           attention.keyHeads * stepChunks(shape);
  const int64_t places = multiprocessors * 3 / 2;
  int64_t splits = smaller<int64_t>(places / clusters,
                                    shape.capacity / (kStepWarps * kStepKeys));
  splits = larger<int64_t>(smaller<int64_t>(splits, kStepCluster), 1);
  if (largestCluster(device.capability) >= kStepLongCluster &&
      clusters * kStepLongCluster <= multiprocessors &&
      shape.capacity >= kStepLongCluster * kLongShare)
    splits = kStepLongCluster;
  shape.splits = static_cast<int32_t>(splits);
  const int32_t units = ceilDiv<int32_t>(
      ceilDiv<int32_t>(shape.capacity, shape.splits), kStepWarps * kStepKeys);
  shape.depth = larger(smaller(units, 4), 1);
  while (shape.depth > 1 && stepSharedBytes(shape) > wanted)
    --shape.depth;
  return stepSharedBytes(shape) <= most;
}

#if defined(__CUDACC__)

/// Rotates a row of `width` lanes, or copies it, by the threads of the block:
/// calls write(lane, vector) for each of its vectors of 8 lanes.
template <class T, class C, class Write>
__device__ void rotateRow(const T *from, const C *cosTable, const C *sinTable,
                          int32_t width, const AttentionStepShape &shape,
                          int item, Write write) {
  int32_t lane = item * 8;
  if (lane >= shape.storedHalf) { // After both halves.
    lane += shape.storedHalf;
    if (lane < width)
      write(lane, loadVector<8>(from + lane));
    return;
  }
  float low[8], high[8];
  loadFloats(from + lane, low);
  loadFloats(from + lane + shape.storedHalf, high);
  rotatePairs(low, high, cosTable + lane, sinTable + lane,
              shape.logicalHalf - lane);
  Vector<T, 8> lows, highs;
#pragma unroll
  for (int i = 0; i < 8; ++i) {
    lows.lanes[i] = fromFloat<T>(low[i]);
    highs.lanes[i] = fromFloat<T>(high[i]);
  }
  write(lane, lows);
  write(lane + shape.storedHalf, highs);
}

/// T is bf16 or f16, C the tables' type; K and V are the attentionWidth()s.
/// kClusters: the blocks of a split are a cluster, which is kMostCluster at
/// most. `shared` is dynamic shared memory, aligned to 16 bytes.
template <class T, class C, int K, int V, int kGroup, int kDepth,
          bool kClusters>
__device__ void attentionStep(const T *q, const T *newKey, const T *newValue,
                              const C *cosTable, const C *sinTable, T *k, T *v,
                              T *o, unsigned *counters, float *workspace,
                              void *shared, const AttentionStepShape &shape,
                              TokenCount past) {
  constexpr int kThreads = kStepWarps * 32;
  constexpr int kKeyPitch = K + 8, kValuePitch = V + 8;
  constexpr int kUnit = stepUnit(K, V), kFours = V / 4;
  constexpr float kLog2E = 1.44269504088896341f;
  // Queries stay in registers where there is room beside the sums.
  constexpr bool kHoldQueries = K <= 128;
  __shared__ uint64_t arrived; // What a cluster sends to this block.
  __shared__ float maxima[kStepWarps][kGroup], sums[kStepWarps][kGroup];
  __shared__ float tops[kGroup], totals[kGroup];

  const AttentionShape &attention = shape.attention;
  T *const ring = static_cast<T *>(shared);
  float *const parts = static_cast<float *>(shared);
  T *const queries =
      reinterpret_cast<T *>(static_cast<char *>(shared) + stepRingBytes(shape));
  T *const fresh = queries + kStepRows * kKeyPitch;
  float *const gathered = reinterpret_cast<float *>(fresh + kUnit);

  const int warp = static_cast<int>(threadIdx.x / 32);
  const int lane = static_cast<int>(threadIdx.x % 32);
  const int splits = shape.splits, split = static_cast<int>(blockIdx.y);
  const bool inCluster = kClusters && splits > 1;
  const int32_t batch = blockIdx.z;
  const int32_t chunks = stepChunks(shape);
  const int32_t keyHead = static_cast<int32_t>(blockIdx.x) / chunks;
  const int32_t chunk = static_cast<int32_t>(blockIdx.x) % chunks;
  const int32_t perKeyHead = attention.heads / attention.keyHeads;
  const int32_t firstHead = keyHead * perKeyHead + chunk * kGroup;
  const int32_t heads = smaller(kGroup, perKeyHead - chunk * kGroup);
  // The last block of a split has the new key, too.
  const int64_t old = past.get();
  const bool hasNew = split == splits - 1;
  const auto begin = static_cast<int32_t>(old * split / splits);
  const auto end = static_cast<int32_t>(old * (split + 1) / splits);
  const int units = ceilDiv<int>(end - begin, kStepKeys);
  const T *const keys = k + attention.k.offset(batch, 0, keyHead);
  const T *const values = v + attention.v.offset(batch, 0, keyHead);

  //===--------------------------------------------------------------------===//
  // Keys that are there before the launch before has finished
  //===--------------------------------------------------------------------===//

  T *const slots = ring + warp * kDepth * kUnit;
  // Rows beyond the share are zeros.
  const auto fill = [&](T *to, const T *from, int64_t pitch, int32_t width,
                        int perRow, int toPitch, int32_t firstKey) {
    for (int i = lane; i < kStepKeys * perRow; i += 32) {
      const int row = i / perRow, column = i % perRow * 8;
      const bool exists = firstKey + row < end && column < width;
      copyAsync16(to + row * toPitch + column,
                  exists ? from + (firstKey + row) * pitch + column : from,
                  exists ? 16 : 0);
    }
  };
  const auto fetch = [&](int slot, int unit) {
    if (unit < units) {
      const int32_t key = begin + unit * kStepKeys;
      T *const to = slots + slot * kUnit;
      fill(to, keys, attention.k.token, attention.keyWidth, K / 8, kKeyPitch,
           key);
      fill(to + kStepKeys * kKeyPitch, values, attention.v.token,
           attention.valueWidth, V / 8, kValuePitch, key);
    }
    commitCopies();
  };
#pragma unroll
  for (int slot = 0; slot < kDepth; ++slot)
    fetch(slot, warp + slot * kStepWarps);
  // Zeros for rows and lanes that the queries and the new key do not have.
  for (int i = threadIdx.x; i < (kStepRows * kKeyPitch + kUnit) / 8;
       i += kThreads)
    storeVector<8>(queries + i * 8, Vector<T, 8>{});
  // In a cluster, a block combines every so manyth four of all heads.
  const int owners = inCluster ? splits : 1, owner = inCluster ? split : 0;
  const int owned = (heads * kFours - 1 - owner + owners) / owners;
  if (inCluster) {
    if (threadIdx.x == 0)
      startBarrier(&arrived, (owned + heads) * splits * 16);
    arriveAtCluster();
  }
  letNextLaunchStart();
  waitForLaunchBefore();

  //===--------------------------------------------------------------------===//
  // The queries, and the new key and value
  //===--------------------------------------------------------------------===//

  __syncthreads();
  const C *const cosRow = cosTable + batch * shape.tableBatch;
  const C *const sinRow = sinTable + batch * shape.tableBatch;
  const int items = (attention.keyWidth - shape.storedHalf) / 8;
  for (int i = threadIdx.x; i < heads * items; i += kThreads) {
    const int head = i / items;
    rotateRow(q + attention.q.offset(batch, 0, firstHead + head), cosRow,
              sinRow, attention.keyWidth, shape, i % items,
              [&](int32_t column, const Vector<T, 8> &vector) {
                storeVector<8>(queries + head * kKeyPitch + column, vector);
              });
  }
  if (hasNew) {
    const bool appends = chunk == 0 && old < shape.capacity;
    const T *const key = newKey + shape.newKey.offset(batch, 0, keyHead);
    const T *const value = newValue + shape.newValue.offset(batch, 0, keyHead);
    T *const toKey = k + attention.k.offset(batch, old, keyHead);
    T *const toValue = v + attention.v.offset(batch, old, keyHead);
    const int valueItems = attention.valueWidth / 8;
    // The last threads first: the first ones may still rotate queries.
    for (int i = kThreads - 1 - static_cast<int>(threadIdx.x);
         i < items + valueItems; i += kThreads) {
      if (i < items) {
        rotateRow(key, cosRow, sinRow, attention.keyWidth, shape, i,
                  [&](int32_t column, const Vector<T, 8> &vector) {
                    storeVector<8>(fresh + column, vector);
                    if (appends)
                      storeVector<8>(toKey + column, vector);
                  });
        continue;
      }
      const int32_t column = (i - items) * 8;
      const auto vector = loadVector<8>(value + column);
      storeVector<8>(fresh + kStepKeys * kKeyPitch + column, vector);
      if (appends)
        storeVector<8>(toValue + column, vector);
    }
  }
  __syncthreads();

  //===--------------------------------------------------------------------===//
  // The keys
  //===--------------------------------------------------------------------===//

  const int group = lane / 4, quad = lane % 4;
  const T *const queryRow = queries + lane % 16 * kKeyPitch + lane / 16 * 8;
  const int keyOffset =
      (lane / 16 * 8 + lane % 8) * kKeyPitch + lane / 8 % 2 * 8;
  const int valueOffset =
      kStepKeys * kKeyPitch + lane % 16 * kValuePitch + lane / 16 * 8;
  uint32_t operands[kHoldQueries ? K / 16 : 1][4];
  if constexpr (kHoldQueries)
#pragma unroll
    for (int i = 0; i < K / 16; ++i)
      loadMatrices(operands[i], queryRow + i * 16);
  float output[V / 8][4] = {};
  // Of rows `group` and `group + 8`: the maximum of the unscaled scores, and
  // this lane's share of the sum of weights.
  float maximum[2] = {minusInfinity(), minusInfinity()}, sum[2] = {0, 0};
  const float scale = attention.scale * kLog2E;
  // `valid` of 16 keys and values.
  const auto take = [&](const T *unit, int valid) {
    float scores[2][4] = {};
#pragma unroll
    for (int i = 0; i < K / 16; ++i) {
      if constexpr (!kHoldQueries)
        loadMatrices(operands[0], queryRow + i * 16);
      const auto &a = operands[kHoldQueries ? i : 0];
      uint32_t b[4];
      loadMatrices(b, unit + keyOffset + i * 16);
      multiplyAdd<T>(scores[0], a, b[0], b[1]);
      multiplyAdd<T>(scores[1], a, b[2], b[3]);
    }
#pragma unroll
    for (int j = 0; j < 2; ++j)
#pragma unroll
      for (int e = 0; e < 4; ++e)
        if (j * 8 + quad * 2 + e % 2 >= valid)
          scores[j][e] = minusInfinity();
    weighScores(scores, maximum, sum, output, scale);
    addValues<T>(output, scores, unit + valueOffset, kValuePitch);
  };
  int slot = 0;
#pragma unroll 1
  for (int unit = warp; unit < units; unit += kStepWarps) {
    waitForCopies<kDepth - 1>();
    __syncwarp();
    take(slots + slot * kUnit,
         smaller(end - begin - unit * kStepKeys, kStepKeys));
    __syncwarp();
    fetch(slot, unit + kDepth * kStepWarps);
    slot = slot + 1 == kDepth ? 0 : slot + 1;
  }
  if (hasNew && warp == kStepWarps - 1)
    take(fresh, 1);
  waitForCopies<0>();

  //===--------------------------------------------------------------------===//
  // The warps' parts together
  //===--------------------------------------------------------------------===//

  if (inCluster)
    waitForCluster(); // All blocks have started.
  __syncthreads();    // The rings are free.
#pragma unroll
  for (int row = 0; row < 2; ++row) {
    const int head = group + row * 8;
    float total = sum[row];
    total += __shfl_xor_sync(0xffffffffu, total, 1);
    total += __shfl_xor_sync(0xffffffffu, total, 2);
    if (head >= heads)
      continue;
    if (quad == 0) {
      maxima[warp][head] = maximum[row] * scale;
      sums[warp][head] = total;
    }
    float *const to = parts + (warp * kGroup + head) * V;
#pragma unroll
    for (int j = 0; j < V / 8; ++j)
      *reinterpret_cast<float2 *>(to + j * 8 + quad * 2) =
          float2{output[j][2 * row], output[j][2 * row + 1]};
  }
  __syncthreads();
  // A part's weight beside the largest maximum; 0 of a part without a key.
  const auto weigh = [](float maximum, float top) {
    return maximum == minusInfinity() ? 0.f : exp2Fast(maximum - top);
  };
  const int thread = static_cast<int>(threadIdx.x);
  if (thread < heads) {
    float top = maxima[0][thread], total = 0;
#pragma unroll
    for (int w = 1; w < kStepWarps; ++w)
      top = fmaxf(top, maxima[w][thread]);
#pragma unroll
    for (int w = 0; w < kStepWarps; ++w)
      total += weigh(maxima[w][thread], top) * sums[w][thread];
    tops[thread] = top;
    totals[thread] = total;
  }
  __syncthreads();
  const auto blockFour = [&](int four) {
    const int head = four / kFours;
    float4 result = {};
#pragma unroll
    for (int w = 0; w < kStepWarps; ++w) {
      const float weight = weigh(maxima[w][head], tops[head]);
      const auto part =
          *reinterpret_cast<const float4 *>(parts + w * kGroup * V + four * 4);
      result.x = fmaf(weight, part.x, result.x);
      result.y = fmaf(weight, part.y, result.y);
      result.z = fmaf(weight, part.z, result.z);
      result.w = fmaf(weight, part.w, result.w);
    }
    return result;
  };
  const auto write = [&](int four, const float4 &result, float total) {
    const int head = four / kFours, column = four % kFours * 4;
    T *const to = o + attention.o.offset(batch, 0, firstHead + head) + column;
    const float inverse = 1.f / total;
    const float lanes[4] = {result.x * inverse, result.y * inverse,
                            result.z * inverse, result.w * inverse};
    if (column < attention.valueWidth) // A multiple of 8.
      storeFloats(to, lanes);
  };
  if (splits == 1) {
    for (int i = threadIdx.x; i < heads * kFours; i += kThreads)
      write(i, blockFour(i), totals[i / kFours]);
    return;
  }

  //===--------------------------------------------------------------------===//
  // The blocks' parts together
  //===--------------------------------------------------------------------===//

  // Of all splits: a four of results, and the four with maximum and sum, each
  // `stride` floats from one split to the next.
  const auto combine = [&](int four, const float *results, const float *states,
                           int stride) {
    float top = minusInfinity();
    for (int i = 0; i < splits; ++i)
      top = fmaxf(top, states[i * stride]);
    float4 result = {};
    float total = 0;
#pragma unroll 4
    for (int i = 0; i < splits; ++i) {
      const float weight = weigh(states[i * stride], top);
      const auto part = *reinterpret_cast<const float4 *>(results + i * stride);
      result.x = fmaf(weight, part.x, result.x);
      result.y = fmaf(weight, part.y, result.y);
      result.z = fmaf(weight, part.z, result.z);
      result.w = fmaf(weight, part.w, result.w);
      total = fmaf(weight, states[i * stride + 1], total);
    }
    write(four, result, total);
  };
  if constexpr (kClusters) {
    const int most = stepOwnedFours(shape), stride = (most + kGroup) * 4;
    float *const mine = gathered + split * stride;
    for (int i = threadIdx.x; i < heads * kFours; i += kThreads)
      sendInCluster(mine + i / owners * 4, &arrived, i % owners, blockFour(i));
    for (int i = threadIdx.x; i < heads * owners; i += kThreads) {
      const int head = i / owners;
      sendInCluster(mine + (most + head) * 4, &arrived, i % owners,
                    {tops[head], totals[head], 0, 0});
    }
    waitForBytes(&arrived);
    for (int i = threadIdx.x; i < owned; i += kThreads) {
      const int four = i * owners + owner;
      combine(four, gathered + i * 4, gathered + (most + four / kFours) * 4,
              stride);
    }
    return;
  }

  const int64_t cluster =
      static_cast<int64_t>(blockIdx.z) * gridDim.x + blockIdx.x;
  const int stride = kGroup * (V + 4);
  float *const all = workspace + cluster * splits * stride;
  float *const mine = all + split * stride;
  for (int i = threadIdx.x; i < heads * kFours; i += kThreads)
    *reinterpret_cast<float4 *>(mine + i * 4) = blockFour(i);
  if (thread < heads)
    *reinterpret_cast<float4 *>(mine + kGroup * V + thread * 4) =
        float4{tops[thread], totals[thread], 0, 0};
  if (!isLastBlock(counters + cluster, gridDim.y))
    return;
  for (int i = threadIdx.x; i < heads * kFours; i += kThreads)
    combine(i, all + i * 4, all + kGroup * V + i / kFours * 4, stride);
}

#endif // __CUDACC__

} // namespace gac::kernels

#endif // GAC_KERNELS_ATTENTIONSTEP_CUH
