// RUN: gac-opt %s --split-input-file --verify-diagnostics

// expected-error @below {{'w' is a weight without a value}}
gac_cuda.tensor weight @w "w" : tensor<4xbf16>

// -----

// expected-error @below {{'x' is a input with a value}}
gac_cuda.tensor input @x "x" : tensor<4xbf16> = dense<1.0> : tensor<4xbf16>

// -----

// expected-error @below {{'w' is 'tensor<4xbf16>', and its value 'tensor<4xf32>'}}
gac_cuda.tensor weight @w "w" : tensor<4xbf16> = dense<1.0> : tensor<4xf32>

// -----

// expected-error @below {{'x' has a range, but is no integer input}}
gac_cuda.tensor input @x "x" : tensor<4xbf16> {range = array<i64: 0, 3>}

// -----

// expected-error @below {{'x' has a range that is not first and last value}}
gac_cuda.tensor input @x "x" : tensor<4xi64> {range = array<i64: 3, 0>}

// -----

// expected-error @below {{'c': an output and an axis are a cache's, together}}
gac_cuda.tensor cache @c "c" : tensor<4x4xbf16> {output = "d"}

// -----

// expected-error @below {{'x' has lanes for 1 of 2 axes}}
gac_cuda.tensor input @x "x" : tensor<4x16xbf16> {lanes = [#gac.lanes<16 : 0 to 0 by 14>]}

// -----

// expected-error @below {{'x' has lanes for 24 of 16 on axis 1}}
gac_cuda.tensor output @x "x" : tensor<4x16xbf16> {lanes = [unit, #gac.lanes<24 : 0 to 0 by 14>]}

// -----

// expected-error @below {{'x' has no lanes on axis 0, but 3}}
gac_cuda.tensor output @x "x" : tensor<4x16xbf16> {lanes = [3, unit]}

// -----

// expected-error @below {{'c' has lanes on its axis of positions}}
gac_cuda.tensor cache @c "c" : tensor<4x16xbf16> {output = "d", axis = 1 : i64, lanes = [unit, #gac.lanes<16 : 0 to 0 by 14>]}

// -----

// expected-error @below {{'w' has lanes of callers, who do not see weights}}
gac_cuda.tensor weight @w "w" : tensor<4xbf16> = dense<1.0> : tensor<4xbf16> {lanes = [unit]}

// -----

// expected-error @below {{'c' has no axis 2}}
gac_cuda.tensor cache @c "c" : tensor<4x4xbf16> {output = "d", axis = 2 : i64}

// -----

gac_cuda.tensor input @x "x" : tensor<4xbf16>
gac_cuda.entry @e dims {} inputs [@x] outputs [] {
  // expected-error @below {{gives 'memref<5xbf16>', but the tensor is 'tensor<4xbf16>'}}
  %x = gac_cuda.get @x : memref<5xbf16>
}

// -----

gac_cuda.entry @e dims {} inputs [] outputs [] {
  // expected-error @below {{knows no tensor @x}}
  %x = gac_cuda.get @x : memref<5xbf16>
}

// -----

gac_cuda.kernel @k threads 32 (%x: memref<4x8xbf16>, %y: memref<4x8xbf16>, %w: memref<8xbf16>) {
  gac_cuda.rms_norm ins(%x, %w : memref<4x8xbf16>, memref<8xbf16>) outs(%y : memref<4x8xbf16>) {count = 8 : i64, epsilon = 1.0e-5 : f32}
}
gac_cuda.entry @e dims {} inputs [] outputs [] {
  %x = gac_cuda.alloc : memref<4x8xbf16>
  %w = gac_cuda.alloc : memref<4xbf16>
  // expected-error @below {{operand 2 is 'memref<4xbf16>', but the kernel takes 'memref<8xbf16>'}}
  gac_cuda.launch @k grid [1, 1, 1] (%x, %x, %w) cost <elementwise, flops = 0, bytes = 0, picoseconds = 0> : memref<4x8xbf16>, memref<4x8xbf16>, memref<4xbf16>
}

// -----

gac_cuda.kernel @k threads 32 (%x: memref<4x8xbf16>, %y: memref<4x8xbf16>, %w: memref<8xbf16>) {
  gac_cuda.rms_norm ins(%x, %w : memref<4x8xbf16>, memref<8xbf16>) outs(%y : memref<4x8xbf16>) {count = 8 : i64, epsilon = 1.0e-5 : f32}
}
gac_cuda.entry @e dims {} inputs [] outputs [] {
  %x = gac_cuda.alloc : memref<4x8xbf16>
  %w = gac_cuda.alloc : memref<8xbf16>
  // expected-error @below {{has a grid of 65536 blocks in z, where a device takes at most 65535}}
  gac_cuda.launch @k grid [1, 1, 65536] (%x, %x, %w) cost <elementwise, flops = 0, bytes = 0, picoseconds = 0> : memref<4x8xbf16>, memref<4x8xbf16>, memref<8xbf16>
}

// -----

// expected-error @below {{argument 0 is 'memref<4x8xbf16, strided<[8, 1], offset: 8>>', not a static memref without an offset}}
gac_cuda.kernel @k threads 32 (%x: memref<4x8xbf16, strided<[8, 1], offset: 8>>, %w: memref<8xbf16>) {
  gac_cuda.rms_norm ins(%x, %w : memref<4x8xbf16, strided<[8, 1], offset: 8>>, memref<8xbf16>) outs(%x : memref<4x8xbf16, strided<[8, 1], offset: 8>>) {count = 8 : i64, epsilon = 1.0e-5 : f32}
}

// -----

func.func @norm(%x: tensor<4x8xbf16>, %w: tensor<8xbf16>) -> tensor<4x8xbf16> {
  // expected-error @below {{counts 9 lanes of 8}}
  %0 = gac_cuda.rms_norm ins(%x, %w : tensor<4x8xbf16>, tensor<8xbf16>) outs(%x : tensor<4x8xbf16>) {count = 9 : i64, epsilon = 1.0e-5 : f32} -> tensor<4x8xbf16>
  return %0 : tensor<4x8xbf16>
}

// -----

func.func @scale(%q: tensor<1x2x4x8xbf16>) -> tensor<1x2x4x8xbf16> {
  // expected-error @below {{has a scale of -5.000000e-01, and takes positive ones}}
  %0 = gac_cuda.attention ins(%q, %q, %q : tensor<1x2x4x8xbf16>, tensor<1x2x4x8xbf16>, tensor<1x2x4x8xbf16>) outs(%q : tensor<1x2x4x8xbf16>) {scale = -0.5 : f32} -> tensor<1x2x4x8xbf16>
  return %0 : tensor<1x2x4x8xbf16>
}

// -----

func.func @heads(%q: tensor<1x3x4x8xbf16>, %k: tensor<1x2x4x8xbf16>) -> tensor<1x3x4x8xbf16> {
  // expected-error @below {{has 2 key heads for 3 heads}}
  %0 = gac_cuda.attention ins(%q, %k, %k : tensor<1x3x4x8xbf16>, tensor<1x2x4x8xbf16>, tensor<1x2x4x8xbf16>) outs(%q : tensor<1x3x4x8xbf16>) {scale = 1.0 : f32} -> tensor<1x3x4x8xbf16>
  return %0 : tensor<1x3x4x8xbf16>
}

// -----

func.func @full(%rows: tensor<1x2x4x8xbf16>, %cache: tensor<1x2x5x8xbf16>) -> tensor<1x2x5x8xbf16> {
  // expected-error @below {{appends 4 rows after 2 to a cache of 5}}
  %0 = gac_cuda.append ins(%rows : tensor<1x2x4x8xbf16>) outs(%cache : tensor<1x2x5x8xbf16>) {past = 2 : i64} -> tensor<1x2x5x8xbf16>
  return %0 : tensor<1x2x5x8xbf16>
}

// -----

func.func @pairs(%x: tensor<1x2x4x8xbf16>, %t: tensor<1x4x4xf32>) -> tensor<1x2x4x8xbf16> {
  // expected-error @below {{pairs lanes that lie 5 apart, with 4 lanes in the tables and 8 in a head}}
  %0 = gac_cuda.rope ins(%x, %t, %t : tensor<1x2x4x8xbf16>, tensor<1x4x4xf32>, tensor<1x4x4xf32>) outs(%x : tensor<1x2x4x8xbf16>) {half = 5 : i64} -> tensor<1x2x4x8xbf16>
  return %0 : tensor<1x2x4x8xbf16>
}

// -----

gac_cuda.entry @e dims {} inputs [] outputs [] {
  %a = gac_cuda.alloc : memref<4x8xbf16>
  %b = gac_cuda.alloc : memref<9x4xbf16>
  %d = gac_cuda.alloc : memref<4x4xbf16>
  // expected-error @below {{has operands whose sizes do not fit}}
  gac_cuda.gemm %a, %b into %d cost <gemm, flops = 0, bytes = 0, picoseconds = 0> : memref<4x8xbf16>, memref<9x4xbf16>, memref<4x4xbf16>
}

// -----

func.func @rotated(%x: tensor<1x2x4x8xbf16>, %t: tensor<1x4x4xf32>, %cache: tensor<1x2x5x8xbf16>) -> tensor<1x2x5x8xbf16> {
  // expected-error @below {{appends 4 rows after 2 to a cache of 5}}
  %0 = gac_cuda.rope ins(%x, %t, %t : tensor<1x2x4x8xbf16>, tensor<1x4x4xf32>, tensor<1x4x4xf32>) outs(%cache : tensor<1x2x5x8xbf16>) {append, half = 4 : i64, past = 2 : i64} -> tensor<1x2x5x8xbf16>
  return %0 : tensor<1x2x5x8xbf16>
}

// -----

func.func @nowhere(%x: tensor<1x2x4x8xbf16>, %t: tensor<1x4x4xf32>, %p: tensor<i32>) -> tensor<1x2x4x8xbf16> {
  // expected-error @below {{has a position and appends nothing}}
  %0 = gac_cuda.rope ins(%x, %t, %t : tensor<1x2x4x8xbf16>, tensor<1x4x4xf32>, tensor<1x4x4xf32>) at(%p : tensor<i32>) outs(%x : tensor<1x2x4x8xbf16>) {half = 4 : i64} -> tensor<1x2x4x8xbf16>
  return %0 : tensor<1x2x4x8xbf16>
}

// -----

gac_cuda.entry @e dims {} inputs [] outputs [] {
  %x = gac_cuda.alloc : memref<1x8xbf16>
  %w = gac_cuda.alloc : memref<8x8xbf16>
  %y = gac_cuda.alloc : memref<1x8xbf16>
  // expected-error @below {{has 0 units under way, and takes 1 to 32}}
  gac_cuda.gemv ins(%x, %w : memref<1x8xbf16>, memref<8x8xbf16>) outs(%y : memref<1x8xbf16>) {columns = 16 : i32, splits = 1 : i32, depth = 0 : i32}
}

// -----

gac_cuda.entry @e dims {} inputs [] outputs [] {
  %x = gac_cuda.alloc : memref<1x8xbf16>
  %w = gac_cuda.alloc : memref<8x8xbf16>
  %y = gac_cuda.alloc : memref<1x8xbf16>
  // expected-error @below {{has 12 splits without workspace, and takes up to 8}}
  gac_cuda.gemv ins(%x, %w : memref<1x8xbf16>, memref<8x8xbf16>) outs(%y : memref<1x8xbf16>) {columns = 16 : i32, splits = 12 : i32, depth = 2 : i32}
}

// -----

gac_cuda.entry @e dims {} inputs [] outputs [] {
  %x = gac_cuda.alloc : memref<1x8xbf16>
  %w = gac_cuda.alloc : memref<8x8xbf16>
  %y = gac_cuda.alloc : memref<1x8xbf16>
  // expected-error @below {{needs two products at least, and has 1}}
  gac_cuda.gemv_group {
    gac_cuda.gemv ins(%x, %w : memref<1x8xbf16>, memref<8x8xbf16>) outs(%y : memref<1x8xbf16>) {columns = 16 : i32, splits = 1 : i32, depth = 2 : i32}
  }
}

// -----

gac_cuda.entry @e dims {} inputs [] outputs [] {
  %x = gac_cuda.alloc : memref<1x8xbf16>
  %v = gac_cuda.alloc : memref<2x8xbf16>
  %w = gac_cuda.alloc : memref<8x8xbf16>
  %y = gac_cuda.alloc : memref<1x8xbf16>
  %z = gac_cuda.alloc : memref<2x8xbf16>
  // expected-error @below {{has products of 1 rows of 'bf16' and of 2 of 'bf16'}}
  gac_cuda.gemv_group {
    gac_cuda.gemv ins(%x, %w : memref<1x8xbf16>, memref<8x8xbf16>) outs(%y : memref<1x8xbf16>) {columns = 16 : i32, splits = 1 : i32, depth = 2 : i32}
    gac_cuda.gemv ins(%v, %w : memref<2x8xbf16>, memref<8x8xbf16>) outs(%z : memref<2x8xbf16>) {columns = 16 : i32, splits = 1 : i32, depth = 2 : i32}
  }
}

// -----

gac_cuda.entry @e dims {} inputs [] outputs [] {
  %x = gac_cuda.alloc : memref<1x8xbf16>
  %w = gac_cuda.alloc : memref<8x8xbf16>
  %y = gac_cuda.alloc : memref<1x8xbf16>
  %z = gac_cuda.alloc : memref<1x8xbf16>
  // expected-error @below {{has a product that accesses what another writes}}
  gac_cuda.gemv_group {
    gac_cuda.gemv ins(%x, %w : memref<1x8xbf16>, memref<8x8xbf16>) outs(%y : memref<1x8xbf16>) {columns = 16 : i32, splits = 1 : i32, depth = 2 : i32}
    gac_cuda.gemv ins(%y, %w : memref<1x8xbf16>, memref<8x8xbf16>) outs(%z : memref<1x8xbf16>) {columns = 16 : i32, splits = 1 : i32, depth = 2 : i32}
  }
}

// -----

gac_cuda.entry @e dims {} inputs [] outputs [] {
  %x = gac_cuda.alloc : memref<1x512xbf16>
  %w = gac_cuda.alloc : memref<512x16xbf16>
  %y = gac_cuda.alloc : memref<1x16xbf16>
  %z = gac_cuda.alloc : memref<1x16xbf16>
  %s = gac_cuda.alloc : memref<40xf32>
  %c = gac_cuda.alloc : memref<4xi32>
  // expected-error @below {{has products of 1 and of 2 splits}}
  gac_cuda.gemv_group {
    gac_cuda.gemv ins(%x, %w : memref<1x512xbf16>, memref<512x16xbf16>) outs(%y : memref<1x16xbf16>) {columns = 16 : i32, splits = 1 : i32, depth = 2 : i32}
    gac_cuda.gemv ins(%x, %w : memref<1x512xbf16>, memref<512x16xbf16>) outs(%z : memref<1x16xbf16>) workspace(%s, %c : memref<40xf32>, memref<4xi32>) {columns = 16 : i32, splits = 2 : i32, depth = 2 : i32}
  }
}

// -----

gac_cuda.entry @e dims {} inputs [] outputs [] {
  %q = gac_cuda.alloc : memref<1x8x2x112xbf16>
  %n = gac_cuda.alloc : memref<1x2x1x112xbf16>
  %c = gac_cuda.alloc : memref<1x2x512x112xbf16>
  %d = gac_cuda.alloc : memref<1x2x512x112xbf16>
  %t = gac_cuda.alloc : memref<1x1x53xf32>
  // expected-error @below {{has 2 rows, not 1}}
  gac_cuda.attention_step ins(%q, %n, %n : memref<1x8x2x112xbf16>, memref<1x2x1x112xbf16>, memref<1x2x1x112xbf16>) rotated(%t, %t : memref<1x1x53xf32>, memref<1x1x53xf32>) caches(%c, %d : memref<1x2x512x112xbf16>, memref<1x2x512x112xbf16>) outs(%q : memref<1x8x2x112xbf16>) {scale = 0.1 : f32, half = 56 : i64, group = 4 : i32, splits = 1 : i32, depth = 1 : i32}
}

// -----

gac_cuda.entry @e dims {} inputs [] outputs [] {
  %q = gac_cuda.alloc : memref<1x8x1x112xbf16>
  %n = gac_cuda.alloc : memref<1x2x1x104xbf16>
  %c = gac_cuda.alloc : memref<1x2x512x112xbf16>
  %d = gac_cuda.alloc : memref<1x2x512x112xbf16>
  %t = gac_cuda.alloc : memref<1x1x53xf32>
  // expected-error @below {{has key of 1x2x1x104, not 1x2x1x112}}
  gac_cuda.attention_step ins(%q, %n, %n : memref<1x8x1x112xbf16>, memref<1x2x1x104xbf16>, memref<1x2x1x104xbf16>) rotated(%t, %t : memref<1x1x53xf32>, memref<1x1x53xf32>) caches(%c, %d : memref<1x2x512x112xbf16>, memref<1x2x512x112xbf16>) outs(%q : memref<1x8x1x112xbf16>) {scale = 0.1 : f32, half = 56 : i64, group = 4 : i32, splits = 1 : i32, depth = 1 : i32}
}

// -----

gac_cuda.entry @e dims {} inputs [] outputs [] {
  %q = gac_cuda.alloc : memref<1x8x1x112xbf16>
  %n = gac_cuda.alloc : memref<1x2x1x112xbf16>
  %c = gac_cuda.alloc : memref<1x2x512x112xbf16>
  %d = gac_cuda.alloc : memref<1x2x512x112xbf16>
  %t = gac_cuda.alloc : memref<2x1x53xf32>
  // expected-error @below {{has tables of 2x1 rows for 1x1}}
  gac_cuda.attention_step ins(%q, %n, %n : memref<1x8x1x112xbf16>, memref<1x2x1x112xbf16>, memref<1x2x1x112xbf16>) rotated(%t, %t : memref<2x1x53xf32>, memref<2x1x53xf32>) caches(%c, %d : memref<1x2x512x112xbf16>, memref<1x2x512x112xbf16>) outs(%q : memref<1x8x1x112xbf16>) {scale = 0.1 : f32, half = 56 : i64, group = 4 : i32, splits = 1 : i32, depth = 1 : i32}
}

// -----

gac_cuda.entry @e dims {} inputs [] outputs [] {
  %q = gac_cuda.alloc : memref<1x8x1x112xbf16>
  %n = gac_cuda.alloc : memref<1x2x1x112xbf16>
  %c = gac_cuda.alloc : memref<1x2x512x112xbf16>
  %d = gac_cuda.alloc : memref<1x2x512x112xbf16>
  %t = gac_cuda.alloc : memref<1x1x53xf32>
  // expected-error @below {{pairs lanes that lie 48 apart, with 53 lanes in the tables and 112 in a head}}
  gac_cuda.attention_step ins(%q, %n, %n : memref<1x8x1x112xbf16>, memref<1x2x1x112xbf16>, memref<1x2x1x112xbf16>) rotated(%t, %t : memref<1x1x53xf32>, memref<1x1x53xf32>) caches(%c, %d : memref<1x2x512x112xbf16>, memref<1x2x512x112xbf16>) outs(%q : memref<1x8x1x112xbf16>) {scale = 0.1 : f32, half = 48 : i64, group = 4 : i32, splits = 1 : i32, depth = 1 : i32}
}

// -----

gac_cuda.entry @e dims {} inputs [] outputs [] {
  %q = gac_cuda.alloc : memref<1x8x1x112xbf16>
  %n = gac_cuda.alloc : memref<1x2x1x112xbf16>
  %c = gac_cuda.alloc : memref<1x2x512x112xbf16>
  %d = gac_cuda.alloc : memref<1x2x512x112xbf16>
  %t = gac_cuda.alloc : memref<1x1x53xf32>
  // expected-error @below {{has blocks of 17 heads, and takes 1 to 16}}
  gac_cuda.attention_step ins(%q, %n, %n : memref<1x8x1x112xbf16>, memref<1x2x1x112xbf16>, memref<1x2x1x112xbf16>) rotated(%t, %t : memref<1x1x53xf32>, memref<1x1x53xf32>) caches(%c, %d : memref<1x2x512x112xbf16>, memref<1x2x512x112xbf16>) outs(%q : memref<1x8x1x112xbf16>) {scale = 0.1 : f32, half = 56 : i64, group = 17 : i32, splits = 1 : i32, depth = 1 : i32}
}

// -----

gac_cuda.entry @e dims {} inputs [] outputs [] {
  %q = gac_cuda.alloc : memref<1x8x1x112xbf16>
  %n = gac_cuda.alloc : memref<1x2x1x112xbf16>
  %c = gac_cuda.alloc : memref<1x2x512x112xbf16>
  %d = gac_cuda.alloc : memref<1x2x512x112xbf16>
  %t = gac_cuda.alloc : memref<1x1x53xf32>
  // expected-error @below {{has 2 splits of depth 1 without workspace}}
  gac_cuda.attention_step ins(%q, %n, %n : memref<1x8x1x112xbf16>, memref<1x2x1x112xbf16>, memref<1x2x1x112xbf16>) rotated(%t, %t : memref<1x1x53xf32>, memref<1x1x53xf32>) caches(%c, %d : memref<1x2x512x112xbf16>, memref<1x2x512x112xbf16>) outs(%q : memref<1x8x1x112xbf16>) {scale = 0.1 : f32, half = 56 : i64, group = 4 : i32, splits = 2 : i32, depth = 1 : i32}
}

// -----

gac_cuda.entry @e dims {} inputs [] outputs [] {
  %q = gac_cuda.alloc : memref<1x8x1x112xbf16>
  %n = gac_cuda.alloc : memref<1x2x1x112xbf16>
  %c = gac_cuda.alloc : memref<1x2x512x112xbf16>
  %t = gac_cuda.alloc : memref<1x1x53xf32>
  // expected-error @below {{has one cache for keys and values}}
  gac_cuda.attention_step ins(%q, %n, %n : memref<1x8x1x112xbf16>, memref<1x2x1x112xbf16>, memref<1x2x1x112xbf16>) rotated(%t, %t : memref<1x1x53xf32>, memref<1x1x53xf32>) caches(%c, %c : memref<1x2x512x112xbf16>, memref<1x2x512x112xbf16>) outs(%q : memref<1x8x1x112xbf16>) {scale = 0.1 : f32, half = 56 : i64, group = 4 : i32, splits = 1 : i32, depth = 1 : i32}
}

// -----

gac_cuda.entry @e dims {} inputs [] outputs [] {
  %q = gac_cuda.alloc : memref<1x8x1x112xbf16>
  %n = gac_cuda.alloc : memref<1x2x1x112xbf16>
  %c = gac_cuda.alloc : memref<1x2x512x112xbf16>
  %d = gac_cuda.alloc : memref<1x2x512x112xbf16>
  %t = gac_cuda.alloc : memref<1x1x53xf32>
  %w = gac_cuda.alloc : memref<8352xf32>
  %n32 = gac_cuda.alloc : memref<4xi32>
  // expected-error @below {{has 17 splits of depth 1 and a workspace}}
  gac_cuda.attention_step ins(%q, %n, %n : memref<1x8x1x112xbf16>, memref<1x2x1x112xbf16>, memref<1x2x1x112xbf16>) rotated(%t, %t : memref<1x1x53xf32>, memref<1x1x53xf32>) caches(%c, %d : memref<1x2x512x112xbf16>, memref<1x2x512x112xbf16>) outs(%q : memref<1x8x1x112xbf16>) workspace(%w, %n32 : memref<8352xf32>, memref<4xi32>) {scale = 0.1 : f32, half = 56 : i64, group = 4 : i32, splits = 17 : i32, depth = 1 : i32}
}

// -----

gac_cuda.entry @e dims {} inputs [] outputs [] {
  %x = gac_cuda.alloc : memref<1x512xbf16>
  %w = gac_cuda.alloc : memref<512x16xbf16>
  %y = gac_cuda.alloc : memref<1x16xbf16>
  %z = gac_cuda.alloc : memref<1x16xbf16>
  %s = gac_cuda.alloc : memref<40xf32>
  %c = gac_cuda.alloc : memref<4xi32>
  // expected-error @below {{has a product that accesses what another writes}}
  gac_cuda.gemv_group {
    gac_cuda.gemv ins(%x, %w : memref<1x512xbf16>, memref<512x16xbf16>) outs(%y : memref<1x16xbf16>) workspace(%s, %c : memref<40xf32>, memref<4xi32>) {columns = 16 : i32, splits = 2 : i32, depth = 2 : i32}
    gac_cuda.gemv ins(%x, %w : memref<1x512xbf16>, memref<512x16xbf16>) outs(%z : memref<1x16xbf16>) workspace(%s, %c : memref<40xf32>, memref<4xi32>) {columns = 16 : i32, splits = 2 : i32, depth = 2 : i32}
  }
}

// -----

gac_cuda.entry @e dims {} inputs [] outputs [] {
  %x = gac_cuda.alloc : memref<1x8xbf16>
  %w = gac_cuda.alloc : memref<8x8xbf16>
  %y = gac_cuda.alloc : memref<1x8xbf16>
  // expected-error @below {{has 33 units under way, and takes 1 to 32}}
  gac_cuda.gemv ins(%x, %w : memref<1x8xbf16>, memref<8x8xbf16>) outs(%y : memref<1x8xbf16>) {columns = 16 : i32, splits = 1 : i32, depth = 33 : i32}
}

// -----

gac_cuda.entry @e dims {} inputs [] outputs [] {
  %q = gac_cuda.alloc : memref<1x8x1x112xbf16>
  %c = gac_cuda.alloc : memref<1x2x512x112xbf16>
  // expected-error @below {{has blocks of 0 heads, and needs one}}
  gac_cuda.attention_decode ins(%q, %c, %c : memref<1x8x1x112xbf16>, memref<1x2x512x112xbf16>, memref<1x2x512x112xbf16>) outs(%q : memref<1x8x1x112xbf16>) {group = 0 : i32, scale = 0.1 : f32, splits = 1 : i32}
}

// -----

gac_cuda.entry @e dims {} inputs [] outputs [] {
  %q = gac_cuda.alloc : memref<1x8x1x112xbf16>
  %c = gac_cuda.alloc : memref<1x2x512x112xbf16>
  %w = gac_cuda.alloc : memref<59280xf32>
  // expected-error @below {{has 65 splits, and takes 1 to 64}}
  gac_cuda.attention_decode ins(%q, %c, %c : memref<1x8x1x112xbf16>, memref<1x2x512x112xbf16>, memref<1x2x512x112xbf16>) outs(%q : memref<1x8x1x112xbf16>) workspace(%w : memref<59280xf32>) {group = 4 : i32, scale = 0.1 : f32, splits = 65 : i32}
}

// -----

gac_cuda.entry @e dims {} inputs [] outputs [] {
  %o = gac_cuda.alloc : memref<1x8x1x112xbf16>
  %w = gac_cuda.alloc : memref<59280xf32>
  // expected-error @below {{has 65 splits, and takes 1 to 64}}
  gac_cuda.attention_combine ins(%w : memref<59280xf32>) outs(%o : memref<1x8x1x112xbf16>) {splits = 65 : i32}
}
