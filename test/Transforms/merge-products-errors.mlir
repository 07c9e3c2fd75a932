// RUN: gac-opt %s --split-input-file --verify-diagnostics --gac-multiply-factors --gac-merge-products

module attributes {gac.plan = #gac.plan<target = "h200", dtype = "bf16", strategy = "mine", [] merge [<"a", "q">]>} {
  // expected-error @+1 {{the plan merges 'q', and the model has no such weight}}
  func.func @unknown(%x: tensor<5x8xf32> {gac.name = "x"}) -> (tensor<5x4xf32> {gac.name = "y"}) {
    %a = gac.initializer "a" = dense<1.0> : tensor<8x4xf32>
    %0 = gac.matmul %x, %a : (tensor<5x8xf32>, tensor<8x4xf32>) -> tensor<5x4xf32>
    %y = gac.neg %0 : (tensor<5x4xf32>) -> tensor<5x4xf32>
    return %y : tensor<5x4xf32>
  }
}

// -----

module attributes {gac.plan = #gac.plan<target = "h200", dtype = "bf16", strategy = "mine", [] merge [<"a", "b">]>} {
  func.func @tied(%x: tensor<5x8xf32> {gac.name = "x"}) -> (tensor<5x4xf32> {gac.name = "y"}) {
    // expected-error @+1 {{the plan merges 'a', which is no matrix that one product alone reads}}
    %a = gac.initializer "a" = dense<1.0> : tensor<8x4xf32>
    %0 = gac.matmul %x, %a : (tensor<5x8xf32>, tensor<8x4xf32>) -> tensor<5x4xf32>
    %1 = gac.neg %x : (tensor<5x8xf32>) -> tensor<5x8xf32>
    %2 = gac.matmul %1, %a : (tensor<5x8xf32>, tensor<8x4xf32>) -> tensor<5x4xf32>
    %y = gac.mul %0, %2 : (tensor<5x4xf32>, tensor<5x4xf32>) -> tensor<5x4xf32>
    return %y : tensor<5x4xf32>
  }
}

// -----

module attributes {gac.plan = #gac.plan<target = "h200", dtype = "bf16", strategy = "mine", [] merge [<"a", "b">]>} {
  func.func @activations(%x: tensor<5x8xf32> {gac.name = "x"}, %z: tensor<5x8xf32> {gac.name = "z"}) -> (tensor<5x4xf32> {gac.name = "y"}) {
    %a = gac.initializer "a" = dense<1.0> : tensor<8x4xf32>
    %b = gac.initializer "b" = dense<1.0> : tensor<8x4xf32>
    %0 = gac.matmul %x, %a : (tensor<5x8xf32>, tensor<8x4xf32>) -> tensor<5x4xf32>
    // expected-error @+1 {{the plan merges 'a' and 'b': 'a' and 'b' are not multiplied by the same value}}
    %1 = gac.matmul %z, %b : (tensor<5x8xf32>, tensor<8x4xf32>) -> tensor<5x4xf32>
    %y = gac.mul %0, %1 : (tensor<5x4xf32>, tensor<5x4xf32>) -> tensor<5x4xf32>
    return %y : tensor<5x4xf32>
  }
}

// -----

module attributes {gac.plan = #gac.plan<target = "h200", dtype = "bf16", strategy = "mine", [] merge [<"a", "b">, <"b", "c">]>} {
  func.func @twoMerges(%x: tensor<5x8xf32> {gac.name = "x"}) -> (tensor<5x4xf32> {gac.name = "y"}) {
    %a = gac.initializer "a" = dense<1.0> : tensor<8x4xf32>
    %b = gac.initializer "b" = dense<1.0> : tensor<8x4xf32>
    %c = gac.initializer "c" = dense<1.0> : tensor<8x4xf32>
    %0 = gac.matmul %x, %a : (tensor<5x8xf32>, tensor<8x4xf32>) -> tensor<5x4xf32>
    // expected-error @+1 {{the plan merges 'b' twice}}
    %1 = gac.matmul %x, %b : (tensor<5x8xf32>, tensor<8x4xf32>) -> tensor<5x4xf32>
    %2 = gac.matmul %x, %c : (tensor<5x8xf32>, tensor<8x4xf32>) -> tensor<5x4xf32>
    %3 = gac.mul %0, %1 : (tensor<5x4xf32>, tensor<5x4xf32>) -> tensor<5x4xf32>
    %y = gac.mul %3, %2 : (tensor<5x4xf32>, tensor<5x4xf32>) -> tensor<5x4xf32>
    return %y : tensor<5x4xf32>
  }
}

