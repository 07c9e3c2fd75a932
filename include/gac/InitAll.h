//===- InitAll.h - register all that GAC brings -----------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// For tools: what gac-opt, gac-translate and the plugin of mlir-opt have in
// common.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_INITALL_H
#define GAC_INITALL_H

#include "gac/Analysis/DimensionOpInterface.h"
#include "gac/Conversion/Passes.h"
#include "gac/Dialect/CUDA/IR/CUDADialect.h"
#include "gac/Dialect/CUDA/Transforms/Passes.h"
#include "gac/Dialect/GAC/IR/GACDialect.h"
#include "gac/Dialect/GAC/Transforms/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/DialectRegistry.h"

namespace gac {

/// The gac and gac_cuda dialects with the rules of the dimension algebra, and
/// the dialects that modules of it are made of.
inline void registerAllDialects(mlir::DialectRegistry &registry) {
  registry.insert<GACDialect, cuda::CUDADialect, mlir::func::FuncDialect>();
  registerDimensionModels(registry);
}

/// All passes and pipelines.
inline void registerAllPasses() {
  registerGACPasses();
  registerGACPipelines();
  cuda::registerCUDAPasses();
  cuda::registerCUDAPipelines();
  registerGACConversionPasses();
}

} // namespace gac

#endif // GAC_INITALL_H
