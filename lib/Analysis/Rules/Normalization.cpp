//===- Normalization.cpp - Dimension rules of RMSNorm and LayerNorm -------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Rules.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace gac;

/// Unifies the axes of a scale or bias with those from `first` on of the input.
static void unifyTrailing(DimensionRelations &r, ArrayRef<Term> axes,
                          unsigned first, Value scale) {
  SmallVector<Term> trailing = r.getAxes(scale);
  ArrayRef<Term> normalised = axes.drop_front(first);
  if (trailing.size() > normalised.size())
    return r.fixAxes(trailing, "scales by it");
  for (auto [axis, term] :
       llvm::zip(normalised.take_back(trailing.size()), trailing))
    broadcast(r, axis, term);
}

bool gac::hasNoEpsilon(APFloat epsilon, int64_t stashType,
                       MLIRContext *context) {
  if (auto type =
          dyn_cast_or_null<FloatType>(getFloatType(stashType, context))) {
    bool isInexact;
    epsilon.convert(type.getFloatSemantics(), APFloat::rmNearestTiesToEven,
                    &isInexact);
  }
  return epsilon.isZero();
}

namespace {

struct RMSNormalizationModel
    : DimensionOpInterface::ExternalModel<RMSNormalizationModel,
                                          RMSNormalizationOp> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto norm = cast<RMSNormalizationOp>(op);
    SmallVector<Term> axes = r.getAxes(norm.getX());
    std::optional<unsigned> first = getAxisIndex(norm.getAxis(), axes.size());
    if (!first)
      return;
    unifyTrailing(r, axes, *first, norm.getScale());
    if (!llvm::all_of(ArrayRef(axes).drop_front(*first), [&](Term axis) {
          return r.getSpace().getConstantSize(axis).has_value();
        }))
      r.fixAxes(ArrayRef(axes).drop_front(*first),
                "normalises over a symbolic count");
    r.setAxes(norm.getY(), axes);
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto norm = cast<RMSNormalizationOp>(op);
    Value x = norm.getX(), y = norm.getY();
    unsigned rank = t.getRank(x);
    std::optional<unsigned> first = getAxisIndex(norm.getAxis(), rank);
    if (!first)
      return;
    bool areRowsLost =
        hasNoEpsilon(norm.getEpsilon(), norm.getStashType(), op->getContext());
    for (unsigned axis = 0; axis != rank; ++axis) {
      if (axis >= *first)
        needZeroLanes(t, x, axis,
                      "normalises over it, where its padding is not zero");
      for (AtomId atom : t.getAtoms(y, axis))
        t.set(y, axis, atom,
              axis < *first && areRowsLost ? Lane::anything()
                                           : keepZero(t.get(x, axis, atom)));
    }
  }

  LogicalResult growDimensions(Operation *op, DimensionGrower &g) const {
    auto norm = cast<RMSNormalizationOp>(op);
    // What has grown before knows its count already.
    if (norm.getLogicalCount())
      return success();
    SmallVector<Term> axes = g.getAxes(norm.getX());
    std::optional<unsigned> first = getAxisIndex(norm.getAxis(), axes.size());
    if (!first)
      return success();
    ArrayRef<Term> normalised = ArrayRef(axes).drop_front(*first);
    if (llvm::none_of(normalised, [&](Term axis) { return g.grows(axis); }))
      return success();
    int64_t count = 1;
    for (Term axis : normalised)
      count *= *g.getOldSize(axis).getConstant();
    norm.setLogicalCount(count);
    return success();
  }
};

