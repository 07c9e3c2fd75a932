// RUN: gac-opt %s --gac-apply --split-input-file | FileCheck %s

// Types change, weights are padded by recipe, dead operations go.

// CHECK-LABEL: func.func @pair
// CHECK: gac.initializer "a" = #gac.pad<#gac.file<"a.bin", offset = 0, length = 1216, size = 1216, mtime = 1> : tensor<16x19xf32>,
// CHECK-SAME: [<16 : 0 to 0 by 16>, <24 : 0 to 0 by 19>]> : tensor<16x24xf32>
// CHECK: gac.initializer "b"
// CHECK-SAME: [<24 : 0 to 0 by 19>, <3 : 0 to 0 by 3>]> : tensor<24x3xf32>
// CHECK: gac.matmul {{.*}} -> tensor<?x24xf32>
// CHECK-NOT: gac.neg
// CHECK: return
module attributes {gac.plan = #gac.plan<target = "h200", dtype = "bf16", strategy = "minimal", [<"a:1", 19 to 24>]>} {
  func.func @pair(%x: tensor<?x16xf32> {gac.name = "x", gac.dims = ["n", ""]}) -> (tensor<?x3xf32> {gac.name = "y"}) {
    %a = gac.initializer "a" = #gac.file<"a.bin", offset = 0, length = 1216, size = 1216, mtime = 1> : tensor<16x19xf32>
    %b = gac.initializer "b" = dense<1.0> : tensor<19x3xf32>
    %h = gac.matmul %x, %a {gac.outputs = ["h"]} : (tensor<?x16xf32>, tensor<16x19xf32>) -> tensor<?x19xf32>
    %dead = gac.neg %h {gac.outputs = ["dead"]} : (tensor<?x19xf32>) -> tensor<?x19xf32>
    %y = gac.matmul %h, %b {gac.outputs = ["y"]} : (tensor<?x19xf32>, tensor<19x3xf32>) -> tensor<?x3xf32>
    return %y : tensor<?x3xf32>
  }
}

// -----

// One shape operand serves two reshapes whose widths are unlike dimensions: each
// gets its own. Padding goes to the end of every head.

// CHECK-LABEL: func.func @heads
// CHECK-DAG: gac.initializer "q" = {{.*}}[<4 : 0 to 0 by 4>, <16 : 0 to 0 by 7, 7 to 8 by 7>]> : tensor<4x16xf32>
// CHECK-DAG: %[[OLD:.*]] = gac.initializer "shape" = dense<[0, -1, 2, 7]>
// CHECK-DAG: %[[NEW:.*]] = gac.initializer "shape.1" = dense<[0, 0, 2, 8]>
// CHECK: gac.reshape %{{.*}}, %[[NEW]] {gac.outputs = ["hq"]} {{.*}} -> tensor<?x?x2x8xf32>
// CHECK: gac.reshape %{{.*}}, %[[OLD]] {allowzero = 0 : i64, gac.outputs = ["hv"]} {{.*}} -> tensor<?x?x2x7xf32>
module attributes {gac.plan = #gac.plan<target = "h200", dtype = "bf16", strategy = "minimal", [<"q:1/1", 7 to 8>]>} {
  func.func @heads(%x: tensor<?x?x4xf32> {gac.name = "x", gac.dims = ["b", "s", ""]})
      -> (tensor<?x?x2x2xf32> {gac.name = "y"}, tensor<?x?x2x7xf32> {gac.name = "z"}) {
    %q = gac.initializer "q" = dense<1.0> : tensor<4x14xf32>
    %v = gac.initializer "v" = dense<1.0> : tensor<4x14xf32>
    %o = gac.initializer "o" = dense<1.0> : tensor<7x2xf32>
    %shape = gac.initializer "shape" = dense<[0, -1, 2, 7]> : tensor<4xi64>
    %xq = gac.matmul %x, %q {gac.outputs = ["xq"]} : (tensor<?x?x4xf32>, tensor<4x14xf32>) -> tensor<?x?x14xf32>
    %xv = gac.matmul %x, %v {gac.outputs = ["xv"]} : (tensor<?x?x4xf32>, tensor<4x14xf32>) -> tensor<?x?x14xf32>
    %hq = gac.reshape %xq, %shape {gac.outputs = ["hq"]} : (tensor<?x?x14xf32>, tensor<4xi64>) -> tensor<?x?x2x7xf32>
    %hv = gac.reshape %xv, %shape {gac.outputs = ["hv"], allowzero = 0 : i64} : (tensor<?x?x14xf32>, tensor<4xi64>) -> tensor<?x?x2x7xf32>
    %y = gac.matmul %hq, %o {gac.outputs = ["y"]} : (tensor<?x?x2x7xf32>, tensor<7x2xf32>) -> tensor<?x?x2x2xf32>
    return %y, %hv : tensor<?x?x2x2xf32>, tensor<?x?x2x7xf32>
  }
}

