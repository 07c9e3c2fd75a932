// RUN: gac-opt %s --gac-recover --split-input-file | FileCheck %s

// All sequences are as long as the axis: nothing but causality is left.
// CHECK-LABEL: func.func @full
func.func @full(%q: tensor<2x5x64xf32>, %k: tensor<2x5x32xf32>) -> tensor<2x5x64xf32> {
  %n = gac.constant dense<4> : tensor<2xi32>
  %t = gac.constant dense<5> : tensor<i32>
  // CHECK:      %[[Y:.+]] = gac.attention %arg0, %arg1, %arg1 {gac.outputs = ["y"], is_causal = 1 : i64, kv_num_heads = 2 : i64
  // CHECK-SAME: operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>, q_num_heads = 4 : i64
  // CHECK-SAME: scale = 2.500000e-01 : f32, softcap = 3.000000e+00 : f32
  // CHECK-NEXT: return %[[Y]]
  %0 = gac.group_query_attention %q, %k, %k, %n, %t {softcap = 3.0 : f32, gac.outputs = ["y"], kv_num_heads = 2 : i64, num_heads = 4 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0, 0>} : (tensor<2x5x64xf32>, tensor<2x5x32xf32>, tensor<2x5x32xf32>, tensor<2xi32>, tensor<i32>) -> tensor<2x5x64xf32>
  return %0 : tensor<2x5x64xf32>
}

// -----

// A row sees the columns before it and itself that its sequence has.
// CHECK-LABEL: func.func @lengths
func.func @lengths(%q: tensor<?x5x64xf32>, %k: tensor<?x5x32xf32>, %n: tensor<?xi32>, %t: tensor<1xi32>) -> tensor<?x5x64xf32> {
  // CHECK:      %[[ROWS:.+]] = gac.range
  // CHECK:      %[[AXIS:.+]] = gac.constant dense<1> : tensor<1xi64>
  // CHECK-NEXT: %[[COLUMN:.+]] = gac.unsqueeze %[[ROWS]], %[[AXIS]] : {{.*}} -> tensor<5x1xi64>
  // CHECK-NEXT: %[[BEFORE:.+]] = gac.less_or_equal %[[ROWS]], %[[COLUMN]] : {{.*}} -> tensor<5x5xi1>
  // CHECK-NEXT: %[[LAST:.+]] = gac.cast %arg2
  // CHECK-NEXT: %[[SHAPE:.+]] = gac.constant dense<[-1, 1, 1, 1]>
  // CHECK-NEXT: %[[EACH:.+]] = gac.reshape %[[LAST]], %[[SHAPE]]
  // CHECK-NEXT: %[[INSIDE:.+]] = gac.less_or_equal %[[ROWS]], %[[EACH]]
  // CHECK-NEXT: %[[SEEN:.+]] = gac.and %[[BEFORE]], %[[INSIDE]] : {{.*}} -> tensor<?x1x5x5xi1>
  // CHECK-NEXT: %[[Y:.+]] = gac.attention %arg0, %arg1, %arg1, %[[SEEN]] {gac.outputs = ["y"], is_causal = 0 : i64
  // CHECK-NEXT: return %[[Y]]
  %0 = gac.group_query_attention %q, %k, %k, %n, %t {gac.outputs = ["y"], kv_num_heads = 2 : i64, num_heads = 4 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0, 0>} : (tensor<?x5x64xf32>, tensor<?x5x32xf32>, tensor<?x5x32xf32>, tensor<?xi32>, tensor<1xi32>) -> tensor<?x5x64xf32>
  return %0 : tensor<?x5x64xf32>
}

// -----

// What is not seen is masked where scores have a bias.
// CHECK-LABEL: func.func @lengths_and_bias
func.func @lengths_and_bias(%q: tensor<?x5x64xf32>, %k: tensor<?x5x32xf32>, %n: tensor<?xi32>, %t: tensor<1xi32>, %b: tensor<1x4x5x5xf32>) -> tensor<?x5x64xf32> {
  // CHECK:      %[[SEEN:.+]] = gac.and
  // CHECK-NEXT: %[[LOWEST:.+]] = gac.constant dense<0xFF800000> : tensor<f32>
  // CHECK-NEXT: %[[MASK:.+]] = gac.where %[[SEEN]], %arg4, %[[LOWEST]]
  // CHECK-NEXT: gac.attention %arg0, %arg1, %arg1, %[[MASK]] {gac.outputs = ["y"], is_causal = 0 : i64
  %0 = gac.group_query_attention %q, %k, %k, %n, %t, %b {gac.outputs = ["y"], kv_num_heads = 2 : i64, num_heads = 4 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0, 0>} : (tensor<?x5x64xf32>, tensor<?x5x32xf32>, tensor<?x5x32xf32>, tensor<?xi32>, tensor<1xi32>, tensor<1x4x5x5xf32>) -> tensor<?x5x64xf32>
  return %0 : tensor<?x5x64xf32>
}

