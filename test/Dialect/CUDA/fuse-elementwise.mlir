// RUN: gac-opt %s --pass-pipeline="builtin.module(func.func(gac-convert-to-kernels,gac-fuse-elementwise,canonicalize))" | FileCheck %s
// RUN: gac-opt %s --pass-pipeline="builtin.module(func.func(gac-convert-to-kernels,gac-fuse-elementwise,canonicalize))" --mlir-print-debuginfo --mlir-print-local-scope | FileCheck %s --check-prefix=NODES

// One kernel, rounded once.
// CHECK-LABEL: @gate
// CHECK-COUNT-1: linalg.generic
// CHECK: arith.extf
// CHECK: math.exp
// CHECK-NOT: arith.truncf
// CHECK: arith.extf
// CHECK-NOT: arith.extf
// CHECK: %[[Y:.*]] = arith.truncf
// CHECK-NEXT: linalg.yield %[[Y]]
// CHECK-NOT: linalg.generic
// NODES-LABEL: @gate
// NODES: linalg.generic
// NODES: } -> tensor<8x64xbf16> loc(fused["act", "gated"])
func.func @gate(%g: tensor<8x64xbf16>, %u: tensor<8x64xbf16>) -> tensor<8x64xbf16> {
  %0 = gac.swish %g : (tensor<8x64xbf16>) -> tensor<8x64xbf16> loc("act")
  %1 = gac.mul %0, %u : (tensor<8x64xbf16>, tensor<8x64xbf16>) -> tensor<8x64xbf16> loc("gated")
  return %1 : tensor<8x64xbf16>
}

// The angle takes two steps: either reader computes it.
// CHECK-LABEL: @tables
// CHECK-COUNT-2: linalg.generic
// CHECK-NOT: linalg.generic
func.func @tables(%n: tensor<8x1xi64>, %f: tensor<32xf32>) -> (tensor<8x32xf32>, tensor<8x32xf32>) {
  %0 = gac.cast %n {to = 1 : i64} : (tensor<8x1xi64>) -> tensor<8x1xf32>
  %1 = gac.mul %0, %f : (tensor<8x1xf32>, tensor<32xf32>) -> tensor<8x32xf32>
  %2 = gac.cos %1 : (tensor<8x32xf32>) -> tensor<8x32xf32>
  %3 = gac.sin %1 : (tensor<8x32xf32>) -> tensor<8x32xf32>
  return %2, %3 : tensor<8x32xf32>, tensor<8x32xf32>
}

// A long one is computed once, and rounded for its readers.
// CHECK-LABEL: @shared
// CHECK-COUNT-3: linalg.generic
// CHECK-NOT: linalg.generic
func.func @shared(%x: tensor<8x64xbf16>) -> (tensor<8x64xbf16>, tensor<8x64xbf16>) {
  %0 = gac.swish %x : (tensor<8x64xbf16>) -> tensor<8x64xbf16>
  %1 = gac.relu %0 : (tensor<8x64xbf16>) -> tensor<8x64xbf16>
  %2 = gac.neg %0 : (tensor<8x64xbf16>) -> tensor<8x64xbf16>
  return %1, %2 : tensor<8x64xbf16>, tensor<8x64xbf16>
}
