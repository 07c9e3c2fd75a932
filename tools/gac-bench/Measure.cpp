//===- Measure.cpp - Running an experiment ----------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Measure.h"

#include "Format.h"

#include "gac/Runtime/Synthetic.h"

#include <algorithm>
#include <ctime>

using namespace gac::bench;
using namespace gac::runtime;
using namespace gac::tools;

//===----------------------------------------------------------------------===//
// One package
//===----------------------------------------------------------------------===//

OpFacts gac::bench::getFacts(const PackageOp &op) {
  OpFacts facts;
  facts.family = op.family;
  facts.nodes = op.nodes;
  facts.flops = op.flops;
  facts.bytes = op.bytes;
  facts.predictedUs = op.predictedUs;
  if (const auto *launch = std::get_if<LaunchOp>(&op.action)) {
    facts.what = launch->kernel;
  } else if (const auto *gemm = std::get_if<GemmOp>(&op.action)) {
    facts.what = "gemm ";
    if (gemm->batch != 1)
      facts.what += std::to_string(gemm->batch) + "x";
    facts.what += std::to_string(gemm->m) + "x" + std::to_string(gemm->n) +
                  "x" + std::to_string(gemm->k);
  } else if (const auto *attention = std::get_if<AttentionOp>(&op.action)) {
    facts.what = "attention " + std::to_string(attention->queryHeads) + "x" +
                 std::to_string(attention->queries) + "x" +
                 std::to_string(attention->keys);
  } else {
    facts.what = "copy";
  }
  return facts;
}

namespace {
/// A package on the device.
struct Loaded {
  Model model;
  Session session;
  /// By how much the device's free memory shrank for it, and for each entry
  /// when that was captured.
  int64_t usedBytes = 0;
  std::map<std::string, int64_t> entryBytes;

  int64_t getUsedBytes(const std::string &entry) const {
    return usedBytes + entryBytes.at(entry);
  }
};

/// What all functions below work with.
struct Bench {
  const Experiment &experiment;
  const Plan &plan;
  Progress &progress;
  Device device;
  /// By package; only those that are on the device.
  std::map<size_t, Loaded> loaded;
};
} // namespace

static Status load(Bench &bench, size_t package) {
  if (bench.loaded.count(package) != 0)
    return {};
  const ExperimentPackage &source = bench.experiment.packages[package];
  bench.progress.step("loading " + source.name);
  Result<int64_t> before = bench.device.getFreeBytes();
  if (!before)
    return before.getStatus();
  ModelOptions options;
  options.device = static_cast<int>(bench.experiment.device);
  options.synthetic = bench.experiment.synthetic;
  Result<Model> model = Model::load(source.path, options);
  if (!model)
    return model.getStatus();
  Result<Session> session = model->createSession();
  if (!session)
    return session.getStatus();
  Result<int64_t> after = bench.device.getFreeBytes();
  if (!after)
    return after.getStatus();
  bench.loaded.emplace(
      package,
      Loaded{std::move(*model), std::move(*session), *before - *after, {}});
  return {};
}

/// Fills inputs and caches, and captures the entry.
static Status prepare(Bench &bench, const PlannedEntry &planned) {
  Loaded &loaded = bench.loaded.at(planned.package);
  const Package &package = bench.plan.packages[planned.package];
  const PackageEntry &entry = bench.plan.getEntry(planned);
  auto seed = static_cast<uint64_t>(bench.experiment.seed);
  bench.progress.step("preparing " +
                      bench.experiment.packages[planned.package].name);
  for (TensorId id : entry.inputs) {
    const PackageTensor &tensor = package.tensors[id];
    Result<HostTensor> values = makeSyntheticInput(
        tensor.name, seed, tensor.type, tensor.getCallerShape(), tensor.range);
    if (!values)
      return values.getStatus();
    if (Status status =
            loaded.session.setInput(entry.name, tensor.name, *values))
      return status;
  }
  // Products run, so that algorithms are chosen: with the inputs, which they
  // leave as they are, but not the caches, which they may write to.
  Result<int64_t> before = bench.device.getFreeBytes();
  if (!before)
    return before.getStatus();
  if (Status status = loaded.session.prepare(entry.name))
    return status;
  Result<int64_t> after = bench.device.getFreeBytes();
  if (!after)
    return after.getStatus();
  // An entry of several cases is captured for the first.
  loaded.entryBytes[entry.name] += *before - *after;
  for (size_t i = 0; i < package.caches.size(); ++i) {
    const PackageCache &cache = package.caches[i];
    const PackageTensor &tensor = package.tensors[cache.tensor];
    Shape shape = tensor.getCallerShape();
    shape[cache.axis] = planned.positions[i];
    // Keyed by the cache's name: the same in every package.
    Result<HostTensor> values =
        makeSyntheticInput(cache.input, seed, tensor.type, shape, std::nullopt);
    if (!values)
      return values.getStatus();
    if (Status status = loaded.session.setCache(cache.input, *values))
      return status;
  }
  return {};
}

