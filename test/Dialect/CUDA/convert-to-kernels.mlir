// RUN: gac-opt %s --pass-pipeline="builtin.module(func.func(gac-convert-to-kernels,canonicalize))" | FileCheck %s

// A bias and a residual go with the product, whose rows are one axis.
// CHECK-LABEL: @f
// CHECK: %[[A:.*]] = tensor.collapse_shape %arg0 {{.*}} into tensor<16x64xbf16>
// CHECK: %[[R:.*]] = tensor.collapse_shape %arg3 {{.*}} into tensor<16x48xbf16>
// CHECK: %[[Y:.*]] = gac_cuda.matmul ins(%[[A]], %arg1 : tensor<16x64xbf16>, tensor<64x48xbf16>) bias(%arg2 : tensor<48xbf16>) add(%[[R]] : tensor<16x48xbf16>) outs(%{{.*}} : tensor<16x48xbf16>) -> tensor<16x48xbf16>
// CHECK: tensor.expand_shape %[[Y]] {{.*}} into tensor<2x8x48xbf16>
// CHECK-NEXT: return
func.func @f(%x: tensor<2x8x64xbf16>, %w: tensor<64x48xbf16>, %b: tensor<48xbf16>, %r: tensor<2x8x48xbf16>) -> tensor<2x8x48xbf16> {
  %0 = gac.matmul %x, %w : (tensor<2x8x64xbf16>, tensor<64x48xbf16>) -> tensor<2x8x48xbf16>
  %1 = gac.add %0, %b : (tensor<2x8x48xbf16>, tensor<48xbf16>) -> tensor<2x8x48xbf16>
  %2 = gac.add %r, %1 : (tensor<2x8x48xbf16>, tensor<2x8x48xbf16>) -> tensor<2x8x48xbf16>
  return %2 : tensor<2x8x48xbf16>
}

// Of one row what is constant is the bias, and leaves room for the residual.
// CHECK-LABEL: @one_row
// CHECK: %[[B:.*]] = gac.initializer "b"
// CHECK: gac_cuda.matmul ins(%arg0, %arg1 : tensor<1x64xbf16>, tensor<64x48xbf16>) bias(%[[B]] : tensor<48xbf16>) add(%arg2 : tensor<1x48xbf16>) outs(
// CHECK-NOT: linalg.generic
// CHECK: return
func.func @one_row(%x: tensor<1x64xbf16>, %w: tensor<64x48xbf16>, %r: tensor<1x48xbf16>) -> tensor<1x48xbf16> {
  %b = gac.initializer "b" = dense<1.0> : tensor<48xbf16>
  %0 = gac.matmul %x, %w : (tensor<1x64xbf16>, tensor<64x48xbf16>) -> tensor<1x48xbf16>
  %1 = gac.add %0, %b : (tensor<1x48xbf16>, tensor<48xbf16>) -> tensor<1x48xbf16>
  %2 = gac.add %1, %r : (tensor<1x48xbf16>, tensor<1x48xbf16>) -> tensor<1x48xbf16>
  return %2 : tensor<1x48xbf16>
}

// Somebody else reads the product as it is.
// CHECK-LABEL: @shared
// CHECK: gac_cuda.matmul ins(%arg0, %arg1 : tensor<8x64xbf16>, tensor<64x48xbf16>) outs(
// CHECK: linalg.generic
// CHECK: arith.addf
func.func @shared(%x: tensor<8x64xbf16>, %w: tensor<64x48xbf16>, %b: tensor<48xbf16>) -> (tensor<8x48xbf16>, tensor<8x48xbf16>) {
  %0 = gac.matmul %x, %w : (tensor<8x64xbf16>, tensor<64x48xbf16>) -> tensor<8x48xbf16>
  %1 = gac.add %0, %b : (tensor<8x48xbf16>, tensor<48xbf16>) -> tensor<8x48xbf16>
  return %0, %1 : tensor<8x48xbf16>, tensor<8x48xbf16>
}

