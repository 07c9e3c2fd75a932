//===- Knapsack.cpp - Least time within a budget of bits --------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Planner/Knapsack.h"
#include "llvm/ADT/STLExtras.h"
#include <limits>

using namespace gac;

namespace {
/// How a point came about: a value chosen for a variable, or two points added
/// up. Points share their history.
struct Origin {
  static constexpr unsigned kNone = ~0u;
  unsigned variable = kNone;
  unsigned value = 0;
  unsigned left = kNone, right = kNone;
};

/// A partial assignment of least time for its bits.
struct Point {
  Price price;
  unsigned origin = Origin::kNone;
};

/// Points by ascending bits and strictly descending time.
using Frontier = llvm::SmallVector<Point, 2>;

/// Eliminates the variables of one problem, whose entries are frontiers.
class ParetoElimination {
public:
  ParetoElimination(const FactorProblem<Price> &problem, int64_t budget,
                    int64_t steps)
      : problem(problem), budget(budget),
        quantum(std::max<int64_t>(1, budget / steps)) {}

  /// One frontier per connected group of variables, and one for the constant
  /// factors. Nothing if some table would exceed `maxEntries`.
  std::optional<std::vector<Frontier>> run(int64_t maxEntries);

  /// Reads the values chosen for a point.
  void collectValues(unsigned origin, std::vector<unsigned> &values) const;

private:
  unsigned makeOrigin(Origin origin) {
    origins.push_back(origin);
    return origins.size() - 1;
  }
  void add(Frontier &sum, const Frontier &other);
  void prune(Frontier &points) const;

  const FactorProblem<Price> &problem;
  int64_t budget, quantum;
  std::vector<Origin> origins;
};
} // namespace

/// Drops points that cost no fewer bits than a faster one, that exceed the
/// budget, or that share a step of the budget with a faster one.
void ParetoElimination::prune(Frontier &points) const {
  llvm::sort(points, [](const Point &a, const Point &b) {
    return std::tie(a.price.bits, a.price.time, a.origin) <
           std::tie(b.price.bits, b.price.time, b.origin);
  });
  Frontier kept;
  for (const Point &point : points) {
    if (point.price.bits > budget)
      break;
    if (!kept.empty() && kept.back().price.time <= point.price.time)
      continue;
    // The cheapest point stays, so that pruning never loses the last one that
    // fits; any other gives way to a faster one in the same step.
    if (kept.size() > 1 &&
        kept.back().price.bits / quantum == point.price.bits / quantum)
      kept.pop_back();
    kept.push_back(point);
  }
  points = std::move(kept);
}

void ParetoElimination::add(Frontier &sum, const Frontier &other) {
  Frontier points;
  // (left, right) of each point until it is known which ones stay.
  std::vector<std::pair<unsigned, unsigned>> parents;
  for (const Point &a : sum) {
    for (const Point &b : other) {
      points.push_back(
          {{a.price.time + b.price.time, a.price.bits + b.price.bits},
           static_cast<unsigned>(parents.size())});
      parents.push_back({a.origin, b.origin});
    }
  }
  prune(points);
  for (Point &point : points) {
    auto [left, right] = parents[point.origin];
    if (left == Origin::kNone || right == Origin::kNone)
      point.origin = left == Origin::kNone ? right : left;
    else
      point.origin = makeOrigin({Origin::kNone, 0, left, right});
  }
  sum = std::move(points);
}

std::optional<std::vector<Frontier>>
ParetoElimination::run(int64_t maxEntries) {
  const std::vector<unsigned> &domainSizes = problem.domainSizes;
  std::vector<llvm::ArrayRef<unsigned>> scopes;
  for (const Factor<Price> &factor : problem.factors)
    scopes.push_back(factor.scope);
  auto steps = findEliminationOrder(domainSizes, scopes, maxEntries);
  if (!steps)
    return std::nullopt;
  std::vector<unsigned> position(domainSizes.size());
  for (auto [i, step] : llvm::enumerate(*steps))
    position[step.variable] = i;

  std::vector<Frontier> results;
  std::vector<std::vector<Factor<Frontier>>> buckets(domainSizes.size());
  auto place = [&](Factor<Frontier> factor) {
    if (factor.scope.empty()) {
      results.push_back(std::move(factor.table.front()));
      return;
    }
    unsigned first = domainSizes.size();
    for (unsigned variable : factor.scope)
      first = std::min(first, position[variable]);
    buckets[first].push_back(std::move(factor));
  };
  for (const Factor<Price> &factor : problem.factors) {
    Factor<Frontier> lifted{factor.scope, {}};
    for (const Price &price : factor.table)
      lifted.table.push_back({Point{price}});
    place(std::move(lifted));
  }

  for (auto [i, step] : llvm::enumerate(*steps)) {
    // All that mentions the variable, over the variable and its neighbours.
    llvm::SmallVector<unsigned, 4> scope = step.neighbours;
    scope.push_back(step.variable);
    ScopeIterator it(scope, domainSizes);
    for (const Factor<Frontier> &factor : buckets[i])
      it.follow(factor.scope, domainSizes);
    Factor<Frontier> message{step.neighbours, {}};
    bool more = true;
    while (more) {
      Frontier choices;
      for (unsigned value = 0; value < domainSizes[step.variable]; ++value) {
        Frontier sum = {Point{}};
        for (auto [n, factor] : llvm::enumerate(buckets[i]))
          add(sum, factor.table[it.getEntry(n)]);
        for (Point &point : sum)
          choices.push_back(
              {point.price, makeOrigin({step.variable, value, point.origin,
                                        Origin::kNone})});
        more = it.next();
      }
      prune(choices);
      message.table.push_back(std::move(choices));
    }
    buckets[i].clear();
    place(std::move(message));
  }
  return results;
}

