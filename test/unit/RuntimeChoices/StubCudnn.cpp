//===- StubCudnn.cpp - A cuDNN that only keeps time -------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Cudnn.h"
#include "Stubs.h"

#include <cstring>

using namespace gac::runtime;
using stubs::device;

namespace {
constexpr int notSupported = 3000;

struct Descriptor {
  int kind;
  std::map<int, std::vector<char>> attributes;
  /// Of a configuration of an engine: its place among the proposals.
  int64_t index = -1;

  template <typename T> T get(int attribute, size_t at = 0) const {
    T value;
    std::memcpy(static_cast<void *>(&value),
                attributes.at(attribute).data() + at * sizeof(T), sizeof(T));
    return value;
  }
  int64_t getPlan() const {
    return get<Descriptor *>(cudnn::planConfig)->index;
  }
};

Descriptor *getDesc(void *pointer) {
  return static_cast<Descriptor *>(pointer);
}
} // namespace

GAC_STUB size_t cudnnGetVersion() { return device.cudnnVersion; }
GAC_STUB void cudnnGetLastErrorString(char *text, size_t bytes) {
  std::strncpy(text, "the stub says no", bytes);
}
GAC_STUB int cudnnCreate(cudnn::Handle *handle) {
  if (!device.hasCudnn)
    return notSupported;
  *handle = reinterpret_cast<cudnn::Handle>(&device);
  ++device.handles;
  return 0;
}
GAC_STUB int cudnnDestroy(cudnn::Handle) {
  --device.handles;
  return 0;
}
GAC_STUB int cudnnSetStream(cudnn::Handle, cuda::Stream) { return 0; }
GAC_STUB int cudnnBackendCreateDescriptor(int kind, void **desc) {
  *desc = new Descriptor{kind, {}};
  return 0;
}
GAC_STUB int cudnnBackendDestroyDescriptor(void *desc) {
  delete getDesc(desc);
  return 0;
}
GAC_STUB int cudnnBackendFinalize(void *desc) {
  if (getDesc(desc)->kind == cudnn::executionPlan)
    ++device.compiledPlans;
  return 0;
}
GAC_STUB int cudnnBackendSetAttribute(void *desc, int attribute, int type,
                                      int64_t count, const void *values) {
  const std::map<int, size_t> sizes = {
      {cudnn::typeHandle, 8},        {cudnn::typeDataType, 4},
      {cudnn::typeBoolean, 1},       {cudnn::typeInt64, 8},
      {cudnn::typeFloat, 4},         {cudnn::typePointer, 8},
      {cudnn::typeHeuristicMode, 4}, {cudnn::typePointwiseMode, 4},
      {cudnn::typeDescriptor, 8},    {cudnn::typeReductionOperator, 4}};
  const char *bytes = static_cast<const char *>(values);
  getDesc(desc)->attributes[attribute].assign(
      bytes, bytes + static_cast<size_t>(count) * sizes.at(type));
  return 0;
}
GAC_STUB int cudnnBackendGetAttribute(void *desc, int attribute, int,
                                      int64_t requested, int64_t *count,
                                      void *values) {
  if (attribute == cudnn::planWorkspaceBytes) {
    *count = 1;
    *static_cast<int64_t *>(values) =
        device.planWorkspaces.at(getDesc(desc)->getPlan());
    return 0;
  }
  if (attribute != cudnn::heuristicResults)
    return notSupported;
  *count = static_cast<int64_t>(device.plans.size());
  for (int64_t i = 0; i < requested; ++i)
    static_cast<Descriptor **>(values)[i]->index = i;
  return 0;
}
GAC_STUB int cudnnBackendExecute(cudnn::Handle, void *plan, void *pack) {
  const Descriptor *bound = getDesc(pack);
  size_t count = bound->attributes.at(cudnn::packIds).size() / 8;
  uint64_t output = 0;
  for (size_t i = 0; i < count; ++i)
    if (bound->get<int64_t>(cudnn::packIds, i) == 4)
      output = bound->get<uint64_t>(cudnn::packPointers, i);
  int64_t index = getDesc(plan)->getPlan();
  device.work("plan " + std::to_string(index) + " " + std::to_string(output),
              device.plans.at(index));
  return 0;
}
