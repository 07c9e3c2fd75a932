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

// What one product of a group has read may not become another's result: %x and
// %w end with the group, in which %y and %z are written.
// CHECK-LABEL: @group
// CHECK-SAME: arena_bytes = 5632 : i64
// CHECK: gac_cuda.alloc at [[X:[0-9]+]] : memref<1x64xbf16>
// CHECK-NOT: gac_cuda.alloc at [[X]] :
// CHECK: gac_cuda.gemv_group
gac_cuda.entry @group dims {} inputs [] outputs [] {
  %x = gac_cuda.alloc : memref<1x64xbf16>
  %w = gac_cuda.alloc : memref<64x32xbf16>
  %n = gac_cuda.alloc : memref<1x32xbf16>
  %m = gac_cuda.alloc : memref<32x8xbf16>
  %y = gac_cuda.alloc : memref<1x32xbf16>
  %z = gac_cuda.alloc : memref<1x8xbf16>
  gac_cuda.gemv_group {
    gac_cuda.gemv ins(%x, %w : memref<1x64xbf16>, memref<64x32xbf16>) outs(%y : memref<1x32xbf16>) {columns = 32 : i32, splits = 1 : i32, depth = 2 : i32}
    gac_cuda.gemv ins(%n, %m : memref<1x32xbf16>, memref<32x8xbf16>) outs(%z : memref<1x8xbf16>) {columns = 16 : i32, splits = 1 : i32, depth = 2 : i32}
  }
}
