//===- Convolution.cpp - Rules of Conv, pools, BatchNorm -------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Only channels grow: what a window slides over is space, and stays.
//
//===----------------------------------------------------------------------===//

#include "Quantization.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace gac;

static constexpr unsigned kChannel = 1;

/// New axes of the result, its batch and channel as given; fixes the space of
/// `x`, but for the axes that `isKept`. Nothing if the result's rank is not
/// that of `x`.
static std::optional<SmallVector<Term>> slideWindow(
    DimensionRelations &r, Value x, Value result, Term channel,
    llvm::function_ref<bool(unsigned)> isKept = [](unsigned) {
      return false;
    }) {
  SmallVector<Term> axes = r.getAxes(x);
  std::optional<SmallVector<Term>> made = r.createAxes(result);
  if (axes.size() < 2 || !made || made->size() != axes.size())
    return std::nullopt;
  for (unsigned axis = 2; axis < axes.size(); ++axis) {
    if (isKept(axis)) {
      (*made)[axis] = axes[axis];
      continue;
    }
    r.fixRead(axes[axis], "slides a window over it");
    r.fixMade((*made)[axis], "slides a window over it");
  }
  (*made)[0] = axes[0];
  (*made)[kChannel] = channel;
  return made;
}

namespace {

/// What a convolution has besides input and weight; null where it has none.
struct ConvParts {
  Value bias, xZero, wScale, wZero, yZero;
  /// What is added to the result.
  Value sum;
};

} // namespace

template <typename OpTy> static ConvParts getParts(OpTy conv) {
  ConvParts parts;
  parts.bias = conv.getB();
  if constexpr (std::is_same_v<OpTy, FusedConvOp>)
    parts.sum = conv.getZ();
  return parts;
}

static ConvParts getParts(ConvIntegerOp conv) {
  ConvParts parts;
  parts.xZero = conv.getXZeroPoint();
  parts.wZero = conv.getWZeroPoint();
  return parts;
}

static ConvParts getParts(QLinearConvOp conv) {
  ConvParts parts;
  parts.bias = conv.getB();
  parts.xZero = conv.getXZeroPoint();
  parts.wScale = conv.getWScale();
  parts.wZero = conv.getWZeroPoint();
  parts.yZero = conv.getYZeroPoint();
  return parts;
}

/// The sizes of an operation's window.
template <typename OpTy> static SmallVector<int64_t> getWindow(OpTy op) {
  if constexpr (llvm::is_one_of<OpTy, MaxPoolOp, AveragePoolOp>::value) {
    return SmallVector<int64_t>(op.getKernelShape());
  } else {
    auto type = dyn_cast<RankedTensorType>(op.getW().getType());
    return type && type.getRank() > 2
               ? SmallVector<int64_t>(type.getShape().drop_front(2))
               : SmallVector<int64_t>();
  }
}

/// Whether a window is one lane wide on `axis` and moves by one: the axis is
/// none of space then.
template <typename OpTy> static bool isOneLane(OpTy op, unsigned axis) {
  SmallVector<int64_t> window = getWindow(op);
  auto entry = [](std::optional<ArrayRef<int64_t>> list, size_t i,
                  int64_t otherwise) {
    return !list ? otherwise : i < list->size() ? (*list)[i] : -1;
  };
  size_t i = axis - 2;
  return i < window.size() && window[i] == 1 &&
         entry(op.getStrides(), i, 1) == 1 && entry(op.getPads(), i, 0) == 0 &&
         entry(op.getPads(), i + window.size(), 0) == 0;
}

namespace {
/// What channels of a grouped convolution are made of.
struct Groups {
  Term count, channels;
};
} // namespace

/// Divides `channels` among `count` groups; nothing if they do not divide.
static std::optional<Groups> divide(DimensionRelations &r, Term channels,
                                    int64_t count) {
  DimensionSpace &space = r.getSpace();
  SymExpr size = SymExpr::constant(count);
  std::optional<SymExpr> perGroup = space.getSize(channels).divideExact(size);
  if (!perGroup)
    return std::nullopt;
  Groups groups{r.createDim(size), r.createDim(*perGroup)};
  r.unify(channels, space.getProd({groups.count, groups.channels}));
  return groups;
}

/// Groups that read one channel each are these channels and may grow; others
/// may not, which `channels` are read by.
static void relateGroups(DimensionRelations &r, Term groups, Term channels) {
  if (r.getSpace().normalise(channels) != r.getSpace().getUnit())
    r.fix(groups, "has it as groups");
}

