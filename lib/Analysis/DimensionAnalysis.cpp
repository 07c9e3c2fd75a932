//===- DimensionAnalysis.cpp - The dimensions of a function -----*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs the rules of all live operations, once, in their order: first those that
// relate axes, then those that follow padding lanes, then those that name uses.
// Terms bound late reach early tensors by themselves.
//
//===----------------------------------------------------------------------===//

#include "gac/Analysis/DimensionAnalysis.h"
#include "gac/Analysis/DimensionOpInterface.h"
#include "gac/Dialect/GAC/IR/GACOps.h"
#include "gac/Dialect/GAC/IR/ModelInterface.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace gac;

DimensionAnalysis::DimensionAnalysis(Operation *op)
    : function(cast<func::FuncOp>(op)),
      space(std::make_unique<DimensionSpace>()),
      shapes(std::make_unique<ShapeValues>(op)) {
  if (function.isExternal())
    return;
  findLiveOps();
  cutBeforeIdentities();
  analyse();
  // Once some readers are cut, others come to light, and what is padded in vain
  // may be padded further on. There are but so many, and whatever is left after
  // some rounds stays fixed as it is.
  constexpr unsigned kMaxRounds = 32;
  size_t numIdle = 0;
  unsigned round = 0;
  do {
    for (; round != kMaxRounds && findRewrites(); ++round)
      analyse();
    numIdle = idlePads.size();
    // What is fixed again may have been all that another cut was there for.
    while (dropIdle() || dropSpare())
      ;
  } while (idlePads.size() != numIdle);
  orderWeightUses();
  nameDimensions();
}

void DimensionAnalysis::findLiveOps() {
  Block &body = function.getBody().front();
  llvm::DenseSet<Operation *> reached;
  for (Operation &op : llvm::reverse(body)) {
    bool isReached =
        op.hasTrait<mlir::OpTrait::IsTerminator>() ||
        llvm::any_of(op.getUsers(), [&](Operation *user) {
          return reached.contains(body.findAncestorOpInBlock(*user));
        });
    if (isReached)
      reached.insert(&op);
  }
  for (Operation &op : body)
    if (reached.contains(&op))
      live.try_emplace(&op, live.size());
}

void DimensionAnalysis::analyse() {
  space = std::make_unique<DimensionSpace>();
  axes.clear();
  readAxes.clear();
  offeredCuts.clear();
  readAsMade.clear();
  weightUses.clear();
  weightUseOf.clear();
  lanes.clear();
  uses.clear();
  rewrites.clear();
  cuts.clear();
  pads.clear();
  masks.clear();
  frozenReads.clear();
  frozen.clear();
  relate();
  transferLanes();
  collectUses();
}

//===----------------------------------------------------------------------===//
// Axes
//===----------------------------------------------------------------------===//

std::optional<ArrayRef<Term>>
DimensionAnalysis::getAxes(Value value, Operation *user) const {
  if (!isWeight(value)) {
    if (auto cut = readAxes.find({value, user}); cut != readAxes.end())
      return ArrayRef<Term>(cut->second);
    auto known = axes.find(value);
    if (known == axes.end())
      return std::nullopt;
    return ArrayRef<Term>(known->second);
  }
  auto known = user ? weightUseOf.find({value, user}) : weightUseOf.end();
  if (known == weightUseOf.end()) {
    auto first = llvm::find_if(
        weightUses, [&](const WeightUse &use) { return use.weight == value; });
    if (first == weightUses.end())
      return std::nullopt;
    return ArrayRef<Term>(first->axes);
  }
  return ArrayRef<Term>(weightUses[known->second].axes);
}

std::optional<SmallVector<Term>> DimensionAnalysis::createAxes(Value value) {
  std::optional<ArrayRef<SymExpr>> shape = shapes->shapeOf(value);
  if (!shape)
    return std::nullopt;
  return llvm::map_to_vector(
      *shape, [&](const SymExpr &size) { return space->createDim(size); });
}