static Status warmUp(Bench &bench, const ExperimentCase &measured,
                     const PlannedEntry &planned) {
  if (measured.warmup == 0)
    return {};
  bench.progress.step(measured.name + ": warming up " +
                      bench.experiment.packages[planned.package].name);
  Result<std::vector<double>> times =
      bench.loaded.at(planned.package)
          .session.timeEntry(measured.entry, static_cast<int>(measured.warmup));
  return times ? Status() : times.getStatus();
}

static Status takeRound(Bench &bench, const ExperimentCase &measured,
                        const PlannedEntry &planned, PackageRun &run) {
  bench.progress.step(measured.name + ": round " +
                      std::to_string(run.rounds.size() + 1) + " of " +
                      std::to_string(measured.rounds) + ", " + run.name);
  // The first replay starts on an idle device and is not like the others.
  Result<std::vector<double>> times =
      bench.loaded.at(planned.package)
          .session.timeEntry(measured.entry,
                             static_cast<int>(measured.repeat) + 1);
  if (!times)
    return times.getStatus();
  run.clocks.push_back(bench.device.readClocks());
  times->erase(times->begin());
  run.rounds.push_back(std::move(*times));
  return {};
}

static Status takeOps(Bench &bench, const ExperimentCase &measured,
                      const PlannedEntry &planned, PackageRun &run) {
  if (measured.opRepeat == 0)
    return {};
  bench.progress.step(measured.name + ": operations of " + run.name);
  Result<std::vector<double>> times =
      bench.loaded.at(planned.package)
          .session.timeOps(measured.entry, static_cast<int>(measured.opRepeat));
  if (!times)
    return times.getStatus();
  run.opTimes = std::move(*times);
  return {};
}

static PackageRun describe(const Bench &bench, const PlannedEntry &planned) {
  const Package &package = bench.plan.packages[planned.package];
  PackageRun run;
  run.name = bench.experiment.packages[planned.package].name;
  run.type = package.type;
  for (size_t i = 0; i < package.caches.size(); ++i)
    run.positions.emplace_back(package.caches[i].input, planned.positions[i]);
  for (const PackageOp &op : bench.plan.getEntry(planned).ops)
    run.ops.push_back(getFacts(op));
  run.plannedBytes = getMemoryUse(package).getTotal();
  return run;
}

//===----------------------------------------------------------------------===//
// Cases
//===----------------------------------------------------------------------===//

/// All packages by turns: each round begins with another one, so that none
/// always follows the same.
static Status measureInterleaved(Bench &bench, const ExperimentCase &measured,
                                 const PlannedCase &planned, CaseRun &run) {
  size_t count = planned.entries.size();
  for (auto it = bench.loaded.begin(); it != bench.loaded.end();) {
    bool needed = std::any_of(
        planned.entries.begin(), planned.entries.end(),
        [&](const PlannedEntry &entry) { return entry.package == it->first; });
    it = needed ? std::next(it) : bench.loaded.erase(it);
  }
  for (const PlannedEntry &entry : planned.entries)
    if (Status status = load(bench, entry.package))
      return status;
  for (const PlannedEntry &entry : planned.entries)
    if (Status status = prepare(bench, entry))
      return status;
  for (const PlannedEntry &entry : planned.entries)
    if (Status status = warmUp(bench, measured, entry))
      return status;
  for (int64_t round = 0; round < measured.rounds; ++round) {
    std::vector<size_t> order;
    for (size_t i = 0; i < count; ++i)
      order.push_back((i + static_cast<size_t>(round)) % count);
    for (size_t i : order)
      if (Status status =
              takeRound(bench, measured, planned.entries[i], run.packages[i]))
        return status;
    run.orders.push_back(std::move(order));
  }
  for (size_t i = 0; i < count; ++i)
    if (Status status =
            takeOps(bench, measured, planned.entries[i], run.packages[i]))
      return status;
  return {};
}

