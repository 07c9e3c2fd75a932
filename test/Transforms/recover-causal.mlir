// RUN: gac-opt %s --gac-recover --split-input-file | FileCheck %s

// Columns up to the row: nothing computes positions any more.
// CHECK-LABEL: func.func @positions
func.func @positions(
    %q: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]},
    %k: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]},
    %v: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]})
    -> tensor<?x4x?x16xf32> {
  // CHECK-NOT:  gac.range
  // CHECK:      gac.attention %arg0, %arg1, %arg2 {
  // CHECK-SAME:   is_causal = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>
  %i0 = gac.constant dense<0> : tensor<i64>
  %i1 = gac.constant dense<1> : tensor<i64>
  %a01 = gac.constant dense<[0, 1]> : tensor<2xi64>
  %a012 = gac.constant dense<[0, 1, 2]> : tensor<3xi64>
  %a3 = gac.constant dense<[0, 1, 3]> : tensor<3xi64>
  %s1 = gac.shape %q {start = 2 : i64, end = 3 : i64}
      : (tensor<?x4x?x16xf32>) -> tensor<1xi64>
  %s = gac.squeeze %s1
      : (tensor<1xi64>) -> tensor<i64>
  %r = gac.range %i0, %s, %i1
      : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xi64>
  %c = gac.add %r, %i0
      : (tensor<?xi64>, tensor<i64>) -> tensor<?xi64>
  %rq = gac.add %r, %i0
      : (tensor<?xi64>, tensor<i64>) -> tensor<?xi64>
  %row = gac.unsqueeze %rq, %a3
      : (tensor<?xi64>, tensor<3xi64>) -> tensor<1x1x?x1xi64>
  %col = gac.unsqueeze %c, %a012
      : (tensor<?xi64>, tensor<3xi64>) -> tensor<1x1x1x?xi64>
  %b = gac.less_or_equal %col, %row
      : (tensor<1x1x1x?xi64>, tensor<1x1x?x1xi64>) -> tensor<1x1x?x?xi1>
  %y = gac.attention %q, %k, %v, %b {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>,
       resultSegmentSizes = array<i32: 1, 0, 0, 0>, scale = 0.25 : f32}
      : (tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>, tensor<1x1x?x?xi1>) -> tensor<?x4x?x16xf32>
  return %y : tensor<?x4x?x16xf32>
}

// -----

// The same the other way round.
// CHECK-LABEL: func.func @greater
func.func @greater(
    %q: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]},
    %k: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]},
    %v: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]})
    -> tensor<?x4x?x16xf32> {
  // CHECK:      gac.attention %arg0, %arg1, %arg2 {
  // CHECK-SAME:   is_causal = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>
  %i0 = gac.constant dense<0> : tensor<i64>
  %i1 = gac.constant dense<1> : tensor<i64>
  %a01 = gac.constant dense<[0, 1]> : tensor<2xi64>
  %a012 = gac.constant dense<[0, 1, 2]> : tensor<3xi64>
  %a3 = gac.constant dense<[0, 1, 3]> : tensor<3xi64>
  %s1 = gac.shape %q {start = 2 : i64, end = 3 : i64}
      : (tensor<?x4x?x16xf32>) -> tensor<1xi64>
  %s = gac.squeeze %s1
      : (tensor<1xi64>) -> tensor<i64>
  %r = gac.range %i0, %s, %i1
      : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xi64>
  %c = gac.add %r, %i0
      : (tensor<?xi64>, tensor<i64>) -> tensor<?xi64>
  %rq = gac.add %r, %i0
      : (tensor<?xi64>, tensor<i64>) -> tensor<?xi64>
  %row = gac.unsqueeze %rq, %a3
      : (tensor<?xi64>, tensor<3xi64>) -> tensor<1x1x?x1xi64>
  %col = gac.unsqueeze %c, %a012
      : (tensor<?xi64>, tensor<3xi64>) -> tensor<1x1x1x?xi64>
  %b = gac.greater_or_equal %row, %col
      : (tensor<1x1x?x1xi64>, tensor<1x1x1x?xi64>) -> tensor<1x1x?x?xi1>
  %y = gac.attention %q, %k, %v, %b {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>,
       resultSegmentSizes = array<i32: 1, 0, 0, 0>, scale = 0.25 : f32}
      : (tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>, tensor<1x1x?x?xi1>) -> tensor<?x4x?x16xf32>
  return %y : tensor<?x4x?x16xf32>
}

// -----

