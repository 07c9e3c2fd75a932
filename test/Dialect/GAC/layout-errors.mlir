// RUN: gac-opt %s --verify-diagnostics --split-input-file

// The constraints that types and attributes alone can violate; those on values
// of operands are in Transforms/infer-shapes-errors.mlir.

// reshape_c1
func.func @reshape_c1(%x: tensor<2x3xf32>, %s: tensor<2x2xi64>) {
  // expected-error @+1 {{'gac.reshape' op the shape operand has rank 2, not 1 [reshape_c1]}}
  %0 = gac.reshape %x, %s : (tensor<2x3xf32>, tensor<2x2xi64>) -> tensor<*xf32>
  return
}

// -----

// flatten_c1
func.func @flatten_c1(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{'gac.flatten' op axis 3 is outside of [-2, 2] [flatten_c1]}}
  %0 = gac.flatten %x {axis = 3 : i64} : (tensor<2x3xf32>) -> tensor<6x1xf32>
  return
}

// -----

// transpose_c1
func.func @transpose_c1(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{'gac.transpose' op perm has 3 entries for data of rank 2 [transpose_c1]}}
  %0 = gac.transpose %x {perm = array<i64: 0, 2, 1>} : (tensor<2x3xf32>) -> tensor<2x?x3xf32>
  return
}

// -----

// transpose_c2
func.func @transpose_c2(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{'gac.transpose' op axis 1 is given twice [transpose_c2]}}
  %0 = gac.transpose %x {perm = array<i64: 1, 1>} : (tensor<2x3xf32>) -> tensor<3x3xf32>
  return
}

// -----

// squeeze_c1
func.func @squeeze_c1(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{'gac.squeeze' op axis -3 is none of the 2 axes [squeeze_c1]}}
  %0 = gac.squeeze %x {axes = array<i64: -3>} : (tensor<2x3xf32>) -> tensor<3xf32>
  return
}

// -----

// squeeze_c2
func.func @squeeze_c2(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{'gac.squeeze' op axis 0 has size 2, not 1 [squeeze_c2]}}
  %0 = gac.squeeze %x {axes = array<i64: 0>} : (tensor<2x3xf32>) -> tensor<3xf32>
  return
}

// -----

// unsqueeze_c1
func.func @unsqueeze_c1(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{'gac.unsqueeze' op axis -3 is given twice [unsqueeze_c1]}}
  %0 = gac.unsqueeze %x {axes = array<i64: 1, -3>} : (tensor<2x3xf32>) -> tensor<2x1x1x3xf32>
  return
}

// -----

// expand_c1
func.func @expand_c1(%x: tensor<2x3xf32>, %s: tensor<i64>) {
  // expected-error @+1 {{'gac.expand' op the shape operand has rank 0, not 1 [expand_c1]}}
  %0 = gac.expand %x, %s : (tensor<2x3xf32>, tensor<i64>) -> tensor<2x3xf32>
  return
}

// -----

// concat_c1
func.func @concat_c1(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{'gac.concat' op axis 2 is none of the 2 axes [concat_c1]}}
  %0 = gac.concat %x, %x {axis = 2 : i64} : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

// concat_c2
func.func @concat_c2(%x: tensor<2x3xf32>, %y: tensor<3xf32>) {
  // expected-error @+1 {{'gac.concat' op operand 1 has rank 1, others have 2 [concat_c2]}}
  %0 = gac.concat %x, %y {axis = 0 : i64} : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<3x3xf32>
  return
}

// -----

// concat_c3
func.func @concat_c3(%x: tensor<2x3xf32>, %y: tensor<2x4xf32>) {
  // expected-error @+1 {{'gac.concat' op operand 1 has size 4 on axis 1, others have 3 [concat_c3]}}
  %0 = gac.concat %x, %y {axis = 0 : i64} : (tensor<2x3xf32>, tensor<2x4xf32>) -> tensor<4x3xf32>
  return
}

// -----

// split_c1
func.func @split_c1(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{'gac.split' op there are 3 sizes for 2 results [split_c1]}}
  %0:2 = gac.split %x {axis = 1 : i64, split = array<i64: 1, 1, 1>} : (tensor<2x3xf32>) -> (tensor<2x1xf32>, tensor<2x2xf32>)
  return
}

// -----

// split_c2
func.func @split_c2(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{'gac.split' op axis 2 is none of the 2 axes [split_c2]}}
  %0:2 = gac.split %x {axis = 2 : i64} : (tensor<2x3xf32>) -> (tensor<2x1xf32>, tensor<2x2xf32>)
  return
}

// -----

// split_c3
func.func @split_c3(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{'gac.split' op the sizes' sum is 2, but axis 1 has size 3 [split_c3]}}
  %0:2 = gac.split %x {axis = 1 : i64, split = array<i64: 1, 1>} : (tensor<2x3xf32>) -> (tensor<2x1xf32>, tensor<2x1xf32>)
  return
}

// -----

// slice_c1
func.func @slice_c1(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{'gac.slice' op axis -2 is given twice [slice_c1]}}
  %0 = gac.slice %x {axes = array<i64: 0, -2>, ends = array<i64: 1, 1>, operandSegmentSizes = array<i32: 1, 0, 0, 0, 0>, starts = array<i64: 0, 0>} : (tensor<2x3xf32>) -> tensor<1x3xf32>
  return
}

// -----

// slice_c2
func.func @slice_c2(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{'gac.slice' op there are 1 ends for 2 axes [slice_c2]}}
  %0 = gac.slice %x {axes = array<i64: 0, 1>, ends = array<i64: 1>, operandSegmentSizes = array<i32: 1, 0, 0, 0, 0>, starts = array<i64: 0, 0>} : (tensor<2x3xf32>) -> tensor<1x3xf32>
  return
}

// -----

// pad_c2
func.func @pad_c2(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{'gac.pad' op there are 2 pads for the ends of 2 axes [pad_c2]}}
  %0 = gac.pad %x {operandSegmentSizes = array<i32: 1, 0, 0, 0>, pads = array<i64: 1, 1>} : (tensor<2x3xf32>) -> tensor<4x3xf32>
  return
}

// -----

// pad_c3
func.func @pad_c3(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{'gac.pad' op axis 1 of size 3 would have size -1 [pad_c3]}}
  %0 = gac.pad %x {operandSegmentSizes = array<i32: 1, 0, 0, 0>, pads = array<i64: 0, -2, 0, -2>} : (tensor<2x3xf32>) -> tensor<2x0xf32>
  return
}

// -----

// tile_c1
func.func @tile_c1(%x: tensor<2x3xf32>, %r: tensor<3xi64>) {
  // expected-error @+1 {{'gac.tile' op there are 3 repeats for data of rank 2 [tile_c1]}}
  %0 = gac.tile %x, %r : (tensor<2x3xf32>, tensor<3xi64>) -> tensor<?x?xf32>
  return
}
