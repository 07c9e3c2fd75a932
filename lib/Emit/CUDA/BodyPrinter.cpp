//===- BodyPrinter.cpp - Scalar operations as CUDA ------------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BodyPrinter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace gac::cuda;

//===----------------------------------------------------------------------===//
// Types and literals
//===----------------------------------------------------------------------===//

/// How a value is declared; empty if CUDA has no such type here.
static StringRef getTypeName(Type type) {
  if (type.isIndex())
    return "int64_t";
  if (type.isF32())
    return "float";
  if (type.isBF16())
    return "bf16";
  if (type.isF16())
    return "f16";
  if (!type.isSignlessInteger())
    return {};
  switch (type.getIntOrFloatBitWidth()) {
  case 1:
    return "bool";
  case 8:
    return "signed char";
  case 16:
    return "short";
  case 32:
    return "int32_t";
  case 64:
    return "int64_t";
  default:
    return {};
  }
}

static bool isNarrowFloat(Type type) { return type.isBF16() || type.isF16(); }

std::string gac::cuda::toLiteral(const APFloat &value) {
  if (value.isNaN())
    return "__int_as_float(0x7fc00000)";
  if (value.isInfinity())
    return value.isNegative() ? "__int_as_float(0xff800000)"
                              : "__int_as_float(0x7f800000)";
  SmallString<32> text;
  value.toString(text);
  // "1E-5" is a number in C++, "1f" is not.
  if (!StringRef(text).contains_insensitive("e") &&
      !StringRef(text).contains('.'))
    text += ".0";
  text += 'f';
  return value.isNegative() ? ("(" + text + ")").str() : text.str().str();
}

static std::string getInteger(const APInt &value, bool isBool) {
  if (isBool)
    return value.isZero() ? "false" : "true";
  int64_t number = value.getSExtValue();
  // The smallest number is no literal in C++.
  if (value.isMinSignedValue())
    return "(" + std::to_string(number + 1) + " - 1)";
  return number < 0 ? "(" + std::to_string(number) + ")"
                    : std::to_string(number);
}

//===----------------------------------------------------------------------===//
// Spellings
//===----------------------------------------------------------------------===//

/// Of operations on floats, in float.
static StringRef getFloatForm(StringRef name) {
  return llvm::StringSwitch<StringRef>(name)
      .Case("arith.addf", "$0 + $1")
      .Case("arith.subf", "$0 - $1")
      .Case("arith.mulf", "$0 * $1")
      .Case("arith.divf", "$0 / $1")
      .Case("arith.remf", "fmodf($0, $1)")
      .Case("arith.negf", "-$0")
      .Case("arith.maximumf", "largerOrNan($0, $1)")
      .Case("arith.minimumf", "smallerOrNan($0, $1)")
      .Case("arith.maxnumf", "fmaxf($0, $1)")
      .Case("arith.minnumf", "fminf($0, $1)")
      .Case("math.absf", "fabsf($0)")
      .Case("math.acos", "acosf($0)")
      .Case("math.acosh", "acoshf($0)")
      .Case("math.asin", "asinf($0)")
      .Case("math.asinh", "asinhf($0)")
      .Case("math.atan", "atanf($0)")
      .Case("math.atan2", "atan2f($0, $1)")
      .Case("math.atanh", "atanhf($0)")
      .Case("math.cbrt", "cbrtf($0)")
      .Case("math.ceil", "ceilf($0)")
      .Case("math.copysign", "copysignf($0, $1)")
      .Case("math.cos", "cosf($0)")
      .Case("math.cosh", "coshf($0)")
      .Case("math.erf", "erff($0)")
      .Case("math.erfc", "erfcf($0)")
      .Case("math.exp", "expf($0)")
      .Case("math.exp2", "exp2f($0)")
      .Case("math.expm1", "expm1f($0)")
      .Case("math.floor", "floorf($0)")
      .Case("math.fma", "fmaf($0, $1, $2)")
      .Case("math.fpowi", "powf($0, static_cast<float>($1))")
      .Case("math.log", "logf($0)")
      .Case("math.log10", "log10f($0)")
      .Case("math.log1p", "log1pf($0)")
      .Case("math.log2", "log2f($0)")
      .Case("math.powf", "powf($0, $1)")
      .Case("math.round", "roundf($0)")
      .Case("math.roundeven", "rintf($0)")
      .Case("math.rsqrt", "rsqrtf($0)")
      .Case("math.sin", "sinf($0)")
      .Case("math.sinh", "sinhf($0)")
      .Case("math.sqrt", "sqrtf($0)")
      .Case("math.tan", "tanf($0)")
      .Case("math.tanh", "tanhf($0)")
      .Case("math.trunc", "truncf($0)")
      .Case("math.isnan", "isnan($0)")
      .Case("math.isinf", "isinf($0)")
      .Case("math.isfinite", "isfinite($0)")
      .Default({});
}

