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

def ConvertToKernels : Pass<"gac-convert-to-kernels", "::mlir::func::FuncOp"> {
  let summary = "Replace a model's operations by what kernels compute";
  let description = [{
    Every operation of the gac dialect becomes one that a kernel or a library
    computes, on tensors, but for what only changes the view of memory
    (`gac.reshape`, `gac.transpose`, `gac.slice` ...). Elementwise operations
    become `linalg.generic`s in float32, which upstream's
    `linalg-fuse-elementwise-ops` joins; a product takes the additions of a bias
    and of a residual with it.

    All sizes are static. An operation that nothing computes is an error that
    names its node.
  }];
  let dependentDialects = [
    "::gac::cuda::CUDADialect", "::mlir::arith::ArithDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect",
    "::mlir::tensor::TensorDialect",
  ];
}

//===----------------------------------------------------------------------===//
// The scheduled form
//===----------------------------------------------------------------------===//

def Schedule : Pass<"gac-schedule", "::mlir::ModuleOp"> {
  let summary = "Turn entries' functions into sequences of kernels on memory";
  let description = [{
    Each function with a `gac_cuda.entry` becomes a `gac_cuda.entry`; weights,
    inputs, outputs and caches become `gac_cuda.tensor`s, which entries share.
    Values become buffers; what only changes the view of memory becomes a
    `memref.reinterpret_cast` where strides can say it, and a copy where not. A
    value that is returned, or joined to others by a Concat, is computed into
    its place where nothing speaks against it.
  }];
  let dependentDialects = [
    "::gac::cuda::CUDADialect", "::mlir::linalg::LinalgDialect",
    "::mlir::memref::MemRefDialect",
  ];
}

#endif // GAC_DIALECT_CUDA_TRANSFORMS_PASSES_TD
