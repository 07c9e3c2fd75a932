// RUN: gac-opt %s --gac-recover --split-input-file | FileCheck %s

// TorchScript moves rows and heads of K in one Transpose with the rest.
// CHECK-LABEL: func.func @rows_first(
func.func @rows_first(%q: tensor<2x4x5x16xf32>,
                    %k: tensor<2x7x4x16xf32>,
                    %v: tensor<2x4x7x16xf32>)
    -> tensor<2x4x5x16xf32> {
  // CHECK:      %[[K:.+]] = gac.transpose %arg1 {perm = array<i64: 0, 2, 1, 3>}
  // CHECK-NEXT: %[[Y:.+]] = gac.attention %arg0, %[[K]], %arg2 {
  // CHECK-NEXT: return %[[Y]]
  %kt = gac.transpose %k {perm = array<i64: 0, 2, 3, 1>}
      : (tensor<2x7x4x16xf32>) -> tensor<2x4x16x7xf32>
  %1 = gac.matmul %q, %kt
      : (tensor<2x4x5x16xf32>, tensor<2x4x16x7xf32>) -> tensor<2x4x5x7xf32>
  %2 = gac.softmax %1 {axis = -1 : i64}
      : (tensor<2x4x5x7xf32>) -> tensor<2x4x5x7xf32>
  %3 = gac.matmul %2, %v
      : (tensor<2x4x5x7xf32>, tensor<2x4x7x16xf32>) -> tensor<2x4x5x16xf32>
  return %3 : tensor<2x4x5x16xf32>
}

// -----

// Any order of axes will do.
// CHECK-LABEL: func.func @heads_outside(
func.func @heads_outside(%q: tensor<2x4x5x16xf32>,
                       %k: tensor<4x2x7x16xf32>,
                       %v: tensor<2x4x7x16xf32>)
    -> tensor<2x4x5x16xf32> {
  // CHECK:      %[[K:.+]] = gac.transpose %arg1 {perm = array<i64: 1, 0, 2, 3>}
  // CHECK:      gac.attention %arg0, %[[K]], %arg2 {
  %kt = gac.transpose %k {perm = array<i64: 1, 0, 3, 2>}
      : (tensor<4x2x7x16xf32>) -> tensor<2x4x16x7xf32>
  %1 = gac.matmul %q, %kt
      : (tensor<2x4x5x16xf32>, tensor<2x4x16x7xf32>) -> tensor<2x4x5x7xf32>
  %2 = gac.softmax %1 {axis = -1 : i64}
      : (tensor<2x4x5x7xf32>) -> tensor<2x4x5x7xf32>
  %3 = gac.matmul %2, %v
      : (tensor<2x4x5x7xf32>, tensor<2x4x7x16xf32>) -> tensor<2x4x5x16xf32>
  return %3 : tensor<2x4x5x16xf32>
}

// -----

// K itself is what is multiplied with: it is transposed for the operation.
// CHECK-LABEL: func.func @square(
func.func @square(%q: tensor<2x4x5x7xf32>,
                %k: tensor<4x2x7x7xf32>,
                %v: tensor<2x4x7x16xf32>)
    -> tensor<2x4x5x16xf32> {
  // CHECK:      %[[K:.+]] = gac.transpose %arg1 {perm = array<i64: 1, 0, 3, 2>}
  // CHECK:      gac.attention %arg0, %[[K]], %arg2 {
  // Rows and width have one size here, and are not exchanged.
  %kt = gac.transpose %k {perm = array<i64: 1, 0, 2, 3>}
      : (tensor<4x2x7x7xf32>) -> tensor<2x4x7x7xf32>
  %1 = gac.matmul %q, %kt
      : (tensor<2x4x5x7xf32>, tensor<2x4x7x7xf32>) -> tensor<2x4x5x7xf32>
  %2 = gac.softmax %1 {axis = -1 : i64}
      : (tensor<2x4x5x7xf32>) -> tensor<2x4x5x7xf32>
  %3 = gac.matmul %2, %v
      : (tensor<2x4x5x7xf32>, tensor<2x4x7x16xf32>) -> tensor<2x4x5x16xf32>
  return %3 : tensor<2x4x5x16xf32>
}

