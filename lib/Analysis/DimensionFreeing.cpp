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

/// All multiples that targets ask for are multiples of this one, but for a few
/// small ones of wide types.
static constexpr int64_t kAligned = 8;

//===----------------------------------------------------------------------===//
// Uses
//===----------------------------------------------------------------------===//

llvm::DenseSet<AtomId> DimensionAnalysis::getFreedAtoms() const {
  llvm::DenseSet<AtomId> atoms;
  for (const DimensionUse &use : uses)
    for (AtomId atom : space->getLeaves(use.term))
      if (space->mayGrow(atom))
        atoms.insert(atom);
  return atoms;
}

bool DimensionAnalysis::hasAny(Term term,
                               const llvm::DenseSet<AtomId> &atoms) const {
  return llvm::any_of(space->getLeaves(term),
                      [&](AtomId atom) { return atoms.contains(atom); });
}

bool DimensionAnalysis::isFree(const DimensionUse &use) const {
  return llvm::any_of(space->getLeaves(use.term),
                      [&](AtomId atom) { return space->mayGrow(atom); });
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

llvm::BitVector DimensionAnalysis::getFreeUses() const {
  llvm::DenseSet<AtomId> alone = getAtomsUsedAlone();
  llvm::BitVector free(uses.size());
  for (auto [number, use] : llvm::enumerate(uses))
    free[number] = use.role != Role::M && isFree(use) &&
                   getRest(use.term, alone).value_or(0) == 0;
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

DimensionAnalysis::WantedCuts DimensionAnalysis::chooseCutsFor(AtomId atom) {
  WantedCuts chosen = findCutsFor(atom);
  bool isAnyNew = llvm::any_of(chosen, [&](const auto &entry) {
    auto *known = wantedCuts.find(entry.first);
    return known == wantedCuts.end() ||
           llvm::any_of(entry.second, [&](const WantedCut &cut) {
             return llvm::none_of(known->second, [&](const WantedCut &other) {
               return other.axis == cut.axis;
             });
           });
  });
  if (!isAnyNew)
    for (auto &[read, offered] : findOfferedCuts(atom))
      llvm::append_range(chosen[read], offered);
  return chosen;
}

bool DimensionAnalysis::want(const WantedCuts &found, UnfreeUse use) {
  bool isAny = false;
  for (const auto &[read, ofRead] : found) {
    auto &known = wantedCuts[read];
    for (const WantedCut &cut : ofRead) {
      auto *same = llvm::find_if(known, [&](const WantedCut &other) {
        return other.axis == cut.axis;
      });
      if (same != known.end()) {
        same->uses.push_back(use);
        continue;
      }
      known.push_back(cut);
      known.back().uses.push_back(use);
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
// Rounds
//===----------------------------------------------------------------------===//

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

bool DimensionAnalysis::findRewrites() {
  bool isAny = false;
  // The cuts that free an atom, and whether any of them is new.
  llvm::DenseMap<AtomId, std::pair<WantedCuts, bool>> cutsFor;
  PaddedParts padded;
  for (auto [number, use] : llvm::enumerate(uses)) {
    if (use.role == Role::M || isFree(use))
      continue;
    isAny |= wantPadOfLanes(use.term, use.op, padded);
    UnfreeUse unfree{number, getFixedSize(use)};
    for (AtomId atom : getFixedAtoms(use)) {
      if (wantPads(use, atom, Remedy::Pad, padded)) {
        isAny = true;
        continue;
      }
      auto [entry, isFirst] = cutsFor.try_emplace(atom);
      auto &[chosen, isNew] = entry->second;
      if (isFirst)
        chosen = chooseCutsFor(atom);
      isNew |= want(chosen, unfree);
      // What is left of a cut is as fixed as what no more can be made of.
      isAny |= isNew || wantPads(use, atom, Remedy::Cut, padded) ||
               wantPadOfOperand(use, atom);
    }
  }
  // What is to grow is known only once all that can has been freed.
  return isAny || wantPadsOfOdds(padded);
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
  llvm::DenseSet<AtomId> freed = getFreedAtoms();
  auto freesNone = [&](Term term) { return !hasAny(term, freed); };
  auto isNoFreer = [&](const UnfreeUse &use) {
    return use.number < uses.size() &&
           getFixedSize(uses[use.number]) >= use.fixedSize;
  };
  SmallVector<LaneRewrite> idle;
  for (const LaneCut &cut : cuts) {
    WantedCut *wanted = getWanted(cut);
    bool isOfNone = freesNone(cut.term) && (!cut.left || freesNone(cut.left));
    if (wanted && (isOfNone || (!wanted->uses.empty() &&
                                llvm::all_of(wanted->uses, isNoFreer))))
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
  llvm::DenseSet<AtomId> freed = getFreedAtoms();
  auto mayGrow = [&](AtomId atom) { return space->mayGrow(atom); };
  SmallVector<LaneRewrite> spareCuts, sparePads;
  auto add = [&](SmallVectorImpl<LaneRewrite> &spare,
                 const LaneRewrite &rewrite) {
    if (!neededRewrites.contains(rewrite))
      spare.push_back(rewrite);
  };
  for (const LaneCut &cut : cuts) {
    WantedCut *wanted = getWanted(cut);
    if (!wanted)
      continue;
    // What others behind it can take, too, the reader may as well.
    bool isTaken = wanted->isOffered && cut.left &&
                   llvm::all_of(space->getLeaves(cut.left), mayGrow);
    // To grow what is left alone would be padding for its own sake.
    if (isTaken || !hasAny(cut.term, freed))
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
