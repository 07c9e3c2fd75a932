//===- AttentionDecode.cuh - attention of one query -------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The formula of AttentionPrefill.cuh for a single query at the end of its
// context of past + 1 keys, which therefore needs no mask. Everything is in
// f32.
//
// Shapes: as there with queries = 1; layouts' token strides of q and o are not
// used. Widths up to 256, zero padding lanes in q or k.
// Alignment: kVector elements (Common.cuh); widths are arbitrary.
// Method: the keys are split among blocks, for decoding is bound by reading
// them. A block reads its keys and values once for up to kGroup query heads
// that share them: kLanes lanes take a key, 8 of its lanes each, so that a warp
// has 32 / kLanes keys at hand. Each split leaves the maximum, the sum and the
// weighted values of its keys, relative to that maximum, in the workspace; a
// second kernel combines them. With one split the first kernel is all.
// Launch: attentionDecodeGeometry, then, if splits > 1,
// attentionCombineGeometry; workspace of attentionDecodeWorkspaceBytes.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_KERNELS_ATTENTIONDECODE_CUH
#define GAC_KERNELS_ATTENTIONDECODE_CUH

#include "AttentionPrefill.cuh"

namespace gac::kernels {

constexpr int kDecodeThreads = 128;
constexpr int kMostDecodeSplits = 64;
/// Of query heads in a block: more need too many registers.
constexpr int kMostDecodeHeads = 4;

/// The lanes that share a key: a power of two of at least width / 8.
GAC_HOST_DEVICE constexpr int decodeLanes(int32_t keyWidth,
                                          int32_t valueWidth) {
  int lanes = 1;
  while (lanes * 8 < larger(keyWidth, valueWidth))
    lanes *= 2;
  return lanes;
}

/// Blocks that share the query heads of a key head.
GAC_HOST_DEVICE constexpr int32_t decodeChunks(const AttentionShape &shape,
                                               int group) {
  return ceilDiv<int32_t>(shape.heads / shape.keyHeads, group);
}

/// Enough splits for two blocks on each of the device's multiprocessors, with
/// 64 keys each at least and kMostDecodeSplits at most.
GAC_HOST_DEVICE constexpr int32_t decodeSplits(const AttentionShape &shape,
                                               int group, int32_t keys,
                                               int multiprocessors) {
  const int64_t blocks = static_cast<int64_t>(shape.batch) * shape.keyHeads *
                         decodeChunks(shape, group);
  const auto wanted =
      static_cast<int32_t>(ceilDiv<int64_t>(2 * multiprocessors, blocks));
  const int32_t most = smaller(ceilDiv<int32_t>(keys, 64), kMostDecodeSplits);
  return larger(1, smaller(wanted, most));
}

GAC_HOST_DEVICE constexpr LaunchGeometry
attentionDecodeGeometry(const AttentionShape &shape, int group,
                        int32_t splits) {
  LaunchGeometry geometry;
  geometry.gridX = static_cast<unsigned>(splits);
  geometry.gridY =
      static_cast<unsigned>(shape.keyHeads * decodeChunks(shape, group));
  geometry.gridZ = static_cast<unsigned>(shape.batch);
  geometry.threads = kDecodeThreads;
  return geometry;
}

GAC_HOST_DEVICE constexpr LaunchGeometry
attentionCombineGeometry(const AttentionShape &shape) {
  LaunchGeometry geometry;
  geometry.gridX = static_cast<unsigned>(shape.batch * shape.heads);
  geometry.threads =
      static_cast<unsigned>(roundUp<int32_t>(shape.valueWidth, 32));
  return geometry;
}

/// [batch, heads, splits, valueWidth + 2] floats: values, maximum, sum.
GAC_HOST_DEVICE constexpr int64_t
attentionDecodeWorkspaceBytes(const AttentionShape &shape, int32_t splits) {
  if (splits == 1)
    return 0;
  return static_cast<int64_t>(shape.batch) * shape.heads * splits *
         (shape.valueWidth + 2) * 4;
}

#if defined(__CUDACC__)

/// What some keys contribute to one query head: 8 lanes of the weighted values,
/// the maximum of the scores (times log2 e) and the sum of the weights.
struct DecodeState {
  float values[8] = {};
  float maximum = minusInfinity(), sum = 0;

