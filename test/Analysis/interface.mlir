// RUN: gac-opt %s --gac-print-dimensions -o %t | FileCheck %s

// Nobody allowed anything.

// CHECK-LABEL: function @fixed
// CHECK: dimension w:0 = 7
// CHECK-NEXT: weight w:0
// CHECK-NEXT: fixed: graph input p axis 1
// CHECK-NEXT: fixed: graph output q axis 1
func.func @fixed(%p: tensor<3x7xf32> {gac.name = "p"})
    -> (tensor<3x7xf32> {gac.name = "q"}, tensor<3x2xf32> {gac.name = "y"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<7x2xf32>
  %q = gac.neg %p {gac.outputs = ["q"]} : (tensor<3x7xf32>) -> tensor<3x7xf32>
  %y = gac.matmul %q, %w {gac.outputs = ["y"]} : (tensor<3x7xf32>, tensor<7x2xf32>) -> tensor<3x2xf32>
  return %q, %y : tensor<3x7xf32>, tensor<3x2xf32>
}

// What comes in with zeros on its new lanes goes out with zeros.

// CHECK-LABEL: function @past
// CHECK: dimension w:0 = 7
// CHECK-NEXT: weight w:0
// CHECK-NEXT: dimension
func.func @past(%p: tensor<3x7xf32> {gac.name = "p", gac.may_change})
    -> (tensor<3x7xf32> {gac.name = "q", gac.may_change}, tensor<3x2xf32> {gac.name = "y"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<7x2xf32>
  %q = gac.neg %p {gac.outputs = ["q"]} : (tensor<3x7xf32>) -> tensor<3x7xf32>
  %y = gac.matmul %q, %w {gac.outputs = ["y"]} : (tensor<3x7xf32>, tensor<7x2xf32>) -> tensor<3x2xf32>
  return %q, %y : tensor<3x7xf32>, tensor<3x2xf32>
}

// It may be given back as the input, whose lanes are taken as zeros: ones would
// not do.

// CHECK-LABEL: function @ones
// CHECK: dimension w:0 = 7
// CHECK-NEXT: weight w:0
// CHECK-NEXT: fixed: graph output q axis 1, whose padding would not be zero, as graph input p expects it back
// CHECK-NEXT: dimension
func.func @ones(%p: tensor<3x7xf32> {gac.name = "p", gac.may_change})
    -> (tensor<3x7xf32> {gac.name = "q", gac.may_change}, tensor<3x2xf32> {gac.name = "y"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<7x2xf32>
  %q = gac.cos %p {gac.outputs = ["q"]} : (tensor<3x7xf32>) -> tensor<3x7xf32>
  %y = gac.matmul %p, %w {gac.outputs = ["y"]} : (tensor<3x7xf32>, tensor<7x2xf32>) -> tensor<3x2xf32>
  return %q, %y : tensor<3x7xf32>, tensor<3x2xf32>
}

// An output that shares nothing with an input has any numbers there.

// CHECK-LABEL: function @finite
// CHECK: dimension w:1 = 7
// CHECK-NEXT: weight w:1
// CHECK-NEXT: dimension
// CHECK: value q = [x:0, w:1]
// CHECK-NEXT: padding of w:1 on axis 1 is 1
func.func @finite(%x: tensor<3x4xf32> {gac.name = "x", gac.may_change})
    -> (tensor<3x7xf32> {gac.name = "q", gac.may_change}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<4x7xf32>
  %h = gac.matmul %x, %w {gac.outputs = ["h"]} : (tensor<3x4xf32>, tensor<4x7xf32>) -> tensor<3x7xf32>
  %q = gac.cos %h {gac.outputs = ["q"]} : (tensor<3x7xf32>) -> tensor<3x7xf32>
  return %q : tensor<3x7xf32>
}

// The same under a name that may not change.

// CHECK-LABEL: function @twice
// CHECK: dimension w:1 = 7
// CHECK-NEXT: weight w:1
// CHECK-NEXT: fixed: graph output r axis 1
func.func @twice(%x: tensor<3x4xf32> {gac.name = "x"})
    -> (tensor<3x7xf32> {gac.name = "q", gac.may_change}, tensor<3x7xf32> {gac.name = "r"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<4x7xf32>
  %q = gac.matmul %x, %w {gac.outputs = ["q"]} : (tensor<3x4xf32>, tensor<4x7xf32>) -> tensor<3x7xf32>
  return %q, %q : tensor<3x7xf32>, tensor<3x7xf32>
}

// Of an axis of symbolic size nobody could say where its new lanes are.

// CHECK-LABEL: function @symbolic
// CHECK: dimension w:0 = 7
// CHECK-NEXT: weight w:0
// CHECK-NEXT: fixed: graph input p axis 1
func.func @symbolic(%p: tensor<3x?xf32> {gac.name = "p", gac.dims = ["", "7*s"], gac.may_change})
    -> (tensor<3x?x2xf32> {gac.name = "y"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<7x2xf32>
  %shape = gac.initializer "shape" = dense<[3, -1, 7]> : tensor<3xi64>
  %h = gac.reshape %p, %shape {gac.outputs = ["h"]} : (tensor<3x?xf32>, tensor<3xi64>) -> tensor<3x?x7xf32>
  %y = gac.matmul %h, %w {gac.outputs = ["y"]} : (tensor<3x?x7xf32>, tensor<7x2xf32>) -> tensor<3x?x2xf32>
  return %y : tensor<3x?x2xf32>
}

// Who leaves out an input gets its default, which stays as it is; a weight that
// is an output has one name for all its readers.

// CHECK-LABEL: function @data
// CHECK: dimension w:0 = 7
// CHECK-NEXT: weight w:0
// CHECK-NEXT: fixed: graph input p axis 1
// CHECK: dimension w:1 = 2
// CHECK-NEXT: weight w:1
// CHECK-NEXT: fixed: graph output w axis 1
func.func @data(%p: tensor<3x7xf32> {gac.name = "p", gac.default = dense<1.0> : tensor<3x7xf32>, gac.may_change})
    -> (tensor<3x2xf32> {gac.name = "y", gac.may_change}, tensor<7x2xf32> {gac.name = "w", gac.may_change}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<7x2xf32>
  %y = gac.matmul %p, %w {gac.outputs = ["y"]} : (tensor<3x7xf32>, tensor<7x2xf32>) -> tensor<3x2xf32>
  return %y, %w : tensor<3x2xf32>, tensor<7x2xf32>
}

// As many sizes as there are axes.

// CHECK-LABEL: function @sizes
// CHECK: dimension w:0 = 2
// CHECK-NEXT: weight w:0
// CHECK-NEXT: fixed: Reshape reads sizes from it (y)
func.func @sizes(%s: tensor<2xi64> {gac.name = "s", gac.may_change}, %x: tensor<6xf32> {gac.name = "x"})
    -> (tensor<2x3xf32> {gac.name = "y"}, tensor<1x5xf32> {gac.name = "z"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<2x5xf32>
  %y = gac.reshape %x, %s {gac.outputs = ["y"]} : (tensor<6xf32>, tensor<2xi64>) -> tensor<2x3xf32>
  %f = gac.cast %s {gac.outputs = ["f"], to = 1 : i64} : (tensor<2xi64>) -> tensor<2xf32>
  %axis = gac.initializer "axis" = dense<0> : tensor<1xi64>
  %u = gac.unsqueeze %f, %axis {gac.outputs = ["u"]} : (tensor<2xf32>, tensor<1xi64>) -> tensor<1x2xf32>
  %z = gac.matmul %u, %w {gac.outputs = ["z"]} : (tensor<1x2xf32>, tensor<2x5xf32>) -> tensor<1x5xf32>
  return %y, %z : tensor<2x3xf32>, tensor<1x5xf32>
}
