//===- GACContractionOps.td - matrix products, convolutions and pooling -*- tablegen -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_DIALECT_GAC_IR_GACCONTRACTIONOPS_TD
#define GAC_DIALECT_GAC_IR_GACCONTRACTIONOPS_TD

include "gac/Dialect/GAC/IR/GACOpBase.td"

def GAC_MatMulOp : GAC_OnnxOp<"matmul", "MatMul"> {
  let summary = "ONNX MatMul, with numpy's rules for batch and 1-D operands";
  let description = [{
    * `matmul_c1`: A and B are no scalars.
    * `matmul_c2`: the last axis of A is as long as the last but one of B (its
      only one if B is a vector).
    * `matmul_c3`: the other axes broadcast.
  }];
  let arguments = (ins GAC_AnyValue:$a, GAC_AnyValue:$b);
  let results = (outs GAC_AnyValue:$y);
}

def GAC_GemmOp : GAC_OnnxOp<"gemm", "Gemm"> {
  let summary = "ONNX Gemm: `alpha * op(A) * op(B) + beta * C`";
  let description = [{
    * `gemm_c1`: A has rank 2.
    * `gemm_c2`: B has rank 2.
    * `gemm_c3`: the contracted axes of A and B are equally long.
    * `gemm_c4`: C broadcasts to the shape of the product.
  }];
  let arguments = (ins GAC_AnyValue:$a, GAC_AnyValue:$b,
                       Optional<GAC_AnyValue>:$c,
                       GAC_DefaultAttr<F32Attr, "1.0f">:$alpha,
                       GAC_DefaultAttr<F32Attr, "1.0f">:$beta,
                       GAC_DefaultAttr<I64Attr, "0">:$transA,
                       GAC_DefaultAttr<I64Attr, "0">:$transB);
  let results = (outs GAC_AnyValue:$y);
}

def GAC_ConvOp : GAC_OnnxOp<"conv", "Conv"> {
  let summary = "ONNX Conv: grouped convolution, NCHW with any spatial rank";
  let description = [{
    * `conv_c1`: X has rank 3 or more.
    * `conv_c2`: X and W have one rank.
    * `conv_c3`: `group` is positive.
    * `conv_c4`: X has `group` times as many channels as axis 1 of W.
    * `conv_c5`: `group` divides the number of filters, axis 0 of W.
    * `conv_c6`: B has one entry per filter.
    * `conv_c7`: `kernel_shape` is the shape of the spatial axes of W.
    * `conv_c8`: `dilations`, `strides` (positive) and `pads` fit the spatial
      axes, and so does the window.
  }];
  let arguments = (ins GAC_AnyValue:$x, GAC_AnyValue:$w,
                       Optional<GAC_AnyValue>:$b,
                       GAC_DefaultAttr<StrAttr, "\"NOTSET\"">
                           :$auto_pad,
                       OptionalAttr<DenseI64ArrayAttr>:$dilations,
                       GAC_DefaultAttr<I64Attr, "1">:$group,
                       OptionalAttr<DenseI64ArrayAttr>:$kernel_shape,
                       OptionalAttr<DenseI64ArrayAttr>:$pads,
                       OptionalAttr<DenseI64ArrayAttr>:$strides);
  let results = (outs GAC_AnyValue:$y);
}

def GAC_MaxPoolOp : GAC_OnnxOp<"max_pool", "MaxPool"> {
  let summary = "ONNX MaxPool, with the indices if asked for";
  let description = [{
    * `pool_c1`: `kernel_shape` has one entry per spatial axis of X.
    * `pool_c2`: `dilations`, `strides` (positive) and `pads` fit the spatial
      axes, and so does the window.
  }];
  let arguments = (ins GAC_AnyValue:$x,
                       GAC_DefaultAttr<StrAttr, "\"NOTSET\"">
                           :$auto_pad,
                       GAC_DefaultAttr<I64Attr, "0">:$ceil_mode,
                       OptionalAttr<DenseI64ArrayAttr>:$dilations,
                       DenseI64ArrayAttr:$kernel_shape,
                       OptionalAttr<DenseI64ArrayAttr>:$pads,
                       GAC_DefaultAttr<I64Attr, "0">:$storage_order,
                       OptionalAttr<DenseI64ArrayAttr>:$strides);
  let results = (outs GAC_AnyValue:$y, Optional<GAC_AnyValue>:$indices);
}

def GAC_AveragePoolOp : GAC_OnnxOp<"average_pool", "AveragePool"> {
  let summary = "ONNX AveragePool";
  let description = [{
    * `pool_c1`: `kernel_shape` has one entry per spatial axis of X.
    * `pool_c2`: `dilations`, `strides` (positive) and `pads` fit the spatial
      axes, and so does the window.
  }];
  let arguments = (ins GAC_AnyValue:$x,
                       GAC_DefaultAttr<StrAttr, "\"NOTSET\"">
                           :$auto_pad,
                       GAC_DefaultAttr<I64Attr, "0">:$ceil_mode,
                       GAC_DefaultAttr<I64Attr, "0">
                           :$count_include_pad,
                       OptionalAttr<DenseI64ArrayAttr>:$dilations,
                       DenseI64ArrayAttr:$kernel_shape,
                       OptionalAttr<DenseI64ArrayAttr>:$pads,
                       OptionalAttr<DenseI64ArrayAttr>:$strides);
  let results = (outs GAC_AnyValue:$y);
}

class GAC_GlobalPoolOp<string mnemonic, string onnxName>
    : GAC_OnnxOp<mnemonic, onnxName> {
  let summary = "ONNX " # onnxName # " over all spatial axes";
  let description = [{
    * `global_pool_c1`: X has rank 2 or more.
  }];
  let arguments = (ins GAC_AnyValue:$x);
  let results = (outs GAC_AnyValue:$y);
}
def GAC_GlobalAveragePoolOp : GAC_GlobalPoolOp<"global_average_pool",
                                               "GlobalAveragePool">;
def GAC_GlobalMaxPoolOp : GAC_GlobalPoolOp<"global_max_pool",
                                           "GlobalMaxPool">;

#endif // GAC_DIALECT_GAC_IR_GACCONTRACTIONOPS_TD
