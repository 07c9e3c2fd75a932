//===- Command.h - What the commands of gac share ---------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_TOOLS_GAC_COMMAND_H
#define GAC_TOOLS_GAC_COMMAND_H

#include "gac/Planner/ModelPlanner.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"

#include <memory>
#include <string>

namespace gac {

/// One command of the driver, `gac NAME ...`. Its options are members of the
/// class that implements it and are registered while an object lives.
class Command {
public:
  virtual ~Command();

  /// Whether the user asked for this command.
  bool isSelected() const { return static_cast<bool>(subCommand); }

  /// Runs the command; the result is the exit code of the process. What fails
  /// was reported.
  virtual int run() = 0;

  /// Leaves in `gac NAME --help` only the command's own options.
  void hideForeignOptions();

protected:
  Command(llvm::StringRef name, llvm::StringRef description);

  llvm::cl::OptionCategory category;
  llvm::cl::SubCommand subCommand;
};

/// The options that say how a model is priced, of a command that needs them.
class PricingOptionsParser {
public:
  PricingOptionsParser(llvm::cl::OptionCategory &category,
                       llvm::cl::SubCommand &subCommand);

  PricingOptions get() const;
  bool hasDims() const { return !dims.empty(); }

private:
  // LLVM's options keep no copy of their descriptions.
  std::string targetHelp;
  llvm::cl::opt<std::string> target;
  llvm::cl::opt<std::string> dtype;
  llvm::cl::list<std::string> dims;
};

/// Fails if `output` is one of the files `others`, by name or in fact: what is
/// written must not replace what is read or written for another purpose.
llvm::Error checkDistinct(llvm::StringRef output,
                          llvm::ArrayRef<std::string> others);

/// Writes `value` to the file `path`, which appears as a whole or not at all,
/// or to standard output if `path` is "-".
llvm::Error writeJSON(const llvm::json::Value &value, llvm::StringRef path);

/// The one function of an imported model.
mlir::func::FuncOp getModel(mlir::ModuleOp module);

std::unique_ptr<Command> createAnalyzeCommand();
std::unique_ptr<Command> createRepairCommand();

/// Prints `error` as `gac: error: ...`; returns the exit code for it.
int reportError(llvm::Error error);

} // namespace gac

#endif // GAC_TOOLS_GAC_COMMAND_H
