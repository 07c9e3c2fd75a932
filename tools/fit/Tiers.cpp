//===- Tiers.cpp - What tells multiples apart -----------------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// By the fixed times that all have in common, efficiencies tell which multiples
// differ. Then each tier has a fixed time of its own where its operations were
// measured with little work and with much, and efficiencies by that.
//
//===----------------------------------------------------------------------===//

#include "Tiers.h"

#include "Statistics.h"
#include "Surface.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

using namespace gac;
using namespace gac::profile;

/// Efficiencies that differ by less are the same, as measurements repeat.
static constexpr double sameTier = 0.04;
/// And so are fixed times, in microseconds.
static constexpr double sameFixedTime = 0.05;

double gac::profile::getTimeAt(const TimesByCount &times, int64_t count) {
  if (times.empty())
    return 0;
  auto high = times.lower_bound(count);
  if (high == times.end())
    return times.rbegin()->second;
  if (high == times.begin() || high->first == count)
    return high->second;
  auto low = std::prev(high);
  double share = std::log(double(count) / double(low->first)) /
                 std::log(double(high->first) / double(low->first));
  return low->second + share * (high->second - low->second);
}

double CommonTimes::getAt(llvm::ArrayRef<Observation> members,
                          int64_t rows) const {
  if (byKernel.empty() || byLibrary.empty())
    return getTimeAt(byKernel.empty() ? byLibrary : byKernel, rows);
  auto distance = [&](const Observation &each) {
    return std::abs(std::log(double(each.rows) / double(rows)));
  };
  double least = std::numeric_limits<double>::infinity();
  for (const Observation &each : members)
    least = std::min(least, distance(each));
  int64_t count = 0, libraries = 0;
  for (const Observation &each : members)
    if (distance(each) == least) {
      ++count;
      libraries += each.isByLibrary;
    }
  return getTimeAt(2 * libraries > count ? byLibrary : byKernel, rows);
}

/// What the observations have of something.
template <typename Get>
static std::vector<int64_t> collect(llvm::ArrayRef<Observation> observations,
                                    const Get &get) {
  std::set<int64_t> values;
  for (const Observation &each : observations)
    values.insert(get(each));
  return {values.begin(), values.end()};
}

Grid gac::profile::makeGrid(llvm::ArrayRef<Observation> observations) {
  Grid grid;
  grid.rows =
      collect(observations, [](const Observation &each) { return each.rows; });
  grid.sizes =
      collect(observations, [](const Observation &each) { return each.about; });
  return grid;
}

static double getEfficiency(const Observation &each,
                            const TimesByCount &fixed) {
  double time = each.time - getTimeAt(fixed, each.rows);
  // Faster than the parts that it is made of: as fast as can be.
  return time <= each.roofline ? 1 : each.roofline / time;
}

/// Efficiencies by rows and sizes.
static Surface makeSurface(const Grid &grid,
                           llvm::ArrayRef<Observation> members,
                           const TimesByCount &fixed) {
  Surface surface(grid.rows, collect(members, [](const Observation &each) {
                    return each.size;
                  }));
  std::map<std::pair<int64_t, int64_t>, std::vector<double>> cells;
  for (const Observation &each : members)
    cells[{each.rows, each.size}].push_back(getEfficiency(each, fixed));
  for (auto &[place, efficiencies] : cells) {
    size_t i =
        llvm::lower_bound(surface.rows, place.first) - surface.rows.begin();
    size_t j = llvm::lower_bound(surface.columns, place.second) -
               surface.columns.begin();
    surface.values[i][j] = tools::getSpread(std::move(efficiencies)).median;
  }
  return surface;
}

//===----------------------------------------------------------------------===//
// What is alike
//===----------------------------------------------------------------------===//

/// Whether differences of logarithms are none but what measurements vary by.
static bool areNone(std::vector<double> differences) {
  llvm::sort(differences);
  return tools::getQuantile(differences, 0.5) < sameTier / 2 &&
         tools::getQuantile(differences, 0.9) < 2 * sameTier;
}

/// Whether tiers say the same: in the rows that were measured at the same
/// sizes, if there are any.
static bool areAlike(const Surface &left, const Surface &right,
                     const Grid &grid) {
  auto a = left.completeAt(grid.sizes), b = right.completeAt(grid.sizes);
  auto countValues = [](const Surface &surface, size_t row) {
    return llvm::count_if(surface.values[row],
                          [](const auto &value) { return value.has_value(); });
  };
  std::vector<double> differences, inWholeRows;
  for (size_t i = 0; i < grid.rows.size(); ++i) {
    bool isWhole = countValues(left, i) >= int64_t(grid.sizes.size()) &&
                   countValues(right, i) >= int64_t(grid.sizes.size());
    for (size_t j = 0; j < grid.sizes.size(); ++j) {
      double difference = std::abs(std::log(a[i][j] / b[i][j]));
      differences.push_back(difference);
      if (isWhole)
        inWholeRows.push_back(difference);
    }
  }
  return areNone(inWholeRows.empty() ? differences : inWholeRows);
}

