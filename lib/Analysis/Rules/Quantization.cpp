//===- Quantization.cpp - Dimension rules of quantised tensors -*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Quantization.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace gac;

//===----------------------------------------------------------------------===//
// What rules share
//===----------------------------------------------------------------------===//

void gac::relateParameter(DimensionRelations &r, Value parameter, Term term,
                          double fill) {
  if (!parameter)
    return;
  SmallVector<Term> axes = r.getAxes(parameter);
  if (isSingle(r.getSpace(), axes))
    return;
  r.fillLanes(parameter, fill);
  if (axes.size() == 1)
    return r.unify(axes[0], term);
  r.fixAxes(axes, "scales it by a tensor of many axes");
  r.fixRead(term, "scales it by a tensor of many axes");
}

void gac::fillWithZeroPoint(DimensionRelations &r, Value quantized,
                            Value zeroPoint) {
  if (!zeroPoint)
    return;
  std::optional<double> number = getUniformConstant(zeroPoint);
  if (!number)
    return;
  r.fillLanes(quantized, *number);
  r.fillLanes(zeroPoint, *number);
}

Lane gac::getZeroPoint(LaneTransfer &t, Value zeroPoint, AtomId atom) {
  if (!zeroPoint)
    return Lane::zero();
  for (unsigned axis = 0, rank = t.getRank(zeroPoint); axis != rank; ++axis)
    if (t.isOn(zeroPoint, axis, atom))
      return t.get(zeroPoint, axis, atom);
  if (std::optional<double> number = getUniformConstant(zeroPoint))
    return Lane::constant(*number);
  // Of a list, nobody knows which entry it is.
  bool isOne = t.getRank(zeroPoint) == 0 ||
               (t.getRank(zeroPoint) == 1 &&
                t.getAxis(zeroPoint, 0) == t.getSpace().getUnit());
  return isOne ? Lane::number(zeroPoint.getAsOpaquePointer()) : Lane::finite();
}

void gac::contractMeanings(LaneTransfer &t, Value a, unsigned axisOfA,
                           Value zeroOfA, Value b, unsigned axisOfB,
                           Value zeroOfB) {
  for (AtomId atom : t.getAtoms(a, axisOfA)) {
    Lane ofA = getMeaning(t, a, axisOfA, zeroOfA, atom);
    Lane ofB = getMeaning(t, b, axisOfB, zeroOfB, atom);
    bool addsNothing =
        (ofA.isZero() && ofB.isFinite()) || (ofB.isZero() && ofA.isFinite());
    if (!addsNothing)
      t.refuse(atom, "contracts it, where padding of neither side is its zero "
                     "point");
  }
}

void gac::keepBlocks(LaneTransfer &t, Term axis, int64_t lanes) {
  for (AtomId atom : t.getAtoms(axis))
    if (!growsAtEnd(t.getSpace(), axis, atom))
      t.refuse(atom, "has blocks of " + Twine(lanes) +
                         " lanes that share a scale, and it would move lanes "
                         "from block to block");
}

//===----------------------------------------------------------------------===//
// From numbers to quantised ones and back
//===----------------------------------------------------------------------===//

/// Relates X and the parameters that scale it along `axis`.
static void relateScaled(DimensionRelations &r, Value x, Value scale,
                         Value zeroPoint, int64_t axis, int64_t blockSize,
                         Value result) {
  DimensionSpace &space = r.getSpace();
  SmallVector<Term> axes = r.getAxes(x);
  SmallVector<Value, 2> parameters = {scale};
  if (zeroPoint)
    parameters.push_back(zeroPoint);
  fillWithZeroPoint(r, x, zeroPoint);
  // The scale of new lanes is of no matter, but one that divides.
  r.fillLanes(scale, 1.0);
  for (Value parameter : parameters) {
    SmallVector<Term> entries = r.getAxes(parameter);
    if (isSingle(space, entries))
      continue;
    std::optional<unsigned> index = getAxisIndex(axis, axes.size());
    if (!index)
      return;
    if (blockSize == 0) {
      if (entries.size() != 1)
        return;
      r.unify(axes[*index], entries[0]);
      continue;
    }
    if (entries.size() != axes.size())
      return;
    for (auto [i, term, entry] : llvm::enumerate(axes, entries))
      if (i != *index)
        r.unify(term, entry);
    if (isWeight(parameter)) {
      r.setBlocks(parameter, *index, axes[*index], blockSize);
      continue;
    }
    StringRef why = "has scales of blocks that are computed as the model runs";
    r.fix(axes[*index], why);
    r.fix(entries[*index], why);
  }
  r.setAxes(result, axes);
}

