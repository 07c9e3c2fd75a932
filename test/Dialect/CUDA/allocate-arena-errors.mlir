// RUN: gac-opt %s --pass-pipeline="builtin.module(gac_cuda.entry(gac-allocate-arena))" -split-input-file -verify-diagnostics

gac_cuda.entry @index dims {} inputs [] outputs [] {
  // expected-error @+1 {{is of type 'memref<4xindex>', and buffers are contiguous, of numbers}}
  %a = gac_cuda.alloc : memref<4xindex>
}

// -----

gac_cuda.entry @pairs dims {} inputs [] outputs [] {
  // expected-error @+1 {{is of type 'memref<4xcomplex<f32>>', and buffers are contiguous, of numbers}}
  %a = gac_cuda.alloc : memref<4xcomplex<f32>>
}

// -----

gac_cuda.entry @strided dims {} inputs [] outputs [] {
  // expected-error @+1 {{is of type 'memref<4x4xbf16, strided<[8, 1]>>', and buffers are contiguous, of numbers}}
  %a = gac_cuda.alloc : memref<4x4xbf16, strided<[8, 1]>>
}

// -----

// A zero behind sizes that overflow makes nothing of them.
gac_cuda.entry @one dims {} inputs [] outputs [] {
  %a = gac_cuda.alloc : memref<4611686018427387904x0xbf16>
  // expected-error @+1 {{has with axis 1, of 8388608 lanes, more than 2^48 bytes: 'memref<33554432x8388608xbf16>'}}
  %b = gac_cuda.alloc : memref<33554432x8388608xbf16>
}

// -----

gac_cuda.entry @sum dims {} inputs [] outputs [] {
  %a = gac_cuda.alloc : memref<281474976710656xi8>
  // expected-error @+1 {{of 8 bytes has an arena of more than 2^48 bytes}}
  %b = gac_cuda.alloc : memref<8xi8>
  memref.copy %a, %a : memref<281474976710656xi8> to memref<281474976710656xi8>
  memref.copy %b, %b : memref<8xi8> to memref<8xi8>
  memref.copy %a, %a : memref<281474976710656xi8> to memref<281474976710656xi8>
}
