//===- Stopwatch.cpp - The time of an operation in a graph ----------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Stopwatch.h"

#include "Launch.h"
#include "Timer.h"

#include <algorithm>
#include <cmath>

using namespace gac::profile;
using namespace gac::runtime;
using namespace gac::runtime::cuda;

/// A graph should last so long that its own start, some microseconds, counts
/// for nothing.
static constexpr double graphUs = 600;
/// More only take the driver time.
static constexpr double mostLaunches = 300;
/// How long all replays should take, and how many there are in any case.
static constexpr double replayUs = 12000;
static constexpr int leastReplays = 5, mostReplays = 15;
static constexpr int estimateRuns = 6;

Status Stopwatch::flush() {
  if (scratchBytes == 0) {
    size_t bytes = 2 * std::max<size_t>(device->getCacheBytes(), 1);
    Result<DeviceMemory> memory = DeviceMemory::allocate(device, bytes);
    if (!memory)
      return memory.getStatus();
    scratch = std::move(*memory);
    scratchBytes = bytes;
  }
  GAC_CUDA(device->getDriver(), memset8, scratch.get(), 0, scratchBytes,
           stream);
  return {};
}

/// Microseconds of a run, roughly.
Result<double> Stopwatch::estimate(const Issue &issue) {
  // The first run loads what the operation needs.
  if (Status status = issue(0))
    return status;
  const DriverTable &driver = device->getDriver();
  GAC_CUDA(driver, streamSynchronize, stream);
  Result<std::vector<double>> times =
      timeRuns(driver, stream, 1, [&](size_t) -> Status {
        for (int i = 0; i < estimateRuns; ++i)
          if (Status status = issue(0))
            return status;
        return {};
      });
  if (!times)
    return times.getStatus();
  return times->front() / estimateRuns;
}

Result<std::vector<double>> Stopwatch::replay(GraphExec graph, int replays) {
  const DriverTable &driver = device->getDriver();
  return timeRuns(
      driver, stream, static_cast<size_t>(replays),
      [&](size_t) -> Status {
        GAC_CUDA(driver, graphLaunch, graph, stream);
        return {};
      },
      [&] { return flush(); });
}

Result<Timing> Stopwatch::time(size_t slots, const Issue &issue) {
  if (Status status = flush())
    return status;
  Result<double> about = estimate(issue);
  if (!about)
    return about.getStatus();
  double single = std::max(*about, 0.5);
  auto launches = static_cast<size_t>(
      std::clamp(std::ceil(graphUs / single), 2.0, mostLaunches));
  for (size_t slot = 1; slot < std::min(launches, slots); ++slot)
    if (Status status = issue(slot))
      return status;
  const DriverTable &driver = device->getDriver();
  GAC_CUDA(driver, streamSynchronize, stream);
  Result<GraphExec> graph = captureGraph(driver, stream, [&]() -> Status {
    for (size_t i = 0; i < launches; ++i)
      if (Status status = issue(i % slots))
        return status;
    return {};
  });
  if (!graph)
    return graph.getStatus();
  auto count = static_cast<double>(launches);
  int replays = std::clamp(static_cast<int>(replayUs / (count * single)),
                           leastReplays, mostReplays);
  // The first replay brings the graph to the device.
  Result<std::vector<double>> times = replay(*graph, 1);
  if (times)
    times = replay(*graph, replays);
  driver.graphExecDestroy(*graph);
  if (!times)
    return times.getStatus();
  for (double &time : *times)
    time /= count;
  Timing timing;
  timing.us = tools::getSpread(std::move(*times));
  timing.launches = static_cast<int64_t>(launches);
  if (timing.us.median <= 0)
    return Status(ErrorCode::Cuda, "the device's clock stands still: a "
                                   "measurement took 0 us");
  return timing;
}
