//===- FitTest.cpp - a known machine is found again -----------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fit.h"

#include "Evaluation.h"
#include "Prediction.h"
#include "Surface.h"
#include "Sweeps.h"
#include "gtest/gtest.h"
#include <cmath>

using namespace gac;
using namespace gac::profile;

namespace {

/// A machine that no other is like: multiples of 4 are fast for K and of 16 for
/// N, few rows do not mind N, heads want multiples of 8.
constexpr const char *kMachine = R"json({
  "format": 3, "name": "known", "title": "a known machine",
  "architecture": "sm_90", "libraries": {"lib": "1.0"}, "measured": "made up",
  "reference": {"batch": 1, "sequence": 128}, "sizes": [32, 64],
  "peak_tflops": {"bf16": 500, "f16": 500}, "bandwidth_gbps": 3000,
  "launch_us": 0.7, "multiprocessors": 100,
  "rules": [{
    "id": "k", "role": "K", "dtypes": ["bf16", "f16"], "on": "size",
    "source": "made up",
    "grid": {"rows": [1, 256, 8192], "sizes": [64, 12288]},
    "tiers": [
      {"multiple": 4, "full_speed": true,
       "table": [[0.5, 0.9], [0.3, 0.8], [0.5, 1]]},
      {"multiple": 1, "cause": "K is odd", "fixed_us": 1.5,
       "table": [[0.4, 0.6], [0.1, 0.2], [0.15, 0.1]]}]
  }, {
    "id": "n", "role": "N", "dtypes": ["bf16", "f16"], "on": "size",
    "source": "made up",
    "grid": {"rows": [1, 256, 8192], "sizes": [64, 12288]},
    "tiers": [
      {"multiple": 16, "full_speed": true,
       "table": [[0.2, 0.8], [0.2, 0.9], [0.4, 1]]},
      {"multiple": 2, "cause": "N is even",
       "table": [[0.2, 0.8], [0.1, 0.4], [0.2, 0.3]]},
      {"multiple": 1, "cause": "N is odd", "fixed_us": 1.5,
       "table": [[0.2, 0.8], [0.05, 0.1], [0.08, 0.1]]}]
  }, {
    "id": "heads", "role": "head_dim", "dtypes": ["bf16", "f16"],
    "on": "size", "source": "made up",
    "grid": {"rows": [1, 4096], "sizes": [64, 256]},
    "tiers": [
      {"multiple": 8, "full_speed": true, "table": [[0.5, 0.5], [0.7, 0.7]]},
      {"multiple": 1, "cause": "heads are odd", "fixed_us": 3,
       "table": [[0.4, 0.4], [0.2, 0.2]]}]
  }]
})json";

/// What was known of it before: only where rules are, and why.
constexpr const char *kBase = R"json({
  "format": 1, "name": "base", "title": "the base", "architecture": "sm_0",
  "libraries": {"lib": "0"}, "reference": {"batch": 1, "sequence": 128},
  "sizes": [32, 64],
  "rules": [
    {"id": "k", "role": "K", "dtypes": ["bf16", "f16"], "on": "size",
     "source": "known", "tiers": [
       {"multiple": 8, "full_speed": true},
       {"multiple": 1, "cause": "K is slow"}]},
    {"id": "n", "role": "N", "dtypes": ["bf16", "f16"], "on": "size",
     "source": "known", "tiers": [
       {"multiple": 8, "full_speed": true},
       {"multiple": 1, "cause": "N is slow"}]},
    {"id": "heads", "role": "head_dim", "dtypes": ["bf16", "f16"],
     "on": "size", "source": "known", "tiers": [
       {"multiple": 8, "full_speed": true},
       {"multiple": 1, "cause": "heads are slow"}]},
    {"id": "channels", "role": "channel", "dtypes": ["bf16"], "on": "size",
     "source": "known", "tiers": [
       {"multiple": 8, "full_speed": true},
       {"multiple": 1, "cause": "channels are slow"}]}]
})json";

Target parse(const char *text) {
  return llvm::cantFail(parseTarget(text, "test.json"));
}

/// What the machine would take, give or take some percent that depend on the
/// point alone.
Samples measureAll(const Target &machine, bool quick = false,
                   double noise = 0) {
  Samples samples;
  samples.environment.gpu = "Known GPU";
  samples.environment.capability = 90;
  samples.environment.multiprocessors = machine.multiprocessors;
  samples.environment.cublasLt = "130100";
  samples.environment.version = "0.1.0";
  std::vector<const Sweep *> sweeps;
  for (const Sweep &sweep : getSweeps())
    sweeps.push_back(&sweep);
  unsigned number = 0;
  for (const Point &point : orderPoints(sweeps, quick)) {
    Sample sample;
    sample.point = point;
    sample.ran = "kernel";
    double time = 0;
    if (const auto *launch = std::get_if<LaunchPoint>(&point.what))
      time = machine.launch * (launch->overlaps ? 1 : 2);
    else
      time = predict(machine, point).value();
    time *= 1 + noise * std::sin(7.0 * ++number);
    sample.us = tools::getSpread({time});
    sample.launches = 1;
    samples.samples.push_back(sample);
  }
  return samples;
}

