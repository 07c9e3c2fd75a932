// RUN: gac-opt %s --gac-detect="target=%S/Inputs/tails.json" -o %t.mlir 2>&1 | FileCheck %s

// Four heads share a key head, and so a block: 2 x 8 blocks of 64 keys on 128
// multiprocessors, which is 1 + 128 / 16 times as long. 247680 bytes at 0.4 TB/s
// are 5.57 us, and 264192 at 0.8 TB/s 2.97, both beside a launch of 1 us.
// CHECK: remark: dimension 'q:3' of size 60 is slow: {{.*}}; predicted cost 1.65x
// CHECK: remark: dimension 'v:3' of size 60 is slow: {{.*}}; predicted cost 1.65x
func.func @shared(%q: tensor<1x8x1x60xf16> {gac.name = "q"},
                  %k: tensor<1x2x512x60xf16> {gac.name = "k"},
                  %v: tensor<1x2x512x60xf16> {gac.name = "v"})
    -> (tensor<1x8x1x60xf16> {gac.name = "y"}) {
  %y = gac.attention %q, %k, %v {gac.outputs = ["y"], operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0, 0>}
      : (tensor<1x8x1x60xf16>, tensor<1x2x512x60xf16>, tensor<1x2x512x60xf16>) -> tensor<1x8x1x60xf16>
  return %y : tensor<1x8x1x60xf16>
}

// Each head has its own keys: 8 x 8 blocks, 1 + 128 / 64 times as long. 984960
// bytes are 7.39 us, 1050624 are 3.94.
// CHECK: remark: dimension 'q:3' of size 60 is slow: {{.*}}; predicted cost 1.70x
// CHECK: remark: dimension 'v:3' of size 60 is slow: {{.*}}; predicted cost 1.70x
func.func @own(%q: tensor<1x8x1x60xf16> {gac.name = "q"},
               %k: tensor<1x8x512x60xf16> {gac.name = "k"},
               %v: tensor<1x8x512x60xf16> {gac.name = "v"})
    -> (tensor<1x8x1x60xf16> {gac.name = "y"}) {
  %y = gac.attention %q, %k, %v {gac.outputs = ["y"], operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0, 0>}
      : (tensor<1x8x1x60xf16>, tensor<1x8x512x60xf16>, tensor<1x8x512x60xf16>) -> tensor<1x8x1x60xf16>
  return %y : tensor<1x8x1x60xf16>
}
