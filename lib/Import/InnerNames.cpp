//===- InnerNames.cpp - Names inside the graphs of opaque ops ---*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Import/InnerNames.h"

#include "onnx/onnx_pb.h"

using namespace gac;
using namespace mlir;

using onnx::GraphProto;
using onnx::NodeProto;

namespace {
struct Collector {
  llvm::StringSet<> &values;
  llvm::StringSet<> &nodes;

  void visit(const onnx::AttributeProto &attribute) {
    if (attribute.has_g())
      visit(attribute.g());
    for (const GraphProto &graph : attribute.graphs())
      visit(graph);
  }

  void visit(const GraphProto &graph) {
    for (const onnx::ValueInfoProto &input : graph.input())
      values.insert(input.name());
    for (const onnx::TensorProto &tensor : graph.initializer())
      values.insert(tensor.name());
    for (const onnx::SparseTensorProto &tensor : graph.sparse_initializer())
      values.insert(tensor.values().name());
    for (const NodeProto &node : graph.node()) {
      nodes.insert(node.name());
      values.insert(node.input().begin(), node.input().end());
      values.insert(node.output().begin(), node.output().end());
      for (const onnx::AttributeProto &attribute : node.attribute())
        visit(attribute);
    }
  }
};
} // namespace

void gac::collectInnerNames(OpaqueOp op, llvm::StringSet<> &values,
                            llvm::StringSet<> &nodes) {
  std::optional<DictionaryAttr> protos = op.getProtos();
  if (!protos)
    return;
  for (NamedAttribute attribute : *protos) {
    auto bytes = dyn_cast<StringAttr>(attribute.getValue());
    onnx::AttributeProto proto;
    if (bytes && proto.ParseFromArray(bytes.data(), bytes.size()))
      Collector{values, nodes}.visit(proto);
  }
}
