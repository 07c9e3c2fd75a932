// RUN: gac-opt %s --gac-recover --split-input-file | FileCheck %s

// As TorchScript writes it.
// CHECK-LABEL: func.func @exported
func.func @exported(%x: tensor<?x64xf32>, %w: tensor<64xf32>, %b: tensor<64xf32>) -> tensor<?x64xf32> {
  // CHECK-NOT:  gac.{{reduce|sub|pow|sqrt|div|mul|add|cast}}
  // CHECK:      %[[Y:.+]] = gac.layer_normalization %arg0, %arg1, %arg2 {axis = -1 : i64, epsilon = 9.99999974E-6 : f32, resultSegmentSizes = array<i32: 1, 0, 0>, stash_type = 1 : i64}
  // CHECK-NEXT: return %[[Y]]
  %eps = gac.constant dense<1.0e-05> : tensor<f32>
  %two = gac.constant dense<2.0> : tensor<f32>
  %axes = gac.constant dense<-1> : tensor<1xi64>
  %m = gac.reduce_mean %x, %axes {keepdims = 1 : i64} : (tensor<?x64xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %d = gac.sub %x, %m : (tensor<?x64xf32>, tensor<?x1xf32>) -> tensor<?x64xf32>
  %q = gac.pow %d, %two : (tensor<?x64xf32>, tensor<f32>) -> tensor<?x64xf32>
  %v = gac.reduce_mean %q, %axes {keepdims = 1 : i64} : (tensor<?x64xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %e = gac.add %v, %eps : (tensor<?x1xf32>, tensor<f32>) -> tensor<?x1xf32>
  %r = gac.sqrt %e : (tensor<?x1xf32>) -> tensor<?x1xf32>
  %y0 = gac.div %d, %r : (tensor<?x64xf32>, tensor<?x1xf32>) -> tensor<?x64xf32>
  %y2 = gac.mul %y0, %w : (tensor<?x64xf32>, tensor<64xf32>) -> tensor<?x64xf32>
  %y3 = gac.add %y2, %b : (tensor<?x64xf32>, tensor<64xf32>) -> tensor<?x64xf32>
  return %y3 : tensor<?x64xf32>
}

// -----

// A product for the square, a reciprocal, and the other order of operands.
// CHECK-LABEL: func.func @other_spelling
func.func @other_spelling(%x: tensor<?x64xf32>, %w: tensor<64xf32>, %b: tensor<64xf32>) -> tensor<?x64xf32> {
  // CHECK-NOT:  gac.{{reduce|sub|pow|sqrt|div|mul|add|cast}}
  // CHECK:      %[[Y:.+]] = gac.layer_normalization %arg0, %arg1, %arg2 {axis = -1 : i64, epsilon = 9.99999974E-6 : f32, resultSegmentSizes = array<i32: 1, 0, 0>, stash_type = 1 : i64}
  // CHECK-NEXT: return %[[Y]]
  %eps = gac.constant dense<1.0e-05> : tensor<f32>
  %two = gac.constant dense<2.0> : tensor<f32>
  %axes = gac.constant dense<-1> : tensor<1xi64>
  %m = gac.reduce_mean %x, %axes {keepdims = 1 : i64} : (tensor<?x64xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %d = gac.sub %x, %m : (tensor<?x64xf32>, tensor<?x1xf32>) -> tensor<?x64xf32>
  %q = gac.mul %d, %d : (tensor<?x64xf32>, tensor<?x64xf32>) -> tensor<?x64xf32>
  %v = gac.reduce_mean %q, %axes {keepdims = 1 : i64} : (tensor<?x64xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %e = gac.add %v, %eps : (tensor<?x1xf32>, tensor<f32>) -> tensor<?x1xf32>
  %r = gac.sqrt %e : (tensor<?x1xf32>) -> tensor<?x1xf32>
  %i = gac.reciprocal %r : (tensor<?x1xf32>) -> tensor<?x1xf32>
  %y0 = gac.mul %d, %i : (tensor<?x64xf32>, tensor<?x1xf32>) -> tensor<?x64xf32>
  %y2 = gac.mul %w, %y0 : (tensor<64xf32>, tensor<?x64xf32>) -> tensor<?x64xf32>
  %y3 = gac.add %b, %y2 : (tensor<64xf32>, tensor<?x64xf32>) -> tensor<?x64xf32>
  return %y3 : tensor<?x64xf32>
}

// -----

// No bias.
// CHECK-LABEL: func.func @no_bias
func.func @no_bias(%x: tensor<?x64xf32>, %w: tensor<64xf32>) -> tensor<?x64xf32> {
  // CHECK-NOT:  gac.{{reduce|sub|pow|sqrt|div|mul|add|cast}}
  // CHECK:      %[[Y:.+]] = gac.layer_normalization %arg0, %arg1 {axis = -1 : i64, epsilon = 9.99999974E-6 : f32, resultSegmentSizes = array<i32: 1, 0, 0>, stash_type = 1 : i64}
  // CHECK-NEXT: return %[[Y]]
  %eps = gac.constant dense<1.0e-05> : tensor<f32>
  %two = gac.constant dense<2.0> : tensor<f32>
  %axes = gac.constant dense<-1> : tensor<1xi64>
  %m = gac.reduce_mean %x, %axes {keepdims = 1 : i64} : (tensor<?x64xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %d = gac.sub %x, %m : (tensor<?x64xf32>, tensor<?x1xf32>) -> tensor<?x64xf32>
  %q = gac.pow %d, %two : (tensor<?x64xf32>, tensor<f32>) -> tensor<?x64xf32>
  %v = gac.reduce_mean %q, %axes {keepdims = 1 : i64} : (tensor<?x64xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %e = gac.add %v, %eps : (tensor<?x1xf32>, tensor<f32>) -> tensor<?x1xf32>
  %r = gac.sqrt %e : (tensor<?x1xf32>) -> tensor<?x1xf32>
  %y0 = gac.div %d, %r : (tensor<?x64xf32>, tensor<?x1xf32>) -> tensor<?x64xf32>
  %y2 = gac.mul %y0, %w : (tensor<?x64xf32>, tensor<64xf32>) -> tensor<?x64xf32>
  return %y2 : tensor<?x64xf32>
}

// -----

// No scale: one of ones.
// CHECK-LABEL: func.func @no_scale
func.func @no_scale(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
  // CHECK:      %[[ONES:.+]] = gac.initializer "{{.*}}.scale" = dense<1.000000e+00> : tensor<64xf32>
  // CHECK-NEXT: gac.layer_normalization %arg0, %[[ONES]] {
  // CHECK-NEXT: return
  %eps = gac.constant dense<1.0e-05> : tensor<f32>
  %two = gac.constant dense<2.0> : tensor<f32>
  %axes = gac.constant dense<-1> : tensor<1xi64>
  %m = gac.reduce_mean %x, %axes {keepdims = 1 : i64} : (tensor<?x64xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %d = gac.sub %x, %m : (tensor<?x64xf32>, tensor<?x1xf32>) -> tensor<?x64xf32>
  %q = gac.pow %d, %two : (tensor<?x64xf32>, tensor<f32>) -> tensor<?x64xf32>
  %v = gac.reduce_mean %q, %axes {keepdims = 1 : i64} : (tensor<?x64xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %e = gac.add %v, %eps : (tensor<?x1xf32>, tensor<f32>) -> tensor<?x1xf32>
  %r = gac.sqrt %e : (tensor<?x1xf32>) -> tensor<?x1xf32>
  %y0 = gac.div %d, %r : (tensor<?x64xf32>, tensor<?x1xf32>) -> tensor<?x64xf32>
  return %y0 : tensor<?x64xf32>
}

// -----

// Computed in f32, scaled in the type of the model.
// CHECK-LABEL: func.func @wide_input
func.func @wide_input(%x: tensor<?x64xbf16>, %w: tensor<64xbf16>, %b: tensor<64xbf16>) -> tensor<?x64xbf16> {
  // CHECK-NOT:  gac.{{reduce|sub|pow|sqrt|div|mul|add|cast}}
  // CHECK:      %[[Y:.+]] = gac.layer_normalization %arg0, %arg1, %arg2 {axis = -1 : i64, epsilon = 9.99999974E-6 : f32, resultSegmentSizes = array<i32: 1, 0, 0>, stash_type = 1 : i64}
  // CHECK-NEXT: return %[[Y]]
  %eps = gac.constant dense<1.0e-05> : tensor<f32>
  %two = gac.constant dense<2.0> : tensor<f32>
  %axes = gac.constant dense<-1> : tensor<1xi64>
  %xw = gac.cast %x {to = 1 : i64} : (tensor<?x64xbf16>) -> tensor<?x64xf32>
  %m = gac.reduce_mean %xw, %axes {keepdims = 1 : i64} : (tensor<?x64xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %d = gac.sub %xw, %m : (tensor<?x64xf32>, tensor<?x1xf32>) -> tensor<?x64xf32>
  %q = gac.pow %d, %two : (tensor<?x64xf32>, tensor<f32>) -> tensor<?x64xf32>
  %v = gac.reduce_mean %q, %axes {keepdims = 1 : i64} : (tensor<?x64xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %e = gac.add %v, %eps : (tensor<?x1xf32>, tensor<f32>) -> tensor<?x1xf32>
  %r = gac.sqrt %e : (tensor<?x1xf32>) -> tensor<?x1xf32>
  %y0 = gac.div %d, %r : (tensor<?x64xf32>, tensor<?x1xf32>) -> tensor<?x64xf32>
  %y1 = gac.cast %y0 {to = 16 : i64} : (tensor<?x64xf32>) -> tensor<?x64xbf16>
  %y2 = gac.mul %y1, %w : (tensor<?x64xbf16>, tensor<64xbf16>) -> tensor<?x64xbf16>
  %y3 = gac.add %y2, %b : (tensor<?x64xbf16>, tensor<64xbf16>) -> tensor<?x64xbf16>
  return %y3 : tensor<?x64xbf16>
}

// -----

// Half precision as TorchScript writes it: what x deviates by is widened.
// CHECK-LABEL: func.func @wide_deviation
func.func @wide_deviation(%x: tensor<?x64xf16>, %w: tensor<64xf16>, %b: tensor<64xf16>) -> tensor<?x64xf16> {
  // CHECK-NOT:  gac.{{reduce|sub|pow|sqrt|div|mul|add|cast}}
  // CHECK:      %[[Y:.+]] = gac.layer_normalization %arg0, %arg1, %arg2 {axis = -1 : i64, epsilon = 9.99999974E-6 : f32, resultSegmentSizes = array<i32: 1, 0, 0>, stash_type = 1 : i64}
  // CHECK-NEXT: return %[[Y]]
  %eps = gac.constant dense<1.0e-05> : tensor<f32>
  %two = gac.constant dense<2.0> : tensor<f32>
  %axes = gac.constant dense<-1> : tensor<1xi64>
  %m = gac.reduce_mean %x, %axes {keepdims = 1 : i64} : (tensor<?x64xf16>, tensor<1xi64>) -> tensor<?x1xf16>
  %d = gac.sub %x, %m : (tensor<?x64xf16>, tensor<?x1xf16>) -> tensor<?x64xf16>
  %dw = gac.cast %d {to = 1 : i64} : (tensor<?x64xf16>) -> tensor<?x64xf32>
  %q = gac.pow %dw, %two : (tensor<?x64xf32>, tensor<f32>) -> tensor<?x64xf32>
  %v = gac.reduce_mean %q, %axes {keepdims = 1 : i64} : (tensor<?x64xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %e = gac.add %v, %eps : (tensor<?x1xf32>, tensor<f32>) -> tensor<?x1xf32>
  %r = gac.sqrt %e : (tensor<?x1xf32>) -> tensor<?x1xf32>
  %y0 = gac.div %dw, %r : (tensor<?x64xf32>, tensor<?x1xf32>) -> tensor<?x64xf32>
  %y1 = gac.cast %y0 {to = 10 : i64} : (tensor<?x64xf32>) -> tensor<?x64xf16>
  %y2 = gac.mul %y1, %w : (tensor<?x64xf16>, tensor<64xf16>) -> tensor<?x64xf16>
  %y3 = gac.add %y2, %b : (tensor<?x64xf16>, tensor<64xf16>) -> tensor<?x64xf16>
  return %y3 : tensor<?x64xf16>
}

// -----

// As export writes lanes out that are padding.
// CHECK-LABEL: func.func @masked
func.func @masked(%x: tensor<?x8xf32>, %w: tensor<8xf32>, %b: tensor<8xf32>) -> tensor<?x8xf32> {
  // CHECK-NOT:  gac.{{reduce|sub|pow|sqrt|div|mul|add|cast}}
  // CHECK:      %[[Y:.+]] = gac.layer_normalization %arg0, %arg1, %arg2 {axis = -1 : i64, epsilon = 9.99999974E-6 : f32, logical_lanes = #gac.lanes<8 : 0 to 0 by 5>, resultSegmentSizes = array<i32: 1, 0, 0>, stash_type = 1 : i64}
  // CHECK-NEXT: return %[[Y]]
  %eps = gac.constant dense<1.0e-05> : tensor<f32>
  %two = gac.constant dense<2.0> : tensor<f32>
  %axes = gac.constant dense<-1> : tensor<1xi64>
  %n = gac.constant dense<5.0> : tensor<f32>
  %n2 = gac.constant dense<5.0> : tensor<f32>
  %mask = gac.initializer "mask" = dense<[1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0]> : tensor<8xf32>
  %ms = gac.reduce_sum %x, %axes {keepdims = 1 : i64} : (tensor<?x8xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %m = gac.div %ms, %n : (tensor<?x1xf32>, tensor<f32>) -> tensor<?x1xf32>
  %mm = gac.mul %m, %mask : (tensor<?x1xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  %d = gac.sub %x, %mm : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  %q = gac.mul %d, %d : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  %vs = gac.reduce_sum %q, %axes {keepdims = 1 : i64} : (tensor<?x8xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %v = gac.div %vs, %n2 : (tensor<?x1xf32>, tensor<f32>) -> tensor<?x1xf32>
  %e = gac.add %v, %eps : (tensor<?x1xf32>, tensor<f32>) -> tensor<?x1xf32>
  %r = gac.sqrt %e : (tensor<?x1xf32>) -> tensor<?x1xf32>
  %y0 = gac.div %d, %r : (tensor<?x8xf32>, tensor<?x1xf32>) -> tensor<?x8xf32>
  %y2 = gac.mul %y0, %w : (tensor<?x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  %y3 = gac.add %y2, %b : (tensor<?x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  return %y3 : tensor<?x8xf32>
}

// -----

// Padding in the middle.
// CHECK-LABEL: func.func @masked_halves
func.func @masked_halves(%x: tensor<?x8xf32>, %w: tensor<8xf32>, %b: tensor<8xf32>) -> tensor<?x8xf32> {
  // CHECK-NOT:  gac.{{reduce|sub|pow|sqrt|div|mul|add|cast}}
  // CHECK:      %[[Y:.+]] = gac.layer_normalization %arg0, %arg1, %arg2 {axis = -1 : i64, epsilon = 9.99999974E-6 : f32, logical_lanes = #gac.lanes<8 : 0 to 0 by 3, 3 to 4 by 3>, resultSegmentSizes = array<i32: 1, 0, 0>, stash_type = 1 : i64}
  // CHECK-NEXT: return %[[Y]]
  %eps = gac.constant dense<1.0e-05> : tensor<f32>
  %two = gac.constant dense<2.0> : tensor<f32>
  %axes = gac.constant dense<-1> : tensor<1xi64>
  %n = gac.constant dense<6.0> : tensor<f32>
  %n2 = gac.constant dense<6.0> : tensor<f32>
  %mask = gac.initializer "mask" = dense<[1.0, 1.0, 1.0, 0.0, 1.0, 1.0, 1.0, 0.0]> : tensor<8xf32>
  %ms = gac.reduce_sum %x, %axes {keepdims = 1 : i64} : (tensor<?x8xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %m = gac.div %ms, %n : (tensor<?x1xf32>, tensor<f32>) -> tensor<?x1xf32>
  %mm = gac.mul %m, %mask : (tensor<?x1xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  %d = gac.sub %x, %mm : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  %q = gac.mul %d, %d : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  %vs = gac.reduce_sum %q, %axes {keepdims = 1 : i64} : (tensor<?x8xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %v = gac.div %vs, %n2 : (tensor<?x1xf32>, tensor<f32>) -> tensor<?x1xf32>
  %e = gac.add %v, %eps : (tensor<?x1xf32>, tensor<f32>) -> tensor<?x1xf32>
  %r = gac.sqrt %e : (tensor<?x1xf32>) -> tensor<?x1xf32>
  %y0 = gac.div %d, %r : (tensor<?x8xf32>, tensor<?x1xf32>) -> tensor<?x8xf32>
  %y2 = gac.mul %y0, %w : (tensor<?x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  %y3 = gac.add %y2, %b : (tensor<?x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  return %y3 : tensor<?x8xf32>
}

// -----

// Between casts, too.
// CHECK-LABEL: func.func @masked_wide
func.func @masked_wide(%x: tensor<?x8xf16>, %w: tensor<8xf16>, %b: tensor<8xf16>) -> tensor<?x8xf16> {
  // CHECK-NOT:  gac.{{reduce|sub|pow|sqrt|div|mul|add|cast}}
  // CHECK:      %[[Y:.+]] = gac.layer_normalization %arg0, %arg1, %arg2 {axis = -1 : i64, epsilon = 9.99999974E-6 : f32, logical_lanes = #gac.lanes<8 : 0 to 0 by 5>, resultSegmentSizes = array<i32: 1, 0, 0>, stash_type = 1 : i64}
  // CHECK-NEXT: return %[[Y]]
  %eps = gac.constant dense<1.0e-05> : tensor<f32>
  %two = gac.constant dense<2.0> : tensor<f32>
  %axes = gac.constant dense<-1> : tensor<1xi64>
  %n = gac.constant dense<5.0> : tensor<f32>
  %n2 = gac.constant dense<5.0> : tensor<f32>
  %mask = gac.initializer "mask" = dense<[1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0]> : tensor<8xf32>
  %xw = gac.cast %x {to = 1 : i64} : (tensor<?x8xf16>) -> tensor<?x8xf32>
  %ms = gac.reduce_sum %xw, %axes {keepdims = 1 : i64} : (tensor<?x8xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %m = gac.div %ms, %n : (tensor<?x1xf32>, tensor<f32>) -> tensor<?x1xf32>
  %mm = gac.mul %m, %mask : (tensor<?x1xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  %d = gac.sub %xw, %mm : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  %q = gac.mul %d, %d : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  %vs = gac.reduce_sum %q, %axes {keepdims = 1 : i64} : (tensor<?x8xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %v = gac.div %vs, %n2 : (tensor<?x1xf32>, tensor<f32>) -> tensor<?x1xf32>
  %e = gac.add %v, %eps : (tensor<?x1xf32>, tensor<f32>) -> tensor<?x1xf32>
  %r = gac.sqrt %e : (tensor<?x1xf32>) -> tensor<?x1xf32>
  %y0 = gac.div %d, %r : (tensor<?x8xf32>, tensor<?x1xf32>) -> tensor<?x8xf32>
  %y1 = gac.cast %y0 {to = 10 : i64} : (tensor<?x8xf32>) -> tensor<?x8xf16>
  %y2 = gac.mul %y1, %w : (tensor<?x8xf16>, tensor<8xf16>) -> tensor<?x8xf16>
  %y3 = gac.add %y2, %b : (tensor<?x8xf16>, tensor<8xf16>) -> tensor<?x8xf16>
  return %y3 : tensor<?x8xf16>
}

// -----

// The mask leaves more lanes than the mean counts.
// CHECK-LABEL: func.func @mask_of_more
func.func @mask_of_more(%x: tensor<?x8xf32>, %w: tensor<8xf32>, %b: tensor<8xf32>) -> tensor<?x8xf32> {
  // CHECK-NOT: gac.layer_normalization
  // CHECK:     return
  %eps = gac.constant dense<1.0e-05> : tensor<f32>
  %two = gac.constant dense<2.0> : tensor<f32>
  %axes = gac.constant dense<-1> : tensor<1xi64>
  %n = gac.constant dense<5.0> : tensor<f32>
  %n2 = gac.constant dense<5.0> : tensor<f32>
  %mask = gac.initializer "mask" = dense<[1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0]> : tensor<8xf32>
  %ms = gac.reduce_sum %x, %axes {keepdims = 1 : i64} : (tensor<?x8xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %m = gac.div %ms, %n : (tensor<?x1xf32>, tensor<f32>) -> tensor<?x1xf32>
  %mm = gac.mul %m, %mask : (tensor<?x1xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  %d = gac.sub %x, %mm : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  %q = gac.pow %d, %two : (tensor<?x8xf32>, tensor<f32>) -> tensor<?x8xf32>
  %vs = gac.reduce_sum %q, %axes {keepdims = 1 : i64} : (tensor<?x8xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %v = gac.div %vs, %n2 : (tensor<?x1xf32>, tensor<f32>) -> tensor<?x1xf32>
  %e = gac.add %v, %eps : (tensor<?x1xf32>, tensor<f32>) -> tensor<?x1xf32>
  %r = gac.sqrt %e : (tensor<?x1xf32>) -> tensor<?x1xf32>
  %y0 = gac.div %d, %r : (tensor<?x8xf32>, tensor<?x1xf32>) -> tensor<?x8xf32>
  %y2 = gac.mul %y0, %w : (tensor<?x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  %y3 = gac.add %y2, %b : (tensor<?x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  return %y3 : tensor<?x8xf32>
}

// -----

// Halves are no mask.
// CHECK-LABEL: func.func @mask_of_halves
func.func @mask_of_halves(%x: tensor<?x8xf32>, %w: tensor<8xf32>, %b: tensor<8xf32>) -> tensor<?x8xf32> {
  // CHECK-NOT: gac.layer_normalization
  // CHECK:     return
  %eps = gac.constant dense<1.0e-05> : tensor<f32>
  %two = gac.constant dense<2.0> : tensor<f32>
  %axes = gac.constant dense<-1> : tensor<1xi64>
  %n = gac.constant dense<5.0> : tensor<f32>
  %n2 = gac.constant dense<5.0> : tensor<f32>
  %mask = gac.initializer "mask" = dense<0.5> : tensor<8xf32>
  %ms = gac.reduce_sum %x, %axes {keepdims = 1 : i64} : (tensor<?x8xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %m = gac.div %ms, %n : (tensor<?x1xf32>, tensor<f32>) -> tensor<?x1xf32>
  %mm = gac.mul %m, %mask : (tensor<?x1xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  %d = gac.sub %x, %mm : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  %q = gac.pow %d, %two : (tensor<?x8xf32>, tensor<f32>) -> tensor<?x8xf32>
  %vs = gac.reduce_sum %q, %axes {keepdims = 1 : i64} : (tensor<?x8xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %v = gac.div %vs, %n2 : (tensor<?x1xf32>, tensor<f32>) -> tensor<?x1xf32>
  %e = gac.add %v, %eps : (tensor<?x1xf32>, tensor<f32>) -> tensor<?x1xf32>
  %r = gac.sqrt %e : (tensor<?x1xf32>) -> tensor<?x1xf32>
  %y0 = gac.div %d, %r : (tensor<?x8xf32>, tensor<?x1xf32>) -> tensor<?x8xf32>
  %y2 = gac.mul %y0, %w : (tensor<?x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  %y3 = gac.add %y2, %b : (tensor<?x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  return %y3 : tensor<?x8xf32>
}

// -----

// Nothing is taken away from padding, but it is counted.
// CHECK-LABEL: func.func @mask_without_count
func.func @mask_without_count(%x: tensor<?x8xf32>, %w: tensor<8xf32>, %b: tensor<8xf32>) -> tensor<?x8xf32> {
  // CHECK-NOT: gac.layer_normalization
  // CHECK:     return
  %eps = gac.constant dense<1.0e-05> : tensor<f32>
  %two = gac.constant dense<2.0> : tensor<f32>
  %axes = gac.constant dense<-1> : tensor<1xi64>
  %mask = gac.initializer "mask" = dense<[1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0]> : tensor<8xf32>
  %m = gac.reduce_mean %x, %axes {keepdims = 1 : i64} : (tensor<?x8xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %mm = gac.mul %m, %mask : (tensor<?x1xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  %d = gac.sub %x, %mm : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  %q = gac.pow %d, %two : (tensor<?x8xf32>, tensor<f32>) -> tensor<?x8xf32>
  %v = gac.reduce_mean %q, %axes {keepdims = 1 : i64} : (tensor<?x8xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %e = gac.add %v, %eps : (tensor<?x1xf32>, tensor<f32>) -> tensor<?x1xf32>
  %r = gac.sqrt %e : (tensor<?x1xf32>) -> tensor<?x1xf32>
  %y0 = gac.div %d, %r : (tensor<?x8xf32>, tensor<?x1xf32>) -> tensor<?x8xf32>
  %y2 = gac.mul %y0, %w : (tensor<?x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  %y3 = gac.add %y2, %b : (tensor<?x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  return %y3 : tensor<?x8xf32>
}

// -----

// Padding deviates by the mean.
// CHECK-LABEL: func.func @count_without_mask
func.func @count_without_mask(%x: tensor<?x8xf32>, %w: tensor<8xf32>, %b: tensor<8xf32>) -> tensor<?x8xf32> {
  // CHECK-NOT: gac.layer_normalization
  // CHECK:     return
  %eps = gac.constant dense<1.0e-05> : tensor<f32>
  %two = gac.constant dense<2.0> : tensor<f32>
  %axes = gac.constant dense<-1> : tensor<1xi64>
  %n = gac.constant dense<5.0> : tensor<f32>
  %n2 = gac.constant dense<5.0> : tensor<f32>
  %ms = gac.reduce_sum %x, %axes {keepdims = 1 : i64} : (tensor<?x8xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %m = gac.div %ms, %n : (tensor<?x1xf32>, tensor<f32>) -> tensor<?x1xf32>
  %d = gac.sub %x, %m : (tensor<?x8xf32>, tensor<?x1xf32>) -> tensor<?x8xf32>
  %q = gac.pow %d, %two : (tensor<?x8xf32>, tensor<f32>) -> tensor<?x8xf32>
  %vs = gac.reduce_sum %q, %axes {keepdims = 1 : i64} : (tensor<?x8xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %v = gac.div %vs, %n2 : (tensor<?x1xf32>, tensor<f32>) -> tensor<?x1xf32>
  %e = gac.add %v, %eps : (tensor<?x1xf32>, tensor<f32>) -> tensor<?x1xf32>
  %r = gac.sqrt %e : (tensor<?x1xf32>) -> tensor<?x1xf32>
  %y0 = gac.div %d, %r : (tensor<?x8xf32>, tensor<?x1xf32>) -> tensor<?x8xf32>
  %y2 = gac.mul %y0, %w : (tensor<?x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  %y3 = gac.add %y2, %b : (tensor<?x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  return %y3 : tensor<?x8xf32>
}

// -----

// The two means count unlike numbers.
// CHECK-LABEL: func.func @unlike_counts
func.func @unlike_counts(%x: tensor<?x8xf32>, %w: tensor<8xf32>, %b: tensor<8xf32>) -> tensor<?x8xf32> {
  // CHECK-NOT: gac.layer_normalization
  // CHECK:     return
  %eps = gac.constant dense<1.0e-05> : tensor<f32>
  %two = gac.constant dense<2.0> : tensor<f32>
  %axes = gac.constant dense<-1> : tensor<1xi64>
  %n = gac.constant dense<5.0> : tensor<f32>
  %n2 = gac.constant dense<6.0> : tensor<f32>
  %mask = gac.initializer "mask" = dense<[1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0]> : tensor<8xf32>
  %ms = gac.reduce_sum %x, %axes {keepdims = 1 : i64} : (tensor<?x8xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %m = gac.div %ms, %n : (tensor<?x1xf32>, tensor<f32>) -> tensor<?x1xf32>
  %mm = gac.mul %m, %mask : (tensor<?x1xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  %d = gac.sub %x, %mm : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  %q = gac.pow %d, %two : (tensor<?x8xf32>, tensor<f32>) -> tensor<?x8xf32>
  %vs = gac.reduce_sum %q, %axes {keepdims = 1 : i64} : (tensor<?x8xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %v = gac.div %vs, %n2 : (tensor<?x1xf32>, tensor<f32>) -> tensor<?x1xf32>
  %e = gac.add %v, %eps : (tensor<?x1xf32>, tensor<f32>) -> tensor<?x1xf32>
  %r = gac.sqrt %e : (tensor<?x1xf32>) -> tensor<?x1xf32>
  %y0 = gac.div %d, %r : (tensor<?x8xf32>, tensor<?x1xf32>) -> tensor<?x8xf32>
  %y2 = gac.mul %y0, %w : (tensor<?x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  %y3 = gac.add %y2, %b : (tensor<?x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  return %y3 : tensor<?x8xf32>
}

// -----

// The mean is one of something else.
// CHECK-LABEL: func.func @other_mean
func.func @other_mean(%x: tensor<?x64xf32>, %w: tensor<64xf32>, %b: tensor<64xf32>, %z: tensor<?x64xf32>) -> tensor<?x64xf32> {
  // CHECK-NOT: gac.layer_normalization
  // CHECK:     return
  %eps = gac.constant dense<1.0e-05> : tensor<f32>
  %two = gac.constant dense<2.0> : tensor<f32>
  %axes = gac.constant dense<-1> : tensor<1xi64>
  %m = gac.reduce_mean %z, %axes {keepdims = 1 : i64} : (tensor<?x64xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %d = gac.sub %x, %m : (tensor<?x64xf32>, tensor<?x1xf32>) -> tensor<?x64xf32>
  %q = gac.pow %d, %two : (tensor<?x64xf32>, tensor<f32>) -> tensor<?x64xf32>
  %v = gac.reduce_mean %q, %axes {keepdims = 1 : i64} : (tensor<?x64xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %e = gac.add %v, %eps : (tensor<?x1xf32>, tensor<f32>) -> tensor<?x1xf32>
  %r = gac.sqrt %e : (tensor<?x1xf32>) -> tensor<?x1xf32>
  %y0 = gac.div %d, %r : (tensor<?x64xf32>, tensor<?x1xf32>) -> tensor<?x64xf32>
  %y2 = gac.mul %y0, %w : (tensor<?x64xf32>, tensor<64xf32>) -> tensor<?x64xf32>
  %y3 = gac.add %y2, %b : (tensor<?x64xf32>, tensor<64xf32>) -> tensor<?x64xf32>
  return %y3 : tensor<?x64xf32>
}

// -----

// The means are over unlike axes.
// CHECK-LABEL: func.func @unlike_axes
func.func @unlike_axes(%x: tensor<?x64xf32>, %w: tensor<64xf32>, %b: tensor<64xf32>) -> tensor<?x64xf32> {
  // CHECK-NOT: gac.layer_normalization
  // CHECK:     return
  %eps = gac.constant dense<1.0e-05> : tensor<f32>
  %two = gac.constant dense<2.0> : tensor<f32>
  %axes = gac.constant dense<-1> : tensor<1xi64>
  %axes2 = gac.constant dense<0> : tensor<1xi64>
  %m = gac.reduce_mean %x, %axes {keepdims = 1 : i64} : (tensor<?x64xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %d = gac.sub %x, %m : (tensor<?x64xf32>, tensor<?x1xf32>) -> tensor<?x64xf32>
  %q = gac.pow %d, %two : (tensor<?x64xf32>, tensor<f32>) -> tensor<?x64xf32>
  %v = gac.reduce_mean %q, %axes2 {keepdims = 1 : i64} : (tensor<?x64xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %e = gac.add %v, %eps : (tensor<?x1xf32>, tensor<f32>) -> tensor<?x1xf32>
  %r = gac.sqrt %e : (tensor<?x1xf32>) -> tensor<?x1xf32>
  %y0 = gac.div %d, %r : (tensor<?x64xf32>, tensor<?x1xf32>) -> tensor<?x64xf32>
  %y2 = gac.mul %y0, %w : (tensor<?x64xf32>, tensor<64xf32>) -> tensor<?x64xf32>
  %y3 = gac.add %y2, %b : (tensor<?x64xf32>, tensor<64xf32>) -> tensor<?x64xf32>
  return %y3 : tensor<?x64xf32>
}

// -----

// Somebody else reads what x deviates by.
// CHECK-LABEL: func.func @deviation_is_read
func.func @deviation_is_read(%x: tensor<?x64xf32>, %w: tensor<64xf32>, %b: tensor<64xf32>) -> tensor<?x64xf32> {
  // CHECK-NOT: gac.layer_normalization
  // CHECK:     return
  %eps = gac.constant dense<1.0e-05> : tensor<f32>
  %two = gac.constant dense<2.0> : tensor<f32>
  %axes = gac.constant dense<-1> : tensor<1xi64>
  %m = gac.reduce_mean %x, %axes {keepdims = 1 : i64} : (tensor<?x64xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %d = gac.sub %x, %m : (tensor<?x64xf32>, tensor<?x1xf32>) -> tensor<?x64xf32>
  %q = gac.pow %d, %two : (tensor<?x64xf32>, tensor<f32>) -> tensor<?x64xf32>
  %v = gac.reduce_mean %q, %axes {keepdims = 1 : i64} : (tensor<?x64xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %e = gac.add %v, %eps : (tensor<?x1xf32>, tensor<f32>) -> tensor<?x1xf32>
  %r = gac.sqrt %e : (tensor<?x1xf32>) -> tensor<?x1xf32>
  %y0 = gac.div %d, %r : (tensor<?x64xf32>, tensor<?x1xf32>) -> tensor<?x64xf32>
  %y2 = gac.mul %y0, %w : (tensor<?x64xf32>, tensor<64xf32>) -> tensor<?x64xf32>
  %y3 = gac.add %y2, %b : (tensor<?x64xf32>, tensor<64xf32>) -> tensor<?x64xf32>
  %y4 = gac.add %y3, %d : (tensor<?x64xf32>, tensor<?x64xf32>) -> tensor<?x64xf32>
  return %y4 : tensor<?x64xf32>
}

// -----

// What is added has a number per row: it is no bias.
// CHECK-LABEL: func.func @residual
func.func @residual(%x: tensor<?x64xf32>, %w: tensor<64xf32>, %b: tensor<?x64xf32>) -> tensor<?x64xf32> {
  // CHECK: %[[Y:.+]] = gac.layer_normalization %arg0, %arg1 {
  // CHECK: gac.add %[[Y]], %arg2
  %eps = gac.constant dense<1.0e-05> : tensor<f32>
  %two = gac.constant dense<2.0> : tensor<f32>
  %axes = gac.constant dense<-1> : tensor<1xi64>
  %m = gac.reduce_mean %x, %axes {keepdims = 1 : i64} : (tensor<?x64xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %d = gac.sub %x, %m : (tensor<?x64xf32>, tensor<?x1xf32>) -> tensor<?x64xf32>
  %q = gac.pow %d, %two : (tensor<?x64xf32>, tensor<f32>) -> tensor<?x64xf32>
  %v = gac.reduce_mean %q, %axes {keepdims = 1 : i64} : (tensor<?x64xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %e = gac.add %v, %eps : (tensor<?x1xf32>, tensor<f32>) -> tensor<?x1xf32>
  %r = gac.sqrt %e : (tensor<?x1xf32>) -> tensor<?x1xf32>
  %y0 = gac.div %d, %r : (tensor<?x64xf32>, tensor<?x1xf32>) -> tensor<?x64xf32>
  %y2 = gac.mul %y0, %w : (tensor<?x64xf32>, tensor<64xf32>) -> tensor<?x64xf32>
  %y3 = gac.add %y2, %b : (tensor<?x64xf32>, tensor<?x64xf32>) -> tensor<?x64xf32>
  return %y3 : tensor<?x64xf32>
}

// -----

// A repair masks the squares, where padding has been left the mean; the scale is
// zero there.
// CHECK-LABEL: func.func @masked_squares
func.func @masked_squares(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  // CHECK-NOT: gac.reduce_sum
  // CHECK:     gac.layer_normalization {{.*}}logical_lanes = #gac.lanes<4 : 0 to 0 by 3>
  %w = gac.initializer "w" = dense<[1.0, 2.0, 3.0, 0.0]> : tensor<4xf32>
  %b = gac.initializer "b" = dense<0.0> : tensor<4xf32>
  %mask = gac.initializer "mask" = dense<[1.0, 1.0, 1.0, 0.0]> : tensor<4xf32>
  %count = gac.constant dense<3.0> : tensor<f32>
  %eps = gac.constant dense<1.0e-05> : tensor<f32>
  %axes = gac.constant dense<-1> : tensor<1xi64>
  %s = gac.reduce_sum %x, %axes {keepdims = 1 : i64} : (tensor<?x4xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %m = gac.div %s, %count : (tensor<?x1xf32>, tensor<f32>) -> tensor<?x1xf32>
  %d = gac.sub %x, %m : (tensor<?x4xf32>, tensor<?x1xf32>) -> tensor<?x4xf32>
  %q = gac.mul %d, %d : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  %masked = gac.mul %q, %mask : (tensor<?x4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  %t = gac.reduce_sum %masked, %axes {keepdims = 1 : i64} : (tensor<?x4xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %v = gac.div %t, %count : (tensor<?x1xf32>, tensor<f32>) -> tensor<?x1xf32>
  %e = gac.add %v, %eps : (tensor<?x1xf32>, tensor<f32>) -> tensor<?x1xf32>
  %r = gac.sqrt %e : (tensor<?x1xf32>) -> tensor<?x1xf32>
  %y0 = gac.div %d, %r : (tensor<?x4xf32>, tensor<?x1xf32>) -> tensor<?x4xf32>
  %y1 = gac.mul %y0, %w : (tensor<?x4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  %y2 = gac.add %y1, %b : (tensor<?x4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  return %y2 : tensor<?x4xf32>
}

// -----

// With another scale padding holds what the norm would not leave there.
// CHECK-LABEL: func.func @masked_squares_with_a_scale
func.func @masked_squares_with_a_scale(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  // CHECK-NOT: gac.layer_normalization
  %w = gac.initializer "w" = dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
  %b = gac.initializer "b" = dense<0.0> : tensor<4xf32>
  %mask = gac.initializer "mask" = dense<[1.0, 1.0, 1.0, 0.0]> : tensor<4xf32>
  %count = gac.constant dense<3.0> : tensor<f32>
  %eps = gac.constant dense<1.0e-05> : tensor<f32>
  %axes = gac.constant dense<-1> : tensor<1xi64>
  %s = gac.reduce_sum %x, %axes {keepdims = 1 : i64} : (tensor<?x4xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %m = gac.div %s, %count : (tensor<?x1xf32>, tensor<f32>) -> tensor<?x1xf32>
  %d = gac.sub %x, %m : (tensor<?x4xf32>, tensor<?x1xf32>) -> tensor<?x4xf32>
  %q = gac.mul %d, %d : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  %masked = gac.mul %q, %mask : (tensor<?x4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  %t = gac.reduce_sum %masked, %axes {keepdims = 1 : i64} : (tensor<?x4xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %v = gac.div %t, %count : (tensor<?x1xf32>, tensor<f32>) -> tensor<?x1xf32>
  %e = gac.add %v, %eps : (tensor<?x1xf32>, tensor<f32>) -> tensor<?x1xf32>
  %r = gac.sqrt %e : (tensor<?x1xf32>) -> tensor<?x1xf32>
  %y0 = gac.div %d, %r : (tensor<?x4xf32>, tensor<?x1xf32>) -> tensor<?x4xf32>
  %y1 = gac.mul %y0, %w : (tensor<?x4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  %y2 = gac.add %y1, %b : (tensor<?x4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  return %y2 : tensor<?x4xf32>
}

// -----

// Below opset 17 only ONNX Runtime has it: export is told that the file did not.
// CHECK-LABEL: func.func @opset_13
// CHECK: gac.layer_normalization {{.*}}gac.recovered
func.func @opset_13(%x: tensor<?x64xf32>, %w: tensor<64xf32>, %b: tensor<64xf32>) -> tensor<?x64xf32>
    attributes {gac.opset = 13 : i64} {
  %eps = gac.constant dense<1.0e-05> : tensor<f32>
  %m = gac.reduce_mean %x {axes = array<i64: -1>, keepdims = 1 : i64} : (tensor<?x64xf32>) -> tensor<?x1xf32>
  %d = gac.sub %x, %m : (tensor<?x64xf32>, tensor<?x1xf32>) -> tensor<?x64xf32>
  %q = gac.mul %d, %d : (tensor<?x64xf32>, tensor<?x64xf32>) -> tensor<?x64xf32>
  %v = gac.reduce_mean %q {axes = array<i64: -1>, keepdims = 1 : i64} : (tensor<?x64xf32>) -> tensor<?x1xf32>
  %e = gac.add %v, %eps : (tensor<?x1xf32>, tensor<f32>) -> tensor<?x1xf32>
  %r = gac.sqrt %e : (tensor<?x1xf32>) -> tensor<?x1xf32>
  %y0 = gac.div %d, %r : (tensor<?x64xf32>, tensor<?x1xf32>) -> tensor<?x64xf32>
  %y2 = gac.mul %y0, %w : (tensor<?x64xf32>, tensor<64xf32>) -> tensor<?x64xf32>
  %y3 = gac.add %y2, %b : (tensor<?x64xf32>, tensor<64xf32>) -> tensor<?x64xf32>
  return %y3 : tensor<?x64xf32>
}
