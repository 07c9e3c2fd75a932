// RUN: gac-opt %s --gac-print-dimensions -o %t | FileCheck %s

// The channels of a group are the outer part of the axis that a view of groups
// is normalised over. Padding holds the bias, which is zero in such views.

// CHECK-LABEL: function @view
// CHECK: dimension a:0/0 = 2
// CHECK: fixed: InstanceNormalization normalises groups of channels (n)
// CHECK: dimension a:0/1 = 13
// CHECK-NEXT: weight a:0 read by Conv
// CHECK-NEXT: weight c:1 read by Conv
// CHECK-NEXT: dimension
// CHECK: value v = [1, a:0/0, a:0/1*image:2]
// CHECK-NEXT: value n = [1, a:0/0, a:0/1*n:2/1]
// CHECK-NEXT: value b = [1, a:0/0*a:0/1, n:2/1]
func.func @view(%image: tensor<1x3x8xf32> {gac.name = "image"}) -> (tensor<1x2x8xf32> {gac.name = "y"}) {
  %a = gac.initializer "a" = dense<1.0> : tensor<26x3x1xf32>
  %c = gac.initializer "c" = dense<1.0> : tensor<2x26x1xf32>
  %s = gac.initializer "s" = dense<1.0> : tensor<2xf32>
  %t = gac.initializer "t" = dense<0.0> : tensor<2xf32>
  %groups = gac.initializer "groups" = dense<[1, 2, 104]> : tensor<3xi64>
  %channels = gac.initializer "channels" = dense<[1, 26, 8]> : tensor<3xi64>
  %x = gac.conv %image, %a {gac.outputs = ["x"]} : (tensor<1x3x8xf32>, tensor<26x3x1xf32>) -> tensor<1x26x8xf32>
  %v = gac.reshape %x, %groups {gac.outputs = ["v"]} : (tensor<1x26x8xf32>, tensor<3xi64>) -> tensor<1x2x104xf32>
  %n = gac.instance_normalization %v, %s, %t {gac.outputs = ["n"]}
      : (tensor<1x2x104xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x2x104xf32>
  %b = gac.reshape %n, %channels {gac.outputs = ["b"]} : (tensor<1x2x104xf32>, tensor<3xi64>) -> tensor<1x26x8xf32>
  %y = gac.conv %b, %c {gac.outputs = ["y"]} : (tensor<1x26x8xf32>, tensor<2x26x1xf32>) -> tensor<1x2x8xf32>
  return %y : tensor<1x2x8xf32>
}

// CHECK-LABEL: function @groups
// CHECK: dimension a:0/0 = 3
// CHECK: fixed: GroupNormalization normalises groups of channels (n)
// CHECK: dimension a:0/1 = 7
// CHECK-NEXT: weight a:0 read by Conv
// CHECK-NEXT: weight s:0 read by GroupNormalization
// CHECK-NEXT: weight c:1 read by Conv
// CHECK-NEXT: dimension
// CHECK: value n = [1, a:0/0*a:0/1, n:2]
func.func @groups(%image: tensor<1x3x8xf32> {gac.name = "image"}) -> (tensor<1x2x8xf32> {gac.name = "y"}) {
  %a = gac.initializer "a" = dense<1.0> : tensor<21x3x1xf32>
  %s = gac.initializer "s" = dense<1.0> : tensor<21xf32>
  %c = gac.initializer "c" = dense<1.0> : tensor<2x21x1xf32>
  %x = gac.conv %image, %a {gac.outputs = ["x"]} : (tensor<1x3x8xf32>, tensor<21x3x1xf32>) -> tensor<1x21x8xf32>
  %n = gac.group_normalization %x, %s, %s {num_groups = 3 : i64, gac.outputs = ["n"]}
      : (tensor<1x21x8xf32>, tensor<21xf32>, tensor<21xf32>) -> tensor<1x21x8xf32>
  %y = gac.conv %n, %c {gac.outputs = ["y"]} : (tensor<1x21x8xf32>, tensor<2x21x1xf32>) -> tensor<1x2x8xf32>
  return %y : tensor<1x2x8xf32>
}

// One entry per group: padding of a group holds its bias.

// CHECK-LABEL: function @entries_per_group
// CHECK: dimension a:0/1 = 7
// CHECK-NEXT: weight a:0 read by Conv
// CHECK-NEXT: weight c:1 read by Conv
// CHECK: value n = [1, a:0/0*a:0/1, n:2]
// CHECK-NEXT: padding of a:0/1 on axis 1 is 0.5
func.func @entries_per_group(%image: tensor<1x3x8xf32> {gac.name = "image"}) -> (tensor<1x2x8xf32> {gac.name = "y"}) {
  %a = gac.initializer "a" = dense<1.0> : tensor<21x3x1xf32>
  %s = gac.initializer "s" = dense<0.5> : tensor<3xf32>
  %c = gac.initializer "c" = dense<1.0> : tensor<2x21x1xf32>
  %x = gac.conv %image, %a {gac.outputs = ["x"]} : (tensor<1x3x8xf32>, tensor<21x3x1xf32>) -> tensor<1x21x8xf32>
  %n = gac.group_normalization %x, %s, %s {num_groups = 3 : i64, gac.outputs = ["n"]}
      : (tensor<1x21x8xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<1x21x8xf32>
  %y = gac.conv %n, %c {gac.outputs = ["y"]} : (tensor<1x21x8xf32>, tensor<2x21x1xf32>) -> tensor<1x2x8xf32>
  return %y : tensor<1x2x8xf32>
}

// Groups of one channel are channels.

// CHECK-LABEL: function @one_channel_each
// CHECK: dimension a:0 = 13
// CHECK-NEXT: weight a:0 read by Conv
// CHECK-NEXT: weight s:0 read by GroupNormalization
// CHECK-NEXT: weight c:1 read by Conv
// CHECK-NEXT: dimension
func.func @one_channel_each(%image: tensor<1x3x8xf32> {gac.name = "image"}) -> (tensor<1x2x8xf32> {gac.name = "y"}) {
  %a = gac.initializer "a" = dense<1.0> : tensor<13x3x1xf32>
  %s = gac.initializer "s" = dense<1.0> : tensor<13xf32>
  %c = gac.initializer "c" = dense<1.0> : tensor<2x13x1xf32>
  %x = gac.conv %image, %a {gac.outputs = ["x"]} : (tensor<1x3x8xf32>, tensor<13x3x1xf32>) -> tensor<1x13x8xf32>
  %n = gac.group_normalization %x, %s, %s {num_groups = 13 : i64, gac.outputs = ["n"]}
      : (tensor<1x13x8xf32>, tensor<13xf32>, tensor<13xf32>) -> tensor<1x13x8xf32>
  %y = gac.conv %n, %c {gac.outputs = ["y"]} : (tensor<1x13x8xf32>, tensor<2x13x1xf32>) -> tensor<1x2x8xf32>
  return %y : tensor<1x2x8xf32>
}

// What stands behind each lane of a sum counts as its neighbour.

// CHECK-LABEL: function @neighbours
// CHECK: dimension a:0 = 13
// CHECK: cut: axis 1 of j for LRN
// CHECK: dimension b:0 = 11
// CHECK: cut: axis 1 of j for LRN
// CHECK: dimension c:1 = 24
// CHECK-NEXT: weight c:1 read by Conv
// CHECK-NEXT: cut: axis 1 of j for LRN
// CHECK-NEXT: masked: axis 1 of j for LRN
func.func @neighbours(%image: tensor<1x3x8xf32> {gac.name = "image"}) -> (tensor<1x2x8xf32> {gac.name = "y"}) {
  %a = gac.initializer "a" = dense<1.0> : tensor<13x3x1xf32>
  %b = gac.initializer "b" = dense<1.0> : tensor<11x3x1xf32>
  %c = gac.initializer "c" = dense<1.0> : tensor<2x24x1xf32>
  %x = gac.conv %image, %a {gac.outputs = ["x"]} : (tensor<1x3x8xf32>, tensor<13x3x1xf32>) -> tensor<1x13x8xf32>
  %z = gac.conv %image, %b {gac.outputs = ["z"]} : (tensor<1x3x8xf32>, tensor<11x3x1xf32>) -> tensor<1x11x8xf32>
  %j = gac.concat %x, %z {axis = 1 : i64, gac.outputs = ["j"]} : (tensor<1x13x8xf32>, tensor<1x11x8xf32>) -> tensor<1x24x8xf32>
  %n = gac.lrn %j {size = 3 : i64, gac.outputs = ["n"]} : (tensor<1x24x8xf32>) -> tensor<1x24x8xf32>
  %y = gac.conv %n, %c {gac.outputs = ["y"]} : (tensor<1x24x8xf32>, tensor<2x24x1xf32>) -> tensor<1x2x8xf32>
  return %y : tensor<1x2x8xf32>
}
