//===- GACShapeOps.td - ops that compute shapes and indices -*- tablegen -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_DIALECT_GAC_IR_GACSHAPEOPS_TD
#define GAC_DIALECT_GAC_IR_GACSHAPEOPS_TD

include "gac/Dialect/GAC/IR/GACOpBase.td"

def GAC_ShapeOp : GAC_OnnxOp<"shape", "Shape"> {
  let summary = "ONNX Shape: sizes of the axes from `start` to `end`";
  let arguments = (ins GAC_AnyValue:$data,
                       GAC_DefaultAttr<I64Attr, "0">:$start,
                       OptionalAttr<I64Attr>:$end);
}

def GAC_SizeOp : GAC_OnnxOp<"size", "Size"> {
  let summary = "ONNX Size: the number of elements";
  let arguments = (ins GAC_AnyValue:$data);
}

def GAC_RangeOp : GAC_OnnxOp<"range", "Range", [], 11> {
  let summary = "ONNX Range: `start`, `start + delta`, ... below `limit`";
  let description = [{
    * `range_c1`: `delta` is not 0.
  }];
  let arguments = (ins GAC_AnyValue:$start, GAC_AnyValue:$limit,
                       GAC_AnyValue:$delta);
}

def GAC_ConstantOfShapeOp : GAC_OnnxOp<"constant_of_shape", "ConstantOfShape",
                                       [], 9> {
  let summary = "ONNX ConstantOfShape: one value everywhere, 0.0f by default";
  let description = [{
    * `constant_of_shape_c1`: `shape` has rank 1.
    * `constant_of_shape_c2`: no size is negative.
  }];
  let arguments = (ins GAC_AnyValue:$shape, OptionalAttr<ElementsAttr>:$value);
}

def GAC_CumSumOp : GAC_OnnxOp<"cum_sum", "CumSum", [], 11> {
  let summary = "ONNX CumSum along the axis that the second operand holds";
  let description = [{
    * `cum_sum_c1`: `axis` is one of the axes of `x`, or counts them from the
      end.
  }];
  let arguments = (ins GAC_AnyValue:$x, GAC_AnyValue:$axis,
                       GAC_DefaultAttr<I64Attr, "0">:$exclusive,
                       GAC_DefaultAttr<I64Attr, "0">:$reverse);
}

def GAC_CumProdOp : GAC_OnnxOp<"cum_prod", "CumProd", [], 26> {
  let summary = "ONNX CumProd along the axis that the second operand holds";
  let description = [{
    * `cum_prod_c1`: `axis` is one of the axes of `x`, or counts them from the
      end.
  }];
  let arguments = (ins GAC_AnyValue:$x, GAC_AnyValue:$axis,
                       GAC_DefaultAttr<I64Attr, "0">:$exclusive,
                       GAC_DefaultAttr<I64Attr, "0">:$reverse);
}

def GAC_OneHotOp : GAC_OnnxOp<"one_hot", "OneHot", [], 9> {
  let summary = "ONNX OneHot: a new axis `axis` that is on at each index";
  let description = [{
    * `one_hot_c1`: `axis` is an axis of the result.
  }];
  let arguments = (ins GAC_AnyValue:$indices, GAC_AnyValue:$depth,
                       GAC_AnyValue:$values,
                       GAC_DefaultAttr<I64Attr, "-1">:$axis);
}

#endif // GAC_DIALECT_GAC_IR_GACSHAPEOPS_TD
