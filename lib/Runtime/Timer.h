//===- Timer.h - Times on a stream ------------------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_RUNTIME_TIMER_H
#define GAC_LIB_RUNTIME_TIMER_H

#include "Driver.h"

namespace gac::runtime {

/// Events on a stream; each time is that between two neighbours.
class Timer {
public:
  Timer(const cuda::DriverTable &driver, cuda::Stream stream)
      : driver(driver), stream(stream) {}
  ~Timer() {
    for (cuda::Event event : events)
      driver.eventDestroy(event);
  }
  Timer(const Timer &) = delete;
  Timer &operator=(const Timer &) = delete;

  Status mark() {
    cuda::Event event = nullptr;
    GAC_CUDA(driver, eventCreate, &event, 0);
    events.push_back(event);
    GAC_CUDA(driver, eventRecord, event, stream);
    return {};
  }

  /// Waits, and returns microseconds.
  Result<std::vector<double>> read() {
    std::vector<double> times;
    GAC_CUDA(driver, streamSynchronize, stream);
    for (size_t i = 1; i < events.size(); ++i) {
      float milliseconds = 0;
      GAC_CUDA(driver, eventElapsedTime, &milliseconds, events[i - 1],
               events[i]);
      times.push_back(static_cast<double>(milliseconds) * 1000);
    }
    return times;
  }

private:
  const cuda::DriverTable &driver;
  cuda::Stream stream;
  std::vector<cuda::Event> events;
};

} // namespace gac::runtime

#endif // GAC_LIB_RUNTIME_TIMER_H
