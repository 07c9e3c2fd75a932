//===- ResultsFolder.cpp - Where results go ---------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ResultsFolder.h"

#include "Plots.h"

#include "gac/Runtime/MappedBytes.h"

#include <cctype>
#include <filesystem>
#include <set>
#include <unistd.h>

namespace fs = std::filesystem;
using namespace gac::bench;
using namespace gac::tools;
using gac::runtime::ErrorCode;
using gac::runtime::Status;

/// "out/" and "out" are one folder, and its parent is ".".
static fs::path clean(const std::string &folder) {
  fs::path path = fs::path(folder).lexically_normal();
  return path.has_filename() ? path : path.parent_path();
}

Status gac::bench::checkFolder(const std::string &folder, bool overwrite) {
  std::error_code error;
  fs::path path = clean(folder);
  fs::path parent = path.has_parent_path() ? path.parent_path() : ".";
  if (path.empty() || path == "." || path.filename() == "..")
    return {ErrorCode::Invalid,
            "'" + folder + "' cannot be a new folder of results"};
  if (!fs::is_directory(parent, error))
    return {ErrorCode::File, "results cannot go to '" + folder + "': '" +
                                 parent.string() + "' is no folder"};
  if (!fs::exists(fs::symlink_status(path, error)))
    return {};
  if (!overwrite)
    return {ErrorCode::File,
            "'" + folder + "' exists already (--overwrite replaces it)"};
  // A mistyped path must not cost anything else.
  if (!fs::is_regular_file(path / "summary.json", error) ||
      !fs::is_regular_file(path / "raw.json", error))
    return {ErrorCode::File, "'" + folder +
                                 "' is no folder of results, so "
                                 "--overwrite does not replace it"};
  return {};
}

/// A case's name as part of a file's.
static std::string makeFileName(const std::string &name,
                                std::set<std::string> &taken) {
  std::string plain = name;
  for (char &c : plain)
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '-' && c != '_')
      c = '-';
  std::string unique = plain;
  for (int number = 2; !taken.insert(unique).second; ++number)
    unique = plain + "-" + std::to_string(number);
  return unique;
}

std::map<std::string, std::string>
gac::bench::makeFiles(const ExperimentRun &run,
                      const std::vector<CaseSummary> &cases) {
  std::map<std::string, std::string> files = {
      {"config.json", print(toJson(run.experiment))},
      {"env.json", print(makeEnvironment(run))},
      {"raw.json", print(makeRaw(run))},
      {"summary.json", print(makeSummary(run, cases))}};
  std::set<std::string> taken;
  for (const CaseSummary &each : cases) {
    std::string name = "plots/" + makeFileName(each.name, taken);
    files[name + "-times.svg"] = plotTimes(each);
    if (each.packages.front().ops.empty())
      continue;
    files[name + "-families.svg"] = plotFamilies(each);
    files[name + "-predictions.svg"] = plotPredictions(each);
  }
  return files;
}

Status gac::bench::writeFolder(const std::string &folder,
                               const std::map<std::string, std::string> &files,
                               bool overwrite) {
  if (Status status = checkFolder(folder, overwrite))
    return status;
  fs::path path = clean(folder);
  std::string suffix = ".part-" + std::to_string(getpid());
  fs::path part = path.string() + suffix, old = part.string() + ".old";
  std::error_code error, ignored;
  fs::create_directories(part / "plots", error);
  Status status;
  if (error)
    status = {ErrorCode::File,
              "'" + part.string() + "' cannot be made: " + error.message()};
  for (const auto &[name, text] : files)
    if (!status)
      status = gac::runtime::writeFile((part / name).string(), text);
  bool replaces = !status && fs::exists(path, ignored);
  if (replaces)
    fs::rename(path, old, error);
  if (!status && !error)
    fs::rename(part, path, error);
  if (!status && error) {
    status = {ErrorCode::File,
              "'" + folder + "' cannot be written: " + error.message()};
    // What was there is better than nothing.
    if (replaces && !fs::exists(path, ignored))
      fs::rename(old, path, ignored);
  }
  fs::remove_all(part, ignored);
  if (!status && replaces)
    fs::remove_all(old, ignored);
  return status;
}
