// RUN: gac-opt %s --split-input-file --verify-diagnostics

// Constraints of quantised tensors.

// quantization_c1
func.func @quantization_c1(%x: tensor<2x3xui8>, %s: tensor<3xf32>) {
  // expected-error @+1 {{'gac.dequantize_linear' op axis 2 is none of the 2 axes [quantization_c1]}}
  %0 = gac.dequantize_linear %x, %s {axis = 2 : i64} : (tensor<2x3xui8>, tensor<3xf32>) -> tensor<2x3xf32>
  return
}

// -----

// quantization_c2
func.func @quantization_c2(%x: tensor<2x3xf32>, %s: tensor<2xf32>) {
  // expected-error @+1 {{'gac.quantize_linear' op the scale has shape 2, but axis 1 of X of shape 2x3 needs 3 [quantization_c2]}}
  %0 = gac.quantize_linear %x, %s : (tensor<2x3xf32>, tensor<2xf32>) -> tensor<2x3xui8>
  return
}

// -----

// Of 5 lanes there are 3 blocks of 2.

// quantization_c2
func.func @blocks(%x: tensor<5x3xui8>, %s: tensor<2x3xf32>) {
  // expected-error @+1 {{'gac.dequantize_linear' op the scale has shape 2x3, but axis 0 of X of shape 5x3 needs 3x3 [quantization_c2]}}
  %0 = gac.dequantize_linear %x, %s {axis = 0 : i64, block_size = 2 : i64} : (tensor<5x3xui8>, tensor<2x3xf32>) -> tensor<5x3xf32>
  return
}

// -----

// quantization_c3
func.func @quantization_c3(%x: tensor<2x3xui8>, %s: tensor<3xf32>, %z: tensor<2xui8>) {
  // expected-error @+1 {{'gac.contrib_dequantize_linear' op the zero point has shape 2, but the scale 3 [quantization_c3]}}
  %0 = gac.contrib_dequantize_linear %x, %s, %z : (tensor<2x3xui8>, tensor<3xf32>, tensor<2xui8>) -> tensor<2x3xf32>
  return
}

// -----

// qlinear_c1
func.func @qlinear_c1(%x: tensor<2x3xui8>, %s: tensor<f32>) {
  // expected-error @+1 {{'gac.qlinear_sigmoid' op the result's scale is absent [qlinear_c1]}}
  %0 = gac.qlinear_sigmoid %x, %s {operandSegmentSizes = array<i32: 1, 1, 0, 0, 0>} : (tensor<2x3xui8>, tensor<f32>) -> tensor<2x3xui8>
  return
}

// -----

// qlinear_c1
func.func @no_operand(%x: tensor<2x3xui8>, %s: tensor<f32>) {
  // expected-error @+1 {{'gac.qlinear_add' op B is absent [qlinear_c1]}}
  %0 = gac.qlinear_add %x, %s {operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0>} : (tensor<2x3xui8>, tensor<f32>) -> tensor<2x3xui8>
  return
}

// -----

// qlinear_c2
func.func @qlinear_c2(%x: tensor<2x3xui8>, %y: tensor<2x4xui8>, %s: tensor<f32>) {
  // expected-error @+1 {{'gac.qlinear_mul' op shapes 2x3 and 2x4 do not broadcast: 3 is not 4 [qlinear_c2]}}
  %0 = gac.qlinear_mul %x, %s, %y, %s, %s {operandSegmentSizes = array<i32: 1, 1, 0, 1, 1, 0, 1, 0>} : (tensor<2x3xui8>, tensor<f32>, tensor<2x4xui8>, tensor<f32>, tensor<f32>) -> tensor<2x3xui8>
  return
}

// -----

// Products of quantised matrices are held to what those of floats are.

func.func @matmul_c2(%a: tensor<2x3xui8>, %b: tensor<4x5xui8>) {
  // expected-error @+1 {{[matmul_c2]}}
  %0 = gac.matmul_integer %a, %b {operandSegmentSizes = array<i32: 1, 1, 0, 0>} : (tensor<2x3xui8>, tensor<4x5xui8>) -> tensor<2x5xi32>
  return
}
