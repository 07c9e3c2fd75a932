//===- Results.h - What was measured ----------------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Samples as they were taken, apart from all that is derived from them
// (Summary.h). Times are microseconds.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_TOOLS_GAC_BENCH_RESULTS_H
#define GAC_TOOLS_GAC_BENCH_RESULTS_H

#include "Experiment.h"
#include "Format.h"

#include "gac/Runtime/Device.h"
#include "gac/Runtime/Package.h"

namespace gac::bench {

using tools::Positions;

/// What the manifest says of an operation.
struct OpFacts {
  /// "gemm 1024x4096x4096", a kernel's name, or "copy".
  std::string what;
  runtime::PackageOp::Family family = runtime::PackageOp::Family::Elementwise;
  std::vector<std::string> nodes;
  double flops = 0, bytes = 0, predictedUs = 0;
};

struct PackageRun {
  /// As the experiment calls it.
  std::string name;
  runtime::DType type = runtime::DType::BF16;
  /// Positions that were filled, by cache.
  Positions positions;
  /// Times of replays, by round.
  std::vector<std::vector<double>> rounds;
  /// As they were when each round had just ended.
  std::vector<std::optional<runtime::DeviceClocks>> clocks;
  std::vector<OpFacts> ops;
  /// The median time of each operation run by itself; empty where that was not
  /// asked for.
  std::vector<double> opTimes;
  /// Device memory by the manifest, and by how much the device's free memory
  /// shrank.
  int64_t plannedBytes = 0, usedBytes = 0;
};

struct CaseRun {
  std::string name, entry;
  /// Whether packages took turns, or ran one after another.
  bool interleaved = true;
  std::vector<PackageRun> packages;
  /// Which package was measured when, by round; into `packages`.
  std::vector<std::vector<size_t>> orders;
  std::optional<runtime::DeviceClocks> before, after;
};

struct ExperimentRun {
  Experiment experiment;
  runtime::DeviceInfo device;
  /// One for each element type that a package has.
  std::vector<runtime::DeviceCeilings> ceilings;
  std::vector<CaseRun> cases;
  /// UTC, as in "2026-01-31T12:00:00Z".
  std::string began, ended;
};

/// The facts of an operation of the package.
OpFacts getFacts(const runtime::PackageOp &op);

} // namespace gac::bench

#endif // GAC_TOOLS_GAC_BENCH_RESULTS_H