/// The axis along which zero points go that are not all the same number.
template <typename OpTy>
static std::optional<unsigned> getListAxis(OpTy dequantize, unsigned rank) {
  Value zeroPoint = dequantize.getXZeroPoint();
  auto type = zeroPoint ? dyn_cast<RankedTensorType>(zeroPoint.getType())
                        : RankedTensorType();
  if (!type || type.getRank() != 1 || type.getDimSize(0) == 1 ||
      dequantize.getBlockSize() != 0 || getUniformConstant(zeroPoint))
    return std::nullopt;
  return getAxisIndex(dequantize.getAxis(), rank);
}

namespace {

template <typename OpTy>
struct DequantizeModel
    : DimensionOpInterface::ExternalModel<DequantizeModel<OpTy>, OpTy> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto dequantize = cast<OpTy>(op);
    relateScaled(r, dequantize.getX(), dequantize.getXScale(),
                 dequantize.getXZeroPoint(), dequantize.getAxis(),
                 dequantize.getBlockSize(), dequantize.getY());
    Value x = dequantize.getX();
    if (auto axis = getListAxis(dequantize, r.getAxes(x).size()))
      r.fillLanesAlong(x, *axis, dequantize.getXZeroPoint());
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto dequantize = cast<OpTy>(op);
    Value x = dequantize.getX(), scale = dequantize.getXScale();
    Value zeroPoint = dequantize.getXZeroPoint(), y = dequantize.getY();
    unsigned rank = t.getRank(x);
    if (int64_t lanes = dequantize.getBlockSize();
        lanes != 0 && t.getRank(scale) == rank)
      if (auto axis = getAxisIndex(dequantize.getAxis(), rank))
        keepBlocks(t, t.getAxis(x, *axis), lanes);
    std::optional<unsigned> listAxis = getListAxis(dequantize, rank);
    for (unsigned axis = 0; axis != rank; ++axis)
      for (AtomId atom : t.getAtoms(y, axis)) {
        // Lanes across a list meet all of it, in its order.
        Lane lane = listAxis && axis != *listAxis
                        ? subtract(t.get(x, axis, atom),
                                   Lane::number(zeroPoint.getAsOpaquePointer()))
                        : getMeaning(t, x, axis, zeroPoint, atom);
        for (unsigned i = 0, e = t.getRank(scale); i != e; ++i)
          if (t.isOn(scale, i, atom) && t.get(scale, i, atom).isZero() &&
              lane.isFinite())
            lane = Lane::zero();
        t.set(y, axis, atom, lane);
      }
  }
};

template <typename OpTy>
struct QuantizeModel
    : DimensionOpInterface::ExternalModel<QuantizeModel<OpTy>, OpTy> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto quantize = cast<OpTy>(op);
    relateScaled(r, quantize.getX(), quantize.getYScale(),
                 quantize.getYZeroPoint(), quantize.getAxis(),
                 quantize.getBlockSize(), quantize.getY());
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto quantize = cast<OpTy>(op);
    Value x = quantize.getX(), scale = quantize.getYScale();
    Value y = quantize.getY();
    unsigned rank = t.getRank(x);
    if (int64_t lanes = quantize.getBlockSize();
        lanes != 0 && t.getRank(scale) == rank)
      if (auto axis = getAxisIndex(quantize.getAxis(), rank))
        keepBlocks(t, t.getAxis(x, *axis), lanes);
    for (unsigned axis = 0; axis != rank; ++axis)
      for (AtomId atom : t.getAtoms(y, axis)) {
        Lane lane = t.get(x, axis, atom);
        bool divides = true;
        for (unsigned i = 0, e = t.getRank(scale); i != e; ++i)
          if (t.isOn(scale, i, atom))
            divides &= t.get(scale, i, atom).getConstant().value_or(0.0) != 0.0;
        if (lane.isZero() && divides)
          t.set(y, axis, atom, getZeroPoint(t, quantize.getYZeroPoint(), atom));
        else
          t.set(y, axis, atom,
                lane.isFinite() && divides ? Lane::finite() : Lane::anything());
      }
  }
};