// -----

// Rotation is by the rows, of the part that the tables have lanes for.
// CHECK-LABEL: func.func @rotation
func.func @rotation(%q: tensor<?x?x128xf32>, %n: tensor<?xi32>, %t: tensor<1xi32>, %c: tensor<9x4xf32>) -> tensor<?x?x64xf32> {
  // CHECK:      %[[SIZES:.+]] = gac.constant dense<[64, 32, 32]>
  // CHECK-NEXT: %[[QKV:.+]]:3 = gac.split %arg0, %[[SIZES]] {axis = 2 : i64}
  // CHECK:      %[[ROWS:.+]] = gac.range
  // CHECK:      %[[POSITIONS:.+]] = gac.expand %[[ROWS]], %{{.+}} -> tensor<?x?xi64>
  // CHECK-NEXT: %[[Q:.+]] = gac.rotary_embedding %[[QKV]]#0, %arg3, %arg3, %[[POSITIONS]] {interleaved = 1 : i64, num_heads = 4 : i64, rotary_embedding_dim = 8 : i64}
  // CHECK-NEXT: %[[K:.+]] = gac.rotary_embedding %[[QKV]]#1, %arg3, %arg3, %[[POSITIONS]] {interleaved = 1 : i64, num_heads = 2 : i64, rotary_embedding_dim = 8 : i64}
  // CHECK:      gac.attention %[[Q]], %[[K]], %[[QKV]]#2,
  %0 = gac.group_query_attention %q, %n, %t, %c, %c {do_rotary = 1 : i64, rotary_interleaved = 1 : i64, gac.outputs = ["y"], kv_num_heads = 2 : i64, num_heads = 4 : i64, operandSegmentSizes = array<i32: 1, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0, 0>} : (tensor<?x?x128xf32>, tensor<?xi32>, tensor<1xi32>, tensor<9x4xf32>, tensor<9x4xf32>) -> tensor<?x?x64xf32>
  return %0 : tensor<?x?x64xf32>
}

// -----

// Behind a cache that all sequences fill, rows begin at its length.
// CHECK-LABEL: func.func @cache
func.func @cache(%q: tensor<2x1x64xf32>, %k: tensor<2x1x32xf32>, %p: tensor<2x2x4x16xf32>, %c: tensor<9x8xf32>) -> (tensor<2x1x64xf32>, tensor<2x2x5x16xf32>, tensor<2x2x5x16xf32>) {
  %n = gac.constant dense<4> : tensor<2xi32>
  %t = gac.constant dense<5> : tensor<i32>
  // CHECK:      %[[PAST:.+]] = gac.shape %arg2 {end = 3 : i64, start = 2 : i64}
  // CHECK-NEXT: %[[ROWS:.+]] = gac.add %{{.+}}, %[[PAST]]
  // CHECK:      %[[POSITIONS:.+]] = gac.expand %[[ROWS]],
  // CHECK-NEXT: %[[Q:.+]] = gac.rotary_embedding %arg0, %arg3, %arg3, %[[POSITIONS]] {num_heads = 4 : i64}
  // CHECK-NEXT: %[[K:.+]] = gac.rotary_embedding %arg1, %arg3, %arg3, %[[POSITIONS]] {num_heads = 2 : i64}
  // CHECK-NEXT: %[[Y:.+]], %[[PK:.+]], %[[PV:.+]] = gac.attention %[[Q]], %[[K]], %arg1, %arg2, %arg2 {gac.outputs = ["y", "pk", "pv"], is_causal = 1 : i64
  // CHECK-SAME: operandSegmentSizes = array<i32: 1, 1, 1, 0, 1, 1, 0>
  // CHECK-NEXT: return %[[Y]], %[[PK]], %[[PV]]
  %0:3 = gac.group_query_attention %q, %k, %k, %p, %p, %n, %t, %c, %c {do_rotary = 1 : i64, gac.outputs = ["y", "pk", "pv"], kv_num_heads = 2 : i64, num_heads = 4 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 1, 1, 0>} : (tensor<2x1x64xf32>, tensor<2x1x32xf32>, tensor<2x1x32xf32>, tensor<2x2x4x16xf32>, tensor<2x2x4x16xf32>, tensor<2xi32>, tensor<i32>, tensor<9x8xf32>, tensor<9x8xf32>) -> (tensor<2x1x64xf32>, tensor<2x2x5x16xf32>, tensor<2x2x5x16xf32>)
  return %0#0, %0#1, %0#2 : tensor<2x1x64xf32>, tensor<2x2x5x16xf32>, tensor<2x2x5x16xf32>
}

