//===- ContribAttention.cpp - Rules of ONNX Runtime's attention -*- C++ -*-===//
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

//===----------------------------------------------------------------------===//
// RotaryEmbedding
//===----------------------------------------------------------------------===//

struct ContribRotaryEmbeddingModel
    : DimensionOpInterface::ExternalModel<ContribRotaryEmbeddingModel,
                                          ContribRotaryEmbeddingOp> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto rotary = cast<ContribRotaryEmbeddingOp>(op);
    SmallVector<Term> axes = r.getAxes(rotary.getInput());
    SmallVector<Term> cos = r.getAxes(rotary.getCosCache());
    SmallVector<Term> sin = r.getAxes(rotary.getSinCache());
    if (cos.size() != 2 || sin.size() != 2)
      return;
    r.unify(cos[1], sin[1]);
    for (const SmallVector<Term> *cache : {&cos, &sin})
      r.fix((*cache)[0], "has a position on it");
    r.fixAxes(rotary.getPositionIds(), "reads positions from it");

    auto x = getHeadAxes(r, axes, getNumHeads(rotary, r, axes, cos[1]));
    if (!x)
      return;
    fixAllButWidth(r, *x);
    Term rotated = x->width;
    if (int64_t part = rotary.getRotaryEmbeddingDim()) {
      auto parts = cutAt(r.getSpace(), x->width, part);
      if (!parts)
        return;
      rotated = parts->first;
    }
    relateRotatedLanes(r, rotated, cos[1], rotary.getInterleaved() != 0);
    r.setAxes(rotary.getOutput(), axes);
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto rotary = cast<ContribRotaryEmbeddingOp>(op);
    keepZeros(t, rotary.getInput(), rotary.getOutput());
  }

  LogicalResult growDimensions(Operation *op, DimensionGrower &g) const {
    auto rotary = cast<ContribRotaryEmbeddingOp>(op);
    Term half = g.getAxes(rotary.getCosCache())[1];
    if (rotary.getRotaryEmbeddingDim() && g.grows(half))
      rotary.setRotaryEmbeddingDim(2 * *g.getNewSize(half).getConstant());
    return success();
  }

private:
  /// Where all of a head is rotated, the tables say how wide it is.
  static std::optional<int64_t> getNumHeads(ContribRotaryEmbeddingOp op,
                                            DimensionRelations &r,
                                            ArrayRef<Term> axes, Term half) {
    if (op.getRotaryEmbeddingDim() != 0)
      return op.getNumHeads();
    DimensionSpace &space = r.getSpace();
    std::optional<int64_t> width = space.getConstantSize(half);
    std::optional<int64_t> columns =
        axes.empty() ? std::nullopt : space.getConstantSize(axes.back());
    if (!width || !columns || *width < 1 || *columns % (2 * *width) != 0)
      return std::nullopt;
    return *columns / (2 * *width);
  }
};

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

/// What ONNX Runtime's Attention and QAttention are given; null where they have
/// none.
struct PackedAttention {
  Value input, weights, bias, past, output, present;
  SmallVector<Value, 3> masks;
  bool isRotary = false;
  Value inputScale, inputZero, weightScale, weightZero;
};

PackedAttention getParts(ContribAttentionOp op) {
  PackedAttention parts;
  parts.input = op.getInput();
  parts.weights = op.getWeights();
  parts.bias = op.getBias();
  parts.past = op.getPast();
  parts.output = op.getOutput();
  parts.present = op.getPresent();
  parts.masks = {op.getMaskIndex(), op.getAttentionBias(),
                 op.getPastSequenceLength()};
  parts.isRotary = op.getDoRotary() != 0;
  return parts;
}

PackedAttention getParts(QAttentionOp op) {
  PackedAttention parts;
  parts.input = op.getInput();
  parts.weights = op.getWeight();
  parts.bias = op.getBias();
  parts.past = op.getPast();
  parts.output = op.getOutput();
  parts.present = op.getPresent();
  parts.masks = {op.getMaskIndex()};
  parts.isRotary = op.getDoRotary() != 0;
  parts.inputScale = op.getInputScale();
  parts.inputZero = op.getInputZeroPoint();
  parts.weightScale = op.getWeightScale();
  parts.weightZero = op.getWeightZeroPoint();
  return parts;
}

