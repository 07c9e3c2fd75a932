//===- Entries.h - The entries that a package is asked for ----------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_DIALECT_CUDA_TRANSFORMS_ENTRIES_H
#define GAC_LIB_DIALECT_CUDA_TRANSFORMS_ENTRIES_H

#include "gac/Support/DimBindings.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"

#include <optional>
#include <string>

namespace gac::cuda {

/// No package, and so no value of one, has more bytes: the runtime's
/// maxPackageBytes. What kernels count stays far below 64 bits.
inline constexpr int64_t kMostBytes = int64_t(1) << 48;

/// The first axis with which a static shape has more than `kMostBytes`; none
/// if it has not.
std::optional<unsigned> findExcess(mlir::ShapedType type);

/// An entry that somebody asks for.
struct Entry {
  std::string name;
  DimBindings sizes;
};

/// A cache of the model's function.
struct Cache {
  unsigned input;
  std::string name;
  /// What its number of past positions is called.
  std::string symbol;
};

/// The one function of a model. Fails after a diagnostic if there are others,
/// as do the functions below.
mlir::FailureOr<mlir::func::FuncOp> findModel(mlir::ModuleOp module);

/// The attribute of an argument that is a cache; null for others.
mlir::DictionaryAttr getCache(mlir::func::FuncOp function, unsigned input);

/// What gac-form-caches has marked.
mlir::FailureOr<mlir::SmallVector<Cache>> findCaches(mlir::func::FuncOp model);

/// Reads entries, NAME:SYMBOL=SIZE:SYMBOL=SIZE ...: at least one, each under a
/// name of its own and with a size for all of the model's symbols.
mlir::FailureOr<mlir::SmallVector<Entry>>
parseEntries(mlir::func::FuncOp model, mlir::ArrayRef<Cache> caches,
             mlir::ArrayRef<std::string> entries);

} // namespace gac::cuda

#endif // GAC_LIB_DIALECT_CUDA_TRANSFORMS_ENTRIES_H
