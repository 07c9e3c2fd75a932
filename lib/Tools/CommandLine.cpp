//===- CommandLine.cpp - What the mains have in common ----------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Tools/CommandLine.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/WithColor.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdlib>

void gac::hideLibraryOptions() {
  for (auto [name, option] : llvm::cl::getRegisteredOptions()) {
    // --help, --version and their like.
    if (llvm::any_of(option->Categories, [](const auto *category) {
          return category->getName() == "Generic Options";
        }))
      continue;
    if (option->getOptionHiddenFlag() == llvm::cl::NotHidden)
      option->setHiddenFlag(llvm::cl::Hidden);
  }
}

int gac::finishOutput(llvm::StringRef tool, int code) {
  llvm::outs().flush();
  if (!llvm::outs().has_error())
    return code;
  llvm::WithColor::error(llvm::errs(), tool)
      << "cannot write to standard output: " << llvm::outs().error().message()
      << '\n';
  // Its destructor would end the process by itself.
  llvm::outs().clear_error();
  return EXIT_FAILURE;
}
