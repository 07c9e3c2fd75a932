//===- InterfaceMetadata.h - How an interface has changed -------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A model whose inputs or outputs a repair has made wider says so in its
// metadata entry `gac.interface`, for those who run it. It is JSON:
//
//     {"version": 1,
//      "inputs": [{"name": "past_0_0", "axes": [{
//        "axis": 3, "from": 14, "to": 16, "lanes": [[0, 0, 7], [7, 8, 7]]}]}],
//      "outputs": [...]}
//
// Each changed axis had `from` lanes in the model before the first repair and
// has `to` now; `lanes` lists the runs [from, to, length] of old lanes, in
// ascending order, which are all of them. An input has to hold zeros on the new
// lanes. Those of an output that shares a dimension with such an input (the
// cache of one step that is the past of the next) are zero, those of another
// are finite. In the IR it is `gac.lanes` of arguments and results.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_IMPORT_INTERFACEMETADATA_H
#define GAC_IMPORT_INTERFACEMETADATA_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/Support/JSON.h"

namespace gac {

inline constexpr llvm::StringLiteral kInterfaceKey = "gac.interface";

/// Notes what the metadata entry `text` says at the arguments and results of
/// the model's function. What it says of names that the function does not have
/// is ignored: another tool may have taken them out. Fails after a diagnostic
/// where the entry is damaged or does not fit to the sizes.
mlir::LogicalResult readInterface(mlir::func::FuncOp function,
                                  llvm::StringRef text);

/// The entry for what the function says; nothing if no axis has changed.
std::optional<llvm::json::Value> describeInterface(mlir::func::FuncOp function);

} // namespace gac

#endif // GAC_IMPORT_INTERFACEMETADATA_H
