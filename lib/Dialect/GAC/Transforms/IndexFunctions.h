//===- IndexFunctions.h - Tensors as functions of indices -----*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Attention masks are computed: position numbers made by Range, expanded,
// gathered and compared. This tells which of it is a plain function of where an
// element stands, so that a causal mask is seen to be one.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_DIALECT_GAC_TRANSFORMS_INDEXFUNCTIONS_H
#define GAC_LIB_DIALECT_GAC_TRANSFORMS_INDEXFUNCTIONS_H

#include "gac/Analysis/ShapeValues.h"
#include "gac/Dialect/GAC/IR/GACOps.h"
#include "llvm/ADT/DenseMap.h"

#include <optional>

namespace gac {

/// The element at [i0, i1, ...] is constant + sum of coefficient k times ik.
struct IndexFunction {
  SymExpr constant;
  /// One per axis. Those of axes of size 1 mean nothing.
  llvm::SmallVector<SymExpr, 4> coefficients;

  /// The number that all elements are, if they are one known number.
  std::optional<int64_t> getNumber() const;

  /// Not negative exactly where this is negative.
  IndexFunction negate() const;

  /// This one of a tensor of shape `from`, on the indices of `to`, to which
  /// that broadcasts.
  std::optional<IndexFunction> broadcastTo(llvm::ArrayRef<SymExpr> to,
                                           llvm::ArrayRef<SymExpr> from) const;

  /// The sum with `factor` times another on the same indices.
  IndexFunction plus(const IndexFunction &other, const SymExpr &factor) const;
};

/// Evaluates values on demand.
class IndexFunctions {
public:
  explicit IndexFunctions(const ShapeValues &shapes) : shapes(shapes) {}

  /// The elements of an integer tensor. Of a boolean one, a number that is not
  /// negative exactly where the element is true; of a floating-point one, a
  /// number that is not negative exactly where the element is zero, if all
  /// others mask scores: they are the lowest number or minus infinity.
  std::optional<IndexFunction> get(mlir::Value value);

private:
  std::optional<IndexFunction> compute(mlir::Value value);
  std::optional<IndexFunction> computeLogic(mlir::Operation *op);
  std::optional<IndexFunction> computeMask(mlir::Operation *op);
  std::optional<IndexFunction> computeEqual(EqualOp op);
  std::optional<IndexFunction> computeTriangle(mlir::Value value);
  std::optional<IndexFunction> computeNonZero(mlir::Value value);
  std::optional<IndexFunction> computeLayout(mlir::Operation *op);
  std::optional<IndexFunction> computeConcat(mlir::Operation *op);
  std::optional<IndexFunction> computeGather(mlir::Operation *op);

  /// The function of an operand, on the indices of the result to which it
  /// broadcasts.
  std::optional<IndexFunction> getBroadcast(mlir::Operation *op,
                                            unsigned operand);
  /// a + factor * b for the two operands.
  std::optional<IndexFunction> getSum(mlir::Operation *op, int64_t factor);

  const ShapeValues &shapes;
  llvm::DenseMap<mlir::Value, std::optional<IndexFunction>> known;
  /// How many operations the evaluation is deep in.
  unsigned depth = 0;
};

} // namespace gac

#endif // GAC_LIB_DIALECT_GAC_TRANSFORMS_INDEXFUNCTIONS_H
