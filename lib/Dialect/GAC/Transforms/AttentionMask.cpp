//===- AttentionMask.cpp - What masks scores before a softmax -------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AttentionMask.h"
#include "ConstantData.h"
#include "OpsetForms.h"
#include "RotaryTables.h"
#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace mlir;
using namespace gac;

//===----------------------------------------------------------------------===//
// Steps
//===----------------------------------------------------------------------===//

SmallVector<AttentionMask::Step, 2> AttentionMask::getSteps(Value value) const {
  SmallVector<Step, 2> found;
  if (auto add = value.getDefiningOp<AddOp>()) {
    for (auto [scores, summand] : bothOrders(add)) {
      Step step;
      step.scores = scores;
      step.summand = summand;
      found.push_back(step);
    }
    return found;
  }
  auto where = value.getDefiningOp<WhereOp>();
  if (!where)
    return found;
  for (auto [scores, other, isNegated] :
       {std::tuple(where.getX(), where.getY(), false),
        std::tuple(where.getY(), where.getX(), true)})
    if (isMaskingNumber(getFloatConstant(other), getElementTypeOf(other))) {
      Step step;
      step.scores = scores;
      step.condition = where.getCondition();
      step.isNegated = isNegated;
      step.isInfinite = std::isinf(*getFloatConstant(other));
      found.push_back(step);
    }
  return found;
}

//===----------------------------------------------------------------------===//
// Exactness
//===----------------------------------------------------------------------===//

/// True if a constant leaves every row the first score, or any one if there is
/// no other step.
bool AttentionMask::leavesConstantRows(Value value, bool isNegated) const {
  auto data = ConstantData::read(value);
  if (!data || data->getSizes().empty() || data->size() == 0)
    return false;
  bool isCondition = data->getType().getElementType().isInteger(1);
  int64_t columns = data->getSizes().back();
  int64_t reach = steps.size() > 1 ? 1 : columns;
  auto leaves = [&](int64_t index) {
    double number = data->getNumber(index);
    return isCondition ? (number != 0) != isNegated : std::isfinite(number);
  };
  for (int64_t row = 0; row < data->size(); row += columns)
    if (llvm::none_of(llvm::seq(row, row + reach), leaves))
      return false;
  return true;
}

/// True if the condition leaves every row at least one score, whatever the
/// sizes are: the first one.
bool AttentionMask::coversRows(Value condition, bool isNegated) const {
  if (leavesConstantRows(condition, isNegated))
    return true;
  auto margin = recovery.getIndexFunctions().get(condition);
  if (!margin || margin->coefficients.size() < 2)
    return false;
  if (isNegated)
    margin = margin->negate();
  // At column 0 the margin must not be negative in any row.
  return margin->constant.isNonNegative() &&
         llvm::all_of(
             ArrayRef(margin->coefficients).drop_back(),
             [](const SymExpr &number) { return number.isNonNegative(); });
}

/// Masks are computed in some ten steps.
static constexpr unsigned maxDepth = 32;

static bool isWiderOrSame(Type from, Type to) {
  auto one = dyn_cast_or_null<FloatType>(from);
  auto two = dyn_cast_or_null<FloatType>(to);
  if (!one || !two)
    return false;
  const llvm::fltSemantics &narrow = one.getFloatSemantics(),
                           &wide = two.getFloatSemantics();
  return APFloat::semanticsMaxExponent(narrow) <=
             APFloat::semanticsMaxExponent(wide) &&
         APFloat::semanticsPrecision(narrow) <=
             APFloat::semanticsPrecision(wide);
}

/// True if no element is infinite or NaN, unless sums and products overflow.
bool AttentionMask::isFinite(Value value, unsigned depth) const {
  Operation *op = value.getDefiningOp();
  if (!op || depth == maxDepth)
    return false;
  auto isFiniteOperand = [&](Value operand) {
    return isFinite(operand, depth + 1);
  };
  if (isa<InitializerOp, ConstantOp>(op)) {
    // Weights that cannot be read here are taken to be finite.
    auto data = ConstantData::read(value);
    return data ? llvm::all_of(llvm::seq<int64_t>(0, data->size()),
                               [&](int64_t index) {
                                 return std::isfinite(data->getNumber(index));
                               })
                : isa_and_nonnull<FileAttr, AbsentAttr>(op->getAttr("value"));
  }
  if (isa<ExpandOp, UnsqueezeOp, SqueezeOp, ReshapeOp, SliceOp, TransposeOp,
          GatherOp, GatherElementsOp, GatherNDOp, TileOp, IdentityOp, SplitOp,
          TriluOp, NegOp, AbsOp>(op))
    return isFiniteOperand(op->getOperand(0));
  if (isa<AddOp, SubOp, MulOp, MinOp, MaxOp, ConcatOp>(op))
    return llvm::all_of(op->getOperands(), isFiniteOperand);
  if (auto where = dyn_cast<WhereOp>(op))
    return isFiniteOperand(where.getX()) && isFiniteOperand(where.getY());
  if (auto div = dyn_cast<DivOp>(op)) {
    std::optional<double> divisor = recovery.getScalar(div.getRhs());
    return divisor && *divisor != 0 && isFiniteOperand(div.getLhs());
  }
  if (auto cast = dyn_cast<CastOp>(op)) {
    Type from = getElementTypeOf(cast.getInput()), to = getElementTypeOf(value);
    if (isWiderOrSame(from, to))
      return isFiniteOperand(cast.getInput());
    // Half precision does not hold all integers.
    return from && to &&
           (from.isInteger(1) || (from.isInteger() && !to.isF16()));
  }
  return false;
}