// -----

module attributes {gac.plan = #gac.plan<target = "h200", dtype = "bf16", strategy = "mine", [] merge [<"a", "a">]>} {
  func.func @twice(%x: tensor<5x8xf32> {gac.name = "x"}) -> (tensor<5x4xf32> {gac.name = "y"}) {
    %a = gac.initializer "a" = dense<1.0> : tensor<8x4xf32>
    // expected-error @+1 {{the plan merges 'a' twice}}
    %0 = gac.matmul %x, %a : (tensor<5x8xf32>, tensor<8x4xf32>) -> tensor<5x4xf32>
    %y = gac.neg %0 : (tensor<5x4xf32>) -> tensor<5x4xf32>
    return %y : tensor<5x4xf32>
  }
}

// -----

module attributes {gac.plan = #gac.plan<target = "h200", dtype = "bf16", strategy = "mine", [] merge [<"a", "b">]>} {
  func.func @residual(%x: tensor<5x8xf32> {gac.name = "x"}) -> (tensor<5x8xf32> {gac.name = "y"}) {
    %a = gac.initializer "a" = dense<1.0> : tensor<8x8xf32>
    %b = gac.initializer "b" = dense<1.0> : tensor<8x8xf32>
    %0 = gac.matmul %x, %a : (tensor<5x8xf32>, tensor<8x8xf32>) -> tensor<5x8xf32>
    // expected-error @+1 {{the plan merges 'a' and 'b': the product with 'b' is added to a value in its own kernel}}
    %1 = gac.matmul %x, %b : (tensor<5x8xf32>, tensor<8x8xf32>) -> tensor<5x8xf32>
    %2 = gac.neg %0 : (tensor<5x8xf32>) -> tensor<5x8xf32>
    %y = gac.add %1, %x : (tensor<5x8xf32>, tensor<5x8xf32>) -> tensor<5x8xf32>
    %z = gac.mul %y, %2 : (tensor<5x8xf32>, tensor<5x8xf32>) -> tensor<5x8xf32>
    return %z : tensor<5x8xf32>
  }
}

// -----

module attributes {gac.plan = #gac.plan<target = "h200", dtype = "bf16", strategy = "mine", [] merge [<"a", "b">]>} {
  func.func @output(%x: tensor<5x8xf32> {gac.name = "x"}) -> (tensor<5x4xf32> {gac.name = "y"}, tensor<5x4xf32> {gac.name = "z"}) {
    %a = gac.initializer "a" = dense<1.0> : tensor<8x4xf32>
    %b = gac.initializer "b" = dense<1.0> : tensor<8x4xf32>
    %0 = gac.matmul %x, %a : (tensor<5x8xf32>, tensor<8x4xf32>) -> tensor<5x4xf32>
    // expected-error @+1 {{the plan merges 'a' and 'b': the product with 'a' is an output, which it is computed into}}
    %1 = gac.matmul %x, %b : (tensor<5x8xf32>, tensor<8x4xf32>) -> tensor<5x4xf32>
    %y = gac.mul %0, %1 : (tensor<5x4xf32>, tensor<5x4xf32>) -> tensor<5x4xf32>
    return %y, %0 : tensor<5x4xf32>, tensor<5x4xf32>
  }
}

// -----

// Data that are missing have recipes, small data that are there have none.

