// Weights become constants: written out where they are small, resources else.
// RUN: gac-opt %s --convert-gac-to-linalg | FileCheck %s
// Those of a file are read, padded ones with their zeros.
// RUN: gac-opt %models/llama_asvd.onnx --gac-repair --convert-gac-to-linalg -o %t.mlir
// RUN: FileCheck %s --check-prefix=FILE --implicit-check-not=#gac. < %t.mlir

// FILE: func.func @main_graph
// FILE-SAME: %arg0: tensor<?x?xi64> {gac.dims = ["batch", "seq"], gac.name = "input_ids"}
// FILE-SAME: -> (tensor<?x?x97xf32> {gac.name = "logits"})
// FILE: arith.constant dense_resource<weight{{.*}}> : tensor<97x64xf32>
// FILE: arith.constant dense_resource<weight{{.*}}> : tensor<64x24xf32>

// CHECK-LABEL: func.func @weights
// CHECK: arith.constant dense<{{.*}}> : tensor<2x2xf32>
// CHECK: arith.constant dense<{{\[\[}}1.000000e+00, 2.000000e+00, 0.000000e+00], [3.000000e+00, 4.000000e+00, 0.000000e+00], [0.000000e+00, 0.000000e+00, 0.000000e+00]]> : tensor<3x3xf32>
// CHECK: arith.constant dense<-1> : tensor<2xi8>
// CHECK: arith.constant dense_resource<weight> : tensor<9x9xf32>
// CHECK: arith.constant dense<[true, false]> : tensor<2xi1>
func.func @weights() -> (tensor<2x2xf32>, tensor<3x3xf32>, tensor<2xui8>, tensor<9x9xf32>, tensor<2xi1>) {
  %a = gac.initializer "a" = dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %b = gac.initializer "b" = #gac.pad<dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>, [<3 : 0 to 0 by 2>, <3 : 0 to 0 by 2>]> : tensor<3x3xf32>
  %c = gac.constant dense<255> : tensor<2xui8>
  %d = gac.initializer "d" = #gac.pad<dense<1.0> : tensor<8x8xf32>, [<9 : 0 to 0 by 8>, <9 : 0 to 0 by 8>]> : tensor<9x9xf32>
  %e = gac.constant dense<[true, false]> : tensor<2xi1>
  return %a, %b, %c, %d, %e : tensor<2x2xf32>, tensor<3x3xf32>, tensor<2xui8>, tensor<9x9xf32>, tensor<2xi1>
}

// The default of an input is for export.
// CHECK-LABEL: func.func @default(%arg0: tensor<2xf32> {gac.name = "x"})
func.func @default(%x: tensor<2xf32> {gac.name = "x", gac.default = #gac.pad<dense<1.0> : tensor<1xf32>, [<2 : 0 to 0 by 1>]> : tensor<2xf32>}) -> tensor<2xf32> {
  return %x : tensor<2xf32>
}
