//===- ResultsFolder.h - Where results go -----------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_TOOLS_GAC_BENCH_RESULTSFOLDER_H
#define GAC_TOOLS_GAC_BENCH_RESULTSFOLDER_H

#include "Report.h"

#include <map>

namespace gac::bench {

/// Whether results may go to the folder, to be asked before anything is
/// measured: it does not exist, or is an earlier folder of results and
/// `overwrite` is set; and the folder that it is to lie in exists.
runtime::Status checkFolder(const std::string &folder, bool overwrite);

/// The files by name: config.json, env.json, raw.json, summary.json, plots/.
std::map<std::string, std::string>
makeFiles(const ExperimentRun &run, const std::vector<CaseSummary> &cases);

/// Writes files beside the folder and renames them into place as a whole. An
/// error leaves the folder as it was, or missing.
runtime::Status writeFolder(const std::string &folder,
                            const std::map<std::string, std::string> &files,
                            bool overwrite);

} // namespace gac::bench

#endif // GAC_TOOLS_GAC_BENCH_RESULTSFOLDER_H
