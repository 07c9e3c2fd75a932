//===- Accesses.h - What operations read and write --------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_DIALECT_CUDA_TRANSFORMS_ACCESSES_H
#define GAC_LIB_DIALECT_CUDA_TRANSFORMS_ACCESSES_H

#include "gac/Dialect/CUDA/IR/CUDAOps.h"
#include "llvm/ADT/SmallPtrSet.h"

namespace gac::cuda {

/// The buffer or the tensor that a value of an entry is a view of, as what
/// defines it: a tensor may have several such values.
mlir::Value getRoot(mlir::Value memory);

/// The tensor of the package that a value of an entry is a view of; null if it
/// is one of a buffer.
TensorOp getTensor(mlir::Value memory);

/// Whether nothing in the package writes it: a kernel may read it before those
/// that come before have ended.
bool isConstant(mlir::Value memory);

/// A buffer of an entry, or a tensor of the package: the same for all that are
/// views of it.
using MemoryId = const void *;
MemoryId getMemory(mlir::Value memory);

/// Erases buffers and views that nothing uses any more.
void eraseUnusedMemory(EntryOp entry);

/// What some operations of an entry access. Kernels' counters are left out:
/// between launches they are zero, whoever used them last.
class Accesses {
public:
  Accesses() = default;
  explicit Accesses(mlir::Operation *op) { add(op); }

  void add(mlir::Operation *op);

  bool mayRead(MemoryId memory) const {
    return isUnknown || reads.contains(memory);
  }
  bool mayWrite(MemoryId memory) const {
    return isUnknown || writes.contains(memory);
  }
  /// Whether the order of the two could matter: one writes what the other
  /// accesses.
  bool conflictsWith(const Accesses &other) const;

private:
  llvm::SmallPtrSet<MemoryId, 8> reads, writes;
  bool isUnknown = false;
};

} // namespace gac::cuda

#endif // GAC_LIB_DIALECT_CUDA_TRANSFORMS_ACCESSES_H
