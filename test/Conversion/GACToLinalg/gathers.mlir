// RUN: gac-opt %s --convert-gac-to-linalg --canonicalize --split-input-file | FileCheck %s

// An index below zero counts from the end.
// CHECK-DAG: #[[IDS:.*]] = affine_map<(d0, d1, d2) -> (d0, d1)>
// CHECK-LABEL: func.func @rows(
// CHECK: linalg.generic {indexing_maps = [#[[IDS]], #{{.*}}], {{.*}} ins(%arg1
// CHECK: %[[K:.*]] = linalg.index 2
// CHECK: %[[I:.*]] = arith.index_cast %in
// CHECK: %[[NEGATIVE:.*]] = arith.cmpi slt, %[[I]], %c0
// CHECK: %[[WRAPPED:.*]] = arith.addi %[[I]], %c97
// CHECK: %[[ROW:.*]] = arith.select %[[NEGATIVE]], %[[WRAPPED]], %[[I]]
// CHECK: tensor.extract %arg0[%[[ROW]], %[[K]]]
func.func @rows(%table: tensor<97x64xf32>, %ids: tensor<?x?xi64>) -> tensor<?x?x64xf32> {
  %y = gac.gather %table, %ids : (tensor<97x64xf32>, tensor<?x?xi64>) -> tensor<?x?x64xf32>
  return %y : tensor<?x?x64xf32>
}

// -----

// CHECK-LABEL: func.func @columns(
// CHECK: %[[D:.*]] = tensor.dim %arg0, %c1
// CHECK: %[[K:.*]] = linalg.index 0
// CHECK: arith.addi %{{.*}}, %[[D]]
// CHECK: %[[I:.*]] = arith.select
// CHECK: tensor.extract %arg0[%[[K]], %[[I]]]
func.func @columns(%x: tensor<3x?xf32>, %i: tensor<i32>) -> tensor<3xf32> {
  %y = gac.gather %x, %i {axis = 1 : i64} : (tensor<3x?xf32>, tensor<i32>) -> tensor<3xf32>
  return %y : tensor<3xf32>
}

// -----

// CHECK-LABEL: func.func @elements(
// CHECK: %[[K:.*]] = linalg.index 0
// CHECK: %[[I:.*]] = arith.select
// CHECK: tensor.extract %arg0[%[[K]], %[[I]]]
func.func @elements(%x: tensor<1x512xi64>, %i: tensor<?x4xi64>) -> tensor<?x4xi64> {
  %y = gac.gather_elements %x, %i {axis = 1 : i64} : (tensor<1x512xi64>, tensor<?x4xi64>) -> tensor<?x4xi64>
  return %y : tensor<?x4xi64>
}

// -----

// Each tuple of indices names a row of the last axis.
// CHECK-LABEL: func.func @tuples(
// CHECK: %[[D:.*]] = tensor.dim %arg0, %c1
// CHECK: %[[ROW:.*]] = linalg.index 0
// CHECK: %[[K:.*]] = linalg.index 1
// CHECK: tensor.extract %arg1[%[[ROW]], %c0]
// CHECK: %[[I:.*]] = arith.select
// CHECK: tensor.extract %arg1[%[[ROW]], %c1]
// CHECK: arith.addi %{{.*}}, %[[D]]
// CHECK: %[[J:.*]] = arith.select
// CHECK: tensor.extract %arg0[%[[I]], %[[J]], %[[K]]]
func.func @tuples(%x: tensor<5x?x7xf32>, %i: tensor<?x2xi64>) -> tensor<?x7xf32> {
  %y = gac.gather_nd %x, %i : (tensor<5x?x7xf32>, tensor<?x2xi64>) -> tensor<?x7xf32>
  return %y : tensor<?x7xf32>
}