/// The same of tables and fixed times.
static bool areAlike(const Tier &left, const Tier &right) {
  for (auto [a, b] : llvm::zip(left.fixed, right.fixed))
    if (std::abs(std::log(a / b)) > 2 * sameTier &&
        std::abs(a - b) > sameFixedTime)
      return false;
  std::vector<double> differences;
  for (auto [a, b] : llvm::zip(left.table, right.table))
    for (auto [x, y] : llvm::zip(a, b))
      differences.push_back(std::abs(std::log(x / y)));
  return areNone(std::move(differences));
}

//===----------------------------------------------------------------------===//
// What ascends
//===----------------------------------------------------------------------===//

namespace {
/// Of one or more tiers, and a value that they share.
struct Pool {
  double sum, weight;
  size_t count = 1;
  double getMean() const { return sum / weight; }
};
} // namespace

/// A multiple of a larger power of two is one of a smaller, too, and no slower
/// for it. Where times say that it is slower, they vary, or the sizes that were
/// measured fill the device differently: from the smallest multiple on, tiers
/// whose values do not ascend share their mean.
static std::vector<double> makeAscending(llvm::ArrayRef<Pool> values) {
  std::vector<Pool> pools;
  for (const Pool &value : values) {
    pools.push_back(value);
    while (pools.size() > 1 &&
           pools.back().getMean() < pools[pools.size() - 2].getMean()) {
      Pool last = pools.back();
      pools.pop_back();
      pools.back().sum += last.sum;
      pools.back().weight += last.weight;
      pools.back().count += last.count;
    }
  }
  std::vector<double> means;
  for (const Pool &pool : pools)
    means.insert(means.end(), pool.count, pool.getMean());
  return means;
}

/// By tier, row and size of the grid: how much an efficiency weighs, which is
/// how often it was measured.
using Weights = std::vector<std::vector<std::vector<double>>>;

static void makeAscending(llvm::MutableArrayRef<Tier> tiers,
                          const Weights &weights, size_t i, size_t j) {
  std::vector<Pool> values;
  for (auto [tier, weight] : llvm::zip(tiers, weights))
    values.push_back({weight[i][j] * std::log(tier.table[i][j]), weight[i][j]});
  for (auto [tier, mean] : llvm::zip(tiers, makeAscending(values)))
    tier.table[i][j] = std::exp(mean);
}

/// How often each place of the grid was measured; next to never, if not at all.
static std::vector<std::vector<double>>
weigh(llvm::ArrayRef<Observation> members, const Grid &grid) {
  constexpr double least = 0.01;
  std::vector<std::vector<double>> weights(
      grid.rows.size(), std::vector<double>(grid.sizes.size(), least));
  for (const Observation &each : members)
    weights[llvm::lower_bound(grid.rows, each.rows) - grid.rows.begin()]
           [llvm::lower_bound(grid.sizes, each.about) - grid.sizes.begin()] +=
        1;
  return weights;
}

//===----------------------------------------------------------------------===//
// Fixed times
//===----------------------------------------------------------------------===//

/// The fixed time of operations of so many rows, which least squares of
/// relative errors find in time = fixed + roofline / efficiency, with an
/// efficiency for each size: as a sum and a weight, so that tiers can share it.
/// Of no weight where no size was measured with little work and with much.
static Pool findFixed(llvm::ArrayRef<Observation> members, int64_t rows) {
  constexpr double leastRange = 4;
  std::map<int64_t, std::vector<const Observation *>> bySize;
  for (const Observation &each : members)
    if (each.rows == rows && each.time > 0)
      bySize[each.size].push_back(&each);
  Pool pool{0, 0};
  for (auto &[size, same] : bySize) {
    auto [low, high] = std::minmax_element(
        same.begin(), same.end(), [](const auto *left, const auto *right) {
          return left->roofline < right->roofline;
        });
    if ((*high)->roofline < leastRange * (*low)->roofline)
      continue;
    double one = 0, work = 0, squares = 0, time = 0, product = 0;
    for (const Observation *each : same) {
      double weight = 1 / (each->time * each->time);
      one += weight;
      work += weight * each->roofline;
      squares += weight * each->roofline * each->roofline;
      time += weight * each->time;
      product += weight * each->roofline * each->time;
    }
    // The size's own slope leaves so much of both.
    pool.sum += time - work * product / squares;
    pool.weight += one - work * work / squares;
  }
  return pool;
}