/// The range that the scale and the zero point are made for holds 0 whatever
/// the lanes are: zeros add nothing to it, and become the zero point.
struct DynamicQuantizeLinearModel
    : DimensionOpInterface::ExternalModel<DynamicQuantizeLinearModel,
                                          DynamicQuantizeLinearOp> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto quantize = cast<DynamicQuantizeLinearOp>(op);
    r.setAxes(quantize.getY(), r.getAxes(quantize.getX()));
    r.setAxes(quantize.getYScale(), {});
    r.setAxes(quantize.getYZeroPoint(), {});
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto quantize = cast<DynamicQuantizeLinearOp>(op);
    for (unsigned axis = 0, e = t.getRank(quantize.getX()); axis != e; ++axis) {
      needZeroLanes(t, quantize.getX(), axis,
                    "makes a scale for the range of its values, where its "
                    "padding is not zero");
      t.setAll(quantize.getY(), axis,
               Lane::number(quantize.getYZeroPoint().getAsOpaquePointer()));
    }
  }
};

//===----------------------------------------------------------------------===//
// Quantised numbers to quantised numbers
//===----------------------------------------------------------------------===//

/// A result of which `lane` is meant, as a number quantised with `zeroPoint`.
Lane quantize(LaneTransfer &t, Lane lane, Value zeroPoint, AtomId atom) {
  return lane.isZero() ? getZeroPoint(t, zeroPoint, atom) : lane;
}

template <typename OpTy>
struct QLinearBinaryModel
    : DimensionOpInterface::ExternalModel<QLinearBinaryModel<OpTy>, OpTy> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto binary = cast<OpTy>(op);
    SmallVector<Term> result = r.getAxes(binary.getA());
    SmallVector<Term> axes = r.getAxes(binary.getB());
    if (axes.size() > result.size())
      std::swap(axes, result);
    for (auto [common, axis] :
         llvm::zip_equal(MutableArrayRef(result).take_back(axes.size()), axes))
      common = broadcast(r, common, axis);
    fillWithZeroPoint(r, binary.getA(), binary.getAZeroPoint());
    fillWithZeroPoint(r, binary.getB(), binary.getBZeroPoint());
    r.setAxes(binary.getY(), result);
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto binary = cast<OpTy>(op);
    Value y = binary.getY();
    unsigned rank = t.getRank(y);
    for (unsigned axis = 0; axis != rank; ++axis)
      for (AtomId atom : t.getAtoms(y, axis)) {
        auto getOperand = [&](Value operand, Value zeroPoint) {
          unsigned missing = rank - t.getRank(operand);
          return axis < missing
                     ? Lane::finite()
                     : getMeaning(t, operand, axis - missing, zeroPoint, atom);
        };
        bool isZeroA =
            getOperand(binary.getA(), binary.getAZeroPoint()).isZero();
        bool isZeroB =
            getOperand(binary.getB(), binary.getBZeroPoint()).isZero();
        bool isZero = std::is_same_v<OpTy, QLinearMulOp> ? isZeroA || isZeroB
                                                         : isZeroA && isZeroB;
        t.set(y, axis, atom,
              quantize(t, isZero ? Lane::zero() : Lane::finite(),
                       binary.getYZeroPoint(), atom));
      }
  }
};

