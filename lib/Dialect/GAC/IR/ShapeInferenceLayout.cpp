//===- ShapeInferenceLayout.cpp - Shapes of ops that move elements --------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Dialect/GAC/IR/GACOps.h"
#include "gac/Dialect/GAC/IR/ShapeInference.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallBitVector.h"

using namespace mlir;
using namespace gac;

/// `count` sizes of which nothing is known.
static SymShape unknownSizes(int64_t count) {
  SymShape sizes;
  for (int64_t i = 0; i != count; ++i)
    sizes.push_back(SymExpr::unknownSize());
  return sizes;
}

/// The rank that a one-dimensional operand gives by its number of elements.
static std::optional<int64_t> getLength(ShapeInference &inference,
                                        Value operand) {
  std::optional<SymShape> shape = inference.getShape(operand);
  if (!shape || shape->size() != 1)
    return std::nullopt;
  std::optional<int64_t> length = shape->front().getConstant();
  return length && *length <= ShapeInference::maxRank ? length : std::nullopt;
}

//===----------------------------------------------------------------------===//
// Reshape
//===----------------------------------------------------------------------===//

/// Replaces entry `wanted` of `sizes` by what makes the products equal.
static LogicalResult inferReshapedAxis(ShapeInference &inference,
                                       const SymShape &data, SymShape &sizes,
                                       size_t wanted) {
  SymExpr rest(1);
  for (auto [index, size] : llvm::enumerate(sizes))
    if (index != wanted)
      rest *= size;
  SymExpr count = SymExpr::product(data);
  if (std::optional<SymExpr> quotient = count.divideExact(rest)) {
    sizes[wanted] = *quotient;
    return success();
  }
  // An empty tensor leaves -1 without a value; ONNX does not say which.
  if (count.isConstant() && rest.isConstant() && !rest.isZero())
    return inference.error(
        "reshape_c5", "the data has shape ", formatShape(data), ", ", count,
        " elements, of which ", rest, " do not leave a whole size for -1");
  sizes[wanted] = rest.isZero() || rest.hasUnknown() || count.hasUnknown()
                      ? SymExpr::unknownSize()
                      : count.floorDiv(rest);
  return success();
}

LogicalResult ReshapeOp::inferShapes(Adaptor op, ShapeInference &inference) {
  Type elementType = ShapeInference::getElementType(op.getData());
  if (failed(inference.checkRank("reshape_c1", "the shape operand",
                                 op.getShape(), 1)))
    return failure();
  std::optional<SymShape> data = inference.getShape(op.getData());
  std::optional<SymShape> sizes = inference.getElements(op.getShape());
  if (!sizes) {
    if (std::optional<int64_t> rank = getLength(inference, op.getShape()))
      sizes = unknownSizes(*rank);
    inference.setResult(0, std::move(sizes), elementType);
    return success();
  }

  std::optional<size_t> inferred;
  llvm::SmallBitVector open(sizes->size());
  for (auto [index, size] : llvm::enumerate(*sizes)) {
    std::optional<int64_t> number = size.getConstant();
    if (number && *number < -1)
      return inference.error("reshape_c2", "the shape's entry ", index, " is ",
                             *number);
    if (number == -1) {
      if (inferred)
        return inference.error("reshape_c3", "the shape's entries ", *inferred,
                               " and ", index, " are both -1");
      inferred = index;
    } else if (number == 0 && op.getAllowzero() == 0) {
      if (data && index >= data->size())
        return inference.error("reshape_c4", "the shape's entry ", index,
                               " is 0, but the data has ", data->size(),
                               " axes");
      if (!data)
        open.set(index);
      size = data ? (*data)[index] : SymExpr::unknownSize();
    } else if (size.hasUnknown() && !size.isNonNegative()) {
      // It may turn out to be -1.
      size = SymExpr::unknownSize();
      open.set(index);
    }
  }
  if (inferred && data && open.none()) {
    if (failed(inferReshapedAxis(inference, *data, *sizes, *inferred)))
      return failure();
  } else if (inferred) {
    (*sizes)[*inferred] = SymExpr::unknownSize();
  } else if (data && open.count() == 1) {
    // One size alone that is not known follows from the others.
    if (std::optional<SymExpr> size = SymExpr::product(*data).divideExact([&] {
          SymExpr rest(1);
          for (auto [index, size] : llvm::enumerate(*sizes))
            if (!open.test(index))
              rest *= size;
          return rest;
        }()))
      (*sizes)[open.find_first()] = *size;
  } else if (data) {
    SymExpr before = SymExpr::product(*data);
    SymExpr after = SymExpr::product(*sizes);
    if (ShapeInference::differ(before, after))
      return inference.error(
          "reshape_c6", "the data has shape ", formatShape(*data), ", ", before,
          " elements, but shape ", formatShape(*sizes), " has ", after);
  }
  inference.setResult(0, std::move(sizes), elementType);
  return success();
}

