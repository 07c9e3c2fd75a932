//===- copies.cu - tests of kernels/Copies.cuh ------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Copies.cuh"
#include "check.h"

using namespace gac;
using namespace gac::kernels;
using namespace gac::check;

template <class T, class Id, int kVector>
__global__ void embedKernel(const Id *ids, const T *table, T *y,
                            EmbeddingShape shape) {
  embed<T, Id, kVector>(ids, table, y, shape);
}

template <class T, int kVector>
__global__ void appendKernel(const T *source, T *cache, CacheShape shape,
                             TokenCount past) {
  appendToCache<T, kVector>(source, cache, shape, past);
}

template <class T, int kVector>
__global__ void copyLanesKernel(Rows<const T> source, Rows<T> target,
                                const LaneRun *runs, int32_t runCount,
                                int64_t rows, int64_t targetWidth) {
  copyLanes<T, kVector>(source, target, runs, runCount, rows, targetWidth);
}

namespace {

/// A small array of plain data on the device.
template <class T> class DeviceList {
public:
  explicit DeviceList(const std::vector<T> &values) {
    require(cudaMalloc(&memory, values.size() * sizeof(T)), "list");
    require(cudaMemcpy(memory, values.data(), values.size() * sizeof(T),
                       cudaMemcpyHostToDevice),
            "list");
  }
  ~DeviceList() { cudaFree(memory); }
  const T *data() const { return memory; }

private:
  T *memory = nullptr;
};

template <class T, class Id, int kVector>
void testEmbedding(Run &run, const EmbeddingShape &shape) {
  const auto table =
      run.random.matrix<T>(shape.tableRows, shape.width, shape.tablePitch);
  std::vector<Id> ids(shape.tokens);
  for (Id &id : ids)
    id = static_cast<Id>(
        run.random.integer(-shape.tableRows, shape.tableRows - 1));
  if (shape.tokens > 3) { // Both ends, and beyond them.
    ids[0] = static_cast<Id>(shape.tableRows - 1);
    ids[1] = static_cast<Id>(-shape.tableRows);
    ids[2] = static_cast<Id>(shape.tableRows);
    ids[3] = static_cast<Id>(-shape.tableRows - 1);
  }
  DeviceArray<T> rows(table), y(shape.tokens * shape.yPitch);
  launch(embedKernel<T, Id, kVector>,
         elementwiseGeometry(shape.tokens, shape.width, kVector),
         DeviceList<Id>(ids).data(), rows.data(), y.data(), shape);

  Expectation expected(shape.tokens * shape.yPitch);
  for (int64_t t = 0; t < shape.tokens; ++t) {
    const int64_t row = ids[t] < 0 ? ids[t] + shape.tableRows : ids[t];
    const bool exists = row >= 0 && row < shape.tableRows;
    for (int64_t i = 0; i < shape.width; ++i)
      expected.set(
          t * shape.yPitch + i,
          exists ? Type<T>::widen(table[row * shape.tablePitch + i]) : 0, 0);
  }
  run.expect(y, expected, "embedding %lld of %lld x %lld, vectors of %d",
             (long long)shape.tokens, (long long)shape.tableRows,
             (long long)shape.width, kVector);
}

/// [batch, tokens, heads, width] into [batch, heads, capacity, pitch].
template <class T, int kVector>
void testAppend(Run &run, CacheShape shape, int32_t past, int32_t pitch) {
  shape.source.head = pitch;
  shape.source.token = shape.source.head * shape.heads;
  shape.source.batch = shape.source.token * shape.tokens;
  shape.cache.token = pitch;
  shape.cache.head = shape.cache.token * shape.capacity;
  shape.cache.batch = shape.cache.head * shape.heads;
  const auto x = run.random.matrix<T>(
      int64_t(shape.batch) * shape.tokens * shape.heads, shape.width, pitch);
  DeviceArray<T> source(x), cache(shape.batch * shape.cache.batch);
  DeviceList<int32_t> devicePast({past + 2});
  launch(appendKernel<T, kVector>, cacheAppendGeometry(shape, kVector),
         source.data(), cache.data(), shape, TokenCount{-2, devicePast.data()});

  Expectation expected(shape.batch * shape.cache.batch);
  for (int32_t b = 0; b < shape.batch; ++b)
    for (int32_t t = 0; t < shape.tokens && past + t < shape.capacity; ++t)
      for (int32_t h = 0; h < shape.heads; ++h)
        for (int32_t i = 0; i < shape.width; ++i)
          expected.set(shape.cache.offset(b, past + t, h) + i,
                       Type<T>::widen(x[shape.source.offset(b, t, h) + i]), 0);
  run.expect(cache, expected,
             "append %d x %d x %d heads of %d at %d of %d, vectors of %d",
             shape.batch, shape.tokens, shape.heads, shape.width, past,
             shape.capacity, kVector);
}

/// Pads `atoms` atoms of `size` lanes to `stored` lanes each, and back.
template <class T, int kVector>
void testLanes(Run &run, int64_t rows, int32_t atoms, int32_t size,
               int32_t stored, int64_t gap) {
  std::vector<LaneRun> pad, unpad;
  for (int32_t i = 0; i < atoms; ++i) {
    pad.push_back({i * size, i * stored, size});
    unpad.push_back({i * stored, i * size, size});
  }
  const int64_t compact = int64_t(atoms) * size;
  const int64_t padded = int64_t(atoms) * stored;
  // Pitches that suit either side's vectors, with a gap.
  const int64_t compactPitch = roundUp<int64_t>(compact, kVector) + gap;
  const int64_t paddedPitch = roundUp<int64_t>(padded, kVector) + gap;
  const auto x = run.random.matrix<T>(rows, compact, compactPitch);
  DeviceArray<T> source(x), middle(rows * paddedPitch),
      back(rows * compactPitch);
  launch(copyLanesKernel<T, kVector>, copyLanesGeometry(rows, padded, kVector),
         Rows<const T>{source.data(), compactPitch},
         Rows<T>{middle.data(), paddedPitch}, DeviceList<LaneRun>(pad).data(),
         atoms, rows, padded);
  launch(copyLanesKernel<T, kVector>, copyLanesGeometry(rows, compact, kVector),
         Rows<const T>{middle.data(), paddedPitch},
         Rows<T>{back.data(), compactPitch}, DeviceList<LaneRun>(unpad).data(),
         atoms, rows, compact);

  Expectation expectedMiddle(rows * paddedPitch);
  Expectation expectedBack(rows * compactPitch);
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t i = 0; i < padded; ++i)
      expectedMiddle.set(row * paddedPitch + i, 0, 0);
    for (int64_t i = 0; i < compact; ++i) {
      const double value = Type<T>::widen(x[row * compactPitch + i]);
      expectedMiddle.set(row * paddedPitch + i / size * stored + i % size,
                         value, 0);
      expectedBack.set(row * compactPitch + i, value, 0);
    }
  }
  run.expect(middle, expectedMiddle, "pad %lld x %d * %d to %d, vectors of %d",
             (long long)rows, atoms, size, stored, kVector);
  run.expect(back, expectedBack, "unpad %lld x %d * %d of %d, vectors of %d",
             (long long)rows, atoms, size, stored, kVector);
}

