//===- ConvertElementwise.h - From elementwise ops to linalg ----*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_DIALECT_CUDA_TRANSFORMS_CONVERTELEMENTWISE_H
#define GAC_LIB_DIALECT_CUDA_TRANSFORMS_CONVERTELEMENTWISE_H

#include "mlir/IR/PatternMatch.h"

namespace gac::cuda {

/// Patterns that make a linalg.generic of each elementwise op and of Range.
/// Floats are computed as float32 (or float64), whatever the tensors hold.
void populateElementwisePatterns(mlir::RewritePatternSet &patterns);

} // namespace gac::cuda

#endif // GAC_LIB_DIALECT_CUDA_TRANSFORMS_CONVERTELEMENTWISE_H
