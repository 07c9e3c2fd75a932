//===- MadeUpRun.h - Samples that nobody measured ---------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_UNITTESTS_BENCH_MADEUPRUN_H
#define GAC_UNITTESTS_BENCH_MADEUPRUN_H

#include "Summary.h"

namespace gac::bench {

/// Two packages, "first" with three operations and "<second>" with two, whose
/// figures are easy to calculate with. The ceilings are 1e12 FLOP/s and 1e12
/// bytes/s, so that a microsecond is 1e6 of either.
inline ExperimentRun makeRun() {
  using Family = runtime::PackageOp::Family;
  ExperimentRun run;
  run.experiment.packages = {{"first", "a.gacpkg"}, {"<second>", "b.gacpkg"}};
  ExperimentCase asked;
  asked.name = "decode/1";
  asked.entry = "decode";
  asked.packages = {"first", "<second>"};
  asked.rounds = 2;
  asked.repeat = 3;
  run.experiment.cases = {asked};
  run.device.name = "Made-up GPU";
  run.device.cuda = "13.0";
  runtime::DeviceCeilings ceilings;
  ceilings.copyBytes = 0.5e12;
  ceilings.readBytes = 1e12;
  ceilings.flops = 1e12;
  ceilings.rows = 8192;
  run.ceilings = {ceilings};
  run.began = "2026-01-31T12:00:00Z";
  run.ended = "2026-01-31T12:00:01Z";

  CaseRun measured;
  measured.name = asked.name;
  measured.entry = asked.entry;
  measured.orders = {{0, 1}, {1, 0}};
  PackageRun first;
  first.name = "first";
  first.positions = {{"past", 5}};
  first.rounds = {{100, 98, 102}, {110, 108, 112}};
  first.ops = {{"gemm 1x2x3", Family::Gemm, {"q", "k"}, 40e6, 10e6, 50},
               {"attend", Family::Attention, {"a"}, 1e6, 15e6, 20},
               {"copy", Family::Movement, {}, 0, 2e6, 10}};
  first.opTimes = {80, 30, 5};
  first.plannedBytes = 1 << 20;
  first.usedBytes = 2 << 20;
  PackageRun second = first;
  second.name = "<second>";
  second.rounds = {{50, 49, 51}, {44, 43, 45}};
  second.ops.pop_back();
  second.opTimes = {30, 8};
  measured.packages = {first, second};
  run.cases = {measured};
  return run;
}

inline std::vector<CaseSummary> summarizeAll(const ExperimentRun &run) {
  std::vector<CaseSummary> summaries;
  for (const CaseRun &each : run.cases)
    summaries.push_back(summarize(each, run.ceilings));
  return summaries;
}

} // namespace gac::bench

#endif // GAC_UNITTESTS_BENCH_MADEUPRUN_H
