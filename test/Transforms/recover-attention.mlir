// RUN: gac-opt %s --gac-recover --split-input-file | FileCheck %s

// As the exporter writes it, with two heads of K and V for four of Q. What the
// mask holds is not known: runtimes take the lowest number for minus infinity.
// CHECK-LABEL: func.func @exported
func.func @exported(
    %q: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]},
    %k: tensor<?x2x?x16xf32>
        {gac.dims = ["batch", "", "keys", ""]},
    %v: tensor<?x2x?x16xf32>
        {gac.dims = ["batch", "", "keys", ""]},
    %m: tensor<?x1x?x?xf32>
        {gac.dims = ["batch", "", "seq", "keys"]})
    -> tensor<?x4x?x16xf32> {
  // CHECK-NOT:  gac.softmax
  // CHECK-DAG:  %[[LOWEST:.+]] = gac.constant dense<-3.40282347E+38>
  // CHECK-DAG:  %[[LOW:.+]] = gac.constant dense<-1.70141173E+38>
  // CHECK-DAG:  %[[IS:.+]] = gac.equal %arg3, %[[LOWEST]]
  // CHECK:      %[[M:.+]] = gac.where %[[IS]], %[[LOW]], %arg3
  // CHECK:      %[[Y:.+]] = gac.attention %arg0, %arg1, %arg2, %[[M]]
  // CHECK-SAME:   gac.outputs = ["sdpa"], is_causal = 0
  // CHECK-SAME:   scale = 2.500000e-01 : f32
  // CHECK-NEXT: return %[[Y]]
  %zero = gac.constant dense<0.0> : tensor<f32>
  %two = gac.constant dense<2> : tensor<1xi64>
  %heads = gac.constant dense<4> : tensor<1xi64>
  %width = gac.constant dense<16> : tensor<1xi64>
  %rest = gac.constant dense<-1> : tensor<1xi64>
  %batch = gac.shape %k {start = 0 : i64, end = 1 : i64}
      : (tensor<?x2x?x16xf32>) -> tensor<1xi64>
  %keys = gac.shape %k {start = 2 : i64, end = 3 : i64}
      : (tensor<?x2x?x16xf32>) -> tensor<1xi64>
  %five = gac.concat %batch, %two, %two, %keys, %width {axis = 0 : i64}
      : (tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<5xi64>
  %four = gac.concat %batch, %heads, %keys, %width {axis = 0 : i64}
      : (tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<4xi64>
  %ku = gac.unsqueeze %k, %two
      : (tensor<?x2x?x16xf32>, tensor<1xi64>) -> tensor<?x2x1x?x16xf32>
  %ke = gac.expand %ku, %five
      : (tensor<?x2x1x?x16xf32>, tensor<5xi64>) -> tensor<?x2x2x?x16xf32>
  %kr = gac.reshape %ke, %four
      : (tensor<?x2x2x?x16xf32>, tensor<4xi64>) -> tensor<?x4x?x16xf32>
  %vu = gac.unsqueeze %v, %two
      : (tensor<?x2x?x16xf32>, tensor<1xi64>) -> tensor<?x2x1x?x16xf32>
  %ve = gac.expand %vu, %five
      : (tensor<?x2x1x?x16xf32>, tensor<5xi64>) -> tensor<?x2x2x?x16xf32>
  %vr = gac.reshape %ve, %four
      : (tensor<?x2x2x?x16xf32>, tensor<4xi64>) -> tensor<?x4x?x16xf32>
  %merged = gac.concat %rest, %keys, %width {axis = 0 : i64}
      : (tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<3xi64>
  %split = gac.concat %batch, %heads, %width, %keys {axis = 0 : i64}
      : (tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<4xi64>
  %km = gac.reshape %kr, %merged
      : (tensor<?x4x?x16xf32>, tensor<3xi64>) -> tensor<?x?x16xf32>
  %kmt = gac.transpose %km {perm = array<i64: 0, 2, 1>}
      : (tensor<?x?x16xf32>) -> tensor<?x16x?xf32>
  %kt = gac.reshape %kmt, %split
      : (tensor<?x16x?xf32>, tensor<4xi64>) -> tensor<?x4x16x?xf32>
  %half = gac.constant dense<0.5> : tensor<f32>
  %qs = gac.mul %q, %half
      : (tensor<?x4x?x16xf32>, tensor<f32>) -> tensor<?x4x?x16xf32>
  %ks = gac.mul %kt, %half
      : (tensor<?x4x16x?xf32>, tensor<f32>) -> tensor<?x4x16x?xf32>
  %0 = gac.matmul %qs, %ks
      : (tensor<?x4x?x16xf32>, tensor<?x4x16x?xf32>) -> tensor<?x4x?x?xf32>
  %1 = gac.add %0, %m
      : (tensor<?x4x?x?xf32>, tensor<?x1x?x?xf32>) -> tensor<?x4x?x?xf32>
  %2 = gac.softmax %1 {axis = -1 : i64}
      : (tensor<?x4x?x?xf32>) -> tensor<?x4x?x?xf32>
  %3 = gac.is_nan %2
      : (tensor<?x4x?x?xf32>) -> tensor<?x4x?x?xi1>
  %4 = gac.where %3, %zero, %2
      : (tensor<?x4x?x?xi1>, tensor<f32>, tensor<?x4x?x?xf32>) -> tensor<?x4x?x?xf32>
  %y = gac.matmul %4, %vr {gac.outputs = ["sdpa"]}
      : (tensor<?x4x?x?xf32>, tensor<?x4x?x16xf32>) -> tensor<?x4x?x16xf32>
  return %y : tensor<?x4x?x16xf32>
}

// -----

// Neither scale nor mask nor guard: the scale is 1, and stated.
// CHECK-LABEL: func.func @plain
func.func @plain(
    %q: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]},
    %k: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "keys", ""]},
    %v: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "keys", ""]})
    -> tensor<?x4x?x16xf32> {
  // CHECK:      gac.attention %arg0, %arg1, %arg2 {
  // CHECK-SAME:   scale = 1.000000e+00
  %kt = gac.transpose %k {perm = array<i64: 0, 1, 3, 2>}
      : (tensor<?x4x?x16xf32>) -> tensor<?x4x16x?xf32>
  %0 = gac.matmul %q, %kt
      : (tensor<?x4x?x16xf32>, tensor<?x4x16x?xf32>) -> tensor<?x4x?x?xf32>
  %2 = gac.softmax %0 {axis = -1 : i64}
      : (tensor<?x4x?x?xf32>) -> tensor<?x4x?x?xf32>
  %y = gac.matmul %2, %v {gac.outputs = ["sdpa"]}
      : (tensor<?x4x?x?xf32>, tensor<?x4x?x16xf32>) -> tensor<?x4x?x16xf32>
  return %y : tensor<?x4x?x16xf32>
}

