//===- DimensionFreeing.cpp - Which cuts and pads free something *- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// An operation that cannot take padding fixes what it reads, one that cannot
// make padding what it makes. Where such operations alone fix a dimension that
// a product uses, each of them reads a cut, or those behind it read a pad: the
// old lanes, an axis of its own. Something else may still fix the dimension,
// which tells only once what is on one side of the cuts is no longer one with
// what is on the other: those that free nothing are dropped.
//
//===----------------------------------------------------------------------===//

#include "gac/Analysis/DimensionAnalysis.h"
#include "gac/Dialect/GAC/IR/GACOps.h"
#include "gac/Dialect/GAC/IR/ModelInterface.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"
#include <limits>

using namespace mlir;
using namespace gac;

//===----------------------------------------------------------------------===//
// Uses
//===----------------------------------------------------------------------===//

llvm::SetVector<AtomId> DimensionAnalysis::getFreedAtoms() const {
  llvm::SetVector<AtomId> atoms;
  for (const DimensionUse &use : uses)
    for (AtomId atom : space->getLeaves(use.term))
      if (space->mayGrow(atom))
        atoms.insert(atom);
  return atoms;
}

bool DimensionAnalysis::isFree(const DimensionUse &use) const {
  return llvm::any_of(space->getLeaves(use.term),
                      [&](AtomId atom) { return space->mayGrow(atom); });
}

llvm::BitVector DimensionAnalysis::getFreeUses() const {
  llvm::BitVector free(uses.size());
  for (auto [number, use] : llvm::enumerate(uses))
    free[number] = use.role != Role::M && isFree(use);
  return free;
}

SmallVector<AtomId>
DimensionAnalysis::getFixedAtoms(const DimensionUse &use) const {
  SmallVector<AtomId> atoms = space->getLeaves(use.term);
  llvm::erase_if(atoms, [&](AtomId atom) {
    return space->mayGrow(atom) || !space->getAtomSize(atom).isConstant();
  });
  return atoms;
}

int64_t DimensionAnalysis::getFixedSize(const DimensionUse &use) const {
  int64_t product = 1;
  for (AtomId atom : getFixedAtoms(use))
    product = llvm::MulOverflow(
                  product, *space->getAtomSize(atom).getConstant(), product)
                  ? std::numeric_limits<int64_t>::max()
                  : product;
  return product;
}

//===----------------------------------------------------------------------===//
// Cuts
//===----------------------------------------------------------------------===//

DimensionAnalysis::WantedCuts DimensionAnalysis::findCutsFor(AtomId atom) {
  WantedCuts found;
  for (const FixReason *reason : space->getReasons(atom)) {
    if (reason->remedy != Remedy::Cut || !reason->op)
      continue;
    for (Value value : reason->op->getOperands()) {
      std::optional<ArrayRef<Term>> terms = getAxes(value, reason->op);
      for (unsigned axis = 0; terms && axis != terms->size(); ++axis) {
        Term term = (*terms)[axis];
        if (!space->contains(term, atom) || !space->getConstantSize(term) ||
            !canCut(value, axis, reason->op))
          continue;
        auto &ofRead = found[{value, reason->op}];
        if (llvm::none_of(
                ofRead, [&](const WantedCut &cut) { return cut.axis == axis; }))
          ofRead.push_back({axis, reason->why});
      }
    }
  }
  return found;
}

DimensionAnalysis::WantedCuts DimensionAnalysis::findOfferedCuts(AtomId atom) {
  WantedCuts found;
  if (llvm::any_of(space->getReasons(atom),
                   [](const FixReason *reason) { return !reason->op; }))
    return found;
  for (const auto &[read, offered] : offeredCuts)
    for (const WantedCut &cut : offered) {
      Term term = (*getAxes(read.first, read.second))[cut.axis];
      if (space->contains(term, atom) && space->getConstantSize(term) &&
          canCut(read.first, cut.axis, read.second))
        found[read].push_back(cut);
    }
  return found;
}

bool DimensionAnalysis::want(WantedCuts found, UnfreeUse use) {
  bool isAny = false;
  for (auto &[read, ofRead] : found) {
    auto &known = wantedCuts[read];
    for (WantedCut &cut : ofRead) {
      auto *same = llvm::find_if(known, [&](const WantedCut &other) {
        return other.axis == cut.axis;
      });
      if (same != known.end()) {
        same->uses.push_back(use);
        continue;
      }
      cut.uses.push_back(use);
      known.push_back(std::move(cut));
      isAny = true;
    }
    llvm::sort(known, [](const WantedCut &a, const WantedCut &b) {
      return a.axis < b.axis;
    });
  }
  return isAny;
}

//===----------------------------------------------------------------------===//
// Pads
//===----------------------------------------------------------------------===//

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
        auto &ofResult = wantedPads[result];
        ofResult.push_back(axis);
        llvm::sort(ofResult);
        padded[part].push_back(&op);
        return true;
      }
    }
  }
  return false;
}

bool DimensionAnalysis::wantPads(const DimensionUse &use, AtomId atom,
                                 PaddedParts &padded) {
  llvm::SmallSetVector<Operation *, 4> makers;
  for (const FixReason *reason : space->getReasons(atom))
    if (reason->remedy == Remedy::Pad)
      makers.insert(reason->op);
  if (makers.empty())
    return false;
  llvm::DenseSet<Operation *> sources = getSources(use.op);
  for (Term part : getPaddable(use.term, atom)) {
    bool isAny = false;
    for (Operation *maker : makers)
      isAny |= wantPad(part, maker, sources, padded);
    if (isAny)
      return true;
  }
  return false;
}