LogicalResult FlattenOp::inferShapes(Adaptor op, ShapeInference &inference) {
  Type elementType = ShapeInference::getElementType(op.getInput());
  std::optional<SymShape> input = inference.getShape(op.getInput());
  if (!input) {
    inference.setResult(0, unknownSizes(2), elementType);
    return success();
  }
  int64_t rank = input->size(), axis = op.getAxis();
  if (axis < -rank || axis > rank)
    return inference.error("flatten_c1", "axis ", axis, " is outside of [",
                           -rank, ", ", rank, "]");
  if (axis < 0)
    axis += rank;
  ArrayRef<SymExpr> sizes(*input);
  inference.setResult(0,
                      SymShape{SymExpr::product(sizes.take_front(axis)),
                               SymExpr::product(sizes.drop_front(axis))},
                      elementType);
  return success();
}

//===----------------------------------------------------------------------===//
// Transpose, Squeeze, Unsqueeze
//===----------------------------------------------------------------------===//

LogicalResult TransposeOp::inferShapes(Adaptor op, ShapeInference &inference) {
  Type elementType = ShapeInference::getElementType(op.getData());
  std::optional<SymShape> data = inference.getShape(op.getData());
  if (!op.getPerm()) {
    if (data)
      std::reverse(data->begin(), data->end());
    inference.setResult(0, std::move(data), elementType);
    return success();
  }
  ArrayRef<int64_t> perm = *op.getPerm();
  int64_t rank = perm.size();
  if (data && static_cast<int64_t>(data->size()) != rank)
    return inference.error("transpose_c1", "perm has ", rank,
                           " entries for data of rank ", data->size());
  FailureOr<SmallVector<int64_t>> axes =
      inference.getAxes("transpose_c2", perm, rank);
  if (failed(axes))
    return failure();
  SymShape result;
  for (int64_t axis : *axes)
    result.push_back(data ? (*data)[axis] : SymExpr::unknownSize());
  inference.setResult(0, std::move(result), elementType);
  return success();
}

LogicalResult SqueezeOp::inferShapes(Adaptor op, ShapeInference &inference) {
  Type elementType = ShapeInference::getElementType(op.getData());
  std::optional<SymShape> data = inference.getShape(op.getData());
  std::optional<SmallVector<int64_t>> given =
      inference.getNumbers(op.getAxes(), op.getAxesOperand());
  bool dropsAllOnes = !op.getAxes() && !op.getAxesOperand();
  if (!data || (!given && !dropsAllOnes)) {
    inference.setResult(0, std::nullopt, elementType);
    return success();
  }
  SymShape result;
  if (dropsAllOnes) {
    for (const SymExpr &size : *data)
      if (!size.isOne())
        result.push_back(size);
    bool isRankKnown = llvm::all_of(
        *data, [](const SymExpr &size) { return size.isConstant(); });
    inference.setResult(
        0, isRankKnown ? std::optional<SymShape>(result) : std::nullopt,
        elementType);
    return success();
  }
  llvm::SmallBitVector dropped(data->size());
  for (int64_t given : *given) {
    FailureOr<int64_t> axis =
        inference.getAxis("squeeze_c1", given, data->size());
    if (failed(axis))
      return failure();
    if (ShapeInference::differ((*data)[*axis], 1))
      return inference.error("squeeze_c2", "axis ", *axis, " has size ",
                             (*data)[*axis], ", not 1");
    dropped.set(*axis);
  }
  for (auto [axis, size] : llvm::enumerate(*data))
    if (!dropped.test(axis))
      result.push_back(size);
  inference.setResult(0, std::move(result), elementType);
  return success();
}

