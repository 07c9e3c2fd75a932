// RUN: gac-opt %s --pass-pipeline="builtin.module(gac_cuda.entry(gac-allocate-arena))" | FileCheck %s

// %a and %c are never in use together; %b is with either, the large one lies
// first. A view keeps its buffer alive.
// CHECK-LABEL: @lives
// CHECK-SAME: arena_bytes = 1536 : i64
gac_cuda.entry @lives dims {} inputs [] outputs [] {
  // CHECK: gac_cuda.alloc at 1024 : memref<100xbf16>
  %a = gac_cuda.alloc : memref<100xbf16>
  // CHECK: gac_cuda.alloc at 0 : memref<512xbf16>
  %b = gac_cuda.alloc : memref<512xbf16>
  // CHECK: gac_cuda.alloc at 1024 : memref<100xbf16>
  %c = gac_cuda.alloc : memref<100xbf16>
  // CHECK: gac_cuda.alloc at 1280 : memref<100xbf16>
  %d = gac_cuda.alloc : memref<100xbf16>
  %part = memref.reinterpret_cast %b to offset: [0], sizes: [100], strides: [1] : memref<512xbf16> to memref<100xbf16>
  memref.copy %a, %part : memref<100xbf16> to memref<100xbf16>
  memref.copy %a, %d : memref<100xbf16> to memref<100xbf16>
  memref.copy %d, %c : memref<100xbf16> to memref<100xbf16>
  memref.copy %c, %part : memref<100xbf16> to memref<100xbf16>
}
