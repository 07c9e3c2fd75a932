//===- Experiment.cpp - What is to be measured ------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Experiment.h"

#include "Json.h"

#include <filesystem>
#include <limits>
#include <set>

using namespace gac;
using namespace gac::bench;
using gac::runtime::ErrorCode;
using gac::runtime::JsonPlace;
using gac::runtime::Result;

const char *const gac::bench::allCaches = "ALL";

static constexpr Limits anyCount = {0, std::numeric_limits<int64_t>::max()};

/// A misspelt field would silently be a default.
static void checkFields(const JsonPlace &object,
                        const std::set<std::string> &known) {
  object.forEachMember([&](const std::string &name, const JsonPlace &) {
    if (known.count(name) != 0)
      return;
    std::string list;
    for (const std::string &each : known)
      list += (list.empty() ? "" : ", ") + each;
    object.fail(ErrorCode::Invalid,
                "'" + name + "' is no field here, only " + list);
  });
}

static void readInteger(const JsonPlace &object, const char *name,
                        Limits limits, int64_t &value) {
  if (object.has(name))
    value = object.at(name).getInteger(limits.least, limits.most);
}

static void readFlag(const JsonPlace &object, const char *name, bool &value) {
  if (object.has(name))
    value = object.at(name).getBool();
}

/// A string that says something.
static std::string readName(const JsonPlace &place) {
  std::string name = place.getString();
  if (name.empty())
    place.fail("expected a name, got \"\"");
  return name;
}

static void readPositions(const JsonPlace &place, ExperimentCase &measured) {
  place.forEachMember([&](const std::string &cache, const JsonPlace &value) {
    if (value.isNumber())
      measured.positions[cache] =
          value.getInteger(anyCount.least, anyCount.most);
    else if (value.getString() == "full")
      measured.positions[cache] = fullPosition;
    else
      value.fail("expected a number of positions or \"full\"");
  });
}

static ExperimentPackage readPackage(const JsonPlace &place,
                                     const std::string &folder,
                                     const Experiment &experiment) {
  checkFields(place, {"name", "path"});
  ExperimentPackage package{readName(place.at("name")),
                            readName(place.at("path"))};
  for (const ExperimentPackage &other : experiment.packages)
    if (other.name == package.name)
      place.fail(ErrorCode::Invalid,
                 "there is a package '" + other.name + "' already");
  if (!folder.empty() && !package.path.empty() && package.path[0] != '/')
    package.path = folder + "/" + package.path;
  return package;
}

static ExperimentCase readCase(const JsonPlace &place,
                               const Experiment &experiment) {
  checkFields(place, {"entry", "name", "opRepeat", "packages", "positions",
                      "repeat", "rounds", "warmup"});
  ExperimentCase measured;
  measured.entry = readName(place.at("entry"));
  measured.name =
      place.has("name") ? readName(place.at("name")) : measured.entry;
  for (const ExperimentCase &other : experiment.cases)
    if (other.name == measured.name)
      place.fail(ErrorCode::Invalid,
                 "there is a case '" + other.name + "' already");
  if (place.has("packages")) {
    JsonPlace packages = place.at("packages");
    measured.packages = packages.getStrings();
    if (measured.packages.empty())
      packages.fail("expected at least one package");
    std::set<std::string> seen;
    for (size_t i = 0; i < measured.packages.size(); ++i) {
      const std::string &name = measured.packages[i];
      bool known = false;
      for (const ExperimentPackage &package : experiment.packages)
        known |= package.name == name;
      if (!known)
        packages.at(i).fail(ErrorCode::Invalid,
                            "there is no package '" + name + "'");
      if (!seen.insert(name).second)
        packages.at(i).fail(ErrorCode::Invalid,
                            "package '" + name + "' is here twice");
    }
  } else {
    for (const ExperimentPackage &package : experiment.packages)
      measured.packages.push_back(package.name);
  }
  if (place.has("positions"))
    readPositions(place.at("positions"), measured);
  readInteger(place, "rounds", roundsLimits, measured.rounds);
  readInteger(place, "repeat", repeatLimits, measured.repeat);
  readInteger(place, "warmup", warmupLimits, measured.warmup);
  readInteger(place, "opRepeat", opRepeatLimits, measured.opRepeat);
  return measured;
}

