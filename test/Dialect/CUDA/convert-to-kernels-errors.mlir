// RUN: gac-opt %s --split-input-file --verify-diagnostics --gac-convert-to-kernels

func.func @softmax(%x: tensor<8x64xbf16>) -> tensor<8x64xbf16> {
  // expected-error @below {{no kernel computes this form of 'gac.softmax', of 'tensor<8x64xbf16>'}}
  %0 = gac.softmax %x : (tensor<8x64xbf16>) -> tensor<8x64xbf16>
  return %0 : tensor<8x64xbf16>
}

// -----

func.func @opaque(%x: tensor<8x64xbf16>) -> tensor<8x64xbf16> {
  // expected-error @below {{no kernel computes this: an operator 'Frobnicate' that GAC does not know}}
  %0 = gac.opaque "com.acme" "Frobnicate"(%x) : (tensor<8x64xbf16>) -> tensor<8x64xbf16>
  return %0 : tensor<8x64xbf16>
}

// -----

func.func @dynamic(%x: tensor<?x64xbf16>) -> tensor<?x64xbf16> {
  // expected-error @below {{no kernel computes a value of type 'tensor<?x64xbf16>': its sizes are not known}}
  %0 = gac.relu %x : (tensor<?x64xbf16>) -> tensor<?x64xbf16>
  return %0 : tensor<?x64xbf16>
}

// -----

// Batches that broadcast.
func.func @broadcast(%x: tensor<1x3x8x64xbf16>, %y: tensor<2x3x64x8xbf16>) -> tensor<2x3x8x8xbf16> {
  // expected-error @below {{no kernel computes this form of 'gac.matmul', of 'tensor<1x3x8x64xbf16>', 'tensor<2x3x64x8xbf16>': batches broadcast}}
  %0 = gac.matmul %x, %y : (tensor<1x3x8x64xbf16>, tensor<2x3x64x8xbf16>) -> tensor<2x3x8x8xbf16>
  return %0 : tensor<2x3x8x8xbf16>
}

// -----

// Nothing has been begun for what cannot be written down.
func.func @mod(%x: tensor<8xi64>, %y: tensor<8xi64>) -> tensor<8xi64> {
  // expected-error @below {{no kernel computes this form of 'gac.mod', of 'tensor<8xi64>', 'tensor<8xi64>'}}
  %0 = gac.mod %x, %y : (tensor<8xi64>, tensor<8xi64>) -> tensor<8xi64>
  return %0 : tensor<8xi64>
}

// -----

func.func @none(%x: tensor<0x64xbf16>, %y: tensor<64x8xbf16>) -> tensor<0x8xbf16> {
  // expected-error @below {{no kernel computes with a tensor without elements, 'tensor<0x64xbf16>'}}
  %0 = gac.matmul %x, %y : (tensor<0x64xbf16>, tensor<64x8xbf16>) -> tensor<0x8xbf16>
  return %0 : tensor<0x8xbf16>
}

// -----

// What cannot be converted is left alone: nothing has been turned for it.
func.func @column(%x: tensor<8x64xbf16>, %w: tensor<48x64xbf16>, %c: tensor<8x1xbf16>) -> tensor<8x48xbf16> {
  // expected-error @below {{no kernel computes this form of 'gac.gemm', of 'tensor<8x64xbf16>', 'tensor<48x64xbf16>', 'tensor<8x1xbf16>': C broadcasts along columns}}
  %0 = gac.gemm %x, %w, %c {transB = 1 : i64} : (tensor<8x64xbf16>, tensor<48x64xbf16>, tensor<8x1xbf16>) -> tensor<8x48xbf16>
  return %0 : tensor<8x48xbf16>
}

// -----

func.func @beta(%x: tensor<64x8xbf16>, %w: tensor<64x48xbf16>, %c: tensor<48xbf16>) -> tensor<8x48xbf16> {
  // expected-error @below {{no kernel computes this form of 'gac.gemm', of 'tensor<64x8xbf16>', 'tensor<64x48xbf16>', 'tensor<48xbf16>': beta is neither 0 nor 1}}
  %0 = gac.gemm %x, %w, %c {transA = 1 : i64, beta = 5.0e-01 : f32} : (tensor<64x8xbf16>, tensor<64x48xbf16>, tensor<48xbf16>) -> tensor<8x48xbf16>
  return %0 : tensor<8x48xbf16>
}

// -----

// Cross-attention whose rows would not see all keys.
func.func @cross(%q: tensor<1x16x512xbf16>, %k: tensor<1x32x512xbf16>) -> tensor<1x16x512xbf16> {
  // expected-error @below {{no kernel computes this form of 'gac.attention', of 'tensor<1x16x512xbf16>', 'tensor<1x32x512xbf16>', 'tensor<1x32x512xbf16>': a causal mask without a cache over 32 keys, with 16 rows}}
  %y = gac.attention %q, %k, %k {is_causal = 1 : i64, q_num_heads = 8 : i64, kv_num_heads = 8 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0, 0>} : (tensor<1x16x512xbf16>, tensor<1x32x512xbf16>, tensor<1x32x512xbf16>) -> tensor<1x16x512xbf16>
  return %y : tensor<1x16x512xbf16>
}

// -----

// Nobody has been given the new keys, either.
func.func @fewer(%q: tensor<1x16x512xbf16>, %k: tensor<1x4x512xbf16>, %p: tensor<1x8x5x64xbf16>) -> (tensor<1x16x512xbf16>, tensor<1x8x9x64xbf16>) {
  // expected-error @below {{no kernel computes this form of 'gac.attention', of 'tensor<1x16x512xbf16>', 'tensor<1x4x512xbf16>', 'tensor<1x4x512xbf16>', 'tensor<1x8x5x64xbf16>', 'tensor<1x8x5x64xbf16>': fewer keys than rows, 9 and 16}}
  %y, %key, %value = gac.attention %q, %k, %k, %p, %p {is_causal = 1 : i64, q_num_heads = 8 : i64, kv_num_heads = 8 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 1, 1, 0>, resultSegmentSizes = array<i32: 1, 1, 1, 0>} : (tensor<1x16x512xbf16>, tensor<1x4x512xbf16>, tensor<1x4x512xbf16>, tensor<1x8x5x64xbf16>, tensor<1x8x5x64xbf16>) -> (tensor<1x16x512xbf16>, tensor<1x8x9x64xbf16>, tensor<1x8x9x64xbf16>)
  return %y, %key : tensor<1x16x512xbf16>, tensor<1x8x9x64xbf16>
}
