//===- ModelBuilder.h - a module as a ModelProto ----------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_EXPORT_MODELBUILDER_H
#define GAC_LIB_EXPORT_MODELBUILDER_H

#include "TensorPlacer.h"
#include "ValueNames.h"
#include "WeightDescription.h"

#include "gac/Dialect/GAC/IR/GACOps.h"
#include "mlir/IR/BuiltinOps.h"

#include "onnx/onnx_pb.h"

#include <vector>

namespace gac {

/// Restores the ModelProto of a module: the residual that import left, with
/// what the IR says merged into it. The tensors' data are left to the placer.
class ModelBuilder {
public:
  ModelBuilder(mlir::ModuleOp module, TensorPlacer &placer,
               WeightDescription &description)
      : module(module), placer(placer), description(description) {}

  /// Fills `model`, which is empty. Fails after a diagnostic.
  mlir::LogicalResult build(onnx::ModelProto &model);

private:
  mlir::FailureOr<mlir::func::FuncOp> findFunction();
  mlir::LogicalResult readResidual(onnx::ModelProto &model);
  void completeHeader(onnx::ModelProto &model);
  void describeChanges(onnx::ModelProto &model);

  mlir::LogicalResult buildOp(mlir::Operation *op);
  mlir::LogicalResult buildInitializer(llvm::StringRef name,
                                       mlir::TypedAttr value,
                                       mlir::Attribute leftovers,
                                       mlir::Operation *op);
  mlir::LogicalResult buildNode(mlir::Operation *op, llvm::StringRef domain,
                                llvm::StringRef opType);
  mlir::LogicalResult buildAttributes(mlir::Operation *op,
                                      onnx::NodeProto &node);
  mlir::LogicalResult buildAttribute(mlir::Operation *op, onnx::NodeProto &node,
                                     llvm::StringRef name,
                                     mlir::Attribute value);
  mlir::LogicalResult buildConstant(gac::ConstantOp op, onnx::NodeProto &node);
  mlir::LogicalResult checkCaptures(OpaqueOp op);
  mlir::LogicalResult mergeLeftovers(mlir::Operation *op,
                                     onnx::NodeProto &node);

  mlir::LogicalResult bindResidualSymbols();
  mlir::TypeAttr getDisputedType(mlir::StringRef name);
  mlir::LogicalResult buildOutputs();
  void buildInputs();
  void updateValueInfo();

  mlir::ModuleOp module;
  TensorPlacer &placer;
  WeightDescription &description;
  mlir::func::FuncOp func;
  onnx::GraphProto *graph = nullptr;
  ValueNames *valueNames = nullptr;
  /// What the residual has of nodes and initializers, by index.
  std::vector<onnx::NodeProto> nodeLeftovers;
  std::vector<onnx::TensorProto> tensorLeftovers;
};

} // namespace gac

#endif // GAC_LIB_EXPORT_MODELBUILDER_H
