//===- KernelSource.cpp - Kernels as packages have them -------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelSource.h"

#include "kernels/AttentionDecode.cuh"
#include "kernels/ShapePrinter.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <sstream>

using namespace gac;
using namespace gac::kernels;
using namespace gac::profile;
using namespace gac::runtime;

static constexpr unsigned memoryThreads = 512;

/// The key as a name of C.
static std::string makeName(const Point &point) {
  std::string name = getKey(point);
  for (char &c : name)
    if (!std::isalnum(static_cast<unsigned char>(c)))
      c = '_';
  return name;
}

static bool isNarrow(DType type) {
  return type == DType::BF16 || type == DType::F16;
}

static LaunchOp makeLaunch(const std::string &name,
                           const LaunchGeometry &geometry) {
  LaunchOp launch;
  launch.kernel = name;
  launch.grid = {geometry.gridX, geometry.gridY, geometry.gridZ};
  launch.block = {geometry.threads, 1, 1};
  launch.sharedBytes = geometry.sharedBytes;
  launch.overlaps = true;
  return launch;
}

/// A shape as a constant of the program.
template <typename... Args> static std::string declare(const Args &...args) {
  std::ostringstream text;
  printShape(text, args...);
  return text.str();
}

static std::string makeHead(const std::string &bounds) {
  return "\nextern \"C\" __global__ void __launch_bounds__(" + bounds + ") ";
}

/// What all kernels but products of few rows begin with.
static const char *const wait =
    "  letNextLaunchStart();\n  waitForLaunchBefore();\n";

//===----------------------------------------------------------------------===//
// Products of few rows
//===----------------------------------------------------------------------===//

/// A product as the kernel takes it, before columns, splits and depth are
/// chosen; nothing where it does not.
static std::optional<GemvShape> getGemvShape(const ProductPoint &point) {
  // One row has no distance to the next.
  int64_t pitch = point.m > 1 ? point.a.ld : 0;
  if (point.m > kGemvRows || !isNarrow(point.type) ||
      widestVector(2, pitch, point.a.offset, point.b.ld, point.b.offset) < 8)
    return std::nullopt;
  GemvShape shape;
  shape.rows = static_cast<int32_t>(point.m);
  shape.n = point.n;
  shape.k = point.k;
  shape.xPitch = point.a.ld;
  shape.wPitch = point.b.ld;
  shape.yPitch = point.d.ld;
  shape.layout = point.transposed ? WeightLayout::NK : WeightLayout::KN;
  return shape;
}

static std::string printPointers(DType dtype, const std::string &suffix) {
  std::string type(getName(dtype));
  return "const " + type + " *x" + suffix + ", const " + type + " *w" + suffix +
         ", " + type + " *y" + suffix + ", ";
}

/// The call for a product with such pointers, and the place of its sums in a
/// workspace, which begins with the launch's counters.
static std::string printGemv(const ProductPoint &point, const GemvShape &shape,
                             const std::string &suffix, int64_t sums,
                             const std::string &tile) {
  std::string type(getName(point.type));
  return declare(shape) + "  gemv<" + type +
         ", shape.layout, 8, shape.columns, " +
         std::to_string(gemvRowTiles(shape.rows)) +
         ", shape.depth, gemvReadsDirectly(shape), kHasClusters>(PlainInput<" +
         type + ">{x" + suffix + "}, w" + suffix + ", nullptr, nullptr, y" +
         suffix +
         ", reinterpret_cast<unsigned *>(workspace), "
         "reinterpret_cast<float *>(workspace + " +
         std::to_string(sums) + "), shared, shape, " + tile + ");\n";
}

/// The same for the blocks from `begin` on.
static std::string printBlocks(const ProductPoint &point,
                               const GemvShape &shape,
                               const std::string &suffix, int64_t begin,
                               int64_t sums) {
  std::string first = std::to_string(begin);
  return "  if (blockIdx.x >= " + first + " && blockIdx.x < " +
         std::to_string(begin + gemvTiles(shape)) + ") {\n" +
         printGemv(point, shape, suffix, sums, "blockIdx.x - " + first) +
         "  }\n";
}