/// True if the step alone leaves no row all minus infinity: the first score of
/// each row stays, or all do.
bool AttentionMask::leavesRows(const Step &step) const {
  if (step.condition)
    return !step.isInfinite || coversRows(step.condition, step.isNegated);
  if (isFinite(step.summand))
    return true;
  if (coversRows(step.summand, /*isNegated=*/false))
    return true;
  Value mask = step.summand;
  while (isa_and_nonnull<ExpandOp, UnsqueezeOp>(mask.getDefiningOp()))
    mask = mask.getDefiningOp()->getOperand(0);
  auto where = mask.getDefiningOp<WhereOp>();
  return where && ((isFinite(where.getX()) &&
                    coversRows(where.getCondition(), /*isNegated=*/false)) ||
                   (isFinite(where.getY()) &&
                    coversRows(where.getCondition(), /*isNegated=*/true)));
}

/// True if a row may have all its scores replaced by the lowest number: they
/// are equal then, where a boolean mask would make them zero.
bool AttentionMask::isAveraging() const {
  return llvm::any_of(steps, [&](const Step &step) {
    return step.condition && !step.isInfinite &&
           !coversRows(step.condition, step.isNegated);
  });
}

/// True if adding the lowest number is replacing by it: no score of a model
/// changes that, but in half precision. What is added to scores that were
/// replaced before would tell some of these from others.
bool AttentionMask::canAverage(Type element) const {
  auto type = dyn_cast<FloatType>(element);
  auto firstSum =
      llvm::find_if(steps, [](const Step &step) { return !!step.summand; });
  return type &&
         APFloat::semanticsMaxExponent(type.getFloatSemantics()) >= 127 &&
         std::all_of(steps.begin(), firstSum,
                     [](const Step &step) { return !step.isInfinite; }) &&
         std::all_of(firstSum, steps.end(),
                     [](const Step &step) { return !!step.summand; });
}

/// The shape of what a step has: of three axes the first one is of batch and
/// heads.
std::optional<SymShape> AttentionMask::getShape(const Step &step,
                                                ArrayRef<SymExpr> full) const {
  auto shape = recovery.getShape(step.getValue());
  auto scores = recovery.getShape(step.scores);
  if (!shape || !scores || scores->size() != 3 || shape->size() != 3)
    return shape;
  if (shape->front().isOne()) {
    shape->insert(shape->begin(), SymExpr(1));
    return shape;
  }
  if (shape->front() != full[0] * full[1])
    return std::nullopt;
  shape->front() = full[1];
  shape->insert(shape->begin(), full[0]);
  return shape;
}

/// The shape to which all masks broadcast.
std::optional<SymShape> AttentionMask::getShape(ArrayRef<SymExpr> full) const {
  SymShape whole;
  for (const Step &step : steps) {
    auto own = getShape(step, full);
    if (!own)
      return std::nullopt;
    if (own->size() > whole.size())
      whole.insert(whole.begin(), own->size() - whole.size(), SymExpr(1));
    size_t missing = whole.size() - own->size();
    for (auto [axis, size] : llvm::enumerate(*own)) {
      SymExpr &target = whole[missing + axis];
      if (target.isOne())
        target = size;
      else if (!size.isOne() && size != target)
        return std::nullopt;
    }
  }
  return whole;
}

bool AttentionMask::isExact(ArrayRef<SymExpr> full, Type element,
                            bool isGuarded) const {
  if (steps.empty())
    return true;
  auto shape = getShape(full);
  // A mask that is too short is padded, not broadcast.
  if (!shape || shape->size() < 2 || shape->size() > full.size() ||
      shape->back() != full.back())
    return false;
  for (auto [size, target] :
       llvm::zip_equal(*shape, full.take_back(shape->size())))
    if (!size.isOne() && size != target)
      return false;
  bool isSum = llvm::any_of(steps, [](const Step &s) { return !!s.summand; });
  for (const Step &step : steps) {
    Type own = getElementTypeOf(step.getValue());
    if (step.condition) {
      if (!own || !own.isInteger(1))
        return false;
      continue;
    }
    if (own != element)
      return false;
  }
  if (isAveraging() && !canAverage(element))
    return false;
  // What is replaced must not have been infinite or NaN before.
  if (isSum && steps.size() > 1 && !llvm::all_of(steps, [&](const Step &step) {
        return step.condition || isFinite(step.summand);
      }))
    return false;
  return isGuarded || llvm::all_of(steps, [&](const Step &step) {
           return leavesRows(step);
         });
}

