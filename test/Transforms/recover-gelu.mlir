// RUN: gac-opt %s --gac-recover --split-input-file | FileCheck %s

// As PyTorch's TorchScript exporter writes it.
// CHECK-LABEL: func.func @by_erf
// CHECK-SAME:    gac.opset = 20
func.func @by_erf(%x: tensor<?x64xf32> {gac.dims = ["batch", ""]})
    -> tensor<?x64xf32> attributes {gac.opset = 20 : i64} {
  // CHECK-NEXT: %[[Y:.+]] = gac.gelu %arg0
  // CHECK-NOT:    approximate
  // CHECK-SAME:   gac.outputs = ["y"]
  // CHECK-NEXT: return %[[Y]]
  %root = gac.initializer "root" = dense<1.41421354> : tensor<f32>
  %one = gac.initializer "one" = dense<1.0> : tensor<f32>
  %half = gac.initializer "half" = dense<0.5> : tensor<f32>
  %0 = gac.div %x, %root : (tensor<?x64xf32>, tensor<f32>) -> tensor<?x64xf32>
  %1 = gac.erf %0 : (tensor<?x64xf32>) -> tensor<?x64xf32>
  %2 = gac.add %1, %one : (tensor<?x64xf32>, tensor<f32>) -> tensor<?x64xf32>
  %3 = gac.mul %x, %2 : (tensor<?x64xf32>, tensor<?x64xf32>) -> tensor<?x64xf32>
  %4 = gac.mul %3, %half {gac.outputs = ["y"]} : (tensor<?x64xf32>, tensor<f32>) -> tensor<?x64xf32>
  return %4 : tensor<?x64xf32>
}

// -----

// The half first, a factor in place of the divisor, half precision's constants.
// CHECK-LABEL: func.func @by_erf_in_half
func.func @by_erf_in_half(%x: tensor<64xf16>) -> tensor<64xf16> {
  // CHECK-NEXT: gac.gelu %arg0
  %root = gac.initializer "root" = dense<7.071e-01> : tensor<1xf16>
  %one = gac.initializer "one" = dense<1.0> : tensor<f16>
  %half = gac.initializer "half" = dense<0.5> : tensor<f16>
  %0 = gac.mul %root, %x : (tensor<1xf16>, tensor<64xf16>) -> tensor<64xf16>
  %1 = gac.erf %0 : (tensor<64xf16>) -> tensor<64xf16>
  %2 = gac.add %one, %1 : (tensor<f16>, tensor<64xf16>) -> tensor<64xf16>
  %3 = gac.mul %x, %half : (tensor<64xf16>, tensor<f16>) -> tensor<64xf16>
  %4 = gac.mul %2, %3 : (tensor<64xf16>, tensor<64xf16>) -> tensor<64xf16>
  return %4 : tensor<64xf16>
}

// -----

// As GPT-2 has it, with a power.
// CHECK-LABEL: func.func @by_tanh
func.func @by_tanh(%x: tensor<64xf32>) -> tensor<64xf32> {
  // CHECK-NEXT: gac.gelu %arg0 {approximate = "tanh"}
  %three = gac.initializer "three" = dense<3.0> : tensor<f32>
  %cube = gac.initializer "cube" = dense<0.044715> : tensor<f32>
  %root = gac.initializer "root" = dense<0.797884583> : tensor<f32>
  %one = gac.initializer "one" = dense<1.0> : tensor<f32>
  %half = gac.initializer "half" = dense<0.5> : tensor<f32>
  %0 = gac.pow %x, %three : (tensor<64xf32>, tensor<f32>) -> tensor<64xf32>
  %1 = gac.mul %0, %cube : (tensor<64xf32>, tensor<f32>) -> tensor<64xf32>
  %2 = gac.add %x, %1 : (tensor<64xf32>, tensor<64xf32>) -> tensor<64xf32>
  %3 = gac.mul %2, %root : (tensor<64xf32>, tensor<f32>) -> tensor<64xf32>
  %4 = gac.tanh %3 : (tensor<64xf32>) -> tensor<64xf32>
  %5 = gac.add %4, %one : (tensor<64xf32>, tensor<f32>) -> tensor<64xf32>
  %6 = gac.mul %x, %half : (tensor<64xf32>, tensor<f32>) -> tensor<64xf32>
  %7 = gac.mul %6, %5 : (tensor<64xf32>, tensor<64xf32>) -> tensor<64xf32>
  return %7 : tensor<64xf32>
}

// -----

