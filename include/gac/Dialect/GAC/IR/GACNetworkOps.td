//===- GACNetworkOps.td - normalisations, rotary embedding and attention -*- tablegen -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_DIALECT_GAC_IR_GACNETWORKOPS_TD
#define GAC_DIALECT_GAC_IR_GACNETWORKOPS_TD

include "gac/Dialect/GAC/IR/GACOpBase.td"

def GAC_BatchNormalizationOp : GAC_OnnxOp<"batch_normalization",
    "BatchNormalization", [AttrSizedResultSegments]> {
  let summary = "ONNX BatchNormalization over the channel axis 1";
  let description = [{
    * `batch_normalization_c1`: scale, B, mean and variance have rank 1.
    * `batch_normalization_c2`: they have one entry per channel of X.
  }];
  let arguments = (ins GAC_AnyValue:$x, GAC_AnyValue:$scale, GAC_AnyValue:$b,
                       GAC_AnyValue:$input_mean, GAC_AnyValue:$input_var,
                       GAC_DefaultAttr<F32Attr, "1e-5f">:$epsilon,
                       GAC_DefaultAttr<F32Attr, "0.9f">:$momentum,
                       GAC_DefaultAttr<I64Attr, "0">:$training_mode);
  let results = (outs GAC_AnyValue:$y, Optional<GAC_AnyValue>:$running_mean,
                      Optional<GAC_AnyValue>:$running_var,
                      Optional<GAC_AnyValue>:$saved_mean,
                      Optional<GAC_AnyValue>:$saved_var);
}

def GAC_InstanceNormalizationOp : GAC_OnnxOp<"instance_normalization",
                                             "InstanceNormalization"> {
  let summary = "ONNX InstanceNormalization over the axes after the channels";
  let description = [{
    With `logical_lanes` axis 2 is so many rows of equally many elements, as
    where X shows groups of channels, and the rows that are not logical are
    padding that growth has added, zeros. With a mask of ones on the logical
    rows and zeros on padding:

    ```
    mean = sum(x) / count
    d = x - mean * mask
    y = d / sqrt(sum(d^2) / count + epsilon) * scale + B
    ```

    So padding adds nothing, and Y holds B there.

    * `instance_normalization_c1`: X has rank 3 or more.
    * `instance_normalization_c2`: scale and B have one entry per channel of X,
      axis 1.
    * `instance_normalization_c3`: with `logical_lanes` X has rank 3, their
      number divides the size of axis 2, and they are not none.
  }];
  let arguments = (ins GAC_AnyValue:$x, GAC_AnyValue:$scale, GAC_AnyValue:$b,
                       GAC_DefaultAttr<F32Attr, "1e-5f">:$epsilon,
                       OptionalAttr<GAC_LanesAttr>:$logical_lanes);
  let results = (outs GAC_AnyValue:$y);
  let ownAttribute = "logical_lanes";
}

def GAC_GroupNormalizationOp : GAC_OnnxOp<"group_normalization",
                                          "GroupNormalization", [], 18> {
  let summary = "ONNX GroupNormalization over groups of channels and space";
  let description = [{
    Scale and bias have one entry per group before opset 21, one per channel
    from then on. `logical_lanes` are as those of `gac.instance_normalization`,
    of the channels of each group.

    * `group_normalization_c1`: X has rank 2 or more.
    * `group_normalization_c2`: `num_groups` is positive and divides the
      channels of X, axis 1.
    * `group_normalization_c3`: scale and bias have one entry per group or
      channel.
    * `group_normalization_c4`: `logical_lanes` are lanes of the channels of one
      group, and they are not none.

    ```mlir
    %y = gac.group_normalization %x, %w, %b
        {logical_lanes = #gac.lanes<16 : 0 to 0 by 15>, num_groups = 4 : i64}
        : (tensor<?x64x?x?xf32>, tensor<64xf32>, tensor<64xf32>)
        -> tensor<?x64x?x?xf32>
    ```
  }];
  let arguments = (ins GAC_AnyValue:$x, GAC_AnyValue:$scale,
                       GAC_AnyValue:$bias,
                       GAC_DefaultAttr<F32Attr, "1e-5f">:$epsilon,
                       I64Attr:$num_groups,
                       GAC_DefaultAttr<I64Attr, "1">:$stash_type,
                       OptionalAttr<GAC_LanesAttr>:$logical_lanes);
  let results = (outs GAC_AnyValue:$y);
  let ownAttribute = "logical_lanes";
}

