//===- GemvRing.cuh - weights on their way to a warp ------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What Gemv.cuh's warps read of w, several units ahead, in shared memory.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_KERNELS_GEMVRING_CUH
#define GAC_KERNELS_GEMVRING_CUH

#include "GemvShape.cuh"
#include "Ptx.cuh"

#if defined(__CUDACC__)

namespace gac::kernels {

/// A warp's units of w: 16 rows of kElements in each of kDepth slots. kBulk:
/// rows arrive by bulk copies (compute capability 9.0).
template <class T, WeightLayout kLayout, int kVector, int kElements, int kDepth>
struct GemvRing {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
  static constexpr bool kBulk = kVector == 8;
#else
  static constexpr bool kBulk = false;
#endif
  static constexpr int kPitch = kElements * 2 + 16; // Bytes.

  char *slots;
  uint64_t *barriers; ///< Of the slots; none without bulk copies.

  /// By all lanes of the warp, before anything else.
  __device__ void prepare() {
    if constexpr (kBulk) {
      if (threadIdx.x % 32 < kDepth)
        initBarrier(barriers + threadIdx.x % 32);
      fenceBarriers();
      __syncwarp();
    }
  }

  /// Starts reading a unit: `rows` rows of `valid` elements. `whole`: it does
  /// not reach beyond k; what else is beyond is never used. If it does, that
  /// becomes zeros: rows of [k, n], ends of rows of [n, k].
  __device__ void start(int slot, const T *from, int64_t pitch, int rows,
                        int valid, bool whole) {
    if constexpr (!kBulk)
      copyEights(slot, from, pitch, rows, valid);
    else if constexpr (kLayout == WeightLayout::KN)
      copyRows(slot, from, pitch, rows, valid, whole);
    else if (whole)
      copyRows(slot, from, pitch, rows, valid, whole);
    else {
      if (threadIdx.x % 32 == 0)
        expectBytes(barriers + slot, 0);
      copyEights(slot, from, pitch, rows, valid);
    }
  }

  /// Ends what start began in a turn. Turns without a unit count, too.
  __device__ void endTurn() {
    if constexpr (!kBulk)
      commitCopies();
  }

  /// Waits for the oldest of kDepth turns: its slot's units so far are
  /// `parity` modulo 2.
  __device__ void wait(int slot, int parity) {
    if constexpr (kBulk)
      waitForPhase(barriers + slot, parity);
    else
      waitForCopies<kDepth - 1>();
    __syncwarp();
  }

private:
  /// Whole rows by bulk copies; zeros below them, unless `whole`.
  __device__ void copyRows(int slot, const T *from, int64_t pitch, int rows,
                           int valid, bool whole) {
    const int lane = static_cast<int>(threadIdx.x % 32);
    char *const to = slots + slot * 16 * kPitch;
    const int bytes = roundUp(valid, 8) * 2;
    if (lane == 0)
      expectBytes(barriers + slot, rows * bytes);
    __syncwarp();
    if (lane < rows)
      copyBulk(to + lane * kPitch, from + lane * pitch, bytes, barriers + slot);
    if (!whole)
      for (int i = rows * kPitch + lane * 16; i < 16 * kPitch; i += 32 * 16)
        storeVector<8>(reinterpret_cast<T *>(to + i), Vector<T, 8>{});
  }

  /// Eight elements at a time, zeros beyond.
  __device__ void copyEights(int slot, const T *from, int64_t pitch, int rows,
                             int valid) {
    char *const to = slots + slot * 16 * kPitch;
    for (int i = static_cast<int>(threadIdx.x % 32); i < 16 * (kElements / 8);
         i += 32) {
      const int row = i / (kElements / 8), element = i % (kElements / 8) * 8;
      const int some = row < rows ? smaller(larger(valid - element, 0), 8) : 0;
      const T *const source = from + (some > 0 ? row * pitch + element : 0);
      char *const target = to + row * kPitch + element * 2;
      if constexpr (kVector == 8 && !kBulk) {
        copyAsync16(target, source, some * 2);
      } else {
        const auto lanes = loadLanes<8, kVector>(source, some);
        storeVector<8>(reinterpret_cast<T *>(target), lanes);
      }
    }
  }
};

} // namespace gac::kernels

#endif // __CUDACC__

#endif // GAC_KERNELS_GEMVRING_CUH
