//===- Race.h - Which of several ways is fastest ----------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_RUNTIME_RACE_H
#define GAC_LIB_RUNTIME_RACE_H

#include "Driver.h"

#include <functional>

namespace gac::runtime {

/// Runs candidates, which put work into the stream, and returns the index of
/// the fastest on a cold cache: what a model reads comes from memory, as a
/// rule. The slow ones are out after a few runs. Candidates that fail lose;
/// where all do, the error is the last one's.
Result<size_t> race(const std::shared_ptr<DeviceContext> &device,
                    cuda::Stream stream,
                    const std::vector<std::function<Status()>> &candidates);

} // namespace gac::runtime

#endif // GAC_LIB_RUNTIME_RACE_H
