//===- Elimination.h - minimisation over discrete variables -----*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A cost that is a sum of tables over few variables each is minimised exactly
// by eliminating one variable after another (bucket elimination; R. Dechter,
// "Bucket elimination: a unifying framework for reasoning", 1999). Dimensions
// that share a use are chosen together this way: choosing them one by one does
// not terminate where 27 and 27 + 2f are both to be multiples of 16.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_PLANNER_ELIMINATION_H
#define GAC_PLANNER_ELIMINATION_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace gac {

/// Entries that no table may exceed unless a caller says otherwise: 128 MiB of
/// costs.
inline constexpr int64_t kMaxTableEntries = int64_t(1) << 22;

/// A cost compared lexicographically; costs add up component by component.
struct Cost {
  static constexpr unsigned kRank = 4;
  std::array<int64_t, kRank> parts{};

  Cost &operator+=(const Cost &other) {
    for (unsigned i = 0; i < kRank; ++i)
      parts[i] += other.parts[i];
    return *this;
  }
  bool operator<(const Cost &other) const { return parts < other.parts; }
  bool operator==(const Cost &other) const { return parts == other.parts; }
};

/// A table over the variables of `scope` (ascending), row-major: the last
/// variable varies fastest.
template <typename T> struct Factor {
  llvm::SmallVector<unsigned, 4> scope;
  std::vector<T> table;
};

/// Variables with domains {0, ..., domainSizes[i] - 1} and a sum of factors.
template <typename T> struct FactorProblem {
  std::vector<unsigned> domainSizes;
  std::vector<Factor<T>> factors;

  /// Adds a factor over `scope` (ascending) whose entries `entry` computes from
  /// one value per variable of the scope.
  void addFactor(llvm::ArrayRef<unsigned> scope,
                 llvm::function_ref<T(llvm::ArrayRef<unsigned>)> entry);
};

/// The assignment of least cost; of equal ones, the one that gives the
/// variables eliminated last the smallest values.
struct EliminationResult {
  std::vector<unsigned> values;
  Cost cost;
};

/// Minimises the sum of the factors exactly. Returns nothing if that takes a
/// table of more than `maxEntries` entries.
std::optional<EliminationResult>
minimise(const FactorProblem<Cost> &problem,
         int64_t maxEntries = kMaxTableEntries);

/// An order in which to eliminate all variables that keeps tables small: the
/// next variable is the one whose elimination makes the smallest table. Each
/// step lists the variable and the others that then share a table with it,
/// ascending. Nothing if some table would exceed `maxEntries` entries.
struct EliminationStep {
  unsigned variable;
  llvm::SmallVector<unsigned, 4> neighbours;
};
std::optional<std::vector<EliminationStep>>
findEliminationOrder(llvm::ArrayRef<unsigned> domainSizes,
                     llvm::ArrayRef<llvm::ArrayRef<unsigned>> scopes,
                     int64_t maxEntries);

/// Counts through all assignments of the variables in `scope`, the last one
/// fastest, and knows at which entry of a factor over some of them it stands.
class ScopeIterator {
public:
  ScopeIterator(llvm::ArrayRef<unsigned> scope,
                llvm::ArrayRef<unsigned> domainSizes);

  /// Makes getEntry(n) follow the n-th registered factor.
  void follow(llvm::ArrayRef<unsigned> factorScope,
              llvm::ArrayRef<unsigned> domainSizes);
  size_t getEntry(unsigned factor) const { return entries[factor]; }
  llvm::ArrayRef<unsigned> getValues() const { return values; }
  /// Steps to the next assignment; false after the last one.
  bool next();

private:
  llvm::SmallVector<unsigned, 4> scope, sizes, values;
  /// Per followed factor, the distance of neighbouring values of each variable.
  std::vector<llvm::SmallVector<size_t, 4>> strides;
  llvm::SmallVector<size_t, 8> entries;
};

template <typename T>
void FactorProblem<T>::addFactor(
    llvm::ArrayRef<unsigned> scope,
    llvm::function_ref<T(llvm::ArrayRef<unsigned>)> entry) {
  Factor<T> factor;
  factor.scope.assign(scope.begin(), scope.end());
  ScopeIterator it(scope, domainSizes);
  do
    factor.table.push_back(entry(it.getValues()));
  while (it.next());
  factors.push_back(std::move(factor));
}

} // namespace gac

#endif // GAC_PLANNER_ELIMINATION_H
