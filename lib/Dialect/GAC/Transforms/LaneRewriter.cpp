//===- LaneRewriter.cpp - Cuts, pads and masks of a plan --------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LaneRewriter.h"
#include "PlannedGrowth.h"
#include "ResultNames.h"

#include "gac/Dialect/GAC/IR/GACOps.h"
#include "gac/Dialect/GAC/IR/ModelInterface.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"
#include "llvm/ADT/SmallVectorExtras.h"

using namespace mlir;
using namespace gac;

Value LaneRewriter::getRead(Operation *user, Value original) const {
  Value known = replaced.lookup({user, original});
  return known ? known : original;
}

void LaneRewriter::replaceRead(Operation *user, Value original, Value now) {
  user->replaceUsesOfWith(getRead(user, original), now);
  replaced[{user, original}] = now;
}

//===----------------------------------------------------------------------===//
// Pads
//===----------------------------------------------------------------------===//

void LaneRewriter::pad(OpResult value, ArrayRef<LanePad> pads) {
  Operation *producer = value.getOwner();
  SmallVector<Operation *> readers;
  for (Operation *user : value.getUsers())
    if (!analysis.readsAsMade(value, user) &&
        !llvm::is_contained(readers, user))
      readers.push_back(user);
  OpBuilder builder(producer);
  builder.setInsertionPointAfter(producer);
  ArrayRef<Term> axes = *analysis.getAxes(value);
  SmallVector<int64_t> behind(2 * axes.size(), 0);
  SmallVector<LaneCut> grown;
  for (const LanePad &pad : pads) {
    behind[axes.size() + pad.axis] =
        *analysis.getSpace().getNewSize(pad.read, growth).getConstant() -
        *analysis.getSpace().getConstantSize(pad.read);
    if (grows(pad.made))
      grown.push_back({producer, value, pad.axis, pad.made, /*left=*/Term()});
  }
  Value old = grown.empty() ? value : cut(builder, producer, value, grown);
  if (!grown.empty())
    state.originals[old] = value;
  Value padded = old;
  if (llvm::any_of(behind, [](int64_t lanes) { return lanes != 0; }))
    padded = createPad(builder, old, value, behind);
  for (Operation *reader : readers)
    replaceRead(reader, value, padded);
}

Value LaneRewriter::createPad(OpBuilder &builder, Value old, OpResult value,
                              ArrayRef<int64_t> behind) {
  Operation *producer = value.getOwner();
  Location location = producer->getLoc();
  // Before opset 11 the numbers of lanes are an attribute.
  bool isOperand = getOnnxOpset(analysis.getFunction()) >= 11;
  Value lanes =
      isOperand
          ? createIntegers(builder, location, behind,
                           state.names.getUnique(getValueName(value) + ".pads"))
          : Value();
  auto made = PadOp::create(
      builder, location,
      getGrownType(value, *analysis.getAxes(value), analysis.getSpace(),
                   growth),
      old, lanes, /*valueOperand=*/Value(), /*axesOperand=*/Value(),
      builder.getStringAttr("constant"),
      isOperand ? DenseI64ArrayAttr() : builder.getDenseI64ArrayAttr(behind),
      /*value=*/FloatAttr());
  state.names.nameResults(made, producer);
  state.originals[made.getResult()] = value;
  return made.getResult();
}

void LaneRewriter::padResults() {
  for (ArrayRef<LanePad> rest = analysis.getPads(); !rest.empty();) {
    Value value = rest.front().value;
    ArrayRef<LanePad> together =
        rest.take_while([&](const LanePad &pad) { return pad.value == value; });
    rest = rest.drop_front(together.size());
    if (llvm::any_of(together, [&](const LanePad &pad) {
          return grows(pad.read) || grows(pad.made);
        }))
      pad(cast<OpResult>(value), together);
  }
}

//===----------------------------------------------------------------------===//
// Cuts
//===----------------------------------------------------------------------===//

