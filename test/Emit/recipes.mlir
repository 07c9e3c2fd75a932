// RUN: gac-translate --gac-to-manifest --graph-only %s | FileCheck %s

// Each weight by a recipe, so that no file is needed: padded twice, rounded,
// turned, over data that is elsewhere or that is absent, and over what a repair
// before made.

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
  // CHECK: "name": "turned",
  // CHECK: "recipe": {
  // CHECK-NEXT: "kind": "transpose",
  // CHECK-NEXT: "perm": [
  // CHECK-NEXT: 1,
  // CHECK-NEXT: 0
  // CHECK-NEXT: ],
  // CHECK-NEXT: "source": {
  // CHECK-NEXT: "dtype": "f16",
  // CHECK-NEXT: "fanIn": 7,
  // CHECK-NEXT: "kind": "original",
  // CHECK-NEXT: "name": "turned",
  // CHECK-NEXT: "shape": [
  // CHECK-NEXT: 3,
  // CHECK-NEXT: 7
  gac_cuda.tensor weight @turned "turned" : tensor<7x3xf16> = #gac.transpose<#gac.file<"/none", offset = 0, length = 42, size = 42, mtime = 0, external = true> : tensor<3x7xf16>, [1, 0]> : tensor<7x3xf16> {fan_in = 7 : i64}
  // The data are a copy's that was padded; what is made up is the original's.
  // CHECK: "name": "w.grown",
  // CHECK: "recipe": {
  // CHECK-NEXT: "dtype": "f16",
  // CHECK-NEXT: "kind": "cast",
  // CHECK-NEXT: "source": {
  // CHECK-NEXT: "axes": [
  // CHECK: "kind": "pad",
  // CHECK-NEXT: "shape": [
  // CHECK-NEXT: 8
  // CHECK-NEXT: ],
  // CHECK-NEXT: "source": {
  // CHECK-NEXT: "dtype": "f32",
  // CHECK-NEXT: "fanIn": 5,
  // CHECK-NEXT: "kind": "original",
  // CHECK-NEXT: "name": "w",
  // CHECK-NEXT: "shape": [
  // CHECK-NEXT: 5
  gac_cuda.tensor weight @copy "w.grown" : tensor<8xf16> = #gac.cast<#gac.file<"/none", offset = 0, length = 32, size = 32, mtime = 0, external = true> : tensor<8xf32>> : tensor<8xf16> {fan_in = 5 : i64, origin = #gac.pad<#gac.original<"w"> : tensor<5xf32>, [#gac.lanes<8 : 0 to 0 by 5>]> : tensor<8xf32>}
  gac_cuda.entry @run dims {} inputs [] outputs [] {
  }
}