// -----

// A window is the condition that a row is near.
// CHECK-LABEL: func.func @window
func.func @window(%q: tensor<2x5x64xf32>, %k: tensor<2x5x32xf32>) -> tensor<2x5x64xf32> {
  %n = gac.constant dense<4> : tensor<2xi32>
  %t = gac.constant dense<5> : tensor<i32>
  // CHECK:      %[[SIZE:.+]] = gac.constant dense<3> : tensor<i64>
  // CHECK-NEXT: %[[END:.+]] = gac.add %{{.+}}, %[[SIZE]]
  // CHECK-NEXT: %[[NEAR:.+]] = gac.less %{{.+}}, %[[END]]
  // CHECK-NEXT: %[[SEEN:.+]] = gac.and %{{.+}}, %[[NEAR]] : {{.*}} -> tensor<5x5xi1>
  // CHECK-NEXT: gac.attention %arg0, %arg1, %arg1, %[[SEEN]] {
  %0 = gac.group_query_attention %q, %k, %k, %n, %t {local_window_size = 3 : i64, gac.outputs = ["y"], kv_num_heads = 2 : i64, num_heads = 4 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0, 0>} : (tensor<2x5x64xf32>, tensor<2x5x32xf32>, tensor<2x5x32xf32>, tensor<2xi32>, tensor<i32>) -> tensor<2x5x64xf32>
  return %0 : tensor<2x5x64xf32>
}

// -----

// Each sequence goes on where it ends, which data say.
// CHECK-LABEL: func.func @cache_of_unknown_lengths
func.func @cache_of_unknown_lengths(%q: tensor<2x1x64xf32>, %k: tensor<2x1x32xf32>, %p: tensor<2x2x4x16xf32>, %n: tensor<2xi32>, %t: tensor<i32>) -> tensor<2x1x64xf32> {
  // CHECK: gac.group_query_attention
  // CHECK-NOT: gac.attention
  %0 = gac.group_query_attention %q, %k, %k, %p, %p, %n, %t {gac.outputs = ["y"], kv_num_heads = 2 : i64, num_heads = 4 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0, 0>} : (tensor<2x1x64xf32>, tensor<2x1x32xf32>, tensor<2x1x32xf32>, tensor<2x2x4x16xf32>, tensor<2x2x4x16xf32>, tensor<2xi32>, tensor<i32>) -> tensor<2x1x64xf32>
  return %0 : tensor<2x1x64xf32>
}

// -----

// CHECK-LABEL: func.func @cache_of_uneven_lengths
func.func @cache_of_uneven_lengths(%q: tensor<2x1x64xf32>, %k: tensor<2x1x32xf32>, %p: tensor<2x2x4x16xf32>) -> tensor<2x1x64xf32> {
  %n = gac.constant dense<[4, 2]> : tensor<2xi32>
  %t = gac.constant dense<5> : tensor<i32>
  // CHECK: gac.group_query_attention
  // CHECK-NOT: gac.attention
  %0 = gac.group_query_attention %q, %k, %k, %p, %p, %n, %t {gac.outputs = ["y"], kv_num_heads = 2 : i64, num_heads = 4 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0, 0>} : (tensor<2x1x64xf32>, tensor<2x1x32xf32>, tensor<2x1x32xf32>, tensor<2x2x4x16xf32>, tensor<2x2x4x16xf32>, tensor<2xi32>, tensor<i32>) -> tensor<2x1x64xf32>
  return %0 : tensor<2x1x64xf32>
}

// -----