/// Functions of which f(0) = 0, Sigmoid, and Softmax over an axis that stays.
template <typename OpTy>
struct QLinearUnaryModel
    : DimensionOpInterface::ExternalModel<QLinearUnaryModel<OpTy>, OpTy> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto unary = cast<OpTy>(op);
    SmallVector<Term> axes = r.getAxes(unary.getX());
    if constexpr (std::is_same_v<OpTy, QLinearSoftmaxOp>) {
      // Before opset 13 all axes from this one on are one.
      std::optional<unsigned> first =
          getAxisIndex(unary.getAxis(), axes.size());
      if (!first)
        return;
      auto normalised = MutableArrayRef(axes).drop_front(*first);
      if (unary.getOpset() >= 13)
        normalised = normalised.take_front(1);
      r.passFixed(normalised, "normalises over it");
    }
    if constexpr (std::is_same_v<OpTy, QLinearGlobalAveragePoolOp>) {
      if (axes.size() < 3)
        return;
      auto space = MutableArrayRef(axes).drop_front();
      space =
          unary.getChannelsLast() != 0 ? space.drop_back() : space.drop_front();
      r.fixAxes(space, "slides a window over it");
      llvm::fill(space, r.getSpace().getUnit());
    }
    fillWithZeroPoint(r, unary.getX(), unary.getXZeroPoint());
    r.setAxes(unary.getY(), axes);
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto unary = cast<OpTy>(op);
    constexpr bool keepsZero = std::is_same_v<OpTy, QLinearLeakyReluOp> ||
                               std::is_same_v<OpTy, QLinearGlobalAveragePoolOp>;
    Value x = unary.getX(), y = unary.getY();
    for (unsigned axis = 0, rank = t.getRank(y); axis != rank; ++axis)
      for (AtomId atom : t.getAtoms(y, axis)) {
        Lane lane = getMeaning(t, x, axis, unary.getXZeroPoint(), atom);
        if (!keepsZero)
          lane = Lane::finite();
        t.set(y, axis, atom, quantize(t, lane, unary.getYZeroPoint(), atom));
      }
  }
};

//===----------------------------------------------------------------------===//
// GatherBlockQuantized
//===----------------------------------------------------------------------===//

/// Data may hold several entries in a byte, on its last axis; each block of
/// entries along an axis has a scale and a zero point.
struct GatherBlockQuantizedModel
    : DimensionOpInterface::ExternalModel<GatherBlockQuantizedModel,
                                          GatherBlockQuantizedOp> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto gather = cast<GatherBlockQuantizedOp>(op);
    SmallVector<Term> data = r.getAxes(gather.getData());
    SmallVector<Term> indices = r.getAxes(gather.getIndices());
    std::optional<unsigned> axis =
        getAxisIndex(gather.getGatherAxis(), data.size());
    std::optional<unsigned> blocked =
        getAxisIndex(gather.getQuantizeAxis(), data.size());
    if (!axis || !blocked || *axis == *blocked || gather.getBlockSize() < 1)
      return;
    r.fix(data[*axis], "indexes it");
    int64_t perByte = getNumPerByte(gather);
    if (perByte != 1) {
      Term packed = r.createDim(SymExpr::constant(perByte));
      r.fix(packed, "packs bits along it");
      data.back() = r.getSpace().getProd({data.back(), packed});
    }
    Value zeroPoints = gather.getZeroPoints();
    r.fillLanes(gather.getData(), getZero(gather));
    relateBlocks(r, gather, gather.getScales(), data, *blocked, 1, 1.0);
    if (zeroPoints)
      relateBlocks(r, gather, zeroPoints, data, *blocked, perByte,
                   getZero(gather));
    auto result = llvm::to_vector(ArrayRef<Term>(data).take_front(*axis));
    llvm::append_range(result, indices);
    llvm::append_range(result, ArrayRef(data).drop_front(*axis + 1));
    r.setAxes(gather.getOutput(), result);
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto gather = cast<GatherBlockQuantizedOp>(op);
    Value data = gather.getData(), output = gather.getOutput();
    unsigned rank = t.getRank(data), picked = t.getRank(gather.getIndices());
    std::optional<unsigned> axis = getAxisIndex(gather.getGatherAxis(), rank);
    std::optional<unsigned> blocked =
        getAxisIndex(gather.getQuantizeAxis(), rank);
    if (!axis || !blocked)
      return;
    auto getPlace = [&](unsigned i) { return i < *axis ? i : i + picked - 1; };
    keepBlocks(t, t.getAxis(output, getPlace(*blocked)), gather.getBlockSize());
    // Zero points that are given may be others than what the data is filled
    // with: so is that of a block that new lanes complete.
    Value zeroPoints = gather.getZeroPoints();
    bool isZeroKnown =
        !zeroPoints || getUniformConstant(zeroPoints) == getZero(gather);
    for (unsigned i = 0; i != rank; ++i) {
      if (i == *axis)
        continue;
      for (AtomId atom : t.getAtoms(output, getPlace(i))) {
        bool isZero = isZeroKnown &&
                      t.get(data, i, atom).getConstant() == getZero(gather);
        t.set(output, getPlace(i), atom,
              isZero ? Lane::zero() : Lane::finite());
      }
    }
    // A padded index is 0 and picks ordinary data.
    for (unsigned i = 0; i != picked; ++i)
      t.setAll(output, *axis + i, Lane::finite());
  }

