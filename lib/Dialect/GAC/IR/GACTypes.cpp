//===- GACTypes.cpp - Types of the gac dialect ----------------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Dialect/GAC/IR/GACTypes.h"
#include "gac/Dialect/GAC/IR/GACDialect.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace gac;

#define GET_TYPEDEF_CLASSES
#include "gac/Dialect/GAC/IR/GACTypes.cpp.inc"

void GACDialect::registerTypes() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "gac/Dialect/GAC/IR/GACTypes.cpp.inc"
      >();
}
