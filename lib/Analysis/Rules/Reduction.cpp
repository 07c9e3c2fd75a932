//===- Reduction.cpp - Dimension rules of reductions ------------*- C++ -*-===//
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

/// The axes that a reduction takes; nothing if they are not known.
template <typename OpTy>
static std::optional<SmallVector<unsigned>>
getReducedAxes(OpTy reduce, unsigned rank, const ShapeValues &shapes) {
  auto axes =
      getAxesIndices(reduce.getAxes(), reduce.getAxesOperand(), rank, shapes);
  if (!axes)
    return std::nullopt;
  if (axes->empty() && !reduce.getNoopWithEmptyAxes())
    for (unsigned i = 0; i != rank; ++i)
      axes->push_back(i);
  return axes;
}

/// Calls `pass(from, to)` for each axis of the operand that is one of the
/// result.
static void forEachKeptAxis(ArrayRef<unsigned> reduced, unsigned rank,
                            bool keepsAxes,
                            llvm::function_ref<void(unsigned, unsigned)> pass) {
  for (unsigned from = 0, to = 0; from != rank; ++from) {
    bool isReduced = llvm::is_contained(reduced, from);
    if (!isReduced)
      pass(from, to);
    to += !isReduced || keepsAxes;
  }
}

/// The terms of what is left after a reduction.
static SmallVector<Term> getKeptAxes(ArrayRef<Term> axes,
                                     ArrayRef<unsigned> reduced, bool keepsAxes,
                                     DimensionSpace &space) {
  SmallVector<Term> kept;
  for (auto [index, axis] : llvm::enumerate(axes))
    if (!llvm::is_contained(reduced, index))
      kept.push_back(axis);
    else if (keepsAxes)
      kept.push_back(space.getUnit());
  return kept;
}

/// Why a dimension may not grow where its padding cannot be masked.
static constexpr llvm::StringLiteral kSumOfNonZero =
    "sums over it, where its padding is not zero";

namespace {

//===----------------------------------------------------------------------===//
// Sums and means
//===----------------------------------------------------------------------===//

/// Reductions to which zeros add nothing.
template <typename OpTy>
struct SumModel : DimensionOpInterface::ExternalModel<SumModel<OpTy>, OpTy> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto reduce = cast<OpTy>(op);
    SmallVector<Term> axes = r.getAxes(reduce.getData());
    auto reduced = getReducedAxes(reduce, axes.size(), r.getShapeValues());
    if (!reduced)
      return r.fixReads(axes, "reduces axes that are not known");
    if (reduce.getAxesOperand())
      r.fixAxes(reduce.getAxesOperand(), "reads axes from it");
    // Of what is no number nobody could say by how much it grows.
    if (isa<ReduceMeanOp>(op))
      for (unsigned axis : *reduced)
        if (!r.getSpace().getConstantSize(axes[axis]))
          r.fix(axes[axis], "takes the mean over a symbolic count");
    r.setAxes(reduce.getResult(),
              getKeptAxes(axes, *reduced, reduce.getKeepdims(), r.getSpace()));
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto reduce = cast<OpTy>(op);
    Value data = reduce.getData(), result = reduce.getResult();
    unsigned rank = t.getRank(data);
    auto reduced = getReducedAxes(reduce, rank, t.getShapeValues());
    if (!reduced)
      return;
    for (unsigned axis : *reduced)
      needZeroLanes(t, data, axis, kSumOfNonZero);
    forEachKeptAxis(
        *reduced, rank, reduce.getKeepdims(), [&](unsigned from, unsigned to) {
          for (AtomId atom : t.getAtoms(result, to))
            t.set(result, to, atom, keepZero(t.get(data, from, atom)));
        });
  }

  LogicalResult growDimensions(Operation *op, DimensionGrower &g) const {
    auto mean = dyn_cast<ReduceMeanOp>(op);
    if (!mean)
      return success();
    SmallVector<Term> axes = g.getAxes(mean.getData());
    auto reduced = getReducedAxes(mean, axes.size(), g.getShapeValues());
    int64_t count = 1, newCount = 1;
    bool isSymbolic = false;
    for (unsigned axis : reduced.value_or(SmallVector<unsigned>()))
      if (std::optional<int64_t> size =
              g.getOldSize(axes[axis]).getConstant()) {
        count *= *size;
        newCount *= *g.getNewSize(axes[axis]).getConstant();
      } else {
        isSymbolic = true;
      }
    if (count == newCount)
      return success();
    // A sum may leave the range of f16 where the mean does not. That of bf16 is
    // wide, but it has few bits for a factor.
    if (isSymbolic || getElementTypeOrSelf(mean.getData().getType()).isF16())
      scaleMean(mean, double(newCount) / double(count), g);
    else
      divideByOldCount(mean, count, g);
    return success();
  }

