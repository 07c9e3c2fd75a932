//===- ConvertElementwise.cpp - From elementwise ops to linalg ------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ConvertElementwise.h"
#include "gac/Dialect/CUDA/IR/CUDADialect.h"
#include "gac/Dialect/GAC/IR/GACOps.h"
#include "gac/Dialect/GAC/Transforms/ElementwiseBodies.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace gac;

static RankedTensorType getType(Value value) {
  return dyn_cast<RankedTensorType>(value.getType());
}

/// The one number that all elements of a constant or a weight are, as exact as
/// it is known.
static TypedAttr getSplat(Value value) {
  TypedAttr data;
  if (auto constant = value.getDefiningOp<ConstantOp>())
    data = constant.getValue();
  else if (auto initializer = value.getDefiningOp<InitializerOp>())
    data = initializer.getValue();
  auto elements = dyn_cast_if_present<DenseElementsAttr>(data);
  if (!elements || !elements.isSplat() ||
      !elements.getElementType().isIntOrFloat())
    return {};
  if (auto exact =
          value.getDefiningOp()->getAttrOfType<FloatAttr>(cuda::attr::exact))
    return exact;
  return elements.getSplatValue<TypedAttr>();
}

namespace {

/// How an operand of `rank` dimensions, counted from the last, is read where
/// the result is `sizes`: a size of 1 repeats.
AffineMap getBroadcastMap(Builder &builder, ArrayRef<int64_t> operand,
                          ArrayRef<int64_t> sizes) {
  SmallVector<AffineExpr> places;
  size_t skipped = sizes.size() - operand.size();
  for (auto [axis, size] : llvm::enumerate(operand))
    places.push_back(size == 1 && sizes[skipped + axis] != 1
                         ? builder.getAffineConstantExpr(0)
                         : builder.getAffineDimExpr(skipped + axis));
  return AffineMap::get(sizes.size(), 0, places, builder.getContext());
}

/// Makes a linalg.generic of `body` on the elements of `inputs`, which
/// broadcast. Null where the body cannot be built.
Value makeGeneric(
    PatternRewriter &rewriter, Location loc, RankedTensorType type,
    ValueRange inputs,
    llvm::function_ref<Value(OpBuilder &, Location, ValueRange)> body) {
  SmallVector<AffineMap> maps;
  for (Value input : inputs)
    maps.push_back(
        getBroadcastMap(rewriter, getType(input).getShape(), type.getShape()));
  maps.push_back(rewriter.getMultiDimIdentityMap(type.getRank()));
  SmallVector<utils::IteratorType> iterators(type.getRank(),
                                             utils::IteratorType::parallel);
  // Beside the function: what cannot be built leaves no trace in it.
  auto block = std::make_unique<Block>();
  for (Value input : inputs)
    block->addArgument(getType(input).getElementType(), loc);
  block->addArgument(type.getElementType(), loc);
  OpBuilder builder(rewriter.getContext());
  builder.setInsertionPointToEnd(block.get());
  Value element = body(builder, loc, block->getArguments().drop_back());
  if (!element)
    return {};
  linalg::YieldOp::create(builder, loc, element);
  Value empty = tensor::EmptyOp::create(rewriter, loc, type.getShape(),
                                        type.getElementType());
  auto generic =
      linalg::GenericOp::create(rewriter, loc, TypeRange(type), inputs,
                                ValueRange(empty), maps, iterators);
  generic.getRegion().push_back(block.release());
  return generic.getResult(0);
}

struct ConvertElementwise : OpInterfaceRewritePattern<ElementwiseOpInterface> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;

  LogicalResult matchAndRewrite(ElementwiseOpInterface op,
                                PatternRewriter &rewriter) const override {
    if (op->getNumResults() != 1)
      return failure();
    RankedTensorType type = getType(op->getResult(0));
    if (!type || llvm::any_of(op->getOperands(), [](Value operand) {
          return getType(operand) == nullptr;
        }))
      return failure();
    // Scalars become part of the code.
    SmallVector<Value> tensors;
    SmallVector<TypedAttr> scalars;
    for (Value operand : op->getOperands()) {
      scalars.push_back(getSplat(operand));
      if (!scalars.back())
        tensors.push_back(operand);
    }
    Value result = makeGeneric(
        rewriter, op->getLoc(), type, tensors,
        [&](OpBuilder &builder, Location loc, ValueRange arguments) {
          SmallVector<Value> operands;
          for (TypedAttr scalar : scalars) {
            Value operand;
            if (scalar && !scalar.getType().isIntOrFloat())
              return Value();
            if (scalar) {
              operand = arith::ConstantOp::create(builder, loc, scalar);
            } else {
              operand = arguments.front();
              arguments = arguments.drop_front();
            }
            // Chains are computed in float32 and rounded where they end.
            auto floatType = dyn_cast<FloatType>(operand.getType());
            if (floatType && floatType.getWidth() < 32)
              operand =
                  convertScalar(builder, loc, operand, builder.getF32Type());
            operands.push_back(operand);
          }
          Value value = isa<CastOp>(op)
                            ? operands[0]
                            : buildElementwise(builder, op, operands);
          return value
                     ? convertScalar(builder, loc, value, type.getElementType())
                     : value;
        });
    if (!result)
      return failure();
    rewriter.replaceOp(op, result);
    return success();
  }
};

struct ConvertRange : OpRewritePattern<RangeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(RangeOp op,
                                PatternRewriter &rewriter) const override {
    RankedTensorType type = getType(op.getResult());
    TypedAttr start = getSplat(op.getStart()), delta = getSplat(op.getDelta());
    if (!start || !delta || !type.getElementType().isSignlessInteger())
      return failure();
    rewriter.replaceOp(
        op, makeGeneric(
                rewriter, op.getLoc(), type, {},
                [&](OpBuilder &builder, Location loc, ValueRange) {
                  Value index = arith::IndexCastOp::create(
                      builder, loc, type.getElementType(),
                      linalg::IndexOp::create(builder, loc, 0));
                  return arith::AddIOp::create(
                             builder, loc,
                             arith::ConstantOp::create(builder, loc, start),
                             arith::MulIOp::create(builder, loc, index,
                                                   arith::ConstantOp::create(
                                                       builder, loc, delta)))
                      .getResult();
                }));
    return success();
  }
};

} // namespace

void cuda::populateElementwisePatterns(RewritePatternSet &patterns) {
  patterns.add<ConvertElementwise, ConvertRange>(patterns.getContext());
}
