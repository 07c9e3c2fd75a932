//===- CudnnPlan.cpp - Ways to run a graph of cuDNN's -----------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CudnnGraph.h"

#include <algorithm>

using namespace gac::runtime;

Status gac::runtime::makeCudnnError(const cudnn::Table &table, const char *call,
                                    int result) {
  char reason[512] = {};
  table.getLastErrorString(reason, sizeof(reason) - 1);
  return {ErrorCode::Unsupported, std::string("cuDNN failed at ") + call +
                                      " with status " + std::to_string(result) +
                                      (reason[0] ? ": " : "") + reason};
}

/// Asks the heuristic for configurations of engines.
Status CudnnAttentionGraph::propose() {
  const cudnn::Table &table = *target.table;
  constexpr int64_t most = 16;
  CudnnDescWriter writer(table, cudnn::engineHeuristic);
  writer.set(cudnn::heuristicGraph, parts.back().get())
      .set(cudnn::heuristicMode, cudnn::typeHeuristicMode,
           cudnn::heuristicModeA);
  if (target.properties)
    writer.set(cudnn::heuristicDevice, target.properties);
  Result<CudnnDesc> heuristic = writer.finish("its heuristic");
  if (!heuristic)
    return heuristic.getStatus();
  int64_t count = 0;
  GAC_CUDNN(table, descGet, heuristic->get(), cudnn::heuristicResults,
            cudnn::typeDescriptor, 0, &count, nullptr);
  count = std::min(count, most);
  std::vector<cudnn::Descriptor> found;
  for (int64_t i = 0; i < count; ++i) {
    cudnn::Descriptor config = nullptr;
    GAC_CUDNN(table, descCreate, cudnn::engineConfig, &config);
    configs.emplace_back(table, config);
    found.push_back(config);
  }
  int64_t filled = 0;
  if (count > 0)
    GAC_CUDNN(table, descGet, heuristic->get(), cudnn::heuristicResults,
              cudnn::typeDescriptor, count, &filled,
              static_cast<void *>(found.data()));
  configs.resize(static_cast<size_t>(std::clamp<int64_t>(filled, 0, count)));
  if (configs.empty())
    return {ErrorCode::Unsupported, "cuDNN has no engine for this attention"};
  return {};
}

Result<CudnnPlan> CudnnAttentionGraph::makePlan(size_t config) const {
  const cudnn::Table &table = *target.table;
  CudnnDescWriter writer(table, cudnn::executionPlan);
  if (target.handle)
    writer.set(cudnn::planHandle, cudnn::typeHandle, &target.handle);
  if (target.properties)
    writer.set(cudnn::planDevice, target.properties);
  writer.set(cudnn::planConfig, configs[config].get());
  Result<CudnnDesc> desc = writer.finish("a plan");
  if (!desc)
    return desc.getStatus();
  CudnnPlan plan;
  plan.desc = std::move(*desc);
  int64_t count = 0;
  GAC_CUDNN(table, descGet, plan.desc.get(), cudnn::planWorkspaceBytes,
            cudnn::typeInt64, 1, &count, &plan.workspaceBytes);
  return plan;
}

Result<CudnnDesc>
CudnnAttentionGraph::makePack(const AttentionPointers &pointers) const {
  std::vector<int64_t> ids = {idQ, idK, idV, idO};
  // Pointers are numbers to the driver.
  static_assert(sizeof(cuda::DevicePointer) == sizeof(void *));
  std::vector<cuda::DevicePointer> addresses = {pointers.q, pointers.k,
                                                pointers.v, pointers.o};
  for (size_t i = 0; i < scalarCount; ++i) {
    ids.push_back(firstScalar + static_cast<int64_t>(i));
    addresses.push_back(reinterpret_cast<uintptr_t>(&(*scalars)[i]));
  }
  CudnnDescWriter writer(*target.table, cudnn::variantPack);
  writer.set(cudnn::packIds, cudnn::typeInt64, ids.data(), ids.size())
      .set(cudnn::packPointers, cudnn::typePointer, addresses.data(),
           addresses.size())
      .set(cudnn::packWorkspace, cudnn::typePointer, &pointers.workspace);
  return writer.finish("binding an attention's operands");
}
