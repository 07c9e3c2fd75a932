//===- ExperimentPlot.cpp - Time over what varies -------------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Experiments.h"

#include "Format.h"
#include "PredictionPlot.h"
#include "Svg.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>

using namespace gac::profile;
using namespace gac::tools;
using Anchor = Svg::Anchor;

static constexpr double left = 90, top = 84, width = 720, height = 380;
static const char *const gridColour = "#DDDDDD";
static const char *const lineColour = "#222222";
static const std::vector<std::string> ways = {"cublaslt", "gemv", "cudnn",
                                              "kernel"};

namespace {
struct Mark {
  double x, us;
  const Sample *sample;
};
/// Of the plot's area: x in proportion, or by logarithms where it spans much.
struct Area {
  double fromX, toX, fromY, toY;
  bool isLogarithmic;

  double getX(double x) const {
    double share = isLogarithmic ? std::log(x / fromX) / std::log(toX / fromX)
                                 : (x - fromX) / (toX - fromX);
    return left + width * share;
  }
  double getY(double us) const {
    return top + height - height * std::log(us / fromY) / std::log(toY / fromY);
  }
};
} // namespace

static std::string formatTick(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%g", value);
  return text;
}

static void drawAxes(Svg &svg, const Area &area, const std::string &axis) {
  double right = left + width, bottom = top + height;
  // 1, 2 and 5 times each power.
  for (double power : getPowers(area.fromY, area.toY))
    for (double step : {1.0, 2.0, 5.0}) {
      double us = power * step;
      if (us < area.fromY || us > area.toY)
        continue;
      svg.line(left, area.getY(us), right, area.getY(us), gridColour);
      svg.text(left - 6, area.getY(us) + 4, formatTick(us), Anchor::End);
    }
  std::vector<double> ticks;
  if (area.isLogarithmic) {
    double x = area.fromX;
    while (x <= area.toX * 1.001) {
      ticks.push_back(std::round(x));
      x *= 2;
    }
  } else {
    ticks = getTicks(area.fromX, area.toX, 8);
  }
  for (double x : ticks) {
    if (x < area.fromX || x > area.toX)
      continue;
    svg.line(area.getX(x), top, area.getX(x), bottom, gridColour);
    svg.text(area.getX(x), bottom + 18, formatTick(x), Anchor::Middle);
  }
  svg.line(left, bottom, right, bottom, lineColour);
  svg.line(left, top, left, bottom, lineColour);
  svg.text(left + width / 2, bottom + 38, axis, Anchor::Middle);
  svg.text(28, top + height / 2, "time (us)", Anchor::Middle, 12,
           /*turned=*/true);
}

std::string gac::profile::plotExperiment(const Experiment &experiment,
                                         const Samples &samples) {
  std::map<std::string, const Sample *> known;
  for (const Sample &sample : samples.samples)
    known.emplace(getKey(sample.point), &sample);
  std::vector<std::pair<std::string, std::vector<Mark>>> lines;
  Area area = {1e300, 0, 1e300, 0, false};
  for (const Series &series : experiment.series) {
    std::vector<Mark> marks;
    for (const auto &[x, point] : series.points) {
      auto it = known.find(getKey(point));
      if (it == known.end() || !it->second->isMeasured())
        continue;
      double us = it->second->us.median;
      marks.push_back({x, us, it->second});
      area.fromX = std::min(area.fromX, x);
      area.toX = std::max(area.toX, x);
      area.fromY = std::min(area.fromY, us / 1.2);
      area.toY = std::max(area.toY, us * 1.2);
    }
    lines.emplace_back(series.label, std::move(marks));
  }
  Svg svg(left + width + 320, top + height + 60);
  svg.text(left, 26, experiment.name + ": " + experiment.about, Anchor::Start,
           16);
  svg.text(left, 46, samples.environment.gpu + "; marks: what ran");
  addLegend(svg, left, 66, ways);
  if (area.toY == 0) {
    svg.text(left, top + 30, "nothing was measured");
    return svg.finish();
  }
  if (area.toX <= area.fromX)
    area.toX = area.fromX + 1;
  area.isLogarithmic = area.fromX > 0 && area.toX / area.fromX > 8;
  drawAxes(svg, area, experiment.axis);
  for (auto &[label, marks] : lines) {
    if (marks.empty())
      continue;
    for (size_t i = 1; i < marks.size(); ++i)
      svg.line(area.getX(marks[i - 1].x), area.getY(marks[i - 1].us),
               area.getX(marks[i].x), area.getY(marks[i].us), "#888888");
    for (const Mark &mark : marks) {
      size_t way =
          std::find(ways.begin(), ways.end(), mark.sample->ran) - ways.begin();
      svg.circle(area.getX(mark.x), area.getY(mark.us), 3,
                 groupColours[std::min(way, groupColours.size() - 1)],
                 getKey(mark.sample->point) + ", " + mark.sample->ran + ": " +
                     formatTime(mark.us));
    }
    svg.text(area.getX(marks.back().x) + 8, area.getY(marks.back().us) + 4,
             label);
  }
  return svg.finish();
}
