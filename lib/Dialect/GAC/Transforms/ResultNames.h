//===- ResultNames.h - Names that pass to another operation -----*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_DIALECT_GAC_TRANSFORMS_RESULTNAMES_H
#define GAC_LIB_DIALECT_GAC_TRANSFORMS_RESULTNAMES_H

#include "mlir/IR/Operation.h"

namespace gac {

/// Gives `made`, of one result, the name of `old` and its symbols, as far as it
/// has any. `old` keeps them, too.
void takeName(mlir::Operation *made, mlir::OpResult old);

} // namespace gac

#endif // GAC_LIB_DIALECT_GAC_TRANSFORMS_RESULTNAMES_H
