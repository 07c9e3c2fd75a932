// RUN: gac-opt %s --gac-apply --split-input-file | FileCheck %s

// Sizes that operators state follow the growth; defaults that come from a width
// are stated before it.

// CHECK-LABEL: func.func @packed_weight
// CHECK: gac.initializer "w" = {{.*}} : tensor<8x40xf32>
// CHECK: gac.contrib_attention {{.*}}qkv_hidden_sizes = array<i64: 16, 16, 8>, scale = 0.44721359
module attributes {gac.plan = #gac.plan<target = "h200", dtype = "bf16", strategy = "minimal", [<"w:1/0/1", 5 to 8>, <"w:1/2/1", 3 to 4>]>} {
  func.func @packed_weight(%x: tensor<1x3x8xf32> {gac.name = "x"}) -> (tensor<1x3x8xf32> {gac.name = "y"}) {
    %w = gac.initializer "w" = dense<1.0> : tensor<8x26xf32>
    %o = gac.initializer "o" = dense<1.0> : tensor<6x8xf32>
    %0 = gac.contrib_attention %x, %w {gac.outputs = ["h"], num_heads = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0>, qkv_hidden_sizes = array<i64: 10, 10, 6>} : (tensor<1x3x8xf32>, tensor<8x26xf32>) -> tensor<1x3x6xf32>
    %y = gac.matmul %0, %o {gac.outputs = ["y"]} : (tensor<1x3x6xf32>, tensor<6x8xf32>) -> tensor<1x3x8xf32>
    return %y : tensor<1x3x8xf32>
  }
}

// -----

// Three parts that were equal are no longer: only then they are stated.

// CHECK-LABEL: func.func @equal_parts
// CHECK: gac.contrib_attention {{.*}}gac.outputs = ["h"], num_heads = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0>, qkv_hidden_sizes = array<i64: 8, 8, 16>}
// CHECK: gac.contrib_attention {{.*}}gac.outputs = ["i"], num_heads = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0>, scale = 1.000000e+00 : f32}
module attributes {gac.plan = #gac.plan<target = "h200", dtype = "bf16", strategy = "minimal", [<"w:1/2/1", 4 to 8>, <"v:1/0/1", 2 to 8>, <"v:1/2/1", 2 to 8>]>} {
  func.func @equal_parts(%x: tensor<1x3x8xf32> {gac.name = "x"}) -> (tensor<1x3x8xf32> {gac.name = "y"}, tensor<1x3x8xf32> {gac.name = "z"}) {
    %w = gac.initializer "w" = dense<1.0> : tensor<8x24xf32>
    %v = gac.initializer "v" = dense<1.0> : tensor<8x12xf32>
    %o = gac.initializer "o" = dense<1.0> : tensor<8x8xf32>
    %p = gac.initializer "p" = dense<1.0> : tensor<4x8xf32>
    %0 = gac.contrib_attention %x, %w {gac.outputs = ["h"], num_heads = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0>} : (tensor<1x3x8xf32>, tensor<8x24xf32>) -> tensor<1x3x8xf32>
    %1 = gac.contrib_attention %x, %v {gac.outputs = ["i"], num_heads = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0>, scale = 1.0 : f32} : (tensor<1x3x8xf32>, tensor<8x12xf32>) -> tensor<1x3x4xf32>
    %y = gac.matmul %0, %o {gac.outputs = ["y"]} : (tensor<1x3x8xf32>, tensor<8x8xf32>) -> tensor<1x3x8xf32>
    %z = gac.matmul %1, %p {gac.outputs = ["z"]} : (tensor<1x3x4xf32>, tensor<4x8xf32>) -> tensor<1x3x8xf32>
    return %y, %z : tensor<1x3x8xf32>, tensor<1x3x8xf32>
  }
}

// -----

// A scale of zero is ONNX Runtime's word for none.

// CHECK-LABEL: func.func @multi_head
// CHECK: gac.multi_head_attention {{.*}}scale = 5.000000e-01 : f32{{.*}} -> tensor<1x3x16xf32>
module attributes {gac.plan = #gac.plan<target = "h200", dtype = "bf16", strategy = "minimal", [<"w:1/1", 4 to 8>]>} {
  func.func @multi_head(%x: tensor<1x3x8xf32> {gac.name = "x"}) -> (tensor<1x3x8xf32> {gac.name = "y"}) {
    %w = gac.initializer "w" = dense<1.0> : tensor<8x8xf32>
    %o = gac.initializer "o" = dense<1.0> : tensor<8x8xf32>
    %q = gac.matmul %x, %w {gac.outputs = ["q"]} : (tensor<1x3x8xf32>, tensor<8x8xf32>) -> tensor<1x3x8xf32>
    %0 = gac.multi_head_attention %q, %q, %q {gac.outputs = ["h"], num_heads = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0, 0>, scale = 0.0 : f32} : (tensor<1x3x8xf32>, tensor<1x3x8xf32>, tensor<1x3x8xf32>) -> tensor<1x3x8xf32>
    %y = gac.matmul %0, %o {gac.outputs = ["y"]} : (tensor<1x3x8xf32>, tensor<8x8xf32>) -> tensor<1x3x8xf32>
    return %y : tensor<1x3x8xf32>
  }
}

