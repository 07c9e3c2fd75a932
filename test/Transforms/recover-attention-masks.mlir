// RUN: gac-opt %s --gac-recover --split-input-file | FileCheck %s

// Without a guard nothing says that no row is all minus infinity.
// CHECK-LABEL: func.func @unknown_bias(
func.func @unknown_bias(%q: tensor<2x4x5x16xf32>,
                      %k: tensor<2x4x7x16xf32>,
                      %v: tensor<2x4x7x16xf32>,
                      %m: tensor<1x4x5x7xf32>)
    -> tensor<2x4x5x16xf32> {
  // CHECK-NOT: gac.attention
  %kt = gac.transpose %k {perm = array<i64: 0, 1, 3, 2>}
      : (tensor<2x4x7x16xf32>) -> tensor<2x4x16x7xf32>
  %1 = gac.matmul %q, %kt
      : (tensor<2x4x5x16xf32>, tensor<2x4x16x7xf32>) -> tensor<2x4x5x7xf32>
  %2 = gac.add %1, %m
      : (tensor<2x4x5x7xf32>, tensor<1x4x5x7xf32>) -> tensor<2x4x5x7xf32>
  %3 = gac.softmax %2 {axis = -1 : i64}
      : (tensor<2x4x5x7xf32>) -> tensor<2x4x5x7xf32>
  %4 = gac.matmul %3, %v
      : (tensor<2x4x5x7xf32>, tensor<2x4x7x16xf32>) -> tensor<2x4x5x16xf32>
  return %4 : tensor<2x4x5x16xf32>
}

// -----

// T5's bias: rows of a table of finite numbers, by distance.
// CHECK-LABEL: func.func @bias(
func.func @bias(%q: tensor<2x4x5x16xf32>,
              %k: tensor<2x4x7x16xf32>,
              %v: tensor<2x4x7x16xf32>,
              %i: tensor<5x7xi64>)
    -> tensor<2x4x5x16xf32> {
  // CHECK: %[[B:.+]] = gac.unsqueeze
  // CHECK: gac.attention %arg0, %arg1, %arg2, %[[B]] {
  // CHECK-SAME: scale = 1.000000e+00
  %t = gac.constant dense<[[1.0, 2.0, 3.0, 4.0], [5.0, 1.0, 6.0, 7.0]]> : tensor<2x4xf32>
  %zero1 = gac.constant dense<0> : tensor<1xi64>
  %0 = gac.gather %t, %i {axis = 0 : i64}
      : (tensor<2x4xf32>, tensor<5x7xi64>) -> tensor<5x7x4xf32>
  %1 = gac.transpose %0 {perm = array<i64: 2, 0, 1>}
      : (tensor<5x7x4xf32>) -> tensor<4x5x7xf32>
  %bias = gac.unsqueeze %1, %zero1
      : (tensor<4x5x7xf32>, tensor<1xi64>) -> tensor<1x4x5x7xf32>
  %kt = gac.transpose %k {perm = array<i64: 0, 1, 3, 2>}
      : (tensor<2x4x7x16xf32>) -> tensor<2x4x16x7xf32>
  %4 = gac.matmul %q, %kt
      : (tensor<2x4x5x16xf32>, tensor<2x4x16x7xf32>) -> tensor<2x4x5x7xf32>
  %5 = gac.add %4, %bias
      : (tensor<2x4x5x7xf32>, tensor<1x4x5x7xf32>) -> tensor<2x4x5x7xf32>
  %6 = gac.softmax %5 {axis = -1 : i64}
      : (tensor<2x4x5x7xf32>) -> tensor<2x4x5x7xf32>
  %7 = gac.matmul %6, %v
      : (tensor<2x4x5x7xf32>, tensor<2x4x7x16xf32>) -> tensor<2x4x5x16xf32>
  return %7 : tensor<2x4x5x16xf32>
}

// -----

