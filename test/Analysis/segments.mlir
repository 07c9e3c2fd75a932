// RUN: gac-opt %s --gac-print-dimensions -o %t | FileCheck %s

// Half-split rotation of heads: 56 columns are 4 heads of [7|7], and both halves
// are the frequencies of the table, for queries and keys alike.

// CHECK-LABEL: function @rotary_heads
// CHECK: dimension freq:0 = 7
// CHECK-NEXT: weight freq:0 read by Mul
// CHECK-NEXT: weight q:1 read by MatMul
// CHECK-NEXT: weight o:0 read by MatMul
// CHECK-NEXT: dimension
// CHECK: dimension q:1/0 = 4
// CHECK: value heads = [batch, seq, q:1/0, [freq:0|freq:0]]
// CHECK: value low = [batch, seq, q:1/0, freq:0]
// CHECK: value cos = [1, seq, 1, [freq:0|freq:0]]
// CHECK-NEXT: padding of freq:0 on axis 3 is 1
// CHECK: value sum = [batch, seq, q:1/0, [freq:0|freq:0]]
// CHECK-NEXT: value back = [batch, seq, q:1/0*[freq:0|freq:0]]
// CHECK: use MatMul p operand 1 axis 1 N = q:1/0*[freq:0|freq:0] contiguous
func.func @rotary_heads(
    %x: tensor<?x?x8xf32> {gac.name = "x", gac.dims = ["batch", "seq", ""]},
    %pos: tensor<1x?x1x1xf32> {gac.name = "pos", gac.dims = ["", "seq", "", ""]})
    -> (tensor<?x?x8xf32> {gac.name = "y"}) {
  %freq = gac.initializer "freq" = dense<1.0> : tensor<7xf32>
  %q = gac.initializer "q" = dense<1.0> : tensor<8x56xf32>
  %o = gac.initializer "o" = dense<1.0> : tensor<56x8xf32>
  %shape = gac.initializer "shape" = dense<[0, 0, 4, 14]> : tensor<4xi64>
  %flat = gac.initializer "flat" = dense<[0, 0, -1]> : tensor<3xi64>
  %zero = gac.initializer "zero" = dense<0> : tensor<1xi64>
  %seven = gac.initializer "seven" = dense<7> : tensor<1xi64>
  %end = gac.initializer "end" = dense<9223372036854775807> : tensor<1xi64>
  %three = gac.initializer "three" = dense<3> : tensor<1xi64>
  %p = gac.matmul %x, %q {gac.outputs = ["p"]} : (tensor<?x?x8xf32>, tensor<8x56xf32>) -> tensor<?x?x56xf32>
  %heads = gac.reshape %p, %shape {gac.outputs = ["heads"]} : (tensor<?x?x56xf32>, tensor<4xi64>) -> tensor<?x?x4x14xf32>
  %low = "gac.slice"(%heads, %zero, %seven, %three) {gac.outputs = ["low"], operandSegmentSizes = array<i32: 1, 1, 1, 1, 0>}
      : (tensor<?x?x4x14xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<?x?x4x7xf32>
  %high = "gac.slice"(%heads, %seven, %end, %three) {gac.outputs = ["high"], operandSegmentSizes = array<i32: 1, 1, 1, 1, 0>}
      : (tensor<?x?x4x14xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<?x?x4x7xf32>
  %neg = gac.neg %high {gac.outputs = ["neg"]} : (tensor<?x?x4x7xf32>) -> tensor<?x?x4x7xf32>
  %rot = gac.concat %neg, %low {gac.outputs = ["rot"], axis = -1 : i64} : (tensor<?x?x4x7xf32>, tensor<?x?x4x7xf32>) -> tensor<?x?x4x14xf32>
  %angle = gac.mul %pos, %freq {gac.outputs = ["angle"]} : (tensor<1x?x1x1xf32>, tensor<7xf32>) -> tensor<1x?x1x7xf32>
  %both = gac.concat %angle, %angle {gac.outputs = ["both"], axis = -1 : i64} : (tensor<1x?x1x7xf32>, tensor<1x?x1x7xf32>) -> tensor<1x?x1x14xf32>
  %cos = gac.cos %both {gac.outputs = ["cos"]} : (tensor<1x?x1x14xf32>) -> tensor<1x?x1x14xf32>
  %sin = gac.sin %both {gac.outputs = ["sin"]} : (tensor<1x?x1x14xf32>) -> tensor<1x?x1x14xf32>
  %a = gac.mul %heads, %cos {gac.outputs = ["a"]} : (tensor<?x?x4x14xf32>, tensor<1x?x1x14xf32>) -> tensor<?x?x4x14xf32>
  %b = gac.mul %rot, %sin {gac.outputs = ["b"]} : (tensor<?x?x4x14xf32>, tensor<1x?x1x14xf32>) -> tensor<?x?x4x14xf32>
  %sum = gac.add %a, %b {gac.outputs = ["sum"]} : (tensor<?x?x4x14xf32>, tensor<?x?x4x14xf32>) -> tensor<?x?x4x14xf32>
  %back = gac.reshape %sum, %flat {gac.outputs = ["back"]} : (tensor<?x?x4x14xf32>, tensor<3xi64>) -> tensor<?x?x56xf32>
  %y = gac.matmul %back, %o {gac.outputs = ["y"]} : (tensor<?x?x56xf32>, tensor<56x8xf32>) -> tensor<?x?x8xf32>
  return %y : tensor<?x?x8xf32>
}

// Every second lane is a factor of the axis; the stride is fixed.

// CHECK-LABEL: function @interleaved
// CHECK: dimension w:1/0 = 5
// CHECK-NEXT: weight
// CHECK-NEXT: weight
// CHECK-NEXT: dimension w:1/1 = 2
// CHECK: fixed: Slice steps over it by 2 (even)
// CHECK: value even = [x:0, w:1/0]
func.func @interleaved(%x: tensor<3x4xf32> {gac.name = "x"}) -> (tensor<3x2xf32> {gac.name = "y"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<4x10xf32>
  %v = gac.initializer "v" = dense<1.0> : tensor<5x2xf32>
  %h = gac.matmul %x, %w {gac.outputs = ["h"]} : (tensor<3x4xf32>, tensor<4x10xf32>) -> tensor<3x10xf32>
  %zero = gac.initializer "zero" = dense<0> : tensor<1xi64>
  %one = gac.initializer "one" = dense<1> : tensor<1xi64>
  %two = gac.initializer "two" = dense<2> : tensor<1xi64>
  %ten = gac.initializer "ten" = dense<10> : tensor<1xi64>
  %even = "gac.slice"(%h, %zero, %ten, %one, %two) {gac.outputs = ["even"], operandSegmentSizes = array<i32: 1, 1, 1, 1, 1>}
      : (tensor<3x10xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<3x5xf32>
  %y = gac.matmul %even, %v {gac.outputs = ["y"]} : (tensor<3x5xf32>, tensor<5x2xf32>) -> tensor<3x2xf32>
  return %y : tensor<3x2xf32>
}

// Slices that overlap refine each other; one that runs backwards fixes its axis.

// CHECK-LABEL: function @overlap
// CHECK: dimension w:1/0 = 9
// CHECK: dimension w:1/1 = 4
// CHECK: dimension w:1/2 = 7
// CHECK: dimension r:1 = 6
// CHECK: fixed: Slice reverses it (flip)
// CHECK: value first = [x:0, [w:1/0|w:1/1]]
// CHECK: value second = [x:0, [w:1/1|w:1/2]]
func.func @overlap(%x: tensor<3x4xf32> {gac.name = "x"})
    -> (tensor<3x2xf32> {gac.name = "y"}, tensor<3x2xf32> {gac.name = "z"}, tensor<3x2xf32> {gac.name = "f"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<4x20xf32>
  %r = gac.initializer "r" = dense<1.0> : tensor<4x6xf32>
  %v = gac.initializer "v" = dense<1.0> : tensor<13x2xf32>
  %u = gac.initializer "u" = dense<1.0> : tensor<11x2xf32>
  %t = gac.initializer "t" = dense<1.0> : tensor<6x2xf32>
  %h = gac.matmul %x, %w {gac.outputs = ["h"]} : (tensor<3x4xf32>, tensor<4x20xf32>) -> tensor<3x20xf32>
  %g = gac.matmul %x, %r {gac.outputs = ["g"]} : (tensor<3x4xf32>, tensor<4x6xf32>) -> tensor<3x6xf32>
  %zero = gac.initializer "zero" = dense<0> : tensor<1xi64>
  %one = gac.initializer "one" = dense<1> : tensor<1xi64>
  %nine = gac.initializer "nine" = dense<9> : tensor<1xi64>
  %thirteen = gac.initializer "thirteen" = dense<13> : tensor<1xi64>
  %twenty = gac.initializer "twenty" = dense<20> : tensor<1xi64>
  %last = gac.initializer "last" = dense<-1> : tensor<1xi64>
  %front = gac.initializer "front" = dense<-7> : tensor<1xi64>
  %first = "gac.slice"(%h, %zero, %thirteen, %one) {gac.outputs = ["first"], operandSegmentSizes = array<i32: 1, 1, 1, 1, 0>}
      : (tensor<3x20xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<3x13xf32>
  %second = "gac.slice"(%h, %nine, %twenty, %one) {gac.outputs = ["second"], operandSegmentSizes = array<i32: 1, 1, 1, 1, 0>}
      : (tensor<3x20xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<3x11xf32>
  %flip = "gac.slice"(%g, %last, %front, %one, %last) {gac.outputs = ["flip"], operandSegmentSizes = array<i32: 1, 1, 1, 1, 1>}
      : (tensor<3x6xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<3x6xf32>
  %y = gac.matmul %first, %v {gac.outputs = ["y"]} : (tensor<3x13xf32>, tensor<13x2xf32>) -> tensor<3x2xf32>
  %z = gac.matmul %second, %u {gac.outputs = ["z"]} : (tensor<3x11xf32>, tensor<11x2xf32>) -> tensor<3x2xf32>
  %f = gac.matmul %flip, %t {gac.outputs = ["f"]} : (tensor<3x6xf32>, tensor<6x2xf32>) -> tensor<3x2xf32>
  return %y, %z, %f : tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x2xf32>
}

// An uneven split in three.

// CHECK-LABEL: function @split
// CHECK: dimension w:1/0 = 7
// CHECK: dimension w:1/1 = 7
// CHECK: dimension w:1/2 = 6
// CHECK: use MatMul y operand 0 axis 1 K = w:1/2 contiguous from 14
func.func @split(%x: tensor<3x4xf32> {gac.name = "x"}) -> (tensor<3x2xf32> {gac.name = "y"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<4x20xf32>
  %v = gac.initializer "v" = dense<1.0> : tensor<6x2xf32>
  %h = gac.matmul %x, %w {gac.outputs = ["h"]} : (tensor<3x4xf32>, tensor<4x20xf32>) -> tensor<3x20xf32>
  %p:3 = "gac.split"(%h) {gac.outputs = ["p0", "p1", "p2"], axis = 1 : i64, num_outputs = 3 : i64}
      : (tensor<3x20xf32>) -> (tensor<3x7xf32>, tensor<3x7xf32>, tensor<3x6xf32>)
  %y = gac.matmul %p#2, %v {gac.outputs = ["y"]} : (tensor<3x6xf32>, tensor<6x2xf32>) -> tensor<3x2xf32>
  return %y : tensor<3x2xf32>
}

// Indices fix the axis that they index, no other.

// CHECK-LABEL: function @gather
// CHECK: dimension table:0 = 11
// CHECK: fixed: Gather indexes it (rows)
// CHECK: dimension table:1 = 7
// CHECK-NEXT: weight table:1
// CHECK-NEXT: weight v:0
// CHECK-NEXT: dimension
// CHECK: value rows = [ids:0, table:1]
func.func @gather(%ids: tensor<3xi64> {gac.name = "ids"}) -> (tensor<3x2xf32> {gac.name = "y"}) {
  %table = gac.initializer "table" = dense<1.0> : tensor<11x7xf32>
  %v = gac.initializer "v" = dense<1.0> : tensor<7x2xf32>
  %rows = "gac.gather"(%table, %ids) {gac.outputs = ["rows"]} : (tensor<11x7xf32>, tensor<3xi64>) -> tensor<3x7xf32>
  %y = gac.matmul %rows, %v {gac.outputs = ["y"]} : (tensor<3x7xf32>, tensor<7x2xf32>) -> tensor<3x2xf32>
  return %y : tensor<3x2xf32>
}

// What is put around space lies around padding channels too. Along its own axis
// it is like what a Concat puts there.

// CHECK-LABEL: function @pad
// CHECK: dimension v:0 = 7
// CHECK-NEXT: weight w:1
// CHECK-NEXT: weight v:0
// CHECK: dimension w#1:1 = 7
// CHECK: masked: axis 1 of q for MatMul
// CHECK: fixed: Pad reads numbers from it (p)
// CHECK: value p = {{\[\[}}1|x:0|1], v:0]
func.func @pad(%x: tensor<3x4xf32> {gac.name = "x"}) -> (tensor<5x2xf32> {gac.name = "y"}, tensor<5x5xf32> {gac.name = "z"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<4x7xf32>
  %v = gac.initializer "v" = dense<1.0> : tensor<7x2xf32>
  %pads = gac.initializer "pads" = dense<[1, 0, 1, 0]> : tensor<4xi64>
  %half = gac.initializer "half" = dense<0.5> : tensor<f32>
  %h = gac.matmul %x, %w {gac.outputs = ["h"]} : (tensor<3x4xf32>, tensor<4x7xf32>) -> tensor<3x7xf32>
  %p = gac.pad %h, %pads {gac.outputs = ["p"], operandSegmentSizes = array<i32: 1, 1, 0, 0>}
      : (tensor<3x7xf32>, tensor<4xi64>) -> tensor<5x7xf32>
  %y = gac.matmul %p, %v {gac.outputs = ["y"]} : (tensor<5x7xf32>, tensor<7x2xf32>) -> tensor<5x2xf32>
  %g = gac.matmul %x, %w {gac.outputs = ["g"]} : (tensor<3x4xf32>, tensor<4x7xf32>) -> tensor<3x7xf32>
  %q = gac.pad %g, %pads, %half {gac.outputs = ["q"], operandSegmentSizes = array<i32: 1, 1, 1, 0>}
      : (tensor<3x7xf32>, tensor<4xi64>, tensor<f32>) -> tensor<5x7xf32>
  %t = gac.transpose %q {gac.outputs = ["t"]} : (tensor<5x7xf32>) -> tensor<7x5xf32>
  %z = gac.matmul %q, %t {gac.outputs = ["z"]} : (tensor<5x7xf32>, tensor<7x5xf32>) -> tensor<5x5xf32>
  return %y, %z : tensor<5x2xf32>, tensor<5x5xf32>
}

// What lies beside s rows has s rows, or does not run: no other size is left.

// CHECK-LABEL: function @beside
// CHECK: value p = [max(0, s - 1) + 1, v:0/0]
// CHECK: value c = [s, {{.*}}]
func.func @beside(%x: tensor<?x4xf32> {gac.name = "x", gac.dims = ["s", ""]}) -> (tensor<?x2xf32> {gac.name = "y"}) {
  %v = gac.initializer "v" = dense<1.0> : tensor<8x2xf32>
  %one = gac.initializer "one" = dense<1> : tensor<1xi64>
  %end = gac.initializer "end" = dense<9223372036854775807> : tensor<1xi64>
  %zero = gac.initializer "zero" = dense<0> : tensor<1xi64>
  %pads = gac.initializer "pads" = dense<[0, 0, 1, 0]> : tensor<4xi64>
  %l = "gac.slice"(%x, %one, %end, %zero) {gac.outputs = ["l"], operandSegmentSizes = array<i32: 1, 1, 1, 1, 0>}
      : (tensor<?x4xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<?x4xf32>
  %p = gac.pad %l, %pads {gac.outputs = ["p"], operandSegmentSizes = array<i32: 1, 1, 0, 0>}
      : (tensor<?x4xf32>, tensor<4xi64>) -> tensor<?x4xf32>
  %c = gac.concat %p, %x {axis = 1 : i64, gac.outputs = ["c"]} : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x8xf32>
  %y = gac.matmul %c, %v {gac.outputs = ["y"]} : (tensor<?x8xf32>, tensor<8x2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}