LogicalResult UnsqueezeOp::inferShapes(Adaptor op, ShapeInference &inference) {
  Type elementType = ShapeInference::getElementType(op.getData());
  std::optional<SymShape> data = inference.getShape(op.getData());
  std::optional<SmallVector<int64_t>> given =
      inference.getNumbers(op.getAxes(), op.getAxesOperand());
  if (!data || !given) {
    std::optional<int64_t> added = getLength(inference, op.getAxesOperand());
    inference.setResult(0,
                        data && added ? std::optional<SymShape>(
                                            unknownSizes(data->size() + *added))
                                      : std::nullopt,
                        elementType);
    return success();
  }
  int64_t rank = data->size() + given->size();
  FailureOr<SmallVector<int64_t>> axes =
      inference.getAxes("unsqueeze_c1", *given, rank);
  if (failed(axes))
    return failure();
  SymShape result;
  const SymExpr *next = data->begin();
  for (int64_t axis = 0; axis != rank; ++axis)
    result.push_back(llvm::is_contained(*axes, axis) ? SymExpr(1) : *next++);
  inference.setResult(0, std::move(result), elementType);
  return success();
}

//===----------------------------------------------------------------------===//
// Expand, Tile, Pad
//===----------------------------------------------------------------------===//

LogicalResult ExpandOp::inferShapes(Adaptor op, ShapeInference &inference) {
  Type elementType = ShapeInference::getElementType(op.getInput());
  if (failed(inference.checkRank("expand_c1", "the shape operand",
                                 op.getShape(), 1)))
    return failure();
  std::optional<SymShape> input = inference.getShape(op.getInput());
  std::optional<SymShape> target = inference.getElements(op.getShape());
  if (!target)
    if (std::optional<int64_t> rank = getLength(inference, op.getShape()))
      target = unknownSizes(*rank);
  std::optional<SymShape> result;
  if (input && target) {
    FailureOr<SymShape> both =
        inference.broadcast("expand_c2", *input, *target);
    if (failed(both))
      return failure();
    result = *both;
  }
  inference.setResult(0, std::move(result), elementType);
  return success();
}

LogicalResult TileOp::inferShapes(Adaptor op, ShapeInference &inference) {
  Type elementType = ShapeInference::getElementType(op.getInput());
  std::optional<SymShape> input = inference.getShape(op.getInput());
  std::optional<int64_t> length = getLength(inference, op.getRepeats());
  if (input && length && static_cast<int64_t>(input->size()) != *length)
    return inference.error("tile_c1", "there are ", *length,
                           " repeats for data of rank ", input->size());
  std::optional<SymShape> repeats = inference.getElements(op.getRepeats());
  std::optional<SymShape> result;
  if (input && repeats && input->size() == repeats->size()) {
    result.emplace();
    for (auto [size, repeat] : llvm::zip_equal(*input, *repeats))
      result->push_back(size * repeat);
  } else if (input) {
    result = unknownSizes(input->size());
  }
  inference.setResult(0, std::move(result), elementType);
  return success();
}

LogicalResult PadOp::inferShapes(Adaptor op, ShapeInference &inference) {
  Type elementType = ShapeInference::getElementType(op.getData());
  std::optional<SymShape> data = inference.getShape(op.getData());
  std::optional<SymShape> pads =
      inference.getElements(op.getPads(), op.getPadsOperand());
  if (!data || !pads) {
    inference.setResult(
        0,
        data ? std::optional<SymShape>(unknownSizes(data->size()))
             : std::nullopt,
        elementType);
    return success();
  }
  SmallVector<int64_t> axes =
      llvm::to_vector(llvm::seq<int64_t>(0, data->size()));
  if (op.getAxesOperand()) {
    std::optional<SmallVector<int64_t>> given =
        inference.getNumbers(op.getAxesOperand());
    if (!given) {
      inference.setResult(0, unknownSizes(data->size()), elementType);
      return success();
    }
    FailureOr<SmallVector<int64_t>> normal =
        inference.getAxes("pad_c1", *given, data->size());
    if (failed(normal))
      return failure();
    axes = *normal;
  }
  if (pads->size() != 2 * axes.size())
    return inference.error("pad_c2", "there are ", pads->size(),
                           " pads for the ends of ", axes.size(), " axes");
  SymShape result = *data;
  for (auto [index, axis] : llvm::enumerate(axes)) {
    result[axis] += (*pads)[index] + (*pads)[index + axes.size()];
    if (result[axis].getConstant().value_or(0) < 0)
      return inference.error("pad_c3", "axis ", axis, " of size ",
                             (*data)[axis], " would have size ", result[axis]);
  }
  inference.setResult(0, std::move(result), elementType);
  return success();
}

