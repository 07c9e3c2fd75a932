//===- elementwise.cu - tests of kernels/Elementwise.cuh --------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Elementwise.cuh"
#include "check.h"

using namespace gac;
using namespace gac::kernels;
using namespace gac::check;

template <class T, int kVector>
__global__ void addKernel(Rows<const T> a, Rows<const T> b, Rows<T> y,
                          int64_t rows, int64_t width) {
  addRows<T, kVector>(a, b, y, rows, width);
}

template <class T, int kVector>
__global__ void siluMulKernel(Rows<const T> gate, Rows<const T> up, Rows<T> y,
                              int64_t rows, int64_t width) {
  siluMul<T, kVector>(gate, up, y, rows, width);
}

namespace {

struct Size {
  int64_t rows, width, pitch, yPitch;
};

template <class T, int kVector>
void testAdd(Run &run, const Size &size, bool inPlace) {
  const auto a = run.random.matrix<T>(size.rows, size.width, size.pitch);
  const auto b = run.random.matrix<T>(size.rows, size.width, size.pitch);
  const int64_t yPitch = inPlace ? size.pitch : size.yPitch;
  DeviceArray<T> left(a), right(b), other(size.rows * yPitch);
  DeviceArray<T> &y = inPlace ? left : other;
  launch(addKernel<T, kVector>,
         elementwiseGeometry(size.rows, size.width, kVector),
         Rows<const T>{left.data(), size.pitch},
         Rows<const T>{right.data(), size.pitch}, Rows<T>{y.data(), yPitch},
         size.rows, size.width);

  Expectation expected(size.rows * yPitch);
  for (int64_t row = 0; row < size.rows; ++row)
    for (int64_t i = 0; i < size.width; ++i) {
      const double l = Type<T>::widen(a[row * size.pitch + i]);
      const double r = Type<T>::widen(b[row * size.pitch + i]);
      expected.set(row * yPitch + i, l + r,
                   roundingBound<T>(l + r, kF32 * std::fabs(l + r)));
    }
  run.expect(y, expected, "add%s %lld x %lld, pitch %lld, vectors of %d",
             inPlace ? " in place" : "", (long long)size.rows,
             (long long)size.width, (long long)size.pitch, kVector);
}

/// Gate and up are halves of one tensor's rows.
template <class T, int kVector> void testSilu(Run &run, const Size &size) {
  auto x = run.random.matrix<T>(size.rows, 2 * size.pitch, 2 * size.pitch, 3);
  for (int64_t row = 0; row < size.rows; ++row)
    for (int64_t half = 0; half < 2; ++half)
      for (int64_t i = size.width; i < size.pitch; ++i)
        x[(2 * row + half) * size.pitch + i] = poison<T>();
  if (size.width > 2) { // Where exp overflows, nearly so, and vanishes.
    x[0] = Type<T>::round(-200);
    x[1] = Type<T>::round(200);
    x[2] = Type<T>::round(-88);
  }
  DeviceArray<T> input(x), y(size.rows * size.yPitch);
  launch(siluMulKernel<T, kVector>,
         elementwiseGeometry(size.rows, size.width, kVector),
         Rows<const T>{input.data(), 2 * size.pitch},
         Rows<const T>{input.data() + size.pitch, 2 * size.pitch},
         Rows<T>{y.data(), size.yPitch}, size.rows, size.width);

  Expectation expected(size.rows * size.yPitch);
  for (int64_t row = 0; row < size.rows; ++row)
    for (int64_t i = 0; i < size.width; ++i) {
      const double g = Type<T>::widen(x[2 * row * size.pitch + i]);
      const double u = Type<T>::widen(x[(2 * row + 1) * size.pitch + i]);
      const double value = g / (1 + std::exp(-g)) * u;
      // __expf is off by 2 + 1.173 |x| units in the last place, __fdividef by
      // 2, or it gives 0 in place of what is below 2^-119.
      const double error = (12 + 2.4 * std::fabs(g)) * kF32 * std::fabs(value);
      // exp(200) is infinite in f32: x / inf is a zero, as good as 1e-85.
      expected.set(row * size.yPitch + i, value,
                   roundingBound<T>(value, error) +
                       0x1p-119 * (1 + std::fabs(u)));
    }
  run.expect(y, expected, "silu * up %lld x %lld, pitch %lld, vectors of %d",
             (long long)size.rows, (long long)size.width, (long long)size.pitch,
             kVector);
}

template <class T, int kVector> void testBoth(Run &run, const Size &size) {
  testAdd<T, kVector>(run, size, false);
  testAdd<T, kVector>(run, size, true);
  testSilu<T, kVector>(run, size);
}

} // namespace

int main(int argc, char **argv) {
  Run run("elementwise", argc, argv);
  // Odd widths whose last lanes are no vector; gaps; one row.
  testBoth<bf16, 8>(run, {1, 4096, 4096, 4096});
  testBoth<bf16, 8>(run, {5, 1843, 1848, 1856});
  testBoth<bf16, 1>(run, {3, 1843, 1843, 1843});
  testBoth<f16, 8>(run, {7, 13, 16, 24});
  testBoth<f16, 2>(run, {9, 106, 106, 110});
  testBoth<float, 4>(run, {4, 1023, 1024, 1028});
  testBoth<float, 1>(run, {1, 1, 1, 1});
  if (!run.small) // More vectors than threads of the largest launch.
    testBoth<bf16, 8>(run, {1024, 14336, 14336, 14336});
  return run.finish();
}
