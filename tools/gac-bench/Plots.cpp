//===- Plots.cpp - The figures as drawings ----------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Plots.h"

#include "Format.h"
#include "PredictionPlot.h"
#include "Svg.h"

#include <algorithm>

using namespace gac::bench;
using namespace gac::tools;
using Anchor = Svg::Anchor;

static const char *const barColour = "#0072B2";
static const char *const gridColour = "#DDDDDD";
static const char *const lineColour = "#222222";

static constexpr double barStep = 40, barHeight = 24, titleHeight = 50;
static constexpr double axisHeight = 50, plotWidth = 560, valueWidth = 180;

namespace {
struct Unit {
  const char *name;
  double microseconds;
};
} // namespace

static Unit pickUnit(double microseconds) {
  if (microseconds < 1e3)
    return {"us", 1};
  return microseconds < 1e6 ? Unit{"ms", 1e3} : Unit{"s", 1e6};
}

static std::string formatTick(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%g", value);
  return text;
}

/// Room for the longest name.
static double getNameWidth(const CaseSummary &summary) {
  size_t most = 0;
  for (const PackageSummary &each : summary.packages)
    most = std::max(most, countCharacters(shorten(each.name, 40)));
  return 20 + 7 * static_cast<double>(most);
}

namespace {
/// Horizontal bars of times, one per package.
class BarChart {
public:
  BarChart(const CaseSummary &summary, double longest, double legendHeight,
           const std::string &title, const std::string &axis)
      : left(getNameWidth(summary)), top(titleHeight + legendHeight),
        bottom(top + barStep * static_cast<double>(summary.packages.size())),
        unit(pickUnit(longest)),
        svg(left + plotWidth + valueWidth, bottom + axisHeight) {
    svg.text(left, 26, title, Anchor::Start, 16);
    std::vector<double> ticks = getTicks(0, longest / unit.microseconds, 6);
    high = ticks.back() * unit.microseconds;
    for (double tick : ticks) {
      double x = getX(tick * unit.microseconds);
      svg.line(x, top, x, bottom, gridColour);
      svg.text(x, bottom + 18, formatTick(tick), Anchor::Middle);
    }
    svg.line(left, bottom, left + plotWidth, bottom, lineColour);
    svg.text(left + plotWidth / 2, bottom + 38, axis + " (" + unit.name + ")",
             Anchor::Middle);
    for (size_t i = 0; i < summary.packages.size(); ++i)
      svg.text(left - 8, getMiddle(i) + 4,
               shorten(summary.packages[i].name, 40), Anchor::End);
  }

  double getX(double time) const { return left + plotWidth * time / high; }
  double getMiddle(size_t bar) const {
    return top + barStep * (static_cast<double>(bar) + 0.5);
  }
  void bar(size_t number, double from, double to, const char *colour) {
    svg.rectangle(getX(from), getMiddle(number) - barHeight / 2,
                  std::max(getX(to) - getX(from), 0.0), barHeight, colour);
  }
  void value(size_t number, const std::string &text) {
    svg.text(left + plotWidth + 10, getMiddle(number) + 4, text);
  }

  double left, top, bottom;
  Unit unit;
  double high = 1;
  Svg svg;
};
} // namespace

/// The families, and the gaps where they are drawn.
static std::vector<std::string> getGroups(bool withGaps) {
  return {familyNames.begin(),
          familyNames.begin() + static_cast<int>(familyCount + withGaps)};
}

std::string gac::bench::plotTimes(const CaseSummary &summary) {
  double longest = 0;
  for (const PackageSummary &each : summary.packages)
    longest = std::max(longest, each.time.q3);
  BarChart chart(summary, longest, 0, summary.name + ": time per replay",
                 "median, with quartiles");
  for (size_t i = 0; i < summary.packages.size(); ++i) {
    const PackageSummary &each = summary.packages[i];
    chart.bar(i, 0, each.time.median, barColour);
    double y = chart.getMiddle(i), low = chart.getX(each.time.q1),
           high = chart.getX(each.time.q3);
    chart.svg.line(low, y, high, y, lineColour, 1.5);
    for (double x : {low, high})
      chart.svg.line(x, y - 5, x, y + 5, lineColour, 1.5);
    std::string text = formatTime(each.time.median);
    if (i > 0)
      text += ", speed-up " + formatNumber(each.speedup, 2);
    chart.value(i, text);
  }
  return chart.svg.finish();
}

std::string gac::bench::plotFamilies(const CaseSummary &summary) {
  double longest = 0;
  for (const PackageSummary &each : summary.packages) {
    double sum = 0;
    for (size_t family = 0; family < familyCount; ++family)
      sum += each.families[family];
    longest = std::max({longest, sum, each.time.median});
  }
  BarChart chart(summary, longest, 24, summary.name + ": time by family",
                 "operations timed alone");
  double end =
      addLegend(chart.svg, chart.left, titleHeight + 4, getGroups(true));
  chart.svg.line(end + 4, titleHeight - 7, end + 4, titleHeight + 7, lineColour,
                 2);
  chart.svg.text(end + 12, titleHeight + 4, "replayed as one graph");
  for (size_t i = 0; i < summary.packages.size(); ++i) {
    const PackageSummary &each = summary.packages[i];
    double from = 0;
    for (size_t family = 0; family < familyCount; ++family) {
      chart.bar(i, from, from + each.families[family], groupColours[family]);
      from += each.families[family];
    }
    double gaps = each.families[familyCount];
    if (gaps > 0)
      chart.bar(i, from, from + gaps, groupColours[familyCount]);
    double x = chart.getX(each.time.median), y = chart.getMiddle(i);
    chart.svg.line(x, y - barHeight / 2 - 4, x, y + barHeight / 2 + 4,
                   lineColour, 2);
    chart.value(i, "launch gaps " + formatTime(gaps));
  }
  return chart.svg.finish();
}

std::string gac::bench::plotPredictions(const CaseSummary &summary) {
  std::vector<PredictionField> fields;
  for (const PackageSummary &package : summary.packages) {
    PredictionField field;
    field.title = shorten(package.name, 30);
    if (package.rankCorrelation)
      field.title +=
          ", rank correlation " + formatNumber(*package.rankCorrelation, 3);
    for (const OpSummary &op : package.ops)
      field.points.push_back(
          {op.time, op.facts.predictedUs, static_cast<size_t>(op.facts.family),
           std::to_string(op.index) + " " + op.facts.what + ": measured " +
               formatTime(op.time) + ", predicted " +
               formatTime(op.facts.predictedUs)});
    fields.push_back(std::move(field));
  }
  return tools::plotPredictions(
      summary.name + ": predicted and measured time by operation",
      getGroups(false), fields);
}
