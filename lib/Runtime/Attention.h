//===- Attention.h - Attention by cuDNN, where it is faster -----*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_RUNTIME_ATTENTION_H
#define GAC_LIB_RUNTIME_ATTENTION_H

#include "Choices.h"
#include "CudnnGraph.h"
#include "Driver.h"
#include "gac/Runtime/Runtime.h"

#include <functional>

namespace gac::runtime {

class CudnnLibrary;

/// One attention that cuDNN computes.
class CudnnAttention {
public:
  /// A graph with a plan that runs it; layers of one shape share it.
  struct Program {
    CudnnAttentionGraph graph;
    CudnnPlan plan;
  };

  static Result<std::unique_ptr<CudnnAttention>>
  create(std::shared_ptr<CudnnLibrary> library,
         std::shared_ptr<const Program> program,
         const AttentionPointers &pointers);

  /// Puts it into the stream. The stream may be in capture mode after a first
  /// run, which loads what the program needs.
  Status issue(cuda::Stream stream) const;

private:
  std::shared_ptr<CudnnLibrary> library;
  std::shared_ptr<const Program> program;
  CudnnDesc pack;
};

/// cuDNN on one device, and whether it was faster for which shape. Threads may
/// share it.
class CudnnLibrary : public std::enable_shared_from_this<CudnnLibrary> {
public:
  /// An error where there is no cuDNN, or one that is too old.
  static Result<std::shared_ptr<CudnnLibrary>>
  open(const std::shared_ptr<DeviceContext> &device,
       const std::string &cacheFolder, CudnnUse use);
  ~CudnnLibrary();
  CudnnLibrary(const CudnnLibrary &) = delete;
  CudnnLibrary &operator=(const CudnnLibrary &) = delete;

  /// The attention by cuDNN, or null where the fallback is to run: cuDNN cannot
  /// do it or was slower, here or when that was kept. The choice runs both, and
  /// so overwrites the results. With CudnnUse::Always never null, but an error.
  Result<std::unique_ptr<CudnnAttention>>
  choose(const AttentionOp &op, DType type, const AttentionPointers &pointers,
         cuda::Stream stream, const std::function<Status()> &fallback);

  /// Runs a plan.
  Status execute(const CudnnPlan &plan, const CudnnDesc &pack,
                 cuda::Stream stream);

private:
  using Program = std::shared_ptr<const CudnnAttention::Program>;

  CudnnLibrary(std::shared_ptr<DeviceContext> device, CudnnUse use)
      : device(std::move(device)), use(use) {}
  Result<Program> choose(const std::string &key, const AttentionOp &op,
                         DType type, const AttentionPointers &pointers,
                         cuda::Stream stream,
                         const std::function<Status()> &fallback);
  Result<Program> compile(const AttentionOp &op, DType type, size_t config);

  std::shared_ptr<DeviceContext> device;
  CudnnUse use;
  const cudnn::Table *table = nullptr;
  cudnn::Handle handle = nullptr;
  /// By shape: "fallback", or "plan" with the place among the proposals.
  std::optional<Choices> choices;
  /// Of the handle, which one thread at a time may use.
  std::mutex handleMutex;
  /// What this process has chosen; null stands for the fallback.
  std::mutex programsMutex;
  std::map<std::string, Program> programs;
};

/// Why cuDNN is not asked at all: the type, or what is no multiple of 8.
Status checkCudnnSupport(const AttentionOp &op, DType type);

} // namespace gac::runtime

#endif // GAC_LIB_RUNTIME_ATTENTION_H
