//===- OnnxOpInfoTest.cpp - The table of named ops ----------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Dialect/GAC/IR/GACOps.h"
#include "mlir/IR/MLIRContext.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace gac;

namespace {

void expectArity(const OnnxArity &arity, int required, int optional,
                 bool variadic) {
  EXPECT_EQ(arity.required, required);
  EXPECT_EQ(arity.optional, optional);
  EXPECT_EQ(arity.variadic, variadic);
}

TEST(OnnxOpInfoTest, CountsComeFromODS) {
  const OnnxOpInfo *attention = lookupOnnxOp("Attention");
  ASSERT_NE(attention, nullptr);
  EXPECT_EQ(attention->mlirName, "gac.attention");
  EXPECT_EQ(attention->since, 23);
  expectArity(attention->operands, 3, 4, false);
  expectArity(attention->results, 1, 3, false);

  const OnnxOpInfo *concat = lookupOnnxOp("Concat");
  ASSERT_NE(concat, nullptr);
  expectArity(concat->operands, 0, 0, true);
  expectArity(concat->results, 1, 0, false);

  const OnnxOpInfo *split = lookupOnnxOp("Split");
  ASSERT_NE(split, nullptr);
  expectArity(split->operands, 1, 1, false);
  expectArity(split->results, 0, 0, true);
}

TEST(OnnxOpInfoTest, SomeOpsSayMoreThanTheirOperators) {
  EXPECT_EQ(lookupOnnxOp("RMSNormalization")->ownAttribute, "logical_count");
  EXPECT_EQ(lookupOnnxOp("LayerNormalization")->ownAttribute, "logical_lanes");
  EXPECT_EQ(lookupOnnxOp("Attention")->ownAttribute, "");
}

TEST(OnnxOpInfoTest, BothWaysAgree) {
  MLIRContext context;
  context.loadDialect<GACDialect>();
  int named = 0;
  for (RegisteredOperationName name : context.getRegisteredOperations()) {
    const OnnxOpInfo *info = getOnnxOpInfo(name);
    if (!info)
      continue;
    ++named;
    EXPECT_EQ(info->mlirName, name.getStringRef());
    const OnnxOpInfo *back = lookupOnnxOp(info->onnxName, info->domain);
    ASSERT_NE(back, nullptr);
    EXPECT_EQ(back->mlirName, info->mlirName);
    EXPECT_LE(info->since, info->until);
  }
  EXPECT_GT(named, 100);
}

TEST(OnnxOpInfoTest, DomainsHaveOperatorsOfOneName) {
  const OnnxOpInfo *contrib = lookupOnnxOp("Attention", "com.microsoft");
  ASSERT_NE(contrib, nullptr);
  EXPECT_EQ(contrib->mlirName, "gac.contrib_attention");
  EXPECT_EQ(contrib->domain, "com.microsoft");
  EXPECT_EQ(contrib->since, 1);
  EXPECT_EQ(contrib->until, 1);
  EXPECT_EQ(lookupOnnxOp("Attention")->domain, "");
  EXPECT_EQ(lookupOnnxOp("BiasGelu"), nullptr);
  EXPECT_EQ(lookupOnnxOp("BiasGelu", "com.microsoft")->until, 1);
}

TEST(OnnxOpInfoTest, OnnxRuntimeHasSomeOpsEarlier) {
  const OnnxOpInfo *norm = lookupOnnxOp("LayerNormalization");
  EXPECT_EQ(norm->since, 17);
  EXPECT_EQ(norm->runtimeSince, 1);
  EXPECT_EQ(lookupOnnxOp("Gelu")->runtimeSince, 20);
}

TEST(OnnxOpInfoTest, OtherOpsMirrorNothing) {
  MLIRContext context;
  context.loadDialect<GACDialect>();
  EXPECT_EQ(lookupOnnxOp("NonZero"), nullptr);
  EXPECT_EQ(getOnnxOpInfo(OperationName("gac.opaque", &context)), nullptr);
  EXPECT_EQ(getOnnxOpInfo(OperationName("gac.initializer", &context)), nullptr);
}

} // namespace