// CHECK-LABEL: @batched
// CHECK: gac_cuda.matmul ins(%{{.*}}, %{{.*}} : tensor<6x8x64xbf16>, tensor<6x64x48xbf16>)
func.func @batched(%x: tensor<2x3x8x64xbf16>, %w: tensor<2x3x64x48xbf16>) -> tensor<2x3x8x48xbf16> {
  %0 = gac.matmul %x, %w : (tensor<2x3x8x64xbf16>, tensor<2x3x64x48xbf16>) -> tensor<2x3x8x48xbf16>
  return %0 : tensor<2x3x8x48xbf16>
}

// CHECK-LABEL: @gemm
// CHECK: %[[T:.*]] = gac.transpose %arg1 {perm = array<i64: 1, 0>}
// CHECK: gac_cuda.matmul ins(%arg0, %[[T]] : tensor<8x64xbf16>, tensor<64x48xbf16>) bias(%arg2 : tensor<48xbf16>) outs({{.*}}) {alpha = 5.000000e-01 : f32}
func.func @gemm(%x: tensor<8x64xbf16>, %w: tensor<48x64xbf16>, %b: tensor<48xbf16>) -> tensor<8x48xbf16> {
  %0 = gac.gemm %x, %w, %b {transB = 1 : i64, alpha = 5.0e-01 : f32} : (tensor<8x64xbf16>, tensor<48x64xbf16>, tensor<48xbf16>) -> tensor<8x48xbf16>
  return %0 : tensor<8x48xbf16>
}

// Padding is not counted.
// CHECK-LABEL: @norm
// CHECK: gac_cuda.rms_norm ins(%{{.*}}, %arg1 : tensor<16x64xbf16>, tensor<64xbf16>) outs({{.*}}) {count = 64 : i64, epsilon = 9.99999974E-6 : f32}
// CHECK: gac_cuda.rms_norm ins(%{{.*}}, %arg1 : tensor<16x64xbf16>, tensor<64xbf16>) outs({{.*}}) {count = 61 : i64, epsilon = 1.000000e+00 : f32}
func.func @norm(%x: tensor<2x8x64xbf16>, %w: tensor<64xbf16>) -> tensor<2x8x64xbf16> {
  %0 = gac.rms_normalization %x, %w : (tensor<2x8x64xbf16>, tensor<64xbf16>) -> tensor<2x8x64xbf16>
  %1 = gac.rms_normalization %0, %w {logical_count = 61 : i64, epsilon = 1.0 : f32} : (tensor<2x8x64xbf16>, tensor<64xbf16>) -> tensor<2x8x64xbf16>
  return %1 : tensor<2x8x64xbf16>
}

// Heads become an axis, and rows of the tables are looked up.
// CHECK-LABEL: @rope3
// CHECK: %[[X:.*]] = gac.transpose %{{.*}} {perm = array<i64: 0, 2, 1, 3>} : (tensor<2x8x4x32xbf16>) -> tensor<2x4x8x32xbf16>
// CHECK: %[[COS:.*]] = gac_cuda.embed ins(%arg1, %arg2 : tensor<50x8xf32>, tensor<2x8xi64>)
// CHECK: gac_cuda.rope ins(%[[X]], %[[COS]], %{{.*}} : tensor<2x4x8x32xbf16>, tensor<2x8x8xf32>, tensor<2x8x8xf32>) outs({{.*}}) {half = 8 : i64}
func.func @rope3(%x: tensor<2x8x128xbf16>, %cos: tensor<50x8xf32>, %ids: tensor<2x8xi64>) -> tensor<2x8x128xbf16> {
  %0 = gac.rotary_embedding %x, %cos, %cos, %ids {num_heads = 4 : i64, rotary_embedding_dim = 16 : i64} : (tensor<2x8x128xbf16>, tensor<50x8xf32>, tensor<50x8xf32>, tensor<2x8xi64>) -> tensor<2x8x128xbf16>
  return %0 : tensor<2x8x128xbf16>
}