// One of them is minus infinity.
// CHECK-LABEL: func.func @infinite_bias(
func.func @infinite_bias(%q: tensor<2x4x5x16xf32>,
                       %k: tensor<2x4x7x16xf32>,
                       %v: tensor<2x4x7x16xf32>,
                       %i: tensor<5x7xi64>)
    -> tensor<2x4x5x16xf32> {
  // CHECK-NOT: gac.attention
  %t = gac.constant dense<[[1.0, 2.0, 3.0, 4.0], [5.0, 0xFF800000, 6.0, 7.0]]> : tensor<2x4xf32>
  %zero1 = gac.constant dense<0> : tensor<1xi64>
  %0 = gac.gather %t, %i {axis = 0 : i64}
      : (tensor<2x4xf32>, tensor<5x7xi64>) -> tensor<5x7x4xf32>
  %1 = gac.transpose %0 {perm = array<i64: 2, 0, 1>}
      : (tensor<5x7x4xf32>) -> tensor<4x5x7xf32>
  %bias = gac.unsqueeze %1, %zero1
      : (tensor<4x5x7xf32>, tensor<1xi64>) -> tensor<1x4x5x7xf32>
  %kt = gac.transpose %k {perm = array<i64: 0, 1, 3, 2>}
      : (tensor<2x4x7x16xf32>) -> tensor<2x4x16x7xf32>
  %4 = gac.matmul %q, %kt
      : (tensor<2x4x5x16xf32>, tensor<2x4x16x7xf32>) -> tensor<2x4x5x7xf32>
  %5 = gac.add %4, %bias
      : (tensor<2x4x5x7xf32>, tensor<1x4x5x7xf32>) -> tensor<2x4x5x7xf32>
  %6 = gac.softmax %5 {axis = -1 : i64}
      : (tensor<2x4x5x7xf32>) -> tensor<2x4x5x7xf32>
  %7 = gac.matmul %6, %v
      : (tensor<2x4x5x7xf32>, tensor<2x4x7x16xf32>) -> tensor<2x4x5x16xf32>
  return %7 : tensor<2x4x5x16xf32>
}

// -----

// Slopes by position and then a mask: both are added before.
// CHECK-LABEL: func.func @alibi(
func.func @alibi(%q: tensor<2x4x5x16xf32>,
               %k: tensor<2x4x7x16xf32>,
               %v: tensor<2x4x7x16xf32>,
               %p: tensor<2x1x1x7xi64>,
               %b: tensor<2x1x5x7xi1>)
    -> tensor<2x4x5x16xf32> {
  // CHECK-DAG: %[[A:.+]] = gac.mul
  // CHECK-DAG: %[[W:.+]] = gac.where
  // CHECK: %[[SUM:.+]] = gac.add %[[A]], %[[W]] {{.*}} -> tensor<2x4x5x7xf32>
  // CHECK: %[[IS:.+]] = gac.equal %[[SUM]]
  // CHECK: %[[M:.+]] = gac.where %[[IS]], %{{.+}}, %[[SUM]]
  // CHECK: gac.attention %arg0, %arg1, %arg2, %[[M]] {
  %t = gac.constant dense<[[1.0, 2.0, 3.0, 4.0]]> : tensor<1x4xf32>
  %axes = gac.constant dense<[0, 2, 3]> : tensor<3xi64>
  %low = gac.constant dense<-3.40282347E+38> : tensor<f32>
  %zero = gac.constant dense<0.0> : tensor<f32>
  %sl = gac.constant dense<[[[[0.5]], [[0.25]], [[0.125]], [[0.0625]]]]> : tensor<1x4x1x1xf32>
  %0 = gac.cast %p {to = 1 : i64}
      : (tensor<2x1x1x7xi64>) -> tensor<2x1x1x7xf32>
  %alibi = gac.mul %sl, %0
      : (tensor<1x4x1x1xf32>, tensor<2x1x1x7xf32>) -> tensor<2x4x1x7xf32>
  %mask = gac.where %b, %zero, %low
      : (tensor<2x1x5x7xi1>, tensor<f32>, tensor<f32>) -> tensor<2x1x5x7xf32>
  %kt = gac.transpose %k {perm = array<i64: 0, 1, 3, 2>}
      : (tensor<2x4x7x16xf32>) -> tensor<2x4x16x7xf32>
  %4 = gac.matmul %q, %kt
      : (tensor<2x4x5x16xf32>, tensor<2x4x16x7xf32>) -> tensor<2x4x5x7xf32>
  %5 = gac.add %4, %alibi
      : (tensor<2x4x5x7xf32>, tensor<2x4x1x7xf32>) -> tensor<2x4x5x7xf32>
  %6 = gac.add %5, %mask
      : (tensor<2x4x5x7xf32>, tensor<2x1x5x7xf32>) -> tensor<2x4x5x7xf32>
  %7 = gac.softmax %6 {axis = -1 : i64}
      : (tensor<2x4x5x7xf32>) -> tensor<2x4x5x7xf32>
  %8 = gac.matmul %7, %v
      : (tensor<2x4x5x7xf32>, tensor<2x4x7x16xf32>) -> tensor<2x4x5x16xf32>
  return %8 : tensor<2x4x5x16xf32>
}

