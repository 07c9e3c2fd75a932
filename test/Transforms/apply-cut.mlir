// RUN: gac-opt %s --gac-repair --split-input-file | FileCheck %s

// An output goes out as it was: what grows is cut at its end, in front of the
// return, and has a new name from there on. Who reads it inside reads it whole.

// CHECK-LABEL: func.func @cut
// CHECK: %[[V:.*]] = gac.initializer "v" = #gac.pad<dense<1.000000e+00> : tensor<8x97xf32>, {{.*}}> : tensor<8x104xf32>
// CHECK: %[[Y:.*]] = gac.matmul %{{.*}}, %[[V]] {{.*}}gac.outputs = ["y.grown"]} : {{.*}} -> tensor<?x104xf32>
// CHECK: %[[Z:.*]] = gac.matmul %[[Y]], %{{.*}} {gac.outputs = ["z"]}
// CHECK-DAG: %[[FROM:.*]] = gac.initializer "y.starts" = dense<0> : tensor<1xi64>
// CHECK-DAG: %[[TO:.*]] = gac.initializer "y.ends" = dense<97> : tensor<1xi64>
// CHECK-DAG: %[[AXES:.*]] = gac.initializer "y.axes" = dense<1> : tensor<1xi64>
// CHECK: %[[CUT:.*]] = gac.slice %[[Y]], %[[FROM]], %[[TO]], %[[AXES]] {gac.dims = {{\[\[}}"rows", ""]], gac.outputs = ["y"]{{.*}} -> tensor<?x97xf32>
// CHECK: return %[[CUT]], %[[Z]]
func.func @cut(%x: tensor<?x8xf32> {gac.name = "x", gac.dims = ["rows", ""]})
    -> (tensor<?x97xf32> {gac.name = "y"}, tensor<?x16xf32> {gac.name = "z"}) {
  %v = gac.initializer "v" = dense<1.0> : tensor<8x97xf32>
  %w = gac.initializer "w" = dense<1.0> : tensor<97x16xf32>
  %y = gac.matmul %x, %v {gac.outputs = ["y"], gac.dims = [["rows", ""]]}
      : (tensor<?x8xf32>, tensor<8x97xf32>) -> tensor<?x97xf32>
  %z = gac.matmul %y, %w {gac.outputs = ["z"]}
      : (tensor<?x97xf32>, tensor<97x16xf32>) -> tensor<?x16xf32>
  return %y, %z : tensor<?x97xf32>, tensor<?x16xf32>
}

// -----

// Before opset 10 the bounds of a Slice are attributes.

// CHECK-LABEL: func.func @old
// CHECK: gac.slice %{{[0-9]*}} {axes = array<i64: 1>, ends = array<i64: 97>, {{.*}}starts = array<i64: 0>}
func.func @old(%x: tensor<4x8xf32> {gac.name = "x"}) -> (tensor<4x97xf32> {gac.name = "y"}) attributes {gac.opset = 9 : i64} {
  %v = gac.initializer "v" = dense<1.0> : tensor<8x97xf32>
  %y = gac.matmul %x, %v {gac.outputs = ["y"]}
      : (tensor<4x8xf32>, tensor<8x97xf32>) -> tensor<4x97xf32>
  return %y : tensor<4x97xf32>
}

// -----

// Of the sum of two dimensions the lanes are gathered: padding stands between.

// CHECK-LABEL: func.func @sum
// CHECK: %[[Y:.*]] = gac.concat {{.*}}gac.outputs = ["y.grown"]{{.*}} -> tensor<4x16xf32>
// CHECK: %[[LANES:.*]] = gac.initializer "y.lanes" = dense<[0, 1, 2, 3, 4, 8, 9, 10, 11, 12, 13, 14]> : tensor<12xi64>
// CHECK: %[[LEFT:.*]] = gac.gather %[[Y]], %[[LANES]] {axis = 1 : i64, gac.outputs = ["y"]} : {{.*}} -> tensor<4x12xf32>
// CHECK: return %[[LEFT]]
func.func @sum(%x: tensor<4x8xf32> {gac.name = "x"}) -> (tensor<4x12xf32> {gac.name = "y"}) {
  %v = gac.initializer "v" = dense<1.0> : tensor<8x5xf32>
  %w = gac.initializer "w" = dense<1.0> : tensor<8x7xf32>
  %a = gac.matmul %x, %v {gac.outputs = ["a"]} : (tensor<4x8xf32>, tensor<8x5xf32>) -> tensor<4x5xf32>
  %b = gac.matmul %x, %w {gac.outputs = ["b"]} : (tensor<4x8xf32>, tensor<8x7xf32>) -> tensor<4x7xf32>
  %y = "gac.concat"(%a, %b) {gac.outputs = ["y"], axis = 1 : i64} : (tensor<4x5xf32>, tensor<4x7xf32>) -> tensor<4x12xf32>
  return %y : tensor<4x12xf32>
}

