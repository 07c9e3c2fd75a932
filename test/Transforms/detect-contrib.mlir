// RUN: gac-opt %s --gac-detect -o %t.mlir 2>&1 | FileCheck %s

// ONNX Runtime's attention has a price: with a packed weight that of a product,
// too. Without one its dimensions would cost nothing, and no plan grew them.

// CHECK-DAG: dimension 'w:1/0/1' of size 15 is slow: head_dim = 15: {{.*}} predicted cost {{[1-9]\.[0-9]*[1-9]}}
// CHECK-DAG: dimension 'w:1/2/1' of size 15 is slow: head_dim = 15: {{.*}} predicted cost {{[1-9]\.[0-9]*[1-9]}}
// CHECK-DAG: dimension 'w:1' of size 180 is slow: N = 180: {{.*}} predicted cost 1.{{0[1-9]|[1-9]}}
func.func @packed_weight(%x: tensor<2x512x64xf32> {gac.name = "x"}) -> (tensor<2x512x64xf32> {gac.name = "y"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<64x180xf32>
  %o = gac.initializer "o" = dense<1.0> : tensor<60x64xf32>
  %0 = gac.contrib_attention %x, %w {gac.outputs = ["h"], num_heads = 4 : i64, operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0>} : (tensor<2x512x64xf32>, tensor<64x180xf32>) -> tensor<2x512x60xf32>
  %y = gac.matmul %0, %o {gac.outputs = ["y"]} : (tensor<2x512x60xf32>, tensor<60x64xf32>) -> tensor<2x512x64xf32>
  return %y : tensor<2x512x64xf32>
}
