// RUN: gac-opt %s --split-input-file --gac-group-gemvs | FileCheck %s
// What is in a group counts for a second run, too.
// RUN: gac-opt %s --split-input-file --gac-group-gemvs --gac-group-gemvs | FileCheck %s
// RUN: gac-opt %s --split-input-file --gac-group-gemvs --mlir-print-debuginfo --mlir-print-local-scope | FileCheck %s --check-prefix=NODES

// Two products of one operand, with a rotation of the first one's result between
// them, and a third of another operand that is there before them. They get
// columns and splits together, and counters for all of their blocks.
// CHECK: gac_cuda.tensor cache @counters "counters" : tensor<[[N:[0-9]+]]xi32>
// CHECK-LABEL: gac_cuda.entry @independent
// CHECK: %[[COUNTERS:.*]] = gac_cuda.get @counters : memref<[[N]]xi32>
// CHECK-NOT: gac_cuda.gemv ins
// CHECK: gac_cuda.gemv_group {
// CHECK-NEXT: gac_cuda.gemv {{.*}} outs(%{{.*}} : memref<1x4096xbf16>) workspace(%{{.*}}, %[[COUNTERS]] : {{.*}}) {columns = [[COLUMNS:[0-9]+]] : i32, depth = 2 : i32, splits = [[SPLITS:[0-9]+]] : i32, vector = 8 : i32}
// CHECK-NEXT: gac_cuda.gemv {{.*}} outs(%{{.*}} : memref<1x1024xbf16>) workspace(%{{.*}}, %[[COUNTERS]] : {{.*}}) {columns = [[COLUMNS]] : i32, depth = 2 : i32, splits = [[SPLITS]] : i32, vector = 8 : i32}
// CHECK-NEXT: gac_cuda.gemv {{.*}} outs(%{{.*}} : memref<1x512xbf16, strided<[512, 1], offset: 512>>) workspace(%{{.*}}, %[[COUNTERS]] : {{.*}}) {columns = [[COLUMNS]] : i32, depth = 2 : i32, splits = [[SPLITS]] : i32, vector = 8 : i32}
// CHECK-NEXT: }
// CHECK: gac_cuda.rope
// CHECK-NOT: gac_cuda.gemv
// A launch names the nodes of all of its products.
// NODES-LABEL: gac_cuda.entry @independent
// NODES: gac_cuda.gemv_group {
// NODES: } loc(fused["q", "k", "v"])
gac_cuda.entry @independent dims {} inputs [] outputs [] {
  %x = gac_cuda.alloc : memref<1x1024xbf16>
  %u = gac_cuda.alloc : memref<1x576xbf16>
  %a = gac_cuda.alloc : memref<1024x4096xbf16>
  %b = gac_cuda.alloc : memref<1024x1024xbf16>
  %c = gac_cuda.alloc : memref<576x512xbf16>
  %t = gac_cuda.alloc : memref<1x1x64xf32>
  %q = gac_cuda.alloc : memref<1x4096xbf16>
  gac_cuda.gemv ins(%x, %a : memref<1x1024xbf16>, memref<1024x4096xbf16>) outs(%q : memref<1x4096xbf16>) {columns = 128 : i32, splits = 1 : i32, depth = 2 : i32, vector = 8 : i32} loc("q")
  %heads = memref.reinterpret_cast %q to offset: [0], sizes: [1, 32, 1, 128], strides: [4096, 128, 128, 1] : memref<1x4096xbf16> to memref<1x32x1x128xbf16>
  gac_cuda.rope ins(%heads, %t, %t : memref<1x32x1x128xbf16>, memref<1x1x64xf32>, memref<1x1x64xf32>) outs(%heads : memref<1x32x1x128xbf16>) {half = 64 : i64, vector = 8 : i32}
  %k = gac_cuda.alloc : memref<1x1024xbf16>
  gac_cuda.gemv ins(%x, %b : memref<1x1024xbf16>, memref<1024x1024xbf16>) outs(%k : memref<1x1024xbf16>) {columns = 128 : i32, splits = 1 : i32, depth = 2 : i32, vector = 8 : i32} loc("k")
  %v = gac_cuda.alloc : memref<2x512xbf16>
  %row = memref.reinterpret_cast %v to offset: [512], sizes: [1, 512], strides: [512, 1] : memref<2x512xbf16> to memref<1x512xbf16, strided<[512, 1], offset: 512>>
  gac_cuda.gemv ins(%u, %c : memref<1x576xbf16>, memref<576x512xbf16>) outs(%row : memref<1x512xbf16, strided<[512, 1], offset: 512>>) {columns = 128 : i32, splits = 1 : i32, depth = 2 : i32, vector = 8 : i32} loc("v")
}

