// RUN: gac-opt %s --split-input-file --gac-fuse-attention-step | FileCheck %s
// RUN: gac-opt %s --split-input-file --gac-fuse-attention-step --mlir-print-debuginfo --mlir-print-local-scope | FileCheck %s --check-prefix=NODES

// The rotations, what appends, the attention and what combines its splits are
// one; the other operations stay, and so do buffers that something else uses.
// 2 key heads and 512 tokens: 8 splits of a warp's 16 keys each. 53 pairs of 56
// lanes.
// CHECK: gac_cuda.tensor cache @counters "counters" : tensor<4xi32>
// CHECK-LABEL: gac_cuda.entry @rotated
// CHECK: %[[COUNTERS:.*]] = gac_cuda.get @counters : memref<4xi32>
// CHECK: %[[K:.*]] = gac_cuda.get @past_k
// CHECK: %[[V:.*]] = gac_cuda.get @past_v
// CHECK: %[[P:.*]] = gac_cuda.position
// CHECK: %[[Q:.*]] = gac_cuda.alloc : memref<1x8x1x112xbf16>
// CHECK: %[[NK:.*]] = gac_cuda.alloc : memref<1x2x1x112xbf16>
// CHECK: %[[NV:.*]] = gac_cuda.alloc : memref<1x2x1x112xbf16>
// CHECK: %[[COS:.*]] = gac_cuda.alloc : memref<1x1x53xf32>
// CHECK: %[[SIN:.*]] = gac_cuda.alloc : memref<1x1x53xf32>
// CHECK: %[[O:.*]] = gac_cuda.alloc : memref<1x8x1x112xbf16>
// CHECK-NOT: gac_cuda.rope
// CHECK-NOT: gac_cuda.append
// CHECK: %[[WS:.*]] = gac_cuda.alloc : memref<7424xf32>
// CHECK: gac_cuda.attention_step ins(%[[Q]], %[[NK]], %[[NV]] : {{.*}}) rotated(%[[COS]], %[[SIN]] : {{.*}}) at(%[[P]] : memref<i32>) caches(%[[K]], %[[V]] : {{.*}}) outs(%[[O]] : memref<1x8x1x112xbf16>) workspace(%[[WS]], %[[COUNTERS]] : {{.*}}) {depth = 1 : i32, group = 4 : i32, half = 56 : i64, scale = 1.000000e-01 : f32, splits = 8 : i32}
// CHECK-NEXT: }
// NODES-LABEL: gac_cuda.entry @rotated
// NODES: gac_cuda.attention_step {{.*}} loc(fused["rope_q", "rope_k", "append", "attention", "combine"])
gac_cuda.tensor cache @past_k "past_k" : tensor<1x2x512x112xbf16>
gac_cuda.tensor cache @past_v "past_v" : tensor<1x2x512x112xbf16>
gac_cuda.entry @rotated dims {} inputs [] outputs [] {
  %k = gac_cuda.get @past_k : memref<1x2x512x112xbf16>
  %v = gac_cuda.get @past_v : memref<1x2x512x112xbf16>
  %p = gac_cuda.position "past_k" : memref<i32>
  %q = gac_cuda.alloc : memref<1x8x1x112xbf16>
  %qr = gac_cuda.alloc : memref<1x8x1x112xbf16>
  %nk = gac_cuda.alloc : memref<1x2x1x112xbf16>
  %nv = gac_cuda.alloc : memref<1x2x1x112xbf16>
  %cos = gac_cuda.alloc : memref<1x1x53xf32>
  %sin = gac_cuda.alloc : memref<1x1x53xf32>
  %o = gac_cuda.alloc : memref<1x8x1x112xbf16>
  %ws = gac_cuda.alloc : memref<14592xf32>
  gac_cuda.rope ins(%q, %cos, %sin : memref<1x8x1x112xbf16>, memref<1x1x53xf32>, memref<1x1x53xf32>) outs(%qr : memref<1x8x1x112xbf16>) {half = 56 : i64, vector = 8 : i32} loc("rope_q")
  gac_cuda.rope ins(%nk, %cos, %sin : memref<1x2x1x112xbf16>, memref<1x1x53xf32>, memref<1x1x53xf32>) at(%p : memref<i32>) outs(%k : memref<1x2x512x112xbf16>) {append, half = 56 : i64, vector = 8 : i32} loc("rope_k")
  gac_cuda.append ins(%nv : memref<1x2x1x112xbf16>) at(%p : memref<i32>) outs(%v : memref<1x2x512x112xbf16>) {vector = 8 : i32} loc("append")
  gac_cuda.attention_decode ins(%qr, %k, %v : memref<1x8x1x112xbf16>, memref<1x2x512x112xbf16>, memref<1x2x512x112xbf16>) at(%p : memref<i32>) outs(%o : memref<1x8x1x112xbf16>) workspace(%ws : memref<14592xf32>) {group = 4 : i32, scale = 0.1 : f32, splits = 16 : i32, vector = 8 : i32} loc("attention")
  gac_cuda.attention_combine ins(%ws : memref<14592xf32>) outs(%o : memref<1x8x1x112xbf16>) {splits = 16 : i32} loc("combine")
}

