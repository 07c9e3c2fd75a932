//===- RecoverContrib.cpp - ONNX's ops from ONNX Runtime's own ------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Activations, norms and matrix products; attention is in
// RecoverContribAttention.cpp.
//
//===----------------------------------------------------------------------===//

#include "Recovery.h"
#include "gac/Dialect/GAC/IR/FusedActivation.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace gac;

/// The code of f32, in which ONNX Runtime's norms compute.
static constexpr int64_t kFloat = 1;

static Value add(PatternRewriter &rewriter, Operation *op, Type type, Value a,
                 Value b) {
  return AddOp::create(rewriter, getPartLocation(op), type, a, b);
}

/// True if nothing reads `value`, or there is none.
static bool isUnread(Value value) { return !value || value.use_empty(); }

namespace {

//===----------------------------------------------------------------------===//
// Activations
//===----------------------------------------------------------------------===//

struct RecoverBiasGelu : RecoveryPattern<BiasGeluOp> {
  using RecoveryPattern::RecoveryPattern;

  LogicalResult matchAndRewrite(BiasGeluOp op,
                                PatternRewriter &rewriter) const override {
    Type type = op.getResult().getType();
    Value sum = add(rewriter, op, type, op.getA(), op.getB());
    recovery.replace(rewriter, op.getResult(),
                     GeluOp::create(rewriter, getPartLocation(op), type, sum,
                                    /*approximate=*/StringAttr()));
    return success();
  }
};

struct RecoverFastGelu : RecoveryPattern<FastGeluOp> {
  using RecoveryPattern::RecoveryPattern;

  LogicalResult matchAndRewrite(FastGeluOp op,
                                PatternRewriter &rewriter) const override {
    Type type = op.getResult().getType();
    Value x = op.getX();
    if (Value bias = op.getBias())
      x = add(rewriter, op, type, x, bias);
    recovery.replace(rewriter, op.getResult(),
                     GeluOp::create(rewriter, getPartLocation(op), type, x,
                                    rewriter.getStringAttr("tanh")));
    return success();
  }
};

struct RecoverContribGelu : RecoveryPattern<ContribGeluOp> {
  using RecoveryPattern::RecoveryPattern;

  LogicalResult matchAndRewrite(ContribGeluOp op,
                                PatternRewriter &rewriter) const override {
    recovery.replace(rewriter, op.getResult(),
                     GeluOp::create(rewriter, getPartLocation(op),
                                    op.getResult().getType(), op.getX(),
                                    /*approximate=*/StringAttr()));
    return success();
  }
};

struct RecoverQuickGelu : RecoveryPattern<QuickGeluOp> {
  using RecoveryPattern::RecoveryPattern;

