//===- PackagePlan.h - Which weights of a package become one ----*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_DIALECT_CUDA_TRANSFORMS_PACKAGEPLAN_H
#define GAC_DIALECT_CUDA_TRANSFORMS_PACKAGEPLAN_H

#include "gac/Dialect/CUDA/Transforms/Passes.h"
#include "gac/Planner/ProductPlanner.h"

namespace gac::cuda {

/// Reads the weights of entries, NAME=W: each of an entry, once, W from 1e-9 to
/// 1e9. `entries` are names. Fails with one sentence.
llvm::Expected<llvm::StringMap<double>>
parseEntryWeights(llvm::ArrayRef<std::string> weights,
                  llvm::ArrayRef<llvm::StringRef> entries);

/// Chooses which products of the model in `module` are multiplied and merged
/// for the entries, target and type of `options`, and makes that the plan of
/// the module (`gac.plan`), beside the growths that it has. The model is as
/// gac-form-caches leaves it. Where `given` is not null it is the plan, and
/// what it does is priced. Fails after a diagnostic.
mlir::FailureOr<ProductPlan> planPackage(mlir::ModuleOp module,
                                         const PackageOptions &options,
                                         PlanAttr given = {});

} // namespace gac::cuda

#endif // GAC_DIALECT_CUDA_TRANSFORMS_PACKAGEPLAN_H
