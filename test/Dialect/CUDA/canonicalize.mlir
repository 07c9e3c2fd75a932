// RUN: gac-opt %s --canonicalize | FileCheck %s
// RUN: gac-opt %s --canonicalize --mlir-print-debuginfo --mlir-print-local-scope | FileCheck %s --check-prefix=NODES

// Keys are rotated right into their cache, unless somebody else reads them.

// CHECK-LABEL: func.func @append_rotated
// CHECK-SAME: (%[[X:.*]]: tensor<1x2x1x8xbf16>, %{{.*}}: tensor<1x2x1x8xbf16>, %[[T:.*]]: tensor<1x1x4xf32>, %[[P:.*]]: tensor<i32>, %[[CACHE:.*]]: tensor<1x2x9x8xbf16>)
// CHECK: %[[K:.*]] = gac_cuda.rope ins(%[[X]], %[[T]], %[[T]] : {{.*}}) at(%[[P]] : tensor<i32>) outs(%[[CACHE]] : tensor<1x2x9x8xbf16>) {append, half = 4 : i64, past = 1 : i64}
// CHECK-NEXT: return %[[K]]
// NODES-LABEL: func.func @append_rotated
// NODES: gac_cuda.rope {{.*}} loc(fused["rope", "attention"])
func.func @append_rotated(%x: tensor<1x2x1x8xbf16>, %e: tensor<1x2x1x8xbf16>, %t: tensor<1x1x4xf32>, %p: tensor<i32>, %cache: tensor<1x2x9x8xbf16>) -> tensor<1x2x9x8xbf16> {
  %y = gac_cuda.rope ins(%x, %t, %t : tensor<1x2x1x8xbf16>, tensor<1x1x4xf32>, tensor<1x1x4xf32>) outs(%e : tensor<1x2x1x8xbf16>) {half = 4 : i64} -> tensor<1x2x1x8xbf16> loc("rope")
  %k = gac_cuda.append ins(%y : tensor<1x2x1x8xbf16>) at(%p : tensor<i32>) outs(%cache : tensor<1x2x9x8xbf16>) {past = 1 : i64} -> tensor<1x2x9x8xbf16> loc("attention")
  return %k : tensor<1x2x9x8xbf16>
}

// CHECK-LABEL: func.func @read_twice
// CHECK: gac_cuda.rope
// CHECK: gac_cuda.append
func.func @read_twice(%x: tensor<1x2x1x8xbf16>, %e: tensor<1x2x1x8xbf16>, %t: tensor<1x1x4xf32>, %cache: tensor<1x2x9x8xbf16>) -> (tensor<1x2x9x8xbf16>, tensor<1x2x1x8xbf16>) {
  %y = gac_cuda.rope ins(%x, %t, %t : tensor<1x2x1x8xbf16>, tensor<1x1x4xf32>, tensor<1x1x4xf32>) outs(%e : tensor<1x2x1x8xbf16>) {half = 4 : i64} -> tensor<1x2x1x8xbf16>
  %k = gac_cuda.append ins(%y : tensor<1x2x1x8xbf16>) outs(%cache : tensor<1x2x9x8xbf16>) -> tensor<1x2x9x8xbf16>
  return %k, %y : tensor<1x2x9x8xbf16>, tensor<1x2x1x8xbf16>
}
