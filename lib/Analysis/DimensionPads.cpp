//===- DimensionPads.cpp - Which pads are wanted ----------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where a dimension that is used cannot grow, since what makes it makes no more
// of it, which value on the way to the use is padded.
//
//===----------------------------------------------------------------------===//

#include "gac/Analysis/DimensionAnalysis.h"
#include "gac/Dialect/GAC/IR/GACOps.h"
#include "gac/Dialect/GAC/IR/ModelInterface.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace gac;

SmallVector<Term> DimensionAnalysis::getPaddable(Term term, AtomId atom) const {
  SmallVector<Term> parts;
  term = space->normalise(term);
  bool isFixed = llvm::all_of(space->getLeaves(term), [&](AtomId leaf) {
    SmallVector<const FixReason *> reasons = space->getReasons(leaf);
    return !reasons.empty() &&
           llvm::all_of(reasons, [](const FixReason *reason) {
             return reason->isRewritable();
           });
  });
  if (isFixed && space->getConstantSize(term))
    parts.push_back(term);
  switch (space->getKind(term)) {
  case DimensionSpace::Kind::Atom:
    return parts;
  case DimensionSpace::Kind::Sum:
    for (Term segment : space->getSegments(term))
      if (space->contains(segment, atom)) {
        llvm::append_range(parts, getPaddable(segment, atom));
        break;
      }
    return parts;
  case DimensionSpace::Kind::Prod:
    break;
  }
  // Factors in a row may have been one axis.
  SmallVector<Term> factors = space->getFactors(term);
  for (size_t length = factors.size() - 1; length != 0; --length)
    for (size_t from = 0; from + length <= factors.size(); ++from) {
      Term part = space->getProd(ArrayRef(factors).slice(from, length));
      if (space->contains(part, atom))
        llvm::append_range(parts, getPaddable(part, atom));
    }
  return parts;
}

/// Whether ONNX has a Pad of zeros for a type, and runtimes have one: there are
/// few in early opsets.
static bool hasPad(Type element, int64_t opset) {
  if (isa<Float16Type, Float32Type, Float64Type>(element))
    return opset >= 2;
  if (element.isBF16() || element.isInteger(1))
    return opset >= 13;
  return opset >= 11 && (element.isInteger(8) || element.isInteger(32) ||
                         element.isInteger(64));
}

bool DimensionAnalysis::canPad(Value value, unsigned axis) const {
  return value.getDefiningOp() && !isWeight(value) &&
         !isComputedFromSizes(value) &&
         hasPad(getElementTypeOrSelf(value), getOnnxOpset(function)) &&
         !idlePads.contains({value, /*user=*/nullptr, axis});
}

/// All operations that `op` is computed from, and it.
static llvm::DenseSet<Operation *> getSources(Operation *op) {
  llvm::DenseSet<Operation *> sources;
  SmallVector<Operation *> worklist = {op};
  while (!worklist.empty()) {
    Operation *next = worklist.pop_back_val();
    if (!next || !sources.insert(next).second)
      continue;
    for (Value operand : next->getOperands())
      worklist.push_back(operand.getDefiningOp());
    if (auto opaque = dyn_cast<OpaqueOp>(next))
      for (Value captured : opaque.getCaptures())
        worklist.push_back(captured.getDefiningOp());
  }
  return sources;
}

bool DimensionAnalysis::wantPad(Value value, unsigned axis, NewPads &padded) {
  LaneRewrite pad{value, /*user=*/nullptr, axis};
  if (padded.contains(pad))
    return true;
  // What had a pad before is fixed by something else as well.
  auto &ofValue = wantedPads[value];
  if (!canPad(value, axis) || llvm::is_contained(ofValue, axis))
    return false;
  ofValue.push_back(axis);
  llvm::sort(ofValue);
  padded.insert(pad);
  return true;
}

