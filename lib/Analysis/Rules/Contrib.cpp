//===- Contrib.cpp - Dimension rules of ONNX Runtime's operators ----------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Its norms and matrix products; attention is in ContribAttention.cpp.
//
//===----------------------------------------------------------------------===//

#include "Rules.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace gac;

/// Unifies the axes of `operand`, aligned from the right, with those of a value
/// that it broadcasts to.
static void unifyTrailing(DimensionRelations &r, ArrayRef<Term> axes,
                          Value operand) {
  if (!operand)
    return;
  SmallVector<Term> own = r.getAxes(operand);
  if (own.size() > axes.size())
    return r.fixAxes(own, "adds it");
  for (auto [axis, term] : llvm::zip_equal(axes.take_back(own.size()), own))
    broadcast(r, axis, term);
}

/// Gives the statistics of a norm, which are there if something reads them:
/// they are divided by the count of lanes as stored.
static void setStatistics(DimensionRelations &r, Value result,
                          ArrayRef<Term> axes, unsigned first) {
  if (!result)
    return;
  // A name that nobody reads asks for nothing.
  if (!result.use_empty())
    r.fixAxes(axes.drop_front(first), "gives its statistics");
  auto kept = llvm::to_vector(axes.take_front(first));
  kept.append(axes.size() - first, r.getSpace().getUnit());
  r.setAxes(result, kept);
}

/// States how many lanes a norm over `axes` is of, before they grow.
template <typename OpTy>
static void stateCount(OpTy norm, ArrayRef<Term> axes, DimensionGrower &g) {
  if (norm.getLogicalCount() ||
      llvm::none_of(axes, [&](Term axis) { return g.grows(axis); }))
    return;
  int64_t count = 1;
  for (Term axis : axes)
    count *= *g.getOldSize(axis).getConstant();
  norm.setLogicalCount(count);
}

/// A norm of logical lanes of a sum has ONNX's own op.
template <typename OpTy>
static void writeOutNorm(OpTy norm, Value sum, Term last, DimensionGrower &g) {
  Builder builder(norm.getContext());
  auto lanes =
      LanesAttr::get(norm.getContext(), *g.getNewSize(last).getConstant(),
                     g.getPositions(last));
  auto layerNorm = g.create<LayerNormalizationOp>(
      norm.getOutput().getType(), /*mean=*/Type(), /*inv_std_dev=*/Type(), sum,
      norm.getGamma(), norm.getBeta(), builder.getI64IntegerAttr(-1),
      builder.getF32FloatAttr(norm.getEpsilon().convertToFloat()),
      builder.getI64IntegerAttr(1), lanes);
  g.replaceLater(norm.getOutput(), layerNorm.getY());
}

/// States what writeOutNorm() costs, for a sum of `terms` tensors: the nodes
/// read and write as those of a LayerNormalization do, and the sum besides.
static void addNormRewrite(UseCollector &uses, Operation *op, Term last,
                           bool hasBeta, unsigned terms) {
  unsigned nodes = 10 + terms + hasBeta;
  unsigned passes = 8 + 2 * terms + 2 * hasBeta;
  if (!getElementTypeOrSelf(op->getResult(0).getType()).isF32()) {
    nodes += 2;
    passes += 4;
  }
  uses.addRewrite(last, nodes, passes);
}

static bool haveConstantSizes(DimensionRelations &r, ArrayRef<Term> axes) {
  return llvm::all_of(axes, [&](Term axis) {
    return r.getSpace().getConstantSize(axis).has_value();
  });
}

