//===- RecoverNormalization.cpp - RMSNormalization from its parts
//----------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Recovery.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace gac;

namespace {

/// x / sqrt(mean(x^2) + epsilon), computed in the type of x.
struct RootMeanSquare {
  Value x;
  /// How many of the last axes of x the mean is over.
  int64_t numAxes;
  float epsilon;
};

/// The root mean square times the scale.
struct RecoverRMSNormalization : RecoveryPattern<MulOp> {
  using RecoveryPattern::RecoveryPattern;

  LogicalResult matchAndRewrite(MulOp op,
                                PatternRewriter &rewriter) const override;

private:
  Value matchSquare(Value value) const;
  std::optional<RootMeanSquare> matchMean(Value value) const;
  std::optional<Value> matchInverseRoot(Value value) const;
  std::optional<RootMeanSquare> matchNormalized(Value value) const;

  /// The operation that computes `value`, if the pattern alone reads it.
  template <typename OpTy> OpTy getOwn(Value value) const {
    auto op = value.getDefiningOp<OpTy>();
    return op && recovery.hasLiveUses(op) ? op : OpTy();
  }
};

} // namespace

/// The x of x * x or x^2, else null.
Value RecoverRMSNormalization::matchSquare(Value value) const {
  if (auto mul = getOwn<MulOp>(value))
    return mul.getLhs() == mul.getRhs() ? mul.getLhs() : Value();
  if (auto pow = getOwn<PowOp>(value))
    return getFloatConstant(pow.getRhs()) == 2.0 ? pow.getLhs() : Value();
  return {};
}

/// mean(x^2) + epsilon.
std::optional<RootMeanSquare>
RecoverRMSNormalization::matchMean(Value value) const {
  auto add = getOwn<AddOp>(value);
  if (!add)
    return std::nullopt;
  for (auto [sum, constant] : bothOrders(add)) {
    std::optional<double> epsilon = getFloatConstant(constant);
    auto mean = getOwn<ReduceMeanOp>(sum);
    // The attribute of the operation is an f32.
    if (!epsilon || static_cast<float>(*epsilon) != *epsilon || !mean ||
        mean.getKeepdims() != 1)
      continue;
    Value x = matchSquare(mean.getData());
    if (!x)
      continue;
    auto shape = recovery.getShape(x);
    auto axes = recovery.getNumbers(mean.getAxes(), mean.getAxesOperand());
    if (!shape || !axes || axes->empty())
      continue;
    int64_t rank = shape->size(), numAxes = axes->size();
    for (int64_t &axis : *axes)
      axis = axis < 0 ? axis + rank : axis;
    llvm::sort(*axes);
    bool areLast = llvm::all_of(llvm::enumerate(*axes), [&](auto entry) {
      return entry.value() ==
             rank - numAxes + static_cast<int64_t>(entry.index());
    });
    if (areLast)
      return RootMeanSquare{x, numAxes, static_cast<float>(*epsilon)};
  }
  return std::nullopt;
}

/// The v of 1 / sqrt(v) in any of its spellings.
std::optional<Value>
RecoverRMSNormalization::matchInverseRoot(Value value) const {
  Value root;
  if (auto reciprocal = getOwn<ReciprocalOp>(value))
    root = reciprocal.getInput();
  else if (auto div = getOwn<DivOp>(value);
           div && getFloatConstant(div.getLhs()) == 1.0)
    root = div.getRhs();
  else if (auto pow = getOwn<PowOp>(value);
           pow && getFloatConstant(pow.getRhs()) == -0.5)
    return pow.getLhs();
  if (!root)
    return std::nullopt;
  auto sqrt = getOwn<SqrtOp>(root);
  return sqrt ? std::optional<Value>(sqrt.getInput()) : std::nullopt;
}

std::optional<RootMeanSquare>
RecoverRMSNormalization::matchNormalized(Value value) const {
  if (auto mul = getOwn<MulOp>(value))
    for (auto [x, factor] : bothOrders(mul))
      if (auto square = matchInverseRoot(factor))
        if (auto mean = matchMean(*square); mean && mean->x == x)
          return mean;
  if (auto div = getOwn<DivOp>(value))
    if (auto sqrt = getOwn<SqrtOp>(div.getRhs()))
      if (auto mean = matchMean(sqrt.getInput());
          mean && mean->x == div.getLhs())
        return mean;
  return std::nullopt;
}

LogicalResult
RecoverRMSNormalization::matchAndRewrite(MulOp op,
                                         PatternRewriter &rewriter) const {
  for (auto [scale, value] : bothOrders(op)) {
    // Models in half precision normalise in f32 and scale in their own type.
    auto narrowed = getOwn<CastOp>(value);
    auto match = matchNormalized(narrowed ? narrowed.getInput() : value);
    if (!match)
      continue;
    std::optional<int64_t> stashType =
        getFloatTypeCode(getElementTypeOf(match->x));
    Value x = match->x;
    if (narrowed) {
      auto widened = x.getDefiningOp<CastOp>();
      if (!widened)
        continue;
      x = widened.getInput();
    }
    Type element = getElementTypeOf(x);
    auto shape = recovery.getShape(x), scaleShape = recovery.getShape(scale);
    if (!stashType || !element || !getFloatTypeCode(element) ||
        element != getElementTypeOf(scale) ||
        element != getElementTypeOf(value) || !shape || !scaleShape)
      continue;
    // The scale has the shape of what is normalised, or broadcasts to it.
    int64_t rank = scaleShape->size();
    if (rank == 0 || rank > match->numAxes ||
        !recovery.broadcastsTo(scale, *shape))
      continue;
    auto norm = RMSNormalizationOp::create(
        rewriter, op.getLoc(), op.getResult().getType(), x, scale,
        rewriter.getI64IntegerAttr(-match->numAxes),
        rewriter.getF32FloatAttr(match->epsilon),
        rewriter.getI64IntegerAttr(*stashType));
    recovery.replace(rewriter, op.getResult(), norm);
    return success();
  }
  return failure();
}

void gac::populateRecoverNormalization(RewritePatternSet &patterns,
                                       Recovery &recovery) {
  patterns.add<RecoverRMSNormalization>(patterns.getContext(), recovery);
}
