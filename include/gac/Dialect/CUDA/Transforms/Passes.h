//===- Passes.h - From a model to a package ---------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_DIALECT_CUDA_TRANSFORMS_PASSES_H
#define GAC_DIALECT_CUDA_TRANSFORMS_PASSES_H

#include "gac/Dialect/CUDA/IR/CUDAOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Pass/Pass.h"

#include <memory>
#include <string>
#include <vector>

namespace gac::cuda {

#define GEN_PASS_DECL
#include "gac/Dialect/CUDA/Transforms/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "gac/Dialect/CUDA/Transforms/Passes.h.inc"

/// What a package is made for.
struct PackageOptions {
  /// "bf16" or "f16"; empty for the model's own 16-bit type, else bf16.
  std::string dtype;
  /// Entries as "prefill:batch=1:seq=1024".
  std::vector<std::string> entries;
  /// What entries' times count where weights are chosen, "decode=4"; 1 for
  /// others.
  std::vector<std::string> entryWeights;
  /// Whether weights may become one: gac-plan-products runs.
  bool plan = true;
  /// Whether that may multiply low-rank pairs back, which takes more bytes.
  bool multiply = true;
  /// Caches as `--cache` takes them, "past=present"; by structure if empty.
  std::vector<std::string> caches;
  /// Name of a built-in target, or a target file.
  std::string target = "h200";
};

/// Adds the pipeline `gac-package`, from an imported model to the scheduled
/// form: the two below, with gac-plan-products in between.
void buildPackagePipeline(mlir::OpPassManager &passes,
                          const PackageOptions &options);

/// Adds what comes before the plan: recovery, and which inputs are caches.
void buildPreparationPipeline(mlir::OpPassManager &passes,
                              const PackageOptions &options);

/// Adds what comes after it, from the weights that become one to the scheduled
/// form.
void buildCompilationPipeline(mlir::OpPassManager &passes,
                              const PackageOptions &options);

/// Registers the pipeline for use by name.
void registerCUDAPipelines();

} // namespace gac::cuda

#endif // GAC_DIALECT_CUDA_TRANSFORMS_PASSES_H
