//===- Evaluation.cpp - How good predictions are --------------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Evaluation.h"

#include "Fit.h"
#include "Format.h"
#include "Json.h"
#include "Prediction.h"
#include "PredictionPlot.h"
#include "gac/Runtime/MappedBytes.h"
#include "llvm/ADT/MapVector.h"

using namespace gac;
using namespace gac::profile;
using namespace gac::tools;
namespace json = llvm::json;

/// Of the report.
static constexpr int64_t version = 1;
static constexpr size_t maxSummaryBytes = size_t(256) << 20;

const std::vector<std::string> gac::profile::familyNames = {
    "gemm", "gemv", "prefill", "decode", "other"};

static size_t getFamily(const Sample &sample) {
  if (std::holds_alternative<ProductPoint>(sample.point.what) ||
      std::holds_alternative<GroupPoint>(sample.point.what))
    return sample.ran == "gemv" ? 1 : 0;
  if (const auto *attention = std::get_if<AttentionPoint>(&sample.point.what))
    return attention->isDecode() ? 3 : 2;
  return 4;
}

Score gac::profile::score(std::string name,
                          const std::vector<Prediction> &predictions) {
  std::vector<double> measured, predicted, ratios;
  for (const Prediction &each : predictions) {
    measured.push_back(each.measured);
    predicted.push_back(each.predicted);
    ratios.push_back(each.predicted / each.measured);
  }
  Score result;
  result.name = std::move(name);
  result.count = predictions.size();
  result.rankCorrelation = getRankCorrelation(measured, predicted);
  result.interval = getRankCorrelationInterval(measured, predicted);
  result.ratio = getSpread(std::move(ratios));
  return result;
}

/// Entries and operations of packages in a summary of gac-bench.
static void readBench(const runtime::JsonPlace &root, BenchResults &read) {
  runtime::JsonPlace cases = root.at("cases");
  for (size_t i = 0, count = cases.size(); i < count; ++i) {
    runtime::JsonPlace packages = cases.at(i).at("packages");
    for (size_t j = 0, size = packages.size(); j < size; ++j) {
      runtime::JsonPlace package = packages.at(j);
      std::string name = cases.at(i).at("name").getString() + ", " +
                         package.at("name").getString();
      read.entries.push_back({name, package.at("us").at("median").getNumber(),
                              package.at("predictedUs").getNumber(), 4});
      if (!package.has("ops"))
        continue;
      runtime::JsonPlace ops = package.at("ops");
      for (size_t k = 0, many = ops.size(); k < many; ++k)
        read.ops.push_back({name + ": " + ops.at(k).at("what").getString(),
                            ops.at(k).at("us").getNumber(),
                            ops.at(k).at("predictedUs").getNumber(), 4});
    }
  }
}

/// Entries of packages in a summary of a suite, whose other contenders have no
/// predictions.
static void readSuite(const runtime::JsonPlace &root, BenchResults &read) {
  std::string title = root.at("title").getString();
  runtime::JsonPlace cases = root.at("cases");
  for (size_t i = 0, count = cases.size(); i < count; ++i) {
    runtime::JsonPlace contenders = cases.at(i).at("contenders");
    for (size_t j = 0, size = contenders.size(); j < size; ++j) {
      runtime::JsonPlace contender = contenders.at(j);
      if (!contender.has("predicted_us") || !contender.has("median_us"))
        continue;
      read.entries.push_back({title + ": " +
                                  cases.at(i).at("title").getString() + ", " +
                                  contender.at("title").getString(),
                              contender.at("median_us").getNumber(),
                              contender.at("predicted_us").getNumber(), 4});
    }
  }
}

llvm::Error gac::profile::readSummary(const std::string &path,
                                      BenchResults &results) {
  using namespace gac::runtime;
  auto fail = [](const Status &status) {
    return llvm::createStringError(status.getMessage());
  };
  Result<std::string> text = readFile(path, maxSummaryBytes);
  if (!text)
    return fail(text.getStatus());
  Result<JsonPlace> root = JsonPlace::parse(*text, "results '" + path + "'");
  if (!root)
    return fail(root.getStatus());
  BenchResults read;
  JsonPlace format = root->at("format");
  if (format.getString() == "gac-bench-summary")
    readBench(*root, read);
  else if (format.getString() == "gac-suite-summary")
    readSuite(*root, read);
  else
    format.fail("expected 'gac-bench-summary' or 'gac-suite-summary'");
  root->at("version").getInteger(1, 1);
  if (root->getStatus())
    return fail(root->getStatus());
  // What a target could not price has no prediction to judge.
  auto add = [](std::vector<Prediction> &to, std::vector<Prediction> &from) {
    for (Prediction &each : from)
      if (each.measured > 0 && each.predicted > 0)
        to.push_back(std::move(each));
  };
  add(results.entries, read.entries);
  add(results.ops, read.ops);
  return llvm::Error::success();
}

