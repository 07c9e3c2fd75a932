//===- Elementwise.cuh - elementwise work on rows of lanes ------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What generated elementwise kernels are built from, and the elementwise
// families that are always wanted.
//
// Shapes: every tensor is [rows, width] with a pitch of its own; lanes between
// width and pitch are neither read nor written. A tensor without gaps is best
// seen as one row. rows * ceil(width / kVector) must be below 2^31.
// Alignment: pitches and base pointers as kVector says (Common.cuh); the width
// need not be a multiple of it, its last lanes are done one by one.
// Launch: elementwiseGeometry; any other one-dimensional launch is right, too.
// In place: an output may be the same tensor as an input, not an overlapping
// one.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_KERNELS_ELEMENTWISE_CUH
#define GAC_KERNELS_ELEMENTWISE_CUH

#include "Common.cuh"

namespace gac::kernels {

/// One vector per thread, up to enough blocks to fill any device; each thread
/// then takes several.
GAC_HOST_DEVICE constexpr LaunchGeometry
elementwiseGeometry(int64_t rows, int64_t width, int vector) {
  constexpr int64_t kThreads = 256, kMostBlocks = 4096;
  const int64_t vectors = rows * ceilDiv<int64_t>(width, vector);
  const int64_t blocks = smaller(ceilDiv(vectors, kThreads), kMostBlocks);
  LaunchGeometry geometry;
  geometry.gridX = static_cast<unsigned>(larger<int64_t>(blocks, 1));
  geometry.threads = kThreads;
  return geometry;
}

#if defined(__CUDACC__)

/// Calls body(row, column, valid) so that the calls of all threads cover
/// [rows, width] once: `valid` lanes from `column` on, a multiple of kVector.
/// valid is kVector but for the last lanes of a row.
template <int kVector, class Body>
__device__ void forEachRowVector(int64_t rows, int64_t width, Body body) {
  const auto perRow = static_cast<unsigned>(ceilDiv<int64_t>(width, kVector));
  const unsigned count = static_cast<unsigned>(rows) * perRow;
  const unsigned stride = gridDim.x * blockDim.x;
  for (unsigned i = blockIdx.x * blockDim.x + threadIdx.x; i < count;
       i += stride) {
    const int64_t row = i / perRow;
    const int64_t column = static_cast<int64_t>(i % perRow) * kVector;
    body(row, column,
         static_cast<int>(smaller<int64_t>(width - column, kVector)));
  }
}

/// A rows-of-lanes tensor that is read or written.
template <class T> struct Rows {
  T *data = nullptr;
  int64_t pitch = 0;

  __device__ T *at(int64_t row, int64_t column) const {
    return data + row * pitch + column;
  }
};

//===----------------------------------------------------------------------===//
// Residual addition: y = a + b
//===----------------------------------------------------------------------===//

template <class T, int kVector>
__device__ void addRows(Rows<const T> a, Rows<const T> b, Rows<T> y,
                        int64_t rows, int64_t width) {
  forEachRowVector<kVector>(rows, width,
                            [&](int64_t row, int64_t column, int valid) {
                              float left[kVector], right[kVector];
                              loadFloats(a.at(row, column), left, valid);
                              loadFloats(b.at(row, column), right, valid);
#pragma unroll
                              for (int i = 0; i < kVector; ++i)
                                left[i] += right[i];
                              storeFloats(y.at(row, column), left, valid);
                            });
}

//===----------------------------------------------------------------------===//
// SwiGLU's gate: y = silu(gate) * up, silu(x) = x / (1 + exp(-x))
//
// The formula: Shazeer, "GLU Variants Improve Transformer" (2020), Swish with
// beta 1. Gate and up are often halves of one product's rows: two tensors with
// the same pitch. Zero lanes stay zero.
//===----------------------------------------------------------------------===//

template <class T, int kVector>
__device__ void siluMul(Rows<const T> gate, Rows<const T> up, Rows<T> y,
                        int64_t rows, int64_t width) {
  forEachRowVector<kVector>(rows, width,
                            [&](int64_t row, int64_t column, int valid) {
                              float g[kVector], u[kVector];
                              loadFloats(gate.at(row, column), g, valid);
                              loadFloats(up.at(row, column), u, valid);
#pragma unroll
                              for (int i = 0; i < kVector; ++i)
                                g[i] = silu(g[i]) * u[i];
                              storeFloats(y.at(row, column), g, valid);
                            });
}

#endif // __CUDACC__

} // namespace gac::kernels

#endif // GAC_KERNELS_ELEMENTWISE_CUH
