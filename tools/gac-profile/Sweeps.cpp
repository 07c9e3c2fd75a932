//===- Sweeps.cpp - Which points make a profile ---------------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Sweeps.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

using namespace gac::profile;

/// Largest powers of two that divide a size.
static constexpr int64_t tiers[] = {1, 2, 4, 8, 16, 32, 64, 128};
static constexpr int64_t quickTiers[] = {1, 2, 4, 8, 16, 64};
/// The other size of a product.
static constexpr int64_t breadth = 4096;

/// A size at or below `size`, itself a multiple of 128, that is divisible by
/// `tier` and by no greater power of two below 128.
static int64_t getSize(int64_t size, int64_t tier) {
  return tier == 128 ? size : size - tier;
}

namespace {
/// Collects the points of a sweep; those for a quick profile come first.
class Collector {
public:
  Collector(std::string name, std::string about) {
    sweep.name = std::move(name);
    sweep.about = std::move(about);
  }

  template <typename What> void add(const What &what, bool isQuick) {
    Point point;
    point.what = what;
    point.sweeps = {sweep.name};
    (isQuick ? quick : others).push_back(std::move(point));
  }
  Sweep finish() {
    sweep.quick = quick.size();
    sweep.points = std::move(quick);
    sweep.points.insert(sweep.points.end(), others.begin(), others.end());
    return std::move(sweep);
  }

private:
  Sweep sweep;
  std::vector<Point> quick, others;
};

template <size_t count>
bool contains(const int64_t (&list)[count], int64_t value) {
  return std::find(std::begin(list), std::end(list), value) != std::end(list);
}
} // namespace

//===----------------------------------------------------------------------===//
// Launches and memory
//===----------------------------------------------------------------------===//

static Sweep makeLaunches() {
  Collector sweep("launch", "empty kernels in a CUDA graph, one after the "
                            "other and overlapping");
  for (bool overlaps : {false, true})
    for (int64_t blocks : {1, 132, 1056})
      sweep.add(LaunchPoint{blocks, overlaps}, true);
  return sweep.finish();
}

static Sweep makeMemory() {
  Collector sweep("memory", "kernels that read, or read and write, 64 KiB to 1 "
                            "GiB");
  for (bool writes : {false, true})
    for (int64_t bytes = 1 << 16; bytes <= 1 << 30; bytes *= 4)
      sweep.add(MemoryPoint{bytes, writes}, bytes >= 1 << 22);
  return sweep.finish();
}

//===----------------------------------------------------------------------===//
// Sizes of products
//===----------------------------------------------------------------------===//

/// Products over K or N: every tier around some sizes, for some numbers of
/// rows.
static Sweep makeSizes(bool overK, bool transposed) {
  std::string axis = overK ? "k" : "n";
  Collector sweep("gemm-" + axis + (transposed ? "-transposed" : ""),
                  std::string("products over ") + (overK ? "K" : "N") +
                      " around multiples of 128, 1 to 8192 rows, the other "
                      "size 4096, weights " +
                      (transposed ? "[n, k]" : "[k, n]"));
  auto add = [&](int64_t rows, int64_t size, int64_t tier, bool isQuick) {
    int64_t value = getSize(size, tier);
    sweep.add(ProductPoint::make(DType::BF16, rows, overK ? breadth : value,
                                 overK ? value : breadth, transposed),
              isQuick);
  };
  const int64_t quickRows[] = {1, 8, 256, 4096};
  const int64_t quickSizes[] = {128, 2048};
  if (transposed) {
    for (int64_t rows : quickRows)
      for (int64_t size : quickSizes)
        for (int64_t tier : quickTiers)
          add(rows, size, tier, false);
    return sweep.finish();
  }
  for (int64_t rows : {1, 8, 32, 256, 1024, 4096})
    for (int64_t size : {128, 384, 1024, 2048, 4096, 12288})
      for (int64_t tier : tiers)
        add(rows, size, tier,
            contains(quickRows, rows) && contains(quickSizes, size) &&
                contains(quickTiers, tier));
  for (int64_t rows : {2, 4, 16, 64, 128, 512, 2048, 8192})
    for (int64_t size : quickSizes)
      for (int64_t tier : {1, 2, 8, 64})
        add(rows, size, tier, false);
  return sweep.finish();
}

