//===- EliminationTest.cpp - against brute force --------------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Planner/Elimination.h"
#include "gac/Planner/Knapsack.h"
#include "gtest/gtest.h"
#include <random>

using namespace gac;

namespace {

/// Random domains and factors; `makeEntry` draws one entry.
template <typename T>
FactorProblem<T> makeProblem(std::mt19937 &random,
                             llvm::function_ref<T(std::mt19937 &)> makeEntry) {
  auto pick = [&](int low, int high) {
    return std::uniform_int_distribution<int>(low, high)(random);
  };
  FactorProblem<T> problem;
  for (int n = pick(1, 6); n > 0; --n)
    problem.domainSizes.push_back(pick(1, 4));
  for (int n = pick(0, 8); n > 0; --n) {
    llvm::SmallVector<unsigned> scope;
    for (unsigned i = 0; i < problem.domainSizes.size(); ++i)
      if (scope.size() < 3 && pick(0, 2) == 0)
        scope.push_back(i);
    problem.addFactor(
        scope, [&](llvm::ArrayRef<unsigned>) { return makeEntry(random); });
  }
  return problem;
}

/// The entry of a factor under an assignment of all variables.
template <typename T>
const T &getEntry(const FactorProblem<T> &problem, const Factor<T> &factor,
                  llvm::ArrayRef<unsigned> values) {
  size_t entry = 0;
  for (unsigned variable : factor.scope)
    entry = entry * problem.domainSizes[variable] + values[variable];
  return factor.table[entry];
}

/// Calls `visit` with every assignment.
void enumerate(llvm::ArrayRef<unsigned> domainSizes,
               llvm::function_ref<void(llvm::ArrayRef<unsigned>)> visit) {
  llvm::SmallVector<unsigned> all;
  for (unsigned i = 0; i < domainSizes.size(); ++i)
    all.push_back(i);
  ScopeIterator it(all, domainSizes);
  do
    visit(it.getValues());
  while (it.next());
}

Cost evaluate(const FactorProblem<Cost> &problem,
              llvm::ArrayRef<unsigned> values) {
  Cost sum;
  for (const Factor<Cost> &factor : problem.factors)
    sum += getEntry(problem, factor, values);
  return sum;
}

Price evaluate(const FactorProblem<Price> &problem,
               llvm::ArrayRef<unsigned> values) {
  Price sum;
  for (const Factor<Price> &factor : problem.factors) {
    const Price &price = getEntry(problem, factor, values);
    sum.time += price.time;
    sum.bits += price.bits;
  }
  return sum;
}

TEST(Elimination, AgreesWithBruteForce) {
  std::mt19937 random(20240229);
  std::uniform_int_distribution<int64_t> small(0, 3), large(0, 1000);
  for (int trial = 0; trial < 2000; ++trial) {
    auto problem = makeProblem<Cost>(random, [&](std::mt19937 &engine) {
      return Cost{{small(engine), small(engine), large(engine), 0}};
    });
    std::optional<Cost> best;
    enumerate(problem.domainSizes, [&](llvm::ArrayRef<unsigned> values) {
      Cost cost = evaluate(problem, values);
      if (!best || cost < *best)
        best = cost;
    });
    auto result = minimise(problem);
    ASSERT_TRUE(result);
    EXPECT_EQ(result->cost.parts, best->parts) << "trial " << trial;
    EXPECT_EQ(evaluate(problem, result->values).parts, best->parts)
        << "trial " << trial;
  }
}

TEST(Elimination, RefusesTablesThatAreTooLarge) {
  FactorProblem<Cost> problem;
  problem.domainSizes = {8, 8, 8, 8};
  problem.addFactor({0, 1, 2, 3},
                    [](llvm::ArrayRef<unsigned>) { return Cost(); });
  EXPECT_FALSE(minimise(problem, 4095));
  EXPECT_TRUE(minimise(problem, 4096));
}

TEST(Elimination, CouplesChoicesThatGreedyCannot) {
  // 27 + x and 27 + x + 2 (5 + f) are to be multiples of 16: x = 5 alone gives
  // 32 and 42, so f must move too, to 8.
  FactorProblem<Cost> problem;
  problem.domainSizes = {16, 16};
  problem.addFactor({0}, [](llvm::ArrayRef<unsigned> v) {
    return Cost{{(27 + v[0]) % 16 != 0, 0, int64_t(v[0]), 0}};
  });
  problem.addFactor({0, 1}, [](llvm::ArrayRef<unsigned> v) {
    return Cost{{(27 + v[0] + 2 * (5 + v[1])) % 16 != 0, 0, int64_t(v[1]), 0}};
  });
  auto result = minimise(problem);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->values, (std::vector<unsigned>{5, 3}));
  EXPECT_EQ(result->cost.parts[0], 0);
}

