//===- PredictionPlot.cpp - Predicted over measured time ------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PredictionPlot.h"

#include "Format.h"
#include "Svg.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

using namespace gac::tools;
using Anchor = Svg::Anchor;

static const char *const gridColour = "#DDDDDD";
static const char *const lineColour = "#222222";
static constexpr double fieldSize = 340, gap = 90, titleHeight = 50;
static constexpr double fieldTop = titleHeight + 50, axisHeight = 50;

namespace {
/// A square with logarithmic axes.
struct Field {
  double left, top, size, low, high;

  double getPlace(double value) const {
    return size * std::log10(value / low) / std::log10(high / low);
  }
  double getX(double value) const { return left + getPlace(value); }
  double getY(double value) const { return top + size - getPlace(value); }
};
} // namespace

static std::string formatPower(double power) {
  if (power < 1e-3 || power >= 1e6)
    return formatNumber(power, power < 1 ? 6 : 0);
  char text[32];
  std::snprintf(text, sizeof(text), "%g", power);
  return text;
}

static void addField(Svg &svg, const Field &field,
                     const std::vector<double> &powers,
                     const PredictionField &content) {
  double right = field.left + field.size, bottom = field.top + field.size;
  for (double power : powers) {
    svg.line(field.getX(power), field.top, field.getX(power), bottom,
             gridColour);
    svg.line(field.left, field.getY(power), right, field.getY(power),
             gridColour);
    svg.text(field.getX(power), bottom + 18, formatPower(power),
             Anchor::Middle);
    svg.text(field.left - 6, field.getY(power) + 4, formatPower(power),
             Anchor::End);
  }
  svg.line(field.left, bottom, right, bottom, lineColour);
  svg.line(field.left, field.top, field.left, bottom, lineColour);
  svg.line(field.left, bottom, right, field.top, lineColour);
  // Predictions that are wrong by a factor of two.
  double low = field.low, high = field.high;
  svg.line(field.getX(low), field.getY(2 * low), field.getX(high / 2),
           field.getY(high), lineColour, 1, /*dashed=*/true);
  svg.line(field.getX(2 * low), field.getY(low), field.getX(high),
           field.getY(high / 2), lineColour, 1, /*dashed=*/true);
  for (const PredictedPoint &point : content.points)
    if (point.measured > 0 && point.predicted > 0)
      svg.circle(field.getX(point.measured), field.getY(point.predicted), 4,
                 groupColours[point.group], point.hint);
  svg.text(field.left, field.top - 8, content.title);
  svg.text(field.left + field.size / 2, bottom + 38, "measured (us)",
           Anchor::Middle);
}

double gac::tools::addLegend(Svg &svg, double x, double y,
                             const std::vector<std::string> &names) {
  for (size_t i = 0; i < names.size(); ++i) {
    svg.rectangle(x, y - 10, 12, 12, groupColours[i]);
    svg.text(x + 17, y, names[i]);
    x += 36 + 7 * static_cast<double>(names[i].size());
  }
  return x;
}

std::string
gac::tools::plotPredictions(const std::string &title,
                            const std::vector<std::string> &groups,
                            const std::vector<PredictionField> &fields) {
  double low = 0, high = 0;
  for (const PredictionField &field : fields)
    for (const PredictedPoint &point : field.points)
      // A logarithm has no place for 0.
      for (double time : {point.measured, point.predicted})
        if (time > 0) {
          low = low > 0 ? std::min(low, time) : time;
          high = std::max(high, time);
        }
  if (high == 0)
    low = high = 1;
  std::vector<double> powers = getPowers(low, high);
  auto count = static_cast<double>(fields.size());
  Svg svg(gap + count * (fieldSize + gap), fieldTop + fieldSize + axisHeight);
  svg.text(gap, 26, title, Anchor::Start, 16);
  double end = addLegend(svg, gap, titleHeight + 4, groups);
  svg.line(end, titleHeight, end + 24, titleHeight, lineColour, 1,
           /*dashed=*/true);
  svg.text(end + 30, titleHeight + 4, "factor 2");
  for (size_t i = 0; i < fields.size(); ++i) {
    double left = gap + static_cast<double>(i) * (fieldSize + gap);
    addField(svg, {left, fieldTop, fieldSize, powers.front(), powers.back()},
             powers, fields[i]);
  }
  svg.text(28, fieldTop + fieldSize / 2, "predicted (us)", Anchor::Middle, 12,
           /*turned=*/true);
  return svg.finish();
}
