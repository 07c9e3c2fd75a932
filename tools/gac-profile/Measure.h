//===- Measure.h - Measuring a profile --------------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_TOOLS_GAC_PROFILE_MEASURE_H
#define GAC_TOOLS_GAC_PROFILE_MEASURE_H

#include "Progress.h"
#include "Samples.h"

namespace gac::profile {

struct MeasureOptions {
  int device = 0;
  /// The file of samples. One that is there is gone on with.
  std::string output;
  /// Replace the file instead.
  bool overwrite = false;
  /// Measure what the file has, too; what it had stays until then.
  bool again = false;
  /// After so many seconds no further measurement begins.
  double limitSeconds = 0;
};

struct MeasureReport {
  size_t wanted = 0, done = 0, refused = 0;
  /// Of those, what the file had before.
  size_t found = 0;
  double seconds = 0;
};

/// Measures points in their order, and writes the file every few seconds, as a
/// whole each time: whatever ends the program, what was measured stays. Errors
/// are a file that is not one of samples or was measured in another
/// environment, and all that a device fails at.
runtime::Result<MeasureReport> measure(const std::vector<Point> &points,
                                       const MeasureOptions &options,
                                       tools::Progress &progress);

} // namespace gac::profile

#endif // GAC_TOOLS_GAC_PROFILE_MEASURE_H