// -----

// Nothing is rotated.
// CHECK-LABEL: gac_cuda.entry @plain
// CHECK-NOT: gac_cuda.append
// CHECK: gac_cuda.attention_step ins({{.*}}) at(%{{.*}}) caches({{.*}}) outs({{.*}}) workspace({{.*}}) {depth = 1 : i32, group = 4 : i32, scale = 1.000000e-01 : f32, splits = 8 : i32}
gac_cuda.tensor cache @past_k "past_k" : tensor<1x2x512x112xbf16>
gac_cuda.tensor cache @past_v "past_v" : tensor<1x2x512x112xbf16>
gac_cuda.entry @plain dims {} inputs [] outputs [] {
  %k = gac_cuda.get @past_k : memref<1x2x512x112xbf16>
  %v = gac_cuda.get @past_v : memref<1x2x512x112xbf16>
  %p = gac_cuda.position "past_k" : memref<i32>
  %q = gac_cuda.alloc : memref<1x8x1x112xbf16>
  %qr = gac_cuda.alloc : memref<1x8x1x112xbf16>
  %nk = gac_cuda.alloc : memref<1x2x1x112xbf16>
  %nv = gac_cuda.alloc : memref<1x2x1x112xbf16>
  %cos = gac_cuda.alloc : memref<1x1x53xf32>
  %sin = gac_cuda.alloc : memref<1x1x53xf32>
  %o = gac_cuda.alloc : memref<1x8x1x112xbf16>
  %ws = gac_cuda.alloc : memref<14592xf32>
  gac_cuda.append ins(%nk : memref<1x2x1x112xbf16>) at(%p : memref<i32>) outs(%k : memref<1x2x512x112xbf16>) {vector = 8 : i32}
  gac_cuda.append ins(%nv : memref<1x2x1x112xbf16>) at(%p : memref<i32>) outs(%v : memref<1x2x512x112xbf16>) {vector = 8 : i32}
  gac_cuda.attention_decode ins(%qr, %k, %v : memref<1x8x1x112xbf16>, memref<1x2x512x112xbf16>, memref<1x2x512x112xbf16>) at(%p : memref<i32>) outs(%o : memref<1x8x1x112xbf16>) workspace(%ws : memref<14592xf32>) {group = 4 : i32, scale = 0.1 : f32, splits = 16 : i32, vector = 8 : i32}
  gac_cuda.attention_combine ins(%ws : memref<14592xf32>) outs(%o : memref<1x8x1x112xbf16>) {splits = 16 : i32}
}

// -----

// The key alone is rotated.
// CHECK-LABEL: gac_cuda.entry @key_alone
// CHECK: gac_cuda.attention_decode
gac_cuda.tensor cache @past_k "past_k" : tensor<1x2x512x112xbf16>
gac_cuda.tensor cache @past_v "past_v" : tensor<1x2x512x112xbf16>
gac_cuda.entry @key_alone dims {} inputs [] outputs [] {
  %k = gac_cuda.get @past_k : memref<1x2x512x112xbf16>
  %v = gac_cuda.get @past_v : memref<1x2x512x112xbf16>
  %p = gac_cuda.position "past_k" : memref<i32>
  %q = gac_cuda.alloc : memref<1x8x1x112xbf16>
  %qr = gac_cuda.alloc : memref<1x8x1x112xbf16>
  %nk = gac_cuda.alloc : memref<1x2x1x112xbf16>
  %nv = gac_cuda.alloc : memref<1x2x1x112xbf16>
  %cos = gac_cuda.alloc : memref<1x1x53xf32>
  %sin = gac_cuda.alloc : memref<1x1x53xf32>
  %o = gac_cuda.alloc : memref<1x8x1x112xbf16>
  %ws = gac_cuda.alloc : memref<14592xf32>
  gac_cuda.rope ins(%nk, %cos, %sin : memref<1x2x1x112xbf16>, memref<1x1x53xf32>, memref<1x1x53xf32>) at(%p : memref<i32>) outs(%k : memref<1x2x512x112xbf16>) {append, half = 56 : i64, vector = 8 : i32}
  gac_cuda.append ins(%nv : memref<1x2x1x112xbf16>) at(%p : memref<i32>) outs(%v : memref<1x2x512x112xbf16>) {vector = 8 : i32}
  gac_cuda.attention_decode ins(%qr, %k, %v : memref<1x8x1x112xbf16>, memref<1x2x512x112xbf16>, memref<1x2x512x112xbf16>) at(%p : memref<i32>) outs(%o : memref<1x8x1x112xbf16>) workspace(%ws : memref<14592xf32>) {group = 4 : i32, scale = 0.1 : f32, splits = 16 : i32, vector = 8 : i32}
  gac_cuda.attention_combine ins(%ws : memref<14592xf32>) outs(%o : memref<1x8x1x112xbf16>) {splits = 16 : i32}
}

// -----

