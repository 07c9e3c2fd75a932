//===- ProfileCommand.cpp - gac profile -----------------------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Measures as gac-profile does, by the same library, or takes what that has
// measured elsewhere; then fits.
//
//===----------------------------------------------------------------------===//

#include "Command.h"
#include "Evaluation.h"
#include "Fit.h"
#include "Measure.h"
#include "Sweeps.h"
#include "gac/Support/OutputFile.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/WithColor.h"
#include "llvm/Support/raw_ostream.h"

using namespace gac;
using namespace gac::profile;

namespace {

class ProfileCommand final : public Command {
public:
  ProfileCommand()
      : Command("profile",
                "Make a target of measurements: of the GPU at hand, or of "
                "those that gac-profile has made elsewhere"),
        raw(llvm::cl::Positional, llvm::cl::Required,
            llvm::cl::desc("MEASUREMENTS.json"), llvm::cl::cat(category),
            llvm::cl::sub(subCommand)),
        output("o", llvm::cl::desc("The target to write"),
               llvm::cl::value_desc("TARGET.json"), llvm::cl::cat(category),
               llvm::cl::sub(subCommand)),
        measures("measure",
                 llvm::cl::desc("Measure first what MEASUREMENTS.json lacks "
                                "or, where it is not there, everything"),
                 llvm::cl::cat(category), llvm::cl::sub(subCommand)),
        quick("quick",
              llvm::cl::desc("With --measure: the measurements of a minute"),
              llvm::cl::cat(category), llvm::cl::sub(subCommand)),
        limit("limit",
              llvm::cl::desc("With --measure: begin no measurement after so "
                             "many seconds (default 360, with --quick 60)"),
              llvm::cl::value_desc("SECONDS"), llvm::cl::init(0),
              llvm::cl::cat(category), llvm::cl::sub(subCommand)),
        device("device",
               llvm::cl::desc("With --measure: the driver's device (default "
                              "0)"),
               llvm::cl::value_desc("N"), llvm::cl::init(0),
               llvm::cl::cat(category), llvm::cl::sub(subCommand)),
        base("base",
             llvm::cl::desc("The target that has what is not measured: rules "
                            "of other types, causes in words (default h200)"),
             llvm::cl::value_desc("NAME|FILE.json"), llvm::cl::init("h200"),
             llvm::cl::cat(category), llvm::cl::sub(subCommand)),
        name("name",
             llvm::cl::desc("What the target is called (default: as its "
                            "file)"),
             llvm::cl::value_desc("NAME"), llvm::cl::cat(category),
             llvm::cl::sub(subCommand)),
        report("report",
               llvm::cl::desc("Write how good predictions are as JSON, to "
                              "standard output (in place of the tables) for "
                              "-"),
               llvm::cl::value_desc("FILE|-"), llvm::cl::cat(category),
               llvm::cl::sub(subCommand)),
        plotFile("plot", llvm::cl::desc("Draw predicted over measured times"),
                 llvm::cl::value_desc("FILE.svg"), llvm::cl::cat(category),
                 llvm::cl::sub(subCommand)),
        bench("bench",
              llvm::cl::desc("Judge predictions of packages, too, by what "
                             "gac-bench or benchmarks/suite.py has measured; "
                             "may be repeated"),
              llvm::cl::value_desc("summary.json"), llvm::cl::cat(category),
              llvm::cl::sub(subCommand)) {}

  int run() override;

private:
  llvm::Error checkOptions() const;
  llvm::Error measureMissing() const;
  llvm::Error makeTarget() const;

  llvm::cl::opt<std::string> raw, output;
  llvm::cl::opt<bool> measures, quick;
  llvm::cl::opt<unsigned> limit, device;
  llvm::cl::opt<std::string> base, name, report, plotFile;
  llvm::cl::list<std::string> bench;
};

} // namespace

