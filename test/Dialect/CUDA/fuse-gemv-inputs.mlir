// RUN: gac-opt %s --pass-pipeline='builtin.module(gac_cuda.entry(gac-fuse-gemv-inputs))' | FileCheck %s
// RUN: gac-opt %s --pass-pipeline='builtin.module(gac_cuda.entry(gac-fuse-gemv-inputs))' --mlir-print-debuginfo --mlir-print-local-scope | FileCheck %s --check-prefix=NODES

gac_cuda.tensor weight @norm_weight "norm" : tensor<64xf32> = dense<1.0> : tensor<64xf32>
gac_cuda.tensor weight @other_weight "other" : tensor<64xbf16> = dense<1.0> : tensor<64xbf16>

// What only products of few rows read becomes part of each of them.
// CHECK-LABEL: gac_cuda.entry @norm
// CHECK: %[[X:.*]] = gac_cuda.alloc : memref<1x64xbf16>
// CHECK: %[[W:.*]] = gac_cuda.get @norm_weight : memref<64xf32>
// CHECK-NOT: rms_norm
// CHECK: gac_cuda.gemv ins(%[[X]], %{{.*}} : memref<1x64xbf16>, memref<64x32xbf16>) norm(%[[W]] : memref<64xf32>) outs(%{{.*}} : memref<1x32xbf16>) {columns = 32 : i32, count = 61 : i64, depth = 2 : i32, epsilon = 9.99999974E-6 : f32, splits = 1 : i32, vector = 8 : i32}
// CHECK: gac_cuda.gemv ins(%[[X]], {{.*}}) norm(%[[W]] : memref<64xf32>)
// NODES-LABEL: gac_cuda.entry @norm
// NODES: gac_cuda.gemv {{.*}} loc(fused["norm", "a"])
// NODES: gac_cuda.gemv {{.*}} loc(fused["norm", "b"])
gac_cuda.entry @norm dims {} inputs [] outputs [] {
  %x = gac_cuda.alloc : memref<1x64xbf16>
  %w = gac_cuda.get @norm_weight : memref<64xf32>
  %n = gac_cuda.alloc : memref<1x1x64xbf16>
  %a = gac_cuda.alloc : memref<64x32xbf16>
  %b = gac_cuda.alloc : memref<64x32xbf16>
  %y = gac_cuda.alloc : memref<1x32xbf16>
  %z = gac_cuda.alloc : memref<1x32xbf16>
  %in = memref.reinterpret_cast %x to offset: [0], sizes: [1, 1, 64], strides: [64, 64, 1] : memref<1x64xbf16> to memref<1x1x64xbf16>
  gac_cuda.rms_norm ins(%in, %w : memref<1x1x64xbf16>, memref<64xf32>) outs(%n : memref<1x1x64xbf16>) {count = 61 : i64, epsilon = 1.0e-5 : f32, vector = 8 : i32} loc("norm")
  %rows = memref.reinterpret_cast %n to offset: [0], sizes: [1, 64], strides: [64, 1] : memref<1x1x64xbf16> to memref<1x64xbf16>
  gac_cuda.gemv ins(%rows, %a : memref<1x64xbf16>, memref<64x32xbf16>) outs(%y : memref<1x32xbf16>) {columns = 32 : i32, splits = 1 : i32, depth = 2 : i32, vector = 8 : i32} loc("a")
  gac_cuda.gemv ins(%rows, %b : memref<1x64xbf16>, memref<64x32xbf16>) outs(%z : memref<1x32xbf16>) {columns = 32 : i32, splits = 1 : i32, depth = 2 : i32, vector = 8 : i32} loc("b")
}

// Heads that are normalised by themselves, and a product of all of them.
// CHECK-LABEL: gac_cuda.entry @heads
// CHECK: gac_cuda.rms_norm
// CHECK: gac_cuda.gemv
// CHECK-NOT: norm(
// CHECK: }
gac_cuda.entry @heads dims {} inputs [] outputs [] {
  %x = gac_cuda.alloc : memref<1x4x64xbf16>
  %w = gac_cuda.get @norm_weight : memref<64xf32>
  %n = gac_cuda.alloc : memref<1x4x64xbf16>
  %a = gac_cuda.alloc : memref<256x32xbf16>
  %y = gac_cuda.alloc : memref<1x32xbf16>
  gac_cuda.rms_norm ins(%x, %w : memref<1x4x64xbf16>, memref<64xf32>) outs(%n : memref<1x4x64xbf16>) {count = 64 : i64, epsilon = 1.0e-5 : f32, vector = 8 : i32}
  %rows = memref.reinterpret_cast %n to offset: [0], sizes: [1, 256], strides: [256, 1] : memref<1x4x64xbf16> to memref<1x256xbf16>
  gac_cuda.gemv ins(%rows, %a : memref<1x256xbf16>, memref<256x32xbf16>) outs(%y : memref<1x32xbf16>) {columns = 32 : i32, splits = 1 : i32, depth = 2 : i32, vector = 8 : i32}
}

