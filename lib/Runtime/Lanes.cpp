//===- Lanes.cpp - Values as callers know them ------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lanes.h"

#include <algorithm>
#include <cstring>

using namespace gac::runtime;

StoredTensor::StoredTensor(const PackageTensor &tensor,
                           std::optional<std::pair<int64_t, int64_t>> positions)
    : tensor(tensor), stored(tensor.shape), known(tensor.getCallerShape()) {
  if (tensor.lanes)
    axes = tensor.lanes->axes;
  if (!positions)
    return;
  auto [axis, count] = *positions;
  stored[axis] = known[axis] = count;
  // Positions do not move.
  if (!axes.empty())
    axes[axis] = {{0, 0, count}};
}

namespace {
/// Elements that lie together on both sides.
struct Stretch {
  int64_t known, stored, count;
};
} // namespace

/// Calls back for each stretch of the innermost axis.
template <typename Callback>
static void forEachStretch(const std::vector<std::vector<Recipe::Run>> &axes,
                           const Shape &known, const Shape &stored, size_t axis,
                           int64_t knownIndex, int64_t storedIndex,
                           Callback callback) {
  for (const Recipe::Run &run : axes[axis]) {
    int64_t from = knownIndex * known[axis] + run.from;
    int64_t to = storedIndex * stored[axis] + run.to;
    if (axis + 1 == axes.size())
      callback(Stretch{from, to, run.count});
    else
      for (int64_t i = 0; i < run.count; ++i)
        forEachStretch(axes, known, stored, axis + 1, from + i, to + i,
                       callback);
  }
}

std::vector<std::byte> StoredTensor::move(const std::vector<std::byte> &values,
                                          bool toStored) const {
  auto size = static_cast<int64_t>(getElementBytes(tensor.type));
  std::vector<std::byte> moved(
      getElementCount(toStored ? stored : known).value_or(0) * size);
  forEachStretch(axes, known, stored, 0, 0, 0, [&](const Stretch &stretch) {
    int64_t from = toStored ? stretch.known : stretch.stored;
    int64_t to = toStored ? stretch.stored : stretch.known;
    std::memcpy(moved.data() + to * size, values.data() + from * size,
                stretch.count * size);
  });
  return moved;
}

/// Whether an element is not zero, of either sign.
static bool isNonzero(const std::byte *element, DType type) {
  size_t size = getElementBytes(type);
  bool any = std::any_of(element, element + size - 1,
                         [](std::byte b) { return b != std::byte(0); });
  std::byte last = element[size - 1];
  return any || (isFloat(type) ? last & std::byte(0x7f) : last) != std::byte(0);
}

/// "[0, 1, 7]".
static std::string toIndices(size_t element, const Shape &shape) {
  Shape indices(shape.size());
  for (size_t axis = shape.size(); axis-- > 0;) {
    indices[axis] = static_cast<int64_t>(element % shape[axis]);
    element /= shape[axis];
  }
  return toString(indices);
}

Result<std::vector<std::byte>>
StoredTensor::store(std::vector<std::byte> values, const Shape &shape,
                    const std::string &what) const {
  if (axes.empty())
    return values;
  if (shape == known)
    return move(values, /*toStored=*/true);
  std::vector<std::byte> clean =
      move(move(values, /*toStored=*/false), /*toStored=*/true);
  size_t size = getElementBytes(tensor.type);
  for (size_t i = 0, count = values.size() / size; i < count; ++i)
    if (std::memcmp(&values[i * size], &clean[i * size], size) != 0 &&
        isNonzero(&values[i * size], tensor.type))
      return Status(ErrorCode::Invalid,
                    what + " of shape " + toString(shape) +
                        " has padding lanes, which must be zero, and at " +
                        toIndices(i, shape) + " is not: give the shape " +
                        toString(known) +
                        ", or move the lanes as the package says");
  return clean;
}

HostTensor StoredTensor::load(std::vector<std::byte> values) const {
  return {tensor.type, known,
          axes.empty() ? std::move(values) : move(values, /*toStored=*/false)};
}
