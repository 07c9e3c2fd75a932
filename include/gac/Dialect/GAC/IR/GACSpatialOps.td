//===- GACSpatialOps.td - blocks, samples and regions of images -*- tablegen -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_DIALECT_GAC_IR_GACSPATIALOPS_TD
#define GAC_DIALECT_GAC_IR_GACSPATIALOPS_TD

include "gac/Dialect/GAC/IR/GACOpBase.td"

//===----------------------------------------------------------------------===//
// Blocks of space that are channels, and channels that are blocks
//===----------------------------------------------------------------------===//

def GAC_DepthToSpaceOp : GAC_OnnxOp<"depth_to_space", "DepthToSpace"> {
  let summary = "ONNX DepthToSpace: channels laid out as blocks of space";
  let description = [{
    The channels are rows, columns and depth (`DCR`), or depth, rows and columns
    (`CRD`), outermost first.

    * `depth_to_space_c1`: the input has rank 4.
    * `depth_to_space_c2`: `blocksize` is positive and its square divides the
      channels, axis 1.
  }];
  let arguments = (ins GAC_AnyValue:$input, I64Attr:$blocksize,
                       GAC_DefaultAttr<StrAttr, "\"DCR\"">:$mode);
  let results = (outs GAC_AnyValue:$output);
}

def GAC_SpaceToDepthOp : GAC_OnnxOp<"space_to_depth", "SpaceToDepth"> {
  let summary = "ONNX SpaceToDepth: blocks of space laid out as channels";
  let description = [{
    The channels are rows, columns and depth, outermost first, or depth, rows
    and columns (`mode` is `CRD`, opset 28).

    * `space_to_depth_c1`: the input has rank 4.
    * `space_to_depth_c2`: `blocksize` is positive and divides the axes 2 and 3.
  }];
  let arguments = (ins GAC_AnyValue:$input, I64Attr:$blocksize,
                       GAC_DefaultAttr<StrAttr, "\"DCR\"">:$mode);
  let results = (outs GAC_AnyValue:$output);
}

def GAC_Col2ImOp : GAC_OnnxOp<"col2im", "Col2Im", [], 18> {
  let summary = "ONNX Col2Im: blocks, one per column, added up to an image";
  let description = [{
    * `col_to_im_c1`: the input has rank 3.
    * `col_to_im_c2`: the elements of a block divide its axis 1.
  }];
  let arguments = (ins GAC_AnyValue:$input, GAC_AnyValue:$image_shape,
                       GAC_AnyValue:$block_shape,
                       OptionalAttr<DenseI64ArrayAttr>:$dilations,
                       OptionalAttr<DenseI64ArrayAttr>:$pads,
                       OptionalAttr<DenseI64ArrayAttr>:$strides);
  let results = (outs GAC_AnyValue:$output);
}

//===----------------------------------------------------------------------===//
// Samples and regions
//===----------------------------------------------------------------------===//

def GAC_UpsampleOp : GAC_OnnxOp<"upsample", "Upsample", [], 7, 9> {
  let summary = "ONNX Upsample: resampling by scales, an attribute before "
                "opset 9";
  let description = [{
    * `upsample_c1`: there is one scale per axis.
  }];
  let arguments = (ins GAC_AnyValue:$x, Optional<GAC_AnyValue>:$scalesOperand,
                       GAC_DefaultAttr<StrAttr, "\"nearest\"">:$mode,
                       OptionalAttr<DenseF32ArrayAttr>:$scales);
  let results = (outs GAC_AnyValue:$y);
}

def GAC_GridSampleOp : GAC_OnnxOp<"grid_sample", "GridSample", [], 16> {
  let summary = "ONNX GridSample: samples of X where the grid says";
  let description = [{
    * `grid_sample_c1`: X has rank 3 or more, and the grid the same.
  }];
  let arguments = (ins GAC_AnyValue:$x, GAC_AnyValue:$grid,
                       GAC_DefaultAttr<I64Attr, "0">:$align_corners,
                       GAC_DefaultAttr<StrAttr, "\"linear\"">:$mode,
                       GAC_DefaultAttr<StrAttr, "\"zeros\"">:$padding_mode);
  let results = (outs GAC_AnyValue:$y);
}

def GAC_RoiAlignOp : GAC_OnnxOp<"roi_align", "RoiAlign", [], 10> {
  let summary = "ONNX RoiAlign: regions of X, each resampled to one size";
  let description = [{
    * `roi_align_c1`: X has rank 4, rois 2 and batch_indices 1.
  }];
  let arguments = (ins GAC_AnyValue:$x, GAC_AnyValue:$rois,
                       GAC_AnyValue:$batch_indices,
                       GAC_DefaultAttr<StrAttr, "\"half_pixel\"">
                           :$coordinate_transformation_mode,
                       GAC_DefaultAttr<StrAttr, "\"avg\"">:$mode,
                       GAC_DefaultAttr<I64Attr, "1">:$output_height,
                       GAC_DefaultAttr<I64Attr, "1">:$output_width,
                       GAC_DefaultAttr<I64Attr, "0">:$sampling_ratio,
                       GAC_DefaultAttr<F32Attr, "1.0f">:$spatial_scale);
  let results = (outs GAC_AnyValue:$y);
}

def GAC_MaxRoiPoolOp : GAC_OnnxOp<"max_roi_pool", "MaxRoiPool"> {
  let summary = "ONNX MaxRoiPool: regions of X, each pooled to one size";
  let description = [{
    * `max_roi_pool_c1`: X has rank 4 and rois 2.
    * `max_roi_pool_c2`: `pooled_shape` has two entries.
  }];
  let arguments = (ins GAC_AnyValue:$x, GAC_AnyValue:$rois,
                       DenseI64ArrayAttr:$pooled_shape,
                       GAC_DefaultAttr<F32Attr, "1.0f">:$spatial_scale);
  let results = (outs GAC_AnyValue:$y);
}

//===----------------------------------------------------------------------===//
// Pools of norms
//===----------------------------------------------------------------------===//

def GAC_LpPoolOp : GAC_OnnxOp<"lp_pool", "LpPool"> {
  let summary = "ONNX LpPool: the norm of each window";
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
                       GAC_DefaultAttr<I64Attr, "2">:$p,
                       OptionalAttr<DenseI64ArrayAttr>:$pads,
                       OptionalAttr<DenseI64ArrayAttr>:$strides);
  let results = (outs GAC_AnyValue:$y);
}

def GAC_GlobalLpPoolOp : GAC_OnnxOp<"global_lp_pool", "GlobalLpPool"> {
  let summary = "ONNX GlobalLpPool: the norm over all spatial axes";
  let description = [{
    * `global_pool_c1`: X has rank 2 or more.
  }];
  let arguments = (ins GAC_AnyValue:$x, GAC_DefaultAttr<I64Attr, "2">:$p);
  let results = (outs GAC_AnyValue:$y);
}

#endif // GAC_DIALECT_GAC_IR_GACSPATIALOPS_TD
