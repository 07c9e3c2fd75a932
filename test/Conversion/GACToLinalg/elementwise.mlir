// RUN: gac-opt %s --convert-gac-to-linalg --canonicalize --split-input-file | FileCheck %s

// CHECK-DAG: #[[M:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-LABEL: func.func @same(
// CHECK: %[[D:.*]] = tensor.dim %arg0, %c0
// CHECK: %[[E:.*]] = tensor.empty(%[[D]]) : tensor<?x64xf32>
// CHECK: linalg.generic {indexing_maps = [#[[M]], #[[M]]], iterator_types = ["parallel", "parallel"]} ins(%arg0 : tensor<?x64xf32>) outs(%[[E]]
// CHECK-NEXT: ^bb0(%[[X:.*]]: f32, %{{.*}}: f32):
// CHECK-NEXT: %[[Y:.*]] = arith.maximumf %[[X]], %cst : f32
// CHECK-NEXT: linalg.yield %[[Y]]
func.func @same(%a: tensor<?x64xf32>, %b: tensor<?x64xf32>) -> tensor<?x64xf32> {
  %0 = gac.relu %a : (tensor<?x64xf32>) -> tensor<?x64xf32>
  return %0 : tensor<?x64xf32>
}

// -----

// CHECK-DAG: #[[A:.*]] = affine_map<(d0, d1, d2) -> (d0, 0, d2)>
// CHECK-DAG: #[[B:.*]] = affine_map<(d0, d1, d2) -> (d1, 0)>
// CHECK-DAG: #[[Y:.*]] = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
// CHECK-DAG: #[[C:.*]] = affine_map<(d0, d1, d2) -> ()>
// CHECK-LABEL: func.func @broadcast(
// CHECK: linalg.generic {indexing_maps = [#[[A]], #[[B]], #[[Y]]]
// CHECK: arith.addf
// CHECK: linalg.generic {indexing_maps = [#[[Y]], #[[C]], #[[Y]]]
// CHECK: arith.mulf
func.func @broadcast(%a: tensor<4x1x3xf32>, %b: tensor<5x1xf32>, %c: tensor<f32>) -> tensor<4x5x3xf32> {
  %0 = gac.add %a, %b : (tensor<4x1x3xf32>, tensor<5x1xf32>) -> tensor<4x5x3xf32>
  %1 = gac.mul %0, %c : (tensor<4x5x3xf32>, tensor<f32>) -> tensor<4x5x3xf32>
  return %1 : tensor<4x5x3xf32>
}

// -----

// Two axes of one symbol are equally long: no more is to be known.
// CHECK-LABEL: func.func @symbols(
// CHECK-NOT: arith.cmpi
// CHECK: linalg.generic {{.*}} ins(%arg0, %arg1
// CHECK: arith.addf
func.func @symbols(%a: tensor<?x64xf32> {gac.dims = ["seq", ""]}, %b: tensor<?x64xf32> {gac.dims = ["seq", ""]}) -> tensor<?x64xf32> {
  %0 = gac.add %a, %b : (tensor<?x64xf32>, tensor<?x64xf32>) -> tensor<?x64xf32>
  return %0 : tensor<?x64xf32>
}

// -----

// Of two sizes one may be 1: the size of the result and the element are chosen
// at run time.
// CHECK-LABEL: func.func @open(
// CHECK: %[[A:.*]] = tensor.dim %arg0
// CHECK: %[[B:.*]] = tensor.dim %arg1
// CHECK: %[[ONE:.*]] = arith.cmpi eq, %[[A]], %c1
// CHECK: %[[SIZE:.*]] = arith.select %[[ONE]], %[[B]], %[[A]]
// CHECK: tensor.empty(%[[SIZE]])
// CHECK: %[[I:.*]] = linalg.index 0
// CHECK: %[[AT:.*]] = arith.select %{{.*}}, %c0, %[[I]]
// CHECK: tensor.extract %arg0[%[[AT]]]
// CHECK: tensor.extract %arg1
// CHECK: arith.subf
func.func @open(%a: tensor<?xf32>, %b: tensor<?xf32>) -> tensor<?xf32> {
  %0 = gac.sub %a, %b : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}

// -----

