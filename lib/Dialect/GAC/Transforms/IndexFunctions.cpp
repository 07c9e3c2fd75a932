//===- IndexFunctions.cpp - Tensors as functions of indices ---------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "IndexFunctions.h"
#include "ConstantData.h"
#include "Recovery.h"
#include "gac/Dialect/GAC/IR/GACOps.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace mlir;
using namespace gac;

/// Masks are some twenty operations deep. What is deeper is not known, so that
/// no file can exhaust the stack.
static constexpr unsigned maxDepth = 128;

/// What stands for true and false.
static constexpr int64_t isTrue = 0, isFalse = -1;

std::optional<int64_t> IndexFunction::getNumber() const {
  return llvm::all_of(coefficients,
                      [](const SymExpr &number) { return number.isZero(); })
             ? constant.getConstant()
             : std::nullopt;
}

/// Whether a boolean tensor is all true or all false.
static std::optional<bool> getTruth(const IndexFunction &margin) {
  if (std::optional<int64_t> number = margin.getNumber())
    return *number >= 0;
  return std::nullopt;
}

/// True for numbers that are known as they are.
static bool isInteger(Value value) {
  Type element = getElementTypeOrSelf(value.getType());
  return element.isInteger() && !element.isInteger(1);
}

static bool isBoolean(Value value) {
  auto type = dyn_cast<TensorType>(value.getType());
  return type && type.getElementType().isInteger(1);
}

std::optional<IndexFunction> IndexFunctions::get(Value value) {
  auto entry = known.find(value);
  if (entry != known.end())
    return entry->second;
  if (depth == maxDepth)
    return std::nullopt;
  ++depth;
  std::optional<IndexFunction> result = compute(value);
  --depth;
  auto shape = shapes.shapeOf(value);
  if (result && (!shape || result->coefficients.size() != shape->size()))
    result.reset();
  known[value] = result;
  return result;
}

std::optional<IndexFunction> IndexFunctions::compute(Value value) {
  auto type = dyn_cast<TensorType>(value.getType());
  auto shape = shapes.shapeOf(value);
  if (type && isa<FloatType>(type.getElementType()) && value.getDefiningOp())
    return computeMask(value.getDefiningOp());
  if (!type || !type.getElementType().isSignlessInteger() || !shape)
    return std::nullopt;
  // A constant, or a size: the same number everywhere.
  if (auto elements = shapes.valueOf(value); elements && !elements->empty() &&
                                             llvm::all_equal(*elements) &&
                                             !elements->front().hasUnknown()) {
    SymExpr number = elements->front();
    if (isBoolean(value))
      number = number.isZero() ? isFalse : isTrue;
    if (!isBoolean(value) || elements->front().isConstant())
      return IndexFunction{number,
                           SmallVector<SymExpr, 4>(shape->size(), SymExpr(0))};
  }
  Operation *op = value.getDefiningOp();
  if (!op)
    return std::nullopt;
  if (auto range = dyn_cast<RangeOp>(op)) {
    auto start = shapes.valueOf(range.getStart());
    auto delta = shapes.valueOf(range.getDelta());
    if (!start || !delta || start->size() != 1 || delta->size() != 1)
      return std::nullopt;
    return IndexFunction{start->front(), {delta->front()}};
  }
  if (isBoolean(value))
    if (auto triangle = computeTriangle(value))
      return triangle;
  if (isBoolean(value) || isa<CastOp>(op))
    if (auto result = computeLogic(op))
      return result;
  if (isa<AddOp>(op))
    return getSum(op, 1);
  if (isa<SubOp>(op))
    return getSum(op, -1);
  if (auto sum = dyn_cast<CumSumOp>(op)) {
    // A sum of zeros.
    auto summand = get(sum.getX());
    return summand && summand->getNumber() == 0 ? summand : std::nullopt;
  }
  if (isa<ConcatOp>(op))
    return computeConcat(op);
  if (isa<GatherNDOp>(op))
    return computeGather(op);
  return computeLayout(op);
}

