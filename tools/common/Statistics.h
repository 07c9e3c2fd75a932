//===- Statistics.h - Medians, spreads, ranks -------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_TOOLS_COMMON_STATISTICS_H
#define GAC_TOOLS_COMMON_STATISTICS_H

#include <cstddef>
#include <optional>
#include <vector>

namespace gac::tools {

/// How samples lie; all 0 where there are none.
struct Spread {
  size_t count = 0;
  double min = 0, q1 = 0, median = 0, q3 = 0, max = 0;

  /// The interquartile range.
  double getRange() const { return q3 - q1; }
};

/// The value below which a share of the samples lies, between neighbours in
/// proportion (numpy's default); samples ascend and there is one at least.
double getQuantile(const std::vector<double> &sorted, double share);

Spread getSpread(std::vector<double> samples);

/// Places from 1; equal values share the mean of theirs.
std::vector<double> getRanks(const std::vector<double> &values);

/// Spearman's rank correlation, with ties. Nothing where there are fewer than
/// two pairs, or one side is all the same.
std::optional<double> getRankCorrelation(const std::vector<double> &left,
                                         const std::vector<double> &right);

/// Between what 95 of 100 such correlations lie of as many pairs, drawn from
/// these with replacement (Efron's bootstrap, by percentiles of 1000 draws that
/// are always the same). Nothing where there is no correlation.
struct Interval {
  double low = 0, high = 0;
};
std::optional<Interval>
getRankCorrelationInterval(const std::vector<double> &left,
                           const std::vector<double> &right);

} // namespace gac::tools

#endif // GAC_TOOLS_COMMON_STATISTICS_H
