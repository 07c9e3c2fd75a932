//===- ScalarFunctions.cpp - What elementwise ops compute of elements -----===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lowering.h"
#include "gac/Dialect/GAC/Transforms/ElementwiseBodies.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/TypeSwitch.h"

#include <limits>

using namespace mlir;
using namespace gac;

namespace {
/// Arithmetic on elements of one type.
class Scalars {
public:
  Scalars(ImplicitLocOpBuilder &b, Type type, bool isUnsigned)
      : b(b), type(type), isUnsigned(isUnsigned) {}

  bool isFloat() const { return isa<FloatType>(type); }
  bool isBool() const { return type.isInteger(1); }

  Value number(double value) const { return createScalar(b, type, value); }

  Value add(Value x, Value y) const {
    return binary<arith::AddFOp, arith::AddIOp>(x, y);
  }
  Value sub(Value x, Value y) const {
    return binary<arith::SubFOp, arith::SubIOp>(x, y);
  }
  Value mul(Value x, Value y) const {
    return binary<arith::MulFOp, arith::MulIOp>(x, y);
  }
  Value div(Value x, Value y) const {
    return isUnsigned ? binary<arith::DivFOp, arith::DivUIOp>(x, y)
                      : binary<arith::DivFOp, arith::DivSIOp>(x, y);
  }
  /// NaN if either is.
  Value max(Value x, Value y) const {
    return isUnsigned ? binary<arith::MaximumFOp, arith::MaxUIOp>(x, y)
                      : binary<arith::MaximumFOp, arith::MaxSIOp>(x, y);
  }
  Value min(Value x, Value y) const {
    return isUnsigned ? binary<arith::MinimumFOp, arith::MinUIOp>(x, y)
                      : binary<arith::MinimumFOp, arith::MinSIOp>(x, y);
  }
  Value neg(Value x) const {
    return isFloat() ? arith::NegFOp::create(b, x).getResult()
                     : sub(number(0), x);
  }
  Value select(Value condition, Value x, Value y) const {
    return arith::SelectOp::create(b, condition, x, y);
  }

  Value equal(Value x, Value y) const {
    return compare(arith::CmpFPredicate::OEQ, arith::CmpIPredicate::eq,
                   arith::CmpIPredicate::eq, x, y);
  }
  Value less(Value x, Value y) const {
    return compare(arith::CmpFPredicate::OLT, arith::CmpIPredicate::slt,
                   arith::CmpIPredicate::ult, x, y);
  }
  Value lessOrEqual(Value x, Value y) const {
    return compare(arith::CmpFPredicate::OLE, arith::CmpIPredicate::sle,
                   arith::CmpIPredicate::ule, x, y);
  }

  Value expm1(Value x) const { return math::ExpM1Op::create(b, x); }

  /// As C has it (fmod) or with the sign of the divisor, as Python has it.
  Value mod(Value x, Value y, bool isC) const {
    if (isUnsigned && !isFloat())
      return arith::RemUIOp::create(b, x, y);
    Value rest = binary<arith::RemFOp, arith::RemSIOp>(x, y);
    if (isC)
      return rest;
    Value zero = number(0);
    Value isNegative = less(rest, zero);
    Value differs =
        arith::XOrIOp::create(b, isNegative, less(y, zero)).getResult();
    Value isWhole = equal(rest, zero);
    return select(isWhole, rest, select(differs, add(rest, y), rest));
  }

private:
  template <typename FloatOp, typename IntOp>
  Value binary(Value x, Value y) const {
    if (isFloat())
      return FloatOp::create(b, x, y);
    return IntOp::create(b, x, y);
  }
  Value compare(arith::CmpFPredicate ofFloats, arith::CmpIPredicate ofSigned,
                arith::CmpIPredicate ofUnsigned, Value x, Value y) const {
    if (isFloat())
      return arith::CmpFOp::create(b, ofFloats, x, y);
    return arith::CmpIOp::create(
        b, isUnsigned || isBool() ? ofUnsigned : ofSigned, x, y);
  }

  ImplicitLocOpBuilder &b;
  Type type;
  bool isUnsigned;
};
} // namespace

static bool isUnsignedTensor(Value value) {
  return cast<ShapedType>(value.getType()).getElementType().isUnsignedInteger();
}

