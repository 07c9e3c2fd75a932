// Where a slice starts is what the dimensions before it add up to: they grow so
// that it starts aligned, and a slice whose size is right already is repaired
// by that alone.

// RUN: gac-opt %s --gac-plan | FileCheck %s
// RUN: gac-opt %s --gac-detect --verify-diagnostics > /dev/null

// Not 6 to 9, which makes the whole a multiple of 8 as well.
// CHECK: [<"w1:1/0", 6 to 8>, <"w1:1/2", 7 to 8>]
func.func @middle(%x: tensor<1024x64xf32> {gac.name = "x"})
    -> (tensor<1024x64xf32> {gac.name = "y"}) {
  %w1 = gac.initializer "w1" = dense<1.0> : tensor<64x21xf32>
  %w2 = gac.initializer "w2" = dense<1.0> : tensor<8x64xf32>
  %sizes = gac.initializer "sizes" = dense<[6, 8, 7]> : tensor<3xi64>
  // expected-remark @+1 {{dimension 'w1:1' of size 21 is slow}}
  %h = gac.matmul %x, %w1 {gac.outputs = ["h"]} : (tensor<1024x64xf32>, tensor<64x21xf32>) -> tensor<1024x21xf32>
  %a, %b, %c = gac.split %h, %sizes {axis = 1 : i64, gac.outputs = ["a", "b", "c"]}
      : (tensor<1024x21xf32>, tensor<3xi64>) -> (tensor<1024x6xf32>, tensor<1024x8xf32>, tensor<1024x7xf32>)
  // expected-remark-re @+1 {{K = 8: the tensor does not start at a multiple of 16 bytes, as TMA needs; it is the rank; predicted cost 1{{.*}}x; the least repair moves it}}
  %y = gac.matmul %b, %w2 {gac.outputs = ["y"]} : (tensor<1024x8xf32>, tensor<8x64xf32>) -> tensor<1024x64xf32>
  return %y : tensor<1024x64xf32>
}
