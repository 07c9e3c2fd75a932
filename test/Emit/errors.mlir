// What packages cannot say is told at its op.
// RUN: split-file %s %t
// RUN: not gac-translate --gac-to-cuda %t/body.mlir 2>&1 | FileCheck %t/body.mlir
// RUN: not gac-translate --gac-to-cuda %t/map.mlir 2>&1 | FileCheck %t/map.mlir
// RUN: not gac-translate --gac-to-cuda %t/reduction.mlir 2>&1 | FileCheck %t/reduction.mlir
// RUN: not gac-translate --gac-to-cuda %t/type.mlir 2>&1 | FileCheck %t/type.mlir
// RUN: not gac-translate --gac-to-cuda %t/lanes.mlir 2>&1 | FileCheck %t/lanes.mlir
// RUN: not gac-translate --gac-to-cuda %t/name.mlir 2>&1 | FileCheck %t/name.mlir
// RUN: not gac-translate --gac-to-cuda %t/threads.mlir 2>&1 | FileCheck %t/threads.mlir
// RUN: not gac-translate --gac-to-cuda %t/columns.mlir 2>&1 | FileCheck %t/columns.mlir
// RUN: not gac-translate --gac-to-cuda %t/gate.mlir 2>&1 | FileCheck %t/gate.mlir
// RUN: not gac-translate --gac-to-cuda %t/wrap.mlir 2>&1 | FileCheck %t/wrap.mlir
// RUN: not gac-translate --gac-to-cuda %t/count.mlir 2>&1 | FileCheck %t/count.mlir
// RUN: not gac-translate --gac-to-cuda %t/wide.mlir 2>&1 | FileCheck %t/wide.mlir
// RUN: not gac-translate --gac-to-manifest %t/unscheduled.mlir 2>&1 | FileCheck %t/unscheduled.mlir
// RUN: not gac-translate --gac-to-manifest %t/offset.mlir 2>&1 | FileCheck %t/offset.mlir
// RUN: not gac-translate --gac-to-manifest %t/bias.mlir 2>&1 | FileCheck %t/bias.mlir
// RUN: rm -rf %t.gacpkg && not gac-translate --gac-to-package %t/names.mlir -o %t.gacpkg 2>&1 | FileCheck %t/names.mlir
// RUN: not gac-translate --gac-to-package %t/absent.mlir -o %t.gacpkg 2>&1 | FileCheck %t/absent.mlir
// RUN: not ls %t.gacpkg

//--- body.mlir
gac_cuda.kernel @k threads 32 (%a: memref<4xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i) -> (i)>], iterator_types = ["parallel"]} outs(%a : memref<4xf32>) {
  ^bb0(%x: f32):
    // CHECK: body.mlir:[[@LINE+1]]:14: error: 'math.sincos' op has no spelling in CUDA
    %0, %1 = math.sincos %x : f32
    linalg.yield %0 : f32
  }
}

//--- map.mlir
gac_cuda.kernel @k threads 32 (%a: memref<8xf32>, %b: memref<4x4xf32>) {
  // CHECK: error: 'linalg.generic' op has the indexing map affine_map<(d0, d1) -> (d0 + d1)>, which is no projection and has no spelling in CUDA
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i + j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]} ins(%a : memref<8xf32>) outs(%b : memref<4x4xf32>) {
  ^bb0(%x: f32, %o: f32):
    linalg.yield %x : f32
  }
}

//--- reduction.mlir
gac_cuda.kernel @k threads 32 (%a: memref<4xf32>, %b: memref<f32>) {
  // CHECK: error: 'linalg.generic' op reduces, which has no spelling in CUDA
  linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> ()>], iterator_types = ["reduction"]} ins(%a : memref<4xf32>) outs(%b : memref<f32>) {
  ^bb0(%x: f32, %o: f32):
    linalg.yield %x : f32
  }
}

//--- type.mlir
// CHECK: error: 'gac_cuda.kernel' op has elements of type 'f64', which packages do not have
gac_cuda.kernel @k threads 32 (%a: memref<4xf64>) {
  linalg.generic {indexing_maps = [affine_map<(i) -> (i)>], iterator_types = ["parallel"]} outs(%a : memref<4xf64>) {
  ^bb0(%x: f64):
    linalg.yield %x : f64
  }
}

//--- lanes.mlir
gac_cuda.kernel @k threads 32 (%x: memref<4x8xf32, strided<[1, 4]>>, %w: memref<8xf32>, %y: memref<4x8xf32>) {
  // CHECK: error: 'gac_cuda.rms_norm' op needs the last axis of x to be contiguous, and its stride is 4
  gac_cuda.rms_norm ins(%x, %w : memref<4x8xf32, strided<[1, 4]>>, memref<8xf32>) outs(%y : memref<4x8xf32>) {count = 8 : i64, epsilon = 0.1 : f32}
}

//--- name.mlir
// CHECK: error: 'gac_cuda.kernel' op 'a-b' is no name for a function
gac_cuda.kernel @"a-b" threads 32 (%a: memref<97x8xf16>, %i: memref<4xi32>, %y: memref<4x8xf16>) {
  gac_cuda.embed ins(%a, %i : memref<97x8xf16>, memref<4xi32>) outs(%y : memref<4x8xf16>)
}

//--- wrap.mlir
gac_cuda.kernel @k threads 256 (%a: memref<97x8xf16>, %i: memref<4294967296x4294967296xi32>, %y: memref<4294967296x4294967296x8xf16>) {
  // CHECK: error: 'gac_cuda.embed' op has 9223372036854775807 rows of 8 elements, more than a kernel can count
  gac_cuda.embed ins(%a, %i : memref<97x8xf16>, memref<4294967296x4294967296xi32>) outs(%y : memref<4294967296x4294967296x8xf16>)
}

