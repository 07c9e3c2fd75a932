//===- DimensionGrowth.cpp - What rules see of growth -----------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Analysis/DimensionRules.h"
#include "gac/Dialect/GAC/IR/GACOps.h"
#include "gac/Import/InnerNames.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace gac;

//===----------------------------------------------------------------------===//
// What is added
//===----------------------------------------------------------------------===//

NewNames::NewNames(func::FuncOp function) {
  for (BlockArgument argument : function.getArguments())
    names.insert(getValueName(argument));
  function.walk([&](Operation *op) {
    if (auto initializer = dyn_cast<InitializerOp>(op))
      names.insert(initializer.getName());
    if (auto opaque = dyn_cast<OpaqueOp>(op))
      collectInnerNames(opaque, names, nodes);
    if (auto outputs = op->getAttrOfType<ArrayAttr>(attr::outputs))
      for (StringAttr name : outputs.getAsRange<StringAttr>())
        names.insert(name.getValue());
    if (auto name = dyn_cast<NameLoc>(op->getLoc()))
      nodes.insert(name.getName().getValue());
  });
}

static std::string makeUnique(llvm::StringSet<> &known, const Twine &wanted) {
  std::string base = wanted.str();
  std::string name = base;
  for (unsigned i = 1; !known.insert(name).second; ++i)
    name = base + "." + std::to_string(i);
  return name;
}

std::string NewNames::getUnique(const Twine &wanted) {
  return makeUnique(names, wanted);
}

void NewNames::nameResults(Operation *made, Operation *op) {
  StringRef base = getNodeName(op);
  Builder builder(op->getContext());
  SmallVector<Attribute> outputs;
  for ([[maybe_unused]] Value result : made->getResults())
    outputs.push_back(builder.getStringAttr(getUnique(base + ".grown")));
  made->setAttr(attr::outputs, builder.getArrayAttr(outputs));
  // Names of nodes differ, too.
  if (auto name = dyn_cast<NameLoc>(op->getLoc()))
    made->setLoc(NameLoc::get(builder.getStringAttr(makeUnique(
        nodes, name.getName().getValue() + "/" + getOnnxOpType(made)))));
}

Value gac::createScalar(OpBuilder &builder, Location location, double number,
                        Value like, StringRef name) {
  Type element = cast<TensorType>(like.getType()).getElementType();
  auto type = RankedTensorType::get({}, element);
  DenseElementsAttr data;
  if (isa<FloatType>(element))
    data = DenseElementsAttr::get(type, builder.getFloatAttr(element, number));
  else
    data = DenseElementsAttr::get(
        type, builder.getIntegerAttr(element, static_cast<int64_t>(number)));
  return InitializerOp::create(builder, location, name, data);
}

Value gac::createIntegers(OpBuilder &builder, Location location,
                          ArrayRef<int64_t> values, StringRef name,
                          ArrayRef<int64_t> shape) {
  int64_t size = values.size();
  auto type = RankedTensorType::get(shape.empty() ? ArrayRef(size) : shape,
                                    builder.getI64Type());
  return InitializerOp::create(builder, location, name,
                               DenseElementsAttr::get(type, values));
}

DenseElementsAttr gac::createMask(LanesAttr lanes, RankedTensorType type,
                                  double old, double padding) {
  Type element = type.getElementType();
  SmallVector<Attribute> numbers(lanes.getSize(),
                                 FloatAttr::get(element, padding));
  for (const LaneRun &run : lanes.getRuns())
    llvm::fill(MutableArrayRef(numbers).slice(run.to, run.length),
               FloatAttr::get(element, old));
  return DenseElementsAttr::get(type, numbers);
}

//===----------------------------------------------------------------------===//
// DimensionGrower
//===----------------------------------------------------------------------===//

Value DimensionGrower::getOriginal(Value value) const {
  Value original = state.originals.lookup(value);
  return original ? original : value;
}

SmallVector<Term> DimensionGrower::getAxes(Value value) {
  std::optional<ArrayRef<Term>> axes = analysis.getAxes(getOriginal(value), op);
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