void DimensionAnalysis::defineFixed(Value value, const FixReason &why) {
  std::optional<SmallVector<Term>> fresh = createAxes(value);
  if (!fresh)
    return;
  space->fix(*fresh, why);
  axes[value].assign(fresh->begin(), fresh->end());
}

void DimensionAnalysis::define(Value value, ArrayRef<Term> terms,
                               Operation *op) {
  std::optional<ArrayRef<SymExpr>> shape = shapes->shapeOf(value);
  if (shape && shape->size() != terms.size()) {
    FixReason reason{op, "has a result of another rank"};
    space->fix(terms, reason);
    return defineFixed(value, reason);
  }
  auto &known = axes[value];
  known.assign(terms.begin(), terms.end());
  if (!shape)
    return;
  for (auto [axis, size] : llvm::zip_equal(known, *shape)) {
    // A symbolic size says no more than the term does; a number must agree.
    const SymExpr &computed = space->getSize(axis);
    if (computed == size || !size.isConstant())
      continue;
    FixReason reason{op, "has a result of another size"};
    space->fix(axis, reason);
    axis = space->createDim(size);
    space->fix(axis, reason);
  }
}

//===----------------------------------------------------------------------===//
// Relating axes
//===----------------------------------------------------------------------===//

void DimensionAnalysis::relate() {
  relateArguments();
  for (Operation &op : function.getBody().front())
    if (isLive(&op) && !isa<InitializerOp, ConstantOp>(op)) {
      relateOp(&op);
      padResults(&op);
    }
}

void DimensionAnalysis::relateArguments() {
  for (BlockArgument argument : function.getArguments()) {
    std::optional<SmallVector<Term>> fresh = createAxes(argument);
    if (!fresh)
      continue;
    fixInterface({function, /*isInput=*/true, argument.getArgNumber()}, *fresh);
    axes[argument].assign(fresh->begin(), fresh->end());
  }
}

void DimensionAnalysis::fixInterface(const InterfaceValue &value,
                                     ArrayRef<Term> terms) {
  for (auto [index, axis] : llvm::enumerate(terms)) {
    // Nobody could say which lanes of a symbolic axis are new.
    bool isStatic = space->getConstantSize(axis).has_value();
    if (isStatic && value.mayChange())
      continue;
    Operation *terminator = function.getBody().front().getTerminator();
    if (isStatic && !value.isInput() &&
        canCut(value.getValue(), index, terminator)) {
      // A value may be two outputs.
      bool isCut = llvm::any_of(cuts, [&, index = index](const LaneCut &cut) {
        return cut.user == terminator && cut.value == value.getValue() &&
               cut.axis == index;
      });
      if (!isCut)
        cuts.push_back({terminator, value.getValue(),
                        static_cast<unsigned>(index), axis, Term()});
      continue;
    }
    space->fix(axis,
               {nullptr, value.describe() + " axis " + std::to_string(index),
                isStatic && value.canChange() ? Remedy::Allow : Remedy::None});
  }
}

bool DimensionAnalysis::isComputedFromSizes(Value value) const {
  return shapes->isDerivedFromShape(value) && shapes->valueOf(value);
}

