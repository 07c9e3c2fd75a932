//===- EinsumEquation.h - What an equation of Einsum says -------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_DIALECT_GAC_IR_EINSUMEQUATION_H
#define GAC_DIALECT_GAC_IR_EINSUMEQUATION_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include <optional>
#include <string>

namespace gac {

/// An equation of Einsum on operands of known rank: each axis has a label, a
/// number below `numLabels`. The axes of "..." have labels of their own, which
/// operands share from the last axis on.
struct EinsumEquation {
  llvm::SmallVector<llvm::SmallVector<unsigned, 4>, 2> operands;
  llvm::SmallVector<unsigned, 4> result;
  unsigned numLabels = 0;

  /// Whether the result has `label`; if not, it is summed over.
  bool isKept(unsigned label) const;
  /// How many operands have `label`.
  unsigned countOperands(unsigned label) const;
};

/// Which constraint of gac.einsum an equation violates, and how.
struct EinsumProblem {
  llvm::StringRef label;
  std::string text;
};

/// Reads `equation` for operands of the ranks given; nothing if it does not fit
/// them, of which `problem` then tells.
std::optional<EinsumEquation> parseEinsum(llvm::StringRef equation,
                                          llvm::ArrayRef<size_t> ranks,
                                          EinsumProblem &problem);

} // namespace gac

#endif // GAC_DIALECT_GAC_IR_EINSUMEQUATION_H
