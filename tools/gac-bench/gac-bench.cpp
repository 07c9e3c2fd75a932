//===- gac-bench.cpp - Measures packages on a GPU ---------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CommandLine.h"
#include "Measure.h"
#include "Options.h"
#include "ResultsFolder.h"

#include "gac/Runtime/MappedBytes.h"

#include <cstdio>

using namespace gac::bench;
using namespace gac::tools;
using gac::runtime::ErrorCode;
using gac::runtime::Package;
using gac::runtime::Result;
using gac::runtime::Status;

/// More than any experiment that somebody wrote.
static constexpr size_t maxExperimentBytes = size_t(16) << 20;

/// The experiment of the file, with what the command line says besides.
static Result<Experiment> readExperiment(const Options &options) {
  const std::string &path = options.experimentFile;
  Result<std::string> text = gac::runtime::readFile(path, maxExperimentBytes);
  if (!text)
    return text.getStatus();
  size_t slash = path.rfind('/');
  std::string folder = slash == std::string::npos ? "" : path.substr(0, slash);
  if (slash == 0)
    folder = "/.";
  Result<Experiment> experiment =
      parseExperiment(*text, "experiment '" + path + "'", folder);
  if (!experiment)
    return experiment;
  experiment->sequential |= options.experiment.sequential;
  if (options.device)
    experiment->device = *options.device;
  return experiment;
}

/// The experiment of the command line. A package with one entry need not be
/// told which.
static Result<Experiment> completeExperiment(const Options &options) {
  Experiment experiment = options.experiment;
  ExperimentCase &first = experiment.cases.front();
  if (!first.entry.empty())
    return experiment;
  Result<Package> package = Package::open(experiment.packages.front().path);
  if (!package)
    return package.getStatus();
  if (package->entries.size() != 1)
    return Status(ErrorCode::Invalid,
                  "which --entry of " + package->listEntries() + "?");
  first.name = first.entry = package->entries.front().name;
  return experiment;
}

static Status writeJson(const std::string &path, const std::string &text) {
  if (path != "-")
    return gac::runtime::writeFile(path, text);
  std::fputs(text.c_str(), stdout);
  return {};
}

static Status run(const Options &options) {
  Result<Experiment> experiment = options.experimentFile.empty()
                                      ? completeExperiment(options)
                                      : readExperiment(options);
  if (!experiment)
    return experiment.getStatus();
  Result<Plan> plan = makePlan(*experiment);
  if (!plan)
    return plan.getStatus();
  if (!options.output.empty())
    if (Status status = checkFolder(options.output, options.overwrite))
      return status;
  if (!options.json.empty() && options.json != "-")
    if (Status status = gac::runtime::checkWritable(options.json))
      return status;
  if (options.dryRun) {
    if (options.json != "-")
      std::fputs(describePlan(*experiment, *plan).c_str(), stdout);
    if (options.json.empty())
      return {};
    return writeJson(options.json, print(toJson(*experiment)));
  }
  Result<ExperimentRun> measured = [&] {
    Progress progress;
    return measure(*experiment, *plan, progress);
  }();
  if (!measured)
    return measured.getStatus();
  std::vector<CaseSummary> cases;
  for (const CaseRun &each : measured->cases)
    cases.push_back(summarize(each, measured->ceilings));
  if (options.json != "-")
    std::fputs(makeReport(*measured, cases).c_str(), stdout);
  // First what has all the samples.
  if (!options.output.empty())
    if (Status status = writeFolder(options.output, makeFiles(*measured, cases),
                                    options.overwrite))
      return status;
  if (options.json.empty())
    return {};
  return writeJson(options.json, print(makeSummary(*measured, cases)));
}

int main(int argc, char **argv) {
  return gac::tools::CommandLine("gac-bench")
      .run(parseOptions(argc, argv), helpText, GAC_VERSION, &run);
}