static std::string printGemvHead(const GemvShape &shape) {
  std::string head =
      makeHead(std::to_string(kGemvWarps * 32) + ", kGemvBlocks");
  if (shape.splits > 1)
    head += "GAC_CLUSTER(" + std::to_string(shape.splits) + ") ";
  return head;
}

static std::optional<KernelProgram> makeGemv(const ProductPoint &point,
                                             const std::string &name,
                                             const DeviceLimits &limits) {
  std::optional<GemvShape> shape = getGemvShape(point);
  // As packages choose, but where a point asks for the kernel.
  if (!shape || point.backend == Backend::Library ||
      !chooseGemv(*shape, limits) ||
      (point.backend != Backend::Kernel && !prefersGemv(*shape, limits)))
    return std::nullopt;
  KernelProgram program;
  program.workspaceBytes = gemvWorkspaceBytes(*shape);
  program.zeroBytes = gemvCounterBytes(*shape);
  program.source =
      printGemvHead(*shape) + name + "(" + printPointers(point.type, "") +
      "char *workspace) {\n  extern __shared__ uint4 shared[];\n" +
      printGemv(point, *shape, "", program.zeroBytes, "blockIdx.x") + "}\n";
  program.launches.push_back(makeLaunch(name, gemvGeometry(*shape)));
  return program;
}

/// As gac-group-gemvs makes it of products that packages have a kernel for.
static std::optional<KernelProgram> makeGroup(const GroupPoint &point,
                                              const std::string &name,
                                              const DeviceLimits &limits) {
  std::vector<GemvShape> shapes;
  for (size_t i = 0; i < point.sizes.size(); ++i) {
    std::optional<GemvShape> shape = getGemvShape(point.getProduct(i));
    if (!shape)
      return std::nullopt;
    GemvShape alone = *shape;
    if (!chooseGemv(alone, limits) || !prefersGemv(alone, limits))
      return std::nullopt;
    shapes.push_back(*shape);
  }
  auto count = static_cast<int>(shapes.size());
  if (count > kGemvProducts || !chooseGemv(shapes.data(), count, limits))
    return std::nullopt;
  KernelProgram program;
  for (const GemvShape &shape : shapes) {
    program.zeroBytes += gemvCounterBytes(shape);
    program.workspaceBytes += gemvWorkspaceBytes(shape);
  }
  std::string parameters, body;
  int64_t sums = program.zeroBytes, begin = 0;
  for (size_t i = 0; i < shapes.size(); ++i) {
    parameters += printPointers(point.type, std::to_string(i));
    body += printBlocks(point.getProduct(i), shapes[i], std::to_string(i),
                        begin, sums);
    sums += gemvWorkspaceBytes(shapes[i]) - gemvCounterBytes(shapes[i]);
    begin += gemvTiles(shapes[i]);
  }
  program.source = printGemvHead(shapes[0]) + name + "(" + parameters +
                   "char *workspace) {\n  extern __shared__ uint4 shared[];\n" +
                   body + "}\n";
  program.launches.push_back(
      makeLaunch(name, gemvGeometry(shapes.data(), count)));
  return program;
}

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

static AttentionShape getShape(const AttentionPoint &point) {
  AttentionShape shape;
  shape.batch = static_cast<int32_t>(point.batch);
  shape.queries = static_cast<int32_t>(point.queries);
  shape.heads = static_cast<int32_t>(point.heads);
  shape.keyHeads = static_cast<int32_t>(point.keyHeads);
  shape.keyWidth = shape.valueWidth = static_cast<int32_t>(point.width);
  shape.scale = 1 / std::sqrt(static_cast<float>(point.width));
  int64_t width = point.width;
  shape.q = {point.queries * point.heads * width, point.heads * width, width};
  shape.k = {point.keyHeads * point.keys * width, width, point.keys * width};
  shape.v = shape.k;
  shape.o = shape.q;
  return shape;
}

static std::string declareAttention(const AttentionShape &shape,
                                    const char *name = "shape") {
  char scale[32];
  std::snprintf(scale, sizeof(scale), "%.9ef",
                static_cast<double>(shape.scale));
  return declare(shape, std::string(scale), name);
}

