//===- gac-opt.cpp - run passes over models and modules ---------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/InitAll.h"
#include "gac/Tools/CommandLine.h"
#include "gac/Tools/ModuleFile.h"

#include "mlir/Pass/PassManager.h"
#include "mlir/Support/Timing.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"

using namespace mlir;

static constexpr llvm::StringLiteral kOverview =
    "GAC's optimizer driver: reads .onnx, .mlir or .mlirbc, runs passes, and\n"
    "writes what the ending of -o says (text to standard output by default)\n\n"
    "  gac-opt in.onnx -o out.onnx                  round trip\n"
    "  gac-opt in.onnx -o model.mlir                look at a model\n"
    "  gac-opt in.onnx --gac-repair -o fixed.onnx   repair it\n";

/// Standard error shows what MLIR's own options ask for.
static DiagnosticSeverity getLeastSeverity(const MlirOptMainConfig &config) {
  switch (config.getDiagnosticVerbosityLevel()) {
  case VerbosityLevel::ErrorsOnly:
    return DiagnosticSeverity::Error;
  case VerbosityLevel::ErrorsAndWarnings:
    return DiagnosticSeverity::Warning;
  case VerbosityLevel::ErrorsWarningsAndRemarks:
    return DiagnosticSeverity::Remark;
  }
  return DiagnosticSeverity::Remark;
}

static LogicalResult runPasses(ModuleOp module,
                               const MlirOptMainConfig &config) {
  PassManager passes(module->getName(), PassManager::Nesting::Implicit);
  passes.enableVerifier(config.shouldVerifyPasses());
  DefaultTimingManager timingManager;
  applyDefaultTimingManagerCLOptions(timingManager);
  TimingScope timing = timingManager.getRootScope();
  passes.enableTiming(timing);
  if (failed(applyPassManagerCLOptions(passes)) ||
      failed(config.setupPassPipeline(passes)))
    return failure();
  if (config.shouldDumpPassPipeline()) {
    passes.dump();
    llvm::errs() << '\n';
  }
  return passes.run(module);
}

/// From file to file, of which one at least is not plain MLIR text.
static LogicalResult runOnFiles(StringRef input, StringRef output,
                                DialectRegistry &registry,
                                gac::ModuleFileOptions options) {
  MlirOptMainConfig config = MlirOptMainConfig::createFromCLOptions();
  MLIRContext context(registry);
  context.allowUnregisteredDialects(config.shouldAllowUnregisteredDialects());
  gac::ModuleDiagnosticPrinter printer(&context, getLeastSeverity(config));
  // Options of MLIR's driver that say nothing where one model becomes another.
  if (config.shouldVerifyDiagnostics() || !config.inputSplitMarker().empty() ||
      config.shouldRunReproducer())
    return emitError(UnknownLoc::get(&context))
           << "--verify-diagnostics, --split-input-file and --run-reproducer "
              "are for MLIR text that goes to standard output";
  options.verify = config.shouldVerifyOnParsing();
  options.emitBytecode = config.shouldEmitBytecode();
  options.inputPath = input.str();
  if (failed(gac::checkOutput(output, &context)))
    return failure();
  OwningOpRef<ModuleOp> module = gac::readModule(input, &context, options);
  if (!module || failed(runPasses(*module, config)))
    return failure();
  return gac::writeModule(*module, output, options);
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  gac::hideLibraryOptions();
  DialectRegistry registry;
  gac::registerAllDialects(registry);
  gac::registerAllPasses();
  registerTransformsPasses();

  llvm::cl::OptionCategory category("GAC options");
  llvm::cl::opt<bool> graphOnly(
      "graph-only", llvm::cl::cat(category),
      llvm::cl::desc("Accept an ONNX model without its weights, and write one "
                     "without them: its metadata tell how they are made"));
  llvm::cl::opt<bool> embedWeights(
      "embed-weights", llvm::cl::cat(category),
      llvm::cl::desc("Put the data of weights into MLIR text or bytecode, "
                     "instead of references to the files that hold them"));
  auto [input, output] =
      registerAndParseCLIOptions(argc, argv, kOverview, registry);

  // Plain MLIR is MLIR's own driver's: it splits files, verifies diagnostics
  // and lists what is registered.
  MlirOptMainConfig config = MlirOptMainConfig::createFromCLOptions();
  bool isTesting =
      config.shouldVerifyDiagnostics() || !config.inputSplitMarker().empty();
  bool isPlain = gac::getModuleForm(input) != gac::ModuleForm::Onnx &&
                 (output == "-" || isTesting) && !embedWeights;
  auto run = [&, &input = input, &output = output] {
    if (isPlain || config.shouldShowDialects() || config.shouldListPasses())
      return MlirOptMain(argc, argv, input, output, registry);
    gac::ModuleFileOptions options;
    options.graphOnly = graphOnly;
    options.embedWeights = embedWeights;
    return runOnFiles(input, output, registry, options);
  };
  return gac::finishOutput("gac-opt", asMainReturnCode(run()));
}
