//===- Nvcc.cpp - The CUDA compiler ---------------------------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Nvcc.h"

#include "gac/Emit/CUDA/Package.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/Signals.h"

#include <vector>

using namespace llvm;

int gac::cuda::getCapability(StringRef arch) {
  int capability = 0;
  bool isArch = arch.consume_front("sm_") &&
                !arch.consumeInteger(10, capability) &&
                (arch.empty() || arch == "a" || arch == "f") &&
                capability >= 80 && capability < 1000;
  return isArch ? capability : 0;
}

Error gac::cuda::checkArch(StringRef arch) {
  if (getCapability(arch) != 0)
    return Error::success();
  return createStringError("no package can be for the architecture '" + arch +
                           "': say sm_80, sm_90a or a later one");
}

Expected<std::string> gac::cuda::findNvcc() {
  if (std::optional<std::string> given = sys::Process::GetEnv("NVCC");
      given && !given->empty()) {
    if (ErrorOr<std::string> path = sys::findProgramByName(*given);
        path && sys::fs::can_execute(*path))
      return *path;
    return createStringError("NVCC is set to '" + *given +
                             "', which is no program");
  }
  if (ErrorOr<std::string> path = sys::findProgramByName("nvcc"))
    return *path;
  std::vector<std::string> folders;
  if (std::optional<std::string> home = sys::Process::GetEnv("CUDA_HOME");
      home && !home->empty())
    folders.push_back(*home);
  folders.push_back("/usr/local/cuda");
  for (StringRef folder : folders) {
    SmallString<128> path(folder);
    sys::path::append(path, "bin", "nvcc");
    if (sys::fs::can_execute(path))
      return path.str().str();
  }
  return std::string();
}

namespace {
/// One run of the compiler.
struct Job {
  StringRef arch;
  SmallString<128> log;
  sys::ProcessInfo process;
  bool started = false;
};
} // namespace

/// What a compiler that failed has said.
static std::string readLog(const Job &job) {
  ErrorOr<std::unique_ptr<MemoryBuffer>> log = MemoryBuffer::getFile(job.log);
  return log ? (*log)->getBuffer().rtrim().str() : std::string();
}

Error gac::cuda::compileCubins(StringRef nvcc, StringRef source,
                               ArrayRef<std::string> archs,
                               ArrayRef<std::string> outputs,
                               InterruptGuard &guard) {
  std::vector<Job> jobs(archs.size());
  std::string problem;
  for (auto [job, arch, output] : zip(jobs, archs, outputs)) {
    job.arch = arch;
    if (std::error_code code =
            createTemporaryFile("gac-nvcc", "log", job.log)) {
      problem = "no temporary file can be made: " + code.message();
      break;
    }
    std::string archOption = "-arch=" + arch;
    StringRef arguments[] = {nvcc,        "-cubin", archOption, "-std=c++17",
                             "-lineinfo", "-o",     output,     source};
    std::optional<StringRef> redirects[] = {StringRef(), job.log.str(),
                                            job.log.str()};
    bool failedToStart = false;
    std::string message;
    // Detached it leads a group, with the compilers that it starts itself.
    job.process = sys::ExecuteNoWait(
        nvcc, arguments, std::nullopt, redirects, /*MemoryLimit=*/0, &message,
        &failedToStart, /*AffinityMask=*/nullptr, /*DetachProcess=*/true);
    if (failedToStart) {
      problem = ("'" + nvcc + "' cannot be started: " + message).str();
      break;
    }
    job.started = true;
    guard.addProcess(job.process.Pid);
  }
  for (Job &job : jobs) {
    if (job.started) {
      sys::ProcessInfo ended = sys::Wait(job.process, std::nullopt);
      guard.removeProcess(job.process.Pid);
      if (ended.ReturnCode != 0 && problem.empty())
        problem = ("'" + nvcc + "' cannot compile the kernels for " + job.arch +
                   ":\n" + readLog(job))
                      .str();
    }
    if (!job.log.empty()) {
      sys::fs::remove(job.log);
      sys::DontRemoveFileOnSignal(job.log);
    }
  }
  if (!problem.empty())
    return createStringError(problem);
  return Error::success();
}
