// RUN: gac-translate --gac-to-cuda %s | FileCheck %s
// RUN: %if cuda %{ gac-translate --gac-to-cuda %s -o %t.cu && \
// RUN:   %nvcc -cubin -arch=sm_90a -std=c++17 -o %t.cubin %t.cu && \
// RUN:   %nvcc -cubin -arch=sm_80 -std=c++17 -o %t.cubin %t.cu %}

// Each family of kernels with its shape; only the headers that are needed, each
// once and after those that it includes.

// CHECK: // The kernels of a GAC package, for the model 'm.onnx'.
// CHECK-COUNT-1: #ifndef GAC_KERNELS_COMMON_CUH
// CHECK-NOT: #include "
// CHECK: #ifndef GAC_KERNELS_PTX_CUH
// CHECK: #ifndef GAC_KERNELS_ATTENTIONPREFILL_CUH
// CHECK: #ifndef GAC_KERNELS_ATTENTIONDECODE_CUH
// CHECK-COUNT-1: #ifndef GAC_KERNELS_ELEMENTWISE_CUH
// CHECK: using namespace gac::kernels;
module attributes {gac_cuda.dtype = "bf16", gac_cuda.model = "m.onnx"} {

// CHECK-LABEL: extern "C" __global__ void __launch_bounds__(32)
// CHECK-NEXT: norm_0(const bf16 *x, const float *weight, bf16 *y) {
// CHECK: constexpr RMSNormShape shape{
// CHECK-NEXT: /*width=*/64,
// CHECK-NEXT: /*count=*/61,
// CHECK-NEXT: /*epsilon=*/9.99999997E-7f,
// CHECK-NEXT: /*xPitch=*/64,
// CHECK-NEXT: /*yPitch=*/72};
// CHECK-NEXT: rmsNorm<bf16, float, 8, rmsNormHeld(64, 8, 32), false>(
// CHECK-NEXT: x, nullptr, weight, nullptr, y, shape);
gac_cuda.kernel @norm_0 threads 32 (%x: memref<1x9x64xbf16>, %w: memref<64xf32>, %y: memref<1x9x64xbf16, strided<[648, 72, 1]>>) {
  gac_cuda.rms_norm ins(%x, %w : memref<1x9x64xbf16>, memref<64xf32>) outs(%y : memref<1x9x64xbf16, strided<[648, 72, 1]>>) {count = 61 : i64, epsilon = 1.0e-6 : f32, vector = 8 : i32}
}

// Rows of heads that lie apart.
// CHECK-LABEL: norm_1(
// CHECK: /*xPitch=*/0,
// CHECK: x + ((static_cast<int64_t>(blockIdx.x) / 5) * 16 + (static_cast<int64_t>(blockIdx.x) % 5) * 64), nullptr, weight, nullptr, y, shape);
gac_cuda.kernel @norm_1 threads 32 (%x: memref<1x4x5x16xbf16, strided<[320, 16, 64, 1]>>, %w: memref<16xbf16>, %y: memref<1x4x5x16xbf16>) {
  gac_cuda.rms_norm ins(%x, %w : memref<1x4x5x16xbf16, strided<[320, 16, 64, 1]>>, memref<16xbf16>) outs(%y : memref<1x4x5x16xbf16>) {count = 16 : i64, epsilon = 1.0e-5 : f32}
}

// In place: one parameter is both.
// CHECK-LABEL: rope_0(bf16 *x, const float *cosTable, const float *sinTable) {
// CHECK: /*storedHalf=*/8,
// CHECK-NEXT: /*logicalHalf=*/6,
// CHECK-NEXT: /*tablePitch=*/6,
// CHECK-NEXT: /*tableBatch=*/0,
// CHECK-NEXT: /*capacity=*/0,
// CHECK-NEXT: /*x=*/{576, 64, 16},
// CHECK-NEXT: /*y=*/{576, 64, 16}};
// CHECK-NEXT: rope<bf16, float, 2>(x, cosTable, sinTable, nullptr, x, shape, {}, {});
gac_cuda.kernel @rope_0 threads 256 (%x: memref<2x4x9x16xbf16, strided<[576, 16, 64, 1]>>, %c: memref<1x9x6xf32>, %s: memref<1x9x6xf32>) {
  gac_cuda.rope ins(%x, %c, %s : memref<2x4x9x16xbf16, strided<[576, 16, 64, 1]>>, memref<1x9x6xf32>, memref<1x9x6xf32>) outs(%x : memref<2x4x9x16xbf16, strided<[576, 16, 64, 1]>>) {half = 8 : i64, vector = 2 : i32}
}

// Keys are rotated right into their cache.
// CHECK-LABEL: rope_1(const bf16 *x, const float *cosTable, const float *sinTable, const int32_t *position, bf16 *y) {
// CHECK: /*capacity=*/33,
// CHECK-NEXT: /*x=*/{64, 64, 16},
// CHECK-NEXT: /*y=*/{2112, 16, 528}};
// CHECK-NEXT: rope<bf16, float, 8>(x, cosTable, sinTable, nullptr, y, shape, {}, {2, position});
gac_cuda.kernel @rope_1 threads 256 (%x: memref<1x4x1x16xbf16, strided<[64, 16, 64, 1]>>, %c: memref<1x1x8xf32>, %s: memref<1x1x8xf32>, %p: memref<i32>, %y: memref<1x4x33x16xbf16>) {
  gac_cuda.rope ins(%x, %c, %s : memref<1x4x1x16xbf16, strided<[64, 16, 64, 1]>>, memref<1x1x8xf32>, memref<1x1x8xf32>) at(%p : memref<i32>) outs(%y : memref<1x4x33x16xbf16>) {append, half = 8 : i64, past = 2 : i64, vector = 8 : i32}
}

// CHECK-LABEL: embed_0(const bf16 *table, const int64_t *ids, bf16 *y) {
// CHECK: /*tokens=*/18,
// CHECK-NEXT: /*tableRows=*/97,
// CHECK-NEXT: /*width=*/64,
// CHECK: embed<bf16, int64_t, 8>(ids, table, y, shape);
gac_cuda.kernel @embed_0 threads 256 (%t: memref<97x64xbf16>, %i: memref<2x9xi64>, %y: memref<2x9x64xbf16>) {
  gac_cuda.embed ins(%t, %i : memref<97x64xbf16>, memref<2x9xi64>) outs(%y : memref<2x9x64xbf16>) {vector = 8 : i32}
}

// CHECK-LABEL: append_0(const bf16 *rows, const int32_t *position, bf16 *cache) {
// CHECK: /*capacity=*/33,
// CHECK-NEXT: /*source=*/{64, 64, 16},
// CHECK-NEXT: /*cache=*/{2112, 16, 528}};
// CHECK-NEXT: appendToCache<bf16, 8>(rows, cache, shape, {0, position});
gac_cuda.kernel @append_0 threads 256 (%r: memref<1x4x1x16xbf16, strided<[64, 16, 64, 1]>>, %p: memref<i32>, %c: memref<1x4x33x16xbf16>) {
  gac_cuda.append ins(%r : memref<1x4x1x16xbf16, strided<[64, 16, 64, 1]>>) at(%p : memref<i32>) outs(%c : memref<1x4x33x16xbf16>) {vector = 8 : i32}
}

// CHECK-LABEL: append_1(
// CHECK: appendToCache<f16, 1>(rows, cache, shape, {});
gac_cuda.kernel @append_1 threads 256 (%r: memref<1x4x5x15xf16>, %c: memref<1x4x33x15xf16>) {
  gac_cuda.append ins(%r : memref<1x4x5x15xf16>) outs(%c : memref<1x4x33x15xf16>)
}

// A weight as [n, k], seen as [k, n]; parts of k.
// CHECK: __launch_bounds__(256, kGemvBlocks)
// CHECK-NEXT: GAC_CLUSTER(2)
// CHECK-NEXT: gemv_0(const bf16 *x, const bf16 *weight, const bf16 *bias, const bf16 *residual, bf16 *y, float *workspace, int32_t *counters) {
// CHECK: /*wPitch=*/2048,
// CHECK: /*layout=*/WeightLayout::NK,
// CHECK-NEXT: /*columns=*/128,
// CHECK-NEXT: /*splits=*/2,
// CHECK-NEXT: /*depth=*/3};
// CHECK-NEXT: const PlainInput<bf16> input{x};
// CHECK-NEXT: gemv<bf16, shape.layout, 8, shape.columns, 1, shape.depth, gemvReadsDirectly(shape), kHasClusters>(
// CHECK-NEXT: input, weight, bias, residual, y, reinterpret_cast<unsigned *>(counters), workspace, shared, shape, blockIdx.x);
gac_cuda.kernel @gemv_0 threads 256 (%x: memref<2x2048xbf16>, %w: memref<2048x64xbf16, strided<[1, 2048]>>, %b: memref<64xbf16>, %r: memref<2x64xbf16>, %y: memref<2x64xbf16>, %ws: memref<528xf32>, %c: memref<4xi32>) {
  gac_cuda.gemv ins(%x, %w : memref<2x2048xbf16>, memref<2048x64xbf16, strided<[1, 2048]>>) bias(%b : memref<64xbf16>) add(%r : memref<2x64xbf16>) outs(%y : memref<2x64xbf16>) workspace(%ws, %c : memref<528xf32>, memref<4xi32>) {columns = 128 : i32, splits = 2 : i32, depth = 3 : i32, vector = 8 : i32}
}

// Nothing is aligned, and there are three groups of rows.
// CHECK-LABEL: gemv_1(
// CHECK: /*layout=*/WeightLayout::KN,
// CHECK: gemv<f16, shape.layout, 1, shape.columns, 3, shape.depth, gemvReadsDirectly(shape), kHasClusters>(
// CHECK-NEXT: input, weight, nullptr, nullptr, y, nullptr, nullptr, shared, shape, blockIdx.x);
gac_cuda.kernel @gemv_1 threads 256 (%x: memref<17x37xf16>, %w: memref<37x61xf16>, %y: memref<17x61xf16>) {
  gac_cuda.gemv ins(%x, %w : memref<17x37xf16>, memref<37x61xf16>) outs(%y : memref<17x61xf16>) {columns = 64 : i32, splits = 1 : i32, depth = 2 : i32}
}

// The operand is computed on the way.
// CHECK-LABEL: gemv_2(
// CHECK: const NormalizedInput<bf16, float> input{x, norm, 61, 9.99999974E-6f};
// CHECK-LABEL: gemv_3(
// CHECK: const GatedInput<bf16> input{x, gate};
gac_cuda.kernel @gemv_2 threads 256 (%x: memref<1x64xbf16>, %n: memref<64xf32>, %w: memref<64x64xbf16>, %y: memref<1x64xbf16>) {
  gac_cuda.gemv ins(%x, %w : memref<1x64xbf16>, memref<64x64xbf16>) norm(%n : memref<64xf32>) outs(%y : memref<1x64xbf16>) {count = 61 : i64, epsilon = 1.0e-5 : f32, columns = 64 : i32, splits = 1 : i32, depth = 2 : i32, vector = 8 : i32}
}
gac_cuda.kernel @gemv_3 threads 256 (%x: memref<2x64xbf16, strided<[128, 1]>>, %g: memref<2x64xbf16, strided<[128, 1]>>, %w: memref<64x64xbf16>, %y: memref<2x64xbf16>) {
  gac_cuda.gemv ins(%x, %w : memref<2x64xbf16, strided<[128, 1]>>, memref<64x64xbf16>) gate(%g : memref<2x64xbf16, strided<[128, 1]>>) outs(%y : memref<2x64xbf16>) {columns = 64 : i32, splits = 1 : i32, depth = 2 : i32, vector = 8 : i32}
}

// Products that share a launch, each with its own layout; what they share is one
// argument.
// CHECK: __launch_bounds__(256, kGemvBlocks)
// CHECK-NEXT: GAC_CLUSTER(2)
// CHECK-NEXT: gemv_group_0(const bf16 *x0, const bf16 *weight0, bf16 *y0, float *workspace0, int32_t *counters, const bf16 *weight1, bf16 *y1, float *workspace1) {
// CHECK-NEXT: extern __shared__ uint4 shared[];
// CHECK-NEXT: if (blockIdx.x < 3) {
// CHECK-NEXT: constexpr GemvShape shape{
// CHECK: /*n=*/136,
// CHECK: /*columns=*/48,
// CHECK: gemv<bf16, shape.layout, 8, shape.columns, 1, shape.depth, gemvReadsDirectly(shape), kHasClusters>(
// CHECK-NEXT: input, weight0, nullptr, nullptr, y0, reinterpret_cast<unsigned *>(counters), workspace0, shared, shape, blockIdx.x);
// CHECK-NEXT: }
// CHECK-NEXT: if (blockIdx.x >= 3 && blockIdx.x < 4) {
// CHECK: /*n=*/64,
// CHECK: const PlainInput<bf16> input{x0};
// CHECK: input, weight1, nullptr, nullptr, y1, reinterpret_cast<unsigned *>(counters), workspace1, shared, shape, blockIdx.x - 3);
// CHECK-NEXT: }
// CHECK-NEXT: }
gac_cuda.kernel @gemv_group_0 threads 256 (%x: memref<2x512xbf16>, %a: memref<512x136xbf16>, %y: memref<2x136xbf16>, %u: memref<624xf32>, %c: memref<4xi32>, %b: memref<512x64xbf16>, %z: memref<2x64xbf16>, %v: memref<272xf32>) {
  gac_cuda.gemv_group {
    gac_cuda.gemv ins(%x, %a : memref<2x512xbf16>, memref<512x136xbf16>) outs(%y : memref<2x136xbf16>) workspace(%u, %c : memref<624xf32>, memref<4xi32>) {columns = 48 : i32, splits = 2 : i32, depth = 2 : i32, vector = 8 : i32}
    gac_cuda.gemv ins(%x, %b : memref<2x512xbf16>, memref<512x64xbf16>) outs(%z : memref<2x64xbf16>) workspace(%v, %c : memref<272xf32>, memref<4xi32>) {columns = 64 : i32, splits = 2 : i32, depth = 2 : i32, vector = 8 : i32}
  }
}

// CHECK-LABEL: attention_0(const bf16 *q, const bf16 *k, const bf16 *v, bf16 *o) {
// CHECK: /*heads=*/4,
// CHECK-NEXT: /*keyHeads=*/2,
// CHECK-NEXT: /*keyWidth=*/13,
// CHECK-NEXT: /*valueWidth=*/24,
// CHECK-NEXT: /*scale=*/0.25f,
// CHECK-NEXT: /*q=*/{468, 52, 13},
// CHECK: extern __shared__ uint4 shared[];
// CHECK-NEXT: attentionPrefill<bf16, 16, 32, 1, true>(
// CHECK-NEXT: q, k, v, o, shape, {}, shared);
gac_cuda.kernel @attention_0 threads 128 (%q: memref<1x4x9x13xbf16, strided<[468, 13, 52, 1]>>, %k: memref<1x2x9x13xbf16>, %v: memref<1x2x9x24xbf16>, %o: memref<1x4x9x24xbf16, strided<[864, 24, 96, 1]>>) {
  gac_cuda.attention_prefill ins(%q, %k, %v : memref<1x4x9x13xbf16, strided<[468, 13, 52, 1]>>, memref<1x2x9x13xbf16>, memref<1x2x9x24xbf16>) outs(%o : memref<1x4x9x24xbf16, strided<[864, 24, 96, 1]>>) {scale = 0.25 : f32, causal}
}

// CHECK-LABEL: prefill_1(
// CHECK: attentionPrefill<f16, 16, 16, 8, false>(
// CHECK-NEXT: q, k, v, o, shape, {0, position}, shared);
gac_cuda.kernel @prefill_1 threads 128 (%q: memref<1x4x9x16xf16>, %k: memref<1x2x33x16xf16>, %v: memref<1x2x33x16xf16>, %p: memref<i32>, %o: memref<1x4x9x16xf16>) {
  gac_cuda.attention_prefill ins(%q, %k, %v : memref<1x4x9x16xf16>, memref<1x2x33x16xf16>, memref<1x2x33x16xf16>) at(%p : memref<i32>) outs(%o : memref<1x4x9x16xf16>) {scale = 0.25 : f32, vector = 8 : i32}
}

// CHECK-LABEL: attention_1(const bf16 *q, const bf16 *k, const bf16 *v, const int32_t *position, bf16 *o, float *workspace) {
// CHECK: attentionDecode<bf16, decodeLanes(16, 16), 2, 8>(
// CHECK-NEXT: q, k, v, o, workspace, shape, {0, position});
gac_cuda.kernel @attention_1 threads 128 (%q: memref<1x4x1x16xbf16>, %k: memref<1x2x33x16xbf16>, %v: memref<1x2x33x16xbf16>, %p: memref<i32>, %o: memref<1x4x1x16xbf16>, %ws: memref<1x4x3x18xf32>) {
  gac_cuda.attention_decode ins(%q, %k, %v : memref<1x4x1x16xbf16>, memref<1x2x33x16xbf16>, memref<1x2x33x16xbf16>) at(%p : memref<i32>) outs(%o : memref<1x4x1x16xbf16>) workspace(%ws : memref<1x4x3x18xf32>) {scale = 0.25 : f32, group = 2 : i32, splits = 3 : i32, vector = 8 : i32}
}

// CHECK-LABEL: attention_2(
// CHECK: q, k, v, o, nullptr, shape, {32});
gac_cuda.kernel @attention_2 threads 128 (%q: memref<1x4x1x16xf16>, %k: memref<1x2x33x16xf16>, %v: memref<1x2x33x16xf16>, %o: memref<1x4x1x16xf16>) {
  gac_cuda.attention_decode ins(%q, %k, %v : memref<1x4x1x16xf16>, memref<1x2x33x16xf16>, memref<1x2x33x16xf16>) outs(%o : memref<1x4x1x16xf16>) {scale = 0.25 : f32, past = 32 : i64, group = 2 : i32, splits = 1 : i32, vector = 8 : i32}
}

// CHECK-LABEL: combine_0(const float *workspace, bf16 *o) {
// CHECK: shape.valueWidth = 16;
// CHECK: attentionCombine<bf16>(workspace, o, shape, 3);
gac_cuda.kernel @combine_0 threads 32 (%ws: memref<1x4x3x18xf32>, %o: memref<1x4x1x16xbf16>) {
  gac_cuda.attention_combine ins(%ws : memref<1x4x3x18xf32>) outs(%o : memref<1x4x1x16xbf16>) {splits = 3 : i32}
}

// A step of decoding in one kernel, with and without a rotation.
// CHECK: __launch_bounds__(128)
// CHECK-NEXT: GAC_CLUSTER(2)
// CHECK-NEXT: attention_step_0(const bf16 *q, const bf16 *newKey, const bf16 *newValue, const float *cosTable, const float *sinTable, const int32_t *position, bf16 *k, bf16 *v, bf16 *o, float *workspace, int32_t *counters) {
// CHECK-NEXT: constexpr AttentionShape attention{
// CHECK: /*keyWidth=*/112,
// CHECK: constexpr AttentionStepShape shape{
// CHECK-NEXT: /*attention=*/attention,
// CHECK-NEXT: /*newKey=*/{224, 112, 112},
// CHECK-NEXT: /*newValue=*/{192, 96, 96},
// CHECK-NEXT: /*capacity=*/512,
// CHECK-NEXT: /*storedHalf=*/56,
// CHECK-NEXT: /*logicalHalf=*/53,
// CHECK-NEXT: /*tableBatch=*/56,
// CHECK-NEXT: /*group=*/4,
// CHECK-NEXT: /*splits=*/2,
// CHECK-NEXT: /*depth=*/3};
// CHECK-NEXT: extern __shared__ uint4 shared[];
// CHECK-NEXT: attentionStep<bf16, float, 112, 96, shape.group, shape.depth, shape.splits <= kMostCluster>(
// CHECK-NEXT: q, newKey, newValue, cosTable, sinTable, k, v, o, reinterpret_cast<unsigned *>(counters), workspace, shared, shape, {1, position});
gac_cuda.kernel @attention_step_0 threads 128 (%q: memref<2x8x1x112xbf16>, %nk: memref<2x2x1x112xbf16>, %nv: memref<2x2x1x96xbf16>, %cos: memref<2x1x53xf32, strided<[56, 53, 1]>>, %sin: memref<2x1x53xf32, strided<[56, 53, 1]>>, %p: memref<i32>, %k: memref<2x2x512x112xbf16>, %v: memref<2x2x512x96xbf16>, %o: memref<2x8x1x96xbf16>, %ws: memref<3200xf32>, %c: memref<4xi32>) {
  gac_cuda.attention_step ins(%q, %nk, %nv : memref<2x8x1x112xbf16>, memref<2x2x1x112xbf16>, memref<2x2x1x96xbf16>) rotated(%cos, %sin : memref<2x1x53xf32, strided<[56, 53, 1]>>, memref<2x1x53xf32, strided<[56, 53, 1]>>) at(%p : memref<i32>) caches(%k, %v : memref<2x2x512x112xbf16>, memref<2x2x512x96xbf16>) outs(%o : memref<2x8x1x96xbf16>) workspace(%ws, %c : memref<3200xf32>, memref<4xi32>) {past = 1 : i64, scale = 0.1 : f32, half = 56 : i64, group = 4 : i32, splits = 2 : i32, depth = 3 : i32}
}
// CHECK-LABEL: attention_step_1(const f16 *q, const f16 *newKey, f16 *k, f16 *v, f16 *o) {
// CHECK: /*logicalHalf=*/0,
// CHECK: attentionStep<f16, float, 48, 48, shape.group, shape.depth, shape.splits <= kMostCluster>(
// CHECK-NEXT: q, newKey, newKey, static_cast<const float *>(nullptr), static_cast<const float *>(nullptr), k, v, o, nullptr, nullptr, shared, shape, {7});
gac_cuda.kernel @attention_step_1 threads 128 (%q: memref<1x2x1x40xf16>, %n: memref<1x2x1x40xf16>, %k: memref<1x2x8x40xf16>, %v: memref<1x2x8x40xf16>, %o: memref<1x2x1x40xf16>) {
  gac_cuda.attention_step ins(%q, %n, %n : memref<1x2x1x40xf16>, memref<1x2x1x40xf16>, memref<1x2x1x40xf16>) caches(%k, %v : memref<1x2x8x40xf16>, memref<1x2x8x40xf16>) outs(%o : memref<1x2x1x40xf16>) {past = 7 : i64, scale = 0.1 : f32, group = 1 : i32, splits = 1 : i32, depth = 1 : i32}
}

}
