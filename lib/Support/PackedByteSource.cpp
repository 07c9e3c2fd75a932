//===- PackedByteSource.cpp - elements of few bits --------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Support/PackedByteSource.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>

using namespace gac;
using namespace llvm;

//===----------------------------------------------------------------------===//
// UnpackedByteSource
//===----------------------------------------------------------------------===//

Expected<std::unique_ptr<UnpackedByteSource>>
UnpackedByteSource::create(std::unique_ptr<ByteSource> source, unsigned width,
                           uint64_t count) {
  if (count > UINT64_MAX / 8 / width ||
      divideCeil(count * width, 8) != source->size())
    return createStringError(std::make_error_code(std::errc::invalid_argument),
                             Twine(count) + " elements of " + Twine(width) +
                                 " bits do not fit in " +
                                 Twine(source->size()) + " bytes exactly");
  return std::unique_ptr<UnpackedByteSource>(
      new UnpackedByteSource(std::move(source), width, count));
}

Error UnpackedByteSource::read(uint64_t offset,
                               MutableArrayRef<char> into) const {
  SmallVector<char, 0> packed;
  while (!into.empty()) {
    uint64_t part = std::min<uint64_t>(kTransferBlock, into.size());
    uint64_t begin = offset * width / 8;
    uint64_t end = divideCeil((offset + part) * width, 8);
    packed.resize_for_overwrite(end - begin);
    if (Error error = source->read(begin, packed))
      return error;
    // An element lies in one byte or two.
    uint64_t bit = offset * width - begin * 8;
    for (uint64_t i = 0; i != part; ++i, bit += width) {
      unsigned bits = static_cast<unsigned char>(packed[bit / 8]);
      if (bit / 8 + 1 < packed.size())
        bits |= unsigned(static_cast<unsigned char>(packed[bit / 8 + 1])) << 8;
      into[i] = static_cast<char>(bits >> bit % 8 & ((1u << width) - 1));
    }
    into = into.drop_front(part);
    offset += part;
  }
  return Error::success();
}

//===----------------------------------------------------------------------===//
// PackedByteSource
//===----------------------------------------------------------------------===//

PackedByteSource::PackedByteSource(std::unique_ptr<ByteSource> source,
                                   unsigned width)
    : elements(std::move(source)), width(width),
      bytes(divideCeil(elements->size() * width, 8)) {}

Error PackedByteSource::read(uint64_t offset,
                             MutableArrayRef<char> into) const {
  SmallVector<char, 0> unpacked;
  while (!into.empty()) {
    // All elements of which a part lies within these bytes.
    uint64_t part = std::min<uint64_t>(kTransferBlock / 8, into.size());
    uint64_t begin = offset * 8 / width;
    uint64_t end =
        std::min(elements->size(), divideCeil((offset + part) * 8, width));
    unpacked.resize_for_overwrite(end - begin);
    if (Error error = elements->read(begin, unpacked))
      return error;
    std::fill_n(into.begin(), part, 0);
    for (uint64_t i = 0, e = unpacked.size(); i != e; ++i) {
      unsigned value =
          static_cast<unsigned char>(unpacked[i]) & ((1u << width) - 1);
      uint64_t bit = (begin + i) * width;
      for (uint64_t byte = bit / 8; byte <= (bit + width - 1) / 8; ++byte) {
        if (byte < offset || byte >= offset + part)
          continue;
        unsigned bits =
            byte == bit / 8 ? value << bit % 8 : value >> (8 - bit % 8);
        into[byte - offset] |= static_cast<char>(bits);
      }
    }
    into = into.drop_front(part);
    offset += part;
  }
  return Error::success();
}
