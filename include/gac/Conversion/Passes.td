//===- Passes.td - Conversions of gac to other dialects ----*- tablegen -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_CONVERSION_PASSES_TD
#define GAC_CONVERSION_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvertGACToLinalg : Pass<"convert-gac-to-linalg", "::mlir::ModuleOp"> {
  let summary = "Convert models to MLIR's own dialects: linalg on tensors";
  let description = [{
    Each function becomes one of linalg, tensor, arith and math, which upstream
    passes bufferise and lower. Its name, the names of arguments and results,
    their symbolic sizes and opset stay; a plan, the defaults of inputs and what
    is kept for export go.

    Composite ops are taken apart first (`gac-decompose`), and types are refined
    (`gac-infer-shapes`). Sizes may be symbolic: a size that is not static is
    computed from the operands. Weights are read: those in files and the recipes
    of padded ones become `arith.constant`, the larger ones as resources.
    Unsigned integers become signless ones, as arith has them.

    An op of which there is no lowering is an error that says why; after it the
    module is not to be used.

    ```mlir
    %y = gac.matmul %x, %w
        : (tensor<?x64xf32>, tensor<64x112xf32>) -> tensor<?x112xf32>
    ```
    becomes
    ```mlir
    %d = tensor.dim %x, %c0 : tensor<?x64xf32>
    %0 = tensor.empty(%d) : tensor<?x112xf32>
    %1 = linalg.fill ins(%zero : f32) outs(%0 : tensor<?x112xf32>)
        -> tensor<?x112xf32>
    %y = linalg.matmul ins(%x, %w : tensor<?x64xf32>, tensor<64x112xf32>)
        outs(%1 : tensor<?x112xf32>) -> tensor<?x112xf32>
    ```
  }];
  let dependentDialects = [
    "::gac::GACDialect", "::mlir::arith::ArithDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect",
    "::mlir::tensor::TensorDialect",
  ];
}

#endif // GAC_CONVERSION_PASSES_TD
