//===- RecipeProduct.cuh - Weights that are products ------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   c[i, j] = float(sum_k double(a[i, k]) * double(b[k, j]))
//
// in ascending order of k, as docs/Package.md defines a recipe's product.
// Products of float32 are exact in float64, so that a fused addition has the
// bits of a separate one, and the result those of the CPU's sums.
//
// Shapes: a [rows, depth], b [depth, columns] and c [rows, columns], of float32
// in row-major order, at any address of a float32.
// Launch: recipeProductThreads threads and ceil(columns / recipeProductTile)
// times ceil(rows / recipeProductTile) blocks, in x.
//
// nvcc and NVRTC compile the same lines.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_KERNELS_RECIPEPRODUCT_CUH
#define GAC_KERNELS_RECIPEPRODUCT_CUH

namespace gac {

constexpr int recipeProductThreads = 256, recipeProductTile = 64;

#if defined(__CUDACC__)

__device__ inline void makeRecipeProduct(const float *a, const float *b,
                                         float *c, long long rows,
                                         long long depth, long long columns) {
  constexpr int kTile = recipeProductTile, kDepth = 16;
  // A thread has every 16th row and column of the tile: neighbours read
  // neighbours.
  constexpr int kStep = 16, kOwn = kTile / kStep;
  // Widened once, where a value enters. A column more: transposed rows of a
  // are written to different banks.
  __shared__ double aTile[kDepth][kTile + 1], bTile[kDepth][kTile];
  const long long tiles = (columns + kTile - 1) / kTile;
  const long long firstRow = blockIdx.x / tiles * kTile;
  const long long firstColumn = blockIdx.x % tiles * kTile;
  const int x = threadIdx.x % kStep, y = threadIdx.x / kStep;
  double sums[kOwn][kOwn] = {};
  for (long long first = 0; first < depth; first += kDepth) {
    for (int i = threadIdx.x; i < kTile * kDepth; i += recipeProductThreads) {
      const long long row = firstRow + i / kDepth, k = first + i % kDepth;
      aTile[i % kDepth][i / kDepth] =
          row < rows && k < depth ? a[row * depth + k] : 0;
    }
    for (int i = threadIdx.x; i < kTile * kDepth; i += recipeProductThreads) {
      const long long k = first + i / kTile, column = firstColumn + i % kTile;
      bTile[i / kTile][i % kTile] =
          k < depth && column < columns ? b[k * columns + column] : 0;
    }
    __syncthreads();
    // Beyond the depth are zeros, which change no sum.
#pragma unroll
    for (int k = 0; k < kDepth; ++k)
#pragma unroll
      for (int i = 0; i < kOwn; ++i)
#pragma unroll
        for (int j = 0; j < kOwn; ++j)
          sums[i][j] += aTile[k][y + kStep * i] * bTile[k][x + kStep * j];
    __syncthreads();
  }
#pragma unroll
  for (int i = 0; i < kOwn; ++i)
#pragma unroll
    for (int j = 0; j < kOwn; ++j) {
      const long long row = firstRow + y + kStep * i;
      const long long column = firstColumn + x + kStep * j;
      if (row < rows && column < columns)
        c[row * columns + column] = static_cast<float>(sums[i][j]);
    }
}

#endif // __CUDACC__

} // namespace gac

#endif // GAC_KERNELS_RECIPEPRODUCT_CUH
