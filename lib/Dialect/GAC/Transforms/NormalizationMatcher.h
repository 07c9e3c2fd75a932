//===- NormalizationMatcher.h - What written-out norms share ----*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_DIALECT_GAC_TRANSFORMS_NORMALIZATIONMATCHER_H
#define GAC_LIB_DIALECT_GAC_TRANSFORMS_NORMALIZATIONMATCHER_H

#include "Recovery.h"

namespace gac {

/// A mean over the last axes of a value, which are kept.
struct Mean {
  mlir::Value data;
  int64_t numAxes;
  /// What the sum is divided by, where it is not the number of all lanes.
  std::optional<int64_t> count;
};

/// x / sqrt(mean(x^2) + epsilon), computed in the type of x.
struct RootMeanSquare {
  mlir::Value x;
  mlir::Value squares;
  /// Of the squares.
  Mean mean;
  float epsilon;
  /// The lanes that count, where the squares of others are masked.
  LanesAttr lanes;
};

/// A weight of floats, of rank 1 and small enough to be read where it is; null
/// for any other value.
mlir::DenseFPElementsAttr readVector(mlir::Value value);

/// The lanes at which a vector of ones and zeros holds ones; null for anything
/// else.
LanesAttr readMask(mlir::Value value);

/// Matches the parts of norms, of which nobody else reads what is between.
class NormalizationMatcher {
public:
  explicit NormalizationMatcher(const Recovery &recovery)
      : recovery(recovery) {}

  /// The operation that computes `value`, if the pattern alone reads it.
  template <typename OpTy> OpTy getOwn(mlir::Value value) const {
    auto op = value.getDefiningOp<OpTy>();
    return op && recovery.hasLiveUses(op) ? op : OpTy();
  }

  /// A mean over all lanes; or a sum by a count, a sum times 1 / count or a
  /// mean times lanes / count, where padding is not counted.
  std::optional<Mean> matchMean(mlir::Value value) const;

  std::optional<RootMeanSquare> matchNormalized(mlir::Value value) const;

private:
  mlir::Value matchSquare(mlir::Value value) const;
  template <typename OpTy>
  std::optional<Mean> matchReduction(mlir::Value value) const;
  std::optional<int64_t> countLanes(const Mean &mean) const;
  std::pair<mlir::Value, LanesAttr> matchMask(const Mean &mean) const;
  std::optional<RootMeanSquare> matchSquaredRoot(mlir::Value value) const;
  std::optional<mlir::Value> matchInverseRoot(mlir::Value value) const;

  const Recovery &recovery;
};

} // namespace gac

#endif // GAC_LIB_DIALECT_GAC_TRANSFORMS_NORMALIZATIONMATCHER_H
