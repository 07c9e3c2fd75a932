//===- SizePolynomial.cpp - sizes as functions of what may grow -----------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Planner/SizePolynomial.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>
#include <limits>

using namespace gac;

static int64_t saturatingAdd(int64_t a, int64_t b) {
  int64_t sum;
  return __builtin_add_overflow(a, b, &sum)
             ? std::numeric_limits<int64_t>::max()
             : sum;
}

static int64_t saturatingMul(int64_t a, int64_t b) {
  int64_t product;
  return __builtin_mul_overflow(a, b, &product)
             ? std::numeric_limits<int64_t>::max()
             : product;
}

SizePolynomial::SizePolynomial(int64_t constant) { add({}, constant); }

SizePolynomial SizePolynomial::getVariable(unsigned variable) {
  SizePolynomial result;
  result.add({variable}, 1);
  return result;
}

void SizePolynomial::add(const Monomial &monomial, int64_t coefficient) {
  if (coefficient == 0)
    return;
  int64_t &entry = terms[monomial];
  entry = saturatingAdd(entry, coefficient);
}

SizePolynomial &SizePolynomial::operator+=(const SizePolynomial &other) {
  for (const auto &[monomial, coefficient] : other.terms)
    add(monomial, coefficient);
  return *this;
}

SizePolynomial SizePolynomial::operator+(const SizePolynomial &other) const {
  SizePolynomial result = *this;
  result += other;
  return result;
}

SizePolynomial SizePolynomial::operator*(const SizePolynomial &other) const {
  SizePolynomial result;
  for (const auto &[left, leftCoefficient] : terms) {
    for (const auto &[right, rightCoefficient] : other.terms) {
      Monomial monomial;
      std::merge(left.begin(), left.end(), right.begin(), right.end(),
                 std::back_inserter(monomial));
      result.add(monomial, saturatingMul(leftCoefficient, rightCoefficient));
    }
  }
  return result;
}

bool SizePolynomial::isConstant() const {
  return llvm::all_of(terms,
                      [](const auto &term) { return term.first.empty(); });
}

llvm::SmallVector<unsigned> SizePolynomial::getVariables() const {
  llvm::SmallVector<unsigned> variables;
  for (const auto &term : terms)
    variables.append(term.first.begin(), term.first.end());
  llvm::sort(variables);
  variables.erase(llvm::unique(variables), variables.end());
  return variables;
}

int64_t gac::evaluateMonomial(llvm::ArrayRef<unsigned> monomial,
                              int64_t coefficient,
                              llvm::ArrayRef<int64_t> values) {
  for (unsigned variable : monomial)
    coefficient = saturatingMul(coefficient, values[variable]);
  return coefficient;
}

int64_t SizePolynomial::evaluate(llvm::ArrayRef<int64_t> values) const {
  int64_t sum = 0;
  for (const auto &[monomial, coefficient] : terms)
    sum = saturatingAdd(sum, evaluateMonomial(monomial, coefficient, values));
  return sum;
}