// Something else reads the rotated query.
// CHECK-LABEL: gac_cuda.entry @query_read
// CHECK: gac_cuda.attention_decode
gac_cuda.tensor cache @past_k "past_k" : tensor<1x2x512x112xbf16>
gac_cuda.tensor cache @past_v "past_v" : tensor<1x2x512x112xbf16>
gac_cuda.entry @query_read dims {} inputs [] outputs [] {
  %k = gac_cuda.get @past_k : memref<1x2x512x112xbf16>
  %v = gac_cuda.get @past_v : memref<1x2x512x112xbf16>
  %p = gac_cuda.position "past_k" : memref<i32>
  %q = gac_cuda.alloc : memref<1x8x1x112xbf16>
  %qr = gac_cuda.alloc : memref<1x8x1x112xbf16>
  %nk = gac_cuda.alloc : memref<1x2x1x112xbf16>
  %nv = gac_cuda.alloc : memref<1x2x1x112xbf16>
  %cos = gac_cuda.alloc : memref<1x1x53xf32>
  %sin = gac_cuda.alloc : memref<1x1x53xf32>
  %o = gac_cuda.alloc : memref<1x8x1x112xbf16>
  %ws = gac_cuda.alloc : memref<14592xf32>
  gac_cuda.rope ins(%q, %cos, %sin : memref<1x8x1x112xbf16>, memref<1x1x53xf32>, memref<1x1x53xf32>) outs(%qr : memref<1x8x1x112xbf16>) {half = 56 : i64, vector = 8 : i32}
  gac_cuda.rope ins(%nk, %cos, %sin : memref<1x2x1x112xbf16>, memref<1x1x53xf32>, memref<1x1x53xf32>) at(%p : memref<i32>) outs(%k : memref<1x2x512x112xbf16>) {append, half = 56 : i64, vector = 8 : i32}
  gac_cuda.append ins(%nv : memref<1x2x1x112xbf16>) at(%p : memref<i32>) outs(%v : memref<1x2x512x112xbf16>) {vector = 8 : i32}
  gac_cuda.attention_decode ins(%qr, %k, %v : memref<1x8x1x112xbf16>, memref<1x2x512x112xbf16>, memref<1x2x512x112xbf16>) at(%p : memref<i32>) outs(%o : memref<1x8x1x112xbf16>) workspace(%ws : memref<14592xf32>) {group = 4 : i32, scale = 0.1 : f32, splits = 16 : i32, vector = 8 : i32}
  gac_cuda.attention_combine ins(%ws : memref<14592xf32>) outs(%o : memref<1x8x1x112xbf16>) {splits = 16 : i32}
  memref.copy %qr, %q : memref<1x8x1x112xbf16> to memref<1x8x1x112xbf16>
}

// -----

// An elementwise operation does.
#id = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
// CHECK-LABEL: gac_cuda.entry @query_read_elementwise
// CHECK: gac_cuda.attention_decode
gac_cuda.tensor cache @past_k "past_k" : tensor<1x2x512x112xbf16>
gac_cuda.tensor cache @past_v "past_v" : tensor<1x2x512x112xbf16>
gac_cuda.entry @query_read_elementwise dims {} inputs [] outputs [] {
  %k = gac_cuda.get @past_k : memref<1x2x512x112xbf16>
  %v = gac_cuda.get @past_v : memref<1x2x512x112xbf16>
  %p = gac_cuda.position "past_k" : memref<i32>
  %q = gac_cuda.alloc : memref<1x8x1x112xbf16>
  %qr = gac_cuda.alloc : memref<1x8x1x112xbf16>
  %nk = gac_cuda.alloc : memref<1x2x1x112xbf16>
  %nv = gac_cuda.alloc : memref<1x2x1x112xbf16>
  %cos = gac_cuda.alloc : memref<1x1x53xf32>
  %sin = gac_cuda.alloc : memref<1x1x53xf32>
  %o = gac_cuda.alloc : memref<1x8x1x112xbf16>
  %ws = gac_cuda.alloc : memref<14592xf32>
  gac_cuda.rope ins(%q, %cos, %sin : memref<1x8x1x112xbf16>, memref<1x1x53xf32>, memref<1x1x53xf32>) outs(%qr : memref<1x8x1x112xbf16>) {half = 56 : i64, vector = 8 : i32}
  gac_cuda.rope ins(%nk, %cos, %sin : memref<1x2x1x112xbf16>, memref<1x1x53xf32>, memref<1x1x53xf32>) at(%p : memref<i32>) outs(%k : memref<1x2x512x112xbf16>) {append, half = 56 : i64, vector = 8 : i32}
  gac_cuda.append ins(%nv : memref<1x2x1x112xbf16>) at(%p : memref<i32>) outs(%v : memref<1x2x512x112xbf16>) {vector = 8 : i32}
  gac_cuda.attention_decode ins(%qr, %k, %v : memref<1x8x1x112xbf16>, memref<1x2x512x112xbf16>, memref<1x2x512x112xbf16>) at(%p : memref<i32>) outs(%o : memref<1x8x1x112xbf16>) workspace(%ws : memref<14592xf32>) {group = 4 : i32, scale = 0.1 : f32, splits = 16 : i32, vector = 8 : i32}
  gac_cuda.attention_combine ins(%ws : memref<14592xf32>) outs(%o : memref<1x8x1x112xbf16>) {splits = 16 : i32}
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%qr : memref<1x8x1x112xbf16>) outs(%q : memref<1x8x1x112xbf16>) {
  ^bb0(%in: bf16, %out: bf16):
    %negative = arith.negf %in : bf16
    linalg.yield %negative : bf16
  }
}

