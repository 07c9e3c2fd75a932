//===- Stopwatch.cpp - The time of an operation in a graph -------*- C++
//-*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Stopwatch.h"

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
  Gate gate(driver, stream);
  Timer timer(driver, stream);
  if (Status status = gate.close())
    return status;
  if (Status status = timer.mark())
    return status;
  for (int i = 0; i < estimateRuns; ++i)
    if (Status status = issue(0))
      return status;
  if (Status status = timer.mark())
    return status;
  gate.open();
  Result<std::vector<double>> times = timer.read();
  if (!times)
    return times.getStatus();
  return times->front() / estimateRuns;
}

Result<GraphExec> Stopwatch::capture(size_t launches, size_t slots,
                                     const Issue &issue) {
  const DriverTable &driver = device->getDriver();
  GAC_CUDA(driver, beginCapture, stream, captureThreadLocal);
  Status status;
  for (size_t i = 0; i < launches && !status; ++i)
    status = issue(i % slots);
  // Also after an error: the stream must leave capture mode.
  Graph graph = nullptr;
  int result = driver.endCapture(stream, &graph);
  if (status || result != 0) {
    if (graph)
      driver.graphDestroy(graph);
    return status ? status : makeCudaError("endCapture", result);
  }
  GraphExec exec = nullptr;
  result = driver.graphInstantiate(&exec, graph, 0);
  driver.graphDestroy(graph);
  if (result != 0)
    return makeCudaError("graphInstantiate", result);
  return exec;
}

Status Stopwatch::replay(GraphExec graph, int replays,
                         std::vector<double> &times) {
  const DriverTable &driver = device->getDriver();
  Gate gate(driver, stream);
  Timer timer(driver, stream);
  if (Status status = gate.close())
    return status;
  for (int i = 0; i < replays; ++i) {
    if (Status status = flush())
      return status;
    if (Status status = timer.mark())
      return status;
    GAC_CUDA(driver, graphLaunch, graph, stream);
    if (Status status = timer.mark())
      return status;
  }
  gate.open();
  Result<std::vector<double>> all = timer.read();
  if (!all)
    return all.getStatus();
  // Between two of them lies the writing of the scratch area.
  for (size_t i = 0; i < all->size(); i += 2)
    times.push_back((*all)[i]);
  return {};
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
  Result<GraphExec> graph = capture(launches, slots, issue);
  if (!graph)
    return graph.getStatus();
  auto count = static_cast<double>(launches);
  int replays = std::clamp(static_cast<int>(replayUs / (count * single)),
                           leastReplays, mostReplays);
  // The first replay brings the graph to the device.
  std::vector<double> times;
  Status status = replay(*graph, 1, times);
  times.clear();
  if (!status)
    status = replay(*graph, replays, times);
  driver.graphExecDestroy(*graph);
  if (status)
    return status;
  for (double &time : times)
    time /= count;
  Timing timing;
  timing.us = tools::getSpread(std::move(times));
  timing.launches = static_cast<int64_t>(launches);
  if (timing.us.median <= 0)
    return Status(ErrorCode::Cuda, "the device's clock stands still: a "
                                   "measurement took 0 us");
  return timing;
}