//===----------------------------------------------------------------------===//
// Concat, Split
//===----------------------------------------------------------------------===//

LogicalResult ConcatOp::inferShapes(Adaptor op, ShapeInference &inference) {
  Type elementType = gac::detail::getFirstElementType(op.getInputs());
  std::optional<SymShape> result;
  bool isLengthKnown = true;
  std::optional<int64_t> axis;
  for (auto [number, input] : llvm::enumerate(op.getInputs())) {
    std::optional<SymShape> shape = inference.getShape(input);
    if (!shape) {
      isLengthKnown = false;
      continue;
    }
    if (!result) {
      FailureOr<int64_t> index =
          inference.getAxis("concat_c1", op.getAxis(), shape->size());
      if (failed(index))
        return failure();
      axis = *index;
      result = std::move(shape);
      continue;
    }
    if (shape->size() != result->size())
      return inference.error("concat_c2", "operand ", number, " has rank ",
                             shape->size(), ", others have ", result->size());
    for (auto [index, sizes] :
         llvm::enumerate(llvm::zip_equal(*result, *shape))) {
      auto &[size, other] = sizes;
      if (static_cast<int64_t>(index) == *axis) {
        size += other;
        continue;
      }
      if (ShapeInference::differ(size, other))
        return inference.error("concat_c3", "operand ", number, " has size ",
                               other, " on axis ", index, ", others have ",
                               size);
      size = ShapeInference::merge(size, other);
    }
  }
  if (result && !isLengthKnown)
    (*result)[*axis] = SymExpr::unknownSize();
  inference.setResult(0, std::move(result), elementType);
  return success();
}

/// The sizes of `count` equal parts of `size`, the last one smaller.
static SymShape splitEvenly(const SymExpr &size, int64_t count) {
  SymExpr part = size.ceilDiv(count);
  SymShape parts(count, part);
  if (!size.divideExact(count))
    // ceil(size / count) may fill the axis before the last part is reached.
    parts.back() = size.isConstant()
                       ? SymExpr::max(size - part * (count - 1), 0)
                       : SymExpr::unknownSize();
  return parts;
}

