// RUN: gac-opt %s --gac-outline-kernels | FileCheck %s
// RUN: gac-opt %s --gac-outline-kernels="target=%S/Inputs/launches.json" | FileCheck %s --check-prefix=COST

// Two norms that differ in where their operands lie share a kernel.
// CHECK: gac_cuda.kernel @rms_norm_0 threads 32 (%[[X:.*]]: memref<8x64xbf16, strided<[128, 1]>>, %[[W:.*]]: memref<64xbf16>, %[[Y:.*]]: memref<8x64xbf16>) {
// CHECK-NEXT: gac_cuda.rms_norm ins(%[[X]], %[[W]] : {{.*}}) outs(%[[Y]] : {{.*}}) {count = 64 : i64, epsilon = 9.99999974E-6 : f32, vector = 8 : i32}
// CHECK-NEXT: }
// One with another number of lanes does not.
// CHECK: gac_cuda.kernel @rms_norm_1 threads 32
// CHECK: count = 61 : i64
// An operand that is given twice is one argument; numbers are part of the code.
// CHECK: gac_cuda.kernel @elementwise_0 threads 256 (%[[A:.*]]: memref<8x64xbf16>, %{{.*}}: memref<8x64xbf16>) {
// CHECK-NEXT: linalg.generic {{.*}} ins(%[[A]], %[[A]] :
// CHECK: arith.constant 2.000000e+00 : f32
// CHECK: gac_cuda.kernel @attention_prefill_0 threads 128

// CHECK-LABEL: gac_cuda.entry @main
gac_cuda.entry @main dims {} inputs [] outputs [] {
  %cst = arith.constant 2.0 : f32
  // CHECK-NOT: arith.constant
  %b = gac_cuda.alloc : memref<8x128xbf16>
  %w = gac_cuda.alloc : memref<64xbf16>
  %y = gac_cuda.alloc : memref<8x64xbf16>
  %left = memref.reinterpret_cast %b to offset: [0], sizes: [8, 64], strides: [128, 1] : memref<8x128xbf16> to memref<8x64xbf16, strided<[128, 1]>>
  %right = memref.reinterpret_cast %b to offset: [64], sizes: [8, 64], strides: [128, 1] : memref<8x128xbf16> to memref<8x64xbf16, strided<[128, 1], offset: 64>>
  // CHECK: gac_cuda.launch @rms_norm_0 grid [8, 1, 1](%{{.*}}, %{{.*}}, %{{.*}}) cost <elementwise, flops = 2048, bytes = 2176, picoseconds = {{[0-9]+}}> : memref<8x64xbf16, strided<[128, 1]>>,
  gac_cuda.rms_norm ins(%left, %w : memref<8x64xbf16, strided<[128, 1]>>, memref<64xbf16>) outs(%y : memref<8x64xbf16>) {count = 64 : i64, epsilon = 1.0e-5 : f32, vector = 8 : i32}
  // CHECK: gac_cuda.launch @rms_norm_0 grid [8, 1, 1]({{.*}} : memref<8x64xbf16, strided<[128, 1], offset: 64>>,
  gac_cuda.rms_norm ins(%right, %w : memref<8x64xbf16, strided<[128, 1], offset: 64>>, memref<64xbf16>) outs(%y : memref<8x64xbf16>) {count = 64 : i64, epsilon = 1.0e-5 : f32, vector = 8 : i32}
  // CHECK: gac_cuda.launch @rms_norm_1
  gac_cuda.rms_norm ins(%left, %w : memref<8x64xbf16, strided<[128, 1]>>, memref<64xbf16>) outs(%y : memref<8x64xbf16>) {count = 61 : i64, epsilon = 1.0e-5 : f32, vector = 8 : i32}
  %z = gac_cuda.alloc : memref<8x64xbf16>
  // CHECK: gac_cuda.launch @elementwise_0 grid [1, 1, 1](%{{.*}}, %{{.*}}) cost <elementwise, flops = 1024, bytes = 3072,
  linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%y, %y : memref<8x64xbf16>, memref<8x64xbf16>) outs(%z : memref<8x64xbf16>) attrs = {gac_cuda.vector = 8 : i32} {
  ^bb0(%in: bf16, %other: bf16, %out: bf16):
    %0 = arith.extf %in : bf16 to f32
    %1 = arith.extf %other : bf16 to f32
    %2 = arith.mulf %0, %1 : f32
    %3 = arith.mulf %2, %cst : f32
    %4 = arith.truncf %3 : f32 to bf16
    linalg.yield %4 : bf16
  }
  %q = gac_cuda.alloc : memref<1x8x100x64xbf16>
  %o = gac_cuda.alloc : memref<1x8x100x64xbf16>
  // 64 queries of a head to a block. Half of the 100 x 100 pairs are masked.
  // CHECK: gac_cuda.launch @attention_prefill_0 grid [2, 8, 1] shared 46080({{.*}}) cost <attention, flops = 10342400,
  gac_cuda.attention_prefill ins(%q, %q, %q : memref<1x8x100x64xbf16>, memref<1x8x100x64xbf16>, memref<1x8x100x64xbf16>) outs(%o : memref<1x8x100x64xbf16>) {causal, scale = 0.125 : f32, vector = 8 : i32}
}

// Products that share a launch are a kernel; its arguments are what all of them
// use. The larger grid and the more shared memory are those of both together.
// CHECK: gac_cuda.kernel @gemv_group_0 threads 256 (%[[X:.*]]: memref<1x64xbf16>, %[[A:.*]]: memref<64x96xbf16>, %[[Y:.*]]: memref<1x96xbf16>, %[[B:.*]]: memref<64x32xbf16, strided<[64, 1]>>, %[[Z:.*]]: memref<1x32xbf16>) {
// CHECK-NEXT: gac_cuda.gemv_group {
// CHECK-NEXT: gac_cuda.gemv ins(%[[X]], %[[A]] :
// CHECK-NEXT: gac_cuda.gemv ins(%[[X]], %[[B]] :
// CHECK-LABEL: gac_cuda.entry @group
gac_cuda.entry @group dims {} inputs [] outputs [] {
  %x = gac_cuda.alloc : memref<1x64xbf16>
  %a = gac_cuda.alloc : memref<64x96xbf16>
  %b = gac_cuda.alloc : memref<64x64xbf16>
  %right = memref.reinterpret_cast %b to offset: [32], sizes: [64, 32], strides: [64, 1] : memref<64x64xbf16> to memref<64x32xbf16, strided<[64, 1], offset: 32>>
  %y = gac_cuda.alloc : memref<1x96xbf16>
  %z = gac_cuda.alloc : memref<1x32xbf16>
  // CHECK: gac_cuda.launch @gemv_group_0 grid [3, 1, 1] shared 28816({{.*}}) cost <gemm, flops = 16384, bytes = 16896,
  // One launch of 5 us, and the bytes of both at 1 TB/s.
  // COST: gac_cuda.launch @gemv_group_0 {{.*}} bytes = 16896, picoseconds = 5016896>
  gac_cuda.gemv_group {
    gac_cuda.gemv ins(%x, %a : memref<1x64xbf16>, memref<64x96xbf16>) outs(%y : memref<1x96xbf16>) {columns = 48 : i32, splits = 1 : i32, depth = 2 : i32, vector = 8 : i32}
    gac_cuda.gemv ins(%x, %right : memref<1x64xbf16>, memref<64x32xbf16, strided<[64, 1], offset: 32>>) outs(%z : memref<1x32xbf16>) {columns = 32 : i32, splits = 1 : i32, depth = 2 : i32, vector = 8 : i32}
  }
}
