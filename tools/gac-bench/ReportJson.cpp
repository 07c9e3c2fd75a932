//===- ReportJson.cpp - The figures as JSON ---------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Report.h"

#include <sys/utsname.h>

using namespace gac::bench;
using namespace gac::tools;
using gac::runtime::DeviceCeilings;
using gac::runtime::DeviceClocks;
using nlohmann::ordered_json;

/// The version of summary.json, env.json and raw.json.
static constexpr int64_t resultsVersion = 1;

static ordered_json begin(const char *format) {
  return {{"format", format}, {"version", resultsVersion}};
}

static ordered_json encode(const Spread &spread) {
  return {{"median", spread.median}, {"q1", spread.q1},
          {"q3", spread.q3},         {"min", spread.min},
          {"max", spread.max},       {"count", spread.count}};
}

static ordered_json encode(const std::optional<DeviceClocks> &clocks) {
  if (!clocks)
    return nullptr;
  return {{"smMHz", clocks->smMHz},
          {"memoryMHz", clocks->memoryMHz},
          {"celsius", clocks->celsius},
          {"watts", clocks->watts}};
}

static ordered_json encode(const DeviceCeilings &ceilings) {
  return {{"dtype", getName(ceilings.type)},
          {"copyBytesPerSecond", ceilings.copyBytes},
          {"readBytesPerSecond", ceilings.readBytes},
          {"bytes", ceilings.bytes},
          {"flopsPerSecond", ceilings.flops},
          {"rows", ceilings.rows},
          {"notes", ceilings.notes}};
}

static ordered_json encode(const Positions &positions) {
  ordered_json object = ordered_json::object();
  for (const auto &[cache, position] : positions)
    object[cache] = position;
  return object;
}

/// Null where the library was not found.
static ordered_json orNull(const std::string &version) {
  return version.empty() ? ordered_json() : ordered_json(version);
}

ordered_json gac::bench::makeEnvironment(const ExperimentRun &run) {
  ordered_json root = begin("gac-bench-env");
  root["gac"] = GAC_VERSION;
  root["began"] = run.began;
  root["ended"] = run.ended;
  const auto &device = run.device;
  root["device"] = {{"name", device.name},
                    {"bus", device.bus},
                    {"capability", device.capability},
                    {"multiprocessors", device.multiprocessors},
                    {"bytes", device.totalBytes},
                    {"l2Bytes", device.l2Bytes},
                    {"clockMHz", device.clockMHz},
                    {"memoryClockMHz", device.memoryClockMHz},
                    {"memoryBusBits", device.memoryBusBits}};
  root["driver"] = orNull(device.driver);
  root["cuda"] = device.cuda;
  root["nvrtc"] = orNull(device.nvrtc);
  root["cublasLt"] = orNull(device.cublasLt);
  root["cudnn"] = orNull(device.cudnn);
  root["clocks"] = ordered_json::array();
  for (const CaseRun &each : run.cases)
    root["clocks"].push_back({{"case", each.name},
                              {"before", encode(each.before)},
                              {"after", encode(each.after)}});
  utsname host = {};
  uname(&host);
  root["host"] = {{"name", host.nodename},
                  {"system", std::string(host.sysname) + " " + host.release},
                  {"machine", host.machine}};
  return root;
}

ordered_json gac::bench::makeRaw(const ExperimentRun &run) {
  ordered_json root = begin("gac-bench-raw");
  root["unit"] = "us";
  root["cases"] = ordered_json::array();
  for (const CaseRun &each : run.cases) {
    ordered_json packages = ordered_json::array();
    for (const PackageRun &package : each.packages) {
      ordered_json clocks = ordered_json::array();
      for (const std::optional<DeviceClocks> &afterwards : package.clocks)
        clocks.push_back(encode(afterwards));
      packages.push_back({{"name", package.name},
                          {"rounds", package.rounds},
                          {"clocks", std::move(clocks)},
                          {"ops", package.opTimes}});
    }
    root["cases"].push_back({{"name", each.name},
                             {"order", each.orders},
                             {"packages", std::move(packages)}});
  }
  return root;
}

static ordered_json encode(const OpSummary &op) {
  double perSecond = op.time > 0 ? 1e6 / op.time : 0;
  return {{"index", op.index},
          {"what", op.facts.what},
          {"family", familyNames[static_cast<size_t>(op.facts.family)]},
          {"nodes", op.facts.nodes},
          {"us", op.time},
          {"predictedUs", op.facts.predictedUs},
          {"flops", op.facts.flops},
          {"bytes", op.facts.bytes},
          {"flopsPerSecond", op.facts.flops * perSecond},
          {"bytesPerSecond", op.facts.bytes * perSecond},
          {"limitShare", op.limitShare}};
}

static ordered_json encode(const PackageSummary &package) {
  double median = package.time.median;
  double perSecond = median > 0 ? 1e6 / median : 0;
  ordered_json root = {{"name", package.name},
                       {"dtype", getName(package.type)},
                       {"positions", encode(package.positions)},
                       {"us", encode(package.time)},
                       {"speedup", package.speedup},
                       {"roundSpeedup", encode(package.roundSpeedup)},
                       {"flops", package.flops},
                       {"bytes", package.bytes},
                       {"flopsPerSecond", package.flops * perSecond},
                       {"bytesPerSecond", package.bytes * perSecond},
                       {"limitUs", package.limitUs},
                       {"predictedUs", package.predictedUs},
                       {"memory",
                        {{"plannedBytes", package.plannedBytes},
                         {"usedBytes", package.usedBytes}}}};
  if (package.ops.empty())
    return root;
  root["families"] = ordered_json::object();
  for (size_t i = 0; i < familyNames.size(); ++i)
    root["families"][i < familyCount ? familyNames[i] : "launchGaps"] =
        package.families[i];
  root["prediction"] = {
      {"rankCorrelation", package.rankCorrelation
                              ? ordered_json(*package.rankCorrelation)
                              : ordered_json()},
      {"ratio", encode(package.predictedRatio)},
      {"whole", median > 0 ? package.predictedUs / median : 0}};
  root["ops"] = ordered_json::array();
  for (const OpSummary &op : package.ops)
    root["ops"].push_back(encode(op));
  return root;
}

ordered_json gac::bench::makeSummary(const ExperimentRun &run,
                                     const std::vector<CaseSummary> &cases) {
  ordered_json root = begin("gac-bench-summary");
  root["device"] = run.device.name;
  root["ceilings"] = ordered_json::array();
  for (const DeviceCeilings &each : run.ceilings)
    root["ceilings"].push_back(encode(each));
  root["cases"] = ordered_json::array();
  for (const CaseSummary &each : cases) {
    ordered_json packages = ordered_json::array();
    for (const PackageSummary &package : each.packages)
      packages.push_back(encode(package));
    root["cases"].push_back({{"name", each.name},
                             {"entry", each.entry},
                             {"interleaved", each.interleaved},
                             {"baseline", each.packages.front().name},
                             {"packages", std::move(packages)}});
  }
  return root;
}

std::string gac::bench::print(const ordered_json &document) {
  return document.dump(1, ' ', /*ensure_ascii=*/false,
                       ordered_json::error_handler_t::replace) +
         "\n";
}
