//===- ShapeEvaluator.cpp - Values of small integer tensors ---------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Evaluates the ops of shape computations over symbolic integers. Each element
// carries the axes it was computed from, so that picking `seq` out of a shape
// does not depend on the sizes beside it.
//
//===----------------------------------------------------------------------===//

#include "ShapeEvaluator.h"
#include "ShapeIndices.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace gac;

//===----------------------------------------------------------------------===//
// Operands
//===----------------------------------------------------------------------===//

static bool isSmallInteger(Type type) {
  auto integer = dyn_cast<IntegerType>(type);
  return integer && integer.getWidth() <= 64;
}

std::optional<SmallVector<int64_t>>
ShapeEvaluator::getSizes(Value value) const {
  auto type = dyn_cast<ShapedType>(value.getType());
  std::optional<ArrayRef<SymExpr>> shape = values.shapeOf(value);
  if (!type || !shape || !isSmallInteger(type.getElementType()))
    return std::nullopt;
  SmallVector<int64_t> sizes;
  int64_t count = 1;
  for (const SymExpr &size : *shape) {
    std::optional<int64_t> number = size.getConstant();
    if (!number || *number < 0 || *number > ShapeValues::maxElements)
      return std::nullopt;
    sizes.push_back(*number);
    // Both factors are small, and a product that is not ends the loop.
    count *= *number;
    if (count > ShapeValues::maxElements)
      return std::nullopt;
  }
  return sizes;
}

std::optional<ShapeEvaluator::Elements>
ShapeEvaluator::getElements(Value value) const {
  const Info *info = values.lookup(value);
  if (!info || !info->elements)
    return std::nullopt;
  Elements elements;
  for (auto [element, sources] :
       llvm::zip_equal(*info->elements, info->elementSources))
    elements.push_back({element, sources});
  return elements;
}
//===----------------------------------------------------------------------===//
// Scalar functions
//===----------------------------------------------------------------------===//

/// -1, 0 or 1 as a is always below, equal to or above b.
static std::optional<int> compareAlways(const SymExpr &a, const SymExpr &b) {
  if (a == b)
    return 0;
  if ((a - b - 1).isNonNegative())
    return 1;
  if ((b - a - 1).isNonNegative())
    return -1;
  return std::nullopt;
}

/// A comparison's 0 or 1, where it comes out the same for all bindings.
static SymExpr decide(const SymExpr &a, const SymExpr &b,
                      llvm::function_ref<bool(int)> holds) {
  if (std::optional<int> order = compareAlways(a, b))
    return holds(*order) ? 1 : 0;
  return SymExpr::unknown();
}

/// What `x` is as a boolean.
static SymExpr toBoolean(const SymExpr &x) {
  return decide(x, 0, [](int order) { return order != 0; });
}

/// ONNX divides integers as C does, rounding towards zero.
static SymExpr divideTruncating(const SymExpr &a, const SymExpr &b) {
  if (std::optional<SymExpr> quotient = a.divideExact(b))
    return *quotient;
  if (a.isNonNegative() && b.isNonNegative())
    return a.floorDiv(b);
  if (a.isConstant() && b.isConstant() && !b.isZero())
    return a.isNonNegative() == b.isNonNegative() ? a.floorDiv(b)
                                                  : a.ceilDiv(b);
  return SymExpr::unknown();
}

static SymExpr addExprs(const SymExpr &a, const SymExpr &b) { return a + b; }
static SymExpr multiplyExprs(const SymExpr &a, const SymExpr &b) {
  return a * b;
}

static SymExpr fold(ArrayRef<SymExpr> operands,
                    SymExpr (*combine)(const SymExpr &, const SymExpr &)) {
  SymExpr result = operands.front();
  for (const SymExpr &operand : operands.drop_front())
    result = combine(result, operand);
  return result;
}

//===----------------------------------------------------------------------===//
// Sources of values
//===----------------------------------------------------------------------===//