// -----

// The product is divided.
// CHECK-LABEL: func.func @divided
func.func @divided(
    %q: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]},
    %k: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "keys", ""]},
    %v: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "keys", ""]})
    -> tensor<?x4x?x16xf32> {
  // CHECK:      gac.attention %arg0, %arg1, %arg2 {
  // CHECK-SAME:   scale = 2.500000e-01
  %four = gac.constant dense<4.0> : tensor<f32>
  %kt = gac.transpose %k {perm = array<i64: 0, 1, 3, 2>}
      : (tensor<?x4x?x16xf32>) -> tensor<?x4x16x?xf32>
  %0 = gac.matmul %q, %kt
      : (tensor<?x4x?x16xf32>, tensor<?x4x16x?xf32>) -> tensor<?x4x?x?xf32>
  %1 = gac.div %0, %four
      : (tensor<?x4x?x?xf32>, tensor<f32>) -> tensor<?x4x?x?xf32>
  %2 = gac.softmax %1 {axis = -1 : i64}
      : (tensor<?x4x?x?xf32>) -> tensor<?x4x?x?xf32>
  %y = gac.matmul %2, %v {gac.outputs = ["sdpa"]}
      : (tensor<?x4x?x?xf32>, tensor<?x4x?x16xf32>) -> tensor<?x4x?x16xf32>
  return %y : tensor<?x4x?x16xf32>
}

// -----

// Without a guard, a mask of finite numbers. A row that is hidden entirely is
// averaged: runtimes make it zero if it has the lowest number only.
// CHECK-LABEL: func.func @lowest_mask
func.func @lowest_mask(
    %q: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]},
    %k: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "keys", ""]},
    %v: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "keys", ""]},
    %b: tensor<?x1x?x?xi1>
        {gac.dims = ["batch", "", "seq", "keys"]})
    -> tensor<?x4x?x16xf32> {
  // CHECK: %[[W:.+]] = gac.where %arg3
  // CHECK: %[[IS:.+]] = gac.equal %[[W]]
  // CHECK: %[[M:.+]] = gac.where %[[IS]], %{{.+}}, %[[W]]
  // CHECK: gac.attention %arg0, %arg1, %arg2, %[[M]]
  %zero = gac.constant dense<0.0> : tensor<f32>
  %low = gac.constant dense<-3.40282347E+38> : tensor<f32>
  %kt = gac.transpose %k {perm = array<i64: 0, 1, 3, 2>}
      : (tensor<?x4x?x16xf32>) -> tensor<?x4x16x?xf32>
  %m = gac.where %b, %zero, %low
      : (tensor<?x1x?x?xi1>, tensor<f32>, tensor<f32>) -> tensor<?x1x?x?xf32>
  %half = gac.constant dense<0.5> : tensor<f32>
  %qs = gac.mul %q, %half
      : (tensor<?x4x?x16xf32>, tensor<f32>) -> tensor<?x4x?x16xf32>
  %ks = gac.mul %kt, %half
      : (tensor<?x4x16x?xf32>, tensor<f32>) -> tensor<?x4x16x?xf32>
  %0 = gac.matmul %qs, %ks
      : (tensor<?x4x?x16xf32>, tensor<?x4x16x?xf32>) -> tensor<?x4x?x?xf32>
  %1 = gac.add %0, %m
      : (tensor<?x4x?x?xf32>, tensor<?x1x?x?xf32>) -> tensor<?x4x?x?xf32>
  %2 = gac.softmax %1 {axis = -1 : i64}
      : (tensor<?x4x?x?xf32>) -> tensor<?x4x?x?xf32>
  %y = gac.matmul %2, %v {gac.outputs = ["sdpa"]}
      : (tensor<?x4x?x?xf32>, tensor<?x4x?x16xf32>) -> tensor<?x4x?x16xf32>
  return %y : tensor<?x4x?x16xf32>
}

// -----

