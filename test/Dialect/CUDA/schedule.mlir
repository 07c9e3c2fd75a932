// RUN: gac-opt %s --pass-pipeline="builtin.module(func.func(gac-convert-to-kernels),gac-schedule)" | FileCheck %s

// CHECK: gac_cuda.tensor input @x "x" : tensor<1x8x96xbf16>
// CHECK: gac_cuda.tensor cache @past_k "past_k" : tensor<1x2x9x8xbf16> {axis = 2 : i64, output = "present_k"}

// What changes the view costs nothing, and results are computed into outputs.
// CHECK-LABEL: gac_cuda.entry @views dims {batch = 1 : i64} inputs [@x] outputs [@y]
// CHECK: %[[X:.*]] = gac_cuda.get @x
// CHECK: %[[Y:.*]] = gac_cuda.get @y
// CHECK: %[[V:.*]] = memref.reinterpret_cast %[[X]] to offset: [32], sizes: [1, 4, 8, 8], strides: [768, 8, 96, 1]
// CHECK-NEXT: linalg.generic {{.*}} ins(%[[V]] : {{.*}}) outs(%[[Y]] : memref<1x4x8x8xbf16>)
func.func @views(%x: tensor<1x8x96xbf16> {gac.name = "x"}) -> (tensor<1x4x8x8xbf16> {gac.name = "y"}) attributes {gac_cuda.entry = "views", gac_cuda.dims = {batch = 1 : i64}} {
  %starts = gac.constant dense<32> : tensor<1xi64>
  %ends = gac.constant dense<64> : tensor<1xi64>
  %axes = gac.constant dense<-1> : tensor<1xi64>
  %shape = gac.constant dense<[1, 8, 4, 8]> : tensor<4xi64>
  %0 = gac.slice %x, %starts, %ends, %axes {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0>} : (tensor<1x8x96xbf16>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<1x8x32xbf16>
  %1 = gac.reshape %0, %shape : (tensor<1x8x32xbf16>, tensor<4xi64>) -> tensor<1x8x4x8xbf16>
  %2 = gac.transpose %1 {perm = array<i64: 0, 2, 1, 3>} : (tensor<1x8x4x8xbf16>) -> tensor<1x4x8x8xbf16>
  %3 = gac.relu %2 : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
  return %3 : tensor<1x4x8x8xbf16>
}

// What is joined is computed into its place, and copied where it is already.
// Another tensor of the same name, and of another shape, has a symbol of its own.
// CHECK-LABEL: gac_cuda.entry @joined dims {} inputs [@x_0, @w] outputs [@y_1]
// CHECK: %[[X:.*]] = gac_cuda.get @x_0
// CHECK: %[[Y:.*]] = gac_cuda.get @y_1
// CHECK: %[[LEFT:.*]] = memref.reinterpret_cast %[[Y]] to offset: [0], sizes: [8, 24], strides: [40, 1]
// CHECK: gac_cuda.matmul {{.*}} outs(%[[LEFT]] :
// CHECK: %[[RIGHT:.*]] = memref.reinterpret_cast %[[Y]] to offset: [24], sizes: [8, 16], strides: [40, 1]
// CHECK: memref.copy %[[X]], %[[RIGHT]]
func.func @joined(%x: tensor<8x16xbf16> {gac.name = "x"}, %w: tensor<16x24xbf16> {gac.name = "w"}) -> (tensor<8x40xbf16> {gac.name = "y"}) attributes {gac_cuda.entry = "joined"} {
  %0 = gac.matmul %x, %w : (tensor<8x16xbf16>, tensor<16x24xbf16>) -> tensor<8x24xbf16>
  %1 = gac.concat %0, %x {axis = 1 : i64} : (tensor<8x24xbf16>, tensor<8x16xbf16>) -> tensor<8x40xbf16>
  return %1 : tensor<8x40xbf16>
}

// The axes of attention's result lie as its reader wants them.
// CHECK-LABEL: gac_cuda.entry @order
// CHECK: %[[A:.*]] = gac_cuda.alloc : memref<1x8x4x8xbf16>
// CHECK: %[[OUT:.*]] = memref.reinterpret_cast %[[A]] to offset: [0], sizes: [1, 4, 8, 8], strides: [256, 8, 32, 1]
// CHECK: gac_cuda.attention {{.*}} outs(%[[OUT]] :
// CHECK: %[[IN:.*]] = memref.reinterpret_cast %[[A]] to offset: [0], sizes: [8, 32], strides: [32, 1]
// CHECK: gac_cuda.matmul ins(%[[IN]],
func.func @order(%x: tensor<8x16xbf16> {gac.name = "x"}, %q: tensor<1x4x8x8xbf16> {gac.name = "q"}, %w: tensor<32x16xbf16> {gac.name = "w2"}) -> (tensor<8x16xbf16> {gac.name = "z"}) attributes {gac_cuda.entry = "order"} {
  %shape = gac.constant dense<[8, 32]> : tensor<2xi64>
  %0 = gac.attention %q, %q, %q {is_causal = 1 : i64, scale = 0.5 : f32, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0, 0>} : (tensor<1x4x8x8xbf16>, tensor<1x4x8x8xbf16>, tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
  %1 = gac.transpose %0 {perm = array<i64: 0, 2, 1, 3>} : (tensor<1x4x8x8xbf16>) -> tensor<1x8x4x8xbf16>
  %2 = gac.reshape %1, %shape : (tensor<1x8x4x8xbf16>, tensor<2xi64>) -> tensor<8x32xbf16>
  %3 = gac.matmul %2, %w : (tensor<8x32xbf16>, tensor<32x16xbf16>) -> tensor<8x16xbf16>
  return %3 : tensor<8x16xbf16>
}

// A cache is updated in place.
// CHECK-LABEL: gac_cuda.entry @cached dims {} inputs [@rows, @query] outputs [@o] appends {past_k = 1 : i64}
// CHECK: %[[K:.*]] = gac_cuda.get @past_k
// CHECK: %[[P:.*]] = gac_cuda.position "past_k" : memref<i32>
// CHECK: gac_cuda.append ins({{.*}}) at(%[[P]] : memref<i32>) outs(%[[K]] :
// CHECK: gac_cuda.attention ins(%{{.*}}, %[[K]], %[[K]] : {{.*}}) at(%[[P]] : memref<i32>)
// CHECK-NOT: memref.copy
func.func @cached(%rows: tensor<1x2x1x8xbf16> {gac.name = "rows"}, %q: tensor<1x4x1x8xbf16> {gac.name = "query"}, %k: tensor<1x2x9x8xbf16> {gac.name = "past_k", gac_cuda.cache = {output = "present_k", axis = 2 : i64, append = 1 : i64}}) -> (tensor<1x4x1x8xbf16> {gac.name = "o"}) attributes {gac_cuda.entry = "cached"} {
  %p = gac_cuda.position "past_k" : tensor<i32>
  %0 = gac_cuda.append ins(%rows : tensor<1x2x1x8xbf16>) at(%p : tensor<i32>) outs(%k : tensor<1x2x9x8xbf16>) -> tensor<1x2x9x8xbf16>
  %e = tensor.empty() : tensor<1x4x1x8xbf16>
  %1 = gac_cuda.attention ins(%q, %0, %0 : tensor<1x4x1x8xbf16>, tensor<1x2x9x8xbf16>, tensor<1x2x9x8xbf16>) at(%p : tensor<i32>) outs(%e : tensor<1x4x1x8xbf16>) {causal, scale = 0.5 : f32} -> tensor<1x4x1x8xbf16>
  return %1 : tensor<1x4x1x8xbf16>
}

// Strides cannot say it; and inputs are returned as copies.
// CHECK-LABEL: gac_cuda.entry @copied
// CHECK: %[[X:.*]] = gac_cuda.get @x_0
// CHECK: %[[T:.*]] = memref.reinterpret_cast %[[X]] to offset: [0], sizes: [16, 8], strides: [1, 16]
// CHECK: memref.copy %[[T]], %[[COPY:.*]] :
// CHECK: %[[FLAT:.*]] = memref.reinterpret_cast %[[COPY]] to offset: [0], sizes: [128], strides: [1]
// CHECK: memref.copy %[[FLAT]],
// CHECK: memref.copy %[[X]],
func.func @copied(%x: tensor<8x16xbf16> {gac.name = "x"}) -> (tensor<128xbf16> {gac.name = "flat"}, tensor<8x16xbf16> {gac.name = "same"}) attributes {gac_cuda.entry = "copied"} {
  %shape = gac.constant dense<[128]> : tensor<1xi64>
  %0 = gac.transpose %x {perm = array<i64: 1, 0>} : (tensor<8x16xbf16>) -> tensor<16x8xbf16>
  %1 = gac.reshape %0, %shape : (tensor<16x8xbf16>, tensor<1xi64>) -> tensor<128xbf16>
  return %1, %x : tensor<128xbf16>, tensor<8x16xbf16>
}

// The stride of a last axis of one element says nothing, and is not kept.
// CHECK-LABEL: gac_cuda.entry @column
// CHECK: memref.reinterpret_cast %{{.*}} to offset: [0], sizes: [8, 1], strides: [1, 1]
func.func @column(%x: tensor<8x16xbf16> {gac.name = "x"}, %w: tensor<16x1xbf16> {gac.name = "w1"}) -> (tensor<1x8xbf16> {gac.name = "row"}) attributes {gac_cuda.entry = "column"} {
  %0 = gac.matmul %x, %w : (tensor<8x16xbf16>, tensor<16x1xbf16>) -> tensor<8x1xbf16>
  %1 = gac.transpose %0 {perm = array<i64: 1, 0>} : (tensor<8x1xbf16>) -> tensor<1x8xbf16>
  return %1 : tensor<1x8xbf16>
}

// A part of a vector as a bias.
// CHECK-LABEL: gac_cuda.entry @bias
// CHECK: %[[PART:.*]] = memref.reinterpret_cast %{{.*}} to offset: [16], sizes: [16]
// CHECK: memref.copy %[[PART]], %[[COPY:.*]] :
// CHECK: gac_cuda.matmul {{.*}} bias(%[[COPY]] :
func.func @bias(%x: tensor<9x16xbf16> {gac.name = "x9"}, %w: tensor<16x16xbf16> {gac.name = "w16"}, %b: tensor<32xbf16> {gac.name = "b"}) -> (tensor<9x16xbf16> {gac.name = "y9"}) attributes {gac_cuda.entry = "bias"} {
  %sizes = gac.constant dense<16> : tensor<2xi64>
  %0:2 = gac.split %b, %sizes {axis = 0 : i64} : (tensor<32xbf16>, tensor<2xi64>) -> (tensor<16xbf16>, tensor<16xbf16>)
  %1 = gac.matmul %x, %w : (tensor<9x16xbf16>, tensor<16x16xbf16>) -> tensor<9x16xbf16>
  %2 = gac.add %1, %0#1 : (tensor<9x16xbf16>, tensor<16xbf16>) -> tensor<9x16xbf16>
  return %2 : tensor<9x16xbf16>
}

// One row for all of an addend's: rows of no distance are none that a product
// takes.
// CHECK-LABEL: gac_cuda.entry @expanded
// CHECK: %[[ROWS:.*]] = memref.reinterpret_cast %{{.*}} to offset: [0], sizes: [9, 16], strides: [0, 1]
// CHECK: memref.copy %[[ROWS]], %[[COPY:.*]] :
// CHECK: gac_cuda.matmul {{.*}} add(%[[COPY]] : memref<9x16xbf16>)
func.func @expanded(%x: tensor<9x16xbf16> {gac.name = "x9e"}, %w: tensor<16x16xbf16> {gac.name = "w16e"}, %b: tensor<1x16xbf16> {gac.name = "be"}) -> (tensor<9x16xbf16> {gac.name = "y9e"}) attributes {gac_cuda.entry = "expanded"} {
  %sizes = gac.constant dense<[9, 16]> : tensor<2xi64>
  %0 = gac.expand %b, %sizes : (tensor<1x16xbf16>, tensor<2xi64>) -> tensor<9x16xbf16>
  %1 = gac.matmul %x, %w : (tensor<9x16xbf16>, tensor<16x16xbf16>) -> tensor<9x16xbf16>
  %2 = gac.add %1, %0 : (tensor<9x16xbf16>, tensor<9x16xbf16>) -> tensor<9x16xbf16>
  return %2 : tensor<9x16xbf16>
}
