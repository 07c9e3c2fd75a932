//===- Ptx.cuh - asynchronous copies and matrix instructions ----*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// PTX instructions, and the few that are always used together, as functions,
// for compute capability 8.0 and later. The fragment layouts are those of the
// PTX ISA's chapter "Warp-level matrix instructions" (mma.m16n8k16, ldmatrix):
// with g = lane / 4 and t = lane % 4,
//   A (16 x 16)  a[0]: row g,     columns 2t, 2t+1    a[2]: columns 2t+8, 2t+9
//                a[1]: row g + 8, the same columns    a[3]: likewise
//   B (16 x 8)   b[0]: rows 2t, 2t+1 of column g      b[1]: rows 2t+8, 2t+9
//   C (16 x 8)   c[0], c[1]: row g, columns 2t, 2t+1  c[2], c[3]: row g + 8
//
//===----------------------------------------------------------------------===//

#ifndef GAC_KERNELS_PTX_CUH
#define GAC_KERNELS_PTX_CUH

// Of st.async (PTX 8.1) the compilers would say "unknown instruction" alone.
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900 &&                          \
    __CUDACC_VER_MAJOR__ * 100 + __CUDACC_VER_MINOR__ < 1201
#error "these kernels need CUDA 12.1 or later for compute capability 9.0"
#endif

#include "Common.cuh"

#if defined(__CUDACC__)

namespace gac::kernels {

/// Address of shared memory, as PTX wants it.
__device__ inline uint32_t sharedAddress(const void *pointer) {
  return static_cast<uint32_t>(__cvta_generic_to_shared(pointer));
}

/// Starts copying `bytes` (0 to 16) from global to shared memory, and zeros for
/// the rest of 16. Both addresses are aligned to 16 bytes.
__device__ inline void copyAsync16(void *shared, const void *global,
                                   int bytes) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;\n" ::"r"(
                   sharedAddress(shared)),
               "l"(global), "r"(bytes)
               : "memory");
}

/// Ends a group of this thread's copies.
__device__ inline void commitCopies() {
  asm volatile("cp.async.commit_group;\n" ::: "memory");
}

/// Waits until at most kPending of this thread's latest groups are under way.
template <int kPending> __device__ inline void waitForCopies() {
  asm volatile("cp.async.wait_group %0;\n" ::"n"(kPending) : "memory");
}

/// Four 8 x 8 matrices of 16-bit elements; lane i gives the address of row
/// i % 8 of matrix i / 8.
__device__ inline void loadMatrices(uint32_t (&result)[4], const void *row) {
  asm volatile(
      "ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];\n"
      : "=r"(result[0]), "=r"(result[1]), "=r"(result[2]), "=r"(result[3])
      : "r"(sharedAddress(row))
      : "memory");
}

/// The same, each matrix transposed.
__device__ inline void loadMatricesTransposed(uint32_t (&result)[4],
                                              const void *row) {
  asm volatile(
      "ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];\n"
      : "=r"(result[0]), "=r"(result[1]), "=r"(result[2]), "=r"(result[3])
      : "r"(sharedAddress(row))
      : "memory");
}

/// c += a * b, 16 x 8 x 16, products of T summed in f32.
template <class T>
__device__ inline void multiplyAdd(float (&c)[4], const uint32_t (&a)[4],
                                   uint32_t b0, uint32_t b1);

