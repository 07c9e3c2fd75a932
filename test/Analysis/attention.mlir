// RUN: gac-opt %s --gac-print-dimensions -o %t | FileCheck %s

// 3-D: widths of queries and keys are one dimension, that of values is another;
// heads stay, and 4 query heads share 2 key heads.

// CHECK-LABEL: function @attention
// CHECK: dimension q:1/0 = 2
// CHECK: fixed: Attention has it as heads (a)
// CHECK: dimension q:1/1 = 2
// CHECK: dimension q:1/2 = 7
// CHECK-NEXT: weight q:1
// CHECK-NEXT: weight k:1
// CHECK-NEXT: dimension v:1/1 = 5
// CHECK-NEXT: weight v:1
// CHECK-NEXT: weight o:0
// CHECK-NEXT: dimension
// CHECK: value a = [1, seq, q:1/0*q:1/1*v:1/1]
// CHECK: use Attention a operand 0 axis 2 head_dim = q:1/2 contiguous
// CHECK: use Attention a operand 1 axis 2 head_dim = q:1/2 contiguous
// CHECK: use Attention a operand 2 axis 2 head_dim = v:1/1 contiguous
func.func @attention(%x: tensor<1x?x8xf32> {gac.name = "x", gac.dims = ["", "seq", ""]})
    -> (tensor<1x?x8xf32> {gac.name = "y"}) {
  %q = gac.initializer "q" = dense<1.0> : tensor<8x28xf32>
  %k = gac.initializer "k" = dense<1.0> : tensor<8x14xf32>
  %v = gac.initializer "v" = dense<1.0> : tensor<8x10xf32>
  %o = gac.initializer "o" = dense<1.0> : tensor<20x8xf32>
  %xq = gac.matmul %x, %q {gac.outputs = ["xq"]} : (tensor<1x?x8xf32>, tensor<8x28xf32>) -> tensor<1x?x28xf32>
  %xk = gac.matmul %x, %k {gac.outputs = ["xk"]} : (tensor<1x?x8xf32>, tensor<8x14xf32>) -> tensor<1x?x14xf32>
  %xv = gac.matmul %x, %v {gac.outputs = ["xv"]} : (tensor<1x?x8xf32>, tensor<8x10xf32>) -> tensor<1x?x10xf32>
  %a = "gac.attention"(%xq, %xk, %xv) {gac.outputs = ["a"], q_num_heads = 4 : i64, kv_num_heads = 2 : i64,
      operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0, 0>}
      : (tensor<1x?x28xf32>, tensor<1x?x14xf32>, tensor<1x?x10xf32>) -> tensor<1x?x20xf32>
  %y = gac.matmul %a, %o {gac.outputs = ["y"]} : (tensor<1x?x20xf32>, tensor<20x8xf32>) -> tensor<1x?x8xf32>
  return %y : tensor<1x?x8xf32>
}

// A partial rotation splits the width; queries that rotate halves and keys that
// rotate pairs have nothing in common.

