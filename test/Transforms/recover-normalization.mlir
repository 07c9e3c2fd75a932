// RUN: gac-opt %s --gac-recover --split-input-file | FileCheck %s

// As the exporter writes it.
// CHECK-LABEL: func.func @exported
func.func @exported(%x: tensor<?x64xf32>, %w: tensor<64xf32>) -> tensor<?x64xf32> {
  // CHECK-NOT:  gac.reduce_mean
  // CHECK:      %[[Y:.+]] = gac.rms_normalization %arg0, %arg1
  // CHECK-SAME:   axis = -1 : i64, epsilon = 9.99999997E-7 : f32, stash_type = 1 : i64
  // CHECK-NEXT: return %[[Y]]
  %two = gac.constant dense<2.0> : tensor<f32>
  %eps = gac.constant dense<1.0e-06> : tensor<f32>
  %axes = gac.constant dense<-1> : tensor<1xi64>
  %0 = gac.pow %x, %two
      : (tensor<?x64xf32>, tensor<f32>) -> tensor<?x64xf32>
  %1 = gac.reduce_mean %0, %axes {keepdims = 1 : i64}
      : (tensor<?x64xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %2 = gac.add %1, %eps
      : (tensor<?x1xf32>, tensor<f32>) -> tensor<?x1xf32>
  %3 = gac.sqrt %2
      : (tensor<?x1xf32>) -> tensor<?x1xf32>
  %4 = gac.reciprocal %3
      : (tensor<?x1xf32>) -> tensor<?x1xf32>
  %5 = gac.mul %x, %4
      : (tensor<?x64xf32>, tensor<?x1xf32>) -> tensor<?x64xf32>
  %y = gac.mul %w, %5
      : (tensor<64xf32>, tensor<?x64xf32>) -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}

// -----

// x * x, a division, and the scale on the other side.
// CHECK-LABEL: func.func @other_spelling
func.func @other_spelling(%x: tensor<?x64xf32>, %w: tensor<64xf32>) -> tensor<?x64xf32> {
  // CHECK: gac.rms_normalization %arg0, %arg1
  // CHECK-NOT: gac.div
  %two = gac.constant dense<2.0> : tensor<f32>
  %eps = gac.constant dense<1.0e-06> : tensor<f32>
  %axes = gac.constant dense<-1> : tensor<1xi64>
  %0 = gac.mul %x, %x
      : (tensor<?x64xf32>, tensor<?x64xf32>) -> tensor<?x64xf32>
  %1 = gac.reduce_mean %0, %axes {keepdims = 1 : i64}
      : (tensor<?x64xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %2 = gac.add %1, %eps
      : (tensor<?x1xf32>, tensor<f32>) -> tensor<?x1xf32>
  %3 = gac.sqrt %2
      : (tensor<?x1xf32>) -> tensor<?x1xf32>
  %5 = gac.div %x, %3
      : (tensor<?x64xf32>, tensor<?x1xf32>) -> tensor<?x64xf32>
  %y = gac.mul %5, %w
      : (tensor<?x64xf32>, tensor<64xf32>) -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}

// -----

// 1 / sqrt.
// CHECK-LABEL: func.func @one_over_root
func.func @one_over_root(%x: tensor<?x64xf32>, %w: tensor<64xf32>) -> tensor<?x64xf32> {
  // CHECK: gac.rms_normalization
  %two = gac.constant dense<2.0> : tensor<f32>
  %eps = gac.constant dense<1.0e-06> : tensor<f32>
  %axes = gac.constant dense<-1> : tensor<1xi64>
  %one = gac.constant dense<1.0> : tensor<f32>
  %0 = gac.pow %x, %two
      : (tensor<?x64xf32>, tensor<f32>) -> tensor<?x64xf32>
  %1 = gac.reduce_mean %0, %axes {keepdims = 1 : i64}
      : (tensor<?x64xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %2 = gac.add %1, %eps
      : (tensor<?x1xf32>, tensor<f32>) -> tensor<?x1xf32>
  %3 = gac.sqrt %2
      : (tensor<?x1xf32>) -> tensor<?x1xf32>
  %4 = gac.div %one, %3
      : (tensor<f32>, tensor<?x1xf32>) -> tensor<?x1xf32>
  %5 = gac.mul %x, %4
      : (tensor<?x64xf32>, tensor<?x1xf32>) -> tensor<?x64xf32>
  %y = gac.mul %w, %5
      : (tensor<64xf32>, tensor<?x64xf32>) -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}

// -----

// Computed in f32, scaled in the type of the model.
// CHECK-LABEL: func.func @half_precision
func.func @half_precision(%x: tensor<?x64xbf16>, %w: tensor<64xbf16>) -> tensor<?x64xbf16> {
  // CHECK:      gac.rms_normalization %arg0, %arg1
  // CHECK-SAME:   stash_type = 1 : i64
  // CHECK-SAME:   tensor<?x64xbf16>
  // CHECK-NOT:  gac.cast
  %two = gac.constant dense<2.0> : tensor<f32>
  %eps = gac.constant dense<1.0e-06> : tensor<f32>
  %axes = gac.constant dense<-1> : tensor<1xi64>
  %wide = gac.cast %x {to = 1 : i64}
      : (tensor<?x64xbf16>) -> tensor<?x64xf32>
  %0 = gac.pow %wide, %two
      : (tensor<?x64xf32>, tensor<f32>) -> tensor<?x64xf32>
  %1 = gac.reduce_mean %0, %axes {keepdims = 1 : i64}
      : (tensor<?x64xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %2 = gac.add %1, %eps
      : (tensor<?x1xf32>, tensor<f32>) -> tensor<?x1xf32>
  %3 = gac.sqrt %2
      : (tensor<?x1xf32>) -> tensor<?x1xf32>
  %4 = gac.reciprocal %3
      : (tensor<?x1xf32>) -> tensor<?x1xf32>
  %5 = gac.mul %wide, %4
      : (tensor<?x64xf32>, tensor<?x1xf32>) -> tensor<?x64xf32>
  %6 = gac.cast %5 {to = 16 : i64}
      : (tensor<?x64xf32>) -> tensor<?x64xbf16>
  %y = gac.mul %w, %6
      : (tensor<64xbf16>, tensor<?x64xbf16>) -> tensor<?x64xbf16>
  return %y : tensor<?x64xbf16>
}

// -----

// Not a square.
// CHECK-LABEL: func.func @cube
func.func @cube(%x: tensor<?x64xf32>, %w: tensor<64xf32>) -> tensor<?x64xf32> {
  // CHECK-NOT: gac.rms_normalization
  %two = gac.constant dense<3.0> : tensor<f32>
  %eps = gac.constant dense<1.0e-06> : tensor<f32>
  %axes = gac.constant dense<-1> : tensor<1xi64>
  %0 = gac.pow %x, %two
      : (tensor<?x64xf32>, tensor<f32>) -> tensor<?x64xf32>
  %1 = gac.reduce_mean %0, %axes {keepdims = 1 : i64}
      : (tensor<?x64xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %2 = gac.add %1, %eps
      : (tensor<?x1xf32>, tensor<f32>) -> tensor<?x1xf32>
  %3 = gac.sqrt %2
      : (tensor<?x1xf32>) -> tensor<?x1xf32>
  %4 = gac.reciprocal %3
      : (tensor<?x1xf32>) -> tensor<?x1xf32>
  %5 = gac.mul %x, %4
      : (tensor<?x64xf32>, tensor<?x1xf32>) -> tensor<?x64xf32>
  %y = gac.mul %w, %5
      : (tensor<64xf32>, tensor<?x64xf32>) -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}

// -----

// The mean is over rows.
// CHECK-LABEL: func.func @other_axis
func.func @other_axis(%x: tensor<64x64xf32>, %w: tensor<64xf32>) -> tensor<64x64xf32> {
  // CHECK-NOT: gac.rms_normalization
  %two = gac.constant dense<2.0> : tensor<f32>
  %eps = gac.constant dense<1.0e-06> : tensor<f32>
  %axes = gac.constant dense<0> : tensor<1xi64>
  %0 = gac.pow %x, %two
      : (tensor<64x64xf32>, tensor<f32>) -> tensor<64x64xf32>
  %1 = gac.reduce_mean %0, %axes {keepdims = 1 : i64}
      : (tensor<64x64xf32>, tensor<1xi64>) -> tensor<1x64xf32>
  %2 = gac.add %1, %eps
      : (tensor<1x64xf32>, tensor<f32>) -> tensor<1x64xf32>
  %3 = gac.sqrt %2
      : (tensor<1x64xf32>) -> tensor<1x64xf32>
  %4 = gac.reciprocal %3
      : (tensor<1x64xf32>) -> tensor<1x64xf32>
  %5 = gac.mul %x, %4
      : (tensor<64x64xf32>, tensor<1x64xf32>) -> tensor<64x64xf32>
  %y = gac.mul %w, %5
      : (tensor<64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  return %y : tensor<64x64xf32>
}

// -----

// What is normalised is not what the mean is of.
// CHECK-LABEL: func.func @other_value
func.func @other_value(%x: tensor<?x64xf32>, %w: tensor<64xf32>, %z: tensor<?x64xf32>) -> tensor<?x64xf32> {
  // CHECK-NOT: gac.rms_normalization
  %two = gac.constant dense<2.0> : tensor<f32>
  %eps = gac.constant dense<1.0e-06> : tensor<f32>
  %axes = gac.constant dense<-1> : tensor<1xi64>
  %0 = gac.pow %x, %two
      : (tensor<?x64xf32>, tensor<f32>) -> tensor<?x64xf32>
  %1 = gac.reduce_mean %0, %axes {keepdims = 1 : i64}
      : (tensor<?x64xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %2 = gac.add %1, %eps
      : (tensor<?x1xf32>, tensor<f32>) -> tensor<?x1xf32>
  %3 = gac.sqrt %2
      : (tensor<?x1xf32>) -> tensor<?x1xf32>
  %4 = gac.reciprocal %3
      : (tensor<?x1xf32>) -> tensor<?x1xf32>
  %5 = gac.mul %z, %4
      : (tensor<?x64xf32>, tensor<?x1xf32>) -> tensor<?x64xf32>
  %y = gac.mul %w, %5
      : (tensor<64xf32>, tensor<?x64xf32>) -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}

// -----

// An epsilon per row is no epsilon.
// CHECK-LABEL: func.func @vector_epsilon
func.func @vector_epsilon(%x: tensor<?x64xf32>, %w: tensor<64xf32>, %e: tensor<?x1xf32>) -> tensor<?x64xf32> {
  // CHECK-NOT: gac.rms_normalization
  %two = gac.constant dense<2.0> : tensor<f32>
  %eps = gac.constant dense<1.0e-06> : tensor<f32>
  %axes = gac.constant dense<-1> : tensor<1xi64>
  %0 = gac.pow %x, %two
      : (tensor<?x64xf32>, tensor<f32>) -> tensor<?x64xf32>
  %1 = gac.reduce_mean %0, %axes {keepdims = 1 : i64}
      : (tensor<?x64xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %2 = gac.add %1, %e
      : (tensor<?x1xf32>, tensor<?x1xf32>) -> tensor<?x1xf32>
  %3 = gac.sqrt %2
      : (tensor<?x1xf32>) -> tensor<?x1xf32>
  %4 = gac.reciprocal %3
      : (tensor<?x1xf32>) -> tensor<?x1xf32>
  %5 = gac.mul %x, %4
      : (tensor<?x64xf32>, tensor<?x1xf32>) -> tensor<?x64xf32>
  %y = gac.mul %w, %5
      : (tensor<64xf32>, tensor<?x64xf32>) -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}

// -----

// The scale adds an axis.
// CHECK-LABEL: func.func @scale_enlarges
func.func @scale_enlarges(%x: tensor<?x64xf32>, %w: tensor<2x1x64xf32>) -> tensor<2x?x64xf32> {
  // CHECK-NOT: gac.rms_normalization
  %two = gac.constant dense<2.0> : tensor<f32>
  %eps = gac.constant dense<1.0e-06> : tensor<f32>
  %axes = gac.constant dense<-1> : tensor<1xi64>
  %0 = gac.pow %x, %two
      : (tensor<?x64xf32>, tensor<f32>) -> tensor<?x64xf32>
  %1 = gac.reduce_mean %0, %axes {keepdims = 1 : i64}
      : (tensor<?x64xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %2 = gac.add %1, %eps
      : (tensor<?x1xf32>, tensor<f32>) -> tensor<?x1xf32>
  %3 = gac.sqrt %2
      : (tensor<?x1xf32>) -> tensor<?x1xf32>
  %4 = gac.reciprocal %3
      : (tensor<?x1xf32>) -> tensor<?x1xf32>
  %5 = gac.mul %x, %4
      : (tensor<?x64xf32>, tensor<?x1xf32>) -> tensor<?x64xf32>
  %y = gac.mul %w, %5
      : (tensor<2x1x64xf32>, tensor<?x64xf32>) -> tensor<2x?x64xf32>
  return %y : tensor<2x?x64xf32>
}

// -----

// The scale has one number per row.
// CHECK-LABEL: func.func @row_scale
func.func @row_scale(%x: tensor<?x64xf32>, %w: tensor<?x1xf32>) -> tensor<?x64xf32> {
  // CHECK-NOT: gac.rms_normalization
  %two = gac.constant dense<2.0> : tensor<f32>
  %eps = gac.constant dense<1.0e-06> : tensor<f32>
  %axes = gac.constant dense<-1> : tensor<1xi64>
  %0 = gac.pow %x, %two
      : (tensor<?x64xf32>, tensor<f32>) -> tensor<?x64xf32>
  %1 = gac.reduce_mean %0, %axes {keepdims = 1 : i64}
      : (tensor<?x64xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %2 = gac.add %1, %eps
      : (tensor<?x1xf32>, tensor<f32>) -> tensor<?x1xf32>
  %3 = gac.sqrt %2
      : (tensor<?x1xf32>) -> tensor<?x1xf32>
  %4 = gac.reciprocal %3
      : (tensor<?x1xf32>) -> tensor<?x1xf32>
  %5 = gac.mul %x, %4
      : (tensor<?x64xf32>, tensor<?x1xf32>) -> tensor<?x64xf32>
  %y = gac.mul %w, %5
      : (tensor<?x1xf32>, tensor<?x64xf32>) -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}

// -----

// ONNX wants a scale per element.
// CHECK-LABEL: func.func @scalar_scale
func.func @scalar_scale(%x: tensor<?x64xf32>, %w: tensor<f32>) -> tensor<?x64xf32> {
  // CHECK-NOT: gac.rms_normalization
  %two = gac.constant dense<2.0> : tensor<f32>
  %eps = gac.constant dense<1.0e-06> : tensor<f32>
  %axes = gac.constant dense<-1> : tensor<1xi64>
  %0 = gac.pow %x, %two
      : (tensor<?x64xf32>, tensor<f32>) -> tensor<?x64xf32>
  %1 = gac.reduce_mean %0, %axes {keepdims = 1 : i64}
      : (tensor<?x64xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %2 = gac.add %1, %eps
      : (tensor<?x1xf32>, tensor<f32>) -> tensor<?x1xf32>
  %3 = gac.sqrt %2
      : (tensor<?x1xf32>) -> tensor<?x1xf32>
  %4 = gac.reciprocal %3
      : (tensor<?x1xf32>) -> tensor<?x1xf32>
  %5 = gac.mul %x, %4
      : (tensor<?x64xf32>, tensor<?x1xf32>) -> tensor<?x64xf32>
  %y = gac.mul %w, %5
      : (tensor<f32>, tensor<?x64xf32>) -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}

// -----

// The mean is read elsewhere, so that it would be computed twice.
// CHECK-LABEL: func.func @mean_is_read
func.func @mean_is_read(%x: tensor<?x64xf32>, %w: tensor<64xf32>) -> tensor<?x64xf32> {
  // CHECK-NOT: gac.rms_normalization
  %two = gac.constant dense<2.0> : tensor<f32>
  %eps = gac.constant dense<1.0e-06> : tensor<f32>
  %axes = gac.constant dense<-1> : tensor<1xi64>
  %0 = gac.pow %x, %two
      : (tensor<?x64xf32>, tensor<f32>) -> tensor<?x64xf32>
  %1 = gac.reduce_mean %0, %axes {keepdims = 1 : i64}
      : (tensor<?x64xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %2 = gac.add %1, %eps
      : (tensor<?x1xf32>, tensor<f32>) -> tensor<?x1xf32>
  %3 = gac.sqrt %2
      : (tensor<?x1xf32>) -> tensor<?x1xf32>
  %4 = gac.reciprocal %3
      : (tensor<?x1xf32>) -> tensor<?x1xf32>
  %5 = gac.mul %x, %4
      : (tensor<?x64xf32>, tensor<?x1xf32>) -> tensor<?x64xf32>
  %6 = gac.mul %w, %5
      : (tensor<64xf32>, tensor<?x64xf32>) -> tensor<?x64xf32>
  %y = gac.add %6, %1
      : (tensor<?x64xf32>, tensor<?x1xf32>) -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}
