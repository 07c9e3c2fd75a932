//===- RecoverRotary.cpp - RotaryEmbedding from its parts -----------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Pairs of numbers are rotated, [x1|x2] where these are halves, or neighbours:
//
//   x * [cos|cos] + [-x2|x1] * [sin|sin], or
//   [x1 * cos - x2 * sin | x2 * cos + x1 * sin]
//
// All of a head, or its first numbers only.
//
//===----------------------------------------------------------------------===//

#include "OpsetForms.h"
#include "Recovery.h"
#include "RotaryTables.h"
#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

using namespace mlir;
using namespace gac;

//===----------------------------------------------------------------------===//
// Parts of the last axis
//===----------------------------------------------------------------------===//

namespace {

/// The first or second numbers of all pairs of `x`.
struct Part {
  Value x;
  bool isSecond;
  PairLayout pairs;
};

/// One after the other, or taking turns. `keepsAxis` if the two have a last
/// axis of size 1, along which they are put together.
struct Joined {
  Value first, second;
  PairLayout pairs;
  bool keepsAxis = false;
};

/// A range of the last axis.
struct Range {
  Value x;
  int64_t start, end, step;
};

} // namespace

/// The size of the last axis, or of the one before if that one is an axis more.
static std::optional<int64_t> getWidth(const Recovery &recovery, Value value,
                                       bool hasMore = false) {
  auto shape = recovery.getShape(value);
  if (shape && hasMore && !shape->empty())
    shape->pop_back();
  return shape && !shape->empty() ? shape->back().getConstant() : std::nullopt;
}

/// What of the last axis `value` is, if a Slice or Split takes it.
static std::optional<Range> matchRange(Recovery &recovery, Value value) {
  if (auto split = value.getDefiningOp<SplitOp>()) {
    if (!isLastAxis(recovery, split.getAxis(), split.getInput()))
      return std::nullopt;
    int64_t start = 0;
    for (Value part : split.getResults()) {
      std::optional<int64_t> width = getWidth(recovery, part);
      if (!width)
        return std::nullopt;
      if (part == value)
        return Range{split.getInput(), start, start + *width, 1};
      start += *width;
    }
    return std::nullopt;
  }
  auto slice = value.getDefiningOp<SliceOp>();
  if (!slice)
    return std::nullopt;
  auto starts =
      recovery.getNumbers(slice.getStarts(), slice.getStartsOperand());
  auto ends = recovery.getNumbers(slice.getEnds(), slice.getEndsOperand());
  auto axes = recovery.getNumbers(slice.getAxes(), slice.getAxesOperand());
  auto steps = recovery.getNumbers({}, slice.getStepsOperand());
  std::optional<int64_t> width = getWidth(recovery, slice.getData());
  if (!width || !starts || !ends || !axes || starts->size() != 1 ||
      ends->size() != 1 || axes->size() != 1 ||
      !isLastAxis(recovery, axes->front(), slice.getData()) ||
      (slice.getStepsOperand() && (!steps || steps->size() != 1)))
    return std::nullopt;
  auto clamp = [&](int64_t bound) {
    return bound < 0 ? std::max(bound, -*width) + *width
                     : std::min(bound, *width);
  };
  return Range{slice.getData(), clamp(starts->front()), clamp(ends->front()),
               steps ? steps->front() : 1};
}

/// The x that `value` has with its last axis split into pairs.
static Value matchPairs(Recovery &recovery, Value value) {
  auto reshape = value.getDefiningOp<ReshapeOp>();
  auto shape = recovery.getShape(value);
  auto from = reshape ? recovery.getShape(reshape.getData()) : std::nullopt;
  if (!shape || !from || from->empty() || shape->size() != from->size() + 1 ||
      shape->back() != SymExpr(2) ||
      ArrayRef(*shape).drop_back(2) != ArrayRef(*from).drop_back() ||
      (*shape)[from->size() - 1] * SymExpr(2) != from->back())
    return {};
  return reshape.getData();
}

/// The first or second of pairs that are an axis of their own, which stays.
static std::optional<Part> matchKeptPart(Recovery &recovery, Value value) {
  auto range = matchRange(recovery, value);
  Value x = range ? matchPairs(recovery, range->x) : Value();
  if (!x || range->step != 1 || range->end != range->start + 1)
    return std::nullopt;
  return Part{x, range->start == 1, PairLayout::Neighbours};
}

