//===- MeaningFinder.h - What operations do with dimensions -----*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_ANALYSIS_MEANINGFINDER_H
#define GAC_LIB_ANALYSIS_MEANINGFINDER_H

#include "gac/Analysis/DimensionMeaning.h"
#include "gac/Dialect/GAC/IR/GACOps.h"

namespace gac {

/// What was seen of an atom, as bits.
enum Fact : unsigned {
  /// N or K of a product with a weight.
  kMade = 1u << 0,
  kContracted = 1u << 1,
  kActivated = 1u << 2,
  kNormalised = 1u << 3,
  kResidual = 1u << 4,
  kChannel = 1u << 5,
  kQueryKey = 1u << 6,
  kValue = 1u << 7,
  kHeads = 1u << 8,
  kPositions = 1u << 9,
  kChosen = 1u << 10,
  kIndexed = 1u << 11,
  kIndexedByInput = 1u << 12,
  kTable = 1u << 13,
  kOutput = 1u << 14,
  kCached = 1u << 15,
  /// In an operation that does more than move, add or scale lanes.
  kOther = 1u << 16,
  /// Handed from step to step by a recurrent layer.
  kState = 1u << 17,
  /// What a Softmax weighs, and along what weights lie side by side.
  kWeighed = 1u << 18,
  kStacked = 1u << 19,
};

/// Collects what operations do with each atom.
class MeaningFinder {
public:
  MeaningFinder(DimensionMeanings &meanings)
      : meanings(meanings), analysis(meanings.analysis), space(meanings.space) {
  }

  void run();

private:
  void add(Term term, unsigned fact) {
    // What is left open beside heads is a batch.
    for (AtomId atom : space.getLeaves(term))
      if (fact != kHeads || space.getAtomSize(atom).isConstant())
        meanings.facts[atom] |= fact;
  }
  void add(mlir::Value value, mlir::Operation *user, unsigned fact) {
    for (Term axis : axesOf(value, user))
      add(axis, fact);
  }
  llvm::ArrayRef<Term> axesOf(mlir::Value value, mlir::Operation *user) {
    // What is cut in front of its reader means what it did before.
    auto axes = value
                    ? analysis.getAxes(value, isWeight(value) ? user : nullptr)
                    : std::nullopt;
    return axes ? *axes : llvm::ArrayRef<Term>();
  }
  bool isInput(mlir::Value value);
  bool isFromWeights(mlir::Value value);
  bool isResidual(mlir::Value skip, mlir::Value branch);
  mlir::Operation *findSoftmaxAfter(mlir::Value scores);
  bool isAfterSoftmax(mlir::Value value);

  void visitUse(const DimensionUse &use);
  void visitProduct(const DimensionUse &use);
  void visitHeads(const DimensionUse &use);
  void visitOp(mlir::Operation *op);
  void visitSum(mlir::Operation *op);
  void visitGather(GatherOp op);
  void visitReduction(mlir::Operation *op);

  DimensionMeanings &meanings;
  const DimensionAnalysis &analysis;
  DimensionSpace &space;
  llvm::DenseMap<mlir::Value, bool> fromWeights;
  /// The live operations, numbered, and those with products in them.
  llvm::DenseMap<mlir::Operation *, unsigned> numbers;
  llvm::DenseSet<mlir::Operation *> products;
  /// Of products the operands that have M and K, and K and N.
  llvm::DenseMap<mlir::Operation *, std::pair<mlir::Value, mlir::Value>>
      factors;
};

} // namespace gac

#endif // GAC_LIB_ANALYSIS_MEANINGFINDER_H
