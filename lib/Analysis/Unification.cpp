//===- Unification.cpp - Tying terms together -------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// First-order unification of products and concatenations. A contradiction is
// never an error: it fixes the atoms concerned, with its reason.
//
//===----------------------------------------------------------------------===//

#include "gac/Analysis/Term.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"

using namespace gac;

using TermPair = std::pair<Term, Term>;

/// `size` less `part`, if that is known to be positive.
static std::optional<SymExpr> remainder(const SymExpr &size,
                                        const SymExpr &part) {
  SymExpr rest = size - part;
  std::optional<int64_t> number = rest.getConstant();
  if (number && *number > 0)
    return rest;
  return std::nullopt;
}

/// `size` over `part`, if that is exact and not 1.
static std::optional<SymExpr> quotient(const SymExpr &size,
                                       const SymExpr &part) {
  std::optional<SymExpr> ratio = size.divideExact(part);
  if (!ratio || ratio->getConstant() == 1 || ratio->getConstant() == 0)
    return std::nullopt;
  return ratio;
}

void DimensionSpace::bind(AtomId atom, Term term) {
  atoms[atom].link = term;
  ++bindings;
  if (atoms[atom].isWhole && isAtom(term))
    atoms[getAtom(term)].isWhole = true;
  llvm::SmallVector<unsigned, 1> passed = std::move(atoms[atom].reasons);
  atoms[atom].reasons.clear();
  for (AtomId leaf : getLeaves(term))
    for (unsigned reason : passed)
      addReason(leaf, reason);
}

bool DimensionSpace::refuse(llvm::ArrayRef<Term> a, llvm::ArrayRef<Term> b,
                            mlir::Operation *op, llvm::Twine why) {
  FixReason reason{op, why.str(), Remedy::Cut};
  for (Term term : llvm::concat<const Term>(a, b))
    fix(term, reason);
  return false;
}

//===----------------------------------------------------------------------===//
// Unification
//===----------------------------------------------------------------------===//

/// Of two that are not known to be equal.
static std::string describeSizes(const SymExpr &a, const SymExpr &b) {
  if (a.hasUnknown() && b.hasUnknown())
    return "two sizes that are not known to be equal";
  if (a.hasUnknown() || b.hasUnknown())
    return "size " + (a.hasUnknown() ? b : a).str() +
           " with one that is not known";
  return "size " + a.str() + " with " + b.str() + ", which may differ";
}

bool DimensionSpace::unify(Term a, Term b, mlir::Operation *op) {
  a = normalise(a);
  b = normalise(b);
  if (a == b)
    return true;
  if (!(getSize(a) == getSize(b)))
    return refuse(a, b, op, "meets " + describeSizes(getSize(a), getSize(b)));

  // A term of ones has nothing to grow and says nothing about the other's
  // structure that could: [1|1] is just a fixed 2.
  if (getLeaves(a).empty() || getLeaves(b).empty()) {
    return refuse(a, b, op,
                  "meets it with " + getSize(a).str() +
                      " single lanes, put side by side");
  }

  Kind kindA = getKind(a), kindB = getKind(b);
  if (kindA == Kind::Atom && kindB == Kind::Atom) {
    // The older atom stays: it belongs to the earlier tensor.
    if (getAtom(a) < getAtom(b))
      std::swap(a, b);
    bind(getAtom(a), b);
    return true;
  }
  if (kindA == Kind::Atom)
    return unifyAtom(a, b, op);
  if (kindB == Kind::Atom)
    return unifyAtom(b, a, op);
  if (kindA == Kind::Prod)
    return kindB == Kind::Prod ? unifyProducts(a, b, op)
                               : unifySumWithProduct(b, a, op);
  return kindB == Kind::Sum ? unifySums(a, b, op)
                            : unifySumWithProduct(a, b, op);
}

bool DimensionSpace::unifyAtom(Term atom, Term other, mlir::Operation *op) {
  if (contains(other, getAtom(atom)))
    return refuse(atom, other, op,
                  "makes " + toString(atom) + " a part of itself, " +
                      toString(other));
  if (atoms[getAtom(atom)].isWhole)
    return refuse(atom, other, op,
                  "takes " + toString(atom) + " as " + toString(other));
  bind(getAtom(atom), other);
  return true;
}

/// Replaces the last entry of a worklist by its parts until it is one part:
/// atoms on the list may have been bound to products or concatenations since.
/// Returns false if nothing is left.
template <typename ExpandFn>
static bool expandLast(llvm::SmallVectorImpl<Term> &list, ExpandFn expand) {
  while (!list.empty()) {
    llvm::SmallVector<Term> parts = expand(list.back());
    list.pop_back();
    list.append(parts.rbegin(), parts.rend());
    if (parts.size() == 1)
      return true;
  }
  return false;
}

