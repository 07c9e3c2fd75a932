//===- ShapeInferenceIndexing.cpp - Shapes of ops along axes --------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reductions, selections by index, and ops that compute shapes and indices.
//
//===----------------------------------------------------------------------===//

#include "gac/Dialect/GAC/IR/GACOps.h"
#include "gac/Dialect/GAC/IR/ShapeInference.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace gac;

static Type getI64(ShapeInference &inference) {
  return IntegerType::get(inference.getContext(), 64);
}

//===----------------------------------------------------------------------===//
// Reductions
//===----------------------------------------------------------------------===//

/// `data` without `axes`, or with size 1 on them.
static SymShape reduceAxes(ArrayRef<SymExpr> data, ArrayRef<int64_t> axes,
                           bool keepdims) {
  SymShape result;
  for (auto [axis, size] : llvm::enumerate(data)) {
    if (!llvm::is_contained(axes, static_cast<int64_t>(axis)))
      result.push_back(size);
    else if (keepdims)
      result.push_back(1);
  }
  return result;
}

template <typename Adaptor>
static LogicalResult inferReduction(Adaptor op, ShapeInference &inference) {
  Type elementType = ShapeInference::getElementType(op.getData());
  std::optional<SymShape> data = inference.getShape(op.getData());
  if (!data) {
    inference.setResult(0, std::nullopt, elementType);
    return success();
  }
  bool keepdims = op.getKeepdims() != 0;
  std::optional<SmallVector<int64_t>> given =
      inference.getNumbers(op.getAxes(), op.getAxesOperand());
  if (!given && op.getAxesOperand()) {
    std::optional<SymShape> unknown;
    if (keepdims)
      unknown.emplace(llvm::map_range(
          *data, [](const SymExpr &) { return SymExpr::unknownSize(); }));
    inference.setResult(0, std::move(unknown), elementType);
    return success();
  }
  if (!given || given->empty()) {
    if (op.getNoopWithEmptyAxes() != 0) {
      inference.setResult(0, std::move(data), elementType);
      return success();
    }
    given = llvm::to_vector(llvm::seq<int64_t>(0, data->size()));
  }
  FailureOr<SmallVector<int64_t>> axes =
      inference.getAxes("reduction_c1", *given, data->size());
  if (failed(axes))
    return failure();
  inference.setResult(0, reduceAxes(*data, *axes, keepdims), elementType);
  return success();
}

#define GAC_REDUCTION(OpTy)                                                    \
  LogicalResult OpTy::inferShapes(Adaptor op, ShapeInference &inference) {     \
    return inferReduction(op, inference);                                      \
  }
GAC_REDUCTION(ReduceL1Op)
GAC_REDUCTION(ReduceL2Op)
GAC_REDUCTION(ReduceLogSumOp)
GAC_REDUCTION(ReduceLogSumExpOp)
GAC_REDUCTION(ReduceMaxOp)
GAC_REDUCTION(ReduceMeanOp)
GAC_REDUCTION(ReduceMinOp)
GAC_REDUCTION(ReduceProdOp)
GAC_REDUCTION(ReduceSumOp)
GAC_REDUCTION(ReduceSumSquareOp)
#undef GAC_REDUCTION

template <typename Adaptor>
static LogicalResult inferArg(Adaptor op, ShapeInference &inference) {
  std::optional<SymShape> result = inference.getShape(op.getData());
  if (result) {
    FailureOr<int64_t> axis =
        inference.getAxis("arg_c1", op.getAxis(), result->size());
    if (failed(axis))
      return failure();
    result = reduceAxes(*result, *axis, op.getKeepdims() != 0);
  }
  inference.setResult(0, std::move(result), getI64(inference));
  return success();
}

LogicalResult ArgMaxOp::inferShapes(Adaptor op, ShapeInference &inference) {
  return inferArg(op, inference);
}

LogicalResult ArgMinOp::inferShapes(Adaptor op, ShapeInference &inference) {
  return inferArg(op, inference);
}

LogicalResult TopKOp::inferShapes(Adaptor op, ShapeInference &inference) {
  std::optional<SymShape> result = inference.getShape(op.getX());
  if (result) {
    FailureOr<int64_t> axis =
        inference.getAxis("top_k_c1", op.getAxis(), result->size());
    if (failed(axis))
      return failure();
    SymExpr &size = (*result)[*axis];
    std::optional<SymShape> k = inference.getElements(op.getK());
    SymExpr count = k && k->size() == 1 ? k->front() : SymExpr::unknownSize();
    if (size.isConstant() && count.isConstant() &&
        *count.getConstant() > *size.getConstant())
      return inference.error("top_k_c2", "k is ", count, ", but axis ", *axis,
                             " has size ", size);
    size = count;
  }
  inference.setResult(0, result, ShapeInference::getElementType(op.getX()));
  inference.setResult(1, std::move(result), getI64(inference));
  return success();
}

