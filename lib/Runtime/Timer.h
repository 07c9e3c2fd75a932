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

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>

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

/// Holds a stream back while work is put into it: what is measured of that work
/// is then the device's time, and not that of the processor that issues it.
class Gate {
public:
  Gate(const cuda::DriverTable &driver, cuda::Stream stream)
      : driver(driver), stream(stream) {}
  /// The stream is done with the gate when it is gone.
  ~Gate() {
    open();
    driver.streamSynchronize(stream);
  }
  Gate(const Gate &) = delete;
  Gate &operator=(const Gate &) = delete;

  /// What is put into the stream from now on waits for open().
  Status close() {
    GAC_CUDA(driver, launchHostFunction, stream, &Gate::wait, this);
    return {};
  }

  void open() {
    std::lock_guard<std::mutex> lock(mutex);
    isOpen = true;
    opened.notify_all();
  }

  /// Whether the stream ran on before it was opened.
  bool hasGivenUp() {
    std::lock_guard<std::mutex> lock(mutex);
    return givenUp;
  }

private:
  /// Where each launch waits for its end, as debuggers have it, nobody would
  /// ever open the gate.
  static constexpr std::chrono::milliseconds patience{100};

  static void wait(void *object) {
    auto *gate = static_cast<Gate *>(object);
    std::unique_lock<std::mutex> lock(gate->mutex);
    gate->givenUp =
        !gate->opened.wait_for(lock, patience, [&] { return gate->isOpen; });
  }

  const cuda::DriverTable &driver;
  cuda::Stream stream;
  std::mutex mutex;
  std::condition_variable opened;
  bool isOpen = false, givenUp = false;
};

/// Microseconds on the device of each of `count` runs of what `issue` puts into
/// the stream, which is held back until all of them are there: a graph will
/// hide what that takes the processor. What `between` puts in front of each, if
/// anything, does not count.
Result<std::vector<double>>
timeRuns(const cuda::DriverTable &driver, cuda::Stream stream, size_t count,
         const std::function<Status(size_t run)> &issue,
         const std::function<Status()> &between = {});

} // namespace gac::runtime

#endif // GAC_LIB_RUNTIME_TIMER_H
