// RUN: gac-opt %s --gac-plan-products="target=%S/Inputs/launches.json entries=decode:n=1" | FileCheck %s

// Twelve layers of one activation: too many for all combinations. Runs of up to
// eight neighbours are merged, and the two runs share a launch, as do four layers
// that are not merged.

// CHECK: strategy = "least-time", [] merge[<"a", "b", "c", "d", "e", "f", "g", "h">, <"i", "j", "k", "l">]>

func.func @model(%x: tensor<?x1024xf32> {gac.name = "x", gac.dims = ["n", ""]})
    -> (tensor<?x64xf32> {gac.name = "y0"}, tensor<?x64xf32> {gac.name = "y1"}, tensor<?x64xf32> {gac.name = "y2"}, tensor<?x64xf32> {gac.name = "y3"}, tensor<?x64xf32> {gac.name = "y4"}, tensor<?x64xf32> {gac.name = "y5"}, tensor<?x64xf32> {gac.name = "y6"}, tensor<?x64xf32> {gac.name = "y7"}, tensor<?x64xf32> {gac.name = "y8"}, tensor<?x64xf32> {gac.name = "y9"}, tensor<?x64xf32> {gac.name = "y10"}, tensor<?x64xf32> {gac.name = "y11"}) {
  %a = gac.initializer "a" = dense<1.0> : tensor<1024x64xf32>
  %b = gac.initializer "b" = dense<1.0> : tensor<1024x64xf32>
  %c = gac.initializer "c" = dense<1.0> : tensor<1024x64xf32>
  %d = gac.initializer "d" = dense<1.0> : tensor<1024x64xf32>
  %e = gac.initializer "e" = dense<1.0> : tensor<1024x64xf32>
  %f = gac.initializer "f" = dense<1.0> : tensor<1024x64xf32>
  %g = gac.initializer "g" = dense<1.0> : tensor<1024x64xf32>
  %h = gac.initializer "h" = dense<1.0> : tensor<1024x64xf32>
  %i = gac.initializer "i" = dense<1.0> : tensor<1024x64xf32>
  %j = gac.initializer "j" = dense<1.0> : tensor<1024x64xf32>
  %k = gac.initializer "k" = dense<1.0> : tensor<1024x64xf32>
  %l = gac.initializer "l" = dense<1.0> : tensor<1024x64xf32>
  %0 = gac.matmul %x, %a : (tensor<?x1024xf32>, tensor<1024x64xf32>) -> tensor<?x64xf32>
  %y0 = gac.neg %0 : (tensor<?x64xf32>) -> tensor<?x64xf32>
  %1 = gac.matmul %x, %b : (tensor<?x1024xf32>, tensor<1024x64xf32>) -> tensor<?x64xf32>
  %y1 = gac.neg %1 : (tensor<?x64xf32>) -> tensor<?x64xf32>
  %2 = gac.matmul %x, %c : (tensor<?x1024xf32>, tensor<1024x64xf32>) -> tensor<?x64xf32>
  %y2 = gac.neg %2 : (tensor<?x64xf32>) -> tensor<?x64xf32>
  %3 = gac.matmul %x, %d : (tensor<?x1024xf32>, tensor<1024x64xf32>) -> tensor<?x64xf32>
  %y3 = gac.neg %3 : (tensor<?x64xf32>) -> tensor<?x64xf32>
  %4 = gac.matmul %x, %e : (tensor<?x1024xf32>, tensor<1024x64xf32>) -> tensor<?x64xf32>
  %y4 = gac.neg %4 : (tensor<?x64xf32>) -> tensor<?x64xf32>
  %5 = gac.matmul %x, %f : (tensor<?x1024xf32>, tensor<1024x64xf32>) -> tensor<?x64xf32>
  %y5 = gac.neg %5 : (tensor<?x64xf32>) -> tensor<?x64xf32>
  %6 = gac.matmul %x, %g : (tensor<?x1024xf32>, tensor<1024x64xf32>) -> tensor<?x64xf32>
  %y6 = gac.neg %6 : (tensor<?x64xf32>) -> tensor<?x64xf32>
  %7 = gac.matmul %x, %h : (tensor<?x1024xf32>, tensor<1024x64xf32>) -> tensor<?x64xf32>
  %y7 = gac.neg %7 : (tensor<?x64xf32>) -> tensor<?x64xf32>
  %8 = gac.matmul %x, %i : (tensor<?x1024xf32>, tensor<1024x64xf32>) -> tensor<?x64xf32>
  %y8 = gac.neg %8 : (tensor<?x64xf32>) -> tensor<?x64xf32>
  %9 = gac.matmul %x, %j : (tensor<?x1024xf32>, tensor<1024x64xf32>) -> tensor<?x64xf32>
  %y9 = gac.neg %9 : (tensor<?x64xf32>) -> tensor<?x64xf32>
  %10 = gac.matmul %x, %k : (tensor<?x1024xf32>, tensor<1024x64xf32>) -> tensor<?x64xf32>
  %y10 = gac.neg %10 : (tensor<?x64xf32>) -> tensor<?x64xf32>
  %11 = gac.matmul %x, %l : (tensor<?x1024xf32>, tensor<1024x64xf32>) -> tensor<?x64xf32>
  %y11 = gac.neg %11 : (tensor<?x64xf32>) -> tensor<?x64xf32>
  return %y0, %y1, %y2, %y3, %y4, %y5, %y6, %y7, %y8, %y9, %y10, %y11 : tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>
}
