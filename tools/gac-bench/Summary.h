//===- Summary.h - What the samples say -------------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Times are microseconds, rates per second. docs/Measuring.md says what each
// figure means.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_TOOLS_GAC_BENCH_SUMMARY_H
#define GAC_TOOLS_GAC_BENCH_SUMMARY_H

#include "Results.h"
#include "Statistics.h"

#include <array>

namespace gac::bench {

using tools::Spread;

/// The families of operations in PackageOp's order, then the launch gaps.
constexpr size_t familyCount = 4;
extern const std::array<const char *, familyCount + 1> familyNames;

struct OpSummary {
  OpFacts facts;
  /// Its place in the entry.
  size_t index = 0;
  double time = 0;
  /// What the device's ceilings allow at best, as a share of the time.
  double limitShare = 0;
};

struct PackageSummary {
  std::string name;
  runtime::DType type = runtime::DType::BF16;
  Positions positions;
  Spread time;
  /// The baseline's median over this one's: above 1 is faster. And the same
  /// round by round.
  double speedup = 1;
  Spread roundSpeedup;
  /// Sums over the operations.
  double flops = 0, bytes = 0, predictedUs = 0;
  /// The sum of what each operation needs at least at the ceilings.
  double limitUs = 0;
  int64_t plannedBytes = 0, usedBytes = 0;

  /// All operations, in order; empty where they were not measured alone, and
  /// so is the rest then.
  std::vector<OpSummary> ops;
  /// Time by family. The gaps are what the replayed graph's median has beyond
  /// the sum of the operations, and negative where it has less.
  std::array<double, familyCount + 1> families = {};
  /// Of predicted and measured times of operations.
  std::optional<double> rankCorrelation;
  /// Predicted over measured, by operation.
  Spread predictedRatio;
};

struct CaseSummary {
  std::string name, entry;
  bool interleaved = true;
  /// The first is the baseline.
  std::vector<PackageSummary> packages;
};

CaseSummary summarize(const CaseRun &run,
                      const std::vector<runtime::DeviceCeilings> &ceilings);

/// The slowest operations, slowest first.
std::vector<OpSummary> getSlowest(const PackageSummary &package, size_t most);

/// What so much work takes at least; ceilings that were not measured do not
/// bound.
double getLimit(double flops, double bytes,
                const runtime::DeviceCeilings &ceilings);

} // namespace gac::bench

#endif // GAC_TOOLS_GAC_BENCH_SUMMARY_H
