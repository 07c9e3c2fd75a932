//===- PlanProblem.cpp - sizes to choose, and what they cost -- -*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Planner/PlanProblem.h"
#include "llvm/ADT/STLExtras.h"

#include <set>

using namespace gac;

int64_t gac::toBytes(int64_t bits) { return bits / 8 + (bits % 8 > 0); }

std::vector<int64_t> PlanProblem::getSizes() const {
  std::vector<int64_t> sizes;
  for (const PlanVariable &variable : variables)
    sizes.push_back(variable.size);
  return sizes;
}

int64_t PlanProblem::getAddedBits(llvm::ArrayRef<int64_t> sizes) const {
  const std::vector<int64_t> now = getSizes();
  int64_t added = weightBits.evaluate(sizes) - weightBits.evaluate(now);
  for (const std::vector<WeightView> &views : sharedWeights) {
    auto getKey = [](const WeightView &view, llvm::ArrayRef<int64_t> at) {
      std::vector<int64_t> key;
      for (const SizePolynomial &dimension : view.dimensions)
        key.push_back(dimension.evaluate(at));
      return key;
    };
    // What stays is stored once, whoever reads it.
    int64_t stored = 0;
    bool stays = false;
    std::set<std::vector<int64_t>> copies;
    for (const WeightView &view : views) {
      int64_t then = view.bits.evaluate(sizes);
      added -= then - view.bits.evaluate(now);
      if (getKey(view, sizes) == getKey(view, now))
        stays = true;
      else if (copies.insert(getKey(view, sizes)).second)
        stored += then;
    }
    int64_t original = views.front().bits.evaluate(now);
    added += stored + (stays ? original : 0) - original;
  }
  return added;
}

int64_t PlanProblem::getAddedBytes(llvm::ArrayRef<int64_t> sizes) const {
  return toBytes(getAddedBits(sizes));
}

PricedProblem::PricedProblem(const PlanProblem &problem, const Target &target,
                             DType dtype)
    : problem(problem), target(target), dtype(dtype),
      rules(problem.uses.size()), usesOf(problem.ops.size()) {
  for (auto [i, use] : llvm::enumerate(problem.uses)) {
    usesOf[use.op].push_back(i);
    llvm::SmallVector<const Rule *, 2> matching =
        target.getRules(use.role, problem.ops[use.op].dtype.value_or(dtype));
    // A target may say nothing of what is quantised.
    if (matching.empty())
      matching = target.getRules(use.role, dtype);
    auto append = [&, i = i](Quantity quantity, const SizePolynomial &value) {
      for (const Rule *rule : matching)
        if (rule->quantity == quantity)
          rules[i].push_back({rule, value});
    };
    append(Quantity::Size, use.size);
    if (use.stride)
      append(Quantity::Stride, *use.stride);
    append(Quantity::Offset, use.offset);
  }
}

bool PricedProblem::isFullSpeed(unsigned use,
                                llvm::ArrayRef<int64_t> sizes) const {
  return llvm::all_of(rules[use], [&](const AppliedRule &applied) {
    return applied.rule->isFullSpeed(applied.value.evaluate(sizes));
  });
}

DType PricedProblem::getDType(unsigned op) const {
  DType own = problem.ops[op].dtype.value_or(dtype);
  return target.isMeasured(own) ? own : dtype;
}

int64_t PricedProblem::getTime(unsigned op,
                               llvm::ArrayRef<int64_t> sizes) const {
  int64_t rows = problem.ops[op].rows;
  Efficiency efficiency(target);
  for (unsigned use : usesOf[op]) {
    int64_t size = problem.uses[use].size.evaluate(sizes);
    for (const AppliedRule &applied : rules[use])
      efficiency.apply(*applied.rule, applied.value.evaluate(sizes), rows,
                       size);
  }
  Work work{problem.ops[op].flops.evaluate(sizes),
            toBytes(problem.ops[op].bits.evaluate(sizes)),
            problem.ops[op].blocks};
  return predictTime(target, getDType(op), work, efficiency.get());
}

int64_t PricedProblem::getRewriteTime(unsigned rewrite,
                                      llvm::ArrayRef<int64_t> sizes) const {
  const PlanRewrite &made = problem.rewrites[rewrite];
  if (!problem.isMade(made, sizes))
    return 0;
  return predictTime(target, dtype, Work{0, made.bytes.evaluate(sizes)},
                     /*reach=*/1);
}

int64_t PricedProblem::getTotalTime(llvm::ArrayRef<int64_t> sizes) const {
  int64_t total = 0;
  for (unsigned rewrite = 0; rewrite < problem.rewrites.size(); ++rewrite)
    total += getRewriteTime(rewrite, sizes);
  for (unsigned op = 0; op < problem.ops.size(); ++op)
    total += getTime(op, sizes);
  return total;
}
