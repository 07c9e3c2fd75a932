// RUN: gac-opt %s --gac-repair --split-input-file | FileCheck %s

// An output goes out as it was: what grows is cut at its end, in front of the
// return, and has a new name from there on. Who reads it inside reads it whole.

// CHECK-LABEL: func.func @cut
// CHECK: %[[V:.*]] = gac.initializer "v" = #gac.pad<dense<1.000000e+00> : tensor<8x97xf32>, {{.*}}> : tensor<8x104xf32>
// CHECK: %[[Y:.*]] = gac.matmul %{{.*}}, %[[V]] {{.*}}gac.outputs = ["y.grown"]} : {{.*}} -> tensor<?x104xf32>
// CHECK: %[[Z:.*]] = gac.matmul %[[Y]], %{{.*}} {gac.outputs = ["z"]}
// CHECK-DAG: %[[FROM:.*]] = gac.initializer "y.starts" = dense<0> : tensor<1xi64>
// CHECK-DAG: %[[TO:.*]] = gac.initializer "y.ends" = dense<97> : tensor<1xi64>
// CHECK-DAG: %[[AXES:.*]] = gac.initializer "y.axes" = dense<1> : tensor<1xi64>
// CHECK: %[[CUT:.*]] = gac.slice %[[Y]], %[[FROM]], %[[TO]], %[[AXES]] {gac.dims = {{\[\[}}"rows", ""]], gac.outputs = ["y"]{{.*}} -> tensor<?x97xf32>
// CHECK: return %[[CUT]], %[[Z]]
func.func @cut(%x: tensor<?x8xf32> {gac.name = "x", gac.dims = ["rows", ""]})
    -> (tensor<?x97xf32> {gac.name = "y"}, tensor<?x16xf32> {gac.name = "z"}) {
  %v = gac.initializer "v" = dense<1.0> : tensor<8x97xf32>
  %w = gac.initializer "w" = dense<1.0> : tensor<97x16xf32>
  %y = gac.matmul %x, %v {gac.outputs = ["y"], gac.dims = [["rows", ""]]}
      : (tensor<?x8xf32>, tensor<8x97xf32>) -> tensor<?x97xf32>
  %z = gac.matmul %y, %w {gac.outputs = ["z"]}
      : (tensor<?x97xf32>, tensor<97x16xf32>) -> tensor<?x16xf32>
  return %y, %z : tensor<?x97xf32>, tensor<?x16xf32>
}

// -----

// Before opset 10 the bounds of a Slice are attributes.

// CHECK-LABEL: func.func @old
// CHECK: gac.slice %{{[0-9]*}} {axes = array<i64: 1>, ends = array<i64: 97>, {{.*}}starts = array<i64: 0>}
func.func @old(%x: tensor<4x8xf32> {gac.name = "x"}) -> (tensor<4x97xf32> {gac.name = "y"}) attributes {gac.opset = 9 : i64} {
  %v = gac.initializer "v" = dense<1.0> : tensor<8x97xf32>
  %y = gac.matmul %x, %v {gac.outputs = ["y"]}
      : (tensor<4x8xf32>, tensor<8x97xf32>) -> tensor<4x97xf32>
  return %y : tensor<4x97xf32>
}

// -----

// Of the sum of two dimensions the lanes are gathered: padding stands between.

// CHECK-LABEL: func.func @sum
// CHECK: %[[Y:.*]] = gac.concat {{.*}}gac.outputs = ["y.grown"]{{.*}} -> tensor<4x16xf32>
// CHECK: %[[LANES:.*]] = gac.initializer "y.lanes" = dense<[0, 1, 2, 3, 4, 8, 9, 10, 11, 12, 13, 14]> : tensor<12xi64>
// CHECK: %[[LEFT:.*]] = gac.gather %[[Y]], %[[LANES]] {axis = 1 : i64, gac.outputs = ["y"]} : {{.*}} -> tensor<4x12xf32>
// CHECK: return %[[LEFT]]
func.func @sum(%x: tensor<4x8xf32> {gac.name = "x"}) -> (tensor<4x12xf32> {gac.name = "y"}) {
  %v = gac.initializer "v" = dense<1.0> : tensor<8x5xf32>
  %w = gac.initializer "w" = dense<1.0> : tensor<8x7xf32>
  %a = gac.matmul %x, %v {gac.outputs = ["a"]} : (tensor<4x8xf32>, tensor<8x5xf32>) -> tensor<4x5xf32>
  %b = gac.matmul %x, %w {gac.outputs = ["b"]} : (tensor<4x8xf32>, tensor<8x7xf32>) -> tensor<4x7xf32>
  %y = "gac.concat"(%a, %b) {gac.outputs = ["y"], axis = 1 : i64} : (tensor<4x5xf32>, tensor<4x7xf32>) -> tensor<4x12xf32>
  return %y : tensor<4x12xf32>
}

// -----

// ArgMax would find padding: it reads the old lanes, and the product is aligned.

// CHECK-LABEL: func.func @index
// CHECK: %[[H:.*]] = gac.matmul {{.*}} -> tensor<4x104xf32>
// CHECK: %[[CUT:.*]] = gac.slice %[[H]], {{.*}} -> tensor<4x97xf32>
// CHECK: gac.arg_max{{.*}}%[[CUT]]
func.func @index(%x: tensor<4x8xf32> {gac.name = "x"}) -> (tensor<4x1xi64> {gac.name = "y"}) {
  %v = gac.initializer "v" = dense<1.0> : tensor<8x97xf32>
  %h = gac.matmul %x, %v {gac.outputs = ["h"]} : (tensor<4x8xf32>, tensor<8x97xf32>) -> tensor<4x97xf32>
  %y = "gac.arg_max"(%h) {gac.outputs = ["y"], axis = 1 : i64} : (tensor<4x97xf32>) -> tensor<4x1xi64>
  return %y : tensor<4x1xi64>
}
