//===- StubCublasLt.cpp - A cuBLASLt that only keeps time -------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Cuda.h"
#include "Stubs.h"

#include <algorithm>

using namespace gac::runtime::stubs;
using gac::runtime::cuda::LtAlgo;
using gac::runtime::cuda::LtHeuristic;

namespace {
int someObject;
int make(void **object) {
  *object = &someObject;
  return 0;
}
} // namespace

GAC_STUB size_t cublasLtGetVersion() { return 130100; }
GAC_STUB int cublasLtCreate(void **handle) { return make(handle); }
GAC_STUB int cublasLtDestroy(void *) { return 0; }
GAC_STUB int cublasLtMatmulDescCreate(void **desc, int, int) {
  return make(desc);
}
GAC_STUB int cublasLtMatmulDescDestroy(void *) { return 0; }
GAC_STUB int cublasLtMatmulDescSetAttribute(void *, int, const void *, size_t) {
  return 0;
}
GAC_STUB int cublasLtMatrixLayoutCreate(void **layout, int, uint64_t, uint64_t,
                                        int64_t) {
  return make(layout);
}
GAC_STUB int cublasLtMatrixLayoutDestroy(void *) { return 0; }
GAC_STUB int cublasLtMatrixLayoutSetAttribute(void *, int, const void *,
                                              size_t) {
  return 0;
}
GAC_STUB int cublasLtMatmulPreferenceCreate(void **preference) {
  return make(preference);
}
GAC_STUB int cublasLtMatmulPreferenceDestroy(void *) { return 0; }
GAC_STUB int cublasLtMatmulPreferenceSetAttribute(void *, int, const void *,
                                                  size_t) {
  return 0;
}
GAC_STUB int cublasLtMatmulAlgoGetHeuristic(void *, void *, void *, void *,
                                            void *, void *, void *, int most,
                                            LtHeuristic *found, int *count) {
  ++device.heuristics;
  *count = std::min(most, static_cast<int>(device.algorithms.size()));
  for (int i = 0; i < *count; ++i)
    found[i].algo.data[0] = static_cast<uint64_t>(i);
  return 0;
}
GAC_STUB int cublasLtMatmulAlgoCheck(void *, void *, void *, void *, void *,
                                     void *, const LtAlgo *algo,
                                     LtHeuristic *) {
  return algo->data[0] < device.algorithms.size() ? 0 : 15;
}
GAC_STUB int cublasLtMatmul(void *, void *, const void *, unsigned long long,
                            void *, unsigned long long, void *, const void *,
                            unsigned long long, void *, unsigned long long,
                            void *, const LtAlgo *algo, unsigned long long,
                            size_t, void *) {
  uint64_t index = algo->data[0];
  device.work("product " + std::to_string(index), device.algorithms.at(index));
  return 0;
}