/// Small sizes on both sides, such as grouped heads of low rank have.
static Sweep makeSmall() {
  Collector sweep("gemm-small", "products with both N and K small");
  for (int64_t rows : {1, 8, 128, 1024, 8192})
    for (int64_t n : {64, 128, 512, 1024})
      for (int64_t k : {64, 128, 256, 512, 1024})
        sweep.add(ProductPoint::make(DType::BF16, rows, n, k),
                  (rows == 1 || rows == 1024) && n == 512 && k == 128);
  return sweep.finish();
}

static Sweep makeHalf() {
  Collector sweep("gemm-f16", "some of gemm-k and gemm-n in f16");
  for (int64_t rows : {1, 8, 256, 4096})
    for (int64_t tier : {1, 2, 8, 64}) {
      int64_t size = getSize(2048, tier);
      sweep.add(ProductPoint::make(DType::F16, rows, breadth, size), false);
      sweep.add(ProductPoint::make(DType::F16, rows, size, breadth), false);
    }
  return sweep.finish();
}

//===----------------------------------------------------------------------===//
// Strides and offsets
//===----------------------------------------------------------------------===//

/// Rows that lie apart, of sizes that are aligned.
static Sweep makeStrides() {
  Collector sweep("stride", "products of aligned sizes whose rows are not "
                            "aligned, by operand");
  for (int64_t rows : {1, 8, 256, 4096})
    for (int64_t extra : {1, 2, 4, 8, 64})
      for (int operand = 0; operand < 3; ++operand) {
        ProductPoint point =
            ProductPoint::make(DType::BF16, rows, breadth, 2048);
        (operand == 0 ? point.a : operand == 1 ? point.b : point.d).ld += extra;
        // One row has no stride.
        if (rows == 1 && operand != 1)
          continue;
        sweep.add(point, rows != 256 && extra != 4);
      }
  return sweep.finish();
}

static Sweep makeOffsets() {
  Collector sweep("offset", "products of aligned sizes whose operands do not "
                            "start aligned");
  for (int64_t rows : {1, 8, 256, 4096})
    for (int64_t offset : {1, 2, 4, 8, 64})
      for (int operand = 0; operand < 3; ++operand) {
        ProductPoint point =
            ProductPoint::make(DType::BF16, rows, breadth, 2048);
        (operand == 0   ? point.a
         : operand == 1 ? point.b
                        : point.d)
            .offset = offset;
        sweep.add(point, rows != 256 && (offset == 1 || offset == 8));
      }
  return sweep.finish();
}

/// The other way round: what padding of rows alone would give.
static Sweep makeApart() {
  Collector sweep("padded-rows", "products of odd sizes whose rows are padded "
                                 "to the next multiple of 8");
  for (int64_t rows : {1, 8, 256, 4096})
    for (int64_t tier : {1, 2, 4}) {
      ProductPoint overK =
          ProductPoint::make(DType::BF16, rows, breadth, 2048 - tier);
      overK.a.ld = 2048;
      sweep.add(overK, false);
      ProductPoint overN =
          ProductPoint::make(DType::BF16, rows, 2048 - tier, breadth);
      overN.b.ld = overN.d.ld = 2048;
      sweep.add(overN, false);
    }
  return sweep.finish();
}

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

static AttentionPoint makeAttention(int64_t batch, int64_t heads,
                                    int64_t keyHeads, int64_t queries,
                                    int64_t keys, int64_t width) {
  AttentionPoint point;
  point.batch = batch;
  point.heads = heads;
  point.keyHeads = keyHeads;
  point.queries = queries;
  point.keys = keys;
  point.width = width;
  return point;
}

