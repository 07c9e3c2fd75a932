//===- Stopwatch.h - The time of an operation in a graph --------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_TOOLS_GAC_PROFILE_STOPWATCH_H
#define GAC_TOOLS_GAC_PROFILE_STOPWATCH_H

#include "Driver.h"
#include "Statistics.h"

#include <functional>

namespace gac::profile {

/// Of one operation, in microseconds.
struct Timing {
  tools::Spread us;
  /// Operations in the graph.
  int64_t launches = 0;
};

/// Times an operation as a model runs it: among others of its kind in a CUDA
/// graph. Each of them finds its operands elsewhere, and before each replay the
/// caches are overwritten: what is read comes from memory.
class Stopwatch {
public:
  Stopwatch(std::shared_ptr<runtime::DeviceContext> device,
            runtime::cuda::Stream stream)
      : device(std::move(device)), stream(stream) {}

  /// Puts the operation into the stream, with its operands in slot `slot`.
  using Issue = std::function<runtime::Status(size_t slot)>;

  /// `slots` is how many sets of operands there are, at least 1. An operation
  /// is issued outside of a graph before it is captured, where it may prepare
  /// what a capture cannot.
  runtime::Result<Timing> time(size_t slots, const Issue &issue);

private:
  runtime::Result<double> estimate(const Issue &issue);
  /// Microseconds of each replay.
  runtime::Result<std::vector<double>> replay(runtime::cuda::GraphExec graph,
                                              int replays);
  runtime::Status flush();

  std::shared_ptr<runtime::DeviceContext> device;
  runtime::cuda::Stream stream;
  runtime::DeviceMemory scratch;
  size_t scratchBytes = 0;
};

} // namespace gac::profile

#endif // GAC_TOOLS_GAC_PROFILE_STOPWATCH_H
