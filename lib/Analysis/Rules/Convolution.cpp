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
    r.fix(axes[axis], "slides a window over it");
    r.fix((*made)[axis], "slides a window over it");
  }
  (*made)[0] = axes[0];
  (*made)[kChannel] = channel;
  return made;
}

namespace {

/// What a quantised convolution has besides that of floats; null where it has
/// none.
struct QuantizedParts {
  Value bias, xZero, wScale, wZero, yZero;
};

} // namespace

static QuantizedParts getParts(ConvOp conv) {
  QuantizedParts parts;
  parts.bias = conv.getB();
  return parts;
}

static QuantizedParts getParts(ConvIntegerOp conv) {
  QuantizedParts parts;
  parts.xZero = conv.getXZeroPoint();
  parts.wZero = conv.getWZeroPoint();
  return parts;
}

static QuantizedParts getParts(QLinearConvOp conv) {
  QuantizedParts parts;
  parts.bias = conv.getB();
  parts.xZero = conv.getXZeroPoint();
  parts.wScale = conv.getWScale();
  parts.wZero = conv.getWZeroPoint();
  parts.yZero = conv.getYZeroPoint();
  return parts;
}

namespace {

template <typename OpTy>
struct ConvModel : DimensionOpInterface::ExternalModel<ConvModel<OpTy>, OpTy> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto conv = cast<OpTy>(op);
    QuantizedParts parts = getParts(conv);
    DimensionSpace &space = r.getSpace();
    SmallVector<Term> x = r.getAxes(conv.getX()), w = r.getAxes(conv.getW());
    if (x.size() < 3 || w.size() != x.size())
      return;
    r.fixAxes(ArrayRef(w).drop_front(2), "slides a window of this size");
    Term inner = w[1], outer = w[0];
    if (conv.getGroup() == 1) {
      r.unify(x[kChannel], inner);
    } else {
      std::optional<SymExpr> perGroup =
          space.getSize(outer).divideExact(SymExpr::constant(conv.getGroup()));
      if (!perGroup)
        return;
      Term groups = r.createDim(SymExpr::constant(conv.getGroup()));
      Term per = r.createDim(*perGroup);
      r.unify(x[kChannel], space.getProd({groups, inner}));
      r.unify(outer, space.getProd({groups, per}));
      // Where each group is one channel, groups are channels and may grow.
      bool isDepthwise = space.normalise(inner) == space.getUnit() &&
                         space.normalise(per) == space.getUnit();
      if (!isDepthwise)
        r.fix(groups, "has it as groups");
    }
    fillWithZeroPoint(r, conv.getX(), parts.xZero);
    fillWithZeroPoint(r, conv.getW(), parts.wZero);
    relateParameter(r, parts.xZero, space.getUnit(), 0.0);
    relateParameter(r, parts.wScale, outer, 1.0);
    relateParameter(r, parts.wZero, outer, 0.0);
    if (parts.bias)
      for (Term bias : r.getAxes(parts.bias))
        r.unify(outer, bias);
    if (auto result = slideWindow(r, conv.getX(), conv.getY(), outer))
      r.setAxes(conv.getY(), *result);
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto conv = cast<OpTy>(op);
    QuantizedParts parts = getParts(conv);
    Value x = conv.getX(), w = conv.getW(), b = parts.bias, y = conv.getY();
    if (t.getRank(x) < 3 || t.getRank(w) < 3)
      return;
    if constexpr (std::is_same_v<OpTy, ConvOp>)
      contractLanes(t, w, kChannel, x, kChannel);
    else
      contractMeanings(t, w, kChannel, parts.wZero, x, kChannel, parts.xZero);
    // To a batch of zeros the bias adds itself.
    for (AtomId atom : t.getAtoms(y, 0)) {
      Lane lane = b ? Lane::finite() : getMeaning(t, x, 0, parts.xZero, atom);
      setSum(t, y, 0, atom, lane, parts.yZero);
    }
    for (AtomId atom : t.getAtoms(y, kChannel)) {
      Lane weight = getMeaning(t, w, 0, parts.wZero, atom);
      Lane bias = b ? keepZero(t.get(b, 0, atom)) : Lane::zero();
      setSum(t, y, kChannel, atom, weight.join(bias), parts.yZero);
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
    SymExpr channels = g.getNewSize(x[kChannel]);
    SymExpr inner = g.getNewSize(w[1]);
    std::optional<SymExpr> groups = channels.divideExact(inner);
    if (!groups || !groups->isConstant())
      return op->emitOpError("has ")
             << channels.str() << " channels after growth, no multiple of the "
             << inner.str() << " of each group";
    if (*groups->getConstant() != static_cast<int64_t>(conv.getGroup()))
      conv.setGroup(*groups->getConstant());
    return success();
  }

private:
  /// A sum, as a number quantised with `zeroPoint` if there is one.
  static void setSum(LaneTransfer &t, Value y, unsigned axis, AtomId atom,
                     Lane lane, Value zeroPoint) {
    if (zeroPoint && lane.isZero())
      lane = getZeroPoint(t, zeroPoint, atom);
    t.set(y, axis, atom, lane);
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
      Term groups = r.createDim(SymExpr::constant(conv.getGroup()));
      r.fix(w[0], "has it as groups");
      r.fix(groups, "has it as groups");
      outer = r.getSpace().getProd({groups, outer});
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

  void collectUses(Operation *, UseCollector &uses) const {
    uses.add(0, kChannel, Role::Channel);
    uses.add(1, 1, Role::Channel);
  }
};

/// Whether a window is one lane wide on `axis` and moves by one: the axis is
/// none of space then.
template <typename OpTy> static bool isOneLane(OpTy pool, unsigned axis) {
  ArrayRef<int64_t> window = pool.getKernelShape();
  auto entry = [](std::optional<ArrayRef<int64_t>> list, size_t i,
                  int64_t otherwise) {
    return !list ? otherwise : i < list->size() ? (*list)[i] : -1;
  };
  size_t i = axis - 2;
  return entry(window, i, 0) == 1 && entry(pool.getStrides(), i, 1) == 1 &&
         entry(pool.getPads(), i, 0) == 0 &&
         entry(pool.getPads(), i + window.size(), 0) == 0;
}

/// Whether a pool leaves a spatial axis as it is.
static bool isKept(Operation *pool, unsigned axis) {
  return llvm::TypeSwitch<Operation *, bool>(pool)
      .Case<MaxPoolOp, AveragePoolOp>(
          [&](auto op) { return isOneLane(op, axis); })
      .Default(false);
}

/// MaxPool and AveragePool, global ones too: a lane of padding stays by itself.
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
      r.fixAxes(pool.getX(), "gives indices over it");
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
        t.set(pool.getY(), axis, atom,
              isa<AveragePoolOp>(op) ? keepZero(lane) : lane);
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

struct InstanceNormalizationModel
    : DimensionOpInterface::ExternalModel<InstanceNormalizationModel,
                                          InstanceNormalizationOp> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto norm = cast<InstanceNormalizationOp>(op);
    SmallVector<Term> x = r.getAxes(norm.getX());
    if (x.size() < 3)
      return;
    for (Value perChannel : op->getOperands().drop_front())
      for (Term axis : r.getAxes(perChannel))
        r.unify(x[kChannel], axis);
    // Norms over groups of channels are exported as this one, on a view.
    if (auto view = norm.getX().getDefiningOp<ReshapeOp>()) {
      auto data = r.getShapeValues().shapeOf(view.getData());
      if (!data || data->size() < 2 ||
          (*data)[1] != r.getSpace().getSize(x[kChannel]))
        r.fix(x[kChannel], "normalises groups of channels");
    }
    r.fixAxes(ArrayRef(x).drop_front(2), "computes statistics over it");
    r.setAxes(norm.getY(), x);
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto norm = cast<InstanceNormalizationOp>(op);
    Value x = norm.getX(), y = norm.getY();
    if (t.getRank(x) < 3)
      return;
    for (unsigned axis : {0, 1})
      for (AtomId atom : t.getAtoms(y, axis)) {
        Lane lane = t.get(x, axis, atom);
        bool vanishes = axis == kChannel &&
                        t.get(norm.getScale(), 0, atom).isZero() &&
                        t.get(norm.getB(), 0, atom).isZero();
        // The variance of padding may be zero.
        bool isFinite =
            lane.isFinite() && norm.getEpsilon().convertToFloat() > 0.0F;
        t.set(y, axis, atom,
              !isFinite  ? Lane::anything()
              : vanishes ? Lane::zero()
                         : Lane::finite());
      }
  }
};

