//===- CUDAOps.h - Ops of the gac_cuda dialect ----------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_DIALECT_CUDA_IR_CUDAOPS_H
#define GAC_DIALECT_CUDA_IR_CUDAOPS_H

#include "gac/Dialect/CUDA/IR/CUDAAttributes.h"
#include "gac/Dialect/CUDA/IR/CUDADialect.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/RegionKindInterface.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace gac::cuda::detail {
/// The effects of an op in destination-passing style: it reads all memrefs and
/// writes its inits and workspaces.
void addEffects(
    mlir::Operation *op,
    llvm::SmallVectorImpl<mlir::MemoryEffects::EffectInstance> &effects);
} // namespace gac::cuda::detail

#define GET_OP_CLASSES
#include "gac/Dialect/CUDA/IR/CUDAOps.h.inc"

namespace gac::cuda {

/// Shape, strides and offset of a memref that the dialect's ops take: always
/// static.
struct View {
  llvm::SmallVector<int64_t> sizes, strides;
  int64_t offset = 0;

  View() = default;
  explicit View(mlir::MemRefType type);
};

} // namespace gac::cuda

#endif // GAC_DIALECT_CUDA_IR_CUDAOPS_H
