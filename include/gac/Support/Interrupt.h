//===- Interrupt.h - What a signal must not leave behind --------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_SUPPORT_INTERRUPT_H
#define GAC_SUPPORT_INTERRUPT_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <csignal>
#include <memory>
#include <sys/types.h>

namespace gac {

/// Holds back the signals that would end the program (SIGINT, SIGTERM, SIGHUP,
/// SIGQUIT) from this thread while it lives: for a few renames that belong
/// together, not for long.
class SignalGuard {
public:
  SignalGuard();
  ~SignalGuard();
  SignalGuard(const SignalGuard &) = delete;
  SignalGuard &operator=(const SignalGuard &) = delete;

private:
  sigset_t previous;
};

/// A folder that goes, and processes that end, when SIGINT, SIGTERM or SIGHUP
/// ends the program. Does nothing else: who makes the folder removes it in
/// every other case. Up to `kMaxGuards` may live at once, on any threads;
/// further ones do nothing. Signals that are ignored stay so.
class InterruptGuard {
public:
  /// `files` are all the files that `folder` may ever have, as paths; others
  /// stay, and the folder with them.
  InterruptGuard(llvm::StringRef folder, llvm::ArrayRef<std::string> files);
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard &) = delete;
  InterruptGuard &operator=(const InterruptGuard &) = delete;

  /// The leader of a process group that ends, by SIGINT, before the files go:
  /// compilers remove files of their own on it. SIGKILL takes who has not ended
  /// two seconds later, and those of the group who outlive their leader.
  /// At most `kMaxProcesses` at a time; further ones are left alone.
  void addProcess(pid_t leader);
  /// To be called as soon as it has ended, since numbers are used again. Does
  /// not return if a signal ends the program: then that ended the process.
  void removeProcess(pid_t leader);

  static constexpr unsigned kMaxGuards = 8;
  static constexpr unsigned kMaxProcesses = 16;

  struct Record;

private:
  std::unique_ptr<Record> record;
};

} // namespace gac

#endif // GAC_SUPPORT_INTERRUPT_H
