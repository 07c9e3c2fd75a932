//===- DimensionCuts.cpp - What is cut in front of its readers --*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// An operation that cannot take padding fixes what it reads. Where such
// operations fix a dimension that a product uses, each of them reads a cut: the
// old lanes, an axis of its own. Something else may still fix the dimension,
// which tells only once what is behind the cuts is no longer one with what is
// in front of them: a cut in front of which nothing may grow is dropped.
//
//===----------------------------------------------------------------------===//

#include "gac/Analysis/DimensionAnalysis.h"
#include "gac/Dialect/GAC/IR/GACOps.h"
#include "gac/Dialect/GAC/IR/ModelInterface.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace gac;

bool gac::isReadByName(Value value, Operation *user) {
  if (user->hasTrait<mlir::OpTrait::IsTerminator>())
    return true;
  auto opaque = dyn_cast<OpaqueOp>(user);
  return opaque && llvm::is_contained(opaque.getCaptures(), value);
}

bool DimensionAnalysis::canCut(Value value, unsigned index, Operation *user) {
  if (!value.getDefiningOp() || isWeight(value))
    return false;
  Operation *terminator = function.getBody().front().getTerminator();
  // One name cannot be that of two values, of which one has grown.
  if (isReadByName(value, user))
    for (OpOperand &operand : terminator->getOpOperands())
      if (operand.get() == value && InterfaceValue(function, /*isInput=*/false,
                                                   operand.getOperandNumber())
                                        .mayChange())
        return false;
  // What is cut already grows where the cut does not reach.
  Value source;
  if (auto slice = value.getDefiningOp<SliceOp>())
    source = slice.getData();
  else if (auto gather = value.getDefiningOp<GatherOp>();
           gather && isWeight(gather.getIndices()))
    source = gather.getData();
  Term axis = space->normalise((*getAxes(value))[index]);
  if (source) {
    std::optional<ArrayRef<Term>> terms =
        getAxes(source, value.getDefiningOp());
    if (!terms || terms->size() <= index ||
        space->normalise((*terms)[index]) != axis)
      return false;
  }
  if (user != terminator)
    return true;
  // What an input has as well comes back in with the size that it has there.
  SmallVector<AtomId> atoms = space->getLeaves(axis);
  return llvm::none_of(function.getArguments(), [&](BlockArgument argument) {
    return llvm::any_of(axes.lookup(argument), [&](Term term) {
      return llvm::any_of(
          atoms, [&](AtomId atom) { return space->contains(term, atom); });
    });
  });
}

bool gac::isSlice(const LaneCut &cut, DimensionSpace &space,
                  const Growth &growth) {
  SmallVector<LaneRun> runs = space.getPositions(cut.term, growth);
  bool isLeftGrown = cut.left && space.grows(cut.left, growth);
  return !isLeftGrown && runs.size() == 1 && runs.front().to == 0;
}

void DimensionAnalysis::cutBeforeIdentities() {
  Operation *terminator = function.getBody().front().getTerminator();
  // The Identities that make nothing but an output, by what they read.
  llvm::MapVector<Value, SmallVector<Operation *, 1>> copies;
  for (Value output : terminator->getOperands()) {
    auto identity = output.getDefiningOp<IdentityOp>();
    if (!identity || !output.hasOneUse())
      continue;
    Value source = identity.getInput();
    if (source.getDefiningOp() && !isWeight(source))
      copies[source].push_back(identity);
  }
  for (auto &[source, identities] : copies) {
    bool isOutput = llvm::is_contained(terminator->getOperands(), source);
    auto type = dyn_cast<RankedTensorType>(source.getType());
    if (!type || (!isOutput && identities.size() < 2))
      continue;
    for (Operation *identity : identities)
      for (unsigned axis = 0; axis != type.getRank(); ++axis)
        wantedCuts[{source, identity}].push_back(
            {axis, "makes an output of it", /*isFixed=*/true});
  }
}

void DimensionAnalysis::cutOperands(Operation *op) {
  llvm::DenseSet<Value> seen;
  for (Value value : op->getOperands()) {
    auto *wanted = wantedCuts.find({value, op});
    std::optional<ArrayRef<Term>> whole = getAxes(value);
    if (wanted == wantedCuts.end() || !whole || !seen.insert(value).second)
      continue;
    SmallVector<Term, 4> left(*whole);
    for (const WantedCut &cut : wanted->second) {
      if (cut.axis >= left.size() || !space->getConstantSize(left[cut.axis]))
        continue;
      Term term = left[cut.axis];
      left[cut.axis] = space->createDim(space->getSize(term));
      if (cut.isFixed)
        space->fix(left[cut.axis], {op, cut.why});
      cuts.push_back({op, value, cut.axis, term, left[cut.axis]});
    }
    cutReads[{value, op}] = std::move(left);
  }
}