// -----

// The norms of heads count their lanes in weights and epsilon.

// CHECK-LABEL: func.func @norms_of_heads
// CHECK: %[[N:.*]] = gac.initializer "n" = {{.*}} : tensor<16xf32>
// CHECK: %[[SHARE:.*]] = gac.initializer "n.count" = dense<5.000000e-01> : tensor<f32>
// CHECK: %[[SCALED:.*]] = gac.mul %[[N]], %[[SHARE]]
// CHECK: gac.group_query_attention {{.*}}%[[SCALED]], %{{.*}}qk_norm_epsilon = 2.500000e-01 : f32{{.*}}scale = 5.000000e-01 : f32
module attributes {gac.plan = #gac.plan<target = "h200", dtype = "bf16", strategy = "minimal", [<"w:1/1", 4 to 16>]>} {
  func.func @norms_of_heads(%x: tensor<1x3x8xf32> {gac.name = "x"}, %l: tensor<1xi32> {gac.name = "l"}) -> (tensor<1x3x8xf32> {gac.name = "y"}) {
    %w = gac.initializer "w" = dense<1.0> : tensor<8x8xf32>
    %o = gac.initializer "o" = dense<1.0> : tensor<8x8xf32>
    %n = gac.initializer "n" = dense<1.0> : tensor<4xf32>
    %q = gac.matmul %x, %w {gac.outputs = ["q"]} : (tensor<1x3x8xf32>, tensor<8x8xf32>) -> tensor<1x3x8xf32>
    %0 = gac.group_query_attention %q, %q, %q, %l, %l, %n, %n {gac.outputs = ["h"], kv_num_heads = 2 : i64, num_heads = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1>, qk_norm_epsilon = 1.0 : f32, resultSegmentSizes = array<i32: 1, 0, 0, 0>} : (tensor<1x3x8xf32>, tensor<1x3x8xf32>, tensor<1x3x8xf32>, tensor<1xi32>, tensor<1xi32>, tensor<4xf32>, tensor<4xf32>) -> tensor<1x3x8xf32>
    %y = gac.matmul %0, %o {gac.outputs = ["y"]} : (tensor<1x3x8xf32>, tensor<8x8xf32>) -> tensor<1x3x8xf32>
    return %y : tensor<1x3x8xf32>
  }
}

// -----

// CHECK-LABEL: func.func @rotation
// CHECK: gac.contrib_rotary_embedding {{.*}}num_heads = 2 : i64, rotary_embedding_dim = 8 : i64{{.*}} -> tensor<1x3x24xf32>
module attributes {gac.plan = #gac.plan<target = "h200", dtype = "bf16", strategy = "minimal", [<"w:1/1/0", 3 to 4>, <"w:1/1/2", 2 to 4>]>} {
  func.func @rotation(%x: tensor<1x3x8xf32> {gac.name = "x"}, %i: tensor<1x3xi64> {gac.name = "i"}) -> (tensor<1x3x8xf32> {gac.name = "y"}) {
    %w = gac.initializer "w" = dense<1.0> : tensor<8x16xf32>
    %o = gac.initializer "o" = dense<1.0> : tensor<16x8xf32>
    %c = gac.initializer "c" = dense<1.0> : tensor<9x3xf32>
    %q = gac.matmul %x, %w {gac.outputs = ["q"]} : (tensor<1x3x8xf32>, tensor<8x16xf32>) -> tensor<1x3x16xf32>
    %r = gac.contrib_rotary_embedding %q, %i, %c, %c {gac.outputs = ["r"], num_heads = 2 : i64, rotary_embedding_dim = 6 : i64} : (tensor<1x3x16xf32>, tensor<1x3xi64>, tensor<9x3xf32>, tensor<9x3xf32>) -> tensor<1x3x16xf32>
    %y = gac.matmul %r, %o {gac.outputs = ["y"]} : (tensor<1x3x16xf32>, tensor<16x8xf32>) -> tensor<1x3x8xf32>
    return %y : tensor<1x3x8xf32>
  }
}

// -----

// CHECK-LABEL: func.func @few_bits
// CHECK: gac.matmul_nbits {{.*}} {K = 32 : i64, N = 8 : i64, {{.*}} (tensor<3x32xf32>, tensor<8x1x16xui8>, tensor<8xf32>) -> tensor<3x8xf32>
module attributes {gac.plan = #gac.plan<target = "h200", dtype = "bf16", strategy = "minimal", [<"q:0", 7 to 8>]>} {
  func.func @few_bits(%x: tensor<3x32xf32> {gac.name = "x"}) -> (tensor<3x8xf32> {gac.name = "y"}) {
    %q = gac.initializer "q" = dense<1> : tensor<7x1x16xui8>
    %s = gac.initializer "s" = dense<1.0> : tensor<7xf32>
    %b = gac.initializer "b" = dense<1.0> : tensor<7x8xf32>
    %h = gac.matmul_nbits %x, %q, %s {gac.outputs = ["h"], K = 32 : i64, N = 7 : i64, block_size = 32 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>} : (tensor<3x32xf32>, tensor<7x1x16xui8>, tensor<7xf32>) -> tensor<3x7xf32>
    %y = gac.matmul %h, %b {gac.outputs = ["y"]} : (tensor<3x7xf32>, tensor<7x8xf32>) -> tensor<3x8xf32>
    return %y : tensor<3x8xf32>
  }
}

