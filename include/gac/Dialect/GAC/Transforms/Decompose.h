//===- Decompose.h - Composite ops as others --------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_DIALECT_GAC_TRANSFORMS_DECOMPOSE_H
#define GAC_DIALECT_GAC_TRANSFORMS_DECOMPOSE_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringRef.h"

#include <string>

namespace gac {

namespace attr {
/// On an op that recovery made and that the opset does not have, though ONNX
/// Runtime takes it there: export writes it out.
inline constexpr llvm::StringLiteral recovered = "gac.recovered";
/// On an attention whose mask hides all keys from no row, in an opset that has
/// no Attention: taken apart it needs no zeros for such rows.
inline constexpr llvm::StringLiteral seesKeys = "gac.sees_keys";
} // namespace attr

/// Why ops stay as they are.
using DecompositionReasons = llvm::DenseMap<mlir::Operation *, std::string>;

/// Takes the composite ops of `function` apart, as the pass `gac-decompose`
/// says. Types of what is between are left to `refineTypes`. An op that stays
/// has its reason in `reasons`, if given.
void decompose(mlir::func::FuncOp function,
               DecompositionReasons *reasons = nullptr);

/// Whether `function` has operators of ONNX's own domain that came after
/// `gac.opset`.
bool hasLaterOps(mlir::func::FuncOp function);

/// Takes these apart, otherwise as `decompose`, and erases what nothing reads
/// any more for that.
void decomposeLaterOps(mlir::func::FuncOp function,
                       DecompositionReasons &reasons);

} // namespace gac

#endif // GAC_DIALECT_GAC_TRANSFORMS_DECOMPOSE_H