// The rows are put into the cache, not behind it.
// CHECK-LABEL: func.func @cache_with_room
func.func @cache_with_room(%q: tensor<2x1x64xf32>, %k: tensor<2x1x32xf32>, %p: tensor<2x2x4x16xf32>) -> tensor<2x1x64xf32> {
  %n = gac.constant dense<4> : tensor<2xi32>
  %t = gac.constant dense<4> : tensor<i32>
  // CHECK: gac.group_query_attention
  // CHECK-NOT: gac.attention
  %0 = gac.group_query_attention %q, %k, %k, %p, %p, %n, %t {gac.outputs = ["y"], kv_num_heads = 2 : i64, num_heads = 4 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0, 0>} : (tensor<2x1x64xf32>, tensor<2x1x32xf32>, tensor<2x1x32xf32>, tensor<2x2x4x16xf32>, tensor<2x2x4x16xf32>, tensor<2xi32>, tensor<i32>) -> tensor<2x1x64xf32>
  return %0 : tensor<2x1x64xf32>
}

// -----

// A row that is behind its sequence by the window sees nothing.
// CHECK-LABEL: func.func @window_of_unknown_lengths
func.func @window_of_unknown_lengths(%q: tensor<?x5x64xf32>, %k: tensor<?x5x32xf32>, %n: tensor<?xi32>, %t: tensor<1xi32>) -> tensor<?x5x64xf32> {
  // CHECK: gac.group_query_attention
  // CHECK-NOT: gac.attention
  %0 = gac.group_query_attention %q, %k, %k, %n, %t {local_window_size = 3 : i64, gac.outputs = ["y"], kv_num_heads = 2 : i64, num_heads = 4 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0, 0>} : (tensor<?x5x64xf32>, tensor<?x5x32xf32>, tensor<?x5x32xf32>, tensor<?xi32>, tensor<1xi32>) -> tensor<?x5x64xf32>
  return %0 : tensor<?x5x64xf32>
}

// -----

// CHECK-LABEL: func.func @all_rows_of_unknown_lengths
func.func @all_rows_of_unknown_lengths(%q: tensor<?x5x64xf32>, %k: tensor<?x5x32xf32>, %n: tensor<?xi32>, %t: tensor<1xi32>) -> tensor<?x5x64xf32> {
  // CHECK: gac.group_query_attention
  // CHECK-NOT: gac.attention
  %0 = gac.group_query_attention %q, %k, %k, %n, %t {causal = 0 : i64, gac.outputs = ["y"], kv_num_heads = 2 : i64, num_heads = 4 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0, 0>} : (tensor<?x5x64xf32>, tensor<?x5x32xf32>, tensor<?x5x32xf32>, tensor<?xi32>, tensor<1xi32>) -> tensor<?x5x64xf32>
  return %0 : tensor<?x5x64xf32>
}

// -----

// Something is added to the sum of exponents.
// CHECK-LABEL: func.func @smooth
func.func @smooth(%q: tensor<?x5x64xf32>, %k: tensor<?x5x32xf32>, %n: tensor<?xi32>, %t: tensor<1xi32>) -> tensor<?x5x64xf32> {
  // CHECK: gac.group_query_attention
  // CHECK-NOT: gac.attention
  %0 = gac.group_query_attention %q, %k, %k, %n, %t {smooth_softmax = 1 : i64, gac.outputs = ["y"], kv_num_heads = 2 : i64, num_heads = 4 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0, 0>} : (tensor<?x5x64xf32>, tensor<?x5x32xf32>, tensor<?x5x32xf32>, tensor<?xi32>, tensor<1xi32>) -> tensor<?x5x64xf32>
  return %0 : tensor<?x5x64xf32>
}

// -----

// CHECK-LABEL: func.func @sink
func.func @sink(%q: tensor<?x5x64xf32>, %k: tensor<?x5x32xf32>, %n: tensor<?xi32>, %t: tensor<1xi32>, %s: tensor<4xf32>) -> tensor<?x5x64xf32> {
  // CHECK: gac.group_query_attention
  // CHECK-NOT: gac.attention
  %0 = gac.group_query_attention %q, %k, %k, %n, %t, %s {gac.outputs = ["y"], kv_num_heads = 2 : i64, num_heads = 4 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0, 0>} : (tensor<?x5x64xf32>, tensor<?x5x32xf32>, tensor<?x5x32xf32>, tensor<?xi32>, tensor<1xi32>, tensor<4xf32>) -> tensor<?x5x64xf32>
  return %0 : tensor<?x5x64xf32>
}

