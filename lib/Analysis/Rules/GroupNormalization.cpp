//===- GroupNormalization.cpp - Rules of norms over channels ----*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Norms over each channel, over groups of channels, and of channels around a
// channel. The channels of a group may grow: their logical lanes are stated.
//
//===----------------------------------------------------------------------===//

#include "Rules.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace gac;

static constexpr unsigned kChannel = 1;
static constexpr llvm::StringLiteral kNormOfNonZero =
    "normalises over it, where its padding is not zero";
static constexpr llvm::StringLiteral kGroups = "normalises groups of channels";
static constexpr llvm::StringLiteral kStatistics =
    "computes statistics over it";

/// What all lanes of a parameter hold, finite numbers if they differ.
static Lane getUniform(Value parameter) {
  std::optional<double> number = getUniformConstant(parameter);
  return number ? Lane::constant(*number) : Lane::finite();
}

/// What padding of channels, which are normalised each by itself, becomes.
static Lane normaliseChannel(Lane lane, Lane scale, Lane bias,
                             bool hasEpsilon) {
  // The variance of padding may be zero.
  if (!lane.isFinite() || !hasEpsilon)
    return Lane::anything();
  return scale.isZero() && bias.isZero() ? Lane::zero() : Lane::finite();
}

/// The lanes of `rows` after growth: those that `before` has named among them,
/// if it has.
static LanesAttr moveLanes(DimensionGrower &g, MLIRContext *context, Term rows,
                           std::optional<LanesAttr> before) {
  auto moved = LanesAttr::get(context, *g.getNewSize(rows).getConstant(),
                              g.getPositions(rows));
  return before ? before->then(moved) : moved;
}

/// What a norm of `extra` nodes more costs when it is written out.
static void addNormRewrite(UseCollector &uses, Term rows, unsigned extra) {
  uses.addRewrite(rows, 12 + extra, 12 + 2 * extra);
}

namespace {

//===----------------------------------------------------------------------===//
// InstanceNormalization
//===----------------------------------------------------------------------===//

struct InstanceNormalizationModel
    : DimensionOpInterface::ExternalModel<InstanceNormalizationModel,
                                          InstanceNormalizationOp> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto norm = cast<InstanceNormalizationOp>(op);
    DimensionSpace &space = r.getSpace();
    SmallVector<Term> x = r.getAxes(norm.getX());
    if (x.size() < 3)
      return;
    for (Value perChannel : op->getOperands().drop_front())
      for (Term axis : r.getAxes(perChannel))
        r.unify(x[kChannel], axis);
    SmallVector<Term> y = x;
    std::optional<int64_t> count = getNumRows(norm, r.getShapeValues());
    std::optional<SymExpr> inner =
        count ? space.getSize(x[2]).divideExact(SymExpr::constant(*count))
              : std::nullopt;
    if (inner) {
      Term rows = r.createDim(SymExpr::constant(*count));
      Term rest = r.createDim(*inner);
      r.unify(x[2], space.getProd({rows, rest}));
      r.passFixed(rest, kStatistics);
      y[2] = space.getProd({rows, rest});
    } else {
      r.passFixed(MutableArrayRef(y).drop_front(2), kStatistics);
    }
    if (isGrouped(norm, r.getShapeValues()))
      r.fixRead(x[kChannel], kGroups);
    r.setAxes(norm.getY(), y);
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto norm = cast<InstanceNormalizationOp>(op);
    Value x = norm.getX(), y = norm.getY();
    if (t.getRank(x) < 3)
      return;
    bool hasEpsilon = norm.getEpsilon().convertToFloat() > 0.0F;
    for (AtomId atom : t.getAtoms(y, 0))
      t.set(y, 0, atom,
            normaliseChannel(t.get(x, 0, atom), Lane::finite(), Lane::finite(),
                             hasEpsilon));
    for (AtomId atom : t.getAtoms(y, kChannel))
      t.set(y, kChannel, atom,
            normaliseChannel(t.get(x, kChannel, atom),
                             t.get(norm.getScale(), 0, atom),
                             t.get(norm.getB(), 0, atom), hasEpsilon));
    // Zero before scale and bias.
    needZeroLanes(t, x, 2, kNormOfNonZero);
    t.setAll(y, 2, getUniform(norm.getB()));
  }

  void collectUses(Operation *op, UseCollector &uses) const {
    auto norm = cast<InstanceNormalizationOp>(op);
    std::optional<ArrayRef<Term>> axes = uses.getAxes(norm.getX());
    if (axes && axes->size() == 3 && !norm.getLogicalLanes())
      addNormRewrite(uses, (*axes)[2], /*extra=*/0);
  }

  LogicalResult growDimensions(Operation *op, DimensionGrower &g) const {
    auto norm = cast<InstanceNormalizationOp>(op);
    SmallVector<Term> x = g.getAxes(norm.getX());
    // Others may stand between it and the view by now.
    std::optional<int64_t> count =
        getNumRows(norm, g.getShapeValues(),
                   [&](Value value) { return g.getOriginal(value); });
    if (x.size() != 3 || !count || !g.grows(x[2]))
      return success();
    auto inner = g.getOldSize(x[2]).divideExact(SymExpr::constant(*count));
    auto parts =
        inner ? g.getSpace().splitProduct(x[2], *inner, op) : std::nullopt;
    if (!parts)
      return op->emitOpError("cannot tell the channels of a group on axis 2 "
                             "after growth");
    norm.setLogicalLanesAttr(
        moveLanes(g, op->getContext(), parts->first, norm.getLogicalLanes()));
    return success();
  }

