//===- DecomposeAttention.cpp - Attention and RotaryEmbedding -------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Decomposition.h"
#include "gac/Import/OnnxTypes.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace gac;

namespace {
struct DecomposeAttention : DecompositionPattern<AttentionOp> {
  using DecompositionPattern::DecompositionPattern;
  LogicalResult takeApart(AttentionOp op,
                          PatternRewriter &rewriter) const override;
};

struct DecomposeRotary : DecompositionPattern<RotaryEmbeddingOp> {
  using DecompositionPattern::DecompositionPattern;
  LogicalResult takeApart(RotaryEmbeddingOp op,
                          PatternRewriter &rewriter) const override;
};

/// Heads and their width; kDynamic where they are not known.
struct Heads {
  int64_t count, width;
};
} // namespace

/// The heads of an operand of rank 4, or of rank 3 with `count` of them.
static Heads getHeads(RankedTensorType type, int64_t count) {
  if (type.getRank() == 4)
    return {type.getDimSize(1), type.getDimSize(3)};
  int64_t width = type.getDimSize(2);
  return {count, ShapedType::isDynamic(width) || count == 0
                     ? ShapedType::kDynamic
                     : width / count};
}

/// `x` as (batch, heads, rows, width).
static Value splitHeads(Primitives &p, Value x, int64_t heads) {
  if (cast<RankedTensorType>(x.getType()).getRank() == 4)
    return x;
  return p.transpose(p.reshape(x, {0, 0, heads, -1}), {0, 2, 1, 3});
}

/// The reverse, for an op whose operand has rank 3.
static Value mergeHeads(Primitives &p, Value x) {
  return p.reshape(p.transpose(x, {0, 2, 1, 3}), {0, 0, -1});
}

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

/// K or V with each head as often as heads of Q share it.
static Value repeatHeads(Primitives &p, Value x, int64_t count, int64_t times,
                         int64_t width) {
  if (times == 1)
    return x;
  Value repeated = p.expand(p.unsqueeze(x, 2), p.integers({1, 1, times, 1, 1}));
  return p.reshape(repeated, {0, count * times, -1, width});
}

/// True where a query may look at a key: those before it and itself. `past` is
/// null or the keys of a cache, which come first.
static Value createCausalMask(Primitives &p, Value q, Value k, Value past) {
  Value rows = p.range(p.scalarSize(q, 2));
  if (past)
    rows = p.add(rows, p.size(past, 2));
  Value columns = p.range(p.scalarSize(k, 2));
  rows = p.unsqueeze(rows, 1);
  // LessOrEqual is of opset 12.
  return p.getOpset() < 12 ? p.compare<NotOp>(p.compare<LessOp>(rows, columns))
                           : p.compare<LessOrEqualOp>(columns, rows);
}

/// The same as a summand: minus infinity where a query may not look, else zero.
static Value createCausalSummand(Primitives &p, Value q, Value k, Value past,
                                 Type element) {
  // ONNX Runtime has no triangles of 16-bit floats.
  Value hidden = p.number(Float32Type::get(element.getContext()),
                          -std::numeric_limits<double>::infinity());
  Value one = p.integer(1);
  Value all = p.expand(hidden, p.concat({p.size(q, 2), p.size(k, 2)}, 0));
  Value diagonal = past ? p.add(p.scalarSize(past, 2), one) : one;
  return p.cast(p.upperTriangle(all, diagonal), element);
}

/// Whether an Expand leaves the last axis as it is.
static bool keepsColumns(ExpandOp expand) {
  auto from = dyn_cast<RankedTensorType>(expand.getInput().getType());
  auto to = dyn_cast<RankedTensorType>(expand.getResult().getType());
  if (from && to && from.getRank() > 0 &&
      !from.isDynamicDim(from.getRank() - 1) &&
      from.getShape().back() == to.getShape().back())
    return true;
  // One that recovery made has this size last.
  auto sizes = expand.getShape().getDefiningOp<ConcatOp>();
  auto last = sizes ? sizes.getInputs().back().getDefiningOp<ConstantOp>()
                    : ConstantOp();
  auto one = last ? dyn_cast<DenseIntElementsAttr>(last.getValueAttr())
                  : DenseIntElementsAttr();
  return one && one.getNumElements() == 1 &&
         (*one.value_begin<APInt>()).isOne();
}

