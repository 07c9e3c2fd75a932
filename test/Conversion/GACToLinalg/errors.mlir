// RUN: gac-opt %s --convert-gac-to-linalg --split-input-file --verify-diagnostics

func.func @unknown_operator(%x: tensor<2xf32>) -> tensor<2xf32> {
  // expected-error @below {{'gac.opaque' op cannot be converted to linalg: nothing is known of the operator 'Frobnicate' of the domain 'com.acme'}}
  %y = gac.opaque "com.acme" "Frobnicate"(%x) : (tensor<2xf32>) -> tensor<2xf32>
  return %y : tensor<2xf32>
}

// -----

func.func @no_lowering(%x: tensor<4xf32>, %k: tensor<1xi64>) -> tensor<?xf32> {
  // expected-error @below {{'gac.top_k' op cannot be converted to linalg: there is no lowering of it}}
  %y, %i = gac.top_k %x, %k : (tensor<4xf32>, tensor<1xi64>) -> (tensor<?xf32>, tensor<?xi64>)
  return %y : tensor<?xf32>
}

// -----

// expected-error @below {{cannot be converted to linalg: input 'x' has no known rank}}
func.func @unranked_input(%x: tensor<*xf32> {gac.name = "x"}) -> tensor<*xf32> {
  return %x : tensor<*xf32>
}

// -----

// expected-error @below {{cannot be converted to linalg: input 'x' has the type tensor<2x!gac.string>, whose elements arith has no words for}}
func.func @strings(%x: tensor<2x!gac.string> {gac.name = "x"}) -> tensor<2x!gac.string> {
  return %x : tensor<2x!gac.string>
}

// -----

func.func @unranked_value(%x: tensor<2xf32>, %shape: tensor<?xi64>) -> tensor<*xf32> {
  // expected-error @below {{'gac.reshape' op cannot be converted to linalg: its result 0 has no known rank}}
  %y = gac.reshape %x, %shape : (tensor<2xf32>, tensor<?xi64>) -> tensor<*xf32>
  return %y : tensor<*xf32>
}

// -----

func.func @open_axes(%x: tensor<2x3xf32>, %axes: tensor<1xi64>) -> tensor<?x?xf32> {
  // expected-error @below {{'gac.reduce_sum' op cannot be converted to linalg: its axes are not known}}
  %y = gac.reduce_sum %x, %axes : (tensor<2x3xf32>, tensor<1xi64>) -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}

// -----

func.func @open_batch(%a: tensor<?x2x3xf32>, %b: tensor<?x3x4xf32>) -> tensor<?x2x4xf32> {
  // expected-error @below {{'gac.matmul' op cannot be converted to linalg: whether axis 0 of A broadcasts is not known: it has size}}
  %y = gac.matmul %a, %b : (tensor<?x2x3xf32>, tensor<?x3x4xf32>) -> tensor<?x2x4xf32>
  return %y : tensor<?x2x4xf32>
}

// -----

func.func @reflect(%x: tensor<4xf32>) -> tensor<6xf32> {
  // expected-error @below {{'gac.pad' op cannot be converted to linalg: its mode is 'reflect', and tensor.pad has constants only}}
  %y = gac.pad %x {mode = "reflect", pads = array<i64: 1, 1>, operandSegmentSizes = array<i32: 1, 0, 0, 0>} : (tensor<4xf32>) -> tensor<6xf32>
  return %y : tensor<6xf32>
}

// -----

func.func @partial_windows(%x: tensor<1x1x5x5xf32>) -> tensor<1x1x?x?xf32> {
  // expected-error @below {{'gac.max_pool' op cannot be converted to linalg: ceil_mode 1 has no counterpart in linalg}}
  %y = gac.max_pool %x {ceil_mode = 1 : i64, kernel_shape = array<i64: 2, 2>, strides = array<i64: 2, 2>} : (tensor<1x1x5x5xf32>) -> tensor<1x1x?x?xf32>
  return %y : tensor<1x1x?x?xf32>
}

// -----

func.func @open_same(%x: tensor<1x1x?xf32>, %w: tensor<1x1x3xf32>) -> tensor<1x1x?xf32> {
  // expected-error @below {{'gac.conv' op cannot be converted to linalg: auto_pad SAME_UPPER needs the size of spatial axis 0, which is not known}}
  %y = gac.conv %x, %w {auto_pad = "SAME_UPPER"} : (tensor<1x1x?xf32>, tensor<1x1x3xf32>) -> tensor<1x1x?xf32>
  return %y : tensor<1x1x?xf32>
}

// -----

func.func @absent_weight() -> tensor<2xf32> {
  // expected-error @below {{'gac.initializer' op cannot be converted to linalg: the data of this tensor are absent: 'w.bin' was missing at import}}
  %w = gac.initializer "w" = #gac.absent<"w.bin", offset = 0, length = 8> : tensor<2xf32>
  return %w : tensor<2xf32>
}

// -----

func.func @lengths(%q: tensor<1x2x3x4xf32>, %n: tensor<1xi64>) -> tensor<1x2x3x4xf32> attributes {gac.opset = 24 : i64} {
  // expected-error @below {{'gac.attention' op cannot be converted to linalg: it takes nonpad_kv_seqlen}}
  %y = gac.attention %q, %q, %q, %n {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 1>, resultSegmentSizes = array<i32: 1, 0, 0, 0>}
      : (tensor<1x2x3x4xf32>, tensor<1x2x3x4xf32>, tensor<1x2x3x4xf32>, tensor<1xi64>) -> tensor<1x2x3x4xf32>
  return %y : tensor<1x2x3x4xf32>
}

// -----

// Unsigned numbers change their type: that of what stays does not matter.
func.func @unsigned(%x: tensor<1x1x5x5xui8>) -> tensor<1x1x4x4xui8> {
  // expected-error @below {{'gac.max_pool' op cannot be converted to linalg: X holds no floating-point numbers}}
  %y = gac.max_pool %x {kernel_shape = array<i64: 2, 2>} : (tensor<1x1x5x5xui8>) -> tensor<1x1x4x4xui8>
  return %y : tensor<1x1x4x4xui8>
}
