//===- GACDialect.cpp - The gac dialect -----------------------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Dialect/GAC/IR/GACDialect.h"
#include "gac/Dialect/GAC/IR/GACOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

using namespace mlir;
using namespace gac;

#include "gac/Dialect/GAC/IR/GACDialect.cpp.inc"

void GACDialect::initialize() {
  registerAttributes();
  registerTypes();
  addOperations<
#define GET_OP_LIST
#include "gac/Dialect/GAC/IR/GACOps.cpp.inc"
      >();
}

int64_t gac::getOnnxOpset(Operation *op) {
  for (; op; op = op->getParentOp())
    if (auto opset = op->getAttrOfType<IntegerAttr>(attr::opset))
      return opset.getInt();
  return kLastOpset;
}
