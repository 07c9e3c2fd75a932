//===- MeaningFinder.cpp - What operations do with dimensions ---*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MeaningFinder.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace gac;

//===----------------------------------------------------------------------===//
// Operations by kind
//===----------------------------------------------------------------------===//

/// What computes every element from one element of each operand and does not
/// keep sums: a nonlinearity that no product can be moved through.
static bool isActivation(Operation *op) {
  return isa<BiasGeluOp, ContribGeluOp, FastGeluOp, QuickGeluOp, ErfOp,
             HardSwishOp, MishOp, ReluOp, SoftsignOp, TanhOp, CeluOp, EluOp,
             GeluOp, LeakyReluOp, SeluOp, SwishOp, ThresholdedReluOp, SigmoidOp,
             SoftplusOp, HardSigmoidOp, PReluOp>(op);
}

static bool isNorm(Operation *op) {
  return isa<LayerNormalizationOp, RMSNormalizationOp,
             SimplifiedLayerNormalizationOp, SkipLayerNormalizationOp,
             SkipSimplifiedLayerNormalizationOp>(op);
}

/// What moves, adds or scales lanes and nothing else.
static bool isLinear(Operation *op) {
  return isa<MatMulOp, GemmOp, FusedMatMulOp, MatMulNBitsOp, ConvOp, AddOp,
             SubOp, NegOp, IdentityOp, CastOp, ReshapeOp, FlattenOp,
             TransposeOp, SqueezeOp, UnsqueezeOp, ExpandOp, ConcatOp, SplitOp,
             SliceOp, PadOp, SumOp, ShapeOp, SizeOp, func::ReturnOp>(op);
}

/// What hands on each element of the first operand on its own, or a mask of it.
static bool isElementwise(Operation *op) {
  return isa<AddOp, SubOp, MulOp, DivOp, CastOp, IdentityOp, WhereOp, TanhOp,
             ClipOp, MaxOp, MinOp, ReshapeOp, TransposeOp, ConcatOp, SliceOp,
             UnsqueezeOp, SqueezeOp, ExpandOp>(op);
}

bool MeaningFinder::isInput(Value value) {
  // Through what prepares indices: Cast, Clip, a change of shape.
  for (unsigned depth = 0; depth < 8; ++depth) {
    Operation *op = value.getDefiningOp();
    if (!op)
      return true;
    if (!isa<CastOp, ClipOp, IdentityOp, ReshapeOp, UnsqueezeOp, SqueezeOp,
             WhereOp, MaxOp>(op))
      return false;
    value = op->getOperand(isa<WhereOp>(op) ? 2 : 0);
  }
  return false;
}

bool MeaningFinder::isFromWeights(Value value) {
  if (isWeight(value))
    return true;
  Operation *op = value.getDefiningOp();
  if (!op || op->getNumOperands() == 0)
    return false;
  if (auto known = fromWeights.find(value); known != fromWeights.end())
    return known->second;
  fromWeights[value] = false;
  bool result = llvm::all_of(
      op->getOperands(), [&](Value operand) { return isFromWeights(operand); });
  return fromWeights[value] = result;
}

/// Whether a way through a product leads from `skip` to `branch`.
bool MeaningFinder::isResidual(Value skip, Value branch) {
  // Ends the search where a graph is no longer that of a block.
  constexpr size_t kMaxVisited = 4096;
  if (isFromWeights(skip) || isFromWeights(branch))
    return false;
  unsigned first = numbers.lookup(skip.getDefiningOp());
  llvm::DenseSet<std::pair<Value, unsigned>> visited;
  SmallVector<std::pair<Value, unsigned>> open{{branch, 0}};
  while (!open.empty() && visited.size() < kMaxVisited) {
    auto [value, throughProduct] = open.pop_back_val();
    if (value == skip) {
      if (throughProduct != 0)
        return true;
      continue;
    }
    Operation *op = value.getDefiningOp();
    if (!op || numbers.lookup(op) <= first || isWeight(value) ||
        !visited.insert({value, throughProduct}).second)
      continue;
    for (Value operand : op->getOperands())
      open.push_back({operand, throughProduct | products.contains(op)});
  }
  return false;
}

/// The Softmax that scores go to, if they are the scores of attention.
Operation *MeaningFinder::findSoftmaxAfter(Value scores) {
  constexpr unsigned kMaxSteps = 24;
  SmallVector<Value> open{scores};
  for (unsigned step = 0; !open.empty() && step < kMaxSteps; ++step)
    for (Operation *user : open.pop_back_val().getUsers()) {
      if (isa<SoftmaxOp>(user))
        return user;
      if (isElementwise(user) && user->getNumResults() == 1)
        open.push_back(user->getResult(0));
    }
  return nullptr;
}

