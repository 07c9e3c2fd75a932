//===- TransposedByteSource.cpp - a tensor with its axes swapped *- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Support/TransposedByteSource.h"

#include "gac/Support/OutputFile.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <cassert>
#include <cstring>

using namespace gac;
using namespace llvm;

/// So many rows of the source are scattered together: what lies side by side in
/// the result then mostly comes from one cache line each.
static constexpr int64_t kStrip = 64;

static Error invalid(const Twine &message) {
  return createStringError(std::make_error_code(std::errc::invalid_argument),
                           message);
}

Expected<std::unique_ptr<TransposedByteSource>>
TransposedByteSource::create(std::unique_ptr<ByteSource> source,
                             int64_t elementSize, ArrayRef<int64_t> sizes,
                             ArrayRef<int64_t> perm) {
  auto rank = static_cast<int64_t>(sizes.size());
  SmallVector<int64_t> sorted(perm);
  llvm::sort(sorted);
  for (int64_t axis = 0; axis != rank; ++axis)
    if (static_cast<int64_t>(perm.size()) != rank || sorted[axis] != axis)
      return invalid("a transposed tensor of rank " + Twine(rank) +
                     " needs a permutation of its axes");
  if (elementSize != 1 && elementSize != 2 && elementSize != 4 &&
      elementSize != 8)
    return invalid("elements of " + Twine(elementSize) +
                   " bytes cannot be transposed");
  int64_t bytes = elementSize;
  for (int64_t size : sizes)
    if (size < 0 || MulOverflow(bytes, size, bytes))
      return invalid("the size of a transposed tensor overflows");
  if (static_cast<uint64_t>(bytes) != source->size())
    return invalid("a tensor to be transposed has " + Twine(source->size()) +
                   " bytes instead of " + Twine(bytes));

  std::unique_ptr<TransposedByteSource> result(
      new TransposedByteSource(std::move(source)));
  result->elementSize = elementSize;
  result->sizes.assign(sizes.begin(), sizes.end());
  result->strides.resize(rank);
  int64_t stride = 1;
  for (int64_t axis : llvm::reverse(perm)) {
    result->strides[axis] = stride;
    stride *= sizes[axis];
  }
  if (rank == 0) {
    result->sizes.push_back(1);
    result->strides.push_back(1);
  }
  return result;
}

/// Where the first element of a row of the source is in the result.
int64_t TransposedByteSource::findRow(int64_t row) const {
  int64_t place = 0;
  for (size_t axis = sizes.size() - 1; axis-- > 0;) {
    place += row % sizes[axis] * strides[axis];
    row /= sizes[axis];
  }
  return place;
}

/// Moves the columns `[begin, end)` of a strip, one behind the other in
/// `strip`, to their places in `into`, which begins at element `first`.
template <typename Element>
static void scatter(const char *strip, ArrayRef<int64_t> rows, int64_t begin,
                    int64_t end, int64_t width, int64_t stride, int64_t first,
                    MutableArrayRef<char> into) {
  uint64_t count = into.size() / sizeof(Element);
  for (int64_t column = begin; column != end; ++column)
    for (auto [i, row] : llvm::enumerate(rows)) {
      uint64_t place = row + column * stride - first;
      // Rows reach into the range at different columns.
      if (place < count)
        std::memcpy(into.data() + place * sizeof(Element),
                    strip + (i * width + column - begin) * sizeof(Element),
                    sizeof(Element));
    }
}

/// Fills `into` with whole elements of the result from number `first` on.
Error TransposedByteSource::readElements(int64_t first,
                                         MutableArrayRef<char> into) const {
  int64_t width = sizes.back(), stride = strides.back();
  int64_t last = first + into.size() / elementSize;
  if (first == last)
    return Error::success();
  int64_t numRows = source->size() / elementSize / width;
  SmallVector<char, 0> strip;
  SmallVector<int64_t, kStrip> rows;
  for (int64_t row = 0; row < numRows; row += kStrip) {
    rows.clear();
    int64_t begin = width, end = 0;
    for (int64_t i = row; i != std::min(numRows, row + kStrip); ++i) {
      int64_t place = findRow(i);
      rows.push_back(place);
      // The columns whose places are in [first, last).
      begin = std::min(
          begin, place >= first ? 0 : divideCeilSigned(first - place, stride));
      end = std::max(
          end, place >= last
                   ? 0
                   : std::min(width, divideCeilSigned(last - place, stride)));
    }
    if (begin >= end)
      continue;
    // Rows lie one behind the other; of long ones only a part may be needed.
    bool isWhole = (end - begin) * 4 >= width;
    if (isWhole) {
      begin = 0;
      end = width;
    }
    int64_t columns = end - begin;
    strip.resize_for_overwrite(rows.size() * columns * elementSize);
    if (isWhole) {
      if (Error error = source->read(row * width * elementSize, strip))
        return error;
    } else {
      for (size_t i = 0; i != rows.size(); ++i)
        if (Error error = source->read(
                ((row + i) * width + begin) * elementSize,
                MutableArrayRef(strip).slice(i * columns * elementSize,
                                             columns * elementSize)))
          return error;
    }
    auto move = [&](auto element) {
      scatter<decltype(element)>(strip.data(), rows, begin, end, columns,
                                 stride, first, into);
    };
    switch (elementSize) {
    case 1:
      move(uint8_t());
      break;
    case 2:
      move(uint16_t());
      break;
    case 4:
      move(uint32_t());
      break;
    default:
      move(uint64_t());
      break;
    }
  }
  return Error::success();
}

Error TransposedByteSource::read(uint64_t offset,
                                 MutableArrayRef<char> into) const {
  assert(offset + into.size() <= size() && "range outside the source");
  if (into.empty())
    return Error::success();
  uint64_t skipped = offset % elementSize;
  uint64_t whole = alignTo(skipped + into.size(), elementSize);
  if (whole == into.size())
    return readElements(offset / elementSize, into);
  SmallVector<char, 0> elements;
  elements.resize_for_overwrite(whole);
  if (Error error = readElements(offset / elementSize, elements))
    return error;
  std::memcpy(into.data(), elements.data() + skipped, into.size());
  return Error::success();
}

Error TransposedByteSource::writeRange(OutputFile &out, uint64_t offset,
                                       uint64_t length) const {
  return writeInBlocks(out, offset, length, kBlock);
}
