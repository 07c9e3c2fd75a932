// RUN: gac-translate --gac-to-manifest %s | FileCheck %s
// RUN: rm -rf %t.gacpkg && gac-translate --gac-to-package %s -o %t.gacpkg
// RUN: gac-run %t.gacpkg --list | FileCheck %s --check-prefix=LIST
// RUN: rm -rf %t.graph && gac-translate --gac-to-package --graph-only %s -o %t.graph
// RUN: gac-run %t.graph --list | FileCheck %s --check-prefix=LIST
// RUN: FileCheck %s --check-prefix=GRAPH < %t.graph/manifest.json

// A package replaces a package.
// RUN: gac-translate --gac-to-package %s -o %t.gacpkg/
// RUN: gac-run %t.gacpkg --list | FileCheck %s --check-prefix=LIST

// LIST: entry prefill: 3 operations
// LIST: entry decode: 4 operations


// CHECK: "format": "gac-package",
// CHECK-NEXT: "version": 1,
// CHECK-NEXT: "producer": "gac {{[0-9.]+}}",
// CHECK-NEXT: "model": "m.onnx",
// CHECK-NEXT: "dtype": "bf16",
// CHECK-NEXT: "target": "h200",
// CHECK-NEXT: "arch": [
// CHECK-NEXT: "sm_80",
// CHECK-NEXT: "sm_90a"
// CHECK-NEXT: ],
// CHECK-NEXT: "source": "kernels.cu",
// CHECK-NEXT: "cubins": {},
// CHECK-NEXT: "weights": {
// CHECK-NEXT: "file": "weights.safetensors"
module attributes {gac_cuda.dtype = "bf16", gac_cuda.model = "m.onnx", gac_cuda.target = "h200"} {
  // CHECK: "name": "input_ids",
  // CHECK-NEXT: "kind": "input",
  // CHECK-NEXT: "dtype": "i64",
  // CHECK: "range": [
  // CHECK-NEXT: 0,
  // CHECK-NEXT: 96
  gac_cuda.tensor input @ids1 "input_ids" : tensor<1x1xi64> {range = array<i64: 0, 96>}
  gac_cuda.tensor input @ids5 "input_ids" : tensor<1x5xi64>
  // CHECK: "name": "w",
  // CHECK-NEXT: "kind": "weight",
  // CHECK-NEXT: "dtype": "bf16",
  // CHECK-NEXT: "shape": [
  // CHECK-NEXT: 128,
  // CHECK-NEXT: 64
  // CHECK-NEXT: ],
  // CHECK-NEXT: "recipe": {
  // CHECK-NEXT: "dtype": "bf16",
  // CHECK-NEXT: "fanIn": 128,
  // CHECK-NEXT: "kind": "original",
  // CHECK-NEXT: "name": "w",
  // CHECK-NEXT: "shape": [
  gac_cuda.tensor weight @w "w" : tensor<128x64xbf16> = dense<1.0> : tensor<128x64xbf16> {fan_in = 128 : i64}
  // Small, in the model, and summed over by nothing: what it is, not what it
  // could be.
  // CHECK: "name": "norm",
  // CHECK-NOT: "recipe"
  // CHECK: "kind": "constant",
  gac_cuda.tensor weight @norm "norm" : tensor<64xbf16> = dense<1.0> : tensor<64xbf16>
  gac_cuda.tensor constant @mask "mask" : tensor<3xi1> = dense<[true, false, true]> : tensor<3xi1>
  gac_cuda.tensor cache @past "past_0" : tensor<1x4x33x16xbf16> {output = "present_0", axis = 2 : i64}
  gac_cuda.tensor cache @counters "counters" : tensor<4xi32>
  gac_cuda.tensor output @y1 "y" : tensor<1x64xbf16>
  gac_cuda.tensor output @y5 "y" : tensor<5x64xbf16>

