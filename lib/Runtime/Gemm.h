//===- Gemm.h - Matrix products by cuBLASLt ---------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_RUNTIME_GEMM_H
#define GAC_LIB_RUNTIME_GEMM_H

#include "Choices.h"
#include "Driver.h"
#include "gac/Runtime/Package.h"

namespace gac::runtime {

/// Scratch memory that the libraries share on one stream: what cuBLAS's
/// reference recommends for Hopper.
constexpr size_t workspaceBytes = size_t(32) << 20;

/// cuBLASLt on one device, and which of its algorithms was fastest for which
/// shape.
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
  const std::shared_ptr<DeviceContext> &getDevice() const { return device; }

  std::optional<cuda::LtAlgo> find(const std::string &key);
  void keep(const std::string &key, const cuda::LtAlgo &algo);

private:
  explicit GemmLibrary(std::shared_ptr<DeviceContext> device)
      : device(std::move(device)) {}

  std::shared_ptr<DeviceContext> device;
  const cuda::BlasLtTable *table = nullptr;
  cuda::LtHandle handle = nullptr;
  /// By product: the algorithm's 64 bytes as hexadecimal digits.
  std::optional<Choices> choices;
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