/// Of operations on integers of more than one bit.
static StringRef getIntegerForm(StringRef name) {
  return llvm::StringSwitch<StringRef>(name)
      .Case("arith.addi", "wrappingAdd($0, $1)")
      .Case("arith.subi", "wrappingSubtract($0, $1)")
      .Case("arith.muli", "wrappingMultiply($0, $1)")
      .Case("arith.divsi", "$0 / $1")
      .Case("arith.remsi", "$0 % $1")
      .Case("arith.floordivsi", "floorDivide($0, $1)")
      .Case("arith.ceildivsi", "ceilDivide($0, $1)")
      .Case("arith.divui", "toUnsigned($0) / toUnsigned($1)")
      .Case("arith.remui", "toUnsigned($0) % toUnsigned($1)")
      .Case("arith.andi", "$0 & $1")
      .Case("arith.ori", "$0 | $1")
      .Case("arith.xori", "$0 ^ $1")
      .Case("arith.shli", "toUnsigned($0) << $1")
      .Case("arith.shrsi", "$0 >> $1")
      .Case("arith.shrui", "toUnsigned($0) >> $1")
      .Case("arith.maxsi", "$0 < $1 ? $1 : $0")
      .Case("arith.minsi", "$1 < $0 ? $1 : $0")
      .Case("arith.maxui", "toUnsigned($0) < toUnsigned($1) ? $1 : $0")
      .Case("arith.minui", "toUnsigned($1) < toUnsigned($0) ? $1 : $0")
      .Case("math.absi", "$0 < 0 ? wrappingSubtract({}, $0) : $0")
      .Case("math.ipowi", "integerPower($0, $1)")
      .Default({});
}

/// Of operations on single bits, which are 0 and -1 where they have a sign.
static StringRef getBoolForm(StringRef name) {
  return llvm::StringSwitch<StringRef>(name)
      .Cases({"arith.addi", "arith.subi", "arith.xori"}, "$0 != $1")
      .Cases({"arith.muli", "arith.andi", "arith.minui", "arith.maxsi"},
             "$0 && $1")
      .Cases({"arith.ori", "arith.maxui", "arith.minsi"}, "$0 || $1")
      .Default({});
}

std::string BodyPrinter::fill(StringRef form, Operation *op) const {
  std::string text;
  for (size_t i = 0; i < form.size(); ++i) {
    if (form[i] != '$') {
      text += form[i];
      continue;
    }
    Value operand = op->getOperand(form[++i] - '0');
    StringRef name = getName(operand);
    if (isNarrowFloat(operand.getType()))
      text += ("toFloat(" + name + ")").str();
    else
      text += name;
  }
  return text;
}

//===----------------------------------------------------------------------===//
// Constants, conversions, comparisons
//===----------------------------------------------------------------------===//

FailureOr<std::string> BodyPrinter::getConstant(Operation *op) {
  Attribute value = cast<arith::ConstantOp>(op).getValue();
  if (auto number = dyn_cast<FloatAttr>(value)) {
    APFloat exact = number.getValue();
    bool losesInfo;
    exact.convert(APFloat::IEEEsingle(), APFloat::rmNearestTiesToEven,
                  &losesInfo);
    std::string literal = toLiteral(exact);
    if (isNarrowFloat(number.getType()))
      return "fromFloat<" + getTypeName(number.getType()).str() + ">(" +
             literal + ")";
    return literal;
  }
  if (auto number = dyn_cast<IntegerAttr>(value))
    return getInteger(number.getValue(), number.getType().isInteger(1));
  return failure();
}

