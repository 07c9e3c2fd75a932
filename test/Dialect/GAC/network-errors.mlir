// RUN: gac-opt %s --verify-diagnostics --split-input-file


// elementwise_c1
func.func @elementwise_c1(%x: tensor<2x3xf32>, %y: tensor<2xf32>) {
  // expected-error @+1 {{'gac.add' op shapes 2x3 and 2 do not broadcast: 3 is not 2 [elementwise_c1]}}
  %0 = gac.add %x, %y : (tensor<2x3xf32>, tensor<2xf32>) -> tensor<2x3xf32>
  return
}

// -----

// result_c1
func.func @result_c1(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{'gac.equal' op result 0 has elements of type f32, expected i1 [result_c1]}}
  %0 = gac.equal %x, %x : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

// result_c2
func.func @result_c2(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{'gac.exp' op result 0 has rank 1, expected 2 [result_c2]}}
  %0 = gac.exp %x : (tensor<2x3xf32>) -> tensor<6xf32>
  return
}

// -----

// result_c3
func.func @result_c3(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{'gac.exp' op result 0 has size 4 on axis 1, expected 3 [result_c3]}}
  %0 = gac.exp %x : (tensor<2x3xf32>) -> tensor<2x4xf32>
  return
}

// -----

// matmul_c1
func.func @matmul_c1(%x: tensor<2x3xf32>, %y: tensor<f32>) {
  // expected-error @+1 {{'gac.matmul' op B is a scalar [matmul_c1]}}
  %0 = gac.matmul %x, %y : (tensor<2x3xf32>, tensor<f32>) -> tensor<2x3xf32>
  return
}

// -----

// matmul_c2
func.func @matmul_c2(%x: tensor<2x3xf32>, %y: tensor<7x4x5xf32>) {
  // expected-error @+1 {{'gac.matmul' op A has size 3 on its last axis, but B has size 4 on axis 1 [matmul_c2]}}
  %0 = gac.matmul %x, %y : (tensor<2x3xf32>, tensor<7x4x5xf32>) -> tensor<7x2x5xf32>
  return
}

// -----

// matmul_c3
func.func @matmul_c3(%x: tensor<6x2x3xf32>, %y: tensor<7x3x5xf32>) {
  // expected-error @+1 {{'gac.matmul' op shapes 6 and 7 do not broadcast: 6 is not 7 [matmul_c3]}}
  %0 = gac.matmul %x, %y : (tensor<6x2x3xf32>, tensor<7x3x5xf32>) -> tensor<7x2x5xf32>
  return
}

// -----

// gemm_c1
func.func @gemm_c1(%x: tensor<1x2x3xf32>, %y: tensor<3x5xf32>) {
  // expected-error @+1 {{'gac.gemm' op A has rank 3, not 2 [gemm_c1]}}
  %0 = gac.gemm %x, %y : (tensor<1x2x3xf32>, tensor<3x5xf32>) -> tensor<2x5xf32>
  return
}

// -----

// gemm_c2
func.func @gemm_c2(%x: tensor<2x3xf32>, %y: tensor<3xf32>) {
  // expected-error @+1 {{'gac.gemm' op B has rank 1, not 2 [gemm_c2]}}
  %0 = gac.gemm %x, %y : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x5xf32>
  return
}

// -----

// gemm_c3
func.func @gemm_c3(%x: tensor<2x3xf32>, %y: tensor<4x5xf32>) {
  // expected-error @+1 {{'gac.gemm' op A has size 2 on axis 0, but B has size 5 on axis 1 [gemm_c3]}}
  %0 = gac.gemm %x, %y {transA = 1 : i64, transB = 1 : i64} : (tensor<2x3xf32>, tensor<4x5xf32>) -> tensor<3x4xf32>
  return
}

// -----

// gemm_c4
func.func @gemm_c4(%x: tensor<2x3xf32>, %y: tensor<3x1xf32>, %c: tensor<5xf32>) {
  // expected-error @+1 {{'gac.gemm' op C of shape 5 does not broadcast to the product's 2x1 [gemm_c4]}}
  %0 = gac.gemm %x, %y, %c : (tensor<2x3xf32>, tensor<3x1xf32>, tensor<5xf32>) -> tensor<2x1xf32>
  return
}

// -----