def GAC_LpNormalizationOp : GAC_OnnxOp<"lp_normalization",
                                       "LpNormalization"> {
  let summary = "ONNX LpNormalization: divided by the norm along `axis`";
  let description = [{
    * `lp_normalization_c1`: `axis` is an axis of the input.
  }];
  let arguments = (ins GAC_AnyValue:$input,
                       GAC_DefaultAttr<I64Attr, "-1">:$axis,
                       GAC_DefaultAttr<I64Attr, "2">:$p);
  let results = (outs GAC_AnyValue:$output);
}

def GAC_MeanVarianceNormalizationOp
    : GAC_OnnxOp<"mean_variance_normalization", "MeanVarianceNormalization",
                 [], 9> {
  let summary = "ONNX MeanVarianceNormalization over `axes`, 0, 2 and 3 by "
                "default";
  let description = [{
    * `mean_variance_normalization_c1`: `axes` are different axes of X.
  }];
  let arguments = (ins GAC_AnyValue:$x,
                       OptionalAttr<DenseI64ArrayAttr>:$axes);
  let results = (outs GAC_AnyValue:$y);
}

def GAC_LRNOp : GAC_OnnxOp<"lrn", "LRN"> {
  let summary = "ONNX LRN: divided by a power of the squares of `size` channels "
                "around each";
  let description = [{
    * `lrn_c1`: X has rank 2 or more.
  }];
  let arguments = (ins GAC_AnyValue:$x,
                       GAC_DefaultAttr<F32Attr, "1e-4f">:$alpha,
                       GAC_DefaultAttr<F32Attr, "0.75f">:$beta,
                       GAC_DefaultAttr<F32Attr, "1.0f">:$bias, I64Attr:$size);
  let results = (outs GAC_AnyValue:$y);
}

def GAC_DropoutOp : GAC_OnnxOp<"dropout", "Dropout",
                               [AttrSizedOperandSegments]> {
  let summary = "ONNX Dropout: the data itself unless it trains";
  let description = [{
    `ratio` is an attribute before opset 12, an operand from then on.
  }];
  let arguments = (ins GAC_AnyValue:$data,
                       Optional<GAC_AnyValue>:$ratioOperand,
                       Optional<GAC_AnyValue>:$training_mode,
                       OptionalAttr<F32Attr>:$ratio,
                       OptionalAttr<I64Attr>:$seed);
  let results = (outs GAC_AnyValue:$output, Optional<GAC_AnyValue>:$mask);
}

def GAC_LayerNormalizationOp : GAC_OnnxOp<"layer_normalization",
    "LayerNormalization", [AttrSizedResultSegments], 17> {
  let summary = "ONNX LayerNormalization over the axes from `axis` on";
  let description = [{
    With `logical_lanes` the other lanes of X are padding that growth has added,
    zeros. With a mask of ones on the logical lanes and zeros on padding:

    ```
    mean = sum(x) / count
    d = x - mean * mask
    y = d / sqrt(sum(d^2) / count + epsilon) * scale + B
    ```

    So padding adds nothing, and Y holds B there.

    * `layer_normalization_c1`: `axis` is an axis of X.
    * `layer_normalization_c2`: scale and B broadcast to X.
    * `layer_normalization_c3`: `logical_lanes` are lanes of the axes that are
      normalised, taken as one, and they are not none.

    ```mlir
    %y = gac.layer_normalization %x, %w, %b
        {logical_lanes = #gac.lanes<64 : 0 to 0 by 60>,
         resultSegmentSizes = array<i32: 1, 0, 0>}
        : (tensor<?x64xf32>, tensor<64xf32>, tensor<64xf32>) -> tensor<?x64xf32>
    ```
  }];
  let arguments = (ins GAC_AnyValue:$x, GAC_AnyValue:$scale,
                       Optional<GAC_AnyValue>:$b,
                       GAC_DefaultAttr<I64Attr, "-1">:$axis,
                       GAC_DefaultAttr<F32Attr, "1e-5f">:$epsilon,
                       GAC_DefaultAttr<I64Attr, "1">:$stash_type,
                       OptionalAttr<GAC_LanesAttr>:$logical_lanes);
  let results = (outs GAC_AnyValue:$y, Optional<GAC_AnyValue>:$mean,
                      Optional<GAC_AnyValue>:$inv_std_dev);
  let ownAttribute = "logical_lanes";
  let runtimeSince = 1;
}

