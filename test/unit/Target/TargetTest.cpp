//===- TargetTest.cpp - target files and their errors --------- -*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Target/Target.h"
#include "gac/Target/CostModel.h"
#include "gtest/gtest.h"
#include <cmath>

using namespace gac;

namespace {

/// A small target with one measured rule; each test breaks one thing in it.
constexpr const char *kText = R"json({
  "format": 1, "name": "toy", "title": "a toy", "architecture": "sm_0",
  "libraries": {"lib": "1.0"}, "measured": "on paper",
  "reference": {"batch": 2, "sequence": 128},
  "sizes": [32, 64],
  "peak_tflops": {"bf16": 1}, "bandwidth_gbps": 1000, "launch_us": 2,
  "regimes": [{"name": "small", "rows": [1, 8]}, {"name": "large"}],
  "rules": [{
    "id": "k", "role": "K", "dtypes": ["bf16"], "on": "size", "source": "here",
    "tiers": [
      {"multiple": 16, "full_speed": true, "efficiency": {"large": 0.9}},
      {"multiple": 8, "full_speed": true,
       "efficiency": {"small": 0.5, "large": 0.8}},
      {"multiple": 1, "cause": "odd", "efficiency": {"small": 0.25, "large": 0.1}}
    ]}]
})json";

/// The error that `text` gives, with `from` replaced by `to` in it.
/// What is wrong with `text`, one part of which is another.
std::string getError(std::string text, llvm::StringRef from,
                     llvm::StringRef to) {
  size_t at = text.find(from.str());
  EXPECT_NE(at, std::string::npos) << from.str();
  text.replace(at, from.size(), to.str());
  auto target = parseTarget(text, "toy.json");
  if (target)
    return "no error";
  return llvm::toString(target.takeError());
}
std::string getError(llvm::StringRef from, llvm::StringRef to) {
  return getError(kText, from, to);
}

TEST(Target, ReadsTiersAndEfficiencies) {
  Target target = llvm::cantFail(parseTarget(kText, "toy.json"));
  ASSERT_EQ(target.rules.size(), 1u);
  const Rule &rule = target.rules[0];
  EXPECT_EQ(rule.getTier(32), 0u);
  EXPECT_EQ(rule.getTier(24), 1u);
  EXPECT_EQ(rule.getTier(20), 2u);
  EXPECT_EQ(rule.getFullSpeedMultiple(), 8);
  EXPECT_TRUE(rule.isFullSpeed(24));
  EXPECT_FALSE(rule.isFullSpeed(12));
  EXPECT_EQ(target.getEfficiency(rule, 2, 1, 7), 0.25);
  EXPECT_EQ(target.getEfficiency(rule, 2, 9, 7), 0.1);
  // Sixteen was not measured for few rows: it counts as eight.
  EXPECT_EQ(target.getEfficiency(rule, 0, 1, 16), 0.5);
  EXPECT_EQ(target.getBestTier(rule, 1, 16), 1u);
  EXPECT_EQ(target.getBestTier(rule, 100, 16), 0u);
  EXPECT_TRUE(target.isMeasured(DType::BF16));
  EXPECT_FALSE(target.isMeasured(DType::F32));
  EXPECT_TRUE(target.getRules(Role::N, DType::BF16).empty());
}

TEST(Target, PredictsTheRoofline) {
  Target target = llvm::cantFail(parseTarget(kText, "toy.json"));
  // 1e9 flops at 1 TFLOP/s are 1 ms, 1e6 bytes at 1 TB/s are 1 us; the launch
  // adds 2 us.
  EXPECT_EQ(predictTime(target, DType::BF16, {1000000000, 1000000}, 1),
            1002000000);
  EXPECT_EQ(predictTime(target, DType::BF16, {0, 1000000}, 0.5), 4000000);
  EXPECT_EQ(predictTime(target, DType::F32, {1, 1}, 1), 0);
}

