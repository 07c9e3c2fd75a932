//===- ModelBuilder.cpp - a module as a ModelProto --------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelBuilder.h"

#include "AttributeWriter.h"

#include "gac/Dialect/GAC/IR/GACOps.h"
#include "gac/Import/InterfaceMetadata.h"
#include "gac/Import/Residual.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/DialectResourceBlobManager.h"

#include "llvm/Support/FormatVariadic.h"

#include <limits>

using namespace gac;
using namespace mlir;
using llvm::Error;

//===----------------------------------------------------------------------===//
// The model around the graph
//===----------------------------------------------------------------------===//

FailureOr<func::FuncOp> ModelBuilder::findFunction() {
  auto functions = llvm::to_vector(module.getOps<func::FuncOp>());
  if (functions.size() != 1)
    return module.emitError() << "an ONNX model is one function, and the "
                                 "module has "
                              << functions.size();
  func::FuncOp function = functions.front();
  if (!function.getBody().hasOneBlock())
    return function.emitError()
           << "an ONNX graph is one block, and function '" << function.getName()
           << "' has " << function.getBody().getBlocks().size();
  return function;
}

LogicalResult ModelBuilder::readResidual(onnx::ModelProto &model) {
  Attribute attribute = module->getAttr(attr::residual);
  if (!attribute)
    return success();
  auto resource = dyn_cast<DenseResourceElementsAttr>(attribute);
  AsmResourceBlob *blob =
      resource ? resource.getRawHandle().getBlob() : nullptr;
  ArrayRef<char> data = blob ? blob->getData() : ArrayRef<char>();
  // Printing with elided resources leaves a name without data behind.
  if (data.empty() || data.size() > std::numeric_limits<int>::max() ||
      !model.ParseFromArray(data.data(), data.size()))
    return module.emitError()
           << "'" << attr::residual
           << "' holds no encoded model: was the text printed without its "
              "resources?";
  for (onnx::NodeProto &node : *model.mutable_graph()->mutable_node())
    nodeLeftovers.push_back(std::move(node));
  for (onnx::TensorProto &tensor :
       *model.mutable_graph()->mutable_initializer())
    tensorLeftovers.push_back(std::move(tensor));
  model.mutable_graph()->clear_node();
  model.mutable_graph()->clear_initializer();
  if (Error error = description.readEarlier(model))
    return module.emitError(toString(std::move(error)));
  if (Error error = placer.adopt(model))
    return module.emitError(toString(std::move(error)));
  return success();
}

/// The first IR version whose specification has the opset's types.
static int64_t getIRVersion(int64_t opset) {
  if (opset <= 9)
    return 4;
  if (opset <= 14)
    return 7;
  if (opset <= 18)
    return 8;
  if (opset <= 20)
    return 9;
  if (opset <= 22)
    return 10;
  return opset <= 24 ? 12 : 13;
}

/// How inputs and outputs have changed. An entry that says it already stays as
/// it is written.
void ModelBuilder::describeChanges(onnx::ModelProto &model) {
  std::optional<llvm::json::Value> now = describeInterface(func);
  auto *metadata = model.mutable_metadata_props();
  for (int i = metadata->size() - 1; i >= 0; --i) {
    if (metadata->Get(i).key() != kInterfaceKey)
      continue;
    llvm::Expected<llvm::json::Value> before =
        llvm::json::parse(metadata->Get(i).value());
    if (before && now && *before == *now)
      return;
    llvm::consumeError(before.takeError());
    metadata->DeleteSubrange(i, 1);
  }
  if (!now)
    return;
  onnx::StringStringEntryProto *entry = model.add_metadata_props();
  entry->set_key(kInterfaceKey.str());
  entry->set_value(llvm::formatv("{0}", *now).str());
}

