// RUN: gac-opt %s --gac-outline-kernels="target=%S/Inputs/tails.json" | FileCheck %s

gac_cuda.entry @steps dims {} inputs [] outputs [] {
  %p = gac_cuda.alloc : memref<i32>
  %q = gac_cuda.alloc : memref<1x8x1x64xbf16>
  %o = gac_cuda.alloc : memref<1x8x1x64xbf16>
  %ws = gac_cuda.alloc : memref<14592xf32>

  // Four heads share a key head, and so a block: 2 x 8 blocks of 64 keys on 128
  // multiprocessors. 264192 bytes at 1 TB/s, times 1 + 128 / 16, and a launch.
  // CHECK: gac_cuda.launch {{.*}} bytes = 264192, picoseconds = 7377728>
  %k = gac_cuda.alloc : memref<1x2x512x64xbf16>
  gac_cuda.attention_decode ins(%q, %k, %k : memref<1x8x1x64xbf16>, memref<1x2x512x64xbf16>, memref<1x2x512x64xbf16>) at(%p : memref<i32>) outs(%o : memref<1x8x1x64xbf16>) workspace(%ws : memref<14592xf32>) {group = 4 : i32, scale = 0.1 : f32, splits = 16 : i32, vector = 8 : i32}

  // Each head has its own: 8 x 8 blocks. 1050624 bytes, times 1 + 128 / 64.
  // CHECK: gac_cuda.launch {{.*}} bytes = 1050624, picoseconds = 8151872>
  %all = gac_cuda.alloc : memref<1x8x512x64xbf16>
  gac_cuda.attention_decode ins(%q, %all, %all : memref<1x8x1x64xbf16>, memref<1x8x512x64xbf16>, memref<1x8x512x64xbf16>) at(%p : memref<i32>) outs(%o : memref<1x8x1x64xbf16>) workspace(%ws : memref<14592xf32>) {group = 1 : i32, scale = 0.1 : f32, splits = 16 : i32, vector = 8 : i32}
}