private:
  /// What a value was before growth.
  using OriginalFn = llvm::function_ref<Value(Value)>;
  static Value getItself(Value value) { return value; }

  /// The shape of what X shows in groups of channels, if it does: norms over
  /// such are exported as this one, on a view.
  static std::optional<ArrayRef<SymExpr>>
  getGroupedShape(InstanceNormalizationOp norm, const ShapeValues &shapes,
                  OriginalFn getOriginal = getItself) {
    Value seen = getOriginal(norm.getX());
    auto view = seen.getDefiningOp<ReshapeOp>();
    auto x = shapes.shapeOf(seen);
    auto data =
        view ? shapes.shapeOf(getOriginal(view.getData())) : std::nullopt;
    if (!x || !data || data->size() < 2 || x->size() < 2)
      return std::nullopt;
    return (*data)[1] == (*x)[1] ? std::nullopt : data;
  }

  static bool isGrouped(InstanceNormalizationOp norm,
                        const ShapeValues &shapes) {
    // Of a view of what is not known, nothing is.
    auto view = norm.getX().getDefiningOp<ReshapeOp>();
    return norm.getLogicalLanes() ||
           (view && !shapes.shapeOf(view.getData())) ||
           getGroupedShape(norm, shapes);
  }

  /// How many channels a group has, each of them equally many elements in a row
  /// on axis 2; nothing if X does not show groups.
  static std::optional<int64_t> getNumRows(InstanceNormalizationOp norm,
                                           const ShapeValues &shapes,
                                           OriginalFn getOriginal = getItself) {
    if (std::optional<LanesAttr> lanes = norm.getLogicalLanes())
      return lanes->getSize();
    auto data = getGroupedShape(norm, shapes, getOriginal);
    auto x = shapes.shapeOf(getOriginal(norm.getX()));
    if (!data || !x || x->size() != 3)
      return std::nullopt;
    std::optional<SymExpr> rows = (*data)[1].divideExact((*x)[1]);
    return rows ? rows->getConstant() : std::nullopt;
  }
};

//===----------------------------------------------------------------------===//
// GroupNormalization
//===----------------------------------------------------------------------===//

