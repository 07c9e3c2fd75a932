//===- Progress.cpp - How far a measurement is ------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Progress.h"

#include "Format.h"

#include <cstdio>
#include <unistd.h>

using namespace gac::tools;

Progress::Progress() : shown(isatty(STDERR_FILENO) != 0) {}

Progress::~Progress() {
  if (shown)
    std::fputs("\r\033[K", stderr);
}

void Progress::show(const std::string &what) const {
  if (!shown)
    return;
  std::fprintf(stderr, "\r\033[K[%lld/%lld] %s", static_cast<long long>(done),
               static_cast<long long>(total), shorten(what, 64).c_str());
  std::fflush(stderr);
}

void Progress::step(const std::string &what) {
  ++done;
  show(what);
}