TEST(Elimination, EqualCostsTakeTheSmallestValue) {
  FactorProblem<Cost> problem;
  problem.domainSizes = {3};
  problem.addFactor({0}, [](llvm::ArrayRef<unsigned>) { return Cost(); });
  EXPECT_EQ(minimise(problem)->values, std::vector<unsigned>{0});
}

TEST(Knapsack, AgreesWithBruteForceWhereAStepIsAByte) {
  std::mt19937 random(20250131);
  std::uniform_int_distribution<int64_t> bits(0, 40), time(1, 1000);
  int feasible = 0;
  for (int trial = 0; trial < 2000; ++trial) {
    auto problem = makeProblem<Price>(random, [&](std::mt19937 &engine) {
      return Price{time(engine), bits(engine)};
    });
    int64_t budget = std::uniform_int_distribution<int64_t>(0, 200)(random);
    std::optional<int64_t> best;
    enumerate(problem.domainSizes, [&](llvm::ArrayRef<unsigned> values) {
      Price price = evaluate(problem, values);
      if (price.bits <= budget && (!best || price.time < *best))
        best = price.time;
    });
    auto result = minimiseWithinBudget(problem, budget);
    ASSERT_EQ(result.has_value(), best.has_value()) << "trial " << trial;
    if (!best)
      continue;
    ++feasible;
    EXPECT_EQ(result->price.time, *best) << "trial " << trial;
    EXPECT_LE(result->price.bits, budget) << "trial " << trial;
    Price price = evaluate(problem, result->values);
    EXPECT_EQ(price.time, result->price.time) << "trial " << trial;
    EXPECT_EQ(price.bits, result->price.bits) << "trial " << trial;
  }
  EXPECT_GT(feasible, 500);
}

TEST(Knapsack, NeverExceedsTheBudgetAtACoarseResolution) {
  std::mt19937 random(7);
  std::uniform_int_distribution<int64_t> bits(1, 100000), time(1, 1000);
  for (int trial = 0; trial < 30; ++trial) {
    // Ten independent choices between nothing and a growth.
    FactorProblem<Price> problem;
    problem.domainSizes.assign(10, 2);
    for (unsigned i = 0; i < 10; ++i) {
      int64_t cost = bits(random), gain = time(random);
      problem.addFactor({i}, [&](llvm::ArrayRef<unsigned> v) {
        return v[0] ? Price{1000 - gain, cost} : Price{1000, 0};
      });
    }
    auto coarse = minimiseWithinBudget(problem, 250000, 64);
    auto fine = minimiseWithinBudget(problem, 250000, 250000);
    ASSERT_TRUE(coarse && fine);
    EXPECT_LE(coarse->price.bits, 250000);
    EXPECT_LE(fine->price.bits, 250000);
    EXPECT_LE(fine->price.time, coarse->price.time);
  }
}

TEST(Knapsack, AnEmptyBudgetKeepsEverything) {
  FactorProblem<Price> problem;
  problem.domainSizes = {2};
  problem.addFactor({0}, [](llvm::ArrayRef<unsigned> v) {
    return v[0] ? Price{1, 1} : Price{100, 0};
  });
  EXPECT_EQ(minimiseWithinBudget(problem, 0)->values, std::vector<unsigned>{0});
  EXPECT_EQ(minimiseWithinBudget(problem, 1)->values, std::vector<unsigned>{1});
}

} // namespace
