//===- SliceBounds.cpp - The bounds of Slice, from either form -*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SliceBounds.h"
#include "Rules.h"
#include <algorithm>

using namespace mlir;
using namespace gac;

std::optional<std::pair<int64_t, int64_t>>
SliceBounds::getRange(int64_t size) const {
  std::optional<int64_t> from = start.getConstant(), to = end.getConstant();
  if (!from || !to)
    return std::nullopt;
  auto clamp = [&](int64_t bound) {
    return std::clamp<int64_t>(bound < 0 ? bound + size : bound, 0, size);
  };
  return std::make_pair(clamp(*from), std::max(clamp(*from), clamp(*to)));
}

/// A list that opsets give by attribute or by operand; nothing if neither is
/// there or the operand is not known.
static std::optional<SmallVector<SymExpr>>
getList(std::optional<ArrayRef<int64_t>> attribute, Value operand,
        const ShapeValues &shapes) {
  if (operand) {
    if (std::optional<ArrayRef<SymExpr>> elements = shapes.valueOf(operand))
      return SmallVector<SymExpr>(*elements);
    return std::nullopt;
  }
  if (attribute)
    return SmallVector<SymExpr>(attribute->begin(), attribute->end());
  return std::nullopt;
}

std::optional<SmallVector<SliceBounds>>
gac::getSliceBounds(SliceOp slice, unsigned rank, const ShapeValues &shapes) {
  auto starts = getList(slice.getStarts(), slice.getStartsOperand(), shapes);
  auto ends = getList(slice.getEnds(), slice.getEndsOperand(), shapes);
  auto axes =
      getAxesIndices(slice.getAxes(), slice.getAxesOperand(), rank, shapes);
  if (!axes)
    return std::nullopt;
  if (!slice.getAxes() && !slice.getAxesOperand()) {
    if (!starts || starts->size() > rank)
      return std::nullopt;
    for (unsigned i = 0, e = starts->size(); i != e; ++i)
      axes->push_back(i);
  }
  auto steps = getList(std::nullopt, slice.getStepsOperand(), shapes);

  SmallVector<SliceBounds> bounds;
  for (size_t i = 0, e = axes->size(); i != e; ++i) {
    auto entry = [&](const std::optional<SmallVector<SymExpr>> &list) {
      return list && i < list->size() ? (*list)[i] : SymExpr::unknown();
    };
    bounds.push_back({(*axes)[i], entry(starts), entry(ends),
                      slice.getStepsOperand() ? entry(steps).getConstant()
                                              : std::optional<int64_t>(1)});
  }
  return bounds;
}
