//===- IndexLayout.cpp - Functions of indices that are moved --------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What is expanded, sliced, put together and gathered.
//
//===----------------------------------------------------------------------===//

#include "IndexFunctions.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace gac;

/// The numbers of an attribute or operand.
static std::optional<SmallVector<int64_t>>
getNumbers(const ShapeValues &shapes,
           std::optional<ArrayRef<int64_t>> attribute, Value operand) {
  if (attribute)
    return SmallVector<int64_t>(*attribute);
  return operand ? shapes.constantOf(operand) : std::nullopt;
}

std::optional<IndexFunction> IndexFunctions::computeLayout(Operation *op) {
  if (isa<ExpandOp>(op))
    return getBroadcast(op, 0);
  if (!isa<UnsqueezeOp, SqueezeOp, SliceOp, TransposeOp, IdentityOp>(op))
    return std::nullopt;
  auto function = get(op->getOperand(0));
  auto from = shapes.shapeOf(op->getOperand(0));
  auto to = shapes.shapeOf(op->getResult(0));
  if (!function || !from || !to)
    return std::nullopt;
  int64_t rank = from->size(), newRank = to->size();
  if (isa<IdentityOp>(op))
    return function;
  if (auto transpose = dyn_cast<TransposeOp>(op)) {
    auto perm = transpose.getPerm();
    if (!perm || static_cast<int64_t>(perm->size()) != rank)
      return std::nullopt;
    IndexFunction result{function->constant, {}};
    for (int64_t axis : *perm) {
      if (axis < 0 || axis >= rank)
        return std::nullopt;
      result.coefficients.push_back(function->coefficients[axis]);
    }
    return result;
  }
  if (auto slice = dyn_cast<SliceOp>(op)) {
    std::optional<SmallVector<SymExpr>> starts;
    if (slice.getStarts())
      starts.emplace(slice.getStarts()->begin(), slice.getStarts()->end());
    else if (auto values = shapes.valueOf(slice.getStartsOperand()))
      starts.emplace(values->begin(), values->end());
    auto axes = getNumbers(shapes, slice.getAxes(), slice.getAxesOperand());
    auto steps = getNumbers(shapes, {}, slice.getStepsOperand());
    if (!starts || !axes || starts->size() != axes->size() ||
        (slice.getStepsOperand() &&
         (!steps || llvm::any_of(*steps, [](int64_t n) { return n != 1; }))))
      return std::nullopt;
    for (auto [start, axis] : llvm::zip_equal(*starts, *axes)) {
      int64_t index = axis < 0 ? axis + rank : axis;
      if (!start.isNonNegative() || index < 0 || index >= rank)
        return std::nullopt;
      // A start behind the end leaves nothing of which this could be wrong.
      function->constant += function->coefficients[index] * start;
    }
    return function;
  }
  bool adds = isa<UnsqueezeOp>(op);
  auto axes = adds ? getNumbers(shapes, cast<UnsqueezeOp>(op).getAxes(),
                                cast<UnsqueezeOp>(op).getAxesOperand())
                   : getNumbers(shapes, cast<SqueezeOp>(op).getAxes(),
                                cast<SqueezeOp>(op).getAxesOperand());
  if (!axes)
    return std::nullopt;
  int64_t fullRank = adds ? newRank : rank;
  auto isListed = [&](int64_t axis) {
    return llvm::is_contained(*axes, axis) ||
           llvm::is_contained(*axes, axis - fullRank);
  };
  IndexFunction result{function->constant, {}};
  if (adds) {
    auto next = function->coefficients.begin();
    for (int64_t axis = 0; axis < newRank; ++axis) {
      if (!isListed(axis) && next == function->coefficients.end())
        return std::nullopt;
      result.coefficients.push_back(isListed(axis) ? SymExpr(0) : *next++);
    }
  } else {
    for (int64_t axis = 0; axis < rank; ++axis)
      if (!isListed(axis))
        result.coefficients.push_back(function->coefficients[axis]);
  }
  return result;
}

