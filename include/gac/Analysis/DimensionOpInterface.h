//===- DimensionOpInterface.h - rules of the dimension algebra --*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_ANALYSIS_DIMENSIONOPINTERFACE_H
#define GAC_ANALYSIS_DIMENSIONOPINTERFACE_H

#include "gac/Analysis/DimensionRules.h"
#include "mlir/IR/OpDefinition.h"

#include "gac/Analysis/DimensionOpInterface.h.inc"

namespace gac {

/// Attaches the dimension rules to the ops of the gac dialect.
void registerDimensionModels(mlir::DialectRegistry &registry);

} // namespace gac

#endif // GAC_ANALYSIS_DIMENSIONOPINTERFACE_H
