//===- philox.cuh - Synthetic weights, on any processor ---------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Philox4x32-10, the counter-based generator of Salmon, Moraes, Dror and Shaw
// ("Parallel random numbers: as easy as 1, 2, 3", SC 2011), and what GAC makes
// of its words. Host compilers, nvcc and NVRTC compile the same lines, so this
// includes nothing. scripts/synthetic_weights.py is its twin in numpy.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_KERNELS_PHILOX_CUH
#define GAC_KERNELS_PHILOX_CUH

#ifdef __CUDACC__
#define GAC_INLINE __host__ __device__ __forceinline__
#else
#define GAC_INLINE inline
#endif

namespace gac {

struct PhiloxWords {
  unsigned words[4];
};

/// Ten rounds over a counter of 128 bits with a key of 64, low words first.
GAC_INLINE PhiloxWords philox4x32(PhiloxWords counter, unsigned key0,
                                  unsigned key1) {
  unsigned c0 = counter.words[0], c1 = counter.words[1];
  unsigned c2 = counter.words[2], c3 = counter.words[3];
#ifdef __CUDACC__
#pragma unroll
#endif
  for (int round = 0; round < 10; ++round) {
    unsigned long long product0 = 0xD2511F53ULL * c0;
    unsigned long long product1 = 0xCD9E8D57ULL * c2;
    c0 = static_cast<unsigned>(product1 >> 32) ^ c1 ^ key0;
    c2 = static_cast<unsigned>(product0 >> 32) ^ c3 ^ key1;
    c1 = static_cast<unsigned>(product1);
    c3 = static_cast<unsigned>(product0);
    key0 += 0x9E3779B9U;
    key1 += 0xBB67AE85U;
  }
  return {{c0, c1, c2, c3}};
}

/// The upper 24 bits of a word as the middle of one of 2^24 equal parts of
/// [-scale, scale]. All but the last product is exact.
GAC_INLINE float philoxUniform(unsigned word, float scale) {
  int odd = static_cast<int>(2 * (word >> 8) + 1) - (1 << 24);
  return static_cast<float>(odd) * 5.9604644775390625e-8F * scale;
}

/// The words for elements 4 * block to 4 * block + 3 of the stream `seed`.
GAC_INLINE PhiloxWords philoxBlock(unsigned long long key,
                                   unsigned long long block,
                                   unsigned long long seed) {
  return philox4x32(
      {{static_cast<unsigned>(block), static_cast<unsigned>(block >> 32),
        static_cast<unsigned>(seed), static_cast<unsigned>(seed >> 32)}},
      static_cast<unsigned>(key), static_cast<unsigned>(key >> 32));
}

} // namespace gac

#endif // GAC_KERNELS_PHILOX_CUH