// -----

// Something else writes a cache.
// CHECK-LABEL: gac_cuda.entry @cache_written
// CHECK: gac_cuda.attention_decode
gac_cuda.tensor cache @past_k "past_k" : tensor<1x2x512x112xbf16>
gac_cuda.tensor cache @past_v "past_v" : tensor<1x2x512x112xbf16>
gac_cuda.entry @cache_written dims {} inputs [] outputs [] {
  %k = gac_cuda.get @past_k : memref<1x2x512x112xbf16>
  %v = gac_cuda.get @past_v : memref<1x2x512x112xbf16>
  %p = gac_cuda.position "past_k" : memref<i32>
  %q = gac_cuda.alloc : memref<1x8x1x112xbf16>
  %qr = gac_cuda.alloc : memref<1x8x1x112xbf16>
  %nk = gac_cuda.alloc : memref<1x2x1x112xbf16>
  %nv = gac_cuda.alloc : memref<1x2x1x112xbf16>
  %cos = gac_cuda.alloc : memref<1x1x53xf32>
  %sin = gac_cuda.alloc : memref<1x1x53xf32>
  %o = gac_cuda.alloc : memref<1x8x1x112xbf16>
  %ws = gac_cuda.alloc : memref<14592xf32>
  gac_cuda.rope ins(%q, %cos, %sin : memref<1x8x1x112xbf16>, memref<1x1x53xf32>, memref<1x1x53xf32>) outs(%qr : memref<1x8x1x112xbf16>) {half = 56 : i64, vector = 8 : i32}
  gac_cuda.rope ins(%nk, %cos, %sin : memref<1x2x1x112xbf16>, memref<1x1x53xf32>, memref<1x1x53xf32>) at(%p : memref<i32>) outs(%k : memref<1x2x512x112xbf16>) {append, half = 56 : i64, vector = 8 : i32}
  gac_cuda.append ins(%nv : memref<1x2x1x112xbf16>) at(%p : memref<i32>) outs(%v : memref<1x2x512x112xbf16>) {vector = 8 : i32}
  gac_cuda.attention_decode ins(%qr, %k, %v : memref<1x8x1x112xbf16>, memref<1x2x512x112xbf16>, memref<1x2x512x112xbf16>) at(%p : memref<i32>) outs(%o : memref<1x8x1x112xbf16>) workspace(%ws : memref<14592xf32>) {group = 4 : i32, scale = 0.1 : f32, splits = 16 : i32, vector = 8 : i32}
  gac_cuda.attention_combine ins(%ws : memref<14592xf32>) outs(%o : memref<1x8x1x112xbf16>) {splits = 16 : i32}
  gac_cuda.append ins(%nv : memref<1x2x1x112xbf16>) outs(%v : memref<1x2x512x112xbf16>) {past = 3 : i64, vector = 8 : i32}
}

// -----

// Something reads a cache between what appends and the attention.
// CHECK-LABEL: gac_cuda.entry @cache_read
// CHECK: gac_cuda.attention_decode
gac_cuda.tensor cache @past_k "past_k" : tensor<1x2x512x112xbf16>
gac_cuda.tensor cache @past_v "past_v" : tensor<1x2x512x112xbf16>
gac_cuda.entry @cache_read dims {} inputs [] outputs [] {
  %k = gac_cuda.get @past_k : memref<1x2x512x112xbf16>
  %v = gac_cuda.get @past_v : memref<1x2x512x112xbf16>
  %p = gac_cuda.position "past_k" : memref<i32>
  %q = gac_cuda.alloc : memref<1x8x1x112xbf16>
  %qr = gac_cuda.alloc : memref<1x8x1x112xbf16>
  %nk = gac_cuda.alloc : memref<1x2x1x112xbf16>
  %nv = gac_cuda.alloc : memref<1x2x1x112xbf16>
  %cos = gac_cuda.alloc : memref<1x1x53xf32>
  %sin = gac_cuda.alloc : memref<1x1x53xf32>
  %o = gac_cuda.alloc : memref<1x8x1x112xbf16>
  %k2 = gac_cuda.alloc : memref<1x2x512x112xbf16>
  %ws = gac_cuda.alloc : memref<14592xf32>
  gac_cuda.rope ins(%q, %cos, %sin : memref<1x8x1x112xbf16>, memref<1x1x53xf32>, memref<1x1x53xf32>) outs(%qr : memref<1x8x1x112xbf16>) {half = 56 : i64, vector = 8 : i32}
  gac_cuda.rope ins(%nk, %cos, %sin : memref<1x2x1x112xbf16>, memref<1x1x53xf32>, memref<1x1x53xf32>) at(%p : memref<i32>) outs(%k : memref<1x2x512x112xbf16>) {append, half = 56 : i64, vector = 8 : i32}
  gac_cuda.append ins(%nv : memref<1x2x1x112xbf16>) at(%p : memref<i32>) outs(%v : memref<1x2x512x112xbf16>) {vector = 8 : i32}
  memref.copy %k, %k2 : memref<1x2x512x112xbf16> to memref<1x2x512x112xbf16>
  gac_cuda.attention_decode ins(%qr, %k, %v : memref<1x8x1x112xbf16>, memref<1x2x512x112xbf16>, memref<1x2x512x112xbf16>) at(%p : memref<i32>) outs(%o : memref<1x8x1x112xbf16>) workspace(%ws : memref<14592xf32>) {group = 4 : i32, scale = 0.1 : f32, splits = 16 : i32, vector = 8 : i32}
  gac_cuda.attention_combine ins(%ws : memref<14592xf32>) outs(%o : memref<1x8x1x112xbf16>) {splits = 16 : i32}
}

