//===- LastBlock.cuh - blocks that leave the rest to one --------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Where blocks share a sum and are no cluster, each writes its part to global
// memory, and the last to arrive adds them: the pattern of
// "threadFenceReduction" in NVIDIA's CUDA samples.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_KERNELS_LASTBLOCK_CUH
#define GAC_KERNELS_LASTBLOCK_CUH

#include "Common.cuh"

#if defined(__CUDACC__)

namespace gac::kernels {

/// By all threads of each of so many blocks: whether this one is the last to
/// come here. Then it sees what all have written before, and `counter`, zero at
/// first, is zero again.
__device__ inline bool isLastBlock(unsigned *counter, unsigned blocks) {
  __shared__ bool isLast;
  __threadfence();
  __syncthreads();
  if (threadIdx.x == 0)
    isLast = atomicAdd(counter, 1u) == blocks - 1;
  __syncthreads();
  if (isLast) {
    __threadfence();
    if (threadIdx.x == 0)
      *counter = 0;
  }
  return isLast;
}

} // namespace gac::kernels

#endif // __CUDACC__

#endif // GAC_KERNELS_LASTBLOCK_CUH
