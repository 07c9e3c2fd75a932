//===- LaneRun.h - Where consecutive lanes of an axis go --------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_SUPPORT_LANERUN_H
#define GAC_SUPPORT_LANERUN_H

#include "llvm/ADT/Hashing.h"
#include <cstdint>

namespace gac {

/// The `length` lanes of an old axis from `from` on are the lanes of the new
/// axis from `to` on.
struct LaneRun {
  int64_t from;
  int64_t to;
  int64_t length;

  friend bool operator==(const LaneRun &a, const LaneRun &b) {
    return a.from == b.from && a.to == b.to && a.length == b.length;
  }
  friend bool operator!=(const LaneRun &a, const LaneRun &b) {
    return !(a == b);
  }
  friend llvm::hash_code hash_value(const LaneRun &run) {
    return llvm::hash_combine(run.from, run.to, run.length);
  }
};

} // namespace gac

#endif // GAC_SUPPORT_LANERUN_H
