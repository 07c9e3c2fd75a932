// RUN: gac-opt %s --gac-print-dimensions -o %t | FileCheck %s

// Constant indices can follow the lanes that they pick; those of GatherND and
// ScatterND that are computed fix what they index, and the slices pass.

// CHECK-LABEL: function @constant_indices
// CHECK: dimension a:1 = 7
// CHECK-NEXT: weight a:1 read by MatMul
// CHECK-NEXT: dimension i:0 = 2
// CHECK-NEXT: weight i:0 read by Gather
// CHECK-NEXT: fixed: graph output y axis 1
func.func @constant_indices(%x: tensor<3x4xf32> {gac.name = "x"}) -> (tensor<3x2xf32> {gac.name = "y"}) {
  %a = gac.initializer "a" = dense<1.0> : tensor<4x7xf32>
  %i = gac.initializer "i" = dense<[-1, 2]> : tensor<2xi64>
  %h = gac.matmul %x, %a {gac.outputs = ["h"]} : (tensor<3x4xf32>, tensor<4x7xf32>) -> tensor<3x7xf32>
  %y = gac.gather %h, %i {axis = 1 : i64, gac.outputs = ["y"]} : (tensor<3x7xf32>, tensor<2xi64>) -> tensor<3x2xf32>
  return %y : tensor<3x2xf32>
}

// Out of range they say nothing: the Gather reads what it did before.

// CHECK-LABEL: function @beyond
// CHECK: dimension a:1 = 7
// CHECK: cut: axis 1 of h for Gather
func.func @beyond(%x: tensor<3x4xf32> {gac.name = "x"}) -> (tensor<3xf32> {gac.name = "y"}) {
  %a = gac.initializer "a" = dense<1.0> : tensor<4x7xf32>
  %i = gac.initializer "i" = dense<7> : tensor<i64>
  %h = gac.matmul %x, %a {gac.outputs = ["h"]} : (tensor<3x4xf32>, tensor<4x7xf32>) -> tensor<3x7xf32>
  %y = gac.gather %h, %i {axis = 1 : i64, gac.outputs = ["y"]} : (tensor<3x7xf32>, tensor<i64>) -> tensor<3xf32>
  return %y : tensor<3xf32>
}

// CHECK-LABEL: function @expert
// CHECK: dimension a:1 = 7
// CHECK-NEXT: weight a:1 read by MatMul
// CHECK-NEXT: weight b:0 read by MatMul
// CHECK-NEXT: weight b:1 read by MatMul
// CHECK-NEXT: weight c:0 read by MatMul
// CHECK-NEXT: dimension
// CHECK: fixed: GatherND indexes it (mine)
// CHECK: value mine = [n, a:1]
// CHECK: value sum = [{{.*}}, a:1]
func.func @expert(%x: tensor<3x4xf32> {gac.name = "x"}, %at: tensor<?x1xi64> {gac.name = "at", gac.dims = ["n", ""]})
    -> (tensor<3x2xf32> {gac.name = "y"}) {
  %a = gac.initializer "a" = dense<1.0> : tensor<4x7xf32>
  %b = gac.initializer "b" = dense<1.0> : tensor<7x7xf32>
  %c = gac.initializer "c" = dense<1.0> : tensor<7x2xf32>
  %h = gac.matmul %x, %a {gac.outputs = ["h"]} : (tensor<3x4xf32>, tensor<4x7xf32>) -> tensor<3x7xf32>
  %mine = gac.gather_nd %h, %at {gac.outputs = ["mine"]} : (tensor<3x7xf32>, tensor<?x1xi64>) -> tensor<?x7xf32>
  %e = gac.matmul %mine, %b {gac.outputs = ["e"]} : (tensor<?x7xf32>, tensor<7x7xf32>) -> tensor<?x7xf32>
  %sum = gac.scatter_nd %h, %at, %e {gac.outputs = ["sum"], reduction = "add"}
      : (tensor<3x7xf32>, tensor<?x1xi64>, tensor<?x7xf32>) -> tensor<3x7xf32>
  %y = gac.matmul %sum, %c {gac.outputs = ["y"]} : (tensor<3x7xf32>, tensor<7x2xf32>) -> tensor<3x2xf32>
  return %y : tensor<3x2xf32>
}

// Indices that an Expand copies are indices on padding too; others are not.

// CHECK-LABEL: function @elements
// CHECK: dimension a:1 = 7
// CHECK-NEXT: weight a:1 read by MatMul
// CHECK-NEXT: weight b:0 read by MatMul
// CHECK-NEXT: dimension
// CHECK: dimension t:1 = 5
// CHECK: fixed: GatherElements would read where its padding says (z)
func.func @elements(%x: tensor<3x4xf32> {gac.name = "x"}, %at: tensor<3x1xi64> {gac.name = "at"})
    -> (tensor<3x2xf32> {gac.name = "y"}, tensor<2x3xf32> {gac.name = "z"}) {
  %a = gac.initializer "a" = dense<1.0> : tensor<4x7xf32>
  %b = gac.initializer "b" = dense<1.0> : tensor<7x2xf32>
  %shape = gac.initializer "shape" = dense<[3, 7]> : tensor<2xi64>
  %t = gac.initializer "t" = dense<1.0> : tensor<2x5xf32>
  %i = gac.initializer "i" = dense<0> : tensor<2x5xi64>
  %one = gac.initializer "one" = dense<1> : tensor<1xi64>
  %d = gac.initializer "d" = dense<1.0> : tensor<5x3xf32>
  %h = gac.matmul %x, %a {gac.outputs = ["h"]} : (tensor<3x4xf32>, tensor<4x7xf32>) -> tensor<3x7xf32>
  %wide = gac.expand %at, %shape {gac.outputs = ["wide"]} : (tensor<3x1xi64>, tensor<2xi64>) -> tensor<3x7xi64>
  %g = gac.gather_elements %h, %wide {axis = 0 : i64, gac.outputs = ["g"]} : (tensor<3x7xf32>, tensor<3x7xi64>) -> tensor<3x7xf32>
  %y = gac.matmul %g, %b {gac.outputs = ["y"]} : (tensor<3x7xf32>, tensor<7x2xf32>) -> tensor<3x2xf32>
  %j = gac.add %i, %one {gac.outputs = ["j"]} : (tensor<2x5xi64>, tensor<1xi64>) -> tensor<2x5xi64>
  %e = gac.gather_elements %t, %j {axis = 0 : i64, gac.outputs = ["z"]} : (tensor<2x5xf32>, tensor<2x5xi64>) -> tensor<2x5xf32>
  %z = gac.matmul %e, %d {gac.outputs = ["zz"]} : (tensor<2x5xf32>, tensor<5x3xf32>) -> tensor<2x3xf32>
  return %y, %z : tensor<3x2xf32>, tensor<2x3xf32>
}

