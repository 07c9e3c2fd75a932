//===- Command.cpp - What the commands of gac share -----------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Command.h"
#include "gac/Dialect/GAC/IR/ModelInterface.h"
#include "gac/Dialect/GAC/Transforms/Passes.h"
#include "gac/Export/WeightSource.h"
#include "gac/Import/Importer.h"
#include "gac/InitAll.h"
#include "gac/Support/OutputFile.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/WithColor.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace gac;

Command::Command(StringRef name, StringRef description)
    : category("Options"), subCommand(name, description) {}

Command::~Command() = default;

void Command::hideForeignOptions() {
  llvm::cl::HideUnrelatedOptions(category, subCommand);
}

PricingOptionsParser::PricingOptionsParser(llvm::cl::OptionCategory &category,
                                           llvm::cl::SubCommand &subCommand)
    : targetHelp("The GPU to check against: " +
                 llvm::join(getBuiltinTargetNames(), ", ") +
                 ", or a target file (default h200)"),
      target("target", llvm::cl::desc(targetHelp),
             llvm::cl::value_desc("NAME|FILE.json"), llvm::cl::init("h200"),
             llvm::cl::cat(category), llvm::cl::sub(subCommand)),
      dtype("dtype",
            llvm::cl::desc("The type that the model will run in (default: its "
                           "own 16-bit type; bf16 for a float32 model)"),
            llvm::cl::value_desc("bf16|f16|f32"), llvm::cl::cat(category),
            llvm::cl::sub(subCommand)),
      dims("dim",
           llvm::cl::desc("Size of a symbolic dimension, for prices and "
                          "checks; may be repeated (default: the target's "
                          "reference)"),
           llvm::cl::value_desc("NAME=SIZE"), llvm::cl::cat(category),
           llvm::cl::sub(subCommand)) {}

llvm::Error gac::makeEmptyError(StringRef option) {
  return llvm::createStringError("--" + option + " is given without a value");
}

llvm::Error PricingOptionsParser::check() const {
  if (dtype.getNumOccurrences() != 0 && dtype.empty())
    return makeEmptyError("dtype");
  return llvm::Error::success();
}

PricingOptions PricingOptionsParser::get() const {
  PricingOptions options;
  options.target = target;
  options.dtype = dtype;
  options.dims.assign(dims.begin(), dims.end());
  return options;
}

//===----------------------------------------------------------------------===//
// Commands on a model
//===----------------------------------------------------------------------===//

static DialectRegistry getRegistry() {
  DialectRegistry registry;
  registerAllDialects(registry);
  return registry;
}

ModelCommand::Session::Session()
    : context(getRegistry()), diagnostics(&context) {}

ModelCommand::ModelCommand(StringRef name, StringRef description,
                           StringRef jsonContent)
    : Command(name, description),
      jsonHelp(("Write " + jsonContent +
                " as JSON, to standard output (in place of the table) for -")
                   .str()),
      model(llvm::cl::Positional, llvm::cl::Required,
            llvm::cl::desc("MODEL.onnx"), llvm::cl::cat(category),
            llvm::cl::sub(subCommand)),
      json("json", llvm::cl::desc(jsonHelp), llvm::cl::value_desc("FILE|-"),
           llvm::cl::cat(category), llvm::cl::sub(subCommand)) {}

PricingCommand::PricingCommand(StringRef name, StringRef description,
                               StringRef jsonContent)
    : ModelCommand(name, description, jsonContent),
      pricing(category, subCommand),
      allowInterface(
          "allow-interface",
          llvm::cl::desc("Let the inputs and outputs of these names change "
                         "their sizes, such as 'past_*'; may be repeated"),
          llvm::cl::value_desc("GLOB"), llvm::cl::cat(category),
          llvm::cl::sub(subCommand)) {}

LogicalResult PricingCommand::markInterface(ModuleOp module) const {
  AllowInterfaceOptions options;
  options.patterns.assign(allowInterface.begin(), allowInterface.end());
  PassManager passes(module.getContext());
  passes.addNestedPass<func::FuncOp>(createAllowInterface(std::move(options)));
  return passes.run(module);
}

