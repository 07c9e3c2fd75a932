//===- Passes.td - From a model to a package -*- tablegen -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_DIALECT_CUDA_TRANSFORMS_PASSES_TD
#define GAC_DIALECT_CUDA_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

//===----------------------------------------------------------------------===//
// On a model: entries, caches, precision
//===----------------------------------------------------------------------===//

//===----------------------------------------------------------------------===//
// On entries' functions: what kernels compute, on tensors
//===----------------------------------------------------------------------===//

//===----------------------------------------------------------------------===//
// The scheduled form
//===----------------------------------------------------------------------===//

#endif // GAC_DIALECT_CUDA_TRANSFORMS_PASSES_TD
