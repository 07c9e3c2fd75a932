//===- Tiers.h - What tells multiples apart ---------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_TOOLS_FIT_TIERS_H
#define GAC_TOOLS_FIT_TIERS_H

#include "gac/Target/Target.h"

#include <map>

namespace gac::profile {

/// Microseconds by a count, of 1 at least: of rows, of blocks.
using TimesByCount = std::map<int64_t, double>;

/// At some count, in proportion of logarithms between those that are known; 0
/// where none is.
double getTimeAt(const TimesByCount &times, int64_t count);

/// Of a rule: an operation of so many rows, whose value is a multiple of so
/// much.
struct Observation {
  int64_t multiple, rows;
  /// The dimension's size, and the one around which it is one of several.
  int64_t size, about;
  /// Microseconds: of the work and of what is fixed; and the work's at the
  /// roofline.
  double time, roofline;
  /// Whether a library computed it, and no kernel of GAC's.
  bool isByLibrary;
};

/// Fixed times of operations with next to no work, by who computes them: those
/// that start faster are not all that a tier's operations may be.
struct CommonTimes {
  TimesByCount byKernel, byLibrary;

  /// Of so many rows, by what most of the observations with the closest number
  /// of rows were computed by.
  double getAt(llvm::ArrayRef<Observation> members, int64_t rows) const;
};

/// The rows and the sizes around which there are observations.
Grid makeGrid(llvm::ArrayRef<Observation> observations);

/// The tiers that the observations tell apart, by ascending multiple, with
/// tables and fixed times, but not which of them are of full speed and why the
/// others are not. `common` are the fixed times of tiers of which observations
/// do not tell their own. Some observation must be of multiple 1.
std::vector<Tier> makeTiers(llvm::ArrayRef<Observation> observations,
                            const Grid &grid, const CommonTimes &common);

} // namespace gac::profile

#endif // GAC_TOOLS_FIT_TIERS_H