struct GroupNormalizationModel
    : DimensionOpInterface::ExternalModel<GroupNormalizationModel,
                                          GroupNormalizationOp> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto norm = cast<GroupNormalizationOp>(op);
    DimensionSpace &space = r.getSpace();
    SmallVector<Term> x = r.getAxes(norm.getX());
    SymExpr count = SymExpr::constant(norm.getNumGroups());
    if (x.size() < 2)
      return;
    std::optional<SymExpr> perGroup =
        space.getSize(x[kChannel]).divideExact(count);
    if (!perGroup)
      return;
    Term groups = r.createDim(count), rows = r.createDim(*perGroup);
    r.unify(x[kChannel], space.getProd({groups, rows}));
    // Groups of one channel are channels, and may grow.
    if (!perGroup->isOne())
      r.fixRead(groups, kGroups);
    for (Value parameter : op->getOperands().drop_front()) {
      SmallVector<Term> axes = r.getAxes(parameter);
      if (axes.size() != 1)
        return;
      bool isPerGroup = space.getSize(axes[0]) == count;
      r.unify(axes[0], isPerGroup ? groups : x[kChannel]);
    }
    r.passFixed(MutableArrayRef(x).drop_front(2), kStatistics);
    r.setAxes(norm.getY(), x);
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto norm = cast<GroupNormalizationOp>(op);
    Value x = norm.getX(), y = norm.getY();
    if (t.getRank(x) < 2)
      return;
    bool hasEpsilon =
        !hasNoEpsilon(norm.getEpsilon(), norm.getStashType(), op->getContext());
    for (AtomId atom : t.getAtoms(y, 0))
      t.set(y, 0, atom,
            normaliseChannel(t.get(x, 0, atom), Lane::finite(), Lane::finite(),
                             hasEpsilon));
    auto getParameter = [&](Value parameter, AtomId atom) {
      return t.isOn(parameter, 0, atom) ? t.get(parameter, 0, atom)
                                        : getUniform(parameter);
    };
    bool isPerChannel = t.getConstantSize(x, kChannel) ==
                        static_cast<int64_t>(norm.getNumGroups());
    for (AtomId atom : t.getAtoms(y, kChannel)) {
      Lane scale = getParameter(norm.getScale(), atom);
      Lane bias = getParameter(norm.getBias(), atom);
      if (isPerChannel) {
        t.set(y, kChannel, atom,
              normaliseChannel(t.get(x, kChannel, atom), scale, bias,
                               hasEpsilon));
        continue;
      }
      t.needZero(x, kChannel, atom, kNormOfNonZero);
      t.set(y, kChannel, atom, scale.isFinite() ? bias : Lane::anything());
    }
  }

  void collectUses(Operation *op, UseCollector &uses) const {
    auto norm = cast<GroupNormalizationOp>(op);
    std::optional<ArrayRef<Term>> axes = uses.getAxes(norm.getX());
    if (!axes || axes->size() < 2 || norm.getLogicalLanes())
      return;
    if (uses.getSpace().getConstantSize((*axes)[kChannel]) !=
        static_cast<int64_t>(norm.getNumGroups()))
      addNormRewrite(uses, (*axes)[kChannel], /*extra=*/4);
  }

  LogicalResult growDimensions(Operation *op, DimensionGrower &g) const {
    auto norm = cast<GroupNormalizationOp>(op);
    SmallVector<Term> x = g.getAxes(norm.getX());
    auto groups = static_cast<int64_t>(norm.getNumGroups());
    if (x.size() < 2 || !g.grows(x[kChannel]))
      return success();
    if (g.getOldSize(x[kChannel]) == SymExpr::constant(groups)) {
      norm.setNumGroups(*g.getNewSize(x[kChannel]).getConstant());
      return success();
    }
    auto perGroup =
        g.getOldSize(x[kChannel]).divideExact(SymExpr::constant(groups));
    auto parts = perGroup
                     ? g.getSpace().splitProduct(x[kChannel], *perGroup, op)
                     : std::nullopt;
    if (!parts)
      return op->emitOpError("cannot tell the channels of a group after "
                             "growth");
    norm.setLogicalLanesAttr(
        moveLanes(g, op->getContext(), parts->second, norm.getLogicalLanes()));
    return success();
  }
};

