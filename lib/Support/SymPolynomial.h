//===- SymPolynomial.h - What a SymExpr is made of --------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_SUPPORT_SYMPOLYNOMIAL_H
#define GAC_LIB_SUPPORT_SYMPOLYNOMIAL_H

#include "gac/Support/SymExpr.h"

#include "llvm/ADT/SmallVector.h"

namespace gac::detail {

/// Expressions of more nodes than this become unknowns, so that the cost of
/// every operation, and the depth of every recursion, is bounded whatever a
/// model contains.
constexpr unsigned maxNodes = 512;

enum class AtomKind { Symbol, UnknownSize, Unknown, Min, Max, FloorDiv, Mod };

/// What a polynomial is a polynomial in: a symbol, an unknown, or an operation
/// that is no polynomial.
struct Atom {
  AtomKind kind;
  std::string name;
  llvm::SmallVector<SymExpr, 2> operands;
  size_t hash = 0;
  unsigned nodes = 1;
  bool nonNegative = false;
  bool hasUnknown = false;

  bool isUnknown() const {
    return kind == AtomKind::Unknown || kind == AtomKind::UnknownSize;
  }
};

using AtomRef = std::shared_ptr<const Atom>;

struct Factor {
  AtomRef atom;
  unsigned power;
};

/// coefficient * product of the factors, which are sorted and distinct.
struct Monomial {
  int64_t coefficient;
  llvm::SmallVector<Factor, 2> factors;

  unsigned degree() const {
    unsigned sum = 0;
    for (const Factor &factor : factors)
      sum += factor.power;
    return sum;
  }
};

using Monomials = llvm::SmallVector<Monomial, 4>;
struct SymPolynomial {
  Monomials terms;
  size_t hash = 0;
  unsigned nodes = 0;

  /// The terms of any expression, constants included.
  static Monomials termsOf(const SymExpr &expr) {
    if (expr.polynomial)
      return expr.polynomial->terms;
    Monomials terms;
    if (expr.value != 0)
      terms.push_back({expr.value, {}});
    return terms;
  }

  static const SymPolynomial *get(const SymExpr &expr) {
    return expr.polynomial.get();
  }

  /// Canonicalises `terms`, whose factors are canonical already.
  static SymExpr build(Monomials terms);
  static SymExpr build(AtomRef atom) {
    Monomial monomial{1, {}};
    monomial.factors.push_back({std::move(atom), 1});
    Monomials terms;
    terms.push_back(std::move(monomial));
    return build(std::move(terms));
  }
};

} // namespace gac::detail

#endif // GAC_LIB_SUPPORT_SYMPOLYNOMIAL_H