/// Of each group of observations, the groups by ascending multiples.
static std::vector<TimesByCount>
findFixed(llvm::ArrayRef<std::vector<Observation>> groups, const Grid &grid,
          const CommonTimes &common) {
  std::vector<TimesByCount> fixed(groups.size());
  for (int64_t rows : grid.rows) {
    // Larger multiples are no slower: whoever computes a smaller one could.
    double least = std::numeric_limits<double>::infinity();
    for (auto [times, members] : llvm::zip(fixed, groups))
      times[rows] = least = std::min(least, common.getAt(members, rows));
    std::vector<Pool> values;
    for (const std::vector<Observation> &members : groups) {
      Pool value = findFixed(members, rows);
      // So what ascends is what is saved.
      value.sum = -value.sum;
      // What does not tell counts as the multiple that takes less to reach; and
      // if that is none, tiers' own times and what all have do not compare.
      if (value.weight > 0)
        values.push_back(value);
      else if (values.empty())
        break;
      else
        ++values.back().count;
    }
    if (!values.empty())
      for (auto [times, mean] : llvm::zip(fixed, makeAscending(values)))
        times[rows] = std::max(-mean, 0.0);
  }
  return fixed;
}

//===----------------------------------------------------------------------===//
// Tiers
//===----------------------------------------------------------------------===//

static double roundShare(double efficiency) {
  // Four digits are more than two runs share.
  double scale = std::pow(10, 4 - std::ceil(std::log10(efficiency)));
  return std::min(std::round(efficiency * scale) / scale, 1.0);
}

/// To a nanosecond.
static double roundTime(double microseconds) {
  return std::max(std::round(microseconds * 1000), 1.0) / 1000;
}

std::vector<Tier>
gac::profile::makeTiers(llvm::ArrayRef<Observation> observations,
                        const Grid &grid, const CommonTimes &common) {
  std::map<int64_t, std::vector<Observation>> byMultiple;
  for (const Observation &each : observations)
    byMultiple[each.multiple].push_back(each);
  // From below, so that a tier is kept only for what it adds to the one that
  // takes less to reach. What is alike is measured more often.
  std::vector<int64_t> multiples;
  std::vector<std::vector<Observation>> groups;
  std::optional<Surface> lowest;
  TimesByCount inCommon;
  for (int64_t rows : grid.rows)
    inCommon[rows] = common.getAt(observations, rows);
  for (auto &[multiple, members] : byMultiple) {
    Surface surface = makeSurface(grid, members, inCommon);
    if (lowest && areAlike(*lowest, surface, grid)) {
      llvm::append_range(groups.back(), members);
      continue;
    }
    lowest = std::move(surface);
    multiples.push_back(multiple);
    groups.push_back(std::move(members));
  }
  std::vector<TimesByCount> fixedTimes = findFixed(groups, grid, common);
  // What the efficiencies leave out must be in the target.
  bool haveFixed = llvm::any_of(fixedTimes, [](const TimesByCount &fixed) {
    return llvm::any_of(fixed,
                        [](const auto &each) { return each.second > 0; });
  });
  std::vector<Tier> tiers;
  Weights weights;
  for (auto [multiple, members, fixed] :
       llvm::zip(multiples, groups, fixedTimes)) {
    Tier tier;
    tier.multiple = multiple;
    tier.table = makeSurface(grid, members, fixed).completeAt(grid.sizes);
    if (haveFixed)
      for (const auto &[rows, time] : fixed)
        tier.fixed.push_back(roundTime(time));
    tiers.push_back(std::move(tier));
    weights.push_back(weigh(members, grid));
  }
  for (size_t i = 0; i < grid.rows.size(); ++i)
    for (size_t j = 0; j < grid.sizes.size(); ++j)
      makeAscending(tiers, weights, i, j);
  for (size_t k = tiers.size(); --k > 0;)
    if (areAlike(tiers[k - 1], tiers[k]))
      tiers.erase(tiers.begin() + k);
  for (Tier &tier : tiers)
    for (std::vector<double> &row : tier.table)
      for (double &share : row)
        share = roundShare(share);
  // What is the next tier's is not said again.
  for (size_t k = tiers.size(); --k > 0;)
    if (tiers[k].fixed == tiers[k - 1].fixed)
      tiers[k].fixed.clear();
  return tiers;
}
