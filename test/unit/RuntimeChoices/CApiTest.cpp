//===- CApiTest.cpp - The C interface on a device ---------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Runtime/gac_runtime.h"

#include "Runtime/TestFiles.h"
#include "Stubs.h"

#include <gtest/gtest.h>

using gac::runtime::stubs::device;

namespace {
const char *const manifest = R"json({
"format": "gac-package", "version": 1, "producer": "gac", "model": "m.onnx",
"dtype": "bf16", "arch": ["sm_90"], "source": "kernels.cu",
"cubins": {"sm_90": "kernels.cubin"}, "weights": {"file": null},
"tensors": [
  {"name": "x", "kind": "input", "dtype": "bf16", "shape": [8, 8]},
  {"name": "y", "kind": "output", "dtype": "bf16", "shape": [8, 8]}],
"entries": [{"name": "main", "inputs": [0], "outputs": [1], "arenaBytes": 0,
  "buffers": [], "ops": [
    {"kind": "gemm", "family": "gemm", "nodes": [], "flops": 1, "bytes": 1, "predictedUs": 1,
     "a": {"tensor": 0, "ld": 8}, "b": {"tensor": 0, "ld": 8}, "d": {"tensor": 1, "ld": 8},
     "m": 8, "n": 8, "k": 8}]}]})json";

class CApiTest : public testing::Test {
protected:
  CApiTest() {
    device = gac::runtime::stubs::Device();
    device.algorithms = {{50, 50}, {40, 40}};
    folder.write("manifest.json", manifest);
    folder.write("kernels.cu", "");
    folder.write("kernels.cubin", "code");
    setenv("GAC_CACHE_DIR", (folder.path + "/cache").c_str(), 1);
  }
  ~CApiTest() override {
    gac_session_free(session);
    gac_model_free(model);
    unsetenv("GAC_CACHE_DIR");
  }

  void SetUp() override {
    ASSERT_EQ(gac_model_load(folder.path.c_str(), 0, 0, &model), GAC_OK)
        << gac_last_error();
    ASSERT_EQ(gac_session_create(model, nullptr, &session), GAC_OK)
        << gac_last_error();
  }

  TestFolder folder;
  gac_model *model = nullptr;
  gac_session *session = nullptr;
};

TEST_F(CApiTest, PreparesOnce) {
  EXPECT_EQ(gac_session_prepare(session, "main"), GAC_OK) << gac_last_error();
  size_t ran = device.log.size();
  EXPECT_EQ(device.count("product 1"), 17U);
  EXPECT_EQ(gac_session_prepare(session, "main"), GAC_OK);
  EXPECT_EQ(device.log.size(), ran);
  EXPECT_EQ(gac_session_run(session, "main"), GAC_OK) << gac_last_error();
  EXPECT_EQ(device.log.size(), ran + 1);
  EXPECT_EQ(gac_session_prepare(session, "other"), GAC_ERROR_INVALID);
  EXPECT_EQ(gac_last_error(),
            "package '" + folder.path + "' has no entry 'other', only 'main'");
}

TEST_F(CApiTest, NullPointersAreErrors) {
  const char *name = nullptr;
  gac_tensor tensor = {};
  double time = 0;
  auto check = [&](gac_status status) {
    EXPECT_EQ(status, GAC_ERROR_INVALID);
    EXPECT_STREQ(gac_last_error(), "a pointer is null");
    // Which forgets the sentence.
    EXPECT_EQ(gac_session_synchronize(session), GAC_OK);
    EXPECT_STREQ(gac_last_error(), "");
  };
  check(gac_model_load(nullptr, 0, 0, &model));
  check(gac_model_load("p", 0, 0, nullptr));
  for (auto *describe : {&gac_model_input, &gac_model_output}) {
    check(describe(nullptr, 0, 0, &name, &tensor));
    check(describe(model, 0, 0, nullptr, &tensor));
    check(describe(model, 0, 0, &name, nullptr));
  }
  check(gac_session_create(nullptr, nullptr, &session));
  check(gac_session_create(model, nullptr, nullptr));
  check(gac_session_set_input(nullptr, "main", "x", &tensor));
  check(gac_session_set_input(session, "main", "x", nullptr));
  check(gac_session_set_position(nullptr, "past", 0));
  check(gac_session_set_position(session, nullptr, 0));
  check(gac_session_prepare(nullptr, "main"));
  check(gac_session_prepare(session, nullptr));
  check(gac_session_run(nullptr, "main"));
  check(gac_session_run(session, nullptr));
  check(gac_session_synchronize(nullptr));
  check(gac_session_get_output(nullptr, "main", "y", &time, 8));
  check(gac_session_get_output(session, "main", "y", nullptr, 8));
  check(gac_session_time_entry(nullptr, "main", 1, &time));
  check(gac_session_time_entry(session, "main", 1, nullptr));
  // Functions without a status.
  auto checkNothing = [&](bool isNothing) {
    EXPECT_TRUE(isNothing);
    check(GAC_ERROR_INVALID);
  };
  checkNothing(gac_model_device_name(nullptr) == nullptr);
  checkNothing(gac_model_memory(nullptr) == 0);
  checkNothing(gac_model_entry_count(nullptr) == 0);
  checkNothing(gac_model_entry_name(nullptr, 0) == nullptr);
  checkNothing(gac_model_input_count(nullptr, 0) == 0);
  checkNothing(gac_model_output_count(nullptr, 0) == 0);
  gac_session_free(nullptr);
  gac_model_free(nullptr);
}

TEST_F(CApiTest, IndicesAreChecked) {
  const char *name = nullptr;
  gac_tensor tensor = {};
  EXPECT_EQ(gac_model_entry_count(model), 1U);
  EXPECT_STREQ(gac_model_entry_name(model, 0), "main");
  EXPECT_EQ(gac_model_entry_name(model, 1), nullptr);
  EXPECT_STREQ(gac_last_error(), "there is no entry of the index 1");
  EXPECT_EQ(gac_model_input(model, 1, 0, &name, &tensor), GAC_ERROR_INVALID);
  EXPECT_STREQ(gac_last_error(), "there is no entry of the index 1");
  EXPECT_EQ(gac_model_output(model, 0, 1, &name, &tensor), GAC_ERROR_INVALID);
  EXPECT_STREQ(gac_last_error(), "there is no tensor of the index 1");
  EXPECT_EQ(gac_model_output(model, 0, 0, &name, &tensor), GAC_OK);
  EXPECT_STREQ(name, "y");
}
} // namespace