TEST(Target, ShippedTargetsLoad) {
  ASSERT_EQ(getBuiltinTargetNames(),
            llvm::ArrayRef<llvm::StringRef>({"a100", "h100", "h200"}));
  for (llvm::StringRef name : getBuiltinTargetNames()) {
    auto target = loadTarget(name);
    ASSERT_TRUE(!!target) << llvm::toString(target.takeError());
    EXPECT_EQ(target->name, name.str());
    EXPECT_EQ(target->sizes,
              (std::vector<int64_t>{32, 64, 96, 112, 128, 160, 192, 224, 256}));
    EXPECT_EQ(target->reference.batch, 1);
    EXPECT_EQ(target->reference.sequence, 1024);
    // Every role but M is ruled in every type; only h200 is measured, and that
    // in no type of integers.
    for (DType dtype : kAllDTypes) {
      EXPECT_EQ(target->isMeasured(dtype),
                name == "h200" && dtype != DType::I8);
      for (Role role : {Role::K, Role::N, Role::Channel})
        EXPECT_FALSE(target->getRules(role, dtype).empty())
            << name.str() << " " << stringifyRole(role).str();
    }
  }
}

TEST(Target, H200KeepsTheMeasuredRatios) {
  Target target = llvm::cantFail(loadTarget("h200"));
  auto getRatio = [&](Role role, int64_t rows, int64_t fast, int64_t slow) {
    const Rule &rule = *target.getRules(role, DType::BF16)[0];
    return *target.getEfficiency(rule, rule.getTier(fast), rows, fast) /
           *target.getEfficiency(rule, rule.getTier(slow), rows, slow);
  };
  // At 4088, 4094 and 4095 179.9, 493.5 and 953.7 us; 180.9, 489.4 and 975.4 us
  // (benchmarks/h200-profile.json). Of K, larger multiples measure less, and
  // tiers share the mean.
  EXPECT_NEAR(getRatio(Role::K, 4096, 4088, 4094), 2.7, 0.1);
  EXPECT_NEAR(getRatio(Role::K, 4096, 4088, 4095), 5.3, 0.15);
  EXPECT_NEAR(getRatio(Role::N, 4096, 4088, 4094), 2.7, 0.1);
  EXPECT_NEAR(getRatio(Role::N, 4096, 4088, 4095), 5.4, 0.1);
  // Eight rows, at 2040, 2046 and 2047: 6.7, 14.6 and 17.3 us, less a launch of
  // 0.5 and what is fixed, 1 of our kernel and 3 of cuBLASLt.
  EXPECT_NEAR(getRatio(Role::K, 8, 2040, 2046), 2.2, 0.15);
  EXPECT_NEAR(getRatio(Role::K, 8, 2040, 2047), 2.7, 0.15);
}

TEST(Target, OneRowHasNoDistanceToTheNext) {
  llvm::Expected<Target> target = loadTarget("h200");
  ASSERT_TRUE(bool(target));
  auto reached = [&](int64_t rows, Role role, int64_t stride) {
    SizeUse use{role, 4096, stride};
    return getEfficiency(*target, DType::BF16, rows, use).efficiency;
  };
  EXPECT_EQ(reached(1, Role::K, 4097), reached(1, Role::K, 4096));
  EXPECT_LT(reached(8, Role::K, 4097), 0.8 * reached(8, Role::K, 4096));
  // Rows of weights there are many of.
  EXPECT_LT(reached(1, Role::N, 4097), 0.8 * reached(1, Role::N, 4096));
}

