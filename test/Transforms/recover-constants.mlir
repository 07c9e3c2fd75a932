// RUN: gac-opt %s --gac-recover --split-input-file | FileCheck %s

// With fixed sizes exporters compute masks themselves: a triangle of numbers,
// alike for all of the batch.
// CHECK-LABEL: func.func @triangle(
func.func @triangle(%q: tensor<2x4x3x16xf32>, %k: tensor<2x4x3x16xf32>,
                    %v: tensor<2x4x3x16xf32>) -> tensor<2x4x3x16xf32> {
  // CHECK: gac.attention %arg0, %arg1, %arg2 {is_causal = 1 : i64
  %m = gac.initializer "m" = dense<
      [[[[0.0, 0xFF800000, 0xFF800000], [0.0, 0.0, 0xFF800000], [0.0, 0.0, 0.0]]],
       [[[0.0, 0xFF800000, 0xFF800000], [0.0, 0.0, 0xFF800000], [0.0, 0.0, 0.0]]]]>
      : tensor<2x1x3x3xf32>
  %y = gac.attention %q, %k, %v, %m {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>,
      resultSegmentSizes = array<i32: 1, 0, 0, 0>, scale = 0.25 : f32}
      : (tensor<2x4x3x16xf32>, tensor<2x4x3x16xf32>, tensor<2x4x3x16xf32>, tensor<2x1x3x3xf32>) -> tensor<2x4x3x16xf32>
  return %y : tensor<2x4x3x16xf32>
}

// -----

// The second matrix hides one number more.
// CHECK-LABEL: func.func @unlike_matrices(
func.func @unlike_matrices(%q: tensor<2x4x3x16xf32>, %k: tensor<2x4x3x16xf32>,
                           %v: tensor<2x4x3x16xf32>) -> tensor<2x4x3x16xf32> {
  // CHECK: %[[M:.+]] = gac.initializer
  // CHECK: gac.attention %arg0, %arg1, %arg2, %[[M]] {is_causal = 0 : i64
  %m = gac.initializer "m" = dense<
      [[[[0.0, 0xFF800000, 0xFF800000], [0.0, 0.0, 0xFF800000], [0.0, 0.0, 0.0]]],
       [[[0.0, 0xFF800000, 0xFF800000], [0.0, 0.0, 0xFF800000], [0xFF800000, 0.0, 0.0]]]]>
      : tensor<2x1x3x3xf32>
  %y = gac.attention %q, %k, %v, %m {is_causal = 0 : i64,
      operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>,
      resultSegmentSizes = array<i32: 1, 0, 0, 0>, scale = 0.25 : f32}
      : (tensor<2x4x3x16xf32>, tensor<2x4x3x16xf32>, tensor<2x4x3x16xf32>, tensor<2x1x3x3xf32>) -> tensor<2x4x3x16xf32>
  return %y : tensor<2x4x3x16xf32>
}

// -----

// What is not hidden is not zero: a bias.
// CHECK-LABEL: func.func @bias(
func.func @bias(%q: tensor<2x4x3x16xf32>, %k: tensor<2x4x3x16xf32>,
                %v: tensor<2x4x3x16xf32>) -> tensor<2x4x3x16xf32> {
  // CHECK: %[[M:.+]] = gac.initializer
  // CHECK: gac.attention %arg0, %arg1, %arg2, %[[M]] {is_causal = 0 : i64
  %m = gac.initializer "m" = dense<
      [[0.0, -3.40282347E+38, -3.40282347E+38], [0.0, 0.0, -3.40282347E+38], [1.0, 0.0, 0.0]]>
      : tensor<3x3xf32>
  %y = gac.attention %q, %k, %v, %m {is_causal = 0 : i64,
      operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>,
      resultSegmentSizes = array<i32: 1, 0, 0, 0>, scale = 0.25 : f32}
      : (tensor<2x4x3x16xf32>, tensor<2x4x3x16xf32>, tensor<2x4x3x16xf32>, tensor<3x3xf32>) -> tensor<2x4x3x16xf32>
  return %y : tensor<2x4x3x16xf32>
}

// -----

// Nothing is hidden.
// CHECK-LABEL: func.func @zeros(
func.func @zeros(%q: tensor<2x4x3x16xf32>, %k: tensor<2x4x3x16xf32>,
                 %v: tensor<2x4x3x16xf32>) -> tensor<2x4x3x16xf32> {
  // CHECK: gac.attention %arg0, %arg1, %arg2 {is_causal = 0 : i64
  %m = gac.initializer "m" = dense<0.0> : tensor<3x3xf32>
  %y = gac.attention %q, %k, %v, %m {is_causal = 0 : i64,
      operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>,
      resultSegmentSizes = array<i32: 1, 0, 0, 0>, scale = 0.25 : f32}
      : (tensor<2x4x3x16xf32>, tensor<2x4x3x16xf32>, tensor<2x4x3x16xf32>, tensor<3x3xf32>) -> tensor<2x4x3x16xf32>
  return %y : tensor<2x4x3x16xf32>
}