  /// Makes `top`, at least the maximum, the maximum.
  __device__ void raise(float top) {
    const float shrink = top == minusInfinity() ? 1.f : exp2Fast(maximum - top);
    maximum = top;
    sum *= shrink;
#pragma unroll
    for (float &value : values)
      value *= shrink;
  }
};

/// T is bf16 or f16; kLanes = decodeLanes(...); kGroup query heads per block.
template <class T, int kLanes, int kGroup, int kVector>
__device__ void attentionDecode(const T *q, const T *k, const T *v, T *o,
                                float *workspace, const AttentionShape &shape,
                                TokenCount past) {
  constexpr int kUnroll = 4;
  constexpr int kTeams = kDecodeThreads / kLanes; // Of lanes with a key.
  constexpr int kWarps = kDecodeThreads / 32;
  constexpr float kLog2E = 1.44269504088896341f;
  // Of each warp and query head.
  __shared__ float values[kWarps][kGroup][kLanes * 8];
  __shared__ float maxima[kWarps][kGroup], sums[kWarps][kGroup];

  const int warp = threadIdx.x / 32, team = threadIdx.x / kLanes;
  const int32_t column = static_cast<int32_t>(threadIdx.x % kLanes) * 8;
  const int32_t split = blockIdx.x, splits = gridDim.x, batch = blockIdx.z;
  const int32_t chunks = decodeChunks(shape, kGroup);
  const int32_t keyHead = blockIdx.y / chunks;
  const int32_t perKeyHead = shape.heads / shape.keyHeads;
  const int32_t inGroup = blockIdx.y % chunks * kGroup;
  const int32_t firstHead = keyHead * perKeyHead + inGroup;
  const int32_t heads = smaller(kGroup, perKeyHead - inGroup);
  const int64_t keys = past.get() + 1;
  const auto begin = static_cast<int32_t>(keys * split / splits);
  const auto end = static_cast<int32_t>(keys * (split + 1) / splits);
  const int32_t keyLanes = shape.keyWidth - column;
  const int32_t valueLanes = shape.valueWidth - column;
  // Lanes beyond a width that is a multiple of 8 read its first ones, so that
  // all loads of a turn can start at once: their queries are zeros, and their
  // values are dropped.
  const bool wholeWidths = (shape.keyWidth | shape.valueWidth) % 8 == 0;
  k += shape.k.offset(batch, 0, keyHead) + (keyLanes > 0 ? column : 0);
  v += shape.v.offset(batch, 0, keyHead) + (valueLanes > 0 ? column : 0);

  float query[kGroup][8];
#pragma unroll
  for (int h = 0; h < kGroup; ++h) {
    const auto lanes = loadLanes<8, kVector>(
        q + shape.q.offset(batch, 0, firstHead + h) + column,
        h < heads ? keyLanes : 0);
#pragma unroll
    for (int i = 0; i < 8; ++i)
      query[h][i] = toFloat(lanes.lanes[i]) * (shape.scale * kLog2E);
  }

  DecodeState state[kGroup];
  // All lanes of a warp take the same turns, for their exchange.
  for (int32_t base = begin; base < end; base += kTeams * kUnroll) {
    Vector<T, 8> keyPart[kUnroll], valuePart[kUnroll];
    const auto load = [&](int u, int32_t fromKey, int32_t fromValue) {
      const int64_t key = base + u * kTeams + team;
      keyPart[u] = loadLanes<8, kVector>(k + key * shape.k.token, fromKey);
      valuePart[u] = loadLanes<8, kVector>(v + key * shape.v.token, fromValue);
    };
    if (wholeWidths && base + kTeams * kUnroll <= end) {
#pragma unroll
      for (int u = 0; u < kUnroll; ++u)
        load(u, 8, 8);
    } else {
#pragma unroll
      for (int u = 0; u < kUnroll; ++u) {
        const bool exists = base + u * kTeams + team < end;
        load(u, exists ? keyLanes : 0, exists ? valueLanes : 0);
      }
    }
#pragma unroll
    for (int h = 0; h < kGroup; ++h) {
      float scores[kUnroll];
      float top = state[h].maximum;
#pragma unroll
      for (int u = 0; u < kUnroll; ++u) {
        float score = 0;
#pragma unroll
        for (int i = 0; i < 8; ++i)
          score = fmaf(query[h][i], toFloat(keyPart[u].lanes[i]), score);
#pragma unroll
        for (int distance = kLanes / 2; distance > 0; distance /= 2)
          score += __shfl_xor_sync(0xffffffffu, score, distance);
        scores[u] = base + u * kTeams + team < end ? score : minusInfinity();
        top = fmaxf(top, scores[u]);
      }
      state[h].raise(top);
      const float from =
          top == minusInfinity() ? 0.f : top; // No key for the team.
#pragma unroll
      for (int u = 0; u < kUnroll; ++u) {
        const float weight = exp2Fast(scores[u] - from);
        state[h].sum += weight;
#pragma unroll
        for (int i = 0; i < 8; ++i)
          state[h].values[i] =
              fmaf(weight, toFloat(valuePart[u].lanes[i]), state[h].values[i]);
      }
    }
  }

  // The teams of a warp, then its warps.
#pragma unroll
  for (int h = 0; h < kGroup; ++h) {
    DecodeState &mine = state[h];
#pragma unroll
    for (int distance = kLanes; distance < 32; distance *= 2) {
      const float theirs = __shfl_xor_sync(0xffffffffu, mine.maximum, distance);
      mine.raise(fmaxf(mine.maximum, theirs));
      mine.sum += __shfl_xor_sync(0xffffffffu, mine.sum, distance);
#pragma unroll
      for (float &value : mine.values)
        value += __shfl_xor_sync(0xffffffffu, value, distance);
    }
    if (threadIdx.x % 32 < kLanes) {
#pragma unroll
      for (int i = 0; i < 8; ++i)
        values[warp][h][column + i] = mine.values[i];
    }
    if (threadIdx.x % 32 == 0) {
      maxima[warp][h] = mine.maximum;
      sums[warp][h] = mine.sum;
    }
  }
  __syncthreads();

  for (int i = threadIdx.x; i < heads * shape.valueWidth; i += kDecodeThreads) {
    const int h = i / shape.valueWidth, lane = i % shape.valueWidth;
    float top = maxima[0][h];
#pragma unroll
    for (int w = 1; w < kWarps; ++w)
      top = fmaxf(top, maxima[w][h]);
    float value = 0, sum = 0;
#pragma unroll
    for (int w = 0; w < kWarps; ++w) {
      // A warp without keys has none; one whose keys are NaN has sums of it.
      const float weight =
          maxima[w][h] == minusInfinity() ? 0.f : exp2Fast(maxima[w][h] - top);
      value += weight * values[w][h][lane];
      sum += weight * sums[w][h];
    }
    if (splits == 1) {
      o[shape.o.offset(batch, 0, firstHead + h) + lane] =
          fromFloat<T>(value / sum);
      continue;
    }
    float *part =
        workspace +
        ((static_cast<int64_t>(batch) * shape.heads + firstHead + h) * splits +
         split) *
            (shape.valueWidth + 2);
    part[lane] = value;
    if (lane == 0) {
      part[shape.valueWidth] = top;
      part[shape.valueWidth + 1] = sum;
    }
  }
}

/// Combines the splits of a (sequence, head) per block, a lane per thread. All
/// of what it reads is on its way before anything is computed.
template <class T>
__device__ void attentionCombine(const float *workspace, T *o,
                                 const AttentionShape &shape, int32_t splits) {
  constexpr int kHeld = 16;
  __shared__ float weights[kMostDecodeSplits];
  const int32_t pitch = shape.valueWidth + 2;
  const auto lane = static_cast<int32_t>(threadIdx.x);
  const int32_t batch = blockIdx.x / shape.heads;
  const int32_t head = blockIdx.x % shape.heads;
  const bool isLane = lane < shape.valueWidth;
  const float *parts =
      workspace + static_cast<int64_t>(blockIdx.x) * splits * pitch;
  float held[kHeld];
#pragma unroll
  for (int i = 0; i < kHeld; ++i)
    held[i] = isLane && i < splits ? parts[i * pitch + lane] : 0.f;
  if (lane < 32) {
    constexpr int kEach = kMostDecodeSplits / 32;
    float maxima[kEach], sums[kEach], top = minusInfinity(), sum = 0;
#pragma unroll
    for (int i = 0; i < kEach; ++i) {
      const int32_t split = i * 32 + lane;
      const float *part = parts + split * pitch + shape.valueWidth;
      maxima[i] = split < splits ? part[0] : minusInfinity();
      sums[i] = split < splits ? part[1] : 0.f;
      top = fmaxf(top, maxima[i]);
    }
#pragma unroll
    for (int distance = 16; distance > 0; distance /= 2)
      top = fmaxf(top, __shfl_xor_sync(0xffffffffu, top, distance));
#pragma unroll
    for (int i = 0; i < kEach; ++i) {
      maxima[i] = exp2Fast(maxima[i] - top);
      sum += maxima[i] * sums[i];
    }
    sum = warpSum(sum);
#pragma unroll
    for (int i = 0; i < kEach; ++i)
      weights[i * 32 + lane] = maxima[i] / sum;
  }
  __syncthreads();
  if (!isLane)
    return;
  float value = 0;
#pragma unroll
  for (int i = 0; i < kHeld; ++i)
    if (i < splits)
      value += weights[i] * held[i];
#pragma unroll 8
  for (int32_t i = kHeld; i < splits; ++i)
    value += weights[i] * parts[i * pitch + lane];
  o[shape.o.offset(batch, 0, head) + lane] = fromFloat<T>(value);
}

#endif // __CUDACC__

} // namespace gac::kernels

#endif // GAC_KERNELS_ATTENTIONDECODE_CUH