  LogicalResult matchAndRewrite(QuickGeluOp op,
                                PatternRewriter &rewriter) const override {
    // The defaults differ.
    FloatAttr alpha = rewriter.getF32FloatAttr(op.getAlpha().convertToFloat());
    recovery.replace(rewriter, op.getResult(),
                     SwishOp::create(rewriter, getPartLocation(op),
                                     op.getResult().getType(), op.getX(),
                                     alpha));
    return success();
  }
};

//===----------------------------------------------------------------------===//
// Normalisations
//===----------------------------------------------------------------------===//

struct RecoverSimplifiedLayerNormalization
    : RecoveryPattern<SimplifiedLayerNormalizationOp> {
  using RecoveryPattern::RecoveryPattern;

  LogicalResult matchAndRewrite(SimplifiedLayerNormalizationOp op,
                                PatternRewriter &rewriter) const override {
    // ONNX has no result for the statistics, and one type for X and scale.
    if (!isUnread(op.getInvStdVar()) ||
        getElementTypeOf(op.getX()) != getElementTypeOf(op.getScale()))
      return failure();
    recovery.replace(rewriter, op.getY(),
                     RMSNormalizationOp::create(
                         rewriter, getPartLocation(op), op.getY().getType(),
                         op.getX(), op.getScale(), op.getAxisAttr(),
                         op.getEpsilonAttr(), op.getStashTypeAttr(),
                         op.getLogicalCountAttr()));
    return success();
  }
};

/// The sum that a skip norm is of, in place of its own result for it.
template <typename OpTy>
Value recoverSum(OpTy op, Recovery &recovery, PatternRewriter &rewriter) {
  Type type = op.getOutput().getType();
  Value sum = add(rewriter, op, type, op.getInput(), op.getSkip());
  if (Value bias = op.getBias())
    sum = add(rewriter, op, type, sum, bias);
  if (!isUnread(op.getInputSkipBiasSum()))
    recovery.replace(rewriter, op.getInputSkipBiasSum(), sum.getDefiningOp());
  return sum;
}

struct RecoverSkipSimplifiedLayerNormalization
    : RecoveryPattern<SkipSimplifiedLayerNormalizationOp> {
  using RecoveryPattern::RecoveryPattern;

  LogicalResult matchAndRewrite(SkipSimplifiedLayerNormalizationOp op,
                                PatternRewriter &rewriter) const override {
    if (!isUnread(op.getMean()) || !isUnread(op.getInvStdVar()))
      return failure();
    Value sum = recoverSum(op, recovery, rewriter);
    recovery.replace(
        rewriter, op.getOutput(),
        RMSNormalizationOp::create(
            rewriter, getPartLocation(op), op.getOutput().getType(), sum,
            op.getGamma(), rewriter.getI64IntegerAttr(-1),
            rewriter.getF32FloatAttr(op.getEpsilon().convertToFloat()),
            rewriter.getI64IntegerAttr(kFloat), op.getLogicalCountAttr()));
    return success();
  }
};

struct RecoverSkipLayerNormalization
    : RecoveryPattern<SkipLayerNormalizationOp> {
  using RecoveryPattern::RecoveryPattern;

  LogicalResult matchAndRewrite(SkipLayerNormalizationOp op,
                                PatternRewriter &rewriter) const override {
    if (!isUnread(op.getMean()) || !isUnread(op.getInvStdVar()))
      return failure();
    Value sum = recoverSum(op, recovery, rewriter);
    recovery.replace(
        rewriter, op.getOutput(),
        LayerNormalizationOp::create(
            rewriter, getPartLocation(op), op.getOutput().getType(),
            /*mean=*/Type(),
            /*inv_std_dev=*/Type(), sum, op.getGamma(), op.getBeta(),
            rewriter.getI64IntegerAttr(-1),
            rewriter.getF32FloatAttr(op.getEpsilon().convertToFloat()),
            rewriter.getI64IntegerAttr(kFloat),
            /*logical_lanes=*/LanesAttr()));
    return success();
  }
};

/// Where the positions are given: else they are rows of the table that only the
/// length of the sequence tells.
struct RecoverEmbedLayerNormalization
    : RecoveryPattern<EmbedLayerNormalizationOp> {
  using RecoveryPattern::RecoveryPattern;

  LogicalResult matchAndRewrite(EmbedLayerNormalizationOp op,
                                PatternRewriter &rewriter) const override {
    bool hasSegments = op.getSegmentIds() && op.getSegmentEmbedding();
    auto ids = recovery.getShape(op.getInputIds());
    auto positions = op.getPositionIds()
                         ? recovery.getShape(op.getPositionIds())
                         : std::nullopt;
    // One row of positions serves a whole batch.
    if (!op.getWordEmbedding() || !op.getPositionEmbedding() ||
        !op.getGamma() || !op.getBeta() || !isUnread(op.getMaskIndex()) ||
        !ids || !positions || positions->size() != 2 ||
        !recovery.broadcastsTo(op.getPositionIds(), *ids))
      return failure();
    Type type = op.getOutput().getType();
    auto gather = [&](Value table, Value indices) -> Value {
      SmallVector<int64_t> shape;
      auto kept = dyn_cast<RankedTensorType>(indices.getType());
      auto width = dyn_cast<RankedTensorType>(table.getType());
      Type made = type;
      if (kept && width && width.getRank() == 2) {
        shape.assign(kept.getShape().begin(), kept.getShape().end());
        shape.push_back(width.getDimSize(1));
        made = RankedTensorType::get(shape, width.getElementType());
      }
      return GatherOp::create(rewriter, getPartLocation(op), made, table,
                              indices,
                              /*axis=*/IntegerAttr());
    };
    Value sum =
        add(rewriter, op, type, gather(op.getWordEmbedding(), op.getInputIds()),
            gather(op.getPositionEmbedding(), op.getPositionIds()));
    if (hasSegments)
      sum = add(rewriter, op, type, sum,
                gather(op.getSegmentEmbedding(), op.getSegmentIds()));
    if (!isUnread(op.getEmbeddingSum()))
      recovery.replace(rewriter, op.getEmbeddingSum(), sum.getDefiningOp());
    recovery.replace(
        rewriter, op.getOutput(),
        LayerNormalizationOp::create(
            rewriter, getPartLocation(op), type, /*mean=*/Type(),
            /*inv_std_dev=*/Type(), sum, op.getGamma(), op.getBeta(),
            rewriter.getI64IntegerAttr(-1),
            rewriter.getF32FloatAttr(op.getEpsilon().convertToFloat()),
            rewriter.getI64IntegerAttr(kFloat),
            /*logical_lanes=*/LanesAttr()));
    return success();
  }
};

//===----------------------------------------------------------------------===//
// Matrix products
//===----------------------------------------------------------------------===//

struct RecoverFusedMatMul : RecoveryPattern<FusedMatMulOp> {
  using RecoveryPattern::RecoveryPattern;

