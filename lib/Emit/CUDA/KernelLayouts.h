//===- KernelLayouts.h - Shapes and strides as kernels have them *- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_EMIT_CUDA_KERNELLAYOUTS_H
#define GAC_EMIT_CUDA_KERNELLAYOUTS_H

#include "gac/Dialect/CUDA/IR/CUDAOps.h"

#include "ShapePrinter.h"

#include "llvm/Support/raw_ostream.h"

#include <optional>
#include <string>

namespace gac::cuda {

mlir::Type getElementType(mlir::Value memref);
/// How CUDA C++ spells the memref's elements; empty if packages have none such.
llvm::StringRef getTypeName(mlir::Value memref);
View getView(mlir::Value memref);

/// Fails with a diagnostic unless the last axis of the operand `name` is
/// contiguous.
mlir::LogicalResult checkLanes(mlir::Operation *op, llvm::StringRef name,
                               mlir::Value value);
/// Fails with a diagnostic unless elements are bf16 or f16, for kernels that
/// compute in 16-bit types.
mlir::LogicalResult checkNarrow(mlir::Operation *op, mlir::Value value);
/// Fails with a diagnostic unless the kernel of `op` has blocks of `wanted`
/// threads, for kernels that are written for one size of block.
mlir::LogicalResult checkThreads(mlir::Operation *op, int64_t wanted);
/// Fails with a diagnostic if so many rows of `width` elements are more vectors
/// than kernels of rows can count (forEachRowVector in Elementwise.cuh).
mlir::LogicalResult checkCount(mlir::Operation *op, int64_t rows, int64_t width,
                               int64_t vector);

/// Number of elements of all axes but the last.
int64_t getRows(const View &view);
/// The one distance between rows, where there is one.
std::optional<int64_t> getPitch(const View &view);
/// Where the row `row` begins, for any strides.
std::string getRowOffset(const View &view, llvm::StringRef row);
/// Of [batch, head, token, lane].
kernels::HeadLayout getLayout(mlir::Value value);

} // namespace gac::cuda

#endif // GAC_EMIT_CUDA_KERNELLAYOUTS_H
