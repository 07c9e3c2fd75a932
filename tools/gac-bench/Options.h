//===- Options.h - gac-bench's command line ---------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_TOOLS_GAC_BENCH_OPTIONS_H
#define GAC_TOOLS_GAC_BENCH_OPTIONS_H

#include "Experiment.h"

#include <optional>

namespace gac::bench {

/// What the command line asks for.
struct Options {
  bool help = false, version = false, dryRun = false, overwrite = false;
  /// A folder for results; a file for the summary, "-" for standard output.
  std::string output, json;
  /// A file with the experiment; `experiment` has what the command line says
  /// beside it.
  std::string experimentFile;
  /// Its cases have no entry where the command line names none.
  Experiment experiment;
  /// In place of what the file says; absent where the command line has none.
  std::optional<int64_t> device;
};

/// The text of --help.
extern const char *const helpText;

/// Errors are about the command line.
runtime::Result<Options> parseOptions(int argc, char **argv);

} // namespace gac::bench

#endif // GAC_TOOLS_GAC_BENCH_OPTIONS_H
