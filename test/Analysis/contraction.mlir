// RUN: gac-opt %s --gac-print-dimensions -o %t | FileCheck %s

// A low-rank pair: the rank belongs to the two weights alone and may grow.

// CHECK-LABEL: function @pair
// CHECK: dimension a:0 = 64
// CHECK: fixed: graph input x axis 2
// CHECK: dimension a:1 = 19
// CHECK-NEXT: weight a:1 read by MatMul
// CHECK-NEXT: weight b:0 read by MatMul
// CHECK-NEXT: dimension b:1 = 48
// CHECK-NEXT: weight b:1 read by MatMul
// CHECK-NEXT: cut: axis 2 of y for the output
// CHECK: value h = [batch, seq, a:1]
// CHECK: use MatMul h operand 0 axis 1 M = seq strided
// CHECK: use MatMul h operand 0 axis 2 K = a:0 contiguous
// CHECK: use MatMul h operand 1 axis 0 K = a:0 strided
// CHECK: use MatMul h operand 1 axis 1 N = a:1 contiguous
// CHECK: use MatMul y operand 0 axis 2 K = a:1 contiguous
func.func @pair(%x: tensor<?x?x64xf32> {gac.name = "x", gac.dims = ["batch", "seq", ""]})
    -> (tensor<?x?x48xf32> {gac.name = "y"}) {
  %a = gac.initializer "a" = dense<1.0> : tensor<64x19xf32>
  %b = gac.initializer "b" = dense<1.0> : tensor<19x48xf32>
  %h = gac.matmul %x, %a {gac.outputs = ["h"]}
      : (tensor<?x?x64xf32>, tensor<64x19xf32>) -> tensor<?x?x19xf32>
  %y = gac.matmul %h, %b {gac.outputs = ["y"]}
      : (tensor<?x?x19xf32>, tensor<19x48xf32>) -> tensor<?x?x48xf32>
  return %y : tensor<?x?x48xf32>
}

// Neither activation is zero where w is padded: sigmoid(0) = 0.5 on both sides.
// One of them is masked.

