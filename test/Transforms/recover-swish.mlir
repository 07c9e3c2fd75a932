// RUN: gac-opt %s --gac-recover --split-input-file | FileCheck %s

// The gate keeps the product's name, sizes and layer.
// CHECK-LABEL: func.func @silu
// CHECK-SAME:    gac.opset = 24
func.func @silu(%x: tensor<?x64xf32> {gac.dims = ["batch", ""]})
    -> tensor<?x64xf32> attributes {gac.opset = 20 : i64} {
  // CHECK-NOT:  gac.sigmoid
  // CHECK:      %[[Y:.+]] = gac.swish %arg0
  // CHECK-SAME:   gac.dims = {{\[}}["batch", ""]], gac.layer = "mlp", gac.outputs = ["silu"]
  // CHECK-NEXT: return %[[Y]]
  %0 = gac.sigmoid %x {gac.outputs = ["s"]}
      : (tensor<?x64xf32>) -> tensor<?x64xf32>
  %1 = gac.mul %x, %0 {gac.dims = [["batch", ""]], gac.layer = "mlp",
                       gac.node = 7 : i64, gac.outputs = ["silu"]}
      : (tensor<?x64xf32>, tensor<?x64xf32>) -> tensor<?x64xf32>
  return %1 : tensor<?x64xf32>
}

// -----

// CHECK-LABEL: func.func @silu_swapped
func.func @silu_swapped(%x: tensor<64xf32>) -> tensor<64xf32> {
  // CHECK: gac.swish %arg0
  %0 = gac.sigmoid %x : (tensor<64xf32>) -> tensor<64xf32>
  %1 = gac.mul %0, %x : (tensor<64xf32>, tensor<64xf32>) -> tensor<64xf32>
  return %1 : tensor<64xf32>
}

// -----

// The sigmoid of another value is a gate of its own.
// CHECK-LABEL: func.func @glu
func.func @glu(%x: tensor<64xf32>, %y: tensor<64xf32>) -> tensor<64xf32> {
  // CHECK: gac.sigmoid
  // CHECK-NOT: gac.swish
  %0 = gac.sigmoid %x : (tensor<64xf32>) -> tensor<64xf32>
  %1 = gac.mul %y, %0 : (tensor<64xf32>, tensor<64xf32>) -> tensor<64xf32>
  return %1 : tensor<64xf32>
}

// -----

// The sigmoid is a result of its own.
// CHECK-LABEL: func.func @read_elsewhere
func.func @read_elsewhere(%x: tensor<64xf32>)
    -> (tensor<64xf32>, tensor<64xf32>) {
  // CHECK-NOT: gac.swish
  %0 = gac.sigmoid %x : (tensor<64xf32>) -> tensor<64xf32>
  %1 = gac.mul %x, %0 : (tensor<64xf32>, tensor<64xf32>) -> tensor<64xf32>
  return %0, %1 : tensor<64xf32>, tensor<64xf32>
}

// -----

// What nothing reads was there before and stays.
// CHECK-LABEL: func.func @dead_reader
func.func @dead_reader(%x: tensor<64xf32>) -> tensor<64xf32> {
  // CHECK: %[[S:.+]] = gac.sigmoid
  // CHECK: gac.relu %[[S]]
  // CHECK: gac.swish
  %0 = gac.sigmoid %x : (tensor<64xf32>) -> tensor<64xf32>
  %1 = gac.relu %0 : (tensor<64xf32>) -> tensor<64xf32>
  %2 = gac.mul %x, %0 : (tensor<64xf32>, tensor<64xf32>) -> tensor<64xf32>
  return %2 : tensor<64xf32>
}

// -----

// An opaque node of ONNX's own domain might change its meaning with the opset.
// CHECK-LABEL: func.func @opset_stays
// CHECK-SAME:    gac.opset = 20
func.func @opset_stays(%x: tensor<64xf32>) -> tensor<64xf32>
    attributes {gac.opset = 20 : i64} {
  // CHECK: gac.swish
  %0 = gac.sigmoid %x : (tensor<64xf32>) -> tensor<64xf32>
  %1 = gac.mul %x, %0 : (tensor<64xf32>, tensor<64xf32>) -> tensor<64xf32>
  %2 = gac.opaque "" "GroupNormalization" (%1)
      : (tensor<64xf32>) -> tensor<64xf32>
  return %2 : tensor<64xf32>
}

// -----

// CHECK-LABEL: func.func @opset_is_too_old
// CHECK-SAME:    gac.opset = 17
func.func @opset_is_too_old(%x: tensor<64xf32>) -> tensor<64xf32>
    attributes {gac.opset = 17 : i64} {
  // CHECK: gac.swish
  %0 = gac.sigmoid %x : (tensor<64xf32>) -> tensor<64xf32>
  %1 = gac.mul %x, %0 : (tensor<64xf32>, tensor<64xf32>) -> tensor<64xf32>
  return %1 : tensor<64xf32>
}

// -----

// CHECK-LABEL: func.func @quick_gelu
func.func @quick_gelu(%x: tensor<64xf32>) -> tensor<64xf32> {
  // CHECK-NEXT: gac.swish %arg0 {alpha = 1.702000e+00 : f32}
  %alpha = gac.initializer "alpha" = dense<1.702> : tensor<f32>
  %0 = gac.mul %x, %alpha : (tensor<64xf32>, tensor<f32>) -> tensor<64xf32>
  %1 = gac.sigmoid %0 : (tensor<64xf32>) -> tensor<64xf32>
  %2 = gac.mul %x, %1 : (tensor<64xf32>, tensor<64xf32>) -> tensor<64xf32>
  return %2 : tensor<64xf32>
}

// -----

// The number makes the product larger than x.
// CHECK-LABEL: func.func @larger
// CHECK-NOT: gac.swish
func.func @larger(%x: tensor<64xf32>) -> tensor<1x64xf32> {
  %alpha = gac.initializer "alpha" = dense<1.702> : tensor<1x1xf32>
  %0 = gac.mul %x, %alpha : (tensor<64xf32>, tensor<1x1xf32>) -> tensor<1x64xf32>
  %1 = gac.sigmoid %0 : (tensor<1x64xf32>) -> tensor<1x64xf32>
  %2 = gac.mul %x, %1 : (tensor<64xf32>, tensor<1x64xf32>) -> tensor<1x64xf32>
  return %2 : tensor<1x64xf32>
}
