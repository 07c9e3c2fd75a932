//===- DimensionCuts.cpp - Cuts in front of readers, and pads ---*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where one side of a value grows and the other does not: what a reader has of
// a value that has grown, and what readers have of one that cannot.
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
  if (!value.getDefiningOp() || isWeight(value) ||
      frozen.contains({value, user}))
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
  bool asMade = readsAsMade(value, user);
  Term axis =
      space->normalise((*getAxes(value, asMade ? user : nullptr))[index]);
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
    std::optional<ArrayRef<Term>> whole = getAxes(value, op);
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
    readAxes[{value, op}] = std::move(left);
  }
}

void DimensionAnalysis::padResults(Operation *op) {
  for (Value result : op->getResults()) {
    auto *wanted = wantedPads.find(result);
    auto known = axes.find(result);
    if (wanted == wantedPads.end() || known == axes.end())
      continue;
    readAxes[{result, op}] = known->second;
    // One name is not that of two values, of which one has grown.
    for (Operation *user : result.getUsers())
      if (isReadByName(result, user)) {
        readAsMade.insert({result, user});
        readAxes[{result, user}] = known->second;
      }
    for (unsigned axis : wanted->second) {
      if (axis >= known->second.size())
        continue;
      Term made = known->second[axis];
      Term read = space->createWholeDim(space->getSize(made));
      known->second[axis] = read;
      pads.push_back({result, axis, made, read});
    }
  }
}

//===----------------------------------------------------------------------===//
// Prices
//===----------------------------------------------------------------------===//

SharedCut
DimensionAnalysis::getCutsOf(ArrayRef<LaneCut> ofUser,
                             llvm::function_ref<bool(Term)> grows) const {
  SharedCut one{ofUser.front().value};
  Operation *user = ofUser.front().user;
  one.users.push_back(user);
  one.asMade = readsAsMade(one.value, user);
  for (const LaneCut &cut : ofUser) {
    bool isLeftGrown = cut.left && grows(cut.left);
    one.isOwn |= isLeftGrown;
    if (isLeftGrown || grows(cut.term))
      one.cuts.push_back(cut);
  }
  SmallVector<unsigned, 2> padded;
  for (const LanePad &pad : pads)
    if (pad.value == one.value && grows(pad.read) && !grows(pad.made))
      padded.push_back(pad.axis);
  bool isCutBack = !padded.empty() && llvm::all_of(padded, [&](unsigned axis) {
    return llvm::any_of(one.cuts,
                        [&](const LaneCut &cut) { return cut.axis == axis; });
  });
  if (isCutBack && !one.isOwn) {
    one.asMade = true;
    llvm::erase_if(one.cuts, [&](const LaneCut &cut) {
      return llvm::is_contained(padded, cut.axis);
    });
  }
  return one;
}

std::vector<SharedCut>
DimensionAnalysis::shareCuts(llvm::function_ref<bool(Term)> grows) const {
  std::vector<SharedCut> shared;
  llvm::DenseMap<Value, SmallVector<size_t, 1>> byValue;
  for (ArrayRef<LaneCut> rest = cuts; !rest.empty();) {
    const LaneCut &first = rest.front();
    ArrayRef<LaneCut> together = rest.take_while([&](const LaneCut &cut) {
      return cut.user == first.user && cut.value == first.value;
    });
    rest = rest.drop_front(together.size());
    SharedCut one = getCutsOf(together, grows);
    if (one.cuts.empty() && !one.asMade)
      continue;
    auto isSame = [&](size_t index) {
      const SharedCut &other = shared[index];
      // What is left and grows in its own way is nobody else's.
      return !one.isOwn && !other.isOwn && other.asMade == one.asMade &&
             llvm::equal(other.cuts, one.cuts,
                         [](const LaneCut &a, const LaneCut &b) {
                           return a.axis == b.axis;
                         });
    };
    auto &ofValue = byValue[one.value];
    auto *same = llvm::find_if(ofValue, isSame);
    if (same != ofValue.end()) {
      shared[*same].users.push_back(one.users.front());
      continue;
    }
    ofValue.push_back(shared.size());
    shared.push_back(std::move(one));
  }
  return shared;
}

void DimensionAnalysis::collectCuts() {
  auto mayGrow = [&](Term term) {
    return llvm::any_of(space->getLeaves(term),
                        [&](AtomId atom) { return space->mayGrow(atom); });
  };
  for (const SharedCut &shared : shareCuts(mayGrow)) {
    if (shared.cuts.empty())
      continue;
    // An output is what a reader of the plan knows it by.
    const auto *output = llvm::find_if(shared.users, [](Operation *user) {
      return user->hasTrait<mlir::OpTrait::IsTerminator>();
    });
    DimensionRewrite rewrite{
        RewriteKind::Cut,
        output == shared.users.end() ? shared.users.front() : *output,
        shared.value,
        /*terms=*/{},
        /*nodes=*/1,
        /*passes=*/2};
    for (const LaneCut &cut : shared.cuts) {
      rewrite.terms.push_back(space->normalise(cut.term));
      if (cut.left && mayGrow(cut.left))
        rewrite.terms.push_back(space->normalise(cut.left));
    }
    rewrites.push_back(std::move(rewrite));
  }
}

void DimensionAnalysis::collectPads() {
  auto mayGrow = [&](AtomId atom) { return space->mayGrow(atom); };
  for (ArrayRef<LanePad> rest = pads; !rest.empty();) {
    Value value = rest.front().value;
    DimensionRewrite pad{RewriteKind::Pad, value.getDefiningOp(), value,
                         /*terms=*/{},
                         /*nodes=*/1,      /*passes=*/2};
    DimensionRewrite cut = pad;
    cut.kind = RewriteKind::Cut;
    for (; !rest.empty() && rest.front().value == value;
         rest = rest.drop_front()) {
      pad.terms.push_back(space->normalise(rest.front().read));
      if (llvm::any_of(space->getLeaves(rest.front().made), mayGrow))
        cut.terms.push_back(space->normalise(rest.front().made));
    }
    rewrites.push_back(std::move(pad));
    if (!cut.terms.empty())
      rewrites.push_back(std::move(cut));
  }
}