Result<Experiment> gac::bench::parseExperiment(std::string_view text,
                                               const std::string &what,
                                               const std::string &folder) {
  Result<JsonPlace> parsed = JsonPlace::parse(text, what);
  if (!parsed)
    return parsed.getStatus();
  const JsonPlace &root = *parsed;
  std::string format = root.at("format").getString();
  if (!root.getStatus() && format != "gac-experiment")
    root.at("format").fail("the format is '" + format +
                           "', not 'gac-experiment'");
  int64_t version =
      root.at("version").getInteger(anyCount.least, anyCount.most);
  if (!root.getStatus() && version != experimentVersion)
    root.fail(ErrorCode::Unsupported,
              "this experiment is " +
                  std::string(version > experimentVersion ? "newer" : "older") +
                  " than gac-bench: it has version " + std::to_string(version) +
                  " and gac-bench reads version " +
                  std::to_string(experimentVersion));
  // What another version has besides is not this one's to judge.
  if (root.getStatus())
    return root.getStatus();
  checkFields(root, {"cases", "device", "format", "packages", "seed",
                     "sequential", "synthetic", "version"});
  Experiment experiment;
  JsonPlace packages = root.at("packages");
  for (size_t i = 0, count = packages.size(); i < count; ++i)
    experiment.packages.push_back(
        readPackage(packages.at(i), folder, experiment));
  if (experiment.packages.empty())
    packages.fail("expected at least one package");
  JsonPlace cases = root.at("cases");
  for (size_t i = 0, count = cases.size(); i < count; ++i)
    experiment.cases.push_back(readCase(cases.at(i), experiment));
  if (experiment.cases.empty())
    cases.fail("expected at least one case");
  readInteger(root, "device", deviceLimits, experiment.device);
  readInteger(root, "seed", anyCount, experiment.seed);
  readFlag(root, "synthetic", experiment.synthetic);
  readFlag(root, "sequential", experiment.sequential);
  if (root.getStatus())
    return root.getStatus();
  return experiment;
}

static std::string makeAbsolute(const std::string &path) {
  std::error_code error;
  std::filesystem::path absolute = std::filesystem::absolute(path, error);
  return error ? path : absolute.lexically_normal().string();
}

nlohmann::ordered_json gac::bench::toJson(const Experiment &experiment) {
  nlohmann::ordered_json root;
  root["format"] = "gac-experiment";
  root["version"] = experimentVersion;
  root["packages"] = nlohmann::ordered_json::array();
  for (const ExperimentPackage &package : experiment.packages)
    root["packages"].push_back(
        {{"name", package.name}, {"path", makeAbsolute(package.path)}});
  root["cases"] = nlohmann::ordered_json::array();
  for (const ExperimentCase &measured : experiment.cases) {
    nlohmann::ordered_json object;
    object["name"] = measured.name;
    object["entry"] = measured.entry;
    object["packages"] = measured.packages;
    object["positions"] = nlohmann::ordered_json::object();
    for (const auto &[cache, position] : measured.positions) {
      if (position == fullPosition)
        object["positions"][cache] = "full";
      else
        object["positions"][cache] = position;
    }
    object["rounds"] = measured.rounds;
    object["repeat"] = measured.repeat;
    object["warmup"] = measured.warmup;
    object["opRepeat"] = measured.opRepeat;
    root["cases"].push_back(std::move(object));
  }
  root["device"] = experiment.device;
  root["seed"] = experiment.seed;
  root["synthetic"] = experiment.synthetic;
  root["sequential"] = experiment.sequential;
  return root;
}

void gac::bench::makeNamesUnique(std::vector<ExperimentPackage> &packages) {
  std::set<std::string> taken;
  for (ExperimentPackage &package : packages) {
    std::string name = package.name;
    for (int number = 2; !taken.insert(package.name).second; ++number)
      package.name = name + "-" + std::to_string(number);
  }
}