static std::optional<Part> matchPart(Recovery &recovery, Value value) {
  if (auto range = matchRange(recovery, value)) {
    std::optional<int64_t> width = getWidth(recovery, range->x);
    if (!width || *width % 2 != 0)
      return std::nullopt;
    if (range->step == 1 && range->end - range->start == *width / 2 &&
        (range->start == 0 || range->end == *width))
      return Part{range->x, range->start != 0, PairLayout::Halves};
    if (range->step == 2 && range->start < 2 &&
        range->end > *width - 2 + range->start)
      return Part{range->x, range->start == 1, PairLayout::Neighbours};
    return std::nullopt;
  }
  if (auto gather = value.getDefiningOp<GatherOp>()) {
    auto index = recovery.getNumbers({}, gather.getIndices());
    auto shape = recovery.getShape(gather.getIndices());
    Value x = matchPairs(recovery, gather.getData());
    if (!x || !index || !shape || !shape->empty() ||
        !isLastAxis(recovery, gather.getAxis(), gather.getData()) ||
        index->front() < 0 || index->front() > 1)
      return std::nullopt;
    return Part{x, index->front() == 1, PairLayout::Neighbours};
  }
  auto squeeze = value.getDefiningOp<SqueezeOp>();
  if (!squeeze)
    return std::nullopt;
  auto axes = recovery.getNumbers(squeeze.getAxes(), squeeze.getAxesOperand());
  if (!axes || axes->size() != 1 ||
      !isLastAxis(recovery, axes->front(), squeeze.getData()))
    return std::nullopt;
  return matchKeptPart(recovery, squeeze.getData());
}

/// The same of parts that were put together.
static std::optional<Part> matchPart(Recovery &recovery, Value value,
                                     const Joined &joined) {
  return joined.keepsAxis ? matchKeptPart(recovery, value)
                          : matchPart(recovery, value);
}

/// What a last axis of size 1 was added to, if it was.
static Value matchAddedAxis(Recovery &recovery, Value value) {
  auto unsqueeze = value.getDefiningOp<UnsqueezeOp>();
  auto axes = unsqueeze ? recovery.getNumbers(unsqueeze.getAxes(),
                                              unsqueeze.getAxesOperand())
                        : std::nullopt;
  bool isLast = axes && axes->size() == 1 &&
                isLastAxis(recovery, axes->front(), unsqueeze.getResult());
  return isLast ? unsqueeze.getData() : Value();
}

static std::optional<Joined> matchJoined(Recovery &recovery, Value value) {
  if (auto concat = value.getDefiningOp<ConcatOp>()) {
    if (concat.getInputs().size() != 2 ||
        !isLastAxis(recovery, concat.getAxis(), value))
      return std::nullopt;
    return Joined{concat.getInputs()[0], concat.getInputs()[1],
                  PairLayout::Halves};
  }
  auto reshape = value.getDefiningOp<ReshapeOp>();
  auto concat =
      reshape ? reshape.getData().getDefiningOp<ConcatOp>() : ConcatOp();
  auto whole = recovery.getShape(value);
  auto pairs = concat ? recovery.getShape(concat.getResult()) : std::nullopt;
  if (!whole || !pairs || concat.getInputs().size() != 2 ||
      !recovery.hasLiveUses(concat) ||
      !isLastAxis(recovery, concat.getAxis(), concat.getResult()) ||
      whole->empty() || pairs->size() != whole->size() + 1 ||
      pairs->back() != SymExpr(2) ||
      ArrayRef(*pairs).drop_back(2) != ArrayRef(*whole).drop_back() ||
      (*pairs)[whole->size() - 1] * SymExpr(2) != whole->back())
    return std::nullopt;
  Value first = concat.getInputs()[0], second = concat.getInputs()[1];
  Value one = matchAddedAxis(recovery, first);
  Value two = matchAddedAxis(recovery, second);
  if (one && two)
    return Joined{one, two, PairLayout::Neighbours};
  auto width = recovery.getShape(first);
  if (one || two || !width || !width->back().isOne())
    return std::nullopt;
  return Joined{first, second, PairLayout::Neighbours, /*keepsAxis=*/true};
}

//===----------------------------------------------------------------------===//
// The operation
//===----------------------------------------------------------------------===//

/// Heads and positions swapped.
static constexpr std::array<int64_t, 4> kSwapped = {0, 2, 1, 3};

static Value swapHeads(PatternRewriter &rewriter, Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  SmallVector<int64_t> sizes(type.getShape());
  std::swap(sizes[1], sizes[2]);
  return TransposeOp::create(rewriter, value.getLoc(), type.clone(sizes), value,
                             rewriter.getDenseI64ArrayAttr(kSwapped));
}

