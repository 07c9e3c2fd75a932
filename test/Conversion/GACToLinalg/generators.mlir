// RUN: gac-opt %s --convert-gac-to-linalg --canonicalize --split-input-file | FileCheck %s

// CHECK-LABEL: func.func @shape(
// CHECK: %[[D:.*]] = tensor.dim %arg0, %c2
// CHECK: %[[N:.*]] = arith.index_cast %[[D]]
// CHECK: %[[SHAPE:.*]] = tensor.from_elements %c4_i64, %[[N]] : tensor<2xi64>
// CHECK: %[[A:.*]] = arith.muli %{{.*}}, %c4
// CHECK: %[[B:.*]] = arith.muli %[[A]]
// CHECK: %[[C:.*]] = arith.index_cast %[[B]]
// CHECK: %[[SIZE:.*]] = tensor.from_elements %[[C]] : tensor<i64>
// CHECK: return %[[SHAPE]], %[[SIZE]]
func.func @shape(%x: tensor<?x4x?xf32>) -> (tensor<2xi64>, tensor<i64>) {
  %0 = gac.shape %x {start = 1 : i64} : (tensor<?x4x?xf32>) -> tensor<2xi64>
  %1 = gac.size %x : (tensor<?x4x?xf32>) -> tensor<i64>
  return %0, %1 : tensor<2xi64>, tensor<i64>
}

// -----

// CHECK-LABEL: func.func @range(
// CHECK: %[[DELTA:.*]] = tensor.extract %arg1[]
// CHECK: %[[LIMIT:.*]] = tensor.extract %arg0[]
// CHECK: %[[ROOM:.*]] = arith.subi %[[LIMIT]], %c3_i64
// CHECK: %[[STEPS:.*]] = arith.ceildivsi %[[ROOM]], %[[DELTA]]
// CHECK: %[[I:.*]] = arith.index_cast %[[STEPS]]
// CHECK: %[[N:.*]] = arith.maxsi %[[I]], %c0
// CHECK: tensor.empty(%[[N]])
// CHECK: %[[K:.*]] = arith.index_cast %{{.*}} : index to i64
// CHECK: %[[OFFSET:.*]] = arith.muli %[[K]], %[[DELTA]]
// CHECK: arith.addi %[[OFFSET]], %c3_i64
func.func @range(%limit: tensor<i64>, %delta: tensor<i64>) -> tensor<?xi64> {
  %start = gac.constant dense<3> : tensor<i64>
  %y = gac.range %start, %limit, %delta : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xi64>
  return %y : tensor<?xi64>
}

// -----

// CHECK-LABEL: func.func @filled(
// CHECK: linalg.fill ins(%c7_i64 : i64) outs(%{{.*}} : tensor<?x?xi64>)
func.func @filled(%shape: tensor<2xi64>) -> tensor<?x?xi64> {
  %y = gac.constant_of_shape %shape {value = dense<7> : tensor<1xi64>} : (tensor<2xi64>) -> tensor<?x?xi64>
  return %y : tensor<?x?xi64>
}