namespace {

//===----------------------------------------------------------------------===//
// Normalisations
//===----------------------------------------------------------------------===//

struct SimplifiedLayerNormalizationModel
    : DimensionOpInterface::ExternalModel<SimplifiedLayerNormalizationModel,
                                          SimplifiedLayerNormalizationOp> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto norm = cast<SimplifiedLayerNormalizationOp>(op);
    SmallVector<Term> axes = r.getAxes(norm.getX());
    std::optional<unsigned> first = getAxisIndex(norm.getAxis(), axes.size());
    if (!first)
      return;
    unifyTrailing(r, axes, norm.getScale());
    ArrayRef<Term> normalised = ArrayRef(axes).drop_front(*first);
    if (!haveConstantSizes(r, normalised))
      r.fixAxes(normalised, "normalises over a symbolic count");
    r.setAxes(norm.getY(), axes);
    setStatistics(r, norm.getInvStdVar(), axes, *first);
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto norm = cast<SimplifiedLayerNormalizationOp>(op);
    Value x = norm.getX(), y = norm.getY();
    unsigned rank = t.getRank(x);
    std::optional<unsigned> first = getAxisIndex(norm.getAxis(), rank);
    if (!first)
      return;
    for (unsigned axis = 0; axis != rank; ++axis) {
      if (axis >= *first)
        needZeroLanes(t, x, axis,
                      "normalises over it, where its padding is not zero");
      for (AtomId atom : t.getAtoms(y, axis))
        t.set(y, axis, atom, keepZero(t.get(x, axis, atom)));
    }
    if (Value statistics = norm.getInvStdVar())
      for (unsigned axis = 0; axis != rank; ++axis)
        t.setAll(statistics, axis, Lane::finite());
  }

  LogicalResult growDimensions(Operation *op, DimensionGrower &g) const {
    auto norm = cast<SimplifiedLayerNormalizationOp>(op);
    SmallVector<Term> axes = g.getAxes(norm.getX());
    if (auto first = getAxisIndex(norm.getAxis(), axes.size()))
      stateCount(norm, ArrayRef(axes).drop_front(*first), g);
    return success();
  }
};

/// Norms of input + skip + bias over the last axis.
template <typename OpTy>
struct SkipNormModel
    : DimensionOpInterface::ExternalModel<SkipNormModel<OpTy>, OpTy> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto norm = cast<OpTy>(op);
    SmallVector<Term> axes = r.getAxes(norm.getInput());
    if (axes.empty())
      return;
    for (Value operand : norm->getOperands().drop_front())
      unifyTrailing(r, axes, operand);
    ArrayRef<Term> last = ArrayRef(axes).take_back();
    if (!haveConstantSizes(r, last))
      r.fixAxes(last, "normalises over a symbolic count");
    r.setAxes(norm.getOutput(), axes);
    setStatistics(r, norm.getMean(), axes, axes.size() - 1);
    setStatistics(r, norm.getInvStdVar(), axes, axes.size() - 1);
    if (Value sum = norm.getInputSkipBiasSum())
      r.setAxes(sum, axes);
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto norm = cast<OpTy>(op);
    Value output = norm.getOutput(), sum = norm.getInputSkipBiasSum();
    unsigned rank = t.getRank(output);
    if (rank == 0)
      return;
    for (unsigned axis = 0; axis != rank; ++axis)
      for (AtomId atom : t.getAtoms(output, axis)) {
        Lane lane = getSum(norm, t, rank, axis, atom);
        if (axis == rank - 1 && !lane.isZero())
          t.refuse(atom, "normalises over it, where its padding is not zero");
        t.set(output, axis, atom, lane);
        if (sum)
          t.set(sum, axis, atom, lane);
        // Zero before scale and bias.
        if constexpr (!isSimplified)
          if (Value beta = norm.getBeta(); beta && axis == rank - 1)
            t.set(output, axis, atom, t.get(beta, 0, atom));
      }
    for (Value statistics : {norm.getMean(), norm.getInvStdVar()})
      for (unsigned axis = 0; statistics && axis != rank; ++axis)
        t.setAll(statistics, axis, Lane::finite());
  }

  void collectUses(Operation *op, UseCollector &uses) const {
    auto norm = cast<OpTy>(op);
    std::optional<ArrayRef<Term>> axes = uses.getAxes(norm.getInput());
    if constexpr (!isSimplified)
      if (axes && !axes->empty())
        addNormRewrite(uses, op, axes->back(),
                       static_cast<bool>(norm.getBeta()),
                       norm.getBias() ? 3 : 2);
  }

  LogicalResult growDimensions(Operation *op, DimensionGrower &g) const {
    auto norm = cast<OpTy>(op);
    Term last = g.getAxes(norm.getInput()).back();
    if constexpr (isSimplified)
      stateCount(norm, last, g);
    else if (g.grows(last))
      writeOut(norm, last, g);
    return success();
  }