// -----

// The new value has changed before the attention reads it.
// CHECK-LABEL: gac_cuda.entry @value_changed
// CHECK: gac_cuda.attention_decode
gac_cuda.tensor cache @past_k "past_k" : tensor<1x2x512x112xbf16>
gac_cuda.tensor cache @past_v "past_v" : tensor<1x2x512x112xbf16>
gac_cuda.entry @value_changed dims {} inputs [] outputs [] {
  %k = gac_cuda.get @past_k : memref<1x2x512x112xbf16>
  %v = gac_cuda.get @past_v : memref<1x2x512x112xbf16>
  %p = gac_cuda.position "past_k" : memref<i32>
  %q = gac_cuda.alloc : memref<1x8x1x112xbf16>
  %qr = gac_cuda.alloc : memref<1x8x1x112xbf16>
  %nk = gac_cuda.alloc : memref<1x2x1x112xbf16>
  %nv = gac_cuda.alloc : memref<1x2x1x112xbf16>
  %cos = gac_cuda.alloc : memref<1x1x53xf32>
  %sin = gac_cuda.alloc : memref<1x1x53xf32>
  %o = gac_cuda.alloc : memref<1x8x1x112xbf16>
  %ws = gac_cuda.alloc : memref<14592xf32>
  gac_cuda.rope ins(%q, %cos, %sin : memref<1x8x1x112xbf16>, memref<1x1x53xf32>, memref<1x1x53xf32>) outs(%qr : memref<1x8x1x112xbf16>) {half = 56 : i64, vector = 8 : i32}
  gac_cuda.rope ins(%nk, %cos, %sin : memref<1x2x1x112xbf16>, memref<1x1x53xf32>, memref<1x1x53xf32>) at(%p : memref<i32>) outs(%k : memref<1x2x512x112xbf16>) {append, half = 56 : i64, vector = 8 : i32}
  gac_cuda.append ins(%nv : memref<1x2x1x112xbf16>) at(%p : memref<i32>) outs(%v : memref<1x2x512x112xbf16>) {vector = 8 : i32}
  memref.copy %nk, %nv : memref<1x2x1x112xbf16> to memref<1x2x1x112xbf16>
  gac_cuda.attention_decode ins(%qr, %k, %v : memref<1x8x1x112xbf16>, memref<1x2x512x112xbf16>, memref<1x2x512x112xbf16>) at(%p : memref<i32>) outs(%o : memref<1x8x1x112xbf16>) workspace(%ws : memref<14592xf32>) {group = 4 : i32, scale = 0.1 : f32, splits = 16 : i32, vector = 8 : i32}
  gac_cuda.attention_combine ins(%ws : memref<14592xf32>) outs(%o : memref<1x8x1x112xbf16>) {splits = 16 : i32}
}

// -----

