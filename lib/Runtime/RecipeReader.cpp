//===- RecipeReader.cpp - Recipes from JSON ---------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RecipeReader.h"

#include <limits>

using namespace gac::runtime;

/// Recipes of real repairs are a handful deep; evaluation recurses.
static constexpr int maxDepth = 64;
static constexpr int64_t maxInteger = std::numeric_limits<int64_t>::max();

static Recipe readRecipe(const JsonPlace &place, int depth);

/// Whether all is well so far: what follows would use what was read.
static bool isFine(const JsonPlace &place) { return !place.getStatus(); }

static void readOriginal(const JsonPlace &place, Recipe &recipe) {
  recipe.name = place.at("name").getString();
  recipe.shape = place.at("shape").getShape();
  recipe.type = place.at("dtype").getDType();
  recipe.fanIn = place.at("fanIn").getInteger(1, maxInteger);
  if (!isFloat(recipe.type))
    place.fail(ErrorCode::Unsupported,
               "'" + recipe.name + "' is of type " +
                   std::string(getName(recipe.type)) +
                   ", for which there are no synthetic values");
}

std::vector<std::vector<Recipe::Run>>
gac::runtime::readRuns(const JsonPlace &axes, const Shape &from,
                       const Shape &to) {
  std::vector<std::vector<Recipe::Run>> lists;
  if (axes.size() != from.size() || to.size() != from.size())
    axes.fail("pads " + toString(from) + " to " + toString(to) +
              " with runs for " + std::to_string(axes.size()) + " axes");
  for (size_t axis = 0; isFine(axes) && axis < from.size(); ++axis) {
    JsonPlace runs = axes.at(axis);
    std::vector<Recipe::Run> &list = lists.emplace_back();
    int64_t end = 0;
    for (size_t i = 0, count = runs.size(); isFine(axes) && i < count; ++i) {
      JsonPlace triple = runs.at(i);
      if (triple.size() != 3)
        triple.fail("a run is [to, from, count]");
      Recipe::Run run;
      run.to = triple.at(size_t(0)).getInteger(end, maxInteger);
      run.from = triple.at(1).getInteger(0, maxInteger);
      run.count = triple.at(2).getInteger(1, maxInteger);
      if (!isFine(axes))
        return lists;
      // Subtracted, because a sum may overflow.
      if (run.to > to[axis] || run.from > from[axis] ||
          run.count > to[axis] - run.to || run.count > from[axis] - run.from)
        triple.fail("the run of " + std::to_string(run.count) + " lanes from " +
                    std::to_string(run.from) + " to " + std::to_string(run.to) +
                    " leaves axis " + std::to_string(axis) + ", which has " +
                    std::to_string(from[axis]) + " lanes and gets " +
                    std::to_string(to[axis]));
      end = run.to + run.count;
      list.push_back(run);
    }
    if (list.empty() && isFine(axes) && to[axis] > 0)
      runs.fail("an axis needs a run, also where nothing moves");
  }
  return lists;
}

static void readPad(const JsonPlace &place, Recipe &recipe) {
  recipe.shape = place.at("shape").getShape();
  recipe.axes =
      readRuns(place.at("axes"), recipe.sources[0].shape, recipe.shape);
}

static void readTranspose(const JsonPlace &place, Recipe &recipe) {
  const Shape &from = recipe.sources[0].shape;
  JsonPlace perm = place.at("perm");
  size_t rank = perm.size();
  std::vector<bool> seen(from.size());
  if (rank != from.size())
    return perm.fail("permutes " + std::to_string(rank) + " axes of " +
                     toString(from));
  for (size_t i = 0; i < rank; ++i) {
    int64_t axis = perm.at(i).getInteger(0, static_cast<int64_t>(rank) - 1);
    if (seen[axis])
      return perm.fail("axis " + std::to_string(axis) + " comes twice");
    seen[axis] = true;
    recipe.perm.push_back(axis);
    recipe.shape.push_back(from[axis]);
  }
}

