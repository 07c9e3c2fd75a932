// RUN: gac-opt %s --gac-repair --split-input-file | FileCheck %s

// A Conv makes as many positions as its windows are. Where they lie on one axis,
// which a product reads, a Pad behind adds zeros.

// CHECK-LABEL: func.func @positions
// CHECK: %[[W:.*]] = gac.initializer "w" = #gac.pad<{{.*}}[<16 : 0 to 0 by 9>, <8 : 0 to 0 by 8>]> : tensor<16x8xf32>
// CHECK: %[[R:.*]] = gac.reshape {{.*}}gac.outputs = ["r"]{{.*}} -> tensor<?x16x9xf32>
// CHECK: %[[PADS:.*]] = gac.initializer "r.pads" = dense<[0, 0, 0, 0, 0, 7]> : tensor<6xi64>
// CHECK: %[[P:.*]] = gac.pad %[[R]], %[[PADS]] {{.*}}gac.outputs = ["[[NAME:.*]].grown"]{{.*}} -> tensor<?x16x16xf32>
// CHECK: gac.matmul %[[P]], %[[W]] {gac.outputs = ["y"]}
func.func @positions(%x: tensor<?x8x3x3xf32> {gac.name = "x", gac.dims = ["batch", "", "", ""]}) -> (tensor<?x16x8xf32> {gac.name = "y"}) {
  %k = gac.initializer "k" = dense<1.0> : tensor<16x8x3x3xf32>
  %w = gac.initializer "w" = dense<1.0> : tensor<9x8xf32>
  %s = gac.initializer "s" = dense<[0, 16, 9]> : tensor<3xi64>
  %c = gac.conv %x, %k {gac.outputs = ["c"], pads = array<i64: 1, 1, 1, 1>} : (tensor<?x8x3x3xf32>, tensor<16x8x3x3xf32>) -> tensor<?x16x3x3xf32>
  %r = gac.reshape %c, %s {gac.outputs = ["r"]} : (tensor<?x16x3x3xf32>, tensor<3xi64>) -> tensor<?x16x9xf32>
  %y = gac.matmul %r, %w {gac.outputs = ["y"]} : (tensor<?x16x9xf32>, tensor<9x8xf32>) -> tensor<?x16x8xf32>
  return %y : tensor<?x16x8xf32>
}

// -----

// Before opset 11 the numbers of lanes are an attribute.

// CHECK-LABEL: func.func @old
// CHECK: gac.pad %{{[0-9]*}} {gac.outputs = ["{{.*}}"]{{.*}}pads = array<i64: 0, 0, 0, 7>} : (tensor<16x9xf32>) -> tensor<16x16xf32>
func.func @old(%x: tensor<1x8x3x3xf32> {gac.name = "x"}) -> (tensor<16x8xf32> {gac.name = "y"}) attributes {gac.opset = 9 : i64} {
  %k = gac.initializer "k" = dense<1.0> : tensor<16x8x3x3xf32>
  %w = gac.initializer "w" = dense<1.0> : tensor<9x8xf32>
  %s = gac.initializer "s" = dense<[16, 9]> : tensor<2xi64>
  %c = gac.conv %x, %k {gac.outputs = ["c"], pads = array<i64: 1, 1, 1, 1>} : (tensor<1x8x3x3xf32>, tensor<16x8x3x3xf32>) -> tensor<1x16x3x3xf32>
  %r = gac.reshape %c, %s {gac.outputs = ["r"]} : (tensor<1x16x3x3xf32>, tensor<2xi64>) -> tensor<16x9xf32>
  %y = gac.matmul %r, %w {gac.outputs = ["y"]} : (tensor<16x9xf32>, tensor<9x8xf32>) -> tensor<16x8xf32>
  return %y : tensor<16x8xf32>
}

// -----

// An output, and who lays the positions out as space again, read what was made;
// what others make of the padded value is cut in front of who cannot take it.