// The value goes elsewhere than to where the attention counts its keys from.
// CHECK-LABEL: gac_cuda.entry @past_differs
// CHECK: gac_cuda.attention_decode
gac_cuda.tensor cache @past_k "past_k" : tensor<1x2x512x112xbf16>
gac_cuda.tensor cache @past_v "past_v" : tensor<1x2x512x112xbf16>
gac_cuda.entry @past_differs dims {} inputs [] outputs [] {
  %k = gac_cuda.get @past_k : memref<1x2x512x112xbf16>
  %v = gac_cuda.get @past_v : memref<1x2x512x112xbf16>
  %p = gac_cuda.position "past_k" : memref<i32>
  %q = gac_cuda.alloc : memref<1x8x1x112xbf16>
  %qr = gac_cuda.alloc : memref<1x8x1x112xbf16>
  %nk = gac_cuda.alloc : memref<1x2x1x112xbf16>
  %nv = gac_cuda.alloc : memref<1x2x1x112xbf16>
  %cos = gac_cuda.alloc : memref<1x1x53xf32>
  %sin = gac_cuda.alloc : memref<1x1x53xf32>
  %o = gac_cuda.alloc : memref<1x8x1x112xbf16>
  %ws = gac_cuda.alloc : memref<14592xf32>
  gac_cuda.rope ins(%q, %cos, %sin : memref<1x8x1x112xbf16>, memref<1x1x53xf32>, memref<1x1x53xf32>) outs(%qr : memref<1x8x1x112xbf16>) {half = 56 : i64, vector = 8 : i32}
  gac_cuda.rope ins(%nk, %cos, %sin : memref<1x2x1x112xbf16>, memref<1x1x53xf32>, memref<1x1x53xf32>) at(%p : memref<i32>) outs(%k : memref<1x2x512x112xbf16>) {append, half = 56 : i64, vector = 8 : i32}
  gac_cuda.append ins(%nv : memref<1x2x1x112xbf16>) at(%p : memref<i32>) outs(%v : memref<1x2x512x112xbf16>) {past = 1 : i64, vector = 8 : i32}
  gac_cuda.attention_decode ins(%qr, %k, %v : memref<1x8x1x112xbf16>, memref<1x2x512x112xbf16>, memref<1x2x512x112xbf16>) at(%p : memref<i32>) outs(%o : memref<1x8x1x112xbf16>) workspace(%ws : memref<14592xf32>) {group = 4 : i32, scale = 0.1 : f32, splits = 16 : i32, vector = 8 : i32}
  gac_cuda.attention_combine ins(%ws : memref<14592xf32>) outs(%o : memref<1x8x1x112xbf16>) {splits = 16 : i32}
}

// -----

// The caches are no caches, but buffers of the step: what is in them was
// written in it.
// CHECK-LABEL: gac_cuda.entry @buffers
// CHECK: gac_cuda.attention_decode
gac_cuda.tensor cache @past_k "past_k" : tensor<1x2x512x112xbf16>
gac_cuda.tensor cache @past_v "past_v" : tensor<1x2x512x112xbf16>
gac_cuda.entry @buffers dims {} inputs [] outputs [] {
  %k = gac_cuda.alloc : memref<1x2x512x112xbf16>
  %v = gac_cuda.get @past_v : memref<1x2x512x112xbf16>
  %p = gac_cuda.position "past_k" : memref<i32>
  %q = gac_cuda.alloc : memref<1x8x1x112xbf16>
  %qr = gac_cuda.alloc : memref<1x8x1x112xbf16>
  %nk = gac_cuda.alloc : memref<1x2x1x112xbf16>
  %nv = gac_cuda.alloc : memref<1x2x1x112xbf16>
  %cos = gac_cuda.alloc : memref<1x1x53xf32>
  %sin = gac_cuda.alloc : memref<1x1x53xf32>
  %o = gac_cuda.alloc : memref<1x8x1x112xbf16>
  %ws = gac_cuda.alloc : memref<14592xf32>
  gac_cuda.rope ins(%q, %cos, %sin : memref<1x8x1x112xbf16>, memref<1x1x53xf32>, memref<1x1x53xf32>) outs(%qr : memref<1x8x1x112xbf16>) {half = 56 : i64, vector = 8 : i32}
  gac_cuda.rope ins(%nk, %cos, %sin : memref<1x2x1x112xbf16>, memref<1x1x53xf32>, memref<1x1x53xf32>) at(%p : memref<i32>) outs(%k : memref<1x2x512x112xbf16>) {append, half = 56 : i64, vector = 8 : i32}
  gac_cuda.append ins(%nv : memref<1x2x1x112xbf16>) at(%p : memref<i32>) outs(%v : memref<1x2x512x112xbf16>) {vector = 8 : i32}
  gac_cuda.attention_decode ins(%qr, %k, %v : memref<1x8x1x112xbf16>, memref<1x2x512x112xbf16>, memref<1x2x512x112xbf16>) at(%p : memref<i32>) outs(%o : memref<1x8x1x112xbf16>) workspace(%ws : memref<14592xf32>) {group = 4 : i32, scale = 0.1 : f32, splits = 16 : i32, vector = 8 : i32}
  gac_cuda.attention_combine ins(%ws : memref<14592xf32>) outs(%o : memref<1x8x1x112xbf16>) {splits = 16 : i32}
}

// -----

