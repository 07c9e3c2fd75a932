// RUN: gac-opt %s --gac-plan-products="target=%S/Inputs/launches.json entries=decode:n=1" | FileCheck %s

// Nobody reads e, and b only for a product that nobody reads: neither is computed,
// unless it is merged with what is.

// CHECK: strategy = "least-time", [] merge[<"a", "d">]>

func.func @model(%x: tensor<?x1024xf32> {gac.name = "x", gac.dims = ["n", ""]})
    -> (tensor<?x1024xf32> {gac.name = "y0"}, tensor<?x1024xf32> {gac.name = "y1"}) {
  %a = gac.initializer "a" = dense<1.0> : tensor<1024x1024xf32>
  %b = gac.initializer "b" = dense<1.0> : tensor<1024x1024xf32>
  %c = gac.initializer "c" = dense<1.0> : tensor<1024x1024xf32>
  %d = gac.initializer "d" = dense<1.0> : tensor<1024x1024xf32>
  %e = gac.initializer "e" = dense<1.0> : tensor<1024x1024xf32>
  %0 = gac.matmul %x, %a : (tensor<?x1024xf32>, tensor<1024x1024xf32>) -> tensor<?x1024xf32>
  %1 = gac.matmul %x, %b : (tensor<?x1024xf32>, tensor<1024x1024xf32>) -> tensor<?x1024xf32>
  %2 = gac.relu %1 : (tensor<?x1024xf32>) -> tensor<?x1024xf32>
  %3 = gac.matmul %2, %c : (tensor<?x1024xf32>, tensor<1024x1024xf32>) -> tensor<?x1024xf32>
  %4 = gac.matmul %x, %d : (tensor<?x1024xf32>, tensor<1024x1024xf32>) -> tensor<?x1024xf32>
  %5 = gac.matmul %x, %e : (tensor<?x1024xf32>, tensor<1024x1024xf32>) -> tensor<?x1024xf32>
  %y0 = gac.neg %0 : (tensor<?x1024xf32>) -> tensor<?x1024xf32>
  %y1 = gac.neg %4 : (tensor<?x1024xf32>) -> tensor<?x1024xf32>
  return %y0, %y1 : tensor<?x1024xf32>, tensor<?x1024xf32>
}
