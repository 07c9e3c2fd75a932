//===- SymExprSubstitution.cpp - Evaluates and prints SymExprs ------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SymPolynomial.h"
#include "gac/Support/SymExpr.h"

#include "llvm/ADT/STLExtras.h"

using namespace gac;
using namespace gac::detail;

//===----------------------------------------------------------------------===//
// Substitution
//===----------------------------------------------------------------------===//

/// Rebuilds `expr` from what `leaf` makes of its symbols and unknowns.
static SymExpr
rebuild(const SymExpr &expr,
        llvm::function_ref<std::optional<SymExpr>(const Atom &)> leaf) {
  const SymPolynomial *polynomial = SymPolynomial::get(expr);
  if (!polynomial)
    return expr;
  auto rebuildAtom = [&](const AtomRef &atom) -> SymExpr {
    if (atom->operands.empty()) {
      std::optional<SymExpr> replacement = leaf(*atom);
      return replacement ? *replacement : SymPolynomial::build(atom);
    }
    SymExpr result = rebuild(atom->operands.front(), leaf);
    for (const SymExpr &operand : llvm::drop_begin(atom->operands)) {
      SymExpr other = rebuild(operand, leaf);
      result = atom->kind == AtomKind::Min        ? SymExpr::min(result, other)
               : atom->kind == AtomKind::Max      ? SymExpr::max(result, other)
               : atom->kind == AtomKind::FloorDiv ? result.floorDiv(other)
                                                  : result.mod(other);
    }
    return result;
  };
  SymExpr sum;
  for (const Monomial &term : polynomial->terms) {
    SymExpr product(term.coefficient);
    for (const Factor &factor : term.factors) {
      SymExpr base = rebuildAtom(factor.atom);
      for (unsigned i = 0; i != factor.power; ++i)
        product *= base;
    }
    sum += product;
  }
  return sum;
}

SymExpr SymExpr::substitute(Replacement replacement) const {
  return rebuild(*this, [&](const Atom &atom) -> std::optional<SymExpr> {
    if (atom.kind != AtomKind::Symbol)
      return std::nullopt;
    return replacement(atom.name);
  });
}

std::optional<int64_t>
SymExpr::evaluate(Lookup lookup, std::optional<int64_t> unknownValue) const {
  return rebuild(*this,
                 [&](const Atom &atom) -> std::optional<SymExpr> {
                   std::optional<int64_t> bound =
                       atom.isUnknown() ? unknownValue : lookup(atom.name);
                   if (!bound)
                     return std::nullopt;
                   return SymExpr(*bound);
                 })
      .getConstant();
}

//===----------------------------------------------------------------------===//
// Printing
//===----------------------------------------------------------------------===//

static void printAtom(const Atom &atom, llvm::raw_ostream &os) {
  switch (atom.kind) {
  case AtomKind::Symbol:
  case AtomKind::UnknownSize:
  case AtomKind::Unknown:
    os << atom.name;
    return;
  case AtomKind::Min:
    os << "min(";
    break;
  case AtomKind::Max:
    os << "max(";
    break;
  case AtomKind::FloorDiv:
    os << "floordiv(";
    break;
  case AtomKind::Mod:
    os << "mod(";
    break;
  }
  llvm::interleaveComma(atom.operands, os);
  os << ')';
}

void SymExpr::print(llvm::raw_ostream &os) const {
  if (isConstant()) {
    os << value;
    return;
  }
  bool isFirst = true;
  for (const Monomial &term : polynomial->terms) {
    bool isNegative = term.coefficient < 0;
    // The magnitude of the least int64_t is no int64_t.
    uint64_t magnitude = isNegative ? -static_cast<uint64_t>(term.coefficient)
                                    : static_cast<uint64_t>(term.coefficient);
    os << (isFirst ? (isNegative ? "-" : "") : (isNegative ? " - " : " + "));
    isFirst = false;
    if (term.factors.empty() || magnitude != 1) {
      os << magnitude;
      if (!term.factors.empty())
        os << '*';
    }
    llvm::interleave(
        term.factors, os,
        [&](const Factor &factor) {
          printAtom(*factor.atom, os);
          if (factor.power != 1)
            os << '^' << factor.power;
        },
        "*");
  }
}

std::string SymExpr::str() const {
  std::string text;
  llvm::raw_string_ostream os(text);
  print(os);
  return text;
}