Value gac::createCast(ImplicitLocOpBuilder &b, Value element, bool isUnsigned,
                      Type to, bool isToUnsigned) {
  Type from = element.getType();
  bool isToFloat = isa<FloatType>(to);
  if (isUnsigned && isToFloat)
    return arith::UIToFPOp::create(b, to, element);
  if (isToUnsigned && isa<FloatType>(from))
    return arith::FPToUIOp::create(b, to, element);
  if (isUnsigned && !isToFloat &&
      from.getIntOrFloatBitWidth() < to.getIntOrFloatBitWidth())
    return arith::ExtUIOp::create(b, to, element);
  if (!isa<FloatType>(from) && !isToFloat && !to.isInteger(1) &&
      from.getIntOrFloatBitWidth() == to.getIntOrFloatBitWidth())
    return element;
  return convertScalar(b, b.getLoc(), element, to);
}

/// Functions of floating-point numbers that kernels have no code for.
static Value createFunction(ImplicitLocOpBuilder &b, Operation *op,
                            const Scalars &s, Value x) {
  auto number = [&](const APFloat &value) {
    return s.number(value.convertToDouble());
  };
  auto atLeastZero = [&] { return s.lessOrEqual(s.number(0), x); };
  return TypeSwitch<Operation *, Value>(op)
      .Case([&](AcosOp) { return math::AcosOp::create(b, x); })
      .Case([&](AcoshOp) { return math::AcoshOp::create(b, x); })
      .Case([&](AsinOp) { return math::AsinOp::create(b, x); })
      .Case([&](AsinhOp) { return math::AsinhOp::create(b, x); })
      .Case([&](AtanOp) { return math::AtanOp::create(b, x); })
      .Case([&](AtanhOp) { return math::AtanhOp::create(b, x); })
      .Case([&](CoshOp) { return math::CoshOp::create(b, x); })
      .Case([&](SinhOp) { return math::SinhOp::create(b, x); })
      .Case([&](TanOp) { return math::TanOp::create(b, x); })
      .Case([&](CeluOp celu) {
        Value alpha = number(celu.getAlpha());
        return s.select(atLeastZero(), x,
                        s.mul(alpha, s.expm1(s.div(x, alpha))));
      })
      .Case([&](SeluOp selu) {
        Value negative = s.mul(number(selu.getAlpha()), s.expm1(x));
        return s.mul(number(selu.getGamma()),
                     s.select(atLeastZero(), x, negative));
      })
      .Case([&](ThresholdedReluOp relu) {
        return s.select(s.less(number(relu.getAlpha()), x), x, s.number(0));
      })
      .Case([&](SoftsignOp) {
        Value size = math::AbsFOp::create(b, x);
        return s.div(x, s.add(s.number(1), size));
      })
      .Case([&](MishOp) {
        // x * tanh(log(1 + exp(x))), without exp of a large number.
        Value size = math::AbsFOp::create(b, x);
        Value exponent = math::ExpOp::create(b, s.neg(size));
        Value rest = math::Log1pOp::create(b, exponent);
        Value softplus = s.add(s.max(x, s.number(0)), rest);
        return s.mul(x, math::TanhOp::create(b, softplus));
      })
      .Case([&](ShrinkOp shrink) {
        Value bias = number(shrink.getBias()),
              bound = number(shrink.getLambd());
        Value above = s.select(s.less(bound, x), s.sub(x, bias), s.number(0));
        return s.select(s.less(x, s.neg(bound)), s.add(x, bias), above);
      })
      .Case([&](IsInfOp inf) {
        double infinity = std::numeric_limits<double>::infinity();
        Value result = createScalar(b, b.getI1Type(), 0);
        if (inf.getDetectPositive() != 0)
          result =
              arith::OrIOp::create(b, result, s.equal(x, s.number(infinity)));
        if (inf.getDetectNegative() != 0)
          result =
              arith::OrIOp::create(b, result, s.equal(x, s.number(-infinity)));
        return result;
      })
      .Default([](Operation *) { return Value(); });
}

/// Folds a variadic op from the left.
static Value accumulate(ValueRange elements,
                        function_ref<Value(Value, Value)> combine) {
  Value result = elements.front();
  for (Value element : elements.drop_front())
    result = combine(result, element);
  return result;
}

/// Pow of an integer: floats are buildElementwise's.
static Value createPow(ImplicitLocOpBuilder &b, PowOp op, ValueRange elements) {
  Value base = elements[0], exponent = elements[1];
  bool isUnsigned = isUnsignedTensor(op.getRhs());
  if (isa<IntegerType>(exponent.getType())) {
    exponent = createCast(b, exponent, isUnsigned, base.getType(), isUnsigned);
    return math::IPowIOp::create(b, base, exponent);
  }
  // To the power of a real number, cut off.
  Type real = exponent.getType();
  bool isBaseUnsigned = isUnsignedTensor(op.getLhs());
  Value power = math::PowFOp::create(
      b, createCast(b, base, isBaseUnsigned, real, false), exponent);
  return createCast(b, power, false, base.getType(), isBaseUnsigned);
}

