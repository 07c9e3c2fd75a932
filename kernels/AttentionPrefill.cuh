//===- AttentionPrefill.cuh - attention of many queries ---------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   o[b, i, h, :] = sum_j softmax_j(scale * q[b, i, h, :] . k[b, j, g, :])
//                   v[b, j, g, :],  g = h / (heads / keyHeads)
//
// over the keys j below past + queries, and with kCausal only those up to
// past + i: query i is at position past + i. The softmax is computed tile by
// tile with a running maximum and sum in f32, after Dao, "FlashAttention-2"
// (2023), algorithm 1; weights are rounded to T before they meet v.
//
// Shapes: q [batch, queries, heads, keyWidth], k [batch, keys, keyHeads,
// keyWidth], v [batch, keys, keyHeads, valueWidth], o [batch, queries, heads,
// valueWidth], each by HeadLayout; widths up to 256. Padding lanes of q or k
// must be zero; those of v come out as they go in, weighted. scale is that of
// the logical key width, and positive.
// Alignment: kVector elements (Common.cuh); widths are arbitrary.
// Launch: attentionPrefillGeometry; one block takes 64 queries of a head. The
// dynamic shared memory is aligned to 16 bytes.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_KERNELS_ATTENTIONPREFILL_CUH
#define GAC_KERNELS_ATTENTIONPREFILL_CUH

#include "Ptx.cuh"