struct LayerNormalizationModel
    : DimensionOpInterface::ExternalModel<LayerNormalizationModel,
                                          LayerNormalizationOp> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto norm = cast<LayerNormalizationOp>(op);
    SmallVector<Term> axes = r.getAxes(norm.getX());
    std::optional<unsigned> first = getAxisIndex(norm.getAxis(), axes.size());
    if (!first)
      return;
    ArrayRef<Term> normalised = ArrayRef(axes).drop_front(*first);
    if (!llvm::all_of(normalised, [&](Term axis) {
          return r.getSpace().getConstantSize(axis).has_value();
        }))
      r.fixAxes(normalised, "normalises over a symbolic count");
    unifyTrailing(r, axes, *first, norm.getScale());
    if (norm.getB())
      unifyTrailing(r, axes, *first, norm.getB());
    r.setAxes(norm.getY(), axes);
    auto statistics = llvm::to_vector(ArrayRef<Term>(axes).take_front(*first));
    statistics.append(axes.size() - *first, r.getSpace().getUnit());
    for (Value result : op->getResults().drop_front())
      r.setAxes(result, statistics);
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto norm = cast<LayerNormalizationOp>(op);
    Lane rows =
        hasNoEpsilon(norm.getEpsilon(), norm.getStashType(), op->getContext())
            ? Lane::anything()
            : Lane::finite();
    for (Value result : op->getResults())
      for (unsigned axis = 0, rank = t.getRank(result); axis != rank; ++axis)
        t.setAll(result, axis, rows);
    Value x = norm.getX(), y = norm.getY();
    unsigned rank = t.getRank(x);
    std::optional<unsigned> first = getAxisIndex(norm.getAxis(), rank);
    if (!first)
      return;
    for (unsigned axis = *first; axis != rank; ++axis) {
      needZeroLanes(t, x, axis,
                    "normalises over it, where its padding is not zero");
      // Zero before scale and bias.
      for (AtomId atom : t.getAtoms(y, axis)) {
        auto get = [&](Value value) {
          unsigned missing = rank - t.getRank(value);
          return axis < missing ? t.getOrdinary(value)
                                : t.get(value, axis - missing, atom);
        };
        if (!get(norm.getScale()).isFinite())
          t.set(y, axis, atom, Lane::anything());
        else
          t.set(y, axis, atom, norm.getB() ? get(norm.getB()) : Lane::zero());
      }
    }
  }

  void collectUses(Operation *op, UseCollector &uses) const {
    // The reads and writes of what LowerToOnnx puts in its place, but those
    // that the operation has itself.
    auto norm = cast<LayerNormalizationOp>(op);
    std::optional<ArrayRef<Term>> axes = uses.getAxes(norm.getX());
    std::optional<unsigned> first =
        axes ? getAxisIndex(norm.getAxis(), axes->size()) : std::nullopt;
    if (!first || norm.getLogicalLanes())
      return;
    unsigned nodes = 11, passes = 10;
    if (norm.getB()) {
      nodes += 1;
      passes += 2;
    }
    Type element = getElementTypeOrSelf(norm.getX().getType());
    if (element != getFloatType(static_cast<int64_t>(norm.getStashType()),
                                op->getContext())) {
      nodes += 2;
      passes += 4;
    }
    if (norm.getInvStdDev())
      nodes += 1;
    uses.addRewrite(uses.getSpace().getProd(axes->drop_front(*first)), nodes,
                    passes);
  }

  LogicalResult growDimensions(Operation *op, DimensionGrower &g) const {
    auto norm = cast<LayerNormalizationOp>(op);
    SmallVector<Term> axes = g.getAxes(norm.getX());
    std::optional<unsigned> first = getAxisIndex(norm.getAxis(), axes.size());
    if (!first)
      return success();
    Term normalised = g.getSpace().getProd(ArrayRef(axes).drop_front(*first));
    if (!g.grows(normalised))
      return success();
    auto moved = LanesAttr::get(op->getContext(),
                                *g.getNewSize(normalised).getConstant(),
                                g.getPositions(normalised));
    // What has grown before knows its lanes among those that grow now.
    std::optional<LanesAttr> lanes = norm.getLogicalLanes();
    norm.setLogicalLanesAttr(lanes ? lanes->then(moved) : moved);
    return success();
  }
};

} // namespace

void gac::registerNormalizationModels(MLIRContext &context) {
  RMSNormalizationOp::attachInterface<RMSNormalizationModel>(context);
  LayerNormalizationOp::attachInterface<LayerNormalizationModel>(context);
}
