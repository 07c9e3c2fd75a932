//===- Lowering.cpp - What patterns of convert-gac-to-linalg share --------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lowering.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace gac;

std::optional<SmallVector<int64_t>>
Lowering::getNumbers(std::optional<ArrayRef<int64_t>> attribute,
                     Value operand) const {
  if (attribute)
    return SmallVector<int64_t>(*attribute);
  if (!operand)
    return std::nullopt;
  return getNumbers(operand);
}

//===----------------------------------------------------------------------===//
// Sizes
//===----------------------------------------------------------------------===//

OpFoldResult gac::getSize(ImplicitLocOpBuilder &b, Value tensor, int64_t axis) {
  return tensor::getMixedSize(b, b.getLoc(), tensor, axis);
}

Sizes gac::getSizes(ImplicitLocOpBuilder &b, Value tensor) {
  return Sizes(tensor::getMixedSizes(b, b.getLoc(), tensor));
}

Value gac::toIndex(ImplicitLocOpBuilder &b, OpFoldResult size) {
  return getValueOrCreateConstantIndexOp(b, b.getLoc(), size);
}

/// `compute` on two known sizes, else the op.
template <typename OpTy>
static OpFoldResult combine(ImplicitLocOpBuilder &b, OpFoldResult x,
                            OpFoldResult y,
                            function_ref<int64_t(int64_t, int64_t)> compute) {
  std::optional<int64_t> left = getConstantIntValue(x);
  std::optional<int64_t> right = getConstantIntValue(y);
  if (left && right)
    return OpFoldResult(b.getIndexAttr(compute(*left, *right)));
  return OpFoldResult(b.createOrFold<OpTy>(toIndex(b, x), toIndex(b, y)));
}

OpFoldResult gac::addSizes(ImplicitLocOpBuilder &b, OpFoldResult x,
                           OpFoldResult y) {
  return combine<arith::AddIOp>(b, x, y, std::plus<>());
}

OpFoldResult gac::subtractSizes(ImplicitLocOpBuilder &b, OpFoldResult x,
                                OpFoldResult y) {
  return combine<arith::SubIOp>(b, x, y, std::minus<>());
}

OpFoldResult gac::multiplySizes(ImplicitLocOpBuilder &b, OpFoldResult x,
                                OpFoldResult y) {
  return combine<arith::MulIOp>(b, x, y, std::multiplies<>());
}

OpFoldResult gac::divideSizes(ImplicitLocOpBuilder &b, OpFoldResult x,
                              OpFoldResult y) {
  return combine<arith::DivSIOp>(b, x, y, [](int64_t left, int64_t right) {
    return right == 0 ? 0 : left / right;
  });
}

OpFoldResult gac::minSizes(ImplicitLocOpBuilder &b, OpFoldResult x,
                           OpFoldResult y) {
  return combine<arith::MinSIOp>(b, x, y, [](int64_t left, int64_t right) {
    return std::min(left, right);
  });
}

OpFoldResult gac::maxSizes(ImplicitLocOpBuilder &b, OpFoldResult x,
                           OpFoldResult y) {
  return combine<arith::MaxSIOp>(b, x, y, [](int64_t left, int64_t right) {
    return std::max(left, right);
  });
}

Value gac::readIndex(ImplicitLocOpBuilder &b, Value tensor, int64_t index) {
  Value position = arith::ConstantIndexOp::create(b, index);
  Value element = tensor::ExtractOp::create(b, tensor, position);
  return arith::IndexCastOp::create(b, b.getIndexType(), element);
}

Value gac::readScalar(ImplicitLocOpBuilder &b, Value tensor) {
  int64_t rank = cast<RankedTensorType>(tensor.getType()).getRank();
  SmallVector<Value> zeros;
  if (rank != 0)
    zeros.assign(rank, arith::ConstantIndexOp::create(b, 0));
  return tensor::ExtractOp::create(b, tensor, zeros);
}

