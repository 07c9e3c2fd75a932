// A module that was never a file becomes a whole model: names are made where
// none are given, and inputs that are left out keep their place.

// RUN: gac-opt %s -o %t.onnx
// RUN: %python -c "import onnx, sys; m = onnx.load(sys.argv[1]); onnx.checker.check_model(m); print(onnx.printer.to_text(m))" %t.onnx | FileCheck %s --check-prefix=ONNX
// RUN: gac-opt %t.onnx | FileCheck %s

// ONNX:      ir_version: 13
// ONNX:      opset_import: ["" : 28, "com.acme" : 1]
// ONNX:      main_graph (float[n,4] x) => (float[n,4] y, float[n,4] twice)
// ONNX-NEXT: <float[4] w = {{.*}}>
// ONNX:      [front] gac_add_0 = Add (x, w)
// ONNX-NEXT: gac_clip_1 = Clip (gac_add_0, "", w)
// ONNX-NEXT: t, "", u = com.acme.Frobnicate <alpha: float = 1.5, list: ints = [1, 2]> (gac_clip_1, "", w)
// ONNX-NEXT: k = Constant <value_ints: ints = [2, 3]> ()
// ONNX-NEXT: y = Relu (t)
// ONNX-NEXT: twice = Identity (y)

// CHECK: %[[W:.*]] = gac.initializer "w" = dense<[1.000000e+00, 2.000000e+00, 3.000000e+00, 4.000000e+00]> : tensor<4xf32>
// CHECK: gac.clip %{{.*}}, %[[W]] {{.*}}operandSegmentSizes = array<i32: 1, 0, 1>
// CHECK: gac.opaque "com.acme" "Frobnicate"(%{{.*}}, %[[W]]) {absent = array<i64: 1>, gac.outputs = ["t", "", "u"], node_attributes = {alpha = 1.500000e+00 : f32, list = array<i64: 1, 2>}}
// CHECK: gac.constant dense<[2, 3]> : tensor<2xi64> {form = "value_ints", gac.outputs = ["k"]}

func.func @main_graph(%x: tensor<?x4xf32> {gac.name = "x", gac.dims = ["n", ""]})
    -> (tensor<?x4xf32> {gac.name = "y"}, tensor<?x4xf32> {gac.name = "twice"}) {
  %w = gac.initializer "w" = dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
  %0 = gac.add %x, %w : (tensor<?x4xf32>, tensor<4xf32>) -> tensor<?x4xf32> loc("front")
  %1 = gac.clip %0, %w {operandSegmentSizes = array<i32: 1, 0, 1>}
      : (tensor<?x4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  %2:2 = gac.opaque "com.acme" "Frobnicate"(%1, %w)
      {absent = array<i64: 1>, gac.outputs = ["t", "", "u"],
       node_attributes = {alpha = 1.5 : f32, list = array<i64: 1, 2>}}
      : (tensor<?x4xf32>, tensor<4xf32>) -> (tensor<?x4xf32>, !gac.value)
  %k = gac.constant dense<[2, 3]> : tensor<2xi64> {form = "value_ints", gac.outputs = ["k"]}
  %3 = gac.relu %2#0 {gac.dims = [["n", ""]]} : (tensor<?x4xf32>) -> tensor<?x4xf32>
  return %3, %3 : tensor<?x4xf32>, tensor<?x4xf32>
}
