//===- CompileCommand.cpp - gac compile -----------------------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Command.h"
#include "CompileReport.h"
#include "PlanFile.h"
#include "gac/Dialect/CUDA/Transforms/PackagePlan.h"
#include "gac/Dialect/CUDA/Transforms/Passes.h"
#include "gac/Dialect/GAC/IR/GACDialect.h"
#include "gac/Emit/CUDA/Package.h"
#include "gac/Export/WeightSource.h"
#include "gac/Planner/ModelProblem.h"
#include "gac/Support/OutputFile.h"
#include "gac/Tools/ModuleFile.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace gac;

namespace {

class CompileCommand final : public ModelCommand {
public:
  CompileCommand()
      : ModelCommand("compile",
                     "Compile a model to a package that gac-run and the "
                     "runtime run",
                     "what the package comes to"),
        output("o", llvm::cl::Required,
               llvm::cl::desc("The package, a folder; a package that stands "
                              "there is replaced"),
               llvm::cl::value_desc("OUT.gacpkg"), llvm::cl::cat(category),
               llvm::cl::sub(subCommand)),
        entries("entry",
                llvm::cl::desc("An entry with the size of each symbol of the "
                               "model; may be repeated"),
                llvm::cl::value_desc("NAME:SYMBOL=SIZE,..."),
                llvm::cl::cat(category), llvm::cl::sub(subCommand)),
        archs("arch", llvm::cl::CommaSeparated,
              llvm::cl::desc("Architectures to compile for, such as "
                             "sm_90a,sm_80 (default sm_90a)"),
              llvm::cl::value_desc("NAME,..."), llvm::cl::cat(category),
              llvm::cl::sub(subCommand)),
        dtype("dtype",
              llvm::cl::desc("The type of all products (default: the model's "
                             "own 16-bit type; bf16 for a float32 model)"),
              llvm::cl::value_desc("bf16|f16"), llvm::cl::cat(category),
              llvm::cl::sub(subCommand)),
        target("target",
               llvm::cl::desc("The GPU that kernels are chosen for, or a "
                              "target file (default h200)"),
               llvm::cl::value_desc("NAME|FILE.json"), llvm::cl::init("h200"),
               llvm::cl::cat(category), llvm::cl::sub(subCommand)),
        caches("cache",
               llvm::cl::desc("An input and an output that are one cache; may "
                              "be repeated (default: found by structure)"),
               llvm::cl::value_desc("IN=OUT"), llvm::cl::cat(category),
               llvm::cl::sub(subCommand)),
        entryWeights(
            "entry-weight",
            llvm::cl::desc("What the predicted time of an entry counts "
                           "where products are merged and multiplied "
                           "back, which all entries share (default 1); "
                           "may be repeated"),
            llvm::cl::value_desc("NAME=W"), llvm::cl::cat(category),
            llvm::cl::sub(subCommand)),
        plan(
            "plan",
            llvm::cl::desc("Merge and multiply back what this file says, which "
                           "--plan-out wrote, instead of what is fastest"),
            llvm::cl::value_desc("FILE"), llvm::cl::cat(category),
            llvm::cl::sub(subCommand)),
        planOut("plan-out",
                llvm::cl::desc("Write what is merged and multiplied back to a "
                               "file"),
                llvm::cl::value_desc("FILE"), llvm::cl::cat(category),
                llvm::cl::sub(subCommand)),
        noPlan("no-plan",
               llvm::cl::desc("Leave all products and weights as the model has "
                              "them"),
               llvm::cl::cat(category), llvm::cl::sub(subCommand)),
        noMultiply(
            "no-multiply",
            llvm::cl::desc("Multiply no pairs back: merge alone, so that "
                           "weights take no more bytes"),
            llvm::cl::cat(category), llvm::cl::sub(subCommand)),
        graphOnly("graph-only",
                  llvm::cl::desc("Write how weights are made of the original "
                                 "model's, before any repair, in place of "
                                 "their data. Weight files may be missing"),
                  llvm::cl::cat(category), llvm::cl::sub(subCommand)),
        noCubin("no-cubin",
                llvm::cl::desc("Leave the compilation of kernels to the "
                               "machine that runs them"),
                llvm::cl::cat(category), llvm::cl::sub(subCommand)),
        dump("dump-scheduled",
             llvm::cl::desc("Write the scheduled module, too"),
             llvm::cl::value_desc("FILE.mlir"), llvm::cl::cat(category),
             llvm::cl::sub(subCommand)) {}

  int run() override;

private:
  llvm::Error checkEntries() const;
  llvm::Error checkPlanOptions() const;
  llvm::Error checkOutputs() const;
  llvm::Error readOptions();
  FailureOr<ProductPlan> makePlan(ModuleOp module) const;

