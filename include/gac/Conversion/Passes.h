//===- Passes.h - Conversions of gac to other dialects ----------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_CONVERSION_PASSES_H
#define GAC_CONVERSION_PASSES_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

#include <memory>

namespace gac {

#define GEN_PASS_DECL
#include "gac/Conversion/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "gac/Conversion/Passes.h.inc"

} // namespace gac

#endif // GAC_CONVERSION_PASSES_H