// The mask may be minus infinity in all of a row: that row would be NaN.
// CHECK-LABEL: func.func @unguarded
func.func @unguarded(
    %q: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]},
    %k: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "keys", ""]},
    %v: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "keys", ""]},
    %b: tensor<?x1x?x?xi1>
        {gac.dims = ["batch", "", "seq", "keys"]})
    -> tensor<?x4x?x16xf32> {
  // CHECK-NOT: gac.attention
  %zero = gac.constant dense<0.0> : tensor<f32>
  %low = gac.constant dense<0xFF800000> : tensor<f32>
  %kt = gac.transpose %k {perm = array<i64: 0, 1, 3, 2>}
      : (tensor<?x4x?x16xf32>) -> tensor<?x4x16x?xf32>
  %m = gac.where %b, %zero, %low
      : (tensor<?x1x?x?xi1>, tensor<f32>, tensor<f32>) -> tensor<?x1x?x?xf32>
  %half = gac.constant dense<0.5> : tensor<f32>
  %qs = gac.mul %q, %half
      : (tensor<?x4x?x16xf32>, tensor<f32>) -> tensor<?x4x?x16xf32>
  %ks = gac.mul %kt, %half
      : (tensor<?x4x16x?xf32>, tensor<f32>) -> tensor<?x4x16x?xf32>
  %0 = gac.matmul %qs, %ks
      : (tensor<?x4x?x16xf32>, tensor<?x4x16x?xf32>) -> tensor<?x4x?x?xf32>
  %1 = gac.add %0, %m
      : (tensor<?x4x?x?xf32>, tensor<?x1x?x?xf32>) -> tensor<?x4x?x?xf32>
  %2 = gac.softmax %1 {axis = -1 : i64}
      : (tensor<?x4x?x?xf32>) -> tensor<?x4x?x?xf32>
  %y = gac.matmul %2, %v {gac.outputs = ["sdpa"]}
      : (tensor<?x4x?x?xf32>, tensor<?x4x?x16xf32>) -> tensor<?x4x?x16xf32>
  return %y : tensor<?x4x?x16xf32>
}

// -----

// Masked scores are replaced: a boolean mask.
// CHECK-LABEL: func.func @replaced_scores
func.func @replaced_scores(
    %q: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]},
    %k: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "keys", ""]},
    %v: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "keys", ""]},
    %b: tensor<?x1x?x?xi1>
        {gac.dims = ["batch", "", "seq", "keys"]})
    -> tensor<?x4x?x16xf32> {
  // CHECK: gac.attention %arg0, %arg1, %arg2, %arg3
  %zero = gac.constant dense<0.0> : tensor<f32>
  %low = gac.constant dense<0xFF800000> : tensor<f32>
  %kt = gac.transpose %k {perm = array<i64: 0, 1, 3, 2>}
      : (tensor<?x4x?x16xf32>) -> tensor<?x4x16x?xf32>
  %half = gac.constant dense<0.5> : tensor<f32>
  %qs = gac.mul %q, %half
      : (tensor<?x4x?x16xf32>, tensor<f32>) -> tensor<?x4x?x16xf32>
  %ks = gac.mul %kt, %half
      : (tensor<?x4x16x?xf32>, tensor<f32>) -> tensor<?x4x16x?xf32>
  %0 = gac.matmul %qs, %ks
      : (tensor<?x4x?x16xf32>, tensor<?x4x16x?xf32>) -> tensor<?x4x?x?xf32>
  %1 = gac.where %b, %0, %low
      : (tensor<?x1x?x?xi1>, tensor<?x4x?x?xf32>, tensor<f32>) -> tensor<?x4x?x?xf32>
  %2 = gac.softmax %1 {axis = -1 : i64}
      : (tensor<?x4x?x?xf32>) -> tensor<?x4x?x?xf32>
  %3 = gac.is_nan %2
      : (tensor<?x4x?x?xf32>) -> tensor<?x4x?x?xi1>
  %4 = gac.where %3, %zero, %2
      : (tensor<?x4x?x?xi1>, tensor<f32>, tensor<?x4x?x?xf32>) -> tensor<?x4x?x?xf32>
  %y = gac.matmul %4, %v {gac.outputs = ["sdpa"]}
      : (tensor<?x4x?x?xf32>, tensor<?x4x?x16xf32>) -> tensor<?x4x?x16xf32>
  return %y : tensor<?x4x?x16xf32>
}

// -----

// A row whose scores are all replaced is averaged: a number as low is added.
// CHECK-LABEL: func.func @replaced_by_lowest
func.func @replaced_by_lowest(
    %q: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]},
    %k: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "keys", ""]},
    %v: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "keys", ""]},
    %b: tensor<?x1x?x?xi1>
        {gac.dims = ["batch", "", "seq", "keys"]})
    -> tensor<?x4x?x16xf32> {
  // CHECK-DAG: %[[LOW:.+]] = gac.constant dense<-1.70141173E+38> : tensor<f32>
  // CHECK-DAG: %[[ZERO:.+]] = gac.constant dense<0.000000e+00> : tensor<f32>
  // CHECK:     %[[MASK:.+]] = gac.where %arg3, %[[ZERO]], %[[LOW]]
  // CHECK:     gac.attention %arg0, %arg1, %arg2, %[[MASK]]
  %zero = gac.constant dense<0.0> : tensor<f32>
  %low = gac.constant dense<-3.40282347E+38> : tensor<f32>
  %kt = gac.transpose %k {perm = array<i64: 0, 1, 3, 2>}
      : (tensor<?x4x?x16xf32>) -> tensor<?x4x16x?xf32>
  %half = gac.constant dense<0.5> : tensor<f32>
  %qs = gac.mul %q, %half
      : (tensor<?x4x?x16xf32>, tensor<f32>) -> tensor<?x4x?x16xf32>
  %ks = gac.mul %kt, %half
      : (tensor<?x4x16x?xf32>, tensor<f32>) -> tensor<?x4x16x?xf32>
  %0 = gac.matmul %qs, %ks
      : (tensor<?x4x?x16xf32>, tensor<?x4x16x?xf32>) -> tensor<?x4x?x?xf32>
  %1 = gac.where %b, %0, %low
      : (tensor<?x1x?x?xi1>, tensor<?x4x?x?xf32>, tensor<f32>) -> tensor<?x4x?x?xf32>
  %2 = gac.softmax %1 {axis = -1 : i64}
      : (tensor<?x4x?x?xf32>) -> tensor<?x4x?x?xf32>
  %3 = gac.is_nan %2
      : (tensor<?x4x?x?xf32>) -> tensor<?x4x?x?xi1>
  %4 = gac.where %3, %zero, %2
      : (tensor<?x4x?x?xi1>, tensor<f32>, tensor<?x4x?x?xf32>) -> tensor<?x4x?x?xf32>
  %y = gac.matmul %4, %v {gac.outputs = ["sdpa"]}
      : (tensor<?x4x?x?xf32>, tensor<?x4x?x16xf32>) -> tensor<?x4x?x16xf32>
  return %y : tensor<?x4x?x16xf32>
}