//--- count.mlir
gac_cuda.kernel @k threads 256 (%a: memref<97x4097xf16>, %i: memref<1049600xi32>, %y: memref<1049600x4097xf16>) {
  // CHECK: error: 'gac_cuda.embed' op has 1049600 rows of 4097 elements, more than a kernel can count
  gac_cuda.embed ins(%a, %i : memref<97x4097xf16>, memref<1049600xi32>) outs(%y : memref<1049600x4097xf16>)
}

//--- wide.mlir
gac_cuda.kernel @k threads 128 (%q: memref<1x4x9x264xbf16>, %k: memref<1x4x9x264xbf16>, %v: memref<1x4x9x16xbf16>, %o: memref<1x4x9x16xbf16>) {
  // CHECK: error: 'gac_cuda.attention_prefill' op has heads of 264 and 16 lanes, and its kernel takes 256 at most
  gac_cuda.attention_prefill ins(%q, %k, %v : memref<1x4x9x264xbf16>, memref<1x4x9x264xbf16>, memref<1x4x9x16xbf16>) outs(%o : memref<1x4x9x16xbf16>) {scale = 0.25 : f32, causal}
}

//--- threads.mlir
gac_cuda.kernel @k threads 64 (%x: memref<1x37xf16>, %w: memref<37x61xf16>, %y: memref<1x61xf16>) {
  // CHECK: error: 'gac_cuda.gemv' op is for blocks of 256 threads, and has 64
  gac_cuda.gemv ins(%x, %w : memref<1x37xf16>, memref<37x61xf16>) outs(%y : memref<1x61xf16>) {columns = 64 : i32, splits = 1 : i32, depth = 2 : i32}
}

//--- columns.mlir
gac_cuda.kernel @k threads 256 (%x: memref<1x64xf16>, %w: memref<64x64xf16, strided<[1, 64]>>, %y: memref<1x64xf16>) {
  // CHECK: error: 'gac_cuda.gemv' op has blocks of 64 columns, and weights [n, k] need 128
  gac_cuda.gemv ins(%x, %w : memref<1x64xf16>, memref<64x64xf16, strided<[1, 64]>>) outs(%y : memref<1x64xf16>) {columns = 64 : i32, splits = 1 : i32, depth = 2 : i32}
}

//--- gate.mlir
gac_cuda.kernel @k threads 256 (%x: memref<2x64xf16>, %g: memref<2x64xf16, strided<[128, 1]>>, %w: memref<64x64xf16>, %y: memref<2x64xf16>) {
  // CHECK: error: 'gac_cuda.gemv' op has a gate whose rows are not as far apart as x's, 64 elements
  gac_cuda.gemv ins(%x, %w : memref<2x64xf16>, memref<64x64xf16>) gate(%g : memref<2x64xf16, strided<[128, 1]>>) outs(%y : memref<2x64xf16>) {columns = 64 : i32, splits = 1 : i32, depth = 2 : i32}
}

//--- unscheduled.mlir
// CHECK: error: the module is not scheduled: it has no gac_cuda.dtype
module {
}

//--- offset.mlir
module attributes {gac_cuda.dtype = "bf16"} {
  gac_cuda.entry @run dims {} inputs [] outputs [] {
    // CHECK: error: 'gac_cuda.alloc' op has no offset in the arena
    %0 = gac_cuda.alloc : memref<4xf32>
  }
}

//--- bias.mlir
module attributes {gac_cuda.dtype = "bf16"} {
  gac_cuda.tensor cache @c "c" : tensor<2x8x8xbf16>
  gac_cuda.entry @run dims {} inputs [] outputs [] {
    %c = gac_cuda.get @c : memref<2x8x8xbf16>
    %m = memref.reinterpret_cast %c to offset: [0], sizes: [8, 8], strides: [8, 1] : memref<2x8x8xbf16> to memref<8x8xbf16>
    %b = memref.reinterpret_cast %c to offset: [64], sizes: [8], strides: [1] : memref<2x8x8xbf16> to memref<8xbf16, strided<[1], offset: 64>>
    // CHECK: error: 'gac_cuda.gemm' op has a bias that begins at element 64 of its tensor, and packages have whole ones
    gac_cuda.gemm %m, %m bias %b into %m cost <gemm, flops = 1, bytes = 1, picoseconds = 1> : memref<8x8xbf16>, memref<8x8xbf16>, memref<8xbf16, strided<[1], offset: 64>>, memref<8x8xbf16>
  }
}

//--- names.mlir
module attributes {gac_cuda.dtype = "bf16"} {
  gac_cuda.tensor weight @a "w" : tensor<1xf32> = dense<1.5> : tensor<1xf32>
  // CHECK: error: 'gac_cuda.tensor' op is the second of the name 'w'
  gac_cuda.tensor weight @b "w" : tensor<1xf32> = dense<1.5> : tensor<1xf32>
  gac_cuda.entry @run dims {} inputs [] outputs [] {
  }
}

//--- absent.mlir
module attributes {gac_cuda.dtype = "bf16"} {
  // CHECK: error: 'w': the data of this tensor are absent: 'm.data' was missing at import
  gac_cuda.tensor weight @a "w" : tensor<1xf32> = #gac.absent<"m.data", offset = 0, length = 4> : tensor<1xf32>
  gac_cuda.entry @run dims {} inputs [] outputs [] {
  }
}