// conv_c1
func.func @conv_c1(%x: tensor<2x3xf32>, %w: tensor<2x3xf32>) {
  // expected-error @+1 {{'gac.conv' op X has rank 2, not 3 or more [conv_c1]}}
  %0 = gac.conv %x, %w : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<*xf32>
  return
}

// -----

// conv_c2
func.func @conv_c2(%x: tensor<1x3x8x8xf32>, %w: tensor<4x3x3xf32>) {
  // expected-error @+1 {{'gac.conv' op X has rank 4, but W has 3 [conv_c2]}}
  %0 = gac.conv %x, %w : (tensor<1x3x8x8xf32>, tensor<4x3x3xf32>) -> tensor<*xf32>
  return
}

// -----

// conv_c3
func.func @conv_c3(%x: tensor<1x3x8x8xf32>, %w: tensor<4x3x3x3xf32>) {
  // expected-error @+1 {{'gac.conv' op group is 0 [conv_c3]}}
  %0 = gac.conv %x, %w {group = 0 : i64} : (tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32>) -> tensor<*xf32>
  return
}

// -----

// conv_c4
func.func @conv_c4(%x: tensor<1x3x8x8xf32>, %w: tensor<4x3x3x3xf32>) {
  // expected-error @+1 {{'gac.conv' op X has 3 channels, but 2 groups of W's 3 are 6 [conv_c4]}}
  %0 = gac.conv %x, %w {group = 2 : i64} : (tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32>) -> tensor<*xf32>
  return
}

// -----

// conv_c5
func.func @conv_c5(%x: tensor<1x6x8x8xf32>, %w: tensor<5x3x3x3xf32>) {
  // expected-error @+1 {{'gac.conv' op W has 5 filters, which 2 does not divide [conv_c5]}}
  %0 = gac.conv %x, %w {group = 2 : i64} : (tensor<1x6x8x8xf32>, tensor<5x3x3x3xf32>) -> tensor<*xf32>
  return
}

// -----

// conv_c6
func.func @conv_c6(%x: tensor<1x3x8x8xf32>, %w: tensor<4x3x3x3xf32>, %b: tensor<3xf32>) {
  // expected-error @+1 {{'gac.conv' op the bias has shape 3, but W has 4 filters [conv_c6]}}
  %0 = gac.conv %x, %w, %b : (tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32>, tensor<3xf32>) -> tensor<*xf32>
  return
}

// -----

// conv_c7
func.func @conv_c7(%x: tensor<1x3x8x8xf32>, %w: tensor<4x3x3x3xf32>) {
  // expected-error @+1 {{'gac.conv' op kernel_shape is 3x5, but W's is 3x3 [conv_c7]}}
  %0 = gac.conv %x, %w {kernel_shape = array<i64: 3, 5>} : (tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32>) -> tensor<*xf32>
  return
}

// -----

// conv_c8
func.func @conv_c8(%x: tensor<1x3x8x8xf32>, %w: tensor<4x3x3x3xf32>) {
  // expected-error @+1 {{'gac.conv' op a window of 3 with dilation 4 does not fit on spatial axis 1 of size 8 [conv_c8]}}
  %0 = gac.conv %x, %w {dilations = array<i64: 1, 4>} : (tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32>) -> tensor<*xf32>
  return
}

// -----

// pool_c1
func.func @pool_c1(%x: tensor<1x3x8x8xf32>) {
  // expected-error @+1 {{'gac.max_pool' op X has rank 4, but kernel_shape 1 entries [pool_c1]}}
  %0 = gac.max_pool %x {kernel_shape = array<i64: 2>} : (tensor<1x3x8x8xf32>) -> tensor<*xf32>
  return
}

// -----

// pool_c2
func.func @pool_c2(%x: tensor<1x3x8x8xf32>) {
  // expected-error @+1 {{'gac.average_pool' op there are 1 strides for 2 spatial axes [pool_c2]}}
  %0 = gac.average_pool %x {kernel_shape = array<i64: 2, 2>, strides = array<i64: 2>} : (tensor<1x3x8x8xf32>) -> tensor<*xf32>
  return
}

// -----

// global_pool_c1
func.func @global_pool_c1(%x: tensor<3xf32>) {
  // expected-error @+1 {{'gac.global_average_pool' op X has rank 1, not 2 or more [global_pool_c1]}}
  %0 = gac.global_average_pool %x : (tensor<3xf32>) -> tensor<3xf32>
  return
}

// -----

