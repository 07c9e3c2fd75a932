// RUN: gac-opt %s --gac-form-caches --split-input-file --verify-diagnostics | FileCheck %s

// K and V of an attention become caches together; their shape may be read.
// CHECK-LABEL: func.func @pair
// CHECK-SAME: gac.name = "past_k", gac_cuda.cache = {axis = 2 : i64, output = "present_k"}
// CHECK-SAME: gac.name = "past_v", gac_cuda.cache = {axis = 2 : i64, output = "present_v"}
func.func @pair(
    %q: tensor<1x4x?x16xf32> {gac.dims = ["", "", "seq", ""], gac.name = "q"},
    %k: tensor<1x2x?x16xf32> {gac.dims = ["", "", "seq", ""], gac.name = "k"},
    %pk: tensor<1x2x?x16xf32> {gac.dims = ["", "", "past", ""], gac.name = "past_k"},
    %pv: tensor<1x2x?x16xf32> {gac.dims = ["", "", "past", ""], gac.name = "past_v"})
    -> (tensor<1x4x?x16xf32> {gac.name = "y"}, tensor<1x2x?x16xf32> {gac.name = "present_k"},
        tensor<1x2x?x16xf32> {gac.name = "present_v"}, tensor<4xi64> {gac.name = "shape"}) {
  %shape = gac.shape %pk : (tensor<1x2x?x16xf32>) -> tensor<4xi64>
  %y, %nk, %nv = gac.attention %q, %k, %k, %pk, %pv {is_causal = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 1, 1, 0>, resultSegmentSizes = array<i32: 1, 1, 1, 0>}
      : (tensor<1x4x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>)
      -> (tensor<1x4x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>)
  return %y, %nk, %nv, %shape : tensor<1x4x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<4xi64>
}

// -----

// CHECK-LABEL: func.func @soft
// CHECK-NOT: gac_cuda.cache
func.func @soft(
    %q: tensor<1x2x?x16xf32> {gac.dims = ["", "", "seq", ""], gac.name = "q"},
    %pk: tensor<1x2x?x16xf32> {gac.dims = ["", "", "past", ""], gac.name = "past_k"},
    %pv: tensor<1x2x?x16xf32> {gac.dims = ["", "", "past", ""], gac.name = "past_v"})
    -> (tensor<1x2x?x16xf32> {gac.name = "y"}, tensor<1x2x?x16xf32> {gac.name = "present_k"},
        tensor<1x2x?x16xf32> {gac.name = "present_v"}) {
  // expected-remark @below {{the cache of 'att' (Attention) stays an input and an output: it has a softcap}}
  %y, %nk, %nv = gac.attention %q, %q, %q, %pk, %pv {gac.outputs = ["att", "nk", "nv"], softcap = 2.0 : f32, operandSegmentSizes = array<i32: 1, 1, 1, 0, 1, 1, 0>, resultSegmentSizes = array<i32: 1, 1, 1, 0>}
      : (tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>)
      -> (tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>)
  return %y, %nk, %nv : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>
}

// -----

// CHECK-LABEL: func.func @read
// CHECK-NOT: gac_cuda.cache
func.func @read(
    %q: tensor<1x2x?x16xf32> {gac.dims = ["", "", "seq", ""], gac.name = "q"},
    %pk: tensor<1x2x?x16xf32> {gac.dims = ["", "", "past", ""], gac.name = "past_k"},
    %pv: tensor<1x2x?x16xf32> {gac.dims = ["", "", "past", ""], gac.name = "past_v"})
    -> (tensor<1x2x?x16xf32> {gac.name = "y"}, tensor<1x2x?x16xf32> {gac.name = "present_k"},
        tensor<1x2x?x16xf32> {gac.name = "present_v"}, tensor<1x2x?x16xf32> {gac.name = "z"}) {
  %z = gac.relu %pv {gac.outputs = ["other"]} : (tensor<1x2x?x16xf32>) -> tensor<1x2x?x16xf32>
  // expected-remark @below {{the cache of 'att' (Attention) stays an input and an output: 'past_v' is read by 'other' (Relu) too}}
  %y, %nk, %nv = gac.attention %q, %q, %q, %pk, %pv {gac.outputs = ["att", "nk", "nv"], operandSegmentSizes = array<i32: 1, 1, 1, 0, 1, 1, 0>, resultSegmentSizes = array<i32: 1, 1, 1, 0>}
      : (tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>)
      -> (tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>)
  return %y, %nk, %nv, %z : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>
}

// -----

// CHECK-LABEL: func.func @fixed
// CHECK-NOT: gac_cuda.cache
func.func @fixed(
    %q: tensor<1x2x1x16xf32> {gac.name = "q"}, %pk: tensor<1x2x8x16xf32> {gac.name = "past_k"},
    %pv: tensor<1x2x8x16xf32> {gac.name = "past_v"})
    -> (tensor<1x2x1x16xf32> {gac.name = "y"}, tensor<1x2x9x16xf32> {gac.name = "present_k"},
        tensor<1x2x9x16xf32> {gac.name = "present_v"}) {
  // expected-remark @below {{the number of past positions is 8, not one symbol}}
  %y, %nk, %nv = gac.attention %q, %q, %q, %pk, %pv {operandSegmentSizes = array<i32: 1, 1, 1, 0, 1, 1, 0>, resultSegmentSizes = array<i32: 1, 1, 1, 0>}
      : (tensor<1x2x1x16xf32>, tensor<1x2x1x16xf32>, tensor<1x2x1x16xf32>, tensor<1x2x8x16xf32>, tensor<1x2x8x16xf32>)
      -> (tensor<1x2x1x16xf32>, tensor<1x2x9x16xf32>, tensor<1x2x9x16xf32>)
  return %y, %nk, %nv : tensor<1x2x1x16xf32>, tensor<1x2x9x16xf32>, tensor<1x2x9x16xf32>
}

// -----

// What one step appends, the next one reads.

// CHECK-LABEL: func.func @lanes
// CHECK-NOT: gac_cuda.cache
func.func @lanes(
    %q: tensor<1x2x?x16xf32> {gac.dims = ["", "", "seq", ""], gac.name = "q"},
    %pk: tensor<1x2x?x16xf32> {gac.dims = ["", "", "past", ""], gac.name = "past_k", gac.lanes = [unit, unit, unit, #gac.lanes<16 : 0 to 0 by 14>]},
    %pv: tensor<1x2x?x16xf32> {gac.dims = ["", "", "past", ""], gac.name = "past_v"})
    -> (tensor<1x2x?x16xf32> {gac.name = "y"},
        tensor<1x2x?x16xf32> {gac.name = "present_k", gac.lanes = [unit, unit, unit, #gac.lanes<16 : 0 to 0 by 7, 7 to 8 by 7>]},
        tensor<1x2x?x16xf32> {gac.name = "present_v"}) {
  // expected-remark @below {{the cache of 'att' (Attention) stays an input and an output: 'past_k' has other lanes than what is given for it}}
  %y, %nk, %nv = gac.attention %q, %q, %q, %pk, %pv {gac.outputs = ["att", "nk", "nv"], operandSegmentSizes = array<i32: 1, 1, 1, 0, 1, 1, 0>, resultSegmentSizes = array<i32: 1, 1, 1, 0>}
      : (tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>)
      -> (tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>)
  return %y, %nk, %nv : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>
}