/// Empty for what is no conversion.
std::string BodyPrinter::getConversion(Operation *op) {
  if (op->getNumOperands() != 1)
    return {};
  Type from = op->getOperand(0).getType(), to = op->getResult(0).getType();
  std::string target = getTypeName(to).str();
  auto toFloat = [&](const std::string &number) {
    if (isNarrowFloat(to))
      return "fromFloat<" + target + ">(static_cast<float>(" + number + "))";
    return "static_cast<float>(" + number + ")";
  };
  bool fromBool = from.isInteger(1);
  StringRef value = getName(op->getOperand(0));
  std::string isSet = (value + " ? -1 : 0").str();
  std::string asUnsigned =
      (fromBool ? value : "toUnsigned(" + value + ")").str();
  return llvm::TypeSwitch<Operation *, std::string>(op)
      .Case<arith::ExtFOp, arith::TruncFOp>([&](auto) {
        std::string wide = fill("$0", op);
        return isNarrowFloat(to) ? "fromFloat<" + target + ">(" + wide + ")"
                                 : wide;
      })
      .Case([&](arith::SIToFPOp) {
        return toFloat(fromBool ? isSet : value.str());
      })
      .Case([&](arith::UIToFPOp) { return toFloat(asUnsigned); })
      .Case([&](arith::FPToSIOp) {
        return "static_cast<" + target + ">(" + fill("$0", op) + ")";
      })
      .Case([&](arith::FPToUIOp) {
        return "static_cast<" + target + ">(static_cast<unsigned long long>(" +
               fill("$0", op) + "))";
      })
      .Case<arith::ExtSIOp, arith::IndexCastOp>([&](auto) {
        if (to.isInteger(1))
          return (value + " & 1").str();
        return "static_cast<" + target + ">(" +
               (fromBool ? isSet : value.str()) + ")";
      })
      .Case<arith::ExtUIOp, arith::IndexCastUIOp>([&](auto) {
        return "static_cast<" + target + ">(" + asUnsigned + ")";
      })
      .Case([&](arith::TruncIOp) {
        if (to.isInteger(1))
          return ("(" + value + " & 1) != 0").str();
        return "static_cast<" + target + ">(" + value.str() + ")";
      })
      .Case([&](arith::BitcastOp) -> std::string {
        if (from.isF32() && to.isInteger(32))
          return ("__float_as_int(" + value + ")").str();
        if (from.isInteger(32) && to.isF32())
          return ("__int_as_float(" + value + ")").str();
        return {};
      })
      .Default([](Operation *) { return std::string(); });
}

static StringRef getForm(arith::CmpFPredicate predicate) {
  using P = arith::CmpFPredicate;
  switch (predicate) {
  case P::AlwaysFalse:
    return "false";
  case P::AlwaysTrue:
    return "true";
  case P::OEQ:
    return "$0 == $1";
  case P::OGT:
    return "$0 > $1";
  case P::OGE:
    return "$0 >= $1";
  case P::OLT:
    return "$0 < $1";
  case P::OLE:
    return "$0 <= $1";
  case P::ONE:
    return "$0 < $1 || $0 > $1";
  case P::ORD:
    return "$0 == $0 && $1 == $1";
  case P::UEQ:
    return "!($0 < $1 || $0 > $1)";
  case P::UGT:
    return "!($0 <= $1)";
  case P::UGE:
    return "!($0 < $1)";
  case P::ULT:
    return "!($0 >= $1)";
  case P::ULE:
    return "!($0 > $1)";
  case P::UNE:
    return "$0 != $1";
  case P::UNO:
    return "$0 != $0 || $1 != $1";
  }
  return {};
}

/// Empty for what is no comparison.
std::string BodyPrinter::getComparison(Operation *op) {
  if (auto compare = dyn_cast<arith::CmpFOp>(op))
    return fill(getForm(compare.getPredicate()), op);
  auto compare = dyn_cast<arith::CmpIOp>(op);
  if (!compare)
    return {};
  using P = arith::CmpIPredicate;
  P predicate = compare.getPredicate();
  StringRef sign;
  switch (predicate) {
  case P::eq:
    sign = " == ";
    break;
  case P::ne:
    sign = " != ";
    break;
  case P::slt:
  case P::ult:
    sign = " < ";
    break;
  case P::sle:
  case P::ule:
    sign = " <= ";
    break;
  case P::sgt:
  case P::ugt:
    sign = " > ";
    break;
  case P::sge:
  case P::uge:
    sign = " >= ";
    break;
  }
  bool isSigned = predicate == P::slt || predicate == P::sle ||
                  predicate == P::sgt || predicate == P::sge;
  bool isEquality = predicate == P::eq || predicate == P::ne;
  bool isBool = compare.getLhs().getType().isInteger(1);
  StringRef left = "$0", right = "$1";
  if (isSigned && isBool) // A set bit is -1.
    std::swap(left, right);
  std::string form = (left + sign + right).str();
  if (!isSigned && !isEquality && !isBool)
    form = ("toUnsigned($0)" + sign + "toUnsigned($1)").str();
  return fill(form, op);
}

