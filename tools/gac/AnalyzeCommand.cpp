//===- AnalyzeCommand.cpp - gac analyze -----------------------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Command.h"
#include "gac/Analysis/DimensionAnalysis.h"
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
            "the findings") {}

  int run() override;
};

} // namespace

int AnalyzeCommand::run() {
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
  llvm::Expected<Report> report = (*planner)->analyze(model);
  if (!report)
    return reportError(report.takeError());
  session.progress.clear();

  if (!printsJSON())
    printReport(llvm::outs(), (*planner)->getModel(), *report);
  if (llvm::Error error = writeJSON(toJSON((*planner)->getModel(), *report)))
    return reportError(std::move(error));
  return 0;
}

std::unique_ptr<Command> gac::createAnalyzeCommand() {
  return std::make_unique<AnalyzeCommand>();
}
