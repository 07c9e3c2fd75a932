//===- SanitizerOptions.cpp - What instrumented executables start with ----===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Linked into each executable of a build with sanitizers.
//
//===----------------------------------------------------------------------===//

/// LLVM's allocators poison memory where their headers are compiled with
/// AddressSanitizer, and the code of LLVM's shared library, compiled without,
/// hands that memory out without a word. An allocation that may fail, of more
/// than there is, fails as it does otherwise. ASAN_OPTIONS overrides this.
extern "C" const char *__asan_default_options() {
  return "allow_user_poisoning=0:allocator_may_return_null=1";
}
