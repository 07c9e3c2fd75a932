//===- ValueNames.h - the ONNX names of values ------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_EXPORT_VALUENAMES_H
#define GAC_LIB_EXPORT_VALUENAMES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringSet.h"

namespace gac {

/// Names all values of a function: those that the file gave, and fresh ones,
/// used nowhere in the file, for what passes have made.
class ValueNames {
public:
  /// Fails after a diagnostic when two values claim one name, or when names do
  /// not fit an op's results.
  static mlir::FailureOr<ValueNames> create(mlir::func::FuncOp func);

  /// The name of a value of the function.
  llvm::StringRef get(mlir::Value value) const {
    return names.find(value)->second;
  }

  /// The value of a name, null if none has it.
  mlir::Value lookup(llvm::StringRef name) const { return values.lookup(name); }

  /// The output names of a node's op, "" for those that it leaves out. Trailing
  /// ones are not listed.
  llvm::SmallVector<llvm::StringRef> getOutputs(mlir::Operation *op) const;

  /// A name that starts with `base` and is used nowhere.
  std::string makeFresh(llvm::StringRef base);

private:
  explicit ValueNames(mlir::func::FuncOp func) : func(func) {}

  mlir::LogicalResult claim(mlir::Value value, llvm::StringRef name,
                            mlir::Operation *op);
  mlir::LogicalResult claimGiven();
  void collectUsed();

  mlir::func::FuncOp func;
  llvm::DenseMap<mlir::Value, std::string> names;
  llvm::StringMap<mlir::Value> values;
  /// All names in the file, those within subgraphs too. Filled when the first
  /// fresh name is made.
  llvm::StringSet<> used;
  bool collected = false;
  unsigned counter = 0;
};

/// For each operand (or result) that the op's operator has: the value, or null
/// where it is left out. Segments of the op are taken into account.
llvm::SmallVector<mlir::Value> getOnnxOperands(mlir::Operation *op);
llvm::SmallVector<mlir::Value> getOnnxResults(mlir::Operation *op);

} // namespace gac

#endif // GAC_LIB_EXPORT_VALUENAMES_H