  gac_cuda.kernel @embed_0 threads 256 (%x: memref<1x5xi64>, %y: memref<5x128xbf16>) {
    linalg.generic {indexing_maps = [affine_map<(i, j) -> (0, i)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
        ins(%x : memref<1x5xi64>) outs(%y : memref<5x128xbf16>) {
    ^bb0(%a: i64, %o: bf16):
      %0 = arith.sitofp %a : i64 to f32
      %1 = arith.truncf %0 : f32 to bf16
      linalg.yield %1 : bf16
    }
  }
  gac_cuda.kernel @append_0 threads 256 (%rows: memref<1x4x1x16xbf16>, %position: memref<i32>, %out: memref<1x4x33x16xbf16>) {
    gac_cuda.append ins(%rows : memref<1x4x1x16xbf16>) at(%position : memref<i32>) outs(%out : memref<1x4x33x16xbf16>) {vector = 8 : i32}
  }

  // The buffers of all entries follow the tensors.
  // CHECK: "name": "prefill.0",
  // CHECK-NEXT: "kind": "arena",
  // CHECK-NEXT: "dtype": "bf16",
  // CHECK: "name": "decode.0",
  // CHECK: "caches": [
  // CHECK-NEXT: {
  // CHECK-NEXT: "input": "past_0",
  // CHECK-NEXT: "output": "present_0",
  // CHECK-NEXT: "tensor": 5,
  // CHECK-NEXT: "axis": 2,
  // CHECK-NEXT: "capacity": 33
  // CHECK-NEXT: }
  // CHECK-NEXT: ],

  // CHECK: "name": "prefill",
  // CHECK-NEXT: "dims": {
  // CHECK-NEXT: "seq": 5
  // CHECK-NEXT: },
  // CHECK-NEXT: "inputs": [
  // CHECK-NEXT: 1
  // CHECK-NEXT: ],
  // CHECK-NEXT: "outputs": [
  // CHECK-NEXT: 8
  // CHECK-NEXT: ],
  // CHECK-NEXT: "arenaBytes": 1792,
  // CHECK-NEXT: "buffers": [
  // CHECK-NEXT: {
  // CHECK-NEXT: "tensor": 9,
  // CHECK-NEXT: "offset": 512,
  // CHECK-NEXT: "bytes": 1280,
  // CHECK-NEXT: "first": 0,
  // CHECK-NEXT: "last": 2
  // CHECK-NEXT: }
  // CHECK-NEXT: ],
  // CHECK-NEXT: "appends": [],
  // CHECK-NEXT: "ops": [
  gac_cuda.entry @prefill dims {seq = 5 : i64} inputs [@ids5] outputs [@y5] {
    %ids = gac_cuda.get @ids5 : memref<1x5xi64>
    %w = gac_cuda.get @w : memref<128x64xbf16>
    %y = gac_cuda.get @y5 : memref<5x64xbf16>
    %h = gac_cuda.alloc at 512 : memref<5x128xbf16>
    %unused = gac_cuda.alloc at 0 : memref<64xbf16>
    // CHECK-NEXT: {
    // CHECK-NEXT: "kind": "launch",
    // CHECK-NEXT: "family": "movement",
    // CHECK-NEXT: "nodes": [
    // CHECK-NEXT: "embed",
    // CHECK-NEXT: "cast"
    // CHECK-NEXT: ],
    // CHECK-NEXT: "flops": 0,
    // CHECK-NEXT: "bytes": 264,
    // CHECK-NEXT: "predictedUs": 4.5,
    // CHECK-NEXT: "kernel": "embed_0",
    // CHECK-NEXT: "grid": [
    // CHECK-NEXT: 1,
    // CHECK-NEXT: 2,
    // CHECK-NEXT: 1
    // CHECK-NEXT: ],
    // CHECK-NEXT: "block": [
    // CHECK-NEXT: 256,
    // CHECK-NEXT: 1,
    // CHECK-NEXT: 1
    // CHECK-NEXT: ],
    // CHECK-NEXT: "sharedBytes": 0,
    // CHECK-NEXT: "overlaps": true,
    // CHECK-NEXT: "args": [
    // CHECK-NEXT: {
    // CHECK-NEXT: "tensor": 1
    // CHECK-NEXT: },
    // CHECK-NEXT: {
    // CHECK-NEXT: "tensor": 9
    gac_cuda.launch @embed_0 grid [1, 2, 1] (%ids, %h) cost <movement, flops = 0, bytes = 264, picoseconds = 4500000> : memref<1x5xi64>, memref<5x128xbf16> loc(fused["embed", "cast", "embed"])
    // A matrix of each half, the second one transposed; added in place.
    %left = memref.reinterpret_cast %h to offset: [0], sizes: [5, 64], strides: [128, 1] : memref<5x128xbf16> to memref<5x64xbf16, strided<[128, 1]>>
    %right = memref.reinterpret_cast %h to offset: [64], sizes: [5, 64], strides: [128, 1] : memref<5x128xbf16> to memref<5x64xbf16, strided<[128, 1], offset: 64>>
    %top = memref.reinterpret_cast %w to offset: [0], sizes: [64, 64], strides: [64, 1] : memref<128x64xbf16> to memref<64x64xbf16>
    %bottom = memref.reinterpret_cast %w to offset: [4096], sizes: [64, 64], strides: [1, 64] : memref<128x64xbf16> to memref<64x64xbf16, strided<[1, 64], offset: 4096>>
    %norm = gac_cuda.get @norm : memref<64xbf16>
    // CHECK: "kind": "gemm",
    // CHECK: "m": 5,
    // CHECK-NEXT: "n": 64,
    // CHECK-NEXT: "k": 64,
    // CHECK-NEXT: "a": {
    // CHECK-NEXT: "tensor": 9,
    // CHECK-NEXT: "ld": 128
    // CHECK-NEXT: },
    // CHECK-NEXT: "b": {
    // CHECK-NEXT: "tensor": 2,
    // CHECK-NEXT: "ld": 64
    // CHECK-NEXT: },
    // CHECK-NEXT: "c": null,
    // CHECK-NEXT: "d": {
    // CHECK-NEXT: "tensor": 8,
    // CHECK-NEXT: "ld": 64
    // CHECK-NEXT: },
    // CHECK-NEXT: "bias": 3,
    // CHECK-NEXT: "epilogue": "bias"
    gac_cuda.gemm %left, %top bias %norm into %y cost <gemm, flops = 40960, bytes = 9472, picoseconds = 4000000> : memref<5x64xbf16, strided<[128, 1]>>, memref<64x64xbf16>, memref<64xbf16>, memref<5x64xbf16>
    // CHECK: "a": {
    // CHECK-NEXT: "tensor": 9,
    // CHECK-NEXT: "offset": 64,
    // CHECK-NEXT: "ld": 128
    // CHECK: "b": {
    // CHECK-NEXT: "tensor": 2,
    // CHECK-NEXT: "offset": 4096,
    // CHECK-NEXT: "ld": 64,
    // CHECK-NEXT: "trans": true
    // CHECK: "c": {
    // CHECK: "beta": 1,
    // CHECK: "alpha": 0.5,
    gac_cuda.gemm %right, %bottom add %y into %y cost <gemm, flops = 40960, bytes = 9472, picoseconds = 4000000> {alpha = 0.5 : f32} : memref<5x64xbf16, strided<[128, 1], offset: 64>>, memref<64x64xbf16, strided<[1, 64], offset: 4096>>, memref<5x64xbf16>, memref<5x64xbf16>
  }

  // CHECK: "name": "decode",
  // CHECK: "appends": [
  // CHECK-NEXT: {
  // CHECK-NEXT: "cache": "past_0",
  // CHECK-NEXT: "count": 1
  gac_cuda.entry @decode dims {seq = 1 : i64} inputs [@ids1] outputs [@y1] appends {past_0 = 1 : i64} {
    %w = gac_cuda.get @w : memref<128x64xbf16>
    %y = gac_cuda.get @y1 : memref<1x64xbf16>
    %past = gac_cuda.get @past : memref<1x4x33x16xbf16>
    %position = gac_cuda.position "past_0" : memref<i32>
    %h = gac_cuda.alloc at 0 : memref<2x4x1x16xbf16>
    %w0 = memref.reinterpret_cast %w to offset: [128], sizes: [1, 64], strides: [64, 1] : memref<128x64xbf16> to memref<1x64xbf16, strided<[64, 1], offset: 128>>
    %h1 = memref.reinterpret_cast %h to offset: [64], sizes: [1, 64], strides: [64, 1] : memref<2x4x1x16xbf16> to memref<1x64xbf16, strided<[64, 1], offset: 64>>
    %rows = memref.reinterpret_cast %h to offset: [64], sizes: [1, 4, 1, 16], strides: [64, 16, 16, 1] : memref<2x4x1x16xbf16> to memref<1x4x1x16xbf16, strided<[64, 16, 16, 1], offset: 64>>
    // CHECK: "kind": "copy",
    // CHECK: "from": 2,
    // CHECK-NEXT: "fromOffset": 256,
    // CHECK-NEXT: "to": 10,
    // CHECK-NEXT: "toOffset": 128,
    // CHECK-NEXT: "length": 128
    gac_cuda.copy %w0 to %h1 cost <movement, flops = 0, bytes = 256, picoseconds = 4000000> : memref<1x64xbf16, strided<[64, 1], offset: 128>>, memref<1x64xbf16, strided<[64, 1], offset: 64>>
    // CHECK: "kernel": "append_0",
    // CHECK: "tensor": 10,
    // CHECK-NEXT: "offset": 64
    // CHECK: "position": "past_0"
    // CHECK: "tensor": 5
    gac_cuda.launch @append_0 grid [1, 1, 1] (%rows, %position, %past) cost <movement, flops = 0, bytes = 264, picoseconds = 4000000> : memref<1x4x1x16xbf16, strided<[64, 16, 16, 1], offset: 64>>, memref<i32>, memref<1x4x33x16xbf16>
    // A single row, whose distance to others is anything.
    // CHECK: "a": {
    // CHECK-NEXT: "tensor": 10,
    // CHECK-NEXT: "ld": 64
    %x = memref.reinterpret_cast %h to offset: [0], sizes: [1, 64], strides: [1, 1] : memref<2x4x1x16xbf16> to memref<1x64xbf16, strided<[1, 1]>>
    %top = memref.reinterpret_cast %w to offset: [0], sizes: [64, 64], strides: [64, 1] : memref<128x64xbf16> to memref<64x64xbf16>
    gac_cuda.gemm %x, %top into %y cost <gemm, flops = 8192, bytes = 8448, picoseconds = 4000000> {epilogue = #gac_cuda<epilogue gelu>} : memref<1x64xbf16, strided<[1, 1]>>, memref<64x64xbf16>, memref<1x64xbf16>
    // Two products in one.
    // CHECK: "batch": 2,
    // CHECK-NEXT: "a": {
    // CHECK-NEXT: "tensor": 10,
    // CHECK-NEXT: "ld": 16,
    // CHECK-NEXT: "stride": 0
    // CHECK: "b": {
    // CHECK: "stride": 1024
    %a = memref.reinterpret_cast %h to offset: [0], sizes: [2, 4, 16], strides: [0, 16, 1] : memref<2x4x1x16xbf16> to memref<2x4x16xbf16, strided<[0, 16, 1]>>
    %b = memref.reinterpret_cast %w to offset: [0], sizes: [2, 16, 8], strides: [1024, 64, 1] : memref<128x64xbf16> to memref<2x16x8xbf16, strided<[1024, 64, 1]>>
    %d = memref.reinterpret_cast %y to offset: [0], sizes: [2, 4, 8], strides: [32, 8, 1] : memref<1x64xbf16> to memref<2x4x8xbf16, strided<[32, 8, 1]>>
    gac_cuda.gemm %a, %b into %d cost <gemm, flops = 8192, bytes = 8448, picoseconds = 4000000> : memref<2x4x16xbf16, strided<[0, 16, 1]>>, memref<2x16x8xbf16, strided<[1024, 64, 1]>>, memref<2x4x8xbf16, strided<[32, 8, 1]>>
  }
}
// GRAPH: "file": "weights.safetensors"
