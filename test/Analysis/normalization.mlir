// RUN: gac-opt %s --gac-print-dimensions -o %t | FileCheck %s

// CHECK-LABEL: function @rms
// CHECK: dimension w:1 = 7
// CHECK-NEXT: weight w:1
// CHECK-NEXT: weight g:0 read by RMSNormalization
// CHECK-NEXT: weight v:0
// CHECK-NEXT: dimension
// CHECK: value n = [x:0, w:1]
// CHECK-NOT: padding
// CHECK: use
func.func @rms(%x: tensor<3x4xf32> {gac.name = "x"}) -> (tensor<3x2xf32> {gac.name = "y"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<4x7xf32>
  %g = gac.initializer "g" = dense<1.0> : tensor<7xf32>
  %v = gac.initializer "v" = dense<1.0> : tensor<7x2xf32>
  %h = gac.matmul %x, %w {gac.outputs = ["h"]} : (tensor<3x4xf32>, tensor<4x7xf32>) -> tensor<3x7xf32>
  %n = "gac.rms_normalization"(%h, %g) {gac.outputs = ["n"]} : (tensor<3x7xf32>, tensor<7xf32>) -> tensor<3x7xf32>
  %y = gac.matmul %n, %v {gac.outputs = ["y"]} : (tensor<3x7xf32>, tensor<7x2xf32>) -> tensor<3x2xf32>
  return %y : tensor<3x2xf32>
}

// CHECK-LABEL: function @rms_of_nonzero
// CHECK: dimension w:1 = 7
// CHECK: masked: axis 1 of c for RMSNormalization
func.func @rms_of_nonzero(%x: tensor<3x4xf32> {gac.name = "x"}) -> (tensor<3x2xf32> {gac.name = "y"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<4x7xf32>
  %g = gac.initializer "g" = dense<1.0> : tensor<7xf32>
  %v = gac.initializer "v" = dense<1.0> : tensor<7x2xf32>
  %h = gac.matmul %x, %w {gac.outputs = ["h"]} : (tensor<3x4xf32>, tensor<4x7xf32>) -> tensor<3x7xf32>
  %c = gac.cos %h {gac.outputs = ["c"]} : (tensor<3x7xf32>) -> tensor<3x7xf32>
  %n = "gac.rms_normalization"(%c, %g) {gac.outputs = ["n"]} : (tensor<3x7xf32>, tensor<7xf32>) -> tensor<3x7xf32>
  %y = gac.matmul %n, %v {gac.outputs = ["y"]} : (tensor<3x7xf32>, tensor<7x2xf32>) -> tensor<3x2xf32>
  return %y : tensor<3x2xf32>
}

// LayerNormalization keeps padding that is zero out of its mean; what it leaves
// there is the bias.

// CHECK-LABEL: function @layer_norm
// CHECK: dimension w:1 = 7
// CHECK-NOT: fixed: LayerNormalization
// CHECK: value n = [x:0, w:1]
// CHECK-NOT: padding
// CHECK: use
func.func @layer_norm(%x: tensor<3x4xf32> {gac.name = "x"}) -> (tensor<3x2xf32> {gac.name = "y"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<4x7xf32>
  %g = gac.initializer "g" = dense<1.0> : tensor<7xf32>
  %v = gac.initializer "v" = dense<1.0> : tensor<7x2xf32>
  %h = gac.matmul %x, %w {gac.outputs = ["h"]} : (tensor<3x4xf32>, tensor<4x7xf32>) -> tensor<3x7xf32>
  %n = "gac.layer_normalization"(%h, %g, %g) {gac.outputs = ["n"], resultSegmentSizes = array<i32: 1, 0, 0>}
      : (tensor<3x7xf32>, tensor<7xf32>, tensor<7xf32>) -> tensor<3x7xf32>
  %y = gac.matmul %n, %v {gac.outputs = ["y"]} : (tensor<3x7xf32>, tensor<7x2xf32>) -> tensor<3x2xf32>
  return %y : tensor<3x2xf32>
}

// CHECK-LABEL: function @layer_norm_bias
// CHECK: dimension w:1 = 7
// CHECK: value n = [x:0, w:1]
// CHECK-NEXT: padding of w:1 on axis 1 is 1
func.func @layer_norm_bias(%x: tensor<3x4xf32> {gac.name = "x"}) -> (tensor<3x2xf32> {gac.name = "y"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<4x7xf32>
  %g = gac.initializer "g" = dense<1.0> : tensor<7xf32>
  %b = gac.initializer "b" = dense<0.0> : tensor<7xf32>
  %c = gac.exp %b {gac.outputs = ["c"]} : (tensor<7xf32>) -> tensor<7xf32>
  %v = gac.initializer "v" = dense<1.0> : tensor<7x2xf32>
  %h = gac.matmul %x, %w {gac.outputs = ["h"]} : (tensor<3x4xf32>, tensor<4x7xf32>) -> tensor<3x7xf32>
  %n = "gac.layer_normalization"(%h, %g, %c) {gac.outputs = ["n"], resultSegmentSizes = array<i32: 1, 0, 0>}
      : (tensor<3x7xf32>, tensor<7xf32>, tensor<7xf32>) -> tensor<3x7xf32>
  %y = gac.matmul %n, %v {gac.outputs = ["y"]} : (tensor<3x7xf32>, tensor<7x2xf32>) -> tensor<3x2xf32>
  return %y : tensor<3x2xf32>
}

// CHECK-LABEL: function @layer_norm_of_nonzero
// CHECK: dimension w:1 = 7
// CHECK: masked: axis 1 of c for LayerNormalization
func.func @layer_norm_of_nonzero(%x: tensor<3x4xf32> {gac.name = "x"}) -> (tensor<3x2xf32> {gac.name = "y"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<4x7xf32>
  %g = gac.initializer "g" = dense<1.0> : tensor<7xf32>
  %v = gac.initializer "v" = dense<1.0> : tensor<7x2xf32>
  %h = gac.matmul %x, %w {gac.outputs = ["h"]} : (tensor<3x4xf32>, tensor<4x7xf32>) -> tensor<3x7xf32>
  %c = gac.cos %h {gac.outputs = ["c"]} : (tensor<3x7xf32>) -> tensor<3x7xf32>
  %n = "gac.layer_normalization"(%c, %g, %g) {gac.outputs = ["n"], resultSegmentSizes = array<i32: 1, 0, 0>}
      : (tensor<3x7xf32>, tensor<7xf32>, tensor<7xf32>) -> tensor<3x7xf32>
  %y = gac.matmul %n, %v {gac.outputs = ["y"]} : (tensor<3x7xf32>, tensor<7x2xf32>) -> tensor<3x2xf32>
  return %y : tensor<3x2xf32>
}

// Of axes that are normalised as one the lanes are counted together.

// CHECK-LABEL: function @layer_norm_of_two_axes
// CHECK: dimension w:1 = 7
// CHECK-NEXT: weight w:1 read by MatMul
// CHECK-NEXT: weight g:1 read by LayerNormalization
// CHECK-NEXT: weight v:0 read by MatMul
// CHECK-NEXT: dimension
// CHECK: value n = [g:0, w:1]
// CHECK-NEXT: value y
func.func @layer_norm_of_two_axes(%x: tensor<3x4xf32> {gac.name = "x"}) -> (tensor<3x2xf32> {gac.name = "y"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<4x7xf32>
  %g = gac.initializer "g" = dense<1.0> : tensor<3x7xf32>
  %v = gac.initializer "v" = dense<1.0> : tensor<7x2xf32>
  %h = gac.matmul %x, %w {gac.outputs = ["h"]} : (tensor<3x4xf32>, tensor<4x7xf32>) -> tensor<3x7xf32>
  %n = "gac.layer_normalization"(%h, %g, %g) {axis = 0 : i64, gac.outputs = ["n"], resultSegmentSizes = array<i32: 1, 0, 0>}
      : (tensor<3x7xf32>, tensor<3x7xf32>, tensor<3x7xf32>) -> tensor<3x7xf32>
  %y = gac.matmul %n, %v {gac.outputs = ["y"]} : (tensor<3x7xf32>, tensor<7x2xf32>) -> tensor<3x2xf32>
  return %y : tensor<3x2xf32>
}

// Rows that are padding are zero, which has no norm without an epsilon.

// CHECK-LABEL: function @no_epsilon
// CHECK: dimension w:0 = 7
// CHECK: fixed: RMSNormalization would not keep its padding finite (n)
func.func @no_epsilon(%x: tensor<3x4xf32> {gac.name = "x"}) -> (tensor<8x8xf32> {gac.name = "y"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<7x3xf32>
  %e = gac.initializer "e" = dense<1.0> : tensor<4x8xf32>
  %g = gac.initializer "g" = dense<1.0> : tensor<8xf32>
  %v = gac.initializer "v" = dense<1.0> : tensor<8x7xf32>
  %h = gac.matmul %w, %x {gac.outputs = ["h"]} : (tensor<7x3xf32>, tensor<3x4xf32>) -> tensor<7x4xf32>
  %k = gac.matmul %h, %e {gac.outputs = ["k"]} : (tensor<7x4xf32>, tensor<4x8xf32>) -> tensor<7x8xf32>
  %n = gac.rms_normalization %k, %g {gac.outputs = ["n"], epsilon = 0.0 : f32} : (tensor<7x8xf32>, tensor<8xf32>) -> tensor<7x8xf32>
  %y = gac.matmul %v, %n {gac.outputs = ["y"]} : (tensor<8x7xf32>, tensor<7x8xf32>) -> tensor<8x8xf32>
  return %y : tensor<8x8xf32>
}

// One of 1e-9 is none in half precision.

// CHECK-LABEL: function @no_epsilon_in_half
// CHECK: dimension w:0 = 7
// CHECK: fixed: LayerNormalization would not keep its padding finite (n)
func.func @no_epsilon_in_half(%x: tensor<3x4xf16> {gac.name = "x"}) -> (tensor<8x8xf16> {gac.name = "y"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<7x3xf16>
  %e = gac.initializer "e" = dense<1.0> : tensor<4x8xf16>
  %g = gac.initializer "g" = dense<1.0> : tensor<8xf16>
  %v = gac.initializer "v" = dense<1.0> : tensor<8x7xf16>
  %h = gac.matmul %w, %x {gac.outputs = ["h"]} : (tensor<7x3xf16>, tensor<3x4xf16>) -> tensor<7x4xf16>
  %k = gac.matmul %h, %e {gac.outputs = ["k"]} : (tensor<7x4xf16>, tensor<4x8xf16>) -> tensor<7x8xf16>
  %n = "gac.layer_normalization"(%k, %g) {gac.outputs = ["n"], epsilon = 1.0e-9 : f32, stash_type = 10 : i64, resultSegmentSizes = array<i32: 1, 0, 0>}
      : (tensor<7x8xf16>, tensor<8xf16>) -> tensor<7x8xf16>
  %y = gac.matmul %v, %n {gac.outputs = ["y"]} : (tensor<8x7xf16>, tensor<7x8xf16>) -> tensor<8x8xf16>
  return %y : tensor<8x8xf16>
}