// As BLOOM has it: x outside of the sum.
// CHECK-LABEL: func.func @by_tanh_outside
func.func @by_tanh_outside(%x: tensor<64xf32>) -> tensor<64xf32> {
  // CHECK-NEXT: gac.gelu %arg0 {approximate = "tanh"}
  %cube = gac.initializer "cube" = dense<0.044715> : tensor<f32>
  %root = gac.initializer "root" = dense<0.79788456> : tensor<f32>
  %one = gac.initializer "one" = dense<1.0> : tensor<f32>
  %half = gac.initializer "half" = dense<0.5> : tensor<f32>
  %0 = gac.mul %x, %cube : (tensor<64xf32>, tensor<f32>) -> tensor<64xf32>
  %1 = gac.mul %0, %x : (tensor<64xf32>, tensor<64xf32>) -> tensor<64xf32>
  %2 = gac.add %1, %one : (tensor<64xf32>, tensor<f32>) -> tensor<64xf32>
  %3 = gac.mul %x, %root : (tensor<64xf32>, tensor<f32>) -> tensor<64xf32>
  %4 = gac.mul %3, %2 : (tensor<64xf32>, tensor<64xf32>) -> tensor<64xf32>
  %5 = gac.tanh %4 : (tensor<64xf32>) -> tensor<64xf32>
  %6 = gac.add %5, %one : (tensor<64xf32>, tensor<f32>) -> tensor<64xf32>
  %7 = gac.mul %x, %half : (tensor<64xf32>, tensor<f32>) -> tensor<64xf32>
  %8 = gac.mul %7, %6 : (tensor<64xf32>, tensor<64xf32>) -> tensor<64xf32>
  return %8 : tensor<64xf32>
}

// -----

// Another number, another x, a reader of its own, a product that is larger.
// CHECK-LABEL: func.func @others
// CHECK-NOT: gac.gelu
func.func @others(%x: tensor<64xf32>, %z: tensor<64xf32>)
    -> (tensor<64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<1x64xf32>) {
  %root = gac.initializer "root" = dense<1.41421354> : tensor<f32>
  %other = gac.initializer "other" = dense<1.414> : tensor<f32>
  %one = gac.initializer "one" = dense<1.0> : tensor<f32>
  %half = gac.initializer "half" = dense<0.5> : tensor<f32>
  %wide = gac.initializer "wide" = dense<0.5> : tensor<1x1xf32>
  %a0 = gac.div %x, %other : (tensor<64xf32>, tensor<f32>) -> tensor<64xf32>
  %a1 = gac.erf %a0 : (tensor<64xf32>) -> tensor<64xf32>
  %a2 = gac.add %a1, %one : (tensor<64xf32>, tensor<f32>) -> tensor<64xf32>
  %a3 = gac.mul %x, %a2 : (tensor<64xf32>, tensor<64xf32>) -> tensor<64xf32>
  %a4 = gac.mul %a3, %half : (tensor<64xf32>, tensor<f32>) -> tensor<64xf32>
  %b0 = gac.div %z, %root : (tensor<64xf32>, tensor<f32>) -> tensor<64xf32>
  %b1 = gac.erf %b0 : (tensor<64xf32>) -> tensor<64xf32>
  %b2 = gac.add %b1, %one : (tensor<64xf32>, tensor<f32>) -> tensor<64xf32>
  %b3 = gac.mul %x, %b2 : (tensor<64xf32>, tensor<64xf32>) -> tensor<64xf32>
  %b4 = gac.mul %b3, %half : (tensor<64xf32>, tensor<f32>) -> tensor<64xf32>
  %c0 = gac.div %x, %root : (tensor<64xf32>, tensor<f32>) -> tensor<64xf32>
  %c1 = gac.erf %c0 : (tensor<64xf32>) -> tensor<64xf32>
  %c2 = gac.add %c1, %one : (tensor<64xf32>, tensor<f32>) -> tensor<64xf32>
  %c3 = gac.mul %x, %c2 : (tensor<64xf32>, tensor<64xf32>) -> tensor<64xf32>
  %c4 = gac.mul %c3, %half : (tensor<64xf32>, tensor<f32>) -> tensor<64xf32>
  %d0 = gac.div %x, %root : (tensor<64xf32>, tensor<f32>) -> tensor<64xf32>
  %d1 = gac.erf %d0 : (tensor<64xf32>) -> tensor<64xf32>
  %d2 = gac.add %d1, %one : (tensor<64xf32>, tensor<f32>) -> tensor<64xf32>
  %d3 = gac.mul %x, %d2 : (tensor<64xf32>, tensor<64xf32>) -> tensor<64xf32>
  %d4 = gac.mul %d3, %wide : (tensor<64xf32>, tensor<1x1xf32>) -> tensor<1x64xf32>
  return %a4, %b4, %c4, %c1, %d4 : tensor<64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<1x64xf32>
}
