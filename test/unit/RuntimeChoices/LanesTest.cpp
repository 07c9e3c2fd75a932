//===- LanesTest.cpp - What callers give and get ----------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// On a GPU that only remembers what is uploaded (Stubs.h): inputs, outputs and
// caches that a repair made wider.
//
//===----------------------------------------------------------------------===//

#include "gac/Runtime/Runtime.h"
#include "gac/Runtime/gac_runtime.h"

#include "Runtime/TestFiles.h"
#include "Stubs.h"

#include <gtest/gtest.h>

#include <cstring>
#include <numeric>

using namespace gac::runtime;
using stubs::device;

namespace {
// Two halves of 3 that are 4 now; what is put in as 'x' can be read as an
// output again.
const char *const manifest = R"json({
"format": "gac-package", "version": 1, "producer": "gac", "model": "m.onnx",
"dtype": "f32", "arch": ["sm_90"], "source": "kernels.cu",
"cubins": {"sm_90": "kernels.cubin"}, "weights": {"file": null},
"tensors": [
  {"name": "x", "kind": "input", "dtype": "f32", "shape": [3, 8],
   "lanes": {"shape": [2, 6], "axes": [[[1, 0, 2]], [[0, 0, 3], [4, 3, 3]]]}},
  {"name": "k", "kind": "cache", "dtype": "f32", "shape": [2, 4, 3],
   "lanes": {"shape": [2, 4, 2], "axes": [[[0, 0, 2]], [[0, 0, 4]], [[0, 0, 1], [2, 1, 1]]]}}],
"caches": [{"input": "past", "output": "present", "tensor": 1, "axis": 1, "capacity": 4}],
"entries": [{"name": "main", "inputs": [0], "outputs": [0], "arenaBytes": 0,
             "buffers": [], "ops": []}]})json";

HostTensor makeTensor(const Shape &shape, const std::vector<float> &values) {
  HostTensor tensor{DType::F32, shape, {}};
  tensor.bytes.resize(values.size() * sizeof(float));
  std::memcpy(tensor.bytes.data(), values.data(), tensor.bytes.size());
  return tensor;
}

