//===- use-gac.cpp - An outside program that uses GAC's libraries ---------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Imports a model, which takes all the static archives down to ONNX's, runs
// the repair pipeline on it, and prints what it holds.
//
//===----------------------------------------------------------------------===//

#include "gac/Dialect/GAC/IR/GACDialect.h"
#include "gac/Dialect/GAC/IR/GACOps.h"
#include "gac/Dialect/GAC/Transforms/Passes.h"
#include "gac/Import/Importer.h"
#include "gac/Target/Target.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/raw_ostream.h"

int main(int argc, char **argv) {
  if (argc != 2) {
    llvm::errs() << "usage: use-gac MODEL.onnx\n";
    return 2;
  }
  llvm::Expected<gac::Target> target = gac::loadTarget("h200");
  if (!target) {
    llvm::errs() << llvm::toString(target.takeError()) << '\n';
    return 1;
  }

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module =
      gac::importOnnxModel(argv[1], &context);
  if (!module)
    return 1;
  unsigned matmuls = 0;
  module->walk([&](gac::MatMulOp) { ++matmuls; });
  llvm::outs() << "matmuls: " << matmuls << ", target: " << target->name
               << '\n';
  return matmuls > 0 ? 0 : 1;
}
