//===- ShapeInferenceQuantization.cpp - Shapes of quantised tensors -------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Dialect/GAC/IR/GACOps.h"
#include "gac/Dialect/GAC/IR/ShapeInference.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace gac;

//===----------------------------------------------------------------------===//
// From numbers to quantised ones and back
//===----------------------------------------------------------------------===//

/// Whether a scale of this shape is one number for all.
static bool isSingle(ArrayRef<SymExpr> scale) {
  return scale.empty() || (scale.size() == 1 && scale[0].isOne());
}

/// The shape of X, scaled along `axis` in blocks of `blockSize` lanes if that
/// is not 0.
static FailureOr<std::optional<SymShape>>
inferScaled(ShapeInference &inference, Value valueOfX, Value valueOfScale,
            Value valueOfZero, int64_t axis, int64_t blockSize) {
  std::optional<SymShape> x = inference.getShape(valueOfX);
  std::optional<SymShape> scale = inference.getShape(valueOfScale);
  if (x && scale && !isSingle(*scale)) {
    FailureOr<int64_t> index =
        inference.getAxis("quantization_c1", axis, x->size());
    if (failed(index))
      return failure();
    SymShape wanted = {(*x)[*index]};
    if (blockSize > 0) {
      wanted = *x;
      wanted[*index] = (*x)[*index].ceilDiv(blockSize);
    }
    if (scale->size() != wanted.size() ||
        llvm::any_of(llvm::zip_equal(*scale, wanted), [](auto sizes) {
          return ShapeInference::differ(std::get<0>(sizes), std::get<1>(sizes));
        }))
      return inference.error("quantization_c2", "the scale has shape ",
                             formatShape(*scale), ", but axis ", *index,
                             " of X of shape ", formatShape(*x), " needs ",
                             formatShape(wanted));
  }
  std::optional<SymShape> zero = inference.getShape(valueOfZero);
  if (zero && scale && !(isSingle(*zero) && isSingle(*scale)) &&
      (zero->size() != scale->size() ||
       llvm::any_of(llvm::zip_equal(*zero, *scale), [](auto sizes) {
         return ShapeInference::differ(std::get<0>(sizes), std::get<1>(sizes));
       })))
    return inference.error("quantization_c3", "the zero point has shape ",
                           formatShape(*zero), ", but the scale ",
                           formatShape(*scale));
  return x;
}

template <typename Adaptor>
static LogicalResult inferDequantize(Adaptor op, Type elementType,
                                     ShapeInference &inference) {
  auto shape = inferScaled(inference, op.getX(), op.getXScale(),
                           op.getXZeroPoint(), op.getAxis(), op.getBlockSize());
  if (failed(shape))
    return failure();
  inference.setResult(0, std::move(*shape), elementType);
  return success();
}

template <typename Adaptor>
static LogicalResult inferQuantize(Adaptor op, Type elementType,
                                   ShapeInference &inference) {
  auto shape = inferScaled(inference, op.getX(), op.getYScale(),
                           op.getYZeroPoint(), op.getAxis(), op.getBlockSize());
  if (failed(shape))
    return failure();
  if (op.getYZeroPoint())
    elementType = ShapeInference::getElementType(op.getYZeroPoint());
  inference.setResult(0, std::move(*shape), elementType);
  return success();
}

static Type getUnsigned8(ShapeInference &inference) {
  return IntegerType::get(inference.getContext(), 8, IntegerType::Unsigned);
}

LogicalResult DequantizeLinearOp::inferShapes(Adaptor op,
                                              ShapeInference &inference) {
  // A type that the file states by its number is what it says.
  return inferDequantize(op,
                         op.getOutputDtype() == 0
                             ? ShapeInference::getElementType(op.getXScale())
                             : Type(),
                         inference);
}

LogicalResult QuantizeLinearOp::inferShapes(Adaptor op,
                                            ShapeInference &inference) {
  return inferQuantize(
      op, op.getOutputDtype() == 0 ? getUnsigned8(inference) : Type(),
      inference);
}

LogicalResult
ContribDequantizeLinearOp::inferShapes(Adaptor op, ShapeInference &inference) {
  return inferDequantize(op, ShapeInference::getElementType(op.getXScale()),
                         inference);
}

LogicalResult ContribQuantizeLinearOp::inferShapes(Adaptor op,
                                                   ShapeInference &inference) {
  return inferQuantize(op, getUnsigned8(inference), inference);
}

