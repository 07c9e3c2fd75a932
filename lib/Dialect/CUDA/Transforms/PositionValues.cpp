//===- PositionValues.cpp - Integers that depend on positions -------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PositionValues.h"

#include "gac/Dialect/CUDA/IR/CUDAOps.h"
#include "gac/Import/OnnxTypes.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace gac;

std::optional<PositionValues::Affine>
PositionValues::getAffine(const SymExpr &expr) const {
  auto evaluate = [&](std::optional<size_t> one) {
    return expr.evaluate([&](StringRef name) -> std::optional<int64_t> {
      for (auto [i, position] : llvm::enumerate(positions))
        if (position.symbol == name)
          return one == i ? 1 : 0;
      return std::nullopt;
    });
  };
  std::optional<int64_t> constant = evaluate(std::nullopt);
  if (!constant)
    return std::nullopt;
  Affine affine{*constant, {}};
  SymExpr sum = *constant;
  for (auto [i, position] : llvm::enumerate(positions)) {
    std::optional<int64_t> next = evaluate(i);
    int64_t factor;
    if (!next || llvm::SubOverflow(*next, *constant, factor))
      return std::nullopt;
    affine.factors.push_back(factor);
    sum += SymExpr::symbol(position.symbol) * factor;
  }
  return sum == expr ? std::optional(affine) : std::nullopt;
}

static Value createConstant(OpBuilder &builder, Location loc,
                            RankedTensorType type, ArrayRef<int64_t> elements) {
  auto element = cast<IntegerType>(type.getElementType());
  auto numbers = llvm::map_to_vector(elements, [&](int64_t number) {
    return APInt(element.getWidth(), number, !element.isUnsigned(),
                 /*implicitTrunc=*/true);
  });
  return ConstantOp::create(builder, loc, type,
                            DenseElementsAttr::get(type, numbers),
                            /*form=*/StringAttr());
}

Value PositionValues::getScalar(size_t position, Type elementType) {
  Value &scalar = scalars[{position, elementType}];
  if (scalar)
    return scalar;
  Type i32 = IntegerType::get(function.getContext(), 32);
  if (elementType == i32) {
    OpBuilder builder = OpBuilder::atBlockBegin(&function.getBody().front());
    return scalar = cuda::PositionOp::create(builder, function.getLoc(),
                                             RankedTensorType::get({}, i32),
                                             positions[position].cache);
  }
  // `scalar` does not outlive another look into the map.
  Value number = getScalar(position, i32);
  OpBuilder builder(function.getContext());
  builder.setInsertionPointAfterValue(number);
  Value cast = CastOp::create(
      builder, number.getLoc(), RankedTensorType::get({}, elementType), number,
      builder.getI64IntegerAttr(getOnnxDataType(elementType)),
      /*saturate=*/IntegerAttr(), /*round_mode=*/StringAttr());
  return scalars[{position, elementType}] = cast;
}

Value PositionValues::build(OpBuilder &builder, Location loc,
                            RankedTensorType type, ArrayRef<Affine> elements) {
  auto scalar = RankedTensorType::get({}, type.getElementType());
  Value sum;
  for (size_t i = 0; i != positions.size(); ++i) {
    auto factors = llvm::map_to_vector(
        elements, [&](const Affine &affine) { return affine.factors[i]; });
    if (llvm::all_of(factors, [](int64_t factor) { return factor == 0; }))
      continue;
    Value term = getScalar(i, type.getElementType());
    bool isUniform = llvm::all_equal(factors);
    if (!isUniform || factors.front() != 1) {
      auto factorType = isUniform ? scalar : type;
      auto numbers = ArrayRef(factors).take_front(
          isUniform ? 1 : static_cast<size_t>(factors.size()));
      Value factor = createConstant(builder, loc, factorType, numbers);
      term = MulOp::create(builder, loc, factorType, factor, term);
    }
    if (sum) {
      Type both = sum.getType() == type ? Type(type) : term.getType();
      term = AddOp::create(builder, loc, both, sum, term);
    }
    sum = term;
  }
  auto constants = llvm::map_to_vector(
      elements, [](const Affine &affine) { return affine.constant; });
  bool isZero =
      llvm::all_of(constants, [](int64_t number) { return number == 0; });
  if (isZero && sum.getType() == type)
    return sum;
  // The constants also give the sum its shape.
  Value rest = createConstant(builder, loc, type, constants);
  return AddOp::create(builder, loc, type, sum, rest);
}

/// A gac.range from an affine start by a constant step, as one from the start's
/// constant and the positions; null if it is another.
Value PositionValues::buildRange(RangeOp op, const ShapeValues &values) {
  auto type = dyn_cast<RankedTensorType>(op.getResult().getType());
  auto start = values.valueOf(op.getStart());
  auto delta = values.constantOf(op.getDelta());
  if (!type || !type.hasStaticShape() ||
      !isa<IntegerType>(type.getElementType()) || !start ||
      start->size() != 1 || !delta || delta->size() != 1)
    return {};
  std::optional<Affine> affine = getAffine(start->front());
  int64_t length, limit;
  if (!affine ||
      llvm::MulOverflow(delta->front(), type.getDimSize(0), length) ||
      llvm::AddOverflow(affine->constant, length, limit))
    return {};
  OpBuilder builder(op);
  Location loc = op.getLoc();
  auto scalar = RankedTensorType::get({}, type.getElementType());
  Value first = createConstant(builder, loc, scalar, affine->constant);
  Value last = createConstant(builder, loc, scalar, limit);
  Value step = createConstant(builder, loc, scalar, delta->front());
  Value range = RangeOp::create(builder, loc, type, first, last, step);
  affine->constant = 0;
  Value positionsAlone = build(builder, loc, scalar, *affine);
  return AddOp::create(builder, loc, type, range, positionsAlone);
}

static bool isConstant(ArrayRef<SymExpr> elements) {
  return llvm::all_of(
      elements, [](const SymExpr &element) { return element.isConstant(); });
}

void PositionValues::replace(const ShapeValues &values) {
  if (positions.empty())
    return;
  SmallVector<Operation *> ops;
  function.walk([&](Operation *op) { ops.push_back(op); });
  // Readers first: `values` knows their operands as they were.
  for (Operation *op : llvm::reverse(ops))
    for (OpResult result : op->getResults()) {
      if (result.use_empty())
        continue;
      Value replacement;
      auto type = dyn_cast<RankedTensorType>(result.getType());
      auto elements = values.valueOf(result);
      if (type && type.hasStaticShape() && elements && !elements->empty() &&
          isa<IntegerType>(type.getElementType())) {
        if (isConstant(*elements))
          continue;
        SmallVector<Affine> affine;
        for (const SymExpr &element : *elements)
          if (std::optional<Affine> one = getAffine(element))
            affine.push_back(*one);
        if (affine.size() == elements->size()) {
          OpBuilder builder(op);
          replacement = build(builder, op->getLoc(), type, affine);
        }
      } else if (auto range = dyn_cast<RangeOp>(op)) {
        if (auto start = values.valueOf(range.getStart());
            start && !isConstant(*start))
          replacement = buildRange(range, values);
      }
      if (!replacement)
        continue;
      if (Operation *by = replacement.getDefiningOp(); by->getNumResults() == 1)
        for (StringRef name : {gac::attr::outputs, gac::attr::layer})
          if (Attribute known = op->getAttr(name);
              known && op->getNumResults() == 1 && !isa<cuda::PositionOp>(by))
            by->setAttr(name, known);
      result.replaceAllUsesWith(replacement);
    }
}
