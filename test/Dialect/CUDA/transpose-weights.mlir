// RUN: gac-opt %s --gac-transpose-weights | FileCheck %s

// What a step reads, transposed, lies as [k, n] in all entries.
// CHECK: gac_cuda.tensor weight @w "w" : tensor<64x128xbf16> = #gac.transpose<dense<1.000000e+00> : tensor<128x64xbf16>, [1, 0]> : tensor<64x128xbf16>
gac_cuda.tensor weight @w "w" : tensor<128x64xbf16> = dense<1.0> : tensor<128x64xbf16>
// Not so where the library would read rows 48 elements apart more slowly.
// CHECK: gac_cuda.tensor weight @narrow "narrow" : tensor<48x64xbf16> = dense
gac_cuda.tensor weight @narrow "narrow" : tensor<48x64xbf16> = dense<1.0> : tensor<48x64xbf16>
// The kernel alone reads it, and does not mind.
// CHECK: gac_cuda.tensor weight @steps "steps" : tensor<64x48xbf16> = #gac.transpose
gac_cuda.tensor weight @steps "steps" : tensor<48x64xbf16> = dense<1.0> : tensor<48x64xbf16>
// A recipe, of which another one is made.
// CHECK: gac_cuda.tensor weight @made "made" : tensor<64x48xbf16> = #gac.transpose<#gac.pad<dense<1.000000e+00> : tensor<43x64xbf16>, [{{.*}}]> : tensor<48x64xbf16>, [1, 0]> : tensor<64x48xbf16>
gac_cuda.tensor weight @made "made" : tensor<48x64xbf16> = #gac.pad<dense<1.0> : tensor<43x64xbf16>, [<48 : 0 to 0 by 43>, <64 : 0 to 0 by 64>]> : tensor<48x64xbf16>
// What the kernel does not compute: scaled products, and those in float32.
// CHECK: gac_cuda.tensor weight @scaled "scaled" : tensor<48x64xbf16> = dense
gac_cuda.tensor weight @scaled "scaled" : tensor<48x64xbf16> = dense<1.0> : tensor<48x64xbf16>
// CHECK: gac_cuda.tensor weight @wide "wide" : tensor<48x64xf32> = dense
gac_cuda.tensor weight @wide "wide" : tensor<48x64xf32> = dense<1.0> : tensor<48x64xf32>
// Another entry copies it.
// CHECK: gac_cuda.tensor weight @copied "copied" : tensor<48x64xbf16> = dense
gac_cuda.tensor weight @copied "copied" : tensor<48x64xbf16> = dense<1.0> : tensor<48x64xbf16>
// What many rows alone read stays.
// CHECK: gac_cuda.tensor weight @many "many" : tensor<48x64xbf16> = dense
gac_cuda.tensor weight @many "many" : tensor<48x64xbf16> = dense<1.0> : tensor<48x64xbf16>
// Rows of 43 elements would not begin at multiples of 16 bytes.
// CHECK: gac_cuda.tensor weight @odd "odd" : tensor<43x64xbf16> = dense
gac_cuda.tensor weight @odd "odd" : tensor<43x64xbf16> = dense<1.0> : tensor<43x64xbf16>
// A table that rows are gathered of, too.
// CHECK: gac_cuda.tensor weight @tied "tied" : tensor<48x64xbf16> = dense
gac_cuda.tensor weight @tied "tied" : tensor<48x64xbf16> = dense<1.0> : tensor<48x64xbf16>
// Half of a matrix.
// CHECK: gac_cuda.tensor weight @half "half" : tensor<48x64xbf16> = dense
gac_cuda.tensor weight @half "half" : tensor<48x64xbf16> = dense<1.0> : tensor<48x64xbf16>
// One that is no constant, and one that lies right.
// CHECK: gac_cuda.tensor input @x "x" : tensor<48x64xbf16>
gac_cuda.tensor input @x "x" : tensor<48x64xbf16>
// CHECK: gac_cuda.tensor weight @right "right" : tensor<64x48xbf16> = dense
gac_cuda.tensor weight @right "right" : tensor<64x48xbf16> = dense<1.0> : tensor<64x48xbf16>

