// RUN: rm -rf %t && mkdir %t
// RUN: env NVCC=%S/Inputs/nvcc.sh not gac-translate --gac-to-package %s -o %t/p.gacpkg --arch=sm_90a,sm_80 2>&1 | FileCheck %s
// RUN: not ls %t/p.gacpkg
// RUN: env NVCC=%S/Inputs/nvcc.sh gac-translate --gac-to-package %s -o %t/q.gacpkg --arch=sm_90a

// Launches are laid out for the shared memory of one device.
// CHECK: error: kernel @norm_0 takes 200000 bytes of shared memory, and a block on sm_80 has at most 166912: its target is of another architecture
module attributes {gac_cuda.dtype = "bf16"} {
  gac_cuda.kernel @norm_0 threads 32 (%x: memref<4x8xbf16>, %w: memref<8xbf16>, %y: memref<4x8xbf16>) {
    gac_cuda.rms_norm ins(%x, %w : memref<4x8xbf16>, memref<8xbf16>) outs(%y : memref<4x8xbf16>) {count = 8 : i64, epsilon = 1.0e-5 : f32, vector = 8 : i32}
  }
  gac_cuda.tensor constant @w "w" : tensor<8xbf16> = dense<1.0> : tensor<8xbf16>
  gac_cuda.tensor input @x "x" : tensor<4x8xbf16>
  gac_cuda.tensor output @y "y" : tensor<4x8xbf16>
  gac_cuda.entry @run dims {} inputs [@x] outputs [@y] {
    %x = gac_cuda.get @x : memref<4x8xbf16>
    %w = gac_cuda.get @w : memref<8xbf16>
    %y = gac_cuda.get @y : memref<4x8xbf16>
    gac_cuda.launch @norm_0 grid [4, 1, 1] shared 200000 (%x, %w, %y) cost <elementwise, flops = 0, bytes = 0, picoseconds = 0> : memref<4x8xbf16>, memref<8xbf16>, memref<4x8xbf16>
  }
}
