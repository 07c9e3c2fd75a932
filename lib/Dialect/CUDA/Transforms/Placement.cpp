//===- Placement.cpp - Where values are computed into ---------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Placement.h"

#include "gac/Dialect/GAC/IR/GACOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/TypeSwitch.h"

#include <algorithm>

using namespace mlir;
using namespace gac;
using namespace gac::cuda;

//===----------------------------------------------------------------------===//
// Ops that change the view of memory
//===----------------------------------------------------------------------===//

/// Only the shape differs.
static bool isReshape(Operation *op) {
  return isa_and_present<ReshapeOp, FlattenOp, SqueezeOp, UnsqueezeOp,
                         tensor::CollapseShapeOp, tensor::ExpandShapeOp>(op);
}

static SmallVector<int64_t> getPermutation(TransposeOp op) {
  if (std::optional<ArrayRef<int64_t>> given = op.getPerm())
    return SmallVector<int64_t>(*given);
  int64_t rank = cast<ShapedType>(op.getData().getType()).getRank();
  return llvm::to_vector(llvm::reverse(llvm::seq<int64_t>(rank)));
}

/// The numbers that are an attribute in some opsets and an operand in others.
static std::optional<SmallVector<int64_t>>
getNumbers(std::optional<ArrayRef<int64_t>> attribute, Value operand) {
  if (attribute)
    return SmallVector<int64_t>(*attribute);
  if (!operand)
    return SmallVector<int64_t>();
  Attribute value;
  if (auto constant = operand.getDefiningOp<ConstantOp>())
    value = constant.getValue();
  else if (auto initializer = operand.getDefiningOp<InitializerOp>())
    value = initializer.getValue();
  auto elements = dyn_cast_if_present<DenseIntElementsAttr>(value);
  if (!elements)
    return std::nullopt;
  return llvm::map_to_vector(
      elements.getValues<APInt>(),
      [](const APInt &number) { return number.getSExtValue(); });
}

static FailureOr<View> getSlice(SliceOp op, View view) {
  auto starts = getNumbers(op.getStarts(), op.getStartsOperand());
  auto axes = getNumbers(op.getAxes(), op.getAxesOperand());
  auto steps = getNumbers(std::nullopt, op.getStepsOperand());
  if (!starts || !axes || !steps)
    return failure();
  ArrayRef<int64_t> result =
      cast<ShapedType>(op.getResult().getType()).getShape();
  int64_t rank = view.sizes.size();
  for (auto [index, start] : llvm::enumerate(*starts)) {
    int64_t axis = axes->empty() ? index : (*axes)[index];
    if (axis < 0)
      axis += rank;
    int64_t step = steps->empty() ? 1 : (*steps)[index];
    int64_t size = view.sizes[axis];
    int64_t first = start < 0 ? start + size : start;
    first = std::clamp<int64_t>(first, 0, step > 0 ? size : size - 1);
    view = sliceView(view, axis, result[axis] == 0 ? 0 : first, result[axis],
                     step);
  }
  return view;
}

static SmallVector<View> getPieces(SplitOp op, const View &view) {
  auto axis = static_cast<int64_t>(op.getAxis());
  if (axis < 0)
    axis += view.sizes.size();
  SmallVector<View> pieces;
  int64_t start = 0;
  for (Value result : op.getResults()) {
    int64_t size = cast<ShapedType>(result.getType()).getDimSize(axis);
    pieces.push_back(sliceView(view, axis, start, size));
    start += size;
  }
  return pieces;
}

FailureOr<SmallVector<View>> cuda::getViews(Operation *op, const View &source) {
  using Views = FailureOr<SmallVector<View>>;
  if (isReshape(op)) {
    std::optional<View> view = reshapeView(
        source, cast<ShapedType>(op->getResult(0).getType()).getShape());
    return view ? Views({*view}) : Views(failure());
  }
  return llvm::TypeSwitch<Operation *, Views>(op)
      .Case([&](TransposeOp transpose) {
        return Views({transposeView(source, getPermutation(transpose))});
      })
      .Case([&](SliceOp slice) {
        FailureOr<View> view = getSlice(slice, source);
        return failed(view) ? Views(failure()) : Views({*view});
      })
      .Case([&](SplitOp split) { return Views(getPieces(split, source)); })
      .Case([&](ExpandOp expand) {
        return Views({expandView(
            source,
            cast<ShapedType>(expand.getResult().getType()).getShape())});
      })
      .Default([](Operation *) { return Views(failure()); });
}

//===----------------------------------------------------------------------===//
// What kernels can access
//===----------------------------------------------------------------------===//

static bool isRowContiguous(const View &view) {
  return view.sizes.empty() || view.sizes.back() == 1 ||
         view.strides.back() == 1;
}

/// Whether a library reads it as a matrix, or as a batch of them: rows or
/// columns are contiguous, and do not overlap.
static bool isMatrix(const View &view) {
  size_t rank = view.sizes.size();
  int64_t rows = view.sizes[rank - 2], columns = view.sizes[rank - 1];
  int64_t down = view.strides[rank - 2], right = view.strides[rank - 1];
  bool isRowMajor =
      (columns == 1 || right == 1) && (rows == 1 || down >= columns);
  bool isColumnMajor =
      (rows == 1 || down == 1) && (columns == 1 || right >= rows);
  return isRowMajor || isColumnMajor;
}

