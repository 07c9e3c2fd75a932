//===- SymExpr.cpp - Integer expressions over named sizes -------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Polynomials are kept as monomials in falling graded lexicographic order. That
// order is compatible with multiplication, so that the leading terms of exact
// quotients can be found one by one.
//
//===----------------------------------------------------------------------===//

#include "gac/Support/SymExpr.h"
#include "SymPolynomial.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/MathExtras.h"

#include <functional>
#include <limits>

using namespace gac;
using namespace gac::detail;
using llvm::ArrayRef;
using llvm::SmallVector;
using llvm::SmallVectorImpl;
using llvm::StringRef;

static unsigned countNodes(const SymExpr &expr) {
  const SymPolynomial *polynomial = SymPolynomial::get(expr);
  return polynomial ? polynomial->nodes : 1;
}

//===----------------------------------------------------------------------===//
// Order
//===----------------------------------------------------------------------===//

template <typename T> static int compareValues(const T &a, const T &b) {
  return a < b ? -1 : b < a ? 1 : 0;
}

static int compareAtoms(const AtomRef &a, const AtomRef &b) {
  if (a == b)
    return 0;
  if (int order = compareValues(a->kind, b->kind))
    return order;
  if (int order = a->name.compare(b->name))
    return order;
  // Which of two unknowns of one label comes first cannot be seen.
  if (a->isUnknown())
    return std::less<const Atom *>()(a.get(), b.get()) ? -1 : 1;
  if (int order = compareValues(a->operands.size(), b->operands.size()))
    return order;
  for (auto [left, right] : llvm::zip_equal(a->operands, b->operands))
    if (int order = left.compare(right))
      return order;
  return 0;
}

/// Graded lexicographic: the monomial that sorts first is the greater one.
static int compareMonomials(const Monomial &a, const Monomial &b) {
  if (int order = compareValues(b.degree(), a.degree()))
    return order;
  for (auto [left, right] : llvm::zip(a.factors, b.factors)) {
    if (int order = compareAtoms(left.atom, right.atom))
      return order;
    if (int order = compareValues(right.power, left.power))
      return order;
  }
  return compareValues(a.factors.size(), b.factors.size());
}

int SymExpr::compare(const SymExpr &other) const {
  if (polynomial == other.polynomial)
    return polynomial ? 0 : compareValues(value, other.value);
  if (!polynomial || !other.polynomial)
    return polynomial ? 1 : -1;
  const Monomials &left = polynomial->terms, &right = other.polynomial->terms;
  for (auto [a, b] : llvm::zip(left, right)) {
    if (int order = compareMonomials(a, b))
      return order;
    if (int order = compareValues(a.coefficient, b.coefficient))
      return order;
  }
  return compareValues(left.size(), right.size());
}

namespace gac {
llvm::hash_code hash_value(const SymExpr &expr) {
  return expr.polynomial ? llvm::hash_code(expr.polynomial->hash)
                         : llvm::hash_value(expr.value);
}
} // namespace gac

//===----------------------------------------------------------------------===//
// Construction
//===----------------------------------------------------------------------===//

static AtomRef makeAtom(AtomKind kind, StringRef name,
                        ArrayRef<SymExpr> operands, bool nonNegative) {
  auto atom = std::make_shared<Atom>();
  atom->kind = kind;
  atom->name = name.str();
  atom->operands.assign(operands.begin(), operands.end());
  atom->nonNegative = nonNegative;
  atom->hasUnknown = atom->isUnknown();
  llvm::hash_code hash = llvm::hash_combine(kind, name);
  for (const SymExpr &operand : operands) {
    hash = llvm::hash_combine(hash, operand);
    atom->nodes += countNodes(operand);
    atom->hasUnknown |= operand.hasUnknown();
  }
  atom->hash = hash;
  return atom;
}

static SymExpr makeOperation(AtomKind kind, ArrayRef<SymExpr> operands,
                             bool nonNegative) {
  return SymPolynomial::build(makeAtom(kind, "", operands, nonNegative));
}

