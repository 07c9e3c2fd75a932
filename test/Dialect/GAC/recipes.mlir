// RUN: gac-opt %s --split-input-file --verify-diagnostics | gac-opt --split-input-file | FileCheck %s

// A recipe that rounds, over any other.
// CHECK: gac.initializer "w" = #gac.cast<#gac.pad<dense<1.000000e+00> : tensor<2xf64>, [<3 : 0 to 0 by 2>]> : tensor<3xf64>> : tensor<3xbf16>
func.func @cast() -> (tensor<3xbf16> {gac.name = "y"}) {
  %w = gac.initializer "w" = #gac.cast<#gac.pad<dense<1.0> : tensor<2xf64>, [<3 : 0 to 0 by 2>]> : tensor<3xf64>> : tensor<3xbf16>
  return %w : tensor<3xbf16>
}

// -----

func.func @shape() {
  // expected-error @+1 {{expected tensors of one static shape, got 'tensor<3xbf16>' from 'tensor<2xf32>'}}
  %w = gac.initializer "w" = #gac.cast<dense<1.0> : tensor<2xf32>> : tensor<3xbf16>
  return
}

// -----

func.func @source() {
  // expected-error @+1 {{expected numbers of f16, bf16, f32 or f64 to round, got 'i32'}}
  %w = gac.initializer "w" = #gac.cast<dense<1> : tensor<2xi32>> : tensor<2xbf16>
  return
}

// -----

func.func @result() {
  // expected-error @+1 {{expected to round to f16, bf16 or f32, got 'f64'}}
  %w = gac.initializer "w" = #gac.cast<dense<1.0> : tensor<2xf32>> : tensor<2xf64>
  return
}

// -----

// Axis i is the source's axis perm[i].
// CHECK: gac.initializer "t" = #gac.transpose<dense<1.000000e+00> : tensor<2x3x4xf32>, [2, 0, 1]> : tensor<4x2x3xf32>
func.func @transpose() -> (tensor<4x2x3xf32> {gac.name = "y"}) {
  %t = gac.initializer "t" = #gac.transpose<dense<1.0> : tensor<2x3x4xf32>, [2, 0, 1]> : tensor<4x2x3xf32>
  return %t : tensor<4x2x3xf32>
}

// -----

func.func @permutation() {
  // expected-error @+1 {{expected a permutation of 2 axes, got [1, 1]}}
  %t = gac.initializer "t" = #gac.transpose<dense<1.0> : tensor<2x3xf32>, [1, 1]> : tensor<3x2xf32>
  return
}

// -----

func.func @axis() {
  // expected-error @+1 {{axis 0 of size 2 is axis 1 of the source, of size 3}}
  %t = gac.initializer "t" = #gac.transpose<dense<1.0> : tensor<2x3xf32>, [1, 0]> : tensor<2x3xf32>
  return
}

// -----

func.func @element() {
  // expected-error @+1 {{expected tensors of static shape, of one rank and element type, got 'tensor<3x2xf16>' from 'tensor<2x3xf32>'}}
  %t = gac.initializer "t" = #gac.transpose<dense<1.0> : tensor<2x3xf32>, [1, 0]> : tensor<3x2xf16>
  return
}

// -----

// What is between lanes may be another number than zero.
// CHECK: gac.initializer "q" = #gac.pad<dense<1> : tensor<2xui8>, [<3 : 0 to 0 by 2>], fill = 128 : ui8> : tensor<3xui8>
func.func @fill() -> (tensor<3xui8> {gac.name = "y"}) {
  %q = gac.initializer "q" = #gac.pad<dense<1> : tensor<2xui8>, [<3 : 0 to 0 by 2>], fill = 128 : ui8> : tensor<3xui8>
  return %q : tensor<3xui8>
}

// -----

// There may be one per lane of an axis.
// CHECK: fill = dense<{{\[}}[7, 8]]> : tensor<1x2xui8>> : tensor<3x2xui8>
func.func @fills() -> (tensor<3x2xui8> {gac.name = "y"}) {
  %q = gac.initializer "q" = #gac.pad<dense<1> : tensor<2x2xui8>, [<3 : 0 to 0 by 2>, <2 : 0 to 0 by 2>], fill = dense<[[7, 8]]> : tensor<1x2xui8>> : tensor<3x2xui8>
  return %q : tensor<3x2xui8>
}

// -----

func.func @fills_of_another_size() {
  // expected-error @+1 {{expected numbers along one axis of 'tensor<3xui8>' to fill with, got numbers of 'tensor<2xui8>'}}
  %q = gac.initializer "q" = #gac.pad<dense<1> : tensor<2xui8>, [<3 : 0 to 0 by 2>], fill = dense<[7, 8]> : tensor<2xui8>> : tensor<3xui8>
  return
}

// -----

func.func @fills_of_two_axes() {
  // expected-error @+1 {{expected numbers along one axis of 'tensor<2x2xui8>' to fill with, got numbers of 'tensor<2x2xui8>'}}
  %q = gac.initializer "q" = #gac.pad<dense<1> : tensor<1x2xui8>, [<2 : 0 to 0 by 1>, <2 : 0 to 0 by 2>], fill = dense<7> : tensor<2x2xui8>> : tensor<2x2xui8>
  return
}

// -----

func.func @fill_of_another_type() {
  // expected-error @+1 {{expected a number of type 'ui8' to fill with, got 1 : i8}}
  %q = gac.initializer "q" = #gac.pad<dense<1> : tensor<2xui8>, [<3 : 0 to 0 by 2>], fill = 1 : i8> : tensor<3xui8>
  return
}