private:
  /// Makes the mean over padding, too, one over the old count.
  static void scaleMean(ReduceMeanOp mean, double factor, DimensionGrower &g) {
    Type type = mean.getResult().getType();
    auto padded = g.create<ReduceMeanOp>(
        type, mean.getData(), mean.getAxesOperand(), mean.getAxesAttr(),
        mean.getKeepdimsAttr(), mean.getNoopWithEmptyAxesAttr());
    Value scale = g.createScalar(factor, mean.getData(),
                                 getValueName(mean.getResult()) + ".count");
    auto mul = g.create<MulOp>(type, padded.getResult(), scale);
    g.replaceLater(mean.getResult(), mul.getResult());
  }

  /// Makes the mean a sum, divided by the count without padding.
  static void divideByOldCount(ReduceMeanOp mean, int64_t count,
                               DimensionGrower &g) {
    // ReduceSum takes its axes as an operand from opset 13 on.
    Value operand = mean.getAxesOperand();
    DenseI64ArrayAttr attribute = mean.getAxesAttr();
    StringRef name = getValueName(mean.getResult());
    if (attribute && getOnnxOpset(mean) >= 13) {
      operand = g.createIntegers(attribute.asArrayRef(), name + ".axes");
      attribute = {};
    }
    auto sum = g.create<ReduceSumOp>(mean.getResult().getType(), mean.getData(),
                                     operand, attribute, mean.getKeepdimsAttr(),
                                     mean.getNoopWithEmptyAxesAttr());
    Value divisor = g.createScalar(count, mean.getData(), name + ".count");
    auto div =
        g.create<DivOp>(mean.getResult().getType(), sum.getResult(), divisor);
    g.replaceLater(mean.getResult(), div.getResult());
  }
};

//===----------------------------------------------------------------------===//
// Reductions that padding would change
//===----------------------------------------------------------------------===//

template <typename OpTy>
struct ExtremumModel
    : DimensionOpInterface::ExternalModel<ExtremumModel<OpTy>, OpTy> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto reduce = cast<OpTy>(op);
    SmallVector<Term> axes = r.getAxes(reduce.getData());
    auto reduced = getReducedAxes(reduce, axes.size(), r.getShapeValues());
    if (!reduced)
      return r.fixReads(axes, "reduces axes that are not known");
    if (reduce.getAxesOperand())
      r.fixAxes(reduce.getAxesOperand(), "reads axes from it");
    for (unsigned axis : *reduced)
      r.fixRead(axes[axis], "reduces it, where padding would count");
    r.setAxes(reduce.getResult(),
              getKeptAxes(axes, *reduced, reduce.getKeepdims(), r.getSpace()));
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto reduce = cast<OpTy>(op);
    Value data = reduce.getData(), result = reduce.getResult();
    unsigned rank = t.getRank(data);
    auto reduced = getReducedAxes(reduce, rank, t.getShapeValues());
    // A logarithm of zeros is infinite.
    bool isFinite = !isa<ReduceLogSumOp>(op);
    if (reduced && isFinite)
      forEachKeptAxis(
          *reduced, rank, reduce.getKeepdims(),
          [&](unsigned, unsigned to) { t.setAll(result, to, Lane::finite()); });
  }
};

template <typename OpTy>
struct ArgModel : DimensionOpInterface::ExternalModel<ArgModel<OpTy>, OpTy> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto arg = cast<OpTy>(op);
    SmallVector<Term> axes = r.getAxes(arg.getData());
    std::optional<unsigned> axis = getAxisIndex(arg.getAxis(), axes.size());
    if (!axis)
      return;
    r.fixRead(axes[*axis], "gives indices over it");
    r.setAxes(arg.getResult(),
              getKeptAxes(axes, *axis, arg.getKeepdims(), r.getSpace()));
  }
  void transferLanes(Operation *op, LaneTransfer &t) const {
    Value result = cast<OpTy>(op).getResult();
    for (unsigned axis = 0, rank = t.getRank(result); axis != rank; ++axis)
      t.setAll(result, axis, Lane::finite());
  }
};

/// Softmax and LogSoftmax. Padding of minus infinity takes no part in the
/// former and comes out as zeros; what is read as it was anyway is cut in front
/// of it.
template <typename OpTy>
struct SoftmaxModel
    : DimensionOpInterface::ExternalModel<SoftmaxModel<OpTy>, OpTy> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto softmax = cast<OpTy>(op);
    Value input = softmax.getInput();
    SmallVector<Term> axes = r.getAxes(input);
    std::optional<unsigned> axis = getAxis(softmax, axes.size());
    if (!axis)
      return;
    unsigned end = isOverMany(op) ? axes.size() : *axis + 1;
    if (end == *axis + 1 && isPadded(softmax)) {
      fillBias(input, *axis, r);
      r.offerCut(input, *axis, kNormalises);
    } else {
      r.passFixed(MutableArrayRef(axes).slice(*axis, end - *axis), kNormalises);
    }
    r.setAxes(softmax.getResult(), axes);
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto softmax = cast<OpTy>(op);
    Value input = softmax.getInput(), result = softmax.getResult();
    unsigned rank = t.getRank(result);
    std::optional<unsigned> normalised = getAxis(softmax, rank);
    for (unsigned axis = 0; axis != rank; ++axis)
      if (axis != normalised)
        t.setAll(result, axis, Lane::finite());
    if (!normalised)
      return;
    for (AtomId atom : t.getAtoms(result, *normalised)) {
      t.needLowest(input, *normalised, atom, kNormalises);
      t.set(result, *normalised, atom, Lane::zero());
    }
  }