// -----

// Of Q, of K and, twice, of the scores.
// CHECK-LABEL: func.func @many_scales(
func.func @many_scales(%q: tensor<2x4x5x16xf32>,
                     %k: tensor<2x4x7x16xf32>,
                     %v: tensor<2x4x7x16xf32>)
    -> tensor<2x4x5x16xf32> {
  // CHECK: gac.attention %arg0, %arg1, %arg2 {
  // CHECK-SAME: scale = 0.333333
  %c = gac.constant dense<3.0> : tensor<f32>
  %d = gac.constant dense<6.0> : tensor<f32>
  %h = gac.constant dense<0.5> : tensor<f32>
  %kt = gac.transpose %k {perm = array<i64: 0, 1, 3, 2>}
      : (tensor<2x4x7x16xf32>) -> tensor<2x4x16x7xf32>
  %1 = gac.div %q, %c
      : (tensor<2x4x5x16xf32>, tensor<f32>) -> tensor<2x4x5x16xf32>
  %2 = gac.mul %kt, %d
      : (tensor<2x4x16x7xf32>, tensor<f32>) -> tensor<2x4x16x7xf32>
  %3 = gac.matmul %1, %2
      : (tensor<2x4x5x16xf32>, tensor<2x4x16x7xf32>) -> tensor<2x4x5x7xf32>
  %4 = gac.mul %h, %3
      : (tensor<f32>, tensor<2x4x5x7xf32>) -> tensor<2x4x5x7xf32>
  %5 = gac.div %4, %c
      : (tensor<2x4x5x7xf32>, tensor<f32>) -> tensor<2x4x5x7xf32>
  %6 = gac.softmax %5 {axis = -1 : i64}
      : (tensor<2x4x5x7xf32>) -> tensor<2x4x5x7xf32>
  %7 = gac.matmul %6, %v
      : (tensor<2x4x5x7xf32>, tensor<2x4x7x16xf32>) -> tensor<2x4x5x16xf32>
  return %7 : tensor<2x4x5x16xf32>
}

// -----

// Computed from the width of a head.
// CHECK-LABEL: func.func @scale_of_shape(
func.func @scale_of_shape(%q: tensor<2x4x5x16xf32>,
                        %k: tensor<2x4x7x16xf32>,
                        %v: tensor<2x4x7x16xf32>)
    -> tensor<2x4x5x16xf32> {
  // CHECK: gac.attention %arg0, %arg1, %arg2 {
  // CHECK-SAME: scale = 2.500000e-01
  %sh = gac.shape %q {start = 3 : i64, end = 4 : i64}
      : (tensor<2x4x5x16xf32>) -> tensor<1xi64>
  %0 = gac.cast %sh {to = 1 : i64}
      : (tensor<1xi64>) -> tensor<1xf32>
  %1 = gac.sqrt %0
      : (tensor<1xf32>) -> tensor<1xf32>
  %one = gac.constant dense<1.0> : tensor<1xf32>
  %2 = gac.div %one, %1
      : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
  %3 = gac.sqrt %2
      : (tensor<1xf32>) -> tensor<1xf32>
  %kt = gac.transpose %k {perm = array<i64: 0, 1, 3, 2>}
      : (tensor<2x4x7x16xf32>) -> tensor<2x4x16x7xf32>
  %5 = gac.mul %q, %3
      : (tensor<2x4x5x16xf32>, tensor<1xf32>) -> tensor<2x4x5x16xf32>
  %6 = gac.mul %kt, %3
      : (tensor<2x4x16x7xf32>, tensor<1xf32>) -> tensor<2x4x16x7xf32>
  %7 = gac.matmul %5, %6
      : (tensor<2x4x5x16xf32>, tensor<2x4x16x7xf32>) -> tensor<2x4x5x7xf32>
  %8 = gac.softmax %7 {axis = -1 : i64}
      : (tensor<2x4x5x7xf32>) -> tensor<2x4x5x7xf32>
  %9 = gac.matmul %8, %v
      : (tensor<2x4x5x7xf32>, tensor<2x4x7x16xf32>) -> tensor<2x4x5x16xf32>
  return %9 : tensor<2x4x5x16xf32>
}

