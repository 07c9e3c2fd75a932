//===- Gathers.cpp - Elements by index to linalg.generic ------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each element of the result is a tensor.extract at computed indices. Indices
// are not checked against the sizes: a wrong one is undefined here as it is in
// ONNX.
//
//===----------------------------------------------------------------------===//

#include "Lowering.h"

using namespace mlir;
using namespace gac;

namespace {
struct LowerGather : LinalgPattern<GatherOp> {
  using LinalgPattern::LinalgPattern;
  LogicalResult
  matchAndRewrite(GatherOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override;
};

struct LowerGatherElements : LinalgPattern<GatherElementsOp> {
  using LinalgPattern::LinalgPattern;
  LogicalResult
  matchAndRewrite(GatherElementsOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override;
};

struct LowerGatherND : LinalgPattern<GatherNDOp> {
  using LinalgPattern::LinalgPattern;
  LogicalResult
  matchAndRewrite(GatherNDOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override;
};
} // namespace

static Value toWrappedIndex(ImplicitLocOpBuilder &b, Value element,
                            OpFoldResult size) {
  Value index = arith::IndexCastOp::create(b, b.getIndexType(), element);
  return wrapIndex(b, index, size);
}

/// The sizes as values, so that bodies of loops need not compute them.
static void materialize(ImplicitLocOpBuilder &b, Sizes &sizes) {
  for (OpFoldResult &size : sizes)
    size = OpFoldResult(toIndex(b, size));
}

LogicalResult
LowerGather::matchAndRewrite(GatherOp op, OpAdaptor adaptor,
                             ConversionPatternRewriter &rewriter) const {
  ImplicitLocOpBuilder b(op.getLoc(), rewriter);
  RankedTensorType type = getType(op.getResult());
  Value data = adaptor.getData(), indices = adaptor.getIndices();
  int64_t dataRank = getType(op.getData()).getRank();
  int64_t indexRank = getType(op.getIndices()).getRank();
  int64_t axis = wrapAxis(op.getAxis(), dataRank), rank = type.getRank();
  Sizes dataSizes = getSizes(b, data), indexSizes = getSizes(b, indices);
  Sizes sizes(ArrayRef(dataSizes).take_front(axis));
  llvm::append_range(sizes, indexSizes);
  llvm::append_range(sizes, ArrayRef(dataSizes).drop_front(axis + 1));
  SmallVector<AffineExpr> read;
  for (int64_t i = 0; i != indexRank; ++i)
    read.push_back(b.getAffineDimExpr(axis + i));
  OpFoldResult size(toIndex(b, dataSizes[axis]));
  rewriter.replaceOp(
      op, createElementwise(
              b, type, sizes, indices,
              AffineMap::get(rank, 0, read, b.getContext()),
              [&](ImplicitLocOpBuilder &body, ValueRange elements) -> Value {
                SmallVector<Value> all = createIndices(body, rank), at;
                llvm::append_range(at, ArrayRef(all).take_front(axis));
                at.push_back(toWrappedIndex(body, elements[0], size));
                llvm::append_range(at,
                                   ArrayRef(all).drop_front(axis + indexRank));
                return tensor::ExtractOp::create(body, data, at);
              }));
  return success();
}

LogicalResult LowerGatherElements::matchAndRewrite(
    GatherElementsOp op, OpAdaptor adaptor,
    ConversionPatternRewriter &rewriter) const {
  ImplicitLocOpBuilder b(op.getLoc(), rewriter);
  RankedTensorType type = getType(op.getResult());
  Value data = adaptor.getData(), indices = adaptor.getIndices();
  int64_t axis = wrapAxis(op.getAxis(), type.getRank());
  OpFoldResult size(toIndex(b, getSize(b, data, axis)));
  rewriter.replaceOp(
      op, createElementwise(
              b, type, getSizes(b, indices), indices,
              [&](ImplicitLocOpBuilder &body, ValueRange elements) -> Value {
                SmallVector<Value> at = createIndices(body, type.getRank());
                at[axis] = toWrappedIndex(body, elements[0], size);
                return tensor::ExtractOp::create(body, data, at);
              }));
  return success();
}

LogicalResult
LowerGatherND::matchAndRewrite(GatherNDOp op, OpAdaptor adaptor,
                               ConversionPatternRewriter &rewriter) const {
  RankedTensorType indexType = getType(op.getIndices());
  int64_t length = indexType.getShape().back();
  if (ShapedType::isDynamic(length))
    return lowering.fail(op, "the length of its index tuples is not known");
  ImplicitLocOpBuilder b(op.getLoc(), rewriter);
  RankedTensorType type = getType(op.getResult());
  Value data = adaptor.getData(), indices = adaptor.getIndices();
  int64_t batches = op.getBatchDims(), rank = type.getRank();
  int64_t tuples = indexType.getRank() - 1;
  Sizes dataSizes = getSizes(b, data);
  Sizes sizes(ArrayRef(getSizes(b, indices)).drop_back());
  llvm::append_range(sizes, ArrayRef(dataSizes).drop_front(batches + length));
  materialize(b, dataSizes);
  SmallVector<Value> positions;
  for (int64_t i = 0; i != length; ++i)
    positions.push_back(arith::ConstantIndexOp::create(b, i));
  rewriter.replaceOp(
      op, createElementwise(
              b, type, sizes, {}, {},
              [&](ImplicitLocOpBuilder &body, ValueRange) -> Value {
                SmallVector<Value> all = createIndices(body, rank);
                SmallVector<Value> at(ArrayRef(all).take_front(batches));
                for (auto [i, position] : llvm::enumerate(positions)) {
                  SmallVector<Value> tuple(ArrayRef(all).take_front(tuples));
                  tuple.push_back(position);
                  Value element =
                      tensor::ExtractOp::create(body, indices, tuple);
                  at.push_back(
                      toWrappedIndex(body, element, dataSizes[batches + i]));
                }
                llvm::append_range(at, ArrayRef(all).drop_front(tuples));
                return tensor::ExtractOp::create(body, data, at);
              }));
  return success();
}

void gac::populateGathers(TypeConverter &types, RewritePatternSet &patterns,
                          Lowering &lowering) {
  patterns.add<LowerGather, LowerGatherElements, LowerGatherND>(
      types, patterns.getContext(), lowering);
}
