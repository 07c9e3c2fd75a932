//===- RecipeParts.h - A recipe as boxes of its originals -------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_RUNTIME_RECIPEPARTS_H
#define GAC_LIB_RUNTIME_RECIPEPARTS_H

#include "gac/Runtime/Recipe.h"

#include "kernels/Recipe.cuh"

namespace gac::runtime {

/// What one original brings to a weight, in boxes.
struct RecipeSource {
  /// A product, which has to be made first, before its rounding: parts' source
  /// is where it lies, and null until somebody says that. Null for an original
  /// that is drawn. It belongs to the recipe that was taken apart.
  const Recipe *product = nullptr;
  std::vector<RecipePart> parts;
};

/// What fills a zeroed weight of the recipe's shape and that type of floats:
/// each element of it belongs to one part at most, and those to none stay zero.
/// Nothing for a recipe that has more axes, runs or casts than a few parts
/// hold; evaluateRecipe then makes the same. Products' factors are not looked
/// into.
std::optional<std::vector<RecipeSource>> getRecipeSources(const Recipe &recipe,
                                                          DType type);

} // namespace gac::runtime

#endif // GAC_LIB_RUNTIME_RECIPEPARTS_H