Value gac::readScalarIndex(ImplicitLocOpBuilder &b, Value tensor) {
  return arith::IndexCastOp::create(b, b.getIndexType(), readScalar(b, tensor));
}

Value gac::wrapIndex(ImplicitLocOpBuilder &b, Value index, OpFoldResult size) {
  Value zero = arith::ConstantIndexOp::create(b, 0);
  Value isNegative =
      arith::CmpIOp::create(b, arith::CmpIPredicate::slt, index, zero);
  Value wrapped = arith::AddIOp::create(b, index, toIndex(b, size));
  return arith::SelectOp::create(b, isNegative, wrapped, index);
}

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

Value gac::createScalar(ImplicitLocOpBuilder &b, Type type, double number) {
  if (auto floatType = dyn_cast<FloatType>(type))
    return arith::ConstantOp::create(b, b.getFloatAttr(floatType, number));
  return arith::ConstantOp::create(
      b, b.getIntegerAttr(type, static_cast<int64_t>(number)));
}

Value gac::createEmpty(ImplicitLocOpBuilder &b, RankedTensorType type,
                       ArrayRef<OpFoldResult> sizes) {
  Sizes mixed(sizes);
  for (auto [size, known] : llvm::zip_equal(mixed, type.getShape()))
    if (!ShapedType::isDynamic(known))
      size = b.getIndexAttr(known);
  Value empty = tensor::EmptyOp::create(b, mixed, type.getElementType());
  return castTo(b, empty, type);
}

Value gac::createFilled(ImplicitLocOpBuilder &b, RankedTensorType type,
                        ArrayRef<OpFoldResult> sizes, Value scalar) {
  return linalg::FillOp::create(b, scalar, createEmpty(b, type, sizes))
      .getResult(0);
}

Value gac::castTo(ImplicitLocOpBuilder &b, Value tensor,
                  RankedTensorType type) {
  return tensor.getType() == type ? tensor
                                  : tensor::CastOp::create(b, type, tensor);
}

Value gac::createElementwise(ImplicitLocOpBuilder &b, RankedTensorType type,
                             ArrayRef<OpFoldResult> sizes, ValueRange inputs,
                             ArrayRef<AffineMap> maps, ElementBuilder element) {
  SmallVector<AffineMap> allMaps(maps);
  allMaps.push_back(b.getMultiDimIdentityMap(type.getRank()));
  SmallVector<utils::IteratorType> iterators(type.getRank(),
                                             utils::IteratorType::parallel);
  auto generic = linalg::GenericOp::create(
      b, type, inputs, createEmpty(b, type, sizes), allMaps, iterators,
      [&](OpBuilder &builder, Location loc, ValueRange arguments) {
        ImplicitLocOpBuilder body(loc, builder);
        Value result = element(body, arguments.drop_back());
        linalg::YieldOp::create(body, result);
      });
  return generic.getResult(0);
}

Value gac::createElementwise(ImplicitLocOpBuilder &b, RankedTensorType type,
                             ArrayRef<OpFoldResult> sizes, ValueRange inputs,
                             ElementBuilder element) {
  SmallVector<AffineMap> maps(inputs.size(),
                              b.getMultiDimIdentityMap(type.getRank()));
  return createElementwise(b, type, sizes, inputs, maps, element);
}

SmallVector<Value> gac::createIndices(ImplicitLocOpBuilder &b, int64_t rank) {
  SmallVector<Value> indices;
  for (int64_t axis = 0; axis != rank; ++axis)
    indices.push_back(linalg::IndexOp::create(b, axis));
  return indices;
}

//===----------------------------------------------------------------------===//
// Reshape
//===----------------------------------------------------------------------===//

