//===- Report.h - The figures as text and as JSON ---------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_TOOLS_GAC_BENCH_REPORT_H
#define GAC_TOOLS_GAC_BENCH_REPORT_H

#include "Summary.h"

namespace gac::bench {

/// The tables for a terminal.
std::string makeReport(const ExperimentRun &run,
                       const std::vector<CaseSummary> &cases);

/// The folder's files; docs/Measuring.md has their fields.
nlohmann::ordered_json makeEnvironment(const ExperimentRun &run);
nlohmann::ordered_json makeRaw(const ExperimentRun &run);
nlohmann::ordered_json makeSummary(const ExperimentRun &run,
                                   const std::vector<CaseSummary> &cases);

/// The document's text, a line of its own at the end included. What is no UTF-8
/// is replaced.
std::string print(const nlohmann::ordered_json &document);

} // namespace gac::bench

#endif // GAC_TOOLS_GAC_BENCH_REPORT_H
