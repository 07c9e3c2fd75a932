//===- ModelPlanner.h - findings and plans of a model --------- -*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_PLANNER_MODELPLANNER_H
#define GAC_PLANNER_MODELPLANNER_H

#include "gac/Dialect/GAC/IR/GACAttributes.h"
#include "gac/Planner/Findings.h"
#include "gac/Planner/Strategy.h"
#include "mlir/IR/BuiltinOps.h"
#include <memory>

namespace gac {

/// How a model is priced.
struct PricingOptions {
  /// Name of a built-in target, or a target file.
  std::string target = "h200";
  /// "bf16", "f16" or "f32"; empty for the model's own 16-bit type, or bf16.
  std::string dtype;
  /// NAME=SIZE, for symbolic dimensions.
  std::vector<std::string> dims;
};

/// A repair that was chosen, and what it does.
struct RepairPlan {
  Strategy strategy;
  std::vector<int64_t> sizes;
  /// Whether the strategy's optimum was found; see PlanSolution.
  bool exact;
  int64_t addedBytes;
  /// Predicted picoseconds; absent where the target was not measured.
  std::optional<int64_t> timeNow, timeThen;
};

/// Prices the dimensions of one function for one target. Keeps a reference to
/// the analysis.
class ModelPlanner {
public:
  /// Fails, with one sentence, on an unknown target, type or symbol, and on
  /// what is wrong in a target file.
  static llvm::Expected<std::unique_ptr<ModelPlanner>>
  create(const DimensionAnalysis &analysis, const PricingOptions &options);

  const ModelProblem &getModel() const { return *model; }
  const PricedProblem &getPriced() const { return *priced; }

  /// What `gac analyze` says of the model in `file`.
  llvm::Expected<Report> analyze(llvm::StringRef file) const;

  /// A budget counts from the weights as they were before a first repair under
  /// a budget, which the model remembers: repairing twice spends it once.
  llvm::Expected<RepairPlan> plan(Strategy strategy,
                                  const Budget &budget = {}) const;

  /// Makes `plan` the plan of the module (`gac.plan`), and lets the module
  /// remember from where its budget counts (`gac.weight_bytes`).
  void attachPlan(mlir::ModuleOp module, const RepairPlan &plan) const;

  /// The growths of a plan as an attribute, in the order of the dimensions.
  PlanAttr getPlanAttr(mlir::MLIRContext *context,
                       const RepairPlan &plan) const;

  /// What stays below full speed under a plan, and why. The totals' times are
  /// absent.
  llvm::Expected<Report> getLeft(const RepairPlan &plan,
                                 llvm::StringRef file) const;

  /// The inputs and outputs that a plan changes, with their new sizes.
  std::vector<InterfaceChange>
  getInterfaceChanges(const RepairPlan &plan) const;

  /// A table and a sentence about a plan, and what stays as it is (`rest`); see
  /// toJSON() for programs. A line for each dimension if `isWhole`, else for
  /// all that are alike.
  void printPlan(llvm::raw_ostream &os, const RepairPlan &plan,
                 const Report &rest, bool isWhole = false) const;
  llvm::json::Value toJSON(const RepairPlan &plan, const Report &rest) const;

private:
  ModelPlanner() = default;

  /// A report without findings.
  Report makeReport(llvm::StringRef file) const;
  void printGrowths(llvm::raw_ostream &os, llvm::ArrayRef<unsigned> grown,
                    const RepairPlan &plan, bool isWhole) const;
  void printRewrites(llvm::raw_ostream &os, const RepairPlan &plan) const;

  /// What a budget of weight bytes leaves after earlier repairs.
  Budget getRest(const Budget &budget) const;

  Target target;
  DType dtype = DType::BF16;
  bool defaultDType = true;
  std::vector<SymbolSize> symbols;
  std::unique_ptr<ModelProblem> model;
  std::unique_ptr<PricedProblem> priced;
};

} // namespace gac

#endif // GAC_PLANNER_MODELPLANNER_H
