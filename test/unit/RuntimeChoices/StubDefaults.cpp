//===- StubDefaults.cpp - What needs no stub of its own ---------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every function of the table GAC_STUB_TABLE does nothing and succeeds, unless
// the library's own file says otherwise.
//
//===----------------------------------------------------------------------===//

#include "Cuda.h"
#include "Stubs.h"

namespace gac::runtime::cuda {

// CUDA's names.
// NOLINTBEGIN(readability-identifier-naming)
#define GAC_DEFAULT(member, symbol, ...)                                       \
  GAC_STUB __attribute__((weak)) int symbol(__VA_ARGS__) { return 0; }

GAC_STUB_TABLE(GAC_DEFAULT)
// NOLINTEND(readability-identifier-naming)

} // namespace gac::runtime::cuda
