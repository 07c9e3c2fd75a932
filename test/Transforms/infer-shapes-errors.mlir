// RUN: gac-opt %s --verify-diagnostics --split-input-file \
// RUN:   --gac-infer-shapes


// reshape_c2
func.func @reshape_c2(%x: tensor<2x3xf32>) {
  %s = gac.constant dense<[-2, 3]> : tensor<2xi64>
  // expected-error @+1 {{'gac.reshape' op the shape's entry 0 is -2 [reshape_c2]}}
  %0 = gac.reshape %x, %s : (tensor<2x3xf32>, tensor<2xi64>) -> tensor<?x?xf32>
  return
}

// -----

// reshape_c3
func.func @reshape_c3(%x: tensor<2x3xf32>) {
  %s = gac.constant dense<[-1, -1]> : tensor<2xi64>
  // expected-error @+1 {{'gac.reshape' op the shape's entries 0 and 1 are both -1 [reshape_c3]}}
  %0 = gac.reshape %x, %s : (tensor<2x3xf32>, tensor<2xi64>) -> tensor<?x?xf32>
  return
}

// -----

// reshape_c4
func.func @reshape_c4(%x: tensor<6xf32>) {
  %s = gac.constant dense<[6, 0]> : tensor<2xi64>
  // expected-error @+1 {{'gac.reshape' op the shape's entry 1 is 0, but the data has 1 axes [reshape_c4]}}
  %0 = gac.reshape %x, %s : (tensor<6xf32>, tensor<2xi64>) -> tensor<?x?xf32>
  return
}

// -----

// reshape_c5
func.func @reshape_c5(%x: tensor<2x3xf32>) {
  %s = gac.constant dense<[4, -1]> : tensor<2xi64>
  // expected-error @+1 {{'gac.reshape' op the data has shape 2x3, 6 elements, of which 4 do not leave a whole size for -1 [reshape_c5]}}
  %0 = gac.reshape %x, %s : (tensor<2x3xf32>, tensor<2xi64>) -> tensor<?x?xf32>
  return
}

// -----

// reshape_c6
func.func @reshape_c6(%x: tensor<2x3xf32>) {
  %s = gac.constant dense<[4, 2]> : tensor<2xi64>
  // expected-error @+1 {{'gac.reshape' op the data has shape 2x3, 6 elements, but shape 4x2 has 8 [reshape_c6]}}
  %0 = gac.reshape %x, %s : (tensor<2x3xf32>, tensor<2xi64>) -> tensor<?x?xf32>
  return
}

// -----

// expand_c2
func.func @expand_c2(%x: tensor<2x3xf32>) {
  %s = gac.constant dense<[2, 4]> : tensor<2xi64>
  // expected-error @+1 {{'gac.expand' op shapes 2x3 and 2x4 do not broadcast: 3 is not 4 [expand_c2]}}
  %0 = gac.expand %x, %s : (tensor<2x3xf32>, tensor<2xi64>) -> tensor<?x?xf32>
  return
}

// -----

// slice_c3
func.func @slice_c3(%x: tensor<2x3xf32>) {
  %s = gac.constant dense<0> : tensor<1xi64>
  // expected-error @+1 {{'gac.slice' op the step on axis 0 is 0 [slice_c3]}}
  %0 = gac.slice %x, %s, %s, %s, %s {operandSegmentSizes = array<i32: 1, 1, 1, 1, 1>} : (tensor<2x3xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<?x3xf32>
  return
}

// -----

// pad_c1
func.func @pad_c1(%x: tensor<2x3xf32>) {
  %p = gac.constant dense<[0, 0]> : tensor<2xi64>
  %a = gac.constant dense<2> : tensor<1xi64>
  // expected-error @+1 {{'gac.pad' op axis 2 is none of the 2 axes [pad_c1]}}
  %0 = gac.pad %x, %p, %a {operandSegmentSizes = array<i32: 1, 1, 0, 1>} : (tensor<2x3xf32>, tensor<2xi64>, tensor<1xi64>) -> tensor<2x3xf32>
  return
}

// -----

// range_c1
func.func @range_c1() {
  %a = gac.constant dense<0> : tensor<i64>
  %b = gac.constant dense<5> : tensor<i64>
  // expected-error @+1 {{'gac.range' op delta is 0 [range_c1]}}
  %0 = gac.range %a, %b, %a : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xi64>
  return
}

// -----

// constant_of_shape_c2
func.func @constant_of_shape_c2() {
  %s = gac.constant dense<[2, -1]> : tensor<2xi64>
  // expected-error @+1 {{'gac.constant_of_shape' op axis 1 would have size -1 [constant_of_shape_c2]}}
  %0 = gac.constant_of_shape %s : (tensor<2xi64>) -> tensor<?x?xf32>
  return
}

// -----

// cum_sum_c1
func.func @cum_sum_c1(%x: tensor<2x3xf32>) {
  %a = gac.constant dense<2> : tensor<i64>
  // expected-error @+1 {{'gac.cum_sum' op axis 2 is none of the 2 axes [cum_sum_c1]}}
  %0 = gac.cum_sum %x, %a : (tensor<2x3xf32>, tensor<i64>) -> tensor<2x3xf32>
  return
}

// -----

// top_k_c2
func.func @top_k_c2(%x: tensor<2x3xf32>) {
  %k = gac.constant dense<4> : tensor<1xi64>
  // expected-error @+1 {{'gac.top_k' op k is 4, but axis 1 has size 3 [top_k_c2]}}
  %0:2 = gac.top_k %x, %k : (tensor<2x3xf32>, tensor<1xi64>) -> (tensor<2x?xf32>, tensor<2x?xi64>)
  return
}

// -----

// result_c3
func.func @result_c3(%x: tensor<2x3xf32>) {
  %s = gac.constant dense<[3, 2]> : tensor<2xi64>
  // expected-error @+1 {{'gac.reshape' op result 0 has size 2 on axis 0, expected 3 [result_c3]}}
  %0 = gac.reshape %x, %s : (tensor<2x3xf32>, tensor<2xi64>) -> tensor<2x3xf32>
  return
}

// -----

// cum_prod_c1
func.func @cum_prod_c1(%x: tensor<2x3xf32>) {
  %axis = gac.initializer "axis" = dense<-3> : tensor<i64>
  // expected-error @+1 {{'gac.cum_prod' op axis -3 is none of the 2 axes [cum_prod_c1]}}
  %0 = gac.cum_prod %x, %axis : (tensor<2x3xf32>, tensor<i64>) -> tensor<2x3xf32>
  return
}

// -----

// col_to_im_c2
func.func @col_to_im_c2(%x: tensor<2x7x12xf32>) {
  %i = gac.initializer "i" = dense<[3, 4]> : tensor<2xi64>
  %b = gac.initializer "b" = dense<2> : tensor<2xi64>
  // expected-error @+1 {{'gac.col2im' op blocks have 4 elements, and axis 1 of the input has size 7 [col_to_im_c2]}}
  %0 = gac.col2im %x, %i, %b : (tensor<2x7x12xf32>, tensor<2xi64>, tensor<2xi64>) -> tensor<2x?x3x4xf32>
  return
}
