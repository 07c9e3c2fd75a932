//===- OnnxOpInfo.h - The ONNX operator that an op mirrors ------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_DIALECT_GAC_IR_ONNXOPINFO_H
#define GAC_DIALECT_GAC_IR_ONNXOPINFO_H

#include "mlir/IR/OperationSupport.h"
#include "llvm/ADT/StringRef.h"

namespace gac {

/// How many operands (or results) an op takes: `required` ones, then up to
/// `optional` ones that may be absent, then any number if `variadic`.
struct OnnxArity {
  int required;
  int optional;
  bool variadic;
};

/// The operator of ONNX, or of ONNX Runtime, that a named op mirrors. Operands,
/// results and attributes of the op are those of the operator, in its order and
/// under its names, but for one attribute at most; generated from ODS for each
/// op.
struct OnnxOpInfo {
  /// Name of the op, such as `gac.matmul`.
  llvm::StringRef mlirName;
  /// Domain of the operator; empty for ONNX's default one.
  llvm::StringRef domain;
  /// Name of the operator, such as `MatMul`.
  llvm::StringRef onnxName;
  /// Opsets of the domain of which the op can state the operator, both ends
  /// included.
  int since;
  int until;
  /// The first opset in which ONNX Runtime takes the operator: `since`, or
  /// earlier than ONNX has it.
  int runtimeSince;
  OnnxArity operands;
  OnnxArity results;
  /// The attribute that the operator does not have; empty if there is none.
  llvm::StringRef ownAttribute;
};

/// The named op for an operator of a domain, ONNX's default one being "", or
/// null.
const OnnxOpInfo *lookupOnnxOp(llvm::StringRef onnxName,
                               llvm::StringRef domain = "");

/// The operator that a named op mirrors, or null for the dialect's other ops
/// (`gac.initializer`, `gac.constant`, `gac.opaque`) and foreign ones.
const OnnxOpInfo *getOnnxOpInfo(mlir::OperationName name);

} // namespace gac

#endif // GAC_DIALECT_GAC_IR_ONNXOPINFO_H
