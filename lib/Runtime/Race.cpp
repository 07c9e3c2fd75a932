//===- Race.cpp - Which of several ways is fastest --------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Race.h"

#include "Timer.h"

#include <algorithm>

using namespace gac::runtime;
using namespace gac::runtime::cuda;

namespace {
/// A part of a race: so many runs of each that is left, after which the fastest
/// so many stay.
struct Heat {
  int runs;
  size_t stay;
};

struct Racer {
  size_t candidate;
  std::vector<double> times;

  double getMedian() const {
    std::vector<double> sorted = times;
    auto middle = sorted.begin() + (sorted.size() - 1) / 2;
    std::nth_element(sorted.begin(), middle, sorted.end());
    return *middle;
  }
};
} // namespace

/// Most candidates are far off; single runs of the best differ by some percent,
/// and their medians of 16 hardly.
static constexpr Heat heats[] = {{2, 8}, {4, 3}, {10, 1}};

/// One run of each, in turn, so that a clock that drifts is fair to all.
static Status runAll(const DriverTable &driver, Stream stream,
                     const std::vector<std::function<Status()>> &candidates,
                     std::vector<Racer> &racers, DevicePointer scratch,
                     size_t scratchBytes) {
  Result<std::vector<double>> times = timeRuns(
      driver, stream, racers.size(),
      [&](size_t i) { return candidates[racers[i].candidate](); },
      [&]() -> Status {
        if (scratch)
          GAC_CUDA(driver, memset8, scratch, 0, scratchBytes, stream);
        return {};
      });
  if (!times)
    return times.getStatus();
  for (size_t i = 0; i < racers.size(); ++i)
    racers[i].times.push_back((*times)[i]);
  return {};
}

Result<size_t>
gac::runtime::race(const std::shared_ptr<DeviceContext> &device, Stream stream,
                   const std::vector<std::function<Status()>> &candidates) {
  // The first run loads kernels, and shows who can run at all.
  std::vector<Racer> racers;
  Status last(ErrorCode::Unsupported, "there is nothing to choose from");
  for (size_t i = 0; i < candidates.size(); ++i) {
    if (Status status = candidates[i]())
      last = status;
    else
      racers.push_back({i, {}});
  }
  GAC_CUDA(device->getDriver(), streamSynchronize, stream);
  if (racers.empty())
    return last;
  if (racers.size() == 1)
    return racers[0].candidate;
  // Without room for the scratch area, caches stay as they are.
  size_t scratchBytes = 2 * device->getCacheBytes();
  Result<DeviceMemory> scratch = DeviceMemory::allocate(device, scratchBytes);
  for (const Heat &heat : heats) {
    for (int run = 0; run < heat.runs; ++run)
      if (Status status =
              runAll(device->getDriver(), stream, candidates, racers,
                     scratch ? scratch->get() : 0, scratchBytes))
        return status;
    // Of equals, the one that the caller named first.
    std::sort(racers.begin(), racers.end(), [](const Racer &a, const Racer &b) {
      return std::pair(a.getMedian(), a.candidate) <
             std::pair(b.getMedian(), b.candidate);
    });
    racers.resize(std::min(racers.size(), heat.stay));
  }
  return racers[0].candidate;
}
