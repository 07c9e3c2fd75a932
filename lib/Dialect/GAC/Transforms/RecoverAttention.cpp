//===- RecoverAttention.cpp - Attention from its parts --------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// softmax(cap(scale * Q K^T) + mask) V on four axes: batch, heads, rows, width;
// cap(x) = c * tanh(x / c) where there is one. Batch and heads may be one axis
// of three in between.
//
//===----------------------------------------------------------------------===//

#include "AttentionMask.h"
#include "OpsetForms.h"
#include "Recovery.h"
#include "RotaryTables.h"
#include "gac/Dialect/GAC/Transforms/Decompose.h"
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

/// Batch and heads of the result.
struct Batch {
  SymExpr batch, heads;
};

/// Root is the product of the probabilities with V.
struct RecoverAttention : RecoveryPattern<MatMulOp> {
  using RecoveryPattern::RecoveryPattern;

  LogicalResult matchAndRewrite(MatMulOp op,
                                PatternRewriter &rewriter) const override;

private:
  Value getResult(MatMulOp op) const;
  Value unmerge(Value value, const Batch &batch) const;
  Value skipReshape(Value value, const Batch &batch) const;
  std::optional<SymShape> getSplitShape(Value value, const Batch &batch) const;
  Value split(PatternRewriter &rewriter, Value value, const Batch &batch,
              Value sizes) const;
  std::optional<std::pair<Value, double>> matchScaled(Value value) const;
  double unscale(Value &value, bool isOwn) const;
  bool matchTransposed(Value value, const Batch &batch, Scores &scores) const;
  std::optional<Scores> matchProduct(Value value, const Batch &batch) const;
  std::optional<Scores> matchCapped(Value value, const Batch &batch) const;
  std::optional<Scores> matchMasked(Value value, const Batch &batch,
                                    AttentionMask &mask, unsigned steps) const;
  bool haveAttentionShapes(const Scores &scores, Value v,
                           const Batch &batch) const;
  Value makeK(PatternRewriter &rewriter, const Scores &scores,
              const Batch &batch, Value sizes) const;

  template <typename OpTy> OpTy getOwn(Value value, unsigned uses = 1) const {
    auto op = value.getDefiningOp<OpTy>();
    return op && recovery.hasLiveUses(op, uses) ? op : OpTy();
  }
};

} // namespace

//===----------------------------------------------------------------------===//
// Batch and heads as one axis
//===----------------------------------------------------------------------===//

/// True if nothing but `reader` reads the product's numbers. Its sizes may be
/// read if V has the same ones.
static bool isReadBy(const Recovery &recovery, MatMulOp op, Operation *reader) {
  return llvm::all_of(op->getUsers(), [&](Operation *user) {
    return user == reader || recovery.isDead(user) ||
           (isa<ShapeOp>(user) &&
            recovery.haveEqualShapes(op.getB(), op.getResult()));
  });
}

/// What the attention computes, on four axes: the product, or what splits its
/// first axis into batch and heads.
Value RecoverAttention::getResult(MatMulOp op) const {
  auto shape = recovery.getShape(op.getResult());
  if (!shape || shape->size() == 4)
    return shape ? op.getResult() : Value();
  if (shape->size() != 3)
    return {};
  for (Operation *user : op->getUsers()) {
    auto reshape = dyn_cast<ReshapeOp>(user);
    auto split =
        reshape ? recovery.getShape(reshape.getResult()) : std::nullopt;
    if (split && split->size() == 4 && !recovery.isDead(reshape) &&
        isReadBy(recovery, op, reshape) &&
        (*split)[0] * (*split)[1] == (*shape)[0] &&
        (*split)[2] == (*shape)[1] && (*split)[3] == (*shape)[2])
      return reshape.getResult();
  }
  return {};
}

/// What has batch and heads as two axes, of a value that may have one of both:
/// that one if nothing else is known, for `split`; else null.
Value RecoverAttention::unmerge(Value value, const Batch &batch) const {
  auto shape = recovery.getShape(value);
  if (!shape || shape->size() == 4)
    return shape ? value : Value();
  auto reshape = value.getDefiningOp<ReshapeOp>();
  auto source = reshape ? recovery.getShape(reshape.getData()) : std::nullopt;
  bool isMerged = shape->size() == 3 && source && source->size() == 4 &&
                  (*source)[0] == batch.batch && (*source)[1] == batch.heads &&
                  (*source)[2] == (*shape)[1] && (*source)[3] == (*shape)[2];
  if (isMerged)
    return reshape.getData();
  return shape->size() == 3 && shape->front() == batch.batch * batch.heads
             ? value
             : Value();
}

