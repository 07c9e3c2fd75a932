//===- RotaryTables.h - Tables of cosines and sines --------------*- C++-*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Models hold the tables of a rotation as wide as what is rotated, each number
// twice, or once per pair; RotaryEmbedding takes batch x positions x pairs.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_DIALECT_GAC_TRANSFORMS_ROTARYTABLES_H
#define GAC_LIB_DIALECT_GAC_TRANSFORMS_ROTARYTABLES_H

#include "Recovery.h"

namespace gac {

/// Where the two numbers that are rotated together stand: half of the width
/// apart, or side by side (`interleaved`).
enum class PairLayout { Halves, Neighbours };

/// Where the axes of what is rotated stand.
enum class HeadLayout {
  /// batch x heads x positions x width
  HeadsFirst,
  /// batch x positions x heads x width
  PositionsFirst,
  /// batch x positions x width: one head.
  OneHead
};

/// True if `axis` is the last one of `value`, whose rank is known.
bool isLastAxis(Recovery &recovery, int64_t axis, mlir::Value value);

/// True if `size` is one of as many rows as `rows`, given that it broadcasts to
/// that: `rows` of a table that has more than one.
bool hasRows(const SymExpr &size, const SymExpr &rows);

/// A ranked type with the sizes that are known numbers.
mlir::RankedTensorType makeType(llvm::ArrayRef<SymExpr> shape,
                                mlir::Type element);

/// A constant of one number, for operands such as axes.
mlir::Value makeAxis(mlir::PatternRewriter &rewriter, mlir::Location loc,
                     int64_t axis);

/// Recognises tables and makes of them what RotaryEmbedding takes.
class RotaryTables {
public:
  explicit RotaryTables(Recovery &recovery) : recovery(recovery) {}

  /// The layout of `x` in which both tables have a row per position for all
  /// heads, and are `width` wide: they may have rows for each batch. `hasMore`
  /// if all three have one axis more, the last one, of size 1.
  std::optional<HeadLayout> getLayout(mlir::Value x, mlir::Value cos,
                                      mlir::Value sin, const SymExpr &width,
                                      bool hasMore = false) const;

  /// True if the two numbers of each pair in a table are provably equal.
  bool hasEqualPairs(mlir::Value table, PairLayout pairs);

  /// The table with one number per pair, batch x positions x pairs. `pairs`
  /// says where a table that has each twice has them.
  mlir::Value makeCache(mlir::PatternRewriter &rewriter, mlir::Value table,
                        HeadLayout layout, std::optional<PairLayout> pairs,
                        bool hasMore = false);

private:
  /// A table in which each number of `source` stands twice, after axes of size
  /// 1 were added to it.
  struct Doubled {
    mlir::Value source;
    llvm::SmallVector<int64_t> axes;
  };

  std::optional<Doubled> matchDoubled(mlir::Value value,
                                      PairLayout pairs) const;
  std::optional<Doubled> matchRepeated(mlir::Value value) const;
  std::optional<llvm::SmallVector<int64_t>>
  getAxes(UnsqueezeOp unsqueeze) const;
  mlir::Value getRowsSource(mlir::Operation *op) const;
  bool isTable(mlir::Value table, mlir::Value x, HeadLayout layout,
               const SymExpr &width, bool hasMore) const;
  mlir::Value halve(mlir::PatternRewriter &rewriter, mlir::Value value,
                    PairLayout pairs);
  mlir::Value unsqueeze(mlir::PatternRewriter &rewriter, mlir::Value value,
                        llvm::SmallVector<int64_t> axes) const;
  mlir::Value squeeze(mlir::PatternRewriter &rewriter, mlir::Value value,
                      int64_t axis) const;

  Recovery &recovery;
  /// One half of a table serves all layers. Values are keys as long as a walk
  /// of patterns lasts, in which nothing is erased (Recovery.h): these are made
  /// anew for each.
  llvm::DenseMap<mlir::Value, mlir::Value> halves, evens;
  /// By table and PairLayout.
  llvm::DenseMap<std::pair<mlir::Value, unsigned>, bool> equalPairs;
};

} // namespace gac

#endif // GAC_LIB_DIALECT_GAC_TRANSFORMS_ROTARYTABLES_H
