// A norm's count is written out as epsilon and scale, by every tool that writes a
// model, and the file has no attribute that ONNX does not have.

// RUN: gac-opt %s -o %t.onnx
// RUN: gac-translate --mlir-to-onnx %s -o %t.2.onnx && cmp %t.onnx %t.2.onnx
// RUN: %python -c "import onnx, sys; m = onnx.load(sys.argv[1]); onnx.checker.check_model(m, full_check=True); print(onnx.printer.to_text(m))" %t.onnx | FileCheck %s

// CHECK: "y.grown" = Mul (w, "y.count")
// CHECK: y = RMSNormalization <epsilon: float = 0.25> (x, "y.grown")

func.func @main(%x: tensor<?x8xf32> {gac.name = "x", gac.dims = ["n", ""]})
    -> (tensor<?x8xf32> {gac.name = "y"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<8xf32>
  %y = gac.rms_normalization %x, %w {epsilon = 1.0 : f32, gac.outputs = ["y"], logical_count = 2 : i64}
      : (tensor<?x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}
