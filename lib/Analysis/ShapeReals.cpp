//===- ShapeReals.cpp - Sizes that go through real numbers ------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Exporters trace what a model computes of sizes in Python: a square root, a
// scale, a division rounded up. What comes out as an integer again is a size.
//
//===----------------------------------------------------------------------===//

#include "ShapeEvaluator.h"

#include "gac/Analysis/DimensionAnalysis.h"
#include "gac/Dialect/GAC/IR/GACOps.h"

#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace mlir;
using namespace gac;

/// Reals above this are no sizes; below it, floats hold every integer.
static constexpr double kLargest = 16777216.0;

/// `number` as the elements of `value` hold it; nothing for types that would
/// round sizes.
static std::optional<double> roundTo(Value value, double number) {
  Type type = getElementTypeOrSelf(value.getType());
  if (!std::isfinite(number))
    return std::nullopt;
  if (type.isF64())
    return number;
  return type.isF32() ? std::optional<double>(static_cast<float>(number))
                      : std::nullopt;
}

static std::optional<int64_t> getInteger(std::optional<double> number) {
  if (!number || *number != std::floor(*number) ||
      std::fabs(*number) > kLargest)
    return std::nullopt;
  return static_cast<int64_t>(*number);
}

std::optional<ShapeEvaluator::Real> ShapeEvaluator::getReal(Value value) const {
  if (auto known = reals.find(value); known != reals.end())
    return known->second;
  const Info *info = values.lookup(value);
  if (!info || !info->elements || info->elements->size() != 1)
    return std::nullopt;
  const SymExpr &element = info->elements->front();
  if (std::optional<int64_t> number = element.getConstant())
    return Real{static_cast<double>(*number), {}, 1};
  return Real{std::nullopt, element, 1};
}

void ShapeEvaluator::evaluateReal(Operation *op) {
  if (op->getNumResults() != 1)
    return;
  Value result = op->getResult(0);
  std::optional<ArrayRef<SymExpr>> shape = values.shapeOf(result);
  if (!isa<FloatType>(getElementTypeOrSelf(result.getType())) || !shape ||
      !llvm::all_of(*shape, [](const SymExpr &size) { return size.isOne(); }))
    return;
  std::optional<Real> real = computeReal(op);
  if (real && real->number)
    real->number = roundTo(result, *real->number);
  bool isKnown = real && (real->number || (!real->numerator.isConstant() &&
                                           roundTo(result, 0.0).has_value()));
  if (isKnown)
    reals.try_emplace(result, *real);
}

/// Real numbers by integers, where no rounding can be seen.
template <typename Real>
static std::optional<Real> scale(const Real &of, double factor) {
  if (std::optional<int64_t> integer = getInteger(factor))
    return Real{std::nullopt, of.numerator * *integer, of.divisor};
  int exponent;
  std::optional<int64_t> divisor = getInteger(1.0 / factor);
  if (divisor && *divisor > 0 && std::frexp(factor, &exponent) == 0.5)
    return Real{std::nullopt, of.numerator, of.divisor * *divisor};
  return std::nullopt;
}

std::optional<ShapeEvaluator::Real> ShapeEvaluator::computeReal(Operation *op) {
  if (isa<InitializerOp, ConstantOp>(op)) {
    std::optional<double> number = getScalarConstant(op->getResult(0));
    return number ? std::optional(Real{number, {}, 1}) : std::nullopt;
  }
  SmallVector<Real, 2> operands;
  for (Value operand : op->getOperands()) {
    std::optional<Real> real = getReal(operand);
    if (!real)
      break;
    operands.push_back(*real);
  }
  if (operands.empty())
    return std::nullopt;
  if (isa<CastOp, IdentityOp, SqueezeOp, UnsqueezeOp, ReshapeOp>(op))
    return operands[0];
  if (operands.size() != op->getNumOperands())
    return std::nullopt;

  if (llvm::all_of(operands, [](const Real &real) { return real.number; })) {
    auto function = dyn_cast<ElementwiseOpInterface>(op);
    if (!function)
      return std::nullopt;
    std::optional<double> number = function.evaluateScalar(
        llvm::map_to_vector(operands, [](const Real &r) { return *r.number; }));
    return number ? std::optional(Real{number, {}, 1}) : std::nullopt;
  }
  auto roundedBy = [&](auto round) {
    return Real{std::nullopt,
                round(operands[0].numerator, SymExpr(operands[0].divisor)), 1};
  };
  return llvm::TypeSwitch<Operation *, std::optional<Real>>(op)
      .Case([&](FloorOp) {
        return roundedBy(
            [](const SymExpr &a, const SymExpr &b) { return a.floorDiv(b); });
      })
      .Case([&](CeilOp) {
        return roundedBy(
            [](const SymExpr &a, const SymExpr &b) { return a.ceilDiv(b); });
      })
      .Case([&](MulOp) -> std::optional<Real> {
        bool isFirst = operands[0].number.has_value();
        const Real &factor = operands[isFirst ? 0 : 1];
        if (!factor.number)
          return std::nullopt;
        return scale(operands[isFirst ? 1 : 0], *factor.number);
      })
      .Case([&](DivOp) -> std::optional<Real> {
        std::optional<int64_t> divisor = getInteger(operands[1].number);
        if (!divisor || *divisor < 1 || operands[0].number)
          return std::nullopt;
        return Real{std::nullopt, operands[0].numerator,
                    operands[0].divisor * *divisor};
      })
      .Default(std::nullopt);
}

std::optional<ShapeEvaluator::Elements>
ShapeEvaluator::truncateReal(CastOp op) {
  auto known = reals.find(op.getInput());
  const Info *info = values.lookup(op.getInput());
  if (known == reals.end() || !info)
    return std::nullopt;
  const Real &real = known->second;
  if (!real.number) {
    // Towards zero, which is down where nothing is negative.
    if (!real.numerator.isNonNegative())
      return std::nullopt;
    return Elements{{real.numerator.floorDiv(real.divisor), info->sources}};
  }
  // Close to an integer, but none, another library may be on its other side.
  double number = *real.number, nearest = std::round(number);
  bool isClear = number == nearest || std::fabs(number - nearest) > 1e-4;
  if (!isClear || std::fabs(number) > kLargest)
    return std::nullopt;
  return Elements{{SymExpr(static_cast<int64_t>(number)), info->sources}};
}
