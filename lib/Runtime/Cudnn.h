//===- Cudnn.h - The parts of cuDNN that the runtime calls ------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Declared here, so that building needs no cuDNN. Names and values are those of
// the graph ("backend") interface of cuDNN 9, a stable part of libcudnn.so.9.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_RUNTIME_CUDNN_H
#define GAC_LIB_RUNTIME_CUDNN_H

#include "Cuda.h"

namespace gac::runtime::cudnn {

using Handle = struct HandleTag *;
using Descriptor = void *;

// Kinds of descriptors.
constexpr int pointwise = 0, engineConfig = 3, engineHeuristic = 4;
constexpr int executionPlan = 5, operationPointwise = 13, operationGraph = 15;
constexpr int variantPack = 16, tensor = 17, matmul = 18, operationMatmul = 19;
constexpr int reduction = 21, operationReduction = 22, deviceProperties = 38;

// Types of attributes.
constexpr int typeHandle = 0, typeDataType = 1, typeBoolean = 2, typeInt64 = 3;
constexpr int typeFloat = 4, typePointer = 6, typeHeuristicMode = 8;
constexpr int typePointwiseMode = 14, typeDescriptor = 15;
constexpr int typeReductionOperator = 18, typeChar = 24;

// Attributes, by the kind of descriptor that has them.
constexpr int pointwiseMode = 0, pointwiseMathType = 1, pointwiseAxis = 9;
constexpr int heuristicMode = 200, heuristicGraph = 201, heuristicResults = 202;
constexpr int heuristicDevice = 204;
constexpr int planHandle = 400, planConfig = 401, planWorkspaceBytes = 402;
constexpr int planDevice = 407;
constexpr int opPointwiseDesc = 750, opPointwiseX = 751, opPointwiseB = 752;
constexpr int opPointwiseY = 753, opPointwiseAlpha1 = 754;
constexpr int opPointwiseAlpha2 = 755, opPointwiseT = 758;
constexpr int graphHandle = 800, graphOps = 801;
constexpr int tensorAlignment = 900, tensorType = 901, tensorSizes = 902;
constexpr int tensorStrides = 903, tensorId = 906, tensorIsVirtual = 907;
constexpr int tensorIsByValue = 908;
constexpr int packIds = 1000, packPointers = 1001, packWorkspace = 1003;
constexpr int matmulType = 1500;
constexpr int opMatmulA = 1520, opMatmulB = 1521, opMatmulC = 1522;
constexpr int opMatmulDesc = 1523;
constexpr int reductionOperator = 1600, reductionType = 1601;
constexpr int opReductionX = 1610, opReductionY = 1611, opReductionDesc = 1612;
constexpr int deviceJson = 2702;

// Element types.
constexpr int dataFloat = 0, dataHalf = 2, dataInt32 = 4, dataBFloat16 = 9;
constexpr int dataBoolean = 11;

// Modes of pointwise operations and reductions, and of the heuristic.
constexpr int modeAdd = 0, modeMul = 1, modeDiv = 6, modeSub = 9, modeExp = 13;
constexpr int modeLog = 15;
constexpr int modeGreaterOrEqual = 303, modeIndex = 501, modeSelect = 601;
constexpr int reduceAdd = 0, reduceMax = 3;
constexpr int heuristicModeA = 3;

/// X(member, symbol, parameters...): functions that return a cudnnStatus_t.
#define GAC_CUDNN_FUNCTIONS(X)                                                 \
  X(create, cudnnCreate, Handle *)                                             \
  X(destroy, cudnnDestroy, Handle)                                             \
  X(setStream, cudnnSetStream, Handle, cuda::Stream)                           \
  X(descCreate, cudnnBackendCreateDescriptor, int, Descriptor *)               \
  X(descDestroy, cudnnBackendDestroyDescriptor, Descriptor)                    \
  X(descFinalize, cudnnBackendFinalize, Descriptor)                            \
  X(descSet, cudnnBackendSetAttribute, Descriptor, int, int, int64_t,          \
    const void *)                                                              \
  X(descGet, cudnnBackendGetAttribute, Descriptor, int, int, int64_t,          \
    int64_t *, void *)                                                         \
  X(execute, cudnnBackendExecute, Handle, Descriptor, Descriptor)

struct Table {
  GAC_CUDNN_FUNCTIONS(GAC_DECLARE_FUNCTION)
  /// 91900 for 9.19.0.
  size_t (*getVersion)() = nullptr;
  /// Why this thread's last call failed.
  void (*getLastErrorString)(char *, size_t) = nullptr;
};

} // namespace gac::runtime::cudnn

#endif // GAC_LIB_RUNTIME_CUDNN_H
