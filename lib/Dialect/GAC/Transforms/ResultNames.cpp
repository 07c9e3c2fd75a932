//===- ResultNames.cpp - Names that pass to another operation ---*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ResultNames.h"
#include "gac/Dialect/GAC/IR/GACDialect.h"
#include "gac/Dialect/GAC/IR/ShapeInference.h"
#include "mlir/IR/BuiltinAttributes.h"

using namespace mlir;
using namespace gac;

void gac::takeName(Operation *made, OpResult old) {
  Operation *op = old.getOwner();
  size_t number = old.getResultNumber();
  // Names stand for all results that the operator has, sizes for those there.
  for (auto [name, index] :
       {std::pair(attr::outputs, getResultPositions(op)[number]),
        std::pair(attr::dims, number)})
    if (auto entries = op->getAttrOfType<ArrayAttr>(name);
        entries && index < entries.size())
      made->setAttr(name, ArrayAttr::get(op->getContext(), entries[index]));
}
