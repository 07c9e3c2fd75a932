// RUN: gac-opt %s --split-input-file --gac-multiply-factors --gac-merge-products | FileCheck %s
// RUN: gac-opt %s --split-input-file --gac-multiply-factors --gac-merge-products --mlir-print-debuginfo --mlir-print-local-scope | FileCheck %s --check-prefix=NODES

// The pair is multiplied, and its product takes part in the merge. The weights
// keep their names, and how many terms products with them sum up.

// CHECK-LABEL: func.func @pair
// CHECK: %[[W:.*]] = gac.initializer "a*b+c" = #gac.concat<[
// CHECK-SAME: #gac.product<#gac.part<"a", dense<1.000000e+00> : tensor<8x4xf32>, fan_in = 8> : tensor<8x4xf32>, #gac.part<"b", dense<2.000000e+00> : tensor<4x6xf32>, fan_in = 4> : tensor<4x6xf32>> : tensor<8x6xf32>,
// CHECK-SAME: #gac.part<"c", #gac.pad<dense<3.000000e+00> : tensor<7x2xf32>, [<8 : 0 to 0 by 7>, <2 : 0 to 0 by 2>]> : tensor<8x2xf32>, fan_in = 7> : tensor<8x2xf32>], axis = 1> : tensor<8x8xf32>
// CHECK: %[[P:.*]] = gac.matmul %arg0, %[[W]] {gac.dims = {{.*}}} : (tensor<?x8xf32>, tensor<8x8xf32>) -> tensor<?x8xf32>
// CHECK: %[[S:.*]] = gac.constant dense<[6, 2]> : tensor<2xi64>
// CHECK: %[[R:.*]]:2 = gac.split %[[P]], %[[S]] {axis = 1 : i64, gac.dims = {{.*}}gac.outputs = ["h", "z"]} : (tensor<?x8xf32>, tensor<2xi64>) -> (tensor<?x6xf32>, tensor<?x2xf32>)
// CHECK-NOT: gac.matmul
// CHECK: gac.neg %[[R]]#0
// CHECK: gac.neg %[[R]]#1
// CHECK-NOT: gac.initializer "a"
// What is made of nodes has their names.
// NODES-LABEL: func.func @pair
// NODES: gac.matmul {{.*}} loc(fused["first", "second", "other"])
module attributes {gac.plan = #gac.plan<target = "h200", dtype = "bf16", strategy = "least-time", [] multiply [<"a", "b">] merge [<"a*b", "c">]>} {
  func.func @pair(%x: tensor<?x8xf32> {gac.name = "x", gac.dims = ["n", ""]})
      -> (tensor<?x6xf32> {gac.name = "y0"}, tensor<?x2xf32> {gac.name = "y1"}) {
    %a = gac.initializer "a" = dense<1.0> : tensor<8x4xf32>
    %b = gac.initializer "b" = dense<2.0> : tensor<4x6xf32>
    %c = gac.initializer "c" = #gac.pad<dense<3.0> : tensor<7x2xf32>, [<8 : 0 to 0 by 7>, <2 : 0 to 0 by 2>]> : tensor<8x2xf32>
    %0 = gac.matmul %x, %a {gac.outputs = ["g"], gac.dims = [["n", ""]]} : (tensor<?x8xf32>, tensor<8x4xf32>) -> tensor<?x4xf32> loc("first")
    %1 = gac.matmul %0, %b {gac.outputs = ["h"], gac.dims = [["n", ""]]} : (tensor<?x4xf32>, tensor<4x6xf32>) -> tensor<?x6xf32> loc("second")
    %2 = gac.matmul %x, %c {gac.outputs = ["z"], gac.dims = [["n", ""]]} : (tensor<?x8xf32>, tensor<8x2xf32>) -> tensor<?x2xf32> loc("other")
    %y0 = gac.neg %1 : (tensor<?x6xf32>) -> tensor<?x6xf32>
    %y1 = gac.neg %2 : (tensor<?x2xf32>) -> tensor<?x2xf32>
    return %y0, %y1 : tensor<?x6xf32>, tensor<?x2xf32>
  }
}

// -----

// Weights that lie transposed stay so, and so does their product; what an
// earlier repair made them of stays with them.

