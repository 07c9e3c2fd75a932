//===- PackedByteSource.h - elements of few bits ----------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// ONNX packs elements of 2, 4 or 6 bits from the least significant bit on,
// across byte boundaries. What moves elements about works on one per byte.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_SUPPORT_PACKEDBYTESOURCE_H
#define GAC_SUPPORT_PACKEDBYTESOURCE_H

#include "gac/Support/ByteSource.h"

namespace gac {

/// The elements of packed bytes, one in each byte, the upper bits zero.
class UnpackedByteSource final : public ByteSource {
public:
  /// `count` elements of `width` bits, 1 to 7. Fails when `source` does not
  /// have as many bytes as they need.
  static llvm::Expected<std::unique_ptr<UnpackedByteSource>>
  create(std::unique_ptr<ByteSource> source, unsigned width, uint64_t count);

  uint64_t size() const override { return count; }
  llvm::Error read(uint64_t offset,
                   llvm::MutableArrayRef<char> into) const override;

private:
  UnpackedByteSource(std::unique_ptr<ByteSource> source, unsigned width,
                     uint64_t count)
      : source(std::move(source)), width(width), count(count) {}

  std::unique_ptr<ByteSource> source;
  unsigned width;
  uint64_t count;
};

/// The reverse: packed bytes of a source of one element in each byte. Bits
/// after the last element are zero.
class PackedByteSource final : public ByteSource {
public:
  /// `width` is 1 to 7.
  PackedByteSource(std::unique_ptr<ByteSource> elements, unsigned width);

  uint64_t size() const override { return bytes; }
  llvm::Error read(uint64_t offset,
                   llvm::MutableArrayRef<char> into) const override;

private:
  std::unique_ptr<ByteSource> elements;
  unsigned width;
  uint64_t bytes;
};

} // namespace gac

#endif // GAC_SUPPORT_PACKEDBYTESOURCE_H
