//===- ModelCheck.h - A repaired model under ONNX Runtime -------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_TOOLS_GAC_MODELCHECK_H
#define GAC_TOOLS_GAC_MODELCHECK_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"

#include <string>

namespace gac {

/// What ONNX Runtime computes of two models.
struct ModelCheck {
  enum class Outcome {
    Agrees,
    Differs,
    /// There is no Python with ONNX Runtime.
    Unavailable,
  };
  Outcome outcome;
  /// A sentence that says so, with the numbers.
  std::string text;
  /// The same as the JSON reports have it.
  llvm::json::Object json;
};

/// Runs both models on fresh random inputs under ONNX Runtime's Python package,
/// in the Python that the environment's GAC_PYTHON names, or `python3`, by the
/// script that the source tree has as scripts/check_onnx.py. `dims` are the
/// sizes that the repaired model has in place of symbols, as "batch=2". Fails
/// if the package is there and the models cannot be compared.
llvm::Expected<ModelCheck> checkModel(llvm::StringRef repaired,
                                      llvm::StringRef original,
                                      llvm::ArrayRef<std::string> dims = {});

} // namespace gac

#endif // GAC_TOOLS_GAC_MODELCHECK_H