/// The mask without what only repeats rows of it, which scores do as well. Not
/// so columns: a mask that has too few is padded.
static Value skipRepeatedRows(Value mask) {
  auto expand = mask ? mask.getDefiningOp<ExpandOp>() : ExpandOp();
  return expand && keepsColumns(expand) ? expand.getInput() : mask;
}

LogicalResult DecomposeAttention::takeApart(AttentionOp op,
                                            PatternRewriter &rewriter) const {
  auto qType = dyn_cast<RankedTensorType>(op.getQ().getType());
  auto kType = dyn_cast<RankedTensorType>(op.getK().getType());
  auto vType = dyn_cast<RankedTensorType>(op.getV().getType());
  if (!qType || !kType || !vType)
    return fail(op, "an operand of it has no known rank");
  if (op.getNonpadKvSeqlen())
    return fail(op, "it takes nonpad_kv_seqlen");
  if (op.getQkMatmulOutput())
    return fail(op, "its result qk_matmul_output is read");
  Heads q = getHeads(qType, op.getQNumHeads().value_or(0));
  Heads k = getHeads(kType, op.getKvNumHeads().value_or(0));
  Heads v = getHeads(vType, op.getKvNumHeads().value_or(0));
  for (int64_t size : {q.count, q.width, k.count, k.width, v.width})
    if (ShapedType::isDynamic(size))
      return fail(op, "the number or the width of its heads is not known");
  Type element = qType.getElementType(), softmaxElement = element;
  if (std::optional<int64_t> precision = op.getSoftmaxPrecision()) {
    softmaxElement =
        getElementType(static_cast<int32_t>(*precision), op.getContext());
    if (!isa_and_nonnull<FloatType>(softmaxElement))
      return fail(op, "its softmax_precision is " + Twine(*precision));
  }
  Type maskElement = Primitives::getElement(op.getAttnMask());
  if (op.getAttnMask() && !maskElement)
    return fail(op, "its mask is of unknown type");
  bool isCausal = op.getIsCausal() != 0;
  if (isCausal && getOnnxOpset(op) < 11)
    return fail(op, "it is causal, which is written with Range, of opset 11");

  Primitives p(rewriter, op);
  Value query = splitHeads(p, op.getQ(), q.count);
  Value key = splitHeads(p, op.getK(), k.count);
  Value value = splitHeads(p, op.getV(), v.count);
  if (op.getPastKey())
    key = p.concat({op.getPastKey(), key}, 2);
  if (op.getPastValue())
    value = p.concat({op.getPastValue(), value}, 2);
  Value presentKey = key, presentValue = value;
  int64_t times = q.count / k.count;
  key = repeatHeads(p, key, k.count, times, k.width);
  value = repeatHeads(p, value, v.count, times, v.width);

  double scale = op.getScale() ? op.getScale()->convertToDouble()
                               : 1 / std::sqrt(static_cast<double>(q.width));
  Value scores = p.matmul(p.mul(query, p.number(element, scale)),
                          p.transpose(key, {0, 1, 3, 2}));
  if (double cap = op.getSoftcap().convertToDouble(); cap != 0) {
    Value bound = p.number(element, cap);
    scores = p.mul(p.unary<TanhOp>(p.div(scores, bound)), bound);
  }
  double infinity = std::numeric_limits<double>::infinity();
  auto hide = [&](Value seen) {
    scores = p.where(seen, scores, p.number(element, -infinity));
  };
  if (isCausal && isForExport() && p.getOpset() >= 14)
    scores = p.add(
        scores, createCausalSummand(p, query, key, op.getPastKey(), element));
  else if (isCausal)
    hide(createCausalMask(p, query, key, op.getPastKey()));
  Value mask = skipRepeatedRows(op.getAttnMask());
  if (mask && maskElement.isInteger(1))
    hide(mask);
  else if (mask)
    scores = p.add(scores, mask);

  scores = p.cast(scores, softmaxElement);
  // Before opset 13 it matters how many axes a Softmax has.
  scores.setType(RankedTensorType::get(
      SmallVector<int64_t>(4, ShapedType::kDynamic), softmaxElement));
  Value shares = p.softmax(scores, 3);
  if (mask && !op->hasAttr(attr::seesKeys))
    // A row of which all is hidden gives zeros, not NaN.
    shares = p.where(p.compare<IsNaNOp>(shares), p.number(softmaxElement, 0),
                     shares);
  Value y = p.matmul(p.cast(shares, element), value);
  if (qType.getRank() == 3)
    y = mergeHeads(p, y);
  SmallVector<Value> results = {y};
  // A cache that is an operand of the op itself stays that operand's.
  for (auto [result, present] : {std::pair(op.getPresentKey(), presentKey),
                                 std::pair(op.getPresentValue(), presentValue)})
    if (result)
      results.push_back(present.getDefiningOp<ConcatOp>() ||
                                present.getDefiningOp<TransposeOp>()
                            ? present
                            : p.unary<IdentityOp>(present));
  p.replace(results);
  return success();
}

