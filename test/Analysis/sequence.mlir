// RUN: gac-opt %s --gac-print-dimensions -o %t | FileCheck %s

// What comes last adds to nothing before it: padding of ones does no harm there,
// but in reverse it needs a mask.

// CHECK-LABEL: function @cumulate
// CHECK: dimension a:1 = 13
// CHECK-NEXT: weight a:1 read by MatMul
// CHECK-NEXT: weight b:0 read by MatMul
// CHECK-NEXT: masked: axis 1 of c for CumSum
// CHECK-NEXT: dimension
// CHECK: value s = [x:0, a:1]
// CHECK-NEXT: padding of a:1 on axis 1 is finite
func.func @cumulate(%x: tensor<3x4xf32> {gac.name = "x"}) -> (tensor<3x2xf32> {gac.name = "y"}) {
  %a = gac.initializer "a" = dense<1.0> : tensor<4x13xf32>
  %b = gac.initializer "b" = dense<1.0> : tensor<13x2xf32>
  %axis = gac.initializer "axis" = dense<-1> : tensor<i64>
  %h = gac.matmul %x, %a {gac.outputs = ["h"]} : (tensor<3x4xf32>, tensor<4x13xf32>) -> tensor<3x13xf32>
  %c = gac.cos %h {gac.outputs = ["c"]} : (tensor<3x13xf32>) -> tensor<3x13xf32>
  %s = gac.cum_sum %c, %axis {gac.outputs = ["s"]} : (tensor<3x13xf32>, tensor<i64>) -> tensor<3x13xf32>
  %r = gac.cum_sum %c, %axis {reverse = 1 : i64, gac.outputs = ["r"]} : (tensor<3x13xf32>, tensor<i64>) -> tensor<3x13xf32>
  %t = gac.add %s, %r {gac.outputs = ["t"]} : (tensor<3x13xf32>, tensor<3x13xf32>) -> tensor<3x13xf32>
  %y = gac.matmul %t, %b {gac.outputs = ["y"]} : (tensor<3x13xf32>, tensor<13x2xf32>) -> tensor<3x2xf32>
  return %y : tensor<3x2xf32>
}

// Products have no such mask.

// CHECK-LABEL: function @multiply
// CHECK: dimension a:1 = 13
// CHECK: fixed: CumProd multiplies over it, where padding would count (s)
func.func @multiply(%x: tensor<3x4xf32> {gac.name = "x"}) -> (tensor<3x2xf32> {gac.name = "y"}) {
  %a = gac.initializer "a" = dense<1.0> : tensor<4x13xf32>
  %b = gac.initializer "b" = dense<1.0> : tensor<13x2xf32>
  %axis = gac.initializer "axis" = dense<1> : tensor<i64>
  %h = gac.matmul %x, %a {gac.outputs = ["h"]} : (tensor<3x4xf32>, tensor<4x13xf32>) -> tensor<3x13xf32>
  %s = gac.cum_prod %h, %axis {reverse = 1 : i64, gac.outputs = ["s"]} : (tensor<3x13xf32>, tensor<i64>) -> tensor<3x13xf32>
  %y = gac.matmul %s, %b {gac.outputs = ["y"]} : (tensor<3x13xf32>, tensor<13x2xf32>) -> tensor<3x2xf32>
  return %y : tensor<3x2xf32>
}

// Two halves would move the second one over the diagonal; what grows at its end
// moves nothing.

// CHECK-LABEL: function @triangle
// CHECK: dimension a:1 = 7
// CHECK: cut: axis 1 of j for Trilu
// CHECK: dimension b:1 = 11
// CHECK-NEXT: weight b:1 read by MatMul
// CHECK-NEXT: weight c:0 read by MatMul
// CHECK-NEXT: dimension
func.func @triangle(%x: tensor<3x4xf32> {gac.name = "x"}) -> (tensor<2x2xf32> {gac.name = "y"}) {
  %a = gac.initializer "a" = dense<1.0> : tensor<3x7xf32>
  %b = gac.initializer "b" = dense<1.0> : tensor<2x11xf32>
  %c = gac.initializer "c" = dense<1.0> : tensor<11x3xf32>
  %d = gac.initializer "d" = dense<1.0> : tensor<14x2xf32>
  %h = gac.matmul %c, %a {gac.outputs = ["h"]} : (tensor<11x3xf32>, tensor<3x7xf32>) -> tensor<11x7xf32>
  %j = gac.concat %h, %h {axis = 1 : i64, gac.outputs = ["j"]} : (tensor<11x7xf32>, tensor<11x7xf32>) -> tensor<11x14xf32>
  %t = gac.trilu %j {gac.outputs = ["t"]} : (tensor<11x14xf32>) -> tensor<11x14xf32>
  %k = gac.matmul %b, %t {gac.outputs = ["k"]} : (tensor<2x11xf32>, tensor<11x14xf32>) -> tensor<2x14xf32>
  %y = gac.matmul %k, %d {gac.outputs = ["y"]} : (tensor<2x14xf32>, tensor<14x2xf32>) -> tensor<2x2xf32>
  return %y : tensor<2x2xf32>
}

// Dropout passes what it is given, unless it trains or may.

// CHECK-LABEL: function @dropout
// CHECK: dimension a:1 = 13
// CHECK-NEXT: weight a:1 read by MatMul
// CHECK-NEXT: weight b:0 read by MatMul
// CHECK-NEXT: dimension b:1 = 11
// CHECK: fixed: Dropout drops elements of it at random (e)
func.func @dropout(%x: tensor<3x4xf32> {gac.name = "x"}, %trains: tensor<i1> {gac.name = "trains"}) -> (tensor<3x2xf32> {gac.name = "y"}) {
  %a = gac.initializer "a" = dense<1.0> : tensor<4x13xf32>
  %b = gac.initializer "b" = dense<1.0> : tensor<13x11xf32>
  %c = gac.initializer "c" = dense<1.0> : tensor<11x2xf32>
  %ratio = gac.initializer "ratio" = dense<0.5> : tensor<f32>
  %never = gac.initializer "never" = dense<false> : tensor<i1>
  %h = gac.matmul %x, %a {gac.outputs = ["h"]} : (tensor<3x4xf32>, tensor<4x13xf32>) -> tensor<3x13xf32>
  %d = "gac.dropout"(%h, %ratio, %never) {gac.outputs = ["d"], operandSegmentSizes = array<i32: 1, 1, 1>}
      : (tensor<3x13xf32>, tensor<f32>, tensor<i1>) -> tensor<3x13xf32>
  %k = gac.matmul %d, %b {gac.outputs = ["k"]} : (tensor<3x13xf32>, tensor<13x11xf32>) -> tensor<3x11xf32>
  %e = "gac.dropout"(%k, %ratio, %trains) {gac.outputs = ["e"], operandSegmentSizes = array<i32: 1, 1, 1>}
      : (tensor<3x11xf32>, tensor<f32>, tensor<i1>) -> tensor<3x11xf32>
  %y = gac.matmul %e, %c {gac.outputs = ["y"]} : (tensor<3x11xf32>, tensor<11x2xf32>) -> tensor<3x2xf32>
  return %y : tensor<3x2xf32>
}