static Value createClip(ClipOp op, const Scalars &s, ValueRange elements) {
  Value x = elements[0];
  size_t next = 1;
  if (op.getMinOperand())
    x = s.max(x, elements[next++]);
  else if (std::optional<APFloat> min = op.getMin())
    x = s.max(x, s.number(min->convertToDouble()));
  if (op.getMaxOperand())
    x = s.min(x, elements[next]);
  else if (std::optional<APFloat> max = op.getMax())
    x = s.min(x, s.number(max->convertToDouble()));
  return x;
}

/// Ops on numbers of any type, and on bits, that kernels have no code for, or
/// not for unsigned integers.
static Value createArithmetic(ImplicitLocOpBuilder &b, Operation *op,
                              const Scalars &s, ValueRange elements) {
  Value x = elements[0];
  Value y = elements.size() > 1 ? elements[1] : Value();
  bool isUnsigned = isUnsignedTensor(op->getOperand(0));
  return TypeSwitch<Operation *, Value>(op)
      .Case([&](DivOp) { return s.div(x, y); })
      .Case([&](ModOp mod) { return s.mod(x, y, mod.getFmod() != 0); })
      .Case([&](PowOp pow) { return createPow(b, pow, elements); })
      .Case([&](PReluOp) {
        return s.select(s.less(x, s.number(0)), s.mul(x, y), x);
      })
      .Case([&](AbsOp) -> Value {
        return isUnsigned ? x : math::AbsIOp::create(b, x).getResult();
      })
      .Case([&](SignOp) {
        Value zero = s.number(0), one = s.number(1);
        Value negative =
            isUnsigned ? x : s.select(s.less(x, zero), s.neg(one), x);
        return s.select(s.less(zero, x), one, negative);
      })
      .Case([&](ReluOp) { return s.max(x, s.number(0)); })
      .Case([&](MaxOp) {
        return accumulate(elements,
                          [&](Value l, Value r) { return s.max(l, r); });
      })
      .Case([&](MinOp) {
        return accumulate(elements,
                          [&](Value l, Value r) { return s.min(l, r); });
      })
      .Case([&](MeanOp) {
        Value sum =
            accumulate(elements, [&](Value l, Value r) { return s.add(l, r); });
        return s.div(sum, s.number(static_cast<double>(elements.size())));
      })
      .Case([&](ClipOp clip) { return createClip(clip, s, elements); })
      .Case([&](BitwiseAndOp) { return arith::AndIOp::create(b, x, y); })
      .Case([&](BitwiseOrOp) { return arith::OrIOp::create(b, x, y); })
      .Case([&](BitwiseXorOp) { return arith::XOrIOp::create(b, x, y); })
      .Case([&](BitwiseNotOp) {
        return arith::XOrIOp::create(b, x, s.number(-1));
      })
      .Case([&](BitShiftOp shift) -> Value {
        if (shift.getDirection() == "LEFT")
          return arith::ShLIOp::create(b, x, y);
        return arith::ShRUIOp::create(b, x, y);
      })
      .Case([&](LessOp) { return s.less(x, y); })
      .Case([&](LessOrEqualOp) { return s.lessOrEqual(x, y); })
      .Case([&](GreaterOp) { return s.less(y, x); })
      .Case([&](GreaterOrEqualOp) { return s.lessOrEqual(y, x); })
      .Default([](Operation *) { return Value(); });
}

/// Ops that tell unsigned integers from signed ones.
static bool isSignSensitive(Operation *op) {
  return isa<DivOp, MaxOp, MinOp, ClipOp, LessOp, LessOrEqualOp, GreaterOp,
             GreaterOrEqualOp>(op);
}

Value gac::createScalarFunction(ImplicitLocOpBuilder &b, Operation *op,
                                ValueRange elements, Type resultElement) {
  bool isUnsigned = isUnsignedTensor(op->getOperand(0));
  if (isa<CastOp>(op))
    return createCast(b, elements[0], isUnsigned, resultElement,
                      isUnsignedTensor(op->getResult(0)));
  if (!isUnsigned || !isSignSensitive(op))
    if (Value result = buildElementwise(b, op, elements))
      return result;
  Scalars s(b, elements[0].getType(), isUnsigned);
  if (Value result = createArithmetic(b, op, s, elements))
    return result;
  return s.isFloat() ? createFunction(b, op, s, elements[0]) : Value();
}
