// RUN: gac-opt %s --convert-gac-to-linalg --canonicalize --split-input-file | FileCheck %s

// CHECK-LABEL: func.func @mean(
// CHECK: %[[N:.*]] = arith.constant 6.400000e+01
// CHECK: %[[D:.*]] = tensor.dim %arg0, %c0
// CHECK: %[[SUM:.*]] = linalg.reduce { arith.addf } ins(%arg0 : tensor<?x4x64xf32>) outs(%{{.*}} : tensor<?x4xf32>) dimensions = [2]
// CHECK: %[[MEAN:.*]] = linalg.generic {{.*}} ins(%[[SUM]] :
// CHECK: arith.divf %in, %[[N]]
// CHECK: tensor.expand_shape %[[MEAN]] {{\[\[}}0], [1, 2]] output_shape [%[[D]], 4, 1]
func.func @mean(%x: tensor<?x4x64xf32>) -> tensor<?x4x1xf32> {
  %y = gac.reduce_mean %x {axes = array<i64: -1>} : (tensor<?x4x64xf32>) -> tensor<?x4x1xf32>
  return %y : tensor<?x4x1xf32>
}

// -----

// The axes are an operand; the number of elements is not known.
// CHECK-LABEL: func.func @operand(
// CHECK: %[[D:.*]] = tensor.dim %arg0, %c0
// CHECK: linalg.reduce { arith.addf } ins(%arg0 : {{.*}}) outs(%{{.*}} : tensor<64xf32>) dimensions = [0]
// CHECK: %[[I:.*]] = arith.index_cast %[[D]] : index to i64
// CHECK: %[[N:.*]] = arith.sitofp %[[I]] : i64 to f32
// CHECK: arith.divf %in, %[[N]]
func.func @operand(%x: tensor<?x64xf32>) -> tensor<64xf32> {
  %axes = gac.constant dense<0> : tensor<1xi64>
  %y = gac.reduce_mean %x, %axes {keepdims = 0 : i64} : (tensor<?x64xf32>, tensor<1xi64>) -> tensor<64xf32>
  return %y : tensor<64xf32>
}

// -----

// CHECK-LABEL: func.func @all(
// CHECK: %[[LEAST:.*]] = arith.constant -2147483648 : i32
// CHECK: linalg.fill ins(%[[LEAST]]
// CHECK: linalg.reduce { arith.maxsi } {{.*}} dimensions = [0, 1]
func.func @all(%x: tensor<2x3xi32>) -> tensor<i32> {
  %y = gac.reduce_max %x {keepdims = 0 : i64} : (tensor<2x3xi32>) -> tensor<i32>
  return %y : tensor<i32>
}

// -----

// CHECK-LABEL: func.func @norm(
// CHECK: linalg.reduce ins(%arg0
// CHECK: %[[S:.*]] = arith.mulf %in, %in
// CHECK: arith.addf %init, %[[S]]
// CHECK: math.sqrt
func.func @norm(%x: tensor<2x3xf32>) -> tensor<2xf32> {
  %y = gac.reduce_l2 %x {axes = array<i64: 1>, keepdims = 0 : i64} : (tensor<2x3xf32>) -> tensor<2xf32>
  return %y : tensor<2xf32>
}

// -----

// Each running sum is a sum of what comes before.
// CHECK-DAG: #[[FROM:.*]] = affine_map<(d0, d1, d2) -> (d0, d2)>
// CHECK-DAG: #[[TO:.*]] = affine_map<(d0, d1, d2) -> (d0, d1)>
// CHECK-LABEL: func.func @running(
// CHECK: linalg.generic {indexing_maps = [#[[FROM]], #[[TO]]], iterator_types = ["parallel", "parallel", "reduction"]} ins(%arg0
// CHECK: %[[J:.*]] = linalg.index 2
// CHECK: %[[I:.*]] = linalg.index 1
// CHECK: %[[BEFORE:.*]] = arith.cmpi slt, %[[J]], %[[I]]
// CHECK: %[[NEXT:.*]] = arith.addi %out, %in
// CHECK: arith.select %[[BEFORE]], %[[NEXT]], %out
func.func @running(%x: tensor<?x?xi64>) -> tensor<?x?xi64> {
  %axis = gac.constant dense<-1> : tensor<i64>
  %y = gac.cum_sum %x, %axis {exclusive = 1 : i64} : (tensor<?x?xi64>, tensor<i64>) -> tensor<?x?xi64>
  return %y : tensor<?x?xi64>
}
