// RUN: gac-opt %s --gac-print-dimensions -o %t | FileCheck %s

// Channels grow, space does not.

// CHECK-LABEL: function @convolutions
// CHECK: dimension a:0 = 13
// CHECK-NEXT: weight a:0 read by Conv
// CHECK-NEXT: weight bias:0 read by Conv
// CHECK-NEXT: weight depth:0 read by Conv
// CHECK-NEXT: weight c:1 read by Conv
// CHECK-NEXT: dimension
// CHECK: dimension image:2 = 8
// CHECK: fixed: MaxPool slides a window over it (p)
// CHECK: value d = [batch, a:0, image:2, image:3]
// CHECK: value p = [batch, a:0, p:2, p:3]
// CHECK: use Conv x operand 0 axis 1 channel = a:1 strided
// CHECK: use Conv x operand 1 axis 0 channel = a:0 strided
func.func @convolutions(%image: tensor<?x3x8x8xf32> {gac.name = "image", gac.dims = ["batch", "", "", ""]})
    -> (tensor<?x2x4x4xf32> {gac.name = "y"}) {
  %a = gac.initializer "a" = dense<1.0> : tensor<13x3x1x1xf32>
  %bias = gac.initializer "bias" = dense<1.0> : tensor<13xf32>
  %depth = gac.initializer "depth" = dense<1.0> : tensor<13x1x1x1xf32>
  %c = gac.initializer "c" = dense<1.0> : tensor<2x13x1x1xf32>
  %x = gac.conv %image, %a, %bias {gac.outputs = ["x"]}
      : (tensor<?x3x8x8xf32>, tensor<13x3x1x1xf32>, tensor<13xf32>) -> tensor<?x13x8x8xf32>
  %d = gac.conv %x, %depth {gac.outputs = ["d"], group = 13 : i64}
      : (tensor<?x13x8x8xf32>, tensor<13x1x1x1xf32>) -> tensor<?x13x8x8xf32>
  %p = gac.max_pool %d {gac.outputs = ["p"], kernel_shape = array<i64: 2, 2>, strides = array<i64: 2, 2>}
      : (tensor<?x13x8x8xf32>) -> tensor<?x13x4x4xf32>
  %y = gac.conv %p, %c {gac.outputs = ["y"]}
      : (tensor<?x13x4x4xf32>, tensor<2x13x1x1xf32>) -> tensor<?x2x4x4xf32>
  return %y : tensor<?x2x4x4xf32>
}

// Groups of more than one channel are fixed, what is in them is not.

// CHECK-LABEL: function @groups
// CHECK: dimension g:0/0 = 3
// CHECK: fixed: Conv has it as groups (x)
// CHECK: dimension g:0/1 = 10
// CHECK-NEXT: weight g:0
// CHECK-NEXT: weight c:1
// CHECK-NEXT: dimension
// CHECK: value x = [1, g:0/0*g:0/1, image:2]
func.func @groups(%image: tensor<1x6x8xf32> {gac.name = "image"}) -> (tensor<1x2x8xf32> {gac.name = "y"}) {
  %g = gac.initializer "g" = dense<1.0> : tensor<30x2x1xf32>
  %c = gac.initializer "c" = dense<1.0> : tensor<2x30x1xf32>
  %x = gac.conv %image, %g {gac.outputs = ["x"], group = 3 : i64}
      : (tensor<1x6x8xf32>, tensor<30x2x1xf32>) -> tensor<1x30x8xf32>
  %y = gac.conv %x, %c {gac.outputs = ["y"]} : (tensor<1x30x8xf32>, tensor<2x30x1xf32>) -> tensor<1x2x8xf32>
  return %y : tensor<1x2x8xf32>
}

// Scale and bias make padding zero whatever it was.

