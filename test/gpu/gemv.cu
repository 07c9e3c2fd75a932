//===- gemv.cu - tests of kernels/Gemv.cuh ----------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Gemv.cuh"
#include "check.h"

using namespace gac;
using namespace gac::kernels;
using namespace gac::check;

template <class Method, bool kClusters, class T = typename Method::Element>
__global__ void __launch_bounds__(kGemvWarps * 32, gemvBlocks(Method::kDepth))
    gemvKernel(const T *x, const T *w, const T *bias, const T *residual, T *y,
               void *workspace, GemvShape shape) {
  extern __shared__ uint4 shared[];
  gemv<Method, kClusters>(x, w, bias, residual, y, workspace, shared, shape);
}

namespace {

struct Size {
  int32_t rows;
  int64_t n, k, xPitch, wPitch, yPitch;
  int32_t splits;
};

bool hasClusters() {
  int major = 0;
  require(cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, 0),
          "compute capability");
  return major >= 9;
}

/// Launches with clusters of all splits, and waits.
template <class... Params, class... Args>
void launchClusters(void (*kernel)(Params...), const LaunchGeometry &geometry,
                    const Args &...args) {
  cudaLaunchAttribute cluster = {};
  cluster.id = cudaLaunchAttributeClusterDimension;
  cluster.val.clusterDim = {1, geometry.gridY, 1};
  cudaLaunchConfig_t config = {};
  config.gridDim = dim3(geometry.gridX, geometry.gridY);
  config.blockDim = geometry.threads;
  config.dynamicSmemBytes = geometry.sharedBytes;
  config.attrs = &cluster;
  config.numAttrs = 1;
  require(cudaLaunchKernelEx(&config, kernel, args...), "launch");
  require(cudaDeviceSynchronize(), "kernel");
}

template <class Method, class T, int kVector>
void test(Run &run, const Size &size, bool epilogue) {
  constexpr bool kRowsOfN = Method::kLayout == WeightLayout::NK;
  GemvShape shape;
  shape.layout = Method::kLayout;
  shape.rows = size.rows;
  shape.n = size.n;
  shape.k = size.k;
  shape.xPitch = size.xPitch;
  shape.wPitch = size.wPitch;
  shape.yPitch = shape.residualPitch = size.yPitch;
  shape.splits = size.splits;
  const auto x = run.random.matrix<T>(size.rows, size.k, size.xPitch);
  const auto w = kRowsOfN ? run.random.matrix<T>(size.n, size.k, size.wPitch)
                          : run.random.matrix<T>(size.k, size.n, size.wPitch);
  const auto b = run.random.matrix<T>(1, size.n, size.n, 10);
  const auto r = run.random.matrix<T>(size.rows, size.n, size.yPitch, 10);
  DeviceArray<T> vectors(x), matrix(w), bias(b), residual(r),
      y(size.rows * size.yPitch);
  // Zero counters, then poison.
  std::vector<float> scratch(gemvWorkspaceBytes(shape) / 4, poison<float>());
  const int64_t counters = gemvCounterBytes(shape) / 4;
  std::fill_n(scratch.begin(), counters, 0.f);
  DeviceArray<float> workspace(scratch);

  Expectation expected(size.rows * size.yPitch);
  for (int64_t n = 0; n < size.n; ++n) {
    std::vector<double> weights(size.k);
    for (int64_t i = 0; i < size.k; ++i)
      weights[i] = Type<T>::widen(
          w[kRowsOfN ? n * size.wPitch + i : i * size.wPitch + n]);
    for (int32_t m = 0; m < size.rows; ++m) {
      double sum = 0, magnitude = 0;
      for (int64_t i = 0; i < size.k; ++i) {
        const double product =
            weights[i] * Type<T>::widen(x[m * size.xPitch + i]);
        sum += product;
        magnitude += std::fabs(product);
      }
      if (epilogue)
        for (double added :
             {Type<T>::widen(b[n]), Type<T>::widen(r[m * size.yPitch + n])}) {
          sum += added;
          magnitude += std::fabs(added);
        }
      // The tensor cores add 16 products at a time to a warp's share, and may
      // cut off where arithmetic rounds.
      const int slices = gemvSlices(shape.layout);
      const double additions =
          double(gemvUnits(shape)) * gemvUnit(shape.layout) / 16 / slices +
          2 * 16;
      const double error =
          2 * kF32 * (additions + slices + size.splits) * magnitude;
      expected.set(m * size.yPitch + n, sum, roundingBound<T>(sum, error));
    }
  }
  const T *const b0 = epilogue ? bias.data() : nullptr;
  const T *const r0 = epilogue ? residual.data() : nullptr;
  const LaunchGeometry geometry = gemvGeometry(shape);
  const auto expect = [&](const char *how) {
    run.expect(y, expected, "%s %d x %lld x %lld, vectors of %d, %d splits%s%s",
               kRowsOfN ? "NK" : "KN", size.rows, (long long)size.n,
               (long long)size.k, kVector, size.splits, how,
               epilogue ? ", bias and residual" : "");
  };
  if (size.splits > 1 && size.splits <= kGemvCluster && hasClusters()) {
    launchClusters(gemvKernel<Method, true>, geometry, vectors.data(),
                   matrix.data(), b0, r0, y.data(),
                   static_cast<void *>(nullptr), shape);
    expect(" in a cluster");
    require(cudaMemset(y.data(), 0xff, size.rows * size.yPitch * sizeof(T)),
            "poison");
  }
  // Twice: the second launch finds the counters that the first one left.
  for (int turn = 0; turn < (size.splits > 1 ? 2 : 1); ++turn) {
    launch(gemvKernel<Method, false>, geometry, vectors.data(), matrix.data(),
           b0, r0, y.data(), static_cast<void *>(workspace.data()), shape);
    expect("");
  }
  bool intact = false;
  const auto left = workspace.download(intact);
  Expectation idle(left.size());
  for (size_t i = 0; i < left.size(); ++i)
    if (static_cast<int64_t>(i) < counters)
      idle.set(i, 0, 0);
    else
      idle.setWritten(i);
  // Sums of columns beyond n may be of what lies there.
  if (size.splits > 1 && (kRowsOfN || kVector < 8 || size.n % 8 == 0))
    run.expect(workspace, idle, "workspace of the same");
}

