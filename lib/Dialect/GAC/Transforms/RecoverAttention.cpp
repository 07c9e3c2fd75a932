//===- RecoverAttention.cpp - Attention from its parts --------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// softmax(cap(scale * Q K^T) + mask) V on four axes: batch, heads, rows, width;
// cap(x) = c * tanh(x / c) where there is one.
//
//===----------------------------------------------------------------------===//

#include "AttentionMask.h"
#include "Recovery.h"
#include "RotaryTables.h"
#include "llvm/ADT/STLExtras.h"

#include <cmath>
#include <utility>

using namespace mlir;
using namespace gac;

namespace {

/// The scores before mask and softmax.
struct Scores {
  Value q;
  /// What K is, but for the order of its axes.
  Value kSource;
  /// The axis of `kSource` that each of K is.
  SmallVector<int64_t, 4> perm;
  SymShape kShape;
  double scale = 1;
  double softcap = 0;
};

/// Root is the product of the probabilities with V.
struct RecoverAttention : RecoveryPattern<MatMulOp> {
  using RecoveryPattern::RecoveryPattern;

  LogicalResult matchAndRewrite(MatMulOp op,
                                PatternRewriter &rewriter) const override;

private:
  std::optional<std::pair<Value, double>> matchScaled(Value value) const;
  double unscale(Value &value, bool isOwn) const;
  bool matchTransposed(Value value, Scores &scores) const;
  std::optional<Scores> matchProduct(Value value) const;
  std::optional<Scores> matchCapped(Value value) const;
  std::optional<Scores> matchMasked(Value value, AttentionMask &mask,
                                    unsigned steps) const;
  bool haveAttentionShapes(const Scores &scores, Value v) const;
  Value makeK(PatternRewriter &rewriter, const Scores &scores) const;

  template <typename OpTy> OpTy getOwn(Value value, unsigned uses = 1) const {
    auto op = value.getDefiningOp<OpTy>();
    return op && recovery.hasLiveUses(op, uses) ? op : OpTy();
  }
};

} // namespace

//===----------------------------------------------------------------------===//
// Scores
//===----------------------------------------------------------------------===//

/// If `value` is a product with a number: the other factor and it.
std::optional<std::pair<Value, double>>
RecoverAttention::matchScaled(Value value) const {
  if (auto mul = value.getDefiningOp<MulOp>())
    for (auto [factor, number] : bothOrders(mul))
      if (std::optional<double> scale = recovery.getScalar(number))
        return std::pair(factor, *scale);
  if (auto div = value.getDefiningOp<DivOp>())
    if (std::optional<double> number = recovery.getScalar(div.getRhs());
        number && *number != 0)
      return std::pair(div.getLhs(), 1 / *number);
  return std::nullopt;
}

/// Goes back to what `value` is a multiple of, and returns which one. `isOwn`
/// if nothing else may read the multiples.
double RecoverAttention::unscale(Value &value, bool isOwn) const {
  double scale = 1;
  while (auto scaled = matchScaled(value)) {
    if (isOwn && !recovery.hasLiveUses(value.getDefiningOp()))
      break;
    scale *= scaled->second;
    value = scaled->first;
  }
  return scale;
}

static bool swapsLastTwo(std::optional<ArrayRef<int64_t>> perm) {
  return perm && *perm == ArrayRef<int64_t>{0, 2, 1};
}

/// The K of K^T: a Transpose that may move more axes, or one between Reshapes
/// that merge batch and heads.
bool RecoverAttention::matchTransposed(Value value, Scores &scores) const {
  auto shape = recovery.getShape(value);
  if (!shape || shape->size() != 4)
    return false;
  scores.kShape = *shape;
  std::swap(scores.kShape[2], scores.kShape[3]);
  if (auto transpose = value.getDefiningOp<TransposeOp>()) {
    auto perm = transpose.getPerm();
    if (!perm || perm->size() != 4)
      return false;
    scores.perm.assign({(*perm)[0], (*perm)[1], (*perm)[3], (*perm)[2]});
    scores.kSource = transpose.getData();
    return true;
  }
  auto split = value.getDefiningOp<ReshapeOp>();
  auto transpose =
      split ? split.getData().getDefiningOp<TransposeOp>() : TransposeOp();
  auto merge =
      transpose ? transpose.getData().getDefiningOp<ReshapeOp>() : ReshapeOp();
  if (!merge || !swapsLastTwo(transpose.getPerm()))
    return false;
  auto merged = recovery.getShape(merge.getResult());
  auto source = recovery.getShape(merge.getData());
  if (!merged || !source || merged->size() != 3 || source->size() != 4 ||
      (*merged)[1] != (*source)[2] || (*merged)[2] != (*source)[3] ||
      *source != scores.kShape)
    return false;
  scores.perm.assign({0, 1, 2, 3});
  scores.kSource = merge.getData();
  return true;
}

