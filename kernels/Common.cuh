//===- Common.cuh - types, vectors and launches of all kernels --*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The kernels in this folder are device functions: whoever uses one wraps it in
// a __global__ function of its own, with sizes as constants where they are
// known, and launches that with the geometry that the function beside the
// kernel computes.
// What computes geometries is plain C++17, for compilers that include these
// headers without CUDA; the rest needs nvcc or NVRTC.
//
// Common conventions:
// - Matrices are row-major; a pitch (leading dimension) is the distance between
//   rows, in elements.
// - "Stored" widths include padding lanes, "logical" ones do not.
// - kVector is the number of elements in one memory access. The caller
//   guarantees that every base pointer is aligned to kVector elements and that
//   every pitch is a multiple of kVector; widestVector finds the largest.
// - Arithmetic is in f32, whatever the storage type (bf16, f16 or f32).
//
//===----------------------------------------------------------------------===//

#ifndef GAC_KERNELS_COMMON_CUH
#define GAC_KERNELS_COMMON_CUH

#if defined(__CUDACC_RTC__)
// NVRTC has no standard headers.
namespace gac::kernels {
using int32_t = int;
using int64_t = long long;
using uint32_t = unsigned;
using uint64_t = unsigned long long;
} // namespace gac::kernels
#else
#include <cstdint>
#endif

#if defined(__CUDACC__)
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#define GAC_HOST_DEVICE __host__ __device__
#else
#define GAC_HOST_DEVICE
#endif

namespace gac::kernels {

//===----------------------------------------------------------------------===//
// Launch geometry
//===----------------------------------------------------------------------===//

/// How to launch a kernel; blocks are one-dimensional.
struct LaunchGeometry {
  unsigned gridX = 1, gridY = 1, gridZ = 1;
  unsigned threads = 1;
  /// Dynamic shared memory in bytes; above 48 KiB, with what the kernel has of
  /// its own, the launcher must raise the kernel's limit first.
  unsigned sharedBytes = 0;
};

template <class Int> GAC_HOST_DEVICE constexpr Int ceilDiv(Int a, Int b) {
  return (a + b - 1) / b;
}

template <class Int> GAC_HOST_DEVICE constexpr Int roundUp(Int a, Int b) {
  return ceilDiv(a, b) * b;
}

template <class Int> GAC_HOST_DEVICE constexpr Int smaller(Int a, Int b) {
  return a < b ? a : b;
}

template <class Int> GAC_HOST_DEVICE constexpr Int larger(Int a, Int b) {
  return a < b ? b : a;
}

/// The most elements, at most 16 bytes' worth and a power of two, that divide
/// all of `multiples` (pitches, widths and offsets of base pointers, in
/// elements of `elementBytes`).
template <class... Ints>
GAC_HOST_DEVICE constexpr int widestVector(int elementBytes,
                                           Ints... multiples) {
  int vector = 16 / elementBytes;
  while (vector > 1 && ((multiples % vector != 0) || ...))
    vector /= 2;
  return vector;
}

/// Of so many multiprocessors those that can be counted on for blocks of
/// clusters of more than two, whose places must all be free together: on an
/// H200 the last clusters of a launch that wants more come when others have
/// left.
GAC_HOST_DEVICE constexpr int clusterMultiprocessors(int multiprocessors) {
  return multiprocessors * 17 / 20;
}

/// Blocks that a cluster has at most on devices of a compute capability such as
/// 90. Eight are portable; sixteen have the GPUs of data centres, for kernels
/// that are allowed them (CUDA C++ Programming Guide, thread block clusters;
/// CU_FUNC_ATTRIBUTE_NON_PORTABLE_CLUSTER_SIZE_ALLOWED).
GAC_HOST_DEVICE constexpr int largestCluster(int capability) {
  return capability < 90 ? 0 : capability < 110 ? 16 : 8;
}

/// Bytes of shared memory that a block has at most, static and dynamic, on
/// devices of a compute capability; of one that is not known the least (CUDA
/// C++ Programming Guide, technical specifications per compute capability). A
/// multiprocessor has a KiB more, and each block takes one of its own.
GAC_HOST_DEVICE constexpr int sharedBytesOfBlock(int capability) {
  return (capability == 80 || capability == 87   ? 163
          : capability >= 90 && capability < 120 ? 227
                                                 : 99)
         << 10;
}

/// What launches are laid out for.
struct DeviceLimits {
  int multiprocessors = 0;
  int capability = 0; ///< Such as 90; 0 if it is not known.

