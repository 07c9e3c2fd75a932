// RUN: gac-opt %s --gac-plan-products="target=%S/Inputs/launches.json entries=prefill:n=8192" | FileCheck %s

// What a plan grows stays in it.

// CHECK: gac.plan = #gac.plan<target = "launches", dtype = "bf16", strategy = "least-time", [<"a:1", 60 to 64>] merge[<"a", "b">]>

module attributes {gac.plan = #gac.plan<target = "h200", dtype = "bf16", strategy = "minimal", [<"a:1", 60 to 64>]>} {
  func.func @model(%x: tensor<?x1024xf32> {gac.name = "x", gac.dims = ["n", ""]})
      -> (tensor<?x64xf32> {gac.name = "y0"}, tensor<?x64xf32> {gac.name = "y1"}) {
    %a = gac.initializer "a" = dense<1.0> : tensor<1024x64xf32>
    %b = gac.initializer "b" = dense<1.0> : tensor<1024x64xf32>
    %0 = gac.matmul %x, %a : (tensor<?x1024xf32>, tensor<1024x64xf32>) -> tensor<?x64xf32>
    %1 = gac.matmul %x, %b : (tensor<?x1024xf32>, tensor<1024x64xf32>) -> tensor<?x64xf32>
    %y0 = gac.neg %0 : (tensor<?x64xf32>) -> tensor<?x64xf32>
    %y1 = gac.neg %1 : (tensor<?x64xf32>) -> tensor<?x64xf32>
    return %y0, %y1 : tensor<?x64xf32>, tensor<?x64xf32>
  }
}
