//===- GroupQueryAttention.cpp - Rule of GroupQueryAttention ----*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Heads.h"
#include "Quantization.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace gac;

namespace {

/// Heads of K and V serve several of Q's, `copies`; all heads are equally wide.
struct GroupQueryAttentionModel
    : DimensionOpInterface::ExternalModel<GroupQueryAttentionModel,
                                          GroupQueryAttentionOp> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto attention = cast<GroupQueryAttentionOp>(op);
    DimensionSpace &space = r.getSpace();
    SmallVector<Term> query = r.getAxes(attention.getQuery());
    int64_t numHeads = attention.getNumHeads();
    int64_t kvHeads = attention.getKvNumHeads();
    bool isPlain = attention.getKQuantType() == "NONE" &&
                   attention.getVQuantType() == "NONE" &&
                   !attention.getKScale() && !attention.getVScale();
    if (query.size() != 3 || !isPlain || kvHeads < 1 || numHeads % kvHeads != 0)
      return;
    auto size = space.getSize(query[2]).divideExact(getNumParts(attention));
    if (!size)
      return;
    Term width = r.createDim(*size);
    Term heads = r.createDim(kvHeads), copies = r.createDim(numHeads / kvHeads);
    r.fix(heads, "has it as heads");
    r.fix(copies, "has it as heads");
    Term q = space.getProd({heads, copies, width});
    Term kv = space.getProd({heads, width});
    HeadAxes cached = {query[0], heads, query[1], width};
    fixAllButWidth(r, cached);
    if (Value key = attention.getKey()) {
      r.unify(query[2], q);
      for (Value value : {key, attention.getValue()}) {
        SmallVector<Term> axes = value ? r.getAxes(value) : SmallVector<Term>();
        if (axes.size() != 3)
          return;
        r.fix(axes[0], "has it as a batch axis");
        r.fix(axes[1], "has it as a sequence");
        r.unify(axes[2], kv);
      }
    } else {
      r.unify(query[2], space.getSum({q, kv, kv}));
    }
    if (!relateRotation(attention, r, width))
      return;
    for (Value weight :
         {attention.getQNormWeight(), attention.getKNormWeight()})
      if (weight)
        r.unify(r.getAxes(weight).back(), width);
    fixMasks(r, {attention.getSeqlensK(), attention.getTotalSequenceLength(),
                 attention.getAttentionBias(), attention.getHeadSink()});
    relatePast(r, attention.getPastKey(), cached);
    relatePast(r, attention.getPastValue(), cached);
    r.setAxes(attention.getOutput(), {query[0], query[1], q});
    setPresent(r, attention.getPresentKey(), cached);
    setPresent(r, attention.getPresentValue(), cached);
    setScores(r, attention.getOutputQk());
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto attention = cast<GroupQueryAttentionOp>(op);
    auto [keys, values] = getKeysAndValues(attention);
    Value query = attention.getQuery(), output = attention.getOutput();
    contractLanes(t, query, 2, keys, 2);
    // A norm of a head is over all of it.
    for (Value normalised : {query, keys})
      if (attention.getQNormWeight() || attention.getKNormWeight())
        needZeroLanes(t, normalised, 2,
                      "normalises over it, where its padding is not zero");
    for (AtomId atom : t.getAtoms(output, 2))
      t.set(output, 2, atom, keepZero(t.get(values, 2, atom)));
    if (Value present = attention.getPresentKey())
      passWidth(t, keys, attention.getPastKey(), present);
    if (Value present = attention.getPresentValue())
      passWidth(t, values, attention.getPastValue(), present);
  }

  void collectUses(Operation *op, UseCollector &uses) const {
    auto attention = cast<GroupQueryAttentionOp>(op);
    if (Term width = getHeadWidth(attention, uses.getSpace(),
                                  (*uses.getAxes(attention.getQuery()))))
      uses.add(0, 2, Role::HeadDim, width);
    if (!attention.getKey() || !attention.getValue())
      return;
    addWidth(uses, attention.getKey(), 1, attention.getKvNumHeads());
    addWidth(uses, attention.getValue(), 2, attention.getKvNumHeads());
  }

  // With n of s lanes stored, a norm of a head has the epsilon n / s and the
  // weight sqrt(n / s) of what it had, as RMSNormalization has.
  LogicalResult growDimensions(Operation *op, DimensionGrower &g) const {
    auto attention = cast<GroupQueryAttentionOp>(op);
    Term width =
        getHeadWidth(attention, g.getSpace(), g.getAxes(attention.getQuery()));
    stateScale(attention, width, g);
    if (!width || !g.grows(width) || !attention.getQNormWeight())
      return success();
    double share = double(*g.getOldSize(width).getConstant()) /
                   double(*g.getNewSize(width).getConstant());
    for (MutableOperandRange weight :
         {attention.getQNormWeightMutable(), attention.getKNormWeightMutable()})
      if (!weight.empty()) {
        Value old = OperandRange(weight).front();
        Value factor =
            g.createScalar(std::sqrt(share), old, getValueName(old) + ".count");
        weight.assign(g.create<MulOp>(old.getType(), old, factor).getResult());
      }
    attention.setQkNormEpsilon(APFloat(static_cast<float>(
        attention.getQkNormEpsilon().convertToFloat() * share)));
    return success();
  }

private:
  /// Heads side by side on the last axis of the query.
  static int64_t getNumParts(GroupQueryAttentionOp op) {
    return op.getNumHeads() + (op.getKey() ? 0 : 2 * op.getKvNumHeads());
  }

  /// The width of a head in the query, alone or packed.
  static Term getHeadWidth(GroupQueryAttentionOp op, DimensionSpace &space,
                           ArrayRef<Term> query) {
    auto width = query.empty()
                     ? std::nullopt
                     : space.getSize(query.back()).divideExact(getNumParts(op));
    if (!width || !width->isConstant())
      return {};
    Term columns = query.back();
    if (!op.getKey()) {
      auto cut =
          cutAt(space, columns, op.getNumHeads() * *width->getConstant());
      if (!cut)
        return {};
      columns = cut->first;
    }
    return getWidth(space, columns, op.getNumHeads());
  }

  /// Tables rotate the first lanes of each head: half as many as they have.
  static bool relateRotation(GroupQueryAttentionOp op, DimensionRelations &r,
                             Term width) {
    for (Value cache : {op.getCosCache(), op.getSinCache()})
      if (cache && r.getAxes(cache).size() != 2)
        return false;
    if (op.getPositionIds())
      r.fixAxes(op.getPositionIds(), "reads positions from it");
    if (!op.getDoRotary())
      return true;
    if (!op.getCosCache() || !op.getSinCache())
      return false;
    SmallVector<Term> cos = r.getAxes(op.getCosCache());
    SmallVector<Term> sin = r.getAxes(op.getSinCache());
    r.unify(cos[1], sin[1]);
    r.fix(cos[0], "has a position on it");
    r.fix(sin[0], "has a position on it");
    std::optional<int64_t> half = r.getSpace().getConstantSize(cos[1]);
    if (!half)
      return false;
    auto parts = cutAt(r.getSpace(), width, 2 * *half);
    if (!parts)
      return false;
    relateRotatedLanes(r, parts->first, cos[1], op.getRotaryInterleaved() != 0);
    return true;
  }
};

} // namespace

void gac::registerGroupQueryAttentionModels(MLIRContext &context) {
  GroupQueryAttentionOp::attachInterface<GroupQueryAttentionModel>(context);
}
