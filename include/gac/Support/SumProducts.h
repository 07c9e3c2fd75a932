//===- SumProducts.h - the inner loop of a matrix product -------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Sums of products of weights, as recipes promise them: in float64, in
// ascending order. Both the compiler and the runtime make such weights, with
// the same bits, so that this header includes nothing of LLVM. Each includer
// has its own copy, for wider vectors where the processor has them: a product
// of two float32 is exact in float64, so that it makes no difference who fuses
// it with the sum.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_SUPPORT_SUMPRODUCTS_H
#define GAC_SUPPORT_SUMPRODUCTS_H

#include <cstdint>

#if defined(__x86_64__) && defined(__linux__) && !defined(__SANITIZE_ADDRESS__)
#define GAC_FOR_WIDER_VECTORS                                                  \
  __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define GAC_FOR_WIDER_VECTORS
#endif

namespace gac {
namespace {

/// sums[j] += factors[k] * block[k * stride + j] for each of `width` sums, for
/// k from 0 to `count`, in this order. Four at a time, so that a sum is loaded
/// and stored once for them.
template <typename Number>
inline __attribute__((always_inline)) void
sumProductsOf(const Number *__restrict factors, const Number *__restrict block,
              int64_t count, int64_t stride, double *__restrict sums,
              int64_t width) {
  int64_t k = 0;
  for (; k + 4 <= count; k += 4) {
    const Number *row = block + k * stride;
    double f0 = factors[k], f1 = factors[k + 1], f2 = factors[k + 2],
           f3 = factors[k + 3];
    for (int64_t j = 0; j < width; ++j) {
      double sum = sums[j] + f0 * static_cast<double>(row[j]);
      sum += f1 * static_cast<double>(row[j + stride]);
      sum += f2 * static_cast<double>(row[j + 2 * stride]);
      sum += f3 * static_cast<double>(row[j + 3 * stride]);
      sums[j] = sum;
    }
  }
  for (; k < count; ++k)
    for (int64_t j = 0; j < width; ++j)
      sums[j] += static_cast<double>(factors[k]) *
                 static_cast<double>(block[k * stride + j]);
}

GAC_FOR_WIDER_VECTORS inline void sumProducts(const float *factors,
                                              const float *block, int64_t count,
                                              int64_t stride, double *sums,
                                              int64_t width) {
  sumProductsOf(factors, block, count, stride, sums, width);
}

GAC_FOR_WIDER_VECTORS inline void sumProducts(const double *factors,
                                              const double *block,
                                              int64_t count, int64_t stride,
                                              double *sums, int64_t width) {
  sumProductsOf(factors, block, count, stride, sums, width);
}

} // namespace
} // namespace gac

#undef GAC_FOR_WIDER_VECTORS

#endif // GAC_SUPPORT_SUMPRODUCTS_H