/// Q K^T, with what scales Q, K or the product.
std::optional<Scores> RecoverAttention::matchProduct(Value value) const {
  Scores scores;
  scores.scale = unscale(value, /*isOwn=*/true);
  auto product = getOwn<MatMulOp>(value);
  if (!product)
    return std::nullopt;
  scores.q = product.getA();
  scores.scale *= unscale(scores.q, /*isOwn=*/false);
  Value transposed = product.getB();
  scores.scale *= unscale(transposed, /*isOwn=*/false);
  if (!matchTransposed(transposed, scores))
    return std::nullopt;
  scores.scale *= unscale(scores.kSource, /*isOwn=*/false);
  return scores;
}

/// The same with soft-capping: c * tanh(scores / c).
std::optional<Scores> RecoverAttention::matchCapped(Value value) const {
  auto scaled = matchScaled(value);
  auto tanh = scaled ? getOwn<TanhOp>(scaled->first) : TanhOp();
  if (!tanh)
    return matchProduct(value);
  auto scores = matchProduct(tanh.getInput());
  if (!recovery.hasLiveUses(value.getDefiningOp()) || !scores ||
      !(scaled->second > 0))
    return std::nullopt;
  scores->softcap = scaled->second;
  scores->scale *= scores->softcap;
  return scores;
}

/// Exporters write one or two steps of masking.
static constexpr unsigned maxMaskSteps = 4;

std::optional<Scores> RecoverAttention::matchMasked(Value value,
                                                    AttentionMask &mask,
                                                    unsigned steps) const {
  if (auto scores = matchCapped(value))
    return scores;
  if (steps == 0 || !value.getDefiningOp() ||
      !recovery.hasLiveUses(value.getDefiningOp()))
    return std::nullopt;
  for (const AttentionMask::Step &step : mask.getSteps(value)) {
    mask.push(step);
    if (auto scores = matchMasked(step.scores, mask, steps - 1))
      return scores;
    mask.pop();
  }
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// The pattern
//===----------------------------------------------------------------------===//

/// MatMul broadcasts batches and heads; Attention does not.
bool RecoverAttention::haveAttentionShapes(const Scores &scores,
                                           Value v) const {
  auto one = recovery.getShape(scores.q), three = recovery.getShape(v);
  if (!one || !three || one->size() != 4 || three->size() != 4)
    return false;
  const SymShape &a = *one, &b = scores.kShape, &c = *three;
  return a[0] == b[0] && a[1] == b[1] && a[3] == b[3] && b[0] == c[0] &&
         b[1] == c[1] && b[2] == c[2];
}

/// K as batch x heads x rows x width.
Value RecoverAttention::makeK(PatternRewriter &rewriter,
                              const Scores &scores) const {
  if (llvm::equal(scores.perm, llvm::seq<int64_t>(0, 4)))
    return scores.kSource;
  Location loc = scores.kSource.getLoc();
  return TransposeOp::create(
      rewriter, loc, makeType(scores.kShape, getElementTypeOf(scores.kSource)),
      scores.kSource, rewriter.getDenseI64ArrayAttr(scores.perm));
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

  AttentionMask mask(recovery);
  std::optional<Scores> scores = matchMasked(input, mask, maxMaskSteps);
  Value v = op.getB();
  Type element = getElementTypeOf(op.getResult());
  if (!scores || !haveAttentionShapes(*scores, v) || !element ||
      llvm::any_of(
          std::initializer_list<Value>{scores->q, scores->kSource, v, input},
          [&](Value value) { return getElementTypeOf(value) != element; }))
    return failure();
  SymShape full = *recovery.getShape(scores->q);
  full[3] = scores->kShape[2];
  auto shape = recovery.getShape(input);
  if (!mask.isEmpty() &&
      (!shape || *shape != full || !mask.isExact(full, element, isGuarded)))
    return failure();
  auto scale = static_cast<float>(scores->scale);
  auto softcap = static_cast<float>(scores->softcap);
  if (!(scale > 0) || !std::isfinite(scale) || !std::isfinite(softcap))
    return failure();
  Value k = makeK(rewriter, *scores);
  Value operand = mask.make(rewriter, op.getLoc(), full, element, scores->q);
  auto attention = AttentionOp::create(
      rewriter, op.getLoc(), op.getResult().getType(), /*present_key=*/Type(),
      /*present_value=*/Type(), /*qk_matmul_output=*/Type(), scores->q, k, v,
      operand, /*past_key=*/Value(), /*past_value=*/Value(),
      /*nonpad_kv_seqlen=*/Value(), rewriter.getI64IntegerAttr(0),
      /*kv_num_heads=*/IntegerAttr(), /*q_num_heads=*/IntegerAttr(),
      /*qk_matmul_output_mode=*/IntegerAttr(), rewriter.getF32FloatAttr(scale),
      softcap != 0 ? rewriter.getF32FloatAttr(softcap) : FloatAttr(),
      precision);
  recovery.replace(rewriter, op.getResult(), attention);
  return success();
}

void gac::populateRecoverAttention(RewritePatternSet &patterns,
                                   Recovery &recovery) {
  patterns.add<RecoverAttention>(patterns.getContext(), recovery);
}