const Rule &getRule(const Target &target, llvm::StringRef id) {
  return *llvm::find_if(target.rules,
                        [&](const Rule &rule) { return rule.id == id; });
}

/// Odd products are a library's, which takes longer to start: with small sizes
/// on both sides that is most of their time, and no sweep has such.
TEST(Fit, FixedTimesAreOfWhoComputes) {
  constexpr double longer = 3;
  Target machine = parse(kMachine), base = parse(kBase);
  auto isOurs = [](const ProductPoint &product) {
    return product.k % 8 == 0 && product.n % 8 == 0;
  };
  Samples samples = measureAll(machine);
  for (Sample &sample : samples.samples)
    if (const auto *product = std::get_if<ProductPoint>(&sample.point.what)) {
      sample.ran = isOurs(*product) ? "gemv" : "cublaslt";
      if (!isOurs(*product))
        sample.us = tools::getSpread({sample.us.median + longer});
    }
  Target found = llvm::cantFail(fit(samples, base)).target;
  for (int64_t n : {256, 333, 512})
    for (int64_t k : {299, 304, 573}) {
      Point point;
      ProductPoint product = ProductPoint::make(runtime::DType::BF16, 8, n, k);
      point.what = product;
      double takes = *predict(machine, point) + (isOurs(product) ? 0 : longer);
      EXPECT_NEAR(*predict(found, point) / takes, 1, 0.1) << n << " x " << k;
    }
}

TEST(Fit, FindsAKnownMachine) {
  Target machine = parse(kMachine), base = parse(kBase);
  Samples samples = measureAll(machine);
  FitResult result = llvm::cantFail(fit(samples, base));
  const Target &found = result.target;
  EXPECT_NEAR(found.launch, 0.7, 1e-6);
  EXPECT_NEAR(*found.bandwidth, 3e12, 0.03e12);
  // What a product reached: none reached the machine's own.
  EXPECT_GT(*found.peak[0], 3.8e14);
  EXPECT_LT(*found.peak[0], 5e14);
  EXPECT_EQ(found.multiprocessors, 100);
  EXPECT_EQ(found.architecture, "sm_90");
  const Rule &k = getRule(found, "k"), &heads = getRule(found, "heads");
  EXPECT_NEAR(k.getFixed(k.getTier(1), 8), 1.5, 0.5);
  EXPECT_NEAR(heads.getFixed(heads.getTier(1), 1), 3, 0.1);

  // The tiers, and none that tells apart what is alike.
  auto getMultiples = [&](llvm::StringRef id, bool fullSpeed) {
    std::vector<int64_t> multiples;
    for (const Tier &tier : getRule(found, id).tiers)
      if (tier.fullSpeed == fullSpeed)
        multiples.push_back(tier.multiple);
    return multiples;
  };
  EXPECT_EQ(getMultiples("k", true), std::vector<int64_t>({4}));
  EXPECT_EQ(getMultiples("k", false), std::vector<int64_t>({1}));
  EXPECT_EQ(getMultiples("n", true), std::vector<int64_t>({16}));
  EXPECT_EQ(getMultiples("n", false), std::vector<int64_t>({2, 1}));
  EXPECT_EQ(getRule(found, "heads").getFullSpeedMultiple(), 8);
  EXPECT_EQ(getRule(found, "n").tiers.back().cause, "N is slow");
  // What was not measured stays as it was.
  EXPECT_FALSE(getRule(found, "channels").isMeasured());
  EXPECT_EQ(getRule(found, "channels").source, "known");

  Evaluation evaluation = evaluate(samples, found, {});
  EXPECT_GT(evaluation.heldOut.size(), 300u);
  EXPECT_GT(*evaluation.scores[0].rankCorrelation, 0.99);
  EXPECT_NEAR(evaluation.scores[0].ratio.median, 1, 0.05);
  EXPECT_GT(evaluation.scores[0].ratio.q1, 0.9);
  EXPECT_LT(evaluation.scores[0].ratio.q3, 1.15);
}

