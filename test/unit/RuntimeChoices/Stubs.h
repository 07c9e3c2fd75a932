//===- Stubs.h - A GPU that only keeps time ---------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Stands in for libcuda, libcublasLt, libnvrtc and libcudnn in tests of what
// the runtime asks of them: nothing is computed, but everything takes as long
// as the test says, and is written down.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_UNITTESTS_RUNTIMECHOICES_STUBS_H
#define GAC_UNITTESTS_RUNTIMECHOICES_STUBS_H

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#define GAC_STUB extern "C" __attribute__((visibility("default")))

namespace gac::runtime::stubs {

/// Microseconds: after the caches were written over, and otherwise.
struct Cost {
  double cold = 1, warm = 1;
};

struct __attribute__((visibility("default"))) Device {
  // What the test says.
  size_t totalBytes = size_t(1) << 32;
  /// The most that is free in one piece.
  size_t pieceBytes = size_t(1) << 32;
  int cacheBytes = 1 << 20;
  std::map<std::string, Cost> kernels;
  /// The kernel that cannot be launched, if any.
  std::string refused;
  /// Of cuBLASLt's algorithms, in its heuristic's order.
  std::vector<Cost> algorithms;
  /// Of cuDNN's plans, likewise, and what they need.
  std::vector<Cost> plans;
  std::vector<int64_t> planWorkspaces;
  size_t cudnnVersion = 91900;
  bool hasCudnn = true;
  /// Whether NVRTC can compile anything.
  bool hasNvrtc = true;
  /// What NVRTC makes. The driver does not take "refused".
  std::string compiledCode = "x";

  // What happened.
  /// What was uploaded, by address.
  std::map<uint64_t, std::vector<std::byte>> memory;
  /// The dynamic shared memory that a kernel may have.
  std::map<std::string, int> sharedBytes;
  /// What is allocated, by address, with what copies and fills left there.
  std::map<uint64_t, std::vector<std::byte>> allocations;
  double clock = 0;
  size_t usedBytes = 0, peakBytes = 0, uploadedBytes = 0;
  bool isCapturing = false;
  /// Calls that a stream in capture mode forbids.
  std::vector<std::string> forbidden;
  /// What ran: "kernel NAME", "product ALGORITHM", "plan NUMBER ADDRESS OF O",
  /// "flush". A graph's work is written down when it is replayed.
  std::vector<std::string> log;
  std::vector<std::string> captured;
  int heuristics = 0, handles = 0, compiledPlans = 0, compilations = 0;
  /// How often the stream was told to wait for the host.
  int gates = 0;

  /// Does something that takes that long.
  void work(const std::string &what, const Cost &cost);
  /// The memory from that address on; null unless so much of it lies in one
  /// allocation.
  std::byte *find(uint64_t address, size_t bytes);
  /// Notes a call that allocates or waits.
  void forbid(const char *call);
  size_t count(const std::string &start) const;
};

/// The one device.
extern __attribute__((visibility("default"))) Device device;

} // namespace gac::runtime::stubs

#endif // GAC_UNITTESTS_RUNTIMECHOICES_STUBS_H