/// Which axes of `wide` each axis of `narrow` consists of, where `wide` has
/// more: none unless that follows from the sizes.
static std::optional<SmallVector<ReassociationIndices>>
matchGroups(ArrayRef<SymExpr> wide, ArrayRef<SymExpr> narrow) {
  SmallVector<ReassociationIndices> groups;
  if (narrow.empty()) {
    if (llvm::all_of(wide, [](const SymExpr &size) { return size.isOne(); }))
      return groups;
    return std::nullopt;
  }
  size_t next = 0;
  for (auto [position, size] : llvm::enumerate(narrow)) {
    ReassociationIndices &group = groups.emplace_back();
    SymExpr product = 1;
    // At least one axis, and then ones only as far as the others need none.
    do {
      if (next == wide.size())
        return std::nullopt;
      product *= wide[next];
      group.push_back(static_cast<int64_t>(next++));
    } while (product != size);
    while (next != wide.size() && wide[next].isOne() &&
           wide.size() - next > narrow.size() - position - 1) {
      // Another axis of the narrow shape may want this one for itself.
      if (position + 1 != narrow.size() && narrow[position + 1].isOne())
        break;
      group.push_back(static_cast<int64_t>(next++));
    }
  }
  if (next != wide.size())
    return std::nullopt;
  return groups;
}

/// True if no group has two axes of `type` that are not static: which of them
/// is how long would have to be computed.
static bool isStaticEnough(RankedTensorType type,
                           ArrayRef<ReassociationIndices> groups) {
  return llvm::all_of(groups, [&](const ReassociationIndices &group) {
    return llvm::count_if(group, [&](int64_t axis) {
             return type.isDynamicDim(axis);
           }) <= 1;
  });
}

Value gac::createReshape(ImplicitLocOpBuilder &b, Value tensor,
                         RankedTensorType type, ArrayRef<OpFoldResult> sizes,
                         ArrayRef<SymExpr> from, ArrayRef<SymExpr> to) {
  auto fromType = cast<RankedTensorType>(tensor.getType());
  if (from == to)
    return castTo(b, tensor, type);
  if (from.size() > to.size()) {
    if (auto groups = matchGroups(from, to)) {
      auto collapsed = tensor::CollapseShapeOp::inferCollapsedType(
          fromType, ArrayRef<ReassociationIndices>(*groups));
      Value result =
          tensor::CollapseShapeOp::create(b, collapsed, tensor, *groups);
      return castTo(b, result, type);
    }
  }
  if (from.size() < to.size()) {
    if (auto groups = matchGroups(to, from);
        groups && isStaticEnough(type, *groups)) {
      // A group of static axes is that of a static axis.
      SmallVector<int64_t> known(fromType.getShape());
      for (auto [size, group] : llvm::zip_equal(known, *groups)) {
        int64_t product = 1;
        for (int64_t axis : group)
          product = type.isDynamicDim(axis) || ShapedType::isDynamic(product)
                        ? ShapedType::kDynamic
                        : product * type.getDimSize(axis);
        size = product;
      }
      Sizes output(sizes);
      for (auto [size, axis] : llvm::zip_equal(output, type.getShape()))
        if (!ShapedType::isDynamic(axis))
          size = b.getIndexAttr(axis);
      Value source = castTo(b, tensor, fromType.clone(known));
      return tensor::ExpandShapeOp::create(b, type, source, *groups, output);
    }
  }
  SmallVector<Value> shape;
  for (auto [size, axis] : llvm::zip_equal(sizes, type.getShape()))
    shape.push_back(toIndex(b, ShapedType::isDynamic(axis)
                                   ? size
                                   : OpFoldResult(b.getIndexAttr(axis))));
  auto shapeType = RankedTensorType::get({static_cast<int64_t>(shape.size())},
                                         b.getIndexType());
  Value target = tensor::FromElementsOp::create(b, shapeType, shape);
  return tensor::ReshapeOp::create(b, type, tensor, target);
}

//===----------------------------------------------------------------------===//
// Broadcast
//===----------------------------------------------------------------------===//

