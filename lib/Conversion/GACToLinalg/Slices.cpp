//===- Slices.cpp - Slice, Split, Concat and Pad to tensor ----------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lowering.h"

#include <limits>

using namespace mlir;
using namespace gac;

namespace {
struct LowerSlice : LinalgPattern<SliceOp> {
  using LinalgPattern::LinalgPattern;
  LogicalResult
  matchAndRewrite(SliceOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override;
};

struct LowerSplit : LinalgPattern<SplitOp> {
  using LinalgPattern::LinalgPattern;
  LogicalResult
  matchAndRewrite(SplitOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override;
};

struct LowerConcat : LinalgPattern<ConcatOp> {
  using LinalgPattern::LinalgPattern;
  LogicalResult
  matchAndRewrite(ConcatOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override;
};

struct LowerPad : LinalgPattern<PadOp> {
  using LinalgPattern::LinalgPattern;
  LogicalResult
  matchAndRewrite(PadOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override;
};
} // namespace

/// `sizes`, where `type` knows better.
static Sizes getKnownSizes(ImplicitLocOpBuilder &b, RankedTensorType type,
                           ArrayRef<OpFoldResult> sizes) {
  Sizes known(sizes);
  for (auto [size, axis] : llvm::zip_equal(known, type.getShape()))
    if (!ShapedType::isDynamic(axis))
      size = b.getIndexAttr(axis);
  return known;
}

static bool hasNoElements(RankedTensorType type) {
  return llvm::is_contained(type.getShape(), 0);
}

/// A part of `tensor`, of the type `type`.
static Value createSlice(ImplicitLocOpBuilder &b, Value tensor,
                         RankedTensorType type, ArrayRef<OpFoldResult> offsets,
                         ArrayRef<OpFoldResult> sizes,
                         ArrayRef<OpFoldResult> strides) {
  // A slice has to begin within the tensor, even one of nothing.
  if (hasNoElements(type))
    return createEmpty(b, type, sizes);
  Value slice =
      tensor::ExtractSliceOp::create(b, tensor, offsets, sizes, strides);
  return castTo(b, slice, type);
}

//===----------------------------------------------------------------------===//
// Slice
//===----------------------------------------------------------------------===//

namespace {
/// The bounds of a slice along one axis: sizes and steps of any sign.
struct Bounds {
  OpFoldResult start, size;
  int64_t step;
};
} // namespace

/// `bound` counted from the front and cut off at `low` and `high`.
static OpFoldResult clampBound(ImplicitLocOpBuilder &b, OpFoldResult bound,
                               OpFoldResult size, OpFoldResult low,
                               OpFoldResult high) {
  if (std::optional<int64_t> known = getConstantIntValue(bound)) {
    // What exporters write for an end beyond any size.
    if (*known >= std::numeric_limits<int32_t>::max())
      return high;
    if (*known < 0)
      bound = addSizes(b, bound, size);
  } else {
    bound = OpFoldResult(wrapIndex(b, toIndex(b, bound), size));
  }
  return minSizes(b, maxSizes(b, bound, low), high);
}

static Bounds getBounds(ImplicitLocOpBuilder &b, OpFoldResult start,
                        OpFoldResult end, int64_t step, OpFoldResult size) {
  OpFoldResult zero = b.getIndexAttr(0), one = b.getIndexAttr(1);
  if (step < 0) {
    // From an element on, to the one before the first at most.
    OpFoldResult last = subtractSizes(b, size, one);
    OpFoldResult before = b.getIndexAttr(-1);
    start = clampBound(b, start, size, zero, last);
    end = clampBound(b, end, size, before, last);
    std::swap(start, end);
  } else {
    if (!isZeroInteger(start))
      start = clampBound(b, start, size, zero, size);
    end = clampBound(b, end, size, zero, size);
  }
  OpFoldResult distance = subtractSizes(b, end, start);
  int64_t stride = std::abs(step);
  if (stride != 1)
    distance = divideSizes(b, addSizes(b, distance, b.getIndexAttr(stride - 1)),
                           b.getIndexAttr(stride));
  return {step < 0 ? end : start, maxSizes(b, distance, zero), step};
}

LogicalResult
LowerSlice::matchAndRewrite(SliceOp op, OpAdaptor adaptor,
                            ConversionPatternRewriter &rewriter) const {
  ImplicitLocOpBuilder b(op.getLoc(), rewriter);
  RankedTensorType type = getType(op.getResult());
  Value data = adaptor.getData();
  int64_t rank = type.getRank();

  // How many bounds there are, and on which axes.
  std::optional<SmallVector<int64_t>> starts =
      lowering.getNumbers(op.getStarts(), op.getStartsOperand());
  std::optional<SmallVector<int64_t>> ends =
      lowering.getNumbers(op.getEnds(), op.getEndsOperand());
  int64_t count;
  if (starts) {
    count = static_cast<int64_t>(starts->size());
  } else {
    count = op.getStartsOperand() ? getType(op.getStartsOperand()).getDimSize(0)
                                  : ShapedType::kDynamic;
    if (ShapedType::isDynamic(count))
      return lowering.fail(op, "the number of its bounds is not known");
  }
  SmallVector<int64_t> axes, steps(count, 1);
  if (auto given = lowering.getNumbers(op.getAxes(), op.getAxesOperand()))
    axes = *given;
  else if (op.getAxesOperand())
    return lowering.fail(op, "its axes are not known");
  else
    for (int64_t axis = 0; axis != count; ++axis)
      axes.push_back(axis);
  if (op.getStepsOperand()) {
    auto given = lowering.getNumbers(op.getStepsOperand());
    if (!given)
      return lowering.fail(op, "its steps are not known");
    steps = *given;
  }

  Sizes offsets(rank, b.getIndexAttr(0)), sizes = getSizes(b, data);
  SmallVector<int64_t> strides(rank, 1);
  for (int64_t i = 0; i != count; ++i) {
    int64_t axis = wrapAxis(axes[i], rank);
    auto getBound = [&](const std::optional<SmallVector<int64_t>> &known,
                        Value operand) {
      return known ? OpFoldResult(b.getIndexAttr((*known)[i]))
                   : OpFoldResult(readIndex(b, operand, i));
    };
    Bounds bounds = getBounds(b, getBound(starts, adaptor.getStartsOperand()),
                              getBound(ends, adaptor.getEndsOperand()),
                              steps[i], sizes[axis]);
    offsets[axis] = bounds.start;
    sizes[axis] = bounds.size;
    strides[axis] = bounds.step;
  }
  sizes = getKnownSizes(b, type, sizes);
  if (llvm::all_of(strides, [](int64_t step) { return step > 0; })) {
    Sizes steps;
    for (int64_t stride : strides)
      steps.push_back(b.getIndexAttr(stride));
    rewriter.replaceOp(op, createSlice(b, data, type, offsets, sizes, steps));
    return success();
  }
  // extract_slice goes forward only.
  SmallVector<Value> first, stride;
  for (auto [offset, step] : llvm::zip_equal(offsets, strides)) {
    first.push_back(toIndex(b, offset));
    stride.push_back(arith::ConstantIndexOp::create(b, step));
  }
  rewriter.replaceOp(
      op, createElementwise(
              b, type, sizes, {}, {},
              [&](ImplicitLocOpBuilder &body, ValueRange) -> Value {
                SmallVector<Value> indices = createIndices(body, rank);
                for (auto [index, offset, step] :
                     llvm::zip_equal(indices, first, stride))
                  index = arith::AddIOp::create(
                      body, offset, arith::MulIOp::create(body, index, step));
                return tensor::ExtractOp::create(body, data, indices);
              }));
  return success();
}

//===----------------------------------------------------------------------===//
// Split and Concat
//===----------------------------------------------------------------------===//

LogicalResult
LowerSplit::matchAndRewrite(SplitOp op, OpAdaptor adaptor,
                            ConversionPatternRewriter &rewriter) const {
  ImplicitLocOpBuilder b(op.getLoc(), rewriter);
  Value input = adaptor.getInput();
  int64_t axis = wrapAxis(op.getAxis(), getType(op.getInput()).getRank());
  Sizes sizes = getSizes(b, input);
  OpFoldResult whole = sizes[axis];
  auto parts = static_cast<int64_t>(op.getNumResults());
  auto given = lowering.getNumbers(op.getSplit(), op.getSplitOperand());
  // Without sizes the parts are equal, but for the last one.
  OpFoldResult equal = divideSizes(
      b, addSizes(b, whole, b.getIndexAttr(parts - 1)), b.getIndexAttr(parts));

  Sizes offsets(sizes.size(), b.getIndexAttr(0));
  Sizes strides(sizes.size(), b.getIndexAttr(1));
  SmallVector<Value> results;
  for (auto [index, result] : llvm::enumerate(op.getResults())) {
    RankedTensorType type = getType(result);
    if (given)
      sizes[axis] = b.getIndexAttr((*given)[index]);
    else if (op.getSplitOperand())
      sizes[axis] =
          readIndex(b, adaptor.getSplitOperand(), static_cast<int64_t>(index));
    else
      sizes[axis] = static_cast<int64_t>(index) + 1 == parts
                        ? subtractSizes(b, whole, offsets[axis])
                        : equal;
    Sizes known = getKnownSizes(b, type, sizes);
    results.push_back(createSlice(b, input, type, offsets, known, strides));
    offsets[axis] = addSizes(b, offsets[axis], known[axis]);
  }
  rewriter.replaceOp(op, results);
  return success();
}

LogicalResult
LowerConcat::matchAndRewrite(ConcatOp op, OpAdaptor adaptor,
                             ConversionPatternRewriter &rewriter) const {
  ImplicitLocOpBuilder b(op.getLoc(), rewriter);
  RankedTensorType type = getType(op.getResult());
  int64_t axis = wrapAxis(op.getAxis(), type.getRank());
  // tensor.concat has no bufferisation of its own.
  Sizes sizes = getSizes(b, adaptor.getInputs().front());
  for (Value input : adaptor.getInputs().drop_front())
    sizes[axis] = addSizes(b, sizes[axis], getSize(b, input, axis));
  Value result = createEmpty(b, type, sizes);
  Sizes offsets(sizes.size(), b.getIndexAttr(0));
  Sizes strides(sizes.size(), b.getIndexAttr(1));
  for (Value input : adaptor.getInputs()) {
    if (hasNoElements(cast<RankedTensorType>(input.getType())))
      continue;
    Sizes own = getSizes(b, input);
    result =
        tensor::InsertSliceOp::create(b, input, result, offsets, own, strides);
    offsets[axis] = addSizes(b, offsets[axis], own[axis]);
  }
  rewriter.replaceOp(op, result);
  return success();
}

//===----------------------------------------------------------------------===//
// Pad
//===----------------------------------------------------------------------===//

LogicalResult
LowerPad::matchAndRewrite(PadOp op, OpAdaptor adaptor,
                          ConversionPatternRewriter &rewriter) const {
  if (op.getMode() != "constant")
    return lowering.fail(op, "its mode is '" + op.getMode() +
                                 "', and tensor.pad has constants only");
  auto pads = lowering.getNumbers(op.getPads(), op.getPadsOperand());
  if (!pads)
    return lowering.fail(op, "its pads are not known");
  for (int64_t pad : *pads)
    if (pad < 0)
      return lowering.fail(op, "of its pads one is " + Twine(pad));
  RankedTensorType type = getType(op.getResult());
  int64_t rank = type.getRank();
  SmallVector<int64_t> axes;
  if (op.getAxesOperand()) {
    auto given = lowering.getNumbers(op.getAxesOperand());
    if (!given)
      return lowering.fail(op, "its axes are not known");
    axes = *given;
  } else {
    for (int64_t axis = 0; axis != rank; ++axis)
      axes.push_back(axis);
  }
  ImplicitLocOpBuilder b(op.getLoc(), rewriter);
  Sizes low(rank, b.getIndexAttr(0)), high(rank, b.getIndexAttr(0));
  for (auto [index, axis] : llvm::enumerate(axes)) {
    int64_t position = wrapAxis(axis, rank);
    low[position] = b.getIndexAttr((*pads)[index]);
    high[position] = b.getIndexAttr((*pads)[index + axes.size()]);
  }
  Type element = type.getElementType();
  Value value;
  if (op.getValueOperand())
    value = readScalar(b, adaptor.getValueOperand());
  else if (std::optional<APFloat> given = op.getValue())
    value = createScalar(b, element, given->convertToDouble());
  else
    value = createScalar(b, element, 0);
  rewriter.replaceOp(
      op, tensor::PadOp::create(b, type, adaptor.getData(), low, high, value));
  return success();
}

void gac::populateSlices(TypeConverter &types, RewritePatternSet &patterns,
                         Lowering &lowering) {
  patterns.add<LowerSlice, LowerSplit, LowerConcat, LowerPad>(
      types, patterns.getContext(), lowering);
}
