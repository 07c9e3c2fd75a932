//===- Synthetic.cpp - Weights and inputs from a generator ------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Runtime/Synthetic.h"

#include "kernels/philox.cuh"

#include <cmath>
#include <cstring>

using namespace gac::runtime;

uint64_t gac::runtime::getSyntheticKey(std::string_view name) {
  uint64_t hash = 0xcbf29ce484222325;
  for (char c : name)
    hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3;
  return hash;
}

float gac::runtime::getSyntheticScale(int64_t fanIn) {
  return static_cast<float>(std::sqrt(3.0 / static_cast<double>(fanIn)));
}

/// Calls back with the position and the word of each element.
template <typename Callback>
static void forEachWord(uint64_t key, uint64_t seed, uint64_t begin,
                        size_t count, Callback callback) {
  size_t done = 0;
  while (done < count) {
    uint64_t index = begin + done;
    gac::PhiloxWords block = gac::philoxBlock(key, index / 4, seed);
    for (size_t word = index % 4; word < 4 && done < count; ++word)
      callback(done++, block.words[word]);
  }
}

void gac::runtime::generateUniform(uint64_t key, uint64_t seed, float scale,
                                   uint64_t begin, size_t count,
                                   float *values) {
  forEachWord(key, seed, begin, count, [&](size_t i, uint32_t word) {
    values[i] = gac::philoxUniform(word, scale);
  });
}

Result<HostTensor> gac::runtime::makeSyntheticInput(
    std::string_view name, uint64_t seed, DType type, const Shape &shape,
    std::optional<std::pair<int64_t, int64_t>> range) {
  HostTensor tensor{type, shape, {}};
  size_t count = getElementCount(shape).value_or(0);
  tensor.bytes.resize(count * getElementBytes(type));
  uint64_t key = getSyntheticKey(name);
  if (type == DType::Bool) {
    std::memset(tensor.bytes.data(), 1, count);
    return tensor;
  }
  if (isFloat(type)) {
    std::vector<float> values(count);
    generateUniform(key, seed, 1, 0, count, values.data());
    Status status = convert(reinterpret_cast<const std::byte *>(values.data()),
                            DType::F32, tensor.bytes.data(), type, count);
    if (status)
      return status;
    return tensor;
  }
  if (!range)
    return Status(ErrorCode::Invalid,
                  "the package does not say which values the integers of '" +
                      std::string(name) + "' may have: give them");
  // As unsigned numbers, where a span of all 2^64 values becomes 0.
  uint64_t span = static_cast<uint64_t>(range->second) -
                  static_cast<uint64_t>(range->first) + 1;
  std::vector<int64_t> values(count);
  forEachWord(key, seed, 0, count, [&](size_t i, uint32_t word) {
    values[i] = static_cast<int64_t>(static_cast<uint64_t>(range->first) +
                                     (span ? word % span : word));
  });
  Status status = convert(reinterpret_cast<const std::byte *>(values.data()),
                          DType::I64, tensor.bytes.data(), type, count);
  if (status)
    return status;
  return tensor;
}
