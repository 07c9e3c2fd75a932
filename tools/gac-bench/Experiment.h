//===- Experiment.h - What is to be measured --------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An experiment file, or a command line turned into the same.
// docs/Measuring.md describes the file's format.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_TOOLS_GAC_BENCH_EXPERIMENT_H
#define GAC_TOOLS_GAC_BENCH_EXPERIMENT_H

#include "gac/Runtime/Status.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace gac::bench {

constexpr int64_t experimentVersion = 1;

/// In place of a cache's name: all caches of the package.
extern const char *const allCaches;
/// In place of a position: as many as leave room for what the entry appends,
/// and none where it fills the cache from the first one on.
constexpr int64_t fullPosition = -1;

struct ExperimentPackage {
  std::string name, path;
};

/// An entry on some packages.
struct ExperimentCase {
  std::string name, entry;
  /// Names of packages, the baseline first.
  std::vector<std::string> packages;
  /// By cache or allCaches; caches that are not named are empty.
  std::map<std::string, int64_t> positions;
  /// Batches, and the timed replays in each.
  int64_t rounds = 10, repeat = 20;
  /// Replays before the first round.
  int64_t warmup = 10;
  /// Runs for the times of single operations; 0 leaves them out.
  int64_t opRepeat = 20;
};

struct Experiment {
  std::vector<ExperimentPackage> packages;
  std::vector<ExperimentCase> cases;
  int64_t device = 0, seed = 0;
  /// As ModelOptions has it.
  bool synthetic = false;
  /// One package after another, not all in device memory together.
  bool sequential = false;
};

/// What an option or a field of that name may be.
struct Limits {
  int64_t least, most;
};
constexpr Limits repeatLimits = {1, 1000000}, roundsLimits = {1, 100000},
                 warmupLimits = {0, 1000000}, opRepeatLimits = {0, 100000},
                 deviceLimits = {0, 1023};

/// Reads an experiment. `what` opens every message, as in "experiment 'x'";
/// paths of packages are relative to `folder`, unless that is "".
runtime::Result<Experiment> parseExperiment(std::string_view text,
                                            const std::string &what,
                                            const std::string &folder);

/// The form that parseExperiment() reads. Paths are absolute, for the file may
/// be read in another folder than that of the command.
nlohmann::ordered_json toJson(const Experiment &experiment);

/// Gives packages that have the same name numbers: "a", "a-2".
void makeNamesUnique(std::vector<ExperimentPackage> &packages);

} // namespace gac::bench

#endif // GAC_TOOLS_GAC_BENCH_EXPERIMENT_H
