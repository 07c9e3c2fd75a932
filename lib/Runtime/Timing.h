//===- Timing.h - How long things take on a stream --------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_RUNTIME_TIMING_H
#define GAC_LIB_RUNTIME_TIMING_H

#include "Driver.h"

#include <functional>

namespace gac::runtime {

/// Events on a stream; each time is that between two neighbours.
class Timer {
public:
  Timer(const cuda::DriverTable &driver, cuda::Stream stream)
      : driver(driver), stream(stream) {}
  ~Timer();
  Timer(const Timer &) = delete;
  Timer &operator=(const Timer &) = delete;

  Status mark();
  /// Waits for the stream; microseconds.
  Result<std::vector<double>> read();

private:
  const cuda::DriverTable &driver;
  cuda::Stream stream;
  std::vector<cuda::Event> events;
};

/// Runs candidates, which put work into the stream, and returns the index of
/// the fastest on a cold cache: what a model reads comes from memory, as a
/// rule. The slow ones are out after a few runs. Candidates that fail lose;
/// where all do, the error is the last one's.
Result<size_t> race(const std::shared_ptr<DeviceContext> &device,
                    cuda::Stream stream,
                    const std::vector<std::function<Status()>> &candidates);

} // namespace gac::runtime

#endif // GAC_LIB_RUNTIME_TIMING_H
