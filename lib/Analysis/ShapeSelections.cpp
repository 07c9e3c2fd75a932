//===- ShapeSelections.cpp - Picks and moves elements of small tensors ----===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ShapeEvaluator.h"
#include "ShapeIndices.h"

using namespace mlir;
using namespace gac;

std::optional<ShapeEvaluator::Elements>
ShapeEvaluator::evaluateGather(GatherOp op) {
  std::optional<Elements> data = getElements(op.getData());
  std::optional<Elements> indices = getElements(op.getIndices());
  std::optional<SmallVector<int64_t>> sizes = getSizes(op.getResult());
  if (!data || !indices || !sizes)
    return std::nullopt;
  SmallVector<int64_t> dataSizes = *getSizes(op.getData());
  SmallVector<int64_t> indexSizes = *getSizes(op.getIndices());
  int64_t rank = dataSizes.size(), axis = op.getAxis();
  axis += axis < 0 ? rank : 0;
  int64_t available = dataSizes[axis];
  Elements elements;
  forEachIndex(*sizes, [&](ArrayRef<int64_t> index) {
    const Element &chosen =
        (*indices)[flatten(index.slice(axis, indexSizes.size()), indexSizes)];
    std::optional<int64_t> lane = chosen.value.getConstant();
    if (lane && *lane < 0)
      lane = *lane + available;
    if (!lane || *lane < 0 || *lane >= available) {
      elements.push_back(
          {SymExpr::unknown(), values.lookup(op.getResult())->sources});
      return;
    }
    SmallVector<int64_t> from(index.take_front(axis));
    from.push_back(*lane);
    llvm::append_range(from, index.drop_front(axis + indexSizes.size()));
    Element element = (*data)[flatten(from, dataSizes)];
    element.sources = unite(element.sources, chosen.sources);
    elements.push_back(std::move(element));
  });
  return elements;
}

std::optional<ShapeEvaluator::Elements>
ShapeEvaluator::evaluateSlice(SliceOp op) {
  std::optional<Elements> data = getElements(op.getData());
  std::optional<SmallVector<int64_t>> sizes = getSizes(op.getResult());
  SymbolicShapeInference inference(values, op, /*isSilent=*/true);
  std::optional<SmallVector<int64_t>> starts =
      inference.getNumbers(op.getStarts(), op.getStartsOperand());
  std::optional<SmallVector<int64_t>> axes =
      inference.getNumbers(op.getAxes(), op.getAxesOperand());
  std::optional<SmallVector<int64_t>> steps =
      inference.getNumbers(op.getStepsOperand());
  if (!data || !sizes || !starts || (op.getAxesOperand() && !axes) ||
      (op.getStepsOperand() && !steps))
    return std::nullopt;
  SmallVector<int64_t> dataSizes = *getSizes(op.getData());
  int64_t rank = dataSizes.size();
  SmallVector<int64_t> first(rank, 0), step(rank, 1);
  for (auto [i, start] : llvm::enumerate(*starts)) {
    int64_t axis = axes ? (*axes)[i] : i;
    axis += axis < 0 ? rank : 0;
    step[axis] = steps ? (*steps)[i] : 1;
    int64_t last = std::max<int64_t>(dataSizes[axis] - (step[axis] < 0), 0);
    first[axis] = std::clamp<int64_t>(
        start < 0 ? start + dataSizes[axis] : start, 0, last);
  }
  Elements elements;
  forEachIndex(*sizes, [&](ArrayRef<int64_t> index) {
    SmallVector<int64_t> from;
    for (auto [i, begin, by] : llvm::zip_equal(index, first, step))
      from.push_back(begin + i * by);
    elements.push_back((*data)[flatten(from, dataSizes)]);
  });
  return elements;
}

std::optional<ShapeEvaluator::Elements>
ShapeEvaluator::evaluateConcat(ConcatOp op) {
  std::optional<SmallVector<int64_t>> sizes = getSizes(op.getResult());
  if (!sizes)
    return std::nullopt;
  int64_t axis = op.getAxis();
  axis += axis < 0 ? sizes->size() : 0;
  Elements elements(ShapedType::getNumElements(*sizes));
  int64_t offset = 0;
  for (Value input : op.getInputs()) {
    std::optional<Elements> part = getElements(input);
    if (!part)
      return std::nullopt;
    SmallVector<int64_t> partSizes = *getSizes(input);
    const Element *next = part->begin();
    forEachIndex(partSizes, [&](ArrayRef<int64_t> index) {
      SmallVector<int64_t> to(index);
      to[axis] += offset;
      elements[flatten(to, *sizes)] = *next++;
    });
    offset += partSizes[axis];
  }
  return elements;
}

ShapeEvaluator::ResultElements ShapeEvaluator::evaluateSplit(SplitOp op) {
  ResultElements results;
  std::optional<Elements> input = getElements(op.getInput());
  if (!input)
    return results;
  SmallVector<int64_t> inputSizes = *getSizes(op.getInput());
  int64_t axis = op.getAxis(), offset = 0;
  axis += axis < 0 ? inputSizes.size() : 0;
  for (Value result : op.getResults()) {
    std::optional<SmallVector<int64_t>> sizes = getSizes(result);
    if (!sizes)
      return results;
    Elements elements;
    forEachIndex(*sizes, [&](ArrayRef<int64_t> index) {
      SmallVector<int64_t> from(index);
      from[axis] += offset;
      elements.push_back((*input)[flatten(from, inputSizes)]);
    });
    offset += (*sizes)[axis];
    results.emplace_back(std::move(elements));
  }
  return results;
}

std::optional<ShapeEvaluator::Elements>
ShapeEvaluator::pickElements(Value source, Value result, PlaceOf placeOf) {
  std::optional<Elements> elements = getElements(source);
  std::optional<SmallVector<int64_t>> sizes = getSizes(result);
  if (!elements || !sizes)
    return std::nullopt;
  SmallVector<int64_t> sourceSizes = *getSizes(source);
  Elements picked;
  forEachIndex(*sizes, [&](ArrayRef<int64_t> index) {
    picked.push_back((*elements)[placeOf(index, sourceSizes)]);
  });
  return picked;
}

std::optional<ShapeEvaluator::Elements>
ShapeEvaluator::evaluateTranspose(TransposeOp op) {
  return pickElements(op.getData(), op.getResult(),
                      [&](ArrayRef<int64_t> index, ArrayRef<int64_t> sizes) {
                        int64_t rank = sizes.size();
                        SmallVector<int64_t> from(rank);
                        for (int64_t axis = 0; axis != rank; ++axis) {
                          int64_t to = op.getPerm() ? (*op.getPerm())[axis]
                                                    : rank - 1 - axis;
                          from[to + (to < 0 ? rank : 0)] = index[axis];
                        }
                        return flatten(from, sizes);
                      });
}

std::optional<ShapeEvaluator::Elements>
ShapeEvaluator::evaluateTile(TileOp op) {
  return pickElements(op.getInput(), op.getResult(),
                      [](ArrayRef<int64_t> index, ArrayRef<int64_t> sizes) {
                        SmallVector<int64_t> from;
                        for (auto [i, size] : llvm::zip_equal(index, sizes))
                          from.push_back(i % size);
                        return flatten(from, sizes);
                      });
}

std::optional<ShapeEvaluator::Elements>
ShapeEvaluator::evaluateExpand(ExpandOp op) {
  return pickElements(op.getInput(), op.getResult(), flattenBroadcast);
}
