//===- GACElementwiseOps.td - elementwise ops -*- tablegen -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_DIALECT_GAC_IR_GACELEMENTWISEOPS_TD
#define GAC_DIALECT_GAC_IR_GACELEMENTWISEOPS_TD

include "gac/Dialect/GAC/IR/GACOpBase.td"

//===----------------------------------------------------------------------===//
// One operand, f(0) = 0
//===----------------------------------------------------------------------===//

class GAC_ZeroUnaryOp<string mnemonic, string onnxName, string function = "",
                      int since = 7,
                      string elementType = GAC_FirstElementType>
    : GAC_UnaryOp<mnemonic, onnxName, function, [GAC_ZeroPreserving], since,
                  elementType>;

def GAC_AbsOp : GAC_ZeroUnaryOp<"abs", "Abs", "std::fabs(x)">;
def GAC_AsinOp : GAC_ZeroUnaryOp<"asin", "Asin", "std::asin(x)">;
def GAC_AsinhOp : GAC_ZeroUnaryOp<"asinh", "Asinh", "std::asinh(x)", 9>;
def GAC_AtanOp : GAC_ZeroUnaryOp<"atan", "Atan", "std::atan(x)">;
def GAC_AtanhOp : GAC_ZeroUnaryOp<"atanh", "Atanh", "std::atanh(x)", 9>;
def GAC_CeilOp : GAC_ZeroUnaryOp<"ceil", "Ceil", "std::ceil(x)">;
def GAC_ErfOp : GAC_ZeroUnaryOp<"erf", "Erf", "std::erf(x)", 9>;
def GAC_FloorOp : GAC_ZeroUnaryOp<"floor", "Floor", "std::floor(x)">;
def GAC_IdentityOp : GAC_ZeroUnaryOp<"identity", "Identity", "x">;
def GAC_HardSwishOp : GAC_ZeroUnaryOp<"hard_swish", "HardSwish",
    "x * std::fmax(0.0, std::fmin(1.0, x / 6.0 + 0.5))", 14>;
def GAC_MishOp : GAC_ZeroUnaryOp<"mish", "Mish",
    "x * std::tanh(std::log1p(std::exp(x)))", 18>;
def GAC_NegOp : GAC_ZeroUnaryOp<"neg", "Neg", "-x">;
def GAC_ReluOp : GAC_ZeroUnaryOp<"relu", "Relu", "std::fmax(x, 0.0)">;
def GAC_RoundOp : GAC_ZeroUnaryOp<"round", "Round", "std::nearbyint(x)", 11>;
def GAC_SignOp : GAC_ZeroUnaryOp<"sign", "Sign",
    "double((x > 0) - (x < 0))", 9>;
def GAC_SinOp : GAC_ZeroUnaryOp<"sin", "Sin", "std::sin(x)">;
def GAC_SinhOp : GAC_ZeroUnaryOp<"sinh", "Sinh", "std::sinh(x)", 9>;
def GAC_SoftsignOp : GAC_ZeroUnaryOp<"softsign", "Softsign",
    "x / (1.0 + std::fabs(x))">;
def GAC_SqrtOp : GAC_ZeroUnaryOp<"sqrt", "Sqrt", "std::sqrt(x)">;
def GAC_TanOp : GAC_ZeroUnaryOp<"tan", "Tan", "std::tan(x)">;
def GAC_TanhOp : GAC_ZeroUnaryOp<"tanh", "Tanh", "std::tanh(x)">;

