// The stock mlir-opt reads the dialect and runs its passes from the plugin.

// An uninstrumented mlir-opt cannot load instrumented code.
// UNSUPPORTED: asan

// RUN: mlir-opt --load-dialect-plugin=%gacplugin --load-pass-plugin=%gacplugin \
// RUN:   --pass-pipeline='builtin.module(gac-bind-dims{dims=n=2},func.func(canonicalize))' %s | FileCheck %s

// CHECK-LABEL: func.func @main_graph
// CHECK-SAME: tensor<2x4xf32>
// CHECK: gac.initializer "w" = #gac.file<"w.bin", offset = 0, length = 16, size = 16, mtime = 5> : tensor<4xf32>
// CHECK: gac.add {{.*}} -> tensor<2x4xf32>

func.func @main_graph(%x: tensor<?x4xf32> {gac.name = "x", gac.dims = ["n", ""]})
    -> (tensor<?x4xf32> {gac.name = "y"}) {
  %w = gac.initializer "w" = #gac.file<"w.bin", offset = 0, length = 16, size = 16, mtime = 5> : tensor<4xf32>
  %0 = gac.add %x, %w {gac.outputs = ["y"], gac.dims = [["n", ""]]}
      : (tensor<?x4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}
