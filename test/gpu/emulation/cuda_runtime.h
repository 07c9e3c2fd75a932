//===- cuda_runtime.h - CUDA as far as the tests need it --------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The language and the runtime for programs that a host compiler compiles with
// __CUDACC__ defined. Device memory is memory. __shared__ variables are in a
// section of their own (Blocks.h).
//
//===----------------------------------------------------------------------===//

#ifndef GAC_TEST_GPU_EMULATION_CUDA_RUNTIME_H
#define GAC_TEST_GPU_EMULATION_CUDA_RUNTIME_H

#include "Blocks.h"

#include <cmath>

//===----------------------------------------------------------------------===//
// The language
//===----------------------------------------------------------------------===//

#define __host__
#define __device__
#define __global__
#define __forceinline__ inline
#define __launch_bounds__(...)
#define __shared__ static __attribute__((section("gac_shared")))

struct uint2 {
  unsigned x, y;
};
struct alignas(16) uint4 {
  unsigned x, y, z, w;
};
struct alignas(8) float2 {
  float x, y;
};
struct alignas(16) float4 {
  float x, y, z, w;
};

inline unsigned __float_as_uint(float value) {
  unsigned bits;
  std::memcpy(&bits, &value, sizeof(bits));
  return bits;
}
inline float __uint_as_float(unsigned bits) {
  float value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}
inline float __int_as_float(int bits) {
  return __uint_as_float(static_cast<unsigned>(bits));
}
inline float __expf(float value) { return std::exp(value); }
inline float __fdividef(float value, float by) { return value / by; }
inline float rsqrtf(float value) { return 1 / std::sqrt(value); }

inline void __syncthreads() {
  gac::emulation::Block &block = gac::emulation::cluster.getBlock();
  gac::emulation::cluster.meet(block.all, block.threads);
}
inline void __syncwarp() {
  gac::emulation::Block &block = gac::emulation::cluster.getBlock();
  gac::emulation::cluster.meet(block.warps[threadIdx.x / 32], 32);
}
inline void __threadfence() {}

template <class T> T __shfl_xor_sync(unsigned, T value, int distance) {
  static_assert(sizeof(T) <= 8, "of numbers");
  auto &shown = gac::emulation::cluster.getBlock().shown[threadIdx.x / 32];
  const unsigned lane = threadIdx.x % 32;
  std::memcpy(&shown[lane][0], &value, sizeof(T));
  __syncwarp();
  T result;
  std::memcpy(&result, &shown[lane ^ static_cast<unsigned>(distance)][0],
              sizeof(T));
  __syncwarp();
  return result;
}

inline unsigned atomicAdd(unsigned *target, unsigned value) {
  const unsigned before = *target;
  *target += value;
  return before;
}

//===----------------------------------------------------------------------===//
// The runtime
//===----------------------------------------------------------------------===//

enum cudaError_t { cudaSuccess };
enum cudaMemcpyKind { cudaMemcpyHostToDevice, cudaMemcpyDeviceToHost };
enum cudaDeviceAttr {
  cudaDevAttrComputeCapabilityMajor,
  cudaDevAttrComputeCapabilityMinor
};
enum cudaFuncAttribute {
  cudaFuncAttributeMaxDynamicSharedMemorySize,
  cudaFuncAttributeNonPortableClusterSizeAllowed
};
enum cudaLaunchAttributeID { cudaLaunchAttributeClusterDimension };

struct cudaLaunchAttribute {
  cudaLaunchAttributeID id;
  struct {
    struct {
      unsigned x, y, z;
    } clusterDim;
  } val;
};
struct cudaLaunchConfig_t {
  dim3 gridDim, blockDim;
  size_t dynamicSmemBytes;
  cudaLaunchAttribute *attrs;
  unsigned numAttrs;
};

inline const char *cudaGetErrorString(cudaError_t) { return "no error"; }
inline cudaError_t cudaGetLastError() { return cudaSuccess; }
inline cudaError_t cudaDeviceSynchronize() { return cudaSuccess; }
inline cudaError_t cudaGetDeviceCount(int *count) {
  *count = 1;
  return cudaSuccess;
}
/// Clusters are there, bulk copies are not: what asks for the architecture at
/// compile time finds none.
inline cudaError_t cudaDeviceGetAttribute(int *value, cudaDeviceAttr attribute,
                                          int) {
  *value = attribute == cudaDevAttrComputeCapabilityMajor ? 9 : 0;
  return cudaSuccess;
}
template <class T> cudaError_t cudaMalloc(T **memory, size_t bytes) {
  *memory =
      static_cast<T *>(std::aligned_alloc(256, (bytes + 256) / 256 * 256));
  return cudaSuccess;
}
inline cudaError_t cudaFree(void *memory) {
  std::free(memory);
  return cudaSuccess;
}
inline cudaError_t cudaMemcpy(void *to, const void *from, size_t bytes,
                              cudaMemcpyKind) {
  std::memcpy(to, from, bytes);
  return cudaSuccess;
}
inline cudaError_t cudaMemset(void *memory, int value, size_t bytes) {
  std::memset(memory, value, bytes);
  return cudaSuccess;
}
template <class Kernel>
cudaError_t cudaFuncSetAttribute(Kernel *, cudaFuncAttribute, int) {
  return cudaSuccess;
}

/// Clusters are of blocks in y.
template <class... Params, class... Args>
cudaError_t cudaLaunchKernelEx(const cudaLaunchConfig_t *config,
                               void (*kernel)(Params...), Args... args) {
  gridDim = config->gridDim;
  blockDim = config->blockDim;
  const unsigned ranks =
      config->numAttrs > 0 ? config->attrs->val.clusterDim.y : 1;
  for (unsigned z = 0; z < gridDim.z; ++z)
    for (unsigned y = 0; y < gridDim.y; y += ranks)
      for (unsigned x = 0; x < gridDim.x; ++x) {
        std::vector<dim3> blocks;
        for (unsigned rank = 0; rank < ranks; ++rank)
          blocks.emplace_back(x, y + rank, z);
        gac::emulation::cluster.run(blocks, blockDim.x,
                                    config->dynamicSmemBytes,
                                    [&] { kernel(args...); });
      }
  return cudaSuccess;
}

#endif // GAC_TEST_GPU_EMULATION_CUDA_RUNTIME_H