std::vector<float> toFloats(const std::vector<std::byte> &bytes) {
  std::vector<float> values(bytes.size() / sizeof(float));
  std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

/// 1, 2, ..., count.
std::vector<float> countTo(size_t count) {
  std::vector<float> values(count);
  std::iota(values.begin(), values.end(), 1.0F);
  return values;
}

class LanesTest : public testing::Test {
protected:
  LanesTest() {
    device = stubs::Device();
    folder.write("manifest.json", manifest);
    folder.write("kernels.cu", "");
    folder.write("kernels.cubin", "code");
  }

  void SetUp() override {
    ModelOptions options;
    options.cacheFolder = "";
    Result<Model> loaded = Model::load(folder.path, options);
    ASSERT_TRUE(loaded) << loaded.getStatus().getMessage();
    model.emplace(std::move(*loaded));
    Result<Session> created = model->createSession();
    ASSERT_TRUE(created) << created.getStatus().getMessage();
    session.emplace(std::move(*created));
    device.memory.clear();
  }

  /// The one upload since the last one.
  std::vector<float> takeUpload() {
    EXPECT_EQ(device.memory.size(), 1U);
    std::vector<float> values;
    if (!device.memory.empty())
      values = toFloats(device.memory.begin()->second);
    return values;
  }

  TestFolder folder;
  std::optional<Model> model;
  std::optional<Session> session;
};

const std::vector<float> storedInput = {0, 0, 0, 0, 0, 0, 0, 0, 1,  2,  3,  0,
                                        4, 5, 6, 0, 7, 8, 9, 0, 10, 11, 12, 0};

TEST_F(LanesTest, InputsAreScattered) {
  Status status =
      session->setInput("main", "x", makeTensor({2, 6}, countTo(12)));
  ASSERT_FALSE(status) << status.getMessage();
  EXPECT_EQ(takeUpload(), storedInput);
  Result<HostTensor> back = session->getOutput("main", "x");
  ASSERT_TRUE(back);
  EXPECT_EQ(back->shape, Shape({2, 6}));
  EXPECT_EQ(toFloats(back->bytes), countTo(12));
}

TEST_F(LanesTest, StoredInputsHaveZerosAsPadding) {
  std::vector<float> values = storedInput;
  values[3] = -0.0F;
  ASSERT_FALSE(session->setInput("main", "x", makeTensor({3, 8}, values)));
  EXPECT_EQ(takeUpload(), storedInput);
  values[11] = 0.5F;
  Status status = session->setInput("main", "x", makeTensor({3, 8}, values));
  EXPECT_EQ(status.getMessage(),
            "entry 'main': input 'x' of shape [3, 8] has padding lanes, which "
            "must be zero, and at [1, 3] is not: give the shape [2, 6], or "
            "move the lanes as the package says");
  status = session->setInput("main", "x", makeTensor({3, 6}, countTo(18)));
  EXPECT_EQ(status.getMessage(),
            "entry 'main': input 'x' has shape [2, 6] ([3, 8] with padding), "
            "got [3, 6]");
}

TEST_F(LanesTest, CachesAreScatteredByPosition) {
  Status status = session->setCache("past", makeTensor({2, 3, 2}, countTo(12)));
  ASSERT_FALSE(status) << status.getMessage();
  // Of each of the two rows the three positions that are filled.
  ASSERT_EQ(device.memory.size(), 2U);
  auto row = device.memory.begin();
  EXPECT_EQ(toFloats(row->second),
            std::vector<float>({1, 0, 2, 3, 0, 4, 5, 0, 6}));
  uint64_t first = row->first;
  EXPECT_EQ((++row)->first, first + 4 * 3 * sizeof(float));
  EXPECT_EQ(toFloats(row->second),
            std::vector<float>({7, 0, 8, 9, 0, 10, 11, 0, 12}));
  EXPECT_EQ(*session->getPosition("past"), 3);
  for (const char *name : {"past", "present"}) {
    Result<HostTensor> back = session->getCache(name);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->shape, Shape({2, 3, 2}));
    EXPECT_EQ(toFloats(back->bytes), countTo(12));
  }
  // As they are stored, too, and none at all.
  ASSERT_FALSE(
      session->setCache("past", makeTensor({2, 1, 3}, {1, 0, 2, 3, 0, 4})));
  EXPECT_EQ(toFloats(session->getCache("past")->bytes), countTo(4));
  ASSERT_FALSE(session->setCache("past", makeTensor({2, 0, 2}, {})));
  EXPECT_EQ(session->getCache("past")->shape, Shape({2, 0, 2}));
  status = session->setCache("past", makeTensor({2, 5, 2}, countTo(20)));
  EXPECT_EQ(status.getMessage(),
            "cache 'past' has shape [2, 4, 2] ([2, 4, 3] with padding) with up "
            "to 4 positions on axis 1, got [2, 5, 2]");
}

TEST_F(LanesTest, CHasTheShapesOfCallers) {
  gac_model *loaded = nullptr;
  ASSERT_EQ(gac_model_load(folder.path.c_str(), 0, 0, &loaded), GAC_OK)
      << gac_last_error();
  const char *name = nullptr;
  gac_tensor tensor;
  ASSERT_EQ(gac_model_input(loaded, 0, 0, &name, &tensor), GAC_OK);
  ASSERT_EQ(tensor.rank, 2U);
  EXPECT_EQ(tensor.shape[0], 2);
  EXPECT_EQ(tensor.shape[1], 6);
  EXPECT_EQ(tensor.bytes, 2 * 6 * sizeof(float));
  gac_session *created = nullptr;
  ASSERT_EQ(gac_session_create(loaded, nullptr, &created), GAC_OK);
  std::vector<float> values = countTo(12), back(12);
  tensor.data = values.data();
  EXPECT_EQ(gac_session_set_input(created, "main", "x", &tensor), GAC_OK)
      << gac_last_error();
  EXPECT_EQ(gac_session_get_output(created, "main", "x", back.data(),
                                   back.size() * sizeof(float)),
            GAC_OK)
      << gac_last_error();
  EXPECT_EQ(back, values);
  gac_session_free(created);
  gac_model_free(loaded);
}
} // namespace
