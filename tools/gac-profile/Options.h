//===- Options.h - The command line of gac-profile --------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_TOOLS_GAC_PROFILE_OPTIONS_H
#define GAC_TOOLS_GAC_PROFILE_OPTIONS_H

#include "Experiments.h"
#include "Measure.h"
#include "Sweeps.h"

namespace gac::profile {

struct Options {
  MeasureOptions measure;
  /// Empty for all.
  std::vector<std::string> sweeps;
  /// Measured instead of sweeps; or null.
  const Experiment *experiment = nullptr;
  /// Where its plot goes.
  std::string plot;
  bool quick = false, dryRun = false, list = false;
  bool help = false, version = false;
};

extern const char *const helpText;

runtime::Result<Options> parseOptions(int argc, char **argv);

} // namespace gac::profile

#endif // GAC_TOOLS_GAC_PROFILE_OPTIONS_H