std::optional<ShapeEvaluator::Elements>
ShapeEvaluator::evaluateConstant(Attribute value) {
  std::optional<SymShape> numbers =
      getConstantElements(value, ShapeValues::maxElements);
  if (!numbers)
    return std::nullopt;
  return llvm::map_to_vector<4>(
      *numbers, [](const SymExpr &number) { return Element{number}; });
}

std::optional<ShapeEvaluator::Elements>
ShapeEvaluator::evaluateShape(ShapeOp op) {
  std::optional<ArrayRef<SymExpr>> shape = values.shapeOf(op.getData());
  if (!shape)
    return std::nullopt;
  int64_t rank = shape->size();
  auto clamp = [&](int64_t bound) {
    return std::clamp<int64_t>(bound < 0 ? bound + rank : bound, 0, rank);
  };
  Elements elements;
  for (int64_t axis = clamp(op.getStart()),
               end = clamp(op.getEnd().value_or(rank));
       axis < end; ++axis)
    elements.push_back({(*shape)[axis], getSources({{op.getData(), axis}})});
  return elements;
}

std::optional<ShapeEvaluator::Elements>
ShapeEvaluator::evaluateSize(SizeOp op) {
  std::optional<ArrayRef<SymExpr>> shape = values.shapeOf(op.getData());
  if (!shape)
    return std::nullopt;
  return Elements{
      {SymExpr::product(*shape), values.lookup(op.getResult())->sources}};
}

std::optional<ShapeEvaluator::Elements>
ShapeEvaluator::evaluateRange(RangeOp op) {
  std::optional<SmallVector<int64_t>> sizes = getSizes(op.getResult());
  std::optional<Elements> start = getElements(op.getStart());
  std::optional<Elements> delta = getElements(op.getDelta());
  if (!sizes || !start || !delta || start->size() != 1 || delta->size() != 1)
    return std::nullopt;
  Elements elements;
  for (int64_t i = 0; i != sizes->front(); ++i)
    // How many there are depends on the limit, so all of them do.
    elements.push_back({start->front().value + delta->front().value * i,
                        values.lookup(op.getResult())->sources});
  return elements;
}

std::optional<ShapeEvaluator::Elements>
ShapeEvaluator::evaluateConstantOfShape(ConstantOfShapeOp op) {
  std::optional<SmallVector<int64_t>> sizes = getSizes(op.getResult());
  if (!sizes || !op.getValue())
    return std::nullopt;
  std::optional<Elements> value = evaluateConstant(*op.getValue());
  if (!value || value->size() != 1)
    return std::nullopt;
  return Elements(ShapedType::getNumElements(*sizes), value->front());
}

std::optional<ShapeEvaluator::Elements>
ShapeEvaluator::evaluateCast(CastOp op) {
  std::optional<Elements> elements = getElements(op.getInput());
  if (!elements)
    elements = truncateReal(op);
  auto type = dyn_cast<ShapedType>(op.getResult().getType());
  if (!elements || !type || !isSmallInteger(type.getElementType()))
    return std::nullopt;
  auto integer = cast<IntegerType>(type.getElementType());
  for (Element &element : *elements) {
    if (integer.getWidth() == 1)
      element.value = toBoolean(element.value);
    else if (std::optional<int64_t> number = element.value.getConstant();
             number &&
             (integer.isUnsigned()
                  ? *number < 0 || (integer.getWidth() < 64 &&
                                    *number >> integer.getWidth() != 0)
                  : !llvm::isIntN(integer.getWidth(), *number)))
      element.value = SymExpr::unknown();
  }
  return elements;
}

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

