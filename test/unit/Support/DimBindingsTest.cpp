//===- DimBindingsTest.cpp - Sizes for symbolic dimensions ----------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Support/DimBindings.h"
#include "gtest/gtest.h"

using namespace gac;

namespace {

std::string messageOf(llvm::ArrayRef<std::string> entries) {
  llvm::Expected<DimBindings> bindings = DimBindings::parse(entries);
  return bindings ? "" : llvm::toString(bindings.takeError());
}

TEST(DimBindingsTest, BindsNamesAndFormulas) {
  llvm::Expected<DimBindings> bindings =
      DimBindings::parse({"batch=2", "seq=1024"});
  ASSERT_TRUE(bool(bindings));
  EXPECT_EQ(bindings->lookup("batch"), 2);
  EXPECT_EQ(bindings->lookup("past"), std::nullopt);
  EXPECT_EQ(bindings->evaluate(SymExpr::parse("batch*seq + 3")), 2051);
  EXPECT_EQ(bindings->evaluate(SymExpr::parse("past + seq")), std::nullopt);
}

TEST(DimBindingsTest, RefusesWhatIsNoBinding) {
  EXPECT_EQ(messageOf({"batch"}),
            "dimension binding 'batch' is not of the form NAME=SIZE");
  EXPECT_EQ(messageOf({"=3"}),
            "dimension binding '=3' is not of the form NAME=SIZE");
  EXPECT_EQ(messageOf({"batch=0"}),
            "dimension binding 'batch=0': '0' is not a positive size");
  EXPECT_EQ(messageOf({"batch=1x"}),
            "dimension binding 'batch=1x': '1x' is not a positive size");
  EXPECT_EQ(messageOf({"batch=99999999999999999999"}),
            "dimension binding 'batch=99999999999999999999': "
            "99999999999999999999 is more than 2147483647");
  EXPECT_EQ(messageOf({"batch=-1"}),
            "dimension binding 'batch=-1': '-1' is not a positive size");
  EXPECT_EQ(messageOf({"b=1", "b=2"}),
            "dimension 'b' is bound twice, to 1 and to 2");
}

TEST(DimBindingsTest, TakesZeroWhereItMayBe) {
  llvm::Expected<DimBindings> bindings =
      DimBindings::parse({"past=0", "seq=3"}, {"past"});
  ASSERT_TRUE(bool(bindings));
  EXPECT_EQ(bindings->lookup("past"), 0);
  bindings->remove("past");
  EXPECT_EQ(bindings->lookup("past"), std::nullopt);
  EXPECT_EQ(llvm::toString(DimBindings::parse({"seq=0"}, {"past"}).takeError()),
            "dimension binding 'seq=0': '0' is not a positive size");
}

TEST(DimBindingsTest, KnowsTheModelsNames) {
  llvm::Expected<DimBindings> bindings = DimBindings::parse({"sequence=7"});
  ASSERT_TRUE(bool(bindings));
  EXPECT_EQ(llvm::toString(bindings->checkKnown({"batch", "seq"})),
            "no dimension is called 'sequence': the model has batch, seq");
  EXPECT_EQ(llvm::toString(bindings->checkKnown({})),
            "no dimension is called 'sequence': the model has no symbolic "
            "dimensions");
  EXPECT_FALSE(bool(bindings->checkKnown({"sequence"})));
}

} // namespace