/// The shape of what `unmerge` returns, with batch and heads told apart.
std::optional<SymShape>
RecoverAttention::getSplitShape(Value value, const Batch &batch) const {
  auto shape = recovery.getShape(value);
  if (!shape || shape->size() != 3)
    return shape;
  return SymShape{batch.batch, batch.heads, (*shape)[1], (*shape)[2]};
}

/// Makes two axes of batch and heads where they are one. `sizes` has both.
Value RecoverAttention::split(PatternRewriter &rewriter, Value value,
                              const Batch &batch, Value sizes) const {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!type || type.getRank() != 3)
    return value;
  Location loc = value.getLoc();
  SymShape shape = *getSplitShape(value, batch);
  RankedTensorType whole = makeType(shape, type.getElementType());
  auto list = RankedTensorType::get({4}, rewriter.getI64Type());
  Value target;
  if (whole.hasStaticShape())
    target = ConstantOp::create(rewriter, loc, list,
                                DenseElementsAttr::get(list, whole.getShape()),
                                /*form=*/StringAttr());
  else
    target =
        ConcatOp::create(rewriter, loc, list,
                         ValueRange{createSizes(rewriter, loc, sizes, 0, 2),
                                    createSizes(rewriter, loc, value, 1, 2)},
                         rewriter.getI64IntegerAttr(0));
  // Rows that are merged from more axes are split from these.
  if (auto reshape = value.getDefiningOp<ReshapeOp>())
    value = reshape.getData();
  // Only an empty tensor is another one without.
  IntegerAttr allowZero = getOnnxOpset(rewriter) >= 14
                              ? rewriter.getI64IntegerAttr(1)
                              : IntegerAttr();
  return ReshapeOp::create(rewriter, loc, whole, value, target, allowZero);
}

/// Goes back over what only merges or splits batch and heads of scores.
Value RecoverAttention::skipReshape(Value value, const Batch &batch) const {
  auto reshape = getOwn<ReshapeOp>(value);
  auto to = recovery.getShape(value);
  auto from = reshape ? recovery.getShape(reshape.getData()) : std::nullopt;
  if (!from || !to || from->size() + to->size() != 7)
    return value;
  const SymShape &four = from->size() == 4 ? *from : *to;
  const SymShape &three = from->size() == 4 ? *to : *from;
  bool isMerged = three.size() == 3 && four[0] == batch.batch &&
                  four[1] == batch.heads &&
                  three[0] == batch.batch * batch.heads &&
                  three[1] == four[2] && three[2] == four[3];
  return isMerged ? reshape.getData() : value;
}

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

static bool swapsLastTwo(TransposeOp op) {
  auto perm = op.getPerm();
  return perm && *perm == ArrayRef<int64_t>{0, 2, 1};
}

/// The K of K^T: a Transpose that may move more axes, or one of three axes.
bool RecoverAttention::matchTransposed(Value value, const Batch &batch,
                                       Scores &scores) const {
  auto shape = recovery.getShape(value);
  if (!shape || shape->size() < 3)
    return false;
  SymExpr rows = shape->back(), width = (*shape)[shape->size() - 2];
  scores.kShape = {batch.batch, batch.heads, rows, width};
  scores.perm.assign({0, 1, 2, 3});
  // Batch and heads are merged for the Transpose, or already before.
  auto split =
      shape->size() == 4 ? value.getDefiningOp<ReshapeOp>() : ReshapeOp();
  auto transpose =
      (split ? split.getData() : value).getDefiningOp<TransposeOp>();
  if (transpose && swapsLastTwo(transpose)) {
    auto merged = recovery.getShape(transpose.getData());
    scores.kSource = merged && merged->size() == 3
                         ? unmerge(transpose.getData(), batch)
                         : Value();
    return scores.kSource &&
           getSplitShape(scores.kSource, batch) == scores.kShape;
  }
  // On four axes, in any order.
  Value whole = unmerge(value, batch);
  transpose = whole ? whole.getDefiningOp<TransposeOp>() : TransposeOp();
  auto perm = transpose ? transpose.getPerm() : std::nullopt;
  auto sizes = transpose ? recovery.getShape(whole) : std::nullopt;
  if (!perm || perm->size() != 4 || !sizes)
    return false;
  scores.kShape = {(*sizes)[0], (*sizes)[1], rows, width};
  scores.perm.assign({(*perm)[0], (*perm)[1], (*perm)[3], (*perm)[2]});
  scores.kSource = transpose.getData();
  return true;
}

