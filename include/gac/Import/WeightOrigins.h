//===- WeightOrigins.h - What a repaired model says of its weights --------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Export leaves word of what it made weights of, in the metadata entry that
// Exporter.h describes. It is read here.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_IMPORT_WEIGHTORIGINS_H
#define GAC_IMPORT_WEIGHTORIGINS_H

#include "mlir/IR/BuiltinAttributeInterfaces.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/JSON.h"

namespace gac {

class InitializerOp;

/// Key of the metadata entry.
inline constexpr llvm::StringLiteral kWeightsKey = "gac.weights";
/// Changes when a reader of the old form would misread the new one.
inline constexpr int64_t kWeightsVersion = 1;

/// The descriptions in an entry of the text `text`, by the weights' names.
/// Fails with one sentence when it is damaged or of another version.
llvm::Expected<llvm::StringMap<llvm::json::Object>>
parseWeightsEntry(llvm::StringRef text);

/// The recipe, over a `#gac.original`, of the weight `name` that `description`
/// speaks of. Fails with one sentence when it is damaged.
llvm::Expected<mlir::TypedAttr>
readOrigin(llvm::StringRef name, const llvm::json::Object &description,
           mlir::MLIRContext *context);

/// `origin` for data of `type`: rounded if that has other floats. Null if the
/// shapes differ, so that the data must be of something else.
mlir::TypedAttr fitOrigin(mlir::TypedAttr origin, mlir::ShapedType type);

/// The attribute at the bottom of recipes: what a weight was before anything
/// was done to it. A recipe of several weights is at the bottom itself.
mlir::TypedAttr getOriginalWeight(mlir::TypedAttr value);

/// What an initializer `name` was called before anything was repaired. `origin`
/// is its `gac.origin`, null if it has none.
llvm::StringRef getOriginalName(llvm::StringRef name, mlir::TypedAttr origin);
llvm::StringRef getOriginalName(InitializerOp op);

/// How many lanes the axis `axis` of an initializer had then.
int64_t getOriginalSize(InitializerOp op, int64_t axis);

/// Gives the initializers of a model that was read from a file their
/// `gac.origin`, as its metadata say, and copies that were made since the name
/// of their original; values stay as they are. What is said of
/// tensors that have other shapes by now is passed over, and one remark says
/// so. Fails after a diagnostic when the metadata are damaged.
mlir::LogicalResult attachOrigins(mlir::ModuleOp module);

} // namespace gac

#endif // GAC_IMPORT_WEIGHTORIGINS_H
