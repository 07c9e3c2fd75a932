//===- Copies.cuh - embedding gather, cache append, lane copies -*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Kernels that move elements and compute nothing.
//
// Alignment: kVector elements (Common.cuh). Launch: the geometry beside each.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_KERNELS_COPIES_CUH
#define GAC_KERNELS_COPIES_CUH

#include "Elementwise.cuh"

namespace gac::kernels {

//===----------------------------------------------------------------------===//
// Embedding: y[t, :] = table[ids[t], :]
//
// As ONNX's Gather on axis 0 of a matrix: negative ids count from the end. An
// id outside the table, which ONNX forbids, gives a row of zeros. Launch with
// elementwiseGeometry(tokens, width, vector).
//===----------------------------------------------------------------------===//

struct EmbeddingShape {
  int64_t tokens = 0, tableRows = 0, width = 0;
  int64_t tablePitch = 0, yPitch = 0;
};

//===----------------------------------------------------------------------===//
// Cache append: cache[b, past + t, h, :] = source[b, t, h, :]
//
// Tokens that would lie at or beyond `capacity` are dropped.
//===----------------------------------------------------------------------===//

struct CacheShape {
  int32_t batch = 0, tokens = 0, heads = 0, width = 0;
  int32_t capacity = 0;
  HeadLayout source, cache;
};

GAC_HOST_DEVICE constexpr LaunchGeometry
cacheAppendGeometry(const CacheShape &shape, int vector) {
  return elementwiseGeometry(static_cast<int64_t>(shape.batch) * shape.tokens *
                                 shape.heads,
                             shape.width, vector);
}

//===----------------------------------------------------------------------===//
// Lane copies: pad and unpad
//
// A run says that target lanes [target, target + length) of each row are source
// lanes [source, source + length). Runs are sorted by target and disjoint
// there. Target lanes of no run become zeros, so the same kernel pads (compact
// to stored lanes) and unpads (back). An axis that is not the last is padded by
// runs multiplied by the size of what follows it.
//===----------------------------------------------------------------------===//

struct LaneRun {
  int32_t source = 0, target = 0, length = 0;
};

/// kVector counts target lanes; source lanes are read one by one, as runs start
/// anywhere. Threads own target lanes and walk down the rows with them.
GAC_HOST_DEVICE constexpr LaunchGeometry
copyLanesGeometry(int64_t rows, int64_t targetWidth, int vector) {
  LaunchGeometry geometry;
  geometry.threads = 128;
  geometry.gridX = static_cast<unsigned>(
      ceilDiv<int64_t>(ceilDiv<int64_t>(targetWidth, vector), 128));
  const int64_t bands = smaller<int64_t>(
      rows, larger<int64_t>(1, 2048 / static_cast<int64_t>(geometry.gridX)));
  geometry.gridY = static_cast<unsigned>(bands);
  return geometry;
}

#if defined(__CUDACC__)

/// Id is int32_t or int64_t.
template <class T, class Id, int kVector>
__device__ void embed(const Id *ids, const T *table, T *y,
                      const EmbeddingShape &shape) {
  forEachRowVector<kVector>(
      shape.tokens, shape.width, [&](int64_t token, int64_t column, int valid) {
        int64_t id = ids[token];
        if (id < 0)
          id += shape.tableRows;
        Vector<T, kVector> lanes = {};
        if (id >= 0 && id < shape.tableRows)
          lanes = loadVector<kVector>(table + id * shape.tablePitch + column,
                                      valid);
        storeVector<kVector>(y + token * shape.yPitch + column, lanes, valid);
      });
}

template <class T, int kVector>
__device__ void appendToCache(const T *source, T *cache,
                              const CacheShape &shape, TokenCount past) {
  const int32_t first = past.get();
  forEachRowVector<kVector>(
      static_cast<int64_t>(shape.batch) * shape.tokens * shape.heads,
      shape.width, [&](int64_t row, int64_t column, int valid) {
        const auto head = static_cast<int32_t>(row % shape.heads);
        const auto token = static_cast<int32_t>(row / shape.heads);
        const int32_t b = token / shape.tokens, t = token % shape.tokens;
        if (first + t >= shape.capacity)
          return;
        const T *from = source + shape.source.offset(b, t, head) + column;
        T *to = cache + shape.cache.offset(b, first + t, head) + column;
        storeVector<kVector>(to, loadVector<kVector>(from, valid), valid);
      });
}

/// The source lane of a target lane, or -1 where no run holds it.
__device__ inline int64_t sourceLane(const LaneRun *runs, int32_t runCount,
                                     int64_t target) {
  int32_t begin = 0, end = runCount; // The last run that starts by `target`.
  while (begin < end) {
    const int32_t middle = (begin + end) / 2;
    if (runs[middle].target <= target)
      begin = middle + 1;
    else
      end = middle;
  }
  if (begin == 0)
    return -1;
  const LaneRun run = runs[begin - 1];
  const int64_t lane = target - run.target;
  return lane < run.length ? run.source + lane : -1;
}

template <class T, int kVector>
__device__ void copyLanes(Rows<const T> source, Rows<T> target,
                          const LaneRun *runs, int32_t runCount, int64_t rows,
                          int64_t targetWidth) {
  const int64_t column =
      (static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x) * kVector;
  if (column >= targetWidth)
    return;
  const auto valid =
      static_cast<int>(smaller<int64_t>(targetWidth - column, kVector));
  int64_t from[kVector];
#pragma unroll
  for (int i = 0; i < kVector; ++i)
    from[i] =
        column + i < targetWidth ? sourceLane(runs, runCount, column + i) : -1;
  for (int64_t row = blockIdx.y; row < rows; row += gridDim.y) {
    Vector<T, kVector> lanes = {};
#pragma unroll
    for (int i = 0; i < kVector; ++i)
      if (from[i] >= 0)
        lanes.lanes[i] = *source.at(row, from[i]);
    storeVector<kVector>(target.at(row, column), lanes, valid);
  }
}

#endif // __CUDACC__

} // namespace gac::kernels

#endif // GAC_KERNELS_COPIES_CUH
