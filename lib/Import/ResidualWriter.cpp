//===- ResidualWriter.cpp - What the dialect has no words for ---*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ResidualWriter.h"

#include "gac/Dialect/GAC/IR/GACOps.h"
#include "gac/Import/Residual.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectResourceBlobManager.h"

#include <algorithm>

using namespace gac;
using namespace mlir;

using onnx::AttributeProto;
using onnx::TensorProto;

/// Clears what a tensor's attribute states; leaves the name and what hangs on
/// it.
static void clearData(TensorProto &tensor) {
  tensor.clear_dims();
  tensor.clear_data_type();
  tensor.clear_segment();
  tensor.clear_float_data();
  tensor.clear_int32_data();
  tensor.clear_string_data();
  tensor.clear_int64_data();
  tensor.clear_raw_data();
  tensor.clear_double_data();
  tensor.clear_uint64_data();
  tensor.clear_external_data();
  tensor.clear_data_location();
}

/// Clears the value of an attribute and returns whether anything is left but
/// its name.
static bool clearValue(AttributeProto &attribute) {
  attribute.clear_type();
  attribute.clear_f();
  attribute.clear_i();
  attribute.clear_s();
  attribute.clear_floats();
  attribute.clear_ints();
  attribute.clear_strings();
  if (attribute.has_t()) {
    clearData(*attribute.mutable_t());
    if (attribute.t().ByteSizeLong() == 0)
      attribute.clear_t();
  }
  std::string name = attribute.name();
  attribute.clear_name();
  bool isLeft = attribute.ByteSizeLong() != 0;
  attribute.set_name(std::move(name));
  return isLeft;
}

void ResidualWriter::addNode(onnx::NodeProto &node, Operation *op) {
  // The other name of the default domain is the file's choice, and so is an
  // empty string where there could be none.
  if (!node.domain().empty() &&
      (node.domain() != "ai.onnx" || isa<OpaqueOp>(op)))
    node.clear_domain();
  if (!node.name().empty())
    node.clear_name();
  int given = node.input_size();
  while (!isa<OpaqueOp>(op) && given && node.input(given - 1).empty())
    --given;
  node.mutable_input()->DeleteSubrange(0, given);
  node.clear_output();
  node.clear_op_type();
  DictionaryAttr protos;
  if (auto opaque = dyn_cast<OpaqueOp>(op))
    protos = opaque.getProtosAttr();
  // Serialised attributes are kept as a whole.
  auto *attributes = node.mutable_attribute();
  auto isDone = [&](AttributeProto &attribute) {
    return (protos && protos.contains(attribute.name())) ||
           !clearValue(attribute);
  };
  attributes->erase(
      std::remove_if(attributes->begin(), attributes->end(), isDone),
      attributes->end());
  if (node.ByteSizeLong() == 0)
    return;
  op->setAttr(
      attr::node,
      Builder(op->getContext()).getI64IntegerAttr(leftovers.node_size()));
  leftovers.add_node()->Swap(&node);
}

std::optional<int64_t> ResidualWriter::addInitializer(TensorProto &tensor,
                                                      bool isRead) {
  bool wasExternal = tensor.data_location() == TensorProto::EXTERNAL;
  clearData(tensor);
  tensor.clear_name();
  if (wasExternal && isRead)
    tensor.set_data_location(TensorProto::EXTERNAL);
  if (tensor.ByteSizeLong() == 0)
    return std::nullopt;
  leftovers.add_initializer()->Swap(&tensor);
  return leftovers.initializer_size() - 1;
}

FailureOr<DenseResourceElementsAttr>
ResidualWriter::finish(onnx::ModelProto &model) {
  onnx::GraphProto &graph = *model.mutable_graph();
  graph.mutable_node()->Swap(leftovers.mutable_node());
  graph.mutable_initializer()->Swap(leftovers.mutable_initializer());

  for (onnx::SparseTensorProto &tensor : *graph.mutable_sparse_initializer())
    if (failed(tensors.makeSelfContained(
            tensor, "sparse initializer '" + tensor.values().name() + "'")))
      return failure();
  for (onnx::FunctionProto &function : *model.mutable_functions()) {
    std::string what = "function '" + function.name() + "'";
    for (onnx::NodeProto &node : *function.mutable_node())
      if (failed(tensors.makeSelfContained(node, what)))
        return failure();
    for (AttributeProto &attribute : *function.mutable_attribute_proto())
      if (failed(tensors.makeSelfContained(attribute, what)))
        return failure();
  }
  for (onnx::TrainingInfoProto &info : *model.mutable_training_info()) {
    if (info.has_initialization() &&
        failed(tensors.makeSelfContained(*info.mutable_initialization(),
                                         "a training graph")))
      return failure();
    if (info.has_algorithm() &&
        failed(tensors.makeSelfContained(*info.mutable_algorithm(),
                                         "a training graph")))
      return failure();
  }

  std::string bytes = model.SerializeAsString();
  auto type = RankedTensorType::get({static_cast<int64_t>(bytes.size())},
                                    IntegerType::get(source.getContext(), 8));
  auto blob = HeapAsmResourceBlob::allocateAndCopyWithAlign(
      ArrayRef<char>(bytes.data(), bytes.size()), alignof(uint64_t),
      /*dataIsMutable=*/false);
  return DenseResourceElementsAttr::get(type, "residual", std::move(blob));
}