def GAC_CeluOp : GAC_ZeroUnaryOp<"celu", "Celu",
    "x >= 0 ? x : getAlpha().convertToDouble() * "
    "std::expm1(x / getAlpha().convertToDouble())", 12> {
  let arguments = (ins GAC_AnyValue:$input,
                       GAC_DefaultAttr<F32Attr, "1.0f">:$alpha);
}
def GAC_EluOp : GAC_ZeroUnaryOp<"elu", "Elu",
    "x >= 0 ? x : getAlpha().convertToDouble() * std::expm1(x)"> {
  let arguments = (ins GAC_AnyValue:$input,
                       GAC_DefaultAttr<F32Attr, "1.0f">:$alpha);
}
def GAC_GeluOp : GAC_ZeroUnaryOp<"gelu", "Gelu",
    "0.5 * x * (1.0 + std::erf(x * M_SQRT1_2))", 20> {
  let arguments = (ins GAC_AnyValue:$input,
                       GAC_DefaultAttr<StrAttr, "\"none\"">
                           :$approximate);
}
def GAC_LeakyReluOp : GAC_ZeroUnaryOp<"leaky_relu", "LeakyRelu",
    "x >= 0 ? x : getAlpha().convertToDouble() * x"> {
  let arguments = (ins GAC_AnyValue:$input,
                       GAC_DefaultAttr<F32Attr, "0.01f">:$alpha);
}
def GAC_SeluOp : GAC_ZeroUnaryOp<"selu", "Selu",
    "getGamma().convertToDouble() * (x > 0 ? x : "
    "getAlpha().convertToDouble() * std::expm1(x))"> {
  let arguments = (ins GAC_AnyValue:$input,
      GAC_DefaultAttr<F32Attr, "1.67326319217681884765625f">:$alpha,
      GAC_DefaultAttr<F32Attr, "1.05070102214813232421875f">:$gamma);
}
def GAC_SwishOp : GAC_ZeroUnaryOp<"swish", "Swish",
    "x / (1.0 + std::exp(-getAlpha().convertToDouble() * x))", 24> {
  let arguments = (ins GAC_AnyValue:$input,
                       GAC_DefaultAttr<F32Attr, "1.0f">:$alpha);
}
def GAC_ThresholdedReluOp : GAC_ZeroUnaryOp<"thresholded_relu",
    "ThresholdedRelu", "x > getAlpha().convertToDouble() ? x : 0.0", 10> {
  let arguments = (ins GAC_AnyValue:$input,
                       GAC_DefaultAttr<F32Attr, "1.0f">:$alpha);
}

def GAC_CastOp : GAC_ZeroUnaryOp<"cast", "Cast", "x", 7, "::mlir::Type()"> {
  let summary = "ONNX Cast; `to` is a TensorProto.DataType";
  let arguments = (ins GAC_AnyValue:$input, I64Attr:$to,
                       GAC_DefaultAttr<I64Attr, "1">:$saturate,
                       GAC_DefaultAttr<StrAttr, "\"up\"">
                           :$round_mode);
}

//===----------------------------------------------------------------------===//
// One operand, f(0) != 0
//===----------------------------------------------------------------------===//

def GAC_AcosOp : GAC_UnaryOp<"acos", "Acos", "std::acos(x)">;
def GAC_AcoshOp : GAC_UnaryOp<"acosh", "Acosh", "std::acosh(x)", [], 9>;
def GAC_BitwiseNotOp : GAC_UnaryOp<"bitwise_not", "BitwiseNot", "", [], 18>;
def GAC_CosOp : GAC_UnaryOp<"cos", "Cos", "std::cos(x)">;
def GAC_CoshOp : GAC_UnaryOp<"cosh", "Cosh", "std::cosh(x)", [], 9>;
def GAC_ExpOp : GAC_UnaryOp<"exp", "Exp", "std::exp(x)">;
def GAC_LogOp : GAC_UnaryOp<"log", "Log", "std::log(x)">;
def GAC_NotOp : GAC_UnaryOp<"not", "Not", "x == 0 ? 1.0 : 0.0">;
def GAC_ReciprocalOp : GAC_UnaryOp<"reciprocal", "Reciprocal", "1.0 / x">;
def GAC_SigmoidOp : GAC_UnaryOp<"sigmoid", "Sigmoid",
    "1.0 / (1.0 + std::exp(-x))">;
