//===- ModelState.h - What models and sessions hold -------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_RUNTIME_MODELSTATE_H
#define GAC_LIB_RUNTIME_MODELSTATE_H

#include "Attention.h"
#include "Gemm.h"
#include "KernelModule.h"
#include "gac/Runtime/Runtime.h"

#include <map>

namespace gac::runtime {

struct ModelState {
  Package package;
  std::string cacheFolder;
  std::shared_ptr<DeviceContext> device;
  std::unique_ptr<KernelModule> kernels;
  /// Null where no entry has a matrix product.
  std::shared_ptr<GemmLibrary> gemms;
  /// Null where no entry has an attention for it, or it is not there.
  std::shared_ptr<CudnnLibrary> cudnn;
  DeviceMemory weights;
  /// By tensor; 0 for what belongs to sessions.
  std::vector<cuda::DevicePointer> addresses;
};

/// A launch with its arguments' values, which the driver reads by address.
struct PreparedLaunch {
  cuda::Function function = nullptr;
  const LaunchOp *op = nullptr;
  std::vector<uint64_t> values;
};

struct PreparedCopy {
  cuda::DevicePointer from = 0, to = 0;
  size_t bytes = 0;
};

using PreparedOp = std::variant<PreparedLaunch, std::unique_ptr<Gemm>,
                                std::unique_ptr<CudnnAttention>, PreparedCopy>;

struct PreparedEntry {
  const PackageEntry *entry = nullptr;
  std::vector<PreparedOp> ops;
  cuda::GraphExec graph = nullptr;
};

struct SessionState {
  std::shared_ptr<ModelState> model;
  DeviceMemory memory;
  cuda::Stream stream = nullptr;
  bool ownsStream = false;
  /// By tensor, weights included; 0 for arena tensors, which each entry puts
  /// elsewhere.
  std::vector<cuda::DevicePointer> addresses;
  cuda::DevicePointer arena = 0, workspace = 0, positionBase = 0;
  /// By cache; on the device in the same way.
  std::vector<int32_t> positions;
  std::map<std::string, PreparedEntry> entries;

  ~SessionState();

  const cuda::DriverTable &getDriver() const {
    return model->device->getDriver();
  }
  Result<const PackageEntry *> findEntry(const std::string &name) const;
  Result<size_t> findCache(const std::string &name) const;
  cuda::DevicePointer getAddress(const PackageEntry &entry, TensorId id) const;

  Status upload(cuda::DevicePointer to, const void *from, size_t bytes);
  Status download(void *to, cuda::DevicePointer from, size_t bytes);
  Status writePositions();
  /// Prepares the entry where that was not done.
  Result<PreparedEntry *> getPrepared(const PackageEntry &entry);
  /// Puts the entry's operation of that index into the stream.
  Status issue(const PreparedEntry &prepared, size_t op) const;

private:
  Status issue(const PreparedOp &op) const;
  Result<PreparedOp> prepareOp(const PackageEntry &entry, size_t op);
  Result<PreparedOp> prepare(const PackageEntry &entry, const LaunchOp &launch);
  Result<PreparedOp> prepare(const PackageEntry &entry, const GemmOp &gemm);
  Result<PreparedOp> prepare(const PackageEntry &entry,
                             const AttentionOp &attention);
  Result<PreparedOp> prepare(const PackageEntry &entry, const CopyOp &copy);
  /// Where an operand of the package's type starts.
  cuda::DevicePointer getAddress(const PackageEntry &entry, TensorId id,
                                 int64_t offset) const;
};

} // namespace gac::runtime

#endif // GAC_LIB_RUNTIME_MODELSTATE_H
