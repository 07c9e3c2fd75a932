//===- CudnnGraph.cpp - Attention as cuDNN sees it --------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// cuDNN recognises attention by the shape of its graph and runs it as one
// kernel:
//
//   s = q k^T * scale, where row (+ keys - queries) >= column, else -inf
//   e = exp(s - max s),  o = (e / sum e) v
//
// All tensors are [batch, heads, rows, columns], whatever lies in memory: k's
// strides are those of its transpose, and the heads of k and v may be fewer
// than q's. Everything between the operands is virtual. NVIDIA's cudnn-frontend
// documents the pattern, and which versions of cuDNN know it.
//
//===----------------------------------------------------------------------===//

#include "CudnnGraph.h"

#include <algorithm>
#include <limits>

using namespace gac::runtime;

/// Of batches, heads, rows and columns.
using Sizes = std::array<int64_t, 4>;

/// What cuDNN's operands are aligned to, in bytes.
static constexpr int64_t operandAlignment = 16;

static Sizes getPackedStrides(const Sizes &sizes) {
  return {sizes[1] * sizes[2] * sizes[3], sizes[2] * sizes[3], sizes[3], 1};
}

namespace gac::runtime {
/// Builds operations, each of whose results is a new virtual tensor. The first
/// mistake stays, and what comes after it is null.
class CudnnGraphBuilder {
  using Graph = CudnnAttentionGraph;

public:
  explicit CudnnGraphBuilder(CudnnAttentionGraph &graph)
      : graph(graph), table(*graph.target.table) {}

  Status build(const AttentionOp &op, DType type);

private:
  cudnn::Descriptor keep(Result<CudnnDesc> made);
  cudnn::Descriptor makeTensor(int64_t id, int type, const Sizes &sizes,
                               const Sizes &strides);
  cudnn::Descriptor makeVirtual(int type, const Sizes &sizes);
  cudnn::Descriptor makeScalar(float value);
  cudnn::Descriptor makeScalar(int32_t value);
  cudnn::Descriptor makeScalar(int type, Graph::Scalar value);
  cudnn::Descriptor makePointwise(int mode, int mathType,
                                  cudnn::Descriptor result, cudnn::Descriptor x,
                                  cudnn::Descriptor b = nullptr,
                                  cudnn::Descriptor t = nullptr,
                                  int64_t axis = -1);
  cudnn::Descriptor makeReduction(int mode, cudnn::Descriptor x,
                                  const Sizes &sizes);
  void makeMatmul(cudnn::Descriptor a, cudnn::Descriptor b,
                  cudnn::Descriptor c);
  cudnn::Descriptor makeMask(const AttentionOp &op, cudnn::Descriptor scores,
                             const Sizes &sizes);

  CudnnAttentionGraph &graph;
  const cudnn::Table &table;
  Status status;
  std::vector<cudnn::Descriptor> ops;
  int64_t nextVirtual = Graph::firstVirtual;
};
} // namespace gac::runtime

cudnn::Descriptor CudnnGraphBuilder::keep(Result<CudnnDesc> made) {
  if (!status && !made)
    status = made.getStatus();
  if (status)
    return nullptr;
  graph.parts.push_back(std::move(*made));
  return graph.parts.back().get();
}

cudnn::Descriptor CudnnGraphBuilder::makeTensor(int64_t id, int type,
                                                const Sizes &sizes,
                                                const Sizes &strides) {
  const bool isVirtual = id >= Graph::firstVirtual;
  const bool isScalar = !isVirtual && id >= Graph::firstScalar;
  CudnnDescWriter writer(table, cudnn::tensor);
  writer.set(cudnn::tensorType, cudnn::typeDataType, type)
      .set(cudnn::tensorSizes, cudnn::typeInt64, sizes.data(), sizes.size())
      .set(cudnn::tensorStrides, cudnn::typeInt64, strides.data(),
           strides.size())
      .set(cudnn::tensorId, cudnn::typeInt64, &id)
      .set(cudnn::tensorAlignment, cudnn::typeInt64, &operandAlignment);
  if (isVirtual)
    writer.set(cudnn::tensorIsVirtual, cudnn::typeBoolean, &isVirtual);
  if (isScalar)
    writer.set(cudnn::tensorIsByValue, cudnn::typeBoolean, &isScalar);
  return keep(writer.finish("a tensor"));
}

cudnn::Descriptor CudnnGraphBuilder::makeVirtual(int type, const Sizes &sizes) {
  return makeTensor(nextVirtual++, type, sizes, getPackedStrides(sizes));
}

cudnn::Descriptor CudnnGraphBuilder::makeScalar(int type, Graph::Scalar value) {
  size_t index = graph.scalarCount++;
  (*graph.scalars)[index] = value;
  return makeTensor(Graph::firstScalar + static_cast<int64_t>(index), type,
                    {1, 1, 1, 1}, {1, 1, 1, 1});
}

