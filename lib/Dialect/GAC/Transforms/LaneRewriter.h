//===- LaneRewriter.h - Cuts, pads and masks of a plan ----------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What stands between values that grow and those that do not.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_DIALECT_GAC_TRANSFORMS_LANEREWRITER_H
#define GAC_LIB_DIALECT_GAC_TRANSFORMS_LANEREWRITER_H

#include "gac/Analysis/DimensionAnalysis.h"
#include "gac/Analysis/DimensionRules.h"

namespace gac {

/// Makes the rewrites that `growth` needs in the analysed function. Values have
/// their new types already.
class LaneRewriter {
public:
  LaneRewriter(const DimensionAnalysis &analysis, const Growth &growth,
               GrowthState &state)
      : analysis(analysis), growth(growth), state(state) {}

  /// Has `user` read `now` in place of `original` or what it read for that.
  void replaceRead(mlir::Operation *user, mlir::Value original,
                   mlir::Value now);

  /// Has readers of what cannot grow read it with padding.
  void padResults();
  /// Has readers that cannot take padding read the old lanes alone. Comes
  /// behind padResults().
  void cutOperands();
  /// Puts numbers that do not count in the place of padding that would. Comes
  /// behind cutOperands(). Fails after a diagnostic.
  mlir::LogicalResult maskOperands();

private:
  bool grows(Term term) const {
    return analysis.getSpace().grows(term, growth);
  }
  /// What `user` reads by now in place of `original`.
  mlir::Value getRead(mlir::Operation *user, mlir::Value original) const;
  void pad(mlir::OpResult value, llvm::ArrayRef<LanePad> pads);
  /// A Pad of `old`, the old lanes of `value`, with zeros, as many on each side
  /// of each axis as `behind` says.
  mlir::Value createPad(mlir::OpBuilder &builder, mlir::Value old,
                        mlir::OpResult value, llvm::ArrayRef<int64_t> behind);
  void cutFor(const SharedCut &shared);
  mlir::Value cut(mlir::OpBuilder &builder, mlir::Operation *user,
                  mlir::Value grown, llvm::ArrayRef<LaneCut> cuts);
  mlir::LogicalResult mask(const LaneMask &mask);

  const DimensionAnalysis &analysis;
  const Growth &growth;
  GrowthState &state;
  /// What operations read in place of operands.
  llvm::DenseMap<std::pair<mlir::Operation *, mlir::Value>, mlir::Value>
      replaced;
};

} // namespace gac

#endif // GAC_LIB_DIALECT_GAC_TRANSFORMS_LANEREWRITER_H
