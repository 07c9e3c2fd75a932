//===- Model.cpp - A package on a device ------------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelState.h"
#include "RandomFill.h"
#include "RecipeKernel.h"
#include "gac/Runtime/Runtime.h"

#include <algorithm>

using namespace gac::runtime;
using namespace gac::runtime::cuda;

static bool isWeight(const PackageTensor &tensor) {
  return tensor.kind == PackageTensor::Kind::Weight ||
         tensor.kind == PackageTensor::Kind::Constant;
}

/// Whether an entry has an operation of that kind.
template <typename Op> static bool hasOp(const Package &package) {
  for (const PackageEntry &entry : package.entries)
    for (const PackageOp &op : entry.ops)
      if (std::holds_alternative<Op>(op.action))
        return true;
  return false;
}

/// Of what the device knows of how far caches are filled: an int32 of each.
static int64_t getPositionBytes(const Package &package) {
  return alignBuffer(
      static_cast<int64_t>(package.caches.size() * sizeof(int32_t)));
}

MemoryUse gac::runtime::getMemoryUse(const Package &package) {
  MemoryUse use;
  for (const PackageTensor &tensor : package.tensors) {
    int64_t bytes = alignBuffer(tensor.bytes);
    if (isWeight(tensor))
      use.weights += bytes;
    else if (tensor.kind == PackageTensor::Kind::Cache)
      use.caches += bytes;
    else if (tensor.kind != PackageTensor::Kind::Arena)
      use.signature += bytes;
  }
  use.caches += getPositionBytes(package);
  for (const PackageEntry &entry : package.entries)
    use.arena = std::max(use.arena, alignBuffer(entry.arenaBytes));
  // Operations of a session follow each other, and share it.
  if (hasOp<GemmOp>(package) || hasOp<AttentionOp>(package))
    use.workspace = workspaceBytes;
  return use;
}

/// "12.3 GiB".
static std::string formatBytes(int64_t bytes) {
  char text[32];
  if (bytes >= int64_t(1) << 30)
    snprintf(text, sizeof(text), "%.1f GiB",
             static_cast<double>(bytes) / (1 << 30));
  else
    snprintf(text, sizeof(text), "%.1f MiB",
             static_cast<double>(bytes) / (1 << 20));
  return text;
}

/// Whether the device has room, before any of it is taken.
static Status checkMemory(const DeviceContext &device, const MemoryUse &use,
                          const std::string &what, bool withWeights) {
  Result<size_t> available = device.getFreeBytes();
  if (!available)
    return available.getStatus();
  int64_t needed = use.getTotal() - (withWeights ? 0 : use.weights);
  if (needed <= static_cast<int64_t>(*available))
    return {};
  return {
      ErrorCode::Memory,
      what + " needs " + formatBytes(needed) + " of device memory (" +
          (withWeights ? "weights " + formatBytes(use.weights) + ", " : "") +
          "caches " + formatBytes(use.caches) + ", inputs and outputs " +
          formatBytes(use.signature) + ", arena " + formatBytes(use.arena) +
          ", workspace " + formatBytes(use.workspace) + ") and " +
          device.getName() + " has " +
          formatBytes(static_cast<int64_t>(*available)) + " free"};
}

static Status loadWeights(ModelState &model, const MemoryUse &use,
                          bool synthetic) {
  Result<DeviceMemory> memory =
      DeviceMemory::allocate(model.device, use.weights);
  if (!memory)
    return memory.getStatus();
  model.weights = std::move(*memory);
  model.addresses.assign(model.package.tensors.size(), 0);
  const DriverTable &driver = model.device->getDriver();
  RecipeKernel kernel(model.device, model.cacheFolder);
  DevicePointer next = model.weights.get();
  for (size_t id = 0; id < model.package.tensors.size(); ++id) {
    const PackageTensor &tensor = model.package.tensors[id];
    if (!isWeight(tensor))
      continue;
    model.addresses[id] = next;
    next += alignBuffer(tensor.bytes);
    if (tensor.bytes == 0)
      continue;
    const Safetensors::Entry *data =
        model.package.weights ? model.package.weights->find(tensor.name)
                              : nullptr;
    HostTensor made;
    const void *bytes = data ? data->bytes.data() : nullptr;
    if (tensor.recipe && (synthetic || !data)) {
      Result<bool> onDevice = kernel.make(*tensor.recipe, tensor.type,
                                          model.addresses[id], tensor.bytes);
      if (!onDevice)
        return onDevice.getStatus();
      if (*onDevice)
        continue;
      Result<HostTensor> result = evaluateRecipe(*tensor.recipe, tensor.type);
      if (!result)
        return {result.getStatus().getCode(),
                "weight '" + tensor.name +
                    "': " + result.getStatus().getMessage()};
      made = std::move(*result);
      bytes = made.bytes.data();
    }
    GAC_CUDA(driver, copyToDevice, model.addresses[id], bytes, tensor.bytes,
             nullptr);
    GAC_CUDA(driver, streamSynchronize, nullptr);
  }
  // A session's stream does not wait for this one.
  GAC_CUDA(driver, streamSynchronize, nullptr);
  return {};
}