// -----

// A window without its first columns: each row still sees itself, so that no
// softmax divides by zero. K is merged from five axes and split after it was
// transposed.
// CHECK-LABEL: func.func @window(
func.func @window(%q: tensor<1x4x3x16xf32>, %k: tensor<1x2x3x16xf32>,
                  %v: tensor<1x4x3x16xf32>) -> tensor<1x4x3x16xf32> {
  // CHECK-DAG: %[[M:.+]] = gac.initializer "m"
  // CHECK-DAG: %[[SIZES:.+]] = gac.constant dense<[1, 4, 3, 16]> : tensor<4xi64>
  // CHECK-DAG: %[[E:.+]] = gac.expand
  // CHECK:     %[[K:.+]] = gac.reshape %[[E]], %[[SIZES]]
  // CHECK:     gac.attention %arg0, %[[K]], %arg2, %[[M]] {gac.outputs = ["y"], is_causal = 0 : i64
  // CHECK-NOT: gac.softmax
  %m = gac.initializer "m" = dense<
      [[0.0, 0xFF800000, 0xFF800000], [0xFF800000, 0.0, 0xFF800000], [0xFF800000, 0.0, 0.0]]>
      : tensor<3x3xf32>
  %two = gac.constant dense<2> : tensor<1xi64>
  %five = gac.constant dense<[1, 2, 2, 3, 16]> : tensor<5xi64>
  %three = gac.constant dense<[4, 3, 16]> : tensor<3xi64>
  %four = gac.constant dense<[1, 4, 16, 3]> : tensor<4xi64>
  %0 = gac.unsqueeze %k, %two
      : (tensor<1x2x3x16xf32>, tensor<1xi64>) -> tensor<1x2x1x3x16xf32>
  %1 = gac.expand %0, %five
      : (tensor<1x2x1x3x16xf32>, tensor<5xi64>) -> tensor<1x2x2x3x16xf32>
  %2 = gac.reshape %1, %three
      : (tensor<1x2x2x3x16xf32>, tensor<3xi64>) -> tensor<4x3x16xf32>
  %3 = gac.transpose %2 {perm = array<i64: 0, 2, 1>}
      : (tensor<4x3x16xf32>) -> tensor<4x16x3xf32>
  %4 = gac.reshape %3, %four
      : (tensor<4x16x3xf32>, tensor<4xi64>) -> tensor<1x4x16x3xf32>
  %5 = gac.matmul %q, %4
      : (tensor<1x4x3x16xf32>, tensor<1x4x16x3xf32>) -> tensor<1x4x3x3xf32>
  %6 = gac.add %5, %m
      : (tensor<1x4x3x3xf32>, tensor<3x3xf32>) -> tensor<1x4x3x3xf32>
  %7 = gac.softmax %6 {axis = -1 : i64}
      : (tensor<1x4x3x3xf32>) -> tensor<1x4x3x3xf32>
  %y = gac.matmul %7, %v {gac.outputs = ["y"]}
      : (tensor<1x4x3x3xf32>, tensor<1x4x3x16xf32>) -> tensor<1x4x3x16xf32>
  return %y : tensor<1x4x3x16xf32>
}

// -----

// The second row sees nothing, and would be NaN.
// CHECK-LABEL: func.func @blind_row(
func.func @blind_row(%q: tensor<1x4x3x16xf32>, %kt: tensor<1x4x3x16xf32>,
                     %v: tensor<1x4x3x16xf32>) -> tensor<1x4x3x16xf32> {
  // CHECK-NOT: gac.attention
  %m = gac.initializer "m" = dense<
      [[0.0, 0xFF800000, 0xFF800000], [0xFF800000, 0xFF800000, 0xFF800000], [0xFF800000, 0.0, 0.0]]>
      : tensor<3x3xf32>
  %0 = gac.transpose %kt {perm = array<i64: 0, 1, 3, 2>}
      : (tensor<1x4x3x16xf32>) -> tensor<1x4x16x3xf32>
  %5 = gac.matmul %q, %0
      : (tensor<1x4x3x16xf32>, tensor<1x4x16x3xf32>) -> tensor<1x4x3x3xf32>
  %6 = gac.add %5, %m
      : (tensor<1x4x3x3xf32>, tensor<3x3xf32>) -> tensor<1x4x3x3xf32>
  %7 = gac.softmax %6 {axis = -1 : i64}
      : (tensor<1x4x3x3xf32>) -> tensor<1x4x3x3xf32>
  %y = gac.matmul %7, %v {gac.outputs = ["y"]}
      : (tensor<1x4x3x3xf32>, tensor<1x4x3x16xf32>) -> tensor<1x4x3x16xf32>
  return %y : tensor<1x4x3x16xf32>
}

// -----

