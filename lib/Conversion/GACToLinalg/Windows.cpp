//===- Windows.cpp - Conv and pooling to linalg ---------------------------===//
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
/// How a window slides over the spatial axes, with every default filled in.
struct Windows {
  SmallVector<int64_t> kernel, strides, dilations, before, after;

  bool isPadded() const {
    return llvm::any_of(before, [](int64_t pad) { return pad != 0; }) ||
           llvm::any_of(after, [](int64_t pad) { return pad != 0; });
  }
};

struct LowerConv : LinalgPattern<ConvOp> {
  using LinalgPattern::LinalgPattern;
  LogicalResult
  matchAndRewrite(ConvOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override;
};

struct LowerMaxPool : LinalgPattern<MaxPoolOp> {
  using LinalgPattern::LinalgPattern;
  LogicalResult
  matchAndRewrite(MaxPoolOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override;
};

struct LowerAveragePool : LinalgPattern<AveragePoolOp> {
  using LinalgPattern::LinalgPattern;
  LogicalResult
  matchAndRewrite(AveragePoolOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override;
};
} // namespace

/// The window of `op` over `x`, whose kernel is known. Fails, with a reason,
/// where it depends on a size that is not.
template <typename OpTy>
static FailureOr<Windows> getWindows(OpTy op, RankedTensorType x,
                                     ArrayRef<int64_t> kernel,
                                     Lowering &lowering) {
  size_t rank = kernel.size();
  Windows windows;
  windows.kernel.assign(kernel.begin(), kernel.end());
  windows.strides.assign(rank, 1);
  windows.dilations.assign(rank, 1);
  windows.before.assign(rank, 0);
  windows.after.assign(rank, 0);
  if (op.getStrides())
    windows.strides.assign(op.getStrides()->begin(), op.getStrides()->end());
  if (op.getDilations())
    windows.dilations.assign(op.getDilations()->begin(),
                             op.getDilations()->end());
  StringRef autoPad = op.getAutoPad();
  if (autoPad == "VALID")
    return windows;
  if (!autoPad.starts_with("SAME")) {
    if (op.getPads())
      for (size_t i = 0; i != rank; ++i) {
        windows.before[i] = (*op.getPads())[i];
        windows.after[i] = (*op.getPads())[i + rank];
        if (windows.before[i] < 0 || windows.after[i] < 0)
          return lowering.fail(op, "its pads on spatial axis " + Twine(i) +
                                       " are " + Twine(windows.before[i]) +
                                       " and " + Twine(windows.after[i]) +
                                       ", of which one is negative");
      }
    return windows;
  }
  for (size_t i = 0; i != rank; ++i) {
    int64_t size = x.getDimSize(static_cast<int64_t>(i) + 2);
    if (ShapedType::isDynamic(size))
      return lowering.fail(op, "auto_pad " + autoPad +
                                   " needs the size of "
                                   "spatial axis " +
                                   Twine(i) + ", which is not known");
    int64_t stride = windows.strides[i];
    int64_t reach = (kernel[i] - 1) * windows.dilations[i] + 1;
    int64_t count = (size + stride - 1) / stride;
    int64_t pads = std::max<int64_t>((count - 1) * stride + reach - size, 0);
    windows.before[i] = autoPad == "SAME_UPPER" ? pads / 2 : pads - pads / 2;
    windows.after[i] = pads - windows.before[i];
  }
  return windows;
}

/// `x` with its spatial axes padded by `number`.
static Value createPadded(ImplicitLocOpBuilder &b, Value x,
                          const Windows &windows, double number) {
  if (!windows.isPadded())
    return x;
  auto type = cast<RankedTensorType>(x.getType());
  SmallVector<int64_t> shape(type.getShape()), low(2, 0), high(2, 0);
  llvm::append_range(low, windows.before);
  llvm::append_range(high, windows.after);
  for (auto [size, before, after] : llvm::zip_equal(shape, low, high))
    if (!ShapedType::isDynamic(size))
      size += before + after;
  auto toSizes = [&](ArrayRef<int64_t> numbers) {
    return getAsIndexOpFoldResult(b.getContext(), numbers);
  };
  return tensor::PadOp::create(b, type.clone(shape), x, toSizes(low),
                               toSizes(high),
                               createScalar(b, type.getElementType(), number));
}

/// The number of windows on each spatial axis of the padded `x`.
static Sizes getWindowCounts(ImplicitLocOpBuilder &b, Value x,
                             const Windows &windows) {
  Sizes counts;
  for (size_t i = 0, e = windows.kernel.size(); i != e; ++i) {
    int64_t reach = (windows.kernel[i] - 1) * windows.dilations[i] + 1;
    OpFoldResult room = subtractSizes(
        b, getSize(b, x, static_cast<int64_t>(i) + 2), b.getIndexAttr(reach));
    counts.push_back(
        addSizes(b, divideSizes(b, room, b.getIndexAttr(windows.strides[i])),
                 b.getIndexAttr(1)));
  }
  return counts;
}

static DenseIntElementsAttr toVectorAttr(ImplicitLocOpBuilder &b,
                                         ArrayRef<int64_t> numbers) {
  return b.getI64VectorAttr(numbers);
}

//===----------------------------------------------------------------------===//
// Convolution
//===----------------------------------------------------------------------===//

/// The sums that a convolution starts from: its bias, or zero.
static Value createBias(ImplicitLocOpBuilder &b, RankedTensorType type,
                        ArrayRef<OpFoldResult> sizes, Value bias) {
  if (!bias)
    return createFilled(b, type, sizes,
                        createScalar(b, type.getElementType(), 0));
  SmallVector<int64_t> added;
  for (int64_t axis = 0, e = type.getRank(); axis != e; ++axis)
    if (axis != 1)
      added.push_back(axis);
  return linalg::BroadcastOp::create(b, bias, createEmpty(b, type, sizes),
                                     added)
      .getResult()[0];
}

/// A convolution whose channels fall into groups: the groups are an axis.
static Value createGroupedConv(ImplicitLocOpBuilder &b, Value x, Value w,
                               Value start, int64_t groups, Attribute strides,
                               Attribute dilations) {
  auto startType = cast<RankedTensorType>(start.getType());
  // Axis `axis` of `value` as two, of which the first is the group.
  auto split = [&](Value value, int64_t axis) -> Value {
    auto type = cast<RankedTensorType>(value.getType());
    SmallVector<int64_t> shape;
    Sizes sizes;
    SmallVector<ReassociationIndices> reassociation(type.getRank());
    for (int64_t i = 0, e = type.getRank(); i != e; ++i) {
      ReassociationIndices &group = reassociation[i];
      group.push_back(static_cast<int64_t>(shape.size()));
      int64_t size = type.getDimSize(i);
      if (i != axis) {
        shape.push_back(size);
        sizes.push_back(getSize(b, value, i));
        continue;
      }
      group.push_back(static_cast<int64_t>(shape.size()) + 1);
      for (int64_t part : {groups, size / groups}) {
        shape.push_back(part);
        sizes.push_back(b.getIndexAttr(part));
      }
    }
    return tensor::ExpandShapeOp::create(b, type.clone(shape), value,
                                         reassociation, sizes);
  };
  Value result =
      linalg::Conv2DNgchwGfchwOp::create(b, split(start, 1).getType(),
                                         ValueRange{split(x, 1), split(w, 0)},
                                         split(start, 1), strides, dilations)
          .getResult(0);
  SmallVector<ReassociationIndices> merged = {{0}, {1, 2}, {3}, {4}};
  return tensor::CollapseShapeOp::create(b, startType, result, merged);
}

LogicalResult
LowerConv::matchAndRewrite(ConvOp op, OpAdaptor adaptor,
                           ConversionPatternRewriter &rewriter) const {
  RankedTensorType xType = getType(op.getX()), wType = getType(op.getW());
  RankedTensorType type = getType(op.getY());
  int64_t rank = xType.getRank() - 2;
  if (!wType.hasStaticShape() || xType.isDynamicDim(1))
    return lowering.fail(op, "the shape of W or the number of channels of X is "
                             "not known");
  if (rank > 3)
    return lowering.fail(op, "X has " + Twine(rank) +
                                 " spatial axes, and "
                                 "linalg has convolutions over at most 3");
  int64_t groups = op.getGroup();
  if (groups != 1 && rank != 2)
    return lowering.fail(op, "it has " + Twine(groups) + " groups over " +
                                 Twine(rank) +
                                 " spatial axes, and linalg has "
                                 "groups over 2 only");
  FailureOr<Windows> windows =
      getWindows(op, xType, wType.getShape().drop_front(2), lowering);
  if (failed(windows))
    return failure();

  ImplicitLocOpBuilder b(op.getLoc(), rewriter);
  Value x = createPadded(b, adaptor.getX(), *windows, 0), w = adaptor.getW();
  Sizes sizes = {getSize(b, x, 0), b.getIndexAttr(wType.getDimSize(0))};
  llvm::append_range(sizes, getWindowCounts(b, x, *windows));
  Value start = createBias(b, type, sizes, adaptor.getB());
  DenseIntElementsAttr strides = toVectorAttr(b, windows->strides);
  DenseIntElementsAttr dilations = toVectorAttr(b, windows->dilations);
  auto create = [&](auto tag, Value filters) -> Value {
    using ConvType = decltype(tag);
    return ConvType::create(b, type, ValueRange{x, filters}, start, strides,
                            dilations)
        .getResult(0);
  };
  bool isDepthwise = groups == wType.getDimSize(0) &&
                     groups == xType.getDimSize(1) && groups != 1;
  Value result;
  if (isDepthwise) {
    // One filter per channel: the axis of size 1 goes.
    SmallVector<ReassociationIndices> merged = {{0, 1}, {2}, {3}};
    result = create(linalg::DepthwiseConv2DNchwChwOp(),
                    tensor::CollapseShapeOp::create(b, w, merged));
  } else if (groups != 1) {
    result = createGroupedConv(b, x, w, start, groups, strides, dilations);
  } else if (rank == 1) {
    result = create(linalg::Conv1DNcwFcwOp(), w);
  } else if (rank == 2) {
    result = create(linalg::Conv2DNchwFchwOp(), w);
  } else {
    result = create(linalg::Conv3DNcdhwFcdhwOp(), w);
  }
  rewriter.replaceOp(op, result);
  return success();
}

//===----------------------------------------------------------------------===//
// Pooling
//===----------------------------------------------------------------------===//

/// The pooling op `PoolTy` from `number` on over two spatial axes of `x`.
template <typename PoolTy>
static Value createPool(ImplicitLocOpBuilder &b, Value x, RankedTensorType type,
                        ArrayRef<OpFoldResult> sizes, const Windows &windows,
                        double number) {
  Type element = type.getElementType();
  auto windowType = RankedTensorType::get(windows.kernel, element);
  Value window = tensor::EmptyOp::create(b, windowType.getShape(), element);
  Value start = createFilled(b, type, sizes, createScalar(b, element, number));
  return PoolTy::create(b, type, ValueRange{x, window}, start,
                        toVectorAttr(b, windows.strides),
                        toVectorAttr(b, windows.dilations))
      .getResult(0);
}

/// What MaxPool and AveragePool ask of their operand.
template <typename OpTy>
static LogicalResult checkPool(OpTy op, RankedTensorType type,
                               Lowering &lowering) {
  if (type.getRank() != 4)
    return lowering.fail(op, "X has rank " + Twine(type.getRank()) +
                                 ", and pooling is lowered for rank 4");
  if (!isa<FloatType>(type.getElementType()))
    return lowering.fail(op, "X holds no floating-point numbers");
  if (op.getCeilMode() != 0)
    return lowering.fail(op, "ceil_mode " + Twine(op.getCeilMode()) +
                                 " has no counterpart in linalg");
  return success();
}

LogicalResult
LowerMaxPool::matchAndRewrite(MaxPoolOp op, OpAdaptor adaptor,
                              ConversionPatternRewriter &rewriter) const {
  RankedTensorType xType = getType(op.getX()), type = getType(op.getY());
  if (failed(checkPool(op, xType, lowering)))
    return failure();
  if (op.getIndices())
    return lowering.fail(op, "its second result, the indices, has no "
                             "counterpart in linalg");
  FailureOr<Windows> windows =
      getWindows(op, xType, op.getKernelShape(), lowering);
  if (failed(windows))
    return failure();
  ImplicitLocOpBuilder b(op.getLoc(), rewriter);
  double lowest = -std::numeric_limits<double>::infinity();
  Value x = createPadded(b, adaptor.getX(), *windows, lowest);
  Sizes sizes = {getSize(b, x, 0), getSize(b, x, 1)};
  llvm::append_range(sizes, getWindowCounts(b, x, *windows));
  rewriter.replaceOp(op, createPool<linalg::PoolingNchwMaxOp>(
                             b, x, type, sizes, *windows, lowest));
  return success();
}

LogicalResult
LowerAveragePool::matchAndRewrite(AveragePoolOp op, OpAdaptor adaptor,
                                  ConversionPatternRewriter &rewriter) const {
  RankedTensorType xType = getType(op.getX()), type = getType(op.getY());
  if (failed(checkPool(op, xType, lowering)))
    return failure();
  FailureOr<Windows> windows =
      getWindows(op, xType, op.getKernelShape(), lowering);
  if (failed(windows))
    return failure();
  ImplicitLocOpBuilder b(op.getLoc(), rewriter);
  Value x = createPadded(b, adaptor.getX(), *windows, 0);
  Sizes sizes = {getSize(b, x, 0), getSize(b, x, 1)};
  llvm::append_range(sizes, getWindowCounts(b, x, *windows));
  using SumOp = linalg::PoolingNchwSumOp;
  Value sum = createPool<SumOp>(b, x, type, sizes, *windows, 0);
  Type element = type.getElementType();
  auto divide = [&](ImplicitLocOpBuilder &body, Value value, Value count) {
    return arith::DivFOp::create(body, value, count).getResult();
  };
  Value result;
  if (op.getCountIncludePad() != 0 || !windows->isPadded()) {
    double count = 1;
    for (int64_t size : windows->kernel)
      count *= static_cast<double>(size);
    Value divisor = createScalar(b, element, count);
    result = createElementwise(b, type, sizes, sum,
                               [&](ImplicitLocOpBuilder &body, ValueRange x) {
                                 return divide(body, x[0], divisor);
                               });
  } else {
    // How many elements of a window are no padding: the sum over ones.
    Value ones = createFilled(b, xType, getSizes(b, adaptor.getX()),
                              createScalar(b, element, 1));
    Value counts = createPool<SumOp>(b, createPadded(b, ones, *windows, 0),
                                     type, sizes, *windows, 0);
    result = createElementwise(b, type, sizes, {sum, counts},
                               [&](ImplicitLocOpBuilder &body, ValueRange x) {
                                 return divide(body, x[0], x[1]);
                               });
  }
  rewriter.replaceOp(op, result);
  return success();
}

void gac::populateWindows(TypeConverter &types, RewritePatternSet &patterns,
                          Lowering &lowering) {
  patterns.add<LowerConv, LowerMaxPool, LowerAveragePool>(
      types, patterns.getContext(), lowering);
}
