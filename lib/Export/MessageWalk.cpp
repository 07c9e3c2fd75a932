//===- MessageWalk.cpp - all tensors and graphs in a message ----*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MessageWalk.h"

using namespace gac;
using llvm::Error;

Error MessageWalk::walk(onnx::ModelProto &model) const {
  if (model.has_graph())
    if (Error error = walk(*model.mutable_graph()))
      return error;
  if (Error error = walkAll(model.mutable_functions()))
    return error;
  return walkAll(model.mutable_training_info());
}

Error MessageWalk::walk(onnx::TrainingInfoProto &training) const {
  if (training.has_initialization())
    if (Error error = walk(*training.mutable_initialization()))
      return error;
  return training.has_algorithm() ? walk(*training.mutable_algorithm())
                                  : Error::success();
}

Error MessageWalk::walk(onnx::GraphProto &graph) const {
  visitGraph(graph);
  if (Error error = walkAll(graph.mutable_initializer()))
    return error;
  if (Error error = walkAll(graph.mutable_sparse_initializer()))
    return error;
  return walkAll(graph.mutable_node());
}

Error MessageWalk::walk(onnx::FunctionProto &function) const {
  if (Error error = walkAll(function.mutable_attribute_proto()))
    return error;
  return walkAll(function.mutable_node());
}

Error MessageWalk::walk(onnx::NodeProto &node) const {
  return walkAll(node.mutable_attribute());
}

Error MessageWalk::walk(onnx::AttributeProto &attribute) const {
  if (attribute.has_t())
    if (Error error = walk(*attribute.mutable_t()))
      return error;
  if (attribute.has_sparse_tensor())
    if (Error error = walk(*attribute.mutable_sparse_tensor()))
      return error;
  if (attribute.has_g())
    if (Error error = walk(*attribute.mutable_g()))
      return error;
  if (Error error = walkAll(attribute.mutable_tensors()))
    return error;
  if (Error error = walkAll(attribute.mutable_sparse_tensors()))
    return error;
  return walkAll(attribute.mutable_graphs());
}

Error MessageWalk::walk(onnx::SparseTensorProto &tensor) const {
  if (tensor.has_values())
    if (Error error = walk(*tensor.mutable_values()))
      return error;
  return tensor.has_indices() ? walk(*tensor.mutable_indices())
                              : Error::success();
}
