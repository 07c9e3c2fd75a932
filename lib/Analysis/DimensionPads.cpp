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

/// Whether a Pad of zeros can stand behind a value: ONNX has it for few types
/// in early opsets, and runtimes for the common ones.
static bool canPad(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!type)
    return false;
  int64_t opset = getOnnxOpset(value.getDefiningOp());
  Type element = type.getElementType();
  if (isa<Float16Type, Float32Type, Float64Type>(element))
    return opset >= 2;
  if (element.isBF16() || element.isInteger(1))
    return opset >= 13;
  return opset >= 11 && (element.isInteger(8) || element.isInteger(32) ||
                         element.isInteger(64));
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

void DimensionAnalysis::addPad(Value value, unsigned axis) {
  auto &ofValue = wantedPads[value];
  ofValue.push_back(axis);
  llvm::sort(ofValue);
}

bool DimensionAnalysis::wantPad(Term part, Operation *maker,
                                const llvm::DenseSet<Operation *> &sources,
                                PaddedParts &padded) {
  // What is made of what cannot grow, up to where it has an axis of that size.
  llvm::DenseSet<Operation *> reached = {maker};
  Block &body = function.getBody().front();
  auto from = maker ? maker->getIterator() : body.begin();
  for (Operation &op : llvm::make_range(from, body.end())) {
    bool isReached = !maker || reached.contains(&op) ||
                     llvm::any_of(op.getOperands(), [&](Value operand) {
                       return reached.contains(operand.getDefiningOp());
                     });
    if (!isReached || !sources.contains(&op))
      continue;
    reached.insert(&op);
    for (Value result : op.getResults()) {
      std::optional<ArrayRef<Term>> terms = getAxes(result);
      if (!terms || isComputedFromSizes(result) || !canPad(result))
        continue;
      auto *known = wantedPads.find(result);
      for (auto [axis, term] : llvm::enumerate(*terms)) {
        if (space->normalise(term) != part ||
            idlePads.contains({result, nullptr, axis}))
          continue;
        // Others may have asked for it; and what had a pad before is fixed by
        // something else as well.
        if (known != wantedPads.end() &&
            llvm::is_contained(known->second, axis)) {
          if (llvm::is_contained(padded.lookup(part), &op))
            return true;
          continue;
        }
        addPad(result, axis);
        padded[part].push_back(&op);
        return true;
      }
    }
  }
  return false;
}

bool DimensionAnalysis::wantPadOfLanes(Term term, Operation *user,
                                       PaddedParts &padded) {
  return space->getLeaves(term).empty() &&
         space->getConstantSize(term).value_or(1) != 1 &&
         wantPad(space->normalise(term), /*maker=*/nullptr, getSources(user),
                 padded);
}

bool DimensionAnalysis::wantPads(const DimensionUse &use, AtomId atom,
                                 Remedy remedy, PaddedParts &padded) {
  llvm::SmallSetVector<Operation *, 4> makers;
  for (const FixReason *reason : space->getReasons(atom))
    if (reason->remedy == remedy && reason->op)
      makers.insert(reason->op);
  if (!makers.empty()) {
    llvm::DenseSet<Operation *> sources = getSources(use.op);
    for (Term part : getPaddable(use.term, atom)) {
      bool isAny = false;
      for (Operation *maker : makers)
        isAny |= wantPad(part, maker, sources, padded);
      if (isAny)
        return true;
    }
  }
  // What meets single lanes can grow once they are one dimension.
  bool isAny = false;
  for (const FixReason *reason : space->getReasons(atom)) {
    if (reason->remedy != Remedy::Cut || !reason->op)
      continue;
    for (Value operand : reason->op->getOperands())
      for (Term term : getAxes(operand, reason->op).value_or(ArrayRef<Term>()))
        if (space->getSize(term) == space->getAtomSize(atom))
          isAny |= wantPadOfLanes(term, reason->op, padded);
  }
  return isAny;
}

bool DimensionAnalysis::wantPadOfOperand(const DimensionUse &use, AtomId atom) {
  Value value = use.op->getOperand(use.operand);
  std::optional<ArrayRef<Term>> terms = getAxes(value);
  if (isWeight(value) || !value.getDefiningOp() || !terms ||
      use.axis >= terms->size() || isComputedFromSizes(value) ||
      !canPad(value) || idlePads.contains({value, nullptr, use.axis}) ||
      llvm::is_contained(wantedPads.lookup(value), use.axis))
    return false;
  Term axis = space->normalise((*terms)[use.axis]);
  if (!llvm::is_contained(getPaddable(axis, atom), axis))
    return false;
  addPad(value, use.axis);
  return true;
}

//===----------------------------------------------------------------------===//
// Parts at odds
//===----------------------------------------------------------------------===//

/// All multiples that targets ask for are multiples of this one, but for a few
/// small ones of wide types.
static constexpr int64_t kAligned = 8;

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
DimensionAnalysis::getRest(Term term,
                           const llvm::DenseSet<AtomId> &alone) const {
  term = space->normalise(term);
  std::optional<int64_t> size = space->getConstantSize(term);
  if (!size)
    return std::nullopt;
  bool isFixed = llvm::none_of(space->getLeaves(term), [&](AtomId atom) {
    return space->mayGrow(atom);
  });
  if (isFixed)
    return *size % kAligned;
  int64_t rest = 0;
  switch (space->getKind(term)) {
  case DimensionSpace::Kind::Atom:
    if (!alone.contains(space->getAtom(term)))
      return std::nullopt;
    return 0;
  case DimensionSpace::Kind::Prod:
    rest = 1;
    for (Term factor : space->getFactors(term)) {
      std::optional<int64_t> next = getRest(factor, alone);
      if (!next)
        return std::nullopt;
      rest = rest * *next % kAligned;
    }
    return rest;
  case DimensionSpace::Kind::Sum:
    for (Term segment : space->getSegments(term)) {
      std::optional<int64_t> next = getRest(segment, alone);
      if (!next)
        return std::nullopt;
      rest = (rest + *next) % kAligned;
    }
    return rest;
  }
  llvm_unreachable("covered switch");
}

bool DimensionAnalysis::wantPadsOfOdds(PaddedParts &padded) {
  bool isAny = false;
  llvm::DenseSet<AtomId> alone = getAtomsUsedAlone();
  for (const DimensionUse &use : uses) {
    if (use.role == Role::M || !isFree(use) ||
        getRest(use.term, alone).value_or(0) == 0)
      continue;
    llvm::DenseSet<Operation *> sources = getSources(use.op);
    Term term = space->normalise(use.term);
    SmallVector<Term> parts = {term};
    if (space->getKind(term) == DimensionSpace::Kind::Prod)
      llvm::append_range(parts, space->getFactors(term));
    isAny |= llvm::any_of(parts, [&](Term part) {
      return getRest(part, alone).value_or(0) != 0 &&
             wantPad(space->normalise(part), /*maker=*/nullptr, sources,
                     padded);
    });
  }
  return isAny;
}
