//===- Bench.h - Measuring points on a device -------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_TOOLS_GAC_PROFILE_BENCH_H
#define GAC_TOOLS_GAC_PROFILE_BENCH_H

#include "Attention.h"
#include "Gemm.h"
#include "Kernels.h"
#include "OwnStream.h"
#include "Samples.h"
#include "Stopwatch.h"

namespace gac::profile {

/// A device with memory full of random values, and the libraries that the
/// runtime runs packages with.
class Bench {
public:
  static runtime::Result<std::unique_ptr<Bench>> open(int device);
  ~Bench();
  Bench(const Bench &) = delete;
  Bench &operator=(const Bench &) = delete;

  /// What the measurements depend on.
  const Environment &getEnvironment() const { return environment; }
  Kernels &getKernels() { return *kernels; }

  /// Measures one. What the device or a library cannot do is a sample with a
  /// refusal; an error says that nothing more can be measured.
  runtime::Result<Sample> measure(const Point &point);

private:
  explicit Bench(std::shared_ptr<runtime::DeviceContext> device);
  runtime::Status prepare(int ordinal);
  runtime::Status allocate();

  runtime::Result<Sample> run(const Point &point, const LaunchPoint &launch);
  runtime::Result<Sample> run(const Point &point, const MemoryPoint &memory);
  runtime::Result<Sample> run(const Point &point, const ProductPoint &product);
  runtime::Result<Sample> run(const Point &point, const GroupPoint &group);
  runtime::Result<Sample> run(const Point &point,
                              const AttentionPoint &attention);
  runtime::Result<Sample> runGemv(const Point &point,
                                  const LoadedProgram &program,
                                  const std::vector<ProductPoint> &products);
  runtime::Result<Timing> timeGemm(const ProductPoint &product, size_t slots,
                                   int64_t inBytes, int64_t outBytes);

  runtime::Result<Sample> refuse(const Point &point,
                                 const runtime::Status &status);

  /// Launches of a program with these leading arguments.
  runtime::Status launch(const LoadedProgram &program, size_t index,
                         const std::vector<uint64_t> &arguments) const;
  /// Zeros at the start of its workspace, where the program needs them.
  runtime::Status clear(const KernelProgram &program,
                        runtime::cuda::DevicePointer workspace);

  std::shared_ptr<runtime::DeviceContext> device;
  Environment environment;
  runtime::OwnStream stream;
  std::unique_ptr<Stopwatch> stopwatch;
  std::unique_ptr<Kernels> kernels;
  /// Null where the library was not found.
  std::shared_ptr<runtime::GemmLibrary> gemms;
  std::shared_ptr<runtime::CudnnLibrary> cudnn, cudnnAlone;
  /// Random values, of which a step of decoding writes the last position of its
  /// caches and all else nothing, and room for results.
  runtime::DeviceMemory inputs, outputs, workspace;
  int64_t inputBytes = 0, outputBytes = 0;
};

} // namespace gac::profile

#endif // GAC_TOOLS_GAC_PROFILE_BENCH_H