//===----------------------------------------------------------------------===//
// The operand
//===----------------------------------------------------------------------===//

/// The type of what two tensors make that broadcast.
static RankedTensorType broadcast(ArrayRef<SymExpr> a, ArrayRef<SymExpr> b,
                                  Type element, SymShape &shape) {
  shape.assign(std::max(a.size(), b.size()), SymExpr(1));
  for (ArrayRef<SymExpr> own : {a, b})
    for (auto [axis, size] : llvm::enumerate(own))
      if (SymExpr &target = shape[shape.size() - own.size() + axis];
          target.isOne())
        target = size;
  return makeType(shape, element);
}

/// What a step has, with batch and heads told apart.
Value AttentionMask::getValue(PatternRewriter &rewriter, const Step &step,
                              ArrayRef<SymExpr> full, Value q) const {
  Value value = step.getValue();
  SymShape own = *recovery.getShape(value), shape = *getShape(step, full);
  if (own.size() == shape.size())
    return value;
  Location loc = value.getLoc();
  RankedTensorType type = makeType(shape, getElementTypeOf(value));
  if (own.front().isOne())
    return createUnsqueeze(rewriter, loc, type, value, 0);
  Value sizes = ConcatOp::create(
      rewriter, loc, RankedTensorType::get({4}, rewriter.getI64Type()),
      ValueRange{createSizes(rewriter, loc, q, 0, 2),
                 createSizes(rewriter, loc, value, 1, 2)},
      rewriter.getI64IntegerAttr(0));
  // Only an empty tensor is another one without.
  IntegerAttr allowZero = getOnnxOpset(rewriter) >= 14
                              ? rewriter.getI64IntegerAttr(1)
                              : IntegerAttr();
  return ReshapeOp::create(rewriter, loc, type, value, sizes, allowZero);
}

Value AttentionMask::make(PatternRewriter &rewriter, Location loc,
                          ArrayRef<SymExpr> full, Type element, Value q) const {
  Value sum, condition;
  SymShape sumShape, conditionShape;
  for (const Step &step : steps) {
    SymShape own = *getShape(step, full), joined;
    Value next = getValue(rewriter, step, full, q);
    if (step.summand) {
      RankedTensorType type = broadcast(sumShape, own, element, joined);
      sum = sum ? AddOp::create(rewriter, loc, type, next, sum).getResult()
                : next;
      sumShape = joined;
      continue;
    }
    Type boolean = rewriter.getI1Type();
    if (step.isNegated)
      next = NotOp::create(rewriter, loc, makeType(own, boolean), next);
    RankedTensorType type = broadcast(conditionShape, own, boolean, joined);
    condition =
        condition
            ? AndOp::create(rewriter, loc, type, next, condition).getResult()
            : next;
    conditionShape = joined;
  }
  Value mask = sum ? sum : condition;
  SymShape shape = sum ? sumShape : conditionShape;
  auto makeNumber = [&](const APFloat &number) -> Value {
    auto scalar = RankedTensorType::get({}, element);
    return ConstantOp::create(rewriter, loc, scalar,
                              DenseElementsAttr::get(scalar, number),
                              /*form=*/StringAttr());
  };
  bool averages = isAveraging();
  if (condition && (sum || averages)) {
    const llvm::fltSemantics &semantics =
        cast<FloatType>(element).getFloatSemantics();
    APFloat lowest = APFloat::getInf(semantics, /*Negative=*/true);
    if (averages) {
      // Runtimes take the lowest number for minus infinity. Half of it hides as
      // well, and no score added to it overflows.
      lowest = APFloat::getLargest(semantics, /*Negative=*/true);
      lowest.multiply(APFloat(semantics, "0.5"), APFloat::rmNearestTiesToEven);
    }
    Value hidden = makeNumber(lowest);
    Value seen = sum ? sum : makeNumber(APFloat::getZero(semantics));
    RankedTensorType type = broadcast(sumShape, conditionShape, element, shape);
    mask = WhereOp::create(rewriter, loc, type, condition, seen, hidden);
  }
  if (!mask || shape[shape.size() - 2] == full[full.size() - 2])
    return mask;
  // One row for all: ONNX lets it broadcast, runtimes do not.
  SmallVector<Value> sizes(shape.size(), makeAxis(rewriter, loc, 1));
  sizes[shape.size() - 2] = createSizes(rewriter, loc, q, 2);
  Value target = ConcatOp::create(
      rewriter, loc,
      RankedTensorType::get({static_cast<int64_t>(sizes.size())},
                            rewriter.getI64Type()),
      sizes, rewriter.getI64IntegerAttr(0));
  shape[shape.size() - 2] = full[full.size() - 2];
  return ExpandOp::create(
      rewriter, loc, makeType(shape, getElementTypeOf(mask)), mask, target);
}
