//===- Experiments.h - Questions that sweeps answer -------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The experiments of the GAC study, by its names, and the sizes that compressed
// models have.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_TOOLS_GAC_PROFILE_EXPERIMENTS_H
#define GAC_TOOLS_GAC_PROFILE_EXPERIMENTS_H

#include "Samples.h"

namespace gac::profile {

/// Points along one quantity.
struct Series {
  std::string label;
  /// Each with its value of the quantity.
  std::vector<std::pair<double, Point>> points;
};

struct Experiment {
  std::string name;
  /// One line for people.
  std::string about;
  /// What varies: the axis of the plot.
  std::string axis;
  std::vector<Series> series;

  /// All points, each once.
  std::vector<Point> getPoints() const;
};

/// In the order of docs/Profile.md.
const std::vector<Experiment> &getExperiments();

/// An SVG file: a line for each series, time over what varies; a mark's colour
/// says what ran.
std::string plotExperiment(const Experiment &experiment,
                           const Samples &samples);

} // namespace gac::profile

#endif // GAC_TOOLS_GAC_PROFILE_EXPERIMENTS_H
