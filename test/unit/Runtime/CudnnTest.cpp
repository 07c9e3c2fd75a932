//===- CudnnTest.cpp - Attention's graph against cuDNN itself ---*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Where cuDNN's header is there, it checks our declarations; where the library
// is, it says whether it knows our graphs, for a GPU that need not be there.
//
//===----------------------------------------------------------------------===//

#include "Attention.h"

#include <gtest/gtest.h>

#include <dlfcn.h>

#if __has_include(<cudnn_graph.h>)
#define GAC_HAS_CUDNN_HEADERS
#include <cudnn_graph.h>

namespace gac::runtime::cudnn {

#define GAC_SAME(ours, theirs)                                                 \
  static_assert(static_cast<long>(ours) == static_cast<long>(theirs))

GAC_SAME(pointwise, CUDNN_BACKEND_POINTWISE_DESCRIPTOR);
GAC_SAME(engineConfig, CUDNN_BACKEND_ENGINECFG_DESCRIPTOR);
GAC_SAME(engineHeuristic, CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR);
GAC_SAME(executionPlan, CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR);
GAC_SAME(operationPointwise, CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR);
GAC_SAME(operationGraph, CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR);
GAC_SAME(variantPack, CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR);
GAC_SAME(tensor, CUDNN_BACKEND_TENSOR_DESCRIPTOR);
GAC_SAME(matmul, CUDNN_BACKEND_MATMUL_DESCRIPTOR);
GAC_SAME(operationMatmul, CUDNN_BACKEND_OPERATION_MATMUL_DESCRIPTOR);
GAC_SAME(reduction, CUDNN_BACKEND_REDUCTION_DESCRIPTOR);
GAC_SAME(operationReduction, CUDNN_BACKEND_OPERATION_REDUCTION_DESCRIPTOR);
GAC_SAME(deviceProperties, CUDNN_BACKEND_DEVICEPROP_DESCRIPTOR);
GAC_SAME(typeHandle, CUDNN_TYPE_HANDLE);
GAC_SAME(typeDataType, CUDNN_TYPE_DATA_TYPE);
GAC_SAME(typeBoolean, CUDNN_TYPE_BOOLEAN);
GAC_SAME(typeInt64, CUDNN_TYPE_INT64);
GAC_SAME(typeFloat, CUDNN_TYPE_FLOAT);
GAC_SAME(typePointer, CUDNN_TYPE_VOID_PTR);
GAC_SAME(typeHeuristicMode, CUDNN_TYPE_HEUR_MODE);
GAC_SAME(typePointwiseMode, CUDNN_TYPE_POINTWISE_MODE);
GAC_SAME(typeDescriptor, CUDNN_TYPE_BACKEND_DESCRIPTOR);
GAC_SAME(typeReductionOperator, CUDNN_TYPE_REDUCTION_OPERATOR_TYPE);
GAC_SAME(typeChar, CUDNN_TYPE_CHAR);
GAC_SAME(pointwiseMode, CUDNN_ATTR_POINTWISE_MODE);
GAC_SAME(pointwiseMathType, CUDNN_ATTR_POINTWISE_MATH_PREC);
GAC_SAME(pointwiseAxis, CUDNN_ATTR_POINTWISE_AXIS);
GAC_SAME(heuristicMode, CUDNN_ATTR_ENGINEHEUR_MODE);
GAC_SAME(heuristicGraph, CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH);
GAC_SAME(heuristicResults, CUDNN_ATTR_ENGINEHEUR_RESULTS);
GAC_SAME(heuristicDevice, CUDNN_ATTR_ENGINEHEUR_DEVICEPROP);
GAC_SAME(planHandle, CUDNN_ATTR_EXECUTION_PLAN_HANDLE);
GAC_SAME(planConfig, CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG);
GAC_SAME(planWorkspaceBytes, CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE);
GAC_SAME(planDevice, CUDNN_ATTR_EXECUTION_PLAN_DEVICEPROP);
GAC_SAME(opPointwiseDesc, CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR);
GAC_SAME(opPointwiseX, CUDNN_ATTR_OPERATION_POINTWISE_XDESC);
GAC_SAME(opPointwiseB, CUDNN_ATTR_OPERATION_POINTWISE_BDESC);
GAC_SAME(opPointwiseY, CUDNN_ATTR_OPERATION_POINTWISE_YDESC);
GAC_SAME(opPointwiseT, CUDNN_ATTR_OPERATION_POINTWISE_TDESC);
GAC_SAME(opPointwiseAlpha1, CUDNN_ATTR_OPERATION_POINTWISE_ALPHA1);
GAC_SAME(opPointwiseAlpha2, CUDNN_ATTR_OPERATION_POINTWISE_ALPHA2);
GAC_SAME(graphHandle, CUDNN_ATTR_OPERATIONGRAPH_HANDLE);
GAC_SAME(graphOps, CUDNN_ATTR_OPERATIONGRAPH_OPS);
GAC_SAME(tensorAlignment, CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT);
GAC_SAME(tensorType, CUDNN_ATTR_TENSOR_DATA_TYPE);
GAC_SAME(tensorSizes, CUDNN_ATTR_TENSOR_DIMENSIONS);
GAC_SAME(tensorStrides, CUDNN_ATTR_TENSOR_STRIDES);
GAC_SAME(tensorId, CUDNN_ATTR_TENSOR_UNIQUE_ID);
GAC_SAME(tensorIsVirtual, CUDNN_ATTR_TENSOR_IS_VIRTUAL);
GAC_SAME(tensorIsByValue, CUDNN_ATTR_TENSOR_IS_BY_VALUE);
GAC_SAME(packIds, CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS);
GAC_SAME(packPointers, CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS);
GAC_SAME(packWorkspace, CUDNN_ATTR_VARIANT_PACK_WORKSPACE);
GAC_SAME(matmulType, CUDNN_ATTR_MATMUL_COMP_TYPE);
GAC_SAME(opMatmulA, CUDNN_ATTR_OPERATION_MATMUL_ADESC);
GAC_SAME(opMatmulB, CUDNN_ATTR_OPERATION_MATMUL_BDESC);
GAC_SAME(opMatmulC, CUDNN_ATTR_OPERATION_MATMUL_CDESC);
GAC_SAME(opMatmulDesc, CUDNN_ATTR_OPERATION_MATMUL_DESC);
GAC_SAME(reductionOperator, CUDNN_ATTR_REDUCTION_OPERATOR);
GAC_SAME(reductionType, CUDNN_ATTR_REDUCTION_COMP_TYPE);
GAC_SAME(opReductionX, CUDNN_ATTR_OPERATION_REDUCTION_XDESC);
GAC_SAME(opReductionY, CUDNN_ATTR_OPERATION_REDUCTION_YDESC);
GAC_SAME(opReductionDesc, CUDNN_ATTR_OPERATION_REDUCTION_DESC);
GAC_SAME(deviceJson, CUDNN_ATTR_DEVICEPROP_JSON_REPRESENTATION);
GAC_SAME(dataFloat, CUDNN_DATA_FLOAT);
GAC_SAME(dataHalf, CUDNN_DATA_HALF);
GAC_SAME(dataInt32, CUDNN_DATA_INT32);
GAC_SAME(dataBFloat16, CUDNN_DATA_BFLOAT16);
GAC_SAME(dataBoolean, CUDNN_DATA_BOOLEAN);
GAC_SAME(modeAdd, CUDNN_POINTWISE_ADD);
GAC_SAME(modeMul, CUDNN_POINTWISE_MUL);
GAC_SAME(modeDiv, CUDNN_POINTWISE_DIV);
GAC_SAME(modeSub, CUDNN_POINTWISE_SUB);
GAC_SAME(modeExp, CUDNN_POINTWISE_EXP);
GAC_SAME(modeLog, CUDNN_POINTWISE_LOG);
GAC_SAME(modeGreaterOrEqual, CUDNN_POINTWISE_CMP_GE);
GAC_SAME(modeIndex, CUDNN_POINTWISE_GEN_INDEX);
GAC_SAME(modeSelect, CUDNN_POINTWISE_BINARY_SELECT);
GAC_SAME(reduceAdd, CUDNN_REDUCE_TENSOR_ADD);
GAC_SAME(reduceMax, CUDNN_REDUCE_TENSOR_MAX);
GAC_SAME(heuristicModeA, CUDNN_HEUR_MODE_A);

/// The sizes of a function's parameters, which are how they are passed.
template <size_t... Sizes> struct ParameterSizes {};
template <typename R, typename... Parameters>
ParameterSizes<sizeof(Parameters)...> getSizes(R (*)(Parameters...));

#define GAC_SAME_FUNCTION(member, symbol, ...)                                 \
  static_assert(                                                               \
      std::is_same_v<decltype(getSizes(                                        \
                         static_cast<int (*)(__VA_ARGS__)>(nullptr))),         \
                     decltype(getSizes(&::symbol))>);

GAC_CUDNN_FUNCTIONS(GAC_SAME_FUNCTION)

} // namespace gac::runtime::cudnn
#endif