std::optional<ShapeEvaluator::Elements>
ShapeEvaluator::evaluateElementwise(Operation *op, Function function) {
  Value result = op->getResult(0);
  std::optional<SmallVector<int64_t>> sizes = getSizes(result);
  if (!sizes || op->getNumOperands() == 0)
    return std::nullopt;
  SmallVector<Elements, 2> operands;
  SmallVector<SmallVector<int64_t>, 2> operandSizes;
  for (Value operand : op->getOperands()) {
    std::optional<Elements> elements = getElements(operand);
    if (!elements)
      return std::nullopt;
    operands.push_back(std::move(*elements));
    operandSizes.push_back(*getSizes(operand));
  }
  Elements elements;
  forEachIndex(*sizes, [&](ArrayRef<int64_t> index) {
    SmallVector<SymExpr, 2> arguments;
    Element element;
    for (auto [operand, shape] : llvm::zip_equal(operands, operandSizes)) {
      const Element &argument = operand[flattenBroadcast(index, shape)];
      arguments.push_back(argument.value);
      element.sources = unite(element.sources, argument.sources);
    }
    element.value = function(arguments);
    elements.push_back(std::move(element));
  });
  return elements;
}

std::optional<ShapeEvaluator::Elements>
ShapeEvaluator::evaluateWhere(WhereOp op) {
  return evaluateElementwise(op, [](ArrayRef<SymExpr> x) {
    if (x[0].isConstant())
      return x[0].isZero() ? x[2] : x[1];
    return x[1] == x[2] ? x[1] : SymExpr::unknown();
  });
}

template <typename OpTy>
std::optional<ShapeEvaluator::Elements> ShapeEvaluator::evaluateReduction(
    OpTy op, SymExpr (*combine)(const SymExpr &, const SymExpr &)) {
  std::optional<Elements> data = getElements(op.getData());
  std::optional<SmallVector<int64_t>> sizes = getSizes(op.getResult());
  SymbolicShapeInference inference(values, op, /*isSilent=*/true);
  std::optional<SmallVector<int64_t>> axes =
      inference.getNumbers(op.getAxes(), op.getAxesOperand());
  if (!data || !sizes || (op.getAxesOperand() && !axes))
    return std::nullopt;
  SmallVector<int64_t> dataSizes = *getSizes(op.getData());
  int64_t rank = dataSizes.size();
  bool reducesNothing =
      (!axes || axes->empty()) && op.getNoopWithEmptyAxes() != 0;
  bool reducesAll = (!axes || axes->empty()) && !reducesNothing;
  std::vector<std::optional<Element>> sums(ShapedType::getNumElements(*sizes));
  const Element *next = data->begin();
  forEachIndex(dataSizes, [&](ArrayRef<int64_t> index) {
    SmallVector<int64_t> to;
    for (int64_t axis = 0; axis != rank; ++axis) {
      bool isReduced = reducesAll || (axes && !reducesNothing &&
                                      (llvm::is_contained(*axes, axis) ||
                                       llvm::is_contained(*axes, axis - rank)));
      if (!isReduced)
        to.push_back(index[axis]);
      else if (op.getKeepdims() != 0)
        to.push_back(0);
    }
    std::optional<Element> &sum = sums[flatten(to, *sizes)];
    sum = sum ? Element{combine(sum->value, next->value),
                        unite(sum->sources, next->sources)}
              : *next;
    ++next;
  });
  Elements elements;
  for (std::optional<Element> &sum : sums) {
    // A reduction of nothing has a value of its own for each op.
    if (!sum)
      return std::nullopt;
    elements.push_back(std::move(*sum));
  }
  return elements;
}

//===----------------------------------------------------------------------===//
// All ops
//===----------------------------------------------------------------------===//