// -----

// ArgMax would find padding: it reads the old lanes, and the product is aligned.

// CHECK-LABEL: func.func @index
// CHECK: %[[H:.*]] = gac.matmul {{.*}} -> tensor<4x104xf32>
// CHECK: %[[CUT:.*]] = gac.slice %[[H]], {{.*}} -> tensor<4x97xf32>
// CHECK: gac.arg_max{{.*}}%[[CUT]]
func.func @index(%x: tensor<4x8xf32> {gac.name = "x"}) -> (tensor<4x1xi64> {gac.name = "y"}) {
  %v = gac.initializer "v" = dense<1.0> : tensor<8x97xf32>
  %h = gac.matmul %x, %v {gac.outputs = ["h"]} : (tensor<4x8xf32>, tensor<8x97xf32>) -> tensor<4x97xf32>
  %y = "gac.arg_max"(%h) {gac.outputs = ["y"], axis = 1 : i64} : (tensor<4x97xf32>) -> tensor<4x1xi64>
  return %y : tensor<4x1xi64>
}

// -----

// Operators without a rule read the old lanes too, and share them. A product
// reads what has grown.

// CHECK-LABEL: func.func @opaque
// CHECK: %[[H:.*]] = gac.matmul {{.*}} -> tensor<4x104xf32>
// CHECK: %[[CUT:.*]] = gac.slice %[[H]], {{.*}} -> tensor<4x97xf32>
// CHECK-NOT: gac.slice
// CHECK: gac.opaque "com.acme" "First"(%[[CUT]])
// CHECK: gac.opaque "com.acme" "Second"(%[[CUT]])
// CHECK: gac.matmul %[[H]], {{.*}}tensor<104x8xf32>
func.func @opaque(%x: tensor<4x8xf32> {gac.name = "x"})
    -> (tensor<4x97xf32> {gac.name = "a"}, tensor<4x97xf32> {gac.name = "b"}, tensor<4x8xf32> {gac.name = "y"}) {
  %v = gac.initializer "v" = dense<1.0> : tensor<8x97xf32>
  %w = gac.initializer "w" = dense<1.0> : tensor<97x8xf32>
  %h = gac.matmul %x, %v {gac.outputs = ["h"]} : (tensor<4x8xf32>, tensor<8x97xf32>) -> tensor<4x97xf32>
  %a = gac.opaque "com.acme" "First"(%h) {gac.outputs = ["a"]} : (tensor<4x97xf32>) -> tensor<4x97xf32>
  %b = gac.opaque "com.acme" "Second"(%h) {gac.outputs = ["b"]} : (tensor<4x97xf32>) -> tensor<4x97xf32>
  %y = gac.matmul %h, %w {gac.outputs = ["y"]} : (tensor<4x97xf32>, tensor<97x8xf32>) -> tensor<4x8xf32>
  return %a, %b, %y : tensor<4x97xf32>, tensor<4x97xf32>, tensor<4x8xf32>
}

// -----

// An inner graph knows what it reads by its name: what is left has it. So has
// the output that the value is as well.

// CHECK-LABEL: func.func @captured
// CHECK: %[[H:.*]] = gac.matmul {{.*}}gac.outputs = ["h.grown"]{{.*}} -> tensor<4x104xf32>
// CHECK: %[[CUT:.*]] = gac.slice %[[H]], {{.*}}gac.outputs = ["h"]{{.*}} -> tensor<4x97xf32>
// CHECK: gac.opaque "" "If"({{.*}}) captures(%[[CUT]])
// CHECK: return %{{.*}}, %[[CUT]], %[[CUT]]
func.func @captured(%x: tensor<4x8xf32> {gac.name = "x"}, %c: tensor<i1> {gac.name = "c"})
    -> (tensor<4x97xf32> {gac.name = "a"}, tensor<4x97xf32> {gac.name = "h"}, tensor<4x97xf32> {gac.name = "h"}) {
  %v = gac.initializer "v" = dense<1.0> : tensor<8x97xf32>
  %h = gac.matmul %x, %v {gac.outputs = ["h"]} : (tensor<4x8xf32>, tensor<8x97xf32>) -> tensor<4x97xf32>
  %a = gac.opaque "" "If"(%c) captures(%h) {gac.outputs = ["a"], gac.captures = ["h"]} : (tensor<i1>, tensor<4x97xf32>) -> tensor<4x97xf32>
  return %a, %h, %h : tensor<4x97xf32>, tensor<4x97xf32>, tensor<4x97xf32>
}

