// RUN: gac-opt %s --convert-gac-to-linalg --canonicalize --split-input-file | FileCheck %s

// CHECK-LABEL: func.func @matrices(
// CHECK: %[[D:.*]] = tensor.dim %arg0, %c0
// CHECK: %[[EMPTY:.*]] = tensor.empty(%[[D]]) : tensor<?x112xf32>
// CHECK: %[[ZERO:.*]] = linalg.fill ins(%cst : f32) outs(%[[EMPTY]] : tensor<?x112xf32>)
// CHECK: %[[Y:.*]] = linalg.matmul ins(%arg0, %arg1 : tensor<?x64xf32>, tensor<64x112xf32>) outs(%[[ZERO]] : tensor<?x112xf32>)
// CHECK: return %[[Y]]
func.func @matrices(%a: tensor<?x64xf32>, %b: tensor<64x112xf32>) -> tensor<?x112xf32> {
  %y = gac.matmul %a, %b : (tensor<?x64xf32>, tensor<64x112xf32>) -> tensor<?x112xf32>
  return %y : tensor<?x112xf32>
}

// -----

// CHECK-LABEL: func.func @batches(
// CHECK: linalg.batch_matmul ins(%arg0, %arg1 : tensor<4x?x16xf32>, tensor<4x16x9xf32>)
func.func @batches(%a: tensor<4x?x16xf32>, %b: tensor<4x16x9xf32>) -> tensor<4x?x9xf32> {
  %y = gac.matmul %a, %b : (tensor<4x?x16xf32>, tensor<4x16x9xf32>) -> tensor<4x?x9xf32>
  return %y : tensor<4x?x9xf32>
}

// -----

// What has no axis for a batch is read for each.
// CHECK-DAG: #[[A:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d3)>
// CHECK-DAG: #[[B:.*]] = affine_map<(d0, d1, d2, d3) -> (d3, d2)>
// CHECK-DAG: #[[Y:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>
// CHECK-LABEL: func.func @weight(
// CHECK: linalg.contract indexing_maps = [#[[A]], #[[B]], #[[Y]]] ins(%arg0, %arg1 : tensor<?x?x64xf32>, tensor<64x22xf32>)
func.func @weight(%a: tensor<?x?x64xf32>, %b: tensor<64x22xf32>) -> tensor<?x?x22xf32> {
  %y = gac.matmul %a, %b : (tensor<?x?x64xf32>, tensor<64x22xf32>) -> tensor<?x?x22xf32>
  return %y : tensor<?x?x22xf32>
}

// -----

// An axis of size 1 broadcasts: a contraction has no map for that.
// CHECK-DAG: #[[A:.*]] = affine_map<(d0, d1, d2, d3, d4) -> (d0, 0, d2, d4)>
// CHECK-LABEL: func.func @broadcast(
// CHECK: linalg.generic {indexing_maps = [#[[A]],
// CHECK-SAME: iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]
// CHECK: %[[P:.*]] = arith.mulf
// CHECK: arith.addf %{{.*}}, %[[P]]
func.func @broadcast(%a: tensor<2x1x3x4xf32>, %b: tensor<5x4x6xf32>) -> tensor<2x5x3x6xf32> {
  %y = gac.matmul %a, %b : (tensor<2x1x3x4xf32>, tensor<5x4x6xf32>) -> tensor<2x5x3x6xf32>
  return %y : tensor<2x5x3x6xf32>
}

// -----

// CHECK-LABEL: func.func @vectors(
// CHECK: linalg.contract {{.*}} ins(%arg0, %arg1 : tensor<4xf32>, tensor<4x6xf32>) outs({{.*}} : tensor<6xf32>)
// CHECK: linalg.contract {{.*}} outs({{.*}} : tensor<f32>)
func.func @vectors(%a: tensor<4xf32>, %b: tensor<4x6xf32>, %c: tensor<6xf32>) -> tensor<f32> {
  %y = gac.matmul %a, %b : (tensor<4xf32>, tensor<4x6xf32>) -> tensor<6xf32>
  %z = gac.matmul %y, %c : (tensor<6xf32>, tensor<6xf32>) -> tensor<f32>
  return %z : tensor<f32>
}

// -----

// Halves are added up as 32-bit floats and rounded once.
// CHECK-LABEL: func.func @half(
// CHECK: linalg.matmul ins(%arg0, %arg1 : tensor<3x4xf16>, tensor<4x6xf16>) outs({{.*}} : tensor<3x6xf32>)
// CHECK: arith.truncf %{{.*}} : f32 to f16
func.func @half(%a: tensor<3x4xf16>, %b: tensor<4x6xf16>) -> tensor<3x6xf16> {
  %y = gac.matmul %a, %b : (tensor<3x4xf16>, tensor<4x6xf16>) -> tensor<3x6xf16>
  return %y : tensor<3x6xf16>
}

// -----

// A transposed operand is a map; alpha and beta that are 1 are no products.
// CHECK-LABEL: func.func @gemm(
// CHECK: %[[P:.*]] = linalg.contract {{.*}} ins(%arg0, %arg1 : tensor<?x64xf32>, tensor<17x64xf32>)
// CHECK: linalg.generic {{.*}} ins(%[[P]], %arg2
// CHECK: %[[C:.*]] = arith.mulf %in{{.*}}, %cst
// CHECK: arith.addf %in, %[[C]]
func.func @gemm(%a: tensor<?x64xf32>, %b: tensor<17x64xf32>, %c: tensor<17xf32>) -> tensor<?x17xf32> {
  %y = gac.gemm %a, %b, %c {transB = 1 : i64, beta = 0.5 : f32}
      : (tensor<?x64xf32>, tensor<17x64xf32>, tensor<17xf32>) -> tensor<?x17xf32>
  return %y : tensor<?x17xf32>
}

// -----

// Unsigned numbers become signless ones, in the signature too.
// CHECK-LABEL: func.func @integers(
// CHECK-SAME: %arg0: tensor<2x3xi8>, %arg1: tensor<3x2xi8>) -> tensor<2x2xi8>
// CHECK: linalg.matmul ins(%arg0, %arg1 : tensor<2x3xi8>, tensor<3x2xi8>)
func.func @integers(%a: tensor<2x3xui8>, %b: tensor<3x2xui8>) -> tensor<2x2xui8> {
  %y = gac.matmul %a, %b : (tensor<2x3xui8>, tensor<3x2xui8>) -> tensor<2x2xui8>
  return %y : tensor<2x2xui8>
}
