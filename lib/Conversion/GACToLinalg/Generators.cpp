//===- Generators.cpp - Shapes, ranges and filled tensors -----------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lowering.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace gac;

namespace {
struct LowerShape : LinalgPattern<ShapeOp> {
  using LinalgPattern::LinalgPattern;
  LogicalResult
  matchAndRewrite(ShapeOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override;
};

struct LowerSize : LinalgPattern<SizeOp> {
  using LinalgPattern::LinalgPattern;
  LogicalResult
  matchAndRewrite(SizeOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override;
};

struct LowerRange : LinalgPattern<RangeOp> {
  using LinalgPattern::LinalgPattern;
  LogicalResult
  matchAndRewrite(RangeOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override;
};

struct LowerConstantOfShape : LinalgPattern<ConstantOfShapeOp> {
  using LinalgPattern::LinalgPattern;
  LogicalResult
  matchAndRewrite(ConstantOfShapeOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override;
};
} // namespace

/// A tensor of the type `type` that holds `sizes`.
static Value createSizes(ImplicitLocOpBuilder &b, RankedTensorType type,
                         ArrayRef<OpFoldResult> sizes) {
  SmallVector<Value> elements;
  for (OpFoldResult size : sizes) {
    if (std::optional<int64_t> known = getConstantIntValue(size))
      elements.push_back(arith::ConstantOp::create(
          b, b.getIntegerAttr(type.getElementType(), *known)));
    else
      elements.push_back(arith::IndexCastOp::create(b, type.getElementType(),
                                                    toIndex(b, size)));
  }
  if (elements.empty())
    return tensor::EmptyOp::create(b, type.getShape(), type.getElementType());
  return tensor::FromElementsOp::create(b, type, elements);
}

LogicalResult
LowerShape::matchAndRewrite(ShapeOp op, OpAdaptor adaptor,
                            ConversionPatternRewriter &rewriter) const {
  ImplicitLocOpBuilder b(op.getLoc(), rewriter);
  int64_t rank = getType(op.getData()).getRank();
  auto clamp = [&](int64_t axis) {
    return std::clamp<int64_t>(wrapAxis(axis, rank), 0, rank);
  };
  int64_t start = clamp(op.getStart());
  int64_t end = op.getEnd() ? clamp(*op.getEnd()) : rank;
  Sizes sizes;
  for (int64_t axis = start; axis < end; ++axis)
    sizes.push_back(getSize(b, adaptor.getData(), axis));
  rewriter.replaceOp(op, createSizes(b, getType(op.getResult()), sizes));
  return success();
}

LogicalResult
LowerSize::matchAndRewrite(SizeOp op, OpAdaptor adaptor,
                           ConversionPatternRewriter &rewriter) const {
  ImplicitLocOpBuilder b(op.getLoc(), rewriter);
  OpFoldResult count = b.getIndexAttr(1);
  for (OpFoldResult size : getSizes(b, adaptor.getData()))
    count = multiplySizes(b, count, size);
  rewriter.replaceOp(op, createSizes(b, getType(op.getResult()), count));
  return success();
}

LogicalResult
LowerRange::matchAndRewrite(RangeOp op, OpAdaptor adaptor,
                            ConversionPatternRewriter &rewriter) const {
  ImplicitLocOpBuilder b(op.getLoc(), rewriter);
  RankedTensorType type = getType(op.getResult());
  Type element = type.getElementType();
  Value start = readScalar(b, adaptor.getStart());
  Value delta = readScalar(b, adaptor.getDelta());
  OpFoldResult size;
  if (type.isDynamicDim(0)) {
    Value limit = readScalar(b, adaptor.getLimit());
    Value steps;
    if (isa<FloatType>(element)) {
      Value distance = arith::SubFOp::create(b, limit, start);
      Value ratio = arith::DivFOp::create(b, distance, delta);
      Value whole = math::CeilOp::create(b, ratio);
      steps = arith::FPToSIOp::create(b, b.getI64Type(), whole);
    } else {
      Value distance = arith::SubIOp::create(b, limit, start);
      steps = arith::CeilDivSIOp::create(b, distance, delta);
    }
    Value count = arith::IndexCastOp::create(b, b.getIndexType(), steps);
    size = maxSizes(b, count, b.getIndexAttr(0));
  } else {
    size = b.getIndexAttr(type.getDimSize(0));
  }
  rewriter.replaceOp(
      op, createElementwise(
              b, type, size, {}, {},
              [&](ImplicitLocOpBuilder &body, ValueRange) -> Value {
                Value index = linalg::IndexOp::create(body, 0);
                if (isa<FloatType>(element)) {
                  Value number = arith::IndexCastOp::create(
                      body, body.getI64Type(), index);
                  number = arith::SIToFPOp::create(body, element, number);
                  number = arith::MulFOp::create(body, number, delta);
                  return arith::AddFOp::create(body, start, number);
                }
                Value number = arith::IndexCastOp::create(body, element, index);
                number = arith::MulIOp::create(body, number, delta);
                return arith::AddIOp::create(body, start, number);
              }));
  return success();
}

LogicalResult LowerConstantOfShape::matchAndRewrite(
    ConstantOfShapeOp op, OpAdaptor adaptor,
    ConversionPatternRewriter &rewriter) const {
  ImplicitLocOpBuilder b(op.getLoc(), rewriter);
  RankedTensorType type = getType(op.getResult());
  Type element = type.getElementType();
  Value scalar;
  if (std::optional<ElementsAttr> value = op.getValue()) {
    auto elements = dyn_cast<DenseElementsAttr>(*value);
    if (!elements || elements.getNumElements() != 1)
      return lowering.fail(op, "its value is not stated as one element");
    if (isa<FloatType>(element)) {
      scalar = arith::ConstantOp::create(
          b, b.getFloatAttr(element, *elements.value_begin<APFloat>()));
    } else {
      scalar = arith::ConstantOp::create(
          b, b.getIntegerAttr(element, *elements.value_begin<APInt>()));
    }
  } else {
    scalar = createScalar(b, element, 0);
  }
  Sizes sizes;
  for (auto [axis, size] : llvm::enumerate(type.getShape()))
    sizes.push_back(ShapedType::isDynamic(size)
                        ? OpFoldResult(readIndex(b, adaptor.getShape(),
                                                 static_cast<int64_t>(axis)))
                        : OpFoldResult(b.getIndexAttr(size)));
  rewriter.replaceOp(op, createFilled(b, type, sizes, scalar));
  return success();
}

void gac::populateGenerators(TypeConverter &types, RewritePatternSet &patterns,
                             Lowering &lowering) {
  patterns.add<LowerShape, LowerSize, LowerRange, LowerConstantOfShape>(
      types, patterns.getContext(), lowering);
}
