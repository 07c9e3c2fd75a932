//===- Package.h - Packages from scheduled modules ------------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_EMIT_CUDA_PACKAGE_H
#define GAC_EMIT_CUDA_PACKAGE_H

#include "gac/Support/Progress.h"
#include "mlir/IR/BuiltinOps.h"

#include <string>
#include <vector>

namespace gac::cuda {

struct WritePackageOptions {
  /// What the kernels are for, such as "sm_90a".
  std::vector<std::string> archs = {"sm_80", "sm_90a"};
  /// Write no data for weights that have a recipe.
  bool graphOnly = false;
  /// Leave the compilation of kernels to the machine that runs them.
  bool noCubins = false;
  /// May be null.
  Progress *progress = nullptr;
};

/// Fails, with one sentence, if no package could be written to `path`, to be
/// asked before long work: only a package is ever replaced.
llvm::Error checkPackageOutput(llvm::StringRef path);

/// Writes the package of a scheduled module to the folder `path`, as
/// docs/Package.md describes it. It is written beside its place and renamed at
/// the end, so that there is a whole package or none; a package that stood
/// there is replaced.
///
/// Fails after a diagnostic: when the module has what a package cannot, when a
/// launch takes more shared memory than a block of an architecture has, when
/// weights cannot be read, or lie in the package that would be replaced, when
/// nvcc refuses the kernels (their source is kept then, beside `path`), and
/// when files cannot be written. A remark tells when there is no nvcc.
mlir::LogicalResult writePackage(mlir::ModuleOp module, llvm::StringRef path,
                                 const WritePackageOptions &options = {});

/// Bytes of weights and constants that a package of the module has on disk.
uint64_t getWeightBytes(mlir::ModuleOp module, bool graphOnly);

/// Fails, with one sentence, unless `arch` names an architecture that packages
/// can be for.
llvm::Error checkArch(llvm::StringRef arch);

} // namespace gac::cuda

#endif // GAC_EMIT_CUDA_PACKAGE_H
