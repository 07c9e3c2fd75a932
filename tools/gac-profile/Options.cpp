//===- Options.cpp - The command line of gac-profile ----------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Options.h"
#include "CommandLine.h"

#include <filesystem>

using namespace gac::profile;
using gac::runtime::Result;
using gac::runtime::Status;

const char *const gac::profile::helpText =
    R"(gac-profile: measures what a GPU and its libraries are fast at

usage: gac-profile --output FILE.json [options]
       gac-profile --experiment NAME --output FILE.json [--plot FILE.svg]
       gac-profile --list

Measures matrix products, attention, memory and launches over sizes, strides and
offsets, as packages run them, and writes all times to FILE.json. `gac profile
FILE.json` makes a target of it. docs/Profile.md describes the sweeps and the
file.

  --output FILE        where measurements go. If FILE is there, what it lacks is
                       measured and added, provided that the GPU, its driver and
                       its libraries are still the same
  --overwrite          measure all anew and replace FILE
  --again              measure anew what FILE has of the sweeps, as after a change
                       of GAC's kernels, and keep what it has beside them
  --quick              about a sixth of the measurements: a minute on an H200
  --sweep NAME         measure this sweep; any number of times (default: all)
  --experiment NAME    measure this experiment instead of a profile
  --plot FILE          with --experiment: draw it
  --limit SECONDS      begin no measurement after so many seconds (default 360,
                       with --quick 60). What is measured first is spread over
                       all sweeps; call again to go on
  --device N           the driver's device to run on (default 0)
  --dry-run            print what would be measured, and exit; needs no GPU
  --list               print the sweeps and experiments, and exit

  --help               print this and exit
  --version            print the version and exit

Exit code: 0 done (also where time ran out, which is said), 1 an error (one
sentence on standard error).
)";

static const gac::tools::CommandLine commandLine("gac-profile");

static Status checkSweep(const std::string &name) {
  std::string known;
  for (const Sweep &sweep : getSweeps()) {
    if (sweep.name == name)
      return {};
    known += (known.empty() ? "" : ", ") + sweep.name;
  }
  return commandLine.makeUsageError("there is no sweep '" + name + "', only " +
                                    known);
}

static Status findExperiment(const std::string &name, Options &options) {
  std::string known;
  for (const Experiment &experiment : getExperiments()) {
    if (experiment.name == name) {
      options.experiment = &experiment;
      return {};
    }
    known += (known.empty() ? "" : ", ") + experiment.name;
  }
  return commandLine.makeUsageError("there is no experiment '" + name +
                                    "', only " + known);
}

static Status apply(Options &options, int64_t &limit, const std::string &name,
                    const std::string &value) {
  if (name == "output")
    options.measure.output = value;
  else if (name == "overwrite")
    options.measure.overwrite = true;
  else if (name == "again")
    options.measure.again = true;
  else if (name == "quick")
    options.quick = true;
  else if (name == "dry-run")
    options.dryRun = true;
  else if (name == "list")
    options.list = true;
  else if (name == "help")
    options.help = true;
  else if (name == "version")
    options.version = true;
  else if (name == "plot")
    options.plot = value;
  else if (name == "experiment")
    return findExperiment(value, options);
  else if (name == "limit")
    return commandLine.parseInteger("--limit", value, 1, 1 << 20, limit);
  else if (name == "device") {
    int64_t device = 0;
    if (Status status =
            commandLine.parseInteger("--device", value, 0, 1 << 10, device))
      return status;
    options.measure.device = static_cast<int>(device);
  } else {
    if (Status status = checkSweep(value))
      return status;
    options.sweeps.push_back(value);
  }
  return {};
}

Result<Options> gac::profile::parseOptions(int argc, char **argv) {
  static const option known[] = {{"again", no_argument, nullptr, 0},
                                 {"device", required_argument, nullptr, 0},
                                 {"dry-run", no_argument, nullptr, 0},
                                 {"experiment", required_argument, nullptr, 0},
                                 {"help", no_argument, nullptr, 0},
                                 {"limit", required_argument, nullptr, 0},
                                 {"list", no_argument, nullptr, 0},
                                 {"output", required_argument, nullptr, 0},
                                 {"overwrite", no_argument, nullptr, 0},
                                 {"plot", required_argument, nullptr, 0},
                                 {"quick", no_argument, nullptr, 0},
                                 {"sweep", required_argument, nullptr, 0},
                                 {"version", no_argument, nullptr, 0},
                                 {nullptr, 0, nullptr, 0}};
  Options options;
  int64_t limit = 0;
  Result<std::vector<std::string>> rest =
      commandLine.parse(argc, argv, known,
                        [&](const std::string &name, const std::string &value) {
                          return apply(options, limit, name, value);
                        });
  if (!rest)
    return rest.getStatus();
  if (options.help || options.version)
    return options;
  if (!rest->empty())
    return commandLine.makeUsageError("'" + rest->front() + "' is no option");
  if (options.measure.output.empty() && !options.dryRun && !options.list)
    return commandLine.makeUsageError("where to? --output FILE is missing");
  if (options.experiment && (options.quick || !options.sweeps.empty()))
    return commandLine.makeUsageError(
        "--quick and --sweep are for profiles, not for experiments");
  if (options.measure.again && options.measure.overwrite)
    return commandLine.makeUsageError(
        "--overwrite measures all anew, --again keeps the rest");
  if (!options.plot.empty() && !options.experiment)
    return commandLine.makeUsageError("--plot needs --experiment");
  std::error_code ignored;
  namespace fs = std::filesystem;
  if (!options.plot.empty() &&
      fs::weakly_canonical(options.plot, ignored) ==
          fs::weakly_canonical(options.measure.output, ignored))
    return commandLine.makeUsageError("--output and --plot are one file, '" +
                                      options.plot + "'");
  if (limit == 0)
    limit = options.quick ? 60 : 360;
  options.measure.limitSeconds = static_cast<double>(limit);
  return options;
}
