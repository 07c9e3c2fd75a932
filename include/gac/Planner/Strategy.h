//===- Strategy.h - choosing the sizes of a repair ------------ -*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_PLANNER_STRATEGY_H
#define GAC_PLANNER_STRATEGY_H

#include "gac/Planner/Elimination.h"
#include "gac/Planner/PlanProblem.h"
#include "llvm/Support/Error.h"

namespace gac {

enum class Strategy {
  /// The least growth that brings every use to the target's first full-speed
  /// tier, whatever it saves.
  Minimal,
  /// As Minimal; of solutions that bring as many uses there, the one of least
  /// predicted time, where the target has measured costs.
  Optimal,
  /// The next of the target's listed sizes; above them the tier whose speed is
  /// worth the growth.
  Predefined,
  /// The least predicted time within a budget of weight bytes. As for Optimal,
  /// gains of less than a fiftieth of an operation's time are none.
  Tradeoff,
};

/// "minimal", "optimal", "predefined" or "tradeoff".
llvm::StringRef stringifyStrategy(Strategy strategy);
/// The reverse; an error that lists the strategies.
llvm::Expected<Strategy> parseStrategy(llvm::StringRef text);

/// Bytes that a repair may add to the weights: a number of bytes, or a share of
/// what they are now.
struct Budget {
  std::optional<int64_t> bytes;
  double percent = 5;

  /// Bytes, where the weights have `weightBytes` now.
  int64_t getBytes(int64_t weightBytes) const;
};

/// Reads "65536", "64KiB", "64MiB", "2GiB" or "5%".
llvm::Expected<Budget> parseBudget(llvm::StringRef text);

/// Sizes for all variables of a problem.
struct PlanSolution {
  std::vector<int64_t> sizes;
  /// False if the problem was too entangled to be solved exactly: then only
  /// each dimension's next multiples were considered.
  bool exact = true;
};

/// Chooses sizes. All dimensions that share a use or a weight are chosen
/// together. Of solutions that are as good by the strategy the one that adds
/// the fewest bytes is taken, then the one of least total growth. Fails if the
/// strategy is Tradeoff and the target has no measurements for the type.
///
/// `maxEntries` bounds the solver's tables.
llvm::Expected<PlanSolution> solve(const PricedProblem &problem,
                                   Strategy strategy, const Budget &budget = {},
                                   int64_t maxEntries = kMaxTableEntries);

} // namespace gac

#endif // GAC_PLANNER_STRATEGY_H
