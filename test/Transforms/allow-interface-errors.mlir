// RUN: not gac-opt %s --gac-allow-interface="patterns=past_*,q" 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: not gac-opt %s --gac-allow-interface="patterns=[a-" 2>&1 | FileCheck %s --check-prefix=BAD
// RUN: gac-opt %s --gac-allow-interface="patterns=\\*,p?" | FileCheck %s

// NONE: error: the interface cannot be allowed to change by 'q': no input or output has such a name; the model has inputs 'past_0', 'p1', and outputs '*'
// BAD: error: the interface cannot be allowed to change by '[a-': invalid glob pattern, unmatched '['; the model has inputs 'past_0', 'p1', and outputs '*'

// CHECK-LABEL: func.func @main_graph
// CHECK-SAME: %arg0: tensor<3xf32> {gac.name = "past_0"}
// CHECK-SAME: %arg1: tensor<3xf32> {gac.may_change, gac.name = "p1"}
// CHECK-SAME: -> (tensor<3xf32> {gac.may_change, gac.name = "*"})
func.func @main_graph(%a: tensor<3xf32> {gac.name = "past_0"}, %b: tensor<3xf32> {gac.name = "p1"})
    -> (tensor<3xf32> {gac.name = "*"}) {
  %c = gac.add %a, %b : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
  return %c : tensor<3xf32>
}