//===----------------------------------------------------------------------===//
// Softmax, CumSum, Trilu, Dropout: the shape stays
//===----------------------------------------------------------------------===//

static LogicalResult inferSame(Value operand, ShapeInference &inference) {
  inference.setResult(0, inference.getShape(operand),
                      ShapeInference::getElementType(operand));
  return success();
}

template <typename Adaptor>
static LogicalResult inferSoftmax(Adaptor op, ShapeInference &inference) {
  std::optional<SymShape> input = inference.getShape(op.getInput());
  // Before opset 13 the axis may be one past the last: all axes are batch.
  std::optional<int64_t> axis = op.getAxis();
  if (input && axis && *axis != static_cast<int64_t>(input->size()) &&
      failed(inference.getAxis("softmax_c1", *axis, input->size())))
    return failure();
  return inferSame(op.getInput(), inference);
}

LogicalResult SoftmaxOp::inferShapes(Adaptor op, ShapeInference &inference) {
  return inferSoftmax(op, inference);
}

LogicalResult LogSoftmaxOp::inferShapes(Adaptor op, ShapeInference &inference) {
  return inferSoftmax(op, inference);
}

LogicalResult HardmaxOp::inferShapes(Adaptor op, ShapeInference &inference) {
  return inferSoftmax(op, inference);
}

static LogicalResult inferCumulation(StringRef label, Value valueOfX,
                                     Value valueOfAxis,
                                     ShapeInference &inference) {
  std::optional<SymShape> x = inference.getShape(valueOfX);
  std::optional<SmallVector<int64_t>> axis = inference.getNumbers(valueOfAxis);
  if (x && axis && axis->size() == 1 &&
      failed(inference.getAxis(label, axis->front(), x->size())))
    return failure();
  return inferSame(valueOfX, inference);
}

LogicalResult CumSumOp::inferShapes(Adaptor op, ShapeInference &inference) {
  return inferCumulation("cum_sum_c1", op.getX(), op.getAxis(), inference);
}

LogicalResult CumProdOp::inferShapes(Adaptor op, ShapeInference &inference) {
  return inferCumulation("cum_prod_c1", op.getX(), op.getAxis(), inference);
}

LogicalResult TriluOp::inferShapes(Adaptor op, ShapeInference &inference) {
  std::optional<SymShape> input = inference.getShape(op.getInput());
  if (input && input->size() < 2)
    return inference.error("trilu_c1", "the input has rank ", input->size(),
                           ", not 2 or more");
  return inferSame(op.getInput(), inference);
}

LogicalResult DropoutOp::inferShapes(Adaptor op, ShapeInference &inference) {
  // What a mask is made of depends on the opset.
  inference.setResult(1, inference.getShape(op.getData()));
  return inferSame(op.getData(), inference);
}

LogicalResult CastLikeOp::inferShapes(Adaptor op, ShapeInference &inference) {
  inference.setResult(0, inference.getShape(op.getInput()),
                      ShapeInference::getElementType(op.getTargetType()));
  return success();
}

LogicalResult ReverseSequenceOp::inferShapes(Adaptor op,
                                             ShapeInference &inference) {
  int64_t batch = op.getBatchAxis(), time = op.getTimeAxis();
  std::optional<SymShape> input = inference.getShape(op.getInput());
  if (std::min(batch, time) != 0 || std::max(batch, time) != 1 ||
      (input && input->size() < 2))
    return inference.error(
        "reverse_sequence_c1", "batch_axis is ", batch, " and time_axis ", time,
        input && input->size() < 2 ? ", and the input has fewer than 2 axes"
                                   : "");
  return inferSame(op.getInput(), inference);
}

//===----------------------------------------------------------------------===//
// Gather, Scatter
//===----------------------------------------------------------------------===//

LogicalResult GatherOp::inferShapes(Adaptor op, ShapeInference &inference) {
  std::optional<SymShape> data = inference.getShape(op.getData());
  std::optional<SymShape> indices = inference.getShape(op.getIndices());
  std::optional<SymShape> result;
  if (data) {
    FailureOr<int64_t> axis =
        inference.getAxis("gather_c1", op.getAxis(), data->size());
    if (failed(axis))
      return failure();
    if (indices) {
      result.emplace(data->begin(), data->begin() + *axis);
      llvm::append_range(*result, *indices);
      result->append(data->begin() + *axis + 1, data->end());
    }
  }
  inference.setResult(0, std::move(result),
                      ShapeInference::getElementType(op.getData()));
  return success();
}

