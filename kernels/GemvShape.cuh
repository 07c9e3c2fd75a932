//===- GemvShape.cuh - how gemv lays out its work ---------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Shapes of the products of Gemv.cuh, what their blocks need, and the choice of
// columns, splits and depth: plain C++17.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_KERNELS_GEMVSHAPE_CUH
#define GAC_KERNELS_GEMVSHAPE_CUH

#include "Common.cuh"

namespace gac::kernels {

constexpr int kGemvRows = 32;   ///< Most rows.
constexpr int kGemvWarps = 8;   ///< In a block.
constexpr int kGemvCluster = 8; ///< Most splits with clusters.
constexpr int kGemvBlocks = 2;  ///< To a multiprocessor (__launch_bounds__).
/// Most of n and of k: what places them is counted in 32 bits.
constexpr int64_t kGemvMostSize = int64_t(1) << 24;
/// Most products that share a launch: each is code of its own in the kernel.
constexpr int kGemvProducts = 4;

/// How w is stored.
enum class WeightLayout { NK, KN };

struct GemvShape {
  int32_t rows = 0;
  int64_t n = 0, k = 0;
  int64_t xPitch = 0, wPitch = 0, yPitch = 0, residualPitch = 0;
  WeightLayout layout = WeightLayout::NK;
  int32_t columns = 128; ///< Of y that a block owns: a multiple of 16.
  int32_t splits = 1;    ///< Blocks that share k.
  int32_t depth = 2;     ///< Units that a warp has under way.
};

//===----------------------------------------------------------------------===//
// How a block lays out its work
//===----------------------------------------------------------------------===//

/// Rows of x in groups of 8, as the tensor cores take them.
GAC_HOST_DEVICE constexpr int gemvRowTiles(int32_t rows) {
  return ceilDiv<int>(rows, 8);
}

/// Elements of k in a unit: 16 rows of the block's columns, or a warp's 16
/// columns with 128 elements each.
GAC_HOST_DEVICE constexpr int gemvUnit(WeightLayout layout) {
  return layout == WeightLayout::KN ? 16 : 128;
}

/// Elements in each of the 16 rows of memory of a unit.
GAC_HOST_DEVICE constexpr int gemvRowElements(WeightLayout layout,
                                              int32_t columns) {
  return layout == WeightLayout::KN ? columns : gemvUnit(layout);
}

/// Bytes of a unit in shared memory, its rows an odd number of 16 bytes apart:
/// the 8 rows that the tensor cores' operands come from meet all banks once.
GAC_HOST_DEVICE constexpr int gemvSlotBytes(WeightLayout layout,
                                            int32_t columns) {
  return 16 * (gemvRowElements(layout, columns) * 2 + 16);
}

/// Units of k that a block of a split takes; the last ones may take fewer.
GAC_HOST_DEVICE constexpr int gemvUnits(const GemvShape &shape) {
  return static_cast<int>(ceilDiv<int64_t>(
      ceilDiv<int64_t>(shape.k, gemvUnit(shape.layout)), shape.splits));
}

/// Warps of a block that share k; else they share its columns.
GAC_HOST_DEVICE constexpr int gemvSlices(WeightLayout layout) {
  return layout == WeightLayout::KN ? kGemvWarps : 1;
}

GAC_HOST_DEVICE constexpr int64_t gemvTiles(const GemvShape &shape) {
  return ceilDiv<int64_t>(shape.n, shape.columns);
}

/// Whether warps read what they need of x themselves, to registers: those that
/// share k need different elements, and do not wait for each other then. Else
/// the block's share of x is in its shared memory, which is as fast for one or
/// two rows; more than 8 would need too many registers.
GAC_HOST_DEVICE constexpr bool gemvReadsDirectly(const GemvShape &shape) {
  return shape.layout == WeightLayout::KN && shape.rows > 2 && shape.rows <= 8;
}

/// Bytes between rows of a block's share of x, again an odd number of 16.
GAC_HOST_DEVICE constexpr int gemvInputPitch(const GemvShape &shape) {
  return gemvUnits(shape) * gemvUnit(shape.layout) * 2 + 16;
}

GAC_HOST_DEVICE constexpr int gemvInputBytes(const GemvShape &shape) {
  return gemvReadsDirectly(shape) ? 0 : shape.rows * gemvInputPitch(shape);
}

/// How far a row's sums are apart: lanes that write together meet different
/// banks. The first of what follows the columns is the row's sum of squares.
GAC_HOST_DEVICE constexpr int gemvSumPitch(const GemvShape &shape) {
  return shape.columns + 4;
}

/// The ring of all warps, later their sums.
GAC_HOST_DEVICE constexpr int gemvRingBytes(const GemvShape &shape) {
  return larger(
      kGemvWarps * shape.depth * gemvSlotBytes(shape.layout, shape.columns),
      gemvSlices(shape.layout) * shape.rows * gemvSumPitch(shape) * 4);
}

/// Fours of sums of a row that a block of a cluster gets at most from each of
/// them: of every so manyth four columns, and one with the sum of squares.
GAC_HOST_DEVICE constexpr int gemvGatheredFours(const GemvShape &shape) {
  return ceilDiv<int>(shape.columns / 4, shape.splits) + 1;
}

GAC_HOST_DEVICE constexpr int gemvSharedBytes(const GemvShape &shape) {
  const bool gathers = shape.splits > 1 && shape.splits <= kGemvCluster;
  return gemvRingBytes(shape) + gemvInputBytes(shape) +
         (gathers ? shape.splits * shape.rows * gemvGatheredFours(shape) * 16
                  : 0);
}

GAC_HOST_DEVICE constexpr LaunchGeometry gemvGeometry(const GemvShape &shape) {
  LaunchGeometry geometry;
  geometry.gridX = static_cast<unsigned>(gemvTiles(shape));
  geometry.gridY = static_cast<unsigned>(shape.splits);
  geometry.threads = kGemvWarps * 32;
  geometry.sharedBytes = static_cast<unsigned>(gemvSharedBytes(shape));
  return geometry;
}

/// One 32-bit counter per block of columns, rounded up to 16 bytes; none are
/// needed without a split, or with clusters.
GAC_HOST_DEVICE constexpr int64_t gemvCounterBytes(const GemvShape &shape) {
  return shape.splits == 1 ? 0 : roundUp<int64_t>(gemvTiles(shape) * 4, 16);
}

GAC_HOST_DEVICE constexpr int64_t gemvWorkspaceBytes(const GemvShape &shape) {
  if (shape.splits == 1)
    return 0;
  return gemvCounterBytes(shape) +
         gemvTiles(shape) * shape.splits * shape.rows * gemvSumPitch(shape) * 4;
}

//===----------------------------------------------------------------------===//
// The choice of columns, splits and depth
//===----------------------------------------------------------------------===//

/// Dynamic shared memory that lets two blocks be on a multiprocessor with what
/// they have beside it, of one launch or of two that follow each other; and the
/// most that a block can have. Static are at most 1.2 KB for each way in which
/// products of a launch read their rows: so far all do in one.
GAC_HOST_DEVICE constexpr int gemvSharedWanted(const DeviceLimits &device) {
  return device.sharedBytes(kGemvBlocks, 2 << 10);
}
GAC_HOST_DEVICE constexpr int gemvSharedMost(const DeviceLimits &device) {
  return device.sharedBytes(1, 3 << 10);
}

/// Most columns that a warp has registers for: 64 sums a thread or less.
GAC_HOST_DEVICE constexpr int32_t gemvMostColumns(int32_t rows) {
  const int tiles = gemvRowTiles(rows);
  return tiles == 1 ? 192 : tiles == 2 ? 128 : tiles == 3 ? 80 : 64;
}

/// Multiprocessors on which splits find a place.
GAC_HOST_DEVICE constexpr int gemvMultiprocessors(int32_t splits,
                                                  const DeviceLimits &device) {
  return splits > 2 ? clusterMultiprocessors(device.multiprocessors)
                    : device.multiprocessors;
}

/// Blocks, with so much dynamic shared memory, that are there at once.
GAC_HOST_DEVICE constexpr int gemvPlaces(int32_t splits, int sharedBytes,
                                         const DeviceLimits &device) {
  return gemvMultiprocessors(splits, device) *
         (sharedBytes <= gemvSharedWanted(device) ? kGemvBlocks : 1);
}

/// Most columns of a block that a product has use and registers for.
GAC_HOST_DEVICE constexpr int32_t gemvWidestBlock(const GemvShape &shape) {
  if (shape.layout == WeightLayout::NK)
    return 16 * kGemvWarps;
  return static_cast<int32_t>(smaller<int64_t>(gemvMostColumns(shape.rows),
                                               roundUp<int64_t>(shape.n, 16)));
}

/// Fewest columns that are tried.
GAC_HOST_DEVICE constexpr int32_t gemvNarrowestBlock(const GemvShape &shape) {
  const int32_t widest = gemvWidestBlock(shape);
  return shape.layout == WeightLayout::NK
             ? widest
             : smaller(widest, shape.n * shape.k < 4000000 ? 64 : 96);
}

/// Fills in columns, splits and depth for the rows, n, k and layout of `count`
/// products that share a launch; rows, layout and splits are the same for all.
/// Returns whether they are no larger than kGemvMostSize, and a block has
/// shared memory for them. As many splits as leave each warp a unit of the
/// longest k and all blocks a place: the shorter a block works, the less the
/// others wait for it. Then as many bytes under way as memory needs, on
/// multiprocessors that share them evenly. Measured on an H200, in steps of
/// decoding of a Llama.
GAC_HOST_DEVICE constexpr bool chooseGemv(GemvShape *shapes, int count,
                                          const DeviceLimits &device) {
  constexpr int64_t kEnough = 15 << 20; // Bytes under way on 132 of them.
  const WeightLayout layout = shapes[0].layout;
  int32_t most = 0, least = 0;
  int64_t units = 0;
  for (int i = 0; i < count; ++i) {
    if (larger(shapes[i].n, shapes[i].k) > kGemvMostSize)
      return false;
    most = larger(most, gemvWidestBlock(shapes[i]));
    least = larger(least, gemvNarrowestBlock(shapes[i]));
    units = larger(units, ceilDiv<int64_t>(shapes[i].k, gemvUnit(layout)));
  }

  int32_t bestColumns = 0, bestSplits = 0;
  int64_t bestScore = -1;
  // Of one choice for all of them. Returns its score, or -1 if it is none.
  const auto choose = [&](int32_t splits, int32_t columns) -> int64_t {
    int64_t blocks = 0, underWay = 0;
    int sharedBytes = 0;
    for (int i = 0; i < count; ++i) {
      GemvShape &shape = shapes[i];
      shape.splits = splits;
      shape.columns = smaller(columns, gemvWidestBlock(shape));
      const int ring = kGemvWarps * gemvSlotBytes(layout, shape.columns);
      const int own = ceilDiv(gemvUnits(shape), gemvSlices(layout));
      shape.depth = larger(smaller(own, 4), 2);
      while (shape.depth > 2 &&
             gemvSharedBytes(shape) > gemvSharedWanted(device))
        --shape.depth;
      sharedBytes = larger(sharedBytes, gemvSharedBytes(shape));
      const int64_t ownBlocks = gemvTiles(shape) * splits;
      blocks += ownBlocks;
      underWay += ownBlocks * shape.depth * ring;
    }
    const int64_t places = gemvPlaces(splits, sharedBytes, device);
    if (sharedBytes > gemvSharedMost(device) || (splits > 1 && blocks > places))
      return -1;
    const int64_t enough = kEnough * device.multiprocessors / 132;
    const int64_t used =
        roundUp<int64_t>(blocks, gemvMultiprocessors(splits, device));
    return smaller(underWay / blocks * smaller(blocks, places), enough) *
           blocks / used;
  };
  for (int32_t splits = kGemvCluster; splits >= 1 && bestScore < 0;
       splits /= 2) {
    if (splits > 1 && units < static_cast<int64_t>(splits) * gemvSlices(layout))
      continue;
    for (int32_t columns = most; columns >= least; columns -= 16) {
      const int64_t score = choose(splits, columns);
      if (score > bestScore) {
        bestColumns = columns;
        bestSplits = splits;
        bestScore = score;
      }
    }
  }
  if (bestScore < 0)
    return false;
  choose(bestSplits, bestColumns);
  return true;
}

/// The same for a product that has its launch to itself.
GAC_HOST_DEVICE constexpr bool chooseGemv(GemvShape &shape,
                                          const DeviceLimits &device) {
  return chooseGemv(&shape, 1, device);
}

/// The launch of `count` products for which chooseGemv chose.
GAC_HOST_DEVICE constexpr LaunchGeometry gemvGeometry(const GemvShape *shapes,
                                                      int count) {
  LaunchGeometry geometry = gemvGeometry(shapes[0]);
  for (int i = 1; i < count; ++i) {
    const LaunchGeometry other = gemvGeometry(shapes[i]);
    geometry.gridX += other.gridX;
    geometry.sharedBytes = larger(geometry.sharedBytes, other.sharedBytes);
  }
  return geometry;
}

/// Whether packages take the kernel rather than cuBLASLt, whose launches do not
/// overlap: with few rows, but for matrices [n, k] whose blocks find no place
/// together (docs/Benchmarks.md, "Products of few rows").
GAC_HOST_DEVICE constexpr bool prefersGemv(const GemvShape &shape,
                                           const DeviceLimits &device) {
  const int64_t blocks = gemvTiles(shape) * shape.splits;
  if (shape.layout == WeightLayout::NK)
    return shape.rows <= 8 &&
           blocks <= gemvPlaces(shape.splits, gemvSharedBytes(shape), device);
  return shape.rows <= 8 || (shape.rows <= 16 && shape.n * shape.k <= 7000000);
}

} // namespace gac::kernels

#endif // GAC_KERNELS_GEMVSHAPE_CUH
