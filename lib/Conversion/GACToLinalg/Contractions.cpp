//===- Contractions.cpp - MatMul and Gemm to linalg -----------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// linalg.matmul and linalg.batch_matmul where they fit, linalg.contract where
// an operand has other axes, and a linalg.generic where one has an axis of size
// 1 that broadcasts, which a contraction has no words for. Sums of 16-bit
// floats are 32-bit floats.
//
//===----------------------------------------------------------------------===//

#include "Lowering.h"

using namespace mlir;
using namespace gac;

namespace {
struct LowerMatMul : LinalgPattern<MatMulOp> {
  using LinalgPattern::LinalgPattern;
  LogicalResult
  matchAndRewrite(MatMulOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override;
};

struct LowerGemm : LinalgPattern<GemmOp> {
  using LinalgPattern::LinalgPattern;
  LogicalResult
  matchAndRewrite(GemmOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override;
};
} // namespace

static Type getSumType(Type element) {
  auto floatType = dyn_cast<FloatType>(element);
  return floatType && floatType.getWidth() < 32
             ? Float32Type::get(element.getContext())
             : element;
}

/// The sum over the last loop of products of elements, all of one type. The
/// loops are the axes of the result and then the one that is summed over.
static Value createContraction(ImplicitLocOpBuilder &b, RankedTensorType type,
                               ArrayRef<OpFoldResult> sizes, ValueRange inputs,
                               ArrayRef<AffineMap> maps) {
  Type element = type.getElementType(), sumElement = getSumType(element);
  auto sumType =
      cast<RankedTensorType>(type.cloneWith(std::nullopt, sumElement));
  Value start = createFilled(b, sumType, sizes, createScalar(b, sumElement, 0));
  int64_t rank = type.getRank();
  SmallVector<AffineMap> allMaps(maps);
  allMaps.push_back(AffineMap::getMultiDimIdentityMap(rank + 1, b.getContext())
                        .dropResult(rank));
  AffineExpr d0 = b.getAffineDimExpr(0), d1 = b.getAffineDimExpr(1),
             d2 = b.getAffineDimExpr(2), d3 = b.getAffineDimExpr(3);
  auto has = [&](ArrayRef<AffineExpr> left, ArrayRef<AffineExpr> right) {
    return allMaps[0].getResults() == left && allMaps[1].getResults() == right;
  };
  auto mapAttrs = b.getAffineMapArrayAttr(allMaps);
  bool isProjection = llvm::all_of(
      allMaps, [](AffineMap map) { return map.isProjectedPermutation(); });
  Value sum;
  if (rank == 2 && has({d0, d2}, {d2, d1})) {
    sum = linalg::MatmulOp::create(b, inputs, start).getResult(0);
  } else if (rank == 3 && has({d0, d1, d3}, {d0, d3, d2})) {
    sum = linalg::BatchMatmulOp::create(b, inputs, start).getResult(0);
  } else if (isProjection) {
    sum = linalg::ContractOp::create(b, inputs, start, mapAttrs).getResult(0);
  } else {
    SmallVector<utils::IteratorType> iterators(rank + 1,
                                               utils::IteratorType::parallel);
    iterators.back() = utils::IteratorType::reduction;
    sum = linalg::GenericOp::create(
              b, sumType, inputs, start, allMaps, iterators,
              [&](OpBuilder &builder, Location loc, ValueRange elements) {
                ImplicitLocOpBuilder body(loc, builder);
                auto widen = [&](Value value) {
                  return createCast(body, value, false, sumElement, false);
                };
                Value x = widen(elements[0]), y = widen(elements[1]);
                Value total;
                if (isa<FloatType>(sumElement))
                  total = arith::AddFOp::create(
                      body, elements[2], arith::MulFOp::create(body, x, y));
                else
                  total = arith::AddIOp::create(
                      body, elements[2], arith::MulIOp::create(body, x, y));
                linalg::YieldOp::create(body, total);
              })
              .getResult(0);
  }
  if (sumElement == element)
    return sum;
  return createElementwise(
      b, type, sizes, sum,
      [&](ImplicitLocOpBuilder &body, ValueRange elements) {
        return createCast(body, elements[0], false, element, false);
      });
}

LogicalResult
LowerMatMul::matchAndRewrite(MatMulOp op, OpAdaptor adaptor,
                             ConversionPatternRewriter &rewriter) const {
  ImplicitLocOpBuilder b(op.getLoc(), rewriter);
  RankedTensorType type = getType(op.getY());
  ArrayRef<SymExpr> shape = lowering.getShape(op.getY());
  int64_t rankOfA = getType(op.getA()).getRank();
  int64_t rankOfB = getType(op.getB()).getRank();
  // What is not the product's own are batches, which come first.
  bool hasRow = rankOfA > 1, hasColumn = rankOfB > 1;
  int64_t rank = type.getRank();
  int64_t batches = rank - (hasRow ? 1 : 0) - (hasColumn ? 1 : 0);
  AffineExpr row = b.getAffineDimExpr(batches);
  AffineExpr column = b.getAffineDimExpr(batches + (hasRow ? 1 : 0));
  AffineExpr inner = b.getAffineDimExpr(rank);

  // The sizes of batches follow from the operands' by broadcast.
  Sizes sizes;
  for (int64_t axis = 0; axis != batches; ++axis) {
    OpFoldResult found;
    for (bool mustBeEqual : {true, false}) {
      for (auto [operand, value, own] :
           {std::tuple(op.getA(), adaptor.getA(), rankOfA - 2),
            std::tuple(op.getB(), adaptor.getB(), rankOfB - 2)}) {
        int64_t position = axis - batches + own;
        if (found || position < 0)
          continue;
        const SymExpr &size = lowering.getShape(operand)[position];
        if (size == shape[axis] || (!mustBeEqual && !size.isOne()))
          found = getSize(b, value, position);
      }
    }
    sizes.push_back(found);
  }
  if (hasRow)
    sizes.push_back(getSize(b, adaptor.getA(), rankOfA - 2));
  if (hasColumn)
    sizes.push_back(getSize(b, adaptor.getB(), rankOfB - 1));

  SmallVector<Value> inputs;
  SmallVector<AffineMap> maps;
  for (bool isA : {true, false}) {
    Value operand = isA ? op.getA() : op.getB();
    Value converted = isA ? adaptor.getA() : adaptor.getB();
    int64_t own = isA ? rankOfA : rankOfB;
    SmallVector<AffineExpr> results;
    for (int64_t axis = 0; axis < own - 2; ++axis) {
      int64_t position = axis + batches - (own - 2);
      const SymExpr &size = lowering.getShape(operand)[axis];
      if (size.isOne() && !shape[position].isOne())
        results.push_back(b.getAffineConstantExpr(0));
      else if (size.isConstant() || size == shape[position])
        results.push_back(b.getAffineDimExpr(position));
      else
        return lowering.fail(
            op, "whether axis " + Twine(axis) + " of " + (isA ? "A" : "B") +
                    " broadcasts is not known: it has size " + size.str() +
                    ", the result " + shape[position].str());
    }
    if (isA) {
      if (hasRow)
        results.push_back(row);
      results.push_back(inner);
    } else {
      results.push_back(inner);
      if (hasColumn)
        results.push_back(column);
    }
    inputs.push_back(converted);
    maps.push_back(AffineMap::get(rank + 1, 0, results, b.getContext()));
  }
  rewriter.replaceOp(op, createContraction(b, type, sizes, inputs, maps));
  return success();
}

LogicalResult
LowerGemm::matchAndRewrite(GemmOp op, OpAdaptor adaptor,
                           ConversionPatternRewriter &rewriter) const {
  ImplicitLocOpBuilder b(op.getLoc(), rewriter);
  RankedTensorType type = getType(op.getY());
  Type element = type.getElementType();
  bool isATransposed = op.getTransA() != 0, isBTransposed = op.getTransB() != 0;
  Sizes sizes = {getSize(b, adaptor.getA(), isATransposed ? 1 : 0),
                 getSize(b, adaptor.getB(), isBTransposed ? 0 : 1)};
  AffineExpr row = b.getAffineDimExpr(0), column = b.getAffineDimExpr(1),
             inner = b.getAffineDimExpr(2);
  auto makeMap = [&](AffineExpr first, AffineExpr second) {
    return AffineMap::get(3, 0, {first, second}, b.getContext());
  };
  SmallVector<AffineMap, 2> maps = {
      isATransposed ? makeMap(inner, row) : makeMap(row, inner),
      isBTransposed ? makeMap(column, inner) : makeMap(inner, column)};
  Value product =
      createContraction(b, type, sizes, {adaptor.getA(), adaptor.getB()}, maps);

  double alpha = op.getAlpha().convertToDouble();
  double beta = op.getBeta().convertToDouble();
  bool hasC = op.getC() && beta != 0;
  if (!hasC && alpha == 1) {
    rewriter.replaceOp(op, product);
    return success();
  }
  if (!isa<FloatType>(element) && (alpha != 1 || beta != 1))
    return lowering.fail(op, "it scales integers by alpha " +
                                 std::to_string(alpha) + " and beta " +
                                 std::to_string(beta));
  SmallVector<Value> inputs = {product};
  SmallVector<AffineMap> inputMaps = {b.getMultiDimIdentityMap(2)};
  if (hasC) {
    BroadcastOperand read =
        broadcastOperand(b, lowering, op.getC(), adaptor.getC(),
                         lowering.getShape(op.getY()), sizes);
    inputs.push_back(read.tensor);
    inputMaps.push_back(read.map);
  }
  auto scale = [&](ImplicitLocOpBuilder &body, Value value, double factor) {
    return factor == 1 ? value
                       : arith::MulFOp::create(
                             body, value, createScalar(body, element, factor))
                             .getResult();
  };
  Value result = createElementwise(
      b, type, sizes, inputs, inputMaps,
      [&](ImplicitLocOpBuilder &body, ValueRange elements) -> Value {
        Value scaled = scale(body, elements[0], alpha);
        if (!hasC)
          return scaled;
        Value added = scale(body, elements[1], beta);
        if (isa<FloatType>(element))
          return arith::AddFOp::create(body, scaled, added);
        return arith::AddIOp::create(body, scaled, added);
      });
  rewriter.replaceOp(op, result);
  return success();
}

void gac::populateContractions(TypeConverter &types,
                               RewritePatternSet &patterns,
                               Lowering &lowering) {
  patterns.add<LowerMatMul, LowerGemm>(types, patterns.getContext(), lowering);
}
