//===- gac-run.cpp - Runs a package on a GPU --------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CommandLine.h"
#include "Options.h"

#include "gac/Runtime/MappedBytes.h"
#include "gac/Runtime/Npy.h"
#include "gac/Runtime/Runtime.h"
#include "gac/Runtime/Synthetic.h"

#include <algorithm>
#include <cstdio>

using namespace gac::runtime;

using Arrays = std::map<std::string, HostTensor>;

static std::string describe(const PackageTensor &tensor) {
  std::string text = tensor.name + ": " + std::string(getName(tensor.type)) +
                     " " + toString(tensor.getCallerShape());
  return tensor.lanes ? text + ", padded to " + toString(tensor.shape) : text;
}

static void list(const Package &package) {
  std::printf("%s: %s, format version %lld, made by %s from %s\n",
              package.folder.c_str(),
              std::string(getName(package.type)).c_str(),
              static_cast<long long>(packageVersion), package.producer.c_str(),
              package.model.c_str());
  std::printf("device memory: %.1f MiB\n",
              static_cast<double>(getMemoryUse(package).getTotal()) /
                  (1 << 20));
  for (const PackageEntry &entry : package.entries) {
    std::printf("entry %s: %zu operations\n", entry.name.c_str(),
                entry.ops.size());
    for (TensorId id : entry.inputs)
      std::printf("  input  %s\n", describe(package.tensors[id]).c_str());
    for (TensorId id : entry.outputs)
      std::printf("  output %s\n", describe(package.tensors[id]).c_str());
  }
  for (const PackageCache &cache : package.caches)
    std::printf("cache %s (grows into %s), %lld positions\n",
                describe(package.tensors[cache.tensor]).c_str(),
                cache.output.c_str(), static_cast<long long>(cache.capacity));
}

/// Makes one weight on the CPU.
static Status writeRecipe(const Package &package, const Options &options) {
  if (options.output.empty())
    return {ErrorCode::Invalid, "--recipe needs --output"};
  for (const PackageTensor &tensor : package.tensors) {
    if (tensor.name != options.recipe || !tensor.recipe)
      continue;
    Result<HostTensor> made = evaluateRecipe(*tensor.recipe, tensor.type);
    if (!made)
      return {made.getStatus().getCode(),
              "weight '" + tensor.name + "': " + made.getStatus().getMessage()};
    return writeNpz(options.output, {{tensor.name, std::move(*made)}});
  }
  return {ErrorCode::Invalid, "package '" + package.folder +
                                  "' has no recipe for '" + options.recipe +
                                  "'"};
}

/// All arrays that the command line names.
static Result<Arrays> readArrays(const Options &options) {
  Arrays arrays;
  if (!options.inputsFile.empty()) {
    Result<Arrays> read = readNpz(options.inputsFile);
    if (!read)
      return read.getStatus();
    arrays = std::move(*read);
  }
  for (const auto &[name, file] : options.inputs) {
    Result<HostTensor> read = readNpy(file);
    if (!read)
      return read.getStatus();
    arrays[name] = std::move(*read);
  }
  return arrays;
}

static bool hasCache(const Package &package, const std::string &name) {
  for (const PackageCache &cache : package.caches)
    if (cache.input == name)
      return true;
  return false;
}

/// Says how far caches are filled; those that are named come last.
static Status setPositions(Session &session, const Package &package,
                           const Options &options) {
  for (const auto &[name, position] : options.positions) {
    if (name != allCaches)
      continue;
    if (package.caches.empty())
      return {ErrorCode::Invalid, "package '" + package.folder +
                                      "' has no cache, and a position is given "
                                      "for '" +
                                      name + "'"};
    for (const PackageCache &cache : package.caches)
      if (Status status = session.setPosition(cache.input, position))
        return status;
  }
  for (const auto &[name, position] : options.positions)
    if (name != allCaches)
      if (Status status = session.setPosition(name, position))
        return status;
  return {};
}