/// Whether all axes but the last are one axis in memory.
static bool hasOnePitch(const View &view) {
  int64_t rows = 1;
  for (int64_t size : llvm::drop_end(view.sizes))
    rows *= size;
  return isRowContiguous(view) &&
         reshapeView(view, {rows, view.sizes.back()}).has_value();
}

bool cuda::canRead(Operation *op, OpOperand &operand, const View &view) {
  return llvm::TypeSwitch<Operation *, bool>(op)
      .Case([&](MatmulOp matmul) {
        if (operand.get() == matmul.getA() || operand.get() == matmul.getB())
          return isMatrix(view);
        // Packages have whole tensors as biases.
        return operand.get() == matmul.getBias()
                   ? isRowContiguous(view) && view.offset == 0
                   : isMatrix(view) && isRowContiguous(view);
      })
      .Case([&](EmbedOp embed) {
        return operand.get() == embed.getIds() ? isContiguous(view)
                                               : isRowContiguous(view);
      })
      .Case<RMSNormOp, RopeOp, cuda::AttentionOp, AppendOp>(
          [&](auto) { return isRowContiguous(view); })
      .Default([](Operation *) { return true; });
}

/// Whether kernels of `op` can compute their result into `view`.
static bool canWrite(Operation *op, const View &view) {
  return llvm::TypeSwitch<Operation *, bool>(op)
      .Case([&](MatmulOp) {
        size_t rank = view.sizes.size();
        return isRowContiguous(view) && isMatrix(view) && rank >= 2;
      })
      .Case([&](EmbedOp) { return hasOnePitch(view); })
      .Case<RMSNormOp, RopeOp, cuda::AttentionOp, AppendOp>(
          [&](auto) { return isRowContiguous(view); })
      .Default([](Operation *) { return true; });
}

//===----------------------------------------------------------------------===//
// Placement
//===----------------------------------------------------------------------===//

Place Placement::allocate(Location loc, ArrayRef<int64_t> sizes,
                          Type elementType) {
  OpBuilder builder = OpBuilder::atBlockBegin(&entry.getBody().front());
  return {AllocOp::create(builder, loc, MemRefType::get(sizes, elementType),
                          /*offset=*/IntegerAttr()),
          getContiguousView(sizes)};
}

Place Placement::getDestination(Value result) {
  auto it = chosen.find(result);
  if (it != chosen.end())
    return it->second;
  auto type = cast<RankedTensorType>(result.getType());
  return allocate(result.getLoc(), type.getShape(), type.getElementType());
}

/// Has `value` computed into `place` if all that stands between is a view.
bool Placement::tryPlace(Value value, const Place &place) {
  Operation *op = value.getDefiningOp();
  if (!op || chosen.contains(value))
    return false;
  if (auto kernel = dyn_cast<DestinationStyleOpInterface>(op)) {
    OpOperand *init =
        kernel.getDpsInitOperand(cast<OpResult>(value).getResultNumber());
    if (!init->get().getDefiningOp<tensor::EmptyOp>() ||
        !canWrite(op, place.view))
      return false;
    chosen[value] = place;
    return true;
  }
  if (isReshape(op)) {
    Value source = op->getOperand(0);
    std::optional<View> view =
        reshapeView(place.view, cast<ShapedType>(source.getType()).getShape());
    return view && tryPlace(source, {place.root, *view});
  }
  if (auto transpose = dyn_cast<TransposeOp>(op)) {
    SmallVector<int64_t> permutation = getPermutation(transpose);
    SmallVector<int64_t> inverse(permutation.size());
    for (auto [axis, from] : llvm::enumerate(permutation))
      inverse[from] = axis;
    return tryPlace(transpose.getData(),
                    {place.root, transposeView(place.view, inverse)});
  }
  if (auto concat = dyn_cast<ConcatOp>(op)) {
    chosen[value] = place;
    auto axis = static_cast<int64_t>(concat.getAxis());
    if (axis < 0)
      axis += place.view.sizes.size();
    int64_t start = 0;
    for (Value input : concat.getInputs()) {
      int64_t size = cast<ShapedType>(input.getType()).getDimSize(axis);
      // What is not computed into its place is copied there.
      tryPlace(input, {place.root, sliceView(place.view, axis, start, size)});
      start += size;
    }
    return true;
  }
  return false;
}

void Placement::run(ArrayRef<Place> outputs) {
  Block &block = function.front();
  for (auto [value, output] :
       llvm::zip_equal(block.getTerminator()->getOperands(), outputs))
    tryPlace(value, output);
  for (Operation &op : llvm::reverse(block)) {
    auto type = op.getNumResults() == 1
                    ? dyn_cast<RankedTensorType>(op.getResult(0).getType())
                    : nullptr;
    if (!type || chosen.contains(op.getResult(0)))
      continue;
    // Axes lie in the order of the only reader, who may want to join some.
    bool isOnlyReader =
        isa<TransposeOp>(op) && op.getOperand(0).hasOneUse() &&
        op.getOperand(0).getDefiningOp<DestinationStyleOpInterface>();
    if (isa<ConcatOp>(op) || isOnlyReader)
      tryPlace(op.getResult(0),
               allocate(op.getLoc(), type.getShape(), type.getElementType()));
  }
}
