//===- RecipeKernel.cpp - Weights made on the device ------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RecipeKernel.h"

#include "RecipeParts.h"

#include <algorithm>

using namespace gac;
using namespace gac::runtime;
using namespace gac::runtime::cuda;

static constexpr int64_t threads = 256, elementsPerThread = 8;
static constexpr int64_t maxBlocks = 1 << 20;

RecipeKernel::~RecipeKernel() {
  if (module && !device->activate())
    device->getDriver().streamSynchronize(nullptr);
}

Result<bool> RecipeKernel::make(const Recipe &recipe, DType type,
                                DevicePointer to, size_t bytes) {
  std::optional<std::vector<RecipePart>> parts = getRecipeParts(recipe, type);
  if (!parts)
    return false;
  if (!hasTried) {
    hasTried = true;
    // That there is no compiler is no error: the CPU makes the same.
    Result<std::unique_ptr<KernelModule>> compiled = KernelModule::compile(
        recipeSource, "the kernel that makes weights", device, cacheFolder);
    if (compiled) {
      module = std::move(*compiled);
      Result<Function> found = module->getFunction("gac_recipe", 0);
      if (found)
        function = *found;
    }
  }
  if (!function)
    return false;
  const DriverTable &driver = device->getDriver();
  GAC_CUDA(driver, memset8, to, 0, bytes, nullptr);
  for (RecipePart &part : *parts) {
    int64_t blocks = (part.count - 1) / (threads * elementsPerThread) + 1;
    void *arguments[] = {&part, &to};
    GAC_CUDA(driver, launch, function,
             static_cast<unsigned>(std::min(blocks, maxBlocks)), 1, 1, threads,
             1, 1, 0, nullptr, arguments, nullptr);
  }
  return true;
}
