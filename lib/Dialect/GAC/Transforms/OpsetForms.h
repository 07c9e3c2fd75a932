//===- OpsetForms.h - Ops in the form that an opset has ---------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Operands that were attributes before, and attributes that came later. Each
// op is made at the builder's place, in the form of the opset of the function
// there; results are of the type that is given, of no name.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_DIALECT_GAC_TRANSFORMS_OPSETFORMS_H
#define GAC_LIB_DIALECT_GAC_TRANSFORMS_OPSETFORMS_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"

namespace gac {

/// The opset of the function that `builder` inserts into.
int64_t getOnnxOpset(mlir::OpBuilder &builder);

/// The sizes of `count` axes of `x` from `start` on, a list.
mlir::Value createSizes(mlir::OpBuilder &builder, mlir::Location loc,
                        mlir::Value x, int64_t start, int64_t count = 1);

/// Adds axes of size 1, which count from the first one of the result.
mlir::Value createUnsqueeze(mlir::OpBuilder &builder, mlir::Location loc,
                            mlir::Type type, mlir::Value x,
                            llvm::ArrayRef<int64_t> axes);

/// Takes axes of size 1 away.
mlir::Value createSqueeze(mlir::OpBuilder &builder, mlir::Location loc,
                          mlir::Type type, mlir::Value x,
                          llvm::ArrayRef<int64_t> axes);

} // namespace gac

#endif // GAC_LIB_DIALECT_GAC_TRANSFORMS_OPSETFORMS_H