void PricingCommand::reportIdlePatterns(
    ModuleOp module, ArrayRef<InterfaceChange> changes) const {
  for (const std::string &pattern : allowInterface) {
    // markInterface() has refused those that match nothing.
    SmallVector<InterfaceValue> values =
        llvm::cantFail(matchInterface(getModel(module), pattern));
    bool isIdle = llvm::none_of(values, [&](const InterfaceValue &value) {
      return llvm::any_of(changes, [&](const InterfaceChange &change) {
        return change.isInput == value.isInput() &&
               change.name == value.getName();
      });
    });
    if (!isIdle)
      continue;
    llvm::raw_ostream &os = llvm::WithColor::warning(llvm::errs(), "gac")
                            << "--allow-interface '" << pattern
                            << "' has no effect: ";
    const InterfaceValue &first = values.front();
    if (values.size() == 1 && !first.canChange())
      os << first.describe() << " cannot change, as it " << first.getObstacle();
    else
      os << "the repair changes no size of " << first.describe();
    if (values.size() > 1)
      os << " and " << values.size() - 1 << " more";
    os << "\n";
  }
}

llvm::Error PricingCommand::checkOptions(ArrayRef<std::string> files) const {
  if (llvm::is_contained(allowInterface, ""))
    return makeEmptyError("allow-interface");
  if (llvm::Error error = pricing.check())
    return error;
  auto others = llvm::to_vector(files);
  if (isTargetFile(pricing.getTarget()))
    others.push_back(pricing.getTarget());
  return ModelCommand::checkOptions(others);
}

OwningOpRef<ModuleOp> ModelCommand::readModel(Session &session,
                                              bool allowMissingWeights) const {
  session.progress.stage("reading " + model);
  ImportOptions options;
  options.allowMissingWeights = allowMissingWeights;
  OwningOpRef<ModuleOp> module =
      importOnnxModel(model, &session.context, options);
  if (!module || json.empty() || printsJSON())
    return module;
  if (llvm::Error error = checkNoSource(*module, json)) {
    reportError(std::move(error));
    return nullptr;
  }
  return module;
}

bool gac::areSameFile(StringRef a, StringRef b) {
  auto normalise = [](StringRef path) {
    SmallString<128> whole(path), folder;
    llvm::sys::fs::make_absolute(whole);
    // A file that is not there yet is the same by way of another folder.
    if (!llvm::sys::fs::real_path(llvm::sys::path::parent_path(whole),
                                  folder)) {
      llvm::sys::path::append(folder, llvm::sys::path::filename(whole));
      whole = folder;
    }
    llvm::sys::path::remove_dots(whole, /*remove_dot_dot=*/true);
    return whole;
  };
  return normalise(a) == normalise(b) || llvm::sys::fs::equivalent(a, b);
}

llvm::Error ModelCommand::checkOptions(ArrayRef<std::string> files) const {
  // An option without a value is a variable of a script that was not set.
  if (json.getNumOccurrences() != 0 && json.empty())
    return makeEmptyError("json");
  if (json.empty() || printsJSON())
    return llvm::Error::success();
  auto others = llvm::to_vector(files);
  others.push_back(model);
  for (const std::string &other : others)
    for (const std::string &file : {other, other + ".data"})
      if (areSameFile(json, file))
        return llvm::createStringError("JSON cannot be written to '" + json +
                                       "': that is the file '" + file + "'");
  return checkWritable(json);
}

llvm::Error ModelCommand::writeJSON(const llvm::json::Value &value) const {
  if (json.empty())
    return llvm::Error::success();
  std::string text = llvm::formatv("{0:2}\n", value);
  if (printsJSON()) {
    llvm::outs() << text;
    return llvm::Error::success();
  }
  OutputTransaction transaction;
  llvm::Expected<OutputFile *> file = transaction.open(json);
  if (!file)
    return file.takeError();
  if (llvm::Error error = (*file)->write(text))
    return error;
  return transaction.commit();
}

func::FuncOp gac::getModel(ModuleOp module) {
  return *module.getOps<func::FuncOp>().begin();
}

int gac::reportError(llvm::Error error) {
  llvm::handleAllErrors(std::move(error), [](const llvm::ErrorInfoBase &info) {
    llvm::WithColor::error(llvm::errs(), "gac") << info.message() << "\n";
  });
  return 1;
}
