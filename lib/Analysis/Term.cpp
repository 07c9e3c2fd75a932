//===- Term.cpp - Axes as terms over atoms ----------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The arena of terms, their normal form, growth and printing.
//
//===----------------------------------------------------------------------===//

#include "gac/Analysis/Term.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVectorExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace gac;

/// Reports show the first few reasons of a dimension; an atom that a whole
/// model fixes need not remember them all.
static constexpr unsigned kMaxReasons = 8;

//===----------------------------------------------------------------------===//
// Building
//===----------------------------------------------------------------------===//

void DimensionSpace::Node::profile(llvm::FoldingSetNodeID &id, Kind kind,
                                   AtomId atom, llvm::ArrayRef<Term> parts) {
  id.AddInteger(static_cast<unsigned>(kind));
  id.AddInteger(atom);
  for (Term part : parts)
    id.AddInteger(part.index);
}

Term DimensionSpace::intern(Kind kind, llvm::ArrayRef<Term> parts,
                            const SymExpr &size) {
  llvm::FoldingSetNodeID id;
  Node::profile(id, kind, ~0u, parts);
  void *position = nullptr;
  if (Node *known = uniqueNodes.FindNodeOrInsertPos(id, position))
    return Term(known->index);
  Node &node = nodes.emplace_back(kind, nodes.size(), size);
  node.parts.assign(parts.begin(), parts.end());
  uniqueNodes.InsertNode(&node, position);
  return Term(node.index);
}

Term DimensionSpace::createDim(const SymExpr &size) {
  if (size.getConstant() == 1)
    return getProd({});
  if (size.getConstant() == 0)
    return getSum({});
  Node &node = nodes.emplace_back(Kind::Atom, nodes.size(), size);
  node.atom = atoms.size();
  Term self(node.index);
  atoms.push_back({self, Term()});
  return self;
}

Term DimensionSpace::createWholeDim(const SymExpr &size) {
  Term dim = createDim(size);
  if (isAtom(dim))
    atoms[getAtom(dim)].isWhole = true;
  return dim;
}

Term DimensionSpace::getProd(llvm::ArrayRef<Term> factors) {
  llvm::SmallVector<Term> flat;
  SymExpr size = SymExpr::constant(1);
  for (Term factor : factors) {
    factor = normalise(factor);
    const Node &node = nodes[factor.index];
    size = size * node.size;
    if (node.kind == Kind::Prod)
      llvm::append_range(flat, node.parts);
    else
      flat.push_back(factor);
  }
  if (size.getConstant() == 0)
    return getSum({});
  return flat.size() == 1 ? flat.front() : intern(Kind::Prod, flat, size);
}