ShapeEvaluator::ResultElements ShapeEvaluator::evaluateElements(Operation *op) {
  if (auto split = dyn_cast<SplitOp>(op))
    return evaluateSplit(split);
  evaluateReal(op);
  auto elementwise = [&](Function function) {
    return evaluateElementwise(op, function);
  };
  auto comparison = [&](llvm::function_ref<bool(int)> holds) {
    return elementwise(
        [&](ArrayRef<SymExpr> x) { return decide(x[0], x[1], holds); });
  };
  using Result = std::optional<Elements>;
  Result result =
      llvm::TypeSwitch<Operation *, Result>(op)
          .Case<InitializerOp, ConstantOp>(
              [&](auto op) { return evaluateConstant(op.getValue()); })
          .Case([&](ShapeOp op) { return evaluateShape(op); })
          .Case([&](SizeOp op) { return evaluateSize(op); })
          .Case([&](RangeOp op) { return evaluateRange(op); })
          .Case(
              [&](ConstantOfShapeOp op) { return evaluateConstantOfShape(op); })
          .Case([&](CastOp op) { return evaluateCast(op); })
          .Case([&](GatherOp op) { return evaluateGather(op); })
          .Case([&](SliceOp op) { return evaluateSlice(op); })
          .Case([&](ConcatOp op) { return evaluateConcat(op); })
          .Case([&](TransposeOp op) { return evaluateTranspose(op); })
          .Case([&](TileOp op) { return evaluateTile(op); })
          .Case([&](WhereOp op) { return evaluateWhere(op); })
          .Case<ReshapeOp, FlattenOp, SqueezeOp, UnsqueezeOp, IdentityOp>(
              [&](auto op) { return getElements(op->getOperand(0)); })
          .Case([&](ExpandOp op) { return evaluateExpand(op); })
          .Case<AddOp, SumOp>([&](auto) {
            return elementwise(
                [](ArrayRef<SymExpr> x) { return fold(x, addExprs); });
          })
          .Case([&](SubOp) {
            return elementwise([](ArrayRef<SymExpr> x) { return x[0] - x[1]; });
          })
          .Case([&](MulOp) {
            return elementwise([](ArrayRef<SymExpr> x) { return x[0] * x[1]; });
          })
          .Case([&](DivOp) {
            return elementwise([](ArrayRef<SymExpr> x) {
              return divideTruncating(x[0], x[1]);
            });
          })
          .Case([&](ModOp op) {
            return elementwise([&](ArrayRef<SymExpr> x) {
              // With fmod the sign is the dividend's.
              bool isPlain = op.getFmod() == 0 ||
                             (x[0].isNonNegative() && x[1].isNonNegative());
              return isPlain ? x[0].mod(x[1]) : SymExpr::unknown();
            });
          })
          .Case([&](MinOp) {
            return elementwise(
                [](ArrayRef<SymExpr> x) { return fold(x, SymExpr::min); });
          })
          .Case([&](MaxOp) {
            return elementwise(
                [](ArrayRef<SymExpr> x) { return fold(x, SymExpr::max); });
          })
          .Case([&](NegOp) {
            return elementwise([](ArrayRef<SymExpr> x) { return -x[0]; });
          })
          .Case([&](AbsOp) {
            return elementwise(
                [](ArrayRef<SymExpr> x) { return SymExpr::max(x[0], -x[0]); });
          })
          .Case([&](EqualOp) {
            return comparison([](int order) { return order == 0; });
          })
          .Case([&](LessOp) {
            return comparison([](int order) { return order < 0; });
          })
          .Case([&](LessOrEqualOp) {
            return comparison([](int order) { return order <= 0; });
          })
          .Case([&](GreaterOp) {
            return comparison([](int order) { return order > 0; });
          })
          .Case([&](GreaterOrEqualOp) {
            return comparison([](int order) { return order >= 0; });
          })
          .Case([&](NotOp) {
            return elementwise(
                [](ArrayRef<SymExpr> x) { return SymExpr(1) - x[0]; });
          })
          .Case([&](AndOp) {
            return elementwise(
                [](ArrayRef<SymExpr> x) { return SymExpr::min(x[0], x[1]); });
          })
          .Case([&](OrOp) {
            return elementwise(
                [](ArrayRef<SymExpr> x) { return SymExpr::max(x[0], x[1]); });
          })
          .Case([&](ReduceProdOp op) {
            return evaluateReduction(op, multiplyExprs);
          })
          .Case([&](ReduceSumOp op) { return evaluateReduction(op, addExprs); })
          .Case([&](ReduceMaxOp op) {
            return evaluateReduction(op, SymExpr::max);
          })
          .Case([&](ReduceMinOp op) {
            return evaluateReduction(op, SymExpr::min);
          })
          .Default(std::nullopt);
  ResultElements results;
  if (result)
    results.push_back(std::move(result));
  return results;
}