// -----

// Not one that reads what another has written, nor what stands between them
// has, nor one that writes what stands between them reads, nor one of more rows.
// A tensor is one piece of memory, however often it is got.
gac_cuda.tensor output @out "out" : tensor<1x1024xbf16>
// CHECK-LABEL: gac_cuda.entry @dependent
// CHECK-NOT: gac_cuda.gemv_group
gac_cuda.entry @dependent dims {} inputs [] outputs [] {
  %x = gac_cuda.alloc : memref<1x1024xbf16>
  %w = gac_cuda.alloc : memref<1024x1024xbf16>
  %y = gac_cuda.get @out : memref<1x1024xbf16>
  gac_cuda.gemv ins(%x, %w : memref<1x1024xbf16>, memref<1024x1024xbf16>) outs(%y : memref<1x1024xbf16>) {columns = 128 : i32, splits = 1 : i32, depth = 2 : i32, vector = 8 : i32}
  %again = gac_cuda.get @out : memref<1x1024xbf16>
  %z = gac_cuda.alloc : memref<1x1024xbf16>
  gac_cuda.gemv ins(%again, %w : memref<1x1024xbf16>, memref<1024x1024xbf16>) outs(%z : memref<1x1024xbf16>) {columns = 128 : i32, splits = 1 : i32, depth = 2 : i32, vector = 8 : i32}
  %copy = gac_cuda.alloc : memref<1x1024xbf16>
  gac_cuda.copy %z to %copy cost <movement, flops = 0, bytes = 4096, picoseconds = 0> : memref<1x1024xbf16>, memref<1x1024xbf16>
  gac_cuda.gemv ins(%copy, %w : memref<1x1024xbf16>, memref<1024x1024xbf16>) outs(%z : memref<1x1024xbf16>) {columns = 128 : i32, splits = 1 : i32, depth = 2 : i32, vector = 8 : i32}
  %rows = gac_cuda.alloc : memref<2x1024xbf16>
  %u = gac_cuda.alloc : memref<2x1024xbf16>
  gac_cuda.gemv ins(%rows, %w : memref<2x1024xbf16>, memref<1024x1024xbf16>) outs(%u : memref<2x1024xbf16>) {columns = 128 : i32, splits = 1 : i32, depth = 2 : i32, vector = 8 : i32}
}

// -----