static Sweep makePrefill() {
  Collector sweep("attention-prefill",
                  "causal attention over the width of heads, 128 to 4096 "
                  "queries");
  const int64_t coarse[] = {64, 107, 112, 120, 125, 128, 192, 256};
  for (int64_t width :
       {64,  72,  80,  88,  96,  100, 104, 106, 107, 108, 112, 116, 120, 124,
        125, 126, 128, 129, 136, 144, 152, 160, 176, 192, 208, 224, 256}) {
    sweep.add(makeAttention(1, 32, 8, 1024, 1024, width),
              contains(coarse, width));
    sweep.add(makeAttention(4, 32, 32, 2048, 2048, width), false);
  }
  for (int64_t width : coarse)
    for (int64_t queries : {128, 256, 4096})
      sweep.add(makeAttention(1, 32, 8, queries, queries, width), false);
  return sweep.finish();
}

static Sweep makeDecode() {
  Collector sweep("attention-decode", "a step of decoding over the width of "
                                      "heads, batch 1 and 8, context 512 to "
                                      "8192");
  const int64_t coarse[] = {64, 107, 112, 128, 256};
  for (int64_t width :
       {64, 96, 104, 107, 112, 120, 125, 126, 128, 160, 192, 256})
    for (int64_t batch : {1, 8})
      for (int64_t keys : {512, 2048, 8192})
        sweep.add(makeAttention(batch, 32, 8, 1, keys, width),
                  keys == 2048 && contains(coarse, width));
  return sweep.finish();
}

//===----------------------------------------------------------------------===//
// Held out of the fit
//===----------------------------------------------------------------------===//

namespace {
/// Numbers that are the same on every machine (a linear congruence, Knuth's
/// MMIX).
class Random {
public:
  explicit Random(uint64_t seed) : state(seed) {}

  /// Below `count`.
  int64_t draw(int64_t count) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<int64_t>((state >> 33) % static_cast<uint64_t>(count));
  }
  /// From `low` to `high`, evenly by order of magnitude.
  int64_t drawSize(int64_t low, int64_t high) {
    double share = static_cast<double>(draw(1 << 20)) / (1 << 20);
    return std::llround(
        static_cast<double>(low) *
        std::pow(static_cast<double>(high) / static_cast<double>(low), share));
  }

private:
  uint64_t state;
};
} // namespace

static Sweep makeHeldOut() {
  Collector sweep("held-out-random", "products of random sizes and alignment");
  Random random(20);
  const int64_t multiples[] = {1, 2, 4, 8, 16, 64};
  for (int i = 0; i < 160; ++i) {
    int64_t rows = random.drawSize(1, 8192);
    auto draw = [&] {
      int64_t multiple = multiples[random.draw(std::size(multiples))];
      int64_t size = random.drawSize(64, 14336);
      return std::max<int64_t>(1, size / multiple) * multiple;
    };
    int64_t n = draw(), k = draw();
    bool transposed = random.draw(4) == 0;
    sweep.add(ProductPoint::make(DType::BF16, rows, n, k, transposed), i < 40);
  }
  return sweep.finish();
}

/// What compressors leave of Llama-3-8B.
static Sweep makeReal() {
  Collector sweep("held-out-llama",
                  "products of compressed models: ASVD's ranks, LLM-Pruner's "
                  "widths, PaLU's groups, and the dense ones");
  struct Shape {
    int64_t n, k;
  };
  const Shape shapes[] = {
      {1843, 4096}, {4096, 1843},  {1848, 4096},  {4096, 1848},  {1228, 4096},
      {4096, 1228}, {573, 4096},   {1024, 573},   {576, 4096},   {1024, 576},
      {2867, 4096}, {14336, 2867}, {2872, 4096},  {14336, 2872}, {2548, 14336},
      {4096, 2548}, {2552, 14336}, {4096, 2552},  {6102, 4096},  {4096, 6102},
      {6104, 4096}, {4096, 6104},  {299, 4096},   {512, 299},    {304, 4096},
      {4096, 4096}, {1024, 4096},  {14336, 4096}, {4096, 14336}};
  for (int64_t rows : {1, 8, 1024, 4096})
    for (const Shape &shape : shapes)
      sweep.add(ProductPoint::make(DType::BF16, rows, shape.n, shape.k),
                rows == 1 || rows == 1024);
  return sweep.finish();
}

