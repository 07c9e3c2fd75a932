// RUN: gac-opt %s --split-input-file --gac-apply | FileCheck %s

// New rows and columns hold the zero point, new scales 1.

// CHECK-LABEL: func.func @columns
// CHECK: gac.initializer "q" = #gac.pad<dense<5> : tensor<8x6xui8>, [<8 : 0 to 0 by 8>, <8 : 0 to 0 by 6>], fill = 9 : ui8> : tensor<8x8xui8>
// CHECK: gac.initializer "s" = #gac.pad<{{.*}}, fill = 1.000000e+00 : f32> : tensor<8xf32>
// CHECK: gac.initializer "z" = #gac.pad<{{.*}}, fill = 9 : ui8> : tensor<8xui8>
// CHECK: gac.initializer "r" = #gac.pad<dense<1> : tensor<6x8xi8>, [<8 : 0 to 0 by 6>, <8 : 0 to 0 by 8>]> : tensor<8x8xi8>
// CHECK: gac.dequantize_linear {{.*}} -> tensor<8x8xf32>
module attributes {gac.plan = #gac.plan<target = "h200", dtype = "bf16", strategy = "minimal", [<"q:1", 6 to 8>]>} {
  func.func @columns(%x: tensor<3x8xf32> {gac.name = "x"}) -> (tensor<3x8xf32> {gac.name = "y"}) {
    %q = gac.initializer "q" = dense<5> : tensor<8x6xui8>
    %s = gac.initializer "s" = dense<0.5> : tensor<6xf32>
    %z = gac.initializer "z" = dense<9> : tensor<6xui8>
    %r = gac.initializer "r" = dense<1> : tensor<6x8xi8>
    %t = gac.initializer "t" = dense<0.5> : tensor<f32>
    %a = gac.dequantize_linear %q, %s, %z {gac.outputs = ["a"]} : (tensor<8x6xui8>, tensor<6xf32>, tensor<6xui8>) -> tensor<8x6xf32>
    %b = gac.dequantize_linear %r, %t {gac.outputs = ["b"]} : (tensor<6x8xi8>, tensor<f32>) -> tensor<6x8xf32>
    %h = gac.matmul %x, %a {gac.outputs = ["h"]} : (tensor<3x8xf32>, tensor<8x6xf32>) -> tensor<3x6xf32>
    %y = gac.matmul %h, %b {gac.outputs = ["y"]} : (tensor<3x6xf32>, tensor<6x8xf32>) -> tensor<3x8xf32>
    return %y : tensor<3x8xf32>
  }
}

// -----

// New rows hold the zero points of their columns, in their new places, and no
// mask is made.

// CHECK-LABEL: func.func @rows_of_zero_points
// CHECK: gac.initializer "q" = #gac.pad<dense<5> : tensor<6x3xui8>, [<8 : 0 to 0 by 6>, <4 : 0 to 0 by 3>], fill = dense<{{\[}}[1, 2, 3, 0]]> : tensor<1x4xui8>> : tensor<8x4xui8>
// CHECK: gac.initializer "z" = #gac.pad<dense<[1, 2, 3]> : tensor<3xui8>, [<4 : 0 to 0 by 3>]> : tensor<4xui8>
// CHECK-NOT: gac.mul
// CHECK: return
module attributes {gac.plan = #gac.plan<target = "h200", dtype = "bf16", strategy = "minimal", [<"a:1", 6 to 8>, <"q:1", 3 to 4>]>} {
  func.func @rows_of_zero_points(%x: tensor<3x8xf32> {gac.name = "x"}) -> (tensor<3x8xf32> {gac.name = "y"}) {
    %a = gac.initializer "a" = dense<1.0> : tensor<8x6xf32>
    %q = gac.initializer "q" = dense<5> : tensor<6x3xui8>
    %s = gac.initializer "s" = dense<0.5> : tensor<3xf32>
    %z = gac.initializer "z" = dense<[1, 2, 3]> : tensor<3xui8>
    %r = gac.initializer "r" = dense<1.0> : tensor<3x8xf32>
    %h = gac.matmul %x, %a {gac.outputs = ["h"]} : (tensor<3x8xf32>, tensor<8x6xf32>) -> tensor<3x6xf32>
    %c = gac.cos %h {gac.outputs = ["c"]} : (tensor<3x6xf32>) -> tensor<3x6xf32>
    %b = gac.dequantize_linear %q, %s, %z {gac.outputs = ["b"]} : (tensor<6x3xui8>, tensor<3xf32>, tensor<3xui8>) -> tensor<6x3xf32>
    %g = gac.matmul %c, %b {gac.outputs = ["g"]} : (tensor<3x6xf32>, tensor<6x3xf32>) -> tensor<3x3xf32>
    %y = gac.matmul %g, %r {gac.outputs = ["y"]} : (tensor<3x3xf32>, tensor<3x8xf32>) -> tensor<3x8xf32>
    return %y : tensor<3x8xf32>
  }
}