// The same negated.
// CHECK-LABEL: func.func @not_later
func.func @not_later(
    %q: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]},
    %k: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]},
    %v: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]})
    -> tensor<?x4x?x16xf32> {
  // CHECK:      gac.attention %arg0, %arg1, %arg2 {
  // CHECK-SAME:   is_causal = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>
  %i0 = gac.constant dense<0> : tensor<i64>
  %i1 = gac.constant dense<1> : tensor<i64>
  %a01 = gac.constant dense<[0, 1]> : tensor<2xi64>
  %a012 = gac.constant dense<[0, 1, 2]> : tensor<3xi64>
  %a3 = gac.constant dense<[0, 1, 3]> : tensor<3xi64>
  %s1 = gac.shape %q {start = 2 : i64, end = 3 : i64}
      : (tensor<?x4x?x16xf32>) -> tensor<1xi64>
  %s = gac.squeeze %s1
      : (tensor<1xi64>) -> tensor<i64>
  %r = gac.range %i0, %s, %i1
      : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xi64>
  %c = gac.add %r, %i0
      : (tensor<?xi64>, tensor<i64>) -> tensor<?xi64>
  %rq = gac.add %r, %i0
      : (tensor<?xi64>, tensor<i64>) -> tensor<?xi64>
  %row = gac.unsqueeze %rq, %a3
      : (tensor<?xi64>, tensor<3xi64>) -> tensor<1x1x?x1xi64>
  %col = gac.unsqueeze %c, %a012
      : (tensor<?xi64>, tensor<3xi64>) -> tensor<1x1x1x?xi64>
  %b = gac.greater %col, %row
      : (tensor<1x1x1x?xi64>, tensor<1x1x?x1xi64>) -> tensor<1x1x?x?xi1>
  %n = gac.not %b
      : (tensor<1x1x?x?xi1>) -> tensor<1x1x?x?xi1>
  %y = gac.attention %q, %k, %v, %n {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>,
       resultSegmentSizes = array<i32: 1, 0, 0, 0>, scale = 0.25 : f32}
      : (tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>, tensor<1x1x?x?xi1>) -> tensor<?x4x?x16xf32>
  return %y : tensor<?x4x?x16xf32>
}

// -----

// As numbers that are added.
// CHECK-LABEL: func.func @additive
func.func @additive(
    %q: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]},
    %k: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]},
    %v: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]})
    -> tensor<?x4x?x16xf32> {
  // CHECK:      gac.attention %arg0, %arg1, %arg2 {
  // CHECK-SAME:   is_causal = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>
  %zero = gac.constant dense<0.0> : tensor<f32>
  %low = gac.constant dense<-3.40282347E+38> : tensor<f32>
  %i0 = gac.constant dense<0> : tensor<i64>
  %i1 = gac.constant dense<1> : tensor<i64>
  %a01 = gac.constant dense<[0, 1]> : tensor<2xi64>
  %a012 = gac.constant dense<[0, 1, 2]> : tensor<3xi64>
  %a3 = gac.constant dense<[0, 1, 3]> : tensor<3xi64>
  %s1 = gac.shape %q {start = 2 : i64, end = 3 : i64}
      : (tensor<?x4x?x16xf32>) -> tensor<1xi64>
  %s = gac.squeeze %s1
      : (tensor<1xi64>) -> tensor<i64>
  %r = gac.range %i0, %s, %i1
      : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xi64>
  %c = gac.add %r, %i0
      : (tensor<?xi64>, tensor<i64>) -> tensor<?xi64>
  %rq = gac.add %r, %i0
      : (tensor<?xi64>, tensor<i64>) -> tensor<?xi64>
  %row = gac.unsqueeze %rq, %a3
      : (tensor<?xi64>, tensor<3xi64>) -> tensor<1x1x?x1xi64>
  %col = gac.unsqueeze %c, %a012
      : (tensor<?xi64>, tensor<3xi64>) -> tensor<1x1x1x?xi64>
  %b = gac.less_or_equal %col, %row
      : (tensor<1x1x1x?xi64>, tensor<1x1x?x1xi64>) -> tensor<1x1x?x?xi1>
  %m = gac.where %b, %zero, %low
      : (tensor<1x1x?x?xi1>, tensor<f32>, tensor<f32>) -> tensor<1x1x?x?xf32>
  %y = gac.attention %q, %k, %v, %m {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>,
       resultSegmentSizes = array<i32: 1, 0, 0, 0>, scale = 0.25 : f32}
      : (tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>, tensor<1x1x?x?xf32>) -> tensor<?x4x?x16xf32>
  return %y : tensor<?x4x?x16xf32>
}

// -----