Result<Model> Model::load(const std::string &folder,
                          const ModelOptions &options) {
  Result<Package> package = Package::open(folder);
  if (!package)
    return package.getStatus();
  auto state = std::make_shared<ModelState>(ModelState{
      std::move(*package),
      options.cacheFolder ? *options.cacheFolder : getDefaultCacheFolder(),
      nullptr,
      nullptr,
      nullptr,
      nullptr,
      {},
      {}});
  Result<std::shared_ptr<DeviceContext>> device =
      DeviceContext::open(options.device);
  if (!device)
    return device.getStatus();
  state->device = *device;
  Result<std::unique_ptr<KernelModule>> kernels =
      KernelModule::load(state->package, state->device, state->cacheFolder);
  if (!kernels)
    return kernels.getStatus();
  state->kernels = std::move(*kernels);
  if (hasOp<GemmOp>(state->package)) {
    Result<std::shared_ptr<GemmLibrary>> gemms =
        GemmLibrary::open(state->device, state->cacheFolder);
    if (!gemms)
      return gemms.getStatus();
    state->gemms = *gemms;
  }
  if (hasOp<AttentionOp>(state->package) && options.cudnn != CudnnUse::Never) {
    Result<std::shared_ptr<CudnnLibrary>> cudnn =
        CudnnLibrary::open(state->device, state->cacheFolder, options.cudnn);
    if (cudnn)
      state->cudnn = *cudnn;
    else if (options.cudnn == CudnnUse::Always)
      return cudnn.getStatus();
  }
  MemoryUse use = getMemoryUse(state->package);
  if (Status status =
          checkMemory(*state->device, use, "package '" + folder + "'", true))
    return status;
  if (Status status = loadWeights(*state, use, options.synthetic))
    return status;
  return Model(std::move(state));
}

const Package &Model::getPackage() const { return state->package; }

const std::string &Model::getDeviceName() const {
  return state->device->getName();
}

Result<Session> Model::createSession(void *stream) const {
  if (Status status = state->device->activate())
    return status;
  const Package &package = state->package;
  MemoryUse use = getMemoryUse(package);
  if (Status status =
          checkMemory(*state->device, use,
                      "a session of package '" + package.folder + "'", false))
    return status;
  auto session = std::make_unique<SessionState>();
  session->model = state;
  size_t bytes = use.getTotal() - use.weights;
  Result<DeviceMemory> memory = DeviceMemory::allocate(state->device, bytes);
  if (!memory)
    return memory.getStatus();
  session->memory = std::move(*memory);
  const DriverTable &driver = session->getDriver();
  session->stream = static_cast<Stream>(stream);
  if (!stream) {
    GAC_CUDA(driver, streamCreate, &session->stream, streamNonBlocking);
    session->ownsStream = true;
  }
  // What nobody filled is zero, not what another program left.
  GAC_CUDA(driver, memset8, session->memory.get(), 0, bytes, session->stream);

  DevicePointer next = session->memory.get();
  session->addresses = state->addresses;
  for (size_t id = 0; id < package.tensors.size(); ++id) {
    const PackageTensor &tensor = package.tensors[id];
    if (isWeight(tensor) || tensor.kind == PackageTensor::Kind::Arena)
      continue;
    session->addresses[id] = next;
    next += alignBuffer(tensor.bytes);
  }
  session->positions.assign(package.caches.size(), 0);
  session->positionBase = next;
  next += getPositionBytes(package);
  session->arena = next;
  session->workspace = next + use.arena;
  // Algorithms are chosen with what is there.
  if (use.arena > 0 && (state->gemms || state->cudnn))
    if (Status status = fillRandomly(driver, session->stream, session->arena,
                                     use.arena, package.type))
      return status;
  return Session(std::move(session));
}