// CHECK-LABEL: function @two_activations
// CHECK: dimension w:1 = 7
// CHECK-NEXT: weight w:1
// CHECK-NEXT: masked: axis 1 of s for MatMul
// CHECK-NEXT: dimension
func.func @two_activations(%x: tensor<5x4xf32> {gac.name = "x"})
    -> (tensor<5x5xf32> {gac.name = "scores"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<4x7xf32>
  %h = gac.matmul %x, %w {gac.outputs = ["h"]}
      : (tensor<5x4xf32>, tensor<4x7xf32>) -> tensor<5x7xf32>
  %s = gac.sigmoid %h {gac.outputs = ["s"]} : (tensor<5x7xf32>) -> tensor<5x7xf32>
  %t = gac.transpose %s {gac.outputs = ["t"], perm = array<i64: 1, 0>}
      : (tensor<5x7xf32>) -> tensor<7x5xf32>
  %y = gac.matmul %s, %t {gac.outputs = ["scores"]}
      : (tensor<5x7xf32>, tensor<7x5xf32>) -> tensor<5x5xf32>
  return %y : tensor<5x5xf32>
}

// One side is enough: h is zero where w is padded.

// CHECK-LABEL: function @one_activation
// CHECK: dimension w:1 = 7
// CHECK-NEXT: weight w:1
// CHECK-NEXT: dimension
// CHECK: value s = [x:0, w:1]
// CHECK-NEXT: padding of w:1 on axis 1 is 0.5
func.func @one_activation(%x: tensor<5x4xf32> {gac.name = "x"})
    -> (tensor<5x5xf32> {gac.name = "y"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<4x7xf32>
  %h = gac.matmul %x, %w {gac.outputs = ["h"]}
      : (tensor<5x4xf32>, tensor<4x7xf32>) -> tensor<5x7xf32>
  %s = gac.sigmoid %h {gac.outputs = ["s"]} : (tensor<5x7xf32>) -> tensor<5x7xf32>
  %t = gac.transpose %h {gac.outputs = ["t"], perm = array<i64: 1, 0>}
      : (tensor<5x7xf32>) -> tensor<7x5xf32>
  %y = gac.matmul %s, %t {gac.outputs = ["y"]}
      : (tensor<5x7xf32>, tensor<7x5xf32>) -> tensor<5x5xf32>
  return %y : tensor<5x5xf32>
}

// Batch axes stay.

// CHECK-LABEL: function @batch
// CHECK: dimension a:0 = 3
// CHECK: fixed: MatMul has it as a batch axis (y)
func.func @batch(%x: tensor<1x5x4xf32> {gac.name = "x"})
    -> (tensor<5x6xf32> {gac.name = "z"}) {
  %a = gac.initializer "a" = dense<1.0> : tensor<3x4x6xf32>
  %y = gac.matmul %x, %a {gac.outputs = ["y"]}
      : (tensor<1x5x4xf32>, tensor<3x4x6xf32>) -> tensor<3x5x6xf32>
  %axes = gac.initializer "axes" = dense<0> : tensor<1xi64>
  %z = gac.reduce_sum %y, %axes {gac.outputs = ["z"], keepdims = 0 : i64}
      : (tensor<3x5x6xf32>, tensor<1xi64>) -> tensor<5x6xf32>
  return %z : tensor<5x6xf32>
}

// Gemm: the bias keeps the result's padding zero; both transpositions.

// CHECK-LABEL: function @gemm
// CHECK: dimension w:0 = 9
// CHECK-NEXT: weight w:0 read by Gemm
// CHECK-NEXT: weight c:0 read by Gemm
// CHECK-NEXT: weight v:1 read by Gemm
// CHECK-NEXT: dimension
// CHECK: value h = [m, w:0]
// CHECK-NOT: padding
// CHECK: use Gemm h operand 0 axis 1 M = m contiguous
// CHECK: use Gemm h operand 0 axis 0 K = w:1 strided
// CHECK: use Gemm h operand 1 axis 1 K = w:1 contiguous
// CHECK: use Gemm h operand 1 axis 0 N = w:0 strided
func.func @gemm(%x: tensor<4x?xf32> {gac.name = "x", gac.dims = ["", "m"]})
    -> (tensor<?x2xf32> {gac.name = "y"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<9x4xf32>
  %c = gac.initializer "c" = dense<1.0> : tensor<9xf32>
  %v = gac.initializer "v" = dense<1.0> : tensor<2x9xf32>
  %h = "gac.gemm"(%x, %w, %c) {gac.outputs = ["h"], transA = 1 : i64, transB = 1 : i64}
      : (tensor<4x?xf32>, tensor<9x4xf32>, tensor<9xf32>) -> tensor<?x9xf32>
  %y = "gac.gemm"(%h, %v) {gac.outputs = ["y"], transB = 1 : i64}
      : (tensor<?x9xf32>, tensor<2x9xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// Letters are axes: those of one operand and the result may grow, a summed one
// where one side is zero; those of both and the result are batch.

// CHECK-LABEL: function @einsum
// CHECK: dimension a:0 = 3
// CHECK: fixed: Einsum has it as a batch axis (y)
// CHECK: dimension a:2 = 7
// CHECK-NEXT: weight a:2 read by Einsum
// CHECK-NEXT: weight b:1 read by Einsum
// CHECK-NEXT: dimension
// CHECK: value h = [a:0, t, a:2]
// CHECK: use Einsum h operand 0 axis 0 M = t strided
// CHECK: use Einsum h operand 0 axis 1 K = {{.*}} contiguous
// CHECK: use Einsum h operand 1 axis 2 N = a:2 contiguous
// CHECK: use Einsum y operand 0 axis 2 K = a:2 contiguous
func.func @einsum(%x: tensor<?x4xf32> {gac.name = "x", gac.dims = ["t", ""]})
    -> (tensor<3x?x2xf32> {gac.name = "y", gac.dims = ["", "t", ""]}) {
  %a = gac.initializer "a" = dense<1.0> : tensor<3x4x7xf32>
  %b = gac.initializer "b" = dense<1.0> : tensor<3x7x2xf32>
  %h = gac.einsum %x, %a {equation = "td,edf->etf", gac.outputs = ["h"]}
      : (tensor<?x4xf32>, tensor<3x4x7xf32>) -> tensor<3x?x7xf32>
  %y = gac.einsum %h, %b {equation = "etf,efd->etd", gac.outputs = ["y"]}
      : (tensor<3x?x7xf32>, tensor<3x7x2xf32>) -> tensor<3x?x2xf32>
  return %y : tensor<3x?x2xf32>
}

// A sum over 0.5 reads zeros; a diagonal stays.

// CHECK-LABEL: function @einsum_refuses
// CHECK: dimension a:1 = 7
// CHECK: masked: axis 1 of s for Einsum
// CHECK: dimension d:0 = 5
// CHECK: fixed: Einsum takes its diagonal (z)
func.func @einsum_refuses(%x: tensor<2x4xf32> {gac.name = "x"})
    -> (tensor<2xf32> {gac.name = "y"}, tensor<f32> {gac.name = "z"}) {
  %a = gac.initializer "a" = dense<1.0> : tensor<4x7xf32>
  %d = gac.initializer "d" = dense<1.0> : tensor<5x5xf32>
  %h = gac.matmul %x, %a {gac.outputs = ["h"]} : (tensor<2x4xf32>, tensor<4x7xf32>) -> tensor<2x7xf32>
  %s = gac.sigmoid %h {gac.outputs = ["s"]} : (tensor<2x7xf32>) -> tensor<2x7xf32>
  %y = gac.einsum %s {equation = "ij->i", gac.outputs = ["y"]} : (tensor<2x7xf32>) -> tensor<2xf32>
  %z = gac.einsum %d {equation = "ii->", gac.outputs = ["z"]} : (tensor<5x5xf32>) -> tensor<f32>
  return %y, %z : tensor<2xf32>, tensor<f32>
}

// One operand twice: one mask does. Of two operands the smaller one is masked,
// and none where one is zero.

// CHECK-LABEL: function @einsum_masks
// CHECK: dimension a:1 = 7
// CHECK: masked: axis 1 of s for Einsum
// CHECK-NEXT: masked: axis 0 of t for Einsum
// CHECK-NOT: masked
// CHECK: value
func.func @einsum_masks(%x: tensor<16x4xf32> {gac.name = "x"}, %u: tensor<4x3xf32> {gac.name = "u"})
    -> (tensor<16xf32> {gac.name = "y"}, tensor<16x3xf32> {gac.name = "z"}, tensor<16x16xf32> {gac.name = "g"}) {
  %a = gac.initializer "a" = dense<1.0> : tensor<4x7xf32>
  %b = gac.initializer "b" = dense<1.0> : tensor<7x4xf32>
  %h = gac.matmul %x, %a {gac.outputs = ["h"]} : (tensor<16x4xf32>, tensor<4x7xf32>) -> tensor<16x7xf32>
  %s = gac.sigmoid %h {gac.outputs = ["s"]} : (tensor<16x7xf32>) -> tensor<16x7xf32>
  %k = gac.matmul %b, %u {gac.outputs = ["k"]} : (tensor<7x4xf32>, tensor<4x3xf32>) -> tensor<7x3xf32>
  %t = gac.sigmoid %k {gac.outputs = ["t"]} : (tensor<7x3xf32>) -> tensor<7x3xf32>
  %y = gac.einsum %s, %s {equation = "ij,ij->i", gac.outputs = ["y"]} : (tensor<16x7xf32>, tensor<16x7xf32>) -> tensor<16xf32>
  %z = gac.einsum %s, %t {equation = "ij,jk->ik", gac.outputs = ["z"]} : (tensor<16x7xf32>, tensor<7x3xf32>) -> tensor<16x3xf32>
  %g = gac.einsum %s, %h {equation = "ij,kj->ik", gac.outputs = ["g"]} : (tensor<16x7xf32>, tensor<16x7xf32>) -> tensor<16x16xf32>
  return %y, %z, %g : tensor<16xf32>, tensor<16x3xf32>, tensor<16x16xf32>
}
