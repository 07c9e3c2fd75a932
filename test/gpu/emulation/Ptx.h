//===- Ptx.h - what kernels/Ptx.cuh's functions do --------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Stands in for kernels/Ptx.cuh, whose guard it defines: included before
// anything else. Asynchronous copies arrive as late as they may: when they are
// waited for. Bulk copies are those of another architecture.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_KERNELS_PTX_CUH
#define GAC_KERNELS_PTX_CUH

#include "cuda_runtime.h"

#include "Common.cuh"

namespace gac::kernels {

inline void checkAlignment(const void *address) {
  if (reinterpret_cast<uintptr_t>(address) % 16 != 0)
    emulation::fail("an address is not a multiple of 16");
}

//===----------------------------------------------------------------------===//
// Copies
//===----------------------------------------------------------------------===//

inline void copyAsync16(void *shared, const void *global, int bytes) {
  checkAlignment(shared);
  if (bytes > 0)
    checkAlignment(global);
  emulation::cluster.getFiber().copies.back().push_back(
      {shared, global, static_cast<size_t>(bytes)});
}
inline void commitCopies() {
  emulation::cluster.getFiber().copies.emplace_back();
}
template <int kPending> inline void waitForCopies() {
  auto &groups = emulation::cluster.getFiber().copies;
  for (; groups.size() > size_t(kPending) + 1; groups.pop_front())
    for (const emulation::Copy &copy : groups.front()) {
      std::memset(copy.to, 0, 16);
      std::memcpy(copy.to, copy.from, copy.bytes);
    }
}

inline void initBarrier(uint64_t *) {}
inline void fenceBarriers() {}
inline void expectBytes(uint64_t *, int) {}
inline void copyBulk(void *, const void *, int, uint64_t *) {}
inline void waitForPhase(uint64_t *, int) {}

//===----------------------------------------------------------------------===//
// Matrices
//===----------------------------------------------------------------------===//

/// Of four matrices, element pairs as `pick` finds them for a lane.
template <class Pick>
inline void loadMatricesBy(uint32_t (&result)[4], const void *row, Pick pick) {
  checkAlignment(row);
  auto &shown = emulation::cluster.getBlock().shown[threadIdx.x / 32];
  const unsigned lane = threadIdx.x % 32;
  shown[lane][0] = reinterpret_cast<uintptr_t>(row);
  __syncwarp();
  for (unsigned matrix = 0; matrix < 4; ++matrix) {
    uint16_t pair[2];
    for (unsigned i = 0; i < 2; ++i) {
      const auto [from, column] = pick(lane, i);
      pair[i] = reinterpret_cast<const uint16_t *>(
          shown[matrix * 8 + from][0])[column];
    }
    std::memcpy(&result[matrix], pair, sizeof(pair));
  }
  __syncwarp();
}
inline void loadMatrices(uint32_t (&result)[4], const void *row) {
  loadMatricesBy(result, row, [](unsigned lane, unsigned i) {
    return std::pair(lane / 4, lane % 4 * 2 + i);
  });
}
inline void loadMatricesTransposed(uint32_t (&result)[4], const void *row) {
  loadMatricesBy(result, row, [](unsigned lane, unsigned i) {
    return std::pair(lane % 4 * 2 + i, lane / 4);
  });
}

template <class T>
inline void multiplyAdd(float (&c)[4], const uint32_t (&a)[4], uint32_t b0,
                        uint32_t b1) {
  auto &shown = emulation::cluster.getBlock().shown[threadIdx.x / 32];
  const unsigned lane = threadIdx.x % 32;
  const uint32_t mine[6] = {a[0], a[1], a[2], a[3], b0, b1};
  std::memcpy(shown[lane], mine, sizeof(mine));
  __syncwarp();
  const auto get = [&](unsigned from, unsigned word, unsigned half) {
    T value;
    std::memcpy(&value,
                reinterpret_cast<const char *>(shown[from]) + word * 4 +
                    half * 2,
                sizeof(value));
    return toFloat(value);
  };
  for (unsigned e = 0; e < 4; ++e) {
    const unsigned row = lane / 4 + e / 2 * 8, column = lane % 4 * 2 + e % 2;
    for (unsigned k = 0; k < 16; ++k)
      c[e] += get(row % 8 * 4 + k % 8 / 2, row / 8 + k / 8 * 2, k % 2) *
              get(column * 4 + k % 8 / 2, 4 + k / 8, k % 2);
  }
  __syncwarp();
}

//===----------------------------------------------------------------------===//
// Clusters
//===----------------------------------------------------------------------===//

constexpr int kMostCluster = largestCluster(90);
constexpr bool kHasClusters = true;
#define GAC_CLUSTER(blocks)

inline emulation::ByteCount &getByteCount(emulation::Block &block,
                                          const uint64_t *barrier) {
  return block.barriers[static_cast<size_t>(
      reinterpret_cast<const char *>(barrier) - __start_gac_shared)];
}

inline void arriveAtCluster() { ++emulation::cluster.clusterArrivals; }
inline void waitForCluster() {
  while (emulation::cluster.clusterArrivals < emulation::cluster.getThreads())
    emulation::cluster.yield();
}
inline void startBarrier(uint64_t *barrier, int bytes) {
  emulation::ByteCount &count =
      getByteCount(emulation::cluster.getBlock(), barrier);
  count.started = true;
  count.missing += bytes;
}
inline void waitForBytes(uint64_t *barrier) {
  const emulation::ByteCount &count =
      getByteCount(emulation::cluster.getBlock(), barrier);
  while (!count.started || count.missing != 0)
    emulation::cluster.yield();
}
inline void sendInCluster(float *shared, uint64_t *barrier, unsigned rank,
                          float4 values) {
  if (emulation::cluster.clusterArrivals < emulation::cluster.getThreads())
    emulation::fail("sends to a block that may not have started");
  emulation::Block &to = emulation::cluster.getBlock(rank);
  const auto place = reinterpret_cast<const char *>(shared) -
                     emulation::cluster.getBlock().getDynamic();
  checkAlignment(shared);
  std::memcpy(to.getDynamic() + place, &values, sizeof(values));
  getByteCount(to, barrier).missing -= static_cast<int64_t>(sizeof(values));
}

inline float exp2Fast(float value) { return std::exp2(value); }

} // namespace gac::kernels

#endif // GAC_KERNELS_PTX_CUH
