// RUN: gac-opt %s --gac-print-dimensions -o %t | FileCheck %s

// Key heads are copied for each query head: 4 heads are 2 * 2.

// CHECK-LABEL: function @copies
// CHECK: dimension k:1/0 = 2
// CHECK: dimension k:1/1 = 7
// CHECK: dimension o:0/1 = 2
// CHECK: value e = [seq, k:1/0, o:0/1, k:1/1]
// CHECK: value h = [seq, k:1/0*o:0/1, k:1/1]
func.func @copies(%x: tensor<?x8xf32> {gac.name = "x", gac.dims = ["seq", ""]})
    -> (tensor<?x2xf32> {gac.name = "y"}) {
  %k = gac.initializer "k" = dense<1.0> : tensor<8x14xf32>
  %o = gac.initializer "o" = dense<1.0> : tensor<28x2xf32>
  %s0 = gac.initializer "s0" = dense<[0, 2, 1, 7]> : tensor<4xi64>
  %s1 = gac.initializer "s1" = dense<[1, 2, 2, 7]> : tensor<4xi64>
  %s2 = gac.initializer "s2" = dense<[0, 4, 7]> : tensor<3xi64>
  %s3 = gac.initializer "s3" = dense<[0, 28]> : tensor<2xi64>
  %p = gac.matmul %x, %k {gac.outputs = ["p"]} : (tensor<?x8xf32>, tensor<8x14xf32>) -> tensor<?x14xf32>
  %u = gac.reshape %p, %s0 {gac.outputs = ["u"]} : (tensor<?x14xf32>, tensor<4xi64>) -> tensor<?x2x1x7xf32>
  %e = gac.expand %u, %s1 {gac.outputs = ["e"]} : (tensor<?x2x1x7xf32>, tensor<4xi64>) -> tensor<?x2x2x7xf32>
  %h = gac.reshape %e, %s2 {gac.outputs = ["h"]} : (tensor<?x2x2x7xf32>, tensor<3xi64>) -> tensor<?x4x7xf32>
  %f = gac.reshape %h, %s3 {gac.outputs = ["f"]} : (tensor<?x4x7xf32>, tensor<2xi64>) -> tensor<?x28xf32>
  %y = gac.matmul %f, %o {gac.outputs = ["y"]} : (tensor<?x28xf32>, tensor<28x2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// Copies lie outside of what is copied: 2 of 7 are 2 * 7, not 14.

// CHECK-LABEL: function @tile
// CHECK: dimension w:1 = 7
// CHECK-NEXT: weight w:1
// CHECK-NEXT: weight v:0
// CHECK-NEXT: dimension v:0/0 = 2
// CHECK-NEXT: weight v:0
// CHECK-NEXT: fixed: Tile makes so many copies (t)
// CHECK: value t = [seq, v:0/0*w:1]
func.func @tile(%x: tensor<?x4xf32> {gac.name = "x", gac.dims = ["seq", ""]})
    -> (tensor<?x2xf32> {gac.name = "y"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<4x7xf32>
  %v = gac.initializer "v" = dense<1.0> : tensor<14x2xf32>
  %r = gac.initializer "r" = dense<[1, 2]> : tensor<2xi64>
  %h = gac.matmul %x, %w {gac.outputs = ["h"]} : (tensor<?x4xf32>, tensor<4x7xf32>) -> tensor<?x7xf32>
  %t = gac.tile %h, %r {gac.outputs = ["t"]} : (tensor<?x7xf32>, tensor<2xi64>) -> tensor<?x14xf32>
  %y = gac.matmul %t, %v {gac.outputs = ["y"]} : (tensor<?x14xf32>, tensor<14x2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// What ConstantOfShape makes is padded with its constant.

// CHECK-LABEL: function @constant_of_shape
// CHECK: dimension w:0 = 7
// CHECK-NEXT: weight w:0
// CHECK-NEXT: dimension
// CHECK: value c = [c:0, w:0]
// CHECK-NEXT: padding of c:0 on axis 0 is 2
// CHECK-NEXT: padding of w:0 on axis 1 is 2
func.func @constant_of_shape() -> (tensor<3x2xf32> {gac.name = "y"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<7x2xf32>
  %s = gac.initializer "s" = dense<[3, 7]> : tensor<2xi64>
  %c = "gac.constant_of_shape"(%s) {gac.outputs = ["c"], value = dense<2.0> : tensor<1xf32>} : (tensor<2xi64>) -> tensor<3x7xf32>
  %y = gac.matmul %c, %w {gac.outputs = ["y"]} : (tensor<3x7xf32>, tensor<7x2xf32>) -> tensor<3x2xf32>
  return %y : tensor<3x2xf32>
}

// A slice of rows replaced: the updates are that slice.

// CHECK-LABEL: function @scatter_rows
// CHECK: dimension u:0 = 5
// CHECK-NEXT: weight u:0
// CHECK-NEXT: weight v:0
// CHECK-NEXT: weight c:0
// CHECK-NEXT: dimension
// CHECK: dimension c:0/0 = 2
// CHECK: value s = {{\[\[}}c:0/0|u:0], u:1]
func.func @scatter_rows(%x: tensor<2x3xf32> {gac.name = "x"}) -> (tensor<2x3xf32> {gac.name = "y"}) {
  %u = gac.initializer "u" = dense<1.0> : tensor<5x3xf32>
  %v = gac.initializer "v" = dense<1.0> : tensor<5x3xf32>
  %i = gac.initializer "i" = dense<[[2], [3], [4], [5], [6]]> : tensor<5x1xi64>
  %c = gac.initializer "c" = dense<1.0> : tensor<7x3xf32>
  %two = gac.initializer "two" = dense<2> : tensor<1xi64>
  %end = gac.initializer "end" = dense<7> : tensor<1xi64>
  %zero = gac.initializer "zero" = dense<0> : tensor<1xi64>
  %s = gac.scatter_nd %c, %i, %u {gac.outputs = ["s"]} : (tensor<7x3xf32>, tensor<5x1xi64>, tensor<5x3xf32>) -> tensor<7x3xf32>
  %t = "gac.slice"(%s, %two, %end, %zero) {gac.outputs = ["t"], operandSegmentSizes = array<i32: 1, 1, 1, 1, 0>}
      : (tensor<7x3xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<5x3xf32>
  %m = gac.mul %t, %v {gac.outputs = ["m"]} : (tensor<5x3xf32>, tensor<5x3xf32>) -> tensor<5x3xf32>
  %d = gac.transpose %m {gac.outputs = ["d"]} : (tensor<5x3xf32>) -> tensor<3x5xf32>
  %g = gac.matmul %d, %m {gac.outputs = ["g"]} : (tensor<3x5xf32>, tensor<5x3xf32>) -> tensor<3x3xf32>
  %y = gac.matmul %x, %g {gac.outputs = ["y"]} : (tensor<2x3xf32>, tensor<3x3xf32>) -> tensor<2x3xf32>
  return %y : tensor<2x3xf32>
}

// A grid of places, each a range of one axis: the updates are a slice of the
// columns, of however many rows. The lists that the grid is made of keep their
// lengths.

// CHECK-LABEL: function @scatter_grid
// CHECK: dimension w:1/1 = 5
// CHECK-NEXT: weight w:1
// CHECK-NEXT: weight u:1
// CHECK-NEXT: weight v:0
// CHECK-NEXT: dimension
// CHECK: value j = [j:0]
// CHECK: value s = [n, {{\[}}w:1/0|w:1/1]]
func.func @scatter_grid(%x: tensor<?x4xf32> {gac.name = "x", gac.dims = ["n", ""]}) -> (tensor<?x2xf32> {gac.name = "y"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<4x7xf32>
  %u = gac.initializer "u" = dense<1.0> : tensor<4x5xf32>
  %v = gac.initializer "v" = dense<1.0> : tensor<7x2xf32>
  %zero = gac.initializer "zero" = dense<0> : tensor<i64>
  %one = gac.initializer "one" = dense<1> : tensor<i64>
  %first = gac.initializer "first" = dense<0> : tensor<1xi64>
  %border = gac.initializer "border" = dense<2> : tensor<1xi64>
  %end = gac.initializer "end" = dense<7> : tensor<1xi64>
  %last = gac.initializer "last" = dense<-1> : tensor<1xi64>
  %column = gac.initializer "column" = dense<[-1, 1]> : tensor<2xi64>
  %d = gac.matmul %x, %w {gac.outputs = ["d"]} : (tensor<?x4xf32>, tensor<4x7xf32>) -> tensor<?x7xf32>
  %e = gac.matmul %x, %u {gac.outputs = ["e"]} : (tensor<?x4xf32>, tensor<4x5xf32>) -> tensor<?x5xf32>
  %shape = gac.shape %d {gac.outputs = ["shape"]} : (tensor<?x7xf32>) -> tensor<2xi64>
  %rows = gac.gather %shape, %zero {gac.outputs = ["rows"]} : (tensor<2xi64>, tensor<i64>) -> tensor<i64>
  %i = gac.range %zero, %rows, %one {gac.outputs = ["i"]} : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xi64>
  %width = gac.gather %shape, %one {gac.outputs = ["width"]} : (tensor<2xi64>, tensor<i64>) -> tensor<i64>
  %j = gac.range %zero, %width, %one {gac.outputs = ["j"]} : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xi64>
  %part = "gac.slice"(%j, %border, %end, %first) {gac.outputs = ["part"], operandSegmentSizes = array<i32: 1, 1, 1, 1, 0>}
      : (tensor<?xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<?xi64>
  %c = gac.reshape %i, %column {gac.outputs = ["c"]} : (tensor<?xi64>, tensor<2xi64>) -> tensor<?x1xi64>
  %sum = gac.add %c, %part {gac.outputs = ["sum"]} : (tensor<?x1xi64>, tensor<?xi64>) -> tensor<?x?xi64>
  %grid = gac.shape %sum {gac.outputs = ["grid"]} : (tensor<?x?xi64>) -> tensor<2xi64>
  %a = gac.expand %c, %grid {gac.outputs = ["a"]} : (tensor<?x1xi64>, tensor<2xi64>) -> tensor<?x?xi64>
  %b = gac.expand %part, %grid {gac.outputs = ["b"]} : (tensor<?xi64>, tensor<2xi64>) -> tensor<?x?xi64>
  %au = gac.unsqueeze %a, %last {gac.outputs = ["au"]} : (tensor<?x?xi64>, tensor<1xi64>) -> tensor<?x?x1xi64>
  %bu = gac.unsqueeze %b, %last {gac.outputs = ["bu"]} : (tensor<?x?xi64>, tensor<1xi64>) -> tensor<?x?x1xi64>
  %at = gac.concat %au, %bu {axis = -1 : i64, gac.outputs = ["at"]} : (tensor<?x?x1xi64>, tensor<?x?x1xi64>) -> tensor<?x?x2xi64>
  %s = gac.scatter_nd %d, %at, %e {gac.outputs = ["s"]} : (tensor<?x7xf32>, tensor<?x?x2xi64>, tensor<?x5xf32>) -> tensor<?x7xf32>
  %y = gac.matmul %s, %v {gac.outputs = ["y"]} : (tensor<?x7xf32>, tensor<7x2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// The same places in another order are no slice, nor is every other column.

// CHECK-LABEL: function @scatter_turned
// CHECK: cut: axis 1 of d for ScatterND
// CHECK: fixed: ScatterND scatters it (t)
func.func @scatter_turned(%x: tensor<2x4xf32> {gac.name = "x"}) -> (tensor<2x3xf32> {gac.name = "y"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<4x2xf32>
  %u = gac.initializer "u" = dense<1.0> : tensor<2x2xf32>
  %r = gac.initializer "r" = dense<1.0> : tensor<4x3xf32>
  %p = gac.initializer "p" = dense<1.0> : tensor<2x2xf32>
  %v = gac.initializer "v" = dense<1.0> : tensor<2x3xf32>
  %turned = gac.initializer "turned" = dense<[[[0, 0], [1, 0]], [[0, 1], [1, 1]]]> : tensor<2x2x2xi64>
  %every = gac.initializer "every" = dense<[[[0, 0], [0, 2]], [[1, 0], [1, 2]]]> : tensor<2x2x2xi64>
  %d = gac.matmul %x, %w {gac.outputs = ["d"]} : (tensor<2x4xf32>, tensor<4x2xf32>) -> tensor<2x2xf32>
  %s = gac.scatter_nd %d, %turned, %u {gac.outputs = ["s"]} : (tensor<2x2xf32>, tensor<2x2x2xi64>, tensor<2x2xf32>) -> tensor<2x2xf32>
  %m = gac.matmul %s, %v {gac.outputs = ["m"]} : (tensor<2x2xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  %e = gac.matmul %x, %r {gac.outputs = ["e"]} : (tensor<2x4xf32>, tensor<4x3xf32>) -> tensor<2x3xf32>
  %t = gac.scatter_nd %e, %every, %p {gac.outputs = ["t"]} : (tensor<2x3xf32>, tensor<2x2x2xi64>, tensor<2x2xf32>) -> tensor<2x3xf32>
  %y = gac.add %m, %t {gac.outputs = ["y"]} : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  return %y : tensor<2x3xf32>
}

// Rows in no order are not a slice.

// CHECK-LABEL: function @scatter_anywhere
// CHECK: dimension u:0 = 2
// CHECK: fixed: ScatterND scatters it (s)
func.func @scatter_anywhere(%x: tensor<7x3xf32> {gac.name = "x"}) -> (tensor<7x3xf32> {gac.name = "s"}) {
  %u = gac.initializer "u" = dense<1.0> : tensor<2x3xf32>
  %i = gac.initializer "i" = dense<[[4], [1]]> : tensor<2x1xi64>
  %s = gac.scatter_nd %x, %i, %u {gac.outputs = ["s"]} : (tensor<7x3xf32>, tensor<2x1xi64>, tensor<2x3xf32>) -> tensor<7x3xf32>
  return %s : tensor<7x3xf32>
}

// Frequencies that a graph computes of a list of numbers: growth writes the list
// down, whether it is one of constants or as long as a weight is wide. What is
// computed from a size stays what it is, whoever reads it has a copy.

// CHECK-LABEL: function @lists
// CHECK-NOT: counts over it
// CHECK: dimension r:0 = 9
// CHECK-NEXT: fixed: Range computes sizes (r)
// CHECK: value numbers = [w:1]
// CHECK: value f = [w:1]
// CHECK-NEXT: padding of w:1 on axis 0 is 1
// CHECK: value g = [v:1]
// CHECK: value h = [n, w:1]
func.func @lists(%x: tensor<?x4xf32> {gac.name = "x", gac.dims = ["n", ""]})
    -> (tensor<?x2xf32> {gac.name = "y"}, tensor<?x2xf32> {gac.name = "z"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<4x7xf32>
  %v = gac.initializer "v" = dense<1.0> : tensor<4x9xf32>
  %a = gac.initializer "a" = dense<1.0> : tensor<7x2xf32>
  %b = gac.initializer "b" = dense<1.0> : tensor<9x2xf32>
  %zero = gac.initializer "zero" = dense<0> : tensor<i64>
  %one = gac.initializer "one" = dense<1> : tensor<i64>
  %start = gac.initializer "start" = dense<0.0> : tensor<f32>
  %limit = gac.initializer "limit" = dense<7.0> : tensor<f32>
  %step = gac.initializer "step" = dense<1.0> : tensor<f32>
  %numbers = gac.range %start, %limit, %step {gac.outputs = ["numbers"]} : (tensor<f32>, tensor<f32>, tensor<f32>) -> tensor<7xf32>
  %f = gac.cos %numbers {gac.outputs = ["f"]} : (tensor<7xf32>) -> tensor<7xf32>
  %p = gac.matmul %x, %w {gac.outputs = ["p"]} : (tensor<?x4xf32>, tensor<4x7xf32>) -> tensor<?x7xf32>
  %q = gac.matmul %x, %v {gac.outputs = ["q"]} : (tensor<?x4xf32>, tensor<4x9xf32>) -> tensor<?x9xf32>
  %shape = gac.shape %q {gac.outputs = ["shape"]} : (tensor<?x9xf32>) -> tensor<2xi64>
  %width = gac.gather %shape, %one {gac.outputs = ["width"]} : (tensor<2xi64>, tensor<i64>) -> tensor<i64>
  %r = gac.range %zero, %width, %one {gac.outputs = ["r"]} : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xi64>
  %g = gac.cast %r {gac.outputs = ["g"], to = 1 : i64} : (tensor<?xi64>) -> tensor<?xf32>
  %h = gac.mul %p, %f {gac.outputs = ["h"]} : (tensor<?x7xf32>, tensor<7xf32>) -> tensor<?x7xf32>
  %i = gac.mul %q, %g {gac.outputs = ["i"]} : (tensor<?x9xf32>, tensor<?xf32>) -> tensor<?x9xf32>
  %y = gac.matmul %h, %a {gac.outputs = ["y"]} : (tensor<?x7xf32>, tensor<7x2xf32>) -> tensor<?x2xf32>
  %z = gac.matmul %i, %b {gac.outputs = ["z"]} : (tensor<?x9xf32>, tensor<9x2xf32>) -> tensor<?x2xf32>
  return %y, %z : tensor<?x2xf32>, tensor<?x2xf32>
}

// A step of a tenth is rounded in each sum, by each runtime in its own way.

// CHECK-LABEL: function @rounded_list
// CHECK: fixed: Range counts over it (numbers)
func.func @rounded_list(%x: tensor<3x4xf32> {gac.name = "x"}) -> (tensor<3x2xf32> {gac.name = "y"}) {
  %w = gac.initializer "w" = dense<1.0> : tensor<4x7xf32>
  %v = gac.initializer "v" = dense<1.0> : tensor<7x2xf32>
  %start = gac.initializer "start" = dense<0.0> : tensor<f32>
  %limit = gac.initializer "limit" = dense<0.65> : tensor<f32>
  %step = gac.initializer "step" = dense<0.1> : tensor<f32>
  %numbers = gac.range %start, %limit, %step {gac.outputs = ["numbers"]} : (tensor<f32>, tensor<f32>, tensor<f32>) -> tensor<7xf32>
  %h = gac.matmul %x, %w {gac.outputs = ["h"]} : (tensor<3x4xf32>, tensor<4x7xf32>) -> tensor<3x7xf32>
  %m = gac.mul %h, %numbers {gac.outputs = ["m"]} : (tensor<3x7xf32>, tensor<7xf32>) -> tensor<3x7xf32>
  %y = gac.matmul %m, %v {gac.outputs = ["y"]} : (tensor<3x7xf32>, tensor<7x2xf32>) -> tensor<3x2xf32>
  return %y : tensor<3x2xf32>
}
