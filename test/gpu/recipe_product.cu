//===- recipe_product.cu - tests of kernels/RecipeProduct.cuh ---*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Bit for bit: packages say which bits a recipe has.
//
//===----------------------------------------------------------------------===//

#include "RecipeProduct.cuh"
#include "check.h"

using namespace gac;
using namespace gac::kernels;
using namespace gac::check;

__global__ void productKernel(const float *a, const float *b, float *c,
                              long long rows, long long depth,
                              long long columns) {
  makeRecipeProduct(a, b, c, rows, depth, columns);
}

namespace {
void test(Run &run, int64_t rows, int64_t depth, int64_t columns) {
  const auto a = run.random.matrix<float>(rows, depth, depth);
  const auto b = run.random.matrix<float>(depth, columns, columns);
  DeviceArray<float> left(a), right(b), result(rows * columns);
  LaunchGeometry geometry;
  geometry.gridX =
      static_cast<unsigned>(ceilDiv<int64_t>(rows, recipeProductTile) *
                            ceilDiv<int64_t>(columns, recipeProductTile));
  geometry.threads = recipeProductThreads;
  launch(productKernel, geometry, left.data(), right.data(), result.data(),
         (long long)rows, (long long)depth, (long long)columns);
  Expectation expected(rows * columns);
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < columns; ++j) {
      double sum = 0;
      for (int64_t k = 0; k < depth; ++k)
        sum += static_cast<double>(a[i * depth + k]) *
               static_cast<double>(b[k * columns + j]);
      expected.set(i * columns + j, static_cast<float>(sum), 0);
    }
  run.expect(result, expected, "%lld x %lld x %lld", (long long)rows,
             (long long)depth, (long long)columns);
}
} // namespace

int main(int argc, char **argv) {
  Run run("recipe_product", argc, argv);
  // One tile and less, tiles that are not full, one more than full ones.
  test(run, 1, 1, 1);
  test(run, 64, 16, 64);
  test(run, 65, 17, 129);
  test(run, 3, 100, 200);
  test(run, 200, 33, 5);
  if (!run.small)
    test(run, 1000, 4099, 1500);
  return run.finish();
}
