//===- Summary.cpp - What the samples say -----------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Summary.h"

#include <algorithm>

using namespace gac::bench;
using namespace gac::tools;
using gac::runtime::DeviceCeilings;

const std::array<const char *, familyCount + 1> gac::bench::familyNames = {
    "gemm", "attention", "elementwise", "movement", "launch gaps"};

double gac::bench::getLimit(double flops, double bytes,
                            const DeviceCeilings &ceilings) {
  double limit = 0;
  if (ceilings.flops > 0)
    limit = std::max(limit, 1e6 * flops / ceilings.flops);
  if (ceilings.getBytes() > 0)
    limit = std::max(limit, 1e6 * bytes / ceilings.getBytes());
  return limit;
}

static DeviceCeilings findCeilings(const std::vector<DeviceCeilings> &ceilings,
                                   gac::runtime::DType type) {
  for (const DeviceCeilings &each : ceilings)
    if (each.type == type)
      return each;
  return {};
}

static double divide(double number, double by) {
  return by > 0 ? number / by : 0;
}

/// The part of a summary that needs the operations' times.
static void addOps(const PackageRun &run, const DeviceCeilings &ceilings,
                   PackageSummary &summary) {
  if (run.opTimes.empty())
    return;
  std::vector<double> predicted, ratios;
  double sum = 0;
  for (size_t i = 0; i < run.ops.size(); ++i) {
    OpSummary op{run.ops[i], i, run.opTimes[i], 0};
    const OpFacts &facts = op.facts;
    op.limitShare =
        divide(getLimit(facts.flops, facts.bytes, ceilings), op.time);
    summary.families[static_cast<size_t>(facts.family)] += op.time;
    sum += op.time;
    predicted.push_back(facts.predictedUs);
    if (op.time > 0)
      ratios.push_back(facts.predictedUs / op.time);
    summary.ops.push_back(std::move(op));
  }
  summary.families[familyCount] = summary.time.median - sum;
  summary.rankCorrelation = getRankCorrelation(predicted, run.opTimes);
  summary.predictedRatio = getSpread(std::move(ratios));
}

static double getMedian(const std::vector<double> &samples) {
  return getSpread(samples).median;
}

CaseSummary gac::bench::summarize(const CaseRun &run,
                                  const std::vector<DeviceCeilings> &ceilings) {
  CaseSummary summary{run.name, run.entry, run.interleaved, {}};
  for (const PackageRun &each : run.packages) {
    PackageSummary package;
    package.name = each.name;
    package.type = each.type;
    package.positions = each.positions;
    package.plannedBytes = each.plannedBytes;
    package.usedBytes = each.usedBytes;
    std::vector<double> samples;
    for (const std::vector<double> &round : each.rounds)
      samples.insert(samples.end(), round.begin(), round.end());
    package.time = getSpread(std::move(samples));

    const PackageRun &baseline = run.packages.front();
    std::vector<double> ratios;
    for (size_t i = 0; i < std::min(each.rounds.size(), baseline.rounds.size());
         ++i)
      if (double median = getMedian(each.rounds[i]); median > 0)
        ratios.push_back(getMedian(baseline.rounds[i]) / median);
    package.roundSpeedup = getSpread(std::move(ratios));
    package.speedup =
        divide(summary.packages.empty() ? package.time.median
                                        : summary.packages.front().time.median,
               package.time.median);

    DeviceCeilings limits = findCeilings(ceilings, each.type);
    for (const OpFacts &op : each.ops) {
      package.flops += op.flops;
      package.bytes += op.bytes;
      package.predictedUs += op.predictedUs;
      package.limitUs += getLimit(op.flops, op.bytes, limits);
    }
    addOps(each, limits, package);
    summary.packages.push_back(std::move(package));
  }
  return summary;
}

std::vector<OpSummary> gac::bench::getSlowest(const PackageSummary &package,
                                              size_t most) {
  std::vector<OpSummary> ops = package.ops;
  std::sort(ops.begin(), ops.end(),
            [](const OpSummary &left, const OpSummary &right) {
              return left.time != right.time ? left.time > right.time
                                             : left.index < right.index;
            });
  ops.resize(std::min(ops.size(), most));
  return ops;
}