/// Q, K and V are columns of one weight: [heads*w | heads*w | heads*v].
template <typename OpTy>
struct PackedAttentionModel
    : DimensionOpInterface::ExternalModel<PackedAttentionModel<OpTy>, OpTy> {
  static constexpr bool isQuantized = std::is_same_v<OpTy, QAttentionOp>;

  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto attention = cast<OpTy>(op);
    PackedAttention parts = getParts(attention);
    DimensionSpace &space = r.getSpace();
    SmallVector<Term> input = r.getAxes(parts.input);
    SmallVector<Term> weights = r.getAxes(parts.weights);
    if (input.size() != 3 || weights.size() != 2)
      return;
    auto sizes = getHiddenSizes(attention, space, weights[1]);
    if (!sizes)
      return;
    int64_t numHeads = attention.getNumHeads();
    Term heads = r.createDim(numHeads);
    Term width = r.createDim((*sizes)[0] / numHeads);
    Term valueWidth = r.createDim((*sizes)[2] / numHeads);
    r.fix(heads, "has it as heads");
    r.fix(input[0], "has it as a batch axis");
    r.fix(input[1], "has it as a sequence");
    r.unify(input[2], weights[0]);
    Term part = space.getProd({heads, width});
    Term packed =
        space.getSum({part, part, space.getProd({heads, valueWidth})});
    r.unify(weights[1], packed);
    if (parts.bias)
      r.unify(r.getAxes(parts.bias)[0], packed);
    relateParameter(r, parts.inputScale, space.getUnit(), 1.0);
    relateParameter(r, parts.inputZero, space.getUnit(), 0.0);
    relateParameter(r, parts.weightScale, weights[1], 1.0);
    relateParameter(r, parts.weightZero, weights[1], 0.0);
    fillWithZeroPoint(r, parts.input, parts.inputZero);
    fillWithZeroPoint(r, parts.weights, parts.weightZero);
    if (parts.isRotary)
      r.fix(width, "rotates it by tables that it makes itself");
    fixMasks(r, parts.masks);

    // One cache holds keys and values, and QAttention has one width for both.
    if (isQuantized || parts.past || parts.present)
      r.unify(width, valueWidth);
    if (Value past = parts.past) {
      SmallVector<Term> axes = r.getAxes(past);
      if (axes.size() != 5)
        return;
      r.unify(axes[4], width);
      r.fixAxes(ArrayRef(axes).drop_back(), "has it as a cache");
    }
    if (Value present = parts.present) {
      std::optional<SmallVector<Term>> made = r.createAxes(present);
      if (!made || made->size() != 5)
        return;
      r.fixAxes(ArrayRef(*made).drop_back(), "has it as a cache");
      r.setAxes(present, {(*made)[0], input[0], heads, (*made)[3], width});
    }
    r.setAxes(parts.output,
              {input[0], input[1], space.getProd({heads, valueWidth})});
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    PackedAttention parts = getParts(cast<OpTy>(op));
    if constexpr (isQuantized)
      contractMeanings(t, parts.input, 2, parts.inputZero, parts.weights, 0,
                       parts.weightZero);
    else
      contractLanes(t, parts.input, 2, parts.weights, 0);
    for (AtomId atom : t.getAtoms(parts.weights, 1))
      if (!getColumns(parts, t, atom).isZero())
        t.refuse(atom, "contracts it, where its padding is not zero");
    for (AtomId atom : t.getAtoms(parts.output, 2))
      t.set(parts.output, 2, atom, getColumns(parts, t, atom));
    if (parts.present)
      for (AtomId atom : t.getAtoms(parts.present, 4)) {
        Lane lane = getColumns(parts, t, atom);
        if (parts.past)
          lane = lane.join(t.get(parts.past, 4, atom));
        t.set(parts.present, 4, atom, lane);
      }
  }

  void collectUses(Operation *op, UseCollector &uses) const {
    auto attention = cast<OpTy>(op);
    uses.add(0, 1, Role::M);
    uses.add(0, 2, Role::K);
    uses.add(1, 0, Role::K);
    uses.add(1, 1, Role::N);
    std::optional<ArrayRef<Term>> weights =
        uses.getAxes(getParts(attention).weights);
    for (unsigned part : {0, 2})
      if (Term width = getPart(attention, uses.getSpace(), (*weights)[1], part))
        uses.add(1, 1, Role::HeadDim,
                 getWidth(uses.getSpace(), width, attention.getNumHeads()));
  }

  LogicalResult growDimensions(Operation *op, DimensionGrower &g) const {
    auto attention = cast<OpTy>(op);
    DimensionSpace &space = g.getSpace();
    Term columns = g.getAxes(getParts(attention).weights)[1];
    Term q = getPart(attention, space, columns, 0);
    Term v = getPart(attention, space, columns, 2);
    if (!q || !v || !g.grows(columns))
      return success();
    stateScale(attention, getWidth(space, q, attention.getNumHeads()), g);
    if constexpr (!isQuantized) {
      int64_t keys = *g.getNewSize(q).getConstant();
      int64_t values = *g.getNewSize(v).getConstant();
      if (attention.getQkvHiddenSizes() || keys != values)
        attention.setQkvHiddenSizes(ArrayRef<int64_t>{keys, keys, values});
    }
    return success();
  }