// -----

// Bounds of slices are written anew; a number computed from a size keeps its old
// value where it is read as a number.

// CHECK-LABEL: func.func @segments
// CHECK-DAG: gac.initializer "w" = {{.*}}[<4 : 0 to 0 by 4>, <32 : 0 to 0 by 13, 13 to 16 by 11>]>
// CHECK: %[[FROZEN:.*]] = gac.initializer "n.frozen" = dense<24> : tensor<1xi64>
// CHECK-NEXT: gac.cast %[[FROZEN]]
// CHECK-NEXT: %[[END:.*]] = gac.initializer "thirteen.1" = dense<16> : tensor<1xi64>
// CHECK-NEXT: gac.slice %{{.*}}, %{{.*}}, %[[END]], {{.*}} -> tensor<3x16xf32>
// CHECK-NEXT: %[[START:.*]] = gac.initializer "thirteen.2" = dense<16> : tensor<1xi64>
// CHECK-NEXT: gac.slice %{{.*}}, %[[START]], {{.*}} -> tensor<3x16xf32>
module attributes {gac.plan = #gac.plan<target = "h200", dtype = "bf16", strategy = "minimal",
    [<"w:1/0", 13 to 16>, <"w:1/1", 11 to 16>]>} {
  func.func @segments(%x: tensor<3x4xf32> {gac.name = "x"})
      -> (tensor<3x2xf32> {gac.name = "y"}, tensor<3x2xf32> {gac.name = "z"}, tensor<1xf32> {gac.name = "c"}) {
    %w = gac.initializer "w" = dense<1.0> : tensor<4x24xf32>
    %v = gac.initializer "v" = dense<1.0> : tensor<13x2xf32>
    %u = gac.initializer "u" = dense<1.0> : tensor<11x2xf32>
    %zero = gac.initializer "zero" = dense<0> : tensor<1xi64>
    %one = gac.initializer "one" = dense<1> : tensor<1xi64>
    %thirteen = gac.initializer "thirteen" = dense<13> : tensor<1xi64>
    %h = gac.matmul %x, %w {gac.outputs = ["h"]} : (tensor<3x4xf32>, tensor<4x24xf32>) -> tensor<3x24xf32>
    %n = gac.shape %h {gac.outputs = ["n"], start = 1 : i64} : (tensor<3x24xf32>) -> tensor<1xi64>
    %c = gac.cast %n {gac.outputs = ["c"], to = 1 : i64} : (tensor<1xi64>) -> tensor<1xf32>
    %a = "gac.slice"(%h, %zero, %thirteen, %one) {gac.outputs = ["a"], operandSegmentSizes = array<i32: 1, 1, 1, 1, 0>}
        : (tensor<3x24xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<3x13xf32>
    %b = "gac.slice"(%h, %thirteen, %n, %one) {gac.outputs = ["b"], operandSegmentSizes = array<i32: 1, 1, 1, 1, 0>}
        : (tensor<3x24xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<3x11xf32>
    %y = gac.matmul %a, %v {gac.outputs = ["y"]} : (tensor<3x13xf32>, tensor<13x2xf32>) -> tensor<3x2xf32>
    %z = gac.matmul %b, %u {gac.outputs = ["z"]} : (tensor<3x11xf32>, tensor<11x2xf32>) -> tensor<3x2xf32>
    return %y, %z, %c : tensor<3x2xf32>, tensor<3x2xf32>, tensor<1xf32>
  }
}

// -----

// An equal split becomes one by sizes. One bias read as two dimensions becomes
// two where they grow apart.

// CHECK-LABEL: func.func @split_and_share
// CHECK-DAG: gac.initializer "bias" = dense
// CHECK-DAG: gac.initializer "bias.grown" = #gac.pad
// CHECK-DAG: %[[SIZES:.*]] = gac.initializer "p.split" = dense<[8, 7]> : tensor<2xi64>
// CHECK: gac.split %{{.*}}, %[[SIZES]] {axis = 1 : i64, gac.outputs = ["p", "q"]}
module attributes {gac.plan = #gac.plan<target = "h200", dtype = "bf16", strategy = "minimal", [<"w:1/0", 7 to 8>]>} {
  func.func @split_and_share(%x: tensor<3x4xf32> {gac.name = "x"})
      -> (tensor<3x2xf32> {gac.name = "y"}, tensor<3x2xf32> {gac.name = "z"}) {
    %w = gac.initializer "w" = dense<1.0> : tensor<4x14xf32>
    %v = gac.initializer "v" = dense<1.0> : tensor<7x2xf32>
    %u = gac.initializer "u" = dense<1.0> : tensor<7x2xf32>
    %bias = gac.initializer "bias" = dense<1.0> : tensor<7xf32>
    %h = gac.matmul %x, %w {gac.outputs = ["h"]} : (tensor<3x4xf32>, tensor<4x14xf32>) -> tensor<3x14xf32>
    %p:2 = "gac.split"(%h) {gac.outputs = ["p", "q"], axis = 1 : i64, num_outputs = 2 : i64}
        : (tensor<3x14xf32>) -> (tensor<3x7xf32>, tensor<3x7xf32>)
    %a = gac.add %p#0, %bias {gac.outputs = ["a"]} : (tensor<3x7xf32>, tensor<7xf32>) -> tensor<3x7xf32>
    %b = gac.add %p#1, %bias {gac.outputs = ["b"]} : (tensor<3x7xf32>, tensor<7xf32>) -> tensor<3x7xf32>
    %y = gac.matmul %a, %v {gac.outputs = ["y"]} : (tensor<3x7xf32>, tensor<7x2xf32>) -> tensor<3x2xf32>
    %z = gac.matmul %b, %u {gac.outputs = ["z"]} : (tensor<3x7xf32>, tensor<7x2xf32>) -> tensor<3x2xf32>
    return %y, %z : tensor<3x2xf32>, tensor<3x2xf32>
  }
}

// -----

// A mean keeps its old count, and so does an RMS norm.

// CHECK-LABEL: func.func @counts
// CHECK: %[[SUM:.*]] = gac.reduce_sum
// CHECK-NEXT: %[[COUNT:.*]] = gac.initializer "m.count" = dense<2.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[MEAN:.*]] = gac.div %[[SUM]], %[[COUNT]] {gac.outputs = ["m"]}
// CHECK: gac.rms_normalization %{{.*}}, %{{.*}} {epsilon = 1.000000e+00 : f32, gac.outputs = ["n"], logical_count = 2 : i64} : (tensor<3x8xf32>, tensor<8xf32>)
module attributes {gac.plan = #gac.plan<target = "h200", dtype = "bf16", strategy = "minimal", [<"w:1", 2 to 8>]>} {
  func.func @counts(%x: tensor<3x4xf32> {gac.name = "x"}) -> (tensor<3x2xf32> {gac.name = "y"}) {
    %w = gac.initializer "w" = dense<1.0> : tensor<4x2xf32>
    %g = gac.initializer "g" = dense<1.0> : tensor<2xf32>
    %v = gac.initializer "v" = dense<1.0> : tensor<2x2xf32>
    %h = gac.matmul %x, %w {gac.outputs = ["h"]} : (tensor<3x4xf32>, tensor<4x2xf32>) -> tensor<3x2xf32>
    %m = gac.reduce_mean %h {gac.outputs = ["m"], axes = array<i64: -1>} : (tensor<3x2xf32>) -> tensor<3x1xf32>
    %s = gac.mul %h, %m {gac.outputs = ["s"]} : (tensor<3x2xf32>, tensor<3x1xf32>) -> tensor<3x2xf32>
    %n = "gac.rms_normalization"(%s, %g) {gac.outputs = ["n"], epsilon = 1.0 : f32} : (tensor<3x2xf32>, tensor<2xf32>) -> tensor<3x2xf32>
    %y = gac.matmul %n, %v {gac.outputs = ["y"]} : (tensor<3x2xf32>, tensor<2x2xf32>) -> tensor<3x2xf32>
    return %y : tensor<3x2xf32>
  }
}

// -----

// What has grown before counts the lanes that it had at first.

// CHECK-LABEL: func.func @counted_before
// CHECK: gac.rms_normalization %{{.*}}, %{{.*}} {gac.outputs = ["n"], logical_count = 2 : i64} : (tensor<3x8xf32>, tensor<8xf32>)
module attributes {gac.plan = #gac.plan<target = "h200", dtype = "bf16", strategy = "minimal", [<"w:1", 3 to 8>]>} {
  func.func @counted_before(%x: tensor<3x4xf32> {gac.name = "x"}) -> (tensor<3x2xf32> {gac.name = "y"}) {
    %w = gac.initializer "w" = dense<1.0> : tensor<4x3xf32>
    %g = gac.initializer "g" = dense<1.0> : tensor<3xf32>
    %v = gac.initializer "v" = dense<1.0> : tensor<3x2xf32>
    %h = gac.matmul %x, %w {gac.outputs = ["h"]} : (tensor<3x4xf32>, tensor<4x3xf32>) -> tensor<3x3xf32>
    %n = "gac.rms_normalization"(%h, %g) {gac.outputs = ["n"], logical_count = 2 : i64} : (tensor<3x3xf32>, tensor<3xf32>) -> tensor<3x3xf32>
    %y = gac.matmul %n, %v {gac.outputs = ["y"]} : (tensor<3x3xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
    return %y : tensor<3x2xf32>
  }
}

// -----

// Two axes are counted together.

// CHECK-LABEL: func.func @count_of_two_axes
// CHECK: gac.rms_normalization %{{.*}} {axis = 1 : i64, gac.outputs = ["n"], logical_count = 6 : i64} : (tensor<4x3x8xf32>, tensor<3x8xf32>)
module attributes {gac.plan = #gac.plan<target = "h200", dtype = "bf16", strategy = "minimal", [<"w:1", 2 to 8>]>} {
  func.func @count_of_two_axes(%x: tensor<4x3x4xf32> {gac.name = "x"}) -> (tensor<4x3x2xf32> {gac.name = "y"}) {
    %w = gac.initializer "w" = dense<1.0> : tensor<4x2xf32>
    %g = gac.initializer "g" = dense<1.0> : tensor<3x2xf32>
    %v = gac.initializer "v" = dense<1.0> : tensor<2x2xf32>
    %h = gac.matmul %x, %w {gac.outputs = ["h"]} : (tensor<4x3x4xf32>, tensor<4x2xf32>) -> tensor<4x3x2xf32>
    %n = "gac.rms_normalization"(%h, %g) {gac.outputs = ["n"], axis = 1 : i64} : (tensor<4x3x2xf32>, tensor<3x2xf32>) -> tensor<4x3x2xf32>
    %y = gac.matmul %n, %v {gac.outputs = ["y"]} : (tensor<4x3x2xf32>, tensor<2x2xf32>) -> tensor<4x3x2xf32>
    return %y : tensor<4x3x2xf32>
  }
}

// -----

// LayerNormalization knows its lanes.

// CHECK-LABEL: func.func @lanes
// CHECK: gac.layer_normalization {{.*}}logical_lanes = #gac.lanes<8 : 0 to 0 by 2>
module attributes {gac.plan = #gac.plan<target = "h200", dtype = "bf16", strategy = "minimal", [<"w:1", 2 to 8>]>} {
  func.func @lanes(%x: tensor<3x4xf32> {gac.name = "x"}) -> (tensor<3x2xf32> {gac.name = "y"}) {
    %w = gac.initializer "w" = dense<1.0> : tensor<4x2xf32>
    %g = gac.initializer "g" = dense<1.0> : tensor<2xf32>
    %v = gac.initializer "v" = dense<1.0> : tensor<2x2xf32>
    %h = gac.matmul %x, %w {gac.outputs = ["h"]} : (tensor<3x4xf32>, tensor<4x2xf32>) -> tensor<3x2xf32>
    %n = gac.layer_normalization %h, %g {gac.outputs = ["n"], resultSegmentSizes = array<i32: 1, 0, 0>}
        : (tensor<3x2xf32>, tensor<2xf32>) -> tensor<3x2xf32>
    %y = gac.matmul %n, %v {gac.outputs = ["y"]} : (tensor<3x2xf32>, tensor<2x2xf32>) -> tensor<3x2xf32>
    return %y : tensor<3x2xf32>
  }
}

// -----

// Its lanes among those that grow now: of [4|4] the lanes 0, 1, 2, 4 and 5.

// CHECK-LABEL: func.func @lanes_of_before
// CHECK: gac.layer_normalization {{.*}}logical_lanes = #gac.lanes<16 : 0 to 0 by 3, 3 to 8 by 2>
module attributes {gac.plan = #gac.plan<target = "h200", dtype = "bf16", strategy = "minimal", [<"u:1", 4 to 8>, <"w:1", 4 to 8>]>} {
  func.func @lanes_of_before(%x: tensor<3x4xf32> {gac.name = "x"}) -> (tensor<3x2xf32> {gac.name = "y"}) {
    %u = gac.initializer "u" = dense<1.0> : tensor<4x4xf32>
    %w = gac.initializer "w" = dense<1.0> : tensor<4x4xf32>
    %g = gac.initializer "g" = dense<1.0> : tensor<8xf32>
    %v = gac.initializer "v" = dense<1.0> : tensor<8x2xf32>
    %a = gac.matmul %x, %u {gac.outputs = ["a"]} : (tensor<3x4xf32>, tensor<4x4xf32>) -> tensor<3x4xf32>
    %b = gac.matmul %x, %w {gac.outputs = ["b"]} : (tensor<3x4xf32>, tensor<4x4xf32>) -> tensor<3x4xf32>
    %h = gac.concat %a, %b {gac.outputs = ["h"], axis = 1 : i64} : (tensor<3x4xf32>, tensor<3x4xf32>) -> tensor<3x8xf32>
    %n = gac.layer_normalization %h, %g {gac.outputs = ["n"], logical_lanes = #gac.lanes<8 : 0 to 0 by 3, 3 to 4 by 2>, resultSegmentSizes = array<i32: 1, 0, 0>}
        : (tensor<3x8xf32>, tensor<8xf32>) -> tensor<3x8xf32>
    %y = gac.matmul %n, %v {gac.outputs = ["y"]} : (tensor<3x8xf32>, tensor<8x2xf32>) -> tensor<3x2xf32>
    return %y : tensor<3x2xf32>
  }
}

// -----

// Attention keeps the scale of its old width; a depthwise Conv has more groups.

// CHECK-LABEL: func.func @attributes
// CHECK: gac.attention{{.*}}scale = 5.000000e-01 : f32
// CHECK: gac.conv {{.*}}group = 16 : i64
module attributes {gac.plan = #gac.plan<target = "h200", dtype = "bf16", strategy = "minimal", [<"q:1/1", 4 to 8>, <"a:0", 13 to 16>]>} {
  func.func @attributes(%x: tensor<1x3x8xf32> {gac.name = "x"}) -> (tensor<1x3x8xf32> {gac.name = "y"}, tensor<1x2x8xf32> {gac.name = "z"}) {
    %q = gac.initializer "q" = dense<1.0> : tensor<8x8xf32>
    %k = gac.initializer "k" = dense<1.0> : tensor<8x8xf32>
    %v = gac.initializer "v" = dense<1.0> : tensor<8x8xf32>
    %a = gac.initializer "a" = dense<1.0> : tensor<13x3x1xf32>
    %d = gac.initializer "d" = dense<1.0> : tensor<13x1x1xf32>
    %c = gac.initializer "c" = dense<1.0> : tensor<2x13x1xf32>
    %xq = gac.matmul %x, %q {gac.outputs = ["xq"]} : (tensor<1x3x8xf32>, tensor<8x8xf32>) -> tensor<1x3x8xf32>
    %xk = gac.matmul %x, %k {gac.outputs = ["xk"]} : (tensor<1x3x8xf32>, tensor<8x8xf32>) -> tensor<1x3x8xf32>
    %xv = gac.matmul %x, %v {gac.outputs = ["xv"]} : (tensor<1x3x8xf32>, tensor<8x8xf32>) -> tensor<1x3x8xf32>
    %y = "gac.attention"(%xq, %xk, %xv) {gac.outputs = ["y"], q_num_heads = 2 : i64, kv_num_heads = 2 : i64,
        operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0, 0>}
        : (tensor<1x3x8xf32>, tensor<1x3x8xf32>, tensor<1x3x8xf32>) -> tensor<1x3x8xf32>
    %e = gac.conv %x, %a {gac.outputs = ["e"]} : (tensor<1x3x8xf32>, tensor<13x3x1xf32>) -> tensor<1x13x8xf32>
    %f = gac.conv %e, %d {gac.outputs = ["f"], group = 13 : i64} : (tensor<1x13x8xf32>, tensor<13x1x1xf32>) -> tensor<1x13x8xf32>
    %z = gac.conv %f, %c {gac.outputs = ["z"]} : (tensor<1x13x8xf32>, tensor<2x13x1xf32>) -> tensor<1x2x8xf32>
    return %y, %z : tensor<1x3x8xf32>, tensor<1x2x8xf32>
  }
}

// -----

// A sum of 16-bit numbers may overflow where their mean does not: the mean over
// padding, too, is scaled by new over old.

// CHECK-LABEL: func.func @half_mean
// CHECK: %[[MEAN:.*]] = gac.reduce_mean
// CHECK-NEXT: %[[SCALE:.*]] = gac.initializer "m.count" = dense<4.000000e+00> : tensor<f16>
// CHECK-NEXT: gac.mul %[[MEAN]], %[[SCALE]] {gac.outputs = ["m"]}
module attributes {gac.plan = #gac.plan<target = "h200", dtype = "f16", strategy = "minimal", [<"w:1", 2 to 8>]>} {
  func.func @half_mean(%x: tensor<3x4xf16> {gac.name = "x"}) -> (tensor<3x1xf16> {gac.name = "m"}) {
    %w = gac.initializer "w" = dense<1.0> : tensor<4x2xf16>
    %h = gac.matmul %x, %w {gac.outputs = ["h"]} : (tensor<3x4xf16>, tensor<4x2xf16>) -> tensor<3x2xf16>
    %m = gac.reduce_mean %h {gac.outputs = ["m"], axes = array<i64: -1>} : (tensor<3x2xf16>) -> tensor<3x1xf16>
    return %m : tensor<3x1xf16>
  }
}

// -----

// What a grid of indices replaces stands beside what it leaves; the grid goes.

// CHECK-LABEL: func.func @assigned
// CHECK-NOT: gac.scatter_nd
// CHECK: %[[D:.*]] = gac.matmul {{.*}}gac.outputs = ["d"]{{.*}} -> tensor<2x10xf32>
// CHECK: %[[E:.*]] = gac.matmul {{.*}}gac.outputs = ["e"]{{.*}} -> tensor<2x8xf32>
// CHECK: %[[LEFT:.*]] = gac.slice %[[D]],{{.*}} -> tensor<2x2xf32>
// CHECK: gac.concat %[[LEFT]], %[[E]] {axis = 1 : i64, gac.outputs = ["s"]}
module attributes {gac.plan = #gac.plan<target = "h200", dtype = "bf16", strategy = "minimal", [<"w:1/1", 5 to 8>]>} {
  func.func @assigned(%x: tensor<2x4xf32> {gac.name = "x"}) -> (tensor<2x2xf32> {gac.name = "y"}) {
    %w = gac.initializer "w" = dense<1.0> : tensor<4x7xf32>
    %u = gac.initializer "u" = dense<1.0> : tensor<4x5xf32>
    %v = gac.initializer "v" = dense<1.0> : tensor<7x2xf32>
    %at = gac.initializer "at" = dense<[[[0, 2], [0, 3], [0, 4], [0, 5], [0, 6]], [[1, 2], [1, 3], [1, 4], [1, 5], [1, 6]]]> : tensor<2x5x2xi64>
    %d = gac.matmul %x, %w {gac.outputs = ["d"]} : (tensor<2x4xf32>, tensor<4x7xf32>) -> tensor<2x7xf32>
    %e = gac.matmul %x, %u {gac.outputs = ["e"]} : (tensor<2x4xf32>, tensor<4x5xf32>) -> tensor<2x5xf32>
    %s = gac.scatter_nd %d, %at, %e {gac.outputs = ["s"]} : (tensor<2x7xf32>, tensor<2x5x2xi64>, tensor<2x5xf32>) -> tensor<2x7xf32>
    %y = gac.matmul %s, %v {gac.outputs = ["y"]} : (tensor<2x7xf32>, tensor<7x2xf32>) -> tensor<2x2xf32>
    return %y : tensor<2x2xf32>
  }
}
