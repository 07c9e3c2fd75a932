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
#include "mlir/IR/TypeUtilities.h"
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
  if (space->isAtom(term))
    return parts;
  bool isProduct = space->getKind(term) == DimensionSpace::Kind::Prod;
  for (Term part :
       isProduct ? space->getFactors(term) : space->getSegments(term))
    if (space->contains(part, atom)) {
      llvm::append_range(parts, getPaddable(part, atom));
      break;
    }
  return parts;
}

bool DimensionAnalysis::wantPad(Term part, Operation *maker) {
  // What is made of what cannot grow, up to where it has an axis of that size.
  llvm::DenseSet<Operation *> reached = {maker};
  Block &body = function.getBody().front();
  for (Operation &op : llvm::make_range(maker->getIterator(), body.end())) {
    bool isReached = reached.contains(&op) ||
                     llvm::any_of(op.getOperands(), [&](Value operand) {
                       return reached.contains(operand.getDefiningOp());
                     });
    if (!isReached || !isLive(&op))
      continue;
    reached.insert(&op);
    for (Value result : op.getResults()) {
      std::optional<ArrayRef<Term>> terms = getAxes(result);
      if (!terms || isComputedFromSizes(result) ||
          !getElementTypeOrSelf(result.getType()).isIntOrFloat())
        continue;
      auto *known = wantedPads.find(result);
      for (auto [axis, term] : llvm::enumerate(*terms)) {
        // What is padded already is fixed by others as well.
        if (space->normalise(term) != part ||
            (known != wantedPads.end() &&
             llvm::is_contained(known->second, axis)))
          continue;
        auto &ofResult = wantedPads[result];
        ofResult.push_back(axis);
        llvm::sort(ofResult);
        return true;
      }
    }
  }
  return false;
}

bool DimensionAnalysis::wantPads(Term term, AtomId atom,
                                 llvm::DenseSet<Term> &padded) {
  SmallVector<Operation *> makers;
  for (const FixReason *reason : space->getReasons(atom))
    if (reason->remedy == Remedy::Pad)
      makers.push_back(reason->op);
  if (makers.empty())
    return false;
  SmallVector<Term> parts = getPaddable(term, atom);
  if (llvm::any_of(parts, [&](Term part) { return padded.contains(part); }))
    return true;
  for (Term part : parts) {
    bool isAny = false;
    for (Operation *maker : makers)
      isAny |= wantPad(part, maker);
    if (!isAny)
      continue;
    padded.insert(part);
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
  llvm::DenseSet<Term> padded;
  for (auto [number, use] : llvm::enumerate(uses)) {
    // Any number of rows is as good as another; and whatever else a size is
    // made of, one part is enough to reach a multiple.
    if (use.role == Role::M ||
        llvm::any_of(space->getLeaves(use.term),
                     [&](AtomId atom) { return space->mayGrow(atom); }))
      continue;
    UnfreeUse unfree{number, getFixedSize(use)};
    for (AtomId atom : getFixedAtoms(use)) {
      if (wantPads(use.term, atom, padded))
        isAny = true;
      else if (seen.insert(atom).second)
        isAny |= want(findCutsFor(atom), unfree) ||
                 want(findOfferedCuts(atom), unfree);
    }
  }
  return isAny;
}

bool DimensionAnalysis::isIdle(const LaneCut &cut,
                               const llvm::SetVector<AtomId> &freed) const {
  // To grow what is left alone would be padding for its own sake.
  if (llvm::none_of(space->getLeaves(cut.term),
                    [&](AtomId atom) { return freed.contains(atom); }))
    return true;
  auto *wanted = wantedCuts.find({cut.value, cut.user});
  auto *entry = llvm::find_if(wanted->second, [&](const WantedCut &other) {
    return other.axis == cut.axis;
  });
  if (entry == wanted->second.end())
    return false;
  // What others behind it can take, too, the reader may as well.
  if (entry->isOffered && cut.left &&
      llvm::all_of(space->getLeaves(cut.left),
                   [&](AtomId atom) { return space->mayGrow(atom); }))
    return true;
  return !entry->uses.empty() &&
         llvm::all_of(entry->uses, [&](const UnfreeUse &use) {
           return use.number < uses.size() &&
                  getFixedSize(uses[use.number]) >= use.fixedSize;
         });
}

bool DimensionAnalysis::dropIdle() {
  llvm::SetVector<AtomId> freed = getFreedAtoms();
  bool isAny = false;
  for (const LaneCut &cut : cuts) {
    auto *wanted = wantedCuts.find({cut.value, cut.user});
    if (wanted == wantedCuts.end() || !isIdle(cut, freed))
      continue;
    llvm::erase_if(wanted->second, [&](const WantedCut &other) {
      return other.axis == cut.axis;
    });
    isAny = true;
  }
  for (const LanePad &pad : pads) {
    auto isFreed = [&](AtomId atom) { return freed.contains(atom); };
    auto mayGrow = [&](AtomId atom) { return space->mayGrow(atom); };
    // What may grow by itself after all needs no pad.
    if (llvm::any_of(space->getLeaves(pad.read), isFreed) &&
        llvm::none_of(space->getLeaves(pad.made), mayGrow))
      continue;
    llvm::erase(wantedPads[pad.value], pad.axis);
    isAny = true;
  }
  wantedCuts.remove_if([](const auto &entry) { return entry.second.empty(); });
  wantedPads.remove_if([](const auto &entry) { return entry.second.empty(); });
  return isAny;
}
