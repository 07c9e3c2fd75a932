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
#include "Progress.h"
#include "Results.h"

namespace gac::bench {

/// Runs an experiment on its device. That all packages of a case fit into the
/// device's memory is checked before the first is loaded.
runtime::Result<ExperimentRun> measure(const Experiment &experiment,
                                       const Plan &plan,
                                       tools::Progress &progress);

} // namespace gac::bench

#endif // GAC_TOOLS_GAC_BENCH_MEASURE_H
