//===- PlanFile.h - Plans as files ----------------------------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A plan file is the text of one `#gac.plan`, as modules have it.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_TOOLS_GAC_PLANFILE_H
#define GAC_TOOLS_GAC_PLANFILE_H

#include "gac/Dialect/GAC/IR/GACAttributes.h"
#include "llvm/Support/Error.h"

namespace gac {

/// Reads the file `path`. Fails with one sentence when it cannot be read or
/// holds something else.
llvm::Expected<PlanAttr> readPlanFile(mlir::MLIRContext *context,
                                      llvm::StringRef path);

/// Writes `plan` to `path`, as a whole or not at all.
llvm::Error writePlanFile(PlanAttr plan, llvm::StringRef path);

} // namespace gac

#endif // GAC_TOOLS_GAC_PLANFILE_H
