//===- attention_prefill.cu - tests of kernels/AttentionPrefill.cuh -------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "attention.h"

using namespace gac;
using namespace gac::kernels;
using namespace gac::check;

template <class T, int K, int V, int kVector, bool kCausal>
__global__ void __launch_bounds__(AttentionTiles<K, V>::kThreads)
    prefillKernel(const T *q, const T *k, const T *v, T *o,
                  AttentionShape shape, TokenCount past) {
  GAC_DYNAMIC_SHARED(shared);
  attentionPrefill<T, K, V, kVector, kCausal>(q, k, v, o, shape, past, shared);
}

namespace {

/// Compares all queries, or a sample of `sample` of them if that is not 0.
template <class T, int K, int V, int kVector, bool kCausal>
void test(Run &run, const AttentionSize &size, int sample = 0) {
  const AttentionInputs<T> inputs(run, size);
  const AttentionShape &shape = inputs.shape;
  DeviceArray<T> q(inputs.q), k(inputs.k), v(inputs.v),
      o(size.batch * shape.o.batch);
  launch(prefillKernel<T, K, V, kVector, kCausal>,
         attentionPrefillGeometry(shape), q.data(), k.data(), v.data(),
         o.data(), shape, TokenCount{size.past});

  Expectation expected(size.batch * shape.o.batch);
  for (int32_t b = 0; b < size.batch; ++b)
    for (int32_t i = 0; i < size.queries; ++i)
      for (int32_t h = 0; h < size.heads; ++h) {
        if (sample == 0)
          inputs.expect(expected, b, i, h, kCausal, Type<T>::kRoundoff);
        else
          for (int32_t c = 0; c < size.valueWidth; ++c)
            expected.setWritten(shape.o.offset(b, i, h) + c);
      }
  for (int i = 0; i < sample; ++i)
    inputs.expect(expected,
                  static_cast<int32_t>(run.random.integer(0, size.batch - 1)),
                  static_cast<int32_t>(run.random.integer(0, size.queries - 1)),
                  static_cast<int32_t>(run.random.integer(0, size.heads - 1)),
                  kCausal, Type<T>::kRoundoff);
  run.expect(o, expected,
             "%d x %d queries after %d, %d heads on %d, widths %d and %d in %d "
             "and %d, vectors of %d, %s",
             size.batch, size.queries, size.past, size.heads, size.keyHeads,
             size.keyWidth, size.valueWidth, K, V, kVector,
             kCausal ? "causal" : "all keys");
}

} // namespace

int main(int argc, char **argv) {
  Run run("attention_prefill", argc, argv);
  // One query; a tile; one query more; past tokens; grouped heads.
  for (int32_t queries : {1, 17, 64, 65, 130})
    test<bf16, 128, 128, 8, true>(
        run, {1, queries, 0, 4, 2, 128, 128, 128, 128, queries + 3});
  test<bf16, 128, 128, 8, true>(run,
                                {2, 70, 59, 4, 1, 128, 128, 136, 128, 140});
  // Odd widths in aligned rows, key width unlike value width.
  test<bf16, 112, 128, 8, true>(run, {2, 67, 1, 3, 3, 107, 125, 112, 128, 68});
  test<f16, 192, 128, 8, true>(run, {1, 40, 7, 2, 1, 192, 128, 192, 128, 50});
  test<bf16, 256, 256, 8, true>(run,
                                {1, 75, 33, 2, 1, 256, 251, 256, 256, 110});
  // Rows that are not aligned.
  test<f16, 64, 48, 1, true>(run, {2, 66, 140, 4, 2, 61, 37, 61, 37, 210});
  test<f16, 16, 16, 2, false>(run, {2, 33, 170, 2, 2, 14, 10, 14, 14, 203});
  if (!run.small) {
    test<bf16, 128, 128, 8, true>(
        run, {2, 1024, 1024, 32, 8, 128, 128, 128, 128, 2048}, 300);
    test<bf16, 256, 256, 8, true>(
        run, {1, 4096, 0, 8, 2, 256, 256, 256, 256, 4096}, 100);
  }
  return run.finish();
}