/// Whether both lists have a next part, which then is last.
template <typename ExpandFn>
static bool expandLasts(llvm::SmallVectorImpl<Term> &a,
                        llvm::SmallVectorImpl<Term> &b, ExpandFn expand) {
  bool more = expandLast(a, expand);
  return expandLast(b, expand) && more;
}

/// Unifies the innermost factors of two products of one size, as long as these
/// have one size too: however the outer ones lie, they are the same lanes.
/// Takes them from the worklists.
static void unifyInnermost(DimensionSpace &space,
                           llvm::SmallVectorImpl<Term> &as,
                           llvm::SmallVectorImpl<Term> &bs,
                           mlir::Operation *op) {
  auto getAll = [&](llvm::ArrayRef<Term> list) {
    llvm::SmallVector<Term> outermostFirst(list.rbegin(), list.rend());
    return space.getFactors(space.getProd(outermostFirst));
  };
  llvm::SmallVector<Term> a = getAll(as), b = getAll(bs);
  while (a.size() > 1 && b.size() > 1 &&
         space.getSize(a.back()) == space.getSize(b.back()))
    space.unify(a.pop_back_val(), b.pop_back_val(), op);
  as.assign(a.rbegin(), a.rend());
  bs.assign(b.rbegin(), b.rend());
}

bool DimensionSpace::unifyProducts(Term a, Term b, mlir::Operation *op) {
  auto factors = [&](Term term) { return getFactors(term); };
  // Worklists, the outermost factor last.
  llvm::SmallVector<Term> as = {a}, bs = {b};
  bool agreed = true;
  while (expandLasts(as, bs, factors)) {
    Term x = as.back(), y = bs.back();
    if (getSize(x) == getSize(y)) {
      as.pop_back();
      bs.pop_back();
      agreed &= unify(x, y, op);
      continue;
    }
    // The bigger factor is cut so that its outer part matches the smaller.
    bool xIsBigger = quotient(getSize(x), getSize(y)).has_value();
    Term big = xIsBigger ? x : y, small = xIsBigger ? y : x;
    std::optional<SymExpr> inner = quotient(getSize(big), getSize(small));
    std::optional<TermPair> split;
    if (inner)
      split = splitProduct(big, *inner, op);
    if (!split) {
      std::string why = "groups " + toString(a) + " as " + toString(b);
      unifyInnermost(*this, as, bs, op);
      return refuse(as, bs, op, why);
    }
    (xIsBigger ? as : bs).back() = split->second;
    (xIsBigger ? bs : as).pop_back();
    agreed &= unify(split->first, small, op);
  }
  // What is left over on one side has size 1 unless sizes are symbolic.
  if (!as.empty() || !bs.empty())
    return refuse(as, bs, op, "groups " + toString(a) + " as " + toString(b));
  return agreed;
}

bool DimensionSpace::unifySums(Term a, Term b, mlir::Operation *op) {
  auto segments = [&](Term term) { return getSegments(term); };
  llvm::SmallVector<Term> as = {a}, bs = {b};
  bool agreed = true;
  while (expandLasts(as, bs, segments)) {
    Term x = as.back(), y = bs.back();
    if (getSize(x) == getSize(y)) {
      as.pop_back();
      bs.pop_back();
      agreed &= unify(x, y, op);
      continue;
    }
    // The longer segment is cut where the shorter one ends.
    bool xIsLonger = remainder(getSize(x), getSize(y)).has_value();
    Term big = xIsLonger ? x : y, small = xIsLonger ? y : x;
    std::optional<TermPair> split;
    if (remainder(getSize(big), getSize(small)))
      split = splitSum(big, getSize(small));
    if (!split)
      return refuse(as, bs, op, "cuts " + toString(a) + " as " + toString(b));
    (xIsLonger ? as : bs).back() = split->second;
    (xIsLonger ? bs : as).pop_back();
    agreed &= unify(split->first, small, op);
  }
  if (!as.empty() || !bs.empty())
    return refuse(as, bs, op, "cuts " + toString(a) + " as " + toString(b));
  return agreed;
}

bool DimensionSpace::unifySumWithProduct(Term sum, Term product,
                                         mlir::Operation *op) {
  llvm::SmallVector<Term> factors = getFactors(product);
  Term inner = factors.pop_back_val();
  std::optional<TermPair> split = splitProduct(sum, getSize(inner), op);
  if (!split)
    return refuse(sum, product, op,
                  "finds that " + toString(sum) + " is not " +
                      toString(product));
  bool agreed = unify(split->second, inner, op);
  return unify(split->first, getProd(factors), op) && agreed;
}

