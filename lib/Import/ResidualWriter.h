//===- ResidualWriter.h - What the dialect has no words for -----*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_IMPORT_RESIDUALWRITER_H
#define GAC_LIB_IMPORT_RESIDUALWRITER_H

#include "TensorImporter.h"

#include "mlir/IR/BuiltinAttributes.h"

namespace gac {

/// Takes a model apart into what the IR holds and the residual (Residual.h).
/// The model itself becomes the residual; each of its nodes and initializers is
/// handed over once, after the IR was made of it.
class ResidualWriter {
public:
  ResidualWriter(const ModelSource &source, TensorImporter &tensors)
      : source(source), tensors(tensors) {}

  /// Keeps what `op`, the import of `node`, does not state, and refers to it in
  /// the op's attributes. Destroys `node`.
  void addNode(onnx::NodeProto &node, mlir::Operation *op);

  /// Keeps what the IR does not state of an initializer. Returns its index, or
  /// nothing if nothing is left. `isRead`: external data became elements.
  std::optional<int64_t> addInitializer(onnx::TensorProto &tensor, bool isRead);

  /// The residual of `model`, all of whose nodes and initializers have been
  /// handed over. Destroys `model`.
  mlir::FailureOr<mlir::DenseResourceElementsAttr>
  finish(onnx::ModelProto &model);

private:
  const ModelSource &source;
  TensorImporter &tensors;
  onnx::GraphProto leftovers;
};

} // namespace gac

#endif // GAC_LIB_IMPORT_RESIDUALWRITER_H
