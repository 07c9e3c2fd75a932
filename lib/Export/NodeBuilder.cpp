//===- NodeBuilder.cpp - ops as nodes and initializers ----------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelBuilder.h"

#include "AttributeWriter.h"

#include "gac/Dialect/GAC/IR/GACOps.h"
#include "gac/Import/Importer.h"
#include "gac/Import/Residual.h"

#include "mlir/IR/BuiltinAttributes.h"

using namespace gac;
using namespace mlir;
using llvm::Error;

/// The entry of `leftovers` whose index an op's attribute holds, null if it
/// has none. Fails for an index that is out of range.
template <typename T>
static FailureOr<const T *> findLeftovers(const std::vector<T> &leftovers,
                                          Attribute attribute, StringRef name,
                                          Operation *op) {
  if (!attribute)
    return static_cast<const T *>(nullptr);
  auto index = dyn_cast<IntegerAttr>(attribute);
  if (!index || index.getValue().uge(leftovers.size()))
    return op->emitError() << "'" << name << "' = " << attribute
                           << " is none of the " << leftovers.size()
                           << " entries of the residual";
  return &leftovers[index.getInt()];
}

LogicalResult ModelBuilder::buildInitializer(StringRef name, TypedAttr value,
                                             Attribute leftoversIndex,
                                             Operation *op) {
  onnx::TensorProto *tensor = graph->add_initializer();
  FailureOr<const onnx::TensorProto *> leftovers =
      findLeftovers(tensorLeftovers, leftoversIndex, attr::tensor, op);
  if (failed(leftovers))
    return failure();
  if (*leftovers)
    *tensor = **leftovers;
  bool wasExternal = tensor->data_location() == onnx::TensorProto::EXTERNAL;
  tensor->set_name(name.str());
  bool movable = false;
  if (auto type = dyn_cast<ShapedType>(value.getType());
      type && type.hasStaticShape()) {
    auto readName = op->getAttrOfType<StringAttr>(attr::copyOf);
    llvm::Expected<ShapedType> original =
        description.add(*tensor, readName ? readName.getValue() : name, value);
    if (!original)
      return op->emitError(toString(original.takeError()));
    // Small tensors in the file itself have to stay there: packages have their
    // data and no recipe.
    movable = original->getNumElements() > kEagerElements;
  }
  if (Error error = placer.place(*tensor, value, wasExternal, movable))
    return op->emitError(toString(std::move(error)));
  return success();
}

LogicalResult ModelBuilder::buildOp(Operation *op) {
  if (auto initializer = dyn_cast<InitializerOp>(op))
    return buildInitializer(initializer.getName(), initializer.getValue(),
                            op->getAttr(attr::tensor), op);
  if (isa<ConstantOp>(op))
    return buildNode(op, "", "Constant");
  if (auto opaque = dyn_cast<OpaqueOp>(op)) {
    if (opaque.getDomain() == kSparseDomain &&
        opaque.getOpType() == kSparseOpType)
      return success();
    if (failed(checkCaptures(opaque)))
      return failure();
    return buildNode(op, opaque.getDomain(), opaque.getOpType());
  }
  if (const OnnxOpInfo *info = getOnnxOpInfo(op->getName())) {
    if (info->domain.empty() && info->runtimeSince > getOnnxOpset(func))
      return op->emitError()
             << "'" << info->onnxName << "' exists from opset " << info->since
             << " on, and the model imports opset " << getOnnxOpset(func);
    return buildNode(op, info->domain, info->onnxName);
  }
  return op->emitError() << "'" << op->getName()
                         << "' stands for no ONNX operator";
}

/// Subgraphs read captured values by names that are written in them.
LogicalResult ModelBuilder::checkCaptures(OpaqueOp op) {
  auto captured = op->getAttrOfType<ArrayAttr>(attr::captures);
  size_t count = captured ? captured.size() : 0;
  if (count != op.getCaptures().size())
    return op.emitError() << "the op captures " << op.getCaptures().size()
                          << " values, and '" << attr::captures << "' names "
                          << count;
  for (auto [value, attribute] :
       llvm::zip_equal(op.getCaptures(), captured ? captured.getValue()
                                                  : ArrayRef<Attribute>())) {
    auto name = dyn_cast<StringAttr>(attribute);
    if (!name || name.getValue() != valueNames->get(value))
      return op.emitError() << "a subgraph reads " << attribute
                            << ", and that value is now called '"
                            << valueNames->get(value) << "'";
  }
  return success();
}

LogicalResult ModelBuilder::buildNode(Operation *op, StringRef domain,
                                      StringRef opType) {
  onnx::NodeProto *node = graph->add_node();
  node->set_op_type(opType.str());
  if (!domain.empty())
    node->set_domain(domain.str());
  // A location that was made up for diagnostics is fused with a note.
  if (auto name = dyn_cast<NameLoc>(op->getLoc()))
    node->set_name(name.getName().getValue().str());
  for (Value operand : getOnnxOperands(op))
    node->add_input(operand ? valueNames->get(operand).str() : "");
  for (StringRef output : valueNames->getOutputs(op))
    node->add_output(output.str());
  if (failed(buildAttributes(op, *node)))
    return failure();
  return mergeLeftovers(op, *node);
}

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

