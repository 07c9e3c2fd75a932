//===- Passes.h - Passes of the gac dialect ---------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_DIALECT_GAC_TRANSFORMS_PASSES_H
#define GAC_DIALECT_GAC_TRANSFORMS_PASSES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

#include <memory>
#include <string>

namespace gac {

#define GEN_PASS_DECL
#include "gac/Dialect/GAC/Transforms/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "gac/Dialect/GAC/Transforms/Passes.h.inc"

/// Adds the pipeline `gac-repair`: gac-detect, gac-plan and gac-apply, on a
/// module; before them gac-allow-interface, where there are patterns for it.
void buildRepairPipeline(mlir::OpPassManager &passes,
                         const PlanOptions &options = {},
                         llvm::ArrayRef<std::string> allowInterface = {});

/// Registers the pipelines for use by name.
void registerGACPipelines();

} // namespace gac

#endif // GAC_DIALECT_GAC_TRANSFORMS_PASSES_H
