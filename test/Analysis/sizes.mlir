// RUN: gac-opt %s --gac-print-dimensions -o %t | FileCheck %s

// A number computed from sizes is frozen where it is read as a number: the
// width may grow, and 1 / sqrt(7) stays.

// CHECK-LABEL: function @scale
// CHECK: dimension w:1 = 7
// CHECK-NEXT: weight w:1
// CHECK-NEXT: weight v:0
// CHECK-NEXT: dimension
func.func @scale(%x: tensor<3x4xf32> {gac.name = "x"}) -> (tensor<3x2xf32> {gac.name = "y"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<4x7xf32>
  %v = gac.initializer "v" = dense<1.0> : tensor<7x2xf32>
  %h = gac.matmul %x, %w {gac.outputs = ["h"]} : (tensor<3x4xf32>, tensor<4x7xf32>) -> tensor<3x7xf32>
  %n = gac.shape %h {gac.outputs = ["n"], start = 1 : i64} : (tensor<3x7xf32>) -> tensor<1xi64>
  %f = gac.cast %n {gac.outputs = ["f"], to = 1 : i64} : (tensor<1xi64>) -> tensor<1xf32>
  %r = gac.sqrt %f {gac.outputs = ["r"]} : (tensor<1xf32>) -> tensor<1xf32>
  %d = gac.div %h, %r {gac.outputs = ["d"]} : (tensor<3x7xf32>, tensor<1xf32>) -> tensor<3x7xf32>
  %y = gac.matmul %d, %v {gac.outputs = ["y"]} : (tensor<3x7xf32>, tensor<7x2xf32>) -> tensor<3x2xf32>
  return %y : tensor<3x2xf32>
}

// Mixed with a symbol it cannot be frozen, so what it measures is fixed; sizes
// of other axes of the same tensor are not.

// CHECK-LABEL: function @mixed
// CHECK: dimension w:1 = 7
// CHECK: fixed: Cast computes with its size (f)
// CHECK-LABEL: function @not_measured
// CHECK: dimension w:1 = 7
// CHECK-NEXT: weight w:1
// CHECK-NEXT: weight v:0
// CHECK-NEXT: dimension
func.func @mixed(%x: tensor<?x4xf32> {gac.name = "x", gac.dims = ["n", ""]}) -> (tensor<?x2xf32> {gac.name = "y"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<4x7xf32>
  %v = gac.initializer "v" = dense<1.0> : tensor<7x2xf32>
  %h = gac.matmul %x, %w {gac.outputs = ["h"]} : (tensor<?x4xf32>, tensor<4x7xf32>) -> tensor<?x7xf32>
  %n = "gac.size"(%h) {gac.outputs = ["n"]} : (tensor<?x7xf32>) -> tensor<i64>
  %f = gac.cast %n {gac.outputs = ["f"], to = 1 : i64} : (tensor<i64>) -> tensor<f32>
  %d = gac.mul %h, %f {gac.outputs = ["d"]} : (tensor<?x7xf32>, tensor<f32>) -> tensor<?x7xf32>
  %y = gac.matmul %d, %v {gac.outputs = ["y"]} : (tensor<?x7xf32>, tensor<7x2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}
func.func @not_measured(%x: tensor<?x4xf32> {gac.name = "x", gac.dims = ["n", ""]}) -> (tensor<?x2xf32> {gac.name = "y"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<4x7xf32>
  %v = gac.initializer "v" = dense<1.0> : tensor<7x2xf32>
  %zero = gac.initializer "zero" = dense<0> : tensor<i64>
  %h = gac.matmul %x, %w {gac.outputs = ["h"]} : (tensor<?x4xf32>, tensor<4x7xf32>) -> tensor<?x7xf32>
  %s = gac.shape %h {gac.outputs = ["s"]} : (tensor<?x7xf32>) -> tensor<2xi64>
  %n = "gac.gather"(%s, %zero) {gac.outputs = ["n"]} : (tensor<2xi64>, tensor<i64>) -> tensor<i64>
  %f = gac.cast %n {gac.outputs = ["f"], to = 1 : i64} : (tensor<i64>) -> tensor<f32>
  %d = gac.mul %h, %f {gac.outputs = ["d"]} : (tensor<?x7xf32>, tensor<f32>) -> tensor<?x7xf32>
  %y = gac.matmul %d, %v {gac.outputs = ["y"]} : (tensor<?x7xf32>, tensor<7x2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// Equal initializers that were merged: each reader has dimensions of its own.

// CHECK-LABEL: function @merged
// CHECK: dimension w:1 = 7
// CHECK: dimension v:1 = 7
// CHECK: value p = [x:0, w:1]
// CHECK: value q = [x:0, v:1]
func.func @merged(%x: tensor<3x4xf32> {gac.name = "x"}) -> (tensor<3x2xf32> {gac.name = "y"}, tensor<3x2xf32> {gac.name = "z"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<4x7xf32>
  %v = gac.initializer "v" = dense<1.0> : tensor<4x7xf32>
  %bias = gac.initializer "bias" = dense<1.0> : tensor<7xf32>
  %t = gac.initializer "t" = dense<1.0> : tensor<7x2xf32>
  %u = gac.initializer "u" = dense<1.0> : tensor<7x2xf32>
  %g = gac.matmul %x, %w {gac.outputs = ["g"]} : (tensor<3x4xf32>, tensor<4x7xf32>) -> tensor<3x7xf32>
  %h = gac.matmul %x, %v {gac.outputs = ["h"]} : (tensor<3x4xf32>, tensor<4x7xf32>) -> tensor<3x7xf32>
  %p = gac.add %g, %bias {gac.outputs = ["p"]} : (tensor<3x7xf32>, tensor<7xf32>) -> tensor<3x7xf32>
  %q = gac.add %h, %bias {gac.outputs = ["q"]} : (tensor<3x7xf32>, tensor<7xf32>) -> tensor<3x7xf32>
  %y = gac.matmul %p, %t {gac.outputs = ["y"]} : (tensor<3x7xf32>, tensor<7x2xf32>) -> tensor<3x2xf32>
  %z = gac.matmul %q, %u {gac.outputs = ["z"]} : (tensor<3x7xf32>, tensor<7x2xf32>) -> tensor<3x2xf32>
  return %y, %z : tensor<3x2xf32>, tensor<3x2xf32>
}

// A graph output cannot be frozen: it is a name.

// CHECK-LABEL: function @returned
// CHECK: dimension w:1 = 7
// CHECK: fixed: graph output s is its size
func.func @returned(%x: tensor<3x4xf32> {gac.name = "x"}) -> (tensor<3x2xf32> {gac.name = "y"}, tensor<2xi64> {gac.name = "s"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<4x7xf32>
  %v = gac.initializer "v" = dense<1.0> : tensor<7x2xf32>
  %h = gac.matmul %x, %w {gac.outputs = ["h"]} : (tensor<3x4xf32>, tensor<4x7xf32>) -> tensor<3x7xf32>
  %s = gac.shape %h {gac.outputs = ["s"]} : (tensor<3x7xf32>) -> tensor<2xi64>
  %y = gac.matmul %h, %v {gac.outputs = ["y"]} : (tensor<3x7xf32>, tensor<7x2xf32>) -> tensor<3x2xf32>
  return %y, %s : tensor<3x2xf32>, tensor<2xi64>
}

// Sizes that a model's author computed with real numbers.

// CHECK-LABEL: function @reals
// CHECK: dimension w:1 = 7
// CHECK-NEXT: weight w:1
// CHECK-NEXT: weight v:0
// CHECK-NEXT: dimension
// CHECK: dimension x:0/0 = 4
// CHECK: value square = [x:0/0, x:0/1, w:1]
// CHECK: value half = [floordiv(n, 2)]
func.func @reals(%x: tensor<16x4xf32> {gac.name = "x"}, %of: tensor<?xf32> {gac.name = "of", gac.dims = ["n"]})
    -> (tensor<4x4x2xf32> {gac.name = "y"}, tensor<?xf32> {gac.name = "half"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<4x7xf32>
  %v = gac.initializer "v" = dense<1.0> : tensor<7x2xf32>
  %count = gac.initializer "count" = dense<16.0> : tensor<f32>
  %point = gac.initializer "point" = dense<0.5> : tensor<f32>
  %axis = gac.initializer "axis" = dense<0> : tensor<1xi64>
  %seven = gac.initializer "seven" = dense<7> : tensor<1xi64>
  %h = gac.matmul %x, %w {gac.outputs = ["h"]} : (tensor<16x4xf32>, tensor<4x7xf32>) -> tensor<16x7xf32>
  %root = gac.pow %count, %point {gac.outputs = ["root"]} : (tensor<f32>, tensor<f32>) -> tensor<f32>
  %side = gac.cast %root {gac.outputs = ["side"], to = 7 : i64} : (tensor<f32>) -> tensor<i64>
  %u = gac.unsqueeze %side, %axis {gac.outputs = ["u"]} : (tensor<i64>, tensor<1xi64>) -> tensor<1xi64>
  %shape = gac.concat %u, %u, %seven {axis = 0 : i64, gac.outputs = ["shape"]}
      : (tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<3xi64>
  %s = gac.reshape %h, %shape {gac.outputs = ["square"]} : (tensor<16x7xf32>, tensor<3xi64>) -> tensor<?x?x?xf32>
  %y = gac.matmul %s, %v {gac.outputs = ["y"]} : (tensor<?x?x?xf32>, tensor<7x2xf32>) -> tensor<4x4x2xf32>
  %n = gac.shape %of {gac.outputs = ["n"]} : (tensor<?xf32>) -> tensor<1xi64>
  %f = gac.cast %n {gac.outputs = ["f"], to = 1 : i64} : (tensor<1xi64>) -> tensor<1xf32>
  %m = gac.mul %f, %point {gac.outputs = ["m"]} : (tensor<1xf32>, tensor<f32>) -> tensor<1xf32>
  %l = gac.floor %m {gac.outputs = ["l"]} : (tensor<1xf32>) -> tensor<1xf32>
  %i = gac.cast %l {gac.outputs = ["i"], to = 7 : i64} : (tensor<1xf32>) -> tensor<1xi64>
  %zero = gac.constant_of_shape %i {gac.outputs = ["half"]} : (tensor<1xi64>) -> tensor<?xf32>
  return %y, %zero : tensor<4x4x2xf32>, tensor<?xf32>
}

// The sizes behind the last axis are none: TorchScript's unflatten asks for them
// all the same.

// CHECK-LABEL: function @behind_the_last
// CHECK-NOT: computes with its size
// CHECK: value parts = [n, w:1/0, w:1/1]
func.func @behind_the_last(%x: tensor<?x4xf32> {gac.name = "x", gac.dims = ["n", ""]}) -> (tensor<?x2x2xf32> {gac.name = "y"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<4x14xf32>
  %v = gac.initializer "v" = dense<1.0> : tensor<7x2xf32>
  %zero = gac.initializer "zero" = dense<0> : tensor<1xi64>
  %one = gac.initializer "one" = dense<1> : tensor<1xi64>
  %two = gac.initializer "two" = dense<2> : tensor<1xi64>
  %end = gac.initializer "end" = dense<9223372036854775807> : tensor<1xi64>
  %rest = gac.initializer "rest" = dense<-1> : tensor<1xi64>
  %h = gac.matmul %x, %w {gac.outputs = ["h"]} : (tensor<?x4xf32>, tensor<4x14xf32>) -> tensor<?x14xf32>
  %s = gac.shape %h {gac.outputs = ["s"]} : (tensor<?x14xf32>) -> tensor<2xi64>
  %before = gac.slice %s, %zero, %one {gac.outputs = ["before"], operandSegmentSizes = array<i32: 1, 1, 1, 0, 0>} : (tensor<2xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<1xi64>
  %behind = gac.slice %s, %two, %end {gac.outputs = ["behind"], operandSegmentSizes = array<i32: 1, 1, 1, 0, 0>} : (tensor<2xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<0xi64>
  %to = gac.concat %before, %two, %rest, %behind {axis = 0 : i64, gac.outputs = ["to"]}
      : (tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<0xi64>) -> tensor<3xi64>
  %p = gac.reshape %h, %to {gac.outputs = ["parts"]} : (tensor<?x14xf32>, tensor<3xi64>) -> tensor<?x2x7xf32>
  %y = gac.matmul %p, %v {gac.outputs = ["y"]} : (tensor<?x2x7xf32>, tensor<7x2xf32>) -> tensor<?x2x2xf32>
  return %y : tensor<?x2x2xf32>
}
