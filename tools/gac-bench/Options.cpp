//===- Options.cpp - gac-bench's command line -------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Options.h"
#include "CommandLine.h"

#include <limits>

using namespace gac::bench;
using gac::runtime::Result;
using gac::runtime::Status;

const char *const gac::bench::helpText =
    R"(gac-bench: measures compiled packages against each other on a GPU

usage: gac-bench PACKAGE... [--entry NAME]... [options]
       gac-bench --experiment FILE.json [options]

PACKAGE is a folder as docs/Package.md describes it; the first is the baseline
of all ratios. FILE.json is an experiment as docs/Measuring.md describes it.

What is measured, without --experiment:
  --entry NAME         an entry to measure, needed where there are several; each
                       one given is a case
  --position CACHE=N   the first N positions of a cache are filled before each
                       replay (default 0); any number of times. ALL=N is for
                       all caches, "full" for N leaves room for what the entry
                       appends (0 where it fills a cache from its first
                       position on), and ALL alone is ALL=full
  --rounds N           rounds in which the packages take turns (default 10)
  --repeat N           timed replays of a package in each round (default 20)
  --warmup N           replays before the first round (default 10)
  --op-repeat N        runs for the times of single operations (default 20); 0
                       leaves these out
  --seed N             seed of the values of inputs and caches (default 0)
  --synthetic          make the weights from their recipes, with synthetic
                       values, also where a package has their data

How:
  --sequential         one package after another instead of by turns, where
                       they do not fit in device memory together
  --device N           the driver's device to run on (default 0)
  --dry-run            check everything that needs no GPU, print what would be
                       measured and what is predicted, and exit

Where results go:
  --output DIR         a new folder with config.json, env.json, raw.json,
                       summary.json and plots
  --overwrite          replace DIR if it is an earlier folder of results
  --json FILE          write the summary to a file, or with - print it instead
                       of the tables; with --dry-run the experiment

  --help               print this and exit
  --version            print the version and exit

Exit code: 0 done, 1 an error (one sentence on standard error).
)";

static const gac::tools::CommandLine commandLine("gac-bench");

static Status parseInteger(const std::string &option, const std::string &text,
                           Limits limits, int64_t &value) {
  return commandLine.parseInteger(option, text, limits.least, limits.most,
                                  value);
}

/// CACHE=N, CACHE=full or ALL. Names may have a '=', so the last one counts.
static Status parsePosition(const std::string &text,
                            std::map<std::string, int64_t> &positions) {
  if (text == allCaches) {
    positions[text] = fullPosition;
    return {};
  }
  std::pair<std::string, std::string> parts;
  if (Status status = commandLine.splitPair(
          "--position", "CACHE=N, CACHE=full or ALL", text, parts))
    return status;
  int64_t &position = positions[parts.first];
  if (parts.second != "full")
    return parseInteger("--position", parts.second,
                        {0, std::numeric_limits<int64_t>::max()}, position);
  position = fullPosition;
  return {};
}

/// "models/a.gacpkg/" is called "a".
static std::string makePackageName(std::string path) {
  while (path.size() > 1 && path.back() == '/')
    path.pop_back();
  std::string name = path.substr(path.rfind('/') + 1);
  const std::string suffix = ".gacpkg";
  if (name.size() > suffix.size() &&
      name.compare(name.size() - suffix.size(), suffix.size(), suffix) == 0)
    name.resize(name.size() - suffix.size());
  return name.empty() ? path : name;
}

namespace {
/// The command line as it is read.
struct Reader {
  Options options;
  /// What all cases share.
  ExperimentCase common;
  std::vector<std::string> entries;
  /// The last option that says what is measured.
  std::string measured;

  Status apply(const std::string &name, const std::string &value);
};
} // namespace

