//===- Samples.h - What was measured ----------------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The file of raw measurements, as docs/Profile.md describes it.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_TOOLS_GAC_PROFILE_SAMPLES_H
#define GAC_TOOLS_GAC_PROFILE_SAMPLES_H

#include "Point.h"
#include "Statistics.h"

namespace gac::profile {

/// What times depend on, besides the point.
struct Environment {
  /// Such as "NVIDIA H200".
  std::string gpu;
  /// 90 for compute capability 9.0.
  int64_t capability = 0;
  int64_t multiprocessors = 0, l2Bytes = 0, memoryBytes = 0;
  /// Versions; "" for a library that was not found.
  std::string driver, cuda, nvrtc, cublasLt, cudnn;
  /// GAC's version.
  std::string version;

  /// "" if both are alike, else what differs.
  std::string compare(const Environment &other) const;
};

struct Sample {
  Point point;
  /// Of one operation, in microseconds, over the replays of a graph that has it
  /// `launches` times.
  tools::Spread us;
  int64_t launches = 0;
  /// What ran: "gemv", "cublaslt", "cudnn", "kernel".
  std::string ran;
  /// Why there is no time.
  std::string refusal;

  bool isMeasured() const { return refusal.empty(); }
};

struct Samples {
  Environment environment;
  /// The first measurement's and the last one's time, in UTC.
  std::string began, ended;
  std::vector<Sample> samples;

  /// The sample of a point, or null.
  const Sample *find(const std::string &key) const;
};

/// Reads a file; errors name it, the place in it and the value.
runtime::Result<Samples> readSamples(const std::string &path);
/// The same from text; `what` opens every message.
runtime::Result<Samples> parseSamples(const std::string &text,
                                      const std::string &what);
/// The file's text.
std::string printSamples(const Samples &samples);

} // namespace gac::profile

#endif // GAC_TOOLS_GAC_PROFILE_SAMPLES_H
