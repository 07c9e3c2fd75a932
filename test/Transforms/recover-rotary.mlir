// RUN: gac-opt %s --gac-recover --split-input-file | FileCheck %s

// As the exporter writes it: the tables are computed for half of the width, and
// once for both operands.
// CHECK-LABEL: func.func @exported
func.func @exported(
    %q: tensor<?x4x?x16xf32> {gac.dims = ["batch", "", "seq", ""]},
    %k: tensor<?x2x?x16xf32> {gac.dims = ["batch", "", "seq", ""]},
    %f: tensor<1x?x8xf32> {gac.dims = ["", "seq", ""]})
    -> (tensor<?x4x?x16xf32>, tensor<?x2x?x16xf32>) {
  %zero = gac.constant dense<0> : tensor<1xi64>
  %one = gac.constant dense<1> : tensor<1xi64>
  %three = gac.constant dense<3> : tensor<1xi64>
  %half = gac.constant dense<8> : tensor<1xi64>
  %end = gac.constant dense<9223372036854775807> : tensor<1xi64>
  // CHECK:      %[[COS:.+]] = gac.cos %arg2
  // CHECK-NEXT: %[[SIN:.+]] = gac.sin %arg2
  // CHECK-NEXT: %[[Q:.+]] = gac.rotary_embedding %arg0, %[[COS]], %[[SIN]]
  // CHECK-SAME:   gac.outputs = ["q"], interleaved = 0 : i64
  // CHECK-NEXT: %[[K:.+]] = gac.rotary_embedding %arg1, %[[COS]], %[[SIN]]
  // CHECK-NEXT: return %[[Q]], %[[K]]
  %ff = gac.concat %f, %f {axis = -1 : i64}
      : (tensor<1x?x8xf32>, tensor<1x?x8xf32>) -> tensor<1x?x16xf32>
  %cos = gac.cos %ff {gac.outputs = ["cos"]}
      : (tensor<1x?x16xf32>) -> tensor<1x?x16xf32>
  %sin = gac.sin %ff : (tensor<1x?x16xf32>) -> tensor<1x?x16xf32>
  %cos4 = gac.unsqueeze %cos, %one
      : (tensor<1x?x16xf32>, tensor<1xi64>) -> tensor<1x1x?x16xf32>
  %sin4 = gac.unsqueeze %sin, %one
      : (tensor<1x?x16xf32>, tensor<1xi64>) -> tensor<1x1x?x16xf32>
  %0 = gac.mul %q, %cos4
      : (tensor<?x4x?x16xf32>, tensor<1x1x?x16xf32>) -> tensor<?x4x?x16xf32>
  %1 = gac.slice %q, %zero, %half, %three, %one
      {operandSegmentSizes = array<i32: 1, 1, 1, 1, 1>}
      : (tensor<?x4x?x16xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>,
         tensor<1xi64>) -> tensor<?x4x?x8xf32>
  %2 = gac.slice %q, %half, %end, %three, %one
      {operandSegmentSizes = array<i32: 1, 1, 1, 1, 1>}
      : (tensor<?x4x?x16xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>,
         tensor<1xi64>) -> tensor<?x4x?x8xf32>
  %3 = gac.neg %2 : (tensor<?x4x?x8xf32>) -> tensor<?x4x?x8xf32>
  %4 = gac.concat %3, %1 {axis = -1 : i64}
      : (tensor<?x4x?x8xf32>, tensor<?x4x?x8xf32>) -> tensor<?x4x?x16xf32>
  %5 = gac.mul %4, %sin4
      : (tensor<?x4x?x16xf32>, tensor<1x1x?x16xf32>) -> tensor<?x4x?x16xf32>
  %6 = gac.add %0, %5 {gac.outputs = ["q"]}
      : (tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>) -> tensor<?x4x?x16xf32>
  // The halves may come from Split, the factors and terms stand otherwise.
  %7:2 = gac.split %k {axis = 3 : i64}
      : (tensor<?x2x?x16xf32>) -> (tensor<?x2x?x8xf32>, tensor<?x2x?x8xf32>)
  %8 = gac.neg %7#1 : (tensor<?x2x?x8xf32>) -> tensor<?x2x?x8xf32>
  %9 = gac.concat %8, %7#0 {axis = 3 : i64}
      : (tensor<?x2x?x8xf32>, tensor<?x2x?x8xf32>) -> tensor<?x2x?x16xf32>
  %10 = gac.mul %sin4, %9
      : (tensor<1x1x?x16xf32>, tensor<?x2x?x16xf32>) -> tensor<?x2x?x16xf32>
  %11 = gac.mul %cos4, %k
      : (tensor<1x1x?x16xf32>, tensor<?x2x?x16xf32>) -> tensor<?x2x?x16xf32>
  %12 = gac.add %10, %11
      : (tensor<?x2x?x16xf32>, tensor<?x2x?x16xf32>) -> tensor<?x2x?x16xf32>
  return %6, %12 : tensor<?x4x?x16xf32>, tensor<?x2x?x16xf32>
}

