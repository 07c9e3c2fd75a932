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
#include "llvm/ADT/SetVector.h"

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

/// Masks are computed in some twenty steps.
static constexpr size_t maxSources = 256;

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

/// The constants of which sums, products and selections make `value`, beside
/// integers.
std::optional<AttentionMask::Sources>
AttentionMask::getSources(Value value) const {
  Sources sources;
  llvm::SetVector<Value> reached;
  reached.insert(value);
  for (size_t next = 0; next < reached.size(); ++next) {
    Value current = reached[next];
    Operation *op = current.getDefiningOp();
    if (!op || reached.size() > maxSources)
      return std::nullopt;
    if (isa<InitializerOp, ConstantOp>(op)) {
      sources.constants.push_back(current);
    } else if (isa<ExpandOp, UnsqueezeOp, SqueezeOp, ReshapeOp, SliceOp,
                   TransposeOp, GatherOp, GatherElementsOp, GatherNDOp, TileOp,
                   IdentityOp, SplitOp, TriluOp, NegOp, AbsOp>(op)) {
      reached.insert(op->getOperand(0));
    } else if (isa<AddOp, SubOp, MulOp, MinOp, MaxOp, ConcatOp>(op)) {
      reached.insert(op->operand_begin(), op->operand_end());
    } else if (auto where = dyn_cast<WhereOp>(op)) {
      reached.insert(where.getX());
      reached.insert(where.getY());
    } else if (auto div = dyn_cast<DivOp>(op)) {
      std::optional<double> divisor = recovery.getScalar(div.getRhs());
      if (!divisor || *divisor == 0)
        return std::nullopt;
      reached.insert(div.getLhs());
    } else if (auto cast = dyn_cast<CastOp>(op)) {
      Type from = getElementTypeOf(cast.getInput()),
           to = getElementTypeOf(current);
      if (!from || !to)
        return std::nullopt;
      if (from.isInteger()) {
        // Half precision does not hold all integers.
        sources.isNarrowed |= !from.isInteger(1) && to.isF16();
        continue;
      }
      sources.isNarrowed |= !isWiderOrSame(from, to);
      reached.insert(cast.getInput());
    } else {
      return std::nullopt;
    }
  }
  return sources;
}

/// True if all elements of a constant are as they should be.
static bool allNumbers(const ConstantData &data,
                       llvm::function_ref<bool(double)> isGood) {
  return llvm::all_of(llvm::seq<int64_t>(0, data.size()), [&](int64_t index) {
    return isGood(data.getNumber(index));
  });
}

/// True if no element is infinite or NaN, unless sums and products overflow.
bool AttentionMask::isFinite(Value value) const {
  std::optional<Sources> sources = getSources(value);
  return sources && !sources->isNarrowed &&
         llvm::all_of(sources->constants, [](Value constant) {
           // Weights that cannot be read here are taken to be finite.
           auto data = ConstantData::read(constant);
           return data ? allNumbers(*data,
                                    [](double number) {
                                      return std::isfinite(number);
                                    })
                       : isa_and_nonnull<FileAttr, AbsentAttr>(
                             constant.getDefiningOp()->getAttr("value"));
         });
}

/// True if `number` is the lowest or the largest of its type, or near it: what
/// runtimes take for minus infinity, or what a product makes that of. Half of
/// the lowest number is none.
static bool isExtreme(double number, Type element) {
  auto type = dyn_cast_or_null<FloatType>(element);
  if (!type)
    return false;
  APFloat largest = APFloat::getLargest(type.getFloatSemantics());
  bool losesInfo = false;
  largest.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven,
                  &losesInfo);
  return std::isfinite(number) &&
         std::abs(number) > largest.convertToDouble() * 0.75;
}

/// True if an element may be the lowest number.
bool AttentionMask::mayBeLowest(Value value) const {
  std::optional<Sources> sources = getSources(value);
  Type own = getElementTypeOf(value);
  return !sources || llvm::any_of(sources->constants, [&](Value constant) {
    auto data = ConstantData::read(constant);
    Type element = getElementTypeOf(constant);
    return !data || !allNumbers(*data, [&](double number) {
      return !isExtreme(number, element) && !isExtreme(number, own);
    });
  });
}

