//===- ModuleFile.cpp - modules in files of any form ------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Tools/ModuleFile.h"

#include "gac/Export/Exporter.h"
#include "gac/Export/WeightSource.h"
#include "gac/Import/Importer.h"
#include "gac/Support/OutputFile.h"

#include "mlir/Bytecode/BytecodeWriter.h"
#include "mlir/IR/AsmState.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Support/FileUtilities.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SourceMgr.h"

using namespace gac;
using namespace mlir;
using llvm::Error;
using llvm::Expected;

ModuleForm gac::getModuleForm(StringRef path) {
  StringRef ending = llvm::sys::path::extension(path);
  if (ending == ".onnx")
    return ModuleForm::Onnx;
  return ending == ".mlirbc" ? ModuleForm::Bytecode : ModuleForm::Text;
}

//===----------------------------------------------------------------------===//
// Diagnostics
//===----------------------------------------------------------------------===//

/// The place that a reader of the model knows.
static std::string describe(Location location) {
  if (auto file = location->findInstanceOf<FileLineColLoc>()) {
    std::string place = file.getFilename().str();
    if (file.getLine())
      place +=
          (":" + Twine(file.getLine()) + ":" + Twine(file.getColumn())).str();
    return place;
  }
  if (auto name = location->findInstanceOf<NameLoc>())
    return ("'" + name.getName().getValue() + "'").str();
  return {};
}

static StringRef getSeverityName(DiagnosticSeverity severity) {
  switch (severity) {
  case DiagnosticSeverity::Note:
    return "note";
  case DiagnosticSeverity::Warning:
    return "warning";
  case DiagnosticSeverity::Error:
    return "error";
  case DiagnosticSeverity::Remark:
    return "remark";
  }
  return "diagnostic";
}

static void printLine(const Diagnostic &diagnostic) {
  std::string place = describe(diagnostic.getLocation());
  llvm::errs() << place << (place.empty() ? "" : ": ")
               << getSeverityName(diagnostic.getSeverity()) << ": "
               << diagnostic << '\n';
}

static void printDiagnostic(const Diagnostic &diagnostic) {
  printLine(diagnostic);
  for (const Diagnostic &note : diagnostic.getNotes())
    printLine(note);
}

//===----------------------------------------------------------------------===//
// Reading and writing
//===----------------------------------------------------------------------===//

LogicalResult gac::checkOutput(StringRef path, MLIRContext *context) {
  if (path == "-")
    return success();
  if (Error error = checkWritable(path))
    return emitError(UnknownLoc::get(context)) << toString(std::move(error));
  return success();
}

OwningOpRef<ModuleOp> gac::readModule(StringRef path, MLIRContext *context,
                                      const ModuleFileOptions &options) {
  if (getModuleForm(path) == ModuleForm::Onnx) {
    ImportOptions importOptions;
    importOptions.allowMissingWeights = options.graphOnly;
    return importOnnxModel(path, context, importOptions);
  }
  std::string problem;
  std::unique_ptr<llvm::MemoryBuffer> file = openInputFile(path, &problem);
  if (!file) {
    emitError(UnknownLoc::get(context)) << problem;
    return {};
  }
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(std::move(file), llvm::SMLoc());
  SourceMgrDiagnosticHandler handler(sources, context);
  // Nodes of a model stand at no place of the text.
  ScopedDiagnosticHandler nodes(context, [](Diagnostic &diagnostic) {
    if (diagnostic.getLocation()->findInstanceOf<FileLineColLoc>())
      return failure();
    printDiagnostic(diagnostic);
    return success();
  });
  return parseSourceFile<ModuleOp>(sources,
                                   ParserConfig(context, options.verify));
}

namespace {
/// The way from MLIR's printers into an output file.
class OutputStream final : public llvm::raw_ostream {
public:
  explicit OutputStream(OutputFile &file)
      : raw_ostream(/*unbuffered=*/true), file(file), error(Error::success()) {}
  ~OutputStream() override { llvm::consumeError(std::move(error)); }

  /// The first error since the start.
  Error takeError() { return std::move(error); }

private:
  void write_impl(const char *data, size_t size) override {
    if (!error)
      error = file.write(StringRef(data, size));
  }
  uint64_t current_pos() const override { return file.getPosition(); }

  OutputFile &file;
  Error error;
};
} // namespace

static LogicalResult print(ModuleOp module, llvm::raw_ostream &os,
                           ModuleForm form, const OpPrintingFlags &flags) {
  if (form == ModuleForm::Bytecode)
    return writeBytecodeToFile(module, os);
  AsmState state(module, flags);
  module.print(os, state);
  os << '\n';
  return success();
}

LogicalResult gac::writeModule(ModuleOp module, StringRef path,
                               const ModuleFileOptions &options) {
  ModuleForm form = getModuleForm(path);
  if (form == ModuleForm::Onnx) {
    ExportOptions exportOptions;
    exportOptions.graphOnly = options.graphOnly;
    if (getModuleForm(options.inputPath) == ModuleForm::Onnx)
      exportOptions.inputPath = options.inputPath;
    return exportOnnxModel(module, path, exportOptions);
  }
  if (options.emitBytecode)
    form = ModuleForm::Bytecode;
  if (path != "-")
    if (Error error = checkNoSource(module, path))
      return mlir::emitError(UnknownLoc::get(module.getContext()))
             << toString(std::move(error));
  if (options.embedWeights && failed(embedWeights(module)))
    return failure();
  OpPrintingFlags flags;
  if (path == "-")
    return print(module, llvm::outs(), form, flags);

  flags.enableDebugInfo();
  OutputTransaction transaction;
  Expected<OutputFile *> file = transaction.open(path);
  if (!file)
    return module.emitError(toString(file.takeError()));
  OutputStream stream(**file);
  if (failed(print(module, stream, form, flags)))
    return failure();
  Error error = stream.takeError();
  if (!error)
    error = transaction.commit();
  if (error)
    return module.emitError(toString(std::move(error)));
  return success();
}

//===----------------------------------------------------------------------===//
// Severities
//===----------------------------------------------------------------------===//

/// From the least to the most severe.
static int getRank(DiagnosticSeverity severity) {
  switch (severity) {
  case DiagnosticSeverity::Error:
    return 3;
  case DiagnosticSeverity::Warning:
    return 2;
  default:
    return 1;
  }
}

ModuleDiagnosticPrinter::ModuleDiagnosticPrinter(MLIRContext *context,
                                                 DiagnosticSeverity least)
    : ScopedDiagnosticHandler(context) {
  // A message names the node; the whole operation, or module, is no help.
  context->printOpOnDiagnostic(false);
  setHandler([least](Diagnostic &diagnostic) {
    if (getRank(diagnostic.getSeverity()) < getRank(least))
      return success();
    printDiagnostic(diagnostic);
    return success();
  });
}
