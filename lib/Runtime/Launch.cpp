//===- Launch.cpp - Kernels and graphs on a stream ------------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Launch.h"

using namespace gac::runtime;
using namespace gac::runtime::cuda;

Status gac::runtime::launchKernel(const DeviceContext &device, Stream stream,
                                  Function function, const LaunchOp &op,
                                  const std::vector<uint64_t> &values) {
  std::vector<void *> arguments;
  for (const uint64_t &value : values)
    arguments.push_back(const_cast<uint64_t *>(&value));
  LaunchConfig config = {};
  for (int axis = 0; axis < 3; ++axis) {
    config.grid[axis] = static_cast<unsigned>(op.grid[axis]);
    config.block[axis] = static_cast<unsigned>(op.block[axis]);
  }
  config.sharedBytes = static_cast<unsigned>(op.sharedBytes);
  config.stream = stream;
  LaunchAttribute overlap = {attributeOverlap, 0, 1};
  if (op.overlaps && device.getCapability() >= 90) {
    config.attributes = &overlap;
    config.numAttributes = 1;
  }
  GAC_CUDA(device.getDriver(), launchBy, &config, function, arguments.data(),
           nullptr);
  return {};
}

Result<GraphExec>
gac::runtime::captureGraph(const DriverTable &driver, Stream stream,
                           const std::function<Status()> &issue) {
  GAC_CUDA(driver, beginCapture, stream, captureThreadLocal);
  Status status = issue();
  // Also after an error: the stream must leave capture mode.
  Graph graph = nullptr;
  int result = driver.endCapture(stream, &graph);
  if (status || result != 0) {
    if (graph)
      driver.graphDestroy(graph);
    return status ? status : makeCudaError(DriverSymbols::endCapture, result);
  }
  GraphExec exec = nullptr;
  result = driver.graphInstantiate(&exec, graph, 0);
  driver.graphDestroy(graph);
  if (result != 0)
    return makeCudaError(DriverSymbols::graphInstantiate, result);
  return exec;
}
