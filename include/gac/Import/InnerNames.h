//===- InnerNames.h - Names inside the graphs of opaque ops -----*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_IMPORT_INNERNAMES_H
#define GAC_IMPORT_INNERNAMES_H

#include "gac/Dialect/GAC/IR/GACOps.h"
#include "llvm/ADT/StringSet.h"

namespace gac {

/// Adds the names in the graphs, at any depth, that `op` keeps as encoded
/// attributes: to `values` those of all values that the graphs define or read,
/// to `nodes` those of their nodes. ONNX wants names to differ from these, too.
/// What cannot be decoded adds nothing; export says so.
void collectInnerNames(OpaqueOp op, llvm::StringSet<> &values,
                       llvm::StringSet<> &nodes);

} // namespace gac

#endif // GAC_IMPORT_INNERNAMES_H