LogicalResult GatherElementsOp::inferShapes(Adaptor op,
                                            ShapeInference &inference) {
  std::optional<SymShape> data = inference.getShape(op.getData());
  std::optional<SymShape> indices = inference.getShape(op.getIndices());
  if (data && indices && data->size() != indices->size())
    return inference.error("gather_elements_c1", "the indices have rank ",
                           indices->size(), ", the data ", data->size());
  if (data && failed(inference.getAxis("gather_elements_c2", op.getAxis(),
                                       data->size())))
    return failure();
  inference.setResult(0, std::move(indices),
                      ShapeInference::getElementType(op.getData()));
  return success();
}

LogicalResult ScatterElementsOp::inferShapes(Adaptor op,
                                             ShapeInference &inference) {
  std::optional<SymShape> data = inference.getShape(op.getData());
  std::optional<SymShape> indices = inference.getShape(op.getIndices());
  std::optional<SymShape> updates = inference.getShape(op.getUpdates());
  for (auto [name, shape] :
       {std::pair("indices", &indices), std::pair("updates", &updates)})
    if (data && *shape && (*shape)->size() != data->size())
      return inference.error("scatter_elements_c1", "the ", name, " have rank ",
                             (*shape)->size(), ", the data ", data->size());
  if (indices && updates && indices->size() != updates->size())
    return inference.error("scatter_elements_c1", "the updates have rank ",
                           updates->size(), ", the indices ", indices->size());
  if (data && failed(inference.getAxis("scatter_elements_c2", op.getAxis(),
                                       data->size())))
    return failure();
  if (indices && updates)
    for (auto [axis, sizes] :
         llvm::enumerate(llvm::zip_equal(*indices, *updates)))
      if (ShapeInference::differ(std::get<0>(sizes), std::get<1>(sizes)))
        return inference.error("scatter_elements_c3", "axis ", axis, " has ",
                               std::get<0>(sizes), " indices, but ",
                               std::get<1>(sizes), " updates");
  inference.setResult(0, std::move(data),
                      ShapeInference::getElementType(op.getData()));
  return success();
}

/// The number of axes that the index tuples of GatherND and ScatterND choose
/// from, if known.
static FailureOr<std::optional<int64_t>> getTupleSize(ShapeInference &inference,
                                                      StringRef label,
                                                      const SymShape &indices,
                                                      int64_t available) {
  if (indices.empty())
    return inference.error(label, "the indices are a scalar, not tuples");
  std::optional<int64_t> size = indices.back().getConstant();
  if (size && *size > available)
    return inference.error(label, "index tuples of ", *size,
                           " entries for data of ", available, " axes");
  return size;
}

LogicalResult GatherNDOp::inferShapes(Adaptor op, ShapeInference &inference) {
  std::optional<SymShape> data = inference.getShape(op.getData());
  std::optional<SymShape> indices = inference.getShape(op.getIndices());
  std::optional<SymShape> result;
  if (data && indices) {
    int64_t batch = op.getBatchDims();
    int64_t rank = std::min(data->size(), indices->size());
    if (batch < 0 || batch >= rank)
      return inference.error("gather_nd_c1", "batch_dims is ", batch,
                             ", but the ranks are ", data->size(), " and ",
                             indices->size());
    FailureOr<std::optional<int64_t>> size =
        getTupleSize(inference, "gather_nd_c2", *indices, data->size() - batch);
    if (failed(size))
      return failure();
    if (*size && **size >= 0) {
      result.emplace(indices->begin(), indices->end() - 1);
      result->append(data->begin() + batch + **size, data->end());
    }
  }
  inference.setResult(0, std::move(result),
                      ShapeInference::getElementType(op.getData()));
  return success();
}

LogicalResult ScatterNDOp::inferShapes(Adaptor op, ShapeInference &inference) {
  std::optional<SymShape> data = inference.getShape(op.getData());
  std::optional<SymShape> indices = inference.getShape(op.getIndices());
  std::optional<SymShape> updates = inference.getShape(op.getUpdates());
  if (data && indices) {
    FailureOr<std::optional<int64_t>> size =
        getTupleSize(inference, "scatter_nd_c1", *indices, data->size());
    if (failed(size))
      return failure();
    if (updates && *size && **size >= 0) {
      SymShape expected(indices->begin(), indices->end() - 1);
      expected.append(data->begin() + **size, data->end());
      if (updates->size() != expected.size() ||
          llvm::any_of(llvm::zip_equal(*updates, expected), [](auto sizes) {
            return ShapeInference::differ(std::get<0>(sizes),
                                          std::get<1>(sizes));
          }))
        return inference.error("scatter_nd_c2", "the updates have shape ",
                               formatShape(*updates), ", expected ",
                               formatShape(expected));
    }
  }
  return inferSame(op.getData(), inference);
}

//===----------------------------------------------------------------------===//
// Ops that compute shapes and indices
//===----------------------------------------------------------------------===//

