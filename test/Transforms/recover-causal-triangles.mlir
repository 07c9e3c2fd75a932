// RUN: gac-opt %s --gac-recover --split-input-file | FileCheck %s

// TorchScript's mask: minus infinity where a triangle of ones is zero.
// CHECK-LABEL: func.func @triangle_of_ones(
func.func @triangle_of_ones(%q: tensor<2x4x5x16xf32>,
                          %k: tensor<2x4x5x16xf32>,
                          %v: tensor<2x4x5x16xf32>)
    -> tensor<2x4x5x16xf32> {
  // CHECK:      gac.attention %arg0, %arg1, %arg2 {is_causal = 1 : i64
  %one = gac.constant dense<1.0> : tensor<1xf32>
  %z = gac.constant dense<0.0> : tensor<1xf32>
  %low = gac.constant dense<0xFF800000> : tensor<1xf32>
  %s = gac.constant dense<[5, 5]> : tensor<2xi64>
  %0 = gac.expand %one, %s
      : (tensor<1xf32>, tensor<2xi64>) -> tensor<5x5xf32>
  %1 = gac.trilu %0 {upper = 0 : i64}
      : (tensor<5x5xf32>) -> tensor<5x5xf32>
  %2 = gac.equal %1, %z
      : (tensor<5x5xf32>, tensor<1xf32>) -> tensor<5x5xi1>
  %3 = gac.where %2, %low, %z
      : (tensor<5x5xi1>, tensor<1xf32>, tensor<1xf32>) -> tensor<5x5xf32>
  %y = gac.attention %q, %k, %v, %3 {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>,
      resultSegmentSizes = array<i32: 1, 0, 0, 0>, scale = 0.25 : f32}
      : (tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<5x5xf32>) -> tensor<2x4x5x16xf32>
  return %y : tensor<2x4x5x16xf32>
}

// -----

// triu(full(lowest), 1)
// CHECK-LABEL: func.func @triangle_of_lowest(
func.func @triangle_of_lowest(%q: tensor<2x4x5x16xf32>,
                            %k: tensor<2x4x5x16xf32>,
                            %v: tensor<2x4x5x16xf32>)
    -> tensor<2x4x5x16xf32> {
  // CHECK:      gac.attention %arg0, %arg1, %arg2 {is_causal = 1 : i64
  %kk = gac.constant dense<1> : tensor<i64>
  %s = gac.constant dense<[1, 1, 5, 5]> : tensor<4xi64>
  %low = gac.constant dense<-3.40282347E+38> : tensor<f32>
  %0 = gac.expand %low, %s
      : (tensor<f32>, tensor<4xi64>) -> tensor<1x1x5x5xf32>
  %1 = gac.trilu %0, %kk {upper = 1 : i64}
      : (tensor<1x1x5x5xf32>, tensor<i64>) -> tensor<1x1x5x5xf32>
  %y = gac.attention %q, %k, %v, %1 {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>,
      resultSegmentSizes = array<i32: 1, 0, 0, 0>, scale = 0.25 : f32}
      : (tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<1x1x5x5xf32>) -> tensor<2x4x5x16xf32>
  return %y : tensor<2x4x5x16xf32>
}

// -----

// The same otherwise filled.
// CHECK-LABEL: func.func @triangle_of_infinity(
func.func @triangle_of_infinity(%q: tensor<2x4x5x16xf32>,
                              %k: tensor<2x4x5x16xf32>,
                              %v: tensor<2x4x5x16xf32>)
    -> tensor<2x4x5x16xf32> {
  // CHECK:      gac.attention %arg0, %arg1, %arg2 {is_causal = 1 : i64
  %kk = gac.constant dense<1> : tensor<i64>
  %s = gac.constant dense<[1, 1, 5, 5]> : tensor<4xi64>
  %0 = gac.constant_of_shape %s {value = dense<0xFF800000> : tensor<1xf32>}
      : (tensor<4xi64>) -> tensor<1x1x5x5xf32>
  %1 = gac.trilu %0, %kk {upper = 1 : i64}
      : (tensor<1x1x5x5xf32>, tensor<i64>) -> tensor<1x1x5x5xf32>
  %y = gac.attention %q, %k, %v, %1 {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>,
      resultSegmentSizes = array<i32: 1, 0, 0, 0>, scale = 0.25 : f32}
      : (tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<1x1x5x5xf32>) -> tensor<2x4x5x16xf32>
  return %y : tensor<2x4x5x16xf32>
}

// -----

