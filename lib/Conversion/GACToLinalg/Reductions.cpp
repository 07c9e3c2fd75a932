//===- Reductions.cpp - Reductions and running sums to linalg -------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lowering.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/TypeSwitch.h"

#include <limits>

using namespace mlir;
using namespace gac;

namespace {
/// What a reduction adds up, and how.
enum class Step { Sum, SumOfSquares, SumOfSizes, Product, Max, Min };

/// What becomes of the result.
enum class Finish { None, Mean, SquareRoot, Logarithm };

template <typename OpTy, Step step, Finish finish = Finish::None>
struct LowerReduction : LinalgPattern<OpTy> {
  using LinalgPattern<OpTy>::LinalgPattern;
  LogicalResult
  matchAndRewrite(OpTy op, typename OpTy::Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override;
};

struct LowerCumSum : LinalgPattern<CumSumOp> {
  using LinalgPattern::LinalgPattern;
  LogicalResult
  matchAndRewrite(CumSumOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override;
};
} // namespace

/// The number that a reduction starts from.
static Value createStart(ImplicitLocOpBuilder &b, Type element, Step step,
                         bool isUnsigned) {
  if (step == Step::Product)
    return createScalar(b, element, 1);
  if (step != Step::Max && step != Step::Min)
    return createScalar(b, element, 0);
  bool isMax = step == Step::Max;
  if (isa<FloatType>(element)) {
    double infinity = std::numeric_limits<double>::infinity();
    return createScalar(b, element, isMax ? -infinity : infinity);
  }
  unsigned width = element.getIntOrFloatBitWidth();
  APInt start =
      isUnsigned || width == 1
          ? (isMax ? APInt::getMinValue(width) : APInt::getMaxValue(width))
          : (isMax ? APInt::getSignedMinValue(width)
                   : APInt::getSignedMaxValue(width));
  return arith::ConstantOp::create(b, b.getIntegerAttr(element, start));
}

static Value createStep(ImplicitLocOpBuilder &b, Step step, Value x, Value sum,
                        bool isUnsigned) {
  bool isFloat = isa<FloatType>(x.getType());
  isUnsigned |= x.getType().isInteger(1);
  auto add = [&](Value value) {
    return isFloat ? arith::AddFOp::create(b, sum, value).getResult()
                   : arith::AddIOp::create(b, sum, value).getResult();
  };
  auto multiply = [&](Value left, Value right) {
    return isFloat ? arith::MulFOp::create(b, left, right).getResult()
                   : arith::MulIOp::create(b, left, right).getResult();
  };
  switch (step) {
  case Step::Sum:
    return add(x);
  case Step::SumOfSquares:
    return add(multiply(x, x));
  case Step::SumOfSizes:
    if (isUnsigned)
      return add(x);
    return add(isFloat ? math::AbsFOp::create(b, x).getResult()
                       : math::AbsIOp::create(b, x).getResult());
  case Step::Product:
    return multiply(sum, x);
  case Step::Max:
    if (isFloat)
      return arith::MaximumFOp::create(b, sum, x);
    if (isUnsigned)
      return arith::MaxUIOp::create(b, sum, x);
    return arith::MaxSIOp::create(b, sum, x);
  case Step::Min:
    if (isFloat)
      return arith::MinimumFOp::create(b, sum, x);
    if (isUnsigned)
      return arith::MinUIOp::create(b, sum, x);
    return arith::MinSIOp::create(b, sum, x);
  }
  llvm_unreachable("all steps are handled");
}

template <typename OpTy, Step step, Finish finish>
LogicalResult LowerReduction<OpTy, step, finish>::matchAndRewrite(
    OpTy op, typename OpTy::Adaptor adaptor,
    ConversionPatternRewriter &rewriter) const {
  Lowering &lowering = this->lowering;
  RankedTensorType inputType = this->getType(op.getData());
  RankedTensorType type = this->getType(op->getResult(0));
  Type element = inputType.getElementType();
  bool isUnsigned = cast<ShapedType>(op.getData().getType())
                        .getElementType()
                        .isUnsignedInteger();
  int64_t rank = inputType.getRank();

  std::optional<SmallVector<int64_t>> axes =
      lowering.getNumbers(op.getAxes(), op.getAxesOperand());
  if (op.getAxesOperand() && !axes)
    return lowering.fail(op, "its axes are not known");
  SmallVector<bool> isReduced(rank, false);
  if (axes && !axes->empty()) {
    for (int64_t axis : *axes)
      isReduced[wrapAxis(axis, rank)] = true;
  } else if (op.getNoopWithEmptyAxes() == 0) {
    isReduced.assign(rank, true);
  }
  if (!isa<FloatType>(element) &&
      (finish == Finish::SquareRoot || finish == Finish::Logarithm))
    return lowering.fail(op, "there is no lowering of it for integers");

  ImplicitLocOpBuilder b(op.getLoc(), rewriter);
  // Sums of 16-bit floats are 32-bit floats.
  auto floatType = dyn_cast<FloatType>(element);
  Type sumElement =
      floatType && floatType.getWidth() < 32 ? b.getF32Type() : element;
  SmallVector<int64_t> dimensions, keptShape;
  SmallVector<SymExpr> keptSymbols;
  Sizes keptSizes, resultSizes;
  OpFoldResult count = b.getIndexAttr(1);
  for (int64_t axis = 0; axis != rank; ++axis) {
    OpFoldResult size = getSize(b, adaptor.getData(), axis);
    if (isReduced[axis]) {
      dimensions.push_back(axis);
      count = multiplySizes(b, count, size);
      if (op.getKeepdims() != 0)
        resultSizes.push_back(b.getIndexAttr(1));
      continue;
    }
    keptShape.push_back(inputType.getDimSize(axis));
    keptSymbols.push_back(lowering.getShape(op.getData())[axis]);
    keptSizes.push_back(size);
    resultSizes.push_back(size);
  }
  auto keptType = RankedTensorType::get(keptShape, sumElement);
  Value start = createFilled(b, keptType, keptSizes,
                             createStart(b, sumElement, step, isUnsigned));
  Value input = adaptor.getData();
  if (sumElement != element)
    input = createElementwise(
        b, inputType.clone(sumElement), getSizes(b, input), input,
        [&](ImplicitLocOpBuilder &body, ValueRange elements) {
          return createCast(body, elements[0], false, sumElement, false);
        });
  Value sum =
      linalg::ReduceOp::create(
          b, input, start, dimensions,
          [&](OpBuilder &builder, Location loc, ValueRange elements) {
            ImplicitLocOpBuilder body(loc, builder);
            linalg::YieldOp::create(body, createStep(body, step, elements[0],
                                                     elements[1], isUnsigned));
          })
          .getResult(0);
  if (finish != Finish::None || sumElement != element) {
    Value divisor;
    if (finish == Finish::Mean) {
      Value number = arith::IndexCastOp::create(
          b, isa<FloatType>(element) ? b.getI64Type() : element,
          toIndex(b, count));
      divisor = createCast(b, number, false, sumElement, false);
    }
    sum = createElementwise(
        b, keptType.clone(element), keptSizes, sum,
        [&](ImplicitLocOpBuilder &body, ValueRange elements) {
          Value value = elements[0];
          if (finish == Finish::SquareRoot)
            value = math::SqrtOp::create(body, value);
          else if (finish == Finish::Logarithm)
            value = math::LogOp::create(body, value);
          else if (finish == Finish::Mean && isa<FloatType>(element))
            value = arith::DivFOp::create(body, value, divisor);
          else if (finish == Finish::Mean && isUnsigned)
            value = arith::DivUIOp::create(body, value, divisor);
          else if (finish == Finish::Mean)
            value = arith::DivSIOp::create(body, value, divisor);
          return createCast(body, value, false, element, false);
        });
  }
  rewriter.replaceOp(op, createReshape(b, sum, type, resultSizes, keptSymbols,
                                       lowering.getShape(op->getResult(0))));
  return success();
}

LogicalResult
LowerCumSum::matchAndRewrite(CumSumOp op, OpAdaptor adaptor,
                             ConversionPatternRewriter &rewriter) const {
  std::optional<SmallVector<int64_t>> axes = lowering.getNumbers(op.getAxis());
  if (!axes)
    return lowering.fail(op, "its axis is not known");
  RankedTensorType type = getType(op.getResult());
  Type element = type.getElementType();
  int64_t rank = type.getRank();
  int64_t axis = wrapAxis(axes->front(), rank);
  ImplicitLocOpBuilder b(op.getLoc(), rewriter);
  Sizes sizes = getSizes(b, adaptor.getX());
  Value start = createFilled(b, type, sizes, createScalar(b, element, 0));

  // Each sum anew over the whole axis: quadratic, but a structured op whose
  // loops are parallel. Models run sums along a sequence of small integers.
  AffineMap output = AffineMap::getMultiDimIdentityMap(rank + 1, b.getContext())
                         .dropResult(rank);
  SmallVector<AffineExpr> read(output.getResults());
  read[axis] = b.getAffineDimExpr(rank);
  SmallVector<AffineMap, 2> maps = {
      AffineMap::get(rank + 1, 0, read, b.getContext()), output};
  SmallVector<utils::IteratorType> iterators(rank + 1,
                                             utils::IteratorType::parallel);
  iterators.back() = utils::IteratorType::reduction;
  bool isExclusive = op.getExclusive() != 0, isReverse = op.getReverse() != 0;
  arith::CmpIPredicate predicate =
      isReverse ? (isExclusive ? arith::CmpIPredicate::sgt
                               : arith::CmpIPredicate::sge)
                : (isExclusive ? arith::CmpIPredicate::slt
                               : arith::CmpIPredicate::sle);
  Value sum =
      linalg::GenericOp::create(
          b, type, adaptor.getX(), start, maps, iterators,
          [&](OpBuilder &builder, Location loc, ValueRange elements) {
            ImplicitLocOpBuilder body(loc, builder);
            Value from = linalg::IndexOp::create(body, rank);
            Value to = linalg::IndexOp::create(body, axis);
            Value counts = arith::CmpIOp::create(body, predicate, from, to);
            Value added = createStep(body, Step::Sum, elements[0], elements[1],
                                     /*isUnsigned=*/false);
            Value next =
                arith::SelectOp::create(body, counts, added, elements[1]);
            linalg::YieldOp::create(body, next);
          })
          .getResult(0);
  rewriter.replaceOp(op, sum);
  return success();
}

void gac::populateReductions(TypeConverter &types, RewritePatternSet &patterns,
                             Lowering &lowering) {
  patterns
      .add<LowerReduction<ReduceSumOp, Step::Sum>,
           LowerReduction<ReduceMeanOp, Step::Sum, Finish::Mean>,
           LowerReduction<ReduceSumSquareOp, Step::SumOfSquares>,
           LowerReduction<ReduceL1Op, Step::SumOfSizes>,
           LowerReduction<ReduceL2Op, Step::SumOfSquares, Finish::SquareRoot>,
           LowerReduction<ReduceLogSumOp, Step::Sum, Finish::Logarithm>,
           LowerReduction<ReduceProdOp, Step::Product>,
           LowerReduction<ReduceMaxOp, Step::Max>,
           LowerReduction<ReduceMinOp, Step::Min>, LowerCumSum>(
          types, patterns.getContext(), lowering);
}
