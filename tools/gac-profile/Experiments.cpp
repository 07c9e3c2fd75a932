//===- Experiments.cpp - Questions that sweeps answer ---------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Experiments.h"

#include <set>

using namespace gac::profile;

std::vector<Point> Experiment::getPoints() const {
  std::vector<Point> points;
  std::set<std::string> known;
  for (const Series &each : series)
    for (const auto &[x, point] : each.points)
      if (known.insert(getKey(point)).second)
        points.push_back(point);
  return points;
}

namespace {
/// Makes the points of an experiment.
class Maker {
public:
  Maker(std::string name, std::string about, std::string axis) {
    experiment.name = std::move(name);
    experiment.about = std::move(about);
    experiment.axis = std::move(axis);
  }

  Maker &begin(std::string label) {
    experiment.series.push_back({std::move(label), {}});
    return *this;
  }
  template <typename What> Maker &add(int64_t x, const What &what) {
    Point point;
    point.what = what;
    point.sweeps = {experiment.name};
    experiment.series.back().points.emplace_back(x, std::move(point));
    return *this;
  }
  Experiment finish() { return std::move(experiment); }

private:
  Experiment experiment;
};
} // namespace

/// Scaled dot-product attention of the study: no mask, as many key heads.
static AttentionPoint makeHeads(int64_t batch, int64_t length, int64_t heads,
                                int64_t width,
                                Backend backend = Backend::Auto) {
  AttentionPoint point;
  point.batch = batch;
  point.heads = point.keyHeads = heads;
  point.queries = point.keys = length;
  point.width = width;
  point.causal = false;
  point.backend = backend;
  return point;
}

static ProductPoint makeProduct(int64_t m, int64_t n, int64_t k) {
  return ProductPoint::make(DType::BF16, m, n, k);
}

static Experiment makeS1() {
  Maker maker("S1", "attention over the width of heads, 64 to 256", "head_dim");
  maker.begin("batch 4, 2048 tokens, 32 heads");
  for (int64_t width = 64; width <= 256; width += width < 136 ? 1 : 2)
    maker.add(width, makeHeads(4, 2048, 32, width));
  maker.begin("batch 1, 4096 tokens, 32 heads");
  for (int64_t width = 64; width <= 256; width += 4)
    maker.add(width, makeHeads(1, 4096, 32, width));
  return maker.finish();
}

static Experiment makeS2() {
  Maker maker("S2", "attention by each way that there is, forced", "head_dim");
  for (Backend backend : {Backend::Auto, Backend::Library, Backend::Kernel}) {
    maker.begin(getName(backend));
    for (int64_t width : {96, 104, 107, 112, 120, 128})
      maker.add(width, makeHeads(4, 2048, 32, width, backend));
  }
  return maker.finish();
}

static Experiment makeG3() {
  Maker maker("G3", "products over K, 64 to 160", "K");
  maker.begin("M = N = 4096");
  for (int64_t k = 64; k <= 160; ++k)
    maker.add(k, makeProduct(4096, 4096, k));
  return maker.finish();
}

static Experiment makeG4() {
  Maker maker("G4", "products over N, 64 to 160", "N");
  for (int64_t m : {1024, 4096, 16384}) {
    maker.begin("M = " + std::to_string(m) + ", K = 4096");
    for (int64_t n = 64; n <= 160; ++n)
      maker.add(n, makeProduct(m, n, 4096));
  }
  return maker.finish();
}

static Experiment makeP1() {
  Maker maker("P1", "what padding 107 to 112 and to 128 gains", "stored width");
  maker.begin("attention, batch 4, 2048 tokens, 32 heads");
  for (int64_t width : {107, 112, 128})
    maker.add(width, makeHeads(4, 2048, 32, width));
  maker.begin("product, M = N = 4096, over K");
  for (int64_t width : {107, 112, 128})
    maker.add(width, makeProduct(4096, 4096, width));
  maker.begin("product, M = K = 4096, over N");
  for (int64_t width : {107, 112, 128})
    maker.add(width, makeProduct(4096, width, 4096));
  return maker.finish();
}

