// RUN: gac-opt %s --gac-print-dimensions=explain=layers.0.A.weight:1/1 -o %t | FileCheck %s --check-prefix=PART
// RUN: gac-opt %s --gac-print-dimensions=explain=layers.0.A.weight:1 -o %t | FileCheck %s --check-prefix=WHOLE
// RUN: gac-opt %s --gac-print-dimensions=explain=x -o %t | FileCheck %s --check-prefix=STREAM
// RUN: gac-opt %s --gac-print-dimensions=explain=l1:1 -o %t | FileCheck %s --check-prefix=PART
// RUN: not gac-opt %s --gac-print-dimensions=explain=layers.0.A.wait:1 -o %t 2>&1 | FileCheck %s --check-prefix=NEAR
// RUN: not gac-opt %s --gac-print-dimensions=explain=nothing -o %t 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: not gac-opt %s --gac-print-dimensions=explain=layers.0.A.weight -o %t 2>&1 | FileCheck %s --check-prefix=SEVERAL
// RUN: not gac-opt %s --gac-print-dimensions=explain=x:2 -o %t 2>&1 | FileCheck %s --check-prefix=AXIS
// RUN: not gac-opt %s --gac-print-dimensions=explain=layers.0.A.weight:1/2 -o %t 2>&1 | FileCheck %s --check-prefix=NOPART
// RUN: gac-opt %s --gac-print-dimensions=explain=sizes -o %t | FileCheck %s --check-prefix=ONE
// RUN: not gac-opt %s --gac-print-dimensions=explain=one:0 -o %t 2>&1 | FileCheck %s --check-prefix=UNIT

// The second part of a split axis, from its weight to where it is contracted. A
// tensor's axis names the same dimension.

// PART: dimension layers.0.A.weight:1/1 = 4: rank
// PART-NEXT:   layer 0 A
// PART-NEXT:     weight layers.0.A.weight:1 lanes 3..7 of 7 of [16, 7]
// PART-NEXT:     MatMul h: layers.0.A.weight:1 lanes 3..7 of 7 -> h:1 lanes 3..7 of 7
// PART-NEXT:       N = 7, made of it: [3|4]
// PART-NEXT:     Split l0: h:1 lanes 3..7 of 7 -> l1:1
// PART-NEXT:   layer 0 B1
// PART-NEXT:     weight layers.0.B1.weight:0 of [4, 16]
// PART-NEXT:     MatMul u1: l1:1, layers.0.B1.weight:0
// PART-NEXT:       K = 4, from lane 3
// PART-NOT: {{.}}

// WHOLE: dimension layers.0.A.weight:1 = 7: rank (3 + 4)
// WHOLE-NEXT: made of 3 (layers.0.A.weight:1/0), 4 (layers.0.A.weight:1/1)
// WHOLE-NEXT: layer 0 A
// WHOLE-NEXT: weight layers.0.A.weight:1 of [16, 7]
// WHOLE-NEXT: MatMul h: layers.0.A.weight:1 -> h:1
// WHOLE-NEXT: N = 7{{$}}
// WHOLE-NEXT: Split l0: h:1{{$}}
// WHOLE-NOT: {{.}}

// What is in all layers: blocks of the same steps are told once.

// STREAM: dimension layers.0.A.weight:0 = 16: hidden
// STREAM-NEXT:   input x:1
// STREAM-NEXT:   layer 0 A
// STREAM-NEXT:     weight layers.0.A.weight:0 of [16, 7]
// STREAM-NEXT:     MatMul h: x:1, layers.0.A.weight:0
// STREAM-NEXT:       K = 16
// STREAM: layer 0{{$}}
// STREAM-NEXT:     Add t0: u0:1, u1:1 -> t0:1
// STREAM-NEXT:     Add r0: x:1, t0:1 -> r0:1
// STREAM-NEXT:   layer 1 C
// STREAM-NEXT:     weight layers.1.C.weight:0 of [16, 5]
// STREAM-NEXT:     MatMul c1: r0:1, layers.1.C.weight:0
// STREAM-NEXT:       K = 16
// STREAM-NEXT:   layer 1 D
// STREAM-NEXT:     weight layers.1.D.weight:1 of [5, 16]
// STREAM-NEXT:     MatMul d1: layers.1.D.weight:1 -> d1:1
// STREAM-NEXT:       N = 16
// STREAM-NEXT:     Add r1: r0:1, d1:1 -> r1:1
// STREAM-NEXT:   layers 2-3: the same 3 steps
// STREAM-NEXT:   norm
// STREAM-NEXT:     Mul y: r3:1 -> y:1
// STREAM-NEXT:   output y:1
// STREAM-NOT: {{.}}