/// The old lanes of axes of `grown`: a Slice where they are in front, a Gather
/// of each that has padding between them. The last of these is named after what
/// it is for.
Value LaneRewriter::cut(OpBuilder &builder, Operation *user, Value grown,
                        ArrayRef<LaneCut> cuts) {
  Location location = user->getLoc();
  DimensionSpace &space = analysis.getSpace();
  int64_t opset = getOnnxOpset(analysis.getFunction());
  std::string name = getValueName(grown).str();
  auto type = cast<RankedTensorType>(grown.getType());
  SmallVector<int64_t> sizes(type.getShape()), axes, starts, ends;
  Value cut = grown;
  for (const LaneCut &entry : cuts) {
    int64_t axis = entry.axis, size = *space.getConstantSize(entry.term);
    if (isSlice(entry, space, growth)) {
      sizes[axis] = size;
      axes.push_back(axis);
      starts.push_back(0);
      ends.push_back(size);
      continue;
    }
    SmallVector<int64_t> lanes;
    for (const LaneRun &run : space.getPositions(entry.term, growth))
      llvm::append_range(lanes, llvm::seq(run.to, run.to + run.length));
    if (entry.left && space.grows(entry.left, growth)) {
      // Its padding picks the first lane again.
      SmallVector<int64_t> spread(
          *space.getNewSize(entry.left, growth).getConstant(), lanes.front());
      for (const LaneRun &run : space.getPositions(entry.left, growth))
        llvm::copy(ArrayRef(lanes).slice(run.from, run.length),
                   spread.begin() + run.to);
      lanes = std::move(spread);
      size = lanes.size();
    }
    sizes[axis] = size;
    SmallVector<int64_t> shape(
        cast<RankedTensorType>(cut.getType()).getShape());
    shape[axis] = size;
    auto gather =
        GatherOp::create(builder, location, type.clone(shape), cut,
                         createIntegers(builder, location, lanes,
                                        state.names.getUnique(name + ".lanes")),
                         builder.getI64IntegerAttr(axis));
    state.names.nameResults(gather, user);
    cut = gather;
  }
  if (axes.empty())
    return cut;
  // Before opset 10 the bounds are attributes.
  auto makeOperand = [&](ArrayRef<int64_t> numbers, StringRef what) -> Value {
    return opset >= 10 ? createIntegers(builder, location, numbers,
                                        state.names.getUnique(name + what))
                       : Value();
  };
  auto makeAttribute = [&](ArrayRef<int64_t> numbers) {
    return opset >= 10 ? DenseI64ArrayAttr()
                       : builder.getDenseI64ArrayAttr(numbers);
  };
  Value first = makeOperand(starts, ".starts"),
        last = makeOperand(ends, ".ends"), along = makeOperand(axes, ".axes");
  auto slice =
      SliceOp::create(builder, location, type.clone(sizes), cut, first, last,
                      along, /*stepsOperand=*/Value(), makeAttribute(starts),
                      makeAttribute(ends), makeAttribute(axes));
  state.names.nameResults(slice, user);
  return slice.getResult();
}

void LaneRewriter::cutFor(const SharedCut &shared) {
  auto grown = cast<OpResult>(shared.value);
  ArrayRef<Operation *> users = shared.users;
  if (shared.asMade)
    for (Operation *user : users)
      replaceRead(user, grown, grown);
  if (shared.cuts.empty())
    return;
  Operation *producer = grown.getOwner();
  bool isNamed = llvm::any_of(
      users, [&](Operation *user) { return isReadByName(grown, user); });
  // What one reads is cut in front of it, what several do where it is made.
  Value read = getRead(users.front(), grown);
  OpBuilder builder(users.front());
  if (users.size() > 1)
    builder.setInsertionPointAfterValue(read);
  Value left =
      cut(builder, isNamed ? producer : users.front(), read, shared.cuts);
  if (isNamed) {
    // The name is that of what is left from here on, and what has grown has a
    // new one.
    Operation *made = left.getDefiningOp();
    Attribute fresh = made->getAttrOfType<ArrayAttr>(attr::outputs)[0];
    takeName(made, grown);
    if (auto names = producer->getAttrOfType<ArrayAttr>(attr::outputs)) {
      SmallVector<Attribute> entries(names.begin(), names.end());
      entries[getResultPositions(producer)[grown.getResultNumber()]] = fresh;
      producer->setAttr(attr::outputs, builder.getArrayAttr(entries));
    }
  }
  state.originals[left] = grown;
  for (Operation *user : users)
    replaceRead(user, grown, left);
}

void LaneRewriter::cutOperands() {
  auto isGrowing = [&](Term term) { return grows(term); };
  for (const SharedCut &shared : analysis.shareCuts(isGrowing))
    cutFor(shared);
}

//===----------------------------------------------------------------------===//
// Masks
//===----------------------------------------------------------------------===//

LogicalResult LaneRewriter::mask(const LaneMask &mask) {
  if (llvm::none_of(mask.atoms,
                    [&](AtomId atom) { return growth.contains(atom); }))
    return success();
  auto axes = *analysis.getAxes(mask.value, mask.user);
  LanesAttr lanes = getGrownLanes(axes[mask.axis], analysis, growth);
  OpBuilder builder(mask.user);
  // A copy may be there already, or what another axis was cut or masked by.
  Value operand = getRead(mask.user, mask.value);
  if (!llvm::is_contained(mask.user->getOperands(), operand))
    return mask.user->emitOpError("does not read ")
           << getValueName(operand) << ", whose padding it needs masked";
  auto type = cast<RankedTensorType>(operand.getType());
  std::string name = getNodeName(mask.user).str();
  // As many trailing axes of 1 as the operand has behind the masked one.
  SmallVector<int64_t> shape(axes.size() - mask.axis, 1);
  shape.front() = lanes.getSize();
  // Finite numbers are cleared by a factor of zero, and drowned by a summand of
  // minus infinity.
  bool isSum = mask.number != 0.0;
  Value numbers = InitializerOp::create(
      builder, mask.user->getLoc(), state.names.getUnique(name + ".mask"),
      createMask(lanes, type.clone(shape), /*old=*/isSum ? 0.0 : 1.0,
                 /*padding=*/mask.number));
  Operation *combined =
      isSum
          ? AddOp::create(builder, mask.user->getLoc(), type, operand, numbers)
                .getOperation()
          : MulOp::create(builder, mask.user->getLoc(), type, operand, numbers);
  state.names.nameResults(combined, mask.user);
  Value masked = combined->getResult(0);
  state.originals[masked] = mask.value;
  replaceRead(mask.user, mask.value, masked);
  return success();
}

LogicalResult LaneRewriter::maskOperands() {
  for (const LaneMask &needed : analysis.getMasks())
    if (failed(mask(needed)))
      return failure();
  return success();
}
