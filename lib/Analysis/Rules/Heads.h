//===- Heads.h - Axes of heads, shared by rules of attention ----*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_ANALYSIS_RULES_HEADS_H
#define GAC_LIB_ANALYSIS_RULES_HEADS_H

#include "Rules.h"
#include <cmath>

namespace gac {

/// The batch, heads, sequence and width of a tensor in any layout: 4-D
/// [batch, heads, sequence, width], 3-D [batch, sequence, heads * width], or
/// 5-D [batch, sequence, heads, tensors packed, width].
struct HeadAxes {
  Term batch;
  Term heads;
  Term sequence;
  Term width;
};

/// Nothing if the rank is another or, in 3-D, the number of heads is not known.
std::optional<HeadAxes> getHeadAxes(DimensionRelations &r,
                                    llvm::ArrayRef<Term> axes,
                                    std::optional<int64_t> numHeads);

/// Axes in the layout of a tensor of rank `rank`, 3 or 4.
llvm::SmallVector<Term> inLayout(DimensionRelations &r, unsigned rank,
                                 const HeadAxes &axes);

/// Fixes all of `axes` but the width.
void fixAllButWidth(DimensionRelations &r, const HeadAxes &axes);

/// Relates a cache (batch, heads, rows, width) to the keys or values that are
/// appended to it, and the cache that comes of it. Both may be null.
void relatePast(DimensionRelations &r, mlir::Value past, const HeadAxes &axes);
void setPresent(DimensionRelations &r, mlir::Value present,
                const HeadAxes &axes);

/// Padding of widths passes: zero stays zero.
void keepZeros(LaneTransfer &t, mlir::Value from, mlir::Value result);

/// The width of keys or values together with those of the past.
void passWidth(LaneTransfer &t, mlir::Value now, mlir::Value past,
               mlir::Value present);

/// The width of one of `numHeads` heads side by side, which a rule has made a
/// product with the heads before; null where it has not.
Term getWidth(DimensionSpace &space, Term axis, int64_t numHeads);

/// The first `size` lanes and the others of an axis that a rule has cut there;
/// nothing where it has not.
std::optional<std::pair<Term, Term>> cutAt(DimensionSpace &space, Term axis,
                                           int64_t size);

/// Makes `rotated` the two halves, or the pairs, of which `half` is one.
void relateRotatedLanes(DimensionRelations &r, Term rotated, Term half,
                        bool isInterleaved);

/// Fixes all axes of operands that say who attends to whom.
void fixMasks(DimensionRelations &r, llvm::ArrayRef<mlir::Value> operands);

/// Gives scores axes of their own.
void setScores(DimensionRelations &r, mlir::Value scores);

/// States the scale that an op has by default before its heads grow. ONNX
/// Runtime takes a scale of zero for none.
template <typename OpTy>
void stateScale(OpTy op, Term width, DimensionGrower &g) {
  bool isStated = op.getScale() && !op.getScale()->isZero();
  if (isStated || !width || !g.grows(width))
    return;
  double old = static_cast<double>(*g.getOldSize(width).getConstant());
  op.setScale(llvm::APFloat(static_cast<float>(1.0 / std::sqrt(old))));
}

/// What an op takes as keys and as values: packed ones are in another operand.
struct KeysAndValues {
  mlir::Value keys;
  mlir::Value values;
};

template <typename OpTy> KeysAndValues getKeysAndValues(OpTy op) {
  mlir::Value keys = op.getKey() ? op.getKey() : op.getQuery();
  return {keys, op.getValue() ? op.getValue() : keys};
}

/// The use of a width of head in a tensor of any layout.
void addWidth(UseCollector &uses, mlir::Value value, unsigned operand,
              std::optional<int64_t> numHeads);

} // namespace gac

#endif // GAC_LIB_ANALYSIS_RULES_HEADS_H
