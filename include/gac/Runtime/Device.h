//===- Device.h - What a GPU is and can do ----------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_RUNTIME_DEVICE_H
#define GAC_RUNTIME_DEVICE_H

#include "gac/Runtime/Tensor.h"

#include <memory>

namespace gac::runtime {

class DeviceContext;

/// A device and the libraries that the runtime would use with it. A library's
/// version is "" where it was not found.
struct DeviceInfo {
  /// Such as "NVIDIA H200", and its PCI address.
  std::string name, bus;
  /// 90 for compute capability 9.0.
  int capability = 0;
  int multiprocessors = 0;
  int64_t totalBytes = 0, l2Bytes = 0;
  /// The highest clocks in MHz and the memory bus in bits; 0 where the driver
  /// does not say.
  int clockMHz = 0, memoryClockMHz = 0, memoryBusBits = 0;
  /// The driver's own version, such as "580.95.05", and that of the CUDA
  /// interface it has, such as "13.0".
  std::string driver, cuda;
  /// Such as "13.0", "130100" and "91400".
  std::string nvrtc, cublasLt, cudnn;
};

/// What the device runs at this moment.
struct DeviceClocks {
  int smMHz = 0, memoryMHz = 0, celsius = 0;
  double watts = 0;
};

/// What the device reaches at best, measured. Rates are per second; one that
/// could not be measured is 0 and `notes` has the reason.
struct DeviceCeilings {
  DType type = DType::BF16;
  /// Bytes read plus bytes written by device-to-device copies of `bytes`.
  double copyBytes = 0;
  /// Bytes read by a kernel that reads `bytes` and writes nothing.
  double readBytes = 0;
  int64_t bytes = 0;
  /// Of a product of two square matrices of the type, `rows` by `rows`, summed
  /// in float32, by the fastest algorithm of cuBLASLt.
  double flops = 0;
  int64_t rows = 0;
  std::vector<std::string> notes;

  /// The higher of the two.
  double getBytes() const {
    return copyBytes > readBytes ? copyBytes : readBytes;
  }
};

/// A device of the driver's; copies are the same device.
class Device {
public:
  /// Makes the device ready to be used; errors are those of Model::load().
  static Result<Device> open(int ordinal);

  const DeviceInfo &getInfo() const { return *info; }
  /// Bytes of device memory that nobody has allocated.
  Result<int64_t> getFreeBytes() const;
  /// By libnvidia-ml; nothing where that is missing or does not know.
  std::optional<DeviceClocks> readClocks() const;

  /// Measures for some tenths of a second. Takes at most half of the free
  /// memory meanwhile; below 128 MiB of it is an error. The cache folder is
  /// that of ModelOptions.
  Result<DeviceCeilings>
  measureCeilings(DType type,
                  const std::optional<std::string> &cacheFolder = {}) const;

private:
  Device() = default;

  std::shared_ptr<DeviceContext> context;
  std::shared_ptr<const DeviceInfo> info;
};

} // namespace gac::runtime

#endif // GAC_RUNTIME_DEVICE_H
