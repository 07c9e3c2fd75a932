//===- ConcatByteSource.h - tensors joined along an axis --------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The bytes of row-major tensors that lie side by side in a larger one: row by
// row, a row of each. What is read at once is read from each source at once.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_SUPPORT_CONCATBYTESOURCE_H
#define GAC_SUPPORT_CONCATBYTESOURCE_H

#include "gac/Support/ByteSource.h"

#include "llvm/ADT/SmallVector.h"

#include <vector>

namespace gac {

class ConcatByteSource final : public ByteSource {
public:
  /// Most bytes of the result that are made at once when it is written.
  static constexpr uint64_t kBlock = uint64_t(16) << 20;

  /// Each source has `rows` rows; a row of it is everything from the joined
  /// axis inwards. Fails when there is no source, when the bytes of one are no
  /// whole number of rows, and when their sum overflows.
  static llvm::Expected<std::unique_ptr<ConcatByteSource>>
  create(std::vector<std::unique_ptr<ByteSource>> sources, uint64_t rows);

  uint64_t size() const override { return rows * rowBytes; }
  llvm::Error read(uint64_t offset,
                   llvm::MutableArrayRef<char> into) const override;
  llvm::Error writeRange(OutputFile &out, uint64_t offset,
                         uint64_t length) const override;

private:
  ConcatByteSource() = default;

  llvm::Error readInRow(uint64_t row, uint64_t offset,
                        llvm::MutableArrayRef<char> into) const;
  llvm::Error readRows(uint64_t row, llvm::MutableArrayRef<char> into) const;

  std::vector<std::unique_ptr<ByteSource>> sources;
  /// Bytes of a row of each source, and of one of the result.
  llvm::SmallVector<uint64_t> widths;
  uint64_t rows = 0, rowBytes = 0;
};

} // namespace gac

#endif // GAC_SUPPORT_CONCATBYTESOURCE_H
