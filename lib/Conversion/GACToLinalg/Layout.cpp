//===- Layout.cpp - Ops that arrange elements to tensor and linalg --------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lowering.h"

using namespace mlir;
using namespace gac;

namespace {
struct LowerReshape : LinalgPattern<ReshapeOp> {
  using LinalgPattern::LinalgPattern;
  LogicalResult
  matchAndRewrite(ReshapeOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override;
};

struct LowerFlatten : LinalgPattern<FlattenOp> {
  using LinalgPattern::LinalgPattern;
  LogicalResult
  matchAndRewrite(FlattenOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override;
};

struct LowerSqueeze : LinalgPattern<SqueezeOp> {
  using LinalgPattern::LinalgPattern;
  LogicalResult
  matchAndRewrite(SqueezeOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override;
};

struct LowerUnsqueeze : LinalgPattern<UnsqueezeOp> {
  using LinalgPattern::LinalgPattern;
  LogicalResult
  matchAndRewrite(UnsqueezeOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override;
};

struct LowerTranspose : LinalgPattern<TransposeOp> {
  using LinalgPattern::LinalgPattern;
  LogicalResult
  matchAndRewrite(TransposeOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override;
};

struct LowerExpand : LinalgPattern<ExpandOp> {
  using LinalgPattern::LinalgPattern;
  LogicalResult
  matchAndRewrite(ExpandOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override;
};

struct LowerTile : LinalgPattern<TileOp> {
  using LinalgPattern::LinalgPattern;
  LogicalResult
  matchAndRewrite(TileOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override;
};

struct LowerTrilu : LinalgPattern<TriluOp> {
  using LinalgPattern::LinalgPattern;
  LogicalResult
  matchAndRewrite(TriluOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override;
};
} // namespace

static OpFoldResult multiplyAll(ImplicitLocOpBuilder &b,
                                ArrayRef<OpFoldResult> sizes) {
  OpFoldResult product = b.getIndexAttr(1);
  for (OpFoldResult size : sizes)
    product = multiplySizes(b, product, size);
  return product;
}

//===----------------------------------------------------------------------===//
// The same elements in the same order
//===----------------------------------------------------------------------===//

/// The sizes that the shape operand of `op` asks for.
static Sizes getReshapeSizes(ImplicitLocOpBuilder &b, ReshapeOp op,
                             ReshapeOp::Adaptor adaptor, RankedTensorType type,
                             const Lowering &lowering) {
  Value data = adaptor.getData();
  Sizes dataSizes = getSizes(b, data);
  std::optional<ArrayRef<SymExpr>> wanted = lowering.getElements(op.getShape());
  bool copiesZeros = op.getAllowzero() == 0;

  // An entry that may be -1 stands for what the others leave.
  Sizes sizes;
  SmallVector<size_t> open;
  for (auto [axis, known] : llvm::enumerate(type.getShape())) {
    if (!ShapedType::isDynamic(known)) {
      sizes.push_back(b.getIndexAttr(known));
      continue;
    }
    SymExpr entry = wanted ? (*wanted)[axis] : SymExpr::unknown();
    if (entry.isZero() && copiesZeros) {
      sizes.push_back(dataSizes[axis]);
      continue;
    }
    open.push_back(axis);
    sizes.push_back({});
  }
  // The only one is what the others leave, whatever its entry is.
  if (open.size() == 1) {
    OpFoldResult others = b.getIndexAttr(1);
    for (OpFoldResult size : sizes)
      if (size)
        others = multiplySizes(b, others, size);
    // Without elements nothing is left; the division must not trap.
    others = maxSizes(b, others, b.getIndexAttr(1));
    sizes[open.front()] = divideSizes(b, multiplyAll(b, dataSizes), others);
    return sizes;
  }
  Value zero;
  SmallVector<std::pair<size_t, Value>> mayBeInferred;
  for (size_t axis : open) {
    Value entry = readIndex(b, adaptor.getShape(), static_cast<int64_t>(axis));
    // A size is no 0 that copies, and no -1.
    bool isSize = wanted && (*wanted)[axis].isNonNegative();
    if (copiesZeros && axis < dataSizes.size()) {
      if (!zero)
        zero = arith::ConstantIndexOp::create(b, 0);
      Value isZero =
          arith::CmpIOp::create(b, arith::CmpIPredicate::eq, entry, zero);
      entry = arith::SelectOp::create(b, isZero, toIndex(b, dataSizes[axis]),
                                      entry);
    }
    sizes[axis] = entry;
    if (!isSize)
      mayBeInferred.emplace_back(axis, entry);
  }
  if (mayBeInferred.empty())
    return sizes;
  // With a -1 among them the product of all is minus that of the others. Where
  // there is none the quotient is not used, but must not trap.
  Value minusOne = arith::ConstantIndexOp::create(b, -1);
  OpFoldResult others =
      subtractSizes(b, b.getIndexAttr(0), multiplyAll(b, sizes));
  others = maxSizes(b, others, b.getIndexAttr(1));
  Value rest = toIndex(b, divideSizes(b, multiplyAll(b, dataSizes), others));
  for (auto [axis, entry] : mayBeInferred) {
    Value isInferred =
        arith::CmpIOp::create(b, arith::CmpIPredicate::eq, entry, minusOne);
    sizes[axis] = OpFoldResult(
        arith::SelectOp::create(b, isInferred, rest, entry).getResult());
  }
  return sizes;
}

LogicalResult
LowerReshape::matchAndRewrite(ReshapeOp op, OpAdaptor adaptor,
                              ConversionPatternRewriter &rewriter) const {
  ImplicitLocOpBuilder b(op.getLoc(), rewriter);
  RankedTensorType type = getType(op.getResult());
  Sizes sizes = getReshapeSizes(b, op, adaptor, type, lowering);
  rewriter.replaceOp(op, createReshape(b, adaptor.getData(), type, sizes,
                                       lowering.getShape(op.getData()),
                                       lowering.getShape(op.getResult())));
  return success();
}

LogicalResult
LowerFlatten::matchAndRewrite(FlattenOp op, OpAdaptor adaptor,
                              ConversionPatternRewriter &rewriter) const {
  ImplicitLocOpBuilder b(op.getLoc(), rewriter);
  Sizes all = getSizes(b, adaptor.getInput());
  auto rank = static_cast<int64_t>(all.size());
  int64_t axis = wrapAxis(op.getAxis(), rank);
  Sizes sizes = {multiplyAll(b, ArrayRef(all).take_front(axis)),
                 multiplyAll(b, ArrayRef(all).drop_front(axis))};
  rewriter.replaceOp(op, createReshape(b, adaptor.getInput(),
                                       getType(op.getResult()), sizes,
                                       lowering.getShape(op.getInput()),
                                       lowering.getShape(op.getResult())));
  return success();
}

LogicalResult
LowerSqueeze::matchAndRewrite(SqueezeOp op, OpAdaptor adaptor,
                              ConversionPatternRewriter &rewriter) const {
  RankedTensorType type = getType(op.getResult());
  int64_t rank = getType(op.getData()).getRank();
  SmallVector<bool> isDropped(rank, false);
  if (auto axes = lowering.getNumbers(op.getAxes(), op.getAxesOperand())) {
    for (int64_t axis : *axes)
      isDropped[wrapAxis(axis, rank)] = true;
  } else if (op.getAxesOperand()) {
    return lowering.fail(op, "its axes are not known");
  } else {
    for (auto [axis, size] : llvm::enumerate(lowering.getShape(op.getData())))
      isDropped[axis] = size.isOne();
  }
  ImplicitLocOpBuilder b(op.getLoc(), rewriter);
  Sizes sizes;
  SmallVector<SymExpr> from;
  for (auto [axis, dropped] : llvm::enumerate(isDropped)) {
    // What is dropped has size 1, whether inference sees it or not.
    from.push_back(dropped ? SymExpr(1)
                           : lowering.getShape(op.getData())[axis]);
    if (!dropped)
      sizes.push_back(
          getSize(b, adaptor.getData(), static_cast<int64_t>(axis)));
  }
  if (static_cast<int64_t>(sizes.size()) != type.getRank())
    return lowering.fail(op, "which axes it drops is not known");
  rewriter.replaceOp(op, createReshape(b, adaptor.getData(), type, sizes, from,
                                       lowering.getShape(op.getResult())));
  return success();
}

LogicalResult
LowerUnsqueeze::matchAndRewrite(UnsqueezeOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const {
  auto axes = lowering.getNumbers(op.getAxes(), op.getAxesOperand());
  if (!axes)
    return lowering.fail(op, "its axes are not known");
  RankedTensorType type = getType(op.getResult());
  ImplicitLocOpBuilder b(op.getLoc(), rewriter);
  SmallVector<bool> isAdded(type.getRank(), false);
  for (int64_t axis : *axes)
    isAdded[wrapAxis(axis, type.getRank())] = true;
  Sizes sizes;
  int64_t next = 0;
  for (bool added : isAdded)
    sizes.push_back(added ? OpFoldResult(b.getIndexAttr(1))
                          : getSize(b, adaptor.getData(), next++));
  rewriter.replaceOp(op, createReshape(b, adaptor.getData(), type, sizes,
                                       lowering.getShape(op.getData()),
                                       lowering.getShape(op.getResult())));
  return success();
}

//===----------------------------------------------------------------------===//
// Other orders, and elements more than once
//===----------------------------------------------------------------------===//

LogicalResult
LowerTranspose::matchAndRewrite(TransposeOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const {
  ImplicitLocOpBuilder b(op.getLoc(), rewriter);
  RankedTensorType type = getType(op.getResult());
  SmallVector<int64_t> perm;
  if (std::optional<ArrayRef<int64_t>> given = op.getPerm())
    perm.assign(given->begin(), given->end());
  else
    for (int64_t axis = type.getRank(); axis-- > 0;)
      perm.push_back(axis);
  Sizes sizes;
  for (int64_t &axis : perm) {
    axis = wrapAxis(axis, type.getRank());
    sizes.push_back(getSize(b, adaptor.getData(), axis));
  }
  auto transposed = linalg::TransposeOp::create(
      b, adaptor.getData(), createEmpty(b, type, sizes), perm);
  rewriter.replaceOp(op, transposed->getResults());
  return success();
}

LogicalResult
LowerExpand::matchAndRewrite(ExpandOp op, OpAdaptor adaptor,
                             ConversionPatternRewriter &rewriter) const {
  ImplicitLocOpBuilder b(op.getLoc(), rewriter);
  RankedTensorType type = getType(op.getResult());
  ArrayRef<SymExpr> shape = lowering.getShape(op.getResult());
  ArrayRef<SymExpr> own = lowering.getShape(op.getInput());
  auto rank = static_cast<int64_t>(shape.size());
  int64_t offset = rank - static_cast<int64_t>(own.size());
  int64_t wantedRank = getType(op.getShape()).getDimSize(0);
  if (ShapedType::isDynamic(wantedRank))
    return lowering.fail(op, "the length of its shape is not known");
  Sizes sizes;
  for (int64_t axis = 0; axis != rank; ++axis) {
    int64_t position = axis - offset, wanted = axis - (rank - wantedRank);
    if (!type.isDynamicDim(axis)) {
      sizes.push_back(b.getIndexAttr(type.getDimSize(axis)));
    } else if (position >= 0 && own[position] == shape[axis]) {
      sizes.push_back(getSize(b, adaptor.getInput(), position));
    } else if (position < 0 || own[position].isOne()) {
      sizes.push_back(readIndex(b, adaptor.getShape(), wanted));
    } else {
      // Both broadcast: whichever is not 1.
      OpFoldResult size = getSize(b, adaptor.getInput(), position);
      if (wanted >= 0) {
        Value one = arith::ConstantIndexOp::create(b, 1);
        Value entry = readIndex(b, adaptor.getShape(), wanted);
        Value isOne =
            arith::CmpIOp::create(b, arith::CmpIPredicate::eq, entry, one);
        size = OpFoldResult(
            arith::SelectOp::create(b, isOne, toIndex(b, size), entry)
                .getResult());
      }
      sizes.push_back(size);
    }
  }
  BroadcastOperand read = broadcastOperand(b, lowering, op.getInput(),
                                           adaptor.getInput(), shape, sizes);
  rewriter.replaceOp(
      op, createElementwise(b, type, sizes, read.tensor, read.map,
                            [](ImplicitLocOpBuilder &, ValueRange elements) {
                              return elements[0];
                            }));
  return success();
}

LogicalResult
LowerTile::matchAndRewrite(TileOp op, OpAdaptor adaptor,
                           ConversionPatternRewriter &rewriter) const {
  ImplicitLocOpBuilder b(op.getLoc(), rewriter);
  RankedTensorType type = getType(op.getResult());
  Sizes own = getSizes(b, adaptor.getInput()), sizes;
  SmallVector<Value> periods;
  for (auto [axis, size] : llvm::enumerate(own)) {
    auto position = static_cast<int64_t>(axis);
    periods.push_back(toIndex(b, size));
    sizes.push_back(
        type.isDynamicDim(position)
            ? multiplySizes(b, size,
                            readIndex(b, adaptor.getRepeats(), position))
            : OpFoldResult(b.getIndexAttr(type.getDimSize(position))));
  }
  rewriter.replaceOp(
      op,
      createElementwise(
          b, type, sizes, {}, {},
          [&](ImplicitLocOpBuilder &body, ValueRange) -> Value {
            SmallVector<Value> indices = createIndices(body, type.getRank());
            for (auto [index, period] : llvm::zip_equal(indices, periods))
              index = arith::RemSIOp::create(body, index, period);
            return tensor::ExtractOp::create(body, adaptor.getInput(), indices);
          }));
  return success();
}

LogicalResult
LowerTrilu::matchAndRewrite(TriluOp op, OpAdaptor adaptor,
                            ConversionPatternRewriter &rewriter) const {
  ImplicitLocOpBuilder b(op.getLoc(), rewriter);
  RankedTensorType type = getType(op.getResult());
  int64_t rank = type.getRank();
  Value diagonal = op.getK() ? readScalarIndex(b, adaptor.getK())
                             : arith::ConstantIndexOp::create(b, 0).getResult();
  Value zero = createScalar(b, type.getElementType(), 0);
  bool isUpper = op.getUpper() != 0;
  rewriter.replaceOp(
      op, createElementwise(
              b, type, getSizes(b, adaptor.getInput()), adaptor.getInput(),
              [&](ImplicitLocOpBuilder &body, ValueRange elements) -> Value {
                Value row = linalg::IndexOp::create(body, rank - 2);
                Value column = linalg::IndexOp::create(body, rank - 1);
                Value bound = arith::AddIOp::create(body, row, diagonal);
                Value isKept =
                    arith::CmpIOp::create(body,
                                          isUpper ? arith::CmpIPredicate::sge
                                                  : arith::CmpIPredicate::sle,
                                          column, bound);
                return arith::SelectOp::create(body, isKept, elements[0], zero);
              }));
  return success();
}

void gac::populateLayout(TypeConverter &types, RewritePatternSet &patterns,
                         Lowering &lowering) {
  patterns.add<LowerReshape, LowerFlatten, LowerSqueeze, LowerUnsqueeze,
               LowerTranspose, LowerExpand, LowerTile, LowerTrilu>(
      types, patterns.getContext(), lowering);
}
