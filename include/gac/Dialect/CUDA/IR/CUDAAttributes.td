//===- CUDAAttributes.td - attributes of the gac_cuda dialect -*- tablegen -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_DIALECT_CUDA_IR_CUDAATTRIBUTES_TD
#define GAC_DIALECT_CUDA_IR_CUDAATTRIBUTES_TD

include "gac/Dialect/CUDA/IR/CUDADialect.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"

class CUDA_Enum<string name, string summary, list<I32EnumCase> cases>
    : I32Enum<name, summary, cases> {
  let cppNamespace = "::gac::cuda";
}

def CUDA_TensorKind : CUDA_Enum<"TensorKind", "where a tensor lies", [
    I32EnumCase<"Weight", 0, "weight">,
    I32EnumCase<"Constant", 1, "constant">,
    I32EnumCase<"Cache", 2, "cache">,
    I32EnumCase<"Input", 3, "input">,
    I32EnumCase<"Output", 4, "output">,
  ]>;
def CUDA_TensorKindAttr : EnumAttr<CUDA_Dialect, CUDA_TensorKind, "kind">;

def CUDA_Family : CUDA_Enum<"Family", "kind of work, for attribution", [
    I32EnumCase<"Gemm", 0, "gemm">,
    I32EnumCase<"Attention", 1, "attention">,
    I32EnumCase<"Elementwise", 2, "elementwise">,
    I32EnumCase<"Movement", 3, "movement">,
  ]>;
def CUDA_FamilyAttr : EnumAttr<CUDA_Dialect, CUDA_Family, "family">;

def CUDA_Epilogue : CUDA_Enum<"Epilogue", "what follows a product", [
    I32EnumCase<"None", 0, "none">,
    I32EnumCase<"Bias", 1, "bias">,
    I32EnumCase<"Gelu", 2, "gelu">,
  ]>;
def CUDA_EpilogueAttr : EnumAttr<CUDA_Dialect, CUDA_Epilogue, "epilogue">;

def CUDA_CostAttr : AttrDef<CUDA_Dialect, "Cost"> {
  let mnemonic = "cost";
  let summary = "what an operation of an entry is expected to cost";
  let description = [{
    `flops` floating-point operations (a multiply-add is two), `bytes` of
    traffic with each operand counted once, and the `picoseconds` that the
    target predicts; 0 where it has no figures.
  }];
  let parameters = (ins
    EnumParameter<CUDA_Family>:$family,
    "int64_t":$flops,
    "int64_t":$bytes,
    "int64_t":$picoseconds);
  let assemblyFormat = [{
    `<` $family `,` `flops` `=` $flops `,` `bytes` `=` $bytes `,`
    `picoseconds` `=` $picoseconds `>`
  }];
}

#endif // GAC_DIALECT_CUDA_IR_CUDAATTRIBUTES_TD
