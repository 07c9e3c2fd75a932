// RUN: gac-opt %s --gac-place-caches --split-input-file --verify-diagnostics | FileCheck %s

// The cache has its capacity, and what the model counts from its shape is read
// when the entry runs. Heads get an axis.
// CHECK-LABEL: func.func @decode
// CHECK-SAME: %[[PK:[a-z0-9]+]]: tensor<1x2x33x16xf32> {gac.name = "past_k", gac_cuda.cache = {append = 1 : i64, axis = 2 : i64, output = "present_k"}}
// CHECK-SAME: -> (tensor<1x1x32xf32> {gac.name = "y"}, tensor<2xi64> {gac.name = "ids"})
// CHECK: %[[P:.*]] = gac_cuda.position "past_k" : tensor<i32>
// CHECK: %[[P64:.*]] = gac.cast %[[P]] {{.*}}to = 7 : i64} : (tensor<i32>) -> tensor<i64>
// CHECK: %[[C1:.*]] = gac.constant dense<[1, 2]> : tensor<2xi64>
// CHECK: %[[SCALED:.*]] = gac.mul %[[C1]], %[[P64]]
// CHECK: %[[C0:.*]] = gac.constant dense<[5, 0]> : tensor<2xi64>
// CHECK: %[[IDS:.*]] = gac.add %[[SCALED]], %[[C0]]
// CHECK: %[[ROWS:.*]] = gac.transpose %{{.*}} {perm = array<i64: 0, 2, 1, 3>} : (tensor<1x1x2x16xf32>) -> tensor<1x2x1x16xf32>
// CHECK: %[[K:.*]] = gac_cuda.append ins(%{{.*}} : tensor<1x2x1x16xf32>) at(%[[P]] : tensor<i32>) outs(%[[PK]] : tensor<1x2x33x16xf32>)
// CHECK: gac_cuda.attention ins(%{{.*}}, %[[K]], %{{.*}}) at(%[[P]] : tensor<i32>) outs(%{{.*}} : tensor<1x2x1x16xf32>) {scale = 2.500000e-01 : f32}
// CHECK: return %{{.*}}, %[[IDS]] : tensor<1x1x32xf32>, tensor<2xi64>
func.func @decode(%x: tensor<1x1x32xf32> {gac.name = "x"},
    %pk: tensor<1x2x?x16xf32> {gac.dims = ["", "", "past", ""], gac.name = "past_k",
        gac_cuda.cache = {append = 1 : i64, axis = 2 : i64, capacity = 33 : i64, output = "present_k"}},
    %pv: tensor<1x2x?x16xf32> {gac.dims = ["", "", "past", ""], gac.name = "past_v",
        gac_cuda.cache = {append = 1 : i64, axis = 2 : i64, capacity = 33 : i64, output = "present_v"}})
    -> (tensor<1x1x32xf32> {gac.name = "y"}, tensor<1x2x?x16xf32> {gac.name = "present_k"},
        tensor<1x2x?x16xf32> {gac.name = "present_v"}, tensor<2xi64> {gac.name = "ids"})
    attributes {gac_cuda.entry = "decode"} {
  %past = gac.shape %pk {start = 2 : i64, end = 3 : i64} : (tensor<1x2x?x16xf32>) -> tensor<1xi64>
  %five = gac.constant dense<5> : tensor<1xi64>
  %sum = gac.add %past, %five : (tensor<1xi64>, tensor<1xi64>) -> tensor<1xi64>
  %twice = gac.add %past, %past : (tensor<1xi64>, tensor<1xi64>) -> tensor<1xi64>
  %ids = gac.concat %sum, %twice {axis = 0 : i64} : (tensor<1xi64>, tensor<1xi64>) -> tensor<2xi64>
  %y, %nk, %nv = gac.attention %x, %x, %x, %pk, %pv {q_num_heads = 2 : i64, kv_num_heads = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 1, 1, 0>, resultSegmentSizes = array<i32: 1, 1, 1, 0>}
      : (tensor<1x1x32xf32>, tensor<1x1x32xf32>, tensor<1x1x32xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>)
      -> (tensor<1x1x32xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>)
  return %y, %nk, %nv, %ids : tensor<1x1x32xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<2xi64>
}

