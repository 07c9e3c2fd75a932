// RUN: gac-opt %s --gac-infer-shapes --split-input-file | FileCheck %s

// Static sizes spread; symbolic ones stay open.
// CHECK-LABEL: func.func @spread
// CHECK-SAME:    -> tensor<?x107xf32>
func.func @spread(%x: tensor<?x64xf32> {gac.dims = ["batch", ""]},
                  %w: tensor<64x107xf32>) -> tensor<?x?xf32> {
  // CHECK: gac.matmul {{.*}} -> tensor<?x107xf32>
  %0 = gac.matmul %x, %w
      : (tensor<?x64xf32>, tensor<64x107xf32>) -> tensor<?x?xf32>
  // CHECK: gac.relu {{.*}} : (tensor<?x107xf32>) -> tensor<?x107xf32>
  %1 = gac.relu %0 : (tensor<?x?xf32>) -> tensor<?x?xf32>
  return %1 : tensor<?x?xf32>
}

// -----

// The shape operand is computed: [batch, seq, -1], where the file gives -1.
// CHECK-LABEL: func.func @computed_shape
func.func @computed_shape(
    %x: tensor<?x?x4x15xf32> {gac.dims = ["batch", "seq", "", ""]}) {
  %first = gac.shape %x {end = 2 : i64}
      : (tensor<?x?x4x15xf32>) -> tensor<2xi64>
  %rest = gac.constant dense<-1> : tensor<1xi64>
  %shape = gac.concat %first, %rest {axis = 0 : i64}
      : (tensor<2xi64>, tensor<1xi64>) -> tensor<3xi64>
  // CHECK: gac.reshape {{.*}} -> tensor<?x?x60xf32>
  %0 = gac.reshape %x, %shape
      : (tensor<?x?x4x15xf32>, tensor<3xi64>) -> tensor<*xf32>
  return
}

// -----

// Types that are not known become known, one op after the other.
// CHECK-LABEL: func.func @unknown_types
func.func @unknown_types(%x: tensor<2x3xf32>) {
  // CHECK: gac.transpose {{.*}} -> tensor<3x2xf32>
  %0 = gac.transpose %x : (tensor<2x3xf32>) -> !gac.value
  // CHECK: gac.exp {{.*}} : (tensor<3x2xf32>) -> tensor<3x2xf32>
  %1 = gac.exp %0 : (!gac.value) -> !gac.value
  // CHECK: gac.arg_max {{.*}} -> tensor<1x2xi64>
  %2 = gac.arg_max %1 : (!gac.value) -> !gac.value
  return
}

// -----

// What stands behind an opaque op is what the file declares, no more.
// CHECK-LABEL: func.func @opaque
func.func @opaque(%x: tensor<2x3xf32>) {
  %0 = gac.opaque "com.acme" "Mix"(%x) : (tensor<2x3xf32>) -> tensor<?x4xf32>
  // CHECK: gac.neg {{.*}} -> tensor<?x4xf32>
  %1 = gac.neg %0 : (tensor<?x4xf32>) -> tensor<*xf32>
  %2 = gac.opaque "com.acme" "Mix"(%x) : (tensor<2x3xf32>) -> !gac.value
  // CHECK: gac.neg {{.*}} : (!gac.value) -> !gac.value
  %3 = gac.neg %2 : (!gac.value) -> !gac.value
  return
}

// -----

// CHECK-LABEL: func.func @slices
func.func @slices(%x: tensor<?x10xf32> {gac.dims = ["n", ""]}) {
  // CHECK: gac.slice {{.*}} -> tensor<?x3xf32>
  %0 = gac.slice %x {axes = array<i64: 0, 1>, starts = array<i64: 1, -3>,
                     ends = array<i64: 2147483647, 2147483647>,
                     operandSegmentSizes = array<i32: 1, 0, 0, 0, 0>}
      : (tensor<?x10xf32>) -> tensor<?x?xf32>
  %start = gac.constant dense<9> : tensor<1xi64>
  %end = gac.constant dense<-11> : tensor<1xi64>
  %axis = gac.constant dense<1> : tensor<1xi64>
  %step = gac.constant dense<-2> : tensor<1xi64>
  // CHECK: gac.slice {{.*}} -> tensor<?x5xf32>
  %1 = gac.slice %x, %start, %end, %axis, %step
      {operandSegmentSizes = array<i32: 1, 1, 1, 1, 1>}
      : (tensor<?x10xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>,
         tensor<1xi64>) -> tensor<?x?xf32>
  // CHECK: gac.split {{.*}} -> (tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x2xf32>)
  %2:3 = gac.split %x {axis = 1 : i64, num_outputs = 3 : i64}
      : (tensor<?x10xf32>)
      -> (tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>)
  return
}