// -----

// Scores change the lowest number of half precision when it is added to them.
// CHECK-LABEL: func.func @replaced_in_half_precision
func.func @replaced_in_half_precision(
    %q: tensor<?x4x?x16xf16>
        {gac.dims = ["batch", "", "seq", ""]},
    %k: tensor<?x4x?x16xf16>
        {gac.dims = ["batch", "", "keys", ""]},
    %v: tensor<?x4x?x16xf16>
        {gac.dims = ["batch", "", "keys", ""]},
    %b: tensor<?x1x?x?xi1>
        {gac.dims = ["batch", "", "seq", "keys"]})
    -> tensor<?x4x?x16xf16> {
  // CHECK-NOT: gac.attention
  %zero = gac.constant dense<0.0> : tensor<f16>
  %low = gac.constant dense<-65504.0> : tensor<f16>
  %kt = gac.transpose %k {perm = array<i64: 0, 1, 3, 2>}
      : (tensor<?x4x?x16xf16>) -> tensor<?x4x16x?xf16>
  %half = gac.constant dense<0.5> : tensor<f16>
  %qs = gac.mul %q, %half
      : (tensor<?x4x?x16xf16>, tensor<f16>) -> tensor<?x4x?x16xf16>
  %ks = gac.mul %kt, %half
      : (tensor<?x4x16x?xf16>, tensor<f16>) -> tensor<?x4x16x?xf16>
  %0 = gac.matmul %qs, %ks
      : (tensor<?x4x?x16xf16>, tensor<?x4x16x?xf16>) -> tensor<?x4x?x?xf16>
  %1 = gac.where %b, %0, %low
      : (tensor<?x1x?x?xi1>, tensor<?x4x?x?xf16>, tensor<f16>) -> tensor<?x4x?x?xf16>
  %2 = gac.softmax %1 {axis = -1 : i64}
      : (tensor<?x4x?x?xf16>) -> tensor<?x4x?x?xf16>
  %3 = gac.is_nan %2
      : (tensor<?x4x?x?xf16>) -> tensor<?x4x?x?xi1>
  %4 = gac.where %3, %zero, %2
      : (tensor<?x4x?x?xi1>, tensor<f16>, tensor<?x4x?x?xf16>) -> tensor<?x4x?x?xf16>
  %y = gac.matmul %4, %v {gac.outputs = ["sdpa"]}
      : (tensor<?x4x?x?xf16>, tensor<?x4x?x16xf16>) -> tensor<?x4x?x16xf16>
  return %y : tensor<?x4x?x16xf16>
}

// -----

// The same where it is added as a mask.
// CHECK-LABEL: func.func @added_in_half_precision
func.func @added_in_half_precision(
    %q: tensor<?x4x?x16xf16>
        {gac.dims = ["batch", "", "seq", ""]},
    %k: tensor<?x4x?x16xf16>
        {gac.dims = ["batch", "", "keys", ""]},
    %v: tensor<?x4x?x16xf16>
        {gac.dims = ["batch", "", "keys", ""]},
    %b: tensor<?x1x?x?xi1>
        {gac.dims = ["batch", "", "seq", "keys"]})
    -> tensor<?x4x?x16xf16> {
  // CHECK-NOT: gac.attention
  %zero = gac.constant dense<0.0> : tensor<f16>
  %low = gac.constant dense<-65504.0> : tensor<f16>
  %kt = gac.transpose %k {perm = array<i64: 0, 1, 3, 2>}
      : (tensor<?x4x?x16xf16>) -> tensor<?x4x16x?xf16>
  %half = gac.constant dense<0.5> : tensor<f16>
  %qs = gac.mul %q, %half
      : (tensor<?x4x?x16xf16>, tensor<f16>) -> tensor<?x4x?x16xf16>
  %ks = gac.mul %kt, %half
      : (tensor<?x4x16x?xf16>, tensor<f16>) -> tensor<?x4x16x?xf16>
  %0 = gac.matmul %qs, %ks
      : (tensor<?x4x?x16xf16>, tensor<?x4x16x?xf16>) -> tensor<?x4x?x?xf16>
  %m = gac.where %b, %zero, %low
      : (tensor<?x1x?x?xi1>, tensor<f16>, tensor<f16>) -> tensor<?x1x?x?xf16>
  %1 = gac.add %0, %m
      : (tensor<?x4x?x?xf16>, tensor<?x1x?x?xf16>) -> tensor<?x4x?x?xf16>
  %2 = gac.softmax %1 {axis = -1 : i64}
      : (tensor<?x4x?x?xf16>) -> tensor<?x4x?x?xf16>
  %3 = gac.is_nan %2
      : (tensor<?x4x?x?xf16>) -> tensor<?x4x?x?xi1>
  %4 = gac.where %3, %zero, %2
      : (tensor<?x4x?x?xi1>, tensor<f16>, tensor<?x4x?x?xf16>) -> tensor<?x4x?x?xf16>
  %y = gac.matmul %4, %v {gac.outputs = ["sdpa"]}
      : (tensor<?x4x?x?xf16>, tensor<?x4x?x16xf16>) -> tensor<?x4x?x16xf16>
  return %y : tensor<?x4x?x16xf16>
}

