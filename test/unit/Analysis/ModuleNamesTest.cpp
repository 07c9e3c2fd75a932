//===- ModuleNamesTest.cpp - Names of modules -------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Analysis/ModuleNames.h"
#include "llvm/ADT/StringExtras.h"
#include <gtest/gtest.h>

using namespace gac;

namespace {

std::string parse(llvm::StringRef name) {
  return llvm::join(parseModulePath(name), " ");
}

TEST(ModuleNames, CutsNamesOfAllExporters) {
  EXPECT_EQ(parse("model.layers.3.mlp.up_proj"), "model layers 3 mlp up_proj");
  EXPECT_EQ(parse("/m/encoder/layer.0/attention"),
            "m encoder layer 0 attention");
  EXPECT_EQ(parse("bert/encoder/layer_._11/attention"),
            "bert encoder layer 11 attention");
  EXPECT_EQ(parse("encoder/layers_12/mlp"), "encoder layers 12 mlp");
}

TEST(ModuleNames, LeavesOtherNumbersAlone) {
  EXPECT_EQ(parse("h.0.fc1"), "h 0 fc1");
  EXPECT_EQ(parse("q_a_layernorm"), "q_a_layernorm");
  // No number of a block.
  EXPECT_EQ(parse("layers.99999999999"), "layers 99999999999");
}

TEST(ModuleNames, SurvivesWhatIsNoName) {
  EXPECT_EQ(parse(""), "");
  EXPECT_EQ(parse("..//."), "");
  EXPECT_EQ(parse("_7"), "7");
  EXPECT_EQ(parse("7"), "7");
}

TEST(ModuleNames, DropsTheParameter) {
  EXPECT_EQ(llvm::join(getModuleOfWeight("m.layers.0.fc.weight"), " "),
            "m layers 0 fc");
  EXPECT_TRUE(getModuleOfWeight("onnx::MatMul_961").empty());
}

TEST(ModuleNames, FormatsNumbers) {
  EXPECT_EQ(formatNumbers({}), "");
  EXPECT_EQ(formatNumbers({3}), "3");
  EXPECT_EQ(formatNumbers({0, 1, 2, 5, 7, 8}), "0-2,5,7-8");
}

ModulePlace makePlace(unsigned block, llvm::StringRef module) {
  ModulePlace place;
  place.blocks["m.layers"].insert(block);
  place.shown.push_back(parseModulePath(module));
  return place;
}

TEST(ModuleNames, MergesWhatDiffersInNumbers) {
  ModulePlace a = makePlace(0, "experts.3.up"),
              b = makePlace(1, "experts.4.up"),
              c = makePlace(1, "experts.4.down");
  EXPECT_EQ(ModuleNames::getPattern(a), ModuleNames::getPattern(b));
  EXPECT_NE(ModuleNames::getPattern(b), ModuleNames::getPattern(c));
  ModulePlace merged = ModuleNames::merge({&a, &b});
  EXPECT_EQ(formatNumbers(merged.blocks["m.layers"]), "0-1");
  EXPECT_EQ(ModuleNames::formatModules(merged), "experts.3-4.up");
}

TEST(ModuleNames, NumbersOfModulesArePartOfTheirNames) {
  ModulePlace place, other;
  EXPECT_TRUE(place.isEmpty());
  place.shown.push_back(parseModulePath("classifier"));
  place.numbered["stem"] = {0, 1};
  other.numbered["stem"] = {3};
  EXPECT_FALSE(other.isEmpty());
  EXPECT_EQ(ModuleNames::formatModules(place), "classifier, stem.0-1");
  ModulePlace merged = ModuleNames::merge({&place, &other});
  EXPECT_EQ(ModuleNames::formatModules(merged), "classifier, stem.0-1,3");
  EXPECT_NE(ModuleNames::getPattern(place), ModuleNames::getPattern(other));
}

TEST(ModuleNames, KeepsWhatIsInSeveralBlocksApart) {
  ModulePlace one = makePlace(0, "attn"), several = makePlace(0, "attn");
  several.blocks["m.layers"].insert(1);
  EXPECT_NE(ModuleNames::getPattern(one), ModuleNames::getPattern(several));
}

} // namespace
