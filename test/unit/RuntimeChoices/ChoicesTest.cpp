//===- ChoicesTest.cpp - What the runtime chooses, and how ------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Packages on a GPU that only keeps time (Stubs.h): which algorithms and plans
// are timed, how often, with which caches, and what is kept.
//
//===----------------------------------------------------------------------===//

#include "gac/Runtime/Runtime.h"

#include "Runtime/TestFiles.h"
#include "Stubs.h"

#include <gtest/gtest.h>

using namespace gac::runtime;
using stubs::device;

namespace {
constexpr int layers = 32;

const char *const header = R"json({
"format": "gac-package", "version": 1, "producer": "gac", "model": "m.onnx",
"dtype": "bf16", "arch": ["sm_90"], "source": "kernels.cu",
"cubins": {"sm_90": "kernels.cubin"}, "weights": {"file": null},
"tensors": [
  {"name": "x", "kind": "input", "dtype": "bf16", "shape": [2, 64, 4, 64]},
  {"name": "y", "kind": "output", "dtype": "bf16", "shape": [32, 2, 64, 4, 64]}],
"entries": [{"name": "main", "inputs": [0], "outputs": [1], "arenaBytes": 0,
  "buffers": [], "ops": [)json";

const char *const product = R"json(
    {"kind": "gemm", "family": "gemm", "nodes": [], "flops": 1, "bytes": 1, "predictedUs": 1,
     "a": {"tensor": 0, "ld": 64}, "b": {"tensor": 0, "ld": 64},
     "d": {"tensor": 1, "ld": 64, "offset": OFFSET}, "m": 64, "n": 64, "k": 64})json";

const char *const attention = R"json(
    {"kind": "attention", "family": "attention", "nodes": [], "flops": 1, "bytes": 1, "predictedUs": 1,
     "q": {"tensor": 0, "strides": [16384, 64, 256]}, "k": {"tensor": 0, "strides": [16384, 64, 256]},
     "v": {"tensor": 0, "strides": [16384, 64, 256]},
     "o": {"tensor": 1, "strides": [16384, 64, 256], "offset": OFFSET},
     "batch": 2, "queryHeads": 4, "keyHeads": 4, "queries": 64, "keys": 64, "keyWidth": WIDTH,
     "valueWidth": 64, "scale": 0.125, "causal": true,
     "fallback": {"kernel": "attention", "grid": [1, 4, 2], "block": [128, 1, 1], "sharedBytes": 0,
                  "args": [{"tensor": 0}, {"tensor": 1, "offset": OFFSET}]}})json";

const char *const launch = R"json(
    {"kind": "launch", "family": "elementwise", "nodes": ["layer OFFSET", "other"],
     "flops": 1, "bytes": 1, "predictedUs": 1, "kernel": "scale", "grid": [7, 4, 1],
     "block": [64, 1, 1], "sharedBytes": 0, "args": [{"tensor": 1, "offset": OFFSET}]})json";

class ChoicesTest : public testing::Test {
protected:
  ChoicesTest() {
    device = stubs::Device();
    device.kernels["attention"] = {100, 100};
    folder.write("kernels.cu", "");
    folder.write("kernels.cubin", "code");
  }

  /// A package that does the same in each of its layers, each to a place of its
  /// own.
  void writePackage(const char *op, const std::string &width = "64") {
    std::string text = header;
    for (int layer = 0; layer < layers; ++layer) {
      std::string each = op;
      for (const auto &[name, value] :
           {std::pair<std::string, std::string>(
                "OFFSET", std::to_string(layer * 2 * 64 * 4 * 64)),
            std::pair<std::string, std::string>("WIDTH", width)})
        for (size_t at; (at = each.find(name)) != std::string::npos;)
          each.replace(at, name.size(), value);
      text += (layer ? "," : "") + each;
    }
    folder.write("manifest.json", text + "]}]}");
  }

  /// Loads and runs the package once; the log is then that of the replay.
  Status run(CudnnUse use = CudnnUse::Auto) {
    ModelOptions options;
    options.cacheFolder = folder.path + "/cache";
    options.cudnn = use;
    Result<Model> model = Model::load(folder.path, options);
    if (!model)
      return model.getStatus();
    Result<Session> session = model->createSession();
    if (!session)
      return session.getStatus();
    device.log.clear();
    if (Status status = session->prepare("main"))
      return status;
    preparation = device.log;
    device.log.clear();
    return session->run("main");
  }

