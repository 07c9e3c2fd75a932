//===- GACPlugin.cpp - GAC inside mlir-opt ----------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   mlir-opt --load-dialect-plugin=GACPlugin.so \
//            --load-pass-plugin=GACPlugin.so \
//            --pass-pipeline='builtin.module(gac-detect)' model.mlir
//
//===----------------------------------------------------------------------===//

#include "gac/InitAll.h"

#include "mlir/Tools/Plugins/DialectPlugin.h"
#include "mlir/Tools/Plugins/PassPlugin.h"
#include "llvm/Support/Compiler.h"

extern "C" LLVM_ATTRIBUTE_WEAK mlir::DialectPluginLibraryInfo
mlirGetDialectPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "GAC", LLVM_VERSION_STRING,
          [](mlir::DialectRegistry *registry) {
            gac::registerAllDialects(*registry);
          }};
}

extern "C" LLVM_ATTRIBUTE_WEAK mlir::PassPluginLibraryInfo
mlirGetPassPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "GAC", LLVM_VERSION_STRING,
          gac::registerAllPasses};
}
