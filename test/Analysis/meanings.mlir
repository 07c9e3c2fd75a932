// RUN: gac-opt %s --gac-print-dimensions=meanings -o %t | FileCheck %s

// What structure tells: h is between two products and nothing else is, g has an
// activation and a gate, x is what residual sums add. Names tell where.

// CHECK-LABEL: function @blocks
// CHECK: dimension model.embed.weight:0 = 33: vocabulary, embed
// CHECK: dimension model.embed.weight:1 = 16: hidden, all layers, mlp
// CHECK: dimension model.layers.0.mlp.gate.weight:1 = 21: MLP width, layer 0, mlp
// CHECK: dimension model.layers.0.mlp.up.A.weight:1 = 5: rank, layer 0, mlp.up
// CHECK: dimension model.layers.1.mlp.gate.weight:1 = 21: MLP width, layer 1, mlp
// CHECK: dimension model.head.weight:1 = 33: vocabulary, head
func.func @blocks(%ids: tensor<?xi64> {gac.name = "ids", gac.dims = ["n"]})
    -> (tensor<?x33xf32> {gac.name = "y"}) {
  %e = gac.initializer "model.embed.weight" = dense<1.0> : tensor<33x16xf32>
  %g0 = gac.initializer "model.layers.0.mlp.gate.weight" = dense<1.0> : tensor<16x21xf32>
  %a0 = gac.initializer "model.layers.0.mlp.up.A.weight" = dense<1.0> : tensor<16x5xf32>
  %b0 = gac.initializer "model.layers.0.mlp.up.B.weight" = dense<1.0> : tensor<5x21xf32>
  %d0 = gac.initializer "model.layers.0.mlp.down.weight" = dense<1.0> : tensor<21x16xf32>
  %g1 = gac.initializer "model.layers.1.mlp.gate.weight" = dense<1.0> : tensor<16x21xf32>
  %d1 = gac.initializer "model.layers.1.mlp.down.weight" = dense<1.0> : tensor<21x16xf32>
  %w = gac.initializer "model.head.weight" = dense<1.0> : tensor<16x33xf32>
  %x = gac.gather %e, %ids {gac.outputs = ["x"]} : (tensor<33x16xf32>, tensor<?xi64>) -> tensor<?x16xf32>
  %p0 = gac.matmul %x, %g0 {gac.outputs = ["p0"]} : (tensor<?x16xf32>, tensor<16x21xf32>) -> tensor<?x21xf32>
  %s0 = gac.sigmoid %p0 {gac.outputs = ["s0"]} : (tensor<?x21xf32>) -> tensor<?x21xf32>
  %h0 = gac.matmul %x, %a0 {gac.outputs = ["h0"]} : (tensor<?x16xf32>, tensor<16x5xf32>) -> tensor<?x5xf32>
  %u0 = gac.matmul %h0, %b0 {gac.outputs = ["u0"]} : (tensor<?x5xf32>, tensor<5x21xf32>) -> tensor<?x21xf32>
  %m0 = gac.mul %s0, %u0 {gac.outputs = ["m0"]} : (tensor<?x21xf32>, tensor<?x21xf32>) -> tensor<?x21xf32>
  %o0 = gac.matmul %m0, %d0 {gac.outputs = ["o0"]} : (tensor<?x21xf32>, tensor<21x16xf32>) -> tensor<?x16xf32>
  %x0 = gac.add %x, %o0 {gac.outputs = ["x0"]} : (tensor<?x16xf32>, tensor<?x16xf32>) -> tensor<?x16xf32>
  %p1 = gac.matmul %x0, %g1 {gac.outputs = ["p1"]} : (tensor<?x16xf32>, tensor<16x21xf32>) -> tensor<?x21xf32>
  %s1 = gac.relu %p1 {gac.outputs = ["s1"]} : (tensor<?x21xf32>) -> tensor<?x21xf32>
  %o1 = gac.matmul %s1, %d1 {gac.outputs = ["o1"]} : (tensor<?x21xf32>, tensor<21x16xf32>) -> tensor<?x16xf32>
  %x1 = gac.add %x0, %o1 {gac.outputs = ["x1"]} : (tensor<?x16xf32>, tensor<?x16xf32>) -> tensor<?x16xf32>
  %y = gac.matmul %x1, %w {gac.outputs = ["y"]} : (tensor<?x16xf32>, tensor<16x33xf32>) -> tensor<?x33xf32>
  return %y : tensor<?x33xf32>
}

