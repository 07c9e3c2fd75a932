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

/// CUDA source of gac_recipe_part and gac_recipe_product, with
/// kernels/Recipe.cuh and RecipeProduct.cuh in it.
extern const char *const recipeSource;

/// Evaluates recipes where their weights lie, with the bits of evaluateRecipe.
/// A product and its factors take device memory besides, as float32, until it
/// is where it belongs. All work is in the default stream; the destructor waits
/// for it.
class RecipeKernel {
public:
  RecipeKernel(std::shared_ptr<DeviceContext> device, std::string cacheFolder)
      : device(std::move(device)), cacheFolder(std::move(cacheFolder)) {}
  ~RecipeKernel();
  RecipeKernel(const RecipeKernel &) = delete;
  RecipeKernel &operator=(const RecipeKernel &) = delete;

  /// Makes the weight at that address, which has `bytes` bytes. False where the
  /// CPU has to: there is no compiler for kernels, no room for a product, or
  /// the recipe asks for more than getRecipeSources does. What is there then is
  /// part of the weight at most.
  Result<bool> make(const Recipe &recipe, DType type, cuda::DevicePointer to,
                    size_t bytes);

private:
  /// Whether there are kernels.
  bool compile();
  /// A product of float32 without its rounding; nothing where make() is false.
  Result<std::optional<DeviceMemory>> makeProduct(const Recipe &recipe);
  Result<std::optional<DeviceMemory>> makeFactor(const Recipe &recipe);
  /// Nothing where there is no room.
  Result<std::optional<DeviceMemory>> allocate(const Recipe &recipe);

  std::shared_ptr<DeviceContext> device;
  std::string cacheFolder;
  /// Compiled when the first weight asks for it; null where it cannot be.
  std::unique_ptr<KernelModule> module;
  cuda::Function partFunction = nullptr, productFunction = nullptr;
  bool hasTried = false;
};

} // namespace gac::runtime

#endif // GAC_LIB_RUNTIME_RECIPEKERNEL_H