// -----

// Which the operation cannot have as an operand.
// CHECK-LABEL: func.func @scale_of_data(
func.func @scale_of_data(%q: tensor<2x4x5x16xf32>,
                       %k: tensor<2x4x7x16xf32>,
                       %v: tensor<2x4x7x16xf32>,
                       %w: tensor<f32>)
    -> tensor<2x4x5x16xf32> {
  // CHECK-NOT: gac.attention
  %kt = gac.transpose %k {perm = array<i64: 0, 1, 3, 2>}
      : (tensor<2x4x7x16xf32>) -> tensor<2x4x16x7xf32>
  %1 = gac.sqrt %w
      : (tensor<f32>) -> tensor<f32>
  %2 = gac.matmul %q, %kt
      : (tensor<2x4x5x16xf32>, tensor<2x4x16x7xf32>) -> tensor<2x4x5x7xf32>
  %3 = gac.div %2, %1
      : (tensor<2x4x5x7xf32>, tensor<f32>) -> tensor<2x4x5x7xf32>
  %4 = gac.softmax %3 {axis = -1 : i64}
      : (tensor<2x4x5x7xf32>) -> tensor<2x4x5x7xf32>
  %5 = gac.matmul %4, %v
      : (tensor<2x4x5x7xf32>, tensor<2x4x7x16xf32>) -> tensor<2x4x5x16xf32>
  return %5 : tensor<2x4x5x16xf32>
}

// -----

// ONNX takes the square root of the scale.
// CHECK-LABEL: func.func @negative_scale(
func.func @negative_scale(%q: tensor<2x4x5x16xf32>,
                        %k: tensor<2x4x7x16xf32>,
                        %v: tensor<2x4x7x16xf32>)
    -> tensor<2x4x5x16xf32> {
  // CHECK-NOT: gac.attention
  %c = gac.constant dense<-0.25> : tensor<f32>
  %kt = gac.transpose %k {perm = array<i64: 0, 1, 3, 2>}
      : (tensor<2x4x7x16xf32>) -> tensor<2x4x16x7xf32>
  %1 = gac.matmul %q, %kt
      : (tensor<2x4x5x16xf32>, tensor<2x4x16x7xf32>) -> tensor<2x4x5x7xf32>
  %2 = gac.mul %1, %c
      : (tensor<2x4x5x7xf32>, tensor<f32>) -> tensor<2x4x5x7xf32>
  %3 = gac.softmax %2 {axis = -1 : i64}
      : (tensor<2x4x5x7xf32>) -> tensor<2x4x5x7xf32>
  %4 = gac.matmul %3, %v
      : (tensor<2x4x5x7xf32>, tensor<2x4x7x16xf32>) -> tensor<2x4x5x16xf32>
  return %4 : tensor<2x4x5x16xf32>
}

// -----