// CHECK-LABEL: func.func @transposed
// CHECK: gac.initializer "a*b+c" = #gac.concat<[
// CHECK-SAME: #gac.product<#gac.part<"b", dense<2.000000e+00> : tensor<6x4xf32>, fan_in = 3, origin = #gac.pad<#gac.original<"b0"> : tensor<6x3xf32>, {{.*}}>, #gac.part<"a", dense<1.000000e+00> : tensor<4x8xf32>, fan_in = 8> : tensor<4x8xf32>> : tensor<6x8xf32>,
// CHECK-SAME: #gac.part<"c", dense<3.000000e+00> : tensor<2x8xf32>, fan_in = 8> : tensor<2x8xf32>], axis = 0> : tensor<8x8xf32>
// CHECK: gac.transpose {{.*}} {perm = array<i64: 1, 0>} : (tensor<8x8xf32>) -> tensor<8x8xf32>
// CHECK: gac.matmul
// CHECK-NOT: gac.transpose
module attributes {gac.plan = #gac.plan<target = "h200", dtype = "bf16", strategy = "least-time", [] multiply [<"a", "b">] merge [<"a*b", "c">]>} {
  func.func @transposed(%x: tensor<5x8xf32> {gac.name = "x"})
      -> (tensor<5x6xf32> {gac.name = "y0"}, tensor<5x2xf32> {gac.name = "y1"}) {
    %a = gac.initializer "a" = dense<1.0> : tensor<4x8xf32>
    %b = gac.initializer "b" = dense<2.0> : tensor<6x4xf32> {gac.origin = #gac.pad<#gac.original<"b0"> : tensor<6x3xf32>, [<6 : 0 to 0 by 6>, <4 : 0 to 0 by 3>]> : tensor<6x4xf32>}
    %c = gac.initializer "c" = dense<3.0> : tensor<2x8xf32>
    %at = gac.transpose %a {perm = array<i64: 1, 0>} : (tensor<4x8xf32>) -> tensor<8x4xf32>
    %bt = gac.transpose %b {perm = array<i64: 1, 0>} : (tensor<6x4xf32>) -> tensor<4x6xf32>
    %ct = gac.transpose %c {perm = array<i64: 1, 0>} : (tensor<2x8xf32>) -> tensor<8x2xf32>
    %0 = gac.matmul %x, %at : (tensor<5x8xf32>, tensor<8x4xf32>) -> tensor<5x4xf32>
    %1 = gac.matmul %0, %bt : (tensor<5x4xf32>, tensor<4x6xf32>) -> tensor<5x6xf32>
    %2 = gac.matmul %x, %ct : (tensor<5x8xf32>, tensor<8x2xf32>) -> tensor<5x2xf32>
    %y0 = gac.neg %1 : (tensor<5x6xf32>) -> tensor<5x6xf32>
    %y1 = gac.neg %2 : (tensor<5x2xf32>) -> tensor<5x2xf32>
    return %y0, %y1 : tensor<5x6xf32>, tensor<5x2xf32>
  }
}

// -----

// One of each layout: what lies otherwise is transposed by recipe.

// CHECK-LABEL: func.func @mixed
// CHECK: #gac.product<#gac.part<"a", {{.*}}, #gac.transpose<#gac.part<"b", dense<2.000000e+00> : tensor<6x4xf32>, fan_in = 4> : tensor<6x4xf32>, [1, 0]> : tensor<4x6xf32>> : tensor<8x6xf32>
// CHECK: #gac.transpose<#gac.part<"c", {{.*}}, [1, 0]> : tensor<8x2xf32>], axis = 1>
// CHECK: gac.gemm %arg0, %{{[^,]*}} {{.*}}(tensor<5x8xf32>, tensor<8x8xf32>) -> tensor<5x8xf32>
module attributes {gac.plan = #gac.plan<target = "h200", dtype = "bf16", strategy = "least-time", [] multiply [<"a", "b">] merge [<"a*b", "c">]>} {
  func.func @mixed(%x: tensor<5x8xf32> {gac.name = "x"})
      -> (tensor<5x6xf32> {gac.name = "y0"}, tensor<5x2xf32> {gac.name = "y1"}) {
    %a = gac.initializer "a" = dense<1.0> : tensor<8x4xf32>
    %b = gac.initializer "b" = dense<2.0> : tensor<6x4xf32>
    %c = gac.initializer "c" = dense<3.0> : tensor<2x8xf32>
    %0 = gac.matmul %x, %a : (tensor<5x8xf32>, tensor<8x4xf32>) -> tensor<5x4xf32>
    %1 = gac.gemm %0, %b {transB = 1 : i64} : (tensor<5x4xf32>, tensor<6x4xf32>) -> tensor<5x6xf32>
    %2 = gac.gemm %x, %c {transB = 1 : i64} : (tensor<5x8xf32>, tensor<2x8xf32>) -> tensor<5x2xf32>
    %y0 = gac.neg %1 : (tensor<5x6xf32>) -> tensor<5x6xf32>
    %y1 = gac.neg %2 : (tensor<5x2xf32>) -> tensor<5x2xf32>
    return %y0, %y1 : tensor<5x6xf32>, tensor<5x2xf32>
  }
}

// -----

// Biases are joined; where a layer has none there are zeros. Before opset 13
// sizes of a Split are an attribute.

// CHECK-LABEL: func.func @biases
// CHECK-DAG: %[[W:.*]] = gac.initializer "a+b+c+d" = {{.*}} : tensor<8x14xf32>
// CHECK-DAG: %[[B:.*]] = gac.initializer "b.bias+d.bias" = #gac.concat<[#gac.pad<#gac.part<"b.bias", dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>, fan_in = 1> : tensor<2xf32>, [<9 : 0 to 4 by 2>]> : tensor<9xf32>, #gac.part<"d.bias", dense<3.000000e+00> : tensor<5xf32>, fan_in = 1> : tensor<5xf32>], axis = 0> : tensor<14xf32>
// CHECK: %[[P:.*]] = gac.matmul %arg0, %[[W]]
// CHECK: %[[S:.*]] = gac.add %[[P]], %[[B]]
// CHECK: gac.split %[[S]] {axis = 1 : i64, split = array<i64: 4, 2, 3, 5>}
// CHECK-NOT: gac.add
// NODES-LABEL: func.func @biases
// NODES: gac.add {{.*}} loc(fused["add_b", "add_d"])
module attributes {gac.plan = #gac.plan<target = "h200", dtype = "bf16", strategy = "least-time", [] merge [<"a", "b", "c", "d">]>} {
  func.func @biases(%x: tensor<5x8xf32> {gac.name = "x"})
      -> (tensor<5x4xf32> {gac.name = "y0"}, tensor<5x2xf32> {gac.name = "y1"}, tensor<5x3xf32> {gac.name = "y2"}, tensor<5x5xf32> {gac.name = "y3"}) attributes {gac.opset = 12 : i64} {
    %a = gac.initializer "a" = dense<1.0> : tensor<8x4xf32>
    %b = gac.initializer "b" = dense<2.0> : tensor<8x2xf32>
    %c = gac.initializer "c" = dense<3.0> : tensor<8x3xf32>
    %d = gac.initializer "d" = dense<3.0> : tensor<8x5xf32>
    %bb = gac.initializer "b.bias" = dense<[1.0, 2.0]> : tensor<2xf32>
    %db = gac.initializer "d.bias" = dense<3.0> : tensor<5xf32>
    %0 = gac.matmul %x, %a : (tensor<5x8xf32>, tensor<8x4xf32>) -> tensor<5x4xf32>
    %1 = gac.matmul %x, %b : (tensor<5x8xf32>, tensor<8x2xf32>) -> tensor<5x2xf32>
    %2 = gac.add %bb, %1 : (tensor<2xf32>, tensor<5x2xf32>) -> tensor<5x2xf32> loc("add_b")
    %3 = gac.matmul %x, %c : (tensor<5x8xf32>, tensor<8x3xf32>) -> tensor<5x3xf32>
    %4 = gac.matmul %x, %d : (tensor<5x8xf32>, tensor<8x5xf32>) -> tensor<5x5xf32>
    %5 = gac.add %4, %db : (tensor<5x5xf32>, tensor<5xf32>) -> tensor<5x5xf32> loc("add_d")
    %y0 = gac.neg %0 : (tensor<5x4xf32>) -> tensor<5x4xf32>
    %y1 = gac.neg %2 : (tensor<5x2xf32>) -> tensor<5x2xf32>
    %y2 = gac.neg %3 : (tensor<5x3xf32>) -> tensor<5x3xf32>
    %y3 = gac.neg %5 : (tensor<5x5xf32>) -> tensor<5x5xf32>
    return %y0, %y1, %y2, %y3 : tensor<5x4xf32>, tensor<5x2xf32>, tensor<5x3xf32>, tensor<5x5xf32>
  }
}

// -----

// Gemm adds its bias itself; a single one is padded.

// CHECK-LABEL: func.func @gemm
// CHECK-DAG: gac.initializer "a.bias+0" = #gac.pad<#gac.part<"a.bias", dense<1.000000e+00> : tensor<4xf32>, fan_in = 1> : tensor<4xf32>, [<6 : 0 to 0 by 4>]> : tensor<6xf32>
// CHECK: gac.gemm %arg0, %{{.*}}, %{{.*}} {transB = 1 : i64} : (tensor<5x8xf32>, tensor<6x8xf32>, tensor<6xf32>) -> tensor<5x6xf32>
module attributes {gac.plan = #gac.plan<target = "h200", dtype = "bf16", strategy = "least-time", [] merge [<"a", "b">]>} {
  func.func @gemm(%x: tensor<5x8xf32> {gac.name = "x"}) -> (tensor<5x4xf32> {gac.name = "y0"}, tensor<5x2xf32> {gac.name = "y1"}) {
    %a = gac.initializer "a" = dense<1.0> : tensor<4x8xf32>
    %b = gac.initializer "b" = dense<2.0> : tensor<2x8xf32>
    %bias = gac.initializer "a.bias" = dense<1.0> : tensor<4xf32>
    %0 = gac.gemm %x, %a, %bias {transB = 1 : i64} : (tensor<5x8xf32>, tensor<4x8xf32>, tensor<4xf32>) -> tensor<5x4xf32>
    %1 = gac.gemm %x, %b {transB = 1 : i64} : (tensor<5x8xf32>, tensor<2x8xf32>) -> tensor<5x2xf32>
    %y0 = gac.neg %0 : (tensor<5x4xf32>) -> tensor<5x4xf32>
    %y1 = gac.neg %1 : (tensor<5x2xf32>) -> tensor<5x2xf32>
    return %y0, %y1 : tensor<5x4xf32>, tensor<5x2xf32>
  }
}

// -----

// Layers that read a part of a merge are merged in turn.

// CHECK-LABEL: func.func @stacked
// CHECK: %[[R:.*]]:2 = gac.split
// CHECK: gac.matmul %[[R]]#0, {{.*}} : (tensor<5x4xf32>, tensor<4x5xf32>) -> tensor<5x5xf32>
// CHECK: gac.split {{.*}} -> (tensor<5x2xf32>, tensor<5x3xf32>)
module attributes {gac.plan = #gac.plan<target = "h200", dtype = "bf16", strategy = "least-time", [] merge [<"a", "b">, <"c", "d">]>} {
  func.func @stacked(%x: tensor<5x8xf32> {gac.name = "x"}) -> (tensor<5x2xf32> {gac.name = "y0"}, tensor<5x2xf32> {gac.name = "y1"}, tensor<5x3xf32> {gac.name = "y2"}) {
    %a = gac.initializer "a" = dense<1.0> : tensor<8x4xf32>
    %b = gac.initializer "b" = dense<2.0> : tensor<8x2xf32>
    %c = gac.initializer "c" = dense<3.0> : tensor<4x2xf32>
    %d = gac.initializer "d" = dense<3.0> : tensor<4x3xf32>
    %0 = gac.matmul %x, %a : (tensor<5x8xf32>, tensor<8x4xf32>) -> tensor<5x4xf32>
    %1 = gac.matmul %x, %b : (tensor<5x8xf32>, tensor<8x2xf32>) -> tensor<5x2xf32>
    %2 = gac.matmul %0, %c : (tensor<5x4xf32>, tensor<4x2xf32>) -> tensor<5x2xf32>
    %3 = gac.matmul %0, %d : (tensor<5x4xf32>, tensor<4x3xf32>) -> tensor<5x3xf32>
    %y0 = gac.neg %1 : (tensor<5x2xf32>) -> tensor<5x2xf32>
    %y1 = gac.neg %2 : (tensor<5x2xf32>) -> tensor<5x2xf32>
    %y2 = gac.neg %3 : (tensor<5x3xf32>) -> tensor<5x3xf32>
    return %y0, %y1, %y2 : tensor<5x2xf32>, tensor<5x2xf32>, tensor<5x3xf32>
  }
}

// -----

// What is made has a name of its own: biases that are constants have none, two
// merges read one bias, and one name is a weight's of the model.

// CHECK-LABEL: func.func @names
// CHECK-DAG: gac.initializer "a+b.1" =
// CHECK-DAG: gac.initializer "c+d" =
// CHECK-DAG: gac.initializer "e+f" =
// CHECK-DAG: gac.initializer "bias" =
// CHECK-DAG: gac.initializer "bias.1" =
// CHECK-DAG: gac.initializer "g+h" =
// CHECK-DAG: gac.initializer "shared+0" = {{.*}}[<8 : 0 to 0 by 4>]
// CHECK-DAG: gac.initializer "shared+0.1" = {{.*}}[<8 : 0 to 4 by 4>]
module attributes {gac.plan = #gac.plan<target = "h200", dtype = "bf16", strategy = "least-time", [] merge [<"a", "b">, <"c", "d">, <"e", "f">, <"g", "h">]>} {
  func.func @names(%x: tensor<5x8xf32> {gac.name = "x"})
      -> (tensor<5x4xf32> {gac.name = "y0"}, tensor<5x4xf32> {gac.name = "y1"}, tensor<5x4xf32> {gac.name = "y2"}, tensor<5x4xf32> {gac.name = "y3"}, tensor<5x4xf32> {gac.name = "y4"}) {
    %taken = gac.initializer "a+b" = dense<1.0> : tensor<5x4xf32>
    %shared = gac.initializer "shared" = dense<2.0> : tensor<4xf32>
    %constant = gac.constant dense<3.0> : tensor<4xf32>
    %a = gac.initializer "a" = dense<1.0> : tensor<8x4xf32>
    %b = gac.initializer "b" = dense<1.0> : tensor<8x4xf32>
    %c = gac.initializer "c" = dense<1.0> : tensor<8x4xf32>
    %d = gac.initializer "d" = dense<1.0> : tensor<8x4xf32>
    %e = gac.initializer "e" = dense<1.0> : tensor<8x4xf32>
    %f = gac.initializer "f" = dense<1.0> : tensor<8x4xf32>
    %g = gac.initializer "g" = dense<1.0> : tensor<8x4xf32>
    %h = gac.initializer "h" = dense<1.0> : tensor<8x4xf32>
    %pa = gac.matmul %x, %a : (tensor<5x8xf32>, tensor<8x4xf32>) -> tensor<5x4xf32>
    %ra = gac.add %pa, %constant : (tensor<5x4xf32>, tensor<4xf32>) -> tensor<5x4xf32>
    %rb = gac.matmul %x, %b : (tensor<5x8xf32>, tensor<8x4xf32>) -> tensor<5x4xf32>
    %rc = gac.matmul %x, %c : (tensor<5x8xf32>, tensor<8x4xf32>) -> tensor<5x4xf32>
    %pd = gac.matmul %x, %d : (tensor<5x8xf32>, tensor<8x4xf32>) -> tensor<5x4xf32>
    %rd = gac.add %pd, %constant : (tensor<5x4xf32>, tensor<4xf32>) -> tensor<5x4xf32>
    %pe = gac.matmul %x, %e : (tensor<5x8xf32>, tensor<8x4xf32>) -> tensor<5x4xf32>
    %re = gac.add %pe, %shared : (tensor<5x4xf32>, tensor<4xf32>) -> tensor<5x4xf32>
    %rf = gac.matmul %x, %f : (tensor<5x8xf32>, tensor<8x4xf32>) -> tensor<5x4xf32>
    %rg = gac.matmul %x, %g : (tensor<5x8xf32>, tensor<8x4xf32>) -> tensor<5x4xf32>
    %ph = gac.matmul %x, %h : (tensor<5x8xf32>, tensor<8x4xf32>) -> tensor<5x4xf32>
    %rh = gac.add %ph, %shared : (tensor<5x4xf32>, tensor<4xf32>) -> tensor<5x4xf32>
    %y0 = gac.add %ra, %taken : (tensor<5x4xf32>, tensor<5x4xf32>) -> tensor<5x4xf32>
    %y1 = gac.mul %rb, %rc : (tensor<5x4xf32>, tensor<5x4xf32>) -> tensor<5x4xf32>
    %y2 = gac.mul %rd, %re : (tensor<5x4xf32>, tensor<5x4xf32>) -> tensor<5x4xf32>
    %y3 = gac.mul %rf, %rg : (tensor<5x4xf32>, tensor<5x4xf32>) -> tensor<5x4xf32>
    %y4 = gac.neg %rh : (tensor<5x4xf32>) -> tensor<5x4xf32>
    return %y0, %y1, %y2, %y3, %y4 : tensor<5x4xf32>, tensor<5x4xf32>, tensor<5x4xf32>, tensor<5x4xf32>, tensor<5x4xf32>
  }
}