static Experiment makeHET1() {
  Maker maker("HET1",
              "32 heads of one width, and groups of 8 of which models "
              "with heads of unequal width have one each",
              "head_dim");
  for (int64_t heads : {32, 8}) {
    maker.begin(std::to_string(heads) + " heads, batch 4, 2048 tokens");
    for (int64_t width : {96, 107, 112, 128})
      maker.add(width, makeHeads(4, 2048, heads, width));
  }
  return maker.finish();
}

static Experiment makeC21() {
  Maker maker("C21", "which way attention takes, 104 to 128", "head_dim");
  maker.begin("batch 4, 2048 tokens, 32 heads");
  for (int64_t width = 104; width <= 128; ++width)
    maker.add(width, makeHeads(4, 2048, 32, width));
  maker.begin("batch 1, 512 tokens, 32 heads");
  for (int64_t width = 104; width <= 128; ++width)
    maker.add(width, makeHeads(1, 512, 32, width));
  return maker.finish();
}

/// Tensor cores take K in pieces of 16, loads of 16 bytes 8 elements; memory
/// comes in sectors of 32 bytes.
static Experiment makeC23() {
  Maker maker("C23",
              "causes: pieces of K of tensor cores, 16-byte loads, "
              "sectors of memory, bandwidth",
              "K; row of weights less 4096; MiB");
  maker.begin("tensor cores: M = N = 4096 over K");
  for (int64_t k = 96; k <= 160; k += 1)
    maker.add(k, makeProduct(4096, 4096, k));
  maker.begin("loads: M = 8, N = 4096 over K");
  for (int64_t k = 96; k <= 160; k += 1)
    maker.add(k, makeProduct(8, 4096, k));
  maker.begin("sectors: M = 8, K = 2048, N = 4096 over the rows' distance");
  for (int64_t extra : {0, 1, 2, 4, 8, 16, 32, 64}) {
    ProductPoint point = makeProduct(8, 4096, 2048);
    point.b.ld += extra;
    maker.add(extra, point);
  }
  maker.begin("bandwidth: reads");
  for (int64_t mebibytes : {16, 32, 64, 128})
    maker.add(mebibytes, MemoryPoint{mebibytes << 20, false});
  return maker.finish();
}

static Experiment makeAsvd() {
  Maker maker("asvd", "ranks of compressed weights, before and after rounding",
              "K");
  for (int64_t m : {1, 8, 1024}) {
    maker.begin("M = " + std::to_string(m) + ", N = 4096");
    for (int64_t k : {300, 512, 573, 819, 1024, 1228, 1433, 1536, 1638, 1843,
                      2048, 3072, 3184, 3192})
      maker.add(k, makeProduct(m, 4096, k));
  }
  return maker.finish();
}

static Experiment makePruner() {
  Maker maker("llm-pruner",
              "widths of pruned layers, and the multiples of 8 "
              "next to them",
              "N");
  for (int64_t m : {1, 8, 1024}) {
    maker.begin("M = " + std::to_string(m) + ", K = 4096");
    for (int64_t n : {4872, 4875, 4880, 5632, 5637, 5640, 6096, 6102, 6104})
      maker.add(n, makeProduct(m, n, 4096));
  }
  return maker.finish();
}

/// What eviction of tokens leaves of a sequence.
static Experiment makeEviction() {
  Maker maker("eviction",
              "odd numbers of tokens, in products and as contexts "
              "of decoding",
              "tokens");
  maker.begin("product, N = K = 4096");
  for (int64_t about : {256, 512, 1024, 2048, 4096, 8192})
    for (int64_t tokens : {about - 1, about, about + 1})
      maker.add(tokens, makeProduct(tokens, 4096, 4096));
  maker.begin("decoding, 32 heads of 128 on 8");
  for (int64_t about : {256, 512, 1024, 2048, 4096, 8192})
    for (int64_t tokens : {about - 1, about, about + 1}) {
      AttentionPoint point;
      point.heads = 32;
      point.keyHeads = 8;
      point.keys = tokens;
      point.width = 128;
      maker.add(tokens, point);
    }
  return maker.finish();
}

const std::vector<Experiment> &gac::profile::getExperiments() {
  static const std::vector<Experiment> experiments = {
      makeS1(),  makeS2(),  makeG3(),   makeG4(),     makeP1(),      makeHET1(),
      makeC21(), makeC23(), makeAsvd(), makePruner(), makeEviction()};
  return experiments;
}
