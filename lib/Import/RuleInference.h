//===- RuleInference.h - Types by the dialect's own rules -------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_IMPORT_RULEINFERENCE_H
#define GAC_LIB_IMPORT_RULEINFERENCE_H

#include "mlir/IR/Operation.h"
#include "llvm/ADT/DenseMap.h"

#include "onnx/onnx_pb.h"

#include <vector>

namespace gac {

/// What the shape rule of `op` says of its results, from the types of its
/// operands: for operators that ONNX does not know. One type per result, unset
/// where nothing follows.
std::vector<onnx::TypeProto>
inferByRule(mlir::Operation *op,
            const llvm::DenseMap<mlir::Value, const onnx::TypeProto *> &types);

} // namespace gac

#endif // GAC_LIB_IMPORT_RULEINFERENCE_H
