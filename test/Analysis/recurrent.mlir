// RUN: gac-opt %s --gac-print-dimensions -o %t | FileCheck %s

// The gates of a direction are so many hidden widths, laid end to end; a state
// of zero stays zero on padding.

// CHECK-LABEL: function @lstm
// CHECK: dimension in:1 = 21
// CHECK-NEXT: weight in:1 read by MatMul
// CHECK-NEXT: weight w:2 read by LSTM
// CHECK-NEXT: dimension w:1/0 = 4
// CHECK: fixed: LSTM has as many gates (h)
// CHECK-NEXT: dimension w:1/1 = 13
// CHECK-NEXT: weight w:1 read by LSTM
// CHECK-NEXT: weight r:1 read by LSTM
// CHECK-NEXT: weight r:2 read by LSTM
// CHECK-NEXT: weight b:1 read by LSTM
// CHECK-NEXT: weight out:0 read by MatMul
// CHECK-NEXT: dimension
// CHECK: value h = [steps, 1, x:1, w:1/1]
// CHECK-NEXT: value s
// CHECK: use LSTM h operand 1 axis 1 N = w:1/0*w:1/1 strided
// CHECK: use LSTM h operand 1 axis 2 K = in:1 contiguous
// CHECK: use LSTM h operand 2 axis 2 K = w:1/1 contiguous
func.func @lstm(%x: tensor<?x2x16xf32> {gac.name = "x", gac.dims = ["steps", "", ""]})
    -> (tensor<?x2x8xf32> {gac.name = "y"}) {
  %in = gac.initializer "in" = dense<1.0> : tensor<16x21xf32>
  %w = gac.initializer "w" = dense<1.0> : tensor<1x52x21xf32>
  %r = gac.initializer "r" = dense<1.0> : tensor<1x52x13xf32>
  %b = gac.initializer "b" = dense<1.0> : tensor<1x104xf32>
  %out = gac.initializer "out" = dense<1.0> : tensor<13x8xf32>
  %axes = gac.initializer "axes" = dense<1> : tensor<1xi64>
  %p = gac.matmul %x, %in {gac.outputs = ["p"]} : (tensor<?x2x16xf32>, tensor<16x21xf32>) -> tensor<?x2x21xf32>
  %h = gac.lstm %p, %w, %r, %b {gac.outputs = ["h"], hidden_size = 13 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0>}
      : (tensor<?x2x21xf32>, tensor<1x52x21xf32>, tensor<1x52x13xf32>, tensor<1x104xf32>) -> tensor<?x1x2x13xf32>
  %s = gac.squeeze %h, %axes {gac.outputs = ["s"]} : (tensor<?x1x2x13xf32>, tensor<1xi64>) -> tensor<?x2x13xf32>
  %y = gac.matmul %s, %out {gac.outputs = ["y"]} : (tensor<?x2x13xf32>, tensor<13x8xf32>) -> tensor<?x2x8xf32>
  return %y : tensor<?x2x8xf32>
}

// 0.5 at zero would not stay zero.

// CHECK-LABEL: function @gru_of_sigmoids
// CHECK: dimension w:1/1 = 13
// CHECK: fixed: GRU has activations that are not zero at zero (h)
func.func @gru_of_sigmoids(%x: tensor<5x2x16xf32> {gac.name = "x"})
    -> (tensor<1x2x8xf32> {gac.name = "y"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<1x39x16xf32>
  %r = gac.initializer "r" = dense<1.0> : tensor<1x39x13xf32>
  %out = gac.initializer "out" = dense<1.0> : tensor<13x8xf32>
  %h = gac.gru %x, %w, %r {activations = ["Sigmoid", "Sigmoid"], gac.outputs = ["", "h"], operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>, resultSegmentSizes = array<i32: 0, 1>}
      : (tensor<5x2x16xf32>, tensor<1x39x16xf32>, tensor<1x39x13xf32>) -> tensor<1x2x13xf32>
  %y = gac.matmul %h, %out {gac.outputs = ["y"]} : (tensor<1x2x13xf32>, tensor<13x8xf32>) -> tensor<1x2x8xf32>
  return %y : tensor<1x2x8xf32>
}

// Nor does a state that starts with 0.5, but for a mask.

// CHECK-LABEL: function @rnn_with_state
// CHECK: dimension w:1 = 13
// CHECK: masked: axis 2 of e for RNN
func.func @rnn_with_state(%x: tensor<5x2x16xf32> {gac.name = "x"})
    -> (tensor<1x2x8xf32> {gac.name = "y"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<1x13x16xf32>
  %r = gac.initializer "r" = dense<1.0> : tensor<1x13x13xf32>
  %state = gac.initializer "state" = dense<1.0> : tensor<1x2x13xf32>
  %out = gac.initializer "out" = dense<1.0> : tensor<13x8xf32>
  %e = gac.sigmoid %state {gac.outputs = ["e"]} : (tensor<1x2x13xf32>) -> tensor<1x2x13xf32>
  %h = gac.rnn %x, %w, %r, %e {gac.outputs = ["", "h"], operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 1>, resultSegmentSizes = array<i32: 0, 1>}
      : (tensor<5x2x16xf32>, tensor<1x13x16xf32>, tensor<1x13x13xf32>, tensor<1x2x13xf32>) -> tensor<1x2x13xf32>
  %y = gac.matmul %h, %out {gac.outputs = ["y"]} : (tensor<1x2x13xf32>, tensor<13x8xf32>) -> tensor<1x2x8xf32>
  return %y : tensor<1x2x8xf32>
}
