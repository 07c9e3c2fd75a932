//===- Statistics.cpp - Medians, spreads, ranks -----------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Statistics.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

using namespace gac::tools;

double gac::tools::getQuantile(const std::vector<double> &sorted,
                               double share) {
  double place = share * static_cast<double>(sorted.size() - 1);
  auto below = static_cast<size_t>(place);
  size_t above = std::min(below + 1, sorted.size() - 1);
  double part = place - static_cast<double>(below);
  return sorted[below] + part * (sorted[above] - sorted[below]);
}

Spread gac::tools::getSpread(std::vector<double> samples) {
  if (samples.empty())
    return {};
  std::sort(samples.begin(), samples.end());
  return {samples.size(),
          samples.front(),
          getQuantile(samples, 0.25),
          getQuantile(samples, 0.5),
          getQuantile(samples, 0.75),
          samples.back()};
}

std::vector<double> gac::tools::getRanks(const std::vector<double> &values) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t(0));
  std::sort(order.begin(), order.end(), [&](size_t left, size_t right) {
    return values[left] < values[right];
  });
  std::vector<double> ranks(values.size());
  for (size_t first = 0, last; first < order.size(); first = last) {
    for (last = first + 1;
         last < order.size() && values[order[last]] == values[order[first]];)
      ++last;
    // The mean of the places first + 1 to last.
    for (size_t i = first; i < last; ++i)
      ranks[order[i]] = static_cast<double>(first + 1 + last) / 2;
  }
  return ranks;
}

std::optional<double>
gac::tools::getRankCorrelation(const std::vector<double> &left,
                               const std::vector<double> &right) {
  if (left.size() != right.size() || left.size() < 2)
    return std::nullopt;
  std::vector<double> x = getRanks(left), y = getRanks(right);
  // Of ranks, with or without ties, the mean is known.
  double mean = static_cast<double>(x.size() + 1) / 2;
  double xx = 0, yy = 0, xy = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    xx += (x[i] - mean) * (x[i] - mean);
    yy += (y[i] - mean) * (y[i] - mean);
    xy += (x[i] - mean) * (y[i] - mean);
  }
  if (xx == 0 || yy == 0)
    return std::nullopt;
  return xy / std::sqrt(xx * yy);
}

std::optional<Interval>
gac::tools::getRankCorrelationInterval(const std::vector<double> &left,
                                       const std::vector<double> &right) {
  constexpr int draws = 1000;
  if (!getRankCorrelation(left, right))
    return std::nullopt;
  std::mt19937 random;
  std::vector<double> x(left.size()), y(left.size()), drawn;
  for (int draw = 0; draw < draws; ++draw) {
    for (size_t i = 0; i < x.size(); ++i) {
      size_t pair = random() % left.size();
      x[i] = left[pair];
      y[i] = right[pair];
    }
    // Of few pairs, one may be all that is drawn.
    if (std::optional<double> correlation = getRankCorrelation(x, y))
      drawn.push_back(*correlation);
  }
  std::sort(drawn.begin(), drawn.end());
  return Interval{getQuantile(drawn, 0.025), getQuantile(drawn, 0.975)};
}
