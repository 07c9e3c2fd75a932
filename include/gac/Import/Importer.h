//===- Importer.h - From ONNX to the gac dialect ----------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Import is syntactic: it states a model in the dialect and rewrites nothing.
// Whatever the dialect cannot state becomes `gac.opaque` or goes into the
// residual (see Residual.h), so that export gives back the same model.
//
// Weights are not read. Large ones, and all external ones, become `#gac.file`;
// the exceptions are scalars and small integer tensors, which the analysis
// needs and which are read wherever they are.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_IMPORT_IMPORTER_H
#define GAC_IMPORT_IMPORTER_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace gac {

struct ImportOptions {
  /// Accept a model whose external data is missing: its weights become
  /// `#gac.absent`, and one remark per missing file says so. Otherwise a
  /// missing file is an error.
  bool allowMissingWeights = false;
};

/// External integer tensors of at most this many elements are read.
constexpr int64_t kEagerElements = 4096;

/// Imports the ONNX file `path`. The dialects that are needed are loaded into
/// `context`. Null after an error, which was emitted as a diagnostic: one
/// sentence with the tensor or node and the numbers at fault, at the location
/// of the file. Remarks tell of types that the file declares and that cannot
/// be, and of operators whose shapes could not be inferred.
mlir::OwningOpRef<mlir::ModuleOp>
importOnnxModel(llvm::StringRef path, mlir::MLIRContext *context,
                const ImportOptions &options = {});

/// The same for an encoded ModelProto in memory, called `name` in diagnostics.
/// All of its weights are copied into the module. It has no folder, so external
/// data counts as missing.
mlir::OwningOpRef<mlir::ModuleOp>
importOnnxModelFromMemory(llvm::StringRef bytes, llvm::StringRef name,
                          mlir::MLIRContext *context,
                          const ImportOptions &options = {});

} // namespace gac

#endif // GAC_IMPORT_IMPORTER_H
