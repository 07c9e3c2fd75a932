// RUN: gac-opt %s --gac-convert-precision --split-input-file | FileCheck %s
// RUN: gac-opt %s --gac-convert-precision=dtype=f16 --split-input-file | FileCheck %s --check-prefix=HALF
// RUN: not gac-opt %s --gac-convert-precision=dtype=f8 --split-input-file 2>&1 | FileCheck %s --check-prefix=TYPE
// TYPE: a package runs in bf16 or f16, not in 'f8'

// Weights are rounded by recipe; what counts positions stays float32, up to the
// tables of a rotary embedding, and meets other values by a cast.
// CHECK: module attributes {gac_cuda.dtype = "bf16"}
// HALF: module attributes {gac_cuda.dtype = "f16"}
module {
  // CHECK: func.func @rotary(%[[X:.*]]: tensor<1x2x3x4xbf16> {gac.name = "x"}, %{{.*}}: tensor<1x3xi64> {gac.name = "ids"}) -> (tensor<1x2x3x4xbf16> {gac.name = "y"}, tensor<1x3x2xbf16> {gac.name = "z"})
  // CHECK: %[[F:.*]] = gac.initializer "frequencies" = dense<[1.000000e+00, 1.000000e-01]> : tensor<2xf32>
  // CHECK: %[[W:.*]] = gac.initializer "w" = #gac.cast<dense<1.000000e-01> : tensor<4x4xf32>> : tensor<4x4xbf16>
  // HALF: gac.initializer "w" = #gac.cast<dense<1.000000e-01> : tensor<4x4xf32>> : tensor<4x4xf16>
  // CHECK: gac.constant dense<-3.389530e+38> : tensor<bf16>
  // HALF: gac.constant dense<-6.550400e+04> : tensor<f16>
  // CHECK: %[[ANGLES:.*]] = gac.mul %{{.*}}, %[[F]] : (tensor<1x3x1xf32>, tensor<2xf32>) -> tensor<1x3x2xf32>
  // CHECK: %[[COS:.*]] = gac.cos %[[ANGLES]]
  // CHECK: %[[ROUNDED:.*]] = gac.cast %[[COS]] {to = 16 : i64} : (tensor<1x3x2xf32>) -> tensor<1x3x2xbf16>
  // CHECK: %[[M:.*]] = gac.matmul %[[X]], %[[W]] : (tensor<1x2x3x4xbf16>, tensor<4x4xbf16>) -> tensor<1x2x3x4xbf16>
  // CHECK: gac.rotary_embedding %{{.*}}, %[[COS]], %{{.*}} : (tensor<1x2x3x4xbf16>, tensor<1x3x2xf32>, tensor<1x3x2xf32>) -> tensor<1x2x3x4xbf16>
  // CHECK: return %{{.*}}, %[[ROUNDED]]
  func.func @rotary(%x: tensor<1x2x3x4xf32> {gac.name = "x"}, %ids: tensor<1x3xi64> {gac.name = "ids"})
      -> (tensor<1x2x3x4xf32> {gac.name = "y"}, tensor<1x3x2xf32> {gac.name = "z"}) {
    %f = gac.initializer "frequencies" = dense<[1.0, 0.1]> : tensor<2xf32>
    %w = gac.initializer "w" = dense<0.1> : tensor<4x4xf32>
    %low = gac.constant dense<0xFF7FFFFF> : tensor<f32>
    %axis = gac.constant dense<2> : tensor<1xi64>
    %column = gac.unsqueeze %ids, %axis : (tensor<1x3xi64>, tensor<1xi64>) -> tensor<1x3x1xi64>
    %positions = gac.cast %column {to = 1 : i64} : (tensor<1x3x1xi64>) -> tensor<1x3x1xf32>
    %angles = gac.mul %positions, %f : (tensor<1x3x1xf32>, tensor<2xf32>) -> tensor<1x3x2xf32>
    %cos = gac.cos %angles : (tensor<1x3x2xf32>) -> tensor<1x3x2xf32>
    %sin = gac.sin %angles : (tensor<1x3x2xf32>) -> tensor<1x3x2xf32>
    %m = gac.matmul %x, %w : (tensor<1x2x3x4xf32>, tensor<4x4xf32>) -> tensor<1x2x3x4xf32>
    %s = gac.max %m, %low : (tensor<1x2x3x4xf32>, tensor<f32>) -> tensor<1x2x3x4xf32>
    %y = gac.rotary_embedding %s, %cos, %sin : (tensor<1x2x3x4xf32>, tensor<1x3x2xf32>, tensor<1x3x2xf32>) -> tensor<1x2x3x4xf32>
    return %y, %cos : tensor<1x2x3x4xf32>, tensor<1x3x2xf32>
  }
}

// -----

