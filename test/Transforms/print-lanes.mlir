// RUN: gac-opt %s --gac-print-lanes -o %t | FileCheck %s
// RUN: not gac-opt %S/plan.mlir --gac-print-lanes -o %t 2>&1 \
// RUN:   | FileCheck %s --check-prefix=NOPLAN

// NOPLAN: error: there is no plan: the module has no gac.plan

// What does not grow is one size; sigmoid(0) is 0.5.

// CHECK: "version": 1,
// CHECK: "name": "main",
// CHECK: "values": [
// CHECK: "name": "x",
// CHECK: "size": "seq"
// CHECK: "size": 3
// CHECK: "padding": []
// CHECK-NOT: "name": "w"
// CHECK: "name": "h",
// CHECK-NEXT: "axes": [
// CHECK-NEXT: {
// CHECK-NEXT: "size": "seq"
// CHECK: "product": [
// CHECK: "size": 2
// CHECK: "dimension": "w:1/1",
// CHECK-NEXT: "size": 7,
// CHECK-NEXT: "new": 8
// CHECK: "padding": [
// CHECK-NEXT: {
// CHECK-NEXT: "axis": 1,
// CHECK-NEXT: "dimension": "w:1/1",
// CHECK-NEXT: "lane": 0
// CHECK: "name": "s",
// CHECK: "lane": 0.5
// CHECK: "weights": [
// CHECK: "name": "w",
// CHECK-NEXT: "reader": "h",
// CHECK-NEXT: "axes": [
// CHECK-NEXT: {
// CHECK-NEXT: "size": 3
// CHECK: "product": [
// CHECK: "new": 8
// CHECK: "name": "v",
module attributes {gac.plan = #gac.plan<target = "h200", dtype = "bf16", strategy = "minimal", [<"w:1/1", 7 to 8>]>} {
  func.func @main(%x: tensor<?x3xf32> {gac.name = "x", gac.dims = ["seq", ""]})
      -> (tensor<?x2xf32> {gac.name = "y"}) {
    %w = gac.initializer "w" = dense<1.0> : tensor<3x14xf32>
    %v = gac.initializer "v" = dense<1.0> : tensor<7x2xf32>
    %p = gac.initializer "p" = dense<[-1, 2, 7]> : tensor<3xi64>
    %q = gac.initializer "q" = dense<[-1, 2]> : tensor<2xi64>
    %h = gac.matmul %x, %w {gac.outputs = ["h"]} : (tensor<?x3xf32>, tensor<3x14xf32>) -> tensor<?x14xf32>
    %r = gac.reshape %h, %p {gac.outputs = ["r"]} : (tensor<?x14xf32>, tensor<3xi64>) -> tensor<?x2x7xf32>
    %s = gac.sigmoid %r {gac.outputs = ["s"]} : (tensor<?x2x7xf32>) -> tensor<?x2x7xf32>
    %m = gac.matmul %s, %v {gac.outputs = ["m"]} : (tensor<?x2x7xf32>, tensor<7x2xf32>) -> tensor<?x2x2xf32>
    %y = gac.reshape %m, %q {gac.outputs = ["y"]} : (tensor<?x2x2xf32>, tensor<2xi64>) -> tensor<?x2xf32>
    return %y : tensor<?x2xf32>
  }
}
