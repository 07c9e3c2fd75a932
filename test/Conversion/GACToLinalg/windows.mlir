// RUN: gac-opt %s --convert-gac-to-linalg --canonicalize --split-input-file | FileCheck %s

// CHECK-LABEL: func.func @conv(
// CHECK: %[[X:.*]] = tensor.pad %arg0 low[0, 0, 1, 1] high[0, 0, 1, 1]
// CHECK: %[[B:.*]] = linalg.broadcast ins(%arg2 : tensor<8xf32>) outs({{.*}} : tensor<?x8x12x12xf32>) dimensions = [0, 2, 3]
// CHECK: linalg.conv_2d_nchw_fchw {dilations = dense<1> : vector<2xi64>, strides = dense<2> : vector<2xi64>}
// CHECK-SAME: ins(%[[X]], %arg1 : {{.*}}) outs(%[[B]]
func.func @conv(%x: tensor<?x3x24x24xf32>, %w: tensor<8x3x3x3xf32>, %b: tensor<8xf32>) -> tensor<?x8x12x12xf32> {
  %y = gac.conv %x, %w, %b {pads = array<i64: 1, 1, 1, 1>, strides = array<i64: 2, 2>}
      : (tensor<?x3x24x24xf32>, tensor<8x3x3x3xf32>, tensor<8xf32>) -> tensor<?x8x12x12xf32>
  return %y : tensor<?x8x12x12xf32>
}

// -----

// One filter per channel.
// CHECK-LABEL: func.func @depthwise(
// CHECK: %[[W:.*]] = tensor.collapse_shape %arg1 {{\[\[}}0, 1], [2], [3]]
// CHECK: linalg.depthwise_conv_2d_nchw_chw {{.*}} ins(%arg0, %[[W]]
func.func @depthwise(%x: tensor<1x13x8x8xf32>, %w: tensor<13x1x3x3xf32>) -> tensor<1x13x6x6xf32> {
  %y = gac.conv %x, %w {group = 13 : i64} : (tensor<1x13x8x8xf32>, tensor<13x1x3x3xf32>) -> tensor<1x13x6x6xf32>
  return %y : tensor<1x13x6x6xf32>
}

// -----

// Groups are an axis of all three operands.
// CHECK-LABEL: func.func @grouped(
// CHECK: %[[X:.*]] = tensor.expand_shape %arg0 {{.*}} into tensor<?x2x3x8x8xf32>
// CHECK: %[[W:.*]] = tensor.expand_shape %arg1 {{.*}} into tensor<2x5x3x1x1xf32>
// CHECK: %[[Y:.*]] = linalg.conv_2d_ngchw_gfchw {{.*}} ins(%[[X]], %[[W]]
// CHECK: tensor.collapse_shape %[[Y]] {{.*}} into tensor<?x10x8x8xf32>
func.func @grouped(%x: tensor<?x6x8x8xf32>, %w: tensor<10x3x1x1xf32>) -> tensor<?x10x8x8xf32> {
  %y = gac.conv %x, %w {group = 2 : i64} : (tensor<?x6x8x8xf32>, tensor<10x3x1x1xf32>) -> tensor<?x10x8x8xf32>
  return %y : tensor<?x10x8x8xf32>
}

// -----

// SAME_UPPER puts the odd pad behind; the size of a free axis is computed.
// CHECK-LABEL: func.func @line(
// CHECK: %[[X:.*]] = tensor.pad %arg0 low[0, 0, 1] high[0, 0, 2]
// CHECK: linalg.conv_1d_ncw_fcw {{.*}} ins(%[[X]], %arg1
func.func @line(%x: tensor<1x4x10xf32>, %w: tensor<5x4x4xf32>) -> tensor<1x5x10xf32> {
  %y = gac.conv %x, %w {auto_pad = "SAME_UPPER"} : (tensor<1x4x10xf32>, tensor<5x4x4xf32>) -> tensor<1x5x10xf32>
  return %y : tensor<1x5x10xf32>
}

// -----

// CHECK-LABEL: func.func @max(
// CHECK: %[[LOWEST:.*]] = arith.constant 0xFF800000 : f32
// CHECK: %[[X:.*]] = tensor.pad %arg0
// CHECK: tensor.yield %[[LOWEST]]
// CHECK: %[[D:.*]] = tensor.dim %[[X]], %c2
// CHECK: %[[ROOM:.*]] = arith.subi %[[D]], %c3
// CHECK: %[[STEPS:.*]] = arith.divsi %[[ROOM]], %c2
// CHECK: %[[N:.*]] = arith.addi %[[STEPS]], %c1
// CHECK: tensor.empty(%[[N]]) : tensor<1x4x?x5xf32>
// CHECK: linalg.pooling_nchw_max {{.*}}strides = dense<2>
func.func @max(%x: tensor<1x4x?x9xf32>) -> tensor<1x4x?x5xf32> {
  %y = gac.max_pool %x {kernel_shape = array<i64: 3, 3>, pads = array<i64: 1, 1, 1, 1>, strides = array<i64: 2, 2>}
      : (tensor<1x4x?x9xf32>) -> tensor<1x4x?x5xf32>
  return %y : tensor<1x4x?x5xf32>
}

// -----

// A window that reaches over the edge has fewer elements: they are counted.
// CHECK-LABEL: func.func @average(
// CHECK: %[[SUM:.*]] = linalg.pooling_nchw_sum
// CHECK: %[[COUNT:.*]] = linalg.pooling_nchw_sum
// CHECK: linalg.generic {{.*}} ins(%[[SUM]], %[[COUNT]]
// CHECK: arith.divf
func.func @average(%x: tensor<1x4x8x8xf32>) -> tensor<1x4x8x8xf32> {
  %y = gac.average_pool %x {kernel_shape = array<i64: 3, 3>, pads = array<i64: 1, 1, 1, 1>}
      : (tensor<1x4x8x8xf32>) -> tensor<1x4x8x8xf32>
  return %y : tensor<1x4x8x8xf32>
}

// -----

// CHECK-LABEL: func.func @counted(
// CHECK: %[[FOUR:.*]] = arith.constant 4.0
// CHECK: %[[SUM:.*]] = linalg.pooling_nchw_sum
// CHECK: linalg.generic {{.*}} ins(%[[SUM]] :
// CHECK: arith.divf %in, %[[FOUR]]
func.func @counted(%x: tensor<1x4x8x8xf32>) -> tensor<1x4x4x4xf32> {
  %y = gac.average_pool %x {kernel_shape = array<i64: 2, 2>, strides = array<i64: 2, 2>}
      : (tensor<1x4x8x8xf32>) -> tensor<1x4x4x4xf32>
  return %y : tensor<1x4x4x4xf32>
}
