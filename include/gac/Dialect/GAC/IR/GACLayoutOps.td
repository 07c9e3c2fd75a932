//===- GACLayoutOps.td - ops that move elements and change no value -*- tablegen -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_DIALECT_GAC_IR_GACLAYOUTOPS_TD
#define GAC_DIALECT_GAC_IR_GACLAYOUTOPS_TD

include "gac/Dialect/GAC/IR/GACOpBase.td"

def GAC_ReshapeOp : GAC_OnnxOp<"reshape", "Reshape"> {
  let summary = "ONNX Reshape; 0 copies a size unless `allowzero`, -1 infers one";
  let description = [{
    * `reshape_c1`: `shape` has rank 1.
    * `reshape_c2`: no entry is below -1.
    * `reshape_c3`: at most one entry is -1.
    * `reshape_c4`: a 0 that copies a size stands at an axis of the data.
    * `reshape_c5`: the other entries leave a whole size for -1.
    * `reshape_c6`: without -1, data and result have equally many elements.
  }];
  let arguments = (ins GAC_AnyValue:$data, GAC_AnyValue:$shape,
                       GAC_DefaultAttr<I64Attr, "0">:$allowzero);
}

def GAC_FlattenOp : GAC_OnnxOp<"flatten", "Flatten"> {
  let summary = "ONNX Flatten to a matrix: axes before `axis`, axes from it on";
  let description = [{
    * `flatten_c1`: `axis` is in [-rank, rank].
  }];
  let arguments = (ins GAC_AnyValue:$input,
                       GAC_DefaultAttr<I64Attr, "1">:$axis);
}

def GAC_TransposeOp : GAC_OnnxOp<"transpose", "Transpose"> {
  let summary = "ONNX Transpose; without `perm` the axes are reversed";
  let description = [{
    * `transpose_c1`: `perm` has one entry per axis.
    * `transpose_c2`: `perm` names each axis once.
  }];
  let arguments = (ins GAC_AnyValue:$data,
                       OptionalAttr<DenseI64ArrayAttr>:$perm);
}

def GAC_SqueezeOp : GAC_OnnxOp<"squeeze", "Squeeze"> {
  let summary = "ONNX Squeeze; axes are an attribute before opset 13";
  let description = [{
    * `squeeze_c1`: each of `axes` is an axis of the data.
    * `squeeze_c2`: the axes dropped have size 1.
  }];
  let arguments = (ins GAC_AnyValue:$data, Optional<GAC_AnyValue>:$axesOperand,
                       OptionalAttr<DenseI64ArrayAttr>:$axes);
}

def GAC_UnsqueezeOp : GAC_OnnxOp<"unsqueeze", "Unsqueeze"> {
  let summary = "ONNX Unsqueeze; axes are an attribute before opset 13";
  let description = [{
    * `unsqueeze_c1`: `axes` are different axes of the result.
  }];
  let arguments = (ins GAC_AnyValue:$data, Optional<GAC_AnyValue>:$axesOperand,
                       OptionalAttr<DenseI64ArrayAttr>:$axes);
}

def GAC_ExpandOp : GAC_OnnxOp<"expand", "Expand", [], 8> {
  let summary = "ONNX Expand: broadcast to a shape, in both directions";
  let description = [{
    * `expand_c1`: `shape` has rank 1.
    * `expand_c2`: on each axis, counted from the last, the sizes of the input
      and of `shape` other than 1 are equal.
  }];
  let arguments = (ins GAC_AnyValue:$input, GAC_AnyValue:$shape);
}

def GAC_ConcatOp : GAC_OnnxOp<"concat", "Concat"> {
  let summary = "ONNX Concat along `axis`";
  let description = [{
    * `concat_c1`: `axis` is an axis of the operands.
    * `concat_c2`: all operands have one rank.
    * `concat_c3`: all operands have equal sizes on the other axes.
  }];
  let arguments = (ins Variadic<GAC_AnyValue>:$inputs, I64Attr:$axis);
}

