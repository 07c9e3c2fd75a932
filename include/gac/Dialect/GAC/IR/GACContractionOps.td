//===- GACContractionOps.td - products, convolutions, pooling, resampling -*- tablegen -*-===//
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

def GAC_ConvTransposeOp : GAC_OnnxOp<"conv_transpose", "ConvTranspose", [],
                                    11> {
  let summary = "ONNX ConvTranspose: the gradient of a convolution, NCHW";
  let description = [{
    * `conv_transpose_c1`: X has rank 3 or more, and W the same.
    * `conv_transpose_c2`: `group` is positive and divides the channels of X.
    * `conv_transpose_c3`: X has as many channels as axis 0 of W.
    * `conv_transpose_c4`: B has one entry per channel of the result, of which
      there are `group` times as many as axis 1 of W.
    * `conv_transpose_c5`: `dilations`, `strides`, `pads`, `output_padding` and
      `output_shape` fit the spatial axes.
  }];
  let arguments = (ins GAC_AnyValue:$x, GAC_AnyValue:$w,
                       Optional<GAC_AnyValue>:$b,
                       GAC_DefaultAttr<StrAttr, "\"NOTSET\"">
                           :$auto_pad,
                       OptionalAttr<DenseI64ArrayAttr>:$dilations,
                       GAC_DefaultAttr<I64Attr, "1">:$group,
                       OptionalAttr<DenseI64ArrayAttr>:$kernel_shape,
                       OptionalAttr<DenseI64ArrayAttr>:$output_padding,
                       OptionalAttr<DenseI64ArrayAttr>:$output_shape,
                       OptionalAttr<DenseI64ArrayAttr>:$pads,
                       OptionalAttr<DenseI64ArrayAttr>:$strides);
  let results = (outs GAC_AnyValue:$y);
}

def GAC_DeformConvOp : GAC_OnnxOp<"deform_conv", "DeformConv",
                                 [AttrSizedOperandSegments], 19> {
  let summary = "ONNX DeformConv: a convolution whose windows are bent by "
                "offsets";
  let description = [{
    * `conv_c1` to `conv_c8`: as `gac.conv` has them.
    * `deform_conv_c1`: `offset_group` is positive and divides the channels of
      X.
  }];
  let arguments = (ins GAC_AnyValue:$x, GAC_AnyValue:$w, GAC_AnyValue:$offset,
                       Optional<GAC_AnyValue>:$b, Optional<GAC_AnyValue>:$mask,
                       OptionalAttr<DenseI64ArrayAttr>:$dilations,
                       GAC_DefaultAttr<I64Attr, "1">:$group,
                       OptionalAttr<DenseI64ArrayAttr>:$kernel_shape,
                       GAC_DefaultAttr<I64Attr, "1">:$offset_group,
                       OptionalAttr<DenseI64ArrayAttr>:$pads,
                       OptionalAttr<DenseI64ArrayAttr>:$strides);
  let results = (outs GAC_AnyValue:$y);
}

def GAC_EinsumOp : GAC_OnnxOp<"einsum", "Einsum", [], 12> {
  let summary = "ONNX Einsum: a sum of products, its axes named by letters";
  let description = [{
    Letters of the operands that the result does not have are summed over.

    * `einsum_c1`: the equation has one term per operand, of letters and one
      "..." at most, and the result's letters are among them.
    * `einsum_c2`: a term has one letter per axis of its operand.
    * `einsum_c3`: sizes other than 1 of the same letter are equal.
  }];
  let arguments = (ins Variadic<GAC_AnyValue>:$inputs, StrAttr:$equation);
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

def GAC_ResizeOp : GAC_OnnxOp<"resize", "Resize", [AttrSizedOperandSegments],
                              11> {
  let summary = "ONNX Resize: resampling by scales or to sizes";
  let description = [{
    * `resize_c1`: `axes` are different axes of X.
    * `resize_c2`: there is one scale or size per axis.
  }];
  let arguments = (ins GAC_AnyValue:$x, Optional<GAC_AnyValue>:$roi,
                       Optional<GAC_AnyValue>:$scales,
                       Optional<GAC_AnyValue>:$sizes,
                       GAC_DefaultAttr<I64Attr, "0">:$antialias,
                       OptionalAttr<DenseI64ArrayAttr>:$axes,
                       GAC_DefaultAttr<StrAttr, "\"half_pixel\"">
                           :$coordinate_transformation_mode,
                       GAC_DefaultAttr<F32Attr, "-0.75f">:$cubic_coeff_a,
                       GAC_DefaultAttr<I64Attr, "0">:$exclude_outside,
                       GAC_DefaultAttr<F32Attr, "0.0f">:$extrapolation_value,
                       GAC_DefaultAttr<StrAttr, "\"stretch\"">
                           :$keep_aspect_ratio_policy,
                       GAC_DefaultAttr<StrAttr, "\"nearest\"">:$mode,
                       GAC_DefaultAttr<StrAttr, "\"round_prefer_floor\"">
                           :$nearest_mode);
  let results = (outs GAC_AnyValue:$y);
}

#endif // GAC_DIALECT_GAC_IR_GACCONTRACTIONOPS_TD