LogicalResult ShapeOp::inferShapes(Adaptor op, ShapeInference &inference) {
  SymExpr length = SymExpr::unknownSize();
  if (std::optional<SymShape> data = inference.getShape(op.getData())) {
    int64_t rank = data->size();
    auto clamp = [&](int64_t bound) {
      return std::clamp<int64_t>(bound < 0 ? bound + rank : bound, 0, rank);
    };
    length = std::max<int64_t>(
        clamp(op.getEnd().value_or(rank)) - clamp(op.getStart()), 0);
  }
  inference.setResult(0, SymShape{length}, getI64(inference));
  return success();
}

LogicalResult SizeOp::inferShapes(Adaptor, ShapeInference &inference) {
  inference.setResult(0, SymShape(), getI64(inference));
  return success();
}

LogicalResult RangeOp::inferShapes(Adaptor op, ShapeInference &inference) {
  auto getScalar = [&](Value operand) -> std::optional<SymExpr> {
    std::optional<SymShape> elements = inference.getElements(operand);
    if (!elements || elements->size() != 1)
      return std::nullopt;
    return elements->front();
  };
  std::optional<SymExpr> start = getScalar(op.getStart());
  std::optional<SymExpr> limit = getScalar(op.getLimit());
  std::optional<SymExpr> delta = getScalar(op.getDelta());
  if (delta && delta->isZero())
    return inference.error("range_c1", "delta is 0");
  SymExpr length = SymExpr::unknownSize();
  if (start && limit && delta && delta->isConstant()) {
    SymExpr count = (*limit - *start).ceilDiv(*delta);
    if (!count.hasUnknown())
      length = SymExpr::max(count, 0);
  }
  inference.setResult(0, SymShape{length},
                      ShapeInference::getElementType(op.getStart()));
  return success();
}

LogicalResult ConstantOfShapeOp::inferShapes(Adaptor op,
                                             ShapeInference &inference) {
  Type elementType = op.getValue() ? op.getValue()->getElementType()
                                   : Float32Type::get(inference.getContext());
  if (failed(inference.checkRank("constant_of_shape_c1", "the shape operand",
                                 op.getShape(), 1)))
    return failure();
  std::optional<SymShape> sizes = inference.getElements(op.getShape());
  if (sizes) {
    for (auto [axis, size] : llvm::enumerate(*sizes))
      if (size.getConstant().value_or(0) < 0)
        return inference.error("constant_of_shape_c2", "axis ", axis,
                               " would have size ", size);
  } else if (std::optional<SymShape> shape =
                 inference.getShape(op.getShape())) {
    std::optional<int64_t> rank = shape->front().getConstant();
    if (rank && *rank <= ShapeInference::maxRank) {
      sizes.emplace();
      for (int64_t i = 0; i < *rank; ++i)
        sizes->push_back(SymExpr::unknownSize());
    }
  }
  inference.setResult(0, std::move(sizes), elementType);
  return success();
}

//===----------------------------------------------------------------------===//
// OneHot, TensorScatter
//===----------------------------------------------------------------------===//

LogicalResult OneHotOp::inferShapes(Adaptor op, ShapeInference &inference) {
  std::optional<SymShape> result = inference.getShape(op.getIndices());
  if (result) {
    FailureOr<int64_t> axis =
        inference.getAxis("one_hot_c1", op.getAxis(), result->size() + 1);
    if (failed(axis))
      return failure();
    std::optional<SymShape> depth = inference.getElements(op.getDepth());
    result->insert(result->begin() + *axis, depth && depth->size() == 1
                                                ? depth->front()
                                                : SymExpr::unknownSize());
  }
  inference.setResult(0, std::move(result),
                      ShapeInference::getElementType(op.getValues()));
  return success();
}

LogicalResult TensorScatterOp::inferShapes(Adaptor op,
                                           ShapeInference &inference) {
  std::optional<SymShape> cache = inference.getShape(op.getPastCache());
  std::optional<SymShape> update = inference.getShape(op.getUpdate());
  if (cache && update && cache->size() != update->size())
    return inference.error("tensor_scatter_c1", "the cache has rank ",
                           cache->size(), ", but the update has ",
                           update->size());
  if (cache) {
    FailureOr<int64_t> axis =
        inference.getAxis("tensor_scatter_c2", op.getAxis(), cache->size());
    if (failed(axis))
      return failure();
    if (*axis == 0)
      return inference.error("tensor_scatter_c2", "axis is 0, the batch");
    for (size_t i = 0; update && i != cache->size(); ++i)
      if (static_cast<int64_t>(i) != *axis &&
          ShapeInference::differ((*cache)[i], (*update)[i]))
        return inference.error("tensor_scatter_c3", "on axis ", i,
                               " the cache has size ", (*cache)[i],
                               ", but the update has ", (*update)[i]);
  }
  return inferSame(op.getPastCache(), inference);
}
