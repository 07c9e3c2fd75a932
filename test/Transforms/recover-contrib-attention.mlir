// RUN: gac-opt %s --gac-recover --split-input-file | FileCheck %s

// CHECK-LABEL: func.func @rotation
func.func @rotation(%x: tensor<1x?x16xf32>, %i: tensor<1x?xi64>, %c: tensor<9x4xf32>) -> tensor<1x?x16xf32> {
  // CHECK: gac.rotary_embedding %arg0, %arg2, %arg2, %arg1 {gac.outputs = ["y"], interleaved = 1 : i64, num_heads = 2 : i64}
  %0 = gac.contrib_rotary_embedding %x, %i, %c, %c {gac.outputs = ["y"], interleaved = 1 : i64} : (tensor<1x?x16xf32>, tensor<1x?xi64>, tensor<9x4xf32>, tensor<9x4xf32>) -> tensor<1x?x16xf32>
  return %0 : tensor<1x?x16xf32>
}

// -----

// CHECK-LABEL: func.func @rotation_of_a_part
func.func @rotation_of_a_part(%x: tensor<1x4x?x16xf32>, %i: tensor<1x?xi64>, %c: tensor<9x4xf32>) -> tensor<1x4x?x16xf32> {
  // CHECK: gac.rotary_embedding %arg0, %arg2, %arg2, %arg1 {rotary_embedding_dim = 8 : i64}
  %0 = gac.contrib_rotary_embedding %x, %i, %c, %c {num_heads = 4 : i64, rotary_embedding_dim = 8 : i64} : (tensor<1x4x?x16xf32>, tensor<1x?xi64>, tensor<9x4xf32>, tensor<9x4xf32>) -> tensor<1x4x?x16xf32>
  return %0 : tensor<1x4x?x16xf32>
}

// -----

// One position says where the sequence begins.
// CHECK-LABEL: func.func @rotation_from_an_offset
func.func @rotation_from_an_offset(%x: tensor<1x?x16xf32>, %i: tensor<1xi64>, %c: tensor<9x4xf32>) -> tensor<1x?x16xf32> {
  // CHECK: gac.contrib_rotary_embedding
  %0 = gac.contrib_rotary_embedding %x, %i, %c, %c : (tensor<1x?x16xf32>, tensor<1xi64>, tensor<9x4xf32>, tensor<9x4xf32>) -> tensor<1x?x16xf32>
  return %0 : tensor<1x?x16xf32>
}

// -----

// The scale that the operator has by default is stated.
// CHECK-LABEL: func.func @packed_weight
func.func @packed_weight(%x: tensor<?x5x8xf32>, %w: tensor<8x20xf32>, %b: tensor<20xf32>) -> tensor<?x5x4xf32> {
  // CHECK:      %[[P:.+]] = gac.matmul %arg0, %arg1 : {{.*}} -> tensor<?x5x20xf32>
  // CHECK-NEXT: %[[SUM:.+]] = gac.add %[[P]], %arg2
  // CHECK-NEXT: %[[SIZES:.+]] = gac.constant dense<[8, 8, 4]> : tensor<3xi64>
  // CHECK-NEXT: %[[QKV:.+]]:3 = gac.split %[[SUM]], %[[SIZES]] {axis = 2 : i64} : {{.*}} -> (tensor<?x5x8xf32>, tensor<?x5x8xf32>, tensor<?x5x4xf32>)
  // CHECK-NEXT: %[[Y:.+]] = gac.attention %[[QKV]]#0, %[[QKV]]#1, %[[QKV]]#2 {gac.outputs = ["y"], is_causal = 1 : i64, kv_num_heads = 2 : i64
  // CHECK-SAME: q_num_heads = 2 : i64{{.*}}scale = 5.000000e-01 : f32
  // CHECK-NEXT: return %[[Y]]
  %0 = gac.contrib_attention %x, %w, %b {gac.outputs = ["y"], num_heads = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>, qkv_hidden_sizes = array<i64: 8, 8, 4>, unidirectional = 1 : i64} : (tensor<?x5x8xf32>, tensor<8x20xf32>, tensor<20xf32>) -> tensor<?x5x4xf32>
  return %0 : tensor<?x5x4xf32>
}

// -----

// A mask of lengths is none that ONNX's op takes.
// CHECK-LABEL: func.func @lengths
func.func @lengths(%x: tensor<?x5x8xf32>, %w: tensor<8x24xf32>, %b: tensor<24xf32>, %m: tensor<?xi32>) -> tensor<?x5x8xf32> {
  // CHECK: gac.contrib_attention
  // CHECK-NOT: gac.attention
  %0 = gac.contrib_attention %x, %w, %b, %m {num_heads = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>} : (tensor<?x5x8xf32>, tensor<8x24xf32>, tensor<24xf32>, tensor<?xi32>) -> tensor<?x5x8xf32>
  return %0 : tensor<?x5x8xf32>
}

