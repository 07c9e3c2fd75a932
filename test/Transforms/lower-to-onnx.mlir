// RUN: gac-opt %s --gac-lower-to-onnx --split-input-file --verify-diagnostics | FileCheck %s
// RUN: gac-opt %s --gac-lower-to-onnx --gac-lower-to-onnx --split-input-file --verify-diagnostics | FileCheck %s

// The count goes into scale and epsilon; names stay apart.
// CHECK-LABEL: func.func @count
// CHECK:      %[[W:.*]] = gac.initializer "n.count"
// CHECK:      %[[FACTOR:.*]] = gac.initializer "n.count.1" = dense<5.000000e-01> : tensor<f32>
// CHECK-NEXT: %[[SCALE:.*]] = gac.mul %[[W]], %[[FACTOR]] {gac.outputs = ["n.grown"]} : (tensor<8xf32>, tensor<f32>) -> tensor<8xf32>
// CHECK-NEXT: gac.rms_normalization %arg0, %[[SCALE]] {epsilon = 2.500000e-01 : f32, gac.outputs = ["n"]}
// CHECK-NOT:  logical_count
func.func @count(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %w = gac.initializer "n.count" = dense<1.0> : tensor<8xf32>
  %n = gac.rms_normalization %x, %w {epsilon = 1.0 : f32, gac.outputs = ["n"], logical_count = 2 : i64}
      : (tensor<?x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  return %n : tensor<?x8xf32>
}

// -----

// The default epsilon counts, too; the factor has the type of the scale.
// CHECK-LABEL: func.func @defaults
// CHECK: gac.initializer "{{.*}}.count" = dense<5.000000e-01> : tensor<bf16>
// CHECK: gac.rms_normalization {{.*}} {axis = 1 : i64, epsilon = 2.500000e-06 : f32}
func.func @defaults(%x: tensor<?x2x8xbf16>, %w: tensor<8xbf16>) -> tensor<?x2x8xbf16> {
  %n = gac.rms_normalization %x, %w {axis = 1 : i64, logical_count = 4 : i64}
      : (tensor<?x2x8xbf16>, tensor<8xbf16>) -> tensor<?x2x8xbf16>
  return %n : tensor<?x2x8xbf16>
}

// -----

// All lanes are what ONNX counts anyway.
// CHECK-LABEL: func.func @all
// CHECK-NEXT: gac.rms_normalization %arg0, %arg1 :
func.func @all(%x: tensor<?x8xf32>, %w: tensor<8xf32>) -> tensor<?x8xf32> {
  %n = gac.rms_normalization %x, %w {logical_count = 8 : i64}
      : (tensor<?x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  return %n : tensor<?x8xf32>
}

// -----

func.func @unknown(%x: tensor<?x?xf32>, %w: tensor<?xf32>) -> tensor<?x?xf32> {
  // expected-error @+1 {{has a logical count of 8 over lanes whose number is not known, which ONNX cannot state}}
  %n = gac.rms_normalization %x, %w {logical_count = 8 : i64}
      : (tensor<?x?xf32>, tensor<?xf32>) -> tensor<?x?xf32>
  return %n : tensor<?x?xf32>
}

// -----

// ONNX Runtime's RMS norms count alike; that of a sum scales by gamma.

// CHECK-LABEL: func.func @contrib
// CHECK: %[[SHARE:.*]] = gac.initializer "y.count" = dense<5.000000e-01> : tensor<f32>
// CHECK: %[[SCALE:.*]] = gac.mul %arg1, %[[SHARE]]
// CHECK: gac.simplified_layer_normalization %arg0, %[[SCALE]] {epsilon = 2.500000e-01 : f32, gac.outputs = ["y"]}
// CHECK: %[[SHARE:.*]] = gac.initializer "z.count" = dense<5.000000e-01> : tensor<f32>
// CHECK: %[[GAMMA:.*]] = gac.mul %arg1, %[[SHARE]]
// CHECK: gac.skip_simplified_layer_normalization %arg0, %arg0, %[[GAMMA]] {epsilon = 5.000000e-01 : f32, gac.outputs = ["z"]
func.func @contrib(%x: tensor<3x8xf32>, %w: tensor<8xf32>) -> (tensor<3x8xf32>, tensor<3x8xf32>) {
  %y = gac.simplified_layer_normalization %x, %w {epsilon = 1.0 : f32, gac.outputs = ["y"], logical_count = 2 : i64} : (tensor<3x8xf32>, tensor<8xf32>) -> tensor<3x8xf32>
  %z = gac.skip_simplified_layer_normalization %x, %x, %w {epsilon = 2.0 : f32, gac.outputs = ["z"], logical_count = 2 : i64, resultSegmentSizes = array<i32: 1, 0, 0, 0>} : (tensor<3x8xf32>, tensor<3x8xf32>, tensor<8xf32>) -> tensor<3x8xf32>
  return %y, %z : tensor<3x8xf32>, tensor<3x8xf32>
}

// -----

// A norm of lanes that are not all: its formula, where constants are made once.
// CHECK-LABEL: func.func @lanes
// CHECK:      %[[AXES:.*]] = gac.initializer "y.axes" = dense<-1> : tensor<1xi64>
// CHECK-NEXT: %[[SUM:.*]] = gac.reduce_sum %arg0, %[[AXES]] {{.*}}keepdims = 1 : i64} : (tensor<?x8xf32>, tensor<1xi64>) -> tensor<?x1xf32>
// CHECK-NEXT: %[[COUNT:.*]] = gac.initializer "y.count" = dense<5.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[MEAN:.*]] = gac.div %[[SUM]], %[[COUNT]]
// CHECK-NEXT: %[[MASK:.*]] = gac.initializer "y.mask" = dense<[1.000000e+00, 1.000000e+00, 1.000000e+00, 0.000000e+00, 1.000000e+00, 1.000000e+00, 0.000000e+00, 0.000000e+00]> : tensor<8xf32>
// CHECK-NEXT: %[[MEANS:.*]] = gac.mul %[[MEAN]], %[[MASK]]
// CHECK-NEXT: %[[D:.*]] = gac.sub %arg0, %[[MEANS]]
// CHECK-NEXT: %[[SQUARE:.*]] = gac.mul %[[D]], %[[D]]
// CHECK-NEXT: %[[SQUARES:.*]] = gac.reduce_sum %[[SQUARE]], %[[AXES]]
// CHECK-NEXT: %[[VAR:.*]] = gac.div %[[SQUARES]], %[[COUNT]]
// CHECK-NEXT: %[[EPS:.*]] = gac.initializer "y.epsilon" = dense<5.000000e-01> : tensor<f32>
// CHECK-NEXT: %[[SHIFTED:.*]] = gac.add %[[VAR]], %[[EPS]]
// CHECK-NEXT: %[[ROOT:.*]] = gac.sqrt %[[SHIFTED]]
// CHECK-NEXT: %[[N:.*]] = gac.div %[[D]], %[[ROOT]]
// CHECK-NEXT: %[[SCALED:.*]] = gac.mul %[[N]], %arg1
// CHECK-NEXT: %[[Y:.*]] = gac.add %[[SCALED]], %arg2 {gac.dims = {{\[\[}}"n", ""]], gac.outputs = ["y"]} : (tensor<?x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
// CHECK-NEXT: gac.reduce_sum %[[Y]], %[[AXES]]
// CHECK-NEXT: gac.div %{{.*}}, %[[COUNT]]
// CHECK-NEXT: gac.mul %{{.*}}, %[[MASK]]
// CHECK-NOT:  gac.initializer
// CHECK-NOT:  gac.layer_normalization
func.func @lanes(%x: tensor<?x8xf32>, %w: tensor<8xf32>, %b: tensor<8xf32>) -> tensor<?x8xf32> {
  %y = gac.layer_normalization %x, %w, %b {epsilon = 0.5 : f32, gac.dims = [["n", ""]], gac.outputs = ["y"], logical_lanes = #gac.lanes<8 : 0 to 0 by 3, 3 to 4 by 2>, resultSegmentSizes = array<i32: 1, 0, 0>}
      : (tensor<?x8xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  %z = gac.layer_normalization %y, %w {epsilon = 0.5 : f32, gac.outputs = ["z"], logical_lanes = #gac.lanes<8 : 0 to 0 by 3, 3 to 4 by 2>, resultSegmentSizes = array<i32: 1, 0, 0>}
      : (tensor<?x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  return %z : tensor<?x8xf32>
}

// -----

// Computed in the type that it says, and all results are there.
// CHECK-LABEL: func.func @results
// CHECK:      %[[X:.*]] = gac.cast %arg0 {{.*}}to = 1 : i64} : (tensor<?x8xf16>) -> tensor<?x8xf32>
// CHECK:      %[[MEAN:.*]] = gac.div {{.*}} {gac.outputs = ["mean"]}
// CHECK:      %[[ROOT:.*]] = gac.sqrt
// CHECK-NEXT: %[[N:.*]] = gac.div
// CHECK-NEXT: %[[HALF:.*]] = gac.cast %[[N]] {{.*}}to = 10 : i64}
// CHECK-NEXT: %[[Y:.*]] = gac.mul %[[HALF]], %arg1 {gac.outputs = ["y"]}
// CHECK-NEXT: %[[INV:.*]] = gac.reciprocal %[[ROOT]] {gac.outputs = ["inv"]}
// CHECK-NEXT: return %[[Y]], %[[MEAN]], %[[INV]]
func.func @results(%x: tensor<?x8xf16>, %w: tensor<8xf16>) -> (tensor<?x8xf16>, tensor<?x1xf32>, tensor<?x1xf32>) {
  %y:3 = gac.layer_normalization %x, %w {gac.outputs = ["y", "mean", "inv"], logical_lanes = #gac.lanes<8 : 0 to 0 by 5>, resultSegmentSizes = array<i32: 1, 1, 1>}
      : (tensor<?x8xf16>, tensor<8xf16>) -> (tensor<?x8xf16>, tensor<?x1xf32>, tensor<?x1xf32>)
  return %y#0, %y#1, %y#2 : tensor<?x8xf16>, tensor<?x1xf32>, tensor<?x1xf32>
}

// -----

// In 16 bits the mean is scaled: a sum may not fit.
// CHECK-LABEL: func.func @half
// CHECK:      %[[MEAN:.*]] = gac.reduce_mean %arg0
// CHECK-NEXT: %[[SCALE:.*]] = gac.initializer "y.count" = dense<2.000000e+00> : tensor<f16>
// CHECK-NEXT: gac.mul %[[MEAN]], %[[SCALE]]
func.func @half(%x: tensor<?x8xf16>, %w: tensor<8xf16>) -> tensor<?x8xf16> {
  %y = gac.layer_normalization %x, %w {gac.outputs = ["y"], logical_lanes = #gac.lanes<8 : 0 to 0 by 4>, resultSegmentSizes = array<i32: 1, 0, 0>, stash_type = 10 : i64}
      : (tensor<?x8xf16>, tensor<8xf16>) -> tensor<?x8xf16>
  return %y : tensor<?x8xf16>
}

// -----

func.func @no_float(%x: tensor<?x8xf32>, %w: tensor<8xf32>) -> tensor<?x8xf32> {
  // expected-error @+1 {{counts 5 lanes of 8, which cannot be written out for stash_type 7}}
  %y = gac.layer_normalization %x, %w {logical_lanes = #gac.lanes<8 : 0 to 0 by 5>, resultSegmentSizes = array<i32: 1, 0, 0>, stash_type = 7 : i64}
      : (tensor<?x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// -----

// What the opset does not have is taken apart; what it has stays.
// CHECK-LABEL: func.func @later
// CHECK: gac.reduce_mean
// CHECK: gac.sigmoid
// CHECK: gac.erf
// CHECK: gac.tanh
// CHECK: gac.softmax
// CHECK-NOT: gac.{{rms_normalization|swish|gelu}}
func.func @later(%x: tensor<?x8xf32>, %w: tensor<8xf32>) -> tensor<?x8xf32>
    attributes {gac.opset = 18 : i64} {
  %n = gac.rms_normalization %x, %w {gac.outputs = ["n"]}
      : (tensor<?x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  %s = gac.swish %n {alpha = 2.0 : f32} : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %g = gac.gelu %s : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %t = gac.gelu %g {approximate = "tanh"} : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %y = "gac.softmax"(%t) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// -----

// An attention is written with Softmax, its mask as it was before the rows of
// it were repeated, and no zeros where each row has a key that it sees.
// CHECK-LABEL: func.func @attention
// CHECK-NOT:  gac.{{expand|concat|shape|reduce_max|exp|reduce_sum|is_nan|where}}
// CHECK:      %[[Q:.*]] = gac.mul %arg0
// CHECK:      %[[KT:.*]] = gac.transpose %arg1
// CHECK-NEXT: %[[S:.*]] = gac.matmul %[[Q]], %[[KT]]
// CHECK-NEXT: %[[M:.*]] = gac.add %[[S]], %arg3
// CHECK-NEXT: %[[P:.*]] = gac.softmax %[[M]] {axis = 3 : i64} : (tensor<2x4x?x16xf32>) -> tensor<2x4x?x16xf32>
// CHECK-NEXT: %[[Y:.*]] = gac.matmul %[[P]], %arg2 {gac.outputs = ["y"]}
// CHECK-NEXT: return %[[Y]]
func.func @attention(%q: tensor<2x4x?x8xf32>, %k: tensor<2x4x16x8xf32>, %v: tensor<2x4x16x8xf32>, %m: tensor<2x1x1x16xf32>) -> tensor<2x4x?x8xf32>
    attributes {gac.opset = 17 : i64} {
  %one = gac.constant dense<1> : tensor<1xi64>
  %rows = gac.shape %q {end = 3 : i64, start = 2 : i64} : (tensor<2x4x?x8xf32>) -> tensor<1xi64>
  %sizes = gac.concat %one, %one, %rows, %one {axis = 0 : i64} : (tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<4xi64>
  %all = gac.expand %m, %sizes : (tensor<2x1x1x16xf32>, tensor<4xi64>) -> tensor<2x1x?x16xf32>
  %y = gac.attention %q, %k, %v, %all {gac.outputs = ["y"], gac.sees_keys, operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0, 0>}
      : (tensor<2x4x?x8xf32>, tensor<2x4x16x8xf32>, tensor<2x4x16x8xf32>, tensor<2x1x?x16xf32>) -> tensor<2x4x?x8xf32>
  return %y : tensor<2x4x?x8xf32>
}

// -----

// Causality is a triangle from opset 14 on; sizes are gathered before 15.
// CHECK-LABEL: func.func @causal
// CHECK:      %[[SHAPE:.*]] = gac.shape %arg0 :
// CHECK:      %[[ROWS:.*]] = gac.gather %[[SHAPE]]
// CHECK:      %[[SIZES:.*]] = gac.concat %[[ROWS]], %{{.*}} {axis = 0 : i64}
// CHECK-NEXT: %[[ALL:.*]] = gac.expand %{{.*}}, %[[SIZES]]
// CHECK-NEXT: %[[HIDDEN:.*]] = gac.trilu %[[ALL]], %{{.*}} {upper = 1 : i64}
// CHECK-NEXT: %[[M:.*]] = gac.add %{{.*}}, %[[HIDDEN]]
// CHECK-NEXT: gac.softmax %[[M]]
// CHECK-NOT:  gac.{{range|where|attention}}
func.func @causal(%q: tensor<2x4x?x8xf32>) -> tensor<2x4x?x8xf32>
    attributes {gac.opset = 14 : i64} {
  %y = gac.attention %q, %q, %q {is_causal = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0, 0>}
      : (tensor<2x4x?x8xf32>, tensor<2x4x?x8xf32>, tensor<2x4x?x8xf32>) -> tensor<2x4x?x8xf32>
  return %y : tensor<2x4x?x8xf32>
}

// -----

// Before it is a condition, in the forms of opset 11; a mask may hide all keys.
// CHECK-LABEL: func.func @old
// CHECK:      gac.squeeze %{{.*}} {axes = array<i64: 0>}
// CHECK:      gac.unsqueeze %{{.*}} {axes = array<i64: 1>}
// CHECK:      %[[LESS:.*]] = gac.less
// CHECK-NEXT: gac.not %[[LESS]]
// CHECK:      %[[P:.*]] = gac.softmax
// CHECK:      %[[NONE:.*]] = gac.is_nan %[[P]]
// CHECK:      gac.where %[[NONE]], %{{.*}}, %[[P]]
func.func @old(%q: tensor<2x4x?x8xf32>, %m: tensor<2x1x1x?xi1>) -> tensor<2x4x?x8xf32>
    attributes {gac.opset = 11 : i64} {
  %y = gac.attention %q, %q, %q, %m {is_causal = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0, 0>}
      : (tensor<2x4x?x8xf32>, tensor<2x4x?x8xf32>, tensor<2x4x?x8xf32>, tensor<2x1x1x?xi1>) -> tensor<2x4x?x8xf32>
  return %y : tensor<2x4x?x8xf32>
}

// -----

// ONNX Runtime has LayerNormalization in all opsets, ONNX from 17 on: one that
// the file had stays, one that recovery made does not.
// CHECK-LABEL: func.func @recovered
// CHECK:      gac.layer_normalization %arg0
// CHECK-NOT:  gac.layer_normalization
// CHECK:      gac.reduce_mean %{{.*}} {axes = array<i64: 1>}
// CHECK:      gac.sqrt
// CHECK-NOT:  gac.layer_normalization
// CHECK:      return
func.func @recovered(%x: tensor<?x8xf32>, %w: tensor<8xf32>) -> tensor<?x8xf32>
    attributes {gac.opset = 11 : i64} {
  %y = gac.layer_normalization %x, %w {resultSegmentSizes = array<i32: 1, 0, 0>}
      : (tensor<?x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  %z = gac.layer_normalization %y, %w {gac.recovered, resultSegmentSizes = array<i32: 1, 0, 0>}
      : (tensor<?x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  return %z : tensor<?x8xf32>
}

// -----

// The lanes of axes that are normalised as one lie in their order.

// CHECK-LABEL: func.func @layer_norm_of_two_axes
// CHECK: %[[AXES:.*]] = gac.initializer "n.axes" = dense<[-2, -1]> : tensor<2xi64>
// CHECK: gac.reduce_sum %arg0, %[[AXES]]
// CHECK: dense<6.000000e+00> : tensor<f32>
// CHECK: gac.initializer "n.mask" = {{.*}} : tensor<4x2xf32>
// CHECK: gac.outputs = ["n"]
func.func @layer_norm_of_two_axes(%x: tensor<?x4x2xf32>, %w: tensor<4x2xf32>) -> tensor<?x4x2xf32> attributes {gac.opset = 20 : i64} {
  %n = gac.layer_normalization %x, %w {axis = 1 : i64, gac.outputs = ["n"], logical_lanes = #gac.lanes<8 : 0 to 0 by 6>, resultSegmentSizes = array<i32: 1, 0, 0>}
      : (tensor<?x4x2xf32>, tensor<4x2xf32>) -> tensor<?x4x2xf32>
  return %n : tensor<?x4x2xf32>
}

// -----

// The channels of a group are rows of a view; what scales by one and adds zero
// is left out.

// CHECK-LABEL: func.func @instance_norm
// CHECK: %[[VIEW:.*]] = gac.initializer "n.rows" = dense<[0, 2, 4, -1]> : tensor<4xi64>
// CHECK: %[[X:.*]] = gac.reshape %arg0, %[[VIEW]] {{.*}} -> tensor<?x2x4x?xf32>
// CHECK: gac.reduce_mean %[[X]], {{.*}} -> tensor<?x2x1x1xf32>
// CHECK: dense<1.33333337> : tensor<f32>
// CHECK: gac.initializer "n.mask" = {{.*}} : tensor<4x1xf32>
// CHECK: %[[Y:.*]] = gac.div
// CHECK-NEXT: %[[SHAPE:.*]] = gac.initializer "n.shape" = dense<[0, 2, -1]> : tensor<3xi64>
// CHECK-NEXT: gac.reshape %[[Y]], %[[SHAPE]] {gac.outputs = ["n"]}
func.func @instance_norm(%x: tensor<?x2x?xf32>) -> tensor<?x2x?xf32> {
  %s = gac.initializer "s" = dense<1.0> : tensor<2xf32>
  %b = gac.initializer "b" = dense<0.0> : tensor<2xf32>
  %n = gac.instance_normalization %x, %s, %b {gac.outputs = ["n"], logical_lanes = #gac.lanes<4 : 0 to 0 by 3>}
      : (tensor<?x2x?xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2x?xf32>
  return %n : tensor<?x2x?xf32>
}

// -----

// Sizes that are not known are those of X; entries per channel are rows, too.

// CHECK-LABEL: func.func @group_norm
// CHECK: gac.div
// CHECK-NEXT: %[[SHAPE:.*]] = gac.initializer "n.parameter" = dense<[2, 4, 1]> : tensor<3xi64>
// CHECK-NEXT: %[[W:.*]] = gac.reshape %arg1, %[[SHAPE]] {{.*}} -> tensor<2x4x1xf32>
// CHECK-NEXT: gac.mul {{.*}}, %[[W]]
// CHECK: gac.add
// CHECK-NEXT: %[[SIZES:.*]] = gac.shape %arg0
// CHECK-NEXT: gac.reshape {{.*}}, %[[SIZES]] {gac.outputs = ["n"]}
func.func @group_norm(%x: tensor<?x8x?x?xf32>, %w: tensor<8xf32>) -> tensor<?x8x?x?xf32> {
  %n = gac.group_normalization %x, %w, %w {gac.outputs = ["n"], logical_lanes = #gac.lanes<4 : 0 to 0 by 3>, num_groups = 2 : i64}
      : (tensor<?x8x?x?xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<?x8x?x?xf32>
  return %n : tensor<?x8x?x?xf32>
}

// -----

func.func @group_norm_unknown(%x: !gac.value, %w: tensor<8xf32>) -> !gac.value {
  // expected-error @+1 {{counts 3 lanes of 4, which cannot be written out for operands of unknown shape}}
  %n = gac.group_normalization %x, %w, %w {logical_lanes = #gac.lanes<4 : 0 to 0 by 3>, num_groups = 2 : i64}
      : (!gac.value, tensor<8xf32>, tensor<8xf32>) -> !gac.value
  return %n : !gac.value
}

// -----

func.func @instance_norm_unknown(%x: !gac.value, %w: tensor<2xf32>) -> !gac.value {
  // expected-error @+1 {{counts 3 lanes of 4, which cannot be written out for an X of unknown shape}}
  %n = gac.instance_normalization %x, %w, %w {logical_lanes = #gac.lanes<4 : 0 to 0 by 3>}
      : (!gac.value, tensor<2xf32>, tensor<2xf32>) -> !gac.value
  return %n : !gac.value
}