// Recovered first, without a guard: every row sees itself.
// CHECK-LABEL: func.func @decomposed
func.func @decomposed(
    %q: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]},
    %k: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]},
    %v: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]})
    -> tensor<?x4x?x16xf32> {
  // CHECK:      gac.attention %arg0, %arg1, %arg2 {
  // CHECK-SAME:   is_causal = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>
  %zero = gac.constant dense<0.0> : tensor<f32>
  %low = gac.constant dense<0xFF800000> : tensor<f32>
  %kt = gac.transpose %k {perm = array<i64: 0, 1, 3, 2>}
      : (tensor<?x4x?x16xf32>) -> tensor<?x4x16x?xf32>
  %i0 = gac.constant dense<0> : tensor<i64>
  %i1 = gac.constant dense<1> : tensor<i64>
  %a01 = gac.constant dense<[0, 1]> : tensor<2xi64>
  %a012 = gac.constant dense<[0, 1, 2]> : tensor<3xi64>
  %a3 = gac.constant dense<[0, 1, 3]> : tensor<3xi64>
  %s1 = gac.shape %q {start = 2 : i64, end = 3 : i64}
      : (tensor<?x4x?x16xf32>) -> tensor<1xi64>
  %s = gac.squeeze %s1
      : (tensor<1xi64>) -> tensor<i64>
  %r = gac.range %i0, %s, %i1
      : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xi64>
  %c = gac.add %r, %i0
      : (tensor<?xi64>, tensor<i64>) -> tensor<?xi64>
  %rq = gac.add %r, %i0
      : (tensor<?xi64>, tensor<i64>) -> tensor<?xi64>
  %row = gac.unsqueeze %rq, %a3
      : (tensor<?xi64>, tensor<3xi64>) -> tensor<1x1x?x1xi64>
  %col = gac.unsqueeze %c, %a012
      : (tensor<?xi64>, tensor<3xi64>) -> tensor<1x1x1x?xi64>
  %b = gac.less_or_equal %col, %row
      : (tensor<1x1x1x?xi64>, tensor<1x1x?x1xi64>) -> tensor<1x1x?x?xi1>
  %m = gac.where %b, %zero, %low
      : (tensor<1x1x?x?xi1>, tensor<f32>, tensor<f32>) -> tensor<1x1x?x?xf32>
  %half = gac.constant dense<0.5> : tensor<f32>
  %qs = gac.mul %q, %half
      : (tensor<?x4x?x16xf32>, tensor<f32>) -> tensor<?x4x?x16xf32>
  %ks = gac.mul %kt, %half
      : (tensor<?x4x16x?xf32>, tensor<f32>) -> tensor<?x4x16x?xf32>
  %0 = gac.matmul %qs, %ks
      : (tensor<?x4x?x16xf32>, tensor<?x4x16x?xf32>) -> tensor<?x4x?x?xf32>
  %1 = gac.add %0, %m
      : (tensor<?x4x?x?xf32>, tensor<1x1x?x?xf32>) -> tensor<?x4x?x?xf32>
  %2 = gac.softmax %1 {axis = -1 : i64}
      : (tensor<?x4x?x?xf32>) -> tensor<?x4x?x?xf32>
  %y = gac.matmul %2, %v {gac.outputs = ["sdpa"]}
      : (tensor<?x4x?x?xf32>, tensor<?x4x?x16xf32>) -> tensor<?x4x?x16xf32>
  return %y : tensor<?x4x?x16xf32>
}

// -----

// And with what is always true.
// CHECK-LABEL: func.func @with_true
func.func @with_true(
    %q: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]},
    %k: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]},
    %v: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]})
    -> tensor<?x4x?x16xf32> {
  // CHECK:      gac.attention %arg0, %arg1, %arg2 {
  // CHECK-SAME:   is_causal = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>
  %i0 = gac.constant dense<0> : tensor<i64>
  %i1 = gac.constant dense<1> : tensor<i64>
  %a01 = gac.constant dense<[0, 1]> : tensor<2xi64>
  %a012 = gac.constant dense<[0, 1, 2]> : tensor<3xi64>
  %a3 = gac.constant dense<[0, 1, 3]> : tensor<3xi64>
  %s1 = gac.shape %q {start = 2 : i64, end = 3 : i64}
      : (tensor<?x4x?x16xf32>) -> tensor<1xi64>
  %s = gac.squeeze %s1
      : (tensor<1xi64>) -> tensor<i64>
  %r = gac.range %i0, %s, %i1
      : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xi64>
  %c = gac.add %r, %i0
      : (tensor<?xi64>, tensor<i64>) -> tensor<?xi64>
  %rq = gac.add %r, %i0
      : (tensor<?xi64>, tensor<i64>) -> tensor<?xi64>
  %row = gac.unsqueeze %rq, %a3
      : (tensor<?xi64>, tensor<3xi64>) -> tensor<1x1x?x1xi64>
  %col = gac.unsqueeze %c, %a012
      : (tensor<?xi64>, tensor<3xi64>) -> tensor<1x1x1x?xi64>
  %b = gac.less_or_equal %col, %row
      : (tensor<1x1x1x?xi64>, tensor<1x1x?x1xi64>) -> tensor<1x1x?x?xi1>
  %true = gac.constant dense<true> : tensor<i1>
  %e = gac.equal %rq, %r
      : (tensor<?xi64>, tensor<?xi64>) -> tensor<?xi1>
  %m = gac.and %true, %b
      : (tensor<i1>, tensor<1x1x?x?xi1>) -> tensor<1x1x?x?xi1>
  %n = gac.and %m, %e
      : (tensor<1x1x?x?xi1>, tensor<?xi1>) -> tensor<1x1x?x?xi1>
  %y = gac.attention %q, %k, %v, %n {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>,
       resultSegmentSizes = array<i32: 1, 0, 0, 0>, scale = 0.25 : f32}
      : (tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>, tensor<1x1x?x?xi1>) -> tensor<?x4x?x16xf32>
  return %y : tensor<?x4x?x16xf32>
}

// -----

