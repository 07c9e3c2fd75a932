// RUN: gac-opt %s | gac-opt | FileCheck %s
// RUN: gac-opt %s --mlir-print-op-generic | gac-opt | FileCheck %s
// RUN: gac-opt %s --emit-bytecode | gac-opt | FileCheck %s

// Every op of the dialect, with and without what is optional, survives text,
// generic text and bytecode.

// CHECK-LABEL: func.func @unary
func.func @unary(%x: tensor<2x3xf32>) {
  // CHECK: gac.abs {{.*}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %0 = gac.abs %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.asin {{.*}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %1 = gac.asin %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.asinh {{.*}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %2 = gac.asinh %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.atan {{.*}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %3 = gac.atan %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.atanh {{.*}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %4 = gac.atanh %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.ceil {{.*}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %5 = gac.ceil %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.erf {{.*}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %6 = gac.erf %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.floor {{.*}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %7 = gac.floor %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.identity {{.*}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %8 = gac.identity %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.hard_swish {{.*}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %9 = gac.hard_swish %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.mish {{.*}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %10 = gac.mish %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.neg {{.*}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %11 = gac.neg %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.relu {{.*}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %12 = gac.relu %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.round {{.*}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %13 = gac.round %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.sign {{.*}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %14 = gac.sign %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.sin {{.*}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %15 = gac.sin %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.sinh {{.*}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %16 = gac.sinh %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.softsign {{.*}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %17 = gac.softsign %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.sqrt {{.*}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %18 = gac.sqrt %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.tan {{.*}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %19 = gac.tan %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.tanh {{.*}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %20 = gac.tanh %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.celu {{.*}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %21 = gac.celu %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.elu {{.*}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %22 = gac.elu %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.gelu {{.*}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %23 = gac.gelu %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.leaky_relu {{.*}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %24 = gac.leaky_relu %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.selu {{.*}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %25 = gac.selu %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.swish {{.*}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %26 = gac.swish %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.thresholded_relu {{.*}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %27 = gac.thresholded_relu %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.acos {{.*}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %28 = gac.acos %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.acosh {{.*}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %29 = gac.acosh %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.cos {{.*}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %30 = gac.cos %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.cosh {{.*}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %31 = gac.cosh %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.exp {{.*}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %32 = gac.exp %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.log {{.*}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %33 = gac.log %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.reciprocal {{.*}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %34 = gac.reciprocal %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.sigmoid {{.*}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %35 = gac.sigmoid %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.softplus {{.*}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %36 = gac.softplus %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.hard_sigmoid {{.*}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %37 = gac.hard_sigmoid %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.shrink {{.*}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %38 = gac.shrink %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// CHECK-LABEL: func.func @unary_attributes
func.func @unary_attributes(%x: tensor<2x3xf32>,
    %b: tensor<2x3xi1>,
    %i: tensor<2x3xi64>,
    %s: tensor<f32>) {
  // CHECK: gac.celu {{.*}} {alpha = 5.000000e-01 : f32} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %0 = gac.celu %x {alpha = 5.000000e-01 : f32} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.elu {{.*}} {alpha = 5.000000e-01 : f32} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %1 = gac.elu %x {alpha = 5.000000e-01 : f32} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.gelu {{.*}} {approximate = "tanh"} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %2 = gac.gelu %x {approximate = "tanh"} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.leaky_relu {{.*}} {alpha = 5.000000e-01 : f32} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %3 = gac.leaky_relu %x {alpha = 5.000000e-01 : f32} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.selu {{.*}} {alpha = 1.500000e+00 : f32, gamma = 1.250000e+00 : f32} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %4 = gac.selu %x {alpha = 1.500000e+00 : f32, gamma = 1.250000e+00 : f32} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.swish {{.*}} {alpha = 5.000000e-01 : f32} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %5 = gac.swish %x {alpha = 5.000000e-01 : f32} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.thresholded_relu {{.*}} {alpha = 5.000000e-01 : f32} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %6 = gac.thresholded_relu %x {alpha = 5.000000e-01 : f32} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.cast {{.*}} {round_mode = "down", saturate = 0 : i64, to = 10 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf16>
  %7 = gac.cast %x {round_mode = "down", saturate = 0 : i64, to = 10 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf16>
  // CHECK: gac.hard_sigmoid {{.*}} {alpha = 2.500000e-01 : f32, beta = 7.500000e-01 : f32} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %8 = gac.hard_sigmoid %x {alpha = 2.500000e-01 : f32, beta = 7.500000e-01 : f32} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.shrink {{.*}} {bias = 1.000000e+00 : f32, lambd = 2.500000e-01 : f32} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %9 = gac.shrink %x {bias = 1.000000e+00 : f32, lambd = 2.500000e-01 : f32} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.is_nan {{.*}} : (tensor<2x3xf32>) -> tensor<2x3xi1>
  %10 = gac.is_nan %x : (tensor<2x3xf32>) -> tensor<2x3xi1>
  // CHECK: gac.is_inf {{.*}} {detect_negative = 0 : i64} : (tensor<2x3xf32>) -> tensor<2x3xi1>
  %11 = gac.is_inf %x {detect_negative = 0 : i64} : (tensor<2x3xf32>) -> tensor<2x3xi1>
  // CHECK: gac.not {{.*}} : (tensor<2x3xi1>) -> tensor<2x3xi1>
  %12 = gac.not %b : (tensor<2x3xi1>) -> tensor<2x3xi1>
  // CHECK: gac.bitwise_not {{.*}} : (tensor<2x3xi64>) -> tensor<2x3xi64>
  %13 = gac.bitwise_not %i : (tensor<2x3xi64>) -> tensor<2x3xi64>
  // CHECK: gac.clip {{.*}} {operandSegmentSizes = array<i32: 1, 1, 1>} : (tensor<2x3xf32>, tensor<f32>, tensor<f32>) -> tensor<2x3xf32>
  %14 = gac.clip %x, %s, %s {operandSegmentSizes = array<i32: 1, 1, 1>} : (tensor<2x3xf32>, tensor<f32>, tensor<f32>) -> tensor<2x3xf32>
  // CHECK: gac.clip {{.*}} {operandSegmentSizes = array<i32: 1, 0, 1>} : (tensor<2x3xf32>, tensor<f32>) -> tensor<2x3xf32>
  %15 = gac.clip %x, %s {operandSegmentSizes = array<i32: 1, 0, 1>} : (tensor<2x3xf32>, tensor<f32>) -> tensor<2x3xf32>
  // CHECK: gac.clip {{.*}} {max = 6.000000e+00 : f32, min = 0.000000e+00 : f32, operandSegmentSizes = array<i32: 1, 0, 0>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %16 = gac.clip %x {max = 6.000000e+00 : f32, min = 0.000000e+00 : f32, operandSegmentSizes = array<i32: 1, 0, 0>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// CHECK-LABEL: func.func @binary
func.func @binary(%x: tensor<2x3xf32>,
    %y: tensor<3xf32>,
    %b: tensor<2x3xi1>,
    %i: tensor<2x3xi64>) {
  // CHECK: gac.add {{.*}} : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  %0 = gac.add %x, %y : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.sub {{.*}} : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  %1 = gac.sub %x, %y : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.mul {{.*}} : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  %2 = gac.mul %x, %y : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.div {{.*}} : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  %3 = gac.div %x, %y : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.pow {{.*}} : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  %4 = gac.pow %x, %y : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.mod {{.*}} : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  %5 = gac.mod %x, %y : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.prelu {{.*}} : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  %6 = gac.prelu %x, %y : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.max {{.*}} : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  %7 = gac.max %x, %y : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.min {{.*}} : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  %8 = gac.min %x, %y : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.sum {{.*}} : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  %9 = gac.sum %x, %y : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.mean {{.*}} : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  %10 = gac.mean %x, %y : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.equal {{.*}} : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xi1>
  %11 = gac.equal %x, %y : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xi1>
  // CHECK: gac.greater {{.*}} : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xi1>
  %12 = gac.greater %x, %y : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xi1>
  // CHECK: gac.greater_or_equal {{.*}} : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xi1>
  %13 = gac.greater_or_equal %x, %y : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xi1>
  // CHECK: gac.less {{.*}} : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xi1>
  %14 = gac.less %x, %y : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xi1>
  // CHECK: gac.less_or_equal {{.*}} : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xi1>
  %15 = gac.less_or_equal %x, %y : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xi1>
  // CHECK: gac.and {{.*}} : (tensor<2x3xi1>, tensor<2x3xi1>) -> tensor<2x3xi1>
  %16 = gac.and %b, %b : (tensor<2x3xi1>, tensor<2x3xi1>) -> tensor<2x3xi1>
  // CHECK: gac.or {{.*}} : (tensor<2x3xi1>, tensor<2x3xi1>) -> tensor<2x3xi1>
  %17 = gac.or %b, %b : (tensor<2x3xi1>, tensor<2x3xi1>) -> tensor<2x3xi1>
  // CHECK: gac.xor {{.*}} : (tensor<2x3xi1>, tensor<2x3xi1>) -> tensor<2x3xi1>
  %18 = gac.xor %b, %b : (tensor<2x3xi1>, tensor<2x3xi1>) -> tensor<2x3xi1>
  // CHECK: gac.bitwise_and {{.*}} : (tensor<2x3xi64>, tensor<2x3xi64>) -> tensor<2x3xi64>
  %19 = gac.bitwise_and %i, %i : (tensor<2x3xi64>, tensor<2x3xi64>) -> tensor<2x3xi64>
  // CHECK: gac.bitwise_or {{.*}} : (tensor<2x3xi64>, tensor<2x3xi64>) -> tensor<2x3xi64>
  %20 = gac.bitwise_or %i, %i : (tensor<2x3xi64>, tensor<2x3xi64>) -> tensor<2x3xi64>
  // CHECK: gac.bitwise_xor {{.*}} : (tensor<2x3xi64>, tensor<2x3xi64>) -> tensor<2x3xi64>
  %21 = gac.bitwise_xor %i, %i : (tensor<2x3xi64>, tensor<2x3xi64>) -> tensor<2x3xi64>
  // CHECK: gac.bit_shift {{.*}} {direction = "LEFT"} : (tensor<2x3xi64>, tensor<2x3xi64>) -> tensor<2x3xi64>
  %22 = gac.bit_shift %i, %i {direction = "LEFT"} : (tensor<2x3xi64>, tensor<2x3xi64>) -> tensor<2x3xi64>
  // CHECK: gac.mod {{.*}} {fmod = 1 : i64} : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  %23 = gac.mod %x, %y {fmod = 1 : i64} : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.where {{.*}} : (tensor<2x3xi1>, tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  %24 = gac.where %b, %x, %y : (tensor<2x3xi1>, tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.max {{.*}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %25 = gac.max %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.sum {{.*}} : (tensor<2x3xf32>, tensor<3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  %26 = gac.sum %x, %y, %x : (tensor<2x3xf32>, tensor<3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// CHECK-LABEL: func.func @layout
func.func @layout(%x: tensor<2x3xf32>,
    %v: tensor<1xi64>,
    %w: tensor<2xi64>,
    %s: tensor<f32>,
    %i: tensor<2x3xi64>,
    %j: tensor<2x1xi64>,
    %k: tensor<i64>) {
  // CHECK: gac.reshape {{.*}} {allowzero = 1 : i64} : (tensor<2x3xf32>, tensor<1xi64>) -> tensor<?xf32>
  %0 = gac.reshape %x, %v {allowzero = 1 : i64} : (tensor<2x3xf32>, tensor<1xi64>) -> tensor<?xf32>
  // CHECK: gac.flatten {{.*}} {axis = 0 : i64} : (tensor<2x3xf32>) -> tensor<1x6xf32>
  %1 = gac.flatten %x {axis = 0 : i64} : (tensor<2x3xf32>) -> tensor<1x6xf32>
  // CHECK: gac.transpose {{.*}} : (tensor<2x3xf32>) -> tensor<3x2xf32>
  %2 = gac.transpose %x : (tensor<2x3xf32>) -> tensor<3x2xf32>
  // CHECK: gac.transpose {{.*}} {perm = array<i64: 0, 1>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %3 = gac.transpose %x {perm = array<i64: 0, 1>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.unsqueeze {{.*}} {axes = array<i64: 0, -1>} : (tensor<2x3xf32>) -> tensor<1x2x3x1xf32>
  %4 = gac.unsqueeze %x {axes = array<i64: 0, -1>} : (tensor<2x3xf32>) -> tensor<1x2x3x1xf32>
  // CHECK: gac.unsqueeze {{.*}} : (tensor<2x3xf32>, tensor<1xi64>) -> tensor<?x?x?xf32>
  %5 = gac.unsqueeze %x, %v : (tensor<2x3xf32>, tensor<1xi64>) -> tensor<?x?x?xf32>
  // CHECK: gac.squeeze {{.*}} : (tensor<1x2x3x1xf32>) -> tensor<2x3xf32>
  %6 = gac.squeeze %4 : (tensor<1x2x3x1xf32>) -> tensor<2x3xf32>
  // CHECK: gac.squeeze {{.*}} : (tensor<1x2x3x1xf32>, tensor<1xi64>) -> tensor<*xf32>
  %7 = gac.squeeze %4, %v : (tensor<1x2x3x1xf32>, tensor<1xi64>) -> tensor<*xf32>
  // CHECK: gac.expand {{.*}} : (tensor<2x3xf32>, tensor<1xi64>) -> tensor<2x3xf32>
  %8 = gac.expand %x, %v : (tensor<2x3xf32>, tensor<1xi64>) -> tensor<2x3xf32>
  // CHECK: gac.concat {{.*}} {axis = -1 : i64} : (tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x9xf32>
  %9 = gac.concat %x, %x, %x {axis = -1 : i64} : (tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x9xf32>
  // CHECK: gac.split {{.*}} {axis = 1 : i64, num_outputs = 2 : i64} : (tensor<2x3xf32>) -> (tensor<2x2xf32>, tensor<2x1xf32>)
  %10:2 = gac.split %x {axis = 1 : i64, num_outputs = 2 : i64} : (tensor<2x3xf32>) -> (tensor<2x2xf32>, tensor<2x1xf32>)
  // CHECK: gac.split {{.*}} {axis = 1 : i64, split = array<i64: 1, 2>} : (tensor<2x3xf32>) -> (tensor<2x1xf32>, tensor<2x2xf32>)
  %11:2 = gac.split %x {axis = 1 : i64, split = array<i64: 1, 2>} : (tensor<2x3xf32>) -> (tensor<2x1xf32>, tensor<2x2xf32>)
  // CHECK: gac.split {{.*}} {axis = 1 : i64} : (tensor<2x3xf32>, tensor<1xi64>) -> (tensor<?x?xf32>, tensor<?x?xf32>)
  %12:2 = gac.split %x, %v {axis = 1 : i64} : (tensor<2x3xf32>, tensor<1xi64>) -> (tensor<?x?xf32>, tensor<?x?xf32>)
  // CHECK: gac.slice {{.*}} {operandSegmentSizes = array<i32: 1, 1, 1, 1, 1>} : (tensor<2x3xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<?x?xf32>
  %13 = gac.slice %x, %v, %v, %v, %v {operandSegmentSizes = array<i32: 1, 1, 1, 1, 1>} : (tensor<2x3xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<?x?xf32>
  // CHECK: gac.slice {{.*}} {axes = array<i64: 1>, ends = array<i64: 2>, operandSegmentSizes = array<i32: 1, 0, 0, 0, 0>, starts = array<i64: 0>} : (tensor<2x3xf32>) -> tensor<2x2xf32>
  %14 = gac.slice %x {axes = array<i64: 1>, ends = array<i64: 2>, operandSegmentSizes = array<i32: 1, 0, 0, 0, 0>, starts = array<i64: 0>} : (tensor<2x3xf32>) -> tensor<2x2xf32>
  // CHECK: gac.pad {{.*}} {operandSegmentSizes = array<i32: 1, 1, 1, 0>} : (tensor<2x3xf32>, tensor<1xi64>, tensor<f32>) -> tensor<?x?xf32>
  %15 = gac.pad %x, %v, %s {operandSegmentSizes = array<i32: 1, 1, 1, 0>} : (tensor<2x3xf32>, tensor<1xi64>, tensor<f32>) -> tensor<?x?xf32>
  // CHECK: gac.pad {{.*}} {mode = "reflect", operandSegmentSizes = array<i32: 1, 0, 0, 0>, pads = array<i64: 0, 1, 0, 1>, value = 0.000000e+00 : f32} : (tensor<2x3xf32>) -> tensor<2x5xf32>
  %16 = gac.pad %x {mode = "reflect", operandSegmentSizes = array<i32: 1, 0, 0, 0>, pads = array<i64: 0, 1, 0, 1>, value = 0.000000e+00 : f32} : (tensor<2x3xf32>) -> tensor<2x5xf32>
  // CHECK: gac.tile {{.*}} : (tensor<2x3xf32>, tensor<2xi64>) -> tensor<?x?xf32>
  %17 = gac.tile %x, %w : (tensor<2x3xf32>, tensor<2xi64>) -> tensor<?x?xf32>
  // CHECK: gac.gather {{.*}} {axis = 1 : i64} : (tensor<2x3xf32>, tensor<1xi64>) -> tensor<2x1xf32>
  %18 = gac.gather %x, %v {axis = 1 : i64} : (tensor<2x3xf32>, tensor<1xi64>) -> tensor<2x1xf32>
  // CHECK: gac.gather_elements {{.*}} {axis = 1 : i64} : (tensor<2x3xf32>, tensor<2x3xi64>) -> tensor<2x3xf32>
  %19 = gac.gather_elements %x, %i {axis = 1 : i64} : (tensor<2x3xf32>, tensor<2x3xi64>) -> tensor<2x3xf32>
  // CHECK: gac.gather_nd {{.*}} {batch_dims = 1 : i64} : (tensor<2x3xf32>, tensor<2x1xi64>) -> tensor<2xf32>
  %20 = gac.gather_nd %x, %j {batch_dims = 1 : i64} : (tensor<2x3xf32>, tensor<2x1xi64>) -> tensor<2xf32>
  // CHECK: gac.scatter_nd {{.*}} {reduction = "add"} : (tensor<2x3xf32>, tensor<2x1xi64>, tensor<2x3xf32>) -> tensor<2x3xf32>
  %21 = gac.scatter_nd %x, %j, %x {reduction = "add"} : (tensor<2x3xf32>, tensor<2x1xi64>, tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.trilu {{.*}} {upper = 0 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %22 = gac.trilu %x {upper = 0 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.trilu {{.*}} : (tensor<2x3xf32>, tensor<i64>) -> tensor<2x3xf32>
  %23 = gac.trilu %x, %k : (tensor<2x3xf32>, tensor<i64>) -> tensor<2x3xf32>
  // CHECK: gac.shape {{.*}} : (tensor<2x3xf32>) -> tensor<2xi64>
  %24 = gac.shape %x : (tensor<2x3xf32>) -> tensor<2xi64>
  // CHECK: gac.shape {{.*}} {end = -1 : i64} : (tensor<2x3xf32>) -> tensor<1xi64>
  %25 = gac.shape %x {end = -1 : i64} : (tensor<2x3xf32>) -> tensor<1xi64>
  // CHECK: gac.size {{.*}} : (tensor<2x3xf32>) -> tensor<i64>
  %26 = gac.size %x : (tensor<2x3xf32>) -> tensor<i64>
  // CHECK: gac.range {{.*}} : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xi64>
  %27 = gac.range %k, %k, %k : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xi64>
  // CHECK: gac.constant_of_shape {{.*}} : (tensor<2xi64>) -> tensor<?x?xf32>
  %28 = gac.constant_of_shape %w : (tensor<2xi64>) -> tensor<?x?xf32>
  // CHECK: gac.constant_of_shape {{.*}} {value = dense<7> : tensor<1xi64>} : (tensor<2xi64>) -> tensor<?x?xi64>
  %29 = gac.constant_of_shape %w {value = dense<7> : tensor<1xi64>} : (tensor<2xi64>) -> tensor<?x?xi64>
  // CHECK: gac.cum_sum {{.*}} {exclusive = 1 : i64, reverse = 1 : i64} : (tensor<2x3xf32>, tensor<i64>) -> tensor<2x3xf32>
  %30 = gac.cum_sum %x, %k {exclusive = 1 : i64, reverse = 1 : i64} : (tensor<2x3xf32>, tensor<i64>) -> tensor<2x3xf32>
  return
}

// CHECK-LABEL: func.func @contraction
func.func @contraction(%x: tensor<2x3xf32>,
    %w: tensor<3x5xf32>,
    %u: tensor<5x3xf32>,
    %c: tensor<5xf32>,
    %image: tensor<1x4x8x8xf32>,
    %filter: tensor<6x4x3x3xf32>,
    %grouped: tensor<6x2x3x3xf32>,
    %bias: tensor<6xf32>) {
  // CHECK: gac.matmul {{.*}} : (tensor<2x3xf32>, tensor<3x5xf32>) -> tensor<2x5xf32>
  %0 = gac.matmul %x, %w : (tensor<2x3xf32>, tensor<3x5xf32>) -> tensor<2x5xf32>
  // CHECK: gac.gemm {{.*}} : (tensor<2x3xf32>, tensor<3x5xf32>) -> tensor<2x5xf32>
  %1 = gac.gemm %x, %w : (tensor<2x3xf32>, tensor<3x5xf32>) -> tensor<2x5xf32>
  // CHECK: gac.gemm {{.*}} {alpha = 5.000000e-01 : f32, beta = 2.000000e+00 : f32, transB = 1 : i64} : (tensor<2x3xf32>, tensor<5x3xf32>, tensor<5xf32>) -> tensor<2x5xf32>
  %2 = gac.gemm %x, %u, %c {alpha = 5.000000e-01 : f32, beta = 2.000000e+00 : f32, transB = 1 : i64} : (tensor<2x3xf32>, tensor<5x3xf32>, tensor<5xf32>) -> tensor<2x5xf32>
  // CHECK: gac.conv {{.*}} : (tensor<1x4x8x8xf32>, tensor<6x4x3x3xf32>) -> tensor<1x6x6x6xf32>
  %3 = gac.conv %image, %filter : (tensor<1x4x8x8xf32>, tensor<6x4x3x3xf32>) -> tensor<1x6x6x6xf32>
  // CHECK: gac.conv {{.*}} {dilations = array<i64: 1, 1>, group = 2 : i64, kernel_shape = array<i64: 3, 3>, pads = array<i64: 1, 1, 1, 1>, strides = array<i64: 2, 2>} : (tensor<1x4x8x8xf32>, tensor<6x2x3x3xf32>, tensor<6xf32>) -> tensor<1x6x4x4xf32>
  %4 = gac.conv %image, %grouped, %bias {dilations = array<i64: 1, 1>, group = 2 : i64, kernel_shape = array<i64: 3, 3>, pads = array<i64: 1, 1, 1, 1>, strides = array<i64: 2, 2>} : (tensor<1x4x8x8xf32>, tensor<6x2x3x3xf32>, tensor<6xf32>) -> tensor<1x6x4x4xf32>
  // CHECK: gac.max_pool {{.*}} {kernel_shape = array<i64: 2, 2>, strides = array<i64: 2, 2>} : (tensor<1x4x8x8xf32>) -> tensor<1x4x4x4xf32>
  %5 = gac.max_pool %image {kernel_shape = array<i64: 2, 2>, strides = array<i64: 2, 2>} : (tensor<1x4x8x8xf32>) -> tensor<1x4x4x4xf32>
  // CHECK: gac.max_pool {{.*}} {auto_pad = "SAME_UPPER", kernel_shape = array<i64: 2, 2>, storage_order = 1 : i64} : (tensor<1x4x8x8xf32>) -> (tensor<1x4x8x8xf32>, tensor<1x4x8x8xi64>)
  %6:2 = gac.max_pool %image {auto_pad = "SAME_UPPER", kernel_shape = array<i64: 2, 2>, storage_order = 1 : i64} : (tensor<1x4x8x8xf32>) -> (tensor<1x4x8x8xf32>, tensor<1x4x8x8xi64>)
  // CHECK: gac.average_pool {{.*}} {count_include_pad = 1 : i64, kernel_shape = array<i64: 3, 3>, pads = array<i64: 1, 1, 1, 1>} : (tensor<1x4x8x8xf32>) -> tensor<1x4x8x8xf32>
  %7 = gac.average_pool %image {count_include_pad = 1 : i64, kernel_shape = array<i64: 3, 3>, pads = array<i64: 1, 1, 1, 1>} : (tensor<1x4x8x8xf32>) -> tensor<1x4x8x8xf32>
  // CHECK: gac.global_average_pool {{.*}} : (tensor<1x4x8x8xf32>) -> tensor<1x4x1x1xf32>
  %8 = gac.global_average_pool %image : (tensor<1x4x8x8xf32>) -> tensor<1x4x1x1xf32>
  // CHECK: gac.global_max_pool {{.*}} : (tensor<1x4x8x8xf32>) -> tensor<1x4x1x1xf32>
  %9 = gac.global_max_pool %image : (tensor<1x4x8x8xf32>) -> tensor<1x4x1x1xf32>
  return
}

// CHECK-LABEL: func.func @reduction
func.func @reduction(%x: tensor<2x3xf32>,
    %v: tensor<1xi64>) {
  // CHECK: gac.reduce_l1 {{.*}} {axes = array<i64: -1>, keepdims = 0 : i64} : (tensor<2x3xf32>) -> tensor<2xf32>
  %0 = gac.reduce_l1 %x {axes = array<i64: -1>, keepdims = 0 : i64} : (tensor<2x3xf32>) -> tensor<2xf32>
  // CHECK: gac.reduce_l2 {{.*}} {axes = array<i64: -1>, keepdims = 0 : i64} : (tensor<2x3xf32>) -> tensor<2xf32>
  %1 = gac.reduce_l2 %x {axes = array<i64: -1>, keepdims = 0 : i64} : (tensor<2x3xf32>) -> tensor<2xf32>
  // CHECK: gac.reduce_log_sum {{.*}} {axes = array<i64: -1>, keepdims = 0 : i64} : (tensor<2x3xf32>) -> tensor<2xf32>
  %2 = gac.reduce_log_sum %x {axes = array<i64: -1>, keepdims = 0 : i64} : (tensor<2x3xf32>) -> tensor<2xf32>
  // CHECK: gac.reduce_log_sum_exp {{.*}} {axes = array<i64: -1>, keepdims = 0 : i64} : (tensor<2x3xf32>) -> tensor<2xf32>
  %3 = gac.reduce_log_sum_exp %x {axes = array<i64: -1>, keepdims = 0 : i64} : (tensor<2x3xf32>) -> tensor<2xf32>
  // CHECK: gac.reduce_max {{.*}} {axes = array<i64: -1>, keepdims = 0 : i64} : (tensor<2x3xf32>) -> tensor<2xf32>
  %4 = gac.reduce_max %x {axes = array<i64: -1>, keepdims = 0 : i64} : (tensor<2x3xf32>) -> tensor<2xf32>
  // CHECK: gac.reduce_mean {{.*}} {axes = array<i64: -1>, keepdims = 0 : i64} : (tensor<2x3xf32>) -> tensor<2xf32>
  %5 = gac.reduce_mean %x {axes = array<i64: -1>, keepdims = 0 : i64} : (tensor<2x3xf32>) -> tensor<2xf32>
  // CHECK: gac.reduce_min {{.*}} {axes = array<i64: -1>, keepdims = 0 : i64} : (tensor<2x3xf32>) -> tensor<2xf32>
  %6 = gac.reduce_min %x {axes = array<i64: -1>, keepdims = 0 : i64} : (tensor<2x3xf32>) -> tensor<2xf32>
  // CHECK: gac.reduce_prod {{.*}} {axes = array<i64: -1>, keepdims = 0 : i64} : (tensor<2x3xf32>) -> tensor<2xf32>
  %7 = gac.reduce_prod %x {axes = array<i64: -1>, keepdims = 0 : i64} : (tensor<2x3xf32>) -> tensor<2xf32>
  // CHECK: gac.reduce_sum {{.*}} {axes = array<i64: -1>, keepdims = 0 : i64} : (tensor<2x3xf32>) -> tensor<2xf32>
  %8 = gac.reduce_sum %x {axes = array<i64: -1>, keepdims = 0 : i64} : (tensor<2x3xf32>) -> tensor<2xf32>
  // CHECK: gac.reduce_sum_square {{.*}} {axes = array<i64: -1>, keepdims = 0 : i64} : (tensor<2x3xf32>) -> tensor<2xf32>
  %9 = gac.reduce_sum_square %x {axes = array<i64: -1>, keepdims = 0 : i64} : (tensor<2x3xf32>) -> tensor<2xf32>
  // CHECK: gac.reduce_sum {{.*}} {noop_with_empty_axes = 1 : i64} : (tensor<2x3xf32>, tensor<1xi64>) -> tensor<?x?xf32>
  %10 = gac.reduce_sum %x, %v {noop_with_empty_axes = 1 : i64} : (tensor<2x3xf32>, tensor<1xi64>) -> tensor<?x?xf32>
  // CHECK: gac.arg_max {{.*}} {axis = 1 : i64, keepdims = 0 : i64, select_last_index = 1 : i64} : (tensor<2x3xf32>) -> tensor<2xi64>
  %11 = gac.arg_max %x {axis = 1 : i64, keepdims = 0 : i64, select_last_index = 1 : i64} : (tensor<2x3xf32>) -> tensor<2xi64>
  // CHECK: gac.arg_min {{.*}} : (tensor<2x3xf32>) -> tensor<1x3xi64>
  %12 = gac.arg_min %x : (tensor<2x3xf32>) -> tensor<1x3xi64>
  // CHECK: gac.softmax {{.*}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %13 = gac.softmax %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.softmax {{.*}} {axis = 1 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %14 = gac.softmax %x {axis = 1 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.log_softmax {{.*}} {axis = -2 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %15 = gac.log_softmax %x {axis = -2 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.top_k {{.*}} {axis = 1 : i64, largest = 0 : i64, sorted = 0 : i64} : (tensor<2x3xf32>, tensor<1xi64>) -> (tensor<2x?xf32>, tensor<2x?xi64>)
  %16:2 = gac.top_k %x, %v {axis = 1 : i64, largest = 0 : i64, sorted = 0 : i64} : (tensor<2x3xf32>, tensor<1xi64>) -> (tensor<2x?xf32>, tensor<2x?xi64>)
  return
}

// CHECK-LABEL: func.func @network
func.func @network(%x: tensor<2x3xf32>,
    %s: tensor<3xf32>,
    %image: tensor<1x4x8x8xf32>,
    %c: tensor<4xf32>,
    %q: tensor<1x4x5x8xf32>,
    %k: tensor<1x2x5x8xf32>,
    %past: tensor<1x2x7x8xf32>,
    %mask: tensor<5x12xf32>,
    %cos: tensor<1x5x4xf32>,
    %table: tensor<9x2xf32>,
    %ids: tensor<1x5xi64>,
    %flat: tensor<1x5x32xf32>,
    %kv: tensor<1x5x16xf32>) {
  // CHECK: gac.batch_normalization {{.*}} {epsilon = 1.000000e-03 : f32, resultSegmentSizes = array<i32: 1, 0, 0, 0, 0>} : (tensor<1x4x8x8xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<1x4x8x8xf32>
  %0 = gac.batch_normalization %image, %c, %c, %c, %c {epsilon = 1.000000e-03 : f32, resultSegmentSizes = array<i32: 1, 0, 0, 0, 0>} : (tensor<1x4x8x8xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<1x4x8x8xf32>
  // CHECK: gac.batch_normalization {{.*}} {momentum = 5.000000e-01 : f32, resultSegmentSizes = array<i32: 1, 1, 1, 0, 0>, training_mode = 1 : i64} : (tensor<1x4x8x8xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> (tensor<1x4x8x8xf32>, tensor<4xf32>, tensor<4xf32>)
  %1:3 = gac.batch_normalization %image, %c, %c, %c, %c {momentum = 5.000000e-01 : f32, resultSegmentSizes = array<i32: 1, 1, 1, 0, 0>, training_mode = 1 : i64} : (tensor<1x4x8x8xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> (tensor<1x4x8x8xf32>, tensor<4xf32>, tensor<4xf32>)
  // CHECK: gac.layer_normalization {{.*}} {resultSegmentSizes = array<i32: 1, 0, 0>} : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  %2 = gac.layer_normalization %x, %s {resultSegmentSizes = array<i32: 1, 0, 0>} : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.layer_normalization {{.*}} {axis = 1 : i64, resultSegmentSizes = array<i32: 1, 0, 1>} : (tensor<2x3xf32>, tensor<3xf32>, tensor<3xf32>) -> (tensor<2x3xf32>, tensor<2x1xf32>)
  %3:2 = gac.layer_normalization %x, %s, %s {axis = 1 : i64, resultSegmentSizes = array<i32: 1, 0, 1>} : (tensor<2x3xf32>, tensor<3xf32>, tensor<3xf32>) -> (tensor<2x3xf32>, tensor<2x1xf32>)
  // CHECK: gac.layer_normalization {{.*}} {logical_lanes = #gac.lanes<3 : 0 to 0 by 2>, resultSegmentSizes = array<i32: 1, 0, 0>} : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  %masked = gac.layer_normalization %x, %s {logical_lanes = #gac.lanes<3 : 0 to 0 by 2>, resultSegmentSizes = array<i32: 1, 0, 0>} : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.rms_normalization {{.*}} {epsilon = 9.99999997E-7 : f32} : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  %4 = gac.rms_normalization %x, %s {epsilon = 9.99999997E-7 : f32} : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.rms_normalization {{.*}} {axis = 0 : i64, logical_count = 6 : i64} : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  %counted = gac.rms_normalization %x, %s {axis = 0 : i64, logical_count = 6 : i64} : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.rotary_embedding {{.*}} : (tensor<1x4x5x8xf32>, tensor<1x5x4xf32>, tensor<1x5x4xf32>) -> tensor<1x4x5x8xf32>
  %5 = gac.rotary_embedding %q, %cos, %cos : (tensor<1x4x5x8xf32>, tensor<1x5x4xf32>, tensor<1x5x4xf32>) -> tensor<1x4x5x8xf32>
  // CHECK: gac.rotary_embedding {{.*}} {interleaved = 1 : i64, num_heads = 4 : i64, rotary_embedding_dim = 4 : i64} : (tensor<1x5x32xf32>, tensor<9x2xf32>, tensor<9x2xf32>, tensor<1x5xi64>) -> tensor<1x5x32xf32>
  %6 = gac.rotary_embedding %flat, %table, %table, %ids {interleaved = 1 : i64, num_heads = 4 : i64, rotary_embedding_dim = 4 : i64} : (tensor<1x5x32xf32>, tensor<9x2xf32>, tensor<9x2xf32>, tensor<1x5xi64>) -> tensor<1x5x32xf32>
  // CHECK: gac.attention {{.*}} {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0, 0>} : (tensor<1x4x5x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x8xf32>) -> tensor<1x4x5x8xf32>
  %7 = gac.attention %q, %k, %k {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0, 0>} : (tensor<1x4x5x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x8xf32>) -> tensor<1x4x5x8xf32>
  // CHECK: gac.attention {{.*}} {is_causal = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 1, 1, 1, 0>, qk_matmul_output_mode = 2 : i64, resultSegmentSizes = array<i32: 1, 1, 1, 0>, scale = 2.500000e-01 : f32, softcap = 3.000000e+01 : f32} : (tensor<1x4x5x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x8xf32>, tensor<5x12xf32>, tensor<1x2x7x8xf32>, tensor<1x2x7x8xf32>) -> (tensor<1x4x5x8xf32>, tensor<1x2x12x8xf32>, tensor<1x2x12x8xf32>)
  %8:3 = gac.attention %q, %k, %k, %mask, %past, %past {is_causal = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 1, 1, 1, 0>, qk_matmul_output_mode = 2 : i64, resultSegmentSizes = array<i32: 1, 1, 1, 0>, scale = 2.500000e-01 : f32, softcap = 3.000000e+01 : f32} : (tensor<1x4x5x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x8xf32>, tensor<5x12xf32>, tensor<1x2x7x8xf32>, tensor<1x2x7x8xf32>) -> (tensor<1x4x5x8xf32>, tensor<1x2x12x8xf32>, tensor<1x2x12x8xf32>)
  // CHECK: gac.attention {{.*}} {kv_num_heads = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>, q_num_heads = 4 : i64, resultSegmentSizes = array<i32: 1, 0, 0, 1>} : (tensor<1x5x32xf32>, tensor<1x5x16xf32>, tensor<1x5x16xf32>) -> (tensor<1x5x32xf32>, tensor<1x4x5x5xf32>)
  %9:2 = gac.attention %flat, %kv, %kv {kv_num_heads = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>, q_num_heads = 4 : i64, resultSegmentSizes = array<i32: 1, 0, 0, 1>} : (tensor<1x5x32xf32>, tensor<1x5x16xf32>, tensor<1x5x16xf32>) -> (tensor<1x5x32xf32>, tensor<1x4x5x5xf32>)
  return
}

// CHECK-LABEL: func.func @contrib
func.func @contrib(%x: tensor<1x5x8xf32>, %b: tensor<8xf32>, %i: tensor<1x5xi32>,
    %w: tensor<8x24xf32>, %c: tensor<24xf32>, %t: tensor<9x2xf32>,
    %p: tensor<1x5xi64>, %q: tensor<7x1x4xui8>, %s: tensor<7x1xf32>,
    %past: tensor<1x2x3x4xf32>, %kv: tensor<1x5x4xf32>, %l: tensor<1xi32>,
    %pastkv: tensor<1x1x3x4xf32>, %square: tensor<24x8xf32>) {
  // CHECK: gac.bias_gelu {{.*}} : (tensor<1x5x8xf32>, tensor<8xf32>) -> tensor<1x5x8xf32>
  %0 = gac.bias_gelu %x, %b : (tensor<1x5x8xf32>, tensor<8xf32>) -> tensor<1x5x8xf32>
  // CHECK: gac.contrib_gelu {{.*}} : (tensor<1x5x8xf32>) -> tensor<1x5x8xf32>
  %1 = gac.contrib_gelu %x : (tensor<1x5x8xf32>) -> tensor<1x5x8xf32>
  // CHECK: gac.fast_gelu {{.*}} : (tensor<1x5x8xf32>) -> tensor<1x5x8xf32>
  %2 = gac.fast_gelu %x : (tensor<1x5x8xf32>) -> tensor<1x5x8xf32>
  // CHECK: gac.fast_gelu {{.*}} : (tensor<1x5x8xf32>, tensor<8xf32>) -> tensor<1x5x8xf32>
  %3 = gac.fast_gelu %x, %b : (tensor<1x5x8xf32>, tensor<8xf32>) -> tensor<1x5x8xf32>
  // CHECK: gac.quick_gelu {{.*}} {alpha = 1.000000e+00 : f32} : (tensor<1x5x8xf32>) -> tensor<1x5x8xf32>
  %4 = gac.quick_gelu %x {alpha = 1.000000e+00 : f32} : (tensor<1x5x8xf32>) -> tensor<1x5x8xf32>
  // CHECK: gac.simplified_layer_normalization {{.*}} {axis = -1 : i64, logical_count = 7 : i64} : (tensor<1x5x8xf32>, tensor<8xf32>) -> (tensor<1x5x8xf32>, tensor<1x5x1xf32>)
  %5:2 = gac.simplified_layer_normalization %x, %b {axis = -1 : i64, logical_count = 7 : i64} : (tensor<1x5x8xf32>, tensor<8xf32>) -> (tensor<1x5x8xf32>, tensor<1x5x1xf32>)
  // CHECK: gac.skip_simplified_layer_normalization {{.*}} {epsilon = 1.000000e+00 : f32, logical_count = 7 : i64, resultSegmentSizes = array<i32: 1, 0, 0, 1>} : (tensor<1x5x8xf32>, tensor<1x5x8xf32>, tensor<8xf32>, tensor<8xf32>) -> (tensor<1x5x8xf32>, tensor<1x5x8xf32>)
  %6:2 = gac.skip_simplified_layer_normalization %x, %x, %b, %b {epsilon = 1.000000e+00 : f32, logical_count = 7 : i64, resultSegmentSizes = array<i32: 1, 0, 0, 1>} : (tensor<1x5x8xf32>, tensor<1x5x8xf32>, tensor<8xf32>, tensor<8xf32>) -> (tensor<1x5x8xf32>, tensor<1x5x8xf32>)
  // CHECK: gac.skip_layer_normalization {{.*}} {operandSegmentSizes = array<i32: 1, 1, 1, 0, 1>, resultSegmentSizes = array<i32: 1, 1, 1, 0>} : (tensor<1x5x8xf32>, tensor<1x5x8xf32>, tensor<8xf32>, tensor<8xf32>) -> (tensor<1x5x8xf32>, tensor<1x5x1xf32>, tensor<1x5x1xf32>)
  %7:3 = gac.skip_layer_normalization %x, %x, %b, %b {operandSegmentSizes = array<i32: 1, 1, 1, 0, 1>, resultSegmentSizes = array<i32: 1, 1, 1, 0>} : (tensor<1x5x8xf32>, tensor<1x5x8xf32>, tensor<8xf32>, tensor<8xf32>) -> (tensor<1x5x8xf32>, tensor<1x5x1xf32>, tensor<1x5x1xf32>)
  // CHECK: gac.embed_layer_normalization {{.*}} {mask_index_type = 0 : i64, operandSegmentSizes = array<i32: 1, 0, 1, 1, 0, 1, 1, 0, 0>, resultSegmentSizes = array<i32: 1, 1, 1>} : (tensor<1x5xi32>, tensor<8x24xf32>, tensor<8x24xf32>, tensor<24xf32>, tensor<24xf32>) -> (tensor<1x5x24xf32>, tensor<1xi32>, tensor<1x5x24xf32>)
  %8:3 = gac.embed_layer_normalization %i, %w, %w, %c, %c {mask_index_type = 0 : i64, operandSegmentSizes = array<i32: 1, 0, 1, 1, 0, 1, 1, 0, 0>, resultSegmentSizes = array<i32: 1, 1, 1>} : (tensor<1x5xi32>, tensor<8x24xf32>, tensor<8x24xf32>, tensor<24xf32>, tensor<24xf32>) -> (tensor<1x5x24xf32>, tensor<1xi32>, tensor<1x5x24xf32>)
  // CHECK: gac.fused_matmul {{.*}} {alpha = 5.000000e-01 : f32, transA = 0 : i64} : (tensor<1x5x8xf32>, tensor<8x24xf32>) -> tensor<1x5x24xf32>
  %9 = gac.fused_matmul %x, %w {alpha = 5.000000e-01 : f32, transA = 0 : i64} : (tensor<1x5x8xf32>, tensor<8x24xf32>) -> tensor<1x5x24xf32>
  // CHECK: gac.fused_gemm {{.*}} {activation = "LeakyRelu", activation_alpha = 1.000000e-01 : f32, transB = 0 : i64} : (tensor<8x24xf32>, tensor<24x8xf32>, tensor<8xf32>) -> tensor<8x8xf32>
  %gemm = gac.fused_gemm %w, %square, %b {activation = "LeakyRelu", activation_alpha = 1.000000e-01 : f32, transB = 0 : i64} : (tensor<8x24xf32>, tensor<24x8xf32>, tensor<8xf32>) -> tensor<8x8xf32>
  // CHECK: gac.matmul_nbits {{.*}} {K = 8 : i64, N = 7 : i64, bits = 4 : i64, block_size = 16 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>} : (tensor<1x5x8xf32>, tensor<7x1x4xui8>, tensor<7x1xf32>) -> tensor<1x5x7xf32>
  %10 = gac.matmul_nbits %x, %q, %s {K = 8 : i64, N = 7 : i64, bits = 4 : i64, block_size = 16 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>} : (tensor<1x5x8xf32>, tensor<7x1x4xui8>, tensor<7x1xf32>) -> tensor<1x5x7xf32>
  // CHECK: gac.contrib_rotary_embedding {{.*}} {interleaved = 1 : i64, num_heads = 2 : i64} : (tensor<1x5x8xf32>, tensor<1x5xi64>, tensor<9x2xf32>, tensor<9x2xf32>) -> tensor<1x5x8xf32>
  %11 = gac.contrib_rotary_embedding %x, %p, %t, %t {interleaved = 1 : i64, num_heads = 2 : i64} : (tensor<1x5x8xf32>, tensor<1x5xi64>, tensor<9x2xf32>, tensor<9x2xf32>) -> tensor<1x5x8xf32>
  // CHECK: gac.contrib_attention {{.*}} {num_heads = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>, qkv_hidden_sizes = array<i64: 8, 8, 8>, unidirectional = 1 : i64} : (tensor<1x5x8xf32>, tensor<8x24xf32>, tensor<24xf32>) -> (tensor<1x5x8xf32>, tensor<2x1x2x5x4xf32>)
  %12:2 = gac.contrib_attention %x, %w, %c {num_heads = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>, qkv_hidden_sizes = array<i64: 8, 8, 8>, unidirectional = 1 : i64} : (tensor<1x5x8xf32>, tensor<8x24xf32>, tensor<24xf32>) -> (tensor<1x5x8xf32>, tensor<2x1x2x5x4xf32>)
  // CHECK: gac.multi_head_attention {{.*}} {num_heads = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 1, 1, 0, 0>, resultSegmentSizes = array<i32: 1, 1, 1, 0>} : (tensor<1x5x8xf32>, tensor<1x5x8xf32>, tensor<1x5x8xf32>, tensor<1x2x3x4xf32>, tensor<1x2x3x4xf32>) -> (tensor<1x5x8xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>)
  %13:3 = gac.multi_head_attention %x, %x, %x, %past, %past {num_heads = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 1, 1, 0, 0>, resultSegmentSizes = array<i32: 1, 1, 1, 0>} : (tensor<1x5x8xf32>, tensor<1x5x8xf32>, tensor<1x5x8xf32>, tensor<1x2x3x4xf32>, tensor<1x2x3x4xf32>) -> (tensor<1x5x8xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>)
  // CHECK: gac.group_query_attention {{.*}} {do_rotary = 1 : i64, kv_num_heads = 1 : i64, num_heads = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 1, 1, 0>} : (tensor<1x5x8xf32>, tensor<1x5x4xf32>, tensor<1x5x4xf32>, tensor<1x1x3x4xf32>, tensor<1x1x3x4xf32>, tensor<1xi32>, tensor<1xi32>, tensor<9x2xf32>, tensor<9x2xf32>) -> (tensor<1x5x8xf32>, tensor<1x1x?x4xf32>, tensor<1x1x?x4xf32>)
  %14:3 = gac.group_query_attention %x, %kv, %kv, %pastkv, %pastkv, %l, %l, %t, %t {do_rotary = 1 : i64, kv_num_heads = 1 : i64, num_heads = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 1, 1, 0>} : (tensor<1x5x8xf32>, tensor<1x5x4xf32>, tensor<1x5x4xf32>, tensor<1x1x3x4xf32>, tensor<1x1x3x4xf32>, tensor<1xi32>, tensor<1xi32>, tensor<9x2xf32>, tensor<9x2xf32>) -> (tensor<1x5x8xf32>, tensor<1x1x?x4xf32>, tensor<1x1x?x4xf32>)
  return
}

// CHECK-LABEL: func.func @quantization
func.func @quantization(%x: tensor<5x8xf32>, %w: tensor<8x6xf32>,
    %q: tensor<8x6xui8>, %a: tensor<5x8xui8>, %s: tensor<4x6xf32>,
    %n: tensor<6xf32>, %z: tensor<6xui8>, %o: tensor<f32>, %u: tensor<ui8>,
    %i: tensor<1x4x7x7xui8>, %f: tensor<6x4x3x3xui8>) {
  // CHECK: gac.dequantize_linear {{.*}} {axis = 0 : i64, block_size = 2 : i64} : (tensor<8x6xui8>, tensor<4x6xf32>) -> tensor<8x6xf32>
  %0 = gac.dequantize_linear %q, %s {axis = 0 : i64, block_size = 2 : i64} : (tensor<8x6xui8>, tensor<4x6xf32>) -> tensor<8x6xf32>
  // CHECK: gac.quantize_linear {{.*}} {axis = 1 : i64, saturate = 1 : i64} : (tensor<8x6xf32>, tensor<6xf32>, tensor<6xui8>) -> tensor<8x6xui8>
  %1 = gac.quantize_linear %w, %n, %z {axis = 1 : i64, saturate = 1 : i64} : (tensor<8x6xf32>, tensor<6xf32>, tensor<6xui8>) -> tensor<8x6xui8>
  // CHECK: gac.contrib_dequantize_linear {{.*}} {axis = 1 : i64} : (tensor<8x6xui8>, tensor<6xf32>) -> tensor<8x6xf32>
  %2 = gac.contrib_dequantize_linear %q, %n {axis = 1 : i64} : (tensor<8x6xui8>, tensor<6xf32>) -> tensor<8x6xf32>
  // CHECK: gac.contrib_quantize_linear {{.*}} : (tensor<8x6xf32>, tensor<f32>, tensor<ui8>) -> tensor<8x6xui8>
  %3 = gac.contrib_quantize_linear %w, %o, %u : (tensor<8x6xf32>, tensor<f32>, tensor<ui8>) -> tensor<8x6xui8>
  // CHECK: gac.dynamic_quantize_linear {{.*}} : (tensor<5x8xf32>) -> (tensor<5x8xui8>, tensor<f32>, tensor<ui8>)
  %4:3 = gac.dynamic_quantize_linear %x : (tensor<5x8xf32>) -> (tensor<5x8xui8>, tensor<f32>, tensor<ui8>)
  // CHECK: gac.matmul_integer {{.*}} {operandSegmentSizes = array<i32: 1, 1, 0, 1>} : (tensor<5x8xui8>, tensor<8x6xui8>, tensor<6xui8>) -> tensor<5x6xi32>
  %5 = gac.matmul_integer %a, %q, %z {operandSegmentSizes = array<i32: 1, 1, 0, 1>} : (tensor<5x8xui8>, tensor<8x6xui8>, tensor<6xui8>) -> tensor<5x6xi32>
  // CHECK: gac.qlinear_matmul {{.*}} : (tensor<5x8xui8>, tensor<f32>, tensor<ui8>, tensor<8x6xui8>, tensor<6xf32>, tensor<6xui8>, tensor<f32>, tensor<ui8>) -> tensor<5x6xui8>
  %6 = gac.qlinear_matmul %a, %o, %u, %q, %n, %z, %o, %u : (tensor<5x8xui8>, tensor<f32>, tensor<ui8>, tensor<8x6xui8>, tensor<6xf32>, tensor<6xui8>, tensor<f32>, tensor<ui8>) -> tensor<5x6xui8>
  // CHECK: gac.matmul_integer_to_float {{.*}} {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 1>} : (tensor<5x8xui8>, tensor<8x6xui8>, tensor<f32>, tensor<6xf32>, tensor<6xf32>) -> tensor<5x6xf32>
  %7 = gac.matmul_integer_to_float %a, %q, %o, %n, %n {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 1>} : (tensor<5x8xui8>, tensor<8x6xui8>, tensor<f32>, tensor<6xf32>, tensor<6xf32>) -> tensor<5x6xf32>
  // CHECK: gac.dynamic_quantize_matmul {{.*}} {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0>} : (tensor<5x8xf32>, tensor<8x6xui8>, tensor<6xf32>) -> tensor<5x6xf32>
  %8 = gac.dynamic_quantize_matmul %x, %q, %n {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0>} : (tensor<5x8xf32>, tensor<8x6xui8>, tensor<6xf32>) -> tensor<5x6xf32>
  // CHECK: gac.qgemm {{.*}} {operandSegmentSizes = array<i32: 1, 1, 1, 1, 1, 1, 0, 0, 0>, transB = 1 : i64} : (tensor<5x8xui8>, tensor<f32>, tensor<ui8>, tensor<5x8xui8>, tensor<f32>, tensor<ui8>) -> tensor<5x5xf32>
  %9 = gac.qgemm %a, %o, %u, %a, %o, %u {operandSegmentSizes = array<i32: 1, 1, 1, 1, 1, 1, 0, 0, 0>, transB = 1 : i64} : (tensor<5x8xui8>, tensor<f32>, tensor<ui8>, tensor<5x8xui8>, tensor<f32>, tensor<ui8>) -> tensor<5x5xf32>
  // CHECK: gac.conv_integer {{.*}} {operandSegmentSizes = array<i32: 1, 1, 0, 0>, pads = array<i64: 1, 1, 1, 1>} : (tensor<1x4x7x7xui8>, tensor<6x4x3x3xui8>) -> tensor<1x6x7x7xi32>
  %10 = gac.conv_integer %i, %f {operandSegmentSizes = array<i32: 1, 1, 0, 0>, pads = array<i64: 1, 1, 1, 1>} : (tensor<1x4x7x7xui8>, tensor<6x4x3x3xui8>) -> tensor<1x6x7x7xi32>
  // CHECK: gac.qlinear_conv {{.*}} : (tensor<1x4x7x7xui8>, tensor<f32>, tensor<ui8>, tensor<6x4x3x3xui8>, tensor<6xf32>, tensor<6xui8>, tensor<f32>, tensor<ui8>) -> tensor<1x6x5x5xui8>
  %11 = gac.qlinear_conv %i, %o, %u, %f, %n, %z, %o, %u : (tensor<1x4x7x7xui8>, tensor<f32>, tensor<ui8>, tensor<6x4x3x3xui8>, tensor<6xf32>, tensor<6xui8>, tensor<f32>, tensor<ui8>) -> tensor<1x6x5x5xui8>
  // CHECK: gac.qlinear_add {{.*}} {operandSegmentSizes = array<i32: 1, 1, 1, 1, 1, 0, 1, 0>} : (tensor<5x8xui8>, tensor<f32>, tensor<ui8>, tensor<5x8xui8>, tensor<f32>, tensor<f32>) -> tensor<5x8xui8>
  %12 = gac.qlinear_add %a, %o, %u, %a, %o, %o {operandSegmentSizes = array<i32: 1, 1, 1, 1, 1, 0, 1, 0>} : (tensor<5x8xui8>, tensor<f32>, tensor<ui8>, tensor<5x8xui8>, tensor<f32>, tensor<f32>) -> tensor<5x8xui8>
  // CHECK: gac.qlinear_mul {{.*}} {operandSegmentSizes = array<i32: 1, 1, 0, 1, 1, 0, 1, 0>} : (tensor<5x8xui8>, tensor<f32>, tensor<5x8xui8>, tensor<f32>, tensor<f32>) -> tensor<5x8xui8>
  %13 = gac.qlinear_mul %a, %o, %a, %o, %o {operandSegmentSizes = array<i32: 1, 1, 0, 1, 1, 0, 1, 0>} : (tensor<5x8xui8>, tensor<f32>, tensor<5x8xui8>, tensor<f32>, tensor<f32>) -> tensor<5x8xui8>
  // CHECK: gac.qlinear_global_average_pool {{.*}} {channels_last = 0 : i64, operandSegmentSizes = array<i32: 1, 1, 0, 1, 0>} : (tensor<1x4x7x7xui8>, tensor<f32>, tensor<f32>) -> tensor<1x4x1x1xui8>
  %14 = gac.qlinear_global_average_pool %i, %o, %o {channels_last = 0 : i64, operandSegmentSizes = array<i32: 1, 1, 0, 1, 0>} : (tensor<1x4x7x7xui8>, tensor<f32>, tensor<f32>) -> tensor<1x4x1x1xui8>
  // CHECK: gac.qlinear_leaky_relu {{.*}} {alpha = 1.000000e+00 : f32, operandSegmentSizes = array<i32: 1, 1, 0, 1, 0>} : (tensor<5x8xui8>, tensor<f32>, tensor<f32>) -> tensor<5x8xui8>
  %15 = gac.qlinear_leaky_relu %a, %o, %o {alpha = 1.000000e+00 : f32, operandSegmentSizes = array<i32: 1, 1, 0, 1, 0>} : (tensor<5x8xui8>, tensor<f32>, tensor<f32>) -> tensor<5x8xui8>
  // CHECK: gac.qlinear_sigmoid {{.*}} {operandSegmentSizes = array<i32: 1, 1, 0, 1, 0>} : (tensor<5x8xui8>, tensor<f32>, tensor<f32>) -> tensor<5x8xui8>
  %16 = gac.qlinear_sigmoid %a, %o, %o {operandSegmentSizes = array<i32: 1, 1, 0, 1, 0>} : (tensor<5x8xui8>, tensor<f32>, tensor<f32>) -> tensor<5x8xui8>
  // CHECK: gac.qlinear_softmax {{.*}} {axis = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 0, 1, 0>, opset = 13 : i64} : (tensor<5x8xui8>, tensor<f32>, tensor<f32>) -> tensor<5x8xui8>
  %17 = gac.qlinear_softmax %a, %o, %o {axis = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 0, 1, 0>, opset = 13 : i64} : (tensor<5x8xui8>, tensor<f32>, tensor<f32>) -> tensor<5x8xui8>
  return
}

// CHECK-LABEL: func.func @others
func.func @others(%x: tensor<2x3xf32>,
    %t: tensor<2x!gac.string>) {
  // CHECK: gac.initializer "w" = dense<1.000000e+00> : tensor<2x3xf32>
  %0 = gac.initializer "w" = dense<1.000000e+00> : tensor<2x3xf32>
  // CHECK: gac.initializer "b" = #gac.file<"/m/w.data", offset = 4096, length = 24, size = 8192, mtime = 1, external = true> : tensor<2x3xf32>
  %1 = gac.initializer "b" = #gac.file<"/m/w.data", offset = 4096, length = 24, size = 8192, mtime = 1, external = true> : tensor<2x3xf32>
  // CHECK: gac.constant dense<[1, -1]> : tensor<2xi64>
  %2 = gac.constant dense<[1, -1]> : tensor<2xi64>
  // CHECK: gac.constant dense<1.000000e+00> : tensor<f32> {form = "value_float"}
  %3 = gac.constant dense<1.000000e+00> : tensor<f32> {form = "value_float"}
  // CHECK: gac.opaque "com.acme" "Mix"({{.*}}) captures({{.*}}) {node_attributes = {alpha = 1.000000e+00 : f32}} : (tensor<2x3xf32>, tensor<2x3xf32>, tensor<f32>) -> (tensor<*xf32>, !gac.value)
  %4:2 = gac.opaque "com.acme" "Mix"(%x, %0) captures(%3) {node_attributes = {alpha = 1.000000e+00 : f32}} : (tensor<2x3xf32>, tensor<2x3xf32>, tensor<f32>) -> (tensor<*xf32>, !gac.value)
  // CHECK: gac.opaque "" "SequenceAt"({{.*}}) : (!gac.value, tensor<2xi64>) -> !gac.value
  %5 = gac.opaque "" "SequenceAt"(%4#1, %2) : (!gac.value, tensor<2xi64>) -> !gac.value
  // CHECK: gac.identity {{.*}} : (!gac.value) -> !gac.value
  %6 = gac.identity %5 : (!gac.value) -> !gac.value
  // CHECK: gac.opaque "" "StringNormalizer"({{.*}}) : (tensor<2x!gac.string>) -> tensor<?x!gac.string>
  %7 = gac.opaque "" "StringNormalizer"(%t) : (tensor<2x!gac.string>) -> tensor<?x!gac.string>
  return
}

// CHECK-LABEL: func.func @spatial
func.func @spatial(%x: tensor<1x4x8x8xf32>, %filter: tensor<4x3x2x2xf32>, %bias: tensor<6xf32>, %scale: tensor<4xf32>,
                   %scales: tensor<4xf32>, %sizes: tensor<4xi64>, %axes: tensor<2xi64>) {
  // CHECK: gac.conv_transpose {{.*}} : (tensor<1x4x8x8xf32>, tensor<4x3x2x2xf32>) -> tensor<1x3x9x9xf32>
  %0 = gac.conv_transpose %x, %filter : (tensor<1x4x8x8xf32>, tensor<4x3x2x2xf32>) -> tensor<1x3x9x9xf32>
  // CHECK: gac.conv_transpose {{.*}} {group = 2 : i64, output_padding = array<i64: 1, 0>, pads = array<i64: 0, 1, 0, 1>, strides = array<i64: 2, 2>} : (tensor<1x4x8x8xf32>, tensor<4x3x2x2xf32>, tensor<6xf32>) -> tensor<1x6x17x14xf32>
  %1 = gac.conv_transpose %x, %filter, %bias {group = 2 : i64, output_padding = array<i64: 1, 0>, pads = array<i64: 0, 1, 0, 1>, strides = array<i64: 2, 2>} : (tensor<1x4x8x8xf32>, tensor<4x3x2x2xf32>, tensor<6xf32>) -> tensor<1x6x17x14xf32>
  // CHECK: gac.instance_normalization {{.*}} {epsilon = 1.000000e-03 : f32} : (tensor<1x4x8x8xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<1x4x8x8xf32>
  %2 = gac.instance_normalization %x, %scale, %scale {epsilon = 1.0e-3 : f32} : (tensor<1x4x8x8xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<1x4x8x8xf32>
  // CHECK: gac.resize {{.*}} {mode = "linear", operandSegmentSizes = array<i32: 1, 0, 1, 0>} : (tensor<1x4x8x8xf32>, tensor<4xf32>) -> tensor<1x4x?x?xf32>
  %3 = gac.resize %x, %scales {mode = "linear", operandSegmentSizes = array<i32: 1, 0, 1, 0>} : (tensor<1x4x8x8xf32>, tensor<4xf32>) -> tensor<1x4x?x?xf32>
  // CHECK: gac.resize {{.*}} {axes = array<i64: 2, 3>, operandSegmentSizes = array<i32: 1, 0, 0, 1>} : (tensor<1x4x8x8xf32>, tensor<2xi64>) -> tensor<1x4x?x?xf32>
  %4 = gac.resize %x, %axes {axes = array<i64: 2, 3>, operandSegmentSizes = array<i32: 1, 0, 0, 1>} : (tensor<1x4x8x8xf32>, tensor<2xi64>) -> tensor<1x4x?x?xf32>
  return
}

// CHECK-LABEL: func.func @einsum
func.func @einsum(%x: tensor<2x3x4xf32>, %y: tensor<5x4xf32>) {
  // CHECK: gac.einsum {{.*}} {equation = "bij,kj->bki"} : (tensor<2x3x4xf32>, tensor<5x4xf32>) -> tensor<2x5x3xf32>
  %0 = gac.einsum %x, %y {equation = "bij,kj->bki"} : (tensor<2x3x4xf32>, tensor<5x4xf32>) -> tensor<2x5x3xf32>
  // CHECK: gac.einsum {{.*}} {equation = "...j -> ..."} : (tensor<2x3x4xf32>) -> tensor<2x3xf32>
  %1 = gac.einsum %x {equation = "...j -> ..."} : (tensor<2x3x4xf32>) -> tensor<2x3xf32>
  // CHECK: gac.einsum {{.*}} {equation = "cab,db"} : (tensor<2x3x4xf32>, tensor<5x4xf32>) -> tensor<3x2x5xf32>
  %2 = gac.einsum %x, %y {equation = "cab,db"} : (tensor<2x3x4xf32>, tensor<5x4xf32>) -> tensor<3x2x5xf32>
  return
}

// CHECK-LABEL: func.func @recurrent
func.func @recurrent(%x: tensor<?x2x5xf32>, %w1: tensor<1x7x5xf32>, %r1: tensor<1x7x7xf32>, %w3: tensor<2x21x5xf32>,
                     %r3: tensor<2x21x7xf32>, %b3: tensor<2x42xf32>, %w4: tensor<1x28x5xf32>, %r4: tensor<1x28x7xf32>,
                     %h: tensor<1x2x7xf32>, %p: tensor<1x21xf32>) {
  // CHECK: gac.rnn {{.*}} {activations = ["Relu"], operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0>} : (tensor<?x2x5xf32>, tensor<1x7x5xf32>, tensor<1x7x7xf32>) -> tensor<?x1x2x7xf32>
  %0 = gac.rnn %x, %w1, %r1 {activations = ["Relu"], operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0>} : (tensor<?x2x5xf32>, tensor<1x7x5xf32>, tensor<1x7x7xf32>) -> tensor<?x1x2x7xf32>
  // CHECK: gac.gru {{.*}} {direction = "bidirectional", hidden_size = 7 : i64, linear_before_reset = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0>, resultSegmentSizes = array<i32: 0, 1>} : (tensor<?x2x5xf32>, tensor<2x21x5xf32>, tensor<2x21x7xf32>, tensor<2x42xf32>) -> tensor<2x2x7xf32>
  %1 = gac.gru %x, %w3, %r3, %b3 {direction = "bidirectional", hidden_size = 7 : i64, linear_before_reset = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0>, resultSegmentSizes = array<i32: 0, 1>} : (tensor<?x2x5xf32>, tensor<2x21x5xf32>, tensor<2x21x7xf32>, tensor<2x42xf32>) -> tensor<2x2x7xf32>
  // CHECK: gac.lstm {{.*}} {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 1, 1, 1>, resultSegmentSizes = array<i32: 1, 1, 1>} : {{.*}} -> (tensor<?x1x2x7xf32>, tensor<1x2x7xf32>, tensor<1x2x7xf32>)
  %2:3 = gac.lstm %x, %w4, %r4, %h, %h, %p {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 1, 1, 1>, resultSegmentSizes = array<i32: 1, 1, 1>} : (tensor<?x2x5xf32>, tensor<1x28x5xf32>, tensor<1x28x7xf32>, tensor<1x2x7xf32>, tensor<1x2x7xf32>, tensor<1x21xf32>) -> (tensor<?x1x2x7xf32>, tensor<1x2x7xf32>, tensor<1x2x7xf32>)
  return
}

// CHECK-LABEL: func.func @scatter_elements
func.func @scatter_elements(%x: tensor<2x3xf32>, %i: tensor<1x3xi64>, %u: tensor<1x3xf32>) {
  // CHECK: gac.scatter_elements {{.*}} : (tensor<2x3xf32>, tensor<1x3xi64>, tensor<1x3xf32>) -> tensor<2x3xf32>
  %0 = gac.scatter_elements %x, %i, %u : (tensor<2x3xf32>, tensor<1x3xi64>, tensor<1x3xf32>) -> tensor<2x3xf32>
  // CHECK: gac.scatter_elements {{.*}} {axis = -2 : i64, reduction = "add"}
  %1 = gac.scatter_elements %x, %i, %u {axis = -2 : i64, reduction = "add"} : (tensor<2x3xf32>, tensor<1x3xi64>, tensor<1x3xf32>) -> tensor<2x3xf32>
  return
}

// CHECK-LABEL: func.func @relative_position_bias
func.func @relative_position_bias(%t: tensor<8x4xf32>, %n: tensor<1xi64>) {
  // CHECK: gac.relative_position_bias {{.*}} {is_bidirectional = 1 : i64, max_distance = 16 : i64} : (tensor<8x4xf32>, tensor<1xi64>, tensor<1xi64>) -> tensor<1x4x?x?xf32>
  %0 = gac.relative_position_bias %t, %n, %n {is_bidirectional = 1 : i64, max_distance = 16 : i64} : (tensor<8x4xf32>, tensor<1xi64>, tensor<1xi64>) -> tensor<1x4x?x?xf32>
  return
}

// CHECK-LABEL: func.func @around
func.func @around(%x: tensor<1x4x8x8xf32>,
    %v: tensor<1x2x8xf32>,
    %two: tensor<2xf32>,
    %four: tensor<4xf32>,
    %sizes: tensor<2xi64>,
    %scales: tensor<4xf32>,
    %grid: tensor<1x3x5x2xf32>,
    %rois: tensor<6x4xf32>,
    %places: tensor<6x5xf32>,
    %which: tensor<6xi64>,
    %filter: tensor<6x4x1x1xf32>,
    %offset: tensor<1x2x8x8xf32>,
    %k: tensor<f32>,
    %axis: tensor<i64>,
    %update: tensor<1x1x8xf32>,
    %bytes: tensor<1x5x4xi8>,
    %weight: tensor<4x12xi8>,
    %bias: tensor<12xf32>,
    %table: tensor<7x16xui8>,
    %blocks: tensor<7x2xf32>) {
  // CHECK: gac.instance_normalization {{.*}} {logical_lanes = #gac.lanes<4 : 0 to 0 by 3>} : (tensor<1x2x8xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x2x8xf32>
  %0 = gac.instance_normalization %v, %two, %two {logical_lanes = #gac.lanes<4 : 0 to 0 by 3>} : (tensor<1x2x8xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x2x8xf32>
  // CHECK: gac.group_normalization {{.*}} {epsilon = 1.000000e-03 : f32, num_groups = 2 : i64, stash_type = 1 : i64} : (tensor<1x4x8x8xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<1x4x8x8xf32>
  %1 = gac.group_normalization %x, %four, %four {epsilon = 1.000000e-03 : f32, num_groups = 2 : i64, stash_type = 1 : i64} : (tensor<1x4x8x8xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<1x4x8x8xf32>
  // CHECK: gac.lp_normalization {{.*}} {axis = 1 : i64, p = 1 : i64} : (tensor<1x4x8x8xf32>) -> tensor<1x4x8x8xf32>
  %2 = gac.lp_normalization %x {axis = 1 : i64, p = 1 : i64} : (tensor<1x4x8x8xf32>) -> tensor<1x4x8x8xf32>
  // CHECK: gac.mean_variance_normalization {{.*}} {axes = array<i64: 0, 2, 3>} : (tensor<1x4x8x8xf32>) -> tensor<1x4x8x8xf32>
  %3 = gac.mean_variance_normalization %x {axes = array<i64: 0, 2, 3>} : (tensor<1x4x8x8xf32>) -> tensor<1x4x8x8xf32>
  // CHECK: gac.lrn {{.*}} {alpha = 1.000000e-01 : f32, beta = 5.000000e-01 : f32, bias = 2.000000e+00 : f32, size = 3 : i64} : (tensor<1x4x8x8xf32>) -> tensor<1x4x8x8xf32>
  %4 = gac.lrn %x {alpha = 1.000000e-01 : f32, beta = 5.000000e-01 : f32, bias = 2.000000e+00 : f32, size = 3 : i64} : (tensor<1x4x8x8xf32>) -> tensor<1x4x8x8xf32>
  // CHECK: gac.depth_to_space {{.*}} {blocksize = 2 : i64, mode = "CRD"} : (tensor<1x4x8x8xf32>) -> tensor<1x1x16x16xf32>
  %5 = gac.depth_to_space %x {blocksize = 2 : i64, mode = "CRD"} : (tensor<1x4x8x8xf32>) -> tensor<1x1x16x16xf32>
  // CHECK: gac.space_to_depth {{.*}} {blocksize = 2 : i64} : (tensor<1x4x8x8xf32>) -> tensor<1x16x4x4xf32>
  %6 = gac.space_to_depth %x {blocksize = 2 : i64} : (tensor<1x4x8x8xf32>) -> tensor<1x16x4x4xf32>
  // CHECK: gac.col2im {{.*}} {strides = array<i64: 2, 2>} : (tensor<1x2x8xf32>, tensor<2xi64>, tensor<2xi64>) -> tensor<?x?x?x?xf32>
  %7 = gac.col2im %v, %sizes, %sizes {strides = array<i64: 2, 2>} : (tensor<1x2x8xf32>, tensor<2xi64>, tensor<2xi64>) -> tensor<?x?x?x?xf32>
  // CHECK: gac.upsample {{.*}} {mode = "linear"} : (tensor<1x4x8x8xf32>, tensor<4xf32>) -> tensor<1x4x?x?xf32>
  %8 = gac.upsample %x, %scales {mode = "linear"} : (tensor<1x4x8x8xf32>, tensor<4xf32>) -> tensor<1x4x?x?xf32>
  // CHECK: gac.grid_sample {{.*}} {align_corners = 1 : i64, mode = "nearest", padding_mode = "border"} : (tensor<1x4x8x8xf32>, tensor<1x3x5x2xf32>) -> tensor<1x4x3x5xf32>
  %9 = gac.grid_sample %x, %grid {align_corners = 1 : i64, mode = "nearest", padding_mode = "border"} : (tensor<1x4x8x8xf32>, tensor<1x3x5x2xf32>) -> tensor<1x4x3x5xf32>
  // CHECK: gac.roi_align {{.*}} {output_height = 2 : i64, output_width = 3 : i64} : (tensor<1x4x8x8xf32>, tensor<6x4xf32>, tensor<6xi64>) -> tensor<6x4x2x3xf32>
  %10 = gac.roi_align %x, %rois, %which {output_height = 2 : i64, output_width = 3 : i64} : (tensor<1x4x8x8xf32>, tensor<6x4xf32>, tensor<6xi64>) -> tensor<6x4x2x3xf32>
  // CHECK: gac.max_roi_pool {{.*}} {pooled_shape = array<i64: 2, 3>} : (tensor<1x4x8x8xf32>, tensor<6x5xf32>) -> tensor<6x4x2x3xf32>
  %11 = gac.max_roi_pool %x, %places {pooled_shape = array<i64: 2, 3>} : (tensor<1x4x8x8xf32>, tensor<6x5xf32>) -> tensor<6x4x2x3xf32>
  // CHECK: gac.lp_pool {{.*}} {kernel_shape = array<i64: 2, 2>, p = 1 : i64, strides = array<i64: 2, 2>} : (tensor<1x4x8x8xf32>) -> tensor<1x4x4x4xf32>
  %12 = gac.lp_pool %x {kernel_shape = array<i64: 2, 2>, p = 1 : i64, strides = array<i64: 2, 2>} : (tensor<1x4x8x8xf32>) -> tensor<1x4x4x4xf32>
  // CHECK: gac.global_lp_pool {{.*}} {p = 1 : i64} : (tensor<1x4x8x8xf32>) -> tensor<1x4x1x1xf32>
  %13 = gac.global_lp_pool %x {p = 1 : i64} : (tensor<1x4x8x8xf32>) -> tensor<1x4x1x1xf32>
  // CHECK: gac.deform_conv {{.*}} {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0>} : (tensor<1x4x8x8xf32>, tensor<6x4x1x1xf32>, tensor<1x2x8x8xf32>) -> tensor<1x6x8x8xf32>
  %14 = gac.deform_conv %x, %filter, %offset {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0>} : (tensor<1x4x8x8xf32>, tensor<6x4x1x1xf32>, tensor<1x2x8x8xf32>) -> tensor<1x6x8x8xf32>
  // CHECK: gac.fused_conv {{.*}} {activation = "LeakyRelu", activation_params = array<f32: 1.000000e-01>, operandSegmentSizes = array<i32: 1, 1, 0, 0>} : (tensor<1x4x8x8xf32>, tensor<6x4x1x1xf32>) -> tensor<1x6x8x8xf32>
  %15 = gac.fused_conv %x, %filter {activation = "LeakyRelu", activation_params = array<f32: 1.000000e-01>, operandSegmentSizes = array<i32: 1, 1, 0, 0>} : (tensor<1x4x8x8xf32>, tensor<6x4x1x1xf32>) -> tensor<1x6x8x8xf32>
  // CHECK: gac.dropout {{.*}} {operandSegmentSizes = array<i32: 1, 1, 0>, seed = 3 : i64} : (tensor<1x4x8x8xf32>, tensor<f32>) -> tensor<1x4x8x8xf32>
  %16 = gac.dropout %x, %k {operandSegmentSizes = array<i32: 1, 1, 0>, seed = 3 : i64} : (tensor<1x4x8x8xf32>, tensor<f32>) -> tensor<1x4x8x8xf32>
  // CHECK: gac.cast_like {{.*}} {saturate = 0 : i64} : (tensor<1x4x8x8xf32>, tensor<2xi64>) -> tensor<1x4x8x8xi64>
  %17 = gac.cast_like %x, %sizes {saturate = 0 : i64} : (tensor<1x4x8x8xf32>, tensor<2xi64>) -> tensor<1x4x8x8xi64>
  // CHECK: gac.cum_prod {{.*}} {exclusive = 1 : i64} : (tensor<1x2x8xf32>, tensor<i64>) -> tensor<1x2x8xf32>
  %18 = gac.cum_prod %v, %axis {exclusive = 1 : i64} : (tensor<1x2x8xf32>, tensor<i64>) -> tensor<1x2x8xf32>
  // CHECK: gac.hardmax {{.*}} {axis = -1 : i64} : (tensor<1x2x8xf32>) -> tensor<1x2x8xf32>
  %19 = gac.hardmax %v {axis = -1 : i64} : (tensor<1x2x8xf32>) -> tensor<1x2x8xf32>
  // CHECK: gac.one_hot {{.*}} {axis = 0 : i64} : (tensor<6xi64>, tensor<i64>, tensor<2xf32>) -> tensor<?x6xf32>
  %20 = gac.one_hot %which, %axis, %two {axis = 0 : i64} : (tensor<6xi64>, tensor<i64>, tensor<2xf32>) -> tensor<?x6xf32>
  // CHECK: gac.reverse_sequence {{.*}} {batch_axis = 1 : i64, time_axis = 0 : i64} : (tensor<1x2x8xf32>, tensor<2xi64>) -> tensor<1x2x8xf32>
  %21 = gac.reverse_sequence %v, %sizes {batch_axis = 1 : i64, time_axis = 0 : i64} : (tensor<1x2x8xf32>, tensor<2xi64>) -> tensor<1x2x8xf32>
  // CHECK: gac.tensor_scatter {{.*}} {mode = "circular"} : (tensor<1x2x8xf32>, tensor<1x1x8xf32>) -> tensor<1x2x8xf32>
  %22 = gac.tensor_scatter %v, %update {mode = "circular"} : (tensor<1x2x8xf32>, tensor<1x1x8xf32>) -> tensor<1x2x8xf32>
  // CHECK: gac.swiglu {{.*}} {alpha = 2.000000e+00 : f32} : (tensor<1x4x8x8xf32>, tensor<1x4x8x8xf32>) -> tensor<1x4x8x8xf32>
  %23 = gac.swiglu %x, %x {alpha = 2.000000e+00 : f32} : (tensor<1x4x8x8xf32>, tensor<1x4x8x8xf32>) -> tensor<1x4x8x8xf32>
  // CHECK: gac.qattention {{.*}} {num_heads = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 1, 1, 0, 0, 0, 0>} : (tensor<1x5x4xi8>, tensor<4x12xi8>, tensor<12xf32>, tensor<f32>, tensor<f32>) -> tensor<1x5x4xf32>
  %24 = gac.qattention %bytes, %weight, %bias, %k, %k {num_heads = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 1, 1, 0, 0, 0, 0>} : (tensor<1x5x4xi8>, tensor<4x12xi8>, tensor<12xf32>, tensor<f32>, tensor<f32>) -> tensor<1x5x4xf32>
  // CHECK: gac.gather_block_quantized {{.*}} {block_size = 16 : i64} : (tensor<7x16xui8>, tensor<6xi64>, tensor<7x2xf32>) -> tensor<6x32xf32>
  %25 = gac.gather_block_quantized %table, %which, %blocks {block_size = 16 : i64} : (tensor<7x16xui8>, tensor<6xi64>, tensor<7x2xf32>) -> tensor<6x32xf32>
  return
}
