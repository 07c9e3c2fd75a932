//===- DecomposeNormalization.cpp - Means, exponents and scales -----------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Decomposition.h"

using namespace mlir;
using namespace gac;

namespace {
struct DecomposeSoftmax : DecompositionPattern<SoftmaxOp> {
  using DecompositionPattern::DecompositionPattern;
  LogicalResult takeApart(SoftmaxOp op,
                          PatternRewriter &rewriter) const override;
};

struct DecomposeLogSoftmax : DecompositionPattern<LogSoftmaxOp> {
  using DecompositionPattern::DecompositionPattern;
  LogicalResult takeApart(LogSoftmaxOp op,
                          PatternRewriter &rewriter) const override;
};

struct DecomposeRMSNorm : DecompositionPattern<RMSNormalizationOp> {
  using DecompositionPattern::DecompositionPattern;
  LogicalResult takeApart(RMSNormalizationOp op,
                          PatternRewriter &rewriter) const override;
};

struct DecomposeLayerNorm : DecompositionPattern<LayerNormalizationOp> {
  using DecompositionPattern::DecompositionPattern;
  LogicalResult takeApart(LayerNormalizationOp op,
                          PatternRewriter &rewriter) const override;
};

struct DecomposeBatchNorm : DecompositionPattern<BatchNormalizationOp> {
  using DecompositionPattern::DecompositionPattern;
  LogicalResult takeApart(BatchNormalizationOp op,
                          PatternRewriter &rewriter) const override;
};

template <typename OpTy>
struct DecomposeGlobalPool : DecompositionPattern<OpTy> {
  using DecompositionPattern<OpTy>::DecompositionPattern;
  LogicalResult takeApart(OpTy op, PatternRewriter &rewriter) const override;
};
} // namespace

static std::optional<int64_t> getRank(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type ? std::optional<int64_t>(type.getRank()) : std::nullopt;
}

static SmallVector<int64_t> getAxesFrom(int64_t axis, int64_t rank) {
  return llvm::to_vector(
      llvm::seq<int64_t>(axis < 0 ? axis + rank : axis, rank));
}

//===----------------------------------------------------------------------===//
// Softmax
//===----------------------------------------------------------------------===//

/// The axes that are normalised as one: none where the rank is not known.
template <typename OpTy>
static std::optional<SmallVector<int64_t>> getSoftmaxAxes(OpTy op) {
  if (getOnnxOpset(op) >= 13)
    return SmallVector<int64_t>{
        static_cast<int64_t>(op.getAxis().value_or(-1))};
  std::optional<int64_t> rank = getRank(op.getInput());
  if (!rank)
    return std::nullopt;
  return getAxesFrom(op.getAxis().value_or(1), *rank);
}

LogicalResult DecomposeSoftmax::takeApart(SoftmaxOp op,
                                          PatternRewriter &rewriter) const {
  auto axes = getSoftmaxAxes(op);
  if (!axes || !Primitives::getElement(op.getInput()))
    return fail(op, "its operand has no known rank");
  Primitives p(rewriter, op);
  Value x = op.getInput();
  Value exponents = p.unary<ExpOp>(p.sub(x, p.max(x, *axes)));
  p.replace(p.div(exponents, p.sum(exponents, *axes)));
  return success();
}

LogicalResult DecomposeLogSoftmax::takeApart(LogSoftmaxOp op,
                                             PatternRewriter &rewriter) const {
  auto axes = getSoftmaxAxes(op);
  if (!axes || !Primitives::getElement(op.getInput()))
    return fail(op, "its operand has no known rank");
  Primitives p(rewriter, op);
  Value x = op.getInput();
  Value shifted = p.sub(x, p.max(x, *axes));
  Value total = p.sum(p.unary<ExpOp>(shifted), *axes);
  p.replace(p.sub(shifted, p.unary<LogOp>(total)));
  return success();
}

//===----------------------------------------------------------------------===//
// Normalization
//===----------------------------------------------------------------------===//

/// The type that a normalisation computes in: `stash_type` is 32-bit floats
/// unless it says that of X.
template <typename OpTy> static Type getStashType(OpTy op) {
  Type element = Primitives::getElement(op.getX());
  auto floatType = dyn_cast_or_null<FloatType>(element);
  if (op.getStashType() == 1 && floatType && floatType.getWidth() < 32)
    return Float32Type::get(op.getContext());
  return element;
}

