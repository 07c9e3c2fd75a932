//===- RoPE.cuh - rotary position embedding, half-split ---------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// For each head and each i below logicalHalf, with h = storedHalf and the
// token's row of the tables:
//
//   y[i]     = x[i] * cos[i] - x[i + h] * sin[i]
//   y[i + h] = x[i] * sin[i] + x[i + h] * cos[i]
//
// as in Su et al., "RoFormer" (2021), with the pairs (i, i + h) of GPT-NeoX and
// of ONNX's RotaryEmbedding (interleaved = 0). All other lanes of a head, the
// padding after each half and whatever follows the second half, are copied.
//
// Shapes: x and y [batch, tokens, heads, width] by HeadLayout; the tables
// [positions, tablePitch] (batch stride tableBatch, 0 if shared) hold at least
// logicalHalf lanes a row. The token's position is positions[b, t] where given,
// start + t otherwise. y's token index is yStart + t: keys can be rotated right
// into a cache, where tokens at or beyond its capacity are dropped.
// Alignment: kVector elements (Common.cuh); storedHalf and width are multiples
// of kVector, too. The tables are read in vectors where tablePitch is a
// multiple of kVector; then they are aligned to kVector elements.
// Launch: ropeGeometry. In place: y may be x.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_KERNELS_ROPE_CUH
#define GAC_KERNELS_ROPE_CUH

#include "Elementwise.cuh"

namespace gac::kernels {

struct RopeShape {
  int32_t batch = 0, tokens = 0, heads = 0;
  int32_t width = 0;       ///< Stored lanes of a head.
  int32_t storedHalf = 0;  ///< From a pair's first lane to its second.
  int32_t logicalHalf = 0; ///< Pairs that rotate.
  int64_t tablePitch = 0, tableBatch = 0;
  int32_t capacity = 0; ///< Of y, if that is a cache.
  HeadLayout x, y;

  /// Vectors of a head that threads take: of first halves, and of the rest.
  GAC_HOST_DEVICE constexpr int32_t items(int vector) const {
    return (width - storedHalf) / vector;
  }
};

GAC_HOST_DEVICE constexpr LaunchGeometry ropeGeometry(const RopeShape &shape,
                                                      int vector) {
  return elementwiseGeometry(static_cast<int64_t>(shape.batch) * shape.tokens *
                                 shape.heads,
                             shape.items(vector), 1);
}

#if defined(__CUDACC__)

/// Rotates the first `pairs` of kVector pairs by their angles; the others stay.
/// kWhole: the tables can be read as vectors.
template <int kVector, bool kWhole = false, class C>
__device__ void rotatePairs(float (&low)[kVector], float (&high)[kVector],
                            const C *cosines, const C *sines, int32_t pairs) {
  float c[kVector], s[kVector];
  if (kWhole && pairs > 0) {
    loadFloats(cosines, c);
    loadFloats(sines, s);
  } else {
#pragma unroll
    for (int i = 0; i < kVector; ++i) {
      c[i] = i < pairs ? toFloat(cosines[i]) : 1.f;
      s[i] = i < pairs ? toFloat(sines[i]) : 0.f;
    }
  }
#pragma unroll
  for (int i = 0; i < kVector; ++i) {
    if (i >= pairs)
      continue;
    const float left = low[i], right = high[i];
    low[i] = left * c[i] - right * s[i];
    high[i] = left * s[i] + right * c[i];
  }
}

/// C is the tables' type.
template <class T, class C, int kVector>
__device__ void rope(const T *x, const C *cosTable, const C *sinTable,
                     const int64_t *positions, T *y, const RopeShape &shape,
                     TokenCount start, TokenCount yStart) {
  const int64_t rows =
      static_cast<int64_t>(shape.batch) * shape.tokens * shape.heads;
  const bool tableVectors =
      shape.tablePitch % kVector == 0 && shape.tableBatch % kVector == 0;
  const int32_t first = start.get(), yFirst = yStart.get();
  forEachRowVector<1>(
      rows, shape.items(kVector), [&](int64_t row, int64_t item, int) {
        const auto head = static_cast<int32_t>(row % shape.heads);
        const auto token = static_cast<int32_t>(row / shape.heads);
        const int32_t b = token / shape.tokens, t = token % shape.tokens;
        if (shape.capacity != 0 && yFirst + t >= shape.capacity)
          return;
        const T *from = x + shape.x.offset(b, t, head);
        T *to = y + shape.y.offset(b, yFirst + t, head);
        int32_t lane = static_cast<int32_t>(item) * kVector;

        if (lane >= shape.storedHalf) { // After both halves.
          lane += shape.storedHalf;
          storeVector<kVector>(to + lane, loadVector<kVector>(from + lane));
          return;
        }

        float low[kVector], high[kVector];
        loadFloats(from + lane, low);
        loadFloats(from + lane + shape.storedHalf, high);
        const int64_t position = positions ? positions[token] : first + t;
        const int64_t entry =
            b * shape.tableBatch + position * shape.tablePitch + lane;
        const int32_t pairs = shape.logicalHalf - lane;
        if (tableVectors)
          rotatePairs<kVector, true>(low, high, cosTable + entry,
                                     sinTable + entry, pairs);
        else
          rotatePairs<kVector>(low, high, cosTable + entry, sinTable + entry,
                               pairs);
        storeFloats(to + lane, low);
        storeFloats(to + lane + shape.storedHalf, high);
      });
}

#endif // __CUDACC__

} // namespace gac::kernels

#endif // GAC_KERNELS_ROPE_CUH
