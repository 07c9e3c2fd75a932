//===- WeightSourceTest.cpp - weights as bytes ------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Export/WeightSource.h"

#include "gac/Dialect/GAC/IR/GACDialect.h"
#include "gac/Import/WeightOrigins.h"

#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/MLIRContext.h"

#include "llvm/ADT/StringExtras.h"

#include "gtest/gtest.h"

using namespace gac;
using namespace mlir;

namespace {
class WeightSourceTest : public testing::Test {
protected:
  WeightSourceTest() { context.loadDialect<GACDialect>(); }

  TypedAttr parse(StringRef text) {
    return dyn_cast_or_null<TypedAttr>(parseAttribute(text, &context));
  }
  /// The bytes as hexadecimal digits, or what is wrong.
  std::string read(StringRef text) {
    TypedAttr value = parse(text);
    if (!value)
      return "no attribute";
    llvm::Expected<std::vector<char>> bytes = readWeight(value);
    if (!bytes)
      return toString(bytes.takeError());
    return llvm::toHex(ArrayRef<uint8_t>(
        reinterpret_cast<const uint8_t *>(bytes->data()), bytes->size()));
  }

  MLIRContext context;
};

TEST_F(WeightSourceTest, LaysElementsOutAsOnnxDoes) {
  EXPECT_EQ(read("dense<[1, -2]> : tensor<2xi16>"), "0100FEFF");
  EXPECT_EQ(read("dense<[true, false, true]> : tensor<3xi1>"), "010001");
  EXPECT_EQ(read("dense<1.0> : tensor<2xf16>"), "003C003C");
  // Two to a byte, the first in the low half.
  EXPECT_EQ(read("dense<[1, 2, -1]> : tensor<3xi4>"), "210F");
  EXPECT_EQ(read("dense<> : tensor<0xf32>"), "");
}

TEST_F(WeightSourceTest, EvaluatesRecipesOverRecipes) {
  EXPECT_EQ(read("#gac.pad<#gac.pad<dense<[[1, 2], [3, 4]]> : tensor<2x2xi8>, "
                 "[<2 : 0 to 0 by 2>, <3 : 0 to 0 by 1, 1 to 2 by 1>]> : "
                 "tensor<2x3xi8>, [<3 : 0 to 1 by 2>, <4 : 0 to 0 by 3>]> : "
                 "tensor<3x4xi8>"),
            "000000000100020003000400");
}

TEST_F(WeightSourceTest, RoundsByRecipe) {
  // 1 + 2^-8 is between two bfloat16s, and goes to the even one.
  EXPECT_EQ(read("#gac.cast<dense<[1.00390625, -2.0]> : tensor<2xf32>> : "
                 "tensor<2xbf16>"),
            "803F00C0");
  EXPECT_EQ(read("#gac.cast<#gac.pad<dense<[1.0, 0.5]> : tensor<2xf64>, [<3 : "
                 "0 to 0 by 1, 1 to 2 by 1>]> : tensor<3xf64>> : "
                 "tensor<3xf16>"),
            "003C00000038");
  EXPECT_EQ(read("#gac.pad<#gac.cast<dense<1.0> : tensor<1xf16>> : "
                 "tensor<1xf32>, [<2 : 0 to 1 by 1>]> : tensor<2xf32>"),
            "000000000000803F");
  EXPECT_EQ(read("#gac.cast<#gac.absent<\"w.bin\", offset = 0, length = 4> : "
                 "tensor<1xf32>> : tensor<1xbf16>"),
            "the data of this tensor are absent: 'w.bin' was missing at "
            "import");
}

TEST_F(WeightSourceTest, TransposesByRecipe) {
  EXPECT_EQ(read("#gac.transpose<#gac.pad<dense<[[1, 2]]> : tensor<1x2xi8>, "
                 "[<2 : 0 to 0 by 1>, <3 : 0 to 1 by 2>]> : tensor<2x3xi8>, "
                 "[1, 0]> : tensor<3x2xi8>"),
            "000001000200");
  EXPECT_EQ(read("#gac.transpose<dense<[[1, 2]]> : tensor<1x2xi4>, [1, 0]> : "
                 "tensor<2x1xi4>"),
            "a tensor of type tensor<2x1xi4> cannot be transposed: its "
            "elements are no whole bytes");
  EXPECT_EQ(getOriginalWeight(parse("#gac.transpose<dense<1> : tensor<1x2xi8>, "
                                    "[1, 0]> : tensor<2x1xi8>")),
            parse("dense<1> : tensor<1x2xi8>"));
}

TEST_F(WeightSourceTest, JoinsByRecipe) {
  EXPECT_EQ(read("#gac.concat<[#gac.part<\"a\", dense<[[1, 2], [3, 4]]> : "
                 "tensor<2x2xi8>, fan_in = 1> : tensor<2x2xi8>, "
                 "#gac.transpose<dense<[[5, 6]]> : tensor<1x2xi8>, [1, 0]> : "
                 "tensor<2x1xi8>], axis = 1> : tensor<2x3xi8>"),
            "010205030406");
  EXPECT_EQ(read("#gac.concat<[dense<[1, 2]> : tensor<2xi16>, dense<3> : "
                 "tensor<1xi16>], axis = 0> : tensor<3xi16>"),
            "010002000300");
  EXPECT_EQ(read("#gac.concat<[dense<1> : tensor<2xi4>, dense<3> : "
                 "tensor<2xi4>], axis = 0> : tensor<4xi4>"),
            "tensors of type tensor<4xi4> cannot be joined: their elements are "
            "no whole bytes");
  EXPECT_EQ(read("#gac.concat<[dense<1.0> : tensor<1xf32>, "
                 "#gac.absent<\"w.bin\", offset = 0, length = 4> : "
                 "tensor<1xf32>], axis = 0> : tensor<2xf32>"),
            "the data of this tensor are absent: 'w.bin' was missing at "
            "import");
}

TEST_F(WeightSourceTest, MultipliesByRecipe) {
  // [1 2] x [[3 4] [5 6]] = [13 16], each part by itself a recipe.
  EXPECT_EQ(read("#gac.product<#gac.part<\"a\", dense<[[1.0, 2.0]]> : "
                 "tensor<1x2xf32>, fan_in = 2> : tensor<1x2xf32>, "
                 "#gac.transpose<dense<[[3.0, 5.0], [4.0, 6.0]]> : "
                 "tensor<2x2xf32>, [1, 0]> : tensor<2x2xf32>> : "
                 "tensor<1x2xf32>"),
            "0000504100008041");
  // 1 + 2^-8 + 2^-9 is nearer to 1 + 2^-7: the sum is rounded, not its parts.
  EXPECT_EQ(read("#gac.cast<#gac.product<dense<[[1.0, 0.00390625, "
                 "0.001953125]]> : tensor<1x3xf32>, dense<1.0> : "
                 "tensor<3x1xf32>> : tensor<1x1xf32>> : tensor<1x1xbf16>"),
            "813F");
}

/// A constant of gigabytes is read in places, and is never there as a whole.
TEST_F(WeightSourceTest, NeverMaterialisesSplats) {
  WeightReader reader;
  auto source = reader.open(parse("dense<258> : tensor<1073741824x2xi16>"));
  ASSERT_TRUE(bool(source)) << toString(source.takeError());
  EXPECT_EQ((*source)->size(), uint64_t(1) << 32);
  char bytes[5];
  ASSERT_FALSE(
      bool((*source)->read((uint64_t(1) << 32) - 5, MutableArrayRef(bytes))));
  EXPECT_EQ(StringRef(bytes, 5), StringRef("\1\2\1\2\1", 5));
}

TEST_F(WeightSourceTest, SaysWhyThereAreNoBytes) {
  EXPECT_EQ(read("#gac.absent<\"w.bin\", offset = 0, length = 4> : "
                 "tensor<1xf32>"),
            "the data of this tensor are absent: 'w.bin' was missing at "
            "import");
  EXPECT_EQ(read("dense_resource<nothing> : tensor<2xf32>"),
            "the resource 'nothing' has no data");
  EXPECT_EQ(read("dense<\"text\"> : tensor<1x!gac.string>"),
            "a tensor of type tensor<1x!gac.string> has no bytes that a file "
            "could hold");
}

TEST_F(WeightSourceTest, FindsWhatARecipeStartedFrom) {
  TypedAttr original = parse("dense<[1, 2]> : tensor<2xi8>");
  TypedAttr padded =
      parse("#gac.pad<#gac.pad<dense<[1, 2]> : tensor<2xi8>, [<3 : 0 to 0 by "
            "2>]> : tensor<3xi8>, [<4 : 0 to 0 by 3>]> : tensor<4xi8>");
  EXPECT_EQ(getOriginalWeight(padded), original);
  EXPECT_EQ(getOriginalWeight(parse("#gac.cast<#gac.pad<dense<1.0> : "
                                    "tensor<1xf32>, [<2 : 0 to 0 by 1>]> : "
                                    "tensor<2xf32>> : tensor<2xbf16>")),
            parse("dense<1.0> : tensor<1xf32>"));
  EXPECT_EQ(getOriginalWeight(original), original);
}
} // namespace