/// Gives the session the arrays, and synthetic values to the other inputs.
static Status bind(Session &session, const Package &package,
                   const PackageEntry &entry, const Options &options) {
  Result<Arrays> arrays = readArrays(options);
  if (!arrays)
    return arrays.getStatus();
  for (TensorId id : entry.inputs) {
    const PackageTensor &tensor = package.tensors[id];
    HostTensor values;
    if (auto it = arrays->find(tensor.name); it != arrays->end()) {
      values = std::move(it->second);
      arrays->erase(it);
    } else {
      Result<HostTensor> made =
          makeSyntheticInput(tensor.name, options.seed, tensor.type,
                             tensor.getCallerShape(), tensor.range);
      if (!made)
        return made.getStatus();
      values = std::move(*made);
    }
    if (Status status = session.setInput(entry.name, tensor.name, values))
      return status;
  }
  // Products run, so that algorithms are chosen: with the inputs, which they
  // leave as they are, but not the caches, which they may write to.
  if (Status status = session.prepare(entry.name))
    return status;
  for (const auto &[name, values] : *arrays) {
    if (!hasCache(package, name))
      return {ErrorCode::Invalid, "entry '" + entry.name +
                                      "' has no input and no cache '" + name +
                                      "'"};
    if (Status status = session.setCache(name, values))
      return status;
  }
  return setPositions(session, package, options);
}

static Status writeOutputs(Session &session, const Package &package,
                           const PackageEntry &entry, const std::string &path) {
  Arrays outputs;
  for (TensorId id : entry.outputs) {
    const std::string &name = package.tensors[id].name;
    Result<HostTensor> values = session.getOutput(entry.name, name);
    if (!values)
      return values.getStatus();
    outputs[name] = std::move(*values);
  }
  for (const CacheAppend &append : entry.appends) {
    const std::string &name = package.caches[append.cache].output;
    Result<HostTensor> values = session.getCache(name);
    if (!values)
      return values.getStatus();
    outputs[name] = std::move(*values);
  }
  return writeNpz(path, outputs);
}

static Status run(const Options &options) {
  if (!options.output.empty())
    if (Status status = checkWritable(options.output))
      return status;
  if (options.list || !options.recipe.empty()) {
    Result<Package> package = Package::open(options.package);
    if (!package)
      return package.getStatus();
    if (!options.recipe.empty())
      return writeRecipe(*package, options);
    list(*package);
    return {};
  }
  ModelOptions modelOptions;
  modelOptions.device = options.device;
  modelOptions.synthetic = options.synthetic;
  modelOptions.cudnn = options.cudnn;
  Result<Model> model = Model::load(options.package, modelOptions);
  if (!model)
    return model.getStatus();
  const Package &package = model->getPackage();
  if (options.entry.empty() && package.entries.size() != 1)
    return {ErrorCode::Invalid,
            "which --entry of " + package.listEntries() + "?"};
  const PackageEntry *entry = options.entry.empty()
                                  ? &package.entries[0]
                                  : package.findEntry(options.entry);
  if (!entry)
    return {ErrorCode::Invalid, "package '" + package.folder +
                                    "' has no entry '" + options.entry +
                                    "', only " + package.listEntries()};
  Result<Session> session = model->createSession();
  if (!session)
    return session.getStatus();
  if (Status status = bind(*session, package, *entry, options))
    return status;
  if (options.warmup > 0)
    if (Result<std::vector<double>> times =
            session->timeEntry(entry->name, static_cast<int>(options.warmup));
        !times)
      return times.getStatus();
  if (options.repeat > 0) {
    Result<std::vector<double>> times =
        session->timeEntry(entry->name, static_cast<int>(options.repeat));
    if (!times)
      return times.getStatus();
    std::sort(times->begin(), times->end());
    std::printf("%s on %s: median %.1f us, fastest %.1f, slowest %.1f of %zu\n",
                entry->name.c_str(), model->getDeviceName().c_str(),
                (*times)[times->size() / 2], times->front(), times->back(),
                times->size());
  }
  // After the timed replays, which leave the caches' positions as they were.
  if (Status status = session->run(entry->name))
    return status;
  if (Status status = session->synchronize())
    return status;
  if (options.output.empty())
    return {};
  return writeOutputs(*session, package, *entry, options.output);
}

int main(int argc, char **argv) {
  return gac::tools::CommandLine("gac-run").run(parseOptions(argc, argv),
                                                helpText, GAC_VERSION, &run);
}