llvm::Error ProfileCommand::checkOptions() const {
  for (const llvm::cl::opt<std::string> *option :
       {&output, &base, &name, &report, &plotFile})
    if (option->getNumOccurrences() != 0 && option->empty())
      return makeEmptyError(option->ArgStr);
  if (!measures)
    for (const llvm::cl::Option *option :
         {static_cast<const llvm::cl::Option *>(&quick),
          static_cast<const llvm::cl::Option *>(&limit),
          static_cast<const llvm::cl::Option *>(&device)})
      if (option->getNumOccurrences() != 0)
        return llvm::createStringError("--" + option->ArgStr +
                                       " is for --measure, which is not given");
  auto getFlag = [&](const llvm::cl::opt<std::string> *option) {
    return (option == &output ? "-" : "--") + option->ArgStr.str();
  };
  llvm::SmallVector<std::pair<std::string, std::string>> read = {
      {"the measurements", raw}};
  if (isTargetFile(base))
    read.emplace_back("the base", base);
  for (const std::string &file : bench)
    read.emplace_back("the summary", file);
  llvm::SmallVector<const llvm::cl::opt<std::string> *> written;
  for (const llvm::cl::opt<std::string> *option :
       {&output, &report, &plotFile}) {
    if (option->empty() || (option == &report && *option == "-"))
      continue;
    if (*option == "-")
      return llvm::createStringError(getFlag(option) +
                                     " needs a file, and '-' is none");
    for (const auto &[what, file] : read)
      if (areSameFile(*option, file))
        return llvm::createStringError(
            llvm::formatv("{0} would replace {1} '{2}'", getFlag(option), what,
                          file)
                .str());
    for (const llvm::cl::opt<std::string> *other : written)
      if (areSameFile(*option, *other))
        return llvm::createStringError(getFlag(other) + " and " +
                                       getFlag(option) + " are one file, '" +
                                       option->getValue() + "'");
    if (llvm::Error error = checkWritable(*option))
      return error;
    written.push_back(option);
  }
  return llvm::Error::success();
}

static llvm::Error toError(const runtime::Status &status) {
  return llvm::createStringError(status.getMessage());
}

llvm::Error ProfileCommand::measureMissing() const {
  std::vector<const Sweep *> sweeps;
  for (const Sweep &sweep : getSweeps())
    sweeps.push_back(&sweep);
  MeasureOptions options;
  options.device = static_cast<int>(device);
  options.output = raw;
  options.limitSeconds = limit != 0 ? limit : quick ? 60 : 360;
  tools::Progress progress;
  runtime::Result<MeasureReport> measured =
      measure(orderPoints(sweeps, quick), options, progress);
  if (!measured)
    return toError(measured.getStatus());
  if (measured->done < measured->wanted)
    llvm::WithColor::warning(llvm::errs(), "gac")
        << "time ran out after " << measured->done << " of " << measured->wanted
        << " measurements; the same command measures the rest\n";
  return llvm::Error::success();
}

/// Writes what is not empty, all of it or nothing.
static llvm::Error
writeFiles(llvm::ArrayRef<std::pair<std::string, std::string>> files) {
  OutputTransaction transaction;
  for (const auto &[path, text] : files) {
    if (path.empty())
      continue;
    llvm::Expected<OutputFile *> file = transaction.open(path);
    if (!file)
      return file.takeError();
    if (llvm::Error error = (*file)->write(text))
      return error;
  }
  return transaction.commit();
}

llvm::Error ProfileCommand::makeTarget() const {
  runtime::Result<Samples> samples = readSamples(raw);
  if (!samples)
    return toError(samples.getStatus());
  llvm::Expected<Target> from = loadTarget(base);
  if (!from)
    return from.takeError();
  llvm::Expected<FitResult> fitted = fit(*samples, *from);
  if (!fitted)
    return llvm::createStringError("measurements '" + raw +
                                   "': " + llvm::toString(fitted.takeError()));
  Target &target = fitted->target;
  if (!name.empty())
    target.name = name;
  else if (!output.empty())
    target.name = llvm::sys::path::stem(output).str();
  // Whatever was measured, nobody is to get a target that cannot be read.
  std::string text = printTarget(target);
  if (llvm::Expected<Target> again = parseTarget(text, "the target"); !again)
    return llvm::createStringError(
        "measurements '" + raw +
        "' make no target: " + llvm::toString(again.takeError()));
  BenchResults results;
  for (const std::string &file : bench)
    if (llvm::Error error = readSummary(file, results))
      return error;
  Evaluation evaluation = evaluate(*samples, target, std::move(results));
  std::string json = llvm::formatv(
      "{0:2}\n", profile::toJSON(evaluation, target, fitted->notes));
  bool printsReport = report == "-";
  if (llvm::Error error =
          writeFiles({{output, text},
                      {printsReport ? "" : report.getValue(), json},
                      {plotFile, profile::plot(evaluation, target)}}))
    return error;
  if (printsReport) {
    llvm::outs() << json;
    return llvm::Error::success();
  }
  llvm::outs() << printTables(evaluation);
  for (const std::string &note : fitted->notes)
    llvm::outs() << "note: " << note << "\n";
  return llvm::Error::success();
}

int ProfileCommand::run() {
  if (llvm::Error error = checkOptions())
    return reportError(std::move(error));
  if (measures)
    if (llvm::Error error = measureMissing())
      return reportError(std::move(error));
  if (llvm::Error error = makeTarget())
    return reportError(std::move(error));
  return 0;
}

std::unique_ptr<Command> gac::createProfileCommand() {
  return std::make_unique<ProfileCommand>();
}
