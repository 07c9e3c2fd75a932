//===- ReportTest.cpp - Tables, drawings and folders ------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MadeUpRun.h"

#include "Format.h"
#include "Plots.h"
#include "ResultsFolder.h"
#include "Svg.h"

#include "../Runtime/TestFiles.h"

#include <gtest/gtest.h>

#include <sys/stat.h>

using namespace gac::bench;
using namespace gac::tools;
using namespace gac::runtime;
using nlohmann::ordered_json;

namespace {

TEST(Format, Numbers) {
  EXPECT_EQ(formatTime(1.234), "1.23 us");
  EXPECT_EQ(formatTime(-8), "-8.00 us");
  EXPECT_EQ(formatTime(1234), "1234.0 us");
  EXPECT_EQ(formatTime(12345), "12.3 ms");
  EXPECT_EQ(formatTime(99.96), "100.0 us");
  EXPECT_EQ(formatTime(2.5e7), "25.0 s");
  EXPECT_EQ(formatBytes(1 << 20), "1.0 MiB");
  EXPECT_EQ(formatBytes(int64_t(3) << 29), "1.50 GiB");
  EXPECT_EQ(formatScaled(4.23e12, "B/s"), "4.23 TB/s");
  EXPECT_EQ(formatScaled(999.6, "B"), "1.00 kB");
  EXPECT_EQ(formatScaled(0, "FLOP"), "0.00 FLOP");
  EXPECT_EQ(formatPositions({}), "");
  EXPECT_EQ(formatPositions({{"a", 3}}), "a 3");
  EXPECT_EQ(formatPositions({{"a", 3}, {"b", 4}}), "a 3, b 4");
  EXPECT_EQ(formatPositions({{"a", 3}, {"b", 3}}), "all caches 3");
  EXPECT_EQ(formatCount(1, "round"), "1 round");
  EXPECT_EQ(formatCount(0, "round"), "0 rounds");
}

TEST(Format, TextTableCountsCharactersNotBytes) {
  EXPECT_EQ(shorten("größer als", 7), "größ...");
  EXPECT_EQ(shorten("größer", 6), "größer");
  TextTable table({"name", "value"});
  table.add({"ä", "1"});
  EXPECT_EQ(table.print(" "), " name  value\n ä         1\n");
}

/// The line of the report that begins with these words.
std::string findLine(const std::string &text, const std::string &start) {
  size_t place = text.find("\n" + start);
  EXPECT_NE(place, std::string::npos) << start << "\n" << text;
  if (place == std::string::npos)
    return "";
  return text.substr(place + 1, text.find('\n', place + 1) - place - 1);
}

TEST(Report, Tables) {
  ExperimentRun run = makeRun();
  run.ceilings[0].notes = {"reads were measured by hand"};
  std::string report = makeReport(run, summarizeAll(run));
  EXPECT_EQ(findLine(report, "ceilings"),
            "ceilings, bf16: copy 500 GB/s, read 1.00 TB/s, product of 8192 "
            "rows 1.00 TFLOP/s");
  EXPECT_NE(report.find("reads were measured by hand"), std::string::npos);
  EXPECT_EQ(findLine(report, "case"),
            "case decode/1, entry decode: 2 rounds of 3 replays, packages by "
            "turns; speed-up over first");
  EXPECT_EQ(findLine(report, "  positions"), "  positions filled: past 5");
  EXPECT_EQ(findLine(report, "  <second>"),
            "  <second>  47.00 us  44.25 us - 49.75 us  43.00 us     2.234  "
            "2.000 - 2.500   70.00 us   117.0 %  2.0 MiB  1.0 MiB");
  EXPECT_EQ(findLine(report, "  launch gaps"),
            "  launch gaps  -10.00 us  -9.5 %   9.00 us  19.1 %");
  EXPECT_EQ(findLine(report, "  0  gemm"),
            "  0  gemm 1x2x3  q k    80.00 us   50.00 us   500 G    125 G    "
            "50.0 %");
  EXPECT_EQ(findLine(report, "  predicted and measured, first"),
            "  predicted and measured, first: rank correlation 1.000 over 3 "
            "operations, ratio 0.67 (quartiles 0.65 - 1.33), as a whole 0.76");
  run.cases[0].interleaved = false;
  EXPECT_NE(
      makeReport(run, summarizeAll(run)).find("one package after another"),
      std::string::npos);
}

TEST(Report, Json) {
  ExperimentRun run = makeRun();
  ordered_json summary = makeSummary(run, summarizeAll(run));
  EXPECT_EQ(summary["version"], 1);
  const ordered_json &measured = summary["cases"][0];
  EXPECT_EQ(measured["baseline"], "first");
  const ordered_json &second = measured["packages"][1];
  EXPECT_EQ(second["us"]["median"], 47);
  EXPECT_EQ(second["families"]["launchGaps"], 9);
  EXPECT_EQ(second["positions"]["past"], 5);
  EXPECT_EQ(second["memory"]["usedBytes"], 2 << 20);
  EXPECT_EQ(second["ops"].size(), 2U);
  EXPECT_EQ(second["ops"][0]["nodes"][1], "k");
  EXPECT_EQ(second["ops"][0]["flopsPerSecond"], 40e6 * (1e6 / 30));
  ordered_json raw = makeRaw(run)["cases"][0];
  EXPECT_EQ(raw["order"][1], (std::vector<int>{1, 0}));
  EXPECT_EQ(raw["packages"][0]["rounds"][1][2], 112);
  EXPECT_EQ(raw["packages"][1]["ops"][1], 8);
  ordered_json environment = makeEnvironment(run);
  EXPECT_EQ(environment["device"]["name"], "Made-up GPU");
  EXPECT_TRUE(environment["driver"].is_null());
  EXPECT_TRUE(environment["clocks"][0]["before"].is_null());
  // A name that is no UTF-8 is no reason to write nothing.
  EXPECT_EQ(print({{"x", "a\xff"}}), "{\n \"x\": \"a\xef\xbf\xbd\"\n}\n");
}

TEST(Svg, Ticks) {
  EXPECT_EQ(getTicks(0, 47, 5), (std::vector<double>{0, 10, 20, 30, 40, 50}));
  EXPECT_EQ(getTicks(0, 0.3, 3).size(), 4U);
  EXPECT_EQ(getTicks(0, 0, 5).back(), 1);
  EXPECT_EQ(getPowers(0.5, 30), (std::vector<double>{0.1, 1, 10, 100}));
  EXPECT_EQ(getPowers(10, 10), (std::vector<double>{10, 100}));
}

size_t count(const std::string &text, const std::string &part) {
  size_t found = 0;
  for (size_t at = text.find(part); at != std::string::npos;
       at = text.find(part, at + 1))
    ++found;
  return found;
}

TEST(Plots, ShowWhatWasMeasured) {
  CaseSummary summary = summarizeAll(makeRun())[0];
  std::string times = plotTimes(summary);
  EXPECT_EQ(count(times, "&lt;second&gt;"), 1U);
  EXPECT_EQ(count(times, "<second>"), 0U);
  EXPECT_NE(times.find(">105.0 us<"), std::string::npos);
  EXPECT_NE(times.find("speed-up 2.23"), std::string::npos);
  EXPECT_NE(times.find("median, with quartiles (us)"), std::string::npos);
  std::string families = plotFamilies(summary);
  for (const char *name : familyNames)
    EXPECT_NE(families.find(std::string(">") + name + "<"), std::string::npos);
  // One point per operation with a time.
  std::string predictions = plotPredictions(summary);
  EXPECT_EQ(count(predictions, "<circle"), 5U);
  EXPECT_NE(predictions.find("gemm 1x2x3: measured 80.00 us, predicted 50.00"),
            std::string::npos);
  for (const std::string &each : {times, families, predictions}) {
    EXPECT_EQ(each.find("nan"), std::string::npos);
    EXPECT_EQ(each.find("inf"), std::string::npos);
    EXPECT_EQ(each.substr(each.size() - 7), "</svg>\n");
  }
}

TEST(Plots, NothingToShow) {
  ExperimentRun run = makeRun();
  for (PackageRun &package : run.cases[0].packages) {
    package.rounds = {{0}};
    package.opTimes.assign(package.ops.size(), 0);
  }
  CaseSummary summary = summarizeAll(run)[0];
  for (const std::string &each :
       {plotTimes(summary), plotFamilies(summary), plotPredictions(summary)}) {
    EXPECT_EQ(each.find("nan"), std::string::npos);
    EXPECT_EQ(each.find("inf"), std::string::npos);
  }
}

bool exists(const std::string &path) {
  struct stat info = {};
  return stat(path.c_str(), &info) == 0;
}

TEST(ResultsFolder, HasEverything) {
  TestFolder folder;
  ExperimentRun run = makeRun();
  auto files = makeFiles(run, summarizeAll(run));
  std::string path = folder.path + "/out";
  ASSERT_FALSE(writeFolder(path + "/", files, false));
  for (const char *name :
       {"config.json", "env.json", "raw.json", "summary.json",
        "plots/decode-1-times.svg", "plots/decode-1-families.svg",
        "plots/decode-1-predictions.svg"})
    EXPECT_TRUE(exists(path + "/" + name)) << name;
  // What was run can be run again, from anywhere.
  Result<Experiment> again =
      parseExperiment(files.at("config.json"), "config", "elsewhere");
  ASSERT_TRUE(again) << again.getStatus().getMessage();
  EXPECT_EQ(again->packages[0].path[0], '/');
  EXPECT_EQ(again->packages[0].path.find("elsewhere"), std::string::npos);
}

TEST(ResultsFolder, IsNeverLostByAccident) {
  TestFolder folder;
  std::string path = folder.path + "/out";
  std::map<std::string, std::string> files = {
      {"summary.json", "1"}, {"raw.json", "1"}, {"plots/a.svg", "1"}};
  ASSERT_FALSE(writeFolder(path, files, false));
  EXPECT_EQ(writeFolder(path, files, false).getMessage(),
            "'" + path + "' exists already (--overwrite replaces it)");
  files = {{"summary.json", "2"}, {"raw.json", "2"}};
  ASSERT_FALSE(writeFolder(path, files, true));
  EXPECT_FALSE(exists(path + "/plots/a.svg"));
  std::ifstream file(path + "/summary.json");
  EXPECT_EQ(file.get(), '2');
  // Nothing else is left beside it.
  size_t left = 0;
  for ([[maybe_unused]] const auto &each :
       std::filesystem::directory_iterator(folder.path))
    ++left;
  EXPECT_EQ(left, 1U);

  folder.write("file", "mine");
  EXPECT_EQ(checkFolder(folder.path + "/file", true).getMessage(),
            "'" + folder.path +
                "/file' is no folder of results, so --overwrite does not "
                "replace it");
  EXPECT_EQ(checkFolder(folder.path + "/no/out", false).getMessage(),
            "results cannot go to '" + folder.path + "/no/out': '" +
                folder.path + "/no' is no folder");
  EXPECT_TRUE(checkFolder(".", true));
}

} // namespace