// -----

// A range too long to be told apart counts from 0.
// CHECK-LABEL: func.func @long
// CHECK: %[[P:.*]] = gac_cuda.position "past_k"
// CHECK: %[[P64:.*]] = gac.cast %[[P]]
// CHECK: %[[RANGE:.*]] = gac.range %{{.*}}, %{{.*}}, %{{.*}} -> tensor<300xi64>
// CHECK: gac.add %[[RANGE]], %[[P64]]
func.func @long(%x: tensor<1x2x300x16xf32> {gac.name = "x"},
    %pk: tensor<1x2x?x16xf32> {gac.dims = ["", "", "past", ""], gac.name = "past_k",
        gac_cuda.cache = {append = 300 : i64, axis = 2 : i64, capacity = 312 : i64, output = "present_k"}},
    %pv: tensor<1x2x?x16xf32> {gac.dims = ["", "", "past", ""], gac.name = "past_v",
        gac_cuda.cache = {append = 300 : i64, axis = 2 : i64, capacity = 312 : i64, output = "present_v"}})
    -> (tensor<1x2x300x16xf32> {gac.name = "y"}, tensor<1x2x?x16xf32> {gac.name = "present_k"},
        tensor<1x2x?x16xf32> {gac.name = "present_v"}, tensor<?xi64> {gac.name = "ids"})
    attributes {gac_cuda.entry = "long"} {
  %axis = gac.constant dense<0> : tensor<1xi64>
  %rows = gac.constant dense<300> : tensor<i64>
  %one = gac.constant dense<1> : tensor<i64>
  %past = gac.shape %pk {start = 2 : i64, end = 3 : i64} : (tensor<1x2x?x16xf32>) -> tensor<1xi64>
  %first = gac.squeeze %past, %axis : (tensor<1xi64>, tensor<1xi64>) -> tensor<i64>
  %last = gac.add %first, %rows : (tensor<i64>, tensor<i64>) -> tensor<i64>
  %ids = gac.range %first, %last, %one : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xi64>
  %y, %nk, %nv = gac.attention %x, %x, %x, %pk, %pv {operandSegmentSizes = array<i32: 1, 1, 1, 0, 1, 1, 0>, resultSegmentSizes = array<i32: 1, 1, 1, 0>}
      : (tensor<1x2x300x16xf32>, tensor<1x2x300x16xf32>, tensor<1x2x300x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>)
      -> (tensor<1x2x300x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>)
  return %y, %nk, %nv, %ids : tensor<1x2x300x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<?xi64>
}

// -----

// What grows with a cache has no place in an entry.
func.func @grows(%x: tensor<1x2x1x16xf32> {gac.name = "x"},
    %pk: tensor<1x2x?x16xf32> {gac.dims = ["", "", "past", ""], gac.name = "past_k",
        gac_cuda.cache = {append = 1 : i64, axis = 2 : i64, capacity = 33 : i64, output = "present_k"}},
    %pv: tensor<1x2x?x16xf32> {gac.dims = ["", "", "past", ""], gac.name = "past_v",
        gac_cuda.cache = {append = 1 : i64, axis = 2 : i64, capacity = 33 : i64, output = "present_v"}})
    -> (tensor<1x2x1x16xf32> {gac.name = "y"}, tensor<1x2x?x16xf32> {gac.name = "present_k"},
        tensor<1x2x?x16xf32> {gac.name = "present_v"}, tensor<?xi64> {gac.name = "ids"})
    attributes {gac_cuda.entry = "grows"} {
  %axis = gac.constant dense<0> : tensor<1xi64>
  %zero = gac.constant dense<0> : tensor<i64>
  %one = gac.constant dense<1> : tensor<i64>
  %past = gac.shape %pk {start = 2 : i64, end = 3 : i64} : (tensor<1x2x?x16xf32>) -> tensor<1xi64>
  %first = gac.squeeze %past, %axis : (tensor<1xi64>, tensor<1xi64>) -> tensor<i64>
  %last = gac.add %first, %one : (tensor<i64>, tensor<i64>) -> tensor<i64>
  // expected-error @below {{'positions' (Range): axis 0 has past + 1 lanes, which grows with cache 'past_k', and an entry's sizes are fixed}}
  %ids = gac.range %zero, %last, %one {gac.outputs = ["positions"]} : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xi64>
  %y, %nk, %nv = gac.attention %x, %x, %x, %pk, %pv {operandSegmentSizes = array<i32: 1, 1, 1, 0, 1, 1, 0>, resultSegmentSizes = array<i32: 1, 1, 1, 0>}
      : (tensor<1x2x1x16xf32>, tensor<1x2x1x16xf32>, tensor<1x2x1x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>)
      -> (tensor<1x2x1x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>)
  return %y, %nk, %nv, %ids : tensor<1x2x1x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<?xi64>
}

