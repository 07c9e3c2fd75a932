// RUN: gac-opt %s | gac-opt | FileCheck %s

// The scheduled form comes back as it was written.

module attributes {gac_cuda.dtype = "bf16"} {
  // CHECK: gac_cuda.tensor input @ids "input_ids" : tensor<1x1xi64> {range = array<i64: 0, 96>}
  gac_cuda.tensor input @ids "input_ids" : tensor<1x1xi64> {range = array<i64: 0, 96>}
  // CHECK: gac_cuda.tensor weight @table "embed" : tensor<97x64xbf16> = dense<1.000000e+00> : tensor<97x64xbf16>
  gac_cuda.tensor weight @table "embed" : tensor<97x64xbf16> = dense<1.0> : tensor<97x64xbf16>
  gac_cuda.tensor weight @w "w" : tensor<64x64xbf16> = dense<1.0> : tensor<64x64xbf16>
  // CHECK: gac_cuda.tensor cache @wide "past_1" : tensor<1x4x32x16xbf16> {axis = 2 : i64, lanes = [unit, unit, unit, #gac.lanes<16 : 0 to 0 by 7, 7 to 8 by 7>], output = "present_1"}
  gac_cuda.tensor cache @wide "past_1" : tensor<1x4x32x16xbf16>
      {output = "present_1", axis = 2 : i64, lanes = [unit, unit, unit, #gac.lanes<16 : 0 to 0 by 7, 7 to 8 by 7>]}
  // CHECK: gac_cuda.tensor cache @past "past_0" : tensor<1x4x32x16xbf16> {axis = 2 : i64, output = "present_0"}
  gac_cuda.tensor cache @past "past_0" : tensor<1x4x32x16xbf16> {output = "present_0", axis = 2 : i64}
  gac_cuda.tensor output @y "y" : tensor<1x64xbf16>

  // CHECK: gac_cuda.kernel @embed_0 threads 256 (%{{.*}}: memref<97x64xbf16>, %{{.*}}: memref<1x1xi64>, %{{.*}}: memref<1x1x64xbf16>) {
  gac_cuda.kernel @embed_0 threads 256 (%table: memref<97x64xbf16>, %ids: memref<1x1xi64>, %out: memref<1x1x64xbf16>) {
    // CHECK-NEXT: gac_cuda.embed ins(%{{.*}}, %{{.*}} : memref<97x64xbf16>, memref<1x1xi64>) outs(%{{.*}} : memref<1x1x64xbf16>) {vector = 8 : i32}
    gac_cuda.embed ins(%table, %ids : memref<97x64xbf16>, memref<1x1xi64>) outs(%out : memref<1x1x64xbf16>) {vector = 8 : i32}
  }
  gac_cuda.kernel @append_0 threads 256 (%rows: memref<1x4x1x16xbf16>, %position: memref<i32>, %out: memref<1x4x32x16xbf16>) {
    gac_cuda.append ins(%rows : memref<1x4x1x16xbf16>) at(%position : memref<i32>) outs(%out : memref<1x4x32x16xbf16>) {vector = 8 : i32}
  }

  // CHECK: gac_cuda.entry @decode dims {batch = 1 : i64} inputs [@ids] outputs [@y] appends {past_0 = 1 : i64} {
  gac_cuda.entry @decode dims {batch = 1 : i64} inputs [@ids] outputs [@y] appends {past_0 = 1 : i64} {
    %ids = gac_cuda.get @ids : memref<1x1xi64>
    %table = gac_cuda.get @table : memref<97x64xbf16>
    %w = gac_cuda.get @w : memref<64x64xbf16>
    %y = gac_cuda.get @y : memref<1x64xbf16>
    %past = gac_cuda.get @past : memref<1x4x32x16xbf16>
    // CHECK: gac_cuda.position "past_0" : memref<i32>
    %position = gac_cuda.position "past_0" : memref<i32>
    // CHECK: gac_cuda.alloc at 256 : memref<1x1x64xbf16>
    %h = gac_cuda.alloc at 256 : memref<1x1x64xbf16>
    // CHECK: gac_cuda.launch @embed_0 grid [1, 1, 1](%{{.*}}, %{{.*}}, %{{.*}}) cost <movement, flops = 0, bytes = 264, picoseconds = 4000000> : memref<97x64xbf16>, memref<1x1xi64>, memref<1x1x64xbf16>
    gac_cuda.launch @embed_0 grid [1, 1, 1] (%table, %ids, %h) cost <movement, flops = 0, bytes = 264, picoseconds = 4000000> : memref<97x64xbf16>, memref<1x1xi64>, memref<1x1x64xbf16>
    %rows = memref.reinterpret_cast %h to offset: [0], sizes: [1, 4, 1, 16], strides: [64, 16, 64, 1] : memref<1x1x64xbf16> to memref<1x4x1x16xbf16, strided<[64, 16, 64, 1]>>
    %flat = memref.reinterpret_cast %h to offset: [0], sizes: [1, 64], strides: [64, 1] : memref<1x1x64xbf16> to memref<1x64xbf16>
    // CHECK: gac_cuda.gemm %{{.*}}, %{{.*}} into %{{.*}} cost <gemm, {{.*}}> : memref<1x64xbf16>, memref<64x64xbf16>, memref<1x64xbf16>
    gac_cuda.gemm %flat, %w into %y cost <gemm, flops = 8192, bytes = 8448, picoseconds = 4000000> : memref<1x64xbf16>, memref<64x64xbf16>, memref<1x64xbf16>
  }
}
