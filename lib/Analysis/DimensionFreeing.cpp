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
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"
#include <limits>

using namespace mlir;
using namespace gac;

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

llvm::BitVector DimensionAnalysis::getFreeUses() const {
  llvm::DenseSet<AtomId> alone = getAtomsUsedAlone();
  llvm::BitVector free(uses.size());
  for (auto [number, use] : llvm::enumerate(uses))
    free[number] =
        use.role != Role::M && isFree(use) && !isAtOdds(use, use.term, alone);
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
// Rounds
//===----------------------------------------------------------------------===//

bool DimensionAnalysis::findRewrites() {
  NewPads padded;
  // What is to grow is known only once all that can has been freed.
  return findFirstRewrites(padded) || wantLastPads(padded) ||
         wantPadsOfOdds(padded);
}

bool DimensionAnalysis::findFirstRewrites(NewPads &padded) {
  bool isAny = false;
  llvm::DenseMap<AtomId, WantedCuts> cutsFor;
  for (auto [number, use] : llvm::enumerate(uses)) {
    if (use.role == Role::M || isFree(use))
      continue;
    isAny |= wantPadsOfLanes(use.term, use.op, padded);
    for (AtomId atom : getFixedAtoms(use)) {
      if (wantPadsBefore(use, atom, Remedy::Pad, padded) ||
          wantPadsOfLanesAt(atom, padded)) {
        isAny = true;
        continue;
      }
      auto [chosen, isFirst] = cutsFor.try_emplace(atom);
      if (isFirst)
        chosen->second = chooseCutsFor(atom);
      isAny |= want(chosen->second, {number, getFixedSize(use)});
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
  for (const auto &[value, user, axis] : dropped) {
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
  llvm::BitVector left = getFreeUses(), lost = free;
  if (left.size() == free.size() && !lost.reset(left).any())
    return true;
  wantedCuts = std::move(allCuts);
  wantedPads = std::move(allPads);
  analyse();
  if (spare.size() == 1) {
    neededRewrites.insert(spare.front());
    return false;
  }
  // A pad of what was lost is needed, if not by itself.
  llvm::DenseSet<AtomId> lostAtoms;
  for (unsigned number : lost.set_bits())
    if (number < uses.size())
      lostAtoms.insert_range(space->getLeaves(uses[number].term));
  for (const LanePad &pad : pads)
    if (hasAny(pad.read, lostAtoms))
      neededRewrites.insert({pad.value, /*user=*/nullptr, pad.axis});
  SmallVector<LaneRewrite> others(spare);
  llvm::erase_if(others, [&](const LaneRewrite &rewrite) {
    return neededRewrites.contains(rewrite);
  });
  if (others.size() != spare.size())
    return tryToDrop(others, free);
  size_t half = spare.size() / 2;
  bool isAny = tryToDrop(spare.take_front(half), free);
  isAny |= tryToDrop(spare.drop_front(half), free);
  return isAny;
}
