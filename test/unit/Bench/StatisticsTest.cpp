//===- StatisticsTest.cpp - Medians, spreads, ranks -------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Statistics.h"

#include <gtest/gtest.h>

using namespace gac::tools;

namespace {

TEST(Statistics, SpreadOfAnEvenNumber) {
  // numpy.percentile([1, 2, 4, 8], [25, 50, 75]) is [1.75, 3, 5].
  Spread spread = getSpread({8, 1, 4, 2});
  EXPECT_EQ(spread.count, 4U);
  EXPECT_DOUBLE_EQ(spread.min, 1);
  EXPECT_DOUBLE_EQ(spread.q1, 1.75);
  EXPECT_DOUBLE_EQ(spread.median, 3);
  EXPECT_DOUBLE_EQ(spread.q3, 5);
  EXPECT_DOUBLE_EQ(spread.max, 8);
  EXPECT_DOUBLE_EQ(spread.getRange(), 3.25);
}

TEST(Statistics, SpreadOfAnOddNumber) {
  Spread spread = getSpread({5, 3, 9});
  EXPECT_DOUBLE_EQ(spread.q1, 4);
  EXPECT_DOUBLE_EQ(spread.median, 5);
  EXPECT_DOUBLE_EQ(spread.q3, 7);
}

TEST(Statistics, SpreadOfOneAndOfNone) {
  Spread one = getSpread({7});
  EXPECT_DOUBLE_EQ(one.q1, 7);
  EXPECT_DOUBLE_EQ(one.median, 7);
  EXPECT_DOUBLE_EQ(one.max, 7);
  EXPECT_EQ(getSpread({}).count, 0U);
  EXPECT_DOUBLE_EQ(getSpread({}).median, 0);
}

TEST(Statistics, MedianIgnoresOutliers) {
  EXPECT_DOUBLE_EQ(getSpread({10, 10, 10, 10, 1e9}).median, 10);
}

TEST(Statistics, EqualValuesShareTheirRank) {
  EXPECT_EQ(getRanks({30, 10, 20, 20, 10, 10}),
            (std::vector<double>{6, 2, 4.5, 4.5, 2, 2}));
  EXPECT_EQ(getRanks({}), std::vector<double>());
}

TEST(Statistics, RankCorrelation) {
  // Any growing function is in the same order.
  EXPECT_DOUBLE_EQ(*getRankCorrelation({1, 2, 3, 4}, {1, 10, 100, 101}), 1);
  EXPECT_DOUBLE_EQ(*getRankCorrelation({1, 2, 3}, {9, 4, 1}), -1);
  // 1 - 6 * sum of squared differences / (n (n^2 - 1)), without ties.
  EXPECT_DOUBLE_EQ(*getRankCorrelation({1, 2, 3, 4, 5}, {2, 1, 4, 3, 5}),
                   1 - 6 * 4 / 120.0);
}

TEST(Statistics, RankCorrelationWithTies) {
  // scipy.stats.spearmanr([1, 2, 2, 3], [1, 3, 2, 4]) is 0.948683...
  EXPECT_NEAR(*getRankCorrelation({1, 2, 2, 3}, {1, 3, 2, 4}),
              0.9486832980505138, 1e-12);
}

TEST(Statistics, RankCorrelationInterval) {
  std::vector<double> x, y, noise;
  for (int i = 0; i < 50; ++i) {
    x.push_back(i);
    y.push_back(i * i);
    noise.push_back(i + (i % 2 ? 10 : -10));
  }
  // The same order, whatever is drawn.
  EXPECT_DOUBLE_EQ(getRankCorrelationInterval(x, y)->low, 1);
  std::optional<Interval> some = getRankCorrelationInterval(x, noise);
  double correlation = *getRankCorrelation(x, noise);
  EXPECT_LT(some->low, correlation);
  EXPECT_GT(some->high, correlation);
  // Of a tenth of the pairs less is known.
  x.resize(5);
  noise.resize(5);
  std::optional<Interval> few = getRankCorrelationInterval(x, noise);
  EXPECT_GT(few->high - few->low, 2 * (some->high - some->low));
  EXPECT_FALSE(getRankCorrelationInterval({1, 1}, {1, 2}));
}

TEST(Statistics, NoRankCorrelation) {
  EXPECT_FALSE(getRankCorrelation({}, {}));
  EXPECT_FALSE(getRankCorrelation({1}, {2}));
  EXPECT_FALSE(getRankCorrelation({1, 1, 1}, {1, 2, 3}));
  EXPECT_FALSE(getRankCorrelation({1, 2}, {1, 2, 3}));
}

} // namespace
