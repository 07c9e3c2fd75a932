//===- NormalizationMatcher.cpp - What written-out norms share ------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NormalizationMatcher.h"
#include "ConstantData.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>

using namespace mlir;
using namespace gac;

DenseFPElementsAttr gac::readVector(Value value) {
  constexpr int64_t kMaxBytes = int64_t(1) << 20;
  Attribute attribute;
  if (auto initializer = value.getDefiningOp<InitializerOp>())
    attribute = initializer.getValueAttr();
  else if (auto constant = value.getDefiningOp<ConstantOp>())
    attribute = constant.getValueAttr();
  if (auto elements = dyn_cast_or_null<DenseFPElementsAttr>(attribute))
    return elements;
  std::optional<ConstantData> data = ConstantData::read(value, kMaxBytes);
  if (!data || data->getType().getRank() != 1 ||
      !isa<FloatType>(data->getType().getElementType()))
    return {};
  return cast<DenseFPElementsAttr>(
      DenseElementsAttr::getFromRawBuffer(data->getType(), data->getBytes()));
}

LanesAttr gac::readMask(Value value) {
  DenseFPElementsAttr elements = readVector(value);
  if (!elements || elements.getType().getRank() != 1)
    return {};
  SmallVector<LaneRun> runs;
  int64_t lane = 0, count = 0;
  for (const APFloat &element : elements.getValues<APFloat>()) {
    if (!element.isZero()) {
      if (!element.isExactlyValue(1.0))
        return {};
      if (!runs.empty() && runs.back().to + runs.back().length == lane)
        ++runs.back().length;
      else
        runs.push_back({count, lane, 1});
      ++count;
    }
    ++lane;
  }
  return count ? LanesAttr::get(value.getContext(), lane, runs) : LanesAttr();
}

/// The x of x * x or x^2, else null.
Value NormalizationMatcher::matchSquare(Value value) const {
  if (auto mul = getOwn<MulOp>(value))
    return mul.getLhs() == mul.getRhs() ? mul.getLhs() : Value();
  if (auto pow = getOwn<PowOp>(value))
    return getFloatConstant(pow.getRhs()) == 2.0 ? pow.getLhs() : Value();
  return {};
}

/// A reduction of the last axes, kept.
template <typename OpTy>
std::optional<Mean> NormalizationMatcher::matchReduction(Value value) const {
  auto reduce = getOwn<OpTy>(value);
  if (!reduce || reduce.getKeepdims() != 1)
    return std::nullopt;
  auto shape = recovery.getShape(reduce.getData());
  auto axes = recovery.getNumbers(reduce.getAxes(), reduce.getAxesOperand());
  if (!shape || !axes || axes->empty())
    return std::nullopt;
  int64_t rank = shape->size(), numAxes = axes->size();
  for (int64_t &axis : *axes)
    axis = axis < 0 ? axis + rank : axis;
  llvm::sort(*axes);
  bool areLast = llvm::all_of(llvm::enumerate(*axes), [&](auto entry) {
    return entry.value() ==
           rank - numAxes + static_cast<int64_t>(entry.index());
  });
  if (!areLast)
    return std::nullopt;
  return Mean{reduce.getData(), numAxes, /*count=*/std::nullopt};
}

std::optional<int64_t>
NormalizationMatcher::countLanes(const Mean &mean) const {
  auto shape = recovery.getShape(mean.data);
  SymExpr lanes = 1;
  for (const SymExpr &size : ArrayRef(*shape).take_back(mean.numAxes))
    lanes = lanes * size;
  return lanes.getConstant();
}

/// The n of which `constant` is f(n), rounded to the constant's type, if it is
/// `guess` and a count of some of `lanes` lanes.
static std::optional<int64_t>
getCount(double guess, int64_t lanes, Value constant,
         llvm::function_ref<double(double)> function) {
  double n = std::round(guess);
  if (!(n >= 1 && n <= static_cast<double>(lanes)))
    return std::nullopt;
  APFloat rounded(function(n));
  bool losesInfo = false;
  rounded.convert(
      cast<FloatType>(getElementTypeOf(constant)).getFloatSemantics(),
      APFloat::rmNearestTiesToEven, &losesInfo);
  rounded.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven,
                  &losesInfo);
  if (rounded.convertToDouble() != getFloatConstant(constant))
    return std::nullopt;
  return static_cast<int64_t>(n);
}