// CHECK-LABEL: func.func @integers(
// CHECK-SAME: %arg2: tensor<4xi8>) -> (tensor<4xi64>, tensor<4xi1>, tensor<4xi8>, tensor<4xf32>)
// CHECK: %[[R:.*]] = arith.remsi %[[A:.*]], %[[B:.*]] :
// CHECK: %[[N:.*]] = arith.cmpi slt, %[[R]], %c0_i64
// CHECK: %[[M:.*]] = arith.cmpi slt, %[[B]], %c0_i64
// CHECK: %[[DIFFER:.*]] = arith.xori %[[N]], %[[M]]
// CHECK: arith.select %[[DIFFER]]
// CHECK: arith.cmpi slt
// CHECK: arith.divui
// CHECK: arith.uitofp %{{.*}} : i8 to f32
func.func @integers(%a: tensor<4xi64>, %b: tensor<4xi64>, %c: tensor<4xui8>) -> (tensor<4xi64>, tensor<4xi1>, tensor<4xui8>, tensor<4xf32>) {
  %0 = gac.mod %a, %b : (tensor<4xi64>, tensor<4xi64>) -> tensor<4xi64>
  %1 = gac.less %a, %b : (tensor<4xi64>, tensor<4xi64>) -> tensor<4xi1>
  %2 = gac.div %c, %c : (tensor<4xui8>, tensor<4xui8>) -> tensor<4xui8>
  %3 = gac.cast %2 {to = 1 : i64} : (tensor<4xui8>) -> tensor<4xf32>
  return %0, %1, %2, %3 : tensor<4xi64>, tensor<4xi1>, tensor<4xui8>, tensor<4xf32>
}

// -----

// CHECK-LABEL: func.func @where(
// CHECK: %[[X:.*]] = arith.select
// CHECK: arith.cmpf uno, %[[Y:.*]], %[[Y]]
// CHECK: arith.xori %{{.*}}, %true
// CHECK: arith.uitofp %{{.*}} : i1 to f32
func.func @where(%c: tensor<4xi1>, %x: tensor<4xf32>, %y: tensor<f32>) -> tensor<4xf32> {
  %0 = gac.where %c, %x, %y : (tensor<4xi1>, tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %1 = gac.is_nan %0 : (tensor<4xf32>) -> tensor<4xi1>
  %2 = gac.not %1 : (tensor<4xi1>) -> tensor<4xi1>
  %3 = gac.cast %2 {to = 1 : i64} : (tensor<4xi1>) -> tensor<4xf32>
  return %3 : tensor<4xf32>
}

// -----

// CHECK-LABEL: func.func @gelu(
// CHECK-DAG: %[[ROOT:.*]] = arith.constant 0.707106769 : f32
// CHECK-DAG: %[[HALF:.*]] = arith.constant 5.000000e-01 : f32
// CHECK-DAG: %[[ONE:.*]] = arith.constant 1.000000e+00 : f32
// CHECK: %[[S:.*]] = arith.mulf %[[X:.*]], %[[ROOT]]
// CHECK: %[[E:.*]] = math.erf %[[S]]
// CHECK: %[[H:.*]] = arith.mulf %[[X]], %[[HALF]]
// CHECK: %[[T:.*]] = arith.addf %[[E]], %[[ONE]]
// CHECK: arith.mulf %[[H]], %[[T]]
func.func @gelu(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = gac.gelu %x : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// Bounds are operands, attributes, or absent.
// CHECK-LABEL: func.func @clip(
// CHECK: %[[SIX:.*]] = arith.constant 6.0
// CHECK: %[[L:.*]] = linalg.generic {{.*}} ins(%arg0, %arg1 :
// CHECK: arith.maximumf %in, %in_0
// CHECK: linalg.generic {{.*}} ins(%[[L]] :
// CHECK: arith.minimumf %in, %[[SIX]]
func.func @clip(%x: tensor<4xf32>, %low: tensor<f32>) -> tensor<4xf32> {
  %0 = gac.clip %x, %low {operandSegmentSizes = array<i32: 1, 1, 0>} : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %1 = gac.clip %0 {max = 6.0 : f32, operandSegmentSizes = array<i32: 1, 0, 0>} : (tensor<4xf32>) -> tensor<4xf32>
  return %1 : tensor<4xf32>
}