void DimensionAnalysis::freeze(OpOperand &operand) {
  Value value = operand.get();
  Operation *op = operand.getOwner();
  ArrayRef<SymExpr> elements = *shapes->valueOf(value);
  SmallVector<ShapeSource> measured;
  for (size_t i = 0, e = elements.size(); i != e; ++i)
    for (const ShapeSource &source : shapes->derivedFromShape(value, i))
      if (!llvm::is_contained(measured, source))
        measured.push_back(source);

  // Subgraphs and the graph's own outputs know values by name: nothing can be
  // put in their place.
  std::optional<SmallVector<int64_t>> numbers = shapes->constantOf(value);
  bool isOutput = op->hasTrait<mlir::OpTrait::IsTerminator>();
  if (numbers && !isOutput && !isa<OpaqueOp>(op)) {
    frozenReads.push_back({&operand, std::move(*numbers), std::move(measured)});
    // Written down for this reader, they are data that may grow with it.
    bool isAlsoSize = llvm::any_of(op->getOpOperands(), [&](OpOperand &other) {
      return other.get() == value && isReadAsSize(other);
    });
    std::optional<SmallVector<Term>> fresh = createAxes(value);
    if (fresh && !isAlsoSize && isa<IntegerType>(getElementTypeOrSelf(value)) &&
        frozen.insert({value, op}).second)
      readAxes[{value, op}].assign(fresh->begin(), fresh->end());
    return;
  }
  // A reader that measures a weight has its own copy, of the old size.
  FixReason reason =
      isOutput ? FixReason{nullptr, InterfaceValue(function, /*isInput=*/false,
                                                   operand.getOperandNumber())
                                            .describe() +
                                        " is its size"}
               : FixReason{op, "computes with its size"};
  for (const ShapeSource &source : measured)
    if (std::optional<ArrayRef<Term>> terms = getAxes(source.tensor);
        terms && !isWeight(source.tensor))
      space->fix((*terms)[source.axis], reason);
}

void DimensionAnalysis::relateOperand(OpOperand &operand) {
  Value value = operand.get();
  Operation *op = operand.getOwner();
  if (isWeight(value)) {
    if (weightUseOf.contains({value, op}))
      return;
    std::optional<SmallVector<Term>> fresh = createAxes(value);
    if (!fresh)
      return;
    if (isReadAsSize(operand))
      space->fix(*fresh, {op, "reads sizes from it"});
    weightUseOf.try_emplace({value, op}, weightUses.size());
    weightUses.push_back({value, op, {fresh->begin(), fresh->end()}});
    // Some types of scales have no zero.
    auto type = dyn_cast<FloatType>(getElementTypeOrSelf(value));
    if (type && !APFloat::semanticsHasZero(type.getFloatSemantics()))
      weightUses.back().fill = 1.0;
    return;
  }
  // A list is as long as the number it counts to, which then is no size.
  bool isShapeComputation = op->getNumResults() != 0 && !isa<RangeOp>(op) &&
                            llvm::all_of(op->getResults(), [&](Value result) {
                              return isComputedFromSizes(result);
                            });
  if (isComputedFromSizes(value) && !isShapeComputation &&
      !isReadAsSize(operand))
    freeze(operand);
}

/// The operands whose elements `op` moves to its results as they are.
static SmallVector<Value> getMovedOperands(Operation *op) {
  if (isa<ConcatOp>(op))
    return SmallVector<Value>(op->getOperands());
  if (isa<ExpandOp, FlattenOp, GatherOp, IdentityOp, ReshapeOp, SliceOp,
          SplitOp, SqueezeOp, TransposeOp, UnsqueezeOp>(op))
    return {op->getOperand(0)};
  return {};
}

void DimensionAnalysis::fillLanes(Value value, Operation *user, double number) {
  SmallVector<std::pair<Value, Operation *>> reads = {{value, user}};
  llvm::DenseSet<Operation *> seen;
  while (!reads.empty()) {
    auto [read, reader] = reads.pop_back_val();
    if (isWeight(read)) {
      auto known = weightUseOf.find({read, reader});
      if (known != weightUseOf.end() && weightUses[known->second].fill == 0.0)
        weightUses[known->second].fill = number;
      continue;
    }
    Operation *op = read.getDefiningOp();
    if (op && seen.insert(op).second)
      for (Value moved : getMovedOperands(op))
        reads.push_back({moved, op});
  }
}

void DimensionAnalysis::fixAll(Operation *op, StringRef why) {
  FixReason reason{op, why.str(), Remedy::Cut};
  for (Value operand : op->getOperands())
    if (std::optional<ArrayRef<Term>> terms = getAxes(operand, op))
      space->fix(*terms, reason);
  reason.remedy = Remedy::Pad;
  for (Value result : op->getResults())
    defineFixed(result, reason);
}