/// One function for all parts: that of a part longer than 1 must agree with the
/// others where they begin, and with those that are longer too along the axis.
std::optional<IndexFunction> IndexFunctions::computeConcat(Operation *op) {
  auto concat = cast<ConcatOp>(op);
  auto full = shapes.shapeOf(concat.getResult());
  if (!full || concat.getInputs().empty())
    return std::nullopt;
  int64_t rank = full->size();
  int64_t axis = concat.getAxis();
  axis = axis < 0 ? axis + rank : axis;
  if (axis < 0 || axis >= rank)
    return std::nullopt;

  struct Part {
    IndexFunction function;
    SymExpr begin, size;
  };
  SmallVector<Part> parts;
  SymExpr begin = 0;
  for (Value input : concat.getInputs()) {
    auto function = get(input);
    auto shape = shapes.shapeOf(input);
    if (!function || !shape || static_cast<int64_t>(shape->size()) != rank)
      return std::nullopt;
    // Other axes of size 1 have no index.
    for (int64_t other = 0; other < rank; ++other)
      if ((*shape)[other].isOne() && other != axis)
        function->coefficients[other] = 0;
    parts.push_back({*function, begin, (*shape)[axis]});
    begin += (*shape)[axis];
  }
  auto longer =
      llvm::find_if(parts, [](const Part &part) { return !part.size.isOne(); });
  if (longer == parts.end())
    return std::nullopt;
  IndexFunction whole = longer->function;
  const SymExpr slope = whole.coefficients[axis];
  whole.constant -= slope * longer->begin;
  for (const Part &part : parts) {
    IndexFunction here = whole;
    here.constant += slope * part.begin;
    for (int64_t other = 0; other < rank; ++other) {
      bool matters = other != axis || !part.size.isOne();
      if (matters &&
          here.coefficients[other] != part.function.coefficients[other])
        return std::nullopt;
    }
    if (here.constant != part.function.constant)
      return std::nullopt;
  }
  return whole;
}

static bool isLastAxis(int64_t axis, int64_t rank) {
  return axis == -1 || axis == rank - 1;
}

/// GatherND by index tuples that are concatenated of one tensor per axis.
std::optional<IndexFunction> IndexFunctions::computeGather(Operation *op) {
  auto gather = cast<GatherNDOp>(op);
  auto table = get(gather.getData());
  auto shape = shapes.shapeOf(gather.getData());
  auto tuples = shapes.shapeOf(gather.getIndices());
  auto to = shapes.shapeOf(gather.getResult());
  auto concat = gather.getIndices().getDefiningOp<ConcatOp>();
  if (!table || !shape || !tuples || !to || gather.getBatchDims() != 0 ||
      to->size() + 1 != tuples->size())
    return std::nullopt;
  size_t rank = shape->size();
  if (tuples->back() != SymExpr(static_cast<int64_t>(rank)))
    return std::nullopt;
  IndexFunction result{table->constant,
                       SmallVector<SymExpr, 4>(to->size(), SymExpr(0))};
  for (size_t axis = 0; axis < rank; ++axis) {
    const SymExpr &slope = table->coefficients[axis];
    if (slope.isZero() || (*shape)[axis].isOne())
      continue;
    if (!concat || concat.getInputs().size() != rank ||
        !isLastAxis(concat.getAxis(), tuples->size()))
      return std::nullopt;
    auto index = get(concat.getInputs()[axis]);
    auto from = shapes.shapeOf(concat.getInputs()[axis]);
    // A negative index counts from the end.
    if (!index || !from || !from->back().isOne() ||
        !index->constant.isNonNegative() ||
        llvm::any_of(index->coefficients, [](const SymExpr &coefficient) {
          return !coefficient.isNonNegative();
        }))
      return std::nullopt;
    index->coefficients.pop_back();
    auto placed = index->broadcastTo(*to, from->drop_back());
    if (!placed)
      return std::nullopt;
    result = result.plus(*placed, slope);
  }
  return result;
}
