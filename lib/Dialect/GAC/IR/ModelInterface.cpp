//===- ModelInterface.cpp - Inputs and outputs of a model -----------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Dialect/GAC/IR/ModelInterface.h"
#include "gac/Dialect/GAC/IR/GACOps.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/GlobPattern.h"

using namespace mlir;
using namespace gac;

Value InterfaceValue::getValue() const {
  if (input)
    return function.getArgument(number);
  return function.getBody().back().getTerminator()->getOperand(number);
}

Attribute InterfaceValue::getAttr(StringRef name) const {
  return input ? function.getArgAttr(number, name)
               : function.getResultAttr(number, name);
}

void InterfaceValue::setAttr(StringRef name, Attribute value) const {
  if (input)
    function.setArgAttr(number, name, value);
  else
    function.setResultAttr(number, name, value);
}

StringRef InterfaceValue::getName() const {
  auto name = dyn_cast_or_null<StringAttr>(getAttr(attr::name));
  return name ? name.getValue() : StringRef();
}

std::string InterfaceValue::describe() const {
  StringRef name = getName();
  return ((input ? "graph input " : "graph output ") +
          (name.empty() ? "?" : name))
      .str();
}

StringRef InterfaceValue::getObstacle() const {
  if (input && getAttr(attr::defaultValue))
    return "has a default value";
  Value value = getValue();
  if (!input &&
      isa_and_nonnull<InitializerOp, ConstantOp>(value.getDefiningOp()))
    return "is a weight";
  bool isCaptured = llvm::any_of(value.getUsers(), [&](Operation *user) {
    auto opaque = dyn_cast<OpaqueOp>(user);
    return opaque && llvm::is_contained(opaque.getCaptures(), value);
  });
  return isCaptured ? "is read by its name in a graph within a node" : "";
}

bool InterfaceValue::mayChange() const {
  return getAttr(attr::mayChange) && canChange();
}

void InterfaceValue::allowChange() const {
  setAttr(attr::mayChange, UnitAttr::get(function.getContext()));
}

SmallVector<LanesAttr> InterfaceValue::getLanes() const {
  auto perAxis = dyn_cast_or_null<ArrayAttr>(getAttr(attr::lanes));
  auto type = dyn_cast<RankedTensorType>(getValue().getType());
  if (!perAxis || !type ||
      static_cast<int64_t>(perAxis.size()) != type.getRank())
    return {};
  SmallVector<LanesAttr> lanes;
  for (auto [axis, entry] : llvm::enumerate(perAxis)) {
    auto map = dyn_cast<LanesAttr>(entry);
    if (map && map.getSize() != type.getDimSize(axis))
      return {};
    lanes.push_back(map);
  }
  return lanes;
}

void InterfaceValue::addLanes(ArrayRef<LanesAttr> lanes) const {
  MLIRContext *context = function.getContext();
  auto before = dyn_cast_or_null<ArrayAttr>(getAttr(attr::lanes));
  SmallVector<Attribute> perAxis(lanes.size(), UnitAttr::get(context));
  for (auto [axis, map] : llvm::enumerate(lanes)) {
    auto first = before && before.size() == lanes.size()
                     ? dyn_cast<LanesAttr>(before[axis])
                     : LanesAttr();
    if (map)
      perAxis[axis] = first ? first.then(map) : map;
    else if (first)
      perAxis[axis] = first;
  }
  setAttr(attr::lanes, ArrayAttr::get(context, perAxis));
}

/// Texts that the braces of a pattern may stand for.
static constexpr size_t kMaxAlternatives = 1024;

SmallVector<InterfaceValue> gac::getInterface(func::FuncOp function) {
  SmallVector<InterfaceValue> values;
  for (unsigned i = 0, e = function.getNumArguments(); i != e; ++i)
    values.emplace_back(function, /*isInput=*/true, i);
  for (unsigned i = 0, e = function.getNumResults(); i != e; ++i)
    values.emplace_back(function, /*isInput=*/false, i);
  return values;
}

llvm::Expected<SmallVector<InterfaceValue>>
gac::matchInterface(func::FuncOp function, StringRef pattern) {
  llvm::Expected<llvm::GlobPattern> glob =
      llvm::GlobPattern::create(pattern, kMaxAlternatives);
  if (!glob)
    return glob.takeError();
  SmallVector<InterfaceValue> values = getInterface(function);
  llvm::erase_if(values, [&](const InterfaceValue &value) {
    return value.getName().empty() || !glob->match(value.getName());
  });
  return values;
}