//===----------------------------------------------------------------------===//
// Elementwise
//===----------------------------------------------------------------------===//

std::optional<IndexFunction>
IndexFunction::broadcastTo(ArrayRef<SymExpr> to, ArrayRef<SymExpr> from) const {
  if (from.size() > to.size() || coefficients.size() != from.size())
    return std::nullopt;
  IndexFunction result{constant,
                       SmallVector<SymExpr, 4>(to.size(), SymExpr(0))};
  size_t offset = to.size() - from.size();
  for (auto [axis, coefficient] : llvm::enumerate(coefficients)) {
    if (from[axis].isOne() || coefficient.isZero())
      continue;
    if (from[axis] != to[offset + axis])
      return std::nullopt;
    result.coefficients[offset + axis] = coefficient;
  }
  return result;
}

std::optional<IndexFunction> IndexFunctions::getBroadcast(Operation *op,
                                                          unsigned operand) {
  auto function = get(op->getOperand(operand));
  auto from = shapes.shapeOf(op->getOperand(operand));
  auto to = shapes.shapeOf(op->getResult(0));
  if (!function || !from || !to)
    return std::nullopt;
  return function->broadcastTo(*to, *from);
}

IndexFunction IndexFunction::plus(const IndexFunction &other,
                                  const SymExpr &factor) const {
  IndexFunction sum = *this;
  sum.constant += factor * other.constant;
  for (auto [one, two] : llvm::zip_equal(sum.coefficients, other.coefficients))
    one += factor * two;
  return sum;
}

std::optional<IndexFunction> IndexFunctions::getSum(Operation *op,
                                                    int64_t factor) {
  auto a = getBroadcast(op, 0), b = getBroadcast(op, 1);
  if (!a || !b)
    return std::nullopt;
  return a->plus(*b, factor);
}

IndexFunction IndexFunction::negate() const {
  IndexFunction zero{-1,
                     SmallVector<SymExpr, 4>(coefficients.size(), SymExpr(0))};
  return zero.plus(*this, -1);
}

std::optional<IndexFunction> IndexFunctions::computeLogic(Operation *op) {
  auto constant = [](IndexFunction function, int64_t number) -> IndexFunction {
    function.constant = number;
    llvm::fill(function.coefficients, SymExpr(0));
    return function;
  };
  if (auto cast = dyn_cast<CastOp>(op)) {
    if (isa<FloatType>(getElementTypeOrSelf(cast.getInput().getType())))
      return isBoolean(cast.getResult()) ? computeNonZero(cast.getInput())
                                         : std::nullopt;
    auto input = get(cast.getInput());
    bool fromBoolean = isBoolean(cast.getInput());
    // Narrow integers could wrap around.
    auto type = getElementTypeOrSelf(cast.getResult().getType());
    bool holdsAll =
        isBoolean(cast.getResult()) || type.getIntOrFloatBitWidth() >= 32;
    if (!input || !holdsAll)
      return std::nullopt;
    if (fromBoolean == isBoolean(cast.getResult()))
      return input;
    if (!fromBoolean) {
      std::optional<int64_t> number = input->getNumber();
      if (!number)
        return std::nullopt;
      return constant(*input, *number ? isTrue : isFalse);
    }
    std::optional<bool> truth = getTruth(*input);
    if (!truth)
      return std::nullopt;
    return constant(*input, *truth);
  }
  if (isa<NotOp>(op)) {
    auto input = get(op->getOperand(0));
    return input ? std::optional(input->negate()) : std::nullopt;
  }
  if (isa<AndOp, OrOp>(op)) {
    auto a = getBroadcast(op, 0), b = getBroadcast(op, 1);
    // The value that decides alone: false for And, true for Or.
    bool strong = isa<OrOp>(op);
    for (const auto &[one, other] : {std::pair(a, b), std::pair(b, a)}) {
      std::optional<bool> truth = one ? getTruth(*one) : std::nullopt;
      if (truth == strong)
        return one;
      if (truth)
        return other;
    }
    return std::nullopt;
  }
  if (auto equal = dyn_cast<EqualOp>(op))
    return computeEqual(equal);
  // Of booleans and masks only the sign is known.
  if (op->getNumOperands() != 2 || !isInteger(op->getOperand(0)))
    return std::nullopt;
  if (!isa<LessOp, LessOrEqualOp, GreaterOp, GreaterOrEqualOp>(op))
    return std::nullopt;
  auto difference = getSum(op, -1);
  if (!difference)
    return std::nullopt;
  if (isa<GreaterOrEqualOp>(op))
    return difference;
  if (isa<LessOp>(op))
    return difference->negate();
  // a <= b is not a > b; a > b is a - b - 1 >= 0.
  IndexFunction greater = *difference;
  greater.constant -= 1;
  return isa<GreaterOp>(op) ? greater : greater.negate();
}

