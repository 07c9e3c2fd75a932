//===- CostModel.cpp - predicted time of an operation --------- -*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Target/CostModel.h"
#include <algorithm>
#include <cmath>

using namespace gac;

int64_t gac::getAttentionBlocks(int64_t heads, int64_t keyHeads,
                                int64_t queries, int64_t keys) {
  auto split = [](int64_t count, int64_t size) {
    return std::max<int64_t>(1, (count + size - 1) / size);
  };
  if (queries > 1)
    return heads * split(queries, 128);
  keyHeads = std::max<int64_t>(1, keyHeads);
  return keyHeads * split(heads / keyHeads, 16) * split(keys, 64);
}

void Efficiency::apply(const Rule &rule, int64_t value, int64_t rows,
                       int64_t size) {
  // One row has no distance to the next.
  if (rule.role == Role::K && rule.quantity == Quantity::Stride && rows == 1)
    return;
  unsigned tier = rule.getTier(value);
  auto efficiency = target.getEfficiency(rule, tier, rows, size);
  auto best = target.getBest(rule, rows, size);
  if (!efficiency || !best)
    return;
  if (rule.grid.other && rule.quantity == Quantity::Size) {
    sizes += std::log(*best);
    others += std::log(*target.getBest(rule, rows, *rule.grid.other));
    ++count;
  } else if (rule.quantity == Quantity::Size || rule.grid.empty()) {
    reachable = std::min(reachable, *best);
  }
  slowdown = std::min(slowdown, *efficiency / *best);
  fixed = std::max(fixed, rule.getFixed(tier, rows));
}

Reach Efficiency::get() const {
  double reached = reachable;
  if (count > 0)
    reached = std::min(reached, std::exp(sizes - (count - 1) * others / count));
  return {reached * slowdown, fixed};
}

Reach gac::getEfficiency(const Target &target, DType dtype, int64_t rows,
                         llvm::ArrayRef<SizeUse> uses) {
  Efficiency efficiency(target);
  for (const SizeUse &use : uses) {
    int64_t size = use.together.value_or(use.size);
    for (const Rule *rule : target.getRules(use.role, dtype))
      switch (rule->quantity) {
      case Quantity::Size:
        efficiency.apply(*rule, use.size, rows, size);
        break;
      case Quantity::Stride:
        if (use.stride)
          efficiency.apply(*rule, *use.stride, rows, size);
        break;
      case Quantity::Offset:
        efficiency.apply(*rule, use.offset, rows, size);
        break;
      }
  }
  return efficiency.get();
}

int64_t gac::predictTime(const Target &target, DType dtype, const Work &work,
                         Reach reach) {
  if (!target.isMeasured(dtype))
    return 0;
  double compute =
      double(work.flops) / *target.peak[static_cast<unsigned>(dtype)];
  double memory = double(work.bytes) / *target.bandwidth;
  double seconds = std::max(compute, memory) / reach.efficiency;
  if (target.hasTails && work.blocks > 0)
    seconds *= 1 + double(target.multiprocessors) / double(work.blocks);
  seconds += (reach.fixed + target.launch) * 1e-6;
  // Saturated sizes give days: keep sums of many operations in range.
  constexpr double kMost = 1e15;
  return std::llround(std::min(seconds * 1e12, kMost));
}

int64_t gac::predictLaunch(const Target &target, DType dtype, int64_t rows,
                           llvm::ArrayRef<ProductUse> products) {
  double weights = 0;
  for (const ProductUse &product : products)
    weights += double(product.k.size) * double(product.n.size);
  int64_t time = 0, most = 0;
  for (const ProductUse &product : products) {
    SizeUse uses[] = {product.k, product.n};
    // In floating point: sizes of a file may be anything.
    double k = std::max(double(product.k.size), 1.0);
    uses[1].together =
        static_cast<int64_t>(std::min(std::round(weights / k), 1e18));
    Reach reach = getEfficiency(target, dtype, rows, uses);
    int64_t launch = predictTime(target, dtype, Work(), reach);
    time += predictTime(target, dtype, product.work, reach) - launch;
    most = std::max(most, launch);
  }
  return time + most;
}
