// Readers of one weight that want it in different ways: the one that cannot
// grow keeps it, whichever comes first, and the other gets a copy, whose bytes
// count.

// RUN: gac-opt %s --gac-repair --split-input-file | FileCheck %s
// RUN: gac-opt %s --gac-plan="strategy=tradeoff budget=50%%" --split-input-file | FileCheck %s --check-prefix=BUDGET

// CHECK-LABEL: func.func @grows_first
// CHECK: %[[W1:.*]] = gac.initializer "w1" = dense<1.000000e+00> : tensor<64x37xf32>
// CHECK: %[[COPY:.*]] = gac.initializer "w1.grown" = #gac.pad<{{.*}}> : tensor<64x40xf32>
// CHECK: gac.matmul %{{.*}}, %[[COPY]]
// CHECK: gac.matmul %{{.*}}, %[[W1]]

// The copy and the lanes of w2 take more than the budget.
// BUDGET: gac.plan = #gac.plan<target = "h200", dtype = "bf16", strategy = "tradeoff", []>
// BUDGET-LABEL: func.func @grows_first
func.func @grows_first(%x: tensor<1024x64xf32> {gac.name = "x"}, %x2: tensor<1024x64xf32> {gac.name = "x2"}, %c: tensor<1024x37xf32> {gac.name = "c"})
    -> (tensor<1024x64xf32> {gac.name = "y"}, tensor<1024x37xf32> {gac.name = "p"}) {
  %w1 = gac.initializer "w1" = dense<1.0> : tensor<64x37xf32>
  %w2 = gac.initializer "w2" = dense<1.0> : tensor<37x64xf32>
  %h = gac.matmul %x, %w1 {gac.outputs = ["h"]} : (tensor<1024x64xf32>, tensor<64x37xf32>) -> tensor<1024x37xf32>
  %r = gac.relu %h {gac.outputs = ["r"]} : (tensor<1024x37xf32>) -> tensor<1024x37xf32>
  %y = gac.matmul %r, %w2 {gac.outputs = ["y"]} : (tensor<1024x37xf32>, tensor<37x64xf32>) -> tensor<1024x64xf32>
  %q = gac.matmul %x2, %w1 {gac.outputs = ["q"]} : (tensor<1024x64xf32>, tensor<64x37xf32>) -> tensor<1024x37xf32>
  %p = gac.add %q, %c {gac.outputs = ["p"]} : (tensor<1024x37xf32>, tensor<1024x37xf32>) -> tensor<1024x37xf32>
  return %y, %p : tensor<1024x64xf32>, tensor<1024x37xf32>
}

// -----

// CHECK-LABEL: func.func @stays_first
// CHECK: %[[W1:.*]] = gac.initializer "w1" = dense<1.000000e+00> : tensor<64x37xf32>
// CHECK: %[[COPY:.*]] = gac.initializer "w1.grown" = #gac.pad<{{.*}}> : tensor<64x40xf32>
func.func @stays_first(%x: tensor<1024x64xf32> {gac.name = "x"}, %x2: tensor<1024x64xf32> {gac.name = "x2"}, %c: tensor<1024x37xf32> {gac.name = "c"})
    -> (tensor<1024x64xf32> {gac.name = "y"}, tensor<1024x37xf32> {gac.name = "p"}) {
  %w1 = gac.initializer "w1" = dense<1.0> : tensor<64x37xf32>
  %w2 = gac.initializer "w2" = dense<1.0> : tensor<37x64xf32>
  %q = gac.matmul %x2, %w1 {gac.outputs = ["q"]} : (tensor<1024x64xf32>, tensor<64x37xf32>) -> tensor<1024x37xf32>
  %p = gac.add %q, %c {gac.outputs = ["p"]} : (tensor<1024x37xf32>, tensor<1024x37xf32>) -> tensor<1024x37xf32>
  %h = gac.matmul %x, %w1 {gac.outputs = ["h"]} : (tensor<1024x64xf32>, tensor<64x37xf32>) -> tensor<1024x37xf32>
  %r = gac.relu %h {gac.outputs = ["r"]} : (tensor<1024x37xf32>) -> tensor<1024x37xf32>
  %y = gac.matmul %r, %w2 {gac.outputs = ["y"]} : (tensor<1024x37xf32>, tensor<37x64xf32>) -> tensor<1024x64xf32>
  return %y, %p : tensor<1024x64xf32>, tensor<1024x37xf32>
}