TEST(Target, ErrorsNamePlaceAndValue) {
  EXPECT_EQ(getError("\"format\": 1", "\"format\": 4"),
            "target file 'toy.json': format: expected 1 or 3, got 4");
  EXPECT_EQ(getError("\"format\": 1", "\"format\": 2"),
            "target file 'toy.json': format: 2 counted blocks of attention in "
            "another way, so that its tables are not comparable: make the "
            "target again from its measurements, by 'gac profile'");
  EXPECT_EQ(getError("\"name\": \"toy\"", "\"name\": 3"),
            "target file 'toy.json': name: expected a text that is not empty, "
            "got 3");
  EXPECT_EQ(getError("\"title\"", "\"titel\""),
            "target file 'toy.json': titel: no such field; known are format, "
            "name, title, architecture, libraries, measured, reference, sizes, "
            "peak_tflops, bandwidth_gbps, launch_us, multiprocessors, regimes, "
            "rules");
  EXPECT_EQ(getError("\"batch\": 2", "\"batch\": 0"),
            "target file 'toy.json': reference.batch: expected a whole number "
            "from 1 to 2^40, got 0");
  EXPECT_EQ(getError("\"bandwidth_gbps\": 1000,",
                     "\"bandwidth_gbps\": 1000, \"multiprocessors\": 65537,"),
            "target file 'toy.json': multiprocessors: expected a whole number "
            "from 1 to 2^16, got 65537");
  EXPECT_EQ(getError("[32, 64]", "[64, 32]"),
            "target file 'toy.json': sizes[1]: expected a size above the one "
            "before it, got 32");
  EXPECT_EQ(getError("\"bf16\": 1", "\"bf16\": -1"),
            "target file 'toy.json': peak_tflops.bf16: expected a positive "
            "number, got -1");
  EXPECT_EQ(
      getError("[1, 8]", "[8, 1]"),
      "target file 'toy.json': regimes[0].rows: expected a lower end that "
      "is not above the upper end, got [8,1]");
  EXPECT_EQ(getError("\"large\"}", "\"small\"}"),
            "target file 'toy.json': regimes[1]: a second regime of the name "
            "'small'");
  EXPECT_EQ(getError("\"K\"", "\"Q\""),
            "target file 'toy.json': rules[0].role: expected M, N, K, head_dim "
            "or channel, got \"Q\"");
  EXPECT_EQ(getError("\"on\": \"size\"", "\"on\": \"shape\""),
            "target file 'toy.json': rules[0].on: expected size, stride or "
            "offset, got \"shape\"");
  EXPECT_EQ(getError("[\"bf16\"]", "[\"fp8\"]"),
            "target file 'toy.json': rules[0].dtypes[0]: expected bf16, f16, "
            "f32 or int8, got \"fp8\"");
  EXPECT_EQ(getError("\"multiple\": 8", "\"multiple\": 6"),
            "target file 'toy.json': rules[0].tiers[1].multiple: expected a "
            "proper divisor of the multiple before it, 16, got 6");
  EXPECT_EQ(getError("\"multiple\": 1,", "\"multiple\": 2,"),
            "target file 'toy.json': rules[0].tiers[2].multiple: the last tier "
            "holds every value: expected 1, got 2");
  EXPECT_EQ(getError("\"cause\": \"odd\", ", ""),
            "target file 'toy.json': rules[0].tiers[2].cause: expected a text "
            "that is not empty, got nothing");
  EXPECT_EQ(getError("0.25", "1.5"),
            "target file 'toy.json': rules[0].tiers[2].efficiency.small: "
            "expected a number above 0 and at most 1, got 1.5");
  EXPECT_EQ(getError("\"large\": 0.9", "\"huge\": 0.9"),
            "target file 'toy.json': rules[0].tiers[0].efficiency.huge: no "
            "regime of that name");
  EXPECT_EQ(getError("\"bandwidth_gbps\": 1000, ", ""),
            "target file 'toy.json': rules[0]: efficiencies for bf16 need "
            "peak_tflops.bf16 and bandwidth_gbps");
  EXPECT_NE(getError("}", "").find("target file 'toy.json' is not JSON: "),
            std::string::npos);
}

/// A target whose rule has tables.
constexpr const char *kTables = R"json({
  "format": 3, "name": "toy", "title": "a toy", "architecture": "sm_0",
  "libraries": {"lib": "1.0"}, "reference": {"batch": 2, "sequence": 128},
  "sizes": [32, 64], "peak_tflops": {"bf16": 1}, "bandwidth_gbps": 1000,
  "launch_us": 2,
  "rules": [{
    "id": "k", "role": "K", "dtypes": ["bf16"], "on": "size", "source": "here",
    "grid": {"rows": [1, 100], "sizes": [64, 256, 1024]},
    "tiers": [
      {"multiple": 16, "full_speed": true},
      {"multiple": 8, "full_speed": true,
       "table": [[0.1, 0.2, 0.4], [0.4, 0.8, 1]]},
      {"multiple": 1, "cause": "odd", "fixed_us": 3,
       "table": [[0.1, 0.1, 0.1], [0.1, 0.1, 0.1]]}
    ]}]
})json";

