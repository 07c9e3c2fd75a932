//===- SummaryTest.cpp - What made-up samples say ---------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MadeUpRun.h"

#include <gtest/gtest.h>

using namespace gac::bench;
using namespace gac::tools;
using namespace gac::runtime;

namespace {

TEST(Facts, WhatAnOperationIs) {
  PackageOp op;
  LaunchOp launch;
  launch.kernel = "gemv_3";
  op.action = launch;
  EXPECT_EQ(getFacts(op).what, "gemv_3");
  GemmOp gemm;
  gemm.m = 128;
  gemm.n = 24;
  gemm.k = 64;
  op.action = gemm;
  EXPECT_EQ(getFacts(op).what, "gemm 128x24x64");
  AttentionOp attention;
  attention.queryHeads = 4;
  attention.queries = 128;
  attention.keys = 160;
  op.action = attention;
  EXPECT_EQ(getFacts(op).what, "attention 4x128x160");
  op.action = CopyOp{};
  EXPECT_EQ(getFacts(op).what, "copy");
}

TEST(Summary, TimesAndSpeedUps) {
  CaseSummary summary = summarizeAll(makeRun())[0];
  const PackageSummary &first = summary.packages[0],
                       &second = summary.packages[1];
  EXPECT_EQ(first.time.count, 6U);
  EXPECT_DOUBLE_EQ(first.time.median, 105);
  EXPECT_DOUBLE_EQ(first.time.min, 98);
  EXPECT_DOUBLE_EQ(second.time.median, 47);
  EXPECT_DOUBLE_EQ(first.speedup, 1);
  EXPECT_DOUBLE_EQ(second.speedup, 105 / 47.0);
  // Round by round: 100 / 50 and 110 / 44.
  EXPECT_DOUBLE_EQ(second.roundSpeedup.min, 2);
  EXPECT_DOUBLE_EQ(second.roundSpeedup.max, 2.5);
  EXPECT_DOUBLE_EQ(first.roundSpeedup.max, 1);
}

TEST(Summary, FamiliesAndGapsAddUpToTheGraph) {
  CaseSummary summary = summarizeAll(makeRun())[0];
  const PackageSummary &first = summary.packages[0],
                       &second = summary.packages[1];
  EXPECT_DOUBLE_EQ(first.families[0], 80);
  EXPECT_DOUBLE_EQ(first.families[1], 30);
  EXPECT_DOUBLE_EQ(first.families[2], 0);
  EXPECT_DOUBLE_EQ(first.families[3], 5);
  // The graph is faster than its operations alone, or slower.
  EXPECT_DOUBLE_EQ(first.families[familyCount], -10);
  EXPECT_DOUBLE_EQ(second.families[familyCount], 9);
  for (const PackageSummary &each : summary.packages) {
    double sum = 0;
    for (double family : each.families)
      sum += family;
    EXPECT_DOUBLE_EQ(sum, each.time.median);
  }
}

TEST(Summary, ShareOfTheCeilings) {
  CaseSummary summary = summarizeAll(makeRun())[0];
  const PackageSummary &first = summary.packages[0];
  // 40e6 FLOP take 40 us of 80; 15e6 bytes take 15 of 30 at the faster of the
  // two memory ceilings.
  EXPECT_DOUBLE_EQ(first.ops[0].limitShare, 0.5);
  EXPECT_DOUBLE_EQ(first.ops[1].limitShare, 0.5);
  EXPECT_DOUBLE_EQ(first.ops[2].limitShare, 0.4);
  EXPECT_DOUBLE_EQ(first.limitUs, 40 + 15 + 2);
  EXPECT_DOUBLE_EQ(first.flops, 41e6);
  EXPECT_DOUBLE_EQ(first.bytes, 27e6);
}

TEST(Summary, ACeilingThatIsUnknownDoesNotBound) {
  DeviceCeilings ceilings;
  EXPECT_DOUBLE_EQ(getLimit(1e6, 1e6, ceilings), 0);
  ceilings.copyBytes = 2e12;
  EXPECT_DOUBLE_EQ(getLimit(1e12, 1e6, ceilings), 0.5);
  // Another type's ceilings are not this one's.
  ExperimentRun run = makeRun();
  run.ceilings[0].type = DType::F32;
  EXPECT_DOUBLE_EQ(summarizeAll(run)[0].packages[0].limitUs, 0);
}

TEST(Summary, PredictedAgainstMeasured) {
  CaseSummary summary = summarizeAll(makeRun())[0];
  const PackageSummary &first = summary.packages[0];
  EXPECT_DOUBLE_EQ(first.predictedUs, 80);
  EXPECT_DOUBLE_EQ(*first.rankCorrelation, 1);
  EXPECT_EQ(first.predictedRatio.count, 3U);
  // 50 / 80, 20 / 30, 10 / 5.
  EXPECT_DOUBLE_EQ(first.predictedRatio.median, 20 / 30.0);
  EXPECT_DOUBLE_EQ(first.predictedRatio.max, 2);
  ExperimentRun run = makeRun();
  run.cases[0].packages[0].ops[0].predictedUs = 1;
  EXPECT_DOUBLE_EQ(*summarizeAll(run)[0].packages[0].rankCorrelation, -0.5);
}

TEST(Summary, SlowestFirst) {
  CaseSummary summary = summarizeAll(makeRun())[0];
  std::vector<OpSummary> slowest = getSlowest(summary.packages[0], 2);
  ASSERT_EQ(slowest.size(), 2U);
  EXPECT_EQ(slowest[0].index, 0U);
  EXPECT_EQ(slowest[1].index, 1U);
  EXPECT_EQ(getSlowest(summary.packages[0], 10).size(), 3U);
}

TEST(Summary, WithoutTimesOfOperations) {
  ExperimentRun run = makeRun();
  for (PackageRun &package : run.cases[0].packages)
    package.opTimes.clear();
  CaseSummary summary = summarizeAll(run)[0];
  EXPECT_TRUE(summary.packages[0].ops.empty());
  EXPECT_FALSE(summary.packages[0].rankCorrelation);
  EXPECT_DOUBLE_EQ(summary.packages[0].families[familyCount], 0);
  EXPECT_DOUBLE_EQ(summary.packages[0].limitUs, 57);
}

} // namespace
