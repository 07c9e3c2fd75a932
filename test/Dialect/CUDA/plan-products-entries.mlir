// RUN: gac-opt %s --gac-plan-products="target=%S/Inputs/launches.json entries=prefill:n=65536" | FileCheck %s --check-prefix=PREFILL
// RUN: gac-opt %s --gac-plan-products="target=%S/Inputs/launches.json entries=prefill:n=65536,decode:n=1" | FileCheck %s --check-prefix=BOTH

// In microseconds: with 65536 rows the factors take 1369.0 + 2 * 5 and their
// product 1374.4 + 5, which predictions do not tell apart. With one row it is 12.1
// and 7.1: of both entries less than a hundredth, but of this one much.

// PREFILL: strategy = "least-time", []>
// BOTH: strategy = "least-time", [] multiply[<"a", "b">]>

func.func @model(%x: tensor<?x1024xf32> {gac.name = "x", gac.dims = ["n", ""]})
    -> (tensor<?x1024xf32> {gac.name = "y"}) {
  %a = gac.initializer "a" = dense<1.0> : tensor<1024x510xf32>
  %b = gac.initializer "b" = dense<1.0> : tensor<510x1024xf32>
  %0 = gac.matmul %x, %a : (tensor<?x1024xf32>, tensor<1024x510xf32>) -> tensor<?x510xf32>
  %1 = gac.matmul %0, %b : (tensor<?x510xf32>, tensor<510x1024xf32>) -> tensor<?x1024xf32>
  %y = gac.neg %1 : (tensor<?x1024xf32>) -> tensor<?x1024xf32>
  return %y : tensor<?x1024xf32>
}