/// True if a constant leaves every row the first score, or any one if there is
/// no other step.
bool AttentionMask::leavesConstantRows(Value value, bool isNegated) const {
  auto data = ConstantData::read(value);
  if (!data || data->getSizes().empty() || data->size() == 0)
    return false;
  Type element = data->getType().getElementType();
  int64_t columns = data->getSizes().back();
  int64_t reach = steps.size() > 1 ? 1 : columns;
  auto leaves = [&](int64_t index) {
    double number = data->getNumber(index);
    return element.isInteger(1)
               ? (number != 0) != isNegated
               : std::isfinite(number) && !isExtreme(number, element);
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

/// The same of numbers that are added, of which those hide that are minus
/// infinity or the lowest number. `isSeen` says of the numbers that a selection
/// takes where scores stay that all of them are others.
bool AttentionMask::coversRowsOf(Value summand,
                                 llvm::function_ref<bool(Value)> isSeen) const {
  if (coversRows(summand, /*isNegated=*/false))
    return true;
  while (isa_and_nonnull<ExpandOp, UnsqueezeOp>(summand.getDefiningOp()))
    summand = summand.getDefiningOp()->getOperand(0);
  auto where = summand.getDefiningOp<WhereOp>();
  return where && ((isSeen(where.getX()) &&
                    coversRows(where.getCondition(), /*isNegated=*/false)) ||
                   (isSeen(where.getY()) &&
                    coversRows(where.getCondition(), /*isNegated=*/true)));
}

/// True if the step alone leaves no row all minus infinity: the first score of
/// each row stays, or all do.
bool AttentionMask::leavesRows(const Step &step) const {
  if (step.condition)
    return !step.isInfinite || coversRows(step.condition, step.isNegated);
  return isFinite(step.summand) || coversRowsOf(step.summand, [&](Value value) {
           return isFinite(value);
         });
}

/// True if the lowest number may be added to all scores of a row: they are
/// equal then, where runtimes take that for minus infinity and make them zero.
bool AttentionMask::addsLowestRows() const {
  return llvm::any_of(steps, [&](const Step &step) {
    return step.summand && mayBeLowest(step.summand) &&
           !coversRowsOf(step.summand, [&](Value value) {
             return isFinite(value) && !mayBeLowest(value);
           });
  });
}

/// True if a row may have all its scores replaced by the lowest number, or
/// hidden by that and by a sum: they are equal then, where a boolean mask would
/// make them zero.
bool AttentionMask::isAveraging() const {
  bool addsLowest = addsLowestRows();
  return llvm::any_of(steps, [&](const Step &step) {
    return step.condition && !step.isInfinite &&
           (addsLowest || !coversRows(step.condition, step.isNegated));
  });
}

/// True if adding the lowest number to a score of that type makes the lowest
/// number.
static bool absorbsScores(Type element) {
  auto type = dyn_cast<FloatType>(element);
  return type && APFloat::semanticsMaxExponent(type.getFloatSemantics()) >= 127;
}

/// True if adding the lowest number is replacing by it: no score of a model
/// changes that, but in half precision. What is added to scores that were
/// replaced before would tell some of these from others.
bool AttentionMask::canAverage(Type element) const {
  auto firstSum =
      llvm::find_if(steps, [](const Step &step) { return !!step.summand; });
  return absorbsScores(element) &&
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
  // The last rows and columns of a table of so many are all that there are.
  if (shape)
    for (size_t axis = 0; axis < std::min<size_t>(shape->size(), 2); ++axis)
      if (SymExpr &size = (*shape)[shape->size() - 1 - axis];
          hasRows(size, full[3 - axis]))
        size = full[3 - axis];
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
                            bool isGuarded, bool hasOperator) const {
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
  if (hasOperator && addsLowestRows() && !absorbsScores(element))
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
  auto makeNumber = [&](const APFloat &number) -> Value {
    auto scalar = RankedTensorType::get({}, element);
    return ConstantOp::create(rewriter, loc, scalar,
                              DenseElementsAttr::get(scalar, number),
                              /*form=*/StringAttr());
  };
  // Runtimes take the lowest number for minus infinity. Half of it hides as
  // well, and no score added to it overflows.
  auto makeLow = [&] {
    const llvm::fltSemantics &semantics =
        cast<FloatType>(element).getFloatSemantics();
    APFloat low = APFloat::getLargest(semantics, /*Negative=*/true);
    low.multiply(APFloat(semantics, "0.5"), APFloat::rmNearestTiesToEven);
    return makeNumber(low);
  };
  if (getOnnxOpset(rewriter) >= kStableOpset && addsLowestRows()) {
    const llvm::fltSemantics &semantics =
        cast<FloatType>(element).getFloatSemantics();
    Value isLowest = EqualOp::create(
        rewriter, loc, makeType(sumShape, rewriter.getI1Type()), sum,
        makeNumber(APFloat::getLargest(semantics, /*Negative=*/true)));
    sum = WhereOp::create(rewriter, loc, makeType(sumShape, element), isLowest,
                          makeLow(), sum);
  }
  Value mask = sum ? sum : condition;
  SymShape shape = sum ? sumShape : conditionShape;
  bool averages = isAveraging();
  if (condition && (sum || averages)) {
    const llvm::fltSemantics &semantics =
        cast<FloatType>(element).getFloatSemantics();
    Value hidden = averages ? makeLow()
                            : makeNumber(APFloat::getInf(semantics,
                                                         /*Negative=*/true));
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