SymExpr SymPolynomial::build(Monomials terms) {
  llvm::sort(terms, [](const Monomial &a, const Monomial &b) {
    return compareMonomials(a, b) < 0;
  });
  Monomials merged;
  for (Monomial &term : terms) {
    if (merged.empty() || compareMonomials(merged.back(), term) != 0) {
      merged.push_back(std::move(term));
      continue;
    }
    int64_t &coefficient = merged.back().coefficient;
    if (llvm::AddOverflow(coefficient, term.coefficient, coefficient))
      return SymExpr::unknown();
  }
  llvm::erase_if(merged,
                 [](const Monomial &term) { return term.coefficient == 0; });
  if (merged.empty())
    return SymExpr(0);
  if (merged.size() == 1 && merged.front().factors.empty())
    return SymExpr(merged.front().coefficient);

  auto polynomial = std::make_shared<SymPolynomial>();
  llvm::hash_code hash = llvm::hash_value(merged.size());
  for (const Monomial &term : merged) {
    hash = llvm::hash_combine(hash, term.coefficient);
    ++polynomial->nodes;
    for (const Factor &factor : term.factors) {
      hash = llvm::hash_combine(hash, factor.atom->hash, factor.power);
      polynomial->nodes += factor.atom->nodes + factor.power - 1;
    }
  }
  if (polynomial->nodes > maxNodes)
    return SymExpr::unknown();
  polynomial->hash = hash;
  polynomial->terms = std::move(merged);
  return SymExpr(std::move(polynomial));
}

SymExpr SymExpr::symbol(StringRef name) {
  return SymPolynomial::build(
      makeAtom(AtomKind::Symbol, name, {}, /*nonNegative=*/true));
}

SymExpr SymExpr::unknownSize(StringRef label) {
  return SymPolynomial::build(
      makeAtom(AtomKind::UnknownSize, label, {}, /*nonNegative=*/true));
}

SymExpr SymExpr::unknown(StringRef label) {
  return SymPolynomial::build(
      makeAtom(AtomKind::Unknown, label, {}, /*nonNegative=*/false));
}

//===----------------------------------------------------------------------===//
// Queries
//===----------------------------------------------------------------------===//

bool SymExpr::isNonNegative() const {
  if (isConstant())
    return value >= 0;
  return llvm::all_of(polynomial->terms, [](const Monomial &term) {
    return term.coefficient >= 0 &&
           llvm::all_of(term.factors, [](const Factor &factor) {
             return factor.atom->nonNegative || factor.power % 2 == 0;
           });
  });
}

bool SymExpr::hasUnknown() const {
  return polynomial &&
         llvm::any_of(polynomial->terms, [](const Monomial &term) {
           return llvm::any_of(term.factors, [](const Factor &factor) {
             return factor.atom->hasUnknown;
           });
         });
}

void SymExpr::walkSymbols(llvm::function_ref<void(StringRef)> visit) const {
  if (!polynomial)
    return;
  for (const Monomial &term : polynomial->terms)
    for (const Factor &factor : term.factors) {
      if (factor.atom->kind == AtomKind::Symbol)
        visit(factor.atom->name);
      for (const SymExpr &operand : factor.atom->operands)
        operand.walkSymbols(visit);
    }
}

//===----------------------------------------------------------------------===//
// Polynomial arithmetic
//===----------------------------------------------------------------------===//

SymExpr SymExpr::operator+(const SymExpr &other) const {
  int64_t sum;
  if (isConstant() && other.isConstant())
    return llvm::AddOverflow(value, other.value, sum) ? unknown()
                                                      : SymExpr(sum);
  if (other.isZero())
    return *this;
  Monomials terms = SymPolynomial::termsOf(*this);
  llvm::append_range(terms, SymPolynomial::termsOf(other));
  return SymPolynomial::build(std::move(terms));
}

SymExpr SymExpr::operator-(const SymExpr &other) const {
  int64_t difference;
  if (isConstant() && other.isConstant())
    return llvm::SubOverflow(value, other.value, difference)
               ? unknown()
               : SymExpr(difference);
  return *this + other * SymExpr(-1);
}

/// The product's factors, or none if a power overflows.
static std::optional<Monomial> multiply(const Monomial &a, const Monomial &b) {
  Monomial result;
  if (llvm::MulOverflow(a.coefficient, b.coefficient, result.coefficient))
    return std::nullopt;
  const Factor *left = a.factors.begin(), *right = b.factors.begin();
  while (left != a.factors.end() || right != b.factors.end()) {
    int order = left == a.factors.end() ? 1
                : right == b.factors.end()
                    ? -1
                    : compareAtoms(left->atom, right->atom);
    if (order == 0) {
      // Powers are below maxNodes, so that their sum cannot overflow.
      result.factors.push_back({left->atom, left->power + right->power});
      ++left, ++right;
    } else {
      result.factors.push_back(order < 0 ? *left++ : *right++);
    }
  }
  return result;
}

