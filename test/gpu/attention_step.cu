//===- attention_step.cu - tests of kernels/AttentionStep.cuh ---*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Angles are multiples of a right angle, so that rotations are exact: what the
// kernel gets is turned back from what its scores should be computed of.
//
//===----------------------------------------------------------------------===//

#include "AttentionStep.cuh"
#include "attention.h"

using namespace gac;
using namespace gac::kernels;
using namespace gac::check;

template <class T, int K, int V, int kGroup, int kDepth, bool kClusters>
__global__ void __launch_bounds__(kStepWarps * 32)
    stepKernel(const T *q, const T *newKey, const T *newValue,
               const float *cosTable, const float *sinTable, T *k, T *v, T *o,
               unsigned *counters, float *workspace, AttentionStepShape shape,
               TokenCount past) {
  GAC_DYNAMIC_SHARED(shared);
  attentionStep<T, float, K, V, kGroup, kDepth, kClusters>(
      q, newKey, newValue, cosTable, sinTable, k, v, o, counters, workspace,
      shared, shape, past);
}

namespace {

struct Rotation {
  int32_t storedHalf, logicalHalf;
  bool perSequence = false;
};

/// The cosine and sine of a multiple of a right angle.
struct Turn {
  float cosine, sine;
};

/// What becomes `row` when it is rotated.
template <class T>
void turnBack(T *row, const Rotation &rotation, const Turn *turns) {
  for (int32_t i = 0; i < rotation.logicalHalf; ++i) {
    const double low = Type<T>::widen(row[i]);
    const double high = Type<T>::widen(row[i + rotation.storedHalf]);
    const Turn &turn = turns[i];
    row[i] = Type<T>::round(low * turn.cosine + high * turn.sine);
    row[i + rotation.storedHalf] =
        Type<T>::round(high * turn.cosine - low * turn.sine);
  }
}

/// The first `tokens` rows of a cache, exactly; nothing behind them.
template <class T>
Expectation expectCache(const std::vector<T> &cache, const HeadLayout &layout,
                        const AttentionSize &size, int32_t width,
                        int32_t tokens) {
  Expectation expected(cache.size());
  for (int32_t b = 0; b < size.batch; ++b)
    for (int32_t h = 0; h < size.keyHeads; ++h)
      for (int32_t t = 0; t < tokens; ++t)
        for (int32_t i = 0; i < width; ++i) {
          const size_t at = layout.offset(b, t, h) + i;
          expected.set(at, Type<T>::widen(cache[at]), 0);
        }
  return expected;
}

/// `full`: the caches have no room for the new token, as far as the kernel
/// knows.
template <class T, int K, int V, int kGroup, int kDepth>
void test(Run &run, const AttentionSize &size, const Rotation &rotation,
          int32_t splits, bool full = false) {
  const AttentionInputs<T> inputs(run, size);
  AttentionStepShape shape;
  shape.attention = inputs.shape;
  shape.capacity = full ? size.past : size.capacity;
  shape.storedHalf = rotation.storedHalf;
  shape.logicalHalf = rotation.logicalHalf;
  shape.group = kGroup;
  shape.splits = splits;
  shape.depth = kDepth;
  // The new rows follow each other by head, with gaps.
  shape.newKey = {int64_t(size.keyHeads) * size.keyPitch, 0, size.keyPitch};
  shape.newValue = {int64_t(size.keyHeads) * (size.valuePitch + 8), 0,
                    size.valuePitch + 8};
  const int32_t lanes = roundUp(larger(rotation.logicalHalf, 1), 8);
  shape.tableBatch = rotation.perSequence ? lanes : 0;

  const int32_t tables = rotation.perSequence ? size.batch : 1;
  std::vector<float> cosines(tables * lanes, poison<float>());
  std::vector<float> sines(cosines);
  std::vector<Turn> turns(tables * lanes);
  for (int32_t table = 0; table < tables; ++table)
    for (int32_t i = 0; i < rotation.logicalHalf; ++i) {
      constexpr Turn kTurns[] = {{1, 0}, {0, 1}, {-1, 0}, {0, -1}};
      const Turn &turn = turns[table * lanes + i] =
          kTurns[run.random.integer(0, 3)];
      cosines[table * lanes + i] = turn.cosine;
      sines[table * lanes + i] = turn.sine;
    }
  const auto getTurns = [&](int32_t b) {
    return turns.data() + (rotation.perSequence ? b : 0) * lanes;
  };

  std::vector<T> queries = inputs.q, oldKeys = inputs.k, oldValues = inputs.v;
  std::vector<T> newKeys(size.batch * shape.newKey.batch, poison<T>());
  std::vector<T> newValues(size.batch * shape.newValue.batch, poison<T>());
  for (int32_t b = 0; b < size.batch; ++b) {
    for (int32_t h = 0; h < size.heads; ++h)
      turnBack(&queries[inputs.shape.q.offset(b, 0, h)], rotation, getTurns(b));
    for (int32_t h = 0; h < size.keyHeads; ++h) {
      T *const key = &oldKeys[inputs.shape.k.offset(b, size.past, h)];
      T *const value = &oldValues[inputs.shape.v.offset(b, size.past, h)];
      T *const newKey = &newKeys[shape.newKey.offset(b, 0, h)];
      std::copy_n(key, size.keyWidth, newKey);
      turnBack(newKey, rotation, getTurns(b));
      std::copy_n(value, size.valueWidth,
                  &newValues[shape.newValue.offset(b, 0, h)]);
      std::fill_n(key, size.keyWidth, poison<T>());
      std::fill_n(value, size.valueWidth, poison<T>());
    }
  }
  Expectation expected(size.batch * inputs.shape.o.batch);
  for (int32_t b = 0; b < size.batch; ++b)
    for (int32_t h = 0; h < size.heads; ++h)
      inputs.expect(expected, b, 0, h, true, Type<T>::kRoundoff);

  const DeviceArray<T> q(queries), newKey(newKeys), newValue(newValues);
  const DeviceArray<float> cosTable(cosines), sinTable(sines);
  DeviceArray<float> workspace(attentionStepWorkspaceFloats(shape));
  DeviceArray<float> counters(
      std::vector<float>(attentionStepCounters(shape), 0.f));
  int32_t *past = nullptr;
  require(cudaMalloc(&past, sizeof(*past)), "past");
  require(cudaMemcpy(past, &size.past, sizeof(*past), cudaMemcpyHostToDevice),
          "past");
  const LaunchGeometry geometry = attentionStepGeometry(shape);
  const int32_t tokens = full ? size.past : size.past + 1;
  const auto check = [&](auto kernel, auto launcher, const char *how) {
    DeviceArray<T> k(oldKeys), v(oldValues),
        o(size.batch * inputs.shape.o.batch);
    launcher(kernel, geometry, q.data(), newKey.data(), newValue.data(),
             cosTable.data(), sinTable.data(), k.data(), v.data(), o.data(),
             reinterpret_cast<unsigned *>(counters.data()), workspace.data(),
             shape, TokenCount{0, past});
    run.expect(
        o, expected,
        "%d x %d keys, %d heads on %d, widths %d and %d, %d of %d pairs, "
        "groups of %d, %d splits, depth %d%s",
        size.batch, size.past + 1, size.heads, size.keyHeads, size.keyWidth,
        size.valueWidth, rotation.logicalHalf, rotation.storedHalf, kGroup,
        splits, kDepth, how);
    run.expect(
        k, expectCache(inputs.k, inputs.shape.k, size, size.keyWidth, tokens),
        "keys of the same");
    run.expect(
        v, expectCache(inputs.v, inputs.shape.v, size, size.valueWidth, tokens),
        "values of the same");
  };
  if (splits > 1 && splits <= mostCluster())
    check(
        stepKernel<T, K, V, kGroup, kDepth, true>,
        [](auto kernel, const LaunchGeometry &launched, const auto &...args) {
          launchClusters(launched.gridY, kernel, launched, args...);
        },
        " in a cluster");
  // Twice: the second launch finds the counters that the first one left.
  for (int turn = 0; turn < (splits > 1 ? 2 : 1); ++turn)
    check(
        stepKernel<T, K, V, kGroup, kDepth, false>,
        [](auto kernel, const LaunchGeometry &launched, const auto &...args) {
          launch(kernel, launched, args...);
        },
        "");
  cudaFree(past);
}

} // namespace

