//===- RecoverRotary.cpp - RotaryEmbedding from its parts
//------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// x * [cos|cos] + [-x2|x1] * [sin|sin], where x = [x1|x2]: the halves of the
// tables are equal, and the operation takes one of each.
//
//===----------------------------------------------------------------------===//

#include "Recovery.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace gac;

namespace {
struct RecoverRotary : RecoveryPattern<AddOp> {
  using RecoveryPattern::RecoveryPattern;

  LogicalResult matchAndRewrite(AddOp op,
                                PatternRewriter &rewriter) const override;

private:
  bool isHalf(Value value, Value x, bool isSecond) const;
  bool isRotated(Value value, Value x) const;
  bool isTableOf(Value table, Value x) const;
  bool hasEqualHalves(Value value, int64_t width) const;
  Value halve(PatternRewriter &rewriter, Value value, int64_t width) const;
  Value makeCache(PatternRewriter &rewriter, Value table, int64_t width) const;

  /// One half of a table serves all layers.
  mutable DenseMap<Value, Value> halves;
};
} // namespace

static bool isLastAxis(int64_t axis, Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return !type || axis == -1 || axis == type.getRank() - 1;
}

//===----------------------------------------------------------------------===//
// The rotated operand
//===----------------------------------------------------------------------===//

/// True if `value` is the first or second half of the last axis of `x`.
bool RecoverRotary::isHalf(Value value, Value x, bool isSecond) const {
  int64_t width = cast<RankedTensorType>(x.getType()).getShape().back();
  if (auto split = value.getDefiningOp<SplitOp>()) {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    return split.getInput() == x && split.getNumResults() == 2 &&
           split.getResult(isSecond) == value &&
           isLastAxis(split.getAxis(), x) && type &&
           type.getShape().back() == width / 2;
  }
  auto slice = value.getDefiningOp<SliceOp>();
  if (!slice || slice.getData() != x)
    return false;
  auto starts =
      recovery.getNumbers(slice.getStarts(), slice.getStartsOperand());
  auto ends = recovery.getNumbers(slice.getEnds(), slice.getEndsOperand());
  auto axes = recovery.getNumbers(slice.getAxes(), slice.getAxesOperand());
  if (!starts || !ends || !axes || starts->size() != 1 || ends->size() != 1 ||
      axes->size() != 1)
    return false;
  if (slice.getStepsOperand() &&
      recovery.getNumbers({}, slice.getStepsOperand()) !=
          SmallVector<int64_t>{1})
    return false;
  auto clamp = [&](int64_t bound) {
    return bound < 0 ? std::max<int64_t>(bound, -width) + width
                     : std::min(bound, width);
  };
  return isLastAxis(axes->front(), x) &&
         clamp(starts->front()) == (isSecond ? width / 2 : 0) &&
         clamp(ends->front()) == (isSecond ? width : width / 2);
}

/// True if `value` is [-x2|x1], and nothing else reads it.
bool RecoverRotary::isRotated(Value value, Value x) const {
  auto concat = value.getDefiningOp<ConcatOp>();
  if (!concat || !recovery.hasLiveUses(concat) ||
      concat.getInputs().size() != 2 || !isLastAxis(concat.getAxis(), x))
    return false;
  auto neg = concat.getInputs()[0].getDefiningOp<NegOp>();
  return neg && isHalf(neg.getInput(), x, /*isSecond=*/true) &&
         isHalf(concat.getInputs()[1], x, /*isSecond=*/false);
}

//===----------------------------------------------------------------------===//
// The tables
//===----------------------------------------------------------------------===//

/// True if a table has a row per position of `x`, for all heads: it may have
/// one for each batch.
bool RecoverRotary::isTableOf(Value table, Value x) const {
  auto shape = recovery.getShape(table), full = recovery.getShape(x);
  if (!shape || !full || shape->size() < 2 || shape->size() > full->size())
    return false;
  size_t rank = shape->size();
  return (*shape)[rank - 1] == full->back() &&
         (*shape)[rank - 2] == (*full)[2] &&
         (rank < 3 || (*shape)[rank - 3].isOne()) &&
         (rank < 4 || shape->front().isOne() ||
          shape->front() == full->front());
}