/// The number of groups that `channels` with `inner` in each group are.
template <typename OpTy>
static LogicalResult setGroups(OpTy conv, const SymExpr &channels,
                               const SymExpr &inner) {
  std::optional<SymExpr> groups = channels.divideExact(inner);
  if (!groups || !groups->isConstant())
    return conv.emitOpError("has ")
           << channels.str() << " channels after growth, no multiple of the "
           << inner.str() << " of each group";
  if (*groups->getConstant() != static_cast<int64_t>(conv.getGroup()))
    conv.setGroup(*groups->getConstant());
  return success();
}

namespace {

template <typename OpTy>
struct ConvModel : DimensionOpInterface::ExternalModel<ConvModel<OpTy>, OpTy> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto conv = cast<OpTy>(op);
    ConvParts parts = getParts(conv);
    DimensionSpace &space = r.getSpace();
    SmallVector<Term> x = r.getAxes(conv.getX()), w = r.getAxes(conv.getW());
    if (x.size() < 3 || w.size() != x.size())
      return;
    r.fixAxes(ArrayRef(w).drop_front(2), "slides a window of this size");
    Term inner = w[1], outer = w[0];
    if (conv.getGroup() == 1) {
      r.unify(x[kChannel], inner);
    } else {
      std::optional<Groups> groups = divide(r, outer, conv.getGroup());
      if (!groups)
        return;
      r.unify(x[kChannel], space.getProd({groups->count, inner}));
      relateGroups(r, groups->count, inner);
    }
    fillWithZeroPoint(r, conv.getX(), parts.xZero);
    fillWithZeroPoint(r, conv.getW(), parts.wZero);
    relateParameter(r, parts.xZero, space.getUnit(), 0.0);
    relateParameter(r, parts.wScale, outer, 1.0);
    relateParameter(r, parts.wZero, outer, 0.0);
    if (parts.bias)
      for (Term bias : r.getAxes(parts.bias))
        r.unify(outer, bias);
    if constexpr (std::is_same_v<OpTy, DeformConvOp>)
      relateOffsets(conv, x, r);
    auto result =
        slideWindow(r, conv.getX(), conv.getY(), outer,
                    [&](unsigned axis) { return isKept(conv, axis); });
    if (!result)
      return;
    if (parts.sum)
      for (auto [axis, term] : llvm::zip(*result, r.getAxes(parts.sum)))
        r.unify(axis, term);
    r.setAxes(conv.getY(), *result);
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto conv = cast<OpTy>(op);
    ConvParts parts = getParts(conv);
    Value x = conv.getX(), w = conv.getW(), b = parts.bias, y = conv.getY();
    if (t.getRank(x) < 3 || t.getRank(w) < 3)
      return;
    if constexpr (llvm::is_one_of<OpTy, ConvIntegerOp, QLinearConvOp>::value)
      contractMeanings(t, w, kChannel, parts.wZero, x, kChannel, parts.xZero);
    else
      contractLanes(t, w, kChannel, x, kChannel);
    // To a batch of zeros the bias adds itself.
    for (unsigned axis = 0, rank = t.getRank(y); axis != rank; ++axis) {
      if (axis != 0 && (axis <= kChannel || !isKept(conv, axis)))
        continue;
      for (AtomId atom : t.getAtoms(y, axis)) {
        Lane lane = b ? Lane::finite()
                      : keepZero(getMeaning(t, x, axis, parts.xZero, atom));
        setSum(t, conv, axis, atom, lane, parts);
      }
    }
    for (AtomId atom : t.getAtoms(y, kChannel)) {
      Lane weight = getMeaning(t, w, 0, parts.wZero, atom);
      Lane bias = b ? keepZero(t.get(b, 0, atom)) : Lane::zero();
      setSum(t, conv, kChannel, atom, weight.join(bias), parts);
    }
  }

  void collectUses(Operation *op, UseCollector &uses) const {
    auto conv = cast<OpTy>(op);
    unsigned x =
        llvm::find(op->getOperands(), conv.getX()) - op->operand_begin();
    unsigned weight =
        llvm::find(op->getOperands(), conv.getW()) - op->operand_begin();
    uses.add(x, kChannel, Role::Channel);
    uses.add(weight, 0, Role::Channel);
    // The channels of each group; in a depthwise convolution there is one.
    ArrayRef<Term> w = *uses.getAxes(conv.getW());
    if (conv.getGroup() != 1 && w.size() > 1 &&
        uses.getSpace().getConstantSize(w[1]) != 1)
      uses.add(weight, 1, Role::Channel);
  }

  LogicalResult growDimensions(Operation *op, DimensionGrower &g) const {
    auto conv = cast<OpTy>(op);
    if (conv.getGroup() == 1)
      return success();
    SmallVector<Term> x = g.getAxes(conv.getX()), w = g.getAxes(conv.getW());
    // Of what it knows nothing, nothing grows.
    if (x.size() < 3 || w.size() != x.size())
      return success();
    return setGroups(conv, g.getNewSize(x[kChannel]), g.getNewSize(w[1]));
  }

