// RUN: gac-opt %s --gac-detect="target=%S/Inputs/fixed.json" -o %t.mlir 2>&1 | FileCheck %s

// Next to no work: before, the fixed time of odd sizes and a launch, 10 + 1 us;
// after, that of multiples of 8, 4 + 1 us.
// CHECK: remark: dimension 'a:1' of size 107 is slow: K = 107: another kernel; it is the rank; predicted cost 2.20x; the least repair makes it 112
// CHECK-NOT: {{remark|error}}

func.func @pair(%x: tensor<1x1x16xf32> {gac.name = "x"})
    -> (tensor<1x1x16xf32> {gac.name = "y"}) {
  %a = gac.initializer "a" = dense<1.0> : tensor<16x107xf32>
  %b = gac.initializer "b" = dense<1.0> : tensor<107x16xf32>
  %h = gac.matmul %x, %a {gac.outputs = ["h"]}
      : (tensor<1x1x16xf32>, tensor<16x107xf32>) -> tensor<1x1x107xf32>
  %y = gac.matmul %h, %b {gac.outputs = ["y"]}
      : (tensor<1x1x107xf32>, tensor<107x16xf32>) -> tensor<1x1x16xf32>
  return %y : tensor<1x1x16xf32>
}
