//===- ElementwiseBodies.cpp - Elementwise ops on scalars -----------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Dialect/GAC/Transforms/ElementwiseBodies.h"
#include "gac/Dialect/GAC/IR/GACOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace mlir;
using namespace gac;

namespace {
/// Writes scalar code at one place.
struct Scalars {
  OpBuilder &builder;
  Location loc;

  template <typename OpTy, typename... Args> Value make(Args... args) {
    return OpTy::create(builder, loc, args...);
  }
  /// A number of the type of `like`.
  Value number(Value like, double value) {
    Type type = like.getType();
    if (auto floatType = dyn_cast<FloatType>(type))
      return make<arith::ConstantOp>(
          TypedAttr(builder.getFloatAttr(floatType, value)));
    return make<arith::ConstantOp>(
        TypedAttr(builder.getIntegerAttr(type, static_cast<int64_t>(value))));
  }
  Value compare(arith::CmpFPredicate real, arith::CmpIPredicate integer,
                Value a, Value b) {
    if (isa<FloatType>(a.getType()))
      return make<arith::CmpFOp>(real, a, b);
    return make<arith::CmpIOp>(integer, a, b);
  }
  Value sigmoid(Value x) {
    Value one = number(x, 1);
    return make<arith::DivFOp>(
        one,
        make<arith::AddFOp>(one, make<math::ExpOp>(make<arith::NegFOp>(x))));
  }
};
} // namespace

static Value buildMaximum(Scalars s, Value x, Value y) {
  return isa<FloatType>(x.getType()) ? s.make<arith::MaximumFOp>(x, y)
                                     : s.make<arith::MaxSIOp>(x, y);
}

static Value buildMinimum(Scalars s, Value x, Value y) {
  return isa<FloatType>(x.getType()) ? s.make<arith::MinimumFOp>(x, y)
                                     : s.make<arith::MinSIOp>(x, y);
}

/// Between bounds that are operands, attributes or absent.
static Value buildClip(Scalars s, ClipOp op, ValueRange operands) {
  Value x = operands[0], low, high;
  if (op.getMin())
    low = s.number(x, op.getMin()->convertToDouble());
  if (op.getMax())
    high = s.number(x, op.getMax()->convertToDouble());
  operands = operands.drop_front();
  if (op.getMinOperand()) {
    low = operands.front();
    operands = operands.drop_front();
  }
  if (op.getMaxOperand())
    high = operands.front();
  if (low)
    x = buildMaximum(s, x, low);
  return high ? buildMinimum(s, x, high) : x;
}

/// scale * x + shift between 0 and 1.
static Value buildHardSigmoid(Scalars s, Value x, double scale, double shift) {
  Value line = s.make<arith::AddFOp>(
      s.make<arith::MulFOp>(x, s.number(x, scale)), s.number(x, shift));
  return buildMinimum(s, buildMaximum(s, line, s.number(x, 0)), s.number(x, 1));
}

/// `below` where x is negative, else x.
static Value buildKink(Scalars s, Value x, Value below) {
  Value isNegative =
      s.make<arith::CmpFOp>(arith::CmpFPredicate::OLT, x, s.number(x, 0));
  return s.make<arith::SelectOp>(isNegative, below, x);
}

