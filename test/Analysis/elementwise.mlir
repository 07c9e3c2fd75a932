// RUN: gac-opt %s --gac-print-dimensions -o %t | FileCheck %s

// Axes align from the right; padding is evaluated: cos(0) = 1, 0.5 * 1 = 0.5.

// CHECK-LABEL: function @constants
// CHECK: dimension f:0 = 7
// CHECK-NEXT: weight f:0 read by Mul
// CHECK-NEXT: weight w:1 read by MatMul
// CHECK-NEXT: weight v:0 read by MatMul
// CHECK-NEXT: dimension
// CHECK: value m = [seq, f:0]
// CHECK-NEXT: value c = [seq, f:0]
// CHECK-NEXT: padding of f:0 on axis 1 is 1
// CHECK-NEXT: value h = [seq, f:0]
// CHECK-NEXT: value s = [seq, f:0]
// CHECK-NEXT: padding of f:0 on axis 1 is 0.5
// CHECK-NEXT: value p = [seq, f:0]
// CHECK-NEXT: padding of f:0 on axis 1 is 0.5
// CHECK-NEXT: value q = [seq, f:0]
// CHECK-NEXT: value a = [seq, f:0]
// CHECK-NEXT: padding of f:0 on axis 1 is 3
func.func @constants(%x: tensor<?x1xf32> {gac.name = "x", gac.dims = ["seq", ""]})
    -> (tensor<?x2xf32> {gac.name = "y"}) {
  %f = gac.initializer "f" = dense<1.0> : tensor<7xf32>
  %w = gac.initializer "w" = dense<1.0> : tensor<1x7xf32>
  %v = gac.initializer "v" = dense<1.0> : tensor<7x2xf32>
  %three = gac.initializer "three" = dense<3.0> : tensor<f32>
  %m = gac.mul %x, %f {gac.outputs = ["m"]} : (tensor<?x1xf32>, tensor<7xf32>) -> tensor<?x7xf32>
  %c = gac.cos %m {gac.outputs = ["c"]} : (tensor<?x7xf32>) -> tensor<?x7xf32>
  %h = gac.matmul %x, %w {gac.outputs = ["h"]} : (tensor<?x1xf32>, tensor<1x7xf32>) -> tensor<?x7xf32>
  %s = gac.sigmoid %h {gac.outputs = ["s"]} : (tensor<?x7xf32>) -> tensor<?x7xf32>
  %p = gac.mul %s, %c {gac.outputs = ["p"]} : (tensor<?x7xf32>, tensor<?x7xf32>) -> tensor<?x7xf32>
  %q = gac.mul %p, %h {gac.outputs = ["q"]} : (tensor<?x7xf32>, tensor<?x7xf32>) -> tensor<?x7xf32>
  %a = gac.add %q, %three {gac.outputs = ["a"]} : (tensor<?x7xf32>, tensor<f32>) -> tensor<?x7xf32>
  %y = gac.matmul %a, %v {gac.outputs = ["y"]} : (tensor<?x7xf32>, tensor<7x2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// 1 / 0 is not finite: what is padded is cut in front of it and padded again
// behind. Nor may exp of anything be, but exp of 0 is, for a mask.

// CHECK-LABEL: function @not_finite
// CHECK: dimension w:1 = 7
// CHECK: cut: axis 1 of h for Reciprocal
// CHECK: dimension v:0 = 7
// CHECK: padded: axis 1 of r
// CHECK: dimension u:1 = 9
// CHECK: masked: axis 1 of a for Exp
// CHECK: dimension r:1 = 7
// CHECK-NEXT: fixed: Reciprocal would not keep its padding finite (r)
func.func @not_finite(%x: tensor<5x4xf32> {gac.name = "x"})
    -> (tensor<5x2xf32> {gac.name = "y"}, tensor<5x2xf32> {gac.name = "z"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<4x7xf32>
  %v = gac.initializer "v" = dense<1.0> : tensor<7x2xf32>
  %u = gac.initializer "u" = dense<1.0> : tensor<4x9xf32>
  %t = gac.initializer "t" = dense<1.0> : tensor<9x2xf32>
  %h = gac.matmul %x, %w {gac.outputs = ["h"]} : (tensor<5x4xf32>, tensor<4x7xf32>) -> tensor<5x7xf32>
  %r = gac.reciprocal %h {gac.outputs = ["r"]} : (tensor<5x7xf32>) -> tensor<5x7xf32>
  %y = gac.matmul %r, %v {gac.outputs = ["y"]} : (tensor<5x7xf32>, tensor<7x2xf32>) -> tensor<5x2xf32>
  %col = gac.initializer "col" = dense<1.0> : tensor<5x1xf32>
  %g = gac.matmul %x, %u {gac.outputs = ["g"]} : (tensor<5x4xf32>, tensor<4x9xf32>) -> tensor<5x9xf32>
  %a = gac.add %g, %col {gac.outputs = ["a"]} : (tensor<5x9xf32>, tensor<5x1xf32>) -> tensor<5x9xf32>
  %e = gac.exp %a {gac.outputs = ["e"]} : (tensor<5x9xf32>) -> tensor<5x9xf32>
  %z = gac.matmul %e, %t {gac.outputs = ["z"]} : (tensor<5x9xf32>, tensor<9x2xf32>) -> tensor<5x2xf32>
  return %y, %z : tensor<5x2xf32>, tensor<5x2xf32>
}

// Zero over an ordinary divisor is zero; over padding it is not known.

// CHECK-LABEL: function @division
// CHECK: dimension w:1 = 7
// CHECK-NEXT: weight
// CHECK-NEXT: weight
// CHECK-NEXT: dimension
// CHECK: value d = [x:0, w:1]
// CHECK-NEXT: value
// CHECK-LABEL: function @division_by_padding
// CHECK: dimension w:1 = 7
// CHECK-NEXT: weight
// CHECK-NEXT: cut: axis 1 of h for Div
// CHECK: padded: axis 1 of d
// CHECK: fixed: Div would not keep its padding finite (d)
func.func @division(%x: tensor<5x4xf32> {gac.name = "x"}, %n: tensor<5x1xf32> {gac.name = "n"})
    -> (tensor<5x2xf32> {gac.name = "y"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<4x7xf32>
  %v = gac.initializer "v" = dense<1.0> : tensor<7x2xf32>
  %h = gac.matmul %x, %w {gac.outputs = ["h"]} : (tensor<5x4xf32>, tensor<4x7xf32>) -> tensor<5x7xf32>
  %d = gac.div %h, %n {gac.outputs = ["d"]} : (tensor<5x7xf32>, tensor<5x1xf32>) -> tensor<5x7xf32>
  %y = gac.matmul %d, %v {gac.outputs = ["y"]} : (tensor<5x7xf32>, tensor<7x2xf32>) -> tensor<5x2xf32>
  return %y : tensor<5x2xf32>
}
func.func @division_by_padding(%x: tensor<5x4xf32> {gac.name = "x"})
    -> (tensor<5x2xf32> {gac.name = "y"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<4x7xf32>
  %v = gac.initializer "v" = dense<1.0> : tensor<7x2xf32>
  %h = gac.matmul %x, %w {gac.outputs = ["h"]} : (tensor<5x4xf32>, tensor<4x7xf32>) -> tensor<5x7xf32>
  %d = gac.div %h, %h {gac.outputs = ["d"]} : (tensor<5x7xf32>, tensor<5x7xf32>) -> tensor<5x7xf32>
  %y = gac.matmul %d, %v {gac.outputs = ["y"]} : (tensor<5x7xf32>, tensor<7x2xf32>) -> tensor<5x2xf32>
  return %y : tensor<5x2xf32>
}

// Sizes that are not known to be equal are fixed on both sides.

// CHECK-LABEL: function @unequal
// CHECK: dimension w:0 = 7
// CHECK: fixed: Add meets size n with 7, which may differ (a)
func.func @unequal(%x: tensor<5x?xf32> {gac.name = "x", gac.dims = ["", "n"]})
    -> (tensor<5x2xf32> {gac.name = "y"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<7xf32>
  %v = gac.initializer "v" = dense<1.0> : tensor<7x2xf32>
  %a = gac.add %x, %w {gac.outputs = ["a"]} : (tensor<5x?xf32>, tensor<7xf32>) -> tensor<5x7xf32>
  %y = gac.matmul %a, %v {gac.outputs = ["y"]} : (tensor<5x7xf32>, tensor<7x2xf32>) -> tensor<5x2xf32>
  return %y : tensor<5x2xf32>
}

// An op without a rule reads what it did before, and fixes what it makes; dead
// readers fix nothing.

// CHECK-LABEL: function @opaque
// CHECK: dimension w:1 = 7
// CHECK-NEXT: weight w:1
// CHECK-NEXT: cut: axis 1 of h for Frobnicate
// CHECK-NEXT: dimension u:1 = 9
// CHECK-NEXT: weight u:1
// CHECK-NEXT: weight t:0
// CHECK-NEXT: dimension
// CHECK: dimension o:1 = 7
// CHECK-NEXT: fixed: Frobnicate has no rule (o)
func.func @opaque(%x: tensor<5x4xf32> {gac.name = "x"})
    -> (tensor<5x7xf32> {gac.name = "y"}, tensor<5x2xf32> {gac.name = "z"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<4x7xf32>
  %u = gac.initializer "u" = dense<1.0> : tensor<4x9xf32>
  %t = gac.initializer "t" = dense<1.0> : tensor<9x2xf32>
  %h = gac.matmul %x, %w {gac.outputs = ["h"]} : (tensor<5x4xf32>, tensor<4x7xf32>) -> tensor<5x7xf32>
  %o = gac.opaque "com.acme" "Frobnicate"(%h) {gac.outputs = ["o"]} : (tensor<5x7xf32>) -> tensor<5x7xf32>
  %g = gac.matmul %x, %u {gac.outputs = ["g"]} : (tensor<5x4xf32>, tensor<4x9xf32>) -> tensor<5x9xf32>
  %dead = gac.opaque "com.acme" "Frobnicate"(%g) {gac.outputs = ["dead"]} : (tensor<5x9xf32>) -> tensor<5x9xf32>
  %z = gac.matmul %g, %t {gac.outputs = ["z"]} : (tensor<5x9xf32>, tensor<9x2xf32>) -> tensor<5x2xf32>
  return %o, %z : tensor<5x7xf32>, tensor<5x2xf32>
}

// Heads are a batch axis of products; a bias that is copied along the batch is
// cut where it is added, and its columns are free. What is as large as the sum is
// not cut.

// CHECK-LABEL: function @bias_of_heads
// CHECK: dimension a:1/0 = 3
// CHECK: fixed: MatMul has it as a batch axis (s)
// CHECK: dimension w:1 = 3
// CHECK-NEXT: weight w:1 read by MatMul
// CHECK-NEXT: cut: axis 0 of bias for Add
// CHECK-NEXT: dimension
// CHECK: value bias = [w:1, {{.*}}]
func.func @bias_of_heads(%q: tensor<?x4x8xf32> {gac.name = "q", gac.dims = ["n", "", ""]},
                         %p: tensor<4x4x8xf32> {gac.name = "p"})
    -> (tensor<?x4x6xf32> {gac.name = "y"}) {
  %a = gac.initializer "a" = dense<1.0> : tensor<8x24xf32>
  %o = gac.initializer "o" = dense<1.0> : tensor<12x6xf32>
  %w = gac.initializer "w" = dense<1.0> : tensor<8x3xf32>
  %shape = gac.initializer "shape" = dense<[0, 0, 3, 8]> : tensor<4xi64>
  %flat = gac.initializer "flat" = dense<[0, 0, 12]> : tensor<3xi64>
  %h = gac.matmul %q, %a {gac.outputs = ["h"]} : (tensor<?x4x8xf32>, tensor<8x24xf32>) -> tensor<?x4x24xf32>
  %v = gac.reshape %h, %shape {gac.outputs = ["v"]} : (tensor<?x4x24xf32>, tensor<4xi64>) -> tensor<?x4x3x8xf32>
  %t = gac.transpose %v {gac.outputs = ["t"], perm = array<i64: 0, 2, 1, 3>} : (tensor<?x4x3x8xf32>) -> tensor<?x3x4x8xf32>
  %k = gac.transpose %v {gac.outputs = ["k"], perm = array<i64: 0, 2, 3, 1>} : (tensor<?x4x3x8xf32>) -> tensor<?x3x8x4xf32>
  %s = gac.matmul %t, %k {gac.outputs = ["s"]} : (tensor<?x3x4x8xf32>, tensor<?x3x8x4xf32>) -> tensor<?x3x4x4xf32>
  %b = gac.matmul %p, %w {gac.outputs = ["b"]} : (tensor<4x4x8xf32>, tensor<8x3xf32>) -> tensor<4x4x3xf32>
  %bias = gac.transpose %b {gac.outputs = ["bias"], perm = array<i64: 2, 0, 1>} : (tensor<4x4x3xf32>) -> tensor<3x4x4xf32>
  %m = gac.add %s, %bias {gac.outputs = ["m"]} : (tensor<?x3x4x4xf32>, tensor<3x4x4xf32>) -> tensor<?x3x4x4xf32>
  %r = gac.transpose %m {gac.outputs = ["r"], perm = array<i64: 0, 2, 1, 3>} : (tensor<?x3x4x4xf32>) -> tensor<?x4x3x4xf32>
  %f = gac.reshape %r, %flat {gac.outputs = ["f"]} : (tensor<?x4x3x4xf32>, tensor<3xi64>) -> tensor<?x4x12xf32>
  %y = gac.matmul %f, %o {gac.outputs = ["y"]} : (tensor<?x4x12xf32>, tensor<12x6xf32>) -> tensor<?x4x6xf32>
  return %y : tensor<?x4x6xf32>
}

// Padding over copies of ordinary divisors is as safe as the original's.

// CHECK-LABEL: function @expanded_divisor
// CHECK: dimension w:1 = 7
// CHECK-NEXT: weight w:1
// CHECK-NEXT: weight v:0
// CHECK-NEXT: dimension
func.func @expanded_divisor(%x: tensor<3x4xf32> {gac.name = "x"}, %d: tensor<3x1xf32> {gac.name = "d"})
    -> (tensor<3x2xf32> {gac.name = "y"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<4x7xf32>
  %v = gac.initializer "v" = dense<1.0> : tensor<7x2xf32>
  %shape = gac.initializer "shape" = dense<[3, 7]> : tensor<2xi64>
  %h = gac.matmul %x, %w {gac.outputs = ["h"]} : (tensor<3x4xf32>, tensor<4x7xf32>) -> tensor<3x7xf32>
  %e = gac.expand %d, %shape {gac.outputs = ["e"]} : (tensor<3x1xf32>, tensor<2xi64>) -> tensor<3x7xf32>
  %q = gac.div %h, %e {gac.outputs = ["q"]} : (tensor<3x7xf32>, tensor<3x7xf32>) -> tensor<3x7xf32>
  %y = gac.matmul %q, %v {gac.outputs = ["y"]} : (tensor<3x7xf32>, tensor<7x2xf32>) -> tensor<3x2xf32>
  return %y : tensor<3x2xf32>
}

// Bounds are operands, attributes, or not there.

// CHECK-LABEL: function @clip
// CHECK-NOT: fixed: Clip
// CHECK: value a = [x:0, w:1]
// CHECK-NEXT: value b = [x:0, w:1]
// CHECK-NEXT: padding of w:1 on axis 1 is 1
// CHECK-NEXT: value c = [x:0, w:1]
// CHECK-NEXT: padding of w:1 on axis 1 is 1
// CHECK-NEXT: value d = [x:0, w:1]
// CHECK-NEXT: padding of w:1 on axis 1 is 0.5
func.func @clip(%x: tensor<3x4xf32> {gac.name = "x"}) -> (tensor<3x2xf32> {gac.name = "y"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<4x7xf32>
  %v = gac.initializer "v" = dense<1.0> : tensor<7x2xf32>
  %one = gac.initializer "one" = dense<1.0> : tensor<f32>
  %six = gac.initializer "six" = dense<6.0> : tensor<f32>
  %h = gac.matmul %x, %w {gac.outputs = ["h"]} : (tensor<3x4xf32>, tensor<4x7xf32>) -> tensor<3x7xf32>
  %a = gac.clip %h, %six {gac.outputs = ["a"], operandSegmentSizes = array<i32: 1, 0, 1>} : (tensor<3x7xf32>, tensor<f32>) -> tensor<3x7xf32>
  %b = gac.clip %a, %one {gac.outputs = ["b"], operandSegmentSizes = array<i32: 1, 1, 0>} : (tensor<3x7xf32>, tensor<f32>) -> tensor<3x7xf32>
  %c = gac.clip %b, %one, %six {gac.outputs = ["c"], operandSegmentSizes = array<i32: 1, 1, 1>} : (tensor<3x7xf32>, tensor<f32>, tensor<f32>) -> tensor<3x7xf32>
  %d = gac.clip %c {gac.outputs = ["d"], max = 0.5 : f32, operandSegmentSizes = array<i32: 1, 0, 0>} : (tensor<3x7xf32>) -> tensor<3x7xf32>
  %y = gac.matmul %d, %v {gac.outputs = ["y"]} : (tensor<3x7xf32>, tensor<7x2xf32>) -> tensor<3x2xf32>
  return %y : tensor<3x2xf32>
}

// -----

// A mask that chooses minus infinity where it is false is true on its padding: a
// row of nothing but that would be none that Softmax knows.

// CHECK-LABEL: function @masked
// CHECK: dimension w:1 = 7
// CHECK-NOT: fixed
// CHECK: value m = [w:1, 1]
// CHECK-NEXT: value h
func.func @masked(%x: tensor<1x8xf32> {gac.name = "x"}) -> (tensor<7x1xf32> {gac.name = "y"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<8x7xf32>
  %mask = gac.initializer "mask" = dense<[[true], [false], [true], [true], [true], [true], [true]]> : tensor<7x1xi1>
  %zero = gac.initializer "zero" = dense<0.0> : tensor<f32>
  %lowest = gac.initializer "lowest" = dense<0xFF800000> : tensor<f32>
  %m = gac.where %mask, %zero, %lowest {gac.outputs = ["m"]} : (tensor<7x1xi1>, tensor<f32>, tensor<f32>) -> tensor<7x1xf32>
  %h = gac.matmul %x, %w {gac.outputs = ["h"]} : (tensor<1x8xf32>, tensor<8x7xf32>) -> tensor<1x7xf32>
  %t = gac.transpose %h {gac.outputs = ["t"], perm = array<i64: 1, 0>} : (tensor<1x7xf32>) -> tensor<7x1xf32>
  %y = gac.add %t, %m {gac.outputs = ["y"]} : (tensor<7x1xf32>, tensor<7x1xf32>) -> tensor<7x1xf32>
  return %y : tensor<7x1xf32>
}