// -----

// Of positions that are given, the operator reads the first ones only.
// CHECK-LABEL: func.func @given_positions
func.func @given_positions(%q: tensor<?x5x64xf32>, %k: tensor<?x5x32xf32>, %n: tensor<?xi32>, %t: tensor<1xi32>, %c: tensor<9x8xf32>, %i: tensor<?x5xi64>) -> tensor<?x5x64xf32> {
  // CHECK: gac.group_query_attention
  // CHECK-NOT: gac.attention
  %0 = gac.group_query_attention %q, %k, %k, %n, %t, %c, %c, %i {do_rotary = 1 : i64, gac.outputs = ["y"], kv_num_heads = 2 : i64, num_heads = 4 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0, 0>} : (tensor<?x5x64xf32>, tensor<?x5x32xf32>, tensor<?x5x32xf32>, tensor<?xi32>, tensor<1xi32>, tensor<9x8xf32>, tensor<9x8xf32>, tensor<?x5xi64>) -> tensor<?x5x64xf32>
  return %0 : tensor<?x5x64xf32>
}

// -----

// CHECK-LABEL: func.func @short_bias
func.func @short_bias(%q: tensor<?x5x64xf32>, %k: tensor<?x5x32xf32>, %n: tensor<?xi32>, %t: tensor<1xi32>, %b: tensor<1x4x5x1xf32>) -> tensor<?x5x64xf32> {
  // CHECK: gac.group_query_attention
  // CHECK-NOT: gac.attention
  %0 = gac.group_query_attention %q, %k, %k, %n, %t, %b {gac.outputs = ["y"], kv_num_heads = 2 : i64, num_heads = 4 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0, 0>} : (tensor<?x5x64xf32>, tensor<?x5x32xf32>, tensor<?x5x32xf32>, tensor<?xi32>, tensor<1xi32>, tensor<1x4x5x1xf32>) -> tensor<?x5x64xf32>
  return %0 : tensor<?x5x64xf32>
}

// -----

// Lengths that are computed from the shapes of rows and cache.
// CHECK-LABEL: func.func @computed_lengths
func.func @computed_lengths(%q: tensor<?x?x64xf32> {gac.dims = ["batch", "seq", ""]}, %k: tensor<?x?x32xf32> {gac.dims = ["batch", "seq", ""]}, %p: tensor<?x2x?x16xf32> {gac.dims = ["batch", "", "past", ""]}) -> tensor<?x?x64xf32> {
  // CHECK: gac.attention %arg0, %arg1, %arg1, %arg2, %arg2 {gac.outputs = ["y"], is_causal = 1 : i64
  // CHECK-NOT: gac.group_query_attention
  %one = gac.constant dense<1> : tensor<1xi64>
  %b = gac.shape %q {start = 0 : i64, end = 1 : i64} : (tensor<?x?x64xf32>) -> tensor<1xi64>
  %s = gac.shape %q {start = 1 : i64, end = 2 : i64} : (tensor<?x?x64xf32>) -> tensor<1xi64>
  %l = gac.shape %p {start = 2 : i64, end = 3 : i64} : (tensor<?x2x?x16xf32>) -> tensor<1xi64>
  %sum = gac.add %s, %l : (tensor<1xi64>, tensor<1xi64>) -> tensor<1xi64>
  %t = gac.cast %sum {to = 6 : i64} : (tensor<1xi64>) -> tensor<1xi32>
  %last = gac.sub %sum, %one : (tensor<1xi64>, tensor<1xi64>) -> tensor<1xi64>
  %each = gac.expand %last, %b : (tensor<1xi64>, tensor<1xi64>) -> tensor<?xi64>
  %n = gac.cast %each {to = 6 : i64} : (tensor<?xi64>) -> tensor<?xi32>
  %0 = gac.group_query_attention %q, %k, %k, %p, %p, %n, %t {gac.outputs = ["y"], kv_num_heads = 2 : i64, num_heads = 4 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0, 0>} : (tensor<?x?x64xf32>, tensor<?x?x32xf32>, tensor<?x?x32xf32>, tensor<?x2x?x16xf32>, tensor<?x2x?x16xf32>, tensor<?xi32>, tensor<1xi32>) -> tensor<?x?x64xf32>
  return %0 : tensor<?x?x64xf32>
}