Status Reader::apply(const std::string &name, const std::string &value) {
  Experiment &experiment = options.experiment;
  std::string option = "--" + name;
  if (name == "help")
    options.help = true;
  else if (name == "version")
    options.version = true;
  else if (name == "dry-run")
    options.dryRun = true;
  else if (name == "overwrite")
    options.overwrite = true;
  else if (name == "output")
    options.output = value;
  else if (name == "json")
    options.json = value;
  else if (name == "experiment")
    options.experimentFile = value;
  else if (name == "sequential")
    experiment.sequential = true;
  else if (name == "device")
    return parseInteger(option, value, deviceLimits, options.device.emplace());
  else
    measured = option;
  if (name == "synthetic")
    experiment.synthetic = true;
  else if (name == "entry")
    entries.push_back(value);
  else if (name == "position")
    return parsePosition(value, common.positions);
  else if (name == "seed")
    return parseInteger(option, value, {0, std::numeric_limits<int64_t>::max()},
                        experiment.seed);
  else if (name == "rounds")
    return parseInteger(option, value, roundsLimits, common.rounds);
  else if (name == "repeat")
    return parseInteger(option, value, repeatLimits, common.repeat);
  else if (name == "warmup")
    return parseInteger(option, value, warmupLimits, common.warmup);
  else if (name == "op-repeat")
    return parseInteger(option, value, opRepeatLimits, common.opRepeat);
  return {};
}

/// Checks what belongs together, and makes the experiment.
static Result<Options> finish(Reader &reader,
                              const std::vector<std::string> &paths) {
  Options &options = reader.options;
  if (options.overwrite && options.output.empty())
    return commandLine.makeUsageError("--overwrite needs --output");
  if (!options.experimentFile.empty()) {
    if (!paths.empty())
      return commandLine.makeUsageError(
          "with --experiment its file names the packages, "
          "but there is '" +
          paths[0] + "' besides");
    if (!reader.measured.empty())
      return commandLine.makeUsageError(
          "with --experiment its file says what is measured, "
          "but there is " +
          reader.measured + " besides");
    return options;
  }
  if (paths.empty())
    return commandLine.makeUsageError("which packages?");
  Experiment &experiment = options.experiment;
  experiment.device = options.device.value_or(0);
  for (const std::string &path : paths)
    experiment.packages.push_back({makePackageName(path), path});
  makeNamesUnique(experiment.packages);
  for (const ExperimentPackage &package : experiment.packages)
    reader.common.packages.push_back(package.name);
  if (reader.entries.empty())
    reader.entries.emplace_back();
  for (const std::string &entry : reader.entries) {
    for (const ExperimentCase &other : experiment.cases)
      if (other.entry == entry)
        return commandLine.makeUsageError("--entry " + entry +
                                          " is there twice");
    ExperimentCase measured = reader.common;
    measured.name = measured.entry = entry;
    experiment.cases.push_back(std::move(measured));
  }
  return options;
}

Result<Options> gac::bench::parseOptions(int argc, char **argv) {
  static const option known[] = {{"device", required_argument, nullptr, 0},
                                 {"dry-run", no_argument, nullptr, 0},
                                 {"entry", required_argument, nullptr, 0},
                                 {"experiment", required_argument, nullptr, 0},
                                 {"help", no_argument, nullptr, 0},
                                 {"json", required_argument, nullptr, 0},
                                 {"op-repeat", required_argument, nullptr, 0},
                                 {"output", required_argument, nullptr, 0},
                                 {"overwrite", no_argument, nullptr, 0},
                                 {"position", required_argument, nullptr, 0},
                                 {"repeat", required_argument, nullptr, 0},
                                 {"rounds", required_argument, nullptr, 0},
                                 {"seed", required_argument, nullptr, 0},
                                 {"sequential", no_argument, nullptr, 0},
                                 {"synthetic", no_argument, nullptr, 0},
                                 {"version", no_argument, nullptr, 0},
                                 {"warmup", required_argument, nullptr, 0},
                                 {nullptr, 0, nullptr, 0}};
  Reader reader;
  Result<std::vector<std::string>> paths =
      commandLine.parse(argc, argv, known,
                        [&](const std::string &name, const std::string &value) {
                          return reader.apply(name, value);
                        });
  if (!paths)
    return paths.getStatus();
  if (reader.options.help || reader.options.version)
    return reader.options;
  return finish(reader, *paths);
}
