//===- Interrupt.cpp - What a signal must not leave behind ----------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// LLVM removes single files on a signal, but neither folders nor processes, and
// on whichever thread the signal comes to, while the others go on renaming what
// it removes. Here the thread that works on the files handles the signal: it
// stops there, or holds the signal back. Any other thread passes it on.
//
// A handler may call only what POSIX lists as safe in one (kill, pthread_kill,
// waitpid, poll, rmdir) and no allocator: all that it reads is made before.
//
//===----------------------------------------------------------------------===//

#include "gac/Support/Interrupt.h"

#include "llvm/Support/FileSystem.h"
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

struct InterruptGuard::Record {
  std::string folder;
  std::vector<std::string> files;
  /// Zero where there is none.
  std::array<std::atomic<pid_t>, kMaxProcesses> processes{};
};

namespace {
/// One guard of either kind.
struct Slot {
  /// Zero while the slot is free. Only this thread touches the rest.
  std::atomic<pthread_t> owner;
  /// Null for a SignalGuard.
  InterruptGuard::Record *record;
};
} // namespace

static constexpr unsigned kMaxSlots = 16;
static std::array<Slot, kMaxSlots> slots;

static constexpr std::array<int, 4> kSignals = {SIGINT, SIGTERM, SIGHUP,
                                                SIGQUIT};
static std::array<struct sigaction, kSignals.size()> previousActions;

/// Which of them the program was started to ignore, as nohup has it. That is to
/// be asked before main: there LLVM puts handlers in their place.
static const std::array<bool, kSignals.size()> isIgnored = [] {
  std::array<bool, kSignals.size()> ignored = {};
  for (size_t i = 0; i != kSignals.size(); ++i) {
    struct sigaction action = {};
    ignored[i] = ::sigaction(kSignals[i], nullptr, &action) == 0 &&
                 action.sa_handler == SIG_IGN;
  }
  return ignored;
}();

//===----------------------------------------------------------------------===//
// The handler
//===----------------------------------------------------------------------===//

/// How long processes have to clean up after themselves, all together.
static constexpr int kStepMilliseconds = 10, kMaxSteps = 200;

static bool hasEnded(pid_t process) {
  pid_t ended = ::waitpid(process, nullptr, WNOHANG);
  return ended == process || (ended < 0 && errno == ECHILD);
}

/// Calls `action` for each process of this thread's guards.
template <typename Action> static void forEachProcess(Action action) {
  for (Slot &slot : slots)
    if (slot.owner.load() == ::pthread_self() && slot.record)
      for (std::atomic<pid_t> &process : slot.record->processes)
        if (pid_t leader = process.load())
          action(process, leader);
}

/// What still ran could make a file anew, so this returns when all have ended.
static void endProcesses() {
  forEachProcess(
      [](std::atomic<pid_t> &, pid_t leader) { ::kill(-leader, SIGINT); });
  for (int step = 0; step != kMaxSteps; ++step) {
    bool areLeft = false;
    forEachProcess([&](std::atomic<pid_t> &process, pid_t leader) {
      if (!hasEnded(leader)) {
        areLeft = true;
        return;
      }
      // Those of its group who outlive it.
      ::kill(-leader, SIGKILL);
      process.store(0);
    });
    if (!areLeft)
      return;
    ::poll(nullptr, 0, kStepMilliseconds);
  }
  forEachProcess(
      [](std::atomic<pid_t> &, pid_t leader) { ::kill(-leader, SIGKILL); });
}

