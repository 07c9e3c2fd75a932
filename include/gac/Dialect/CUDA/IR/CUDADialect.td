//===- CUDADialect.td - the gac_cuda dialect -*- tablegen -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_DIALECT_CUDA_IR_CUDADIALECT_TD
#define GAC_DIALECT_CUDA_IR_CUDADIALECT_TD

include "mlir/IR/OpBase.td"

def CUDA_Dialect : Dialect {
  let name = "gac_cuda";
  let cppNamespace = "::gac::cuda";
  let summary = "Models on their way to a CUDA package";
  let description = [{
    What a model becomes between `gac` and a package, in two forms.

    On **tensors**, inside functions with all sizes bound: ops that kernels and
    libraries compute (`gac_cuda.matmul`, `gac_cuda.rms_norm`,
    `linalg.generic` ...), in destination-passing style.

    **Scheduled**, on memrefs: a module of `gac_cuda.tensor`s (what outlives an
    entry's run), `gac_cuda.kernel`s, and `gac_cuda.entry`s, each a sequence of
    launches, library calls and copies on views of these tensors and of the
    arena. Nothing is dynamic: sizes, strides and offsets are in the types of
    views, and a view is always a `memref.reinterpret_cast` of a whole buffer.
    How far a cache is filled is read on the device (`gac_cuda.position`).

    A scheduled module says everything that a package's manifest and source do;
    `gac-translate` prints these from it.

    | attribute          | on             | meaning                            |
    | ------------------ | -------------- | ---------------------------------- |
    | `gac_cuda.dtype`   | module         | `bf16` or `f16`: what products are in |
    | `gac_cuda.model`   | module         | the file that the model comes from |
    | `gac_cuda.target`  | module         | the target that kernels were chosen for |
    | `gac_cuda.entry`   | func           | name of the entry                  |
    | `gac_cuda.dims`    | func           | sizes of the entry's symbols       |
    | `gac_cuda.cache`   | func arg       | it is a cache: `{output, axis, append}` |
    | `gac_cuda.exact`   | constant       | its number in float32, for kernels' code |
    | `gac_cuda.vector`  | linalg.generic | elements per access                |
  }];
  let useDefaultAttributePrinterParser = 1;
  let dependentDialects = [
    "::mlir::linalg::LinalgDialect", "::mlir::memref::MemRefDialect",
  ];
  let extraClassDeclaration = [{
    void registerAttributes();
  }];
}

#endif // GAC_DIALECT_CUDA_IR_CUDADIALECT_TD