bool MeaningFinder::isAfterSoftmax(Value value) {
  constexpr unsigned kMaxSteps = 24;
  SmallVector<Value> open{value};
  for (unsigned step = 0; !open.empty() && step < kMaxSteps; ++step) {
    Operation *op = open.pop_back_val().getDefiningOp();
    if (isa_and_nonnull<SoftmaxOp>(op))
      return true;
    if (op && isElementwise(op))
      for (Value operand : op->getOperands())
        if (!isFromWeights(operand))
          open.push_back(operand);
  }
  return false;
}

//===----------------------------------------------------------------------===//
// Uses
//===----------------------------------------------------------------------===//

/// Whether queries, keys and values are operands of their own.
static bool isUnpacked(Operation *op) {
  if (auto attention = dyn_cast<MultiHeadAttentionOp>(op))
    return attention.getKey() && attention.getValue();
  if (auto attention = dyn_cast<GroupQueryAttentionOp>(op))
    return attention.getKey() && attention.getValue();
  return isa<AttentionOp>(op);
}

void MeaningFinder::visitHeads(const DimensionUse &use) {
  // Packed operands are all three.
  unsigned fact = kQueryKey | kValue;
  if (isUnpacked(use.op))
    fact = use.operand == 2 ? kValue : kQueryKey;
  add(use.term, fact);
  meanings.widths.insert(space.normalise(use.term));
  // The heads stand beside their width in three axes, on one of their own in
  // four.
  ArrayRef<Term> axes = axesOf(use.op->getOperand(use.operand), use.op);
  if (axes.size() == 4)
    add(axes[1], kHeads);
  else if (use.axis < axes.size())
    for (AtomId atom : space.getLeaves(axes[use.axis]))
      if (space.getAtomSize(atom).isConstant() &&
          !space.contains(use.term, atom) &&
          !(meanings.facts.lookup(atom) & (kQueryKey | kValue)))
        meanings.facts[atom] |= kHeads;
}

void MeaningFinder::visitProduct(const DimensionUse &use) {
  Operation *op = use.op;
  auto [left, right] = factors.lookup(op);
  // A packed weight is no factor that has uses.
  bool isReversed = left && isFromWeights(left);
  bool isByWeight = !left || !right || isReversed || isFromWeights(right);
  if (isByWeight) {
    if (use.role == Role::K)
      add(use.term, kContracted);
    else if (use.role == (isReversed ? Role::M : Role::N))
      add(use.term, kMade);
    return;
  }
  ArrayRef<Term> result = axesOf(op->getResult(0), op);
  auto addHeads = [&] {
    // The first of four is a batch.
    if (result.size() > 2)
      for (Term axis : result.drop_back(2).drop_front(result.size() > 3))
        add(axis, kHeads);
  };
  if (bool isWeighting = isAfterSoftmax(left);
      isWeighting || isAfterSoftmax(right)) {
    if (use.role == Role::K)
      add(use.term, kPositions);
    if (use.role != (isWeighting ? Role::N : Role::M))
      return;
    add(use.term, kValue);
    meanings.widths.insert(space.normalise(use.term));
    addHeads();
  } else if (findSoftmaxAfter(op->getResult(0))) {
    if (use.role != Role::K)
      return add(use.term, kPositions);
    add(use.term, kQueryKey);
    meanings.widths.insert(space.normalise(use.term));
    addHeads();
  } else {
    add(use.term, kOther);
  }
}

void MeaningFinder::visitUse(const DimensionUse &use) {
  if (use.role == Role::Channel)
    add(use.term, kChannel);
  else if (use.role == Role::HeadDim)
    visitHeads(use);
  else
    visitProduct(use);
}

//===----------------------------------------------------------------------===//
// Operations
//===----------------------------------------------------------------------===//

void MeaningFinder::visitSum(Operation *op) {
  if (op->getNumOperands() < 2)
    return;
  Value a = op->getOperand(0), b = op->getOperand(1);
  ArrayRef<Term> axesOfA = axesOf(a, op), axesOfB = axesOf(b, op);
  if (axesOfA.empty() || axesOfB.empty() ||
      space.normalise(axesOfA.back()) != space.normalise(axesOfB.back()))
    return;
  if (isResidual(a, b) || isResidual(b, a))
    add(axesOfA.back(), kResidual);
}

