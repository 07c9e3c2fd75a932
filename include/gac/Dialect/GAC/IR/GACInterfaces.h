//===- GACInterfaces.h - Op interfaces of the gac dialect -------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_DIALECT_GAC_IR_GACINTERFACES_H
#define GAC_DIALECT_GAC_IR_GACINTERFACES_H

#include "gac/Dialect/GAC/IR/ShapeInference.h"
#include "mlir/IR/OpDefinition.h"
#include <optional>

#include "gac/Dialect/GAC/IR/GACInterfaces.h.inc"

#endif // GAC_DIALECT_GAC_IR_GACINTERFACES_H