int main(int argc, char **argv) {
  Run run("attention_step", argc, argv);
  // The first token, shares without a key, units that end within 16 keys, rings
  // that turn.
  for (int32_t past : {0, 1, 15, 16, 63, 64, 200, 1023})
    for (int32_t splits : {1, 2, 3, 8, 16})
      test<bf16, 128, 128, 4, 2>(
          run, {2, 1, past, 8, 2, 128, 128, 128, 128, past + 5}, {64, 64},
          splits);
  // More query heads to a key head than a block takes, the most that it takes,
  // and some that are no whole groups.
  test<bf16, 128, 128, 16, 1>(run, {1, 1, 77, 40, 2, 128, 128, 128, 128, 80},
                              {64, 64}, 2);
  test<f16, 64, 64, 16, 3>(run, {2, 1, 300, 16, 1, 64, 64, 64, 64, 301},
                           {32, 32}, 4);
  test<f16, 64, 64, 3, 4>(run, {1, 1, 300, 9, 3, 64, 64, 64, 64, 301},
                          {32, 29, true}, 2);
  // Padding within the heads: 107 lanes as 112, of which 53 pairs rotate, and
  // tables for each sequence; lanes beyond both halves; nothing that rotates.
  test<bf16, 112, 112, 4, 2>(run, {3, 1, 130, 8, 2, 112, 112, 112, 112, 140},
                             {56, 53, true}, 2);
  test<bf16, 128, 96, 2, 2>(run, {2, 1, 99, 4, 2, 120, 88, 128, 96, 100},
                            {32, 32}, 1);
  test<f16, 48, 32, 2, 1>(run, {2, 1, 99, 4, 2, 40, 24, 40, 24, 100}, {0, 0},
                          8);
  test<bf16, 256, 256, 8, 1>(run, {1, 1, 99, 8, 1, 256, 256, 256, 256, 128},
                             {128, 128}, 2);
  test<bf16, 192, 128, 1, 2>(run, {2, 1, 150, 3, 3, 192, 128, 192, 128, 151},
                             {96, 96}, 3);
  test<bf16, 64, 64, 4, 1>(run, {2, 1, 50, 8, 2, 64, 64, 64, 64, 51}, {32, 32},
                           2, /*full=*/true);
  // Splits that are no power of two, and more than a cluster has.
  for (int32_t splits : {11, 17})
    test<bf16, 64, 64, 4, 1>(run, {1, 1, 700, 8, 2, 64, 64, 64, 64, 701},
                             {32, 32}, splits);
  if (!run.small) {
    test<bf16, 128, 128, 4, 3>(
        run, {8, 1, 8191, 32, 8, 128, 128, 128, 128, 8192}, {64, 64}, 2);
    test<bf16, 128, 128, 4, 3>(
        run, {1, 1, 32767, 32, 8, 128, 128, 128, 128, 32768}, {64, 64}, 16);
  }
  return run.finish();
}
