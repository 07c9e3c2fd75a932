//===- BuiltinTargets.h - the target files of targets/ ----------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The build writes the definitions from the JSON files of targets/, so that the
// tools need no data folder beside them.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_TARGET_BUILTINTARGETS_H
#define GAC_LIB_TARGET_BUILTINTARGETS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

namespace gac::detail {

/// Names in alphabetical order, and the text of each one's file.
llvm::ArrayRef<llvm::StringRef> getTargetNames();
llvm::ArrayRef<llvm::StringRef> getTargetTexts();

} // namespace gac::detail

#endif // GAC_LIB_TARGET_BUILTINTARGETS_H