// The kernel rotates halves: neighbours are sorted before and after.
// CHECK-LABEL: @interleaved
// CHECK: %[[PAIRS:.*]] = tensor.expand_shape %arg0 {{.*}} : tensor<2x4x8x32xbf16> into tensor<2x4x8x16x2xbf16>
// CHECK: %[[SORTED:.*]] = gac.transpose %[[PAIRS]] {perm = array<i64: 0, 1, 2, 4, 3>} : (tensor<2x4x8x16x2xbf16>) -> tensor<2x4x8x2x16xbf16>
// CHECK: %[[X:.*]] = tensor.collapse_shape %[[SORTED]]
// CHECK: %[[Y:.*]] = gac_cuda.rope ins(%[[X]], %arg1, %arg1 : {{.*}}) outs({{.*}}) {half = 16 : i64}
// CHECK: %[[HALVES:.*]] = tensor.expand_shape %[[Y]] {{.*}} into tensor<2x4x8x2x16xbf16>
// CHECK: %[[BACK:.*]] = gac.transpose %[[HALVES]] {perm = array<i64: 0, 1, 2, 4, 3>}
// CHECK: %[[R:.*]] = tensor.collapse_shape %[[BACK]]
// CHECK: return %[[R]]
func.func @interleaved(%x: tensor<2x4x8x32xbf16>, %cos: tensor<2x8x16xf32>) -> tensor<2x4x8x32xbf16> {
  %0 = gac.rotary_embedding %x, %cos, %cos {interleaved = 1 : i64} : (tensor<2x4x8x32xbf16>, tensor<2x8x16xf32>, tensor<2x8x16xf32>) -> tensor<2x4x8x32xbf16>
  return %0 : tensor<2x4x8x32xbf16>
}

// Of a part of the head those only.
// CHECK-LABEL: @interleaved_part
// CHECK: %[[PART:.*]]:2 = gac.split %arg0
// CHECK: tensor.expand_shape %[[PART]]#0 {{.*}} into tensor<2x4x8x8x2xbf16>
// CHECK: gac.concat %{{.*}}, %[[PART]]#1 {axis = 3 : i64}
// CHECK: gac_cuda.rope {{.*}} {half = 8 : i64}
// CHECK: gac.split
// CHECK: gac.concat
func.func @interleaved_part(%x: tensor<2x4x8x32xbf16>, %cos: tensor<2x8x8xf32>) -> tensor<2x4x8x32xbf16> {
  %0 = gac.rotary_embedding %x, %cos, %cos {interleaved = 1 : i64, rotary_embedding_dim = 16 : i64} : (tensor<2x4x8x32xbf16>, tensor<2x8x8xf32>, tensor<2x8x8xf32>) -> tensor<2x4x8x32xbf16>
  return %0 : tensor<2x4x8x32xbf16>
}

// What no cache was formed of is joined.
// CHECK-LABEL: @attention3
// CHECK: %[[K:.*]] = gac.concat %arg3, %{{.*}} {axis = 2 : i64}
// CHECK: %[[V:.*]] = gac.concat %arg4, %{{.*}} {axis = 2 : i64}
// CHECK: gac_cuda.attention ins(%{{.*}}, %[[K]], %[[V]] : tensor<2x4x8x32xbf16>, tensor<2x2x13x32xbf16>, tensor<2x2x13x32xbf16>) outs({{.*}}) {causal, past = 5 : i64, scale = 0.176776692 : f32}
// CHECK: return %{{.*}}, %[[K]]
func.func @attention3(%q: tensor<2x8x128xbf16>, %k: tensor<2x8x64xbf16>, %v: tensor<2x8x64xbf16>, %pk: tensor<2x2x5x32xbf16>, %pv: tensor<2x2x5x32xbf16>) -> (tensor<2x8x128xbf16>, tensor<2x2x13x32xbf16>) {
  %y, %key, %value = gac.attention %q, %k, %v, %pk, %pv {is_causal = 1 : i64, q_num_heads = 4 : i64, kv_num_heads = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 1, 1, 0>, resultSegmentSizes = array<i32: 1, 1, 1, 0>} : (tensor<2x8x128xbf16>, tensor<2x8x64xbf16>, tensor<2x8x64xbf16>, tensor<2x2x5x32xbf16>, tensor<2x2x5x32xbf16>) -> (tensor<2x8x128xbf16>, tensor<2x2x13x32xbf16>, tensor<2x2x13x32xbf16>)
  return %y, %key : tensor<2x8x128xbf16>, tensor<2x2x13x32xbf16>
}

