//===- PredictionPlot.h - Predicted over measured time ----------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_TOOLS_COMMON_PREDICTIONPLOT_H
#define GAC_TOOLS_COMMON_PREDICTIONPLOT_H

#include "Svg.h"

#include <array>
#include <cstddef>
#include <string>
#include <vector>

namespace gac::tools {

/// Colours that all readers can tell apart (Okabe and Ito's).
inline constexpr std::array<const char *, 5> groupColours = {
    "#0072B2", "#D55E00", "#009E73", "#E69F00", "#BBBBBB"};

/// Draws names beside their colours in one line; returns its end.
double addLegend(Svg &svg, double x, double y,
                 const std::vector<std::string> &names);

/// An operation, by its times in microseconds.
struct PredictedPoint {
  double measured = 0, predicted = 0;
  /// Below the number of colours.
  size_t group = 0;
  /// Shows where the pointer rests.
  std::string hint;
};

/// A square with points.
struct PredictionField {
  std::string title;
  std::vector<PredictedPoint> points;
};

/// An SVG file: a field beside the other, predicted over measured time in
/// powers of ten, with lines where both are equal and where they are twice the
/// other. Times of 0 have no place. The legend has the groups' names.
std::string plotPredictions(const std::string &title,
                            const std::vector<std::string> &groups,
                            const std::vector<PredictionField> &fields);

} // namespace gac::tools

#endif // GAC_TOOLS_COMMON_PREDICTIONPLOT_H
