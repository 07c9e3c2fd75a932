// RUN: gac-opt %s --split-input-file --verify-diagnostics

// Constraints of ONNX Runtime's own operators.

// simplified_layer_normalization_c1
func.func @simplified_layer_normalization_c1(%x: tensor<2x3xf32>, %s: tensor<3xf32>) {
  // expected-error @+1 {{'gac.simplified_layer_normalization' op axis 2 is none of the 2 axes [simplified_layer_normalization_c1]}}
  %0 = gac.simplified_layer_normalization %x, %s {axis = 2 : i64} : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  return
}

// -----

// simplified_layer_normalization_c2
func.func @simplified_layer_normalization_c2(%x: tensor<2x3xf32>, %s: tensor<4xf32>) {
  // expected-error @+1 {{'gac.simplified_layer_normalization' op scale of shape 4 does not broadcast to X's 2x3 [simplified_layer_normalization_c2]}}
  %0 = gac.simplified_layer_normalization %x, %s : (tensor<2x3xf32>, tensor<4xf32>) -> tensor<2x3xf32>
  return
}

// -----

// simplified_layer_normalization_c3
func.func @simplified_layer_normalization_c3(%x: tensor<2x3xf32>, %s: tensor<3xf32>) {
  // expected-error @+1 {{'gac.simplified_layer_normalization' op logical_count is 4 of 3 lanes [simplified_layer_normalization_c3]}}
  %0 = gac.simplified_layer_normalization %x, %s {logical_count = 4 : i64} : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  return
}

// -----

