//===- Source.h - The CUDA source of a scheduled module -------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_EMIT_CUDA_SOURCE_H
#define GAC_EMIT_CUDA_SOURCE_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/raw_ostream.h"

namespace gac::cuda {

/// Prints one self-contained file of CUDA C++: the headers of kernels/ that are
/// needed, and an `extern "C"` kernel of its own name for each gac_cuda.kernel.
/// nvcc and NVRTC (C++17) compile it with no include path but the toolkit's.
///
/// Fails after a diagnostic at the op that has no spelling in CUDA; nothing is
/// printed then.
mlir::LogicalResult printCudaSource(mlir::ModuleOp module,
                                    llvm::raw_ostream &os);

} // namespace gac::cuda

#endif // GAC_EMIT_CUDA_SOURCE_H
