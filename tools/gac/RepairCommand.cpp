//===- RepairCommand.cpp - gac repair -------------------------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Command.h"
#include "ModelCheck.h"
#include "gac/Analysis/DimensionAnalysis.h"
#include "gac/Dialect/GAC/Transforms/Passes.h"
#include "gac/Export/Exporter.h"
#include "gac/Support/OutputFile.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/WithColor.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace gac;

namespace {

class RepairCommand final : public PricingCommand {
public:
  RepairCommand()
      : PricingCommand("repair",
                       "Grow the dimensions that the GPU runs slowly, pad the "
                       "weights, and write the model",
                       "the plan"),
        output("o", llvm::cl::Required, llvm::cl::desc("The repaired model"),
               llvm::cl::value_desc("OUT.onnx"), llvm::cl::cat(category),
               llvm::cl::sub(subCommand)),
        strategy("strategy",
                 llvm::cl::desc("How new sizes are chosen: minimal (default), "
                                "optimal, predefined or tradeoff"),
                 llvm::cl::value_desc("NAME"), llvm::cl::init("minimal"),
                 llvm::cl::cat(category), llvm::cl::sub(subCommand)),
        budget("budget",
               llvm::cl::desc("What tradeoff may add to the weights: bytes "
                              "such as 64MiB, or a share (default 5%)"),
               llvm::cl::value_desc("SIZE"), llvm::cl::cat(category),
               llvm::cl::sub(subCommand)),
        makeStatic("static",
                   llvm::cl::desc("Write the sizes given by --dim into the "
                                  "model"),
                   llvm::cl::cat(category), llvm::cl::sub(subCommand)),
        graphOnly("graph-only",
                  llvm::cl::desc("Write no weights but those that stand in "
                                 "the model file and are no floats or have "
                                 "at most 4096 elements: its metadata say "
                                 "how to make the others. Weight files may "
                                 "be missing"),
                  llvm::cl::cat(category), llvm::cl::sub(subCommand)),
        check("check",
              llvm::cl::desc("Run both models under ONNX Runtime on random "
                             "inputs, where Python (python3, or what "
                             "GAC_PYTHON names) has it, and compare: an error "
                             "if they differ"),
              llvm::cl::cat(category), llvm::cl::sub(subCommand)),
        all("all",
            llvm::cl::desc("A line of the plan for each dimension, not for "
                           "all that are alike in different layers"),
            llvm::cl::cat(category), llvm::cl::sub(subCommand)) {}

  int run() override;

private:
  llvm::Error readOptions(Strategy &chosen, Budget &chosenBudget) const;
  llvm::Error checkCheckOption() const;
  LogicalResult bindDims(ModuleOp module) const;
  int report(const ModelCheck &checked) const;

  llvm::cl::opt<std::string> output;
  llvm::cl::opt<std::string> strategy;
  llvm::cl::opt<std::string> budget;
  llvm::cl::opt<bool> makeStatic;
  llvm::cl::opt<bool> graphOnly;
  llvm::cl::opt<bool> check;
  llvm::cl::opt<bool> all;
};

} // namespace

/// Whether there will be two models to compare.
llvm::Error RepairCommand::checkCheckOption() const {
  if (!check)
    return llvm::Error::success();
  if (graphOnly)
    return llvm::createStringError(
        "--check runs the model, which --graph-only leaves without weights");
  if (llvm::sys::fs::equivalent(model, output))
    return llvm::createStringError("--check compares with '" + model +
                                   "', which the output would replace");
  return llvm::Error::success();
}

/// Everything that can be refused before the model is read.
llvm::Error RepairCommand::readOptions(Strategy &chosen,
                                       Budget &chosenBudget) const {
  llvm::Expected<Strategy> parsed = parseStrategy(strategy);
  if (!parsed)
    return parsed.takeError();
  chosen = *parsed;
  if (budget.getNumOccurrences() != 0) {
    if (budget.empty())
      return makeEmptyError("budget");
    if (chosen != Strategy::Tradeoff)
      return llvm::createStringError(
          "--budget is for --strategy=tradeoff, not for " + strategy);
    llvm::Expected<Budget> parsedBudget = parseBudget(budget);
    if (!parsedBudget)
      return parsedBudget.takeError();
    chosenBudget = *parsedBudget;
  }
  if (makeStatic && !pricing.hasDims())
    return llvm::createStringError("--static writes the sizes given by --dim, "
                                   "and no --dim is given");
  if (llvm::Error error = checkCheckOption())
    return error;
  if (llvm::Error error = checkWritable(output))
    return error;
  return checkOptions({output});
}

