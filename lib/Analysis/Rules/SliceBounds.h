//===- SliceBounds.h - The bounds of Slice, from either form ---*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_ANALYSIS_RULES_SLICEBOUNDS_H
#define GAC_LIB_ANALYSIS_RULES_SLICEBOUNDS_H

#include "gac/Analysis/ShapeValues.h"
#include "gac/Dialect/GAC/IR/GACOps.h"

namespace gac {

/// What Slice reads along one axis. Bounds are those of the file: negative ones
/// count from the end, and ones beyond it mean the end.
struct SliceBounds {
  unsigned axis;
  SymExpr start;
  SymExpr end;
  /// Nothing if the step is not known.
  std::optional<int64_t> step;

  /// The first lane and the one after the last, of a positive step over an axis
  /// of `size` lanes; nothing where they are not numbers.
  std::optional<std::pair<int64_t, int64_t>> getRange(int64_t size) const;
};

/// The axes that `slice` names, in its order; nothing if even these are not
/// known.
std::optional<llvm::SmallVector<SliceBounds>>
getSliceBounds(SliceOp slice, unsigned rank, const ShapeValues &shapes);

} // namespace gac

#endif // GAC_LIB_ANALYSIS_RULES_SLICEBOUNDS_H