/// A step as packages have it, without a rotation: the new key and value are
/// lanes of the query, and the last ones of the cache. Nothing where they have
/// the kernel for any width.
static std::optional<KernelProgram> makeStep(const AttentionPoint &point,
                                             const std::string &name,
                                             const DeviceLimits &limits) {
  AttentionStepShape shape;
  shape.attention = getShape(point);
  shape.newKey = shape.newValue = shape.attention.q;
  shape.capacity = static_cast<int32_t>(point.keys);
  if (point.width % 8 != 0 || !chooseAttentionStep(shape, limits))
    return std::nullopt;
  std::string type(getName(point.type));
  std::string width = std::to_string(attentionWidth(shape.attention.keyWidth));
  KernelProgram program;
  program.workspaceBytes = attentionStepWorkspaceFloats(shape) * 4;
  program.zeroBytes = roundUp<int64_t>(attentionStepCounters(shape) * 4, 16);
  program.workspaceBytes += program.zeroBytes;
  program.source = makeHead(std::to_string(kStepWarps * 32));
  if (shape.splits > 1)
    program.source += "GAC_CLUSTER(" + std::to_string(shape.splits) + ") ";
  program.source +=
      name + "(const " + type + " *q, " + type + " *k, " + type + " *v, " +
      type + " *o, char *workspace) {\n" +
      declareAttention(shape.attention, "attention") + declare(shape) +
      "  extern __shared__ uint4 shared[];\n  attentionStep<" + type +
      ", float, " + width + ", " + width +
      ", shape.group, shape.depth, shape.splits <= kMostCluster>(q, q, q, "
      "static_cast<const float *>(nullptr), "
      "static_cast<const float *>(nullptr), k, v, o, "
      "reinterpret_cast<unsigned *>(workspace), "
      "reinterpret_cast<float *>(workspace + " +
      std::to_string(program.zeroBytes) + "), shared, shape, {" +
      std::to_string(point.keys - 1) + "});\n}\n";
  program.launches.push_back(makeLaunch(name, attentionStepGeometry(shape)));
  return program;
}

static std::optional<KernelProgram> makeAttention(const AttentionPoint &point,
                                                  const std::string &name,
                                                  const DeviceLimits &limits) {
  // The library, too, has to say what it would replace.
  if (!isNarrow(point.type) || point.width > kMostHeadWidth)
    return std::nullopt;
  AttentionShape shape = getShape(point);
  std::string type(getName(point.type));
  // All strides are multiples of the width.
  std::string vector = std::to_string(widestVector(2, point.width));
  std::string past = "{" + std::to_string(point.keys - point.queries) + "}";
  std::string parameters = "(const " + type + " *q, const " + type +
                           " *k, const " + type + " *v, " + type +
                           " *o, float *workspace) {\n";
  KernelProgram program;
  if (!point.isDecode()) {
    LaunchGeometry geometry = attentionPrefillGeometry(shape);
    std::string width = std::to_string(attentionWidth(shape.keyWidth));
    program.source =
        makeHead(std::to_string(geometry.threads)) + name + parameters + wait +
        declareAttention(shape) +
        "  extern __shared__ uint4 shared[];\n  attentionPrefill<" + type +
        ", " + width + ", " + width + ", " + vector + ", " +
        (point.causal ? "true" : "false") + ">(q, k, v, o, shape, " + past +
        ", shared);\n}\n";
    program.launches.push_back(makeLaunch(name, geometry));
    return program;
  }
  if (auto step = makeStep(point, name, limits))
    return step;
  int group = std::min(shape.heads / shape.keyHeads, kMostDecodeHeads);
  int splits = decodeSplits(shape, group, static_cast<int32_t>(point.keys),
                            limits.multiprocessors);
  std::string lanes = std::to_string(point.width);
  program.source =
      makeHead(std::to_string(kDecodeThreads)) + name + parameters + wait +
      declareAttention(shape) + "  attentionDecode<" + type + ", decodeLanes(" +
      lanes + ", " + lanes + "), " + std::to_string(group) + ", " + vector +
      ">(q, k, v, o, workspace, shape, " + past + ");\n}\n";
  program.launches.push_back(
      makeLaunch(name, attentionDecodeGeometry(shape, group, splits)));
  program.workspaceBytes = attentionDecodeWorkspaceBytes(shape, splits);
  if (splits > 1) {
    LaunchGeometry geometry = attentionCombineGeometry(shape);
    program.source += makeHead(std::to_string(geometry.threads)) + name +
                      "_combine(float *workspace, " + type + " *o) {\n" + wait +
                      declareAttention(shape) + "  attentionCombine<" + type +
                      ">(workspace, o, shape, " + std::to_string(splits) +
                      ");\n}\n";
    program.launches.push_back(makeLaunch(name + "_combine", geometry));
  }
  return program;
}