//===----------------------------------------------------------------------===//
// Resize
//===----------------------------------------------------------------------===//

/// Axes of the result that are those of the operand, one by one.
std::optional<SmallVector<bool>> getPassedAxes(ResizeOp resize, unsigned rank,
                                               const ShapeValues &shapes) {
  SmallVector<bool> passed(rank, !resize.getAxes());
  SmallVector<unsigned> axes;
  if (std::optional<ArrayRef<int64_t>> given = resize.getAxes()) {
    passed.assign(rank, true);
    for (int64_t axis : *given) {
      std::optional<unsigned> index = getAxisIndex(axis, rank);
      if (!index)
        return std::nullopt;
      axes.push_back(*index);
    }
  } else {
    for (unsigned axis = 0; axis != rank; ++axis)
      axes.push_back(axis);
  }
  std::optional<ArrayRef<SymExpr>> from = shapes.shapeOf(resize.getX());
  std::optional<ArrayRef<SymExpr>> sizes =
      resize.getSizes() ? shapes.valueOf(resize.getSizes()) : std::nullopt;
  std::optional<SmallVector<double>> scales =
      getConstantNumbers(resize.getScales());
  // A region of interest cuts where no size shows it.
  bool isPlain =
      resize.getCoordinateTransformationMode() != "tf_crop_and_resize" &&
      resize.getKeepAspectRatioPolicy() == "stretch";
  for (auto [index, axis] : llvm::enumerate(axes)) {
    bool isSame = false;
    if (sizes && index < sizes->size())
      isSame = from && (*sizes)[index] == (*from)[axis] &&
               !(*sizes)[index].hasUnknown();
    else if (scales && index < scales->size())
      isSame = (*scales)[index] == 1.0;
    passed[axis] = isSame && isPlain;
  }
  return passed;
}

