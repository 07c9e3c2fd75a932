//===- StubNvrtc.cpp - A compiler that makes nothing ------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Cuda.h"
#include "Stubs.h"

#include <cstring>

using namespace gac::runtime::cuda;
using gac::runtime::stubs::device;

// NVRTC's names.
// NOLINTBEGIN(readability-identifier-naming)
GAC_STUB int nvrtcCompileProgram(Program, int, const char *const *) {
  ++device.compilations;
  return device.hasNvrtc ? 0 : 6;
}
GAC_STUB int nvrtcGetCUBINSize(Program, size_t *size) {
  *size = device.compiledCode.size();
  return 0;
}
GAC_STUB int nvrtcGetCUBIN(Program, char *code) {
  std::memcpy(code, device.compiledCode.data(), device.compiledCode.size());
  return 0;
}
// NOLINTEND(readability-identifier-naming)
