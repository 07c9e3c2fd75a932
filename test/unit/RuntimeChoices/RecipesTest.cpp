//===- RecipesTest.cpp - Where the runtime makes weights --------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// On a GPU that only keeps time (Stubs.h): what is launched, uploaded and
// allocated for weights that have recipes.
//
//===----------------------------------------------------------------------===//

#include "gac/Runtime/Runtime.h"

#include "Runtime/TestFiles.h"
#include "Stubs.h"

#include <gtest/gtest.h>

using namespace gac::runtime;
using stubs::device;

namespace {
// One original each in 'w' and 'padded', two in 'joined', none in 'empty'.
const char *const manifest = R"json({
"format": "gac-package", "version": 1, "producer": "gac", "model": "m.onnx",
"dtype": "bf16", "arch": ["sm_90"], "source": "kernels.cu",
"cubins": {"sm_90": "kernels.cubin"}, "weights": {"file": null},
"tensors": [
  {"name": "w", "kind": "weight", "dtype": "bf16", "shape": [3, 5], "recipe": WEIGHT},
  {"name": "padded", "kind": "weight", "dtype": "bf16", "shape": [8, 8],
   "recipe": {"kind": "pad", "source": WEIGHT, "shape": [8, 8],
              "axes": [[[0, 0, 3]], [[0, 0, 2], [4, 2, 3]]]}},
  {"name": "joined", "kind": "weight", "dtype": "f32", "shape": [6, 5],
   "recipe": {"kind": "concat", "axis": 0, "sources": [WEIGHT, WEIGHT]}},
  {"name": "empty", "kind": "weight", "dtype": "bf16", "shape": [0, 5],
   "recipe": {"kind": "original", "name": "e", "shape": [0, 5],
              "dtype": "bf16", "fanIn": 5}},
  {"name": "product", "kind": "weight", "dtype": "bf16", "shape": [3, 3],
   "recipe": {"kind": "product", "a": WEIGHT,
              "b": {"kind": "transpose", "perm": [1, 0], "source": WEIGHT}}}],
"entries": [{"name": "main", "inputs": [], "outputs": [], "arenaBytes": 0,
             "buffers": [], "ops": []}]})json";

class RecipesTest : public testing::Test {
protected:
  RecipesTest() {
    device = stubs::Device();
    std::string text = manifest;
    for (size_t at; (at = text.find("WEIGHT")) != std::string::npos;)
      text.replace(at, 6, R"json({"kind": "original", "name": "w",
          "shape": [3, 5], "dtype": "bf16", "fanIn": 5})json");
    folder.write("manifest.json", text);
    folder.write("kernels.cu", "");
    folder.write("kernels.cubin", "code");
  }

  /// Loads the package; its memory goes with the model.
  Status load() {
    ModelOptions options;
    options.cacheFolder = folder.path + "/cache";
    Result<Model> model = Model::load(folder.path, options);
    if (!model)
      return model.getStatus();
    return {};
  }

  TestFolder folder;
};

TEST_F(RecipesTest, OriginalsAreMadeOnTheDevice) {
  Status status = load();
  ASSERT_FALSE(status) << status.getMessage();
  // Of 'product' also its factors, and what brings it to its place.
  EXPECT_EQ(device.count("kernel gac_recipe_part"), 7U);
  EXPECT_EQ(device.count("kernel gac_recipe_product"), 1U);
  EXPECT_EQ(device.log.size(), 8U);
  EXPECT_EQ(device.uploadedBytes, 0U);
  // Nothing but the weights, the product and its factors was allocated, and
  // nothing stays.
  Result<Package> package = Package::open(folder.path);
  ASSERT_TRUE(package);
  EXPECT_EQ(device.peakBytes, size_t(getMemoryUse(*package).weights) +
                                  (3 * 5 + 5 * 3 + 3 * 3) * sizeof(float));
  EXPECT_EQ(device.usedBytes, 0U);
}

TEST_F(RecipesTest, TheKernelIsCompiledOnce) {
  ASSERT_FALSE(load());
  EXPECT_EQ(device.compilations, 1);
  ASSERT_FALSE(load());
  EXPECT_EQ(device.compilations, 1);
  EXPECT_EQ(device.count("kernel gac_recipe_part"), 14U);
}

TEST_F(RecipesTest, WithoutRoomTheCPUMakesProducts) {
  device.totalBytes = size_t(1) << 20;
  Status status = load();
  ASSERT_FALSE(status) << status.getMessage();
  EXPECT_EQ(device.count("kernel gac_recipe_part"), 4U);
  EXPECT_EQ(device.count("kernel gac_recipe_product"), 0U);
  EXPECT_EQ(device.uploadedBytes, size_t(3 * 3 * 2));
  EXPECT_EQ(device.usedBytes, 0U);
  Result<Package> package = Package::open(folder.path);
  ASSERT_TRUE(package);
  EXPECT_EQ(device.peakBytes, size_t(getMemoryUse(*package).weights));
}

TEST_F(RecipesTest, WithoutACompilerTheCPUMakesThem) {
  device.hasNvrtc = false;
  Status status = load();
  ASSERT_FALSE(status) << status.getMessage();
  EXPECT_EQ(device.compilations, 1);
  EXPECT_EQ(device.count("kernel"), 0U);
  EXPECT_EQ(device.uploadedBytes,
            size_t(3 * 3 * 2 + 3 * 5 * 2 + 8 * 8 * 2 + 6 * 5 * 4));
  EXPECT_EQ(device.usedBytes, 0U);
}
} // namespace
