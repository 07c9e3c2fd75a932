//===- ShapeInferenceSpatial.cpp - Shapes of what works on images ---------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Transposed convolutions, resampling and norms over space.
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

//===----------------------------------------------------------------------===//
// InstanceNormalization
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
  inference.setResult(0, std::move(x),
                      ShapeInference::getElementType(op.getX()));
  return success();
}