def GAC_SoftplusOp : GAC_UnaryOp<"softplus", "Softplus",
    "std::log1p(std::exp(x))">;
def GAC_IsNaNOp : GAC_UnaryOp<"is_nan", "IsNaN",
    "std::isnan(x) ? 1.0 : 0.0", [GAC_ZeroPreserving], 9,
    GAC_BooleanElementType>;
def GAC_IsInfOp : GAC_UnaryOp<"is_inf", "IsInf", "0.0",
    [GAC_ZeroPreserving], 10, GAC_BooleanElementType> {
  let arguments = (ins GAC_AnyValue:$input,
      GAC_DefaultAttr<I64Attr, "1">:$detect_negative,
      GAC_DefaultAttr<I64Attr, "1">:$detect_positive);
}
def GAC_HardSigmoidOp : GAC_UnaryOp<"hard_sigmoid", "HardSigmoid",
    "std::fmax(0.0, std::fmin(1.0, getAlpha().convertToDouble() * x + "
    "getBeta().convertToDouble()))"> {
  let arguments = (ins GAC_AnyValue:$input,
                       GAC_DefaultAttr<F32Attr, "0.2f">:$alpha,
                       GAC_DefaultAttr<F32Attr, "0.5f">:$beta);
}
def GAC_ShrinkOp : GAC_UnaryOp<"shrink", "Shrink",
    "x < -getLambd().convertToDouble() ? x + getBias().convertToDouble() : "
    "x > getLambd().convertToDouble() ? x - getBias().convertToDouble() : 0.0",
    [], 9> {
  let arguments = (ins GAC_AnyValue:$input,
                       GAC_DefaultAttr<F32Attr, "0.0f">:$bias,
                       GAC_DefaultAttr<F32Attr, "0.5f">:$lambd);
}

//===----------------------------------------------------------------------===//
// Two operands
//===----------------------------------------------------------------------===//

def GAC_AddOp : GAC_BinaryOp<"add", "Add", "x + y", [GAC_ZeroPreserving]>;
def GAC_SubOp : GAC_BinaryOp<"sub", "Sub", "x - y", [GAC_ZeroPreserving]>;
def GAC_MulOp : GAC_BinaryOp<"mul", "Mul", "x * y", [GAC_ZeroPreserving]>;
def GAC_DivOp : GAC_BinaryOp<"div", "Div", "x / y">;
def GAC_PowOp : GAC_BinaryOp<"pow", "Pow", "std::pow(x, y)">;
def GAC_ModOp : GAC_BinaryOp<"mod", "Mod", "", [], 10> {
  let arguments = (ins GAC_AnyValue:$lhs, GAC_AnyValue:$rhs,
                       GAC_DefaultAttr<I64Attr, "0">:$fmod);
}
def GAC_SwiGLUOp : GAC_BinaryOp<"swiglu", "SwiGLU",
    "x / (1.0 + std::exp(-getAlpha().convertToDouble() * x)) * y",
    [GAC_ZeroPreserving], 28> {
  let arguments = (ins GAC_AnyValue:$lhs, GAC_AnyValue:$rhs,
                       GAC_DefaultAttr<F32Attr, "1.0f">:$alpha);
}
def GAC_PReluOp : GAC_BinaryOp<"prelu", "PRelu", "x < 0 ? y * x : x",
                               [GAC_ZeroPreserving]>;

class GAC_LogicOp<string mnemonic, string onnxName, string function,
                  list<Trait> traits = [], int since = 7>
    : GAC_BinaryOp<mnemonic, onnxName, function # " ? 1.0 : 0.0", traits,
                   since, GAC_BooleanElementType>;
def GAC_AndOp : GAC_LogicOp<"and", "And", "x != 0 && y != 0",
                            [GAC_ZeroPreserving]>;
