//===- WeightRecipes.h - Weights that a model describes -------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_IMPORT_WEIGHTRECIPES_H
#define GAC_IMPORT_WEIGHTRECIPES_H

#include "mlir/IR/BuiltinOps.h"

namespace gac {

/// Makes recipes again of what a model that was exported without its weights
/// (`ExportOptions::graphOnly`) says about them in its metadata: an initializer
/// whose value is `#gac.absent`, at the place that was left for it, becomes the
/// `#gac.pad`s over the original tensor, absent as well, that it was exported
/// from. Others stay as they are. Fails after a diagnostic when the metadata
/// are damaged or do not fit to the model.
mlir::LogicalResult restoreRecipes(mlir::ModuleOp module);

} // namespace gac

#endif // GAC_IMPORT_WEIGHTRECIPES_H
