//===- DimensionPath.h - The way of a dimension through a model -*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where one dimension begins, the operations that hand it on, in the order of
// the model, and those whose speed depends on it.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_ANALYSIS_DIMENSIONPATH_H
#define GAC_ANALYSIS_DIMENSIONPATH_H

#include "gac/Analysis/DimensionMeaning.h"
#include "gac/Analysis/ModuleNames.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/Error.h"

namespace gac {

/// The dimension on one axis of one tensor.
struct PathEnd {
  mlir::Value value;
  unsigned axis;
  Term term;
};

/// A use of a dimension, or of an axis of which it is but a part.
struct PathUse {
  /// Index in DimensionAnalysis::getUses().
  unsigned index;
  bool isWhole;
};

/// One operation on the way.
struct PathStep {
  mlir::Operation *op;
  /// On which it reads and writes the dimension. Weights are among the former.
  llvm::SmallVector<PathEnd, 2> in, out;
  llvm::SmallVector<PathUse, 2> uses;
};

/// A dimension, or several beside each other that are an axis or part of one,
/// from where it begins to where it ends. Keeps a reference to the analysis.
class DimensionPath {
public:
  DimensionPath(const DimensionAnalysis &analysis, Term term);

  Term getTerm() const { return term; }
  /// The inputs of the model that have the dimension, and its outputs.
  llvm::ArrayRef<PathEnd> getInputs() const { return inputs; }
  llvm::ArrayRef<PathEnd> getOutputs() const { return outputs; }
  llvm::ArrayRef<PathStep> getSteps() const { return steps; }

  /// What is said behind a use: its price. Empty for nothing.
  using DescribeUse = llvm::function_ref<std::string(const DimensionUse &)>;

  /// One line for each step under headings for the modules. Blocks of the model
  /// that repeat the one before are told in a line, unless `isWhole`.
  void print(llvm::raw_ostream &os, const ModuleNames &names, bool isWhole,
             DescribeUse describe = nullptr) const;

  /// "x:2", "x:2 lanes 12..26 of 84", "x:2 in 4*[7|7]": where the dimension is
  /// on an axis. The upper bound of lanes is behind the last one.
  std::string format(const PathEnd &end) const;

private:
  std::string formatStep(const PathStep &step) const;

  const DimensionAnalysis &analysis;
  DimensionSpace &space;
  Term term;
  llvm::SmallVector<PathEnd> inputs, outputs;
  std::vector<PathStep> steps;
};

/// The dimension that somebody means: by an id, as TENSOR:AXIS or with a path
/// of parts behind it, or by the name of a tensor that has but one axis of a
/// known size above 1. Fails with a sentence that names others like it.
llvm::Expected<Term> findDimension(const DimensionAnalysis &analysis,
                                   llvm::StringRef text);

} // namespace gac

#endif // GAC_ANALYSIS_DIMENSIONPATH_H
