//===- BodyPrinter.h - Scalar operations as CUDA --------------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_EMIT_CUDA_BODYPRINTER_H
#define GAC_EMIT_CUDA_BODYPRINTER_H

#include "mlir/IR/Operation.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/Support/raw_ostream.h"

#include <string>

namespace gac::cuda {

/// A literal of type float with the very value.
std::string toLiteral(const llvm::APFloat &value);

/// Prints operations of arith and math as statements, one local variable each.
class BodyPrinter {
public:
  /// Statements begin with `indent`. `fast`: what is computed is rounded to 16
  /// bits, so that a sigmoid's exponential may be the hardware's.
  BodyPrinter(llvm::raw_ostream &os, llvm::StringRef indent, bool fast)
      : os(os), indent(indent), fast(fast) {}

  /// Says what a value is called that no printed operation defines.
  void setName(mlir::Value value, llvm::StringRef name) {
    names[value] = name.str();
  }
  llvm::StringRef getName(mlir::Value value) const {
    return names.find(value)->second;
  }

  /// Prints the definition of the one result of `op`. Fails after a diagnostic
  /// if CUDA has no spelling for it.
  mlir::LogicalResult print(mlir::Operation *op);

private:
  llvm::FailureOr<std::string> getExpression(mlir::Operation *op);
  llvm::FailureOr<std::string> getConstant(mlir::Operation *op);
  std::string getConversion(mlir::Operation *op);
  std::string getComparison(mlir::Operation *op);
  /// Fills `$0`, `$1` ... with the operands; narrow floats are widened first.
  std::string fill(llvm::StringRef form, mlir::Operation *op) const;

  llvm::raw_ostream &os;
  llvm::StringRef indent;
  bool fast;
  unsigned nextName = 0;
  llvm::DenseMap<mlir::Value, std::string> names;
};

} // namespace gac::cuda

#endif // GAC_EMIT_CUDA_BODYPRINTER_H