//===----------------------------------------------------------------------===//
// Rounds
//===----------------------------------------------------------------------===//

bool DimensionAnalysis::findRewrites() {
  bool isAny = false;
  llvm::DenseSet<AtomId> seen;
  PaddedParts padded;
  for (auto [number, use] : llvm::enumerate(uses)) {
    if (use.role == Role::M || isFree(use))
      continue;
    // Single lanes in a row have nothing that could grow, nor does anybody keep
    // them from it.
    if (space->getLeaves(use.term).empty() &&
        space->getConstantSize(use.term).value_or(1) != 1)
      isAny |= wantPad(space->normalise(use.term), /*maker=*/nullptr,
                       getSources(use.op), padded);
    UnfreeUse unfree{number, getFixedSize(use)};
    for (AtomId atom : getFixedAtoms(use)) {
      if (wantPads(use, atom, padded))
        isAny = true;
      else if (seen.insert(atom).second)
        isAny |= want(findCutsFor(atom), unfree) ||
                 want(findOfferedCuts(atom), unfree);
    }
  }
  return isAny;
}

DimensionAnalysis::WantedCut *DimensionAnalysis::getWanted(const LaneCut &cut) {
  auto *ofRead = wantedCuts.find({cut.value, cut.user});
  if (ofRead == wantedCuts.end())
    return nullptr;
  auto *wanted = llvm::find_if(ofRead->second, [&](const WantedCut &candidate) {
    return candidate.axis == cut.axis;
  });
  return wanted == ofRead->second.end() ? nullptr : wanted;
}

void DimensionAnalysis::drop(ArrayRef<LaneRewrite> dropped) {
  for (auto [value, user, axis] : dropped) {
    if (!user) {
      llvm::erase(wantedPads[value], axis);
      continue;
    }
    auto &ofRead = wantedCuts.find({value, user})->second;
    llvm::erase_if(ofRead, [axis = axis](const WantedCut &cut) {
      return cut.axis == axis;
    });
  }
  auto isEmpty = [](const auto &entry) { return entry.second.empty(); };
  wantedCuts.remove_if(isEmpty);
  wantedPads.remove_if(isEmpty);
}

bool DimensionAnalysis::dropIdle() {
  llvm::SetVector<AtomId> freed = getFreedAtoms();
  auto freesNone = [&](Term term) {
    return llvm::none_of(space->getLeaves(term),
                         [&](AtomId atom) { return freed.contains(atom); });
  };
  auto isNoFreer = [&](const UnfreeUse &use) {
    return use.number < uses.size() &&
           getFixedSize(uses[use.number]) >= use.fixedSize;
  };
  SmallVector<LaneRewrite> idle;
  for (const LaneCut &cut : cuts) {
    // To grow what is left alone would be padding for its own sake.
    WantedCut *wanted = getWanted(cut);
    if (wanted &&
        (freesNone(cut.term) ||
         (!wanted->uses.empty() && llvm::all_of(wanted->uses, isNoFreer))))
      idle.push_back({cut.value, cut.user, cut.axis});
  }
  for (const LanePad &pad : pads)
    if (freesNone(pad.read)) {
      idle.push_back({pad.value, nullptr, pad.axis});
      idlePads.insert(idle.back());
    }
  if (idle.empty())
    return false;
  drop(idle);
  analyse();
  return true;
}

bool DimensionAnalysis::dropSpare() {
  auto mayGrow = [&](AtomId atom) { return space->mayGrow(atom); };
  SmallVector<LaneRewrite> spareCuts, sparePads;
  auto add = [&](SmallVectorImpl<LaneRewrite> &spare,
                 const LaneRewrite &rewrite) {
    if (!neededRewrites.contains(rewrite))
      spare.push_back(rewrite);
  };
  // What others behind it can take, too, the reader may as well.
  for (const LaneCut &cut : cuts) {
    WantedCut *wanted = getWanted(cut);
    if (wanted && wanted->isOffered && cut.left &&
        llvm::all_of(space->getLeaves(cut.left), mayGrow))
      add(spareCuts, {cut.value, cut.user, cut.axis});
  }
  // What may grow by itself may need no pad.
  for (const LanePad &pad : pads)
    if (llvm::any_of(space->getLeaves(pad.made), mayGrow))
      add(sparePads, {pad.value, nullptr, pad.axis});
  llvm::BitVector free = getFreeUses();
  return tryToDrop(spareCuts, free) || tryToDrop(sparePads, free);
}

bool DimensionAnalysis::tryToDrop(ArrayRef<LaneRewrite> spare,
                                  const llvm::BitVector &free) {
  if (spare.empty())
    return false;
  WantedCuts allCuts = wantedCuts;
  auto allPads = wantedPads;
  drop(spare);
  analyse();
  llvm::BitVector left = getFreeUses();
  if (left.size() == free.size() && !free.test(left))
    return true;
  wantedCuts = std::move(allCuts);
  wantedPads = std::move(allPads);
  if (spare.size() == 1) {
    neededRewrites.insert(spare.front());
    analyse();
    return false;
  }
  size_t half = spare.size() / 2;
  bool isAny = tryToDrop(spare.take_front(half), free);
  isAny |= tryToDrop(spare.drop_front(half), free);
  return isAny;
}