private:
  /// How many entries a byte of the data holds; entries of other types have
  /// elements of their own.
  static int64_t getNumPerByte(GatherBlockQuantizedOp op) {
    auto type = dyn_cast<TensorType>(op.getData().getType());
    auto bits = static_cast<int64_t>(op.getBits());
    bool isPacked = type && type.getElementType().isUnsignedInteger(8);
    return isPacked && bits > 0 && bits < 8 ? 8 / bits : 1;
  }

  /// What means zero where no zero point is given: in bytes it is the middle of
  /// the range.
  static double getZero(GatherBlockQuantizedOp op) {
    auto type = dyn_cast<TensorType>(op.getData().getType());
    auto bits = static_cast<int64_t>(op.getBits());
    if (!type || !type.getElementType().isUnsignedInteger(8) || bits < 1)
      return 0.0;
    int64_t byte = 0;
    for (int64_t i = 0; i + bits <= 8; i += bits)
      byte |= int64_t(1) << (i + bits - 1);
    return static_cast<double>(byte);
  }

  /// Relates what has an entry per block, `perByte` of them in one.
  static void relateBlocks(DimensionRelations &r, GatherBlockQuantizedOp op,
                           Value value, ArrayRef<Term> data, unsigned blocked,
                           int64_t perByte, double fill) {
    SmallVector<Term> axes = r.getAxes(value);
    StringRef why = "has scales of blocks that are computed as the model runs";
    if (axes.size() != data.size())
      return r.fixAxes(data, why);
    r.fillLanes(value, fill);
    for (auto [index, term, entry] : llvm::enumerate(data, axes))
      if (index != blocked)
        broadcast(r, term, entry);
    if (isWeight(value))
      return r.setBlocks(value, blocked, data[blocked],
                         static_cast<int64_t>(op.getBlockSize()) * perByte);
    r.fix(data[blocked], why);
    r.fix(axes[blocked], why);
  }
};

} // namespace

void gac::registerQuantizationModels(MLIRContext &context) {
  QLinearAddOp::attachInterface<QLinearBinaryModel<QLinearAddOp>>(context);
  QLinearMulOp::attachInterface<QLinearBinaryModel<QLinearMulOp>>(context);
  QLinearGlobalAveragePoolOp::attachInterface<
      QLinearUnaryModel<QLinearGlobalAveragePoolOp>>(context);
  QLinearLeakyReluOp::attachInterface<QLinearUnaryModel<QLinearLeakyReluOp>>(
      context);
  QLinearSigmoidOp::attachInterface<QLinearUnaryModel<QLinearSigmoidOp>>(
      context);
  QLinearSoftmaxOp::attachInterface<QLinearUnaryModel<QLinearSoftmaxOp>>(
      context);
  DequantizeLinearOp::attachInterface<DequantizeModel<DequantizeLinearOp>>(
      context);
  ContribDequantizeLinearOp::attachInterface<
      DequantizeModel<ContribDequantizeLinearOp>>(context);
  QuantizeLinearOp::attachInterface<QuantizeModel<QuantizeLinearOp>>(context);
  ContribQuantizeLinearOp::attachInterface<
      QuantizeModel<ContribQuantizeLinearOp>>(context);
  GatherBlockQuantizedOp::attachInterface<GatherBlockQuantizedModel>(context);
  DynamicQuantizeLinearOp::attachInterface<DynamicQuantizeLinearModel>(context);
}