void DimensionAnalysis::relateOp(Operation *op) {
  for (OpOperand &operand : op->getOpOperands())
    relateOperand(operand);
  cutOperands(op);
  if (op->hasTrait<mlir::OpTrait::IsTerminator>())
    return relateReturn(op);

  if (llvm::all_of(op->getResults(),
                   [&](Value result) { return isComputedFromSizes(result); })) {
    for (Value operand : op->getOperands())
      if (isWeight(operand))
        space->fix(*getAxes(operand, op), {op, "computes sizes from it"});
    for (Value result : op->getResults())
      defineFixed(result, {op, "computes sizes", Remedy::Pad});
    return;
  }

  auto rule = dyn_cast<DimensionOpInterface>(op);
  if (!rule)
    return fixAll(op, "has no rule");
  if (llvm::any_of(op->getOperands(), [&](Value operand) {
        return !getAxes(operand, op).has_value();
      }))
    return fixAll(op, "reads a value of unknown rank");

  DimensionRelations relations(*this, op);
  rule.relateDimensions(relations);
  // A rule that gives up has not said all that it should.
  if (llvm::any_of(op->getResults(), [&](Value result) {
        return !relations.results.contains(result);
      }))
    return fixAll(op, "is beyond its rule");
  for (OpOperand &operand : op->getOpOperands()) {
    Value value = operand.get();
    if (isComputedFromSizes(value) && !frozen.contains({value, op}))
      continue;
    if (isReadAsSize(operand))
      space->fix(*getAxes(value, op), {op, "reads sizes from it"});
    else if (!relations.touched.contains(value))
      space->fix(*getAxes(value, op), {op, "reads it as a whole", Remedy::Cut});
  }
  for (Value result : op->getResults())
    define(result, relations.results[result], op);
}

void DimensionAnalysis::relateReturn(Operation *op) {
  for (auto [number, operand] : llvm::enumerate(op->getOperands())) {
    InterfaceValue output(function, /*isInput=*/false, number);
    auto fixAxes = [&](Operation *user, Value value) {
      if (std::optional<ArrayRef<Term>> terms = getAxes(value, user))
        fixInterface(output, *terms);
    };
    fixAxes(op, operand);
    // A weight that is an output is seen from outside by its own name: no
    // reader may have another one under that name.
    if (isWeight(operand))
      for (Operation *user : operand.getUsers())
        if (isLive(user))
          fixAxes(user, operand);
  }
}

//===----------------------------------------------------------------------===//
// Lanes and uses
//===----------------------------------------------------------------------===//

Lane DimensionAnalysis::getLane(Value value, unsigned axis, AtomId atom,
                                Operation *user) const {
  // Those who give inputs that may change pad them with zeros.
  if (isa<BlockArgument>(value))
    return Lane::zero();
  if (isWeight(value)) {
    auto found = weightUseOf.find({value, user});
    if (found == weightUseOf.end())
      return Lane::finite();
    const WeightUse &use = weightUses[found->second];
    return use.list && axis != use.listAxis
               ? Lane::number(use.list.getAsOpaquePointer())
               : Lane::constant(use.fill);
  }
  if (frozen.contains({value, user}))
    return Lane::zero();
  // Padding behind a cut is made of copies.
  if (readAxes.contains({value, user}) &&
      llvm::any_of(llvm::reverse(cuts), [&](const LaneCut &cut) {
        return cut.user == user && cut.value == value && cut.axis == axis;
      }))
    return Lane::finite();
  auto known = lanes.find({value, axis, atom});
  return known == lanes.end() ? Lane::anything() : known->second;
}

void DimensionAnalysis::checkLanes(Operation *op) {
  LaneTransfer transfer(*this, op);
  for (Value result : op->getResults()) {
    std::optional<ArrayRef<Term>> terms = getAxes(result, op);
    if (!terms)
      continue;
    for (unsigned axis = 0, rank = terms->size(); axis != rank; ++axis)
      for (AtomId atom : transfer.getAtoms(result, axis))
        if (!getLane(result, axis, atom).isFinite())
          transfer.refuse(atom, "would not keep its padding finite");
  }
}