/// Tables are made in a few steps: frequencies, cosine, scaling, cast, rows.
static constexpr unsigned maxSteps = 16;

static DenseElementsAttr getDense(Value value) {
  if (auto initializer = value.getDefiningOp<InitializerOp>())
    return dyn_cast<DenseElementsAttr>(initializer.getValueAttr());
  if (auto constant = value.getDefiningOp<ConstantOp>())
    return dyn_cast<DenseElementsAttr>(constant.getValueAttr());
  return {};
}

static bool haveEqualHalves(DenseElementsAttr dense, int64_t width) {
  if (!isa<DenseFPElementsAttr>(dense))
    return false;
  SmallVector<APFloat> numbers(dense.getValues<APFloat>());
  return llvm::all_of(llvm::enumerate(numbers), [&](const auto &entry) {
    int64_t index = entry.index();
    return index % width < width / 2 ||
           entry.value().bitwiseIsEqual(numbers[index - width / 2]);
  });
}

/// The operand of an operation that keeps equal halves equal, else null: it
/// acts on elements, or moves rows.
static Value getHalvesSource(Operation *op, Recovery &recovery) {
  if (!op)
    return {};
  if (isa<CosOp, SinOp, CastOp>(op))
    return op->getOperand(0);
  if (auto scaled = matchScaled(op->getResult(0)))
    return scaled->first;
  if (auto gather = dyn_cast<GatherOp>(op)) {
    auto type = dyn_cast<RankedTensorType>(gather.getData().getType());
    return type && type.getRank() > 1 &&
                   !isLastAxis(gather.getAxis(), gather.getData())
               ? gather.getData()
               : Value();
  }
  if (auto unsqueeze = dyn_cast<UnsqueezeOp>(op)) {
    auto axes =
        recovery.getNumbers(unsqueeze.getAxes(), unsqueeze.getAxesOperand());
    bool keepsLast = axes && llvm::none_of(*axes, [&](int64_t axis) {
                       return isLastAxis(axis, unsqueeze.getResult());
                     });
    return keepsLast ? unsqueeze.getData() : Value();
  }
  return {};
}

bool RecoverRotary::hasEqualHalves(Value value, int64_t width) const {
  for (unsigned step = 0; value && step < maxSteps; ++step) {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    if (!type || type.getRank() == 0 || type.getShape().back() != width)
      return false;
    if (auto concat = value.getDefiningOp<ConcatOp>())
      return concat.getInputs().size() == 2 &&
             concat.getInputs()[0] == concat.getInputs()[1] &&
             isLastAxis(concat.getAxis(), value);
    if (DenseElementsAttr dense = getDense(value))
      return haveEqualHalves(dense, width);
    value = getHalvesSource(value.getDefiningOp(), recovery);
  }
  return false;
}

/// One half of a value that has equal ones: the same operations on one half.
Value RecoverRotary::halve(PatternRewriter &rewriter, Value value,
                           int64_t width) const {
  if (Value known = halves.lookup(value))
    return known;
  Operation *op = value.getDefiningOp();
  if (auto concat = dyn_cast<ConcatOp>(op))
    return halves[value] = concat.getInputs()[0];
  auto type = cast<RankedTensorType>(value.getType());
  SmallVector<int64_t> sizes(type.getShape());
  sizes.back() = width / 2;
  type = type.clone(sizes);
  OpBuilder::InsertionGuard guard(rewriter);
  if (DenseElementsAttr dense = getDense(value)) {
    SmallVector<APFloat> half;
    for (auto [index, number] : llvm::enumerate(dense.getValues<APFloat>()))
      if (static_cast<int64_t>(index) % width < width / 2)
        half.push_back(number);
    rewriter.setInsertionPoint(op);
    return halves[value] = ConstantOp::create(
               rewriter, op->getLoc(), type, DenseElementsAttr::get(type, half),
               /*form=*/StringAttr());
  }
  Value source = getHalvesSource(op, recovery);
  IRMapping mapping;
  mapping.map(source, halve(rewriter, source, width));
  rewriter.setInsertionPoint(op);
  Operation *copy = rewriter.clone(*op, mapping);
  copy->getResult(0).setType(type);
  // The name is that of the whole table.
  copy->removeAttr(attr::outputs);
  copy->removeAttr(attr::node);
  return halves[value] = copy->getResult(0);
}

