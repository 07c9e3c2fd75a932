//===- GACOps.h - Ops of the gac dialect ------------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_DIALECT_GAC_IR_GACOPS_H
#define GAC_DIALECT_GAC_IR_GACOPS_H

#include "gac/Dialect/GAC/IR/GACAttributes.h"
#include "gac/Dialect/GAC/IR/GACDialect.h"
#include "gac/Dialect/GAC/IR/GACInterfaces.h"
#include "gac/Dialect/GAC/IR/GACTraits.h"
#include "gac/Dialect/GAC/IR/GACTypes.h"
#include "gac/Dialect/GAC/IR/OnnxOpInfo.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include <array>
#include <optional>

#define GET_OP_CLASSES
#include "gac/Dialect/GAC/IR/GACOps.h.inc"

namespace gac {

/// ONNX's TensorProto.DataType of a floating-point type that arithmetic is done
/// in: f16, bf16, f32 or f64; none for other types.
std::optional<int64_t> getFloatTypeCode(mlir::Type type);

/// The reverse; null for other numbers.
mlir::Type getFloatType(int64_t code, mlir::MLIRContext *context);

} // namespace gac

#endif // GAC_DIALECT_GAC_IR_GACOPS_H