// A row does not see itself.
// CHECK-LABEL: func.func @diagonal_hidden(
func.func @diagonal_hidden(%q: tensor<2x4x5x16xf32>,
                         %k: tensor<2x4x5x16xf32>,
                         %v: tensor<2x4x5x16xf32>)
    -> tensor<2x4x5x16xf32> {
  // CHECK:      gac.attention %arg0, %arg1, %arg2, %{{.+}} {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>
  %kk = gac.constant dense<0> : tensor<i64>
  %s = gac.constant dense<[1, 1, 5, 5]> : tensor<4xi64>
  %low = gac.constant dense<-3.40282347E+38> : tensor<f32>
  %0 = gac.expand %low, %s
      : (tensor<f32>, tensor<4xi64>) -> tensor<1x1x5x5xf32>
  %1 = gac.trilu %0, %kk {upper = 1 : i64}
      : (tensor<1x1x5x5xf32>, tensor<i64>) -> tensor<1x1x5x5xf32>
  %y = gac.attention %q, %k, %v, %1 {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>,
      resultSegmentSizes = array<i32: 1, 0, 0, 0>, scale = 0.25 : f32}
      : (tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<1x1x5x5xf32>) -> tensor<2x4x5x16xf32>
  return %y : tensor<2x4x5x16xf32>
}

// -----

// What came before is hidden.
// CHECK-LABEL: func.func @past_hidden(
func.func @past_hidden(%q: tensor<2x4x5x16xf32>,
                     %k: tensor<2x4x5x16xf32>,
                     %v: tensor<2x4x5x16xf32>)
    -> tensor<2x4x5x16xf32> {
  // CHECK:      gac.attention %arg0, %arg1, %arg2, %{{.+}} {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>
  %kk = gac.constant dense<-1> : tensor<i64>
  %s = gac.constant dense<[1, 1, 5, 5]> : tensor<4xi64>
  %low = gac.constant dense<-3.40282347E+38> : tensor<f32>
  %0 = gac.expand %low, %s
      : (tensor<f32>, tensor<4xi64>) -> tensor<1x1x5x5xf32>
  %1 = gac.trilu %0, %kk {upper = 0 : i64}
      : (tensor<1x1x5x5xf32>, tensor<i64>) -> tensor<1x1x5x5xf32>
  %y = gac.attention %q, %k, %v, %1 {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>,
      resultSegmentSizes = array<i32: 1, 0, 0, 0>, scale = 0.25 : f32}
      : (tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<1x1x5x5xf32>) -> tensor<2x4x5x16xf32>
  return %y : tensor<2x4x5x16xf32>
}

// -----

// Nothing is hidden.
// CHECK-LABEL: func.func @weak_triangle(
func.func @weak_triangle(%q: tensor<2x4x5x16xf32>,
                       %k: tensor<2x4x5x16xf32>,
                       %v: tensor<2x4x5x16xf32>)
    -> tensor<2x4x5x16xf32> {
  // CHECK:      gac.attention %arg0, %arg1, %arg2, %{{.+}} {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>
  %kk = gac.constant dense<1> : tensor<i64>
  %s = gac.constant dense<[1, 1, 5, 5]> : tensor<4xi64>
  %low = gac.constant dense<-1000.0> : tensor<f32>
  %0 = gac.expand %low, %s
      : (tensor<f32>, tensor<4xi64>) -> tensor<1x1x5x5xf32>
  %1 = gac.trilu %0, %kk {upper = 1 : i64}
      : (tensor<1x1x5x5xf32>, tensor<i64>) -> tensor<1x1x5x5xf32>
  %y = gac.attention %q, %k, %v, %1 {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>,
      resultSegmentSizes = array<i32: 1, 0, 0, 0>, scale = 0.25 : f32}
      : (tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<1x1x5x5xf32>) -> tensor<2x4x5x16xf32>
  return %y : tensor<2x4x5x16xf32>
}

// -----

// A constant of the model.
// CHECK-LABEL: func.func @constant_triangle(
func.func @constant_triangle(%q: tensor<2x4x5x16xf32>,
                           %k: tensor<2x4x5x16xf32>,
                           %v: tensor<2x4x5x16xf32>)
    -> tensor<2x4x5x16xf32> {
  // CHECK:      gac.attention %arg0, %arg1, %arg2 {is_causal = 1 : i64
  %b = gac.constant dense<[[true, false, false, false, false], [true, true, false, false, false], [true, true, true, false, false], [true, true, true, true, false], [true, true, true, true, true]]> : tensor<5x5xi1>
  %y = gac.attention %q, %k, %v, %b {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>,
      resultSegmentSizes = array<i32: 1, 0, 0, 0>, scale = 0.25 : f32}
      : (tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<5x5xi1>) -> tensor<2x4x5x16xf32>
  return %y : tensor<2x4x5x16xf32>
}

// -----

