//===- Options.h - gac-run's command line -----------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_TOOLS_GAC_RUN_OPTIONS_H
#define GAC_TOOLS_GAC_RUN_OPTIONS_H

#include "gac/Runtime/Runtime.h"

#include <cstdint>
#include <map>
#include <vector>

/// In place of a cache's name.
constexpr const char *allCaches = "ALL";

/// What the command line asks for.
struct Options {
  bool help = false, version = false, list = false, synthetic = false;
  std::string package, entry, inputsFile, output;
  /// Tensor and file; cache, or allCaches, and position.
  std::vector<std::pair<std::string, std::string>> inputs;
  std::vector<std::pair<std::string, int64_t>> positions;
  /// A weight whose recipe is evaluated instead of running anything.
  std::string recipe;
  uint64_t seed = 0;
  int device = 0;
  /// Timed runs; 0 for a run without times.
  int64_t repeat = 0, warmup = 0;
  gac::runtime::CudnnUse cudnn = gac::runtime::CudnnUse::Auto;
};

/// The text of --help.
extern const char *const helpText;

/// Errors are about the command line.
gac::runtime::Result<Options> parseOptions(int argc, char **argv);

#endif // GAC_TOOLS_GAC_RUN_OPTIONS_H
