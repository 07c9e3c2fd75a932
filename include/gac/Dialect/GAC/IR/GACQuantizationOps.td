//===- GACQuantizationOps.td - quantised tensors and products -*- tablegen -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A quantised number q stands for (q - zero point) * scale. Padding of a
// quantised tensor must therefore hold its zero point, which growth sees to.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_DIALECT_GAC_IR_GACQUANTIZATIONOPS_TD
#define GAC_DIALECT_GAC_IR_GACQUANTIZATIONOPS_TD

include "gac/Dialect/GAC/IR/GACContribOps.td"

defvar GAC_QuantizationText = [{
    The scale is one number, a list of one per lane of `axis`, or, with a
    `block_size`, a tensor of one per block of so many lanes of that axis. The
    zero point is of the scale's shape, zero where it is absent.

    * `quantization_c1`: `axis` is an axis of X where the scale is no single
      number.
    * `quantization_c2`: the scale is as long as the axis, or has as many
      entries as there are blocks of it, and X's other axes.
    * `quantization_c3`: the zero point has the scale's shape.
}];

//===----------------------------------------------------------------------===//
// From numbers to quantised ones and back
//===----------------------------------------------------------------------===//

def GAC_DequantizeLinearOp : GAC_OnnxOp<"dequantize_linear",
                                        "DequantizeLinear", [], 10> {
  let summary = "ONNX DequantizeLinear: `(x - x_zero_point) * x_scale`";
  let description = GAC_QuantizationText;
  let arguments = (ins GAC_AnyValue:$x, GAC_AnyValue:$x_scale,
                       Optional<GAC_AnyValue>:$x_zero_point,
                       GAC_DefaultAttr<I64Attr, "1">:$axis,
                       GAC_DefaultAttr<I64Attr, "0">:$block_size,
                       GAC_DefaultAttr<I64Attr, "0">:$output_dtype);
  let results = (outs GAC_AnyValue:$y);
}

def GAC_QuantizeLinearOp : GAC_OnnxOp<"quantize_linear", "QuantizeLinear", [],
                                      10> {
  let summary = "ONNX QuantizeLinear: `x / y_scale`, rounded, and "
                "`y_zero_point`";
  let description = GAC_QuantizationText;
  let arguments = (ins GAC_AnyValue:$x, GAC_AnyValue:$y_scale,
                       Optional<GAC_AnyValue>:$y_zero_point,
                       GAC_DefaultAttr<I64Attr, "1">:$axis,
                       GAC_DefaultAttr<I64Attr, "0">:$block_size,
                       GAC_DefaultAttr<I64Attr, "0">:$output_dtype,
                       GAC_DefaultAttr<I64Attr, "0">:$precision,
                       GAC_DefaultAttr<I64Attr, "1">:$saturate);
  let results = (outs GAC_AnyValue:$y);
}

def GAC_DynamicQuantizeLinearOp : GAC_OnnxOp<"dynamic_quantize_linear",
                                             "DynamicQuantizeLinear", [], 11> {
  let summary = "ONNX DynamicQuantizeLinear: a scale and zero point for the "
                "range of x, which holds 0";
  let arguments = (ins GAC_AnyValue:$x);
  let results = (outs GAC_AnyValue:$y, GAC_AnyValue:$y_scale,
                      GAC_AnyValue:$y_zero_point);
}

def GAC_ContribDequantizeLinearOp
    : GAC_ContribOp<"contrib_dequantize_linear", "DequantizeLinear"> {
  let summary = "ONNX Runtime's DequantizeLinear, which takes more types";
  let description = GAC_QuantizationText;
  let arguments = (ins GAC_AnyValue:$x, GAC_AnyValue:$x_scale,
                       Optional<GAC_AnyValue>:$x_zero_point,
                       GAC_DefaultAttr<I64Attr, "1">:$axis,
                       GAC_DefaultAttr<I64Attr, "0">:$block_size);
  let results = (outs GAC_AnyValue:$y);
}

