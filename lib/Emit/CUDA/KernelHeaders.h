//===- KernelHeaders.h - The headers of kernels/ --------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_EMIT_CUDA_KERNELHEADERS_H
#define GAC_EMIT_CUDA_KERNELHEADERS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

namespace gac::cuda {

/// A file of kernels/, as it was when this library was built.
struct KernelHeader {
  llvm::StringLiteral name, text;
};

/// All of them, by name.
llvm::ArrayRef<KernelHeader> getKernelHeaders();

} // namespace gac::cuda

#endif // GAC_EMIT_CUDA_KERNELHEADERS_H