// -----

// Rows of constant tables, gathered by position.
// CHECK-LABEL: func.func @gathered
func.func @gathered(
    %x: tensor<?x4x?x4xf32> {gac.dims = ["batch", "", "seq", ""]},
    %ids: tensor<?x?xi64> {gac.dims = ["batch", "seq"]})
    -> tensor<?x4x?x4xf32> {
  // CHECK-DAG: %[[C:.+]] = gac.constant dense<{{\[\[}}1.000000e+00, 2.000000e+00], [3.000000e+00, 4.000000e+00]]>
  // CHECK-DAG: %[[S:.+]] = gac.constant dense<{{\[\[}}5.000000e+00, 6.000000e+00], [7.000000e+00, 8.000000e+00]]>
  // CHECK-DAG: %[[COS:.+]] = gac.gather %[[C]], %arg1 {{.*}} -> tensor<?x?x2xf32>
  // CHECK-DAG: %[[SIN:.+]] = gac.gather %[[S]], %arg1 {{.*}} -> tensor<?x?x2xf32>
  // CHECK:     gac.rotary_embedding %arg0, %[[COS]], %[[SIN]]
  %c = gac.constant dense<[[1.0, 2.0, 1.0, 2.0], [3.0, 4.0, 3.0, 4.0]]>
      : tensor<2x4xf32>
  %s = gac.constant dense<[[5.0, 6.0, 5.0, 6.0], [7.0, 8.0, 7.0, 8.0]]>
      : tensor<2x4xf32>
  %one = gac.constant dense<1> : tensor<1xi64>
  %cos = gac.gather %c, %ids {axis = 0 : i64}
      : (tensor<2x4xf32>, tensor<?x?xi64>) -> tensor<?x?x4xf32>
  %sin = gac.gather %s, %ids {axis = 0 : i64}
      : (tensor<2x4xf32>, tensor<?x?xi64>) -> tensor<?x?x4xf32>
  %cos4 = gac.unsqueeze %cos, %one
      : (tensor<?x?x4xf32>, tensor<1xi64>) -> tensor<?x1x?x4xf32>
  %sin4 = gac.unsqueeze %sin, %one
      : (tensor<?x?x4xf32>, tensor<1xi64>) -> tensor<?x1x?x4xf32>
  %0 = gac.mul %x, %cos4
      : (tensor<?x4x?x4xf32>, tensor<?x1x?x4xf32>) -> tensor<?x4x?x4xf32>
  %1:2 = gac.split %x {axis = 3 : i64}
      : (tensor<?x4x?x4xf32>) -> (tensor<?x4x?x2xf32>, tensor<?x4x?x2xf32>)
  %2 = gac.neg %1#1 : (tensor<?x4x?x2xf32>) -> tensor<?x4x?x2xf32>
  %3 = gac.concat %2, %1#0 {axis = 3 : i64}
      : (tensor<?x4x?x2xf32>, tensor<?x4x?x2xf32>) -> tensor<?x4x?x4xf32>
  %4 = gac.mul %3, %sin4
      : (tensor<?x4x?x4xf32>, tensor<?x1x?x4xf32>) -> tensor<?x4x?x4xf32>
  %5 = gac.add %0, %4
      : (tensor<?x4x?x4xf32>, tensor<?x4x?x4xf32>) -> tensor<?x4x?x4xf32>
  return %5 : tensor<?x4x?x4xf32>
}

// -----