// A kernel of multiples of 8 lanes cannot take 108.
// CHECK-LABEL: gac_cuda.entry @narrow
// CHECK: gac_cuda.attention_decode
gac_cuda.tensor cache @past_k "past_k" : tensor<1x2x512x108xbf16>
gac_cuda.tensor cache @past_v "past_v" : tensor<1x2x512x108xbf16>
gac_cuda.entry @narrow dims {} inputs [] outputs [] {
  %k = gac_cuda.get @past_k : memref<1x2x512x108xbf16>
  %v = gac_cuda.get @past_v : memref<1x2x512x108xbf16>
  %p = gac_cuda.position "past_k" : memref<i32>
  %q = gac_cuda.alloc : memref<1x8x1x108xbf16>
  %qr = gac_cuda.alloc : memref<1x8x1x108xbf16>
  %nk = gac_cuda.alloc : memref<1x2x1x108xbf16>
  %nv = gac_cuda.alloc : memref<1x2x1x108xbf16>
  %cos = gac_cuda.alloc : memref<1x1x53xf32>
  %sin = gac_cuda.alloc : memref<1x1x53xf32>
  %o = gac_cuda.alloc : memref<1x8x1x108xbf16>
  %ws = gac_cuda.alloc : memref<14592xf32>
  gac_cuda.rope ins(%q, %cos, %sin : memref<1x8x1x108xbf16>, memref<1x1x53xf32>, memref<1x1x53xf32>) outs(%qr : memref<1x8x1x108xbf16>) {half = 54 : i64, vector = 8 : i32}
  gac_cuda.rope ins(%nk, %cos, %sin : memref<1x2x1x108xbf16>, memref<1x1x53xf32>, memref<1x1x53xf32>) at(%p : memref<i32>) outs(%k : memref<1x2x512x108xbf16>) {append, half = 54 : i64, vector = 8 : i32}
  gac_cuda.append ins(%nv : memref<1x2x1x108xbf16>) at(%p : memref<i32>) outs(%v : memref<1x2x512x108xbf16>) {vector = 8 : i32}
  gac_cuda.attention_decode ins(%qr, %k, %v : memref<1x8x1x108xbf16>, memref<1x2x512x108xbf16>, memref<1x2x512x108xbf16>) at(%p : memref<i32>) outs(%o : memref<1x8x1x108xbf16>) workspace(%ws : memref<14592xf32>) {group = 4 : i32, scale = 0.1 : f32, splits = 16 : i32, vector = 8 : i32}
  gac_cuda.attention_combine ins(%ws : memref<14592xf32>) outs(%o : memref<1x8x1x108xbf16>) {splits = 16 : i32}
}

// -----

// The rotated query is a result of the model.
// CHECK-LABEL: gac_cuda.entry @query_output
// CHECK: gac_cuda.attention_decode
gac_cuda.tensor output @rotated "rotated" : tensor<1x8x1x112xbf16>
gac_cuda.tensor cache @past_k "past_k" : tensor<1x2x512x112xbf16>
gac_cuda.tensor cache @past_v "past_v" : tensor<1x2x512x112xbf16>
gac_cuda.entry @query_output dims {} inputs [] outputs [] {
  %k = gac_cuda.get @past_k : memref<1x2x512x112xbf16>
  %v = gac_cuda.get @past_v : memref<1x2x512x112xbf16>
  %p = gac_cuda.position "past_k" : memref<i32>
  %q = gac_cuda.alloc : memref<1x8x1x112xbf16>
  %qr = gac_cuda.get @rotated : memref<1x8x1x112xbf16>
  %nk = gac_cuda.alloc : memref<1x2x1x112xbf16>
  %nv = gac_cuda.alloc : memref<1x2x1x112xbf16>
  %cos = gac_cuda.alloc : memref<1x1x53xf32>
  %sin = gac_cuda.alloc : memref<1x1x53xf32>
  %o = gac_cuda.alloc : memref<1x8x1x112xbf16>
  %ws = gac_cuda.alloc : memref<14592xf32>
  gac_cuda.rope ins(%q, %cos, %sin : memref<1x8x1x112xbf16>, memref<1x1x53xf32>, memref<1x1x53xf32>) outs(%qr : memref<1x8x1x112xbf16>) {half = 56 : i64, vector = 8 : i32}
  gac_cuda.rope ins(%nk, %cos, %sin : memref<1x2x1x112xbf16>, memref<1x1x53xf32>, memref<1x1x53xf32>) at(%p : memref<i32>) outs(%k : memref<1x2x512x112xbf16>) {append, half = 56 : i64, vector = 8 : i32}
  gac_cuda.append ins(%nv : memref<1x2x1x112xbf16>) at(%p : memref<i32>) outs(%v : memref<1x2x512x112xbf16>) {vector = 8 : i32}
  gac_cuda.attention_decode ins(%qr, %k, %v : memref<1x8x1x112xbf16>, memref<1x2x512x112xbf16>, memref<1x2x512x112xbf16>) at(%p : memref<i32>) outs(%o : memref<1x8x1x112xbf16>) workspace(%ws : memref<14592xf32>) {group = 4 : i32, scale = 0.1 : f32, splits = 16 : i32, vector = 8 : i32}
  gac_cuda.attention_combine ins(%ws : memref<14592xf32>) outs(%o : memref<1x8x1x112xbf16>) {splits = 16 : i32}
}

// -----

