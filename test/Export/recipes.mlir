// Recipes are evaluated into the file: 1 lanes of 2 halves, zeros between. What
// was external goes into one data file at multiples of 4096, data that two
// tensors share only once.

// RUN: rm -rf %t && mkdir %t && printf 'ABCDEFGHIJKLMNOPQRSTUVWX' > %t/w.bin && touch -d @1700000000 %t/w.bin
// RUN: sed s#FOLDER#%t# %s > %t/in.mlir
// RUN: gac-opt %t/in.mlir -o %t/out.onnx
// RUN: gac-opt %t/out.onnx | FileCheck %s -DDIR=%t
// RUN: od -A d -c %t/out.onnx.data | FileCheck %s --check-prefix=DATA

// The same through text in which weights are whole.
// RUN: gac-opt %t/in.mlir --embed-weights -o %t/embedded.mlir
// RUN: rm %t/w.bin
// RUN: gac-opt %t/embedded.mlir | FileCheck %s --check-prefix=EMBEDDED
// RUN: gac-opt %t/embedded.mlir -o %t/inline.onnx
// RUN: %python -c "import onnx, sys; print(onnx.load(sys.argv[1]).graph.initializer[3].raw_data)" %t/inline.onnx | FileCheck %s --check-prefix=INLINE

// CHECK: gac.initializer "halves" = dense<{{\[}}[1, 2, 0, 3, 4, 0], [5, 6, 0, 7, 8, 0], [0, 0, 0, 0, 0, 0]]> : tensor<3x6xi32>
// CHECK: gac.initializer "whole" = #gac.file<"[[DIR]]/out.onnx.data", offset = 0, length = 8, size = 8204, {{.*}}external = true> : tensor<2x4xf8E5M2>
// CHECK: gac.initializer "tied" = #gac.file<"[[DIR]]/out.onnx.data", offset = 0, length = 8,
// CHECK: gac.initializer "grown" = #gac.file<"[[DIR]]/out.onnx.data", offset = 4096, length = 15,
// CHECK: gac.initializer "twice" = #gac.file<"[[DIR]]/out.onnx.data", offset = 8192, length = 12,

// DATA:      0000000   I   J   K   L   M   N   O   P  \0
// DATA:      0004096   A   B   C   D  \0   E   F   G   H  \0  \0  \0  \0  \0  \0  \0
// DATA:      0008192  \0   A   B   C   D   E   F   G   H  \0  \0  \0
// DATA-NEXT: 0008204

// EMBEDDED: gac.initializer "grown" = dense_resource<weight{{.*}}> : tensor<3x5xf8E5M2>
// EMBEDDED: "0x40000000414243440045464748000000000000"
// INLINE: b'ABCD\x00EFGH\x00\x00\x00\x00\x00\x00'

func.func @main_graph() -> (tensor<3x6xi32> {gac.name = "y"}) {
  %0 = gac.initializer "halves" =
      #gac.pad<dense<[[1, 2, 3, 4], [5, 6, 7, 8]]> : tensor<2x4xi32>,
               [<3 : 0 to 0 by 2>, <6 : 0 to 0 by 2, 2 to 3 by 2>]> : tensor<3x6xi32>
  %1 = gac.initializer "whole" =
      #gac.file<"FOLDER/w.bin", offset = 8, length = 8, size = 24, mtime = 1700000000000000000, external = true> : tensor<2x4xf8E5M2>
  %2 = gac.initializer "tied" =
      #gac.file<"FOLDER/w.bin", offset = 8, length = 8, size = 24, mtime = 1700000000000000000, external = true> : tensor<8xf8E5M2>
  %3 = gac.initializer "grown" =
      #gac.pad<#gac.file<"FOLDER/w.bin", offset = 0, length = 8, size = 24, mtime = 1700000000000000000, external = true> : tensor<2x4xf8E5M2>,
               [<3 : 0 to 0 by 2>, <5 : 0 to 0 by 4>]> : tensor<3x5xf8E5M2>
  %4 = gac.initializer "twice" =
      #gac.pad<#gac.pad<#gac.file<"FOLDER/w.bin", offset = 0, length = 8, size = 24, mtime = 1700000000000000000, external = true> : tensor<8xf8E5M2>,
                        [<10 : 0 to 0 by 8>]> : tensor<10xf8E5M2>,
               [<12 : 0 to 1 by 10>]> : tensor<12xf8E5M2>
  %y = gac.relu %0 {gac.outputs = ["y"]} : (tensor<3x6xi32>) -> tensor<3x6xi32>
  return %y : tensor<3x6xi32>
}
