// RUN: gac-opt %s --gac-select-kernels | FileCheck %s

gac_cuda.tensor weight @w "w" : tensor<4096x1848xbf16> = dense<0.0> : tensor<4096x1848xbf16>
gac_cuda.tensor weight @odd "odd" : tensor<4096x1843xbf16> = dense<0.0> : tensor<4096x1843xbf16>

// Products that have a kernel of their own share counters, zero at first.
// CHECK: gac_cuda.tensor cache @counters "counters" : tensor<[[N:.*]]xi32>
// CHECK-LABEL: gac_cuda.entry @products
// CHECK: %[[COUNTERS:.*]] = gac_cuda.get @counters : memref<[[N]]xi32>
gac_cuda.entry @products dims {} inputs [] outputs [] {
  %x = gac_cuda.alloc : memref<8x4096xbf16>
  %w = gac_cuda.get @w : memref<4096x1848xbf16>
  %y = gac_cuda.alloc : memref<8x1848xbf16>
  // CHECK: %[[SUMS:.*]] = gac_cuda.alloc : memref<{{.*}}xf32>
  // CHECK-NEXT: gac_cuda.gemv ins(%{{.*}}, %{{.*}} : memref<8x4096xbf16>, memref<4096x1848xbf16>) outs(%{{.*}} : memref<8x1848xbf16>) workspace(%[[SUMS]], %[[COUNTERS]] : {{.*}}) {columns = 96 : i32, depth = 4 : i32, splits = 8 : i32, vector = 8 : i32}
  gac_cuda.matmul ins(%x, %w : memref<8x4096xbf16>, memref<4096x1848xbf16>) outs(%y : memref<8x1848xbf16>)
  // Rows of 1843 elements do not begin at multiples of 16 bytes.
  %odd = gac_cuda.get @odd : memref<4096x1843xbf16>
  %z = gac_cuda.alloc : memref<8x1843xbf16>
  // CHECK: gac_cuda.gemm %{{.*}}, %{{.*}} into %{{.*}} cost <gemm, flops = 120782848, bytes = {{.*}}> : memref<8x4096xbf16>, memref<4096x1843xbf16>, memref<8x1843xbf16>
  gac_cuda.matmul ins(%x, %odd : memref<8x4096xbf16>, memref<4096x1843xbf16>) outs(%z : memref<8x1843xbf16>)
  // Nine rows are too many for a matrix of this size.
  %nine = gac_cuda.alloc : memref<9x4096xbf16>
  %r = gac_cuda.alloc : memref<9x1848xbf16>
  %b = gac_cuda.alloc : memref<1848xbf16>
  // CHECK: gac_cuda.gemm %{{.*}}, %{{.*}} bias %{{.*}} into %{{.*}} cost <gemm, {{.*}}> {epilogue = #gac_cuda<epilogue bias>}
  gac_cuda.matmul ins(%nine, %w : memref<9x4096xbf16>, memref<4096x1848xbf16>) bias(%b : memref<1848xbf16>) outs(%r : memref<9x1848xbf16>)
  // What is computed may not be there yet when the kernel begins to read it.
  %computed = gac_cuda.alloc : memref<4096x1848xbf16>
  // CHECK: gac_cuda.gemm %{{.*}}, %{{.*}} into
  gac_cuda.matmul ins(%x, %computed : memref<8x4096xbf16>, memref<4096x1848xbf16>) outs(%y : memref<8x1848xbf16>)
  // Nor has the kernel a factor.
  // CHECK: gac_cuda.gemm {{.*}} {alpha = 5.000000e-01 : f32}
  gac_cuda.matmul ins(%x, %w : memref<8x4096xbf16>, memref<4096x1848xbf16>) outs(%y : memref<8x1848xbf16>) {alpha = 0.5 : f32}
}

// CHECK-LABEL: gac_cuda.entry @attention
gac_cuda.entry @attention dims {} inputs [] outputs [] {
  %p = gac_cuda.position "past" : memref<i32>
  %q = gac_cuda.alloc : memref<1x8x1x128xbf16>
  %k = gac_cuda.alloc : memref<1x2x1025x128xbf16>
  %o = gac_cuda.alloc : memref<1x8x1x128xbf16>
  // One row: the keys are shared out, and the parts combined.
  // CHECK: %[[PARTS:.*]] = gac_cuda.alloc : memref<[[PART:.*]]xf32>
  // CHECK: gac_cuda.attention_decode ins({{.*}}) at(%{{.*}} : memref<i32>) outs({{.*}}) workspace(%[[PARTS]] : memref<[[PART]]xf32>) {group = 4 : i32, scale = 1.250000e-01 : f32, splits = [[SPLITS:.*]] : i32, vector = 8 : i32}
  // CHECK: gac_cuda.attention_combine ins(%[[PARTS]] : memref<[[PART]]xf32>) outs({{.*}}) {splits = [[SPLITS]] : i32}
  gac_cuda.attention ins(%q, %k, %k : memref<1x8x1x128xbf16>, memref<1x2x1025x128xbf16>, memref<1x2x1025x128xbf16>) at(%p : memref<i32>) outs(%o : memref<1x8x1x128xbf16>) {causal, scale = 0.125 : f32}
  %many = gac_cuda.alloc : memref<1x8x64x108xbf16>
  %keys = gac_cuda.alloc : memref<1x2x64x108xbf16>
  %out = gac_cuda.alloc : memref<1x8x64x108xbf16>
  // CHECK: gac_cuda.attention_prefill {{.*}} {causal, scale = 1.250000e-01 : f32, vector = 4 : i32}
  gac_cuda.attention ins(%many, %keys, %keys : memref<1x8x64x108xbf16>, memref<1x2x64x108xbf16>, memref<1x2x64x108xbf16>) outs(%out : memref<1x8x64x108xbf16>) {causal, scale = 0.125 : f32}
}

// CHECK-LABEL: gac_cuda.entry @copies
gac_cuda.entry @copies dims {} inputs [] outputs [] {
  %a = gac_cuda.alloc : memref<8x16xbf16>
  %b = gac_cuda.alloc : memref<8x16xbf16>
  // CHECK: gac_cuda.copy
  memref.copy %a, %b : memref<8x16xbf16> to memref<8x16xbf16>
  %wide = gac_cuda.alloc : memref<8x40xbf16>
  %part = memref.reinterpret_cast %wide to offset: [24], sizes: [8, 16], strides: [40, 1] : memref<8x40xbf16> to memref<8x16xbf16, strided<[40, 1], offset: 24>>
  // CHECK: linalg.generic {{.*}} {gac_cuda.vector = 8 : i32}
  memref.copy %a, %part : memref<8x16xbf16> to memref<8x16xbf16, strided<[40, 1], offset: 24>>
  %odd = memref.reinterpret_cast %wide to offset: [22], sizes: [8, 16], strides: [40, 1] : memref<8x40xbf16> to memref<8x16xbf16, strided<[40, 1], offset: 22>>
  // CHECK: linalg.generic {{.*}} {gac_cuda.vector = 2 : i32}
  memref.copy %a, %odd : memref<8x16xbf16> to memref<8x16xbf16, strided<[40, 1], offset: 22>>
}
