//===- Pipelines.cpp - From an imported model to the scheduled form -------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Dialect/CUDA/Transforms/Passes.h"

#include "gac/Dialect/GAC/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace gac;

void gac::cuda::buildPreparationPipeline(OpPassManager &passes,
                                         const PackageOptions &options) {
  passes.addPass(createAttachOrigins());
  OpPassManager &model = passes.nest<func::FuncOp>();
  model.addPass(createRecover());
  FormCachesOptions caches;
  caches.caches.assign(options.caches.begin(), options.caches.end());
  model.addPass(createFormCaches(std::move(caches)));
}

void gac::cuda::buildCompilationPipeline(OpPassManager &passes,
                                         const PackageOptions &options) {
  passes.addPass(createMultiplyFactors());
  passes.addPass(createMergeProducts());

  SpecializeEntriesOptions entries;
  entries.entries.assign(options.entries.begin(), options.entries.end());
  passes.addPass(createSpecializeEntries(std::move(entries)));
  OpPassManager &functions = passes.nest<func::FuncOp>();
  functions.addPass(createPlaceCaches());
  functions.addPass(createRecover());
  functions.addPass(createInferShapes());
  functions.addPass(createFoldShapes());
  functions.addPass(createCanonicalizerPass());
  functions.addPass(createCSEPass());

  ConvertPrecisionOptions precision;
  precision.dtype = options.dtype;
  passes.addPass(createConvertPrecision(std::move(precision)));

  OpPassManager &kernels = passes.nest<func::FuncOp>();
  kernels.addPass(createConvertToKernels());
  kernels.addPass(createFuseElementwise());
  kernels.addPass(createCanonicalizerPass());
  kernels.addPass(createCSEPass());

  passes.addPass(createSchedule());
  passes.addPass(createTransposeWeights({options.target}));
  passes.addPass(createSelectKernels({options.target}));
  passes.addNestedPass<EntryOp>(createFuseGemvInputs());
  passes.addPass(createFuseAttentionStep({options.target}));
  passes.addPass(createGroupGemvs({options.target}));
  passes.addNestedPass<EntryOp>(createAllocateArena());
  passes.addPass(createOutlineKernels({options.target}));
}

void gac::cuda::buildPackagePipeline(OpPassManager &passes,
                                     const PackageOptions &options) {
  buildPreparationPipeline(passes, options);
  if (options.plan) {
    PlanProductsOptions plan;
    plan.entries.assign(options.entries.begin(), options.entries.end());
    plan.weights.assign(options.entryWeights.begin(),
                        options.entryWeights.end());
    plan.dtype = options.dtype;
    plan.target = options.target;
    plan.multiply = options.multiply;
    passes.addPass(createPlanProducts(std::move(plan)));
  }
  buildCompilationPipeline(passes, options);
}

namespace {
struct PackagePipelineOptions : PassPipelineOptions<PackagePipelineOptions> {
  cuda::PackageOptions defaults;
  Option<std::string> dtype{
      *this, "dtype",
      llvm::cl::desc("bf16 or f16 (default: the model's own 16-bit type, else "
                     "bf16)")};
  ListOption<std::string> entries{
      *this, "entries",
      llvm::cl::desc("Entries with the size of each symbol, "
                     "NAME:SYMBOL=SIZE:SYMBOL=SIZE ...")};
  ListOption<std::string> weights{
      *this, "weights",
      llvm::cl::desc("What entries' times count where weights are chosen, "
                     "NAME=W (default 1)")};
  Option<bool> plan{*this, "plan",
                    llvm::cl::desc("Merge products and multiply pairs back "
                                   "where that is faster"),
                    llvm::cl::init(defaults.plan)};
  Option<bool> multiply{*this, "multiply",
                        llvm::cl::desc("Whether the plan may multiply pairs"),
                        llvm::cl::init(defaults.multiply)};
  ListOption<std::string> caches{
      *this, "caches",
      llvm::cl::desc("Inputs and outputs that are caches, INPUT=OUTPUT "
                     "(default: by structure)")};
  Option<std::string> target{
      *this, "target",
      llvm::cl::desc("The GPU that kernels are chosen for: a built-in target's "
                     "name, or a target file"),
      llvm::cl::init(defaults.target)};
};
} // namespace

void gac::cuda::registerCUDAPipelines() {
  PassPipelineRegistration<PackagePipelineOptions>(
      "gac-package", "From an imported model to the scheduled form",
      [](OpPassManager &passes, const PackagePipelineOptions &options) {
        PackageOptions package;
        package.dtype = options.dtype;
        package.entries.assign(options.entries.begin(), options.entries.end());
        package.plan = options.plan;
        package.multiply = options.multiply;
        package.entryWeights.assign(options.weights.begin(),
                                    options.weights.end());
        package.caches.assign(options.caches.begin(), options.caches.end());
        package.target = options.target;
        buildPackagePipeline(passes, package);
      });
}
