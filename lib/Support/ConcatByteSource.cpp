//===- ConcatByteSource.cpp - tensors joined along an axis ------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Support/ConcatByteSource.h"

#include "gac/Support/OutputFile.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <cassert>
#include <cstring>

using namespace gac;
using namespace llvm;

static Error invalid(const Twine &message) {
  return createStringError(std::make_error_code(std::errc::invalid_argument),
                           message);
}

Expected<std::unique_ptr<ConcatByteSource>>
ConcatByteSource::create(std::vector<std::unique_ptr<ByteSource>> sources,
                         uint64_t rows) {
  if (sources.empty())
    return invalid("there are no tensors to join");
  std::unique_ptr<ConcatByteSource> result(new ConcatByteSource());
  int64_t total = 0;
  for (const std::unique_ptr<ByteSource> &source : sources) {
    if (rows == 0 ? source->size() != 0 : source->size() % rows != 0)
      return invalid("a tensor of " + Twine(source->size()) +
                     " bytes is no part of one of " + Twine(rows) + " rows");
    if (AddOverflow(total, static_cast<int64_t>(source->size()), total))
      return invalid("the size of joined tensors overflows");
    result->widths.push_back(rows == 0 ? 0 : source->size() / rows);
    result->rowBytes += result->widths.back();
  }
  result->rows = rows;
  result->sources = std::move(sources);
  return result;
}

/// Fills `into` with a part of one row.
Error ConcatByteSource::readInRow(uint64_t row, uint64_t offset,
                                  MutableArrayRef<char> into) const {
  for (auto [source, width] : zip_equal(sources, widths)) {
    if (into.empty())
      break;
    if (offset >= width) {
      offset -= width;
      continue;
    }
    uint64_t count = std::min<uint64_t>(width - offset, into.size());
    if (Error error =
            source->read(row * width + offset, into.take_front(count)))
      return error;
    into = into.drop_front(count);
    offset = 0;
  }
  return Error::success();
}

/// Fills `into` with whole rows.
Error ConcatByteSource::readRows(uint64_t row,
                                 MutableArrayRef<char> into) const {
  uint64_t count = into.size() / rowBytes;
  if (count == 1)
    return readInRow(row, 0, into);
  SmallVector<char, 0> part;
  uint64_t begin = 0;
  for (auto [source, width] : zip_equal(sources, widths)) {
    part.resize_for_overwrite(count * width);
    if (Error error = source->read(row * width, part))
      return error;
    for (uint64_t i = 0; i != count && width != 0; ++i)
      std::memcpy(into.data() + i * rowBytes + begin, part.data() + i * width,
                  width);
    begin += width;
  }
  return Error::success();
}

Error ConcatByteSource::read(uint64_t offset,
                             MutableArrayRef<char> into) const {
  assert(offset + into.size() <= size() && "range outside the source");
  while (!into.empty()) {
    uint64_t row = offset / rowBytes, inRow = offset % rowBytes;
    uint64_t count;
    if (inRow == 0 && into.size() >= rowBytes) {
      count = into.size() / rowBytes * rowBytes;
      if (Error error = readRows(row, into.take_front(count)))
        return error;
    } else {
      count = std::min<uint64_t>(rowBytes - inRow, into.size());
      if (Error error = readInRow(row, inRow, into.take_front(count)))
        return error;
    }
    into = into.drop_front(count);
    offset += count;
  }
  return Error::success();
}

Error ConcatByteSource::writeRange(OutputFile &out, uint64_t offset,
                                   uint64_t length) const {
  return writeInBlocks(out, offset, length, kBlock);
}
