//===- Detect.cpp - report dimensions the target is slow at --- -*- C++ -*-===//
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
#define GEN_PASS_DEF_DETECT
#include "gac/Dialect/GAC/Transforms/Passes.h.inc"
} // namespace gac

using namespace mlir;
using namespace gac;

namespace {
struct DetectPass : public gac::impl::DetectBase<DetectPass> {
  using Base::Base;

  void runOnOperation() override;

private:
  LogicalResult detect(func::FuncOp function);
};
} // namespace

/// "dimension 'b:1' of size 107 is slow: K = 107: rows ...; it is the rank of
/// layers 3 mlp.up_proj; predicted cost 2.9x".
static void report(const ModelProblem &model, const Finding &finding) {
  Operation *op = model.uses[finding.uses.front()]->op;
  InFlightDiagnostic remark = emitRemark(op->getLoc(), "dimension '")
                              << finding.id << "' of size " << finding.size
                              << " is slow: ";
  llvm::interleave(
      finding.causes,
      [&](const Cause &cause) { remark << describeCause(finding, cause); },
      [&] { remark << "; "; });
  std::string blocks = model.names.formatBlocks(finding.place, /*isOne=*/true),
              modules = ModuleNames::formatModules(finding.place);
  remark << "; it is the " << finding.description;
  if (!blocks.empty() || !modules.empty())
    remark << " of " << blocks << (blocks.empty() ? "" : " ") << modules;
  remark << "; predicted cost " << formatCostFactor(finding);
  if (finding.repaired) {
    if (*finding.repaired == finding.size)
      remark << "; the least repair moves it";
    else
      remark << "; the least repair makes it " << *finding.repaired;
    return;
  }
  remark << "; it cannot become a multiple of " << finding.required;
  for (const FixReason *reason : finding.reasons) {
    Location location = reason->op ? reason->op->getLoc()
                                   : model.analysis.getFunction()->getLoc();
    remark.attachNote(location) << model.analysis.describe(*reason);
  }
  for (const std::string &reason : finding.otherReasons)
    remark.attachNote(op->getLoc()) << reason;
  if (finding.remedy)
    remark.attachNote(model.analysis.getFunction()->getLoc())
        << describeRemedy(*finding.remedy);
}

LogicalResult DetectPass::detect(func::FuncOp function) {
  auto &analysis = getChildAnalysis<DimensionAnalysis>(function);
  auto planner = ModelPlanner::create(
      analysis, {target, dtype, {dims.begin(), dims.end()}});
  if (!planner)
    return function.emitError(llvm::toString(planner.takeError()));
  llvm::Expected<Report> findings = (*planner)->analyze("");
  if (!findings)
    return function.emitError(llvm::toString(findings.takeError()));
  for (const Finding &finding : findings->findings)
    report((*planner)->getModel(), finding);
  return success();
}

void DetectPass::runOnOperation() {
  for (auto function : getOperation().getOps<func::FuncOp>())
    if (!function.isExternal() && failed(detect(function)))
      return signalPassFailure();
  markAllAnalysesPreserved();
}