// Tables that the model brings along stay float32, too, whatever product follows
// the rotation.
module {
  // CHECK-LABEL: func.func @given_tables
  // CHECK: gac.initializer "cos" = dense<1.000000e+00> : tensor<1x3x2xf32>
  // CHECK: gac.initializer "w" = #gac.cast<
  // CHECK: gac.rotary_embedding {{.*}} : (tensor<1x2x3x4xbf16>, tensor<1x3x2xf32>, tensor<1x3x2xf32>)
  // CHECK: gac.matmul {{.*}} -> tensor<1x2x3x4xbf16>
  func.func @given_tables(%x: tensor<1x2x3x4xf32> {gac.name = "x"}) -> (tensor<1x2x3x4xf32> {gac.name = "y"}) {
    %cos = gac.initializer "cos" = dense<1.0> : tensor<1x3x2xf32>
    %w = gac.initializer "w" = dense<0.1> : tensor<4x4xf32>
    %r = gac.rotary_embedding %x, %cos, %cos : (tensor<1x2x3x4xf32>, tensor<1x3x2xf32>, tensor<1x3x2xf32>) -> tensor<1x2x3x4xf32>
    %y = gac.matmul %r, %w : (tensor<1x2x3x4xf32>, tensor<4x4xf32>) -> tensor<1x2x3x4xf32>
    return %y : tensor<1x2x3x4xf32>
  }
}

// -----

// Frequencies may be applied by a product; rows of a table are weights.
module {
  // CHECK-LABEL: func.func @tables
  // CHECK: gac.initializer "table" = #gac.cast<
  // CHECK: gac.matmul {{.*}} -> tensor<2x3xf32>
  // CHECK: gac.gather {{.*}} -> tensor<3x4xbf16>
  func.func @tables(%ids: tensor<1x3xi64> {gac.name = "ids"}, %row: tensor<3xi64> {gac.name = "row"})
      -> (tensor<2x3xf32> {gac.name = "y"}, tensor<3x4xf32> {gac.name = "z"}) {
    %f = gac.initializer "frequencies" = dense<[[1.0], [0.1]]> : tensor<2x1xf32>
    %t = gac.initializer "table" = dense<0.1> : tensor<8x4xf32>
    %positions = gac.cast %ids {to = 1 : i64} : (tensor<1x3xi64>) -> tensor<1x3xf32>
    %y = gac.matmul %f, %positions : (tensor<2x1xf32>, tensor<1x3xf32>) -> tensor<2x3xf32>
    %z = gac.gather %t, %row {axis = 0 : i64} : (tensor<8x4xf32>, tensor<3xi64>) -> tensor<3x4xf32>
    return %y, %z : tensor<2x3xf32>, tensor<3x4xf32>
  }
}

// -----

// A model of its own 16-bit type keeps it; what it widens stays wide until it
// is narrowed, and float64 is float32.
module {
  // CHECK: module attributes {gac_cuda.dtype = "f16"}
  // CHECK: func.func @island(%[[X:.*]]: tensor<4xf16>
  // CHECK: gac.initializer "w" = dense<1.000000e+00> : tensor<4xf16>
  // CHECK: %[[WIDE:.*]] = gac.cast %[[X]] {to = 1 : i64} : (tensor<4xf16>) -> tensor<4xf32>
  // CHECK: %[[EXP:.*]] = gac.exp %[[WIDE]] : (tensor<4xf32>) -> tensor<4xf32>
  // CHECK: %[[NARROW:.*]] = gac.cast %[[EXP]] {to = 10 : i64} : (tensor<4xf32>) -> tensor<4xf16>
  // CHECK: gac.mul %[[NARROW]], %{{.*}} -> tensor<4xf16>
  func.func @island(%x: tensor<4xf16> {gac.name = "x"}) -> (tensor<4xf16> {gac.name = "y"}) {
    %w = gac.initializer "w" = dense<1.0> : tensor<4xf16>
    %wide = gac.cast %x {to = 11 : i64} : (tensor<4xf16>) -> tensor<4xf64>
    %exp = gac.exp %wide : (tensor<4xf64>) -> tensor<4xf64>
    %narrow = gac.cast %exp {to = 10 : i64} : (tensor<4xf64>) -> tensor<4xf16>
    %y = gac.mul %narrow, %w : (tensor<4xf16>, tensor<4xf16>) -> tensor<4xf16>
    return %y : tensor<4xf16>
  }
}

// -----