// batch_normalization_c1
func.func @batch_normalization_c1(%x: tensor<1x3x8xf32>, %s: tensor<3x1xf32>, %m: tensor<3xf32>) {
  // expected-error @+1 {{'gac.batch_normalization' op scale has rank 2, not 1 [batch_normalization_c1]}}
  %0 = gac.batch_normalization %x, %s, %m, %m, %m {resultSegmentSizes = array<i32: 1, 0, 0, 0, 0>} : (tensor<1x3x8xf32>, tensor<3x1xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<1x3x8xf32>
  return
}

// -----

// batch_normalization_c2
func.func @batch_normalization_c2(%x: tensor<1x3x8xf32>, %s: tensor<3xf32>, %m: tensor<4xf32>) {
  // expected-error @+1 {{'gac.batch_normalization' op input_mean has size 4, but X has 3 channels [batch_normalization_c2]}}
  %0 = gac.batch_normalization %x, %s, %s, %m, %s {resultSegmentSizes = array<i32: 1, 0, 0, 0, 0>} : (tensor<1x3x8xf32>, tensor<3xf32>, tensor<3xf32>, tensor<4xf32>, tensor<3xf32>) -> tensor<1x3x8xf32>
  return
}

// -----

// layer_normalization_c1
func.func @layer_normalization_c1(%x: tensor<2x3xf32>, %s: tensor<3xf32>) {
  // expected-error @+1 {{'gac.layer_normalization' op axis 2 is none of the 2 axes [layer_normalization_c1]}}
  %0 = gac.layer_normalization %x, %s {axis = 2 : i64, resultSegmentSizes = array<i32: 1, 0, 0>} : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  return
}

// -----

// layer_normalization_c2
func.func @layer_normalization_c2(%x: tensor<2x3xf32>, %s: tensor<3xf32>, %b: tensor<4xf32>) {
  // expected-error @+1 {{'gac.layer_normalization' op B of shape 4 does not broadcast to X's 2x3 [layer_normalization_c2]}}
  %0 = gac.layer_normalization %x, %s, %b {resultSegmentSizes = array<i32: 1, 0, 0>} : (tensor<2x3xf32>, tensor<3xf32>, tensor<4xf32>) -> tensor<2x3xf32>
  return
}

// -----

// layer_normalization_c3
func.func @layer_normalization_c3(%x: tensor<2x3xf32>, %s: tensor<3xf32>) {
  // expected-error @+1 {{'gac.layer_normalization' op logical_lanes are of 4 lanes, and X has 3 [layer_normalization_c3]}}
  %0 = gac.layer_normalization %x, %s {logical_lanes = #gac.lanes<4 : 0 to 0 by 2>, resultSegmentSizes = array<i32: 1, 0, 0>} : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  return
}

// -----

// layer_normalization_c3
func.func @layer_normalization_c3_none(%x: tensor<2x3xf32>, %s: tensor<3xf32>) {
  // expected-error @+1 {{'gac.layer_normalization' op logical_lanes are none [layer_normalization_c3]}}
  %0 = gac.layer_normalization %x, %s {logical_lanes = #gac.lanes<3>, resultSegmentSizes = array<i32: 1, 0, 0>} : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  return
}

// -----

// layer_normalization_c3
func.func @layer_normalization_c3_axes(%x: tensor<2x3xf32>, %s: tensor<3xf32>) {
  // expected-error @+1 {{'gac.layer_normalization' op logical_lanes are of 3 lanes, and X has 6 [layer_normalization_c3]}}
  %0 = gac.layer_normalization %x, %s {axis = 0 : i64, logical_lanes = #gac.lanes<3 : 0 to 0 by 2>, resultSegmentSizes = array<i32: 1, 0, 0>} : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  return
}

// -----

// rms_normalization_c1
func.func @rms_normalization_c1(%x: tensor<2x3xf32>, %s: tensor<3xf32>) {
  // expected-error @+1 {{'gac.rms_normalization' op axis -3 is none of the 2 axes [rms_normalization_c1]}}
  %0 = gac.rms_normalization %x, %s {axis = -3 : i64} : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  return
}

// -----

// rms_normalization_c2
func.func @rms_normalization_c2(%x: tensor<2x3xf32>, %s: tensor<1x2x3xf32>) {
  // expected-error @+1 {{'gac.rms_normalization' op scale of shape 1x2x3 does not broadcast to X's 2x3 [rms_normalization_c2]}}
  %0 = gac.rms_normalization %x, %s : (tensor<2x3xf32>, tensor<1x2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

// rms_normalization_c3
func.func @rms_normalization_c3(%x: tensor<2x3xf32>, %s: tensor<3xf32>) {
  // expected-error @+1 {{'gac.rms_normalization' op logical_count 4 exceeds the 3 lanes of X that are normalised [rms_normalization_c3]}}
  %0 = gac.rms_normalization %x, %s {logical_count = 4 : i64} : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  return
}

// -----

// rms_normalization_c3
func.func @rms_normalization_c3_not_positive(%x: tensor<2x?xf32>, %s: tensor<?xf32>) {
  // expected-error @+1 {{'gac.rms_normalization' op logical_count 0 is not positive [rms_normalization_c3]}}
  %0 = gac.rms_normalization %x, %s {logical_count = 0 : i64} : (tensor<2x?xf32>, tensor<?xf32>) -> tensor<2x?xf32>
  return
}

// -----

// rotary_embedding_c1
func.func @rotary_embedding_c1(%x: tensor<2x3xf32>, %c: tensor<2x5x4xf32>) {
  // expected-error @+1 {{'gac.rotary_embedding' op X has rank 2, not 3 or 4 [rotary_embedding_c1]}}
  %0 = gac.rotary_embedding %x, %c, %c : (tensor<2x3xf32>, tensor<2x5x4xf32>, tensor<2x5x4xf32>) -> tensor<2x3xf32>
  return
}

// -----

// rotary_embedding_c2
func.func @rotary_embedding_c2(%x: tensor<2x5x30xf32>, %c: tensor<2x5x4xf32>) {
  // expected-error @+1 {{'gac.rotary_embedding' op X has width 30, which 4 heads do not divide [rotary_embedding_c2]}}
  %0 = gac.rotary_embedding %x, %c, %c {num_heads = 4 : i64} : (tensor<2x5x30xf32>, tensor<2x5x4xf32>, tensor<2x5x4xf32>) -> tensor<2x5x30xf32>
  return
}

// -----

// rotary_embedding_c3
func.func @rotary_embedding_c3(%x: tensor<2x4x5x7xf32>, %c: tensor<2x5x3xf32>) {
  // expected-error @+1 {{'gac.rotary_embedding' op of heads of width 7 the first 7 cannot be rotated in pairs [rotary_embedding_c3]}}
  %0 = gac.rotary_embedding %x, %c, %c : (tensor<2x4x5x7xf32>, tensor<2x5x3xf32>, tensor<2x5x3xf32>) -> tensor<2x4x5x7xf32>
  return
}

// -----

// attention_c1
func.func @attention_c1(%q: tensor<5x8xf32>, %k: tensor<2x4x5x8xf32>, %v: tensor<2x4x5x8xf32>) {
  // expected-error @+1 {{'gac.attention' op Q has rank 2, not 3 or 4 [attention_c1]}}
  %0 = gac.attention %q, %k, %v {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0, 0>} : (tensor<5x8xf32>, tensor<2x4x5x8xf32>, tensor<2x4x5x8xf32>) -> tensor<*xf32>
  return
}

// -----

// attention_c2
func.func @attention_c2(%q: tensor<2x5x32xf32>, %k: tensor<2x5x16xf32>, %v: tensor<2x5x16xf32>) {
  // expected-error @+1 {{'gac.attention' op K has rank 3, but the number of its heads is not given [attention_c2]}}
  %0 = gac.attention %q, %k, %v {q_num_heads = 4 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0, 0>} : (tensor<2x5x32xf32>, tensor<2x5x16xf32>, tensor<2x5x16xf32>) -> tensor<*xf32>
  return
}

// -----

// attention_c3
func.func @attention_c3(%q: tensor<2x4x5x8xf32>, %k: tensor<2x4x5x7xf32>, %v: tensor<2x4x5x8xf32>) {
  // expected-error @+1 {{'gac.attention' op the heads of Q have width 8, those of K 7 [attention_c3]}}
  %0 = gac.attention %q, %k, %v {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0, 0>} : (tensor<2x4x5x8xf32>, tensor<2x4x5x7xf32>, tensor<2x4x5x8xf32>) -> tensor<*xf32>
  return
}

// -----

// attention_c4
func.func @attention_c4(%q: tensor<2x4x5x8xf32>, %k: tensor<2x2x5x8xf32>, %v: tensor<2x2x6x8xf32>) {
  // expected-error @+1 {{'gac.attention' op K has 2 heads of 5 rows, V has 2 of 6 [attention_c4]}}
  %0 = gac.attention %q, %k, %v {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0, 0>} : (tensor<2x4x5x8xf32>, tensor<2x2x5x8xf32>, tensor<2x2x6x8xf32>) -> tensor<*xf32>
  return
}

// -----

// attention_c5
func.func @attention_c5(%q: tensor<2x4x5x8xf32>, %k: tensor<2x3x5x8xf32>, %v: tensor<2x3x5x8xf32>) {
  // expected-error @+1 {{'gac.attention' op Q has 4 heads, which K's 3 do not divide [attention_c5]}}
  %0 = gac.attention %q, %k, %v {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0, 0>} : (tensor<2x4x5x8xf32>, tensor<2x3x5x8xf32>, tensor<2x3x5x8xf32>) -> tensor<*xf32>
  return
}

// -----

// einsum_c1
func.func @einsum_c1(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{'gac.einsum' op the equation 'ij:ji' is not understood [einsum_c1]}}
  %0 = gac.einsum %x {equation = "ij:ji"} : (tensor<2x3xf32>) -> tensor<?x?xf32>
  return
}

// -----

// einsum_c1
func.func @einsum_terms(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{'gac.einsum' op the equation 'ij->ji' has 1 terms for 2 operands [einsum_c1]}}
  %0 = gac.einsum %x, %x {equation = "ij->ji"} : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<?x?xf32>
  return
}

// -----

// einsum_c1
func.func @einsum_result(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{'gac.einsum' op no operand of 'ij->ik' has the 'k' of its result [einsum_c1]}}
  %0 = gac.einsum %x {equation = "ij->ik"} : (tensor<2x3xf32>) -> tensor<?x?xf32>
  return
}

// -----

// einsum_c2
func.func @einsum_c2(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{'gac.einsum' op term 0 of 'ijk->k' names 3 axes, but operand 0 has rank 2 [einsum_c2]}}
  %0 = gac.einsum %x {equation = "ijk->k"} : (tensor<2x3xf32>) -> tensor<?xf32>
  return
}

// -----

// einsum_c3
func.func @einsum_c3(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{'gac.einsum' op axis 0 of operand 1 has size 2, not 3 [einsum_c3]}}
  %0 = gac.einsum %x, %x {equation = "ij,jk->ik"} : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

// conv_transpose_c1
func.func @conv_transpose_c1(%x: tensor<2x3xf32>, %w: tensor<3x4xf32>) {
  // expected-error @+1 {{'gac.conv_transpose' op X has rank 2, not 3 or more [conv_transpose_c1]}}
  %0 = gac.conv_transpose %x, %w : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
  return
}

// -----

// conv_transpose_c2
func.func @conv_transpose_c2(%x: tensor<2x3x8xf32>, %w: tensor<3x4x2xf32>) {
  // expected-error @+1 {{'gac.conv_transpose' op X has 3 channels, which 2 does not divide [conv_transpose_c2]}}
  %0 = gac.conv_transpose %x, %w {group = 2 : i64} : (tensor<2x3x8xf32>, tensor<3x4x2xf32>) -> tensor<2x8x9xf32>
  return
}

// -----

// conv_transpose_c3
func.func @conv_transpose_c3(%x: tensor<2x3x8xf32>, %w: tensor<5x4x2xf32>) {
  // expected-error @+1 {{'gac.conv_transpose' op X has 3 channels, but W has 5 [conv_transpose_c3]}}
  %0 = gac.conv_transpose %x, %w : (tensor<2x3x8xf32>, tensor<5x4x2xf32>) -> tensor<2x4x9xf32>
  return
}

// -----

// conv_transpose_c4
func.func @conv_transpose_c4(%x: tensor<2x3x8xf32>, %w: tensor<3x4x2xf32>, %b: tensor<5xf32>) {
  // expected-error @+1 {{'gac.conv_transpose' op the bias has shape 5, but the result 4 channels [conv_transpose_c4]}}
  %0 = gac.conv_transpose %x, %w, %b : (tensor<2x3x8xf32>, tensor<3x4x2xf32>, tensor<5xf32>) -> tensor<2x4x9xf32>
  return
}

// -----

// conv_transpose_c5
func.func @conv_transpose_c5(%x: tensor<2x3x8xf32>, %w: tensor<3x4x2xf32>) {
  // expected-error @+1 {{'gac.conv_transpose' op there are 1 pads for 1 spatial axes [conv_transpose_c5]}}
  %0 = gac.conv_transpose %x, %w {pads = array<i64: 1>} : (tensor<2x3x8xf32>, tensor<3x4x2xf32>) -> tensor<2x4x9xf32>
  return
}

// -----

// resize_c1
func.func @resize_c1(%x: tensor<2x3x8xf32>, %s: tensor<1xi64>) {
  // expected-error @+1 {{'gac.resize' op axis 3 is none of the 3 axes [resize_c1]}}
  %0 = gac.resize %x, %s {axes = array<i64: 3>, operandSegmentSizes = array<i32: 1, 0, 0, 1>} : (tensor<2x3x8xf32>, tensor<1xi64>) -> tensor<2x3x?xf32>
  return
}

// -----

// resize_c2
func.func @resize_c2(%x: tensor<2x3x8xf32>) {
  %s = gac.initializer "s" = dense<1.0> : tensor<2xf32>
  // expected-error @+1 {{'gac.resize' op there are 2 scales for 3 axes [resize_c2]}}
  %0 = gac.resize %x, %s {operandSegmentSizes = array<i32: 1, 0, 1, 0>} : (tensor<2x3x8xf32>, tensor<2xf32>) -> tensor<2x3x?xf32>
  return
}

// -----

// instance_normalization_c1
func.func @instance_normalization_c1(%x: tensor<2x3xf32>, %s: tensor<3xf32>) {
  // expected-error @+1 {{'gac.instance_normalization' op X has rank 2, not 3 or more [instance_normalization_c1]}}
  %0 = gac.instance_normalization %x, %s, %s : (tensor<2x3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  return
}

// -----

// instance_normalization_c2
func.func @instance_normalization_c2(%x: tensor<2x3x8xf32>, %s: tensor<4xf32>) {
  // expected-error @+1 {{'gac.instance_normalization' op scale has shape 4, but X has 3 channels [instance_normalization_c2]}}
  %0 = gac.instance_normalization %x, %s, %s : (tensor<2x3x8xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<2x3x8xf32>
  return
}

// -----

// recurrent_c1
func.func @recurrent_c1(%x: tensor<2x5xf32>, %w: tensor<1x7x5xf32>, %r: tensor<1x7x7xf32>) {
  // expected-error @+1 {{'gac.rnn' op X has rank 2, not 3 [recurrent_c1]}}
  %0 = gac.rnn %x, %w, %r {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0>} : (tensor<2x5xf32>, tensor<1x7x5xf32>, tensor<1x7x7xf32>) -> tensor<?x1x2x7xf32>
  return
}

// -----

// recurrent_c2
func.func @recurrent_c2(%x: tensor<3x2x4xf32>, %w: tensor<1x7x5xf32>, %r: tensor<1x7x7xf32>) {
  // expected-error @+1 {{'gac.rnn' op X has size 4 on its last axis, but W has 5 [recurrent_c2]}}
  %0 = gac.rnn %x, %w, %r {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0>} : (tensor<3x2x4xf32>, tensor<1x7x5xf32>, tensor<1x7x7xf32>) -> tensor<3x1x2x7xf32>
  return
}

// -----

// recurrent_c3
func.func @recurrent_c3(%x: tensor<3x2x5xf32>, %w: tensor<1x20x5xf32>, %r: tensor<1x21x7xf32>) {
  // expected-error @+1 {{'gac.gru' op W has 20 rows, but 3 gates of 7 have 21 [recurrent_c3]}}
  %0 = gac.gru %x, %w, %r {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0>} : (tensor<3x2x5xf32>, tensor<1x20x5xf32>, tensor<1x21x7xf32>) -> tensor<3x1x2x7xf32>
  return
}

// -----

// recurrent_c4
func.func @recurrent_c4(%x: tensor<3x2x5xf32>, %w: tensor<1x21x5xf32>, %r: tensor<1x21x7xf32>) {
  // expected-error @+1 {{'gac.gru' op hidden_size is 8, but R's last axis has 7 [recurrent_c4]}}
  %0 = gac.gru %x, %w, %r {hidden_size = 8 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0>} : (tensor<3x2x5xf32>, tensor<1x21x5xf32>, tensor<1x21x7xf32>) -> tensor<3x1x2x7xf32>
  return
}
