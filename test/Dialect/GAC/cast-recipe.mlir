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