// CHECK-LABEL: gac_cuda.entry @step
gac_cuda.entry @step dims {} inputs [] outputs [] {
  %a = gac_cuda.alloc : memref<2x64xbf16>
  %y = gac_cuda.alloc : memref<2x48xbf16>
  %v = gac_cuda.alloc : memref<2x128xbf16>
  %af = gac_cuda.alloc : memref<2x64xf32>
  %yf = gac_cuda.alloc : memref<2x48xf32>
  // CHECK: %[[W:.*]] = gac_cuda.get @w : memref<64x128xbf16>
  // CHECK-NEXT: gac_cuda.matmul ins(%{{.*}}, %[[W]] : memref<2x64xbf16>, memref<64x128xbf16>)
  %w = gac_cuda.get @w : memref<128x64xbf16>
  %wt = memref.reinterpret_cast %w to offset: [0], sizes: [64, 128], strides: [1, 64] : memref<128x64xbf16> to memref<64x128xbf16, strided<[1, 64]>>
  gac_cuda.matmul ins(%a, %wt : memref<2x64xbf16>, memref<64x128xbf16, strided<[1, 64]>>) outs(%v : memref<2x128xbf16>)
  %narrow = gac_cuda.get @narrow : memref<48x64xbf16>
  %narrowt = memref.reinterpret_cast %narrow to offset: [0], sizes: [64, 48], strides: [1, 64] : memref<48x64xbf16> to memref<64x48xbf16, strided<[1, 64]>>
  gac_cuda.matmul ins(%a, %narrowt : memref<2x64xbf16>, memref<64x48xbf16, strided<[1, 64]>>) outs(%y : memref<2x48xbf16>)
  %steps = gac_cuda.get @steps : memref<48x64xbf16>
  %stepst = memref.reinterpret_cast %steps to offset: [0], sizes: [64, 48], strides: [1, 64] : memref<48x64xbf16> to memref<64x48xbf16, strided<[1, 64]>>
  gac_cuda.matmul ins(%a, %stepst : memref<2x64xbf16>, memref<64x48xbf16, strided<[1, 64]>>) outs(%y : memref<2x48xbf16>)
  %made = gac_cuda.get @made : memref<48x64xbf16>
  %madet = memref.reinterpret_cast %made to offset: [0], sizes: [64, 48], strides: [1, 64] : memref<48x64xbf16> to memref<64x48xbf16, strided<[1, 64]>>
  gac_cuda.matmul ins(%a, %madet : memref<2x64xbf16>, memref<64x48xbf16, strided<[1, 64]>>) outs(%y : memref<2x48xbf16>)
  %scaled = gac_cuda.get @scaled : memref<48x64xbf16>
  %scaledt = memref.reinterpret_cast %scaled to offset: [0], sizes: [64, 48], strides: [1, 64] : memref<48x64xbf16> to memref<64x48xbf16, strided<[1, 64]>>
  gac_cuda.matmul ins(%a, %scaledt : memref<2x64xbf16>, memref<64x48xbf16, strided<[1, 64]>>) outs(%y : memref<2x48xbf16>) {alpha = 2.0 : f32}
  %wide = gac_cuda.get @wide : memref<48x64xf32>
  %widet = memref.reinterpret_cast %wide to offset: [0], sizes: [64, 48], strides: [1, 64] : memref<48x64xf32> to memref<64x48xf32, strided<[1, 64]>>
  gac_cuda.matmul ins(%af, %widet : memref<2x64xf32>, memref<64x48xf32, strided<[1, 64]>>) outs(%yf : memref<2x48xf32>)
  %copied = gac_cuda.get @copied : memref<48x64xbf16>
  %copiedt = memref.reinterpret_cast %copied to offset: [0], sizes: [64, 48], strides: [1, 64] : memref<48x64xbf16> to memref<64x48xbf16, strided<[1, 64]>>
  gac_cuda.matmul ins(%a, %copiedt : memref<2x64xbf16>, memref<64x48xbf16, strided<[1, 64]>>) outs(%y : memref<2x48xbf16>)
  // CHECK: memref<43x64xbf16>
  %odd = gac_cuda.get @odd : memref<43x64xbf16>
  %oddt = memref.reinterpret_cast %odd to offset: [0], sizes: [64, 43], strides: [1, 64] : memref<43x64xbf16> to memref<64x43xbf16, strided<[1, 64]>>
  %z = gac_cuda.alloc : memref<2x43xbf16>
  gac_cuda.matmul ins(%a, %oddt : memref<2x64xbf16>, memref<64x43xbf16, strided<[1, 64]>>) outs(%z : memref<2x43xbf16>)
  %tied = gac_cuda.get @tied : memref<48x64xbf16>
  %tiedt = memref.reinterpret_cast %tied to offset: [0], sizes: [64, 48], strides: [1, 64] : memref<48x64xbf16> to memref<64x48xbf16, strided<[1, 64]>>
  gac_cuda.matmul ins(%a, %tiedt : memref<2x64xbf16>, memref<64x48xbf16, strided<[1, 64]>>) outs(%y : memref<2x48xbf16>)
  %ids = gac_cuda.alloc : memref<1x2xi64>
  %e = gac_cuda.alloc : memref<1x2x64xbf16>
  gac_cuda.embed ins(%tied, %ids : memref<48x64xbf16>, memref<1x2xi64>) outs(%e : memref<1x2x64xbf16>)
  %half = gac_cuda.get @half : memref<48x64xbf16>
  %halft = memref.reinterpret_cast %half to offset: [0], sizes: [64, 24], strides: [1, 64] : memref<48x64xbf16> to memref<64x24xbf16, strided<[1, 64]>>
  %h = gac_cuda.alloc : memref<2x24xbf16>
  gac_cuda.matmul ins(%a, %halft : memref<2x64xbf16>, memref<64x24xbf16, strided<[1, 64]>>) outs(%h : memref<2x24xbf16>)
  %x = gac_cuda.get @x : memref<48x64xbf16>
  %xt = memref.reinterpret_cast %x to offset: [0], sizes: [64, 48], strides: [1, 64] : memref<48x64xbf16> to memref<64x48xbf16, strided<[1, 64]>>
  gac_cuda.matmul ins(%a, %xt : memref<2x64xbf16>, memref<64x48xbf16, strided<[1, 64]>>) outs(%y : memref<2x48xbf16>)
  %right = gac_cuda.get @right : memref<64x48xbf16>
  gac_cuda.matmul ins(%a, %right : memref<2x64xbf16>, memref<64x48xbf16>) outs(%y : memref<2x48xbf16>)
}

