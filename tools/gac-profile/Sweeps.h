//===- Sweeps.h - Which points make a profile -------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_TOOLS_GAC_PROFILE_SWEEPS_H
#define GAC_TOOLS_GAC_PROFILE_SWEEPS_H

#include "Point.h"

namespace gac::profile {

/// Points that vary one thing. A sweep whose name begins with "held-out" is not
/// fitted to: predictions are compared with it.
struct Sweep {
  std::string name;
  /// One line for people.
  std::string about;
  std::vector<Point> points;
  /// The points of a quick profile are the first ones.
  size_t quick = 0;
};

/// All sweeps, in the order of docs/Profile.md.
const std::vector<Sweep> &getSweeps();

/// The points of these sweeps, each once, in the order to measure them in: so
/// that whenever time runs out, all sweeps are about equally complete. With
/// `quick` those of a quick profile only.
std::vector<Point> orderPoints(const std::vector<const Sweep *> &sweeps,
                               bool quick);

} // namespace gac::profile

#endif // GAC_TOOLS_GAC_PROFILE_SWEEPS_H