//===----------------------------------------------------------------------===//
// Norms that have no scale
//===----------------------------------------------------------------------===//

/// ONNX Runtime divides by the deviation alone, which is 0 where all is
/// padding: of what that becomes nothing is said.
struct MeanVarianceNormalizationModel
    : DimensionOpInterface::ExternalModel<MeanVarianceNormalizationModel,
                                          MeanVarianceNormalizationOp> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto norm = cast<MeanVarianceNormalizationOp>(op);
    SmallVector<Term> axes = r.getAxes(norm.getX());
    constexpr int64_t kDefault[] = {0, 2, 3};
    for (int64_t axis : norm.getAxes().value_or(kDefault)) {
      std::optional<unsigned> index = getAxisIndex(axis, axes.size());
      if (!index)
        return;
      r.passFixed(axes[*index], kStatistics);
    }
    r.setAxes(norm.getY(), axes);
  }
};

/// Where a norm is zero, so is the result.
struct LpNormalizationModel
    : DimensionOpInterface::ExternalModel<LpNormalizationModel,
                                          LpNormalizationOp> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto norm = cast<LpNormalizationOp>(op);
    SmallVector<Term> axes = r.getAxes(norm.getInput());
    if (getAxisIndex(norm.getAxis(), axes.size()))
      r.setAxes(norm.getOutput(), axes);
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto norm = cast<LpNormalizationOp>(op);
    Value input = norm.getInput(), output = norm.getOutput();
    unsigned rank = t.getRank(input);
    std::optional<unsigned> axis = getAxisIndex(norm.getAxis(), rank);
    if (!axis)
      return;
    needZeroLanes(t, input, *axis, kNormOfNonZero);
    for (unsigned i = 0; i != rank; ++i)
      for (AtomId atom : t.getAtoms(output, i))
        t.set(output, i, atom, keepZero(t.get(input, i, atom)));
  }
};

/// Channels that are zero are to their neighbours what no channels are.
struct LRNModel : DimensionOpInterface::ExternalModel<LRNModel, LRNOp> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto norm = cast<LRNOp>(op);
    r.setAxes(norm.getY(), r.getAxes(norm.getX()));
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto norm = cast<LRNOp>(op);
    Value x = norm.getX(), y = norm.getY();
    unsigned rank = t.getRank(x);
    if (rank < 2)
      return;
    Term channels = t.getAxis(x, kChannel);
    for (AtomId atom : t.getAtoms(channels))
      if (growsAtEnd(t.getSpace(), channels, atom))
        t.needZero(x, kChannel, atom, kNormOfNonZero);
      else
        t.refuse(atom, "normalises over neighbours, and it would move them "
                       "apart");
    // Nothing else keeps the sum of squares from zero.
    bool isDivided = norm.getBias().convertToFloat() > 0.0F &&
                     norm.getAlpha().convertToFloat() >= 0.0F;
    for (unsigned axis = 0; axis != rank; ++axis)
      for (AtomId atom : t.getAtoms(y, axis))
        t.set(y, axis, atom,
              isDivided ? keepZero(t.get(x, axis, atom)) : Lane::anything());
  }
};

} // namespace

void gac::registerGroupNormalizationModels(MLIRContext &context) {
  GroupNormalizationOp::attachInterface<GroupNormalizationModel>(context);
  InstanceNormalizationOp::attachInterface<InstanceNormalizationModel>(context);
  LRNOp::attachInterface<LRNModel>(context);
  LpNormalizationOp::attachInterface<LpNormalizationModel>(context);
  MeanVarianceNormalizationOp::attachInterface<MeanVarianceNormalizationModel>(
      context);
}
