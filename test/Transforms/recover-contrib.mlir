// RUN: gac-opt %s --gac-recover --split-input-file | FileCheck %s

// ONNX Runtime's own operators become the ops of ONNX that they are made of.

// CHECK-LABEL: func.func @bias_gelu
func.func @bias_gelu(%x: tensor<?x8xf32>, %b: tensor<8xf32>) -> tensor<?x8xf32> {
  // CHECK:      %[[SUM:.+]] = gac.add %arg0, %arg1
  // CHECK-NEXT: %[[Y:.+]] = gac.gelu %[[SUM]] {gac.outputs = ["y"]}
  // CHECK-NEXT: return %[[Y]]
  %0 = gac.bias_gelu %x, %b {gac.outputs = ["y"]} : (tensor<?x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}

// -----

// CHECK-LABEL: func.func @gelus
func.func @gelus(%x: tensor<?x8xf32>, %b: tensor<8xf32>) -> tensor<?x8xf32> {
  // CHECK:      %[[A:.+]] = gac.gelu %arg0 :
  // CHECK-NEXT: %[[B:.+]] = gac.gelu %[[A]] {approximate = "tanh"}
  // CHECK-NEXT: %[[SUM:.+]] = gac.add %[[B]], %arg1
  // CHECK-NEXT: %[[C:.+]] = gac.gelu %[[SUM]] {approximate = "tanh"}
  // CHECK-NEXT: %[[D:.+]] = gac.swish %[[C]] {alpha = 1.702000e+00 : f32}
  // CHECK-NEXT: %[[E:.+]] = gac.swish %[[D]] {alpha = 1.500000e+00 : f32}
  // CHECK-NEXT: return %[[E]]
  %0 = gac.contrib_gelu %x : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %1 = gac.fast_gelu %0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %2 = gac.fast_gelu %1, %b : (tensor<?x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  %3 = gac.quick_gelu %2 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %4 = gac.quick_gelu %3 {alpha = 1.5 : f32} : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return %4 : tensor<?x8xf32>
}

// -----

// CHECK-LABEL: func.func @simplified_norm
func.func @simplified_norm(%x: tensor<?x8xf32>, %s: tensor<8xf32>) -> tensor<?x8xf32> {
  // CHECK: gac.rms_normalization %arg0, %arg1 {axis = -1 : i64, epsilon = 1.000000e-03 : f32, gac.outputs = ["y"], logical_count = 7 : i64}
  %0 = gac.simplified_layer_normalization %x, %s {axis = -1 : i64, epsilon = 1.0e-3 : f32, gac.outputs = ["y"], logical_count = 7 : i64} : (tensor<?x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}

// -----

// ONNX's op has no result for the statistics.
// CHECK-LABEL: func.func @statistics_are_read
func.func @statistics_are_read(%x: tensor<?x8xf32>, %s: tensor<8xf32>) -> tensor<?x1xf32> {
  // CHECK: gac.simplified_layer_normalization
  // CHECK-NOT: gac.rms_normalization
  %0:2 = gac.simplified_layer_normalization %x, %s : (tensor<?x8xf32>, tensor<8xf32>) -> (tensor<?x8xf32>, tensor<?x1xf32>)
  return %0#1 : tensor<?x1xf32>
}

// -----

// The sum goes on under the name that the norm's own result had.
// CHECK-LABEL: func.func @skip_simplified_norm
func.func @skip_simplified_norm(%x: tensor<?x8xf32>, %g: tensor<8xf32>, %b: tensor<8xf32>) -> (tensor<?x8xf32>, tensor<?x8xf32>) {
  // CHECK:      %[[SUM:.+]] = gac.add %arg0, %arg0 :
  // CHECK-NEXT: %[[ALL:.+]] = gac.add %[[SUM]], %arg2 {gac.dims = {{\[}}["n", ""]], gac.layer = "l", gac.outputs = ["s"]}
  // CHECK-NEXT: %[[Y:.+]] = gac.rms_normalization %[[ALL]], %arg1 {axis = -1 : i64, epsilon = 9.99999996E-13 : f32, gac.dims = {{\[}}["m", ""]], gac.layer = "l", gac.outputs = ["y"], stash_type = 1 : i64}
  // CHECK-NEXT: return %[[Y]], %[[ALL]]
  %0:2 = gac.skip_simplified_layer_normalization %x, %x, %g, %b {gac.dims = [["m", ""], ["n", ""]], gac.layer = "l", gac.outputs = ["y", "", "", "s"], resultSegmentSizes = array<i32: 1, 0, 0, 1>} : (tensor<?x8xf32>, tensor<?x8xf32>, tensor<8xf32>, tensor<8xf32>) -> (tensor<?x8xf32>, tensor<?x8xf32>)
  return %0#0, %0#1 : tensor<?x8xf32>, tensor<?x8xf32>
}

// -----

// CHECK-LABEL: func.func @skip_norm
func.func @skip_norm(%x: tensor<?x8xf32>, %g: tensor<8xf32>, %b: tensor<8xf32>) -> tensor<?x8xf32> {
  // CHECK:      %[[SUM:.+]] = gac.add %arg0, %arg0 :
  // CHECK-NEXT: %[[Y:.+]] = gac.layer_normalization %[[SUM]], %arg1, %arg2 {axis = -1 : i64, epsilon = 9.99999974E-6 : f32
  // CHECK-NEXT: return %[[Y]]
  %0 = gac.skip_layer_normalization %x, %x, %g, %b {epsilon = 1.0e-5 : f32, operandSegmentSizes = array<i32: 1, 1, 1, 1, 0>, resultSegmentSizes = array<i32: 1, 0, 0, 0>} : (tensor<?x8xf32>, tensor<?x8xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}

// -----

// CHECK-LABEL: func.func @mean_is_read
func.func @mean_is_read(%x: tensor<?x8xf32>, %g: tensor<8xf32>) -> (tensor<?x8xf32>, tensor<?x1xf32>) {
  // CHECK: gac.skip_layer_normalization
  // CHECK-NOT: gac.layer_normalization
  %0:2 = gac.skip_layer_normalization %x, %x, %g {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0>, resultSegmentSizes = array<i32: 1, 1, 0, 0>} : (tensor<?x8xf32>, tensor<?x8xf32>, tensor<8xf32>) -> (tensor<?x8xf32>, tensor<?x1xf32>)
  return %0#0, %0#1 : tensor<?x8xf32>, tensor<?x1xf32>
}

// -----

// CHECK-LABEL: func.func @embedding
func.func @embedding(%i: tensor<?x5xi32> {gac.dims = ["b", ""]}, %p: tensor<?x5xi32> {gac.dims = ["b", ""]}, %w: tensor<9x8xf32>, %t: tensor<2x8xf32>, %g: tensor<8xf32>) -> tensor<?x5x8xf32> {
  // CHECK-DAG:  %[[W:.+]] = gac.gather %arg2, %arg0 {{.*}} -> tensor<?x5x8xf32>
  // CHECK-DAG:  %[[P:.+]] = gac.gather %arg2, %arg1 {{.*}} -> tensor<?x5x8xf32>
  // CHECK:      gac.add
  // CHECK:      %[[T:.+]] = gac.gather %arg3, %arg0
  // CHECK-NEXT: %[[SUM:.+]] = gac.add {{.*}}, %[[T]]
  // CHECK-NEXT: gac.layer_normalization %[[SUM]], %arg4, %arg4
  %0 = gac.embed_layer_normalization %i, %i, %w, %w, %t, %g, %g, %p {gac.dims = [["b", "", ""]], operandSegmentSizes = array<i32: 1, 1, 1, 1, 1, 1, 1, 0, 1>, resultSegmentSizes = array<i32: 1, 0, 0>} : (tensor<?x5xi32>, tensor<?x5xi32>, tensor<9x8xf32>, tensor<9x8xf32>, tensor<2x8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<?x5xi32>) -> tensor<?x5x8xf32>
  return %0 : tensor<?x5x8xf32>
}

// -----

// Without positions it takes the first rows of a table.
// CHECK-LABEL: func.func @embedding_without_positions
func.func @embedding_without_positions(%i: tensor<?x5xi32>, %w: tensor<9x8xf32>, %g: tensor<8xf32>) -> tensor<?x5x8xf32> {
  // CHECK: gac.embed_layer_normalization
  %0 = gac.embed_layer_normalization %i, %w, %w, %g, %g {operandSegmentSizes = array<i32: 1, 0, 1, 1, 0, 1, 1, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0>} : (tensor<?x5xi32>, tensor<9x8xf32>, tensor<9x8xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<?x5x8xf32>
  return %0 : tensor<?x5x8xf32>
}

// -----

// CHECK-LABEL: func.func @fused_matmul
func.func @fused_matmul(%a: tensor<?x5x8xf32>, %b: tensor<9x8xf32>) -> tensor<?x5x9xf32> {
  // CHECK:      %[[T:.+]] = gac.transpose %arg1 {perm = array<i64: 1, 0>} : (tensor<9x8xf32>) -> tensor<8x9xf32>
  // CHECK-NEXT: %[[P:.+]] = gac.matmul %arg0, %[[T]]
  // CHECK-NEXT: %[[ALPHA:.+]] = gac.constant dense<5.000000e-01> : tensor<f32>
  // CHECK-NEXT: %[[Y:.+]] = gac.mul %[[P]], %[[ALPHA]] {gac.outputs = ["y"]}
  // CHECK-NEXT: return %[[Y]]
  %0 = gac.fused_matmul %a, %b {alpha = 0.5 : f32, gac.outputs = ["y"], transB = 1 : i64} : (tensor<?x5x8xf32>, tensor<9x8xf32>) -> tensor<?x5x9xf32>
  return %0 : tensor<?x5x9xf32>
}

// -----

// The first axis of A comes behind the second, then the last two swap.
// CHECK-LABEL: func.func @fused_matmul_of_batches
func.func @fused_matmul_of_batches(%a: tensor<8x2x?x5xf32>, %b: tensor<8x9xf32>) -> tensor<2x?x5x9xf32> {
  // CHECK:      %[[T:.+]] = gac.transpose %arg0 {perm = array<i64: 1, 2, 3, 0>} : (tensor<8x2x?x5xf32>) -> tensor<2x?x5x8xf32>
  // CHECK-NEXT: %[[P:.+]] = gac.matmul %[[T]], %arg1
  // CHECK-NEXT: return %[[P]]
  %0 = gac.fused_matmul %a, %b {transA = 1 : i64, transBatchA = 1 : i64} : (tensor<8x2x?x5xf32>, tensor<8x9xf32>) -> tensor<2x?x5x9xf32>
  return %0 : tensor<2x?x5x9xf32>
}

// -----

// Which axes are the last two is not known.
// CHECK-LABEL: func.func @rank_is_unknown
func.func @rank_is_unknown(%a: tensor<*xf32>, %b: tensor<8x9xf32>) -> tensor<*xf32> {
  // CHECK: gac.fused_matmul
  // CHECK-NOT: gac.matmul
  %0 = gac.fused_matmul %a, %b {transA = 1 : i64} : (tensor<*xf32>, tensor<8x9xf32>) -> tensor<*xf32>
  return %0 : tensor<*xf32>
}

// -----

// CHECK-LABEL: func.func @fused_conv
func.func @fused_conv(%x: tensor<1x4x8x8xf32>, %w: tensor<6x4x1x1xf32>, %z: tensor<1x6x8x8xf32>) -> tensor<1x6x8x8xf32> {
  // CHECK:      %[[C:.+]] = gac.conv %arg0, %arg1 {group = 1 : i64}
  // CHECK-NEXT: %[[S:.+]] = gac.add %[[C]], %arg2
  // CHECK-NEXT: %[[Y:.+]] = gac.leaky_relu %[[S]] {alpha = 1.000000e-01 : f32, gac.outputs = ["y"]}
  // CHECK-NEXT: return %[[Y]]
  %0 = gac.fused_conv %x, %w, %z {activation = "LeakyRelu", activation_params = array<f32: 1.000000e-01>, gac.outputs = ["y"], group = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 0, 1>} : (tensor<1x4x8x8xf32>, tensor<6x4x1x1xf32>, tensor<1x6x8x8xf32>) -> tensor<1x6x8x8xf32>
  return %0 : tensor<1x6x8x8xf32>
}

// -----

// CHECK-LABEL: func.func @fused_conv_of_another
func.func @fused_conv_of_another(%x: tensor<1x4x8x8xf32>, %w: tensor<6x4x1x1xf32>) -> tensor<1x6x8x8xf32> {
  // CHECK: gac.fused_conv
  %0 = gac.fused_conv %x, %w {activation = "Mystery", operandSegmentSizes = array<i32: 1, 1, 0, 0>} : (tensor<1x4x8x8xf32>, tensor<6x4x1x1xf32>) -> tensor<1x6x8x8xf32>
  return %0 : tensor<1x6x8x8xf32>
}

// -----

// CHECK-LABEL: func.func @fused_gemm
func.func @fused_gemm(%a: tensor<?x8xf32>, %b: tensor<9x8xf32>) -> tensor<?x9xf32> {
  // CHECK:      %[[P:.+]] = gac.gemm %arg0, %arg1 {transB = 1 : i64}
  // CHECK-NEXT: %[[Y:.+]] = gac.relu %[[P]] {gac.outputs = ["y"]}
  // CHECK-NEXT: return %[[Y]]
  %0 = gac.fused_gemm %a, %b {activation = "Relu", gac.outputs = ["y"], transB = 1 : i64} : (tensor<?x8xf32>, tensor<9x8xf32>) -> tensor<?x9xf32>
  return %0 : tensor<?x9xf32>
}
