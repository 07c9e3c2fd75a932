//===- gac-profile.cpp - Measures a GPU for a target ----------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CommandLine.h"
#include "Format.h"
#include "Options.h"

#include "gac/Runtime/MappedBytes.h"

#include <cstdio>

using namespace gac::profile;
using gac::runtime::Result;
using gac::runtime::Status;
using namespace gac::tools;

static std::vector<const Sweep *> select(const Options &options) {
  std::vector<const Sweep *> selected;
  for (const Sweep &sweep : getSweeps()) {
    bool isWanted = options.sweeps.empty();
    for (const std::string &name : options.sweeps)
      isWanted |= name == sweep.name;
    if (isWanted)
      selected.push_back(&sweep);
  }
  return selected;
}

static void listAll() {
  TextTable table({"sweep", "points", "quick", "what"});
  for (const Sweep &sweep : getSweeps())
    table.add({sweep.name, std::to_string(sweep.points.size()),
               std::to_string(sweep.quick), sweep.about});
  std::fputs(table.print("", {3}).c_str(), stdout);
  TextTable experiments({"experiment", "points", "what"});
  for (const Experiment &experiment : getExperiments())
    experiments.add({experiment.name,
                     std::to_string(experiment.getPoints().size()),
                     experiment.about});
  std::printf("\n%s", experiments.print("", {2}).c_str());
}

static Status draw(const Options &options) {
  Result<Samples> samples = readSamples(options.measure.output);
  if (!samples)
    return samples.getStatus();
  return gac::runtime::writeFile(options.plot,
                                 plotExperiment(*options.experiment, *samples));
}

static Status run(const Options &options) {
  if (options.list) {
    listAll();
    return {};
  }
  std::vector<Point> points = options.experiment
                                  ? options.experiment->getPoints()
                                  : orderPoints(select(options), options.quick);
  if (options.dryRun) {
    for (const Point &point : points)
      std::printf("%s\n", getKey(point).c_str());
    std::printf("%s\n",
                formatCount(static_cast<int64_t>(points.size()), "measurement")
                    .c_str());
    return {};
  }
  Result<MeasureReport> report = [&] {
    Progress progress;
    return measure(points, options.measure, progress);
  }();
  if (!report)
    return report.getStatus();
  std::printf(
      "%zu of %s in '%s', %zu of them from before, %zu refused; "
      "%.0f s\n",
      report->done,
      formatCount(static_cast<int64_t>(report->wanted), "measurement").c_str(),
      options.measure.output.c_str(), report->found, report->refused,
      report->seconds);
  if (report->done < report->wanted)
    std::printf("Time ran out: the same command measures the rest.\n");
  if (!options.plot.empty())
    return draw(options);
  return {};
}

int main(int argc, char **argv) {
  return gac::tools::CommandLine("gac-profile")
      .run(parseOptions(argc, argv), helpText, GAC_VERSION, &run);
}