// -----

// CHECK-LABEL: func.func @multi_head
func.func @multi_head(%q: tensor<?x5x8xf32>, %v: tensor<?x5x4xf32>, %b: tensor<20xf32>) -> tensor<?x5x4xf32> {
  // CHECK:      %[[SIZES:.+]] = gac.constant dense<[8, 8, 4]>
  // CHECK-NEXT: %[[BIAS:.+]]:3 = gac.split %arg2, %[[SIZES]] {axis = 0 : i64} : {{.*}} -> (tensor<8xf32>, tensor<8xf32>, tensor<4xf32>)
  // CHECK-NEXT: %[[Q:.+]] = gac.add %arg0, %[[BIAS]]#0
  // CHECK-NEXT: %[[K:.+]] = gac.add %arg0, %[[BIAS]]#1
  // CHECK-NEXT: %[[V:.+]] = gac.add %arg1, %[[BIAS]]#2
  // CHECK-NEXT: %[[Y:.+]] = gac.attention %[[Q]], %[[K]], %[[V]] {gac.outputs = ["y"], is_causal = 0 : i64
  // CHECK-SAME: scale = 2.500000e-01 : f32
  // CHECK-NEXT: return %[[Y]]
  %0 = gac.multi_head_attention %q, %q, %v, %b {gac.outputs = ["y"], num_heads = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0, 0>, scale = 0.25 : f32} : (tensor<?x5x8xf32>, tensor<?x5x8xf32>, tensor<?x5x4xf32>, tensor<20xf32>) -> tensor<?x5x4xf32>
  return %0 : tensor<?x5x4xf32>
}

// -----

// The cache goes through, under the names that it had.
// CHECK-LABEL: func.func @cache
func.func @cache(%q: tensor<?x1x8xf32>, %past: tensor<?x2x?x4xf32>) -> (tensor<?x1x8xf32>, tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>) {
  // CHECK:      %[[Y:.+]], %[[K:.+]], %[[V:.+]] = gac.attention %arg0, %arg0, %arg0, %arg1, %arg1
  // CHECK-SAME: gac.outputs = ["y", "pk", "pv"]
  // CHECK-SAME: operandSegmentSizes = array<i32: 1, 1, 1, 0, 1, 1, 0>
  // CHECK-NEXT: return %[[Y]], %[[K]], %[[V]]
  %0:3 = gac.multi_head_attention %q, %q, %q, %past, %past {gac.outputs = ["y", "pk", "pv"], num_heads = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 1, 1, 0, 0>, resultSegmentSizes = array<i32: 1, 1, 1, 0>} : (tensor<?x1x8xf32>, tensor<?x1x8xf32>, tensor<?x1x8xf32>, tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>) -> (tensor<?x1x8xf32>, tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>)
  return %0#0, %0#1, %0#2 : tensor<?x1x8xf32>, tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>
}

// -----

// What is to come of another sequence is not what ONNX's op hides.
// CHECK-LABEL: func.func @unequal_lengths
func.func @unequal_lengths(%q: tensor<?x5x8xf32>, %k: tensor<?x7x8xf32>) -> tensor<?x5x8xf32> {
  // CHECK: gac.multi_head_attention
  %0 = gac.multi_head_attention %q, %k, %k {num_heads = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0, 0>, unidirectional = 1 : i64} : (tensor<?x5x8xf32>, tensor<?x7x8xf32>, tensor<?x7x8xf32>) -> tensor<?x5x8xf32>
  return %0 : tensor<?x5x8xf32>
}

// -----