// CHECK-LABEL: func.func @readers
// CHECK: %[[R:.*]] = gac.reshape {{.*}}gac.outputs = ["r"]{{.*}} -> tensor<1x16x9xf32>
// CHECK: %[[P:.*]] = gac.pad %[[R]], {{.*}} -> tensor<1x16x16xf32>
// CHECK: gac.matmul %[[P]], {{.*}}gac.outputs = ["y"]
// CHECK: gac.reshape %[[R]], {{.*}}gac.outputs = ["b"]
// CHECK: %[[N:.*]] = gac.neg %[[P]] {gac.outputs = ["n"]} {{.*}}tensor<1x16x16xf32>
// CHECK: gac.matmul %[[N]], {{.*}}gac.outputs = ["m"]
// CHECK: %[[CUT:.*]] = gac.slice %[[N]]{{.*}} -> tensor<1x16x9xf32>
// CHECK: gac.reshape %[[CUT]], {{.*}}gac.outputs = ["d"]
// CHECK: return %{{.*}}, %{{.*}}, %[[R]], %{{.*}}, %{{.*}}
func.func @readers(%x: tensor<1x8x3x3xf32> {gac.name = "x"})
    -> (tensor<1x16x8xf32> {gac.name = "y"}, tensor<1x16x3x3xf32> {gac.name = "e"}, tensor<1x16x9xf32> {gac.name = "r"},
        tensor<1x16x8xf32> {gac.name = "m"}, tensor<1x16x3x3xf32> {gac.name = "f"}) {
  %k = gac.initializer "k" = dense<1.0> : tensor<16x8x3x3xf32>
  %l = gac.initializer "l" = dense<1.0> : tensor<16x16x3x3xf32>
  %w = gac.initializer "w" = dense<1.0> : tensor<9x8xf32>
  %s = gac.initializer "s" = dense<[1, 16, 9]> : tensor<3xi64>
  %t = gac.initializer "t" = dense<[1, 16, 3, 3]> : tensor<4xi64>
  %c = gac.conv %x, %k {gac.outputs = ["c"], pads = array<i64: 1, 1, 1, 1>} : (tensor<1x8x3x3xf32>, tensor<16x8x3x3xf32>) -> tensor<1x16x3x3xf32>
  %r = gac.reshape %c, %s {gac.outputs = ["r"]} : (tensor<1x16x3x3xf32>, tensor<3xi64>) -> tensor<1x16x9xf32>
  %y = gac.matmul %r, %w {gac.outputs = ["y"]} : (tensor<1x16x9xf32>, tensor<9x8xf32>) -> tensor<1x16x8xf32>
  %b = gac.reshape %r, %t {gac.outputs = ["b"]} : (tensor<1x16x9xf32>, tensor<4xi64>) -> tensor<1x16x3x3xf32>
  %e = gac.conv %b, %l {gac.outputs = ["e"], pads = array<i64: 1, 1, 1, 1>} : (tensor<1x16x3x3xf32>, tensor<16x16x3x3xf32>) -> tensor<1x16x3x3xf32>
  %n = gac.neg %r {gac.outputs = ["n"]} : (tensor<1x16x9xf32>) -> tensor<1x16x9xf32>
  %m = gac.matmul %n, %w {gac.outputs = ["m"]} : (tensor<1x16x9xf32>, tensor<9x8xf32>) -> tensor<1x16x8xf32>
  %d = gac.reshape %n, %t {gac.outputs = ["d"]} : (tensor<1x16x9xf32>, tensor<4xi64>) -> tensor<1x16x3x3xf32>
  %f = gac.conv %d, %l {gac.outputs = ["f"], pads = array<i64: 1, 1, 1, 1>} : (tensor<1x16x3x3xf32>, tensor<16x16x3x3xf32>) -> tensor<1x16x3x3xf32>
  return %y, %e, %r, %m, %f : tensor<1x16x8xf32>, tensor<1x16x3x3xf32>, tensor<1x16x9xf32>, tensor<1x16x8xf32>, tensor<1x16x3x3xf32>
}

// -----

// An operation of which nothing is known reads a cut, and what it makes is
// padded for the product behind it; one that no product reads is not.

// CHECK-LABEL: func.func @opaque
// CHECK: gac.matmul {{.*}}gac.outputs = ["h"]{{.*}} -> tensor<?x40xf32>
// CHECK: %[[CUT:.*]] = gac.slice {{.*}} -> tensor<?x37xf32>
// CHECK: %[[A:.*]] = gac.opaque "own" "Bend"(%[[CUT]]){{.*}} -> tensor<?x37xf32>
// CHECK: %[[P:.*]] = gac.pad %[[A]], {{.*}} -> tensor<?x40xf32>
// CHECK: gac.matmul %[[P]]
// CHECK: %[[B:.*]] = gac.opaque "own" "Turn"(%[[CUT]])
// CHECK-NOT: gac.pad
func.func @opaque(%x: tensor<?x8xf32> {gac.name = "x", gac.dims = ["batch", ""]})
    -> (tensor<?x8xf32> {gac.name = "y"}, tensor<?x37xf32> {gac.name = "b"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<8x37xf32>
  %v = gac.initializer "v" = dense<1.0> : tensor<37x8xf32>
  %h = gac.matmul %x, %w {gac.outputs = ["h"]} : (tensor<?x8xf32>, tensor<8x37xf32>) -> tensor<?x37xf32>
  %a = gac.opaque "own" "Bend"(%h) {gac.outputs = ["a"]} : (tensor<?x37xf32>) -> tensor<?x37xf32>
  %y = gac.matmul %a, %v {gac.outputs = ["y"]} : (tensor<?x37xf32>, tensor<37x8xf32>) -> tensor<?x8xf32>
  %b = gac.opaque "own" "Turn"(%h) {gac.outputs = ["b"]} : (tensor<?x37xf32>) -> tensor<?x37xf32>
  return %y, %b : tensor<?x8xf32>, tensor<?x37xf32>
}

// -----

// Padding that would have to stand where a batch axis has to stay is none.

// CHECK-LABEL: func.func @batch
// CHECK-NOT: gac.pad
func.func @batch(%x: tensor<1x8x3x3xf32> {gac.name = "x"}) -> (tensor<9x16x16xf32> {gac.name = "y"}) {
  %k = gac.initializer "k" = dense<1.0> : tensor<16x8x3x3xf32>
  %s = gac.initializer "s" = dense<[9, 16, 1]> : tensor<3xi64>
  %w = gac.initializer "w" = dense<1.0> : tensor<9x1x16xf32>
  %t = gac.initializer "t" = dense<[1, 16, 9]> : tensor<3xi64>
  %c = gac.conv %x, %k {gac.outputs = ["c"], pads = array<i64: 1, 1, 1, 1>} : (tensor<1x8x3x3xf32>, tensor<16x8x3x3xf32>) -> tensor<1x16x3x3xf32>
  %r = gac.reshape %c, %t {gac.outputs = ["r"]} : (tensor<1x16x3x3xf32>, tensor<3xi64>) -> tensor<1x16x9xf32>
  %p = gac.transpose %r {gac.outputs = ["p"], perm = array<i64: 2, 1, 0>} : (tensor<1x16x9xf32>) -> tensor<9x16x1xf32>
  %y = gac.matmul %p, %w {gac.outputs = ["y"]} : (tensor<9x16x1xf32>, tensor<9x1x16xf32>) -> tensor<9x16x16xf32>
  return %y : tensor<9x16x16xf32>
}
