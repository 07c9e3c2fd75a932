//===- PlannedGrowth.h - What a plan grows --------------------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_DIALECT_GAC_TRANSFORMS_PLANNEDGROWTH_H
#define GAC_LIB_DIALECT_GAC_TRANSFORMS_PLANNEDGROWTH_H

#include "gac/Analysis/DimensionAnalysis.h"
#include "gac/Dialect/GAC/IR/GACAttributes.h"

namespace gac {

/// The new sizes that `plan` gives to dimensions of `function`. Fails after a
/// diagnostic if it names a dimension that is not there, is twice there, has
/// another size, or may not grow.
mlir::FailureOr<Growth> readGrowth(mlir::func::FuncOp function,
                                   const DimensionAnalysis &analysis,
                                   PlanAttr plan);

/// Where the lanes of `axis` are after growth.
LanesAttr getGrownLanes(Term axis, const DimensionAnalysis &analysis,
                        const Growth &growth);

/// The type of `value` after growth of its `axes`.
mlir::Type getGrownType(mlir::Value value, llvm::ArrayRef<Term> axes,
                        DimensionSpace &space, const Growth &growth);

} // namespace gac

#endif // GAC_LIB_DIALECT_GAC_TRANSFORMS_PLANNEDGROWTH_H
