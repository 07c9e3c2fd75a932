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

/// What fills a zeroed weight of the recipe's shape and that type of floats:
/// each element of it belongs to one part at most, and those to none stay zero.
/// Nothing for a recipe that has products, or more axes, runs or casts than a
/// few parts hold; evaluateRecipe then makes the same.
std::optional<std::vector<RecipePart>> getRecipeParts(const Recipe &recipe,
                                                      DType type);

} // namespace gac::runtime

#endif // GAC_LIB_RUNTIME_RECIPEPARTS_H