// The first position less one, before all: differences are 1 everywhere, as the
// exporter looks for packed sequences.
// CHECK-LABEL: func.func @segments
func.func @segments(
    %q: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]},
    %k: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]},
    %v: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]})
    -> tensor<?x4x?x16xf32> {
  // CHECK:      gac.attention %arg0, %arg1, %arg2 {
  // CHECK-SAME:   is_causal = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>
  %i0 = gac.constant dense<0> : tensor<i64>
  %i1 = gac.constant dense<1> : tensor<i64>
  %a01 = gac.constant dense<[0, 1]> : tensor<2xi64>
  %a012 = gac.constant dense<[0, 1, 2]> : tensor<3xi64>
  %a3 = gac.constant dense<[0, 1, 3]> : tensor<3xi64>
  %s1 = gac.shape %q {start = 2 : i64, end = 3 : i64}
      : (tensor<?x4x?x16xf32>) -> tensor<1xi64>
  %s = gac.squeeze %s1
      : (tensor<1xi64>) -> tensor<i64>
  %r = gac.range %i0, %s, %i1
      : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xi64>
  %c = gac.add %r, %i0
      : (tensor<?xi64>, tensor<i64>) -> tensor<?xi64>
  %rq = gac.add %r, %i0
      : (tensor<?xi64>, tensor<i64>) -> tensor<?xi64>
  %row = gac.unsqueeze %rq, %a3
      : (tensor<?xi64>, tensor<3xi64>) -> tensor<1x1x?x1xi64>
  %col = gac.unsqueeze %c, %a012
      : (tensor<?xi64>, tensor<3xi64>) -> tensor<1x1x1x?xi64>
  %b = gac.less_or_equal %col, %row
      : (tensor<1x1x1x?xi64>, tensor<1x1x?x1xi64>) -> tensor<1x1x?x?xi1>
  %b0 = gac.constant dense<0> : tensor<1xi64>
  %b1 = gac.constant dense<1> : tensor<1xi64>
  %end = gac.constant dense<-1> : tensor<1xi64>
  %max = gac.constant dense<9223372036854775807> : tensor<1xi64>
  %f = gac.slice %r, %b0, %b1 {axes = array<i64: 0>,
       operandSegmentSizes = array<i32: 1, 1, 1, 0, 0>}
      : (tensor<?xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<1xi64>
  %g = gac.sub %f, %i1
      : (tensor<1xi64>, tensor<i64>) -> tensor<1xi64>
  %h = gac.concat %g, %r {axis = 0 : i64, gac.dims = [["seq + 1"]]}
      : (tensor<1xi64>, tensor<?xi64>) -> tensor<?xi64>
  %tail = gac.slice %h, %b1, %max, %b0 {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0>}
      : (tensor<?xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<?xi64>
  %head = gac.slice %h, %b0, %end, %b0 {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0>}
      : (tensor<?xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<?xi64>
  %d = gac.sub %tail, %head
      : (tensor<?xi64>, tensor<?xi64>) -> tensor<?xi64>
  %e = gac.equal %d, %i1
      : (tensor<?xi64>, tensor<i64>) -> tensor<?xi1>
  %n = gac.and %b, %e
      : (tensor<1x1x?x?xi1>, tensor<?xi1>) -> tensor<1x1x?x?xi1>
  %y = gac.attention %q, %k, %v, %n {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>,
       resultSegmentSizes = array<i32: 1, 0, 0, 0>, scale = 0.25 : f32}
      : (tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>, tensor<1x1x?x?xi1>) -> tensor<?x4x?x16xf32>
  return %y : tensor<?x4x?x16xf32>
}

// -----

// A row does not see itself.
// CHECK-LABEL: func.func @without_diagonal
func.func @without_diagonal(
    %q: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]},
    %k: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]},
    %v: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]})
    -> tensor<?x4x?x16xf32> {
  // CHECK: gac.attention {{.*}}operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>
  %i0 = gac.constant dense<0> : tensor<i64>
  %i1 = gac.constant dense<1> : tensor<i64>
  %a01 = gac.constant dense<[0, 1]> : tensor<2xi64>
  %a012 = gac.constant dense<[0, 1, 2]> : tensor<3xi64>
  %a3 = gac.constant dense<[0, 1, 3]> : tensor<3xi64>
  %s1 = gac.shape %q {start = 2 : i64, end = 3 : i64}
      : (tensor<?x4x?x16xf32>) -> tensor<1xi64>
  %s = gac.squeeze %s1
      : (tensor<1xi64>) -> tensor<i64>
  %r = gac.range %i0, %s, %i1
      : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xi64>
  %c = gac.add %r, %i0
      : (tensor<?xi64>, tensor<i64>) -> tensor<?xi64>
  %rq = gac.add %r, %i0
      : (tensor<?xi64>, tensor<i64>) -> tensor<?xi64>
  %row = gac.unsqueeze %rq, %a3
      : (tensor<?xi64>, tensor<3xi64>) -> tensor<1x1x?x1xi64>
  %col = gac.unsqueeze %c, %a012
      : (tensor<?xi64>, tensor<3xi64>) -> tensor<1x1x1x?xi64>
  %b = gac.less %col, %row
      : (tensor<1x1x1x?xi64>, tensor<1x1x?x1xi64>) -> tensor<1x1x?x?xi1>
  %y = gac.attention %q, %k, %v, %b {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>,
       resultSegmentSizes = array<i32: 1, 0, 0, 0>, scale = 0.25 : f32}
      : (tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>, tensor<1x1x?x?xi1>) -> tensor<?x4x?x16xf32>
  return %y : tensor<?x4x?x16xf32>
}

