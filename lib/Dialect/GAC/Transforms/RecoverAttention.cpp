//===- RecoverAttention.cpp - Attention from its parts
//----------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// softmax(scale * Q K^T + mask) V on four axes: batch, heads, rows, width.
//
//===----------------------------------------------------------------------===//

#include "Recovery.h"
#include "llvm/ADT/STLExtras.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace gac;

namespace {

/// The scores before the softmax.
struct Scores {
  Value q, k;
  double scale;
  /// Additive, or boolean and then true where a score counts.
  Value mask;
};

/// Root is the product of the probabilities with V.
struct RecoverAttention : RecoveryPattern<MatMulOp> {
  using RecoveryPattern::RecoveryPattern;

  LogicalResult matchAndRewrite(MatMulOp op,
                                PatternRewriter &rewriter) const override;

private:
  Value matchTransposed(Value value) const;
  std::optional<Scores> matchProduct(Value value) const;
  std::optional<Scores> matchMasked(Value value) const;
  bool leavesRows(Value mask) const;
  bool coversRows(Value condition) const;
  bool haveAttentionShapes(Value q, Value k, Value v) const;

  template <typename OpTy> OpTy getOwn(Value value, unsigned uses = 1) const {
    auto op = value.getDefiningOp<OpTy>();
    return op && recovery.hasLiveUses(op, uses) ? op : OpTy();
  }
};

} // namespace

//===----------------------------------------------------------------------===//
// Scores
//===----------------------------------------------------------------------===//

static bool swapsLastAxes(std::optional<ArrayRef<int64_t>> perm, size_t rank) {
  if (!perm || perm->size() != rank || rank < 2)
    return false;
  for (auto [axis, from] : llvm::enumerate(perm->drop_back(2)))
    if (static_cast<int64_t>(axis) != from)
      return false;
  return (*perm)[rank - 2] == static_cast<int64_t>(rank) - 1 &&
         (*perm)[rank - 1] == static_cast<int64_t>(rank) - 2;
}

/// The K of K^T: a Transpose, or one between Reshapes that merge batch and
/// heads.
Value RecoverAttention::matchTransposed(Value value) const {
  auto shape = recovery.getShape(value);
  if (!shape || shape->size() != 4)
    return {};
  if (auto transpose = value.getDefiningOp<TransposeOp>())
    return swapsLastAxes(transpose.getPerm(), 4) ? transpose.getData()
                                                 : Value();
  auto split = value.getDefiningOp<ReshapeOp>();
  auto transpose =
      split ? split.getData().getDefiningOp<TransposeOp>() : TransposeOp();
  auto merge =
      transpose ? transpose.getData().getDefiningOp<ReshapeOp>() : ReshapeOp();
  if (!merge || !swapsLastAxes(transpose.getPerm(), 3))
    return {};
  auto merged = recovery.getShape(merge.getResult());
  auto source = recovery.getShape(merge.getData());
  if (!merged || !source || merged->size() != 3 || source->size() != 4)
    return {};
  const SymShape &from = *source, &to = *shape;
  bool keepsRows = (*merged)[1] == from[2] && (*merged)[2] == from[3];
  bool isTransposed = to[0] == from[0] && to[1] == from[1] &&
                      to[2] == from[3] && to[3] == from[2];
  return keepsRows && isTransposed ? merge.getData() : Value();
}

/// Q K^T, with what scales Q, K or the product.
std::optional<Scores> RecoverAttention::matchProduct(Value value) const {
  double scale = 1;
  auto unscale = [&](Value factor) {
    if (auto scaled = matchScaled(factor)) {
      scale *= scaled->second;
      return scaled->first;
    }
    return factor;
  };
  if (auto scaled = matchScaled(value)) {
    if (!recovery.hasLiveUses(value.getDefiningOp()))
      return std::nullopt;
    value = unscale(value);
  }
  auto product = getOwn<MatMulOp>(value);
  if (!product)
    return std::nullopt;
  Value q = unscale(product.getA());
  Value k = matchTransposed(unscale(product.getB()));
  if (!k)
    return std::nullopt;
  return Scores{q, unscale(k), scale, Value()};
}

/// A number that no score is raised above: what masks.
static bool isMasking(Value value) {
  std::optional<double> number = getFloatConstant(value);
  Type type = getElementTypeOf(value);
  auto element = dyn_cast_or_null<FloatType>(type);
  if (!number || !element)
    return false;
  APFloat lowest = APFloat::getLargest(element.getFloatSemantics(), true);
  bool losesInfo = false;
  lowest.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven,
                 &losesInfo);
  return *number <= lowest.convertToDouble();
}

/// True if the condition leaves every row at least one score, whatever the
/// sizes are: the first one.
bool RecoverAttention::coversRows(Value condition) const {
  auto margin = recovery.getIndexFunctions().get(condition);
  if (!margin || margin->coefficients.size() < 2)
    return false;
  // At column 0 the margin must not be negative in any row.
  return margin->constant.isNonNegative() &&
         llvm::all_of(
             ArrayRef(margin->coefficients).drop_back(),
             [](const SymExpr &number) { return number.isNonNegative(); });
}

std::optional<Scores> RecoverAttention::matchMasked(Value value) const {
  if (auto add = getOwn<AddOp>(value))
    for (auto [product, mask] : bothOrders(add))
      if (auto scores = matchProduct(product)) {
        scores->mask = mask;
        return scores;
      }
  if (auto where = getOwn<WhereOp>(value)) {
    // What is masked is replaced. A row of which all is masked has equal
    // scores then, where Attention would return zero.
    auto scores = matchProduct(where.getX());
    if (scores && isMasking(where.getY()) &&
        (std::isinf(*getFloatConstant(where.getY())) ||
         coversRows(where.getCondition()))) {
      scores->mask = where.getCondition();
      return scores;
    }
    return std::nullopt;
  }
  return matchProduct(value);
}