// CHECK-LABEL: function @rotary
// CHECK: dimension freq:0 = 3
// CHECK-NEXT: weight freq:0
// CHECK-NEXT: weight q:1
// CHECK-NEXT: weight o:0
// CHECK-NEXT: dimension
// CHECK: value xq = [1, 1, seq, [freq:0|freq:0|q:1/2]]
// CHECK: value r = [1, 1, seq, [freq:0|freq:0|q:1/2]]
func.func @rotary(%x: tensor<1x1x?x8xf32> {gac.name = "x", gac.dims = ["", "", "seq", ""]},
    %pos: tensor<1x?x1xf32> {gac.name = "pos", gac.dims = ["", "seq", ""]})
    -> (tensor<1x1x?x8xf32> {gac.name = "y"}) {
  %freq = gac.initializer "freq" = dense<1.0> : tensor<3xf32>
  %q = gac.initializer "q" = dense<1.0> : tensor<8x10xf32>
  %o = gac.initializer "o" = dense<1.0> : tensor<10x8xf32>
  %xq = gac.matmul %x, %q {gac.outputs = ["xq"]} : (tensor<1x1x?x8xf32>, tensor<8x10xf32>) -> tensor<1x1x?x10xf32>
  %angle = gac.mul %pos, %freq {gac.outputs = ["angle"]} : (tensor<1x?x1xf32>, tensor<3xf32>) -> tensor<1x?x3xf32>
  %cos = gac.cos %angle {gac.outputs = ["cos"]} : (tensor<1x?x3xf32>) -> tensor<1x?x3xf32>
  %sin = gac.sin %angle {gac.outputs = ["sin"]} : (tensor<1x?x3xf32>) -> tensor<1x?x3xf32>
  %r = "gac.rotary_embedding"(%xq, %cos, %sin) {gac.outputs = ["r"], rotary_embedding_dim = 6 : i64}
      : (tensor<1x1x?x10xf32>, tensor<1x?x3xf32>, tensor<1x?x3xf32>) -> tensor<1x1x?x10xf32>
  %y = gac.matmul %r, %o {gac.outputs = ["y"]} : (tensor<1x1x?x10xf32>, tensor<10x8xf32>) -> tensor<1x1x?x8xf32>
  return %y : tensor<1x1x?x8xf32>
}

// Halves and pairs disagree in the product, which reads both as they were.

// CHECK-LABEL: function @halves_and_pairs
// CHECK: dimension freq:0 = 3
// CHECK-NOT: fixed:
// CHECK: cut: axis 3 of r for MatMul
// CHECK-NEXT: cut: axis 2 of t for MatMul
func.func @halves_and_pairs(%x: tensor<1x1x?x8xf32> {gac.name = "x", gac.dims = ["", "", "seq", ""]},
    %pos: tensor<1x?x1xf32> {gac.name = "pos", gac.dims = ["", "seq", ""]})
    -> (tensor<1x1x?x?xf32> {gac.name = "s"}) {
  %freq = gac.initializer "freq" = dense<1.0> : tensor<3xf32>
  %q = gac.initializer "q" = dense<1.0> : tensor<8x6xf32>
  %k = gac.initializer "k" = dense<1.0> : tensor<8x6xf32>
  %xq = gac.matmul %x, %q {gac.outputs = ["xq"]} : (tensor<1x1x?x8xf32>, tensor<8x6xf32>) -> tensor<1x1x?x6xf32>
  %xk = gac.matmul %x, %k {gac.outputs = ["xk"]} : (tensor<1x1x?x8xf32>, tensor<8x6xf32>) -> tensor<1x1x?x6xf32>
  %angle = gac.mul %pos, %freq {gac.outputs = ["angle"]} : (tensor<1x?x1xf32>, tensor<3xf32>) -> tensor<1x?x3xf32>
  %r = "gac.rotary_embedding"(%xq, %angle, %angle) {gac.outputs = ["r"]}
      : (tensor<1x1x?x6xf32>, tensor<1x?x3xf32>, tensor<1x?x3xf32>) -> tensor<1x1x?x6xf32>
  %p = "gac.rotary_embedding"(%xk, %angle, %angle) {gac.outputs = ["p"], interleaved = 1 : i64}
      : (tensor<1x1x?x6xf32>, tensor<1x?x3xf32>, tensor<1x?x3xf32>) -> tensor<1x1x?x6xf32>
  %t = gac.transpose %p {gac.outputs = ["t"], perm = array<i64: 0, 1, 3, 2>} : (tensor<1x1x?x6xf32>) -> tensor<1x1x6x?xf32>
  %s = gac.matmul %r, %t {gac.outputs = ["s"]} : (tensor<1x1x?x6xf32>, tensor<1x1x6x?xf32>) -> tensor<1x1x?x?xf32>
  return %s : tensor<1x1x?x?xf32>
}