private:
  static constexpr bool isSimplified =
      std::is_same_v<OpTy, SkipSimplifiedLayerNormalizationOp>;

  static void writeOut(SkipLayerNormalizationOp norm, Term last,
                       DimensionGrower &g) {
    Type type = norm.getOutput().getType();
    Value sum = g.create<AddOp>(type, norm.getInput(), norm.getSkip());
    if (Value bias = norm.getBias())
      sum = g.create<AddOp>(type, sum, bias);
    writeOutNorm(norm, sum, last, g);
    if (Value result = norm.getInputSkipBiasSum())
      g.replaceLater(result, sum);
  }

  /// What the padding of input, skip and bias adds up to.
  static Lane getSum(OpTy norm, LaneTransfer &t, unsigned rank, unsigned axis,
                     AtomId atom) {
    Lane lane = Lane::zero();
    for (Value operand : {norm.getInput(), norm.getSkip(), norm.getBias()}) {
      if (!operand)
        continue;
      unsigned missing = rank - t.getRank(operand);
      Lane own = axis < missing ? t.getOrdinary(operand)
                                : t.get(operand, axis - missing, atom);
      lane = lane.join(keepZero(own));
    }
    return lane;
  }
};

struct EmbedLayerNormalizationModel
    : DimensionOpInterface::ExternalModel<EmbedLayerNormalizationModel,
                                          EmbedLayerNormalizationOp> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto norm = cast<EmbedLayerNormalizationOp>(op);
    SmallVector<Term> ids = r.getAxes(norm.getInputIds());
    if (ids.size() != 2 || !norm.getGamma() || !norm.getBeta())
      return;
    r.fixAxes(ids, "looks up what it indexes");
    for (Value operand :
         {norm.getSegmentIds(), norm.getMask(), norm.getPositionIds()})
      if (operand)
        r.fixAxes(operand, "looks up what it indexes");
    SmallVector<Term> gamma = r.getAxes(norm.getGamma());
    if (gamma.size() != 1)
      return;
    Term width = gamma[0];
    // What it is written out as counts a mask, and slices by operands.
    if (readsMaskIndex(norm) && !norm.getMask())
      r.fix(width, "gives an index of no mask");
    else if (getOnnxOpset(op) < kSliceOpset)
      r.fix(width, "has no logical count");
    unifyTrailing(r, width, norm.getBeta());
    for (Value table : getTables(norm)) {
      SmallVector<Term> axes = r.getAxes(table);
      if (axes.size() != 2)
        return;
      r.fix(axes[0], "indexes it");
      r.unify(axes[1], width);
    }
    r.setAxes(norm.getOutput(), {ids[0], ids[1], width});
    if (Value sum = norm.getEmbeddingSum())
      r.setAxes(sum, {ids[0], ids[1], width});
    if (Value mask = norm.getMaskIndex())
      r.setAxes(mask, ids[0]);
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto norm = cast<EmbedLayerNormalizationOp>(op);
    Value output = norm.getOutput(), sum = norm.getEmbeddingSum();
    if (t.getRank(output) != 3 || !norm.getBeta())
      return;
    for (AtomId atom : t.getAtoms(output, 2)) {
      Lane lane = Lane::zero();
      for (Value table : getTables(norm))
        lane = lane.join(keepZero(t.get(table, 1, atom)));
      if (!lane.isZero())
        t.refuse(atom, "normalises over it, where its padding is not zero");
      t.set(output, 2, atom, t.get(norm.getBeta(), 0, atom));
      if (sum)
        t.set(sum, 2, atom, lane);
    }
  }

  void collectUses(Operation *op, UseCollector &uses) const {
    auto norm = cast<EmbedLayerNormalizationOp>(op);
    if (Value gamma = norm.getGamma())
      if (auto axes = uses.getAxes(gamma); axes && axes->size() == 1)
        addNormRewrite(uses, op, axes->front(), /*hasBeta=*/true,
                       2 * getTables(norm).size());
  }

  LogicalResult growDimensions(Operation *op, DimensionGrower &g) const {
    auto norm = cast<EmbedLayerNormalizationOp>(op);
    Term width = g.getAxes(norm.getGamma())[0];
    if (!g.grows(width))
      return success();
    auto type = dyn_cast<RankedTensorType>(norm.getOutput().getType());
    if (!type || type.getRank() != 3)
      return op->emitOpError() << "has a result of unknown rank";
    // One row of positions may serve a whole batch.
    auto gather = [&](Value table, Value indices) -> Value {
      auto rows = dyn_cast<RankedTensorType>(indices.getType());
      SmallVector<int64_t> shape(type.getShape());
      if (rows && rows.getRank() == 2)
        llvm::copy(rows.getShape(), shape.begin());
      return g.create<GatherOp>(type.clone(shape), table, indices,
                                /*axis=*/IntegerAttr());
    };
    Value sum = gather(norm.getWordEmbedding(), norm.getInputIds());
    Value positions =
        norm.getPositionIds()
            ? gather(norm.getPositionEmbedding(), norm.getPositionIds())
            : slicePositions(norm, type, g);
    sum = g.create<AddOp>(type, sum, positions);
    if (norm.getSegmentIds() && norm.getSegmentEmbedding())
      sum = g.create<AddOp>(
          type, sum, gather(norm.getSegmentEmbedding(), norm.getSegmentIds()));
    writeOutNorm(norm, sum, width, g);
    if (Value result = norm.getEmbeddingSum())
      g.replaceLater(result, sum);
    if (readsMaskIndex(norm))
      countMask(norm, g);
    return success();
  }