// -----

// masked_fill: the condition says what is hidden.
// CHECK-LABEL: func.func @filled(
func.func @filled(%q: tensor<2x4x5x16xf32>,
                %k: tensor<2x4x7x16xf32>,
                %v: tensor<2x4x7x16xf32>,
                %b: tensor<2x1x5x7xi1>)
    -> tensor<2x4x5x16xf32> {
  // CHECK: %[[N:.+]] = gac.not %arg3
  // CHECK: gac.attention %arg0, %arg1, %arg2, %[[N]] {
  %low = gac.constant dense<0xFF800000> : tensor<f32>
  %zero = gac.constant dense<0.0> : tensor<f32>
  %kt = gac.transpose %k {perm = array<i64: 0, 1, 3, 2>}
      : (tensor<2x4x7x16xf32>) -> tensor<2x4x16x7xf32>
  %1 = gac.matmul %q, %kt
      : (tensor<2x4x5x16xf32>, tensor<2x4x16x7xf32>) -> tensor<2x4x5x7xf32>
  %2 = gac.where %b, %low, %1
      : (tensor<2x1x5x7xi1>, tensor<f32>, tensor<2x4x5x7xf32>) -> tensor<2x4x5x7xf32>
  %3 = gac.softmax %2 {axis = -1 : i64}
      : (tensor<2x4x5x7xf32>) -> tensor<2x4x5x7xf32>
  %4 = gac.is_nan %3
      : (tensor<2x4x5x7xf32>) -> tensor<2x4x5x7xi1>
  %5 = gac.where %4, %zero, %3
      : (tensor<2x4x5x7xi1>, tensor<f32>, tensor<2x4x5x7xf32>) -> tensor<2x4x5x7xf32>
  %6 = gac.matmul %5, %v
      : (tensor<2x4x5x7xf32>, tensor<2x4x7x16xf32>) -> tensor<2x4x5x16xf32>
  return %6 : tensor<2x4x5x16xf32>
}

// -----

// Which may be all of a row.
// CHECK-LABEL: func.func @filled_unguarded(
func.func @filled_unguarded(%q: tensor<2x4x5x16xf32>,
                          %k: tensor<2x4x7x16xf32>,
                          %v: tensor<2x4x7x16xf32>,
                          %b: tensor<2x1x5x7xi1>)
    -> tensor<2x4x5x16xf32> {
  // CHECK-NOT: gac.attention
  %low = gac.constant dense<0xFF800000> : tensor<f32>
  %kt = gac.transpose %k {perm = array<i64: 0, 1, 3, 2>}
      : (tensor<2x4x7x16xf32>) -> tensor<2x4x16x7xf32>
  %1 = gac.matmul %q, %kt
      : (tensor<2x4x5x16xf32>, tensor<2x4x16x7xf32>) -> tensor<2x4x5x7xf32>
  %2 = gac.where %b, %low, %1
      : (tensor<2x1x5x7xi1>, tensor<f32>, tensor<2x4x5x7xf32>) -> tensor<2x4x5x7xf32>
  %3 = gac.softmax %2 {axis = -1 : i64}
      : (tensor<2x4x5x7xf32>) -> tensor<2x4x5x7xf32>
  %4 = gac.matmul %3, %v
      : (tensor<2x4x5x7xf32>, tensor<2x4x7x16xf32>) -> tensor<2x4x5x16xf32>
  return %4 : tensor<2x4x5x16xf32>
}

// -----

