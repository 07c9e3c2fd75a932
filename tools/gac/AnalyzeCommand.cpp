//===- AnalyzeCommand.cpp - gac analyze -----------------------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Command.h"
#include "gac/Analysis/DimensionAnalysis.h"
#include "gac/Import/Importer.h"
#include "gac/InitAll.h"
#include "gac/Support/OutputFile.h"
#include "gac/Support/Progress.h"
#include "gac/Tools/ModuleFile.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace gac;

namespace {

class AnalyzeCommand final : public Command {
public:
  AnalyzeCommand()
      : Command("analyze", "List the dimensions of a model that the GPU runs "
                           "slowly, why, and what each costs"),
        model(llvm::cl::Positional, llvm::cl::Required,
              llvm::cl::desc("MODEL.onnx"), llvm::cl::cat(category),
              llvm::cl::sub(subCommand)),
        json("json",
             llvm::cl::desc("Write the findings as JSON, to standard output "
                            "(in place of the table) for -"),
             llvm::cl::value_desc("FILE|-"), llvm::cl::cat(category),
             llvm::cl::sub(subCommand)),
        pricing(category, subCommand) {}

  int run() override;

private:
  llvm::cl::opt<std::string> model;
  llvm::cl::opt<std::string> json;
  PricingOptionsParser pricing;
};

} // namespace

int AnalyzeCommand::run() {
  if (!json.empty() && json != "-") {
    if (llvm::Error error = checkDistinct(json, {model, model + ".data"}))
      return reportError(std::move(error));
    if (llvm::Error error = checkWritable(json))
      return reportError(std::move(error));
  }

  DialectRegistry registry;
  registerAllDialects(registry);
  MLIRContext context(registry);
  ModuleDiagnosticPrinter diagnostics(&context);
  Progress progress;

  progress.stage("reading " + model);
  ImportOptions importOptions;
  importOptions.allowMissingWeights = true;
  OwningOpRef<ModuleOp> module =
      importOnnxModel(model, &context, importOptions);
  if (!module)
    return 1;

  progress.stage("analysing " + model);
  DimensionAnalysis analysis(getModel(*module));
  llvm::Expected<std::unique_ptr<ModelPlanner>> planner =
      ModelPlanner::create(analysis, pricing.get());
  if (!planner)
    return reportError(planner.takeError());
  llvm::Expected<Report> report = (*planner)->analyze(model);
  if (!report)
    return reportError(report.takeError());
  progress.clear();

  if (json != "-")
    printReport(llvm::outs(), (*planner)->getModel(), *report);
  if (!json.empty())
    if (llvm::Error error =
            writeJSON(toJSON((*planner)->getModel(), *report), json))
      return reportError(std::move(error));
  return 0;
}

std::unique_ptr<Command> gac::createAnalyzeCommand() {
  return std::make_unique<AnalyzeCommand>();
}