//===----------------------------------------------------------------------===//
// Splitting
//===----------------------------------------------------------------------===//

std::optional<TermPair> DimensionSpace::splitProduct(Term term,
                                                     const SymExpr &inner,
                                                     mlir::Operation *op) {
  term = normalise(term);
  if (inner.getConstant() == 1)
    return TermPair(term, getUnit());
  if (getSize(term) == inner)
    return TermPair(getUnit(), term);
  std::optional<SymExpr> outer = quotient(getSize(term), inner);
  if (!outer)
    return std::nullopt;

  switch (getKind(term)) {
  case Kind::Atom: {
    if (atoms[getAtom(term)].isWhole)
      return std::nullopt;
    Term outerDim = createDim(*outer), innerDim = createDim(inner);
    bind(getAtom(term), getProd({outerDim, innerDim}));
    return TermPair(outerDim, innerDim);
  }
  case Kind::Prod: {
    // Whole factors go inside until at most one is left to be cut.
    llvm::SmallVector<Term> outside = getFactors(term), inside;
    SymExpr rest = inner;
    while (rest.getConstant() != 1) {
      if (outside.empty())
        return std::nullopt;
      Term factor = outside.pop_back_val();
      if (std::optional<SymExpr> next = rest.divideExact(getSize(factor))) {
        inside.push_back(factor);
        rest = *next;
        continue;
      }
      std::optional<TermPair> split = splitProduct(factor, rest, op);
      if (!split)
        return std::nullopt;
      outside.push_back(split->first);
      inside.push_back(split->second);
      break;
    }
    std::reverse(inside.begin(), inside.end());
    return TermPair(getProd(outside), getProd(inside));
  }
  case Kind::Sum: {
    llvm::SmallVector<Term> segments = getSegments(term), outers;
    if (!llvm::all_of(segments, [&](Term segment) {
          return getSize(segment).divideExact(inner).has_value();
        }))
      return std::nullopt;
    Term common;
    for (Term segment : segments) {
      std::optional<TermPair> split = splitProduct(segment, inner, op);
      if (!split)
        return std::nullopt;
      outers.push_back(split->first);
      if (common)
        unify(common, split->second, op);
      else
        common = split->second;
    }
    return TermPair(getSum(outers), normalise(common));
  }
  }
  llvm_unreachable("covered switch");
}

std::optional<TermPair> DimensionSpace::splitSum(Term term,
                                                 const SymExpr &left) {
  term = normalise(term);
  if (left.getConstant() == 0)
    return TermPair(getSum({}), term);
  if (getSize(term) == left)
    return TermPair(term, getSum({}));
  SymExpr right = getSize(term) - left;
  std::optional<int64_t> numbers[] = {left.getConstant(), right.getConstant()};
  if (llvm::any_of(numbers, [](auto number) { return number && *number < 0; }))
    return std::nullopt;

  switch (getKind(term)) {
  case Kind::Atom: {
    // A cut whose parts may be empty or negative at run time is no cut.
    if (!numbers[0] || !numbers[1] || atoms[getAtom(term)].isWhole)
      return std::nullopt;
    Term leftDim = createDim(left), rightDim = createDim(right);
    bind(getAtom(term), getSum({leftDim, rightDim}));
    return TermPair(leftDim, rightDim);
  }
  case Kind::Prod: {
    // Only the outermost factor can be cut, at a multiple of the others.
    llvm::SmallVector<Term> factors = getFactors(term);
    if (factors.empty())
      return std::nullopt;
    Term inner = getProd(llvm::ArrayRef(factors).drop_front());
    std::optional<SymExpr> cut = left.divideExact(getSize(inner));
    if (!cut)
      return std::nullopt;
    std::optional<TermPair> split = splitSum(factors.front(), *cut);
    if (!split)
      return std::nullopt;
    return TermPair(getProd({split->first, inner}),
                    getProd({split->second, inner}));
  }
  case Kind::Sum: {
    llvm::SmallVector<Term> segments = getSegments(term), before;
    SymExpr rest = left;
    for (auto [index, segment] : llvm::enumerate(segments)) {
      if (rest.getConstant() == 0 || getSize(segment) == rest ||
          !remainder(rest, getSize(segment))) {
        std::optional<TermPair> split = splitSum(segment, rest);
        if (!split)
          return std::nullopt;
        llvm::SmallVector<Term> after = {split->second};
        llvm::append_range(after,
                           llvm::ArrayRef(segments).drop_front(index + 1));
        before.push_back(split->first);
        return TermPair(getSum(before), getSum(after));
      }
      rest = rest - getSize(segment);
      before.push_back(segment);
    }
    return std::nullopt;
  }
  }
  llvm_unreachable("covered switch");
}
