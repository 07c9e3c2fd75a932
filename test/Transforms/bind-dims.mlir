// RUN: gac-opt %s --split-input-file --verify-diagnostics --gac-bind-dims="dims=batch=2,seq=9" | FileCheck %s

// Symbols and formulas of symbols become sizes; what stays symbolic keeps its
// name. The module says what was bound.

// CHECK: module attributes {gac.bound = ["batch=2", "seq=9"]}
// CHECK: func.func @main_graph(%arg0: tensor<2x?x18x64xf32>
// CHECK-SAME: gac.dims = ["", "past", "", ""]
module {
  func.func @main_graph(%arg0: tensor<?x?x?x64xf32>
      {gac.dims = ["batch", "past", "2*seq", ""], gac.name = "x"})
      -> (tensor<?x?x?x64xf32> {gac.name = "y"}) {
    // CHECK: gac.relu %arg0 {gac.dims = {{\[\[}}"", "past", "", ""]]
    // CHECK-SAME: -> tensor<2x?x18x64xf32>
    %0 = gac.relu %arg0 {gac.dims = [["batch", "past", "2*seq", ""]]}
        : (tensor<?x?x?x64xf32>) -> tensor<?x?x?x64xf32>
    return %0 : tensor<?x?x?x64xf32>
  }
}

// -----

// A name that no input has is a mistake, not a hint.

module {
  // expected-error @below {{'batch'}}
  func.func @main_graph(%arg0: tensor<?x64xf32>
      {gac.dims = ["seq", ""], gac.name = "x"}) -> tensor<?x64xf32> {
    return %arg0 : tensor<?x64xf32>
  }
}
