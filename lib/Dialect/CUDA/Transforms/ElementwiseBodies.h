//===- ElementwiseBodies.h - Elementwise ops on scalars ---------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_DIALECT_CUDA_TRANSFORMS_ELEMENTWISEBODIES_H
#define GAC_LIB_DIALECT_CUDA_TRANSFORMS_ELEMENTWISEBODIES_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/Operation.h"
#include "mlir/IR/PatternMatch.h"

namespace gac::cuda {

/// Builds what the elementwise `op` of the gac dialect computes for one element
/// of each operand: floating-point operands are float32 (or float64), whatever
/// the tensors hold; integers are as they are, booleans i1. The value is of the
/// type that the operands imply, float32 for floats. Null where `op` is not
/// known, or not on these types.
mlir::Value buildElementwise(mlir::OpBuilder &builder, mlir::Operation *op,
                             mlir::ValueRange operands);

/// `value` as an element of `type`: extended, rounded or converted as ONNX's
/// Cast has it. Null where that has no rule.
mlir::Value convertScalar(mlir::OpBuilder &builder, mlir::Location loc,
                          mlir::Value value, mlir::Type type);

/// Patterns that make a linalg.generic of each elementwise op and of Range.
void populateElementwisePatterns(mlir::RewritePatternSet &patterns);

} // namespace gac::cuda

#endif // GAC_LIB_DIALECT_CUDA_TRANSFORMS_ELEMENTWISEBODIES_H
