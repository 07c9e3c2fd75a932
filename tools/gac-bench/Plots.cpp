//===- Plots.cpp - The figures as drawings ----------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Plots.h"

#include "Format.h"
#include "Svg.h"

#include <algorithm>
#include <cmath>

using namespace gac::bench;
using namespace gac::tools;
using Anchor = Svg::Anchor;

/// Colours that all readers can tell apart (Okabe and Ito's), by family; the
/// gaps are grey.
static const char *const familyColours[familyCount + 1] = {
    "#0072B2", "#D55E00", "#009E73", "#E69F00", "#BBBBBB"};
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

/// Names of families beside their colours, in one line. Returns its end.
static double addLegend(Svg &svg, double x, double y, bool withGaps) {
  for (size_t i = 0; i < familyCount + withGaps; ++i) {
    svg.rectangle(x, y - 10, 12, 12, familyColours[i]);
    svg.text(x + 17, y, familyNames[i]);
    x += 36 + 7 * static_cast<double>(std::string(familyNames[i]).size());
  }
  return x;
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
  double end = addLegend(chart.svg, chart.left, titleHeight + 4, true);
  chart.svg.line(end + 4, titleHeight - 7, end + 4, titleHeight + 7, lineColour,
                 2);
  chart.svg.text(end + 12, titleHeight + 4, "replayed as one graph");
  for (size_t i = 0; i < summary.packages.size(); ++i) {
    const PackageSummary &each = summary.packages[i];
    double from = 0;
    for (size_t family = 0; family < familyCount; ++family) {
      chart.bar(i, from, from + each.families[family], familyColours[family]);
      from += each.families[family];
    }
    double gaps = each.families[familyCount];
    if (gaps > 0)
      chart.bar(i, from, from + gaps, familyColours[familyCount]);
    double x = chart.getX(each.time.median), y = chart.getMiddle(i);
    chart.svg.line(x, y - barHeight / 2 - 4, x, y + barHeight / 2 + 4,
                   lineColour, 2);
    chart.value(i, "launch gaps " + formatTime(gaps));
  }
  return chart.svg.finish();
}

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
  return power >= 1e-3 && power < 1e6 ? formatTick(power)
                                      : formatNumber(power, 6);
}

static void addField(Svg &svg, const Field &field,
                     const std::vector<double> &powers,
                     const PackageSummary &package) {
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
  for (const OpSummary &op : package.ops)
    if (op.time > 0 && op.facts.predictedUs > 0)
      svg.circle(field.getX(op.time), field.getY(op.facts.predictedUs), 4,
                 familyColours[static_cast<size_t>(op.facts.family)],
                 std::to_string(op.index) + " " + op.facts.what +
                     ": measured " + formatTime(op.time) + ", predicted " +
                     formatTime(op.facts.predictedUs));
  std::string name = shorten(package.name, 30);
  if (package.rankCorrelation)
    name += ", rank correlation " + formatNumber(*package.rankCorrelation, 3);
  svg.text(field.left, field.top - 8, name);
  svg.text(field.left + field.size / 2, bottom + 38, "measured (us)",
           Anchor::Middle);
}

std::string gac::bench::plotPredictions(const CaseSummary &summary) {
  double low = 0, high = 0;
  for (const PackageSummary &package : summary.packages)
    for (const OpSummary &op : package.ops)
      // A logarithm has no place for 0.
      for (double time : {op.time, op.facts.predictedUs})
        if (time > 0) {
          low = low > 0 ? std::min(low, time) : time;
          high = std::max(high, time);
        }
  if (high == 0)
    low = high = 1;
  std::vector<double> powers = getPowers(low, high);
  constexpr double size = 340, gap = 90, top = titleHeight + 50;
  auto count = static_cast<double>(summary.packages.size());
  Svg svg(gap + count * (size + gap), top + size + axisHeight);
  svg.text(gap, 26, summary.name + ": predicted and measured time by operation",
           Anchor::Start, 16);
  double end = addLegend(svg, gap, titleHeight + 4, false);
  svg.line(end, titleHeight, end + 24, titleHeight, lineColour, 1,
           /*dashed=*/true);
  svg.text(end + 30, titleHeight + 4, "factor 2");
  for (size_t i = 0; i < summary.packages.size(); ++i) {
    double left = gap + static_cast<double>(i) * (size + gap);
    addField(svg, {left, top, size, powers.front(), powers.back()}, powers,
             summary.packages[i]);
  }
  svg.text(28, top + size / 2, "predicted (us)", Anchor::Middle, 12,
           /*turned=*/true);
  return svg.finish();
}
