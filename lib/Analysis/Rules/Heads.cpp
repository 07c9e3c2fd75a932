//===- Heads.cpp - Axes of heads, shared by rules of attention --*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Heads.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace gac;

std::optional<HeadAxes> gac::getHeadAxes(DimensionRelations &r,
                                         ArrayRef<Term> axes,
                                         std::optional<int64_t> numHeads) {
  if (axes.size() == 4)
    return HeadAxes{axes[0], axes[1], axes[2], axes[3]};
  if (axes.size() == 5) {
    r.fix(axes[3], "packs Q, K and V along it");
    return HeadAxes{axes[0], axes[2], axes[1], axes[4]};
  }
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

SmallVector<Term> gac::inLayout(DimensionRelations &r, unsigned rank,
                                const HeadAxes &axes) {
  if (rank == 4)
    return {axes.batch, axes.heads, axes.sequence, axes.width};
  return {axes.batch, axes.sequence,
          r.getSpace().getProd({axes.heads, axes.width})};
}

void gac::fixAllButWidth(DimensionRelations &r, const HeadAxes &axes) {
  r.fix(axes.batch, "has it as a batch axis");
  r.fix(axes.heads, "has it as heads");
  r.fix(axes.sequence, "has it as a sequence");
}

void gac::relatePast(DimensionRelations &r, Value past, const HeadAxes &axes) {
  if (!past)
    return;
  SmallVector<Term> terms = r.getAxes(past);
  if (terms.size() != 4)
    return r.fixAxes(terms, "has it as a cache");
  r.unify(terms[3], axes.width);
  r.fixAxes(ArrayRef(terms).take_front(3), "has it as a cache");
}

void gac::setPresent(DimensionRelations &r, Value present,
                     const HeadAxes &axes) {
  if (!present)
    return;
  std::optional<SmallVector<Term>> made = r.createAxes(present);
  if (!made || made->size() != 4)
    return;
  r.fix((*made)[2], "has it as a sequence");
  r.setAxes(present, {axes.batch, axes.heads, (*made)[2], axes.width});
}

void gac::keepZeros(LaneTransfer &t, Value from, Value result) {
  for (unsigned axis = 0, rank = t.getRank(result); axis != rank; ++axis)
    for (AtomId atom : t.getAtoms(result, axis)) {
      // Heads and widths share an axis in 3-D.
      bool isThere = axis < t.getRank(from) && t.isOn(from, axis, atom);
      t.set(result, axis, atom,
            isThere ? keepZero(t.get(from, axis, atom)) : Lane::finite());
    }
}

void gac::passWidth(LaneTransfer &t, Value now, Value past, Value present) {
  if (t.getRank(present) != 4)
    return;
  for (AtomId atom : t.getAtoms(present, 3)) {
    Lane lane = t.get(now, t.getRank(now) - 1, atom);
    if (past)
      lane = lane.join(t.get(past, 3, atom));
    t.set(present, 3, atom, lane);
  }
}

Term gac::getWidth(DimensionSpace &space, Term axis, int64_t numHeads) {
  auto width = space.getSize(axis).divideExact(numHeads);
  if (!width)
    return {};
  auto parts = space.splitProduct(axis, *width, nullptr);
  return parts ? parts->second : Term();
}

std::optional<std::pair<Term, Term>> gac::cutAt(DimensionSpace &space,
                                                Term axis, int64_t size) {
  return space.splitSum(axis, SymExpr::constant(size));
}

void gac::addWidth(UseCollector &uses, Value value, unsigned operand,
                   std::optional<int64_t> numHeads) {
  ArrayRef<Term> axes = *uses.getAxes(value);
  if (axes.size() == 4 || axes.size() == 5)
    return uses.add(operand, axes.size() - 1, Role::HeadDim);
  if (axes.size() != 3 || !numHeads || *numHeads < 1)
    return;
  // In 3-D the width is what the rule has made of the last axis but heads.
  if (Term width = getWidth(uses.getSpace(), axes[2], *numHeads))
    uses.add(operand, 2, Role::HeadDim, width);
}

void gac::fixMasks(DimensionRelations &r, ArrayRef<Value> operands) {
  for (Value operand : operands)
    if (operand)
      r.fixAxes(operand, "masks by it");
}

void gac::setScores(DimensionRelations &r, Value scores) {
  if (!scores)
    return;
  if (std::optional<SmallVector<Term>> made = r.createAxes(scores)) {
    r.fixAxes(*made, "gives scores over it");
    r.setAxes(scores, *made);
  }
}

void gac::relateRotatedLanes(DimensionRelations &r, Term rotated, Term half,
                             bool isInterleaved) {
  if (!isInterleaved)
    return r.unify(rotated, r.getSpace().getSum({half, half}));
  Term pair = r.createDim(SymExpr::constant(2));
  r.fix(pair, "rotates pairs");
  r.unify(rotated, r.getSpace().getProd({half, pair}));
}
