//===- Plan.cpp - An experiment against its packages ------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Plan.h"

#include "Format.h"

#include <algorithm>

using namespace gac::bench;
using namespace gac::runtime;
using namespace gac::tools;

static bool isNamed(const PackageCache &cache, const std::string &name) {
  return cache.input == name || cache.output == name;
}

/// How many positions the entry adds to the package's cache of that number.
static int64_t getAppended(const PackageEntry &entry, size_t cache) {
  for (const CacheAppend &append : entry.appends)
    if (append.cache == cache)
      return append.count;
  return 0;
}

/// As many positions as leave room for what the entry appends, and none where
/// it fills the cache from the first one on.
static int64_t getFullPosition(const Package &package,
                               const PackageEntry &entry, size_t cache) {
  for (const CacheStart &start : entry.starts)
    if (start.cache == cache && !start.countedBy)
      return 0;
  return std::max<int64_t>(
      package.caches[cache].capacity - getAppended(entry, cache), 0);
}

/// Whether the package has the caches that positions are given for.
static Status checkNames(const ExperimentCase &measured, const Package &package,
                         const std::string &what) {
  std::string list;
  for (const PackageCache &cache : package.caches)
    list.append(list.empty() ? "only the caches '" : ", '")
        .append(cache.input)
        .append("'");
  for (const auto &[name, position] : measured.positions) {
    bool known = name == allCaches && !package.caches.empty();
    for (const PackageCache &cache : package.caches)
      known |= isNamed(cache, name);
    if (known)
      continue;
    std::string message = what + " has ";
    message.append(list.empty() ? "no cache" : list)
        .append(", and a position is given for '")
        .append(name)
        .append("'");
    return {ErrorCode::Invalid, std::move(message)};
  }
  return {};
}

static Result<std::vector<int64_t>>
findPositions(const ExperimentCase &measured, const Package &package,
              const PackageEntry &entry, const std::string &what) {
  if (Status status = checkNames(measured, package, what))
    return status;
  std::vector<int64_t> positions;
  for (size_t i = 0; i < package.caches.size(); ++i) {
    const PackageCache &cache = package.caches[i];
    int64_t appended = getAppended(entry, i), position = 0;
    for (const auto &[name, given] : measured.positions)
      if (name == allCaches)
        position = given;
    for (const auto &[name, given] : measured.positions)
      if (isNamed(cache, name))
        position = given;
    if (position == fullPosition)
      position = getFullPosition(package, entry, i);
    if (appended > cache.capacity || position > cache.capacity - appended)
      return Status(ErrorCode::Invalid,
                    what + ": cache '" + cache.input + "' has " +
                        formatCount(cache.capacity, "position") + ", and " +
                        std::to_string(position) + " filled with " +
                        std::to_string(appended) +
                        " appended by the entry do not fit");
    positions.push_back(position);
  }
  if (Status status = checkPositions(package, entry, positions))
    return Status(status.getCode(), what + ": " + status.getMessage());
  return positions;
}

static Result<PlannedEntry> planEntry(const ExperimentCase &measured,
                                      const std::string &name, size_t number,
                                      const Package &package) {
  std::string what = "case '" + measured.name + "': package '" + name + "'";
  PlannedEntry planned;
  planned.package = number;
  while (planned.entry < package.entries.size() &&
         package.entries[planned.entry].name != measured.entry)
    ++planned.entry;
  if (planned.entry == package.entries.size())
    return Status(ErrorCode::Invalid, what + " has no entry '" +
                                          measured.entry + "', only " +
                                          package.listEntries());
  const PackageEntry &entry = package.entries[planned.entry];
  if (entry.ops.empty())
    return Status(ErrorCode::Invalid, what + ": entry '" + entry.name +
                                          "' has no operation to measure");
  Result<std::vector<int64_t>> positions =
      findPositions(measured, package, entry, what);
  if (!positions)
    return positions.getStatus();
  planned.positions = std::move(*positions);
  for (const PackageOp &op : entry.ops) {
    planned.flops += op.flops;
    planned.bytes += op.bytes;
    planned.predictedUs += op.predictedUs;
  }
  return planned;
}

