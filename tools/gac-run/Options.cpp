//===- Options.cpp - gac-run's command line ---------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Options.h"
#include "CommandLine.h"

#include <limits>

using namespace gac::runtime;

const char *const helpText = R"(gac-run: runs a compiled package on a GPU

usage: gac-run PACKAGE [options]

PACKAGE is a folder as docs/Package.md describes it.

  --entry NAME           the entry to run; needed where there are several
  --input NAME=FILE.npy  values of an input, or of a cache, by the name that
                         the model gives it; any number of times
  --inputs FILE.npz      values by name, for inputs and caches; names that the
                         entry does not have are an error
  --position NAME=N      the first N positions of a cache count as filled; any
                         number of times. ALL=N is for every cache that is not
                         named
  --seed N               seed of the values of inputs that are not given
                         (default 0)
  --output OUT.npz       write the outputs, and the caches that the entry
                         appended to, by name; bf16 becomes float32
  --synthetic            make the weights from their recipes, with synthetic
                         values, also where the package has their data
  --repeat N             run N times and print the times; without it, the entry
                         runs once
  --warmup N             run N times before that (default 0)
  --device N             the driver's device to run on (default 0)
  --cudnn WHEN           when cuDNN computes attention: auto (default) where it
                         is there and was measured to be faster, never, or
                         always, with an error where it cannot
  --list                 print the package's entries and exit; needs no GPU
  --recipe WEIGHT        make one weight from its recipe, write it to --output
                         and exit; needs no GPU
  --help                 print this and exit
  --version              print the version and exit

Compiled kernels and the choice of algorithms are kept in GAC_CACHE_DIR, by
default XDG_CACHE_HOME/gac or ~/.cache/gac. CUDA_HOME names the toolkit, and
CUDNN_PATH cuDNN's folder, where the loader does not find their libraries.

Exit code: 0 done, 1 an error (one sentence on standard error).
)";

static const gac::tools::CommandLine commandLine("gac-run");

static Status apply(const std::string &name, const std::string &value,
                    Options &options) {
  constexpr int64_t most = std::numeric_limits<int64_t>::max();
  std::pair<std::string, std::string> parts;
  int64_t number = 0;
  if (name == "help")
    options.help = true;
  else if (name == "version")
    options.version = true;
  else if (name == "list")
    options.list = true;
  else if (name == "synthetic")
    options.synthetic = true;
  else if (name == "entry")
    options.entry = value;
  else if (name == "inputs")
    options.inputsFile = value;
  else if (name == "output")
    options.output = value;
  else if (name == "recipe")
    options.recipe = value;
  else if (name == "repeat")
    return commandLine.parseInteger("--repeat", value, 1, 1000000,
                                    options.repeat);
  else if (name == "warmup")
    return commandLine.parseInteger("--warmup", value, 0, 1000000,
                                    options.warmup);
  if (name == "cudnn") {
    if (value == "auto")
      options.cudnn = CudnnUse::Auto;
    else if (value == "never")
      options.cudnn = CudnnUse::Never;
    else if (value == "always")
      options.cudnn = CudnnUse::Always;
    else
      return commandLine.makeUsageError(
          "--cudnn is one of auto, never, always, not '" + value + "'");
  }
  if (name == "input" || name == "position")
    if (Status status =
            commandLine.splitPair("--" + name, "NAME=VALUE", value, parts))
      return status;
  if (name == "input")
    options.inputs.push_back(parts);
  if (name == "position") {
    if (Status status = commandLine.parseInteger("--position", parts.second, 0,
                                                 most, number))
      return status;
    options.positions.emplace_back(parts.first, number);
  }
  if (name == "seed") {
    if (Status status =
            commandLine.parseInteger("--seed", value, 0, most, number))
      return status;
    options.seed = static_cast<uint64_t>(number);
  }
  if (name == "device") {
    if (Status status =
            commandLine.parseInteger("--device", value, 0, 1023, number))
      return status;
    options.device = static_cast<int>(number);
  }
  return {};
}

Result<Options> parseOptions(int argc, char **argv) {
  static const option known[] = {{"cudnn", required_argument, nullptr, 0},
                                 {"device", required_argument, nullptr, 0},
                                 {"entry", required_argument, nullptr, 0},
                                 {"help", no_argument, nullptr, 0},
                                 {"input", required_argument, nullptr, 0},
                                 {"inputs", required_argument, nullptr, 0},
                                 {"list", no_argument, nullptr, 0},
                                 {"output", required_argument, nullptr, 0},
                                 {"position", required_argument, nullptr, 0},
                                 {"recipe", required_argument, nullptr, 0},
                                 {"repeat", required_argument, nullptr, 0},
                                 {"seed", required_argument, nullptr, 0},
                                 {"synthetic", no_argument, nullptr, 0},
                                 {"version", no_argument, nullptr, 0},
                                 {"warmup", required_argument, nullptr, 0},
                                 {nullptr, 0, nullptr, 0}};
  Options options;
  Result<std::vector<std::string>> packages =
      commandLine.parse(argc, argv, known,
                        [&](const std::string &name, const std::string &value) {
                          return apply(name, value, options);
                        });
  if (!packages)
    return packages.getStatus();
  if (options.help || options.version)
    return options;
  if (packages->size() != 1)
    return commandLine.makeUsageError(
        packages->empty() ? "which package?" : "one package at a time");
  options.package = packages->front();
  return options;
}
