//===- StubCuda.cpp - A driver that only keeps time -------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Stubs.h"

#include <algorithm>
#include <cstring>

using namespace gac::runtime::stubs;

Device gac::runtime::stubs::device;

void Device::work(const std::string &what, const Cost &cost) {
  if (isCapturing) {
    captured.push_back(what);
    return;
  }
  clock += !log.empty() && log.back() == "flush" ? cost.cold : cost.warm;
  log.push_back(what);
}

void Device::forbid(const char *call) {
  if (isCapturing)
    forbidden.emplace_back(call);
}

size_t Device::count(const std::string &start) const {
  return std::count_if(log.begin(), log.end(), [&](const std::string &each) {
    return each.compare(0, start.size(), start) == 0;
  });
}

namespace {
constexpr int outOfMemory = 2;
using Pointer = unsigned long long;

/// Sizes by address; nothing is there.
std::map<Pointer, size_t> allocations;
Pointer nextAddress = 1 << 20;
/// By name: functions are their names.
std::map<std::string, int> functions;
int someContext, someStream;
} // namespace

GAC_STUB int cuInit(unsigned) { return 0; }
GAC_STUB int cuGetErrorString(int, const char **text) {
  *text = "the stub's error";
  return 0;
}
GAC_STUB int cuDriverGetVersion(int *version) {
  *version = 13000;
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
GAC_STUB int cuDevicePrimaryCtxRetain(void **context, int) {
  *context = &someContext;
  return 0;
}
GAC_STUB int cuDevicePrimaryCtxRelease_v2(int) { return 0; }
GAC_STUB int cuCtxSetCurrent(void *) { return 0; }
GAC_STUB int cuMemGetInfo_v2(size_t *available, size_t *total) {
  *total = device.totalBytes;
  *available = device.totalBytes - device.usedBytes;
  return 0;
}
GAC_STUB int cuMemAlloc_v2(Pointer *pointer, size_t bytes) {
  device.forbid("cuMemAlloc");
  if (bytes > device.totalBytes - device.usedBytes)
    return outOfMemory;
  *pointer = nextAddress;
  nextAddress += (bytes + 255) / 256 * 256;
  allocations[*pointer] = bytes;
  device.usedBytes += bytes;
  device.peakBytes = std::max(device.peakBytes, device.usedBytes);
  return 0;
}
GAC_STUB int cuMemFree_v2(Pointer pointer) {
  device.forbid("cuMemFree");
  device.usedBytes -= allocations.at(pointer);
  allocations.erase(pointer);
  return 0;
}
GAC_STUB int cuMemsetD8Async(Pointer, unsigned char, size_t bytes, void *) {
  // What is too small leaves something in the cache.
  if (bytes >= 2 * static_cast<size_t>(device.cacheBytes))
    device.work("flush", {});
  return 0;
}
GAC_STUB int cuMemcpyHtoDAsync_v2(Pointer, const void *, size_t, void *) {
  return 0;
}
GAC_STUB int cuMemcpyDtoHAsync_v2(void *, Pointer, size_t, void *) { return 0; }
GAC_STUB int cuMemcpyDtoDAsync_v2(Pointer, Pointer, size_t, void *) {
  return 0;
}
GAC_STUB int cuModuleLoadData(void **module, const void *) {
  *module = &functions;
  return 0;
}
GAC_STUB int cuModuleUnload(void *) { return 0; }
GAC_STUB int cuModuleGetFunction(void **function, void *, const char *name) {
  *function =
      const_cast<std::string *>(&functions.emplace(name, 0).first->first);
  return 0;
}
GAC_STUB int cuFuncSetAttribute(void *, int, int) { return 0; }
GAC_STUB int cuLaunchKernel(void *function, unsigned, unsigned, unsigned,
                            unsigned, unsigned, unsigned, unsigned, void *,
                            void **, void **) {
  const std::string &name = *static_cast<std::string *>(function);
  device.work("kernel " + name, device.kernels[name]);
  return 0;
}
GAC_STUB int cuStreamCreate(void **stream, unsigned) {
  *stream = &someStream;
  return 0;
}
GAC_STUB int cuStreamDestroy_v2(void *) { return 0; }
GAC_STUB int cuStreamSynchronize(void *) {
  device.forbid("cuStreamSynchronize");
  return 0;
}
GAC_STUB int cuStreamBeginCapture_v2(void *, int) {
  device.isCapturing = true;
  device.captured.clear();
  return 0;
}
GAC_STUB int cuStreamEndCapture(void *, void **graph) {
  device.isCapturing = false;
  *graph = new std::vector<std::string>(device.captured);
  return 0;
}
GAC_STUB int cuGraphInstantiateWithFlags(void **exec, void *graph,
                                         unsigned long long) {
  *exec = new std::vector<std::string>(
      *static_cast<std::vector<std::string> *>(graph));
  return 0;
}
GAC_STUB int cuGraphLaunch(void *exec, void *) {
  for (const std::string &what : *static_cast<std::vector<std::string> *>(exec))
    device.work(what, {});
  return 0;
}
GAC_STUB int cuGraphExecDestroy(void *exec) {
  delete static_cast<std::vector<std::string> *>(exec);
  return 0;
}
GAC_STUB int cuGraphDestroy(void *graph) { return cuGraphExecDestroy(graph); }
GAC_STUB int cuEventCreate(void **event, unsigned) {
  *event = new double(0);
  return 0;
}
GAC_STUB int cuEventDestroy_v2(void *event) {
  delete static_cast<double *>(event);
  return 0;
}
GAC_STUB int cuEventRecord(void *event, void *) {
  *static_cast<double *>(event) = device.clock;
  return 0;
}
GAC_STUB int cuEventSynchronize(void *) { return 0; }
GAC_STUB int cuEventElapsedTime(float *milliseconds, void *begin, void *end) {
  *milliseconds = static_cast<float>(
      (*static_cast<double *>(end) - *static_cast<double *>(begin)) / 1000);
  return 0;
}