/// Products that packages have a launch for: first and second factors of q, k
/// and v and of gate and up, groups of PaLU's, and the dense ones.
static Sweep makeHeldOutGroups() {
  Collector sweep("held-out-groups",
                  "products of few rows that share a launch, of compressed "
                  "models");
  const std::vector<GroupPoint::Size> groups[] = {
      {{1848, 4096}, {576, 4096}, {576, 4096}},
      {{4096, 1848}, {1024, 576}, {1024, 576}},
      {{2872, 4096}, {2880, 4096}},
      {{14336, 2872}, {14336, 2880}},
      {{4096, 4096}, {1024, 4096}, {1024, 4096}},
      {{6104, 4096}, {6104, 4096}},
      {{304, 4096}, {304, 4096}, {304, 4096}, {304, 4096}},
      {{512, 304}, {512, 304}, {512, 304}, {512, 304}}};
  for (int64_t rows : {1, 4, 8})
    for (const std::vector<GroupPoint::Size> &sizes : groups)
      sweep.add(GroupPoint{DType::BF16, rows, sizes}, rows == 1);
  return sweep.finish();
}

static Sweep makeHeldOutAttention() {
  Collector sweep("held-out-attention", "attention of random sizes");
  Random random(21);
  const int64_t keyHeads[] = {1, 2, 4, 8};
  for (int i = 0; i < 40; ++i) {
    int64_t groups = keyHeads[random.draw(4)];
    int64_t batch = int64_t(1) << random.draw(4);
    int64_t heads = groups * keyHeads[random.draw(4)];
    int64_t width = random.drawSize(56, 256);
    if (random.draw(2) == 0)
      width = width / 8 * 8;
    int64_t keys = random.drawSize(128, 4096);
    bool isDecode = i % 2 == 0;
    sweep.add(
        makeAttention(batch, heads, groups, isDecode ? 1 : keys, keys, width),
        i < 8);
  }
  return sweep.finish();
}

//===----------------------------------------------------------------------===//
// All
//===----------------------------------------------------------------------===//

const std::vector<Sweep> &gac::profile::getSweeps() {
  static const std::vector<Sweep> sweeps = {makeLaunches(),
                                            makeMemory(),
                                            makeSizes(true, false),
                                            makeSizes(false, false),
                                            makeSizes(true, true),
                                            makeSizes(false, true),
                                            makeSmall(),
                                            makeHalf(),
                                            makeStrides(),
                                            makeOffsets(),
                                            makeApart(),
                                            makePrefill(),
                                            makeDecode(),
                                            makeHeldOut(),
                                            makeReal(),
                                            makeHeldOutGroups(),
                                            makeHeldOutAttention()};
  return sweeps;
}

std::vector<Point>
gac::profile::orderPoints(const std::vector<const Sweep *> &sweeps,
                          bool quick) {
  // Each point's place is the share of its sweep that comes before it; what is
  // in a quick profile comes before all else.
  struct Placed {
    double place;
    /// Breaks ties.
    size_t number;
    const Point *point;
  };
  std::vector<Placed> placed;
  for (const Sweep *sweep : sweeps)
    for (size_t i = 0; i < sweep->points.size(); ++i) {
      bool isQuick = i < sweep->quick;
      if (quick && !isQuick)
        continue;
      // By a stride that has no common factor with the size, the points at any
      // time lie all over the sweep.
      size_t first = isQuick ? 0 : sweep->quick;
      size_t count = (isQuick ? sweep->quick : sweep->points.size()) - first;
      size_t stride = 7;
      while (std::gcd(stride, count) != 1)
        ++stride;
      size_t turn = (i - first) * stride % count;
      double share = static_cast<double>(turn) / static_cast<double>(count);
      placed.push_back(
          {(isQuick ? 0 : 1) + share, placed.size(), &sweep->points[i]});
    }
  std::sort(placed.begin(), placed.end(), [](const Placed &a, const Placed &b) {
    return std::pair(a.place, a.number) < std::pair(b.place, b.number);
  });
  std::vector<Point> points;
  std::map<std::string, size_t> known;
  for (const Placed &each : placed) {
    auto [it, isNew] = known.emplace(getKey(*each.point), points.size());
    if (isNew)
      points.push_back(*each.point);
    else
      points[it->second].sweeps.push_back(each.point->sweeps.front());
  }
  return points;
}