// The second table's halves differ in one number.
// CHECK-LABEL: func.func @unequal_halves
func.func @unequal_halves(%x: tensor<1x4x2x4xf32>) -> tensor<1x4x2x4xf32> {
  // CHECK-NOT: gac.rotary_embedding
  %cos = gac.constant dense<[[1.0, 2.0, 1.0, 2.0], [3.0, 4.0, 3.0, 4.0]]>
      : tensor<2x4xf32>
  %sin = gac.constant dense<[[5.0, 6.0, 5.0, 6.0], [7.0, 8.0, 7.0, 9.0]]>
      : tensor<2x4xf32>
  %0 = gac.mul %x, %cos
      : (tensor<1x4x2x4xf32>, tensor<2x4xf32>) -> tensor<1x4x2x4xf32>
  %1:2 = gac.split %x {axis = 3 : i64}
      : (tensor<1x4x2x4xf32>) -> (tensor<1x4x2x2xf32>, tensor<1x4x2x2xf32>)
  %2 = gac.neg %1#1 : (tensor<1x4x2x2xf32>) -> tensor<1x4x2x2xf32>
  %3 = gac.concat %2, %1#0 {axis = 3 : i64}
      : (tensor<1x4x2x2xf32>, tensor<1x4x2x2xf32>) -> tensor<1x4x2x4xf32>
  %4 = gac.mul %3, %sin
      : (tensor<1x4x2x4xf32>, tensor<2x4xf32>) -> tensor<1x4x2x4xf32>
  %5 = gac.add %0, %4
      : (tensor<1x4x2x4xf32>, tensor<1x4x2x4xf32>) -> tensor<1x4x2x4xf32>
  return %5 : tensor<1x4x2x4xf32>
}

// -----

// The same with equal halves: tables of two axes get a batch of one.
// CHECK-LABEL: func.func @two_axes
func.func @two_axes(%x: tensor<1x4x2x4xf32>) -> tensor<1x4x2x4xf32> {
  // CHECK: %[[COS:.+]] = gac.unsqueeze {{.*}} -> tensor<1x2x2xf32>
  // CHECK: %[[SIN:.+]] = gac.unsqueeze {{.*}} -> tensor<1x2x2xf32>
  // CHECK: gac.rotary_embedding %arg0, %[[COS]], %[[SIN]]
  %cos = gac.constant dense<[[1.0, 2.0, 1.0, 2.0], [3.0, 4.0, 3.0, 4.0]]>
      : tensor<2x4xf32>
  %sin = gac.constant dense<[[5.0, 6.0, 5.0, 6.0], [7.0, 8.0, 7.0, 8.0]]>
      : tensor<2x4xf32>
  %0 = gac.mul %x, %cos
      : (tensor<1x4x2x4xf32>, tensor<2x4xf32>) -> tensor<1x4x2x4xf32>
  %1:2 = gac.split %x {axis = 3 : i64}
      : (tensor<1x4x2x4xf32>) -> (tensor<1x4x2x2xf32>, tensor<1x4x2x2xf32>)
  %2 = gac.neg %1#1 : (tensor<1x4x2x2xf32>) -> tensor<1x4x2x2xf32>
  %3 = gac.concat %2, %1#0 {axis = 3 : i64}
      : (tensor<1x4x2x2xf32>, tensor<1x4x2x2xf32>) -> tensor<1x4x2x4xf32>
  %4 = gac.mul %3, %sin
      : (tensor<1x4x2x4xf32>, tensor<2x4xf32>) -> tensor<1x4x2x4xf32>
  %5 = gac.add %0, %4
      : (tensor<1x4x2x4xf32>, tensor<1x4x2x4xf32>) -> tensor<1x4x2x4xf32>
  return %5 : tensor<1x4x2x4xf32>
}

// -----

// The halves in the wrong order: [x1|-x2].
// CHECK-LABEL: func.func @wrong_half_negated
func.func @wrong_half_negated(%x: tensor<1x4x2x4xf32>, %f: tensor<2x2xf32>)
    -> tensor<1x4x2x4xf32> {
  // CHECK-NOT: gac.rotary_embedding
  %ff = gac.concat %f, %f {axis = 1 : i64}
      : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x4xf32>
  %cos = gac.cos %ff : (tensor<2x4xf32>) -> tensor<2x4xf32>
  %sin = gac.sin %ff : (tensor<2x4xf32>) -> tensor<2x4xf32>
  %0 = gac.mul %x, %cos
      : (tensor<1x4x2x4xf32>, tensor<2x4xf32>) -> tensor<1x4x2x4xf32>
  %1:2 = gac.split %x {axis = 3 : i64}
      : (tensor<1x4x2x4xf32>) -> (tensor<1x4x2x2xf32>, tensor<1x4x2x2xf32>)
  %2 = gac.neg %1#0 : (tensor<1x4x2x2xf32>) -> tensor<1x4x2x2xf32>
  %3 = gac.concat %2, %1#1 {axis = 3 : i64}
      : (tensor<1x4x2x2xf32>, tensor<1x4x2x2xf32>) -> tensor<1x4x2x4xf32>
  %4 = gac.mul %3, %sin
      : (tensor<1x4x2x4xf32>, tensor<2x4xf32>) -> tensor<1x4x2x4xf32>
  %5 = gac.add %0, %4
      : (tensor<1x4x2x4xf32>, tensor<1x4x2x4xf32>) -> tensor<1x4x2x4xf32>
  return %5 : tensor<1x4x2x4xf32>
}