namespace gac::kernels {

struct AttentionShape {
  int32_t batch = 0, queries = 0, heads = 0, keyHeads = 0;
  int32_t keyWidth = 0, valueWidth = 0;
  float scale = 0;
  HeadLayout q, k, v, o;
};

/// The widest head that kernels of attention take, keys' or values'.
constexpr int32_t kMostHeadWidth = 256;

/// The widths that the kernel computes with: whole operands of the tensor
/// cores.
GAC_HOST_DEVICE constexpr int32_t attentionWidth(int32_t width) {
  return roundUp<int32_t>(width, 16);
}

constexpr int kPrefillQueries = 64; ///< Of a block.
constexpr int kPrefillStages = 2;   ///< Tiles of keys under way.
constexpr int kPrefillThreads = kPrefillQueries / 16 * 32;

/// Keys that a block takes at once.
GAC_HOST_DEVICE constexpr int prefillKeys(int keyWidth, int valueWidth) {
  return keyWidth <= 128 && valueWidth <= 128 ? 64 : 32;
}

/// Compile-time sizes of the kernel: K and V are the attentionWidth()s.
template <int K, int V> struct AttentionTiles {
  static_assert(K % 16 == 0 && V % 16 == 0 && K <= kMostHeadWidth &&
                    V <= kMostHeadWidth,
                "widths are multiples of 16 up to 256");
  static constexpr int kQueries = kPrefillQueries;
  static constexpr int kKeys = prefillKeys(K, V);
  static constexpr int kThreads = kPrefillThreads;
  // Rows are 16 bytes longer than a multiple of 32: rows that follow each other
  // lie in different banks.
  static constexpr int kKeyPitch = K + 8, kValuePitch = V + 8;
  static constexpr int kStages = kPrefillStages;
  static constexpr int kSharedElements =
      kQueries * kKeyPitch + kStages * kKeys * (kKeyPitch + kValuePitch);
};

GAC_HOST_DEVICE constexpr LaunchGeometry
attentionPrefillGeometry(const AttentionShape &shape) {
  const int keyPitch = attentionWidth(shape.keyWidth) + 8;
  const int valuePitch = attentionWidth(shape.valueWidth) + 8;
  const int keys = prefillKeys(attentionWidth(shape.keyWidth),
                               attentionWidth(shape.valueWidth));
  LaunchGeometry geometry;
  geometry.gridX =
      static_cast<unsigned>(ceilDiv<int32_t>(shape.queries, kPrefillQueries));
  geometry.gridY = static_cast<unsigned>(shape.heads);
  geometry.gridZ = static_cast<unsigned>(shape.batch);
  geometry.threads = kPrefillThreads;
  geometry.sharedBytes =
      static_cast<unsigned>((kPrefillQueries * keyPitch +
                             kPrefillStages * keys * (keyPitch + valuePitch)) *
                            2);
  return geometry;
}

#if defined(__CUDACC__)

/// Starts filling kRows rows of kWidth lanes in shared memory from `source`,
/// with zeros beyond the valid rows and lanes. Narrow accesses are done at
/// once, 16-byte ones with the thread's next group of copies.
template <int kRows, int kWidth, int kThreads, int kVector, class T>
__device__ void loadTile(T *shared, const T *source, int64_t stride,
                         int32_t validRows, int32_t validWidth) {
  constexpr int kPerRow = kWidth / 8, kPitch = kWidth + 8;
#pragma unroll 4
  for (int i = threadIdx.x; i < kRows * kPerRow; i += kThreads) {
    const int row = i / kPerRow, lane = i % kPerRow * 8;
    const int valid = row < validRows ? validWidth - lane : 0;
    const T *from = valid > 0 ? source + row * stride + lane : source;
    T *to = shared + row * kPitch + lane;
    if constexpr (kVector == 8)
      copyAsync16(to, from, larger(smaller(valid, 8), 0) * 2);
    else
      storeVector<8>(to, loadLanes<8, kVector>(from, valid));
  }
}

/// A tile of scores becomes weights, in a softmax that runs along: of the rows
/// lane / 4 and that + 8 it keeps the maximum of the scores, `scale` times less
/// than the exponents of 2, this lane's share of the sum of weights, and the
/// weighted values so far, which shrink as the maximum grows.
template <int kScores, int kOutputs>
__device__ void weighScores(float (&scores)[kScores][4], float (&maximum)[2],
                            float (&sum)[2], float (&output)[kOutputs][4],
                            float scale) {
#pragma unroll
  for (int row = 0; row < 2; ++row) {
    float top = maximum[row];
#pragma unroll
    for (int j = 0; j < kScores; ++j)
      top = fmaxf(top, fmaxf(scores[j][2 * row], scores[j][2 * row + 1]));
    top = fmaxf(top, __shfl_xor_sync(0xffffffffu, top, 1));
    top = fmaxf(top, __shfl_xor_sync(0xffffffffu, top, 2));
    // A row that has seen no key yet keeps zero weights.
    const float base = top == minusInfinity() ? 0.f : top * scale;
    const float shrink = exp2Fast(maximum[row] * scale - base);
    maximum[row] = top;
    sum[row] *= shrink;
#pragma unroll
    for (int j = 0; j < kScores; ++j)
#pragma unroll
      for (int e = 2 * row; e < 2 * row + 2; ++e) {
        scores[j][e] = exp2Fast(fmaf(scores[j][e], scale, -base));
        sum[row] += scores[j][e];
      }
#pragma unroll
    for (int j = 0; j < kOutputs; ++j) {
      output[j][2 * row] *= shrink;
      output[j][2 * row + 1] *= shrink;
    }
  }
}

/// Adds weights, rounded to T, times values; `values` is this lane's address
/// for loadMatricesTransposed in a tile with rows `pitch` apart.
template <class T, int kScores, int kOutputs>
__device__ void addValues(float (&output)[kOutputs][4],
                          const float (&weights)[kScores][4], const T *values,
                          int pitch) {
#pragma unroll
  for (int i = 0; i < kScores / 2; ++i) {
    // Two neighbouring results are, rounded, the left operand's fragment.
    const auto &s = weights[2 * i], &t = weights[2 * i + 1];
    const uint32_t a[4] = {packPair<T>(s[0], s[1]), packPair<T>(s[2], s[3]),
                           packPair<T>(t[0], t[1]), packPair<T>(t[2], t[3])};
#pragma unroll
    for (int j = 0; j < kOutputs / 2; ++j) {
      uint32_t b[4];
      loadMatricesTransposed(b, values + i * 16 * pitch + j * 16);
      multiplyAdd<T>(output[2 * j], a, b[0], b[1]);
      multiplyAdd<T>(output[2 * j + 1], a, b[2], b[3]);
    }
  }
}

/// T is bf16 or f16. `shared` is the block's dynamic shared memory.
template <class T, int K, int V, int kVector, bool kCausal>
__device__ void attentionPrefill(const T *q, const T *k, const T *v, T *o,
                                 const AttentionShape &shape, TokenCount past,
                                 void *shared) {
  using Tiles = AttentionTiles<K, V>;
  constexpr int kKeys = Tiles::kKeys, kThreads = Tiles::kThreads;
  constexpr int kKeyPitch = Tiles::kKeyPitch, kValuePitch = Tiles::kValuePitch;
  constexpr float kLog2E = 1.44269504088896341f;
  // Queries stay in registers where there is room beside the sums.
  constexpr bool kHoldQueries = K <= 128;

  T *queryTile = static_cast<T *>(shared);
  T *keyTiles = queryTile + Tiles::kQueries * kKeyPitch;
  T *valueTiles = keyTiles + Tiles::kStages * kKeys * kKeyPitch;

  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  const int group = lane / 4, quad = lane % 4;
  // Later queries see more keys under the causal mask; they start first.
  const int32_t firstQuery =
      static_cast<int32_t>(gridDim.x - 1 - blockIdx.x) * Tiles::kQueries;
  const int32_t head = blockIdx.y, batch = blockIdx.z;
  const int32_t keyHead = head / (shape.heads / shape.keyHeads);
  const int32_t pastTokens = past.get();
  const int32_t keys = pastTokens + shape.queries;
  const int32_t visible =
      kCausal ? smaller(keys, pastTokens + firstQuery + Tiles::kQueries) : keys;
  const int32_t tiles = ceilDiv<int32_t>(visible, kKeys);

  q += shape.q.offset(batch, firstQuery, head);
  k += shape.k.offset(batch, 0, keyHead);
  v += shape.v.offset(batch, 0, keyHead);
  o += shape.o.offset(batch, firstQuery, head);

  const auto loadKeys = [&](int32_t tile) {
    const int stage = tile % Tiles::kStages;
    const int32_t key = tile * kKeys;
    loadTile<kKeys, K, kThreads, kVector>(
        keyTiles + stage * kKeys * kKeyPitch, k + key * shape.k.token,
        shape.k.token, keys - key, shape.keyWidth);
    loadTile<kKeys, V, kThreads, kVector>(
        valueTiles + stage * kKeys * kValuePitch, v + key * shape.v.token,
        shape.v.token, keys - key, shape.valueWidth);
  };
  loadTile<Tiles::kQueries, K, kThreads, kVector>(
      queryTile, q, shape.q.token, shape.queries - firstQuery, shape.keyWidth);
  loadKeys(0);
  commitCopies();

  // Addresses of ldmatrix: rows of the queries, of two tiles of 8 keys, and of
  // 16 keys' values.
  const T *queryRow =
      queryTile + (warp * 16 + lane % 16) * kKeyPitch + lane / 16 * 8;
  const int keyOffset =
      (lane / 16 * 8 + lane % 8) * kKeyPitch + lane / 8 % 2 * 8;
  const int valueOffset = lane % 16 * kValuePitch + lane / 16 * 8;

  uint32_t queries[kHoldQueries ? K / 16 : 1][4];
  float output[V / 8][4] = {};
  // Of rows `group` and `group + 8`: the maximum of the unscaled scores, and
  // this lane's share of the sum of weights.
  float maximum[2] = {minusInfinity(), minusInfinity()}, sum[2] = {0, 0};
  const float scale = shape.scale * kLog2E;
  const int32_t position = pastTokens + firstQuery + warp * 16 + group;

  for (int32_t tile = 0; tile < tiles; ++tile) {
    // After the barrier this tile is whole, and no warp reads the one before
    // it, in whose place the next one goes.
    waitForCopies<0>();
    __syncthreads();
    if (tile + 1 < tiles)
      loadKeys(tile + 1);
    commitCopies();
    const int stage = tile % Tiles::kStages;
    const T *keyTile = keyTiles + stage * kKeys * kKeyPitch + keyOffset;
    const T *valueTile = valueTiles + stage * kKeys * kValuePitch + valueOffset;
    if constexpr (kHoldQueries)
      if (tile == 0)
#pragma unroll
        for (int i = 0; i < K / 16; ++i)
          loadMatrices(queries[i], queryRow + i * 16);

    float scores[kKeys / 8][4] = {};
#pragma unroll
    for (int i = 0; i < K / 16; ++i) {
      if constexpr (!kHoldQueries)
        loadMatrices(queries[0], queryRow + i * 16);
      const auto &a = queries[kHoldQueries ? i : 0];
#pragma unroll
      for (int j = 0; j < kKeys / 16; ++j) {
        uint32_t b[4];
        loadMatrices(b, keyTile + j * 16 * kKeyPitch + i * 16);
        multiplyAdd<T>(scores[2 * j], a, b[0], b[1]);
        multiplyAdd<T>(scores[2 * j + 1], a, b[2], b[3]);
      }
    }

    const int32_t firstKey = tile * kKeys;
    const int32_t allSee = kCausal ? pastTokens + firstQuery + 1 : keys;
    if (firstKey + kKeys > allSee) {
#pragma unroll
      for (int j = 0; j < kKeys / 8; ++j)
#pragma unroll
        for (int e = 0; e < 4; ++e) {
          const int32_t key = firstKey + j * 8 + quad * 2 + e % 2;
          if (key >= keys || (kCausal && key > position + e / 2 * 8))
            scores[j][e] = minusInfinity();
        }
    }

    weighScores(scores, maximum, sum, output, scale);
    addValues<T>(output, scores, valueTile, kValuePitch);
  }

#pragma unroll
  for (int row = 0; row < 2; ++row) {
    float total = sum[row];
    total += __shfl_xor_sync(0xffffffffu, total, 1);
    total += __shfl_xor_sync(0xffffffffu, total, 2);
    const float inverse = 1.f / total;
    const int32_t query = warp * 16 + group + row * 8;
    if (firstQuery + query >= shape.queries)
      continue;
    T *to = o + query * shape.o.token;
#pragma unroll
    for (int j = 0; j < V / 8; ++j) {
      const int32_t column = j * 8 + quad * 2;
      const float pair[2] = {output[j][2 * row] * inverse,
                             output[j][2 * row + 1] * inverse};
      if (kVector > 1 && column + 1 < shape.valueWidth)
        storeFloats(to + column, pair);
      else
#pragma unroll
        for (int e = 0; e < 2; ++e)
          if (column + e < shape.valueWidth)
            to[column + e] = fromFloat<T>(pair[e]);
    }
  }
}

#endif // __CUDACC__

} // namespace gac::kernels

#endif // GAC_KERNELS_ATTENTIONPREFILL_CUH