TEST(Target, InterpolatesTables) {
  Target target = llvm::cantFail(parseTarget(kTables, "toy.json"));
  const Rule &rule = target.rules[0];
  // At the points, half-way between them in logarithms, and beyond.
  EXPECT_NEAR(*target.getEfficiency(rule, 1, 1, 256), 0.2, 1e-9);
  EXPECT_NEAR(*target.getEfficiency(rule, 1, 1, 128), std::sqrt(0.02), 1e-9);
  EXPECT_NEAR(*target.getEfficiency(rule, 1, 10, 256), 0.4, 1e-9);
  EXPECT_NEAR(*target.getEfficiency(rule, 1, 1000, 4096), 1, 1e-9);
  EXPECT_NEAR(*target.getEfficiency(rule, 1, 1, 8), 0.1, 1e-9);
  EXPECT_NEAR(*target.getEfficiency(rule, 2, 7, 77), 0.1, 1e-9);
  // Sixteen was not measured: it counts as eight.
  EXPECT_NEAR(*target.getEfficiency(rule, 0, 1, 256), 0.2, 1e-9);
  EXPECT_EQ(target.getBestTier(rule, 1, 256), 1u);
  EXPECT_TRUE(rule.isMeasured());

  // 1 ms over 0.2, what a product takes besides, and the launch.
  Work work{1000000000, 0};
  SizeUse use{Role::K, 256, std::nullopt, 0};
  EXPECT_NEAR(double(predictTime(target, DType::BF16, work,
                                 getEfficiency(target, DType::BF16, 1, use))),
              5005e6, 10);
}

/// Two rules of products, each with what the other reaches at its own sizes.
std::string getProductsText() {
  std::string text = kTables;
  auto replace = [&](const std::string &from, const std::string &to) {
    text.replace(text.find(from), from.size(), to);
  };
  replace("[64, 256, 1024]}", "[64, 256, 1024], \"other\": 1024}");
  replace("\"fixed_us\": 3", "\"fixed_us\": [1, 5]");
  std::string other = text.substr(text.find("{\n    \"id\""));
  other = other.substr(0, other.rfind(']'));
  other.replace(other.find("\"id\": \"k\""), 9, "\"id\": \"n\"");
  other.replace(other.find("\"role\": \"K\""), 11, "\"role\": \"N\"");
  text.insert(text.rfind(']'), ", " + other);
  return text;
}

TEST(Target, SizesOfAProductShareWhatTheyCost) {
  Target target = llvm::cantFail(parseTarget(getProductsText(), "toy.json"));
  auto getReach = [&](int64_t n, int64_t k) {
    SizeUse uses[] = {{Role::K, k, std::nullopt, 0},
                      {Role::N, n, std::nullopt, 0}};
    return getEfficiency(target, DType::BF16, 1, uses).efficiency;
  };
  // 0.4 at the grid's own sizes; half of that for one of them, or for both.
  EXPECT_NEAR(getReach(1024, 1024), 0.4, 1e-9);
  EXPECT_NEAR(getReach(256, 1024), 0.2, 1e-9);
  EXPECT_NEAR(getReach(1024, 256), 0.2, 1e-9);
  EXPECT_NEAR(getReach(256, 256), 0.1, 1e-9);
  // The fixed time by rows, which is the last tier's: the others have none.
  for (unsigned tier : {0, 1, 2}) {
    EXPECT_NEAR(target.rules[0].getFixed(tier, 1), 1, 1e-9);
    EXPECT_NEAR(target.rules[0].getFixed(tier, 10), 3, 1e-9);
    EXPECT_NEAR(target.rules[0].getFixed(tier, 1000), 5, 1e-9);
  }
}

TEST(Target, ProductsOfALaunchAreAsFastAsOne) {
  Target target = llvm::cantFail(parseTarget(getProductsText(), "toy.json"));
  auto getTime = [&](const std::vector<std::pair<int64_t, int64_t>> &products) {
    std::vector<ProductUse> uses;
    for (auto [n, k] : products) {
      // 1 ms at the peak for 256 x 256.
      Work work{static_cast<int64_t>(1e9 * double(n * k) / 65536), 0};
      uses.push_back(
          {work, {Role::K, k, std::nullopt, 0}, {Role::N, n, std::nullopt, 0}});
    }
    return double(predictLaunch(target, DType::BF16, 1, uses));
  };
  // The launch, what it takes besides, and 1 ms over 0.1: see above.
  EXPECT_NEAR(getTime({{256, 256}}), (1 + 2 + 10e3) * 1e6, 10);
  // Four at the speed of 1024 x 256, with one launch.
  std::vector<std::pair<int64_t, int64_t>> four(4, {256, 256});
  EXPECT_NEAR(getTime(four), (1 + 2 + 20e3) * 1e6, 10);
  EXPECT_NEAR(getTime(four), getTime({{1024, 256}}), 10);
  // What is narrow beside what is wide has as much to share its launch with.
  EXPECT_NEAR(getTime({{256, 256}, {192, 1024}}),
              (1 + 2 + 1e3 / 0.2 + 3e3 / 0.2) * 1e6, 10);
  // Its own tier stays.
  EXPECT_GT(getTime({{257, 256}, {256, 256}}),
            1.2 * getTime({{256, 256}, {256, 256}}));
}

