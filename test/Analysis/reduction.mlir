// RUN: gac-opt %s --gac-print-dimensions -o %t | FileCheck %s

// Sums and means add nothing over zeros; the mean keeps its count.

// CHECK-LABEL: function @mean
// CHECK: dimension w:1 = 7
// CHECK-NEXT: weight
// CHECK-NEXT: weight
// CHECK-NEXT: dimension
// CHECK: value m = [x:0, 1]
func.func @mean(%x: tensor<3x4xf32> {gac.name = "x"}) -> (tensor<3x2xf32> {gac.name = "y"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<4x7xf32>
  %v = gac.initializer "v" = dense<1.0> : tensor<7x2xf32>
  %h = gac.matmul %x, %w {gac.outputs = ["h"]} : (tensor<3x4xf32>, tensor<4x7xf32>) -> tensor<3x7xf32>
  %m = gac.reduce_mean %h {gac.outputs = ["m"], axes = array<i64: -1>} : (tensor<3x7xf32>) -> tensor<3x1xf32>
  %n = gac.mul %h, %m {gac.outputs = ["n"]} : (tensor<3x7xf32>, tensor<3x1xf32>) -> tensor<3x7xf32>
  %y = gac.matmul %n, %v {gac.outputs = ["y"]} : (tensor<3x7xf32>, tensor<7x2xf32>) -> tensor<3x2xf32>
  return %y : tensor<3x2xf32>
}

// Padding of 0.5 would be added, but for a mask.

// CHECK-LABEL: function @mean_of_sigmoid
// CHECK: dimension w:1 = 7
// CHECK: masked: axis 1 of s for ReduceMean
func.func @mean_of_sigmoid(%x: tensor<3x4xf32> {gac.name = "x"}) -> (tensor<3x1xf32> {gac.name = "m"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<4x7xf32>
  %h = gac.matmul %x, %w {gac.outputs = ["h"]} : (tensor<3x4xf32>, tensor<4x7xf32>) -> tensor<3x7xf32>
  %s = gac.sigmoid %h {gac.outputs = ["s"]} : (tensor<3x7xf32>) -> tensor<3x7xf32>
  %m = gac.reduce_mean %s {gac.outputs = ["m"], axes = array<i64: -1>} : (tensor<3x7xf32>) -> tensor<3x1xf32>
  return %m : tensor<3x1xf32>
}

// A maximum, a softmax, an index and an order would see padding: they read what
// is left of it.

// CHECK-LABEL: function @readers
// CHECK: dimension w:1 = 7
// CHECK-NEXT: weight w:1
// CHECK-NEXT: cut: axis 1 of h for Softmax
// CHECK-NEXT: cut: axis 1 of h for ReduceMax
// CHECK-NEXT: cut: axis 1 of h for ArgMax
// CHECK-NEXT: cut: axis 1 of h for TopK
// CHECK-NEXT: dimension
// CHECK: dimension p:1 = 7
// CHECK-NEXT: fixed: Softmax normalises over it (p)
// CHECK: value q = [x:0, 1]
// CHECK: value a = [x:0]
// CHECK: value t = [x:0, t:1]
func.func @readers(%x: tensor<3x4xf32> {gac.name = "x"})
    -> (tensor<3x7xf32> {gac.name = "p"}, tensor<3x1xf32> {gac.name = "q"}, tensor<3xi64> {gac.name = "a"}, tensor<3x2xf32> {gac.name = "t"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<4x7xf32>
  %k = gac.initializer "k" = dense<2> : tensor<1xi64>
  %h = gac.matmul %x, %w {gac.outputs = ["h"]} : (tensor<3x4xf32>, tensor<4x7xf32>) -> tensor<3x7xf32>
  %p = "gac.softmax"(%h) {gac.outputs = ["p"]} : (tensor<3x7xf32>) -> tensor<3x7xf32>
  %q = gac.reduce_max %h {gac.outputs = ["q"], axes = array<i64: 1>} : (tensor<3x7xf32>) -> tensor<3x1xf32>
  %a = "gac.arg_max"(%h) {gac.outputs = ["a"], axis = 1 : i64, keepdims = 0 : i64} : (tensor<3x7xf32>) -> tensor<3xi64>
  %t:2 = "gac.top_k"(%h, %k) {gac.outputs = ["t", "u"]} : (tensor<3x7xf32>, tensor<1xi64>) -> (tensor<3x2xf32>, tensor<3x2xi64>)
  return %p, %q, %a, %t#0 : tensor<3x7xf32>, tensor<3x1xf32>, tensor<3xi64>, tensor<3x2xf32>
}

// What reads a softmax with its padding has zeros there, if padding comes in as
// minus infinity; or as the lowest number, where a bias that nobody else sees can
// hold it.

// CHECK-LABEL: function @softmax_between
// CHECK: dimension w:1 = 7
// CHECK: masked: axis 1 of h for Softmax by minus infinity
// CHECK: dimension k:1 = 7
// CHECK-NOT: masked
// CHECK: value p = [x:0, w:1]
// CHECK-NOT: padding of w:1
// CHECK: value i = [x:0, k:1]
// CHECK-NEXT: padding of k:1 on axis 1 is -3.40282e+38
// CHECK: value q = [x:0, k:1]
// CHECK-NOT: padding of k:1
// CHECK: value y
func.func @softmax_between(%x: tensor<3x4xf32> {gac.name = "x"}) -> (tensor<3x2xf32> {gac.name = "y"}, tensor<3x2xf32> {gac.name = "z"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<4x7xf32>
  %k = gac.initializer "k" = dense<1.0> : tensor<4x7xf32>
  %b = gac.initializer "b" = dense<1.0> : tensor<7xf32>
  %u = gac.initializer "u" = dense<1.0> : tensor<7x2xf32>
  %v = gac.initializer "v" = dense<1.0> : tensor<7x2xf32>
  %h = gac.matmul %x, %w {gac.outputs = ["h"]} : (tensor<3x4xf32>, tensor<4x7xf32>) -> tensor<3x7xf32>
  %p = gac.softmax %h {gac.outputs = ["p"]} : (tensor<3x7xf32>) -> tensor<3x7xf32>
  %g = gac.matmul %x, %k {gac.outputs = ["g"]} : (tensor<3x4xf32>, tensor<4x7xf32>) -> tensor<3x7xf32>
  %i = gac.add %g, %b {gac.outputs = ["i"]} : (tensor<3x7xf32>, tensor<7xf32>) -> tensor<3x7xf32>
  %q = gac.softmax %i {gac.outputs = ["q"]} : (tensor<3x7xf32>) -> tensor<3x7xf32>
  %y = gac.matmul %p, %u {gac.outputs = ["y"]} : (tensor<3x7xf32>, tensor<7x2xf32>) -> tensor<3x2xf32>
  %z = gac.matmul %q, %v {gac.outputs = ["z"]} : (tensor<3x7xf32>, tensor<7x2xf32>) -> tensor<3x2xf32>
  return %y, %z : tensor<3x2xf32>, tensor<3x2xf32>
}

// Before opset 13 Softmax normalises over all axes from 1 on, together.

// CHECK-LABEL: function @old_softmax
// CHECK: dimension w:1 = 7
// CHECK: fixed: Softmax normalises over it (p)
func.func @old_softmax(%x: tensor<3x4xf32> {gac.name = "x"}) -> (tensor<3x2xf32> {gac.name = "y"}) attributes {gac.opset = 11 : i64} {
  %w = gac.initializer "w" = dense<1.0> : tensor<4x7xf32>
  %v = gac.initializer "v" = dense<1.0> : tensor<7x2xf32>
  %h = gac.matmul %x, %w {gac.outputs = ["h"]} : (tensor<3x4xf32>, tensor<4x7xf32>) -> tensor<3x7xf32>
  %u = gac.unsqueeze %h {gac.outputs = ["u"], axes = array<i64: 2>} : (tensor<3x7xf32>) -> tensor<3x7x1xf32>
  %p = "gac.softmax"(%u) {gac.outputs = ["p"]} : (tensor<3x7x1xf32>) -> tensor<3x7x1xf32>
  %s = gac.squeeze %p {gac.outputs = ["s"], axes = array<i64: 2>} : (tensor<3x7x1xf32>) -> tensor<3x7xf32>
  %y = gac.matmul %s, %v {gac.outputs = ["y"]} : (tensor<3x7xf32>, tensor<7x2xf32>) -> tensor<3x2xf32>
  return %y : tensor<3x2xf32>
}
