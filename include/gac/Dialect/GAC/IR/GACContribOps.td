//===- GACContribOps.td - ONNX Runtime's own operators -*- tablegen -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What ONNX Runtime's transformer optimiser and model builder fuse into. An op
// that ONNX has under the same name is called `contrib_` here.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_DIALECT_GAC_IR_GACCONTRIBOPS_TD
#define GAC_DIALECT_GAC_IR_GACCONTRIBOPS_TD

include "gac/Dialect/GAC/IR/GACElementwiseOps.td"

/// The version of domain com.microsoft that the ops mirror: there is no other.
defvar GAC_ContribVersion = 1;

class GAC_ContribOp<string mnemonic, string onnxName, list<Trait> traits = []>
    : GAC_OnnxOp<mnemonic, onnxName, traits, GAC_ContribVersion> {
  let domain = "com.microsoft";
  let lastOpset = GAC_ContribVersion;
}

//===----------------------------------------------------------------------===//
// Activations
//===----------------------------------------------------------------------===//

class GAC_ContribElementwiseOp<string mnemonic, string onnxName,
                               string function>
    : GAC_ElementwiseOp<mnemonic, onnxName, function, [GAC_ZeroPreserving],
                        GAC_ContribVersion> {
  let domain = "com.microsoft";
  let lastOpset = GAC_ContribVersion;
}

def GAC_BiasGeluOp : GAC_ContribElementwiseOp<"bias_gelu", "BiasGelu",
    "0.5 * (x + y) * (1.0 + std::erf((x + y) * M_SQRT1_2))"> {
  let summary = "ONNX Runtime's BiasGelu: Gelu of a sum";
  let arguments = (ins GAC_AnyValue:$a, GAC_AnyValue:$b);
}
def GAC_ContribGeluOp : GAC_ContribElementwiseOp<"contrib_gelu", "Gelu",
    "0.5 * x * (1.0 + std::erf(x * M_SQRT1_2))"> {
  let summary = "ONNX Runtime's Gelu";
  let arguments = (ins GAC_AnyValue:$x);
}
def GAC_FastGeluOp : GAC_ContribElementwiseOp<"fast_gelu", "FastGelu",
    "0.5 * (x + y) * (1.0 + std::tanh((x + y) * "
    "(0.797885 + 0.035677 * (x + y) * (x + y))))"> {
  let summary = "ONNX Runtime's FastGelu: Gelu by tanh, of a sum if there is "
                "a bias";
  let arguments = (ins GAC_AnyValue:$x, Optional<GAC_AnyValue>:$bias);
}
def GAC_QuickGeluOp : GAC_ContribElementwiseOp<"quick_gelu", "QuickGelu",
    "x / (1.0 + std::exp(-getAlpha().convertToDouble() * x))"> {
  let summary = "ONNX Runtime's QuickGelu: x * sigmoid(alpha * x)";
  let arguments = (ins GAC_AnyValue:$x,
                       GAC_DefaultAttr<F32Attr, "1.702f">:$alpha);
}

//===----------------------------------------------------------------------===//
// Normalisations
//===----------------------------------------------------------------------===//

def GAC_SimplifiedLayerNormalizationOp
    : GAC_OnnxOp<"simplified_layer_normalization",
                 "SimplifiedLayerNormalization"> {
  let summary = "ONNX Runtime's SimplifiedLayerNormalization: an RMS norm";
  let description = [{
    ONNX Runtime has this operator in ONNX's own domain. `logical_count` is as
    that of `gac.rms_normalization`.

    * `simplified_layer_normalization_c1`: `axis` is an axis of X.
    * `simplified_layer_normalization_c2`: scale broadcasts to X.
    * `simplified_layer_normalization_c3`: `logical_count` is 1 at least and at
      most the number of lanes.
  }];
  let arguments = (ins GAC_AnyValue:$x, GAC_AnyValue:$scale,
                       GAC_DefaultAttr<I64Attr, "-1">:$axis,
                       GAC_DefaultAttr<F32Attr, "1e-5f">:$epsilon,
                       GAC_DefaultAttr<I64Attr, "1">:$stash_type,
                       OptionalAttr<I64Attr>:$logical_count);
  let results = (outs GAC_AnyValue:$y, Optional<GAC_AnyValue>:$inv_std_var);
  let ownAttribute = "logical_count";
}