struct ResizeModel
    : DimensionOpInterface::ExternalModel<ResizeModel, ResizeOp> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto resize = cast<ResizeOp>(op);
    SmallVector<Term> x = r.getAxes(resize.getX());
    std::optional<SmallVector<Term>> made = r.createAxes(resize.getY());
    auto passed = getPassedAxes(resize, x.size(), r.getShapeValues());
    if (!made || made->size() != x.size() || !passed)
      return r.fixAxes(x, "resizes it in an unknown way");
    for (auto [axis, isPassed] : llvm::enumerate(*passed)) {
      if (isPassed) {
        (*made)[axis] = x[axis];
        continue;
      }
      r.fix(x[axis], "resizes it");
      r.fix((*made)[axis], "resizes it");
    }
    for (Value list : {resize.getRoi(), resize.getScales()})
      if (list)
        r.fixAxes(list, "reads numbers from it");
    r.setAxes(resize.getY(), *made);
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto resize = cast<ResizeOp>(op);
    // Interpolation adds up to one but for rounding.
    for (unsigned axis = 0, rank = t.getRank(resize.getY()); axis != rank;
         ++axis)
      for (AtomId atom : t.getAtoms(resize.getY(), axis))
        t.set(resize.getY(), axis, atom,
              keepZero(t.get(resize.getX(), axis, atom)));
  }

  LogicalResult growDimensions(Operation *op, DimensionGrower &g) const {
    auto resize = cast<ResizeOp>(op);
    auto elements = resize.getSizes() ? getGrownElements(g, resize.getSizes())
                                      : SmallVector<std::optional<SymExpr>>();
    SmallVector<Term> result = g.getAxes(resize.getY());
    if (elements.empty() || !g.grows(resize.getY()))
      return success();
    SizeEntries entries(elements.size());
    bool isUpToDate = true;
    for (auto [index, element] : llvm::enumerate(elements)) {
      int64_t axis = resize.getAxes() ? (*resize.getAxes())[index]
                                      : static_cast<int64_t>(index);
      std::optional<unsigned> place = getAxisIndex(axis, result.size());
      if (!place)
        return success();
      SymExpr wanted = g.getNewSize(result[*place]);
      entries[index] = wanted.getConstant();
      isUpToDate &= element && *element == wanted;
      if (!entries[index] && !element)
        return op->emitOpError("cannot state the size of axis ")
               << axis << " of its result after growth";
    }
    if (!isUpToDate)
      resize.getSizesMutable().assign(
          rewriteSizes(g, resize.getSizes(), entries));
    return success();
  }
};

} // namespace

void gac::registerConvolutionModels(MLIRContext &context) {
  ConvOp::attachInterface<ConvModel<ConvOp>>(context);
  ConvIntegerOp::attachInterface<ConvModel<ConvIntegerOp>>(context);
  QLinearConvOp::attachInterface<ConvModel<QLinearConvOp>>(context);
  ConvTransposeOp::attachInterface<ConvTransposeModel>(context);
  InstanceNormalizationOp::attachInterface<InstanceNormalizationModel>(context);
  ResizeOp::attachInterface<ResizeModel>(context);
  MaxPoolOp::attachInterface<PoolModel<MaxPoolOp>>(context);
  AveragePoolOp::attachInterface<PoolModel<AveragePoolOp>>(context);
  GlobalMaxPoolOp::attachInterface<PoolModel<GlobalMaxPoolOp>>(context);
  GlobalAveragePoolOp::attachInterface<PoolModel<GlobalAveragePoolOp>>(context);
  BatchNormalizationOp::attachInterface<BatchNormalizationModel>(context);
}
