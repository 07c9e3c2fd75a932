// RUN: gac-opt %s --gac-print-dimensions -o %t | FileCheck %s

// A norm of a sum ties the widths of what is added; its sum goes on.

// CHECK-LABEL: function @skip_norm
// CHECK: dimension a:1 = 6
// CHECK-NOT: fixed
// CHECK: weight a:1
// CHECK-NEXT: weight b:1
// CHECK: value n = [batch, a:1]
// CHECK: value s = [batch, a:1]
func.func @skip_norm(%x: tensor<?x8xf32> {gac.name = "x", gac.dims = ["batch", ""]})
    -> (tensor<?x8xf32> {gac.name = "y"}) {
  %a = gac.initializer "a" = dense<1.0> : tensor<8x6xf32>
  %b = gac.initializer "b" = dense<1.0> : tensor<8x6xf32>
  %c = gac.initializer "c" = dense<1.0> : tensor<6x8xf32>
  %g = gac.initializer "g" = dense<1.0> : tensor<6xf32>
  %0 = gac.matmul %x, %a {gac.outputs = ["xa"]} : (tensor<?x8xf32>, tensor<8x6xf32>) -> tensor<?x6xf32>
  %1 = gac.matmul %x, %b {gac.outputs = ["xb"]} : (tensor<?x8xf32>, tensor<8x6xf32>) -> tensor<?x6xf32>
  %2:2 = gac.skip_simplified_layer_normalization %0, %1, %g {gac.outputs = ["n", "", "", "s"], resultSegmentSizes = array<i32: 1, 0, 0, 1>} : (tensor<?x6xf32>, tensor<?x6xf32>, tensor<6xf32>) -> (tensor<?x6xf32>, tensor<?x6xf32>)
  %3 = gac.add %2#0, %2#1 {gac.outputs = ["t"]} : (tensor<?x6xf32>, tensor<?x6xf32>) -> tensor<?x6xf32>
  %y = gac.matmul %3, %c {gac.outputs = ["y"]} : (tensor<?x6xf32>, tensor<6x8xf32>) -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// Statistics are of the lanes as they are stored, so nothing is added to these.

// CHECK-LABEL: function @statistics
// CHECK: dimension a:1 = 6
// CHECK: fixed: SimplifiedLayerNormalization gives its statistics (n)
func.func @statistics(%x: tensor<?x8xf32> {gac.name = "x", gac.dims = ["batch", ""]})
    -> (tensor<?x1xf32> {gac.name = "i"}) {
  %a = gac.initializer "a" = dense<1.0> : tensor<8x6xf32>
  %g = gac.initializer "g" = dense<1.0> : tensor<6xf32>
  %0 = gac.matmul %x, %a {gac.outputs = ["xa"]} : (tensor<?x8xf32>, tensor<8x6xf32>) -> tensor<?x6xf32>
  %1:2 = gac.simplified_layer_normalization %0, %g {gac.outputs = ["n", "i"]} : (tensor<?x6xf32>, tensor<6xf32>) -> (tensor<?x6xf32>, tensor<?x1xf32>)
  return %1#1 : tensor<?x1xf32>
}

// cos(0) is 1: such padding would count in a norm.

// CHECK-LABEL: function @padding_is_not_zero
// CHECK: dimension a:1 = 6
// CHECK: fixed: SkipSimplifiedLayerNormalization normalises over it, where its padding is not zero (n)
func.func @padding_is_not_zero(%x: tensor<?x8xf32> {gac.name = "x", gac.dims = ["batch", ""]})
    -> (tensor<?x8xf32> {gac.name = "y"}) {
  %a = gac.initializer "a" = dense<1.0> : tensor<8x6xf32>
  %c = gac.initializer "c" = dense<1.0> : tensor<6x8xf32>
  %g = gac.initializer "g" = dense<1.0> : tensor<6xf32>
  %0 = gac.matmul %x, %a {gac.outputs = ["xa"]} : (tensor<?x8xf32>, tensor<8x6xf32>) -> tensor<?x6xf32>
  %1 = gac.cos %0 {gac.outputs = ["cos"]} : (tensor<?x6xf32>) -> tensor<?x6xf32>
  %2 = gac.skip_simplified_layer_normalization %0, %1, %g {gac.outputs = ["n"], resultSegmentSizes = array<i32: 1, 0, 0, 0>} : (tensor<?x6xf32>, tensor<?x6xf32>, tensor<6xf32>) -> tensor<?x6xf32>
  %y = gac.matmul %2, %c {gac.outputs = ["y"]} : (tensor<?x6xf32>, tensor<6x8xf32>) -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// op(B) is B^T: its rows are N, its columns K.

// CHECK-LABEL: function @fused_matmul
// CHECK: dimension a:0 = 6
// CHECK-NEXT: weight a:0
// CHECK-NEXT: weight b:1
// CHECK: use FusedMatMul h operand 0 axis 0 M = batch
// CHECK: use FusedMatMul h operand 0 axis 1 K
// CHECK: use FusedMatMul h operand 1 axis 1 K
// CHECK: use FusedMatMul h operand 1 axis 0 N = a:0
func.func @fused_matmul(%x: tensor<?x8xf32> {gac.name = "x", gac.dims = ["batch", ""]})
    -> (tensor<?x8xf32> {gac.name = "y"}) {
  %a = gac.initializer "a" = dense<1.0> : tensor<6x8xf32>
  %b = gac.initializer "b" = dense<1.0> : tensor<8x6xf32>
  %0 = gac.fused_matmul %x, %a {gac.outputs = ["h"], transB = 1 : i64} : (tensor<?x8xf32>, tensor<6x8xf32>) -> tensor<?x6xf32>
  %1 = gac.fused_matmul %0, %b {gac.outputs = ["y"], transB = 1 : i64} : (tensor<?x6xf32>, tensor<8x6xf32>) -> tensor<?x8xf32>
  return %1 : tensor<?x8xf32>
}

// Rows of a weight of few bits may be added, and columns at the end.

// CHECK-LABEL: function @few_bits
// CHECK: dimension a:1 = 32
// CHECK-NEXT: weight a:1
// CHECK: dimension q:0 = 7
// CHECK-NEXT: weight q:0
// CHECK-NEXT: weight s:0
// CHECK-NEXT: weight b:0
func.func @few_bits(%x: tensor<?x8xf32> {gac.name = "x", gac.dims = ["batch", ""]})
    -> (tensor<?x8xf32> {gac.name = "y"}) {
  %a = gac.initializer "a" = dense<1.0> : tensor<8x32xf32>
  %q = gac.initializer "q" = dense<1> : tensor<7x1x16xui8>
  %s = gac.initializer "s" = dense<1.0> : tensor<7x1xf32>
  %b = gac.initializer "b" = dense<1.0> : tensor<7x8xf32>
  %0 = gac.matmul %x, %a {gac.outputs = ["xa"]} : (tensor<?x8xf32>, tensor<8x32xf32>) -> tensor<?x32xf32>
  %1 = gac.matmul_nbits %0, %q, %s {gac.outputs = ["h"], K = 32 : i64, N = 7 : i64, block_size = 32 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>} : (tensor<?x32xf32>, tensor<7x1x16xui8>, tensor<7x1xf32>) -> tensor<?x7xf32>
  %2 = gac.matmul %1, %b {gac.outputs = ["y"]} : (tensor<?x7xf32>, tensor<7x8xf32>) -> tensor<?x8xf32>
  return %2 : tensor<?x8xf32>
}

// Columns of a packed weight are heads of Q, of K as wide, and of V.

// CHECK-LABEL: function @packed_weight
// CHECK: dimension w:1/0/1 = 5
// CHECK: dimension w:1/2/1 = 3
// CHECK-NEXT: weight w:1 read by Attention
// CHECK-NEXT: weight o:0
// CHECK: value h = [1, seq, w:1/0/0*w:1/2/1]
// CHECK: use Attention h operand 0 axis 2 K
// CHECK: use Attention h operand 1 axis 1 N
// CHECK: use Attention h operand 1 axis 1 head_dim = w:1/0/1
// CHECK: use Attention h operand 1 axis 1 head_dim = w:1/2/1
func.func @packed_weight(%x: tensor<1x?x8xf32> {gac.name = "x", gac.dims = ["", "seq", ""]})
    -> (tensor<1x?x8xf32> {gac.name = "y"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<8x26xf32>
  %o = gac.initializer "o" = dense<1.0> : tensor<6x8xf32>
  %0 = gac.contrib_attention %x, %w {gac.outputs = ["h"], num_heads = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0>, qkv_hidden_sizes = array<i64: 10, 10, 6>} : (tensor<1x?x8xf32>, tensor<8x26xf32>) -> tensor<1x?x6xf32>
  %y = gac.matmul %0, %o {gac.outputs = ["y"]} : (tensor<1x?x6xf32>, tensor<6x8xf32>) -> tensor<1x?x8xf32>
  return %y : tensor<1x?x8xf32>
}

// Q, K and V lie beside each other in each head.

// CHECK-LABEL: function @packed_heads
// CHECK: dimension w:1/2 = 5
// CHECK-NEXT: weight w:1
// CHECK-NEXT: weight o:0
// CHECK: use MultiHeadAttention h operand 0 axis 4 head_dim = w:1/2
func.func @packed_heads(%x: tensor<1x?x8xf32> {gac.name = "x", gac.dims = ["", "seq", ""]})
    -> (tensor<1x?x8xf32> {gac.name = "y"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<8x30xf32>
  %o = gac.initializer "o" = dense<1.0> : tensor<10x8xf32>
  %s = gac.initializer "s" = dense<[0, 0, 2, 3, 5]> : tensor<5xi64>
  %0 = gac.matmul %x, %w {gac.outputs = ["xw"]} : (tensor<1x?x8xf32>, tensor<8x30xf32>) -> tensor<1x?x30xf32>
  %1 = gac.reshape %0, %s {gac.outputs = ["p"]} : (tensor<1x?x30xf32>, tensor<5xi64>) -> tensor<1x?x2x3x5xf32>
  %2 = gac.multi_head_attention %1 {gac.outputs = ["h"], num_heads = 2 : i64, operandSegmentSizes = array<i32: 1, 0, 0, 0, 0, 0, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0, 0>} : (tensor<1x?x2x3x5xf32>) -> tensor<1x?x10xf32>
  %y = gac.matmul %2, %o {gac.outputs = ["y"]} : (tensor<1x?x10xf32>, tensor<10x8xf32>) -> tensor<1x?x8xf32>
  return %y : tensor<1x?x8xf32>
}

// Tables of half the rotated width; heads are equally wide, in Q, K and V and
// in the caches, which are interface.

// CHECK-LABEL: function @grouped
// CHECK: dimension w:1/{{.*}} = 3
// CHECK: fixed: graph input past axis 3
// CHECK: use GroupQueryAttention h operand 0 axis 2 head_dim = [[WIDTH:.*]] contiguous
func.func @grouped(%x: tensor<1x?x8xf32> {gac.name = "x", gac.dims = ["", "seq", ""]},
    %past: tensor<1x1x?x6xf32> {gac.name = "past", gac.dims = ["", "", "past", ""]},
    %last: tensor<1xi32> {gac.name = "last"}, %total: tensor<i32> {gac.name = "total"})
    -> (tensor<1x?x8xf32> {gac.name = "y"}, tensor<1x1x?x6xf32> {gac.name = "present"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<8x24xf32>
  %o = gac.initializer "o" = dense<1.0> : tensor<12x8xf32>
  %c = gac.initializer "c" = dense<1.0> : tensor<9x3xf32>
  %0 = gac.matmul %x, %w {gac.outputs = ["xw"]} : (tensor<1x?x8xf32>, tensor<8x24xf32>) -> tensor<1x?x24xf32>
  %1:3 = gac.group_query_attention %0, %past, %past, %last, %total, %c, %c {gac.outputs = ["h", "present", "values"], do_rotary = 1 : i64, kv_num_heads = 1 : i64, num_heads = 2 : i64, operandSegmentSizes = array<i32: 1, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 1, 1, 0>} : (tensor<1x?x24xf32>, tensor<1x1x?x6xf32>, tensor<1x1x?x6xf32>, tensor<1xi32>, tensor<i32>, tensor<9x3xf32>, tensor<9x3xf32>) -> (tensor<1x?x12xf32>, tensor<1x1x?x6xf32>, tensor<1x1x?x6xf32>)
  %y = gac.matmul %1#0, %o {gac.outputs = ["y"]} : (tensor<1x?x12xf32>, tensor<12x8xf32>) -> tensor<1x?x8xf32>
  return %y, %1#1 : tensor<1x?x8xf32>, tensor<1x1x?x6xf32>
}
