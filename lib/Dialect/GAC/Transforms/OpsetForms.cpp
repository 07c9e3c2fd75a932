//===- OpsetForms.cpp - Ops in the form that an opset has -----------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpsetForms.h"
#include "gac/Dialect/GAC/IR/GACOps.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace gac;

int64_t gac::getOnnxOpset(OpBuilder &builder) {
  return getOnnxOpset(builder.getInsertionBlock()->getParentOp());
}

static Value createList(OpBuilder &builder, Location loc,
                        ArrayRef<int64_t> numbers) {
  auto type = RankedTensorType::get({static_cast<int64_t>(numbers.size())},
                                    builder.getI64Type());
  return ConstantOp::create(builder, loc, type,
                            DenseElementsAttr::get(type, numbers),
                            /*form=*/StringAttr());
}

Value gac::createSizes(OpBuilder &builder, Location loc, Value x, int64_t start,
                       int64_t count) {
  Type element = builder.getI64Type();
  auto type = RankedTensorType::get({count}, element);
  if (getOnnxOpset(builder) >= 15)
    return ShapeOp::create(builder, loc, type, x,
                           builder.getI64IntegerAttr(start),
                           builder.getI64IntegerAttr(start + count));
  auto ranked = dyn_cast<RankedTensorType>(x.getType());
  Value sizes = ShapeOp::create(
      builder, loc,
      RankedTensorType::get({ranked ? ranked.getRank() : ShapedType::kDynamic},
                            element),
      x, /*start=*/IntegerAttr(), /*end=*/IntegerAttr());
  Value axes = createList(
      builder, loc, llvm::to_vector(llvm::seq<int64_t>(start, start + count)));
  return GatherOp::create(builder, loc, type, sizes, axes,
                          /*axis=*/IntegerAttr());
}

/// Axes have been an operand from opset 13 on.
template <typename OpTy>
static Value createWithAxes(OpBuilder &builder, Location loc, Type type,
                            Value x, ArrayRef<int64_t> axes) {
  if (getOnnxOpset(builder) >= 13) {
    Value operand = createList(builder, loc, axes);
    return OpTy::create(builder, loc, type, x, operand, DenseI64ArrayAttr());
  }
  return OpTy::create(builder, loc, type, x, /*axes=*/Value(),
                      builder.getDenseI64ArrayAttr(axes));
}

Value gac::createUnsqueeze(OpBuilder &builder, Location loc, Type type, Value x,
                           ArrayRef<int64_t> axes) {
  return createWithAxes<UnsqueezeOp>(builder, loc, type, x, axes);
}

Value gac::createSqueeze(OpBuilder &builder, Location loc, Type type, Value x,
                         ArrayRef<int64_t> axes) {
  return createWithAxes<SqueezeOp>(builder, loc, type, x, axes);
}
