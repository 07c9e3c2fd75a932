//===- Command.cpp - What the commands of gac share -----------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Command.h"
#include "gac/Support/OutputFile.h"
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

PricingOptions PricingOptionsParser::get() const {
  PricingOptions options;
  options.target = target;
  options.dtype = dtype;
  options.dims.assign(dims.begin(), dims.end());
  return options;
}

llvm::Error gac::checkDistinct(StringRef output, ArrayRef<std::string> others) {
  auto normalise = [](StringRef path) {
    SmallString<128> whole(path);
    llvm::sys::fs::make_absolute(whole);
    llvm::sys::path::remove_dots(whole, /*remove_dot_dot=*/true);
    return whole;
  };
  for (const std::string &other : others)
    if (normalise(output) == normalise(other) ||
        llvm::sys::fs::equivalent(output, other))
      return llvm::createStringError("JSON cannot be written to '" + output +
                                     "': that is the file '" + other + "'");
  return llvm::Error::success();
}

llvm::Error gac::writeJSON(const llvm::json::Value &value, StringRef path) {
  if (path == "-") {
    llvm::outs() << llvm::formatv("{0:2}\n", value);
    return llvm::Error::success();
  }
  OutputTransaction transaction;
  llvm::Expected<OutputFile *> file = transaction.open(path);
  if (!file)
    return file.takeError();
  if (llvm::Error error = (*file)->write(llvm::formatv("{0:2}\n", value).str()))
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
