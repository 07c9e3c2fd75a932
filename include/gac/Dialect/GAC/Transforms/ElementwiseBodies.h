//===- ElementwiseBodies.h - Elementwise ops on scalars ---------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_DIALECT_GAC_TRANSFORMS_ELEMENTWISEBODIES_H
#define GAC_DIALECT_GAC_TRANSFORMS_ELEMENTWISEBODIES_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/Operation.h"

namespace gac {

/// Builds, of ops of arith and math, what the elementwise `op` of the gac
/// dialect computes for one element of each operand; those are floats of any
/// one type, signless integers, taken as signed, and booleans as i1. The value
/// is of the type that the operands imply. Null where `op` is not known, or not
/// on these types.
mlir::Value buildElementwise(mlir::OpBuilder &builder, mlir::Operation *op,
                             mlir::ValueRange operands);

/// `value` as an element of `type`: extended, rounded or converted as ONNX's
/// Cast has it. Null where that has no rule.
mlir::Value convertScalar(mlir::OpBuilder &builder, mlir::Location loc,
                          mlir::Value value, mlir::Type type);

} // namespace gac

#endif // GAC_DIALECT_GAC_TRANSFORMS_ELEMENTWISEBODIES_H
