//===- Evaluation.h - How good predictions are ------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_TOOLS_FIT_EVALUATION_H
#define GAC_TOOLS_FIT_EVALUATION_H

#include "Samples.h"
#include "gac/Target/Target.h"
#include "llvm/Support/JSON.h"

namespace gac::profile {

/// A measured time beside its prediction, in microseconds.
struct Prediction {
  /// For people.
  std::string what;
  double measured = 0, predicted = 0;
  /// An index into familyNames.
  size_t family = 0;
};

/// What is scored by itself.
extern const std::vector<std::string> familyNames;

/// How good some predictions are.
struct Score {
  std::string name;
  size_t count = 0;
  /// Spearman's; nothing for fewer than two predictions.
  std::optional<double> rankCorrelation;
  /// Of 95 %: what other predictions, as many, would have.
  std::optional<tools::Interval> interval;
  /// Of predicted over measured time.
  tools::Spread ratio;
};

Score score(std::string name, const std::vector<Prediction> &predictions);

/// What gac-bench or a suite measured of packages: their entries, and all
/// operations of these, which gac-bench alone measures.
struct BenchResults {
  std::vector<Prediction> entries, ops;
};

/// Adds the results of a summary.json of gac-bench or of benchmarks/suite.py.
/// Errors name the file.
llvm::Error readSummary(const std::string &path, BenchResults &results);

struct Evaluation {
  /// Of samples that were held out.
  std::vector<Prediction> heldOut;
  /// All of these, then by family.
  std::vector<Score> scores;
  /// By sweep, all samples.
  std::vector<Score> sweeps;
  /// Of packages; empty where none were measured.
  BenchResults bench;
  std::vector<Score> benchScores;
};

Evaluation evaluate(const Samples &samples, const Target &target,
                    BenchResults bench);

/// The report that docs/Profile.md describes.
llvm::json::Value toJSON(const Evaluation &evaluation, const Target &target,
                         llvm::ArrayRef<std::string> notes);
/// The same as tables.
std::string printTables(const Evaluation &evaluation);
/// The same as an SVG file: a field with what was held out, and one with
/// entries of packages where there are any.
std::string plot(const Evaluation &evaluation, const Target &target);

} // namespace gac::profile

#endif // GAC_TOOLS_FIT_EVALUATION_H