// CHECK-LABEL: gac_cuda.entry @prefill
gac_cuda.entry @prefill dims {} inputs [] outputs [] {
  %a = gac_cuda.alloc : memref<512x64xbf16>
  %y = gac_cuda.alloc : memref<512x48xbf16>
  %v = gac_cuda.alloc : memref<512x128xbf16>
  // CHECK: %[[W:.*]] = gac_cuda.get @w : memref<64x128xbf16>
  // CHECK-NEXT: gac_cuda.matmul ins(%{{.*}}, %[[W]] : memref<512x64xbf16>, memref<64x128xbf16>)
  %w = gac_cuda.get @w : memref<128x64xbf16>
  %wt = memref.reinterpret_cast %w to offset: [0], sizes: [64, 128], strides: [1, 64] : memref<128x64xbf16> to memref<64x128xbf16, strided<[1, 64]>>
  gac_cuda.matmul ins(%a, %wt : memref<512x64xbf16>, memref<64x128xbf16, strided<[1, 64]>>) outs(%v : memref<512x128xbf16>)
  %narrow = gac_cuda.get @narrow : memref<48x64xbf16>
  %narrowt = memref.reinterpret_cast %narrow to offset: [0], sizes: [64, 48], strides: [1, 64] : memref<48x64xbf16> to memref<64x48xbf16, strided<[1, 64]>>
  gac_cuda.matmul ins(%a, %narrowt : memref<512x64xbf16>, memref<64x48xbf16, strided<[1, 64]>>) outs(%y : memref<512x48xbf16>)
  %copied = gac_cuda.get @copied : memref<48x64xbf16>
  %copy = gac_cuda.alloc : memref<48x64xbf16>
  memref.copy %copied, %copy : memref<48x64xbf16> to memref<48x64xbf16>
  // CHECK: memref.reinterpret_cast
  %many = gac_cuda.get @many : memref<48x64xbf16>
  %manyt = memref.reinterpret_cast %many to offset: [0], sizes: [64, 48], strides: [1, 64] : memref<48x64xbf16> to memref<64x48xbf16, strided<[1, 64]>>
  gac_cuda.matmul ins(%a, %manyt : memref<512x64xbf16>, memref<64x48xbf16, strided<[1, 64]>>) outs(%y : memref<512x48xbf16>)
}