static Status measureSequential(Bench &bench, const ExperimentCase &measured,
                                const PlannedCase &planned, CaseRun &run) {
  for (size_t i = 0; i < planned.entries.size(); ++i) {
    const PlannedEntry &entry = planned.entries[i];
    // One that stays from the last case need not be loaded again.
    for (auto it = bench.loaded.begin(); it != bench.loaded.end();)
      it = it->first == entry.package ? std::next(it) : bench.loaded.erase(it);
    if (Status status = load(bench, entry.package))
      return status;
    if (Status status = prepare(bench, entry))
      return status;
    if (Status status = warmUp(bench, measured, entry))
      return status;
    for (int64_t round = 0; round < measured.rounds; ++round)
      if (Status status = takeRound(bench, measured, entry, run.packages[i]))
        return status;
    if (Status status = takeOps(bench, measured, entry, run.packages[i]))
      return status;
    run.packages[i].usedBytes =
        bench.loaded.at(entry.package).getUsedBytes(measured.entry);
  }
  return {};
}

static Result<CaseRun> measureCase(Bench &bench, const ExperimentCase &measured,
                                   const PlannedCase &planned) {
  CaseRun run;
  run.name = measured.name;
  run.entry = measured.entry;
  run.interleaved = !bench.experiment.sequential;
  for (const PlannedEntry &entry : planned.entries)
    run.packages.push_back(describe(bench, entry));
  run.before = bench.device.readClocks();
  if (Status status = run.interleaved
                          ? measureInterleaved(bench, measured, planned, run)
                          : measureSequential(bench, measured, planned, run))
    return status;
  run.after = bench.device.readClocks();
  if (run.interleaved)
    for (size_t i = 0; i < planned.entries.size(); ++i)
      run.packages[i].usedBytes = bench.loaded.at(planned.entries[i].package)
                                      .getUsedBytes(measured.entry);
  return run;
}

/// Whether each case has room, before anything is taken.
static Status checkMemory(const Bench &bench) {
  Result<int64_t> available = bench.device.getFreeBytes();
  if (!available)
    return available.getStatus();
  for (size_t i = 0; i < bench.plan.cases.size(); ++i) {
    const PlannedCase &planned = bench.plan.cases[i];
    if (planned.memoryBytes <= *available)
      continue;
    std::string list;
    for (const PlannedEntry &entry : planned.entries)
      list += (list.empty() ? "" : ", ") +
              bench.experiment.packages[entry.package].name + " " +
              formatBytes(
                  getMemoryUse(bench.plan.packages[entry.package]).getTotal());
    bool together = !bench.experiment.sequential && planned.entries.size() > 1;
    return {ErrorCode::Memory,
            "case '" + bench.experiment.cases[i].name + "' needs " +
                formatBytes(planned.memoryBytes) + " of device memory" +
                (together ? " for all packages together (" : " (") + list +
                ") and " + bench.device.getInfo().name + " has " +
                formatBytes(*available) + " free" +
                (together ? "; --sequential measures one package after another"
                          : "")};
  }
  return {};
}

static int64_t countSteps(const Experiment &experiment,
                          const std::vector<DType> &types) {
  auto steps = static_cast<int64_t>(types.size());
  for (const ExperimentCase &measured : experiment.cases)
    steps +=
        static_cast<int64_t>(measured.packages.size()) *
        (2 + (measured.warmup > 0) + measured.rounds + (measured.opRepeat > 0));
  return steps;
}

static std::string getTime() {
  std::time_t now = std::time(nullptr);
  std::tm parts = {};
  char text[32] = "";
  if (gmtime_r(&now, &parts))
    std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

Result<ExperimentRun> gac::bench::measure(const Experiment &experiment,
                                          const Plan &plan,
                                          Progress &progress) {
  ExperimentRun run;
  run.experiment = experiment;
  run.began = getTime();
  Result<Device> device = Device::open(static_cast<int>(experiment.device));
  if (!device)
    return device.getStatus();
  run.device = device->getInfo();
  Bench bench{experiment, plan, progress, *device, {}};
  if (Status status = checkMemory(bench))
    return status;
  std::vector<DType> types;
  for (const Package &package : plan.packages)
    if (std::count(types.begin(), types.end(), package.type) == 0)
      types.push_back(package.type);
  progress.expect(countSteps(experiment, types));
  // Before the packages, which then find the libraries loaded: what these take
  // is in none of the packages' figures.
  for (DType type : types) {
    progress.step("what the device can do in " + std::string(getName(type)));
    Result<DeviceCeilings> ceilings = device->measureCeilings(type);
    if (!ceilings)
      return ceilings.getStatus();
    run.ceilings.push_back(std::move(*ceilings));
  }
  for (size_t i = 0; i < plan.cases.size(); ++i) {
    Result<CaseRun> measured =
        measureCase(bench, experiment.cases[i], plan.cases[i]);
    if (!measured)
      return measured.getStatus();
    run.cases.push_back(std::move(*measured));
  }
  run.ended = getTime();
  return run;
}
