//===- CUDADialect.h - The gac_cuda dialect -------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_DIALECT_CUDA_IR_CUDADIALECT_H
#define GAC_DIALECT_CUDA_IR_CUDADIALECT_H

#include "mlir/IR/Dialect.h"

#include "gac/Dialect/CUDA/IR/CUDADialect.h.inc"

namespace gac::cuda::attr {
/// Names of the dialect's discardable attributes; the dialect's description
/// says what each holds.
inline constexpr llvm::StringLiteral dtype = "gac_cuda.dtype";
inline constexpr llvm::StringLiteral model = "gac_cuda.model";
inline constexpr llvm::StringLiteral target = "gac_cuda.target";
inline constexpr llvm::StringLiteral entry = "gac_cuda.entry";
inline constexpr llvm::StringLiteral dims = "gac_cuda.dims";
inline constexpr llvm::StringLiteral cache = "gac_cuda.cache";
inline constexpr llvm::StringLiteral exact = "gac_cuda.exact";
inline constexpr llvm::StringLiteral vector = "gac_cuda.vector";
} // namespace gac::cuda::attr

#endif // GAC_DIALECT_CUDA_IR_CUDADIALECT_H
