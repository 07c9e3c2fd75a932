// RUN: gac-opt %s --gac-print-dimensions -o %t | FileCheck %s

// Scales and zero points of columns go along with them. What is dequantised is
// zero in new columns.

// CHECK-LABEL: function @columns
// CHECK: dimension q:1 = 6
// CHECK-NOT: fixed
// CHECK: weight q:1
// CHECK-NEXT: weight s:0
// CHECK-NEXT: weight z:0
// CHECK-NEXT: weight r:0
func.func @columns(%x: tensor<?x8xf32> {gac.name = "x", gac.dims = ["batch", ""]})
    -> (tensor<?x8xf32> {gac.name = "y"}) {
  %q = gac.initializer "q" = dense<5> : tensor<8x6xui8>
  %s = gac.initializer "s" = dense<0.5> : tensor<6xf32>
  %z = gac.initializer "z" = dense<[1, 2, 3, 4, 5, 6]> : tensor<6xui8>
  %r = gac.initializer "r" = dense<1.0> : tensor<6x8xf32>
  %a = gac.dequantize_linear %q, %s, %z {gac.outputs = ["a"]} : (tensor<8x6xui8>, tensor<6xf32>, tensor<6xui8>) -> tensor<8x6xf32>
  %h = gac.matmul %x, %a {gac.outputs = ["h"]} : (tensor<?x8xf32>, tensor<8x6xf32>) -> tensor<?x6xf32>
  %y = gac.matmul %h, %r {gac.outputs = ["y"]} : (tensor<?x6xf32>, tensor<6x8xf32>) -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// Zero points that differ from column to column: no one number means zero in
// all of a new row, so the other side must be zero there; cos(0) is 1.

// CHECK-LABEL: function @no_zero
// CHECK: dimension a:1 = 6
// CHECK: fixed: MatMulInteger contracts it, where padding of neither side is its zero point (p)
func.func @no_zero(%x: tensor<?x8xf32> {gac.name = "x", gac.dims = ["batch", ""]})
    -> (tensor<?x3xi32> {gac.name = "p"}) {
  %a = gac.initializer "a" = dense<1.0> : tensor<8x6xf32>
  %s = gac.initializer "s" = dense<0.5> : tensor<f32>
  %u = gac.initializer "u" = dense<7> : tensor<ui8>
  %q = gac.initializer "q" = dense<5> : tensor<6x3xui8>
  %z = gac.initializer "z" = dense<[1, 2, 3]> : tensor<3xui8>
  %h = gac.matmul %x, %a {gac.outputs = ["h"]} : (tensor<?x8xf32>, tensor<8x6xf32>) -> tensor<?x6xf32>
  %c = gac.cos %h {gac.outputs = ["c"]} : (tensor<?x6xf32>) -> tensor<?x6xf32>
  %d = gac.quantize_linear %c, %s, %u {gac.outputs = ["d"]} : (tensor<?x6xf32>, tensor<f32>, tensor<ui8>) -> tensor<?x6xui8>
  %p = gac.matmul_integer %d, %q, %u, %z {gac.outputs = ["p"], operandSegmentSizes = array<i32: 1, 1, 1, 1>} : (tensor<?x6xui8>, tensor<6x3xui8>, tensor<ui8>, tensor<3xui8>) -> tensor<?x3xi32>
  return %p : tensor<?x3xi32>
}

// Where the weight itself is dequantised, a new row holds the zero point of each
// column, and needs no mask.

// CHECK-LABEL: function @rows_of_zero_points
// CHECK: dimension a:1 = 6
// CHECK-NOT: fixed
// CHECK-NOT: masked
func.func @rows_of_zero_points(%x: tensor<?x8xf32> {gac.name = "x", gac.dims = ["batch", ""]})
    -> (tensor<?x3xf32> {gac.name = "y"}) {
  %a = gac.initializer "a" = dense<1.0> : tensor<8x6xf32>
  %q = gac.initializer "q" = dense<5> : tensor<6x3xui8>
  %s = gac.initializer "s" = dense<0.5> : tensor<3xf32>
  %z = gac.initializer "z" = dense<[1, 2, 3]> : tensor<3xui8>
  %h = gac.matmul %x, %a {gac.outputs = ["h"]} : (tensor<?x8xf32>, tensor<8x6xf32>) -> tensor<?x6xf32>
  %c = gac.cos %h {gac.outputs = ["c"]} : (tensor<?x6xf32>) -> tensor<?x6xf32>
  %b = gac.dequantize_linear %q, %s, %z {gac.outputs = ["b"]} : (tensor<6x3xui8>, tensor<3xf32>, tensor<3xui8>) -> tensor<6x3xf32>
  %y = gac.matmul %c, %b {gac.outputs = ["y"]} : (tensor<?x6xf32>, tensor<6x3xf32>) -> tensor<?x3xf32>
  return %y : tensor<?x3xf32>
}

// Both axes of this weight are one dimension. Along its columns new lanes are
// zero points of new columns, and in its rows those of old ones.

// CHECK-LABEL: function @square
// CHECK: dimension a:1 = 6
// CHECK-NOT: fixed
// CHECK-NOT: masked
func.func @square(%x: tensor<?x8xf32> {gac.name = "x", gac.dims = ["batch", ""]})
    -> (tensor<?x1xf32> {gac.name = "y"}) {
  %a = gac.initializer "a" = dense<1.0> : tensor<8x6xf32>
  %q = gac.initializer "q" = dense<5> : tensor<6x6xui8>
  %s = gac.initializer "s" = dense<0.5> : tensor<6xf32>
  %z = gac.initializer "z" = dense<[1, 2, 3, 4, 5, 6]> : tensor<6xui8>
  %r = gac.initializer "r" = dense<1.0> : tensor<6x1xf32>
  %h = gac.matmul %x, %a {gac.outputs = ["h"]} : (tensor<?x8xf32>, tensor<8x6xf32>) -> tensor<?x6xf32>
  %c = gac.cos %h {gac.outputs = ["c"]} : (tensor<?x6xf32>) -> tensor<?x6xf32>
  %b = gac.dequantize_linear %q, %s, %z {gac.outputs = ["b"]} : (tensor<6x6xui8>, tensor<6xf32>, tensor<6xui8>) -> tensor<6x6xf32>
  %d = gac.matmul %c, %b {gac.outputs = ["d"]} : (tensor<?x6xf32>, tensor<6x6xf32>) -> tensor<?x6xf32>
  %e = gac.add %d, %h {gac.outputs = ["e"]} : (tensor<?x6xf32>, tensor<?x6xf32>) -> tensor<?x6xf32>
  %y = gac.matmul %e, %r {gac.outputs = ["y"]} : (tensor<?x6xf32>, tensor<6x1xf32>) -> tensor<?x1xf32>
  return %y : tensor<?x1xf32>
}

// Through a transpose no zero point is asked for: the product is masked.

// CHECK-LABEL: function @moved_rows
// CHECK: masked: axis 0 of b for MatMul
func.func @moved_rows(%x: tensor<?x8xf32> {gac.name = "x", gac.dims = ["batch", ""]})
    -> (tensor<?x3xf32> {gac.name = "y"}) {
  %a = gac.initializer "a" = dense<1.0> : tensor<8x6xf32>
  %q = gac.initializer "q" = dense<5> : tensor<3x6xui8>
  %s = gac.initializer "s" = dense<0.5> : tensor<3xf32>
  %z = gac.initializer "z" = dense<[1, 2, 3]> : tensor<3xui8>
  %h = gac.matmul %x, %a {gac.outputs = ["h"]} : (tensor<?x8xf32>, tensor<8x6xf32>) -> tensor<?x6xf32>
  %c = gac.cos %h {gac.outputs = ["c"]} : (tensor<?x6xf32>) -> tensor<?x6xf32>
  %t = gac.transpose %q {gac.outputs = ["t"], perm = array<i64: 1, 0>} : (tensor<3x6xui8>) -> tensor<6x3xui8>
  %b = gac.dequantize_linear %t, %s, %z {gac.outputs = ["b"]} : (tensor<6x3xui8>, tensor<3xf32>, tensor<3xui8>) -> tensor<6x3xf32>
  %y = gac.matmul %c, %b {gac.outputs = ["y"]} : (tensor<?x6xf32>, tensor<6x3xf32>) -> tensor<?x3xf32>
  return %y : tensor<?x3xf32>
}

// The range that is quantised holds 0, so zeros change nothing, but ones do, and
// are masked.

// CHECK-LABEL: function @ranges
// CHECK: dimension a:1 = 6
// CHECK-NEXT: weight a:1
// CHECK: dimension b:1 = 7
// CHECK: masked: axis 1 of c for DynamicQuantizeLinear
// CHECK: use MatMulInteger p operand 0 axis 1 K = a:1
// CHECK: use MatMulInteger p operand 1 axis 1 N
func.func @ranges(%x: tensor<?x8xf32> {gac.name = "x", gac.dims = ["batch", ""]})
    -> (tensor<?x3xi32> {gac.name = "p"}, tensor<?x3xi32> {gac.name = "o"}) {
  %a = gac.initializer "a" = dense<1.0> : tensor<8x6xf32>
  %b = gac.initializer "b" = dense<1.0> : tensor<8x7xf32>
  %q = gac.initializer "q" = dense<5> : tensor<6x3xui8>
  %r = gac.initializer "r" = dense<5> : tensor<7x3xui8>
  %h = gac.matmul %x, %a {gac.outputs = ["h"]} : (tensor<?x8xf32>, tensor<8x6xf32>) -> tensor<?x6xf32>
  %d:3 = gac.dynamic_quantize_linear %h {gac.outputs = ["d", "ds", "dz"]} : (tensor<?x6xf32>) -> (tensor<?x6xui8>, tensor<f32>, tensor<ui8>)
  %p = gac.matmul_integer %d#0, %q, %d#2 {gac.outputs = ["p"], operandSegmentSizes = array<i32: 1, 1, 1, 0>} : (tensor<?x6xui8>, tensor<6x3xui8>, tensor<ui8>) -> tensor<?x3xi32>
  %i = gac.matmul %x, %b {gac.outputs = ["i"]} : (tensor<?x8xf32>, tensor<8x7xf32>) -> tensor<?x7xf32>
  %c = gac.cos %i {gac.outputs = ["c"]} : (tensor<?x7xf32>) -> tensor<?x7xf32>
  %e:3 = gac.dynamic_quantize_linear %c {gac.outputs = ["e", "es", "ez"]} : (tensor<?x7xf32>) -> (tensor<?x7xui8>, tensor<f32>, tensor<ui8>)
  %o = gac.matmul_integer %e#0, %r, %e#2 {gac.outputs = ["o"], operandSegmentSizes = array<i32: 1, 1, 1, 0>} : (tensor<?x7xui8>, tensor<7x3xui8>, tensor<ui8>) -> tensor<?x3xi32>
  return %p, %o : tensor<?x3xi32>, tensor<?x3xi32>
}

// Scales of blocks that are computed say nothing of a new block.

// CHECK-LABEL: function @computed_scales
// CHECK: dimension a:1 = 6
// CHECK: fixed: DequantizeLinear has scales of blocks that are computed as the model runs (b)
func.func @computed_scales(%x: tensor<?x8xf32> {gac.name = "x", gac.dims = ["batch", ""]},
    %s: tensor<2x8xf32> {gac.name = "s"}) -> (tensor<?x8xf32> {gac.name = "y"}) {
  %a = gac.initializer "a" = dense<1.0> : tensor<8x6xf32>
  %q = gac.initializer "q" = dense<5> : tensor<6x8xi8>
  %b = gac.dequantize_linear %q, %s {axis = 0 : i64, block_size = 4 : i64, gac.outputs = ["b"]} : (tensor<6x8xi8>, tensor<2x8xf32>) -> tensor<6x8xf32>
  %h = gac.matmul %x, %a {gac.outputs = ["h"]} : (tensor<?x8xf32>, tensor<8x6xf32>) -> tensor<?x6xf32>
  %y = gac.matmul %h, %b {gac.outputs = ["y"]} : (tensor<?x6xf32>, tensor<6x8xf32>) -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// Two heads of 3 lanes lie across blocks of 4: only the last of them could grow
// at the end. The product reads a cut.

// CHECK-LABEL: function @heads
// CHECK: dimension a:1 = 3
// CHECK: cut: axis 1 of r for MatMulNBits
func.func @heads(%x: tensor<2x5x8xf32> {gac.name = "x"}) -> (tensor<5x8xf32> {gac.name = "y"}) {
  %a = gac.initializer "a" = dense<1.0> : tensor<8x3xf32>
  %q = gac.initializer "q" = dense<5> : tensor<8x2x2xui8>
  %s = gac.initializer "s" = dense<1.0> : tensor<8x2xf32>
  %n = gac.initializer "n" = dense<[5, 6]> : tensor<2xi64>
  %h = gac.matmul %x, %a {gac.outputs = ["h"]} : (tensor<2x5x8xf32>, tensor<8x3xf32>) -> tensor<2x5x3xf32>
  %t = gac.transpose %h {gac.outputs = ["t"], perm = array<i64: 1, 0, 2>} : (tensor<2x5x3xf32>) -> tensor<5x2x3xf32>
  %r = gac.reshape %t, %n {gac.outputs = ["r"]} : (tensor<5x2x3xf32>, tensor<2xi64>) -> tensor<5x6xf32>
  %y = gac.matmul_nbits %r, %q, %s {gac.outputs = ["y"], K = 6 : i64, N = 8 : i64, block_size = 4 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>} : (tensor<5x6xf32>, tensor<8x2x2xui8>, tensor<8x2xf32>) -> tensor<5x8xf32>
  return %y : tensor<5x8xf32>
}

// Quantised sums and functions know what padding means, too; a sigmoid of zero
// is not zero, but finite.

// CHECK-LABEL: function @quantised_to_quantised
// CHECK: dimension a:1 = 6
// CHECK-NOT: fixed
// CHECK: weight a:1
func.func @quantised_to_quantised(%x: tensor<?x8xui8> {gac.name = "x", gac.dims = ["batch", ""]})
    -> (tensor<?x8xui8> {gac.name = "y"}) {
  %a = gac.initializer "a" = dense<1> : tensor<8x6xi8>
  %b = gac.initializer "b" = dense<1> : tensor<6x8xi8>
  %s = gac.initializer "s" = dense<0.5> : tensor<f32>
  %z = gac.initializer "z" = dense<7> : tensor<ui8>
  %i = gac.initializer "i" = dense<3> : tensor<i8>
  %h = gac.qlinear_matmul %x, %s, %z, %a, %s, %i, %s, %z {gac.outputs = ["h"]} : (tensor<?x8xui8>, tensor<f32>, tensor<ui8>, tensor<8x6xi8>, tensor<f32>, tensor<i8>, tensor<f32>, tensor<ui8>) -> tensor<?x6xui8>
  %g = gac.qlinear_sigmoid %h, %s, %z, %s, %z {gac.outputs = ["g"], operandSegmentSizes = array<i32: 1, 1, 1, 1, 1>} : (tensor<?x6xui8>, tensor<f32>, tensor<ui8>, tensor<f32>, tensor<ui8>) -> tensor<?x6xui8>
  %m = gac.qlinear_mul %h, %s, %z, %g, %s, %z, %s, %z {gac.outputs = ["m"], operandSegmentSizes = array<i32: 1, 1, 1, 1, 1, 1, 1, 1>} : (tensor<?x6xui8>, tensor<f32>, tensor<ui8>, tensor<?x6xui8>, tensor<f32>, tensor<ui8>, tensor<f32>, tensor<ui8>) -> tensor<?x6xui8>
  %y = gac.qlinear_matmul %m, %s, %z, %b, %s, %i, %s, %z {gac.outputs = ["y"]} : (tensor<?x6xui8>, tensor<f32>, tensor<ui8>, tensor<6x8xi8>, tensor<f32>, tensor<i8>, tensor<f32>, tensor<ui8>) -> tensor<?x8xui8>
  return %y : tensor<?x8xui8>
}