// The casts of a model whose types become the same go away, with caches' types.
module {
  // CHECK-LABEL: func.func @same
  // CHECK-SAME: tensor<1x2x8x16xbf16> {gac.name = "past"
  // CHECK-NOT: gac.cast
  // CHECK: gac_cuda.append ins(%{{.*}} : tensor<1x2x1x16xbf16>) outs(%{{.*}} : tensor<1x2x8x16xbf16>) -> tensor<1x2x8x16xbf16>
  // CHECK: tensor.empty() : tensor<1x2x1x16xbf16>
  func.func @same(%x: tensor<1x2x1x16xf32> {gac.name = "x"}, %past: tensor<1x2x8x16xf32> {gac.name = "past"})
      -> (tensor<1x2x1x16xf32> {gac.name = "y"}) {
    %narrow = gac.cast %x {to = 16 : i64} : (tensor<1x2x1x16xf32>) -> tensor<1x2x1x16xbf16>
    %relu = gac.relu %narrow : (tensor<1x2x1x16xbf16>) -> tensor<1x2x1x16xbf16>
    %k = gac_cuda.append ins(%x : tensor<1x2x1x16xf32>) outs(%past : tensor<1x2x8x16xf32>) -> tensor<1x2x8x16xf32>
    %empty = tensor.empty() : tensor<1x2x1x16xf32>
    %o = gac_cuda.attention ins(%x, %k, %k : tensor<1x2x1x16xf32>, tensor<1x2x8x16xf32>, tensor<1x2x8x16xf32>) outs(%empty : tensor<1x2x1x16xf32>) {scale = 0.25 : f32} -> tensor<1x2x1x16xf32>
    %r = gac.cast %o {to = 16 : i64} : (tensor<1x2x1x16xf32>) -> tensor<1x2x1x16xbf16>
    %sum = gac.add %relu, %r : (tensor<1x2x1x16xbf16>, tensor<1x2x1x16xbf16>) -> tensor<1x2x1x16xbf16>
    %y = gac.cast %sum {to = 1 : i64} : (tensor<1x2x1x16xbf16>) -> tensor<1x2x1x16xf32>
    return %y : tensor<1x2x1x16xf32>
  }
}

// -----

// A table that the model rounds is taken before it does.
module {
  // CHECK-LABEL: func.func @rounded
  // CHECK: gac.rotary_embedding %{{.*}}, %{{.*}}, %{{.*}} : (tensor<1x2x3x4xf16>, tensor<1x3x2xf32>, tensor<1x3x2xf32>) -> tensor<1x2x3x4xf16>
  func.func @rounded(%x: tensor<1x2x3x4xf16> {gac.name = "x"}, %ids: tensor<1x3x2xi64> {gac.name = "ids"})
      -> (tensor<1x2x3x4xf16> {gac.name = "y"}) {
    %w = gac.initializer "w" = dense<1.0> : tensor<4x4xf16>
    %angles = gac.cast %ids {to = 1 : i64} : (tensor<1x3x2xi64>) -> tensor<1x3x2xf32>
    %cos = gac.cos %angles : (tensor<1x3x2xf32>) -> tensor<1x3x2xf32>
    %half = gac.cast %cos {to = 10 : i64} : (tensor<1x3x2xf32>) -> tensor<1x3x2xf16>
    %m = gac.matmul %x, %w : (tensor<1x2x3x4xf16>, tensor<4x4xf16>) -> tensor<1x2x3x4xf16>
    %y = gac.rotary_embedding %m, %half, %half : (tensor<1x2x3x4xf16>, tensor<1x3x2xf16>, tensor<1x3x2xf16>) -> tensor<1x2x3x4xf16>
    return %y : tensor<1x2x3x4xf16>
  }
}

// -----

// A weight on its way to a product is one, and no table of numbers: nothing is
// converted when the model runs. Numbers keep what they were for kernels' code.
module {
  // CHECK-LABEL: func.func @transposed
  // CHECK: %[[W:.*]] = gac.initializer "w" = #gac.cast<{{.*}}> : tensor<3x4xbf16>
  // CHECK: %[[T:.*]] = gac.transpose %[[W]] {{.*}} : (tensor<3x4xbf16>) -> tensor<4x3xbf16>
  // CHECK: gac.constant dense<7.968750e-01> : tensor<bf16> {gac_cuda.exact = 0.797884583 : f32}
  // CHECK-NOT: gac.cast
  // CHECK: gac.matmul %{{.*}}, %[[T]] : (tensor<2x4xbf16>, tensor<4x3xbf16>) -> tensor<2x3xbf16>
  func.func @transposed(%x: tensor<2x4xf32> {gac.name = "x"}) -> (tensor<2x3xf32> {gac.name = "y"}) {
    %w = gac.initializer "w" = dense<[[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0], [9.0, 10.0, 11.0, 12.0]]> : tensor<3x4xf32>
    %t = gac.transpose %w {perm = array<i64: 1, 0>} : (tensor<3x4xf32>) -> tensor<4x3xf32>
    %c = gac.constant dense<0.797884583> : tensor<f32>
    %0 = gac.mul %x, %c : (tensor<2x4xf32>, tensor<f32>) -> tensor<2x4xf32>
    %1 = gac.matmul %0, %t : (tensor<2x4xf32>, tensor<4x3xf32>) -> tensor<2x3xf32>
    return %1 : tensor<2x3xf32>
  }
}
