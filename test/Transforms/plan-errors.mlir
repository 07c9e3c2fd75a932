// RUN: not gac-opt %s --gac-plan="target=b200" 2>&1 | FileCheck %s --check-prefix=TARGET
// RUN: not gac-opt %s --gac-detect="target=%t/none.json" 2>&1 | FileCheck %s --check-prefix=FILE
// RUN: not gac-opt %s --gac-plan="dtype=fp8" 2>&1 | FileCheck %s --check-prefix=DTYPE
// RUN: not gac-opt %s --gac-plan="dims=squence=4" 2>&1 | FileCheck %s --check-prefix=DIM
// RUN: not gac-opt %s --gac-plan="strategy=greedy" 2>&1 | FileCheck %s --check-prefix=STRATEGY
// RUN: not gac-opt %s --gac-plan="budget=64furlongs" 2>&1 | FileCheck %s --check-prefix=BUDGET
// RUN: not gac-opt %s --gac-plan="strategy=tradeoff target=a100" 2>&1 | FileCheck %s --check-prefix=MEASURED

// TARGET: error: unknown target 'b200': the built-in ones are a100, h100, h200; any other is named by its .json file
// FILE: error: cannot read target file '{{.*}}none.json'
// DTYPE: error: unknown type 'fp8': expected bf16, f16 or f32
// DIM: error: {{.*}}squence
// STRATEGY: error: unknown strategy 'greedy': expected minimal, optimal, predefined or tradeoff
// BUDGET: error: bad budget '64furlongs'
// MEASURED: error: strategy tradeoff needs measured costs, and target 'a100' has none for bf16

func.func @main_graph(%x: tensor<?x64xf32> {gac.name = "x", gac.dims = ["batch", ""]})
    -> (tensor<?x64xf32> {gac.name = "y"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<64x64xf32>
  %y = gac.matmul %x, %w {gac.outputs = ["y"]}
      : (tensor<?x64xf32>, tensor<64x64xf32>) -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}