/// What comes out may be given back in as the past of the next step, whose
/// padding is taken as zero.
void DimensionAnalysis::checkInterfaceLanes() {
  // Atoms of inputs, with the first input of each.
  llvm::MapVector<AtomId, unsigned> inputs;
  for (BlockArgument argument : function.getArguments())
    for (Term axis : axes.lookup(argument))
      for (AtomId atom : space->getLeaves(axis))
        if (space->mayGrow(atom))
          inputs.insert({atom, argument.getArgNumber()});
  if (inputs.empty())
    return;
  Operation *terminator = function.getBody().front().getTerminator();
  for (OpOperand &operand : terminator->getOpOperands()) {
    InterfaceValue output(function, /*isInput=*/false,
                          operand.getOperandNumber());
    std::optional<ArrayRef<Term>> terms = getAxes(operand.get(), terminator);
    for (auto [index, axis] : llvm::enumerate(terms.value_or(ArrayRef<Term>())))
      for (AtomId atom : space->getLeaves(axis)) {
        const auto input = inputs.find(atom);
        if (input == inputs.end() || !space->mayGrow(atom) ||
            getLane(operand.get(), index, atom, terminator).isZero())
          continue;
        InterfaceValue shared(function, /*isInput=*/true, input->second);
        space->fix(space->getTerm(atom),
                   {nullptr, output.describe() + " axis " +
                                 std::to_string(index) +
                                 ", whose padding would not be zero, as " +
                                 shared.describe() + " expects it back"});
      }
  }
}

std::optional<double> DimensionAnalysis::getMask(Operation *user, Value value,
                                                 unsigned axis,
                                                 AtomId atom) const {
  // Those of the operation that is looked at come last.
  for (const LaneMask &mask : llvm::reverse(masks)) {
    if (mask.user != user)
      return std::nullopt;
    if (mask.value == value && mask.axis == axis &&
        llvm::is_contained(mask.atoms, atom))
      return mask.number;
  }
  return std::nullopt;
}

void DimensionAnalysis::pruneMasks() {
  for (LaneMask &mask : masks)
    llvm::erase_if(mask.atoms,
                   [&](AtomId atom) { return !space->mayGrow(atom); });
  llvm::erase_if(masks,
                 [](const LaneMask &mask) { return mask.atoms.empty(); });
}

void DimensionAnalysis::transferLanes() {
  for (const LanePad &pad : pads)
    for (AtomId atom : space->getLeaves(pad.read))
      lanes.insert_or_assign({pad.value, pad.axis, atom}, Lane::zero());
  for (Operation &op : function.getBody().front()) {
    auto rule = dyn_cast<DimensionOpInterface>(op);
    if (!rule || !isLive(&op))
      continue;
    // What meets a value of unknown rank is fixed, and has no padding.
    if (llvm::any_of(op.getOperands(), [&](Value operand) {
          return !getAxes(operand, &op).has_value();
        }))
      continue;
    LaneTransfer transfer(*this, &op);
    rule.transferLanes(transfer);
    checkLanes(&op);
  }
  checkInterfaceLanes();
  pruneMasks();
}

void DimensionAnalysis::collectUses() {
  collectCuts();
  collectPads();
  for (const LaneMask &mask : masks) {
    DimensionRewrite rewrite{RewriteKind::Mask, mask.user,   mask.value,
                             /*terms=*/{},      /*nodes=*/1, /*passes=*/2};
    for (AtomId atom : mask.atoms)
      rewrite.terms.push_back(space->getTerm(atom));
    rewrites.push_back(std::move(rewrite));
  }
  for (Operation &op : function.getBody().front()) {
    auto rule = dyn_cast<DimensionOpInterface>(op);
    if (!rule || !isLive(&op) ||
        llvm::any_of(op.getOperands(), [&](Value operand) {
          return !getAxes(operand, &op).has_value();
        }))
      continue;
    UseCollector collector(*this, &op);
    rule.collectUses(collector);
  }
}
