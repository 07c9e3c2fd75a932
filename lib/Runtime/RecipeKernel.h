//===- RecipeKernel.h - Weights made on the device --------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_RUNTIME_RECIPEKERNEL_H
#define GAC_LIB_RUNTIME_RECIPEKERNEL_H

#include "KernelModule.h"

namespace gac::runtime {

/// CUDA source of gac_recipe, with kernels/Recipe.cuh in it.
extern const char *const recipeSource;

/// Evaluates recipes where their weights lie, with no other device memory and
/// the bits of evaluateRecipe. All work is in the default stream; the
/// destructor waits for it.
class RecipeKernel {
public:
  RecipeKernel(std::shared_ptr<DeviceContext> device, std::string cacheFolder)
      : device(std::move(device)), cacheFolder(std::move(cacheFolder)) {}
  ~RecipeKernel();
  RecipeKernel(const RecipeKernel &) = delete;
  RecipeKernel &operator=(const RecipeKernel &) = delete;

  /// Makes the weight at that address, which has `bytes` bytes. False where the
  /// CPU has to: there is no compiler for kernels, or the recipe asks for more
  /// than getRecipeParts does; nothing is written then.
  Result<bool> make(const Recipe &recipe, DType type, cuda::DevicePointer to,
                    size_t bytes);

private:
  std::shared_ptr<DeviceContext> device;
  std::string cacheFolder;
  /// Compiled when the first weight asks for it; null where it cannot be.
  std::unique_ptr<KernelModule> module;
  cuda::Function function = nullptr;
  bool hasTried = false;
};

} // namespace gac::runtime

#endif // GAC_LIB_RUNTIME_RECIPEKERNEL_H