// CHECK-LABEL: function @batch_norm
// CHECK: value s = [1, a:0, image:2]
// CHECK-NEXT: padding of a:0 on axis 1 is 0.5
// CHECK-NEXT: value n = [1, a:0, image:2]
// CHECK-NEXT: value y
func.func @batch_norm(%image: tensor<1x3x8xf32> {gac.name = "image"}) -> (tensor<1x2x8xf32> {gac.name = "y"}) {
  %a = gac.initializer "a" = dense<1.0> : tensor<13x3x1xf32>
  %k = gac.initializer "k" = dense<1.0> : tensor<13xf32>
  %c = gac.initializer "c" = dense<1.0> : tensor<2x13x1xf32>
  %x = gac.conv %image, %a {gac.outputs = ["x"]} : (tensor<1x3x8xf32>, tensor<13x3x1xf32>) -> tensor<1x13x8xf32>
  %s = gac.sigmoid %x {gac.outputs = ["s"]} : (tensor<1x13x8xf32>) -> tensor<1x13x8xf32>
  %n = "gac.batch_normalization"(%s, %k, %k, %k, %k) {gac.outputs = ["n"], resultSegmentSizes = array<i32: 1, 0, 0, 0, 0>}
      : (tensor<1x13x8xf32>, tensor<13xf32>, tensor<13xf32>, tensor<13xf32>, tensor<13xf32>) -> tensor<1x13x8xf32>
  %y = gac.conv %n, %c {gac.outputs = ["y"]} : (tensor<1x13x8xf32>, tensor<2x13x1xf32>) -> tensor<1x2x8xf32>
  return %y : tensor<1x2x8xf32>
}

// A bias is added to padded batches, too.

// CHECK-LABEL: function @bias_and_batch
// CHECK: value x = [b:0, a:0, image:2]
// CHECK-NEXT: padding of b:0 on axis 0 is finite
func.func @bias_and_batch(%image: tensor<1x3x8xf32> {gac.name = "image"}) -> (tensor<1x8xf32> {gac.name = "y"}) {
  %b = gac.initializer "b" = dense<1.0> : tensor<5x1x1xf32>
  %a = gac.initializer "a" = dense<1.0> : tensor<13x3x1xf32>
  %bias = gac.initializer "bias" = dense<1.0> : tensor<13xf32>
  %m = gac.mul %image, %b {gac.outputs = ["m"]} : (tensor<1x3x8xf32>, tensor<5x1x1xf32>) -> tensor<5x3x8xf32>
  %x = gac.conv %m, %a, %bias {gac.outputs = ["x"]} : (tensor<5x3x8xf32>, tensor<13x3x1xf32>, tensor<13xf32>) -> tensor<5x13x8xf32>
  %v = gac.initializer "v" = dense<1.0> : tensor<5x1x1xf32>
  %n = gac.mul %x, %v {gac.outputs = ["n"]} : (tensor<5x13x8xf32>, tensor<5x1x1xf32>) -> tensor<5x13x8xf32>
  %s = gac.reduce_sum %n {gac.outputs = ["s"], axes = array<i64: 0, 1>, keepdims = 0 : i64} : (tensor<5x13x8xf32>) -> tensor<8xf32>
  %u = gac.unsqueeze %s {gac.outputs = ["y"], axes = array<i64: 0>} : (tensor<8xf32>) -> tensor<1x8xf32>
  return %u : tensor<1x8xf32>
}

// Channels pass a norm over space, a transposed convolution and a resampling of
// space.