private:
  static std::optional<std::array<int64_t, 3>>
  getHiddenSizes(OpTy op, DimensionSpace &space, Term columns) {
    std::optional<int64_t> size = space.getConstantSize(columns);
    if (!size)
      return std::nullopt;
    if constexpr (isQuantized) {
      int64_t part = *size / 3;
      if (*size % 3 != 0 || op.getNumHeads() < 1 ||
          part % static_cast<int64_t>(op.getNumHeads()) != 0)
        return std::nullopt;
      return std::array<int64_t, 3>{part, part, part};
    } else {
      return op.getHiddenSizes(*size);
    }
  }

  /// The columns of Q (0), K (1) or V (2).
  static Term getPart(OpTy op, DimensionSpace &space, Term columns,
                      unsigned part) {
    auto sizes = getHiddenSizes(op, space, columns);
    if (!sizes)
      return {};
    for (unsigned i = 0; i != part; ++i) {
      auto cut = cutAt(space, columns, (*sizes)[i]);
      if (!cut)
        return {};
      columns = cut->second;
    }
    if (part == 2)
      return columns;
    auto cut = cutAt(space, columns, (*sizes)[part]);
    return cut ? cut->first : Term();
  }

  static Lane getColumns(const PackedAttention &parts, LaneTransfer &t,
                         AtomId atom) {
    Lane lane =
        isQuantized
            ? keepZero(getMeaning(t, parts.weights, 1, parts.weightZero, atom))
            : keepZero(t.get(parts.weights, 1, atom));
    if (parts.bias)
      lane = lane.join(keepZero(t.get(parts.bias, 0, atom)));
    return lane;
  }
};

//===----------------------------------------------------------------------===//
// MultiHeadAttention
//===----------------------------------------------------------------------===//