def GAC_SkipSimplifiedLayerNormalizationOp
    : GAC_ContribOp<"skip_simplified_layer_normalization",
                    "SkipSimplifiedLayerNormalization",
                    [AttrSizedResultSegments]> {
  let summary = "ONNX Runtime's SkipSimplifiedLayerNormalization: an RMS norm "
                "of a sum";
  let description = [{
    The sum of input, skip and bias, `input_skip_bias_sum`, is normalised over
    its last axis. `logical_count` is as that of `gac.rms_normalization`.

    * `skip_norm_c1`: skip and bias broadcast to the input.
    * `skip_norm_c2`: gamma and beta have one entry per lane of the last axis.
    * `skip_norm_c3`: `logical_count` is 1 at least and at most the number of
      lanes.
  }];
  let arguments = (ins GAC_AnyValue:$input, GAC_AnyValue:$skip,
                       GAC_AnyValue:$gamma, Optional<GAC_AnyValue>:$bias,
                       GAC_DefaultAttr<F32Attr, "1e-12f">:$epsilon,
                       OptionalAttr<I64Attr>:$logical_count);
  let results = (outs GAC_AnyValue:$output, Optional<GAC_AnyValue>:$mean,
                      Optional<GAC_AnyValue>:$inv_std_var,
                      Optional<GAC_AnyValue>:$input_skip_bias_sum);
  let ownAttribute = "logical_count";
}

def GAC_SkipLayerNormalizationOp
    : GAC_ContribOp<"skip_layer_normalization", "SkipLayerNormalization",
                    [AttrSizedOperandSegments, AttrSizedResultSegments]> {
  let summary = "ONNX Runtime's SkipLayerNormalization: a layer norm of a sum";
  let description = [{
    The sum of input, skip and bias, `input_skip_bias_sum`, is normalised over
    its last axis. Growth of that axis puts a sum and a
    `gac.layer_normalization` in its place, which can say what lanes count.

    * `skip_norm_c1`: skip and bias broadcast to the input.
    * `skip_norm_c2`: gamma and beta have one entry per lane of the last axis.
  }];
  let arguments = (ins GAC_AnyValue:$input, GAC_AnyValue:$skip,
                       GAC_AnyValue:$gamma, Optional<GAC_AnyValue>:$beta,
                       Optional<GAC_AnyValue>:$bias,
                       GAC_DefaultAttr<F32Attr, "1e-12f">:$epsilon);
  let results = (outs GAC_AnyValue:$output, Optional<GAC_AnyValue>:$mean,
                      Optional<GAC_AnyValue>:$inv_std_var,
                      Optional<GAC_AnyValue>:$input_skip_bias_sum);
}

def GAC_EmbedLayerNormalizationOp
    : GAC_ContribOp<"embed_layer_normalization", "EmbedLayerNormalization",
                    [AttrSizedOperandSegments, AttrSizedResultSegments]> {
  let summary = "ONNX Runtime's EmbedLayerNormalization: a layer norm of a sum "
                "of embeddings";
  let description = [{
    Operands that the operator requires are optional here where one that is
    optional comes before them. Growth of the width puts `gac.gather`s, sums and
    a `gac.layer_normalization` in its place.

    * `embed_norm_c1`: word_embedding, position_embedding, gamma and beta are
      there.
    * `embed_norm_c2`: the tables have rank 2.
    * `embed_norm_c3`: tables, gamma and beta have one width.
    * `embed_norm_c4`: input_ids have rank 2.
  }];
  let arguments = (ins GAC_AnyValue:$input_ids,
                       Optional<GAC_AnyValue>:$segment_ids,
                       Optional<GAC_AnyValue>:$word_embedding,
                       Optional<GAC_AnyValue>:$position_embedding,
                       Optional<GAC_AnyValue>:$segment_embedding,
                       Optional<GAC_AnyValue>:$gamma,
                       Optional<GAC_AnyValue>:$beta,
                       Optional<GAC_AnyValue>:$mask,
                       Optional<GAC_AnyValue>:$position_ids,
                       GAC_DefaultAttr<F32Attr, "1e-12f">:$epsilon,
                       GAC_DefaultAttr<I64Attr, "0">:$mask_index_type);
  let results = (outs GAC_AnyValue:$output, Optional<GAC_AnyValue>:$mask_index,
                      Optional<GAC_AnyValue>:$embedding_sum);
}

//===----------------------------------------------------------------------===//
// Matrix products
//===----------------------------------------------------------------------===//

