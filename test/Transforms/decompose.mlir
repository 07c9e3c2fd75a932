// RUN: gac-opt %s --gac-decompose --split-input-file | FileCheck %s

// The last op has the name of what it replaces.
// CHECK-LABEL: func.func @softmax(
// CHECK: %[[MAX:.*]] = gac.reduce_max %arg0, %{{.*}} -> tensor<?x1xf32>
// CHECK: %[[SHIFTED:.*]] = gac.sub %arg0, %[[MAX]]
// CHECK: %[[EXP:.*]] = gac.exp %[[SHIFTED]]
// CHECK: %[[SUM:.*]] = gac.reduce_sum %[[EXP]], %{{.*}} -> tensor<?x1xf32>
// CHECK: %[[Y:.*]] = gac.div %[[EXP]], %[[SUM]] {gac.dims = {{\[\[}}"seq", ""]], gac.outputs = ["y"]}
// CHECK: return %[[Y]]
func.func @softmax(%x: tensor<?x64xf32>) -> (tensor<?x64xf32> {gac.name = "y"}) attributes {gac.opset = 18 : i64} {
  %y = gac.softmax %x {gac.outputs = ["y"], gac.dims = [["seq", ""]]} : (tensor<?x64xf32>) -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}

// -----

// Before opset 13 all axes from one on are normalised as one, and axes are
// attributes.
// CHECK-LABEL: func.func @old(
// CHECK: gac.reduce_max %arg0 {axes = array<i64: 1, 2>}
// CHECK: gac.reduce_sum %{{.*}} {axes = array<i64: 1, 2>}
func.func @old(%x: tensor<2x3x4xf32>) -> tensor<2x3x4xf32> attributes {gac.opset = 11 : i64} {
  %y = gac.softmax %x : (tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
  return %y : tensor<2x3x4xf32>
}

// -----

// 16-bit floats are normalised as 32-bit ones.
// CHECK-LABEL: func.func @layer_norm(
// CHECK: %[[X:.*]] = gac.cast %arg0 {to = 1 : i64}
// CHECK: %[[MEAN:.*]] = gac.reduce_mean %[[X]], %{{.*}} {gac.outputs = ["m"]}
// CHECK: %[[C:.*]] = gac.sub %[[X]], %[[MEAN]]
// CHECK: %[[SQUARES:.*]] = gac.mul %[[C]], %[[C]]
// CHECK: %[[VAR:.*]] = gac.reduce_mean %[[SQUARES]]
// CHECK: %[[EPS:.*]] = gac.constant dense<9.99999974E-6>
// CHECK: %[[SUM:.*]] = gac.add %[[VAR]], %[[EPS]]
// CHECK: %[[DEV:.*]] = gac.sqrt %[[SUM]]
// CHECK: %[[N:.*]] = gac.div %[[C]], %[[DEV]]
// CHECK: %[[Z:.*]] = gac.cast %[[N]] {to = 10 : i64}
// CHECK: %[[S:.*]] = gac.mul %[[Z]], %arg1
// CHECK: %[[Y:.*]] = gac.add %[[S]], %arg2 {gac.outputs = ["y"]}
// CHECK: return %[[Y]], %[[MEAN]]
func.func @layer_norm(%x: tensor<?x64xf16>, %w: tensor<64xf16>, %b: tensor<64xf16>) -> (tensor<?x64xf16>, tensor<?x1xf32>) attributes {gac.opset = 18 : i64} {
  %y, %m = gac.layer_normalization %x, %w, %b {gac.outputs = ["y", "m"], resultSegmentSizes = array<i32: 1, 1, 0>} : (tensor<?x64xf16>, tensor<64xf16>, tensor<64xf16>) -> (tensor<?x64xf16>, tensor<?x1xf32>)
  return %y, %m : tensor<?x64xf16>, tensor<?x1xf32>
}

// -----

// CHECK-LABEL: func.func @rms_norm(
// CHECK-NOT: gac.sub
// CHECK: %[[SQUARES:.*]] = gac.mul %arg0, %arg0
// CHECK: %[[MEAN:.*]] = gac.reduce_mean %[[SQUARES]]
// CHECK: %[[SUM:.*]] = gac.add %[[MEAN]]
// CHECK: %[[DEV:.*]] = gac.sqrt %[[SUM]]
// CHECK: %[[N:.*]] = gac.div %arg0, %[[DEV]]
// CHECK: gac.mul %[[N]], %arg1
func.func @rms_norm(%x: tensor<?x64xf32>, %w: tensor<64xf32>) -> tensor<?x64xf32> attributes {gac.opset = 23 : i64} {
  %y = gac.rms_normalization %x, %w {epsilon = 1.0e-6 : f32} : (tensor<?x64xf32>, tensor<64xf32>) -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}

// -----

// Two heads of K and V serve four of Q; a row of which all is masked gives 0.
// CHECK-LABEL: func.func @attention(
// CHECK: %[[K1:.*]] = gac.unsqueeze %arg1
// CHECK: %[[K2:.*]] = gac.expand %[[K1]], %{{.*}} -> tensor<1x2x2x?x16xf32>
// CHECK: %[[K:.*]] = gac.reshape %[[K2]], %{{.*}} -> tensor<1x4x?x16xf32>
// CHECK: %[[V1:.*]] = gac.unsqueeze %arg2
// CHECK: %[[V2:.*]] = gac.expand %[[V1]]
// CHECK: %[[V:.*]] = gac.reshape %[[V2]], %{{.*}} -> tensor<1x4x?x8xf32>
// CHECK: %[[SCALE:.*]] = gac.constant dense<2.500000e-01>
// CHECK: %[[Q:.*]] = gac.mul %arg0, %[[SCALE]]
// CHECK: %[[KT:.*]] = gac.transpose %[[K]] {perm = array<i64: 0, 1, 3, 2>}
// CHECK: %[[S:.*]] = gac.matmul %[[Q]], %[[KT]]
// CHECK: %[[HIDDEN:.*]] = gac.constant dense<0xFF800000>
// CHECK: %[[M:.*]] = gac.where %arg3, %[[S]], %[[HIDDEN]]
// CHECK: gac.reduce_max %[[M]]
// CHECK: %[[P:.*]] = gac.div
// CHECK: %[[ALL:.*]] = gac.is_nan %[[P]]
// CHECK: %[[G:.*]] = gac.where %[[ALL]], %{{.*}}, %[[P]]
// CHECK: gac.matmul %[[G]], %[[V]]
func.func @attention(%q: tensor<1x4x?x16xf32>, %k: tensor<1x2x?x16xf32>, %v: tensor<1x2x?x8xf32>, %m: tensor<1x1x?x?xi1>) -> tensor<1x4x?x8xf32> attributes {gac.opset = 23 : i64} {
  %y = gac.attention %q, %k, %v, %m {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0, 0>}
      : (tensor<1x4x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x8xf32>, tensor<1x1x?x?xi1>) -> tensor<1x4x?x8xf32>
  return %y : tensor<1x4x?x8xf32>
}

// -----

// Rows of a cache come first: a row may look at all of them.
// CHECK-LABEL: func.func @causal(
// CHECK: %[[Q:.*]] = gac.transpose %{{.*}} -> tensor<1x2x7x16xf32>
// CHECK: %[[K:.*]] = gac.concat %arg3, %{{.*}} {axis = 2 : i64, gac.outputs = ["k"]}
// CHECK: %[[V:.*]] = gac.concat %arg4, %{{.*}} {axis = 2 : i64, gac.outputs = ["v"]}
// CHECK: %[[S:.*]] = gac.matmul
// CHECK: %[[ROWS:.*]] = gac.range
// CHECK: %[[PAST:.*]] = gac.shape %arg3 {end = 3 : i64, start = 2 : i64}
// CHECK: %[[SHIFTED:.*]] = gac.add %[[ROWS]], %[[PAST]]
// CHECK: %[[COLUMNS:.*]] = gac.range %{{.*}} -> tensor<10xi64>
// CHECK: %[[R:.*]] = gac.unsqueeze %[[SHIFTED]]
// CHECK: %[[SEEN:.*]] = gac.less_or_equal %[[COLUMNS]], %[[R]]
// CHECK: gac.where %[[SEEN]], %[[S]]
// CHECK-NOT: gac.is_nan
// CHECK: %[[Y:.*]] = gac.reshape %{{.*}} {gac.outputs = ["y"]}
// CHECK: return %[[Y]], %[[K]], %[[V]]
func.func @causal(%q: tensor<1x7x32xf32>, %k: tensor<1x7x32xf32>, %v: tensor<1x7x32xf32>, %pk: tensor<1x2x3x16xf32>, %pv: tensor<1x2x3x16xf32>)
    -> (tensor<1x7x32xf32>, tensor<1x2x10x16xf32>, tensor<1x2x10x16xf32>) attributes {gac.opset = 23 : i64} {
  %y:3 = gac.attention %q, %k, %v, %pk, %pv {is_causal = 1 : i64, q_num_heads = 2 : i64, kv_num_heads = 2 : i64, gac.outputs = ["y", "k", "v"], operandSegmentSizes = array<i32: 1, 1, 1, 0, 1, 1, 0>, resultSegmentSizes = array<i32: 1, 1, 1, 0>}
      : (tensor<1x7x32xf32>, tensor<1x7x32xf32>, tensor<1x7x32xf32>, tensor<1x2x3x16xf32>, tensor<1x2x3x16xf32>)
      -> (tensor<1x7x32xf32>, tensor<1x2x10x16xf32>, tensor<1x2x10x16xf32>)
  return %y#0, %y#1, %y#2 : tensor<1x7x32xf32>, tensor<1x2x10x16xf32>, tensor<1x2x10x16xf32>
}

// -----

// CHECK-LABEL: func.func @rotary(
// CHECK: %[[C:.*]] = gac.unsqueeze %arg1
// CHECK: %[[S:.*]] = gac.unsqueeze %arg2
// CHECK: %[[A:.*]] = gac.slice %arg0, %{{.*}} -> tensor<2x4x?x4xf32>
// CHECK: %[[B:.*]] = gac.slice %arg0, %{{.*}} -> tensor<2x4x?x4xf32>
// CHECK: %[[CA:.*]] = gac.mul %[[C]], %[[A]]
// CHECK: %[[SB:.*]] = gac.mul %[[S]], %[[B]]
// CHECK: %[[REAL:.*]] = gac.sub %[[CA]], %[[SB]]
// CHECK: %[[SA:.*]] = gac.mul %[[S]], %[[A]]
// CHECK: %[[CB:.*]] = gac.mul %[[C]], %[[B]]
// CHECK: %[[IMAGINARY:.*]] = gac.add %[[SA]], %[[CB]]
// CHECK: %[[TURNED:.*]] = gac.concat %[[REAL]], %[[IMAGINARY]]
// CHECK: %[[REST:.*]] = gac.slice %arg0, %{{.*}} -> tensor<2x4x?x8xf32>
// CHECK: gac.concat %[[TURNED]], %[[REST]]
func.func @rotary(%x: tensor<2x4x?x16xf32>, %cos: tensor<1x?x4xf32>, %sin: tensor<1x?x4xf32>) -> tensor<2x4x?x16xf32> attributes {gac.opset = 23 : i64} {
  %y = gac.rotary_embedding %x, %cos, %sin {rotary_embedding_dim = 8 : i64} : (tensor<2x4x?x16xf32>, tensor<1x?x4xf32>, tensor<1x?x4xf32>) -> tensor<2x4x?x16xf32>
  return %y : tensor<2x4x?x16xf32>
}

// -----

// CHECK-LABEL: func.func @batch_norm(
// CHECK: %[[DEV:.*]] = gac.sqrt
// CHECK: %[[FACTOR:.*]] = gac.div %arg1, %[[DEV]]
// CHECK: %[[C:.*]] = gac.sub %arg0
// CHECK: %[[F:.*]] = gac.unsqueeze %[[FACTOR]], %{{.*}} -> tensor<8x1x1xf32>
// CHECK: %[[SCALED:.*]] = gac.mul %[[C]], %[[F]]
// CHECK: %[[Y:.*]] = gac.add %[[SCALED]]
// CHECK: %[[AXES:.*]] = gac.constant dense<[2, 3]>
// CHECK: gac.reduce_mean %[[Y]], %[[AXES]]
func.func @batch_norm(%x: tensor<?x8x4x4xf32>, %w: tensor<8xf32>) -> tensor<?x8x1x1xf32> attributes {gac.opset = 18 : i64} {
  %y = gac.batch_normalization %x, %w, %w, %w, %w {resultSegmentSizes = array<i32: 1, 0, 0, 0, 0>} : (tensor<?x8x4x4xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<?x8x4x4xf32>
  %z = gac.global_average_pool %y : (tensor<?x8x4x4xf32>) -> tensor<?x8x1x1xf32>
  return %z : tensor<?x8x1x1xf32>
}

// -----

// What depends on the unknown stays.
// CHECK-LABEL: func.func @unknown(
// CHECK: gac.rms_normalization
func.func @unknown(%x: tensor<*xf32>, %w: tensor<64xf32>) -> tensor<*xf32> attributes {gac.opset = 23 : i64} {
  %y = gac.rms_normalization %x, %w : (tensor<*xf32>, tensor<64xf32>) -> tensor<*xf32>
  return %y : tensor<*xf32>
}
