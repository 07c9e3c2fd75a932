//===- PackageCheck.h - Whether a manifest can be run -----------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_RUNTIME_PACKAGECHECK_H
#define GAC_LIB_RUNTIME_PACKAGECHECK_H

#include "gac/Runtime/Package.h"

namespace gac::runtime {

/// Checks what no single field of the manifest shows: that buffers alive at the
/// same time lie apart, that operations stay inside of their tensors and
/// lifetimes, that each weight has data or a recipe of its shape.
Status checkPackage(const Package &package);

} // namespace gac::runtime

#endif // GAC_LIB_RUNTIME_PACKAGECHECK_H
