// RUN: gac-opt %s --gac-print-dimensions -o %t | FileCheck %s

// Rows and columns of a block stand outside of the channels, or inside.

// CHECK-LABEL: function @shuffle
// CHECK: dimension a:0/2 = 13
// CHECK-NEXT: weight a:0 read by Conv
// CHECK-NEXT: weight b:1 read by Conv
// CHECK-NEXT: dimension
// CHECK: value h = [1, a:0/0*a:0/1*a:0/2, {{.*}}]
// CHECK-NEXT: value d = [1, a:0/2, {{.*}}*a:0/0, {{.*}}*a:0/1]
// CHECK-NEXT: value m = [1, b:0, image:2*{{.*}}, image:3*{{.*}}]
// CHECK-NEXT: value s = [1, b:0*a:0/0*a:0/1, image:2, image:3]
func.func @shuffle(%image: tensor<1x3x3x5xf32> {gac.name = "image"}) -> (tensor<1x2x3x5xf32> {gac.name = "y"}) {
  %a = gac.initializer "a" = dense<1.0> : tensor<52x3x1x1xf32>
  %b = gac.initializer "b" = dense<1.0> : tensor<11x13x1x1xf32>
  %c = gac.initializer "c" = dense<1.0> : tensor<2x44x1x1xf32>
  %h = gac.conv %image, %a {gac.outputs = ["h"]} : (tensor<1x3x3x5xf32>, tensor<52x3x1x1xf32>) -> tensor<1x52x3x5xf32>
  %d = gac.depth_to_space %h {blocksize = 2 : i64, gac.outputs = ["d"]} : (tensor<1x52x3x5xf32>) -> tensor<1x13x6x10xf32>
  %m = gac.conv %d, %b {gac.outputs = ["m"]} : (tensor<1x13x6x10xf32>, tensor<11x13x1x1xf32>) -> tensor<1x11x6x10xf32>
  %s = gac.space_to_depth %m {blocksize = 2 : i64, mode = "CRD", gac.outputs = ["s"]} : (tensor<1x11x6x10xf32>) -> tensor<1x44x3x5xf32>
  %y = gac.conv %s, %c {gac.outputs = ["y"]} : (tensor<1x44x3x5xf32>, tensor<2x44x1x1xf32>) -> tensor<1x2x3x5xf32>
  return %y : tensor<1x2x3x5xf32>
}

// Channels pass what samples space; what says where stays.

// CHECK-LABEL: function @sample
// CHECK: dimension a:0 = 13
// CHECK-NEXT: weight a:0 read by Conv
// CHECK-NEXT: weight c:1 read by Conv
// CHECK-NEXT: dimension
// CHECK: dimension grid:1 = 2
// CHECK: fixed: GridSample reads places from it (g)
func.func @sample(%image: tensor<1x3x3x5xf32> {gac.name = "image"}) -> (tensor<1x2x2x7xf32> {gac.name = "y"}) {
  %a = gac.initializer "a" = dense<1.0> : tensor<13x3x1x1xf32>
  %grid = gac.initializer "grid" = dense<0.5> : tensor<1x2x7x2xf32>
  %c = gac.initializer "c" = dense<1.0> : tensor<2x13x1x1xf32>
  %h = gac.conv %image, %a {gac.outputs = ["h"]} : (tensor<1x3x3x5xf32>, tensor<13x3x1x1xf32>) -> tensor<1x13x3x5xf32>
  %g = gac.grid_sample %h, %grid {gac.outputs = ["g"]} : (tensor<1x13x3x5xf32>, tensor<1x2x7x2xf32>) -> tensor<1x13x2x7xf32>
  %y = gac.conv %g, %c {gac.outputs = ["y"]} : (tensor<1x13x2x7xf32>, tensor<2x13x1x1xf32>) -> tensor<1x2x2x7xf32>
  return %y : tensor<1x2x2x7xf32>
}