Evaluation gac::profile::evaluate(const Samples &samples, const Target &target,
                                  BenchResults bench) {
  Evaluation evaluation;
  llvm::MapVector<llvm::StringRef, std::vector<Prediction>> sweeps;
  std::vector<std::vector<Prediction>> families(familyNames.size());
  for (const Sample &sample : samples.samples) {
    if (!sample.isMeasured())
      continue;
    std::optional<double> predicted = predict(target, sample.point);
    if (!predicted || *predicted <= 0)
      continue;
    Prediction prediction = {getKey(sample.point) + ", " + sample.ran,
                             sample.us.median, *predicted, getFamily(sample)};
    for (const std::string &sweep : sample.point.sweeps)
      sweeps[sweep].push_back(prediction);
    if (!isHeldOut(sample))
      continue;
    families[prediction.family].push_back(prediction);
    evaluation.heldOut.push_back(std::move(prediction));
  }
  evaluation.scores.push_back(score("all", evaluation.heldOut));
  for (size_t i = 0; i < familyNames.size(); ++i)
    if (!families[i].empty())
      evaluation.scores.push_back(score(familyNames[i], families[i]));
  for (auto &[name, predictions] : sweeps)
    evaluation.sweeps.push_back(score(name.str(), predictions));
  evaluation.bench = std::move(bench);
  if (!evaluation.bench.entries.empty())
    evaluation.benchScores.push_back(
        score("entries", evaluation.bench.entries));
  if (!evaluation.bench.ops.empty())
    evaluation.benchScores.push_back(score("operations", evaluation.bench.ops));
  return evaluation;
}

//===----------------------------------------------------------------------===//
// Reports
//===----------------------------------------------------------------------===//

static json::Value toJSON(const Score &score) {
  json::Object object{{"name", score.name},
                      {"count", int64_t(score.count)},
                      {"ratio", json::Object{{"q1", score.ratio.q1},
                                             {"median", score.ratio.median},
                                             {"q3", score.ratio.q3}}}};
  object["rank_correlation"] =
      score.rankCorrelation ? json::Value(*score.rankCorrelation) : nullptr;
  object["interval"] =
      score.interval
          ? json::Value(json::Array{score.interval->low, score.interval->high})
          : nullptr;
  return object;
}

static json::Array toJSON(const std::vector<Score> &scores) {
  json::Array array;
  for (const Score &each : scores)
    array.push_back(::toJSON(each));
  return array;
}

static json::Array toJSON(const std::vector<Prediction> &predictions) {
  json::Array array;
  for (const Prediction &each : predictions)
    array.push_back(json::Object{{"what", each.what},
                                 {"family", familyNames[each.family]},
                                 {"us", each.measured},
                                 {"predicted_us", each.predicted}});
  return array;
}

json::Value gac::profile::toJSON(const Evaluation &evaluation,
                                 const Target &target,
                                 llvm::ArrayRef<std::string> notes) {
  json::Object root{{"format", "gac-profile-report"},
                    {"version", version},
                    {"target", target.name},
                    {"measured", target.measured},
                    {"held_out", ::toJSON(evaluation.scores)},
                    {"sweeps", ::toJSON(evaluation.sweeps)},
                    {"packages", ::toJSON(evaluation.benchScores)},
                    {"predictions", ::toJSON(evaluation.heldOut)},
                    {"entries", ::toJSON(evaluation.bench.entries)}};
  root["notes"] = json::Array(notes);
  return root;
}

static void addRows(TextTable &table, const std::vector<Score> &scores) {
  for (const Score &each : scores)
    table.add(
        {each.name, std::to_string(each.count),
         each.rankCorrelation ? formatNumber(*each.rankCorrelation, 3) : "-",
         each.interval ? formatNumber(each.interval->low, 2) + " to " +
                             formatNumber(each.interval->high, 2)
                       : "-",
         formatNumber(each.ratio.q1, 2), formatNumber(each.ratio.median, 2),
         formatNumber(each.ratio.q3, 2)});
}

std::string gac::profile::printTables(const Evaluation &evaluation) {
  auto print = [](const std::string &name, const std::vector<Score> &scores) {
    TextTable table({name, "number", "rank correlation", "of 95 %", "ratio q1",
                     "median", "q3"});
    addRows(table, scores);
    return table.print("");
  };
  std::string text =
      "Predicted and measured time; ratio: predicted by measured.\n\n" +
      print("held out of the fit", evaluation.scores) + "\n" +
      print("by sweep", evaluation.sweeps);
  if (!evaluation.benchScores.empty())
    text += "\n" +
            print("of packages, by their own targets", evaluation.benchScores);
  return text;
}

/// Points of a field, and its title.
static PredictionField makeField(const std::string &title, const Score &score,
                                 const std::vector<Prediction> &predictions) {
  PredictionField field;
  field.title = title;
  if (score.rankCorrelation)
    field.title +=
        ", rank correlation " + formatNumber(*score.rankCorrelation, 3);
  for (const Prediction &each : predictions)
    field.points.push_back({each.measured, each.predicted, each.family,
                            each.what + ": measured " +
                                formatTime(each.measured) + ", predicted " +
                                formatTime(each.predicted)});
  return field;
}

std::string gac::profile::plot(const Evaluation &evaluation,
                               const Target &target) {
  std::vector<PredictionField> fields = {
      makeField("held out", evaluation.scores.front(), evaluation.heldOut)};
  if (!evaluation.bench.entries.empty())
    fields.push_back(makeField("entries of packages",
                               evaluation.benchScores.front(),
                               evaluation.bench.entries));
  return plotPredictions(target.name + ": predicted and measured time",
                         familyNames, fields);
}
