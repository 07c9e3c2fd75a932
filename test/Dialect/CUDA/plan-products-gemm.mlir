// RUN: gac-opt %s --gac-plan-products="target=%S/Inputs/launches.json entries=decode:n=1" | FileCheck %s

// A first factor that adds an activation to its rows, or a part of a bias, is
// none of a pair: the product of the weights would lose what it adds.
// CHECK: module attributes {gac.plan = #gac.plan<target = "launches", dtype = "bf16", strategy = "least-time", [] multiply[<"e", "f">]>}
func.func @model(%x: tensor<?x1024xf32> {gac.name = "x", gac.dims = ["n", ""]},
                 %r: tensor<?x128xf32> {gac.name = "r", gac.dims = ["n", ""]})
    -> (tensor<?x1024xf32> {gac.name = "y0"}, tensor<?x1024xf32> {gac.name = "y1"},
        tensor<?x1024xf32> {gac.name = "y2"}) {
  %a = gac.initializer "a" = dense<1.0> : tensor<1024x128xf32>
  %b = gac.initializer "b" = dense<1.0> : tensor<128x1024xf32>
  %c = gac.initializer "c" = dense<1.0> : tensor<1024x128xf32>
  %d = gac.initializer "d" = dense<1.0> : tensor<128x1024xf32>
  %half = gac.initializer "half" = dense<1.0> : tensor<128xf32>
  %e = gac.initializer "e" = dense<1.0> : tensor<1024x128xf32>
  %f = gac.initializer "f" = dense<1.0> : tensor<128x1024xf32>
  %0 = gac.gemm %x, %a, %r : (tensor<?x1024xf32>, tensor<1024x128xf32>, tensor<?x128xf32>) -> tensor<?x128xf32>
  %1 = gac.matmul %0, %b : (tensor<?x128xf32>, tensor<128x1024xf32>) -> tensor<?x1024xf32>
  %y0 = gac.neg %1 : (tensor<?x1024xf32>) -> tensor<?x1024xf32>
  %2 = gac.gemm %y0, %c, %half {beta = 5.0e-01 : f32} : (tensor<?x1024xf32>, tensor<1024x128xf32>, tensor<128xf32>) -> tensor<?x128xf32>
  %3 = gac.matmul %2, %d : (tensor<?x128xf32>, tensor<128x1024xf32>) -> tensor<?x1024xf32>
  %y1 = gac.neg %3 : (tensor<?x1024xf32>) -> tensor<?x1024xf32>
  %4 = gac.gemm %y1, %e : (tensor<?x1024xf32>, tensor<1024x128xf32>) -> tensor<?x128xf32>
  %5 = gac.matmul %4, %f : (tensor<?x128xf32>, tensor<128x1024xf32>) -> tensor<?x1024xf32>
  %y2 = gac.neg %5 : (tensor<?x1024xf32>) -> tensor<?x1024xf32>
  return %y0, %y1, %y2 : tensor<?x1024xf32>, tensor<?x1024xf32>, tensor<?x1024xf32>
}