std::optional<Mean> NormalizationMatcher::matchMean(Value value) const {
  if (auto mean = matchReduction<ReduceMeanOp>(value))
    return mean;
  auto withCount = [&](std::optional<Mean> mean, Value constant,
                       llvm::function_ref<double(double, double)> guess)
      -> std::optional<Mean> {
    std::optional<double> number = getFloatConstant(constant);
    std::optional<int64_t> lanes = mean ? countLanes(*mean) : std::nullopt;
    if (!number || !lanes)
      return std::nullopt;
    auto total = static_cast<double>(*lanes);
    // Each is its own inverse in the number.
    mean->count = getCount(guess(*number, total), *lanes, constant,
                           [&](double count) { return guess(count, total); });
    if (!mean->count)
      return std::nullopt;
    if (mean->count == lanes)
      mean->count.reset();
    return mean;
  };
  if (auto div = getOwn<DivOp>(value))
    return withCount(matchReduction<ReduceSumOp>(div.getLhs()), div.getRhs(),
                     [](double number, double) { return number; });
  if (auto mul = getOwn<MulOp>(value))
    for (auto [reduced, constant] : bothOrders(mul)) {
      if (auto mean =
              withCount(matchReduction<ReduceSumOp>(reduced), constant,
                        [](double number, double) { return 1 / number; }))
        return mean;
      if (auto mean = withCount(
              matchReduction<ReduceMeanOp>(reduced), constant,
              [](double number, double lanes) { return lanes / number; }))
        return mean;
    }
  return std::nullopt;
}

/// What a mean is of, without the mask that its count speaks of.
std::pair<Value, LanesAttr>
NormalizationMatcher::matchMask(const Mean &mean) const {
  auto shape = recovery.getShape(mean.data);
  if (auto mul =
          mean.count && mean.numAxes == 1 ? getOwn<MulOp>(mean.data) : MulOp())
    for (auto [data, mask] : bothOrders(mul))
      if (LanesAttr lanes = readMask(mask);
          lanes && lanes.getOldSize() == *mean.count &&
          shape->back() == SymExpr(lanes.getSize()))
        return {data, lanes};
  return {mean.data, LanesAttr()};
}

/// mean(x^2) + epsilon.
std::optional<RootMeanSquare>
NormalizationMatcher::matchSquaredRoot(Value value) const {
  auto add = getOwn<AddOp>(value);
  if (!add)
    return std::nullopt;
  for (auto [sum, constant] : bothOrders(add)) {
    std::optional<double> epsilon = getFloatConstant(constant);
    // The attribute of the operation is an f32.
    if (!epsilon || static_cast<float>(*epsilon) != *epsilon)
      continue;
    std::optional<Mean> mean = matchMean(sum);
    if (!mean)
      continue;
    auto [squares, lanes] = matchMask(*mean);
    if (Value x = matchSquare(squares))
      return RootMeanSquare{x, squares, *mean, static_cast<float>(*epsilon),
                            lanes};
  }
  return std::nullopt;
}

/// The v of 1 / sqrt(v) in any of its spellings.
std::optional<Value> NormalizationMatcher::matchInverseRoot(Value value) const {
  Value root;
  if (auto reciprocal = getOwn<ReciprocalOp>(value))
    root = reciprocal.getInput();
  else if (auto div = getOwn<DivOp>(value);
           div && getFloatConstant(div.getLhs()) == 1.0)
    root = div.getRhs();
  else if (auto pow = getOwn<PowOp>(value);
           pow && getFloatConstant(pow.getRhs()) == -0.5)
    return pow.getLhs();
  if (!root)
    return std::nullopt;
  auto sqrt = getOwn<SqrtOp>(root);
  return sqrt ? std::optional<Value>(sqrt.getInput()) : std::nullopt;
}

std::optional<RootMeanSquare>
NormalizationMatcher::matchNormalized(Value value) const {
  if (auto mul = getOwn<MulOp>(value))
    for (auto [x, factor] : bothOrders(mul))
      if (auto square = matchInverseRoot(factor))
        if (auto root = matchSquaredRoot(*square); root && root->x == x)
          return root;
  if (auto div = getOwn<DivOp>(value))
    if (auto sqrt = getOwn<SqrtOp>(div.getRhs()))
      if (auto root = matchSquaredRoot(sqrt.getInput());
          root && root->x == div.getLhs())
        return root;
  return std::nullopt;
}
