// RUN: gac-opt %s --gac-plan | FileCheck %s --check-prefix=MINIMAL
// RUN: gac-opt %s --gac-plan="strategy=optimal" | FileCheck %s --check-prefix=OPTIMAL
// RUN: gac-opt %s --gac-plan="strategy=predefined" | FileCheck %s --check-prefix=PREDEFINED
// RUN: gac-opt %s --gac-plan="strategy=tradeoff budget=10%%" | FileCheck %s --check-prefix=TRADEOFF
// RUN: gac-opt %s --gac-plan="strategy=tradeoff budget=0" | FileCheck %s --check-prefix=NOTHING
// RUN: gac-opt %s --gac-plan="dtype=f32 target=h100" | FileCheck %s --check-prefix=H100

// MINIMAL: gac.plan = #gac.plan<target = "h200", dtype = "bf16", strategy = "minimal", [<"a:1", 1843 to 1848>]>
// OPTIMAL: gac.plan = #gac.plan<target = "h200", dtype = "bf16", strategy = "optimal", [<"a:1", 1843 to 1856>]>
// PREDEFINED: strategy = "predefined", [<"a:1", 1843 to 1856>]>
// TRADEOFF: strategy = "tradeoff", [<"a:1", 1843 to {{18[0-9]*}}>]>
// NOTHING: gac.plan = #gac.plan<target = "h200", dtype = "bf16", strategy = "tradeoff", []>
// H100: gac.plan = #gac.plan<target = "h100", dtype = "f32", strategy = "minimal", [<"a:1", 1843 to 1844>]>

func.func @pair(%x: tensor<?x?x4096xf32> {gac.name = "x", gac.dims = ["batch", "seq", ""]})
    -> (tensor<?x?x1024xf32> {gac.name = "y"}) {
  %a = gac.initializer "a" = dense<1.0> : tensor<4096x1843xf32>
  %b = gac.initializer "b" = dense<1.0> : tensor<1843x1024xf32>
  %h = gac.matmul %x, %a {gac.outputs = ["h"]}
      : (tensor<?x?x4096xf32>, tensor<4096x1843xf32>) -> tensor<?x?x1843xf32>
  %y = gac.matmul %h, %b {gac.outputs = ["y"]}
      : (tensor<?x?x1843xf32>, tensor<1843x1024xf32>) -> tensor<?x?x1024xf32>
  return %y : tensor<?x?x1024xf32>
}
