//===- StrategyTest.cpp - what each strategy chooses ---------- -*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Planner/Strategy.h"
#include "llvm/Support/MathExtras.h"
#include "gtest/gtest.h"
#include <random>

using namespace gac;

namespace {

Target loadH200() { return llvm::cantFail(loadTarget("h200")); }

/// Builds problems from matrix products.
struct ProblemBuilder {
  PlanProblem problem;

  SizePolynomial addVariable(int64_t size) {
    unsigned index = problem.variables.size();
    problem.variables.push_back({"v" + std::to_string(index), size});
    return SizePolynomial::getVariable(index);
  }

  /// y[rows, n] = x[rows, k] w[k, n] in 16 bit, with uses for K and N, and
  /// weights that are stored in `bits` each.
  void addProduct(int64_t rows, const SizePolynomial &k,
                  const SizePolynomial &n, int64_t bits = 16) {
    unsigned op = problem.ops.size();
    problem.ops.push_back(
        {SizePolynomial(2 * rows) * k * n,
         (SizePolynomial(rows) * k + k * n + SizePolynomial(rows) * n) *
             SizePolynomial(16),
         rows});
    problem.uses.push_back({op, Role::K, k, std::nullopt, 0});
    problem.uses.push_back({op, Role::N, n, std::nullopt, 0});
    problem.weightBits += k * n * SizePolynomial(bits);
  }

