//===- CudaTest.cpp - Our declarations of CUDA against CUDA's own ---------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Cuda.h"

#include <gtest/gtest.h>

#if __has_include(<cublasLt.h>) && __has_include(<nvrtc.h>)
#define GAC_HAS_CUDA_HEADERS
// First what the others include, so that none of it lands in our namespace.
#include <cublasLt.h>
#include <cuda.h>
#include <nvrtc.h>

namespace gac::runtime::cuda {

#define GAC_SAME(ours, theirs)                                                 \
  static_assert(static_cast<long>(ours) == static_cast<long>(theirs))

GAC_SAME(attributeMajor, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR);
GAC_SAME(attributeMinor, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
GAC_SAME(attributeMaxSharedOptin,
         CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN);
GAC_SAME(attributeProcessors, CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT);
GAC_SAME(attributeL2Bytes, CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE);
GAC_SAME(attributeClock, CU_DEVICE_ATTRIBUTE_CLOCK_RATE);
GAC_SAME(attributeMemoryClock, CU_DEVICE_ATTRIBUTE_MEMORY_CLOCK_RATE);
GAC_SAME(attributeBusWidth, CU_DEVICE_ATTRIBUTE_GLOBAL_MEMORY_BUS_WIDTH);
GAC_SAME(functionMaxDynamicShared,
         CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES);
GAC_SAME(functionClusterHeight, CU_FUNC_ATTRIBUTE_REQUIRED_CLUSTER_HEIGHT);
GAC_SAME(functionAnyCluster,
         CU_FUNC_ATTRIBUTE_NON_PORTABLE_CLUSTER_SIZE_ALLOWED);
GAC_SAME(streamNonBlocking, CU_STREAM_NON_BLOCKING);
GAC_SAME(captureThreadLocal, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL);
GAC_SAME(errorOutOfMemory, CUDA_ERROR_OUT_OF_MEMORY);
GAC_SAME(type32F, CUDA_R_32F);
GAC_SAME(type16F, CUDA_R_16F);
GAC_SAME(type16BF, CUDA_R_16BF);
GAC_SAME(compute32F, CUBLAS_COMPUTE_32F);
GAC_SAME(descTransA, CUBLASLT_MATMUL_DESC_TRANSA);
GAC_SAME(descTransB, CUBLASLT_MATMUL_DESC_TRANSB);
GAC_SAME(descEpilogue, CUBLASLT_MATMUL_DESC_EPILOGUE);
GAC_SAME(descBias, CUBLASLT_MATMUL_DESC_BIAS_POINTER);
GAC_SAME(layoutBatchCount, CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT);
GAC_SAME(layoutBatchStride, CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET);
GAC_SAME(preferenceWorkspace, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES);
GAC_SAME(preferenceAlignmentA, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES);
GAC_SAME(preferenceAlignmentA + 1, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES);
GAC_SAME(preferenceAlignmentA + 2, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES);
GAC_SAME(preferenceAlignmentA + 3, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES);
GAC_SAME(epilogueDefault, CUBLASLT_EPILOGUE_DEFAULT);
GAC_SAME(epilogueBias, CUBLASLT_EPILOGUE_BIAS);
GAC_SAME(epilogueGelu, CUBLASLT_EPILOGUE_GELU);
GAC_SAME(epilogueGelu | epilogueBias, CUBLASLT_EPILOGUE_GELU_BIAS);
GAC_SAME(sizeof(LtAlgo), sizeof(cublasLtMatmulAlgo_t));
GAC_SAME(sizeof(LtHeuristic), sizeof(cublasLtMatmulHeuristicResult_t));

/// The sizes of a function's parameters, which are how they are passed.
template <size_t... Sizes> struct ParameterSizes {};
template <typename R, typename... Parameters>
ParameterSizes<sizeof(Parameters)...> getSizes(R (*)(Parameters...));

#define GAC_SAME_FUNCTION(member, symbol, ...)                                 \
  static_assert(                                                               \
      std::is_same_v<decltype(getSizes(                                        \
                         static_cast<int (*)(__VA_ARGS__)>(nullptr))),         \
                     decltype(getSizes(&::symbol))>);

GAC_CUDA_FUNCTIONS(GAC_SAME_FUNCTION)
GAC_NVRTC_FUNCTIONS(GAC_SAME_FUNCTION)
GAC_CUBLASLT_FUNCTIONS(GAC_SAME_FUNCTION)

} // namespace gac::runtime::cuda
#endif

// Where it compiled, it passed.
TEST(Cuda, DeclarationsAreThoseOfTheToolkit) {
#ifndef GAC_HAS_CUDA_HEADERS
  GTEST_SKIP() << "there is no CUDA toolkit";
#endif
}
