//===- Pipelines.cpp - named sequences of passes ----------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Dialect/GAC/Transforms/Passes.h"

#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"

using namespace gac;
using namespace mlir;

void gac::buildRepairPipeline(OpPassManager &passes, const PlanOptions &options,
                              ArrayRef<std::string> allowInterface) {
  if (!allowInterface.empty()) {
    AllowInterfaceOptions allow;
    allow.patterns.assign(allowInterface.begin(), allowInterface.end());
    passes.addNestedPass<func::FuncOp>(createAllowInterface(std::move(allow)));
  }
  DetectOptions detect;
  detect.target = options.target;
  detect.dtype = options.dtype;
  detect.dims = options.dims;
  passes.addPass(createDetect(std::move(detect)));
  passes.addPass(createPlan(options));
  passes.addPass(createApply());
}

namespace {
/// The options of gac-plan, on the command line of the pipeline.
struct RepairPipelineOptions : PassPipelineOptions<RepairPipelineOptions> {
  PlanOptions defaults;
  Option<std::string> target{
      *this, "target",
      llvm::cl::desc("Name of a built-in target, or a target file"),
      llvm::cl::init(defaults.target)};
  Option<std::string> dtype{
      *this, "dtype",
      llvm::cl::desc("Type that the model will run in: bf16, f16 or f32 "
                     "(default: the model's own 16-bit type, else bf16)"),
      llvm::cl::init(defaults.dtype)};
  ListOption<std::string> dims{
      *this, "dims",
      llvm::cl::desc("Sizes at which symbolic dimensions are priced, "
                     "NAME=SIZE")};
  Option<std::string> strategy{
      *this, "strategy",
      llvm::cl::desc("minimal, optimal, predefined or tradeoff"),
      llvm::cl::init(defaults.strategy)};
  Option<std::string> budget{
      *this, "budget",
      llvm::cl::desc("Weight bytes that tradeoff may add, such as 64MiB or "
                     "5%"),
      llvm::cl::init(defaults.budget)};
  ListOption<std::string> allowInterface{
      *this, "allow-interface",
      llvm::cl::desc("Names of inputs and outputs that may change, as of "
                     "gac-allow-interface")};
};
} // namespace

void gac::registerGACPipelines() {
  PassPipelineRegistration<RepairPipelineOptions>(
      "gac-repair",
      "Report slow dimensions, choose their sizes and grow them: gac-detect, "
      "gac-plan, gac-apply, and gac-allow-interface before them",
      [](OpPassManager &passes, const RepairPipelineOptions &options) {
        PlanOptions plan;
        plan.target = options.target;
        plan.dtype = options.dtype;
        plan.dims.assign(options.dims.begin(), options.dims.end());
        plan.strategy = options.strategy;
        plan.budget = options.budget;
        buildRepairPipeline(
            passes, plan,
            SmallVector<std::string>(options.allowInterface.begin(),
                                     options.allowInterface.end()));
      });
}