// -----

// CHECK-LABEL: func.func @windows
func.func @windows(%x: tensor<1x4x9x9xf32>, %w: tensor<6x2x3x3xf32>) {
  // CHECK: gac.conv {{.*}} -> tensor<1x6x5x4xf32>
  %0 = gac.conv %x, %w {group = 2 : i64, pads = array<i64: 1, 0, 1, 0>,
                        strides = array<i64: 2, 2>}
      : (tensor<1x4x9x9xf32>, tensor<6x2x3x3xf32>) -> tensor<*xf32>
  // CHECK: gac.conv {{.*}} -> tensor<1x6x3x3xf32>
  %1 = gac.conv %x, %w {group = 2 : i64, auto_pad = "SAME_UPPER",
                        strides = array<i64: 3, 3>}
      : (tensor<1x4x9x9xf32>, tensor<6x2x3x3xf32>) -> tensor<*xf32>
  // How a last partial window counts depends on the opset.
  // CHECK: gac.max_pool {{.*}} -> tensor<1x4x?x?xf32>
  %2 = gac.max_pool %x {kernel_shape = array<i64: 2, 2>, ceil_mode = 1 : i64,
                        strides = array<i64: 2, 2>}
      : (tensor<1x4x9x9xf32>) -> tensor<*xf32>
  return
}

// -----

// Query and value widths differ, and so do the numbers of heads.
// CHECK-LABEL: func.func @attention
func.func @attention(%q: tensor<?x?x60xf32> {gac.dims = ["b", "s", ""]},
                     %k: tensor<?x?x30xf32> {gac.dims = ["b", "s", ""]},
                     %v: tensor<?x?x26xf32> {gac.dims = ["b", "s", ""]}) {
  // CHECK: gac.attention {{.*}} -> (tensor<?x?x52xf32>, tensor<?x4x?x?xf32>)
  %0:2 = gac.attention %q, %k, %v
      {q_num_heads = 4 : i64, kv_num_heads = 2 : i64,
       operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>,
       resultSegmentSizes = array<i32: 1, 0, 0, 1>}
      : (tensor<?x?x60xf32>, tensor<?x?x30xf32>, tensor<?x?x26xf32>)
      -> (tensor<?x?x?xf32>, tensor<*xf32>)
  return
}

// -----

// A branch of symbolic sizes cannot contradict anything.
// CHECK-LABEL: func.func @open_sizes
func.func @open_sizes(%x: tensor<?x?xf32>, %y: tensor<?x5xf32>) {
  // CHECK: gac.matmul {{.*}} -> tensor<?x5xf32>
  %0 = gac.matmul %x, %y : (tensor<?x?xf32>, tensor<?x5xf32>) -> tensor<?x5xf32>
  // CHECK: gac.add {{.*}} -> tensor<?x5xf32>
  %1 = gac.add %x, %y : (tensor<?x?xf32>, tensor<?x5xf32>) -> tensor<?x?xf32>
  return
}

// -----

// A length that is no rank: what the file claims costs nothing.
// CHECK-LABEL: func.func @lengths_are_claims
func.func @lengths_are_claims(%x: tensor<2x3xf32>,
                              %s: tensor<4611686018427387904xi64>) {
  // CHECK: gac.reshape {{.*}} -> tensor<*xf32>
  %0 = gac.reshape %x, %s
      : (tensor<2x3xf32>, tensor<4611686018427387904xi64>) -> tensor<*xf32>
  // CHECK: gac.constant_of_shape {{.*}} -> tensor<*xf32>
  %1 = gac.constant_of_shape %s
      : (tensor<4611686018427387904xi64>) -> tensor<*xf32>
  return
}
