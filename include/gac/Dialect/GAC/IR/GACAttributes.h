//===- GACAttributes.h - Attributes of the gac dialect ----------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_DIALECT_GAC_IR_GACATTRIBUTES_H
#define GAC_DIALECT_GAC_IR_GACATTRIBUTES_H

#include "gac/Support/LaneRun.h"
#include "mlir/IR/BuiltinAttributeInterfaces.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"

#define GET_ATTRDEF_CLASSES
#include "gac/Dialect/GAC/IR/GACAttributes.h.inc"

#endif // GAC_DIALECT_GAC_IR_GACATTRIBUTES_H
