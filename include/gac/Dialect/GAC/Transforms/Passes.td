//===- Passes.td - Passes of the gac dialect ---------------*- tablegen -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_DIALECT_GAC_TRANSFORMS_PASSES_TD
#define GAC_DIALECT_GAC_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def BindDims : Pass<"gac-bind-dims", "::mlir::ModuleOp"> {
  let summary = "Replace symbolic dimensions by sizes";
  let description = [{
    Each axis whose symbol (`gac.dims`) is bound, or is a formula of bound
    symbols, gets the size in its type. What only inference can tell of the
    other axes is left to `gac-infer-shapes`. A name that no input of the model
    has is an error.

    ```
    gac-opt --gac-bind-dims="dims=batch=1,seq=128"
    ```
    turns `tensor<?x?x64xf32>` with `gac.dims = ["batch", "seq", ""]` into
    `tensor<1x128x64xf32>`.
  }];
  let options = [
    ListOption<"dims", "dims", "std::string",
               "Sizes for symbolic dimensions, NAME=SIZE">,
  ];
  let dependentDialects = ["::gac::GACDialect"];
}

#endif // GAC_DIALECT_GAC_TRANSFORMS_PASSES_TD