  /// How often the preparation did what starts like that.
  size_t countPrepared(const std::string &start) const {
    stubs::Device past;
    past.log = preparation;
    return past.count(start);
  }

  std::string readKept(const std::string &name) const {
    std::ifstream file(folder.path + "/cache/" + name);
    std::string text{std::istreambuf_iterator<char>(file), {}};
    // The choice without its key.
    size_t end = text.rfind('"'), begin = text.rfind('"', end - 1);
    return end == std::string::npos ? "none"
                                    : text.substr(begin + 1, end - begin - 1);
  }
  std::string readAttention() const {
    return readKept("attention-Stub-9000-91900.json");
  }

  TestFolder folder;
  std::vector<std::string> preparation;
};

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

TEST_F(ChoicesTest, ProductsAreTimedColdAndOnce) {
  writePackage(product);
  // The fastest in a warm cache is slow in a cold one.
  device.algorithms.assign(24, {50, 50});
  device.algorithms[3] = {40, 1};
  device.algorithms[20] = {30, 30};
  Status status = run();
  ASSERT_FALSE(status) << status.getMessage();
  EXPECT_EQ(device.count("product 20"), size_t(layers));
  EXPECT_EQ(device.log.size(), size_t(layers));
  // One shape: one question, and few runs of what is slow.
  EXPECT_EQ(device.heuristics, 1);
  EXPECT_EQ(countPrepared("product 20"), 17U);
  EXPECT_EQ(countPrepared("product 3"), 17U);
  EXPECT_EQ(countPrepared("product 23"), 3U);
  // In rounds, for each of which the stream is held back once.
  EXPECT_EQ(device.gates, 16);
  // Each timed run follows a flush; the first of each loads its kernel.
  EXPECT_EQ(countPrepared("flush"),
            preparation.size() - 24 - countPrepared("flush"));
  EXPECT_TRUE(device.forbidden.empty()) << device.forbidden[0];
  EXPECT_EQ(device.usedBytes, 0U);

  // The next process asks nothing.
  EXPECT_EQ(readKept("gemm-Stub-9000-130100.json").substr(0, 16),
            "0000000000000014");
  ASSERT_FALSE(run());
  EXPECT_EQ(device.heuristics, 1);
  EXPECT_TRUE(preparation.empty());
  EXPECT_EQ(device.count("product 20"), size_t(layers));
}

TEST_F(ChoicesTest, ProductsAreTimedWarmWhereMemoryIsShort) {
  writePackage(product);
  device.algorithms = {{50, 50}, {40, 1}, {30, 30}};
  device.totalBytes = size_t(64) << 20;
  device.cacheBytes = 64 << 20;
  Status status = run();
  ASSERT_FALSE(status) << status.getMessage();
  EXPECT_EQ(countPrepared("flush"), 0U);
  EXPECT_EQ(device.count("product 1"), size_t(layers));
}

TEST_F(ChoicesTest, ChoicesThatDoNotRunAreMadeAgain) {
  writePackage(product);
  device.algorithms.assign(4, {50, 50});
  device.algorithms[3] = {5, 5};
  ASSERT_FALSE(run());
  // A library that has fewer algorithms under the same version.
  device.algorithms.resize(2);
  device.algorithms[1] = {6, 6};
  ASSERT_FALSE(run());
  EXPECT_EQ(device.heuristics, 2);
  EXPECT_EQ(device.count("product 1"), size_t(layers));
}

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