def GAC_FusedMatMulOp : GAC_ContribOp<"fused_matmul", "FusedMatMul"> {
  let summary = "ONNX Runtime's FusedMatMul: `alpha * op(A) * op(B)`";
  let description = [{
    `transA` swaps the last two axes of A. With `transBatchA` the first axis of
    A comes behind the other batch axes before that. Vectors stay as they are.

    * `matmul_c1`: A and B are no scalars.
    * `matmul_c2`: the last axis of op(A) is as long as the last but one of
      op(B) (its only one if B is a vector).
    * `matmul_c3`: the other axes broadcast.
  }];
  let arguments = (ins GAC_AnyValue:$a, GAC_AnyValue:$b,
                       GAC_DefaultAttr<F32Attr, "1.0f">:$alpha,
                       GAC_DefaultAttr<I64Attr, "0">:$transA,
                       GAC_DefaultAttr<I64Attr, "0">:$transB,
                       GAC_DefaultAttr<I64Attr, "0">:$transBatchA,
                       GAC_DefaultAttr<I64Attr, "0">:$transBatchB);
  let results = (outs GAC_AnyValue:$y);
}

def GAC_FusedGemmOp : GAC_ContribOp<"fused_gemm", "FusedGemm"> {
  let summary = "ONNX Runtime's FusedGemm: an activation of a Gemm";
  let description = [{
    * `gemm_c1` to `gemm_c4`: as `gac.gemm` has them.
  }];
  let arguments = (ins GAC_AnyValue:$a, GAC_AnyValue:$b,
                       Optional<GAC_AnyValue>:$c,
                       OptionalAttr<StrAttr>:$activation,
                       OptionalAttr<F32Attr>:$activation_alpha,
                       OptionalAttr<F32Attr>:$activation_beta,
                       OptionalAttr<F32Attr>:$activation_gamma,
                       GAC_DefaultAttr<F32Attr, "1.0f">:$alpha,
                       GAC_DefaultAttr<F32Attr, "1.0f">:$beta,
                       GAC_DefaultAttr<I64Attr, "0">:$transA,
                       GAC_DefaultAttr<I64Attr, "0">:$transB);
  let results = (outs GAC_AnyValue:$y);
}

def GAC_MatMulNBitsOp : GAC_ContribOp<"matmul_nbits", "MatMulNBits",
                                      [AttrSizedOperandSegments]> {
  let summary = "ONNX Runtime's MatMulNBits: a product with a weight of few "
                "bits";
  let description = [{
    B is N x blocks x bytes: `block_size` entries of K make a block, with a
    scale and a zero point of its own.

    * `matmul_nbits_c1`: A is no scalar, and its last axis is K long.
    * `matmul_nbits_c2`: B has rank 3 and N rows of K / `block_size` blocks.
  }];
  let arguments = (ins GAC_AnyValue:$a, GAC_AnyValue:$b, GAC_AnyValue:$scales,
                       Optional<GAC_AnyValue>:$zero_points,
                       Optional<GAC_AnyValue>:$g_idx,
                       Optional<GAC_AnyValue>:$bias,
                       I64Attr:$K, I64Attr:$N,
                       GAC_DefaultAttr<I64Attr, "0">:$accuracy_level,
                       GAC_DefaultAttr<I64Attr, "4">:$bits,
                       I64Attr:$block_size,
                       GAC_DefaultAttr<I64Attr, "0">:$weight_prepacked);
  let results = (outs GAC_AnyValue:$y);
}

def GAC_FusedConvOp : GAC_ContribOp<"fused_conv", "FusedConv",
                                    [AttrSizedOperandSegments]> {
  let summary = "ONNX Runtime's FusedConv: an activation of a convolution, and "
                "of a tensor that is added to it";
  let description = [{
    * `conv_c1` to `conv_c8`: as `gac.conv` has them.
    * `fused_conv_c1`: Z has the shape of the result.
  }];
  let arguments = (ins GAC_AnyValue:$x, GAC_AnyValue:$w,
                       Optional<GAC_AnyValue>:$b, Optional<GAC_AnyValue>:$z,
                       OptionalAttr<StrAttr>:$activation,
                       OptionalAttr<DenseF32ArrayAttr>:$activation_params,
                       GAC_DefaultAttr<StrAttr, "\"NOTSET\"">
                           :$auto_pad,
                       OptionalAttr<DenseI64ArrayAttr>:$dilations,
                       GAC_DefaultAttr<I64Attr, "1">:$group,
                       OptionalAttr<DenseI64ArrayAttr>:$kernel_shape,
                       OptionalAttr<DenseI64ArrayAttr>:$pads,
                       OptionalAttr<DenseI64ArrayAttr>:$strides);
  let results = (outs GAC_AnyValue:$y);
}

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