// -----

// A row sees the next one.
// CHECK-LABEL: func.func @one_further
func.func @one_further(
    %q: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]},
    %k: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]},
    %v: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]})
    -> tensor<?x4x?x16xf32> {
  // CHECK: gac.attention {{.*}}operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>
  %i0 = gac.constant dense<0> : tensor<i64>
  %i1 = gac.constant dense<1> : tensor<i64>
  %a01 = gac.constant dense<[0, 1]> : tensor<2xi64>
  %a012 = gac.constant dense<[0, 1, 2]> : tensor<3xi64>
  %a3 = gac.constant dense<[0, 1, 3]> : tensor<3xi64>
  %s1 = gac.shape %q {start = 2 : i64, end = 3 : i64}
      : (tensor<?x4x?x16xf32>) -> tensor<1xi64>
  %s = gac.squeeze %s1
      : (tensor<1xi64>) -> tensor<i64>
  %r = gac.range %i0, %s, %i1
      : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xi64>
  %c = gac.add %r, %i0
      : (tensor<?xi64>, tensor<i64>) -> tensor<?xi64>
  %rq = gac.add %r, %i1
      : (tensor<?xi64>, tensor<i64>) -> tensor<?xi64>
  %row = gac.unsqueeze %rq, %a3
      : (tensor<?xi64>, tensor<3xi64>) -> tensor<1x1x?x1xi64>
  %col = gac.unsqueeze %c, %a012
      : (tensor<?xi64>, tensor<3xi64>) -> tensor<1x1x1x?xi64>
  %b = gac.less_or_equal %col, %row
      : (tensor<1x1x1x?xi64>, tensor<1x1x?x1xi64>) -> tensor<1x1x?x?xi1>
  %y = gac.attention %q, %k, %v, %b {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>,
       resultSegmentSizes = array<i32: 1, 0, 0, 0>, scale = 0.25 : f32}
      : (tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>, tensor<1x1x?x?xi1>) -> tensor<?x4x?x16xf32>
  return %y : tensor<?x4x?x16xf32>
}

// -----

// What came before is hidden.
// CHECK-LABEL: func.func @earlier_hidden
func.func @earlier_hidden(
    %q: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]},
    %k: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]},
    %v: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]})
    -> tensor<?x4x?x16xf32> {
  // CHECK: gac.attention {{.*}}operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>
  %i0 = gac.constant dense<0> : tensor<i64>
  %i1 = gac.constant dense<1> : tensor<i64>
  %a01 = gac.constant dense<[0, 1]> : tensor<2xi64>
  %a012 = gac.constant dense<[0, 1, 2]> : tensor<3xi64>
  %a3 = gac.constant dense<[0, 1, 3]> : tensor<3xi64>
  %s1 = gac.shape %q {start = 2 : i64, end = 3 : i64}
      : (tensor<?x4x?x16xf32>) -> tensor<1xi64>
  %s = gac.squeeze %s1
      : (tensor<1xi64>) -> tensor<i64>
  %r = gac.range %i0, %s, %i1
      : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xi64>
  %c = gac.add %r, %i0
      : (tensor<?xi64>, tensor<i64>) -> tensor<?xi64>
  %rq = gac.add %r, %i0
      : (tensor<?xi64>, tensor<i64>) -> tensor<?xi64>
  %row = gac.unsqueeze %rq, %a3
      : (tensor<?xi64>, tensor<3xi64>) -> tensor<1x1x?x1xi64>
  %col = gac.unsqueeze %c, %a012
      : (tensor<?xi64>, tensor<3xi64>) -> tensor<1x1x1x?xi64>
  %b = gac.less_or_equal %row, %col
      : (tensor<1x1x?x1xi64>, tensor<1x1x1x?xi64>) -> tensor<1x1x?x?xi1>
  %y = gac.attention %q, %k, %v, %b {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>,
       resultSegmentSizes = array<i32: 1, 0, 0, 0>, scale = 0.25 : f32}
      : (tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>, tensor<1x1x?x?xi1>) -> tensor<?x4x?x16xf32>
  return %y : tensor<?x4x?x16xf32>
}

// -----

