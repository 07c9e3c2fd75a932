// RUN: gac-opt %s --gac-fold-shapes --split-input-file | FileCheck %s
// RUN: gac-opt %models/llama_asvd.onnx --pass-pipeline='builtin.module(gac-bind-dims{dims=batch=2,seq=9},func.func(gac-infer-shapes,gac-fold-shapes))' -o %t.mlir
// RUN: FileCheck %s --check-prefix=MODEL --implicit-check-not=gac.shape < %t.mlir

// A model whose sizes are bound computes no shapes.
// MODEL: gac.reshape %{{.*}}, %{{.*}} : (tensor<2x9x64xf32>, tensor<4xi64>) -> tensor<2x9x4x16xf32>

// CHECK-LABEL: func.func @known
// CHECK-NEXT: %[[SHAPE:.*]] = gac.constant dense<[2, 9, 4, 16]> : tensor<4xi64> {gac.outputs = ["to"]}
// CHECK-NEXT: gac.reshape %{{.*}}, %[[SHAPE]]
// CHECK-NEXT: return
func.func @known(%x: tensor<2x9x64xf32> {gac.name = "x"})
    -> (tensor<2x9x4x16xf32> {gac.name = "y"}) {
  %heads = gac.initializer "heads" = dense<[4, 16]> : tensor<2xi64>
  %rows = gac.shape %x {end = 2 : i64, gac.outputs = ["rows"]}
      : (tensor<2x9x64xf32>) -> tensor<2xi64>
  %to = gac.concat %rows, %heads {axis = 0 : i64, gac.outputs = ["to"]}
      : (tensor<2xi64>, tensor<2xi64>) -> tensor<4xi64>
  %y = gac.reshape %x, %to {gac.outputs = ["y"]}
      : (tensor<2x9x64xf32>, tensor<4xi64>) -> tensor<2x9x4x16xf32>
  return %y : tensor<2x9x4x16xf32>
}

// -----

// A size that is not known stays computed, and so do data.
// CHECK-LABEL: func.func @unknown
// CHECK: gac.shape
// CHECK: gac.concat
// CHECK: gac.add
func.func @unknown(%x: tensor<?x64xf32> {gac.name = "x"}, %i: tensor<2xi64> {gac.name = "i"})
    -> (tensor<?x4x16xf32> {gac.name = "y"}, tensor<2xi64> {gac.name = "z"}) {
  %heads = gac.initializer "heads" = dense<[4, 16]> : tensor<2xi64>
  %rows = gac.shape %x {end = 1 : i64} : (tensor<?x64xf32>) -> tensor<1xi64>
  %to = gac.concat %rows, %heads {axis = 0 : i64}
      : (tensor<1xi64>, tensor<2xi64>) -> tensor<3xi64>
  %y = gac.reshape %x, %to : (tensor<?x64xf32>, tensor<3xi64>) -> tensor<?x4x16xf32>
  %z = gac.add %i, %heads : (tensor<2xi64>, tensor<2xi64>) -> tensor<2xi64>
  return %y, %z : tensor<?x4x16xf32>, tensor<2xi64>
}

// -----

// What nobody read before is not this pass's to erase; a result stays one.
// CHECK-LABEL: func.func @dead
// CHECK: gac.shape %{{.*}} {gac.outputs = ["unused"]}
// CHECK: %[[N:.*]] = gac.constant dense<64> : tensor<i64> {gac.outputs = ["n"]}
// CHECK: return %[[N]]
func.func @dead(%x: tensor<2x32xf32> {gac.name = "x"}) -> (tensor<i64> {gac.name = "n"}) {
  %unused = gac.shape %x {gac.outputs = ["unused"]} : (tensor<2x32xf32>) -> tensor<2xi64>
  %n = gac.size %x {gac.outputs = ["n"]} : (tensor<2x32xf32>) -> tensor<i64>
  return %n : tensor<i64>
}
