//===- TransposedByteSource.h - a tensor with its axes swapped --*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The bytes of a row-major tensor whose axes are in another order. Each read
// goes through the whole source once, by strips of rows, so that few large
// reads are better than many small ones.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_SUPPORT_TRANSPOSEDBYTESOURCE_H
#define GAC_SUPPORT_TRANSPOSEDBYTESOURCE_H

#include "gac/Support/ByteSource.h"

#include "llvm/ADT/SmallVector.h"

namespace gac {

/// Axis i of the tensor is axis `perm[i]` of the source.
class TransposedByteSource final : public ByteSource {
public:
  /// Most bytes of the result that are made at once when it is written.
  static constexpr uint64_t kBlock = uint64_t(64) << 20;

  /// `sizes` are those of the source. Fails when `perm` is no permutation of
  /// its axes, when elements are not of 1, 2, 4 or 8 bytes, and when `source`
  /// does not have as many bytes as its sizes say.
  static llvm::Expected<std::unique_ptr<TransposedByteSource>>
  create(std::unique_ptr<ByteSource> source, int64_t elementSize,
         llvm::ArrayRef<int64_t> sizes, llvm::ArrayRef<int64_t> perm);

  uint64_t size() const override { return source->size(); }
  llvm::Error read(uint64_t offset,
                   llvm::MutableArrayRef<char> into) const override;
  llvm::Error writeRange(OutputFile &out, uint64_t offset,
                         uint64_t length) const override;

private:
  explicit TransposedByteSource(std::unique_ptr<ByteSource> source)
      : source(std::move(source)) {}

  llvm::Error readElements(int64_t first,
                           llvm::MutableArrayRef<char> into) const;
  int64_t findRow(int64_t row) const;

  std::unique_ptr<ByteSource> source;
  int64_t elementSize = 1;
  /// Of the source's axes, and how far apart their lanes are in the result.
  llvm::SmallVector<int64_t> sizes, strides;
};

} // namespace gac

#endif // GAC_SUPPORT_TRANSPOSEDBYTESOURCE_H