// Something in the step may compute the position.
// CHECK-LABEL: gac_cuda.entry @position
// CHECK: gac_cuda.attention_decode
gac_cuda.tensor cache @past_k "past_k" : tensor<1x2x512x112xbf16>
gac_cuda.tensor cache @past_v "past_v" : tensor<1x2x512x112xbf16>
gac_cuda.entry @position dims {} inputs [] outputs [] {
  %k = gac_cuda.get @past_k : memref<1x2x512x112xbf16>
  %v = gac_cuda.get @past_v : memref<1x2x512x112xbf16>
  %p = gac_cuda.alloc : memref<i32>
  %q = gac_cuda.alloc : memref<1x8x1x112xbf16>
  %qr = gac_cuda.alloc : memref<1x8x1x112xbf16>
  %nk = gac_cuda.alloc : memref<1x2x1x112xbf16>
  %nv = gac_cuda.alloc : memref<1x2x1x112xbf16>
  %cos = gac_cuda.alloc : memref<1x1x53xf32>
  %sin = gac_cuda.alloc : memref<1x1x53xf32>
  %o = gac_cuda.alloc : memref<1x8x1x112xbf16>
  %ws = gac_cuda.alloc : memref<14592xf32>
  gac_cuda.rope ins(%q, %cos, %sin : memref<1x8x1x112xbf16>, memref<1x1x53xf32>, memref<1x1x53xf32>) outs(%qr : memref<1x8x1x112xbf16>) {half = 56 : i64, vector = 8 : i32}
  gac_cuda.rope ins(%nk, %cos, %sin : memref<1x2x1x112xbf16>, memref<1x1x53xf32>, memref<1x1x53xf32>) at(%p : memref<i32>) outs(%k : memref<1x2x512x112xbf16>) {append, half = 56 : i64, vector = 8 : i32}
  gac_cuda.append ins(%nv : memref<1x2x1x112xbf16>) at(%p : memref<i32>) outs(%v : memref<1x2x512x112xbf16>) {vector = 8 : i32}
  gac_cuda.attention_decode ins(%qr, %k, %v : memref<1x8x1x112xbf16>, memref<1x2x512x112xbf16>, memref<1x2x512x112xbf16>) at(%p : memref<i32>) outs(%o : memref<1x8x1x112xbf16>) workspace(%ws : memref<14592xf32>) {group = 4 : i32, scale = 0.1 : f32, splits = 16 : i32, vector = 8 : i32}
  gac_cuda.attention_combine ins(%ws : memref<14592xf32>) outs(%o : memref<1x8x1x112xbf16>) {splits = 16 : i32}
}

// -----

// The tables change between the two rotations.
// CHECK-LABEL: gac_cuda.entry @tables
// CHECK: gac_cuda.attention_decode
gac_cuda.tensor cache @past_k "past_k" : tensor<1x2x512x112xbf16>
gac_cuda.tensor cache @past_v "past_v" : tensor<1x2x512x112xbf16>
gac_cuda.entry @tables dims {} inputs [] outputs [] {
  %k = gac_cuda.get @past_k : memref<1x2x512x112xbf16>
  %v = gac_cuda.get @past_v : memref<1x2x512x112xbf16>
  %p = gac_cuda.position "past_k" : memref<i32>
  %q = gac_cuda.alloc : memref<1x8x1x112xbf16>
  %qr = gac_cuda.alloc : memref<1x8x1x112xbf16>
  %nk = gac_cuda.alloc : memref<1x2x1x112xbf16>
  %nv = gac_cuda.alloc : memref<1x2x1x112xbf16>
  %cos = gac_cuda.alloc : memref<1x1x53xf32>
  %sin = gac_cuda.alloc : memref<1x1x53xf32>
  %o = gac_cuda.alloc : memref<1x8x1x112xbf16>
  %ws = gac_cuda.alloc : memref<14592xf32>
  gac_cuda.rope ins(%nk, %cos, %sin : memref<1x2x1x112xbf16>, memref<1x1x53xf32>, memref<1x1x53xf32>) at(%p : memref<i32>) outs(%k : memref<1x2x512x112xbf16>) {append, half = 56 : i64, vector = 8 : i32}
  memref.copy %sin, %cos : memref<1x1x53xf32> to memref<1x1x53xf32>
  gac_cuda.append ins(%nv : memref<1x2x1x112xbf16>) at(%p : memref<i32>) outs(%v : memref<1x2x512x112xbf16>) {vector = 8 : i32}
  gac_cuda.rope ins(%q, %cos, %sin : memref<1x8x1x112xbf16>, memref<1x1x53xf32>, memref<1x1x53xf32>) outs(%qr : memref<1x8x1x112xbf16>) {half = 56 : i64, vector = 8 : i32}
  gac_cuda.attention_decode ins(%qr, %k, %v : memref<1x8x1x112xbf16>, memref<1x2x512x112xbf16>, memref<1x2x512x112xbf16>) at(%p : memref<i32>) outs(%o : memref<1x8x1x112xbf16>) workspace(%ws : memref<14592xf32>) {group = 4 : i32, scale = 0.1 : f32, splits = 16 : i32, vector = 8 : i32}
  gac_cuda.attention_combine ins(%ws : memref<14592xf32>) outs(%o : memref<1x8x1x112xbf16>) {splits = 16 : i32}
}
