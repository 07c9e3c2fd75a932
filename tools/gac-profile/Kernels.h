//===- Kernels.h - Compiled kernels of a profile ----------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_TOOLS_GAC_PROFILE_KERNELS_H
#define GAC_TOOLS_GAC_PROFILE_KERNELS_H

#include "KernelModule.h"
#include "KernelSource.h"

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

namespace gac::profile {

/// A program on the device.
struct LoadedProgram {
  KernelProgram program;
  /// By launch.
  std::vector<runtime::cuda::Function> functions;
};

/// Programs by the keys of their points, compiled by NVRTC and kept in the
/// cache folder. NVRTC does one thing at a time, and takes about as long for
/// all kernels of a profile as their measurements: so it works beside these.
class Kernels {
public:
  Kernels(std::shared_ptr<runtime::DeviceContext> device,
          std::string cacheFolder, int multiprocessors)
      : device(std::move(device)), cacheFolder(std::move(cacheFolder)),
        multiprocessors(multiprocessors) {}
  /// Waits for what is being compiled.
  ~Kernels();
  Kernels(const Kernels &) = delete;
  Kernels &operator=(const Kernels &) = delete;

  /// Begins to compile the programs of those points that have one, in this
  /// order. To be called once, before get().
  void start(const std::vector<Point> &points);

  /// Whether get() would not wait.
  bool isReady(const Point &point);

  /// The program of a point; null where no kernel takes the point.
  runtime::Result<const LoadedProgram *> get(const Point &point);

private:
  /// Programs that are compiled as one source.
  struct Batch {
    std::vector<std::pair<std::string, KernelProgram>> programs;
    /// Set by the thread that compiles it.
    std::optional<runtime::Result<std::string>> code;
    bool isLoaded = false;
  };
  void add(const Point &point);
  void work();
  runtime::Status load(Batch &batch);

  std::shared_ptr<runtime::DeviceContext> device;
  std::string cacheFolder;
  int multiprocessors;
  std::vector<std::unique_ptr<Batch>> batches;
  /// By key.
  std::map<std::string, Batch *> places;
  std::map<std::string, LoadedProgram> programs;
  std::vector<std::unique_ptr<runtime::KernelModule>> modules;
  std::thread worker;
  std::atomic<bool> isStopped = false;
  /// Of the batches' code.
  std::mutex mutex;
  std::condition_variable changed;
};

} // namespace gac::profile

#endif // GAC_TOOLS_GAC_PROFILE_KERNELS_H
