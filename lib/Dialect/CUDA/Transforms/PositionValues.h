//===- PositionValues.h - Integers that depend on positions -----*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// How far caches are filled is a number that an entry reads when it runs. What
// models compute from it, in the shapes of caches, is read from there instead.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_DIALECT_CUDA_TRANSFORMS_POSITIONVALUES_H
#define GAC_LIB_DIALECT_CUDA_TRANSFORMS_POSITIONVALUES_H

#include "gac/Analysis/ShapeValues.h"
#include "gac/Dialect/GAC/IR/GACOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/DenseMap.h"

#include <string>

namespace gac {

/// The number of positions that are filled in all caches of one symbol.
struct Position {
  std::string symbol;
  /// The name of one of the caches.
  mlir::StringAttr cache;
};

/// Makes position arithmetic in one function.
class PositionValues {
public:
  PositionValues(mlir::func::FuncOp function,
                 llvm::ArrayRef<Position> positions)
      : function(function), positions(positions) {}

  /// Replaces each small integer tensor whose elements are affine functions of
  /// the positions by constants and gac_cuda.position; of a longer gac.range,
  /// its start. What is replaced stays, unread.
  void replace(const ShapeValues &values);

  /// Number `position` as a scalar of a type of integers.
  mlir::Value getScalar(size_t position, mlir::Type elementType);

private:
  /// constant + the sum of factor * position.
  struct Affine {
    int64_t constant = 0;
    llvm::SmallVector<int64_t, 1> factors;
  };

  std::optional<Affine> getAffine(const SymExpr &expr) const;
  mlir::Value build(mlir::OpBuilder &builder, mlir::Location loc,
                    mlir::RankedTensorType type,
                    llvm::ArrayRef<Affine> elements);
  mlir::Value buildRange(RangeOp op, const ShapeValues &values);

  mlir::func::FuncOp function;
  llvm::ArrayRef<Position> positions;
  /// By position and element type.
  llvm::DenseMap<std::pair<size_t, mlir::Type>, mlir::Value> scalars;
};

} // namespace gac

#endif // GAC_LIB_DIALECT_CUDA_TRANSFORMS_POSITIONVALUES_H