TEST(Fit, LargerMultiplesAreNoSlower) {
  // Multiples of 16 take longer than others of 4: the mean of both is known.
  std::string text = kMachine;
  std::string tier = "{\"multiple\": 4, \"full_speed\": true,";
  size_t at = text.find(tier);
  text.insert(at, "{\"multiple\": 16, \"full_speed\": true, \"table\": "
                  "[[0.4, 0.72], [0.24, 0.64], [0.4, 0.8]]},");
  FitResult result =
      llvm::cantFail(fit(measureAll(parse(text.c_str())), parse(kBase)));
  const Rule &rule = getRule(result.target, "k");
  ASSERT_EQ(rule.tiers.size(), 2u);
  EXPECT_EQ(rule.tiers[0].multiple, 4);
  EXPECT_EQ(rule.tiers[1].multiple, 1);
  auto getReached = [&](const Target &target) {
    return *target.getEfficiency(getRule(target, "k"), 0, 8192, 12288);
  };
  double slow = getReached(parse(text.c_str()));
  double fast = getReached(parse(kMachine));
  EXPECT_GT(fast, 1.2 * slow);
  EXPECT_GT(getReached(result.target), 1.05 * slow);
  EXPECT_LT(getReached(result.target), 0.97 * fast);
}

/// The known machine, but that a step of decoding takes 12 us besides where the
/// width of heads is no multiple of 8, and 2 us where it is one.
std::string getUnequalMachine() {
  std::string text = kMachine;
  auto replace = [&](size_t from, const std::string &what,
                     const std::string &by) {
    size_t at = text.find(what, from);
    EXPECT_NE(at, std::string::npos) << what;
    text.replace(at, what.size(), by);
  };
  size_t heads = text.find("\"heads\"");
  replace(heads, "\"fixed_us\": 3", "\"fixed_us\": [12, 3]");
  replace(heads, "\"multiple\": 8,", "\"multiple\": 8, \"fixed_us\": [2, 3],");
  return text;
}

TEST(Fit, TiersHaveFixedTimesOfTheirOwn) {
  Target machine = parse(getUnequalMachine().c_str());
  for (double noise : {0.0, 0.02}) {
    Samples samples = measureAll(machine, /*quick=*/false, noise);
    FitResult result = llvm::cantFail(fit(samples, parse(kBase)));
    const Rule &rule = getRule(result.target, "heads");
    EXPECT_EQ(rule.getFullSpeedMultiple(), 8);
    EXPECT_NEAR(rule.getFixed(rule.getTier(128), 1), 2, noise > 0 ? 0.4 : 0.1);
    EXPECT_NEAR(rule.getFixed(rule.getTier(107), 1), 12, noise > 0 ? 2 : 0.1);
    Evaluation evaluation = evaluate(samples, result.target, {});
    const auto &decode = evaluation.scores.back();
    EXPECT_EQ(decode.name, "decode");
    EXPECT_GT(*decode.rankCorrelation, 0.98);
    EXPECT_GT(decode.ratio.q1, 0.95);
    EXPECT_LT(decode.ratio.q3, 1.05);
  }
}

/// A larger multiple is one of a smaller, too: its fixed time is no longer.
TEST(Fit, FixedTimesOfLargerMultiplesAreNoLonger) {
  std::string text = getUnequalMachine();
  text.replace(text.find("[12, 3]"), 7, "[2, 3]");
  text.replace(text.find("[2, 3],"), 7, "[6, 3],");
  FitResult result =
      llvm::cantFail(fit(measureAll(parse(text.c_str())), parse(kBase)));
  const Rule &rule = getRule(result.target, "heads");
  double slow = rule.getFixed(rule.getTier(107), 1);
  double fast = rule.getFixed(rule.getTier(128), 1);
  EXPECT_EQ(fast, slow);
  EXPECT_GT(fast, 2.2);
  EXPECT_LT(fast, 5.8);
}

/// A tenth of the memory's speed: no step of decoding is next to no work, by
/// which all tiers would have a fixed time in common.
TEST(Fit, FixedTimesAreFoundWithoutOnesInCommon) {
  std::string text = getUnequalMachine();
  std::string fast = "\"bandwidth_gbps\": 3000";
  text.replace(text.find(fast), fast.size(), "\"bandwidth_gbps\": 300");
  Samples samples = measureAll(parse(text.c_str()));
  FitResult result = llvm::cantFail(fit(samples, parse(kBase)));
  const Rule &rule = getRule(result.target, "heads");
  EXPECT_NEAR(rule.getFixed(rule.getTier(128), 1), 2, 0.5);
  EXPECT_NEAR(rule.getFixed(rule.getTier(107), 1), 12, 0.5);
  Evaluation evaluation = evaluate(samples, result.target, {});
  const auto &decode = evaluation.scores.back();
  EXPECT_EQ(decode.name, "decode");
  EXPECT_GT(decode.ratio.q1, 0.95);
  EXPECT_LT(decode.ratio.q3, 1.1);
}

