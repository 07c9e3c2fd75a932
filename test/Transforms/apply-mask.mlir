// RUN: gac-opt %s --gac-repair --split-input-file | FileCheck %s

// cos(0) = 1 on the lanes of padding, which the mean would count: a Mul puts
// zeros there, for the mean alone.

// CHECK-LABEL: func.func @mean
// CHECK: %[[C:.*]] = gac.cos
// CHECK: %[[ONES:.*]] = gac.initializer "{{.*}}.mask" = dense<[1.000000e+00, 1.000000e+00, 1.000000e+00, 1.000000e+00, 1.000000e+00, 1.000000e+00, 1.000000e+00, 0.000000e+00]> : tensor<8xf32>
// CHECK: %[[MASKED:.*]] = gac.mul %[[C]], %[[ONES]]
// CHECK: %[[SUM:.*]] = gac.reduce_sum %[[MASKED]]
// CHECK: gac.div %[[SUM]]
// CHECK: gac.mul %[[C]], %{{.*}} {gac.outputs = ["n"]}
func.func @mean(%x: tensor<3x4xf32> {gac.name = "x"}) -> (tensor<3x2xf32> {gac.name = "y"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<4x7xf32>
  %v = gac.initializer "v" = dense<1.0> : tensor<7x2xf32>
  %h = gac.matmul %x, %w {gac.outputs = ["h"]} : (tensor<3x4xf32>, tensor<4x7xf32>) -> tensor<3x7xf32>
  %c = gac.cos %h {gac.outputs = ["c"]} : (tensor<3x7xf32>) -> tensor<3x7xf32>
  %m = gac.reduce_mean %c {gac.outputs = ["m"], axes = array<i64: -1>} : (tensor<3x7xf32>) -> tensor<3x1xf32>
  %n = gac.mul %c, %m {gac.outputs = ["n"]} : (tensor<3x7xf32>, tensor<3x1xf32>) -> tensor<3x7xf32>
  %y = gac.matmul %n, %v {gac.outputs = ["y"]} : (tensor<3x7xf32>, tensor<7x2xf32>) -> tensor<3x2xf32>
  return %y : tensor<3x2xf32>
}

// -----

// Of two factors without zeros the smaller one is masked, here along an axis
// that is not its last.

// CHECK-LABEL: func.func @contraction
// CHECK: %[[ONES:.*]] = gac.initializer "{{.*}}.mask" = dense<{{.*}}> : tensor<8x1xf32>
// CHECK: %[[MASKED:.*]] = gac.mul %[[B:.*]], %[[ONES]]
// CHECK: gac.matmul %{{.*}}, %[[MASKED]] {gac.outputs = ["y"]}
func.func @contraction(%x: tensor<64x16xf32> {gac.name = "x"}, %z: tensor<16x3xf32> {gac.name = "z"})
    -> (tensor<64x3xf32> {gac.name = "y"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<16x7xf32>
  %v = gac.initializer "v" = dense<1.0> : tensor<7x16xf32>
  %h = gac.matmul %x, %w {gac.outputs = ["h"]} : (tensor<64x16xf32>, tensor<16x7xf32>) -> tensor<64x7xf32>
  %a = gac.cos %h {gac.outputs = ["a"]} : (tensor<64x7xf32>) -> tensor<64x7xf32>
  %k = gac.matmul %v, %z {gac.outputs = ["k"]} : (tensor<7x16xf32>, tensor<16x3xf32>) -> tensor<7x3xf32>
  %b = gac.cos %k {gac.outputs = ["b"]} : (tensor<7x3xf32>) -> tensor<7x3xf32>
  %y = gac.matmul %a, %b {gac.outputs = ["y"]} : (tensor<64x7xf32>, tensor<7x3xf32>) -> tensor<64x3xf32>
  return %y : tensor<64x3xf32>
}

// -----

// Minus infinity keeps padding out of a softmax: a summand, or for nothing where
// there is a bias.

// CHECK-LABEL: func.func @softmax
// CHECK: gac.initializer "b" = #gac.pad<dense<1.000000e+00> : tensor<7xf32>{{.*}}-3.40282347E+38
// CHECK: %[[H:.*]] = gac.matmul %{{.*}} {gac.outputs = ["h"]}
// CHECK: %[[LOWEST:.*]] = gac.initializer "{{.*}}.mask" = dense<[0.000000e+00, 0.000000e+00, 0.000000e+00, 0.000000e+00, 0.000000e+00, 0.000000e+00, 0.000000e+00, 0xFF800000]> : tensor<8xf32>
// CHECK: %[[MASKED:.*]] = gac.add %[[H]], %[[LOWEST]]
// CHECK: gac.softmax %[[MASKED]]
// CHECK: %[[I:.*]] = gac.add %{{.*}} {gac.outputs = ["i"]}
// CHECK-NEXT: gac.softmax %[[I]]
func.func @softmax(%x: tensor<3x4xf32> {gac.name = "x"}) -> (tensor<3x2xf32> {gac.name = "y"}, tensor<3x2xf32> {gac.name = "z"}) {
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

// -----

// Zero times infinity is no zero: what log(0) leaves cannot be masked, so that
// the Log reads a cut.

// CHECK-LABEL: func.func @infinite
// CHECK: %[[H:.*]] = gac.matmul {{.*}} -> tensor<3x8xf32>
// CHECK: %[[CUT:.*]] = gac.slice %[[H]], {{.*}} -> tensor<3x7xf32>
// CHECK: gac.log %[[CUT]]
// CHECK-NOT: gac.mul
func.func @infinite(%x: tensor<3x4xf32> {gac.name = "x"}) -> (tensor<3x1xf32> {gac.name = "m"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<4x7xf32>
  %h = gac.matmul %x, %w {gac.outputs = ["h"]} : (tensor<3x4xf32>, tensor<4x7xf32>) -> tensor<3x7xf32>
  %l = gac.log %h {gac.outputs = ["l"]} : (tensor<3x7xf32>) -> tensor<3x7xf32>
  %m = gac.reduce_mean %l {gac.outputs = ["m"], axes = array<i64: -1>} : (tensor<3x7xf32>) -> tensor<3x1xf32>
  return %m : tensor<3x1xf32>
}

// -----

// Two axes of one operand, one mask after the other.

// CHECK-LABEL: func.func @two_axes
// CHECK: %[[C:.*]] = gac.cos
// CHECK: %[[FIRST:.*]] = gac.mul %[[C]], %{{.*}} : (tensor<8x8xf32>, tensor<8x1xf32>)
// CHECK: %[[BOTH:.*]] = gac.mul %[[FIRST]], %{{.*}} : (tensor<8x8xf32>, tensor<8xf32>)
// CHECK: gac.reduce_sum %[[BOTH]]
func.func @two_axes(%x: tensor<16x16xf32> {gac.name = "x"}) -> (tensor<1x1xf32> {gac.name = "m"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<16x7xf32>
  %v = gac.initializer "v" = dense<1.0> : tensor<16x5xf32>
  %h = gac.matmul %x, %w {gac.outputs = ["h"]} : (tensor<16x16xf32>, tensor<16x7xf32>) -> tensor<16x7xf32>
  %i = gac.matmul %x, %v {gac.outputs = ["i"]} : (tensor<16x16xf32>, tensor<16x5xf32>) -> tensor<16x5xf32>
  %t = gac.transpose %h {gac.outputs = ["t"], perm = array<i64: 1, 0>} : (tensor<16x7xf32>) -> tensor<7x16xf32>
  %g = gac.matmul %t, %i {gac.outputs = ["g"]} : (tensor<7x16xf32>, tensor<16x5xf32>) -> tensor<7x5xf32>
  %c = gac.cos %g {gac.outputs = ["c"]} : (tensor<7x5xf32>) -> tensor<7x5xf32>
  %m = gac.reduce_mean %c {gac.outputs = ["m"], axes = array<i64: 0, 1>} : (tensor<7x5xf32>) -> tensor<1x1xf32>
  return %m : tensor<1x1xf32>
}

// -----

// exp(100) is beyond f32: nothing finite to mask.

// CHECK-LABEL: func.func @overflow
// CHECK: %[[CUT:.*]] = gac.slice %{{.*}} -> tensor<3x7xf32>
// CHECK: gac.exp %[[CUT]]
// CHECK-NOT: gac.mul
func.func @overflow(%x: tensor<3x4xf32> {gac.name = "x"}) -> (tensor<3x1xf32> {gac.name = "m"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<4x7xf32>
  %hundred = gac.initializer "hundred" = dense<100.0> : tensor<f32>
  %h = gac.matmul %x, %w {gac.outputs = ["h"]} : (tensor<3x4xf32>, tensor<4x7xf32>) -> tensor<3x7xf32>
  %d = gac.sub %hundred, %h {gac.outputs = ["d"]} : (tensor<f32>, tensor<3x7xf32>) -> tensor<3x7xf32>
  %e = gac.exp %d {gac.outputs = ["e"]} : (tensor<3x7xf32>) -> tensor<3x7xf32>
  %m = gac.reduce_mean %e {gac.outputs = ["m"], axes = array<i64: -1>} : (tensor<3x7xf32>) -> tensor<3x1xf32>
  return %m : tensor<3x1xf32>
}

// -----

// The bias of a Gemm, which has an axis of 1 as well.

// CHECK-LABEL: func.func @softmax_of_gemm
// CHECK: gac.initializer "b" = #gac.pad<dense<1.000000e+00> : tensor<1x7xf32>{{.*}}-3.40282347E+38
// CHECK: %[[H:.*]] = gac.gemm
// CHECK-NEXT: gac.softmax %[[H]]
func.func @softmax_of_gemm(%x: tensor<3x4xf32> {gac.name = "x"}) -> (tensor<3x2xf32> {gac.name = "y"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<4x7xf32>
  %b = gac.initializer "b" = dense<1.0> : tensor<1x7xf32>
  %u = gac.initializer "u" = dense<1.0> : tensor<7x2xf32>
  %h = gac.gemm %x, %w, %b {gac.outputs = ["h"]} : (tensor<3x4xf32>, tensor<4x7xf32>, tensor<1x7xf32>) -> tensor<3x7xf32>
  %p = gac.softmax %h {gac.outputs = ["p"]} : (tensor<3x7xf32>) -> tensor<3x7xf32>
  %y = gac.matmul %p, %u {gac.outputs = ["y"]} : (tensor<3x7xf32>, tensor<7x2xf32>) -> tensor<3x2xf32>
  return %y : tensor<3x2xf32>
}