def GAC_SplitOp : GAC_OnnxOp<"split", "Split"> {
  let summary = "ONNX Split along `axis`";
  let description = [{
    Sizes are the attribute `split` before opset 13, an operand after. Without
    sizes the axis is cut into as many equal parts as there are results, the
    last one smaller (`num_outputs`, opset 18).

    * `split_c1`: there are as many sizes, or `num_outputs`, as results.
    * `split_c2`: `axis` is an axis of the input.
    * `split_c3`: the sizes add up to that of the axis.
  }];
  let arguments = (ins GAC_AnyValue:$input,
                       Optional<GAC_AnyValue>:$splitOperand,
                       GAC_DefaultAttr<I64Attr, "0">:$axis,
                       OptionalAttr<DenseI64ArrayAttr>:$split,
                       OptionalAttr<I64Attr>:$num_outputs);
  let results = (outs Variadic<GAC_AnyValue>:$results);
}

def GAC_SliceOp : GAC_OnnxOp<"slice", "Slice", [AttrSizedOperandSegments]> {
  let summary = "ONNX Slice; all bounds are attributes before opset 10";
  let description = [{
    * `slice_c1`: `axes` are different axes of the data.
    * `slice_c2`: there are as many starts, ends and steps as axes.
    * `slice_c3`: no step is 0.
  }];
  let arguments = (ins GAC_AnyValue:$data,
                       Optional<GAC_AnyValue>:$startsOperand,
                       Optional<GAC_AnyValue>:$endsOperand,
                       Optional<GAC_AnyValue>:$axesOperand,
                       Optional<GAC_AnyValue>:$stepsOperand,
                       OptionalAttr<DenseI64ArrayAttr>:$starts,
                       OptionalAttr<DenseI64ArrayAttr>:$ends,
                       OptionalAttr<DenseI64ArrayAttr>:$axes);
}

def GAC_PadOp : GAC_OnnxOp<"pad", "Pad", [AttrSizedOperandSegments]> {
  let summary = "ONNX Pad; pads and value are attributes before opset 11";
  let description = [{
    * `pad_c1`: `axes` are different axes of the data.
    * `pad_c2`: there are two pads per axis.
    * `pad_c3`: negative pads leave no negative size.
  }];
  let arguments = (ins GAC_AnyValue:$data,
                       Optional<GAC_AnyValue>:$padsOperand,
                       Optional<GAC_AnyValue>:$valueOperand,
                       Optional<GAC_AnyValue>:$axesOperand,
                       GAC_DefaultAttr<StrAttr, "\"constant\"">:$mode,
                       OptionalAttr<DenseI64ArrayAttr>:$pads,
                       OptionalAttr<F32Attr>:$value);
}

def GAC_TileOp : GAC_OnnxOp<"tile", "Tile"> {
  let summary = "ONNX Tile: repeats the whole tensor along each axis";
  let description = [{
    * `tile_c1`: there is one repeat per axis.
  }];
  let arguments = (ins GAC_AnyValue:$input, GAC_AnyValue:$repeats);
}

def GAC_GatherOp : GAC_OnnxOp<"gather", "Gather"> {
  let summary = "ONNX Gather: slices of `axis` by index";
  let description = [{
    * `gather_c1`: `axis` is an axis of the data.
  }];
  let arguments = (ins GAC_AnyValue:$data, GAC_AnyValue:$indices,
                       GAC_DefaultAttr<I64Attr, "0">:$axis);
}

def GAC_GatherElementsOp : GAC_OnnxOp<"gather_elements", "GatherElements", [],
                                      11> {
  let summary = "ONNX GatherElements: elements of `axis` by index";
  let description = [{
    * `gather_elements_c1`: data and indices have one rank.
    * `gather_elements_c2`: `axis` is an axis of the data.
  }];
  let arguments = (ins GAC_AnyValue:$data, GAC_AnyValue:$indices,
                       GAC_DefaultAttr<I64Attr, "0">:$axis);
}

def GAC_GatherNDOp : GAC_OnnxOp<"gather_nd", "GatherND", [], 11> {
  let summary = "ONNX GatherND: slices by index tuples";
  let description = [{
    * `gather_nd_c1`: `batch_dims` is below the ranks of data and indices.
    * `gather_nd_c2`: an index tuple has at most as many entries as the data
      axes to choose from.
  }];
  let arguments = (ins GAC_AnyValue:$data, GAC_AnyValue:$indices,
                       GAC_DefaultAttr<I64Attr, "0">:$batch_dims);
}