// Attention out of products, its places from metadata. Keys are of another width
// than values.

// CHECK-LABEL: function @attention
// CHECK: dimension q:1/0 = 2: heads, h 3, attn
// CHECK: dimension q:1/1 = 5: query-key width, h 3, attn
// CHECK: dimension v:1/1 = 7: value width, h 3, attn
// CHECK: dimension o:1 = 12: output width, h 3, attn.out
// CHECK: dimension q:1 = 10: 2 heads of 5 (query, key), h 3, attn
// CHECK: dimension v:1 = 14: 2 heads of 7 (value), h 3, attn
func.func @attention(%x: tensor<?x12xf32> {gac.name = "x", gac.dims = ["n", ""]})
    -> (tensor<?x12xf32> {gac.name = "y"}) {
  %wq = gac.initializer "q" = dense<1.0> : tensor<12x10xf32>
  %wk = gac.initializer "k" = dense<1.0> : tensor<12x10xf32>
  %wv = gac.initializer "v" = dense<1.0> : tensor<12x14xf32>
  %wo = gac.initializer "o" = dense<1.0> : tensor<14x12xf32>
  %s5 = gac.initializer "s5" = dense<[-1, 2, 5]> : tensor<3xi64>
  %s7 = gac.initializer "s7" = dense<[-1, 2, 7]> : tensor<3xi64>
  %s14 = gac.initializer "s14" = dense<[-1, 14]> : tensor<2xi64>
  %q0 = gac.matmul %x, %wq {gac.outputs = ["q0"], gac.layer = "m.h.3.attn.q"} : (tensor<?x12xf32>, tensor<12x10xf32>) -> tensor<?x10xf32>
  %k0 = gac.matmul %x, %wk {gac.outputs = ["k0"], gac.layer = "m.h.3.attn.k"} : (tensor<?x12xf32>, tensor<12x10xf32>) -> tensor<?x10xf32>
  %v0 = gac.matmul %x, %wv {gac.outputs = ["v0"], gac.layer = "m.h.3.attn.v"} : (tensor<?x12xf32>, tensor<12x14xf32>) -> tensor<?x14xf32>
  %q1 = gac.reshape %q0, %s5 {gac.outputs = ["q1"]} : (tensor<?x10xf32>, tensor<3xi64>) -> tensor<?x2x5xf32>
  %k1 = gac.reshape %k0, %s5 {gac.outputs = ["k1"]} : (tensor<?x10xf32>, tensor<3xi64>) -> tensor<?x2x5xf32>
  %v1 = gac.reshape %v0, %s7 {gac.outputs = ["v1"]} : (tensor<?x14xf32>, tensor<3xi64>) -> tensor<?x2x7xf32>
  %q = gac.transpose %q1 {gac.outputs = ["q2"], perm = array<i64: 1, 0, 2>} : (tensor<?x2x5xf32>) -> tensor<2x?x5xf32>
  %k = gac.transpose %k1 {gac.outputs = ["k2"], perm = array<i64: 1, 2, 0>} : (tensor<?x2x5xf32>) -> tensor<2x5x?xf32>
  %v = gac.transpose %v1 {gac.outputs = ["v2"], perm = array<i64: 1, 0, 2>} : (tensor<?x2x7xf32>) -> tensor<2x?x7xf32>
  %c = gac.matmul %q, %k {gac.outputs = ["c"], gac.layer = "m.h.3.attn"} : (tensor<2x?x5xf32>, tensor<2x5x?xf32>) -> tensor<2x?x?xf32>
  %p = gac.softmax %c {gac.outputs = ["p"]} : (tensor<2x?x?xf32>) -> tensor<2x?x?xf32>
  %a = gac.matmul %p, %v {gac.outputs = ["a"], gac.layer = "m.h.3.attn"} : (tensor<2x?x?xf32>, tensor<2x?x7xf32>) -> tensor<2x?x7xf32>
  %t = gac.transpose %a {gac.outputs = ["t"], perm = array<i64: 1, 0, 2>} : (tensor<2x?x7xf32>) -> tensor<?x2x7xf32>
  %f = gac.reshape %t, %s14 {gac.outputs = ["f"]} : (tensor<?x2x7xf32>, tensor<2xi64>) -> tensor<?x14xf32>
  %y = gac.matmul %f, %wo {gac.outputs = ["y"], gac.layer = "m.h.3.attn.out"} : (tensor<?x14xf32>, tensor<14x12xf32>) -> tensor<?x12xf32>
  return %y : tensor<?x12xf32>
}