  std::vector<int64_t> solve(Strategy strategy, Budget budget = {},
                             DType dtype = DType::BF16,
                             bool expectExact = true) {
    Target target = loadH200();
    problem.storedBytes =
        toBytes(problem.weightBits.evaluate(problem.getSizes()));
    PricedProblem priced(problem, target, dtype);
    PlanSolution solution =
        llvm::cantFail(gac::solve(priced, strategy, budget));
    EXPECT_EQ(solution.exact, expectExact);
    return solution.sizes;
  }
};

using Sizes = std::vector<int64_t>;

TEST(Strategy, MinimalTakesTheNextMultipleOfEight) {
  ProblemBuilder builder;
  SizePolynomial rank = builder.addVariable(107);
  builder.addProduct(1024, 4096, rank);
  builder.addProduct(1024, rank, 4096);
  EXPECT_EQ(builder.solve(Strategy::Minimal), Sizes{112});
  // TF32 asks for 16 bytes as well, which are four elements.
  EXPECT_EQ(builder.solve(Strategy::Minimal, {}, DType::F32), Sizes{108});
}

TEST(Strategy, MinimalKeepsWhatIsAligned) {
  ProblemBuilder builder;
  SizePolynomial rank = builder.addVariable(112);
  builder.addProduct(1024, 4096, rank);
  EXPECT_EQ(builder.solve(Strategy::Minimal), Sizes{112});
}

TEST(Strategy, OptimalTakesTheTierThatMeasuredBest) {
  ProblemBuilder builder;
  SizePolynomial rank = builder.addVariable(1843);
  builder.addProduct(1024, 4096, rank);
  builder.addProduct(1024, rank, 4096);
  EXPECT_EQ(builder.solve(Strategy::Optimal), Sizes{1856});
}

TEST(Strategy, PredefinedTakesListedSizesAndMultiplesAboveThem) {
  ProblemBuilder builder;
  for (int64_t size : {20, 107, 129, 200, 1843})
    builder.addProduct(1024, builder.addVariable(size), 4096);
  EXPECT_EQ(builder.solve(Strategy::Predefined),
            (Sizes{32, 112, 160, 224, 1856}));
}

TEST(Strategy, PredefinedReachesListedSizesOfASumAndItsParts) {
  // 24 + 8 is listed as well, but only one of the two that are wanted.
  ProblemBuilder builder;
  SizePolynomial a = builder.addVariable(2), b = builder.addVariable(4);
  builder.addProduct(1024, a + b, 72);
  builder.addProduct(1024, 10, b);
  EXPECT_EQ(builder.solve(Strategy::Predefined), (Sizes{32, 32}));
}

TEST(Strategy, SharedUsesAreSolvedTogether) {
  // As in latent attention: 27 alone, 27 + 2 f together, f under a head.
  ProblemBuilder builder;
  SizePolynomial latent = builder.addVariable(27);
  SizePolynomial half = builder.addVariable(5);
  builder.addProduct(64, 4096, latent + SizePolynomial(2) * half);
  builder.addProduct(64, latent, 4096);
  Sizes sizes = builder.solve(Strategy::Minimal);
  EXPECT_EQ(sizes, (Sizes{32, 8}));
}

TEST(Strategy, FixedPartsOfASumAreMadeUpForByTheOthers) {
  ProblemBuilder builder;
  SizePolynomial free = builder.addVariable(27);
  builder.addProduct(64, 4096, free + SizePolynomial(10));
  EXPECT_EQ(builder.solve(Strategy::Minimal), Sizes{30});
}

TEST(Strategy, WhatCannotBeAlignedIsLeftAlone) {
  // 2 v + 1 is odd whatever v is.
  ProblemBuilder builder;
  SizePolynomial free = builder.addVariable(27);
  builder.addProduct(64, 4096, SizePolynomial(2) * free + SizePolynomial(1));
  EXPECT_EQ(builder.solve(Strategy::Minimal), Sizes{27});
}

TEST(Strategy, HeadsCountInTheMultiple) {
  // Four heads of 14: 56 is a multiple of 8, but the head itself is not.
  ProblemBuilder builder;
  SizePolynomial width = builder.addVariable(14);
  builder.addProduct(64, 4096, SizePolynomial(4) * width);
  EXPECT_EQ(builder.solve(Strategy::Minimal), Sizes{14});
  builder.problem.uses.push_back({0, Role::HeadDim, width, std::nullopt, 0});
  EXPECT_EQ(builder.solve(Strategy::Minimal), Sizes{16});
}

TEST(Strategy, LongConcatenationsAreExact) {
  // 32 odd groups side by side: each is a use of its own and part of one sum.
  ProblemBuilder builder;
  SizePolynomial all = 0;
  for (int i = 0; i < 32; ++i) {
    SizePolynomial rank = builder.addVariable(101 + 2 * i);
    builder.addProduct(1024, rank, 128);
    all += rank;
  }
  builder.addProduct(1024, 4096, all);
  Sizes sizes = builder.solve(Strategy::Minimal);
  for (int i = 0; i < 32; ++i)
    EXPECT_EQ(sizes[i], int64_t(llvm::alignTo(101 + 2 * i, 8)));
}

TEST(Strategy, ALongSumAloneGrowsByTheLeastThatAlignsIt) {
  // Sixteen parts of 5: the sum of 80 is a multiple of 8; of 6 more, not.
  ProblemBuilder builder;
  SizePolynomial all = 6;
  for (int i = 0; i < 16; ++i)
    all += builder.addVariable(5);
  builder.addProduct(64, 4096, all);
  Sizes sizes = builder.solve(Strategy::Minimal);
  int64_t sum = 6;
  for (int64_t size : sizes)
    sum += size;
  EXPECT_EQ(sum, 88);
}

TEST(Strategy, TradeoffSpendsTheBudgetWhereItSavesMost) {
  // Growing either dimension costs the same bytes; the first is in a product
  // eight times as large.
  ProblemBuilder builder;
  SizePolynomial large = builder.addVariable(1843);
  SizePolynomial small = builder.addVariable(1843);
  builder.addProduct(8192, large, 4096);
  builder.addProduct(1024, small, 4096);
  Budget one;
  one.bytes = 5 * 4096 * 2;
  EXPECT_EQ(builder.solve(Strategy::Tradeoff, one), (Sizes{1848, 1843}));
  Budget none;
  none.bytes = 0;
  EXPECT_EQ(builder.solve(Strategy::Tradeoff, none), (Sizes{1843, 1843}));
  Budget both;
  both.percent = 1;
  Sizes sizes = builder.solve(Strategy::Tradeoff, both);
  EXPECT_EQ(sizes[0] % 8, 0);
  EXPECT_EQ(sizes[1] % 8, 0);
}

TEST(Strategy, ProductsOfBytesWantSixteenOfThem) {
  ProblemBuilder builder;
  builder.addProduct(64, 4096, builder.addVariable(100));
  EXPECT_EQ(builder.solve(Strategy::Minimal), (Sizes{104}));
  builder.problem.ops.front().dtype = DType::I8;
  EXPECT_EQ(builder.solve(Strategy::Minimal), (Sizes{112}));

  // A target that says nothing of bytes has the rules of the model's type.
  Target target = loadH200();
  llvm::erase_if(target.rules, [](const Rule &rule) {
    return llvm::is_contained(rule.dtypes, DType::I8);
  });
  PricedProblem priced(builder.problem, target, DType::BF16);
  EXPECT_EQ(llvm::cantFail(solve(priced, Strategy::Minimal)).sizes,
            (Sizes{104}));
  // No figures are known of bytes: the price is that of the model's type.
  EXPECT_EQ(priced.getDType(0), DType::BF16);
  EXPECT_GT(priced.getTime(0, {104}), 0);
}

TEST(Strategy, WeightsOfFourBitsTakeHalfAByte) {
  ProblemBuilder builder;
  builder.addProduct(8192, builder.addVariable(1843), 4096, /*bits=*/4);
  EXPECT_EQ(builder.problem.getAddedBytes({1848}), 5 * 4096 / 2);
  EXPECT_EQ(builder.problem.getAddedBytes({1843}), 0);
  Budget budget;
  budget.bytes = 5 * 4096 / 2;
  EXPECT_EQ(builder.solve(Strategy::Tradeoff, budget), (Sizes{1848}));
  EXPECT_EQ(builder.problem.storedBytes, 1843 * 4096 / 2);
  --*budget.bytes;
  EXPECT_LT(builder.solve(Strategy::Tradeoff, budget).front(), 1848);
}

TEST(Strategy, BitsAreRoundedUpToBytes) {
  ProblemBuilder builder;
  builder.addProduct(8, builder.addVariable(3), 5, /*bits=*/2);
  // 30 bits and 80, of which 50 are new.
  EXPECT_EQ(toBytes(builder.problem.weightBits.evaluate({3})), 4);
  EXPECT_EQ(builder.problem.getAddedBytes({8}), 7);
}

TEST(Strategy, TradeoffWeighsWhatIsWrittenOut) {
  auto solve = [](Strategy strategy, int64_t bytesWrittenOut) {
    ProblemBuilder builder;
    SizePolynomial rank = builder.addVariable(107);
    builder.addProduct(1024, 4096, rank);
    builder.addProduct(1024, rank, 4096);
    builder.problem.rewrites.push_back({{0}, bytesWrittenOut});
    return builder.solve(strategy, {std::nullopt, 100}).front();
  };
  EXPECT_GT(solve(Strategy::Tradeoff, 1), 107);
  EXPECT_EQ(solve(Strategy::Tradeoff, int64_t(1) << 40), 107);
  // The least repair repairs whatever can be repaired.
  EXPECT_EQ(solve(Strategy::Minimal, int64_t(1) << 40), 112);
}

TEST(Strategy, RewritesCostWhereTheyAreMade) {
  ProblemBuilder builder;
  builder.addProduct(1024, 4096, builder.addVariable(107));
  Target target = loadH200();
  PricedProblem without(builder.problem, target, DType::BF16);
  int64_t before = without.getTotalTime({107}),
          after = without.getTotalTime({112});
  builder.problem.rewrites.push_back({{0}, int64_t(1) << 30});
  PricedProblem with(builder.problem, target, DType::BF16);
  EXPECT_EQ(with.getRewriteTime(0, {107}), 0);
  EXPECT_EQ(with.getTotalTime({107}), before);
  EXPECT_GT(with.getRewriteTime(0, {112}), 0);
  EXPECT_EQ(with.getTotalTime({112}), after + with.getRewriteTime(0, {112}));
}

TEST(Strategy, TradeoffNeedsMeasurements) {
  ProblemBuilder builder;
  builder.addProduct(64, builder.addVariable(13), 64);
  Target target = llvm::cantFail(loadTarget("a100"));
  PricedProblem priced(builder.problem, target, DType::BF16);
  auto solution = solve(priced, Strategy::Tradeoff);
  ASSERT_FALSE(solution);
  EXPECT_EQ(llvm::toString(solution.takeError()),
            "strategy tradeoff needs measured costs, and target 'a100' has "
            "none for bf16");
}

TEST(Strategy, TablesTooLargeFallBackToTheNextMultiples) {
  ProblemBuilder builder;
  SizePolynomial product = builder.addVariable(13);
  for (int i = 0; i < 3; ++i)
    product = product * builder.addVariable(3);
  builder.addProduct(64, 4096, product);
  Target target = loadH200();
  PricedProblem priced(builder.problem, target, DType::BF16);
  PlanSolution solution =
      llvm::cantFail(solve(priced, Strategy::Minimal, {}, /*maxEntries=*/100));
  EXPECT_FALSE(solution.exact);
  EXPECT_TRUE(priced.isFullSpeed(1, solution.sizes));
}

/// Every strategy changes nothing when it is applied to its own result.
TEST(Strategy, SecondRunsChangeNothing) {
  std::mt19937 random(5);
  std::uniform_int_distribution<int64_t> size(1, 300), kind(0, 3);
  for (int trial = 0; trial < 60; ++trial) {
    ProblemBuilder builder;
    SizePolynomial a = builder.addVariable(size(random));
    SizePolynomial b = builder.addVariable(size(random));
    builder.addProduct(1024, 512, a);
    if (kind(random) > 0)
      builder.addProduct(1024, b, 512);
    if (kind(random) > 1)
      builder.addProduct(1024, 512, a + SizePolynomial(2) * b);
    if (kind(random) > 1)
      builder.addProduct(1024, 512, a + b);
    for (Strategy strategy :
         {Strategy::Minimal, Strategy::Optimal, Strategy::Predefined}) {
      ProblemBuilder again = builder;
      Sizes first = builder.solve(strategy);
      for (unsigned i = 0; i < first.size(); ++i)
        again.problem.variables[i].size = first[i];
      EXPECT_EQ(again.solve(strategy), first)
          << stringifyStrategy(strategy).str() << ", trial " << trial;
    }
  }
}

/// Minimal against all assignments of two variables.
TEST(Strategy, MinimalAgreesWithBruteForce) {
  std::mt19937 random(11);
  std::uniform_int_distribution<int64_t> size(1, 60), few(1, 4);
  Target target = loadH200();
  for (int trial = 0; trial < 50; ++trial) {
    ProblemBuilder builder;
    SizePolynomial a = builder.addVariable(size(random));
    SizePolynomial b = builder.addVariable(size(random));
    builder.addProduct(64, 96, a * SizePolynomial(few(random)));
    builder.addProduct(64, b + SizePolynomial(size(random)), 96);
    builder.addProduct(64, a + b, a * SizePolynomial(few(random)));
    PricedProblem priced(builder.problem, target, DType::BF16);
    auto getCost = [&](const Sizes &sizes) {
      int64_t slow = 0;
      for (unsigned use = 0; use < builder.problem.uses.size(); ++use)
        slow += !priced.isFullSpeed(use, sizes);
      return std::pair(slow, builder.problem.weightBits.evaluate(sizes));
    };
    Sizes now = builder.problem.getSizes();
    auto best = getCost(now);
    for (int64_t i = 0; i < 16; ++i)
      for (int64_t j = 0; j < 16; ++j)
        best = std::min(best, getCost({now[0] + i, now[1] + j}));
    EXPECT_EQ(getCost(builder.solve(Strategy::Minimal)), best)
        << "trial " << trial;
  }
}

TEST(Budget, Parses) {
  EXPECT_EQ(llvm::cantFail(parseBudget("64MiB")).bytes, int64_t(64) << 20);
  EXPECT_EQ(llvm::cantFail(parseBudget("512")).bytes, 512);
  EXPECT_EQ(llvm::cantFail(parseBudget("2.5%")).getBytes(1000), 25);
  EXPECT_EQ(Budget().getBytes(1000), 50);
  for (llvm::StringRef bad : {"", "%", "-1", "-1%", "5 MiB", "MiB", "nan%",
                              "9999999999999GiB", "5MB"}) {
    auto budget = parseBudget(bad);
    ASSERT_FALSE(budget) << bad.str();
    EXPECT_EQ(llvm::toString(budget.takeError()),
              "bad budget '" + bad.str() +
                  "': expected bytes such as 65536, 64KiB, 64MiB or 2GiB, or a "
                  "share of the weights such as 5%");
  }
}

} // namespace