LogicalResult DecomposeRMSNorm::takeApart(RMSNormalizationOp op,
                                          PatternRewriter &rewriter) const {
  std::optional<int64_t> rank = getRank(op.getX());
  if (!rank)
    return fail(op, "its operand has no known rank");
  SmallVector<int64_t> axes = getAxesFrom(op.getAxis(), *rank);
  Primitives p(rewriter, op);
  Type element = Primitives::getElement(op.getX()), stash = getStashType(op);
  Value x = p.cast(op.getX(), stash), squares = p.mul(x, x);
  Value mean;
  if (std::optional<uint64_t> count = op.getLogicalCount())
    mean = p.div(p.sum(squares, axes),
                 p.number(stash, static_cast<double>(*count)));
  else
    mean = p.mean(squares, axes);
  Value epsilon = p.number(stash, op.getEpsilon().convertToDouble());
  Value deviation = p.unary<SqrtOp>(p.add(mean, epsilon));
  Value normalized = p.cast(p.div(x, deviation), element);
  p.replace(p.mul(normalized, op.getScale()));
  return success();
}

LogicalResult DecomposeLayerNorm::takeApart(LayerNormalizationOp op,
                                            PatternRewriter &rewriter) const {
  std::optional<int64_t> rank = getRank(op.getX());
  if (!rank)
    return fail(op, "its operand has no known rank");
  SmallVector<int64_t> axes = getAxesFrom(op.getAxis(), *rank);
  if (op.getLogicalLanes() && axes.size() != 1)
    return fail(op, "its logical lanes are of several axes");
  Primitives p(rewriter, op);
  Type element = Primitives::getElement(op.getX()), stash = getStashType(op);
  Value x = p.cast(op.getX(), stash);
  Value mean, variance, centered;
  if (std::optional<LanesAttr> lanes = op.getLogicalLanes()) {
    // Padding is zero in X and, by the mask, in what deviates from the mean.
    Value count = p.number(stash, static_cast<double>(lanes->getOldSize()));
    mean = p.div(p.sum(x, axes), count);
    centered = p.sub(x, p.mul(mean, p.mask(stash, *lanes)));
    variance = p.div(p.sum(p.mul(centered, centered), axes), count);
  } else {
    mean = p.mean(x, axes);
    centered = p.sub(x, mean);
    variance = p.mean(p.mul(centered, centered), axes);
  }
  Value epsilon = p.number(stash, op.getEpsilon().convertToDouble());
  Value deviation = p.unary<SqrtOp>(p.add(variance, epsilon));
  Value normalized = p.cast(p.div(centered, deviation), element);
  Value y = p.mul(normalized, op.getScale());
  if (op.getB())
    y = p.add(y, op.getB());
  SmallVector<Value> results = {y};
  if (op.getMean())
    results.push_back(mean);
  if (op.getInvStdDev())
    results.push_back(p.unary<ReciprocalOp>(deviation));
  p.replace(results);
  return success();
}

LogicalResult DecomposeBatchNorm::takeApart(BatchNormalizationOp op,
                                            PatternRewriter &rewriter) const {
  std::optional<int64_t> rank = getRank(op.getX());
  if (!rank)
    return fail(op, "its operand has no known rank");
  if (op.getTrainingMode() != 0 || op->getNumResults() != 1)
    return fail(op, "it computes the statistics of training");
  Primitives p(rewriter, op);
  SmallVector<int64_t> axes = getAxesFrom(1, *rank - 1);
  auto perChannel = [&](Value value) {
    return axes.empty() ? value : p.unsqueeze(value, axes);
  };
  Value epsilon = p.number(Primitives::getElement(op.getInputVar()),
                           op.getEpsilon().convertToDouble());
  Value deviation = p.unary<SqrtOp>(p.add(op.getInputVar(), epsilon));
  Value factor = p.div(op.getScale(), deviation);
  Value centered = p.sub(op.getX(), perChannel(op.getInputMean()));
  Value scaled = p.mul(centered, perChannel(factor));
  p.replace(p.add(scaled, perChannel(op.getB())));
  return success();
}

template <typename OpTy>
LogicalResult
DecomposeGlobalPool<OpTy>::takeApart(OpTy op, PatternRewriter &rewriter) const {
  std::optional<int64_t> rank = getRank(op.getX());
  if (!rank || *rank < 3)
    return this->fail(op, "its operand has no known spatial axes");
  Primitives p(rewriter, op);
  SmallVector<int64_t> axes = getAxesFrom(2, *rank);
  p.replace(std::is_same_v<OpTy, GlobalMaxPoolOp> ? p.max(op.getX(), axes)
                                                  : p.mean(op.getX(), axes));
  return success();
}

void gac::populateDecomposeNormalization(RewritePatternSet &patterns,
                                         const DecompositionScope &scope) {
  patterns.add<DecomposeSoftmax, DecomposeLogSoftmax, DecomposeRMSNorm,
               DecomposeLayerNorm, DecomposeBatchNorm,
               DecomposeGlobalPool<GlobalAveragePoolOp>,
               DecomposeGlobalPool<GlobalMaxPoolOp>>(patterns.getContext(),
                                                     scope);
}
