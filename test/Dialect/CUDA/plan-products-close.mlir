// RUN: gac-opt %s --gac-plan-products="target=%S/Inputs/launches.json entries=decode:n=1" | FileCheck %s

// In microseconds with one row, of x and 4194304 weights: what a product takes is
// 8.39 + 5. With a rank of 424 the factors take 3.48 + 2 * 5, which is 0.7 % more
// and no reason for more than twice the weights; with 448 it is 2.1 %. Merging e
// and f only saves reading w twice.

// CHECK: strategy = "least-time", [] multiply[<"c", "d">] merge[<"e", "f">]>

func.func @model(%x: tensor<?x2048xf32> {gac.name = "x", gac.dims = ["n", ""]},
                 %z: tensor<?x2048xf32> {gac.name = "z", gac.dims = ["n", ""]},
                 %w: tensor<?x2048xf32> {gac.name = "w", gac.dims = ["n", ""]})
    -> (tensor<?x2048xf32> {gac.name = "y0"}, tensor<?x2048xf32> {gac.name = "y1"},
        tensor<?x64xf32> {gac.name = "y2"}, tensor<?x192xf32> {gac.name = "y3"}) {
  %a = gac.initializer "a" = dense<1.0> : tensor<2048x424xf32>
  %b = gac.initializer "b" = dense<1.0> : tensor<424x2048xf32>
  %c = gac.initializer "c" = dense<1.0> : tensor<2048x448xf32>
  %d = gac.initializer "d" = dense<1.0> : tensor<448x2048xf32>
  %e = gac.initializer "e" = dense<1.0> : tensor<2048x64xf32>
  %f = gac.initializer "f" = dense<1.0> : tensor<2048x192xf32>
  %0 = gac.matmul %x, %a : (tensor<?x2048xf32>, tensor<2048x424xf32>) -> tensor<?x424xf32>
  %1 = gac.matmul %0, %b : (tensor<?x424xf32>, tensor<424x2048xf32>) -> tensor<?x2048xf32>
  %2 = gac.matmul %z, %c : (tensor<?x2048xf32>, tensor<2048x448xf32>) -> tensor<?x448xf32>
  %3 = gac.matmul %2, %d : (tensor<?x448xf32>, tensor<448x2048xf32>) -> tensor<?x2048xf32>
  %4 = gac.matmul %w, %e : (tensor<?x2048xf32>, tensor<2048x64xf32>) -> tensor<?x64xf32>
  %5 = gac.matmul %w, %f : (tensor<?x2048xf32>, tensor<2048x192xf32>) -> tensor<?x192xf32>
  %y0 = gac.neg %1 : (tensor<?x2048xf32>) -> tensor<?x2048xf32>
  %y1 = gac.neg %3 : (tensor<?x2048xf32>) -> tensor<?x2048xf32>
  %y2 = gac.neg %4 : (tensor<?x64xf32>) -> tensor<?x64xf32>
  %y3 = gac.neg %5 : (tensor<?x192xf32>) -> tensor<?x192xf32>
  return %y0, %y1, %y2, %y3 : tensor<?x2048xf32>, tensor<?x2048xf32>, tensor<?x64xf32>, tensor<?x192xf32>
}
