//===- Report.cpp - The figures for a terminal ------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Report.h"

#include "Format.h"

using namespace gac::bench;
using namespace gac::tools;
using gac::runtime::DeviceCeilings;

/// So many of the slowest operations are shown.
static constexpr size_t shownOps = 10;

static std::string formatPercent(double share) {
  return formatNumber(100 * share, 1) + " %";
}

static std::string describeDevice(const ExperimentRun &run) {
  const auto &device = run.device;
  std::string text = device.name + ", " + formatBytes(device.totalBytes) +
                     ", CUDA " + device.cuda;
  if (!device.driver.empty())
    text += ", driver " + device.driver;
  text += "\n";
  for (const DeviceCeilings &each : run.ceilings) {
    text += "ceilings, " + std::string(getName(each.type)) + ":";
    text += " copy " + formatScaled(each.copyBytes, "B/s");
    if (each.readBytes > 0)
      text += ", read " + formatScaled(each.readBytes, "B/s");
    if (each.flops > 0)
      text += ", product of " + std::to_string(each.rows) + " rows " +
              formatScaled(each.flops, "FLOP/s");
    text += "\n";
    for (const std::string &note : each.notes)
      text += "  " + note + "\n";
  }
  return text;
}

static std::string describeTimes(const CaseSummary &summary) {
  TextTable table({"package", "median", "quartiles", "fastest", "speed-up",
                   "by round", "predicted", "of limit", "memory", "planned"});
  for (const PackageSummary &each : summary.packages)
    table.add({each.name, formatTime(each.time.median),
               formatTime(each.time.q1) + " - " + formatTime(each.time.q3),
               formatTime(each.time.min), formatNumber(each.speedup, 3),
               formatNumber(each.roundSpeedup.min, 3) + " - " +
                   formatNumber(each.roundSpeedup.max, 3),
               formatTime(each.predictedUs),
               each.time.median > 0
                   ? formatPercent(each.limitUs / each.time.median)
                   : "",
               formatBytes(each.usedBytes), formatBytes(each.plannedBytes)});
  return table.print("  ");
}

static std::string describeFamilies(const CaseSummary &summary) {
  std::vector<std::string> header = {"family"};
  for (const PackageSummary &each : summary.packages) {
    header.push_back(each.name);
    header.emplace_back("");
  }
  TextTable table(header);
  for (size_t family = 0; family < familyNames.size(); ++family) {
    std::vector<std::string> row = {familyNames[family]};
    for (const PackageSummary &each : summary.packages) {
      bool known = !each.ops.empty() && each.time.median > 0;
      double time = each.families[family];
      row.push_back(known ? formatTime(time) : "");
      row.push_back(known ? formatPercent(time / each.time.median) : "");
    }
    table.add(std::move(row));
  }
  return table.print("  ");
}

static std::string describeOps(const PackageSummary &package) {
  TextTable table({"#", "operation", "nodes", "measured", "predicted", "FLOP/s",
                   "bytes/s", "of limit"});
  for (const OpSummary &op : getSlowest(package, shownOps)) {
    std::string nodes;
    for (const std::string &node : op.facts.nodes)
      nodes += (nodes.empty() ? "" : " ") + node;
    bool known = op.time > 0;
    table.add({std::to_string(op.index), shorten(op.facts.what, 32),
               shorten(nodes, 40), formatTime(op.time),
               formatTime(op.facts.predictedUs),
               known ? formatScaled(1e6 * op.facts.flops / op.time, "") : "",
               known ? formatScaled(1e6 * op.facts.bytes / op.time, "") : "",
               formatPercent(op.limitShare)});
  }
  return table.print("  ", {1, 2});
}

static std::string describePrediction(const PackageSummary &package) {
  std::string text = "  predicted and measured, " + package.name + ": ";
  text += package.rankCorrelation
              ? "rank correlation " + formatNumber(*package.rankCorrelation, 3)
              : "no rank correlation";
  text += " over " +
          formatCount(static_cast<int64_t>(package.ops.size()), "operation");
  const Spread &ratio = package.predictedRatio;
  text += ", ratio " + formatNumber(ratio.median, 2) + " (quartiles " +
          formatNumber(ratio.q1, 2) + " - " + formatNumber(ratio.q3, 2) + ")";
  if (package.time.median > 0)
    text += ", as a whole " +
            formatNumber(package.predictedUs / package.time.median, 2);
  return text + "\n";
}

std::string gac::bench::makeReport(const ExperimentRun &run,
                                   const std::vector<CaseSummary> &cases) {
  std::string text = describeDevice(run);
  for (size_t i = 0; i < cases.size(); ++i) {
    const CaseSummary &summary = cases[i];
    const ExperimentCase &asked = run.experiment.cases[i];
    text += "\ncase " + summary.name + ", entry " + summary.entry + ": " +
            formatCount(asked.rounds, "round") + " of " +
            formatCount(asked.repeat, "replay") +
            (summary.interleaved ? ", packages by turns"
                                 : ", one package after another") +
            "; speed-up over " + summary.packages.front().name + "\n";
    // At which context a step was measured says most about its time.
    std::string positions = formatPositions(summary.packages.front().positions);
    if (!positions.empty())
      text += "  positions filled: " + positions + "\n";
    text += describeTimes(summary);
    if (summary.packages.front().ops.empty())
      continue;
    text += "\n" + describeFamilies(summary);
    for (const PackageSummary &package : summary.packages)
      text += "\n  slowest operations of " + package.name + "\n" +
              describeOps(package);
    text += "\n";
    for (const PackageSummary &package : summary.packages)
      text += describePrediction(package);
  }
  return text;
}
