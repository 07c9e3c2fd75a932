//===- KernelSource.h - Kernels as packages have them -----------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The functions of kernels/, wrapped as the compiler wraps them, so that they
// can be measured where there is no compiler. What they take, and in which
// geometry, is what lib/Dialect/CUDA chooses.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_TOOLS_GAC_PROFILE_KERNELSOURCE_H
#define GAC_TOOLS_GAC_PROFILE_KERNELSOURCE_H

#include "Point.h"
#include "gac/Runtime/Package.h"
#include "kernels/Common.cuh"

#include <optional>

namespace gac::profile {

/// What computes a point without a library: launches that follow each other.
/// Their arguments are not in them, and are pointers: of products x, w, y of
/// each, workspace; of attention q, k, v, o, workspace; of its second launch
/// workspace, o; of memory from, to and the number of vectors of 16 bytes.
struct KernelProgram {
  /// CUDA C++ behind kernelHeaders.
  std::string source;
  std::vector<runtime::LaunchOp> launches;
  /// Of the workspace, which begins with so many bytes that are zero.
  int64_t workspaceBytes = 0, zeroBytes = 0;
};

/// What a point's program begins with: the headers of kernels/, as one text.
extern const char *const kernelHeaders;

/// The program of a point, for such a device; none where no kernel takes it.
std::optional<KernelProgram> makeProgram(const Point &point,
                                         const kernels::DeviceLimits &limits);

} // namespace gac::profile

#endif // GAC_TOOLS_GAC_PROFILE_KERNELSOURCE_H