// -----

// Of a mask with one column the product takes that for all; the op would pad.
// CHECK-LABEL: func.func @short_mask
func.func @short_mask(
    %q: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]},
    %k: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "keys", ""]},
    %v: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "keys", ""]},
    %m: tensor<?x1x?x1xf32>
        {gac.dims = ["batch", "", "seq", ""]})
    -> tensor<?x4x?x16xf32> {
  // CHECK-NOT: gac.attention
  %zero = gac.constant dense<0.0> : tensor<f32>
  %kt = gac.transpose %k {perm = array<i64: 0, 1, 3, 2>}
      : (tensor<?x4x?x16xf32>) -> tensor<?x4x16x?xf32>
  %half = gac.constant dense<0.5> : tensor<f32>
  %qs = gac.mul %q, %half
      : (tensor<?x4x?x16xf32>, tensor<f32>) -> tensor<?x4x?x16xf32>
  %ks = gac.mul %kt, %half
      : (tensor<?x4x16x?xf32>, tensor<f32>) -> tensor<?x4x16x?xf32>
  %0 = gac.matmul %qs, %ks
      : (tensor<?x4x?x16xf32>, tensor<?x4x16x?xf32>) -> tensor<?x4x?x?xf32>
  %1 = gac.add %0, %m
      : (tensor<?x4x?x?xf32>, tensor<?x1x?x1xf32>) -> tensor<?x4x?x?xf32>
  %2 = gac.softmax %1 {axis = -1 : i64}
      : (tensor<?x4x?x?xf32>) -> tensor<?x4x?x?xf32>
  %3 = gac.is_nan %2
      : (tensor<?x4x?x?xf32>) -> tensor<?x4x?x?xi1>
  %4 = gac.where %3, %zero, %2
      : (tensor<?x4x?x?xi1>, tensor<f32>, tensor<?x4x?x?xf32>) -> tensor<?x4x?x?xf32>
  %y = gac.matmul %4, %v {gac.outputs = ["sdpa"]}
      : (tensor<?x4x?x?xf32>, tensor<?x4x?x16xf32>) -> tensor<?x4x?x16xf32>
  return %y : tensor<?x4x?x16xf32>
}

// -----

// Normalised over the rows.
// CHECK-LABEL: func.func @softmax_over_rows
func.func @softmax_over_rows(
    %q: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]},
    %k: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "keys", ""]},
    %v: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "keys", ""]})
    -> tensor<?x4x?x16xf32> {
  // CHECK-NOT: gac.attention
  %kt = gac.transpose %k {perm = array<i64: 0, 1, 3, 2>}
      : (tensor<?x4x?x16xf32>) -> tensor<?x4x16x?xf32>
  %half = gac.constant dense<0.5> : tensor<f32>
  %qs = gac.mul %q, %half
      : (tensor<?x4x?x16xf32>, tensor<f32>) -> tensor<?x4x?x16xf32>
  %ks = gac.mul %kt, %half
      : (tensor<?x4x16x?xf32>, tensor<f32>) -> tensor<?x4x16x?xf32>
  %0 = gac.matmul %qs, %ks
      : (tensor<?x4x?x16xf32>, tensor<?x4x16x?xf32>) -> tensor<?x4x?x?xf32>
  %2 = gac.softmax %0 {axis = 2 : i64}
      : (tensor<?x4x?x?xf32>) -> tensor<?x4x?x?xf32>
  %y = gac.matmul %2, %v {gac.outputs = ["sdpa"]}
      : (tensor<?x4x?x?xf32>, tensor<?x4x?x16xf32>) -> tensor<?x4x?x16xf32>
  return %y : tensor<?x4x?x16xf32>
}

// -----

// The guard does not give zero.
// CHECK-LABEL: func.func @guard_of_one
func.func @guard_of_one(
    %q: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]},
    %k: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "keys", ""]},
    %v: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "keys", ""]})
    -> tensor<?x4x?x16xf32> {
  // CHECK-NOT: gac.attention
  %one = gac.constant dense<1.0> : tensor<f32>
  %kt = gac.transpose %k {perm = array<i64: 0, 1, 3, 2>}
      : (tensor<?x4x?x16xf32>) -> tensor<?x4x16x?xf32>
  %half = gac.constant dense<0.5> : tensor<f32>
  %qs = gac.mul %q, %half
      : (tensor<?x4x?x16xf32>, tensor<f32>) -> tensor<?x4x?x16xf32>
  %ks = gac.mul %kt, %half
      : (tensor<?x4x16x?xf32>, tensor<f32>) -> tensor<?x4x16x?xf32>
  %0 = gac.matmul %qs, %ks
      : (tensor<?x4x?x16xf32>, tensor<?x4x16x?xf32>) -> tensor<?x4x?x?xf32>
  %2 = gac.softmax %0 {axis = -1 : i64}
      : (tensor<?x4x?x?xf32>) -> tensor<?x4x?x?xf32>
  %3 = gac.is_nan %2
      : (tensor<?x4x?x?xf32>) -> tensor<?x4x?x?xi1>
  %4 = gac.where %3, %one, %2
      : (tensor<?x4x?x?xi1>, tensor<f32>, tensor<?x4x?x?xf32>) -> tensor<?x4x?x?xf32>
  %y = gac.matmul %4, %v {gac.outputs = ["sdpa"]}
      : (tensor<?x4x?x?xf32>, tensor<?x4x?x16xf32>) -> tensor<?x4x?x16xf32>
  return %y : tensor<?x4x?x16xf32>
}

// -----