/// The value whose heads and positions are swapped.
static Value matchSwapped(Value value) {
  auto transpose = value.getDefiningOp<TransposeOp>();
  return transpose && transpose.getPerm() == ArrayRef<int64_t>(kSwapped)
             ? transpose.getData()
             : Value();
}

/// The cache with rows for each batch of `x`, where the number of these is
/// known: runtimes do not let one stand for more. Of numbers that are not
/// known, most are one.
static Value repeatRows(PatternRewriter &rewriter, Location loc, Value cache,
                        Value x) {
  auto type = dyn_cast<RankedTensorType>(cache.getType());
  int64_t batch = cast<RankedTensorType>(x.getType()).getDimSize(0);
  if (!type || type.getRank() != 3 || type.getDimSize(0) != 1 ||
      ShapedType::isDynamic(batch) || batch == 1 ||
      getOnnxOpset(rewriter) < kStableOpset)
    return cache;
  SmallVector<int64_t> sizes(type.getShape());
  sizes[0] = batch;
  auto list = RankedTensorType::get({3}, rewriter.getI64Type());
  Value target = ConstantOp::create(
      rewriter, loc, list,
      DenseElementsAttr::get(list, ArrayRef<int64_t>{batch, 1, 1}),
      /*form=*/StringAttr());
  return ExpandOp::create(rewriter, loc, type.clone(sizes), cache, target);
}

/// Makes `old`, the rotated `x`, of an operation on batch x heads x positions x
/// width, or on the three axes of one head. `part` is what of the width is
/// rotated, or 0 for all.
static void replaceRotated(Recovery &recovery, PatternRewriter &rewriter,
                           Value old, Value x, Value cos, Value sin,
                           HeadLayout layout, PairLayout pairs, int64_t part) {
  Location loc = old.getDefiningOp()->getLoc();
  bool isSwapped = layout == HeadLayout::PositionsFirst;
  if (isSwapped)
    x = swapHeads(rewriter, x);
  cos = repeatRows(rewriter, loc, cos, x);
  sin = repeatRows(rewriter, loc, sin, x);
  auto rotary = RotaryEmbeddingOp::create(
      rewriter, loc, isSwapped ? x.getType() : old.getType(), x, cos, sin,
      /*position_ids=*/Value(),
      rewriter.getI64IntegerAttr(pairs == PairLayout::Neighbours),
      layout == HeadLayout::OneHead ? rewriter.getI64IntegerAttr(1)
                                    : IntegerAttr(),
      part != 0 ? rewriter.getI64IntegerAttr(part) : IntegerAttr());
  if (!isSwapped)
    return recovery.replace(rewriter, old, rotary);
  if (Attribute layer = old.getDefiningOp()->getAttr(attr::layer))
    rotary->setAttr(attr::layer, layer);
  auto back = TransposeOp::create(rewriter, loc, old.getType(), rotary.getY(),
                                  rewriter.getDenseI64ArrayAttr(kSwapped));
  recovery.replace(rewriter, old, back);
}

//===----------------------------------------------------------------------===//
// The patterns
//===----------------------------------------------------------------------===//

namespace {

/// A pattern that has tables.
template <typename OpTy> struct RotaryPattern : RecoveryPattern<OpTy> {
  RotaryPattern(MLIRContext *context, Recovery &recovery,
                std::shared_ptr<RotaryTables> tables)
      : RecoveryPattern<OpTy>(context, recovery), tables(std::move(tables)) {}

protected:
  /// A product that nothing else reads.
  MulOp getProduct(Value value) const {
    auto mul = value.getDefiningOp<MulOp>();
    return mul && this->recovery.hasLiveUses(mul) ? mul : MulOp();
  }

  std::shared_ptr<RotaryTables> tables;
};

/// x * [cos|cos] + [-x2|x1] * [sin|sin]
struct RecoverTurned : RotaryPattern<AddOp> {
  using RotaryPattern::RotaryPattern;

  LogicalResult matchAndRewrite(AddOp op,
                                PatternRewriter &rewriter) const override;

private:
  std::optional<PairLayout> matchTurned(Value value, Value x) const;
};

/// [x1 * cos - x2 * sin | x2 * cos + x1 * sin]
template <typename OpTy> struct RecoverParts : RotaryPattern<OpTy> {
  using RotaryPattern<OpTy>::RotaryPattern;

  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override;
};

/// [rotated x[0:n] | x[n:]]
struct RecoverPartial : RecoveryPattern<ConcatOp> {
  using RecoveryPattern::RecoveryPattern;

  LogicalResult matchAndRewrite(ConcatOp op,
                                PatternRewriter &rewriter) const override;
};

/// Axes of what is rotated need not be moved twice.
struct MergeTransposes : RecoveryPattern<TransposeOp> {
  using RecoveryPattern::RecoveryPattern;