// -----

// A key's cache goes with its value's.
func.func @half(%x: tensor<1x2x1x16xf32> {gac.name = "x"},
    %pk: tensor<1x2x?x16xf32> {gac.dims = ["", "", "past", ""], gac.name = "past_k",
        gac_cuda.cache = {append = 1 : i64, axis = 2 : i64, capacity = 33 : i64, output = "present_k"}},
    %pv: tensor<1x2x?x16xf32> {gac.dims = ["", "", "past", ""], gac.name = "past_v"})
    -> (tensor<1x2x1x16xf32> {gac.name = "y"}, tensor<1x2x?x16xf32> {gac.name = "present_k"},
        tensor<1x2x?x16xf32> {gac.name = "present_v"})
    attributes {gac_cuda.entry = "half"} {
  // expected-error @below {{'y' (Attention) reads cache 'past_k' beside a past that is none}}
  %y, %nk, %nv = gac.attention %x, %x, %x, %pk, %pv {gac.outputs = ["y", "nk", "nv"], operandSegmentSizes = array<i32: 1, 1, 1, 0, 1, 1, 0>, resultSegmentSizes = array<i32: 1, 1, 1, 0>}
      : (tensor<1x2x1x16xf32>, tensor<1x2x1x16xf32>, tensor<1x2x1x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>)
      -> (tensor<1x2x1x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>)
  return %y, %nk, %nv : tensor<1x2x1x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>
}

// -----

// 2^64 elements and a few more, which 64 bits do not count.
// expected-error @below {{input 'x': with axis 1, of 74342 lanes, 'tensor<1824726041x74342x135984xf32>' has more than 2^48 bytes}}
func.func @wraps(%x: tensor<1824726041x74342x135984xf32> {gac.name = "x"}) -> (tensor<1824726041x74342x135984xf32> {gac.name = "y"})
    attributes {gac_cuda.entry = "wraps"} {
  %y = gac.relu %x : (tensor<1824726041x74342x135984xf32>) -> tensor<1824726041x74342x135984xf32>
  return %y : tensor<1824726041x74342x135984xf32>
}

// -----

// The input has 2^48 bytes.
func.func @doubles(%x: tensor<4x17592186044416xf32> {gac.name = "x"}) -> (tensor<8x17592186044416xf32> {gac.name = "y"})
    attributes {gac_cuda.entry = "doubles"} {
  // expected-error @below {{'both' (Concat): with axis 1, of 17592186044416 lanes, 'tensor<8x17592186044416xf32>' has more than 2^48 bytes}}
  %y = gac.concat %x, %x {axis = 0 : i64, gac.outputs = ["both"]} : (tensor<4x17592186044416xf32>, tensor<4x17592186044416xf32>) -> tensor<8x17592186044416xf32>
  return %y : tensor<8x17592186044416xf32>
}