LogicalResult DynamicQuantizeLinearOp::inferShapes(Adaptor op,
                                                   ShapeInference &inference) {
  inference.setResult(0, inference.getShape(op.getX()),
                      getUnsigned8(inference));
  inference.setResult(1, SymShape(), ShapeInference::getElementType(op.getX()));
  inference.setResult(2, SymShape(), getUnsigned8(inference));
  return success();
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

LogicalResult MatMulIntegerOp::inferShapes(Adaptor op,
                                           ShapeInference &inference) {
  return detail::inferMatMul(op.getA(), op.getB(),
                             IntegerType::get(inference.getContext(), 32),
                             inference);
}

LogicalResult QLinearMatMulOp::inferShapes(Adaptor op,
                                           ShapeInference &inference) {
  return detail::inferMatMul(op.getA(), op.getB(),
                             ShapeInference::getElementType(op.getYZeroPoint()),
                             inference);
}

LogicalResult MatMulIntegerToFloatOp::inferShapes(Adaptor op,
                                                  ShapeInference &inference) {
  return detail::inferMatMul(op.getA(), op.getB(),
                             ShapeInference::getElementType(op.getAScale()),
                             inference);
}

LogicalResult DynamicQuantizeMatMulOp::inferShapes(Adaptor op,
                                                   ShapeInference &inference) {
  return detail::inferMatMul(op.getA(), op.getB(),
                             ShapeInference::getElementType(op.getA()),
                             inference);
}

LogicalResult QGemmOp::inferShapes(Adaptor op, ShapeInference &inference) {
  Type elementType = op.getYScale() && op.getYZeroPoint()
                         ? ShapeInference::getElementType(op.getYZeroPoint())
                         : ShapeInference::getElementType(op.getAScale());
  return detail::inferGemm(op.getA(), op.getTransA() != 0, op.getB(),
                           op.getTransB() != 0, op.getC(), elementType,
                           inference);
}

//===----------------------------------------------------------------------===//
// Quantised numbers to quantised numbers
//===----------------------------------------------------------------------===//

static LogicalResult
checkPresent(ShapeInference &inference,
             ArrayRef<std::pair<StringRef, Value>> operands) {
  for (auto [name, operand] : operands)
    if (!operand)
      return inference.error("qlinear_c1", name, " is absent");
  return success();
}

template <typename Adaptor>
static LogicalResult inferBinary(Adaptor op, ShapeInference &inference) {
  if (failed(checkPresent(inference, {{"B", op.getB()},
                                      {"B's scale", op.getBScale()},
                                      {"the result's scale", op.getYScale()}})))
    return failure();
  std::optional<SymShape> a = inference.getShape(op.getA());
  std::optional<SymShape> b = inference.getShape(op.getB());
  std::optional<SymShape> result;
  if (a && b) {
    FailureOr<SymShape> both = inference.broadcast("qlinear_c2", *a, *b);
    if (failed(both))
      return failure();
    result = std::move(*both);
  }
  inference.setResult(0, std::move(result),
                      ShapeInference::getElementType(op.getA()));
  return success();
}

template <typename Adaptor>
static LogicalResult inferUnary(Adaptor op, std::optional<SymShape> shape,
                                ShapeInference &inference) {
  if (failed(checkPresent(inference, {{"the result's scale", op.getYScale()}})))
    return failure();
  inference.setResult(0, std::move(shape),
                      ShapeInference::getElementType(op.getX()));
  return success();
}

LogicalResult QLinearAddOp::inferShapes(Adaptor op, ShapeInference &inference) {
  return inferBinary(op, inference);
}

LogicalResult QLinearMulOp::inferShapes(Adaptor op, ShapeInference &inference) {
  return inferBinary(op, inference);
}

LogicalResult
QLinearGlobalAveragePoolOp::inferShapes(Adaptor op, ShapeInference &inference) {
  std::optional<SymShape> shape = inference.getShape(op.getX());
  if (shape && shape->size() > 2) {
    if (op.getChannelsLast() != 0)
      std::fill(shape->begin() + 1, shape->end() - 1, SymExpr(1));
    else
      std::fill(shape->begin() + 2, shape->end(), SymExpr(1));
  }
  return inferUnary(op, std::move(shape), inference);
}

LogicalResult QLinearLeakyReluOp::inferShapes(Adaptor op,
                                              ShapeInference &inference) {
  return inferUnary(op, inference.getShape(op.getX()), inference);
}

LogicalResult QLinearSigmoidOp::inferShapes(Adaptor op,
                                            ShapeInference &inference) {
  return inferUnary(op, inference.getShape(op.getX()), inference);
}

LogicalResult QLinearSoftmaxOp::inferShapes(Adaptor op,
                                            ShapeInference &inference) {
  return inferUnary(op, inference.getShape(op.getX()), inference);
}

//===----------------------------------------------------------------------===//
// GatherBlockQuantized
//===----------------------------------------------------------------------===//

LogicalResult GatherBlockQuantizedOp::inferShapes(Adaptor op,
                                                  ShapeInference &inference) {
  Type elementType = ShapeInference::getElementType(op.getScales());
  std::optional<SymShape> data = inference.getShape(op.getData());
  std::optional<SymShape> indices = inference.getShape(op.getIndices());
  std::optional<SymShape> scales = inference.getShape(op.getScales());
  if (data && scales && data->size() != scales->size())
    return inference.error("gather_block_quantized_c2", "data has rank ",
                           data->size(), ", but scales have ", scales->size());
  std::optional<SymShape> result;
  if (data) {
    constexpr llvm::StringLiteral label = "gather_block_quantized_c1";
    FailureOr<int64_t> axis =
        inference.getAxis(label, op.getGatherAxis(), data->size());
    if (failed(axis) ||
        failed(inference.getAxis(label, op.getQuantizeAxis(), data->size())))
      return failure();
    int64_t bits = op.getBits();
    Type packed = ShapeInference::getElementType(op.getData());
    if (packed && packed.isUnsignedInteger(8) && bits > 0)
      data->back() = data->back() * (8 / bits);
    if (indices) {
      result.emplace(data->begin(), data->begin() + *axis);
      llvm::append_range(*result, *indices);
      result->append(data->begin() + *axis + 1, data->end());
    }
  }
  inference.setResult(0, std::move(result), elementType);
  return success();
}