/// For one operand that is a float.
static Value buildUnary(Scalars s, Operation *op, Value x) {
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case([&](AbsOp) { return s.make<math::AbsFOp>(x); })
      .Case([&](CeilOp) { return s.make<math::CeilOp>(x); })
      .Case([&](CosOp) { return s.make<math::CosOp>(x); })
      .Case([&](ErfOp) { return s.make<math::ErfOp>(x); })
      .Case([&](ExpOp) { return s.make<math::ExpOp>(x); })
      .Case([&](FloorOp) { return s.make<math::FloorOp>(x); })
      .Case([&](LogOp) { return s.make<math::LogOp>(x); })
      .Case([&](NegOp) { return s.make<arith::NegFOp>(x); })
      .Case([&](EluOp elu) {
        Value grown = s.make<math::ExpM1Op>(x);
        return buildKink(
            s, x,
            s.make<arith::MulFOp>(
                grown, s.number(x, elu.getAlpha().convertToDouble())));
      })
      .Case([&](HardSigmoidOp hard) {
        return buildHardSigmoid(s, x, hard.getAlpha().convertToDouble(),
                                hard.getBeta().convertToDouble());
      })
      .Case([&](HardSwishOp) {
        return s.make<arith::MulFOp>(x, buildHardSigmoid(s, x, 1.0 / 6, 0.5));
      })
      .Case([&](LeakyReluOp leaky) {
        return buildKink(
            s, x,
            s.make<arith::MulFOp>(
                x, s.number(x, leaky.getAlpha().convertToDouble())));
      })
      .Case([&](RoundOp) { return s.make<math::RoundEvenOp>(x); })
      .Case([&](SoftplusOp) {
        // max(x, 0) + log1p(exp(-|x|)), which does not overflow.
        Value tail = s.make<math::Log1pOp>(s.make<math::ExpOp>(
            s.make<arith::NegFOp>(s.make<math::AbsFOp>(x))));
        return s.make<arith::AddFOp>(buildMaximum(s, x, s.number(x, 0)), tail);
      })
      .Case([&](ReciprocalOp) {
        return s.make<arith::DivFOp>(s.number(x, 1), x);
      })
      .Case(
          [&](ReluOp) { return s.make<arith::MaximumFOp>(x, s.number(x, 0)); })
      .Case([&](SigmoidOp) { return s.sigmoid(x); })
      .Case([&](SinOp) { return s.make<math::SinOp>(x); })
      .Case([&](SqrtOp) { return s.make<math::SqrtOp>(x); })
      .Case([&](TanhOp) { return s.make<math::TanhOp>(x); })
      .Case([&](SwishOp swish) {
        Value scaled = x;
        if (double alpha = swish.getAlpha().convertToDouble(); alpha != 1)
          scaled = s.make<arith::MulFOp>(x, s.number(x, alpha));
        return s.make<arith::MulFOp>(x, s.sigmoid(scaled));
      })
      .Case([&](GeluOp gelu) {
        // By erf, or by tanh as approximate = "tanh" says.
        Value inner;
        if (gelu.getApproximate() == "tanh") {
          Value cube = s.make<arith::MulFOp>(x, s.make<arith::MulFOp>(x, x));
          Value sum = s.make<arith::AddFOp>(
              x, s.make<arith::MulFOp>(cube, s.number(x, 0.044715)));
          inner = s.make<math::TanhOp>(
              s.make<arith::MulFOp>(sum, s.number(x, std::sqrt(2 / M_PI))));
        } else {
          inner = s.make<math::ErfOp>(
              s.make<arith::MulFOp>(x, s.number(x, M_SQRT1_2)));
        }
        return s.make<arith::MulFOp>(
            s.make<arith::MulFOp>(x, s.number(x, 0.5)),
            s.make<arith::AddFOp>(inner, s.number(x, 1)));
      })
      .Case([&](IsNaNOp) {
        return s.make<arith::CmpFOp>(arith::CmpFPredicate::UNO, x, x);
      })
      .Default([](Operation *) { return Value(); });
}

/// For two operands of one type.
static Value buildBinary(Scalars s, Operation *op, Value x, Value y) {
  using Real = arith::CmpFPredicate;
  using Integer = arith::CmpIPredicate;
  bool isReal = isa<FloatType>(x.getType());
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case<AddOp, SumOp>([&](auto) {
        return isReal ? s.make<arith::AddFOp>(x, y)
                      : s.make<arith::AddIOp>(x, y);
      })
      .Case([&](SubOp) {
        return isReal ? s.make<arith::SubFOp>(x, y)
                      : s.make<arith::SubIOp>(x, y);
      })
      .Case([&](MulOp) {
        return isReal ? s.make<arith::MulFOp>(x, y)
                      : s.make<arith::MulIOp>(x, y);
      })
      .Case([&](DivOp) {
        return isReal ? s.make<arith::DivFOp>(x, y)
                      : s.make<arith::DivSIOp>(x, y);
      })
      .Case(
          [&](PowOp) { return isReal ? s.make<math::PowFOp>(x, y) : Value(); })
      .Case([&](MaxOp) { return buildMaximum(s, x, y); })
      .Case([&](MinOp) { return buildMinimum(s, x, y); })
      .Case([&](AndOp) { return s.make<arith::AndIOp>(x, y); })
      .Case([&](OrOp) { return s.make<arith::OrIOp>(x, y); })
      .Case([&](XorOp) { return s.make<arith::XOrIOp>(x, y); })
      .Case([&](EqualOp) { return s.compare(Real::OEQ, Integer::eq, x, y); })
      .Case([&](GreaterOp) { return s.compare(Real::OGT, Integer::sgt, x, y); })
      .Case([&](GreaterOrEqualOp) {
        return s.compare(Real::OGE, Integer::sge, x, y);
      })
      .Case([&](LessOp) { return s.compare(Real::OLT, Integer::slt, x, y); })
      .Case([&](LessOrEqualOp) {
        return s.compare(Real::OLE, Integer::sle, x, y);
      })
      .Default([](Operation *) { return Value(); });
}