  llvm::cl::opt<std::string> output;
  llvm::cl::list<std::string> entries;
  llvm::cl::list<std::string> archs;
  llvm::cl::opt<std::string> dtype;
  llvm::cl::opt<std::string> target;
  llvm::cl::list<std::string> caches;
  llvm::cl::list<std::string> entryWeights;
  llvm::cl::opt<std::string> plan;
  llvm::cl::opt<std::string> planOut;
  llvm::cl::opt<bool> noPlan;
  llvm::cl::opt<bool> noMultiply;
  llvm::cl::opt<bool> graphOnly;
  llvm::cl::opt<bool> noCubin;
  llvm::cl::opt<std::string> dump;

  cuda::PackageOptions package;
  cuda::WritePackageOptions writing;
};

} // namespace

/// Fails unless each entry has a name of its own. Which sizes it needs the
/// model says.
llvm::Error CompileCommand::checkEntries() const {
  llvm::StringSet<> names;
  for (StringRef entry : entries) {
    StringRef name = entry.split(':').first;
    auto isPart = [](char c) { return llvm::isAlnum(c) || c == '_'; };
    if (name.empty() || !llvm::all_of(name, isPart))
      return llvm::createStringError(
          "--entry needs NAME:SYMBOL=SIZE,..., with a name of letters, digits "
          "and underscores, got '" +
          entry + "'");
    if (!names.insert(name).second)
      return llvm::createStringError("two entries are called '" + name + "'");
  }
  return llvm::Error::success();
}

llvm::Error CompileCommand::checkPlanOptions() const {
  for (auto *option : {&plan, &planOut})
    if (option->getNumOccurrences() != 0 && option->empty())
      return makeEmptyError(option->ArgStr);
  if (noPlan && (!plan.empty() || !planOut.empty()))
    return llvm::createStringError(
        "--no-plan makes no plan, which " +
        StringRef(plan.empty() ? "--plan-out" : "--plan") + " is about");
  if (!entryWeights.empty() && (noPlan || !plan.empty()))
    return llvm::createStringError(
        "--entry-weight is for choosing a plan, and " +
        StringRef(noPlan ? "--no-plan" : "--plan") +
        " leaves nothing to choose");
  if (noMultiply && (noPlan || !plan.empty()))
    return llvm::createStringError(
        "--no-multiply is for choosing a plan, and " +
        StringRef(noPlan ? "--no-plan" : "--plan") +
        " leaves nothing to choose");
  SmallVector<StringRef> names;
  for (StringRef entry : entries)
    names.push_back(entry.split(':').first);
  // Without entries that is what is wrong.
  if (!names.empty())
    if (auto weights = cuda::parseEntryWeights(
            llvm::to_vector_of<std::string>(entryWeights), names);
        !weights)
      return weights.takeError();
  return llvm::Error::success();
}

/// Fails unless each file that is written is one of its own, outside of the
/// package, and none that is read.
llvm::Error CompileCommand::checkOutputs() const {
  SmallVector<std::string> others = {model, model + ".data"};
  if (!plan.empty())
    others.push_back(plan);
  if (isTargetFile(target))
    others.push_back(target);
  for (const auto &[what, option] :
       {std::pair{"the plan", &planOut},
        std::pair{"the scheduled module", &dump}, std::pair{"JSON", &json}}) {
    const std::string &path = *option;
    if (path.empty())
      continue;
    auto fail = [&, what = what](const Twine &reason) {
      return llvm::createStringError(Twine(what) + " cannot be written to '" +
                                     path + "': " + reason);
    };
    for (const std::string &other : others)
      if (areSameFile(path, other))
        return fail("that is the file '" + other + "'");
    others.push_back(path);
    if (path == "-")
      continue;
    SmallString<128> folder(path);
    llvm::sys::fs::make_absolute(folder);
    for (; !folder.empty(); llvm::sys::path::remove_filename(folder))
      if (areSameFile(folder, output))
        return fail("that is in the package '" + output + "'");
    if (llvm::Error error = checkWritable(path))
      return error;
  }
  return llvm::Error::success();
}

/// Everything that can be refused before the model is read.
llvm::Error CompileCommand::readOptions() {
  if (output.empty())
    return makeEmptyError("o");
  for (auto *option : {&dtype, &target, &dump})
    if (option->getNumOccurrences() != 0 && option->empty())
      return makeEmptyError(option->ArgStr);
  if (!dtype.empty() && dtype != "bf16" && dtype != "f16")
    return llvm::createStringError("--dtype is bf16 or f16, not '" + dtype +
                                   "'");
  if (llvm::Error error = checkEntries())
    return error;
  if (llvm::Error error = checkPlanOptions())
    return error;
  writing.archs = {"sm_90a"};
  if (!archs.empty())
    writing.archs.assign(archs.begin(), archs.end());
  llvm::StringSet<> known;
  for (const std::string &arch : writing.archs) {
    if (llvm::Error error = cuda::checkArch(arch))
      return error;
    if (!known.insert(arch).second)
      return llvm::createStringError("--arch names '" + arch + "' twice");
  }
  for (StringRef cache : caches)
    if (auto [in, out] = cache.split('='); in.empty() || out.empty())
      return llvm::createStringError("--cache needs IN=OUT, got '" + cache +
                                     "'");
  if (llvm::Error error = cuda::checkPackageOutput(output))
    return error;
  if (llvm::Error error = checkOutputs())
    return error;
  writing.graphOnly = graphOnly;
  writing.noCubins = noCubin;

  package.dtype = dtype;
  package.target = target;
  package.caches.assign(caches.begin(), caches.end());
  package.multiply = !noMultiply;
  package.entryWeights.assign(entryWeights.begin(), entryWeights.end());
  for (std::string entry : entries) {
    std::replace(entry.begin(), entry.end(), ',', ':');
    package.entries.push_back(entry);
  }
  return checkOptions(isTargetFile(target) ? ArrayRef<std::string>(target)
                                           : ArrayRef<std::string>());
}

