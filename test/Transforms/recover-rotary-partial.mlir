// RUN: gac-opt %s --gac-recover --split-input-file | FileCheck %s

// The first four of ten are rotated.
// CHECK-LABEL: func.func @partial(
func.func @partial(%x: tensor<1x4x5x10xf32>,
                 %y: tensor<1x4x5x10xf32>,
                 %cos: tensor<1x5x2xf32>,
                 %sin: tensor<1x5x2xf32>)
    -> tensor<1x4x5x10xf32> {
  // CHECK:      %[[Y:.+]] = gac.rotary_embedding %arg0, %arg2, %arg3
  // CHECK-SAME:   {gac.outputs = ["q"], interleaved = 0 : i64, rotary_embedding_dim = 4 : i64}
  // CHECK-NEXT: return %[[Y]]
  %zero = gac.constant dense<0> : tensor<1xi64>
  %one = gac.constant dense<1> : tensor<1xi64>
  %two = gac.constant dense<2> : tensor<1xi64>
  %three = gac.constant dense<3> : tensor<1xi64>
  %last = gac.constant dense<-1> : tensor<1xi64>
  %end = gac.constant dense<9223372036854775807> : tensor<1xi64>
  %four = gac.constant dense<4> : tensor<1xi64>
  %five = gac.constant dense<5> : tensor<1xi64>
  %h = gac.constant dense<[2, 2]> : tensor<2xi64>
  %0 = gac.slice %x, %zero, %four, %three, %one {operandSegmentSizes = array<i32: 1, 1, 1, 1, 1>}
      : (tensor<1x4x5x10xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<1x4x5x4xf32>
  %1 = gac.slice %x, %four, %end, %three, %one {operandSegmentSizes = array<i32: 1, 1, 1, 1, 1>}
      : (tensor<1x4x5x10xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<1x4x5x6xf32>
  %h1, %h2 = gac.split %0 {axis = -1 : i64, num_outputs = 2 : i64}
      : (tensor<1x4x5x4xf32>) -> (tensor<1x4x5x2xf32>, tensor<1x4x5x2xf32>)
  %c4 = gac.unsqueeze %cos, %one
      : (tensor<1x5x2xf32>, tensor<1xi64>) -> tensor<1x1x5x2xf32>
  %s4 = gac.unsqueeze %sin, %one
      : (tensor<1x5x2xf32>, tensor<1xi64>) -> tensor<1x1x5x2xf32>
  %4 = gac.mul %h1, %c4
      : (tensor<1x4x5x2xf32>, tensor<1x1x5x2xf32>) -> tensor<1x4x5x2xf32>
  %5 = gac.mul %h2, %s4
      : (tensor<1x4x5x2xf32>, tensor<1x1x5x2xf32>) -> tensor<1x4x5x2xf32>
  %6 = gac.sub %4, %5
      : (tensor<1x4x5x2xf32>, tensor<1x4x5x2xf32>) -> tensor<1x4x5x2xf32>
  %7 = gac.mul %h2, %c4
      : (tensor<1x4x5x2xf32>, tensor<1x1x5x2xf32>) -> tensor<1x4x5x2xf32>
  %8 = gac.mul %h1, %s4
      : (tensor<1x4x5x2xf32>, tensor<1x1x5x2xf32>) -> tensor<1x4x5x2xf32>
  %9 = gac.add %7, %8
      : (tensor<1x4x5x2xf32>, tensor<1x4x5x2xf32>) -> tensor<1x4x5x2xf32>
  %10 = gac.concat %6, %9 {axis = 3 : i64}
      : (tensor<1x4x5x2xf32>, tensor<1x4x5x2xf32>) -> tensor<1x4x5x4xf32>
  %11 = gac.concat %10, %1 {axis = -1 : i64, gac.outputs = ["q"]}
      : (tensor<1x4x5x4xf32>, tensor<1x4x5x6xf32>) -> tensor<1x4x5x10xf32>
  return %11 : tensor<1x4x5x10xf32>
}

// -----

// What is not rotated is of another tensor.
// CHECK-LABEL: func.func @tail_of_other(
func.func @tail_of_other(%x: tensor<1x4x5x10xf32>,
                       %y: tensor<1x4x5x10xf32>,
                       %cos: tensor<1x5x2xf32>,
                       %sin: tensor<1x5x2xf32>)
    -> tensor<1x4x5x10xf32> {
  // CHECK:     gac.rotary_embedding %{{.+}} {interleaved = 0 : i64} :
  // CHECK:     gac.concat
  %zero = gac.constant dense<0> : tensor<1xi64>
  %one = gac.constant dense<1> : tensor<1xi64>
  %two = gac.constant dense<2> : tensor<1xi64>
  %three = gac.constant dense<3> : tensor<1xi64>
  %last = gac.constant dense<-1> : tensor<1xi64>
  %end = gac.constant dense<9223372036854775807> : tensor<1xi64>
  %four = gac.constant dense<4> : tensor<1xi64>
  %five = gac.constant dense<5> : tensor<1xi64>
  %h = gac.constant dense<[2, 2]> : tensor<2xi64>
  %0 = gac.slice %x, %zero, %four, %three, %one {operandSegmentSizes = array<i32: 1, 1, 1, 1, 1>}
      : (tensor<1x4x5x10xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<1x4x5x4xf32>
  %1 = gac.slice %y, %four, %end, %three, %one {operandSegmentSizes = array<i32: 1, 1, 1, 1, 1>}
      : (tensor<1x4x5x10xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<1x4x5x6xf32>
  %h1, %h2 = gac.split %0 {axis = -1 : i64, num_outputs = 2 : i64}
      : (tensor<1x4x5x4xf32>) -> (tensor<1x4x5x2xf32>, tensor<1x4x5x2xf32>)
  %c4 = gac.unsqueeze %cos, %one
      : (tensor<1x5x2xf32>, tensor<1xi64>) -> tensor<1x1x5x2xf32>
  %s4 = gac.unsqueeze %sin, %one
      : (tensor<1x5x2xf32>, tensor<1xi64>) -> tensor<1x1x5x2xf32>
  %4 = gac.mul %h1, %c4
      : (tensor<1x4x5x2xf32>, tensor<1x1x5x2xf32>) -> tensor<1x4x5x2xf32>
  %5 = gac.mul %h2, %s4
      : (tensor<1x4x5x2xf32>, tensor<1x1x5x2xf32>) -> tensor<1x4x5x2xf32>
  %6 = gac.sub %4, %5
      : (tensor<1x4x5x2xf32>, tensor<1x4x5x2xf32>) -> tensor<1x4x5x2xf32>
  %7 = gac.mul %h2, %c4
      : (tensor<1x4x5x2xf32>, tensor<1x1x5x2xf32>) -> tensor<1x4x5x2xf32>
  %8 = gac.mul %h1, %s4
      : (tensor<1x4x5x2xf32>, tensor<1x1x5x2xf32>) -> tensor<1x4x5x2xf32>
  %9 = gac.add %7, %8
      : (tensor<1x4x5x2xf32>, tensor<1x4x5x2xf32>) -> tensor<1x4x5x2xf32>
  %10 = gac.concat %6, %9 {axis = 3 : i64}
      : (tensor<1x4x5x2xf32>, tensor<1x4x5x2xf32>) -> tensor<1x4x5x4xf32>
  %11 = gac.concat %10, %1 {axis = -1 : i64, gac.outputs = ["q"]}
      : (tensor<1x4x5x4xf32>, tensor<1x4x5x6xf32>) -> tensor<1x4x5x10xf32>
  return %11 : tensor<1x4x5x10xf32>
}

// -----

// One number is left out.
// CHECK-LABEL: func.func @gap(
func.func @gap(%x: tensor<1x4x5x10xf32>,
             %y: tensor<1x4x5x10xf32>,
             %cos: tensor<1x5x2xf32>,
             %sin: tensor<1x5x2xf32>)
    -> tensor<1x4x5x9xf32> {
  // CHECK:     gac.rotary_embedding %{{.+}} {interleaved = 0 : i64} :
  // CHECK:     gac.concat
  %zero = gac.constant dense<0> : tensor<1xi64>
  %one = gac.constant dense<1> : tensor<1xi64>
  %two = gac.constant dense<2> : tensor<1xi64>
  %three = gac.constant dense<3> : tensor<1xi64>
  %last = gac.constant dense<-1> : tensor<1xi64>
  %end = gac.constant dense<9223372036854775807> : tensor<1xi64>
  %four = gac.constant dense<4> : tensor<1xi64>
  %five = gac.constant dense<5> : tensor<1xi64>
  %h = gac.constant dense<[2, 2]> : tensor<2xi64>
  %0 = gac.slice %x, %zero, %four, %three, %one {operandSegmentSizes = array<i32: 1, 1, 1, 1, 1>}
      : (tensor<1x4x5x10xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<1x4x5x4xf32>
  %1 = gac.slice %x, %five, %end, %three, %one {operandSegmentSizes = array<i32: 1, 1, 1, 1, 1>}
      : (tensor<1x4x5x10xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<1x4x5x5xf32>
  %h1, %h2 = gac.split %0 {axis = -1 : i64, num_outputs = 2 : i64}
      : (tensor<1x4x5x4xf32>) -> (tensor<1x4x5x2xf32>, tensor<1x4x5x2xf32>)
  %c4 = gac.unsqueeze %cos, %one
      : (tensor<1x5x2xf32>, tensor<1xi64>) -> tensor<1x1x5x2xf32>
  %s4 = gac.unsqueeze %sin, %one
      : (tensor<1x5x2xf32>, tensor<1xi64>) -> tensor<1x1x5x2xf32>
  %4 = gac.mul %h1, %c4
      : (tensor<1x4x5x2xf32>, tensor<1x1x5x2xf32>) -> tensor<1x4x5x2xf32>
  %5 = gac.mul %h2, %s4
      : (tensor<1x4x5x2xf32>, tensor<1x1x5x2xf32>) -> tensor<1x4x5x2xf32>
  %6 = gac.sub %4, %5
      : (tensor<1x4x5x2xf32>, tensor<1x4x5x2xf32>) -> tensor<1x4x5x2xf32>
  %7 = gac.mul %h2, %c4
      : (tensor<1x4x5x2xf32>, tensor<1x1x5x2xf32>) -> tensor<1x4x5x2xf32>
  %8 = gac.mul %h1, %s4
      : (tensor<1x4x5x2xf32>, tensor<1x1x5x2xf32>) -> tensor<1x4x5x2xf32>
  %9 = gac.add %7, %8
      : (tensor<1x4x5x2xf32>, tensor<1x4x5x2xf32>) -> tensor<1x4x5x2xf32>
  %10 = gac.concat %6, %9 {axis = 3 : i64}
      : (tensor<1x4x5x2xf32>, tensor<1x4x5x2xf32>) -> tensor<1x4x5x4xf32>
  %11 = gac.concat %10, %1 {axis = -1 : i64, gac.outputs = ["q"]}
      : (tensor<1x4x5x4xf32>, tensor<1x4x5x5xf32>) -> tensor<1x4x5x9xf32>
  return %11 : tensor<1x4x5x9xf32>
}

// -----

// Behind the positions, and moved before them later: once is enough.
// CHECK-LABEL: func.func @positions_first(
func.func @positions_first(%x: tensor<1x5x4x10xf32>,
                         %cos: tensor<1x5x2xf32>,
                         %sin: tensor<1x5x2xf32>)
    -> tensor<1x4x5x10xf32> {
  // CHECK:      %[[X:.+]] = gac.transpose %arg0 {perm = array<i64: 0, 2, 1, 3>}
  // CHECK-NEXT: %[[Y:.+]] = gac.rotary_embedding %[[X]], %arg1, %arg2
  // CHECK-SAME:   rotary_embedding_dim = 4 : i64
  // CHECK-NEXT: return %[[Y]]
  %zero = gac.constant dense<0> : tensor<1xi64>
  %one = gac.constant dense<1> : tensor<1xi64>
  %two = gac.constant dense<2> : tensor<1xi64>
  %three = gac.constant dense<3> : tensor<1xi64>
  %last = gac.constant dense<-1> : tensor<1xi64>
  %end = gac.constant dense<9223372036854775807> : tensor<1xi64>
  %four = gac.constant dense<4> : tensor<1xi64>
  %five = gac.constant dense<5> : tensor<1xi64>
  %h = gac.constant dense<[2, 2]> : tensor<2xi64>
  %0 = gac.slice %x, %zero, %four, %three, %one {operandSegmentSizes = array<i32: 1, 1, 1, 1, 1>}
      : (tensor<1x5x4x10xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<1x5x4x4xf32>
  %1 = gac.slice %x, %four, %end, %three, %one {operandSegmentSizes = array<i32: 1, 1, 1, 1, 1>}
      : (tensor<1x5x4x10xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<1x5x4x6xf32>
  %h1, %h2 = gac.split %0 {axis = -1 : i64, num_outputs = 2 : i64}
      : (tensor<1x5x4x4xf32>) -> (tensor<1x5x4x2xf32>, tensor<1x5x4x2xf32>)
  %c4 = gac.unsqueeze %cos, %two
      : (tensor<1x5x2xf32>, tensor<1xi64>) -> tensor<1x5x1x2xf32>
  %s4 = gac.unsqueeze %sin, %two
      : (tensor<1x5x2xf32>, tensor<1xi64>) -> tensor<1x5x1x2xf32>
  %4 = gac.mul %h1, %c4
      : (tensor<1x5x4x2xf32>, tensor<1x5x1x2xf32>) -> tensor<1x5x4x2xf32>
  %5 = gac.mul %h2, %s4
      : (tensor<1x5x4x2xf32>, tensor<1x5x1x2xf32>) -> tensor<1x5x4x2xf32>
  %6 = gac.sub %4, %5
      : (tensor<1x5x4x2xf32>, tensor<1x5x4x2xf32>) -> tensor<1x5x4x2xf32>
  %7 = gac.mul %h2, %c4
      : (tensor<1x5x4x2xf32>, tensor<1x5x1x2xf32>) -> tensor<1x5x4x2xf32>
  %8 = gac.mul %h1, %s4
      : (tensor<1x5x4x2xf32>, tensor<1x5x1x2xf32>) -> tensor<1x5x4x2xf32>
  %9 = gac.add %7, %8
      : (tensor<1x5x4x2xf32>, tensor<1x5x4x2xf32>) -> tensor<1x5x4x2xf32>
  %10 = gac.concat %6, %9 {axis = 3 : i64}
      : (tensor<1x5x4x2xf32>, tensor<1x5x4x2xf32>) -> tensor<1x5x4x4xf32>
  %11 = gac.concat %10, %1 {axis = -1 : i64, gac.outputs = ["q"]}
      : (tensor<1x5x4x4xf32>, tensor<1x5x4x6xf32>) -> tensor<1x5x4x10xf32>
  %12 = gac.transpose %11 {perm = array<i64: 0, 2, 1, 3>}
      : (tensor<1x5x4x10xf32>) -> tensor<1x4x5x10xf32>
  return %12 : tensor<1x4x5x10xf32>
}

// -----

// The same for the K of a product.
// CHECK-LABEL: func.func @positions_first_turned(
func.func @positions_first_turned(%x: tensor<1x5x4x10xf32>,
                                %cos: tensor<1x5x2xf32>,
                                %sin: tensor<1x5x2xf32>)
    -> tensor<1x4x10x5xf32> {
  // CHECK:      %[[X:.+]] = gac.transpose %arg0 {perm = array<i64: 0, 2, 1, 3>}
  // CHECK-NEXT: %[[Y:.+]] = gac.rotary_embedding %[[X]], %arg1, %arg2
  // CHECK-SAME:   rotary_embedding_dim = 4 : i64
  // CHECK-NEXT: %[[T:.+]] = gac.transpose %[[Y]] {perm = array<i64: 0, 1, 3, 2>}
  // CHECK-NEXT: return %[[T]]
  %zero = gac.constant dense<0> : tensor<1xi64>
  %one = gac.constant dense<1> : tensor<1xi64>
  %two = gac.constant dense<2> : tensor<1xi64>
  %three = gac.constant dense<3> : tensor<1xi64>
  %last = gac.constant dense<-1> : tensor<1xi64>
  %end = gac.constant dense<9223372036854775807> : tensor<1xi64>
  %four = gac.constant dense<4> : tensor<1xi64>
  %five = gac.constant dense<5> : tensor<1xi64>
  %h = gac.constant dense<[2, 2]> : tensor<2xi64>
  %0 = gac.slice %x, %zero, %four, %three, %one {operandSegmentSizes = array<i32: 1, 1, 1, 1, 1>}
      : (tensor<1x5x4x10xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<1x5x4x4xf32>
  %1 = gac.slice %x, %four, %end, %three, %one {operandSegmentSizes = array<i32: 1, 1, 1, 1, 1>}
      : (tensor<1x5x4x10xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<1x5x4x6xf32>
  %h1, %h2 = gac.split %0 {axis = -1 : i64, num_outputs = 2 : i64}
      : (tensor<1x5x4x4xf32>) -> (tensor<1x5x4x2xf32>, tensor<1x5x4x2xf32>)
  %c4 = gac.unsqueeze %cos, %two
      : (tensor<1x5x2xf32>, tensor<1xi64>) -> tensor<1x5x1x2xf32>
  %s4 = gac.unsqueeze %sin, %two
      : (tensor<1x5x2xf32>, tensor<1xi64>) -> tensor<1x5x1x2xf32>
  %4 = gac.mul %h1, %c4
      : (tensor<1x5x4x2xf32>, tensor<1x5x1x2xf32>) -> tensor<1x5x4x2xf32>
  %5 = gac.mul %h2, %s4
      : (tensor<1x5x4x2xf32>, tensor<1x5x1x2xf32>) -> tensor<1x5x4x2xf32>
  %6 = gac.sub %4, %5
      : (tensor<1x5x4x2xf32>, tensor<1x5x4x2xf32>) -> tensor<1x5x4x2xf32>
  %7 = gac.mul %h2, %c4
      : (tensor<1x5x4x2xf32>, tensor<1x5x1x2xf32>) -> tensor<1x5x4x2xf32>
  %8 = gac.mul %h1, %s4
      : (tensor<1x5x4x2xf32>, tensor<1x5x1x2xf32>) -> tensor<1x5x4x2xf32>
  %9 = gac.add %7, %8
      : (tensor<1x5x4x2xf32>, tensor<1x5x4x2xf32>) -> tensor<1x5x4x2xf32>
  %10 = gac.concat %6, %9 {axis = 3 : i64}
      : (tensor<1x5x4x2xf32>, tensor<1x5x4x2xf32>) -> tensor<1x5x4x4xf32>
  %11 = gac.concat %10, %1 {axis = -1 : i64, gac.outputs = ["q"]}
      : (tensor<1x5x4x4xf32>, tensor<1x5x4x6xf32>) -> tensor<1x5x4x10xf32>
  %12 = gac.transpose %11 {perm = array<i64: 0, 2, 3, 1>}
      : (tensor<1x5x4x10xf32>) -> tensor<1x4x10x5xf32>
  return %12 : tensor<1x4x10x5xf32>
}
