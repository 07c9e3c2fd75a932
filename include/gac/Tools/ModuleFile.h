//===- ModuleFile.h - modules in files of any form --------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_TOOLS_MODULEFILE_H
#define GAC_TOOLS_MODULEFILE_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/OwningOpRef.h"

#include <string>

namespace gac {

/// The forms that a module has in a file; the name's ending tells.
enum class ModuleForm {
  /// `.onnx`
  Onnx,
  /// `.mlirbc`
  Bytecode,
  /// Everything else, `-` for standard input or output included.
  Text,
};
ModuleForm getModuleForm(llvm::StringRef path);

/// How modules are read and written; each option says where it matters.
struct ModuleFileOptions {
  /// Read ONNX models whose weights are missing, and write ONNX models without
  /// theirs (see `ExportOptions::graphOnly`).
  bool graphOnly = false;
  /// Put the bytes of weights into MLIR files, which else refer to the files
  /// that hold them.
  bool embedWeights = false;
  /// Write bytecode whatever the name of an MLIR file says.
  bool emitBytecode = false;
  /// Run the verifier on MLIR files that are read.
  bool verify = true;
  /// The file that the module was read from; see `ExportOptions::inputPath`.
  std::string inputPath;
};

/// Fails with a diagnostic when nothing could be written to the file `path`, to
/// be asked before long work. Standard output can always be written to.
mlir::LogicalResult checkOutput(llvm::StringRef path,
                                mlir::MLIRContext *context);

/// Reads the module in the file `path`. Null after a diagnostic.
mlir::OwningOpRef<mlir::ModuleOp> readModule(llvm::StringRef path,
                                             mlir::MLIRContext *context,
                                             const ModuleFileOptions &options);

/// Writes `module` to the file `path`, which appears as a whole or not at all,
/// or to standard output. Text in a file has locations, which hold the names of
/// nodes; on standard output they follow MLIR's own flags. Fails after a
/// diagnostic.
mlir::LogicalResult writeModule(mlir::ModuleOp module, llvm::StringRef path,
                                const ModuleFileOptions &options);

/// While it lives, prints the diagnostics of a context on standard error, one
/// line each: "PLACE: error: ...", where PLACE is a file, with line and column
/// if it is text, or a node of a model.
class ModuleDiagnosticPrinter : public mlir::ScopedDiagnosticHandler {
public:
  /// Diagnostics less severe than `least` are dropped: a remark is the least
  /// severe one, a note has the fate of what it belongs to.
  explicit ModuleDiagnosticPrinter(
      mlir::MLIRContext *context,
      mlir::DiagnosticSeverity least = mlir::DiagnosticSeverity::Remark);
};

} // namespace gac

#endif // GAC_TOOLS_MODULEFILE_H
