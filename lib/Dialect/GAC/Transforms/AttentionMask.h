//===- AttentionMask.h - What masks scores before a softmax -----*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_DIALECT_GAC_TRANSFORMS_ATTENTIONMASK_H
#define GAC_LIB_DIALECT_GAC_TRANSFORMS_ATTENTIONMASK_H

#include "Recovery.h"

namespace gac {

/// What is done to scores between their computation and the softmax: numbers
/// are added, and scores are replaced by minus infinity or the lowest number
/// where a condition says so.
class AttentionMask {
public:
  explicit AttentionMask(Recovery &recovery) : recovery(recovery) {}

  /// One operation. `scores` is what it masks: a number is added, or what a
  /// condition says is replaced.
  struct Step {
    mlir::Value scores;
    mlir::Value summand;
    mlir::Value condition;
    /// True if the condition is true where a score is replaced.
    bool isNegated = false;
    /// True if what replaces is minus infinity.
    bool isInfinite = false;

    mlir::Value getValue() const { return summand ? summand : condition; }
  };
  /// The ways in which the operation that defines `value` may be a step.
  llvm::SmallVector<Step, 2> getSteps(mlir::Value value) const;

  /// Adds a step, from the softmax back to the product.
  void push(const Step &step) { steps.push_back(step); }
  void pop() { steps.pop_back(); }
  bool isEmpty() const { return steps.empty(); }

  /// True if the operation with this mask computes what the softmax does, for
  /// scores of the shape `full`: batch, heads, rows, columns. Where batch and
  /// heads were one axis, those of masks are told apart. `isGuarded` if rows
  /// that are all minus infinity become zero, as in the operation.
  /// `hasOperator` if the operation may reach a runtime as such: there the
  /// lowest number is minus infinity.
  bool isExact(llvm::ArrayRef<SymExpr> full, mlir::Type element, bool isGuarded,
               bool hasOperator) const;

  /// The operand, with a row for each of `q`; null without steps.
  mlir::Value make(mlir::PatternRewriter &rewriter, mlir::Location loc,
                   llvm::ArrayRef<SymExpr> full, mlir::Type element,
                   mlir::Value q) const;

private:
  /// What numbers are computed from.
  struct Sources {
    llvm::SmallVector<mlir::Value> constants;
    /// True if a type on the way may not hold a number that it is cast from.
    bool isNarrowed = false;
  };

  std::optional<Sources> getSources(mlir::Value value) const;
  bool isFinite(mlir::Value value) const;
  bool mayBeLowest(mlir::Value value) const;
  bool leavesConstantRows(mlir::Value value, bool isNegated) const;
  bool coversRows(mlir::Value condition, bool isNegated) const;
  bool coversRowsOf(mlir::Value summand,
                    llvm::function_ref<bool(mlir::Value)> isSeen) const;
  bool leavesRows(const Step &step) const;
  bool addsLowestRows() const;
  bool isAveraging() const;
  bool canAverage(mlir::Type element) const;
  std::optional<SymShape> getShape(const Step &step,
                                   llvm::ArrayRef<SymExpr> full) const;
  std::optional<SymShape> getShape(llvm::ArrayRef<SymExpr> full) const;
  mlir::Value getValue(mlir::PatternRewriter &rewriter, const Step &step,
                       llvm::ArrayRef<SymExpr> full, mlir::Value q) const;

  Recovery &recovery;
  llvm::SmallVector<Step, 2> steps;
};

} // namespace gac

#endif // GAC_LIB_DIALECT_GAC_TRANSFORMS_ATTENTIONMASK_H
