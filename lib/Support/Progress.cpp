//===- Progress.cpp - Progress of long work on a terminal -----------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Support/Progress.h"
#include "llvm/Support/Format.h"

using namespace llvm;
using namespace gac;

Progress::Progress(raw_fd_ostream &os) : os(os), enabled(os.is_displayed()) {}

Progress::~Progress() { clear(); }

void Progress::clear() {
  if (!drawn)
    return;
  os << "\r\033[K";
  os.flush();
  drawn = false;
}

void Progress::draw(StringRef text) {
  os << "\r\033[K" << text;
  os.flush();
  drawn = true;
}

void Progress::stage(StringRef newStage) {
  if (!enabled)
    return;
  what = newStage.str();
  next = {};
  draw(what);
}

void Progress::update(uint64_t done, uint64_t total) {
  if (!enabled || total == 0)
    return;
  auto now = std::chrono::steady_clock::now();
  if (now < next)
    return;
  next = now + std::chrono::milliseconds(200);
  std::string text;
  raw_string_ostream line(text);
  line << what
       << format("  %3.0f%%  %.1f of %.1f MiB",
                 100.0 * static_cast<double>(done) / static_cast<double>(total),
                 static_cast<double>(done) / (1 << 20),
                 static_cast<double>(total) / (1 << 20));
  draw(text);
}
