//===- SizePolynomial.h - sizes as functions of what may grow ---*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The size of a term is a sum of products of atom sizes. As a polynomial over
// the atoms that may grow it can be evaluated for any repair, and a sum over
// many weights splits into monomials of few variables each, which is what keeps
// the planner's tables small.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_PLANNER_SIZEPOLYNOMIAL_H
#define GAC_PLANNER_SIZEPOLYNOMIAL_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include <cstdint>
#include <map>

namespace gac {

/// A polynomial with non-negative integer coefficients over numbered variables.
/// Arithmetic saturates at INT64_MAX: sizes come from files.
class SizePolynomial {
public:
  /// The variables of a monomial, ascending, repeated for powers.
  using Monomial = llvm::SmallVector<unsigned, 2>;
  /// Coefficients by monomial, in a fixed order; none of them is zero.
  using Terms = std::map<Monomial, int64_t>;

  SizePolynomial(int64_t constant = 0);
  static SizePolynomial getVariable(unsigned variable);

  SizePolynomial operator+(const SizePolynomial &other) const;
  SizePolynomial operator*(const SizePolynomial &other) const;
  SizePolynomial &operator+=(const SizePolynomial &other);

  bool isConstant() const;
  const Terms &getTerms() const { return terms; }
  /// The variables that occur, ascending.
  llvm::SmallVector<unsigned> getVariables() const;
  /// The value where variable `i` is `values[i]`.
  int64_t evaluate(llvm::ArrayRef<int64_t> values) const;

private:
  void add(const Monomial &monomial, int64_t coefficient);

  Terms terms;
};

/// The product of `coefficient` and the values of `monomial`'s variables.
int64_t evaluateMonomial(llvm::ArrayRef<unsigned> monomial, int64_t coefficient,
                         llvm::ArrayRef<int64_t> values);

} // namespace gac

#endif // GAC_PLANNER_SIZEPOLYNOMIAL_H