BroadcastOperand gac::broadcastOperand(ImplicitLocOpBuilder &b,
                                       const Lowering &lowering, Value operand,
                                       Value converted, ArrayRef<SymExpr> to,
                                       ArrayRef<OpFoldResult> sizes) {
  ArrayRef<SymExpr> own = lowering.getShape(operand);
  auto type = cast<RankedTensorType>(converted.getType());
  int64_t rank = static_cast<int64_t>(to.size());
  int64_t offset = rank - type.getRank();
  SmallVector<AffineExpr> results;
  SmallVector<int64_t> open;
  for (int64_t axis = 0, e = type.getRank(); axis != e; ++axis) {
    const SymExpr &size = own[axis];
    if (size.isOne() && !to[axis + offset].isOne())
      results.push_back(b.getAffineConstantExpr(0));
    else
      results.push_back(b.getAffineDimExpr(axis + offset));
    if (!size.isConstant() && size != to[axis + offset])
      open.push_back(axis);
  }
  if (open.empty())
    return {converted, AffineMap::get(rank, 0, results, b.getContext())};

  SmallVector<int64_t> shape;
  for (OpFoldResult size : sizes)
    shape.push_back(getConstantIntValue(size).value_or(ShapedType::kDynamic));
  Value zero = arith::ConstantIndexOp::create(b, 0);
  Value one = arith::ConstantIndexOp::create(b, 1);
  SmallVector<Value> isOne;
  for (int64_t axis : open)
    isOne.push_back(
        arith::CmpIOp::create(b, arith::CmpIPredicate::eq,
                              toIndex(b, getSize(b, converted, axis)), one));
  Value copy = createElementwise(
      b, RankedTensorType::get(shape, type.getElementType()), sizes, {}, {},
      [&](ImplicitLocOpBuilder &body, ValueRange) -> Value {
        SmallVector<Value> indices;
        for (AffineExpr result : results) {
          auto axis = dyn_cast<AffineDimExpr>(result);
          indices.push_back(
              axis ? linalg::IndexOp::create(body, axis.getPosition()) : zero);
        }
        for (auto [axis, known] : llvm::zip_equal(open, isOne))
          indices[axis] =
              arith::SelectOp::create(body, known, zero, indices[axis]);
        return tensor::ExtractOp::create(body, converted, indices);
      });
  return {copy, b.getMultiDimIdentityMap(rank)};
}

Sizes gac::getBroadcastSizes(ImplicitLocOpBuilder &b, const Lowering &lowering,
                             ValueRange operands, ValueRange converted,
                             ArrayRef<SymExpr> to) {
  Sizes sizes;
  int64_t rank = static_cast<int64_t>(to.size());
  for (auto [axis, size] : llvm::enumerate(to)) {
    if (std::optional<int64_t> known = size.getConstant()) {
      sizes.push_back(b.getIndexAttr(*known));
      continue;
    }
    // That of an operand which is as long; else of whichever is not one long.
    OpFoldResult found;
    Value one;
    for (bool mustBeEqual : {true, false}) {
      for (auto [operand, value] : llvm::zip_equal(operands, converted)) {
        ArrayRef<SymExpr> own = lowering.getShape(operand);
        int64_t position = static_cast<int64_t>(axis) - rank +
                           static_cast<int64_t>(own.size());
        if (position < 0 || own[position].isOne() ||
            (mustBeEqual && own[position] != size))
          continue;
        OpFoldResult other = getSize(b, value, position);
        if (!found) {
          found = other;
        } else {
          if (!one)
            one = arith::ConstantIndexOp::create(b, 1);
          Value first = toIndex(b, found);
          Value isOne =
              arith::CmpIOp::create(b, arith::CmpIPredicate::eq, first, one);
          found = OpFoldResult(
              arith::SelectOp::create(b, isOne, toIndex(b, other), first)
                  .getResult());
        }
        if (mustBeEqual)
          break;
      }
      if (found)
        break;
    }
    sizes.push_back(found ? found : OpFoldResult(b.getIndexAttr(1)));
  }
  return sizes;
}
