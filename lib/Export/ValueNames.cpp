//===- ValueNames.cpp - the ONNX names of values ----------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ValueNames.h"

#include "gac/Dialect/GAC/IR/GACOps.h"
#include "gac/Import/InnerNames.h"

using namespace gac;
using namespace mlir;

//===----------------------------------------------------------------------===//
// Operands and results in ONNX's order
//===----------------------------------------------------------------------===//

/// Spreads `present` over segments, of which empty ones are left out.
static SmallVector<Value> spread(Operation *op, StringRef segmentsName,
                                 ValueRange present) {
  SmallVector<Value> all;
  std::optional<Attribute> attribute = op->getInherentAttr(segmentsName);
  auto segments =
      dyn_cast_or_null<DenseI32ArrayAttr>(attribute.value_or(Attribute()));
  if (!segments)
    return llvm::to_vector(present);
  for (int32_t size : segments.asArrayRef()) {
    if (size == 0)
      all.push_back(Value());
    llvm::append_range(all, present.take_front(size));
    present = present.drop_front(size);
  }
  while (!all.empty() && !all.back())
    all.pop_back();
  return all;
}

/// Puts null values at the positions in `absent`, which ascend.
static SmallVector<Value> insertAbsent(ValueRange present,
                                       DenseI64ArrayAttr absent) {
  SmallVector<Value> all = llvm::to_vector(present);
  if (absent)
    for (int64_t position : absent.asArrayRef())
      if (position >= 0 && position <= static_cast<int64_t>(all.size()))
        all.insert(all.begin() + position, Value());
  return all;
}

SmallVector<Value> gac::getOnnxOperands(Operation *op) {
  if (auto opaque = dyn_cast<OpaqueOp>(op))
    return insertAbsent(opaque.getInputs(), opaque.getAbsentAttr());
  return spread(op, "operandSegmentSizes", op->getOperands());
}

SmallVector<Value> gac::getOnnxResults(Operation *op) {
  return spread(op, "resultSegmentSizes", op->getResults());
}

//===----------------------------------------------------------------------===//
// ValueNames
//===----------------------------------------------------------------------===//

LogicalResult ValueNames::claim(Value value, StringRef name, Operation *op) {
  if (!values.try_emplace(name, value).second)
    return op->emitError() << "two values of the model are called '" << name
                           << "'";
  names[value] = name.str();
  return success();
}

/// Names that the file, or the author of the text, gave.
LogicalResult ValueNames::claimGiven() {
  for (BlockArgument argument : func.getArguments())
    if (auto name = func.getArgAttrOfType<StringAttr>(argument.getArgNumber(),
                                                      attr::name))
      if (failed(claim(argument, name.getValue(), func)))
        return failure();
  for (Operation &op : func.getOps()) {
    if (auto initializer = dyn_cast<InitializerOp>(op)) {
      if (failed(claim(initializer.getResult(), initializer.getName(), &op)))
        return failure();
      continue;
    }
    auto outputs = op.getAttrOfType<ArrayAttr>(attr::outputs);
    if (!outputs)
      continue;
    unsigned next = 0;
    for (Attribute attribute : outputs) {
      auto name = dyn_cast<StringAttr>(attribute);
      if (name && name.getValue().empty())
        continue;
      if (!name || next == op.getNumResults())
        return op.emitError() << "'" << attr::outputs << "' = " << outputs
                              << " does not name the " << op.getNumResults()
                              << " results of the op";
      if (failed(claim(op.getResult(next++), name.getValue(), &op)))
        return failure();
    }
  }
  // A value that replaced the producer of a graph output takes its name over.
  Operation *terminator = func.getBody().front().getTerminator();
  for (OpOperand &operand : terminator->getOpOperands()) {
    auto name = func.getResultAttrOfType<StringAttr>(operand.getOperandNumber(),
                                                     attr::name);
    if (name && isa<OpResult>(operand.get()) && !names.count(operand.get()) &&
        !values.count(name.getValue()))
      if (failed(claim(operand.get(), name.getValue(), func)))
        return failure();
  }
  return success();
}

FailureOr<ValueNames> ValueNames::create(func::FuncOp func) {
  ValueNames result(func);
  if (failed(result.claimGiven()))
    return failure();
  for (BlockArgument argument : func.getArguments())
    if (!result.names.count(argument) &&
        failed(result.claim(argument, result.makeFresh("input"), func)))
      return failure();
  for (Operation &op : func.getOps())
    for (Value value : op.getResults())
      if (!result.names.count(value) &&
          failed(result.claim(
              value, result.makeFresh(op.getName().stripDialect()), &op)))
        return failure();
  return result;
}

SmallVector<StringRef> ValueNames::getOutputs(Operation *op) const {
  SmallVector<StringRef> outputs;
  if (auto given = op->getAttrOfType<ArrayAttr>(attr::outputs)) {
    for (Attribute name : given)
      outputs.push_back(cast<StringAttr>(name).getValue());
    return outputs;
  }
  for (Value value : getOnnxResults(op))
    outputs.push_back(value ? get(value) : StringRef());
  return outputs;
}

void ValueNames::collectUsed() {
  collected = true;
  llvm::StringSet<> nodes;
  for (OpaqueOp op : func.getOps<OpaqueOp>())
    collectInnerNames(op, used, nodes);
}

std::string ValueNames::makeFresh(StringRef base) {
  if (!collected)
    collectUsed();
  std::string name;
  do {
    name = ("gac_" + base + "_" + Twine(counter++)).str();
  } while (used.contains(name) || values.contains(name));
  return name;
}