// -----

// Two tables that need not be equal.
// CHECK-LABEL: func.func @different_halves
func.func @different_halves(%x: tensor<1x4x2x4xf32>, %f: tensor<2x2xf32>,
                            %g: tensor<2x2xf32>) -> tensor<1x4x2x4xf32> {
  // CHECK-NOT: gac.rotary_embedding
  %ff = gac.concat %f, %g {axis = 1 : i64}
      : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x4xf32>
  %cos = gac.cos %ff : (tensor<2x4xf32>) -> tensor<2x4xf32>
  %sin = gac.sin %ff : (tensor<2x4xf32>) -> tensor<2x4xf32>
  %0 = gac.mul %x, %cos
      : (tensor<1x4x2x4xf32>, tensor<2x4xf32>) -> tensor<1x4x2x4xf32>
  %1:2 = gac.split %x {axis = 3 : i64}
      : (tensor<1x4x2x4xf32>) -> (tensor<1x4x2x2xf32>, tensor<1x4x2x2xf32>)
  %2 = gac.neg %1#1 : (tensor<1x4x2x2xf32>) -> tensor<1x4x2x2xf32>
  %3 = gac.concat %2, %1#0 {axis = 3 : i64}
      : (tensor<1x4x2x2xf32>, tensor<1x4x2x2xf32>) -> tensor<1x4x2x4xf32>
  %4 = gac.mul %3, %sin
      : (tensor<1x4x2x4xf32>, tensor<2x4xf32>) -> tensor<1x4x2x4xf32>
  %5 = gac.add %0, %4
      : (tensor<1x4x2x4xf32>, tensor<1x4x2x4xf32>) -> tensor<1x4x2x4xf32>
  return %5 : tensor<1x4x2x4xf32>
}

// -----

// A table per head, which the operation has not.
// CHECK-LABEL: func.func @table_per_head
func.func @table_per_head(%x: tensor<1x4x2x4xf32>, %f: tensor<4x2x2xf32>)
    -> tensor<1x4x2x4xf32> {
  // CHECK-NOT: gac.rotary_embedding
  %ff = gac.concat %f, %f {axis = 2 : i64}
      : (tensor<4x2x2xf32>, tensor<4x2x2xf32>) -> tensor<4x2x4xf32>
  %cos = gac.cos %ff : (tensor<4x2x4xf32>) -> tensor<4x2x4xf32>
  %sin = gac.sin %ff : (tensor<4x2x4xf32>) -> tensor<4x2x4xf32>
  %0 = gac.mul %x, %cos
      : (tensor<1x4x2x4xf32>, tensor<4x2x4xf32>) -> tensor<1x4x2x4xf32>
  %1:2 = gac.split %x {axis = 3 : i64}
      : (tensor<1x4x2x4xf32>) -> (tensor<1x4x2x2xf32>, tensor<1x4x2x2xf32>)
  %2 = gac.neg %1#1 : (tensor<1x4x2x2xf32>) -> tensor<1x4x2x2xf32>
  %3 = gac.concat %2, %1#0 {axis = 3 : i64}
      : (tensor<1x4x2x2xf32>, tensor<1x4x2x2xf32>) -> tensor<1x4x2x4xf32>
  %4 = gac.mul %3, %sin
      : (tensor<1x4x2x4xf32>, tensor<4x2x4xf32>) -> tensor<1x4x2x4xf32>
  %5 = gac.add %0, %4
      : (tensor<1x4x2x4xf32>, tensor<1x4x2x4xf32>) -> tensor<1x4x2x4xf32>
  return %5 : tensor<1x4x2x4xf32>
}

// -----

// Of opset 23: what the shape says is not said twice.
// CHECK-LABEL: func.func @single_op
func.func @single_op(%x: tensor<1x4x2x4xf32>, %c: tensor<1x2x2xf32>)
    -> tensor<1x4x2x4xf32> {
  // CHECK: gac.rotary_embedding
  // CHECK-NOT: num_heads
  %0 = gac.rotary_embedding %x, %c, %c
      {interleaved = 0 : i64, num_heads = 4 : i64}
      : (tensor<1x4x2x4xf32>, tensor<1x2x2xf32>, tensor<1x2x2xf32>)
      -> tensor<1x4x2x4xf32>
  return %0 : tensor<1x4x2x4xf32>
}