// -----

// A weight that is read with two zero points is two.

// CHECK-LABEL: func.func @two_zero_points
// CHECK-DAG: gac.initializer "q" = #gac.pad<{{.*}}, fill = 3 : ui8> : tensor<8x8xui8>
// CHECK-DAG: gac.initializer "q.grown" = #gac.pad<{{.*}}, fill = 4 : ui8> : tensor<8x8xui8>
module attributes {gac.plan = #gac.plan<target = "h200", dtype = "bf16", strategy = "minimal", [<"q:1", 6 to 8>]>} {
  func.func @two_zero_points(%x: tensor<3x8xf32> {gac.name = "x"}) -> (tensor<3x8xf32> {gac.name = "y"}) {
    %q = gac.initializer "q" = dense<5> : tensor<8x6xui8>
    %s = gac.initializer "s" = dense<0.5> : tensor<f32>
    %z = gac.initializer "z" = dense<3> : tensor<ui8>
    %u = gac.initializer "u" = dense<4> : tensor<ui8>
    %r = gac.initializer "r" = dense<1.0> : tensor<6x8xf32>
    %a = gac.dequantize_linear %q, %s, %z {gac.outputs = ["a"]} : (tensor<8x6xui8>, tensor<f32>, tensor<ui8>) -> tensor<8x6xf32>
    %b = gac.dequantize_linear %q, %s, %u {gac.outputs = ["b"]} : (tensor<8x6xui8>, tensor<f32>, tensor<ui8>) -> tensor<8x6xf32>
    %c = gac.add %a, %b {gac.outputs = ["c"]} : (tensor<8x6xf32>, tensor<8x6xf32>) -> tensor<8x6xf32>
    %h = gac.matmul %x, %c {gac.outputs = ["h"]} : (tensor<3x8xf32>, tensor<8x6xf32>) -> tensor<3x6xf32>
    %y = gac.matmul %h, %r {gac.outputs = ["y"]} : (tensor<3x6xf32>, tensor<6x8xf32>) -> tensor<3x8xf32>
    return %y : tensor<3x8xf32>
  }
}

// -----

// The zero point goes back through what moves elements.

// CHECK-LABEL: func.func @moved
// CHECK: gac.initializer "q" = #gac.pad<{{.*}}, fill = 3 : ui8> : tensor<8x9xui8>
module attributes {gac.plan = #gac.plan<target = "h200", dtype = "bf16", strategy = "minimal", [<"q:0", 6 to 8>]>} {
  func.func @moved(%i: tensor<3xi64> {gac.name = "i"}) -> (tensor<3x8xf32> {gac.name = "y"}) {
    %q = gac.initializer "q" = dense<5> : tensor<6x9xui8>
    %s = gac.initializer "s" = dense<0.5> : tensor<f32>
    %z = gac.initializer "z" = dense<3> : tensor<ui8>
    %r = gac.initializer "r" = dense<1.0> : tensor<6x8xf32>
    %t = gac.transpose %q {gac.outputs = ["t"]} : (tensor<6x9xui8>) -> tensor<9x6xui8>
    %g = gac.gather %t, %i {gac.outputs = ["g"]} : (tensor<9x6xui8>, tensor<3xi64>) -> tensor<3x6xui8>
    %h = gac.dequantize_linear %g, %s, %z {gac.outputs = ["h"]} : (tensor<3x6xui8>, tensor<f32>, tensor<ui8>) -> tensor<3x6xf32>
    %y = gac.matmul %h, %r {gac.outputs = ["y"]} : (tensor<3x6xf32>, tensor<6x8xf32>) -> tensor<3x8xf32>
    return %y : tensor<3x8xf32>
  }
}

