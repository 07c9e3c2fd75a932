//===- ShapeInferenceSpatial.cpp - Shapes of what works on images ---------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Transposed convolutions, resampling, blocks and regions of images, and norms
// over space.
//
//===----------------------------------------------------------------------===//

#include "gac/Dialect/GAC/IR/GACOps.h"
#include "gac/Dialect/GAC/IR/ShapeInference.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace mlir;
using namespace gac;

//===----------------------------------------------------------------------===//
// ConvTranspose
//===----------------------------------------------------------------------===//

/// Appends the sizes of the result's spatial axes.
static LogicalResult appendTransposedWindows(ConvTransposeOp::Adaptor op,
                                             ShapeInference &inference,
                                             ArrayRef<SymExpr> x,
                                             ArrayRef<SymExpr> w,
                                             SymShape &result) {
  size_t rank = x.size() - 2;
  for (auto [name, list, length] :
       {std::tuple("dilations", op.getDilations(), rank),
        std::tuple("strides", op.getStrides(), rank),
        std::tuple("output_padding", op.getOutputPadding(), rank),
        std::tuple("pads", op.getPads(), 2 * rank),
        std::tuple("kernel_shape", op.getKernelShape(), rank)})
    if (list && list->size() != length)
      return inference.error("conv_transpose_c5", "there are ", list->size(),
                             " ", name, " for ", rank, " spatial axes");
  std::optional<ArrayRef<int64_t>> given = op.getOutputShape();
  if (given && given->size() != rank && given->size() != rank + 2)
    return inference.error("conv_transpose_c5", "output_shape has ",
                           given->size(), " entries for ", rank,
                           " spatial axes");
  bool isSame = op.getAutoPad().starts_with("SAME");
  auto entry = [](std::optional<ArrayRef<int64_t>> list, size_t index,
                  int64_t otherwise) {
    return list ? (*list)[index] : otherwise;
  };
  for (size_t i = 0; i != rank; ++i) {
    int64_t stride = entry(op.getStrides(), i, 1);
    if (given) {
      result.push_back((*given)[given->size() - rank + i]);
    } else if (isSame) {
      result.push_back(x[i + 2] * stride);
    } else {
      SymExpr size = (x[i + 2] - 1) * stride +
                     (w[i + 2] - 1) * entry(op.getDilations(), i, 1) + 1 +
                     entry(op.getOutputPadding(), i, 0);
      if (op.getAutoPad() != "VALID")
        size =
            size - entry(op.getPads(), i, 0) - entry(op.getPads(), i + rank, 0);
      result.push_back(size);
    }
  }
  return success();
}

LogicalResult ConvTransposeOp::inferShapes(Adaptor op,
                                           ShapeInference &inference) {
  Type elementType = ShapeInference::getElementType(op.getX());
  std::optional<SymShape> x = inference.getShape(op.getX());
  std::optional<SymShape> w = inference.getShape(op.getW());
  if (x && x->size() < 3)
    return inference.error("conv_transpose_c1", "X has rank ", x->size(),
                           ", not 3 or more");
  if (x && w && x->size() != w->size())
    return inference.error("conv_transpose_c1", "X has rank ", x->size(),
                           ", but W has ", w->size());
  int64_t group = op.getGroup();
  if (group < 1)
    return inference.error("conv_transpose_c2", "group is ", group);
  if (!x || !w) {
    inference.setResult(0, std::nullopt, elementType);
    return success();
  }
  std::optional<int64_t> channels = (*x)[1].getConstant();
  if (channels && *channels % group != 0)
    return inference.error("conv_transpose_c2", "X has ", (*x)[1],
                           " channels, which ", group, " does not divide");
  if (ShapeInference::differ((*x)[1], (*w)[0]))
    return inference.error("conv_transpose_c3", "X has ", (*x)[1],
                           " channels, but W has ", (*w)[0]);
  SymExpr made = (*w)[1] * group;
  if (std::optional<SymShape> b = inference.getShape(op.getB()))
    if (b->size() != 1 || ShapeInference::differ(b->front(), made))
      return inference.error("conv_transpose_c4", "the bias has shape ",
                             formatShape(*b), ", but the result ", made,
                             " channels");
  SymShape result = {x->front(), made};
  if (failed(appendTransposedWindows(op, inference, *x, *w, result)))
    return failure();
  inference.setResult(0, std::move(result), elementType);
  return success();
}

//===----------------------------------------------------------------------===//
// Resize
//===----------------------------------------------------------------------===//