TEST_F(ChoicesTest, CudnnWhereItIsFaster) {
  writePackage(attention);
  device.plans = {{90, 90}, {80, 80}};
  device.planWorkspaces = {0, 1 << 20};
  Status status = run();
  ASSERT_FALSE(status) << status.getMessage();
  EXPECT_EQ(readAttention(), "plan 1");
  EXPECT_EQ(device.count("plan 1"), size_t(layers));
  EXPECT_EQ(device.log.size(), size_t(layers));
  // Every layer has its own output, and all share what was compiled.
  for (int layer = 1; layer < layers; ++layer)
    EXPECT_NE(device.log[layer], device.log[0]);
  EXPECT_EQ(device.compiledPlans, 2);
  EXPECT_EQ(countPrepared("kernel attention"), 17U);
  EXPECT_EQ(countPrepared("plan 0"), 17U);
  // Once more, so that what a captured run needs is loaded.
  EXPECT_EQ(countPrepared("plan 1"), 18U);
  EXPECT_TRUE(device.forbidden.empty()) << device.forbidden[0];
  EXPECT_EQ(device.usedBytes, 0U);
  EXPECT_EQ(device.handles, 0);

  // The next process compiles the one plan, and runs it before it captures.
  ASSERT_FALSE(run());
  EXPECT_EQ(device.compiledPlans, 3);
  EXPECT_EQ(preparation.size(), 1U);
  EXPECT_EQ(device.count("plan 1"), size_t(layers));
}

TEST_F(ChoicesTest, TheFallbackWhereItIsFaster) {
  writePackage(attention);
  device.plans = {{110, 10}};
  device.planWorkspaces = {0};
  Status status = run();
  ASSERT_FALSE(status) << status.getMessage();
  EXPECT_EQ(readAttention(), "fallback");
  EXPECT_EQ(device.count("kernel attention"), size_t(layers));
  EXPECT_EQ(device.compiledPlans, 1);
  ASSERT_FALSE(run());
  EXPECT_EQ(device.compiledPlans, 1);
  EXPECT_TRUE(preparation.empty());
  EXPECT_EQ(device.count("kernel attention"), size_t(layers));
}

TEST_F(ChoicesTest, CudnnCanBeForbiddenAndForced) {
  writePackage(attention);
  device.plans = {{10, 10}};
  device.planWorkspaces = {0};
  Status status = run(CudnnUse::Never);
  ASSERT_FALSE(status) << status.getMessage();
  EXPECT_EQ(device.count("kernel attention"), size_t(layers));
  EXPECT_EQ(device.compiledPlans, 0);
  device.plans = {{210, 210}, {200, 200}};
  device.planWorkspaces = {0, 0};
  ASSERT_FALSE(run(CudnnUse::Always));
  EXPECT_EQ(device.count("plan 1"), size_t(layers));
  EXPECT_EQ(countPrepared("kernel attention"), 0U);
  // Neither says what is faster.
  EXPECT_EQ(readAttention(), "none");
  // A kept fallback does not stop whoever forces.
  ASSERT_FALSE(run());
  EXPECT_EQ(readAttention(), "fallback");
  ASSERT_FALSE(run(CudnnUse::Always));
  EXPECT_EQ(device.count("plan 1"), size_t(layers));
  EXPECT_EQ(readAttention(), "fallback");
}

TEST_F(ChoicesTest, CudnnMayBeMissing) {
  writePackage(attention);
  device.hasCudnn = false;
  Status status = run();
  ASSERT_FALSE(status) << status.getMessage();
  EXPECT_EQ(device.count("kernel attention"), size_t(layers));
  EXPECT_EQ(run(CudnnUse::Always).getMessage(),
            "cuDNN failed at its start with status 3000: the stub says no");
}

TEST_F(ChoicesTest, PlansThatNeedTooMuchAreLeftOut) {
  writePackage(attention);
  device.plans = {{10, 10}};
  device.planWorkspaces = {(int64_t(32) << 20) + 1};
  Status status = run();
  ASSERT_FALSE(status) << status.getMessage();
  EXPECT_EQ(device.count("kernel attention"), size_t(layers));
  EXPECT_EQ(run(CudnnUse::Always).getMessage(),
            "entry 'main': operation 0: cuDNN needs 33554433 bytes of "
            "workspace for it, and there are 33554432");
  device.planWorkspaces = {int64_t(32) << 20};
  ASSERT_FALSE(run(CudnnUse::Always));
  EXPECT_EQ(device.count("plan 0"), size_t(layers));
}