using namespace gac::runtime;

// Where it compiled, it passed.
TEST(Cudnn, DeclarationsAreThoseOfTheLibrary) {
#ifndef GAC_HAS_CUDNN_HEADERS
  GTEST_SKIP() << "there is no header of cuDNN";
#endif
}

namespace {
/// As [batch, rows, heads, width] in memory, `pitch` elements from row to row
/// (0: no gaps).
AttentionOperand makeOperand(int64_t heads, int64_t rows, int64_t width,
                             int64_t pitch = 0) {
  AttentionOperand operand;
  operand.headStride = width;
  operand.rowStride = pitch ? pitch : heads * width;
  operand.batchStride = operand.rowStride * rows;
  return operand;
}

AttentionOp makeAttention(int64_t batch, int64_t queryHeads, int64_t keyHeads,
                          int64_t queries, int64_t keys, int64_t keyWidth,
                          int64_t valueWidth, bool causal, int64_t pitch = 0) {
  AttentionOp op;
  op.batch = batch;
  op.queryHeads = queryHeads;
  op.keyHeads = keyHeads;
  op.queries = queries;
  op.keys = keys;
  op.keyWidth = keyWidth;
  op.valueWidth = valueWidth;
  op.scale = 0.125;
  op.causal = causal;
  op.q = makeOperand(queryHeads, queries, keyWidth, pitch);
  op.k = makeOperand(keyHeads, keys, keyWidth, pitch);
  op.v = makeOperand(keyHeads, keys, valueWidth, pitch);
  op.o = makeOperand(queryHeads, queries, valueWidth);
  return op;
}

TEST(Cudnn, IsAskedForWhatItCanDo) {
  AttentionOp op = makeAttention(2, 4, 2, 16, 16, 64, 64, true);
  EXPECT_FALSE(checkCudnnSupport(op, DType::BF16));
  EXPECT_FALSE(checkCudnnSupport(op, DType::F16));
  auto getError = [](const AttentionOp &op, DType type = DType::BF16) {
    return checkCudnnSupport(op, type).getMessage();
  };
  EXPECT_EQ(getError(op, DType::F32), "cuDNN has no attention of type f32");
  EXPECT_EQ(getError(makeAttention(1, 4, 2, 16, 16, 107, 64, true)),
            "cuDNN needs multiples of 8, and keyWidth is 107");
  EXPECT_EQ(getError(makeAttention(1, 4, 2, 16, 16, 64, 60, true)),
            "cuDNN needs multiples of 8, and valueWidth is 60");
  op.v.offset = 4;
  EXPECT_EQ(getError(op),
            "cuDNN needs multiples of 8, and the offset of v is 4");
  op.v.offset = 8;
  op.k.rowStride = 130;
  EXPECT_EQ(getError(op),
            "cuDNN needs multiples of 8, and the row stride of k is 130");
  op.k.rowStride = 128;
  op.o.batchStride = 4100;
  EXPECT_EQ(getError(op),
            "cuDNN needs multiples of 8, and the batch stride of o is 4100");
  // The stride of an axis of one means nothing.
  op.batch = 1;
  EXPECT_EQ(getError(op), "");
}

/// An H200, as cuDNN describes devices in version 9.
const char *const h200 = R"json({
"maxGridSize": [2147483647, 65535, 65535], "maxBlockSize": [1024, 1024, 64],
"regsPerBlock": 65536, "multiProcessorCount": 132, "warpSize": 32,
"maxSharedMemoryPerBlock": 49152, "maxSharedMemoryPerBlockOptin": 232448,
"reservedSharedMemoryPerBlock": 1024, "maxRegistersPerSM": 65536,
"maxCtasPerSM": 32, "maxThreadsPerBlock": 1024, "maxThreadsPerSM": 2048,
"pciDeviceId": 0, "isTccDriver": 0, "supportCoopLaunch": 1,
"smClockRateKHz": 1980000, "memClockRateKHz": 3201000, "l2CacheSize": 62914560,
"deviceName": "NVIDIA H200", "deviceVer": 900, "driverVer": 13000,
"cudaDeviceId": 0, "totalGlobalMem": 150754820096})json";

