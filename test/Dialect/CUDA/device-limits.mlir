// RUN: gac-opt %s --gac-select-kernels=target=h200 --gac-fuse-attention-step=target=h200 | FileCheck %s --check-prefixes=CHECK,H200
// RUN: gac-opt %s --gac-select-kernels=target=a100 --gac-fuse-attention-step=target=a100 | FileCheck %s --check-prefixes=CHECK,A100

// Launches are laid out for the shared memory that a block has: 227 KiB on an
// H200, 163 on an A100, where the rows of this product find no place beside its
// weights.
gac_cuda.tensor weight @w "w" : tensor<4096x14336xbf16> = dense<0.0> : tensor<4096x14336xbf16>
// CHECK-LABEL: gac_cuda.entry @rows
// H200: gac_cuda.gemv
// A100: gac_cuda.gemm
gac_cuda.entry @rows dims {} inputs [] outputs [] {
  %x = gac_cuda.alloc : memref<8x14336xbf16>
  %w = gac_cuda.get @w : memref<4096x14336xbf16>
  %t = memref.reinterpret_cast %w to offset: [0], sizes: [14336, 4096], strides: [1, 14336] : memref<4096x14336xbf16> to memref<14336x4096xbf16, strided<[1, 14336]>>
  %y = gac_cuda.alloc : memref<8x4096xbf16>
  gac_cuda.matmul ins(%x, %t : memref<8x14336xbf16>, memref<14336x4096xbf16, strided<[1, 14336]>>) outs(%y : memref<8x4096xbf16>)
}