// 16-bit elements are computed with in float32; numbers become code.
// CHECK-LABEL: @elementwise
// CHECK: %[[TWO:.*]] = arith.constant 2.000000e+00 : f32
// CHECK: arith.extf %{{.*}} : bf16 to f32
// CHECK: linalg.generic {indexing_maps = [#[[SAME:.*]], #[[LAST:.*]], #[[SAME]]]
// CHECK: arith.mulf
// CHECK: math.powf %{{.*}}, %[[TWO]] : f32
// CHECK: arith.truncf %{{.*}} : f32 to bf16
// CHECK: arith.sitofp %{{.*}} : i64 to f32
// CHECK: arith.cmpf olt
func.func @elementwise(%x: tensor<8x64xbf16>, %y: tensor<64xf32>, %n: tensor<8x1xi64>) -> (tensor<8x64xbf16>, tensor<8x64xi1>) {
  %two = gac.constant dense<2.0> : tensor<f32>
  %0 = gac.cast %x {to = 1 : i64} : (tensor<8x64xbf16>) -> tensor<8x64xf32>
  %1 = gac.mul %0, %y : (tensor<8x64xf32>, tensor<64xf32>) -> tensor<8x64xf32>
  %2 = gac.pow %1, %two : (tensor<8x64xf32>, tensor<f32>) -> tensor<8x64xf32>
  %3 = gac.cast %2 {to = 16 : i64} : (tensor<8x64xf32>) -> tensor<8x64xbf16>
  %4 = gac.cast %n {to = 1 : i64} : (tensor<8x1xi64>) -> tensor<8x1xf32>
  %5 = gac.less %4, %y : (tensor<8x1xf32>, tensor<64xf32>) -> tensor<8x64xi1>
  return %3, %5 : tensor<8x64xbf16>, tensor<8x64xi1>
}

// CHECK-LABEL: @range
// CHECK: linalg.index 0
// CHECK: linalg.yield %{{.*}} : i64
func.func @range() -> tensor<1000xi64> {
  %a = gac.constant dense<7> : tensor<i64>
  %b = gac.constant dense<2007> : tensor<i64>
  %c = gac.constant dense<2> : tensor<i64>
  %0 = gac.range %a, %b, %c : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<1000xi64>
  return %0 : tensor<1000xi64>
}

// A constant is as exact in code as it was before the model was converted.
// CHECK-LABEL: @exact
// CHECK: arith.constant 0.797884583 : f32
// CHECK: arith.mulf
func.func @exact(%x: tensor<8xbf16>) -> tensor<8xbf16> {
  %c = gac.constant dense<7.968750e-01> : tensor<bf16> {gac_cuda.exact = 0.797884583 : f32}
  %0 = gac.mul %x, %c : (tensor<8xbf16>, tensor<bf16>) -> tensor<8xbf16>
  return %0 : tensor<8xbf16>
}

// CHECK-LABEL: @clip
// CHECK: arith.maximumf
// CHECK: arith.minimumf
func.func @clip(%x: tensor<8xbf16>) -> tensor<8xbf16> {
  %low = gac.constant dense<0.0> : tensor<bf16>
  %high = gac.constant dense<6.0> : tensor<bf16>
  %0 = gac.clip %x, %low, %high {operandSegmentSizes = array<i32: 1, 1, 1>} : (tensor<8xbf16>, tensor<bf16>, tensor<bf16>) -> tensor<8xbf16>
  return %0 : tensor<8xbf16>
}
