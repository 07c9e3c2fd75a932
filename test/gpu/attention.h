//===- attention.h - a float64 reference of attention -----------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Random queries, keys and values, and what attention makes of them, for the
// tests of the attention kernels.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_TEST_GPU_ATTENTION_H
#define GAC_TEST_GPU_ATTENTION_H

#include "AttentionPrefill.cuh"
#include "check.h"

namespace gac::check {

using kernels::AttentionShape;
using kernels::HeadLayout;

/// Sizes; the pitches are those of the heads' lanes and leave gaps of poison.
struct AttentionSize {
  int32_t batch, queries, past, heads, keyHeads, keyWidth, valueWidth;
  int32_t keyPitch, valuePitch;
  int32_t capacity; ///< Tokens for which the caches have room.
};

/// q and o are [batch, queries, heads, lanes], the caches [batch, heads,
/// capacity, lanes].
inline AttentionShape attentionShape(const AttentionSize &size) {
  AttentionShape shape;
  shape.batch = size.batch;
  shape.queries = size.queries;
  shape.heads = size.heads;
  shape.keyHeads = size.keyHeads;
  shape.keyWidth = size.keyWidth;
  shape.valueWidth = size.valueWidth;
  shape.scale = static_cast<float>(1 / std::sqrt(double(size.keyWidth)));
  const auto inner = [&](int32_t lanes) {
    HeadLayout layout;
    layout.head = lanes;
    layout.token = layout.head * size.heads;
    layout.batch = layout.token * size.queries;
    return layout;
  };
  const auto cache = [&](int32_t lanes) {
    HeadLayout layout;
    layout.token = lanes;
    layout.head = layout.token * size.capacity;
    layout.batch = layout.head * size.keyHeads;
    return layout;
  };
  shape.q = inner(size.keyPitch);
  shape.o = inner(size.valuePitch);
  shape.k = cache(size.keyPitch);
  shape.v = cache(size.valuePitch);
  return shape;
}

template <class T> struct AttentionInputs {
  AttentionInputs(Run &run, const AttentionSize &size)
      : size(size), shape(attentionShape(size)) {
    // Scores of a few units, so that some weights are large and some vanish.
    q = run.random.matrix<T>(int64_t(size.batch) * size.queries * size.heads,
                             size.keyWidth, size.keyPitch, 2);
    k = cache(run, size.keyWidth, size.keyPitch);
    v = cache(run, size.valueWidth, size.valuePitch);
  }

  /// The reference at query i of a sequence's head, with the bounds of a kernel
  /// whose weights have a relative error of `weightError` besides that of f32.
  void expect(Expectation &expected, int32_t b, int32_t i, int32_t h,
              bool causal, double weightError) const {
    const int32_t keyHead = h / (size.heads / size.keyHeads);
    const int32_t keys = causal ? size.past + i + 1 : size.past + size.queries;
    const T *query = &q[shape.q.offset(b, i, h)];
    std::vector<double> scores(keys);
    double top = -INFINITY, scoreError = 0;
    for (int32_t j = 0; j < keys; ++j) {
      const T *key = &k[shape.k.offset(b, j, keyHead)];
      double sum = 0, magnitude = 0;
      for (int32_t c = 0; c < size.keyWidth; ++c) {
        const double product =
            Type<T>::widen(query[c]) * Type<T>::widen(key[c]);
        sum += product;
        magnitude += std::fabs(product);
      }
      scores[j] = sum * shape.scale;
      top = std::max(top, scores[j]);
      // Sums of products by 16, cut off; the scaling and the subtraction.
      scoreError = std::max(scoreError, kF32 * magnitude * shape.scale *
                                            (2 * (size.keyWidth / 16.0 + 4)));
    }
    double total = 0;
    std::vector<double> sums(size.valueWidth), magnitudes(size.valueWidth);
    for (int32_t j = 0; j < keys; ++j) {
      const double weight = std::exp(scores[j] - top);
      total += weight;
      const T *value = &v[shape.v.offset(b, j, keyHead)];
      for (int32_t c = 0; c < size.valueWidth; ++c) {
        const double product = weight * Type<T>::widen(value[c]);
        sums[c] += product;
        magnitudes[c] += std::fabs(product);
      }
    }
    // Weights are off by their scores' errors, against the sum's, too; the
    // exponential by 2 units; sums and rescaling by a unit per tile of 16 keys.
    const double relative =
        2 * scoreError + weightError + kF32 * (16 + 4 * (keys / 16.0 + 4));
    const size_t to = shape.o.offset(b, i, h);
    for (int32_t c = 0; c < size.valueWidth; ++c) {
      const double value = sums[c] / total;
      expected.set(to + c, value,
                   roundingBound<T>(value, relative * magnitudes[c] / total));
    }
  }

  AttentionSize size;
  AttentionShape shape;
  std::vector<T> q, k, v;

private:
  /// Tokens beyond past + queries are poison: they do not exist yet.
  std::vector<T> cache(Run &run, int32_t width, int32_t pitch) {
    const int32_t heads = size.batch * size.keyHeads;
    const int32_t keys = size.past + size.queries;
    std::vector<T> values(int64_t(heads) * size.capacity * pitch, poison<T>());
    for (int32_t head = 0; head < heads; ++head) {
      const auto part = run.random.matrix<T>(keys, width, pitch);
      std::copy(part.begin(), part.end(),
                values.begin() + int64_t(head) * size.capacity * pitch);
    }
    return values;
  }
};

} // namespace gac::check

#endif // GAC_TEST_GPU_ATTENTION_H