LogicalResult SplitOp::inferShapes(Adaptor op, ShapeInference &inference) {
  Type elementType = ShapeInference::getElementType(op.getInput());
  std::optional<SymShape> input = inference.getShape(op.getInput());
  std::optional<SymShape> parts =
      inference.getElements(op.getSplit(), op.getSplitOperand());
  std::optional<int64_t> count;
  if (inference.getNumResults())
    count = *inference.getNumResults();
  else if (parts)
    count = parts->size();
  else if (op.getNumOutputs())
    count = *op.getNumOutputs();
  if (!count)
    return failure();

  if (parts && static_cast<int64_t>(parts->size()) != *count)
    return inference.error("split_c1", "there are ", parts->size(),
                           " sizes for ", *count, " results");
  std::optional<int64_t> outputs = op.getNumOutputs();
  if (outputs && *outputs != *count)
    return inference.error("split_c1", "num_outputs is ", *outputs,
                           ", but there are ", *count, " results");
  if (!input) {
    for (int64_t number = 0; number != *count; ++number)
      inference.setResult(number, std::nullopt, elementType);
    return success();
  }
  FailureOr<int64_t> axis =
      inference.getAxis("split_c2", op.getAxis(), input->size());
  if (failed(axis))
    return failure();
  const SymExpr &size = (*input)[*axis];
  if (parts && ShapeInference::differ(SymExpr::sum(*parts), size))
    return inference.error("split_c3", "the sizes' sum is ",
                           SymExpr::sum(*parts), ", but axis ", *axis,
                           " has size ", size);
  if (!parts)
    parts = op.getSplitOperand() || *count == 0 ? unknownSizes(*count)
                                                : splitEvenly(size, *count);
  for (auto [number, part] : llvm::enumerate(*parts)) {
    SymShape shape = *input;
    shape[*axis] = part;
    inference.setResult(number, std::move(shape), elementType);
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Slice
//===----------------------------------------------------------------------===//

/// The number of lanes that [start, end) by `step` selects of `size`.
static SymExpr getSliceSize(const SymExpr &size, const SymExpr &start,
                            const SymExpr &end, int64_t step) {
  // Exporters write "to the end" as some huge number.
  constexpr int64_t huge = std::numeric_limits<int32_t>::max();
  std::optional<int64_t> first = start.getConstant(), last = end.getConstant();
  if (size.isConstant() && first && last) {
    int64_t length = *size.getConstant();
    if (length == 0)
      return 0;
    auto clamp = [&](int64_t bound, int64_t low, int64_t high) {
      return std::clamp(bound < 0 ? bound + length : bound, low, high);
    };
    int64_t distance =
        step > 0 ? clamp(*last, 0, length) - clamp(*first, 0, length)
                 : clamp(*last, -1, length - 1) - clamp(*first, 0, length - 1);
    // An empty range has its ends in the wrong order for the step.
    if (distance == 0 || (distance > 0) != (step > 0))
      return 0;
    return SymExpr(distance).ceilDiv(step);
  }
  if (step < 0)
    return step == -1 && first == -1 && last && *last <= -huge
               ? size
               : SymExpr::unknownSize();

  bool toEnd = (last && *last >= huge) || end == size;
  SymExpr length;
  if (first && *first >= 0 && toEnd) {
    length = *first == 0 ? size : SymExpr::max(size - *first, 0);
  } else if (first && *first < 0 && toEnd && *first > -huge) {
    length = SymExpr::min(size, -*first);
  } else if (start.isZero() && end.isNonNegative()) {
    length = SymExpr::min(size, end);
  } else if (start.isZero() && last && *last > -huge) {
    length = SymExpr::max(size + *last, 0);
  } else if (start.isNonNegative() && end.isNonNegative() &&
             !start.hasUnknown() && !end.hasUnknown()) {
    SymExpr from = SymExpr::min(start, size), to = SymExpr::min(end, size);
    length = SymExpr::max(to - from, 0);
  } else {
    return SymExpr::unknownSize();
  }
  return length.ceilDiv(step);
}

LogicalResult SliceOp::inferShapes(Adaptor op, ShapeInference &inference) {
  Type elementType = ShapeInference::getElementType(op.getData());
  std::optional<SymShape> data = inference.getShape(op.getData());
  if (!data) {
    inference.setResult(0, std::nullopt, elementType);
    return success();
  }
  std::optional<SymShape> starts =
      inference.getElements(op.getStarts(), op.getStartsOperand());
  std::optional<SymShape> ends =
      inference.getElements(op.getEnds(), op.getEndsOperand());
  std::optional<SmallVector<int64_t>> steps =
      inference.getNumbers(op.getStepsOperand());
  std::optional<SmallVector<int64_t>> given =
      inference.getNumbers(op.getAxes(), op.getAxesOperand());
  std::optional<int64_t> count;
  if (starts)
    count = starts->size();
  else if (ends)
    count = ends->size();
  else
    count = getLength(inference, op.getStartsOperand());
  if (!given && !op.getAxes() && !op.getAxesOperand() && count)
    given = llvm::to_vector(llvm::seq<int64_t>(0, *count));
  if (!given) {
    inference.setResult(0, unknownSizes(data->size()), elementType);
    return success();
  }
  FailureOr<SmallVector<int64_t>> axes =
      inference.getAxes("slice_c1", *given, data->size());
  if (failed(axes))
    return failure();
  for (auto [name, length] :
       {std::pair("starts", starts ? starts->size() : axes->size()),
        std::pair("ends", ends ? ends->size() : axes->size()),
        std::pair("steps", steps ? steps->size() : axes->size())})
    if (length != axes->size())
      return inference.error("slice_c2", "there are ", length, " ", name,
                             " for ", axes->size(), " axes");

  SymShape result = *data;
  for (auto [index, axis] : llvm::enumerate(*axes)) {
    std::optional<int64_t> step = 1;
    if (op.getStepsOperand())
      step = steps ? std::optional<int64_t>((*steps)[index]) : std::nullopt;
    if (step == 0)
      return inference.error("slice_c3", "the step on axis ", axis, " is 0");
    result[axis] = starts && ends && step
                       ? getSliceSize((*data)[axis], (*starts)[index],
                                      (*ends)[index], *step)
                       : SymExpr::unknownSize();
  }
  inference.setResult(0, std::move(result), elementType);
  return success();
}
