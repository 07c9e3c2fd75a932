//===- CommandLine.h - What the mains have in common ------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_TOOLS_COMMANDLINE_H
#define GAC_TOOLS_COMMANDLINE_H

#include "llvm/ADT/StringRef.h"

namespace gac {

/// Leaves the options that are registered by now, hundreds of LLVM's libraries,
/// to `--help-hidden`. To be called before a tool declares its own.
void hideLibraryOptions();

/// The exit code of a tool that would end with `code`: 1, after an error, if
/// standard output could not take all that was printed.
int finishOutput(llvm::StringRef tool, int code);

} // namespace gac

#endif // GAC_TOOLS_COMMANDLINE_H