/// kTables, but that eight has fixed times of its own.
std::string getTiersText() {
  std::string text = kTables;
  auto replace = [&](const std::string &from, const std::string &to) {
    size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
  };
  replace("\"multiple\": 8, ", "\"multiple\": 8, \"fixed_us\": [1, 3], ");
  replace("\"fixed_us\": 3,", "\"fixed_us\": 9,");
  return text;
}

TEST(Target, TiersHaveFixedTimes) {
  Target target = llvm::cantFail(parseTarget(getTiersText(), "toy.json"));
  const Rule &rule = target.rules[0];
  EXPECT_NEAR(rule.getFixed(1, 1), 1, 1e-9);
  EXPECT_NEAR(rule.getFixed(1, 10), 2, 1e-9);
  EXPECT_NEAR(rule.getFixed(2, 10), 9, 1e-9);
  // Sixteen has none: it counts as eight.
  EXPECT_NEAR(rule.getFixed(0, 10), 2, 1e-9);

  // Without work, what is fixed and the launch are left, by the use's tier.
  auto getTime = [&](int64_t size) {
    SizeUse use{Role::K, size, std::nullopt, 0};
    return predictTime(target, DType::BF16, Work(),
                       getEfficiency(target, DType::BF16, 100, use));
  };
  EXPECT_EQ(getTime(256), 5000000);
  EXPECT_EQ(getTime(264), 5000000);
  EXPECT_EQ(getTime(257), 11000000);
  // The slowest of several uses decides.
  SizeUse uses[] = {{Role::K, 257, std::nullopt, 0},
                    {Role::K, 256, std::nullopt, 0}};
  EXPECT_NEAR(getEfficiency(target, DType::BF16, 100, uses).fixed, 9, 1e-9);

  std::string text = printTarget(target);
  EXPECT_NE(text.find("\"format\": 3"), std::string::npos);
  EXPECT_NE(text.find("\"fixed_us\": [1, 3]"), std::string::npos);
  EXPECT_NE(text.find("\"fixed_us\": 9"), std::string::npos);
  Target again = llvm::cantFail(parseTarget(text, "again.json"));
  EXPECT_EQ(printTarget(again), text);
  for (unsigned tier : {0, 1, 2})
    EXPECT_EQ(again.rules[0].tiers[tier].fixed, rule.tiers[tier].fixed);
}

TEST(Target, ErrorsOfFixedTimesNamePlaceAndValue) {
  auto getFixedError = [](llvm::StringRef from, llvm::StringRef to) {
    return getError(getTiersText(), from, to);
  };
  EXPECT_EQ(getFixedError("[1, 3]", "[1, -3]"),
            "target file 'toy.json': rules[0].tiers[1].fixed_us[1]: expected a "
            "positive number, got -3");
  EXPECT_EQ(getFixedError("[1, 3]", "[1]"),
            "target file 'toy.json': rules[0].tiers[1].fixed_us: expected a "
            "time for each of the grid's rows, 2, got 1");
  EXPECT_EQ(getFixedError("\"fixed_us\": 9", "\"fixed_us\": \"9\""),
            "target file 'toy.json': rules[0].tiers[2].fixed_us: expected a "
            "positive number, got \"9\"");
  EXPECT_EQ(getFixedError("\"fixed_us\": 9,", ""),
            "target file 'toy.json': rules[0].tiers[2]: the last tier holds "
            "every value: it needs a fixed_us, as others have one");
  // They are not the rule's.
  EXPECT_EQ(getFixedError("\"grid\"", "\"fixed_us\": 3, \"grid\""),
            "target file 'toy.json': rules[0].fixed_us: no such field; known "
            "are id, role, dtypes, on, tiers, source, grid");
}