  /// Most dynamic bytes of a block that has at most `own` static ones, where
  /// `blocks` of them are to share a multiprocessor.
  GAC_HOST_DEVICE constexpr int sharedBytes(int blocks, int own) const {
    constexpr int kKiB = 1 << 10;
    return (sharedBytesOfBlock(capability) + kKiB) / blocks - kKiB - own;
  }
};

/// Where element (batch, token, head, 0) of a tensor of heads lies: strides in
/// elements. The lanes of a head are contiguous. Serves [batch, token, head,
/// lane], [batch, head, token, lane] and caches of larger capacity alike.
struct HeadLayout {
  int64_t batch = 0, token = 0, head = 0;

  GAC_HOST_DEVICE constexpr int64_t offset(int64_t b, int64_t t,
                                           int64_t h) const {
    return b * batch + t * token + h * head;
  }
};

/// A number of tokens that is known at launch, or the sum of that and one that
/// device memory holds: a captured launch can be replayed as a cache grows.
struct TokenCount {
  int32_t value = 0;
  const int32_t *device = nullptr;

  GAC_HOST_DEVICE int32_t get() const {
    return device ? value + *device : value;
  }
};

#if defined(__CUDACC__)

//===----------------------------------------------------------------------===//
// Launches that overlap
//===----------------------------------------------------------------------===//

/// Programmatic dependent launch: lets the next launch start, and waits until
/// those before have finished. Without it, and before compute capability 9.0,
/// nothing.
__device__ inline void letNextLaunchStart() {
#if __CUDA_ARCH__ >= 900
  asm volatile("griddepcontrol.launch_dependents;\n" ::: "memory");
#endif
}
__device__ inline void waitForLaunchBefore() {
#if __CUDA_ARCH__ >= 900
  asm volatile("griddepcontrol.wait;\n" ::: "memory");
#endif
}

//===----------------------------------------------------------------------===//
// Element types
//===----------------------------------------------------------------------===//

using bf16 = __nv_bfloat16;
using f16 = __half;

__device__ inline float toFloat(float value) { return value; }
__device__ inline float toFloat(bf16 value) { return __bfloat162float(value); }
__device__ inline float toFloat(f16 value) { return __half2float(value); }

/// Rounds to nearest, ties to even.
template <class T> __device__ T fromFloat(float value);
template <> __device__ inline float fromFloat<float>(float value) {
  return value;
}
template <> __device__ inline bf16 fromFloat<bf16>(float value) {
  return __float2bfloat16_rn(value);
}
template <> __device__ inline f16 fromFloat<f16>(float value) {
  return __float2half_rn(value);
}

__device__ inline float minusInfinity() { return __int_as_float(0xff800000); }

/// Two values in one register, the first in the low half.
template <class T> __device__ uint32_t packPair(float low, float high) {
  T pair[2] = {fromFloat<T>(low), fromFloat<T>(high)};
  uint32_t bits;
  static_assert(sizeof(pair) == sizeof(bits), "of 16-bit types only");
  memcpy(&bits, pair, sizeof(bits));
  return bits;
}

/// value / (1 + exp(-value)), within 6 + 1.2 |value| units in the last place; 0
/// for a result below 2^-119. A rounded division would be most of its cost, and
/// each block of a product computes it anew (GatedInput).
__device__ inline float silu(float value) {
  return __fdividef(value, 1.f + __expf(-value));
}

//===----------------------------------------------------------------------===//
// Vectors
//===----------------------------------------------------------------------===//

/// kCount elements that move in one access (several, if beyond 16 bytes).
template <class T, int kCount> struct Vector {
  static constexpr int kBytes = kCount * static_cast<int>(sizeof(T));
  T lanes[kCount];
};

/// The type whose loads and stores are one access of kBytes.
template <int kBytes> struct Access;
template <> struct Access<1> {
  using Type = unsigned char;
};
template <> struct Access<2> {
  using Type = unsigned short;
};
template <> struct Access<4> {
  using Type = unsigned;
};
template <> struct Access<8> {
  using Type = uint2;
};
template <> struct Access<16> {
  using Type = uint4;
};

/// Reads kCount elements at `source`, aligned to their size or 16 bytes.
template <int kCount, class T>
__device__ inline Vector<T, kCount> loadVector(const T *source) {
  using V = Vector<T, kCount>;
  constexpr int kStep = smaller(V::kBytes, 16);
  using Word = typename Access<kStep>::Type;
  V result;
#pragma unroll
  for (int i = 0; i < V::kBytes / kStep; ++i) {
    const Word word = reinterpret_cast<const Word *>(source)[i];
    memcpy(reinterpret_cast<char *>(&result) + i * kStep, &word, kStep);
  }
  return result;
}

/// Writes a vector to `target`, aligned like loadVector's source.
template <int kCount, class T>
__device__ inline void storeVector(T *target, const Vector<T, kCount> &vector) {
  using V = Vector<T, kCount>;
  constexpr int kStep = smaller(V::kBytes, 16);
  using Word = typename Access<kStep>::Type;
#pragma unroll
  for (int i = 0; i < V::kBytes / kStep; ++i) {
    Word word;
    memcpy(&word, reinterpret_cast<const char *>(&vector) + i * kStep, kStep);
    reinterpret_cast<Word *>(target)[i] = word;
  }
}

/// The same for the first `valid` of kCount elements, if there are fewer: zeros
/// follow them, and nothing beyond is read.
template <int kCount, class T>
__device__ inline Vector<T, kCount> loadVector(const T *source, int valid) {
  if (valid >= kCount)
    return loadVector<kCount>(source);
  Vector<T, kCount> result = {};
#pragma unroll
  for (int i = 0; i < kCount; ++i)
    if (i < valid)
      result.lanes[i] = source[i];
  return result;
}

/// Writes the first `valid` of kCount elements and nothing beyond.
template <int kCount, class T>
__device__ inline void storeVector(T *target, const Vector<T, kCount> &vector,
                                   int valid) {
  if (valid >= kCount) {
    storeVector<kCount>(target, vector);
    return;
  }
#pragma unroll
  for (int i = 0; i < kCount; ++i)
    if (i < valid)
      target[i] = vector.lanes[i];
}

/// The first `valid` of kCount elements at `source` as f32, zeros after them.
template <int kCount, class T>
__device__ inline void loadFloats(const T *source, float (&values)[kCount],
                                  int valid = kCount) {
  const Vector<T, kCount> vector = loadVector<kCount>(source, valid);
#pragma unroll
  for (int i = 0; i < kCount; ++i)
    values[i] = toFloat(vector.lanes[i]);
}

/// Rounds the first `valid` of kCount values to T and writes them to `target`.
template <int kCount, class T>
__device__ inline void storeFloats(T *target, const float (&values)[kCount],
                                   int valid = kCount) {
  Vector<T, kCount> vector;
#pragma unroll
  for (int i = 0; i < kCount; ++i)
    vector.lanes[i] = fromFloat<T>(values[i]);
  storeVector<kCount>(target, vector, valid);
}

/// loadVector with accesses of kVector elements at most; `valid` may be
/// anything.
template <int kCount, int kVector, class T>
__device__ inline Vector<T, kCount> loadLanes(const T *source, int64_t valid) {
  if (valid < kCount)
    return loadVector<kCount>(source,
                              static_cast<int>(larger<int64_t>(valid, 0)));
  constexpr int kStep = smaller(kCount, kVector);
  Vector<T, kCount> result;
#pragma unroll
  for (int i = 0; i < kCount; i += kStep) {
    const auto part = loadVector<kStep>(source + i);
    memcpy(&result.lanes[i], &part, sizeof(part));
  }
  return result;
}

//===----------------------------------------------------------------------===//
// Reductions
//===----------------------------------------------------------------------===//

__device__ inline float warpSum(float value) {
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2)
    value += __shfl_xor_sync(0xffffffffu, value, distance);
  return value;
}

/// The sum over the block, for every thread of it; `scratch` is shared memory
/// of 32 floats. The block's size is a multiple of 32.
__device__ inline float blockSum(float value, float *scratch) {
  const unsigned warps = blockDim.x / 32;
  value = warpSum(value);
  if (threadIdx.x % 32 == 0)
    scratch[threadIdx.x / 32] = value;
  __syncthreads();
  value = threadIdx.x % 32 < warps ? scratch[threadIdx.x % 32] : 0.f;
  return warpSum(value);
}

#endif // __CUDACC__

} // namespace gac::kernels

#endif // GAC_KERNELS_COMMON_CUH
