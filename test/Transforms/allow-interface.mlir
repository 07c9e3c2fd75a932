// RUN: gac-opt %s --gac-allow-interface="patterns=p*,[qr]" --split-input-file | FileCheck %s --check-prefix=MARK
// RUN: gac-opt %s --gac-allow-interface="patterns=p*,[qr]" --gac-apply --split-input-file | FileCheck %s

// The halves of a head grow each: so do the input and the output, which say
// where their lanes were. What is not named stays fixed.

// MARK-LABEL: func.func @halves
// MARK-SAME: %arg0: tensor<?x14xf32> {gac.dims = ["n", ""], gac.may_change, gac.name = "past"}
// MARK-SAME: %arg1: tensor<?x14xf32> {gac.dims = ["n", ""], gac.name = "x"}
// MARK-SAME: -> (tensor<?x14xf32> {gac.may_change, gac.name = "q"}, tensor<?x2xf32> {gac.name = "y"})
// CHECK-LABEL: func.func @halves
// CHECK-SAME: %arg0: tensor<?x16xf32> {gac.dims = ["n", ""], gac.lanes = [unit, #gac.lanes<16 : 0 to 0 by 7, 7 to 8 by 7>], gac.may_change, gac.name = "past"}
// CHECK-SAME: %arg1: tensor<?x14xf32> {gac.dims = ["n", ""], gac.name = "x"}
// CHECK-SAME: -> (tensor<?x16xf32> {gac.lanes = [unit, #gac.lanes<16 : 0 to 0 by 7, 7 to 8 by 7>], gac.may_change, gac.name = "q"}, tensor<?x2xf32> {gac.name = "y"})
// CHECK: gac.initializer "w" = {{.*}}[<16 : 0 to 0 by 7, 7 to 8 by 7>, <2 : 0 to 0 by 2>]>
// CHECK: gac.mul {{.*}} -> tensor<?x16xf32>
module attributes {gac.plan = #gac.plan<target = "h200", dtype = "bf16", strategy = "minimal", [<"f:0", 7 to 8>]>} {
  func.func @halves(%past: tensor<?x14xf32> {gac.name = "past", gac.dims = ["n", ""]},
                    %x: tensor<?x14xf32> {gac.name = "x", gac.dims = ["n", ""]})
      -> (tensor<?x14xf32> {gac.name = "q"}, tensor<?x2xf32> {gac.name = "y"}) {
    %f = gac.initializer "f" = dense<1.0> : tensor<7xf32>
    %w = gac.initializer "w" = dense<1.0> : tensor<14x2xf32>
    %two = gac.concat %f, %f {axis = 0 : i64, gac.outputs = ["two"]} : (tensor<7xf32>, tensor<7xf32>) -> tensor<14xf32>
    %q = gac.mul %past, %two {gac.outputs = ["q"]} : (tensor<?x14xf32>, tensor<14xf32>) -> tensor<?x14xf32>
    %y = gac.matmul %q, %w {gac.outputs = ["y"]} : (tensor<?x14xf32>, tensor<14x2xf32>) -> tensor<?x2xf32>
    return %q, %y : tensor<?x14xf32>, tensor<?x2xf32>
  }
}

// -----

// What has grown before grows on: the map is from the first lanes.

// CHECK-LABEL: func.func @again
// CHECK-SAME: %arg0: tensor<3x16x32xf32> {gac.lanes = [unit, #gac.lanes<16 : 0 to 0 by 14>, #gac.lanes<32 : 0 to 0 by 7, 7 to 16 by 7>], gac.may_change, gac.name = "past"}
// CHECK-SAME: -> (tensor<3x16x32xf32> {gac.lanes = [unit, #gac.lanes<16 : 0 to 0 by 14>, #gac.lanes<32 : 0 to 0 by 7, 7 to 16 by 7>], gac.may_change, gac.name = "q"})
module attributes {gac.plan = #gac.plan<target = "h200", dtype = "bf16", strategy = "minimal", [<"f:0", 8 to 16>]>} {
  func.func @again(%past: tensor<3x16x16xf32> {gac.name = "past", gac.lanes = [unit, #gac.lanes<16 : 0 to 0 by 14>, #gac.lanes<16 : 0 to 0 by 7, 7 to 8 by 7>]})
      -> (tensor<3x16x16xf32> {gac.name = "q", gac.lanes = [unit, #gac.lanes<16 : 0 to 0 by 14>, #gac.lanes<16 : 0 to 0 by 7, 7 to 8 by 7>]}) {
    %f = gac.initializer "f" = dense<1.0> : tensor<8xf32>
    %two = gac.concat %f, %f {axis = 0 : i64, gac.outputs = ["two"]} : (tensor<8xf32>, tensor<8xf32>) -> tensor<16xf32>
    %q = gac.mul %past, %two {gac.outputs = ["q"]} : (tensor<3x16x16xf32>, tensor<16xf32>) -> tensor<3x16x16xf32>
    return %q : tensor<3x16x16xf32>
  }
}

// -----

// A run of the first map that the second one takes apart.

// CHECK-LABEL: func.func @apart
// CHECK-SAME: %arg0: tensor<3x32xf32> {gac.lanes = [unit, #gac.lanes<32 : 0 to 1 by 7, 7 to 16 by 7>], gac.may_change, gac.name = "past"}
module attributes {gac.plan = #gac.plan<target = "h200", dtype = "bf16", strategy = "minimal", [<"f:0", 8 to 16>]>} {
  func.func @apart(%past: tensor<3x16xf32> {gac.name = "past", gac.lanes = [unit, #gac.lanes<16 : 0 to 1 by 14>]})
      -> (tensor<3x16xf32> {gac.name = "q"}) {
    %f = gac.initializer "f" = dense<1.0> : tensor<8xf32>
    %two = gac.concat %f, %f {axis = 0 : i64, gac.outputs = ["two"]} : (tensor<8xf32>, tensor<8xf32>) -> tensor<16xf32>
    %q = gac.mul %past, %two {gac.outputs = ["q"]} : (tensor<3x16xf32>, tensor<16xf32>) -> tensor<3x16xf32>
    return %q : tensor<3x16xf32>
  }
}
