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

/// What a product reads x through.
enum class Operand { Plain, Normalized, Gated };

template <Operand kOperand, class T>
__device__ auto makeInput(const T *x, const T *other, int64_t count) {
  if constexpr (kOperand == Operand::Plain)
    return PlainInput<T>{x};
  else if constexpr (kOperand == Operand::Normalized)
    return NormalizedInput<T, T>{x, other, count, 1e-5f};
  else
    return GatedInput<T>{x, other};
}

template <class T, WeightLayout kLayout, int kVector, int kColumns,
          int kRowTiles, int kDepth, bool kDirect, bool kClusters,
          Operand kOperand>
__global__ void __launch_bounds__(kGemvWarps * 32, kGemvBlocks)
    gemvKernel(const T *x, const T *other, int64_t count, const T *w,
               const T *bias, const T *residual, T *y, void *workspace,
               GemvShape shape) {
  GAC_DYNAMIC_SHARED(shared);
  gemv<T, kLayout, kVector, kColumns, kRowTiles, kDepth, kDirect, kClusters>(
      makeInput<kOperand>(x, other, count), w, bias, residual, y, workspace,
      shared, shape);
}

/// Two products: the second one's blocks come behind those of the first.
template <class T, int kColumns, int kOtherColumns, int kDepth, bool kDirect,
          bool kClusters, Operand kOperand>
__global__ void __launch_bounds__(kGemvWarps * 32, kGemvBlocks)
    groupKernel(const T *x, const T *w, T *y, float *sums, GemvShape shape,
                const T *otherX, const T *other, int64_t count, const T *otherW,
                const T *otherResidual, T *otherY, float *otherSums,
                GemvShape otherShape, unsigned *counters) {
  GAC_DYNAMIC_SHARED(shared);
  const unsigned tiles = gemvTiles(shape);
  if (blockIdx.x < tiles)
    gemv<T, WeightLayout::KN, 8, kColumns, 1, kDepth, kDirect, kClusters>(
        PlainInput<T>{x}, w, nullptr, nullptr, y, counters, sums, shared, shape,
        blockIdx.x);
  else
    gemv<T, WeightLayout::KN, 8, kOtherColumns, 1, kDepth, kDirect, kClusters>(
        makeInput<kOperand>(otherX, other, count), otherW, nullptr,
        otherResidual, otherY, counters, otherSums, shared, otherShape,
        blockIdx.x - tiles);
}

