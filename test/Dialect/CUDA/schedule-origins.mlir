// RUN: gac-opt %s --pass-pipeline="builtin.module(gac-attach-origins,func.func(gac-convert-to-kernels),gac-schedule)" | FileCheck %s

// The scale of made-up values is that of the original model: of what a repair
// padded or turned, and one for all copies of a weight, which gac-apply may have
// made just now.

// CHECK-DAG: gac_cuda.tensor weight @w "w" : tensor<37x64xbf16> = #gac.file<{{.*}}> : tensor<37x64xbf16> {fan_in = 37 : i64}
// CHECK-DAG: gac_cuda.tensor weight @w_grown "w.grown" : tensor<40x64xbf16> = dense<1.000000e+00> : tensor<40x64xbf16> {fan_in = 37 : i64, origin = #gac.pad<#gac.original<"w"> : tensor<37x64xbf16>, [<40 : 0 to 0 by 37>, <64 : 0 to 0 by 64>]> : tensor<40x64xbf16>}
// CHECK-DAG: gac_cuda.tensor weight @turned "turned" : tensor<64x16xbf16> = dense<1.000000e+00> : tensor<64x16xbf16> {fan_in = 61 : i64, origin = #gac.transpose<
// CHECK-DAG: gac_cuda.tensor weight @w_copy "w.copy" : tensor<40x64xbf16> = #gac.pad<{{.*}}> : tensor<40x64xbf16> {fan_in = 37 : i64, origin = #gac.original<"w"> : tensor<37x64xbf16>}
// CHECK-DAG: gac_cuda.tensor weight @bias "bias" : tensor<16xbf16> = dense<1.000000e+00> : tensor<16xbf16> {fan_in = 1 : i64}
func.func @main(%x: tensor<8x40xbf16> {gac.name = "x"}) -> (tensor<37x64xbf16> {gac.name = "y"}, tensor<8x16xbf16> {gac.name = "z"}, tensor<40x64xbf16> {gac.name = "n"}) attributes {gac_cuda.entry = "main"} {
  %w = gac.initializer "w" = #gac.file<"/none", offset = 0, length = 4736, size = 4736, mtime = 0, external = true> : tensor<37x64xbf16>
  %copy = gac.initializer "w.grown" = dense<1.0> : tensor<40x64xbf16> {gac.origin = #gac.pad<#gac.original<"w"> : tensor<37x64xbf16>, [<40 : 0 to 0 by 37>, <64 : 0 to 0 by 64>]> : tensor<40x64xbf16>}
  %now = gac.initializer "w.copy" = #gac.pad<#gac.file<"/none", offset = 0, length = 4736, size = 4736, mtime = 0, external = true> : tensor<37x64xbf16>, [<40 : 0 to 0 by 37>, <64 : 0 to 0 by 64>]> : tensor<40x64xbf16> {gac.copy_of = "w"}
  %turned = gac.initializer "turned" = dense<1.0> : tensor<64x16xbf16> {gac.origin = #gac.transpose<#gac.pad<#gac.original<"turned"> : tensor<16x61xbf16>, [<16 : 0 to 0 by 16>, <64 : 0 to 0 by 61>]> : tensor<16x64xbf16>, [1, 0]> : tensor<64x16xbf16>}
  %bias = gac.initializer "bias" = dense<1.0> : tensor<16xbf16>
  %y = gac.relu %w : (tensor<37x64xbf16>) -> tensor<37x64xbf16>
  %h = gac.matmul %x, %copy : (tensor<8x40xbf16>, tensor<40x64xbf16>) -> tensor<8x64xbf16>
  %p = gac.matmul %h, %turned : (tensor<8x64xbf16>, tensor<64x16xbf16>) -> tensor<8x16xbf16>
  %n = gac.neg %now : (tensor<40x64xbf16>) -> tensor<40x64xbf16>
  %z = gac.add %p, %bias : (tensor<8x16xbf16>, tensor<16xbf16>) -> tensor<8x16xbf16>
  return %y, %z, %n : tensor<37x64xbf16>, tensor<8x16xbf16>, tensor<40x64xbf16>
}
