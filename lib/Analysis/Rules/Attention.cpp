//===- Attention.cpp - Dimension rules of attention and rotation -*- C++
//-*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Rules.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>

using namespace mlir;
using namespace gac;

namespace {

/// The batch, heads, sequence and width of a tensor in either layout: 4-D
/// [batch, heads, sequence, width], or 3-D [batch, sequence, heads * width].
struct HeadAxes {
  Term batch;
  Term heads;
  Term sequence;
  Term width;
};

} // namespace

/// Nothing if the rank is another or, in 3-D, the number of heads is not known.
static std::optional<HeadAxes> getHeadAxes(DimensionRelations &r,
                                           ArrayRef<Term> axes,
                                           std::optional<int64_t> numHeads) {
  if (axes.size() == 4)
    return HeadAxes{axes[0], axes[1], axes[2], axes[3]};
  if (axes.size() != 3 || !numHeads || *numHeads < 1)
    return std::nullopt;
  DimensionSpace &space = r.getSpace();
  auto width = space.getSize(axes[2]).divideExact(SymExpr::constant(*numHeads));
  if (!width)
    return std::nullopt;
  Term heads = r.createDim(SymExpr::constant(*numHeads));
  r.fix(heads, "has it as heads");
  HeadAxes result{axes[0], heads, axes[1], r.createDim(*width)};
  r.unify(axes[2], space.getProd({result.heads, result.width}));
  return result;
}

/// Axes in the layout of a tensor of rank `rank`.
static SmallVector<Term> inLayout(DimensionRelations &r, unsigned rank,
                                  const HeadAxes &axes) {
  if (rank == 4)
    return {axes.batch, axes.heads, axes.sequence, axes.width};
  return {axes.batch, axes.sequence,
          r.getSpace().getProd({axes.heads, axes.width})};
}

/// Padding of widths passes: zero stays zero.
static void keepZeros(LaneTransfer &t, Value from, Value result) {
  for (unsigned axis = 0, rank = t.getRank(result); axis != rank; ++axis)
    for (AtomId atom : t.getAtoms(result, axis)) {
      // Heads and widths share an axis in 3-D.
      bool isThere = axis < t.getRank(from) && t.isOn(from, axis, atom);
      t.set(result, axis, atom,
            isThere ? keepZero(t.get(from, axis, atom)) : Lane::finite());
    }
}

namespace {

//===----------------------------------------------------------------------===//
// RotaryEmbedding
//===----------------------------------------------------------------------===//

struct RotaryEmbeddingModel
    : DimensionOpInterface::ExternalModel<RotaryEmbeddingModel,
                                          RotaryEmbeddingOp> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto rotary = cast<RotaryEmbeddingOp>(op);
    DimensionSpace &space = r.getSpace();
    SmallVector<Term> axes = r.getAxes(rotary.getX());
    auto x = getHeadAxes(r, axes, rotary.getNumHeads());
    SmallVector<Term> cos = r.getAxes(rotary.getCosCache());
    SmallVector<Term> sin = r.getAxes(rotary.getSinCache());
    if (!x || cos.size() < 2 || sin.size() != cos.size())
      return;
    r.unify(cos.back(), sin.back());
    for (SmallVector<Term> *cache : {&cos, &sin})
      r.fixAxes(ArrayRef(*cache).drop_back(), "has a position on it");
    r.fix(x->sequence, "has a position on it");
    if (rotary.getPositionIds())
      r.fixAxes(rotary.getPositionIds(), "reads positions from it");

    Term rotated = x->width;
    if (int64_t part = rotary.getRotaryEmbeddingDim()) {
      auto parts = space.splitSum(x->width, SymExpr::constant(part));
      if (!parts)
        return;
      rotated = parts->first;
    }
    if (rotary.getInterleaved()) {
      Term pair = r.createDim(SymExpr::constant(2));
      r.fix(pair, "rotates pairs");
      r.unify(rotated, space.getProd({cos.back(), pair}));
    } else {
      r.unify(rotated, space.getSum({cos.back(), cos.back()}));
    }
    r.setAxes(rotary.getY(), axes);
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto rotary = cast<RotaryEmbeddingOp>(op);
    keepZeros(t, rotary.getX(), rotary.getY());
  }

  LogicalResult growDimensions(Operation *op, DimensionGrower &g) const {
    auto rotary = cast<RotaryEmbeddingOp>(op);
    if (!rotary.getRotaryEmbeddingDim())
      return success();
    SymExpr rotated = g.getNewSize(g.getAxes(rotary.getCosCache()).back()) *
                      SymExpr::constant(2);
    if (rotated.isConstant())
      rotary.setRotaryEmbeddingDim(*rotated.getConstant());
    return success();
  }
};

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