// A sum of which some is hidden.
// CHECK-LABEL: func.func @bias_and_condition(
func.func @bias_and_condition(%q: tensor<2x4x5x16xf32>,
                            %k: tensor<2x4x7x16xf32>,
                            %v: tensor<2x4x7x16xf32>,
                            %b: tensor<2x1x5x7xi1>)
    -> tensor<2x4x5x16xf32> {
  // CHECK: %[[W:.+]] = gac.where %arg3, %{{.+}}, %{{.+}} : (tensor<2x1x5x7xi1>, tensor<5x1xf32>, tensor<f32>) -> tensor<2x1x5x7xf32>
  // CHECK: gac.attention %arg0, %arg1, %arg2, %[[W]] {
  %low = gac.constant dense<0xFF800000> : tensor<f32>
  %zero = gac.constant dense<0.0> : tensor<f32>
  %t = gac.constant dense<[[1.0], [2.0], [3.0], [4.0], [5.0]]> : tensor<5x1xf32>
  %kt = gac.transpose %k {perm = array<i64: 0, 1, 3, 2>}
      : (tensor<2x4x7x16xf32>) -> tensor<2x4x16x7xf32>
  %1 = gac.matmul %q, %kt
      : (tensor<2x4x5x16xf32>, tensor<2x4x16x7xf32>) -> tensor<2x4x5x7xf32>
  %2 = gac.add %t, %1
      : (tensor<5x1xf32>, tensor<2x4x5x7xf32>) -> tensor<2x4x5x7xf32>
  %3 = gac.where %b, %2, %low
      : (tensor<2x1x5x7xi1>, tensor<2x4x5x7xf32>, tensor<f32>) -> tensor<2x4x5x7xf32>
  %4 = gac.softmax %3 {axis = -1 : i64}
      : (tensor<2x4x5x7xf32>) -> tensor<2x4x5x7xf32>
  %5 = gac.is_nan %4
      : (tensor<2x4x5x7xf32>) -> tensor<2x4x5x7xi1>
  %6 = gac.where %5, %zero, %4
      : (tensor<2x4x5x7xi1>, tensor<f32>, tensor<2x4x5x7xf32>) -> tensor<2x4x5x7xf32>
  %7 = gac.matmul %6, %v
      : (tensor<2x4x5x7xf32>, tensor<2x4x7x16xf32>) -> tensor<2x4x5x16xf32>
  return %7 : tensor<2x4x5x16xf32>
}

// -----

// BERT's mask of keys, the same for all rows, which runtimes want written out.
// CHECK-LABEL: func.func @one_row(
func.func @one_row(%q: tensor<2x4x5x16xf32>,
                 %k: tensor<2x4x7x16xf32>,
                 %v: tensor<2x4x7x16xf32>,
                 %b: tensor<2x1x1x7xi1>)
    -> tensor<2x4x5x16xf32> {
  // CHECK: %[[N:.+]] = gac.where %arg3
  // CHECK: %[[IS:.+]] = gac.equal %[[N]]
  // CHECK: %[[W:.+]] = gac.where %[[IS]], %{{.+}}, %[[N]]
  // CHECK: %[[ROWS:.+]] = gac.shape %arg0 {end = 3 : i64, start = 2 : i64}
  // CHECK: %[[S:.+]] = gac.concat %{{.+}}, %{{.+}}, %[[ROWS]], %{{.+}} {axis = 0 : i64}
  // CHECK: %[[M:.+]] = gac.expand %[[W]], %[[S]] {{.*}} -> tensor<2x1x5x7xf32>
  // CHECK: gac.attention %arg0, %arg1, %arg2, %[[M]] {
  %low = gac.constant dense<-3.40282347E+38> : tensor<f32>
  %zero = gac.constant dense<0.0> : tensor<f32>
  %0 = gac.where %b, %zero, %low
      : (tensor<2x1x1x7xi1>, tensor<f32>, tensor<f32>) -> tensor<2x1x1x7xf32>
  %kt = gac.transpose %k {perm = array<i64: 0, 1, 3, 2>}
      : (tensor<2x4x7x16xf32>) -> tensor<2x4x16x7xf32>
  %2 = gac.matmul %q, %kt
      : (tensor<2x4x5x16xf32>, tensor<2x4x16x7xf32>) -> tensor<2x4x5x7xf32>
  %3 = gac.add %2, %0
      : (tensor<2x4x5x7xf32>, tensor<2x1x1x7xf32>) -> tensor<2x4x5x7xf32>
  %4 = gac.softmax %3 {axis = -1 : i64}
      : (tensor<2x4x5x7xf32>) -> tensor<2x4x5x7xf32>
  %5 = gac.matmul %4, %v
      : (tensor<2x4x5x7xf32>, tensor<2x4x7x16xf32>) -> tensor<2x4x5x16xf32>
  return %5 : tensor<2x4x5x16xf32>
}