/// Q K^T, with what scales Q, K or the product.
std::optional<Scores> RecoverAttention::matchProduct(Value value,
                                                     const Batch &batch) const {
  Scores scores;
  value = skipReshape(value, batch);
  scores.scale = unscale(value, /*isOwn=*/true);
  auto product = getOwn<MatMulOp>(skipReshape(value, batch));
  if (!product)
    return std::nullopt;
  Value q = product.getA(), transposed = product.getB();
  scores.scale *= unscale(q, /*isOwn=*/false);
  scores.q = unmerge(q, batch);
  if (!scores.q)
    return std::nullopt;
  scores.scale *= unscale(scores.q, /*isOwn=*/false);
  scores.scale *= unscale(transposed, /*isOwn=*/false);
  if (!matchTransposed(transposed, batch, scores))
    return std::nullopt;
  scores.scale *= unscale(scores.kSource, /*isOwn=*/false);
  return scores;
}

/// The same with soft-capping: c * tanh(scores / c).
std::optional<Scores> RecoverAttention::matchCapped(Value value,
                                                    const Batch &batch) const {
  auto scaled = matchScaled(value);
  auto tanh = scaled ? getOwn<TanhOp>(scaled->first) : TanhOp();
  if (!tanh)
    return matchProduct(value, batch);
  auto scores = matchProduct(tanh.getInput(), batch);
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
                                                    const Batch &batch,
                                                    AttentionMask &mask,
                                                    unsigned steps) const {
  if (auto scores = matchCapped(value, batch))
    return scores;
  value = skipReshape(value, batch);
  if (steps == 0 || !value.getDefiningOp() ||
      !recovery.hasLiveUses(value.getDefiningOp()))
    return std::nullopt;
  for (const AttentionMask::Step &step : mask.getSteps(value)) {
    mask.push(step);
    if (auto scores = matchMasked(step.scores, batch, mask, steps - 1))
      return scores;
    mask.pop();
  }
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// The pattern
//===----------------------------------------------------------------------===//

/// MatMul broadcasts batches and heads; Attention does not.
bool RecoverAttention::haveAttentionShapes(const Scores &scores, Value v,
                                           const Batch &batch) const {
  auto one = getSplitShape(scores.q, batch), three = getSplitShape(v, batch);
  if (!one || !three || one->size() != 4 || three->size() != 4)
    return false;
  const SymShape &a = *one, &b = scores.kShape, &c = *three;
  return a[0] == b[0] && a[1] == b[1] && a[3] == b[3] && b[0] == c[0] &&
         b[1] == c[1] && b[2] == c[2];
}

/// K as batch x heads x rows x width.
Value RecoverAttention::makeK(PatternRewriter &rewriter, const Scores &scores,
                              const Batch &batch, Value sizes) const {
  if (llvm::equal(scores.perm, llvm::seq<int64_t>(0, 4)))
    return split(rewriter, scores.kSource, batch, sizes);
  Location loc = scores.kSource.getLoc();
  return TransposeOp::create(
      rewriter, loc, makeType(scores.kShape, getElementTypeOf(scores.kSource)),
      scores.kSource, rewriter.getDenseI64ArrayAttr(scores.perm));
}

LogicalResult
RecoverAttention::matchAndRewrite(MatMulOp op,
                                  PatternRewriter &rewriter) const {
  Value result = getResult(op);
  if (!result)
    return failure();
  SymShape results = *recovery.getShape(result);
  Batch batch = {results[0], results[1]};
  Value v = unmerge(op.getB(), batch);
  if (!v)
    return failure();
  // Torch returns zero where all scores of a row are masked, as Attention does.
  Value probabilities = skipReshape(op.getA(), batch);
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
  // Casts to the same type stay behind where models narrow in other types.
  while (narrowed &&
         getElementTypeOf(narrowed.getInput()) ==
             getElementTypeOf(narrowed.getResult()) &&
         !isGuarded) {
    probabilities = skipReshape(narrowed.getInput(), batch);
    narrowed = getOwn<CastOp>(probabilities);
  }
  auto softmax = narrowed ? getOwn<SoftmaxOp>(narrowed.getInput())
                          : getOwn<SoftmaxOp>(probabilities, isGuarded ? 2 : 1);
  auto scored = softmax ? recovery.getShape(softmax.getResult()) : std::nullopt;
  int64_t axis = getOnnxOpset(op) < 13 ? 1 : -1;
  if (softmax && softmax.getAxisAttr())
    axis = softmax.getAxisAttr().getInt();
  // Before opset 13 all axes from `axis` on were normalised as one, from 1 on
  // if it is not stated.
  if (!scored ||
      (axis != -1 && axis != static_cast<int64_t>(scored->size()) - 1))
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
  std::optional<Scores> scores = matchMasked(input, batch, mask, maxMaskSteps);
  Type element = getElementTypeOf(result);
  if (!scores || !haveAttentionShapes(*scores, v, batch) || !element ||
      llvm::any_of(
          std::initializer_list<Value>{scores->q, scores->kSource, v, input},
          [&](Value value) { return getElementTypeOf(value) != element; }))
    return failure();
  SymShape full = *getSplitShape(scores->q, batch);
  full[3] = scores->kShape[2];
  SymShape merged = {full[0] * full[1], full[2], full[3]};
  if (!mask.isEmpty() && ((*scored != full && *scored != merged) ||
                          !mask.isExact(full, element, isGuarded,
                                        getOnnxOpset(op) >= kStableOpset)))
    return failure();
  auto scale = static_cast<float>(scores->scale);
  auto softcap = static_cast<float>(scores->softcap);
  if (!(scale > 0) || !std::isfinite(scale) || !std::isfinite(softcap))
    return failure();
  // What is split needs sizes: numbers, or those of what is not merged.
  auto isMerged = [&](Value value) {
    return recovery.getShape(value)->size() == 3;
  };
  Value sizes = isMerged(scores->q) ? v : scores->q;
  auto hasNumbers = [](ArrayRef<SymExpr> shape) {
    return llvm::all_of(shape,
                        [](const SymExpr &size) { return size.isConstant(); });
  };
  if (isMerged(sizes) &&
      (!hasNumbers(*getSplitShape(scores->q, batch)) ||
       !hasNumbers(scores->kShape) || !hasNumbers(*getSplitShape(v, batch))))
    return failure();
  Value q = split(rewriter, scores->q, batch, sizes);
  v = split(rewriter, v, batch, sizes);
  Value k = makeK(rewriter, *scores, batch, sizes);
  Value operand = mask.make(rewriter, op.getLoc(), full, element, q);
  auto attention = AttentionOp::create(
      rewriter, op.getLoc(), result.getType(), /*present_key=*/Type(),
      /*present_value=*/Type(), /*qk_matmul_output=*/Type(), q, k, v, operand,
      /*past_key=*/Value(), /*past_value=*/Value(),
      /*nonpad_kv_seqlen=*/Value(), rewriter.getI64IntegerAttr(0),
      /*kv_num_heads=*/IntegerAttr(), /*q_num_heads=*/IntegerAttr(),
      /*qk_matmul_output_mode=*/IntegerAttr(), rewriter.getF32FloatAttr(scale),
      softcap != 0 ? rewriter.getF32FloatAttr(softcap) : FloatAttr(),
      precision);
  if (operand && !isGuarded &&
      getOnnxOpset(op) < AttentionOp::getOnnxOpInfo().since)
    attention->setAttr(attr::seesKeys, rewriter.getUnitAttr());
  // Else the product would stay for its sizes.
  if (op.getResult() != result)
    rewriter.replaceUsesWithIf(op.getResult(), op.getB(), [](OpOperand &use) {
      return isa<ShapeOp>(use.getOwner());
    });
  recovery.replace(rewriter, result, attention);
  return success();
}

void gac::populateRecoverAttention(RewritePatternSet &patterns,
                                   Recovery &recovery) {
  patterns.add<RecoverAttention>(patterns.getContext(), recovery);
}