LogicalResult ModelBuilder::buildAttribute(Operation *op, onnx::NodeProto &node,
                                           StringRef name, Attribute value) {
  onnx::AttributeProto *attribute = node.add_attribute();
  attribute->set_name(name.str());
  if (Error error = writeAttribute(*attribute, value, placer))
    return op->emitError() << "attribute '" << name << "' of node '"
                           << node.name() << "' (" << node.op_type()
                           << "): " << toString(std::move(error));
  return success();
}

LogicalResult ModelBuilder::buildAttributes(Operation *op,
                                            onnx::NodeProto &node) {
  if (auto constant = dyn_cast<ConstantOp>(op))
    return buildConstant(constant, node);
  if (auto opaque = dyn_cast<OpaqueOp>(op)) {
    if (std::optional<DictionaryAttr> attributes = opaque.getNodeAttributes())
      for (NamedAttribute attribute : *attributes)
        if (failed(buildAttribute(op, node, attribute.getName(),
                                  attribute.getValue())))
          return failure();
    std::optional<DictionaryAttr> protos = opaque.getProtos();
    for (NamedAttribute proto :
         protos ? protos->getValue() : ArrayRef<NamedAttribute>()) {
      auto bytes = dyn_cast<StringAttr>(proto.getValue());
      onnx::AttributeProto *attribute = node.add_attribute();
      if (!bytes || !attribute->ParseFromArray(bytes.data(), bytes.size()))
        return op->emitError() << "attribute '" << proto.getName().getValue()
                               << "' holds no encoded AttributeProto";
      if (Error error = placer.adopt(*attribute))
        return op->emitError(toString(std::move(error)));
    }
    return success();
  }
  for (StringAttr name : op->getName().getAttributeNames()) {
    if (name == "operandSegmentSizes" || name == "resultSegmentSizes")
      continue;
    std::optional<Attribute> value = op->getInherentAttr(name);
    if (value && *value && failed(buildAttribute(op, node, name, *value)))
      return failure();
  }
  return success();
}

/// The attribute of a Constant node has a kind of its own for numbers and
/// strings. A value that no longer fits its form is written as a tensor.
LogicalResult ModelBuilder::buildConstant(ConstantOp op,
                                          onnx::NodeProto &node) {
  StringRef form = op.getForm();
  Attribute value = op.getValue();
  auto elements = dyn_cast<DenseElementsAttr>(value);
  bool scalar = elements && elements.getType().getRank() == 0;
  bool list = elements && elements.getType().getRank() == 1;
  auto build = [&](Attribute stated) {
    return buildAttribute(op, node, form, stated);
  };
  MLIRContext *context = op.getContext();

  if (auto integers = dyn_cast_or_null<DenseIntElementsAttr>(elements);
      integers && integers.getElementType().isInteger(64)) {
    if (form == "value_int" && scalar)
      return build(integers.getSplatValue<IntegerAttr>());
    if (form == "value_ints" && list)
      return build(DenseI64ArrayAttr::get(
          context, llvm::to_vector(integers.getValues<int64_t>())));
  }
  if (auto floats = dyn_cast_or_null<DenseFPElementsAttr>(elements);
      floats && floats.getElementType().isF32()) {
    if (form == "value_float" && scalar)
      return build(floats.getSplatValue<FloatAttr>());
    if (form == "value_floats" && list)
      return build(DenseF32ArrayAttr::get(
          context, llvm::to_vector(floats.getValues<float>())));
  }
  if (auto strings = dyn_cast_or_null<DenseStringElementsAttr>(elements)) {
    if (form == "value_string" && scalar)
      return build(StringAttr::get(context, strings.getRawStringData()[0]));
    if (form == "value_strings" && list) {
      SmallVector<Attribute> list;
      for (int64_t i = 0, e = strings.getNumElements(); i < e; ++i)
        list.push_back(StringAttr::get(
            context, strings.getRawStringData()[strings.isSplat() ? 0 : i]));
      return build(ArrayAttr::get(context, list));
    }
  }
  form = "value";
  return build(value);
}

//===----------------------------------------------------------------------===//
// Leftovers
//===----------------------------------------------------------------------===//

/// Adds what import had no attribute for. Lists of tensors are merged tensor by
/// tensor, where protobuf would append.
static void mergeAttribute(onnx::AttributeProto &attribute,
                           onnx::AttributeProto leftovers) {
  for (int i = 0; i < leftovers.tensors_size(); ++i)
    if (i < attribute.tensors_size())
      attribute.mutable_tensors(i)->MergeFrom(leftovers.tensors(i));
  leftovers.clear_tensors();
  attribute.MergeFrom(leftovers);
}

LogicalResult ModelBuilder::mergeLeftovers(Operation *op,
                                           onnx::NodeProto &node) {
  FailureOr<const onnx::NodeProto *> found =
      findLeftovers(nodeLeftovers, op->getAttr(attr::node), attr::node, op);
  if (failed(found))
    return failure();
  if (!*found)
    return success();
  onnx::NodeProto leftovers = **found;
  for (const onnx::AttributeProto &attribute : leftovers.attribute())
    for (onnx::AttributeProto &built : *node.mutable_attribute())
      if (built.name() == attribute.name())
        mergeAttribute(built, attribute);
  leftovers.clear_attribute();
  node.MergeFrom(leftovers);
  return success();
}
