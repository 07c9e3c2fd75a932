//===- PositionsTest.cpp - How far caches are filled ------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Sessions on a GPU that only keeps time (Stubs.h): entries run where their
// kernels write to the positions that the session counts, and nowhere else.
//
//===----------------------------------------------------------------------===//

#include "gac/Runtime/Runtime.h"

#include "Runtime/TestFiles.h"
#include "Stubs.h"

#include <gtest/gtest.h>

using namespace gac::runtime;
using stubs::device;

namespace {
// "prefill" is told no position, "decode" that of "a" alone, for both caches,
// "apart" each cache's own, and "read" grows nothing.
const char *const manifest = R"json({
"format": "gac-package", "version": 1, "producer": "gac", "model": "m.onnx",
"dtype": "f32", "arch": ["sm_90"], "source": "kernels.cu",
"cubins": {"sm_90": "kernels.cubin"}, "weights": {"file": null},
"tensors": [
  {"name": "a", "kind": "cache", "dtype": "f32", "shape": [10, 4]},
  {"name": "b", "kind": "cache", "dtype": "f32", "shape": [10, 4]}],
"caches": [{"input": "a", "output": "new_a", "tensor": 0, "axis": 0, "capacity": 10},
           {"input": "b", "output": "new_b", "tensor": 1, "axis": 0, "capacity": 10}],
"entries": [
  {"name": "prefill", "inputs": [], "outputs": [], "arenaBytes": 0, "buffers": [],
   "appends": [{"cache": "a", "count": 4}, {"cache": "b", "count": 4}],
   "ops": [OP [{"tensor": 0}]}, OP [{"tensor": 1}]}]},
  {"name": "decode", "inputs": [], "outputs": [], "arenaBytes": 0, "buffers": [],
   "appends": [{"cache": "a", "count": 1}, {"cache": "b", "count": 1}],
   "ops": [OP [{"tensor": 0}, {"position": "a"}]},
           OP [{"position": "a"}, {"tensor": 1}]}]},
  {"name": "apart", "inputs": [], "outputs": [], "arenaBytes": 0, "buffers": [],
   "appends": [{"cache": "a", "count": 1}, {"cache": "b", "count": 2}],
   "ops": [OP [{"tensor": 0}, {"position": "a"}]},
           OP [{"tensor": 1}, {"position": "b"}]}]},
  {"name": "read", "inputs": [], "outputs": [], "arenaBytes": 0, "buffers": [],
   "ops": [OP [{"tensor": 1}]}, OP [{"position": "a"}]}]}]})json";

class PositionsTest : public testing::Test {
protected:
  PositionsTest() {
    device = stubs::Device();
    std::string text = manifest;
    for (size_t at; (at = text.find("OP ")) != std::string::npos;)
      text.replace(at, 3, R"json({"kind": "launch", "family": "elementwise",
          "nodes": ["n"], "flops": 1, "bytes": 1, "predictedUs": 1,
          "kernel": "append", "grid": [1, 1, 1], "block": [32, 1, 1],
          "sharedBytes": 0, "args": )json");
    folder.write("manifest.json", text);
    folder.write("kernels.cu", "");
    folder.write("kernels.cubin", "code");
  }

  void SetUp() override {
    ModelOptions options;
    options.cacheFolder = "";
    Result<Model> loaded = Model::load(folder.path, options);
    ASSERT_TRUE(loaded) << loaded.getStatus().getMessage();
    Result<Session> created = loaded->createSession();
    ASSERT_TRUE(created) << created.getStatus().getMessage();
    session.emplace(std::move(*created));
  }

  void setPositions(int64_t a, int64_t b) {
    EXPECT_FALSE(session->setPosition("a", a));
    EXPECT_FALSE(session->setPosition("b", b));
  }
  std::pair<int64_t, int64_t> getPositions() {
    return {*session->getPosition("a"), *session->getPosition("b")};
  }
  /// The message where it does not run, and then nothing was launched.
  std::string run(const std::string &entry) {
    size_t ran = device.log.size();
    Status status = session->run(entry);
    if (status) {
      EXPECT_EQ(status.getCode(), ErrorCode::Invalid);
      EXPECT_EQ(device.log.size(), ran);
    }
    return status.getMessage();
  }

  TestFolder folder;
  std::optional<Session> session;
};

TEST_F(PositionsTest, WithoutPositionsCachesAreFilledOnce) {
  EXPECT_EQ(run("prefill"), "");
  EXPECT_EQ(getPositions(), std::pair(int64_t(4), int64_t(4)));
  EXPECT_EQ(run("prefill"),
            "entry 'prefill' fills the cache 'a' from its first position on, "
            "and 4 of 10 are filled");
  EXPECT_FALSE(session->timeEntry("prefill", 1));
  EXPECT_FALSE(session->timeOps("prefill", 1));
  setPositions(0, 3);
  EXPECT_EQ(run("prefill"),
            "entry 'prefill' fills the cache 'b' from its first position on, "
            "and 3 of 10 are filled");
  EXPECT_EQ(getPositions(), std::pair(int64_t(0), int64_t(3)));
  setPositions(0, 0);
  EXPECT_EQ(run("prefill"), "");
}

TEST_F(PositionsTest, OnePositionForTwoCaches) {
  EXPECT_EQ(run("prefill"), "");
  for (int64_t position = 4; position < 10; ++position)
    EXPECT_EQ(run("decode"), "") << position;
  EXPECT_EQ(run("decode"),
            "entry 'decode' appends 1 positions to the cache 'a', which has 10 "
            "of 10 filled");
  setPositions(8, 1);
  EXPECT_EQ(run("decode"),
            "entry 'decode' counts the positions of the cache 'b' by those of "
            "'a', and 1 and 8 are filled");
  EXPECT_EQ(getPositions(), std::pair(int64_t(8), int64_t(1)));
}

TEST_F(PositionsTest, CachesOfTheirOwnPositionsGoApart) {
  setPositions(7, 2);
  EXPECT_EQ(run("apart"), "");
  EXPECT_EQ(getPositions(), std::pair(int64_t(8), int64_t(4)));
  // What grows nothing reads what there is.
  EXPECT_EQ(run("read"), "");
  EXPECT_EQ(getPositions(), std::pair(int64_t(8), int64_t(4)));
}
} // namespace
