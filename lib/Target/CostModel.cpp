//===- CostModel.cpp - predicted time of an operation --------- -*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Target/CostModel.h"
#include <algorithm>
#include <cmath>

using namespace gac;

int64_t gac::predictTime(const Target &target, DType dtype, const Work &work,
                         double efficiency) {
  if (!target.isMeasured(dtype))
    return 0;
  double compute =
      double(work.flops) / *target.peak[static_cast<unsigned>(dtype)];
  double memory = double(work.bytes) / *target.bandwidth;
  double seconds =
      std::max(compute, memory) / efficiency + target.launch * 1e-6;
  // Saturated sizes give days: keep sums of many operations in range.
  constexpr double kMost = 1e15;
  return std::llround(std::min(seconds * 1e12, kMost));
}
