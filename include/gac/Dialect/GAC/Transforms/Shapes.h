//===- Shapes.h - What passes do to the shapes of a function ----*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_DIALECT_GAC_TRANSFORMS_SHAPES_H
#define GAC_DIALECT_GAC_TRANSFORMS_SHAPES_H

#include "gac/Analysis/ShapeValues.h"
#include "gac/Support/DimBindings.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace gac {

/// Gives each axis whose symbol (`gac.dims`) is bound, or is a formula of bound
/// symbols, its size in the types of `function`. Formulas of other symbols too
/// keep those.
void bindSymbols(mlir::func::FuncOp function, const DimBindings &bindings);

/// Refines the result types of `function` by what `values`, which is about
/// it, knows. Fails after a diagnostic where an op provably cannot run.
mlir::LogicalResult refineTypes(mlir::func::FuncOp function,
                                const ShapeValues &values);

/// Replaces each small integer tensor all of whose elements `values` knows by a
/// constant, and erases what nothing reads any more for that. `values` is stale
/// then.
void foldShapes(mlir::func::FuncOp function, const ShapeValues &values);

} // namespace gac

#endif // GAC_DIALECT_GAC_TRANSFORMS_SHAPES_H