Value gac::buildElementwise(OpBuilder &builder, Operation *op,
                            ValueRange operands) {
  // ONNX's unsigned integers have no arithmetic here.
  if (llvm::any_of(operands, [](Value operand) {
        return !isa<FloatType>(operand.getType()) &&
               !operand.getType().isSignlessInteger();
      }))
    return {};
  Scalars s{builder, op->getLoc()};
  if (isa<IdentityOp>(op))
    return operands[0];
  if (auto clip = dyn_cast<ClipOp>(op))
    return buildClip(s, clip, operands);
  if (isa<NegOp>(op) && isa<IntegerType>(operands[0].getType()))
    return s.make<arith::SubIOp>(s.number(operands[0], 0), operands[0]);
  if (isa<NotOp>(op))
    return s.make<arith::XOrIOp>(operands[0], s.number(operands[0], 1));
  if (isa<WhereOp>(op))
    return s.make<arith::SelectOp>(operands[0], operands[1], operands[2]);
  if (isa<MaxOp, MinOp, SumOp>(op) || operands.size() == 2) {
    Value result = operands[0];
    for (Value operand : operands.drop_front()) {
      // Pow admits exponents of another type.
      if (operand.getType() != result.getType())
        operand =
            convertScalar(builder, op->getLoc(), operand, result.getType());
      result = operand ? buildBinary(s, op, result, operand) : Value();
      if (!result)
        return {};
    }
    return result;
  }
  if (operands.size() == 1 && isa<FloatType>(operands[0].getType()))
    return buildUnary(s, op, operands[0]);
  return {};
}

Value gac::convertScalar(OpBuilder &builder, Location loc, Value value,
                         Type type) {
  Scalars s{builder, loc};
  Type from = value.getType();
  if (from == type)
    return value;
  auto fromFloat = dyn_cast<FloatType>(from),
       toFloat = dyn_cast<FloatType>(type);
  if (fromFloat && toFloat) {
    if (fromFloat.getWidth() < toFloat.getWidth())
      return s.make<arith::ExtFOp>(type, value);
    if (fromFloat.getWidth() > toFloat.getWidth())
      return s.make<arith::TruncFOp>(type, value);
    // Between bf16 and f16.
    return s.make<arith::TruncFOp>(
        type, s.make<arith::ExtFOp>(builder.getF32Type(), value));
  }
  if ((!fromFloat && !from.isSignlessInteger()) ||
      (!toFloat && !type.isSignlessInteger()))
    return {};
  if (type.isInteger(1)) {
    if (fromFloat)
      return s.make<arith::CmpFOp>(arith::CmpFPredicate::UNE, value,
                                   s.number(value, 0));
    return s.make<arith::CmpIOp>(arith::CmpIPredicate::ne, value,
                                 s.number(value, 0));
  }
  bool isBoolean = from.isInteger(1);
  if (toFloat)
    return isBoolean ? s.make<arith::UIToFPOp>(type, value)
                     : s.make<arith::SIToFPOp>(type, value);
  if (fromFloat)
    return s.make<arith::FPToSIOp>(type, value);
  if (from.getIntOrFloatBitWidth() > type.getIntOrFloatBitWidth())
    return s.make<arith::TruncIOp>(type, value);
  return isBoolean ? s.make<arith::ExtUIOp>(type, value)
                   : s.make<arith::ExtSIOp>(type, value);
}
