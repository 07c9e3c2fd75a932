//===- Precision.h - The type that a model runs in ------------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_DIALECT_CUDA_TRANSFORMS_PRECISION_H
#define GAC_LIB_DIALECT_CUDA_TRANSFORMS_PRECISION_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"

namespace gac::cuda {

/// The type of products in a package: what `dtype` says, "bf16" or "f16"; where
/// it is empty, the type of most weights if that is a 16-bit one, else bf16.
/// Null after a diagnostic.
mlir::FloatType chooseType(mlir::ModuleOp module, llvm::StringRef dtype);

} // namespace gac::cuda

#endif // GAC_LIB_DIALECT_CUDA_TRANSFORMS_PRECISION_H
