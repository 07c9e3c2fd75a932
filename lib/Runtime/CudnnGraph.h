//===- CudnnGraph.h - Attention as cuDNN sees it ----------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_RUNTIME_CUDNNGRAPH_H
#define GAC_LIB_RUNTIME_CUDNNGRAPH_H

#include "CudnnDesc.h"
#include "gac/Runtime/Package.h"

#include <array>
#include <memory>

namespace gac::runtime {

/// For whom plans are made: who runs them, by handle, or a device that need not
/// be there, by a descriptor of its properties. One of the two is null.
struct CudnnTarget {
  const cudnn::Table *table = nullptr;
  cudnn::Handle handle = nullptr;
  cudnn::Descriptor properties = nullptr;
};

/// A way to run a graph, compiled.
struct CudnnPlan {
  CudnnDesc desc;
  int64_t workspaceBytes = 0;
};

/// Device addresses of an attention's operands.
struct AttentionPointers {
  cuda::DevicePointer q, k, v, o, workspace;
};

/// Scaled dot-product attention as a graph of cuDNN's operations.
class CudnnAttentionGraph {
public:
  /// An error where cuDNN has nothing for it.
  static Result<CudnnAttentionGraph> build(const CudnnTarget &target,
                                           const AttentionOp &op, DType type);

  /// What cuDNN's heuristic proposes, the best first.
  size_t getConfigCount() const { return configs.size(); }
  /// Compiles a proposal; some take seconds.
  Result<CudnnPlan> makePlan(size_t config) const;
  /// What a plan of this graph reads and writes; refers to this graph's
  /// scalars, which must stay where they are.
  Result<CudnnDesc> makePack(const AttentionPointers &pointers) const;

private:
  explicit CudnnAttentionGraph(const CudnnTarget &target) : target(target) {}
  Status propose();

  friend class CudnnGraphBuilder;

  /// Identifiers of the tensors that a pack binds; virtual ones come after.
  static constexpr int64_t idQ = 1, idK = 2, idV = 3, idO = 4;
  static constexpr int64_t firstScalar = 5, firstVirtual = 100;

  /// A number that the graph takes from the host.
  union Scalar {
    float real;
    int32_t integer;
  };

  CudnnTarget target;
  /// Whatever the graph is made of; the graph itself is last.
  std::vector<CudnnDesc> parts;
  std::vector<CudnnDesc> configs;
  /// By identifier, from firstScalar on.
  std::unique_ptr<std::array<Scalar, 4>> scalars;
  size_t scalarCount = 0;
};

} // namespace gac::runtime

#endif // GAC_LIB_RUNTIME_CUDNNGRAPH_H
