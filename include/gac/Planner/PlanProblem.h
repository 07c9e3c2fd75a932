//===- PlanProblem.h - sizes to choose, and what they cost ---- -*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the planner knows of a model: which dimensions may grow, which sizes the
// operations then see, and what operations and weights then cost. It holds no
// IR, so that strategies can be tested by themselves.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_PLANNER_PLANPROBLEM_H
#define GAC_PLANNER_PLANPROBLEM_H

#include "gac/Planner/SizePolynomial.h"
#include "gac/Support/Role.h"
#include "gac/Target/CostModel.h"
#include "llvm/ADT/STLExtras.h"
#include <string>
#include <vector>

namespace gac {

/// Bits in whole bytes.
int64_t toBytes(int64_t bits);

/// A dimension that may grow.
struct PlanVariable {
  /// Stable id of the dimension.
  std::string id;
  /// Its size now, at least 1.
  int64_t size;
};

/// An operation depends on a size in some role.
struct PlanUse {
  /// Index in PlanProblem::ops.
  unsigned op;
  Role role;
  SizePolynomial size;
  /// Elements from one row to the next, where the dimension is innermost in
  /// memory; absent where the rows lie along another one.
  std::optional<SizePolynomial> stride;
  /// Elements from the start of the buffer to the first one that is read.
  SizePolynomial offset = 0;
};

/// An operation that a target may have rules for.
struct PlanOp {
  SizePolynomial flops;
  /// Bits read and written, in the type that the model will run in. Elements
  /// may have fewer than eight.
  SizePolynomial bits;
  /// Rows of the result, by which targets tell decode from prefill.
  int64_t rows = 1;
  /// As Work's.
  int64_t blocks = 0;
  /// Where it does not run in the type of the model, that which it runs in.
  std::optional<DType> dtype = std::nullopt;
};

/// What export adds where any of some variables grows.
struct PlanRewrite {
  llvm::SmallVector<unsigned, 2> variables;
  /// Bytes that are read and written for it, in the type that the model will
  /// run in.
  SizePolynomial bytes;
};

/// One way in which users see the axes of a weight.
struct WeightView {
  /// Bits of all elements.
  SizePolynomial bits;
  /// The dimensions that all its axes are made of, in order: views in which
  /// these grow alike need one copy.
  std::vector<SizePolynomial> dimensions;
};

struct PlanProblem {
  std::vector<PlanVariable> variables;
  std::vector<PlanOp> ops;
  std::vector<PlanUse> uses;
  std::vector<PlanRewrite> rewrites;
  /// Bits of all weights, as they are stored. A weight counts once for each
  /// way in which its users see its axes.
  SizePolynomial weightBits;
  /// The views of the weights that have several. Growth gives those that grow
  /// differently copies of their own.
  std::vector<std::vector<WeightView>> sharedWeights;
  /// Bytes of all weights now, each counted once.
  int64_t storedBytes = 0;

  std::vector<int64_t> getSizes() const;
  /// Whether a rewrite is made where the variables have these sizes.
  bool isMade(const PlanRewrite &rewrite, llvm::ArrayRef<int64_t> sizes) const {
    return llvm::any_of(rewrite.variables, [&](unsigned variable) {
      return sizes[variable] != variables[variable].size;
    });
  }
  /// Bits that the weights gain, copies included, where the variables have
  /// these sizes.
  int64_t getAddedBits(llvm::ArrayRef<int64_t> sizes) const;
  /// The same in whole bytes.
  int64_t getAddedBytes(llvm::ArrayRef<int64_t> sizes) const;
};

/// A rule of a target as it applies to one use.
struct AppliedRule {
  const Rule *rule;
  /// What the rule looks at.
  SizePolynomial value;
};

/// A problem as one target prices it in one element type. Keeps references to
/// problem and target.
class PricedProblem {
public:
  PricedProblem(const PlanProblem &problem, const Target &target, DType dtype);

  const PlanProblem &getProblem() const { return problem; }
  const Target &getTarget() const { return target; }
  DType getDType() const { return dtype; }

  /// The rules that apply to a use. The first is the one on its size, if there
  /// is any; offsets come last.
  llvm::ArrayRef<AppliedRule> getRules(unsigned use) const {
    return rules[use];
  }
  /// The type in which an operation is priced: its own, where the target has
  /// figures for that.
  DType getDType(unsigned op) const;
  /// The uses of an operation.
  llvm::ArrayRef<unsigned> getUses(unsigned op) const { return usesOf[op]; }

  /// Whether every rule on the use holds at full speed.
  bool isFullSpeed(unsigned use, llvm::ArrayRef<int64_t> sizes) const;

  /// Predicted time of an operation, in picoseconds. Its efficiency is what its
  /// sizes would reach at their best, times the worst slowdown that any rule
  /// measured; rules without measurements count as kept.
  int64_t getTime(unsigned op, llvm::ArrayRef<int64_t> sizes) const;
  /// Predicted time of what a rewrite adds, zero where its variables keep their
  /// sizes.
  int64_t getRewriteTime(unsigned rewrite, llvm::ArrayRef<int64_t> sizes) const;
  /// Predicted time of all operations and rewrites, in picoseconds.
  int64_t getTotalTime(llvm::ArrayRef<int64_t> sizes) const;

private:
  const PlanProblem &problem;
  const Target &target;
  DType dtype;
  std::vector<llvm::SmallVector<AppliedRule, 2>> rules;
  std::vector<llvm::SmallVector<unsigned, 4>> usesOf;
};

} // namespace gac

#endif // GAC_PLANNER_PLANPROBLEM_H