SymExpr SymExpr::operator*(const SymExpr &other) const {
  int64_t scalar;
  if (isConstant() && other.isConstant())
    return llvm::MulOverflow(value, other.value, scalar) ? unknown()
                                                         : SymExpr(scalar);
  if (other.isOne())
    return *this;
  Monomials left = SymPolynomial::termsOf(*this);
  Monomials right = SymPolynomial::termsOf(other);
  if (left.size() * right.size() > maxNodes)
    return unknown();
  Monomials terms;
  for (const Monomial &a : left)
    for (const Monomial &b : right) {
      std::optional<Monomial> term = multiply(a, b);
      if (!term)
        return unknown();
      terms.push_back(std::move(*term));
    }
  return SymPolynomial::build(std::move(terms));
}

SymExpr SymExpr::product(ArrayRef<SymExpr> factors) {
  SymExpr result(1);
  for (const SymExpr &factor : factors)
    result *= factor;
  return result;
}

SymExpr SymExpr::sum(ArrayRef<SymExpr> terms) {
  SymExpr result(0);
  for (const SymExpr &term : terms)
    result += term;
  return result;
}

/// a / b, if b divides a.
static std::optional<Monomial> divide(const Monomial &a, const Monomial &b) {
  if (b.coefficient == 0 ||
      (a.coefficient == std::numeric_limits<int64_t>::min() &&
       b.coefficient == -1) ||
      a.coefficient % b.coefficient != 0)
    return std::nullopt;
  Monomial quotient{a.coefficient / b.coefficient, {}};
  const Factor *divisor = b.factors.begin();
  for (const Factor &factor : a.factors) {
    if (divisor == b.factors.end() ||
        compareAtoms(factor.atom, divisor->atom) != 0) {
      quotient.factors.push_back(factor);
      continue;
    }
    if (factor.power < divisor->power)
      return std::nullopt;
    if (factor.power > divisor->power)
      quotient.factors.push_back({factor.atom, factor.power - divisor->power});
    ++divisor;
  }
  if (divisor != b.factors.end())
    return std::nullopt;
  return quotient;
}

