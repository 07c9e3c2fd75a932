//===- Gemm.h - Matrix products by cuBLASLt ---------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_RUNTIME_GEMM_H
#define GAC_LIB_RUNTIME_GEMM_H

#include "CacheFolder.h"
#include "Driver.h"
#include "gac/Runtime/Package.h"

#include <map>
#include <mutex>

namespace gac::runtime {

/// Scratch memory that products of one stream share: what cuBLAS's reference
/// recommends for Hopper.
constexpr size_t gemmWorkspaceBytes = size_t(32) << 20;

/// cuBLASLt on one device, and which of its algorithms was fastest for which
/// shape: measured once per device and library version, then kept on disk.
class GemmLibrary {
public:
  static Result<std::shared_ptr<GemmLibrary>>
  open(const std::shared_ptr<DeviceContext> &device,
       const std::string &cacheFolder);
  ~GemmLibrary();
  GemmLibrary(const GemmLibrary &) = delete;
  GemmLibrary &operator=(const GemmLibrary &) = delete;

  const cuda::BlasLtTable &getTable() const { return *table; }
  cuda::LtHandle getHandle() const { return handle; }
  const DeviceContext &getDevice() const { return *device; }

  std::optional<cuda::LtAlgo> find(const std::string &key);
  void keep(const std::string &key, const cuda::LtAlgo &algo);

private:
  GemmLibrary(std::shared_ptr<DeviceContext> device, const std::string &folder)
      : device(std::move(device)), cache(folder) {}

  std::shared_ptr<DeviceContext> device;
  const cuda::BlasLtTable *table = nullptr;
  cuda::LtHandle handle = nullptr;
  CacheFolder cache;
  std::string fileName;
  std::mutex mutex;
  /// By product: the algorithm's 64 bytes as hexadecimal digits.
  std::map<std::string, std::string> choices;
};

/// Device addresses of a product's operands; bias may be 0.
struct GemmPointers {
  cuda::DevicePointer a, b, c, d, bias, workspace;
};

/// One product with its algorithm.
class Gemm {
public:
  /// Chooses the algorithm: the kept one, or the fastest on these operands,
  /// whose results are overwritten.
  static Result<std::unique_ptr<Gemm>>
  create(std::shared_ptr<GemmLibrary> library, const GemmOp &op, DType type,
         const GemmPointers &pointers, cuda::Stream stream);
  ~Gemm();
  Gemm(const Gemm &) = delete;
  Gemm &operator=(const Gemm &) = delete;

  /// Puts the product into the stream.
  Status issue(cuda::Stream stream) const { return issue(stream, algo); }

private:
  explicit Gemm(std::shared_ptr<GemmLibrary> library)
      : library(std::move(library)) {}
  Status describe(const GemmOp &op, DType type);
  Status choose(const std::string &key, cuda::Stream stream);
  Status issue(cuda::Stream stream, const cuda::LtAlgo &algorithm) const;
  Result<double> time(cuda::Stream stream, const cuda::LtAlgo &algorithm) const;

  std::shared_ptr<GemmLibrary> library;
  GemmPointers pointers = {};
  float alpha = 1, beta = 0;
  cuda::LtDesc desc = nullptr;
  /// Of cuBLASLt's A, B and D, whose columns are our rows.
  cuda::LtLayout layoutA = nullptr, layoutB = nullptr, layoutC = nullptr,
                 layoutD = nullptr;
  cuda::LtAlgo algo = {};
};

} // namespace gac::runtime

#endif // GAC_LIB_RUNTIME_GEMM_H