// One input decides what is seen.
// CHECK-LABEL: func.func @from_data
func.func @from_data(
    %q: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]},
    %k: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]},
    %v: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]},
    %z: tensor<?xi1>
        {gac.dims = ["seq"]})
    -> tensor<?x4x?x16xf32> {
  // CHECK: gac.attention {{.*}}operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>
  %i0 = gac.constant dense<0> : tensor<i64>
  %i1 = gac.constant dense<1> : tensor<i64>
  %a01 = gac.constant dense<[0, 1]> : tensor<2xi64>
  %a012 = gac.constant dense<[0, 1, 2]> : tensor<3xi64>
  %a3 = gac.constant dense<[0, 1, 3]> : tensor<3xi64>
  %s1 = gac.shape %q {start = 2 : i64, end = 3 : i64}
      : (tensor<?x4x?x16xf32>) -> tensor<1xi64>
  %s = gac.squeeze %s1
      : (tensor<1xi64>) -> tensor<i64>
  %r = gac.range %i0, %s, %i1
      : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xi64>
  %c = gac.add %r, %i0
      : (tensor<?xi64>, tensor<i64>) -> tensor<?xi64>
  %rq = gac.add %r, %i0
      : (tensor<?xi64>, tensor<i64>) -> tensor<?xi64>
  %row = gac.unsqueeze %rq, %a3
      : (tensor<?xi64>, tensor<3xi64>) -> tensor<1x1x?x1xi64>
  %col = gac.unsqueeze %c, %a012
      : (tensor<?xi64>, tensor<3xi64>) -> tensor<1x1x1x?xi64>
  %b = gac.less_or_equal %col, %row
      : (tensor<1x1x1x?xi64>, tensor<1x1x?x1xi64>) -> tensor<1x1x?x?xi1>
  %n = gac.and %b, %z
      : (tensor<1x1x?x?xi1>, tensor<?xi1>) -> tensor<1x1x?x?xi1>
  %y = gac.attention %q, %k, %v, %n {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>,
       resultSegmentSizes = array<i32: 1, 0, 0, 0>, scale = 0.25 : f32}
      : (tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>, tensor<1x1x?x?xi1>) -> tensor<?x4x?x16xf32>
  return %y : tensor<?x4x?x16xf32>
}

// -----

// The mask adds another number than zero.
// CHECK-LABEL: func.func @other_value
func.func @other_value(
    %q: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]},
    %k: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]},
    %v: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]})
    -> tensor<?x4x?x16xf32> {
  // CHECK: gac.attention {{.*}}operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>
  %zero = gac.constant dense<0.5> : tensor<f32>
  %low = gac.constant dense<-3.40282347E+38> : tensor<f32>
  %i0 = gac.constant dense<0> : tensor<i64>
  %i1 = gac.constant dense<1> : tensor<i64>
  %a01 = gac.constant dense<[0, 1]> : tensor<2xi64>
  %a012 = gac.constant dense<[0, 1, 2]> : tensor<3xi64>
  %a3 = gac.constant dense<[0, 1, 3]> : tensor<3xi64>
  %s1 = gac.shape %q {start = 2 : i64, end = 3 : i64}
      : (tensor<?x4x?x16xf32>) -> tensor<1xi64>
  %s = gac.squeeze %s1
      : (tensor<1xi64>) -> tensor<i64>
  %r = gac.range %i0, %s, %i1
      : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xi64>
  %c = gac.add %r, %i0
      : (tensor<?xi64>, tensor<i64>) -> tensor<?xi64>
  %rq = gac.add %r, %i0
      : (tensor<?xi64>, tensor<i64>) -> tensor<?xi64>
  %row = gac.unsqueeze %rq, %a3
      : (tensor<?xi64>, tensor<3xi64>) -> tensor<1x1x?x1xi64>
  %col = gac.unsqueeze %c, %a012
      : (tensor<?xi64>, tensor<3xi64>) -> tensor<1x1x1x?xi64>
  %b = gac.less_or_equal %col, %row
      : (tensor<1x1x1x?xi64>, tensor<1x1x?x1xi64>) -> tensor<1x1x?x?xi1>
  %m = gac.where %b, %zero, %low
      : (tensor<1x1x?x?xi1>, tensor<f32>, tensor<f32>) -> tensor<1x1x?x?xf32>
  %y = gac.attention %q, %k, %v, %m {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>,
       resultSegmentSizes = array<i32: 1, 0, 0, 0>, scale = 0.25 : f32}
      : (tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>, tensor<1x1x?x?xf32>) -> tensor<?x4x?x16xf32>
  return %y : tensor<?x4x?x16xf32>
}

// -----

// What is hidden only weighs less.
// CHECK-LABEL: func.func @weak_mask
func.func @weak_mask(
    %q: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]},
    %k: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]},
    %v: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]})
    -> tensor<?x4x?x16xf32> {
  // CHECK: gac.attention {{.*}}operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>
  %zero = gac.constant dense<0.0> : tensor<f32>
  %low = gac.constant dense<-10.0> : tensor<f32>
  %i0 = gac.constant dense<0> : tensor<i64>
  %i1 = gac.constant dense<1> : tensor<i64>
  %a01 = gac.constant dense<[0, 1]> : tensor<2xi64>
  %a012 = gac.constant dense<[0, 1, 2]> : tensor<3xi64>
  %a3 = gac.constant dense<[0, 1, 3]> : tensor<3xi64>
  %s1 = gac.shape %q {start = 2 : i64, end = 3 : i64}
      : (tensor<?x4x?x16xf32>) -> tensor<1xi64>
  %s = gac.squeeze %s1
      : (tensor<1xi64>) -> tensor<i64>
  %r = gac.range %i0, %s, %i1
      : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xi64>
  %c = gac.add %r, %i0
      : (tensor<?xi64>, tensor<i64>) -> tensor<?xi64>
  %rq = gac.add %r, %i0
      : (tensor<?xi64>, tensor<i64>) -> tensor<?xi64>
  %row = gac.unsqueeze %rq, %a3
      : (tensor<?xi64>, tensor<3xi64>) -> tensor<1x1x?x1xi64>
  %col = gac.unsqueeze %c, %a012
      : (tensor<?xi64>, tensor<3xi64>) -> tensor<1x1x1x?xi64>
  %b = gac.less_or_equal %col, %row
      : (tensor<1x1x1x?xi64>, tensor<1x1x?x1xi64>) -> tensor<1x1x?x?xi1>
  %m = gac.where %b, %zero, %low
      : (tensor<1x1x?x?xi1>, tensor<f32>, tensor<f32>) -> tensor<1x1x?x?xf32>
  %y = gac.attention %q, %k, %v, %m {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>,
       resultSegmentSizes = array<i32: 1, 0, 0, 0>, scale = 0.25 : f32}
      : (tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>, tensor<1x1x?x?xf32>) -> tensor<?x4x?x16xf32>
  return %y : tensor<?x4x?x16xf32>
}

