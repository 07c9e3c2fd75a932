// RUN: gac-opt %s --gac-apply --split-input-file --verify-diagnostics

// expected-error @below {{there is no plan to apply: the module has no gac.plan}}
module {
  func.func @main_graph(%x: tensor<3x4xf32>) -> tensor<3x4xf32> {
    return %x : tensor<3x4xf32>
  }
}

// -----

module attributes {gac.plan = #gac.plan<target = "h200", dtype = "bf16", strategy = "minimal", [<"u:1", 7 to 8>]>} {
  // expected-error @below {{the plan names a dimension that the model does not have: u:1}}
  func.func @main_graph(%x: tensor<3x4xf32>) -> tensor<3x4xf32> {
    return %x : tensor<3x4xf32>
  }
}

// -----

module attributes {gac.plan = #gac.plan<target = "h200", dtype = "bf16", strategy = "minimal", [<"w:1", 8 to 16>]>} {
  // expected-error @below {{the plan grows w:1 from 8 to 16, but its size is 7}}
  func.func @main_graph(%x: tensor<3x4xf32>) -> tensor<3x2xf32> {
    %w = gac.initializer "w" = dense<1.0> : tensor<4x7xf32>
    %v = gac.initializer "v" = dense<1.0> : tensor<7x2xf32>
    %h = gac.matmul %x, %w : (tensor<3x4xf32>, tensor<4x7xf32>) -> tensor<3x7xf32>
    %y = gac.matmul %h, %v : (tensor<3x7xf32>, tensor<7x2xf32>) -> tensor<3x2xf32>
    return %y : tensor<3x2xf32>
  }
}

// -----

module attributes {gac.plan = #gac.plan<target = "h200", dtype = "bf16", strategy = "minimal", [<"w:0", 4 to 8>]>} {
  // expected-error @below {{the plan grows w:0, which may not grow: graph input x axis 1}}
  func.func @main_graph(%x: tensor<3x4xf32> {gac.name = "x"}) -> tensor<3x2xf32> {
    %w = gac.initializer "w" = dense<1.0> : tensor<4x7xf32>
    %v = gac.initializer "v" = dense<1.0> : tensor<7x2xf32>
    %h = gac.matmul %x, %w : (tensor<3x4xf32>, tensor<4x7xf32>) -> tensor<3x7xf32>
    %y = gac.matmul %h, %v : (tensor<3x7xf32>, tensor<7x2xf32>) -> tensor<3x2xf32>
    return %y : tensor<3x2xf32>
  }
}

// -----

module attributes {gac.plan = #gac.plan<target = "h200", dtype = "bf16", strategy = "minimal", [<"w:1", 7 to 8>, <"w:1", 7 to 16>]>} {
  // expected-error @below {{the plan grows w:1 twice}}
  func.func @main_graph(%x: tensor<3x4xf32>) -> tensor<3x2xf32> {
    %w = gac.initializer "w" = dense<1.0> : tensor<4x7xf32>
    %v = gac.initializer "v" = dense<1.0> : tensor<7x2xf32>
    %h = gac.matmul %x, %w : (tensor<3x4xf32>, tensor<4x7xf32>) -> tensor<3x7xf32>
    %y = gac.matmul %h, %v : (tensor<3x7xf32>, tensor<7x2xf32>) -> tensor<3x2xf32>
    return %y : tensor<3x2xf32>
  }
}
