//===- SessionMemoryTest.cpp - What a new session's memory holds -*- C++ -*-==//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// On a GPU that only keeps time (Stubs.h), and memory that holds what is copied
// to it: algorithms are chosen on random values, callers find zeros.
//
//===----------------------------------------------------------------------===//

#include "gac/Runtime/Runtime.h"

#include "Runtime/TestFiles.h"
#include "Stubs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

using namespace gac::runtime;
using stubs::device;

namespace {
// An arena that ends in the middle of the fourth mebibyte, and of 256 bytes.
constexpr size_t arenaBytes = (size_t(3) << 20) + 1000;

const char *const manifest = R"json({
"format": "gac-package", "version": 1, "producer": "gac", "model": "m.onnx",
"dtype": "bf16", "arch": ["sm_90"], "source": "kernels.cu",
"cubins": {"sm_90": "kernels.cubin"}, "weights": {"file": null},
"tensors": [
  {"name": "x", "kind": "input", "dtype": "bf16", "shape": [8, 8]},
  {"name": "y", "kind": "output", "dtype": "bf16", "shape": [8, 8]},
  {"name": "t", "kind": "arena", "dtype": "bf16", "shape": [8, 8]},
  {"name": "k", "kind": "cache", "dtype": "bf16", "shape": [8, 8]},
  {"name": "l", "kind": "cache", "dtype": "bf16", "shape": [8, 8]}],
"caches": [
  {"input": "past", "output": "present", "tensor": 3, "axis": 0, "capacity": 8},
  {"input": "more", "output": "most", "tensor": 4, "axis": 0, "capacity": 8}],
"entries": [{"name": "main", "inputs": [0], "outputs": [1], "arenaBytes": BYTES,
  "buffers": [{"tensor": 2, "offset": 0, "bytes": BYTES, "first": 0, "last": 0}],
  "ops": [OP]}]})json";

const char *const product = R"json(
    {"kind": "gemm", "family": "gemm", "nodes": [], "flops": 1, "bytes": 1, "predictedUs": 1,
     "a": {"tensor": 0, "ld": 8}, "b": {"tensor": 0, "ld": 8}, "d": {"tensor": 2, "ld": 8},
     "m": 8, "n": 8, "k": 8})json";

const char *const copy = R"json(
    {"kind": "copy", "family": "movement", "nodes": [], "flops": 0, "bytes": 1, "predictedUs": 1,
     "from": 0, "to": 2})json";

class SessionMemoryTest : public testing::Test {
protected:
  SessionMemoryTest() {
    device = stubs::Device();
    folder.write("kernels.cu", "");
    folder.write("kernels.cubin", "code");
  }

  /// A session of a package with that one operation.
  void create(const std::string &op) {
    std::string text = manifest;
    for (const auto &[name, value] :
         {std::pair<std::string, std::string>("BYTES",
                                              std::to_string(arenaBytes)),
          std::pair<std::string, std::string>("OP", op)})
      for (size_t at; (at = text.find(name)) != std::string::npos;)
        text.replace(at, name.size(), value);
    folder.write("manifest.json", text);
    ModelOptions options;
    options.cacheFolder = "";
    Result<Model> model = Model::load(folder.path, options);
    ASSERT_TRUE(model) << model.getStatus().getMessage();
    Result<Session> created = model->createSession();
    ASSERT_TRUE(created) << created.getStatus().getMessage();
    session.emplace(std::move(*created));
    use = getMemoryUse(model->getPackage());
    // The last that was allocated.
    memory = device.allocations.rbegin()->second;
    ASSERT_EQ(memory.size(), size_t(use.getTotal() - use.weights));
  }

  /// Whether all bytes from `begin` to `end` are zeros.
  bool isZero(size_t begin, size_t end) const {
    return std::all_of(memory.begin() + begin, memory.begin() + end,
                       [](std::byte each) { return each == std::byte(0); });
  }

  TestFolder folder;
  std::optional<Session> session;
  MemoryUse use;
  std::vector<std::byte> memory;
};

TEST_F(SessionMemoryTest, ProductsFindRandomValues) {
  create(product);
  size_t begin = use.signature + use.caches, end = begin + use.arena;
  EXPECT_GE(size_t(use.arena), arenaBytes);
  EXPECT_TRUE(isZero(0, begin));
  EXPECT_TRUE(isZero(end, memory.size()));
  // Uniform from -1 to 1.
  double sum = 0, squares = 0;
  size_t count = (end - begin) / 2, zeros = 0;
  for (size_t i = 0; i < count; ++i) {
    uint16_t upper = 0;
    std::memcpy(&upper, &memory[begin + i * sizeof(upper)], sizeof(upper));
    uint32_t bits = static_cast<uint32_t>(upper) << 16;
    float value = 0;
    std::memcpy(&value, &bits, sizeof(value));
    ASSERT_LE(std::abs(value), 1) << i;
    sum += value;
    squares += value * value;
    zeros += value == 0;
  }
  EXPECT_NEAR(sum / count, 0, 0.01);
  EXPECT_NEAR(squares / count, 1.0 / 3, 0.01);
  EXPECT_LT(zeros, count / 1000);
  // To the very end.
  EXPECT_FALSE(isZero(end - 64, end));
}

/// All of them by one copy, beside each other behind the caches.
TEST_F(SessionMemoryTest, PositionsGoToTheDeviceTogether) {
  create(copy);
  ASSERT_FALSE(session->setPosition("past", 5));
  ASSERT_FALSE(session->setPosition("more", 3));
  device.memory.clear();
  ASSERT_FALSE(session->run("main"));
  ASSERT_EQ(device.memory.size(), 1u);
  const auto &[address, bytes] = *device.memory.begin();
  auto [start, unused] = *device.allocations.rbegin();
  EXPECT_EQ(int64_t(address - start),
            use.signature + use.caches - alignBuffer(2 * sizeof(int32_t)));
  int32_t positions[2] = {};
  ASSERT_EQ(bytes.size(), sizeof(positions));
  std::memcpy(positions, bytes.data(), sizeof(positions));
  EXPECT_EQ(positions[0], 5);
  EXPECT_EQ(positions[1], 3);
}

TEST_F(SessionMemoryTest, WithoutAChoiceAllIsZero) {
  create(copy);
  EXPECT_GE(size_t(use.arena), arenaBytes);
  EXPECT_TRUE(isZero(0, memory.size()));
}
} // namespace