def GAC_ContribRotaryEmbeddingOp
    : GAC_ContribOp<"contrib_rotary_embedding", "RotaryEmbedding"> {
  let summary = "ONNX Runtime's RotaryEmbedding, half-split or interleaved";
  let description = [{
    * `contrib_rotary_embedding_c1`: the input has rank 3 or 4.
    * `contrib_rotary_embedding_c2`: the tables have rank 2.
  }];
  let arguments = (ins GAC_AnyValue:$input, GAC_AnyValue:$position_ids,
                       GAC_AnyValue:$cos_cache, GAC_AnyValue:$sin_cache,
                       GAC_DefaultAttr<I64Attr, "0">:$interleaved,
                       GAC_DefaultAttr<I64Attr, "0">:$is_packed_batching,
                       GAC_DefaultAttr<I64Attr, "0">:$num_heads,
                       GAC_DefaultAttr<I64Attr, "0">:$rotary_embedding_dim,
                       GAC_DefaultAttr<F32Attr, "1.0f">:$scale);
  let results = (outs GAC_AnyValue:$output);
}

def GAC_ContribAttentionOp
    : GAC_ContribOp<"contrib_attention", "Attention",
                    [AttrSizedOperandSegments]> {
  let summary = "ONNX Runtime's Attention: projection to Q, K and V by one "
                "packed weight, and attention";
  let description = [{
    * `contrib_attention_c1`: the input has rank 3, weights rank 2 and bias
      rank 1.
    * `contrib_attention_c2`: the last axis of the input is as long as axis 0 of
      weights.
    * `contrib_attention_c3`: bias has one entry per column of weights.
    * `contrib_attention_c4`: the columns are the `qkv_hidden_sizes`, or three
      equal parts; `num_heads` divides each.
  }];
  let arguments = (ins GAC_AnyValue:$input, GAC_AnyValue:$weights,
                       Optional<GAC_AnyValue>:$bias,
                       Optional<GAC_AnyValue>:$mask_index,
                       Optional<GAC_AnyValue>:$past,
                       Optional<GAC_AnyValue>:$attention_bias,
                       Optional<GAC_AnyValue>:$past_sequence_length,
                       GAC_DefaultAttr<I64Attr, "0">:$do_rotary,
                       GAC_DefaultAttr<F32Attr, "-10000.0f">
                           :$mask_filter_value,
                       I64Attr:$num_heads,
                       GAC_DefaultAttr<I64Attr, "0">
                           :$past_present_share_buffer,
                       OptionalAttr<DenseI64ArrayAttr>:$qkv_hidden_sizes,
                       OptionalAttr<I64Attr>:$rotary_embedding_dim,
                       OptionalAttr<F32Attr>:$scale,
                       GAC_DefaultAttr<I64Attr, "0">:$unidirectional);
  let results = (outs GAC_AnyValue:$output, Optional<GAC_AnyValue>:$present);
  let moreClassDeclaration = [{
    /// How many of `columns` are Q's, K's and V's; nothing where they are no
    /// such parts, or heads do not divide them.
    std::optional<std::array<int64_t, 3>> getHiddenSizes(int64_t columns);
  }];
}

def GAC_MultiHeadAttentionOp
    : GAC_ContribOp<"multi_head_attention", "MultiHeadAttention",
                    [AttrSizedOperandSegments, AttrSizedResultSegments]> {
  let summary = "ONNX Runtime's MultiHeadAttention";
  let description = [{
    Q, K and V are three tensors of rank 3; or query (rank 5: batch, rows,
    heads, 3, width) is all of them; or key (rank 5, 2 on axis 3) is K and V; or
    K and V have rank 4 (batch, heads, rows, width).

    * `multi_head_attention_c1`: query has rank 3 or 5, key and value rank 3, 4
      or 5.
    * `multi_head_attention_c2`: `num_heads` divides the widths of what has rank
      3.
    * `multi_head_attention_c3`: bias has one entry per column of Q, K and V.
  }];
  let arguments = (ins GAC_AnyValue:$query, Optional<GAC_AnyValue>:$key,
                       Optional<GAC_AnyValue>:$value,
                       Optional<GAC_AnyValue>:$bias,
                       Optional<GAC_AnyValue>:$key_padding_mask,
                       Optional<GAC_AnyValue>:$attention_bias,
                       Optional<GAC_AnyValue>:$past_key,
                       Optional<GAC_AnyValue>:$past_value,
                       Optional<GAC_AnyValue>:$past_sequence_length,
                       Optional<GAC_AnyValue>:$cache_indirection,
                       GAC_DefaultAttr<F32Attr, "-10000.0f">
                           :$mask_filter_value,
                       I64Attr:$num_heads, OptionalAttr<F32Attr>:$scale,
                       GAC_DefaultAttr<I64Attr, "0">:$unidirectional);
  let results = (outs GAC_AnyValue:$output, Optional<GAC_AnyValue>:$present_key,
                      Optional<GAC_AnyValue>:$present_value,
                      Optional<GAC_AnyValue>:$qk);
}