  LogicalResult matchAndRewrite(TransposeOp op,
                                PatternRewriter &rewriter) const override;
};

} // namespace

/// How `value` is [-x2|x1], if it is, and nothing else reads it.
std::optional<PairLayout> RecoverTurned::matchTurned(Value value,
                                                     Value x) const {
  auto joined = matchJoined(recovery, value);
  if (!joined || !recovery.hasLiveUses(value.getDefiningOp()))
    return std::nullopt;
  auto neg = joined->first.getDefiningOp<NegOp>();
  auto second = neg ? matchPart(recovery, neg.getInput(), *joined)
                    : std::optional<Part>();
  auto first = matchPart(recovery, joined->second, *joined);
  if (!first || !second || first->x != x || second->x != x || first->isSecond ||
      !second->isSecond || first->pairs != joined->pairs ||
      second->pairs != joined->pairs)
    return std::nullopt;
  return joined->pairs;
}

LogicalResult RecoverTurned::matchAndRewrite(AddOp op,
                                             PatternRewriter &rewriter) const {
  for (auto [straight, turned] : bothOrders(op)) {
    MulOp cosMul = getProduct(straight), sinMul = getProduct(turned);
    if (!cosMul || !sinMul)
      continue;
    for (auto [x, cos] : bothOrders(cosMul)) {
      std::optional<int64_t> width = getWidth(recovery, x);
      if (!width || !isa<RankedTensorType>(x.getType()) ||
          getElementTypeOf(op.getResult()) != getElementTypeOf(x))
        continue;
      for (auto [rotated, sin] : bothOrders(sinMul)) {
        auto pairs = matchTurned(rotated, x);
        auto layout =
            pairs ? tables->getLayout(x, cos, sin, *width) : std::nullopt;
        if (!layout || !tables->hasEqualPairs(cos, *pairs) ||
            !tables->hasEqualPairs(sin, *pairs))
          continue;
        Value cosCache = tables->makeCache(rewriter, cos, *layout, pairs);
        Value sinCache = tables->makeCache(rewriter, sin, *layout, pairs);
        replaceRotated(recovery, rewriter, op.getResult(), x, cosCache,
                       sinCache, *layout, *pairs, /*part=*/0);
        return success();
      }
    }
  }
  return failure();
}

template <typename OpTy>
LogicalResult
RecoverParts<OpTy>::matchAndRewrite(OpTy op, PatternRewriter &rewriter) const {
  Recovery &recovery = this->recovery;
  Value result = op->getResult(0);
  auto joined = matchJoined(recovery, result);
  if (!joined)
    return failure();
  auto sub = joined->first.template getDefiningOp<SubOp>();
  auto add = joined->second.template getDefiningOp<AddOp>();
  if (!sub || !add || !recovery.hasLiveUses(sub) || !recovery.hasLiveUses(add))
    return failure();
  MulOp kept = this->getProduct(sub.getLhs());
  MulOp taken = this->getProduct(sub.getRhs());
  if (!kept || !taken)
    return failure();
  auto isProduct = [&](Value value, Value a, Value b) {
    MulOp mul = this->getProduct(value);
    return mul && ((mul.getLhs() == a && mul.getRhs() == b) ||
                   (mul.getLhs() == b && mul.getRhs() == a));
  };
  for (const auto &left : bothOrders(kept))
    for (const auto &right : bothOrders(taken)) {
      Value one = left.first, cos = left.second;
      Value two = right.first, sin = right.second;
      auto width = getWidth(recovery, one, joined->keepsAxis);
      if (!width || !isa<RankedTensorType>(one.getType()) ||
          !recovery.haveEqualShapes(one, two) ||
          !recovery.haveEqualShapes(one, joined->first) ||
          !isa<RankedTensorType>(result.getType()) ||
          getElementTypeOf(result) != getElementTypeOf(one) ||
          !llvm::any_of(bothOrders(add), [&](const auto &terms) {
            return isProduct(terms.first, two, cos) &&
                   isProduct(terms.second, one, sin);
          }))
        continue;
      auto layout =
          this->tables->getLayout(one, cos, sin, *width, joined->keepsAxis);
      if (!layout)
        continue;
      auto first = matchPart(recovery, one, *joined);
      auto second = matchPart(recovery, two, *joined);
      Value x;
      if (first && second && first->x == second->x && !first->isSecond &&
          second->isSecond && first->pairs == joined->pairs &&
          second->pairs == joined->pairs &&
          isa<RankedTensorType>(first->x.getType()))
        x = first->x;
      if (!x && joined->pairs == PairLayout::Neighbours)
        continue;
      Value cosCache = this->tables->makeCache(rewriter, cos, *layout,
                                               std::nullopt, joined->keepsAxis);
      Value sinCache = this->tables->makeCache(rewriter, sin, *layout,
                                               std::nullopt, joined->keepsAxis);
      // What is taken from elsewhere is put together first.
      if (!x)
        x = ConcatOp::create(rewriter, op.getLoc(), result.getType(),
                             ValueRange{one, two},
                             rewriter.getI64IntegerAttr(-1));
      replaceRotated(recovery, rewriter, result, x, cosCache, sinCache, *layout,
                     joined->pairs, /*part=*/0);
      return success();
    }
  return failure();
}