// CHECK-LABEL: function @scatter_elements
// CHECK: dimension a:1 = 7
// CHECK-NEXT: weight a:1 read by MatMul
// CHECK-NEXT: weight b:0 read by MatMul
// CHECK-NEXT: dimension
// CHECK: dimension t:1 = 5
// CHECK: fixed: ScatterElements would write where its padding says (z)
func.func @scatter_elements(%x: tensor<3x4xf32> {gac.name = "x"}, %at: tensor<3x1xi64> {gac.name = "at"})
    -> (tensor<3x2xf32> {gac.name = "y"}, tensor<2x3xf32> {gac.name = "zz"}) {
  %a = gac.initializer "a" = dense<1.0> : tensor<4x7xf32>
  %b = gac.initializer "b" = dense<1.0> : tensor<7x2xf32>
  %shape = gac.initializer "shape" = dense<[3, 7]> : tensor<2xi64>
  %t = gac.initializer "t" = dense<1.0> : tensor<2x5xf32>
  %i = gac.initializer "i" = dense<0> : tensor<2x5xi64>
  %one = gac.initializer "one" = dense<1> : tensor<1xi64>
  %d = gac.initializer "d" = dense<1.0> : tensor<5x3xf32>
  %h = gac.matmul %x, %a {gac.outputs = ["h"]} : (tensor<3x4xf32>, tensor<4x7xf32>) -> tensor<3x7xf32>
  %wide = gac.expand %at, %shape {gac.outputs = ["wide"]} : (tensor<3x1xi64>, tensor<2xi64>) -> tensor<3x7xi64>
  %g = gac.scatter_elements %h, %wide, %h {axis = 0 : i64, gac.outputs = ["g"], reduction = "add"}
      : (tensor<3x7xf32>, tensor<3x7xi64>, tensor<3x7xf32>) -> tensor<3x7xf32>
  %y = gac.matmul %g, %b {gac.outputs = ["y"]} : (tensor<3x7xf32>, tensor<7x2xf32>) -> tensor<3x2xf32>
  %j = gac.add %i, %one {gac.outputs = ["j"]} : (tensor<2x5xi64>, tensor<1xi64>) -> tensor<2x5xi64>
  %e = gac.scatter_elements %t, %j, %t {axis = 0 : i64, gac.outputs = ["z"]}
      : (tensor<2x5xf32>, tensor<2x5xi64>, tensor<2x5xf32>) -> tensor<2x5xf32>
  %z = gac.matmul %e, %d {gac.outputs = ["zz"]} : (tensor<2x5xf32>, tensor<5x3xf32>) -> tensor<2x3xf32>
  return %y, %z : tensor<3x2xf32>, tensor<2x3xf32>
}

// However many lanes are picked, more may be: padding picks the first.

// CHECK-LABEL: function @positions
// CHECK: dimension i:0 = 5
// CHECK-NEXT: weight i:0 read by Expand
// CHECK-NEXT: weight v:0 read by MatMul
// CHECK-NEXT: dimension
func.func @positions(%x: tensor<2x4xf32> {gac.name = "x"}) -> (tensor<2x2xf32> {gac.name = "y"}) {
  %t = gac.initializer "t" = dense<1.0> : tensor<9x4xf32>
  %i = gac.initializer "i" = dense<[[4], [3], [2], [1], [0]]> : tensor<5x1xi64>
  %shape = gac.initializer "shape" = dense<[5, 4]> : tensor<2xi64>
  %v = gac.initializer "v" = dense<1.0> : tensor<5x2xf32>
  %at = gac.expand %i, %shape {gac.outputs = ["at"]} : (tensor<5x1xi64>, tensor<2xi64>) -> tensor<5x4xi64>
  %g = gac.gather_elements %t, %at {axis = 0 : i64, gac.outputs = ["g"]} : (tensor<9x4xf32>, tensor<5x4xi64>) -> tensor<5x4xf32>
  %k = gac.transpose %g {gac.outputs = ["k"]} : (tensor<5x4xf32>) -> tensor<4x5xf32>
  %s = gac.matmul %x, %k {gac.outputs = ["s"]} : (tensor<2x4xf32>, tensor<4x5xf32>) -> tensor<2x5xf32>
  %y = gac.matmul %s, %v {gac.outputs = ["y"]} : (tensor<2x5xf32>, tensor<5x2xf32>) -> tensor<2x2xf32>
  return %y : tensor<2x2xf32>
}
