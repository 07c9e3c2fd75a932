//===- Plan.h - An experiment against its packages --------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_TOOLS_GAC_BENCH_PLAN_H
#define GAC_TOOLS_GAC_BENCH_PLAN_H

#include "Experiment.h"

#include "gac/Runtime/Runtime.h"

namespace gac::bench {

/// An entry of a package as a case measures it.
struct PlannedEntry {
  /// Into Plan::packages.
  size_t package = 0;
  /// Into Package::entries.
  size_t entry = 0;
  /// By each of the package's caches, in its order.
  std::vector<int64_t> positions;
  /// Sums over the operations, from the manifest.
  double flops = 0, bytes = 0, predictedUs = 0;
};

struct PlannedCase {
  std::vector<PlannedEntry> entries;
  /// Device memory of its packages together, or of the largest if they are
  /// measured one after another.
  int64_t memoryBytes = 0;
  /// Of all replays on the device.
  double predictedUs = 0;
};

/// An experiment whose packages, entries and positions fit each other. Cases
/// and packages are in the experiment's order.
struct Plan {
  std::vector<runtime::Package> packages;
  std::vector<PlannedCase> cases;

  const runtime::PackageEntry &getEntry(const PlannedEntry &planned) const {
    return packages[planned.package].entries[planned.entry];
  }
};

/// Opens and checks everything that can be without a device. The first thing
/// wrong is the error, in one sentence.
runtime::Result<Plan> makePlan(const Experiment &experiment);

/// What will be measured and what it is expected to take, for a reader.
std::string describePlan(const Experiment &experiment, const Plan &plan);

} // namespace gac::bench

#endif // GAC_TOOLS_GAC_BENCH_PLAN_H
