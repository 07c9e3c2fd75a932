//===- RecipeReader.h - Recipes from JSON -----------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_RUNTIME_RECIPEREADER_H
#define GAC_LIB_RUNTIME_RECIPEREADER_H

#include "Json.h"
#include "gac/Runtime/Recipe.h"

namespace gac::runtime {

/// Reads and checks a recipe. Mistakes go to the place, after which the result
/// must not be used.
Recipe readRecipe(const JsonPlace &place);

/// Reads and checks the runs by which a tensor of shape `from` is padded to
/// shape `to`, a list for each axis, ascending and apart in the result.
/// Mistakes go to the place, as above.
std::vector<std::vector<Recipe::Run>>
readRuns(const JsonPlace &axes, const Shape &from, const Shape &to);

} // namespace gac::runtime

#endif // GAC_LIB_RUNTIME_RECIPEREADER_H
