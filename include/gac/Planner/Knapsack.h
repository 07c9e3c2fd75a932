//===- Knapsack.h - Least time within a budget of bits ----------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Choosing sizes for a whole model under a budget of bits is a multi-choice
// knapsack whose items are the groups of dimensions that share an operation or
// a weight. Within a group, elimination keeps the Pareto frontier of bits and
// time instead of one optimum; the groups are then put together by dynamic
// programming over quantised bits.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_PLANNER_KNAPSACK_H
#define GAC_PLANNER_KNAPSACK_H

#include "gac/Planner/Elimination.h"

namespace gac {

/// What one choice costs: predicted time (picoseconds) and bits of weights.
struct Price {
  int64_t time = 0;
  int64_t bits = 0;
};

/// Steps into which the budget is divided. Bits of a group are rounded up to
/// whole steps, so a plan never exceeds its budget; it is optimal for the
/// rounded bits.
inline constexpr int64_t kBudgetSteps = int64_t(1) << 14;

struct KnapsackResult {
  std::vector<unsigned> values;
  Price price;
};

/// Minimises total time with total bits at most `budget`; of equal times,
/// takes the fewest (rounded) bits. Bits in the factors are non-negative.
/// Returns nothing if no assignment fits the budget, or if elimination takes a
/// table of more than `maxEntries` entries.
std::optional<KnapsackResult>
minimiseWithinBudget(const FactorProblem<Price> &problem, int64_t budget,
                     int64_t steps = kBudgetSteps,
                     int64_t maxEntries = kMaxTableEntries);

} // namespace gac

#endif // GAC_PLANNER_KNAPSACK_H
