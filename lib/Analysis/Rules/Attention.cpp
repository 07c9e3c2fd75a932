//===- Attention.cpp - Dimension rules of attention and rotation ----------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Heads.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>

using namespace mlir;
using namespace gac;

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
    for (const HeadAxes &axes : {*q, *k, *v})
      fixAllButWidth(r, axes);
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
};

} // namespace

void gac::registerAttentionModels(MLIRContext &context) {
  RotaryEmbeddingOp::attachInterface<RotaryEmbeddingModel>(context);
  AttentionOp::attachInterface<AttentionModel>(context);
}
