//===- rms_norm.cu - tests of kernels/RMSNorm.cuh ---------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RMSNorm.cuh"
#include "check.h"

using namespace gac;
using namespace gac::kernels;
using namespace gac::check;

template <class T, class W, int kVector, int kHeld, bool kResidual>
__global__ void rmsNormKernel(const T *x, const T *residual, const W *weight,
                              T *sum, T *y, RMSNormShape shape) {
  rmsNorm<T, W, kVector, kHeld, kResidual>(x, residual, weight, sum, y, shape);
}

namespace {

/// `count` lanes are real; the padding after each `atom` of a row's lanes is
/// zero (a width that is one padded atom: atom = count).
struct Size {
  int64_t rows, width, count, atom, xPitch, yPitch;
};

template <class T, class W, int kVector, int kHeld, bool kResidual>
void test(Run &run, const Size &size) {
  const int64_t stored = size.width / (size.count / size.atom);
  const auto isReal = [&](int64_t i) { return i % stored < size.atom; };
  auto x = run.random.matrix<T>(size.rows, size.width, size.xPitch, 2);
  auto r = run.random.matrix<T>(size.rows, size.width, size.xPitch, 2);
  for (int64_t row = 0; row < size.rows; ++row)
    for (int64_t i = 0; i < size.width; ++i)
      if (!isReal(i))
        x[row * size.xPitch + i] = r[row * size.xPitch + i] = Type<T>::round(0);
  const auto weight = run.random.matrix<W>(1, size.width, size.width);
  DeviceArray<T> input(x), residual(r), sum(size.rows * size.yPitch),
      y(size.rows * size.yPitch);
  DeviceArray<W> weights(weight);
  RMSNormShape shape;
  shape.width = size.width;
  shape.count = size.count;
  shape.epsilon = 1e-5f;
  shape.xPitch = shape.residualPitch = size.xPitch;
  shape.yPitch = shape.sumPitch = size.yPitch;
  launch(rmsNormKernel<T, W, kVector, kHeld, kResidual>,
         rmsNormGeometry(size.rows, size.width, kVector), input.data(),
         residual.data(), weights.data(), sum.data(), y.data(), shape);

  Expectation expectedSum(size.rows * size.yPitch);
  Expectation expected(size.rows * size.yPitch);
  for (int64_t row = 0; row < size.rows; ++row) {
    std::vector<double> h(size.width);
    double squares = 0;
    for (int64_t i = 0; i < size.width; ++i) {
      h[i] = Type<T>::widen(x[row * size.xPitch + i]);
      if (kResidual) {
        // Rounded twice, to f32 and to T, as the kernel does, so that the
        // norm's own error can be told.
        const float added =
            static_cast<float>(h[i] + Type<T>::widen(r[row * size.xPitch + i]));
        expectedSum.set(row * size.yPitch + i, added,
                        roundingBound<T>(added, 0));
        h[i] = Type<T>::widen(Type<T>::round(added));
      }
      squares += h[i] * h[i];
    }
    const double norm = std::sqrt(squares / size.count + double(1e-5f));
    // A lane's own sum, the tree over the block, half of both for the root,
    // and a few roundings.
    const double terms =
        (double(size.width) /
             rmsNormGeometry(size.rows, size.width, kVector).threads +
         10) /
            2 +
        6;
    for (int64_t i = 0; i < size.width; ++i) {
      const double value = h[i] / norm * Type<W>::widen(weight[i]);
      expected.set(row * size.yPitch + i, value,
                   roundingBound<T>(value, terms * kF32 * std::fabs(value)));
    }
  }
  const char *form = kResidual ? "residual, " : "";
  if (kResidual)
    run.expect(sum, expectedSum, "sum %lld x %lld", (long long)size.rows,
               (long long)size.width);
  run.expect(y, expected, "%s%lld x %lld of %lld, vectors of %d, %d held", form,
             (long long)size.rows, (long long)size.count, (long long)size.width,
             kVector, kHeld);
}

} // namespace

int main(int argc, char **argv) {
  Run run("rms_norm", argc, argv);
  static_assert(rmsNormGeometry(512, 4096, 8).threads == 512 &&
                    rmsNormGeometry(513, 4096, 8).threads == 128 &&
                    rmsNormGeometry(513, 1 << 20, 8).threads == 512 &&
                    rmsNormGeometry(513, 64, 8).threads == 32,
                "threads of a row");
  static_assert(
      rmsNormHeld(4096, 8, 512) == 1 && rmsNormHeld(8192, 8, 512) == 2 &&
          rmsNormHeld(4096, 8, 128) == 4 && rmsNormHeld(1 << 20, 1, 512) == 8,
      "vectors held per thread");
  test<bf16, bf16, 8, 1, false>(run, {1, 4096, 4096, 4096, 4096, 4096});
  test<bf16, bf16, 8, 1, true>(run, {3, 4096, 4091, 4091, 4096, 4104});
  // Padding in the middle of the axis: 4 atoms of 13 in 16 lanes.
  test<bf16, bf16, 8, 1, false>(run, {5, 64, 52, 13, 64, 72});
  test<bf16, bf16, 1, 2, true>(run, {2, 1021, 1021, 1021, 1021, 1023});
  test<f16, float, 8, 2, false>(run, {7, 8192, 8191, 8191, 8200, 8192});
  // More lanes than are held are read again.
  test<f16, f16, 2, 1, true>(run, {2, 3070, 3069, 3069, 3072, 3070});
  test<float, float, 4, 1, false>(run, {4, 64, 61, 61, 68, 64});
  test<float, float, 1, 1, true>(run, {1, 1, 1, 1, 1, 1});
  // Many rows have smaller blocks, whose threads hold more.
  test<bf16, bf16, 8, 4, false>(run, {513, 4096, 4091, 4091, 4096, 4104});
  test<f16, float, 8, 1, false>(run, {600, 64, 52, 13, 64, 72});
  if (!run.small) {
    test<bf16, bf16, 8, 4, true>(run, {8192, 4096, 4096, 4096, 4096, 4096});
    test<f16, float, 8, 2, false>(run, {3, 65536, 65535, 65535, 65536, 65536});
  }
  return run.finish();
}