// A norm makes a latent of a rank, and two parts of a rank stay one. What an
// operation does that is no sum and no change of layout leaves a mere width, and
// without names there is no place.

// CHECK-LABEL: function @chains
// CHECK: dimension d:1 = 9: latent{{$}}
// CHECK: dimension c:1 = 6: width{{$}}
// CHECK: dimension s:1/0 = 3: rank{{$}}
// CHECK: dimension s:1/1 = 4: rank{{$}}
// CHECK: dimension s:1 = 7: rank (3 + 4){{$}}
func.func @chains(%x: tensor<?x8xf32> {gac.name = "x", gac.dims = ["n", ""]})
    -> (tensor<?x8xf32> {gac.name = "y"}, tensor<?x8xf32> {gac.name = "z"},
        tensor<?x8xf32> {gac.name = "u"}, tensor<?x8xf32> {gac.name = "v"}) {
  %d = gac.initializer "d" = dense<1.0> : tensor<8x9xf32>
  %g = gac.initializer "g" = dense<1.0> : tensor<9xf32>
  %e = gac.initializer "e" = dense<1.0> : tensor<9x8xf32>
  %c = gac.initializer "c" = dense<1.0> : tensor<8x6xf32>
  %b = gac.initializer "b" = dense<1.0> : tensor<6x8xf32>
  %s = gac.initializer "s" = dense<1.0> : tensor<8x7xf32>
  %s0 = gac.initializer "s0" = dense<1.0> : tensor<3x8xf32>
  %s1 = gac.initializer "s1" = dense<1.0> : tensor<4x8xf32>
  %n = gac.initializer "n" = dense<[3, 4]> : tensor<2xi64>
  %h = gac.matmul %x, %d {gac.outputs = ["h"]} : (tensor<?x8xf32>, tensor<8x9xf32>) -> tensor<?x9xf32>
  %r = "gac.rms_normalization"(%h, %g) {gac.outputs = ["r"]} : (tensor<?x9xf32>, tensor<9xf32>) -> tensor<?x9xf32>
  %y = gac.matmul %r, %e {gac.outputs = ["y"]} : (tensor<?x9xf32>, tensor<9x8xf32>) -> tensor<?x8xf32>
  %i = gac.matmul %x, %c {gac.outputs = ["i"]} : (tensor<?x8xf32>, tensor<8x6xf32>) -> tensor<?x6xf32>
  %j = gac.floor %i {gac.outputs = ["j"]} : (tensor<?x6xf32>) -> tensor<?x6xf32>
  %z = gac.matmul %j, %b {gac.outputs = ["z"]} : (tensor<?x6xf32>, tensor<6x8xf32>) -> tensor<?x8xf32>
  %k = gac.matmul %x, %s {gac.outputs = ["k"]} : (tensor<?x8xf32>, tensor<8x7xf32>) -> tensor<?x7xf32>
  %l:2 = gac.split %k, %n {gac.outputs = ["l0", "l1"], axis = 1 : i64} : (tensor<?x7xf32>, tensor<2xi64>) -> (tensor<?x3xf32>, tensor<?x4xf32>)
  %u = gac.matmul %l#0, %s0 {gac.outputs = ["u"]} : (tensor<?x3xf32>, tensor<3x8xf32>) -> tensor<?x8xf32>
  %v = gac.matmul %l#1, %s1 {gac.outputs = ["v"]} : (tensor<?x4xf32>, tensor<4x8xf32>) -> tensor<?x8xf32>
  return %y, %z, %u, %v : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>
}

