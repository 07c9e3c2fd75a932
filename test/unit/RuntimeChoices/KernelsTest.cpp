//===- KernelsTest.cpp - Code of packages and of caches ---------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// On a GPU that only keeps time (Stubs.h): when code is compiled again, what is
// said of code that cannot be loaded, and what kernels are given.
//
//===----------------------------------------------------------------------===//

#include "gac/Runtime/Runtime.h"

#include "Runtime/TestFiles.h"
#include "Stubs.h"

#include <gtest/gtest.h>

#include <cstring>
#include <elf.h>

using namespace gac::runtime;
using stubs::device;

namespace {
class KernelsTest : public testing::Test {
protected:
  KernelsTest() {
    device = stubs::Device();
    folder.write("kernels.cu", "");
    writePackage("{}", "");
  }

  void writePackage(const std::string &cubins, const std::string &ops) const {
    folder.write("manifest.json", R"json({
"format": "gac-package", "version": 1, "producer": "gac", "model": "m.onnx",
"dtype": "bf16", "arch": ["sm_90"], "source": "kernels.cu",
"cubins": )json" + cubins + R"json(, "weights": {"file": null}, "tensors": [],
"entries": [{"name": "main", "inputs": [], "outputs": [], "arenaBytes": 0,
             "buffers": [], "ops": [)json" +
                                      ops + "]}]}");
  }

  /// The error of loading the package.
  std::string load() const {
    ModelOptions options;
    options.cacheFolder = folder.path + "/cache";
    Result<Model> model = Model::load(folder.path, options);
    return model ? "none" : model.getStatus().getMessage();
  }

  /// The one file of the cache.
  std::string getKept() const {
    std::filesystem::directory_iterator files(folder.path + "/cache");
    return files->path();
  }

  TestFolder folder;
};

TEST_F(KernelsTest, KeptCodeIsTaken) {
  ASSERT_EQ(load(), "none");
  ASSERT_EQ(load(), "none");
  EXPECT_EQ(device.compilations, 1);
}

TEST_F(KernelsTest, DamagedKeptCodeIsCompiledAgain) {
  ASSERT_EQ(load(), "none");
  std::string path = getKept(), good;
  std::getline(std::ifstream(path), good);
  std::string changed = good;
  changed.back() ^= 1;
  int compilations = 1;
  for (const std::string &bad :
       {good.substr(0, good.size() - 1), good + "x", changed, good.substr(0, 9),
        std::string("x"), std::string()}) {
    std::ofstream(path) << bad;
    EXPECT_EQ(load(), "none");
    EXPECT_EQ(device.compilations, ++compilations);
    // And is whole again.
    EXPECT_EQ(load(), "none");
    EXPECT_EQ(device.compilations, compilations);
  }
}

TEST_F(KernelsTest, KeptCodeThatDoesNotLoadIsCompiledAgain) {
  device.compiledCode = "refused";
  EXPECT_EQ(load(), "CUDA failed at cuModuleLoadData: the stub's error");
  EXPECT_EQ(device.compilations, 1);
  device.compiledCode = "better";
  EXPECT_EQ(load(), "none");
  EXPECT_EQ(device.compilations, 2);
  EXPECT_EQ(load(), "none");
  EXPECT_EQ(device.compilations, 2);
}

TEST_F(KernelsTest, ThePackagesOwnCodeIsNamed) {
  writePackage(R"({"sm_90": "kernels.cubin"})", "");
  std::string start = "'" + folder.path + "/kernels.cubin' cannot be loaded: ";
  folder.write("kernels.cubin", "refused");
  EXPECT_EQ(load(),
            start + "CUDA failed at cuModuleLoadData: the stub's error");

  // One section after the header, and its bytes after that.
  Elf64_Ehdr header = {};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_shoff = sizeof(header);
  header.e_shnum = 1;
  header.e_shentsize = sizeof(Elf64_Shdr);
  Elf64_Shdr section = {};
  section.sh_type = SHT_PROGBITS;
  section.sh_offset = sizeof(header) + sizeof(section);
  section.sh_size = 10;
  std::string code(reinterpret_cast<const char *>(&header), sizeof(header));
  code.append(reinterpret_cast<const char *>(&section), sizeof(section));
  code.append(10, 'x');
  folder.write("kernels.cubin", code);
  EXPECT_EQ(load(), "none");
  for (size_t length = SELFMAG; length < code.size(); ++length) {
    folder.write("kernels.cubin", code.substr(0, length));
    EXPECT_EQ(load(), start + "the code ends too early") << length;
  }
}

TEST_F(KernelsTest, KernelsHaveTheMostSharedMemoryOfTheirLaunches) {
  std::string ops;
  for (const char *bytes : {"20000", "100000", "60000"})
    ops += std::string(ops.empty() ? "" : ", ") + R"json(
    {"kind": "launch", "family": "elementwise", "nodes": [], "flops": 1,
     "bytes": 1, "predictedUs": 1, "kernel": "norm", "grid": [1, 1, 1],
     "block": [32, 1, 1], "args": [], "sharedBytes": )json" +
           bytes + "}";
  writePackage("{}", ops);
  ModelOptions options;
  options.cacheFolder = "";
  Result<Model> model = Model::load(folder.path, options);
  ASSERT_TRUE(model) << model.getStatus().getMessage();
  Result<Session> session = model->createSession();
  ASSERT_TRUE(session) << session.getStatus().getMessage();
  Status status = session->prepare("main");
  ASSERT_FALSE(status) << status.getMessage();
  EXPECT_EQ(device.sharedBytes["norm"], 100000);
}
} // namespace
