//===- CommandLine.cpp - Command lines of the tools on the GPU --*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CommandLine.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

using namespace gac::runtime;
using gac::tools::CommandLine;

Result<std::vector<std::string>> CommandLine::parse(int argc, char **argv,
                                                    const option *known,
                                                    const Apply &apply) const {
  // Our own messages, not getopt's.
  opterr = 0;
  int index = 0;
  for (int result;
       (result = getopt_long(argc, argv, ":", known, &index)) != -1;) {
    if (result != 0)
      return makeUsageError(
          std::string("option '") + argv[optind - 1] +
          (result == ':' ? "' needs a value" : "' is unknown"));
    std::string name = known[index].name, value = optarg ? optarg : "";
    if (optarg && value.empty())
      return makeUsageError("--" + name + " needs a value, got ''");
    if (Status status = apply(name, value))
      return status;
  }
  return std::vector<std::string>(argv + optind, argv + argc);
}

Status CommandLine::makeUsageError(const std::string &reason) const {
  return {ErrorCode::Invalid,
          reason + " (" + tool + " --help lists the options)"};
}

Status CommandLine::parseInteger(const std::string &option,
                                 const std::string &text, int64_t least,
                                 int64_t most, int64_t &value) const {
  char *end = nullptr;
  errno = 0;
  long long parsed = std::strtoll(text.c_str(), &end, 10);
  if (text.empty() || *end != '\0' || errno != 0 || parsed < least ||
      parsed > most)
    return makeUsageError(option + " needs an integer from " +
                          std::to_string(least) + " to " +
                          std::to_string(most) + ", got '" + text + "'");
  value = parsed;
  return {};
}

Status
CommandLine::splitPair(const std::string &option, const std::string &form,
                       const std::string &text,
                       std::pair<std::string, std::string> &parts) const {
  size_t middle = text.rfind('=');
  if (middle == std::string::npos || middle == 0 || middle + 1 == text.size())
    return makeUsageError(option + " needs " + form + ", got '" + text + "'");
  parts = {text.substr(0, middle), text.substr(middle + 1)};
  return {};
}

/// What was printed is a result, too.
static Status flushOutput() {
  bool failed = std::ferror(stdout) != 0;
  errno = 0;
  if (std::fflush(stdout) == 0 && !failed)
    return {};
  std::string reason = errno != 0 ? std::strerror(errno) : "a write failed";
  return {ErrorCode::File, "cannot write to standard output: " + reason};
}

int CommandLine::finish(Status status) const {
  if (Status flushed = flushOutput(); flushed && !status)
    status = flushed;
  if (!status)
    return 0;
  std::fprintf(stderr, "%s: error: %s\n", tool.c_str(),
               status.getMessage().c_str());
  return 1;
}