private:
  static bool readsMaskIndex(EmbedLayerNormalizationOp norm) {
    return norm.getMaskIndex() && !norm.getMaskIndex().use_empty();
  }

  /// Writes out the index of a mask: how many ones a row has.
  static void countMask(EmbedLayerNormalizationOp norm, DimensionGrower &g) {
    Value mask = norm.getMask(), index = norm.getMaskIndex();
    auto type = cast<ShapedType>(mask.getType());
    Type i32 = g.getBuilder().getI32Type();
    std::string name = getValueName(index).str();
    auto isOne = g.create<EqualOp>(type.clone(g.getBuilder().getI1Type()), mask,
                                   g.createScalar(1, mask, name + ".one"));
    constexpr int64_t kInt32 = 6; // TensorProto.DataType
    auto ones = g.create<CastOp>(type.clone(i32), isOne.getResult(),
                                 g.getBuilder().getI64IntegerAttr(kInt32),
                                 /*saturate=*/IntegerAttr(),
                                 /*round_mode=*/StringAttr());
    // ReduceSum takes its axes as an operand from opset 13 on.
    bool byOperand = getOnnxOpset(norm) >= 13;
    Value axes = byOperand ? g.createIntegers({1}, name + ".axes") : Value();
    auto attribute = byOperand ? DenseI64ArrayAttr()
                               : g.getBuilder().getDenseI64ArrayAttr({1});
    auto count = g.create<ReduceSumOp>(
        index.getType(), ones.getResult(), axes, attribute,
        /*keepdims=*/g.getBuilder().getI64IntegerAttr(0),
        /*noop_with_empty_axes=*/IntegerAttr());
    g.replaceLater(index, count.getResult());
  }

  /// From this opset on the bounds of Slice are operands.
  static constexpr int64_t kSliceOpset = 10;

  static SmallVector<Value> getTables(EmbedLayerNormalizationOp norm) {
    SmallVector<Value> tables = {norm.getWordEmbedding(),
                                 norm.getPositionEmbedding(),
                                 norm.getSegmentEmbedding()};
    llvm::erase(tables, Value());
    return tables;
  }

  /// The first rows of the table of positions, as many as there are ids.
  static Value slicePositions(EmbedLayerNormalizationOp norm,
                              RankedTensorType output, DimensionGrower &g) {
    StringRef name = getValueName(norm.getOutput());
    auto type = output.clone(output.getShape().drop_front());
    Type i64 = g.getBuilder().getI64Type();
    Value zero = g.createIntegers({0}, name + ".begin");
    Value index = g.createIntegers({1}, name + ".rows");
    auto shape = g.create<ShapeOp>(RankedTensorType::get({2}, i64),
                                   norm.getInputIds(), /*start=*/IntegerAttr(),
                                   /*end=*/IntegerAttr());
    auto length = g.create<GatherOp>(RankedTensorType::get({1}, i64),
                                     shape.getResult(), index,
                                     /*axis=*/IntegerAttr());
    return g.create<SliceOp>(type, norm.getPositionEmbedding(), zero,
                             length.getResult(), zero, /*steps=*/Value(),
                             /*starts=*/DenseI64ArrayAttr(),
                             /*ends=*/DenseI64ArrayAttr(),
                             /*axes=*/DenseI64ArrayAttr());
  }
};

//===----------------------------------------------------------------------===//
// Matrix products
//===----------------------------------------------------------------------===//

/// Where the axes of op(X) stand in X, of rank `rank`.
SmallVector<unsigned> getPermutation(unsigned rank, bool isBatchTransposed,
                                     bool isTransposed) {
  auto axes = llvm::to_vector(llvm::seq<unsigned>(0, rank));
  if (rank < 2)
    return axes;
  if (isBatchTransposed)
    std::rotate(axes.begin(), axes.begin() + 1, axes.end() - 1);
  if (isTransposed)
    std::swap(axes.back(), *(axes.end() - 2));
  return axes;
}