//===----------------------------------------------------------------------===//
// Finding cuts
//===----------------------------------------------------------------------===//

llvm::SetVector<AtomId> DimensionAnalysis::getUsedAtoms(bool mayGrow) const {
  llvm::SetVector<AtomId> atoms;
  for (const DimensionUse &use : uses)
    for (AtomId atom : space->getLeaves(use.term))
      if (space->getAtomSize(atom).isConstant() &&
          space->mayGrow(atom) == mayGrow)
        atoms.insert(atom);
  return atoms;
}

DimensionAnalysis::WantedCuts DimensionAnalysis::findCutsFor(AtomId atom) {
  WantedCuts found;
  for (const FixReason *reason : space->getReasons(atom)) {
    if (!reason->isCuttable || !reason->op)
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

bool DimensionAnalysis::want(WantedCuts found) {
  bool isAny = false;
  for (auto &[read, ofRead] : found) {
    auto &known = wantedCuts[read];
    for (WantedCut &cut : ofRead) {
      if (llvm::any_of(known, [&](const WantedCut &other) {
            return other.axis == cut.axis;
          }))
        continue;
      known.push_back(std::move(cut));
      isAny = true;
    }
    llvm::sort(known, [](const WantedCut &a, const WantedCut &b) {
      return a.axis < b.axis;
    });
  }
  return isAny;
}

bool DimensionAnalysis::findCuts() {
  bool isAny = false;
  for (AtomId atom : getUsedAtoms(/*mayGrow=*/false))
    isAny |= want(findCutsFor(atom)) || want(findOfferedCuts(atom));
  return isAny;
}

bool DimensionAnalysis::dropIdleCuts() {
  llvm::SetVector<AtomId> freed = getUsedAtoms(/*mayGrow=*/true);
  bool isAny = false;
  for (const LaneCut &cut : cuts) {
    auto *wanted = wantedCuts.find({cut.value, cut.user});
    // To grow what is left alone would be padding for its own sake.
    if (wanted == wantedCuts.end() ||
        llvm::any_of(space->getLeaves(cut.term),
                     [&](AtomId atom) { return freed.contains(atom); }))
      continue;
    llvm::erase_if(wanted->second, [&](const WantedCut &other) {
      return other.axis == cut.axis;
    });
    isAny = true;
  }
  wantedCuts.remove_if([](const auto &entry) { return entry.second.empty(); });
  return isAny;
}

void DimensionAnalysis::collectCuts() {
  // All axes that a user reads of a value are cut together, and users that read
  // the same share it: one read of what was computed, one write of what is left
  // of it.
  struct SharedCut {
    SmallVector<unsigned, 2> axes;
    size_t rewrite;
  };
  llvm::DenseMap<Value, SmallVector<SharedCut, 1>> shared;
  for (ArrayRef<LaneCut> rest = cuts; !rest.empty();) {
    Operation *user = rest.front().user;
    Value value = rest.front().value;
    DimensionRewrite rewrite{RewriteKind::Cut, user,        value,
                             /*terms=*/{},     /*nodes=*/1, /*passes=*/2};
    SharedCut one{{}, rewrites.size()};
    bool isOwn = false;
    for (; !rest.empty() && rest.front().user == user &&
           rest.front().value == value;
         rest = rest.drop_front()) {
      const LaneCut &cut = rest.front();
      one.axes.push_back(cut.axis);
      rewrite.terms.push_back(space->normalise(cut.term));
      if (!cut.left ||
          llvm::none_of(space->getLeaves(cut.left),
                        [&](AtomId atom) { return space->mayGrow(atom); }))
        continue;
      rewrite.terms.push_back(space->normalise(cut.left));
      isOwn = true;
    }
    auto &ofValue = shared[value];
    auto *same = llvm::find_if(ofValue, [&](const SharedCut &other) {
      return other.axes == one.axes;
    });
    if (isOwn || same == ofValue.end()) {
      rewrites.push_back(std::move(rewrite));
      if (!isOwn)
        ofValue.push_back(std::move(one));
    } else if (user->hasTrait<mlir::OpTrait::IsTerminator>()) {
      // An output is what a reader of the plan knows it by.
      rewrites[same->rewrite].op = user;
    }
  }
}