// CHECK-LABEL: function @up
// CHECK: dimension a:0 = 13
// CHECK-NEXT: weight a:0 read by Conv
// CHECK-NEXT: weight s:0 read by InstanceNormalization
// CHECK-NEXT: weight t:0 read by ConvTranspose
// CHECK-NEXT: dimension
// CHECK: dimension t:1 = 11
// CHECK-NEXT: weight t:1 read by ConvTranspose
// CHECK-NEXT: weight c:1 read by Conv
// CHECK-NEXT: dimension
// CHECK: fixed: Resize resizes it (r)
// CHECK: value n = [1, a:0, {{.*}}]
// CHECK-NEXT: value u = [1, t:1, {{.*}}]
// CHECK-NEXT: value r = [1, t:1, {{.*}}]
func.func @up(%image: tensor<1x3x8xf32> {gac.name = "image"}) -> (tensor<1x2x32xf32> {gac.name = "y"}) {
  %a = gac.initializer "a" = dense<1.0> : tensor<13x3x1xf32>
  %s = gac.initializer "s" = dense<1.0> : tensor<13xf32>
  %t = gac.initializer "t" = dense<1.0> : tensor<13x11x2xf32>
  %c = gac.initializer "c" = dense<1.0> : tensor<2x11x1xf32>
  %scales = gac.initializer "scales" = dense<[1.0, 1.0, 2.0]> : tensor<3xf32>
  %x = gac.conv %image, %a {gac.outputs = ["x"]} : (tensor<1x3x8xf32>, tensor<13x3x1xf32>) -> tensor<1x13x8xf32>
  %n = gac.instance_normalization %x, %s, %s {gac.outputs = ["n"]}
      : (tensor<1x13x8xf32>, tensor<13xf32>, tensor<13xf32>) -> tensor<1x13x8xf32>
  %u = gac.conv_transpose %n, %t {gac.outputs = ["u"], strides = array<i64: 2>}
      : (tensor<1x13x8xf32>, tensor<13x11x2xf32>) -> tensor<1x11x16xf32>
  %r = gac.resize %u, %scales {gac.outputs = ["r"], operandSegmentSizes = array<i32: 1, 0, 1, 0>}
      : (tensor<1x11x16xf32>, tensor<3xf32>) -> tensor<1x11x32xf32>
  %y = gac.conv %r, %c {gac.outputs = ["y"]} : (tensor<1x11x32xf32>, tensor<2x11x1xf32>) -> tensor<1x2x32xf32>
  return %y : tensor<1x2x32xf32>
}

// Of a value of unknown rank nothing is known, padding neither.

// CHECK-LABEL: function @unknown_rank
// CHECK: dimension c:1 = 13
// CHECK: fixed: Conv reads a value of unknown rank (y)
func.func @unknown_rank(%image: tensor<1x3x8xf32> {gac.name = "image"}) -> (tensor<1x2x?xf32> {gac.name = "y"}) {
  %c = gac.initializer "c" = dense<1.0> : tensor<2x13x1xf32>
  %x = gac.opaque "com.acme" "Blur"(%image) {gac.outputs = ["x"]} : (tensor<1x3x8xf32>) -> !gac.value
  %p = gac.max_pool %x {gac.outputs = ["p"], kernel_shape = array<i64: 2>} : (!gac.value) -> !gac.value
  %y = gac.conv %p, %c {gac.outputs = ["y"]} : (!gac.value, tensor<2x13x1xf32>) -> tensor<1x2x?xf32>
  return %y : tensor<1x2x?xf32>
}

// An axis on which the window is one lane wide is none of space.

// CHECK-LABEL: function @window_of_one_lane
// CHECK: dimension a:1 = 13
// CHECK-NOT: fixed
// CHECK: dimension
// CHECK: value p = [1, 1, p:2, a:1]
// CHECK-LABEL: function @steps_of_two
// CHECK: dimension a:1 = 13
// CHECK: fixed: MaxPool slides a window over it (p)
func.func @window_of_one_lane(%x: tensor<1x1x8x4xf32> {gac.name = "x"}) -> (tensor<1x1x4x2xf32> {gac.name = "y"}) {
  %a = gac.initializer "a" = dense<1.0> : tensor<4x13xf32>
  %b = gac.initializer "b" = dense<1.0> : tensor<13x2xf32>
  %h = gac.matmul %x, %a {gac.outputs = ["h"]} : (tensor<1x1x8x4xf32>, tensor<4x13xf32>) -> tensor<1x1x8x13xf32>
  %p = gac.max_pool %h {gac.outputs = ["p"], kernel_shape = array<i64: 2, 1>, strides = array<i64: 2, 1>}
      : (tensor<1x1x8x13xf32>) -> tensor<1x1x4x13xf32>
  %y = gac.matmul %p, %b {gac.outputs = ["y"]} : (tensor<1x1x4x13xf32>, tensor<13x2xf32>) -> tensor<1x1x4x2xf32>
  return %y : tensor<1x1x4x2xf32>
}
func.func @steps_of_two(%x: tensor<1x1x8x4xf32> {gac.name = "x"}) -> (tensor<1x1x8x2xf32> {gac.name = "y"}) {
  %a = gac.initializer "a" = dense<1.0> : tensor<4x13xf32>
  %b = gac.initializer "b" = dense<1.0> : tensor<7x2xf32>
  %h = gac.matmul %x, %a {gac.outputs = ["h"]} : (tensor<1x1x8x4xf32>, tensor<4x13xf32>) -> tensor<1x1x8x13xf32>
  %p = gac.max_pool %h {gac.outputs = ["p"], kernel_shape = array<i64: 1, 1>, strides = array<i64: 1, 2>}
      : (tensor<1x1x8x13xf32>) -> tensor<1x1x8x7xf32>
  %y = gac.matmul %p, %b {gac.outputs = ["y"]} : (tensor<1x1x8x7xf32>, tensor<7x2xf32>) -> tensor<1x1x8x2xf32>
  return %y : tensor<1x1x8x2xf32>
}