class CudnnGraph : public testing::Test {
protected:
  void SetUp() override {
#ifdef __SANITIZE_ADDRESS__
    GTEST_SKIP() << "libcudnn.so.9 itself leaks memory";
#endif
    // cuDNN's engines ask whether there is a driver; the toolkit's stub, which
    // does nothing, is enough of one.
#ifdef GAC_CUDA_STUB
    if (!dlopen("libcuda.so.1", RTLD_NOW))
      dlopen(GAC_CUDA_STUB, RTLD_NOW);
#endif
    if (!dlopen("libcuda.so.1", RTLD_NOW))
      GTEST_SKIP() << "there is no driver, and no toolkit with a stub of it";
    Result<const cudnn::Table *> table = loadCudnn();
    if (!table)
      GTEST_SKIP() << table.getStatus().getMessage();
    target.table = *table;
    cudnn::Descriptor desc = nullptr;
    ASSERT_EQ((*table)->descCreate(cudnn::deviceProperties, &desc), 0);
    properties = CudnnDesc(**table, desc);
    ASSERT_EQ((*table)->descSet(desc, cudnn::deviceJson, cudnn::typeChar,
                                static_cast<int64_t>(strlen(h200)), h200),
              0);
    if (int result = (*table)->descFinalize(desc))
      GTEST_SKIP() << "this cuDNN describes devices in another way: "
                   << makeCudnnError(**table, "a device", result).getMessage();
    target.properties = desc;
  }