// -----

// The name cannot be that of what has grown as well, whether that may change or
// not.

// CHECK-LABEL: func.func @captured_change
// CHECK: %[[H:.*]] = gac.matmul {{.*}}gac.outputs = ["h.grown"]{{.*}} -> tensor<4x104xf32>
// CHECK: %[[CUT:.*]] = gac.slice %[[H]], {{.*}}gac.outputs = ["h"]{{.*}} -> tensor<4x97xf32>
// CHECK: gac.opaque "" "If"({{.*}}) captures(%[[CUT]])
// CHECK: return %{{.*}}, %[[CUT]], %[[CUT]]
func.func @captured_change(%x: tensor<4x8xf32> {gac.name = "x"}, %c: tensor<i1> {gac.name = "c"})
    -> (tensor<4x97xf32> {gac.name = "a"}, tensor<4x97xf32> {gac.name = "h", gac.may_change}, tensor<4x97xf32> {gac.name = "h"}) {
  %v = gac.initializer "v" = dense<1.0> : tensor<8x97xf32>
  %h = gac.matmul %x, %v {gac.outputs = ["h"]} : (tensor<4x8xf32>, tensor<8x97xf32>) -> tensor<4x97xf32>
  %a = gac.opaque "" "If"(%c) captures(%h) {gac.outputs = ["a"], gac.captures = ["h"]} : (tensor<i1>, tensor<4x97xf32>) -> tensor<4x97xf32>
  return %a, %h, %h : tensor<4x97xf32>, tensor<4x97xf32>, tensor<4x97xf32>
}

// -----

// An output by way of Identity shares the cut.

// CHECK-LABEL: func.func @again
// CHECK: %[[H:.*]] = gac.matmul {{.*}}gac.outputs = ["h.grown"]{{.*}} -> tensor<4x104xf32>
// CHECK: %[[CUT:.*]] = gac.slice %[[H]], {{.*}}gac.outputs = ["h"]
// CHECK-NOT: gac.slice
// CHECK: %[[I:.*]] = gac.identity %[[CUT]]
// CHECK-NOT: gac.slice
// CHECK: return %[[CUT]], %[[I]]
func.func @again(%x: tensor<4x8xf32> {gac.name = "x"})
    -> (tensor<4x97xf32> {gac.name = "h"}, tensor<4x97xf32> {gac.name = "i"}) {
  %v = gac.initializer "v" = dense<1.0> : tensor<8x97xf32>
  %h = gac.matmul %x, %v {gac.outputs = ["h"]} : (tensor<4x8xf32>, tensor<8x97xf32>) -> tensor<4x97xf32>
  %i = gac.identity %h {gac.outputs = ["i"]} : (tensor<4x97xf32>) -> tensor<4x97xf32>
  return %h, %i : tensor<4x97xf32>, tensor<4x97xf32>
}

// -----

// Two heads of 7 lanes, which a Split divides into 5 and 9: one Gather takes the
// lanes from where the heads have them to where the parts do, with copies of the
// first one between, and all three products are aligned.

