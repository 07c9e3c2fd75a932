//===- Timer.cpp - Times on a stream --------------------------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Timer.h"

using namespace gac::runtime;
using namespace gac::runtime::cuda;

Result<std::vector<double>>
gac::runtime::timeRuns(const DriverTable &driver, Stream stream, size_t count,
                       const std::function<Status(size_t)> &issue,
                       const std::function<Status()> &between) {
  Gate gate(driver, stream);
  Timer timer(driver, stream);
  if (Status status = gate.close())
    return status;
  for (size_t run = 0; run < count; ++run) {
    if (between)
      if (Status status = between())
        return status;
    if (Status status = timer.mark())
      return status;
    if (Status status = issue(run))
      return status;
    if (Status status = timer.mark())
      return status;
  }
  gate.open();
  Result<std::vector<double>> all = timer.read();
  if (!all)
    return all;
  // Every second one is that between two runs.
  std::vector<double> times;
  for (size_t i = 0; i < all->size(); i += 2)
    times.push_back((*all)[i]);
  return times;
}