// As in Gemma 2: before the mask.
// CHECK-LABEL: func.func @softcap(
func.func @softcap(%q: tensor<2x4x5x16xf32>,
                 %k: tensor<2x4x7x16xf32>,
                 %v: tensor<2x4x7x16xf32>,
                 %m: tensor<2x1x5x7xf32>)
    -> tensor<2x4x5x16xf32> {
  // CHECK: gac.equal %arg3
  // CHECK: %[[M:.+]] = gac.where %{{.+}}, %{{.+}}, %arg3
  // CHECK: gac.attention %arg0, %arg1, %arg2, %[[M]] {
  // CHECK-SAME: scale = 6.250000e-02 : f32, softcap = 5.000000e+01 : f32
  %cap = gac.constant dense<50.0> : tensor<f32>
  %c = gac.constant dense<0.0625> : tensor<f32>
  %zero = gac.constant dense<0.0> : tensor<f32>
  %kt = gac.transpose %k {perm = array<i64: 0, 1, 3, 2>}
      : (tensor<2x4x7x16xf32>) -> tensor<2x4x16x7xf32>
  %1 = gac.matmul %q, %kt
      : (tensor<2x4x5x16xf32>, tensor<2x4x16x7xf32>) -> tensor<2x4x5x7xf32>
  %2 = gac.mul %1, %c
      : (tensor<2x4x5x7xf32>, tensor<f32>) -> tensor<2x4x5x7xf32>
  %3 = gac.div %2, %cap
      : (tensor<2x4x5x7xf32>, tensor<f32>) -> tensor<2x4x5x7xf32>
  %4 = gac.tanh %3
      : (tensor<2x4x5x7xf32>) -> tensor<2x4x5x7xf32>
  %5 = gac.mul %4, %cap
      : (tensor<2x4x5x7xf32>, tensor<f32>) -> tensor<2x4x5x7xf32>
  %6 = gac.add %5, %m
      : (tensor<2x4x5x7xf32>, tensor<2x1x5x7xf32>) -> tensor<2x4x5x7xf32>
  %7 = gac.softmax %6 {axis = -1 : i64}
      : (tensor<2x4x5x7xf32>) -> tensor<2x4x5x7xf32>
  %8 = gac.is_nan %7
      : (tensor<2x4x5x7xf32>) -> tensor<2x4x5x7xi1>
  %9 = gac.where %8, %zero, %7
      : (tensor<2x4x5x7xi1>, tensor<f32>, tensor<2x4x5x7xf32>) -> tensor<2x4x5x7xf32>
  %10 = gac.matmul %9, %v
      : (tensor<2x4x5x7xf32>, tensor<2x4x7x16xf32>) -> tensor<2x4x5x16xf32>
  return %10 : tensor<2x4x5x16xf32>
}

// -----

// What divides may be a factor.
// CHECK-LABEL: func.func @softcap_reciprocal(
func.func @softcap_reciprocal(%q: tensor<2x4x5x16xf32>,
                            %k: tensor<2x4x7x16xf32>,
                            %v: tensor<2x4x7x16xf32>)
    -> tensor<2x4x5x16xf32> {
  // CHECK: gac.attention %arg0, %arg1, %arg2 {
  // CHECK-SAME: scale = 1.000000e+00 : f32, softcap = 5.000000e+01 : f32
  %cap = gac.constant dense<50.0> : tensor<f32>
  %r = gac.constant dense<0.02> : tensor<f32>
  %kt = gac.transpose %k {perm = array<i64: 0, 1, 3, 2>}
      : (tensor<2x4x7x16xf32>) -> tensor<2x4x16x7xf32>
  %1 = gac.matmul %q, %kt
      : (tensor<2x4x5x16xf32>, tensor<2x4x16x7xf32>) -> tensor<2x4x5x7xf32>
  %2 = gac.mul %1, %r
      : (tensor<2x4x5x7xf32>, tensor<f32>) -> tensor<2x4x5x7xf32>
  %3 = gac.tanh %2
      : (tensor<2x4x5x7xf32>) -> tensor<2x4x5x7xf32>
  %4 = gac.mul %cap, %3
      : (tensor<f32>, tensor<2x4x5x7xf32>) -> tensor<2x4x5x7xf32>
  %5 = gac.softmax %4 {axis = -1 : i64}
      : (tensor<2x4x5x7xf32>) -> tensor<2x4x5x7xf32>
  %6 = gac.matmul %5, %v
      : (tensor<2x4x5x7xf32>, tensor<2x4x7x16xf32>) -> tensor<2x4x5x16xf32>
  return %6 : tensor<2x4x5x16xf32>
}

// -----