//===----------------------------------------------------------------------===//
// Operations
//===----------------------------------------------------------------------===//

/// Whether all that becomes of exp(-x) is a division by 1 + exp(-x). __expf has
/// a relative error of at most some 100 units in the last place where that sum
/// is finite, far below one of a 16-bit type, and has the same limits.
static bool isSigmoid(Operation *op) {
  auto isOne = [](Value value) {
    auto constant = value.getDefiningOp<arith::ConstantOp>();
    auto number = constant ? dyn_cast<FloatAttr>(constant.getValue()) : nullptr;
    return number && number.getValueAsDouble() == 1.0;
  };
  return isa<math::ExpOp>(op) &&
         op->getOperand(0).getDefiningOp<arith::NegFOp>() &&
         llvm::all_of(op->getUsers(), [&](Operation *sum) {
           return isa<arith::AddFOp>(sum) &&
                  (isOne(sum->getOperand(0)) || isOne(sum->getOperand(1))) &&
                  llvm::all_of(sum->getUses(), [](OpOperand &use) {
                    return isa<arith::DivFOp>(use.getOwner()) &&
                           use.getOperandNumber() == 1;
                  });
         });
}

FailureOr<std::string> BodyPrinter::getExpression(Operation *op) {
  if (isa<arith::ConstantOp>(op))
    return getConstant(op);
  if (isa<arith::SelectOp>(op) && op->getOperand(0).getType().isInteger(1)) {
    return (getName(op->getOperand(0)) + " ? " + getName(op->getOperand(1)) +
            " : " + getName(op->getOperand(2)))
        .str();
  }
  if (std::string text = getComparison(op); !text.empty())
    return text;
  if (std::string text = getConversion(op); !text.empty())
    return text;
  if (op->getNumOperands() == 0)
    return failure();

  StringRef name = op->getName().getStringRef();
  Type type = op->getOperand(0).getType(), result = op->getResult(0).getType();
  if (isa<FloatType>(type)) {
    StringRef form = getFloatForm(name);
    if (form.empty())
      return failure();
    if (fast && isSigmoid(op))
      form = "__expf($0)";
    std::string text = fill(form, op);
    if (isNarrowFloat(result))
      text = "fromFloat<" + getTypeName(result).str() + ">(" + text + ")";
    return text;
  }
  StringRef form = type.isInteger(1) ? getBoolForm(name) : getIntegerForm(name);
  if (form.empty())
    return failure();
  return fill(form, op);
}

LogicalResult BodyPrinter::print(Operation *op) {
  auto fail = [&] { return op->emitOpError() << "has no spelling in CUDA"; };
  if (op->getNumResults() != 1 || op->getNumRegions() != 0)
    return fail();
  for (Type type : op->getOperandTypes())
    if (getTypeName(type).empty())
      return op->emitOpError() << "is on " << type
                               << ", which has no spelling "
                                  "in CUDA";
  Type type = op->getResult(0).getType();
  StringRef typeName = getTypeName(type);
  if (isa<arith::IndexCastOp, arith::IndexCastUIOp>(op) &&
      getTypeName(op->getOperand(0).getType()) == typeName) {
    setName(op->getResult(0), getName(op->getOperand(0)));
    return success();
  }
  if (typeName.empty())
    return op->emitOpError() << "gives " << type
                             << ", which has no spelling "
                                "in CUDA";
  FailureOr<std::string> expression = getExpression(op);
  if (failed(expression))
    return fail();
  // Constants are said where they are used.
  if (isa<arith::ConstantOp>(op) && !isNarrowFloat(type)) {
    std::string text = *expression;
    // Templates want both operands to be of one type.
    if (isa<IntegerType, IndexType>(type) && !type.isInteger(1) &&
        !type.isInteger(32))
      text = typeName.str() + "(" + text + ")";
    if (type.isInteger(8) || type.isInteger(16))
      text = "static_cast<" + typeName.str() + ">(" + *expression + ")";
    setName(op->getResult(0), text);
    return success();
  }
  std::string name = "v" + std::to_string(nextName++);
  os << indent << "const " << typeName << ' ' << name << " = " << *expression
     << ";\n";
  setName(op->getResult(0), name);
  return success();
}
