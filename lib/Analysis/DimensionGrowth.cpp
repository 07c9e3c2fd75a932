//===- DimensionGrowth.cpp - What rules see of growth -----------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Analysis/DimensionRules.h"
#include "gac/Dialect/GAC/IR/GACOps.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace gac;

SmallVector<Term> DimensionGrower::getAxes(Value value) {
  std::optional<ArrayRef<Term>> axes = analysis.getAxes(value, op);
  return axes ? SmallVector<Term>(*axes) : SmallVector<Term>();
}

bool DimensionGrower::grows(Value value) {
  return llvm::any_of(getAxes(value), [&](Term axis) { return grows(axis); });
}

/// The axis that a number was computed from. Each reader of a weight has its
/// own copy, and the one that measures it does not grow it.
static std::optional<Term> getAxis(const DimensionAnalysis &analysis,
                                   const ShapeSource &source) {
  if (isWeight(source.tensor))
    return std::nullopt;
  std::optional<ArrayRef<Term>> axes = analysis.getAxes(source.tensor);
  if (!axes || source.axis >= static_cast<int64_t>(axes->size()))
    return std::nullopt;
  return (*axes)[source.axis];
}

bool DimensionGrower::grows(const ShapeSource &source) {
  std::optional<Term> axis = getAxis(analysis, source);
  return axis && grows(*axis);
}

SymExpr DimensionGrower::getOldSize(const ShapeSource &source) {
  std::optional<Term> axis = getAxis(analysis, source);
  return axis ? getOldSize(*axis) : SymExpr::unknownSize();
}

SymExpr DimensionGrower::getNewSize(const ShapeSource &source) {
  std::optional<Term> axis = getAxis(analysis, source);
  return axis ? getNewSize(*axis) : SymExpr::unknownSize();
}

std::string DimensionGrower::getUniqueName(const Twine &wanted) {
  std::string base = wanted.str();
  std::string name = base;
  for (unsigned i = 1; !names.insert(name).second; ++i)
    name = base + "." + std::to_string(i);
  return name;
}

Value DimensionGrower::createIntegers(ArrayRef<int64_t> values,
                                      const Twine &name, bool scalar) {
  SmallVector<int64_t, 1> shape;
  if (!scalar)
    shape.push_back(values.size());
  auto type = RankedTensorType::get(shape, builder.getI64Type());
  return InitializerOp::create(builder, op->getLoc(), getUniqueName(name),
                               DenseElementsAttr::get(type, values));
}

Value DimensionGrower::createScalar(double number, Value like,
                                    const Twine &name) {
  Type element = cast<TensorType>(like.getType()).getElementType();
  auto type = RankedTensorType::get({}, element);
  DenseElementsAttr data;
  if (isa<FloatType>(element))
    data = DenseElementsAttr::get(type, builder.getFloatAttr(element, number));
  else
    data = DenseElementsAttr::get(
        type, builder.getIntegerAttr(element, static_cast<int64_t>(number)));
  return InitializerOp::create(builder, op->getLoc(), getUniqueName(name),
                               data);
}

void DimensionGrower::nameResults(Operation *made) {
  StringRef base = getNodeName(op);
  SmallVector<Attribute> outputs;
  for ([[maybe_unused]] Value result : made->getResults())
    outputs.push_back(builder.getStringAttr(getUniqueName(base + ".grown")));
  made->setAttr(attr::outputs, builder.getArrayAttr(outputs));
}