cudnn::Descriptor CudnnGraphBuilder::makeScalar(float value) {
  Graph::Scalar scalar;
  scalar.real = value;
  return makeScalar(cudnn::dataFloat, scalar);
}

cudnn::Descriptor CudnnGraphBuilder::makeScalar(int32_t value) {
  Graph::Scalar scalar;
  scalar.integer = value;
  return makeScalar(cudnn::dataInt32, scalar);
}

/// result = mode(x, b), or t ? x : b; returns the result.
cudnn::Descriptor CudnnGraphBuilder::makePointwise(
    int mode, int mathType, cudnn::Descriptor result, cudnn::Descriptor x,
    cudnn::Descriptor b, cudnn::Descriptor t, int64_t axis) {
  if (status)
    return nullptr;
  CudnnDescWriter kind(table, cudnn::pointwise);
  kind.set(cudnn::pointwiseMode, cudnn::typePointwiseMode, mode)
      .set(cudnn::pointwiseMathType, cudnn::typeDataType, mathType);
  if (axis >= 0)
    kind.set(cudnn::pointwiseAxis, cudnn::typeInt64, &axis);
  cudnn::Descriptor desc = keep(kind.finish("a pointwise mode"));
  if (!desc)
    return nullptr;
  const float one = 1;
  CudnnDescWriter op(table, cudnn::operationPointwise);
  op.set(cudnn::opPointwiseDesc, desc)
      .set(cudnn::opPointwiseX, x)
      .set(cudnn::opPointwiseY, result);
  if (b)
    op.set(cudnn::opPointwiseB, b);
  if (t)
    op.set(cudnn::opPointwiseT, t);
  op.set(cudnn::opPointwiseAlpha1, cudnn::typeFloat, &one)
      .set(cudnn::opPointwiseAlpha2, cudnn::typeFloat, &one);
  ops.push_back(keep(op.finish("a pointwise operation")));
  return result;
}

cudnn::Descriptor CudnnGraphBuilder::makeReduction(int mode,
                                                   cudnn::Descriptor x,
                                                   const Sizes &sizes) {
  cudnn::Descriptor result = makeVirtual(cudnn::dataFloat, sizes);
  CudnnDescWriter kind(table, cudnn::reduction);
  kind.set(cudnn::reductionOperator, cudnn::typeReductionOperator, mode)
      .set(cudnn::reductionType, cudnn::typeDataType, cudnn::dataFloat);
  cudnn::Descriptor desc = keep(kind.finish("a reduction"));
  if (!desc)
    return nullptr;
  CudnnDescWriter op(table, cudnn::operationReduction);
  op.set(cudnn::opReductionDesc, desc)
      .set(cudnn::opReductionX, x)
      .set(cudnn::opReductionY, result);
  ops.push_back(keep(op.finish("a reduction")));
  return result;
}

void CudnnGraphBuilder::makeMatmul(cudnn::Descriptor a, cudnn::Descriptor b,
                                   cudnn::Descriptor c) {
  if (status)
    return;
  CudnnDescWriter kind(table, cudnn::matmul);
  kind.set(cudnn::matmulType, cudnn::typeDataType, cudnn::dataFloat);
  cudnn::Descriptor desc = keep(kind.finish("a matrix product"));
  if (!desc)
    return;
  CudnnDescWriter op(table, cudnn::operationMatmul);
  op.set(cudnn::opMatmulA, a)
      .set(cudnn::opMatmulB, b)
      .set(cudnn::opMatmulC, c)
      .set(cudnn::opMatmulDesc, desc);
  ops.push_back(keep(op.finish("a matrix product")));
}

/// The scores, with minus infinity where a query does not see a key. cuDNN
/// knows the pattern by the order of its operations.
cudnn::Descriptor CudnnGraphBuilder::makeMask(const AttentionOp &op,
                                              cudnn::Descriptor scores,
                                              const Sizes &sizes) {
  auto makeIndex = [&](int64_t axis) {
    return makePointwise(cudnn::modeIndex, cudnn::dataFloat,
                         makeVirtual(cudnn::dataInt32, sizes), scores, nullptr,
                         nullptr, axis);
  };
  cudnn::Descriptor row = makeIndex(2), column = makeIndex(3);
  if (op.keys != op.queries) {
    row = makePointwise(cudnn::modeAdd, cudnn::dataInt32,
                        makeVirtual(cudnn::dataInt32, sizes), row,
                        makeScalar(static_cast<int32_t>(op.keys)));
    row = makePointwise(cudnn::modeSub, cudnn::dataInt32,
                        makeVirtual(cudnn::dataInt32, sizes), row,
                        makeScalar(static_cast<int32_t>(op.queries)));
  }
  cudnn::Descriptor sees =
      makePointwise(cudnn::modeGreaterOrEqual, cudnn::dataBoolean,
                    makeVirtual(cudnn::dataBoolean, sizes), row, column);
  return makePointwise(
      cudnn::modeSelect, cudnn::dataFloat, makeVirtual(cudnn::dataFloat, sizes),
      scores, makeScalar(-std::numeric_limits<float>::infinity()), sees);
}