struct MultiHeadAttentionModel
    : DimensionOpInterface::ExternalModel<MultiHeadAttentionModel,
                                          MultiHeadAttentionOp> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto attention = cast<MultiHeadAttentionOp>(op);
    DimensionSpace &space = r.getSpace();
    auto [keys, values] = getKeysAndValues(attention);
    int64_t heads = attention.getNumHeads();
    auto get = [&](Value value) {
      return getHeadAxes(r, r.getAxes(value), heads);
    };
    auto q = get(attention.getQuery()), k = get(keys), v = get(values);
    if (!q || !k || !v)
      return;
    r.unify(q->width, k->width);
    r.unify(q->heads, k->heads);
    r.unify(k->heads, v->heads);
    for (const HeadAxes &axes : {*q, *k, *v})
      fixAllButWidth(r, axes);
    Term result = space.getProd({q->heads, v->width});
    if (Value bias = attention.getBias()) {
      SmallVector<Term> axes = r.getAxes(bias);
      if (axes.size() != 1)
        return;
      Term part = space.getProd({q->heads, q->width});
      r.unify(axes[0], space.getSum({part, part, result}));
    }
    fixMasks(r, {attention.getKeyPaddingMask(), attention.getAttentionBias(),
                 attention.getPastSequenceLength(),
                 attention.getCacheIndirection()});
    relatePast(r, attention.getPastKey(), *k);
    relatePast(r, attention.getPastValue(), *v);
    r.setAxes(attention.getOutput(), {q->batch, q->sequence, result});
    setPresent(r, attention.getPresentKey(), *k);
    setPresent(r, attention.getPresentValue(), *v);
    setScores(r, attention.getQk());
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto attention = cast<MultiHeadAttentionOp>(op);
    auto [keys, values] = getKeysAndValues(attention);
    Value query = attention.getQuery(), output = attention.getOutput();
    for (AtomId atom : t.getAtoms(query, t.getRank(query) - 1)) {
      Lane q = getLane(attention, t, query, atom);
      Lane k = getLane(attention, t, keys, atom);
      if (!(q.isZero() && k.isFinite()) && !(k.isZero() && q.isFinite()))
        t.refuse(atom, "contracts it, where neither side's padding is zero");
    }
    for (AtomId atom : t.getAtoms(output, 2))
      t.set(output, 2, atom, getLane(attention, t, values, atom));
    pass(attention, t, keys, attention.getPastKey(), attention.getPresentKey());
    pass(attention, t, values, attention.getPastValue(),
         attention.getPresentValue());
  }

  void collectUses(Operation *op, UseCollector &uses) const {
    auto attention = cast<MultiHeadAttentionOp>(op);
    int64_t heads = attention.getNumHeads();
    addWidth(uses, attention.getQuery(), 0, heads);
    if (attention.getKey())
      addWidth(uses, attention.getKey(), 1, heads);
    if (attention.getKey() && attention.getValue())
      addWidth(uses, attention.getValue(), 2, heads);
  }

  LogicalResult growDimensions(Operation *op, DimensionGrower &g) const {
    auto attention = cast<MultiHeadAttentionOp>(op);
    SmallVector<Term> axes = g.getAxes(attention.getQuery());
    Term width = axes.size() == 3
                     ? getWidth(g.getSpace(), axes[2], attention.getNumHeads())
                     : axes.back();
    stateScale(attention, width, g);
    return success();
  }

private:
  static Lane getLane(MultiHeadAttentionOp op, LaneTransfer &t, Value value,
                      AtomId atom) {
    Lane lane = keepZero(t.get(value, t.getRank(value) - 1, atom));
    if (Value bias = op.getBias())
      lane = lane.join(keepZero(t.get(bias, 0, atom)));
    return lane;
  }

  static void pass(MultiHeadAttentionOp op, LaneTransfer &t, Value now,
                   Value past, Value present) {
    if (!present || t.getRank(present) != 4)
      return;
    for (AtomId atom : t.getAtoms(present, 3)) {
      Lane lane = getLane(op, t, now, atom);
      if (past)
        lane = lane.join(t.get(past, 3, atom));
      t.set(present, 3, atom, lane);
    }
  }
};

} // namespace

void gac::registerContribAttentionModels(MLIRContext &context) {
  ContribRotaryEmbeddingOp::attachInterface<ContribRotaryEmbeddingModel>(
      context);
  ContribAttentionOp::attachInterface<PackedAttentionModel<ContribAttentionOp>>(
      context);
  QAttentionOp::attachInterface<PackedAttentionModel<QAttentionOp>>(context);
  MultiHeadAttentionOp::attachInterface<MultiHeadAttentionModel>(context);
}
