//===- gac.cpp - The driver -----------------------------------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Command.h"
#include "gac/Tools/CommandLine.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/raw_ostream.h"

using namespace gac;

static constexpr llvm::StringLiteral kOverview =
    "GAC finds the dimensions of a compressed model that the GPU runs slowly,\n"
    "repairs them over the whole model, writes it back as ONNX, and compiles "
    "it.\n\n"
    "  gac analyze model.onnx\n"
    "  gac repair model.onnx -o fixed.onnx\n"
    "  gac compile fixed.onnx -o model.gacpkg --entry run:batch=1,seq=1024\n";

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  llvm::cl::SetVersionPrinter([](llvm::raw_ostream &os) {
    os << "gac " GAC_VERSION ", MLIR " LLVM_VERSION_STRING "\n";
  });

  std::unique_ptr<Command> commands[] = {
      createAnalyzeCommand(), createRepairCommand(), createCompileCommand(),
      createProfileCommand()};
  // LLVM's libraries bring hundreds of options of their own.
  llvm::cl::OptionCategory none("Options");
  llvm::cl::HideUnrelatedOptions(none);
  for (auto &command : commands)
    command->hideForeignOptions();
  llvm::cl::ParseCommandLineOptions(argc, argv, kOverview);

  for (auto &command : commands)
    if (command->isSelected())
      return finishOutput("gac", command->run());
  llvm::cl::PrintHelpMessage();
  return 1;
}
