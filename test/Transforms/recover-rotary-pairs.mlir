// RUN: gac-opt %s --gac-recover --split-input-file | FileCheck %s

// As GPT-J is exported: pairs side by side, the heads behind the positions, each
// number of the tables repeated.
// CHECK-LABEL: func.func @neighbours(
func.func @neighbours(%x: tensor<1x5x4x6xf32>,
                    %c: tensor<1x5x3xf32>,
                    %s: tensor<1x5x3xf32>)
    -> tensor<1x5x4x6xf32> {
  // CHECK:      %[[X:.+]] = gac.transpose %arg0 {perm = array<i64: 0, 2, 1, 3>}
  // CHECK-NEXT: %[[Y:.+]] = gac.rotary_embedding %[[X]], %arg1, %arg2 {interleaved = 1 : i64}
  // CHECK-NEXT: %[[R:.+]] = gac.transpose %[[Y]] {perm = array<i64: 0, 2, 1, 3>}
  // CHECK-NEXT: return %[[R]]
  %zero = gac.constant dense<0> : tensor<1xi64>
  %one = gac.constant dense<1> : tensor<1xi64>
  %two = gac.constant dense<2> : tensor<1xi64>
  %three = gac.constant dense<3> : tensor<1xi64>
  %last = gac.constant dense<-1> : tensor<1xi64>
  %end = gac.constant dense<9223372036854775807> : tensor<1xi64>
  %shape = gac.constant dense<[1, 5, 4, 6]> : tensor<4xi64>
  %rows = gac.constant dense<[1, 5, 1, 6]> : tensor<4xi64>
  %twice = gac.constant dense<[1, 1, 1, 1, 2]> : tensor<5xi64>
  %axes = gac.constant dense<[2, 4]> : tensor<2xi64>
  %0 = gac.unsqueeze %c, %axes
      : (tensor<1x5x3xf32>, tensor<2xi64>) -> tensor<1x5x1x3x1xf32>
  %1 = gac.expand %0, %twice
      : (tensor<1x5x1x3x1xf32>, tensor<5xi64>) -> tensor<1x5x1x3x2xf32>
  %2 = gac.reshape %1, %rows
      : (tensor<1x5x1x3x2xf32>, tensor<4xi64>) -> tensor<1x5x1x6xf32>
  %3 = gac.unsqueeze %s, %axes
      : (tensor<1x5x3xf32>, tensor<2xi64>) -> tensor<1x5x1x3x1xf32>
  %4 = gac.expand %3, %twice
      : (tensor<1x5x1x3x1xf32>, tensor<5xi64>) -> tensor<1x5x1x3x2xf32>
  %5 = gac.reshape %4, %rows
      : (tensor<1x5x1x3x2xf32>, tensor<4xi64>) -> tensor<1x5x1x6xf32>
  %6 = gac.mul %x, %2
      : (tensor<1x5x4x6xf32>, tensor<1x5x1x6xf32>) -> tensor<1x5x4x6xf32>
  %7 = gac.slice %x, %zero, %end, %three, %two {operandSegmentSizes = array<i32: 1, 1, 1, 1, 1>}
      : (tensor<1x5x4x6xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<1x5x4x3xf32>
  %8 = gac.slice %x, %one, %end, %three, %two {operandSegmentSizes = array<i32: 1, 1, 1, 1, 1>}
      : (tensor<1x5x4x6xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<1x5x4x3xf32>
  %9 = gac.neg %8
      : (tensor<1x5x4x3xf32>) -> tensor<1x5x4x3xf32>
  %10 = gac.unsqueeze %9, %last
      : (tensor<1x5x4x3xf32>, tensor<1xi64>) -> tensor<1x5x4x3x1xf32>
  %11 = gac.unsqueeze %7, %last
      : (tensor<1x5x4x3xf32>, tensor<1xi64>) -> tensor<1x5x4x3x1xf32>
  %12 = gac.concat %10, %11 {axis = -1 : i64}
      : (tensor<1x5x4x3x1xf32>, tensor<1x5x4x3x1xf32>) -> tensor<1x5x4x3x2xf32>
  %13 = gac.reshape %12, %shape
      : (tensor<1x5x4x3x2xf32>, tensor<4xi64>) -> tensor<1x5x4x6xf32>
  %14 = gac.mul %13, %5
      : (tensor<1x5x4x6xf32>, tensor<1x5x1x6xf32>) -> tensor<1x5x4x6xf32>
  %15 = gac.add %6, %14
      : (tensor<1x5x4x6xf32>, tensor<1x5x4x6xf32>) -> tensor<1x5x4x6xf32>
  return %15 : tensor<1x5x4x6xf32>
}

// -----

// The first number of each pair is taken for the second one.
// CHECK-LABEL: func.func @neighbours_swapped(
func.func @neighbours_swapped(%x: tensor<1x5x4x6xf32>,
                            %c: tensor<1x5x3xf32>,
                            %s: tensor<1x5x3xf32>)
    -> tensor<1x5x4x6xf32> {
  // CHECK-NOT: gac.rotary_embedding
  %zero = gac.constant dense<0> : tensor<1xi64>
  %one = gac.constant dense<1> : tensor<1xi64>
  %two = gac.constant dense<2> : tensor<1xi64>
  %three = gac.constant dense<3> : tensor<1xi64>
  %last = gac.constant dense<-1> : tensor<1xi64>
  %end = gac.constant dense<9223372036854775807> : tensor<1xi64>
  %shape = gac.constant dense<[1, 5, 4, 6]> : tensor<4xi64>
  %rows = gac.constant dense<[1, 5, 1, 6]> : tensor<4xi64>
  %twice = gac.constant dense<[1, 1, 1, 1, 2]> : tensor<5xi64>
  %axes = gac.constant dense<[2, 4]> : tensor<2xi64>
  %0 = gac.unsqueeze %c, %axes
      : (tensor<1x5x3xf32>, tensor<2xi64>) -> tensor<1x5x1x3x1xf32>
  %1 = gac.expand %0, %twice
      : (tensor<1x5x1x3x1xf32>, tensor<5xi64>) -> tensor<1x5x1x3x2xf32>
  %2 = gac.reshape %1, %rows
      : (tensor<1x5x1x3x2xf32>, tensor<4xi64>) -> tensor<1x5x1x6xf32>
  %3 = gac.unsqueeze %s, %axes
      : (tensor<1x5x3xf32>, tensor<2xi64>) -> tensor<1x5x1x3x1xf32>
  %4 = gac.expand %3, %twice
      : (tensor<1x5x1x3x1xf32>, tensor<5xi64>) -> tensor<1x5x1x3x2xf32>
  %5 = gac.reshape %4, %rows
      : (tensor<1x5x1x3x2xf32>, tensor<4xi64>) -> tensor<1x5x1x6xf32>
  %6 = gac.mul %x, %2
      : (tensor<1x5x4x6xf32>, tensor<1x5x1x6xf32>) -> tensor<1x5x4x6xf32>
  %7 = gac.slice %x, %one, %end, %three, %two {operandSegmentSizes = array<i32: 1, 1, 1, 1, 1>}
      : (tensor<1x5x4x6xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<1x5x4x3xf32>
  %8 = gac.slice %x, %zero, %end, %three, %two {operandSegmentSizes = array<i32: 1, 1, 1, 1, 1>}
      : (tensor<1x5x4x6xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<1x5x4x3xf32>
  %9 = gac.neg %8
      : (tensor<1x5x4x3xf32>) -> tensor<1x5x4x3xf32>
  %10 = gac.unsqueeze %9, %last
      : (tensor<1x5x4x3xf32>, tensor<1xi64>) -> tensor<1x5x4x3x1xf32>
  %11 = gac.unsqueeze %7, %last
      : (tensor<1x5x4x3xf32>, tensor<1xi64>) -> tensor<1x5x4x3x1xf32>
  %12 = gac.concat %10, %11 {axis = -1 : i64}
      : (tensor<1x5x4x3x1xf32>, tensor<1x5x4x3x1xf32>) -> tensor<1x5x4x3x2xf32>
  %13 = gac.reshape %12, %shape
      : (tensor<1x5x4x3x2xf32>, tensor<4xi64>) -> tensor<1x5x4x6xf32>
  %14 = gac.mul %13, %5
      : (tensor<1x5x4x6xf32>, tensor<1x5x1x6xf32>) -> tensor<1x5x4x6xf32>
  %15 = gac.add %6, %14
      : (tensor<1x5x4x6xf32>, tensor<1x5x4x6xf32>) -> tensor<1x5x4x6xf32>
  return %15 : tensor<1x5x4x6xf32>
}

// -----

// Neighbours are rotated by tables of equal halves.
// CHECK-LABEL: func.func @neighbours_of_halves(
func.func @neighbours_of_halves(%x: tensor<1x5x4x6xf32>,
                              %c: tensor<1x5x3xf32>,
                              %s: tensor<1x5x3xf32>)
    -> tensor<1x5x4x6xf32> {
  // CHECK-NOT: gac.rotary_embedding
  %zero = gac.constant dense<0> : tensor<1xi64>
  %one = gac.constant dense<1> : tensor<1xi64>
  %two = gac.constant dense<2> : tensor<1xi64>
  %three = gac.constant dense<3> : tensor<1xi64>
  %last = gac.constant dense<-1> : tensor<1xi64>
  %end = gac.constant dense<9223372036854775807> : tensor<1xi64>
  %shape = gac.constant dense<[1, 5, 4, 6]> : tensor<4xi64>
  %rows = gac.constant dense<[1, 5, 1, 6]> : tensor<4xi64>
  %twice = gac.constant dense<[1, 1, 1, 1, 2]> : tensor<5xi64>
  %axes = gac.constant dense<[2, 4]> : tensor<2xi64>
  %0 = gac.concat %c, %c {axis = -1 : i64}
      : (tensor<1x5x3xf32>, tensor<1x5x3xf32>) -> tensor<1x5x6xf32>
  %1 = gac.unsqueeze %0, %two
      : (tensor<1x5x6xf32>, tensor<1xi64>) -> tensor<1x5x1x6xf32>
  %2 = gac.concat %s, %s {axis = -1 : i64}
      : (tensor<1x5x3xf32>, tensor<1x5x3xf32>) -> tensor<1x5x6xf32>
  %3 = gac.unsqueeze %2, %two
      : (tensor<1x5x6xf32>, tensor<1xi64>) -> tensor<1x5x1x6xf32>
  %4 = gac.mul %x, %1
      : (tensor<1x5x4x6xf32>, tensor<1x5x1x6xf32>) -> tensor<1x5x4x6xf32>
  %5 = gac.slice %x, %zero, %end, %three, %two {operandSegmentSizes = array<i32: 1, 1, 1, 1, 1>}
      : (tensor<1x5x4x6xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<1x5x4x3xf32>
  %6 = gac.slice %x, %one, %end, %three, %two {operandSegmentSizes = array<i32: 1, 1, 1, 1, 1>}
      : (tensor<1x5x4x6xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<1x5x4x3xf32>
  %7 = gac.neg %6
      : (tensor<1x5x4x3xf32>) -> tensor<1x5x4x3xf32>
  %8 = gac.unsqueeze %7, %last
      : (tensor<1x5x4x3xf32>, tensor<1xi64>) -> tensor<1x5x4x3x1xf32>
  %9 = gac.unsqueeze %5, %last
      : (tensor<1x5x4x3xf32>, tensor<1xi64>) -> tensor<1x5x4x3x1xf32>
  %10 = gac.concat %8, %9 {axis = -1 : i64}
      : (tensor<1x5x4x3x1xf32>, tensor<1x5x4x3x1xf32>) -> tensor<1x5x4x3x2xf32>
  %11 = gac.reshape %10, %shape
      : (tensor<1x5x4x3x2xf32>, tensor<4xi64>) -> tensor<1x5x4x6xf32>
  %12 = gac.mul %11, %3
      : (tensor<1x5x4x6xf32>, tensor<1x5x1x6xf32>) -> tensor<1x5x4x6xf32>
  %13 = gac.add %4, %12
      : (tensor<1x5x4x6xf32>, tensor<1x5x4x6xf32>) -> tensor<1x5x4x6xf32>
  return %13 : tensor<1x5x4x6xf32>
}

// -----

// Of constant tables every second number is taken.
// CHECK-LABEL: func.func @neighbours_constant(
func.func @neighbours_constant(%x: tensor<1x2x3x4xf32>)
    -> tensor<1x2x3x4xf32> {
  // CHECK-DAG: gac.constant dense<{{\[\[}}1.000000e+00, 2.000000e+00], [3.000000e+00, 4.000000e+00], [5.000000e+00, 6.000000e+00]]>
  // CHECK-DAG: gac.constant dense<{{\[\[}}1.000000e+00, 2.000000e+00], [3.000000e+00, 4.000000e+00], [5.000000e+00, 7.000000e+00]]>
  // CHECK:     gac.rotary_embedding %arg0, %{{.+}}, %{{.+}} {interleaved = 1 : i64}
  %zero = gac.constant dense<0> : tensor<1xi64>
  %one = gac.constant dense<1> : tensor<1xi64>
  %two = gac.constant dense<2> : tensor<1xi64>
  %three = gac.constant dense<3> : tensor<1xi64>
  %last = gac.constant dense<-1> : tensor<1xi64>
  %end = gac.constant dense<9223372036854775807> : tensor<1xi64>
  %shape = gac.constant dense<[1, 2, 3, 4]> : tensor<4xi64>
  %c = gac.constant dense<[[1.0, 1.0, 2.0, 2.0], [3.0, 3.0, 4.0, 4.0], [5.0, 5.0, 6.0, 6.0]]> : tensor<3x4xf32>
  %s = gac.constant dense<[[1.0, 1.0, 2.0, 2.0], [3.0, 3.0, 4.0, 4.0], [5.0, 5.0, 7.0, 7.0]]> : tensor<3x4xf32>
  %0 = gac.mul %x, %c
      : (tensor<1x2x3x4xf32>, tensor<3x4xf32>) -> tensor<1x2x3x4xf32>
  %1 = gac.slice %x, %zero, %end, %last, %two {operandSegmentSizes = array<i32: 1, 1, 1, 1, 1>}
      : (tensor<1x2x3x4xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<1x2x3x2xf32>
  %2 = gac.slice %x, %one, %end, %last, %two {operandSegmentSizes = array<i32: 1, 1, 1, 1, 1>}
      : (tensor<1x2x3x4xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<1x2x3x2xf32>
  %3 = gac.neg %2
      : (tensor<1x2x3x2xf32>) -> tensor<1x2x3x2xf32>
  %4 = gac.unsqueeze %3, %last
      : (tensor<1x2x3x2xf32>, tensor<1xi64>) -> tensor<1x2x3x2x1xf32>
  %5 = gac.unsqueeze %1, %last
      : (tensor<1x2x3x2xf32>, tensor<1xi64>) -> tensor<1x2x3x2x1xf32>
  %6 = gac.concat %4, %5 {axis = -1 : i64}
      : (tensor<1x2x3x2x1xf32>, tensor<1x2x3x2x1xf32>) -> tensor<1x2x3x2x2xf32>
  %7 = gac.reshape %6, %shape
      : (tensor<1x2x3x2x2xf32>, tensor<4xi64>) -> tensor<1x2x3x4xf32>
  %8 = gac.mul %7, %s
      : (tensor<1x2x3x4xf32>, tensor<3x4xf32>) -> tensor<1x2x3x4xf32>
  %9 = gac.add %8, %0
      : (tensor<1x2x3x4xf32>, tensor<1x2x3x4xf32>) -> tensor<1x2x3x4xf32>
  return %9 : tensor<1x2x3x4xf32>
}

// -----

// The numbers of the last pair differ.
// CHECK-LABEL: func.func @neighbours_unequal(
func.func @neighbours_unequal(%x: tensor<1x2x3x4xf32>)
    -> tensor<1x2x3x4xf32> {
  // CHECK-NOT: gac.rotary_embedding
  %zero = gac.constant dense<0> : tensor<1xi64>
  %one = gac.constant dense<1> : tensor<1xi64>
  %two = gac.constant dense<2> : tensor<1xi64>
  %three = gac.constant dense<3> : tensor<1xi64>
  %last = gac.constant dense<-1> : tensor<1xi64>
  %end = gac.constant dense<9223372036854775807> : tensor<1xi64>
  %shape = gac.constant dense<[1, 2, 3, 4]> : tensor<4xi64>
  %c = gac.constant dense<[[1.0, 1.0, 2.0, 2.0], [3.0, 3.0, 4.0, 4.0], [5.0, 5.0, 6.0, 6.0]]> : tensor<3x4xf32>
  %s = gac.constant dense<[[1.0, 1.0, 2.0, 2.0], [3.0, 3.0, 4.0, 4.0], [5.0, 5.0, 7.0, 8.0]]> : tensor<3x4xf32>
  %0 = gac.mul %x, %c
      : (tensor<1x2x3x4xf32>, tensor<3x4xf32>) -> tensor<1x2x3x4xf32>
  %1 = gac.slice %x, %zero, %end, %last, %two {operandSegmentSizes = array<i32: 1, 1, 1, 1, 1>}
      : (tensor<1x2x3x4xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<1x2x3x2xf32>
  %2 = gac.slice %x, %one, %end, %last, %two {operandSegmentSizes = array<i32: 1, 1, 1, 1, 1>}
      : (tensor<1x2x3x4xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<1x2x3x2xf32>
  %3 = gac.neg %2
      : (tensor<1x2x3x2xf32>) -> tensor<1x2x3x2xf32>
  %4 = gac.unsqueeze %3, %last
      : (tensor<1x2x3x2xf32>, tensor<1xi64>) -> tensor<1x2x3x2x1xf32>
  %5 = gac.unsqueeze %1, %last
      : (tensor<1x2x3x2xf32>, tensor<1xi64>) -> tensor<1x2x3x2x1xf32>
  %6 = gac.concat %4, %5 {axis = -1 : i64}
      : (tensor<1x2x3x2x1xf32>, tensor<1x2x3x2x1xf32>) -> tensor<1x2x3x2x2xf32>
  %7 = gac.reshape %6, %shape
      : (tensor<1x2x3x2x2xf32>, tensor<4xi64>) -> tensor<1x2x3x4xf32>
  %8 = gac.mul %7, %s
      : (tensor<1x2x3x4xf32>, tensor<3x4xf32>) -> tensor<1x2x3x4xf32>
  %9 = gac.add %8, %0
      : (tensor<1x2x3x4xf32>, tensor<1x2x3x4xf32>) -> tensor<1x2x3x4xf32>
  return %9 : tensor<1x2x3x4xf32>
}

// -----

// Both halves are computed, and put together.
// CHECK-LABEL: func.func @parts_of_halves(
func.func @parts_of_halves(%x: tensor<1x4x5x6xf32>,
                         %cos: tensor<1x5x3xf32>,
                         %sin: tensor<1x5x3xf32>)
    -> tensor<1x4x5x6xf32> {
  // CHECK:      %[[Y:.+]] = gac.rotary_embedding %arg0, %arg1, %arg2 {interleaved = 0 : i64}
  // CHECK-NEXT: return %[[Y]]
  %zero = gac.constant dense<0> : tensor<1xi64>
  %one = gac.constant dense<1> : tensor<1xi64>
  %two = gac.constant dense<2> : tensor<1xi64>
  %three = gac.constant dense<3> : tensor<1xi64>
  %last = gac.constant dense<-1> : tensor<1xi64>
  %end = gac.constant dense<9223372036854775807> : tensor<1xi64>
  %shape = gac.constant dense<[1, 4, 5, 6]> : tensor<4xi64>
  %pairs = gac.constant dense<[1, 4, 5, 3, 2]> : tensor<5xi64>
  %i0 = gac.constant dense<0> : tensor<i64>
  %i1 = gac.constant dense<1> : tensor<i64>
  %h = gac.constant dense<[3, 3]> : tensor<2xi64>
  %h1, %h2 = gac.split %x {axis = -1 : i64, num_outputs = 2 : i64}
      : (tensor<1x4x5x6xf32>) -> (tensor<1x4x5x3xf32>, tensor<1x4x5x3xf32>)
  %c4 = gac.unsqueeze %cos, %one
      : (tensor<1x5x3xf32>, tensor<1xi64>) -> tensor<1x1x5x3xf32>
  %s4 = gac.unsqueeze %sin, %one
      : (tensor<1x5x3xf32>, tensor<1xi64>) -> tensor<1x1x5x3xf32>
  %2 = gac.mul %h1, %c4
      : (tensor<1x4x5x3xf32>, tensor<1x1x5x3xf32>) -> tensor<1x4x5x3xf32>
  %3 = gac.mul %h2, %s4
      : (tensor<1x4x5x3xf32>, tensor<1x1x5x3xf32>) -> tensor<1x4x5x3xf32>
  %4 = gac.sub %2, %3
      : (tensor<1x4x5x3xf32>, tensor<1x4x5x3xf32>) -> tensor<1x4x5x3xf32>
  %5 = gac.mul %h2, %c4
      : (tensor<1x4x5x3xf32>, tensor<1x1x5x3xf32>) -> tensor<1x4x5x3xf32>
  %6 = gac.mul %s4, %h1
      : (tensor<1x1x5x3xf32>, tensor<1x4x5x3xf32>) -> tensor<1x4x5x3xf32>
  %7 = gac.add %5, %6
      : (tensor<1x4x5x3xf32>, tensor<1x4x5x3xf32>) -> tensor<1x4x5x3xf32>
  %8 = gac.concat %4, %7 {axis = 3 : i64}
      : (tensor<1x4x5x3xf32>, tensor<1x4x5x3xf32>) -> tensor<1x4x5x6xf32>
  return %8 : tensor<1x4x5x6xf32>
}

// -----

// The same for neighbours, from slices of every second number,
// CHECK-LABEL: func.func @parts_of_pairs(
func.func @parts_of_pairs(%x: tensor<1x4x5x6xf32>,
                        %cos: tensor<1x5x3xf32>,
                        %sin: tensor<1x5x3xf32>)
    -> tensor<1x4x5x6xf32> {
  // CHECK:      %[[Y:.+]] = gac.rotary_embedding %arg0, %arg1, %arg2 {interleaved = 1 : i64}
  // CHECK-NEXT: return %[[Y]]
  %zero = gac.constant dense<0> : tensor<1xi64>
  %one = gac.constant dense<1> : tensor<1xi64>
  %two = gac.constant dense<2> : tensor<1xi64>
  %three = gac.constant dense<3> : tensor<1xi64>
  %last = gac.constant dense<-1> : tensor<1xi64>
  %end = gac.constant dense<9223372036854775807> : tensor<1xi64>
  %shape = gac.constant dense<[1, 4, 5, 6]> : tensor<4xi64>
  %pairs = gac.constant dense<[1, 4, 5, 3, 2]> : tensor<5xi64>
  %i0 = gac.constant dense<0> : tensor<i64>
  %i1 = gac.constant dense<1> : tensor<i64>
  %h = gac.constant dense<[3, 3]> : tensor<2xi64>
  %0 = gac.slice %x, %zero, %end, %three, %two {operandSegmentSizes = array<i32: 1, 1, 1, 1, 1>}
      : (tensor<1x4x5x6xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<1x4x5x3xf32>
  %1 = gac.slice %x, %one, %end, %three, %two {operandSegmentSizes = array<i32: 1, 1, 1, 1, 1>}
      : (tensor<1x4x5x6xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<1x4x5x3xf32>
  %c4 = gac.unsqueeze %cos, %one
      : (tensor<1x5x3xf32>, tensor<1xi64>) -> tensor<1x1x5x3xf32>
  %s4 = gac.unsqueeze %sin, %one
      : (tensor<1x5x3xf32>, tensor<1xi64>) -> tensor<1x1x5x3xf32>
  %4 = gac.mul %0, %c4
      : (tensor<1x4x5x3xf32>, tensor<1x1x5x3xf32>) -> tensor<1x4x5x3xf32>
  %5 = gac.mul %1, %s4
      : (tensor<1x4x5x3xf32>, tensor<1x1x5x3xf32>) -> tensor<1x4x5x3xf32>
  %6 = gac.sub %4, %5
      : (tensor<1x4x5x3xf32>, tensor<1x4x5x3xf32>) -> tensor<1x4x5x3xf32>
  %7 = gac.mul %1, %c4
      : (tensor<1x4x5x3xf32>, tensor<1x1x5x3xf32>) -> tensor<1x4x5x3xf32>
  %8 = gac.mul %s4, %0
      : (tensor<1x1x5x3xf32>, tensor<1x4x5x3xf32>) -> tensor<1x4x5x3xf32>
  %9 = gac.add %7, %8
      : (tensor<1x4x5x3xf32>, tensor<1x4x5x3xf32>) -> tensor<1x4x5x3xf32>
  %10 = gac.unsqueeze %6, %last
      : (tensor<1x4x5x3xf32>, tensor<1xi64>) -> tensor<1x4x5x3x1xf32>
  %11 = gac.unsqueeze %9, %last
      : (tensor<1x4x5x3xf32>, tensor<1xi64>) -> tensor<1x4x5x3x1xf32>
  %12 = gac.concat %10, %11 {axis = -1 : i64}
      : (tensor<1x4x5x3x1xf32>, tensor<1x4x5x3x1xf32>) -> tensor<1x4x5x3x2xf32>
  %13 = gac.reshape %12, %shape
      : (tensor<1x4x5x3x2xf32>, tensor<4xi64>) -> tensor<1x4x5x6xf32>
  return %13 : tensor<1x4x5x6xf32>
}

// -----

// by index of an axis of pairs,
// CHECK-LABEL: func.func @parts_gathered(
func.func @parts_gathered(%x: tensor<1x4x5x6xf32>,
                        %cos: tensor<1x5x3xf32>,
                        %sin: tensor<1x5x3xf32>)
    -> tensor<1x4x5x6xf32> {
  // CHECK:      %[[Y:.+]] = gac.rotary_embedding %arg0, %arg1, %arg2 {interleaved = 1 : i64}
  // CHECK-NEXT: return %[[Y]]
  %zero = gac.constant dense<0> : tensor<1xi64>
  %one = gac.constant dense<1> : tensor<1xi64>
  %two = gac.constant dense<2> : tensor<1xi64>
  %three = gac.constant dense<3> : tensor<1xi64>
  %last = gac.constant dense<-1> : tensor<1xi64>
  %end = gac.constant dense<9223372036854775807> : tensor<1xi64>
  %shape = gac.constant dense<[1, 4, 5, 6]> : tensor<4xi64>
  %pairs = gac.constant dense<[1, 4, 5, 3, 2]> : tensor<5xi64>
  %i0 = gac.constant dense<0> : tensor<i64>
  %i1 = gac.constant dense<1> : tensor<i64>
  %h = gac.constant dense<[3, 3]> : tensor<2xi64>
  %0 = gac.reshape %x, %pairs
      : (tensor<1x4x5x6xf32>, tensor<5xi64>) -> tensor<1x4x5x3x2xf32>
  %1 = gac.gather %0, %i0 {axis = -1 : i64}
      : (tensor<1x4x5x3x2xf32>, tensor<i64>) -> tensor<1x4x5x3xf32>
  %2 = gac.gather %0, %i1 {axis = 4 : i64}
      : (tensor<1x4x5x3x2xf32>, tensor<i64>) -> tensor<1x4x5x3xf32>
  %c4 = gac.unsqueeze %cos, %one
      : (tensor<1x5x3xf32>, tensor<1xi64>) -> tensor<1x1x5x3xf32>
  %s4 = gac.unsqueeze %sin, %one
      : (tensor<1x5x3xf32>, tensor<1xi64>) -> tensor<1x1x5x3xf32>
  %5 = gac.mul %1, %c4
      : (tensor<1x4x5x3xf32>, tensor<1x1x5x3xf32>) -> tensor<1x4x5x3xf32>
  %6 = gac.mul %2, %s4
      : (tensor<1x4x5x3xf32>, tensor<1x1x5x3xf32>) -> tensor<1x4x5x3xf32>
  %7 = gac.sub %5, %6
      : (tensor<1x4x5x3xf32>, tensor<1x4x5x3xf32>) -> tensor<1x4x5x3xf32>
  %8 = gac.mul %2, %c4
      : (tensor<1x4x5x3xf32>, tensor<1x1x5x3xf32>) -> tensor<1x4x5x3xf32>
  %9 = gac.mul %s4, %1
      : (tensor<1x1x5x3xf32>, tensor<1x4x5x3xf32>) -> tensor<1x4x5x3xf32>
  %10 = gac.add %8, %9
      : (tensor<1x4x5x3xf32>, tensor<1x4x5x3xf32>) -> tensor<1x4x5x3xf32>
  %11 = gac.unsqueeze %7, %last
      : (tensor<1x4x5x3xf32>, tensor<1xi64>) -> tensor<1x4x5x3x1xf32>
  %12 = gac.unsqueeze %10, %last
      : (tensor<1x4x5x3xf32>, tensor<1xi64>) -> tensor<1x4x5x3x1xf32>
  %13 = gac.concat %11, %12 {axis = -1 : i64}
      : (tensor<1x4x5x3x1xf32>, tensor<1x4x5x3x1xf32>) -> tensor<1x4x5x3x2xf32>
  %14 = gac.reshape %13, %shape
      : (tensor<1x4x5x3x2xf32>, tensor<4xi64>) -> tensor<1x4x5x6xf32>
  return %14 : tensor<1x4x5x6xf32>
}

// -----

// or by splitting that.
// CHECK-LABEL: func.func @parts_squeezed(
func.func @parts_squeezed(%x: tensor<1x4x5x6xf32>,
                        %cos: tensor<1x5x3xf32>,
                        %sin: tensor<1x5x3xf32>)
    -> tensor<1x4x5x6xf32> {
  // CHECK:      %[[Y:.+]] = gac.rotary_embedding %arg0, %arg1, %arg2 {interleaved = 1 : i64}
  // CHECK-NEXT: return %[[Y]]
  %zero = gac.constant dense<0> : tensor<1xi64>
  %one = gac.constant dense<1> : tensor<1xi64>
  %two = gac.constant dense<2> : tensor<1xi64>
  %three = gac.constant dense<3> : tensor<1xi64>
  %last = gac.constant dense<-1> : tensor<1xi64>
  %end = gac.constant dense<9223372036854775807> : tensor<1xi64>
  %shape = gac.constant dense<[1, 4, 5, 6]> : tensor<4xi64>
  %pairs = gac.constant dense<[1, 4, 5, 3, 2]> : tensor<5xi64>
  %i0 = gac.constant dense<0> : tensor<i64>
  %i1 = gac.constant dense<1> : tensor<i64>
  %h = gac.constant dense<[3, 3]> : tensor<2xi64>
  %0 = gac.reshape %x, %pairs
      : (tensor<1x4x5x6xf32>, tensor<5xi64>) -> tensor<1x4x5x3x2xf32>
  %h1, %h2 = gac.split %0 {axis = -1 : i64, num_outputs = 2 : i64}
      : (tensor<1x4x5x3x2xf32>) -> (tensor<1x4x5x3x1xf32>, tensor<1x4x5x3x1xf32>)
  %1 = gac.squeeze %h1, %last
      : (tensor<1x4x5x3x1xf32>, tensor<1xi64>) -> tensor<1x4x5x3xf32>
  %2 = gac.squeeze %h2, %last
      : (tensor<1x4x5x3x1xf32>, tensor<1xi64>) -> tensor<1x4x5x3xf32>
  %c4 = gac.unsqueeze %cos, %one
      : (tensor<1x5x3xf32>, tensor<1xi64>) -> tensor<1x1x5x3xf32>
  %s4 = gac.unsqueeze %sin, %one
      : (tensor<1x5x3xf32>, tensor<1xi64>) -> tensor<1x1x5x3xf32>
  %5 = gac.mul %1, %c4
      : (tensor<1x4x5x3xf32>, tensor<1x1x5x3xf32>) -> tensor<1x4x5x3xf32>
  %6 = gac.mul %2, %s4
      : (tensor<1x4x5x3xf32>, tensor<1x1x5x3xf32>) -> tensor<1x4x5x3xf32>
  %7 = gac.sub %5, %6
      : (tensor<1x4x5x3xf32>, tensor<1x4x5x3xf32>) -> tensor<1x4x5x3xf32>
  %8 = gac.mul %2, %c4
      : (tensor<1x4x5x3xf32>, tensor<1x1x5x3xf32>) -> tensor<1x4x5x3xf32>
  %9 = gac.mul %s4, %1
      : (tensor<1x1x5x3xf32>, tensor<1x4x5x3xf32>) -> tensor<1x4x5x3xf32>
  %10 = gac.add %8, %9
      : (tensor<1x4x5x3xf32>, tensor<1x4x5x3xf32>) -> tensor<1x4x5x3xf32>
  %11 = gac.unsqueeze %7, %last
      : (tensor<1x4x5x3xf32>, tensor<1xi64>) -> tensor<1x4x5x3x1xf32>
  %12 = gac.unsqueeze %10, %last
      : (tensor<1x4x5x3xf32>, tensor<1xi64>) -> tensor<1x4x5x3x1xf32>
  %13 = gac.concat %11, %12 {axis = -1 : i64}
      : (tensor<1x4x5x3x1xf32>, tensor<1x4x5x3x1xf32>) -> tensor<1x4x5x3x2xf32>
  %14 = gac.reshape %13, %shape
      : (tensor<1x4x5x3x2xf32>, tensor<4xi64>) -> tensor<1x4x5x6xf32>
  return %14 : tensor<1x4x5x6xf32>
}

// -----

// or by splitting that, with an axis of size 1 until the end.
// CHECK-LABEL: func.func @parts_kept(
func.func @parts_kept(%x: tensor<1x4x5x6xf32>,
                        %cos: tensor<1x5x3xf32>,
                        %sin: tensor<1x5x3xf32>)
    -> tensor<1x4x5x6xf32> {
  // CHECK:      %[[Y:.+]] = gac.rotary_embedding %arg0, %arg1, %arg2 {interleaved = 1 : i64}
  // CHECK-NEXT: return %[[Y]]
  %zero = gac.constant dense<0> : tensor<1xi64>
  %one = gac.constant dense<1> : tensor<1xi64>
  %two = gac.constant dense<2> : tensor<1xi64>
  %three = gac.constant dense<3> : tensor<1xi64>
  %last = gac.constant dense<-1> : tensor<1xi64>
  %end = gac.constant dense<9223372036854775807> : tensor<1xi64>
  %shape = gac.constant dense<[1, 4, 5, 6]> : tensor<4xi64>
  %pairs = gac.constant dense<[1, 4, 5, 3, 2]> : tensor<5xi64>
  %i0 = gac.constant dense<0> : tensor<i64>
  %i1 = gac.constant dense<1> : tensor<i64>
  %h = gac.constant dense<[3, 3]> : tensor<2xi64>
  %0 = gac.reshape %x, %pairs
      : (tensor<1x4x5x6xf32>, tensor<5xi64>) -> tensor<1x4x5x3x2xf32>
  %1, %2 = gac.split %0 {axis = -1 : i64, num_outputs = 2 : i64}
      : (tensor<1x4x5x3x2xf32>) -> (tensor<1x4x5x3x1xf32>, tensor<1x4x5x3x1xf32>)
  %c4 = gac.unsqueeze %cos, %last
      : (tensor<1x5x3xf32>, tensor<1xi64>) -> tensor<1x5x3x1xf32>
  %s4 = gac.unsqueeze %sin, %last
      : (tensor<1x5x3xf32>, tensor<1xi64>) -> tensor<1x5x3x1xf32>
  %5 = gac.mul %1, %c4
      : (tensor<1x4x5x3x1xf32>, tensor<1x5x3x1xf32>) -> tensor<1x4x5x3x1xf32>
  %6 = gac.mul %2, %s4
      : (tensor<1x4x5x3x1xf32>, tensor<1x5x3x1xf32>) -> tensor<1x4x5x3x1xf32>
  %7 = gac.sub %5, %6
      : (tensor<1x4x5x3x1xf32>, tensor<1x4x5x3x1xf32>) -> tensor<1x4x5x3x1xf32>
  %8 = gac.mul %2, %c4
      : (tensor<1x4x5x3x1xf32>, tensor<1x5x3x1xf32>) -> tensor<1x4x5x3x1xf32>
  %9 = gac.mul %s4, %1
      : (tensor<1x5x3x1xf32>, tensor<1x4x5x3x1xf32>) -> tensor<1x4x5x3x1xf32>
  %10 = gac.add %8, %9
      : (tensor<1x4x5x3x1xf32>, tensor<1x4x5x3x1xf32>) -> tensor<1x4x5x3x1xf32>
  %13 = gac.concat %7, %10 {axis = -1 : i64}
      : (tensor<1x4x5x3x1xf32>, tensor<1x4x5x3x1xf32>) -> tensor<1x4x5x3x2xf32>
  %14 = gac.reshape %13, %shape
      : (tensor<1x4x5x3x2xf32>, tensor<4xi64>) -> tensor<1x4x5x6xf32>
  return %14 : tensor<1x4x5x6xf32>
}

// -----

// As DeepSeek does: pairs are taken side by side and put down as halves, which is
// a rotation of the sorted numbers.
// CHECK-LABEL: func.func @pairs_to_halves(
func.func @pairs_to_halves(%x: tensor<1x4x5x6xf32>,
                         %cos: tensor<1x5x3xf32>,
                         %sin: tensor<1x5x3xf32>)
    -> tensor<1x4x5x6xf32> {
  // CHECK:      %[[A:.+]] = gac.slice %arg0
  // CHECK:      %[[B:.+]] = gac.slice %arg0
  // CHECK:      %[[X:.+]] = gac.concat %[[A]], %[[B]] {axis = -1 : i64}
  // CHECK-NEXT: %[[Y:.+]] = gac.rotary_embedding %[[X]], %arg1, %arg2 {interleaved = 0 : i64}
  // CHECK-NEXT: return %[[Y]]
  %zero = gac.constant dense<0> : tensor<1xi64>
  %one = gac.constant dense<1> : tensor<1xi64>
  %two = gac.constant dense<2> : tensor<1xi64>
  %three = gac.constant dense<3> : tensor<1xi64>
  %last = gac.constant dense<-1> : tensor<1xi64>
  %end = gac.constant dense<9223372036854775807> : tensor<1xi64>
  %shape = gac.constant dense<[1, 4, 5, 6]> : tensor<4xi64>
  %pairs = gac.constant dense<[1, 4, 5, 3, 2]> : tensor<5xi64>
  %i0 = gac.constant dense<0> : tensor<i64>
  %i1 = gac.constant dense<1> : tensor<i64>
  %h = gac.constant dense<[3, 3]> : tensor<2xi64>
  %0 = gac.slice %x, %zero, %end, %three, %two {operandSegmentSizes = array<i32: 1, 1, 1, 1, 1>}
      : (tensor<1x4x5x6xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<1x4x5x3xf32>
  %1 = gac.slice %x, %one, %end, %three, %two {operandSegmentSizes = array<i32: 1, 1, 1, 1, 1>}
      : (tensor<1x4x5x6xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<1x4x5x3xf32>
  %c4 = gac.unsqueeze %cos, %one
      : (tensor<1x5x3xf32>, tensor<1xi64>) -> tensor<1x1x5x3xf32>
  %s4 = gac.unsqueeze %sin, %one
      : (tensor<1x5x3xf32>, tensor<1xi64>) -> tensor<1x1x5x3xf32>
  %4 = gac.mul %0, %c4
      : (tensor<1x4x5x3xf32>, tensor<1x1x5x3xf32>) -> tensor<1x4x5x3xf32>
  %5 = gac.mul %1, %s4
      : (tensor<1x4x5x3xf32>, tensor<1x1x5x3xf32>) -> tensor<1x4x5x3xf32>
  %6 = gac.sub %4, %5
      : (tensor<1x4x5x3xf32>, tensor<1x4x5x3xf32>) -> tensor<1x4x5x3xf32>
  %7 = gac.mul %1, %c4
      : (tensor<1x4x5x3xf32>, tensor<1x1x5x3xf32>) -> tensor<1x4x5x3xf32>
  %8 = gac.mul %s4, %0
      : (tensor<1x1x5x3xf32>, tensor<1x4x5x3xf32>) -> tensor<1x4x5x3xf32>
  %9 = gac.add %7, %8
      : (tensor<1x4x5x3xf32>, tensor<1x4x5x3xf32>) -> tensor<1x4x5x3xf32>
  %10 = gac.concat %6, %9 {axis = 3 : i64}
      : (tensor<1x4x5x3xf32>, tensor<1x4x5x3xf32>) -> tensor<1x4x5x6xf32>
  return %10 : tensor<1x4x5x6xf32>
}

// -----

// The other way round there is no cheap order.
// CHECK-LABEL: func.func @halves_to_pairs(
func.func @halves_to_pairs(%x: tensor<1x4x5x6xf32>,
                         %cos: tensor<1x5x3xf32>,
                         %sin: tensor<1x5x3xf32>)
    -> tensor<1x4x5x6xf32> {
  // CHECK-NOT: gac.rotary_embedding
  %zero = gac.constant dense<0> : tensor<1xi64>
  %one = gac.constant dense<1> : tensor<1xi64>
  %two = gac.constant dense<2> : tensor<1xi64>
  %three = gac.constant dense<3> : tensor<1xi64>
  %last = gac.constant dense<-1> : tensor<1xi64>
  %end = gac.constant dense<9223372036854775807> : tensor<1xi64>
  %shape = gac.constant dense<[1, 4, 5, 6]> : tensor<4xi64>
  %pairs = gac.constant dense<[1, 4, 5, 3, 2]> : tensor<5xi64>
  %i0 = gac.constant dense<0> : tensor<i64>
  %i1 = gac.constant dense<1> : tensor<i64>
  %h = gac.constant dense<[3, 3]> : tensor<2xi64>
  %h1, %h2 = gac.split %x {axis = -1 : i64, num_outputs = 2 : i64}
      : (tensor<1x4x5x6xf32>) -> (tensor<1x4x5x3xf32>, tensor<1x4x5x3xf32>)
  %c4 = gac.unsqueeze %cos, %one
      : (tensor<1x5x3xf32>, tensor<1xi64>) -> tensor<1x1x5x3xf32>
  %s4 = gac.unsqueeze %sin, %one
      : (tensor<1x5x3xf32>, tensor<1xi64>) -> tensor<1x1x5x3xf32>
  %2 = gac.mul %h1, %c4
      : (tensor<1x4x5x3xf32>, tensor<1x1x5x3xf32>) -> tensor<1x4x5x3xf32>
  %3 = gac.mul %h2, %s4
      : (tensor<1x4x5x3xf32>, tensor<1x1x5x3xf32>) -> tensor<1x4x5x3xf32>
  %4 = gac.sub %2, %3
      : (tensor<1x4x5x3xf32>, tensor<1x4x5x3xf32>) -> tensor<1x4x5x3xf32>
  %5 = gac.mul %h2, %c4
      : (tensor<1x4x5x3xf32>, tensor<1x1x5x3xf32>) -> tensor<1x4x5x3xf32>
  %6 = gac.mul %s4, %h1
      : (tensor<1x1x5x3xf32>, tensor<1x4x5x3xf32>) -> tensor<1x4x5x3xf32>
  %7 = gac.add %5, %6
      : (tensor<1x4x5x3xf32>, tensor<1x4x5x3xf32>) -> tensor<1x4x5x3xf32>
  %8 = gac.unsqueeze %4, %last
      : (tensor<1x4x5x3xf32>, tensor<1xi64>) -> tensor<1x4x5x3x1xf32>
  %9 = gac.unsqueeze %7, %last
      : (tensor<1x4x5x3xf32>, tensor<1xi64>) -> tensor<1x4x5x3x1xf32>
  %10 = gac.concat %8, %9 {axis = -1 : i64}
      : (tensor<1x4x5x3x1xf32>, tensor<1x4x5x3x1xf32>) -> tensor<1x4x5x3x2xf32>
  %11 = gac.reshape %10, %shape
      : (tensor<1x4x5x3x2xf32>, tensor<4xi64>) -> tensor<1x4x5x6xf32>
  return %11 : tensor<1x4x5x6xf32>
}

// -----

// The second half comes first.
// CHECK-LABEL: func.func @parts_exchanged(
func.func @parts_exchanged(%x: tensor<1x4x5x6xf32>,
                         %cos: tensor<1x5x3xf32>,
                         %sin: tensor<1x5x3xf32>)
    -> tensor<1x4x5x6xf32> {
  // CHECK-NOT: gac.rotary_embedding
  %zero = gac.constant dense<0> : tensor<1xi64>
  %one = gac.constant dense<1> : tensor<1xi64>
  %two = gac.constant dense<2> : tensor<1xi64>
  %three = gac.constant dense<3> : tensor<1xi64>
  %last = gac.constant dense<-1> : tensor<1xi64>
  %end = gac.constant dense<9223372036854775807> : tensor<1xi64>
  %shape = gac.constant dense<[1, 4, 5, 6]> : tensor<4xi64>
  %pairs = gac.constant dense<[1, 4, 5, 3, 2]> : tensor<5xi64>
  %i0 = gac.constant dense<0> : tensor<i64>
  %i1 = gac.constant dense<1> : tensor<i64>
  %h = gac.constant dense<[3, 3]> : tensor<2xi64>
  %h1, %h2 = gac.split %x {axis = -1 : i64, num_outputs = 2 : i64}
      : (tensor<1x4x5x6xf32>) -> (tensor<1x4x5x3xf32>, tensor<1x4x5x3xf32>)
  %c4 = gac.unsqueeze %cos, %one
      : (tensor<1x5x3xf32>, tensor<1xi64>) -> tensor<1x1x5x3xf32>
  %s4 = gac.unsqueeze %sin, %one
      : (tensor<1x5x3xf32>, tensor<1xi64>) -> tensor<1x1x5x3xf32>
  %2 = gac.mul %h1, %c4
      : (tensor<1x4x5x3xf32>, tensor<1x1x5x3xf32>) -> tensor<1x4x5x3xf32>
  %3 = gac.mul %h2, %s4
      : (tensor<1x4x5x3xf32>, tensor<1x1x5x3xf32>) -> tensor<1x4x5x3xf32>
  %4 = gac.sub %2, %3
      : (tensor<1x4x5x3xf32>, tensor<1x4x5x3xf32>) -> tensor<1x4x5x3xf32>
  %5 = gac.mul %h2, %c4
      : (tensor<1x4x5x3xf32>, tensor<1x1x5x3xf32>) -> tensor<1x4x5x3xf32>
  %6 = gac.mul %s4, %h1
      : (tensor<1x1x5x3xf32>, tensor<1x4x5x3xf32>) -> tensor<1x4x5x3xf32>
  %7 = gac.add %5, %6
      : (tensor<1x4x5x3xf32>, tensor<1x4x5x3xf32>) -> tensor<1x4x5x3xf32>
  %8 = gac.concat %7, %4 {axis = 3 : i64}
      : (tensor<1x4x5x3xf32>, tensor<1x4x5x3xf32>) -> tensor<1x4x5x6xf32>
  return %8 : tensor<1x4x5x6xf32>
}

// -----

// A reflection is no rotation.
// CHECK-LABEL: func.func @parts_subtracted(
func.func @parts_subtracted(%x: tensor<1x4x5x6xf32>,
                          %cos: tensor<1x5x3xf32>,
                          %sin: tensor<1x5x3xf32>)
    -> tensor<1x4x5x6xf32> {
  // CHECK-NOT: gac.rotary_embedding
  %zero = gac.constant dense<0> : tensor<1xi64>
  %one = gac.constant dense<1> : tensor<1xi64>
  %two = gac.constant dense<2> : tensor<1xi64>
  %three = gac.constant dense<3> : tensor<1xi64>
  %last = gac.constant dense<-1> : tensor<1xi64>
  %end = gac.constant dense<9223372036854775807> : tensor<1xi64>
  %shape = gac.constant dense<[1, 4, 5, 6]> : tensor<4xi64>
  %pairs = gac.constant dense<[1, 4, 5, 3, 2]> : tensor<5xi64>
  %i0 = gac.constant dense<0> : tensor<i64>
  %i1 = gac.constant dense<1> : tensor<i64>
  %h = gac.constant dense<[3, 3]> : tensor<2xi64>
  %h1, %h2 = gac.split %x {axis = -1 : i64, num_outputs = 2 : i64}
      : (tensor<1x4x5x6xf32>) -> (tensor<1x4x5x3xf32>, tensor<1x4x5x3xf32>)
  %c4 = gac.unsqueeze %cos, %one
      : (tensor<1x5x3xf32>, tensor<1xi64>) -> tensor<1x1x5x3xf32>
  %s4 = gac.unsqueeze %sin, %one
      : (tensor<1x5x3xf32>, tensor<1xi64>) -> tensor<1x1x5x3xf32>
  %2 = gac.mul %h1, %c4
      : (tensor<1x4x5x3xf32>, tensor<1x1x5x3xf32>) -> tensor<1x4x5x3xf32>
  %3 = gac.mul %h2, %s4
      : (tensor<1x4x5x3xf32>, tensor<1x1x5x3xf32>) -> tensor<1x4x5x3xf32>
  %4 = gac.sub %2, %3
      : (tensor<1x4x5x3xf32>, tensor<1x4x5x3xf32>) -> tensor<1x4x5x3xf32>
  %5 = gac.mul %h2, %c4
      : (tensor<1x4x5x3xf32>, tensor<1x1x5x3xf32>) -> tensor<1x4x5x3xf32>
  %6 = gac.mul %s4, %h1
      : (tensor<1x1x5x3xf32>, tensor<1x4x5x3xf32>) -> tensor<1x4x5x3xf32>
  %7 = gac.sub %5, %6
      : (tensor<1x4x5x3xf32>, tensor<1x4x5x3xf32>) -> tensor<1x4x5x3xf32>
  %8 = gac.concat %4, %7 {axis = 3 : i64}
      : (tensor<1x4x5x3xf32>, tensor<1x4x5x3xf32>) -> tensor<1x4x5x6xf32>
  return %8 : tensor<1x4x5x6xf32>
}

// -----

// Three axes, and so one head.
// CHECK-LABEL: func.func @one_head(
func.func @one_head(%x: tensor<1x5x6xf32>,
                  %cos: tensor<1x5x3xf32>,
                  %sin: tensor<1x5x3xf32>)
    -> tensor<1x5x6xf32> {
  // CHECK:      gac.rotary_embedding %arg0, %arg1, %arg2 {interleaved = 0 : i64, num_heads = 1 : i64}
  %zero = gac.constant dense<0> : tensor<1xi64>
  %one = gac.constant dense<1> : tensor<1xi64>
  %two = gac.constant dense<2> : tensor<1xi64>
  %three = gac.constant dense<3> : tensor<1xi64>
  %last = gac.constant dense<-1> : tensor<1xi64>
  %end = gac.constant dense<9223372036854775807> : tensor<1xi64>
  %h1, %h2 = gac.split %x {axis = -1 : i64, num_outputs = 2 : i64}
      : (tensor<1x5x6xf32>) -> (tensor<1x5x3xf32>, tensor<1x5x3xf32>)
  %0 = gac.mul %h1, %cos
      : (tensor<1x5x3xf32>, tensor<1x5x3xf32>) -> tensor<1x5x3xf32>
  %1 = gac.mul %h2, %sin
      : (tensor<1x5x3xf32>, tensor<1x5x3xf32>) -> tensor<1x5x3xf32>
  %2 = gac.sub %0, %1
      : (tensor<1x5x3xf32>, tensor<1x5x3xf32>) -> tensor<1x5x3xf32>
  %3 = gac.mul %h2, %cos
      : (tensor<1x5x3xf32>, tensor<1x5x3xf32>) -> tensor<1x5x3xf32>
  %4 = gac.mul %h1, %sin
      : (tensor<1x5x3xf32>, tensor<1x5x3xf32>) -> tensor<1x5x3xf32>
  %5 = gac.add %3, %4
      : (tensor<1x5x3xf32>, tensor<1x5x3xf32>) -> tensor<1x5x3xf32>
  %6 = gac.concat %2, %5 {axis = 2 : i64}
      : (tensor<1x5x3xf32>, tensor<1x5x3xf32>) -> tensor<1x5x6xf32>
  return %6 : tensor<1x5x6xf32>
}

// -----

// Tables for one batch: runtimes want one for each.
// CHECK-LABEL: func.func @two_batches(
func.func @two_batches(%x: tensor<2x5x6xf32>,
                  %cos: tensor<1x5x3xf32>,
                  %sin: tensor<1x5x3xf32>)
    -> tensor<2x5x6xf32> {
  // CHECK-DAG:  %[[COS:.+]] = gac.expand %arg1, {{.*}} -> tensor<2x5x3xf32>
  // CHECK-DAG:  %[[SIN:.+]] = gac.expand %arg2, {{.*}} -> tensor<2x5x3xf32>
  // CHECK:      gac.rotary_embedding %arg0, %[[COS]], %[[SIN]] {interleaved = 0 : i64, num_heads = 1 : i64}
  %zero = gac.constant dense<0> : tensor<1xi64>
  %one = gac.constant dense<1> : tensor<1xi64>
  %two = gac.constant dense<2> : tensor<1xi64>
  %three = gac.constant dense<3> : tensor<1xi64>
  %last = gac.constant dense<-1> : tensor<1xi64>
  %end = gac.constant dense<9223372036854775807> : tensor<1xi64>
  %h1, %h2 = gac.split %x {axis = -1 : i64, num_outputs = 2 : i64}
      : (tensor<2x5x6xf32>) -> (tensor<2x5x3xf32>, tensor<2x5x3xf32>)
  %0 = gac.mul %h1, %cos
      : (tensor<2x5x3xf32>, tensor<1x5x3xf32>) -> tensor<2x5x3xf32>
  %1 = gac.mul %h2, %sin
      : (tensor<2x5x3xf32>, tensor<1x5x3xf32>) -> tensor<2x5x3xf32>
  %2 = gac.sub %0, %1
      : (tensor<2x5x3xf32>, tensor<2x5x3xf32>) -> tensor<2x5x3xf32>
  %3 = gac.mul %h2, %cos
      : (tensor<2x5x3xf32>, tensor<1x5x3xf32>) -> tensor<2x5x3xf32>
  %4 = gac.mul %h1, %sin
      : (tensor<2x5x3xf32>, tensor<1x5x3xf32>) -> tensor<2x5x3xf32>
  %5 = gac.add %3, %4
      : (tensor<2x5x3xf32>, tensor<2x5x3xf32>) -> tensor<2x5x3xf32>
  %6 = gac.concat %2, %5 {axis = 2 : i64}
      : (tensor<2x5x3xf32>, tensor<2x5x3xf32>) -> tensor<2x5x6xf32>
  return %6 : tensor<2x5x6xf32>
}