// The first rows of a constant table. With one row of the table for any number
// of positions the product would repeat it; with four it cannot.
// CHECK-LABEL: func.func @first_rows(
func.func @first_rows(%x: tensor<1x2x?x4xf32> {gac.dims = ["", "", "seq", ""]})
    -> tensor<1x2x?x4xf32> {
  // CHECK-DAG: %[[C:.+]] = gac.constant dense<{{\[\[}}1.000000e+00, 2.000000e+00], [3.000000e+00, 4.000000e+00], [5.000000e+00, 6.000000e+00], [7.000000e+00, 8.000000e+00]]> : tensor<4x2xf32>
  // CHECK-DAG: %[[HALF:.+]] = gac.slice %[[C]]
  // CHECK-DAG: %[[COS:.+]] = gac.unsqueeze %[[HALF]]
  // CHECK:     gac.rotary_embedding %arg0, %[[COS]], %{{.+}} {gac.outputs = ["y"], interleaved = 0 : i64}
  %c = gac.initializer "c" = dense<[[1.0, 2.0, 1.0, 2.0], [3.0, 4.0, 3.0, 4.0],
      [5.0, 6.0, 5.0, 6.0], [7.0, 8.0, 7.0, 8.0]]> : tensor<4x4xf32>
  %s = gac.initializer "s" = dense<[[0.0, 2.0, 0.0, 2.0], [3.0, 4.0, 3.0, 4.0],
      [5.0, 6.0, 5.0, 6.0], [7.0, 8.0, 7.0, 8.0]]> : tensor<4x4xf32>
  %zero = gac.constant dense<0> : tensor<1xi64>
  %size = gac.shape %x {start = 2 : i64, end = 3 : i64}
      : (tensor<1x2x?x4xf32>) -> tensor<1xi64>
  %cos = gac.slice %c, %zero, %size, %zero
      {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0>}
      : (tensor<4x4xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<?x4xf32>
  %sin = gac.slice %s, %zero, %size, %zero
      {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0>}
      : (tensor<4x4xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<?x4xf32>
  %a, %b = gac.split %x {axis = -1 : i64, num_outputs = 2 : i64}
      : (tensor<1x2x?x4xf32>) -> (tensor<1x2x?x2xf32>, tensor<1x2x?x2xf32>)
  %n = gac.neg %b : (tensor<1x2x?x2xf32>) -> tensor<1x2x?x2xf32>
  %t = gac.concat %n, %a {axis = -1 : i64}
      : (tensor<1x2x?x2xf32>, tensor<1x2x?x2xf32>) -> tensor<1x2x?x4xf32>
  %0 = gac.mul %x, %cos
      : (tensor<1x2x?x4xf32>, tensor<?x4xf32>) -> tensor<1x2x?x4xf32>
  %1 = gac.mul %t, %sin
      : (tensor<1x2x?x4xf32>, tensor<?x4xf32>) -> tensor<1x2x?x4xf32>
  %y = gac.add %0, %1 {gac.outputs = ["y"]}
      : (tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>) -> tensor<1x2x?x4xf32>
  return %y : tensor<1x2x?x4xf32>
}

// -----

// Of one row, that may be all positions'.
// CHECK-LABEL: func.func @one_row(
func.func @one_row(%x: tensor<1x2x?x4xf32> {gac.dims = ["", "", "seq", ""]})
    -> tensor<1x2x?x4xf32> {
  // CHECK-NOT: gac.rotary_embedding
  %c = gac.initializer "c" = dense<[[1.0, 2.0, 1.0, 2.0]]> : tensor<1x4xf32>
  %zero = gac.constant dense<0> : tensor<1xi64>
  %size = gac.shape %x {start = 2 : i64, end = 3 : i64}
      : (tensor<1x2x?x4xf32>) -> tensor<1xi64>
  %cos = gac.slice %c, %zero, %size, %zero
      {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0>}
      : (tensor<1x4xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<?x4xf32>
  %a, %b = gac.split %x {axis = -1 : i64, num_outputs = 2 : i64}
      : (tensor<1x2x?x4xf32>) -> (tensor<1x2x?x2xf32>, tensor<1x2x?x2xf32>)
  %n = gac.neg %b : (tensor<1x2x?x2xf32>) -> tensor<1x2x?x2xf32>
  %t = gac.concat %n, %a {axis = -1 : i64}
      : (tensor<1x2x?x2xf32>, tensor<1x2x?x2xf32>) -> tensor<1x2x?x4xf32>
  %0 = gac.mul %x, %cos
      : (tensor<1x2x?x4xf32>, tensor<?x4xf32>) -> tensor<1x2x?x4xf32>
  %1 = gac.mul %t, %cos
      : (tensor<1x2x?x4xf32>, tensor<?x4xf32>) -> tensor<1x2x?x4xf32>
  %y = gac.add %0, %1 {gac.outputs = ["y"]}
      : (tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>) -> tensor<1x2x?x4xf32>
  return %y : tensor<1x2x?x4xf32>
}
