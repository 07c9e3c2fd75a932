//===- KernelModule.h - A package's kernels, ready to launch ----*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_RUNTIME_KERNELMODULE_H
#define GAC_LIB_RUNTIME_KERNELMODULE_H

#include "Driver.h"
#include "gac/Runtime/Package.h"

#include <map>
#include <mutex>

namespace gac::runtime {

/// The architecture of `archs` whose code runs on a device of that compute
/// capability (90 for 9.0), the closest first; "" where none does. "sm_90a"
/// runs on 9.0 alone, "sm_80" on all of 8.x.
std::string selectArch(const std::vector<std::string> &archs, int capability);

/// A loaded module. Its cubin is the package's, or compiled from the package's
/// source and kept in `cacheFolder` under the source's hash and architecture.
/// What was kept and is damaged, or does not load, is compiled again.
class KernelModule {
public:
  static Result<std::unique_ptr<KernelModule>>
  load(const Package &package, const std::shared_ptr<DeviceContext> &device,
       const std::string &cacheFolder);
  /// Compiles the source for the device by NVRTC, or takes what was kept of an
  /// earlier time; `name` stands for it in messages.
  static Result<std::unique_ptr<KernelModule>>
  compile(const std::string &source, const std::string &name,
          const std::shared_ptr<DeviceContext> &device,
          const std::string &cacheFolder);
  /// The two halves of compile(): code for devices of a compute capability (90
  /// for 9.0), for which neither a context nor a device is needed, so that
  /// another thread may do it, and a module of it.
  static Result<std::string> translate(const std::string &source,
                                       const std::string &name, int capability,
                                       const std::string &cacheFolder);
  static Result<std::unique_ptr<KernelModule>>
  open(const Result<std::string> &cubin,
       const std::shared_ptr<DeviceContext> &device);
  ~KernelModule();
  KernelModule(const KernelModule &) = delete;
  KernelModule &operator=(const KernelModule &) = delete;

  /// A kernel that may have this much dynamic shared memory, or as much as was
  /// asked for earlier, if that is more. Threads may call it.
  Result<cuda::Function> getFunction(const std::string &name,
                                     int64_t sharedBytes) const;

private:
  explicit KernelModule(std::shared_ptr<DeviceContext> device)
      : device(std::move(device)) {}

  std::shared_ptr<DeviceContext> device;
  cuda::Module module = nullptr;
  /// The most that was asked for, by kernel.
  mutable std::mutex mutex;
  mutable std::map<std::string, int64_t> largestShared;
};

} // namespace gac::runtime

#endif // GAC_LIB_RUNTIME_KERNELMODULE_H
