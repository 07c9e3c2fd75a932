// RUN: gac-opt %s --gac-plan="target=%S/Inputs/tiers.json" | FileCheck %s --check-prefix=MINIMAL
// RUN: gac-opt %s --gac-plan="target=%S/Inputs/tiers.json strategy=optimal" | FileCheck %s --check-prefix=OPTIMAL
// RUN: gac-opt %s --gac-plan="target=%S/Inputs/tiers.json strategy=predefined" | FileCheck %s --check-prefix=PREDEFINED

// All strategies grow 1843 to a multiple of 8. That of 64, 1856, costs next to
// nothing and doubles the speed; that of 128, 1920, adds 3 % for less than 1 % of
// speed. 1872 grows to 1920, the next multiple of 64: what `minimal` leaves alone
// is still at half the speed. 1856 could gain less than 1 %, and stays.
// MINIMAL: [<"a:1", 1843 to 1848>]>
// OPTIMAL: [<"a:1", 1843 to 1856>, <"c:1", 1872 to 1920>]>
// PREDEFINED: [<"a:1", 1843 to 1856>, <"c:1", 1872 to 1920>]>

func.func @pairs(%x: tensor<?x?x4096xf32> {gac.name = "x", gac.dims = ["batch", "seq", ""]})
    -> (tensor<?x?x1024xf32> {gac.name = "y"}, tensor<?x?x1024xf32> {gac.name = "z"}, tensor<?x?x1024xf32> {gac.name = "w"}) {
  %a = gac.initializer "a" = dense<1.0> : tensor<4096x1843xf32>
  %b = gac.initializer "b" = dense<1.0> : tensor<1843x1024xf32>
  %c = gac.initializer "c" = dense<1.0> : tensor<4096x1872xf32>
  %d = gac.initializer "d" = dense<1.0> : tensor<1872x1024xf32>
  %e = gac.initializer "e" = dense<1.0> : tensor<4096x1856xf32>
  %f = gac.initializer "f" = dense<1.0> : tensor<1856x1024xf32>
  %h = gac.matmul %x, %a : (tensor<?x?x4096xf32>, tensor<4096x1843xf32>) -> tensor<?x?x1843xf32>
  %y = gac.matmul %h, %b {gac.outputs = ["y"]} : (tensor<?x?x1843xf32>, tensor<1843x1024xf32>) -> tensor<?x?x1024xf32>
  %g = gac.matmul %x, %c : (tensor<?x?x4096xf32>, tensor<4096x1872xf32>) -> tensor<?x?x1872xf32>
  %z = gac.matmul %g, %d {gac.outputs = ["z"]} : (tensor<?x?x1872xf32>, tensor<1872x1024xf32>) -> tensor<?x?x1024xf32>
  %i = gac.matmul %x, %e : (tensor<?x?x4096xf32>, tensor<4096x1856xf32>) -> tensor<?x?x1856xf32>
  %w = gac.matmul %i, %f {gac.outputs = ["w"]} : (tensor<?x?x1856xf32>, tensor<1856x1024xf32>) -> tensor<?x?x1024xf32>
  return %y, %z, %w : tensor<?x?x1024xf32>, tensor<?x?x1024xf32>, tensor<?x?x1024xf32>
}