/// `size` times `scale`, rounded down; unknown where no expression says it.
static SymExpr scaleSize(const SymExpr &size, double scale) {
  if (std::optional<int64_t> number = size.getConstant())
    return static_cast<int64_t>(std::floor(double(*number) * scale));
  if (scale == std::floor(scale) && scale < 1e6)
    return size * static_cast<int64_t>(scale);
  return SymExpr::unknownSize();
}

LogicalResult ResizeOp::inferShapes(Adaptor op, ShapeInference &inference) {
  Type elementType = ShapeInference::getElementType(op.getX());
  std::optional<SymShape> x = inference.getShape(op.getX());
  if (!x) {
    inference.setResult(0, std::nullopt, elementType);
    return success();
  }
  SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(0, x->size()));
  if (op.getAxes()) {
    FailureOr<SmallVector<int64_t>> given =
        inference.getAxes("resize_c1", *op.getAxes(), x->size());
    if (failed(given))
      return failure();
    axes = std::move(*given);
  }
  // An operand without elements is an absent one.
  std::optional<SymShape> sizes = inference.getElements(op.getSizes());
  bool takesSizes = op.getSizes() && (!sizes || !sizes->empty());
  std::optional<SmallVector<double>> scales =
      getConstantNumbers(op.getScales());
  size_t count = takesSizes ? sizes ? sizes->size() : axes.size()
                 : scales   ? scales->size()
                            : axes.size();
  if (count != axes.size())
    return inference.error("resize_c2", "there are ", count,
                           takesSizes ? " sizes" : " scales", " for ",
                           axes.size(), " axes");
  bool isStretched = op.getKeepAspectRatioPolicy() == "stretch";
  SymShape result = *x;
  for (auto [index, axis] : llvm::enumerate(axes)) {
    SymExpr &size = result[axis];
    if (takesSizes)
      size = sizes && isStretched ? (*sizes)[index] : SymExpr::unknownSize();
    else
      size =
          scales ? scaleSize(size, (*scales)[index]) : SymExpr::unknownSize();
  }
  inference.setResult(0, std::move(result), elementType);
  return success();
}

LogicalResult UpsampleOp::inferShapes(Adaptor op, ShapeInference &inference) {
  std::optional<SymShape> result = inference.getShape(op.getX());
  std::optional<SmallVector<double>> scales =
      getConstantNumbers(op.getScalesOperand());
  if (op.getScales())
    scales.emplace(op.getScales()->begin(), op.getScales()->end());
  if (result && scales && scales->size() != result->size())
    return inference.error("upsample_c1", "there are ", scales->size(),
                           " scales for ", result->size(), " axes");
  if (result)
    for (auto [axis, size] : llvm::enumerate(*result))
      size = scales ? scaleSize(size, (*scales)[axis]) : SymExpr::unknownSize();
  inference.setResult(0, std::move(result),
                      ShapeInference::getElementType(op.getX()));
  return success();
}

//===----------------------------------------------------------------------===//
// Blocks of space
//===----------------------------------------------------------------------===//

/// The quotient of a size, unknown where it is not known.
static SymExpr divide(const SymExpr &size, const SymExpr &by) {
  return size.divideExact(by).value_or(SymExpr::unknownSize());
}

static bool isDivided(const SymExpr &size, int64_t by) {
  std::optional<int64_t> number = size.getConstant();
  return !number || *number % by == 0;
}

LogicalResult DepthToSpaceOp::inferShapes(Adaptor op,
                                          ShapeInference &inference) {
  if (failed(inference.checkRank("depth_to_space_c1", "the input",
                                 op.getInput(), 4)))
    return failure();
  std::optional<SymShape> x = inference.getShape(op.getInput());
  int64_t block = op.getBlocksize();
  // Blocks beyond this are no sizes of images, and their squares no numbers.
  constexpr int64_t kMaxBlock = 1 << 20;
  if (block < 1 || block > kMaxBlock ||
      (x && !isDivided((*x)[1], block * block)))
    return inference.error("depth_to_space_c2", "blocksize is ", block,
                           ", and the input has ",
                           x ? (*x)[1] : SymExpr::unknownSize(), " channels");
  if (x)
    x = SymShape{(*x)[0], divide((*x)[1], block * block), (*x)[2] * block,
                 (*x)[3] * block};
  inference.setResult(0, std::move(x),
                      ShapeInference::getElementType(op.getInput()));
  return success();
}