def GAC_RMSNormalizationOp : GAC_OnnxOp<"rms_normalization",
    "RMSNormalization", [], 23> {
  let summary = "ONNX RMSNormalization over the axes from `axis` on";
  let description = [{
    x / sqrt(sum(x^2) / count + epsilon) * scale. The count is that of the lanes
    that are summed over, or `logical_count` where some of these are padding
    that growth has added: zeros, which add nothing to the sum.

    * `rms_normalization_c1`: `axis` is an axis of X.
    * `rms_normalization_c2`: scale broadcasts to X.
    * `rms_normalization_c3`: `logical_count` is 1 at least and at most the
      number of lanes.

    ```mlir
    %y = gac.rms_normalization %x, %w {logical_count = 61 : i64}
        : (tensor<?x64xf32>, tensor<64xf32>) -> tensor<?x64xf32>
    ```
  }];
  let arguments = (ins GAC_AnyValue:$x, GAC_AnyValue:$scale,
                       GAC_DefaultAttr<I64Attr, "-1">:$axis,
                       GAC_DefaultAttr<F32Attr, "1e-5f">:$epsilon,
                       GAC_DefaultAttr<I64Attr, "1">:$stash_type,
                       OptionalAttr<I64Attr>:$logical_count);
  let results = (outs GAC_AnyValue:$y);
  let ownAttribute = "logical_count";
}

def GAC_RotaryEmbeddingOp : GAC_OnnxOp<"rotary_embedding", "RotaryEmbedding",
                                       [], 23> {
  let summary = "ONNX RotaryEmbedding, half-split or interleaved, 3-D or 4-D";
  let description = [{
    * `rotary_embedding_c1`: X has rank 3 or 4.
    * `rotary_embedding_c2`: `num_heads` divides the width of a 3-D X.
    * `rotary_embedding_c3`: what is rotated of a head is even and no wider than
      the head.

    The tables may be of a wider type than X, which export does not do.
  }];
  let arguments = (ins GAC_AnyValue:$x, GAC_AnyValue:$cos_cache,
                       GAC_AnyValue:$sin_cache,
                       Optional<GAC_AnyValue>:$position_ids,
                       GAC_DefaultAttr<I64Attr, "0">:$interleaved,
                       GAC_DefaultAttr<I64Attr, "0">:$num_heads,
                       GAC_DefaultAttr<I64Attr, "0">
                           :$rotary_embedding_dim);
  let results = (outs GAC_AnyValue:$y);
}

def GAC_AttentionOp : GAC_OnnxOp<"attention", "Attention",
    [AttrSizedOperandSegments, AttrSizedResultSegments], 23> {
  let summary = "ONNX Attention: scaled dot-product attention, 3-D or 4-D";
  let description = [{
    * `attention_c1`: Q, K and V have rank 3 or 4.
    * `attention_c2`: where they have rank 3, their numbers of heads are given
      and divide their widths.
    * `attention_c3`: the heads of Q and K are equally wide.
    * `attention_c4`: K and V have equally many heads and rows.
    * `attention_c5`: the number of heads of K divides that of Q.
  }];
  let arguments = (ins GAC_AnyValue:$q, GAC_AnyValue:$k, GAC_AnyValue:$v,
                       Optional<GAC_AnyValue>:$attn_mask,
                       Optional<GAC_AnyValue>:$past_key,
                       Optional<GAC_AnyValue>:$past_value,
                       Optional<GAC_AnyValue>:$nonpad_kv_seqlen,
                       GAC_DefaultAttr<I64Attr, "0">:$is_causal,
                       OptionalAttr<I64Attr>:$kv_num_heads,
                       OptionalAttr<I64Attr>:$q_num_heads,
                       GAC_DefaultAttr<I64Attr, "0">
                           :$qk_matmul_output_mode,
                       OptionalAttr<F32Attr>:$scale,
                       GAC_DefaultAttr<F32Attr, "0.0f">:$softcap,
                       OptionalAttr<I64Attr>:$softmax_precision);
  let results = (outs GAC_AnyValue:$y, Optional<GAC_AnyValue>:$present_key,
                      Optional<GAC_AnyValue>:$present_value,
                      Optional<GAC_AnyValue>:$qk_matmul_output);
}

#endif // GAC_DIALECT_GAC_IR_GACNETWORKOPS_TD
