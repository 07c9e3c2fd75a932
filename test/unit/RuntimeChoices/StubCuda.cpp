//===- StubCuda.cpp - A driver that only keeps time -------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Cuda.h"
#include "Stubs.h"

#include <algorithm>
#include <cstring>

using namespace gac::runtime;
using cuda::DevicePointer;
using stubs::device;

stubs::Device stubs::device;

void stubs::Device::work(const std::string &what, const Cost &cost) {
  if (isCapturing) {
    captured.push_back(what);
    return;
  }
  clock += !log.empty() && log.back() == "flush" ? cost.cold : cost.warm;
  log.push_back(what);
}

std::byte *stubs::Device::find(uint64_t address, size_t bytes) {
  auto it = allocations.upper_bound(address);
  if (it == allocations.begin())
    return nullptr;
  --it;
  size_t offset = address - it->first;
  bool isInside =
      offset <= it->second.size() && bytes <= it->second.size() - offset;
  return isInside ? it->second.data() + offset : nullptr;
}

void stubs::Device::forbid(const char *call) {
  if (isCapturing)
    forbidden.emplace_back(call);
}

size_t stubs::Device::count(const std::string &start) const {
  return std::count_if(log.begin(), log.end(), [&](const std::string &each) {
    return each.compare(0, start.size(), start) == 0;
  });
}

namespace {
constexpr int invalidValue = 1, outOfMemory = 2;

DevicePointer nextAddress = 1 << 20;
/// By name: functions are their names.
std::map<std::string, int> functions;
int someContext, someStream;
/// What a graph does.
using Work = std::vector<std::string>;

/// CUDA's types stand for nothing here.
template <typename Tag, typename Value> void give(Tag *&tag, Value *value) {
  tag = reinterpret_cast<Tag *>(value);
}
template <typename Value, typename Tag> Value *take(Tag *tag) {
  return reinterpret_cast<Value *>(tag);
}
} // namespace

// CUDA's names.
// NOLINTBEGIN(readability-identifier-naming)

