//===- attention_decode.cu - tests of kernels/AttentionDecode.cuh ---------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AttentionDecode.cuh"
#include "attention.h"

using namespace gac;
using namespace gac::kernels;
using namespace gac::check;

template <class T, int kLanes, int kGroup, int kVector>
__global__ void __launch_bounds__(kDecodeThreads)
    decodeKernel(const T *q, const T *k, const T *v, T *o, float *workspace,
                 AttentionShape shape, TokenCount past) {
  attentionDecode<T, kLanes, kGroup, kVector>(q, k, v, o, workspace, shape,
                                              past);
}

template <class T>
__global__ void combineKernel(const float *workspace, T *o,
                              AttentionShape shape, int32_t splits) {
  attentionCombine<T>(workspace, o, shape, splits);
}

namespace {

/// The last key is NaN if `lastIsNaN`, and so is all that has a part of it.
template <class T, int kLanes, int kGroup, int kVector>
void test(Run &run, const AttentionSize &size, int32_t splits,
          bool lastIsNaN = false) {
  if (decodeLanes(size.keyWidth, size.valueWidth) > kLanes) {
    std::printf("FAILED: %d lanes are too few\n", kLanes);
    std::exit(1);
  }
  AttentionInputs<T> inputs(run, size);
  const AttentionShape &shape = inputs.shape;
  if (lastIsNaN)
    inputs.k[shape.k.offset(0, size.past, 0)] = Type<T>::round(NAN);
  DeviceArray<T> q(inputs.q), k(inputs.k), v(inputs.v),
      o(size.batch * shape.o.batch);
  DeviceArray<float> workspace(attentionDecodeWorkspaceBytes(shape, splits) /
                               4);
  int32_t *past = nullptr;
  require(cudaMalloc(&past, sizeof(*past)), "past");
  require(cudaMemcpy(past, &size.past, sizeof(*past), cudaMemcpyHostToDevice),
          "past");
  launch(decodeKernel<T, kLanes, kGroup, kVector>,
         attentionDecodeGeometry(shape, kGroup, splits), q.data(), k.data(),
         v.data(), o.data(), workspace.data(), shape, TokenCount{0, past});
  if (splits > 1)
    launch(combineKernel<T>, attentionCombineGeometry(shape), workspace.data(),
           o.data(), shape, splits);
  cudaFree(past);

  Expectation expected(size.batch * shape.o.batch);
  for (int32_t b = 0; b < size.batch; ++b)
    for (int32_t h = 0; h < size.heads; ++h)
      inputs.expect(expected, b, 0, h, true, 0);
  run.expect(o, expected,
             "%d x %d keys, %d heads on %d, widths %d and %d, %d lanes, groups "
             "of %d, vectors of %d, %d splits%s",
             size.batch, size.past + 1, size.heads, size.keyHeads,
             size.keyWidth, size.valueWidth, kLanes, kGroup, kVector, splits,
             lastIsNaN ? ", the last key is NaN" : "");
}

} // namespace

int main(int argc, char **argv) {
  Run run("attention_decode", argc, argv);
  static_assert(decodeLanes(128, 128) == 16 && decodeLanes(107, 129) == 32 &&
                    decodeLanes(1, 8) == 1,
                "lanes");
  // Contexts of one key, fewer keys than splits, and many; grouped heads.
  for (int32_t past : {0, 1, 6, 200, 1023})
    for (int32_t splits : {1, 3})
      test<bf16, 16, 4, 8>(
          run, {2, 1, past, 8, 2, 128, 128, 128, 128, past + 5}, splits);
  // More heads to a key head than a block takes; 6 in blocks of 4.
  test<bf16, 16, 4, 8>(run, {1, 1, 77, 12, 2, 107, 125, 112, 128, 80}, 2);
  test<f16, 32, 1, 8>(run, {2, 1, 130, 3, 3, 192, 251, 192, 256, 131}, 2);
  test<bf16, 32, 8, 8>(run, {1, 1, 99, 8, 1, 256, 256, 256, 256, 128}, 1);
  test<f16, 8, 2, 1>(run, {3, 1, 45, 4, 2, 61, 37, 61, 37, 50}, 2);
  test<bf16, 4, 4, 2>(run, {1, 1, 301, 4, 1, 26, 30, 26, 30, 302}, 5);
  // Alone in its warp, or its split.
  for (const auto &[past, splits] : {std::pair(2, 1), {6, 1}, {20, 3}})
    test<bf16, 16, 4, 8>(run, {1, 1, past, 8, 2, 128, 128, 128, 128, past + 1},
                         splits, true);
  if (!run.small) {
    test<bf16, 16, 4, 8>(run, {8, 1, 8191, 32, 8, 128, 128, 128, 128, 8192}, 8);
    test<bf16, 16, 4, 8>(run, {1, 1, 32767, 32, 8, 128, 128, 128, 128, 32768},
                         64);
  }
  return run.finish();
}