struct AttentionModel
    : DimensionOpInterface::ExternalModel<AttentionModel, AttentionOp> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto attention = cast<AttentionOp>(op);
    DimensionSpace &space = r.getSpace();
    auto get = [&](Value value, std::optional<uint64_t> numHeads) {
      return getHeadAxes(r, r.getAxes(value), numHeads);
    };
    auto q = get(attention.getQ(), attention.getQNumHeads());
    auto k = get(attention.getK(), attention.getKvNumHeads());
    auto v = get(attention.getV(), attention.getKvNumHeads());
    if (!q || !k || !v)
      return;
    r.unify(q->width, k->width);
    r.unify(k->heads, v->heads);
    if (auto copies =
            space.getSize(q->heads).divideExact(space.getSize(k->heads)))
      r.unify(q->heads, space.getProd({k->heads, r.createDim(*copies)}));
    for (const HeadAxes &axes : {*q, *k, *v}) {
      r.fix(axes.batch, "has it as a batch axis");
      r.fix(axes.heads, "has it as heads");
      r.fix(axes.sequence, "has it as a sequence");
    }
    if (Value mask = attention.getAttnMask())
      r.fixAxes(mask, "takes it as a mask");
    if (Value lengths = attention.getNonpadKvSeqlen())
      r.fixAxes(lengths, "takes it as lengths");
    relatePast(r, attention.getPastKey(), *k);
    relatePast(r, attention.getPastValue(), *v);

    r.setAxes(attention.getY(),
              inLayout(r, r.getAxes(attention.getQ()).size(),
                       {q->batch, q->heads, q->sequence, v->width}));
    setPresent(r, attention.getPresentKey(), *k);
    setPresent(r, attention.getPresentValue(), *v);
    if (Value scores = attention.getQkMatmulOutput())
      if (std::optional<SmallVector<Term>> made = r.createAxes(scores)) {
        r.fixAxes(*made, "gives scores over it");
        r.setAxes(scores, *made);
      }
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto attention = cast<AttentionOp>(op);
    Value q = attention.getQ(), k = attention.getK(), v = attention.getV();
    unsigned rankOfQ = t.getRank(q), rankOfK = t.getRank(k);
    if (rankOfQ < 3 || rankOfK < 3)
      return;
    contractLanes(t, q, rankOfQ - 1, k, rankOfK - 1);
    Value y = attention.getY();
    unsigned last = t.getRank(y) - 1;
    for (AtomId atom : t.getAtoms(y, last))
      t.set(y, last, atom, keepZero(t.get(v, t.getRank(v) - 1, atom)));
    if (Value present = attention.getPresentKey())
      passWidth(t, k, attention.getPastKey(), present);
    if (Value present = attention.getPresentValue())
      passWidth(t, v, attention.getPastValue(), present);
  }

  void collectUses(Operation *op, UseCollector &uses) const {
    auto attention = cast<AttentionOp>(op);
    addWidth(uses, attention.getQ(), 0, attention.getQNumHeads());
    addWidth(uses, attention.getK(), 1, attention.getKvNumHeads());
    addWidth(uses, attention.getV(), 2, attention.getKvNumHeads());
  }

  LogicalResult growDimensions(Operation *op, DimensionGrower &g) const {
    auto attention = cast<AttentionOp>(op);
    Term width = g.getAxes(attention.getQ()).back();
    if (attention.getScale() || !g.grows(width))
      return success();
    // The op's own default follows the new width.
    double old = *g.getOldSize(width).getConstant();
    if (g.getAxes(attention.getQ()).size() == 3)
      old /= attention.getQNumHeads().value_or(1);
    attention.setScale(APFloat(static_cast<float>(1.0 / std::sqrt(old))));
    return success();
  }

private:
  static void relatePast(DimensionRelations &r, Value past,
                         const HeadAxes &axes) {
    if (!past)
      return;
    SmallVector<Term> terms = r.getAxes(past);
    if (terms.size() != 4)
      return r.fixAxes(terms, "has it as a cache");
    r.unify(terms[3], axes.width);
    r.fixAxes(ArrayRef(terms).take_front(3), "has it as a cache");
  }

  static void setPresent(DimensionRelations &r, Value present,
                         const HeadAxes &axes) {
    if (!present)
      return;
    std::optional<SmallVector<Term>> made = r.createAxes(present);
    if (!made || made->size() != 4)
      return;
    r.fix((*made)[2], "has it as a sequence");
    r.setAxes(present, {axes.batch, axes.heads, (*made)[2], axes.width});
  }

  /// The width of keys or values together with those of the past.
  static void passWidth(LaneTransfer &t, Value now, Value past, Value present) {
    if (t.getRank(present) != 4)
      return;
    for (AtomId atom : t.getAtoms(present, 3)) {
      Lane lane = t.get(now, t.getRank(now) - 1, atom);
      if (past)
        lane = lane.join(t.get(past, 3, atom));
      t.set(present, 3, atom, lane);
    }
  }

  static void addWidth(UseCollector &uses, Value value, unsigned operand,
                       std::optional<int64_t> numHeads) {
    ArrayRef<Term> axes = *uses.getAxes(value);
    DimensionSpace &space = uses.getSpace();
    if (axes.size() == 4)
      return uses.add(operand, 3, Role::HeadDim);
    if (axes.size() != 3 || !numHeads)
      return;
    // In 3-D the width is what the rule has made of the last axis but heads.
    if (auto width = space.getSize(axes[2]).divideExact(*numHeads))
      if (auto parts = space.splitProduct(axes[2], *width, nullptr))
        uses.add(operand, 2, Role::HeadDim, parts->second);
  }
};

} // namespace

void gac::registerAttentionModels(MLIRContext &context) {
  RotaryEmbeddingOp::attachInterface<RotaryEmbeddingModel>(context);
  AttentionOp::attachInterface<AttentionModel>(context);
}
