//===- Elimination.cpp - exact minimisation over discrete variables -------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Planner/Elimination.h"
#include "llvm/ADT/STLExtras.h"
#include <set>

using namespace gac;

//===----------------------------------------------------------------------===//
// ScopeIterator
//===----------------------------------------------------------------------===//

ScopeIterator::ScopeIterator(llvm::ArrayRef<unsigned> scope,
                             llvm::ArrayRef<unsigned> domainSizes)
    : scope(scope.begin(), scope.end()), values(scope.size(), 0) {
  for (unsigned variable : scope)
    sizes.push_back(domainSizes[variable]);
}

void ScopeIterator::follow(llvm::ArrayRef<unsigned> factorScope,
                           llvm::ArrayRef<unsigned> domainSizes) {
  llvm::SmallVector<size_t, 4> own(scope.size(), 0);
  size_t stride = 1;
  for (unsigned variable : llvm::reverse(factorScope)) {
    const auto *it = llvm::find(scope, variable);
    if (it != scope.end())
      own[it - scope.begin()] = stride;
    stride *= domainSizes[variable];
  }
  strides.push_back(std::move(own));
  entries.push_back(0);
}

bool ScopeIterator::next() {
  for (size_t i = scope.size(); i-- > 0;) {
    if (++values[i] < sizes[i]) {
      for (auto [entry, stride] : llvm::zip(entries, strides))
        entry += stride[i];
      return true;
    }
    for (auto [entry, stride] : llvm::zip(entries, strides))
      entry -= stride[i] * (sizes[i] - 1);
    values[i] = 0;
  }
  return false;
}

//===----------------------------------------------------------------------===//
// Order
//===----------------------------------------------------------------------===//

std::optional<std::vector<EliminationStep>>
gac::findEliminationOrder(llvm::ArrayRef<unsigned> domainSizes,
                          llvm::ArrayRef<llvm::ArrayRef<unsigned>> scopes,
                          int64_t maxEntries) {
  unsigned count = domainSizes.size();
  std::vector<std::set<unsigned>> neighbours(count);
  for (llvm::ArrayRef<unsigned> scope : scopes)
    for (unsigned a : scope)
      for (unsigned b : scope)
        if (a != b)
          neighbours[a].insert(b);

  // Entries of the table that eliminating a variable makes, saturating.
  auto getEntries = [&](unsigned variable) {
    int64_t entries = domainSizes[variable];
    for (unsigned neighbour : neighbours[variable])
      if (__builtin_mul_overflow(entries, int64_t(domainSizes[neighbour]),
                                 &entries))
        return std::numeric_limits<int64_t>::max();
    return entries;
  };
  // Ordered by table size, then by number: the order depends on nothing else.
  std::set<std::pair<int64_t, unsigned>> queue;
  std::vector<int64_t> entries(count);
  for (unsigned i = 0; i < count; ++i) {
    entries[i] = getEntries(i);
    queue.insert({entries[i], i});
  }

  std::vector<EliminationStep> steps;
  while (!queue.empty()) {
    auto [size, variable] = *queue.begin();
    queue.erase(queue.begin());
    if (size > maxEntries)
      return std::nullopt;
    const std::set<unsigned> &around = neighbours[variable];
    for (unsigned a : around) {
      queue.erase({entries[a], a});
      neighbours[a].insert(around.begin(), around.end());
      neighbours[a].erase(a);
      neighbours[a].erase(variable);
    }
    for (unsigned a : around) {
      entries[a] = getEntries(a);
      queue.insert({entries[a], a});
    }
    steps.push_back({variable, {around.begin(), around.end()}});
  }
  return steps;
}

//===----------------------------------------------------------------------===//
// Minimisation
//===----------------------------------------------------------------------===//

std::optional<EliminationResult>
gac::minimise(const FactorProblem<Cost> &problem, int64_t maxEntries) {
  std::vector<llvm::ArrayRef<unsigned>> scopes;
  for (const Factor<Cost> &factor : problem.factors)
    scopes.push_back(factor.scope);
  auto steps = findEliminationOrder(problem.domainSizes, scopes, maxEntries);
  if (!steps)
    return std::nullopt;

  // Factors not yet used up, by the position in the order of the first of
  // their variables that is eliminated.
  unsigned count = problem.domainSizes.size();
  std::vector<unsigned> position(count);
  for (auto [i, step] : llvm::enumerate(*steps))
    position[step.variable] = i;
  std::vector<std::vector<const Factor<Cost> *>> buckets(count);
  std::vector<Factor<Cost>> made;
  made.reserve(count);
  EliminationResult result;
  auto place = [&](const Factor<Cost> &factor) {
    if (factor.scope.empty()) {
      result.cost += factor.table.front();
      return;
    }
    unsigned first = count;
    for (unsigned variable : factor.scope)
      first = std::min(first, position[variable]);
    buckets[first].push_back(&factor);
  };
  for (const Factor<Cost> &factor : problem.factors)
    place(factor);

  // For each step, the best value of its variable per assignment of the others.
  std::vector<std::vector<unsigned>> best(count);
  for (auto [i, step] : llvm::enumerate(*steps)) {
    ScopeIterator it(step.neighbours, problem.domainSizes);
    // Followed through the table from the variable's value 0; `jump` leads to
    // its next value.
    llvm::SmallVector<size_t, 8> jump;
    for (const Factor<Cost> *factor : buckets[i]) {
      it.follow(factor->scope, problem.domainSizes);
      size_t stride = 1;
      for (unsigned variable : llvm::reverse(factor->scope)) {
        if (variable == step.variable)
          jump.push_back(stride);
        stride *= problem.domainSizes[variable];
      }
    }
    Factor<Cost> &message = made.emplace_back();
    message.scope = step.neighbours;
    do {
      Cost least;
      unsigned leastValue = 0;
      for (unsigned value = 0; value < problem.domainSizes[step.variable];
           ++value) {
        Cost sum;
        for (auto [n, factor] : llvm::enumerate(buckets[i]))
          sum += factor->table[it.getEntry(n) + value * jump[n]];
        if (value == 0 || sum < least) {
          least = sum;
          leastValue = value;
        }
      }
      message.table.push_back(least);
      best[i].push_back(leastValue);
    } while (it.next());
    place(message);
  }

  result.values.assign(count, 0);
  for (size_t i = count; i-- > 0;) {
    const EliminationStep &step = (*steps)[i];
    size_t entry = 0;
    for (unsigned neighbour : step.neighbours)
      entry = entry * problem.domainSizes[neighbour] + result.values[neighbour];
    result.values[step.variable] = best[i][entry];
  }
  return result;
}