private:
  static constexpr llvm::StringLiteral kNormalises = "normalises over it";

  /// Before opset 13 it normalises over all axes from the given one on.
  static bool isOverMany(Operation *op) { return getOnnxOpset(op) < 13; }

  static std::optional<unsigned> getAxis(OpTy softmax, unsigned rank) {
    int64_t given = softmax.getAxis().value_or(isOverMany(softmax) ? 1 : -1);
    return getAxisIndex(given, rank);
  }

  /// Whether somebody may read the result with its padding.
  static bool isPadded(OpTy softmax) {
    if (isa<LogSoftmaxOp>(softmax) ||
        !isa<FloatType>(getElementTypeOrSelf(softmax.getInput().getType())))
      return false;
    return llvm::any_of(softmax->getUsers(), [](Operation *user) {
      return !isa<ArgMaxOp, ArgMinOp, TopKOp>(user) &&
             !user->hasTrait<mlir::OpTrait::IsTerminator>();
    });
  }

  /// Whether a bias has entries for lanes of its last axis only.
  static bool isVector(RankedTensorType shape) {
    return shape.getRank() > 0 &&
           llvm::all_of(shape.getShape().drop_back(),
                        [](int64_t size) { return size == 1; });
  }

  /// Where padding is nothing but a bias that nobody else sees, the bias keeps
  /// it out.
  static void fillBias(Value input, unsigned axis, DimensionRelations &r) {
    Operation *sum = input.getDefiningOp();
    if (!sum || !input.hasOneUse())
      return;
    SmallVector<Value, 2> summands;
    if (isa<AddOp>(sum))
      summands.assign(sum->operand_begin(), sum->operand_end());
    else if (auto gemm = dyn_cast<GemmOp>(sum); gemm && gemm.getC())
      summands.push_back(gemm.getC());
    unsigned rank = r.getAxes(input).size();
    auto type = cast<FloatType>(getElementTypeOrSelf(input.getType()));
    for (Value bias : summands)
      if (auto shape = dyn_cast<RankedTensorType>(bias.getType());
          isWeight(bias) && shape && axis + 1 == rank && isVector(shape))
        r.fillLanes(bias, sum, getLowest(type));
  }
};

struct TopKModel : DimensionOpInterface::ExternalModel<TopKModel, TopKOp> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto topK = cast<TopKOp>(op);
    SmallVector<Term> axes = r.getAxes(topK.getX());
    std::optional<unsigned> axis = getAxisIndex(topK.getAxis(), axes.size());
    std::optional<SmallVector<Term>> made = r.createAxes(topK.getValues());
    if (!axis || !made || made->size() != axes.size())
      return;
    r.fixRead(axes[*axis], "orders it");
    r.fixMade((*made)[*axis], "orders it");
    r.fixAxes(topK.getK(), "reads a count from it");
    axes[*axis] = (*made)[*axis];
    r.setAxes(topK.getValues(), axes);
    r.setAxes(topK.getIndices(), axes);
  }
  void transferLanes(Operation *op, LaneTransfer &t) const {
    for (Value result : op->getResults())
      for (unsigned axis = 0, rank = t.getRank(result); axis != rank; ++axis)
        t.setAll(result, axis, Lane::finite());
  }
};

template <typename... OpTys> void attachSums(MLIRContext &context) {
  (OpTys::template attachInterface<SumModel<OpTys>>(context), ...);
}
template <typename... OpTys> void attachExtrema(MLIRContext &context) {
  (OpTys::template attachInterface<ExtremumModel<OpTys>>(context), ...);
}

} // namespace

void gac::registerReductionModels(MLIRContext &context) {
  attachSums<ReduceL1Op, ReduceL2Op, ReduceMeanOp, ReduceSumOp,
             ReduceSumSquareOp>(context);
  attachExtrema<ReduceLogSumExpOp, ReduceLogSumOp, ReduceMaxOp, ReduceMinOp,
                ReduceProdOp>(context);
  ArgMaxOp::attachInterface<ArgModel<ArgMaxOp>>(context);
  ArgMinOp::attachInterface<ArgModel<ArgMinOp>>(context);
  SoftmaxOp::attachInterface<SoftmaxModel<SoftmaxOp>>(context);
  LogSoftmaxOp::attachInterface<SoftmaxModel<LogSoftmaxOp>>(context);
  HardmaxOp::attachInterface<SoftmaxModel<HardmaxOp>>(context);
  TopKOp::attachInterface<TopKModel>(context);
}