// -----

// Rows behind those of a cache: the operation appends them.
// CHECK-LABEL: func.func @cache
func.func @cache(
    %q: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]},
    %k: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]},
    %v: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]},
    %pk: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "past", ""]},
    %pv: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "past", ""]})
    -> (tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>) {
  // CHECK-NOT:  gac.concat
  // CHECK:      %[[Y:.+]], %[[K:.+]], %[[V:.+]] = gac.attention %arg0, %arg1, %arg2, %arg3, %arg4
  // CHECK-SAME:   gac.outputs = ["", "present.k", "present.v"], is_causal = 1
  // CHECK-SAME:   operandSegmentSizes = array<i32: 1, 1, 1, 0, 1, 1, 0>
  // CHECK-NEXT: return %[[Y]], %[[K]], %[[V]]
  %i0 = gac.constant dense<0> : tensor<i64>
  %i1 = gac.constant dense<1> : tensor<i64>
  %a01 = gac.constant dense<[0, 1]> : tensor<2xi64>
  %a012 = gac.constant dense<[0, 1, 2]> : tensor<3xi64>
  %a3 = gac.constant dense<[0, 1, 3]> : tensor<3xi64>
  %s1 = gac.shape %q {start = 2 : i64, end = 3 : i64}
      : (tensor<?x4x?x16xf32>) -> tensor<1xi64>
  %s = gac.squeeze %s1
      : (tensor<1xi64>) -> tensor<i64>
  %r = gac.range %i0, %s, %i1
      : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xi64>
  %p1 = gac.shape %pk {start = 2 : i64, end = 3 : i64}
      : (tensor<?x4x?x16xf32>) -> tensor<1xi64>
  %p = gac.squeeze %p1
      : (tensor<1xi64>) -> tensor<i64>
  %t = gac.add %s, %p
      : (tensor<i64>, tensor<i64>) -> tensor<i64>
  %c = gac.range %i0, %t, %i1
      : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xi64>
  %rq = gac.add %r, %p
      : (tensor<?xi64>, tensor<i64>) -> tensor<?xi64>
  %row = gac.unsqueeze %rq, %a3
      : (tensor<?xi64>, tensor<3xi64>) -> tensor<1x1x?x1xi64>
  %col = gac.unsqueeze %c, %a012
      : (tensor<?xi64>, tensor<3xi64>) -> tensor<1x1x1x?xi64>
  %b = gac.less_or_equal %col, %row
      : (tensor<1x1x1x?xi64>, tensor<1x1x?x1xi64>) -> tensor<1x1x?x?xi1>
  %ck = gac.concat %pk, %k {axis = -2 : i64, gac.dims = [["batch", "", "past + seq", ""]],
       gac.outputs = ["present.k"]}
      : (tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>) -> tensor<?x4x?x16xf32>
  %cv = gac.concat %pv, %v {axis = -2 : i64, gac.dims = [["batch", "", "past + seq", ""]],
       gac.outputs = ["present.v"]}
      : (tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>) -> tensor<?x4x?x16xf32>
  %y = gac.attention %q, %ck, %cv, %b {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>,
       resultSegmentSizes = array<i32: 1, 0, 0, 0>, scale = 0.25 : f32}
      : (tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>, tensor<1x1x?x?xi1>) -> tensor<?x4x?x16xf32>
  return %y, %ck, %cv
      : tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>
}

// -----

