// RUN: gac-translate --gac-to-manifest %s | FileCheck %s
// RUN: rm -rf %t && gac-translate --gac-to-package %s -o %t && gac-run %t --list

// Attention whose sizes are all known may be a library's, with the kernel to
// fall back to; not so where the device counts the keys, or in another type.

module attributes {gac_cuda.dtype = "f16"} {
  gac_cuda.tensor input @q "q" : tensor<1x9x64xf16>
  gac_cuda.tensor cache @k "k" : tensor<1x2x33x16xf16> {output = "k1", axis = 2 : i64}
  gac_cuda.tensor cache @v "v" : tensor<1x2x33x16xf16> {output = "v1", axis = 2 : i64}
  gac_cuda.tensor output @o "o" : tensor<1x4x9x16xf16>
  gac_cuda.kernel @known threads 128 (%o: memref<1x4x9x16xf16>, %q: memref<1x4x9x16xf16, strided<[576, 16, 64, 1]>>, %k: memref<1x2x33x16xf16>, %v: memref<1x2x33x16xf16>) {
    gac_cuda.attention_prefill ins(%q, %k, %v : memref<1x4x9x16xf16, strided<[576, 16, 64, 1]>>, memref<1x2x33x16xf16>, memref<1x2x33x16xf16>) outs(%o : memref<1x4x9x16xf16>) {scale = 0.25 : f32, causal, past = 20 : i64}
  }
  gac_cuda.kernel @counted threads 128 (%o: memref<1x4x9x16xf16>, %q: memref<1x4x9x16xf16, strided<[576, 16, 64, 1]>>, %k: memref<1x2x33x16xf16>, %v: memref<1x2x33x16xf16>, %p: memref<i32>) {
    gac_cuda.attention_prefill ins(%q, %k, %v : memref<1x4x9x16xf16, strided<[576, 16, 64, 1]>>, memref<1x2x33x16xf16>, memref<1x2x33x16xf16>) at(%p : memref<i32>) outs(%o : memref<1x4x9x16xf16>) {scale = 0.25 : f32, causal}
  }
  gac_cuda.entry @run dims {} inputs [@q] outputs [@o] {
    %q = gac_cuda.get @q : memref<1x9x64xf16>
    %k = gac_cuda.get @k : memref<1x2x33x16xf16>
    %v = gac_cuda.get @v : memref<1x2x33x16xf16>
    %o = gac_cuda.get @o : memref<1x4x9x16xf16>
    %p = gac_cuda.position "k" : memref<i32>
    %heads = memref.reinterpret_cast %q to offset: [0], sizes: [1, 4, 9, 16], strides: [576, 16, 64, 1] : memref<1x9x64xf16> to memref<1x4x9x16xf16, strided<[576, 16, 64, 1]>>
    // CHECK: "kind": "attention",
    // CHECK-NEXT: "family": "attention",
    // CHECK: "predictedUs": 4,
    // CHECK-NEXT: "batch": 1,
    // CHECK-NEXT: "queryHeads": 4,
    // CHECK-NEXT: "keyHeads": 2,
    // CHECK-NEXT: "queries": 9,
    // CHECK-NEXT: "keys": 29,
    // CHECK-NEXT: "keyWidth": 16,
    // CHECK-NEXT: "valueWidth": 16,
    // CHECK-NEXT: "scale": 0.25,
    // CHECK-NEXT: "causal": true,
    // CHECK-NEXT: "q": {
    // CHECK-NEXT: "tensor": 0,
    // CHECK-NEXT: "strides": [
    // CHECK-NEXT: 576,
    // CHECK-NEXT: 16,
    // CHECK-NEXT: 64
    // CHECK-NEXT: ]
    // CHECK-NEXT: },
    // CHECK-NEXT: "k": {
    // CHECK-NEXT: "tensor": 1,
    // CHECK: "v": {
    // CHECK-NEXT: "tensor": 2,
    // CHECK: "o": {
    // CHECK-NEXT: "tensor": 3,
    // CHECK: "fallback": {
    // CHECK-NEXT: "kernel": "known",
    gac_cuda.launch @known grid [1, 4, 1] shared 10240 (%o, %heads, %k, %v) cost <attention, flops = 1, bytes = 1, picoseconds = 4000000> : memref<1x4x9x16xf16>, memref<1x4x9x16xf16, strided<[576, 16, 64, 1]>>, memref<1x2x33x16xf16>, memref<1x2x33x16xf16>
    // CHECK: "kind": "launch",
    // CHECK: "kernel": "counted",
    // CHECK-NOT: "attention",
    gac_cuda.launch @counted grid [1, 4, 1] shared 10240 (%o, %heads, %k, %v, %p) cost <movement, flops = 1, bytes = 1, picoseconds = 4000000> : memref<1x4x9x16xf16>, memref<1x4x9x16xf16, strided<[576, 16, 64, 1]>>, memref<1x2x33x16xf16>, memref<1x2x33x16xf16>, memref<i32>
  }
}
