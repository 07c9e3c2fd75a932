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
