// Lanes between may hold another number than zero, of any type: of two bytes,
// and of four bits, which are moved one by one. They may hold one per lane of an
// axis, too.

// RUN: gac-opt %s -o %t.onnx
// RUN: gac-opt %t.onnx | FileCheck %s
// RUN: %python -c "import onnx, sys; print({t.name: t.raw_data.hex() for t in onnx.load(sys.argv[1]).graph.initializer})" %t.onnx | FileCheck %s --check-prefix=BYTES

// CHECK: gac.initializer "bytes" = dense<{{\[}}[1, 2, 200], [3, 4, 200], [200, 200, 200]]> : tensor<3x3xui8>
// CHECK: gac.initializer "half" = dense<{{\[}}1.000000e+00, 3.000000e+00, 2.000000e+00, 3.000000e+00]> : tensor<4xf16>
// CHECK: gac.initializer "nibbles" = dense<{{\[}}[1, 2, 3, 7], [4, 5, 6, 7]]> : tensor<2x4xui4>
// CHECK: gac.initializer "signed" = dense<{{\[}}-1, -8, -2]> : tensor<3xi4>
// CHECK: gac.initializer "columns" = dense<{{\[}}[1, 2, 9], [7, 8, 9]]> : tensor<2x3xui4>
// CHECK: gac.initializer "rows" = dense<{{\[}}[-1, 300, -2], [-4, 301, -5]]> : tensor<2x3xi16>

// BYTES: 'half': '003c004200400042', 'nibbles': '21735476', 'signed': '8f0e'

func.func @main_graph() -> (tensor<3x3xui8> {gac.name = "bytes"}, tensor<2x3xui4> {gac.name = "columns"}, tensor<4xf16> {gac.name = "half"}, tensor<2x4xui4> {gac.name = "nibbles"}, tensor<2x3xi16> {gac.name = "rows"}, tensor<3xi4> {gac.name = "signed"}) {
  %0 = gac.initializer "bytes" =
      #gac.pad<dense<[[1, 2], [3, 4]]> : tensor<2x2xui8>,
               [<3 : 0 to 0 by 2>, <3 : 0 to 0 by 2>], fill = 200 : ui8> : tensor<3x3xui8>
  %1 = gac.initializer "half" =
      #gac.pad<dense<[1.0, 2.0]> : tensor<2xf16>,
               [<4 : 0 to 0 by 1, 1 to 2 by 1>], fill = 3.0 : f16> : tensor<4xf16>
  %2 = gac.initializer "nibbles" =
      #gac.pad<dense<[[1, 2, 3], [4, 5, 6]]> : tensor<2x3xui4>,
               [<2 : 0 to 0 by 2>, <4 : 0 to 0 by 3>], fill = 7 : ui4> : tensor<2x4xui4>
  %3 = gac.initializer "signed" =
      #gac.pad<dense<[-1, -2]> : tensor<2xi4>,
               [<3 : 0 to 0 by 1, 1 to 2 by 1>], fill = -8 : i4> : tensor<3xi4>
  %4 = gac.initializer "columns" =
      #gac.pad<dense<[[1, 2]]> : tensor<1x2xui4>,
               [<2 : 0 to 0 by 1>, <3 : 0 to 0 by 2>], fill = dense<[[7, 8, 9]]> : tensor<1x3xui4>> : tensor<2x3xui4>
  %5 = gac.initializer "rows" =
      #gac.pad<dense<[[-1, -2], [-4, -5]]> : tensor<2x2xi16>,
               [<2 : 0 to 0 by 2>, <3 : 0 to 0 by 1, 1 to 2 by 1>], fill = dense<[[300], [301]]> : tensor<2x1xi16>> : tensor<2x3xi16>
  return %0, %4, %1, %2, %5, %3 : tensor<3x3xui8>, tensor<2x3xui4>, tensor<4xf16>, tensor<2x4xui4>, tensor<2x3xi16>, tensor<3xi4>
}
