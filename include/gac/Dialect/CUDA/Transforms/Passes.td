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
    become `linalg.generic`s that compute in float32; a product takes the
    additions of a bias and of a residual with it.

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

def FuseElementwise : Pass<"gac-fuse-elementwise", "::mlir::func::FuncOp"> {
  let summary = "Join elementwise operations to one kernel";
  let description = [{
    A `linalg.generic` goes into the one that reads it, if nobody else does or
    if computing it again takes a few steps. What stood between is not rounded
    to the tensor's type any more: a chain is rounded where it ends.

    ```mlir
    %0 = linalg.generic ... { %1 = arith.truncf %2 : f32 to bf16 ... }
    %3 = linalg.generic ins(%0) ... { %4 = arith.extf %in : bf16 to f32 ... }
    ```
    becomes one operation without the two conversions.
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect"];
}

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

def SelectKernels : Pass<"gac-select-kernels", "::mlir::ModuleOp"> {
  let summary = "Choose a kernel or a library call for each operation";
  let description = [{
    Products of at most 8 rows become `gac_cuda.gemv`, others `gac_cuda.gemm`;
    attention becomes the kernel for one row or for many. Accesses are as wide
    as strides and offsets admit.
  }];
  let options = [
    Option<"target", "target", "std::string", "\"h200\"",
           "Name of a built-in target, or a target file">,
  ];
  let dependentDialects = [
    "::gac::cuda::CUDADialect", "::mlir::memref::MemRefDialect",
  ];
}

def AllocateArena : Pass<"gac-allocate-arena", "::gac::cuda::EntryOp"> {
  let summary = "Give buffers offsets in the arena";
  let description = [{
    Buffers that are in use at the same time lie apart, at multiples of 256
    bytes. The largest are placed first, each at the lowest place that is free
    for as long as it is needed.
  }];
}

def OutlineKernels : Pass<"gac-outline-kernels", "::mlir::ModuleOp"> {
  let summary = "Move what kernels compute into kernels, and launch them";
  let description = [{
    Operations that differ in nothing but their operands, which may lie
    anywhere, share a kernel.
  }];
  let options = [
    Option<"target", "target", "std::string", "\"h200\"",
           "Name of a built-in target, or a target file, for predicted times">,
  ];
}

#endif // GAC_DIALECT_CUDA_TRANSFORMS_PASSES_TD