/// True if the mask leaves no row of scores all minus infinity.
bool RecoverAttention::leavesRows(Value mask) const {
  Type element = getElementTypeOf(mask);
  if (element && element.isInteger(1))
    return coversRows(mask);
  auto isFinite = [](Value value) {
    std::optional<double> number = getFloatConstant(value);
    return number && std::isfinite(*number);
  };
  if (auto where = mask.getDefiningOp<WhereOp>();
      where && isFinite(where.getX()) && coversRows(where.getCondition()))
    return true;
  while (isa_and_nonnull<ExpandOp, UnsqueezeOp, SqueezeOp, ReshapeOp, SliceOp>(
      mask.getDefiningOp()))
    mask = mask.getDefiningOp()->getOperand(0);
  if (auto where = mask.getDefiningOp<WhereOp>())
    return isFinite(where.getX()) && isFinite(where.getY());
  return isFinite(mask);
}

//===----------------------------------------------------------------------===//
// The pattern
//===----------------------------------------------------------------------===//

/// MatMul broadcasts batches and heads; Attention does not.
bool RecoverAttention::haveAttentionShapes(Value q, Value k, Value v) const {
  auto one = recovery.getShape(q), two = recovery.getShape(k),
       three = recovery.getShape(v);
  if (!one || !two || !three || one->size() != 4 || two->size() != 4 ||
      three->size() != 4)
    return false;
  const SymShape &a = *one, &b = *two, &c = *three;
  return a[0] == b[0] && a[1] == b[1] && a[3] == b[3] && b[0] == c[0] &&
         b[1] == c[1] && b[2] == c[2];
}

LogicalResult
RecoverAttention::matchAndRewrite(MatMulOp op,
                                  PatternRewriter &rewriter) const {
  // Torch returns zero where all scores of a row are masked, as Attention does.
  Value probabilities = op.getA();
  bool isGuarded = false;
  if (auto guard = getOwn<WhereOp>(probabilities)) {
    auto isNaN = getOwn<IsNaNOp>(guard.getCondition());
    if (!isNaN || isNaN.getInput() != guard.getY() ||
        getFloatConstant(guard.getX()) != 0.0)
      return failure();
    probabilities = guard.getY();
    isGuarded = true;
  }
  auto narrowed = getOwn<CastOp>(probabilities, isGuarded ? 2 : 1);
  auto softmax = narrowed ? getOwn<SoftmaxOp>(narrowed.getInput())
                          : getOwn<SoftmaxOp>(probabilities, isGuarded ? 2 : 1);
  if (!softmax || getOnnxOpset(op) < 13 ||
      (softmax.getAxisAttr() && softmax.getAxisAttr().getInt() != -1 &&
       softmax.getAxisAttr().getInt() != 3))
    return failure();
  Value input = softmax.getInput();
  IntegerAttr precision;
  if (narrowed) {
    auto widened = getOwn<CastOp>(input);
    std::optional<int64_t> code = getFloatTypeCode(getElementTypeOf(input));
    if (!widened || !code)
      return failure();
    precision = rewriter.getI64IntegerAttr(*code);
    input = widened.getInput();
  }

  std::optional<Scores> scores = matchMasked(input);
  Value v = op.getB();
  Type element = getElementTypeOf(op.getResult());
  if (!scores || !haveAttentionShapes(scores->q, scores->k, v) || !element ||
      llvm::any_of(
          std::initializer_list<Value>{scores->q, scores->k, v, input},
          [&](Value value) { return getElementTypeOf(value) != element; }))
    return failure();
  if (Value mask = scores->mask) {
    auto shape = recovery.getShape(input), own = recovery.getShape(mask);
    auto q = recovery.getShape(scores->q), k = recovery.getShape(scores->k);
    SymShape full = {(*q)[0], (*q)[1], (*q)[2], (*k)[2]};
    // A mask that is too short is padded, not broadcast.
    Type maskElement = getElementTypeOf(mask);
    if (!shape || *shape != full || !own || own->size() < 2 ||
        own->back() != full.back() || !recovery.broadcastsTo(mask, full) ||
        !maskElement || (!maskElement.isInteger(1) && maskElement != element))
      return failure();
    if (!isGuarded && !leavesRows(mask))
      return failure();
  }
  float scale = static_cast<float>(scores->scale);
  if (!(scale > 0) || !std::isfinite(scale))
    return failure();
  auto attention = AttentionOp::create(
      rewriter, op.getLoc(), op.getResult().getType(), /*present_key=*/Type(),
      /*present_value=*/Type(), /*qk_matmul_output=*/Type(), scores->q,
      scores->k, v, scores->mask, /*past_key=*/Value(), /*past_value=*/Value(),
      /*nonpad_kv_seqlen=*/Value(), rewriter.getI64IntegerAttr(0),
      /*kv_num_heads=*/IntegerAttr(), /*q_num_heads=*/IntegerAttr(),
      /*qk_matmul_output_mode=*/IntegerAttr(), rewriter.getF32FloatAttr(scale),
      /*softcap=*/FloatAttr(), precision);
  recovery.replace(rewriter, op.getResult(), attention);
  return success();
}

void gac::populateRecoverAttention(RewritePatternSet &patterns,
                                   Recovery &recovery) {
  patterns.add<RecoverAttention>(patterns.getContext(), recovery);
}