GAC_STUB int cuGetErrorString(int, const char **text) {
  *text = "the stub's error";
  return 0;
}
GAC_STUB int cuDeviceGetCount(int *count) {
  *count = 1;
  return 0;
}
GAC_STUB int cuDeviceGet(int *number, int) {
  *number = 0;
  return 0;
}
GAC_STUB int cuDeviceGetName(char *name, int, int) {
  std::strcpy(name, "Stub 9000");
  return 0;
}
GAC_STUB int cuDeviceGetAttribute(int *value, int attribute, int) {
  const std::map<int, int> values = {
      {75, 9}, {76, 0}, {97, 232448}, {38, device.cacheBytes}};
  *value = values.at(attribute);
  return 0;
}
GAC_STUB int cuDevicePrimaryCtxRetain(cuda::Context *context, int) {
  give(*context, &someContext);
  return 0;
}
GAC_STUB int cuMemGetInfo_v2(size_t *available, size_t *total) {
  *total = device.totalBytes;
  *available = device.totalBytes - device.usedBytes;
  return 0;
}
GAC_STUB int cuMemAlloc_v2(DevicePointer *pointer, size_t bytes) {
  device.forbid("cuMemAlloc");
  if (bytes > device.totalBytes - device.usedBytes || bytes > device.pieceBytes)
    return outOfMemory;
  *pointer = nextAddress;
  nextAddress += (bytes + 255) / 256 * 256;
  // Not what a program may count on.
  device.allocations[*pointer].assign(bytes, std::byte(0xa5));
  device.usedBytes += bytes;
  device.peakBytes = std::max(device.peakBytes, device.usedBytes);
  return 0;
}
GAC_STUB int cuMemFree_v2(DevicePointer pointer) {
  device.forbid("cuMemFree");
  device.usedBytes -= device.allocations.at(pointer).size();
  device.allocations.erase(pointer);
  return 0;
}
GAC_STUB int cuMemsetD8Async(DevicePointer to, unsigned char value,
                             size_t bytes, cuda::Stream) {
  std::byte *found = device.find(to, bytes);
  if (!found)
    return invalidValue;
  std::memset(found, value, bytes);
  // What is too small leaves something in the cache.
  if (bytes >= 2 * static_cast<size_t>(device.cacheBytes))
    device.work("flush", {});
  return 0;
}
GAC_STUB int cuMemcpyHtoDAsync_v2(DevicePointer to, const void *from,
                                  size_t bytes, cuda::Stream) {
  std::byte *found = device.find(to, bytes);
  if (!found)
    return invalidValue;
  std::memcpy(found, from, bytes);
  device.uploadedBytes += bytes;
  const auto *begin = static_cast<const std::byte *>(from);
  device.memory[to].assign(begin, begin + bytes);
  return 0;
}
GAC_STUB int cuMemcpyDtoHAsync_v2(void *to, DevicePointer from, size_t bytes,
                                  cuda::Stream) {
  std::byte *found = device.find(from, bytes);
  if (!found)
    return invalidValue;
  std::memcpy(to, found, bytes);
  return 0;
}
GAC_STUB int cuMemcpyDtoDAsync_v2(DevicePointer to, DevicePointer from,
                                  size_t bytes, cuda::Stream) {
  std::byte *target = device.find(to, bytes),
            *source = device.find(from, bytes);
  if (!target || !source)
    return invalidValue;
  // Kernels compute nothing, so that a graph has nothing to copy either.
  if (!device.isCapturing)
    std::memmove(target, source, bytes);
  return 0;
}
GAC_STUB int cuModuleLoadData(cuda::Module *module, const void *code) {
  if (std::strcmp(static_cast<const char *>(code), "refused") == 0)
    return invalidValue;
  give(*module, &functions);
  return 0;
}
GAC_STUB int cuModuleGetFunction(cuda::Function *function, cuda::Module,
                                 const char *name) {
  give(*function, &*functions.emplace(name, 0).first);
  return 0;
}
GAC_STUB int cuFuncSetAttribute(cuda::Function function, int attribute,
                                int value) {
  const std::string &name =
      take<std::pair<const std::string, int>>(function)->first;
  if (attribute == cuda::functionMaxDynamicShared)
    device.sharedBytes[name] = value;
  return 0;
}
GAC_STUB int cuLaunchKernel(cuda::Function function, unsigned, unsigned,
                            unsigned, unsigned, unsigned, unsigned, unsigned,
                            cuda::Stream, void **, void **) {
  const std::string &name =
      take<std::pair<const std::string, int>>(function)->first;
  if (name == device.refused)
    return invalidValue;
  device.work("kernel " + name, device.kernels[name]);
  return 0;
}
GAC_STUB int cuLaunchKernelEx(const cuda::LaunchConfig *config,
                              cuda::Function function, void **arguments,
                              void **extra) {
  return cuLaunchKernel(function, config->grid[0], config->grid[1],
                        config->grid[2], config->block[0], config->block[1],
                        config->block[2], config->sharedBytes, config->stream,
                        arguments, extra);
}
GAC_STUB int cuStreamCreate(cuda::Stream *stream, unsigned) {
  give(*stream, &someStream);
  return 0;
}
/// Work takes no time here before it is waited for, so nobody need wait.
GAC_STUB int cuLaunchHostFunc(cuda::Stream, void (*)(void *), void *) {
  ++device.gates;
  return 0;
}
GAC_STUB int cuStreamSynchronize(cuda::Stream) {
  device.forbid("cuStreamSynchronize");
  return 0;
}
GAC_STUB int cuStreamBeginCapture_v2(cuda::Stream, int) {
  device.isCapturing = true;
  device.captured.clear();
  return 0;
}
GAC_STUB int cuStreamEndCapture(cuda::Stream, cuda::Graph *graph) {
  device.isCapturing = false;
  give(*graph, new Work(device.captured));
  return 0;
}
GAC_STUB int cuGraphInstantiateWithFlags(cuda::GraphExec *exec,
                                         cuda::Graph graph,
                                         unsigned long long) {
  give(*exec, new Work(*take<Work>(graph)));
  return 0;
}
GAC_STUB int cuGraphLaunch(cuda::GraphExec exec, cuda::Stream) {
  for (const std::string &what : *take<Work>(exec))
    device.work(what, {});
  return 0;
}
GAC_STUB int cuGraphExecDestroy(cuda::GraphExec exec) {
  delete take<Work>(exec);
  return 0;
}
GAC_STUB int cuGraphDestroy(cuda::Graph graph) {
  delete take<Work>(graph);
  return 0;
}
GAC_STUB int cuEventCreate(cuda::Event *event, unsigned) {
  give(*event, new double(0));
  return 0;
}
GAC_STUB int cuEventDestroy_v2(cuda::Event event) {
  delete take<double>(event);
  return 0;
}
GAC_STUB int cuEventRecord(cuda::Event event, cuda::Stream) {
  *take<double>(event) = device.clock;
  return 0;
}
GAC_STUB int cuEventElapsedTime(float *milliseconds, cuda::Event begin,
                                cuda::Event end) {
  double microseconds = *take<double>(end) - *take<double>(begin);
  *milliseconds = static_cast<float>(microseconds / 1000);
  return 0;
}

// NOLINTEND(readability-identifier-naming)
