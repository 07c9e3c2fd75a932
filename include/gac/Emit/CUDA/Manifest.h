//===- Manifest.h - The manifest of a scheduled module --------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_EMIT_CUDA_MANIFEST_H
#define GAC_EMIT_CUDA_MANIFEST_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/raw_ostream.h"

#include <map>
#include <string>
#include <vector>

namespace gac::cuda {

struct ManifestOptions {
  /// What the kernels are for, such as "sm_90a".
  std::vector<std::string> archs = {"sm_80", "sm_90a"};
  /// Names of the files with their code, by architecture.
  std::map<std::string, std::string> cubins;
  /// Weights that have a recipe have no data.
  bool graphOnly = false;
};

/// Prints the manifest that docs/Package.md describes. Fails after a diagnostic
/// at the op that a manifest cannot say; nothing is printed then.
mlir::LogicalResult printManifest(mlir::ModuleOp module, llvm::raw_ostream &os,
                                  const ManifestOptions &options = {});

} // namespace gac::cuda

#endif // GAC_EMIT_CUDA_MANIFEST_H