Result<Plan> gac::bench::makePlan(const Experiment &experiment) {
  Plan plan;
  for (const ExperimentPackage &package : experiment.packages) {
    Result<Package> opened = Package::open(package.path);
    if (!opened)
      return opened.getStatus();
    plan.packages.push_back(std::move(*opened));
  }
  for (const ExperimentCase &measured : experiment.cases) {
    PlannedCase planned;
    for (const std::string &name : measured.packages) {
      size_t number = 0;
      while (experiment.packages[number].name != name)
        ++number;
      const Package &package = plan.packages[number];
      Result<PlannedEntry> entry = planEntry(measured, name, number, package);
      if (!entry)
        return entry.getStatus();
      auto replays = static_cast<double>(
          measured.warmup + measured.rounds * (measured.repeat + 1) +
          measured.opRepeat);
      planned.predictedUs += entry->predictedUs * replays;
      int64_t bytes = getMemoryUse(package).getTotal();
      planned.memoryBytes = experiment.sequential
                                ? std::max(planned.memoryBytes, bytes)
                                : planned.memoryBytes + bytes;
      planned.entries.push_back(std::move(*entry));
    }
    plan.cases.push_back(std::move(planned));
  }
  return plan;
}

/// By name, for a reader.
static std::string getPositions(const Package &package,
                                const PlannedEntry &entry) {
  Positions positions;
  for (size_t i = 0; i < package.caches.size(); ++i)
    positions.emplace_back(package.caches[i].input, entry.positions[i]);
  return formatPositions(positions);
}

std::string gac::bench::describePlan(const Experiment &experiment,
                                     const Plan &plan) {
  std::string text;
  TextTable packages({"package", "type", "for", "device memory", "weights",
                      "caches", "in, out", "arena", "workspace"});
  for (size_t i = 0; i < plan.packages.size(); ++i) {
    const Package &package = plan.packages[i];
    MemoryUse use = getMemoryUse(package);
    std::string archs;
    for (const std::string &arch : package.archs)
      archs += (archs.empty() ? "" : ",") + arch;
    packages.add({experiment.packages[i].name,
                  std::string(getName(package.type)), archs,
                  formatBytes(use.getTotal()), formatBytes(use.weights),
                  formatBytes(use.caches), formatBytes(use.signature),
                  formatBytes(use.arena), formatBytes(use.workspace)});
  }
  text += packages.print("", {1, 2});
  for (size_t i = 0; i < plan.cases.size(); ++i) {
    const ExperimentCase &measured = experiment.cases[i];
    const PlannedCase &planned = plan.cases[i];
    text += "\ncase " + measured.name + ": entry " + measured.entry + ", " +
            formatCount(measured.rounds, "round") + " of " +
            formatCount(measured.repeat, "replay") + " after " +
            std::to_string(measured.warmup) + " to warm up, " +
            (experiment.sequential ? "one package after another"
                                   : "packages by turns") +
            "\n";
    TextTable entries(
        {"package", "operations", "predicted", "FLOPs", "bytes", "positions"});
    for (const PlannedEntry &entry : planned.entries)
      entries.add({experiment.packages[entry.package].name,
                   std::to_string(plan.getEntry(entry).ops.size()),
                   formatTime(entry.predictedUs),
                   formatScaled(entry.flops, "FLOP"),
                   formatScaled(entry.bytes, "B"),
                   getPositions(plan.packages[entry.package], entry)});
    text += entries.print("  ", {5});
    text +=
        "  device memory " +
        std::string(experiment.sequential ? "of the largest: " : "together: ") +
        formatBytes(planned.memoryBytes) +
        "; predicted time of all: " + formatTime(planned.predictedUs) + "\n";
  }
  return text;
}
