//===- CommandLine.h - Command lines of the tools on the GPU ----*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What gac-run and gac-bench read their options with. They run where there is
// no LLVM, and with it no llvm::cl.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_TOOLS_COMMON_COMMANDLINE_H
#define GAC_TOOLS_COMMON_COMMANDLINE_H

#include "gac/Runtime/Status.h"

#include <cstdint>
#include <cstdio>
#include <functional>
#include <getopt.h>
#include <string>
#include <utility>
#include <vector>

namespace gac::tools {

/// The command line of one tool. All errors are about what the user wrote, and
/// say which tool's --help lists the options.
class CommandLine {
public:
  explicit CommandLine(std::string tool) : tool(std::move(tool)) {}

  /// Takes the value of an option, empty for one that has none; `name` is
  /// without dashes.
  using Apply = std::function<runtime::Status(const std::string &name,
                                              const std::string &value)>;
  /// Calls `apply` for each option in the order given. `known` is as for
  /// getopt_long, with an empty entry at its end. Returns what is no option.
  runtime::Result<std::vector<std::string>>
  parse(int argc, char **argv, const option *known, const Apply &apply) const;

  runtime::Status makeUsageError(const std::string &reason) const;
  /// Reads the value of an option that is an integer from `least` to `most`.
  runtime::Status parseInteger(const std::string &option,
                               const std::string &text, int64_t least,
                               int64_t most, int64_t &value) const;
  /// Splits NAME=VALUE at the last '=', since names may have some. `form` is
  /// how the error describes what `option` needs.
  runtime::Status splitPair(const std::string &option, const std::string &form,
                            const std::string &text,
                            std::pair<std::string, std::string> &parts) const;

  /// Prints the error if there is one, of writing to standard output too, and
  /// returns the exit code.
  int finish(runtime::Status status) const;

  /// What main does: prints the help, prints the version, or runs. `options`
  /// are what was parsed, with the flags `help` and `version`. Returns the exit
  /// code.
  template <typename Options>
  int run(const runtime::Result<Options> &options, const char *help,
          const char *version,
          runtime::Status (*action)(const Options &)) const {
    if (!options)
      return finish(options.getStatus());
    if (options->help)
      std::fputs(help, stdout);
    else if (options->version)
      std::printf("%s %s\n", tool.c_str(), version);
    else
      return finish(action(*options));
    return finish({});
  }

private:
  std::string tool;
};

} // namespace gac::tools

#endif // GAC_TOOLS_COMMON_COMMANDLINE_H
