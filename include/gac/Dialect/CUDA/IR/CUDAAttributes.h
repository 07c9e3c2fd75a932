//===- CUDAAttributes.h - Attributes of the gac_cuda dialect --*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_DIALECT_CUDA_IR_CUDAATTRIBUTES_H
#define GAC_DIALECT_CUDA_IR_CUDAATTRIBUTES_H

#include "mlir/IR/BuiltinAttributes.h"

#include "gac/Dialect/CUDA/IR/CUDAEnums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "gac/Dialect/CUDA/IR/CUDAAttributes.h.inc"

#endif // GAC_DIALECT_CUDA_IR_CUDAATTRIBUTES_H
