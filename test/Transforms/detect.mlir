// RUN: gac-opt %s --gac-detect -o %t.mlir 2>&1 | FileCheck %s
// RUN: gac-opt %s --gac-detect="target=a100" -o %t.mlir 2>&1 | FileCheck %s --check-prefix=A100
// RUN: gac-opt %s --gac-detect="dtype=f32" -o %t.mlir 2>&1 | FileCheck %s --check-prefix=F32
// RUN: gac-opt %s --gac-detect="dims=seq=7" -o %t.mlir 2>&1 | FileCheck %s --check-prefix=BOUND

// A low-rank pair of rank 107, and an input of 131 columns that is interface.
// Remarks stand at the node, worst first; the module does not change.

// CHECK: :[[#@LINE + 21]]:{{.*}}: remark: dimension 'a:1' of size 107 is slow: K = 107: K is odd{{.*}}; N = 107: N is odd{{.*}}; it is the rank; predicted cost 2.{{[0-9]+}}x; the least repair makes it 112
// CHECK-NEXT: :[[#@LINE + 20]]:{{.*}}: remark: dimension 'a:0' of size 131 is slow: K = 131: K is odd{{.*}}; it is the {{.*}}; predicted cost 1.{{[0-9]+}}x; it cannot become a multiple of 8
// CHECK-NEXT: note: graph input x axis 2
// CHECK-NEXT: note: --allow-interface 'x' lets it grow; to keep the interface, copies of it would move 534.0 KiB in each run, {{[0-9.]+}} us
// CHECK-NOT: {{remark|error}}

// A target without measurements finds the same, and says that it has no price.
// A100-DAG: dimension 'a:1' of size 107 is slow: {{.*}}; predicted cost not measured; the least repair makes it 112
// A100-DAG: dimension 'a:0' of size 131 is slow: {{.*}}; predicted cost not measured; it cannot become a multiple of 8

// TF32 asks for four elements.
// F32: dimension 'a:1' of size 107 is slow: {{.*}}; the least repair makes it 108

// Symbols are priced at the reference; they are no findings unless bound.
// BOUND: dimension 'a:1'
// BOUND-NOT: of size 7 

func.func @pair(%x: tensor<?x?x131xf32> {gac.name = "x", gac.dims = ["batch", "seq", ""]})
    -> (tensor<?x?x4096xf32> {gac.name = "y"}) {
  %a = gac.initializer "a" = dense<1.0> : tensor<131x107xf32>
  %b = gac.initializer "b" = dense<1.0> : tensor<107x4096xf32>
  %h = gac.matmul %x, %a {gac.outputs = ["h"]}
      : (tensor<?x?x131xf32>, tensor<131x107xf32>) -> tensor<?x?x107xf32>
  %y = gac.matmul %h, %b {gac.outputs = ["y"]}
      : (tensor<?x?x107xf32>, tensor<107x4096xf32>) -> tensor<?x?x4096xf32>
  return %y : tensor<?x?x4096xf32>
}
