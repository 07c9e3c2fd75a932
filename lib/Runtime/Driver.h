//===- Driver.h - CUDA's libraries, loaded at run time ----------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_RUNTIME_DRIVER_H
#define GAC_LIB_RUNTIME_DRIVER_H

#include "Cudnn.h"
#include "gac/Runtime/Status.h"

#include <memory>
#include <vector>

namespace gac::runtime {

/// The driver's functions. Loaded once; the library is never unloaded, because
/// it leaves threads behind.
Result<const cuda::DriverTable *> loadDriver();
/// The compiler's, or the sentence that says which files were looked for.
Result<const cuda::NvrtcTable *> loadNvrtc();
/// The matrix library's, likewise.
Result<const cuda::BlasLtTable *> loadBlasLt();
/// cuDNN's, likewise; also where it is too old for what we ask of it.
Result<const cudnn::Table *> loadCudnn();
/// The management library's, or null: nothing depends on it.
const cuda::NvmlTable *loadNvml();

/// Folders that may have the toolkit's headers, for NVRTC; all exist.
std::vector<std::string> getToolkitIncludes();

/// "CUDA failed at cuLaunchKernelEx: invalid argument", of the call's symbol.
Status makeCudaError(const char *symbol, int result);

/// A device with its primary context; makes it current on demand.
class DeviceContext {
public:
  static Result<std::shared_ptr<DeviceContext>> open(int ordinal);
  ~DeviceContext();
  DeviceContext(const DeviceContext &) = delete;
  DeviceContext &operator=(const DeviceContext &) = delete;

  const cuda::DriverTable &getDriver() const { return *driver; }
  /// Makes the context that of this thread.
  Status activate() const;
  cuda::DeviceId getDevice() const { return device; }
  /// "NVIDIA H200".
  const std::string &getName() const { return name; }
  /// 90 for compute capability 9.0.
  int getCapability() const { return capability; }
  /// Bytes of dynamic shared memory that a block may have.
  int getMaxSharedBytes() const { return maxSharedBytes; }
  /// Bytes of the cache that all of the device's processors share.
  size_t getCacheBytes() const { return static_cast<size_t>(cacheBytes); }
  /// Bytes that nobody has allocated.
  Result<size_t> getFreeBytes() const;

private:
  DeviceContext() = default;

  const cuda::DriverTable *driver = nullptr;
  cuda::DeviceId device = 0;
  cuda::Context context = nullptr;
  std::string name;
  int capability = 0, maxSharedBytes = 0, cacheBytes = 0;
};

/// Device memory that frees itself; the context must be current.
class DeviceMemory {
public:
  DeviceMemory() = default;
  /// ErrorCode::Memory, with the numbers, where there is no room in one piece.
  static Result<DeviceMemory> allocate(std::shared_ptr<DeviceContext> device,
                                       size_t bytes);
  DeviceMemory(DeviceMemory &&other) noexcept { *this = std::move(other); }
  DeviceMemory &operator=(DeviceMemory &&other) noexcept;
  ~DeviceMemory();

  cuda::DevicePointer get() const { return pointer; }

private:
  std::shared_ptr<DeviceContext> device;
  cuda::DevicePointer pointer = 0;
};

/// Returns from the function with an error where a call of the driver fails.
#define GAC_CUDA(driver, call, ...)                                            \
  if (int gacResult = (driver).call(__VA_ARGS__))                              \
  return makeCudaError(gac::runtime::cuda::DriverSymbols::call, gacResult)

} // namespace gac::runtime

#endif // GAC_LIB_RUNTIME_DRIVER_H