// One that needs no splits in company loses its workspace, and the package its
// counters.
// CHECK-NOT: gac_cuda.tensor
// CHECK-LABEL: gac_cuda.entry @whole
// CHECK-NOT: gac_cuda.get
// CHECK: gac_cuda.gemv_group {
// CHECK-NEXT: gac_cuda.gemv {{.*}} outs(%{{.*}} : memref<1x14336xbf16>) {columns = 112 : i32, depth = 3 : i32, splits = 1 : i32, vector = 8 : i32}
// CHECK-NEXT: gac_cuda.gemv {{.*}} outs(%{{.*}} : memref<1x14336xbf16>) {columns = 112 : i32, depth = 3 : i32, splits = 1 : i32, vector = 8 : i32}
gac_cuda.tensor cache @counters "counters" : tensor<112xi32>
gac_cuda.entry @whole dims {} inputs [] outputs [] {
  %counters = gac_cuda.get @counters : memref<112xi32>
  %x = gac_cuda.alloc : memref<1x2232xbf16>
  %a = gac_cuda.alloc : memref<2232x14336xbf16>
  %b = gac_cuda.alloc : memref<2232x14336xbf16>
  %y = gac_cuda.alloc : memref<1x14336xbf16>
  %z = gac_cuda.alloc : memref<1x14336xbf16>
  %s = gac_cuda.alloc : memref<29568xf32>
  %t = gac_cuda.alloc : memref<29568xf32>
  gac_cuda.gemv ins(%x, %a : memref<1x2232xbf16>, memref<2232x14336xbf16>) outs(%y : memref<1x14336xbf16>) workspace(%s, %counters : memref<29568xf32>, memref<112xi32>) {columns = 128 : i32, splits = 2 : i32, depth = 3 : i32, vector = 8 : i32}
  gac_cuda.gemv ins(%x, %b : memref<1x2232xbf16>, memref<2232x14336xbf16>) outs(%z : memref<1x14336xbf16>) workspace(%t, %counters : memref<29568xf32>, memref<112xi32>) {columns = 128 : i32, splits = 2 : i32, depth = 3 : i32, vector = 8 : i32}
}

// -----

// The first two are a group, which the last one reads: it stays behind it.
// CHECK-LABEL: gac_cuda.entry @behind
// CHECK: gac_cuda.gemv_group {
// CHECK-NEXT: gac_cuda.gemv ins({{.*}} outs(%[[Y:[0-9]+]] : memref<2x1024xbf16>)
// CHECK-NEXT: gac_cuda.gemv ins
// CHECK: gac_cuda.gemv ins(%{{.*}}, %{{.*}} : memref<1x1024xbf16>
// CHECK: gac_cuda.gemv ins(%[[Y]],
gac_cuda.entry @behind dims {} inputs [] outputs [] {
  %x = gac_cuda.alloc : memref<2x1024xbf16>
  %r = gac_cuda.alloc : memref<1x1024xbf16>
  %w = gac_cuda.alloc : memref<1024x1024xbf16>
  %y = gac_cuda.alloc : memref<2x1024xbf16>
  %z = gac_cuda.alloc : memref<2x1024xbf16>
  %t = gac_cuda.alloc : memref<1x1024xbf16>
  %u = gac_cuda.alloc : memref<2x1024xbf16>
  gac_cuda.gemv ins(%x, %w : memref<2x1024xbf16>, memref<1024x1024xbf16>) outs(%y : memref<2x1024xbf16>) {columns = 128 : i32, splits = 1 : i32, depth = 2 : i32, vector = 8 : i32}
  gac_cuda.gemv ins(%x, %w : memref<2x1024xbf16>, memref<1024x1024xbf16>) outs(%z : memref<2x1024xbf16>) {columns = 128 : i32, splits = 1 : i32, depth = 2 : i32, vector = 8 : i32}
  gac_cuda.gemv ins(%r, %w : memref<1x1024xbf16>, memref<1024x1024xbf16>) outs(%t : memref<1x1024xbf16>) {columns = 128 : i32, splits = 1 : i32, depth = 2 : i32, vector = 8 : i32}
  gac_cuda.gemv ins(%y, %w : memref<2x1024xbf16>, memref<1024x1024xbf16>) outs(%u : memref<2x1024xbf16>) {columns = 128 : i32, splits = 1 : i32, depth = 2 : i32, vector = 8 : i32}
}

// -----