// CHECK-LABEL: func.func @disagree
// CHECK: gac.matmul {{.*}} -> tensor<8x16xf32>
// CHECK: %[[N:.*]] = gac.neg
// CHECK: %[[LANES:.*]] = gac.initializer "{{.*}}.lanes" = dense<[0, 1, 2, 3, 4, 0, 0, 0, 5, 6, 8, 9, 10, 11, 12, 13, 14, 0, 0, 0, 0, 0, 0, 0]> : tensor<24xi64>
// CHECK: %[[G:.*]] = gac.gather %{{.*}}, %[[LANES]] {axis = 1 : i64{{.*}} -> tensor<8x24xf32>
// CHECK-NOT: gac.slice
// CHECK: gac.split %[[G]], {{.*}} -> (tensor<8x8xf32>, tensor<8x16xf32>)
func.func @disagree(%x: tensor<8x8xf32> {gac.name = "x"}) -> (tensor<8x8xf32> {gac.name = "y"}, tensor<8x8xf32> {gac.name = "z"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<8x14xf32>
  %v = gac.initializer "v" = dense<1.0> : tensor<5x8xf32>
  %u = gac.initializer "u" = dense<1.0> : tensor<9x8xf32>
  %s3 = gac.initializer "s3" = dense<[8, 2, 7]> : tensor<3xi64>
  %s2 = gac.initializer "s2" = dense<[8, 14]> : tensor<2xi64>
  %h = gac.matmul %x, %w {gac.outputs = ["h"]} : (tensor<8x8xf32>, tensor<8x14xf32>) -> tensor<8x14xf32>
  %a = gac.reshape %h, %s3 {gac.outputs = ["a"]} : (tensor<8x14xf32>, tensor<3xi64>) -> tensor<8x2x7xf32>
  %n = gac.neg %a {gac.outputs = ["n"]} : (tensor<8x2x7xf32>) -> tensor<8x2x7xf32>
  %b = gac.reshape %n, %s2 {gac.outputs = ["b"]} : (tensor<8x2x7xf32>, tensor<2xi64>) -> tensor<8x14xf32>
  %p = gac.initializer "p" = dense<[5, 9]> : tensor<2xi64>
  %c:2 = gac.split %b, %p {gac.outputs = ["c", "d"], axis = 1 : i64} : (tensor<8x14xf32>, tensor<2xi64>) -> (tensor<8x5xf32>, tensor<8x9xf32>)
  %y = gac.matmul %c#0, %v {gac.outputs = ["y"]} : (tensor<8x5xf32>, tensor<5x8xf32>) -> tensor<8x8xf32>
  %z = gac.matmul %c#1, %u {gac.outputs = ["z"]} : (tensor<8x9xf32>, tensor<9x8xf32>) -> tensor<8x8xf32>
  return %y, %z : tensor<8x8xf32>, tensor<8x8xf32>
}

// -----

// What an input has cannot be freed: nothing is cut.

// CHECK-LABEL: func.func @input
// CHECK-NOT: gac.slice
// CHECK-NOT: gac.gather
// CHECK: return
func.func @input(%x: tensor<4x7xf32> {gac.name = "x"}) -> (tensor<4x7xf32> {gac.name = "a"}, tensor<4x8xf32> {gac.name = "y"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<7x8xf32>
  %n = gac.neg %x {gac.outputs = ["n"]} : (tensor<4x7xf32>) -> tensor<4x7xf32>
  %a = gac.opaque "com.acme" "First"(%n) {gac.outputs = ["a"]} : (tensor<4x7xf32>) -> tensor<4x7xf32>
  %y = gac.matmul %n, %w {gac.outputs = ["y"]} : (tensor<4x7xf32>, tensor<7x8xf32>) -> tensor<4x8xf32>
  return %a, %y : tensor<4x7xf32>, tensor<4x8xf32>
}

// -----

// A Softmax behind groups of channels offers a cut, which nobody needs: the
// channels of a group may grow on both sides of it.

// CHECK-LABEL: func.func @offered
// CHECK: gac.group_normalization {{.*}} -> tensor<?x16x4x4xf32>
// CHECK-NOT: gac.gather
// CHECK: gac.add
// CHECK: gac.softmax {{.*}} -> tensor<?x16x4x4xf32>
func.func @offered(%x: tensor<?x8x4x4xf32> {gac.name = "x", gac.dims = ["batch", "", "", ""]}) -> (tensor<?x8x4x4xf32> {gac.name = "y"}) attributes {gac.opset = 21 : i64} {
  %k = gac.initializer "k" = dense<1.0> : tensor<12x8x1x1xf32>
  %l = gac.initializer "l" = dense<1.0> : tensor<8x12x1x1xf32>
  %s = gac.initializer "s" = dense<1.0> : tensor<12xf32>
  %b = gac.initializer "b" = dense<0.0> : tensor<12xf32>
  %c = gac.conv %x, %k {gac.outputs = ["c"]} : (tensor<?x8x4x4xf32>, tensor<12x8x1x1xf32>) -> tensor<?x12x4x4xf32>
  %n = gac.group_normalization %c, %s, %b {gac.outputs = ["n"], num_groups = 2 : i64, epsilon = 1.0e-5 : f32} : (tensor<?x12x4x4xf32>, tensor<12xf32>, tensor<12xf32>) -> tensor<?x12x4x4xf32>
  %m = gac.softmax %n {gac.outputs = ["m"], axis = 1 : i64} : (tensor<?x12x4x4xf32>) -> tensor<?x12x4x4xf32>
  %y = gac.conv %m, %l {gac.outputs = ["y"]} : (tensor<?x12x4x4xf32>, tensor<8x12x1x1xf32>) -> tensor<?x8x4x4xf32>
  return %y : tensor<?x8x4x4xf32>
}
