//===- Synthetic.h - Weights and inputs from a generator --------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Values that depend on a tensor's name and an element's index alone: the same
// bits on the CPU, on the GPU (kernels/philox.cuh) and in numpy
// (scripts/synthetic_weights.py), whatever is generated first or beside them.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_RUNTIME_SYNTHETIC_H
#define GAC_RUNTIME_SYNTHETIC_H

#include "gac/Runtime/Tensor.h"

namespace gac::runtime {

/// The key of a tensor's stream: FNV-1a, 64 bits, of the name's bytes.
uint64_t getSyntheticKey(std::string_view name);

/// The largest magnitude of a weight: float32(sqrt(3 / fanIn)), so that the
/// variance is 1 / fanIn and a product keeps its input's scale.
float getSyntheticScale(int64_t fanIn);

/// Elements [begin, begin + count) of the tensor of that key, uniform in
/// (-scale, scale). `seed` selects one of many tensors of a name; weights
/// have seed 0.
void generateUniform(uint64_t key, uint64_t seed, float scale, uint64_t begin,
                     size_t count, float *values);

/// A whole input: floats uniform in (-1, 1), integers in [first, last] as
/// first + word % (last - first + 1), booleans true.
Result<HostTensor>
makeSyntheticInput(std::string_view name, uint64_t seed, DType type,
                   const Shape &shape,
                   std::optional<std::pair<int64_t, int64_t>> range);

} // namespace gac::runtime

#endif // GAC_RUNTIME_SYNTHETIC_H
