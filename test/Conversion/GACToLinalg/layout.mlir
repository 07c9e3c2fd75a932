// RUN: gac-opt %s --convert-gac-to-linalg --canonicalize --split-input-file | FileCheck %s

// An axis that is split: the other sizes are those of the data.
// CHECK-LABEL: func.func @split(
// CHECK-DAG: %[[B:.*]] = tensor.dim %arg0, %c0
// CHECK-DAG: %[[S:.*]] = tensor.dim %arg0, %c1
// CHECK: tensor.expand_shape %arg0 {{\[\[}}0], [1], [2, 3]] output_shape [%[[B]], %[[S]], 4, 16]
func.func @split(%x: tensor<?x?x64xf32>) -> tensor<?x?x4x16xf32> {
  %shape = gac.constant dense<[0, 0, 4, -1]> : tensor<4xi64>
  %y = gac.reshape %x, %shape : (tensor<?x?x64xf32>, tensor<4xi64>) -> tensor<?x?x4x16xf32>
  return %y : tensor<?x?x4x16xf32>
}

// -----

// CHECK-LABEL: func.func @merge(
// CHECK: tensor.collapse_shape %arg0 {{\[\[}}0], [1], [2, 3]]
func.func @merge(%x: tensor<?x?x4x16xf32>) -> tensor<?x?x64xf32> {
  %shape = gac.constant dense<[0, 0, -1]> : tensor<3xi64>
  %y = gac.reshape %x, %shape : (tensor<?x?x4x16xf32>, tensor<3xi64>) -> tensor<?x?x64xf32>
  return %y : tensor<?x?x64xf32>
}

// -----

// What axes become which is not known: the shape is computed.
// CHECK-LABEL: func.func @free(
// CHECK: %[[D:.*]] = tensor.dim %arg0, %c0
// CHECK: %[[E:.*]] = tensor.extract %arg1[%c0]
// CHECK: %[[I:.*]] = arith.index_cast %[[E]]
// CHECK: %[[ZERO:.*]] = arith.cmpi eq, %[[I]], %c0
// CHECK: %[[A:.*]] = arith.select %[[ZERO]], %[[D]], %[[I]]
// CHECK: tensor.extract %arg1[%c1]
// CHECK: %[[B:.*]] = arith.select %{{.*}}, %c6,
// CHECK: %[[P:.*]] = arith.muli %[[A]], %[[B]]
// CHECK: %[[MINUS:.*]] = arith.subi %c0, %[[P]]
// CHECK: %[[OTHERS:.*]] = arith.maxsi %[[MINUS]], %c1
// CHECK: %[[ALL:.*]] = arith.muli %[[D]], %c6
// CHECK: %[[REST:.*]] = arith.divsi %[[ALL]], %[[OTHERS]]
// CHECK: %[[OPEN:.*]] = arith.cmpi eq, %[[A]], %c-1
// CHECK: %[[ROWS:.*]] = arith.select %[[OPEN]], %[[REST]], %[[A]]
// CHECK: %[[COLUMNS:.*]] = arith.select %{{.*}}, %[[REST]], %[[B]]
// CHECK: %[[SHAPE:.*]] = tensor.from_elements %[[ROWS]], %[[COLUMNS]] : tensor<2xindex>
// CHECK: tensor.reshape %arg0(%[[SHAPE]])
func.func @free(%x: tensor<?x6xf32>, %shape: tensor<2xi64>) -> tensor<?x?xf32> {
  %y = gac.reshape %x, %shape : (tensor<?x6xf32>, tensor<2xi64>) -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}

// -----

// CHECK-LABEL: func.func @ones(
// CHECK: tensor.expand_shape %arg0 {{\[\[}}0, 1], [2]] output_shape [%{{.*}}, 1, 64]
func.func @ones(%x: tensor<?x64xf32>) -> tensor<?x1x64xf32> {
  %axes = gac.constant dense<[0, 2]> : tensor<2xi64>
  %0 = gac.unsqueeze %x, %axes : (tensor<?x64xf32>, tensor<2xi64>) -> tensor<1x?x1x64xf32>
  %1 = gac.squeeze %0 {axes = array<i64: 0>} : (tensor<1x?x1x64xf32>) -> tensor<?x1x64xf32>
  return %1 : tensor<?x1x64xf32>
}