TEST_F(ChoicesTest, ShapesOfNoUseToCudnnAreNotTimed) {
  writePackage(attention, "60");
  device.plans = {{10, 10}};
  device.planWorkspaces = {0};
  Status status = run();
  ASSERT_FALSE(status) << status.getMessage();
  EXPECT_EQ(device.count("kernel attention"), size_t(layers));
  EXPECT_TRUE(preparation.empty());
  EXPECT_EQ(run(CudnnUse::Always).getMessage(),
            "entry 'main': operation 0: cuDNN needs multiples of 8, and "
            "keyWidth is 60");
  // Or where cuDNN itself has nothing.
  writePackage(attention);
  device.plans.clear();
  ASSERT_FALSE(run());
  EXPECT_EQ(device.count("kernel attention"), size_t(layers));
  EXPECT_EQ(readAttention(), "fallback");
  EXPECT_EQ(run(CudnnUse::Always).getMessage(),
            "entry 'main': operation 0: cuDNN has no engine for this "
            "attention");
}

TEST_F(ChoicesTest, DamagedChoicesAreMadeAgain) {
  writePackage(attention);
  device.plans = {{10, 10}};
  device.planWorkspaces = {0};
  ASSERT_FALSE(run());
  std::string name = "/cache/attention-Stub-9000-91900.json";
  std::ifstream file(folder.path + name);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  for (const char *choice : {"plan 7", "plan x", "", "plan "}) {
    std::string damaged = text;
    damaged.replace(damaged.find("plan 0"), 6, choice);
    folder.write(name, damaged);
    ASSERT_FALSE(run());
    EXPECT_EQ(readAttention(), "plan 0") << choice;
    EXPECT_EQ(device.count("plan 0"), size_t(layers)) << choice;
  }
  folder.write(name, text.substr(0, text.size() / 2));
  ASSERT_FALSE(run());
  EXPECT_EQ(readAttention(), "plan 0");
}

//===----------------------------------------------------------------------===//
// All operations
//===----------------------------------------------------------------------===//

TEST_F(ChoicesTest, LaunchesThatFailAreNamed) {
  device.refused = "scale";
  writePackage(launch);
  Status status = run();
  EXPECT_EQ(status.getCode(), ErrorCode::Cuda);
  EXPECT_EQ(status.getMessage(),
            "entry 'main': operation 0 (scale, grid [7, 4, 1], node 'layer 0'):"
            " CUDA failed at cuLaunchKernelEx: the stub's error");
  // The stream is of use again.
  EXPECT_FALSE(device.isCapturing);
  device.refused = "attention";
  device.hasCudnn = false;
  writePackage(attention);
  EXPECT_EQ(run().getMessage(),
            "entry 'main': operation 0 (attention, grid [1, 4, 2]): CUDA "
            "failed at cuLaunchKernelEx: the stub's error");
}

TEST_F(ChoicesTest, TimedLaunchesThatFailAreNamed) {
  writePackage(launch);
  Result<Model> model = Model::load(folder.path);
  ASSERT_TRUE(model) << model.getStatus().getMessage();
  Result<Session> session = model->createSession();
  ASSERT_TRUE(session) << session.getStatus().getMessage();
  ASSERT_FALSE(session->prepare("main"));
  device.refused = "scale";
  Result<std::vector<double>> times = session->timeOps("main", 1);
  ASSERT_FALSE(times);
  EXPECT_EQ(times.getStatus().getMessage(),
            "entry 'main': operation 0 (scale, grid [7, 4, 1], node 'layer 0'):"
            " CUDA failed at cuLaunchKernelEx: the stub's error");
}

TEST_F(ChoicesTest, MemoryIsAccountedFor) {
  writePackage(attention);
  Result<Package> package = Package::open(folder.path);
  ASSERT_TRUE(package) << package.getStatus().getMessage();
  EXPECT_EQ(getMemoryUse(*package).workspace, int64_t(32) << 20);
  device.totalBytes = size_t(32) << 20;
  EXPECT_EQ(run().getCode(), ErrorCode::Memory);
  EXPECT_EQ(device.peakBytes, 0U);
  // Enough, but not in one piece. The one byte is of no weights.
  device.totalBytes = size_t(1) << 32;
  device.pieceBytes = 4096;
  Status status = run();
  EXPECT_EQ(status.getCode(), ErrorCode::Memory);
  EXPECT_EQ(status.getMessage(),
            "Stub 9000 has no room for " +
                std::to_string(getMemoryUse(*package).getTotal()) +
                " bytes in one piece, of 4294967295 that are free");
}
} // namespace
