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
    * `instance_normalization_c1`: X has rank 3 or more.
    * `instance_normalization_c2`: scale and B have one entry per channel of X,
      axis 1.
  }];
  let arguments = (ins GAC_AnyValue:$x, GAC_AnyValue:$scale, GAC_AnyValue:$b,
                       GAC_DefaultAttr<F32Attr, "1e-5f">:$epsilon);
  let results = (outs GAC_AnyValue:$y);
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
    * `layer_normalization_c3`: `logical_lanes` are lanes of the last axis, the
      only one that is normalised, and they are not none.

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
