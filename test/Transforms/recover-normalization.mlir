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

// -----

// Growth has made the mean a sum by the count without padding.
// CHECK-LABEL: func.func @sum_by_count
func.func @sum_by_count(%x: tensor<?x64xf32>, %w: tensor<64xf32>) -> tensor<?x64xf32> {
  // CHECK:      gac.rms_normalization %arg0, %arg1
  // CHECK-SAME:   logical_count = 61 : i64
  // CHECK-NOT:  gac.reduce_sum
  %two = gac.constant dense<2.0> : tensor<f32>
  %eps = gac.constant dense<1.0e-06> : tensor<f32>
  %axes = gac.constant dense<-1> : tensor<1xi64>
  %n = gac.constant dense<61.0> : tensor<f32>
  %0 = gac.pow %x, %two
      : (tensor<?x64xf32>, tensor<f32>) -> tensor<?x64xf32>
  %1 = gac.reduce_sum %0, %axes {keepdims = 1 : i64}
      : (tensor<?x64xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %m = gac.div %1, %n
      : (tensor<?x1xf32>, tensor<f32>) -> tensor<?x1xf32>
  %2 = gac.add %m, %eps
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

// The same as a product, on either side.
// CHECK-LABEL: func.func @sum_times_share
func.func @sum_times_share(%x: tensor<?x64xf32>, %w: tensor<64xf32>) -> tensor<?x64xf32> {
  // CHECK:      gac.rms_normalization %arg0, %arg1
  // CHECK-SAME:   logical_count = 61 : i64
  // CHECK-NOT:  gac.reduce_sum
  %two = gac.constant dense<2.0> : tensor<f32>
  %eps = gac.constant dense<1.0e-06> : tensor<f32>
  %axes = gac.constant dense<-1> : tensor<1xi64>
  %n = gac.constant dense<0x3C864B8A> : tensor<f32>
  %0 = gac.pow %x, %two
      : (tensor<?x64xf32>, tensor<f32>) -> tensor<?x64xf32>
  %1 = gac.reduce_sum %0, %axes {keepdims = 1 : i64}
      : (tensor<?x64xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %m = gac.mul %n, %1
      : (tensor<f32>, tensor<?x1xf32>) -> tensor<?x1xf32>
  %2 = gac.add %m, %eps
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

// In 16 bits growth keeps the mean and scales it.
// CHECK-LABEL: func.func @scaled_mean
func.func @scaled_mean(%x: tensor<?x64xf16>, %w: tensor<64xf16>) -> tensor<?x64xf16> {
  // CHECK:      gac.rms_normalization %arg0, %arg1
  // CHECK-SAME:   logical_count = 61 : i64
  // CHECK-NOT:  gac.reduce_mean
  %two = gac.constant dense<2.0> : tensor<f16>
  %eps = gac.constant dense<1.0e-06> : tensor<f16>
  %axes = gac.constant dense<-1> : tensor<1xi64>
  %n = gac.constant dense<0x3C32> : tensor<f16>
  %0 = gac.pow %x, %two
      : (tensor<?x64xf16>, tensor<f16>) -> tensor<?x64xf16>
  %1 = gac.reduce_mean %0, %axes {keepdims = 1 : i64}
      : (tensor<?x64xf16>, tensor<1xi64>) -> tensor<?x1xf16>
  %m = gac.mul %1, %n
      : (tensor<?x1xf16>, tensor<f16>) -> tensor<?x1xf16>
  %2 = gac.add %m, %eps
      : (tensor<?x1xf16>, tensor<f16>) -> tensor<?x1xf16>
  %3 = gac.sqrt %2
      : (tensor<?x1xf16>) -> tensor<?x1xf16>
  %4 = gac.reciprocal %3
      : (tensor<?x1xf16>) -> tensor<?x1xf16>
  %5 = gac.mul %x, %4
      : (tensor<?x64xf16>, tensor<?x1xf16>) -> tensor<?x64xf16>
  %y = gac.mul %w, %5
      : (tensor<64xf16>, tensor<?x64xf16>) -> tensor<?x64xf16>
  return %y : tensor<?x64xf16>
}

// -----

// A count of all lanes is none of its own.
// CHECK-LABEL: func.func @sum_by_all
func.func @sum_by_all(%x: tensor<?x64xf32>, %w: tensor<64xf32>) -> tensor<?x64xf32> {
  // CHECK:     gac.rms_normalization %arg0, %arg1
  // CHECK-NOT: logical_count
  // CHECK-NOT: gac.reduce_sum
  %two = gac.constant dense<2.0> : tensor<f32>
  %eps = gac.constant dense<1.0e-06> : tensor<f32>
  %axes = gac.constant dense<-1> : tensor<1xi64>
  %n = gac.constant dense<64.0> : tensor<f32>
  %0 = gac.pow %x, %two
      : (tensor<?x64xf32>, tensor<f32>) -> tensor<?x64xf32>
  %1 = gac.reduce_sum %0, %axes {keepdims = 1 : i64}
      : (tensor<?x64xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %m = gac.div %1, %n
      : (tensor<?x1xf32>, tensor<f32>) -> tensor<?x1xf32>
  %2 = gac.add %m, %eps
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

// Half a lane is no count.
// CHECK-LABEL: func.func @sum_by_fraction
func.func @sum_by_fraction(%x: tensor<?x64xf32>, %w: tensor<64xf32>) -> tensor<?x64xf32> {
  // CHECK-NOT: gac.rms_normalization
  %two = gac.constant dense<2.0> : tensor<f32>
  %eps = gac.constant dense<1.0e-06> : tensor<f32>
  %axes = gac.constant dense<-1> : tensor<1xi64>
  %n = gac.constant dense<60.5> : tensor<f32>
  %0 = gac.pow %x, %two
      : (tensor<?x64xf32>, tensor<f32>) -> tensor<?x64xf32>
  %1 = gac.reduce_sum %0, %axes {keepdims = 1 : i64}
      : (tensor<?x64xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %m = gac.div %1, %n
      : (tensor<?x1xf32>, tensor<f32>) -> tensor<?x1xf32>
  %2 = gac.add %m, %eps
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

// There are no more lanes than that.
// CHECK-LABEL: func.func @sum_by_more
func.func @sum_by_more(%x: tensor<?x64xf32>, %w: tensor<64xf32>) -> tensor<?x64xf32> {
  // CHECK-NOT: gac.rms_normalization
  %two = gac.constant dense<2.0> : tensor<f32>
  %eps = gac.constant dense<1.0e-06> : tensor<f32>
  %axes = gac.constant dense<-1> : tensor<1xi64>
  %n = gac.constant dense<65.0> : tensor<f32>
  %0 = gac.pow %x, %two
      : (tensor<?x64xf32>, tensor<f32>) -> tensor<?x64xf32>
  %1 = gac.reduce_sum %0, %axes {keepdims = 1 : i64}
      : (tensor<?x64xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %m = gac.div %1, %n
      : (tensor<?x1xf32>, tensor<f32>) -> tensor<?x1xf32>
  %2 = gac.add %m, %eps
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

// Nor fewer than one.
// CHECK-LABEL: func.func @sum_by_minus_one
func.func @sum_by_minus_one(%x: tensor<?x64xf32>, %w: tensor<64xf32>) -> tensor<?x64xf32> {
  // CHECK-NOT: gac.rms_normalization
  %two = gac.constant dense<2.0> : tensor<f32>
  %eps = gac.constant dense<1.0e-06> : tensor<f32>
  %axes = gac.constant dense<-1> : tensor<1xi64>
  %n = gac.constant dense<-1.0> : tensor<f32>
  %0 = gac.pow %x, %two
      : (tensor<?x64xf32>, tensor<f32>) -> tensor<?x64xf32>
  %1 = gac.reduce_sum %0, %axes {keepdims = 1 : i64}
      : (tensor<?x64xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %m = gac.div %1, %n
      : (tensor<?x1xf32>, tensor<f32>) -> tensor<?x1xf32>
  %2 = gac.add %m, %eps
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

// One unit in the last place off 1 / 61.
// CHECK-LABEL: func.func @share_is_off
func.func @share_is_off(%x: tensor<?x64xf32>, %w: tensor<64xf32>) -> tensor<?x64xf32> {
  // CHECK-NOT: gac.rms_normalization
  %two = gac.constant dense<2.0> : tensor<f32>
  %eps = gac.constant dense<1.0e-06> : tensor<f32>
  %axes = gac.constant dense<-1> : tensor<1xi64>
  %n = gac.constant dense<0x3C864B8B> : tensor<f32>
  %0 = gac.pow %x, %two
      : (tensor<?x64xf32>, tensor<f32>) -> tensor<?x64xf32>
  %1 = gac.reduce_sum %0, %axes {keepdims = 1 : i64}
      : (tensor<?x64xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %m = gac.mul %1, %n
      : (tensor<?x1xf32>, tensor<f32>) -> tensor<?x1xf32>
  %2 = gac.add %m, %eps
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

// One unit in the last place off 64 / 61.
// CHECK-LABEL: func.func @scale_is_off
func.func @scale_is_off(%x: tensor<?x64xf32>, %w: tensor<64xf32>) -> tensor<?x64xf32> {
  // CHECK-NOT: gac.rms_normalization
  %two = gac.constant dense<2.0> : tensor<f32>
  %eps = gac.constant dense<1.0e-06> : tensor<f32>
  %axes = gac.constant dense<-1> : tensor<1xi64>
  %n = gac.constant dense<0x3F864B8B> : tensor<f32>
  %0 = gac.pow %x, %two
      : (tensor<?x64xf32>, tensor<f32>) -> tensor<?x64xf32>
  %1 = gac.reduce_mean %0, %axes {keepdims = 1 : i64}
      : (tensor<?x64xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %m = gac.mul %1, %n
      : (tensor<?x1xf32>, tensor<f32>) -> tensor<?x1xf32>
  %2 = gac.add %m, %eps
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

// A mean divided by a number is not the mean of fewer lanes.
// CHECK-LABEL: func.func @mean_by_count
func.func @mean_by_count(%x: tensor<?x64xf32>, %w: tensor<64xf32>) -> tensor<?x64xf32> {
  // CHECK-NOT: gac.rms_normalization
  %two = gac.constant dense<2.0> : tensor<f32>
  %eps = gac.constant dense<1.0e-06> : tensor<f32>
  %axes = gac.constant dense<-1> : tensor<1xi64>
  %n = gac.constant dense<61.0> : tensor<f32>
  %0 = gac.pow %x, %two
      : (tensor<?x64xf32>, tensor<f32>) -> tensor<?x64xf32>
  %1 = gac.reduce_mean %0, %axes {keepdims = 1 : i64}
      : (tensor<?x64xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %m = gac.div %1, %n
      : (tensor<?x1xf32>, tensor<f32>) -> tensor<?x1xf32>
  %2 = gac.add %m, %eps
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

// How many lanes there are is not known.
// CHECK-LABEL: func.func @symbolic_lanes
func.func @symbolic_lanes(%x: tensor<?x?xf32>, %w: tensor<?xf32>) -> tensor<?x?xf32> {
  // CHECK-NOT: gac.rms_normalization
  %two = gac.constant dense<2.0> : tensor<f32>
  %eps = gac.constant dense<1.0e-06> : tensor<f32>
  %axes = gac.constant dense<-1> : tensor<1xi64>
  %n = gac.constant dense<61.0> : tensor<f32>
  %0 = gac.pow %x, %two
      : (tensor<?x?xf32>, tensor<f32>) -> tensor<?x?xf32>
  %1 = gac.reduce_sum %0, %axes {keepdims = 1 : i64}
      : (tensor<?x?xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %m = gac.div %1, %n
      : (tensor<?x1xf32>, tensor<f32>) -> tensor<?x1xf32>
  %2 = gac.add %m, %eps
      : (tensor<?x1xf32>, tensor<f32>) -> tensor<?x1xf32>
  %3 = gac.sqrt %2
      : (tensor<?x1xf32>) -> tensor<?x1xf32>
  %4 = gac.reciprocal %3
      : (tensor<?x1xf32>) -> tensor<?x1xf32>
  %5 = gac.mul %x, %4
      : (tensor<?x?xf32>, tensor<?x1xf32>) -> tensor<?x?xf32>
  %y = gac.mul %w, %5
      : (tensor<?xf32>, tensor<?x?xf32>) -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}
