//===- SweepsTest.cpp - points and their files ----------------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Sweeps.h"

#include "Experiments.h"
#include "Samples.h"
#include "gtest/gtest.h"
#include <map>
#include <set>

using namespace gac::profile;

namespace {

std::vector<const Sweep *> getAll() {
  std::vector<const Sweep *> sweeps;
  for (const Sweep &sweep : getSweeps())
    sweeps.push_back(&sweep);
  return sweeps;
}

TEST(Sweeps, OrderHasEachPointOnceAndTheQuickOnesFirst) {
  std::vector<Point> all = orderPoints(getAll(), /*quick=*/false);
  std::vector<Point> quick = orderPoints(getAll(), /*quick=*/true);
  std::set<std::string> keys;
  for (const Point &point : all)
    EXPECT_TRUE(keys.insert(getKey(point)).second) << getKey(point);
  ASSERT_LT(quick.size(), all.size());
  for (size_t i = 0; i < quick.size(); ++i)
    EXPECT_EQ(getKey(quick[i]), getKey(all[i]));
  // Every point of every sweep is there, as part of it.
  std::map<std::string, std::set<std::string>> sweeps;
  for (const Point &point : all)
    for (const std::string &sweep : point.sweeps)
      sweeps[getKey(point)].insert(sweep);
  for (const Sweep &sweep : getSweeps())
    for (const Point &point : sweep.points)
      EXPECT_EQ(sweeps[getKey(point)].count(sweep.name), 1u) << getKey(point);
}

TEST(Sweeps, AnyBeginningIsSpreadOverAllSweeps) {
  std::vector<Point> all = orderPoints(getAll(), /*quick=*/false);
  std::map<std::string, size_t> counts;
  for (size_t i = 0; i < all.size() / 2; ++i)
    for (const std::string &sweep : all[i].sweeps)
      ++counts[sweep];
  for (const Sweep &sweep : getSweeps())
    EXPECT_GE(counts[sweep.name] * 4, sweep.points.size()) << sweep.name;
}

TEST(Sweeps, SizesHaveEveryAlignment) {
  std::map<int64_t, int> tiers;
  for (const Sweep &sweep : getSweeps())
    if (sweep.name == "gemm-k")
      for (const Point &point : sweep.points) {
        int64_t k = std::get<ProductPoint>(point.what).k;
        ++tiers[std::min<int64_t>(k & -k, 128)];
      }
  EXPECT_EQ(tiers.size(), 8u);
  for (auto [tier, count] : tiers)
    EXPECT_GE(count, 36) << tier;
}

TEST(Experiments, AreThoseOfTheStudyAndMore) {
  std::set<std::string> names;
  for (const Experiment &experiment : getExperiments()) {
    EXPECT_TRUE(names.insert(experiment.name).second);
    EXPECT_FALSE(experiment.getPoints().empty()) << experiment.name;
  }
  for (const char *name : {"S1", "S2", "G3", "G4", "P1", "HET1", "C21", "C23"})
    EXPECT_EQ(names.count(name), 1u) << name;
}

TEST(Samples, FilesAreReadAsTheyAreWritten) {
  Samples samples;
  samples.environment.gpu = "Some \"GPU\"";
  samples.environment.capability = 90;
  samples.environment.multiprocessors = 132;
  samples.began = "now";
  for (const Point &point : orderPoints(getAll(), /*quick=*/true)) {
    Sample sample;
    sample.point = point;
    sample.us = gac::tools::getSpread({1.5, 2.5, 3.5});
    sample.launches = 7;
    sample.ran = "gemv";
    samples.samples.push_back(sample);
  }
  samples.samples.back().refusal = "too large";
  std::string text = printSamples(samples);
  gac::runtime::Result<Samples> again = parseSamples(text, "test");
  ASSERT_TRUE(again) << again.getStatus().getMessage();
  EXPECT_EQ(printSamples(*again), text);
  EXPECT_EQ(again->environment.compare(samples.environment), "");
  EXPECT_FALSE(again->samples.back().isMeasured());
  ASSERT_TRUE(again->find(getKey(samples.samples[3].point)));
  EXPECT_EQ(again->samples[3].us.median, 2.5);
  again->environment.cudnn = "91400";
  EXPECT_EQ(again->environment.compare(samples.environment),
            "cuDNN 91400 and none");
}

} // namespace
