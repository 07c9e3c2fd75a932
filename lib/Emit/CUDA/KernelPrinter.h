//===- KernelPrinter.h - One kernel as CUDA -------------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_EMIT_CUDA_KERNELPRINTER_H
#define GAC_EMIT_CUDA_KERNELPRINTER_H

#include "gac/Dialect/CUDA/IR/CUDAOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/raw_ostream.h"

#include <string>

namespace gac::cuda {

/// How CUDA C++ spells the type of elements in memory; empty if packages have
/// no such elements.
llvm::StringRef getMemoryTypeName(mlir::Type type);

/// Prints a kernel as a __global__ function.
class KernelPrinter {
public:
  KernelPrinter(KernelOp kernel, llvm::raw_ostream &os)
      : kernel(kernel), os(os) {}

  /// Fails after a diagnostic.
  mlir::LogicalResult print();

  /// The header of kernels/ that a printed kernel needs.
  llvm::StringRef getHeader() const { return header; }

private:
  mlir::LogicalResult printParameters();
  mlir::LogicalResult printBody();
  mlir::LogicalResult printBody(RMSNormOp op);
  mlir::LogicalResult printBody(RopeOp op);
  mlir::LogicalResult printBody(EmbedOp op);
  mlir::LogicalResult printBody(AppendOp op);
  mlir::LogicalResult printBody(GemvOp op);
  mlir::LogicalResult printBody(GemvGroupOp op);
  mlir::LogicalResult printBody(AttentionPrefillOp op);
  mlir::LogicalResult printBody(AttentionDecodeOp op);
  mlir::LogicalResult printBody(AttentionCombineOp op);
  mlir::LogicalResult printBody(AttentionStepOp op);
  mlir::LogicalResult printBody(mlir::linalg::GenericOp op);
  /// `tile`: which of the product's tiles of columns is the block's.
  mlir::LogicalResult printProduct(GemvOp op, llvm::StringRef indent,
                                   llvm::StringRef tile);
  /// An AttentionShape called `name`.
  template <typename OpTy>
  mlir::LogicalResult printAttentionShape(OpTy op, const char *name = "shape");

  /// Calls the argument `value` so, unless it has a name; a null value is
  /// ignored.
  void setName(mlir::Value value, const llvm::Twine &name);
  /// The parameter that is this argument; "nullptr" for none.
  llvm::StringRef getName(mlir::Value value) const;
  /// What kernels take whose blocks share work: counters and workspace, or
  /// null.
  std::string getSplitArguments(mlir::Value counters,
                                mlir::Value workspace) const;
  /// The number of tokens in `past` and, where given, in device memory.
  std::string getTokenCount(mlir::Value position, uint64_t past) const;

  KernelOp kernel;
  llvm::raw_ostream &os;
  llvm::StringRef header;
  llvm::DenseMap<mlir::Value, std::string> names;
};

/// Prints the body of a kernel that computes `op`; `names` are the kernel's
/// parameters. Fails after a diagnostic.
mlir::LogicalResult
printGeneric(mlir::linalg::GenericOp op,
             const llvm::DenseMap<mlir::Value, std::string> &names,
             llvm::raw_ostream &os);

} // namespace gac::cuda

#endif // GAC_EMIT_CUDA_KERNELPRINTER_H
