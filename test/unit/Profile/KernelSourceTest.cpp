//===- KernelSourceTest.cpp - the kernels of points -----------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelSource.h"

#include "KernelModule.h"
#include "Sweeps.h"
#include "gtest/gtest.h"
#include <regex>
#include <set>

using namespace gac::profile;

namespace {

Point makePoint(const ProductPoint &product) {
  Point point;
  point.what = product;
  return point;
}

/// As SelectKernels.cpp chooses.
TEST(KernelSource, FewRowsOfAlignedWeightsAreAKernel) {
  auto isKernel = [](const ProductPoint &product) {
    return makeProgram(makePoint(product), {132, 90}).has_value();
  };
  auto make = [](int64_t m, int64_t n, int64_t k, bool transposed = false) {
    return ProductPoint::make(DType::BF16, m, n, k, transposed);
  };
  EXPECT_TRUE(isKernel(make(1, 4096, 1848)));
  EXPECT_TRUE(isKernel(make(8, 4096, 1848)));
  EXPECT_FALSE(isKernel(make(4096, 4096, 1848)));
  // The distance of x's rows counts where there are several.
  EXPECT_TRUE(isKernel(make(1, 4096, 1843)));
  EXPECT_FALSE(isKernel(make(8, 4096, 1843)));
  EXPECT_FALSE(isKernel(make(1, 1843, 4096)));
  EXPECT_TRUE(isKernel(make(1, 1843, 4096, /*transposed=*/true)));
  ProductPoint moved = make(1, 4096, 1848);
  moved.b.offset = 4;
  EXPECT_FALSE(isKernel(moved));
  moved.b.offset = 8;
  EXPECT_TRUE(isKernel(moved));
  moved.backend = Backend::Library;
  EXPECT_FALSE(isKernel(moved));
}

/// As GroupGemvs.cpp groups, and GemvPrinter.cpp prints.
TEST(KernelSource, ProductsOfAGroupShareALaunch) {
  auto make = [](const GroupPoint &group) {
    Point point;
    point.what = group;
    return makeProgram(point, {132, 90});
  };
  GroupPoint group;
  group.m = 8;
  group.sizes = {{1848, 4096}, {576, 4096}, {576, 4096}};
  std::optional<KernelProgram> program = make(group);
  ASSERT_TRUE(program);
  ASSERT_EQ(program->launches.size(), 1u);
  // Blocks of one follow those of another, and none is nobody's.
  std::regex range("blockIdx.x >= (\\d+) && blockIdx.x < (\\d+)");
  std::sregex_iterator it(program->source.begin(), program->source.end(),
                          range);
  std::string end = "0";
  for (size_t i = 0; i < 3; ++i, ++it) {
    ASSERT_NE(it, std::sregex_iterator());
    EXPECT_EQ((*it)[1], end);
    end = (*it)[2];
  }
  EXPECT_EQ(it, std::sregex_iterator());
  EXPECT_EQ(std::to_string(program->launches[0].grid[0]), end);
  // What packages compute otherwise, or in more launches than one.
  group.sizes.assign(5, {576, 4096});
  EXPECT_FALSE(make(group));
  group.sizes = {{576, 4096}, {573, 4096}};
  EXPECT_FALSE(make(group));
  group.sizes = {{576, 4096}, {576, 4096}};
  EXPECT_TRUE(make(group));
  group.m = 64;
  EXPECT_FALSE(make(group));
}

TEST(KernelSource, DecodingCombinesItsSplits) {
  AttentionPoint attention;
  attention.heads = 32;
  attention.keyHeads = 8;
  attention.keys = 2048;
  attention.width = 107;
  Point point;
  point.what = attention;
  std::optional<KernelProgram> program = makeProgram(point, {132, 90});
  ASSERT_TRUE(program);
  EXPECT_EQ(program->launches.size(), 2u);
  EXPECT_GT(program->workspaceBytes, 0);
  // One element at a time, as 107 allows; the scale of the width.
  EXPECT_NE(program->source.find("attentionDecode<bf16, decodeLanes(107, 107), "
                                 "4, 1>"),
            std::string::npos);
  // Widths of packages: a step, behind all keys but the one that it appends.
  attention.width = 112;
  point.what = attention;
  program = makeProgram(point, {132, 90});
  ASSERT_TRUE(program);
  EXPECT_EQ(program->launches.size(), 1u);
  EXPECT_GT(program->zeroBytes, 0);
  EXPECT_GT(program->workspaceBytes, program->zeroBytes);
  for (const char *part :
       {"GAC_CLUSTER(8) ", "attentionStep<bf16, float, 112, 112, ", "{2047}"})
    EXPECT_NE(program->source.find(part), std::string::npos) << part;
  attention.width = 107;
  attention.queries = 2048;
  point.what = attention;
  program = makeProgram(point, {132, 90});
  ASSERT_TRUE(program);
  EXPECT_EQ(program->launches.size(), 1u);
  EXPECT_NE(program->source.find("attentionPrefill<bf16, 112, 112, 1, true>"),
            std::string::npos);
}

/// Blocks that share the keys of a head in a step of 32 heads of 128.
std::string getCluster(int batch, int keyHeads, int keys, int capability = 90,
                       int multiprocessors = 132) {
  AttentionPoint attention;
  attention.batch = batch;
  attention.heads = 32;
  attention.keyHeads = keyHeads;
  attention.queries = 1;
  attention.keys = keys;
  attention.width = 128;
  Point point;
  point.what = attention;
  std::optional<KernelProgram> program =
      makeProgram(point, {multiprocessors, capability});
  if (!program)
    return "none";
  std::smatch match;
  return std::regex_search(program->source, match,
                           std::regex("GAC_CLUSTER\\((\\d+)\\)"))
             ? match[1].str()
             : "1";
}

TEST(KernelSource, StepsAreSplitAsFarAsTheyFindPlaces) {
  // A unit of 16 keys for each of 4 warps.
  EXPECT_EQ(getCluster(1, 8, 127), "1");
  EXPECT_EQ(getCluster(1, 8, 128), "2");
  EXPECT_EQ(getCluster(1, 8, 448), "7");
  EXPECT_EQ(getCluster(1, 8, 1024), "8");
  // One and a half blocks to a multiprocessor.
  EXPECT_EQ(getCluster(3, 8, 1024), "8");
  EXPECT_EQ(getCluster(4, 8, 1024), "6");
  EXPECT_EQ(getCluster(8, 8, 1024), "3");
  EXPECT_EQ(getCluster(16, 8, 1024), "1");
  EXPECT_EQ(getCluster(64, 8, 1024), "1");
  // Long caches, where each block has a multiprocessor.
  EXPECT_EQ(getCluster(1, 8, 4095), "8");
  EXPECT_EQ(getCluster(1, 8, 4096), "16");
  EXPECT_EQ(getCluster(2, 4, 8192), "16");
  EXPECT_EQ(getCluster(1, 8, 8192, 90, 127), "8");
  EXPECT_EQ(getCluster(3, 4, 8192), "8");
  // Only where clusters are as large.
  EXPECT_EQ(getCluster(1, 8, 8192, 100), "16");
  EXPECT_EQ(getCluster(1, 8, 8192, 120, 170), "8");
  EXPECT_EQ(getCluster(1, 8, 8192, 80), "8");
}

/// What a program computes, in which form: programs that differ in sizes alone
/// are alike.
std::string getForm(const Point &point, const KernelProgram &program) {
  std::string form = std::to_string(point.what.index()) + " " +
                     std::to_string(program.launches.size());
  if (const auto *product = std::get_if<ProductPoint>(&point.what))
    form += std::to_string(product->m > 2) +
            std::to_string(product->transposed) +
            std::string(getName(product->type));
  if (const auto *group = std::get_if<GroupPoint>(&point.what))
    form += std::to_string(group->m > 2) + std::to_string(group->sizes.size());
  if (const auto *attention = std::get_if<AttentionPoint>(&point.what))
    form += std::to_string(attention->queries == 1) +
            std::to_string(attention->width % 8 == 0) +
            std::to_string(attention->causal);
  if (const auto *memory = std::get_if<MemoryPoint>(&point.what))
    form += std::to_string(memory->writes);
  return form;
}

/// Where NVRTC is, but no GPU: nobody else compiles them before they run.
TEST(KernelSource, ProgramsOfEachFormCompile) {
  if (auto nvrtc = gac::runtime::loadNvrtc(); !nvrtc)
    GTEST_SKIP() << nvrtc.getStatus().getMessage();
  std::vector<const Sweep *> sweeps;
  for (const Sweep &sweep : getSweeps())
    sweeps.push_back(&sweep);
  std::string source = kernelHeaders;
  std::set<std::string> forms;
  for (const Point &point : orderPoints(sweeps, /*quick=*/false))
    if (std::optional<KernelProgram> program = makeProgram(point, {132, 90}))
      if (forms.insert(getForm(point, *program)).second)
        source += program->source;
  EXPECT_GE(forms.size(), 18u);
  auto code = gac::runtime::KernelModule::translate(
      source, "kernels of each form", 90, /*cacheFolder=*/"");
  ASSERT_TRUE(code) << code.getStatus().getMessage();
}

} // namespace
