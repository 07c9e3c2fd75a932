//===- RecipeKernel.cpp - Weights made on the device ------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RecipeKernel.h"

#include "RecipeParts.h"

#include "kernels/RecipeProduct.cuh"

#include <algorithm>
#include <cstring>

using namespace gac;
using namespace gac::runtime;
using namespace gac::runtime::cuda;

static constexpr int64_t threads = 256, elementsPerThread = 8;
static constexpr int64_t maxBlocks = 1 << 20;

RecipeKernel::~RecipeKernel() {
  if (module && !device->activate())
    device->getDriver().streamSynchronize(nullptr);
}

bool RecipeKernel::compile() {
  if (!hasTried) {
    hasTried = true;
    // That there is no compiler is no error: the CPU makes the same.
    Result<std::unique_ptr<KernelModule>> compiled = KernelModule::compile(
        recipeSource, "the kernels that make weights", device, cacheFolder);
    if (compiled) {
      module = std::move(*compiled);
      Result<Function> part = module->getFunction("gac_recipe_part", 0);
      Result<Function> product = module->getFunction("gac_recipe_product", 0);
      if (part && product) {
        partFunction = *part;
        productFunction = *product;
      }
    }
  }
  return partFunction != nullptr;
}

/// Of its values in float32.
static size_t getBytes(const Recipe &recipe) {
  return static_cast<size_t>(getElementCount(recipe.shape).value_or(0)) *
         sizeof(float);
}

Result<std::optional<DeviceMemory>>
RecipeKernel::allocate(const Recipe &recipe) {
  size_t bytes = getBytes(recipe);
  Result<size_t> available = device->getFreeBytes();
  if (!available)
    return available.getStatus();
  // A gigabyte is left to whoever needs little.
  constexpr size_t reserve = size_t(1) << 30;
  if (*available < reserve || bytes > *available - reserve)
    return std::optional<DeviceMemory>();
  Result<DeviceMemory> memory = DeviceMemory::allocate(device, bytes);
  // What was free a moment ago may be another program's by now.
  if (!memory)
    return std::optional<DeviceMemory>();
  return std::optional<DeviceMemory>(std::move(*memory));
}

Result<std::optional<DeviceMemory>>
RecipeKernel::makeFactor(const Recipe &recipe) {
  Result<std::optional<DeviceMemory>> memory = allocate(recipe);
  if (!memory || !*memory)
    return memory;
  Result<bool> made =
      make(recipe, DType::F32, (*memory)->get(), getBytes(recipe));
  if (!made)
    return made.getStatus();
  if (!*made)
    return std::optional<DeviceMemory>();
  return memory;
}

Result<std::optional<DeviceMemory>>
RecipeKernel::makeProduct(const Recipe &recipe) {
  Result<std::optional<DeviceMemory>> a = makeFactor(recipe.sources[0]);
  if (!a || !*a)
    return a;
  Result<std::optional<DeviceMemory>> b = makeFactor(recipe.sources[1]);
  if (!b || !*b)
    return b;
  Result<std::optional<DeviceMemory>> result = allocate(recipe);
  if (!result || !*result)
    return result;
  int64_t rows = recipe.shape[0], columns = recipe.shape[1];
  int64_t depth = recipe.sources[0].shape[1];
  int64_t blocks = ((rows - 1) / recipeProductTile + 1) *
                   ((columns - 1) / recipeProductTile + 1);
  DevicePointer aAddress = (*a)->get(), bAddress = (*b)->get(),
                address = (*result)->get();
  void *arguments[] = {&aAddress, &bAddress, &address, &rows, &depth, &columns};
  // Factors are given back at the end, which waits for the device.
  GAC_CUDA(device->getDriver(), launch, productFunction,
           static_cast<unsigned>(blocks), 1, 1, recipeProductThreads, 1, 1, 0,
           nullptr, arguments, nullptr);
  return result;
}

Result<bool> RecipeKernel::make(const Recipe &recipe, DType type,
                                DevicePointer to, size_t bytes) {
  std::optional<std::vector<RecipeSource>> sources =
      getRecipeSources(recipe, type);
  if (!sources || !compile())
    return false;
  const DriverTable &driver = device->getDriver();
  if (bytes > 0)
    GAC_CUDA(driver, memset8, to, 0, bytes, nullptr);
  for (RecipeSource &source : *sources) {
    std::optional<DeviceMemory> product;
    if (source.product) {
      Result<std::optional<DeviceMemory>> made = makeProduct(*source.product);
      if (!made)
        return made.getStatus();
      if (!*made)
        return false;
      product = std::move(*made);
    }
    for (RecipePart &part : source.parts) {
      if (product) {
        DevicePointer address = product->get();
        static_assert(sizeof(address) == sizeof(part.source));
        std::memcpy(static_cast<void *>(&part.source), &address,
                    sizeof(address));
      }
      int64_t blocks = (part.count - 1) / (threads * elementsPerThread) + 1;
      void *arguments[] = {&part, &to};
      GAC_CUDA(driver, launch, partFunction,
               static_cast<unsigned>(std::min(blocks, maxBlocks)), 1, 1,
               threads, 1, 1, 0, nullptr, arguments, nullptr);
    }
  }
  return true;
}