Term DimensionSpace::getSum(llvm::ArrayRef<Term> segments) {
  llvm::SmallVector<Term> flat;
  SymExpr size = SymExpr::constant(0);
  for (Term segment : segments) {
    segment = normalise(segment);
    const Node &node = nodes[segment.index];
    size = size + node.size;
    if (node.kind == Kind::Sum)
      llvm::append_range(flat, node.parts);
    else
      flat.push_back(segment);
  }
  return flat.size() == 1 ? flat.front() : intern(Kind::Sum, flat, size);
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

Term DimensionSpace::normalise(Term term) {
  Node &node = nodes[term.index];
  if (node.normalAt == bindings)
    return node.normal;
  Term normal = term;
  if (node.kind == Kind::Atom) {
    if (Term link = atoms[node.atom].link)
      normal = normalise(link);
  } else {
    // Copied, because building the normal form may grow the arena.
    llvm::SmallVector<Term> parts(llvm::ArrayRef(node.parts));
    normal = node.kind == Kind::Prod ? getProd(parts) : getSum(parts);
  }
  node.normal = normal;
  node.normalAt = bindings;
  return normal;
}

AtomId DimensionSpace::getAtom(Term term) {
  term = normalise(term);
  assert(nodes[term.index].kind == Kind::Atom && "not an atom");
  return nodes[term.index].atom;
}

llvm::SmallVector<Term> DimensionSpace::getFactors(Term term) {
  term = normalise(term);
  if (nodes[term.index].kind != Kind::Prod)
    return {term};
  return llvm::SmallVector<Term>(parts(term));
}

llvm::SmallVector<Term> DimensionSpace::getSegments(Term term) {
  term = normalise(term);
  if (nodes[term.index].kind != Kind::Sum)
    return {term};
  return llvm::SmallVector<Term>(parts(term));
}

void DimensionSpace::collectLeaves(Term normal,
                                   llvm::SmallVectorImpl<AtomId> &leaves) {
  const Node &node = nodes[normal.index];
  if (node.kind == Kind::Atom) {
    if (!llvm::is_contained(leaves, node.atom))
      leaves.push_back(node.atom);
    return;
  }
  for (Term part : node.parts)
    collectLeaves(part, leaves);
}

llvm::SmallVector<AtomId> DimensionSpace::getLeaves(Term term) {
  llvm::SmallVector<AtomId> leaves;
  collectLeaves(normalise(term), leaves);
  return leaves;
}

bool DimensionSpace::contains(Term term, AtomId atom) {
  return llvm::is_contained(getLeaves(term), atom);
}

//===----------------------------------------------------------------------===//
// Fixing
//===----------------------------------------------------------------------===//

/// Whether less can be done about a reason than about another.
static bool isHarder(const FixReason &reason, const FixReason &other) {
  auto rank = [](const FixReason &one) {
    return one.remedy == Remedy::Allow ? 0 : one.isRewritable() ? 1 : 2;
  };
  return rank(reason) > rank(other);
}

void DimensionSpace::addReason(AtomId atom, unsigned reason) {
  auto &known = atoms[atom].reasons;
  bool isKnown = llvm::any_of(
      known, [&](unsigned other) { return reasons[other] == reasons[reason]; });
  if (isKnown)
    return;
  const FixReason &fresh = reasons[reason];
  // Rewrites have to take off all reasons, if they take off any.
  bool isRewritable =
      fresh.isRewritable() && llvm::all_of(known, [&](unsigned other) {
        return reasons[other].remedy != Remedy::None;
      });
  if (known.size() < kMaxReasons || isRewritable)
    known.push_back(reason);
  else if (isHarder(fresh, reasons[known.back()]))
    known.back() = reason;
}

void DimensionSpace::fix(Term term, FixReason reason) {
  llvm::SmallVector<AtomId> leaves = getLeaves(term);
  if (leaves.empty())
    return;
  // An op fixes its axes one after the other: the last reason often fits again.
  if (reasons.empty() || !(reasons.back() == reason))
    reasons.push_back(std::move(reason));
  for (AtomId leaf : leaves)
    addReason(leaf, reasons.size() - 1);
}

llvm::SmallVector<const FixReason *>
DimensionSpace::getReasons(AtomId atom) const {
  return llvm::map_to_vector(atoms[atom].reasons,
                             [&](unsigned reason) { return &reasons[reason]; });
}

//===----------------------------------------------------------------------===//
// Growing
//===----------------------------------------------------------------------===//

SymExpr DimensionSpace::getNewSize(Term term, const Growth &growth) {
  term = normalise(term);
  const Node &node = nodes[term.index];
  switch (node.kind) {
  case Kind::Atom: {
    auto grown = growth.find(node.atom);
    return grown == growth.end() ? node.size : SymExpr::constant(grown->second);
  }
  case Kind::Prod: {
    SymExpr size = SymExpr::constant(1);
    for (Term factor : node.parts)
      size = size * getNewSize(factor, growth);
    return size;
  }
  case Kind::Sum: {
    SymExpr size = SymExpr::constant(0);
    for (Term segment : node.parts)
      size = size + getNewSize(segment, growth);
    return size;
  }
  }
  llvm_unreachable("covered switch");
}

bool DimensionSpace::grows(Term term, const Growth &growth) {
  return !growth.empty() && llvm::any_of(getLeaves(term), [&](AtomId atom) {
    return growth.contains(atom);
  });
}

/// Appends a run, merged with the last one where both go on together.
static void append(llvm::SmallVectorImpl<LaneRun> &runs, LaneRun run) {
  if (!runs.empty()) {
    LaneRun &last = runs.back();
    if (last.from + last.length == run.from &&
        last.to + last.length == run.to) {
      last.length += run.length;
      return;
    }
  }
  runs.push_back(run);
}

/// The runs of a product of `outer`, and `inner` of old and new size as given.
static llvm::SmallVector<LaneRun> multiply(llvm::ArrayRef<LaneRun> outer,
                                           llvm::ArrayRef<LaneRun> inner,
                                           int64_t oldInner, int64_t newInner) {
  llvm::SmallVector<LaneRun> runs;
  for (const LaneRun &run : outer) {
    // Where the inner factor keeps its size, so do whole runs.
    if (oldInner == newInner) {
      append(runs,
             {run.from * oldInner, run.to * oldInner, run.length * oldInner});
      continue;
    }
    for (int64_t i = 0; i != run.length; ++i)
      for (const LaneRun &lane : inner)
        append(runs, {(run.from + i) * oldInner + lane.from,
                      (run.to + i) * newInner + lane.to, lane.length});
  }
  return runs;
}

llvm::SmallVector<LaneRun> DimensionSpace::getPositions(Term term,
                                                        const Growth &growth) {
  term = normalise(term);
  const Node &node = nodes[term.index];
  assert(node.size.isConstant() && "lanes of a symbolic axis");
  if (!grows(term, growth)) {
    int64_t size = *node.size.getConstant();
    return size == 0 ? llvm::SmallVector<LaneRun>()
                     : llvm::SmallVector<LaneRun>{{0, 0, size}};
  }
  switch (node.kind) {
  case Kind::Atom:
    return {{0, 0, *node.size.getConstant()}};
  case Kind::Prod: {
    llvm::SmallVector<LaneRun> runs = {{0, 0, 1}};
    for (Term factor : node.parts)
      runs =
          multiply(runs, getPositions(factor, growth), *getConstantSize(factor),
                   *getNewSize(factor, growth).getConstant());
    return runs;
  }
  case Kind::Sum: {
    llvm::SmallVector<LaneRun> runs;
    int64_t from = 0, to = 0;
    for (Term segment : node.parts) {
      for (const LaneRun &run : getPositions(segment, growth))
        append(runs, {from + run.from, to + run.to, run.length});
      from += *getConstantSize(segment);
      to += *getNewSize(segment, growth).getConstant();
    }
    return runs;
  }
  }
  llvm_unreachable("covered switch");
}

//===----------------------------------------------------------------------===//
// Printing
//===----------------------------------------------------------------------===//

void DimensionSpace::print(
    llvm::raw_ostream &os, Term term,
    llvm::function_ref<void(llvm::raw_ostream &, AtomId)> printAtom) {
  term = normalise(term);
  const Node &node = nodes[term.index];
  switch (node.kind) {
  case Kind::Atom:
    if (printAtom)
      printAtom(os, node.atom);
    else
      os << node.size;
    return;
  case Kind::Prod:
    if (node.parts.empty())
      os << '1';
    llvm::interleave(
        node.parts, os, [&](Term part) { print(os, part, printAtom); }, "*");
    return;
  case Kind::Sum:
    if (node.parts.empty()) {
      os << '0';
      return;
    }
    os << '[';
    llvm::interleave(
        node.parts, os, [&](Term part) { print(os, part, printAtom); }, "|");
    os << ']';
    return;
  }
}

std::string DimensionSpace::toString(Term term) {
  std::string text;
  llvm::raw_string_ostream os(text);
  print(os, term);
  return text;
}