  /// Expects an engine of cuDNN that supports the graph; only compiling it
  /// needs a device.
  void check(const AttentionOp &op, DType type = DType::BF16) {
    Result<CudnnAttentionGraph> graph =
        CudnnAttentionGraph::build(target, op, type);
    ASSERT_TRUE(graph) << graph.getStatus().getMessage();
    Result<CudnnDesc> pack = graph->makePack({256, 512, 768, 1024, 2048});
    ASSERT_TRUE(pack) << pack.getStatus().getMessage();
  }

  CudnnTarget target;
  CudnnDesc properties;
};

TEST_F(CudnnGraph, Prefill) {
  check(makeAttention(1, 32, 8, 1024, 1024, 128, 128, true));
}

TEST_F(CudnnGraph, OddSizes) {
  check(makeAttention(2, 4, 4, 67, 67, 112, 112, false));
}

TEST_F(CudnnGraph, ValuesOfAnotherWidth) {
  check(makeAttention(1, 6, 3, 130, 130, 64, 96, true), DType::F16);
}

TEST_F(CudnnGraph, MoreKeysThanQueries) {
  check(makeAttention(2, 8, 2, 100, 300, 128, 128, true));
}

TEST_F(CudnnGraph, ViewsOfAMergedProjection) {
  check(makeAttention(2, 8, 2, 256, 256, 128, 128, true, (8 + 2 + 2) * 128));
}

TEST_F(CudnnGraph, Caches) {
  AttentionOp op = makeAttention(2, 8, 2, 100, 300, 128, 128, true);
  // [batch, heads, capacity of 512, width]
  for (AttentionOperand *operand : {&op.k, &op.v}) {
    operand->rowStride = 128;
    operand->headStride = 512 * 128;
    operand->batchStride = 2 * 512 * 128;
  }
  check(op);
}

TEST_F(CudnnGraph, GapsBetweenResults) {
  AttentionOp op = makeAttention(2, 8, 2, 130, 130, 128, 64, true);
  op.o.rowStride += 16;
  op.o.batchStride = op.o.rowStride * 130;
  check(op);
}

TEST_F(CudnnGraph, OneQuery) {
  check(makeAttention(1, 32, 8, 1, 1024, 128, 128, true));
}

TEST_F(CudnnGraph, SaysWhyNot) {
  // Its widths are of no use to any engine.
  Result<CudnnAttentionGraph> graph = CudnnAttentionGraph::build(
      target, makeAttention(1, 2, 2, 64, 64, 61, 37, true), DType::BF16);
  ASSERT_FALSE(graph);
  EXPECT_EQ(graph.getStatus().getMessage(),
            "cuDNN has no engine for this attention");
  // A plain mistake, with cuDNN's own words.
  graph = CudnnAttentionGraph::build(
      target, makeAttention(1, 3, 2, 64, 64, 64, 64, true), DType::BF16);
  ASSERT_FALSE(graph);
  std::string message = graph.getStatus().getMessage(),
              start = "cuDNN failed at a matrix product with status 2000: ";
  EXPECT_EQ(message.substr(0, start.size()), start);
  EXPECT_GT(message.size(), start.size());
}
} // namespace