// The rows are taken to be the first ones.
// CHECK-LABEL: func.func @other_offset
func.func @other_offset(
    %q: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]},
    %k: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]},
    %v: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]},
    %pk: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "past", ""]},
    %pv: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "past", ""]})
    -> (tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>) {
  // CHECK: gac.attention {{.*}}operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>
  %i0 = gac.constant dense<0> : tensor<i64>
  %i1 = gac.constant dense<1> : tensor<i64>
  %a01 = gac.constant dense<[0, 1]> : tensor<2xi64>
  %a012 = gac.constant dense<[0, 1, 2]> : tensor<3xi64>
  %a3 = gac.constant dense<[0, 1, 3]> : tensor<3xi64>
  %s1 = gac.shape %q {start = 2 : i64, end = 3 : i64}
      : (tensor<?x4x?x16xf32>) -> tensor<1xi64>
  %s = gac.squeeze %s1
      : (tensor<1xi64>) -> tensor<i64>
  %r = gac.range %i0, %s, %i1
      : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xi64>
  %p1 = gac.shape %pk {start = 2 : i64, end = 3 : i64}
      : (tensor<?x4x?x16xf32>) -> tensor<1xi64>
  %p = gac.squeeze %p1
      : (tensor<1xi64>) -> tensor<i64>
  %t = gac.add %s, %p
      : (tensor<i64>, tensor<i64>) -> tensor<i64>
  %c = gac.range %i0, %t, %i1
      : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xi64>
  %rq = gac.add %r, %i0
      : (tensor<?xi64>, tensor<i64>) -> tensor<?xi64>
  %row = gac.unsqueeze %rq, %a3
      : (tensor<?xi64>, tensor<3xi64>) -> tensor<1x1x?x1xi64>
  %col = gac.unsqueeze %c, %a012
      : (tensor<?xi64>, tensor<3xi64>) -> tensor<1x1x1x?xi64>
  %b = gac.less_or_equal %col, %row
      : (tensor<1x1x1x?xi64>, tensor<1x1x?x1xi64>) -> tensor<1x1x?x?xi1>
  %ck = gac.concat %pk, %k {axis = -2 : i64, gac.dims = [["batch", "", "past + seq", ""]],
       gac.outputs = ["present.k"]}
      : (tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>) -> tensor<?x4x?x16xf32>
  %cv = gac.concat %pv, %v {axis = -2 : i64, gac.dims = [["batch", "", "past + seq", ""]],
       gac.outputs = ["present.v"]}
      : (tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>) -> tensor<?x4x?x16xf32>
  %y = gac.attention %q, %ck, %cv, %b {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>,
       resultSegmentSizes = array<i32: 1, 0, 0, 0>, scale = 0.25 : f32}
      : (tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>, tensor<1x1x?x?xi1>) -> tensor<?x4x?x16xf32>
  return %y, %ck, %cv
      : tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>
}

// -----

// The cache is read before.
// CHECK-LABEL: func.func @read_before
func.func @read_before(
    %q: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]},
    %k: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]},
    %v: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]},
    %pk: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "past", ""]},
    %pv: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "past", ""]})
    -> (tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>) {
  // CHECK: gac.attention {{.*}}operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>
  %i0 = gac.constant dense<0> : tensor<i64>
  %i1 = gac.constant dense<1> : tensor<i64>
  %a01 = gac.constant dense<[0, 1]> : tensor<2xi64>
  %a012 = gac.constant dense<[0, 1, 2]> : tensor<3xi64>
  %a3 = gac.constant dense<[0, 1, 3]> : tensor<3xi64>
  %s1 = gac.shape %q {start = 2 : i64, end = 3 : i64}
      : (tensor<?x4x?x16xf32>) -> tensor<1xi64>
  %s = gac.squeeze %s1
      : (tensor<1xi64>) -> tensor<i64>
  %r = gac.range %i0, %s, %i1
      : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xi64>
  %p1 = gac.shape %pk {start = 2 : i64, end = 3 : i64}
      : (tensor<?x4x?x16xf32>) -> tensor<1xi64>
  %p = gac.squeeze %p1
      : (tensor<1xi64>) -> tensor<i64>
  %t = gac.add %s, %p
      : (tensor<i64>, tensor<i64>) -> tensor<i64>
  %c = gac.range %i0, %t, %i1
      : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xi64>
  %rq = gac.add %r, %p
      : (tensor<?xi64>, tensor<i64>) -> tensor<?xi64>
  %row = gac.unsqueeze %rq, %a3
      : (tensor<?xi64>, tensor<3xi64>) -> tensor<1x1x?x1xi64>
  %col = gac.unsqueeze %c, %a012
      : (tensor<?xi64>, tensor<3xi64>) -> tensor<1x1x1x?xi64>
  %b = gac.less_or_equal %col, %row
      : (tensor<1x1x1x?xi64>, tensor<1x1x?x1xi64>) -> tensor<1x1x?x?xi1>
  %ck = gac.concat %pk, %k {axis = -2 : i64, gac.dims = [["batch", "", "past + seq", ""]],
       gac.outputs = ["present.k"]}
      : (tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>) -> tensor<?x4x?x16xf32>
  %cv = gac.concat %pv, %v {axis = -2 : i64, gac.dims = [["batch", "", "past + seq", ""]],
       gac.outputs = ["present.v"]}
      : (tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>) -> tensor<?x4x?x16xf32>
  %kk = gac.relu %ck
      : (tensor<?x4x?x16xf32>) -> tensor<?x4x?x16xf32>
  %y = gac.attention %q, %ck, %cv, %b {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>,
       resultSegmentSizes = array<i32: 1, 0, 0, 0>, scale = 0.25 : f32}
      : (tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>, tensor<1x1x?x?xi1>) -> tensor<?x4x?x16xf32>
  return %y, %ck, %cv
      : tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>
}