static std::optional<double> getFilled(Value value);

std::optional<IndexFunction> IndexFunctions::computeEqual(EqualOp op) {
  if (isInteger(op.getLhs())) {
    auto difference = getSum(op, -1);
    std::optional<int64_t> number =
        difference ? difference->getNumber() : std::nullopt;
    if (!number)
      return std::nullopt;
    llvm::fill(difference->coefficients, SymExpr(0));
    difference->constant = *number == 0 ? isTrue : isFalse;
    return difference;
  }
  // Where a triangle is zero.
  for (auto [value, other] : bothOrders(op)) {
    auto shape = shapes.shapeOf(value), result = shapes.shapeOf(op.getResult());
    if (getFilled(other) != 0.0 || !shape || !result || *shape != *result)
      continue;
    if (auto triangle = computeNonZero(value))
      return triangle->negate();
  }
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Triangles and masks
//===----------------------------------------------------------------------===//

/// The number that all elements are.
static std::optional<double> getFilled(Value value) {
  Operation *op = value.getDefiningOp();
  // Expand has one operand that matters, and needs no recursion.
  while (isa_and_nonnull<ExpandOp, UnsqueezeOp, IdentityOp>(op))
    op = op->getOperand(0).getDefiningOp();
  if (!isa_and_nonnull<ConstantOp, InitializerOp, ConstantOfShapeOp>(op))
    return std::nullopt;
  Attribute number = op->getAttr("value");
  if (isa<ConstantOfShapeOp>(op) && !number)
    return 0.0;
  auto elements = dyn_cast_or_null<DenseElementsAttr>(number);
  if (!elements || !elements.isSplat())
    return std::nullopt;
  if (isa<FloatType>(elements.getElementType())) {
    APFloat element = elements.getSplatValue<APFloat>();
    bool losesInfo = false;
    element.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven,
                    &losesInfo);
    return element.convertToDouble();
  }
  return elements.getElementType().isInteger()
             ? std::optional<double>(
                   elements.getSplatValue<APInt>().isZero() ? 0 : 1)
             : std::nullopt;
}

/// Of matrices of `sizes` that are all alike, true up to a diagonal: the
/// function that is not negative exactly where they are true.
static std::optional<IndexFunction>
matchDiagonal(ArrayRef<int64_t> sizes,
              llvm::function_ref<bool(int64_t)> isTrueAt) {
  if (sizes.size() < 2)
    return std::nullopt;
  int64_t rows = sizes[sizes.size() - 2], columns = sizes.back(), all = 1;
  for (int64_t size : sizes)
    all *= size;
  if (all == 0)
    return std::nullopt;
  // How many columns are true in a row tells which diagonal it is, unless it is
  // none or all of them.
  auto countTrue = [&](int64_t row) {
    int64_t count = 0;
    while (count < columns && isTrueAt(row * columns + count))
      ++count;
    return count;
  };
  std::optional<int64_t> offset;
  for (int64_t row = 0; row < rows && !offset; ++row)
    if (int64_t count = countTrue(row); count > 0 && count < columns)
      offset = count - row - 1;
  bool first = isTrueAt(0);
  for (int64_t index = 0; index < all; ++index) {
    int64_t column = index % columns, row = index / columns % rows;
    if (isTrueAt(index) != (offset ? column <= row + *offset : first))
      return std::nullopt;
  }
  IndexFunction result{offset.value_or(first ? isTrue : isFalse),
                       SmallVector<SymExpr, 4>(sizes.size(), SymExpr(0))};
  if (offset) {
    result.coefficients[sizes.size() - 2] = 1;
    result.coefficients.back() = -1;
  }
  return result;
}

