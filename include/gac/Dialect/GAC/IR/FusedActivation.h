//===- FusedActivation.h - Activations that are part of an op ---*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_DIALECT_GAC_IR_FUSEDACTIVATION_H
#define GAC_DIALECT_GAC_IR_FUSEDACTIVATION_H

#include "gac/Dialect/GAC/IR/GACOps.h"

#include <optional>

namespace gac {

/// What ONNX Runtime fuses into an operation.
struct FusedActivation {
  /// ONNX's name of the operator, empty if there is none.
  llvm::StringRef name;
  /// Its attributes or bounds, in ONNX's order; absent ones have ONNX's
  /// defaults.
  std::optional<float> first, second;
};

/// The activation of FusedConv or FusedGemm.
FusedActivation getFusedActivation(FusedConvOp conv);
FusedActivation getFusedActivation(FusedGemmOp gemm);

} // namespace gac

#endif // GAC_DIALECT_GAC_IR_FUSEDACTIVATION_H
