//===- Kernels.cpp - Compiled kernels of a profile ------------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kernels.h"

using namespace gac::profile;
using namespace gac::runtime;
using namespace gac::runtime::cuda;

/// Reading CUDA's headers takes about as long as some kernels.
static constexpr size_t batchSize = 4;

Kernels::~Kernels() {
  isStopped = true;
  if (worker.joinable())
    worker.join();
}

void Kernels::add(const Point &point) {
  std::string key = getKey(point);
  if (places.count(key) != 0)
    return;
  std::optional<KernelProgram> program =
      makeProgram(point, {multiprocessors, device->getCapability()});
  if (!program)
    return;
  if (batches.empty() || batches.back()->programs.size() == batchSize)
    batches.push_back(std::make_unique<Batch>());
  Batch &batch = *batches.back();
  batch.programs.emplace_back(key, std::move(*program));
  places.emplace(key, &batch);
}

void Kernels::work() {
  for (std::unique_ptr<Batch> &batch : batches) {
    std::string source = kernelHeaders;
    for (const auto &[key, program] : batch->programs)
      source += program.source;
    Result<std::string> code =
        isStopped
            ? Result<std::string>(Status(ErrorCode::Device, "stopped"))
            : KernelModule::translate(source, "kernels of the profile",
                                      device->getCapability(), cacheFolder);
    std::lock_guard<std::mutex> lock(mutex);
    batch->code = std::move(code);
    changed.notify_all();
  }
}

void Kernels::start(const std::vector<Point> &points) {
  for (const Point &point : points)
    add(point);
  worker = std::thread([this] { work(); });
}

bool Kernels::isReady(const Point &point) {
  auto it = places.find(getKey(point));
  if (it == places.end())
    return true;
  std::lock_guard<std::mutex> lock(mutex);
  return it->second->code.has_value();
}

Status Kernels::load(Batch &batch) {
  {
    std::unique_lock<std::mutex> lock(mutex);
    changed.wait(lock, [&] { return batch.code.has_value(); });
  }
  Result<std::unique_ptr<KernelModule>> module =
      KernelModule::open(*batch.code, device);
  if (!module)
    return module.getStatus();
  for (auto &[key, program] : batch.programs) {
    LoadedProgram loaded;
    for (const LaunchOp &launch : program.launches) {
      Result<Function> function =
          (*module)->getFunction(launch.kernel, launch.sharedBytes);
      if (!function)
        return function.getStatus();
      loaded.functions.push_back(*function);
    }
    loaded.program = std::move(program);
    programs.emplace(key, std::move(loaded));
  }
  modules.push_back(std::move(*module));
  batch.isLoaded = true;
  return {};
}

Result<const LoadedProgram *> Kernels::get(const Point &point) {
  auto it = places.find(getKey(point));
  if (it == places.end())
    return nullptr;
  if (!it->second->isLoaded)
    if (Status status = load(*it->second))
      return status;
  return &programs.at(it->first);
}