// skip_norm_c1
func.func @skip_norm_c1(%x: tensor<2x3xf32>, %s: tensor<5x3xf32>, %g: tensor<3xf32>) {
  // expected-error @+1 {{'gac.skip_simplified_layer_normalization' op skip of shape 5x3 does not broadcast to the input's 2x3 [skip_norm_c1]}}
  %0 = gac.skip_simplified_layer_normalization %x, %s, %g {resultSegmentSizes = array<i32: 1, 0, 0, 0>} : (tensor<2x3xf32>, tensor<5x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  return
}

// -----

// skip_norm_c2
func.func @skip_norm_c2(%x: tensor<2x3xf32>, %g: tensor<3xf32>, %b: tensor<4xf32>) {
  // expected-error @+1 {{'gac.skip_layer_normalization' op beta has shape 4, but the last axis is 3 long [skip_norm_c2]}}
  %0 = gac.skip_layer_normalization %x, %x, %g, %b {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0>, resultSegmentSizes = array<i32: 1, 0, 0, 0>} : (tensor<2x3xf32>, tensor<2x3xf32>, tensor<3xf32>, tensor<4xf32>) -> tensor<2x3xf32>
  return
}

// -----

// skip_norm_c3
func.func @skip_norm_c3(%x: tensor<2x3xf32>, %g: tensor<3xf32>) {
  // expected-error @+1 {{'gac.skip_simplified_layer_normalization' op logical_count is 0 of 3 lanes [skip_norm_c3]}}
  %0 = gac.skip_simplified_layer_normalization %x, %x, %g {logical_count = 0 : i64, resultSegmentSizes = array<i32: 1, 0, 0, 0>} : (tensor<2x3xf32>, tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  return
}

// -----

// embed_norm_c1
func.func @embed_norm_c1(%i: tensor<2x5xi32>, %w: tensor<7x8xf32>, %g: tensor<8xf32>) {
  // expected-error @+1 {{'gac.embed_layer_normalization' op beta is absent [embed_norm_c1]}}
  %0 = gac.embed_layer_normalization %i, %w, %w, %g {operandSegmentSizes = array<i32: 1, 0, 1, 1, 0, 1, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0>} : (tensor<2x5xi32>, tensor<7x8xf32>, tensor<7x8xf32>, tensor<8xf32>) -> tensor<2x5x8xf32>
  return
}

// -----

// embed_norm_c2
func.func @embed_norm_c2(%i: tensor<2x5xi32>, %w: tensor<7x8xf32>, %p: tensor<1x7x8xf32>, %g: tensor<8xf32>) {
  // expected-error @+1 {{'gac.embed_layer_normalization' op position_embedding has rank 3, not 2 [embed_norm_c2]}}
  %0 = gac.embed_layer_normalization %i, %w, %p, %g, %g {operandSegmentSizes = array<i32: 1, 0, 1, 1, 0, 1, 1, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0>} : (tensor<2x5xi32>, tensor<7x8xf32>, tensor<1x7x8xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<2x5x8xf32>
  return
}

// -----

// embed_norm_c3
func.func @embed_norm_c3(%i: tensor<2x5xi32>, %w: tensor<7x8xf32>, %p: tensor<7x9xf32>, %g: tensor<8xf32>) {
  // expected-error @+1 {{'gac.embed_layer_normalization' op position_embedding has shape 7x9, the ones before it a width of 8 [embed_norm_c3]}}
  %0 = gac.embed_layer_normalization %i, %w, %p, %g, %g {operandSegmentSizes = array<i32: 1, 0, 1, 1, 0, 1, 1, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0>} : (tensor<2x5xi32>, tensor<7x8xf32>, tensor<7x9xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<2x5x8xf32>
  return
}

// -----

// embed_norm_c4
func.func @embed_norm_c4(%i: tensor<5xi32>, %w: tensor<7x8xf32>, %g: tensor<8xf32>) {
  // expected-error @+1 {{'gac.embed_layer_normalization' op input_ids has rank 1, not 2 [embed_norm_c4]}}
  %0 = gac.embed_layer_normalization %i, %w, %w, %g, %g {operandSegmentSizes = array<i32: 1, 0, 1, 1, 0, 1, 1, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0>} : (tensor<5xi32>, tensor<7x8xf32>, tensor<7x8xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<*xf32>
  return
}

// -----

// gemm_c3
func.func @fused_gemm_c3(%a: tensor<2x3xf32>, %b: tensor<4x5xf32>) {
  // expected-error @+1 {{[gemm_c3]}}
  %0 = gac.fused_gemm %a, %b {transB = 1 : i64} : (tensor<2x3xf32>, tensor<4x5xf32>) -> tensor<*xf32>
  return
}

// -----

// matmul_c2
func.func @fused_matmul_c2(%a: tensor<2x3xf32>, %b: tensor<4x5xf32>) {
  // expected-error @+1 {{'gac.fused_matmul' op op(A) has size 3 on its last axis, but op(B) has size 5 on the axis that it meets [matmul_c2]}}
  %0 = gac.fused_matmul %a, %b {transB = 1 : i64} : (tensor<2x3xf32>, tensor<4x5xf32>) -> tensor<*xf32>
  return
}

// -----

// matmul_nbits_c1
func.func @matmul_nbits_c1(%a: tensor<2x32xf32>, %b: tensor<7x2x16xui8>, %s: tensor<7x2xf32>) {
  // expected-error @+1 {{'gac.matmul_nbits' op A has shape 2x32, but K is 64 [matmul_nbits_c1]}}
  %0 = gac.matmul_nbits %a, %b, %s {K = 64 : i64, N = 7 : i64, block_size = 32 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>} : (tensor<2x32xf32>, tensor<7x2x16xui8>, tensor<7x2xf32>) -> tensor<2x7xf32>
  return
}

// -----

// matmul_nbits_c2
func.func @matmul_nbits_c2(%a: tensor<2x64xf32>, %b: tensor<7x3x16xui8>, %s: tensor<7x3xf32>) {
  // expected-error @+1 {{'gac.matmul_nbits' op B has shape 7x3x16, but N is 7, K 64 and block_size 32 [matmul_nbits_c2]}}
  %0 = gac.matmul_nbits %a, %b, %s {K = 64 : i64, N = 7 : i64, block_size = 32 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>} : (tensor<2x64xf32>, tensor<7x3x16xui8>, tensor<7x3xf32>) -> tensor<2x7xf32>
  return
}

// -----

// contrib_rotary_embedding_c1
func.func @contrib_rotary_embedding_c1(%x: tensor<5x8xf32>, %i: tensor<1xi64>, %c: tensor<9x4xf32>) {
  // expected-error @+1 {{'gac.contrib_rotary_embedding' op the input has rank 2, not 3 or 4 [contrib_rotary_embedding_c1]}}
  %0 = gac.contrib_rotary_embedding %x, %i, %c, %c : (tensor<5x8xf32>, tensor<1xi64>, tensor<9x4xf32>, tensor<9x4xf32>) -> tensor<5x8xf32>
  return
}

// -----

// contrib_rotary_embedding_c2
func.func @contrib_rotary_embedding_c2(%x: tensor<1x5x8xf32>, %i: tensor<1xi64>, %c: tensor<1x9x4xf32>) {
  // expected-error @+1 {{'gac.contrib_rotary_embedding' op cos_cache has rank 3, not 2 [contrib_rotary_embedding_c2]}}
  %0 = gac.contrib_rotary_embedding %x, %i, %c, %c : (tensor<1x5x8xf32>, tensor<1xi64>, tensor<1x9x4xf32>, tensor<1x9x4xf32>) -> tensor<1x5x8xf32>
  return
}

// -----

// contrib_attention_c1
func.func @contrib_attention_c1(%x: tensor<5x8xf32>, %w: tensor<8x24xf32>) {
  // expected-error @+1 {{'gac.contrib_attention' op the input has rank 2, not 3 [contrib_attention_c1]}}
  %0 = gac.contrib_attention %x, %w {num_heads = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0>} : (tensor<5x8xf32>, tensor<8x24xf32>) -> tensor<*xf32>
  return
}

// -----

// contrib_attention_c2
func.func @contrib_attention_c2(%x: tensor<1x5x8xf32>, %w: tensor<7x24xf32>) {
  // expected-error @+1 {{'gac.contrib_attention' op the input is 8 wide, but weights have 7 rows [contrib_attention_c2]}}
  %0 = gac.contrib_attention %x, %w {num_heads = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0>} : (tensor<1x5x8xf32>, tensor<7x24xf32>) -> tensor<*xf32>
  return
}

// -----

// contrib_attention_c3
func.func @contrib_attention_c3(%x: tensor<1x5x8xf32>, %w: tensor<8x24xf32>, %b: tensor<23xf32>) {
  // expected-error @+1 {{'gac.contrib_attention' op bias has 23 entries, but weights have 24 columns [contrib_attention_c3]}}
  %0 = gac.contrib_attention %x, %w, %b {num_heads = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>} : (tensor<1x5x8xf32>, tensor<8x24xf32>, tensor<23xf32>) -> tensor<*xf32>
  return
}

// -----

// contrib_attention_c4
func.func @contrib_attention_c4(%x: tensor<1x5x8xf32>, %w: tensor<8x27xf32>) {
  // expected-error @+1 {{'gac.contrib_attention' op 27 columns are no Q, K and V of 2 heads as the sizes say [contrib_attention_c4]}}
  %0 = gac.contrib_attention %x, %w {num_heads = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0>} : (tensor<1x5x8xf32>, tensor<8x27xf32>) -> tensor<*xf32>
  return
}

// -----

// multi_head_attention_c1
func.func @multi_head_attention_c1(%q: tensor<1x2x5x8xf32>) {
  // expected-error @+1 {{'gac.multi_head_attention' op query has rank 4 [multi_head_attention_c1]}}
  %0 = gac.multi_head_attention %q {num_heads = 2 : i64, operandSegmentSizes = array<i32: 1, 0, 0, 0, 0, 0, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0, 0>} : (tensor<1x2x5x8xf32>) -> tensor<*xf32>
  return
}

// -----

// multi_head_attention_c2
func.func @multi_head_attention_c2(%q: tensor<1x5x8xf32>) {
  // expected-error @+1 {{'gac.multi_head_attention' op query has width 8, which 3 heads do not divide [multi_head_attention_c2]}}
  %0 = gac.multi_head_attention %q, %q, %q {num_heads = 3 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0, 0>} : (tensor<1x5x8xf32>, tensor<1x5x8xf32>, tensor<1x5x8xf32>) -> tensor<1x5x8xf32>
  return
}

// -----

// multi_head_attention_c3
func.func @multi_head_attention_c3(%q: tensor<1x5x8xf32>, %b: tensor<23xf32>) {
  // expected-error @+1 {{'gac.multi_head_attention' op bias has shape 23, but Q, K and V have 24 columns [multi_head_attention_c3]}}
  %0 = gac.multi_head_attention %q, %q, %q, %b {num_heads = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0, 0>} : (tensor<1x5x8xf32>, tensor<1x5x8xf32>, tensor<1x5x8xf32>, tensor<23xf32>) -> tensor<1x5x8xf32>
  return
}

// -----

// group_query_attention_c1
func.func @group_query_attention_c1(%q: tensor<1x5x8xf32>, %k: tensor<5x4xf32>, %l: tensor<1xi32>) {
  // expected-error @+1 {{'gac.group_query_attention' op key has rank 2, not 3 [group_query_attention_c1]}}
  %0 = gac.group_query_attention %q, %k, %k, %l, %l {kv_num_heads = 2 : i64, num_heads = 4 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0, 0>} : (tensor<1x5x8xf32>, tensor<5x4xf32>, tensor<5x4xf32>, tensor<1xi32>, tensor<1xi32>) -> tensor<1x5x8xf32>
  return
}

// -----

// group_query_attention_c2
func.func @group_query_attention_c2(%q: tensor<1x5x8xf32>, %l: tensor<1xi32>) {
  // expected-error @+1 {{'gac.group_query_attention' op 4 heads and 3 of K and V do not share 8 columns [group_query_attention_c2]}}
  %0 = gac.group_query_attention %q, %q, %q, %l, %l {kv_num_heads = 3 : i64, num_heads = 4 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0, 0>} : (tensor<1x5x8xf32>, tensor<1x5x8xf32>, tensor<1x5x8xf32>, tensor<1xi32>, tensor<1xi32>) -> tensor<1x5x8xf32>
  return
}

// -----

// relative_position_bias_c1
func.func @relative_position_bias_c1(%t: tensor<8xf32>, %n: tensor<1xi64>) {
  // expected-error @+1 {{'gac.relative_position_bias' op bias_table has rank 1, not 2 [relative_position_bias_c1]}}
  %0 = gac.relative_position_bias %t, %n, %n {max_distance = 4 : i64} : (tensor<8xf32>, tensor<1xi64>, tensor<1xi64>) -> tensor<1x?x?x?xf32>
  return
}