void MeaningFinder::visitGather(GatherOp op) {
  ArrayRef<Term> table = axesOf(op.getData(), op);
  if (!isFromWeights(op.getData()) || isFromWeights(op.getIndices()) ||
      table.size() < 2)
    return;
  auto axis = static_cast<size_t>(
      op.getAxis() < 0 ? op.getAxis() + int64_t(table.size()) : op.getAxis());
  for (auto [index, term] : llvm::enumerate(table))
    add(term, index == axis ? kIndexed : kTable);
  if (axis >= table.size() || !isInput(op.getIndices()))
    return;
  add(table[axis], kIndexedByInput);
  if (auto size = space.getConstantSize(table[axis]))
    meanings.vocabularies.insert(*size);
}

/// What stands on the operand and not on the result is summed over.
void MeaningFinder::visitReduction(Operation *op) {
  llvm::DenseSet<AtomId> kept;
  for (Term axis : axesOf(op->getResult(0), op))
    for (AtomId atom : space.getLeaves(axis))
      kept.insert(atom);
  for (Term axis : axesOf(op->getOperand(0), op))
    for (AtomId atom : space.getLeaves(axis))
      if (!kept.contains(atom))
        meanings.facts[atom] |= kNormalised;
}

void MeaningFinder::visitOp(Operation *op) {
  if (isa<AddOp, SumOp, SkipLayerNormalizationOp,
          SkipSimplifiedLayerNormalizationOp>(op))
    visitSum(op);
  if (isa<LSTMOp, GRUOp, RNNOp>(op)) {
    // The last axis of the weight that the state is multiplied with.
    if (ArrayRef<Term> axes = axesOf(op->getOperand(2), op); !axes.empty())
      add(axes.back(), kState);
  }
  if (isActivation(op)) {
    add(op->getOperand(0), op, kActivated);
  } else if (isNorm(op)) {
    if (ArrayRef<Term> axes = axesOf(op->getOperand(0), op); !axes.empty())
      add(axes.back(), kNormalised);
  } else if (isa<ReduceMeanOp, ReduceSumSquareOp, ReduceSumOp, ReduceL2Op>(
                 op)) {
    visitReduction(op);
  } else if (auto gather = dyn_cast<GatherOp>(op)) {
    visitGather(gather);
  } else if (isa<SoftmaxOp, TopKOp>(op)) {
    // What comes out of the model is no choice within it.
    bool isLast = llvm::any_of(op->getUsers(), [](Operation *user) {
      return isa<func::ReturnOp>(user);
    });
    if (ArrayRef<Term> axes = axesOf(op->getOperand(0), op); !axes.empty())
      add(axes.back(), isLast            ? kOutput
                       : isa<TopKOp>(op) ? kChosen
                                         : kWeighed | kOther);
  } else if (isa<MulOp>(op)) {
    // A gate is a product of two different values along one axis.
    Value a = op->getOperand(0), b = op->getOperand(1);
    if (a != b && !isFromWeights(a) && !isFromWeights(b))
      for (Term axis : axesOf(a, op))
        if (llvm::any_of(axesOf(b, op), [&](Term other) {
              return space.normalise(other) == space.normalise(axis);
            }))
          add(axis, kActivated);
  } else if (isa<ConcatOp>(op)) {
    if (llvm::any_of(op->getOperands(),
                     [](Value operand) { return isa<BlockArgument>(operand); }))
      add(op->getResult(0), op, kCached);
  } else if (!isLinear(op) && !isa<DivOp>(op)) {
    for (Value operand : op->getOperands())
      if (!isFromWeights(operand))
        add(operand, op, kOther);
  }
}

void MeaningFinder::run() {
  for (Operation &op : analysis.getFunction().getBody().front())
    if (analysis.isLive(&op))
      numbers[&op] = numbers.size() + 1;
  for (const DimensionUse &use : analysis.getUses()) {
    products.insert(use.op);
    Value operand = use.op->getOperand(use.operand);
    if (use.role == Role::N)
      factors[use.op].second = operand;
    else if (use.role == Role::M)
      factors[use.op].first = operand;
  }
  for (const DimensionUse &use : analysis.getUses())
    visitUse(use);
  for (const WeightUse &use : analysis.getWeightUses())
    for (Term axis :
         ArrayRef(use.axes).drop_back(std::min<size_t>(use.axes.size(), 2)))
      add(axis, kStacked);
  for (Operation &op : analysis.getFunction().getBody().front()) {
    if (!analysis.isLive(&op) || isa<InitializerOp, ConstantOp>(op))
      continue;
    if (!isa<func::ReturnOp>(op)) {
      visitOp(&op);
      continue;
    }
    for (Value output : op.getOperands())
      if (ArrayRef<Term> axes = axesOf(output, &op); !axes.empty())
        add(axes.back(), kOutput);
  }
}
