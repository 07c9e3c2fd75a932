//===- Placement.h - Where values are computed into -------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_DIALECT_CUDA_TRANSFORMS_PLACEMENT_H
#define GAC_LIB_DIALECT_CUDA_TRANSFORMS_PLACEMENT_H

#include "Views.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/DenseMap.h"

namespace gac::cuda {

/// A view of a whole buffer.
struct Place {
  mlir::Value root;
  View view;

  /// Whether both are the same memory in the same order.
  friend bool operator==(const Place &a, const Place &b) {
    return a.root == b.root && a.view.offset == b.view.offset &&
           a.view.sizes == b.view.sizes && a.view.strides == b.view.strides;
  }
};

/// Views of the results of an op that only changes the view of its first
/// operand, which is `source`. Fails where strides cannot say it, and for any
/// other op.
llvm::FailureOr<llvm::SmallVector<View>> getViews(mlir::Operation *op,
                                                  const View &source);

/// Whether kernels of `op` can read or write the operand in `view`.
bool canRead(mlir::Operation *op, mlir::OpOperand &operand, const View &view);

/// Chooses where the results of a function's operations are computed into:
/// into the place of an output or of a joined tensor that they become a part
/// of, and in the order of axes that their only reader wants.
class Placement {
public:
  /// Buffers are made at the beginning of `entry`.
  Placement(mlir::func::FuncOp function, EntryOp entry)
      : function(function), entry(entry) {}

  /// Looks through the function from its end. `outputs` are the places of its
  /// results.
  void run(llvm::ArrayRef<Place> outputs);

  /// The place of a result: the one chosen, or a buffer of its own.
  Place getDestination(mlir::Value result);

  /// A new buffer.
  Place allocate(mlir::Location loc, llvm::ArrayRef<int64_t> sizes,
                 mlir::Type elementType);

private:
  bool tryPlace(mlir::Value value, const Place &place);

  mlir::func::FuncOp function;
  EntryOp entry;
  llvm::DenseMap<mlir::Value, Place> chosen;
};

} // namespace gac::cuda

#endif // GAC_LIB_DIALECT_CUDA_TRANSFORMS_PLACEMENT_H
