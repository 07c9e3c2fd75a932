//===- Measure.h - Running an experiment ------------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_TOOLS_GAC_BENCH_MEASURE_H
#define GAC_TOOLS_GAC_BENCH_MEASURE_H

#include "Plan.h"
#include "Results.h"

namespace gac::bench {

/// A line on a terminal's standard error that says how far things are; nothing
/// where that is no terminal.
class Progress {
public:
  Progress();
  ~Progress();
  Progress(const Progress &) = delete;
  Progress &operator=(const Progress &) = delete;

  /// How many steps there will be.
  void expect(int64_t steps) { total = steps; }
  /// Begins a step.
  void step(const std::string &what);

private:
  bool shown;
  int64_t done = 0, total = 0;
};

/// Runs an experiment on its device. That all packages of a case fit into the
/// device's memory is checked before the first is loaded.
runtime::Result<ExperimentRun> measure(const Experiment &experiment,
                                       const Plan &plan, Progress &progress);

} // namespace gac::bench

#endif // GAC_TOOLS_GAC_BENCH_MEASURE_H