// Nor does a product of one row come in front of a group of two rows that it
// reads from.
// CHECK-LABEL: gac_cuda.entry @in_front
// CHECK: gac_cuda.gemv ins({{.*}} outs(%{{[0-9]+}} : memref<1x1024xbf16>)
// CHECK: gac_cuda.gemv_group {
// CHECK: gac_cuda.gemv ins({{.*}} outs(%{{[0-9]+}} : memref<1x1024xbf16>)
gac_cuda.entry @in_front dims {} inputs [] outputs [] {
  %x = gac_cuda.alloc : memref<2x1024xbf16>
  %r = gac_cuda.alloc : memref<1x1024xbf16>
  %w = gac_cuda.alloc : memref<1024x1024xbf16>
  %y = gac_cuda.alloc : memref<2x1024xbf16>
  %z = gac_cuda.alloc : memref<2x1024xbf16>
  %t = gac_cuda.alloc : memref<1x1024xbf16>
  %u = gac_cuda.alloc : memref<1x1024xbf16>
  gac_cuda.gemv ins(%r, %w : memref<1x1024xbf16>, memref<1024x1024xbf16>) outs(%t : memref<1x1024xbf16>) {columns = 128 : i32, splits = 1 : i32, depth = 2 : i32, vector = 8 : i32}
  gac_cuda.gemv ins(%x, %w : memref<2x1024xbf16>, memref<1024x1024xbf16>) outs(%y : memref<2x1024xbf16>) {columns = 128 : i32, splits = 1 : i32, depth = 2 : i32, vector = 8 : i32}
  gac_cuda.gemv ins(%x, %w : memref<2x1024xbf16>, memref<1024x1024xbf16>) outs(%z : memref<2x1024xbf16>) {columns = 128 : i32, splits = 1 : i32, depth = 2 : i32, vector = 8 : i32}
  %row = memref.reinterpret_cast %y to offset: [1024], sizes: [1, 1024], strides: [1024, 1] : memref<2x1024xbf16> to memref<1x1024xbf16, strided<[1024, 1], offset: 1024>>
  gac_cuda.gemv ins(%row, %w : memref<1x1024xbf16, strided<[1024, 1], offset: 1024>>, memref<1024x1024xbf16>) outs(%u : memref<1x1024xbf16>) {columns = 128 : i32, splits = 1 : i32, depth = 2 : i32, vector = 8 : i32}
}

// -----

// Nor one that reads what an elementwise operation between them writes, or
// writes what it reads.
#id = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-LABEL: gac_cuda.entry @elementwise_between
// CHECK-NOT: gac_cuda.gemv_group
gac_cuda.entry @elementwise_between dims {} inputs [] outputs [] {
  %x = gac_cuda.alloc : memref<1x1024xbf16>
  %w = gac_cuda.alloc : memref<1024x1024xbf16>
  %g = gac_cuda.alloc : memref<1x1024xbf16>
  %a = gac_cuda.alloc : memref<1x1024xbf16>
  %y = gac_cuda.alloc : memref<1x1024xbf16>
  gac_cuda.gemv ins(%x, %w : memref<1x1024xbf16>, memref<1024x1024xbf16>) outs(%g : memref<1x1024xbf16>) {columns = 128 : i32, splits = 1 : i32, depth = 2 : i32, vector = 8 : i32}
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%g : memref<1x1024xbf16>) outs(%a : memref<1x1024xbf16>) {
  ^bb0(%in: bf16, %out: bf16):
    %negative = arith.negf %in : bf16
    linalg.yield %negative : bf16
  }
  gac_cuda.gemv ins(%a, %w : memref<1x1024xbf16>, memref<1024x1024xbf16>) outs(%y : memref<1x1024xbf16>) {columns = 128 : i32, splits = 1 : i32, depth = 2 : i32, vector = 8 : i32}
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%g : memref<1x1024xbf16>) outs(%x : memref<1x1024xbf16>) {
  ^bb0(%in: bf16, %out: bf16):
    %negative = arith.negf %in : bf16
    linalg.yield %negative : bf16
  }
  gac_cuda.gemv ins(%y, %w : memref<1x1024xbf16>, memref<1024x1024xbf16>) outs(%g : memref<1x1024xbf16>) {columns = 128 : i32, splits = 1 : i32, depth = 2 : i32, vector = 8 : i32}
}
