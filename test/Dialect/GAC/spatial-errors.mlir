// RUN: gac-opt %s --verify-diagnostics --split-input-file

// instance_normalization_c3
func.func @instance_normalization_c3(%x: tensor<2x3x8xf32>, %s: tensor<3xf32>) {
  // expected-error @+1 {{'gac.instance_normalization' op logical_lanes are of 3 lanes, and X has shape 2x3x8 [instance_normalization_c3]}}
  %0 = gac.instance_normalization %x, %s, %s {logical_lanes = #gac.lanes<3 : 0 to 0 by 2>} : (tensor<2x3x8xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<2x3x8xf32>
  return
}

// -----

// instance_normalization_c3
func.func @instance_normalization_c3_none(%x: tensor<2x3x8xf32>, %s: tensor<3xf32>) {
  // expected-error @+1 {{'gac.instance_normalization' op logical_lanes are none [instance_normalization_c3]}}
  %0 = gac.instance_normalization %x, %s, %s {logical_lanes = #gac.lanes<4>} : (tensor<2x3x8xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<2x3x8xf32>
  return
}

// -----

// group_normalization_c1
func.func @group_normalization_c1(%x: tensor<2xf32>, %s: tensor<3xf32>) {
  // expected-error @+1 {{'gac.group_normalization' op X has rank 1, not 2 or more [group_normalization_c1]}}
  %0 = gac.group_normalization %x, %s, %s {num_groups = 1 : i64} : (tensor<2xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<2xf32>
  return
}

// -----

// group_normalization_c2
func.func @group_normalization_c2(%x: tensor<2x6x8xf32>, %s: tensor<6xf32>) {
  // expected-error @+1 {{'gac.group_normalization' op num_groups is 4, and X has 6 channels [group_normalization_c2]}}
  %0 = gac.group_normalization %x, %s, %s {num_groups = 4 : i64} : (tensor<2x6x8xf32>, tensor<6xf32>, tensor<6xf32>) -> tensor<2x6x8xf32>
  return
}

// -----

// group_normalization_c3
func.func @group_normalization_c3(%x: tensor<2x6x8xf32>, %s: tensor<5xf32>) {
  // expected-error @+1 {{'gac.group_normalization' op scale has shape 5, but X has 6 channels in 3 groups [group_normalization_c3]}}
  %0 = gac.group_normalization %x, %s, %s {num_groups = 3 : i64} : (tensor<2x6x8xf32>, tensor<5xf32>, tensor<5xf32>) -> tensor<2x6x8xf32>
  return
}

// -----

// group_normalization_c4
func.func @group_normalization_c4(%x: tensor<2x6x8xf32>, %s: tensor<6xf32>) {
  // expected-error @+1 {{'gac.group_normalization' op logical_lanes are 3 of 4 lanes, and X has 6 channels in 3 groups [group_normalization_c4]}}
  %0 = gac.group_normalization %x, %s, %s {logical_lanes = #gac.lanes<4 : 0 to 0 by 3>, num_groups = 3 : i64} : (tensor<2x6x8xf32>, tensor<6xf32>, tensor<6xf32>) -> tensor<2x6x8xf32>
  return
}

// -----

// lp_normalization_c1
func.func @lp_normalization_c1(%x: tensor<2x6xf32>) {
  // expected-error @+1 {{'gac.lp_normalization' op axis 2 is none of the 2 axes [lp_normalization_c1]}}
  %0 = gac.lp_normalization %x {axis = 2 : i64} : (tensor<2x6xf32>) -> tensor<2x6xf32>
  return
}

// -----

// mean_variance_normalization_c1
func.func @mean_variance_normalization_c1(%x: tensor<2x6xf32>) {
  // expected-error @+1 {{'gac.mean_variance_normalization' op axis 2 is none of the 2 axes [mean_variance_normalization_c1]}}
  %0 = gac.mean_variance_normalization %x {axes = array<i64: 0, 2>} : (tensor<2x6xf32>) -> tensor<2x6xf32>
  return
}

// -----

// lrn_c1
func.func @lrn_c1(%x: tensor<2xf32>) {
  // expected-error @+1 {{'gac.lrn' op X has rank 1, not 2 or more [lrn_c1]}}
  %0 = gac.lrn %x {size = 3 : i64} : (tensor<2xf32>) -> tensor<2xf32>
  return
}

// -----

// depth_to_space_c1
func.func @depth_to_space_c1(%x: tensor<2x8xf32>) {
  // expected-error @+1 {{'gac.depth_to_space' op the input has rank 2, not 4 [depth_to_space_c1]}}
  %0 = gac.depth_to_space %x {blocksize = 2 : i64} : (tensor<2x8xf32>) -> tensor<2x8xf32>
  return
}

// -----

// depth_to_space_c2
func.func @depth_to_space_c2(%x: tensor<1x6x2x2xf32>) {
  // expected-error @+1 {{'gac.depth_to_space' op blocksize is 2, and the input has 6 channels [depth_to_space_c2]}}
  %0 = gac.depth_to_space %x {blocksize = 2 : i64} : (tensor<1x6x2x2xf32>) -> tensor<1x?x4x4xf32>
  return
}

// -----

// space_to_depth_c1
func.func @space_to_depth_c1(%x: tensor<2x8xf32>) {
  // expected-error @+1 {{'gac.space_to_depth' op the input has rank 2, not 4 [space_to_depth_c1]}}
  %0 = gac.space_to_depth %x {blocksize = 2 : i64} : (tensor<2x8xf32>) -> tensor<2x8xf32>
  return
}

// -----

// space_to_depth_c2
func.func @space_to_depth_c2(%x: tensor<1x6x2x3xf32>) {
  // expected-error @+1 {{'gac.space_to_depth' op blocksize is 2, and the input has shape 1x6x2x3 [space_to_depth_c2]}}
  %0 = gac.space_to_depth %x {blocksize = 2 : i64} : (tensor<1x6x2x3xf32>) -> tensor<1x24x1x?xf32>
  return
}

// -----

// col_to_im_c1
func.func @col_to_im_c1(%x: tensor<2x8xf32>, %i: tensor<2xi64>) {
  // expected-error @+1 {{'gac.col2im' op the input has rank 2, not 3 [col_to_im_c1]}}
  %0 = gac.col2im %x, %i, %i : (tensor<2x8xf32>, tensor<2xi64>, tensor<2xi64>) -> tensor<2x8xf32>
  return
}

// -----

// upsample_c1
func.func @upsample_c1(%x: tensor<1x6x2x3xf32>) {
  // expected-error @+1 {{'gac.upsample' op there are 2 scales for 4 axes [upsample_c1]}}
  %0 = "gac.upsample"(%x) {scales = array<f32: 1.0, 2.0>} : (tensor<1x6x2x3xf32>) -> tensor<1x6x2x3xf32>
  return
}

// -----

// grid_sample_c1
func.func @grid_sample_c1(%x: tensor<1x6xf32>, %g: tensor<1x2xf32>) {
  // expected-error @+1 {{'gac.grid_sample' op X has rank 2, not 3 or more [grid_sample_c1]}}
  %0 = gac.grid_sample %x, %g : (tensor<1x6xf32>, tensor<1x2xf32>) -> tensor<1x6xf32>
  return
}

// -----

// grid_sample_c1
func.func @grid_sample_c1_grid(%x: tensor<1x6x2x3xf32>, %g: tensor<1x2x2xf32>) {
  // expected-error @+1 {{'gac.grid_sample' op X has rank 4, but the grid has 3 [grid_sample_c1]}}
  %0 = gac.grid_sample %x, %g : (tensor<1x6x2x3xf32>, tensor<1x2x2xf32>) -> tensor<1x6x2x3xf32>
  return
}

// -----

// roi_align_c1
func.func @roi_align_c1(%x: tensor<1x6x8x8xf32>, %r: tensor<3x4xf32>, %b: tensor<3x1xi64>) {
  // expected-error @+1 {{'gac.roi_align' op batch_indices has rank 2, not 1 [roi_align_c1]}}
  %0 = gac.roi_align %x, %r, %b : (tensor<1x6x8x8xf32>, tensor<3x4xf32>, tensor<3x1xi64>) -> tensor<3x6x1x1xf32>
  return
}

// -----

// max_roi_pool_c1
func.func @max_roi_pool_c1(%x: tensor<1x6x8xf32>, %r: tensor<3x5xf32>) {
  // expected-error @+1 {{'gac.max_roi_pool' op X has rank 3, not 4 [max_roi_pool_c1]}}
  %0 = gac.max_roi_pool %x, %r {pooled_shape = array<i64: 2, 2>} : (tensor<1x6x8xf32>, tensor<3x5xf32>) -> tensor<3x6x2x2xf32>
  return
}

// -----

// max_roi_pool_c2
func.func @max_roi_pool_c2(%x: tensor<1x6x8x8xf32>, %r: tensor<3x5xf32>) {
  // expected-error @+1 {{'gac.max_roi_pool' op pooled_shape has 1 entries, not 2 [max_roi_pool_c2]}}
  %0 = gac.max_roi_pool %x, %r {pooled_shape = array<i64: 2>} : (tensor<1x6x8x8xf32>, tensor<3x5xf32>) -> tensor<3x6x2x2xf32>
  return
}

// -----

// deform_conv_c1
func.func @deform_conv_c1(%x: tensor<1x6x3x3xf32>, %w: tensor<2x6x1x1xf32>, %o: tensor<1x8x3x3xf32>) {
  // expected-error @+1 {{'gac.deform_conv' op offset_group is 4, which does not divide the channels of X [deform_conv_c1]}}
  %0 = gac.deform_conv %x, %w, %o {offset_group = 4 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0>} : (tensor<1x6x3x3xf32>, tensor<2x6x1x1xf32>, tensor<1x8x3x3xf32>) -> tensor<1x2x3x3xf32>
  return
}

// -----

// fused_conv_c1
func.func @fused_conv_c1(%x: tensor<1x6x3xf32>, %w: tensor<2x6x1xf32>, %z: tensor<1x2x4xf32>) {
  // expected-error @+1 {{'gac.fused_conv' op Z has shape 1x2x4, but the result 1x2x3 [fused_conv_c1]}}
  %0 = gac.fused_conv %x, %w, %z {operandSegmentSizes = array<i32: 1, 1, 0, 1>} : (tensor<1x6x3xf32>, tensor<2x6x1xf32>, tensor<1x2x4xf32>) -> tensor<1x2x3xf32>
  return
}

// -----

// one_hot_c1
func.func @one_hot_c1(%i: tensor<2xi64>, %d: tensor<i64>, %v: tensor<2xf32>) {
  // expected-error @+1 {{'gac.one_hot' op axis 2 is none of the 2 axes [one_hot_c1]}}
  %0 = gac.one_hot %i, %d, %v {axis = 2 : i64} : (tensor<2xi64>, tensor<i64>, tensor<2xf32>) -> tensor<2x?xf32>
  return
}

// -----

// reverse_sequence_c1
func.func @reverse_sequence_c1(%x: tensor<2x3x4xf32>, %l: tensor<2xi64>) {
  // expected-error @+1 {{'gac.reverse_sequence' op batch_axis is 0 and time_axis 2 [reverse_sequence_c1]}}
  %0 = gac.reverse_sequence %x, %l {batch_axis = 0 : i64, time_axis = 2 : i64} : (tensor<2x3x4xf32>, tensor<2xi64>) -> tensor<2x3x4xf32>
  return
}

// -----

// tensor_scatter_c1
func.func @tensor_scatter_c1(%c: tensor<2x3x4xf32>, %u: tensor<3x4xf32>) {
  // expected-error @+1 {{'gac.tensor_scatter' op the cache has rank 3, but the update has 2 [tensor_scatter_c1]}}
  %0 = gac.tensor_scatter %c, %u : (tensor<2x3x4xf32>, tensor<3x4xf32>) -> tensor<2x3x4xf32>
  return
}

// -----

// tensor_scatter_c2
func.func @tensor_scatter_c2(%c: tensor<2x3x4xf32>, %u: tensor<1x3x4xf32>) {
  // expected-error @+1 {{'gac.tensor_scatter' op axis is 0, the batch [tensor_scatter_c2]}}
  %0 = gac.tensor_scatter %c, %u {axis = 0 : i64} : (tensor<2x3x4xf32>, tensor<1x3x4xf32>) -> tensor<2x3x4xf32>
  return
}

// -----

// tensor_scatter_c3
func.func @tensor_scatter_c3(%c: tensor<2x3x4xf32>, %u: tensor<2x1x5xf32>) {
  // expected-error @+1 {{'gac.tensor_scatter' op on axis 2 the cache has size 4, but the update has 5 [tensor_scatter_c3]}}
  %0 = gac.tensor_scatter %c, %u : (tensor<2x3x4xf32>, tensor<2x1x5xf32>) -> tensor<2x3x4xf32>
  return
}

// -----

// gather_block_quantized_c1
func.func @gather_block_quantized_c1(%d: tensor<8x32xi8>, %i: tensor<2xi64>, %s: tensor<8x1xf32>) {
  // expected-error @+1 {{'gac.gather_block_quantized' op axis 2 is none of the 2 axes [gather_block_quantized_c1]}}
  %0 = gac.gather_block_quantized %d, %i, %s {gather_axis = 2 : i64} : (tensor<8x32xi8>, tensor<2xi64>, tensor<8x1xf32>) -> tensor<2x32xf32>
  return
}

// -----

// gather_block_quantized_c2
func.func @gather_block_quantized_c2(%d: tensor<8x32xi8>, %i: tensor<2xi64>, %s: tensor<8xf32>) {
  // expected-error @+1 {{'gac.gather_block_quantized' op data has rank 2, but scales have 1 [gather_block_quantized_c2]}}
  %0 = gac.gather_block_quantized %d, %i, %s : (tensor<8x32xi8>, tensor<2xi64>, tensor<8xf32>) -> tensor<2x32xf32>
  return
}
