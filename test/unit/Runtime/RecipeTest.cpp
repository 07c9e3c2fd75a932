//===- RecipeTest.cpp - Two ways to make a weight ---------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the device's kernel does for each element, done here, against the
// evaluation of the recipe's tree.
//
//===----------------------------------------------------------------------===//

#include "RecipeParts.h"

#include "gac/Runtime/Synthetic.h"

#include <gtest/gtest.h>

#include <cstring>

using namespace gac;
using namespace gac::runtime;

namespace {
Recipe original(Shape shape, DType type = DType::F32, int64_t fanIn = 7,
                const std::string &name = "w") {
  Recipe recipe;
  recipe.shape = std::move(shape);
  recipe.type = type;
  recipe.fanIn = fanIn;
  recipe.name = name;
  return recipe;
}

Recipe wrap(Recipe::Kind kind, Recipe source) {
  Recipe recipe;
  recipe.kind = kind;
  recipe.shape = source.shape;
  recipe.type = source.type;
  recipe.sources.push_back(std::move(source));
  return recipe;
}

Recipe cast(Recipe source, DType type) {
  Recipe recipe = wrap(Recipe::Kind::Cast, std::move(source));
  recipe.type = type;
  return recipe;
}

Recipe pad(Recipe source, Shape shape,
           std::vector<std::vector<Recipe::Run>> axes) {
  Recipe recipe = wrap(Recipe::Kind::Pad, std::move(source));
  recipe.shape = std::move(shape);
  recipe.axes = std::move(axes);
  return recipe;
}

Recipe transpose(Recipe source, std::vector<int64_t> perm) {
  Recipe recipe = wrap(Recipe::Kind::Transpose, std::move(source));
  for (size_t axis = 0; axis < perm.size(); ++axis)
    recipe.shape[axis] = recipe.sources[0].shape[perm[axis]];
  recipe.perm = std::move(perm);
  return recipe;
}

Recipe concat(std::vector<Recipe> sources, int64_t axis) {
  Recipe recipe;
  recipe.kind = Recipe::Kind::Concat;
  recipe.shape = sources[0].shape;
  recipe.type = sources[0].type;
  recipe.axis = axis;
  for (size_t i = 1; i < sources.size(); ++i)
    recipe.shape[axis] += sources[i].shape[axis];
  recipe.sources = std::move(sources);
  return recipe;
}

Recipe product(Recipe a, Recipe b) {
  Recipe recipe;
  recipe.kind = Recipe::Kind::Product;
  recipe.shape = {a.shape[0], b.shape[1]};
  recipe.type = a.type;
  recipe.sources = {std::move(a), std::move(b)};
  return recipe;
}

/// Every second lane of `lanes` goes to every third.
std::vector<Recipe::Run> scatter(int64_t lanes) {
  std::vector<Recipe::Run> runs;
  for (int64_t lane = 0; lane < lanes; lane += 2)
    runs.push_back({lane / 2 * 3, lane, 1});
  return runs;
}

/// A product's sums in float32, not rounded to its type.
std::vector<float> multiply(Recipe recipe) {
  recipe.type = DType::F32;
  Result<HostTensor> result = evaluateRecipe(recipe, DType::F32);
  EXPECT_TRUE(result);
  std::vector<float> values(result ? result->bytes.size() / sizeof(float) : 0);
  if (!values.empty())
    std::memcpy(values.data(), result->bytes.data(), result->bytes.size());
  return values;
}

/// Whether the recipe's parts make what its tree does, in each type, and no
/// element twice; how many parts there are.
size_t check(const Recipe &recipe) {
  size_t count = 0;
  for (DType type : {DType::F32, DType::BF16, DType::F16}) {
    std::optional<std::vector<RecipeSource>> sources =
        getRecipeSources(recipe, type);
    EXPECT_TRUE(sources.has_value());
    Result<HostTensor> expected = evaluateRecipe(recipe, type);
    EXPECT_TRUE(expected);
    if (!sources || !expected)
      return 0;
    count = 0;
    std::vector<std::byte> made(expected->bytes.size());
    std::vector<char> seen(getElementCount(recipe.shape).value_or(0));
    for (RecipeSource &source : *sources) {
      std::vector<float> values;
      if (source.product)
        values = multiply(*source.product);
      count += source.parts.size();
      for (RecipePart &part : source.parts) {
        part.source = source.product ? values.data() : nullptr;
        for (int64_t i = 0; i < part.count; ++i) {
          int64_t to = recipePlace(part, i).to;
          EXPECT_LT(to, static_cast<int64_t>(seen.size()));
          if (to >= static_cast<int64_t>(seen.size()) || seen[to]++)
            ADD_FAILURE() << "element " << to << " is made twice or outside";
          else
            makeRecipeElement(part, i, made.data());
        }
      }
    }
    EXPECT_TRUE(made == expected->bytes) << getName(type);
  }
  return count;
}

TEST(Recipe, OriginalsOfEveryType) {
  for (DType type : {DType::F32, DType::BF16, DType::F16}) {
    EXPECT_EQ(check(original({}, type)), 1u);
    EXPECT_EQ(check(original({1}, type)), 1u);
    EXPECT_EQ(check(original({1001}, type)), 1u);
    EXPECT_EQ(check(original({37, 53}, type)), 1u);
    EXPECT_EQ(check(original({2, 3, 5, 7}, type)), 1u);
    // Values below half precision's normal ones.
    EXPECT_EQ(check(original({999}, type, int64_t(1) << 40)), 1u);
  }
  EXPECT_EQ(check(original({0, 3})), 0u);
}

TEST(Recipe, CastsRoundOneAfterTheOther) {
  for (DType inner : {DType::F32, DType::BF16, DType::F16})
    for (DType outer : {DType::F32, DType::BF16, DType::F16})
      EXPECT_EQ(check(cast(cast(original({333}, inner), outer), inner)), 1u);
  Recipe deep = original({33});
  for (int i = 0; i < 31; ++i)
    deep = cast(std::move(deep), i % 2 ? DType::F16 : DType::BF16);
  EXPECT_EQ(check(deep), 1u);
  deep = cast(cast(std::move(deep), DType::F16), DType::BF16);
  EXPECT_FALSE(getRecipeSources(deep, DType::F32));
}

TEST(Recipe, PadsByRuns) {
  EXPECT_EQ(check(pad(original({5, 7}), {8, 8}, {{{0, 0, 5}}, {{0, 0, 7}}})),
            1u);
  // Apart, backwards, twice, and not from the start.
  EXPECT_EQ(check(pad(original({6, 10}), {9, 16},
                      {{{1, 4, 2}, {4, 0, 3}, {8, 5, 1}},
                       {{0, 5, 5}, {6, 0, 5}, {12, 2, 4}}})),
            1u);
  // Inside each other: runs meet and part.
  EXPECT_EQ(check(pad(pad(original({10}), {14}, {{{0, 0, 4}, {6, 4, 6}}}), {20},
                      {{{2, 1, 7}, {11, 8, 5}}})),
            1u);
  EXPECT_EQ(check(pad(original({}), {}, {})), 1u);
}

TEST(Recipe, TransposesAndJoins) {
  EXPECT_EQ(check(transpose(original({13, 29}), {1, 0})), 1u);
  EXPECT_EQ(check(transpose(original({3, 4, 5}), {2, 0, 1})), 1u);
  EXPECT_EQ(check(transpose(pad(original({5, 7}), {8, 9},
                                {{{2, 0, 5}}, {{0, 3, 4}, {5, 0, 3}}}),
                            {1, 0})),
            1u);
  EXPECT_EQ(check(pad(transpose(original({3, 4, 5}), {2, 0, 1}), {6, 3, 8},
                      {{{0, 0, 5}}, {{0, 0, 3}}, {{0, 2, 2}, {5, 0, 2}}})),
            1u);
  for (int64_t axis : {0, 1}) {
    Recipe joined = concat({original({4, 4}, DType::BF16),
                            original({4, 4}, DType::BF16, 9, "v"),
                            pad(original({3, 3}, DType::BF16, 2, "u"), {4, 4},
                                {{{1, 0, 3}}, {{0, 0, 3}}})},
                           axis);
    EXPECT_EQ(check(joined), 3u);
    EXPECT_EQ(check(transpose(joined, {1, 0})), 3u);
    // Some of the sources lose all of their lanes, others a part.
    Shape shape = {5, 5};
    EXPECT_EQ(check(pad(joined, shape, {{{0, 2, 2}}, {{1, 1, 3}}})), 1u);
  }
  EXPECT_EQ(
      check(concat({original({2, 0}), original({2, 3}), original({2, 0})}, 1)),
      1u);
}

TEST(Recipe, ManyRunsAreDividedAmongParts) {
  // 300 runs, of which 128 fit.
  EXPECT_EQ(check(pad(original({600}), {900}, {scatter(600)})), 3u);
  // 200 and 3, the latter whole; 100 and 100: 64 each.
  EXPECT_EQ(
      check(pad(original({400, 6}), {600, 9}, {scatter(400), scatter(6)})), 2u);
  EXPECT_EQ(check(pad(original({200, 200}), {300, 300},
                      {scatter(200), scatter(200)})),
            4u);
}

// The tree would take 32 GiB.
TEST(Recipe, LanesOfALargeOriginal) {
  constexpr int64_t rows = 90001, columns = 95003;
  Recipe corner = pad(original({rows, columns}), {2, 8},
                      {{{0, rows - 2, 2}}, {{0, columns - 7, 7}}});
  auto sources = getRecipeSources(corner, DType::F32);
  ASSERT_TRUE(sources);
  ASSERT_EQ(sources->size(), 1U);
  const std::vector<RecipePart> &parts = (*sources)[0].parts;
  ASSERT_EQ(parts.size(), 1U);
  float made[16] = {}, drawn[7];
  for (int64_t i = 0; i < parts[0].count; ++i)
    makeRecipeElement(parts[0], i, made);
  for (int64_t row = 0; row < 2; ++row) {
    generateUniform(getSyntheticKey("w"), 0, getSyntheticScale(7),
                    (rows - 1 + row) * columns - 7, 7, drawn);
    for (int64_t i = 0; i < 7; ++i)
      EXPECT_EQ(made[8 * row + i], drawn[i]);
    EXPECT_EQ(made[8 * row + 7], 0);
  }
}

TEST(Recipe, ProductsAreSources) {
  for (DType type : {DType::F32, DType::BF16, DType::F16}) {
    Recipe pair =
        product(original({13, 5}, type, 13), original({5, 21}, type, 5, "v"));
    EXPECT_EQ(check(pair), 1u);
    EXPECT_EQ(check(pad(transpose(cast(pair, DType::BF16), {1, 0}), {24, 16},
                        {{{0, 0, 21}}, {{0, 3, 10}, {12, 0, 3}}})),
              1u);
    Recipe other = original({13, 4}, type, 2, "u");
    EXPECT_EQ(check(concat({pair, other, pair}, 1)), 3u);
    // Of products, and of nothing.
    EXPECT_EQ(check(product(pair, pad(original({21, 2}, type), {21, 3},
                                      {{{0, 0, 21}}, {{1, 0, 2}}}))),
              1u);
    EXPECT_EQ(check(product(original({3, 0}, type), original({0, 2}, type))),
              1u);
    EXPECT_EQ(check(product(original({0, 3}, type), original({3, 2}, type))),
              0u);
  }
}

TEST(Recipe, TooLittleMemoryIsAnError) {
  // More than a process has addresses.
  constexpr int64_t many = int64_t(1) << 45;
  const std::string expected =
      "there is no memory for the 140737488355328 bytes of values of shape ";
  for (const Recipe &recipe :
       {original({many}, DType::BF16),
        wrap(Recipe::Kind::Cast, original({many})),
        pad(original({2}), {many}, {{{0, 0, 2}}}),
        concat({original({many / 2}), original({many / 2})}, 0)}) {
    Result<HostTensor> made = evaluateRecipe(recipe, DType::BF16);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.getStatus().getCode(), ErrorCode::Memory);
    EXPECT_EQ(made.getStatus().getMessage(), expected + "[35184372088832]");
  }
  Result<HostTensor> made = evaluateRecipe(
      product(original({many / 8, 0}), original({0, 8})), DType::F32);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.getStatus().getMessage(), expected + "[4398046511104, 8]");
}

TEST(Recipe, OthersAreLeft) {
  EXPECT_FALSE(
      getRecipeSources(original({1, 1, 1, 1, 1, 1, 1, 1, 1}), DType::F32));
  EXPECT_EQ(check(original({1, 2, 1, 1, 3, 1, 1, 2})), 1u);
  EXPECT_FALSE(getRecipeSources(
      pad(original({int64_t(1) << 18}), {int64_t(1) << 18}, {[] {
            std::vector<Recipe::Run> runs;
            for (int64_t lane = 0; lane < 1 << 17; ++lane)
              runs.push_back({2 * lane, lane, 1});
            return runs;
          }()}),
      DType::F32));
}
} // namespace