LogicalResult SpaceToDepthOp::inferShapes(Adaptor op,
                                          ShapeInference &inference) {
  if (failed(inference.checkRank("space_to_depth_c1", "the input",
                                 op.getInput(), 4)))
    return failure();
  std::optional<SymShape> x = inference.getShape(op.getInput());
  int64_t block = op.getBlocksize();
  constexpr int64_t kMaxBlock = 1 << 20;
  if (block < 1 || block > kMaxBlock ||
      (x && !(isDivided((*x)[2], block) && isDivided((*x)[3], block))))
    return inference.error("space_to_depth_c2", "blocksize is ", block,
                           x ? ", and the input has shape " + formatShape(*x)
                             : std::string());
  if (x)
    x = SymShape{(*x)[0], (*x)[1] * (block * block), divide((*x)[2], block),
                 divide((*x)[3], block)};
  inference.setResult(0, std::move(x),
                      ShapeInference::getElementType(op.getInput()));
  return success();
}

LogicalResult Col2ImOp::inferShapes(Adaptor op, ShapeInference &inference) {
  if (failed(
          inference.checkRank("col_to_im_c1", "the input", op.getInput(), 3)))
    return failure();
  std::optional<SymShape> x = inference.getShape(op.getInput());
  std::optional<SymShape> image = inference.getElements(op.getImageShape());
  std::optional<SmallVector<int64_t>> block =
      inference.getNumbers(op.getBlockShape());
  std::optional<SymShape> result;
  if (x && image) {
    SymExpr channels = SymExpr::unknownSize();
    if (block) {
      SymExpr elements = 1;
      for (int64_t size : *block)
        elements = elements * size;
      std::optional<int64_t> count = elements.getConstant();
      if (!count || *count < 1 || !isDivided((*x)[1], *count))
        return inference.error("col_to_im_c2", "blocks have ", elements,
                               " elements, and axis 1 of the input has size ",
                               (*x)[1]);
      channels = divide((*x)[1], elements);
    }
    result = SymShape{(*x)[0], channels};
    llvm::append_range(*result, *image);
  }
  inference.setResult(0, std::move(result),
                      ShapeInference::getElementType(op.getInput()));
  return success();
}

//===----------------------------------------------------------------------===//
// Samples and regions
//===----------------------------------------------------------------------===//

LogicalResult GridSampleOp::inferShapes(Adaptor op, ShapeInference &inference) {
  std::optional<SymShape> x = inference.getShape(op.getX());
  std::optional<SymShape> grid = inference.getShape(op.getGrid());
  if (x && x->size() < 3)
    return inference.error("grid_sample_c1", "X has rank ", x->size(),
                           ", not 3 or more");
  if (x && grid && x->size() != grid->size())
    return inference.error("grid_sample_c1", "X has rank ", x->size(),
                           ", but the grid has ", grid->size());
  std::optional<SymShape> result;
  if (x && grid) {
    result = SymShape{(*x)[0], (*x)[1]};
    llvm::append_range(*result, ArrayRef(*grid).drop_front().drop_back());
  }
  inference.setResult(0, std::move(result),
                      ShapeInference::getElementType(op.getX()));
  return success();
}

/// Regions of `x`, each of the given size.
static LogicalResult inferRegions(Value valueOfX, Value rois, StringRef label,
                                  const SymExpr &height, const SymExpr &width,
                                  ShapeInference &inference) {
  if (failed(inference.checkRank(label, "X", valueOfX, 4)) ||
      failed(inference.checkRank(label, "rois", rois, 2)))
    return failure();
  std::optional<SymShape> x = inference.getShape(valueOfX);
  std::optional<SymShape> regions = inference.getShape(rois);
  std::optional<SymShape> result;
  if (x)
    result = SymShape{regions ? regions->front() : SymExpr::unknownSize(),
                      (*x)[1], height, width};
  inference.setResult(0, std::move(result),
                      ShapeInference::getElementType(valueOfX));
  return success();
}

LogicalResult RoiAlignOp::inferShapes(Adaptor op, ShapeInference &inference) {
  if (failed(inference.checkRank("roi_align_c1", "batch_indices",
                                 op.getBatchIndices(), 1)))
    return failure();
  return inferRegions(op.getX(), op.getRois(), "roi_align_c1",
                      op.getOutputHeight(), op.getOutputWidth(), inference);
}

LogicalResult MaxRoiPoolOp::inferShapes(Adaptor op, ShapeInference &inference) {
  ArrayRef<int64_t> shape = op.getPooledShape();
  if (shape.size() != 2)
    return inference.error("max_roi_pool_c2", "pooled_shape has ", shape.size(),
                           " entries, not 2");
  return inferRegions(op.getX(), op.getRois(), "max_roi_pool_c1", shape[0],
                      shape[1], inference);
}

