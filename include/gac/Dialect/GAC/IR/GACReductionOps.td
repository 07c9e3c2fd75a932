//===- GACReductionOps.td - reductions, softmax and selections along an axis -*- tablegen -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_DIALECT_GAC_IR_GACREDUCTIONOPS_TD
#define GAC_DIALECT_GAC_IR_GACREDUCTIONOPS_TD

include "gac/Dialect/GAC/IR/GACOpBase.td"

class GAC_ReductionOp<string mnemonic, string onnxName>
    : GAC_OnnxOp<mnemonic, onnxName> {
  let summary = "ONNX " # onnxName;
  let description = [{
    Reduces the axes that the attribute (before opset 18, for ReduceSum 13) or
    the operand names; without either all of them, or none if
    `noop_with_empty_axes`.

    * `reduction_c1`: `axes` are different axes of the data.
  }];
  let arguments = (ins GAC_AnyValue:$data, Optional<GAC_AnyValue>:$axesOperand,
      OptionalAttr<DenseI64ArrayAttr>:$axes,
      GAC_DefaultAttr<I64Attr, "1">:$keepdims,
      GAC_DefaultAttr<I64Attr, "0">:$noop_with_empty_axes);
}

def GAC_ReduceL1Op : GAC_ReductionOp<"reduce_l1", "ReduceL1">;
def GAC_ReduceL2Op : GAC_ReductionOp<"reduce_l2", "ReduceL2">;
def GAC_ReduceLogSumOp : GAC_ReductionOp<"reduce_log_sum", "ReduceLogSum">;
def GAC_ReduceLogSumExpOp : GAC_ReductionOp<"reduce_log_sum_exp",
                                            "ReduceLogSumExp">;
def GAC_ReduceMaxOp : GAC_ReductionOp<"reduce_max", "ReduceMax">;
def GAC_ReduceMeanOp : GAC_ReductionOp<"reduce_mean", "ReduceMean">;
def GAC_ReduceMinOp : GAC_ReductionOp<"reduce_min", "ReduceMin">;
def GAC_ReduceProdOp : GAC_ReductionOp<"reduce_prod", "ReduceProd">;
def GAC_ReduceSumOp : GAC_ReductionOp<"reduce_sum", "ReduceSum">;
def GAC_ReduceSumSquareOp : GAC_ReductionOp<"reduce_sum_square",
                                            "ReduceSumSquare">;

class GAC_ArgOp<string mnemonic, string onnxName>
    : GAC_OnnxOp<mnemonic, onnxName> {
  let summary = "ONNX " # onnxName;
  let description = [{
    * `arg_c1`: `axis` is an axis of the data.
  }];
  let arguments = (ins GAC_AnyValue:$data,
      GAC_DefaultAttr<I64Attr, "0">:$axis,
      GAC_DefaultAttr<I64Attr, "1">:$keepdims,
      GAC_DefaultAttr<I64Attr, "0">:$select_last_index);
}
def GAC_ArgMaxOp : GAC_ArgOp<"arg_max", "ArgMax">;
def GAC_ArgMinOp : GAC_ArgOp<"arg_min", "ArgMin">;

class GAC_SoftmaxLikeOp<string mnemonic, string onnxName>
    : GAC_OnnxOp<mnemonic, onnxName> {
  let summary = "ONNX " # onnxName;
  let description = [{
    From opset 13 on normalises along `axis`, -1 by default. Before, `axis` is
    1 by default and all axes from it on are normalised as one.

    * `softmax_c1`: `axis` is an axis of the input, or its rank.
  }];
  let arguments = (ins GAC_AnyValue:$input, OptionalAttr<I64Attr>:$axis);
}
def GAC_SoftmaxOp : GAC_SoftmaxLikeOp<"softmax", "Softmax">;
def GAC_LogSoftmaxOp : GAC_SoftmaxLikeOp<"log_softmax", "LogSoftmax">;
def GAC_HardmaxOp : GAC_SoftmaxLikeOp<"hardmax", "Hardmax">;

def GAC_TopKOp : GAC_OnnxOp<"top_k", "TopK", [], 10> {
  let summary = "ONNX TopK: the largest or smallest elements and their indices";
  let description = [{
    * `top_k_c1`: `axis` is an axis of X.
    * `top_k_c2`: `k` is at most the size of the axis.
  }];
  let arguments = (ins GAC_AnyValue:$x, GAC_AnyValue:$k,
                       GAC_DefaultAttr<I64Attr, "-1">:$axis,
                       GAC_DefaultAttr<I64Attr, "1">:$largest,
                       GAC_DefaultAttr<I64Attr, "1">:$sorted);
  let results = (outs GAC_AnyValue:$values, GAC_AnyValue:$indices);
}

#endif // GAC_DIALECT_GAC_IR_GACREDUCTIONOPS_TD