/// What an entry of the model has to say.
static std::string describeSizes(func::FuncOp model) {
  for (unsigned i = 0; i < model.getNumArguments(); ++i) {
    auto type = dyn_cast<RankedTensorType>(model.getArgument(i).getType());
    auto dims = model.getArgAttrOfType<ArrayAttr>(i, attr::dims);
    auto name = model.getArgAttrOfType<StringAttr>(i, attr::name);
    for (int64_t axis = 0; type && axis < type.getRank(); ++axis)
      if (type.isDynamicDim(axis) &&
          (!dims || cast<StringAttr>(dims[axis]).empty()))
        return llvm::formatv("axis {0} of input '{1}' has neither a size nor "
                             "a name, so that no entry can give it one",
                             axis, name ? name.getValue() : "");
  }
  std::vector<std::string> symbols = getSymbols(model);
  if (symbols.empty())
    return "the model has no symbolic sizes, so --entry NAME will do";
  return "the model's symbolic sizes are " + llvm::join(symbols, ", ") +
         ": say --entry NAME:" + llvm::join(symbols, "=SIZE,") + "=SIZE";
}

/// The plan of a prepared model, which becomes that of the module. Fails after
/// it has said why.
FailureOr<ProductPlan> CompileCommand::makePlan(ModuleOp module) const {
  PlanAttr given;
  if (!plan.empty()) {
    llvm::Expected<PlanAttr> read = readPlanFile(module.getContext(), plan);
    if (!read) {
      reportError(read.takeError());
      return failure();
    }
    given = *read;
    if (!given.getGrowths().empty()) {
      reportError(llvm::createStringError(
          "the plan '" + plan + "' grows dimension " +
          given.getGrowths().front().getDimension() +
          ": that is for gac repair, before the model is compiled"));
      return failure();
    }
  }
  return cuda::planPackage(module, package, given);
}

int CompileCommand::run() {
  if (llvm::Error error = readOptions())
    return reportError(std::move(error));
  Session session;
  writing.progress = &session.progress;
  OwningOpRef<ModuleOp> module =
      readModel(session, /*allowMissingWeights=*/graphOnly);
  if (!module)
    return 1;
  session.progress.clear();
  for (const auto *path : {&planOut, &dump})
    if (!path->empty())
      if (llvm::Error error = checkNoSource(*module, *path))
        return reportError(std::move(error));
  if (entries.empty())
    return reportError(llvm::createStringError(
        "no --entry is given; " + describeSizes(getModel(*module))));
  if (!(*module)->hasAttr(cuda::attr::model))
    (*module)->setAttr(cuda::attr::model,
                       StringAttr::get(&session.context, model.getValue()));

  session.progress.stage("compiling " + model);
  PassManager preparation(&session.context), compilation(&session.context);
  cuda::buildPreparationPipeline(preparation, package);
  if (failed(preparation.run(*module)))
    return 1;
  std::optional<ProductPlan> products;
  PlanAttr attribute;
  if (!noPlan) {
    FailureOr<ProductPlan> made = makePlan(*module);
    if (failed(made))
      return 1;
    products = std::move(*made);
    attribute = (*module)->getAttrOfType<PlanAttr>(attr::plan);
  }
  cuda::buildCompilationPipeline(compilation, package);
  if (failed(compilation.run(*module)))
    return 1;
  // The package first: where it cannot be written, nothing else stays behind.
  if (failed(cuda::writePackage(*module, output, writing)))
    return 1;
  session.progress.clear();
  if (!dump.empty() && failed(writeModule(*module, dump, {})))
    return 1;
  if (!planOut.empty())
    if (llvm::Error error = writePlanFile(attribute, planOut))
      return reportError(std::move(error));

  CompileReport report = makeCompileReport(*module, graphOnly);
  report.products = std::move(products);
  report.plan = attribute;
  if (!printsJSON()) {
    printReport(llvm::outs(), report);
    llvm::outs() << "Wrote " << output << "\n";
  }
  if (llvm::Error error = writeJSON(toJSON(report)))
    return reportError(std::move(error));
  return 0;
}

std::unique_ptr<Command> gac::createCompileCommand() {
  return std::make_unique<CompileCommand>();
}
