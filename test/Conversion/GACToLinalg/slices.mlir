// RUN: gac-opt %s --convert-gac-to-linalg --canonicalize --cse --split-input-file | FileCheck %s

// Bounds that count from the end, and one beyond it.
// CHECK-LABEL: func.func @known(
// CHECK: tensor.extract_slice %arg0[1, 0] [3, 32] [1, 1] : tensor<4x64xf32> to tensor<3x32xf32>
func.func @known(%x: tensor<4x64xf32>) -> tensor<3x32xf32> {
  %y = gac.slice %x {starts = array<i64: -3, 0>, ends = array<i64: 9223372036854775807, 32>, axes = array<i64: 0, 1>, operandSegmentSizes = array<i32: 1, 0, 0, 0, 0>}
      : (tensor<4x64xf32>) -> tensor<3x32xf32>
  return %y : tensor<3x32xf32>
}

// -----

// Bounds that are computed: from the front, and cut off.
// CHECK-LABEL: func.func @computed(
// CHECK: %[[D:.*]] = tensor.dim %arg0, %c0
// CHECK: %[[A:.*]] = tensor.extract %arg1
// CHECK: %[[I:.*]] = arith.index_cast %[[A]]
// CHECK: %[[B:.*]] = tensor.extract %arg2
// CHECK: %[[NEGATIVE:.*]] = arith.cmpi slt, %[[I]], %c0
// CHECK: %[[WRAPPED:.*]] = arith.addi %[[I]], %[[D]]
// CHECK: %[[S:.*]] = arith.select %[[NEGATIVE]], %[[WRAPPED]], %[[I]]
// CHECK: %[[LOW:.*]] = arith.maxsi %[[S]], %c0
// CHECK: %[[START:.*]] = arith.minsi %[[LOW]], %[[D]]
// CHECK: %[[END:.*]] = arith.minsi %{{.*}}, %[[D]]
// CHECK: %[[COUNT:.*]] = arith.subi %[[END]], %[[START]]
// CHECK: %[[SIZE:.*]] = arith.maxsi %[[COUNT]], %c0
// CHECK: tensor.extract_slice %arg0[%[[START]]] [%[[SIZE]]] [1]
func.func @computed(%x: tensor<?xf32>, %from: tensor<1xi64>, %to: tensor<1xi64>) -> tensor<?xf32> {
  %y = gac.slice %x, %from, %to {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0>} : (tensor<?xf32>, tensor<1xi64>, tensor<1xi64>) -> tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// CHECK-LABEL: func.func @backward(
// CHECK: %[[I:.*]] = linalg.index 0
// CHECK: %[[STEPS:.*]] = arith.muli %[[I]], %c-2
// CHECK: %[[AT:.*]] = arith.addi %[[STEPS]], %c6
// CHECK: tensor.extract %arg0[%[[AT]]]
func.func @backward(%x: tensor<7xf32>) -> tensor<3xf32> {
  %from = gac.constant dense<-1> : tensor<1xi64>
  %to = gac.constant dense<0> : tensor<1xi64>
  %axes = gac.constant dense<0> : tensor<1xi64>
  %steps = gac.constant dense<-2> : tensor<1xi64>
  %y = gac.slice %x, %from, %to, %axes, %steps
      {operandSegmentSizes = array<i32: 1, 1, 1, 1, 1>}
      : (tensor<7xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<3xf32>
  return %y : tensor<3xf32>
}

// -----

// CHECK-LABEL: func.func @parts(
// CHECK: tensor.extract_slice %arg0[0, 0] [%{{.*}}, 3] [1, 1] : tensor<?x10xf32> to tensor<?x3xf32>
// CHECK: tensor.extract_slice %arg0[0, 3] [%{{.*}}, 7] [1, 1] : tensor<?x10xf32> to tensor<?x7xf32>
func.func @parts(%x: tensor<?x10xf32>) -> (tensor<?x3xf32>, tensor<?x7xf32>) {
  %sizes = gac.constant dense<[3, 7]> : tensor<2xi64>
  %y:2 = gac.split %x, %sizes {axis = 1 : i64} : (tensor<?x10xf32>, tensor<2xi64>) -> (tensor<?x3xf32>, tensor<?x7xf32>)
  return %y#0, %y#1 : tensor<?x3xf32>, tensor<?x7xf32>
}

// -----

// CHECK-LABEL: func.func @concat(
// CHECK: %[[D:.*]] = tensor.dim %arg0, %c1
// CHECK: %[[N:.*]] = arith.addi %[[D]], %c5
// CHECK: %[[E:.*]] = tensor.empty(%[[N]]) : tensor<2x?xf32>
// CHECK: %[[F:.*]] = tensor.insert_slice %arg0 into %[[E]][0, 0]
// CHECK: tensor.insert_slice %arg1 into %[[F]][0, %{{.*}}] [2, 5] [1, 1]
func.func @concat(%a: tensor<2x?xf32>, %b: tensor<2x5xf32>) -> tensor<2x?xf32> {
  %y = gac.concat %a, %b {axis = -1 : i64} : (tensor<2x?xf32>, tensor<2x5xf32>) -> tensor<2x?xf32>
  return %y : tensor<2x?xf32>
}

// -----

// CHECK-LABEL: func.func @pad(
// CHECK: %[[V:.*]] = arith.constant 3.0
// CHECK: tensor.pad %arg0 low[0, 1] high[0, 2]
// CHECK: tensor.yield %[[V]]
func.func @pad(%x: tensor<2x?xf32>) -> tensor<2x?xf32> {
  %y = gac.pad %x {pads = array<i64: 0, 1, 0, 2>, value = 3.0 : f32, operandSegmentSizes = array<i32: 1, 0, 0, 0>} : (tensor<2x?xf32>) -> tensor<2x?xf32>
  return %y : tensor<2x?xf32>
}

// -----

// A slice of nothing has no place to begin.
// CHECK-LABEL: func.func @nothing(
// CHECK-NOT: tensor.extract_slice
// CHECK: %[[EMPTY:.*]] = tensor.empty() : tensor<0xf32>
// CHECK: return %[[EMPTY]], %[[EMPTY]]
func.func @nothing(%x: tensor<0xf32>) -> (tensor<0xf32>, tensor<0xf32>) {
  %y:2 = gac.split %x {axis = 0 : i64} : (tensor<0xf32>) -> (tensor<0xf32>, tensor<0xf32>)
  return %y#0, %y#1 : tensor<0xf32>, tensor<0xf32>
}