private:
  /// Whether an axis is none of space, though it looks like that.
  static bool isKept(OpTy conv, unsigned axis) {
    // Offsets lead elsewhere.
    return !std::is_same_v<OpTy, DeformConvOp> && isOneLane(conv, axis);
  }

  /// Sets what a sum becomes: quantised, or what is added and an activation
  /// make of it.
  static void setSum(LaneTransfer &t, OpTy conv, unsigned axis, AtomId atom,
                     Lane lane, const ConvParts &parts) {
    if (parts.sum)
      lane = lane.join(keepZero(t.get(parts.sum, axis, atom)));
    if constexpr (std::is_same_v<OpTy, FusedConvOp>)
      lane = activateLane(getFusedActivation(conv), lane);
    if (parts.yZero && lane.isZero())
      lane = getZeroPoint(t, parts.yZero, atom);
    t.set(conv.getY(), axis, atom, lane);
  }

  /// Channels are so many groups, each of which has offsets of its own.
  static void relateOffsets(DeformConvOp conv, ArrayRef<Term> x,
                            DimensionRelations &r) {
    Term channels = x[kChannel];
    r.fix(x[0], "has offsets for each");
    for (Value operand : {conv.getOffset(), conv.getMask()})
      if (operand)
        r.fixAxes(operand, "reads places from it");
    Term groups = r.createDim(SymExpr::constant(conv.getOffsetGroup()));
    r.fix(groups, "has offsets for groups of it");
    if (auto per = r.getSpace().getSize(channels).divideExact(
            SymExpr::constant(conv.getOffsetGroup())))
      r.unify(channels, r.getSpace().getProd({groups, r.createDim(*per)}));
    else
      r.fix(channels, "has offsets for groups of it");
  }
};

struct ConvTransposeModel
    : DimensionOpInterface::ExternalModel<ConvTransposeModel, ConvTransposeOp> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto conv = cast<ConvTransposeOp>(op);
    SmallVector<Term> x = r.getAxes(conv.getX()), w = r.getAxes(conv.getW());
    if (x.size() < 3 || w.size() != x.size())
      return;
    r.fixAxes(ArrayRef(w).drop_front(2), "slides a window of this size");
    r.unify(x[kChannel], w[0]);
    Term outer = w[1];
    if (conv.getGroup() != 1) {
      std::optional<Groups> groups = divide(r, w[0], conv.getGroup());
      if (!groups)
        return;
      relateGroups(r, groups->count, groups->channels);
      outer = r.getSpace().getProd({groups->count, outer});
    }
    if (conv.getB())
      for (Term bias : r.getAxes(conv.getB()))
        r.unify(outer, bias);
    if (auto result = slideWindow(r, conv.getX(), conv.getY(), outer))
      r.setAxes(conv.getY(), *result);
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto conv = cast<ConvTransposeOp>(op);
    Value x = conv.getX(), w = conv.getW(), b = conv.getB(), y = conv.getY();
    if (t.getRank(x) < 3 || t.getRank(w) < 3)
      return;
    contractLanes(t, w, 0, x, kChannel);
    for (AtomId atom : t.getAtoms(y, 0))
      t.set(y, 0, atom, b ? Lane::finite() : keepZero(t.get(x, 0, atom)));
    for (AtomId atom : t.getAtoms(y, kChannel)) {
      Lane weight = keepZero(t.get(w, 1, atom));
      Lane bias = b ? keepZero(t.get(b, 0, atom)) : Lane::zero();
      t.set(y, kChannel, atom, weight.join(bias));
    }
  }

  void collectUses(Operation *op, UseCollector &uses) const {
    auto conv = cast<ConvTransposeOp>(op);
    uses.add(0, kChannel, Role::Channel);
    // The channels of each group; in a depthwise convolution there is one.
    ArrayRef<Term> w = *uses.getAxes(conv.getW());
    if (conv.getGroup() == 1 ||
        (w.size() > 1 && uses.getSpace().getConstantSize(w[1]) != 1))
      uses.add(1, 1, Role::Channel);
  }

  LogicalResult growDimensions(Operation *op, DimensionGrower &g) const {
    auto conv = cast<ConvTransposeOp>(op);
    SmallVector<Term> w = g.getAxes(conv.getW()), y = g.getAxes(conv.getY());
    if (conv.getGroup() == 1 || w.size() < 3 || y.size() != w.size())
      return success();
    return setGroups(conv, g.getNewSize(y[kChannel]), g.getNewSize(w[1]));
  }
};

