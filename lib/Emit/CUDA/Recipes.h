//===- Recipes.h - How weights are made of the model's --------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_EMIT_CUDA_RECIPES_H
#define GAC_EMIT_CUDA_RECIPES_H

#include "gac/Dialect/CUDA/IR/CUDAOps.h"
#include "llvm/Support/JSON.h"

#include <optional>

namespace gac::cuda {

/// What a manifest calls the element type; empty if packages have none such.
llvm::StringRef getDTypeName(mlir::Type type);

/// How a weight is made of the original model's, as docs/Package.md has it.
///
/// A small tensor that stands in the model file itself and that no product sums
/// over has none: it is more likely a table of frequencies or a factor than a
/// weight, and synthetic values would be no model. Nothing has one but floats
/// that are padded, transposed, rounded, joined, multiplied or left as they
/// are. It begins with the model before any repair, where the `origin` of the
/// tensor, or of the part of it, tells of one.
std::optional<llvm::json::Value> getRecipe(TensorOp tensor);

/// What callers see of a tensor that is wider than they know: its original
/// shape, and where the lanes of each axis are, as in a recipe that pads.
/// Nothing for a tensor that is as they know it.
std::optional<llvm::json::Value> getLanes(TensorOp tensor);

/// Whether the tensor's data belongs into the file of weights. `graphOnly`:
/// what has a recipe needs none.
bool needsData(TensorOp tensor, bool graphOnly);

} // namespace gac::cuda

#endif // GAC_EMIT_CUDA_RECIPES_H