// Three in one: a part of axis 3 each, whose heads become columns.
// CHECK-LABEL: func.func @packed_operands
func.func @packed_operands(%q: tensor<?x5x2x3x4xf32>, %b: tensor<24xf32>) -> tensor<?x5x8xf32> {
  // CHECK:      %[[ONES:.+]] = gac.constant dense<1> : tensor<3xi64>
  // CHECK-NEXT: %[[QKV:.+]]:3 = gac.split %arg0, %[[ONES]] {axis = 3 : i64} : {{.*}} -> (tensor<?x5x2x1x4xf32>, tensor<?x5x2x1x4xf32>, tensor<?x5x2x1x4xf32>)
  // CHECK-NEXT: %[[SHAPE:.+]] = gac.constant dense<[0, 0, 8]>
  // CHECK-NEXT: %[[Q0:.+]] = gac.reshape %[[QKV]]#0, %[[SHAPE]] : {{.*}} -> tensor<?x5x8xf32>
  // CHECK-NEXT: %[[K0:.+]] = gac.reshape %[[QKV]]#1, %[[SHAPE]]
  // CHECK-NEXT: %[[V0:.+]] = gac.reshape %[[QKV]]#2, %[[SHAPE]]
  // CHECK:      %[[BIAS:.+]]:3 = gac.split %arg1
  // CHECK-NEXT: %[[Q:.+]] = gac.add %[[Q0]], %[[BIAS]]#0
  // CHECK-NEXT: %[[K:.+]] = gac.add %[[K0]], %[[BIAS]]#1
  // CHECK-NEXT: %[[V:.+]] = gac.add %[[V0]], %[[BIAS]]#2
  // CHECK-NEXT: %[[Y:.+]] = gac.attention %[[Q]], %[[K]], %[[V]] {gac.outputs = ["y"], is_causal = 1 : i64
  // CHECK-SAME: scale = 5.000000e-01 : f32
  // CHECK-NEXT: return %[[Y]]
  %0 = gac.multi_head_attention %q, %b {gac.outputs = ["y"], num_heads = 2 : i64, operandSegmentSizes = array<i32: 1, 0, 0, 1, 0, 0, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0, 0>, unidirectional = 1 : i64} : (tensor<?x5x2x3x4xf32>, tensor<24xf32>) -> tensor<?x5x8xf32>
  return %0 : tensor<?x5x8xf32>
}

// -----

// K and V in one, with scores of their own length.
// CHECK-LABEL: func.func @packed_pair
func.func @packed_pair(%q: tensor<?x5x8xf32>, %k: tensor<?x7x2x2x4xf32>, %s: tensor<1x2x5x7xf32>) -> tensor<?x5x8xf32> {
  // CHECK:      %[[ONES:.+]] = gac.constant dense<1> : tensor<2xi64>
  // CHECK-NEXT: %[[KV:.+]]:2 = gac.split %arg1, %[[ONES]] {axis = 3 : i64}
  // CHECK:      %[[K:.+]] = gac.reshape %[[KV]]#0, %{{.+}} -> tensor<?x7x8xf32>
  // CHECK-NEXT: %[[V:.+]] = gac.reshape %[[KV]]#1, %{{.+}} -> tensor<?x7x8xf32>
  // CHECK-NEXT: %[[Y:.+]] = gac.attention %arg0, %[[K]], %[[V]], %arg2 {
  %0 = gac.multi_head_attention %q, %k, %s {num_heads = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 1, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0, 0>} : (tensor<?x5x8xf32>, tensor<?x7x2x2x4xf32>, tensor<1x2x5x7xf32>) -> tensor<?x5x8xf32>
  return %0 : tensor<?x5x8xf32>
}

// -----

// CHECK-LABEL: func.func @packed_pair_with_bias
func.func @packed_pair_with_bias(%q: tensor<?x5x8xf32>, %k: tensor<?x7x2x2x4xf32>, %b: tensor<24xf32>) -> tensor<?x5x8xf32> {
  // CHECK: gac.multi_head_attention
  // CHECK-NOT: gac.attention
  %0 = gac.multi_head_attention %q, %k, %b {num_heads = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 0, 1, 0, 0, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0, 0>} : (tensor<?x5x8xf32>, tensor<?x7x2x2x4xf32>, tensor<24xf32>) -> tensor<?x5x8xf32>
  return %0 : tensor<?x5x8xf32>
}

// -----

// What is to come of another sequence, packed.
// CHECK-LABEL: func.func @packed_pair_of_unequal_length
func.func @packed_pair_of_unequal_length(%q: tensor<?x5x8xf32>, %k: tensor<?x7x2x2x4xf32>) -> tensor<?x5x8xf32> {
  // CHECK: gac.multi_head_attention
  // CHECK-NOT: gac.attention
  %0 = gac.multi_head_attention %q, %k {num_heads = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0, 0>, unidirectional = 1 : i64} : (tensor<?x5x8xf32>, tensor<?x7x2x2x4xf32>) -> tensor<?x5x8xf32>
  return %0 : tensor<?x5x8xf32>
}

// -----

// Heads that are no known number have no columns.
// CHECK-LABEL: func.func @packed_unknown
func.func @packed_unknown(%q: tensor<?x5x?x3x?xf32>) -> tensor<?x5x?xf32> {
  // CHECK: gac.multi_head_attention
  // CHECK-NOT: gac.attention
  %0 = gac.multi_head_attention %q {num_heads = 2 : i64, operandSegmentSizes = array<i32: 1, 0, 0, 0, 0, 0, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0, 0>} : (tensor<?x5x?x3x?xf32>) -> tensor<?x5x?xf32>
  return %0 : tensor<?x5x?xf32>
}