// Capped after masking, which the operation does not do.
// CHECK-LABEL: func.func @softcap_of_masked(
func.func @softcap_of_masked(%q: tensor<2x4x5x16xf32>,
                           %k: tensor<2x4x7x16xf32>,
                           %v: tensor<2x4x7x16xf32>,
                           %m: tensor<2x1x5x7xf32>)
    -> tensor<2x4x5x16xf32> {
  // CHECK-NOT: gac.attention
  %cap = gac.constant dense<50.0> : tensor<f32>
  %zero = gac.constant dense<0.0> : tensor<f32>
  %kt = gac.transpose %k {perm = array<i64: 0, 1, 3, 2>}
      : (tensor<2x4x7x16xf32>) -> tensor<2x4x16x7xf32>
  %1 = gac.matmul %q, %kt
      : (tensor<2x4x5x16xf32>, tensor<2x4x16x7xf32>) -> tensor<2x4x5x7xf32>
  %2 = gac.add %1, %m
      : (tensor<2x4x5x7xf32>, tensor<2x1x5x7xf32>) -> tensor<2x4x5x7xf32>
  %3 = gac.div %2, %cap
      : (tensor<2x4x5x7xf32>, tensor<f32>) -> tensor<2x4x5x7xf32>
  %4 = gac.tanh %3
      : (tensor<2x4x5x7xf32>) -> tensor<2x4x5x7xf32>
  %5 = gac.mul %4, %cap
      : (tensor<2x4x5x7xf32>, tensor<f32>) -> tensor<2x4x5x7xf32>
  %6 = gac.softmax %5 {axis = -1 : i64}
      : (tensor<2x4x5x7xf32>) -> tensor<2x4x5x7xf32>
  %7 = gac.is_nan %6
      : (tensor<2x4x5x7xf32>) -> tensor<2x4x5x7xi1>
  %8 = gac.where %7, %zero, %6
      : (tensor<2x4x5x7xi1>, tensor<f32>, tensor<2x4x5x7xf32>) -> tensor<2x4x5x7xf32>
  %9 = gac.matmul %8, %v
      : (tensor<2x4x5x7xf32>, tensor<2x4x7x16xf32>) -> tensor<2x4x5x16xf32>
  return %9 : tensor<2x4x5x16xf32>
}

// -----

// The scores are read by others.
// CHECK-LABEL: func.func @softcap_read(
func.func @softcap_read(%q: tensor<2x4x5x16xf32>,
                      %k: tensor<2x4x7x16xf32>,
                      %v: tensor<2x4x7x16xf32>)
    -> tensor<2x4x5x16xf32> {
  // CHECK-NOT: gac.attention
  %cap = gac.constant dense<50.0> : tensor<f32>
  %kt = gac.transpose %k {perm = array<i64: 0, 1, 3, 2>}
      : (tensor<2x4x7x16xf32>) -> tensor<2x4x16x7xf32>
  %1 = gac.matmul %q, %kt
      : (tensor<2x4x5x16xf32>, tensor<2x4x16x7xf32>) -> tensor<2x4x5x7xf32>
  %2 = gac.tanh %1
      : (tensor<2x4x5x7xf32>) -> tensor<2x4x5x7xf32>
  %3 = gac.mul %2, %cap
      : (tensor<2x4x5x7xf32>, tensor<f32>) -> tensor<2x4x5x7xf32>
  %used = gac.relu %2
      : (tensor<2x4x5x7xf32>) -> tensor<2x4x5x7xf32>
  %5 = gac.softmax %3 {axis = -1 : i64}
      : (tensor<2x4x5x7xf32>) -> tensor<2x4x5x7xf32>
  %6 = gac.matmul %5, %v
      : (tensor<2x4x5x7xf32>, tensor<2x4x7x16xf32>) -> tensor<2x4x5x16xf32>
  %7 = gac.reduce_max %used
      : (tensor<2x4x5x7xf32>) -> tensor<1x1x1x1xf32>
  %8 = gac.add %6, %7
      : (tensor<2x4x5x16xf32>, tensor<1x1x1x1xf32>) -> tensor<2x4x5x16xf32>
  return %8 : tensor<2x4x5x16xf32>
}