/// What passes leave word of, the opset of named ops that they may have put
/// into a model without any, and all that a model lacks that was not imported.
void ModelBuilder::completeHeader(onnx::ModelProto &model) {
  int64_t opset = getOnnxOpset(func);
  // A first repair under a budget leaves word of where the budget counts from.
  auto bytes = module->getAttrOfType<IntegerAttr>(attr::weightBytes);
  if (bytes && llvm::none_of(model.metadata_props(), [](const auto &entry) {
        return entry.key() == attr::weightBytes;
      })) {
    onnx::StringStringEntryProto *entry = model.add_metadata_props();
    entry->set_key(attr::weightBytes.str());
    entry->set_value(std::to_string(bytes.getInt()));
  }
  describeChanges(model);
  auto addDomain = [&](StringRef domain, int64_t version) {
    for (onnx::OperatorSetIdProto &import : *model.mutable_opset_import()) {
      if (StringRef(import.domain()) != domain &&
          !(domain.empty() && import.domain() == "ai.onnx"))
        continue;
      // Passes may raise the opset of the file, for ops that it did not have.
      if (domain.empty() && func->hasAttr(attr::opset) &&
          import.version() < version) {
        import.set_version(version);
        model.set_ir_version(
            std::max<int64_t>(model.ir_version(), getIRVersion(version)));
      }
      return;
    }
    onnx::OperatorSetIdProto *import = model.add_opset_import();
    import->set_domain(domain.str());
    import->set_version(version);
  };
  auto isNamed = [](Operation &op) {
    const OnnxOpInfo *info = getOnnxOpInfo(op.getName());
    return info && info->domain.empty();
  };
  if (llvm::any_of(func.getOps(), isNamed))
    addDomain("", opset);
  if (module->hasAttr(attr::residual))
    return;
  model.set_ir_version(getIRVersion(opset));
  model.set_producer_name("gac");
  graph->set_name(func.getName().str());
  addDomain("", opset);
  for (Operation &op : func.getOps()) {
    if (auto opaque = dyn_cast<OpaqueOp>(op);
        opaque && opaque.getDomain() != kSparseDomain)
      addDomain(opaque.getDomain(), 1);
    if (const OnnxOpInfo *info = getOnnxOpInfo(op.getName());
        info && !info->domain.empty())
      addDomain(info->domain, info->since);
  }
}

/// Makes static what `gac-bind-dims` has bound and only the residual states.
LogicalResult ModelBuilder::bindResidualSymbols() {
  auto entries = module->getAttrOfType<ArrayAttr>(attr::bound);
  if (!entries)
    return success();
  std::vector<std::string> texts;
  for (Attribute entry : entries)
    if (auto text = dyn_cast<StringAttr>(entry))
      texts.push_back(text.str());
  llvm::Expected<DimBindings> bindings = DimBindings::parse(texts);
  if (!bindings)
    return module.emitError() << "'" << attr::bound
                              << "': " << llvm::toString(bindings.takeError());
  for (auto *values : {graph->mutable_input(), graph->mutable_output(),
                       graph->mutable_value_info()})
    for (onnx::ValueInfoProto &value : *values)
      bindSymbols(*value.mutable_type(), *bindings);
  return success();
}

LogicalResult ModelBuilder::build(onnx::ModelProto &model) {
  FailureOr<func::FuncOp> found = findFunction();
  if (failed(found))
    return failure();
  func = *found;
  if (failed(readResidual(model)))
    return failure();
  graph = model.mutable_graph();
  completeHeader(model);
  if (failed(bindResidualSymbols()))
    return failure();

  FailureOr<ValueNames> created = ValueNames::create(func);
  if (failed(created))
    return failure();
  valueNames = &*created;

  for (BlockArgument argument : func.getArguments())
    if (auto value = func.getArgAttrOfType<TypedAttr>(argument.getArgNumber(),
                                                      attr::defaultValue))
      if (failed(buildInitializer(
              valueNames->get(argument), value,
              func.getArgAttr(argument.getArgNumber(), attr::tensor), func)))
        return failure();
  for (Operation &op : func.getBody().front().without_terminator())
    if (failed(buildOp(&op)))
      return failure();
  buildInputs();
  if (failed(buildOutputs()))
    return failure();
  updateValueInfo();
  return success();
}

