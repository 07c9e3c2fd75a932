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
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <csignal>
#include <memory>
#include <sys/types.h>
#include <system_error>

namespace gac {

/// Holds back the signals that would end the program (SIGINT, SIGTERM, SIGHUP,
/// SIGQUIT) while it lives: for a few renames that belong together, not for
/// long. Signals that come to other threads are passed to this one.
class SignalGuard {
public:
  SignalGuard();
  ~SignalGuard();
  SignalGuard(const SignalGuard &) = delete;
  SignalGuard &operator=(const SignalGuard &) = delete;

private:
  unsigned slot;
  sigset_t previous;
};

/// LLVM's, of a file that goes when one of these signals ends the program. Who
/// removes it tells LLVM so (DontRemoveFileOnSignal).
std::error_code createTemporaryFile(llvm::StringRef prefix,
                                    llvm::StringRef suffix,
                                    llvm::SmallVectorImpl<char> &path);

/// A folder that goes, and processes that end, when one of these signals ends
/// the program. Does nothing else: who makes the folder removes it in every
/// other case. Signals that are ignored stay so.
///
/// The guards of a program live on one thread, which is the one that writes the
/// files: it handles the signals, so that nothing is written or renamed any
/// more. Of both kinds up to 16 may live at once; further ones do nothing.
class InterruptGuard {
public:
  /// `files` are all the files that `folder` may ever have, as paths; others
  /// stay, and the folder with them.
  InterruptGuard(llvm::StringRef folder, llvm::ArrayRef<std::string> files);
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard &) = delete;
  InterruptGuard &operator=(const InterruptGuard &) = delete;

  /// The leader of a process group that ends, by SIGINT, before the files go:
  /// compilers remove files of their own on it. SIGKILL takes those of the
  /// group who outlive their leader, and leaders who have not ended two seconds
  /// later. At most `kMaxProcesses` at a time; further ones are left alone.
  void addProcess(pid_t leader);
  /// To be called as soon as it has ended, since numbers are used again.
  void removeProcess(pid_t leader);

  static constexpr unsigned kMaxProcesses = 16;

  struct Record;

private:
  std::unique_ptr<Record> record;
  unsigned slot;
};

} // namespace gac

#endif // GAC_SUPPORT_INTERRUPT_H