/// The sweep's blocks are those of no device in particular.
TEST(Fit, LaunchesAreThoseOfTheMultiprocessors) {
  Samples samples = measureAll(parse(kMachine));
  for (Sample &sample : samples.samples)
    if (const auto *launch = std::get_if<LaunchPoint>(&sample.point.what))
      sample.us = tools::getSpread(
          {launch->overlaps ? 1 + std::log2(double(launch->blocks)) : 100});
  auto getLaunch = [&](int64_t multiprocessors) {
    samples.environment.multiprocessors = multiprocessors;
    return llvm::cantFail(fit(samples, parse(kBase))).target.launch;
  };
  EXPECT_NEAR(getLaunch(132), 1 + std::log2(132), 1e-6);
  EXPECT_NEAR(getLaunch(108), 1 + std::log2(108), 1e-6);
}

TEST(Fit, BearsNoiseAndAQuickProfile) {
  Target machine = parse(kMachine);
  Samples samples = measureAll(machine, /*quick=*/true, /*noise=*/0.02);
  FitResult result = llvm::cantFail(fit(samples, parse(kBase)));
  EXPECT_EQ(getRule(result.target, "k").getFullSpeedMultiple(), 4);
  EXPECT_EQ(getRule(result.target, "n").getFullSpeedMultiple(), 16);
  // All points that a whole profile would have held out.
  Evaluation evaluation = evaluate(measureAll(machine), result.target, {});
  EXPECT_GT(*evaluation.scores[0].rankCorrelation, 0.97);
  EXPECT_NEAR(evaluation.scores[0].ratio.median, 1, 0.1);
}

TEST(Fit, DoesNotLookAtWhatIsHeldOut) {
  Target machine = parse(kMachine), base = parse(kBase);
  Samples samples = measureAll(machine);
  std::string before = printTarget(llvm::cantFail(fit(samples, base)).target);
  for (Sample &sample : samples.samples)
    if (isHeldOut(sample))
      sample.us.median *= 3;
  EXPECT_EQ(printTarget(llvm::cantFail(fit(samples, base)).target), before);
}

TEST(Fit, WritesWhatCanBeRead) {
  FitResult result =
      llvm::cantFail(fit(measureAll(parse(kMachine)), parse(kBase)));
  std::string text = printTarget(result.target);
  Target again = llvm::cantFail(parseTarget(text, "again.json"));
  EXPECT_EQ(printTarget(again), text);
}

TEST(Fit, SaysWhatIsMissing) {
  Target base = parse(kBase);
  Samples samples = measureAll(parse(kMachine));
  auto keep = [&](auto isKept) {
    Samples some = samples;
    some.samples.clear();
    for (const Sample &sample : samples.samples)
      if (isKept(sample))
        some.samples.push_back(sample);
    return fit(some, base);
  };
  auto nothing = keep([](const Sample &) { return false; });
  ASSERT_FALSE(nothing);
  EXPECT_EQ(llvm::toString(nothing.takeError()),
            "there is no measurement of memory of 64 MiB or more, by which a "
            "target's bandwidth is known");
  auto memory = keep([](const Sample &sample) {
    return std::holds_alternative<MemoryPoint>(sample.point.what);
  });
  ASSERT_FALSE(memory);
  EXPECT_EQ(llvm::toString(memory.takeError()),
            "there is no measurement of a product in bf16, by which a target's "
            "peak is known");
  FitResult partial = llvm::cantFail(keep([](const Sample &sample) {
    return !std::holds_alternative<AttentionPoint>(sample.point.what) &&
           !std::holds_alternative<LaunchPoint>(sample.point.what);
  }));
  EXPECT_EQ(partial.notes,
            std::vector<std::string>(
                {"launches were not measured: launch_us is the base's",
                 "rule heads: nothing was measured; it is the base's"}));
}

TEST(Surface, CompletesBySumsOfLogarithms) {
  Surface surface({1, 4, 16}, {10, 100});
  // Rows double, columns are ten times apart.
  surface.values = {{1, 10}, {2, std::nullopt}, {4, 40}};
  EXPECT_NEAR(surface.complete()[1][1], 20, 0.01);
  // A line without anything lies between its neighbours.
  surface.values = {{1, 10}, {std::nullopt, std::nullopt}, {4, 40}};
  EXPECT_NEAR(surface.complete()[1][0], 2, 0.01);
  EXPECT_EQ(surface.complete()[2][1], 40);
  // Half of the way, and beyond.
  surface.values = {{1, 10}, {2, 20}, {4, 40}};
  auto other = surface.completeAt({5, 1000});
  EXPECT_EQ(other[0], std::vector<double>({1, 10}));
  EXPECT_NEAR(surface.completeAt({32})[1][0], 6.4, 0.1);
}

} // namespace