TEST(Target, FewBlocksHaveATail) {
  Target target = llvm::cantFail(parseTarget(kTables, "toy.json"));
  target.multiprocessors = 100;
  Work work{1000000000, 0, 50};
  // 1 ms, twice that for the last of the blocks, and the launch.
  EXPECT_EQ(predictTime(target, DType::BF16, work, 1), 3002000000);
  work.blocks = 0;
  EXPECT_EQ(predictTime(target, DType::BF16, work, 1), 1002000000);
  // Targets of the first format were measured as they are.
  Target first = llvm::cantFail(parseTarget(kText, "toy.json"));
  work.blocks = 50;
  EXPECT_EQ(predictTime(first, DType::BF16, work, 1), 1002000000);

  EXPECT_EQ(getAttentionBlocks(32, 8, 1000, 1000), 32 * 8);
  EXPECT_EQ(getAttentionBlocks(32, 8, 1, 1000), 8 * 16);
  // Heads share a block if they share their keys, and as far as it has rows.
  EXPECT_EQ(getAttentionBlocks(32, 32, 1, 1000), 32 * 16);
  EXPECT_EQ(getAttentionBlocks(64, 2, 1, 1000), 2 * 2 * 16);
  EXPECT_EQ(getAttentionBlocks(1, 1, 1, 1), 1);
}

TEST(Target, PrintsWhatItReads) {
  for (llvm::StringRef name : getBuiltinTargetNames()) {
    std::string text = printTarget(llvm::cantFail(loadTarget(name)));
    Target again = llvm::cantFail(parseTarget(text, "again.json"));
    EXPECT_EQ(printTarget(again), text);
    EXPECT_EQ(again.rules.size(),
              llvm::cantFail(loadTarget(name)).rules.size());
  }
  std::string text =
      printTarget(llvm::cantFail(parseTarget(kTables, "toy.json")));
  EXPECT_NE(text.find("\"grid\": {\"rows\": [1, 100], "
                      "\"sizes\": [64, 256, 1024]}"),
            std::string::npos);
  EXPECT_NE(text.find("[0.4, 0.8, 1]"), std::string::npos);
  EXPECT_NE(text.find("\"fixed_us\": 3"), std::string::npos);
  EXPECT_EQ(printTarget(llvm::cantFail(parseTarget(text, "again.json"))), text);
}

TEST(Target, ErrorsOfTablesNamePlaceAndValue) {
  auto getTableError = [](llvm::StringRef from, llvm::StringRef to) {
    return getError(kTables, from, to);
  };
  EXPECT_EQ(getTableError("[[0.1, 0.2, 0.4],", "[[0.1, 0.2],"),
            "target file 'toy.json': rules[0].tiers[1].table[0]: expected an "
            "efficiency for each of the grid's sizes, 3, got 2");
  EXPECT_EQ(getTableError("[[0.1, 0.2, 0.4], ", "["),
            "target file 'toy.json': rules[0].tiers[1].table: expected a row "
            "for each of the grid's 2, got 1");
  EXPECT_EQ(getTableError("0.2", "0"),
            "target file 'toy.json': rules[0].tiers[1].table[0][1]: expected a "
            "number above 0 and at most 1, got 0");
  EXPECT_EQ(getTableError("[1, 100]", "[100, 1]"),
            "target file 'toy.json': rules[0].grid.rows[1]: expected a number "
            "above the one before it, got 1");
  EXPECT_EQ(getTableError("[1, 100]", "[]"),
            "target file 'toy.json': rules[0].grid.rows: expected one number "
            "at least, got []");
  EXPECT_EQ(
      getTableError(" \"grid\": {\"rows\": [1, 100], \"sizes\": [64, 256, "
                    "1024]},",
                    ""),
      "target file 'toy.json': rules[0].tiers[1].table: the rule has no "
      "grid for it");
  EXPECT_EQ(getTableError(",\n       \"table\": [[0.1, 0.1, 0.1], [0.1, 0.1, "
                          "0.1]]",
                          ""),
            "target file 'toy.json': rules[0].tiers[2]: the last tier holds "
            "every value: it needs a table for the grid");
  EXPECT_EQ(getTableError("\"format\": 3", "\"format\": 1"),
            "target file 'toy.json': rules[0].grid: no such field; known "
            "are id, role, dtypes, on, tiers, source");
}

TEST(Target, UnknownNamesListTheKnownOnes) {
  auto target = loadTarget("h300");
  ASSERT_FALSE(target);
  EXPECT_EQ(
      llvm::toString(target.takeError()),
      "unknown target 'h300': the built-in ones are a100, h100, h200; any "
      "other is named by its .json file");
  auto file = loadTarget("no/such/file.json");
  ASSERT_FALSE(file);
  EXPECT_EQ(llvm::toString(file.takeError()),
            "cannot read target file 'no/such/file.json': No such file or "
            "directory");
}

} // namespace