// -----

// CHECK-LABEL: func.func @scalar(
// CHECK: tensor.expand_shape %arg0 {{\[\[}}0, 1]] output_shape [1, 1]
func.func @scalar(%x: tensor<1xi64>) -> tensor<1x1xi64> {
  %0 = gac.squeeze %x : (tensor<1xi64>) -> tensor<i64>
  %1 = gac.unsqueeze %0 {axes = array<i64: 0, 1>} : (tensor<i64>) -> tensor<1x1xi64>
  return %1 : tensor<1x1xi64>
}

// -----

// CHECK-LABEL: func.func @transpose(
// CHECK: linalg.transpose ins(%arg0 : tensor<2x?x4xf32>) outs(%{{.*}} : tensor<?x2x4xf32>) permutation = [1, 0, 2]
func.func @transpose(%x: tensor<2x?x4xf32>) -> tensor<?x2x4xf32> {
  %y = gac.transpose %x {perm = array<i64: 1, 0, 2>} : (tensor<2x?x4xf32>) -> tensor<?x2x4xf32>
  return %y : tensor<?x2x4xf32>
}

// -----

// Sizes that only the shape states are read from it.
// CHECK-DAG: #[[IN:.*]] = affine_map<(d0, d1, d2) -> (0, d2)>
// CHECK-LABEL: func.func @expand(
// CHECK: %[[A:.*]] = tensor.extract %arg1[%c0]
// CHECK: %[[I:.*]] = arith.index_cast %[[A]]
// CHECK: %[[B:.*]] = tensor.extract %arg1[%c1]
// CHECK: %[[J:.*]] = arith.index_cast %[[B]]
// CHECK: %[[E:.*]] = tensor.empty(%[[I]], %[[J]]) : tensor<?x?x4xf32>
// CHECK: linalg.generic {indexing_maps = [#[[IN]],
// CHECK-SAME: ins(%arg0 : tensor<1x4xf32>) outs(%[[E]]
func.func @expand(%x: tensor<1x4xf32>, %shape: tensor<3xi64>) -> tensor<?x?x4xf32> {
  %y = gac.expand %x, %shape : (tensor<1x4xf32>, tensor<3xi64>) -> tensor<?x?x4xf32>
  return %y : tensor<?x?x4xf32>
}

// -----

// CHECK-LABEL: func.func @tile(
// CHECK: %[[I:.*]] = linalg.index 0
// CHECK: %[[J:.*]] = linalg.index 1
// CHECK: %[[K:.*]] = arith.remsi %[[I]], %c2
// CHECK: %[[L:.*]] = arith.remsi %[[J]], %c3
// CHECK: tensor.extract %arg0[%[[K]], %[[L]]]
func.func @tile(%x: tensor<2x3xf32>) -> tensor<4x9xf32> {
  %repeats = gac.constant dense<[2, 3]> : tensor<2xi64>
  %y = gac.tile %x, %repeats : (tensor<2x3xf32>, tensor<2xi64>) -> tensor<4x9xf32>
  return %y : tensor<4x9xf32>
}

// -----

// CHECK-LABEL: func.func @triangle(
// CHECK: %[[I:.*]] = linalg.index 0
// CHECK: %[[J:.*]] = linalg.index 1
// CHECK: %[[KEPT:.*]] = arith.cmpi sle, %[[J]], %[[I]]
// CHECK: arith.select %[[KEPT]], %in, %cst
func.func @triangle(%x: tensor<3x3xf32>) -> tensor<3x3xf32> {
  %y = gac.trilu %x {upper = 0 : i64} : (tensor<3x3xf32>) -> tensor<3x3xf32>
  return %y : tensor<3x3xf32>
}

// -----

// CHECK-LABEL: func.func @flatten(
// CHECK: tensor.collapse_shape %arg0 {{\[\[}}0], [1, 2]]
func.func @flatten(%x: tensor<?x3x4xf32>) -> tensor<?x12xf32> {
  %y = gac.flatten %x : (tensor<?x3x4xf32>) -> tensor<?x12xf32>
  return %y : tensor<?x12xf32>
}
