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
