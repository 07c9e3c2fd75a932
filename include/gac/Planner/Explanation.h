//===- Explanation.h - all there is to say of one dimension --- -*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What `gac analyze --explain` says: the path of a dimension through the model,
// what each use of it costs, and what the least repair does to it or why it
// cannot. The JSON form is described in docs/Targets.md.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_PLANNER_EXPLANATION_H
#define GAC_PLANNER_EXPLANATION_H

#include "gac/Analysis/DimensionPath.h"
#include "gac/Planner/ModelPlanner.h"

namespace gac {

/// Keeps a reference to the planner.
class Explanation {
public:
  /// `dimension` as findDimension() reads it; `file` is the model's.
  static llvm::Expected<Explanation> create(const ModelPlanner &planner,
                                            llvm::StringRef file,
                                            llvm::StringRef dimension);

  /// If `isWhole`, blocks that repeat the one before are printed, too.
  void print(llvm::raw_ostream &os, bool isWhole) const;
  llvm::json::Value toJSON() const;

private:
  Explanation(const ModelPlanner &planner, llvm::StringRef file, Term term)
      : planner(planner), file(file), path(planner.getModel().analysis, term) {}

  /// A use as the planner knows it; nothing where its size is symbolic.
  std::optional<unsigned> findUse(const DimensionUse &use) const;
  void printVerdict(llvm::raw_ostream &os) const;
  /// Why it cannot grow.
  llvm::SmallVector<std::string> getReasons() const;
  llvm::json::Object toJSON(const PathStep &step) const;
  llvm::json::Object toJSON(const PathUse &use) const;

  const ModelPlanner &planner;
  std::string file;
  DimensionPath path;
  /// The finding of this dimension, if it is one.
  std::optional<Finding> finding;
  /// What all uses with it or a part of it are predicted to take, in
  /// picoseconds.
  std::vector<int64_t> now, repaired;
};

} // namespace gac

#endif // GAC_PLANNER_EXPLANATION_H
