//===- NodeImporter.h - From nodes to ops -----------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_IMPORT_NODEIMPORTER_H
#define GAC_LIB_IMPORT_NODEIMPORTER_H

#include "TensorImporter.h"

#include "gac/Dialect/GAC/IR/OnnxOpInfo.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringMap.h"

namespace gac {

/// A node with all that import found out about it.
struct NodeToImport {
  const onnx::NodeProto &node;
  /// One value per input, null for one that is left out.
  llvm::SmallVector<mlir::Value> operands;
  llvm::SmallVector<mlir::Value> captures;
  llvm::ArrayRef<std::string> captureNames;
  /// One type per output, null for one that is left out.
  llvm::SmallVector<mlir::Type> resultTypes;
};

/// Creates the op for a node: the named one if the node fits it, otherwise
/// `gac.opaque`.
class NodeImporter {
public:
  /// `opset` is that of the default domain, 0 if no node of the model may
  /// become a named op.
  NodeImporter(const ModelSource &source, TensorImporter &tensors,
               mlir::OpBuilder &builder, int64_t opset)
      : source(source), tensors(tensors), builder(builder), opset(opset) {}

  /// States the opset of another domain.
  void addDomain(llvm::StringRef domain, int64_t version) {
    otherOpsets[domain] = version;
  }

  /// Names a model-local function, whose calls are opaque.
  void addFunction(const onnx::FunctionProto &function);

  /// The op of the node's own name, or null if the node does not fit it. Then
  /// `problem` is the verifier's word, or "" if there was no op to verify.
  mlir::FailureOr<mlir::Operation *> createNamed(const NodeToImport &node,
                                                 std::string &problem);

  /// A `gac.opaque`.
  mlir::FailureOr<mlir::Operation *> createOpaque(const NodeToImport &node);

private:
  const OnnxOpInfo *findOp(const onnx::NodeProto &node) const;
  mlir::FailureOr<mlir::Operation *> createConstant(const NodeToImport &node);
  mlir::Attribute importAttribute(const onnx::AttributeProto &attribute);
  mlir::FailureOr<mlir::Attribute>
  importTensorAttribute(const onnx::AttributeProto &attribute,
                        const onnx::NodeProto &node);

  const ModelSource &source;
  TensorImporter &tensors;
  mlir::OpBuilder &builder;
  int64_t opset;
  llvm::StringMap<int64_t> otherOpsets;
  /// Domain, name and overload of functions, joined.
  llvm::StringMap<char> functions;
};

/// The kind of an attribute, from its fields where old writers did not state
/// it.
onnx::AttributeProto::AttributeType
getKind(const onnx::AttributeProto &attribute);

} // namespace gac

#endif // GAC_LIB_IMPORT_NODEIMPORTER_H
