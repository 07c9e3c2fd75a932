//===- Plan.cpp - choose the sizes of a repair ---------------- -*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Analysis/DimensionAnalysis.h"
#include "gac/Dialect/GAC/IR/GACDialect.h"
#include "gac/Dialect/GAC/Transforms/Passes.h"
#include "gac/Planner/ModelPlanner.h"

namespace gac {
#define GEN_PASS_DEF_PLAN
#include "gac/Dialect/GAC/Transforms/Passes.h.inc"
} // namespace gac

using namespace mlir;
using namespace gac;

namespace {
struct PlanPass : public gac::impl::PlanBase<PlanPass> {
  using Base::Base;

  void runOnOperation() override;

private:
  llvm::Error plan(func::FuncOp function);
};
} // namespace

llvm::Error PlanPass::plan(func::FuncOp function) {
  llvm::Expected<Strategy> chosen = parseStrategy(strategy);
  if (!chosen)
    return chosen.takeError();
  llvm::Expected<Budget> bytes = parseBudget(budget);
  if (!bytes)
    return bytes.takeError();
  auto planner =
      ModelPlanner::create(getChildAnalysis<DimensionAnalysis>(function),
                           {target, dtype, {dims.begin(), dims.end()}});
  if (!planner)
    return planner.takeError();
  llvm::Expected<RepairPlan> plan = (*planner)->plan(*chosen, *bytes);
  if (!plan)
    return plan.takeError();
  (*planner)->attachPlan(getOperation(), *plan);
  return llvm::Error::success();
}

void PlanPass::runOnOperation() {
  // A model is one function.
  auto functions = getOperation().getOps<func::FuncOp>();
  if (functions.empty())
    return;
  if (llvm::Error error = plan(*functions.begin())) {
    (*functions.begin()).emitError(llvm::toString(std::move(error)));
    return signalPassFailure();
  }
  markAllAnalysesPreserved();
}