template <>
__device__ inline void multiplyAdd<bf16>(float (&c)[4], const uint32_t (&a)[4],
                                         uint32_t b0, uint32_t b1) {
  asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
      "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
      "{%0, %1, %2, %3};\n"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

template <>
__device__ inline void multiplyAdd<f16>(float (&c)[4], const uint32_t (&a)[4],
                                        uint32_t b0, uint32_t b1) {
  asm("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 "
      "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
      "{%0, %1, %2, %3};\n"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

//===----------------------------------------------------------------------===//
// Bulk copies: from compute capability 9.0 on; nothing before
//===----------------------------------------------------------------------===//

/// Makes `barrier`, in shared memory, one whose phases each begin with
/// expectBytes and end when these have arrived.
__device__ inline void initBarrier(uint64_t *barrier) {
#if __CUDA_ARCH__ >= 900
  asm volatile(
      "mbarrier.init.shared::cta.b64 [%0], 1;\n" ::"r"(sharedAddress(barrier))
      : "memory");
#endif
}

/// Lets copies see the barriers that this thread has made.
__device__ inline void fenceBarriers() {
#if __CUDA_ARCH__ >= 900
  asm volatile("fence.mbarrier_init.release.cluster;\n"
               "fence.proxy.async.shared::cta;\n" ::
                   : "memory");
#endif
}

__device__ inline void expectBytes(uint64_t *barrier, int bytes) {
#if __CUDA_ARCH__ >= 900
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;\n" ::"r"(
                   sharedAddress(barrier)),
               "r"(bytes)
               : "memory");
#endif
}

/// Starts copying `bytes`, a multiple of 16, from global to shared memory, and
/// counts them at `barrier`. Both addresses are aligned to 16 bytes.
__device__ inline void copyBulk(void *shared, const void *global, int bytes,
                                uint64_t *barrier) {
#if __CUDA_ARCH__ >= 900
  asm volatile("cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::"
               "bytes [%0], [%1], %2, [%3];\n" ::"r"(sharedAddress(shared)),
               "l"(global), "r"(bytes), "r"(sharedAddress(barrier))
               : "memory");
#endif
}

/// Waits until the phase of this parity (0 is the first one's) has ended, and
/// sees what it brought.
__device__ inline void waitForPhase(uint64_t *barrier, int parity) {
#if __CUDA_ARCH__ >= 900
  asm volatile("{\n"
               ".reg .pred done;\n"
               "again:\n"
               "mbarrier.try_wait.parity.shared::cta.b64 done, [%0], %1;\n"
               "@!done bra again;\n"
               "}\n" ::"r"(sharedAddress(barrier)),
               "r"(parity)
               : "memory");
#endif
}

//===----------------------------------------------------------------------===//
// Clusters of blocks: from compute capability 9.0 on; nothing before
//===----------------------------------------------------------------------===//

/// Blocks that a cluster has at most on the device that is compiled for.
#if defined(__CUDA_ARCH__)
constexpr int kMostCluster = largestCluster(__CUDA_ARCH__ / 10);
#else
constexpr int kMostCluster = 0;
#endif
constexpr bool kHasClusters = kMostCluster > 0;

/// The attribute of kernels whose blocks come in clusters, of so many in y,
/// where the device has those.
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
#define GAC_CLUSTER(blocks)                                                    \
  __cluster_dims__(1, (blocks) <= kMostCluster ? (blocks) : 1, 1)
#else
#define GAC_CLUSTER(blocks)
#endif

/// The two halves of a barrier of all threads of a cluster. It makes no memory
/// visible but barriers that startBarrier started.
__device__ inline void arriveAtCluster() {
#if __CUDA_ARCH__ >= 900
  asm volatile("barrier.cluster.arrive.relaxed;\n" ::: "memory");
#endif
}
__device__ inline void waitForCluster() {
#if __CUDA_ARCH__ >= 900
  asm volatile("barrier.cluster.wait;\n" ::: "memory");
#endif
}

/// Makes `barrier`, in shared memory, one that `bytes` bytes complete.
__device__ inline void startBarrier(uint64_t *barrier, int bytes) {
#if __CUDA_ARCH__ >= 900
  asm volatile(
      "mbarrier.init.shared::cta.b64 [%0], 1;\n"
      "mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;\n"
      "fence.mbarrier_init.release.cluster;\n" ::"r"(sharedAddress(barrier)),
      "r"(bytes)
      : "memory");
#endif
}

/// Waits until all of them have arrived, and sees them.
__device__ inline void waitForBytes(uint64_t *barrier) {
#if __CUDA_ARCH__ >= 900
  asm volatile("{\n"
               ".reg .pred done;\n"
               "again:\n"
               "mbarrier.try_wait.parity.acquire.cluster.shared::cta.b64 done, "
               "[%0], 0;\n"
               "@!done bra again;\n"
               "}\n" ::"r"(sharedAddress(barrier))
               : "memory");
#endif
}

/// Writes four values to the same place as `shared`, aligned to 16 bytes, in
/// the cluster's block `rank`, and counts them at its `barrier`.
__device__ inline void sendInCluster(float *shared, uint64_t *barrier,
                                     unsigned rank, float4 values) {
#if __CUDA_ARCH__ >= 900
  asm volatile(
      "{\n"
      ".reg .b32 there, barrier;\n"
      "mapa.shared::cluster.u32 there, %0, %2;\n"
      "mapa.shared::cluster.u32 barrier, %1, %2;\n"
      "st.async.shared::cluster.mbarrier::complete_tx::bytes.v4.b32 [there], "
      "{%3, %4, %5, %6}, [barrier];\n"
      "}\n" ::"r"(sharedAddress(shared)),
      "r"(sharedAddress(barrier)), "r"(rank), "r"(__float_as_uint(values.x)),
      "r"(__float_as_uint(values.y)), "r"(__float_as_uint(values.z)),
      "r"(__float_as_uint(values.w))
      : "memory");
#endif
}

/// 2 to the power of `value`, within 2 units in the last place; 0 for minus
/// infinity.
__device__ inline float exp2Fast(float value) {
  float result;
  asm("ex2.approx.ftz.f32 %0, %1;\n" : "=f"(result) : "f"(value));
  return result;
}

} // namespace gac::kernels

#endif // __CUDACC__

#endif // GAC_KERNELS_PTX_CUH
