// RUN: gac-translate --gac-to-manifest --graph-only %s | FileCheck %s

// Each weight by a recipe, so that no file is needed: padded twice, rounded,
// over data that is elsewhere or that is absent.

// CHECK: "weights": {
// CHECK-NEXT: "file": null
module attributes {gac_cuda.dtype = "f16"} {
  // CHECK: "name": "w",
  // CHECK: "recipe": {
  // CHECK-NEXT: "dtype": "f16",
  // CHECK-NEXT: "kind": "cast",
  // CHECK-NEXT: "source": {
  // CHECK-NEXT: "axes": [
  // CHECK-NEXT: [
  // CHECK-NEXT: [
  // CHECK-NEXT: 0,
  // CHECK-NEXT: 0,
  // CHECK-NEXT: 3
  // CHECK-NEXT: ]
  // CHECK-NEXT: ],
  // CHECK-NEXT: [
  // CHECK-NEXT: [
  // CHECK-NEXT: 0,
  // CHECK-NEXT: 0,
  // CHECK-NEXT: 5
  // CHECK-NEXT: ],
  // CHECK-NEXT: [
  // CHECK-NEXT: 8,
  // CHECK-NEXT: 5,
  // CHECK-NEXT: 5
  // CHECK-NEXT: ]
  // CHECK-NEXT: ]
  // CHECK-NEXT: ],
  // CHECK-NEXT: "kind": "pad",
  // CHECK-NEXT: "shape": [
  // CHECK-NEXT: 8,
  // CHECK-NEXT: 16
  // CHECK-NEXT: ],
  // CHECK-NEXT: "source": {
  // CHECK-NEXT: "dtype": "f32",
  // CHECK-NEXT: "fanIn": 10,
  // CHECK-NEXT: "kind": "original",
  // CHECK-NEXT: "name": "w",
  // CHECK-NEXT: "shape": [
  // CHECK-NEXT: 3,
  // CHECK-NEXT: 10
  gac_cuda.tensor weight @w "w" : tensor<8x16xf16> = #gac.cast<#gac.pad<#gac.absent<"m.data", offset = 0, length = 120> : tensor<3x10xf32>, [#gac.lanes<8 : 0 to 0 by 3>, #gac.lanes<16 : 0 to 0 by 5, 5 to 8 by 5>]> : tensor<8x16xf32>> : tensor<8x16xf16> {fan_in = 10 : i64}
  // CHECK: "name": "file",
  // CHECK: "fanIn": 1,
  // CHECK-NEXT: "kind": "original",
  gac_cuda.tensor weight @file "file" : tensor<4xf16> = #gac.file<"/none", offset = 0, length = 8, size = 8, mtime = 0, external = true> : tensor<4xf16>
  gac_cuda.entry @run dims {} inputs [] outputs [] {
  }
}
