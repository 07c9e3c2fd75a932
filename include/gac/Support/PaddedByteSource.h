//===- PaddedByteSource.h - a tensor with lanes put in ----------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The bytes of a row-major tensor whose axes have grown: every old element at
// its new place, one number between, mostly zero, or one per lane of an axis.
// Nothing is evaluated before it is read.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_SUPPORT_PADDEDBYTESOURCE_H
#define GAC_SUPPORT_PADDEDBYTESOURCE_H

#include "gac/Support/ByteSource.h"
#include "gac/Support/LaneRun.h"

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"

#include <optional>

namespace gac {

/// Where the lanes of one axis go.
struct AxisPadding {
  int64_t oldSize;
  int64_t newSize;
  /// Ascending and apart, in old lanes as in new ones. Old lanes in no run are
  /// dropped; new lanes in no run are padding.
  llvm::SmallVector<LaneRun, 2> runs;

  /// The map of an axis that stays as it is.
  static AxisPadding identity(int64_t size);
  bool isIdentity() const;
};

/// A tensor of `elementSize`-byte elements, padded along its axes.
class PaddedByteSource final : public ByteSource {
public:
  /// Padding is `fill`, the bytes of one element, or zero if that is empty;
  /// with `fillAxis` it has an element for each new lane of that axis. Fails
  /// when a run leaves its axis or is out of order, when `source` does not have
  /// as many bytes as the old axes say, and when a size overflows.
  static llvm::Expected<std::unique_ptr<PaddedByteSource>>
  create(std::unique_ptr<ByteSource> source, int64_t elementSize,
         llvm::ArrayRef<AxisPadding> axes, llvm::StringRef fill = {},
         std::optional<unsigned> fillAxis = std::nullopt);

  uint64_t size() const override { return newBytes; }
  llvm::Error read(uint64_t offset,
                   llvm::MutableArrayRef<char> into) const override;
  llvm::Error writeRange(OutputFile &out, uint64_t offset,
                         uint64_t length) const override;

private:
  explicit PaddedByteSource(std::unique_ptr<ByteSource> source)
      : source(std::move(source)) {}

  /// Receives a stretch of the padded tensor: where its bytes are in the
  /// source, or nothing for padding, and how many there are.
  using Visitor =
      llvm::function_ref<llvm::Error(std::optional<uint64_t>, uint64_t)>;

  /// Bytes of the source that were read ahead for short stretches.
  struct Window {
    uint64_t begin = 0;
    llvm::SmallVector<char, 0> bytes;
  };

  llvm::Error visit(uint64_t offset, uint64_t length, Visitor visitor) const;
  llvm::Error read(uint64_t offset, llvm::MutableArrayRef<char> into,
                   Window &window) const;
  std::optional<uint64_t> findOldRow(uint64_t row) const;
  void fillWith(uint64_t offset, llvm::MutableArrayRef<char> part) const;

  std::unique_ptr<ByteSource> source;
  /// The bytes of an element of padding, or of one per lane of an axis; empty
  /// where these are zeros.
  std::string fill;
  /// The bytes of an element, and of a lane of the axis of `fill`.
  uint64_t elementBytes = 0, laneBytes = 0;
  /// The axes before the innermost one that grows, adjacent unchanged ones
  /// taken together.
  llvm::SmallVector<AxisPadding> outer;
  /// Runs of the innermost axis that grows, in bytes.
  llvm::SmallVector<LaneRun> inner;
  uint64_t oldRowBytes = 0;
  uint64_t newRowBytes = 0;
  uint64_t newBytes = 0;
};

} // namespace gac

#endif // GAC_SUPPORT_PADDEDBYTESOURCE_H