bool DimensionAnalysis::wantPadBehind(
    Operation *maker, Term part, const llvm::DenseSet<Operation *> &sources,
    NewPads &padded) {
  // What is made of what cannot grow, up to where it has an axis of that size.
  llvm::DenseSet<Operation *> reached = {maker};
  Block &body = function.getBody().front();
  for (Operation &op : llvm::make_range(maker->getIterator(), body.end())) {
    bool isReached =
        &op == maker || llvm::any_of(op.getOperands(), [&](Value operand) {
          return reached.contains(operand.getDefiningOp());
        });
    if (!isReached || !sources.contains(&op))
      continue;
    reached.insert(&op);
    for (Value result : op.getResults())
      for (auto [axis, term] :
           llvm::enumerate(getAxes(result).value_or(ArrayRef<Term>())))
        if (space->normalise(term) == part && wantPad(result, axis, padded))
          return true;
  }
  return false;
}

bool DimensionAnalysis::wantPadsOfAll(Term term, Operation *user,
                                      NewPads &padded) {
  term = space->normalise(term);
  llvm::DenseSet<Operation *> sources = getSources(user);
  auto hasAlready = [&](Operation *op, Value operand) {
    return llvm::any_of(
        llvm::enumerate(getAxes(operand, op).value_or(ArrayRef<Term>())),
        [&](auto axis) {
          return space->normalise(axis.value()) == term &&
                 canPad(operand, axis.index());
        });
  };
  bool isAny = false;
  for (Operation &op : function.getBody().front()) {
    // A pad of what it reads pads what it makes of that.
    if (!sources.contains(&op) ||
        llvm::any_of(op.getOperands(),
                     [&](Value operand) { return hasAlready(&op, operand); }))
      continue;
    for (Value result : op.getResults())
      for (auto [axis, made] :
           llvm::enumerate(getAxes(result).value_or(ArrayRef<Term>())))
        if (space->normalise(made) == term)
          isAny |= wantPad(result, axis, padded);
  }
  return isAny;
}

bool DimensionAnalysis::wantPadsOfLanes(Term term, Operation *user,
                                        NewPads &padded) {
  return space->getLeaves(term).empty() &&
         space->getConstantSize(term).value_or(1) != 1 &&
         wantPadsOfAll(term, user, padded);
}

bool DimensionAnalysis::wantPadsOfLanesAt(AtomId atom, NewPads &padded) {
  bool isAny = false;
  for (const FixReason *reason : space->getReasons(atom)) {
    if (reason->remedy != Remedy::Cut || !reason->op)
      continue;
    for (Value operand : reason->op->getOperands())
      for (Term term : getAxes(operand, reason->op).value_or(ArrayRef<Term>()))
        if (space->getSize(term) == space->getAtomSize(atom))
          isAny |= wantPadsOfLanes(term, reason->op, padded);
  }
  return isAny;
}

bool DimensionAnalysis::wantPads(const DimensionUse &use, AtomId atom,
                                 Remedy remedy,
                                 const llvm::DenseSet<Operation *> &sources,
                                 NewPads &padded) {
  llvm::SmallSetVector<Operation *, 4> makers;
  for (const FixReason *reason : space->getReasons(atom))
    if (reason->remedy == remedy && reason->op)
      makers.insert(reason->op);
  if (makers.empty())
    return false;
  return llvm::any_of(getPaddable(use.term, atom), [&](Term part) {
    bool isAny = false;
    for (Operation *maker : makers)
      isAny |= wantPadBehind(maker, part, sources, padded);
    return isAny;
  });
}

bool DimensionAnalysis::wantPadsBefore(const DimensionUse &use, AtomId atom,
                                       Remedy remedy, NewPads &padded) {
  return wantPads(use, atom, remedy, getSources(use.op), padded);
}

bool DimensionAnalysis::wantPadOfOperand(const DimensionUse &use, AtomId atom,
                                         NewPads &padded) {
  Value value = use.op->getOperand(use.operand);
  ArrayRef<Term> terms = getAxes(value).value_or(ArrayRef<Term>());
  if (use.axis >= terms.size())
    return false;
  Term axis = space->normalise(terms[use.axis]);
  return llvm::is_contained(getPaddable(axis, atom), axis) &&
         wantPad(value, use.axis, padded);
}