/// Runs in another order than their sources', with lanes before, between and
/// after them.
template <class T> void testScattered(Run &run) {
  const std::vector<LaneRun> runs = {{9, 1, 3}, {0, 5, 1}, {4, 6, 4}};
  constexpr int64_t kRows = 3, kSource = 12, kTarget = 13;
  const auto x = run.random.matrix<T>(kRows, kSource, kSource);
  DeviceArray<T> source(x), target(kRows * kTarget);
  launch(copyLanesKernel<T, 1>, copyLanesGeometry(kRows, kTarget, 1),
         Rows<const T>{source.data(), kSource}, Rows<T>{target.data(), kTarget},
         DeviceList<LaneRun>(runs).data(), 3, kRows, kTarget);
  Expectation expected(kRows * kTarget);
  for (int64_t row = 0; row < kRows; ++row) {
    for (int64_t i = 0; i < kTarget; ++i)
      expected.set(row * kTarget + i, 0, 0);
    for (const LaneRun &lanes : runs)
      for (int32_t i = 0; i < lanes.length; ++i)
        expected.set(row * kTarget + lanes.target + i,
                     Type<T>::widen(x[row * kSource + lanes.source + i]), 0);
  }
  run.expect(target, expected, "scattered runs");
}

CacheShape cacheShape(int32_t batch, int32_t tokens, int32_t heads,
                      int32_t width, int32_t capacity) {
  CacheShape shape;
  shape.batch = batch;
  shape.tokens = tokens;
  shape.heads = heads;
  shape.width = width;
  shape.capacity = capacity;
  return shape;
}

} // namespace

int main(int argc, char **argv) {
  Run run("copies", argc, argv);
  testEmbedding<bf16, int64_t, 8>(run, {1, 131, 4096, 4096, 4096});
  testEmbedding<bf16, int64_t, 8>(run, {9, 131, 61, 64, 72});
  testEmbedding<f16, int32_t, 1>(run, {33, 7, 61, 61, 63});
  testEmbedding<float, int32_t, 4>(run, {5, 1, 12, 12, 16});

  testAppend<bf16, 8>(run, cacheShape(2, 3, 4, 128, 16), 5, 128);
  testAppend<bf16, 8>(run, cacheShape(1, 1, 8, 107, 9), 8, 112);
  testAppend<f16, 1>(run, cacheShape(3, 7, 2, 27, 10), 6, 27); // Overflows.
  testAppend<float, 4>(run, cacheShape(1, 5, 3, 16, 5), 0, 20);

  testLanes<bf16, 8>(run, 1, 32, 107, 112, 0);
  testLanes<bf16, 8>(run, 5, 64, 13, 16, 8);
  testLanes<bf16, 1>(run, 300, 1, 1843, 1848, 1);
  testLanes<f16, 8>(run, 7, 3, 5, 7, 0);
  testLanes<float, 4>(run, 9, 2, 1, 4, 4);
  testScattered<bf16>(run);
  testScattered<float>(run);
  if (!run.small) {
    testEmbedding<bf16, int64_t, 8>(run, {2048, 16384, 4096, 4096, 4096});
    testAppend<bf16, 8>(run, cacheShape(2, 1000, 8, 128, 4096), 3000, 128);
    testLanes<bf16, 8>(run, 3000, 32, 107, 112, 0);
  }
  return run.finish();
}
