//===- Lanes.h - Values as callers know them --------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A repair may have made inputs, outputs and caches wider. Callers give and get
// them without their padding.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_RUNTIME_LANES_H
#define GAC_LIB_RUNTIME_LANES_H

#include "gac/Runtime/Package.h"

namespace gac::runtime {

/// A tensor in memory, of which the first positions are meant where it is a
/// cache.
struct StoredTensor {
  const PackageTensor &tensor;
  /// The tensor's and the callers' shape, with as many positions.
  Shape stored, known;

  /// `positions` on `axis`, if it is given.
  explicit StoredTensor(
      const PackageTensor &tensor,
      std::optional<std::pair<int64_t, int64_t>> positions = std::nullopt);

  /// The bytes to store for values in the tensor's type, of either shape: what
  /// callers do not know becomes zero. Of the tensor's own shape, padding has
  /// to be zero; `what` opens the message.
  Result<std::vector<std::byte>> store(std::vector<std::byte> values,
                                       const Shape &shape,
                                       const std::string &what) const;
  /// What callers see of what is stored.
  HostTensor load(std::vector<std::byte> values) const;

private:
  std::vector<std::byte> move(const std::vector<std::byte> &values,
                              bool toStored) const;

  std::vector<std::vector<Recipe::Run>> axes;
};

} // namespace gac::runtime

#endif // GAC_LIB_RUNTIME_LANES_H