std::optional<SymExpr> SymExpr::divideExact(const SymExpr &divisor) const {
  if (divisor.isZero())
    return std::nullopt;
  if (divisor.isOne() || isZero())
    return *this;
  Monomials divisorTerms = SymPolynomial::termsOf(divisor);
  SymExpr remainder = *this, quotient;
  // Each step removes the leading term for good; as many steps as a quotient
  // may have terms suffice.
  for (unsigned step = 0; step != maxNodes; ++step) {
    if (remainder.isZero())
      return quotient;
    std::optional<Monomial> term =
        divide(SymPolynomial::termsOf(remainder).front(), divisorTerms.front());
    if (!term)
      return std::nullopt;
    Monomials terms;
    terms.push_back(std::move(*term));
    SymExpr next = SymPolynomial::build(std::move(terms));
    quotient += next;
    remainder -= next * divisor;
  }
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Operations that are no polynomials
//===----------------------------------------------------------------------===//

/// Splits `expr` into divisor * quotient + rest, where the rest has the terms
/// that the constant divisor does not divide.
static std::pair<SymExpr, SymExpr> splitMultiples(const SymExpr &expr,
                                                  int64_t divisor) {
  Monomials multiples, rest;
  for (Monomial &term : SymPolynomial::termsOf(expr)) {
    if (divisor != -1 && term.coefficient % divisor == 0) {
      term.coefficient /= divisor;
      multiples.push_back(std::move(term));
    } else {
      rest.push_back(std::move(term));
    }
  }
  return {SymPolynomial::build(std::move(multiples)),
          SymPolynomial::build(std::move(rest))};
}

/// The one division (floordiv of a numerator by a constant) that `expr` is but
/// for a constant, (numerator, divisor, constant).
static std::optional<std::tuple<SymExpr, int64_t, int64_t>>
getDivision(const SymExpr &expr) {
  std::optional<std::tuple<SymExpr, int64_t, int64_t>> division;
  int64_t constant = 0;
  for (const Monomial &term : SymPolynomial::termsOf(expr)) {
    if (term.factors.empty()) {
      constant = term.coefficient;
      continue;
    }
    const Atom &atom = *term.factors.front().atom;
    if (division || term.coefficient != 1 || term.degree() != 1 ||
        atom.kind != AtomKind::FloorDiv)
      return std::nullopt;
    std::optional<int64_t> divisor = atom.operands[1].getConstant();
    if (!divisor)
      return std::nullopt;
    division = {atom.operands[0], *divisor, 0};
  }
  if (division)
    std::get<2>(*division) = constant;
  return division;
}

SymExpr SymExpr::floorDiv(const SymExpr &divisor) const {
  if (divisor.isZero())
    return unknown();
  if (isConstant() && divisor.isConstant()) {
    if (value == std::numeric_limits<int64_t>::min() && divisor.value == -1)
      return unknown();
    return SymExpr(llvm::divideFloorSigned(value, divisor.value));
  }
  if (std::optional<SymExpr> quotient = divideExact(divisor))
    return *quotient;
  SymExpr whole, rest = *this;
  if (divisor.isConstant()) {
    std::tie(whole, rest) = splitMultiples(*this, divisor.value);
    // The fraction that a constant rest adds to a whole number is dropped.
    if (rest.isConstant())
      return whole + rest.floorDiv(divisor);
    // Strides follow each other: floor((floor(x / a) + k) / b) is
    // floor((x + k * a) / (a * b)), for positive a and b.
    if (auto division = getDivision(rest)) {
      auto [numerator, first, constant] = *division;
      int64_t both, shift;
      if (first > 0 && divisor.value > 0 &&
          !__builtin_mul_overflow(first, divisor.value, &both) &&
          !__builtin_mul_overflow(first, constant, &shift))
        return whole + (numerator + shift).floorDiv(both);
    }
  }
  return whole + makeOperation(AtomKind::FloorDiv, {rest, divisor},
                               rest.isNonNegative() && divisor.isNonNegative());
}

SymExpr SymExpr::ceilDiv(const SymExpr &divisor) const {
  return -(-*this).floorDiv(divisor);
}

SymExpr SymExpr::mod(const SymExpr &divisor) const {
  if (divisor.isZero())
    return unknown();
  if (divisor.isOne() || divideExact(divisor))
    return SymExpr(0);
  SymExpr rest = *this;
  if (divisor.isConstant()) {
    rest = splitMultiples(*this, divisor.value).second;
    if (rest.isConstant())
      return rest - divisor * rest.floorDiv(divisor);
  }
  return makeOperation(AtomKind::Mod, {rest, divisor}, divisor.isNonNegative());
}

/// The operands of a minimum (maximum) that is the whole of `expr`, else `expr`
/// itself.
static void flattenInto(SmallVectorImpl<SymExpr> &operands, AtomKind kind,
                        const SymExpr &expr) {
  const SymPolynomial *polynomial = SymPolynomial::get(expr);
  if (polynomial && polynomial->terms.size() == 1) {
    const Monomial &term = polynomial->terms.front();
    if (term.coefficient == 1 && term.degree() == 1 &&
        term.factors.front().atom->kind == kind) {
      llvm::append_range(operands, term.factors.front().atom->operands);
      return;
    }
  }
  operands.push_back(expr);
}

static SymExpr makeExtremum(AtomKind kind, const SymExpr &a, const SymExpr &b) {
  bool isMin = kind == AtomKind::Min;
  SmallVector<SymExpr, 4> candidates, kept;
  flattenInto(candidates, kind, a);
  flattenInto(candidates, kind, b);
  // The bound of an open end, which no size exceeds, is none.
  SymExpr open = isMin ? std::numeric_limits<int64_t>::max()
                       : std::numeric_limits<int64_t>::min();
  if (llvm::any_of(candidates,
                   [&](const SymExpr &each) { return each != open; }))
    llvm::erase(candidates, open);
  for (const SymExpr &candidate : candidates) {
    // `first` makes `second` superfluous if it is never on the other side.
    auto covers = [&](const SymExpr &first, const SymExpr &second) {
      return (isMin ? second - first : first - second).isNonNegative();
    };
    if (llvm::any_of(kept, [&](const SymExpr &other) {
          return covers(other, candidate);
        }))
      continue;
    llvm::erase_if(
        kept, [&](const SymExpr &other) { return covers(candidate, other); });
    kept.push_back(candidate);
  }
  if (kept.size() == 1)
    return kept.front();
  llvm::sort(kept, [](const SymExpr &left, const SymExpr &right) {
    return left.compare(right) < 0;
  });
  auto isNonNegative = [](const SymExpr &expr) { return expr.isNonNegative(); };
  return makeOperation(kind, kept,
                       isMin ? llvm::all_of(kept, isNonNegative)
                             : llvm::any_of(kept, isNonNegative));
}

SymExpr SymExpr::min(const SymExpr &a, const SymExpr &b) {
  return makeExtremum(AtomKind::Min, a, b);
}

std::optional<int64_t> SymExpr::getUpperBound() const {
  SmallVector<SymExpr, 4> operands;
  flattenInto(operands, AtomKind::Min, *this);
  if (operands.size() > 1)
    for (const SymExpr &operand : operands)
      if (std::optional<int64_t> bound = operand.getConstant())
        return bound;
  return std::nullopt;
}

SymExpr SymExpr::max(const SymExpr &a, const SymExpr &b) {
  return makeExtremum(AtomKind::Max, a, b);
}