// -----

// Several weights in one, each under its own name.
// CHECK: gac.initializer "a+b*c" = #gac.concat<[#gac.part<"a", dense<1.000000e+00> : tensor<2x3xf32>, fan_in = 2> : tensor<2x3xf32>,
// CHECK-SAME: #gac.product<#gac.part<"b", dense<2.000000e+00> : tensor<2x4xf32>, fan_in = 2, origin = #gac.original<"b0"> : tensor<2x4xf32>> : tensor<2x4xf32>,
// CHECK-SAME: #gac.part<"c", dense<3.000000e+00> : tensor<4x5xf32>, fan_in = 4> : tensor<4x5xf32>> : tensor<2x5xf32>], axis = 1> : tensor<2x8xf32>
func.func @parts() -> (tensor<2x8xf32> {gac.name = "y"}) {
  %w = gac.initializer "a+b*c" = #gac.concat<[#gac.part<"a", dense<1.0> : tensor<2x3xf32>, fan_in = 2> : tensor<2x3xf32>, #gac.product<#gac.part<"b", dense<2.0> : tensor<2x4xf32>, fan_in = 2, origin = #gac.original<"b0"> : tensor<2x4xf32>> : tensor<2x4xf32>, #gac.part<"c", dense<3.0> : tensor<4x5xf32>, fan_in = 4> : tensor<4x5xf32>> : tensor<2x5xf32>], axis = 1> : tensor<2x8xf32>
  return %w : tensor<2x8xf32>
}

// -----

func.func @part_type() {
  // expected-error @+1 {{'a' is of type 'tensor<2xf32>', not 'tensor<3xf32>'}}
  %w = gac.initializer "a" = #gac.part<"a", dense<1.0> : tensor<2xf32>, fan_in = 1> : tensor<3xf32>
  return
}

// -----

func.func @fan_in() {
  // expected-error @+1 {{'a' cannot have a fan-in of 0}}
  %w = gac.initializer "a" = #gac.part<"a", dense<1.0> : tensor<2xf32>, fan_in = 0> : tensor<2xf32>
  return
}

// -----

func.func @concat_axis() {
  // expected-error @+1 {{expected an axis of a tensor of static shape, got 1 of 'tensor<4xf32>'}}
  %w = gac.initializer "w" = #gac.concat<[dense<1.0> : tensor<2xf32>, dense<1.0> : tensor<2xf32>], axis = 1> : tensor<4xf32>
  return
}

// -----

func.func @concat_shape() {
  // expected-error @+1 {{'tensor<3x2xf32>' cannot be a part of 'tensor<2x4xf32>' along axis 1}}
  %w = gac.initializer "w" = #gac.concat<[dense<1.0> : tensor<2x2xf32>, dense<1.0> : tensor<3x2xf32>], axis = 1> : tensor<2x4xf32>
  return
}

// -----

func.func @concat_element() {
  // expected-error @+1 {{'tensor<2xf16>' cannot be a part of 'tensor<2xf32>' along axis 0}}
  %w = gac.initializer "w" = #gac.concat<[dense<1.0> : tensor<2xf16>], axis = 0> : tensor<2xf32>
  return
}

// -----

func.func @concat_size() {
  // expected-error @+1 {{the parts have 5 lanes along axis 0 of 'tensor<4xf32>'}}
  %w = gac.initializer "w" = #gac.concat<[dense<1.0> : tensor<2xf32>, dense<1.0> : tensor<3xf32>], axis = 0> : tensor<4xf32>
  return
}

// -----

func.func @product_shape() {
  // expected-error @+1 {{'tensor<2x4xf32>' is no product of 'tensor<2x3xf32>' and 'tensor<2x4xf32>'}}
  %w = gac.initializer "w" = #gac.product<dense<1.0> : tensor<2x3xf32>, dense<1.0> : tensor<2x4xf32>> : tensor<2x4xf32>
  return
}

// -----

func.func @product_element() {
  // expected-error @+1 {{expected a product of f16, bf16, f32 or f64, got 'i8'}}
  %w = gac.initializer "w" = #gac.product<dense<1> : tensor<2x3xi8>, dense<1> : tensor<3x4xi8>> : tensor<2x4xi8>
  return
}

// -----

// What a plan makes one of.
// CHECK: module attributes {gac.plan = #gac.plan<target = "h200", dtype = "bf16", strategy = "least-time", [] multiply[<"a", "b">, <"c", "d">] merge[<"a*b", "e", "f">]>}
module attributes {gac.plan = #gac.plan<target = "h200", dtype = "bf16", strategy = "least-time", [] multiply [<"a", "b">, <"c", "d">] merge [<"a*b", "e", "f">]>} {}

// -----

// CHECK: module attributes {gac.plan = #gac.plan<target = "h200", dtype = "bf16", strategy = "minimal", [<"w:1", 107 to 112>] merge[<"e", "f">]>}
module attributes {gac.plan = #gac.plan<target = "h200", dtype = "bf16", strategy = "minimal", [<"w:1", 107 to 112>] merge [<"e", "f">]>} {}

// -----

// expected-error @+2 {{a merge needs two weights or more, got 1}}
// expected-error @+1 {{failed to parse GAC_PlanAttr parameter 'merges'}}
module attributes {gac.plan = #gac.plan<target = "h200", dtype = "bf16", strategy = "minimal", [] merge [<"e">]>} {}
