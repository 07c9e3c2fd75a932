//===- Quantization.h - What rules of quantised tensors share ---*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A quantised number q means (q - zero point) * scale. Growth fills with zero
// points where they are known before the model runs, and lanes tell whether
// what is filled means zero.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_ANALYSIS_RULES_QUANTIZATION_H
#define GAC_LIB_ANALYSIS_RULES_QUANTIZATION_H

#include "Rules.h"

namespace gac {

/// Whether a scale or zero point with these axes is one number for all.
inline bool isSingle(DimensionSpace &space, llvm::ArrayRef<Term> axes) {
  return axes.empty() ||
         (axes.size() == 1 && space.normalise(axes[0]) == space.getUnit());
}

/// Ties a scale, zero point or bias that is a list to the axis that it goes
/// along; new entries are `fill`. Nothing is tied to a single number, and what
/// is neither fixes `term`.
void relateParameter(DimensionRelations &r, mlir::Value parameter, Term term,
                     double fill);

/// Asks that `quantized`, and the list `zeroPoint` itself, be filled with the
/// number that its zero point is everywhere. Null is a zero point of zero.
void fillWithZeroPoint(DimensionRelations &r, mlir::Value quantized,
                       mlir::Value zeroPoint);

/// What the zero point of a number is where `atom` is padded: a list goes along
/// the axis on which it is, if it is on that.
Lane getZeroPoint(LaneTransfer &t, mlir::Value zeroPoint, AtomId atom);

/// What `quantized` minus `zeroPoint` is.
inline Lane subtract(Lane quantized, Lane zeroPoint) {
  bool isSame = quantized == zeroPoint &&
                (quantized.getConstant() || quantized.isNumber());
  if (isSame)
    return Lane::zero();
  return quantized.isFinite() && zeroPoint.isFinite() ? Lane::finite()
                                                      : Lane::anything();
}

/// What padding of `atom` on an axis of a quantised tensor means.
inline Lane getMeaning(LaneTransfer &t, mlir::Value quantized, unsigned axis,
                       mlir::Value zeroPoint, AtomId atom) {
  return subtract(t.get(quantized, axis, atom),
                  getZeroPoint(t, zeroPoint, atom));
}

/// Refuses growth that adds to a product of quantised operands, over the two
/// axes that it sums over.
void contractMeanings(LaneTransfer &t, mlir::Value a, unsigned axisOfA,
                      mlir::Value zeroOfA, mlir::Value b, unsigned axisOfB,
                      mlir::Value zeroOfB);

/// Refuses growth that moves lanes of `axis` from one block of `lanes` lanes to
/// another.
void keepBlocks(LaneTransfer &t, Term axis, int64_t lanes);

} // namespace gac

#endif // GAC_LIB_ANALYSIS_RULES_QUANTIZATION_H
