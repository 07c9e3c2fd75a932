//===- Nvcc.h - The CUDA compiler -----------------------------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_EMIT_CUDA_NVCC_H
#define GAC_EMIT_CUDA_NVCC_H

#include "gac/Support/Interrupt.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>

namespace gac::cuda {

/// 90 of "sm_90" or "sm_90a"; 0 where packages can be for no such architecture.
int getCapability(llvm::StringRef arch);

/// The path of nvcc: the environment's NVCC, that in PATH, in CUDA_HOME, or in
/// /usr/local/cuda. Empty if there is none. Fails if NVCC names no program.
llvm::Expected<std::string> findNvcc();

/// Compiles the file `source` for each of `archs`, all at once, into the files
/// `outputs`. Fails with what the compiler said. `guard` ends the compilers
/// when a signal ends the program.
llvm::Error compileCubins(llvm::StringRef nvcc, llvm::StringRef source,
                          llvm::ArrayRef<std::string> archs,
                          llvm::ArrayRef<std::string> outputs,
                          InterruptGuard &guard);

} // namespace gac::cuda

#endif // GAC_EMIT_CUDA_NVCC_H