// In f16 what a product sums up before it is normalized may be too large.
// CHECK-LABEL: gac_cuda.entry @f16
// CHECK: gac_cuda.rms_norm
// CHECK: gac_cuda.gemv
// CHECK-NOT: norm(
// CHECK: }
gac_cuda.entry @f16 dims {} inputs [] outputs [] {
  %x = gac_cuda.alloc : memref<1x64xf16>
  %w = gac_cuda.get @norm_weight : memref<64xf32>
  %n = gac_cuda.alloc : memref<1x64xf16>
  %a = gac_cuda.alloc : memref<64x32xf16>
  %y = gac_cuda.alloc : memref<1x32xf16>
  gac_cuda.rms_norm ins(%x, %w : memref<1x64xf16>, memref<64xf32>) outs(%n : memref<1x64xf16>) {count = 64 : i64, epsilon = 1.0e-5 : f32, vector = 8 : i32}
  gac_cuda.gemv ins(%n, %a : memref<1x64xf16>, memref<64x32xf16>) outs(%y : memref<1x32xf16>) {columns = 32 : i32, splits = 1 : i32, depth = 2 : i32, vector = 8 : i32}
}

#map = affine_map<(d0, d1, d2) -> (d0, d1, d2)>

// Gate and up are slices of one product's rows.
// CHECK-LABEL: gac_cuda.entry @gate
// CHECK: %[[BOTH:.*]] = gac_cuda.alloc : memref<3x128xbf16>
// CHECK-NOT: linalg.generic
// CHECK-DAG: %[[UP:.*]] = memref.reinterpret_cast %[[BOTH]] to offset: [64], sizes: [3, 64], strides: [128, 1]
// CHECK-DAG: %[[GATE:.*]] = memref.reinterpret_cast %[[BOTH]] to offset: [0], sizes: [3, 64], strides: [128, 1]
// CHECK: gac_cuda.gemv ins(%[[UP]], %{{.*}} : {{.*}}) gate(%[[GATE]] : memref<3x64xbf16, strided<[128, 1]>>) outs
gac_cuda.entry @gate dims {} inputs [] outputs [] {
  %both = gac_cuda.alloc : memref<3x128xbf16>
  %m = gac_cuda.alloc : memref<1x3x64xbf16>
  %w = gac_cuda.alloc : memref<64x32xbf16>
  %y = gac_cuda.alloc : memref<3x32xbf16>
  %gate = memref.reinterpret_cast %both to offset: [0], sizes: [1, 3, 64], strides: [384, 128, 1] : memref<3x128xbf16> to memref<1x3x64xbf16, strided<[384, 128, 1]>>
  %up = memref.reinterpret_cast %both to offset: [64], sizes: [1, 3, 64], strides: [384, 128, 1] : memref<3x128xbf16> to memref<1x3x64xbf16, strided<[384, 128, 1], offset: 64>>
  linalg.generic {indexing_maps = [#map, #map, #map], iterator_types = ["parallel", "parallel", "parallel"]} ins(%up, %gate : memref<1x3x64xbf16, strided<[384, 128, 1], offset: 64>>, memref<1x3x64xbf16, strided<[384, 128, 1]>>) outs(%m : memref<1x3x64xbf16>) {
  ^bb0(%u: bf16, %g: bf16, %out: bf16):
    %one = arith.constant 1.0 : f32
    %0 = arith.extf %g : bf16 to f32
    %1 = arith.negf %0 : f32
    %2 = math.exp %1 : f32
    %3 = arith.addf %2, %one : f32
    %4 = arith.divf %one, %3 : f32
    %5 = arith.mulf %0, %4 : f32
    %6 = arith.extf %u : bf16 to f32
    %7 = arith.mulf %5, %6 : f32
    %8 = arith.truncf %7 : f32 to bf16
    linalg.yield %8 : bf16
  }
  %rows = memref.reinterpret_cast %m to offset: [0], sizes: [3, 64], strides: [64, 1] : memref<1x3x64xbf16> to memref<3x64xbf16>
  gac_cuda.gemv ins(%rows, %w : memref<3x64xbf16>, memref<64x32xbf16>) outs(%y : memref<3x32xbf16>) {columns = 32 : i32, splits = 1 : i32, depth = 2 : i32, vector = 8 : i32}
}

// Not if x changes before a product or by it, nor if something else reads the
// result.
// CHECK-LABEL: gac_cuda.entry @changed
// CHECK: gac_cuda.rms_norm
// CHECK: gac_cuda.gemv ins({{.*}}) outs
// CHECK: gac_cuda.gemv ins({{.*}}) outs
// CHECK-LABEL: gac_cuda.entry @shared
// CHECK: gac_cuda.rms_norm
gac_cuda.entry @changed dims {} inputs [] outputs [] {
  %x = gac_cuda.alloc : memref<1x64xbf16>
  %w = gac_cuda.get @other_weight : memref<64xbf16>
  %n = gac_cuda.alloc : memref<1x64xbf16>
  %a = gac_cuda.alloc : memref<64x64xbf16>
  %y = gac_cuda.alloc : memref<1x64xbf16>
  gac_cuda.rms_norm ins(%x, %w : memref<1x64xbf16>, memref<64xbf16>) outs(%n : memref<1x64xbf16>) {count = 64 : i64, epsilon = 1.0e-5 : f32, vector = 8 : i32}
  gac_cuda.gemv ins(%n, %a : memref<1x64xbf16>, memref<64x64xbf16>) outs(%x : memref<1x64xbf16>) {columns = 64 : i32, splits = 1 : i32, depth = 2 : i32, vector = 8 : i32}
  gac_cuda.gemv ins(%n, %a : memref<1x64xbf16>, memref<64x64xbf16>) outs(%y : memref<1x64xbf16>) {columns = 64 : i32, splits = 1 : i32, depth = 2 : i32, vector = 8 : i32}
}
gac_cuda.entry @shared dims {} inputs [] outputs [] {
  %x = gac_cuda.alloc : memref<1x64xbf16>
  %w = gac_cuda.get @other_weight : memref<64xbf16>
  %n = gac_cuda.alloc : memref<1x64xbf16>
  %a = gac_cuda.alloc : memref<64x64xbf16>
  %y = gac_cuda.alloc : memref<1x64xbf16>
  %z = gac_cuda.alloc : memref<1x64xbf16>
  gac_cuda.rms_norm ins(%x, %w : memref<1x64xbf16>, memref<64xbf16>) outs(%n : memref<1x64xbf16>) {count = 64 : i64, epsilon = 1.0e-5 : f32, vector = 8 : i32}
  gac_cuda.gemv ins(%n, %a : memref<1x64xbf16>, memref<64x64xbf16>) outs(%y : memref<1x64xbf16>) {columns = 64 : i32, splits = 1 : i32, depth = 2 : i32, vector = 8 : i32}
  memref.copy %n, %z : memref<1x64xbf16> to memref<1x64xbf16>
}

// Nor by a weight that something writes: products read it before they wait.
// CHECK-LABEL: gac_cuda.entry @written
// CHECK: gac_cuda.rms_norm
// CHECK: gac_cuda.gemv ins({{.*}}) outs
gac_cuda.entry @written dims {} inputs [] outputs [] {
  %x = gac_cuda.alloc : memref<1x64xbf16>
  %w = gac_cuda.alloc : memref<64xbf16>
  %n = gac_cuda.alloc : memref<1x64xbf16>
  %a = gac_cuda.alloc : memref<64x64xbf16>
  %y = gac_cuda.alloc : memref<1x64xbf16>
  gac_cuda.rms_norm ins(%x, %w : memref<1x64xbf16>, memref<64xbf16>) outs(%n : memref<1x64xbf16>) {count = 64 : i64, epsilon = 1.0e-5 : f32, vector = 8 : i32}
  gac_cuda.gemv ins(%n, %a : memref<1x64xbf16>, memref<64x64xbf16>) outs(%y : memref<1x64xbf16>) {columns = 64 : i32, splits = 1 : i32, depth = 2 : i32, vector = 8 : i32}
}
