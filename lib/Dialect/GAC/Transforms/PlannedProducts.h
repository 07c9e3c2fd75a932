//===- PlannedProducts.h - Weights that a plan makes one of -----*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_DIALECT_GAC_TRANSFORMS_PLANNEDPRODUCTS_H
#define GAC_LIB_DIALECT_GAC_TRANSFORMS_PLANNEDPRODUCTS_H

#include "gac/Analysis/LinearLayers.h"
#include "gac/Dialect/GAC/IR/GACAttributes.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"

namespace gac {

/// The plan of the module, and its one function; nulls where there is nothing
/// to do.
std::pair<PlanAttr, mlir::func::FuncOp> getPlanned(mlir::ModuleOp module);

/// The layer of the weight `name`. Fails after a diagnostic that says what
/// about the weight is in the way of what the plan does, `verb`s.
mlir::FailureOr<LinearLayer>
lookUpLayer(mlir::func::FuncOp function,
            const llvm::MapVector<llvm::StringRef, LinearLayer> &layers,
            llvm::StringRef name, llvm::StringRef verb);

/// The data of an initializer as a part of a recipe. `fanIn` is what synthetic
/// values depend on; what is made of several weights has parts already.
mlir::TypedAttr getPart(InitializerOp weight, int64_t fanIn);
/// That of the weight of a layer.
mlir::TypedAttr getPart(const LinearLayer &layer);

/// `value`, a matrix, with its axes swapped.
mlir::TypedAttr transposeWeight(mlir::TypedAttr value);

/// What a product reads `value`, of an initializer `name`, as: transposed by an
/// operation where the operator has no attribute for it.
mlir::Value createWeight(mlir::OpBuilder &builder, mlir::Location loc,
                         llvm::StringRef name, mlir::TypedAttr value,
                         bool needsTranspose);

/// Erases `op`, and what made its operands, as far as nothing reads them.
void eraseUnread(mlir::Operation *op);

} // namespace gac

#endif // GAC_LIB_DIALECT_GAC_TRANSFORMS_PLANNEDPRODUCTS_H
