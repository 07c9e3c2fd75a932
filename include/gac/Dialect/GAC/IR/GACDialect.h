//===- GACDialect.h - The gac dialect ---------------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_DIALECT_GAC_IR_GACDIALECT_H
#define GAC_DIALECT_GAC_IR_GACDIALECT_H

#include "mlir/IR/Dialect.h"

#include "gac/Dialect/GAC/IR/GACDialect.h.inc"

namespace gac {

/// Names of the dialect's discardable attributes; the dialect's description
/// says what each holds.
namespace attr {
inline constexpr llvm::StringLiteral name = "gac.name";
inline constexpr llvm::StringLiteral outputs = "gac.outputs";
inline constexpr llvm::StringLiteral captures = "gac.captures";
inline constexpr llvm::StringLiteral listed = "gac.listed";
inline constexpr llvm::StringLiteral disputed = "gac.disputed";
inline constexpr llvm::StringLiteral dims = "gac.dims";
inline constexpr llvm::StringLiteral bound = "gac.bound";
inline constexpr llvm::StringLiteral opset = "gac.opset";
inline constexpr llvm::StringLiteral defaultValue = "gac.default";
inline constexpr llvm::StringLiteral mayChange = "gac.may_change";
inline constexpr llvm::StringLiteral lanes = "gac.lanes";
inline constexpr llvm::StringLiteral layer = "gac.layer";
inline constexpr llvm::StringLiteral copyOf = "gac.copy_of";
inline constexpr llvm::StringLiteral origin = "gac.origin";
inline constexpr llvm::StringLiteral plan = "gac.plan";
inline constexpr llvm::StringLiteral weightBytes = "gac.weight_bytes";
inline constexpr llvm::StringLiteral residual = "gac.residual";
inline constexpr llvm::StringLiteral node = "gac.node";
inline constexpr llvm::StringLiteral tensor = "gac.tensor";
} // namespace attr

/// First and last opset of ONNX's default domain whose operators become named
/// ops.
inline constexpr int64_t kFirstOpset = 7;
inline constexpr int64_t kLastOpset = 28;

/// The opset of ONNX's default domain at `op`: what the surrounding function's
/// `gac.opset` says, otherwise the newest.
int64_t getOnnxOpset(mlir::Operation *op);

} // namespace gac

#endif // GAC_DIALECT_GAC_IR_GACDIALECT_H
