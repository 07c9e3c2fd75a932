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