def GAC_ContribQuantizeLinearOp
    : GAC_ContribOp<"contrib_quantize_linear", "QuantizeLinear"> {
  let summary = "ONNX Runtime's QuantizeLinear, which takes more types";
  let description = GAC_QuantizationText;
  let arguments = (ins GAC_AnyValue:$x, GAC_AnyValue:$y_scale,
                       Optional<GAC_AnyValue>:$y_zero_point,
                       GAC_DefaultAttr<I64Attr, "1">:$axis,
                       GAC_DefaultAttr<I64Attr, "0">:$block_size);
  let results = (outs GAC_AnyValue:$y);
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

defvar GAC_MatMulText = [{
    * `matmul_c1`: A and B are no scalars.
    * `matmul_c2`: the last axis of A is as long as the last but one of B (its
      only one if B is a vector).
    * `matmul_c3`: the other axes broadcast.
}];

def GAC_MatMulIntegerOp : GAC_OnnxOp<"matmul_integer", "MatMulInteger",
                                     [AttrSizedOperandSegments], 10> {
  let summary = "ONNX MatMulInteger: "
                "`(A - a_zero_point) * (B - b_zero_point)`, in 32 bits";
  let description = GAC_MatMulText;
  let arguments = (ins GAC_AnyValue:$a, GAC_AnyValue:$b,
                       Optional<GAC_AnyValue>:$a_zero_point,
                       Optional<GAC_AnyValue>:$b_zero_point);
  let results = (outs GAC_AnyValue:$y);
}

def GAC_QLinearMatMulOp : GAC_OnnxOp<"qlinear_matmul", "QLinearMatMul", [],
                                     10> {
  let summary = "ONNX QLinearMatMul: a product of quantised matrices, quantised";
  let description = GAC_MatMulText;
  let arguments = (ins GAC_AnyValue:$a, GAC_AnyValue:$a_scale,
                       GAC_AnyValue:$a_zero_point, GAC_AnyValue:$b,
                       GAC_AnyValue:$b_scale, GAC_AnyValue:$b_zero_point,
                       GAC_AnyValue:$y_scale, GAC_AnyValue:$y_zero_point);
  let results = (outs GAC_AnyValue:$y);
}

def GAC_MatMulIntegerToFloatOp
    : GAC_ContribOp<"matmul_integer_to_float", "MatMulIntegerToFloat",
                    [AttrSizedOperandSegments]> {
  let summary = "ONNX Runtime's MatMulIntegerToFloat: a product of quantised "
                "matrices, as floats";
  let description = GAC_MatMulText;
  let arguments = (ins GAC_AnyValue:$a, GAC_AnyValue:$b, GAC_AnyValue:$a_scale,
                       GAC_AnyValue:$b_scale,
                       Optional<GAC_AnyValue>:$a_zero_point,
                       Optional<GAC_AnyValue>:$b_zero_point,
                       Optional<GAC_AnyValue>:$bias);
  let results = (outs GAC_AnyValue:$y);
}

def GAC_DynamicQuantizeMatMulOp
    : GAC_ContribOp<"dynamic_quantize_matmul", "DynamicQuantizeMatMul",
                    [AttrSizedOperandSegments]> {
  let summary = "ONNX Runtime's DynamicQuantizeMatMul: A is quantised for its "
                "range first";
  let description = GAC_MatMulText;
  let arguments = (ins GAC_AnyValue:$a, GAC_AnyValue:$b, GAC_AnyValue:$b_scale,
                       Optional<GAC_AnyValue>:$b_zero_point,
                       Optional<GAC_AnyValue>:$bias);
  let results = (outs GAC_AnyValue:$y);
}

def GAC_QGemmOp : GAC_ContribOp<"qgemm", "QGemm", [AttrSizedOperandSegments]> {
  let summary = "ONNX Runtime's QGemm: a Gemm of quantised matrices, quantised "
                "if there is a scale for its result";
  let description = [{
    * `gemm_c1`: A has rank 2.
    * `gemm_c2`: B has rank 2.
    * `gemm_c3`: the contracted axes of A and B are equally long.
    * `gemm_c4`: C broadcasts to the shape of the product.
  }];
  let arguments = (ins GAC_AnyValue:$a, GAC_AnyValue:$a_scale,
                       GAC_AnyValue:$a_zero_point, GAC_AnyValue:$b,
                       GAC_AnyValue:$b_scale, GAC_AnyValue:$b_zero_point,
                       Optional<GAC_AnyValue>:$c,
                       Optional<GAC_AnyValue>:$y_scale,
                       Optional<GAC_AnyValue>:$y_zero_point,
                       GAC_DefaultAttr<F32Attr, "1.0f">:$alpha,
                       GAC_DefaultAttr<I64Attr, "0">:$transA,
                       GAC_DefaultAttr<I64Attr, "0">:$transB);
  let results = (outs GAC_AnyValue:$y);
}

//===----------------------------------------------------------------------===//
// Convolutions
//===----------------------------------------------------------------------===//

defvar GAC_ConvText = [{
    Like `gac.conv`, and under its constraints `conv_c1` to `conv_c8`.
}];

def GAC_ConvIntegerOp : GAC_OnnxOp<"conv_integer", "ConvInteger",
                                   [AttrSizedOperandSegments], 10> {
  let summary = "ONNX ConvInteger: "
                "`conv(X - x_zero_point, W - w_zero_point)`, in 32 bits";
  let description = GAC_ConvText;
  let arguments = (ins GAC_AnyValue:$x, GAC_AnyValue:$w,
                       Optional<GAC_AnyValue>:$x_zero_point,
                       Optional<GAC_AnyValue>:$w_zero_point,
                       GAC_DefaultAttr<StrAttr, "\"NOTSET\"">:$auto_pad,
                       OptionalAttr<DenseI64ArrayAttr>:$dilations,
                       GAC_DefaultAttr<I64Attr, "1">:$group,
                       OptionalAttr<DenseI64ArrayAttr>:$kernel_shape,
                       OptionalAttr<DenseI64ArrayAttr>:$pads,
                       OptionalAttr<DenseI64ArrayAttr>:$strides);
  let results = (outs GAC_AnyValue:$y);
}

def GAC_QLinearConvOp : GAC_OnnxOp<"qlinear_conv", "QLinearConv", [], 10> {
  let summary = "ONNX QLinearConv: a convolution of quantised tensors, "
                "quantised";
  let description = GAC_ConvText;
  let arguments = (ins GAC_AnyValue:$x, GAC_AnyValue:$x_scale,
                       GAC_AnyValue:$x_zero_point, GAC_AnyValue:$w,
                       GAC_AnyValue:$w_scale, GAC_AnyValue:$w_zero_point,
                       GAC_AnyValue:$y_scale, GAC_AnyValue:$y_zero_point,
                       Optional<GAC_AnyValue>:$b,
                       GAC_DefaultAttr<StrAttr, "\"NOTSET\"">:$auto_pad,
                       OptionalAttr<DenseI64ArrayAttr>:$dilations,
                       GAC_DefaultAttr<I64Attr, "1">:$group,
                       OptionalAttr<DenseI64ArrayAttr>:$kernel_shape,
                       OptionalAttr<DenseI64ArrayAttr>:$pads,
                       OptionalAttr<DenseI64ArrayAttr>:$strides);
  let results = (outs GAC_AnyValue:$y);
}

//===----------------------------------------------------------------------===//
// Quantised numbers to quantised numbers
//===----------------------------------------------------------------------===//

defvar GAC_QLinearText = [{
    Operands that the operator requires are optional here where one that is
    optional comes before them.

    * `qlinear_c1`: all operands but zero points are there.
}];

class GAC_QLinearBinaryOp<string mnemonic, string onnxName>
    : GAC_ContribOp<mnemonic, onnxName, [AttrSizedOperandSegments]> {
  let summary = "ONNX Runtime's " # onnxName # ", elementwise with broadcast";
  let description = !strconcat(GAC_QLinearText, [{
    * `qlinear_c2`: A and B broadcast.
}]);
  let arguments = (ins GAC_AnyValue:$a, GAC_AnyValue:$a_scale,
                       Optional<GAC_AnyValue>:$a_zero_point,
                       Optional<GAC_AnyValue>:$b,
                       Optional<GAC_AnyValue>:$b_scale,
                       Optional<GAC_AnyValue>:$b_zero_point,
                       Optional<GAC_AnyValue>:$y_scale,
                       Optional<GAC_AnyValue>:$y_zero_point);
  let results = (outs GAC_AnyValue:$y);
}

def GAC_QLinearAddOp : GAC_QLinearBinaryOp<"qlinear_add", "QLinearAdd">;
def GAC_QLinearMulOp : GAC_QLinearBinaryOp<"qlinear_mul", "QLinearMul">;

class GAC_QLinearUnaryOp<string mnemonic, string onnxName, dag attributes>
    : GAC_ContribOp<mnemonic, onnxName, [AttrSizedOperandSegments]> {
  let summary = "ONNX Runtime's " # onnxName;
  let description = GAC_QLinearText;
  let arguments = !con((ins GAC_AnyValue:$x, GAC_AnyValue:$x_scale,
                            Optional<GAC_AnyValue>:$x_zero_point,
                            Optional<GAC_AnyValue>:$y_scale,
                            Optional<GAC_AnyValue>:$y_zero_point),
                       attributes);
  let results = (outs GAC_AnyValue:$y);
}

def GAC_QLinearGlobalAveragePoolOp
    : GAC_QLinearUnaryOp<"qlinear_global_average_pool",
                         "QLinearGlobalAveragePool",
                         (ins GAC_DefaultAttr<I64Attr, "0">:$channels_last)>;
def GAC_QLinearLeakyReluOp
    : GAC_QLinearUnaryOp<"qlinear_leaky_relu", "QLinearLeakyRelu",
                         (ins GAC_DefaultAttr<F32Attr, "0.01f">:$alpha)>;
def GAC_QLinearSigmoidOp
    : GAC_QLinearUnaryOp<"qlinear_sigmoid", "QLinearSigmoid", (ins)>;
def GAC_QLinearSoftmaxOp
    : GAC_QLinearUnaryOp<"qlinear_softmax", "QLinearSoftmax",
                         (ins GAC_DefaultAttr<I64Attr, "-1">:$axis,
                              I64Attr:$opset)>;

//===----------------------------------------------------------------------===//
// Layers
//===----------------------------------------------------------------------===//

def GAC_QAttentionOp : GAC_ContribOp<"qattention", "QAttention",
                                     [AttrSizedOperandSegments]> {
  let summary = "ONNX Runtime's QAttention: its Attention of a quantised input "
                "by a quantised weight";
  let description = [{
    * `contrib_attention_c1`: the input has rank 3, the weight rank 2 and bias
      rank 1.
    * `contrib_attention_c2`: the last axis of the input is as long as axis 0 of
      the weight.
    * `contrib_attention_c3`: bias has one entry per column of the weight.
    * `contrib_attention_c4`: the columns are three equal parts, which
      `num_heads` divides.
  }];
  let arguments = (ins GAC_AnyValue:$input, GAC_AnyValue:$weight,
                       GAC_AnyValue:$bias, GAC_AnyValue:$input_scale,
                       GAC_AnyValue:$weight_scale,
                       Optional<GAC_AnyValue>:$mask_index,
                       Optional<GAC_AnyValue>:$input_zero_point,
                       Optional<GAC_AnyValue>:$weight_zero_point,
                       Optional<GAC_AnyValue>:$past,
                       GAC_DefaultAttr<I64Attr, "0">:$do_rotary,
                       GAC_DefaultAttr<F32Attr, "-10000.0f">
                           :$mask_filter_value,
                       I64Attr:$num_heads,
                       GAC_DefaultAttr<I64Attr, "0">
                           :$past_present_share_buffer,
                       OptionalAttr<F32Attr>:$scale,
                       GAC_DefaultAttr<I64Attr, "0">:$unidirectional);
  let results = (outs GAC_AnyValue:$output, Optional<GAC_AnyValue>:$present);
}

def GAC_GatherBlockQuantizedOp
    : GAC_ContribOp<"gather_block_quantized", "GatherBlockQuantized"> {
  let summary = "ONNX Runtime's GatherBlockQuantized: slices of a quantised "
                "tensor by index, as numbers";
  let description = [{
    `block_size` entries along `quantize_axis` share a scale. Bytes hold entries
    of `bits` bits beside each other, on the last axis of the data.

    * `gather_block_quantized_c1`: `gather_axis` and `quantize_axis` are axes of
      the data.
    * `gather_block_quantized_c2`: data and scales have one rank.
  }];
  let arguments = (ins GAC_AnyValue:$data, GAC_AnyValue:$indices,
                       GAC_AnyValue:$scales,
                       Optional<GAC_AnyValue>:$zero_points,
                       GAC_DefaultAttr<I64Attr, "4">:$bits,
                       GAC_DefaultAttr<I64Attr, "128">:$block_size,
                       GAC_DefaultAttr<I64Attr, "0">:$gather_axis,
                       GAC_DefaultAttr<I64Attr, "1">:$quantize_axis);
  let results = (outs GAC_AnyValue:$output);
}

#endif // GAC_DIALECT_GAC_IR_GACQUANTIZATIONOPS_TD
