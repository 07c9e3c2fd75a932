// RUN: gac-translate --gac-to-cuda %s | FileCheck %s
// RUN: %if cuda %{ gac-translate --gac-to-cuda %s -o %t.cu && \
// RUN:   %nvcc -cubin -arch=sm_90a -std=c++17 -o %t.cubin %t.cu && \
// RUN:   %nvcc -cubin -arch=sm_80 -std=c++17 -o %t.cubin %t.cu %}

#same = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (j)>
#column = affine_map<(i, j) -> (i, 0)>
#flipped = affine_map<(i, j) -> (j, i)>
#three = affine_map<(i, j, k) -> (i, j, k)>
#last = affine_map<(i, j, k) -> (k)>
#outer = affine_map<(i, j, k) -> (i, j)>
#four = affine_map<(b, h, s, d) -> (b, h, s, d)>
module attributes {gac_cuda.dtype = "bf16"} {

// All of it contiguous: one row of vectors; the exponential of a sigmoid that
// is rounded to 16 bits is the hardware's.
// CHECK-LABEL: extern "C" __global__ void __launch_bounds__(256)
// CHECK-NEXT: silu_mul(const bf16 *in0, const bf16 *in1, bf16 *out0) {
// CHECK-NEXT: letNextLaunchStart();
// CHECK-NEXT: waitForLaunchBefore();
// CHECK-NEXT: forEachRowVector<8>(1, 576, [&](int64_t row, int64_t column, int valid) {
// CHECK-NEXT: const auto a0 = loadVector<8>(in0 + column);
// CHECK-NEXT: const auto a1 = loadVector<8>(in1 + column);
// CHECK-NEXT: Vector<bf16, 8> r2;
// CHECK-NEXT: #pragma unroll
// CHECK-NEXT: for (int i = 0; i < 8; ++i) {
// CHECK-NEXT: const float v0 = toFloat(a0.lanes[i]);
// CHECK-NEXT: const float v1 = toFloat(a1.lanes[i]);
// CHECK-NEXT: const float v2 = -v0;
// CHECK-NEXT: const float v3 = __expf(v2);
// CHECK-NEXT: const float v4 = v3 + 1.0f;
// CHECK-NEXT: const float v5 = v0 / v4;
// CHECK-NEXT: const float v6 = v5 * v1;
// CHECK-NEXT: const bf16 v7 = fromFloat<bf16>(v6);
// CHECK-NEXT: r2.lanes[i] = v7;
// CHECK-NEXT: }
// CHECK-NEXT: storeVector<8>(out0 + column, r2);
// CHECK-NEXT: });
// CHECK-NEXT: }
gac_cuda.kernel @silu_mul threads 256 (%a: memref<9x64xbf16>, %b: memref<9x64xbf16>, %c: memref<9x64xbf16>) {
  linalg.generic {indexing_maps = [#same, #same, #same], iterator_types = ["parallel", "parallel"]}
      ins(%a, %b : memref<9x64xbf16>, memref<9x64xbf16>) outs(%c : memref<9x64xbf16>) attrs = {gac_cuda.vector = 8 : i32} {
  ^bb0(%x: bf16, %y: bf16, %o: bf16):
    %one = arith.constant 1.0 : f32
    %0 = arith.extf %x : bf16 to f32
    %1 = arith.extf %y : bf16 to f32
    %2 = arith.negf %0 : f32
    %3 = math.exp %2 : f32
    %4 = arith.addf %3, %one : f32
    %5 = arith.divf %0, %4 : f32
    %6 = arith.mulf %5, %1 : f32
    %7 = arith.truncf %6 : f32 to bf16
    linalg.yield %7 : bf16
  }
}

// The same, to float: exact.
// CHECK-LABEL: sigmoid(
// CHECK: = expf(
gac_cuda.kernel @sigmoid threads 256 (%a: memref<9x64xf32>, %c: memref<9x64xf32>) {
  linalg.generic {indexing_maps = [#same, #same], iterator_types = ["parallel", "parallel"]}
      ins(%a : memref<9x64xf32>) outs(%c : memref<9x64xf32>) attrs = {gac_cuda.vector = 4 : i32} {
  ^bb0(%x: f32, %o: f32):
    %one = arith.constant 1.0 : f32
    %2 = arith.negf %x : f32
    %3 = math.exp %2 : f32
    %4 = arith.addf %3, %one : f32
    %5 = arith.divf %one, %4 : f32
    linalg.yield %5 : f32
  }
}

// A bias for all rows, a factor for each, an odd width, two results, one of
// them with a pitch. Vectors of 8 do not suit rows of 61.
// CHECK-LABEL: bias(const f16 *in0, const f16 *in1, const float *in2, f16 *out0, float *out1) {
// CHECK-NEXT: letNextLaunchStart();
// CHECK-NEXT: waitForLaunchBefore();
// CHECK-NEXT: forEachRowVector<1>(9, 61, [&](int64_t row, int64_t column, int valid) {
// CHECK-NEXT: const int64_t i0 = static_cast<unsigned>(row);
// CHECK-NEXT: const auto a0 = loadVector<1>(in0 + i0 * 61 + column);
// CHECK-NEXT: const auto a1 = loadVector<1>(in1 + column);
// CHECK-NEXT: const float a2 = *(in2 + i0);
// CHECK: storeVector<1>(out0 + i0 * 61 + column, r3);
// CHECK: storeVector<1>(out1 + i0 * 64 + column, r4);
gac_cuda.kernel @bias threads 256 (%a: memref<9x61xf16>, %b: memref<61xf16>, %f: memref<9x1xf32>, %c: memref<9x61xf16>, %d: memref<9x61xf32, strided<[64, 1]>>) {
  linalg.generic {indexing_maps = [#same, #row, #column, #same, #same], iterator_types = ["parallel", "parallel"]}
      ins(%a, %b, %f : memref<9x61xf16>, memref<61xf16>, memref<9x1xf32>) outs(%c, %d : memref<9x61xf16>, memref<9x61xf32, strided<[64, 1]>>) attrs = {gac_cuda.vector = 8 : i32} {
  ^bb0(%x: f16, %y: f16, %z: f32, %o: f16, %p: f32):
    %0 = arith.extf %x : f16 to f32
    %1 = arith.extf %y : f16 to f32
    %2 = arith.addf %0, %1 : f32
    %3 = arith.mulf %2, %z : f32
    %4 = arith.truncf %3 : f32 to f16
    linalg.yield %4, %3 : f16, f32
  }
}

// Rows that end inside of a vector.
// CHECK-LABEL: tail(
// CHECK-NEXT: letNextLaunchStart();
// CHECK-NEXT: waitForLaunchBefore();
// CHECK-NEXT: forEachRowVector<8>(4, 61, [&](int64_t row, int64_t column, int valid) {
// CHECK: loadVector<8>(in0 + i0 * 64 + column, valid);
// CHECK: storeVector<8>(out0 + i0 * 64 + column, r1, valid);
gac_cuda.kernel @tail threads 256 (%a: memref<4x61xbf16, strided<[64, 1]>>, %c: memref<4x61xbf16, strided<[64, 1]>>) {
  linalg.generic {indexing_maps = [#same, #same], iterator_types = ["parallel", "parallel"]}
      ins(%a : memref<4x61xbf16, strided<[64, 1]>>) outs(%c : memref<4x61xbf16, strided<[64, 1]>>) attrs = {gac_cuda.vector = 8 : i32} {
  ^bb0(%x: bf16, %o: bf16):
    linalg.yield %x : bf16
  }
}

// Transposed: the result by vectors, lane by lane from the source.
// CHECK-LABEL: transpose(
// CHECK-NEXT: letNextLaunchStart();
// CHECK-NEXT: waitForLaunchBefore();
// CHECK-NEXT: forEachRowVector<8>(24, 16, [&](int64_t row, int64_t column, int valid) {
// CHECK: Vector<bf16, 8> a0 = {};
// CHECK: a0.lanes[i] = (in0 + i0 + column * 24)[i * 24LL];
// CHECK: storeVector<8>(out0 + i0 * 16 + column, r1);
gac_cuda.kernel @transpose threads 256 (%a: memref<16x24xbf16>, %c: memref<24x16xbf16>) {
  linalg.generic {indexing_maps = [#flipped, #same], iterator_types = ["parallel", "parallel"]}
      ins(%a : memref<16x24xbf16>) outs(%c : memref<24x16xbf16>) attrs = {gac_cuda.vector = 8 : i32} {
  ^bb0(%x: bf16, %o: bf16):
    linalg.yield %x : bf16
  }
}

// Heads from between the tokens: three loops of rows, the result in place of
// the last.
// CHECK-LABEL: heads(
// CHECK-NEXT: letNextLaunchStart();
// CHECK-NEXT: waitForLaunchBefore();
// CHECK-NEXT: forEachRowVector<8>(72, 16, [&](int64_t row, int64_t column, int valid) {
// CHECK-NEXT: const int64_t i2 = static_cast<unsigned>(row) % 9;
// CHECK-NEXT: const int64_t i1 = static_cast<unsigned>(row) / 9 % 4;
// CHECK-NEXT: const int64_t i0 = static_cast<unsigned>(row) / 36;
// CHECK-NEXT: loadVector<8>(in0 + i0 * 576 + i1 * 16 + i2 * 64 + column);
// CHECK: storeVector<8>(out0 + i0 * 1024 + i1 * 256 + i2 * 16 + column, r1);
gac_cuda.kernel @heads threads 256 (%a: memref<2x4x9x16xbf16, strided<[576, 16, 64, 1]>>, %c: memref<2x4x9x16xbf16, strided<[1024, 256, 16, 1]>>) {
  linalg.generic {indexing_maps = [#four, #four], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%a : memref<2x4x9x16xbf16, strided<[576, 16, 64, 1]>>) outs(%c : memref<2x4x9x16xbf16, strided<[1024, 256, 16, 1]>>) attrs = {gac_cuda.vector = 8 : i32} {
  ^bb0(%x: bf16, %o: bf16):
    linalg.yield %x : bf16
  }
}

// Indices of loops that were joined.
// CHECK-LABEL: angles(const int64_t *in0, const float *in1, bf16 *out0, int64_t *out1, bool *out2) {
// CHECK-NEXT: letNextLaunchStart();
// CHECK-NEXT: waitForLaunchBefore();
// CHECK-NEXT: forEachRowVector<1>(10, 8, [&](int64_t row, int64_t column, int valid) {
// CHECK: const int64_t v0 = wrappingAdd(a0, (i0 % 5));
// CHECK-NEXT: const float v1 = static_cast<float>(v0);
// CHECK-NEXT: const float v2 = v1 * a1.lanes[i];
// CHECK-NEXT: const float v3 = cosf(v2);
// CHECK-NEXT: const bf16 v4 = fromFloat<bf16>(v3);
// CHECK-NEXT: const int64_t v5 = wrappingMultiply((i0 / 5), (column + i));
// CHECK-NEXT: const bool v6 = v5 < int64_t(3);
gac_cuda.kernel @angles threads 256 (%p: memref<2x5xi64>, %f: memref<8xf32>, %c: memref<2x5x8xbf16>, %d: memref<2x5x8xi64>, %e: memref<2x5x8xi1>) {
  linalg.generic {indexing_maps = [#outer, #last, #three, #three, #three], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%p, %f : memref<2x5xi64>, memref<8xf32>) outs(%c, %d, %e : memref<2x5x8xbf16>, memref<2x5x8xi64>, memref<2x5x8xi1>) {
  ^bb0(%x: i64, %y: f32, %o: bf16, %q: i64, %r: i1):
    %three = arith.constant 3 : i64
    %j = linalg.index 1 : index
    %i = linalg.index 0 : index
    %k = linalg.index 2 : index
    %j64 = arith.index_cast %j : index to i64
    %0 = arith.addi %x, %j64 : i64
    %1 = arith.sitofp %0 : i64 to f32
    %2 = arith.mulf %1, %y : f32
    %3 = math.cos %2 : f32
    %4 = arith.truncf %3 : f32 to bf16
    %5 = arith.muli %i, %k : index
    %6 = arith.index_cast %5 : index to i64
    %7 = arith.cmpi slt, %6, %three : i64
    linalg.yield %4, %6, %7 : bf16, i64, i1
  }
}

// What is read of a result, in place; a scalar.
// CHECK-LABEL: scalar(const int32_t *in0, float *out0) {
// CHECK-NEXT: letNextLaunchStart();
// CHECK-NEXT: waitForLaunchBefore();
// CHECK-NEXT: forEachRowVector<1>(1, 1,
// CHECK: const auto a1 = loadVector<1>(out0 + column);
gac_cuda.kernel @scalar threads 32 (%a: memref<i32>, %c: memref<f32>) {
  linalg.generic {indexing_maps = [affine_map<() -> ()>, affine_map<() -> ()>], iterator_types = []}
      ins(%a : memref<i32>) outs(%c : memref<f32>) {
  ^bb0(%x: i32, %o: f32):
    %0 = arith.uitofp %x : i32 to f32
    %1 = arith.addf %0, %o : f32
    linalg.yield %1 : f32
  }
}
}
