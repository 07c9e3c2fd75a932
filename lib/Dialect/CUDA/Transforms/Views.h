//===- Views.h - Shapes and strides of memory -------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_DIALECT_CUDA_TRANSFORMS_VIEWS_H
#define GAC_LIB_DIALECT_CUDA_TRANSFORMS_VIEWS_H

#include "gac/Dialect/CUDA/IR/CUDAOps.h"

#include <optional>

namespace gac::cuda {

/// The row-major view of `sizes`.
View getContiguousView(llvm::ArrayRef<int64_t> sizes);

/// Whether the elements lie one after the other in row-major order.
bool isContiguous(const View &view);

/// The same elements in the same order as another shape, if strides can say
/// that: numpy's reshape without a copy.
std::optional<View> reshapeView(const View &view,
                                llvm::ArrayRef<int64_t> sizes);

/// Axis i of the result is axis `permutation[i]`.
View transposeView(const View &view, llvm::ArrayRef<int64_t> permutation);

/// `size` elements of an axis from `start` on, every `step`-th.
View sliceView(const View &view, int64_t axis, int64_t start, int64_t size,
               int64_t step = 1);

/// Repeated to `sizes`, as ONNX's Expand has it.
View expandView(const View &view, llvm::ArrayRef<int64_t> sizes);

/// The same memory. A last axis of one element is contiguous: its stride says
/// nothing, but kernels and libraries ask for it.
View canonicalizeView(const View &view);

/// The memref of a view.
mlir::MemRefType getMemRefType(const View &view, mlir::Type elementType);

} // namespace gac::cuda

#endif // GAC_LIB_DIALECT_CUDA_TRANSFORMS_VIEWS_H
