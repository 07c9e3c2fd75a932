//===- Weights.h - Weights as safetensors ---------------------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_EMIT_CUDA_WEIGHTS_H
#define GAC_EMIT_CUDA_WEIGHTS_H

#include "gac/Support/OutputFile.h"
#include "gac/Support/Progress.h"
#include "mlir/IR/BuiltinOps.h"

namespace gac::cuda {

/// Writes the tensors of `module` that need data to `file`, in the format of
/// safetensors: neither a tensor nor the file is ever in memory as a whole. The
/// data begins at a multiple of 4096 bytes, and each tensor at one of its
/// elements' size. `progress` may be null. Fails after a diagnostic at the
/// tensor that cannot be read, or whose name another one has.
mlir::LogicalResult writeWeights(mlir::ModuleOp module, OutputFile &file,
                                 bool graphOnly, Progress *progress);

} // namespace gac::cuda

#endif // GAC_EMIT_CUDA_WEIGHTS_H
