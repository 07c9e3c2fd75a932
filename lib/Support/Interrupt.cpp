//===- Interrupt.cpp - What a signal must not leave behind ----------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// LLVM removes single files on a signal, but neither folders nor processes. A
// handler may call only what POSIX lists as safe in one (kill, waitpid,
// poll, rmdir) and no allocator: all that it reads is made before.
//
//===----------------------------------------------------------------------===//

#include "gac/Support/Interrupt.h"

#include "llvm/Support/Signals.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <mutex>
#include <poll.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

using namespace gac;

SignalGuard::SignalGuard() {
  sigset_t blocked;
  sigemptyset(&blocked);
  for (int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT})
    sigaddset(&blocked, signal);
  pthread_sigmask(SIG_BLOCK, &blocked, &previous);
}

SignalGuard::~SignalGuard() {
  pthread_sigmask(SIG_SETMASK, &previous, nullptr);
}

struct InterruptGuard::Record {
  std::string folder;
  std::vector<std::string> files;
  /// Zero where there is none.
  std::array<std::atomic<pid_t>, kMaxProcesses> processes{};
};

/// Handlers find the records here; zero where there is none.
static std::array<std::atomic<InterruptGuard::Record *>,
                  InterruptGuard::kMaxGuards>
    guards;

/// Set for good once a handler has begun.
static std::atomic<bool> isEnding = false;

/// Any thread may run the handler. The others must not go on as if a compiler
/// that it ended had failed by itself.
static void waitForTheEnd() {
  while (isEnding.load())
    ::pause();
}

static constexpr std::array<int, 3> kSignals = {SIGINT, SIGTERM, SIGHUP};
static std::array<struct sigaction, kSignals.size()> previousActions;

/// How long processes have to clean up after themselves.
static constexpr int kStepMilliseconds = 10, kMaxSteps = 200;

static bool hasEnded(pid_t process) {
  pid_t ended = ::waitpid(process, nullptr, WNOHANG);
  return ended == process || (ended < 0 && errno == ECHILD);
}

/// What still ran could make a file anew, so this returns when all have ended.
static void endProcesses(InterruptGuard::Record &record) {
  for (std::atomic<pid_t> &process : record.processes)
    if (pid_t leader = process.load())
      ::kill(-leader, SIGINT);
  for (std::atomic<pid_t> &process : record.processes) {
    pid_t leader = process.load();
    if (leader == 0)
      continue;
    for (int step = 0; step != kMaxSteps && !hasEnded(leader); ++step)
      ::poll(nullptr, 0, kStepMilliseconds);
    ::kill(-leader, SIGKILL);
  }
}

/// Cleans up and lets the signal do what it did without this handler.
static void handleSignal(int signal) {
  int error = errno;
  isEnding.store(true);
  std::array<InterruptGuard::Record *, InterruptGuard::kMaxGuards> taken;
  for (size_t i = 0; i != guards.size(); ++i)
    taken[i] = guards[i].exchange(nullptr);
  for (InterruptGuard::Record *record : taken)
    if (record)
      endProcesses(*record);
  llvm::sys::RunInterruptHandlers(); // Removes the files.
  for (InterruptGuard::Record *record : taken)
    if (record)
      ::rmdir(record->folder.c_str());
  for (size_t i = 0; i != kSignals.size(); ++i)
    if (kSignals[i] == signal)
      ::sigaction(signal, &previousActions[i], nullptr);
  errno = error;
  // Blocked while this handler runs, so it comes when that is over.
  ::raise(signal);
}

static void installHandlers() {
  for (size_t i = 0; i != kSignals.size(); ++i) {
    struct sigaction &previous = previousActions[i];
    if (::sigaction(kSignals[i], nullptr, &previous) != 0 ||
        previous.sa_handler == SIG_IGN)
      continue;
    struct sigaction action = {};
    action.sa_handler = handleSignal;
    sigemptyset(&action.sa_mask);
    ::sigaction(kSignals[i], &action, nullptr);
  }
}

InterruptGuard::InterruptGuard(llvm::StringRef folder,
                               llvm::ArrayRef<std::string> files)
    : record(std::make_unique<Record>()) {
  static std::once_flag installed;
  std::call_once(installed, installHandlers);
  record->folder = folder.str();
  record->files = files.vec();
  for (const std::string &file : record->files)
    llvm::sys::RemoveFileOnSignal(file);
  for (std::atomic<Record *> &guard : guards) {
    Record *expected = nullptr;
    if (guard.compare_exchange_strong(expected, record.get()))
      break;
  }
}

InterruptGuard::~InterruptGuard() {
  waitForTheEnd();
  for (const std::string &file : record->files)
    llvm::sys::DontRemoveFileOnSignal(file);
  for (std::atomic<Record *> &guard : guards) {
    Record *expected = record.get();
    if (guard.compare_exchange_strong(expected, nullptr))
      return;
  }
  // A handler has taken it meanwhile, and reads it until the program ends.
  (void)record.release();
}

void InterruptGuard::addProcess(pid_t leader) {
  for (std::atomic<pid_t> &process : record->processes) {
    pid_t expected = 0;
    if (process.compare_exchange_strong(expected, leader))
      return;
  }
}

void InterruptGuard::removeProcess(pid_t leader) {
  waitForTheEnd();
  for (std::atomic<pid_t> &process : record->processes) {
    pid_t expected = leader;
    if (process.compare_exchange_strong(expected, 0))
      return;
  }
}