//===----------------------------------------------------------------------===//
// RotaryEmbedding
//===----------------------------------------------------------------------===//

LogicalResult DecomposeRotary::takeApart(RotaryEmbeddingOp op,
                                         PatternRewriter &rewriter) const {
  auto type = dyn_cast<RankedTensorType>(op.getX().getType());
  Type tableElement = Primitives::getElement(op.getCosCache());
  if (!type || !tableElement)
    return fail(op, "an operand of it has no known rank");
  Heads heads = getHeads(type, op.getNumHeads());
  if (ShapedType::isDynamic(heads.width))
    return fail(op, "the width of its heads is not known");
  int64_t rotated = op.getRotaryEmbeddingDim();
  if (rotated == 0)
    rotated = heads.width;
  int64_t half = rotated / 2;

  Primitives p(rewriter, op);
  Type element = type.getElementType();
  // Tables of a wider type are those that the op computes in.
  Value x = p.cast(splitHeads(p, op.getX(), heads.count), tableElement);
  auto getTable = [&](Value cache) {
    if (op.getPositionIds())
      cache = p.gather(cache, op.getPositionIds());
    return p.unsqueeze(cache, 1);
  };
  Value cos = getTable(op.getCosCache()), sin = getTable(op.getSinCache());
  bool isInterleaved = op.getInterleaved() != 0;
  Value first =
      isInterleaved ? p.slice(x, 3, 0, rotated, 2) : p.slice(x, 3, 0, half);
  Value second = isInterleaved ? p.slice(x, 3, 1, rotated, 2)
                               : p.slice(x, 3, half, rotated);
  Value real = p.sub(p.mul(cos, first), p.mul(sin, second));
  Value imaginary = p.add(p.mul(sin, first), p.mul(cos, second));
  Value y;
  if (isInterleaved) {
    Value pairs =
        p.concat({p.unsqueeze(real, 4), p.unsqueeze(imaginary, 4)}, 4);
    y = p.reshape(pairs, {0, 0, 0, rotated});
  } else {
    y = p.concat({real, imaginary}, 3);
  }
  if (rotated != heads.width)
    y = p.concat({y, p.slice(x, 3, rotated, heads.width)}, 3);
  y = p.cast(y, element);
  if (type.getRank() == 3)
    y = mergeHeads(p, y);
  p.replace(y);
  return success();
}

void gac::populateDecomposeAttention(RewritePatternSet &patterns,
                                     const DecompositionScope &scope) {
  patterns.add<DecomposeAttention, DecomposeRotary>(patterns.getContext(),
                                                    scope);
}