/// Whether a pool leaves a spatial axis as it is.
static bool isKept(Operation *pool, unsigned axis) {
  return llvm::TypeSwitch<Operation *, bool>(pool)
      .Case<MaxPoolOp, AveragePoolOp>(
          [&](auto op) { return isOneLane(op, axis); })
      .Default(false);
}

/// Pools, global ones too: a lane of padding stays by itself.
template <typename ConcreteModel, typename OpTy>
struct PoolModelBase
    : DimensionOpInterface::ExternalModel<ConcreteModel, OpTy> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto pool = cast<OpTy>(op);
    SmallVector<Term> x = r.getAxes(pool.getX());
    if (x.size() < 2)
      return;
    // Indices count over the whole tensor, channels included.
    if (op->getNumResults() > 1)
      r.fixReads(x, "gives indices over it");
    if (auto result =
            slideWindow(r, pool.getX(), pool.getY(), x[kChannel],
                        [&](unsigned axis) { return isKept(op, axis); }))
      r.setAxes(pool.getY(), *result);
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto pool = cast<OpTy>(op);
    auto type = dyn_cast<RankedTensorType>(pool.getX().getType());
    for (unsigned axis = 0; type && axis < type.getRank(); ++axis)
      for (AtomId atom : t.getAtoms(pool.getY(), axis)) {
        if (axis > kChannel && !isKept(op, axis))
          continue;
        Lane lane = t.get(pool.getX(), axis, atom);
        // At its edges an average over constants may count zeros.
        bool isMaximum = isa<MaxPoolOp, GlobalMaxPoolOp>(op);
        bool isMean = isa<GlobalAveragePoolOp>(op);
        t.set(pool.getY(), axis, atom,
              isMaximum || isMean ? lane : keepZero(lane));
      }
  }
};

template <typename OpTy>
struct PoolModel : PoolModelBase<PoolModel<OpTy>, OpTy> {};

struct BatchNormalizationModel
    : DimensionOpInterface::ExternalModel<BatchNormalizationModel,
                                          BatchNormalizationOp> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto norm = cast<BatchNormalizationOp>(op);
    SmallVector<Term> x = r.getAxes(norm.getX());
    if (x.size() < 2)
      return;
    for (Value perChannel : op->getOperands().drop_front())
      for (Term axis : r.getAxes(perChannel))
        r.unify(x[kChannel], axis);
    if (norm.getTrainingMode())
      r.fixAxes(norm.getX(), "computes statistics over it");
    r.setAxes(norm.getY(), x);
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto norm = cast<BatchNormalizationOp>(op);
    Value x = norm.getX(), y = norm.getY();
    if (t.getRank(x) < 2)
      return;
    for (unsigned axis = 0, rank = t.getRank(x); axis != rank; ++axis)
      for (AtomId atom : t.getAtoms(y, axis)) {
        Lane lane = t.get(x, axis, atom);
        bool vanishes = axis == kChannel &&
                        t.get(norm.getScale(), 0, atom).isZero() &&
                        t.get(norm.getB(), 0, atom).isZero();
        t.set(y, axis, atom,
              !lane.isFinite() ? lane
              : vanishes       ? Lane::zero()
                               : Lane::finite());
      }
  }
};

} // namespace

void gac::registerConvolutionModels(MLIRContext &context) {
  ConvOp::attachInterface<ConvModel<ConvOp>>(context);
  ConvIntegerOp::attachInterface<ConvModel<ConvIntegerOp>>(context);
  QLinearConvOp::attachInterface<ConvModel<QLinearConvOp>>(context);
  ConvTransposeOp::attachInterface<ConvTransposeModel>(context);
  FusedConvOp::attachInterface<ConvModel<FusedConvOp>>(context);
  DeformConvOp::attachInterface<ConvModel<DeformConvOp>>(context);
  LpPoolOp::attachInterface<PoolModel<LpPoolOp>>(context);
  GlobalLpPoolOp::attachInterface<PoolModel<GlobalLpPoolOp>>(context);
  MaxPoolOp::attachInterface<PoolModel<MaxPoolOp>>(context);
  AveragePoolOp::attachInterface<PoolModel<AveragePoolOp>>(context);
  GlobalMaxPoolOp::attachInterface<PoolModel<GlobalMaxPoolOp>>(context);
  GlobalAveragePoolOp::attachInterface<PoolModel<GlobalAveragePoolOp>>(context);
  BatchNormalizationOp::attachInterface<BatchNormalizationModel>(context);
}
