//===- ElementwiseTest.cpp - Scalar functions of elementwise ops --------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Dialect/GAC/IR/GACOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace gac;

namespace {

class ElementwiseTest : public testing::Test {
protected:
  ElementwiseTest() : builder(&context) {
    context.loadDialect<GACDialect>();
    module = ModuleOp::create(builder.getUnknownLoc());
    type = RankedTensorType::get({4}, builder.getF32Type());
    builder.setInsertionPointToEnd(module->getBody());
    TypedAttr one = DenseElementsAttr::get(type, 1.0f);
    value = ConstantOp::create(builder, builder.getUnknownLoc(), type, one,
                               builder.getStringAttr("value"));
  }

  /// An op of the given name with as many operands as its operator takes.
  Operation *create(OperationName name, const OnnxOpInfo &info) {
    OperationState state(builder.getUnknownLoc(), name);
    int operands = info.operands.required + (info.operands.variadic ? 2 : 0);
    state.operands.assign(operands, value);
    state.addTypes(type);
    if (name.getStringRef() == CastOp::getOperationName())
      state.addAttribute("to", builder.getI64IntegerAttr(1));
    if (name.getStringRef() == BitShiftOp::getOperationName())
      state.addAttribute("direction", builder.getStringAttr("LEFT"));
    if (name.getStringRef() == ClipOp::getOperationName())
      state.addAttribute("operandSegmentSizes",
                         builder.getDenseI32ArrayAttr({1, 0, 0}));
    return builder.create(state);
  }

  MLIRContext context;
  OpBuilder builder;
  OwningOpRef<ModuleOp> module;
  RankedTensorType type;
  Value value;
};

// The trait and the function of an op are stated apart; they must agree.
TEST_F(ElementwiseTest, TraitAgreesWithFunctionAtZero) {
  int checked = 0;
  for (RegisteredOperationName name : context.getRegisteredOperations()) {
    const OnnxOpInfo *info = getOnnxOpInfo(name);
    if (!info || !name.hasInterface<ElementwiseOpInterface>())
      continue;
    Operation *op = create(name, *info);
    SmallVector<double> zeros(op->getNumOperands(), 0.0);
    std::optional<double> atZero =
        cast<ElementwiseOpInterface>(op).evaluateScalar(zeros);
    bool preserves = name.hasTrait<gac::OpTrait::ZeroPreserving>();
    if (atZero && name.getStringRef() != ClipOp::getOperationName() &&
        name.getStringRef() != WhereOp::getOperationName() &&
        name.getStringRef() != PowOp::getOperationName() &&
        name.getStringRef() != ShrinkOp::getOperationName())
      EXPECT_EQ(preserves, *atZero == 0.0) << name.getStringRef().str();
    if (preserves && atZero)
      EXPECT_EQ(*atZero, 0.0) << name.getStringRef().str();
    ++checked;
  }
  EXPECT_GT(checked, 60);
}

TEST_F(ElementwiseTest, FunctionsOfAttributes) {
  auto evaluate = [&](StringRef onnxName, StringRef attribute, Attribute set,
                      double x) {
    const OnnxOpInfo *info = lookupOnnxOp(onnxName);
    Operation *op = create(OperationName(info->mlirName, &context), *info);
    op->setAttr(attribute, set);
    return cast<ElementwiseOpInterface>(op).evaluateScalar({x});
  };
  EXPECT_EQ(evaluate("LeakyRelu", "alpha", builder.getF32FloatAttr(0.5f), -2.0),
            -1.0);
  EXPECT_EQ(evaluate("Clip", "min", builder.getF32FloatAttr(3.0f), 0.0), 3.0);
  EXPECT_EQ(evaluate("HardSigmoid", "beta", builder.getF32FloatAttr(0.25f), 0),
            0.25);
}

// Infinities and NaN are no lane constants.
TEST_F(ElementwiseTest, OnlyFiniteValues) {
  auto evaluate = [&](StringRef onnxName, ArrayRef<double> operands) {
    const OnnxOpInfo *info = lookupOnnxOp(onnxName);
    Operation *op = create(OperationName(info->mlirName, &context), *info);
    return cast<ElementwiseOpInterface>(op).evaluateScalar(operands);
  };
  EXPECT_EQ(evaluate("Reciprocal", {0.0}), std::nullopt);
  EXPECT_EQ(evaluate("Log", {0.0}), std::nullopt);
  EXPECT_EQ(evaluate("Sqrt", {-1.0}), std::nullopt);
  EXPECT_EQ(evaluate("Div", {0.0, 0.0}), std::nullopt);
  EXPECT_EQ(evaluate("Div", {0.0, 2.0}), 0.0);
  EXPECT_EQ(evaluate("Cos", {0.0}), 1.0);
}

} // namespace
