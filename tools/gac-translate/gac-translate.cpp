//===- gac-translate.cpp - between ONNX and MLIR ----------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// MLIR's framework for such tools hands a translation one stream. A model may
// be two files that have to appear together, so the files are ours here.
//
//===----------------------------------------------------------------------===//

#include "gac/Emit/CUDA/Manifest.h"
#include "gac/Emit/CUDA/Package.h"
#include "gac/Emit/CUDA/Source.h"
#include "gac/InitAll.h"
#include "gac/Support/OutputFile.h"
#include "gac/Tools/CommandLine.h"
#include "gac/Tools/ModuleFile.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
namespace cl = llvm::cl;

namespace {
enum class Direction {
  None,
  OnnxToMlir,
  MlirToOnnx,
  ToCuda,
  ToManifest,
  ToPackage
};
} // namespace

static int fail(const Twine &message) {
  llvm::errs() << "gac-translate: error: " << message << '\n';
  return EXIT_FAILURE;
}

/// Writes what a scheduled module says: text, or a package.
static LogicalResult emit(ModuleOp module, Direction direction,
                          StringRef output, ArrayRef<std::string> archs,
                          bool graphOnly) {
  if (direction == Direction::ToPackage) {
    gac::cuda::WritePackageOptions options;
    options.graphOnly = graphOnly;
    options.noCubins = archs.empty();
    if (!archs.empty())
      options.archs = archs;
    return gac::cuda::writePackage(module, output, options);
  }
  std::string text;
  llvm::raw_string_ostream stream(text);
  gac::cuda::ManifestOptions options;
  options.graphOnly = graphOnly;
  if (!archs.empty())
    options.archs = archs;
  if (failed(direction == Direction::ToCuda
                 ? gac::cuda::printCudaSource(module, stream)
                 : gac::cuda::printManifest(module, stream, options)))
    return failure();
  if (output == "-") {
    llvm::outs() << text;
    return success();
  }
  gac::OutputTransaction transaction;
  llvm::Expected<gac::OutputFile *> file = transaction.open(output);
  llvm::Error error = file ? (*file)->write(text) : file.takeError();
  if (!error)
    error = transaction.commit();
  if (error)
    return mlir::emitError(UnknownLoc::get(module.getContext()))
           << toString(std::move(error));
  return success();
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  gac::hideLibraryOptions();
  cl::OptionCategory category("GAC options");
  cl::opt<Direction> direction(
      cl::desc("Translation:"), cl::init(Direction::None), cl::cat(category),
      cl::values(clEnumValN(Direction::OnnxToMlir, "onnx-to-mlir",
                            "From an ONNX model to MLIR"),
                 clEnumValN(Direction::MlirToOnnx, "mlir-to-onnx",
                            "From MLIR to an ONNX model"),
                 clEnumValN(Direction::ToCuda, "gac-to-cuda",
                            "From a scheduled module to CUDA source"),
                 clEnumValN(Direction::ToManifest, "gac-to-manifest",
                            "From a scheduled module to a package's manifest"),
                 clEnumValN(Direction::ToPackage, "gac-to-package",
                            "From a scheduled module to a package")));
  cl::opt<std::string> input(cl::Positional, cl::Required, cl::cat(category),
                             cl::desc("<input file>"));
  cl::opt<std::string> output(
      "o", cl::init("-"), cl::value_desc("file"), cl::cat(category),
      cl::desc("Output file; MLIR goes to standard output by default, as text, "
               "and as bytecode to a file that ends in .mlirbc"));
  cl::opt<bool> graphOnly(
      "graph-only", cl::cat(category),
      cl::desc("Accept an ONNX model without its weights, and write one "
               "without them: its metadata tell how they are made"));
  cl::list<std::string> archs(
      "arch", cl::CommaSeparated, cl::cat(category), cl::value_desc("name,..."),
      cl::desc("Architectures that a package's kernels are for (default "
               "sm_80,sm_90a), and are compiled for if nvcc is found and this "
               "is given"));
  cl::opt<bool> embedWeights(
      "embed-weights", cl::cat(category),
      cl::desc("Put the data of weights into MLIR text or bytecode, instead of "
               "references to the files that hold them"));
  registerAsmPrinterCLOptions();
  cl::ParseCommandLineOptions(
      argc, argv, "Translates between ONNX models, MLIR and packages\n");

  if (direction == Direction::None)
    return fail("which way? Say --onnx-to-mlir, --mlir-to-onnx, "
                "--gac-to-cuda, --gac-to-manifest or --gac-to-package");
  bool emits =
      direction != Direction::OnnxToMlir && direction != Direction::MlirToOnnx;
  bool fromOnnx = direction == Direction::OnnxToMlir;
  auto isOnnx = [](StringRef path) {
    return gac::getModuleForm(path) == gac::ModuleForm::Onnx;
  };
  if (isOnnx(input) != fromOnnx)
    return fail("'" + input + "' should " + (fromOnnx ? "" : "not ") +
                "end in .onnx");
  if (direction == Direction::ToPackage && output == "-")
    return fail("a package needs a folder to be written to (-o)");
  if (!emits && isOnnx(output) == fromOnnx)
    return fail(fromOnnx ? "'" + output + "' should not end in .onnx"
                         : "an ONNX model needs an output file that ends in "
                           ".onnx (-o)");

  DialectRegistry registry;
  gac::registerAllDialects(registry);
  MLIRContext context(registry);
  gac::ModuleDiagnosticPrinter printer(&context);
  gac::ModuleFileOptions options;
  options.graphOnly = graphOnly;
  options.embedWeights = embedWeights;
  options.inputPath = input;
  if (direction != Direction::ToPackage &&
      failed(gac::checkOutput(output, &context)))
    return EXIT_FAILURE;
  OwningOpRef<ModuleOp> module = gac::readModule(input, &context, options);
  if (emits)
    return gac::finishOutput(
        "gac-translate",
        failed(module ? emit(*module, direction, output, archs, graphOnly)
                      : failure()));
  if (!module || failed(gac::writeModule(*module, output, options)))
    return EXIT_FAILURE;
  return gac::finishOutput("gac-translate", EXIT_SUCCESS);
}