/// Half of a table as the operation takes it, batch x positions x half.
Value RecoverRotary::makeCache(PatternRewriter &rewriter, Value table,
                               int64_t width) const {
  auto makeAxes = [&](Value value, int64_t axis) -> Value {
    auto type = RankedTensorType::get({1}, rewriter.getI64Type());
    return ConstantOp::create(
        rewriter, value.getLoc(), type,
        DenseElementsAttr::get(type, ArrayRef<int64_t>(axis)),
        /*form=*/StringAttr());
  };
  auto rank = cast<RankedTensorType>(table.getType()).getRank();
  // What adds the axis of the heads need not be there at all.
  if (auto unsqueeze = table.getDefiningOp<UnsqueezeOp>();
      unsqueeze && rank == 4) {
    auto axes =
        recovery.getNumbers(unsqueeze.getAxes(), unsqueeze.getAxesOperand());
    if (axes == SmallVector<int64_t>{1} || axes == SmallVector<int64_t>{-3})
      return halve(rewriter, unsqueeze.getData(), width);
  }
  Value half = halve(rewriter, table, width);
  if (rank == 3)
    return half;
  auto type = cast<RankedTensorType>(half.getType());
  SmallVector<int64_t> sizes(type.getShape());
  if (rank == 2) {
    sizes.insert(sizes.begin(), 1);
    return UnsqueezeOp::create(rewriter, half.getLoc(), type.clone(sizes), half,
                               makeAxes(half, 0), DenseI64ArrayAttr());
  }
  sizes.erase(sizes.begin() + 1);
  return SqueezeOp::create(rewriter, half.getLoc(), type.clone(sizes), half,
                           makeAxes(half, 1), DenseI64ArrayAttr());
}

//===----------------------------------------------------------------------===//
// The pattern
//===----------------------------------------------------------------------===//

LogicalResult RecoverRotary::matchAndRewrite(AddOp op,
                                             PatternRewriter &rewriter) const {
  for (auto [straight, turned] : bothOrders(op)) {
    auto cosMul = straight.getDefiningOp<MulOp>();
    auto sinMul = turned.getDefiningOp<MulOp>();
    if (!cosMul || !sinMul || !recovery.hasLiveUses(cosMul) ||
        !recovery.hasLiveUses(sinMul))
      continue;
    for (auto [x, cos] : bothOrders(cosMul)) {
      auto type = dyn_cast<RankedTensorType>(x.getType());
      if (!type || type.getRank() != 4 || type.isDynamicDim(3) ||
          type.getDimSize(3) % 2 != 0 ||
          getElementTypeOf(op.getResult()) != type.getElementType())
        continue;
      int64_t width = type.getDimSize(3);
      for (auto [rotated, sin] : bothOrders(sinMul)) {
        if (!isRotated(rotated, x) || !isTableOf(cos, x) ||
            !isTableOf(sin, x) || !hasEqualHalves(cos, width) ||
            !hasEqualHalves(sin, width))
          continue;
        Value cosCache = makeCache(rewriter, cos, width);
        Value sinCache = makeCache(rewriter, sin, width);
        auto rotary = RotaryEmbeddingOp::create(
            rewriter, op.getLoc(), op.getResult().getType(), x, cosCache,
            sinCache, /*position_ids=*/Value(), rewriter.getI64IntegerAttr(0),
            /*num_heads=*/IntegerAttr(),
            /*rotary_embedding_dim=*/IntegerAttr());
        recovery.replace(rewriter, op.getResult(), rotary);
        return success();
      }
    }
  }
  return failure();
}

void gac::populateRecoverRotary(RewritePatternSet &patterns,
                                Recovery &recovery) {
  patterns.add<RecoverRotary>(patterns.getContext(), recovery);
}