void ParetoElimination::collectValues(unsigned origin,
                                      std::vector<unsigned> &values) const {
  llvm::SmallVector<unsigned> worklist = {origin};
  while (!worklist.empty()) {
    unsigned next = worklist.pop_back_val();
    if (next == Origin::kNone)
      continue;
    const Origin &node = origins[next];
    if (node.variable != Origin::kNone)
      values[node.variable] = node.value;
    worklist.push_back(node.left);
    worklist.push_back(node.right);
  }
}

/// Picks one point per frontier: least time, total bits at most `budget` after
/// each point's are rounded up to multiples of `quantum`.
static std::optional<llvm::SmallVector<unsigned>>
pickPoints(llvm::ArrayRef<Frontier> frontiers, int64_t budget,
           int64_t quantum) {
  constexpr int64_t kNever = std::numeric_limits<int64_t>::max();
  size_t capacity = budget / quantum;
  std::vector<int64_t> time(capacity + 1, kNever);
  time[0] = 0;
  // picked[f][c]: the point of frontier f in the best choice of exactly c
  // steps.
  std::vector<std::vector<unsigned>> picked;
  auto getSteps = [&](const Point &point) -> size_t {
    return point.price.bits / quantum + (point.price.bits % quantum != 0);
  };
  size_t reached = 0;
  for (const Frontier &frontier : frontiers) {
    if (frontier.empty())
      return std::nullopt;
    size_t reachable = std::min(capacity, reached + getSteps(frontier.back()));
    std::vector<int64_t> next(capacity + 1, kNever);
    std::vector<unsigned> choice(reachable + 1, 0);
    for (auto [n, point] : llvm::enumerate(frontier)) {
      size_t cost = getSteps(point);
      for (size_t c = cost; c <= reachable && c - cost <= reached; ++c) {
        int64_t before = time[c - cost];
        if (before == kNever || before + point.price.time >= next[c])
          continue;
        next[c] = before + point.price.time;
        choice[c] = n;
      }
    }
    time = std::move(next);
    reached = reachable;
    picked.push_back(std::move(choice));
  }

  size_t best = 0;
  for (size_t c = 1; c <= reached; ++c)
    if (time[c] < time[best])
      best = c;
  if (time[best] == kNever)
    return std::nullopt;
  llvm::SmallVector<unsigned> points(frontiers.size());
  for (size_t f = frontiers.size(); f-- > 0;) {
    points[f] = picked[f][best];
    best -= getSteps(frontiers[f][points[f]]);
  }
  return points;
}

std::optional<KnapsackResult>
gac::minimiseWithinBudget(const FactorProblem<Price> &problem, int64_t budget,
                          int64_t steps, int64_t maxEntries) {
  if (budget < 0)
    return std::nullopt;
  ParetoElimination elimination(problem, budget, steps);
  auto frontiers = elimination.run(maxEntries);
  if (!frontiers)
    return std::nullopt;
  int64_t quantum = std::max<int64_t>(1, budget / steps);
  auto points = pickPoints(*frontiers, budget, quantum);
  if (!points)
    return std::nullopt;

  KnapsackResult result;
  result.values.assign(problem.domainSizes.size(), 0);
  for (auto [frontier, n] : llvm::zip(*frontiers, *points)) {
    const Point &point = frontier[n];
    result.price.time += point.price.time;
    result.price.bits += point.price.bits;
    elimination.collectValues(point.origin, result.values);
  }
  return result;
}
