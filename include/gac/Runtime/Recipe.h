//===- Recipe.h - How a weight is made --------------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A repaired model's weight is made of tensors of the original model: padded,
// transposed, joined, multiplied. A package without weights has these recipes;
// their originals then have synthetic values (Synthetic.h), so that the
// original and the repaired package hold the same model.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_RUNTIME_RECIPE_H
#define GAC_RUNTIME_RECIPE_H

#include "gac/Runtime/Tensor.h"

#include <vector>

namespace gac::runtime {

/// A tree; docs/Package.md defines what each kind means, bit for bit.
struct Recipe {
  enum class Kind { Original, Pad, Transpose, Concat, Product, Cast };

  /// Consecutive lanes of an axis that move together.
  struct Run {
    int64_t to, from, count;
  };

  Kind kind = Kind::Original;
  /// What comes out. All kinds but Original and Cast keep their sources' type.
  Shape shape;
  DType type = DType::F32;
  /// Original: its name in the original model, and how many products are summed
  /// for one element of what it makes.
  std::string name;
  int64_t fanIn = 1;
  /// Pad: ascending and apart, for each axis.
  std::vector<std::vector<Run>> axes;
  /// Transpose: axis i of the result is axis perm[i] of the source.
  std::vector<int64_t> perm;
  /// Concat.
  int64_t axis = 0;
  /// One, for Concat one or more, for Product two matrices.
  std::vector<Recipe> sources;
};

/// Evaluates a recipe whose originals have synthetic values, on all cores, and
/// rounds the result to `type`. Memory: the float32 values of the largest
/// intermediate result and its sources; where there is not as much, an error of
/// ErrorCode::Memory has the bytes and the shape.
Result<HostTensor> evaluateRecipe(const Recipe &recipe, DType type);

} // namespace gac::runtime

#endif // GAC_RUNTIME_RECIPE_H