//===----------------------------------------------------------------------===//
// Memory and launches
//===----------------------------------------------------------------------===//

/// Four loads of 16 bytes are under way per thread. What is read is written
/// only where all of it cancels, which the compiler cannot know to be unlikely.
static KernelProgram makeMemory(const MemoryPoint &point,
                                const std::string &name, int multiprocessors) {
  KernelProgram program;
  program.source =
      makeHead(std::to_string(memoryThreads)) + name +
      "(const uint4 *from, uint4 *to, long long count) {\n" + wait +
      "  const long long step = (long long)gridDim.x * blockDim.x;\n"
      "  long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;\n"
      "  uint4 sum = {0, 0, 0, 0};\n"
      "  for (; i < count; i += 4 * step) {\n"
      "    uint4 values[4];\n"
      "#pragma unroll\n"
      "    for (int j = 0; j < 4; ++j)\n"
      "      if (i + j * step < count)\n"
      "        values[j] = __ldcs(from + i + j * step);\n"
      "#pragma unroll\n"
      "    for (int j = 0; j < 4; ++j)\n"
      "      if (i + j * step < count) {\n";
  program.source +=
      point.writes ? "        to[i + j * step] = values[j];\n      }\n  }\n}\n"
                   : "        sum.x ^= values[j].x; sum.y ^= values[j].y;\n"
                     "        sum.z ^= values[j].z; sum.w ^= values[j].w;\n"
                     "      }\n  }\n"
                     "  if (sum.x == 0x9e3779b9 && sum.y == 0x7f4a7c15 &&\n"
                     "      sum.z == 0xf39cc060 && sum.w == 0x5cedc834)\n"
                     "    *to = sum;\n}\n";
  int64_t most = ceilDiv<int64_t>(point.bytes / 16, memoryThreads);
  LaunchGeometry geometry;
  geometry.gridX = static_cast<unsigned>(
      std::max<int64_t>(1, std::min<int64_t>(most, multiprocessors * 4)));
  geometry.threads = memoryThreads;
  program.launches.push_back(makeLaunch(name, geometry));
  return program;
}

static KernelProgram makeEmpty(const LaunchPoint &point,
                               const std::string &name) {
  KernelProgram program;
  program.source = makeHead("128") + name + "() {\n" + wait + "}\n";
  LaunchGeometry geometry;
  geometry.gridX = static_cast<unsigned>(point.blocks);
  geometry.threads = 128;
  program.launches.push_back(makeLaunch(name, geometry));
  program.launches.back().overlaps = point.overlaps;
  return program;
}

std::optional<KernelProgram>
gac::profile::makeProgram(const Point &point, const DeviceLimits &limits) {
  std::string name = makeName(point);
  if (const auto *product = std::get_if<ProductPoint>(&point.what))
    return makeGemv(*product, name, limits);
  if (const auto *group = std::get_if<GroupPoint>(&point.what))
    return makeGroup(*group, name, limits);
  if (const auto *attention = std::get_if<AttentionPoint>(&point.what))
    return makeAttention(*attention, name, limits);
  if (const auto *memory = std::get_if<MemoryPoint>(&point.what))
    return makeMemory(*memory, name, limits.multiprocessors);
  return makeEmpty(std::get<LaunchPoint>(point.what), name);
}