/// Replaces the bound symbols by their sizes, wherever these reach.
LogicalResult RepairCommand::bindDims(ModuleOp module) const {
  BindDimsOptions bind;
  bind.dims = llvm::to_vector<4>(pricing.get().dims);
  PassManager passes(module.getContext());
  passes.addPass(createBindDims(std::move(bind)));
  passes.addNestedPass<func::FuncOp>(createInferShapes());
  return passes.run(module);
}

int RepairCommand::run() {
  Strategy chosen;
  Budget chosenBudget;
  if (llvm::Error error = readOptions(chosen, chosenBudget))
    return reportError(std::move(error));

  Session session;
  OwningOpRef<ModuleOp> module =
      readModel(session, /*allowMissingWeights=*/graphOnly);
  if (!module || failed(markInterface(*module)))
    return 1;
  PricingOptions pricingOptions = pricing.get();
  if (makeStatic) {
    if (failed(bindDims(*module)))
      return 1;
    // The names are gone now; the sizes are in the types.
    pricingOptions.dims.clear();
  }

  session.progress.stage("planning");
  std::string planText;
  std::optional<llvm::json::Value> planJSON;
  {
    DimensionAnalysis analysis(getModel(*module));
    llvm::Expected<std::unique_ptr<ModelPlanner>> planner =
        ModelPlanner::create(analysis, pricingOptions);
    if (!planner)
      return reportError(planner.takeError());
    llvm::Expected<RepairPlan> plan = (*planner)->plan(chosen, chosenBudget);
    if (!plan)
      return reportError(plan.takeError());
    (*planner)->attachPlan(*module, *plan);
    llvm::raw_string_ostream text(planText);
    llvm::Expected<Report> rest = (*planner)->getLeft(*plan, model);
    if (!rest)
      return reportError(rest.takeError());
    (*planner)->printPlan(text, *plan, *rest, all);
    planJSON = (*planner)->toJSON(*plan, *rest);
    session.progress.clear();
    reportIdlePatterns(*module, (*planner)->getInterfaceChanges(*plan));
  }

  session.progress.stage("repairing");
  PassManager passes(&session.context);
  passes.addPass(createApply());
  if (failed(passes.run(*module)))
    return 1;

  session.progress.stage("writing " + output);
  ExportOptions exportOptions;
  exportOptions.graphOnly = graphOnly;
  exportOptions.inputPath = model;
  if (failed(exportOnnxModel(*module, output, exportOptions)))
    return 1;
  session.progress.clear();
  if (!printsJSON())
    llvm::outs() << planText << "Wrote " << output << "\n";

  std::optional<ModelCheck> checked;
  if (check) {
    llvm::outs().flush();
    session.progress.stage("checking " + output);
    SmallVector<std::string> dims;
    if (makeStatic)
      llvm::append_range(dims, pricing.get().dims);
    llvm::Expected<ModelCheck> result = checkModel(output, model, dims);
    session.progress.clear();
    if (!result)
      return reportError(result.takeError());
    planJSON->getAsObject()->insert({"check", std::move(result->json)});
    checked = std::move(*result);
  }
  if (llvm::Error error = writeJSON(*planJSON))
    return reportError(std::move(error));
  return checked ? report(*checked) : 0;
}

/// The exit code for what a comparison found.
int RepairCommand::report(const ModelCheck &checked) const {
  switch (checked.outcome) {
  case ModelCheck::Outcome::Agrees:
    if (!printsJSON())
      llvm::outs() << checked.text << "\n";
    return 0;
  case ModelCheck::Outcome::Differs:
    return reportError(llvm::createStringError(
        "'" + output + "' does not compute the same: " + checked.text));
  case ModelCheck::Outcome::Unavailable:
    llvm::WithColor::warning(llvm::errs(), "gac") << checked.text << "\n";
    return 0;
  }
  llvm_unreachable("unknown outcome");
}

std::unique_ptr<Command> gac::createRepairCommand() {
  return std::make_unique<RepairCommand>();
}
