//===- CastByteSource.h - floats of a tensor, rounded -----------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The bytes of a tensor of floating-point numbers in another format. Nothing is
// evaluated before it is read.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_SUPPORT_CASTBYTESOURCE_H
#define GAC_SUPPORT_CASTBYTESOURCE_H

#include "gac/Support/ByteSource.h"

namespace gac {

enum class FloatFormat { F16, BF16, F32, F64 };

/// Bytes of a number of `format`.
uint64_t getByteWidth(FloatFormat format);

/// Rounds the numbers of `source`, to nearest, ties to even, once: a float64
/// does not pass through float32. Numbers beyond the largest become infinite;
/// NaNs stay NaNs. `source` and `target` hold the same number of elements, and
/// `to` is not F64 unless `from` is.
void roundFloats(FloatFormat from, llvm::ArrayRef<char> source, FloatFormat to,
                 llvm::MutableArrayRef<char> target);

/// A tensor's elements of format `from` as elements of format `to`.
class CastByteSource final : public ByteSource {
public:
  /// Fails when the bytes of `source` are no whole number of elements, and
  /// when F64 is to be made of anything else.
  static llvm::Expected<std::unique_ptr<CastByteSource>>
  create(std::unique_ptr<ByteSource> source, FloatFormat from, FloatFormat to);

  uint64_t size() const override { return bytes; }
  llvm::Error read(uint64_t offset,
                   llvm::MutableArrayRef<char> into) const override;

private:
  CastByteSource(std::unique_ptr<ByteSource> source, FloatFormat from,
                 FloatFormat to)
      : source(std::move(source)), from(from), to(to) {}

  llvm::Error readElements(uint64_t first,
                           llvm::MutableArrayRef<char> into) const;

  std::unique_ptr<ByteSource> source;
  FloatFormat from, to;
  uint64_t bytes = 0;
};

} // namespace gac

#endif // GAC_SUPPORT_CASTBYTESOURCE_H
