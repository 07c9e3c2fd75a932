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

/// What is done to scores between their computation and the softmax, in this
/// order as far as it matters: numbers are added, and scores are replaced by
/// minus infinity or the lowest number where a condition is false.
class AttentionMask {
public:
  explicit AttentionMask(Recovery &recovery) : recovery(recovery) {}

  /// The value whose masked form `value` is, after taking the mask off; the
  /// caller checks that nothing else reads it. None if `value` is no masked
  /// value. `candidates` are both operands of a sum: the first one is what is
  /// masked if the caller takes it.
  struct Step {
    mlir::Value scores;
    mlir::Value summand;
    mlir::Value condition;
    /// True if the condition is true where a score is replaced.
    bool isNegated = false;
    /// True if what is replaced is minus infinity.
    bool isInfinite = false;
  };
  /// The ways in which the operation that defines `value` may be a step.
  llvm::SmallVector<Step, 2> getSteps(mlir::Value value) const;

  /// Adds a step, from the softmax back to the product.
  void push(const Step &step) { steps.push_back(step); }
  void pop() { steps.pop_back(); }
  bool isEmpty() const { return steps.empty(); }

  /// True if the operation with this mask computes what the softmax does, for
  /// scores of the shape `full`. `isGuarded` if rows that are all minus
  /// infinity become zero, as in the operation.
  bool isExact(llvm::ArrayRef<SymExpr> full, mlir::Type element,
               bool isGuarded) const;

  /// The operand, with a row for each of `q`; null without steps.
  mlir::Value make(mlir::PatternRewriter &rewriter, mlir::Location loc,
                   llvm::ArrayRef<SymExpr> full, mlir::Type element,
                   mlir::Value q) const;

private:
  bool coversRows(mlir::Value condition, bool isNegated) const;
  bool isFinite(mlir::Value value, unsigned depth = 0) const;
  bool leavesRows(const Step &step) const;
  std::optional<SymShape> getShape() const;

  Recovery &recovery;
  llvm::SmallVector<Step, 2> steps;
};

} // namespace gac

#endif // GAC_LIB_DIALECT_GAC_TRANSFORMS_ATTENTIONMASK_H