bool DimensionAnalysis::wantLastPads(NewPads &padded) {
  auto wantForAll = [&](auto wantFor) {
    bool isAny = false;
    for (const DimensionUse &use : uses)
      if (use.role != Role::M && !isFree(use))
        for (AtomId atom : getFixedAtoms(use))
          isAny |= wantFor(use, atom);
    return isAny;
  };
  // What is left of a cut is as fixed as what no more can be made of.
  bool isAny = wantForAll([&](const DimensionUse &use, AtomId atom) {
    return wantPadsBefore(use, atom, Remedy::Cut, padded) ||
           wantPadOfOperand(use, atom, padded);
  });
  if (isAny)
    return true;
  // What a weight is added to is not what the use is computed from.
  llvm::DenseSet<Operation *> anywhere;
  for (Operation &op : function.getBody().front())
    if (isLive(&op))
      anywhere.insert(&op);
  return wantForAll([&](const DimensionUse &use, AtomId atom) {
    return wantPads(use, atom, Remedy::Pad, anywhere, padded);
  });
}

//===----------------------------------------------------------------------===//
// Parts at odds
//===----------------------------------------------------------------------===//

int64_t DimensionAnalysis::getLeastMultiple(const DimensionUse &use) {
  // 16 bytes, of what floats are priced as.
  Type element = getElementTypeOrSelf(use.op->getOperand(use.operand));
  return element.isIntOrFloat() && element.getIntOrFloatBitWidth() == 8 ? 16
                                                                        : 8;
}

llvm::DenseSet<AtomId> DimensionAnalysis::getAtomsUsedAlone() const {
  llvm::DenseSet<AtomId> alone;
  for (const DimensionUse &use : uses) {
    Term term = space->normalise(use.term);
    if (use.role != Role::M && space->isAtom(term))
      alone.insert(space->getAtom(term));
  }
  return alone;
}

std::optional<int64_t>
DimensionAnalysis::getRemainder(Term term, int64_t multiple,
                                const llvm::DenseSet<AtomId> &alone) const {
  term = space->normalise(term);
  std::optional<int64_t> size = space->getConstantSize(term);
  if (!size)
    return std::nullopt;
  bool isFixed = llvm::none_of(space->getLeaves(term), [&](AtomId atom) {
    return space->mayGrow(atom);
  });
  if (isFixed)
    return *size % multiple;
  int64_t rest = 0;
  switch (space->getKind(term)) {
  case DimensionSpace::Kind::Atom:
    if (!alone.contains(space->getAtom(term)))
      return std::nullopt;
    return 0;
  case DimensionSpace::Kind::Prod:
    rest = 1;
    for (Term factor : space->getFactors(term)) {
      std::optional<int64_t> next = getRemainder(factor, multiple, alone);
      if (!next)
        return std::nullopt;
      rest = rest * *next % multiple;
    }
    return rest;
  case DimensionSpace::Kind::Sum:
    for (Term segment : space->getSegments(term)) {
      std::optional<int64_t> next = getRemainder(segment, multiple, alone);
      if (!next)
        return std::nullopt;
      rest = (rest + *next) % multiple;
    }
    return rest;
  }
  llvm_unreachable("covered switch");
}

bool DimensionAnalysis::isAtOdds(const DimensionUse &use, Term part,
                                 const llvm::DenseSet<AtomId> &alone) const {
  return getRemainder(part, getLeastMultiple(use), alone).value_or(0) != 0;
}

bool DimensionAnalysis::wantPadsOfOdds(NewPads &padded) {
  bool isAny = false;
  llvm::DenseSet<AtomId> alone = getAtomsUsedAlone();
  for (const DimensionUse &use : uses) {
    if (use.role == Role::M || !isFree(use) || !isAtOdds(use, use.term, alone))
      continue;
    Term term = space->normalise(use.term);
    SmallVector<Term> parts = {term};
    if (space->getKind(term) == DimensionSpace::Kind::Prod)
      llvm::append_range(parts, space->getFactors(term));
    isAny |= llvm::any_of(parts, [&](Term part) {
      return isAtOdds(use, part, alone) && wantPadsOfAll(part, use.op, padded);
    });
  }
  return isAny;
}
