// RUN: gac-opt %s --verify-diagnostics --split-input-file


// gather_c1
func.func @gather_c1(%x: tensor<2x3xf32>, %i: tensor<i64>) {
  // expected-error @+1 {{'gac.gather' op axis 2 is none of the 2 axes [gather_c1]}}
  %0 = gac.gather %x, %i {axis = 2 : i64} : (tensor<2x3xf32>, tensor<i64>) -> tensor<2xf32>
  return
}

// -----

// gather_elements_c1
func.func @gather_elements_c1(%x: tensor<2x3xf32>, %i: tensor<3xi64>) {
  // expected-error @+1 {{'gac.gather_elements' op the indices have rank 1, the data 2 [gather_elements_c1]}}
  %0 = gac.gather_elements %x, %i : (tensor<2x3xf32>, tensor<3xi64>) -> tensor<3xf32>
  return
}

// -----

// gather_elements_c2
func.func @gather_elements_c2(%x: tensor<2x3xf32>, %i: tensor<1x3xi64>) {
  // expected-error @+1 {{'gac.gather_elements' op axis -3 is none of the 2 axes [gather_elements_c2]}}
  %0 = gac.gather_elements %x, %i {axis = -3 : i64} : (tensor<2x3xf32>, tensor<1x3xi64>) -> tensor<1x3xf32>
  return
}

// -----

// gather_nd_c1
func.func @gather_nd_c1(%x: tensor<2x3xf32>, %i: tensor<2x1xi64>) {
  // expected-error @+1 {{'gac.gather_nd' op batch_dims is 2, but the ranks are 2 and 2 [gather_nd_c1]}}
  %0 = gac.gather_nd %x, %i {batch_dims = 2 : i64} : (tensor<2x3xf32>, tensor<2x1xi64>) -> tensor<2xf32>
  return
}

// -----

// gather_nd_c2
func.func @gather_nd_c2(%x: tensor<2x3xf32>, %i: tensor<2x2xi64>) {
  // expected-error @+1 {{'gac.gather_nd' op index tuples of 2 entries for data of 1 axes [gather_nd_c2]}}
  %0 = gac.gather_nd %x, %i {batch_dims = 1 : i64} : (tensor<2x3xf32>, tensor<2x2xi64>) -> tensor<2xf32>
  return
}

// -----

// scatter_nd_c1
func.func @scatter_nd_c1(%x: tensor<2x3xf32>, %i: tensor<5x3xi64>, %u: tensor<5xf32>) {
  // expected-error @+1 {{'gac.scatter_nd' op index tuples of 3 entries for data of 2 axes [scatter_nd_c1]}}
  %0 = gac.scatter_nd %x, %i, %u : (tensor<2x3xf32>, tensor<5x3xi64>, tensor<5xf32>) -> tensor<2x3xf32>
  return
}

// -----

// scatter_nd_c2
func.func @scatter_nd_c2(%x: tensor<2x3xf32>, %i: tensor<5x1xi64>, %u: tensor<5x4xf32>) {
  // expected-error @+1 {{'gac.scatter_nd' op the updates have shape 5x4, expected 5x3 [scatter_nd_c2]}}
  %0 = gac.scatter_nd %x, %i, %u : (tensor<2x3xf32>, tensor<5x1xi64>, tensor<5x4xf32>) -> tensor<2x3xf32>
  return
}

// -----

// trilu_c1
func.func @trilu_c1(%x: tensor<3xf32>) {
  // expected-error @+1 {{'gac.trilu' op the input has rank 1, not 2 or more [trilu_c1]}}
  %0 = gac.trilu %x : (tensor<3xf32>) -> tensor<3xf32>
  return
}

// -----

// reduction_c1
func.func @reduction_c1(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{'gac.reduce_mean' op axis 2 is none of the 2 axes [reduction_c1]}}
  %0 = gac.reduce_mean %x {axes = array<i64: 2>} : (tensor<2x3xf32>) -> tensor<2x1xf32>
  return
}

// -----

// arg_c1
func.func @arg_c1(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{'gac.arg_max' op axis 2 is none of the 2 axes [arg_c1]}}
  %0 = gac.arg_max %x {axis = 2 : i64} : (tensor<2x3xf32>) -> tensor<2x1xi64>
  return
}

// -----

// softmax_c1
func.func @softmax_c1(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{'gac.softmax' op axis 3 is none of the 2 axes [softmax_c1]}}
  %0 = gac.softmax %x {axis = 3 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

// top_k_c1
func.func @top_k_c1(%x: tensor<2x3xf32>, %k: tensor<1xi64>) {
  // expected-error @+1 {{'gac.top_k' op axis 2 is none of the 2 axes [top_k_c1]}}
  %0:2 = gac.top_k %x, %k {axis = 2 : i64} : (tensor<2x3xf32>, tensor<1xi64>) -> (tensor<2x?xf32>, tensor<2x?xi64>)
  return
}

// -----

// constant_of_shape_c1
func.func @constant_of_shape_c1(%s: tensor<2x1xi64>) {
  // expected-error @+1 {{'gac.constant_of_shape' op the shape operand has rank 2, not 1 [constant_of_shape_c1]}}
  %0 = gac.constant_of_shape %s : (tensor<2x1xi64>) -> tensor<*xf32>
  return
}

// -----

// scatter_elements_c1
func.func @scatter_elements_c1(%x: tensor<2x3xf32>, %i: tensor<2xi64>, %u: tensor<2x3xf32>) {
  // expected-error @+1 {{'gac.scatter_elements' op the indices have rank 1, the data 2 [scatter_elements_c1]}}
  %0 = gac.scatter_elements %x, %i, %u : (tensor<2x3xf32>, tensor<2xi64>, tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

// Nothing is known of the data.
func.func @scatter_elements_of_value_c1(%x: !gac.value, %i: tensor<2xi64>, %u: tensor<2x3xf32>) {
  // expected-error @+1 {{'gac.scatter_elements' op the updates have rank 2, the indices 1 [scatter_elements_c1]}}
  %0 = gac.scatter_elements %x, %i, %u : (!gac.value, tensor<2xi64>, tensor<2x3xf32>) -> !gac.value
  return
}

// -----

// scatter_elements_c2
func.func @scatter_elements_c2(%x: tensor<2x3xf32>, %i: tensor<2x3xi64>, %u: tensor<2x3xf32>) {
  // expected-error @+1 {{'gac.scatter_elements' op axis 2 is none of the 2 axes [scatter_elements_c2]}}
  %0 = gac.scatter_elements %x, %i, %u {axis = 2 : i64} : (tensor<2x3xf32>, tensor<2x3xi64>, tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

// scatter_elements_c3
func.func @scatter_elements_c3(%x: tensor<2x3xf32>, %i: tensor<1x3xi64>, %u: tensor<2x3xf32>) {
  // expected-error @+1 {{'gac.scatter_elements' op axis 0 has 1 indices, but 2 updates [scatter_elements_c3]}}
  %0 = gac.scatter_elements %x, %i, %u : (tensor<2x3xf32>, tensor<1x3xi64>, tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}