namespace {

struct Size {
  int32_t rows;
  int64_t n, k, xPitch, wPitch, yPitch;
  int32_t splits;
};

/// The operand as the kernel rounds it, and by how much the result may differ
/// because of that, in products of the largest terms. Of the normalised one,
/// the factor of a row's sum.
template <class T> struct Reference {
  std::vector<double> x, factors;
  double slack = 0;
};

template <Operand kOperand, class T>
Reference<T> getReference(const Size &size, const std::vector<T> &x,
                          const std::vector<T> &other) {
  Reference<T> reference;
  reference.x.resize(size.rows * size.k);
  reference.factors.assign(size.rows, 1);
  for (int32_t m = 0; m < size.rows; ++m) {
    double squares = 0;
    for (int64_t i = 0; i < size.k; ++i) {
      double value = Type<T>::widen(x[m * size.xPitch + i]);
      squares += value * value;
      if constexpr (kOperand == Operand::Normalized)
        value *= Type<T>::widen(other[i]);
      if constexpr (kOperand == Operand::Gated) {
        const double gate = Type<T>::widen(other[m * size.xPitch + i]);
        value *= gate / (1 + std::exp(-gate));
      }
      reference.x[m * size.k + i] =
          Type<T>::widen(Type<T>::round(static_cast<float>(value)));
    }
    if constexpr (kOperand == Operand::Normalized)
      reference.factors[m] = 1 / std::sqrt(squares / size.k + double(1e-5f));
  }
  // A gate's f32 value may lie on the other side of a tie.
  if constexpr (kOperand == Operand::Gated)
    reference.slack = 16 * Type<T>::kRoundoff;
  return reference;
}

GemvShape makeShape(WeightLayout layout, const Size &size, int32_t columns,
                    int32_t depth) {
  GemvShape shape;
  shape.layout = layout;
  shape.rows = size.rows;
  shape.n = size.n;
  shape.k = size.k;
  shape.xPitch = size.xPitch;
  shape.wPitch = size.wPitch;
  shape.yPitch = shape.residualPitch = size.yPitch;
  shape.splits = size.splits;
  shape.columns = columns;
  shape.depth = depth;
  return shape;
}

/// The operands of a product on the device, and what it should give.
template <class T, Operand kOperand> struct Product {
  Product(Run &run, const Size &size, const GemvShape &shape, bool epilogue);

private:
  std::vector<T> vectors, others, matrix, addend, rows;

public:
  DeviceArray<T> x, other, w, bias, residual, y;
  Expectation expected;
};

template <class T, Operand kOperand>
Product<T, kOperand>::Product(Run &run, const Size &size,
                              const GemvShape &shape, bool epilogue)
    : vectors(run.random.matrix<T>(size.rows, size.k, size.xPitch)),
      others(kOperand == Operand::Normalized
                 ? run.random.matrix<T>(1, size.k, roundUp<int64_t>(size.k, 8))
                 : run.random.matrix<T>(size.rows, size.k, size.xPitch, 3)),
      matrix(shape.layout == WeightLayout::NK
                 ? run.random.matrix<T>(size.n, size.k, size.wPitch)
                 : run.random.matrix<T>(size.k, size.n, size.wPitch)),
      addend(run.random.matrix<T>(1, size.n, size.n, 10)),
      rows(run.random.matrix<T>(size.rows, size.n, size.yPitch, 10)),
      x(vectors), other(others), w(matrix), bias(addend), residual(rows),
      y(size.rows * size.yPitch), expected(size.rows * size.yPitch) {
  const bool rowsOfN = shape.layout == WeightLayout::NK;
  const Reference<T> reference = getReference<kOperand>(size, vectors, others);
  for (int64_t n = 0; n < size.n; ++n) {
    std::vector<double> weights(size.k);
    for (int64_t i = 0; i < size.k; ++i)
      weights[i] = Type<T>::widen(
          matrix[rowsOfN ? n * size.wPitch + i : i * size.wPitch + n]);
    for (int32_t m = 0; m < size.rows; ++m) {
      double sum = 0, magnitude = 0, largest = 0;
      for (int64_t i = 0; i < size.k; ++i) {
        const double product =
            weights[i] * reference.x[m * size.k + i] * reference.factors[m];
        sum += product;
        magnitude += std::fabs(product);
        largest = std::fmax(largest, std::fabs(product));
      }
      if (epilogue)
        for (double added : {Type<T>::widen(addend[n]),
                             Type<T>::widen(rows[m * size.yPitch + n])}) {
          sum += added;
          magnitude += std::fabs(added);
        }
      // The tensor cores add 16 products at a time to a warp's share, and may
      // cut off where arithmetic rounds.
      const int slices = gemvSlices(shape.layout);
      const double additions =
          double(gemvUnits(shape)) * gemvUnit(shape.layout) / 16 / slices + 16;
      // Half of the squares' error, which adds up as theirs, and the root.
      const double scale =
          kOperand == Operand::Normalized ? size.k / 64.0 + 16 : 0;
      const double error =
          2 * kF32 * (additions + scale + slices + size.splits) * magnitude +
          reference.slack * largest;
      expected.set(m * size.yPitch + n, sum, roundingBound<T>(sum, error));
    }
  }
}

template <class T, WeightLayout kLayout, int kVector, int kColumns,
          int kRowTiles, int kDepth, Operand kOperand, bool kDirect>
void testTilesBy(Run &run, const Size &size, bool epilogue) {
  const GemvShape shape = makeShape(kLayout, size, kColumns, kDepth);
  Product<T, kOperand> product(run, size, shape, epilogue);
  // Zero counters, then poison.
  std::vector<float> scratch(gemvWorkspaceBytes(shape) / 4, poison<float>());
  const int64_t counters = gemvCounterBytes(shape) / 4;
  std::fill_n(scratch.begin(), counters, 0.f);
  DeviceArray<float> workspace(scratch);

  const T *const b0 = epilogue ? product.bias.data() : nullptr;
  const T *const r0 = epilogue ? product.residual.data() : nullptr;
  const LaunchGeometry geometry = gemvGeometry(shape);
  const auto expect = [&](const char *how) {
    run.expect(product.y, product.expected,
               "%s %d x %lld x %lld, vectors of %d, %d splits, %d columns, "
               "depth %d%s%s%s",
               kLayout == WeightLayout::NK ? "NK" : "KN", size.rows,
               (long long)size.n, (long long)size.k, kVector, size.splits,
               kColumns, kDepth,
               kOperand == Operand::Gated        ? ", gated"
               : kOperand == Operand::Normalized ? ", normalised"
                                                 : "",
               how, epilogue ? ", bias and residual" : "");
  };
  if (size.splits > 1 && size.splits <= smaller(kGemvCluster, mostCluster())) {
    launchClusters(geometry.gridY,
                   gemvKernel<T, kLayout, kVector, kColumns, kRowTiles, kDepth,
                              kDirect, true, kOperand>,
                   geometry, product.x.data(), product.other.data(), size.k,
                   product.w.data(), b0, r0, product.y.data(),
                   static_cast<void *>(nullptr), shape);
    expect(" in a cluster");
  }
  // Twice: the second launch finds the counters that the first one left.
  for (int turn = 0; turn < (size.splits > 1 ? 2 : 1); ++turn) {
    product.y.clear();
    launch(gemvKernel<T, kLayout, kVector, kColumns, kRowTiles, kDepth, kDirect,
                      false, kOperand>,
           geometry, product.x.data(), product.other.data(), size.k,
           product.w.data(), b0, r0, product.y.data(),
           static_cast<void *>(workspace.data()), shape);
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
  // Sums of columns beyond n may be of what lies there, and every row's last
  // four floats are of one sum.
  if (size.splits > 1 && size.n % kColumns == 0)
    run.expect(workspace, idle, "workspace of the same");
}

template <class T, WeightLayout kLayout, int kVector, int kColumns,
          int kRowTiles, int kDepth, Operand kOperand>
void testTiles(Run &run, const Size &size, bool epilogue) {
  if constexpr (kLayout == WeightLayout::KN && kRowTiles == 1)
    if (gemvReadsDirectly(makeShape(kLayout, size, kColumns, kDepth))) {
      testTilesBy<T, kLayout, kVector, kColumns, 1, kDepth, kOperand, true>(
          run, size, epilogue);
      return;
    }
  testTilesBy<T, kLayout, kVector, kColumns, kRowTiles, kDepth, kOperand,
              false>(run, size, epilogue);
}

template <class T, int kVector, Operand kOperand = Operand::Plain,
          int kRowTiles = 1>
void testNK(Run &run, const Size &size, bool epilogue) {
  testTiles<T, WeightLayout::NK, kVector, 128, kRowTiles, 2, kOperand>(
      run, size, epilogue);
}

template <class T, int kVector, Operand kOperand = Operand::Plain,
          int kRowTiles = 1>
void testKN(Run &run, const Size &size, bool epilogue) {
  testTiles<T, WeightLayout::KN, kVector, 48, kRowTiles, 3, kOperand>(run, size,
                                                                      epilogue);
}

/// Two products that share a launch, and counters.
template <class T, int kColumns, int kOtherColumns, Operand kOperand,
          bool kDirect>
void testGroupBy(Run &run, const Size &size, const Size &otherSize) {
  constexpr int kDepth = 2;
  const GemvShape shapes[] = {
      makeShape(WeightLayout::KN, size, kColumns, kDepth),
      makeShape(WeightLayout::KN, otherSize, kOtherColumns, kDepth)};
  Product<T, Operand::Plain> product(run, size, shapes[0], false);
  Product<T, kOperand> other(run, otherSize, shapes[1], false);
  const auto makeSums = [](const GemvShape &shape) {
    return DeviceArray<float>(std::vector<float>(
        (gemvWorkspaceBytes(shape) - gemvCounterBytes(shape)) / 4,
        poison<float>()));
  };
  DeviceArray<float> sums = makeSums(shapes[0]),
                     otherSums = makeSums(shapes[1]);
  const size_t tiles = gemvTiles(shapes[0]) + gemvTiles(shapes[1]);
  DeviceArray<float> counters(std::vector<float>(tiles, 0.f));
  const LaunchGeometry geometry = gemvGeometry(shapes, 2);
  const auto start = [&](auto kernel, auto launcher) {
    launcher(kernel, geometry, product.x.data(), product.w.data(),
             product.y.data(), sums.data(), shapes[0], other.x.data(),
             other.other.data(), otherSize.k, other.w.data(),
             static_cast<const T *>(nullptr), other.y.data(), otherSums.data(),
             shapes[1], reinterpret_cast<unsigned *>(counters.data()));
  };
  const auto expect = [&](const char *how) {
    run.expect(product.y, product.expected, "first of two, %d splits%s",
               size.splits, how);
    run.expect(other.y, other.expected, "second of two, %d splits%s",
               size.splits, how);
  };
  if (size.splits > 1 && size.splits <= smaller(kGemvCluster, mostCluster())) {
    start(groupKernel<T, kColumns, kOtherColumns, kDepth, kDirect, true,
                      kOperand>,
          [](auto kernel, const LaunchGeometry &geometry, auto... args) {
            launchClusters(geometry.gridY, kernel, geometry, args...);
          });
    expect(" in a cluster");
  }
  // Twice: the second launch finds the counters that the first one left.
  for (int turn = 0; turn < 2; ++turn) {
    product.y.clear();
    other.y.clear();
    start(groupKernel<T, kColumns, kOtherColumns, kDepth, kDirect, false,
                      kOperand>,
          [](auto kernel, const LaunchGeometry &geometry, auto... args) {
            launch(kernel, geometry, args...);
          });
    expect("");
  }
  Expectation idle(tiles);
  for (size_t i = 0; i < tiles; ++i)
    idle.set(i, 0, 0);
  run.expect(counters, idle, "counters of the same");
}

template <class T, int kColumns, int kOtherColumns, Operand kOperand>
void testGroup(Run &run, const Size &size, const Size &otherSize) {
  if (gemvReadsDirectly(makeShape(WeightLayout::KN, size, kColumns, 2)))
    testGroupBy<T, kColumns, kOtherColumns, kOperand, true>(run, size,
                                                            otherSize);
  else
    testGroupBy<T, kColumns, kOtherColumns, kOperand, false>(run, size,
                                                             otherSize);
}

/// Numbers of rows that take kRowTiles.
template <int kRowTiles> void testRows(Run &run) {
  for (int32_t rows : {8 * kRowTiles - 7, 8 * kRowTiles - 3, 8 * kRowTiles}) {
    const bool epilogue = rows % 2 == 0;
    testNK<bf16, 8, Operand::Plain, kRowTiles>(
        run, {rows, 573, 1032, 1040, 1048, 574, 1}, epilogue);
    testKN<bf16, 8, Operand::Plain, kRowTiles>(
        run, {rows, 573, 1032, 1040, 584, 574, 1}, !epilogue);
  }
}

constexpr GemvShape choose(WeightLayout layout, int32_t rows, int64_t n,
                           int64_t k) {
  GemvShape shape;
  shape.layout = layout;
  shape.rows = rows;
  shape.n = n;
  shape.k = k;
  return chooseGemv(shape, {132, 90}) ? shape : GemvShape();
}

/// With the choice that packages make.
template <class T, WeightLayout kLayout, int kRows, int64_t kN, int64_t kK>
void testChoice(Run &run) {
  constexpr GemvShape kChoice = choose(kLayout, kRows, kN, kK);
  static_assert(kChoice.rows == kRows, "has shared memory");
  testTiles<T, kLayout, 8, kChoice.columns, gemvRowTiles(kRows), kChoice.depth,
            Operand::Plain>(run,
                            {kRows, kN, kK, kK,
                             kLayout == WeightLayout::NK ? kK : kN, kN,
                             kChoice.splits},
                            true);
}

} // namespace

int main(int argc, char **argv) {
  Run run("gemv", argc, argv);
  // Rows that fill tiles and do not; w with gaps; columns that fill no block.
  testRows<1>(run);
  testRows<2>(run);
  testRows<3>(run);
  testRows<4>(run);
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
  // Operands that are computed on the way: whole and split, one row and several
  // to a warp, a tail of k.
  for (int32_t rows : {1, 3, 8})
    for (int32_t count : {1, 2, 8}) {
      const Size size{rows, 200, 1004, 1008, 200, 200, count};
      testKN<bf16, 8, Operand::Normalized>(run, size, rows % 2 == 1);
      testKN<f16, 8, Operand::Gated>(run, size, rows % 2 == 0);
      const Size other{rows, 200, 1000, 1008, 1000, 200, count};
      testNK<f16, 8, Operand::Normalized>(run, other, rows % 2 == 0);
      testNK<bf16, 8, Operand::Gated>(run, other, rows % 2 == 1);
    }
  testKN<bf16, 8, Operand::Normalized, 2>(
      run, {12, 200, 1004, 1008, 200, 200, 8}, true);
  for (int32_t rows : {2, 5}) {
    testKN<bf16, 1, Operand::Normalized>(run, {rows, 61, 37, 37, 61, 61, 1},
                                         true);
    testKN<bf16, 2, Operand::Gated>(run, {rows, 62, 38, 38, 62, 62, 2}, false);
    testKN<f16, 4>(run, {rows, 60, 44, 44, 60, 60, 2}, true);
    testKN<bf16, 8, Operand::Normalized>(
        run, {rows, 200, 1003, 1008, 200, 200, 2}, false);
  }
  // Products that share a launch: of different columns and k, one of which
  // leaves blocks of the split without a unit.
  for (int32_t rows : {1, 3, 8})
    for (int32_t count : {1, 2, 8, 9}) {
      testGroup<bf16, 64, 96, Operand::Normalized>(
          run, {rows, 200, 1004, 1008, 200, 200, count},
          {rows, 300, 520, 520, 304, 304, count});
      testGroup<f16, 96, 32, Operand::Gated>(
          run, {rows, 100, 40, 40, 104, 104, count},
          {rows, 64, 2000, 2000, 64, 64, count});
    }
  if (!run.small) {
    constexpr WeightLayout NK = WeightLayout::NK, KN = WeightLayout::KN;
    static_assert(choose(KN, 1, 2232, 14336).splits == 8 &&
                      choose(KN, 1, 14336, 2232).splits == 2 &&
                      choose(KN, 1, 1024, 576).splits == 4 &&
                      choose(KN, 1, 128256, 4096).splits == 1,
                  "splits");
    testChoice<bf16, KN, 1, 1648, 4096>(run);
    testChoice<bf16, KN, 8, 4096, 4096>(run);
    testChoice<bf16, KN, 1, 14336, 2232>(run);
    testChoice<bf16, KN, 1, 2232, 14336>(run);
    testChoice<bf16, KN, 16, 576, 4096>(run);
    testChoice<bf16, NK, 8, 1024, 4096>(run);
  }
  return run.finish();
}