//===----------------------------------------------------------------------===//
// Inputs, outputs and the types of values
//===----------------------------------------------------------------------===//

/// The symbols of one result in an op's `gac.dims`, which holds an array each.
static ArrayAttr getSymbols(Value value) {
  auto result = dyn_cast<OpResult>(value);
  if (!result)
    return {};
  auto all = result.getOwner()->getAttrOfType<ArrayAttr>(attr::dims);
  if (!all || result.getResultNumber() >= all.size())
    return {};
  return dyn_cast<ArrayAttr>(all[result.getResultNumber()]);
}

void ModelBuilder::buildInputs() {
  llvm::StringMap<onnx::ValueInfoProto> declared;
  google::protobuf::RepeatedPtrField<onnx::ValueInfoProto> old;
  old.Swap(graph->mutable_input());
  // The file's order; initializers may be listed among the inputs.
  for (onnx::ValueInfoProto &input : old) {
    Value value = valueNames->lookup(input.name());
    if (!value || declared.count(input.name()))
      continue;
    updateSizes(*input.mutable_type(), value.getType());
    declared[input.name()] = input;
    *graph->add_input() = std::move(input);
  }
  for (BlockArgument argument : func.getArguments()) {
    StringRef name = valueNames->get(argument);
    if (declared.count(name))
      continue;
    onnx::ValueInfoProto *input = graph->add_input();
    input->set_name(name.str());
    writeType(
        *input->mutable_type(), argument.getType(),
        func.getArgAttrOfType<ArrayAttr>(argument.getArgNumber(), attr::dims));
  }
}

/// The type that a value had at import if the file's own declaration of it
/// contradicted that type.
TypeAttr ModelBuilder::getDisputedType(StringRef name) {
  auto disputed = module->getAttrOfType<DictionaryAttr>(attr::disputed);
  return disputed ? disputed.getAs<TypeAttr>(name) : TypeAttr();
}

LogicalResult ModelBuilder::buildOutputs() {
  llvm::StringMap<onnx::ValueInfoProto> declared;
  for (onnx::ValueInfoProto &output : *graph->mutable_output())
    declared[output.name()] = output;
  graph->clear_output();

  Operation *terminator = func.getBody().front().getTerminator();
  for (OpOperand &operand : terminator->getOpOperands()) {
    Value value = operand.get();
    auto given = func.getResultAttrOfType<StringAttr>(
        operand.getOperandNumber(), attr::name);
    StringRef name = given ? given.getValue() : valueNames->get(value);
    onnx::ValueInfoProto *output = graph->add_output();
    auto known = declared.find(name);
    if (known != declared.end()) {
      *output = known->second;
      TypeAttr imported = getDisputedType(name);
      if (!imported || imported.getValue() != value.getType())
        updateSizes(*output->mutable_type(), value.getType());
    } else {
      output->set_name(name.str());
      writeType(*output->mutable_type(), value.getType(), getSymbols(value));
    }
    if (name == valueNames->get(value))
      continue;
    // The value has another name of its own, as one returned twice has.
    if (valueNames->lookup(name))
      return func.emitError()
             << "graph output '" << name << "' is to be '"
             << valueNames->get(value) << "', but another value has its name";
    onnx::NodeProto *copy = graph->add_node();
    copy->set_op_type("Identity");
    copy->add_input(valueNames->get(value).str());
    copy->add_output(name.str());
  }
  return success();
}

void ModelBuilder::updateValueInfo() {
  google::protobuf::RepeatedPtrField<onnx::ValueInfoProto> old;
  old.Swap(graph->mutable_value_info());
  for (onnx::ValueInfoProto &info : old) {
    Value value = valueNames->lookup(info.name());
    TypeAttr imported = getDisputedType(info.name());
    if (value && imported) {
      // What was wrong before the value grew says nothing about it now.
      if (imported.getValue() != value.getType())
        continue;
    } else if (value) {
      updateSizes(*info.mutable_type(), value.getType());
    }
    *graph->add_value_info() = std::move(info);
  }
}