// With one column more.
// CHECK-LABEL: func.func @constant_other(
func.func @constant_other(%q: tensor<2x4x5x16xf32>,
                        %k: tensor<2x4x5x16xf32>,
                        %v: tensor<2x4x5x16xf32>)
    -> tensor<2x4x5x16xf32> {
  // CHECK:      gac.attention %arg0, %arg1, %arg2, %{{.+}} {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>
  %b = gac.constant dense<[[true, false, false, false, false], [true, true, false, true, false], [true, true, true, false, false], [true, true, true, true, false], [true, true, true, true, true]]> : tensor<5x5xi1>
  %y = gac.attention %q, %k, %v, %b {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>,
      resultSegmentSizes = array<i32: 1, 0, 0, 0>, scale = 0.25 : f32}
      : (tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<5x5xi1>) -> tensor<2x4x5x16xf32>
  return %y : tensor<2x4x5x16xf32>
}

// -----

// A corner of a larger one, as GPT-2 has it.
// CHECK-LABEL: func.func @constant_sliced(
func.func @constant_sliced(%q: tensor<2x4x5x16xf32>,
                         %k: tensor<2x4x5x16xf32>,
                         %v: tensor<2x4x5x16xf32>)
    -> tensor<2x4x5x16xf32> {
  // CHECK:      gac.attention %arg0, %arg1, %arg2 {is_causal = 1 : i64
  %z = gac.constant dense<0> : tensor<1xi64>
  %o = gac.constant dense<1> : tensor<1xi64>
  %e = gac.constant dense<5> : tensor<1xi64>
  %n = gac.constant dense<9> : tensor<1xi64>
  %a4 = gac.constant dense<4> : tensor<1xi64>
  %b = gac.constant dense<[[true, false, false, false, false, false, false, false, false], [true, true, false, false, false, false, false, false, false], [true, true, true, false, false, false, false, false, false], [true, true, true, true, false, false, false, false, false], [true, true, true, true, true, false, false, false, false], [true, true, true, true, true, true, false, false, false], [true, true, true, true, true, true, true, false, false], [true, true, true, true, true, true, true, true, false], [true, true, true, true, true, true, true, true, true]]> : tensor<9x9xi1>
  %0 = gac.slice %b, %z, %e, %z, %o {operandSegmentSizes = array<i32: 1, 1, 1, 1, 1>}
      : (tensor<9x9xi1>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<5x9xi1>
  %1 = gac.slice %0, %z, %e, %o, %o {operandSegmentSizes = array<i32: 1, 1, 1, 1, 1>}
      : (tensor<5x9xi1>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<5x5xi1>
  %y = gac.attention %q, %k, %v, %1 {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>,
      resultSegmentSizes = array<i32: 1, 0, 0, 0>, scale = 0.25 : f32}
      : (tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<5x5xi1>) -> tensor<2x4x5x16xf32>
  return %y : tensor<2x4x5x16xf32>
}

// -----

// An encoder attends to all: positions are not negative.
// CHECK-LABEL: func.func @hides_nothing(
func.func @hides_nothing(%q: tensor<2x4x5x16xf32>,
                       %k: tensor<2x4x5x16xf32>,
                       %v: tensor<2x4x5x16xf32>)
    -> tensor<2x4x5x16xf32> {
  // CHECK:      gac.attention %arg0, %arg1, %arg2 {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>
  // CHECK-NOT:  is_causal = 1
  %i0 = gac.constant dense<0> : tensor<i64>
  %i1 = gac.constant dense<1> : tensor<i64>
  %n = gac.constant dense<5> : tensor<i64>
  %axes = gac.constant dense<[0, 1, 3]> : tensor<3xi64>
  %low = gac.constant dense<-3.40282347E+38> : tensor<f32>
  %zero = gac.constant dense<0.0> : tensor<f32>
  %s = gac.constant dense<[2, 1, 5, 5]> : tensor<4xi64>
  %0 = gac.range %i0, %n, %i1
      : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<5xi64>
  %1 = gac.unsqueeze %0, %axes
      : (tensor<5xi64>, tensor<3xi64>) -> tensor<1x1x5x1xi64>
  %2 = gac.greater_or_equal %1, %i0
      : (tensor<1x1x5x1xi64>, tensor<i64>) -> tensor<1x1x5x1xi1>
  %3 = gac.expand %2, %s
      : (tensor<1x1x5x1xi1>, tensor<4xi64>) -> tensor<2x1x5x5xi1>
  %4 = gac.where %3, %zero, %low
      : (tensor<2x1x5x5xi1>, tensor<f32>, tensor<f32>) -> tensor<2x1x5x5xf32>
  %y = gac.attention %q, %k, %v, %4 {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>,
      resultSegmentSizes = array<i32: 1, 0, 0, 0>, scale = 0.25 : f32}
      : (tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x1x5x5xf32>) -> tensor<2x4x5x16xf32>
  return %y : tensor<2x4x5x16xf32>
}
