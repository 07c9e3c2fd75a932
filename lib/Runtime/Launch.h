//===- Launch.h - Kernels and graphs on a stream ----------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_RUNTIME_LAUNCH_H
#define GAC_LIB_RUNTIME_LAUNCH_H

#include "Driver.h"
#include "gac/Runtime/Package.h"

#include <functional>

namespace gac::runtime {

/// Launches `function` as `op` says, its arguments the `values`, of which each
/// has its own bits at the front. Where it `overlaps`, the device may start it
/// before the launch in front has finished (compute capability 9.0).
Status launchKernel(const DeviceContext &device, cuda::Stream stream,
                    cuda::Function function, const LaunchOp &op,
                    const std::vector<uint64_t> &values);

/// A graph of all that `issue` puts into the stream, which does not run. Other
/// threads may use other streams meanwhile. The caller destroys the graph.
Result<cuda::GraphExec> captureGraph(const cuda::DriverTable &driver,
                                     cuda::Stream stream,
                                     const std::function<Status()> &issue);

} // namespace gac::runtime

#endif // GAC_LIB_RUNTIME_LAUNCH_H