def GAC_OrOp : GAC_LogicOp<"or", "Or", "x != 0 || y != 0",
                           [GAC_ZeroPreserving]>;
def GAC_XorOp : GAC_LogicOp<"xor", "Xor", "(x != 0) != (y != 0)",
                            [GAC_ZeroPreserving]>;
def GAC_EqualOp : GAC_LogicOp<"equal", "Equal", "x == y">;
def GAC_GreaterOp : GAC_LogicOp<"greater", "Greater", "x > y",
                                [GAC_ZeroPreserving]>;
def GAC_GreaterOrEqualOp : GAC_LogicOp<"greater_or_equal", "GreaterOrEqual",
                                       "x >= y", [], 12>;
def GAC_LessOp : GAC_LogicOp<"less", "Less", "x < y", [GAC_ZeroPreserving]>;
def GAC_LessOrEqualOp : GAC_LogicOp<"less_or_equal", "LessOrEqual", "x <= y",
                                    [], 12>;

def GAC_BitwiseAndOp : GAC_BinaryOp<"bitwise_and", "BitwiseAnd", "",
                                    [GAC_ZeroPreserving], 18>;
def GAC_BitwiseOrOp : GAC_BinaryOp<"bitwise_or", "BitwiseOr", "",
                                   [GAC_ZeroPreserving], 18>;
def GAC_BitwiseXorOp : GAC_BinaryOp<"bitwise_xor", "BitwiseXor", "",
                                    [GAC_ZeroPreserving], 18>;
def GAC_BitShiftOp : GAC_BinaryOp<"bit_shift", "BitShift", "",
                                  [GAC_ZeroPreserving], 11> {
  let arguments = (ins GAC_AnyValue:$lhs, GAC_AnyValue:$rhs,
                       StrAttr:$direction);
}

//===----------------------------------------------------------------------===//
// Any number of operands
//===----------------------------------------------------------------------===//

class GAC_VariadicOp<string mnemonic, string onnxName, string fold>
    : GAC_ElementwiseOp<mnemonic, onnxName, fold, [GAC_ZeroPreserving]> {
  let summary = "ONNX " # onnxName # ", elementwise with broadcast";
  let arguments = (ins Variadic<GAC_AnyValue>:$inputs);
}
def GAC_MaxOp : GAC_VariadicOp<"max", "Max",
    "*std::max_element(operands.begin(), operands.end())">;
def GAC_MinOp : GAC_VariadicOp<"min", "Min",
    "*std::min_element(operands.begin(), operands.end())">;
def GAC_SumOp : GAC_VariadicOp<"sum", "Sum",
    "std::accumulate(operands.begin(), operands.end(), 0.0)">;
def GAC_MeanOp : GAC_VariadicOp<"mean", "Mean",
    "std::accumulate(operands.begin(), operands.end(), 0.0) / "
    "double(operands.size())">;

def GAC_WhereOp : GAC_ElementwiseOp<"where", "Where", "x != 0 ? y : z", [],
                                    9, "ShapeInference::getElementType(op.getX())"> {
  let summary = "ONNX Where: `condition ? x : y`, elementwise with broadcast";
  let arguments = (ins GAC_AnyValue:$condition, GAC_AnyValue:$x,
                       GAC_AnyValue:$y);
}

def GAC_ClipOp : GAC_OnnxOp<"clip", "Clip", [AttrSizedOperandSegments,
    DeclareOpInterfaceMethods<GAC_ElementwiseOpInterface,
                              ["evaluateScalar"]>]> {
  let summary = "ONNX Clip; bounds are attributes before opset 11";
  let arguments = (ins GAC_AnyValue:$input, Optional<GAC_AnyValue>:$minOperand,
                       Optional<GAC_AnyValue>:$maxOperand,
                       OptionalAttr<F32Attr>:$min, OptionalAttr<F32Attr>:$max);
}

#endif // GAC_DIALECT_GAC_IR_GACELEMENTWISEOPS_TD
