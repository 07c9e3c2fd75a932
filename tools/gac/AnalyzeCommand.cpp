//===- AnalyzeCommand.cpp - gac analyze -----------------------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Command.h"
#include "gac/Analysis/DimensionAnalysis.h"
#include "gac/Planner/Explanation.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace gac;

namespace {

class AnalyzeCommand final : public PricingCommand {
public:
  AnalyzeCommand()
      : PricingCommand(
            "analyze",
            "List the dimensions of a model that the GPU runs slowly, "
            "why, and what each costs",
            "the findings"),
        explain("explain",
                llvm::cl::desc("Show the path of one dimension through the "
                               "model and every use of it: an id of the table, "
                               "TENSOR:AXIS, or a tensor's name. --json "
                               "writes that"),
                llvm::cl::value_desc("DIM"), llvm::cl::cat(category),
                llvm::cl::sub(subCommand)),
        all("all",
            llvm::cl::desc("A line for each dimension, not for all that are "
                           "alike in different layers"),
            llvm::cl::cat(category), llvm::cl::sub(subCommand)) {}

  int run() override;

private:
  int explainDimension(const ModelPlanner &planner, Session &session) const;

  llvm::cl::opt<std::string> explain;
  llvm::cl::opt<bool> all;
};

} // namespace

int AnalyzeCommand::explainDimension(const ModelPlanner &planner,
                                     Session &session) const {
  llvm::Expected<Explanation> explanation =
      Explanation::create(planner, model, explain);
  if (!explanation)
    return reportError(explanation.takeError());
  session.progress.clear();
  if (!printsJSON())
    explanation->print(llvm::outs(), all);
  if (llvm::Error error = writeJSON(explanation->toJSON()))
    return reportError(std::move(error));
  return 0;
}

int AnalyzeCommand::run() {
  if (explain.getNumOccurrences() != 0 && explain.empty())
    return reportError(makeEmptyError("explain"));
  if (llvm::Error error = checkOptions())
    return reportError(std::move(error));
  Session session;
  OwningOpRef<ModuleOp> module =
      readModel(session, /*allowMissingWeights=*/true);
  if (!module || failed(markInterface(*module)))
    return 1;

  session.progress.stage("analysing " + model);
  DimensionAnalysis analysis(getModel(*module));
  llvm::Expected<std::unique_ptr<ModelPlanner>> planner =
      ModelPlanner::create(analysis, pricing.get());
  if (!planner)
    return reportError(planner.takeError());
  if (!explain.empty())
    return explainDimension(**planner, session);
  llvm::Expected<Report> report = (*planner)->analyze(model);
  if (!report)
    return reportError(report.takeError());
  session.progress.clear();
  reportIdlePatterns(*module, report->interface);

  if (!printsJSON())
    printReport(llvm::outs(), (*planner)->getModel(), *report, all);
  if (llvm::Error error = writeJSON(toJSON((*planner)->getModel(), *report)))
    return reportError(std::move(error));
  return 0;
}

std::unique_ptr<Command> gac::createAnalyzeCommand() {
  return std::make_unique<AnalyzeCommand>();
}