// -----

// Ones and zeros, times a number: finite whatever they are.
// CHECK-LABEL: func.func @weights(
func.func @weights(%q: tensor<2x4x5x16xf32>,
                 %k: tensor<2x4x7x16xf32>,
                 %v: tensor<2x4x7x16xf32>,
                 %a: tensor<2x1x5x7xi64>)
    -> tensor<2x4x5x16xf32> {
  // CHECK: %[[M:.+]] = gac.mul
  // CHECK: gac.attention %arg0, %arg1, %arg2, %[[M]] {
  %onef = gac.constant dense<1.0> : tensor<f32>
  %low = gac.constant dense<-10000.0> : tensor<f32>
  %0 = gac.cast %a {to = 1 : i64}
      : (tensor<2x1x5x7xi64>) -> tensor<2x1x5x7xf32>
  %1 = gac.sub %onef, %0
      : (tensor<f32>, tensor<2x1x5x7xf32>) -> tensor<2x1x5x7xf32>
  %mask = gac.mul %1, %low
      : (tensor<2x1x5x7xf32>, tensor<f32>) -> tensor<2x1x5x7xf32>
  %kt = gac.transpose %k {perm = array<i64: 0, 1, 3, 2>}
      : (tensor<2x4x7x16xf32>) -> tensor<2x4x16x7xf32>
  %4 = gac.matmul %q, %kt
      : (tensor<2x4x5x16xf32>, tensor<2x4x16x7xf32>) -> tensor<2x4x5x7xf32>
  %5 = gac.add %4, %mask
      : (tensor<2x4x5x7xf32>, tensor<2x1x5x7xf32>) -> tensor<2x4x5x7xf32>
  %6 = gac.softmax %5 {axis = -1 : i64}
      : (tensor<2x4x5x7xf32>) -> tensor<2x4x5x7xf32>
  %7 = gac.matmul %6, %v
      : (tensor<2x4x5x7xf32>, tensor<2x4x7x16xf32>) -> tensor<2x4x5x16xf32>
  return %7 : tensor<2x4x5x16xf32>
}

// -----

// Of zero it is infinite.
// CHECK-LABEL: func.func @logarithm(
func.func @logarithm(%q: tensor<2x4x5x16xf32>,
                   %k: tensor<2x4x7x16xf32>,
                   %v: tensor<2x4x7x16xf32>,
                   %a: tensor<2x1x5x7xf32>)
    -> tensor<2x4x5x16xf32> {
  // CHECK-NOT: gac.attention
  %0 = gac.log %a
      : (tensor<2x1x5x7xf32>) -> tensor<2x1x5x7xf32>
  %kt = gac.transpose %k {perm = array<i64: 0, 1, 3, 2>}
      : (tensor<2x4x7x16xf32>) -> tensor<2x4x16x7xf32>
  %2 = gac.matmul %q, %kt
      : (tensor<2x4x5x16xf32>, tensor<2x4x16x7xf32>) -> tensor<2x4x5x7xf32>
  %3 = gac.add %2, %0
      : (tensor<2x4x5x7xf32>, tensor<2x1x5x7xf32>) -> tensor<2x4x5x7xf32>
  %4 = gac.softmax %3 {axis = -1 : i64}
      : (tensor<2x4x5x7xf32>) -> tensor<2x4x5x7xf32>
  %5 = gac.matmul %4, %v
      : (tensor<2x4x5x7xf32>, tensor<2x4x7x16xf32>) -> tensor<2x4x5x16xf32>
  return %5 : tensor<2x4x5x16xf32>
}
