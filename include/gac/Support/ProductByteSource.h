//===- ProductByteSource.h - the product of two matrices --------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The bytes of a matrix product that is computed as it is read, some rows at a
// time: for each such panel of rows the second matrix goes by once. Neither
// matrix nor the product is ever in memory as a whole.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_SUPPORT_PRODUCTBYTESOURCE_H
#define GAC_SUPPORT_PRODUCTBYTESOURCE_H

#include "gac/Support/ByteSource.h"
#include "gac/Support/CastByteSource.h"

#include <mutex>
#include <vector>

namespace gac {

class ProductByteSource final : public ByteSource {
public:
  /// Sums, of 8 bytes each, that a panel has at most, but for one row.
  static constexpr int64_t kPanelSums = int64_t(4) << 20;

  /// `a` is [rows, depth] and `b` [depth, columns], row major, of elements of
  /// `format`, and so is the product. Each element is summed in float64 in
  /// ascending order of the summed axis, and rounded to nearest once: to
  /// float32, and from there on to a narrower `format`; a float64 is not
  /// rounded. Products of float32 are exact in float64, so that a processor
  /// that fuses additions gives the same bits. Fails when a source does not
  /// have as many bytes as the sizes say.
  static llvm::Expected<std::unique_ptr<ProductByteSource>>
  create(std::unique_ptr<ByteSource> a, std::unique_ptr<ByteSource> b,
         FloatFormat format, int64_t rows, int64_t depth, int64_t columns);

  uint64_t size() const override;
  llvm::Error read(uint64_t offset,
                   llvm::MutableArrayRef<char> into) const override;

private:
  ProductByteSource() = default;

  llvm::Error computePanel(int64_t first) const;

  std::unique_ptr<ByteSource> a, b;
  FloatFormat format = FloatFormat::F32;
  int64_t rows = 0, depth = 0, columns = 0, panelRows = 1;

  /// The panel that was read last: readers go forward in smaller steps.
  mutable std::mutex mutex;
  mutable int64_t panelFirst = -1;
  mutable std::vector<char> panel;
};

} // namespace gac

#endif // GAC_SUPPORT_PRODUCTBYTESOURCE_H