struct FusedMatMulModel
    : DimensionOpInterface::ExternalModel<FusedMatMulModel, FusedMatMulOp> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto matmul = cast<FusedMatMulOp>(op);
    SmallVector<Term> a = r.getAxes(matmul.getA());
    SmallVector<Term> b = r.getAxes(matmul.getB());
    relateMatMul(r, permute(a, getA(matmul, a.size())),
                 permute(b, getB(matmul, b.size())), matmul.getY());
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto matmul = cast<FusedMatMulOp>(op);
    Value a = matmul.getA(), b = matmul.getB(), y = matmul.getY();
    SmallVector<unsigned> axesOfA = getA(matmul, t.getRank(a));
    SmallVector<unsigned> axesOfB = getB(matmul, t.getRank(b));
    if (axesOfA.empty() || axesOfB.empty())
      return;
    bool hasN = axesOfB.size() > 1, hasM = axesOfA.size() > 1;
    contractLanes(t, a, axesOfA.back(), b,
                  hasN ? *(axesOfB.end() - 2) : axesOfB.back());
    unsigned rank = t.getRank(y);
    auto pass = [&](Value owner, unsigned from, unsigned axis) {
      for (AtomId atom : t.getAtoms(y, axis))
        t.set(y, axis, atom, keepZero(t.get(owner, from, atom)));
    };
    if (hasN)
      pass(b, axesOfB.back(), --rank);
    if (hasM)
      pass(a, *(axesOfA.end() - 2), --rank);
  }

  void collectUses(Operation *op, UseCollector &uses) const {
    auto matmul = cast<FusedMatMulOp>(op);
    auto a = getA(matmul, uses.getAxes(matmul.getA())->size());
    auto b = getB(matmul, uses.getAxes(matmul.getB())->size());
    if (a.size() > 1)
      uses.add(0, *(a.end() - 2), Role::M);
    if (!a.empty())
      uses.add(0, a.back(), Role::K);
    if (!b.empty())
      uses.add(1, b.size() == 1 ? b[0] : *(b.end() - 2), Role::K);
    if (b.size() > 1)
      uses.add(1, b.back(), Role::N);
  }

private:
  static SmallVector<Term> permute(ArrayRef<Term> axes,
                                   ArrayRef<unsigned> from) {
    return llvm::map_to_vector(from, [&](unsigned axis) { return axes[axis]; });
  }
  static SmallVector<unsigned> getA(FusedMatMulOp op, unsigned rank) {
    return getPermutation(rank, op.getTransBatchA(), op.getTransA());
  }
  static SmallVector<unsigned> getB(FusedMatMulOp op, unsigned rank) {
    return getPermutation(rank, op.getTransBatchB(), op.getTransB());
  }
};

//===----------------------------------------------------------------------===//
// Positions
//===----------------------------------------------------------------------===//

struct RelativePositionBiasModel
    : DimensionOpInterface::ExternalModel<RelativePositionBiasModel,
                                          RelativePositionBiasOp> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto bias = cast<RelativePositionBiasOp>(op);
    SmallVector<Term> table = r.getAxes(bias.getBiasTable());
    std::optional<SmallVector<Term>> made = r.createAxes(bias.getResult());
    if (table.size() != 2 || !made || made->size() != 4)
      return;
    r.fix(table[0], "indexes it");
    for (Value length : {bias.getQueryLength(), bias.getKeyLength()})
      r.fixAxes(length, "reads a length from it");
    r.fixAxes(*made, "has it as a sequence");
    (*made)[1] = table[1];
    r.setAxes(bias.getResult(), *made);
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto bias = cast<RelativePositionBiasOp>(op);
    if (t.getRank(bias.getBiasTable()) == 2)
      passLanes(t, bias.getBiasTable(), 1, bias.getResult(), 1);
  }
};

} // namespace

void gac::registerContribModels(MLIRContext &context) {
  SimplifiedLayerNormalizationOp::attachInterface<
      SimplifiedLayerNormalizationModel>(context);
  SkipSimplifiedLayerNormalizationOp::attachInterface<
      SkipNormModel<SkipSimplifiedLayerNormalizationOp>>(context);
  SkipLayerNormalizationOp::attachInterface<
      SkipNormModel<SkipLayerNormalizationOp>>(context);
  EmbedLayerNormalizationOp::attachInterface<EmbedLayerNormalizationModel>(
      context);
  FusedMatMulOp::attachInterface<FusedMatMulModel>(context);
  RelativePositionBiasOp::attachInterface<RelativePositionBiasModel>(context);
}
