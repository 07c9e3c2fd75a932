//===- ShapeCounting.cpp - Lists and grids that count -----------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Exporters name the places that a slice assignment writes one by one: a Range
// for each axis, copied along the others. Such tensors have as many elements as
// what they index, of sizes that need not be known, but each is one number and
// one axis.
//
//===----------------------------------------------------------------------===//

#include "Rules/SliceBounds.h"
#include "ShapeEvaluator.h"

#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/SmallVectorExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace gac;

/// Constants of more elements are not looked at: those that are in the IR.
static constexpr int64_t kMaxElements = 8192;

std::optional<Counting> gac::findCounting(ArrayRef<SymExpr> elements,
                                          ArrayRef<int64_t> sizes) {
  if (elements.empty())
    return std::nullopt;
  const SymExpr &first = elements.front();
  if (llvm::all_of(elements,
                   [&](const SymExpr &element) { return element == first; }))
    return Counting{first, std::nullopt};
  int64_t stride = elements.size();
  for (unsigned axis = 0; axis != sizes.size(); ++axis) {
    stride /= sizes[axis];
    bool counts = llvm::all_of(llvm::enumerate(elements), [&](auto element) {
      int64_t place = element.index();
      return element.value() == first + place / stride % sizes[axis];
    });
    if (counts)
      return Counting{first, axis};
  }
  return std::nullopt;
}

/// Whether integers of the type hold every place in a tensor.
static bool holdsPlaces(Value value) {
  auto type = dyn_cast<IntegerType>(getElementTypeOrSelf(value.getType()));
  return type && (type.getWidth() == 32 || type.getWidth() == 64);
}

void ShapeEvaluator::evaluateCounting(Operation *op) {
  for (Value result : op->getResults()) {
    Info &info = values.infos[result];
    if (!info.shape || !holdsPlaces(result))
      continue;
    if (info.elements)
      info.counting = findCounting(*info.elements, *getSizes(result));
    else if (op->getNumResults() == 1)
      info.counting = computeCounting(op);
    // Along an axis of size 1 there is nothing to count.
    if (info.counting && info.counting->axis &&
        (*info.shape)[*info.counting->axis].isOne())
      info.counting->axis = std::nullopt;
  }
}

std::optional<Counting> ShapeEvaluator::broadcastCounting(Value value,
                                                          Value result) const {
  std::optional<Counting> counting = values.countingOf(value);
  std::optional<ArrayRef<SymExpr>> from = values.shapeOf(value);
  std::optional<ArrayRef<SymExpr>> to = values.shapeOf(result);
  if (!counting || !from || !to || from->size() > to->size())
    return std::nullopt;
  if (!counting->axis)
    return counting;
  unsigned axis = *counting->axis + (to->size() - from->size());
  // A symbol may turn out to be 1, of which there are copies then.
  if ((*from)[*counting->axis] != (*to)[axis])
    return std::nullopt;
  return Counting{counting->first, axis};
}

std::optional<Counting> ShapeEvaluator::regroupCounting(Value value,
                                                        Value result) const {
  std::optional<Counting> counting = values.countingOf(value);
  std::optional<ArrayRef<SymExpr>> from = values.shapeOf(value);
  std::optional<ArrayRef<SymExpr>> to = values.shapeOf(result);
  if (!counting || !from || !to || !counting->axis)
    return counting;
  // The axes must be the same ones, with others of size 1 between them.
  auto getLongAxes = [](ArrayRef<SymExpr> shape) {
    SmallVector<unsigned> axes;
    for (auto [axis, size] : llvm::enumerate(shape))
      if (!size.isOne())
        axes.push_back(axis);
    return axes;
  };
  SmallVector<unsigned> old = getLongAxes(*from), made = getLongAxes(*to);
  auto sizesOf = [](ArrayRef<SymExpr> shape, ArrayRef<unsigned> axes) {
    return llvm::map_to_vector(axes,
                               [=](unsigned axis) { return shape[axis]; });
  };
  if (sizesOf(*from, old) != sizesOf(*to, made))
    return std::nullopt;
  auto *place = llvm::find(old, *counting->axis);
  if (place == old.end())
    return std::nullopt;
  return Counting{counting->first, made[place - old.begin()]};
}

std::optional<Counting> ShapeEvaluator::computeCounting(Operation *op) {
  using Result = std::optional<Counting>;
  return llvm::TypeSwitch<Operation *, Result>(op)
      .Case<InitializerOp, ConstantOp>([&](auto op) -> Result {
        auto elements = getConstantElements(op.getValue(), kMaxElements);
        auto type = dyn_cast<RankedTensorType>(op.getResult().getType());
        if (!elements || !type || !type.hasStaticShape())
          return std::nullopt;
        return findCounting(*elements, type.getShape());
      })
      .Case([&](RangeOp op) -> Result {
        std::optional<Elements> start = getElements(op.getStart());
        std::optional<SmallVector<int64_t>> step =
            values.constantOf(op.getDelta());
        if (!start || start->size() != 1 || !step || step->size() != 1 ||
            step->front() != 1)
          return std::nullopt;
        return Counting{start->front().value, 0};
      })
      .Case([&](ConstantOfShapeOp op) -> Result {
        if (!op.getValue())
          return std::nullopt;
        std::optional<Elements> value = evaluateConstant(*op.getValue());
        if (!value || value->size() != 1)
          return std::nullopt;
        return Counting{value->front().value, std::nullopt};
      })
      .Case([&](CastOp op) -> Result {
        return holdsPlaces(op.getInput()) ? values.countingOf(op.getInput())
                                          : std::nullopt;
      })
      .Case<IdentityOp, ReshapeOp, FlattenOp, SqueezeOp, UnsqueezeOp>(
          [&](auto op) {
            return regroupCounting(op->getOperand(0), op->getResult(0));
          })
      .Case([&](TransposeOp op) -> Result {
        Result counting = values.countingOf(op.getData());
        if (!counting || !counting->axis)
          return counting;
        int64_t rank = values.shapeOf(op.getResult())->size();
        for (int64_t axis = 0; axis != rank; ++axis) {
          int64_t from = op.getPerm() ? (*op.getPerm())[axis] : rank - 1 - axis;
          if (from + (from < 0 ? rank : 0) == *counting->axis)
            return Counting{counting->first, axis};
        }
        return std::nullopt;
      })
      .Case([&](SliceOp op) -> Result {
        Result counting = values.countingOf(op.getData());
        std::optional<ArrayRef<SymExpr>> shape = values.shapeOf(op.getData());
        if (!counting || !counting->axis || !shape)
          return counting;
        auto bounds = getSliceBounds(op, shape->size(), values);
        if (!bounds)
          return std::nullopt;
        for (const SliceBounds &bound : *bounds) {
          if (bound.axis != *counting->axis)
            continue;
          std::optional<int64_t> start = bound.start.getConstant();
          // A start behind the end leaves nothing.
          if (bound.step != 1 || !start || *start < 0)
            return std::nullopt;
          counting->first += *start;
        }
        return counting;
      })
      .Case([&](ExpandOp op) {
        return broadcastCounting(op.getInput(), op.getResult());
      })
      .Case<AddOp, SubOp>([&](auto op) -> Result {
        Result a = broadcastCounting(op.getLhs(), op.getResult());
        Result b = broadcastCounting(op.getRhs(), op.getResult());
        bool adds = isa<AddOp>(op);
        if (!a || !b || (b->axis && (a->axis || !adds)))
          return std::nullopt;
        return Counting{adds ? a->first + b->first : a->first - b->first,
                        a->axis ? a->axis : b->axis};
      })
      .Default(std::nullopt);
}
