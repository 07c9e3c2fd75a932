//===- GACTypes.h - Types of the gac dialect --------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_DIALECT_GAC_IR_GACTYPES_H
#define GAC_DIALECT_GAC_IR_GACTYPES_H

#include "mlir/IR/BuiltinTypes.h"

#define GET_TYPEDEF_CLASSES
#include "gac/Dialect/GAC/IR/GACTypes.h.inc"

#endif // GAC_DIALECT_GAC_IR_GACTYPES_H