template <class T, int kVector>
void testNK(Run &run, const Size &size, bool epilogue) {
  test<GemvNK<T, kVector, 2>, T, kVector>(run, size, epilogue);
}

template <class T, int kVector>
void testKN(Run &run, const Size &size, bool epilogue) {
  test<GemvKN<T, kVector, 2>, T, kVector>(run, size, epilogue);
  test<GemvKN<T, kVector, 4>, T, kVector>(run, size, !epilogue);
}

constexpr int32_t splits(int64_t n, int64_t k, WeightLayout layout) {
  return gemvSplits(n, k, layout, 132);
}

} // namespace

int main(int argc, char **argv) {
  Run run("gemv", argc, argv);
  constexpr WeightLayout NK = WeightLayout::NK, KN = WeightLayout::KN;
  static_assert(gemvDepth(4096, 4096, KN, 132) == 2 &&
                    gemvDepth(4096, 1848, KN, 132) == 4 &&
                    gemvDepth(4096, 1848, NK, 132) == 2,
                "depth");
  static_assert(splits(4096, 1848, KN) == 5 && splits(4096, 4096, KN) == 8 &&
                    splits(14336, 4096, KN) == 2 &&
                    splits(1024, 576, KN) == 6 && splits(64, 16, KN) == 1 &&
                    splits(64, 100, NK) == 1 && splits(128256, 64, NK) == 1,
                "splits");
  // Every number of rows; w with gaps; columns that fill no block.
  for (int32_t rows = 1; rows <= 8; ++rows) {
    testNK<bf16, 8>(run, {rows, 573, 1032, 1040, 1048, 574, 1}, rows % 2 == 0);
    testKN<bf16, 8>(run, {rows, 573, 1032, 1040, 584, 574, 1}, rows % 2 == 1);
  }
  testNK<bf16, 8>(run, {3, 37, 4096, 4096, 4096, 37, 4}, true);
  testKN<bf16, 8>(run, {3, 137, 4096, 4096, 144, 137, 4}, true);
  testNK<bf16, 8>(run, {8, 16, 2867, 2872, 2872, 16, 3}, false); // A k tail.
  testKN<bf16, 8>(run, {8, 64, 2867, 2872, 64, 64, 3}, false);
  testNK<bf16, 1>(run, {2, 131, 1843, 1843, 1843, 131, 1}, false);
  testKN<bf16, 1>(run, {2, 131, 1843, 1843, 131, 131, 1}, false);
  testNK<bf16, 1>(run, {8, 5, 2047, 2047, 2049, 7, 2}, true);
  testNK<f16, 2>(run, {5, 33, 1846, 1846, 1850, 34, 1}, true);
  testKN<f16, 2>(run, {5, 34, 1845, 1846, 38, 34, 7}, true);
  testNK<f16, 8>(run, {1, 1, 1, 8, 8, 1, 1}, false);
  testKN<f16, 8>(run, {1, 1, 1, 8, 8, 1, 1}, false);
  testNK<f16, 8>(run, {4, 100, 8192, 8192, 8192, 100, 8}, false);
  // Splits that share columns unevenly, that exceed a cluster, and that leave
  // blocks without a unit.
  for (int32_t rows : {1, 2, 3, 8})
    for (int32_t count : {2, 3, 5, 7, 8, 9}) {
      testKN<bf16, 8>(run, {rows, 200, 1000, 1000, 200, 200, count}, true);
      testNK<bf16, 8>(run, {rows, 200, 1000, 1000, 1000, 200, count}, false);
    }
  testKN<f16, 8>(run, {1, 72, 40, 40, 72, 72, 8}, false);
  testNK<f16, 8>(run, {2, 72, 72, 72, 72, 72, 8}, false);
  if (!run.small) {
    testNK<bf16, 8>(
        run, {8, 4096, 4096, 4096, 4096, 4096, splits(4096, 4096, NK)}, true);
    testNK<bf16, 8>(
        run, {1, 4096, 14336, 14336, 14336, 4096, splits(4096, 14336, NK)},
        false);
    testKN<bf16, 8>(
        run, {8, 4096, 4096, 4096, 4096, 4096, splits(4096, 4096, KN)}, true);
    testKN<bf16, 8>(
        run, {1, 14336, 4096, 4096, 14336, 14336, splits(14336, 4096, KN)},
        false);
  }
  return run.finish();
}
