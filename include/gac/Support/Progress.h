//===- Progress.h - Progress of long work on a terminal ---------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_SUPPORT_PROGRESS_H
#define GAC_SUPPORT_PROGRESS_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"

#include <chrono>
#include <cstdint>
#include <string>

namespace gac {

/// One line on a terminal that says what is being done and how far it is. Where
/// the stream is no terminal nothing is ever printed.
class Progress {
public:
  /// Reports to `os`, which outlives this, if it is a terminal.
  explicit Progress(llvm::raw_fd_ostream &os = llvm::errs());
  /// Clears the line.
  ~Progress();
  Progress(const Progress &) = delete;
  Progress &operator=(const Progress &) = delete;

  /// A new stage of the work, such as "reading model.onnx".
  void stage(llvm::StringRef what);

  /// `done` of `total` bytes of the stage. Cheap: redraws a few times a second.
  void update(uint64_t done, uint64_t total);

  /// Removes the line, so that something else can be printed.
  void clear();

private:
  void draw(llvm::StringRef text);

  llvm::raw_fd_ostream &os;
  bool enabled;
  bool drawn = false;
  std::string what;
  std::chrono::steady_clock::time_point next;
};

} // namespace gac

#endif // GAC_SUPPORT_PROGRESS_H