// V might be broadcast over the batch.
// CHECK-LABEL: func.func @other_batch
func.func @other_batch(
    %q: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]},
    %k: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "keys", ""]},
    %v: tensor<?x4x?x16xf32>
        {gac.dims = ["other", "", "keys", ""]})
    -> tensor<?x4x?x16xf32> {
  // CHECK-NOT: gac.attention
  %kt = gac.transpose %k {perm = array<i64: 0, 1, 3, 2>}
      : (tensor<?x4x?x16xf32>) -> tensor<?x4x16x?xf32>
  %half = gac.constant dense<0.5> : tensor<f32>
  %qs = gac.mul %q, %half
      : (tensor<?x4x?x16xf32>, tensor<f32>) -> tensor<?x4x?x16xf32>
  %ks = gac.mul %kt, %half
      : (tensor<?x4x16x?xf32>, tensor<f32>) -> tensor<?x4x16x?xf32>
  %0 = gac.matmul %qs, %ks
      : (tensor<?x4x?x16xf32>, tensor<?x4x16x?xf32>) -> tensor<?x4x?x?xf32>
  %2 = gac.softmax %0 {axis = -1 : i64}
      : (tensor<?x4x?x?xf32>) -> tensor<?x4x?x?xf32>
  %y = gac.matmul %2, %v {gac.outputs = ["sdpa"]}
      : (tensor<?x4x?x?xf32>, tensor<?x4x?x16xf32>) -> tensor<?x4x?x16xf32>
  return %y : tensor<?x4x?x16xf32>
}

// -----

// The width of K stands before its heads: it is transposed for the operation.
// CHECK-LABEL: func.func @width_first
func.func @width_first(
    %q: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]},
    %k: tensor<?x16x4x?xf32>
        {gac.dims = ["batch", "", "", "keys"]},
    %v: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "keys", ""]})
    -> tensor<?x4x?x16xf32> {
  // CHECK: %[[K:.+]] = gac.transpose %arg1 {perm = array<i64: 0, 2, 3, 1>}
  // CHECK: gac.attention %arg0, %[[K]], %arg2 {
  %kt = gac.transpose %k {perm = array<i64: 0, 2, 1, 3>}
      : (tensor<?x16x4x?xf32>) -> tensor<?x4x16x?xf32>
  %half = gac.constant dense<0.5> : tensor<f32>
  %qs = gac.mul %q, %half
      : (tensor<?x4x?x16xf32>, tensor<f32>) -> tensor<?x4x?x16xf32>
  %ks = gac.mul %kt, %half
      : (tensor<?x4x16x?xf32>, tensor<f32>) -> tensor<?x4x16x?xf32>
  %0 = gac.matmul %qs, %ks
      : (tensor<?x4x?x16xf32>, tensor<?x4x16x?xf32>) -> tensor<?x4x?x?xf32>
  %2 = gac.softmax %0 {axis = -1 : i64}
      : (tensor<?x4x?x?xf32>) -> tensor<?x4x?x?xf32>
  %y = gac.matmul %2, %v {gac.outputs = ["sdpa"]}
      : (tensor<?x4x?x?xf32>, tensor<?x4x?x16xf32>) -> tensor<?x4x?x16xf32>
  return %y : tensor<?x4x?x16xf32>
}

// -----

// The probabilities are a result.
// CHECK-LABEL: func.func @probabilities_are_read
func.func @probabilities_are_read(
    %q: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]},
    %k: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "keys", ""]},
    %v: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "keys", ""]})
    -> (tensor<?x4x?x16xf32>, tensor<?x4x?x?xf32>) {
  // CHECK-NOT: gac.attention
  %kt = gac.transpose %k {perm = array<i64: 0, 1, 3, 2>}
      : (tensor<?x4x?x16xf32>) -> tensor<?x4x16x?xf32>
  %half = gac.constant dense<0.5> : tensor<f32>
  %qs = gac.mul %q, %half
      : (tensor<?x4x?x16xf32>, tensor<f32>) -> tensor<?x4x?x16xf32>
  %ks = gac.mul %kt, %half
      : (tensor<?x4x16x?xf32>, tensor<f32>) -> tensor<?x4x16x?xf32>
  %0 = gac.matmul %qs, %ks
      : (tensor<?x4x?x16xf32>, tensor<?x4x16x?xf32>) -> tensor<?x4x?x?xf32>
  %2 = gac.softmax %0 {axis = -1 : i64}
      : (tensor<?x4x?x?xf32>) -> tensor<?x4x?x?xf32>
  %y = gac.matmul %2, %v {gac.outputs = ["sdpa"]}
      : (tensor<?x4x?x?xf32>, tensor<?x4x?x16xf32>) -> tensor<?x4x?x16xf32>
  return %y, %2 : tensor<?x4x?x16xf32>, tensor<?x4x?x?xf32>
}

// -----

// Half precision, with a softmax in f32.
// CHECK-LABEL: func.func @softmax_in_f32
func.func @softmax_in_f32(
    %q: tensor<?x4x?x16xbf16>
        {gac.dims = ["batch", "", "seq", ""]},
    %k: tensor<?x4x?x16xbf16>
        {gac.dims = ["batch", "", "keys", ""]},
    %v: tensor<?x4x?x16xbf16>
        {gac.dims = ["batch", "", "keys", ""]})
    -> tensor<?x4x?x16xbf16> {
  // CHECK: gac.attention {{.*}}softmax_precision = 1 : i64
  %kt = gac.transpose %k {perm = array<i64: 0, 1, 3, 2>}
      : (tensor<?x4x?x16xbf16>) -> tensor<?x4x16x?xbf16>
  %0 = gac.matmul %q, %kt
      : (tensor<?x4x?x16xbf16>, tensor<?x4x16x?xbf16>) -> tensor<?x4x?x?xbf16>
  %1 = gac.cast %0 {to = 1 : i64}
      : (tensor<?x4x?x?xbf16>) -> tensor<?x4x?x?xf32>
  %2 = gac.softmax %1 {axis = -1 : i64}
      : (tensor<?x4x?x?xf32>) -> tensor<?x4x?x?xf32>
  %3 = gac.cast %2 {to = 16 : i64}
      : (tensor<?x4x?x?xf32>) -> tensor<?x4x?x?xbf16>
  %y = gac.matmul %3, %v
      : (tensor<?x4x?x?xbf16>, tensor<?x4x?x16xbf16>) -> tensor<?x4x?x16xbf16>
  return %y : tensor<?x4x?x16xbf16>
}

