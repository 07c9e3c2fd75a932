//===- Options.cpp - gac-run's command line ---------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Options.h"

#include <cerrno>
#include <cstdlib>
#include <getopt.h>
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
  --position NAME=N      the first N positions of a cache count as filled
  --seed N               seed of the values of inputs that are not given
                         (default 0)
  --output OUT.npz       write the outputs, and the caches that the entry
                         appended to, by name; bf16 becomes float32
  --synthetic            make the weights from their recipes, with synthetic
                         values, also where the package has their data
  --repeat N             run N times (default 1) and print the times
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

static Status makeUsageError(const std::string &reason) {
  return {ErrorCode::Invalid, reason + " (gac-run --help lists the options)"};
}

static Status parseInteger(const std::string &option, const std::string &text,
                           int64_t minimum, int64_t maximum, int64_t &value) {
  char *end = nullptr;
  errno = 0;
  long long parsed = std::strtoll(text.c_str(), &end, 10);
  if (text.empty() || *end != '\0' || errno != 0 || parsed < minimum ||
      parsed > maximum)
    return makeUsageError(option + " needs an integer from " +
                          std::to_string(minimum) + " to " +
                          std::to_string(maximum) + ", got '" + text + "'");
  value = parsed;
  return {};
}

/// Splits NAME=VALUE at the last '=', since names may have some.
static Status splitPair(const std::string &option, const std::string &text,
                        std::pair<std::string, std::string> &parts) {
  size_t middle = text.rfind('=');
  if (middle == std::string::npos || middle == 0 || middle + 1 == text.size())
    return makeUsageError(option + " needs NAME=VALUE, got '" + text + "'");
  parts = {text.substr(0, middle), text.substr(middle + 1)};
  return {};
}

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
    return parseInteger("--repeat", value, 1, 1000000, options.repeat);
  if (name == "cudnn") {
    if (value == "auto")
      options.cudnn = CudnnUse::Auto;
    else if (value == "never")
      options.cudnn = CudnnUse::Never;
    else if (value == "always")
      options.cudnn = CudnnUse::Always;
    else
      return makeUsageError("--cudnn is one of auto, never, always, not '" +
                            value + "'");
  }
  if (name == "input" || name == "position")
    if (Status status = splitPair("--" + name, value, parts))
      return status;
  if (name == "input")
    options.inputs.push_back(parts);
  if (name == "position") {
    if (Status status =
            parseInteger("--position", parts.second, 0, most, number))
      return status;
    options.positions.emplace_back(parts.first, number);
  }
  if (name == "seed") {
    if (Status status = parseInteger("--seed", value, 0, most, number))
      return status;
    options.seed = static_cast<uint64_t>(number);
  }
  if (name == "device") {
    if (Status status = parseInteger("--device", value, 0, 1023, number))
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
                                 {nullptr, 0, nullptr, 0}};
  Options options;
  // Our own messages, not getopt's.
  opterr = 0;
  int index = 0;
  for (int result;
       (result = getopt_long(argc, argv, ":", known, &index)) != -1;) {
    if (result != 0)
      return makeUsageError(
          std::string("option '") + argv[optind - 1] +
          (result == ':' ? "' needs a value" : "' is unknown"));
    if (Status status = apply(known[index].name, optarg ? optarg : "", options))
      return status;
  }
  if (options.help || options.version)
    return options;
  if (optind + 1 != argc)
    return makeUsageError(optind == argc ? "which package?"
                                         : "one package at a time");
  options.package = argv[optind];
  return options;
}
