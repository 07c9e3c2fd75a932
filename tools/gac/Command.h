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
#include "gac/Support/Progress.h"
#include "gac/Tools/ModuleFile.h"
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

  /// Fails if an option is given and says nothing.
  llvm::Error check() const;
  PricingOptions get() const;
  bool hasDims() const { return !dims.empty(); }
  /// What --target names.
  const std::string &getTarget() const { return target; }

private:
  // LLVM's options keep no copy of their descriptions.
  std::string targetHelp;
  llvm::cl::opt<std::string> target;
  llvm::cl::opt<std::string> dtype;
  llvm::cl::list<std::string> dims;
};

/// A command on one ONNX model that can tell what it found or did as JSON.
class ModelCommand : public Command {
protected:
  /// `jsonContent` is what --json writes: "the findings".
  ModelCommand(llvm::StringRef name, llvm::StringRef description,
               llvm::StringRef jsonContent);

  /// What a run works with.
  struct Session {
    Session();

    mlir::MLIRContext context;
    ModuleDiagnosticPrinter diagnostics;
    Progress progress;
  };

  /// Null after a diagnostic, which may be that the JSON would replace weights
  /// of the model.
  mlir::OwningOpRef<mlir::ModuleOp> readModel(Session &session,
                                              bool allowMissingWeights) const;

  /// Fails if an option is given and says nothing, or if the JSON could not be
  /// written, or would replace the model or one of `files`, which are read or
  /// written for another purpose. To be asked before long work.
  llvm::Error checkOptions(llvm::ArrayRef<std::string> files = {}) const;
  /// Whether the JSON takes the place of the tables on standard output.
  bool printsJSON() const { return json == "-"; }
  /// Writes `value` where --json says, if it does: to a file, which appears as
  /// a whole or not at all, or to standard output.
  llvm::Error writeJSON(const llvm::json::Value &value) const;

private:
  // LLVM's options keep no copy of their descriptions.
  std::string jsonHelp;

protected:
  llvm::cl::opt<std::string> model;
  llvm::cl::opt<std::string> json;
};

/// One that prices the model's dimensions.
class PricingCommand : public ModelCommand {
protected:
  PricingCommand(llvm::StringRef name, llvm::StringRef description,
                 llvm::StringRef jsonContent);

  /// As ModelCommand's, for the options of this class, too.
  llvm::Error checkOptions(llvm::ArrayRef<std::string> files = {}) const;

  /// Marks what --allow-interface names. Fails after a diagnostic.
  mlir::LogicalResult markInterface(mlir::ModuleOp module) const;

  /// Warns of each --allow-interface that changes nothing, where a repair makes
  /// `changes`.
  void reportIdlePatterns(mlir::ModuleOp module,
                          llvm::ArrayRef<InterfaceChange> changes) const;

  PricingOptionsParser pricing;

private:
  llvm::cl::list<std::string> allowInterface;
};

/// What is said of an option that is given and empty: a variable of somebody's
/// script was not set.
llvm::Error makeEmptyError(llvm::StringRef option);

/// Whether a target is named by its file, and not one that is built in.
inline bool isTargetFile(llvm::StringRef target) {
  return target.ends_with(".json") || target.contains('/');
}

/// Whether two paths name one file, which need not exist.
bool areSameFile(llvm::StringRef a, llvm::StringRef b);

/// The one function of an imported model.
mlir::func::FuncOp getModel(mlir::ModuleOp module);

std::unique_ptr<Command> createAnalyzeCommand();
std::unique_ptr<Command> createCompileCommand();
std::unique_ptr<Command> createProfileCommand();
std::unique_ptr<Command> createRepairCommand();

/// Prints `error` as `gac: error: ...`; returns the exit code for it.
int reportError(llvm::Error error);

} // namespace gac

#endif // GAC_TOOLS_GAC_COMMAND_H