// -----

// Of opset 23: the scale is stated, and heads are folded.
// CHECK-LABEL: func.func @single_op
func.func @single_op(
    %q: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]},
    %k: tensor<?x2x?x16xf32>
        {gac.dims = ["batch", "", "keys", ""]},
    %v: tensor<?x2x?x16xf32>
        {gac.dims = ["batch", "", "keys", ""]},
    %m: tensor<?x1x?x?xf32>
        {gac.dims = ["batch", "", "seq", "keys"]})
    -> tensor<?x4x?x16xf32> {
  // CHECK:      gac.attention %arg0, %arg1, %arg2, %arg3
  // CHECK-SAME:   scale = 2.500000e-01
  %two = gac.constant dense<2> : tensor<1xi64>
  %heads = gac.constant dense<4> : tensor<1xi64>
  %width = gac.constant dense<16> : tensor<1xi64>
  %rest = gac.constant dense<-1> : tensor<1xi64>
  %batch = gac.shape %k {start = 0 : i64, end = 1 : i64}
      : (tensor<?x2x?x16xf32>) -> tensor<1xi64>
  %keys = gac.shape %k {start = 2 : i64, end = 3 : i64}
      : (tensor<?x2x?x16xf32>) -> tensor<1xi64>
  %five = gac.concat %batch, %two, %two, %keys, %width {axis = 0 : i64}
      : (tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<5xi64>
  %four = gac.concat %batch, %heads, %keys, %width {axis = 0 : i64}
      : (tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<4xi64>
  %ku = gac.unsqueeze %k, %two
      : (tensor<?x2x?x16xf32>, tensor<1xi64>) -> tensor<?x2x1x?x16xf32>
  %ke = gac.expand %ku, %five
      : (tensor<?x2x1x?x16xf32>, tensor<5xi64>) -> tensor<?x2x2x?x16xf32>
  %kr = gac.reshape %ke, %four
      : (tensor<?x2x2x?x16xf32>, tensor<4xi64>) -> tensor<?x4x?x16xf32>
  %vu = gac.unsqueeze %v, %two
      : (tensor<?x2x?x16xf32>, tensor<1xi64>) -> tensor<?x2x1x?x16xf32>
  %ve = gac.expand %vu, %five
      : (tensor<?x2x1x?x16xf32>, tensor<5xi64>) -> tensor<?x2x2x?x16xf32>
  %vr = gac.reshape %ve, %four
      : (tensor<?x2x2x?x16xf32>, tensor<4xi64>) -> tensor<?x4x?x16xf32>
  %y = gac.attention %q, %kr, %vr, %m {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>,
       resultSegmentSizes = array<i32: 1, 0, 0, 0>}
      : (tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>, tensor<?x1x?x?xf32>) -> tensor<?x4x?x16xf32>
  return %y : tensor<?x4x?x16xf32>
}

// -----

// The heads are repeated as a whole, [h0, h1, h0, h1].
// CHECK-LABEL: func.func @tiled_heads
func.func @tiled_heads(
    %q: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]},
    %k: tensor<?x2x?x16xf32>
        {gac.dims = ["batch", "", "keys", ""]},
    %v: tensor<?x2x?x16xf32>
        {gac.dims = ["batch", "", "keys", ""]},
    %m: tensor<?x1x?x?xf32>
        {gac.dims = ["batch", "", "seq", "keys"]})
    -> tensor<?x4x?x16xf32> {
  // CHECK: %[[K:.+]] = gac.reshape
  // CHECK: %[[V:.+]] = gac.reshape
  // CHECK: gac.attention %arg0, %[[K]], %[[V]]
  %two = gac.constant dense<2> : tensor<1xi64>
  %heads = gac.constant dense<4> : tensor<1xi64>
  %width = gac.constant dense<16> : tensor<1xi64>
  %rest = gac.constant dense<-1> : tensor<1xi64>
  %batch = gac.shape %k {start = 0 : i64, end = 1 : i64}
      : (tensor<?x2x?x16xf32>) -> tensor<1xi64>
  %keys = gac.shape %k {start = 2 : i64, end = 3 : i64}
      : (tensor<?x2x?x16xf32>) -> tensor<1xi64>
  %five = gac.concat %batch, %two, %two, %keys, %width {axis = 0 : i64}
      : (tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<5xi64>
  %four = gac.concat %batch, %heads, %keys, %width {axis = 0 : i64}
      : (tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<4xi64>
  %one = gac.constant dense<1> : tensor<1xi64>
  %ku = gac.unsqueeze %k, %one
      : (tensor<?x2x?x16xf32>, tensor<1xi64>) -> tensor<?x1x2x?x16xf32>
  %ke = gac.expand %ku, %five
      : (tensor<?x1x2x?x16xf32>, tensor<5xi64>) -> tensor<?x2x2x?x16xf32>
  %kr = gac.reshape %ke, %four
      : (tensor<?x2x2x?x16xf32>, tensor<4xi64>) -> tensor<?x4x?x16xf32>
  %vu = gac.unsqueeze %v, %one
      : (tensor<?x2x?x16xf32>, tensor<1xi64>) -> tensor<?x1x2x?x16xf32>
  %ve = gac.expand %vu, %five
      : (tensor<?x1x2x?x16xf32>, tensor<5xi64>) -> tensor<?x2x2x?x16xf32>
  %vr = gac.reshape %ve, %four
      : (tensor<?x2x2x?x16xf32>, tensor<4xi64>) -> tensor<?x4x?x16xf32>
  %y = gac.attention %q, %kr, %vr, %m {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>,
       resultSegmentSizes = array<i32: 1, 0, 0, 0>, scale = 0.25 : f32}
      : (tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>, tensor<?x1x?x?xf32>) -> tensor<?x4x?x16xf32>
  return %y : tensor<?x4x?x16xf32>
}

// -----

// Only K is repeated.
// CHECK-LABEL: func.func @one_repeated
func.func @one_repeated(
    %q: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "seq", ""]},
    %k: tensor<?x2x?x16xf32>
        {gac.dims = ["batch", "", "keys", ""]},
    %v: tensor<?x4x?x16xf32>
        {gac.dims = ["batch", "", "keys", ""]},
    %m: tensor<?x1x?x?xf32>
        {gac.dims = ["batch", "", "seq", "keys"]})
    -> tensor<?x4x?x16xf32> {
  // CHECK: %[[K:.+]] = gac.reshape
  // CHECK: gac.attention %arg0, %[[K]], %arg2
  %two = gac.constant dense<2> : tensor<1xi64>
  %heads = gac.constant dense<4> : tensor<1xi64>
  %width = gac.constant dense<16> : tensor<1xi64>
  %rest = gac.constant dense<-1> : tensor<1xi64>
  %batch = gac.shape %k {start = 0 : i64, end = 1 : i64}
      : (tensor<?x2x?x16xf32>) -> tensor<1xi64>
  %keys = gac.shape %k {start = 2 : i64, end = 3 : i64}
      : (tensor<?x2x?x16xf32>) -> tensor<1xi64>
  %five = gac.concat %batch, %two, %two, %keys, %width {axis = 0 : i64}
      : (tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<5xi64>
  %four = gac.concat %batch, %heads, %keys, %width {axis = 0 : i64}
      : (tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<4xi64>
  %ku = gac.unsqueeze %k, %two
      : (tensor<?x2x?x16xf32>, tensor<1xi64>) -> tensor<?x2x1x?x16xf32>
  %ke = gac.expand %ku, %five
      : (tensor<?x2x1x?x16xf32>, tensor<5xi64>) -> tensor<?x2x2x?x16xf32>
  %kr = gac.reshape %ke, %four
      : (tensor<?x2x2x?x16xf32>, tensor<4xi64>) -> tensor<?x4x?x16xf32>
  %y = gac.attention %q, %kr, %v, %m {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>,
       resultSegmentSizes = array<i32: 1, 0, 0, 0>, scale = 0.25 : f32}
      : (tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>, tensor<?x1x?x?xf32>) -> tensor<?x4x?x16xf32>
  return %y : tensor<?x4x?x16xf32>
}

// -----

// Before opset 13 Softmax means the same if its axis is the last one. No row
// of the mask is all minus infinity: export need not guard against it.
// CHECK-LABEL: func.func @opset_11
func.func @opset_11(%q: tensor<2x4x7x8xf32>, %kt: tensor<2x4x5x8xf32>,
                    %v: tensor<2x4x5x8xf32>) -> tensor<2x4x7x8xf32>
    attributes {gac.opset = 11 : i64} {
  // CHECK-NOT: gac.softmax
  // CHECK:     gac.attention {{.*}}gac.sees_keys
  %m = gac.constant dense<-1.0e+04> : tensor<2x1x7x5xf32>
  %k = gac.transpose %kt {perm = array<i64: 0, 1, 3, 2>}
      : (tensor<2x4x5x8xf32>) -> tensor<2x4x8x5xf32>
  %s = gac.matmul %q, %k
      : (tensor<2x4x7x8xf32>, tensor<2x4x8x5xf32>) -> tensor<2x4x7x5xf32>
  %a = gac.add %s, %m
      : (tensor<2x4x7x5xf32>, tensor<2x1x7x5xf32>) -> tensor<2x4x7x5xf32>
  %p = gac.softmax %a {axis = 3 : i64}
      : (tensor<2x4x7x5xf32>) -> tensor<2x4x7x5xf32>
  %y = gac.matmul %p, %v
      : (tensor<2x4x7x5xf32>, tensor<2x4x5x8xf32>) -> tensor<2x4x7x8xf32>
  return %y : tensor<2x4x7x8xf32>
}

// -----

// Without an axis all from the second on are normalised as one there.
// CHECK-LABEL: func.func @flattened
func.func @flattened(%q: tensor<2x4x7x8xf32>, %kt: tensor<2x4x5x8xf32>,
                     %v: tensor<2x4x5x8xf32>) -> tensor<2x4x7x8xf32>
    attributes {gac.opset = 11 : i64} {
  // CHECK:     gac.softmax
  // CHECK-NOT: gac.attention
  %k = gac.transpose %kt {perm = array<i64: 0, 1, 3, 2>}
      : (tensor<2x4x5x8xf32>) -> tensor<2x4x8x5xf32>
  %s = gac.matmul %q, %k
      : (tensor<2x4x7x8xf32>, tensor<2x4x8x5xf32>) -> tensor<2x4x7x5xf32>
  %p = gac.softmax %s : (tensor<2x4x7x5xf32>) -> tensor<2x4x7x5xf32>
  %y = gac.matmul %p, %v
      : (tensor<2x4x7x5xf32>, tensor<2x4x5x8xf32>) -> tensor<2x4x7x8xf32>
  return %y : tensor<2x4x7x8xf32>
}