//===----------------------------------------------------------------------===//
// Norms over space
//===----------------------------------------------------------------------===//

LogicalResult InstanceNormalizationOp::inferShapes(Adaptor op,
                                                   ShapeInference &inference) {
  std::optional<SymShape> x = inference.getShape(op.getX());
  if (x && x->size() < 3)
    return inference.error("instance_normalization_c1", "X has rank ",
                           x->size(), ", not 3 or more");
  if (x)
    for (auto [name, operand] :
         {std::pair("scale", op.getScale()), std::pair("B", op.getB())}) {
      std::optional<SymShape> shape = inference.getShape(operand);
      if (shape && (shape->size() != 1 ||
                    ShapeInference::differ(shape->front(), (*x)[1])))
        return inference.error("instance_normalization_c2", name, " has shape ",
                               formatShape(*shape), ", but X has ", (*x)[1],
                               " channels");
    }
  if (std::optional<LanesAttr> lanes = op.getLogicalLanes()) {
    constexpr llvm::StringLiteral label = "instance_normalization_c3";
    if (lanes->getOldSize() == 0)
      return inference.error(label, "logical_lanes are none");
    if (x && (x->size() != 3 || !isDivided((*x)[2], lanes->getSize())))
      return inference.error(label, "logical_lanes are of ", lanes->getSize(),
                             " lanes, and X has shape ", formatShape(*x));
  }
  inference.setResult(0, std::move(x),
                      ShapeInference::getElementType(op.getX()));
  return success();
}

LogicalResult GroupNormalizationOp::inferShapes(Adaptor op,
                                                ShapeInference &inference) {
  std::optional<SymShape> x = inference.getShape(op.getX());
  if (x && x->size() < 2)
    return inference.error("group_normalization_c1", "X has rank ", x->size(),
                           ", not 2 or more");
  int64_t groups = op.getNumGroups();
  SymExpr channels = x ? (*x)[1] : SymExpr::unknownSize();
  if (groups < 1 || !isDivided(channels, groups))
    return inference.error("group_normalization_c2", "num_groups is ", groups,
                           ", and X has ", channels, " channels");
  for (auto [name, operand] :
       {std::pair("scale", op.getScale()), std::pair("bias", op.getBias())}) {
    std::optional<SymShape> shape = inference.getShape(operand);
    if (shape && (shape->size() != 1 ||
                  (ShapeInference::differ(shape->front(), channels) &&
                   ShapeInference::differ(shape->front(), groups))))
      return inference.error("group_normalization_c3", name, " has shape ",
                             formatShape(*shape), ", but X has ", channels,
                             " channels in ", groups, " groups");
  }
  if (std::optional<LanesAttr> lanes = op.getLogicalLanes())
    if (lanes->getOldSize() == 0 ||
        ShapeInference::differ(divide(channels, groups), lanes->getSize()))
      return inference.error("group_normalization_c4", "logical_lanes are ",
                             lanes->getOldSize(), " of ", lanes->getSize(),
                             " lanes, and X has ", channels, " channels in ",
                             groups, " groups");
  inference.setResult(0, std::move(x),
                      ShapeInference::getElementType(op.getX()));
  return success();
}

LogicalResult
MeanVarianceNormalizationOp::inferShapes(Adaptor op,
                                         ShapeInference &inference) {
  std::optional<SymShape> x = inference.getShape(op.getX());
  if (x && op.getAxes() &&
      failed(inference.getAxes("mean_variance_normalization_c1", *op.getAxes(),
                               x->size())))
    return failure();
  inference.setResult(0, std::move(x),
                      ShapeInference::getElementType(op.getX()));
  return success();
}

LogicalResult LpNormalizationOp::inferShapes(Adaptor op,
                                             ShapeInference &inference) {
  std::optional<SymShape> x = inference.getShape(op.getInput());
  if (x &&
      failed(inference.getAxis("lp_normalization_c1", op.getAxis(), x->size())))
    return failure();
  inference.setResult(0, std::move(x),
                      ShapeInference::getElementType(op.getInput()));
  return success();
}

LogicalResult LRNOp::inferShapes(Adaptor op, ShapeInference &inference) {
  std::optional<SymShape> x = inference.getShape(op.getX());
  if (x && x->size() < 2)
    return inference.error("lrn_c1", "X has rank ", x->size(),
                           ", not 2 or more");
  inference.setResult(0, std::move(x),
                      ShapeInference::getElementType(op.getX()));
  return success();
}