/// Cleans up and lets the signal do what it did without this handler. Further
/// signals wait until that is done: they are in the handler's mask.
static void handleSignal(int signal) {
  int error = errno;
  pthread_t self = ::pthread_self(), other = 0;
  bool isOwner = false;
  for (const Slot &slot : slots) {
    pthread_t owner = slot.owner.load();
    if (owner == self)
      isOwner = true;
    else if (owner != 0)
      other = owner;
  }
  if (!isOwner && other != 0) {
    ::pthread_kill(other, signal);
    errno = error;
    return;
  }
  endProcesses();
  llvm::sys::RunInterruptHandlers(); // Removes the files.
  for (Slot &slot : slots)
    if (slot.owner.load() == self && slot.record)
      ::rmdir(slot.record->folder.c_str());
  for (size_t i = 0; i != kSignals.size(); ++i)
    if (kSignals[i] == signal)
      ::sigaction(signal, &previousActions[i], nullptr);
  errno = error;
  // Blocked while this handler runs, so it comes when that is over.
  ::raise(signal);
}

static void installHandlers() {
  // LLVM installs its handlers with the first file: ours go over them.
  llvm::sys::RemoveFileOnSignal("");
  llvm::sys::DontRemoveFileOnSignal("");
  for (size_t i = 0; i != kSignals.size(); ++i) {
    struct sigaction &previous = previousActions[i];
    if (::sigaction(kSignals[i], nullptr, &previous) != 0 ||
        previous.sa_handler == SIG_IGN)
      continue;
    struct sigaction action = {};
    action.sa_handler = isIgnored[i] ? SIG_IGN : handleSignal;
    sigemptyset(&action.sa_mask);
    for (int each : kSignals)
      sigaddset(&action.sa_mask, each);
    ::sigaction(kSignals[i], &action, nullptr);
  }
}

std::error_code gac::createTemporaryFile(llvm::StringRef prefix,
                                         llvm::StringRef suffix,
                                         llvm::SmallVectorImpl<char> &path) {
  SignalGuard guard;
  if (std::error_code code =
          llvm::sys::fs::createTemporaryFile(prefix, suffix, path))
    return code;
  llvm::sys::RemoveFileOnSignal(llvm::StringRef(path.data(), path.size()));
  return {};
}

//===----------------------------------------------------------------------===//
// The guards
//===----------------------------------------------------------------------===//

/// A slot for this thread; kMaxSlots if none is free.
static unsigned takeSlot(InterruptGuard::Record *record) {
  static std::once_flag installed;
  std::call_once(installed, installHandlers);
  for (unsigned i = 0; i != kMaxSlots; ++i) {
    pthread_t expected = 0;
    if (slots[i].owner.compare_exchange_strong(expected, ::pthread_self())) {
      slots[i].record = record;
      return i;
    }
  }
  return kMaxSlots;
}

static void freeSlot(unsigned slot) {
  if (slot == kMaxSlots)
    return;
  slots[slot].record = nullptr;
  slots[slot].owner.store(0);
}

SignalGuard::SignalGuard() : slot(takeSlot(nullptr)) {
  sigset_t blocked;
  sigemptyset(&blocked);
  for (int signal : kSignals)
    sigaddset(&blocked, signal);
  pthread_sigmask(SIG_BLOCK, &blocked, &previous);
}

SignalGuard::~SignalGuard() {
  // What waits comes before another thread could take it.
  pthread_sigmask(SIG_SETMASK, &previous, nullptr);
  freeSlot(slot);
}

InterruptGuard::InterruptGuard(llvm::StringRef folder,
                               llvm::ArrayRef<std::string> files)
    : record(std::make_unique<Record>()) {
  record->folder = folder.str();
  record->files = files.vec();
  for (const std::string &file : record->files)
    llvm::sys::RemoveFileOnSignal(file);
  slot = takeSlot(record.get());
}

InterruptGuard::~InterruptGuard() {
  freeSlot(slot);
  for (const std::string &file : record->files)
    llvm::sys::DontRemoveFileOnSignal(file);
}

void InterruptGuard::addProcess(pid_t leader) {
  for (std::atomic<pid_t> &process : record->processes) {
    pid_t expected = 0;
    if (process.compare_exchange_strong(expected, leader))
      return;
  }
}

void InterruptGuard::removeProcess(pid_t leader) {
  for (std::atomic<pid_t> &process : record->processes) {
    pid_t expected = leader;
    if (process.compare_exchange_strong(expected, 0))
      return;
  }
}
