//===- rope.cu - tests of kernels/RoPE.cuh ----------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RoPE.cuh"
#include "check.h"

using namespace gac;
using namespace gac::kernels;
using namespace gac::check;

template <class T, class C, int kVector>
__global__ void ropeKernel(const T *x, const C *cosTable, const C *sinTable,
                           const int64_t *positions, T *y, RopeShape shape,
                           TokenCount start, TokenCount yStart) {
  rope<T, C, kVector>(x, cosTable, sinTable, positions, y, shape, start,
                      yStart);
}

namespace {

enum class Mode {
  Start,     ///< Positions from a start in device memory; into a cache.
  Positions, ///< Positions in any order, [batch, tokens].
  InPlace
};

struct Size {
  int32_t batch, tokens, heads, width, storedHalf, logicalHalf;
  int64_t tablePitch;
  int64_t tableGap = 0; ///< Between the tables of two sequences.
};

template <class T, class C, int kVector>
void test(Run &run, const Size &size, Mode mode) {
  constexpr int32_t kPositions = 64;
  const int32_t past = mode == Mode::Start ? 5 : 0;
  const int32_t capacity = size.tokens + past + 3;
  RopeShape shape;
  shape.batch = size.batch;
  shape.tokens = size.tokens;
  shape.heads = size.heads;
  shape.width = size.width;
  shape.storedHalf = size.storedHalf;
  shape.logicalHalf = size.logicalHalf;
  shape.tablePitch = size.tablePitch;
  // [batch, tokens, heads, width] to a cache [batch, heads, capacity, width].
  shape.x.head = size.width;
  shape.x.token = shape.x.head * size.heads;
  shape.x.batch = shape.x.token * size.tokens;
  shape.y.token = size.width;
  shape.y.head = shape.y.token * capacity;
  shape.y.batch = shape.y.head * size.heads;
  if (mode == Mode::InPlace)
    shape.y = shape.x;
  const bool perSequence = mode == Mode::InPlace;
  shape.tableBatch =
      perSequence ? kPositions * size.tablePitch + size.tableGap : 0;

  const auto x = run.random.matrix<T>(1, size.batch * shape.x.batch,
                                      size.batch * shape.x.batch);
  const int64_t tables = perSequence ? size.batch : 1;
  std::vector<C> cosines(
      tables * (kPositions * size.tablePitch + size.tableGap), poison<C>());
  std::vector<C> sines = cosines;
  for (int64_t row = 0; row < kPositions * tables; ++row)
    for (int64_t i = 0; i < size.logicalHalf; ++i) {
      const double angle = run.random.normal<float>(3);
      const int64_t to = row / kPositions * shape.tableBatch +
                         row % kPositions * size.tablePitch + i;
      cosines[to] = Type<C>::round(std::cos(angle));
      sines[to] = Type<C>::round(std::sin(angle));
    }
  std::vector<int64_t> ids(size.batch * size.tokens);
  for (int64_t &id : ids)
    id = run.random.integer(0, kPositions - 1);
  // int32_t and int64_t arrays have no poison of their own: -1.
  int32_t *devicePast = nullptr;
  int64_t *deviceIds = nullptr;
  require(cudaMalloc(&devicePast, sizeof(past)), "past");
  require(cudaMalloc(&deviceIds, ids.size() * sizeof(int64_t)), "ids");
  const int32_t pastOnDevice = past - 1; // One more comes with the launch.
  require(cudaMemcpy(devicePast, &pastOnDevice, sizeof(past),
                     cudaMemcpyHostToDevice),
          "past");
  require(cudaMemcpy(deviceIds, ids.data(), ids.size() * sizeof(int64_t),
                     cudaMemcpyHostToDevice),
          "ids");

  DeviceArray<T> input(x), cache(size.batch * shape.y.batch);
  DeviceArray<C> cosTable(cosines), sinTable(sines);
  DeviceArray<T> &y = mode == Mode::InPlace ? input : cache;
  TokenCount start, yStart;
  if (mode == Mode::Start)
    start = yStart = TokenCount{1, devicePast};
  launch(ropeKernel<T, C, kVector>, ropeGeometry(shape, kVector), input.data(),
         cosTable.data(), sinTable.data(),
         mode == Mode::Positions ? deviceIds : nullptr, y.data(), shape, start,
         yStart);

  Expectation expected(size.batch * shape.y.batch);
  for (int32_t b = 0; b < size.batch; ++b)
    for (int32_t t = 0; t < size.tokens; ++t)
      for (int32_t h = 0; h < size.heads; ++h) {
        const T *from = &x[shape.x.offset(b, t, h)];
        const size_t to = shape.y.offset(b, t + past, h);
        for (int32_t i = 0; i < size.width; ++i) {
          const double value = Type<T>::widen(from[i]);
          expected.set(to + i, value, 0); // Lanes of no pair: the very bits.
        }
        const int64_t position =
            mode == Mode::Positions ? ids[b * size.tokens + t] : past + t;
        const int64_t entry = b * shape.tableBatch + position * size.tablePitch;
        for (int32_t i = 0; i < size.logicalHalf; ++i) {
          const double low = Type<T>::widen(from[i]);
          const double high = Type<T>::widen(from[i + size.storedHalf]);
          const double c = Type<C>::widen(cosines[entry + i]);
          const double s = Type<C>::widen(sines[entry + i]);
          const auto set = [&](int32_t lane, double p, double q) {
            const double error = 2 * kF32 * (std::fabs(p) + std::fabs(q));
            expected.set(to + lane, p + q, roundingBound<T>(p + q, error));
          };
          set(i, low * c, -high * s);
          set(i + size.storedHalf, low * s, high * c);
        }
      }
  static const char *const kNames[] = {"into a cache", "by position ids",
                                       "in place"};
  run.expect(y, expected,
             "%d x %d x %d heads of %d, half %d of %d, vectors of %d, %s",
             size.batch, size.tokens, size.heads, size.width, size.logicalHalf,
             size.storedHalf, kVector, kNames[static_cast<int>(mode)]);
  cudaFree(devicePast);
  cudaFree(deviceIds);
}

template <class T, class C, int kVector>
void testAll(Run &run, const Size &size) {
  for (Mode mode : {Mode::Start, Mode::Positions, Mode::InPlace})
    test<T, C, kVector>(run, size, mode);
}

} // namespace

int main(int argc, char **argv) {
  Run run("rope", argc, argv);
  testAll<bf16, float, 8>(run, {1, 1, 32, 128, 64, 64, 64});
  // 13 pairs in halves of 16, the tables compact; a tail that does not rotate.
  testAll<bf16, float, 8>(run, {2, 3, 4, 32, 16, 13, 13});
  testAll<bf16, bf16, 8>(run, {3, 7, 2, 40, 16, 13, 16});
  // Tables that do not begin where vectors may.
  testAll<bf16, bf16, 8>(run, {3, 1, 2, 40, 16, 13, 16, 4});
  testAll<bf16, bf16, 1>(run, {2, 5, 3, 27, 13, 13, 13});
  testAll<f16, float, 2>(run, {2, 9, 5, 30, 14, 13, 14});
  testAll<float, float, 4>(run, {2, 4, 3, 24, 8, 7, 16});
  if (!run.small)
    test<bf16, float, 8>(run, {128, 32, 40, 256, 128, 128, 128},
                         Mode::Positions);
  return run.finish();
}