// Places from the names of nodes, as TorchScript gives them; a residual sum of an
// image is one of channels, not of its width.

// CHECK-LABEL: function @image
// CHECK: dimension a:0 = 13: channels, stage 0, conv
// CHECK: dimension image:2 = 8: width{{$}}
func.func @image(%image: tensor<1x13x8xf32> {gac.name = "image"})
    -> (tensor<1x13x8xf32> {gac.name = "y"}) {
  %a = gac.initializer "a" = dense<1.0> : tensor<13x13x1xf32>
  %x = gac.conv %image, %a {gac.outputs = ["x"]} : (tensor<1x13x8xf32>, tensor<13x13x1xf32>) -> tensor<1x13x8xf32> loc("/stages.0/conv/Conv")
  %y = gac.add %image, %x {gac.outputs = ["y"]} : (tensor<1x13x8xf32>, tensor<1x13x8xf32>) -> tensor<1x13x8xf32> loc("/stages.0/Add")
  return %y : tensor<1x13x8xf32>
}

// A node without a name, between two of one layer, is in that layer, too. Between
// layers it may be in either.

// CHECK-LABEL: function @silent
// CHECK: dimension a:1 = 5: rank, layer 0{{$}}
// CHECK: dimension c:1 = 7: rank{{$}}
func.func @silent(%x: tensor<?x8xf32> {gac.name = "x", gac.dims = ["n", ""]})
    -> (tensor<?x8xf32> {gac.name = "y"}) {
  %a = gac.initializer "a" = dense<1.0> : tensor<8x5xf32>
  %b = gac.initializer "b" = dense<1.0> : tensor<5x8xf32>
  %c = gac.initializer "c" = dense<1.0> : tensor<8x7xf32>
  %d = gac.initializer "d" = dense<1.0> : tensor<7x8xf32>
  %0 = gac.neg %x {gac.outputs = ["0"], gac.layer = "layers.0"} : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %1 = gac.matmul %0, %a {gac.outputs = ["1"]} : (tensor<?x8xf32>, tensor<8x5xf32>) -> tensor<?x5xf32>
  %2 = gac.matmul %1, %b {gac.outputs = ["2"]} : (tensor<?x5xf32>, tensor<5x8xf32>) -> tensor<?x8xf32>
  %3 = gac.neg %2 {gac.outputs = ["3"], gac.layer = "layers.0"} : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %4 = gac.matmul %3, %c {gac.outputs = ["4"]} : (tensor<?x8xf32>, tensor<8x7xf32>) -> tensor<?x7xf32>
  %5 = gac.matmul %4, %d {gac.outputs = ["5"]} : (tensor<?x7xf32>, tensor<7x8xf32>) -> tensor<?x8xf32>
  %y = gac.neg %5 {gac.outputs = ["y"], gac.layer = "layers.1"} : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// The state of a recurrent layer, not a rank between its products.

// CHECK-LABEL: function @recurrent
// CHECK: dimension w:1/1 = 13: state width
// CHECK: dimension w:1 = 52: 4 x 13 (state width)
func.func @recurrent(%x: tensor<?x1x4xf32> {gac.name = "x", gac.dims = ["n", "", ""]}) -> (tensor<?x1x1x2xf32> {gac.name = "y"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<1x52x4xf32>
  %r = gac.initializer "r" = dense<1.0> : tensor<1x52x13xf32>
  %v = gac.initializer "v" = dense<1.0> : tensor<13x2xf32>
  %h = gac.lstm %x, %w, %r {gac.outputs = ["h"], hidden_size = 13 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0>}
      : (tensor<?x1x4xf32>, tensor<1x52x4xf32>, tensor<1x52x13xf32>) -> tensor<?x1x1x13xf32>
  %y = gac.matmul %h, %v {gac.outputs = ["y"]} : (tensor<?x1x1x13xf32>, tensor<13x2xf32>) -> tensor<?x1x1x2xf32>
  return %y : tensor<?x1x1x2xf32>
}