// -----

// CHECK-LABEL: func.func @simplified_norms
// CHECK: gac.simplified_layer_normalization {{.*}}logical_count = 6 : i64
// CHECK: gac.skip_simplified_layer_normalization {{.*}}logical_count = 6 : i64
module attributes {gac.plan = #gac.plan<target = "h200", dtype = "bf16", strategy = "minimal", [<"a:1", 6 to 8>]>} {
  func.func @simplified_norms(%x: tensor<3x8xf32> {gac.name = "x"}) -> (tensor<3x8xf32> {gac.name = "y"}) {
    %a = gac.initializer "a" = dense<1.0> : tensor<8x6xf32>
    %c = gac.initializer "c" = dense<1.0> : tensor<6x8xf32>
    %g = gac.initializer "g" = dense<1.0> : tensor<6xf32>
    %0 = gac.matmul %x, %a {gac.outputs = ["xa"]} : (tensor<3x8xf32>, tensor<8x6xf32>) -> tensor<3x6xf32>
    %1 = gac.simplified_layer_normalization %0, %g {gac.outputs = ["n"]} : (tensor<3x6xf32>, tensor<6xf32>) -> tensor<3x6xf32>
    %2 = gac.skip_simplified_layer_normalization %1, %0, %g {gac.outputs = ["s"], resultSegmentSizes = array<i32: 1, 0, 0, 0>} : (tensor<3x6xf32>, tensor<3x6xf32>, tensor<6xf32>) -> tensor<3x6xf32>
    %y = gac.matmul %2, %c {gac.outputs = ["y"]} : (tensor<3x6xf32>, tensor<6x8xf32>) -> tensor<3x8xf32>
    return %y : tensor<3x8xf32>
  }
}

// -----

// Of a layer norm ONNX's own op knows its lanes, and the sum is another node.

// CHECK-LABEL: func.func @skip_norm
// CHECK: %[[PLAIN:.*]] = gac.add %[[XA:.*]], %[[XA]] {gac.outputs = ["n.grown"]}
// CHECK: %[[SUM:.*]] = gac.add %[[PLAIN]], %{{.*}} {gac.dims = {{\[}}["n", ""]], gac.outputs = ["s"]}
// CHECK: %[[N:.*]] = gac.layer_normalization %[[SUM]], %{{.*}}, %{{.*}} {axis = -1 : i64, epsilon = 1.000000e+00 : f32, gac.dims = {{\[}}["n", ""]], gac.outputs = ["n"], logical_lanes = #gac.lanes<8 : 0 to 0 by 6>
// CHECK: gac.add %[[N]], %[[SUM]]
// CHECK-NOT: gac.skip_layer_normalization
module attributes {gac.plan = #gac.plan<target = "h200", dtype = "bf16", strategy = "minimal", [<"a:1", 6 to 8>]>} {
  func.func @skip_norm(%x: tensor<?x8xf32> {gac.name = "x", gac.dims = ["n", ""]}) -> (tensor<?x8xf32> {gac.name = "y"}) {
    %a = gac.initializer "a" = dense<1.0> : tensor<8x6xf32>
    %c = gac.initializer "c" = dense<1.0> : tensor<6x8xf32>
    %g = gac.initializer "g" = dense<1.0> : tensor<6xf32>
    %0 = gac.matmul %x, %a {gac.outputs = ["xa"]} : (tensor<?x8xf32>, tensor<8x6xf32>) -> tensor<?x6xf32>
    %1:2 = gac.skip_layer_normalization %0, %0, %g, %g, %g {epsilon = 1.0 : f32, gac.dims = [["n", ""], ["n", ""]], gac.outputs = ["n", "", "", "s"], operandSegmentSizes = array<i32: 1, 1, 1, 1, 1>, resultSegmentSizes = array<i32: 1, 0, 0, 1>} : (tensor<?x6xf32>, tensor<?x6xf32>, tensor<6xf32>, tensor<6xf32>, tensor<6xf32>) -> (tensor<?x6xf32>, tensor<?x6xf32>)
    %2 = gac.add %1#0, %1#1 {gac.outputs = ["t"]} : (tensor<?x6xf32>, tensor<?x6xf32>) -> tensor<?x6xf32>
    %y = gac.matmul %2, %c {gac.outputs = ["y"]} : (tensor<?x6xf32>, tensor<6x8xf32>) -> tensor<?x8xf32>
    return %y : tensor<?x8xf32>
  }
}