  LogicalResult matchAndRewrite(FusedMatMulOp op,
                                PatternRewriter &rewriter) const override {
    Type type = op.getY().getType(), element = getElementTypeOf(op.getY());
    float alpha = op.getAlpha().convertToFloat();
    auto a = transpose(rewriter, op, op.getA(), op.getTransA() != 0,
                       op.getTransBatchA() != 0, /*isDryRun=*/true);
    auto b = transpose(rewriter, op, op.getB(), op.getTransB() != 0,
                       op.getTransBatchB() != 0, /*isDryRun=*/true);
    if (!a || !b || !isa_and_nonnull<FloatType>(element))
      return failure();
    a = transpose(rewriter, op, op.getA(), op.getTransA() != 0,
                  op.getTransBatchA() != 0, /*isDryRun=*/false);
    b = transpose(rewriter, op, op.getB(), op.getTransB() != 0,
                  op.getTransBatchB() != 0, /*isDryRun=*/false);
    Operation *product =
        MatMulOp::create(rewriter, getPartLocation(op), type, *a, *b);
    if (alpha != 1.0f) {
      auto scalar = DenseElementsAttr::get(
          RankedTensorType::get({}, element),
          rewriter.getFloatAttr(element, static_cast<double>(alpha)));
      auto factor =
          ConstantOp::create(rewriter, getPartLocation(op), scalar.getType(),
                             scalar, /*form=*/StringAttr());
      product = MulOp::create(rewriter, getPartLocation(op), type,
                              product->getResult(0), factor.getResult());
    }
    recovery.replace(rewriter, op.getY(), product);
    return success();
  }

private:
  /// op(X); nothing if the rank of X, on which it depends, is not known.
  static std::optional<Value> transpose(PatternRewriter &rewriter,
                                        Operation *op, Value x,
                                        bool isTransposed,
                                        bool isBatchTransposed, bool isDryRun) {
    auto type = dyn_cast<RankedTensorType>(x.getType());
    if (!type)
      return isTransposed || isBatchTransposed ? std::nullopt
                                               : std::optional<Value>(x);
    auto perm = llvm::to_vector(llvm::seq<int64_t>(0, type.getRank()));
    if (perm.size() >= 2 && isBatchTransposed)
      std::rotate(perm.begin(), perm.begin() + 1, perm.end() - 1);
    if (perm.size() >= 2 && isTransposed)
      std::swap(perm.back(), *(perm.end() - 2));
    if (isDryRun || llvm::is_sorted(perm))
      return x;
    auto shape = llvm::map_to_vector(
        perm, [&](int64_t axis) { return type.getDimSize(axis); });
    return TransposeOp::create(rewriter, getPartLocation(op), type.clone(shape),
                               x, rewriter.getDenseI64ArrayAttr(perm))
        .getResult();
  }
};

//===----------------------------------------------------------------------===//
// Products and convolutions with an activation
//===----------------------------------------------------------------------===//

/// A bound of Clip, which is an operand from opset 11 on.
Value createBound(PatternRewriter &rewriter, Location loc, Type element,
                  std::optional<float> bound) {
  if (!bound)
    return {};
  auto scalar = RankedTensorType::get({}, element);
  return ConstantOp::create(
      rewriter, loc, scalar,
      DenseElementsAttr::get(scalar, rewriter.getFloatAttr(element, *bound)),
      /*form=*/StringAttr());
}

/// What activates `x`, or `x` itself where there is nothing to do; null if it
/// is not known how.
Operation *activate(PatternRewriter &rewriter, Operation *op, Value x,
                    const FusedActivation &activation) {
  Location loc = getPartLocation(op);
  Type type = op->getResult(0).getType();
  auto getAttr = [&](std::optional<float> number) {
    return number ? rewriter.getF32FloatAttr(*number) : FloatAttr();
  };
  FloatAttr first = getAttr(activation.first),
            second = getAttr(activation.second);
  if (activation.name.empty())
    return x.getDefiningOp();
  if (activation.name == "Relu")
    return ReluOp::create(rewriter, loc, type, x);
  if (activation.name == "Tanh")
    return TanhOp::create(rewriter, loc, type, x);
  if (activation.name == "Sigmoid")
    return SigmoidOp::create(rewriter, loc, type, x);
  if (activation.name == "Softplus")
    return SoftplusOp::create(rewriter, loc, type, x);
  if (activation.name == "Softsign")
    return SoftsignOp::create(rewriter, loc, type, x);
  if (activation.name == "LeakyRelu")
    return LeakyReluOp::create(rewriter, loc, type, x, first);
  if (activation.name == "Elu")
    return EluOp::create(rewriter, loc, type, x, first);
  if (activation.name == "Selu")
    return SeluOp::create(rewriter, loc, type, x, first, second);
  if (activation.name == "HardSigmoid")
    return HardSigmoidOp::create(rewriter, loc, type, x, first, second);
  auto element = dyn_cast_or_null<FloatType>(getElementTypeOf(x));
  if (activation.name != "Clip" || !element)
    return nullptr;
  if (getOnnxOpset(op) < 11)
    return ClipOp::create(rewriter, loc, type, x, /*minOperand=*/Value(),
                          /*maxOperand=*/Value(), first, second);
  return ClipOp::create(rewriter, loc, type, x,
                        createBound(rewriter, loc, element, activation.first),
                        createBound(rewriter, loc, element, activation.second),
                        /*min=*/FloatAttr(), /*max=*/FloatAttr());
}

bool isKnown(const FusedActivation &activation) {
  return llvm::is_contained({"", "Clip", "Elu", "HardSigmoid", "LeakyRelu",
                             "Relu", "Selu", "Sigmoid", "Softplus", "Softsign",
                             "Tanh"},
                            activation.name);
}

struct RecoverFusedConv : RecoveryPattern<FusedConvOp> {
  using RecoveryPattern::RecoveryPattern;