// NEAR: error: there is no dimension 'layers.0.A.wait:1'; near it are {{.*}}'layers.0.A.weight:1'
// NONE: error: there is no dimension 'nothing': the name of one is TENSOR:AXIS
// SEVERAL: error: 'layers.0.A.weight' has 2 dimensions: 'layers.0.A.weight:0' of size 16, 'layers.0.A.weight:1' of size 7
// AXIS: error: there is no dimension 'x:2': 'x' has 2 axes
// NOPART: error: 'layers.0.A.weight:1/2' has no such part: the axis is [3|4]
// ONE: dimension sizes:0 = 2
// UNIT: error: 'one:0' has size 1: an axis like that is no dimension

func.func @blocks(%x: tensor<?x16xf32> {gac.name = "x", gac.dims = ["n", ""]})
    -> (tensor<?x16xf32> {gac.name = "y"}) {
  %a = gac.initializer "layers.0.A.weight" = dense<1.0> : tensor<16x7xf32>
  %b0 = gac.initializer "layers.0.B0.weight" = dense<1.0> : tensor<3x16xf32>
  %b1 = gac.initializer "layers.0.B1.weight" = dense<1.0> : tensor<4x16xf32>
  %w1 = gac.initializer "layers.1.C.weight" = dense<1.0> : tensor<16x5xf32>
  %v1 = gac.initializer "layers.1.D.weight" = dense<1.0> : tensor<5x16xf32>
  %w2 = gac.initializer "layers.2.C.weight" = dense<1.0> : tensor<16x6xf32>
  %v2 = gac.initializer "layers.2.D.weight" = dense<1.0> : tensor<6x16xf32>
  %w3 = gac.initializer "layers.3.C.weight" = dense<1.0> : tensor<16x5xf32>
  %v3 = gac.initializer "layers.3.D.weight" = dense<1.0> : tensor<5x16xf32>
  %sizes = gac.initializer "sizes" = dense<[3, 4]> : tensor<2xi64>
  %one = gac.initializer "one" = dense<1.0> : tensor<1xf32>
  %h = gac.matmul %x, %a {gac.outputs = ["h"]} : (tensor<?x16xf32>, tensor<16x7xf32>) -> tensor<?x7xf32>
  %l:2 = gac.split %h, %sizes {gac.outputs = ["l0", "l1"], axis = 1 : i64} : (tensor<?x7xf32>, tensor<2xi64>) -> (tensor<?x3xf32>, tensor<?x4xf32>)
  %u0 = gac.matmul %l#0, %b0 {gac.outputs = ["u0"]} : (tensor<?x3xf32>, tensor<3x16xf32>) -> tensor<?x16xf32>
  %u1 = gac.matmul %l#1, %b1 {gac.outputs = ["u1"]} : (tensor<?x4xf32>, tensor<4x16xf32>) -> tensor<?x16xf32>
  %t0 = gac.add %u0, %u1 {gac.outputs = ["t0"], gac.layer = "layers.0"} : (tensor<?x16xf32>, tensor<?x16xf32>) -> tensor<?x16xf32>
  %r0 = gac.add %x, %t0 {gac.outputs = ["r0"], gac.layer = "layers.0"} : (tensor<?x16xf32>, tensor<?x16xf32>) -> tensor<?x16xf32>
  %c1 = gac.matmul %r0, %w1 {gac.outputs = ["c1"]} : (tensor<?x16xf32>, tensor<16x5xf32>) -> tensor<?x5xf32>
  %d1 = gac.matmul %c1, %v1 {gac.outputs = ["d1"]} : (tensor<?x5xf32>, tensor<5x16xf32>) -> tensor<?x16xf32>
  %r1 = gac.add %r0, %d1 {gac.outputs = ["r1"]} : (tensor<?x16xf32>, tensor<?x16xf32>) -> tensor<?x16xf32>
  %c2 = gac.matmul %r1, %w2 {gac.outputs = ["c2"]} : (tensor<?x16xf32>, tensor<16x6xf32>) -> tensor<?x6xf32>
  %d2 = gac.matmul %c2, %v2 {gac.outputs = ["d2"]} : (tensor<?x6xf32>, tensor<6x16xf32>) -> tensor<?x16xf32>
  %r2 = gac.add %r1, %d2 {gac.outputs = ["r2"]} : (tensor<?x16xf32>, tensor<?x16xf32>) -> tensor<?x16xf32>
  %c3 = gac.matmul %r2, %w3 {gac.outputs = ["c3"]} : (tensor<?x16xf32>, tensor<16x5xf32>) -> tensor<?x5xf32>
  %d3 = gac.matmul %c3, %v3 {gac.outputs = ["d3"]} : (tensor<?x5xf32>, tensor<5x16xf32>) -> tensor<?x16xf32>
  %r3 = gac.add %r2, %d3 {gac.outputs = ["r3"]} : (tensor<?x16xf32>, tensor<?x16xf32>) -> tensor<?x16xf32>
  %y = gac.mul %r3, %one {gac.outputs = ["y"], gac.layer = "norm"} : (tensor<?x16xf32>, tensor<1xf32>) -> tensor<?x16xf32>
  return %y : tensor<?x16xf32>
}
