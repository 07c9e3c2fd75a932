// RUN: gac-opt %s --split-input-file --verify-diagnostics --gac-select-kernels

gac_cuda.entry @wide dims {} inputs [] outputs [] {
  %q = gac_cuda.alloc : memref<1x8x4x264xbf16>
  // expected-error @below {{no kernel computes attention with heads of 264 lanes, only up to 256}}
  gac_cuda.attention ins(%q, %q, %q : memref<1x8x4x264xbf16>, memref<1x8x4x264xbf16>, memref<1x8x4x264xbf16>) outs(%q : memref<1x8x4x264xbf16>) {scale = 0.125 : f32}
}

// -----

gac_cuda.entry @float dims {} inputs [] outputs [] {
  %q = gac_cuda.alloc : memref<1x8x4x64xf32>
  // expected-error @below {{no kernel computes attention in 'f32', only in bf16 and f16}}
  gac_cuda.attention ins(%q, %q, %q : memref<1x8x4x64xf32>, memref<1x8x4x64xf32>, memref<1x8x4x64xf32>) outs(%q : memref<1x8x4x64xf32>) {scale = 0.125 : f32}
}

// -----

gac_cuda.entry @mixed dims {} inputs [] outputs [] {
  %a = gac_cuda.alloc : memref<9x64xf32>
  %b = gac_cuda.alloc : memref<64x8xbf16>
  %c = gac_cuda.alloc : memref<9x8xbf16>
  // expected-error @below {{no library multiplies 'f32' and 'bf16'}}
  gac_cuda.matmul ins(%a, %b : memref<9x64xf32>, memref<64x8xbf16>) outs(%c : memref<9x8xbf16>)
}