/// The strides of an operand; those of an axis of one element mean nothing, and
/// cuDNN wants sensible ones.
static Sizes getStrides(const AttentionOperand &operand, int64_t batch,
                        int64_t heads, int64_t rows, int64_t width) {
  int64_t rowStride = rows > 1 ? operand.rowStride : width;
  int64_t headStride = heads > 1 ? operand.headStride : rowStride * rows;
  int64_t batchStride = batch > 1
                            ? operand.batchStride
                            : std::max(headStride * heads, rowStride * rows);
  return {batchStride, headStride, rowStride, 1};
}

Status CudnnGraphBuilder::build(const AttentionOp &op, DType type) {
  const int data = type == DType::BF16 ? cudnn::dataBFloat16 : cudnn::dataHalf;
  const int real = cudnn::dataFloat;
  const Sizes scoreSizes = {op.batch, op.queryHeads, op.queries, op.keys};
  const Sizes rowSizes = {op.batch, op.queryHeads, op.queries, 1};
  cudnn::Descriptor q = makeTensor(
      Graph::idQ, data, {op.batch, op.queryHeads, op.queries, op.keyWidth},
      getStrides(op.q, op.batch, op.queryHeads, op.queries, op.keyWidth));
  Sizes keyStrides =
      getStrides(op.k, op.batch, op.keyHeads, op.keys, op.keyWidth);
  std::swap(keyStrides[2], keyStrides[3]);
  cudnn::Descriptor k =
      makeTensor(Graph::idK, data,
                 {op.batch, op.keyHeads, op.keyWidth, op.keys}, keyStrides);
  cudnn::Descriptor v = makeTensor(
      Graph::idV, data, {op.batch, op.keyHeads, op.keys, op.valueWidth},
      getStrides(op.v, op.batch, op.keyHeads, op.keys, op.valueWidth));
  cudnn::Descriptor o = makeTensor(
      Graph::idO, data, {op.batch, op.queryHeads, op.queries, op.valueWidth},
      getStrides(op.o, op.batch, op.queryHeads, op.queries, op.valueWidth));

  cudnn::Descriptor scores = makeVirtual(real, scoreSizes);
  makeMatmul(q, k, scores);
  scores = makePointwise(cudnn::modeMul, real, makeVirtual(real, scoreSizes),
                         scores, makeScalar(static_cast<float>(op.scale)));
  if (op.causal)
    scores = makeMask(op, scores, scoreSizes);
  cudnn::Descriptor top = makeReduction(cudnn::reduceMax, scores, rowSizes);
  scores = makePointwise(cudnn::modeSub, real, makeVirtual(real, scoreSizes),
                         scores, top);
  scores = makePointwise(cudnn::modeExp, real, makeVirtual(real, scoreSizes),
                         scores);
  cudnn::Descriptor sum = makeReduction(cudnn::reduceAdd, scores, rowSizes);
  // cuDNN wants to see the logarithm of the sum even where nobody reads it.
  cudnn::Descriptor logarithm =
      makePointwise(cudnn::modeLog, real, makeVirtual(real, rowSizes), sum);
  makePointwise(cudnn::modeAdd, real, makeVirtual(real, rowSizes), top,
                logarithm);
  // The second product takes weights of the operands' type.
  cudnn::Descriptor weights = makePointwise(
      cudnn::modeDiv, real, makeVirtual(data, scoreSizes), scores, sum);
  makeMatmul(weights, v, o);
  if (status)
    return status;

  CudnnDescWriter writer(table, cudnn::operationGraph);
  writer.set(cudnn::graphOps, cudnn::typeDescriptor, ops.data(), ops.size());
  if (graph.target.handle)
    writer.set(cudnn::graphHandle, cudnn::typeHandle, &graph.target.handle);
  keep(writer.finish("a graph of attention"));
  return status;
}

Result<CudnnAttentionGraph>
CudnnAttentionGraph::build(const CudnnTarget &target, const AttentionOp &op,
                           DType type) {
  CudnnAttentionGraph graph(target);
  graph.scalars = std::make_unique<std::array<Scalar, 4>>();
  if (Status status = CudnnGraphBuilder(graph).build(op, type))
    return status;
  if (Status status = graph.propose())
    return status;
  return graph;
}
