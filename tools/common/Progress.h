//===- Progress.h - How far a measurement is --------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_TOOLS_COMMON_PROGRESS_H
#define GAC_TOOLS_COMMON_PROGRESS_H

#include <cstdint>
#include <string>

namespace gac::tools {

/// A line on a terminal's standard error that says how far things are; nothing
/// where that is no terminal.
class Progress {
public:
  Progress();
  ~Progress();
  Progress(const Progress &) = delete;
  Progress &operator=(const Progress &) = delete;

  /// How many steps there will be.
  void expect(int64_t steps) { total = steps; }
  /// Begins a step.
  void step(const std::string &what);
  /// Says what goes on besides the steps.
  void show(const std::string &what) const;

private:
  bool shown;
  int64_t done = 0, total = 0;
};

} // namespace gac::tools

#endif // GAC_TOOLS_COMMON_PROGRESS_H