// Groups that read one channel each are these channels: they grow with them,
// however many each of them writes, forwards and backwards.

// CHECK-LABEL: function @groups_of_one
// CHECK-NOT: has it as groups
// CHECK: value h = [1, w:0, image:2]
// CHECK: value m = [1, w:0*m:0/1, image:2]
// CHECK: value t = [1, w:0*m:0/1, t:2]
func.func @groups_of_one(%image: tensor<1x3x8xf32> {gac.name = "image"}) -> (tensor<1x2x16xf32> {gac.name = "y"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<13x3x1xf32>
  %m = gac.initializer "m" = dense<1.0> : tensor<26x1x1xf32>
  %t = gac.initializer "t" = dense<1.0> : tensor<26x1x2xf32>
  %v = gac.initializer "v" = dense<1.0> : tensor<2x26x1xf32>
  %h = gac.conv %image, %w {gac.outputs = ["h"]} : (tensor<1x3x8xf32>, tensor<13x3x1xf32>) -> tensor<1x13x8xf32>
  %k = gac.conv %h, %m {gac.outputs = ["m"], group = 13 : i64} : (tensor<1x13x8xf32>, tensor<26x1x1xf32>) -> tensor<1x26x8xf32>
  %u = gac.conv_transpose %k, %t {gac.outputs = ["t"], group = 26 : i64, strides = array<i64: 2>} : (tensor<1x26x8xf32>, tensor<26x1x2xf32>) -> tensor<1x26x16xf32>
  %y = gac.conv %u, %v {gac.outputs = ["y"]} : (tensor<1x26x16xf32>, tensor<2x26x1xf32>) -> tensor<1x2x16xf32>
  return %y : tensor<1x2x16xf32>
}

// A window of one lane does not slide: features that lie in the place of space
// stay features.

// CHECK-LABEL: function @features_in_space
// CHECK-NOT: slides a window over it
// CHECK: value c = [1, c:0, w:1]
// CHECK: use MatMul y operand 0 axis 2 K = w:1
func.func @features_in_space(%x: tensor<1x5x4xf32> {gac.name = "x"}) -> (tensor<1x3x2xf32> {gac.name = "y"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<4x7xf32>
  %c = gac.initializer "c" = dense<1.0> : tensor<3x5x1xf32>
  %v = gac.initializer "v" = dense<1.0> : tensor<7x2xf32>
  %h = gac.matmul %x, %w {gac.outputs = ["h"]} : (tensor<1x5x4xf32>, tensor<4x7xf32>) -> tensor<1x5x7xf32>
  %k = gac.conv %h, %c {gac.outputs = ["c"]} : (tensor<1x5x7xf32>, tensor<3x5x1xf32>) -> tensor<1x3x7xf32>
  %y = gac.matmul %k, %v {gac.outputs = ["y"]} : (tensor<1x3x7xf32>, tensor<7x2xf32>) -> tensor<1x3x2xf32>
  return %y : tensor<1x3x2xf32>
}