module attributes {gac.plan = #gac.plan<target = "h200", dtype = "bf16", strategy = "mine", [] merge [<"a", "b">]>} {
  func.func @absent(%x: tensor<5x8xf32> {gac.name = "x"}) -> (tensor<5x4xf32> {gac.name = "y"}) {
    %a = gac.initializer "a" = dense<1.0> : tensor<8x4xf32>
    %b = gac.initializer "b" = dense<1.0> : tensor<8x4xf32>
    %c = gac.initializer "c" = dense<1.0> : tensor<4xf32>
    %d = gac.initializer "d" = #gac.absent<"w.bin", offset = 0, length = 16> : tensor<4xf32>
    %0 = gac.matmul %x, %a : (tensor<5x8xf32>, tensor<8x4xf32>) -> tensor<5x4xf32>
    %1 = gac.add %0, %c : (tensor<5x4xf32>, tensor<4xf32>) -> tensor<5x4xf32>
    // expected-error @+1 {{the plan merges 'a' and 'b': 'a' and 'b' have biases of which one has data and one has not}}
    %2 = gac.matmul %x, %b : (tensor<5x8xf32>, tensor<8x4xf32>) -> tensor<5x4xf32>
    %3 = gac.add %2, %d : (tensor<5x4xf32>, tensor<4xf32>) -> tensor<5x4xf32>
    %y = gac.mul %1, %3 : (tensor<5x4xf32>, tensor<5x4xf32>) -> tensor<5x4xf32>
    return %y : tensor<5x4xf32>
  }
}

// -----

module attributes {gac.plan = #gac.plan<target = "h200", dtype = "bf16", strategy = "mine", [] multiply [<"a", "b">]>} {
  func.func @bias(%x: tensor<5x8xf32> {gac.name = "x"}) -> (tensor<5x6xf32> {gac.name = "y"}) {
    %a = gac.initializer "a" = dense<1.0> : tensor<8x4xf32>
    %b = gac.initializer "b" = dense<1.0> : tensor<4x6xf32>
    %c = gac.initializer "c" = dense<1.0> : tensor<4xf32>
    // expected-error @+1 {{the plan multiplies 'a' and 'b', which are not the two factors of one product}}
    %0 = gac.matmul %x, %a : (tensor<5x8xf32>, tensor<8x4xf32>) -> tensor<5x4xf32>
    %1 = gac.add %0, %c : (tensor<5x4xf32>, tensor<4xf32>) -> tensor<5x4xf32>
    %y = gac.matmul %1, %b : (tensor<5x4xf32>, tensor<4x6xf32>) -> tensor<5x6xf32>
    return %y : tensor<5x6xf32>
  }
}

// -----

module attributes {gac.plan = #gac.plan<target = "h200", dtype = "bf16", strategy = "mine", [] multiply [<"a", "b">]>} {
  func.func @other_reader(%x: tensor<5x8xf32> {gac.name = "x"}) -> (tensor<5x6xf32> {gac.name = "y"}, tensor<5x4xf32> {gac.name = "z"}) {
    %a = gac.initializer "a" = dense<1.0> : tensor<8x4xf32>
    %b = gac.initializer "b" = dense<1.0> : tensor<4x6xf32>
    // expected-error @+1 {{the plan multiplies 'a' and 'b', which are not the two factors of one product}}
    %0 = gac.matmul %x, %a : (tensor<5x8xf32>, tensor<8x4xf32>) -> tensor<5x4xf32>
    %y = gac.matmul %0, %b : (tensor<5x4xf32>, tensor<4x6xf32>) -> tensor<5x6xf32>
    return %y, %0 : tensor<5x6xf32>, tensor<5x4xf32>
  }
}

// -----

module attributes {gac.plan = #gac.plan<target = "h200", dtype = "bf16", strategy = "mine", [] multiply [<"a", "b">, <"b", "c">]>} {
  func.func @chain(%x: tensor<5x8xf32> {gac.name = "x"}) -> (tensor<5x2xf32> {gac.name = "y"}) {
    %a = gac.initializer "a" = dense<1.0> : tensor<8x4xf32>
    %b = gac.initializer "b" = dense<1.0> : tensor<4x6xf32>
    %c = gac.initializer "c" = dense<1.0> : tensor<6x2xf32>
    %0 = gac.matmul %x, %a : (tensor<5x8xf32>, tensor<8x4xf32>) -> tensor<5x4xf32>
    // expected-error @+1 {{the plan multiplies 'b' or 'c' twice}}
    %1 = gac.matmul %0, %b : (tensor<5x4xf32>, tensor<4x6xf32>) -> tensor<5x6xf32>
    %y = gac.matmul %1, %c : (tensor<5x6xf32>, tensor<6x2xf32>) -> tensor<5x2xf32>
    return %y : tensor<5x2xf32>
  }
}
