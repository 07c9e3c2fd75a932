// RUN: gac-opt %s --gac-print-dimensions -o %t | FileCheck %s

// Groupings of one axis that disagree fix it, 6 * 4 is not 4 * 6, but not what is
// cut in front of the one that disagrees, nor what is padded behind.

// CHECK-LABEL: function @disagree
// CHECK: dimension w:1/0 = 6
// CHECK-NEXT: weight
// CHECK-NEXT: cut: axis 1 of n for Reshape
// CHECK-NEXT: dimension w:1/1 = 4
// CHECK-NEXT: weight
// CHECK-NEXT: cut: axis 2 of n for Reshape
// CHECK-NEXT: dimension v:0 = 24
// CHECK-NEXT: weight
// CHECK-NEXT: padded: axis 1 of c
// CHECK: dimension b:1 = 4
// CHECK-NEXT: fixed: Reshape groups 3*6*4 as 3*4*6 (b)
func.func @disagree(%x: tensor<3x2xf32> {gac.name = "x"}) -> (tensor<3x2xf32> {gac.name = "y"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<2x24xf32>
  %v = gac.initializer "v" = dense<1.0> : tensor<24x2xf32>
  %s6 = gac.initializer "s6" = dense<[3, 6, 4]> : tensor<3xi64>
  %s4 = gac.initializer "s4" = dense<[3, 4, 6]> : tensor<3xi64>
  %s = gac.initializer "s" = dense<[3, 24]> : tensor<2xi64>
  %h = gac.matmul %x, %w {gac.outputs = ["h"]} : (tensor<3x2xf32>, tensor<2x24xf32>) -> tensor<3x24xf32>
  %a = gac.reshape %h, %s6 {gac.outputs = ["a"]} : (tensor<3x24xf32>, tensor<3xi64>) -> tensor<3x6x4xf32>
  %n = gac.neg %a {gac.outputs = ["n"]} : (tensor<3x6x4xf32>) -> tensor<3x6x4xf32>
  %b = gac.reshape %n, %s4 {gac.outputs = ["b"]} : (tensor<3x6x4xf32>, tensor<3xi64>) -> tensor<3x4x6xf32>
  %c = gac.reshape %b, %s {gac.outputs = ["c"]} : (tensor<3x4x6xf32>, tensor<2xi64>) -> tensor<3x24xf32>
  %y = gac.matmul %c, %v {gac.outputs = ["y"]} : (tensor<3x24xf32>, tensor<24x2xf32>) -> tensor<3x2xf32>
  return %y : tensor<3x2xf32>
}

// Symbolic axes merge and part again; the width passes.

// CHECK-LABEL: function @rows
// CHECK: dimension w:1 = 7
// CHECK-NEXT: weight w:1
// CHECK-NEXT: weight v:0
// CHECK-NEXT: dimension
// CHECK: value r = [batch*seq, w:1]
func.func @rows(%x: tensor<?x?x4xf32> {gac.name = "x", gac.dims = ["batch", "seq", ""]})
    -> (tensor<?x2xf32> {gac.name = "y"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<4x7xf32>
  %v = gac.initializer "v" = dense<1.0> : tensor<7x2xf32>
  %s = gac.initializer "s" = dense<[-1, 7]> : tensor<2xi64>
  %h = gac.matmul %x, %w {gac.outputs = ["h"]} : (tensor<?x?x4xf32>, tensor<4x7xf32>) -> tensor<?x?x7xf32>
  %r = gac.reshape %h, %s {gac.outputs = ["r"]} : (tensor<?x?x7xf32>, tensor<2xi64>) -> tensor<?x7xf32>
  %y = gac.matmul %r, %v {gac.outputs = ["y"]} : (tensor<?x7xf32>, tensor<7x2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// Axes that move as they are, and axes of size 1, which are no dimensions.

// CHECK-LABEL: function @moves
// CHECK: value t = [w:1, v:0/1]
// CHECK: value u = [w:1, 1, v:0/1]
// CHECK: value s = [w:1, v:0/1]
// CHECK: value f = [1, w:1*v:0/1]
func.func @moves(%x: tensor<3x4xf32> {gac.name = "x"}) -> (tensor<1x2xf32> {gac.name = "y"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<4x7xf32>
  %v = gac.initializer "v" = dense<1.0> : tensor<21x2xf32>
  %one = gac.initializer "one" = dense<1> : tensor<1xi64>
  %h = gac.matmul %x, %w {gac.outputs = ["h"]} : (tensor<3x4xf32>, tensor<4x7xf32>) -> tensor<3x7xf32>
  %t = gac.transpose %h {gac.outputs = ["t"]} : (tensor<3x7xf32>) -> tensor<7x3xf32>
  %u = gac.unsqueeze %t, %one {gac.outputs = ["u"]} : (tensor<7x3xf32>, tensor<1xi64>) -> tensor<7x1x3xf32>
  %s = gac.squeeze %u {gac.outputs = ["s"], axes = array<i64: -2>} : (tensor<7x1x3xf32>) -> tensor<7x3xf32>
  %f = gac.flatten %s {gac.outputs = ["f"], axis = 0 : i64} : (tensor<7x3xf32>) -> tensor<1x21xf32>
  %y = gac.matmul %f, %v {gac.outputs = ["y"]} : (tensor<1x21xf32>, tensor<21x2xf32>) -> tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}

// Nothing says that a and b are equal, but they are where the model runs: the
// width keeps its parts.

// CHECK-LABEL: function @unknown_rows
// CHECK: dimension w:1/0 = 2
// CHECK-NEXT: weight w:1
// CHECK: dimension w:1/1 = 7
// CHECK-NEXT: weight w:1
// CHECK-NEXT: weight v:0
// CHECK-NEXT: dimension
// CHECK: value r = [b, w:1/0, w:1/1]
func.func @unknown_rows(%x: tensor<?x4xf32> {gac.name = "x", gac.dims = ["a", ""]},
                        %z: tensor<?x2x7xf32> {gac.name = "z", gac.dims = ["b", "", ""]})
    -> (tensor<?x2xf32> {gac.name = "y"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<4x14xf32>
  %v = gac.initializer "v" = dense<1.0> : tensor<7x2xf32>
  %h = gac.matmul %x, %w {gac.outputs = ["h"]} : (tensor<?x4xf32>, tensor<4x14xf32>) -> tensor<?x14xf32>
  %s = gac.shape %z {gac.outputs = ["s"]} : (tensor<?x2x7xf32>) -> tensor<3xi64>
  %r = gac.reshape %h, %s {gac.outputs = ["r"]} : (tensor<?x14xf32>, tensor<3xi64>) -> tensor<?x2x7xf32>
  %m = gac.matmul %r, %v {gac.outputs = ["m"]} : (tensor<?x2x7xf32>, tensor<7x2xf32>) -> tensor<?x2x2xf32>
  %t = gac.initializer "t" = dense<[-1, 2]> : tensor<2xi64>
  %y = gac.reshape %m, %t {gac.outputs = ["y"]} : (tensor<?x2x2xf32>, tensor<2xi64>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// A truncated quotient is no expression, yet the size that it states: growth keeps
// both entries for space, of which it could infer but one.

// CHECK-LABEL: function @truncated
// CHECK: dimension w:1 = 7
// CHECK-NEXT: weight w:1
// CHECK-NEXT: weight v:1
// CHECK-NEXT: dimension
// CHECK: value r = [b, w:1, h, k]
func.func @truncated(%x: tensor<?x?x4xf32> {gac.name = "x", gac.dims = ["b", "h*k", ""]},
                     %z: tensor<?x?xf32> {gac.name = "z", gac.dims = ["h", "k"]})
    -> (tensor<?x2x?x?xf32> {gac.name = "y"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<4x7xf32>
  %v = gac.initializer "v" = dense<1.0> : tensor<2x7x1x1xf32>
  %minus = gac.initializer "minus" = dense<-9> : tensor<1xi64>
  %two = gac.initializer "two" = dense<2> : tensor<1xi64>
  %seven = gac.initializer "seven" = dense<7> : tensor<1xi64>
  %a = gac.matmul %x, %w {gac.outputs = ["a"]} : (tensor<?x?x4xf32>, tensor<4x7xf32>) -> tensor<?x?x7xf32>
  %t = gac.transpose %a {gac.outputs = ["t"], perm = array<i64: 0, 2, 1>} : (tensor<?x?x7xf32>) -> tensor<?x7x?xf32>
  %b = gac.shape %x {gac.outputs = ["b"], end = 1 : i64} : (tensor<?x?x4xf32>) -> tensor<1xi64>
  %shape = gac.shape %z {gac.outputs = ["shape"]} : (tensor<?x?xf32>) -> tensor<2xi64>
  %less = gac.add %shape, %minus {gac.outputs = ["less"]} : (tensor<2xi64>, tensor<1xi64>) -> tensor<2xi64>
  %half = gac.div %less, %two {gac.outputs = ["half"]} : (tensor<2xi64>, tensor<1xi64>) -> tensor<2xi64>
  %sizes = gac.concat %b, %seven, %half {axis = 0 : i64, gac.outputs = ["sizes"]}
      : (tensor<1xi64>, tensor<1xi64>, tensor<2xi64>) -> tensor<4xi64>
  %r = gac.reshape %t, %sizes {gac.outputs = ["r"], gac.dims = [["b", "", "h", "k"]]} : (tensor<?x7x?xf32>, tensor<4xi64>) -> tensor<?x7x?x?xf32>
  %y = gac.conv %r, %v {gac.outputs = ["y"]} : (tensor<?x7x?x?xf32>, tensor<2x7x1x1xf32>) -> tensor<?x2x?x?xf32>
  return %y : tensor<?x2x?x?xf32>
}

// Rows that two views group in other ways are fixed, the channels within not.

// CHECK-LABEL: function @windows
// CHECK: dimension w:1 = 7
// CHECK-NEXT: weight w:1
// CHECK-NEXT: weight v:0
// CHECK-NEXT: dimension
// CHECK: fixed: Reshape groups
func.func @windows(%x: tensor<5x4xf32> {gac.name = "x"}, %z: tensor<3x4xf32> {gac.name = "z"})
    -> (tensor<2x4x2xf32> {gac.name = "y"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<4x7xf32>
  %v = gac.initializer "v" = dense<1.0> : tensor<7x2xf32>
  %shape = gac.initializer "shape" = dense<[2, 4, 7]> : tensor<3xi64>
  %c = gac.concat %x, %z {axis = 0 : i64, gac.outputs = ["c"]} : (tensor<5x4xf32>, tensor<3x4xf32>) -> tensor<8x4xf32>
  %h = gac.matmul %c, %w {gac.outputs = ["h"]} : (tensor<8x4xf32>, tensor<4x7xf32>) -> tensor<8x7xf32>
  %r = gac.reshape %h, %shape {gac.outputs = ["r"]} : (tensor<8x7xf32>, tensor<3xi64>) -> tensor<2x4x7xf32>
  %y = gac.matmul %r, %v {gac.outputs = ["y"]} : (tensor<2x4x7xf32>, tensor<7x2xf32>) -> tensor<2x4x2xf32>
  return %y : tensor<2x4x2xf32>
}