/// The same of matrices that are true on either side of a diagonal.
static std::optional<IndexFunction>
matchTriangle(ArrayRef<int64_t> sizes,
              llvm::function_ref<bool(int64_t)> isTrueAt) {
  if (auto lower = matchDiagonal(sizes, isTrueAt))
    return lower;
  auto upper =
      matchDiagonal(sizes, [&](int64_t index) { return !isTrueAt(index); });
  return upper ? std::optional(upper->negate()) : std::nullopt;
}

/// Of a matrix that is zero on one side of a diagonal: where it is not.
std::optional<IndexFunction> IndexFunctions::computeTriangle(Value value) {
  auto shape = shapes.shapeOf(value);
  Operation *op = value.getDefiningOp();
  if (!shape || shape->size() < 2 || !op)
    return std::nullopt;
  size_t rank = shape->size();
  IndexFunction lower{0, SmallVector<SymExpr, 4>(rank, SymExpr(0))};
  lower.coefficients[rank - 2] = 1;
  lower.coefficients[rank - 1] = -1;
  if (isa<ConstantOp, InitializerOp>(op)) {
    auto data = ConstantData::read(value);
    return data ? matchTriangle(data->getSizes(),
                                [&](int64_t index) {
                                  return data->getNumber(index) != 0;
                                })
                : std::nullopt;
  }
  auto trilu = dyn_cast<TriluOp>(op);
  std::optional<double> filled =
      trilu ? getFilled(trilu.getInput()) : std::nullopt;
  auto k = trilu && trilu.getK() ? shapes.constantOf(trilu.getK())
                                 : SmallVector<int64_t>{0};
  if (!filled || *filled == 0 || std::isnan(*filled) || !k || k->size() != 1)
    return std::nullopt;
  lower.constant = k->front();
  if (!trilu.getUpper())
    return lower;
  // Above the diagonal that is one further to the left.
  lower.constant -= 1;
  return lower.negate();
}

/// Where a floating-point tensor is not zero: in a triangle, or where a mask
/// hides.
std::optional<IndexFunction> IndexFunctions::computeNonZero(Value value) {
  if (auto triangle = computeTriangle(value))
    return triangle;
  auto mask = isInteger(value) ? std::nullopt : get(value);
  return mask ? std::optional(mask->negate()) : std::nullopt;
}

std::optional<IndexFunction> IndexFunctions::computeMask(Operation *op) {
  auto isMasking = [](Value value) {
    return isMaskingNumber(getFilled(value), getElementTypeOf(value));
  };
  if (auto where = dyn_cast<WhereOp>(op)) {
    auto margin = getBroadcast(op, 0);
    if (margin && getFilled(where.getX()) == 0.0 && isMasking(where.getY()))
      return margin;
    if (margin && getFilled(where.getY()) == 0.0 && isMasking(where.getX()))
      return margin->negate();
    return std::nullopt;
  }
  if (auto trilu = dyn_cast<TriluOp>(op)) {
    auto triangle = computeTriangle(trilu.getResult());
    return triangle && isMasking(trilu.getInput())
               ? std::optional(triangle->negate())
               : std::nullopt;
  }
  if (isa<ConstantOp, InitializerOp>(op)) {
    auto data = ConstantData::read(op->getResult(0));
    if (!data)
      return std::nullopt;
    Type element = data->getType().getElementType();
    for (int64_t index = 0; index < data->size(); ++index)
      if (double number = data->getNumber(index);
          number != 0 && !isMaskingNumber(number, element))
        return std::nullopt;
    return matchTriangle(data->getSizes(), [&](int64_t index) {
      return data->getNumber(index) == 0;
    });
  }
  return computeLayout(op);
}