def GAC_GroupQueryAttentionOp
    : GAC_ContribOp<"group_query_attention", "GroupQueryAttention",
                    [AttrSizedOperandSegments, AttrSizedResultSegments]> {
  let summary = "ONNX Runtime's GroupQueryAttention: causal attention over a "
                "cache, whose heads serve several of Q's";
  let description = [{
    Without key and value, query holds all three beside each other. Operands
    that the operator requires are optional here where one that is optional
    comes before them.

    * `group_query_attention_c1`: query has rank 3, and so have key and value.
    * `group_query_attention_c2`: `num_heads` and `kv_num_heads` are positive,
      the one a multiple of the other, and divide the widths.
  }];
  let arguments = (ins GAC_AnyValue:$query, Optional<GAC_AnyValue>:$key,
                       Optional<GAC_AnyValue>:$value,
                       Optional<GAC_AnyValue>:$past_key,
                       Optional<GAC_AnyValue>:$past_value,
                       Optional<GAC_AnyValue>:$seqlens_k,
                       Optional<GAC_AnyValue>:$total_sequence_length,
                       Optional<GAC_AnyValue>:$cos_cache,
                       Optional<GAC_AnyValue>:$sin_cache,
                       Optional<GAC_AnyValue>:$position_ids,
                       Optional<GAC_AnyValue>:$attention_bias,
                       Optional<GAC_AnyValue>:$head_sink,
                       Optional<GAC_AnyValue>:$k_scale,
                       Optional<GAC_AnyValue>:$v_scale,
                       Optional<GAC_AnyValue>:$q_norm_weight,
                       Optional<GAC_AnyValue>:$k_norm_weight,
                       GAC_DefaultAttr<I64Attr, "1">:$causal,
                       GAC_DefaultAttr<I64Attr, "0">:$do_rotary,
                       GAC_DefaultAttr<StrAttr, "\"NONE\"">:$k_quant_type,
                       OptionalAttr<I64Attr>:$kv_cache_bit_width,
                       I64Attr:$kv_num_heads,
                       GAC_DefaultAttr<I64Attr, "-1">:$local_window_size,
                       I64Attr:$num_heads,
                       GAC_DefaultAttr<F32Attr, "1e-6f">:$qk_norm_epsilon,
                       GAC_DefaultAttr<I64Attr, "0">:$qk_output,
                       GAC_DefaultAttr<I64Attr, "0">:$rotary_interleaved,
                       OptionalAttr<F32Attr>:$scale,
                       GAC_DefaultAttr<I64Attr, "0">:$sliding_window_cache,
                       GAC_DefaultAttr<I64Attr, "-1">:$smooth_softmax,
                       GAC_DefaultAttr<F32Attr, "0.0f">:$softcap,
                       GAC_DefaultAttr<StrAttr, "\"NONE\"">:$v_quant_type);
  let results = (outs GAC_AnyValue:$output, Optional<GAC_AnyValue>:$present_key,
                      Optional<GAC_AnyValue>:$present_value,
                      Optional<GAC_AnyValue>:$output_qk);
}

//===----------------------------------------------------------------------===//
// Positions
//===----------------------------------------------------------------------===//

def GAC_RelativePositionBiasOp
    : GAC_ContribOp<"relative_position_bias", "RelativePositionBias"> {
  let summary = "ONNX Runtime's RelativePositionBias: one bias per head of the "
                "bucket of each distance";
  let description = [{
    * `relative_position_bias_c1`: bias_table has rank 2, buckets by heads.
  }];
  let arguments = (ins GAC_AnyValue:$bias_table, GAC_AnyValue:$query_length,
                       GAC_AnyValue:$key_length, I64Attr:$max_distance,
                       GAC_DefaultAttr<I64Attr, "0">:$is_bidirectional);
}

#endif // GAC_DIALECT_GAC_IR_GACCONTRIBOPS_TD