// -----

// Blocks of 4 lanes are added at the end: 6 lanes have 2 of them, 12 have 3.

// CHECK-LABEL: func.func @blocks
// CHECK: gac.initializer "s" = #gac.pad<dense<5.000000e-01> : tensor<2x8xf32>, [<3 : 0 to 0 by 2>, <8 : 0 to 0 by 8>], fill = 1.000000e+00 : f32> : tensor<3x8xf32>
// CHECK: gac.dequantize_linear {{.*}} (tensor<12x8xi8>, tensor<3x8xf32>) -> tensor<12x8xf32>
module attributes {gac.plan = #gac.plan<target = "h200", dtype = "bf16", strategy = "minimal", [<"a:1", 6 to 12>]>} {
  func.func @blocks(%x: tensor<3x8xf32> {gac.name = "x"}) -> (tensor<3x8xf32> {gac.name = "y"}) {
    %a = gac.initializer "a" = dense<1.0> : tensor<8x6xf32>
    %q = gac.initializer "q" = dense<5> : tensor<6x8xi8>
    %s = gac.initializer "s" = dense<0.5> : tensor<2x8xf32>
    %b = gac.dequantize_linear %q, %s {axis = 0 : i64, block_size = 4 : i64, gac.outputs = ["b"]} : (tensor<6x8xi8>, tensor<2x8xf32>) -> tensor<6x8xf32>
    %h = gac.matmul %x, %a {gac.outputs = ["h"]} : (tensor<3x8xf32>, tensor<8x6xf32>) -> tensor<3x6xf32>
    %y = gac.matmul %h, %b {gac.outputs = ["y"]} : (tensor<3x6xf32>, tensor<6x8xf32>) -> tensor<3x8xf32>
    return %y : tensor<3x8xf32>
  }
}

// -----

// Entries of 4 bits: 8 is zero. 16 lanes make a block, 30 have 2, 40 have 3.

// CHECK-LABEL: func.func @few_bits
// CHECK: gac.initializer "q" = #gac.pad<dense<1> : tensor<7x2x8xui8>, [<8 : 0 to 0 by 7>, <3 : 0 to 0 by 2>, <8 : 0 to 0 by 8>], fill = 136 : ui8> : tensor<8x3x8xui8>
// CHECK: gac.initializer "s" = #gac.pad<{{.*}}, [<8 : 0 to 0 by 7>, <3 : 0 to 0 by 2>], fill = 1.000000e+00 : f32> : tensor<8x3xf32>
// CHECK: gac.initializer "z" = #gac.pad<{{.*}}, [<8 : 0 to 0 by 7>, <2 : 0 to 0 by 1>], fill = 136 : ui8> : tensor<8x2xui8>
// CHECK: gac.matmul_nbits {{.*}} {K = 40 : i64, N = 8 : i64,
module attributes {gac.plan = #gac.plan<target = "h200", dtype = "bf16", strategy = "minimal", [<"a:1", 30 to 40>, <"q:0", 7 to 8>]>} {
  func.func @few_bits(%x: tensor<3x8xf32> {gac.name = "x"}) -> (tensor<3x8xf32> {gac.name = "y"}) {
    %a = gac.initializer "a" = dense<1.0> : tensor<8x30xf32>
    %q = gac.initializer "q" = dense<1> : tensor<7x2x8xui8>
    %s = gac.initializer "s" = dense<1.0> : tensor<7x2xf32>
    %z = gac.initializer "z" = dense<1> : tensor<7x1xui8>
    %b = gac.initializer "b" = dense<1.0> : tensor<7x8xf32>
    %g = gac.matmul %x, %a {gac.outputs = ["g"]} : (tensor<3x8xf32>, tensor<8x30xf32>) -> tensor<3x30xf32>
    %h = gac.matmul_nbits %g, %q, %s, %z {gac.outputs = ["h"], K = 30 : i64, N = 7 : i64, block_size = 16 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0>} : (tensor<3x30xf32>, tensor<7x2x8xui8>, tensor<7x2xf32>, tensor<7x1xui8>) -> tensor<3x7xf32>
    %y = gac.matmul %h, %b {gac.outputs = ["y"]} : (tensor<3x7xf32>, tensor<7x8xf32>) -> tensor<3x8xf32>
    return %y : tensor<3x8xf32>
  }
}
