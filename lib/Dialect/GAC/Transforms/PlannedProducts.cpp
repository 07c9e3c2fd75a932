//===- PlannedProducts.cpp - Weights that a plan makes one of ---*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PlannedProducts.h"

#include "gac/Dialect/GAC/IR/GACDialect.h"
#include "gac/Import/WeightOrigins.h"

using namespace mlir;
using namespace gac;

std::pair<PlanAttr, func::FuncOp> gac::getPlanned(ModuleOp module) {
  auto functions = module.getOps<func::FuncOp>();
  if (functions.empty() || (*functions.begin()).isExternal())
    return {};
  return {module->getAttrOfType<PlanAttr>(attr::plan), *functions.begin()};
}

FailureOr<LinearLayer>
gac::lookUpLayer(func::FuncOp function,
                 const llvm::MapVector<StringRef, LinearLayer> &layers,
                 StringRef name, StringRef verb) {
  // As it is by now: what it reads may have been replaced.
  if (auto it = layers.find(name); it != layers.end())
    if (std::optional<LinearLayer> layer = matchLinearLayer(it->second.op))
      return *layer;
  for (auto weight : function.getOps<InitializerOp>())
    if (weight.getName() == name)
      return weight.emitError()
             << "the plan " << verb << " '" << name
             << "', which is no matrix that one product alone reads";
  return function.emitError() << "the plan " << verb << " '" << name
                              << "', and the model has no such weight";
}

TypedAttr gac::getPart(InitializerOp weight, int64_t fanIn) {
  if (isa<ConcatAttr, ProductAttr>(getOriginalWeight(weight.getValue())))
    return weight.getValue();
  return PartAttr::get(weight.getName(), weight.getValue(), fanIn,
                       weight->getAttrOfType<TypedAttr>(attr::origin));
}

TypedAttr gac::getPart(const LinearLayer &layer) {
  InitializerOp weight = layer.weight;
  return getPart(weight,
                 std::max<int64_t>(
                     1, getOriginalSize(weight, layer.isTransposed ? 1 : 0)));
}

TypedAttr gac::transposeWeight(TypedAttr value) {
  auto type = cast<ShapedType>(value.getType());
  return TransposeAttr::get(
      type.clone({type.getDimSize(1), type.getDimSize(0)}), value, {1, 0});
}

Value gac::createWeight(OpBuilder &builder, Location loc, StringRef name,
                        TypedAttr value, bool needsTranspose) {
  Value weight =
      InitializerOp::create(builder, loc, value.getType(), name, value);
  if (!needsTranspose)
    return weight;
  auto type = cast<ShapedType>(value.getType());
  return TransposeOp::create(
      builder, loc, type.clone({type.getDimSize(1), type.getDimSize(0)}),
      weight, builder.getDenseI64ArrayAttr({1, 0}));
}

void gac::eraseUnread(Operation *op) {
  SmallVector<Operation *> worklist = {op};
  while (!worklist.empty()) {
    Operation *next = worklist.pop_back_val();
    if (!next->use_empty())
      continue;
    SmallVector<Operation *> makers;
    for (Value operand : next->getOperands())
      if (Operation *maker = operand.getDefiningOp();
          isa_and_nonnull<InitializerOp, ConstantOp, TransposeOp>(maker) &&
          !llvm::is_contained(makers, maker))
        makers.push_back(maker);
    next->erase();
    llvm::append_range(worklist, makers);
  }
}