  LogicalResult matchAndRewrite(FusedConvOp op,
                                PatternRewriter &rewriter) const override {
    FusedActivation activation = getFusedActivation(op);
    Type type = op.getY().getType();
    if (!isKnown(activation) ||
        !isa_and_nonnull<FloatType>(getElementTypeOf(op.getY())))
      return failure();
    Value y = ConvOp::create(
        rewriter, getPartLocation(op), type, op.getX(), op.getW(), op.getB(),
        op.getAutoPadAttr(), op.getDilationsAttr(), op.getGroupAttr(),
        op.getKernelShapeAttr(), op.getPadsAttr(), op.getStridesAttr());
    if (op.getZ())
      y = add(rewriter, op, type, y, op.getZ());
    recovery.replace(rewriter, op.getY(),
                     activate(rewriter, op, y, activation));
    return success();
  }
};

struct RecoverFusedGemm : RecoveryPattern<FusedGemmOp> {
  using RecoveryPattern::RecoveryPattern;

  LogicalResult matchAndRewrite(FusedGemmOp op,
                                PatternRewriter &rewriter) const override {
    FusedActivation activation = getFusedActivation(op);
    if (!isKnown(activation) ||
        !isa_and_nonnull<FloatType>(getElementTypeOf(op.getY())))
      return failure();
    Value y = GemmOp::create(rewriter, getPartLocation(op), op.getY().getType(),
                             op.getA(), op.getB(), op.getC(), op.getAlphaAttr(),
                             op.getBetaAttr(), op.getTransAAttr(),
                             op.getTransBAttr());
    recovery.replace(rewriter, op.getY(),
                     activate(rewriter, op, y, activation));
    return success();
  }
};

} // namespace

void gac::populateRecoverContrib(RewritePatternSet &patterns,
                                 Recovery &recovery) {
  patterns.add<RecoverBiasGelu, RecoverFastGelu, RecoverContribGelu,
               RecoverQuickGelu, RecoverSimplifiedLayerNormalization,
               RecoverSkipSimplifiedLayerNormalization,
               RecoverSkipLayerNormalization, RecoverEmbedLayerNormalization,
               RecoverFusedMatMul, RecoverFusedConv, RecoverFusedGemm>(
      patterns.getContext(), recovery);
  populateRecoverContribAttention(patterns, recovery);
}