static void readConcat(const JsonPlace &place, Recipe &recipe) {
  recipe.shape = recipe.sources[0].shape;
  int64_t rank = static_cast<int64_t>(recipe.shape.size());
  if (rank == 0)
    return place.fail("scalars have no axis to be joined along");
  recipe.axis = place.at("axis").getInteger(0, rank - 1);
  for (size_t i = 1; i < recipe.sources.size(); ++i) {
    Shape shape = recipe.sources[i].shape;
    bool same = shape.size() == recipe.shape.size();
    if (same &&
        __builtin_add_overflow(recipe.shape[recipe.axis], shape[recipe.axis],
                               &recipe.shape[recipe.axis]))
      return place.fail("the joined axis is too long");
    if (same)
      shape[recipe.axis] = recipe.shape[recipe.axis];
    if (shape != recipe.shape)
      return place.fail("source " + std::to_string(i) + " of shape " +
                        toString(recipe.sources[i].shape) +
                        " does not fit to " +
                        toString(recipe.sources[0].shape) + " along axis " +
                        std::to_string(recipe.axis));
    if (recipe.sources[i].type != recipe.type)
      return place.fail("source " + std::to_string(i) +
                        " has another element type than the first");
  }
}

static void readProduct(const JsonPlace &place, Recipe &recipe) {
  const Recipe &a = recipe.sources[0], &b = recipe.sources[1];
  if (a.shape.size() != 2 || b.shape.size() != 2 || a.shape[1] != b.shape[0] ||
      a.type != b.type)
    return place.fail("no product of " + toString(a.shape) + " " +
                      std::string(getName(a.type)) + " and " +
                      toString(b.shape) + " " + std::string(getName(b.type)));
  recipe.shape = {a.shape[0], b.shape[1]};
}

static Recipe readRecipe(const JsonPlace &place, int depth) {
  Recipe recipe;
  std::string kind = place.at("kind").getString();
  if (depth == 0)
    place.fail("more than " + std::to_string(maxDepth) +
               " recipes inside each other");
  if (!isFine(place))
    return recipe;

  if (kind == "original") {
    readOriginal(place, recipe);
    return recipe;
  }
  if (kind == "product") {
    recipe.kind = Recipe::Kind::Product;
    recipe.sources.push_back(readRecipe(place.at("a"), depth - 1));
    if (isFine(place))
      recipe.sources.push_back(readRecipe(place.at("b"), depth - 1));
  } else if (kind == "concat") {
    recipe.kind = Recipe::Kind::Concat;
    JsonPlace sources = place.at("sources");
    for (size_t i = 0, n = sources.size(); isFine(place) && i < n; ++i)
      recipe.sources.push_back(readRecipe(sources.at(i), depth - 1));
    if (isFine(place) && recipe.sources.empty())
      sources.fail("nothing to join");
  } else if (kind == "pad" || kind == "transpose" || kind == "cast") {
    recipe.kind = kind == "pad"    ? Recipe::Kind::Pad
                  : kind == "cast" ? Recipe::Kind::Cast
                                   : Recipe::Kind::Transpose;
    recipe.sources.push_back(readRecipe(place.at("source"), depth - 1));
  } else {
    place.fail(ErrorCode::Unsupported, "no recipe is called '" + kind + "'");
  }
  if (!isFine(place))
    return recipe;

  recipe.type = recipe.sources[0].type;
  switch (recipe.kind) {
  case Recipe::Kind::Original:
    break;
  case Recipe::Kind::Pad:
    readPad(place, recipe);
    break;
  case Recipe::Kind::Transpose:
    readTranspose(place, recipe);
    break;
  case Recipe::Kind::Concat:
    readConcat(place, recipe);
    break;
  case Recipe::Kind::Product:
    readProduct(place, recipe);
    break;
  case Recipe::Kind::Cast:
    recipe.shape = recipe.sources[0].shape;
    recipe.type = place.at("dtype").getDType();
    if (!isFloat(recipe.type))
      place.fail(ErrorCode::Unsupported,
                 "casts to " + std::string(getName(recipe.type)));
    break;
  }
  if (isFine(place) && !getByteCount(recipe.shape, DType::F32))
    place.fail("the shape " + toString(recipe.shape) +
               " has too many elements");
  return recipe;
}

Recipe gac::runtime::readRecipe(const JsonPlace &place) {
  return ::readRecipe(place, maxDepth);
}