LogicalResult RecoverPartial::matchAndRewrite(ConcatOp op,
                                              PatternRewriter &rewriter) const {
  if (op.getInputs().size() != 2 ||
      !isLastAxis(recovery, op.getAxis(), op.getResult()))
    return failure();
  Value rotated = op.getInputs()[0];
  if (!rotated.getDefiningOp() ||
      !recovery.hasLiveUses(rotated.getDefiningOp()))
    return failure();
  Value inner = matchSwapped(rotated);
  auto rotary = (inner ? inner : rotated).getDefiningOp<RotaryEmbeddingOp>();
  if (!rotary || !recovery.hasLiveUses(rotary) || rotary.getPositionIds() ||
      rotary.getRotaryEmbeddingDim() != 0)
    return failure();
  Value start = inner ? matchSwapped(rotary.getX()) : rotary.getX();
  auto head = start ? matchRange(recovery, start) : std::nullopt;
  auto tail = matchRange(recovery, op.getInputs()[1]);
  if (!head || !tail || head->x != tail->x || head->start != 0 ||
      head->end != tail->start || head->step != 1 || tail->step != 1 ||
      getWidth(recovery, head->x) != tail->end ||
      !isa<RankedTensorType>(head->x.getType()))
    return failure();
  auto layout = HeadLayout::HeadsFirst;
  if (inner)
    layout = HeadLayout::PositionsFirst;
  else if (recovery.getShape(start)->size() == 3)
    layout = HeadLayout::OneHead;
  // Of three axes the last has all heads.
  if (layout == HeadLayout::OneHead && rotary.getNumHeads() != 1)
    return failure();
  replaceRotated(recovery, rewriter, op.getResult(), head->x,
                 rotary.getCosCache(), rotary.getSinCache(), layout,
                 rotary.getInterleaved() != 0 ? PairLayout::Neighbours
                                              : PairLayout::Halves,
                 head->end);
  return success();
}

LogicalResult
MergeTransposes::matchAndRewrite(TransposeOp op,
                                 PatternRewriter &rewriter) const {
  auto inner = op.getData().getDefiningOp<TransposeOp>();
  auto outer = op.getPerm();
  auto first = inner ? inner.getPerm() : std::nullopt;
  if (!outer || !first || outer->size() != first->size() ||
      !inner.getData().getDefiningOp<RotaryEmbeddingOp>())
    return failure();
  auto perm =
      llvm::map_to_vector(*outer, [&](int64_t axis) { return (*first)[axis]; });
  if (llvm::equal(perm, llvm::seq<int64_t>(0, perm.size()))) {
    Operation *rotary = inner.getData().getDefiningOp();
    for (StringRef name : {attr::outputs, attr::dims})
      if (Attribute known = op->getAttr(name); known && !rotary->hasAttr(name))
        rotary->setAttr(name, known);
    rewriter.replaceAllUsesWith(op.getResult(), inner.getData());
    recovery.release(op.getResult());
    return success();
  }
  rewriter.modifyOpInPlace(op, [&] {
    op.getDataMutable().assign(inner.getData());
    op.setPerm(perm);
  });
  recovery.release(inner.getResult());
  return success();
}

void gac::populateRecoverRotary(RewritePatternSet &patterns,
                                Recovery &recovery) {
  auto tables = std::make_shared<RotaryTables>(recovery);
  patterns.add<RecoverTurned, RecoverParts<ConcatOp>, RecoverParts<ReshapeOp>>(
      patterns.getContext(), recovery, tables);
}

void gac::populateRecoverPartialRotary(RewritePatternSet &patterns,
                                       Recovery &recovery) {
  patterns.add<RecoverPartial>(patterns.getContext(), recovery);
}

void gac::populateMergeRotaryTransposes(RewritePatternSet &patterns,
                                        Recovery &recovery) {
  patterns.add<MergeTransposes>(patterns.getContext(), recovery);
}
