//===- CUDADialect.cpp - The gac_cuda dialect -----------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Dialect/CUDA/IR/CUDADialect.h"
#include "gac/Dialect/CUDA/IR/CUDAOps.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace gac::cuda;

#include "gac/Dialect/CUDA/IR/CUDADialect.cpp.inc"
#include "gac/Dialect/CUDA/IR/CUDAEnums.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "gac/Dialect/CUDA/IR/CUDAAttributes.cpp.inc"

void CUDADialect::registerAttributes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "gac/Dialect/CUDA/IR/CUDAAttributes.cpp.inc"
      >();
}

void CUDADialect::initialize() {
  registerAttributes();
  addOperations<
#define GET_OP_LIST
#include "gac/Dialect/CUDA/IR/CUDAOps.cpp.inc"
      >();
}