def GAC_ScatterNDOp : GAC_OnnxOp<"scatter_nd", "ScatterND", [], 11> {
  let summary = "ONNX ScatterND: a copy of the data with slices replaced";
  let description = [{
    * `scatter_nd_c1`: an index tuple has at most as many entries as the data
      axes.
    * `scatter_nd_c2`: the updates have the shape of the slices that the indices
      name.
  }];
  let arguments = (ins GAC_AnyValue:$data, GAC_AnyValue:$indices,
                       GAC_AnyValue:$updates,
                       GAC_DefaultAttr<StrAttr, "\"none\"">
                           :$reduction);
}

def GAC_ScatterElementsOp : GAC_OnnxOp<"scatter_elements", "ScatterElements",
                                       [], 11> {
  let summary = "ONNX ScatterElements: a copy of the data with elements of "
                "`axis` replaced by index";
  let description = [{
    * `scatter_elements_c1`: data, indices and updates have one rank.
    * `scatter_elements_c2`: `axis` is an axis of the data.
    * `scatter_elements_c3`: indices and updates have one shape.
  }];
  let arguments = (ins GAC_AnyValue:$data, GAC_AnyValue:$indices,
                       GAC_AnyValue:$updates,
                       GAC_DefaultAttr<I64Attr, "0">:$axis,
                       GAC_DefaultAttr<StrAttr, "\"none\"">:$reduction);
}

def GAC_TriluOp : GAC_OnnxOp<"trilu", "Trilu", [], 14> {
  let summary = "ONNX Trilu: a triangle of the last two axes, the rest zero";
  let description = [{
    * `trilu_c1`: the input has rank 2 or more.
  }];
  let arguments = (ins GAC_AnyValue:$input, Optional<GAC_AnyValue>:$k,
                       GAC_DefaultAttr<I64Attr, "1">:$upper);
}

def GAC_ReverseSequenceOp : GAC_OnnxOp<"reverse_sequence", "ReverseSequence",
                                       [], 10> {
  let summary = "ONNX ReverseSequence: the first elements of each sequence, as "
                "many as it is long, in reverse";
  let description = [{
    * `reverse_sequence_c1`: `batch_axis` and `time_axis` are the axes 0 and 1
      of the input, in any order.
  }];
  let arguments = (ins GAC_AnyValue:$input, GAC_AnyValue:$sequence_lens,
                       GAC_DefaultAttr<I64Attr, "1">:$batch_axis,
                       GAC_DefaultAttr<I64Attr, "0">:$time_axis);
  let results = (outs GAC_AnyValue:$y);
}

def GAC_TensorScatterOp : GAC_OnnxOp<"tensor_scatter", "TensorScatter", [],
                                     24> {
  let summary = "ONNX TensorScatter: a cache with an update written along "
                "`axis`";
  let description = [{
    * `tensor_scatter_c1`: cache and update have one rank.
    * `tensor_scatter_c2`: `axis` is an axis of the cache, but not the first.
    * `tensor_scatter_c3`: on the other axes their sizes are equal.
  }];
  let arguments = (ins GAC_AnyValue:$past_cache, GAC_AnyValue:$update,
                       Optional<GAC_AnyValue>:$write_indices,
                       GAC_DefaultAttr<I64Attr, "-2">:$axis,
                       GAC_DefaultAttr<StrAttr, "\"linear\"">:$mode);
  let results = (outs GAC_AnyValue:$present_cache);
}

def GAC_CastLikeOp : GAC_OnnxOp<"cast_like", "CastLike", [], 15> {
  let summary = "ONNX CastLike: the input as elements of the type that the "
                "second operand has";
  let arguments = (ins GAC_AnyValue:$input, GAC_AnyValue:$target_type,
                       GAC_DefaultAttr<StrAttr, "\"up\"">:$round_mode,
                       GAC_DefaultAttr<I64Attr, "1">:$saturate);
  let results = (outs GAC_AnyValue:$output);
}

#endif // GAC_DIALECT_GAC_IR_GACLAYOUTOPS_TD
