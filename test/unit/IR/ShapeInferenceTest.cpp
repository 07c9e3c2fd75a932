//===- ShapeInferenceTest.cpp - Tests of the upstream interface -----------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The shape rules, as other users of MLIR's InferShapedTypeOpInterface see
// them: from operands and attributes, before there is an op.
//
//===----------------------------------------------------------------------===//

#include "gac/Dialect/GAC/IR/GACOps.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace gac;

namespace {

class ShapeInferenceTest : public ::testing::Test {
protected:
  ShapeInferenceTest() : builder(&context) {
    context.loadDialect<GACDialect>();
    context.getDiagEngine().registerHandler(
        [&](Diagnostic &diagnostic) { message = diagnostic.str(); });
    module = ModuleOp::create(builder.getUnknownLoc());
    builder.setInsertionPointToStart(module->getBody());
  }

  Value tensor(ArrayRef<int64_t> shape) {
    auto type = RankedTensorType::get(shape, builder.getF32Type());
    return OpaqueOp::create(builder, builder.getUnknownLoc(), TypeRange(type),
                            "com.acme", "Source", ValueRange(), ValueRange(),
                            DictionaryAttr(), DictionaryAttr(),
                            DenseI64ArrayAttr())
        ->getResult(0);
  }

  static constexpr int64_t dynamic = ShapedType::kDynamic;

  MLIRContext context;
  OpBuilder builder;
  OwningOpRef<ModuleOp> module;
  std::string message;
};

TEST_F(ShapeInferenceTest, InfersFromTypes) {
  Value operands[] = {tensor({dynamic, 64}), tensor({64, 107})};
  SmallVector<ShapedTypeComponents> components;
  ASSERT_TRUE(succeeded(MatMulOp::inferReturnTypeComponents(
      &context, builder.getUnknownLoc(), ValueRange(operands), {},
      OpaqueProperties(nullptr), {}, components)));
  ASSERT_EQ(components.size(), 1u);
  EXPECT_EQ(components[0].getDims(), ArrayRef<int64_t>({dynamic, 107}));
  EXPECT_EQ(components[0].getElementType(), builder.getF32Type());
}

TEST_F(ShapeInferenceTest, ReportsAtTheLocationGiven) {
  Value operands[] = {tensor({2, 64}), tensor({63, 107})};
  SmallVector<ShapedTypeComponents> components;
  EXPECT_TRUE(failed(MatMulOp::inferReturnTypeComponents(
      &context, builder.getUnknownLoc(), ValueRange(operands), {},
      OpaqueProperties(nullptr), {}, components)));
  EXPECT_EQ(message, "'gac.matmul' op A has size 64 on its last axis, but B has"
                     " size 63 on axis 0 [matmul_c2]");
  message.clear();
  EXPECT_TRUE(failed(MatMulOp::inferReturnTypeComponents(
      &context, std::nullopt, ValueRange(operands), {},
      OpaqueProperties(nullptr), {}, components)));
  EXPECT_EQ(message, "");
}

// The caller may know more of a shape or a value than its type says.
TEST_F(ShapeInferenceTest, AsksTheCallerForShapesAndValues) {
  Value data = tensor({dynamic, dynamic}), shape = tensor({3});
  ShapedTypeComponents dataShape(ArrayRef<int64_t>{6, 10});
  ShapedTypeComponents value(ArrayRef<int64_t>{4, 3, -1});
  Value operands[] = {data, shape};
  auto getShape = [&](Value operand) -> ShapeAdaptor {
    return operand == data ? ShapeAdaptor(dataShape)
                           : ShapeAdaptor(operand.getType());
  };
  auto getValue = [&](Value operand) -> ShapeAdaptor {
    return operand == shape
               ? ShapeAdaptor(value)
               : ShapeAdaptor(static_cast<ShapedTypeComponents *>(nullptr));
  };
  ValueShapeRange range(ValueRange(operands), getShape, getValue);
  SmallVector<ShapedTypeComponents> components;
  ASSERT_TRUE(succeeded(ReshapeOp::inferReturnTypeComponents(
      &context, std::nullopt, range, {}, OpaqueProperties(nullptr), {},
      components)));
  EXPECT_EQ(components[0].getDims(), ArrayRef<int64_t>({4, 3, 5}));
}

TEST_F(ShapeInferenceTest, ReadsProperties) {
  Value operands[] = {tensor({2, 3, 5})};
  TransposeOp::Properties properties;
  properties.perm = builder.getDenseI64ArrayAttr({2, 0, 1});
  SmallVector<ShapedTypeComponents> components;
  ASSERT_TRUE(succeeded(TransposeOp::inferReturnTypeComponents(
      &context, std::nullopt, ValueRange(operands), {}, &properties, {},
      components)));
  EXPECT_EQ(components[0].getDims(), ArrayRef<int64_t>({5, 2, 3}));
}

} // namespace
