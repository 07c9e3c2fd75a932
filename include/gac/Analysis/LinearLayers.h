//===- LinearLayers.h - products of activations with weights ----*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// y = x W + b, in the forms that exporters write it: which of them could be one
// product with one weight, side by side or one after the other.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_ANALYSIS_LINEARLAYERS_H
#define GAC_ANALYSIS_LINEARLAYERS_H

#include "gac/Dialect/GAC/IR/GACOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/MapVector.h"

#include <optional>
#include <string>

namespace gac {

/// A gac.matmul, or a gac.gemm with an alpha of 1, of an activation and a
/// matrix that nothing else reads.
struct LinearLayer {
  mlir::Operation *op = nullptr;
  /// The activation, of rank 2 or more, its last axis the summed one.
  mlir::Value input;
  InitializerOp weight;
  /// Between the weight and the product; null if there is none.
  TransposeOp transpose;
  /// Whether the weight lies as [n, k], be it transposed by an operation or by
  /// an attribute of the product.
  bool isTransposed = false;
  int64_t k = 0, n = 0;
  /// A vector of n lanes that is added to each row, an initializer or a
  /// constant; null if there is none.
  mlir::Value bias;
  /// What adds it where the product does not; null if nothing does.
  AddOp add;
  /// Of the last of these operations.
  mlir::Value result;
  /// Why it cannot be a part of a larger product without a copy or a kernel of
  /// its own for what follows; empty if it can.
  std::string obstacle;

  /// Of the weight.
  llvm::StringRef getName() const { return InitializerOp(weight).getName(); }
  mlir::Type getElementType() const;
};

/// Nothing for what is no linear layer.
std::optional<LinearLayer> matchLinearLayer(mlir::Operation *op);

/// All of `function`, by the names of their weights, in its order.
llvm::MapVector<llvm::StringRef, LinearLayer>
findLinearLayers(mlir::func::FuncOp function);

/// The layer that reads the result of `first` and nothing but that, where
/// nothing else reads it and nothing is added in between: x A B. Nothing if
/// there is none.
std::optional<LinearLayer> findSecondFactor(const LinearLayer &first);

/// Why the two cannot be one product with their weights side by side; empty if
/// they can. They can if they have one activation, one element type, and
/// neither has an obstacle.
std::string whyNotMerged(const LinearLayer &a, const LinearLayer &b);

/// The name of the product of two weights, and of weights side by side.
std::string getProductName(llvm::StringRef first, llvm::StringRef second);
std::string getMergedName(llvm::ArrayRef<llvm::StringRef> names);

} // namespace gac

#endif // GAC_ANALYSIS_LINEARLAYERS_H
